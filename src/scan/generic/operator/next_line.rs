//! From an operator to where the value is: past a type and comments, on the same line, on the next, or in the next item.

use super::dress::past_color;
use super::past_type;
use super::statement::{past_cast, past_comments};
use crate::model::Span;
use crate::scan::generic::joint::{Join, Joint};
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line_end, past_yaml_marks};
use crate::scan::generic::shape::{is_drawn_text, is_mixed_word};
use crate::scan::generic::{member, quote};

/// Skips what is between the operator and the value: a type, blanks, one line end.
pub(super) fn settle(text: &[u8], name: Span, mut join: Join) -> Option<Join> {
    if matches!(join.joint, Joint::Markup) {
        return Some(join);
    }
    if join.joint == Joint::Colon
        && let Some(at) = past_type(text, join.at)
    {
        join = Join { at, joint: Joint::Assign, ..join };
    }
    join.at = past_color(text, past_blanks(text, past_color(text, join.at)));
    if matches!(join.joint, Joint::Assign | Joint::Colon | Joint::Space) {
        let literal = past_comments(text, name, join.at, join.joint == Joint::Assign);
        join.at = past_cast(text, literal);
    }
    // Nix's `mkOption { default = "x"; }`.
    for call in [&b"mkOption {"[..], b"lib.mkOption {"] {
        if text.get(join.at..).is_some_and(|rest| rest.starts_with(call)) {
            join.at += call.len() - 1;
        }
    }
    // A structure with the value as one of its members.
    if byte(text, join.at) == b'{'
        && matches!(join.joint, Joint::Colon | Joint::Assign)
        && let Some(within) = member::value_within(text, join.at, join.quoted)
    {
        return Some(within);
    }
    // A block with an anchor or a tag: `secret: &pw |-`.
    if join.joint == Joint::Colon && matches!(byte(text, join.at), b'&' | b'!') {
        let block = past_yaml_marks(text, join.at);
        join.at = if matches!(byte(text, block), b'|' | b'>') { block } else { join.at };
    }
    let mark = byte(text, join.at);
    let mut end = join.at;
    let mut is_block = false;
    if matches!(mark, b'|' | b'>') {
        end += 1;
        while matches!(byte(text, end), b'-' | b'+' | b'1'..=b'9') {
            end += 1;
        }
        end = past_blanks(text, end);
        is_block = true;
    } else if matches!(mark, b'\\' | b'_') {
        // A line that continues: `password = \`, and Basic's ` _`.
        end = past_blanks(text, end + 1);
    }
    let Some(line) = past_line_end(text, end) else {
        // `password= service=x`: an empty value, and another assignment.
        let is_empty = join.joint == Joint::Assign
            && byte(text, join.at.saturating_sub(1)) == b' '
            && byte(text, name.end) == b'='
            && next_is_assignment(text, join.at);
        return (!is_empty).then_some(join);
    };
    if is_block {
        return Some(Join { at: line, joint: Joint::Block, next_line: true, ..join });
    }
    on_next_line(text, name, join, line, end > join.at)
}

/// Whether `name=` is at `at`.
fn next_is_assignment(text: &[u8], at: usize) -> bool {
    let len = text[at..]
        .iter()
        .take(32)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    len > 0
        && byte(text, at + len) == b'='
        && !matches!(byte(text, at + len + 1), 0 | b'=' | b' ' | b'\r' | b'\n')
}

/// The value on the line at `line` of a name whose own line has none. An empty value is empty: the next line
/// has the value only if it is a literal, or indented deeper and alone.
fn on_next_line(text: &[u8], name: Span, join: Join, line_start: usize, goes_on: bool) -> Option<Join> {
    let at = past_blanks(text, line_start);
    let found = Join { at, next_line: true, ..join };
    if goes_on {
        return Some(found);
    }
    let lead = line_before(text, name.start);
    // `if password is not None:` begins a block.
    const OPENS: [&[u8]; 5] = [b"if ", b"elif ", b"else if ", b"while ", b"for "];
    if matches!(join.joint, Joint::Prose | Joint::Colon)
        && OPENS.iter().any(|word| lead.trim_ascii_start().starts_with(word))
    {
        return None;
    }
    let indent = lead.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = text.get(at..).unwrap_or_default();
    let line = rest[..rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())].trim_ascii();
    if matches!(join.joint, Joint::Prose) {
        // A notice: the value is on a line of its own, mostly after a blank one.
        let at = if line.is_empty() { past_blanks(text, past_line_end(text, at)?) } else { at };
        return Some(Join { at, ..found });
    }
    let item = line.strip_prefix(b"- ").map(<[u8]>::trim_ascii_start);
    let is_deeper = at - line_start > indent;
    let opens = matches!(line.first(), Some(b'"' | b'\'' | b'`'))
        || matches!(line, [b'b' | b'r' | b'f' | b'u' | b'@' | b'$' | b'N', b'"' | b'\'', ..]);
    if opens {
        let quote = quote::one(text, at)?;
        let after = past_blanks(text, quote.end);
        let is_key = matches!(byte(text, after), b':' | b'=');
        return (!is_key && (is_deeper || join.joint == Joint::Assign)).then_some(found);
    }
    // `if word == 'pass':` and similar.
    let before = lead.strip_suffix(b"'").or(lead.strip_suffix(b"\"")).unwrap_or_default().trim_ascii_end();
    if [&b"=="[..], b"!=", b" in", b"case", b"when"].iter().any(|word| before.ends_with(word)) {
        return None;
    }
    if let Some(item) = item {
        // The first of a list, which is as secret as the others.
        let at = at + (line.len() - item.len());
        return (is_deeper || join.joint == Joint::Colon)
            .then_some(Join { at, ..found })
            .filter(|_| !is_entry(item));
    }
    if matches!(line.first(), Some(b'(' | b'[' | b'{')) || line.starts_with(b"new ") {
        return (join.joint == Joint::Assign || is_deeper).then_some(found);
    }
    // An INI file's value may go on, or begin, on lines that are indented.
    let is_continued = join.joint == Joint::Assign && (is_mixed_word(line) || is_drawn_text(line));
    ((join.joint == Joint::Colon || is_continued) && is_deeper && !is_entry(line)).then_some(found)
}

/// True if the line is an entry of its own (`pool: 8`, `a=b`, a comment, a directive), and not a value.
fn is_entry(line: &[u8]) -> bool {
    let word = line
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$'))
        .count();
    let after = line[word..].iter().take_while(|b| **b == b' ').count();
    let operator = line.get(word + after).copied().unwrap_or(0);
    let is_spaced = matches!(line.get(word + after + 1), None | Some(b' '));
    word == 0
        && !line
            .first()
            .is_some_and(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'-' | b'/' | b'*' | b'<' | b';'))
        || operator == b':' && is_spaced
        || operator == b'=' && after > 0
        || line[..].contains(&b' ')
}

/// Whether a name is a flag that is itself an item of a list: `- --password`.
pub(super) fn is_item(text: &[u8], name: Span) -> bool {
    let lead = line_before(text, name.start).trim_ascii_start();
    matches!(lead.trim_ascii_end(), b"- --" | b"- -" | b"- \"--" | b"- '--")
}

/// The next item of a list: the flag's value.
pub(super) fn next_item(text: &[u8], at: usize) -> Option<usize> {
    let line = past_line_end(text, at)?;
    let dash = past_blanks(text, line);
    (byte(text, dash) == b'-' && byte(text, dash + 1) == b' ').then(|| past_blanks(text, dash + 1))
}
