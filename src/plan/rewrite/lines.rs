//! Formats of one setting a line: files of variables, and properties in which Spring replaces `${NAME}`.

use super::{ByHand, Edit, Rewrite, Spot, by_hand, line_around};

/// The name and the value of a line in a file of variables, the value as it is written.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim().split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").map_or(name, str::trim);
    let is_name = !name.is_empty() && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
    is_name.then(|| (name, value.trim()))
}

/// The line goes; who starts the program sets the variable.
pub(super) fn dot_env(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let (start, end) = line_around(spot.text, spot.span.start);
    let line = &spot.text[start..end];
    let secret = &spot.text[spot.span.start..spot.span.end];
    if line.trim_start().starts_with('#') {
        return by_hand("it is in a comment: delete it there");
    }
    let Some((name, value)) = assignment(line) else {
        return by_hand("the line is no assignment to a variable");
    };
    let is_whole = ["", "\"", "'"].iter().any(|quote| value == format!("{quote}{secret}{quote}"));
    if !is_whole {
        return by_hand(format!(
            "the value of {name} contains more than the secret: keep all of it in the manager, and remove the line"
        ));
    }
    let note = format!("whatever starts the program sets {name}; the file itself should not be in git");
    Ok(Rewrite { edits: vec![Edit::new(start, end, "")], note: Some(note), ..Rewrite::default() })
}

/// The names that the lines of a file of variables give values to and that a change of it removes.
pub(in crate::plan) fn removed_names(text: &str, edits: &[Edit]) -> Vec<String> {
    let gone = edits.iter().filter(|edit| edit.with.is_empty());
    gone.filter_map(|edit| assignment(&text[edit.at.start..edit.at.end]))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// `spring.datasource.password=${NAME}`.
pub(super) fn spring(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let (start, end) = line_around(spot.text, spot.span.start);
    let line = &spot.text[start..end];
    if line.trim_start().starts_with(['#', '!']) {
        return by_hand("it is in a comment: delete it there");
    }
    if spot.span.end > end || spot.text[..start].trim_end_matches(['\r', '\n']).ends_with('\\') {
        return by_hand("the value goes over several lines");
    }
    let value_at = line.find(['=', ':']).map(|found| start + found);
    if value_at.is_none_or(|at| at >= spot.span.start) {
        return by_hand("it is not in the value of a setting");
    }
    let edit = Edit::new(spot.span.start, spot.span.end, format!("${{{}}}", spot.variable));
    let note = "Spring refuses to start if the variable is not set";
    Ok(Rewrite { edits: vec![edit], note: Some(note.to_owned()), ..Rewrite::default() })
}
