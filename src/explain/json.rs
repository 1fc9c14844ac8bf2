//! An explanation as one JSON document.

use super::{AtOnce, Case, Explanation, TextSpan};
use crate::report::escape;
use crate::report::redact::shown;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The version of the shape of the document.
const SCHEMA: &str = "keydredge-explain/1";

/// Writes `explanation`; `show_secrets` prints the values.
///
/// # Errors
/// Whatever writing gives.
pub fn write(explanation: &Explanation, show_secrets: bool, out: &mut dyn Write) -> io::Result<()> {
    let Explanation { path, line, cases, more, at_once, absent, min_confidence, coverage, notes, settings } =
        explanation;
    let cases: Vec<Value> = cases.iter().map(|case| of_case(case, show_secrets)).collect();
    let at_once: Vec<Value> = at_once
        .iter()
        .map(|(rule, AtOnce { count, why })| json!({ "rule": rule, "count": count, "why": why }))
        .collect();
    let tallies =
        |tallies: &std::collections::BTreeMap<crate::model::Reason, crate::model::Tally>| -> Vec<Value> {
            tallies
            .iter()
            .map(|(reason, tally)| {
                json!({ "reason": reason.as_str(), "count": tally.count, "examples": tally.examples })
            })
            .collect()
        };
    let files: Vec<Value> = settings
        .files
        .iter()
        .map(|file| json!({ "role": file.role.name(), "path": file.path, "origin": file.origin, "sha256": file.digest }))
        .collect();
    let document = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "path": path,
        "line": line,
        "reported": explanation.is_reported(),
        "complete": coverage.unread_count() == 0 && !coverage.interrupted,
        "min_confidence": min_confidence.to_string(),
        "cases": cases,
        "more": more,
        "at_once": at_once,
        "absent": absent,
        "excluded": tallies(&coverage.excluded),
        "unread": tallies(&coverage.unread),
        "notes": notes.iter().chain(&coverage.notes).collect::<Vec<_>>(),
        "settings": files,
    });
    let mut text = escape::pretty_text(&document)?;
    text.push(b'\n');
    out.write_all(&text)
}

fn of_case(case: &Case, show_secrets: bool) -> Value {
    let number = |score: crate::model::Score| f64::from(score.0) / 1000.0;
    let decodings: Vec<&str> = case.decoded_by.iter().map(|one| one.name()).collect();
    json!({
        "rule": case.rule.id,
        "description": case.rule.description,
        "stage": case.stage.name(),
        "why": case.why,
        "reasons": case.reasons,
        "path": case.path,
        "at": of_extent(&case.at),
        "literal": case.literal.as_ref().map(of_extent),
        "decoded_by": decodings,
        "secret": case.value.as_ref().map(|value| shown(value, &case.rule, show_secrets)),
        "identifier": case.identifier,
        "score": case.score.map(number),
        "score_elsewhere": case.elsewhere.or(case.score).map(number),
        "confidence": case.score.and_then(|score| score.confidence()).map(|level| level.to_string()),
        "severity": case.rule.severity.to_string(),
        "fingerprint": case.fingerprint.map(|name| name.to_string()),
    })
}

fn of_extent(at: &TextSpan) -> Value {
    let TextSpan { line, column, end_line, end_column, start, end } = *at;
    json!({
        "line": line, "column": column, "end_line": end_line, "end_column": end_column, "start": start, "end": end,
    })
}
