//! Flags that are words of a list, as programs hand a command to another: `["--password", "x"]`.

use crate::model::Span;
use crate::scan::generic::line::{line_before, past_blanks, past_line_end};
use crate::scan::generic::name;
use crate::scan::generic::quote;
use crate::scan::generic::shape::is_mixed_word;

/// Calls whose arguments are the words of a command. Lower-case.
const CALLS: [&[u8]; 11] = [
    b"command", b"exec", b"execl", b"execlp", b"execvp", b"popen", b"run", b"spawn", b"system", b"args",
    b"shell",
];

/// Where the value begins of a flag that is a word of a list, with a comma after it at `comma`.
pub(super) fn value_of_flag(text: &[u8], flag: Span, comma: usize) -> Option<usize> {
    let before = line_before(text, flag.start);
    let dashes = before.iter().rev().take(2).take_while(|&&b| b == b'-').count();
    let quote = before.len().checked_sub(dashes + 1).filter(|_| dashes > 0)?;
    let own = &text[flag.start..flag.end];
    if !matches!(before[quote], b'"' | b'\'') || !name::is_credential_last(own) || super::is_switch(own) {
        return None;
    }
    let at = past_space(text, comma + 1);
    let value = quote::one(text, at)?;
    let own_line = flag.start - before.len();
    // The bracket may be further above than what is read here.
    let is_word = is_mixed_word(&value.text) && !value.text.contains(&b' ');
    let is_below = || is_word && are_words(text, own_line, quote);
    if !is_in_list(text, own_line + quote) && !is_below() {
        return None;
    }
    // The next flag; two ways to write one flag.
    let is_value = !value.text.starts_with(b"-") && !value.text.is_empty() && !value.joined;
    is_value.then_some(at)
}

/// Whether the literal at `at` is in a list, or among the arguments of a call that starts a program.
fn is_in_list(text: &[u8], at: usize) -> bool {
    const FURTHEST: usize = 400;
    let before = &text[at.saturating_sub(FURTHEST)..at];
    let mut depth = 0usize;
    for (at, &b) in before.iter().enumerate().rev() {
        match b {
            b']' | b')' | b'}' => depth += 1,
            b'[' | b'(' | b'{' if depth > 0 => depth -= 1,
            b'[' | b'{' => return true,
            b'(' => {
                let len = before[..at].iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
                let called = before[at - len..at].to_ascii_lowercase();
                return CALLS.contains(&&called[..]);
            }
            _ => {}
        }
    }
    false
}

/// Whether the line at `line` has only literals up to the offset `to` in it, and so has the line above, with a comma at its end.
fn are_words(text: &[u8], line: usize, to: usize) -> bool {
    let Some(above) = line.checked_sub(1).map(|end| line_before(text, end).trim_ascii()) else {
        return false;
    };
    let are_literals = |mut rest: &[u8]| {
        while let Some(&mark @ (b'"' | b'\'')) = rest.first() {
            let Some(close) = memchr::memchr(mark, &rest[1..]) else { return false };
            rest = rest[close + 2..].trim_ascii_start();
            rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        }
        rest.is_empty()
    };
    above.ends_with(b",") && are_literals(above) && are_literals(text[line..line + to].trim_ascii())
}

/// Skips blanks and line ends.
fn past_space(text: &[u8], at: usize) -> usize {
    let mut at = past_blanks(text, at);
    for _ in 0..2 {
        match past_line_end(text, at) {
            Some(line) => at = past_blanks(text, line),
            None => break,
        }
    }
    at
}
