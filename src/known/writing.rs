//! How a value is written where it is found: as it is, or encoded; and reading it byte by byte, in both directions.

use crate::model::{Decoding, Span};

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Writing {
    /// As it is.
    Plain,
    /// In base64 of either alphabet. The number says which byte of a group of three its place begins with.
    Base64(u8),
    /// As hexadecimal digits.
    Hex,
    /// With percent escapes.
    Percent,
    /// With escapes of a programming language: `\x41`, `\u0041`.
    Escaped,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-32, little-endian.
    Utf32Le,
    /// UTF-32, big-endian.
    Utf32Be,
}

impl Writing {
    /// The decoding that it takes.
    pub(super) const fn decoding(self) -> Option<Decoding> {
        Some(match self {
            Self::Plain | Self::Escaped => return None,
            Self::Base64(_) => Decoding::Base64,
            Self::Hex => Decoding::Hex,
            Self::Percent => Decoding::Percent,
            Self::Utf16Le => Decoding::Utf16Le,
            Self::Utf16Be => Decoding::Utf16Be,
            Self::Utf32Le => Decoding::Utf32Le,
            Self::Utf32Be => Decoding::Utf32Be,
        })
    }

    /// The most bytes of text that one byte takes.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Base64(_) | Self::Hex | Self::Utf16Le | Self::Utf16Be => 2,
            Self::Percent => 3,
            Self::Utf32Le | Self::Utf32Be => 4,
            Self::Escaped => 6,
        }
    }

    /// The `before` bytes before the place at `at`, and `len` bytes from there on, as far as they are written there; where
    /// in them the place is; and the text that they take.
    pub(super) fn read(self, text: &[u8], at: usize, before: usize, len: usize) -> (Vec<u8>, usize, Span) {
        if let Self::Plain = self {
            let (from, to) = (at.saturating_sub(before), text.len().min(at + len));
            return (text[from..to.max(from)].to_vec(), at - from, Span::new(from, to.max(from)));
        }
        if let Self::Base64(first) = self {
            return base64(text, at, first, before, len);
        }
        let mut bytes = Vec::with_capacity(before + len);
        let mut from = at;
        while bytes.len() < before
            && let Some((byte, start)) = self.previous(text, from)
        {
            bytes.push(byte);
            from = start;
        }
        bytes.reverse();
        let (place, mut to) = (bytes.len(), at);
        while bytes.len() < place + len
            && let Some((byte, end)) = self.next(text, to)
        {
            bytes.push(byte);
            to = end;
        }
        (bytes, place, Span::new(from, to))
    }

    /// The byte written at `at`, and where it ends. Not for base64, which has no byte by itself.
    pub(super) fn next(self, text: &[u8], at: usize) -> Option<(u8, usize)> {
        let rest = text.get(at..)?;
        let (byte, len) = match self {
            Self::Plain => (*rest.first()?, 1),
            Self::Base64(_) => return None,
            Self::Hex => (pair(rest)?, 2),
            Self::Percent => match rest {
                [b'%', more @ ..] if pair(more).is_some() => (pair(more)?, 3),
                _ => (*rest.first().filter(|byte| is_shown(**byte))?, 1),
            },
            Self::Escaped => match rest {
                [b'\\', b'x', more @ ..] if pair(more).is_some() => (pair(more)?, 4),
                [b'\\', b'u', b'0', b'0', more @ ..] if pair(more).is_some() => (pair(more)?, 6),
                _ => (*rest.first().filter(|byte| is_shown(**byte))?, 1),
            },
            Self::Utf16Le => match rest {
                [char @ 1..0x80, 0, ..] => (*char, 2),
                _ => return None,
            },
            Self::Utf16Be => match rest {
                [0, char @ 1..0x80, ..] => (*char, 2),
                _ => return None,
            },
            Self::Utf32Le => match rest {
                [char @ 1..0x80, 0, 0, 0, ..] => (*char, 4),
                _ => return None,
            },
            Self::Utf32Be => match rest {
                [0, 0, 0, char @ 1..0x80, ..] => (*char, 4),
                _ => return None,
            },
        };
        Some((byte, at + len))
    }

    /// The byte written before `at`, and where it starts.
    pub(super) fn previous(self, text: &[u8], at: usize) -> Option<(u8, usize)> {
        let widths: &[usize] = match self {
            Self::Plain => &[1],
            Self::Base64(_) => return None,
            Self::Hex | Self::Utf16Le | Self::Utf16Be => &[2],
            Self::Percent => &[3, 1],
            Self::Escaped => &[6, 4, 1],
            Self::Utf32Le | Self::Utf32Be => &[4],
        };
        widths.iter().find_map(|width| {
            let start = at.checked_sub(*width)?;
            self.next(text, start).filter(|(_, end)| *end == at).map(|(byte, _)| (byte, start))
        })
    }
}

/// The same as [`Writing::read`] for base64.
fn base64(text: &[u8], at: usize, first: u8, before: usize, len: usize) -> (Vec<u8>, usize, Span) {
    let first = isize::from(first);
    let group = at as isize - first;
    // The digit in which a byte of the group begins.
    let digit = |byte: isize| (group + (8 * byte).div_euclid(6)).max(0) as usize;
    let is_digit = |byte: &&u8| sextet(**byte).is_some();
    let from = digit(first - before as isize).min(at);
    let from = at - text[from..at].iter().rev().take_while(is_digit).count();
    let to = text.len().min(digit(first + len as isize) + 2);
    let to = at + text[at..to.max(at)].iter().take_while(is_digit).count();
    // Bits at the start that are the rest of another byte.
    let start = 6 * (from as isize - group);
    let rest = (-start).rem_euclid(8);
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(before + len + 2), 0_u32, -rest);
    for byte in &text[from..to] {
        bits = bits << 6 | u32::from(sextet(*byte).unwrap_or(0));
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    let place = (first - (start + rest) / 8).max(0) as usize;
    let spare = place.saturating_sub(before);
    bytes.drain(..spare.min(bytes.len()));
    let place = place - spare;
    bytes.truncate(place + len);
    let (start, end) = (first - place as isize, first + bytes.len() as isize - place as isize);
    let from = digit(start);
    let to = if bytes.is_empty() { from } else { digit(end - 1) + 2 };
    (bytes, place, Span::new(from, to.max(from)))
}

/// The value of a digit of base64, of either alphabet.
pub(super) const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The byte that two hexadecimal digits write.
fn pair(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| digits.get(at).and_then(|byte| (*byte as char).to_digit(16));
    Some((digit(0)? * 16 + digit(1)?) as u8)
}

/// True for a character that is visible in text.
pub(super) const fn is_shown(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &[u8] = b"q7Zk2Lw9Xb4T&n6/Vc1%Rm";

    /// `VALUE` between other bytes in each writing, and where it starts.
    fn written() -> Vec<(Writing, Vec<u8>, usize)> {
        let each = |of: &dyn Fn(u8) -> String| VALUE.iter().map(|byte| of(*byte)).collect::<String>();
        let wide = |of: &dyn Fn(u8) -> Vec<u8>| VALUE.iter().flat_map(|byte| of(*byte)).collect::<Vec<u8>>();
        let mut all = vec![
            (Writing::Plain, [b"ab=", VALUE, b";"].concat(), 3),
            (Writing::Hex, [b"zz", each(&|byte| format!("{byte:02X}")).as_bytes(), b"zz"].concat(), 2),
            (Writing::Percent, [b" a=", each(&|byte| format!("%{byte:02x}")).as_bytes(), b" "].concat(), 3),
            (Writing::Escaped, [b"\"", each(&|byte| format!("\\x{byte:02x}")).as_bytes(), b"\""].concat(), 1),
            (Writing::Escaped, [b"\"", each(&|byte| format!("\\u{byte:04x}")).as_bytes(), b"\""].concat(), 1),
            (Writing::Utf16Le, wide(&|byte| vec![byte, 0]), 0),
            (Writing::Utf16Be, wide(&|byte| vec![0, byte]), 0),
            (Writing::Utf32Le, wide(&|byte| vec![byte, 0, 0, 0]), 0),
            (Writing::Utf32Be, wide(&|byte| vec![0, 0, 0, byte]), 0),
        ];
        for before in 0..3_u8 {
            let whole = [&vec![b'x'; usize::from(before)], VALUE, b"yyy"].concat();
            let text = data_encoding::BASE64.encode(&whole).into_bytes();
            all.push((Writing::Base64(before), text, 8 * usize::from(before) / 6));
        }
        all
    }

    #[test]
    fn each_writing_reads_from_any_byte_of_a_value() {
        for (writing, text, start) in written() {
            let starts: Vec<usize> = match writing {
                Writing::Base64(_) => vec![start],
                _ => std::iter::successors(Some(start), |&at| writing.next(&text, at).map(|(_, end)| end))
                    .take(VALUE.len())
                    .collect(),
            };
            for (number, &at) in starts.iter().enumerate() {
                let (bytes, place, span) = writing.read(&text, at, number, VALUE.len() - number);
                assert_eq!((&bytes[..], place), (VALUE, number), "{writing:?}");
                assert_eq!(span.start, start, "{writing:?}");
            }
        }
    }

    #[test]
    fn a_read_ends_where_the_text_does() {
        let (bytes, place, span) = Writing::Base64(1).read(b"QUJD", 1, 9, 9);
        assert_eq!((&bytes[..], place, span), (&b"ABC"[..], 1, Span::new(0, 4)));
        let (bytes, place, span) = Writing::Hex.read(b"!41424", 3, 9, 9);
        assert_eq!((&bytes[..], place, span), (&b"AB"[..], 1, Span::new(1, 5)));
        assert_eq!(Writing::Plain.read(b"ab", 1, 5, 5), (b"ab".to_vec(), 1, Span::new(0, 2)));
    }
}
