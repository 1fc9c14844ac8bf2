//! Checksums over the text before them, as each provider defines it.

use super::count;
use super::{Dice, Error};
use crate::rules::checksum::{BASE36, BASE62, crc32, digits, marvin32};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

/// The alphabet of Entra's checksum.
const ENTRA: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// The checksum form `name` over `covered`; `None` if there is no such form.
pub(super) fn tail(
    name: &str,
    argument: &str,
    covered: &str,
    dice: &mut Dice,
) -> Result<Option<String>, Error> {
    let crc = crc32(covered.as_bytes());
    let tail = match name {
        "crc32-base62" => digits(u64::from(crc), BASE62, count(name, argument)?.min(64)),
        "crc32-hex" => format!("{crc:08x}"),
        "crc32-HEX" => format!("{crc:08X}"),
        "crc32-le-hex" => {
            let covered = covered.strip_suffix('_').unwrap_or(covered);
            HEXLOWER.encode(&crc32(covered.as_bytes()).to_le_bytes())
        }
        "crc32-le-base64" => {
            let encoded = BASE64.encode(&crc.to_le_bytes());
            encoded.chars().take(count(name, argument)?).collect()
        }
        "gitlab-routable" => gitlab(covered, dice),
        "entra-tail" => {
            let hash = marvin32(covered.as_bytes(), u64::from_be_bytes(*b"AadPwd00"));
            digits(u64::from(hash), ENTRA, 6).chars().take(3).collect()
        }
        _ => return Ok(None),
    };
    if covered.is_empty() {
        return Err(Error::Nothing(name.to_owned()));
    }
    Ok(Some(tail))
}

/// What follows the prefix of a routable GitLab token: random bytes and lines with the
/// organisation and user, in base64url; a version; the payload's length; a CRC over all of it.
fn gitlab(prefix: &str, dice: &mut Dice) -> String {
    let lines = format!("o:1\nu:{}", digits(dice.next() >> 44, BASE36, 1));
    let mut payload = dice.bytes(16);
    payload.extend(lines.as_bytes());
    payload.push(lines.len() as u8);
    let payload = BASE64URL_NOPAD.encode(&payload);
    let rest = format!("{payload}.01.{}", digits(payload.len() as u64, BASE36, 2));
    let crc = crc32(format!("{prefix}{rest}").as_bytes());
    format!("{rest}{}", digits(u64::from(crc), BASE36, 7))
}
