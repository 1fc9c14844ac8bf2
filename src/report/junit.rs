//! JUnit's XML, which the pages of nearly every CI show: one test case an occurrence, failed.
//!
//! What could not be read is a test case with an error. A run without either has one test case that passed, since many
//! readers take a report without any for a broken one.

use super::{Report, escape::xml, open_occurrences, redact, sentence, shown_path};
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let unread = &report.summary.coverage.unread;
    let failures = open_occurrences(report).count();
    let errors = unread.len();
    let tests = (failures + errors).max(1);
    let seconds = report.summary.milliseconds as f64 / 1000.0;
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{seconds}\"");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"keydredge\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"keydredge {}\" skipped=\"0\" {counts}>", report.summary.command)?;
    for (finding, occurrence, _) in open_occurrences(report) {
        let file = xml(&shown_path(occurrence));
        let text = xml(&sentence(finding, report));
        let name = xml(&redact::printable(&finding.rule.description));
        let at = occurrence.location;
        let commit =
            occurrence.place.commit().map(|one| format!(" in commit {}", one.id)).unwrap_or_default();
        writeln!(
            out,
            "    <testcase classname=\"{file}\" name=\"{name} in line {}\" file=\"{file}\" line=\"{}\" time=\"0\">",
            at.line, at.line
        )?;
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{text}\">{file}:{}:{}{commit}\nseverity {}, fingerprint {}</failure>",
            finding.rule.id, at.line, at.column, finding.rule.severity, finding.fingerprint
        )?;
        writeln!(out, "    </testcase>")?;
    }
    for (reason, tally) in unread {
        let examples = xml(&redact::printable(&tally.examples.join(", ")));
        writeln!(
            out,
            "    <testcase classname=\"keydredge\" name=\"everything was read: {reason}\" time=\"0\">"
        )?;
        writeln!(
            out,
            "      <error type=\"unread\" message=\"{} not read\">{examples}</error>",
            tally.count
        )?;
        writeln!(out, "    </testcase>")?;
    }
    if failures + errors == 0 {
        writeln!(
            out,
            "    <testcase classname=\"keydredge\" name=\"no secrets found\" time=\"{seconds}\"/>"
        )?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}
