//! Tables in HTML with a column of secrets: a heading names the column, and each row below has one secret.

use crate::model::Span;
use crate::scan::generic::line::line_before;
use crate::scan::generic::structure;
use crate::scan::generic::table::Cell;

/// The furthest that the start of its row is before a heading.
const ROW: usize = 400;

/// The most rows that are read.
const MOST_ROWS: usize = 100;

/// The column that `name` heads, counted from zero, and whether a column of logins is beside it.
pub(in crate::scan::generic) fn heading(text: &[u8], name: Span) -> Option<(usize, bool)> {
    if text.get(name.end..name.end + 5)? != b"</th>" {
        return None;
    }
    let line = line_before(text, name.start);
    let cell = &line[memchr::memrchr(b'<', line)?..];
    if !cell.starts_with(b"<th") || !cell.ends_with(b">") {
        return None;
    }
    let before = &text[name.start.saturating_sub(ROW)..name.start];
    let row = &before[memchr::memmem::rfind(before, b"<tr")?..];
    let headings: Vec<usize> = memchr::memmem::find_iter(row, b"<th").collect();
    let rest = &text[name.end..text.len().min(name.end + ROW)];
    let rest = &rest[..memchr::memmem::find(rest, b"</tr").unwrap_or(rest.len())];
    let is_login = |cells: &[u8]| {
        cells.split(|&b| b == b'<').any(|part| {
            let text = part.splitn(2, |&b| b == b'>').nth(1).unwrap_or_default();
            structure::is_login_word(text)
        })
    };
    Some((headings.len().checked_sub(1)?, is_login(row) || is_login(rest)))
}

/// Passes the secrets of a column to `found`.
pub(in crate::scan::generic) fn read(
    text: &[u8],
    from: usize,
    (column, has_login): (usize, bool),
    mut found: impl FnMut(Cell),
) {
    let mut rest = from;
    for _ in 0..MOST_ROWS {
        let Some(row) = memchr::memmem::find(&text[rest..], b"<tr") else { return };
        let start = rest + row + 3;
        let len = memchr::memmem::find(&text[start..], b"</tr").unwrap_or(text.len() - start);
        let row = &text[start..start + len];
        rest = start + len;
        let Some(cell) = memchr::memmem::find_iter(row, b"<td").nth(column) else { continue };
        let Some(value) = text_of(row, cell) else { continue };
        let value = Span::new(start + value.start, start + value.end);
        found(Cell { value, text: text[value.start..value.end].to_vec(), has_login });
    }
}

/// The text of the cell whose tag is at `at`, without the tags that dress it.
fn text_of(row: &[u8], at: usize) -> Option<Span> {
    let mut start = at + memchr::memchr(b'>', &row[at..])? + 1;
    while row.get(start) == Some(&b'<') && row.get(start + 1) != Some(&b'/') {
        start += memchr::memchr(b'>', &row[start..])? + 1;
    }
    let len = memchr::memchr(b'<', &row[start..])?;
    let text = &row[start..start + len];
    let lead = text.len() - text.trim_ascii_start().len();
    let trimmed = text.trim_ascii();
    (!trimmed.is_empty() && !trimmed.contains(&b'\n'))
        .then(|| Span::new(start + lead, start + lead + trimmed.len()))
}
