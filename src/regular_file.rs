//! Reading a file after one look at it: a FIFO or a device would block or never end, and a sparse file may claim to be of
//! any size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of the regular file at `path`, of at most `largest` bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] if it is larger; what is no regular file is refused before it is opened.
pub(crate) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let len = look(path, largest)?;
    // No more than it has now: a file of the kernel may have no end.
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    File::open(path)?.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Looks whether `path` is a regular file of at most `largest` bytes, and opens nothing; how many it has.
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
