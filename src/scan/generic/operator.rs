//! From a name to the place where its value starts: assignment, pair, call, element, flag, value on the next line.
//!
//! Only the join is judged here; what stands at its right is read in `value`.

use super::byte;
use crate::model::Span;

/// How a name is joined with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `=`, `:=`, `?=` and the like.
    Assign,
    /// `:`, `=>`, `->`.
    Colon,
    /// `==`, `!=`.
    Compare,
    /// `name("value")`.
    Call,
    /// `("name", "value")`.
    Argument,
    /// `<name>value</name>`.
    Markup,
    /// `--name value`.
    Flag,
    /// `NAME 'value'`, `name value` in a file of directives.
    Space,
}

/// Where a value starts, and how it is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Join {
    /// Offset of the value's first byte.
    pub at: usize,
    /// How.
    pub joint: Joint,
    /// True where the value stands on the line after the name.
    pub next_line: bool,
    /// True where the name stood in quotes.
    pub quoted: bool,
}

/// The most blanks between a name, its operator and its value.
const WIDEST_GAP: usize = 64;

/// First words of lines on which a name and its value stand side by side.
const DIRECTIVES: &[&str] =
    &["#define", "define", "env", "arg", "set", "setenv", "machine", "login", "default", "export"];

/// Names that are directives themselves, as in the configuration of redis and of kickstart files.
const OWN_DIRECTIVES: &[&str] = &["requirepass", "masterauth", "rootpw", "bindpw"];

/// Names of the second half of a pair: `name: X` followed by `value: Y`.
const VALUES: &[&str] = &["value", "val", "defaultvalue", "default", "content", "string"];

/// Finds where the value of `name` starts.
pub(super) fn join(text: &[u8], name: Span) -> Option<Join> {
    if name.start >= 2 && &text[name.start - 2..name.start] == b"</" {
        return None;
    }
    let mut at = name.end;
    let after_quote = past_quote(text, at);
    let quoted = after_quote > at;
    at = after_quote;
    match byte(text, at) {
        b']' => at += 1,
        b'[' if !quoted => at = past_dimension(text, at),
        b'(' if !quoted && byte(text, at + 1) == b')' => at += 2,
        _ => {}
    }
    let gap = past_blanks(text, at);
    let found = |joint, at| Some(Join { at, joint, next_line: false, quoted });
    let next = byte(text, gap + 1);
    let joined = match byte(text, gap) {
        b'=' => match next {
            b'=' => found(Joint::Compare, gap + 2 + usize::from(byte(text, gap + 2) == b'=')),
            b'>' => found(Joint::Colon, gap + 2),
            b'~' => None,
            _ => found(Joint::Assign, gap + 1),
        },
        b':' => match next {
            b'=' | b'-' => found(Joint::Assign, gap + 2),
            b':' | b'?' | b'+' => None,
            _ => found(Joint::Colon, gap + 1),
        },
        b'-' if next == b'>' => found(Joint::Colon, gap + 2),
        b'<' if next == b'-' => found(Joint::Assign, gap + 2),
        b'!' if next == b'=' => found(Joint::Compare, gap + 2 + usize::from(byte(text, gap + 2) == b'=')),
        b'?' | b'+' | b'.' if next == b'=' => found(Joint::Assign, gap + 2),
        b'|' | b'?' if next == byte(text, gap) && byte(text, gap + 2) == b'=' => {
            found(Joint::Assign, gap + 3)
        }
        b'(' if !quoted && gap == name.end => found(Joint::Call, gap + 1),
        b',' if quoted => pair(text, gap, quoted).or_else(|| found(Joint::Argument, gap + 1)),
        b'>' if is_tag(text, name) || quoted => {
            pair(text, gap + 1, quoted).filter(|_| quoted).or_else(|| found(Joint::Markup, gap + 1))
        }
        b'\r' | b'\n' | b'/' | b',' | b'<' | b'v' | b'V' => {
            pair(text, gap, quoted).or_else(|| side_by_side(text, name, gap, quoted))
        }
        _ => side_by_side(text, name, gap, quoted),
    }?;
    let settled = settle(text, joined);
    // A list of strings that happens to hold a credential's word has no values.
    (!(settled.next_line && settled.joint == Joint::Argument)).then_some(settled)
}

/// Skips what stands between the operator and the value: a type, blanks, one line end.
fn settle(text: &[u8], mut join: Join) -> Join {
    if matches!(join.joint, Joint::Markup) {
        return join;
    }
    if join.joint == Joint::Colon
        && let Some(at) = past_type(text, join.at)
    {
        join = Join { at, joint: Joint::Assign, ..join };
    }
    join.at = past_blanks(text, join.at);
    let mut end = join.at;
    if matches!(byte(text, end), b'|' | b'>') {
        end += 1 + usize::from(matches!(byte(text, end + 1), b'-' | b'+'));
        end = past_blanks(text, end);
    } else if byte(text, end) == b'\\' {
        end += 1;
    }
    let line_end = match (byte(text, end), byte(text, end + 1)) {
        (b'\r', b'\n') => 2,
        (b'\n', _) => 1,
        _ => return join,
    };
    Join { at: past_blanks(text, end + line_end), next_line: true, ..join }
}

/// A type between a name and its `=`: `: String =`, `: &'static str =`.
fn past_type(text: &[u8], start: usize) -> Option<usize> {
    let start = past_blanks(text, start);
    let mut at = start;
    while at < start + 48
        && matches!(byte(text, at), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'?' | b'.' | b' ' | b'*' | b'!')
    {
        at += 1;
    }
    let named = byte(text, start).is_ascii_alphabetic() || matches!(byte(text, start), b'&' | b'[' | b'*');
    (named && at > start && byte(text, at) == b'=' && byte(text, at + 1) != b'=').then_some(at + 1)
}

/// `name value` without an operator: flags, SQL, defines, directives, typed declarations.
fn side_by_side(text: &[u8], name: Span, gap: usize, quoted: bool) -> Option<Join> {
    if gap == name.end || quoted {
        return None;
    }
    let found = |joint, at| Some(Join { at, joint, next_line: false, quoted });
    let first = byte(text, gap);
    if name.start > 0 && text[name.start - 1] == b'-' {
        return (first > b' ' && first != b'-').then(|| found(Joint::Flag, gap))?;
    }
    if matches!(first, b'"' | b'\'') {
        return found(Joint::Space, gap);
    }
    if let Some(at) = past_declared_type(text, gap) {
        return found(Joint::Assign, at);
    }
    if text[name.start..name.end].contains(&b' ') {
        return (first > b' ').then(|| found(Joint::Space, gap))?;
    }
    let line = line_before(text, name.start);
    let first_word = line.split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
    let is_in =
        |word: &[u8], list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    let directive = match first_word {
        None => is_in(&text[name.start..name.end], OWN_DIRECTIVES),
        Some(word) => is_in(word, DIRECTIVES),
    };
    (directive && first > b' ').then(|| found(Joint::Space, gap))?
}

/// `name type = …`, as Go and C write it.
fn past_declared_type(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while at < start + 24
        && matches!(byte(text, at), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'*' | b'[' | b']')
    {
        at += 1;
    }
    let end = past_blanks(text, at);
    (at > start && byte(text, end) == b'=' && byte(text, end + 1) != b'=').then_some(end + 1)
}

/// The second half of `name: X, value: Y`, `<name>X</name> <value>Y</value>` and their like, on this
/// line or the next.
fn pair(text: &[u8], from: usize, quoted: bool) -> Option<Join> {
    let mut at = from;
    let mut lines = 0;
    if text.get(at..at + 2) == Some(b"</") {
        at += text[at..].iter().take(32).take_while(|&&b| b != b'\n').position(|&b| b == b'>')? + 1;
    }
    while at < from + 120 {
        match byte(text, at) {
            b'\n' => {
                lines += 1;
                if lines > 1 {
                    return None;
                }
            }
            b' ' | b'\t' | b'\r' | b',' | b'"' | b'\'' | b'<' | b'\\' | b':' => {}
            _ => break,
        }
        at += 1;
    }
    let element = at > 0 && text[at - 1] == b'<';
    let word_end = at + text.get(at..)?.iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = &text[at..word_end];
    if !VALUES.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes())) {
        return None;
    }
    let found = |joint, at| Some(Join { at, joint, next_line: false, quoted });
    let after = past_blanks(text, past_quote(text, word_end));
    match byte(text, after) {
        b'>' if element => found(Joint::Markup, after + 1),
        b'=' if byte(text, after + 1) == b'>' => found(Joint::Colon, after + 2),
        b'=' if !element => found(Joint::Assign, after + 1),
        b':' if !element => found(Joint::Colon, after + 1),
        _ => None,
    }
}

/// True where `name` is the name of an opening tag.
fn is_tag(text: &[u8], name: Span) -> bool {
    let before = &text[name.start.saturating_sub(32)..name.start];
    match before.iter().rposition(|&b| b == b'<') {
        Some(open) => before[open + 1..]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.')),
        None => false,
    }
}

/// The text between the start of the line (as far as it is at hand) and `at`.
pub(super) fn line_before(text: &[u8], at: usize) -> &[u8] {
    let start = text[..at].iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
    &text[start..at]
}

/// Skips a closing quote, escaped or as an entity.
fn past_quote(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while byte(text, end) == b'\\' && end < at + 4 {
        end += 1;
    }
    if matches!(byte(text, end), b'"' | b'\'' | b'`') {
        return end + 1;
    }
    for entity in [&b"&quot;"[..], b"&#34;", b"&#39;", b"&apos;"] {
        if text.get(at..).is_some_and(|rest| rest.starts_with(entity)) {
            return at + entity.len();
        }
    }
    at
}

/// Skips blanks, but no line end.
pub(super) fn past_blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take(WIDEST_GAP).take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Skips `[]` or `[32]`.
fn past_dimension(text: &[u8], at: usize) -> usize {
    let inside =
        text[at + 1..].iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if byte(text, at + 1 + inside) == b']' { at + 2 + inside } else { at }
}
