//! `audit run`: a worker's share of the list, one repository after the other.

use super::one::{AuditWork, ReadOutcome, folder};
use super::settings::AuditTerms;
use super::{Exit, listed, output};
use crate::audit::{Cloner, ReceiptOutcome, RepositoryList, RepositoryReceipt, Shard};
use crate::cli::{AuditRun, Shared};
use crate::commands::session::options::Output;
use crate::commands::{interrupt, remark};
use crate::error::Error;
use crate::report::progress::{Progress, Unit};
use std::path::{Path, PathBuf};

/// What became of a share.
#[derive(Debug, Default)]
struct ShareTally {
    new: u64,
    as_before: u64,
    failed: u64,
    findings: u64,
    with_failing: u64,
    unread: u64,
    with_unread: u64,
    known_blobs: u64,
}

/// `audit run`.
pub(super) fn run(flags: &AuditRun) -> Result<Exit, Error> {
    interrupt::listen();
    let list = listed(&flags.list, flags.allow_empty)?;
    let variable = |name: &str| std::env::var(name).ok();
    let shard = Shard::resolve(flags.shard.as_deref(), &variable)?;
    let work = work(flags, &list)?;
    work.sweep();
    let share = shard.share(&list.entries);
    let shown = Output::of(&Shared { progress: flags.progress, quiet: flags.quiet, ..Shared::plain() });
    let progress = Progress::new(output::draws_progress(&shown), Unit::Count("repositories"));
    progress.begin("reading", share.len() as u64);
    let mut tally = ShareTally::default();
    let mut is_interrupted = false;
    for entry in &share {
        is_interrupted = interrupt::is_pressed();
        if is_interrupted {
            break;
        }
        let outcome = work.read(entry)?;
        is_interrupted = matches!(outcome, ReadOutcome::Interrupted);
        let Some((receipt, how)) = tally.add(outcome) else { break };
        if let Some(why) = &receipt.why {
            remark(&format!("{} failed: {why}", entry.name));
        } else {
            let (findings, unread) = (receipt.findings, receipt.coverage.unread);
            let text = format!("{}: {how}, {findings} findings, {unread} unread", entry.name);
            output::mention(flags.verbose, &text);
        }
        progress.advance(1);
    }
    progress.finish();
    let exit = tally.exit(flags, is_interrupted);
    if !flags.quiet || exit != Exit::Clean {
        if list.repeated > 0 {
            let what = if list.repeated == 1 { "line names" } else { "lines name" };
            output::say(&format!("{} {what} a repository that another names already", list.repeated))?;
        }
        let left = share.len() as u64 - tally.new - tally.as_before - tally.failed;
        tally.say(&shard, left)?;
    }
    Ok(exit)
}

/// Where and how the repositories of `list` are read.
fn work(flags: &AuditRun, list: &RepositoryList) -> Result<AuditWork, Error> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let out = absolute(&flags.out);
    folder(&out)?;
    let cloner = Cloner::new(flags.insecure, flags.filter.clone());
    let settings = flags.settings.absolute();
    let terms = AuditTerms::of(list, &settings, &format!("{:?}", cloner.filter))?;
    let program =
        std::env::current_exe().map_err(|source| Error::Read { path: PathBuf::from("keydredge"), source })?;
    Ok(AuditWork {
        work: flags.work.as_deref().map_or_else(|| out.join("work"), absolute),
        blobs: (!flags.no_cache).then(|| flags.cache.as_deref().map_or_else(|| out.join("blobs"), absolute)),
        out,
        program,
        shared: settings.shared(),
        settings,
        terms,
        cloner,
        timeout: flags.timeout,
        retries: flags.retries,
        redo: flags.redo,
    })
}

impl ShareTally {
    /// Counts a repository. Returns its receipt and how that came, or `None` if the run was interrupted.
    fn add(&mut self, outcome: ReadOutcome) -> Option<(RepositoryReceipt, &'static str)> {
        let (receipt, how) = match outcome {
            ReadOutcome::Interrupted => return None,
            ReadOutcome::AsBefore(receipt) => {
                self.as_before += 1;
                (receipt, "as before")
            }
            ReadOutcome::New(receipt, known_blobs) => {
                self.known_blobs += known_blobs;
                let is_done = receipt.outcome == ReceiptOutcome::Done;
                *(if is_done { &mut self.new } else { &mut self.failed }) += 1;
                (receipt, "read")
            }
        };
        self.findings += receipt.findings;
        self.with_failing += u64::from(receipt.failing > 0);
        self.unread += receipt.coverage.unread;
        self.with_unread += u64::from(receipt.coverage.unread > 0);
        Some((receipt, how))
    }

    /// A repository that failed is a part of the answer that is missing, whatever the others have.
    fn exit(&self, flags: &AuditRun, is_interrupted: bool) -> Exit {
        if is_interrupted {
            Exit::Interrupted
        } else if self.failed > 0 && !flags.allow_incomplete {
            Exit::Incomplete
        } else if self.with_failing > 0 && !flags.exit_zero {
            Exit::Findings
        } else if self.unread > 0 && !flags.allow_incomplete {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }

    fn say(&self, shard: &Shard, left: u64) -> Result<(), Error> {
        let all = self.new + self.as_before + self.failed + left;
        let mut parts = vec![format!("{} read", self.new), format!("{} as before", self.as_before)];
        parts.push(format!("{} failed", self.failed));
        if left > 0 {
            parts.push(format!("{left} left"));
        }
        output::say(&format!("shard {shard}: {all} repositories: {}", parts.join(", ")))?;
        let of = |count: u64, what: &str, repositories: u64| {
            format!("{count} {what} ({repositories} repositories)")
        };
        let unread = of(self.unread, "objects unread", self.with_unread);
        output::say(&format!(
            "{} findings, {} of the repositories fail by them; {unread}",
            self.findings, self.with_failing
        ))?;
        match self.known_blobs {
            0 => Ok(()),
            known => output::say(&format!("{known} blobs are those of other clones, and were read there")),
        }
    }
}
