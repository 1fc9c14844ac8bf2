//! A shell's `read`, which takes a variable's value from a here-document: `read -r PASSWORD <<EOF`, then the value.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};

/// Where the here-document begins that `read` takes the variable `name` from.
pub(super) fn document(text: &[u8], name: Span) -> Option<usize> {
    let at = past_blanks(text, name.end);
    if text.get(at..at + 2)? != b"<<" || byte(text, at + 2) == b'<' {
        return None;
    }
    let command = line_before(text, name.start);
    let command = command.rsplit(|b| matches!(b, b';' | b'&' | b'|' | b'(')).next()?;
    let mut words = command.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let is_read = words.find(|word| !is_assigned(word))? == b"read";
    (is_read && words.all(|word| word.starts_with(b"-") || word == b"''")).then_some(at)
}

/// True for a variable that is set for a command alone: `IFS= read`.
fn is_assigned(word: &[u8]) -> bool {
    memchr::memchr(b'=', word).is_some_and(|mark| mark > 0 && word[..mark].iter().all(u8::is_ascii_uppercase))
}
