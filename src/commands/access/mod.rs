//! `reach` and `revoke`: from a fingerprint back to the credential, by scanning again, since no report contains it.

mod audit;
mod reach;
mod revoke;

pub(super) use reach::reach;
pub(super) use revoke::revoke;

use super::history::objects;
use super::job::{Collected, Job};
use super::session::verification::{options, question};
use super::{files, interrupt};
use crate::cli::{Caching, CredentialFlags, Shared};
use crate::commands::session::command_name::CommandName;
use crate::error::Error;
use crate::findings::{Mask, Salt, fingerprint};
use crate::git::{self, Repository};
use crate::model::{Confidence, Finding, Fingerprint};
use crate::verify::{Question, Verifier};
use std::path::{Path, PathBuf};

/// A credential that was found again.
struct Credential {
    finding: Finding,
    question: Question,
    /// All secrets that were found with it: none of another provider is sent along.
    questions: Vec<Question>,
    mask: Mask,
}

/// A function that looks for findings.
type Search = fn(&Job<'_>, &[PathBuf]) -> Result<Collected, Error>;

/// The credential that reports name so: in the files, else in the history, else in what `.gitignore` leaves out.
fn credential(command: CommandName, flags: &CredentialFlags) -> Result<Credential, Error> {
    let printed = Fingerprint::from_hex(&flags.fingerprint).ok_or_else(|| Error::Usage {
        what: "a fingerprint is 16 hexadecimal digits, as reports print it".to_owned(),
    })?;
    let shared = flags.shared();
    let whole = Shared { no_ignore: true, ..shared.clone() };
    let on_disk: Search = |job, paths| files::worktree(job, paths.to_vec());
    let (mut unread, mut last) = (0, None);
    for (look, flags_of) in [(on_disk, &shared), (in_histories as Search, &shared), (on_disk, &whole)] {
        let first = flags.paths.first().map_or(Path::new("."), PathBuf::as_path);
        let job = Job::set_up(command, flags_of, &files::configuration(first))?.within(&flags.paths);
        let collected = match look(&job, &flags.paths) {
            Ok(collected) => collected,
            // A bare repository has no files, and a folder may have no history.
            Err(error) => {
                last = Some(error);
                continue;
            }
        };
        unread += collected.coverage.unread_count();
        let assembled = job.assemble(collected, None).assembled;
        let is_meant = |finding: &&Finding| {
            finding.fingerprint == printed || fingerprint::of(&finding.secret, &Salt::FIXED) == printed
        };
        if let Some(finding) = assembled.findings.iter().find(is_meant).cloned() {
            let questions = assembled.findings.iter().map(question).collect();
            return Ok(Credential { question: question(&finding), finding, questions, mask: assembled.mask });
        }
        if interrupt::is_pressed() {
            break;
        }
    }
    match (unread, last) {
        // What was not read may have had it.
        (0, _) => Err(Error::NoFinding { fingerprint: printed.to_string() }),
        (unread, _) => Err(Error::Usage {
            what: format!(
                "{printed} was not found, but {unread} files or objects could not be read: `scan` names them"
            ),
        }),
    }
}

/// What the histories of the repositories among `paths` contain.
fn in_histories(job: &Job<'_>, paths: &[PathBuf]) -> Result<Collected, Error> {
    let mut collected = Collected::default();
    for path in paths {
        if Repository::open(path, git::Access::default()).is_ok() {
            collected.merge(objects(job, path, Confidence::Low, Caching::default())?);
        }
    }
    Ok(collected)
}

/// What asks providers.
fn verifier(flags: &CredentialFlags) -> Result<Verifier, Error> {
    let wanted = crate::cli::Verify {
        verify: None,
        only_live: false,
        verify_risky: flags.verify_risky,
        allow_host: flags.allow_host.clone(),
        key_owner: Vec::new(),
        allow_private_hosts: flags.allow_private_hosts,
        ca_file: flags.ca_file.clone(),
        verify_timeout: flags.verify_timeout,
        verify_requests: None,
        connect_to: flags.connect_to.clone(),
    };
    Ok(Verifier::open(options(&wanted, flags.plan))?)
}
