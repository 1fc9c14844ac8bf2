//! Git LFS pointers: the small text that is in git for a large file, and the object it points to.
//!
//! Only what is a pointer from its first byte to its last counts as one (format: the Git LFS
//! specification, version 1); anything else, such as a pointer with one line more, is an ordinary
//! file and is scanned as such, so that no secret hides in a pointer.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A pointer is shorter than this.
const LONGEST: usize = 1024;

/// The id of the object that `bytes` point to: 64 lower-case hexadecimal digits.
pub(crate) fn pointer(bytes: &[u8]) -> Option<&str> {
    const VERSION: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
    if bytes.len() >= LONGEST || !bytes.starts_with(VERSION) {
        return None;
    }
    let mut rest =
        std::str::from_utf8(&bytes[VERSION.len()..]).ok()?.strip_suffix('\n')?.split('\n').peekable();
    while rest.next_if(|line| is_extension(line)).is_some() {}
    let id = rest.next()?.strip_prefix("oid sha256:").filter(|id| is_digest(id))?;
    let size = rest.next()?.strip_prefix("size ")?;
    (rest.next().is_none() && size.len() <= 20 && size.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(id)
}

/// Opens the object `id` in the store of the repository whose common directory this is; `None` if the
/// store does not have it. Anything but a regular file is not opened.
pub(crate) fn open(common_dir: &Path, id: &str) -> io::Result<Option<File>> {
    let path = common_dir.join("lfs").join("objects").join(&id[..2]).join(&id[2..4]).join(id);
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => File::open(path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names of the objects in that store, sorted: what is there decides what a pointer gives.
///
/// # Errors
/// Those of the system; no error if there is no store.
pub(crate) fn list(common_dir: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for first in entries(&common_dir.join("lfs").join("objects"))? {
        for second in entries(&first)? {
            names.extend(entries(&second)?.iter().filter_map(|path| Some(path.file_name()?.to_owned())));
        }
    }
    names.sort();
    Ok(names)
}

/// What is in a folder; nothing if it is none.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    folder.read_dir()?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// `ext-0-name sha256:…`: the output of a filter in front of LFS. Long names are refused, for a name is
/// free text.
fn is_extension(line: &str) -> bool {
    let Some((key, digest)) = line.split_once(" sha256:") else { return false };
    let Some((number, name)) = key.strip_prefix("ext-").and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && name.len() <= 12
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
        && is_digest(digest)
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_pointer_is_one() {
        let version = "version https://git-lfs.github.com/spec/v1\n";
        let id = "0123456789abcdef".repeat(4);
        let plain = format!("{version}oid sha256:{id}\nsize 12\n");
        assert_eq!(pointer(plain.as_bytes()), Some(id.as_str()));
        let extended = format!("{version}ext-0-case sha256:{id}\noid sha256:{id}\nsize 12\n");
        assert_eq!(pointer(extended.as_bytes()), Some(id.as_str()));
        for other in [
            format!("{plain}password = x\n"),
            format!("{version}token abc\noid sha256:{id}\nsize 12\n"),
            format!("{version}oid sha256:{}\nsize 12\n", id.to_uppercase()),
            format!("{version}oid sha256:{id}\nsize 12"),
            version.to_owned(),
            String::new(),
        ] {
            assert_eq!(pointer(other.as_bytes()), None, "{other}");
        }
    }
}
