//! The readings of a string: as it is, and with each encoding undone that it may contain.
//!
//! A view knows for each of its bytes which bytes of the text it was read from. Nothing is judged here:
//! a wrong reading gives bytes that match no secret.

use std::borrow::Cow;
use std::ops::Range;

/// The shortest runs that encode eight bytes in base64 and hexadecimal.
const BASE64_RUN: usize = 6;
const HEX_RUN: usize = 8;

/// A reading of a text.
pub(super) struct View<'t> {
    /// The bytes read.
    pub(super) bytes: Cow<'t, [u8]>,
    /// Where each byte was read from; empty if the reading is the text itself.
    sources: Vec<(usize, usize)>,
}

impl<'t> View<'t> {
    /// An empty one with room for this many bytes.
    fn of(room: usize) -> Self {
        Self { bytes: Cow::Owned(Vec::with_capacity(room)), sources: Vec::with_capacity(room) }
    }

    fn push(&mut self, byte: u8, from: usize, to: usize) {
        self.bytes.to_mut().push(byte);
        self.sources.push((from, to));
    }

    /// The range of the text from which the bytes of `range` (not empty) were read.
    pub(super) fn source(&self, range: Range<usize>) -> Range<usize> {
        if self.sources.is_empty() {
            range
        } else {
            self.sources[range.start].0..self.sources[range.end - 1].1
        }
    }
}

/// The text itself, and those readings of it that can show more.
pub(super) fn views(text: &str) -> Vec<View<'_>> {
    let bytes = text.as_bytes();
    let mut views = vec![View { bytes: Cow::Borrowed(bytes), sources: Vec::new() }];
    if memchr::memchr(b'%', bytes).is_some() {
        views.push(unescaped(bytes, percent));
    }
    if memchr::memchr(b'\\', bytes).is_some() {
        views.push(unescaped(bytes, backslash));
    }
    for run in runs(bytes, HEX_RUN, |byte| byte.is_ascii_hexdigit()) {
        views.extend((0..2).map(|phase| hex(bytes, run.start + phase..run.end)));
    }
    for run in runs(bytes, BASE64_RUN, |byte| sextet(byte).is_some()) {
        views.extend((0..4).map(|phase| base64(bytes, run.start + phase..run.end)));
    }
    views
}

/// The runs of at least `least` bytes for which `holds` is true.
fn runs(bytes: &[u8], least: usize, holds: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for at in 0..=bytes.len() {
        if bytes.get(at).is_none_or(|byte| !holds(*byte)) {
            if at - start >= least {
                runs.push(start..at);
            }
            start = at + 1;
        }
    }
    runs
}

/// The text with each escape that `read` finds at a byte (its value and length) undone.
fn unescaped(bytes: &[u8], read: impl Fn(&[u8]) -> Option<(char, usize)>) -> View<'static> {
    let mut view = View::of(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match read(&bytes[at..]) {
            Some((value, len)) => {
                // An escape of a byte means that byte; one of a higher character, its UTF-8.
                let mut utf8 = [0; 4];
                let byte = [u32::from(value) as u8];
                let value = if len == 6 { value.encode_utf8(&mut utf8).as_bytes() } else { &byte };
                value.iter().for_each(|byte| view.push(*byte, at, at + len));
                at += len;
            }
            None => {
                view.push(bytes[at], at, at + 1);
                at += 1;
            }
        }
    }
    view
}

fn percent(text: &[u8]) -> Option<(char, usize)> {
    (text[0] == b'%').then(|| number(text, 1..3))?.map(|value| (value, 3))
}

/// `\n` and its kin, `\xNN` (as displayed paths spell bytes that are not text), `\uNNNN`.
fn backslash(text: &[u8]) -> Option<(char, usize)> {
    if text[0] != b'\\' {
        return None;
    }
    match text.get(1)? {
        b'x' => number(text, 2..4).map(|value| (value, 4)),
        b'u' => number(text, 2..6).map(|value| (value, 6)),
        b'n' => Some(('\n', 2)),
        b't' => Some(('\t', 2)),
        b'r' => Some(('\r', 2)),
        b'b' => Some(('\u{8}', 2)),
        b'f' => Some(('\u{c}', 2)),
        byte if byte.is_ascii_punctuation() => Some((char::from(*byte), 2)),
        _ => None,
    }
}

fn number(text: &[u8], digits: Range<usize>) -> Option<char> {
    let digits = text.get(digits)?;
    let value =
        digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))?;
    char::from_u32(value)
}

fn hex(bytes: &[u8], run: Range<usize>) -> View<'static> {
    let mut view = View::of(run.len() / 2);
    for at in run.clone().step_by(2).filter(|at| at + 2 <= run.end) {
        if let Some(value) = number(bytes, at..at + 2) {
            view.push(u32::from(value) as u8, at, at + 2);
        }
    }
    view
}

fn base64(bytes: &[u8], run: Range<usize>) -> View<'static> {
    let mut view = View::of(run.len() / 4 * 3 + 3);
    let sextets: Vec<u8> = bytes[run.clone()].iter().filter_map(|byte| sextet(*byte)).collect();
    for (group, start) in sextets.chunks(4).zip(run.step_by(4)) {
        for at in 1..group.len() {
            // The byte's high bits end one sextet, its low bits start the next.
            let shift = 2 * at;
            let byte = (u16::from(group[at - 1]) << 6 | u16::from(group[at])) >> (6 - shift) & 0xff;
            view.push(byte as u8, start + at - 1, start + at + 1);
        }
    }
    view
}

/// The value of a character of either base64 alphabet.
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str, wanted: &[u8]) -> Option<Range<usize>> {
        let of = |view: View<'_>| {
            memchr::memmem::find(&view.bytes, wanted).map(|at| view.source(at..at + wanted.len()))
        };
        views(text).into_iter().find_map(of)
    }

    #[test]
    fn each_encoding_is_undone_and_told_from_where() {
        let table = [
            ("a hunter2 b", Some(2..9)),
            ("68756e74657232", Some(0..14)),
            ("f68756E74657232", Some(1..15)),
            ("aHVudGVyMg==", Some(0..10)),
            ("/x/aHVudGVyMg", Some(3..13)),
            ("%68unter%32", Some(0..11)),
            ("\\u0068\\x75nter2", Some(0..15)),
            ("hunter3", None),
        ];
        for (text, source) in table {
            assert_eq!(reads(text, b"hunter2"), source, "{text}");
        }
    }

    #[test]
    fn escapes_that_are_cut_short_stand_for_themselves() {
        for text in ["%", "%4", "%zz", "\\", "\\u12", "\\ud800", "é%é\\é"] {
            for view in views(text) {
                assert!(view.bytes.len() <= text.len());
            }
        }
    }
}
