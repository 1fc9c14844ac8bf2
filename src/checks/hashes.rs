//! Hashes of passwords: values that no real hash has.

use super::Outcome;

/// bcrypt: a cost from 4 to 31; the last letter of the salt uses only two bits, so it is one of four.
pub(super) fn bcrypt(secret: &[u8], _matched: &[u8]) -> Outcome {
    let cost = || std::str::from_utf8(secret.get(4..6)?).ok()?.parse::<u8>().ok();
    let sound = secret.len() == 60 && cost().is_some_and(|cost| (4..=31).contains(&cost));
    Outcome::possible(sound && secret.get(28).is_some_and(|letter| b".Oeu".contains(letter)))
}

/// NTLM: the hash of an empty password opens nothing.
pub(super) fn ntlm(secret: &[u8], matched: &[u8]) -> Outcome {
    const EMPTY: [&[u8]; 2] = [b"31d6cfe0d16ae931b73c59d7e0c089c0", b"aad3b435b51404eeaad3b435b51404ee"];
    let lower = secret.to_ascii_lowercase();
    if EMPTY.contains(&&lower[..]) { Outcome::FAILS } else { super::shape::hex(&lower, matched) }
}
