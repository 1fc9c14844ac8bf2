//! GitLab's secret detection report: `artifacts:reports:secret_detection` of a job.
//!
//! The shape: version 15.2.2 of GitLab's security report schemas. One vulnerability an occurrence; a place outside of
//! commits has the commit `0000000`, as GitLab's own analyzer writes it. The secret itself is in no field.

use super::{Report, escape, open_occurrences, redact, sentence, shown_path};
use crate::model::Severity;
use serde_json::{Value, json};
use std::io::{self, Write};

const VERSION: &str = "15.2.2";

/// What GitLab's analyzer writes if there is no commit.
const NO_COMMIT: &str = "0000000";

/// The longest name that GitLab takes, in characters.
const LONGEST_NAME: usize = 255;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let end = jiff::Timestamp::now();
    let took = i64::try_from(report.summary.milliseconds).unwrap_or(i64::MAX);
    let start = end.checked_sub(jiff::SignedDuration::from_millis(took)).unwrap_or(end);
    let time = |stamp: jiff::Timestamp| stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let tool = json!({
        "id": "keydredge",
        "name": "keydredge",
        "version": env!("CARGO_PKG_VERSION"),
        "vendor": { "name": "keydredge" },
    });
    let coverage = &report.summary.coverage;
    let mut messages: Vec<Value> = Vec::new();
    for (reason, tally) in &coverage.unread {
        let text = format!("{} not read ({reason}): {}", tally.count, tally.examples.join(", "));
        messages.push(json!({ "level": "fatal", "value": redact::printable(&text) }));
    }
    for note in report.notes.iter().chain(&coverage.notes) {
        messages.push(json!({ "level": "warn", "value": redact::printable(note) }));
    }
    let document = json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": time(start),
            "end_time": time(end),
            "status": if coverage.is_complete() { "success" } else { "failure" },
            "messages": messages,
        },
        "vulnerabilities": vulnerabilities(report),
    });
    escape::pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn vulnerabilities(report: &Report<'_>) -> Vec<Value> {
    open_occurrences(report)
        .map(|(finding, occurrence, id)| {
            let rule = &finding.rule;
            let name: String = redact::printable(&rule.description).chars().take(LONGEST_NAME).collect();
            let at = occurrence.location;
            let commit = occurrence.place.commit();
            let mut brought_by =
                json!({ "sha": commit.map_or_else(|| NO_COMMIT.to_owned(), |one| one.id.to_string()) });
            if let Some(commit) = commit {
                let author = format!("{} <{}>", commit.author, commit.email);
                brought_by["author"] = json!(redact::printable(&author));
                brought_by["date"] = json!(super::date(commit.time, commit.zone));
            }
            json!({
                "id": uuid(&id),
                "name": name,
                "description": sentence(finding, report),
                "severity": severity(rule.severity),
                "solution": finding.remediation.first().map(|text| redact::printable(text)),
                "identifiers": [{
                    "type": "keydredge_rule_id",
                    "name": format!("keydredge rule {}", rule.id),
                    "value": rule.id,
                }],
                "links": rule.references.iter().map(|link| json!({ "url": link })).collect::<Vec<_>>(),
                "location": {
                    "file": shown_path(occurrence),
                    "start_line": at.line.max(1),
                    "end_line": at.end_line.max(1),
                    "commit": brought_by,
                },
            })
        })
        .collect()
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    }
}

/// 64 hexadecimal digits in the form of a UUID: version 8 of RFC 9562, whose content is the writer's own.
fn uuid(digits: &str) -> String {
    let [first, second, third, fourth, fifth] =
        [&digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32]];
    format!("{first}-{second}-8{third}-8{fourth}-{fifth}")
}
