//! The secrets from other sides: what has changed, folders, people, shared ones, accepted ones, rules.

use super::secrets::suppressed_by_what;
use super::text::{bar, count, link, safe, severity, title};
use super::{PageView, place_name};
use crate::model::Finding;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// How many rows a table has at most.
const ROWS: usize = 30;

/// What is new since the older report, and what is gone.
pub(super) fn changes(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(older) = view.report.since else { return Ok(()) };
    let now: BTreeSet<u64> = view.report.findings.iter().map(|finding| finding.fingerprint.0).collect();
    let new: Vec<&Finding> = view.report.findings.iter().filter(|finding| view.is_new(finding)).collect();
    let gone: Vec<&Finding> = older.iter().filter(|finding| !now.contains(&finding.fingerprint.0)).collect();
    writeln!(
        out,
        "<section aria-labelledby=\"changes\"><h2 id=\"changes\">What has changed</h2>\
         <p>{} new, {} no longer found, {} as before.</p>",
        new.len(),
        gone.len(),
        view.report.findings.len() - new.len()
    )?;
    for (name, findings, is_there) in [("New", new, true), ("No longer found", gone, false)] {
        if findings.is_empty() {
            continue;
        }
        writeln!(out, "<h3>{name}</h3><ul>")?;
        for finding in findings.iter().take(ROWS) {
            let what = if is_there { link(finding) } else { title(finding) };
            let place = safe(&place_name(&finding.occurrences[0]));
            writeln!(
                out,
                "<li>{} {what} <code>{place}</code> <code>{}</code></li>",
                severity(finding),
                finding.fingerprint
            )?;
        }
        rest(findings.len(), out)?;
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}

fn rest(total: usize, out: &mut dyn Write) -> io::Result<()> {
    if total > ROWS { writeln!(out, "<li class=\"quiet\">and {} more</li>", total - ROWS) } else { Ok(()) }
}

/// The folders, two levels deep, each with how many open secrets are in it.
pub(super) fn folders(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut folders: BTreeMap<(String, String), BTreeSet<u64>> = BTreeMap::new();
    let mut tops: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for finding in &view.open {
        for occurrence in &finding.occurrences {
            let path = occurrence.place.path.as_deref().filter(|_| occurrence.place.kind().is_of_files());
            let path =
                path.map_or_else(|| format!("({})", occurrence.place.kind().name()), ToOwned::to_owned);
            let mut parts = path.split('/').filter(|part| !part.is_empty());
            let top = parts.next().unwrap_or_default().to_owned();
            let second =
                parts.next().filter(|_| path.matches('/').count() > 1).unwrap_or_default().to_owned();
            tops.entry(top.clone()).or_default().insert(finding.fingerprint.0);
            folders.entry((top, second)).or_default().insert(finding.fingerprint.0);
        }
    }
    if tops.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"folders\"><h2 id=\"folders\">Where they are</h2><ul class=\"bars\">"
    )?;
    let mut sorted: Vec<_> = tops.iter().collect();
    sorted.sort_by_key(|(name, found)| (Reverse(found.len()), (*name).clone()));
    for (top, found) in sorted.iter().take(ROWS) {
        writeln!(out, "<li>{}", bar_row(top, found.len(), view.open.len()))?;
        let below =
            folders.range(((*top).clone(), String::new())..).take_while(|((name, _), _)| name == *top);
        let mut below: Vec<_> = below.filter(|((_, second), _)| !second.is_empty()).collect();
        below.sort_by_key(|((_, name), found)| (Reverse(found.len()), name.clone()));
        if !below.is_empty() {
            writeln!(out, "<ul>")?;
            for ((_, name), found) in below.iter().take(6) {
                writeln!(out, "<li>{}</li>", bar_row(name, found.len(), view.open.len()))?;
            }
            writeln!(out, "</ul>")?;
        }
        writeln!(out, "</li>")?;
    }
    rest(sorted.len(), out)?;
    writeln!(out, "</ul></section>")
}

fn bar_row(name: &str, part: usize, whole: usize) -> String {
    format!("<span class=\"bar-row\"><code>{}</code>{}<b>{part}</b></span>", safe(name), bar(part, whole))
}

/// The authors of the commits that introduced open secrets.
pub(super) fn owners(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut owners: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for finding in &view.open {
        let first = finding.occurrences.iter().find_map(|one| one.place.commit());
        if let Some(commit) = finding.introduced().or(first) {
            let (all, live) = owners.entry((commit.author.clone(), commit.email.clone())).or_default();
            *all += 1;
            *live += usize::from(finding.live() == Some(true));
        }
    }
    if owners.is_empty() {
        return Ok(());
    }
    let mut sorted: Vec<_> = owners.into_iter().collect();
    sorted.sort_by_key(|(name, (all, live))| (Reverse((*live, *all)), name.clone()));
    writeln!(
        out,
        "<section aria-labelledby=\"owners\"><h2 id=\"owners\">Who can tell more</h2>\
         <p class=\"quiet\">Authors of the commits that introduced open secrets.</p>\
         <div class=\"wide\" tabindex=\"0\" role=\"group\" aria-labelledby=\"owners\"><table><thead><tr><th scope=\"col\">Author</th>\
         <th scope=\"col\">Still there</th><th scope=\"col\">Open</th></tr></thead><tbody>"
    )?;
    for ((author, email), (all, live)) in sorted.iter().take(ROWS) {
        writeln!(
            out,
            "<tr><th scope=\"row\">{} <span class=\"quiet\">{}</span></th><td>{live}</td><td>{all}</td></tr>",
            safe(author),
            safe(email)
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if sorted.len() > ROWS {
        writeln!(out, "<p class=\"quiet\">And {} more.</p>", sorted.len() - ROWS)?;
    }
    writeln!(out, "</section>")
}

/// The environments that paths name.
const ENVIRONMENTS: [(&str, &[&str]); 4] = [
    ("production", &["prod", "production", "live"]),
    ("staging", &["stage", "staging", "preprod", "uat"]),
    ("development", &["dev", "development", "local"]),
    ("test", &["test", "tests", "testing", "spec", "ci", "qa"]),
];

fn environments(path: &str) -> BTreeSet<&'static str> {
    let words: BTreeSet<String> =
        path.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let named = |names: &[&str]| names.iter().any(|name| words.contains(*name));
    ENVIRONMENTS.iter().filter(|(_, names)| named(names)).map(|(name, _)| *name).collect()
}

/// Secrets that are in several files.
pub(super) fn shared(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut shared: Vec<(&Finding, BTreeSet<String>)> = Vec::new();
    for finding in &view.open {
        let files = finding.occurrences.iter().filter(|one| one.place.kind().is_of_files());
        let paths: BTreeSet<String> =
            files.filter_map(|one| Some(one.place.path.as_deref()?.to_owned())).collect();
        if paths.len() > 1 {
            shared.push((finding, paths));
        }
    }
    if shared.is_empty() {
        return Ok(());
    }
    shared.sort_by_key(|(finding, paths)| (Reverse(paths.len()), finding.fingerprint));
    writeln!(
        out,
        "<section aria-labelledby=\"shared\"><h2 id=\"shared\">In several files</h2>\
         <p class=\"quiet\">One secret for several environments opens all of them.</p><ul>"
    )?;
    for (finding, paths) in shared.iter().take(ROWS) {
        let named: BTreeSet<&str> = paths.iter().flat_map(|path| environments(path)).collect();
        let named = if named.len() > 1 {
            format!(" <span class=\"tag live\">{}</span>", Vec::from_iter(named).join(", "))
        } else {
            String::new()
        };
        let few: Vec<String> =
            paths.iter().take(4).map(|path| format!("<code>{}</code>", safe(path))).collect();
        let more = if paths.len() > 4 { ", …" } else { "" };
        writeln!(
            out,
            "<li>{} {} in {}{named}<br>{}{more}</li>",
            severity(finding),
            link(finding),
            count(paths.len(), "file"),
            few.join(", ")
        )?;
    }
    rest(shared.len(), out)?;
    writeln!(out, "</ul></section>")
}

/// What is suppressed, and why.
pub(super) fn suppressed(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.covered.is_empty() {
        return Ok(());
    }
    let mut by: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in &view.covered {
        by.entry(suppressed_by_what(finding).unwrap_or_default()).or_default().push(finding);
    }
    writeln!(
        out,
        "<section aria-labelledby=\"suppressed\"><h2 id=\"suppressed\">What is suppressed, and why</h2>\
         <p class=\"quiet\">Ignore entries that have expired cover nothing: their secrets are open again.</p>"
    )?;
    for (reason, findings) in by {
        writeln!(out, "<h3>{} <span class=\"quiet\">{}</span></h3><ul>", safe(&reason), findings.len())?;
        for finding in findings.iter().take(ROWS) {
            let place = safe(&place_name(&finding.occurrences[0]));
            writeln!(out, "<li>{} {} <code>{place}</code></li>", severity(finding), link(finding))?;
        }
        rest(findings.len(), out)?;
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}

/// The rules that found something, and the settings of the run.
pub(super) fn rules(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = view.report.summary;
    let mut rules: BTreeMap<&str, (&Finding, usize)> = BTreeMap::new();
    for finding in view.report.findings {
        rules.entry(&finding.rule.id).or_insert((finding, 0)).1 += 1;
    }
    let mut sorted: Vec<_> = rules.into_iter().collect();
    sorted.sort_by_key(|(id, (_, number))| (Reverse(*number), *id));
    writeln!(
        out,
        "<section aria-labelledby=\"rules\"><h2 id=\"rules\">Rules and settings</h2><p>{} rules were in force{}.</p>",
        summary.rules,
        if summary.refuted > 0 {
            format!("; checksums refuted {} candidates", summary.refuted)
        } else {
            String::new()
        }
    )?;
    if !sorted.is_empty() {
        writeln!(
            out,
            "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-labelledby=\"rules\"><table><thead><tr><th scope=\"col\">Rule</th>\
             <th scope=\"col\">Severity</th><th scope=\"col\">Secrets</th></tr></thead><tbody>"
        )?;
        for (id, (finding, number)) in sorted.iter().take(2 * ROWS) {
            writeln!(
                out,
                "<tr><th scope=\"row\">{} <span class=\"quiet\">{}</span></th><td>{}</td><td>{number}</td></tr>",
                title(finding),
                safe(id),
                severity(finding)
            )?;
        }
        writeln!(out, "</tbody></table></div>")?;
        if sorted.len() > 2 * ROWS {
            writeln!(out, "<p class=\"quiet\">And {} more rules.</p>", sorted.len() - 2 * ROWS)?;
        }
    }
    let settings = &summary.settings;
    let files = settings.files.iter().map(|file| {
        let digest: String = file.digest.chars().take(12).collect();
        format!(
            "{} <code>{}</code> ({}, sha256 {})",
            file.role.name(),
            safe(&file.path),
            safe(&file.origin),
            safe(&digest)
        )
    });
    let choices = [(&settings.skipped, "left out"), (&settings.overridden, "replaced")];
    let choices = choices.iter().flat_map(|(all, what)| {
        all.iter().map(move |choice| {
            format!("rule <code>{}</code> {what} by <code>{}</code>", safe(&choice.rule), safe(&choice.by))
        })
    });
    let all: Vec<String> = files.chain(choices).collect();
    if !all.is_empty() {
        writeln!(out, "<h3>Settings</h3><ul>")?;
        all.iter().try_for_each(|one| writeln!(out, "<li>{one}</li>"))?;
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}
