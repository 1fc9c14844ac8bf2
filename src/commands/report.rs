//! `report`: a saved report in another format.

use super::session::options::Output;
use super::session::text_file::read_text;
use super::{Exit, output};
use crate::cli::SavedReport;
use crate::error::Error;
use crate::model::RuleInfo;
use crate::report::{Report, Saved, read_saved};
use crate::rules::Catalogue;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The largest report that is read, bytes: far more than any that was written.
const LARGEST: u64 = 4 << 30;

/// `report`.
pub(super) fn report(flags: &SavedReport) -> Result<Exit, Error> {
    let output = Output::of(&flags.shared());
    output::check(&output)?;
    // Tags, references and how to revoke are the rule's, and in no JSON.
    let rules: HashMap<String, Arc<RuleInfo>> =
        Catalogue::embedded().infos().iter().map(|rule| (rule.id.to_string(), Arc::clone(rule))).collect();
    let read = |path: &Path| -> Result<Saved, Error> {
        let text = read_text(path, LARGEST)?;
        read_saved(&text, &|id| rules.get(id).cloned()).map_err(|wrong| Error::Report {
            path: path.to_owned(),
            line: wrong.line,
            what: wrong.what,
        })
    };
    let saved = read(&flags.file)?;
    let since = flags.since.as_deref().map(read).transpose()?;
    let written = Report {
        findings: &saved.findings,
        summary: &saved.summary,
        notes: &saved.notes,
        // What is shown is what the report shows.
        show_secrets: true,
        since: since.as_ref().map(|older| older.findings.as_slice()),
        names_all_refs: false,
    };
    output::write(&written, &output)?;
    Ok(Exit::Clean)
}
