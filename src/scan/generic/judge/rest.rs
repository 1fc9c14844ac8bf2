//! A drawn value with a word before or after it (`Admin7xK2mQ9v`): no weaker than what was drawn, but of the letters half are a
//! word's, and the model, which sees all of them together, takes it for a name.

use crate::scan::generic::name;
use crate::scan::generic::shape::Shape;

/// Bytes of a word, and of what was drawn.
const WORD: std::ops::RangeInclusive<usize> = 4..=10;
const DRAWN: usize = 8;

/// Letters of what was drawn have this mean surprise or more, in sixteenths of a bit: above that of names cut from code.
const SURPRISING: usize = 64;

/// What a machine drew of a value that begins or ends with a word. Nothing if it has neither, or if the rest may be words, too.
pub(super) fn drawn(value: &[u8]) -> Option<&[u8]> {
    let is_joiner = |byte: &u8| matches!(byte, b'_' | b'-' | b'.' | b'@' | b'#' | b'!');
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || is_joiner(byte);
    if value.len() < WORD.start() + DRAWN
        || !value.iter().all(is_plain)
        || !value.iter().any(u8::is_ascii_digit)
    {
        return None;
    }
    let ends = |len: usize| {
        let (first, behind) = value.split_at(len);
        let (ahead, last) = value.split_at(value.len() - len);
        let behind = match behind.split_first() {
            Some((joiner, rest)) if is_joiner(joiner) => rest,
            _ => behind,
        };
        let ahead = match ahead.split_last() {
            Some((joiner, rest)) if is_joiner(joiner) => rest,
            _ => ahead,
        };
        [is_word(first).then_some(behind), is_word(last).then_some(ahead)]
    };
    WORD.rev().filter(|len| len + DRAWN <= value.len()).flat_map(ends).flatten().find(|rest| is_drawn(rest))
}

/// Whether these are letters that begin with at most one capital, or are all capitals, and the vocabulary has them as one word.
fn is_word(letters: &[u8]) -> bool {
    let mut words = name::words(letters);
    let is_one = words.next().is_some_and(|word| word.len() == letters.len());
    is_one && {
        let shape = Shape::of(letters);
        shape.words == 1 && shape.cover() == 100
    }
}

fn is_drawn(rest: &[u8]) -> bool {
    if rest.len() < DRAWN || !rest.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let shape = Shape::of(rest);
    let is_mixed = shape.lower > 0 && shape.upper > 0 && shape.digits > 0;
    is_mixed && shape.changes >= 3 && shape.cover() <= 34 && shape.surprise >= SURPRISING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_told_from_words() {
        for (value, rest) in [
            ("Admin7xK2mQ9v", "7xK2mQ9v"),
            ("secret_9Lq2Xv7T", "9Lq2Xv7T"),
            ("qT7vX2nK4zwelcome", "qT7vX2nK4z"),
            ("9vK2xQ7m-Server", "9vK2xQ7m"),
        ] {
            assert_eq!(drawn(value.as_bytes()), Some(rest.as_bytes()), "{value}");
        }
        for value in [
            "AdminUserById2",
            "getTokenForUser2",
            "password123456",
            "oauth2ClientSecret",
            "Base64UrlEncode",
            "Summer2024Winter",
            "sha256WithRsa512",
            "adminPanelV2Beta",
            "e3b0c44298fc1c14",
        ] {
            assert_eq!(drawn(value.as_bytes()), None, "{value}");
        }
    }
}
