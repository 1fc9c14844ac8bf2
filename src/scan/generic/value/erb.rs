//! The default in a template of ERB without quotes around it, as Rails keeps in YAML: `<%= ENV["X"] || "x" %>`,
//! `<%= ENV.fetch("X", "x") %>`, `<%= ENV.fetch("X") { "x" } %>`.

use super::Literal;
use crate::model::Form;
use crate::scan::generic::line::{byte, past_blanks};
use crate::scan::generic::{placeholder, quote};

/// The most bytes of a template.
const LONGEST: usize = 300;

/// The default that the template at `at` writes if a variable of the environment is not set.
pub(super) fn of_erb(text: &[u8], at: usize) -> Option<Literal> {
    let rest = text.get(at..text.len().min(at + LONGEST))?;
    if !rest.starts_with(b"<%") {
        return None;
    }
    let inner = &rest[..memchr::memmem::find(rest, b"%>")?];
    // On one line, and a variable comes first.
    let variable = memchr::memmem::find(inner, b"ENV").filter(|_| !inner.contains(&b'\n'))?;
    let lead = &inner[2..variable];
    if !lead.iter().all(|b| matches!(b, b'=' | b'-' | b' ' | b'(')) {
        return None;
    }
    let start = at + variable + b"ENV".len();
    let default = match byte(text, start) {
        b'[' => {
            let name = quote::one(text, past_blanks(text, start + 1))?;
            let close = past_blanks(text, name.end);
            let mark = (byte(text, close) == b']').then(|| past_method(text, close + 1))?;
            let or = text.get(mark..mark + 2)?;
            (or == b"||" || or == b"or").then(|| past_blanks(text, mark + 2))?
        }
        b'.' if text.get(start..start + 7)? == b".fetch(" => {
            let name = quote::one(text, past_blanks(text, start + 7))?;
            let next = past_blanks(text, name.end);
            match byte(text, next) {
                b',' => past_blanks(text, next + 1),
                b')' => {
                    let block = past_blanks(text, next + 1);
                    (byte(text, block) == b'{').then(|| past_blanks(text, block + 1))?
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    if !matches!(byte(text, default), b'"' | b'\'') {
        return None;
    }
    let quoted = quote::one(text, default).filter(|quoted| quoted.end <= at + inner.len())?;
    // A word says that there is none: `ENV["X"] || "ignore"`.
    if quoted.text.iter().all(u8::is_ascii_lowercase) && !placeholder::is_guessable(&quoted.text) {
        return None;
    }
    Some(Literal::of(quoted, Form::Quoted))
}

/// Skips a call without arguments: `.presence`, `.to_s`.
fn past_method(text: &[u8], at: usize) -> usize {
    if byte(text, at) != b'.' {
        return past_blanks(text, at);
    }
    let len = text[at + 1..].iter().take(16).take_while(|b| b.is_ascii_lowercase() || **b == b'_').count();
    past_blanks(text, at + 1 + len)
}
