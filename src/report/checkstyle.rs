//! Checkstyle's XML, which plugins of editors and of Jenkins read: files, and the errors of each.

use super::{Report, escape::xml, open_occurrences, redact, sentence, shown_path};
use crate::model::Severity;
use std::collections::BTreeMap;
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (finding, occurrence, _) in open_occurrences(report) {
        let at = occurrence.location;
        let error = format!(
            "line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"keydredge.{}\"",
            at.line,
            at.column,
            severity(finding.rule.severity),
            xml(&sentence(finding, report)),
            finding.rule.id
        );
        files.entry(shown_path(occurrence)).or_default().push(error);
    }
    for (reason, tally) in &report.summary.coverage.unread {
        for example in &tally.examples {
            let error = format!(
                "line=\"1\" severity=\"error\" message=\"not read: {reason}\" source=\"keydredge.unread\""
            );
            files.entry(redact::printable(example)).or_default().push(error);
        }
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"8.0\">")?;
    for (file, errors) in files {
        writeln!(out, "  <file name=\"{}\">", xml(&file))?;
        for error in errors {
            writeln!(out, "    <error {error}/>")?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "info",
    }
}
