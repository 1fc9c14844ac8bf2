//! `--audit-log`: one line of JSON for each run, appended to a file.
//!
//! # Design
//!
//! A run that could not do its job has a line, too: else a log would show only what went well. If the line cannot be
//! written, the run fails, since somebody relies on it.

use super::command_name::CommandName;
use super::exit::Exit;
use crate::atomic_file;
use crate::error::Error;
use crate::model::Summary;
use crate::report::redact::printable;
use serde_json::{Value, json};
use std::path::Path;

/// Writes the line of a run that has ended with `exit`.
pub(crate) fn log(to: Option<&Path>, summary: &Summary, exit: Exit) -> Result<(), Error> {
    let coverage = &summary.coverage;
    let settings = summary.settings.files.iter().map(|file| {
        let (path, origin) = (printable(&file.path), printable(&file.origin));
        json!({ "role": file.role.name(), "path": path, "origin": origin, "sha256": file.digest })
    });
    let line = json!({
        "time": jiff::Timestamp::now().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "command": summary.command,
        "exit": exit as u8,
        "failing": summary.failing,
        "in_scope": coverage.in_scope(),
        "scanned": coverage.scanned,
        "excluded": coverage.excluded_count(),
        "unread": coverage.unread_count(),
        "complete": coverage.is_complete(),
        "rules": summary.rules,
        "skipped_rules": summary.settings.skipped.len(),
        "milliseconds": summary.milliseconds,
        "settings": Vec::from_iter(settings),
    });
    append(to, &line)
}

/// Writes the line of a run that could not do its job; `why` has no secret in it.
pub(crate) fn log_failure(to: Option<&Path>, command: CommandName, why: &str) -> Result<(), Error> {
    let line = json!({
        "time": jiff::Timestamp::now().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "command": command.name(),
        "exit": Exit::Failed as u8,
        "complete": false,
        "error": printable(why.trim_end()),
    });
    append(to, &line)
}

fn append(to: Option<&Path>, line: &Value) -> Result<(), Error> {
    let Some(path) = to else { return Ok(()) };
    let failed = |source| Error::Write { path: path.to_owned(), source };
    atomic_file::append(path, format!("{line}\n").as_bytes()).map_err(failed)
}
