//! A report of ours in JSON or JSON Lines, read back, so that it can be written in another format.
//!
//! # Design
//!
//! Reading is strict: a field that this version does not know is an error, since leaving it out would lose a fact without
//! a word. What the JSON does not have is not made up: columns in UTF-16 are those in bytes, and a secret is the text
//! that the report shows in its place.

mod object;

use super::SCHEMA;
use crate::model::{
    Check, Commit, Coverage, Decoding, Fact, FactKind, Finding, Fingerprint, FoundIn, ImageLayer, InHistory,
    InImage, Kind, Ledger, Liveness, Location, ObjectId, Objects, Occurrence, Place, Presence,
    ProposedSetting, Reason, RepositoryRole, RuleChoice, RuleInfo, RuleText, Score, Secret, SettingsFile,
    SettingsReceipt, SettingsRole, Source, SourceParts, Summary, Suppression, Tally, Vaulted, Verification,
};
use object::{
    CheckObject, CommitObject, CoverageObject, Document, FindingObject, FoundInObject, Head, ImageObject,
    LayerObject, LedgerObject, ObjectsObject, OccurrenceObject, ProposedObject, ReasonObject,
    RuleChoiceObject, SavedLine, SettingsFileObject, SettingsObject, SummaryObject, VaultedObject,
    VerificationObject,
};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::sync::Arc;
use thiserror::Error;

/// What is wrong in a saved report.
#[derive(Debug, Error)]
#[error("line {line}: {what}")]
pub struct Wrong {
    /// The line, 1-based.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// A report that was saved. `show_secrets` is to be set when it is written: its secrets are the texts that replaced
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The findings, in order.
    pub findings: Vec<Finding>,
    /// What the run did.
    pub summary: Summary,
    /// Sentences about the configuration.
    pub notes: Vec<String>,
}

/// Reads a report. `rule` gives what else is known of the rule with an id.
///
/// # Errors
///
/// The first [`Wrong`].
pub fn read(text: &str, rule: &dyn Fn(&str) -> Option<Arc<RuleInfo>>) -> Result<Saved, Wrong> {
    let mut reader = SavedReader { rule, words: HashSet::new(), rules: BTreeMap::new() };
    let first = text.lines().next().unwrap_or_default().trim();
    // In JSON Lines each line is a whole object.
    if first.starts_with("{\"type\"") { reader.lines(text) } else { reader.document(text) }
}

struct SavedReader<'r> {
    rule: &'r dyn Fn(&str) -> Option<Arc<RuleInfo>>,
    /// Names that the model keeps for ever.
    words: HashSet<&'static str>,
    rules: BTreeMap<String, Arc<RuleInfo>>,
}

fn wrong(line: usize, what: impl Display) -> Wrong {
    // serde_json adds the position to its text.
    let what = what.to_string();
    let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
    Wrong { line: line.max(1), what }
}

impl SavedReader<'_> {
    fn document(&mut self, text: &str) -> Result<Saved, Wrong> {
        let head: Head = serde_json::from_str(text).map_err(|error| wrong(error.line(), error))?;
        if head.schema != SCHEMA {
            let what = format!("the schema is `{}`; this version reads `{SCHEMA}`", head.schema);
            return Err(wrong(line_of(text, "\"schema\""), what));
        }
        let document: Document = serde_json::from_str(text).map_err(|error| wrong(error.line(), error))?;
        let mut findings = Vec::with_capacity(document.findings.len());
        // Where a finding is, for errors: its fingerprint is a line of its own.
        for object in document.findings {
            let name = object.fingerprint.clone();
            findings.push(self.finding(object).map_err(|what| {
                wrong(line_of(text, &format!("\"{name}\"")), format!("finding {name}: {what}"))
            })?);
        }
        let line = line_of(text, "\"summary\"");
        self.saved(document.summary, findings).map_err(|what| wrong(line, what))
    }

    fn lines(&mut self, text: &str) -> Result<Saved, Wrong> {
        let (mut findings, mut summary) = (Vec::new(), None);
        for (number, line) in (1..).zip(text.lines()) {
            if summary.is_some() {
                return Err(wrong(number, "there is a line after the summary, which is the last"));
            }
            match serde_json::from_str(line).map_err(|error| wrong(number, error))? {
                SavedLine::Finding(object) => {
                    findings.push(self.finding(*object).map_err(|what| wrong(number, what))?);
                }
                SavedLine::Summary(object) => summary = Some((number, object)),
            }
        }
        let count = text.lines().count();
        let (line, summary) =
            summary.ok_or_else(|| wrong(count, "the summary, which is the last line, is missing"))?;
        self.saved(*summary, findings).map_err(|what| wrong(line, what))
    }

    fn saved(&mut self, summary: SummaryObject, findings: Vec<Finding>) -> Result<Saved, String> {
        if summary.findings != findings.len() as u64 {
            return Err(format!(
                "the summary counts {} findings, and there are {}",
                summary.findings,
                findings.len()
            ));
        }
        let notes = summary.notes.clone();
        let failing = findings.iter().filter(|finding| !finding.is_suppressed()).count() as u64;
        let summary = self.summary(summary, failing)?;
        Ok(Saved { findings, summary, notes })
    }

    fn summary(&mut self, object: SummaryObject, failing: u64) -> Result<Summary, String> {
        let CoverageObject { in_scope, scanned, excluded, unread, objects, bytes, cached, notes } =
            object.coverage;
        let ObjectsObject { blob, tree, commit, tag } = objects;
        let mut coverage = Coverage {
            scanned,
            excluded: tallies(excluded)?,
            unread: tallies(unread)?,
            objects: Objects { blob, tree, commit, tag },
            bytes,
            cached,
            interrupted: false,
            notes,
        };
        let mut counts = coverage.excluded.values().chain(coverage.unread.values()).map(|tally| tally.count);
        let sum = counts.try_fold(scanned, u64::checked_add);
        if sum != Some(in_scope) {
            return Err(format!(
                "`in_scope` is {in_scope}, which is not the sum of scanned, excluded and unread"
            ));
        }
        coverage.interrupted = coverage.is_complete() && !object.complete;
        if coverage.is_complete() != object.complete {
            return Err("`complete` is true although something is unread".to_owned());
        }
        let SettingsObject { files, skipped, overridden, proposed } = object.settings;
        let choices = |all: Vec<RuleChoiceObject>| {
            all.into_iter().map(|RuleChoiceObject { rule, by }| RuleChoice { rule, by }).collect()
        };
        let proposed = proposed.into_iter().map(|ProposedObject { path, setting, effect }| ProposedSetting {
            path,
            setting,
            effect,
        });
        Ok(Summary {
            command: self.word(&object.command),
            coverage,
            failing,
            milliseconds: thousandths(object.seconds, f64::MAX).ok_or("`seconds` is no duration")?,
            rules: object.rules,
            refuted: object.refuted,
            settings: SettingsReceipt {
                files: files.into_iter().map(settings_file).collect::<Result<_, _>>()?,
                skipped: choices(skipped),
                overridden: choices(overridden),
                proposed: proposed.collect(),
            },
            ledger: object.vaulted.map(ledger).transpose()?.map(Box::new),
        })
    }

    fn finding(&mut self, object: FindingObject) -> Result<Finding, String> {
        let rule = self.rule(&object);
        let fingerprint = Fingerprint::from_hex(&object.fingerprint)
            .ok_or_else(|| format!("`{}` is no fingerprint", object.fingerprint))?;
        let score = thousandths(object.score, 1.0).ok_or("`score` is not between 0 and 1")? as u16;
        let (check, facts) = match object.checks.as_slice() {
            [] => (Check::None, Vec::new()),
            [CheckObject { result, facts }] => {
                let check = match result.as_str() {
                    "none" => Check::None,
                    "holds" => Check::Holds,
                    "fails" => Check::Fails,
                    other => return Err(format!("there is no result `{other}` of a check")),
                };
                let fact = |(name, value): (&String, &String)| {
                    let kind = FactKind::named(name);
                    Ok(Fact::new(kind.ok_or_else(|| format!("there is no fact `{name}`"))?, value.as_str()))
                };
                (check, facts.iter().map(fact).collect::<Result<_, String>>()?)
            }
            _ => return Err("a finding has one check or none".to_owned()),
        };
        if object.occurrences.is_empty() {
            return Err("a finding has at least one occurrence".to_owned());
        }
        Ok(Finding {
            fingerprint,
            rule,
            secret: Secret::new(object.secret.into_bytes()),
            identifier: object.identifier,
            score: Score(score),
            confidence: object.confidence,
            check,
            facts,
            reasons: object.reasons,
            occurrences: object.occurrences.into_iter().map(occurrence).collect::<Result<_, _>>()?,
            suppressed_by: object.suppressed_by.map(|by| suppression(&by)).transpose()?,
            history: in_history(
                object.introduced,
                object.removed,
                object.live,
                object.refs,
                object.ref_count,
            )?,
            remediation: object.remediation,
            verification: object.verification.map(verification).transpose()?.map(Box::new),
            repositories: object.repositories.into_iter().map(found_in).collect::<Result<_, _>>()?,
            stored: object.known.map(|VaultedObject { entries, environments, services }| {
                Box::new(Vaulted { entries, environments, services })
            }),
        })
    }

    /// The rule as the report has it, with what else is known of it.
    fn rule(&mut self, object: &FindingObject) -> Arc<RuleInfo> {
        let known = |rule: &&Arc<RuleInfo>| {
            (rule.description.as_str(), rule.provider.as_deref(), rule.severity)
                == (object.description.as_str(), object.provider.as_deref(), object.severity)
        };
        if let Some(rule) = self.rules.get(&object.rule).filter(known) {
            return Arc::clone(rule);
        }
        let told = RuleInfo {
            description: object.description.clone().into(),
            provider: object.provider.clone().map(RuleText::from),
            ..RuleInfo::plain(object.rule.clone(), object.severity, object.confidence)
        };
        let rule = (self.rule)(&object.rule).filter(|rule| known(&rule)).unwrap_or_else(|| Arc::new(told));
        self.rules.insert(object.rule.clone(), Arc::clone(&rule));
        rule
    }

    /// A name that lives as long as the program: the model has only such names, and a report has few.
    fn word(&mut self, word: &str) -> &'static str {
        if let Some(known) = self.words.get(word) {
            return known;
        }
        let kept: &'static str = Box::leak(word.into());
        self.words.insert(kept);
        kept
    }
}

fn found_in(object: FoundInObject) -> Result<FoundIn, String> {
    let role = RepositoryRole::ALL.into_iter().find(|role| role.name() == object.role);
    let print = Fingerprint::from_hex(&object.fingerprint);
    Ok(FoundIn {
        role: role.ok_or_else(|| format!("there is no role `{}` of a repository", object.role))?,
        fingerprint: print.ok_or_else(|| format!("`{}` is no fingerprint", object.fingerprint))?,
        introduced: object.introduced.map(commit).transpose()?.map(Arc::new),
        removed: object.removed.map(commit).transpose()?.map(Arc::new),
        live: object.live,
        suppressed_by: object.suppressed_by.map(|by| suppression(&by)).transpose()?,
        repository: object.repository,
    })
}

fn ledger(object: LedgerObject) -> Result<Ledger, String> {
    let names = |all: Vec<String>| {
        let name =
            |text: &String| Fingerprint::from_hex(text).ok_or_else(|| format!("`{text}` is no fingerprint"));
        all.iter().map(name).collect::<Result<_, _>>()
    };
    Ok(Ledger {
        index: object.index,
        missing: names(object.missing)?,
        stored: names(object.stored)?,
        shared: names(object.shared)?,
    })
}

fn verification(object: VerificationObject) -> Result<Verification, String> {
    let VerificationObject { state, reason, recipe, host, identity, requests } = object;
    let known = Liveness::ALL.into_iter().find(|known| known.to_string() == state);
    let state = known.ok_or_else(|| format!("there is no state `{state}` of a verification"))?;
    Ok(Verification { state, reason, recipe, host, identity: identity.into_iter().collect(), requests })
}

/// The line on which `what` first is.
fn line_of(text: &str, what: &str) -> usize {
    text.find(what).map_or(1, |at| text[..at].matches('\n').count() + 1)
}

/// A number in thousandths, if it is between zero and `most`.
fn thousandths(number: f64, most: f64) -> Option<u64> {
    (0.0..=most).contains(&number).then(|| (number * 1000.0).round() as u64)
}

fn tallies(reasons: Vec<ReasonObject>) -> Result<BTreeMap<Reason, Tally>, String> {
    let mut tallies = BTreeMap::new();
    for ReasonObject { reason, count, examples } in reasons {
        if tallies.insert(reason.clone().into(), Tally { count, examples }).is_some() {
            return Err(format!("the reason `{reason}` is there twice"));
        }
    }
    Ok(tallies)
}

fn settings_file(object: SettingsFileObject) -> Result<SettingsFile, String> {
    const ROLES: [SettingsRole; 6] = [
        SettingsRole::Configuration,
        SettingsRole::Gitleaks,
        SettingsRole::Rules,
        SettingsRole::IgnoreFile,
        SettingsRole::Baseline,
        SettingsRole::OtherTool,
    ];
    let SettingsFileObject { role, path, origin, sha256: digest } = object;
    let known = ROLES.into_iter().find(|known| known.name() == role);
    let role = known.ok_or_else(|| format!("there is no role `{role}` of a file of settings"))?;
    Ok(SettingsFile { role, path, origin, digest })
}

fn object_id(hex: &str) -> Result<ObjectId, String> {
    ObjectId::from_hex(hex).ok_or_else(|| format!("`{hex}` is no id of an object"))
}

fn commit(object: CommitObject) -> Result<Commit, String> {
    let (time, zone) = time(&object.date)?;
    Ok(Commit { id: object_id(&object.commit)?, author: object.author, email: object.email, time, zone })
}

/// The seconds since 1970 and the zone's minutes of a date as [`super::date`] writes it.
fn time(text: &str) -> Result<(i64, i32), String> {
    let no_date = || format!("`{text}` is no date");
    if let Some(seconds) = text.strip_prefix('@') {
        return Ok((seconds.parse().map_err(|_| no_date())?, 0));
    }
    let stamp: jiff::Timestamp = text.parse().map_err(|_| no_date())?;
    let zone = match text.len().checked_sub(6).and_then(|at| text.get(at..)) {
        Some(zone) if zone.starts_with(['+', '-']) => {
            let part = |range| zone.get(range).and_then(|digits: &str| digits.parse::<i32>().ok());
            let (hours, minutes) = part(1..3).zip(part(4..6)).ok_or_else(no_date)?;
            (hours * 60 + minutes) * if zone.starts_with('-') { -1 } else { 1 }
        }
        _ => 0,
    };
    Ok((stamp.as_second(), zone))
}

/// The life of a finding in a history, of which nothing is said if none was read.
fn in_history(
    introduced: Option<CommitObject>,
    removed: Option<CommitObject>,
    live: Option<bool>,
    refs: Vec<String>,
    ref_count: Option<u64>,
) -> Result<Option<InHistory>, String> {
    let introduced = introduced.map(commit).transpose()?.map(Arc::new);
    let removed = removed.map(commit).transpose()?.map(Arc::new);
    match live {
        Some(live) => {
            let ref_count = ref_count.unwrap_or(0).max(refs.len() as u64);
            Ok(Some(InHistory { introduced, removed, live, refs, ref_count }))
        }
        None if introduced.is_none() && removed.is_none() && refs.is_empty() => Ok(None),
        None => Err("a finding that a commit introduced or removed is `live` or not".to_owned()),
    }
}

fn occurrence(object: OccurrenceObject) -> Result<Occurrence, String> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == object.kind);
    let kind = kind.ok_or_else(|| format!("there is no kind `{}` of occurrences", object.kind))?;
    let decoding = |name: String| {
        let known = Decoding::ALL.into_iter().find(|known| known.name() == name);
        known.ok_or_else(|| format!("there is no decoding `{name}`"))
    };
    let brought_by = match (object.commit, object.author, object.email, object.date) {
        (Some(id), Some(author), Some(email), Some(date)) => {
            Some(Arc::new(commit(CommitObject { commit: id, author, email, date })?))
        }
        (None, None, None, None) => None,
        _ => {
            return Err(
                "an occurrence has `commit`, `author`, `email` and `date`, or none of them".to_owned()
            );
        }
    };
    let parts = SourceParts {
        kind,
        blob: object.blob.map(|id| object_id(&id)).transpose()?,
        commit: brought_by,
        presence: Presence {
            reachable: object.reachable,
            live: object.live,
            removed_in: object.removed_in.map(|id| object_id(&id)).transpose()?,
        },
        image: object.image.map(|image| Arc::new(in_image(image))),
    };
    let is_impossible = || {
        format!(
            "an occurrence of the kind `{}` has what no such one has, or lacks what each has",
            kind.name()
        )
    };
    let source = Source::from_parts(parts).ok_or_else(is_impossible)?;
    Ok(Occurrence {
        place: Place { path: object.path.map(Arc::from), source },
        location: Location {
            line: object.line,
            column: object.column,
            end_line: object.end_line,
            end_column: object.end_column,
            start: object.start,
            end: object.end,
            utf16_column: object.column,
            utf16_end_column: object.end_column,
        },
        decoded_by: object.decoded_by.into_iter().map(decoding).collect::<Result<_, _>>()?,
        suppressed_by: object.suppressed_by.map(|by| suppression(&by)).transpose()?,
        matches: Vec::new(),
    })
}

fn in_image(object: ImageObject) -> InImage {
    let layer = |LayerObject { number, digest, command }| ImageLayer { number, digest, command };
    InImage { layer: object.layer.map(layer), removed: object.removed_in.map(layer), images: object.images }
}

/// The suppression that is written as `text`: written again, it is the same.
fn suppression(text: &str) -> Result<Suppression, String> {
    let (rest, is_new) = match text.strip_suffix(", brought by this change") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let read = if let Some(comment) = rest.strip_prefix("allow comment `") {
        let (words, reason) = match comment.split_once("`: ") {
            Some((words, reason)) => (words, Some(reason.to_owned())),
            None => (comment.strip_suffix('`').unwrap_or(comment), None),
        };
        Some(Suppression::AllowComment { words: words.to_owned(), reason, is_new })
    } else if rest == "allow comments at all its places" {
        Some(Suppression::AllowComments { are_new: is_new })
    } else if text == "baseline" {
        Some(Suppression::Baseline)
    } else if let Some(reason) = text.strip_prefix("ignore entry: ") {
        Some(Suppression::IgnoreEntry { reason: Some(reason.to_owned()), owner: None })
    } else if text == "ignore entry" {
        Some(Suppression::IgnoreEntry { reason: None, owner: None })
    } else if let Some(owner) = text.strip_prefix("ignore entry (").and_then(|rest| rest.strip_suffix(')')) {
        Some(Suppression::IgnoreEntry { reason: None, owner: Some(owner.to_owned()) })
    } else {
        Some(Suppression::MadeUp)
    };
    read.filter(|read| read.to_string() == text).ok_or_else(|| format!("nothing suppresses as `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_suppresses_is_read_back_as_it_is_written() {
        let text = |text: &str| Some(text.to_owned());
        for one in [
            Suppression::AllowComment { words: "keydredge:allow".to_owned(), reason: None, is_new: false },
            Suppression::AllowComment { words: "a` b".to_owned(), reason: text("why: not"), is_new: true },
            Suppression::AllowComments { are_new: true },
            Suppression::AllowComments { are_new: false },
            Suppression::IgnoreEntry { reason: None, owner: None },
            Suppression::IgnoreEntry { reason: text("a (b)"), owner: None },
            Suppression::IgnoreEntry { reason: None, owner: text("ada") },
            Suppression::Baseline,
            Suppression::MadeUp,
        ] {
            assert_eq!(suppression(&one.to_string()).as_ref(), Ok(&one), "{one}");
        }
        let both = Suppression::IgnoreEntry { reason: text("why"), owner: text("ada") };
        assert_eq!(suppression(&both.to_string()).map(|read| read.to_string()), Ok(both.to_string()));
        assert!(suppression("nonsense").is_err() && suppression("").is_err());
    }

    #[test]
    fn an_occurrence_has_what_its_kind_can_have() {
        let read = |kind: &str, blob: bool, commit: bool| {
            let (id, by) = ("1".repeat(40), |text: &str| commit.then(|| text.to_owned()));
            let object = serde_json::json!({
                "kind": kind, "path": "a", "blob": blob.then_some(&id), "line": 1, "column": 1, "end_line": 1,
                "end_column": 2, "start": 0, "end": 1, "decoded_by": [], "commit": by(&id), "author": by("A"),
                "email": by("a@example.com"), "date": by("2026-01-01T00:00:00+00:00"), "reachable": null,
                "live": null, "removed_in": null, "suppressed_by": null
            });
            occurrence(serde_json::from_value(object).expect("it has all fields"))
        };
        assert!(read("stdin", false, false).is_ok() && read("commit", true, true).is_ok());
        for (kind, blob, commit) in [("stdin", false, true), ("commit", true, false), ("staged", true, true)]
        {
            let refused = read(kind, blob, commit).expect_err("there is no such place");
            assert!(refused.contains(&format!("`{kind}`")), "{refused}");
        }
    }

    #[test]
    fn dates_are_read_back_as_they_are_written() {
        for (seconds, zone) in [(0, 0), (1_700_000_000, 120), (1_700_000_000, -570), (i64::MAX, 0)] {
            let text = super::super::date(seconds, zone);
            assert_eq!(time(&text), Ok((seconds, zone)), "{text}");
        }
        for no_date in ["", "@", "yesterday", "2026-13-01T00:00:00Z"] {
            assert!(time(no_date).is_err(), "{no_date}");
        }
    }

    #[test]
    fn what_is_no_report_is_an_error_with_its_line() {
        let rule = |_: &str| None;
        for (text, line, what) in [
            ("", 1, "EOF"),
            ("{\n\"a\": 1}", 2, "schema"),
            ("{\n\"schema\": \"keydredge/9\"}", 2, "keydredge/1"),
            ("{\"schema\": \"keydredge/1\",\n\"more\": 1}", 2, "more"),
            ("{\"type\":\"finding\"}", 1, "missing field"),
            ("[]", 1, "invalid"),
        ] {
            let told = read(text, &rule).expect_err(text);
            assert_eq!(told.line, line, "{text}: {told}");
            assert!(told.what.contains(what), "{text}: {told}");
        }
    }
}
