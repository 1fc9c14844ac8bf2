//! Microsoft's checksums (github.com/microsoft/security-utilities): identifiable keys, CASK, Entra client
//! secrets, Azure DevOps tokens.

use super::Outcome;
use super::encoded::base64;
use crate::model::{Fact, FactKind};
use crate::rules::checksum::{BASE62, crc32, digits, marvin32};
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD};

/// A signature of identifiable keys, the service's name, and the seeds of its checksum with the right
/// that each grants (empty if there is only one).
struct Service {
    signature: &'static [u8; 4],
    name: &'static str,
    seeds: &'static [(&'static [u8; 8], &'static str)],
}

const SERVICES: &[Service] = &[
    Service { signature: b"+ASt", name: "Storage", seeds: &[(b"Default0", "")] },
    Service {
        signature: b"ACDb",
        name: "Cosmos DB",
        seeds: &[
            (b"MastRW00", "read-write"),
            (b"MastRO00", "read-only"),
            (b"SystRW00", "system read-write"),
            (b"SystRO00", "system read-only"),
            (b"SysAll00", "system"),
            (b"Resour00", "resource"),
            (b"Encryp00", "encryption"),
        ],
    },
    Service { signature: b"+ABa", name: "Batch", seeds: &[(b"AbAcct00", "")] },
    Service {
        signature: b"APIM",
        name: "API Management",
        seeds: &[(b"Tenant00", "tenant"), (b"Gatewy00", "gateway"), (b"GitKey00", "git"), (b"IoTHub00", "")],
    },
    Service { signature: b"+AMC", name: "ML Studio", seeds: &[(b"Classic0", "")] },
    Service { signature: b"+ASb", name: "Service Bus", seeds: RELAY },
    Service { signature: b"+AEh", name: "Event Hubs", seeds: RELAY },
    Service { signature: b"+ARm", name: "Relay", seeds: RELAY },
    Service {
        signature: b"AIoT",
        name: "IoT Hub",
        seeds: &[(b"IoTHub00", ""), (b"DpsKey00", "provisioning"), (b"Device00", "device")],
    },
    Service { signature: b"AzCa", name: "Cache for Redis", seeds: &[(b"Access00", "")] },
    Service {
        signature: b"AzSe",
        name: "AI Search",
        seeds: &[(b"Query000", "query"), (b"PAdmin00", "administrator")],
    },
    Service {
        signature: b"AzFu",
        name: "Functions",
        seeds: &[(b"Functi00", "function"), (b"Master00", "master"), (b"System00", "system")],
    },
];

const RELAY: &[(&[u8; 8], &str)] = &[
    (b"Send0000", "send"),
    (b"Manage00", "manage"),
    (b"Listen00", "listen"),
    (b"Unknown0", ""),
    (b"System00", "system"),
];

/// An identifiable key: four characters of signature before the last six, and in the last four decoded
/// bytes (low first) Marvin32 of those before, under a seed that gives the right it grants.
/// For an unknown signature the result is unknown.
pub(super) fn identifiable_key(secret: &[u8], _matched: &[u8]) -> Outcome {
    let end = secret.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let Some(signature) = end.checked_sub(10).and_then(|at| secret.get(at..at + 4)) else {
        return Outcome::FAILS;
    };
    let Some(service) = SERVICES.iter().find(|service| service.signature == signature) else {
        return Outcome::UNKNOWN;
    };
    let Some(bytes) = base64(secret) else { return Outcome::FAILS };
    let Some((covered, &tail)) = bytes.split_last_chunk::<4>() else { return Outcome::FAILS };
    let seed = service
        .seeds
        .iter()
        .find(|(seed, _)| marvin32(covered, u64::from_be_bytes(**seed)) == u32::from_le_bytes(tail));
    match seed {
        None => Outcome::FAILS,
        Some((_, right)) => {
            let mut facts = vec![Fact::new(FactKind::Service, service.name)];
            if !right.is_empty() {
                facts.push(Fact { kind: FactKind::Right, value: (*right).to_owned() });
            }
            Outcome::holds(facts)
        }
    }
}

/// A key in the legacy CASK layout: 84 characters (or 88 with padding and five of checksum): 52 random,
/// `JQQJ9`, kind, year, month, 12 of platform, 4 of class, 4 of provider, checksum.
pub(super) fn cask(secret: &[u8], _matched: &[u8]) -> Outcome {
    if ![84, 88].contains(&secret.len()) || secret.get(52..57) != Some(b"JQQJ9") {
        return Outcome::FAILS;
    }
    let Ok(covered) = BASE64.decode(&secret[..80]) else { return Outcome::FAILS };
    let tail: Vec<u8> = secret[80..].iter().copied().filter(|&byte| byte != b'=').collect();
    let hash = marvin32(&covered, u64::from_be_bytes(*b"Default0"));
    let newer = digits(hash.swap_bytes().into(), BASE62, 6);
    let older = BASE64.encode(&hash.to_le_bytes());
    let agrees =
        newer.as_bytes().starts_with(&tail[..tail.len().min(5)]) || older.as_bytes().starts_with(&tail);
    let (year, month) = (secret[58], secret[59]);
    if tail.len() < 4 || !agrees || !year.is_ascii_uppercase() || !(b'A'..=b'L').contains(&month) {
        return Outcome::FAILS;
    }
    let issued = format!("{}-{:02}", 2024 + u32::from(year - b'A'), month - b'A' + 1);
    let provider = String::from_utf8_lossy(&secret[76..80]).into_owned();
    Outcome::holds(vec![
        Fact { kind: FactKind::Issued, value: issued },
        Fact { kind: FactKind::Provider, value: provider },
    ])
}

/// A key in the CASK layout of 2025 (github.com/microsoft/cask): base64url of a multiple of three bytes; 20 characters
/// before its end `JQQJ`, then four of provider, four of time (the year from 2024, month, day and hour as letters), and
/// CRC-32 of all bytes before the last four, low first. That source is a draft, and the only one.
pub(super) fn cask_v1(secret: &[u8], _matched: &[u8]) -> Outcome {
    let facts = || {
        let at = secret.len().checked_sub(20).filter(|_| secret.len().is_multiple_of(4))?;
        let rest = secret[at..].strip_prefix(b"JQQJ")?;
        let bytes = BASE64URL_NOPAD.decode(secret).ok()?;
        let (covered, tail) = bytes.split_last_chunk::<4>()?;
        (crc32(covered).to_le_bytes() == *tail).then_some(())?;
        let (year, month) = (rest[4], rest[5]);
        let provider = String::from_utf8_lossy(&rest[..4]).into_owned();
        let sound = year.is_ascii_uppercase() && (b'A'..=b'L').contains(&month);
        let issued =
            format!("{}-{:02}", 2024 + u32::from(year.wrapping_sub(b'A')), month.wrapping_sub(b'A') + 1);
        sound.then(|| {
            vec![
                Fact { kind: FactKind::Issued, value: issued },
                Fact { kind: FactKind::Provider, value: provider },
            ]
        })
    };
    facts().map_or(Outcome::FAILS, Outcome::holds)
}

/// An Entra client secret with `8Q~` at offset 3: the last three characters are the first three of
/// Marvin32 of the 37 before, in digits of 66 characters. The older `7Q~` has no checksum.
pub(super) fn entra_secret(secret: &[u8], _matched: &[u8]) -> Outcome {
    const ALPHABET: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
    match secret.get(3..6) {
        Some(b"7Q~") => Outcome::possible(secret.len() == 37),
        Some(b"8Q~") if secret.len() == 40 => {
            let (covered, tail) = secret.split_at(37);
            let hash = marvin32(covered, u64::from_be_bytes(*b"AadPwd00"));
            Outcome::proof(&digits(hash.into(), ALPHABET, 6).as_bytes()[..3] == tail)
        }
        _ => Outcome::FAILS,
    }
}

/// An Azure DevOps token of 52 characters of base32: of its 32 bytes, 22, 8, 7 and 2 (low first) are the
/// CRC-32 of the others, XOR a constant for users or one for applications.
pub(super) fn devops_pat(secret: &[u8], _matched: &[u8]) -> Outcome {
    let bytes = match BASE32_NOPAD.decode(&secret.to_ascii_uppercase()) {
        Ok(bytes) if bytes.len() == 32 => bytes,
        _ => return Outcome::FAILS,
    };
    let token: Vec<u8> = (0..32_usize).filter(|at| ![2, 7, 8, 22].contains(at)).map(|at| bytes[at]).collect();
    let stored = u32::from_le_bytes([bytes[22], bytes[8], bytes[7], bytes[2]]);
    Outcome::proof([0xE0B9_692D, 0x1019_F92E].contains(&(stored ^ crc32(&token))))
}
