//! A secret that is compared with a literal by a method, a function or a word, or with the literal first:
//! `password.equals("x")`, `strcmp("x", password)`, `$password eq 'x'`, `form.get('password') == 'x'`, `'x' == password`.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks, past_quote};
use crate::scan::generic::login;
use crate::scan::generic::name::{COMPARES, Kind, Name};
use crate::scan::generic::quote;
use crate::scan::generic::shape::{is_drawn_text, is_mixed_word};

/// How far before a name the call is looked for that it is an argument of, in bytes.
const FURTHEST: usize = 160;

/// Where the literal starts that a name is compared with, except after an operator beside the name.
pub(super) fn literal(text: &[u8], name: Name) -> Option<usize> {
    let at =
        after(text, name.span).or_else(|| argument(text, name.span)).or_else(|| before(text, name.span))?;
    let value = quote::one(text, at)?;
    // Most keys that are compared with a text are those of a keyboard or of a table.
    let is_any = matches!(name.kind, Kind::Password | Kind::Secret | Kind::Token);
    let is_value = is_any || is_mixed_word(&value.text) || is_drawn_text(&value.text);
    (is_value && !value.text.is_empty()).then_some(at)
}

/// The literal after a name, or after what returns the value that has this name.
fn after(text: &[u8], name: Span) -> Option<usize> {
    let mut at = past_getter(text, name)?;
    // `password.trim().equals("x")`.
    for _ in 0..2 {
        match past_method(text, at) {
            Some(next) => at = next,
            None => break,
        }
    }
    let gap = past_blanks(text, at);
    let rest = &text[gap..text.len().min(gap + 24)];
    let start = match rest.first()? {
        b'.' | b'?' | b'!' | b'-' if gap == at => past_method_name(text, at)?,
        b'i' | b'e' | b'n' | b'-' if gap > at => gap + past_word(rest)?,
        // After a name itself, `operator::join` reads it.
        b'=' | b'!' if at > past_quote(text, name.end) => gap + past_sign(rest)?,
        _ => return None,
    };
    let start = past_blanks(text, start);
    quote::one(text, start).map(|_| start)
}

/// The offset after a name and what closes the call or index that it is the argument of: `get('password')`.
fn past_getter(text: &[u8], name: Span) -> Option<usize> {
    let end = past_quote(text, name.end);
    if end == name.end {
        let is_called = text.get(end..end + 2) == Some(b"()");
        return Some(end + if is_called { 2 } else { 0 });
    }
    let lead = line_before(text, name.start).strip_suffix(&text[end - 1..end])?;
    // `"password".equals(name)` compares the word.
    let (&open, lead) = lead.split_last()?;
    let close = match open {
        b'(' if !COMPARES.has(last_name(lead)) && !last_name(lead).is_empty() => b')',
        b'[' => b']',
        _ => return None,
    };
    // What is returned if there is none: `get('password', '')`.
    let empty = [&b", ''"[..], b", \"\"", b", None", b", nil"];
    let default = empty.iter().find(|default| text[end..].starts_with(default)).map_or(0, |text| text.len());
    (byte(text, end + default) == close).then_some(end + default + 1)
}

/// The name that ends a text.
fn last_name(text: &[u8]) -> &[u8] {
    let len = text.iter().rev().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    &text[text.len() - len..]
}

/// The offset after a method without arguments: `.trim()`.
fn past_method(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..text.len().min(at + 40))?.strip_prefix(b".")?;
    let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    rest[len..].starts_with(b"()").then_some(at + 1 + len + 2)
}

/// The offset after a method that compares, and its bracket: `.equals(`, `?.equals(`, `->compare(`.
fn past_method_name(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..text.len().min(at + 40))?;
    let mark = [&b"."[..], b"?.", b"!!.", b"->"].iter().find(|mark| rest.starts_with(mark))?.len();
    let len = rest[mark..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let is_call = rest.get(mark + len) == Some(&b'(') && COMPARES.has(&rest[mark..mark + len]);
    is_call.then_some(at + mark + len + 1)
}

/// The length of a word that compares: Perl's `eq`, PowerShell's `-eq`, Objective-C's `isEqualToString:`.
fn past_word(rest: &[u8]) -> Option<usize> {
    const WORDS: [&[u8]; 10] = [
        b"eq ",
        b"ne ",
        b"-eq ",
        b"-ne ",
        b"-ceq ",
        b"-cne ",
        b"-ieq ",
        b"-ine ",
        b"isEqualToString:",
        b"isEqual:",
    ];
    WORDS.iter().find(|word| rest.starts_with(word)).map(|word| word.len())
}

/// The length of an operator that compares.
fn past_sign(rest: &[u8]) -> Option<usize> {
    const SIGNS: [&[u8]; 4] = [b"===", b"!==", b"==", b"!="];
    SIGNS.iter().find(|sign| rest.starts_with(sign)).map(|sign| sign.len())
}

/// The literal among the arguments of the call that a name is an argument of, or the literal whose method it is given to.
fn argument(text: &[u8], name: Span) -> Option<usize> {
    let end = past_quote(text, name.end);
    let is_quoted = end > name.end;
    if !matches!(byte(text, end), b')' | b',' | b'.' | b']' | b'(') {
        return None;
    }
    let line = line_before(text, name.start);
    let from = line.len().saturating_sub(FURTHEST);
    let (mut depth, mut outer) = (0usize, 0);
    for at in (from..line.len()).rev() {
        match line[at] {
            b')' => depth += 1,
            b'(' if depth > 0 => depth -= 1,
            b'(' => {
                let called = last_name(&line[..at]);
                let open = name.start - line.len() + at;
                if COMPARES.has(called) {
                    // A name in quotes is the text that something is compared with.
                    let is_text = is_quoted && open + 2 >= name.start;
                    return if is_text { None } else { compared(text, open, called.len(), name) };
                }
                // `[]byte(password)`, `password.encode()`, `Buffer.from(password)`.
                outer += 1;
                if called.is_empty() || outer > 2 {
                    return None;
                }
            }
            b';' | b'{' | b'}' => return None,
            _ => {}
        }
    }
    None
}

/// The literal that the call with its bracket at `open` compares `name` with.
fn compared(text: &[u8], open: usize, called: usize, name: Span) -> Option<usize> {
    let starts = login::split(text, open + 1, true);
    if let [_] = starts[..] {
        let dot = open - called;
        let end = if text[..dot].ends_with(b".") { dot - 1 } else { return None };
        return literal_until(text, end);
    }
    let own = starts.iter().rposition(|&start| start <= name.start)?;
    let is_other = |nth: usize| nth != own;
    let values = starts.iter().enumerate().filter(|(nth, _)| is_other(*nth));
    values.map(|(_, &start)| login::value_of(text, start)).find(|&at| quote::one(text, at).is_some())
}

/// The literal that a name is the right side of a comparison with: `'x' == password`.
fn before(text: &[u8], name: Span) -> Option<usize> {
    const WORDS: [&[u8]; 8] = [b"===", b"!==", b"==", b"!=", b" eq", b" ne", b" -eq", b" -ne"];
    let line = line_before(text, name.start);
    let lead = line.strip_suffix(b"$").unwrap_or(line);
    if !lead.ends_with(b" ") && !lead.ends_with(b"=") {
        return None;
    }
    let lead = lead.trim_ascii_end();
    let word = WORDS.iter().find(|word| lead.ends_with(word))?;
    let literal = lead[..lead.len() - word.len()].trim_ascii_end();
    literal_until(text, name.start - line.len() + literal.len())
}

/// Where the literal starts that ends at `end`, on its line.
fn literal_until(text: &[u8], end: usize) -> Option<usize> {
    let mark = *text.get(end.checked_sub(1)?)?;
    if !matches!(mark, b'"' | b'\'') {
        return None;
    }
    let line = line_before(text, end - 1);
    let start = end - 1 - line.len();
    memchr::memchr_iter(mark, line)
        .map(|open| start + open)
        .find(|&open| quote::one(text, open).is_some_and(|quoted| quoted.end == end))
}
