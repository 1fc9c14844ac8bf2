//! A sentence whose subject is a secret: `the password is x`, `was reset to: x`, a notice that ends in a colon.

use super::label;
use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::shape::{is_drawn_text, is_mixed_word};
use crate::scan::generic::words::Words;

/// Verbs that are followed by the value of the sentence's subject.
const VERBS: &[&str] = &[
    "are",
    "changed to",
    "created",
    "currently is",
    "es",
    "est",
    "generated",
    "has been changed to",
    "has been set to",
    "is",
    "is now",
    "is set to",
    "is still",
    "ist",
    "lautet",
    "of",
    "reset to",
    "set to",
    "was",
    "was set to",
    "will be",
];

/// The first words of them.
static FIRST_OF_VERBS: Words = Words::new(&[
    "are",
    "changed",
    "created",
    "currently",
    "es",
    "est",
    "generated",
    "has",
    "is",
    "ist",
    "lautet",
    "of",
    "reset",
    "set",
    "was",
    "will",
]);

/// Where the value of a sentence starts: `is x`, `was set to: x`, `to continue:` at the end of a line.
pub(super) fn says(text: &[u8], name: Span, gap: usize) -> Option<usize> {
    let rest = text.get(gap..text.len().min(gap + 120))?;
    let before = line_before(text, name.start);
    if let Some(colon) = label::past_owner(rest, before) {
        return Some(gap + colon);
    }
    if let Some(value) = label::said(rest, before) {
        return Some(gap + value);
    }
    if !rest.first()?.is_ascii_lowercase() {
        return None;
    }
    let is_here = |verb: &&&str| {
        rest.get(..verb.len()).is_some_and(|there| there == verb.as_bytes())
            && matches!(rest.get(verb.len()), Some(b' ' | b':'))
    };
    // A notice whose value is alone on the next line: `The generated password is`.
    if let Some(line) = rest.strip_prefix(b"is\n").or(rest.strip_prefix(b"is\r\n")) {
        let word = &line[..line.iter().position(|b| *b <= b' ').unwrap_or(line.len())];
        let is_alone = matches!(byte(line, word.len()), 0 | b'\r' | b'\n');
        return (is_alone && (is_mixed_word(word) || is_drawn_text(word)))
            .then_some(gap + rest.len() - line.len());
    }
    let first = rest.iter().position(|b| !b.is_ascii_lowercase()).unwrap_or(rest.len());
    if FIRST_OF_VERBS.has(&rest[..first])
        && let Some(verb) = VERBS.iter().filter(is_here).max_by_key(|verb| verb.len())
    {
        let colon = past_blanks(text, gap + verb.len());
        let after = past_blanks(text, colon + usize::from(byte(text, colon) == b':'));
        // Without a colon or a mark around the value, only what could not continue the sentence is one.
        let first = byte(text, after);
        let len = text[after..].iter().take(64).take_while(|b| **b > b' ').count();
        let word = &text[after..after + len];
        let is_participle = matches!(*verb, "created" | "generated");
        let is_telling = byte(text, colon) == b':' && (!is_participle || is_mixed_word(word))
            || !is_participle && matches!(first, b'"' | b'\'' | b'`' | b'*' | b'<')
            || !is_participle
                && word.iter().any(u8::is_ascii_digit)
                && word.iter().any(u8::is_ascii_alphabetic)
            || !is_participle && is_mixed_word(word);
        if is_telling {
            return Some(after);
        }
    }
    // A notice ends in a colon, and its value is after it or below.
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let colon =
        memchr::memchr(b':', line).filter(|&colon| matches!(byte(line, colon + 1), 0 | b' ' | b'\r'))?;
    let is_sentence = colon >= 8
        && line[..colon].contains(&b' ')
        && line[..colon].iter().all(|b| b.is_ascii_alphabetic() || b" ',.-/@()".contains(b));
    let is_verb = &text[name.start..name.end] == b"pass";
    (is_sentence && !is_verb && before.iter().any(u8::is_ascii_alphabetic)).then_some(gap + colon + 1)
}
