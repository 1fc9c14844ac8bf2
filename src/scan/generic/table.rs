//! Tables with a column of secrets: values separated by commas or bars, Markdown, HTML. A heading names the column, and
//! each row below has one secret.

use super::judge::about::is_about_word;
use super::line::{byte, line_before, past_blanks};
use super::name::{self, Kind};
use super::quote::{self, trimmed};
use super::shape::{is_mixed_word, is_random};
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
    /// Columns with two blanks or more between them, and a rule below their headings.
    Aligned,
    /// The same without a rule: each cell begins below its heading.
    Columns,
    /// AsciiDoc: a cell begins with a bar, on the same line as the one before it or on its own.
    AsciiDoc,
    /// MediaWiki: `! User !! Password`, then `| ada || x`.
    Wiki,
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
    /// Whether a cell has a login and its password: `User / Password`.
    is_pair: bool,
    /// Whether only a random value counts, as nothing but the name says that this is a heading.
    is_weak: bool,
}

/// The heading that `name` is a cell of, if its line is a heading. Looks at the line alone.
pub(super) fn heading(text: &[u8], name: Span, kind: Kind) -> Option<Heading> {
    let is_of_pairs = kind == Kind::Other && text[name.start..name.end].eq_ignore_ascii_case(b"credentials");
    let is_key = kind == Kind::Key && is_key_of_api(text, name);
    if !matches!(kind, Kind::Password | Kind::Secret | Kind::Token) && !is_of_pairs && !is_key {
        return None;
    }
    // Most names are followed by something that no cell ends with.
    let quote = usize::from(matches!(byte(text, name.end), b'"' | b'\''));
    let after = past_blanks(text, name.end + quote);
    let ends_line = matches!(byte(text, after), b'\r' | b'\n');
    if !ends_line
        && !matches!(byte(text, after), b',' | b';' | b'\t' | b'|')
        && byte(text, name.end + quote) != b'\t'
        && after < name.end + 2
    {
        return None;
    }
    let start = name.start - line_before(text, name.start).len();
    let len = text[start..].iter().take(600).position(|&b| b == b'\n')?;
    let line = Span::new(start, start + len);
    let bytes = text[line.start..line.end].strip_suffix(b"\r").unwrap_or(&text[line.start..line.end]);
    let above = &text[..start];
    let kind = if bytes.contains(&b'|') && above.trim_ascii_end().ends_with(b"|===") {
        Kindred::AsciiDoc
    } else if bytes.starts_with(b"!") && memchr::memmem::find(bytes, b"!!").is_some() {
        Kindred::Wiki
    } else if bytes.contains(&b'|') {
        Kindred::Markdown
    } else if let Some(separator) =
        [b',', b';', b'\t'].into_iter().find(|separator| bytes.contains(separator))
    {
        Kindred::Separated(separator)
    } else if line_at(text, line.end + 1).is_some_and(|rule| is_aligned_rule(&text[rule.start..rule.end])) {
        Kindred::Aligned
    } else if memchr::memmem::find(bytes.trim_ascii(), b"  ").is_some() {
        Kindred::Columns
    } else {
        return None;
    };
    let cells = cells(text, line, kind)?;
    if cells.len() < 2 {
        return None;
    }
    let column = cells.iter().position(|cell| cell.start <= name.start && name.end <= cell.end)?;
    let is_plain = |(at, cell): (usize, &Span)| {
        let cell = unquoted(&text[cell.start..cell.end]);
        let blanks = cell.iter().filter(|b| **b == b' ').count();
        // What the other columns of a document's table are called may be a sentence.
        let is_beside = at != column && kind == Kindred::Markdown && bytes.trim_ascii().starts_with(b"|");
        cell.len() <= if is_beside { 48 } else { 32 }
            && blanks <= if is_beside { 6 } else { 2 }
            && (!cell.is_empty() || matches!(kind, Kindred::Markdown | Kindred::AsciiDoc))
            && cell.iter().all(|b| {
                b.is_ascii_alphanumeric()
                    || matches!(b, b' ' | b'_' | b'-' | b'/' | b'*' | b'#' | b'.' | b'@')
                    || *b >= 0x80
                    || is_beside && matches!(b, b'(' | b')' | b'?' | b'&' | b',')
            })
    };
    let own = unquoted(&text[cells[column].start..cells[column].end]);
    // The column contains the secret itself, not something about it.
    let about = name::words(own).last().is_some_and(is_about_word);
    let has_login = cells
        .iter()
        .enumerate()
        .any(|(at, cell)| at != column && structure::is_login_word(unquoted(&text[cell.start..cell.end])));
    let is_pair = is_of_pairs
        || memchr::memchr3(b'/', b':', b'&', own)
            .is_some_and(|mark| structure::is_login_word(&own[..mark]) && name.start > cells[column].start);
    if is_of_pairs && kind != Kindred::Markdown {
        return None;
    }
    let is_weak = kind == Kindred::Separated(b',')
        && !has_login
        && cells.len() == 2
        && column == 1
        && bytes.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b','));
    let ends_right = match kind {
        Kindred::Markdown | Kindred::Aligned | Kindred::AsciiDoc | Kindred::Wiki => true,
        Kindred::Columns => has_login,
        // Prose has commas, and code lists its arguments: a heading has a login, or three names or more.
        Kindred::Separated(_) => has_login || cells.len() >= 3 || is_weak,
    };
    (cells.iter().enumerate().all(is_plain) && !about && ends_right).then_some(Heading {
        kind,
        line,
        column,
        columns: cells.len(),
        has_login: has_login || is_pair,
        is_pair,
        is_weak,
    })
}

impl Heading {
    /// Whether the line below is a row of the table: with as many separators, or Markdown's rule.
    pub(super) fn heads(&self, text: &[u8]) -> bool {
        let Some(next) = line_at(text, self.first_row(text)) else { return false };
        match self.kind {
            Kindred::Aligned | Kindred::AsciiDoc | Kindred::Wiki => true,
            // Nothing but its columns shows that this is a table.
            Kindred::Columns => self.below(text, next).is_some_and(|cell| {
                let value = &text[cell.start..cell.end];
                is_mixed_word(value) && !value.contains(&b'/')
            }),
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

    /// Where the line after the heading begins. In AsciiDoc a blank one is between.
    fn first_row(&self, text: &[u8]) -> usize {
        let next = self.line.end + 1;
        let next = next + usize::from(byte(text, self.line.end) == b'\r' && byte(text, next) == b'\n');
        next + usize::from(self.kind == Kindred::AsciiDoc && byte(text, next) == b'\n')
    }

    /// The cell of a row that begins below the heading, if each of the row's cells begins below one.
    fn below(&self, text: &[u8], row: Span) -> Option<Span> {
        let headings = aligned(text, self.line);
        let cells = aligned(text, row);
        let is_below = headings
            .iter()
            .zip(&cells)
            .all(|(heading, cell)| heading.start - self.line.start == cell.start - row.start);
        (cells.len() == headings.len() && is_below).then(|| cells[self.column])
    }

    /// Passes the secrets of an AsciiDoc table to `found`: its cells are counted, whatever lines they are on.
    fn read_cells(&self, text: &[u8], mut found: impl FnMut(Cell)) {
        let mut count = 0;
        let mut at = self.first_row(text);
        for _ in 0..MOST_ROWS {
            let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return };
            let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &text[at..end];
            if line.starts_with(b"|===") {
                return;
            }
            if line.starts_with(b"|") {
                let bars: Vec<usize> = memchr::memchr_iter(b'|', line).collect();
                for (nth, &bar) in bars.iter().enumerate() {
                    let close = bars.get(nth + 1).map_or(end, |&next| at + next);
                    let cell = trimmed(text, Span::new(at + bar + 1, close));
                    if count % self.columns == self.column
                        && let Some(cell) = self.cell(text, cell)
                    {
                        found(cell);
                    }
                    count += 1;
                }
            }
            at = end + 1;
        }
    }

    /// Passes the secrets of the column to `found`.
    pub(super) fn read(&self, text: &[u8], mut found: impl FnMut(Cell)) {
        if self.kind == Kindred::AsciiDoc {
            return self.read_cells(text, found);
        }
        let mut at = self.first_row(text);
        for row in 0..MOST_ROWS {
            let Some(line) = line_at(text, at) else { return };
            if self.kind == Kindred::Wiki && text[line.start..line.end].starts_with(b"|}") {
                return;
            }
            if self.kind == Kindred::Wiki && text[line.start..line.end].starts_with(b"|-") {
                at = line.end + 1 + usize::from(byte(text, line.end) == b'\r');
                continue;
            }
            at = line.end + 1 + usize::from(byte(text, line.end) == b'\r');
            if self.kind == Kindred::Markdown && is_rule(&text[line.start..line.end])
                || self.kind == Kindred::Aligned && row == 0
            {
                continue;
            }
            let Some(cells) = cells(text, line, self.kind) else { return };
            if cells.len() != self.columns {
                return;
            }
            if self.kind == Kindred::Columns && self.below(text, line).is_none() {
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
        if self.is_weak && !is_random(&text) && !is_made(&text) {
            return None;
        }
        let (value, text) = if self.is_pair { second_of(value, &text)? } else { (value, text) };
        (!text.is_empty()).then_some(Cell { value, text, has_login: self.has_login })
    }
}

/// Whether a value is a password as programs make them: small letters, capitals and digits take turns in it.
fn is_made(value: &[u8]) -> bool {
    let class = |b: u8| match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let turns = value.windows(2).filter(|two| class(two[0]) != class(two[1])).count();
    value.len() >= 12
        && turns * 4 >= value.len()
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b'-' | b':' | b'.'))
}

/// The line that starts at `at`, without its end. `None` after the last, and for a blank one.
fn line_at(text: &[u8], at: usize) -> Option<Span> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = rest[..len].strip_suffix(b"\r").unwrap_or(&rest[..len]);
    (!line.trim_ascii().is_empty()).then(|| Span::new(at, at + line.len()))
}

/// The password of a cell with a login before it: `admin / x`, `admin:x`.
fn second_of(value: Span, text: &[u8]) -> Option<(Span, Vec<u8>)> {
    let mark = memchr::memchr2(b'/', b':', text).filter(|&mark| mark > 0 && text.len() == value.len())?;
    let blanks = text[mark + 1..].iter().take_while(|b| matches!(b, b' ' | b'`')).count();
    let from = mark + 1 + blanks;
    let inner = text[from..].strip_suffix(b"`").unwrap_or(&text[from..]).to_vec();
    let is_login = !text[..mark].trim_ascii().contains(&b' ') && !inner.starts_with(b"/");
    is_login.then(|| (Span::new(value.start + from, value.start + from + inner.len()), inner))
}

/// The line between heading and rows, as Markdown writes it, and as a grid does.
fn is_rule(line: &[u8]) -> bool {
    (line.contains(&b'-') && line.contains(&b'|')
        || line.starts_with(b"+") && line.ends_with(b"+") && line.len() > 2)
        && line.iter().all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\t' | b'+' | b'='))
}

/// The line below the headings of aligned columns: several runs of one mark.
fn is_aligned_rule(line: &[u8]) -> bool {
    let mark = line.trim_ascii().first().copied().unwrap_or(0);
    matches!(mark, b'-' | b'=')
        && line.iter().all(|b| *b == mark || *b == b' ')
        && line.split(|b| *b == b' ').filter(|run| !run.is_empty()).count() >= 2
        && line.split(|b| *b == b' ').all(|run| run.is_empty() || run.len() >= 3)
}

/// The cells of a line, trimmed. A separator in quotes is part of a cell.
fn cells(text: &[u8], line: Span, kind: Kindred) -> Option<Vec<Span>> {
    let separator = match kind {
        Kindred::Separated(separator) => separator,
        Kindred::Markdown | Kindred::AsciiDoc => b'|',
        Kindred::Aligned | Kindred::Columns => return Some(aligned(text, line)),
        Kindred::Wiki => return wiki(text, line),
    };
    let mut cells = Vec::new();
    let (mut at, mut start) = (line.start, line.start);
    while at < line.end {
        let b = text[at];
        if b == b'"' && matches!(kind, Kindred::Separated(_)) && text[start..at].trim_ascii().is_empty() {
            // A quoted cell, in which quotes are doubled.
            at += 1;
            while at < line.end && !(text[at] == b'"' && byte(text, at + 1) != b'"') {
                at += 1 + usize::from(text[at] == b'"');
            }
            at += 1;
            continue;
        }
        if b == b'\\' && separator == b'|' {
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
    if separator == b'|' {
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

/// The cells of a line of MediaWiki: after its first mark, separated by the same mark twice.
fn wiki(text: &[u8], line: Span) -> Option<Vec<Span>> {
    let mark = byte(text, line.start);
    if !matches!(mark, b'!' | b'|') {
        return None;
    }
    let mut cells = Vec::new();
    let mut start = line.start + 1;
    for at in memchr::memmem::find_iter(&text[start..line.end], &[mark, mark]) {
        let end = line.start + 1 + at;
        cells.push(trimmed(text, Span::new(start.min(end), end)));
        start = end + 2;
    }
    cells.push(trimmed(text, Span::new(start.min(line.end), line.end)));
    (cells.len() <= MOST_COLUMNS).then_some(cells)
}

/// Whether the key that ends at a name's end is one that a service issues: `API key`, `api_key`.
fn is_key_of_api(text: &[u8], name: Span) -> bool {
    let before = &text[name.end.saturating_sub(11)..name.end];
    let plain: Vec<u8> =
        before.iter().map(|b| if matches!(b, b'_' | b'-') { b' ' } else { b.to_ascii_lowercase() }).collect();
    ["api key", "access key", "secret key", "auth key", "unseal key"]
        .iter()
        .any(|known| plain.ends_with(known.as_bytes()))
}

/// Whether a line may be the heading of aligned columns: a quick test.
pub(super) fn heads_columns(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() <= 200
        && memchr::memmem::find(line, b"  ").is_some()
        && line
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'/' | b'.' | b'\r'))
}

/// The cells of aligned columns.
fn aligned(text: &[u8], line: Span) -> Vec<Span> {
    let mut cells = Vec::new();
    let mut start = line.start;
    while start < line.end {
        let rest = &text[start..line.end];
        let lead = rest.iter().take_while(|b| **b == b' ').count();
        let len = memchr::memmem::find(&rest[lead..], b"  ").unwrap_or(rest.len() - lead);
        if len > 0 {
            cells.push(trimmed(text, Span::new(start + lead, start + lead + len)));
        }
        start += (lead + len).max(1);
    }
    cells
}

/// A cell without quotes and emphasis.
fn unquoted(cell: &[u8]) -> &[u8] {
    let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
    cell.strip_prefix(b"**").and_then(|cell| cell.strip_suffix(b"**")).unwrap_or(cell).trim_ascii()
}
