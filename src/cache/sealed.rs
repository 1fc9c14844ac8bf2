//! The file: named sections, each encrypted and authenticated by itself, so that a run opens those it needs.
//!
//! ```text
//! magic, 16 random bytes (the file's own), count, then for each section: name, length     the table
//! for each section: nonce (24 bytes), its content, tag (16 bytes)                          XChaCha20-Poly1305
//! ```
//!
//! Every section is bound to its name and to the whole table, and by the file's random bytes to the other sections:
//! none can be copied from another file, nor left out. ChaCha was chosen because it needs no special instructions to be
//! fast and its long nonce may simply be random.

use super::Error;
use crate::record::{Reader, Writer};
use crate::sync::lock;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;

/// What a file starts with: a name and the format's number.
const MAGIC: &[u8; 8] = b"KDCACHE\x01";
/// Bytes of a nonce.
const NONCE: usize = 24;
/// Random bytes that are the file's own.
const OWN: usize = 16;
/// What sealing adds.
const ADDED: u64 = NONCE as u64 + 16;
/// The longest table that is read, bytes.
const TABLE: u64 = 4 << 10;
/// The largest section that is read, bytes.
const LARGEST: u64 = 1 << 30;

/// A file of sealed sections, open to be read.
#[derive(Debug)]
pub struct Sealed {
    key: [u8; 32],
    file: Mutex<File>,
    table: Vec<u8>,
    /// Each section's name, where it starts, and its length as it is in the file.
    sections: Vec<(String, u64, u64)>,
}

/// The bytes of a file with these sections.
pub(super) fn seal(key: &[u8; 32], sections: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let mut own = [0; OWN];
    getrandom::fill(&mut own).map_err(Error::Random)?;
    let mut table = Writer::default();
    table.raw(&own);
    table.list(sections, |table, (name, bytes)| {
        table.bytes(name.as_bytes());
        table.number(bytes.len() as u64 + ADDED);
    });
    let table = table.finish();
    let mut out = MAGIC.to_vec();
    out.extend((table.len() as u32).to_le_bytes());
    out.extend(&table);
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    for (name, bytes) in sections {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::Random)?;
        let payload = Payload { msg: bytes, aad: &bound(&table, name) };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
        out.extend(nonce);
        out.extend(sealed.expect("a section is far from the cipher's limit of 256 GiB"));
    }
    Ok(out)
}

/// What a section is bound to.
fn bound(table: &[u8], name: &str) -> Vec<u8> {
    [MAGIC, table, name.as_bytes()].concat()
}

impl Sealed {
    /// Opens a file; `None` if it is not of this format, or is shorter or longer than its table says.
    pub(super) fn open(key: [u8; 32], mut file: File) -> io::Result<Option<Self>> {
        let len = file.metadata()?.len();
        let mut head = [0; MAGIC.len() + 4];
        if len < head.len() as u64 {
            return Ok(None);
        }
        file.read_exact(&mut head)?;
        let (magic, table_len) = head.split_at(MAGIC.len());
        let table_len = u64::from(u32::from_le_bytes(table_len.try_into().expect("four bytes are left")));
        if magic != MAGIC || table_len > TABLE.min(len - head.len() as u64) {
            return Ok(None);
        }
        let mut table = vec![0; table_len as usize];
        file.read_exact(&mut table)?;
        let start = head.len() as u64 + table_len;
        let sections = sections(&table, start).filter(|(_, end)| *end == len).map(|(sections, _)| sections);
        Ok(sections.map(|sections| Self { key, file: Mutex::new(file), table, sections }))
    }

    /// The content of the section `name`; `None` if it does not open, for any reason.
    pub fn section(&self, name: &str) -> Option<Vec<u8>> {
        let (_, start, len) = self.sections.iter().find(|(known, ..)| known == name)?;
        let mut nonce = [0; NONCE];
        let mut sealed = vec![0; usize::try_from(len.checked_sub(NONCE as u64)?).ok()?];
        {
            let mut file = lock(&self.file);
            file.seek(SeekFrom::Start(*start)).ok()?;
            file.read_exact(&mut nonce).ok()?;
            file.read_exact(&mut sealed).ok()?;
        }
        let payload = Payload { msg: &sealed, aad: &bound(&self.table, name) };
        XChaCha20Poly1305::new(&Key::from(self.key)).decrypt(&XNonce::from(nonce), payload).ok()
    }
}

/// The sections that a table lists, from `start` on, and where the last one ends.
#[allow(clippy::type_complexity, reason = "the rows of one table")]
fn sections(table: &[u8], start: u64) -> Option<(Vec<(String, u64, u64)>, u64)> {
    let mut reader = Reader::new(table);
    reader.raw(OWN)?;
    let mut at = start;
    let list = reader.list(|reader| {
        let name = reader.text()?.to_owned();
        let len = reader.number().filter(|len| (ADDED..=LARGEST).contains(len))?;
        at += len;
        Some((name, at - len, len))
    })?;
    reader.is_done().then_some((list, at))
}
