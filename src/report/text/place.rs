//! Where a finding is, and since when: its places, one row a file, and its life in a history.

use super::page::TextSheet;
use super::{date, is_beside_head};
use crate::model::{Commit, Finding, ImageLayer, Kind, Occurrence, Uncommitted};
use crate::report::redact::printable;
use std::collections::BTreeMap;
use std::io;

/// How many files of one finding are listed; JSON has all occurrences.
pub(super) const LISTED: usize = 5;

/// How many refs of one finding are named.
const REFS: usize = 3;

/// How many characters of a layer and its command are shown.
const LONGEST_COMMAND: usize = 200;

/// GitHub keeps these for pull requests; who owns the repository cannot delete them.
const PULLS: &str = "refs/pull/";

/// The places of a finding: one row for a file, whose other lines and commits are named in it.
pub(super) fn places(finding: &Finding, sheet: &mut TextSheet<'_>) -> io::Result<()> {
    let mut files: Vec<Vec<&Occurrence>> = Vec::new();
    let mut rows: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for one in &finding.occurrences {
        match one.place.path.as_deref().filter(|_| is_plain(one)) {
            Some(path) => {
                let row = *rows.entry((one.place.kind(), path)).or_insert(files.len());
                match files.get_mut(row) {
                    Some(file) => file.push(one),
                    None => files.push(vec![one]),
                }
            }
            None => files.push(vec![one]),
        }
    }
    for (at, file) in files.iter().take(LISTED).enumerate() {
        sheet.row(if at == 0 { "where" } else { "" }, &row_of(file))?;
    }
    match files.len().saturating_sub(LISTED) {
        0 => Ok(()),
        more => sheet.row("", &format!("and {more} more (all of them: --format json)")),
    }
}

/// Whether a place says no more than its path, line and commit.
fn is_plain(one: &Occurrence) -> bool {
    let is_file = matches!(one.place.kind(), Kind::File | Kind::Staged | Kind::Diff | Kind::Commit);
    is_file && one.suppressed_by.is_none() && one.decoded_by.is_empty() && one.place.image().is_none()
}

/// A row for places in one file: one that is still there if there is one, then how many others.
fn row_of(file: &[&Occurrence]) -> String {
    let is_gone = |one: &&&Occurrence| one.place.presence().removed_in.is_some();
    let Some(shown) = file.iter().find(|one| !is_gone(one)).or(file.first()) else { return String::new() };
    if shown.place.commit().is_some() {
        return place_in(shown, file.len() - 1);
    }
    let mut text = place(shown);
    if file.len() == 1 {
        return text;
    }
    let others = || file.iter().filter(|one| one.location != shown.location);
    let mut lines: Vec<String> = others().map(|one| one.location.line.to_string()).collect();
    lines.dedup();
    let more = if lines.len() > LISTED { ", …" } else { "" };
    lines.truncate(LISTED);
    let word = if lines.len() == 1 { "line" } else { "lines" };
    text.push_str(&format!("  and in {word} {}{more}", lines.join(", ")));
    text
}

pub(super) fn place(occurrence: &Occurrence) -> String {
    place_in(occurrence, 0)
}

/// The same for a place that is in so many more commits.
fn place_in(occurrence: &Occurrence, more: usize) -> String {
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
        match more {
            0 => {}
            1 => text.push_str(" and 1 more commit"),
            more => text.push_str(&format!(" and {more} more commits")),
        }
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

/// Which commit or layer brought it.
pub(super) fn introduced(finding: &Finding) -> Option<String> {
    match finding.introduced() {
        Some(commit) => Some(author(commit)),
        None => finding.first_layer().map(layer_of),
    }
}

/// Whether it is still there; nothing if that was not asked.
pub(super) fn still_there(finding: &Finding, knows_head: bool) -> Option<String> {
    match finding.uncommitted() {
        Some(Uncommitted::Staged) => return Some("staged, in no commit".to_owned()),
        Some(Uncommitted::Unnamed) => {
            return Some("no commit names it, only the store of objects has it".to_owned());
        }
        None => {}
    }
    Some(match finding.live()? {
        true if finding.refs().is_empty() => "yes, a ref reaches it".to_owned(),
        true => {
            let refs = finding.refs();
            let named: Vec<String> = refs.iter().take(REFS).map(|name| printable(name)).collect();
            let more = match finding.ref_count().saturating_sub(named.len() as u64) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let begin = if knows_head && is_beside_head(finding) { "not in HEAD; in" } else { "yes, in" };
            let is_of_pulls = refs.iter().all(|name| name.starts_with(PULLS));
            let whose = if is_of_pulls { ", which only GitHub can delete" } else { "" };
            format!("{begin} {}{more}{whose}", named.join(", "))
        }
        false => match (finding.removed(), finding.last_removal()) {
            (Some(commit), _) => format!("no, removed in {}", author(commit)),
            (None, Some(layer)) => format!("no, removed in {}", layer_of(layer)),
            (None, None) if finding.is_in_image() => "no, no image refers to it".to_owned(),
            (None, None) => "no, no ref's tip holds it".to_owned(),
        },
    })
}
