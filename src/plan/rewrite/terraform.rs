//! Terraform and OpenTofu: a variable that is sensitive.

use super::expression::{FoundLiteral, cut};
use super::lexer::Dialect;
use super::{ByHand, Edit, Rewrite, Spot, ValueReader, by_hand, line_around, line_end};

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let text = spot.text;
    let lexed = cut(Dialect::Hcl, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    let piece = found.piece;
    let open = lexed.open_brackets(piece.span.start);
    // The words before each bracket that is open.
    let heads: Vec<&str> = open
        .iter()
        .filter(|(bracket, _)| *bracket == '{')
        .map(|(_, at)| text[line_around(text, *at).0..*at].trim())
        .collect();
    if heads.is_empty() {
        return by_hand("it is in no block");
    }
    if heads.iter().any(|head| *head == "terraform" || head.starts_with("backend ") || *head == "lifecycle") {
        return by_hand(
            "this block is read before there are variables: give the value by the environment or -backend-config",
        );
    }
    let (start, end) = line_around(text, piece.span.start);
    let (before, after) = (text[start..piece.span.start].trim(), text[piece.span.end..end].trim());
    if let [head] = heads[..]
        && let Some(name) = head.strip_prefix("variable").map(|name| name.trim().trim_matches('"'))
    {
        return default(spot, &open, (start, end), (before, after), name);
    }
    let (last, _) = found.before();
    if last == '{'
        || last == ',' && !after.starts_with(',') && after.starts_with(['=', ':'])
        || after.starts_with(['=', ':'])
    {
        return by_hand("it is a key or a label");
    }
    if !matches!(last, '=' | '(' | ',' | '[' | ':' | '?') {
        return by_hand("what is before the literal is not understood");
    }
    let name = spot.variable.to_ascii_lowercase();
    if declares(text, &name) || declares(spot.others, &name) {
        return by_hand(format!("there is a variable {name} already"));
    }
    let edit = if piece.content == spot.span {
        Edit::new(piece.span.start, piece.span.end, format!("var.{name}"))
    } else {
        Edit::new(spot.span.start, spot.span.end, format!("${{var.{name}}}"))
    };
    let line = line_end(text);
    let gap = if text.ends_with('\n') { line.to_owned() } else { format!("{line}{line}") };
    let block = format!(
        "{gap}variable \"{name}\" {{{line}  type      = string{line}  sensitive = true{line}}}{line}"
    );
    let edits = vec![edit, Edit::new(text.len(), text.len(), block)];
    let note = format!(
        "give the value as TF_VAR_{name}; it is in the state all the same, so keep the state encrypted"
    );
    Ok(Rewrite { edits, note: Some(note), reader: ValueReader::TerraformVariable })
}

fn declares(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(&format!("variable \"{name}\"")))
}

/// The default of a variable goes.
fn default(
    spot: &Spot<'_>,
    open: &[(char, usize)],
    (start, end): (usize, usize),
    (before, after): (&str, &str),
    name: &str,
) -> Result<Rewrite, ByHand> {
    let is_default = before.strip_prefix("default").is_some_and(|rest| rest.trim() == "=");
    if !is_default || !after.is_empty() && !after.starts_with('#') && !after.starts_with("//") {
        return by_hand("it is in a variable, and not as a plain default of its own line");
    }
    let block = &spot.text[open[0].1..];
    let block = &block[..block.find("\n}").unwrap_or(block.len())];
    let indent: String = spot.text[start..].chars().take_while(|one| matches!(one, ' ' | '\t')).collect();
    let is_sensitive = block.contains("sensitive");
    let with =
        if is_sensitive { String::new() } else { format!("{indent}sensitive = true{}", line_end(spot.text)) };
    let note = format!(
        "give the value as TF_VAR_{name}; it is in the state all the same, so keep the state encrypted"
    );
    Ok(Rewrite {
        edits: vec![Edit::new(start, end, with)],
        note: Some(note),
        reader: ValueReader::TerraformVariable,
    })
}

/// A file of values: the line goes.
pub(super) fn values(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Hcl, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    let piece = found.piece;
    let (start, end) = line_around(spot.text, piece.span.start);
    let (before, after) = (spot.text[start..piece.span.start].trim(), spot.text[piece.span.end..end].trim());
    let name = before.trim_end_matches('=').trim();
    let is_name =
        !name.is_empty() && name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-'));
    if !is_name
        || !before.ends_with('=')
        || !after.is_empty() && !after.starts_with('#')
        || piece.content != spot.span
    {
        return by_hand("it is not the whole value of a line of its own");
    }
    if !lexed.open_brackets(start).is_empty() {
        return by_hand("it is in a list or an object");
    }
    let note = format!("give the value as TF_VAR_{name}, and declare the variable with `sensitive = true`");
    Ok(Rewrite {
        edits: vec![Edit::new(start, end, "")],
        note: Some(note),
        reader: ValueReader::TerraformVariable,
    })
}
