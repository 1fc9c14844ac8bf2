//! The spellings in which another tool may have hashed a secret, and their hashes.

use super::super::fingerprint::{self, Salt};
use crate::model::{Candidate, HashKind, Secret, SecretHash};
use data_encoding::HEXLOWER;
use memchr::memmem;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The kinds of secret that ggshield hashes with a secret of one part.
const GGSHIELD: [&str; 14] = [
    "apikey",
    "password",
    "token",
    "secret",
    "client_secret",
    "client_id",
    "access_token",
    "private_key",
    "connection_uri",
    "uri",
    "key",
    "host",
    "username",
    "assignment_value",
];

/// The most spellings of a secret.
const MOST: usize = 16;

/// The hashes of these kinds of a candidate's secret, in every spelling.
pub(super) fn hashes(candidate: &Candidate, kinds: &BTreeSet<HashKind>) -> Vec<SecretHash> {
    let spellings = spellings(candidate);
    let mut hashes = Vec::new();
    for kind in kinds {
        match kind {
            HashKind::Sha1 => hashes.extend(
                spellings
                    .iter()
                    .map(|text| SecretHash { kind: *kind, hex: HEXLOWER.encode(&Sha1::digest(text)) }),
            ),
            HashKind::Sha256 => hashes.extend(spellings.iter().map(|text| sha256(text))),
            HashKind::Ggshield => {
                let of = |text: &Vec<u8>, kind: &str| {
                    let joined = [text.as_slice(), b",", kind.as_bytes()].concat();
                    SecretHash { kind: HashKind::Ggshield, ..sha256(&joined) }
                };
                let plain = |text: &Vec<u8>| SecretHash { kind: HashKind::Ggshield, ..sha256(text) };
                hashes.extend(
                    spellings.iter().flat_map(|text| GGSHIELD.iter().map(move |kind| of(text, kind))),
                );
                hashes.extend(spellings.iter().map(plain));
            }
            // Slow for values that a person may have chosen: of those, only what was found itself.
            HashKind::Fingerprint => hashes.push(fingerprint(candidate.secret.expose())),
        }
    }
    hashes
}

pub(super) fn sha256(text: &[u8]) -> SecretHash {
    SecretHash { kind: HashKind::Sha256, hex: HEXLOWER.encode(&Sha256::digest(text)) }
}

pub(super) fn fingerprint(value: &[u8]) -> SecretHash {
    let name = fingerprint::of(&Secret::new(value), &Salt::FIXED);
    SecretHash { kind: HashKind::Fingerprint, hex: name.to_string() }
}

/// The secret as it was found, without quotes, and the texts around it that are one value: what is in quotes, the word,
/// what is assigned, the head of a private key.
fn spellings(candidate: &Candidate) -> Vec<Vec<u8>> {
    let secret = candidate.secret.expose();
    let mut all: Vec<Vec<u8>> = vec![secret.to_vec(), unquoted(secret).to_vec()];
    if secret.contains(&b'\n') {
        all.push(secret.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().collect());
        all.push(secret.trim_ascii().to_vec());
    }
    for line in &candidate.context.lines {
        all.extend(key_head(line));
        for at in memmem::find_iter(line, secret).filter(|_| !secret.is_empty()).take(2) {
            let (before, after) = (&line[..at], &line[at + secret.len()..]);
            for quote in [b'"', b'\'', b'`'] {
                let start = before.iter().rposition(|byte| *byte == quote);
                let end = after.iter().position(|byte| *byte == quote);
                if let (Some(start), Some(end)) = (start, end) {
                    all.push(line[start + 1..at + secret.len() + end].to_vec());
                }
            }
            let is_end = |byte: &u8| {
                byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',' | b';' | b'<' | b'>')
            };
            let start = before.iter().rposition(is_end).map_or(0, |start| start + 1);
            let end = after.iter().position(is_end).unwrap_or(after.len());
            all.push(line[start..at + secret.len() + end].to_vec());
            if let Some(sign) = before.iter().rposition(|byte| matches!(byte, b'=' | b':')) {
                let value = line[sign + 1..].trim_ascii();
                let value = value.trim_ascii_end();
                all.push(unquoted(value).to_vec());
                all.push(
                    unquoted(value.strip_suffix(b";").or(value.strip_suffix(b",")).unwrap_or(value)).to_vec(),
                );
            }
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|text| !text.is_empty() && seen.insert(text.clone()));
    all.truncate(MOST);
    all
}

fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [first @ (b'"' | b'\'' | b'`'), inner @ .., last] if first == last => inner,
        _ => text,
    }
}

/// What names a private key on its first line, with and without the dashes.
fn key_head(line: &[u8]) -> Vec<Vec<u8>> {
    let Some(start) = memmem::find(line, b"BEGIN ") else { return Vec::new() };
    let key = memmem::find(&line[start..], b"PRIVATE KEY").map(|at| start + at + b"PRIVATE KEY".len());
    let Some(end) = key else { return Vec::new() };
    let head = &line[start..end];
    let block = [head, b" BLOCK"].concat();
    [head, block.as_slice()]
        .into_iter()
        .filter(|head| memmem::find(line, head).is_some())
        .flat_map(|head| [head.to_vec(), [b"-----", head, b"-----"].concat()])
        .collect()
}
