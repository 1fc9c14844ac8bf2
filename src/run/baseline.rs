//! `baseline`: accepts what is there today.

use super::history::objects;
use super::job::{BASELINE, Collected, Job, read_named};
use super::{Exit, files, output};
use crate::cli::{Baseline, BaselineCommand, BaselineFlags, Scope};
use crate::error::Error;
use crate::findings::{self, Policy, Salt, baseline};
use crate::git::{self, Access, Repository};
use crate::model::{Confidence, Finding};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// `baseline`.
pub(super) fn baseline(flags: &Baseline) -> Result<Exit, Error> {
    match &flags.command {
        BaselineCommand::Write(flags) => write(flags),
        BaselineCommand::Check(flags) => check(flags),
        BaselineCommand::Prune(flags) => prune(flags),
    }
}

/// What stands today, uncovered by the baseline, and the baseline.
struct Today {
    /// Every finding, whatever covers it.
    findings: Vec<Finding>,
    /// How many of them nothing covers.
    open: u64,
    /// How the scan itself ended.
    exit: Exit,
    policy: Policy,
    /// The baseline's file, and whether it is there.
    file: PathBuf,
    is_there: bool,
}

fn write(flags: &BaselineFlags) -> Result<Exit, Error> {
    let today = look(flags)?;
    if let Some(exit) = unfinished(&today)? {
        return Ok(exit);
    }
    let salt = match today.policy.salt() {
        Salt::FIXED => Salt::random()?,
        known => known,
    };
    let kept: Vec<Finding> = today.findings.iter().filter(|finding| !is_ignored(finding)).cloned().collect();
    let text = baseline::write(&kept, &salt);
    save(&today.file, &text)?;
    output::say(&format!("{} findings stand in {}.", kept.len(), today.file.display()))?;
    Ok(Exit::Clean)
}

fn check(flags: &BaselineFlags) -> Result<Exit, Error> {
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
    output::say(&format!("{} findings are not in {}.", today.open, today.file.display()))?;
    Ok(if today.open > 0 { Exit::Findings } else { Exit::Clean })
}

fn prune(flags: &BaselineFlags) -> Result<Exit, Error> {
    let today = look(flags)?;
    if let Some(exit) = unfinished(&today)? {
        return Ok(exit);
    }
    if !today.is_there {
        return Err(missing(&today.file));
    }
    let gone = today.policy.baseline.check(&today.findings).len();
    save(&today.file, &today.policy.baseline.prune(&today.findings))?;
    output::say(&format!("{gone} entries were taken out of {}.", today.file.display()))?;
    Ok(Exit::Clean)
}

fn look(flags: &BaselineFlags) -> Result<Today, Error> {
    let origin = files::configuration(&flags.path);
    let file = match &flags.shared.baseline {
        Some(file) => file.clone(),
        None => root(&flags.path)?.join(BASELINE),
    };
    let is_there = file.exists();
    // A baseline that is still to be written is no error here.
    let mut shared = flags.shared.clone();
    shared.baseline = None;
    let mut job = Job::set_up("baseline", &shared, &origin)?;
    if is_there {
        job.policy.baseline = findings::Baseline::parse(&file.display().to_string(), &read_named(&file)?)?;
    }
    let repository = match Repository::open(&flags.path, Access::default()) {
        Ok(repository) => Some(repository),
        Err(git::Error::NotARepository { .. } | git::Error::NoSuchPath { .. }) => None,
        Err(error) => return Err(Error::Git(error)),
    };
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
        // A secret may be sure enough in a file and nowhere in the history; its places there count with it.
        let least = if has_files { Confidence::Low } else { job.min_confidence() };
        collected.merge(objects(&job, &flags.path, least, flags.caching)?);
    }
    let done = job.assemble(collected, None);
    let exit = Exit::of(&done.summary, &flags.shared);
    let open = done.assembled.findings.iter().filter(|finding| !is_covered(finding)).count() as u64;
    Ok(Today { findings: done.assembled.findings, open, exit, policy: job.policy, file, is_there })
}

/// The exit of a look that did not see everything: what was not seen must not be forgotten.
fn unfinished(today: &Today) -> Result<Option<Exit>, Error> {
    if matches!(today.exit, Exit::Interrupted | Exit::Incomplete) {
        output::say(
            "Not everything could be read, so nothing was changed; --allow-incomplete takes what was.",
        )?;
        return Ok(Some(today.exit));
    }
    Ok(None)
}

fn is_ignored(finding: &Finding) -> bool {
    let by_comment = finding.occurrences.iter().all(|one| one.suppressed_by.is_some());
    by_comment || finding.suppressed_by.as_ref().is_some_and(|by| by != "baseline")
}

fn is_covered(finding: &Finding) -> bool {
    finding.suppressed_by.is_some() || finding.occurrences.iter().all(|one| one.suppressed_by.is_some())
}

fn missing(file: &Path) -> Error {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    Error::Read { path: file.to_owned(), source }
}

/// Writes a file beside the old one and then in its place, so that a crash leaves one of the two.
pub(super) fn save(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let write = || {
        // What stands there already may be a link that leads out of the repository.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::options().write(true).create_new(true).open(&beside)?.write_all(text.as_bytes())?;
        fs::rename(&beside, path)
    };
    write().map_err(failed)
}

/// Where the repository's own files stand: its root, or the folder itself.
pub(super) fn root(folder: &Path) -> Result<PathBuf, Error> {
    let root = match Repository::open(folder, Access::default()) {
        Ok(repository) => repository.work_tree().map(Path::to_owned),
        Err(git::Error::NotARepository { .. } | git::Error::NoSuchPath { .. }) => None,
        Err(error) => return Err(Error::Git(error)),
    };
    Ok(root.unwrap_or_else(|| folder.to_owned()))
}
