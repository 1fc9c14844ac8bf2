//! Line breaks that mean nothing: where a format folds its lines, and in a file that is base64 as a whole.
//!
//! Sources: RFC 2849 (LDIF) and the specification of JAR files (manifests), where a line break and a blank are nothing; RFC 5545
//! (iCalendar) and RFC 6350 (vCard), where the blank may be a tab; RFC 2045, 6.8 (base64 in lines).
//!
//! # Design
//!
//! The head decides, as it does for [`Nature`](crate::scan::nature::Nature), so that other files cost a look at their
//! first bytes. In a file of base64 the decoder passes over line breaks, but the literal that it starts at must be in
//! one line, and that of a private key is nearly half a line long.

use memchr::{memchr, memchr_iter, memmem};
use std::ops::Range;

/// What the line breaks of a text are that mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) enum Joints {
    /// A line break and one blank.
    Folds,
    /// All.
    Base64,
}

/// The shortest line of a file of base64, in digits.
const SHORTEST: usize = 40;

impl Joints {
    /// Those of a text with this head; `None` if each of its line breaks is one.
    pub(in crate::scan) fn of(head: &[u8]) -> Option<Self> {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        // Most texts fail at their first bytes.
        let is_folded = match head {
            [b'B' | b'b', b'E' | b'e', ..] => begins_entry(head),
            [b'd', b'n', b':', ..] => true,
            [b'v', b'e', b'r', b's', b'i', b'o', b'n', b':', rest @ ..] => {
                let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
                line.trim_ascii() == b"1"
            }
            [b'#', ..] => memmem::find(&head[..memchr(b'\n', head).unwrap_or(0)], b"LDIF").is_some(),
            [b'M', b'a', b'n', ..] => head.starts_with(b"Manifest-Version:"),
            _ => false,
        };
        if is_folded {
            return Some(Self::Folds);
        }
        let digits = digits(head);
        let is_base64 = digits >= SHORTEST && {
            let rest = &head[digits..];
            let feed = usize::from(rest.first() == Some(&b'\r'));
            rest.get(feed) == Some(&b'\n') && rest.get(feed + 1).is_some_and(|&byte| is_digit(byte))
        };
        is_base64.then_some(Self::Base64)
    }

    /// True for a text in which only what is encoded is of interest.
    pub(super) fn is_encoded(self) -> bool {
        self == Self::Base64
    }

    /// Adds the offsets in a range at which such line breaks begin, in order.
    pub(in crate::scan) fn find(self, bytes: &[u8], range: Range<usize>, found: &mut Vec<usize>) {
        let from = range.start;
        for feed in memchr_iter(b'\n', &bytes[range]) {
            let feed = from + feed;
            let at = feed - usize::from(feed > 0 && bytes[feed - 1] == b'\r');
            if self.len_at(bytes, at) > 0 {
                found.push(at);
            }
        }
    }

    /// How many bytes the line break at `at` has; zero if there is none that means nothing.
    pub(super) fn len_at(self, bytes: &[u8], at: usize) -> usize {
        let feed = match &bytes[at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            _ => return 0,
        };
        match (self, bytes.get(at + feed)) {
            (Self::Folds, Some(b' ' | b'\t')) => feed + 1,
            (Self::Base64, Some(&next)) if is_digit(next) => feed,
            _ => 0,
        }
    }
}

/// True for the first line of an iCalendar or vCard object: `BEGIN:VCALENDAR`.
fn begins_entry(head: &[u8]) -> bool {
    let Some((word, rest)) = head.split_at_checked(7) else { return false };
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    word.eq_ignore_ascii_case(b"BEGIN:V") && name > 0 && matches!(rest.get(name), Some(b'\r' | b'\n'))
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&byte| is_digit(byte)).count()
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_whether_lines_are_folded() {
        let line = "QUJD".repeat(19);
        let base64 = format!("{line}\n{line}\n");
        let indented = format!("  {line}\n");
        for (head, joints) in [
            ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", Some(Joints::Folds)),
            ("begin:vcard\n", Some(Joints::Folds)),
            ("\u{feff}dn: cn=x\n", Some(Joints::Folds)),
            ("version: 1\n\ndn: cn=x\n", Some(Joints::Folds)),
            ("# extended LDIF\n#\n", Some(Joints::Folds)),
            ("Manifest-Version: 1.0\r\n", Some(Joints::Folds)),
            (&base64, Some(Joints::Base64)),
            ("version: 12\n", None),
            ("# a comment\n# of LDIF\n", None),
            ("BEGIN: V\n", None),
            ("-----BEGIN\n", None),
            ("ABC\nABC\n", None),
            (&line, None),
            (&indented, None),
            ("", None),
        ] {
            assert_eq!(Joints::of(head.as_bytes()), joints, "{head}");
        }
    }

    #[test]
    fn a_fold_is_a_line_break_and_one_blank() {
        let text = b"a\r\n b\n  c\nd\r\n\te\r\n";
        let mut found = Vec::new();
        Joints::Folds.find(text, 0..text.len(), &mut found);
        assert_eq!(found, [1, 5, 11]);
        let lens: Vec<usize> = found.iter().map(|&at| Joints::Folds.len_at(text, at)).collect();
        assert_eq!(lens, [3, 2, 3]);
    }
}
