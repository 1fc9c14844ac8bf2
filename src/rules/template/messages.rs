//! Messages, key files and enciphered passwords of other systems.

use super::{Dice, Error};
use crate::rules::checksum::BASE62;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

/// Juniper's letters in the order of their cipher, cut where the families end.
const JUNIPER: [&str; 4] = ["QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T"];
const JUNIPER_WEIGHTS: [&[u32]; 7] =
    [&[1, 4, 32], &[1, 16, 32], &[1, 8, 32], &[1, 64], &[1, 32], &[1, 4, 16, 128], &[1, 32, 64]];

/// Cisco's key for passwords of type 7, which everyone knows, in pieces.
const CISCO: [&str; 2] = ["dsfd;kfoA,.iyewrkldJKDHSUB", "sgvca69834ncxv9873254k;fg87"];

/// The form `name`.
pub(super) fn message(name: &str, argument: &str, dice: &mut Dice) -> Result<String, Error> {
    let _ = argument;
    Ok(match name {
        "juniper-9" => juniper(dice),
        "cisco-7" => cisco(dice),
        "ntlm-authenticate" => ntlm(dice),
        "saml-response" => {
            let xml = format!(
                "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_{}\"><saml:Assertion><saml:Subject>\
                 <saml:NameID>{}</saml:NameID></saml:Subject><saml:Conditions NotBefore=\"2026-01-01T00:00:00Z\" \
                 NotOnOrAfter=\"2026-01-01T00:05:00Z\"/></saml:Assertion><Signature>{}</Signature></samlp:Response>",
                dice.text(32, b"0123456789abcdef"),
                dice.text(12, BASE62),
                dice.text(340, BASE62),
            );
            BASE64.encode(xml.as_bytes())
        }
        "putty" => putty(dice),
        _ => return Err(Error::UnknownForm(name.to_owned())),
    })
}

/// `$9$`, a letter that says how many random ones follow, and letters whose distances are the password's.
fn juniper(dice: &mut Dice) -> String {
    let all: Vec<u8> = JUNIPER.concat().into_bytes();
    let place = |letter: u8| all.iter().position(|&known| known == letter).unwrap_or(0);
    let salt = all[dice.below(all.len())];
    let family = JUNIPER.iter().position(|family| family.as_bytes().contains(&salt)).unwrap_or(3);
    let mut out = vec![salt];
    out.extend((0..3 - family).map(|_| all[dice.below(all.len())]));
    let mut last = salt;
    for at in 0..14 {
        let plain = u32::from(BASE62[dice.below(62)]);
        let weights = JUNIPER_WEIGHTS[at % 7];
        let mut rest = plain;
        let mut gaps = vec![0; weights.len()];
        for (gap, weight) in gaps.iter_mut().zip(weights).rev() {
            *gap = rest / weight;
            rest %= weight;
        }
        for gap in gaps {
            last = all[(place(last) + gap as usize + 1) % all.len()];
            out.push(last);
        }
    }
    format!("$9${}", String::from_utf8_lossy(&out))
}

/// An offset in the key, then two digits for each byte XOR the key.
fn cisco(dice: &mut Dice) -> String {
    use std::fmt::Write;
    let key = CISCO.concat();
    let start = dice.below(16);
    let mut out = format!("{start:02}");
    for at in 0..12 {
        let byte = BASE62[dice.below(62)] ^ key.as_bytes()[(start + at) % key.len()];
        write!(out, "{byte:02X}").expect("a string takes any text");
    }
    out
}

/// The third message of NTLM ([MS-NLMP], section 2.2.1.3): lengths and places of six fields, then the fields.
fn ntlm(dice: &mut Dice) -> String {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let fields = [dice.bytes(24), dice.bytes(60), wide("CORP"), wide("alice"), wide("PC7"), dice.bytes(16)];
    let mut out = b"NTLMSSP\0\x03\0\0\0".to_vec();
    let mut at = 64;
    for field in &fields {
        let len = (field.len() as u16).to_le_bytes();
        out.extend([&len[..], &len, &(at as u32).to_le_bytes()].concat());
        at += field.len();
    }
    out.extend([0x15, 0x82, 0x88, 0xe2]);
    out.extend(fields.concat());
    BASE64.encode(&out)
}

/// A key file of version 3, not encrypted: its MAC is HMAC-SHA-256 with an empty key (the manual of PuTTY, appendix C).
fn putty(dice: &mut Dice) -> String {
    let seed = dice.bytes(32);
    let point = crate::rules::curve::ed25519_public(&seed).expect("a seed of 32 bytes");
    let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let public = [string(b"ssh-ed25519"), string(&point)].concat();
    let private = string(&seed);
    let (kind, comment) = (b"ssh-ed25519", b"user@host");
    let covered =
        [string(kind), string(b"none"), string(comment), string(&public), string(&private)].concat();
    let padded = |byte: u8| [byte; 64];
    let inner = Sha256::digest([&padded(0x36)[..], &covered].concat());
    let mac = Sha256::digest([&padded(0x5c)[..], &inner].concat());
    let lines = |bytes: &[u8]| {
        let text = BASE64.encode(bytes);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
        format!("{}\n{}\n", lines.len(), lines.join("\n"))
    };
    format!(
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: user@host\nPublic-Lines: {}Private-Lines: {}\
         Private-MAC: {}\n",
        lines(&public),
        lines(&private),
        data_encoding::HEXLOWER.encode(&mac)
    )
}
