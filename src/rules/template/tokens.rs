//! Whole tokens whose structure is more than random characters.

use super::{Dice, Error};
use crate::rules::base58::{BASE58, encode, encode_checked};
use crate::rules::checksum::{BASE62, BECH32, bech32, crc16, crc32, digits, marvin32, sha256};
use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

/// Microsoft's signatures of identifiable keys: the decoded length, and the seed of the checksum.
const AZURE_KEYS: &[(&str, usize, &[u8; 8])] = &[
    ("+ASt", 64, b"Default0"),
    ("ACDb", 64, b"MastRW00"),
    ("+ABa", 64, b"AbAcct00"),
    ("APIM", 64, b"Tenant00"),
    ("+AMC", 64, b"Classic0"),
    ("+ASb", 32, b"Manage00"),
    ("+AEh", 32, b"Manage00"),
    ("+ARm", 32, b"Manage00"),
    ("AIoT", 32, b"IoTHub00"),
    ("AzCa", 32, b"Access00"),
    ("AzSe", 39, b"PAdmin00"),
    ("AzFu", 40, b"Master00"),
    ("+ACR", 39, b"ACRDflt0"),
];

/// `OpenAI` in base64, which is in the middle of OpenAI's keys.
const OPENAI: &str = "T3BlbkFJ";

/// The token of form `name`.
pub(super) fn token(name: &str, argument: &str, dice: &mut Dice) -> Result<String, Error> {
    let refuse =
        |problem| Err(Error::Argument { form: name.to_owned(), argument: argument.to_owned(), problem });
    Ok(match name {
        "jwt" => match jwt(argument, dice) {
            Some(token) => token,
            None => return refuse("it takes claims, `name=value` with commas between"),
        },
        "azure-key" => match AZURE_KEYS.iter().find(|(signature, ..)| *signature == argument) {
            Some((signature, len, seed)) => azure_key(signature, *len, **seed, dice),
            None => return refuse("there is no such signature"),
        },
        "openai-body" => {
            let half = super::count(name, argument)?;
            format!("{}{}{}", dice.text(half, BASE62), OPENAI, dice.text(half, BASE62))
        }
        "cask" if argument.len() == 4 && argument.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            cask(argument, dice)
        }
        "cask" => return refuse("a provider has four letters"),
        "azure-devops-pat" => azure_devops_pat(dice),
        "pypi-macaroon" => pypi_macaroon(if argument == "test" { "test." } else { "" }, dice),
        "nuget-key" => nuget_key(dice),
        "bech32" => bech32_key(argument, dice),
        "base58check" => match argument {
            // A main-net key for a compressed point: `K…` or `L…`.
            "wif" => encode_checked(&[&[0x80][..], &dice.bytes(32), &[1]].concat()),
            // A main-net extended key: version, depth and place, chain code, key.
            "xprv" => {
                let head = [0x04, 0x88, 0xad, 0xe4, 3, 0, 0, 0, 7, 0x80, 0, 0, 0];
                encode_checked(&[&head[..], &dice.bytes(32), &[0], &dice.bytes(32)].concat())
            }
            _ => return refuse("it takes `wif` or `xprv`"),
        },
        "nkey-seed" => {
            // A seed (18) of a user (20), five bits each: `SU`.
            let mut bytes = vec![18 << 3 | 20 >> 2, 0];
            bytes.extend(dice.bytes(32));
            BASE32_NOPAD.encode(&with_crc16(bytes))
        }
        "stellar-seed" => {
            let mut bytes = vec![18 << 3];
            bytes.extend(dice.bytes(32));
            BASE32_NOPAD.encode(&with_crc16(bytes))
        }
        "discord-token" => discord_token(dice),
        "ulid" => ulid(dice),
        "ksuid" => ksuid(dice),
        "atlassian-dc-pat" => {
            // `999999999999:` and 20 bytes: base64 of 33 bytes, so without padding.
            let mut bytes = format!("{:012}:", 100_000_000_000 + dice.next() % 800_000_000_000).into_bytes();
            bytes.extend(dice.bytes(20));
            BASE64.encode(&bytes)
        }
        // The three fixed bytes leave the fourth letter to chance, so it is drawn until it fits.
        "jfrog-api-key" => {
            std::iter::repeat_with(|| encode(&[&[0x01, 0xfd, 0xe0][..], &dice.bytes(51)].concat(), BASE58))
                .find(|text| text.starts_with("AKCp"))
                .unwrap_or_default()
        }
        "fly-macaroon" => fly_macaroon(dice),
        "supabase-key" => {
            let body = format!("sb_secret_{}", BASE64URL_NOPAD.encode(&dice.bytes(16)));
            let hash = sha256(format!("{argument}|{body}").as_bytes());
            format!("{body}_{}", &BASE64URL_NOPAD.encode(&hash)[..8])
        }
        "ses-password" => BASE64.encode(&[&[4][..], &dice.bytes(32)].concat()),
        "cask-v1" if argument.len() == 4 && argument.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            cask_v1(argument, dice)
        }
        "cask-v1" => return refuse("a provider has four letters"),
        _ => match super::wallets::wallet(name, argument, dice) {
            Some(text) => text,
            None => return super::messages::message(name, argument, dice),
        },
    })
}

/// A JSON web token with random subject and signature, and the claims that are asked for
/// (`iss=x,exp=1900000000`; whole numbers as numbers).
fn jwt(argument: &str, dice: &mut Dice) -> Option<String> {
    let subject = dice.text(10, b"0123456789");
    let mut claims = format!("{{\"sub\":\"{subject}\",\"iat\":{}", 1_600_000_000 + dice.below(99_999_999));
    for claim in argument.split(',').filter(|claim| !claim.is_empty()) {
        let (key, value) = claim.split_once('=')?;
        let number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let quote = if number { "" } else { "\"" };
        claims.push_str(&format!(",\"{key}\":{quote}{value}{quote}"));
    }
    claims.push('}');
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = BASE64URL_NOPAD.encode(claims.as_bytes());
    Some(format!("{header}.{claims}.{}", BASE64URL_NOPAD.encode(&dice.bytes(32))))
}

/// Letters and digits with the signature before the last six characters, ending in Marvin32 of the rest.
fn azure_key(signature: &str, len: usize, seed: [u8; 8], dice: &mut Dice) -> String {
    loop {
        let random = BASE64.decode(dice.text(len.div_ceil(3) * 4, BASE62).as_bytes());
        let random = random.expect("letters and digits in fours are base64");
        // The signature's place is counted in characters, so it is set in the text and the bytes are decoded again.
        let mut text = BASE64_NOPAD.encode(&random[..len]).into_bytes();
        let at = text.len() - 10;
        text[at..at + 4].copy_from_slice(signature.as_bytes());
        let mut bytes = BASE64_NOPAD.decode(&text).expect("base64 text with four of its characters replaced");
        let hash = marvin32(&bytes[..len - 4], u64::from_be_bytes(seed));
        bytes[len - 4..].copy_from_slice(&hash.to_le_bytes());
        match signature {
            "AzFu" => return data_encoding::BASE64URL.encode(&bytes),
            // For AI Search, keys with `+` or `/` are drawn again: five in six.
            "AzSe" if BASE64.encode(&bytes).bytes().any(|byte| b"+/".contains(&byte)) => {}
            _ => return BASE64.encode(&bytes),
        }
    }
}

/// 84 characters: 52 random, the signature, kind, year, month, platform, class, provider, checksum.
fn cask(provider: &str, dice: &mut Dice) -> String {
    let mut text = dice.text(52, BASE62);
    text.push_str("JQQJ99BF");
    text.push_str("ACAAAAAA");
    text.push_str(&dice.text(4, BASE62));
    text.push_str("AAAS");
    text.push_str(provider);
    let bytes = BASE64.decode(text.as_bytes()).expect("80 characters of base62 and a provider's letters");
    let hash = marvin32(&bytes, u64::from_be_bytes(*b"Default0"));
    text.push_str(&digits(u64::from(hash.swap_bytes()), BASE62, 6)[..4]);
    text
}

/// 32 bytes in base32; bytes 22, 8, 7 and 2 are the CRC-32 of the others, XOR a constant.
fn azure_devops_pat(dice: &mut Dice) -> String {
    let mut bytes = dice.bytes(32);
    let token: Vec<u8> =
        (0..32).filter(|at| ![2, 7, 8, 22].contains(at)).map(|at: usize| bytes[at]).collect();
    let sum = (crc32(&token) ^ 0xE0B9_692D).to_le_bytes();
    for (at, byte) in [22, 8, 7, 2].into_iter().zip(sum) {
        bytes[at] = byte;
    }
    BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
}

/// A version 2 macaroon for the index, one caveat, random identifier and signature.
fn pypi_macaroon(index: &str, dice: &mut Dice) -> String {
    let location = [index, "pypi", ".org"].concat();
    let field = |kind: u8, bytes: &[u8]| [&[kind, bytes.len() as u8][..], bytes].concat();
    let identifier = dice.text(36, b"0123456789abcdef");
    let bytes = [
        vec![2],
        field(1, location.as_bytes()),
        field(2, identifier.as_bytes()),
        vec![0],
        field(2, b"[1,[\"project\"]]"),
        vec![0, 0],
        field(6, &dice.bytes(32)),
    ]
    .concat();
    BASE64URL_NOPAD.encode(&bytes)
}

/// 20 characters of base32 that encode `v4` and ten non-zero bytes, then 26 that encode 16 random bytes.
fn nuget_key(dice: &mut Dice) -> String {
    let mut head = b"v4".to_vec();
    head.extend(dice.bytes(10).iter().map(|byte| byte | 1));
    format!("{}{}", BASE32_NOPAD.encode(&head), BASE32_NOPAD.encode(&dice.bytes(16))).to_ascii_lowercase()
}

/// 32 random bytes in bech32 under `human`, in upper case if that is.
fn bech32_key(human: &str, dice: &mut Dice) -> String {
    let lower = human.to_ascii_lowercase();
    let mut values: Vec<u8> = dice.bytes(52).iter().map(|byte| byte & 31).collect();
    values[51] &= 0x10;
    let sum = bech32(lower.as_bytes(), &[&values[..], &[0; 6]].concat()) ^ 1;
    values.extend((0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8));
    let body: String = values.iter().map(|&value| char::from(BECH32[usize::from(value)])).collect();
    let text = format!("{lower}1{body}");
    if human == lower { text } else { text.to_ascii_uppercase() }
}

fn with_crc16(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc16(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// A time in milliseconds, then 16 characters: 26 of Crockford's base32 (github.com/ulid/spec).
fn ulid(dice: &mut Dice) -> String {
    const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let time = 1_600_000_000_000 + dice.below(200_000_000_000) as u64;
    format!("{}{}", digits(time, CROCKFORD, 10), dice.text(16, CROCKFORD))
}

/// A time in seconds since 2014-05-13 and 16 bytes, as one number in base62 (github.com/segmentio/ksuid).
fn ksuid(dice: &mut Dice) -> String {
    let mut bytes = (200_000_000 + dice.below(100_000_000) as u32).to_be_bytes().to_vec();
    bytes.extend(dice.bytes(16));
    let mut digits = Vec::new();
    for _ in 0..27 {
        let mut rest = 0_u32;
        for byte in &mut bytes {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        digits.push(char::from(BASE62[rest as usize]));
    }
    digits.iter().rev().collect()
}

/// A macaroon of Fly's in MessagePack: nonce, location, caveats, tail.
fn fly_macaroon(dice: &mut Dice) -> String {
    let location = ["https://api.", "fly.io/v1"].concat();
    let bin = |bytes: &[u8]| [&[0xc4, bytes.len() as u8][..], bytes].concat();
    let bytes = [
        vec![0x94, 0x93],
        bin(&dice.bytes(16)),
        bin(&dice.bytes(16)),
        vec![0xc2],
        [&[0xa0 | location.len() as u8][..], location.as_bytes()].concat(),
        vec![0x92, 0x03, 0x91, 0x2a],
        bin(&dice.bytes(32)),
    ]
    .concat();
    BASE64.encode(&bytes)
}

/// 52 characters of random bytes (33 with the reserved ones), `JQQJ`, provider, time, kind, and CRC-32 of all before:
/// base64url of 48 bytes.
fn cask_v1(provider: &str, dice: &mut Dice) -> String {
    let text = format!("{}JQQJ{provider}CGBDAA", dice.text(44, BASE62));
    let mut bytes =
        BASE64URL_NOPAD.decode(format!("{text}AAAAAA").as_bytes()).expect("64 characters of base64url");
    let end = bytes.len() - 4;
    let sum = crc32(&bytes[..end]).to_le_bytes();
    bytes[end..].copy_from_slice(&sum);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Bot id (a snowflake) in base64, a time, and 20 random bytes.
fn discord_token(dice: &mut Dice) -> String {
    let id = 300_000_000_000_000_000 + (dice.next() >> 5);
    let time = (1_600_000_000 + dice.below(100_000_000)) as u32;
    format!(
        "{}.{}.{}",
        BASE64URL_NOPAD.encode(id.to_string().as_bytes()),
        BASE64URL_NOPAD.encode(&time.to_be_bytes()),
        BASE64URL_NOPAD.encode(&dice.bytes(20))
    )
}
