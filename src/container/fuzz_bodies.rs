//! What must be true for any bytes that are taken for a container: the body of the fuzz target, which the tests run too.

use super::format::Known;
use super::openers::recognise;
use super::{Content, Limits, Opened, REASONS, Visit, open};
use std::io::{self, Cursor, Read};

/// Counts what it gets.
#[derive(Debug, Default)]
pub struct Counted {
    /// Members and texts.
    pub members: Vec<(String, Vec<u8>)>,
    /// Bytes.
    pub bytes: u64,
}

impl Visit for Counted {
    fn wants(&mut self, _: &str) -> bool {
        true
    }

    fn member(&mut self, path: &str, content: Content<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        match content {
            Content::Whole(whole) => bytes.extend_from_slice(whole),
            Content::Long(reader) => drop(reader.take(1 << 30).read_to_end(&mut bytes)),
        }
        self.bytes += bytes.len() as u64;
        self.members.push((path.to_owned(), bytes));
        Ok(())
    }
}

/// Opens `data` within these limits, if it is a container; what it gave and what became of it.
pub fn opened(data: &[u8], limits: &Limits) -> Option<(Counted, Opened)> {
    let Some(Known::Open(format)) = recognise(data, true) else { return None };
    let mut counted = Counted::default();
    let opened = open("name", format, &mut Cursor::new(data), limits, &mut counted);
    Some((counted, opened.expect("nothing refuses a member")))
}

/// `data` is opened without a panic, within its limits; a problem has a reason.
pub fn container(data: &[u8]) {
    let limits = Limits { members: 1000, bytes: 4 << 20, free: 1 << 20, ..Limits::default() };
    let Some((counted, opened)) = opened(data, &limits) else { return };
    assert_eq!(opened.problems > 0, opened.first.is_some());
    assert!(opened.first.is_none_or(|first| REASONS.contains(&first.reason)));
    // A member may be given once more as a text, and what is held once for each layer.
    assert!(counted.bytes <= limits.bytes * 8 + data.len() as u64 * 64, "{} bytes", counted.bytes);
}
