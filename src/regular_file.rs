//! Reading a file after a test that it is regular: a FIFO or a device would block or never end, and a sparse file may
//! claim any size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of the regular file at `path`, of at most `largest` bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] if it is larger; other kinds of files are refused before they are opened.
pub(crate) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let len = look(path, largest)?;
    // No more bytes than it has now: a file of the kernel may have no end.
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    File::open(path)?.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same; `None` if there is no file.
///
/// # Errors
/// As for [`read`].
pub(crate) fn read_if_there(path: &Path, largest: u64) -> io::Result<Option<Vec<u8>>> {
    match read(path, largest) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Tests that `path` is a regular file of at most `largest` bytes, without opening it. Returns its length.
///
/// # Errors
/// As for [`read`].
pub(crate) fn look(path: &Path, largest: u64) -> io::Result<u64> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.len() > largest {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any file of its kind"));
    }
    Ok(metadata.len())
}
