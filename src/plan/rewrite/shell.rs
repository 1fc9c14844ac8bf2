//! Shell scripts: `${NAME:?}`, which stops the script if it is not set.

use super::{ByHand, Edit, Rewrite, Spot, by_hand};
use crate::model::Span;

/// How the text at a place is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// A part of a word without quotes.
    Bare,
    /// Between double quotes, or in a document in which variables are replaced.
    Expanded,
    /// Between these single quotes.
    Single(Span),
}

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let read = format!("${{{}:?}}", spot.variable);
    let edit = replaced(spot.text, spot.span, &read, quoting(spot.text, spot.span)?);
    Ok(Rewrite { edits: vec![edit], ..Rewrite::default() })
}

/// The edit that puts `read` (something that double quotes expand) in the place of `span`.
pub(super) fn replaced(text: &str, span: Span, read: &str, quoting: Quoting) -> Edit {
    match quoting {
        Quoting::Expanded => Edit::new(span.start, span.end, read),
        Quoting::Bare => Edit::new(span.start, span.end, format!("\"{read}\"")),
        Quoting::Single(whole) => {
            let (head, tail) = (&text[whole.start + 1..span.start], &text[span.end..whole.end - 1]);
            let part = |text: &str| if text.is_empty() { String::new() } else { format!("'{text}'") };
            Edit::new(whole.start, whole.end, format!("{}\"{read}\"{}", part(head), part(tail)))
        }
    }
}

/// What is open while a script is read.
enum OpenQuote {
    /// A command substitution, with the brackets in it.
    Command(usize),
    Double,
}

/// How the text at `span` is quoted.
pub(super) fn quoting(text: &str, span: Span) -> Result<Quoting, ByHand> {
    let bytes = text.as_bytes();
    let mut open: Vec<OpenQuote> = Vec::new();
    let mut documents: Vec<(String, bool)> = Vec::new();
    let mut at = 0;
    while at < span.start {
        if matches!(open.last(), Some(OpenQuote::Double)) {
            match bytes[at] {
                b'\\' => at += 1,
                b'"' => drop(open.pop()),
                b'`' => return by_hand("backquotes are before it"),
                b'$' if bytes.get(at + 1) == Some(&b'(') => {
                    open.push(OpenQuote::Command(1));
                    at += 1;
                }
                _ => {}
            }
            at += 1;
            continue;
        }
        match bytes[at] {
            b'\\' => at += 1,
            b'`' => return by_hand("backquotes are before it"),
            b'"' => open.push(OpenQuote::Double),
            b'\'' => {
                let is_escaped = at > 0 && bytes[at - 1] == b'$';
                let Some(end) = text[at + 1..].find('\'').map(|found| at + 1 + found) else {
                    return by_hand("a quote before it is not closed");
                };
                if is_escaped && (end > span.start || text[at + 1..end].contains('\\')) {
                    return by_hand("it is in, or after, a text with escapes");
                }
                if end >= span.end {
                    return Ok(Quoting::Single(Span::new(at, end + 1)));
                }
                at = end;
            }
            b'#' if at == 0 || b" \t\n;(&|".contains(&bytes[at - 1]) => {
                let end = text[at..].find('\n').map_or(text.len(), |found| at + found);
                if end > span.start {
                    return by_hand("it is in a comment: delete it there");
                }
                // The line break is looked at, too.
                at = end;
                continue;
            }
            b'(' => {
                if let Some(OpenQuote::Command(depth)) = open.last_mut() {
                    *depth += 1;
                } else if at > 0 && bytes[at - 1] == b'$' {
                    open.push(OpenQuote::Command(1));
                }
            }
            b')' => {
                if let Some(OpenQuote::Command(depth)) = open.last_mut() {
                    *depth -= 1;
                    if *depth == 0 {
                        open.pop();
                    }
                }
            }
            b'<' if bytes[at..].starts_with(b"<<<") => at += 2,
            b'<' if bytes[at..].starts_with(b"<<") => {
                let rest = text[at + 2..].trim_start_matches('-').trim_start_matches([' ', '\t']);
                let is_quoted = rest.starts_with(['"', '\'', '\\']);
                let word: String = rest
                    .trim_start_matches(['"', '\'', '\\'])
                    .chars()
                    .take_while(|one| one.is_alphanumeric() || matches!(one, '_' | '-' | '.'))
                    .collect();
                // `$((1 << 2))`.
                if word.starts_with(|first: char| first.is_alphabetic() || first == '_') {
                    documents.push((word, is_quoted));
                }
                at += 1;
            }
            b'\n' if !documents.is_empty() => {
                for (word, is_quoted) in std::mem::take(&mut documents) {
                    let start = at + 1;
                    let mut next = start;
                    let mut end = None;
                    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
                        if line.trim() == word {
                            end = Some(next);
                            break;
                        }
                        next += line.len();
                    }
                    let Some(end) = end else { return by_hand("a document before it has no end") };
                    if span.start < end {
                        if is_quoted {
                            return by_hand("it is in a document in which nothing is replaced");
                        }
                        return Ok(Quoting::Expanded);
                    }
                    at = text[end..].find('\n').map_or(text.len(), |found| end + found);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if at > span.start {
        return by_hand("it begins with something that is escaped");
    }
    match open.last() {
        Some(OpenQuote::Double) => Ok(Quoting::Expanded),
        _ if text[span.start..span.end]
            .contains(|one: char| one.is_whitespace() || "'\"\\$`;&|<>()".contains(one)) =>
        {
            by_hand("it is a word with marks that mean something to the shell")
        }
        _ => Ok(Quoting::Bare),
    }
}
