//! The findings of a run as gitleaks's leaks: one for each rule and place.
//!
//! # Design
//!
//! Places that gitleaks does not look at (messages of commits and tags, notes, names) are not in its report. They are counted
//! on standard error, so that nothing is lost unseen.

use super::exit::Exit;
use super::output;
use crate::cli::{GitleaksFlags, LikeGitleaks};
use crate::error::Error;
use crate::findings::Assembled;
use crate::git::object::CommitText;
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::git::{Access, ObjectKind, Repository};
use crate::gitleaks::ids;
use crate::gitleaks::report::{self, Leak, LeakFormat};
use crate::model::{
    Candidate, Commit, Finding, Kind, Location, Match, ObjectId, Occurrence, RuleInfo, Summary, Suppression,
};
use crate::report::redact;
use crate::shown_path::shown_path;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The words of gitleaks's own allow comment.
const ALLOW: &str = "gitleaks:allow";

/// Writes the report and says how it ended.
pub(crate) fn report(
    rules: &[Arc<RuleInfo>],
    like: &LikeGitleaks,
    assembled: &Assembled,
    summary: &Summary,
) -> Result<Exit, Error> {
    let flags = &like.flags;
    let mut leaks = Vec::new();
    let mut elsewhere = 0;
    let mut looked_up = LookedUp::of(like);
    for finding in &assembled.findings {
        for occurrence in finding.occurrences.iter().filter(|one| is_leak(finding, one, like)) {
            let matches = occurrence.matches.iter().filter(|one| is_place_of(occurrence, one));
            let before = leaks.len();
            leaks.extend(matches.map(|one| leak(occurrence, one, like, &mut looked_up)));
            elsewhere += usize::from(leaks.len() == before);
        }
    }
    leaks.sort_by(|one, other| key(one).cmp(&key(other)));
    leaks.dedup_by(|one, other| key(one) == key(other));
    let mut leaks = without_generic(leaks);
    for leak in &mut leaks {
        leak.redact(flags.redact);
        if flags.redact >= 100 {
            for text in [&mut leak.r#match, &mut leak.message, &mut leak.author, &mut leak.email] {
                *text = assembled.mask.text(text).into_owned();
            }
        }
    }
    if flags.verbose {
        output::standard(print(&leaks, &mut output::stdout()))?;
    }
    if let Some(path) = &flags.report_path {
        let format = format(flags)?;
        let mut rules: Vec<(String, String)> =
            rules.iter().map(|rule| (named(rule), described(rule))).collect();
        rules.sort();
        rules.dedup_by(|later, earlier| later.0 == earlier.0);
        let write = |out: &mut dyn Write| report::write(format, &leaks, &rules, out);
        if path == Path::new("-") {
            let mut out = io::BufWriter::new(output::stdout());
            output::standard(write(&mut out).and_then(|()| out.flush()))?;
        } else {
            output::to_path(path, write)?;
        }
    }
    Ok(conclude(like, summary, leaks.len(), elsewhere))
}

/// The format of the report: the one that is named, else what its path says.
pub(crate) fn format(flags: &GitleaksFlags) -> Result<LeakFormat, Error> {
    let extension =
        || flags.report_path.as_ref()?.extension().map(|extension| extension.to_string_lossy().into_owned());
    let named = flags.report_format.clone().filter(|name| !name.is_empty());
    let is_named = named.is_some();
    let name = named.or_else(extension).unwrap_or_default();
    match LeakFormat::named(&name).filter(|format| is_named || *format != LeakFormat::Junit) {
        Some(format) => Ok(format),
        None if name.eq_ignore_ascii_case("template") => {
            refuse(true, "--report-format template", "there are json, csv, junit and sarif")
                .map(|()| LeakFormat::Json)
        }
        None => Err(Error::Usage {
            what: "name the report's format with --report-format: json, csv, junit or sarif".to_owned(),
        }),
    }
}

/// Refuses a flag that cannot be honoured.
pub(crate) fn refuse(is_set: bool, flag: &str, why: &str) -> Result<(), Error> {
    match is_set {
        true => Err(Error::Usage { what: format!("keydredge cannot honour gitleaks's {flag}: {why}") }),
        false => Ok(()),
    }
}

/// Says on standard error what was read and found, and returns how the run ended.
fn conclude(like: &LikeGitleaks, summary: &Summary, leaks: usize, elsewhere: usize) -> Exit {
    let level = like.flags.log_level.to_ascii_lowercase();
    let coverage = &summary.coverage;
    let mut lines = Vec::new();
    if matches!(level.as_str(), "trace" | "debug" | "info") {
        lines.push(format!("INF scanned ~{} bytes in {} ms", coverage.bytes, summary.milliseconds));
        if elsewhere > 0 {
            lines.push(format!(
                "INF places of secrets where gitleaks does not look (messages, names) are not shown: {elsewhere}; \
                 `keydredge history` shows them"
            ));
        }
        if leaks == 0 {
            lines.push("INF no leaks found".to_owned());
        }
    }
    if leaks > 0 && matches!(level.as_str(), "trace" | "debug" | "info" | "warn") {
        lines.push(format!("WRN leaks found: {leaks}"));
    }
    for (reason, tally) in &coverage.unread {
        let examples: Vec<&str> = tally.examples.iter().map(String::as_str).collect();
        lines.push(format!("ERR {} not read: {reason} ({})", tally.count, examples.join(", ")));
    }
    for line in lines {
        output::to_stderr(format!("{}\n", redact::printable(&line)).as_bytes());
    }
    if coverage.interrupted {
        Exit::Interrupted
    } else if leaks > 0 {
        Exit::Findings
    } else if coverage.unread_count() > 0 {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}

/// Whether an occurrence is not covered, as gitleaks sees it.
fn is_leak(finding: &Finding, occurrence: &Occurrence, like: &LikeGitleaks) -> bool {
    let counts = |cover: &Suppression| {
        let is_theirs = matches!(cover, Suppression::AllowComment { words, .. } if words == ALLOW);
        !(like.flags.ignore_gitleaks_allow && is_theirs)
    };
    let is_covered = match &occurrence.suppressed_by {
        Some(cover) => counts(cover),
        None => finding.suppressed_by.as_ref().is_some_and(|cover| !cover.is_comment()),
    };
    let is_asked = |commits: &std::collections::BTreeSet<String>| {
        let commit = occurrence.place.commit();
        commit.is_some_and(|commit| commits.contains(&commit.id.to_string()))
    };
    !is_covered
        && !is_moved(finding, occurrence, like)
        && occurrence.decoded_by.len() <= like.flags.max_decode_depth
        && like.commits.as_ref().is_none_or(is_asked)
}

/// Whether the commit only moved the secret there from another file: in a moved file git shows the lines alone that were
/// changed. In a range of commits the file must be the same, since where the secret came from may be outside the range.
fn is_moved(finding: &Finding, occurrence: &Occurrence, like: &LikeGitleaks) -> bool {
    let place = &occurrence.place;
    let Some(commit) = place.commit() else { return false };
    finding.occurrences.iter().any(|other| {
        let is_same = place.blob().is_some() && other.place.blob() == place.blob();
        other.place.presence().removed_in == Some(commit.id)
            && other.place.path != place.path
            && (is_same || like.commits.is_none())
    })
}

/// Whether gitleaks looks there: at the content of files, and at names for rules without a regex.
fn is_place_of(occurrence: &Occurrence, one: &Match) -> bool {
    match occurrence.place.kind() {
        Kind::File | Kind::Stdin | Kind::Staged | Kind::Diff | Kind::Commit => true,
        Kind::Path => one.rule.imported && one.candidate.len == 0,
        Kind::Message
        | Kind::Tag
        | Kind::Note
        | Kind::Object
        | Kind::Ref
        | Kind::Author
        | Kind::Layer
        | Kind::Image => false,
    }
}

fn named(rule: &RuleInfo) -> String {
    if rule.imported { rule.id.to_string() } else { ids::theirs(&rule.id).to_owned() }
}

/// What gitleaks says of a rule: nothing if its configuration does not.
fn described(rule: &RuleInfo) -> String {
    let is_default = rule.imported && rule.description == rule.id;
    if is_default { String::new() } else { rule.description.to_string() }
}

fn key(leak: &Leak) -> (&str, u64, u64, &str, &str, &str) {
    (&leak.file, leak.start_line, leak.start_column, &leak.rule_id, &leak.commit, &leak.secret)
}

fn leak(occurrence: &Occurrence, one: &Match, like: &LikeGitleaks, looked_up: &mut LookedUp) -> Leak {
    let (location, candidate) = (&occurrence.location, &one.candidate);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut leak = Leak {
        rule_id: named(&one.rule),
        description: described(&one.rule),
        file: file(occurrence, like, &looked_up.root),
        tags: one.rule.tags.iter().map(ToString::to_string).collect(),
        ..Leak::default()
    };
    if !occurrence.decoded_by.is_empty() {
        let mut names: Vec<&str> = occurrence.decoded_by.iter().map(|decoding| decoding.name()).collect();
        // Each once, percent-encoding first and base64 last, as gitleaks has them.
        names.sort_unstable_by(|one, other| other.cmp(one));
        names.dedup();
        leak.tags.extend(names.iter().map(|name| format!("decoded:{name}")));
        leak.tags.push(format!("decode-depth:{}", occurrence.decoded_by.len()));
    }
    if candidate.len == 0 {
        leak.r#match = format!("file detected: {}", leak.file);
    } else {
        let matched = candidate.matched(location);
        leak.secret = text(candidate.secret.expose());
        leak.r#match = text(&matched);
        if occurrence.decoded_by.is_empty() {
            locate(&mut leak, location, candidate, &matched);
        } else {
            // Where the encoded text is.
            (leak.start_line, leak.end_line) = (location.line, location.end_line);
            (leak.start_column, leak.end_column) =
                (location.column, location.end_column.saturating_sub(1).max(1));
        }
    }
    if let Some(commit) = occurrence.place.commit().map(|one| &**one) {
        leak.commit = commit.id.to_string();
        leak.author.clone_from(&commit.author);
        leak.email.clone_from(&commit.email);
        leak.date = date(commit);
        leak.message = looked_up.message(commit.id);
    }
    leak.completed()
}

/// The lines and columns of a match; `location` is that of the secret in it.
fn locate(leak: &mut Leak, location: &Location, candidate: &Candidate, matched: &[u8]) {
    let before = matched.get(..candidate.secret_at.start).unwrap_or_default();
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    leak.start_line = location.line.saturating_sub(lines(before)).max(1);
    leak.start_column = if lines(before) == 0 {
        location.column.saturating_sub(before.len() as u64).max(1)
    } else {
        let first = candidate.context.lines.first().map_or(0, |line| line.len());
        let own = before.iter().position(|byte| *byte == b'\n').unwrap_or_default();
        (first.saturating_sub(own) + 1) as u64
    };
    leak.end_line = leak.start_line + lines(matched);
    leak.end_column = match matched.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => (matched.len() - at - 1) as u64,
        None => leak.start_column + (matched.len() as u64).saturating_sub(1),
    };
}

/// The author's time, in UTC.
fn date(commit: &Commit) -> String {
    jiff::Timestamp::from_second(commit.time).map(|time| time.to_string()).unwrap_or_default()
}

/// The path as gitleaks gives it: in a repository's history from its root on, of files from the source that was named on.
fn file(occurrence: &Occurrence, like: &LikeGitleaks, root: &Option<(PathBuf, PathBuf)>) -> String {
    let path = occurrence.place.path.as_deref().unwrap_or_default();
    if like.is_git || path.is_empty() {
        return path.to_owned();
    }
    let shown = shown_path(&like.source);
    let inside = root.as_ref().and_then(|(root, source)| {
        let absolute = root.join(path);
        Some(shown_path(absolute.strip_prefix(source).ok()?))
    });
    let clean = |path: &str| path.strip_prefix("./").unwrap_or(path).to_owned();
    match (inside, shown.trim_end_matches('/')) {
        (Some(below), "." | "") => below,
        (Some(below), source) if below.is_empty() => clean(source),
        (Some(below), source) => clean(&format!("{source}/{below}")),
        (None, _) => clean(path),
    }
}

/// Drops what a generic rule found if another rule found it too, as gitleaks does.
fn without_generic(leaks: Vec<Leak>) -> Vec<Leak> {
    let is_generic = |leak: &Leak| leak.rule_id.to_lowercase().contains("generic");
    let mut better: HashMap<(&str, &str, u64), Vec<&Leak>> = HashMap::new();
    for leak in leaks.iter().filter(|leak| !is_generic(leak)) {
        better.entry((&leak.file, &leak.commit, leak.start_line)).or_default().push(leak);
    }
    let is_better = |leak: &Leak| {
        let others = better.get(&(leak.file.as_str(), leak.commit.as_str(), leak.start_line));
        others.into_iter().flatten().any(|other| other.secret.contains(&leak.secret))
    };
    let kept: Vec<bool> = leaks.iter().map(|leak| !(is_generic(leak) && is_better(leak))).collect();
    leaks.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(leak, _)| leak).collect()
}

/// Prints the leaks for people, as gitleaks does with `--verbose`.
fn print(leaks: &[Leak], out: &mut dyn Write) -> io::Result<()> {
    for leak in leaks {
        let mut row = |name: &str, value: &str| writeln!(out, "{name:<12} {}", redact::printable(value));
        row("Finding:", leak.r#match.trim())?;
        row("Secret:", leak.secret.trim())?;
        row("RuleID:", &leak.rule_id)?;
        row("Entropy:", &format!("{:.6}", leak.entropy))?;
        if !leak.tags.is_empty() {
            row("Tags:", &format!("[{}]", leak.tags.join(" ")))?;
        }
        row("File:", &leak.file)?;
        row("Line:", &leak.start_line.to_string())?;
        if !leak.commit.is_empty() {
            row("Commit:", &leak.commit)?;
            row("Author:", &leak.author)?;
            row("Email:", &leak.email)?;
            row("Date:", &leak.date)?;
        }
        row("Fingerprint:", &leak.fingerprint)?;
        writeln!(out)?;
    }
    Ok(())
}

/// What is looked up for leaks, once for all.
struct LookedUp {
    objects: Option<ObjectReader>,
    messages: HashMap<ObjectId, String>,
    /// The work tree's root and the source in it, for files.
    root: Option<(PathBuf, PathBuf)>,
}

impl LookedUp {
    fn of(like: &LikeGitleaks) -> Self {
        let mut looked_up = Self { objects: None, messages: HashMap::new(), root: None };
        if like.is_git {
            let repository = Repository::open(&like.source, Access::default()).ok();
            looked_up.objects = repository.as_ref().map(ObjectReader::new);
        } else if let Ok(source) = like.source.canonicalize() {
            let folder = if source.is_dir() { source.as_path() } else { source.parent().unwrap_or(&source) };
            let repository = Repository::around(folder).ok().flatten();
            let root = repository.and_then(|repository| repository.work_tree()?.canonicalize().ok());
            looked_up.root = root.map(|root| (root, source));
        }
        looked_up
    }

    /// The message of a commit.
    fn message(&mut self, id: ObjectId) -> String {
        let Self { objects, messages, .. } = self;
        let read = || {
            let objects = objects.as_ref()?;
            let Read::Whole(ObjectKind::Commit, bytes) = objects.read(id) else { return None };
            let commit = CommitText::parse(&bytes, objects.width())?;
            Some(String::from_utf8_lossy(commit.message).trim().to_owned())
        };
        messages.entry(id).or_insert_with(|| read().unwrap_or_default()).clone()
    }
}
