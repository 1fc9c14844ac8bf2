//! `audit worker`: one repository, in a process of its own, for `audit run`.
//!
//! The report goes to standard output, as `history` writes it in JSON Lines, and after it one line of what the receipt needs
//! and a report does not have. The salt of names over repositories comes on standard input, where no list of processes
//! shows it.

use super::settings::FolderState;
use super::{Exit, output};
use crate::audit::{CountsRead, Heads};
use crate::cli::{AuditWorker, Caching, History};
use crate::commands::history::{self, SharedBlobs};
use crate::commands::session::command_name::CommandName;
use crate::error::Error;
use crate::findings::{Salt, fingerprint};
use crate::model::Secret;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

/// What a receipt needs of a scan beside the report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkerFacts {
    /// What the line is.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) exit: u8,
    pub(super) findings: u64,
    pub(super) failing: u64,
    pub(super) complete: bool,
    pub(super) coverage: CountsRead,
    pub(super) heads: Heads,
    pub(super) state: Option<String>,
    pub(super) identities: Vec<String>,
    /// How many blobs were known from other clones.
    pub(super) known_blobs: u64,
}

/// How the line begins that has them.
pub(super) const MARK: &str = "{\"type\":\"audit\"";

/// `audit worker`.
pub(super) fn worker(flags: &AuditWorker) -> Result<Exit, Error> {
    let salt = salt()?;
    let shared = flags.settings.shared();
    // Before anything of it is read: what changes meanwhile is another state.
    let FolderState { heads, digest: state } = FolderState::of(Path::new("."), &shared)?;
    let history = History {
        repository: PathBuf::from("."),
        refs: Vec::new(),
        since: None,
        reachable_only: false,
        caching: Caching { no_cache: true, cache: false },
        shared,
    };
    let shared_blobs = flags.blobs.clone().map(|folder| SharedBlobs { folder, known: AtomicU64::new(0) });
    let (job, done) = history::findings(CommandName::History, &history, Vec::new(), shared_blobs.as_ref())?;
    let exit = job.report(&done)?;
    let (findings, coverage) = (&done.assembled.findings, &done.summary.coverage);
    let secrets: Vec<&Secret> = findings.iter().map(|finding| &finding.secret).collect();
    let identities = fingerprint::of_all(&secrets, &salt).iter().map(ToString::to_string).collect();
    let facts = WorkerFacts {
        kind: "audit".to_owned(),
        exit: exit as u8,
        findings: findings.len() as u64,
        failing: done.summary.failing,
        complete: coverage.is_complete(),
        coverage: CountsRead {
            in_scope: coverage.in_scope(),
            scanned: coverage.scanned,
            excluded: coverage.excluded_count(),
            unread: coverage.unread_count(),
            bytes: coverage.bytes,
        },
        heads,
        state,
        identities,
        known_blobs: shared_blobs.map_or(0, |blobs| blobs.known.into_inner()),
    };
    let line = serde_json::to_string(&facts).map_err(|error| Error::Write {
        path: PathBuf::from("standard output"),
        source: io::Error::other(error),
    })?;
    output::print(format!("{line}\n").as_bytes())?;
    Ok(exit)
}

/// The salt on standard input; the fixed one if there is none.
fn salt() -> Result<Salt, Error> {
    let mut text = String::new();
    let read = io::stdin().lock().take(64).read_to_string(&mut text);
    read.map_err(|source| Error::Read { path: PathBuf::from("-"), source })?;
    match text.trim() {
        "" => Ok(Salt::FIXED),
        text => {
            Salt::from_hex(text).ok_or_else(|| Error::Usage { what: "standard input has no salt".to_owned() })
        }
    }
}
