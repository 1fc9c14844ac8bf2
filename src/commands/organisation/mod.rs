//! `audit`: the repositories of an organisation, listed, read by workers, and merged to one answer.

mod forge;
mod list;
mod merge;
mod one;
mod run;
mod settings;
mod worker;

use super::{Exit, output};
use crate::audit::{self, RepositoryList};
use crate::cli::{Audit, AuditCommand};
use crate::error::Error;
use crate::regular_file;
use crate::shown_path::shown_path;
use crate::source::stdin;
use std::io::{self, Read};
use std::path::Path;

/// The largest list that is read, bytes: ten million repositories.
const LARGEST_LIST: u64 = 1 << 30;

/// `audit`.
pub(super) fn audit(flags: &Audit) -> Result<Exit, Error> {
    match &flags.command {
        AuditCommand::List(flags) => list::list(flags),
        AuditCommand::Run(flags) => run::run(flags),
        AuditCommand::Merge(flags) => merge::merge(flags),
        AuditCommand::Worker(flags) => worker::worker(flags),
    }
}

/// A file of text, or standard input.
fn text_of(path: &Path) -> Result<String, Error> {
    let unread = |source| Error::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        stdin::open()?.take(LARGEST_LIST + 1).read_to_end(&mut bytes).map_err(unread)?;
        if bytes.len() as u64 > LARGEST_LIST {
            return Err(unread(io::ErrorKind::FileTooLarge.into()));
        }
    } else {
        bytes = regular_file::read(path, LARGEST_LIST).map_err(unread)?;
    }
    String::from_utf8(bytes).map_err(|_| Error::NotText { path: path.to_owned() })
}

/// A list, which names a repository unless it may be empty.
fn listed(path: &Path, allow_empty: bool) -> Result<RepositoryList, Error> {
    let file = shown_path(path);
    let list = RepositoryList::parse(&file, &text_of(path)?)?;
    if list.entries.is_empty() && !allow_empty {
        return Err(audit::Error::Empty { file }.into());
    }
    Ok(list)
}
