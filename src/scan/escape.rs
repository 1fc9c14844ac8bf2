//! Escapes: what is before a token and ends in a letter or a digit without being a part of the word.
//!
//! In `"keys:\nAKIA…"`, `key%3DAIza…`, `&quot;ghp_…` and after a terminal's colours a pattern that asks for a word's
//! boundary sees the `n`, the `D`, the `;` or the `m`. [`window`](super::window) shows it what the escape means
//! instead. Bytes are never moved: the escape's last byte becomes the character it means, and the others become blanks.
//!
//! Only escapes that mean a delimiter count. The characters of tokens (letters, digits, `-+._~`) stay part of the
//! token. A slash reads as a blank: nobody writes a token's own slash as `\/` or `%2F` at its very beginning.

use memchr::memchr3_iter;

/// The most bytes of an escape: a longer sequence of colours is not recognised.
pub(super) const LONGEST: usize = 24;

/// An escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escape {
    /// Its bytes.
    pub(super) len: usize,
    /// The character that replaces it.
    pub(super) reads: u8,
}

/// True for a byte that no escape reads as.
pub(super) const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_' | b'~' | b'/')
}

/// A bit for each byte that no escape reads as.
pub(super) const OF_TOKENS: [u64; 4] = {
    let mut set = [0; 4];
    let mut byte = 0;
    while byte < 256 {
        if is_of_token(byte as u8) {
            set[byte / 64] |= 1 << (byte % 64);
        }
        byte += 1;
    }
    set
};

/// True if `at` is inside of an escape that begins in `bytes[from..at]`.
pub(super) fn covers(bytes: &[u8], from: usize, at: usize) -> bool {
    let lowest = from.max(at.saturating_sub(LONGEST));
    let goes_beyond = |start: usize| begins(&bytes[start..]).is_some_and(|escape| start + escape.len > at);
    (lowest..at).any(|start| may_begin(bytes[start]) && goes_beyond(start))
}

/// True if an escape begins and ends in `bytes`.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    let begins_at = |at: usize| begins(&bytes[at..]).is_some();
    // Letters and marks that are frequent in code count only together with the next byte.
    let may_begin_at = |at: usize| match (bytes[at], bytes.get(at + 1)) {
        (b'u', next) => next == Some(&b'0'),
        (b'=' | b'#', next) => next.is_some_and(u8::is_ascii_digit),
        (b'^', next) => next == Some(&b'['),
        (byte, _) => may_begin(byte),
    };
    (0..bytes.len()).any(|at| may_begin_at(at) && begins_at(at))
}

/// True for a byte that an escape may begin with.
pub(super) const fn may_begin(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | 0x1b | b'=' | b'#' | b'^' | b'u')
}

/// True if an escape in `bytes` may read as a line feed, at less cost than undoing the escapes.
pub(super) fn may_feed(bytes: &[u8]) -> bool {
    // Without an early exit, which keeps the loop free of branches: `u` and `=` are frequent.
    let is_feed = |three: &[u8]| {
        (three[0] == b'=') & (three[1] == b'0') & (three[2] == b'A')
            | (three[0] == b'#') & (three[1] == b'0') & (three[2] == b'1')
            | (three[0] == b'u') & (three[1] == b'0') & (three[2] == b'0')
    };
    let reads_feed = |at: usize| begins(&bytes[at..]).is_some_and(|escape| escape.reads == b'\n');
    bytes.windows(3).fold(false, |any, three| any | is_feed(three))
        || memchr3_iter(b'\\', b'%', b'&', bytes).any(reads_feed)
}

/// The character of the escape that ends at `at` and is within `bytes[from..at]`, if its last byte is one of a word.
pub(super) fn before(bytes: &[u8], from: usize, at: usize) -> Option<u8> {
    let last = *bytes[from..at].last()?;
    if !last.is_ascii_alphanumeric() && last != b'_' {
        return None;
    }
    let lowest = from.max(at.saturating_sub(LONGEST));
    (lowest..at - 1).rev().find_map(|start| {
        let escape = begins(&bytes[start..at])?;
        (start + escape.len == at).then_some(escape.reads)
    })
}

/// Replaces the escapes within `bytes[from..to]` by what they mean; `copy` contains the bytes from `base` on. False if
/// there are none.
pub(super) fn undo(bytes: &[u8], from: usize, to: usize, copy: &mut [u8], base: usize) -> bool {
    let mut any = false;
    let mut at = from;
    while at < to {
        let Some(escape) = may_begin(bytes[at]).then(|| begins(&bytes[at..to])).flatten() else {
            at += 1;
            continue;
        };
        let last = at + escape.len - 1;
        for blank in at.max(base)..last {
            copy[blank - base] = b' ';
        }
        if last >= base {
            copy[last - base] = escape.reads;
            any = true;
        }
        at = last + 1;
    }
    any
}

/// The escape at the start of the bytes.
fn begins(bytes: &[u8]) -> Option<Escape> {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let (len, char) = match bytes {
        [b'\\', rest @ ..] => sum(1, backslash(rest)?),
        [b'%', rest @ ..] => sum(1, percent(rest)?),
        [b'&', rest @ ..] => sum(1, entity(rest)?),
        [b'=', high @ b'0'..=b'3', low @ (b'0'..=b'9' | b'A'..=b'F'), ..] => (3, number(&[*high, *low], 16)),
        [b'#', digits @ ..] => (4, octal(digits).filter(|&char| char < 0x20)?),
        [b'u', b'0', b'0', high, low, ..] if is_hex(*high) && is_hex(*low) => (5, number(&[*high, *low], 16)),
        [b'^', b'[', sequence @ ..] if control(sequence).is_some() => (2, ESC),
        [0x1b, ..] => (1, ESC),
        _ => return None,
    };
    if char == ESC
        && let Some(sequence) = control(&bytes[len..])
    {
        return Some(Escape { len: len + sequence, reads: b' ' });
    }
    Some(Escape { len, reads: reading(char)? })
}

/// The character that replaces an escape of `char`, if that is a delimiter.
fn reading(char: u32) -> Option<u8> {
    match u8::try_from(char) {
        Ok(b'/') => Some(b' '),
        Ok(byte) if is_of_token(byte) => None,
        Ok(byte) if byte.is_ascii() => Some(byte),
        _ => Some(b' '),
    }
}

const ESC: u32 = 0x1b;

fn sum(before: usize, (len, char): (usize, u32)) -> (usize, u32) {
    (before + len, char)
}

/// What follows a backslash: its length and the character meant.
fn backslash(rest: &[u8]) -> Option<(usize, u32)> {
    let of_hex = |from: usize, len: usize| {
        let digits = rest.get(from..from + len)?;
        digits.iter().all(|&byte| is_hex(byte)).then(|| (from + len, number(digits, 16)))
    };
    let char = match rest.first()? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'f' | b'v' | b'a' | b'b' => b' ',
        byte @ (b'"' | b'\'' | b'`' | b'/') => *byte,
        b'e' | b'E' => 0x1b,
        b'x' => return of_hex(1, 2),
        b'u' if rest.get(1) == Some(&b'{') => {
            let digits = rest[2..].iter().take(7).take_while(|&&byte| is_hex(byte)).count();
            let closes = (1..=6).contains(&digits) && rest.get(2 + digits) == Some(&b'}');
            return closes.then(|| (3 + digits, number(&rest[2..2 + digits], 16)));
        }
        b'u' => return of_hex(1, 4),
        b'U' => return of_hex(1, 8),
        b'0'..=b'3' => return octal(rest).map(|char| (3, char)),
        _ => return None,
    };
    Some((1, u32::from(char)))
}

/// What follows a percent sign, which may itself be encoded.
fn percent(rest: &[u8]) -> Option<(usize, u32)> {
    if let [b'u', digits @ ..] = rest {
        let digits = digits.get(..4).filter(|digits| digits.iter().all(|&byte| is_hex(byte)))?;
        return Some((5, number(digits, 16)));
    }
    let pair = |from: usize| {
        let digits = rest.get(from..from + 2).filter(|pair| pair.iter().all(|&byte| is_hex(byte)))?;
        Some((from + 2, number(digits, 16)))
    };
    match 2 * rest.chunks_exact(2).take_while(|pair| pair == b"25").count() {
        0 => pair(0),
        again => pair(again).filter(|&(_, char)| reading(char).is_some()).or(Some((again, u32::from(b'%')))),
    }
}

/// What follows an ampersand, which may itself be an entity.
fn entity(rest: &[u8]) -> Option<(usize, u32)> {
    let end = rest.iter().take(10).position(|&byte| byte == b';')?;
    let name = &rest[..end];
    let char = match name {
        [b'#', b'x' | b'X', digits @ ..] if !digits.is_empty() && digits.len() <= 6 => {
            digits.iter().all(|&byte| is_hex(byte)).then(|| number(digits, 16))?
        }
        [b'#', digits @ ..] if !digits.is_empty() => {
            digits.iter().all(u8::is_ascii_digit).then(|| number(digits, 10))?
        }
        b"amp" => {
            let inner = entity(&rest[end + 1..]).filter(|&(_, char)| reading(char).is_some());
            return Some(inner.map_or((end + 1, u32::from(b'&')), |inner| sum(end + 1, inner)));
        }
        [first, others @ ..]
            if first.is_ascii_alphabetic() && others.iter().all(u8::is_ascii_alphanumeric) =>
        {
            u32::from(match name {
                b"quot" | b"QUOT" => b'"',
                b"apos" => b'\'',
                b"lt" => b'<',
                b"gt" => b'>',
                b"equals" => b'=',
                b"colon" => b':',
                b"Tab" => b'\t',
                b"NewLine" => b'\n',
                _ => b' ',
            })
        }
        _ => return None,
    };
    Some((end + 1, char))
}

/// Three octal digits: the form of control characters in system logs and shells.
fn octal(digits: &[u8]) -> Option<u32> {
    let digits = digits.get(..3)?;
    let fits = digits[0] <= b'3' && digits.iter().all(|byte| (b'0'..=b'7').contains(byte));
    fits.then(|| number(digits, 8))
}

/// The length of the rest of a terminal's control sequence, after the escape character.
fn control(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'[', parameters @ ..] => {
            let end = parameters.iter().position(|byte| !matches!(byte, b'0'..=b'?'))?;
            parameters[end].is_ascii_alphabetic().then_some(end + 2)
        }
        [b'(' | b')', b'0' | b'A' | b'B', ..] => Some(2),
        _ => None,
    }
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// The value of at most eight digits.
fn number(digits: &[u8], base: u32) -> u32 {
    digits.iter().fold(0, |value: u32, &digit| {
        value.wrapping_mul(base).wrapping_add((digit as char).to_digit(base).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_before_a_token_reads_as_what_it_means() {
        for (text, reads) in [
            (r"\n", Some(b'\n')),
            (r"\\n", Some(b'\n')),
            (r"\t", Some(b'\t')),
            (r"\r", Some(b'\r')),
            (r"\b", Some(b' ')),
            ("%3D", Some(b'=')),
            ("%3d", Some(b'=')),
            ("%253D", Some(b'=')),
            ("%25253A", Some(b':')),
            ("%22", Some(b'"')),
            ("%20", Some(b' ')),
            ("%2F", Some(b' ')),
            ("%25", Some(b'%')),
            ("%u003D", Some(b'=')),
            (r"\u003d", Some(b'=')),
            (r"\\u0022", Some(b'"')),
            (r"\u{22}", None),
            (r"\U0000003d", Some(b'=')),
            ("u0026", Some(b'&')),
            (r"\x3d", Some(b'=')),
            (r"\012", Some(b'\n')),
            ("#011", Some(b'\t')),
            ("=3D", Some(b'=')),
            ("\x1b[0m", Some(b' ')),
            ("\x1b[1;38;5;196m", Some(b' ')),
            ("\x1b(B", Some(b' ')),
            (r"\x1b[0m", Some(b' ')),
            (r"\033[32m", Some(b' ')),
            (r"\e[32m", Some(b' ')),
            (r"\u001b[0;31m", Some(b' ')),
            ("#033[0m", Some(b' ')),
            ("^[[0m", Some(b' ')),
            // Letters, digits and the characters of tokens are no delimiters, however they are written.
            ("%41", None),
            ("%2B", None),
            (r"\x41", None),
            (r"\u0041", None),
            (r"\d", None),
            ("%zz", None),
            ("n", None),
            ("", None),
        ] {
            assert_eq!(before(text.as_bytes(), 0, text.len()), reads, "{text:?}");
        }
    }

    #[test]
    fn what_reads_as_a_line_feed_is_foreseen() {
        let feeds = [
            r"\n", r"\\n", "%0a", "%250A", "%u000A", r"\u000a", r"\x0a", r"\012", "#012", "=0A", "u000a",
            "&#10;",
        ];
        for text in feeds.into_iter().chain([
            "&NewLine;",
            "&#xA;",
            r"\u{a}",
            "\x1b[0m",
            "^[[0m",
            "=3D",
            "uid=0 x",
            "#011",
        ]) {
            let mut copy = text.as_bytes().to_vec();
            undo(text.as_bytes(), 0, text.len(), &mut copy, 0);
            assert!(!copy.contains(&b'\n') || may_feed(text.as_bytes()), "{text}");
        }
        assert!(!may_feed(b"uid=0 euid=1 user=root #3 u01 =20"));
    }

    #[test]
    fn escapes_are_undone_in_place() {
        for (text, undone) in [
            (r#"{\"a\":\"b%20c"#, r#"{ "a ": "b   c"#),
            ("&quot;x&#x3D;y&#34;z&amp;quot;", "     \"x     =y    \"z         \""),
            (r"a\u{3d}b\/c", "a     =b  c"),
            ("a%2Bb&c;d& e; f", "a%2Bb   d& e; f"),
            ("100% \x1b[0m", "100%     "),
        ] {
            let mut copy = text.as_bytes().to_vec();
            assert!(undo(text.as_bytes(), 0, text.len(), &mut copy, 0), "{text}");
            assert_eq!(String::from_utf8_lossy(&copy), undone);
        }
        assert!(!undo(b"plain", 0, 5, &mut b"plain".clone(), 0));
    }
}
