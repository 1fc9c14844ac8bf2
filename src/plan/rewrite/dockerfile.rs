//! Dockerfiles: a variable that is set when a container starts, or a secret that is mounted while an image is built.

use super::shell::{Quoting, quoting, replaced};
use super::{ByHand, Edit, Rewrite, Spot, ValueReader, by_hand};
use crate::model::Span;

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let (start, end) = instruction(spot.text, spot.span.start);
    let text = &spot.text[start..end];
    let trimmed = text.trim_start();
    if trimmed.starts_with('#') {
        return by_hand("it is in a comment: delete it there");
    }
    let word: &str = trimmed.split_whitespace().next().unwrap_or_default();
    match word.to_ascii_uppercase().as_str() {
        "ENV" => variable(spot, start, end),
        "RUN" => run(spot, start, end),
        "ARG" => by_hand(
            "what is passed to ARG is in the image's history: mount it as a secret in the RUN lines that use it \
             (`RUN --mount=type=secret,id=…`)",
        ),
        _ => by_hand("this instruction puts the text into the image: let the program read its environment"),
    }
}

/// The bounds of the instruction that contains `at`, with its continued lines.
fn instruction(text: &str, at: usize) -> (usize, usize) {
    let continues = |line: &str| line.trim_end().ends_with('\\');
    let mut start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    while start > 0 {
        let before = text[..start - 1].rfind('\n').map_or(0, |found| found + 1);
        if !continues(&text[before..start]) {
            break;
        }
        start = before;
    }
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        end += line.len();
        if !continues(line) {
            break;
        }
    }
    (start, end)
}

/// `ENV NAME=value`: the line or the pair goes.
fn variable(spot: &Spot<'_>, start: usize, end: usize) -> Result<Rewrite, ByHand> {
    let text = &spot.text[start..end];
    if text.trim_end().contains('\n') {
        return by_hand("the instruction goes over several lines");
    }
    let body_at = start + text.len() - text.trim_start().len() + "ENV".len();
    let body = spot.text[body_at..end].trim_end();
    let secret = &spot.text[spot.span.start..spot.span.end];
    let is_secret =
        |value: &str| ["", "\"", "'"].iter().any(|quote| value == format!("{quote}{secret}{quote}"));
    let (edit, name) = if body.split_whitespace().next().is_some_and(|first| !first.contains('=')) {
        // The old form, of one variable: `ENV NAME value`.
        let (name, value) = body.trim().split_once(char::is_whitespace).unwrap_or_default();
        if !is_secret(value.trim()) {
            return by_hand(format!("the value of {name} contains more than the secret"));
        }
        (Edit::new(start, end, ""), name)
    } else {
        if body.contains(['\\', '$']) {
            return by_hand("something is replaced or escaped in the instruction");
        }
        let Some(pairs) = pairs(body) else { return by_hand("the instruction is not understood") };
        let contains =
            |pair: &&Span| body_at + pair.start <= spot.span.start && spot.span.end <= body_at + pair.end;
        let Some(pair) = pairs.iter().find(contains) else {
            return by_hand("the instruction is not understood");
        };
        let (name, value) = body[pair.start..pair.end].split_once('=').unwrap_or_default();
        if !is_secret(value) {
            return by_hand(format!("the value of {name} contains more than the secret"));
        }
        if pairs.len() == 1 {
            (Edit::new(start, end, ""), name)
        } else {
            // With the blanks before it.
            let from = body_at + body[..pair.start].trim_end().len();
            (Edit::new(from, body_at + pair.end, ""), name)
        }
    };
    let is_used = [format!("${name}"), format!("${{{name}")].iter().any(|use_of| spot.text.contains(use_of));
    if is_used {
        return by_hand(format!("{name} is used in the file, where it would be empty"));
    }
    let note = format!(
        "set {name} when the container starts: `docker run --env {name}`, or the orchestrator's secret"
    );
    Ok(Rewrite { edits: vec![edit], note: Some(note), ..Rewrite::default() })
}

/// The pairs `name=value` of an instruction's text.
fn pairs(body: &str) -> Option<Vec<Span>> {
    let mut pairs = Vec::new();
    let mut at = 0;
    while let Some(start) = body[at..].find(|one: char| !one.is_whitespace()).map(|found| at + found) {
        let mut quote = None;
        let mut end = body.len();
        for (index, letter) in body[start..].char_indices() {
            match (quote, letter) {
                (None, '"' | '\'') => quote = Some(letter),
                (Some(open), close) if open == close => quote = None,
                (None, blank) if blank.is_whitespace() => {
                    end = start + index;
                    break;
                }
                _ => {}
            }
        }
        if quote.is_some() || !body[start..end].contains('=') {
            return None;
        }
        pairs.push(Span::new(start, end));
        at = end;
    }
    Some(pairs)
}

/// `RUN --mount=type=secret,id=NAME`: the command reads the mounted file.
fn run(spot: &Spot<'_>, start: usize, end: usize) -> Result<Rewrite, ByHand> {
    let text = &spot.text[start..end];
    let trimmed = text.trim_start();
    let after = trimmed["RUN".len()..].trim_start();
    if after.starts_with('[') || text.contains("<<") {
        return by_hand("the command is not a plain line of shell");
    }
    let inside = Span::new(spot.span.start - start, spot.span.end - start);
    let quoting = quoting(text, inside)?;
    if matches!(quoting, Quoting::Single(_)) {
        return by_hand("it is between single quotes, in which nothing is replaced");
    }
    let id = spot.variable;
    let edit = replaced(text, inside, &format!("$(cat /run/secrets/{id})"), quoting);
    let edit = Edit { at: edit.at.shifted(start), ..edit };
    let mut edits = vec![edit];
    let mount = format!("--mount=type=secret,id={id} ");
    if !text.contains(mount.trim_end()) {
        let at = start + text.len() - after.len();
        edits.push(Edit::new(at, at, mount));
    }
    Ok(Rewrite { edits, reader: ValueReader::BuildSecret, ..Rewrite::default() })
}
