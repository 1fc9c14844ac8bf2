//! Configurations further down than the one in force: what they accept of the files below them.
//!
//! # Design
//!
//! They are looked for where something was found, in the folders above it, so that a clean run reads none. What they say
//! counts like an `[[allow]]` for their folder, and lies over what is in force above. What decides how a file is scanned
//! (rules, archives, limits) is one for the whole run; a note says if such a configuration asks for more.

use super::loader::{digest, text};
use crate::cli::Shared;
use crate::commands::session::other_tools::{self, FileContents};
use crate::config::Config;
use crate::error::Error;
use crate::findings::allowlists::Allowlist;
use crate::findings::{Allowlists, Policy, Sighting};
use crate::model::{Floor, SettingsFile, SettingsRole};
use crate::source::settings::{CONFIGURATION, Directory, Opened, Settings as Found};
use std::collections::BTreeSet;

/// The keys that count in a configuration that is not the one in force.
const COUNT: [&str; 5] = ["allow", "exclude", "skip", "min-confidence", "fail-on"];

/// In how many folders one is looked for.
const MOST: usize = 500;

/// What configurations further down accept.
#[derive(Debug, Default)]
pub(crate) struct Nested {
    global: Vec<Allowlist>,
    of_rules: Vec<(String, Allowlist)>,
    /// Those that were read.
    pub(crate) files: Vec<SettingsFile>,
    /// What a reader of the report has to know about them.
    pub(crate) notes: Vec<String>,
}

impl Nested {
    /// Those in `place` above what was found, except `known` ones, which are in force.
    pub(crate) fn read(
        flags: &Shared,
        place: &Opened,
        sightings: &[Sighting],
        known: &[SettingsFile],
    ) -> Self {
        let mut nested = Self::default();
        if flags.config.is_some() || flags.gitleaks.is_some() {
            return nested;
        }
        let mut folders: BTreeSet<&str> = BTreeSet::new();
        for sighting in sightings.iter().filter(|sighting| !sighting.hits.is_empty()) {
            let Some(path) = sighting.place.path.as_deref() else { continue };
            let mut path = path.strip_prefix("./").unwrap_or(path);
            if path.starts_with('/') || path.split('/').any(|part| part == "..") {
                continue;
            }
            // The folders above a folder that is there are there, too.
            while let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| folders.insert(folder)) {
                path = folder;
            }
        }
        if folders.len() > MOST {
            nested.notes.push(format!(
                "Something was found in {} folders; {CONFIGURATION} is looked for in the first {MOST} of them",
                folders.len()
            ));
        }
        for (folder, found) in place.read_in(folders.into_iter().take(MOST), CONFIGURATION) {
            let one = match found {
                Ok(found) if known.iter().any(|known| known.path == found.path) => continue,
                Ok(found) => nested.take(place, folder, found),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = one {
                let why = error.with_causes();
                nested.notes.push(format!("{folder}/{CONFIGURATION} is not in force: {why}"));
            }
        }
        nested
    }

    fn take(&mut self, place: &Opened, folder: &str, found: Found) -> Result<(), Error> {
        let Found { path, bytes, directory } = found;
        let file = SettingsFile {
            role: SettingsRole::Configuration,
            path: path.clone(),
            origin: place.label().to_owned(),
            digest: digest(&bytes),
        };
        let config = Config::parse(&path, &text(&path, bytes)?)?;
        let is_on_disk = matches!(directory, Directory::Disk(_));
        let own: Vec<_> =
            config.allow.iter().map(|allow| (path.clone(), directory.clone(), allow.clone())).collect();
        let mut lists = Allowlists::default();
        other_tools::allow(&own, &FileContents { place, is_on_disk }, &mut lists, &mut self.notes)?;
        let placed = |mut list: Allowlist| {
            if is_on_disk {
                // They are relative to the configuration.
                list.files.iter_mut().for_each(|file| file.path = format!("{folder}/{}", file.path));
            }
            list.in_folder(folder)
        };
        self.global.extend(lists.global.into_iter().map(placed));
        for (rule, lists) in lists.of_rules {
            self.of_rules.extend(lists.into_iter().map(|list| (rule.clone(), placed(list))));
        }
        let of = |key: &str| {
            let description = format!("`{key}`");
            Allowlist { file: path.clone(), description, ..Allowlist::default() }.in_folder(folder)
        };
        // A list without a check would cover the whole folder.
        let excluding = of("exclude").at(&config.exclude);
        if !config.exclude.is_empty() && !excluding.has_no_check() {
            self.global.push(excluding);
        }
        self.of_rules.extend(config.skip.iter().map(|id| (id.clone(), of("skip"))));
        if config.min_confidence.is_some() {
            let floor = Floor { confidence: config.min_confidence, severity: None };
            self.global.push(Allowlist { floor, ..of("min-confidence") });
        }
        if config.fail_on.is_some() {
            let floor = Floor { confidence: None, severity: config.fail_on };
            self.global.push(Allowlist { floor, ..of("fail-on") });
        }
        let keys = config.entries().into_iter().map(|(key, _)| key).filter(|key| !COUNT.contains(key));
        let rules = config.inline_rules.as_ref().map(|_| "rules");
        let others: BTreeSet<&str> = keys.chain(rules).collect();
        if !others.is_empty() {
            let others = Vec::from_iter(others).join("`, `");
            let what = format!(
                "`{others}` of {path} is for a run over {folder} alone: below the configuration in force `allow`, `exclude`, \
                 `skip`, `min-confidence` and `fail-on` count"
            );
            self.notes.push(what);
        }
        self.files.push(file);
        Ok(())
    }

    /// Adds what they accept to `policy`.
    pub(crate) fn add_to(&self, policy: &mut Policy) {
        policy.allowlists.global.extend(self.global.iter().cloned());
        for (rule, list) in &self.of_rules {
            policy.allowlists.of_rules.entry(rule.clone()).or_default().push(list.clone());
        }
    }
}
