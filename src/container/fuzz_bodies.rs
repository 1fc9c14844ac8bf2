//! What must be true for any bytes that are taken for a container or a layer: the bodies of the fuzz targets, which the tests
//! run too.

use super::format::Known;
use super::openers::recognise;
use super::{
    ArchiveForm, Content, Entries, LayerEntry, LayerInput, Limits, Opened, REASONS, Visit, is_stored,
    members, open, open_layer, stream,
};
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

impl Entries for Counted {
    fn begins(&mut self, entry: &LayerEntry<'_>) -> io::Result<Option<String>> {
        self.members.push((entry.name.to_owned(), entry.target.to_vec()));
        Ok(Some(entry.name.to_owned()))
    }

    fn ends(&mut self, opened: Opened) {
        assert_eq!(opened.problems > 0, opened.first.is_some());
        assert!(opened.first.is_none_or(|first| REASONS.contains(&first.reason)));
    }
}

/// `data` is read as a layer of an image, and listed as the file of one, without a panic and within its limits.
pub fn layer(data: &[u8]) {
    let limits = Limits { members: 1000, bytes: 4 << 20, free: 1 << 20, ratio: 50, ..Limits::default() };
    let len = data.len() as u64;
    for limits in [Some(limits), None] {
        let mut counted = Counted::default();
        let input = LayerInput { name: "layer", len, limits };
        let mut unpacked = 0;
        let outcome =
            open_layer(&mut Cursor::new(data), &input, &mut counted, &mut |bytes| unpacked += bytes.len());
        let outcome = outcome.expect("nothing refuses an entry");
        assert!(outcome.problem.is_none_or(|reason| REASONS.contains(&reason)));
        let most = limits.unwrap_or_default();
        assert!(unpacked as u64 <= most.free + most.ratio * len + (64 << 10), "{unpacked} bytes");
    }
    match is_stored(data) {
        Some(ArchiveForm::Plain) => {
            let (found, problem) = members(&mut Cursor::new(data), 1000);
            assert!(found.iter().all(|one| one.offset <= len));
            // What is listed without a problem is there.
            assert!(problem.is_some() || found.iter().all(|one| one.offset + one.size <= len));
        }
        Some(ArchiveForm::Compressed) => {
            let mut bytes = 0;
            let streamed = stream(&mut Cursor::new(data), len, &limits, &mut |_, content| {
                bytes += io::copy(content, &mut io::sink()).unwrap_or_default();
                Ok(())
            });
            let problem = streamed.expect("nothing refuses a member");
            assert!(problem.is_none_or(|reason| REASONS.contains(&reason)));
            assert!(bytes <= limits.free + limits.ratio * len, "{bytes} bytes");
        }
        None => {}
    }
}
