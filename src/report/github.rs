//! Workflow commands of GitHub Actions: one annotation an occurrence, on the line it is about.
//!
//! The syntax: "Workflow commands for GitHub Actions" in GitHub's documentation. A message ends with its line, and in a
//! property a comma or colon ends the value, so these are written as percent escapes: no name of a file can add a
//! command of its own. GitHub shows ten annotations of a level a step, so what fails the run comes first.

use super::redact::printable;
use super::{Report, redact, shown_path};
use crate::model::{Finding, Occurrence};
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.summary.coverage;
    for finding in report.findings.iter().filter(|finding| !finding.is_suppressed()) {
        for occurrence in finding.occurrences.iter().filter(|one| one.suppressed_by.is_none()) {
            annotate("error", finding, occurrence, &message(finding, report), out)?;
        }
    }
    for (reason, tally) in &coverage.unread {
        let text = format!("{} not read ({reason}): {}", tally.count, tally.examples.join(", "));
        command("error", &[("title", "keydredge: incomplete")], &text, out)?;
    }
    for finding in report.findings.iter().filter(|finding| finding.is_newly_allowed()) {
        for occurrence in &finding.occurrences {
            let text =
                format!("{} An allow comment that this change brings covers it.", message(finding, report));
            annotate("warning", finding, occurrence, &text, out)?;
        }
    }
    for proposed in &report.summary.settings.proposed {
        let properties = [("file", proposed.path.as_str()), ("title", "keydredge: settings")];
        command("warning", &properties, &proposed.sentence(), out)?;
    }
    Ok(())
}

fn message(finding: &Finding, report: &Report<'_>) -> String {
    let secret = redact::shown(&finding.secret, &finding.rule, report.show_secrets);
    let todo = finding.remediation.first().map(|first| format!(" {first}")).unwrap_or_default();
    format!("{} {secret}, confidence {}.{todo}", finding.rule.description, finding.confidence)
}

fn annotate(
    level: &str,
    finding: &Finding,
    occurrence: &Occurrence,
    text: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = format!("keydredge: {}", finding.rule.id);
    let at = occurrence.location;
    let [line, end_line] = [at.line, at.end_line].map(|number| number.max(1).to_string());
    let [column, end_column] = [at.column, at.end_column].map(|number| number.max(1).to_string());
    let mut properties = Vec::new();
    if let Some(path) = occurrence.place.path.as_ref().filter(|_| occurrence.place.kind().is_of_files()) {
        properties.extend([("file", &**path), ("line", line.as_str()), ("endLine", end_line.as_str())]);
        // GitHub takes columns of one line only.
        if at.line == at.end_line {
            properties.extend([("col", column.as_str()), ("endColumn", end_column.as_str())]);
        }
    }
    properties.push(("title", &title));
    let text = match occurrence.place.commit() {
        Some(commit) => format!("{text} In commit {:.10}.", commit.id.to_string()),
        None => match occurrence.place.image() {
            Some(image) => {
                format!("{text} It is at {}, {}.", shown_path(occurrence), printable(&image.clause()))
            }
            None => text.to_owned(),
        },
    };
    command(level, &properties, &text, out)
}

fn command(name: &str, properties: &[(&str, &str)], message: &str, out: &mut dyn Write) -> io::Result<()> {
    let properties: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}={}", escaped(value, true))).collect();
    writeln!(out, "::{name} {}::{}", properties.join(","), escaped(message, false))
}

/// A text as it is to be in a command.
fn escaped(text: &str, in_property: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in redact::printable(text).chars() {
        match character {
            '%' | '\r' | '\n' => out.push_str(&format!("%{:02X}", u32::from(character))),
            ':' | ',' if in_property => out.push_str(&format!("%{:02X}", u32::from(character))),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_adds_a_command_or_a_property() {
        let mut out = Vec::new();
        let hostile = "a\n::error::b, line=3: 100%\r";
        command("warning", &[("file", hostile), ("title", "t")], hostile, &mut out)
            .expect("a vector takes all");
        let text = String::from_utf8(out).expect("it is text");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(text.matches(",").count(), 2, "one between properties, one in the message: {text}");
        assert!(text.starts_with("::warning file=a\\u{a}%3A%3Aerror"), "{text}");
    }
}
