//! Whether the answer is complete: what was in scope, what was read, and what was not.

use super::PageView;
use super::text::{count, safe};
use crate::model::{Reason, Tally};
use std::collections::BTreeMap;
use std::io::{self, Write};

pub(super) fn write(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = view.report.summary;
    let coverage = &summary.coverage;
    let (state, verdict) = match (coverage.is_complete(), coverage.interrupted) {
        (true, _) => ("good", "Complete: everything in scope was read.".to_owned()),
        (false, true) => ("bad", "Incomplete: the run was interrupted.".to_owned()),
        (false, false) => (
            "bad",
            format!("Incomplete: {} could not be read.", count(coverage.unread_count() as usize, "item")),
        ),
    };
    let live = || view.open.iter().filter(|one| one.live() == Some(true));
    let (beside, live) = (live().filter(|one| view.is_beside_head(one)).count(), live().count());
    let found = match view.open.len() {
        0 => "No open secrets".to_owned(),
        open => count(open, "open secret"),
    };
    let live = match live - beside {
        0 if beside == 0 => String::new(),
        there if beside == 0 => format!(", {there} of them still there"),
        there => format!(", {there} of them in HEAD and {beside} in other refs alone"),
    };
    let suppressed = match view.covered.len() {
        0 => String::new(),
        covered => format!("; {covered} suppressed"),
    };
    writeln!(
        out,
        "<header><p class=\"kind\">keydredge {}</p><h1>{found}{live}{suppressed}</h1></header>\n<main>\n\
         <section aria-labelledby=\"receipt\"><h2 id=\"receipt\">Is it complete?</h2>\n<p class=\"verdict {state}\">{verdict}</p>",
        safe(summary.command)
    )?;
    let numbers = [
        ("in scope", coverage.in_scope()),
        ("read", coverage.scanned),
        ("left out", coverage.excluded_count()),
        ("could not be read", coverage.unread_count()),
    ];
    write!(out, "<dl class=\"numbers\">")?;
    for (name, number) in numbers {
        write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", grouped(number))?;
    }
    writeln!(out, "</dl>")?;
    let objects = coverage.objects;
    if objects.total() > 0 {
        let each = [
            (objects.commit, "commits"),
            (objects.tree, "trees"),
            (objects.blob, "blobs"),
            (objects.tag, "tags"),
        ];
        let each: Vec<String> =
            each.iter().map(|(number, what)| format!("{} {what}", grouped(*number))).collect();
        writeln!(out, "<p class=\"quiet\">Objects: {}.</p>", each.join(", "))?;
    }
    reasons("What could not be read, and why", &coverage.unread, out)?;
    reasons("What was left out, and why", &coverage.excluded, out)?;
    let notes: Vec<&String> = view.report.notes.iter().chain(&coverage.notes).collect();
    if !notes.is_empty() {
        writeln!(out, "<h3>Notes</h3><ul>")?;
        for note in notes {
            writeln!(out, "<li>{}</li>", safe(note))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}

fn reasons(title: &str, tallies: &BTreeMap<Reason, Tally>, out: &mut dyn Write) -> io::Result<()> {
    if tallies.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>{title}</h3><ul class=\"reasons\">")?;
    for (reason, tally) in tallies {
        let examples: Vec<String> =
            tally.examples.iter().map(|one| format!("<code>{}</code>", safe(one))).collect();
        let more = if tally.count > examples.len() as u64 && !examples.is_empty() { ", …" } else { "" };
        writeln!(
            out,
            "<li><b>{}</b> {} {}{more}</li>",
            grouped(tally.count),
            safe(reason),
            examples.join(", ")
        )?;
    }
    writeln!(out, "</ul>")
}

/// A number with a thin space between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
