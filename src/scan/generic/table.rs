//! Tables with a column of secrets: values separated by commas or bars, Markdown, HTML. A heading names the column, and
//! each row below has one secret.

use super::judge::about::is_about_word;
use super::line::{byte, line_before, past_blanks};
use super::name::{self, Kind};
use super::quote::{self, trimmed};
use super::structure;
use crate::model::Span;

/// The most rows and bytes below a heading that are read.
const MOST_ROWS: usize = 400;
pub(super) const FURTHEST: usize = 16 << 10;

/// The most columns.
const MOST_COLUMNS: usize = 40;

/// A secret in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The secret.
    pub value: Span,
    /// Its bytes.
    pub text: Vec<u8>,
    /// Whether a column of logins is beside it.
    pub has_login: bool,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kindred {
    Separated(u8),
    Markdown,
}

/// A heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    kind: Kindred,
    /// The span of the line.
    line: Span,
    /// The column, counted from zero.
    column: usize,
    columns: usize,
    has_login: bool,
}

/// The heading that `name` is a cell of, if its line is a heading. Looks at the line alone.
pub(super) fn heading(text: &[u8], name: Span, kind: Kind) -> Option<Heading> {
    if !matches!(kind, Kind::Password | Kind::Secret | Kind::Token) {
        return None;
    }
    // Most names are followed by something that no cell ends with.
    let quote = usize::from(matches!(byte(text, name.end), b'"' | b'\''));
    let after = past_blanks(text, name.end + quote);
    let ends_line = matches!(byte(text, after), b'\r' | b'\n');
    if !ends_line
        && !matches!(byte(text, after), b',' | b';' | b'\t' | b'|')
        && byte(text, name.end + quote) != b'\t'
    {
        return None;
    }
    let start = name.start - line_before(text, name.start).len();
    let len = text[start..].iter().take(600).position(|&b| b == b'\n')?;
    let line = Span::new(start, start + len);
    let bytes = text[line.start..line.end].strip_suffix(b"\r").unwrap_or(&text[line.start..line.end]);
    let kind = if bytes.contains(&b'|') {
        Kindred::Markdown
    } else {
        let separator = [b',', b';', b'\t'].into_iter().find(|separator| bytes.contains(separator))?;
        Kindred::Separated(separator)
    };
    let cells = cells(text, line, kind)?;
    if cells.len() < 2 {
        return None;
    }
    let column = cells.iter().position(|cell| cell.start <= name.start && name.end <= cell.end)?;
    let is_plain = |cell: &Span| {
        let cell = unquoted(&text[cell.start..cell.end]);
        let blanks = cell.iter().filter(|b| **b == b' ').count();
        cell.len() <= 32
            && blanks <= 2
            && (!cell.is_empty() || kind == Kindred::Markdown)
            && cell.iter().all(|b| {
                b.is_ascii_alphanumeric()
                    || matches!(b, b' ' | b'_' | b'-' | b'/' | b'*' | b'#' | b'.' | b'@')
                    || *b >= 0x80
            })
    };
    let own = unquoted(&text[cells[column].start..cells[column].end]);
    // The column contains the secret itself, not something about it.
    let about = name::words(own).last().is_some_and(is_about_word);
    let has_login = cells
        .iter()
        .enumerate()
        .any(|(at, cell)| at != column && structure::is_login_word(unquoted(&text[cell.start..cell.end])));
    let ends_right = match kind {
        Kindred::Markdown => true,
        // Prose has commas, and code lists its arguments: a heading has a login, or three names or more.
        Kindred::Separated(_) => has_login || cells.len() >= 3,
    };
    (cells.iter().all(is_plain) && !about && ends_right).then_some(Heading {
        kind,
        line,
        column,
        columns: cells.len(),
        has_login,
    })
}

impl Heading {
    /// Whether the line below is a row of the table: with as many separators, or Markdown's rule.
    pub(super) fn heads(&self, text: &[u8]) -> bool {
        let Some(next) = line_at(text, self.line.end + 1) else { return false };
        match self.kind {
            // Gherkin's tables have no rule.
            Kindred::Markdown => {
                let (line, row) = (&text[self.line.start..self.line.end], &text[next.start..next.end]);
                let has_bars = |line: &[u8]| {
                    let line = line.trim_ascii();
                    line.starts_with(b"|") && line.ends_with(b"|")
                };
                // An export whose separator is a bar.
                let is_bare = |line: &[u8]| {
                    let line = line.trim_ascii();
                    !line.starts_with(b"|") && !line.ends_with(b"|")
                };
                let is_export = self.has_login && is_bare(line) && is_bare(row);
                let before = text[..self.line.start].trim_ascii_end();
                let is_first = !before.ends_with(b"|");
                is_rule(row)
                    || is_first
                        && (has_bars(line) && has_bars(row) || is_export)
                        && cells(text, next, self.kind).is_some_and(|cells| cells.len() == self.columns)
            }
            kind => cells(text, next, kind).is_some_and(|cells| {
                cells.len() == self.columns && !text[next.start..next.end].ends_with(b"{")
            }),
        }
    }

    /// Passes the secrets of the column to `found`.
    pub(super) fn read(&self, text: &[u8], mut found: impl FnMut(Cell)) {
        let mut at = self.line.end + 1;
        for row in 0..MOST_ROWS {
            let Some(line) = line_at(text, at) else { return };
            at = line.end + 1 + usize::from(byte(text, line.end) == b'\r');
            if row == 0 && self.kind == Kindred::Markdown && is_rule(&text[line.start..line.end]) {
                continue;
            }
            let Some(cells) = cells(text, line, self.kind) else { return };
            if cells.len() != self.columns {
                return;
            }
            let cell = cells[self.column];
            if let Some(cell) = self.cell(text, cell) {
                found(cell);
            }
        }
    }

    fn cell(&self, text: &[u8], cell: Span) -> Option<Cell> {
        let start = quote::unmarked(text, cell.start);
        let quoted = quote::one(text, start).filter(|quoted| quoted.end <= cell.end);
        let (value, text) = match quoted {
            Some(quoted) => (quoted.span, quoted.text),
            None => {
                let mut end = cell.end;
                for mark in [&b"**"[..], b"</code>"] {
                    if start > cell.start && text[start..end].ends_with(mark) {
                        end -= mark.len();
                    }
                }
                (Span::new(start, end), text.get(start..end)?.to_vec())
            }
        };
        (!text.is_empty()).then_some(Cell { value, text, has_login: self.has_login })
    }
}

/// The line that starts at `at`, without its end. `None` after the last, and for a blank one.
fn line_at(text: &[u8], at: usize) -> Option<Span> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = rest[..len].strip_suffix(b"\r").unwrap_or(&rest[..len]);
    (!line.trim_ascii().is_empty()).then(|| Span::new(at, at + line.len()))
}

/// Markdown's line between heading and rows.
fn is_rule(line: &[u8]) -> bool {
    line.contains(&b'-')
        && line.contains(&b'|')
        && line.iter().all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\t' | b'+'))
}

/// The cells of a line, trimmed. A separator in quotes is part of a cell.
fn cells(text: &[u8], line: Span, kind: Kindred) -> Option<Vec<Span>> {
    let separator = match kind {
        Kindred::Separated(separator) => separator,
        Kindred::Markdown => b'|',
    };
    let mut cells = Vec::new();
    let (mut at, mut start) = (line.start, line.start);
    while at < line.end {
        let b = text[at];
        if b == b'"' && kind != Kindred::Markdown && text[start..at].trim_ascii().is_empty() {
            // A quoted cell, in which quotes are doubled.
            at += 1;
            while at < line.end && !(text[at] == b'"' && byte(text, at + 1) != b'"') {
                at += 1 + usize::from(text[at] == b'"');
            }
            at += 1;
            continue;
        }
        if b == b'\\' && kind == Kindred::Markdown {
            at += 2;
            continue;
        }
        if b == separator {
            cells.push(trimmed(text, Span::new(start, at)));
            start = at + 1;
            if cells.len() > MOST_COLUMNS {
                return None;
            }
        }
        at += 1;
    }
    cells.push(trimmed(text, Span::new(start.min(line.end), line.end)));
    if kind == Kindred::Markdown {
        // Bars at both ends separate nothing.
        if cells.first().is_some_and(|cell| cell.is_empty()) {
            cells.remove(0);
        }
        if cells.last().is_some_and(|cell| cell.is_empty()) {
            cells.pop();
        }
    }
    Some(cells)
}

/// A cell without quotes and emphasis.
fn unquoted(cell: &[u8]) -> &[u8] {
    let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
    cell.strip_prefix(b"**").and_then(|cell| cell.strip_suffix(b"**")).unwrap_or(cell).trim_ascii()
}
