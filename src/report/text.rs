//! The report for people: what was found, where, why it is believed, how severe it is, and what to do; then what was read.
//!
//! Every string that comes from outside passes [`printable`], so that no file name, branch or
//! author can control the terminal.

use super::redact::{printable, shown};
use super::{Report, Style, date};
use crate::model::{
    Commit, Coverage, Finding, ImageLayer, Kind, Ledger, Occurrence, Reason, SettingsFile, SettingsReceipt,
    Severity, Tally, Uncommitted, Vaulted,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// How many occurrences of one finding are listed; JSON has them all.
const LISTED: usize = 5;

/// How many refs of one finding are named.
const REFS: usize = 3;

/// How many rules the summary names.
const RULES: usize = 8;

/// How many characters of a layer and its command are shown.
const LONGEST_COMMAND: usize = 200;

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { on: style.color };
    let (covered, open): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.is_suppressed());
    if style.brief {
        open.iter().try_for_each(|finding| briefly(finding, report, paint, out))?;
    } else {
        // One heading and one advice for findings of one kind that follow each other.
        let is_alike = |one: &&Finding, other: &&Finding| {
            one.rule.id == other.rule.id && one.remediation == other.remediation
        };
        open.chunk_by(is_alike).try_for_each(|alike| group(alike, report, paint, out))?;
    }
    let coverage = &report.summary.coverage;
    if style.quiet && open.is_empty() && coverage.is_complete() {
        return Ok(());
    }
    for note in report.notes {
        writeln!(out, "{} {}", paint.bold("note:"), printable(note))?;
    }
    if let Some(all) = report.summary.ledger.as_deref() {
        ledger(all, paint, out)?;
    }
    verdict(&open, covered.len(), report, paint, out)?;
    receipt(coverage, report.summary.milliseconds, paint, out)?;
    settings(&report.summary.settings, paint, out)
}

/// The settings of the run, if they are not just the built-in ones.
fn settings(settings: &SettingsReceipt, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
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
    writeln!(out, "{}", paint.dim(&format!("settings: {}", parts.join("; "))))
}

/// A finding in five lines: the rest is what `explain` is for.
fn briefly(finding: &Finding, report: &Report<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    head(finding, 1, paint, out)?;
    let first = &finding.occurrences[0];
    let more = match finding.occurrences.len() - 1 {
        0 => String::new(),
        1 => "  and 1 more place".to_owned(),
        count => format!("  and {count} more places"),
    };
    row(out, paint, "where", &format!("{}  {}{more}", place(first), value(finding, report)))?;
    let verified = finding.verification.as_ref().map(|one| format!("; {}", one.sentence()));
    let why = format!("{}{}", belief(finding), verified.unwrap_or_default());
    row(out, paint, "why", &printable(&why))?;
    row(out, paint, "do now", &printable(finding.remediation.first().map_or("", String::as_str)))?;
    let accept = format!("keydredge ignore add {} --reason WHY", finding.fingerprint);
    let more = match asked(first) {
        Some(place) => format!("keydredge explain {place}, or accept it: {accept}"),
        None => format!("accept it: {accept}"),
    };
    row(out, paint, "more", &more)?;
    writeln!(out)
}

/// The argument with which `explain` is asked about an occurrence; nothing if it is in no file of the working tree.
fn asked(occurrence: &Occurrence) -> Option<String> {
    let is_of_tree = matches!(occurrence.place.kind(), Kind::File | Kind::Staged | Kind::Diff);
    let path = occurrence.place.path.as_deref().filter(|path| is_of_tree && !path.contains('…'))?;
    let text = printable(&format!("{path}:{}", occurrence.location.line));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._/@:+-".contains(letter);
    let is_a_flag = text.starts_with('-');
    let text = if is_a_flag { format!("./{text}") } else { text };
    let quoted = || format!("'{}'", text.replace('\'', r"'\''"));
    Some(if text.chars().all(is_plain) { text } else { quoted() })
}

/// The heading of `count` findings of one kind.
fn head(finding: &Finding, count: usize, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let severity = finding.rule.severity;
    let count = if count > 1 { format!("  {count} findings") } else { String::new() };
    writeln!(
        out,
        "{} {}  {}{count}",
        paint.severity(severity, &severity.to_string().to_uppercase()),
        paint.bold(&printable(&capitalised(&finding.rule.description))),
        paint.dim(&finding.rule.id)
    )
}

/// The secret as it is shown, and its name.
fn value(finding: &Finding, report: &Report<'_>) -> String {
    let assigned = finding.identifier.as_ref().map(|name| format!("  assigned to {}", printable(name)));
    let secret = printable(&shown(&finding.secret, &finding.rule, report.show_secrets));
    format!("{secret}{}", assigned.unwrap_or_default())
}

/// How sure it is, and why.
fn belief(finding: &Finding) -> String {
    let reasons =
        if finding.reasons.is_empty() { String::new() } else { format!(": {}", finding.reasons.join("; ")) };
    let score = f64::from(finding.score.0) / 1000.0;
    format!("{} ({score:.2}){reasons}", finding.confidence)
}

/// Findings of one kind, with what to do about them at their end.
fn group(alike: &[&Finding], report: &Report<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = alike.first() else { return Ok(()) };
    head(first, alike.len(), paint, out)?;
    for (at, finding) in alike.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        self::finding(finding, report, paint, out)?;
        // Its name is its last line; alone, below the advice.
        if alike.len() > 1 {
            row(out, paint, "fingerprint", &finding.fingerprint.to_string())?;
        }
    }
    if alike.len() > 1 && !first.remediation.is_empty() {
        writeln!(out)?;
    }
    for (at, step) in first.remediation.iter().enumerate() {
        row(out, paint, if at == 0 { "do now" } else { "" }, &printable(step))?;
    }
    if alike.len() == 1 {
        row(out, paint, "fingerprint", &first.fingerprint.to_string())?;
    }
    writeln!(out)
}

/// What is said of one finding, without its heading and advice.
fn finding(finding: &Finding, report: &Report<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    row(out, paint, "secret", &value(finding, report))?;
    for (at, occurrence) in finding.occurrences.iter().take(LISTED).enumerate() {
        row(out, paint, if at == 0 { "where" } else { "" }, &place(occurrence))?;
    }
    if finding.occurrences.len() > LISTED {
        let more = finding.occurrences.len() - LISTED;
        row(out, paint, "", &format!("and {more} more (all of them: --format json)"))?;
    }
    if let Some(commit) = finding.introduced() {
        row(out, paint, "introduced", &author(commit))?;
    } else if let Some(layer) = finding.first_layer() {
        row(out, paint, "introduced", &layer_of(layer))?;
    }
    history(finding, paint, out)?;
    row(out, paint, "why", &printable(&belief(finding)))?;
    if let Some(verification) = &finding.verification {
        row(out, paint, "verify", &printable(&verification.sentence()))?;
    }
    if let Some(stored) = finding.stored.as_deref() {
        row(out, paint, "known", &printable(&known(stored)))?;
    }
    Ok(())
}

/// Where the index of known secrets has a value.
fn known(stored: &Vaulted) -> String {
    let mut text = match &stored.entries[..] {
        [] => "not in the index".to_owned(),
        entries => {
            let named: Vec<&str> = entries.iter().take(LISTED).map(String::as_str).collect();
            let more = if entries.len() > LISTED { ", …" } else { "" };
            format!("{}{more}", named.join(", "))
        }
    };
    if stored.environments.len() > 1 {
        text.push_str(&format!("; in {}", stored.environments.join(" and ")));
    }
    if stored.services.len() > 1 {
        text.push_str(&format!("; of {} services", stored.services.len()));
    }
    text
}

/// What is in the manager, and what was found.
fn ledger(ledger: &Ledger, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", paint.bold("against the index"), printable(&ledger.index))?;
    let questions = [
        ("leaked and not in it", &ledger.missing),
        ("in it and leaked too", &ledger.stored),
        ("in several environments or services", &ledger.shared),
    ];
    for (question, all) in questions {
        let named: Vec<String> = all.iter().take(LISTED).map(ToString::to_string).collect();
        let more = if all.len() > LISTED { ", …" } else { "" };
        let colon = if all.is_empty() { "" } else { ": " };
        writeln!(out, "  {:>4} {question}{colon}{}{more}", all.len(), named.join(", "))?;
    }
    Ok(())
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn row(out: &mut dyn Write, paint: Paint, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {} {value}", paint.dim(&format!("{name:<12}")))
}

fn place(occurrence: &Occurrence) -> String {
    let place = &occurrence.place;
    let at = occurrence.location;
    let kind = place.kind().name();
    let path = match &place.path {
        Some(path) => printable(path),
        None => format!("<{kind}>"),
    };
    let mut text = format!("{path}:{}:{}", at.line, at.column);
    match place.kind() {
        Kind::Path => text.push_str("  in the name itself"),
        Kind::Ref => text.push_str("  in the name of the ref"),
        Kind::Author => text.push_str("  in the name of a person"),
        _ => {}
    }
    if let Some(commit) = place.commit() {
        text.push_str(&format!("  in {}", short(commit)));
    }
    if let Some(image) = place.image() {
        text.push_str(&format!("  {}", printable(&image.clause())));
    }
    if place.path.is_none()
        && let Some(blob) = place.blob()
    {
        text.push_str(&format!("  object {blob}"));
    }
    if place.presence().reachable == Some(false) && place.kind() != Kind::Staged {
        text.push_str("  unreachable");
    }
    if let Some(removed) = place.presence().removed_in {
        text.push_str(&format!("  removed in {:.10}", removed.to_string()));
    }
    if !occurrence.decoded_by.is_empty() {
        let names: Vec<&str> = occurrence.decoded_by.iter().map(|one| one.name()).collect();
        text.push_str(&format!("  inside {}", names.join(" in ")));
    }
    if let Some(by) = &occurrence.suppressed_by {
        text.push_str(&format!("  (covered by {})", printable(&by.to_string())));
    }
    text
}

fn short(commit: &Commit) -> String {
    format!("{:.10}", commit.id.to_string())
}

fn author(commit: &Commit) -> String {
    let when = date(commit.time, commit.zone);
    printable(&format!("{} by {} <{}> on {when}", short(commit), commit.author, commit.email))
}

/// A layer with the start of its command, which may be a script of many lines.
fn layer_of(layer: &ImageLayer) -> String {
    let text = printable(&layer.sentence());
    match text.char_indices().nth(LONGEST_COMMAND) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn history(finding: &Finding, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    match finding.uncommitted() {
        Some(Uncommitted::Staged) => return row(out, paint, "still there", "staged, in no commit"),
        Some(Uncommitted::Unnamed) => {
            return row(out, paint, "still there", "no commit names it, only the store of objects has it");
        }
        None => {}
    }
    match finding.live() {
        Some(true) if finding.refs().is_empty() => row(out, paint, "still there", "yes, a ref reaches it"),
        Some(true) => {
            let named: Vec<String> = finding.refs().iter().take(REFS).map(|name| printable(name)).collect();
            let more = finding.ref_count().saturating_sub(named.len() as u64);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            row(out, paint, "still there", &format!("yes, in {}{more}", named.join(", ")))
        }
        Some(false) => match finding.removed() {
            Some(commit) => row(out, paint, "still there", &format!("no, removed in {}", author(commit))),
            None => match finding.last_removal() {
                Some(layer) => row(out, paint, "still there", &format!("no, removed in {}", layer_of(layer))),
                None if finding.is_in_image() => row(out, paint, "still there", "no, no image refers to it"),
                None => row(out, paint, "still there", "no, no ref's tip holds it"),
            },
        },
        None => Ok(()),
    }
}

fn verdict(
    open: &[&Finding],
    covered: usize,
    report: &Report<'_>,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let coverage = &report.summary.coverage;
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
    writeln!(out, "{}", parts.join(", "))?;
    by_rule(open, out)
}

/// How many findings there are of each kind, if there are several kinds, the most frequent first.
fn by_rule(open: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
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
    writeln!(out, "by rule: {}{more}", named.join(", "))
}

fn receipt(coverage: &Coverage, milliseconds: u64, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
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
    writeln!(out, "{}", paint.dim(&format!("{text}; {} in {seconds:.2} s", size(coverage.bytes))))?;
    for note in &coverage.notes {
        writeln!(out, "{} {}", paint.bold("note:"), printable(note))?;
    }
    if coverage.interrupted {
        writeln!(out, "{}", paint.severity(Severity::Medium, "INTERRUPTED: this report is partial"))?;
    }
    if coverage.unread_count() > 0 {
        let head = format!(
            "INCOMPLETE: {} could not be read, so this is not a clean result:",
            coverage.unread_count()
        );
        writeln!(out, "{}", paint.severity(Severity::Medium, &head))?;
        for (reason, tally) in &coverage.unread {
            let examples: Vec<String> = tally.examples.iter().map(|one| printable(one)).collect();
            let more = if tally.count > examples.len() as u64 { ", …" } else { "" };
            writeln!(out, "  {} {}: {}{more}", tally.count, printable(reason), examples.join(", "))?;
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

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint {
    on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        self.with(
            match severity {
                Severity::Critical => "1;31",
                Severity::High => "31",
                Severity::Medium => "1;33",
                Severity::Low => "33",
                Severity::Info => "36",
            },
            text,
        )
    }
}
