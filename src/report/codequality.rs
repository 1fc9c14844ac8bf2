//! GitLab's code quality report (`artifacts:reports:codequality`), which is a subset of Code Climate's issues.
//!
//! GitLab shows these beside the lines of a merge request in every tier. One issue an occurrence; its fingerprint stays
//! the same if lines above it change.

use super::{Report, escape, open_occurrences, sentence, shown_path};
use crate::model::Severity;
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut issues: Vec<Value> = open_occurrences(report)
        .map(|(finding, occurrence, id)| {
            let at = occurrence.location;
            json!({
                "type": "issue",
                "check_name": format!("keydredge/{}", finding.rule.id),
                "description": sentence(finding, report),
                "categories": ["Security"],
                "severity": severity(finding.rule.severity),
                "fingerprint": id,
                "location": {
                    "path": shown_path(occurrence),
                    "lines": { "begin": at.line.max(1), "end": at.end_line.max(1) },
                },
            })
        })
        .collect();
    // There is no field for a run that did not read everything, and a report without an issue looks clean.
    for (reason, tally) in &report.summary.coverage.unread {
        for example in &tally.examples {
            issues.push(json!({
                "type": "issue",
                "check_name": "keydredge/unread",
                "description": format!("{} not read: {reason}", tally.count),
                "categories": ["Security"],
                "severity": "blocker",
                "fingerprint": super::sha256(&["unread", reason.as_str(), example]),
                "location": { "path": super::redact::printable(example), "lines": { "begin": 1 } },
            }));
        }
    }
    escape::pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
