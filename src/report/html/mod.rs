//! A page for people: one file that asks for nothing else, reads without a script, and prints.
//!
//! In the order in which questions come: is it complete, what has changed, what to do first, all secrets with their lives,
//! and then where they are, who brought them, where else they are, what is suppressed, and by which rules this was found.
//!
//! # Design
//!
//! No secret is in it, whatever the flags say, not even in the form in which other reports show one: a page is passed on.
//! The content security policy allows the one style and the one script by their hashes and nothing else, so that a hostile
//! name could not run or load anything even if it were not escaped. So there is no style in an attribute: widths are
//! attributes of SVG.

mod overview;
mod receipt;
mod secrets;
mod text;

use super::{Report, date, is_beside_head, is_in_head, name_of_place};
use crate::model::{Finding, Occurrence};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let view = PageView::of(report);
    head(&view, out)?;
    receipt::write(&view, out)?;
    overview::changes(&view, out)?;
    secrets::first(&view, out)?;
    secrets::all(&view, out)?;
    overview::folders(&view, out)?;
    overview::owners(&view, out)?;
    overview::shared(&view, out)?;
    overview::suppressed(&view, out)?;
    overview::rules(&view, out)?;
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, "</main>\n<footer>Written by keydredge {version}. No secret is in this file.</footer>")?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// The report, with what several parts of the page need.
struct PageView<'a> {
    report: &'a Report<'a>,
    /// Findings that nothing covers.
    open: Vec<&'a Finding>,
    /// Findings that something covers.
    covered: Vec<&'a Finding>,
    /// The first and the last second of the time axis, if the report has a history.
    axis: Option<(i64, i64)>,
    /// The fingerprints of an older report, if one is given.
    before: Option<BTreeSet<u64>>,
    /// Whether it is known what `HEAD` contains.
    knows_head: bool,
}

impl<'a> PageView<'a> {
    fn of(report: &'a Report<'a>) -> Self {
        let (covered, open) = report.findings.iter().partition(|finding| finding.is_suppressed());
        let commits = report.findings.iter().flat_map(|one| [one.introduced(), one.removed()]).flatten();
        let times: Vec<i64> = commits.map(|commit| commit.time).collect();
        let axis = times.iter().min().copied().zip(times.iter().max().copied());
        let before = report.since.map(|older| older.iter().map(|finding| finding.fingerprint.0).collect());
        Self { report, open, covered, axis, before, knows_head: report.knows_head() }
    }

    /// Whether other refs contain a secret that `HEAD` does not.
    fn is_beside_head(&self, finding: &Finding) -> bool {
        self.knows_head && is_beside_head(finding)
    }

    /// Whether a finding is not in the older report.
    fn is_new(&self, finding: &Finding) -> bool {
        self.before.as_ref().is_some_and(|before| !before.contains(&finding.fingerprint.0))
    }
}

/// The day of a time in seconds since 1970, in a zone of so many minutes east of UTC.
fn day_of(time: i64, zone: i32) -> String {
    let date = date(time, zone);
    date.split('T').next().unwrap_or(&date).to_owned()
}

/// The path of an occurrence, or a name that no path has.
fn place_name(occurrence: &Occurrence) -> String {
    name_of_place(occurrence)
}

fn head(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text.as_bytes())));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Secrets: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        view.report.summary.command
    )
}

#[cfg(test)]
mod tests;
