//! `audit list`: clone URLs and paths, with sizes.

use super::{Exit, forge, output, text_of};
use crate::atomic_file;
use crate::audit::{ListEntry, RepositoryAt, RepositoryList, discover, size};
use crate::cli::AuditList;
use crate::commands::remark;
use crate::error::Error;
use crate::findings::Salt;
use crate::shown_path::shown_path;
use std::path::{Path, PathBuf};

/// `audit list`.
pub(super) fn list(flags: &AuditList) -> Result<Exit, Error> {
    let mut list = match &flags.from {
        Some(path) => RepositoryList::parse(&shown_path(path), &text_of(path)?)?,
        None => RepositoryList::default(),
    };
    let mut unread = Vec::new();
    for place in &flags.places {
        let entry = ListEntry::parse(place, None).map_err(|what| Error::Usage { what })?;
        match &entry.at {
            RepositoryAt::Url { .. } => list.extend([entry]),
            RepositoryAt::Folder(folder) => {
                let (mut found, before) = (Vec::new(), unread.len());
                discover(folder, &mut found, &mut unread);
                if found.is_empty() && unread.len() == before {
                    unread.push((folder.clone(), "there is no repository in it".to_owned()));
                }
                for path in found {
                    match path.to_str().map(|path| ListEntry::parse(path, None)) {
                        Some(Ok(entry)) => list.extend([entry]),
                        Some(Err(why)) => unread.push((path, why)),
                        None => unread.push((path, "its name is not UTF-8".to_owned())),
                    }
                }
            }
        }
    }
    list.extend(forge::listed(flags)?);
    for entry in &mut list.entries {
        if let (RepositoryAt::Folder(path), None) = (&entry.at, entry.size) {
            entry.size = size(path);
        }
    }
    let known = flags.output.as_deref().map(salt_in).transpose()?.flatten();
    let salt = known.or(list.salt.take()).map_or_else(|| Salt::random().map(|salt| salt.to_string()), Ok)?;
    list.salt = Some(salt);
    match &flags.output {
        Some(path) => atomic_file::write_report(path, |out| out.write_all(list.text().as_bytes()))?,
        None => {
            output::print(list.text().as_bytes())?;
        }
    }
    for (path, why) in &unread {
        remark(&format!("{} is not in the list: {why}", shown_path(path)));
    }
    Ok(if unread.is_empty() { Exit::Clean } else { Exit::Incomplete })
}

/// The salt of a list that is there.
fn salt_in(path: &Path) -> Result<Option<String>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let path: PathBuf = path.to_owned();
    Ok(RepositoryList::parse(&shown_path(&path), &text_of(&path)?)?.salt)
}
