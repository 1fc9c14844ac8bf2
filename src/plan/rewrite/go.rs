//! Go: `os.Getenv("NAME")`, which is empty if it is not set.

use super::expression::{EnvironmentReading, FoundLiteral, cut};
use super::lexer::{Dialect, Lexed};
use super::{ByHand, Edit, Rewrite, Spot, by_hand, has_word, line_around, line_end};

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Go, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    found.refuse_odd_places()?;
    let (_, after) = found.after();
    if after.starts_with(':') {
        return by_hand("it is a key or a label");
    }
    let mut edits = Vec::new();
    let mut note = "os.Getenv gives an empty text if the variable is not set: check that the program refuses to start then";
    let start = found.piece.span.start;
    let (line_start, _) = line_around(spot.text, start);
    let line = lexed.code(line_start, start);
    let trimmed = line.trim_start();
    let in_constants = found.is_within(|bracket, code| bracket == '(' && code.ends_with("const"));
    let in_imports = found.is_within(|bracket, code| bracket == '(' && code.ends_with("import"));
    if in_imports || trimmed.starts_with("import ") {
        return by_hand("it names a package");
    }
    if in_constants {
        return by_hand("it is in a group of constants: make this one a variable");
    }
    if trimmed.starts_with("case ") {
        return by_hand("it is a case");
    }
    if let Some(rest) = trimmed.strip_prefix("const ") {
        let name: &str =
            rest.split(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or_default();
        let is_simple = matches!(rest[name.len()..].trim(), "=" | "string =");
        let code = lexed.code(0, spot.text.len());
        let mut constants = code.lines().chain(spot.others.lines()).filter(|other| has_word(other, "const"));
        let is_used = constants.any(|other| {
            other != code[line_start..].lines().next().unwrap_or_default() && has_word(other, name)
        });
        let is_exported = name.starts_with(|first: char| first.is_uppercase());
        if !is_simple || is_used || is_exported || trimmed.len() != line.len() {
            return by_hand("it is a constant, and other code may need it to be one: make it a variable");
        }
        edits.push(Edit::new(line_start, line_start + "const".len(), "var"));
        note = "the constant becomes a variable; os.Getenv gives an empty text if it is not set: check that the program refuses to start then";
    }
    let read = format!("os.Getenv(\"{}\")", spot.variable);
    let reading = EnvironmentReading { alone: &read, inside: &read, join: " + " };
    edits.insert(0, found.replaced(&reading)?);
    if let Some(import) = import(&lexed, spot)? {
        edits.push(import);
    }
    Ok(Rewrite { edits, note: Some(note.to_owned()), ..Rewrite::default() })
}

/// What imports `os`, where gofmt would have it; `None` if it is imported.
fn import(lexed: &Lexed<'_>, spot: &Spot<'_>) -> Result<Option<Edit>, ByHand> {
    let (text, end) = (spot.text, line_end(spot.text));
    let code = lexed.code(0, text.len());
    let mut at = 0;
    let mut package = None;
    let mut lines = Vec::new();
    for line in code.split_inclusive('\n') {
        lines.push((at, line.trim_end(), text[at..at + line.len()].trim()));
        at += line.len();
    }
    for (number, (start, line, real)) in lines.iter().enumerate() {
        let next = start + text[*start..].find('\n').map_or(text.len() - start, |found| found + 1);
        if line.starts_with("package ") {
            package = Some(next);
        } else if *line == "import (" {
            let group = lines[number + 1..]
                .iter()
                .take_while(|(_, line, _)| !line.is_empty() && !line.starts_with(')'));
            let group: Vec<_> = group.collect();
            if lines[number + 1..]
                .iter()
                .take_while(|(_, line, _)| !line.starts_with(')'))
                .any(|(_, _, real)| *real == "\"os\"")
            {
                return Ok(None);
            }
            let path = |real: &str| real.rsplit('"').nth(1).unwrap_or_default().to_owned();
            let later = group.iter().find(|(_, line, real)| line.contains('"') && path(real).as_str() > "os");
            let position = match (later, group.last()) {
                (Some((at, _, _)), _) => *at,
                (None, Some((at, _, _))) => at + text[*at..].find('\n').map_or(0, |found| found + 1),
                (None, None) => next,
            };
            return Ok(Some(Edit::new(position, position, format!("\t\"os\"{end}"))));
        } else if line.starts_with("import ") {
            if *real == "import \"os\"" {
                return Ok(None);
            }
            if line.contains('(') {
                return by_hand("its imports are written in a way that is not understood");
            }
            if lines.iter().any(|(_, _, real)| *real == "import \"os\"") {
                return Ok(None);
            }
            return Ok(Some(Edit::new(*start, *start, format!("import \"os\"{end}"))));
        }
    }
    match package {
        Some(at) => Ok(Some(Edit::new(at, at, format!("{end}import \"os\"{end}")))),
        None => by_hand("the file has no package line"),
    }
}
