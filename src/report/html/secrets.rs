//! The secrets: those to begin with, then all, one row each.

use super::text::{count, day, link, place, safe, severity, title};
use super::{PageView, day_of, is_in_head};
use crate::model::{Commit, Finding, Uncommitted};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// How many secrets are named as those to begin with.
const FIRST: usize = 10;

/// How many secrets are shown with all that is known of them. A page of 10,000 such rows takes a browser many seconds to
/// open.
const DETAILED: usize = 1000;

/// How many rows are a group, which a browser lays out when it comes into view. With each row on its own a page of 10,000
/// took 2.1 to 2.8 s of processor time to open, with groups of 20 to 100 it takes 0.5 s.
const GROUP: usize = 50;

/// How many places of a secret are listed.
const PLACES: usize = 20;

/// What comes first: what is in `HEAD`, what other refs have, what is gone; then the severest, the surest, the newest.
fn urgency(view: &PageView<'_>, finding: &Finding) -> impl Ord + use<> {
    let newest = finding.introduced().map(|commit| commit.time);
    let is_gone = finding.live() == Some(false);
    (
        is_gone,
        view.is_beside_head(finding),
        Reverse((finding.rule.severity, finding.confidence, newest)),
        finding.fingerprint,
    )
}

pub(super) fn first(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"first\"><h2 id=\"first\">What to do first</h2>")?;
    let mut open = view.open.clone();
    open.sort_by_cached_key(|finding| urgency(view, finding));
    if open.is_empty() {
        return writeln!(out, "<p>Nothing is open.</p></section>");
    }
    writeln!(
        out,
        "<p class=\"quiet\">Revoke a secret first and remove it afterwards: whoever has a copy of the repository has the \
         secret, too. What is still there comes first, then by severity, then the newest.</p>\n<ol class=\"first\">"
    )?;
    for finding in open.iter().take(FIRST) {
        let todo = finding.remediation.first().map(|step| safe(step)).unwrap_or_default();
        let since = finding.introduced().map(|commit| format!(" since {}", told(commit))).unwrap_or_default();
        writeln!(
            out,
            "<li>{} <b>{}</b> {}<br><code>{}</code>{since}<br>{todo}</li>",
            severity(finding),
            link(finding),
            state(view, finding),
            place(&finding.occurrences[0])
        )?;
    }
    let more = open.len().saturating_sub(FIRST);
    let more = if more > 0 {
        format!("<p><a href=\"#secrets\">{more} more</a> are below.</p>")
    } else {
        String::new()
    };
    writeln!(out, "</ol>{more}</section>")
}

pub(super) fn all(view: &PageView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let total = view.open.len() + view.covered.len();
    writeln!(out, "<section aria-labelledby=\"secrets\"><h2 id=\"secrets\">All secrets</h2>")?;
    if total == 0 {
        return writeln!(out, "<p>None was found.</p></section>");
    }
    let is_new = if view.before.is_some() { "<option value=\"new\">new</option>" } else { "" };
    writeln!(
        out,
        "<form class=\"controls\" id=\"controls\" hidden>\
         <label>Search <input type=\"search\" id=\"search\" placeholder=\"path, rule, author, fingerprint\"></label>\
         <label>Severity <select id=\"severity\"><option value=\"\">any</option><option>critical</option>\
         <option>high</option><option>medium</option><option>low</option><option>info</option></select></label>\
         <label>State <select id=\"state\"><option value=\"\">any</option><option value=\"open\">open</option>\
         <option value=\"live\">still there</option><option value=\"gone\">removed</option>\
         <option value=\"suppressed\">suppressed</option>{is_new}</select></label>\
         <label>Order <select id=\"order\"><option value=\"urgent\">most urgent</option>\
         <option value=\"newest\">newest</option><option value=\"oldest\">oldest</option>\
         <option value=\"places\">most places</option></select></label>\
         <output id=\"shown\">{}</output></form>",
        count(total, "secret")
    )?;
    if let Some((first, last)) = view.axis {
        writeln!(
            out,
            "<p class=\"scale\"><span>{}</span><span>{}</span></p>",
            day_of(first, 0),
            day_of(last, 0)
        )?;
    }
    if total > DETAILED {
        writeln!(
            out,
            "<p class=\"quiet\">The first {DETAILED} open to all that is known of them; the report in JSON has that of all.</p>"
        )?;
    }
    let mut rows: Vec<&Finding> = view.open.clone();
    rows.sort_by_cached_key(|finding| urgency(view, finding));
    let mut covered = view.covered.clone();
    covered.sort_by_cached_key(|finding| urgency(view, finding));
    rows.extend(covered);
    writeln!(out, "<div id=\"rows\">")?;
    for (number, group) in rows.chunks(GROUP).enumerate() {
        writeln!(out, "<ol class=\"secrets\">")?;
        for (at, finding) in group.iter().enumerate() {
            row(view, number * GROUP + at, finding, out)?;
        }
        writeln!(out, "</ol>")?;
    }
    writeln!(out, "</div></section>")
}

fn row(view: &PageView<'_>, at: usize, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let is_detailed = at < DETAILED;
    let places = finding.occurrences.len();
    let newest = finding.introduced().map(|commit| commit.time.to_string()).unwrap_or_default();
    let mut states = vec![if finding.is_suppressed() { "suppressed" } else { "open" }];
    states.extend(match finding.live() {
        Some(true) => Some("live"),
        Some(false) => Some("gone"),
        None => None,
    });
    states.extend(view.is_new(finding).then_some("new"));
    let more = if places > 1 {
        format!(" <span class=\"quiet\">and {} more</span>", places - 1)
    } else {
        String::new()
    };
    write!(
        out,
        "<li id=\"f-{print}\" data-at=\"{at}\" data-level=\"{level}\" data-state=\"{states}\" data-time=\"{newest}\" \
         data-places=\"{places}\">{begin}<span class=\"what\">{severity} <b>{title}</b> {state}</span>\
         <span class=\"where\"><code>{place}</code>{more}</span>{life}",
        print = finding.fingerprint,
        begin = if is_detailed { "<details><summary>" } else { "<div class=\"summary\">" },
        level = finding.rule.severity,
        states = states.join(" "),
        severity = severity(finding),
        title = title(finding),
        state = state(view, finding),
        place = place(&finding.occurrences[0]),
        life = life(view, finding),
    )?;
    if is_detailed {
        write!(out, "</summary><dl>")?;
        facts(finding, out)?;
        writeln!(out, "</dl></details></li>")
    } else {
        let by = finding.introduced().map(|commit| format!(", {}", told(commit))).unwrap_or_default();
        let (print, rule) = (finding.fingerprint, safe(&finding.rule.id));
        writeln!(out, "<span class=\"more\"><code>{print}</code> {rule}{by}</span></div></li>")
    }
}

/// What is known of a finding, as terms and descriptions.
fn facts(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let score = f64::from(finding.score.0) / 1000.0;
    write!(
        out,
        "<dt>Fingerprint</dt><dd><a href=\"#f-{0}\"><code>{0}</code></a></dd><dt>Rule</dt><dd>{1}</dd>\
         <dt>Why</dt><dd>confidence {2} ({score:.2}){3}</dd>",
        finding.fingerprint,
        safe(&finding.rule.id),
        finding.confidence,
        finding.reasons.iter().map(|reason| format!("; {}", safe(reason))).collect::<String>()
    )?;
    if let Some(name) = &finding.identifier {
        write!(out, "<dt>Assigned to</dt><dd><code>{}</code></dd>", safe(name))?;
    }
    if let Some(by) = suppressed_by_what(finding) {
        write!(out, "<dt>Suppressed by</dt><dd>{}</dd>", safe(&by))?;
    }
    for (what, commit) in [("Introduced", finding.introduced()), ("Removed", finding.removed())] {
        if let Some(commit) = commit {
            write!(out, "<dt>{what}</dt><dd>{}</dd>", told(commit))?;
        }
    }
    for (what, layer) in [("Introduced", finding.first_layer()), ("Removed", finding.last_removal())] {
        if let Some(layer) = layer.filter(|_| what == "Introduced" || finding.live() == Some(false)) {
            write!(out, "<dt>{what}</dt><dd>{}</dd>", safe(&layer.sentence()))?;
        }
    }
    if !finding.refs().is_empty() {
        let refs: Vec<String> =
            finding.refs().iter().map(|name| format!("<code>{}</code>", safe(name))).collect();
        let more = match finding.ref_count().saturating_sub(refs.len() as u64) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        write!(out, "<dt>Still in</dt><dd>{}{more}</dd>", refs.join(", "))?;
    }
    write!(out, "<dt>Places</dt><dd><ul>")?;
    for occurrence in finding.occurrences.iter().take(PLACES) {
        let commit = occurrence.place.commit();
        let image = occurrence.place.image().map(|image| format!(" {}", safe(&image.clause())));
        let commit = commit.map(|commit| format!(" in {}", told(commit))).or(image).unwrap_or_default();
        let by =
            occurrence.suppressed_by.as_ref().map(|by| format!(" (suppressed by {})", safe(&by.to_string())));
        write!(out, "<li><code>{}</code>{commit}{}</li>", place(occurrence), by.unwrap_or_default())?;
    }
    let more = finding.occurrences.len().saturating_sub(PLACES);
    if more > 0 {
        write!(out, "<li>and {more} more, which the report in JSON names</li>")?;
    }
    write!(out, "</ul></dd>")?;
    if !finding.remediation.is_empty() {
        let steps: Vec<String> =
            finding.remediation.iter().map(|step| format!("<li>{}</li>", safe(step))).collect();
        write!(out, "<dt>Do now</dt><dd><ol>{}</ol></dd>", steps.concat())?;
    }
    Ok(())
}

/// What covers a finding, as a text.
pub(super) fn suppressed_by_what(finding: &Finding) -> Option<String> {
    let all = finding.occurrences.iter().map(|one| one.suppressed_by.as_ref());
    let by: Option<BTreeSet<String>> = match &finding.suppressed_by {
        Some(by) => Some(BTreeSet::from([by.to_string()])),
        None => all.map(|by| by.map(ToString::to_string)).collect(),
    };
    by.map(|by| Vec::from_iter(by).join("; "))
}

fn told(commit: &Commit) -> String {
    format!("<code>{:.10}</code> by {}, {}", commit.id.to_string(), safe(&commit.author), day(commit))
}

/// Whether a secret is still there, as labels.
fn state(view: &PageView<'_>, finding: &Finding) -> String {
    let life = match finding.live() {
        _ if finding.uncommitted() == Some(Uncommitted::Staged) => "<span class=\"tag\">staged</span>",
        _ if finding.uncommitted().is_some() => "<span class=\"tag\">in no commit</span>",
        Some(true) if view.is_beside_head(finding) => {
            "<span class=\"tag live\">not in HEAD, in other refs</span>"
        }
        Some(true) if is_in_head(finding) => "<span class=\"tag live\">in HEAD</span>",
        Some(true) => "<span class=\"tag live\">still there</span>",
        Some(false) => "<span class=\"tag\">removed</span>",
        None => "",
    };
    let suppressed = if finding.is_suppressed() { " <span class=\"tag\">suppressed</span>" } else { "" };
    format!("{life}{suppressed}")
}

/// When a secret was there, as a bar over the time axis.
fn life(view: &PageView<'_>, finding: &Finding) -> String {
    let (Some((first, last)), Some(introduced)) = (view.axis, finding.introduced()) else {
        return String::new();
    };
    let length = last.saturating_sub(first).max(1) as f64;
    let at = |time: i64| 100.0 * time.saturating_sub(first) as f64 / length;
    let from = at(introduced.time).clamp(0.0, 99.0);
    let (to, end) = match finding.removed() {
        Some(removed) => (at(removed.time), format!("removed {}", day(removed))),
        None if finding.live() == Some(false) => (from, "in no tip of a ref".to_owned()),
        None => (100.0, "still there".to_owned()),
    };
    let class = if finding.live() == Some(false) { "gone" } else { "live" };
    format!(
        "<svg class=\"life\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"introduced {}, {end}\">\
         <rect class=\"axis\" y=\"3\" width=\"100\" height=\"2\"/><rect class=\"{class}\" x=\"{from:.1}\" width=\"{:.1}\" height=\"8\"/></svg>",
        day(introduced),
        (to - from).clamp(1.0, 100.0 - from)
    )
}
