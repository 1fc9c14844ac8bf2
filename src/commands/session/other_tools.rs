//! What other scanners' files say, put into force without being imported, and `[[allow]]`.
//!
//! # Design
//!
//! A file that cannot be read is an error, as one of ours would be. A part of it that has no meaning here is a note in
//! the report: without it more is found, never less.

use super::settings_text::SettingsText;
use crate::config;
use crate::error::Error;
use crate::findings::allowlists::{Allowlist, HeldFile};
use crate::findings::peers::hash_in_memory;
use crate::findings::{Accepted, AcceptedEntry, Allowlists};
use crate::import::talisman::checksum;
use crate::import::{OtherTool, Plan, write};
use crate::model::{Allowance, FileContent, ObjectId};
use crate::rules::{Catalogue, Rule};
use crate::sheet::Fault;
use crate::source::settings::{Directory, Opened};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many parts or files a note names.
const NAMED: usize = 3;

/// What the files of other scanners say.
#[derive(Default)]
pub(super) struct Others {
    /// Their rules, with the file's name.
    pub(super) rules: Vec<(String, Vec<Rule>)>,
    /// True if the built-in rules are not in force.
    pub(super) replaces: bool,
    /// Built-in rules that are not in force.
    pub(super) skip: Vec<String>,
    /// What they allow, with the file and the folder that it is in.
    pub(super) allow: Vec<(String, Directory, Allowance)>,
    /// What they accept.
    pub(super) accepted: Vec<AcceptedEntry>,
    /// What has no meaning here.
    pub(super) notes: Vec<String>,
}

impl Others {
    /// Adds what a file of a tool says.
    ///
    /// `name` is what it is called, `paths` are the paths that it may have in a report.
    pub(super) fn follow(
        &mut self,
        tool: &OtherTool,
        name: &str,
        paths: &[String],
        file: &SettingsText,
    ) -> Result<(), Error> {
        let mut plan = plan(tool, file)?;
        // The hashes in it look like secrets, and are none.
        let lists = plan.allow.iter().flat_map(|list| &list.hashes);
        let hashes =
            plan.accepted.iter().flat_map(|entry| &entry.hashes).chain(lists).map(|hash| hash.hex.clone());
        let digests = plan.allow.iter().flat_map(|list| &list.files).map(|file| file.digest.clone());
        let own: BTreeSet<String> = hashes.chain(digests).collect();
        let own: Vec<_> = own.iter().map(|hex| hash_in_memory(hex.as_bytes())).collect();
        for entry in &mut plan.accepted {
            entry.file = Arc::from(name);
        }
        if !own.is_empty() {
            for path in paths {
                plan.accepted.push(AcceptedEntry {
                    file: Arc::from(name),
                    path: Some(path.clone()),
                    hashes: own.clone(),
                    reason: "it is a hash".to_owned(),
                    ..AcceptedEntry::default()
                });
            }
        }
        let built_in = Catalogue::embedded();
        let (text, allow) = write::in_force(tool.name, &plan, &|id| built_in.index_of(id).is_some());
        if !text.is_empty() {
            let rules = Catalogue::parse(&file.path, &text).map_err(Error::Rules)?;
            self.allow.extend(own_file(tool, name, paths, file, &rules));
            self.rules.push((file.path.clone(), rules));
        }
        self.notes.extend(left_out(&file.path, &plan));
        self.replaces |= plan.replaces && !plan.rules.is_empty();
        self.skip.extend(plan.skip);
        self.allow.extend(allow.into_iter().map(|list| (name.to_owned(), file.directory.clone(), list)));
        self.accepted.extend(plan.accepted);
        Ok(())
    }
}

/// What lets a tool's rules match in its own file, which it does not scan. Our rules do: a change may not hide a token there.
fn own_file(
    tool: &OtherTool,
    name: &str,
    paths: &[String],
    file: &SettingsText,
    rules: &[Rule],
) -> Option<(String, Directory, Allowance)> {
    let exact = |path: &String| format!(r"\A(?:\./)?{}\z", regex_syntax::escape(path));
    let list = Allowance {
        reason: format!("it is in {}'s own configuration", tool.name),
        rules: rules.iter().map(|rule| rule.info.id.to_string()).collect(),
        path_regexes: paths.iter().map(exact).collect(),
        ..Allowance::default()
    };
    (!list.is_empty()).then(|| (name.to_owned(), file.directory.clone(), list))
}

/// The rules of a file that is named as one of rules, and what it allows for them. It adds to the rules in force: what it
/// says of others has no effect.
pub(super) fn add_rules(tool: &OtherTool, file: &SettingsText, others: &mut Others) -> Result<(), Error> {
    let mut added = Others::default();
    added.follow(tool, &file.path, &[], file)?;
    let own = added.rules.iter().flat_map(|(_, rules)| rules).map(|rule| rule.info.id.to_string());
    let own: Vec<String> = own.collect();
    for (_, _, list) in added.allow.iter_mut().filter(|(_, _, list)| list.rules.is_empty()) {
        list.rules.clone_from(&own);
    }
    added.allow.retain(|(_, _, list)| !list.rules.is_empty());
    if added.replaces || !added.skip.is_empty() {
        added.notes.push(format!(
            "{} would switch off built-in rules; as a file of rules it only adds to them.",
            file.path
        ));
    }
    others.rules.append(&mut added.rules);
    others.allow.append(&mut added.allow);
    others.notes.append(&mut added.notes);
    Ok(())
}

fn plan(tool: &OtherTool, file: &SettingsText) -> Result<Plan, Error> {
    (tool.read)(&file.path, &file.text).map_err(error)
}

fn error(fault: Fault) -> Error {
    Error::Config(config::Error::from(fault))
}

/// A note of what has no meaning here.
fn left_out(file: &str, plan: &Plan) -> Option<String> {
    let [first, rest @ ..] = plan.left_out.as_slice() else { return None };
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" ({more} more; `keydredge config import --dry-run {file}` names them)"),
    };
    Some(format!("{first}{more} It is left out, so that no less is found."))
}

/// True for a baseline of another scanner than gitleaks.
pub(super) fn is_other(file: &SettingsText) -> bool {
    !file.text.starts_with("# keydredge")
        && OtherTool::of(&file.path, &file.text).is_some_and(|tool| tool.name != "gitleaks")
}

/// Adds what a baseline of another scanner accepts.
pub(super) fn accept(
    file: &SettingsText,
    accepted: &mut Accepted,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let Some(tool) = OtherTool::of(&file.path, &file.text) else { return Ok(()) };
    let plan = plan(tool, file)?;
    notes.extend(left_out(&file.path, &plan));
    for entry in plan.accepted {
        accepted.add(entry);
    }
    Ok(())
}

/// Where the content of files is looked up.
pub(super) struct FileContents<'o> {
    pub(super) place: &'o Opened,
    /// True if that is the disk.
    pub(super) is_on_disk: bool,
}

impl FileContents<'_> {
    /// The file, if it has its content.
    fn held(&self, directory: &Directory, file: &FileContent) -> Result<Option<HeldFile>, Error> {
        let is_below = !file.path.starts_with('/') && file.path.split('/').all(|part| part != "..");
        if !is_below || file.path.is_empty() {
            return Ok(None);
        }
        let Ok(Some(found)) = self.place.read_beside(directory, &file.path) else { return Ok(None) };
        let digest = match file.is_talismans {
            true => checksum(&file.path, &found.bytes),
            false => data_encoding::HEXLOWER.encode(&Sha256::digest(&found.bytes)),
        };
        if digest != file.digest {
            return Ok(None);
        }
        let path = match directory {
            Directory::Disk(_) => file.path.clone(),
            Directory::Inside(above) if above.is_empty() => file.path.clone(),
            Directory::Inside(above) => format!("{}/{}", String::from_utf8_lossy(above), file.path),
        };
        let object = [format!("blob {}\0", found.bytes.len()).as_bytes(), &found.bytes].concat();
        let ids: [&[u8]; 2] = [&Sha1::digest(&object), &Sha256::digest(&object)];
        let blobs = ids.into_iter().filter_map(ObjectId::from_bytes).collect();
        Ok(Some(HeldFile { path, blobs, is_on_disk: self.is_on_disk }))
    }
}

/// Adds lists to those in force.
pub(super) fn allow(
    all: &[(String, Directory, Allowance)],
    content: &FileContents<'_>,
    lists: &mut Allowlists,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let mut changed: Vec<(&str, &str)> = Vec::new();
    for (file, directory, allowance) in all {
        let mut files = Vec::new();
        for one in &allowance.files {
            match content.held(directory, one)? {
                Some(held) => files.push(held),
                None => changed.push((file, &one.path)),
            }
        }
        let has_lost = files.len() < allowance.files.len();
        let list = Allowlist::of(file, allowance, files).map_err(|why| {
            error(Fault { file: file.clone(), line: 1, problem: format!("`allow` cannot be used: {why}.") })
        })?;
        // Without one of its checks, a list that needs all of them allows more, and so does one that is left with its floor.
        let allows_more = has_lost && (list.has_no_check() || list.needs_all && list.files.is_empty());
        if list.is_empty() || allows_more {
            continue;
        }
        if allowance.rules.is_empty() {
            lists.global.push(list);
        } else {
            for rule in &allowance.rules {
                lists.of_rules.entry(rule.clone()).or_default().push(list.clone());
            }
        }
    }
    for of_file in changed.chunk_by(|one, other| one.0 == other.0) {
        let paths: Vec<&str> = of_file.iter().take(NAMED).map(|(_, path)| *path).collect();
        let more = if of_file.len() > NAMED { ", …" } else { "" };
        let count = match of_file.len() {
            1 => "1 file has".to_owned(),
            count => format!("{count} files have"),
        };
        let name = of_file[0].0;
        notes
            .push(format!("{count} not the content for which {name} allows it: {}{more}.", paths.join(", ")));
    }
    Ok(())
}
