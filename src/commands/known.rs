//! `known`: makes, extends and reads the index of values that are known to be secrets.

use super::output::counted;
use super::session::known::{open, user_key};
use super::session::text_file::read_text;
use super::{Exit, output, remark};
use crate::atomic_file::{self, Access};
use crate::cli::{KnownAdd, KnownCommand, KnownFile, KnownFlags, KnownFormat, KnownList, KnownRemove};
use crate::error::Error;
use crate::known::{KnownIndex, ManagerExport, Refusal};
use crate::shown_path::shown_path;
use crate::update_lock::UpdateLock;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The largest export that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// How many lines of an export that could not be read are named.
const NAMED: usize = 5;

/// `known`.
pub(super) fn known(flags: &KnownFlags) -> Result<Exit, Error> {
    match &flags.command {
        KnownCommand::Add(flags) => add(flags),
        KnownCommand::List(flags) => list(flags),
        KnownCommand::Check(flags) => check(flags),
        KnownCommand::Remove(flags) => remove(flags),
        KnownCommand::Key => {
            let key = user_key(true)?;
            output::say(&data_encoding::HEXLOWER.encode(&key))?;
            Ok(Exit::Clean)
        }
    }
}

fn add(flags: &KnownAdd) -> Result<Exit, Error> {
    let path = &flags.output;
    atomic_file::check(path)?;
    let mut exports = Vec::with_capacity(flags.from.len());
    let mut unread = 0;
    for from in &flags.from {
        let text = read_text(from, LARGEST)?;
        let failed = |source| Error::Known { path: from.clone(), source };
        let export = ManagerExport::read(&text, &flags.name).map_err(failed)?;
        if !export.unread.is_empty() {
            let lines: Vec<String> = export.unread.iter().take(NAMED).map(ToString::to_string).collect();
            let more = if export.unread.len() > NAMED { ", …" } else { "" };
            let lines = format!("{}{more}", lines.join(", "));
            remark(&format!("{}: not read, since it is no entry: line {lines}", shown_path(from)));
        }
        unread += export.unread.len();
        exports.push(export);
    }
    let _lock = UpdateLock::take(path.parent().unwrap_or(Path::new(".")), None)?;
    let key = user_key(true)?;
    let failed = |source| Error::Known { path: path.clone(), source };
    let mut index = if path.exists() { open(path)? } else { KnownIndex::new(&key).map_err(failed)? };
    let (mut values, mut entries, mut known) = (0, 0, 0);
    let mut refused: BTreeMap<Refusal, usize> = BTreeMap::new();
    for export in &exports {
        for one in &export.entries {
            if let Some(refusal) = Refusal::of(&one.name, &one.value) {
                *refused.entry(refusal).or_default() += 1;
            }
        }
        let added = index.add(&export.entries).map_err(failed)?;
        values += added.values;
        entries += added.entries;
        known += added.known;
    }
    let reasons: Vec<String> = refused.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let not = if reasons.is_empty() {
        String::new()
    } else {
        format!("; not searched for: {}", reasons.join(", "))
    };
    if index.is_empty() {
        return Err(Error::Usage { what: format!("no value is left to be searched for{not}") });
    }
    let bytes = index.seal().map_err(failed)?;
    atomic_file::write(path, Access::Kept, |out| out.write_all(&bytes))?;
    let known = if known > 0 {
        format!(", {} there already", counted(known, "entry", "entries"))
    } else {
        String::new()
    };
    output::say(&format!(
        "{} in {}: {values} new, of {}{known}{not}",
        counted(index.len(), "value", "values"),
        shown_path(path),
        counted(entries, "new entry", "new entries"),
    ))?;
    Ok(if unread > 0 { Exit::Incomplete } else { Exit::Clean })
}

fn list(flags: &KnownList) -> Result<Exit, Error> {
    let index = open(&flags.file.index)?;
    let mut all: Vec<&[String]> = index.all().collect();
    all.sort();
    match flags.format {
        KnownFormat::Text => {
            for names in &all {
                output::say(&names.join("  =  "))?;
            }
            for (name, refusal) in index.refused() {
                output::say(&format!("{name}  not searched for: {refusal}"))?;
            }
            let refused = counted(index.refused().len(), "entry", "entries");
            output::say(&format!("{}, {refused} not searched for", counted(all.len(), "value", "values")))?;
        }
        KnownFormat::Json => {
            let refused =
                index.refused().map(|(name, refusal)| json!({"entry": name, "reason": refusal.to_string()}));
            let refused: Vec<_> = refused.collect();
            let object = json!({"values": all.iter().map(|names| json!({"entries": names})).collect::<Vec<_>>(), "refused": refused});
            output::print(format!("{object:#}\n").as_bytes())?;
        }
    }
    Ok(Exit::Clean)
}

fn check(flags: &KnownFile) -> Result<Exit, Error> {
    let index = open(&flags.index)?;
    let value = read_text(Path::new("-"), LARGEST)?;
    let names = index.entries(value.trim_end_matches(['\n', '\r']).as_bytes());
    for name in names {
        output::say(name)?;
    }
    if names.is_empty() {
        remark("no entry has this value");
        return Ok(Exit::Findings);
    }
    Ok(Exit::Clean)
}

fn remove(flags: &KnownRemove) -> Result<Exit, Error> {
    let path = &flags.file.index;
    let _lock = UpdateLock::take(path.parent().unwrap_or(Path::new(".")), None)?;
    let mut index = open(path)?;
    for name in &flags.names {
        let goes = |one: &str| one == name || name.ends_with('/') && one.starts_with(name.as_str());
        if index.remove(goes) == 0 {
            return Err(Error::Usage { what: format!("no entry is named {name}; nothing was changed") });
        }
    }
    let bytes = index.seal().map_err(|source| Error::Known { path: path.clone(), source })?;
    atomic_file::write(path, Access::Kept, |out| out.write_all(&bytes))?;
    output::say(&format!("{} left in {}", counted(index.len(), "value", "values"), shown_path(path)))?;
    Ok(Exit::Clean)
}
