//! The settings of a run: configuration, rules, ignore file and baseline, read from one place.
//!
//! # Design
//!
//! That place decides who may change the settings of a run, so it is the caller's choice
//! ([`Origin`]), and each used file is recorded with its digest. A `diff` reads them
//! from the merge base. A path on the command line that is inside the repository is read from there too, since on disk
//! it may be the head's version.

mod differences;
mod loader;
mod nested;

use super::other_tools::{self, Others};
use crate::cli::Shared;
use crate::config::{Config, Extend};
use crate::error::Error;
use crate::findings::Policy;
use crate::gitleaks::config::GitleaksSettings;
use crate::gitleaks::ids;
use crate::model::{RuleChoice, SettingsFile, SettingsReceipt, SettingsRole};
use crate::rules::{self, Catalogue, Rule};
use crate::shown_path::shown_path;
use crate::source::settings::{Opened, Origin, starts};
use loader::{ConfigLayer, Loader};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub(crate) use loader::text;
pub(crate) use nested::Nested;

/// The name of the baseline at a repository's root.
pub(crate) const BASELINE: &str = "keydredge-baseline.txt";

/// The origin of files that are read from disk.
const DISK: &str = "disk";

/// Used for the command line in place of a file's name.
pub(crate) const COMMAND_LINE: &str = "command line";

/// The settings of a run, read and parsed.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) policy: Policy,
    /// The user's rules, each file's with its name.
    rules: Vec<(String, Vec<Rule>)>,
    /// What gitleaks's configuration says of the other rules.
    gitleaks: GitleaksSettings,
    files: Vec<SettingsFile>,
    /// The file that each key of the configuration is from.
    origins: BTreeMap<&'static str, String>,
    /// What a reader of the report has to know about them.
    pub(crate) notes: Vec<String>,
}

impl Settings {
    /// The settings at `place`, with the files that `flags` name.
    pub(crate) fn load(flags: &Shared, place: &Opened) -> Result<Self, Error> {
        Self::load_apart(flags, place, None)
    }

    /// The same for a change whose own settings, at `proposed`, are not in force: a file that exists only there is
    /// refused.
    pub(crate) fn load_apart(
        flags: &Shared,
        place: &Opened,
        proposed: Option<&Opened>,
    ) -> Result<Self, Error> {
        let mut loader = Loader::new(flags, place, proposed);
        let (layers, named) = loader.config()?;
        let mut origins = BTreeMap::new();
        let mut config = Config::default();
        for layer in &layers {
            let keys = layer.config.entries().into_iter().map(|(key, _)| (key, layer.path.clone()));
            origins.extend(keys);
            config = layer.config.clone().over(config);
        }
        let has_others = config.other_tools != Some(false);
        let mut others = Others::default();
        let mut rules = loader.rules(&layers, &mut others)?;
        let mut gitleaks = loader.gitleaks(named, has_others)?;
        let ours = rules.iter().flat_map(|(_, rules)| rules);
        let known: BTreeSet<&str> = ours.map(|rule| rule.info.id.as_str()).collect();
        let mut theirs = std::mem::take(&mut gitleaks.rules);
        theirs.retain(|rule| !known.contains(rule.info.id.as_str()));
        if !theirs.is_empty() {
            rules.push((loader.path_of(SettingsRole::Gitleaks), theirs));
        }
        loader.other_tools(&config, &mut others)?;
        let ours = rules.iter().flat_map(|(_, rules)| rules);
        let known: BTreeSet<String> = ours.map(|rule| rule.info.id.to_string()).collect();
        for (file, mut theirs) in std::mem::take(&mut others.rules) {
            theirs.retain(|rule| !known.contains(rule.info.id.as_str()));
            rules.push((file, theirs));
        }
        gitleaks.replaces |= others.replaces;
        gitleaks.skip.append(&mut others.skip);
        let mut policy = loader.policy(&layers, has_others)?;
        let accepted = std::mem::take(&mut policy.allowlists.accepted);
        policy.allowlists = std::mem::take(&mut gitleaks.allowlists);
        policy.allowlists.own = loader.own_files();
        policy.allowlists.accepted = accepted;
        let own: Vec<_> = layers.iter().flat_map(ConfigLayer::allows).collect();
        let content =
            other_tools::FileContents { place: loader.place, is_on_disk: loader.place.label() == DISK };
        other_tools::allow(&own, &content, &mut policy.allowlists, &mut others.notes)?;
        other_tools::allow(&others.allow, &content, &mut policy.allowlists, &mut others.notes)?;
        for entry in others.accepted {
            policy.allowlists.accepted.add(entry);
        }
        let notes = loader.notes.into_iter().chain(others.notes).collect();
        Ok(Self { config, policy, rules, gitleaks, files: loader.files, origins, notes })
    }

    /// Where the settings for files at `paths` are: with one path there or above, with several from the folder up that all of
    /// them are in.
    ///
    /// # Errors
    /// Fails if the paths are of several repositories whose settings are not the same: none of them may judge the files of
    /// another one, and a report has one receipt.
    pub(crate) fn place_of(flags: &Shared, paths: &[PathBuf]) -> Result<Origin, Error> {
        if let [path] = paths {
            return Ok(Origin::Disk(path.clone()));
        }
        let starts = starts(paths)?;
        let Some((first, others)) = starts.split_first() else {
            return Ok(Origin::Disk(paths.first().cloned().unwrap_or_else(|| PathBuf::from("."))));
        };
        let origin = Origin::Disk(first.clone());
        if !others.is_empty() {
            let ours = Self::load(flags, &origin.open()?)?.files;
            for other in others {
                let theirs = Self::load(flags, &Origin::Disk(other.clone()).open()?)?.files;
                let of_one = |files: &[SettingsFile], others: &[SettingsFile]| {
                    files.iter().find(|file| !others.contains(file)).map(|file| file.path.clone())
                };
                if let Some(file) = of_one(&ours, &theirs).or_else(|| of_one(&theirs, &ours)) {
                    let what = format!(
                        "{} and {} have different settings: {file} is for one of them alone; scan them apart",
                        shown_path(first),
                        shown_path(other)
                    );
                    return Err(Error::Usage { what });
                }
            }
        }
        Ok(origin)
    }

    /// The configurations of other repositories that the one at `place` extends, itself or by others.
    pub(crate) fn remotes(flags: &Shared, place: &Opened) -> Result<Vec<Extend>, Error> {
        let mut loader = Loader::new(flags, place, None);
        loader.fetching = Some(Vec::new());
        loader.config()?;
        Ok(loader.fetching.unwrap_or_default())
    }

    /// The file that sets `key`; of a list that several files give, the uppermost.
    pub(crate) fn origin_of(&self, key: &str) -> Option<&str> {
        self.origins.get(key).map(String::as_str)
    }

    /// The built-in rules with the user's, without those that are skipped.
    pub(crate) fn catalogue(&self, flags: &Shared) -> Result<Catalogue, Error> {
        let own: Vec<Rule> = self.rules.iter().flat_map(|(_, rules)| rules.iter().cloned()).collect();
        let catalogue =
            if own.is_empty() { Catalogue::embedded() } else { Catalogue::embedded().merge(own)? };
        let named = self.config.allow.iter().flat_map(|list| &list.rules);
        let unknown = named.filter_map(|id| Some(self.placed("allow", catalogue.require(id).err()?)));
        let unknown: Vec<rules::Error> = unknown.take(20).collect();
        if !unknown.is_empty() {
            return Err(Error::Rules(unknown));
        }
        let (only, skip) = (self.only(flags), self.skip(flags));
        let mut catalogue = match (only.is_empty(), skip.is_empty()) {
            (true, true) => catalogue,
            _ => catalogue.select(&only, &skip).map_err(|errors| {
                let placed = |error| self.placed("skip", self.placed("only", error));
                Vec::from_iter(errors.into_iter().map(placed))
            })?,
        };
        if self.gitleaks.replaces {
            catalogue.rules_mut().retain(is_users);
        }
        if catalogue.rules().is_empty() {
            let what = "every rule is left out, so nothing would be looked for; ask for fewer with `only` and `skip`";
            return Err(Error::Usage { what: what.to_owned() });
        }
        Ok(catalogue)
    }

    /// `error` with the file and line at which the configuration names the rule for `key`.
    fn placed(&self, key: &str, error: rules::Error) -> rules::Error {
        let fault = match &error {
            rules::Error::UnknownRule { id, at: None, .. } => self.config.naming(key, id),
            _ => None,
        };
        match fault {
            Some(fault) => error.asked_at(&fault.file, fault.line),
            None => error,
        }
    }

    fn only(&self, flags: &Shared) -> Vec<String> {
        if let Some(like) = &flags.gitleaks {
            let own = self.rules_by_id();
            let ours = |id: &String| match ids::ours(id).filter(|_| !own.contains_key(id.as_str())) {
                Some(ours) => ours.iter().map(|id| (*id).to_owned()).collect(),
                None => vec![id.clone()],
            };
            return like.flags.enable_rule.iter().flat_map(ours).collect();
        }
        if flags.rules.only.is_empty() { self.config.only.clone() } else { flags.rules.only.clone() }
    }

    fn skip(&self, flags: &Shared) -> Vec<String> {
        self.config.skip.iter().chain(&flags.rules.skip).chain(&self.gitleaks.skip).cloned().collect()
    }

    /// The receipt: the files, and which built-in rules they or `flags` removed or replaced.
    pub(crate) fn receipt(&self, flags: &Shared) -> SettingsReceipt {
        let config = || {
            let file = self.files.iter().find(|file| file.role == SettingsRole::Configuration);
            file.map_or(COMMAND_LINE, |file| &file.path).to_owned()
        };
        let choice = |rule: &str, by: String| RuleChoice { rule: rule.to_owned(), by };
        let has_changed = self.gitleaks.replaces
            || !self.rules.is_empty()
            || !self.only(flags).is_empty()
            || !self.skip(flags).is_empty();
        let mut receipt = SettingsReceipt { files: self.files.clone(), ..SettingsReceipt::default() };
        if !has_changed {
            return receipt;
        }
        let built_in = Catalogue::embedded();
        let only = self.only(flags);
        let gitleaks = || {
            let mut files = self.files.iter();
            let file = files.clone().find(|file| file.role == SettingsRole::Gitleaks);
            let file = file.or_else(|| files.find(|file| file.role == SettingsRole::OtherTool));
            file.map_or(COMMAND_LINE, |file| &file.path).to_owned()
        };
        let own = self.rules_by_id();
        for rule in built_in.rules() {
            let id = rule.info.id.as_str();
            let is_in = |ids: &[String]| ids.iter().any(|one| one == id);
            let is_replaced = self.gitleaks.replaces && !own.contains_key(id);
            if is_replaced || is_in(&self.gitleaks.skip) {
                receipt.skipped.push(choice(id, gitleaks()));
            } else if is_in(&self.config.skip)
                || (!only.is_empty() && flags.rules.only.is_empty() && !is_in(&only))
            {
                receipt.skipped.push(choice(id, config()));
            } else if is_in(&flags.rules.skip) || (!only.is_empty() && !is_in(&only)) {
                receipt.skipped.push(choice(id, COMMAND_LINE.to_owned()));
            }
        }
        for (file, rules) in &self.rules {
            let replaced = rules.iter().filter(|rule| built_in.index_of(&rule.info.id).is_some());
            receipt.overridden.extend(replaced.map(|rule| choice(&rule.info.id, file.clone())));
        }
        receipt.overridden.sort();
        receipt
    }

    fn rules_by_id(&self) -> BTreeMap<&str, &Rule> {
        let rules = self.rules.iter().flat_map(|(_, rules)| rules);
        rules.map(|rule| (rule.info.id.as_str(), rule)).collect()
    }
}

/// True for a rule that a user wrote.
fn is_users(rule: &Rule) -> bool {
    rule.origin.line > 0
}

/// What covers findings according to the settings at `place`, of which `config` is the configuration.
pub(crate) fn load_policy(flags: &Shared, place: &Opened) -> Result<Policy, Error> {
    Settings::load(flags, place).map(|settings| settings.policy)
}
