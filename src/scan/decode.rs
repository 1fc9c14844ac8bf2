//! Undoing an encoding around an anchor.
//!
//! An encoded literal shows where it is and how it is aligned, so decoding starts there and goes both ways to the ends
//! of the run, at most [`LIMIT`] decoded bytes each way. One level deep. Base64 and hexadecimal runs continue over a
//! line break if both lines are full of such digits (a wrapped body).
//!
//! # Design
//!
//! Only as much of a run is decoded as the decision at the anchor can look at: most rules look at a hundred bytes, and
//! a file of certificates has an anchor by chance every few kilobytes.
//!
//! A run with an anchor every few bytes is decoded once: a [`View`] grows with the anchors in it, and each of them gets
//! the part that it would have got alone.

use super::invisible::characters::is_invisible;
use super::long::Text;
use super::prefilter::literal::{Via, base64_skip};
use super::reach::Reach;
use crate::model::Span;
use std::ops::Range;

/// The most bytes that are decoded before and after an anchor.
pub(super) const LIMIT: usize = 4 << 10;
/// The same, as the part of an anchor.
pub(super) const MOST: Reach = Reach { before: LIMIT, after: LIMIT };
/// The most bytes of the blob that [`LIMIT`] decoded bytes may span, with line breaks and indentation; what is further
/// away is cut off.
const WIDEST: usize = 3 * LIMIT;
/// A line break belongs to a run if this many digits precede it.
const FULL_LINE: usize = 40;
/// Bytes of a line's indentation within a run.
const INDENT: usize = 32;
/// Decoded bytes on either side of an anchor's part: look-around may see the byte beside it.
const BESIDE: usize = 4;
/// Bytes of the blob that decide what is beside an anchor's part.
pub(super) const FURTHER: usize = 2 * (FULL_LINE + INDENT) + 16;
/// If a view has more decoded bytes than this, those that no further anchor needs are dropped.
const LARGE: usize = 32 << 10;

/// The most bytes of the blob that a view spans, so that ranges fit four bytes.
const MOST_SPANNED: usize = 1 << 30;

/// What the decision at an encoded anchor looks at, its lines included.
pub(super) const REACH: Reach = Reach { before: WIDEST + FURTHER, after: WIDEST + FURTHER };

/// The views that a thread keeps, the most recent of each kind and alignment.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// Those of this blob come first; the others are kept for their memory.
    views: Vec<View>,
    /// How many are of this blob.
    live: usize,
    /// Which one is replaced next.
    oldest: usize,
}

/// Encodings and alignments that may alternate without a view being made again: four in base64, two in hexadecimal, one
/// of percent escapes, one of forms and one of strings of JSON, four of UTF-16 and eight of UTF-32.
const MOST_VIEWS: usize = 22;

/// A decoded run, as far as it was needed.
#[derive(Debug, Default)]
struct View {
    encoding: Encoding,
    /// The number that identifies its bytes as a text.
    id: u64,
    /// The offset in the blob from which the ranges of `from` count.
    base: usize,
    bytes: Vec<u8>,
    /// For each of the bytes the range in the blob that encodes it.
    from: Vec<(u32, u32)>,
    /// Offset in the blob of the next unit.
    next: usize,
    /// True if the run begins with the first byte.
    begins: bool,
    /// True if it ends with the last one.
    ends: bool,
}

/// The part of a decoded run that belongs to an anchor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoded<'a> {
    /// The bytes.
    pub(super) text: Text<'a>,
    /// Where the keyword begins.
    pub(super) keyword: usize,
    from: &'a [(u32, u32)],
    base: usize,
}

impl Decoded<'_> {
    /// The bytes of the blob that decide how a span reads, cut at the part's ends; as a distance from `literal`.
    pub(super) fn looked(&self, span: Span, literal: Span) -> Reach {
        let (first, last) = (span.start.max(self.text.from), span.end.min(self.text.to));
        let Some(seen) = self.origin(Span::new(first, last.max(first))) else { return REACH };
        Reach {
            before: (literal.start + FURTHER).saturating_sub(seen.start).min(REACH.before),
            after: (seen.end + FURTHER).saturating_sub(literal.end).min(REACH.after),
        }
    }

    /// The range in the blob that encodes a span of the bytes.
    pub(super) fn origin(&self, span: Span) -> Option<Span> {
        let first = self.from.get(span.start)?.0;
        let last = if span.is_empty() { first } else { self.from.get(span.end - 1)?.1 };
        Some(Span::new(self.base + first as usize, self.base + last as usize))
    }
}

/// An encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Encoding {
    #[default]
    Base64,
    Hex,
    Percent,
    /// The same, and `+` for a blank.
    Form,
    /// A backslash before each slash.
    Escaped,
    Utf16(Order),
    Utf32(Order),
}

/// Byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Encoding {
    /// How a literal is written, if it is encoded; and which byte of a group of three its keyword begins with.
    const fn of(via: Via) -> Option<(Self, u8)> {
        Some(match via {
            Via::Plain => return None,
            Via::Base64 => (Self::Base64, 0),
            Via::Base64Second => (Self::Base64, 1),
            Via::Base64Third => (Self::Base64, 2),
            Via::Hex => (Self::Hex, 0),
            Via::Percent => (Self::Percent, 0),
            Via::Form => (Self::Form, 0),
            Via::Escaped => (Self::Escaped, 0),
            Via::Utf16Le => (Self::Utf16(Order::Little), 0),
            Via::Utf16Be => (Self::Utf16(Order::Big), 0),
            Via::Utf32Le => (Self::Utf32(Order::Little), 0),
            Via::Utf32Be => (Self::Utf32(Order::Big), 0),
        })
    }

    const fn is_digit(self, byte: u8) -> bool {
        match self {
            Self::Base64 => sextet(byte).is_some(),
            _ => byte.is_ascii_hexdigit(),
        }
    }

    /// The digits of a group, and the bytes that they give.
    const fn group(self) -> usize {
        if matches!(self, Self::Base64) { 4 } else { 2 }
    }
}

impl Views {
    /// Forgets all views, for another blob.
    pub(super) fn clear(&mut self) {
        self.live = 0;
        self.oldest = 0;
    }

    /// The run around the literal at `at`, decoded as far as `part` says, counted from the keyword's first byte and at
    /// most [`LIMIT`] each way; `None` if the literal is not aligned in it. `texts` counts the texts of this thread.
    pub(super) fn decode(
        &mut self,
        blob: &[u8],
        at: usize,
        via: Via,
        part: Reach,
        texts: &mut u64,
    ) -> Option<Decoded<'_>> {
        let (encoding, phase) = Encoding::of(via)?;
        let part = Reach { before: part.before.min(LIMIT), after: part.after.min(LIMIT) };
        let known = (0..self.live).find_map(|slot| {
            let view = &mut self.views[slot];
            let is_near = view.encoding == encoding && at <= view.next + part.before;
            let keyword = is_near.then(|| view.reach(blob, at, phase)).flatten()?;
            view.has_before(at, keyword, part.before).then_some((slot, keyword))
        });
        let (slot, keyword) = match known {
            Some(known) => known,
            None => {
                *texts += 1;
                let slot = if self.live < MOST_VIEWS { self.live } else { self.oldest };
                if slot == self.views.len() {
                    self.views.push(View::default());
                }
                let view = &mut self.views[slot];
                view.begin(blob, at, (encoding, phase), part.before, *texts)?;
                let keyword = view.reach(blob, at, phase)?;
                if slot == self.live {
                    self.live += 1;
                } else {
                    self.oldest = (slot + 1) % MOST_VIEWS;
                }
                (slot, keyword)
            }
        };
        let view = &mut self.views[slot];
        let keyword = view.drop_behind(keyword, texts);
        view.extend(blob, keyword + part.after + BESIDE);
        Some(view.part(at, keyword, part))
    }
}

impl View {
    /// Makes this a view of the run around the literal at `at`, decoded from `before` bytes before it up to it. `None`
    /// if the literal is not aligned; then the view is of nothing.
    fn begin(
        &mut self,
        blob: &[u8],
        at: usize,
        (encoding, phase): (Encoding, u8),
        before: usize,
        id: u64,
    ) -> Option<()> {
        self.bytes.clear();
        self.from.clear();
        (self.encoding, self.id, self.base, self.next) = (encoding, id, 0, 0);
        (self.begins, self.ends) = (true, true);
        let most = before + 2 * BESIDE;
        let (start, begins) = match encoding {
            Encoding::Base64 | Encoding::Hex => {
                let skip = if encoding == Encoding::Base64 { base64_skip(phase) } else { 0 };
                let aligned = (0..skip).try_fold(at, |at, _| digit_before(blob, at, encoding))?;
                groups_before(blob, aligned, encoding, most)
            }
            Encoding::Percent | Encoding::Form => {
                // Each byte may be an escape.
                let lowest = at.saturating_sub((3 * most).min(LIMIT + 2 * BESIDE));
                let before = blob[lowest..at].iter().rev().take_while(|&&byte| is_url(byte)).count();
                // If the start is within an escape, decoding is correct two bytes later.
                (at - before, at - before > lowest || lowest == 0)
            }
            Encoding::Escaped => {
                let is_of_it = |byte: u8| is_url(byte) || byte == b'\\';
                let lowest = at.saturating_sub((2 * most).min(LIMIT + 2 * BESIDE));
                let before = blob[lowest..at].iter().rev().take_while(|&&byte| is_of_it(byte)).count();
                (at - before, at - before > lowest || lowest == 0)
            }
            Encoding::Utf16(_) => {
                units_before(at, 2, most, |from| unit16(blob, from, encoding).is_some_and(|unit| unit != 0))
            }
            Encoding::Utf32(_) => units_before(at, 4, most, |from| char32(blob, from, encoding).is_some()),
        };
        (self.base, self.next, self.begins, self.ends) = (start, start, begins, false);
        while self.next < at && !self.ends {
            self.step(blob);
            // Text before half a surrogate pair is another run, and so is that before another escape.
            let goes_on = matches!(encoding, Encoding::Utf16(_) | Encoding::Escaped);
            if self.ends && self.next < at && goes_on {
                self.bytes.clear();
                self.from.clear();
                self.next += 2;
                (self.begins, self.ends) = (true, false);
            }
        }
        Some(())
    }

    /// Where in the bytes the keyword of the literal at `at` begins, if the view contains it or will soon.
    fn reach(&mut self, blob: &[u8], at: usize, phase: u8) -> Option<usize> {
        if at < self.base || at > self.next + LIMIT || at - self.base > MOST_SPANNED {
            return None;
        }
        while self.next <= at && !self.ends {
            self.step(blob);
        }
        let index = self.from.partition_point(|&(_, end)| self.base + end as usize <= at);
        let &(start, end) = self.from.get(index)?;
        let (start, end) = (self.base + start as usize, self.base + end as usize);
        // The first two digits of a group are those of its first byte, and so on. Which of the two the literal begins
        // with, and in which byte, shows whether they are aligned alike.
        let is_aligned = match (self.encoding, phase) {
            (Encoding::Base64, 0) => start == at && index % 3 == 0,
            (Encoding::Base64, phase) => end == at + 1 && index % 3 == usize::from(phase),
            _ => start == at,
        };
        is_aligned.then_some(index)
    }

    /// True if the view has all bytes before the keyword that may belong to its part, of `before` bytes.
    fn has_before(&self, at: usize, keyword: usize, before: usize) -> bool {
        self.begins || keyword >= before + BESIDE || at - self.base >= WIDEST + FURTHER / 2
    }

    /// Drops bytes so far before the keyword that later ones do not need them; returns the keyword's new offset.
    fn drop_behind(&mut self, keyword: usize, texts: &mut u64) -> usize {
        let spare = keyword.saturating_sub(LIMIT + 2 * BESIDE) / 3 * 3;
        if spare < LARGE {
            return keyword;
        }
        self.bytes.drain(..spare);
        self.from.drain(..spare);
        self.begins = false;
        *texts += 1;
        self.id = *texts;
        keyword - spare
    }

    /// Continues to decode until there are `len` bytes.
    fn extend(&mut self, blob: &[u8], len: usize) {
        while self.bytes.len() < len && !self.ends {
            self.step(blob);
        }
    }

    /// The part that belongs to the keyword of the literal at `at`, as far as `part` says.
    fn part(&self, at: usize, keyword: usize, part: Reach) -> Decoded<'_> {
        let lowest = at.saturating_sub(WIDEST).saturating_sub(self.base) as u32;
        let highest = (at + WIDEST - self.base) as u32;
        let from = keyword.saturating_sub(part.before);
        let to = self.bytes.len().min(keyword + part.after);
        let from = from + self.from[from..keyword].partition_point(|&(start, _)| start < lowest);
        let to = keyword + self.from[keyword..to].partition_point(|&(_, end)| end <= highest);
        let text = Text { bytes: &self.bytes, from, to, id: self.id, is_blob: false };
        Decoded { text, keyword, from: &self.from, base: self.base }
    }

    fn push(&mut self, byte: u8, from: Range<usize>) {
        // A view is dropped before its span gets so large.
        let relative = |at: usize| u32::try_from(at - self.base).unwrap_or(u32::MAX);
        let range = (relative(from.start), relative(from.end));
        self.bytes.push(byte);
        self.from.push(range);
    }

    /// Decodes the next unit, or finds that the run ends.
    fn step(&mut self, blob: &[u8]) {
        let at = self.next;
        match self.encoding {
            Encoding::Base64 | Encoding::Hex => self.group(blob),
            Encoding::Percent | Encoding::Form => match blob.get(at) {
                Some(&byte) if is_url(byte) => match blob.get(at..at + 3) {
                    Some([b'%', high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                        self.push(nibble(*high) << 4 | nibble(*low), at..at + 3);
                        self.next = at + 3;
                    }
                    _ => {
                        let is_blank = byte == b'+' && self.encoding == Encoding::Form;
                        self.push(if is_blank { b' ' } else { byte }, at..at + 1);
                        self.next = at + 1;
                    }
                },
                _ => self.ends = true,
            },
            Encoding::Escaped => match blob.get(at..) {
                Some([b'\\', b'/', ..]) => {
                    self.push(b'/', at..at + 2);
                    self.next = at + 2;
                }
                Some(&[byte, ..]) if is_url(byte) => {
                    self.push(byte, at..at + 1);
                    self.next = at + 1;
                }
                _ => self.ends = true,
            },
            Encoding::Utf16(_) => {
                let first = unit16(blob, at, self.encoding).filter(|&unit| unit != 0);
                let Some(first) = first else {
                    self.ends = true;
                    return;
                };
                let pair = [first, unit16(blob, at + 2, self.encoding).unwrap_or_default()];
                match char::decode_utf16(pair).next() {
                    Some(Ok(char)) => self.char(char, at, 2 * char.len_utf16()),
                    _ => self.ends = true,
                }
            }
            Encoding::Utf32(_) => match char32(blob, at, self.encoding) {
                Some(char) => self.char(char, at, 4),
                None => self.ends = true,
            },
        }
    }

    /// Appends a character, unless it is an invisible one.
    fn char(&mut self, char: char, at: usize, len: usize) {
        self.next = at + len;
        if is_invisible(char) {
            return;
        }
        for &byte in char.encode_utf8(&mut [0; 4]).as_bytes() {
            self.push(byte, at..at + len);
        }
    }

    /// Decodes the next group of digits, of which the last one may be short.
    fn group(&mut self, blob: &[u8]) {
        let mut digits = [0; 4];
        let (mut count, mut value, mut next) = (0, 0_u32, self.next);
        let group = self.encoding.group();
        while count < group {
            let Some(&byte) = blob.get(next).filter(|&&byte| self.encoding.is_digit(byte)) else {
                match gap_after(blob, next, self.encoding) {
                    Some(end) => {
                        next = end;
                        continue;
                    }
                    None => {
                        self.ends = true;
                        break;
                    }
                }
            };
            value = match self.encoding {
                Encoding::Base64 => value << 6 | u32::from(sextet(byte).unwrap_or_default()),
                _ => value << 4 | u32::from(nibble(byte)),
            };
            digits[count] = next;
            (count, next) = (count + 1, next + 1);
        }
        self.next = next;
        if self.encoding == Encoding::Hex {
            if count == 2 {
                self.push(value as u8, digits[0]..digits[1] + 1);
            }
            return;
        }
        let value = value << (6 * (4 - count));
        for byte in 0..count * 6 / 8 {
            self.push((value >> (16 - 8 * byte)) as u8, digits[byte]..digits[byte + 1] + 1);
        }
    }
}

/// Where the groups of digits before `at` begin in its run, as many as `most` bytes take, and whether the run begins
/// there.
fn groups_before(blob: &[u8], at: usize, encoding: Encoding, most: usize) -> (usize, bool) {
    let lowest = at.saturating_sub(WIDEST + FURTHER);
    let bytes = if encoding == Encoding::Base64 { 3 } else { 1 };
    let mut start = at;
    for _ in 0..most.div_ceil(bytes) {
        match (0..encoding.group()).try_fold(start, |at, _| digit_before(blob, at, encoding)) {
            Some(before) if before < lowest => return (start, false),
            Some(before) => start = before,
            None => return (start, true),
        }
    }
    (start, false)
}

/// The last digit before `at` in its run.
fn digit_before(blob: &[u8], at: usize, encoding: Encoding) -> Option<usize> {
    let end = match at.checked_sub(1) {
        Some(before) if encoding.is_digit(blob[before]) => at,
        _ => gap_before(blob, at, encoding)?,
    };
    end.checked_sub(1)
}

/// Where the line break and indentation before `position` begin, if the run continues before them.
fn gap_before(blob: &[u8], position: usize, encoding: Encoding) -> Option<usize> {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let indent = blob[..position].iter().rev().take(INDENT).take_while(blank).count();
    let feed = (position - indent).checked_sub(1)?;
    let gap = (blob[feed] == b'\n').then(|| gap_at(blob, feed, encoding)).flatten()?;
    (gap.end == position).then_some(gap.start)
}

/// Where the line break and indentation at `position` end, if the run continues after them.
fn gap_after(blob: &[u8], position: usize, encoding: Encoding) -> Option<usize> {
    let feed = if blob.get(position) == Some(&b'\r') { position + 1 } else { position };
    let gap = (blob.get(feed) == Some(&b'\n')).then(|| gap_at(blob, feed, encoding)).flatten()?;
    (gap.start == position).then_some(gap.end)
}

/// The line break at `feed` with the indentation after it, if a full line precedes it and a digit follows.
fn gap_at(blob: &[u8], feed: usize, encoding: Encoding) -> Option<Range<usize>> {
    let end = if feed > 0 && blob[feed - 1] == b'\r' { feed - 1 } else { feed };
    let full = blob.get(end.checked_sub(FULL_LINE)?..end)?;
    let rest = &blob[feed + 1..blob.len().min(feed + 2 + INDENT)];
    let indent = rest.iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    let next = rest.get(indent).copied()?;
    let goes_on = full.iter().all(|&byte| encoding.is_digit(byte)) && encoding.is_digit(next);
    goes_on.then_some(end..feed + 1 + indent)
}

/// Where the units of `width` bytes before `at` begin that are part of its run, at most `most` of them, and whether the
/// run begins there.
fn units_before(at: usize, width: usize, most: usize, is_unit: impl Fn(usize) -> bool) -> (usize, bool) {
    let mut start = at;
    while at - start < width * most {
        match start.checked_sub(width).filter(|&before| is_unit(before)) {
            Some(before) => start = before,
            None => return (start, true),
        }
    }
    (start, false)
}

fn unit16(blob: &[u8], at: usize, encoding: Encoding) -> Option<u16> {
    let bytes = *blob.get(at..)?.first_chunk()?;
    Some(match encoding {
        Encoding::Utf16(Order::Big) => u16::from_be_bytes(bytes),
        _ => u16::from_le_bytes(bytes),
    })
}

/// The character at `at`; `None` if there is none, or a zero.
fn char32(blob: &[u8], at: usize, encoding: Encoding) -> Option<char> {
    let bytes = *blob.get(at..)?.first_chunk()?;
    let unit = match encoding {
        Encoding::Utf32(Order::Big) => u32::from_be_bytes(bytes),
        _ => u32::from_le_bytes(bytes),
    };
    char::from_u32(unit).filter(|&char| char != '\0')
}

/// The value of a base64 digit of either alphabet.
const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

const fn nibble(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
    }
}

/// The characters of URLs and form data: visible ASCII except what delimits them in a text.
const fn is_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`')
}
