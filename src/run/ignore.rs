//! `ignore`: accepts single findings, with a reason, an owner and an end.

use super::baseline::{root, save};
use super::history::objects;
use super::job::{Collected, Job, read_named};
use super::{Exit, files, output};
use crate::cli::{Ignore, IgnoreAdd, IgnoreCommand, IgnoreFile, Shared};
use crate::error::Error;
use crate::findings::ignore::{Entry, FILE};
use crate::findings::{Ignores, Salt, fingerprint};
use crate::model::{Confidence, Fingerprint};
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
    let path = root(&flags.folder).join(FILE);
    let text = if path.exists() { Some(read_named(&path)?) } else { None };
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
    let (fingerprint, salt) = match &text {
        Some(text) => (printed, Ignores::parse(&name, text)?.naming_salt()),
        None => renamed(&flags.file.folder, printed, &flags.fingerprint)?,
    };
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

/// The first entry of a repository brings a salt of its own, under which every finding has another name.
/// So the finding is looked for: in the files, and where it is not there, in the history.
fn renamed(folder: &Path, printed: Fingerprint, text: &str) -> Result<(Fingerprint, Salt), Error> {
    let shared = Defaults::parse_from(["keydredge"]).shared;
    let shared = Shared { min_confidence: Some(Confidence::Low), ..shared };
    let job = Job::set_up("ignore add", &shared, &files::configuration(folder))?;
    let known = job.policy.salt();
    let salt = if known == Salt::FIXED { Salt::random()? } else { known };
    let looks: [fn(&Job<'_>, &Path) -> Result<Collected, Error>; 2] = [
        |job, folder| files::worktree(job, vec![folder.to_owned()]),
        |job, folder| objects(job, folder, &Default::default()),
    ];
    for look in looks {
        let Ok(collected) = look(&job, folder) else { continue };
        let findings = job.assemble(collected, None).assembled.findings;
        if let Some(finding) = findings.iter().find(|finding| finding.fingerprint == printed) {
            return Ok((fingerprint::of(&finding.secret, &salt), salt));
        }
    }
    Err(Error::NoFinding { fingerprint: text.to_owned() })
}

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
