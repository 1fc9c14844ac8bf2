//! SARIF 2.1.0 as code-scanning services expect it: one result an occurrence, stable fingerprints,
//! suppressions, `security-severity`, and coverage as notifications of the invocation.

use super::{Report, escape, name_of_place, redact, sentence};
use crate::model::{Finding, ImageLayer, Occurrence, RuleInfo, SettingsFile, Severity, Suppression};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor,
    Result as SarifResult, ResultLevel, Run, SCHEMA_URL, Sarif, Suppression as SarifSuppression, Tool,
    ToolComponent,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The most examples a notification names.
const EXAMPLES: usize = 5;

/// The most results of a run: GitHub refuses a file with more, whole.
const MOST: usize = 25_000;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = used_rules(report.findings);
    let all: usize = report.findings.iter().map(|finding| finding.occurrences.len()).sum();
    let is_told = listed(report.findings, all);
    let results: Vec<SarifResult> = report
        .findings
        .iter()
        .zip(&is_told)
        .flat_map(|(finding, listed)| results(finding, *listed, &rules, report))
        .collect();
    let driver = ToolComponent::builder()
        .name("keydredge")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>())
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .invocations(vec![invocation(report, all.saturating_sub(MOST))])
        .results(results)
        .column_kind(json!("utf16CodeUnits"))
        .build();
    let log = Sarif::builder().schema(SCHEMA_URL).version(json!("2.1.0")).runs(vec![run]).build();
    escape::pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// How many places of each finding are listed, in all [`MOST`] at most: one of each, and then the others. Findings that fail the run
/// come first, then the most severe.
fn listed(findings: &[Finding], all: usize) -> Vec<usize> {
    let mut listed: Vec<usize> = findings.iter().map(|finding| finding.occurrences.len()).collect();
    if all > MOST {
        let mut order: Vec<usize> = (0..findings.len()).collect();
        order.sort_by_key(|&at| (findings[at].is_suppressed(), Reverse(findings[at].rule.severity)));
        let mut left = MOST;
        let places = std::mem::replace(&mut listed, vec![0; findings.len()]);
        for most in [1, usize::MAX] {
            for &at in &order {
                let more = (places[at].min(most) - listed[at]).min(left);
                listed[at] += more;
                left -= more;
            }
        }
    }
    listed
}

/// The rules that found something, each once, sorted by id.
fn used_rules(findings: &[Finding]) -> Vec<&RuleInfo> {
    let by_id: BTreeMap<&str, &RuleInfo> =
        findings.iter().map(|finding| (finding.rule.id.as_str(), finding.rule.as_ref())).collect();
    by_id.into_values().collect()
}

fn descriptor(rule: &RuleInfo) -> ReportingDescriptor {
    let mut help = vec![format!("{} must not stand in a repository.", rule.description)];
    help.extend(rule.revoke.iter().map(|how| format!("Revoke or rotate: {how}.")));
    help.extend(rule.references.iter().map(|link| format!("See {link}")));
    let mut tags = vec!["security".to_owned(), "secret".to_owned()];
    tags.extend(rule.tags.iter().map(ToString::to_string));
    let score = match rule.severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.5",
    };
    let mut properties = BTreeMap::new();
    properties.insert("security-severity".to_owned(), json!(score));
    ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(rule.id.as_str())
        .short_description(text(&rule.description))
        .full_description(text(&rule.description))
        .help(text(&help.join("\n")))
        .default_configuration(
            ReportingConfiguration::builder().level(json!(level_name(rule.severity))).build(),
        )
        .properties(PropertyBag::builder().tags(tags).additional_properties(properties).build())
        .build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn level_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "note",
    }
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium | Severity::Low => ResultLevel::Warning,
        Severity::Info => ResultLevel::Note,
    }
}

/// The first `listed` places of a finding.
fn results(finding: &Finding, listed: usize, rules: &[&RuleInfo], report: &Report<'_>) -> Vec<SarifResult> {
    let rule_index = rules.iter().position(|rule| rule.id == finding.rule.id).map_or(-1, |at| at as i64);
    let mut seen_at: BTreeMap<String, u32> = BTreeMap::new();
    finding
        .occurrences
        .iter()
        .take(listed)
        .map(|occurrence| {
            let uri = uri(occurrence);
            let nth = seen_at.entry(uri.clone()).or_default();
            *nth += 1;
            result(finding, occurrence, &Position { rule_index, nth: *nth, uri, report })
        })
        .collect()
}

/// What one result needs beside its finding and occurrence.
struct Position<'a> {
    rule_index: i64,
    nth: u32,
    uri: String,
    report: &'a Report<'a>,
}

fn result(finding: &Finding, occurrence: &Occurrence, position: &Position<'_>) -> SarifResult {
    let mut prints = BTreeMap::new();
    prints.insert("keydredge/v1".to_owned(), finding.fingerprint.to_string());
    prints.insert("primaryLocationLineHash".to_owned(), format!("{}:{}", finding.fingerprint, position.nth));
    let mut properties = BTreeMap::new();
    properties.insert("confidence".to_owned(), json!(finding.confidence.to_string()));
    properties.insert("score".to_owned(), json!(f64::from(finding.score.0) / 1000.0));
    properties.insert("live".to_owned(), json!(finding.live()));
    if let Some(verification) = &finding.verification {
        properties.insert("verification".to_owned(), json!(verification.state.to_string()));
    }
    if let Some(stored) = &finding.stored {
        properties.insert("known".to_owned(), json!(stored.entries));
    }
    properties
        .insert("introduced".to_owned(), json!(finding.introduced().map(|commit| commit.id.to_string())));
    let suppressed = occurrence.suppressed_by.as_ref().or(finding.suppressed_by.as_ref());
    let suppressions: Vec<SarifSuppression> = suppressed.into_iter().map(suppression).collect();
    SarifResult::builder()
        .rule_id(finding.rule.id.as_str())
        .rule_index(position.rule_index)
        .level(level(finding.rule.severity))
        .message(Message::builder().text(sentence(finding, position.report)).build())
        .locations(vec![location(occurrence, &position.uri)])
        .partial_fingerprints(prints)
        .suppressions(suppressions)
        .properties(PropertyBag::builder().additional_properties(properties).build())
        .build()
}

fn suppression(by: &Suppression) -> SarifSuppression {
    SarifSuppression::builder()
        .kind(json!(if by.is_comment() { "inSource" } else { "external" }))
        .status(json!(if by.is_new() { "underReview" } else { "accepted" }))
        .justification(by.to_string())
        .build()
}

fn location(occurrence: &Occurrence, uri: &str) -> Location {
    let at = occurrence.location;
    let region = Region::builder()
        .start_line(number(at.line.max(1)))
        .start_column(number(at.utf16_column.max(1)))
        .end_line(number(at.end_line.max(1)))
        .end_column(number(at.utf16_end_column.max(1)))
        .byte_offset(number(at.start))
        .byte_length(number(at.end.saturating_sub(at.start)))
        .build();
    let physical = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri).build())
        .region(region)
        .build();
    let commit = occurrence.place.commit();
    let logical: Vec<LogicalLocation> = commit
        .map(|commit| {
            LogicalLocation::builder().kind("commit").fully_qualified_name(commit.id.to_string()).build()
        })
        .into_iter()
        .chain(occurrence.place.image().into_iter().map(|image| {
            let name = image.layer.as_ref().map_or_else(|| image.clause(), ImageLayer::sentence);
            LogicalLocation::builder().kind("layer").fully_qualified_name(redact::printable(&name)).build()
        }))
        .collect();
    Location::builder().physical_location(physical).logical_locations(logical).build()
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The path as a relative URI reference; for places that are no file, a name that no path has.
fn uri(occurrence: &Occurrence) -> String {
    percent_encoded(&name_of_place(occurrence))
}

fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=@".contains(&byte);
        if plain {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What the run did; `left_out` results are not listed.
fn invocation(report: &Report<'_>, left_out: usize) -> Invocation {
    let coverage = &report.summary.coverage;
    let unread = coverage.unread.iter().map(|(reason, tally)| {
        let examples = tally.examples.iter().take(EXAMPLES).map(|one| redact::printable(one));
        let examples: Vec<String> = examples.collect();
        notification("error", &format!("{} not read: {reason}: {}", tally.count, examples.join(", ")))
    });
    let cut = (left_out > 0).then(|| {
        let why = format!("{left_out} more results are not in this file, since services that read it refuse more than {MOST}");
        notification("warning", &format!("{why}; the most severe are here, and the JSON report has all"))
    });
    let notes =
        report.notes.iter().chain(&coverage.notes).map(|note| notification("note", &redact::printable(note)));
    let mut properties: BTreeMap<String, Value> = BTreeMap::new();
    properties.insert("inScope".to_owned(), json!(coverage.in_scope()));
    properties.insert("scanned".to_owned(), json!(coverage.scanned));
    properties.insert("excluded".to_owned(), json!(coverage.excluded_count()));
    properties.insert("unread".to_owned(), json!(coverage.unread_count()));
    properties.insert("settings".to_owned(), settings(report));
    Invocation::builder()
        .execution_successful(coverage.is_complete())
        .tool_execution_notifications(cut.into_iter().chain(unread).chain(notes).collect::<Vec<_>>())
        .properties(PropertyBag::builder().additional_properties(properties).build())
        .build()
}

/// The settings that were in force: files, and how many rules they removed or replaced.
fn settings(report: &Report<'_>) -> Value {
    let settings = &report.summary.settings;
    let file = |file: &SettingsFile| json!({ "role": file.role.name(), "path": file.path, "origin": file.origin, "sha256": file.digest });
    json!({
        "files": settings.files.iter().map(file).collect::<Vec<_>>(),
        "skippedRules": settings.skipped.len(),
        "overriddenRules": settings.overridden.len(),
    })
}

fn notification(level: &str, text: &str) -> Notification {
    Notification::builder().level(json!(level)).message(Message::builder().text(text).build()).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_uri_references() {
        assert_eq!(percent_encoded("a b/ü#?.txt"), "a%20b/%C3%BC%23%3F.txt");
        assert_eq!(percent_encoded("c:/x"), "c%3A/x");
    }
}
