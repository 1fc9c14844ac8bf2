//! From a zone to the values that are there: the whole of each is hashed and compared.

use super::keys::Keys;
use super::search::{APART, BESIDE};
use super::segment::{Segment, ValueHash};
use super::writing::Writing;
use crate::model::{Decoding, Span};

/// A value shorter than this must not be a part of a longer word: by chance it is in one.
const ALONE: usize = 12;

/// The part of a text that announces a value of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone {
    /// Its first byte.
    pub start: usize,
    /// After its last byte.
    pub end: usize,
    writing: Writing,
    head: u64,
    segment: u32,
}

/// A value of the index, in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMatch {
    /// Where it is.
    pub span: Span,
    /// What is there, decoded.
    pub value: Vec<u8>,
    /// The encoding in which it is there.
    pub decoded_by: Option<Decoding>,
}

impl Zone {
    pub(super) fn new(segment: u32, start: usize, end: usize, writing: Writing, head: u64) -> Self {
        Self { start, end, writing, head, segment }
    }

    /// The same zone in a text in which it begins elsewhere.
    #[must_use]
    pub fn moved(self, start: usize) -> Self {
        Self { start, end: start + self.end - self.start, ..self }
    }

    /// The number of the segment that knows it.
    pub(super) fn segment(&self) -> usize {
        self.segment as usize
    }

    /// The bytes of the text that decide whether there is a zone here.
    pub const MARGIN: usize = APART + BESIDE;

    /// The places that it may be read from, the first that fits counts. In a text of two or four bytes a character, most
    /// characters have zeros on both sides.
    fn readings(&self) -> Vec<(usize, Writing)> {
        let at = self.start;
        let both = |little: Option<usize>, big: Option<usize>, [one, other]: [Writing; 2]| {
            little.map(|at| (at, one)).into_iter().chain(big.map(|at| (at, other))).collect()
        };
        let (two, four) = ([Writing::Utf16Le, Writing::Utf16Be], [Writing::Utf32Le, Writing::Utf32Be]);
        match self.writing {
            Writing::Utf16Le => both(Some(at), at.checked_sub(1), two),
            Writing::Utf16Be => both(Some(at + 1), Some(at), two),
            Writing::Utf32Le => both(Some(at), at.checked_sub(3), four),
            Writing::Utf32Be => both(Some(at + 3), Some(at), four),
            writing => vec![(at, writing)],
        }
    }
}

impl Segment {
    /// The values at a zone, and how many bytes before its start and after its end were looked at.
    pub(super) fn matches(&self, keys: &Keys, text: &[u8], zone: &Zone) -> (Vec<KnownMatch>, usize, usize) {
        let entries = self.with_head(zone.head);
        let mut found = Vec::new();
        let (mut before, mut after) = (0, 0);
        let mut done: Option<(u32, u32)> = None;
        for entry in entries {
            let (len, offset) = (entry.len as usize, entry.offset as usize);
            let width = zone.writing.width();
            before = before.max((offset + 1) * width + 8);
            after = after.max((len - offset + 1) * width + 8);
            if done.replace((entry.len, entry.offset)) == done {
                continue;
            }
            let alike = entries.iter().filter(|one| (one.len, one.offset) == (entry.len, entry.offset));
            let alike: Vec<&ValueHash> = alike.collect();
            found.extend(
                zone.readings().into_iter().find_map(|(at, writing)| read(keys, text, at, writing, &alike)),
            );
        }
        (found, before, after)
    }
}

/// The value of one of `entries`, all of which have the same length and zone, if it is at the zone at `at`.
fn read(keys: &Keys, text: &[u8], at: usize, writing: Writing, entries: &[&ValueHash]) -> Option<KnownMatch> {
    let first = entries.first()?;
    let (len, offset) = (first.len as usize, first.offset as usize);
    // One byte more on either side shows whether it is a part of a word.
    let (bytes, place, _) = writing.read(text, at, offset + 1, len - offset + 1);
    let start = place.checked_sub(offset)?;
    let value = bytes.get(start..start + len)?;
    let tag = keys.tag(value);
    let entry = entries.iter().find(|entry| entry.tag == tag)?;
    let beside = [start.checked_sub(1), Some(start + len)];
    let mut beside = beside.into_iter().flatten().filter_map(|at| bytes.get(at));
    if len < ALONE && beside.any(u8::is_ascii_alphanumeric) {
        return None;
    }
    let (_, _, span) = writing.read(text, at, offset, len - offset);
    let is_escaped = matches!(writing, Writing::Percent | Writing::Escaped);
    // Without an escape in it, it is found as it is.
    let value = (!is_escaped || span.len() > len).then(|| entry.spelling.value(value))?;
    // A few escapes are a spelling, as everywhere; a value of nothing else is encoded.
    let is_encoded = writing != Writing::Percent || span.len() == 3 * len;
    let decoded_by = writing.decoding().filter(|_| is_encoded);
    Some(KnownMatch { span, value, decoded_by })
}
