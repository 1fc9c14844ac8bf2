//! Passwords of devices under ciphers with publicly known keys, keys of wireless networks, messages that sign in.

use super::Outcome;
use super::encoded::{base64, time};
use crate::model::{Fact, FactKind};
use aes::Aes256;
use aes::cipher::BlockCipherDecrypt;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Cisco's key for passwords of type 7, which everyone knows, in pieces.
const CISCO: [&str; 2] = ["dsfd;kfoA,.iyewrkldJKDHSUB", "sgvca69834ncxv9873254k;fg87"];

/// Cisco, type 7: two digits of where in the key to begin, then two digits a byte. It must decode to what can be typed.
pub(super) fn cisco7(secret: &[u8], _matched: &[u8]) -> Outcome {
    let plain = || {
        let (start, body) = secret.split_at_checked(2)?;
        let start: usize = std::str::from_utf8(start).ok()?.parse().ok()?;
        let key = CISCO.concat();
        let bytes = data_encoding::HEXLOWER.decode(&body.to_ascii_lowercase()).ok()?;
        let plain =
            bytes.iter().enumerate().map(|(at, byte)| byte ^ key.as_bytes()[(start + at) % key.len()]);
        Some(plain.collect::<Vec<u8>>())
    };
    Outcome::possible(
        plain()
            .is_some_and(|plain| !plain.is_empty() && plain.iter().all(|byte| (b' '..=b'~').contains(byte))),
    )
}

/// Juniper's letters in the order of their cipher, cut where the families end; the first letter's family says how many
/// random letters follow it.
const JUNIPER: [&str; 4] = ["QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T"];
const JUNIPER_WEIGHTS: [&[u32]; 7] =
    [&[1, 4, 32], &[1, 16, 32], &[1, 8, 32], &[1, 64], &[1, 32], &[1, 4, 16, 128], &[1, 32, 64]];

/// Juniper, `$9$`: each letter of the password is the sum of weighted distances between letters. It must decode to what
/// can be typed, with none left over.
pub(super) fn juniper9(secret: &[u8], _matched: &[u8]) -> Outcome {
    let plain = || {
        let all = JUNIPER.concat();
        let place = |letter: u8| all.bytes().position(|known| known == letter);
        let body = secret.strip_prefix(b"$9$")?;
        let (&first, rest) = body.split_first()?;
        let family = JUNIPER.iter().position(|family| family.as_bytes().contains(&first))?;
        let mut rest = rest.get(3 - family..)?;
        let mut last = place(first)?;
        let mut plain = Vec::new();
        while !rest.is_empty() {
            let weights = JUNIPER_WEIGHTS[plain.len() % 7];
            let (letters, after) = rest.split_at_checked(weights.len())?;
            let mut sum = 0;
            for (&letter, weight) in letters.iter().zip(weights) {
                let here = place(letter)?;
                let gap = (here + all.len() - last - 1) % all.len();
                sum += gap as u32 * weight;
                last = here;
            }
            plain.push((sum % 256) as u8);
            rest = after;
        }
        Some(plain)
    };
    Outcome::proof(
        plain()
            .is_some_and(|plain| !plain.is_empty() && plain.iter().all(|byte| (b' '..=b'~').contains(byte))),
    )
}

/// The key of passwords in group policies, as Microsoft published it ([MS-GPPREF], section 2.2.1.1.4), in pieces.
const POLICY: [&str; 2] = ["4e9906e8fcb66cc9faf49310620ffee8", "f496e806cc057990209b09a433b66c1b"];

/// A password of a group policy: AES-256 in CBC under that key, with an initialisation vector of zeros; UTF-16, padded
/// as in PKCS#7.
pub(super) fn group_policy(secret: &[u8], _matched: &[u8]) -> Outcome {
    let plain = || {
        let key = data_encoding::HEXLOWER.decode(POLICY.concat().as_bytes()).ok()?;
        let cipher = Aes256::new_from_slice(&key).ok()?;
        let bytes = base64(secret).filter(|bytes| !bytes.is_empty() && bytes.len().is_multiple_of(16))?;
        let mut before = [0; 16];
        let mut plain = Vec::new();
        for block in bytes.chunks_exact(16) {
            let mut out = aes::Block::try_from(block).ok()?;
            cipher.decrypt_block(&mut out);
            plain.extend(out.iter().zip(before).map(|(byte, before)| byte ^ before));
            before = block.try_into().ok()?;
        }
        let padding = usize::from(*plain.last()?);
        let (text, rest) = plain.split_at_checked(plain.len().checked_sub(padding)?)?;
        let sound = (1..=16).contains(&padding) && rest.iter().all(|&byte| usize::from(byte) == padding);
        let units: Vec<u16> =
            text.chunks(2).map(|pair| u16::from_le_bytes([pair[0], *pair.get(1).unwrap_or(&0xff)])).collect();
        let text = String::from_utf16(&units).ok().filter(|_| sound)?;
        (!text.is_empty() && !text.chars().any(char::is_control)).then_some(())
    };
    Outcome::proof(plain().is_some())
}

/// HMAC-SHA-1.
pub(super) fn hmac_sha1(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// A wireless network's key of 64 digits: PBKDF2 of the passphrase with the network's name (IEEE 802.11, annex J). It
/// is proved if both are beside it, as `wpa_passphrase` writes them.
pub(super) fn wpa_psk(secret: &[u8], matched: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(matched);
    let quoted = |name: &str| {
        let (_, rest) = text.split_once(name)?;
        rest.trim_start_matches([' ', '=']).strip_prefix('"')?.split('"').next().map(str::to_owned)
    };
    let (Some(name), Some(passphrase)) = (quoted("ssid"), quoted("#psk")) else { return Outcome::UNKNOWN };
    let fits = (1..=32).contains(&name.len()) && (8..=63).contains(&passphrase.len());
    if !fits
        || data_encoding::HEXLOWER.encode(&pbkdf2(passphrase.as_bytes(), name.as_bytes())).as_bytes()
            != secret
    {
        return Outcome::UNKNOWN;
    }
    Outcome::holds(vec![Fact::new(FactKind::Passphrase, "beside it")])
}

/// PBKDF2 with HMAC-SHA-1, 4096 rounds, 32 bytes (RFC 8018): a few milliseconds.
fn pbkdf2(passphrase: &[u8], salt: &[u8]) -> Vec<u8> {
    let block = |number: u8| {
        let mut round = hmac_sha1(passphrase, &[salt, &[0, 0, 0, number]].concat());
        let mut sum = round.clone();
        for _ in 1..4096 {
            round = hmac_sha1(passphrase, &round);
            sum.iter_mut().zip(&round).for_each(|(sum, byte)| *sum ^= byte);
        }
        sum
    };
    let mut out = [block(1), block(2)].concat();
    out.truncate(32);
    out
}

/// The third message of NTLM ([MS-NLMP], section 2.2.1.3): the response to a challenge, with the user's name and domain.
pub(super) fn ntlm_message(secret: &[u8], _matched: &[u8]) -> Outcome {
    let facts = || {
        let bytes = base64(secret)?;
        let rest = bytes.strip_prefix(b"NTLMSSP\0\x03\0\0\0")?;
        let field = |number: usize| {
            let head = rest.get(number * 8..number * 8 + 8)?;
            let len = usize::from(u16::from_le_bytes([head[0], head[1]]));
            let at = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            bytes.get(at..at.checked_add(len)?)
        };
        (field(1)?.len() >= 24).then_some(())?;
        let text = |number: usize, kind: FactKind| {
            let units: Vec<u16> =
                field(number)?.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            let value = super::encoded::plain(&String::from_utf16(&units).ok()?)?;
            Some(Fact { kind, value })
        };
        Some([text(2, FactKind::Domain), text(3, FactKind::User)].into_iter().flatten().collect::<Vec<_>>())
    };
    facts().map_or(Outcome::FAILS, Outcome::holds)
}

/// A response of SAML in base64: XML with an assertion in it, which says until when it is valid.
pub(super) fn saml(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(text) = base64(secret).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Outcome::FAILS;
    };
    if !text.contains("Assertion") {
        return Outcome::FAILS;
    }
    let until = text.rsplit_once("NotOnOrAfter=\"").and_then(|(_, rest)| rest.split('"').next());
    let until = until.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second);
    Outcome::unknown(until.and_then(|at| time(FactKind::Expires, at)).into_iter().collect())
}
