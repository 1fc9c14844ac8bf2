//! YAML whose readers replace something: workflows of GitHub, Compose, manifests of Kubernetes, settings of Spring.
//!
//! # Design
//!
//! The parser says where each value is, and the changed text is parsed again before it is believed.

use super::{ByHand, Edit, Rewrite, Spot, ValueReader, by_hand, line_around, line_end};
use crate::model::Span;
use saphyr_parser::{Event, Parser, ScalarStyle};

/// The most values that are looked at.
const MOST: usize = 200_000;

/// A value, and the keys above it.
struct YamlValue {
    span: Span,
    style: ScalarStyle,
    /// The keys that lead to it; an empty one for an entry of a list.
    keys: Vec<String>,
    /// Where its own key begins.
    key_at: usize,
    /// `kind` of the document, if it was named before the value.
    kind: Option<String>,
    has_api_version: bool,
}

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let value = value_at(spot)?;
    let lower = spot.path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let has = |key: &str| value.keys.iter().any(|one| one == key);
    let is_in_block = matches!(value.style, ScalarStyle::Literal | ScalarStyle::Folded);
    let rewrite = if lower.contains(".github/workflows/") {
        if is_in_block || has("run") {
            return by_hand(format!(
                "it is in a script: set `env: {0}: ${{{{ secrets.{0} }}}}` for the step, and let the script read \"${0}\"",
                spot.variable
            ));
        }
        if !has("env") && !has("with") {
            return by_hand("it is neither in `env` nor in `with`");
        }
        let edit = inline(spot, &value, &format!("${{{{ secrets.{} }}}}", spot.variable))?;
        Rewrite { edits: vec![edit], reader: ValueReader::GitHubSecret, ..Rewrite::default() }
    } else if (name.starts_with("docker-compose") || name.starts_with("compose.")) && !is_in_block {
        if has("args") {
            return by_hand("build arguments are in the image's history: mount a build secret");
        }
        let edit = inline(spot, &value, &format!("${{{}:?is not set}}", spot.variable))?;
        Rewrite { edits: vec![edit], reader: ValueReader::Compose, ..Rewrite::default() }
    } else if value.has_api_version && value.kind.is_some() {
        manifest(spot, &value)?
    } else if (name.starts_with("application") || name.starts_with("bootstrap")) && !is_in_block {
        let edit = inline(spot, &value, &format!("${{{}}}", spot.variable))?;
        let note = "Spring refuses to start if the variable is not set".to_owned();
        Rewrite { edits: vec![edit], note: Some(note), ..Rewrite::default() }
    } else {
        return by_hand(
            "it is not known what reads this YAML: remove the entry, and let the reader take the value from its environment",
        );
    };
    let mut changed = spot.text.to_owned();
    for Edit { at, with } in &rewrite.edits {
        changed.replace_range(at.start..at.end, with);
    }
    if Parser::new_from_str(&changed).any(|event| event.is_err()) {
        return by_hand("the changed text would be no YAML");
    }
    Ok(rewrite)
}

/// Puts `reference` in the place of the secret within its value.
fn inline(spot: &Spot<'_>, value: &YamlValue, reference: &str) -> Result<Edit, ByHand> {
    if value.style == ScalarStyle::Plain {
        let (before, after) = (&spot.text[..value.span.start], &spot.text[value.span.end..]);
        let count = |one: char| before.matches(one).count();
        let is_flow = count('{') != count('}') || count('[') != count(']');
        let ends = after.chars().next().is_none_or(char::is_whitespace);
        if is_flow || !ends {
            return by_hand("it is in a list or table on one line, without quotes");
        }
    }
    Ok(Edit::new(spot.span.start, spot.span.end, reference))
}

/// `value: …` of a container's variable becomes a reference to an object.
fn manifest(spot: &Spot<'_>, value: &YamlValue) -> Result<Rewrite, ByHand> {
    let kind = value.kind.as_deref().unwrap_or_default();
    match kind {
        "Secret" | "SealedSecret" => {
            return by_hand(
                "remove this object from git; what the plan adds (an ExternalSecret, or a class of the CSI driver) makes it in the cluster",
            );
        }
        "ConfigMap" => {
            return by_hand(
                "a ConfigMap is read by everybody: move the entry to a Secret that is made in the cluster",
            );
        }
        _ => {}
    }
    let keys: Vec<&str> = value.keys.iter().map(String::as_str).rev().take(3).collect();
    if !matches!(keys[..], ["value", "", "env"]) {
        return by_hand("it is not the value of a container's variable");
    }
    let is_whole = spot.text[value.span.start..value.span.end].trim_matches(['"', '\''])
        == &spot.text[spot.span.start..spot.span.end];
    if !is_whole || matches!(value.style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return by_hand("the value contains more than the secret");
    }
    let (start, _) = line_around(spot.text, value.key_at);
    let before = &spot.text[start..value.key_at];
    let after = spot.text[value.span.end..].lines().next().unwrap_or_default().trim();
    if before.contains(|one: char| one != ' ' && one != '-') || !after.is_empty() && !after.starts_with('#') {
        return by_hand("the variable is written on one line");
    }
    let (indent, line) = (" ".repeat(before.len()), line_end(spot.text));
    let (object, key) = spot.object;
    let with = format!(
        "valueFrom:{line}{indent}  secretKeyRef:{line}{indent}    name: {object}{line}{indent}    key: {key}"
    );
    let edits = vec![Edit::new(value.key_at, value.span.end, with)];
    Ok(Rewrite { edits, reader: ValueReader::KubernetesSecret, ..Rewrite::default() })
}

/// A list or a table that is open.
struct OpenNode {
    is_table: bool,
    /// The key whose value comes next.
    key: Option<(String, usize)>,
}

/// The value that contains the secret.
fn value_at(spot: &Spot<'_>) -> Result<YamlValue, ByHand> {
    let mut open: Vec<OpenNode> = Vec::new();
    let (mut kind, mut has_api_version) = (None, false);
    // The parser counts characters.
    let mut positions: Vec<usize> = spot.text.char_indices().map(|(at, _)| at).collect();
    positions.push(spot.text.len());
    let byte = |index: usize| positions.get(index).copied().unwrap_or(spot.text.len());
    let value_done = |open: &mut Vec<OpenNode>| {
        if let Some(last) = open.last_mut() {
            last.key = None;
        }
    };
    for (count, event) in Parser::new_from_str(spot.text).enumerate() {
        let Ok((event, marks)) = event else { break };
        let (start, end) = (byte(marks.start.index()), byte(marks.end.index()));
        if count > MOST || start > spot.span.end {
            break;
        }
        match event {
            Event::DocumentStart(_) => (kind, has_api_version) = (None, false),
            Event::MappingStart(..) => open.push(OpenNode { is_table: true, key: None }),
            Event::SequenceStart(..) => open.push(OpenNode { is_table: false, key: None }),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                value_done(&mut open);
            }
            Event::Alias(_) => value_done(&mut open),
            Event::Scalar(text, style, ..) => {
                let is_key = open.last().is_some_and(|last| last.is_table && last.key.is_none());
                let contains = start <= spot.span.start && spot.span.end <= end;
                if is_key {
                    if contains {
                        return by_hand("it is a key");
                    }
                    if let Some(last) = open.last_mut() {
                        last.key = Some((text.into_owned(), start));
                    }
                    continue;
                }
                if let ([OpenNode { key: Some((key, _)), .. }], false) = (&open[..], contains) {
                    match key.as_str() {
                        "kind" => kind = Some(text.clone().into_owned()),
                        "apiVersion" => has_api_version = true,
                        _ => {}
                    }
                }
                if contains {
                    let keys = open
                        .iter()
                        .map(|one| one.key.as_ref().map_or_else(String::new, |(key, _)| key.clone()));
                    let key_at = open.last().and_then(|last| last.key.as_ref()).map_or(start, |(_, at)| *at);
                    return Ok(YamlValue {
                        span: trimmed(spot.text, start, end),
                        style,
                        keys: keys.collect(),
                        key_at,
                        kind,
                        has_api_version,
                    });
                }
                value_done(&mut open);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    by_hand("the file is not YAML that is understood up to there (a template?), or it is in a comment")
}

/// The span without blanks at its end.
fn trimmed(text: &str, start: usize, end: usize) -> Span {
    Span::new(start, start + text[start..end].trim_end().len())
}
