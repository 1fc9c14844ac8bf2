//! Comma-separated values (RFC 4180) for spreadsheets: one row an occurrence, covered ones too.
//!
//! A cell that a spreadsheet would take for a formula begins with an apostrophe: names of files and authors are
//! anyone's.

use super::escape::{csv_cell, csv_field};
use super::{Report, redact, shown_path};
use std::io::{self, Write};

const COLUMNS: &str = "fingerprint,rule,description,severity,confidence,score,kind,path,line,column,end_line,end_column,\
                       secret,commit,author,email,date,live,removed_in,suppressed_by";

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{COLUMNS}\r\n")?;
    for finding in report.findings {
        for occurrence in &finding.occurrences {
            let (place, at) = (&occurrence.place, occurrence.location);
            let commit = place.commit();
            let covered = occurrence.suppressed_by.as_ref().or(finding.suppressed_by.as_ref());
            let row = [
                finding.fingerprint.to_string(),
                finding.rule.id.to_string(),
                finding.rule.description.to_string(),
                finding.rule.severity.to_string(),
                finding.confidence.to_string(),
                (f64::from(finding.score.0) / 1000.0).to_string(),
                place.kind().name().to_owned(),
                shown_path(occurrence),
                at.line.to_string(),
                at.column.to_string(),
                at.end_line.to_string(),
                at.end_column.to_string(),
                redact::shown(&finding.secret, &finding.rule, report.show_secrets),
                commit.map(|one| one.id.to_string()).unwrap_or_default(),
                commit.map(|one| one.author.to_string()).unwrap_or_default(),
                commit.map(|one| one.email.to_string()).unwrap_or_default(),
                commit.map(|one| super::date(one.time, one.zone)).unwrap_or_default(),
                place.presence().live.map(|live| live.to_string()).unwrap_or_default(),
                place.presence().removed_in.map(|id| id.to_string()).unwrap_or_default(),
                covered.map(ToString::to_string).unwrap_or_default(),
            ];
            let row: Vec<String> = row.iter().map(|cell| csv_cell(cell)).collect();
            write!(out, "{}\r\n", row.join(","))?;
        }
    }
    // A table has no other place to say so.
    for (reason, tally) in &report.summary.coverage.unread {
        for example in &tally.examples {
            let path = csv_cell(example);
            let what = csv_field(&format!("{} not read: {reason}", tally.count));
            write!(out, ",unread,{what},,,,,{path}{}\r\n", ",".repeat(12))?;
        }
    }
    Ok(())
}
