//! `baseline`: accepts the present findings.

use super::history::objects;
use super::job::{Collected, Job, read_named};
use super::session::command_name::CommandName;
use super::settings::{BASELINE, load_policy};
use super::{Exit, files, output};
use crate::atomic_file::{self, Access};
use crate::cli::{BaselineFlags, Scope, Shared};
use crate::error::Error;
use crate::findings::{self, Assembled, Mask, Policy, Salt};
use crate::git::{self, Repository};
use crate::model::{Confidence, Finding, Summary, Suppression};
use crate::report::name_of_place;
use crate::shown_path::shown_path;
use crate::update_lock::UpdateLock;
use std::path::{Path, PathBuf};

/// The present findings, and the policy before the scan.
pub(super) struct Today {
    /// Every finding, whatever covers it.
    pub(super) findings: Vec<Finding>,
    /// What masks them.
    mask: Mask,
    /// How the scan itself ended.
    exit: Exit,
    /// The baseline and the ignore file as they were before the scan.
    pub(super) policy: Policy,
    /// The baseline's file, and whether it is there.
    pub(super) file: PathBuf,
    is_there: bool,
}

pub(super) fn write(flags: &BaselineFlags) -> Result<Exit, Error> {
    atomic_file::check(&file_of(flags)?)?;
    let today = look(flags)?;
    if let Some(exit) = unfinished(&today)? {
        return Ok(exit);
    }
    let kept: Vec<Finding> = today.findings.iter().filter(|finding| !is_ignored(finding)).cloned().collect();
    let _locks = lock(flags)?;
    // Another run may have written either file during this scan.
    let policy = policy_now(flags, &today)?;
    let salt = match policy.salt() {
        Salt::FIXED => Salt::random()?,
        known => known,
    };
    save(&today.file, &policy.baseline.with(&kept, &salt))?;
    if !flags.shared.quiet {
        output::say(&format!("{} findings stand in {}.", kept.len(), shown_path(&today.file)))?;
    }
    Ok(Exit::Clean)
}

pub(super) fn check(flags: &BaselineFlags) -> Result<Exit, Error> {
    let today = look(flags)?;
    if let Some(exit) = unfinished(&today)? {
        return Ok(exit);
    }
    if !today.is_there {
        return Err(missing(&today.file));
    }
    for problem in today.policy.baseline.check(&today.findings) {
        output::say(&problem.to_string())?;
    }
    let mut new = 0;
    for finding in today.findings.iter().filter(|finding| !finding.is_suppressed()) {
        let first = finding.occurrences.first();
        let place = first.map(|one| format!("{}:{}", name_of_place(one), one.location.line));
        let place = place.unwrap_or_default();
        let (rule, place) = (&finding.rule.id, today.mask.name(&place));
        output::say(&format!("{} is new: {rule} at {place}", finding.fingerprint))?;
        new += 1;
    }
    if new > 0 || !flags.shared.quiet {
        output::say(&format!(
            "{} not in {}.",
            output::counted(new, "finding is", "findings are"),
            shown_path(&today.file)
        ))?;
    }
    Ok(if new > 0 && !flags.shared.exit_zero { Exit::Findings } else { Exit::Clean })
}

pub(super) fn prune(flags: &BaselineFlags) -> Result<Exit, Error> {
    atomic_file::check(&file_of(flags)?)?;
    let today = look(flags)?;
    if let Some(exit) = unfinished(&today)? {
        return Ok(exit);
    }
    if !today.is_there {
        return Err(missing(&today.file));
    }
    // An entry that another run adds from now on is for something that this run has not scanned.
    let gone = today.policy.baseline.gone(&today.findings);
    let _locks = lock(flags)?;
    save(&today.file, &policy_now(flags, &today)?.baseline.without(&gone))?;
    if !flags.shared.quiet {
        output::say(&format!("{} entries were taken out of {}.", gone.len(), shown_path(&today.file)))?;
    }
    Ok(Exit::Clean)
}

/// The file of the baseline that these flags are about.
pub(super) fn file_of(flags: &BaselineFlags) -> Result<PathBuf, Error> {
    match &flags.shared.baseline {
        Some(file) => Ok(file.clone()),
        None => Ok(Home::of(&flags.path)?.root.join(BASELINE)),
    }
}

/// The repository that `path` is in, if it is in one.
pub(super) fn repository_of(path: &Path) -> Result<Option<Repository>, Error> {
    match Repository::open(path, git::Access::default()) {
        Ok(repository) => Ok(Some(repository)),
        Err(git::Error::NotARepository { .. } | git::Error::NoSuchPath { .. }) => Ok(None),
        Err(error) => Err(Error::Git(error)),
    }
}

/// The folder `path`, or that of the file `path`.
fn folder_of(path: &Path) -> &Path {
    let folder = match path.parent() {
        Some(above) if path.is_file() => above,
        _ => path,
    };
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// The locks to change the repository's files (the ignore file may have the salt) and a named baseline.
pub(super) fn lock(flags: &BaselineFlags) -> Result<Vec<UpdateLock>, Error> {
    let mut homes = vec![Home::of(&flags.path)?];
    if let Some(file) = &flags.shared.baseline {
        homes.push(Home::of(file.parent().unwrap_or(file))?);
    }
    Home::lock_all(&mut homes)
}

/// The ignore file and the baseline as they are now.
pub(super) fn policy_now(flags: &BaselineFlags, today: &Today) -> Result<Policy, Error> {
    let place = files::configuration(&flags.path).open()?;
    let mut policy = load_policy(&without_baseline(flags), &place)?;
    if today.file.exists() {
        policy.baseline = read(&today.file)?;
    }
    Ok(policy)
}

/// The flags without the baseline: a missing one is no error here, since it is still to be written.
fn without_baseline(flags: &BaselineFlags) -> Shared {
    Shared { baseline: None, ..flags.shared.clone() }
}

fn read(file: &Path) -> Result<findings::Baseline, Error> {
    Ok(findings::Baseline::parse(&shown_path(file), &read_named(file)?)?)
}

pub(super) fn look(flags: &BaselineFlags) -> Result<Today, Error> {
    let origin = files::configuration(&flags.path);
    let file = file_of(flags)?;
    let is_there = file.exists();
    let shared = without_baseline(flags);
    let mut job = Job::set_up(CommandName::Baseline, &shared, &origin)?;
    if is_there {
        job.policy.baseline = read(&file)?;
    }
    let folder = folder_of(&flags.path);
    let repository = repository_of(folder)?;
    let has_files = repository.as_ref().is_none_or(|repository| repository.work_tree().is_some());
    let wants_history = match flags.scope {
        Scope::Worktree => false,
        Scope::History => true,
        Scope::All => repository.is_some(),
    };
    let mut collected = Collected::default();
    if flags.scope != Scope::History && has_files {
        collected.merge(files::worktree(&job, vec![flags.path.clone()])?);
    }
    if wants_history {
        // A secret may reach the confidence in a file but nowhere in the history; its places in the history count too.
        let least = if has_files { Confidence::Low } else { job.options.min_confidence };
        collected.merge(objects(&job, folder, least, flags.caching)?);
    }
    let done = job.assemble(collected, None);
    // What fails does not matter here, and does not make up for what was not read.
    let exit = Exit::of(&Summary { failing: 0, ..done.summary }, job.options.gate);
    let Assembled { findings, mask, .. } = done.assembled;
    Ok(Today { findings, mask, exit, policy: job.policy, file, is_there })
}

/// The exit if not everything was read: entries for what was not read must not be removed.
pub(super) fn unfinished(today: &Today) -> Result<Option<Exit>, Error> {
    if matches!(today.exit, Exit::Interrupted | Exit::Incomplete) {
        output::say(
            "Not everything could be read, so nothing was changed; --allow-incomplete takes what was.",
        )?;
        return Ok(Some(today.exit));
    }
    Ok(None)
}

/// True if something other than the baseline covers it.
fn is_ignored(finding: &Finding) -> bool {
    let by_comment = finding.occurrences.iter().all(|one| one.suppressed_by.is_some());
    by_comment || finding.suppressed_by.as_ref().is_some_and(|by| *by != Suppression::Baseline)
}

fn missing(file: &Path) -> Error {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    Error::Read { path: file.to_owned(), source }
}

/// Writes a file of the repository's own.
pub(super) fn save(path: &Path, text: &str) -> Result<(), Error> {
    Ok(atomic_file::write(path, Access::Kept, |out| out.write_all(text.as_bytes()))?)
}

/// Where the program's files (ignore file, baseline) are: at the repository's root, or in the folder itself.
pub(super) struct Home {
    /// The folder of these files.
    pub(super) root: PathBuf,
    /// The git directory that all work trees share, if it is a repository.
    git_dir: Option<PathBuf>,
}

impl Home {
    /// That of the repository which the folder or file `path` is in.
    pub(super) fn of(path: &Path) -> Result<Self, Error> {
        let folder = folder_of(path);
        let repository = repository_of(folder)?;
        let root = repository.as_ref().and_then(|repository| repository.work_tree()).map(Path::to_owned);
        let git_dir = repository.as_ref().map(|repository| repository.common_dir().to_owned());
        Ok(Self { root: root.unwrap_or_else(|| folder.to_owned()), git_dir })
    }

    /// Locks the files in all of `homes` until the locks are dropped.
    ///
    /// All runs lock in the same order, so that two runs never wait for each other.
    pub(super) fn lock_all(homes: &mut Vec<Self>) -> Result<Vec<UpdateLock>, Error> {
        homes.sort_by_cached_key(Self::lock_folder);
        homes.dedup_by_key(|home| home.lock_folder());
        let locks = homes.iter().map(|home| UpdateLock::take(&home.root, home.git_dir.as_deref()));
        Ok(locks.collect::<Result<_, _>>()?)
    }

    fn lock_folder(&self) -> PathBuf {
        let folder = self.git_dir.as_ref().unwrap_or(&self.root);
        atomic_file::real_path(folder).unwrap_or_else(|_| folder.clone())
    }
}
