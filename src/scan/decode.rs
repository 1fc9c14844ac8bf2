//! Undoing an encoding around an anchor.
//!
//! An encoded literal says where it stands and how it is aligned, so decoding starts at it and goes both
//! ways to the ends of the run, at most [`LIMIT`] decoded bytes each way. One level deep. Base64 and
//! hexadecimal runs go on over a line break where both lines are full of such digits (a wrapped body).

use super::literal::{Via, base64_skip};
use super::reach::Reach;
use crate::model::Span;
use std::ops::Range;

/// Bytes that are decoded before and after an anchor at most.
const LIMIT: usize = 4 << 10;
/// Line breaks and indentation that a wrapped run may hold for each decoded byte stay below this share:
/// the bytes of the blob looked at are bounded by it too.
const WIDEST: usize = 3 * LIMIT;
/// A line break belongs to a run where so many digits stand before it.
const FULL_LINE: usize = 40;
/// Bytes of a line's indentation within a run.
const INDENT: usize = 32;

/// What the decision at an encoded anchor looks at.
pub(super) const REACH: Reach =
    Reach { before: WIDEST + FULL_LINE + INDENT + 4, after: WIDEST + FULL_LINE + INDENT + 4 };

/// A decoded run.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// For each of them what encodes it, as a range in the blob.
    from: Vec<(u32, u32)>,
    /// Where in the blob the ranges count from.
    base: usize,
    /// Where the anchor's decoded bytes start.
    pub(super) anchor: usize,
}

impl Decoded {
    /// What encodes a span of the bytes, in the blob.
    pub(super) fn origin(&self, span: Span) -> Option<Span> {
        let first = self.from.get(span.start)?.0;
        let last = if span.is_empty() { first } else { self.from.get(span.end - 1)?.1 };
        Some(Span::new(self.base + first as usize, self.base + last as usize))
    }

    fn push(&mut self, byte: u8, from: Range<usize>) {
        self.bytes.push(byte);
        self.from.push(((from.start - self.base) as u32, (from.end - self.base) as u32));
    }

    fn reset(&mut self, base: usize) {
        self.bytes.clear();
        self.from.clear();
        self.base = base;
        self.anchor = 0;
    }
}

/// Decodes the run around the literal at `at`; false where the literal is not aligned in it.
pub(super) fn decode(blob: &[u8], at: usize, via: Via, out: &mut Decoded) -> bool {
    out.reset(at.saturating_sub(REACH.before));
    match via {
        Via::Plain => false,
        Via::Base64(phase) => base64(blob, at, phase, out),
        Via::Hex => hex(blob, at, out),
        Via::Percent => percent(blob, at, out),
        Via::Utf16Le => utf16(blob, at, u16::from_le_bytes, out),
        Via::Utf16Be => utf16(blob, at, u16::from_be_bytes, out),
    }
}

fn base64(blob: &[u8], at: usize, phase: u8, out: &mut Decoded) -> bool {
    let digits = run(blob, at, LIMIT / 3 * 4, |byte| sextet(byte).is_some());
    let before = digits.partition_point(|&digit| digit < at);
    let skip = usize::from(base64_skip(phase));
    let Some(aligned) = before.checked_sub(skip) else { return false };
    out.anchor = aligned / 4 * 3 + usize::from(phase);
    for group in digits[aligned % 4..].chunks(4) {
        let value = group
            .iter()
            .fold(0_u32, |value, &digit| value << 6 | u32::from(sextet(blob[digit]).unwrap_or_default()));
        let value = value << (6 * (4 - group.len()));
        for byte in 0..group.len() * 6 / 8 {
            let from = group[byte]..group[byte + 1] + 1;
            out.push((value >> (16 - 8 * byte)) as u8, from);
        }
    }
    true
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

fn hex(blob: &[u8], at: usize, out: &mut Decoded) -> bool {
    let digits = run(blob, at, LIMIT * 2, |byte| byte.is_ascii_hexdigit());
    let before = digits.partition_point(|&digit| digit < at);
    out.anchor = before / 2;
    for pair in digits[before % 2..].chunks_exact(2) {
        let (high, low) = (nibble(blob[pair[0]]), nibble(blob[pair[1]]));
        out.push(high << 4 | low, pair[0]..pair[1] + 1);
    }
    true
}

const fn nibble(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
    }
}

/// The positions of the digits around `at`, at most `limit` each way.
fn run(blob: &[u8], at: usize, limit: usize, is_digit: impl Fn(u8) -> bool) -> Vec<usize> {
    let joins = |feed: usize| -> Option<Range<usize>> {
        let end = if feed > 0 && blob[feed - 1] == b'\r' { feed - 1 } else { feed };
        let full = blob.get(end.checked_sub(FULL_LINE)?..end)?;
        let rest = &blob[feed + 1..blob.len().min(feed + 2 + INDENT)];
        let indent = rest.iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
        let next = rest.get(indent).copied()?;
        (full.iter().all(|&byte| is_digit(byte)) && is_digit(next)).then_some(end..feed + 1 + indent)
    };
    let lowest = at.saturating_sub(WIDEST);
    let highest = blob.len().min(at.saturating_add(WIDEST));
    let mut digits = Vec::new();
    let mut position = at;
    while position > lowest && digits.len() < limit {
        if is_digit(blob[position - 1]) {
            position -= 1;
            digits.push(position);
            continue;
        }
        let indent =
            blob[..position].iter().rev().take(INDENT).take_while(|&&byte| byte == b' ' || byte == b'\t');
        let Some(feed) = (position - indent.count()).checked_sub(1) else { break };
        match (blob[feed] == b'\n').then(|| joins(feed)).flatten() {
            Some(gap) if gap.end == position && gap.start >= lowest => position = gap.start,
            _ => break,
        }
    }
    digits.reverse();
    let limit = digits.len() + limit;
    position = at;
    while position < highest && digits.len() < limit {
        if is_digit(blob[position]) {
            digits.push(position);
            position += 1;
            continue;
        }
        let feed = if blob[position] == b'\r' { position + 1 } else { position };
        match (blob.get(feed) == Some(&b'\n')).then(|| joins(feed)).flatten() {
            Some(gap) if gap.end < highest => position = gap.end,
            _ => break,
        }
    }
    digits
}

fn percent(blob: &[u8], at: usize, out: &mut Decoded) -> bool {
    let lowest = at.saturating_sub(LIMIT);
    let before = blob[lowest..at].iter().rev().take_while(|&&byte| is_url(byte)).count();
    let mut position = at - before;
    while position < blob.len() && is_url(blob[position]) {
        if position > at && out.bytes.len() >= out.anchor + LIMIT {
            break;
        }
        if position == at {
            out.anchor = out.bytes.len();
        } else if position < at && at < position + 3 && blob[position] == b'%' {
            out.push(b'%', position..position + 1);
            position += 1;
            continue;
        }
        let escape = blob.get(position..position + 3);
        match escape {
            Some([b'%', high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(nibble(*high) << 4 | nibble(*low), position..position + 3);
                position += 3;
            }
            _ => {
                out.push(blob[position], position..position + 1);
                position += 1;
            }
        }
    }
    true
}

/// What stands in URLs and form data: visible ASCII save what delimits them in a text.
const fn is_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`')
}

fn utf16(blob: &[u8], at: usize, unit: impl Fn([u8; 2]) -> u16, out: &mut Decoded) -> bool {
    let read = |position: usize| Some(unit([*blob.get(position)?, *blob.get(position + 1)?]));
    let mut position = at;
    while at - position < 2 * LIMIT && position.checked_sub(2).and_then(&read).is_some_and(|unit| unit != 0) {
        position -= 2;
    }
    let end = at.saturating_add(2 * LIMIT);
    while let Some(first) = read(position).filter(|&unit| position < end && unit != 0) {
        if position == at {
            out.anchor = out.bytes.len();
        }
        let pair = [first, read(position + 2).unwrap_or_default()];
        match char::decode_utf16(pair).next() {
            Some(Ok(char)) => {
                let next = position + 2 * char.len_utf16();
                for &byte in char.encode_utf8(&mut [0; 4]).as_bytes() {
                    out.push(byte, position..next);
                }
                position = next;
            }
            _ if position < at => {
                out.bytes.clear();
                out.from.clear();
                position += 2;
            }
            _ => break,
        }
    }
    position > at
}
