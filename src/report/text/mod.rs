//! The report for people: what was found, where, why it is believed, how severe it is, and what to do; then what was read.
//!
//! Every string that comes from outside passes [`printable`], so that no file name, branch or
//! author can control the terminal.

mod finding;
mod page;
mod place;

use super::redact::printable;
use super::{Report, Style, date, is_beside_head};
use crate::model::{Coverage, Finding, Ledger, Reason, SettingsFile, SettingsReceipt, Severity, Tally};
use page::{Paint, TextSheet};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// What a reader can do, once for all findings.
const NEXT: &str = "next: keydredge explain FILE:LINE says why a line is reported; what is no secret, or no longer opens \
                    anything, is accepted with keydredge ignore add FINGERPRINT --reason WHY, or all at once with \
                    keydredge baseline write";

/// How many rules the summary names.
const RULES: usize = 8;

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let sheet = &mut TextSheet { out, paint: Paint { on: style.color }, width: style.width };
    let (covered, open): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.is_suppressed());
    if style.brief {
        open.iter().try_for_each(|one| finding::briefly(one, report, sheet))?;
    } else {
        finding::blocks(&open, report, sheet)?;
    }
    let coverage = &report.summary.coverage;
    if style.quiet && open.is_empty() && coverage.is_complete() {
        return Ok(());
    }
    report.notes.iter().try_for_each(|note| sheet.note(&printable(note)))?;
    if let Some(all) = report.summary.ledger.as_deref() {
        ledger(all, sheet)?;
    }
    verdict(&open, covered.len(), report, sheet)?;
    receipt(coverage, report.summary.milliseconds, sheet)?;
    settings(&report.summary.settings, sheet)?;
    if style.brief || open.is_empty() {
        return Ok(());
    }
    sheet.text(NEXT, 6, str::to_owned)
}

/// The settings of the run, if they are not just the built-in ones.
fn settings(settings: &SettingsReceipt, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    let file = |file: &SettingsFile| {
        format!("{} ({}, sha256 {:.12})", printable(&file.path), printable(&file.origin), file.digest)
    };
    let mut parts: Vec<String> = settings.files.iter().map(file).collect();
    for (choices, what) in [(&settings.skipped, "skipped"), (&settings.overridden, "overridden")] {
        let by: BTreeSet<&str> = choices.iter().map(|choice| choice.by.as_str()).collect();
        if !by.is_empty() {
            let (count, by) = (choices.len(), Vec::from_iter(by).join(", "));
            let rules = if count == 1 { "rule" } else { "rules" };
            parts.push(format!("{count} {rules} {what} by {}", printable(&by)));
        }
    }
    if parts.is_empty() {
        return Ok(());
    }
    let paint = sheet.paint;
    sheet.text(&format!("settings: {}", parts.join("; ")), 2, |line| paint.dim(line))
}

/// What is in the manager, and what was found.
fn ledger(ledger: &Ledger, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    sheet.line(&format!("{} {}", sheet.paint.bold("against the index"), printable(&ledger.index)))?;
    let questions = [
        ("leaked and not in it", &ledger.missing),
        ("in it and leaked too", &ledger.stored),
        ("in several environments or services", &ledger.shared),
    ];
    for (question, all) in questions {
        let named: Vec<String> = all.iter().take(place::LISTED).map(ToString::to_string).collect();
        let more = if all.len() > place::LISTED { ", …" } else { "" };
        let colon = if all.is_empty() { "" } else { ": " };
        let text = format!("  {:>4} {question}{colon}{}{more}", all.len(), named.join(", "));
        sheet.text(&text, 7, str::to_owned)?;
    }
    Ok(())
}

fn verdict(
    open: &[&Finding],
    covered: usize,
    report: &Report<'_>,
    sheet: &mut TextSheet<'_>,
) -> io::Result<()> {
    let coverage = &report.summary.coverage;
    let paint = sheet.paint;
    let mut parts = Vec::new();
    if !open.is_empty() {
        let mut by_severity: BTreeMap<Severity, usize> = BTreeMap::new();
        for finding in open {
            *by_severity.entry(finding.rule.severity).or_default() += 1;
        }
        let levels: Vec<String> =
            by_severity.iter().rev().map(|(level, count)| format!("{count} {level}")).collect();
        let word = if open.len() == 1 { "finding" } else { "findings" };
        parts.push(
            paint.severity(Severity::Critical, &format!("{} {word} ({})", open.len(), levels.join(", "))),
        );
    } else if coverage.is_complete() {
        parts.push(paint.good("no secrets found"));
    } else {
        parts.push(paint.severity(Severity::Medium, "no secrets found in what was read"));
    }
    if covered > 0 {
        parts.push(format!("{covered} suppressed"));
    }
    if report.summary.refuted > 0 {
        parts.push(format!("{} refuted by their checksum", report.summary.refuted));
    }
    sheet.line(&parts.join(", "))?;
    by_rule(open, sheet)
}

/// How many findings there are of each kind, if there are several kinds, the most frequent first.
fn by_rule(open: &[&Finding], sheet: &mut TextSheet<'_>) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in open {
        *counts.entry(finding.rule.id.as_str()).or_default() += 1;
    }
    if counts.len() < 2 {
        return Ok(());
    }
    let mut counts = Vec::from_iter(counts);
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let named: Vec<String> =
        counts.iter().take(RULES).map(|(rule, count)| format!("{count} {rule}")).collect();
    let more = match counts.len().saturating_sub(RULES) {
        0 => String::new(),
        1 => " and 1 more rule".to_owned(),
        more => format!(" and {more} more rules"),
    };
    sheet.text(&format!("by rule: {}{more}", named.join(", ")), 9, str::to_owned)
}

fn receipt(coverage: &Coverage, milliseconds: u64, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    let mut text = format!("{} in scope: {} scanned", coverage.in_scope(), coverage.scanned);
    if coverage.cached > 0 {
        text.push_str(&format!(" ({} known from the cache)", coverage.cached));
    }
    text.push_str(&format!(", {} excluded{}", coverage.excluded_count(), named(&coverage.excluded)));
    text.push_str(&format!(", {} unread", coverage.unread_count()));
    let objects = coverage.objects;
    if objects.total() > 0 {
        text.push_str(&format!(
            "; {} blobs, {} trees, {} commits, {} tags",
            objects.blob, objects.tree, objects.commit, objects.tag
        ));
    }
    let seconds = milliseconds as f64 / 1000.0;
    let paint = sheet.paint;
    let text = format!("{text}; {} in {seconds:.2} s", size(coverage.bytes));
    sheet.text(&text, 2, |line| paint.dim(line))?;
    coverage.notes.iter().try_for_each(|note| sheet.note(&printable(note)))?;
    if coverage.interrupted {
        sheet.line(&paint.severity(Severity::Medium, "INTERRUPTED: this report is partial"))?;
    }
    if coverage.unread_count() > 0 {
        let head = format!(
            "INCOMPLETE: {} could not be read, so this is not a clean result:",
            coverage.unread_count()
        );
        sheet.line(&paint.severity(Severity::Medium, &head))?;
        for (reason, tally) in &coverage.unread {
            let examples: Vec<String> = tally.examples.iter().map(|one| printable(one)).collect();
            let more = if tally.count > examples.len() as u64 { ", …" } else { "" };
            let text = format!("  {} {}: {}{more}", tally.count, printable(reason), examples.join(", "));
            sheet.text(&text, 4, str::to_owned)?;
        }
    }
    Ok(())
}

fn named(tallies: &BTreeMap<Reason, Tally>) -> String {
    if tallies.is_empty() {
        return String::new();
    }
    let each: Vec<String> =
        tallies.iter().map(|(reason, tally)| format!("{} {reason}", tally.count)).collect();
    format!(" ({})", each.join(", "))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
