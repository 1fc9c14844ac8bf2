//! Random characters and encodings.

use super::{Dice, Error, count, keys, tokens};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use std::fmt::Write;

const ALPHABETS: &[(&str, &[u8])] = &[
    ("base62", b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("base64", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
    ("base64url", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    ("base58", b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("base32lower", b"abcdefghijklmnopqrstuvwxyz234567"),
    ("zbase32", b"ybndrfg8ejkmcpqxot1uwisza345h769"),
    ("crypt", b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("hex", b"0123456789abcdef"),
    ("HEX", b"0123456789ABCDEF"),
    ("digits", b"0123456789"),
    ("lower", b"abcdefghijklmnopqrstuvwxyz"),
    ("upper", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("letters", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("alnum", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("UPPERNUM", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("lowernum", b"abcdefghijklmnopqrstuvwxyz0123456789"),
];

/// What a form other than a checksum gives.
pub(super) fn form(name: &str, argument: &str, dice: &mut Dice) -> Result<String, Error> {
    if let Some((_, alphabet)) = ALPHABETS.iter().find(|(known, _)| *known == name) {
        return Ok(dice.text(count(name, argument)?, alphabet));
    }
    match name {
        "uuid" => Ok(uuid(dice)),
        "objectid" => {
            let time = 0x5f00_0000 + dice.below(0x0800_0000);
            Ok(format!("{time:08x}{}", HEXLOWER.encode(&dice.bytes(8))))
        }
        "pem" | "openssh" | "der" => keys::key(name, argument, dice),
        _ => tokens::token(name, argument, dice),
    }
}

/// A random UUID of version 4.
fn uuid(dice: &mut Dice) -> String {
    let mut bytes = dice.bytes(16);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The text in an encoding.
pub(super) fn encode(encoding: &str, text: &str) -> Result<String, Error> {
    let bytes = text.as_bytes();
    match encoding {
        "text" => Ok(text.to_owned()),
        "base64" => Ok(BASE64.encode(bytes)),
        "base64url" => Ok(BASE64URL_NOPAD.encode(bytes)),
        "hex" => Ok(HEXLOWER.encode(bytes)),
        "percent" => Ok(percent(bytes)),
        "json" => {
            Ok(text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
        }
        "utf16le" => Ok(text.chars().flat_map(|c| [c, '\0']).collect()),
        _ => Err(Error::UnknownForm(format!("{encoding}-of"))),
    }
}

/// Percent-encoding of all but unreserved characters.
fn percent(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes any text");
        }
        out
    })
}
