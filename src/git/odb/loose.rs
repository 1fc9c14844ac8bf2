//! Loose objects: one file each, a zlib stream of a header (`blob 12`, a NUL) and the bytes.

use crate::git::ObjectKind;
use crate::model::ObjectId;
use crate::regular_file;
use libdeflater::{DecompressionError, Decompressor};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The longest header there can be: a type, a space, twenty digits, a NUL.
const HEADER: usize = 32;

/// Adds the ids (each `width` bytes) of the loose objects in the object directory `store` to `ids`; an error names the
/// directory that could not be listed.
pub(crate) fn list(store: &Path, width: usize, ids: &mut Vec<ObjectId>) -> Result<(), (PathBuf, io::Error)> {
    for first in 0..=255u8 {
        let prefix = format!("{first:02x}");
        let directory = store.join(&prefix);
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err((directory, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| (directory.clone(), error))?;
            let name = entry.file_name();
            let id = name.to_str().and_then(|rest| ObjectId::from_hex(&format!("{prefix}{rest}")));
            ids.extend(id.filter(|id| id.as_bytes().len() == width));
        }
    }
    Ok(())
}

/// The result of reading an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Its type and its bytes.
    Whole(ObjectKind, Vec<u8>),
    /// It is larger than any object that is read.
    TooLarge,
    /// There is none.
    Missing,
    /// It is corrupt, or not a readable file.
    Unreadable,
}

/// The path that the loose object `id` has, if it exists.
pub(crate) fn path(store: &Path, id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    store.join(&hex[..2]).join(&hex[2..])
}

/// Reads the loose object `id`, of at most `largest` bytes.
pub(crate) fn read(store: &Path, id: ObjectId, largest: usize) -> Read {
    // Incompressible data grows by less than that.
    let most = (largest as u64).saturating_add(largest as u64 / 1000 + (1 << 16));
    match regular_file::read(&path(store, id), most) {
        Ok(file) => parse(&file, largest),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Read::Missing,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Read::TooLarge,
        Err(_) => Read::Unreadable,
    }
}

/// Parses the file of a loose object of at most `largest` bytes.
pub(crate) fn parse(file: &[u8], largest: usize) -> Read {
    let Some(bytes) = inflated(file, largest.saturating_add(HEADER)) else { return Read::TooLarge };
    match headed(bytes) {
        Some((_, bytes)) if bytes.len() > largest => Read::TooLarge,
        Some((kind, bytes)) => Read::Whole(kind, bytes),
        None => Read::Unreadable,
    }
}

/// Inflates a zlib stream; the result is empty if it is corrupt, and `None` if it is more than `most` bytes.
fn inflated(file: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut inflater = Decompressor::new();
    // The size is in the stream, so guesses are tried until one is large enough.
    let mut room = file.len().saturating_mul(4).max(1 << 10);
    loop {
        let mut bytes = vec![0; room.min(most)];
        match inflater.zlib_decompress(file, &mut bytes) {
            Ok(len) => {
                bytes.truncate(len);
                return Some(bytes);
            }
            Err(DecompressionError::InsufficientSpace) if room < most => room = room.saturating_mul(4),
            Err(DecompressionError::InsufficientSpace) => return None,
            Err(_) => return Some(Vec::new()),
        }
    }
}

/// Removes the header; `None` if it is wrong.
fn headed(mut bytes: Vec<u8>) -> Option<(ObjectKind, Vec<u8>)> {
    let nul = bytes.iter().take(HEADER).position(|&byte| byte == 0)?;
    let header = std::str::from_utf8(&bytes[..nul]).ok()?;
    let (kind, size) = header.split_once(' ')?;
    let kind = ObjectKind::ALL.into_iter().find(|known| known.name() == kind)?;
    if size.parse() != Ok(bytes.len() - nul - 1) {
        return None;
    }
    bytes.drain(..=nul);
    Some((kind, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use libdeflater::{CompressionLvl, Compressor};

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut deflater = Compressor::new(CompressionLvl::default());
        let mut out = vec![0; deflater.zlib_compress_bound(bytes.len())];
        let len = deflater.zlib_compress(bytes, &mut out).expect("the bound is enough");
        out.truncate(len);
        out
    }

    #[test]
    fn objects_of_any_ratio_are_read_and_lies_are_not() {
        let zeros = [&b"blob 1000000\0"[..], &[0; 1_000_000]].concat();
        assert_eq!(parse(&deflated(&zeros), 1_000_000), Read::Whole(ObjectKind::Blob, vec![0; 1_000_000]));
        for largest in [0, 1000, 999_999] {
            assert_eq!(parse(&deflated(&zeros), largest), Read::TooLarge);
        }
        assert_eq!(parse(&deflated(b"tree 0\0"), 0), Read::Whole(ObjectKind::Tree, Vec::new()));
        for lie in [&b"blob 3\0four"[..], b"blob 4", b"frob 4\0four", b"blob -4\0four", b"", b"blob 4\0four "]
        {
            assert_eq!(parse(&deflated(lie), 1000), Read::Unreadable);
        }
        let whole = deflated(b"blob 4\0four");
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut], 1000), Read::Unreadable);
        }
    }
}
