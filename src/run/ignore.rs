//! `ignore`: accepts single findings, with a reason, an owner and an end.

use super::baseline::{root, save};
use super::history::objects;
use super::job::{Collected, Job, read_regular};
use super::{Exit, files, output};
use crate::cli::{Caching, Ignore, IgnoreAdd, IgnoreCommand, IgnoreFile, Shared};
use crate::error::Error;
use crate::findings::ignore::{Entry, FILE};
use crate::findings::{Ignores, Salt, fingerprint};
use crate::model::{Confidence, Finding, Fingerprint};
use clap::Parser;
use std::path::{Path, PathBuf};

/// `ignore`.
pub(super) fn ignore(flags: &Ignore) -> Result<Exit, Error> {
    match &flags.command {
        IgnoreCommand::Add(flags) => add(flags),
        IgnoreCommand::List(flags) => list(flags),
        IgnoreCommand::Check(flags) => check(flags),
    }
}

/// The repository's ignore file: its path, and its text where it is there.
fn file_of(flags: &IgnoreFile) -> Result<(PathBuf, Option<String>), Error> {
    let path = root(&flags.folder)?.join(FILE);
    let text = if path.exists() { Some(read_regular(&path)?) } else { None };
    Ok((path, text))
}

fn add(flags: &IgnoreAdd) -> Result<Exit, Error> {
    let wrong = |what: String| Error::Usage { what };
    let printed = Fingerprint::from_hex(&flags.fingerprint)
        .ok_or_else(|| wrong("a fingerprint is 16 hexadecimal digits, as reports print it".to_owned()))?;
    let expires = flags.expires.as_ref().map(|text| text.parse().map_err(|_| text)).transpose();
    let expires = expires.map_err(|_| wrong("--expires takes a day as YYYY-MM-DD".to_owned()))?;
    let (path, text) = file_of(&flags.file)?;
    let name = path.display().to_string();
    let known = text.as_ref().map(|text| Ignores::parse(&name, text)).transpose()?;
    let (fingerprint, salt) = renamed(&flags.file.folder, printed, known.as_ref())?;
    let entry = Entry {
        fingerprint,
        reason: Some(flags.reason.clone()),
        owner: flags.owner.clone(),
        expires,
        line: 0,
    };
    save(&path, &Ignores::add(&name, text.as_deref(), &salt, &entry)?)?;
    let new_name = if fingerprint == printed {
        String::new()
    } else {
        format!(
            ", under the name {fingerprint}: this repository's findings are named with a salt of their own from now on"
        )
    };
    output::say(&format!("{printed} is ignored in {name}{new_name}."))?;
    Ok(Exit::Clean)
}

/// The name under which the ignore file knows the finding that was printed as `printed`, and the file's salt.
///
/// The first file of a repository brings a salt of its own, under which every finding has another name than
/// reports have printed so far. So the finding is looked for under both: in the files, and where it is not
/// there, in the history.
fn renamed(
    folder: &Path,
    printed: Fingerprint,
    known: Option<&Ignores>,
) -> Result<(Fingerprint, Salt), Error> {
    let shared = Defaults::parse_from(["keydredge"]).shared;
    let shared = Shared { min_confidence: Some(Confidence::Low), ..shared };
    let job = Job::set_up("ignore add", &shared, &files::configuration(folder))?;
    let salt = match (known, job.policy.salt()) {
        (Some(known), _) => known.naming_salt(),
        (None, Salt::FIXED) => Salt::random()?,
        (None, salt) => salt,
    };
    let files: Look = |job, folder| files::worktree(job, vec![folder.to_owned()]);
    let history: Look = |job, folder| objects(job, folder, Confidence::Low, Caching::default());
    for look in [files, history] {
        let Ok(collected) = look(&job, folder) else { continue };
        let findings = job.assemble(collected, None).assembled.findings;
        let is_meant = |finding: &&Finding| {
            finding.fingerprint == printed || fingerprint::of(&finding.secret, &Salt::FIXED) == printed
        };
        if let Some(finding) = findings.iter().find(is_meant) {
            return Ok((fingerprint::of(&finding.secret, &salt), salt));
        }
    }
    Err(Error::NoFinding { fingerprint: printed.to_string() })
}

/// A way to look for findings.
type Look = fn(&Job<'_>, &Path) -> Result<Collected, Error>;

/// The flags of a scan as they are when nothing is said.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    shared: Shared,
}

fn list(flags: &IgnoreFile) -> Result<Exit, Error> {
    let (path, text) = file_of(flags)?;
    let ignores = match text {
        Some(text) => Ignores::parse(&path.display().to_string(), &text)?,
        None => Ignores::default(),
    };
    for entry in &ignores.entries {
        let owner = entry.owner.as_ref().map(|owner| format!("  owner {owner}")).unwrap_or_default();
        let expires = entry.expires.map(|day| format!("  until {day}")).unwrap_or_default();
        let reason = entry.reason.as_deref().unwrap_or("no reason given");
        output::say(&format!("{}  {reason}{owner}{expires}", entry.fingerprint))?;
    }
    output::say(&format!("{} entries in {}", ignores.entries.len(), path.display()))?;
    Ok(Exit::Clean)
}

fn check(flags: &IgnoreFile) -> Result<Exit, Error> {
    let (path, text) = file_of(flags)?;
    let Some(text) = text else {
        output::say(&format!("There is no {}.", path.display()))?;
        return Ok(Exit::Clean);
    };
    let ignores = Ignores::parse(&path.display().to_string(), &text)?;
    let mut problems = ignores.check(None, jiff::Zoned::now().date());
    problems.sort();
    for problem in &problems {
        output::say(&problem.to_string())?;
    }
    output::say(&format!("{} entries, {} problems", ignores.entries.len(), problems.len()))?;
    Ok(if problems.is_empty() { Exit::Clean } else { Exit::Findings })
}
