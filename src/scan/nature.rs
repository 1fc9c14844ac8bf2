//! What kind of text a blob is, as its first bytes show.

use memchr::{memchr, memchr_iter};

/// What a blob's first bytes show about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Bytes of no known kind of text.
    Binary,
    /// Text of one byte or more per character, ASCII included, with few zeros if any.
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
        let head = past_padding(head);
        let head = &head[..head.len().min(HEAD)];
        match head {
            [0xff, 0xfe, 0, 0, ..] => Self::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] => Self::Utf32Be,
            [a, 0, 0, 0, b, 0, 0, 0, ..] if is_typed(*a) && is_typed(*b) => Self::Utf32Le,
            [0, 0, 0, a, 0, 0, 0, b, ..] if is_typed(*a) && is_typed(*b) => Self::Utf32Be,
            [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] if !is_ascii(rest) => Self::Utf16,
            [a, 0, b, 0, c, 0, d, 0, ..] | [0, a, 0, b, 0, c, 0, d, ..]
                if [a, b, c, d].into_iter().all(|&byte| is_typed(byte)) =>
            {
                Self::Utf16
            }
            _ if memchr(0, head).is_some() && !is_text_with_zeros(head) => Self::Binary,
            _ => Self::Text,
        }
    }
}

/// The bytes after zeros that fill the start: a block of them is before a log that was cut while it was written to.
fn past_padding(blob: &[u8]) -> &[u8] {
    let zeros = blob.iter().take_while(|&&byte| byte == 0).count();
    // Fewer may be the first character of UTF-32.
    if zeros > 3 && zeros < blob.len() { &blob[zeros..] } else { blob }
}

/// True if what follows a byte order mark of UTF-16 shows that it is none: every second byte of text in most languages is
/// zero, and in the others few bytes are ASCII.
fn is_ascii(rest: &[u8]) -> bool {
    let rest = without_characters(rest);
    let typed = rest.iter().filter(|&&byte| is_typed(byte)).count();
    !rest.is_empty() && typed * 10 >= rest.len() * 9
}

/// True for text with zeros in it: one in a comment, which compilers and interpreters accept, between the entries of an
/// environment, those that fill a block, or where a text goes on in UTF-16. In programs, images and compressed data other
/// bytes are controls, too, or fewer are ASCII or UTF-8.
fn is_text_with_zeros(head: &[u8]) -> bool {
    let head = without_characters(head);
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t'..=b'\r' | 0x1b) || byte == 0x7f;
    // Every second byte of ASCII in UTF-16.
    let is_wide = |at: usize| {
        let is_pair = |other: usize, between: usize| {
            head.get(other) == Some(&0) && head.get(between).is_some_and(|&byte| is_typed(byte))
        };
        head[at] == 0 && (is_pair(at + 2, at + 1) || at >= 2 && is_pair(at - 2, at - 1))
    };
    let wide = (0..head.len()).filter(|&at| is_wide(at)).count();
    let controls = (0..head.len()).filter(|&at| is_control(head[at]) && !is_wide(at)).count();
    let ascii = head.iter().filter(|&&byte| is_typed(byte)).count();
    let zeros = memchr_iter(0, &head).count();
    if ascii + zeros == head.len() {
        return ascii > 0;
    }
    controls <= (head.len() / 16).max(1) && ascii * 4 >= (head.len() - wide) * 3
}

/// The bytes without the characters beyond ASCII that are well-formed UTF-8: they are text in any language, and those that
/// are invisible must not change what a text is taken for.
fn without_characters(bytes: &[u8]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        rest.extend(chunk.valid().bytes().filter(u8::is_ascii));
        rest.extend_from_slice(chunk.invalid());
    }
    rest
}

/// True for characters that a text may begin with.
pub(super) const fn is_typed(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
