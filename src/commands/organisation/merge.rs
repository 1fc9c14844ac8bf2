//! `audit merge`: one report of all receipts, complete only if every listed repository has one.
//!
//! # Design
//!
//! What is written depends on the reports alone: `seconds` is 0, since what the runs took is in the receipts.

use super::settings::names_digest;
use super::{Exit, listed, output};
use crate::audit::{ListEntry, Merger, ReceiptOutcome, RepositoryReceipt};
use crate::cli::AuditMerge;
use crate::commands::session::exit::Gate;
use crate::commands::session::options::Output;
use crate::error::Error;
use crate::model::{Coverage, Finding, Fingerprint, RuleInfo, SettingsReceipt, Severity, Summary, Tally};
use crate::report::{Report, Saved, read_saved};
use crate::rules::Catalogue;
use crate::source;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The largest report of one repository that is read, bytes.
const LARGEST: u64 = 4 << 30;

/// How many notes of repositories are shown; all are in their reports.
const NOTES: usize = 100;

/// What origin files have that the command line names.
const COMMAND_LINE: &str = "command line";

/// `audit merge`.
pub(super) fn merge(flags: &AuditMerge) -> Result<Exit, Error> {
    let output = Output::of(&flags.shared());
    output::check(&output)?;
    if !flags.folder.is_dir() {
        return Err(source::Error::Missing { path: flags.folder.clone() }.into());
    }
    let list = listed(&flags.list, false)?;
    let rules: HashMap<String, Arc<RuleInfo>> =
        Catalogue::embedded().infos().iter().map(|rule| (rule.id.to_string(), Arc::clone(rule))).collect();
    let source = ReportSource {
        folder: &flags.folder,
        names: names_digest(&list),
        settings: usual_settings(&flags.folder, &list.entries),
        rules: &|id| rules.get(id).cloned(),
    };
    let mut whole = MergedAnswer::default();
    for entry in &list.entries {
        match source.read(entry) {
            Ok((saved, identities)) => whole.add(&entry.name, saved, &identities),
            Err((reason, detail)) => whole.miss(&entry.name, reason, detail),
        }
    }
    let others = others(&flags.folder, &list.entries);
    let (findings, summary, notes, missing) =
        whole.finish(list.entries.len(), others, flags.fail_on.unwrap_or(Severity::Low));
    let report = Report {
        findings: &findings,
        summary: &summary,
        notes: &notes,
        // What is shown is what the reports show.
        show_secrets: true,
        since: None,
        names_all_refs: false,
    };
    output::write(&report, &output)?;
    let gate = Gate { exit_zero: flags.exit_zero, allow_incomplete: flags.allow_incomplete };
    // An answer without some repository is none, whatever the others have.
    let is_part = missing > 0 && !flags.allow_incomplete;
    Ok(if is_part { Exit::Incomplete } else { Exit::of(&summary, gate) })
}

/// Where reports are, and what has to be so for one to count.
struct ReportSource<'a> {
    folder: &'a Path,
    names: String,
    settings: Option<String>,
    rules: &'a dyn Fn(&str) -> Option<Arc<RuleInfo>>,
}

/// The reason why a repository is missing, and what else is known of that.
type MissingReport = (&'static str, Option<String>);

impl ReportSource<'_> {
    /// The report of a repository, with the names of its findings over repositories; or the reason why there is none, and
    /// what else is known of that.
    fn read(&self, entry: &ListEntry) -> Result<(Saved, Vec<Fingerprint>), MissingReport> {
        let (receipt, report) = RepositoryReceipt::paths(self.folder, &entry.file_name());
        let receipt = RepositoryReceipt::read(&receipt)
            .map_err(|why| ("repository whose receipt cannot be read", Some(why)))?
            .ok_or(("repository without a receipt", None))?;
        if receipt.outcome == ReceiptOutcome::Failed {
            return Err(("repository that failed", receipt.why));
        }
        if receipt.repository != entry.name {
            return Err(("repository whose receipt is another's", None));
        }
        if receipt.names != self.names {
            return Err(("repository read for another list, with another salt", None));
        }
        if Some(&receipt.settings) != self.settings.as_ref() {
            return Err(("repository read with other settings or another version than most", None));
        }
        let damaged = |why: String| ("repository whose report is not that of its receipt", Some(why));
        let text = receipt.report(&report, LARGEST).map_err(damaged)?;
        let saved = read_saved(&text, self.rules).map_err(|wrong| damaged(wrong.to_string()))?;
        let identities: Option<Vec<Fingerprint>> =
            receipt.identities.iter().map(|name| Fingerprint::from_hex(name)).collect();
        let identities = identities.filter(|names| names.len() == saved.findings.len());
        let identities = identities.ok_or_else(|| damaged("it has another number of findings".to_owned()))?;
        Ok((saved, identities))
    }
}

/// The settings that most receipts have.
fn usual_settings(folder: &Path, entries: &[ListEntry]) -> Option<String> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for entry in entries {
        let (path, _) = RepositoryReceipt::paths(folder, &entry.file_name());
        if let Ok(Some(receipt)) = RepositoryReceipt::read(&path)
            && receipt.outcome == ReceiptOutcome::Done
        {
            *counts.entry(receipt.settings).or_default() += 1;
        }
    }
    // Of equally many the first.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(settings, _)| settings)
}

/// How many receipts are of repositories that the list does not name.
fn others(folder: &Path, entries: &[ListEntry]) -> usize {
    let known: BTreeSet<OsString> =
        entries.iter().map(|entry| OsString::from(format!("{}.json", entry.file_name()))).collect();
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    let spread = folders.filter(|folder| folder.file_name().len() == 2);
    let files = spread.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let receipts = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "json"));
    receipts.filter(|file| !known.contains(&file.file_name())).count()
}

/// The answer over repositories, as far as they were added.
#[derive(Default)]
struct MergedAnswer {
    findings: Merger,
    coverage: Coverage,
    rules: u64,
    refuted: u64,
    settings: SettingsReceipt,
    /// Each note, and the repositories that have it.
    notes: BTreeMap<String, Vec<String>>,
    missing: usize,
}

impl MergedAnswer {
    fn add(&mut self, name: &str, saved: Saved, identities: &[Fingerprint]) {
        let Saved { findings, summary, notes } = saved;
        self.findings.add(name, findings, identities);
        let mut coverage = summary.coverage;
        for Tally { examples, .. } in coverage.excluded.values_mut().chain(coverage.unread.values_mut()) {
            examples.iter_mut().for_each(|example| *example = format!("{name}/{example}"));
        }
        for note in notes.into_iter().chain(std::mem::take(&mut coverage.notes)) {
            self.notes.entry(note).or_default().push(name.to_owned());
        }
        self.coverage.merge(coverage);
        self.rules = self.rules.max(summary.rules);
        self.refuted += summary.refuted;
        let SettingsReceipt { files, skipped, overridden, .. } = summary.settings;
        for mut file in files {
            if file.origin == COMMAND_LINE {
                if self.settings.files.contains(&file) {
                    continue;
                }
            } else {
                file.path = format!("{name}/{}", file.path);
            }
            self.settings.files.push(file);
        }
        for (known, more) in
            [(&mut self.settings.skipped, skipped), (&mut self.settings.overridden, overridden)]
        {
            let own = more.into_iter().map(|mut choice| {
                if choice.by != COMMAND_LINE {
                    choice.by = format!("{name}/{}", choice.by);
                }
                choice
            });
            known.extend(own);
        }
    }

    fn miss(&mut self, name: &str, reason: &str, detail: Option<String>) {
        self.missing += 1;
        self.coverage.miss(reason, name.to_owned());
        if let Some(detail) = detail {
            self.notes.entry(detail).or_default().push(name.to_owned());
        }
    }

    /// Findings, summary, notes, and how many repositories are missing.
    fn finish(
        mut self,
        listed: usize,
        others: usize,
        fail_on: Severity,
    ) -> (Vec<Finding>, Summary, Vec<String>, usize) {
        let mut notes = vec![match self.missing {
            0 => format!("All {listed} listed repositories were read."),
            missing => format!(
                "This is not the whole answer: {missing} of {listed} listed repositories are missing in it. Run their \
                 shards again, then merge again."
            ),
        }];
        match others {
            0 => {}
            1 => notes.push("1 receipt is of a repository that the list does not name: left out.".to_owned()),
            many => {
                notes.push(format!(
                    "{many} receipts are of repositories that the list does not name: left out."
                ));
            }
        }
        let hidden = self.notes.len().saturating_sub(NOTES);
        for (note, names) in self.notes.iter().take(NOTES) {
            notes.push(match names.as_slice() {
                [name] => format!("{name}: {note}"),
                [name, ..] => format!("{name} and {} more: {note}", names.len() - 1),
                [] => note.clone(),
            });
        }
        if hidden > 0 {
            notes.push(format!("{hidden} more notes are in the reports of the repositories."));
        }
        for choices in [&mut self.settings.skipped, &mut self.settings.overridden] {
            choices.sort();
            choices.dedup();
        }
        let findings = self.findings.finish();
        let is_failing = |one: &&Finding| !one.is_suppressed() && one.rule.severity >= fail_on;
        let summary = Summary {
            command: "audit merge",
            failing: findings.iter().filter(is_failing).count() as u64,
            coverage: self.coverage,
            milliseconds: 0,
            ledger: None,
            rules: self.rules,
            refuted: self.refuted,
            settings: self.settings,
        };
        (findings, summary, notes, self.missing)
    }
}
