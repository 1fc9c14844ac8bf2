//! A summary in Markdown, for the page of a job or a comment on a pull request.
//!
//! Everything that comes from outside is in a code span, in which Markdown interprets nothing: no name can make a link,
//! an image or HTML.

use super::{Report, redact};
use crate::model::{Finding, Occurrence, SettingsFile, Uncommitted};
use std::io::{self, Write};

/// How many findings have a row; GitHub takes 1 MiB a step.
const ROWS: usize = 200;

/// How many occurrences of one finding are named.
const PLACES: usize = 3;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.summary.coverage;
    let (covered, open): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.is_suppressed());
    let verdict = match (open.len(), coverage.is_complete()) {
        (0, true) => "no secrets found".to_owned(),
        (0, false) => "no secrets found in what was read, which is not all".to_owned(),
        (1, _) => "1 secret found".to_owned(),
        (count, _) => format!("{count} secrets found"),
    };
    writeln!(out, "### keydredge {}: {verdict}\n", report.summary.command)?;
    table(&open, report, out)?;
    let new: Vec<_> = covered.iter().copied().filter(|finding| finding.is_newly_allowed()).collect();
    if !new.is_empty() {
        writeln!(out, "To be reviewed: only allow comments that this change brings cover these.\n")?;
        table(&new, report, out)?;
    }
    if coverage.unread_count() > 0 {
        writeln!(out, "**Not read**, so this is not a clean result:\n")?;
        for (reason, tally) in &coverage.unread {
            let examples: Vec<String> = tally.examples.iter().map(|one| code(one)).collect();
            writeln!(out, "- {} {}: {}", tally.count, code(reason), examples.join(", "))?;
        }
        writeln!(out)?;
    }
    for proposed in &report.summary.settings.proposed {
        let (setting, path) = (code(&proposed.setting), code(&proposed.path));
        writeln!(
            out,
            "- {setting} in {path}: this change would {}; it was not in force.",
            code(&proposed.effect)
        )?;
    }
    for note in report.notes.iter().chain(&coverage.notes) {
        // What is proposed is in the list above.
        if !report.summary.settings.proposed.iter().any(|one| one.sentence() == *note) {
            writeln!(out, "- {}", code(note))?;
        }
    }
    let (scanned, excluded, unread) = (coverage.scanned, coverage.excluded_count(), coverage.unread_count());
    writeln!(
        out,
        "\n{} in scope: {scanned} scanned, {excluded} excluded, {unread} unread. {} suppressed. {} rules.{}",
        coverage.in_scope(),
        covered.len(),
        report.summary.rules,
        settings(report)
    )
}

fn table(findings: &[&Finding], report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "| severity | what | where | secret | confidence | fingerprint |\n|---|---|---|---|---|---|"
    )?;
    for finding in findings.iter().take(ROWS) {
        let places: Vec<String> = finding.occurrences.iter().take(PLACES).map(place).collect();
        let more = finding.occurrences.len().saturating_sub(PLACES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(
            out,
            "| {} | {} | {}{more} | {} | {} | `{}` |",
            finding.rule.severity,
            code(&finding.rule.description),
            places.join(", "),
            code(&redact::shown(&finding.secret, &finding.rule, report.show_secrets)),
            finding.confidence,
            finding.fingerprint
        )?;
    }
    if findings.len() > ROWS {
        writeln!(out, "\n{} more are in the other reports.", findings.len() - ROWS)?;
    }
    writeln!(out)
}

fn place(occurrence: &Occurrence) -> String {
    let place = &occurrence.place;
    let path = place.path.as_deref().unwrap_or(place.kind().name());
    let at = code(&format!("{path}:{}", occurrence.location.line));
    match place.commit() {
        Some(commit) => format!("{at} in `{:.10}`", commit.id.to_string()),
        None => match (place.image(), Uncommitted::of([place])) {
            (Some(image), _) => format!("{at} {}", code(&image.clause())),
            (None, Some(Uncommitted::Staged)) => format!("{at}, staged, in no commit"),
            (None, Some(Uncommitted::Unnamed)) => format!("{at}, in no commit"),
            (None, None) => at,
        },
    }
}

fn settings(report: &Report<'_>) -> String {
    let file = |file: &SettingsFile| format!("{} ({})", code(&file.path), code(&file.origin));
    let files: Vec<String> = report.summary.settings.files.iter().map(file).collect();
    if files.is_empty() { String::new() } else { format!(" Settings: {}.", files.join(", ")) }
}

/// A text in a code span: between more backquotes than are in it, with what ends a cell or a line escaped.
fn code(text: &str) -> String {
    let text = redact::printable(text).replace('|', "\\|");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_code_span_or_cell() {
        assert_eq!(code("a b"), "`a b`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b\n# c"), "`a\\|b\\u{a}# c`");
        assert_eq!(code(""), "`  `");
    }
}
