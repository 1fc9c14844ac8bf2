//! `ignore`: accepts single findings, with a reason, an owner and an expiry.

use super::baseline::{Home, repository_of, save};
use super::history::objects;
use super::job::{Collected, Job, read_regular};
use super::session::command_name::CommandName;
use super::settings::load_policy;
use super::{Exit, files, output};
use crate::atomic_file;
use crate::cli::{Caching, Ignore, IgnoreAdd, IgnoreCommand, IgnoreFile, Shared};
use crate::error::Error;
use crate::findings::ignore::{FILE, IgnoreEntry};
use crate::findings::{Ignores, Salt, fingerprint};
use crate::model::{Confidence, Finding, Fingerprint, Secret};
use crate::shown_path::shown_path;
use clap::Parser;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `ignore`.
pub(super) fn ignore(flags: &Ignore) -> Result<Exit, Error> {
    match &flags.command {
        IgnoreCommand::Add(flags) => add(flags),
        IgnoreCommand::List(flags) => list(flags),
        IgnoreCommand::Check(flags) => check(flags),
    }
}

/// The repository's ignore file: its path, and its text if it is there.
fn file_of(flags: &IgnoreFile) -> Result<(PathBuf, Option<String>), Error> {
    let path = Home::of(&flags.folder)?.root.join(FILE);
    let text = if path.exists() { Some(read_regular(&path)?) } else { None };
    Ok((path, text))
}

fn add(flags: &IgnoreAdd) -> Result<Exit, Error> {
    let wrong = |what: String| Error::Usage { what };
    let printed = Fingerprint::from_hex(&flags.fingerprint)
        .ok_or_else(|| wrong("a fingerprint is 16 hexadecimal digits, as reports print it".to_owned()))?;
    if flags.reason.trim().is_empty() {
        return Err(wrong("--reason is empty; say why the finding is accepted".to_owned()));
    }
    let expires = flags.expires.as_ref().map(|text| text.parse().map_err(|_| text)).transpose();
    let expires = expires.map_err(|_| wrong("--expires takes a day as YYYY-MM-DD".to_owned()))?;
    let folder = &flags.file.folder;
    let (path, text) = file_of(&flags.file)?;
    atomic_file::check(&path)?;
    let name = shown_path(&path);
    // A wrong file is an error before the search, which may take minutes.
    text.map(|text| Ignores::parse(&name, &text)).transpose()?;
    let secret = search(folder, printed)?;
    let _locks = Home::lock_all(&mut vec![Home::of(folder)?])?;
    // Another run may have written the file, and with it the salt, during the search.
    let (_, text) = file_of(&flags.file)?;
    let known = text.as_ref().map(|text| Ignores::parse(&name, text)).transpose()?;
    let salt = naming_salt(folder, known.as_ref())?;
    let fingerprint = fingerprint::of(&secret, &salt);
    let entry = IgnoreEntry {
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

/// The salt under which the ignore file names findings. A repository's first ignore file gets a new salt, under
/// which every finding has another name than reports have printed so far.
fn naming_salt(folder: &Path, known: Option<&Ignores>) -> Result<Salt, Error> {
    if let Some(known) = known {
        return Ok(known.naming_salt());
    }
    let place = files::configuration(folder).open()?;
    match load_policy(&Defaults::flags(), &place)?.salt() {
        Salt::FIXED => Ok(Salt::random()?),
        salt => Ok(salt),
    }
}

/// The secret that reports have named `printed`, under the salt of today or under the fixed one: it is searched for in
/// the files, if it is not there in the history, and then in what `.gitignore` leaves out, which `hook agent` looks at.
fn search(folder: &Path, printed: Fingerprint) -> Result<Secret, Error> {
    let shared = Shared { min_confidence: Some(Confidence::Low), ..Defaults::flags() };
    let whole = Shared { no_ignore: true, ..shared.clone() };
    let files: Look = |job, folder| files::worktree(job, vec![folder.to_owned()]);
    let history: Look = |job, folder| objects(job, folder, Confidence::Low, Caching::default());
    for (look, flags) in [(files, &shared), (history, &shared), (files, &whole)] {
        let job = Job::set_up(CommandName::IgnoreAdd, flags, &files::configuration(folder))?;
        let Ok(collected) = look(&job, folder) else { continue };
        let findings = job.assemble(collected, None).assembled.findings;
        let is_meant = |finding: &Finding| {
            finding.fingerprint == printed || fingerprint::of(&finding.secret, &Salt::FIXED) == printed
        };
        if let Some(finding) = findings.into_iter().find(is_meant) {
            return Ok(finding.secret);
        }
    }
    Err(Error::NoFinding { fingerprint: printed.to_string() })
}

/// A function that looks for findings.
type Look = fn(&Job<'_>, &Path) -> Result<Collected, Error>;

/// The default flags of a scan.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    shared: Shared,
}

impl Defaults {
    fn flags() -> Shared {
        Self::parse_from(["keydredge"]).shared
    }
}

fn list(flags: &IgnoreFile) -> Result<Exit, Error> {
    let (path, text) = file_of(flags)?;
    let ignores = match text {
        Some(text) => Ignores::parse(&shown_path(&path), &text)?,
        None => Ignores::default(),
    };
    for entry in &ignores.entries {
        let owner = entry.owner.as_ref().map(|owner| format!("  owner {owner}")).unwrap_or_default();
        let expires = entry.expires.map(|day| format!("  until {day}")).unwrap_or_default();
        let reason = entry.reason.as_deref().unwrap_or("no reason given");
        output::say(&format!("{}  {reason}{owner}{expires}", entry.fingerprint))?;
    }
    output::say(&format!("{} entries in {}", ignores.entries.len(), shown_path(&path)))?;
    Ok(Exit::Clean)
}

/// Exits with 1 if an entry has expired, is there twice, has no reason, or matches nothing: neither in the files, ignored
/// ones too, nor in the history.
fn check(flags: &IgnoreFile) -> Result<Exit, Error> {
    let (path, text) = file_of(flags)?;
    let Some(text) = text else {
        output::say(&format!("There is no {}.", shown_path(&path)))?;
        return Ok(Exit::Clean);
    };
    let ignores = Ignores::parse(&shown_path(&path), &text)?;
    let today = jiff::Zoned::now().date();
    let mut problems = ignores.check(None, today);
    problems.extend(ignores.without_reason());
    if !ignores.entries.is_empty() {
        match seen(&flags.folder, &ignores)? {
            Some(seen) => problems.extend(ignores.check(Some(&seen), today)),
            None => output::say("Not everything could be read, so entries for nothing are not named.")?,
        }
    }
    problems.sort();
    problems.dedup();
    for problem in &problems {
        output::say(&problem.to_string())?;
    }
    output::say(&format!("{} entries, {} problems", ignores.entries.len(), problems.len()))?;
    Ok(if problems.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// The names, in the ignore file, of all that is found in the files and the history; `None` if not everything could be
/// read.
fn seen(folder: &Path, ignores: &Ignores) -> Result<Option<BTreeSet<Fingerprint>>, Error> {
    let flags = Shared { min_confidence: Some(Confidence::Low), no_ignore: true, ..Defaults::flags() };
    let job = Job::set_up(CommandName::IgnoreCheck, &flags, &files::configuration(folder))?;
    let repository = repository_of(folder)?;
    let mut collected = Collected::default();
    if repository.as_ref().is_none_or(|repository| repository.work_tree().is_some()) {
        collected.merge(files::worktree(&job, vec![folder_of(folder)?])?);
    }
    if repository.is_some() {
        // A secret may reach the confidence in a file but nowhere in the history.
        match objects(&job, folder, Confidence::Low, Caching::default()) {
            Ok(history) => collected.merge(history),
            Err(error) => {
                output::mention(
                    flags.verbose > 0,
                    &format!("the history was not read: {}", error.with_causes()),
                );
            }
        }
    }
    let left_out: Vec<Secret> = collected.left_out.candidates.iter().map(|one| one.secret.clone()).collect();
    if collected.coverage.unread_count() > 0 || collected.coverage.interrupted {
        return Ok(None);
    }
    let findings = job.assemble(collected, None).assembled.findings;
    let secrets: Vec<&Secret> = findings.iter().map(|finding| &finding.secret).chain(&left_out).collect();
    Ok(Some(fingerprint::of_all(&secrets, &ignores.naming_salt()).into_iter().collect()))
}

/// The repository's root, or the folder itself.
fn folder_of(folder: &Path) -> Result<PathBuf, Error> {
    Ok(Home::of(folder)?.root)
}
