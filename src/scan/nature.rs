//! What kind of text a blob is, as its first bytes show.

use memchr::memchr;

/// What a blob's first bytes show about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Bytes of no known kind of text.
    Binary,
    /// Text of one byte or more per character, ASCII included.
    Text,
    /// UTF-16, by its byte order mark or its first characters.
    Utf16,
    /// UTF-32, little-endian, by its byte order mark or its first characters.
    Utf32Le,
    /// UTF-32, big-endian, likewise.
    Utf32Be,
}

/// How much of a blob's start is examined to find its nature, in bytes.
pub(super) const HEAD: usize = 8 << 10;

impl Nature {
    /// The nature of a blob with this head.
    pub(super) fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD)];
        match head {
            [0xff, 0xfe, 0, 0, ..] => Self::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] => Self::Utf32Be,
            [a, 0, 0, 0, b, 0, 0, 0, ..] if is_typed(*a) && is_typed(*b) => Self::Utf32Le,
            [0, 0, 0, a, 0, 0, 0, b, ..] if is_typed(*a) && is_typed(*b) => Self::Utf32Be,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            [a, 0, b, 0, c, 0, d, 0, ..] | [0, a, 0, b, 0, c, 0, d, ..]
                if [a, b, c, d].into_iter().all(|&byte| is_typed(byte)) =>
            {
                Self::Utf16
            }
            _ if memchr(0, head).is_some() => Self::Binary,
            _ => Self::Text,
        }
    }
}

/// True for characters that a text may begin with.
pub(super) const fn is_typed(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
