//! Findings: in five lines each for a hook, else in blocks of one kind with one advice.

use super::page::TextSheet;
use super::place::{LISTED, introduced, place, places, still_there};
use super::{Report, is_beside_head};
use crate::model::{Finding, Kind, Occurrence, Vaulted};
use crate::report::redact::{printable, shown};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// More findings of one kind in one file than these are one entry.
const ALONE: usize = 5;

/// How the reason begins that says since when a token opens nothing.
const EXPIRED: &str = "expired on ";

/// A finding in five lines: the rest is what `explain` is for.
pub(super) fn briefly(finding: &Finding, report: &Report<'_>, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    head(finding, 1, sheet)?;
    let first = &finding.occurrences[0];
    let more = match finding.occurrences.len() - 1 {
        0 => String::new(),
        1 => "  and 1 more place".to_owned(),
        count => format!("  and {count} more places"),
    };
    sheet.row("where", &format!("{}  {}{more}", place(first), value(finding, report)))?;
    let verified = finding.verification.as_ref().map(|one| format!("; {}", one.sentence()));
    let why = format!("{}{}", belief(finding), verified.unwrap_or_default());
    sheet.row("why", &printable(&why))?;
    sheet.row("do now", &printable(finding.remediation.first().map_or("", String::as_str)))?;
    let accept = format!("keydredge ignore add {} --reason WHY", finding.fingerprint);
    let more = match asked(first) {
        Some(place) => format!("keydredge explain {place}, or accept it: {accept}"),
        None => format!("accept it: {accept}"),
    };
    sheet.row("more", &more)?;
    sheet.line("")
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
fn head(finding: &Finding, count: usize, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    let severity = finding.rule.severity;
    let count = if count > 1 { format!("  {count} findings") } else { String::new() };
    let paint = sheet.paint;
    let severity_word = format!("{} severity", severity.to_string().to_uppercase());
    let title = printable(&capitalised(&finding.rule.description));
    let end = format!("{}{count}", finding.rule.id);
    let length = [&severity_word, &title, &end].iter().map(|part| part.chars().count()).sum::<usize>() + 4;
    let is_long = sheet.width.is_some_and(|width| length > width);
    sheet.line(&format!(
        "{}: {}{}{}{count}",
        paint.severity(severity, &severity_word),
        paint.bold(&title),
        if is_long { "\n  " } else { "  " },
        paint.dim(&finding.rule.id)
    ))
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
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
    format!("confidence {} ({}){reasons}", finding.confidence, decimal(finding.score.0))
}

/// Thousandths as a number of two digits.
fn decimal(thousandths: u16) -> String {
    format!("{:.2}", f64::from(thousandths) / 1000.0)
}

/// What comes first: the severest, the surest, what is in `HEAD` or the files, what other refs have.
fn urgency(finding: &Finding, knows_head: bool) -> impl Ord + use<> {
    let is_gone = finding.live() == Some(false);
    let is_beside = knows_head && is_beside_head(finding);
    (Reverse((finding.rule.severity, finding.confidence)), is_gone, is_beside)
}

/// Findings of one kind have one block, with one heading and one advice. The worst come first; those that are equally bad
/// keep their order.
pub(super) fn blocks(open: &[&Finding], report: &Report<'_>, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    let knows_head = report.knows_head();
    let mut sorted = open.to_vec();
    sorted.sort_by_cached_key(|finding| urgency(finding, knows_head));
    let mut blocks: Vec<Vec<&Finding>> = Vec::new();
    let mut numbers: BTreeMap<(&str, &[String]), usize> = BTreeMap::new();
    for finding in sorted {
        let kind = (finding.rule.id.as_str(), finding.remediation.as_slice());
        let number = *numbers.entry(kind).or_insert(blocks.len());
        match blocks.get_mut(number) {
            Some(block) => block.push(finding),
            None => blocks.push(vec![finding]),
        }
    }
    let shown = Shown { report, knows_head };
    blocks.iter().try_for_each(|block| shown.block(block, sheet))
}

/// How findings are shown.
#[derive(Clone, Copy)]
struct Shown<'a> {
    report: &'a Report<'a>,
    /// Whether it is known what `HEAD` contains.
    knows_head: bool,
}

impl Shown<'_> {
    /// Findings of one kind, with what to do about them at their end.
    fn block(self, alike: &[&Finding], sheet: &mut TextSheet<'_>) -> io::Result<()> {
        let Some(first) = alike.first() else { return Ok(()) };
        head(first, alike.len(), sheet)?;
        for (at, part) in self.parts(alike).iter().enumerate() {
            if at > 0 {
                sheet.line("")?;
            }
            match part[..] {
                [finding] => self.finding(finding, sheet)?,
                _ => self.many(part, sheet)?,
            }
            // Its name is its last line; alone, below the advice.
            if alike.len() > 1 {
                sheet.row("fingerprint", &fingerprints(part))?;
            }
        }
        if alike.len() > 1 && !first.remediation.is_empty() {
            sheet.line("")?;
        }
        for (at, step) in first.remediation.iter().enumerate() {
            sheet.row(if at == 0 { "do now" } else { "" }, &printable(step))?;
        }
        if alike.len() == 1 {
            sheet.row("fingerprint", &first.fingerprint.to_string())?;
        }
        sheet.line("")
    }

    /// The findings one by one, and those that one file has many of together, at the first one's place.
    fn parts<'f>(self, alike: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let file = |finding: &'f Finding| only_file(finding).filter(|_| !self.report.show_secrets);
        for path in alike.iter().filter_map(|finding| file(finding)) {
            *counts.entry(path).or_default() += 1;
        }
        let mut parts: Vec<Vec<&Finding>> = Vec::new();
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in alike {
            let many = file(finding).filter(|path| counts.get(path).is_some_and(|&count| count > ALONE));
            let number = many.map_or(parts.len(), |path| *taken.entry(path).or_insert(parts.len()));
            match parts.get_mut(number) {
                Some(part) => part.push(finding),
                None => parts.push(vec![finding]),
            }
        }
        parts
    }

    /// What is said of one finding, without its heading and advice.
    fn finding(self, finding: &Finding, sheet: &mut TextSheet<'_>) -> io::Result<()> {
        sheet.row("secret", &value(finding, self.report))?;
        places(finding, sheet)?;
        if let Some(introduced) = introduced(finding) {
            sheet.row("introduced", &introduced)?;
        }
        if let Some(still_there) = still_there(finding, self.knows_head) {
            sheet.row("still there", &still_there)?;
        }
        sheet.row("why", &printable(&belief(finding)))?;
        if let Some(verification) = &finding.verification {
            sheet.row("verify", &printable(&verification.sentence()))?;
        }
        if let Some(stored) = finding.stored.as_deref() {
            sheet.row("known", &printable(&known(stored)))?;
        }
        Ok(())
    }

    /// What is said of several findings in one file: what all of them have in common.
    fn many(self, alike: &[&Finding], sheet: &mut TextSheet<'_>) -> io::Result<()> {
        let [first, rest @ ..] = alike else { return Ok(()) };
        let sizes = || alike.iter().map(|one| one.secret.len());
        let size = range(sizes().min(), sizes().max());
        let name = first.identifier.as_deref().filter(|_| is_same(alike, |one| &one.identifier));
        let name = name.map(|name| format!("  assigned to {}", printable(name))).unwrap_or_default();
        sheet.row("secret", &format!("{} different ones of {size} bytes{name}", alike.len()))?;
        let places = || alike.iter().flat_map(|one| &one.occurrences);
        let lines = || places().map(|one| one.location.line);
        let commits: BTreeSet<_> = places().filter_map(|one| one.place.commit()).map(|one| one.id).collect();
        let commits = match commits.len() {
            0 => String::new(),
            1 => "  in 1 commit".to_owned(),
            count => format!("  in {count} commits"),
        };
        let path = printable(only_file(first).unwrap_or_default());
        sheet.row("where", &format!("{path}  lines {}{commits}", range(lines().min(), lines().max())))?;
        if let Some(introduced) = introduced(first).filter(|_| is_same(alike, |one| one.introduced())) {
            sheet.row("introduced", &introduced)?;
        }
        let life = still_there(first, self.knows_head);
        if rest.iter().all(|one| still_there(one, self.knows_head) == life) {
            life.map_or(Ok(()), |life| sheet.row("still there", &life))?;
        } else {
            let live = alike.iter().filter(|one| one.live() == Some(true)).count();
            sheet.row("still there", &format!("{live} of {}", alike.len()))?;
        }
        let shared = |reason: &&String| rest.iter().all(|one| one.reasons.contains(reason));
        let mut reasons: Vec<String> = first.reasons.iter().filter(shared).cloned().collect();
        // Each on its own day.
        let expiry = |one: &&Finding| {
            one.reasons.iter().find_map(|reason| reason.strip_prefix(EXPIRED)).map(str::to_owned)
        };
        let days: Option<Vec<String>> = alike.iter().map(expiry).collect();
        if let Some(last) = days.and_then(|days| days.into_iter().max()) {
            reasons.retain(|reason| !reason.starts_with(EXPIRED));
            reasons.push(format!("all have expired, the last one on {last}"));
        }
        let words: BTreeSet<_> = alike.iter().map(|one| one.confidence).collect();
        let words: Vec<String> = words.iter().rev().map(ToString::to_string).collect();
        let scores = || alike.iter().map(|one| one.score.0);
        let least = decimal(scores().min().unwrap_or_default());
        let most = decimal(scores().max().unwrap_or_default());
        let scores = if least == most { most } else { format!("{least} to {most}") };
        let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
        sheet.row("why", &printable(&format!("confidence {} ({scores}){reasons}", words.join(" and "))))
    }
}

/// The file that has all occurrences of a finding, of which no more is to be said than that.
fn only_file(finding: &Finding) -> Option<&str> {
    let first = finding.occurrences.first()?.place.path.as_deref()?;
    let is_there = |one: &Occurrence| {
        let is_plain = matches!(one.place.kind(), Kind::File | Kind::Staged | Kind::Diff | Kind::Commit);
        is_plain && one.place.path.as_deref() == Some(first) && one.suppressed_by.is_none()
    };
    let is_more = finding.verification.is_some() || finding.stored.is_some();
    Some(first).filter(|_| !is_more && finding.occurrences.iter().all(is_there))
}

/// Whether `what` is the same for all of them.
fn is_same<'f, T: PartialEq>(alike: &[&'f Finding], what: impl Fn(&'f Finding) -> T) -> bool {
    alike.windows(2).all(|pair| what(pair[0]) == what(pair[1]))
}

/// The names of findings, or the first ones.
fn fingerprints(part: &[&Finding]) -> String {
    let named: Vec<String> = part.iter().take(LISTED).map(|one| one.fingerprint.to_string()).collect();
    let more = match part.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more (all of them: --format json)"),
    };
    format!("{}{more}", named.join(", "))
}

/// `3`, or `3 to 9`.
fn range<T: PartialEq + ToString>(least: Option<T>, most: Option<T>) -> String {
    match (least, most) {
        (Some(least), Some(most)) if least != most => {
            format!("{} to {}", least.to_string(), most.to_string())
        }
        (Some(only), _) => only.to_string(),
        (None, _) => String::new(),
    }
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
