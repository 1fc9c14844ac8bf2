//! One repository of an audit: is there a receipt, the clone, the process that reads it, the receipt.

use super::settings::{AuditTerms, FolderState};
use super::worker::{MARK, WorkerFacts};
use crate::atomic_file;
use crate::audit::{
    self, CloneFailure, Cloner, Heads, ListEntry, ReceiptOutcome, RepositoryAt, RepositoryReceipt,
};
use crate::cli::{AuditSettings, Shared};
use crate::commands::{interrupt, masked};
use crate::error::Error;
use crate::process::{self, ProgramEnd, RunLimits};
use crate::update_lock::{self, UpdateLock};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// The largest report that is compared with its receipt, bytes.
const LARGEST_REPORT: u64 = 4 << 30;

/// How often a lock of another worker, and a signal, is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Where a worker of an audit reads and writes, and how.
#[derive(Debug)]
pub(super) struct AuditWork {
    /// The folder of reports and receipts.
    pub(super) out: PathBuf,
    /// The folder of clones.
    pub(super) work: PathBuf,
    /// The folder of what is known of the blobs of clones, if that is used.
    pub(super) blobs: Option<PathBuf>,
    /// This program.
    pub(super) program: PathBuf,
    /// How repositories are read.
    pub(super) settings: AuditSettings,
    /// The same, as flags of a scan.
    pub(super) shared: Shared,
    /// What has to be the same for a receipt to count.
    pub(super) terms: AuditTerms,
    pub(super) cloner: Cloner,
    pub(super) timeout: Option<Duration>,
    pub(super) retries: u32,
    pub(super) redo: bool,
}

/// What became of a repository.
#[derive(Debug)]
pub(super) enum ReadOutcome {
    /// A receipt of the same state and settings was there.
    AsBefore(RepositoryReceipt),
    /// It was read, or failed; how many of its blobs were known.
    New(RepositoryReceipt, u64),
    /// The run was interrupted before it was read.
    Interrupted,
}

/// Why a repository was not read.
enum Obstacle {
    Interrupted,
    /// Why, fit to print, without a secret.
    Failed(String),
    /// It may be otherwise in a moment.
    Passing(String),
}

impl From<CloneFailure> for Obstacle {
    fn from(failure: CloneFailure) -> Self {
        match failure {
            CloneFailure::Stopped => Self::Interrupted,
            CloneFailure::TimedOut => Self::Failed("it took too long to clone (--timeout)".to_owned()),
            CloneFailure::Said(why) => Self::Passing(masked(&why)),
        }
    }
}

impl AuditWork {
    /// Reads a repository, unless there is a receipt of the same. Its report and receipt are written.
    ///
    /// # Errors
    /// If nothing can be written. What is wrong with the repository is in its receipt.
    pub(super) fn read(&self, entry: &ListEntry) -> Result<ReadOutcome, Error> {
        let name = entry.file_name();
        let (receipt_path, report_path) = RepositoryReceipt::paths(&self.out, &name);
        folder(receipt_path.parent().unwrap_or(&self.out))?;
        let Some(_lock) = self.lock(&name)? else { return Ok(ReadOutcome::Interrupted) };
        let (began, started) = (Instant::now(), jiff::Timestamp::now().to_string());
        let limits = RunLimits { until: self.timeout.map(|time| began + time), stop: interrupt::flag() };
        let mut attempts = 0;
        let read = loop {
            attempts += 1;
            match self.attempt(entry, &name, (&receipt_path, &report_path), limits)? {
                Err(Obstacle::Passing(_)) if attempts <= self.retries => {
                    if !wait(attempts, limits) {
                        break Err(Obstacle::Interrupted);
                    }
                }
                result => break result,
            }
        };
        let (mut receipt, known_blobs) = match read {
            Ok(ReadOutcome::New(receipt, known_blobs)) => (receipt, known_blobs),
            Ok(other) => return Ok(other),
            Err(Obstacle::Interrupted) => return Ok(ReadOutcome::Interrupted),
            Err(Obstacle::Failed(why) | Obstacle::Passing(why)) => {
                remove(&report_path)?;
                (RepositoryReceipt::failed(&entry.name, entry.at.shown(), why), 0)
            }
        };
        receipt.settings.clone_from(&self.terms.settings);
        receipt.names.clone_from(&self.terms.names);
        (receipt.started, receipt.attempts) = (started, attempts);
        receipt.seconds = (began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        receipt.write(&receipt_path)?;
        Ok(ReadOutcome::New(receipt, known_blobs))
    }

    fn attempt(
        &self,
        entry: &ListEntry,
        name: &str,
        (receipt, report): (&Path, &Path),
        limits: RunLimits,
    ) -> Result<Result<ReadOutcome, Obstacle>, Error> {
        let current = |heads: Option<&Heads>, state: Option<&str>| {
            // One that cannot be read is written anew.
            let known = RepositoryReceipt::read(receipt).ok().flatten().filter(|_| !self.redo)?;
            let is_current = known.is_current(&self.terms.settings, heads, state);
            (is_current && known.report(report, LARGEST_REPORT).is_ok()).then_some(known)
        };
        match &entry.at {
            RepositoryAt::Folder(path) => {
                let state = match FolderState::of(path, &self.shared) {
                    Ok(state) => state.digest,
                    Err(error) => return Ok(Err(Obstacle::Failed(masked(&error.with_causes())))),
                };
                if let Some(known) = state.as_deref().and_then(|state| current(None, Some(state))) {
                    return Ok(Ok(ReadOutcome::AsBefore(known)));
                }
                self.scan(entry, path, None, report, limits)
            }
            RepositoryAt::Url { .. } => {
                if entry.is_unsafe() && !self.cloner.insecure {
                    let why =
                        "anyone on the way can read and change what comes over its protocol (--insecure)";
                    return Ok(Err(Obstacle::Failed(why.to_owned())));
                }
                let heads = match self.cloner.heads(&entry.at, limits) {
                    Ok(heads) => heads,
                    Err(failure) => return Ok(Err(failure.into())),
                };
                if let Some(known) = current(Some(&heads), None) {
                    return Ok(Ok(ReadOutcome::AsBefore(known)));
                }
                let clone = self.work.join(format!("{name}.{}.{}", self.place(), std::process::id()));
                folder(&self.work)?;
                let _removed = RemovedAtTheEnd(&clone);
                if let Err(failure) = self.cloner.clone(&entry.at, &clone, limits) {
                    return Ok(Err(failure.into()));
                }
                // What was fetched, and not what was there a moment before.
                let heads = match self.cloner.heads(&RepositoryAt::Folder(clone.clone()), limits) {
                    Ok(heads) => heads,
                    Err(failure) => return Ok(Err(failure.into())),
                };
                // git named the objects of a clone as it received them: its ids are those of their bytes.
                let read = self.scan(entry, &clone, self.blobs.as_deref(), report, limits)?;
                Ok(read.map(|outcome| match outcome {
                    ReadOutcome::New(receipt, known_blobs) => {
                        let receipt = RepositoryReceipt { heads: Some(heads), state: None, ..receipt };
                        ReadOutcome::New(receipt, known_blobs)
                    }
                    other => other,
                }))
            }
        }
    }

    /// Has a process of its own read the repository at `path`, of which other clones may know `blobs`.
    fn scan(
        &self,
        entry: &ListEntry,
        path: &Path,
        blobs: Option<&Path>,
        report: &Path,
        limits: RunLimits,
    ) -> Result<Result<ReadOutcome, Obstacle>, Error> {
        let mut command = Command::new(&self.program);
        process::forget_repository(&mut command);
        command.args(["audit", "worker"]).args(self.settings.arguments()).current_dir(path);
        if let Some(blobs) = blobs {
            command.arg("--blobs").arg(blobs);
        }
        let salt = self.terms.salt.as_deref().map(|salt| format!("{salt}\n")).unwrap_or_default();
        let mut taken = None;
        let ran = process::run(command, salt.as_bytes(), limits, |out| {
            taken = Some(take(out, report));
            Ok(())
        });
        let ran = ran.map_err(|source| audit::Error::Program { what: "keydredge", source })?;
        let status = match ran.ending {
            ProgramEnd::Exited(status) => status,
            ProgramEnd::Stopped => return Ok(Err(Obstacle::Interrupted)),
            ProgramEnd::TimedOut => {
                return Ok(Err(Obstacle::Failed("it took too long to read (--timeout)".to_owned())));
            }
        };
        let (facts, sha256) = match taken {
            Some(Ok(taken)) => taken,
            Some(Err(Untaken::File(error))) => return Err(error.into()),
            Some(Err(Untaken::CutOff)) | None => {
                return Ok(Err(Obstacle::Failed(masked(&why(status, &ran.said)))));
            }
        };
        if status.code() != Some(i32::from(facts.exit)) {
            return Ok(Err(Obstacle::Failed(masked(&why(status, &ran.said)))));
        }
        let failed = RepositoryReceipt::failed(&entry.name, entry.at.shown(), String::new());
        let receipt = RepositoryReceipt {
            outcome: ReceiptOutcome::Done,
            why: None,
            exit: facts.exit,
            findings: facts.findings,
            failing: facts.failing,
            complete: facts.complete,
            coverage: facts.coverage,
            heads: Some(facts.heads),
            state: facts.state,
            sha256: Some(sha256),
            identities: facts.identities,
            ..failed
        };
        Ok(Ok(ReadOutcome::New(receipt, facts.known_blobs)))
    }

    /// The right to read the repository of this name; none if the run was interrupted while another worker has it.
    fn lock(&self, name: &str) -> Result<Option<NamedLock>, Error> {
        let place = self.out.join("locks").join(name);
        loop {
            folder(&place)?;
            match UpdateLock::take_now(&place) {
                Ok(lock) => return Ok(Some(NamedLock { lock: Some(lock), place })),
                Err(update_lock::Error::Busy { .. }) => {}
                // Its last owner has just removed the folder.
                Err(update_lock::Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                // A file system without locks: at worst two workers read the same repository.
                Err(update_lock::Error::Io { .. }) => return Ok(Some(NamedLock { lock: None, place })),
                Err(error) => return Err(error.into()),
            }
            if interrupt::is_pressed() {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }

    /// A name of the audit among those that have the same folder of clones.
    fn place(&self) -> String {
        let digest = Sha256::digest(self.out.as_os_str().as_encoded_bytes());
        data_encoding::HEXLOWER.encode(&digest[..4])
    }

    /// Removes the clones of workers that are gone.
    pub(super) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.work) else { return };
        for entry in entries.flatten() {
            let file_name = entry.file_name();
            let parts = file_name.to_str().and_then(|name| name.rsplit_once('.'));
            let parts = parts.and_then(|(name, owner)| Some((name.rsplit_once('.')?, owner)));
            let Some(((name, place), owner)) = parts else { continue };
            let is_ours = place == self.place() && owner.parse::<u32>().is_ok();
            let place = self.out.join("locks").join(name);
            if is_ours
                && fs::create_dir_all(&place).is_ok()
                && let Ok(lock) = UpdateLock::take_now(&place)
            {
                let _it_may_be_gone = fs::remove_dir_all(entry.path());
                drop(NamedLock { lock: Some(lock), place });
            }
        }
    }
}

/// A lock whose folder goes with it.
struct NamedLock {
    lock: Option<UpdateLock>,
    place: PathBuf,
}

impl Drop for NamedLock {
    fn drop(&mut self) {
        drop(self.lock.take());
        // Another worker may be waiting in it.
        let _it_is_not_empty = fs::remove_dir(&self.place);
    }
}

/// A folder that goes whatever happens.
struct RemovedAtTheEnd<'p>(&'p Path);

impl Drop for RemovedAtTheEnd<'_> {
    fn drop(&mut self) {
        let _it_may_not_be_there = fs::remove_dir_all(self.0);
    }
}

/// Why the output of a worker is no report.
enum Untaken {
    /// The file cannot be written.
    File(atomic_file::Error),
    /// The worker ended before all of it came.
    CutOff,
}

/// Writes what a worker prints into the file `report`, if it comes to its end; what the worker says last, and the SHA-256.
fn take(out: &mut ChildStdout, report: &Path) -> Result<(WorkerFacts, String), Untaken> {
    let mut facts = None;
    let mut has_ended = false;
    let mut digest = Sha256::new();
    let mut lines = BufReader::with_capacity(256 << 10, out);
    let written = atomic_file::write(report, atomic_file::Access::Kept, |file| {
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            if line.starts_with(MARK.as_bytes()) {
                facts = serde_json::from_slice::<WorkerFacts>(&line).ok();
            } else {
                digest.update(&line);
                file.write_all(&line)?;
            }
            line.clear();
        }
        has_ended = facts.is_none();
        if has_ended { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    });
    match (written, facts) {
        (Ok(()), Some(facts)) => Ok((facts, data_encoding::HEXLOWER.encode(&digest.finalize()))),
        (Err(error), _) if !has_ended => Err(Untaken::File(error)),
        _ => Err(Untaken::CutOff),
    }
}

/// Why a worker failed.
fn why(status: ExitStatus, said: &str) -> String {
    let line = said.lines().rfind(|line| !line.trim().is_empty());
    let line = line.map(|line| line.trim_start_matches("keydredge: ").to_owned());
    match status.code() {
        Some(code) => line.unwrap_or_else(|| format!("the process that read it ended with {code}")),
        None => format!("the process that read it was ended ({status}); is there enough memory?"),
    }
}

/// Waits before the next attempt: a second, then twice as long each time. False if the run was interrupted; at the end of
/// the repository's time the next attempt fails for that.
fn wait(attempts: u32, limits: RunLimits) -> bool {
    let until = Instant::now() + Duration::from_secs(1 << attempts.saturating_sub(1).min(6));
    let until = limits.until.map_or(until, |latest| latest.min(until));
    while Instant::now() < until {
        if interrupt::is_pressed() {
            return false;
        }
        thread::sleep(LOOK);
    }
    true
}

/// Makes a folder.
pub(super) fn folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| audit::Error::Folder { path: path.to_owned(), source }.into())
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
