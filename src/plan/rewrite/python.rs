//! Python: `os.environ["NAME"]`, which stops the program if it is not set.

use super::expression::{EnvironmentReading, FoundLiteral, cut};
use super::lexer::{Dialect, Lexed, PieceKind};
use super::{ByHand, Edit, Rewrite, Spot, by_hand, line_end};

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Python, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    found.refuse_odd_places()?;
    let (before, code) = found.before();
    let (_, after) = found.after();
    if before == '{' && after.starts_with(':') || before == ',' && after.starts_with(':') {
        return by_hand("it is a key");
    }
    // An annotation: `name: "Type"`.
    if before == ':'
        && lexed.open_brackets(found.piece.span.start).last().is_none_or(|(open, _)| *open != '{')
    {
        let is_lambda = code.rsplit('\n').next().is_some_and(|line| line.contains("lambda"));
        if !is_lambda {
            return by_hand("it is where a type or a statement is expected");
        }
    }
    let read = format!("os.environ[\"{}\"]", spot.variable);
    let reading = EnvironmentReading { alone: &read, inside: &read, join: " + " };
    let mut edits = vec![found.replaced(&reading)?];
    if !imports_os(&lexed) {
        if has_own_os(&lexed) {
            return by_hand("`os` means something else in this file");
        }
        let at = import_position(&lexed)?;
        if at > found.piece.span.start {
            return by_hand("it is above the first import");
        }
        edits.push(Edit::new(at, at, format!("import os{}", line_end(spot.text))));
    }
    Ok(Rewrite { edits, ..Rewrite::default() })
}

/// The lines of code at the first column, with where they begin.
fn top_lines(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    code.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        (!line.starts_with([' ', '\t', '"', ')', '\n', '\r'])).then(|| (start, line.trim_end()))
    })
}

fn imports_os(lexed: &Lexed<'_>) -> bool {
    let code = lexed.code(0, lexed.text.len());
    top_lines(&code).any(|(_, line)| {
        line.strip_prefix("import ").is_some_and(|names| {
            names.split(',').any(|name| {
                let name = name.trim().trim_end_matches(';');
                name == "os" || name.starts_with("os.") && !name.contains(" as ")
            })
        })
    })
}

fn has_own_os(lexed: &Lexed<'_>) -> bool {
    let code = lexed.code(0, lexed.text.len());
    code.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("os =")
            || line.starts_with("os=")
            || line.contains(" as os")
            || line.contains("import os ") && line.starts_with("from")
    })
}

/// Where an import may be added: before the first one that is not from `__future__`, else after what begins a file.
fn import_position(lexed: &Lexed<'_>) -> Result<usize, ByHand> {
    let code = lexed.code(0, lexed.text.len());
    let mut after_future = 0;
    for (start, line) in top_lines(&code) {
        if line.starts_with("from __future__") {
            // Its names may be in brackets over several lines.
            let open = lexed.text[start..].find('(').filter(|at| *at < line.len());
            let end = match open {
                Some(_) => lexed.text[start..].find(')').map(|found| start + found),
                None => Some(start),
            };
            let end = end.and_then(|end| lexed.text[end..].find('\n').map(|found| end + found + 1));
            after_future = end.ok_or(ByHand("the file ends with an import".into()))?;
        } else if line.starts_with("import ") || line.starts_with("from ") {
            return Ok(start);
        }
    }
    if after_future > 0 {
        return Ok(after_future);
    }
    // After comments and the text about the module.
    let mut at = 0;
    for piece in &lexed.pieces {
        if !lexed.text[at..piece.span.start].trim().is_empty() {
            break;
        }
        let line_end = lexed.text[piece.span.end..].find('\n').map(|found| piece.span.end + found + 1);
        let is_whole = line_end.is_some_and(|end| lexed.text[piece.span.end..end].trim().is_empty());
        if !is_whole || lexed.text[..piece.span.start].ends_with([' ', '\t']) {
            break;
        }
        at = line_end.unwrap_or(at);
        if piece.kind != PieceKind::Comment {
            break;
        }
    }
    Ok(at)
}
