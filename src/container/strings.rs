//! The texts in compiled code: Java classes and Python's bytecode, one a line.
//!
//! In the file the length of a text is right before its first byte and may look like a letter or digit, so that a search
//! in the file itself would not see where a token begins.
//!
//! Sources: The Java Virtual Machine Specification, 4.4; CPython's `marshal.c`.

/// True for a Java class: a fat Mach-O program has the same first bytes, but a small number where a class has its version.
pub(super) fn is_class(head: &[u8]) -> bool {
    matches!(head, [0xca, 0xfe, 0xba, 0xbe, _, _, major, minor, _, _, ..]
        if (45..200).contains(&u16::from_be_bytes([*major, *minor])))
}

/// True for Python's bytecode, of version 3.7 or later.
pub(super) fn is_bytecode(head: &[u8]) -> bool {
    matches!(head, [_, 0x0c..=0x0f, b'\r', b'\n', 0..=3, 0, 0, 0, ..] if head.len() > 16)
}

/// The texts of a class.
pub(super) fn of_class(bytes: &[u8]) -> Vec<u8> {
    let mut texts = Vec::new();
    let mut rest = bytes.get(10..).unwrap_or_default();
    let count = bytes.get(8..10).map_or(0, |count| u16::from_be_bytes([count[0], count[1]]));
    let mut number = 1;
    while number < count {
        let Some((&tag, after)) = rest.split_first() else { break };
        let len = match tag {
            1 => {
                let Some((len, text)) = after.split_first_chunk() else { break };
                let len = usize::from(u16::from_be_bytes(*len));
                texts.extend_from_slice(&text[..text.len().min(len)]);
                texts.push(b'\n');
                2 + len
            }
            5 | 6 => {
                // These take two numbers.
                number += 1;
                8
            }
            3 | 4 | 9..=12 | 17 | 18 => 4,
            7 | 8 | 16 | 19 | 20 => 2,
            15 => 3,
            _ => break,
        };
        number += 1;
        let Some(next) = after.get(len..) else { break };
        rest = next;
    }
    texts
}

/// The shortest text that is taken from bytecode, bytes.
const SHORTEST: usize = 6;

/// The texts of bytecode. Where values begin depends on the version, so that whatever looks like a text with its length
/// is taken.
pub(super) fn of_bytecode(bytes: &[u8]) -> Vec<u8> {
    let mut texts = Vec::new();
    let mut at = 16;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let text = match rest {
            [kind, len, text @ ..] if matches!(kind & 0x7f, b'z' | b'Z') => text.get(..usize::from(*len)),
            [kind, a, b, c, d, text @ ..] if matches!(kind & 0x7f, b'a' | b'A' | b'u' | b's' | b't') => {
                text.get(..u32::from_le_bytes([*a, *b, *c, *d]) as usize)
            }
            _ => None,
        };
        let is_text = |text: &&[u8]| {
            let is_plain = text.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace());
            text.len() >= SHORTEST && is_plain && std::str::from_utf8(text).is_ok()
        };
        match text.filter(is_text) {
            Some(text) => {
                texts.extend_from_slice(text);
                texts.push(b'\n');
                let from_end = rest.len() - (text.as_ptr() as usize - rest.as_ptr() as usize) - text.len();
                at = bytes.len() - from_end;
            }
            None => at += 1,
        }
    }
    texts
}
