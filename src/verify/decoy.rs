//! Made-up tokens of the same form as a secret.
//!
//! The first request to a host carries one. If it is accepted, the recipe proves nothing today: the API has changed, or
//! something between here and there answers for it.

use std::ops::Range;

/// A value of the form of `secret`: its prefix and punctuation, and other letters and digits in the place of its own.
/// None if the system gives no random bytes.
pub(super) fn of(secret: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let kept =
        if secret.starts_with(prefix.as_bytes()) && prefix.len() < secret.len() { prefix.len() } else { 0 };
    let mut random = vec![0; secret.len()];
    getrandom::fill(&mut random).ok()?;
    let body = &secret[kept..];
    let letters = || body.iter().filter(|byte| byte.is_ascii_alphanumeric());
    // Hexadecimal digits stay such, or the form would be another one.
    let is_hex = letters().all(u8::is_ascii_hexdigit);
    let pick = |range: Range<u8>, random: u8| range.start + random % (range.end - range.start);
    let other = |(&byte, random): (&u8, u8)| match byte {
        b'0'..=b'9' => pick(b'0'..b'9' + 1, random),
        b'a'..=b'f' if is_hex => pick(b'a'..b'g', random),
        b'A'..=b'F' if is_hex => pick(b'A'..b'G', random),
        b'a'..=b'z' => pick(b'a'..b'z' + 1, random),
        b'A'..=b'Z' => pick(b'A'..b'Z' + 1, random),
        _ => byte,
    };
    let mut decoy = secret[..kept].to_vec();
    decoy.extend(body.iter().zip(random).map(other));
    if decoy == secret {
        // So short that chance gave the secret back: one digit or letter on.
        if let Some(last) = decoy[kept..].iter_mut().rfind(|byte| byte.is_ascii_alphanumeric()) {
            *last = match *last {
                b'9' => b'0',
                b'z' | b'f' => b'a',
                b'Z' | b'F' => b'A',
                other => other + 1,
            };
        }
    }
    Some(decoy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_token_has_the_form_and_is_another() {
        for (secret, prefix) in [
            ("ghp_abcDEF0123456789abcDEF0123456789abcd", "ghp_"),
            ("key-0123456789abcdef0123456789abcdef", "key-"),
            ("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", ""),
            ("A", ""),
            ("7", ""),
        ] {
            for _ in 0..50 {
                let decoy = of(secret.as_bytes(), prefix).expect("this system has random bytes");
                let decoy = String::from_utf8(decoy).expect("its bytes are ASCII");
                assert!(decoy != secret && decoy.len() == secret.len() && decoy.starts_with(prefix));
                let form = |text: &str| -> Vec<u8> {
                    text.bytes()
                        .map(|byte| match byte {
                            b'0'..=b'9' => b'0',
                            b'a'..=b'z' => b'a',
                            b'A'..=b'Z' => b'A',
                            other => other,
                        })
                        .collect()
                };
                assert_eq!(form(&decoy), form(secret));
            }
        }
    }
}
