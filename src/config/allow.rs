//! `[[allow]]` of `keydredge.toml`: what is no finding, by path, value, hash, line or commit.
//!
//! ```toml
//! [[allow]]
//! reason = "keys of the test server"      # in the report
//! rules = ["github-pat-classic"]          # absent: all rules
//! condition = "and"                       # all kinds of checks must hold; "or", the default: one suffices
//! paths = ["testdata/", "*.golden"]       # patterns as in .gitignore
//! path-regexes = ['^test/.*\.env$']       # unanchored regexes of the path
//! values = ['^test-']                     # of the secret; instead of it `matches` (the whole match), `lines` (its
//!                                         # lines), `grep-lines` (`path:number:line`) or `covering` (a match in its
//!                                         # lines that contains the whole secret)
//! words = ["example"]                     # in the secret, in any case
//! hashes = ["sha256:9f86…"]               # also sha1, ggshield-sha256, fingerprint
//! commits = ["0123…"]                     # whole ids
//! confidence-below = "high"               # besides: only what is less sure, or less severe (severity-below)
//! files = [{ path = "a.env", sha256 = "9f86…" }]    # the file as long as it has this content
//! ```

use super::{Naming, naming, wrong_pattern};
use crate::gitignore::Patterns;
use crate::model::{AllowTarget, Allowance, Confidence, FileContent, HashKind, SecretHash, Severity};
use crate::sheet::{Cell, Fault, Sheet};
use regex::bytes::RegexBuilder;
use sha2::{Digest, Sha256};

/// The largest automaton of a regex, bytes.
const LARGEST: usize = 1 << 24;

/// Reads all of them.
/// The rules that they name are added to `namings`.
pub(super) fn read(allow: Cell<'_>, namings: &mut Vec<Naming>) -> Result<Vec<Allowance>, Fault> {
    let wrong =
        allow.fault("allows nothing: it needs a path, a value, a word, a hash, a commit, a file or a floor.");
    let tables = allow.tables()?;
    tables.into_iter().map(|(line, table)| one(table, Fault { line, ..wrong.clone() }, namings)).collect()
}

fn one(mut table: Sheet<'_>, empty: Fault, namings: &mut Vec<Naming>) -> Result<Allowance, Fault> {
    let strings =
        |cell: Option<Cell<'_>>| cell.map(|cell| cell.strings()).transpose().map(Option::unwrap_or_default);
    let regexes = |cell: Option<Cell<'_>>| match cell {
        Some(cell) => sound(&cell),
        None => Ok(Vec::new()),
    };
    let mut allowance = Allowance::default();
    if let Some(reason) = table.take("reason") {
        allowance.reason = reason.string()?.to_owned();
    }
    if let Some(rules) = table.take("rules") {
        allowance.rules = naming::names("allow", &rules, namings)?;
    }
    if let Some(condition) = table.take("condition") {
        allowance.needs_all = condition.one_of(&["and", "or"])? == "and";
    }
    if let Some(paths) = table.take("paths") {
        allowance.paths = paths.strings()?;
        Patterns::of_list(&allowance.paths).map_err(|why| wrong_pattern(&paths, &allowance.paths, &why))?;
    }
    allowance.path_regexes = regexes(table.take("path-regexes"))?;
    let mut kinds = 0;
    for (key, target) in AllowTarget::KEYS {
        if let Some(cell) = table.take(key) {
            kinds += 1;
            (allowance.regexes, allowance.target) = (sound(&cell)?, target);
            if kinds > 1 {
                return Err(
                    cell.fault("is there beside another kind of regexes. Write an `[[allow]]` for each.")
                );
            }
        }
    }
    allowance.words = strings(table.take("words"))?;
    if let Some(cell) = table.take("confidence-below") {
        allowance.floor.confidence = Some(cell.one_of(&Confidence::ALL)?);
    }
    if let Some(cell) = table.take("severity-below") {
        allowance.floor.severity = Some(cell.one_of(&Severity::ALL)?);
    }
    if let Some(cell) = table.take("hashes") {
        let hash = |text: &String| {
            SecretHash::parse(text).ok_or_else(|| {
                let names: Vec<&str> = HashKind::NAMES.iter().map(|(name, _)| *name).collect();
                cell.fault(&format!(
                    "must be hexadecimal digits after one of {} and a colon.",
                    names.join(", ")
                ))
            })
        };
        allowance.hashes = cell.strings()?.iter().map(hash).collect::<Result<_, _>>()?;
    }
    allowance.commits = strings(table.take("commits"))?.iter().map(|id| id.trim().to_lowercase()).collect();
    if let Some(files) = table.take("files") {
        allowance.files = files.inline_tables()?.into_iter().map(file).collect::<Result<_, _>>()?;
    }
    table.finish()?;
    let has_empty = allowance.words.iter().any(|word| word.trim().is_empty());
    if allowance.is_empty() || has_empty { Err(empty) } else { Ok(allowance) }
}

fn file(mut table: Sheet<'_>) -> Result<FileContent, Fault> {
    let path =
        table.take("path").map(|cell| cell.string().map(str::to_owned)).transpose()?.unwrap_or_default();
    let (mut digest, mut is_talismans) = (String::new(), false);
    for (key, is_theirs) in [("sha256", false), ("talisman", true)] {
        if let Some(cell) = table.take(key) {
            let hash = SecretHash::new(HashKind::Sha256, cell.string()?);
            digest = hash.ok_or_else(|| cell.fault("must be 64 hexadecimal digits."))?.hex;
            is_talismans = is_theirs;
        }
    }
    table.finish()?;
    Ok(FileContent { path, digest, is_talismans })
}

/// Regexes, each of which can be used.
fn sound(cell: &Cell<'_>) -> Result<Vec<String>, Fault> {
    let sources = cell.strings()?;
    for (number, source) in (1..).zip(&sources) {
        let is_sound = RegexBuilder::new(source).size_limit(LARGEST).build().is_ok();
        // The message of a regex repeats it, and it may be a secret.
        if !is_sound {
            let problem = format!("has, as number {number}, no regex that can be used.");
            return Err(cell.fault_at(number, &problem));
        }
        if source.is_empty() {
            let problem = format!("has, as number {number}, an empty regex, which allows everything.");
            return Err(cell.fault_at(number, &problem));
        }
    }
    Ok(sources)
}

/// All of them, short, and different if they differ.
pub(super) fn printed(allow: &[Allowance]) -> String {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{allow:?}").as_bytes()));
    let lists = if allow.len() == 1 { "list" } else { "lists" };
    format!("{} {lists} ({})", allow.len(), &digest[..12])
}
