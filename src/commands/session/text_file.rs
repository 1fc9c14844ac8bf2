//! A text that the user names: a file, or `-` for standard input.

use crate::error::Error;
use crate::regular_file;
use crate::source::stdin;
use std::io::{self, Read};
use std::path::Path;

/// The text of the file `path`, or of standard input for `-`. An error if it is no UTF-8, or has more than `largest` bytes.
pub(crate) fn read_text(path: &Path, largest: u64) -> Result<String, Error> {
    let unread = |source| Error::Read { path: path.to_owned(), source };
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        stdin::open()?.take(largest + 1).read_to_end(&mut bytes).map_err(unread)?;
        if bytes.len() as u64 > largest {
            return Err(unread(io::ErrorKind::FileTooLarge.into()));
        }
        bytes
    } else {
        regular_file::read(path, largest).map_err(unread)?
    };
    String::from_utf8(bytes).map_err(|_| Error::NotText { path: path.to_owned() })
}
