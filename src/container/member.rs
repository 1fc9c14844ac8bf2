//! Readers that members are read through, and names of members.

use std::io::{self, Read};

/// Reads until `buffer` is full or the input ends; how many bytes.
pub(super) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads at most `most` bytes; the error is beside what came before it.
pub(super) fn start(reader: &mut dyn Read, most: u64) -> (Vec<u8>, Option<io::Error>) {
    let mut bytes = Vec::new();
    let error = reader.take(most).read_to_end(&mut bytes).err();
    (bytes, error)
}

/// Reads what is left and drops it.
pub(super) fn drain(reader: &mut dyn Read) -> io::Result<u64> {
    io::copy(reader, &mut io::sink())
}

/// Gives an error once, after what was read before it.
pub(super) struct Broken(pub(super) Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Remembers the error that it gave.
pub(super) struct Noted<'r> {
    pub(super) reader: &'r mut dyn Read,
    pub(super) error: Option<&'static str>,
}

impl Read for Noted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.error = Some(super::reason_of(error));
        }
        read
    }
}

/// The longest name that is kept, bytes; of a longer one the start.
pub(super) const LONGEST_NAME: usize = 4096;

/// A member's name as it is shown: without `./` at its start, with bytes that are no UTF-8 as `\xNN`.
pub(super) fn shown(name: &[u8]) -> String {
    let mut name = &name[..name.len().min(LONGEST_NAME)];
    while let Some(rest) = name.strip_prefix(b"./") {
        name = rest;
    }
    let name = crate::model::display_path(name);
    match name.as_bytes() {
        [] => "(nameless)".to_owned(),
        // A path that begins with it has a first part without a name.
        [b'!', ..] => format!("./{name}"),
        _ => name,
    }
}
