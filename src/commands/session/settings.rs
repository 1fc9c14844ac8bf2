//! The settings of a run: configuration, rules, ignore file and baseline, read from one place.
//!
//! # Design
//!
//! That place decides who may change the settings of a run, so it is the caller's choice
//! ([`Origin`](crate::source::settings::Origin)), and each used file is recorded with its digest. A `diff` reads them
//! from the merge base. A path on the command line that is inside the repository is read from there too, since on disk
//! it may be the head's version.

use super::other_tools::{self, Others};
use super::output;
use super::settings_text::SettingsText;
use crate::cli::Shared;
use crate::config::{self, Config, Extend, LOCK, Lock, Remote};
use crate::error::Error;
use crate::findings::{Allowlists, Baseline, Ignores, Places, Policy, ignore, places};
use crate::git::Repository;
use crate::gitleaks::config::{self as config_file, Settings as Gitleaks, is_gitleaks};
use crate::gitleaks::{self, ids};
use crate::import::OtherTool;
use crate::model::{
    Allowance, ProposedSetting, RuleChoice, SettingsFile, SettingsReceipt, SettingsRole, display_path,
};
use crate::rules::{self, Catalogue, Rule};
use crate::sheet::Fault;
use crate::source::settings::{CONFIGURATION, Directory, Named, Opened, Settings as Found};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the baseline at a repository's root.
pub(crate) const BASELINE: &str = "keydredge-baseline.txt";

/// The origin of files that are read from disk.
const DISK: &str = "disk";

/// Used for the command line in place of a file's name.
const COMMAND_LINE: &str = "command line";

/// The settings of a run, read and parsed.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) policy: Policy,
    /// The user's rules, each file's with its name.
    rules: Vec<(String, Vec<Rule>)>,
    /// What gitleaks's configuration says of the other rules.
    gitleaks: Gitleaks,
    files: Vec<SettingsFile>,
    /// The file that each key of the configuration is from.
    origins: BTreeMap<&'static str, String>,
    /// What a reader of the report has to know about them.
    pub(crate) notes: Vec<String>,
}

/// One configuration of those in force, and the directory that paths in it are relative to.
struct Layer {
    path: String,
    config: Config,
    directory: Option<Directory>,
}

/// How many files deep configurations extend each other.
const DEEPEST: usize = 5;

/// How many configurations there may be.
const MOST_LAYERS: usize = 64;

/// Reads files of settings and records which.
struct Loader<'a> {
    flags: &'a Shared,
    place: &'a Opened,
    /// Where the change's own settings are, if they are not in force.
    proposed: Option<&'a Opened>,
    files: Vec<SettingsFile>,
    /// What was fetched, once it has been looked for.
    lock: Option<Lock>,
    /// If what is to be fetched is collected and not read.
    fetching: Option<Vec<Extend>>,
    notes: Vec<String>,
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
        let mut rules = loader.rules(&layers)?;
        let mut gitleaks = loader.gitleaks(named, has_others)?;
        let ours = rules.iter().flat_map(|(_, rules)| rules);
        let known: BTreeSet<&str> = ours.map(|rule| rule.info.id.as_str()).collect();
        let mut theirs = std::mem::take(&mut gitleaks.rules);
        theirs.retain(|rule| !known.contains(rule.info.id.as_str()));
        if !theirs.is_empty() {
            rules.push((loader.path_of(SettingsRole::Gitleaks), theirs));
        }
        let mut others = loader.other_tools(&config)?;
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
        let own: Vec<_> = layers.iter().flat_map(Layer::allows).collect();
        let content = other_tools::Content { place: loader.place, is_on_disk: loader.place.label() == DISK };
        other_tools::allow(&own, &content, &mut policy.allowlists, &mut others.notes)?;
        other_tools::allow(&others.allow, &content, &mut policy.allowlists, &mut others.notes)?;
        for entry in others.accepted {
            policy.allowlists.accepted.add(entry);
        }
        let notes = loader.notes.into_iter().chain(others.notes).collect();
        Ok(Self { config, policy, rules, gitleaks, files: loader.files, origins, notes })
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
        if let Some(unknown) = named.into_iter().find(|id| catalogue.index_of(id).is_none()) {
            let what =
                format!("`allow` in {CONFIGURATION} names the rule `{unknown}`, and there is no such rule");
            return Err(Error::Usage { what });
        }
        let (only, skip) = (self.only(flags), self.skip(flags));
        let mut catalogue = match (only.is_empty(), skip.is_empty()) {
            (true, true) => catalogue,
            _ => catalogue.select(&only, &skip)?,
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

    fn only(&self, flags: &Shared) -> Vec<String> {
        if let Some(like) = &flags.gitleaks {
            let own = self.rules_by_id();
            let ours = |id: &String| match ids::ours(id).filter(|_| !own.contains_key(id.as_str())) {
                Some(ours) => ours.iter().map(|id| (*id).to_owned()).collect(),
                None => vec![id.clone()],
            };
            return like.flags.enable_rule.iter().flat_map(ours).collect();
        }
        if flags.only.is_empty() { self.config.only.clone() } else { flags.only.clone() }
    }

    fn skip(&self, flags: &Shared) -> Vec<String> {
        self.config.skip.iter().chain(&flags.skip).chain(&self.gitleaks.skip).cloned().collect()
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
            } else if is_in(&self.config.skip) || (!only.is_empty() && flags.only.is_empty() && !is_in(&only))
            {
                receipt.skipped.push(choice(id, config()));
            } else if is_in(&flags.skip) || (!only.is_empty() && !is_in(&only)) {
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

    /// How `proposed`, the settings after a change, differ from these.
    pub(crate) fn differences(&self, proposed: &Result<Self, Error>) -> Vec<ProposedSetting> {
        let file = |settings: &Self, role| {
            let of_role = settings.files.iter().find(|file| file.role == role);
            of_role.map_or_else(|| role.name().to_owned(), |file| file.path.clone())
        };
        let after = match proposed {
            Ok(after) => after,
            Err(error) => {
                return vec![ProposedSetting {
                    path: file(self, SettingsRole::Configuration),
                    setting: "settings".to_owned(),
                    effect: format!("leave settings that cannot be read: {}", error.told()),
                }];
            }
        };
        let mut differences = Vec::new();
        let mut note = |path: String, setting: &str, effect: String| {
            differences.push(ProposedSetting { path, setting: setting.to_owned(), effect });
        };
        let (old, new) = (BTreeMap::from_iter(self.config.entries()), after.config.entries());
        let new = BTreeMap::from_iter(new);
        for key in BTreeSet::from_iter(old.keys().chain(new.keys())) {
            let (old, new) = (old.get(*key), new.get(*key));
            let value = |value: Option<&String>| value.map_or("unset", String::as_str).to_owned();
            if old != new {
                let effect = format!("change it from {} to {}", value(old), value(new));
                note(file(after, SettingsRole::Configuration), key, effect);
            }
        }
        let (old, new) = (&self.gitleaks.entries, &after.gitleaks.entries);
        for key in BTreeSet::from_iter(old.keys().chain(new.keys())) {
            let (old, new) = (old.get(key), new.get(key));
            let value = |value: Option<&String>| value.map_or("unset", String::as_str).to_owned();
            if old != new {
                let effect = format!("change it from {} to {}", value(old), value(new));
                let role = SettingsRole::Gitleaks;
                note(file(if after.has(role) { after } else { self }, role), key, effect);
            }
        }
        let (old, new) = (self.rules_by_id(), after.rules_by_id());
        let beyond = |all: &BTreeMap<&str, &Rule>, others: &BTreeMap<&str, &Rule>| {
            all.keys().filter(|id| !others.contains_key(*id)).count()
        };
        let is_altered = |(id, rule): &(&&str, &&Rule)| {
            old.get(**id).is_some_and(|before| before.digest() != rule.digest())
        };
        let (added, removed) = (beyond(&new, &old), beyond(&old, &new));
        let altered = new.iter().filter(is_altered).count();
        if added + removed + altered > 0 {
            let built_in = Catalogue::embedded();
            let is_built_in = |id: &&&str| built_in.index_of(id).is_some() && !old.contains_key(**id);
            let overridden = new.keys().filter(is_built_in).map(|id| format!("`{id}`"));
            let overridden = Vec::from_iter(overridden).join(", ");
            let mut effect = format!("add {added}, remove {removed} and alter {altered} rules of its own");
            if !overridden.is_empty() {
                effect.push_str(&format!(", in place of the built-in {overridden}"));
            }
            let of = |settings: &Self| settings.rules.first().map(|(file, _)| file.clone());
            note(of(after).or(of(self)).unwrap_or_default(), "rules", effect);
        }
        for name in OtherTool::all_in_place().map(|(name, _)| name) {
            let digest = |settings: &Self| {
                let is_it = |file: &&SettingsFile| {
                    file.role == SettingsRole::OtherTool && file.path.rsplit('/').next() == Some(name)
                };
                settings.files.iter().find(is_it).map(|file| file.digest.clone())
            };
            let effect = match (digest(self), digest(after)) {
                (old, new) if old == new => continue,
                (None, _) => "add it, with what it allows",
                (_, None) => "remove it",
                _ => "change what it says",
            };
            note(name.to_owned(), "the file", effect.to_owned());
        }
        let own = |role| file(if after.has(role) { after } else { self }, role);
        let places = |settings: &Self| settings.policy.places.entries().collect::<BTreeSet<_>>();
        for (path, old, new) in [
            (own(SettingsRole::IgnoreFile), self.ignored(), after.ignored()),
            (places::FILE.to_owned(), places(self), places(after)),
            (own(SettingsRole::Baseline), self.accepted(), after.accepted()),
        ] {
            if old != new {
                let effect = format!(
                    "add {} and remove {} entries",
                    new.difference(&old).count(),
                    old.difference(&new).count()
                );
                note(path, "entries", effect);
            }
        }
        differences
    }

    fn has(&self, role: SettingsRole) -> bool {
        self.files.iter().any(|file| file.role == role)
    }

    fn rules_by_id(&self) -> BTreeMap<&str, &Rule> {
        let rules = self.rules.iter().flat_map(|(_, rules)| rules);
        rules.map(|rule| (rule.info.id.as_str(), rule)).collect()
    }

    /// The entries of the ignore file.
    fn ignored(&self) -> BTreeSet<String> {
        let entry = |entry: &ignore::IgnoreEntry| format!("{} {:?}", entry.fingerprint, entry.expires);
        self.policy.ignores.entries.iter().map(entry).collect()
    }

    /// The entries of the baseline.
    fn accepted(&self) -> BTreeSet<String> {
        self.policy.baseline.entries.keys().map(ToString::to_string).collect()
    }
}

impl Layer {
    /// Its `[[allow]]`, each with the file's name and directory.
    fn allows(&self) -> impl Iterator<Item = (String, Directory, Allowance)> {
        let directory = self.directory.clone().unwrap_or_else(|| Directory::Disk(PathBuf::from(".")));
        let path = self.path.rsplit('/').next().unwrap_or(&self.path).to_owned();
        self.config.allow.iter().map(move |allow| (path.clone(), directory.clone(), allow.clone()))
    }
}

impl<'a> Loader<'a> {
    fn new(flags: &'a Shared, place: &'a Opened, proposed: Option<&'a Opened>) -> Self {
        Self { flags, place, proposed, files: Vec::new(), notes: Vec::new(), lock: None, fetching: None }
    }

    /// The configuration after those that it extends.
    ///
    /// A file that the command line names may be gitleaks's: then it is returned, and no other configuration is read.
    fn config(&mut self) -> Result<(Vec<Layer>, Option<SettingsText>), Error> {
        if let Some(text) = self.flags.gitleaks.as_ref().and_then(|like| like.config_text.clone()) {
            let path = "GITLEAKS_CONFIG_TOML".to_owned();
            self.note(SettingsRole::Gitleaks, &path, "environment", text.as_bytes());
            let directory = Directory::Disk(PathBuf::from("."));
            return Ok((Vec::new(), Some(SettingsText { path, text, directory })));
        }
        let found = match &self.flags.config {
            Some(path) => Some(self.named(SettingsRole::Configuration, path)?),
            None => self.own(SettingsRole::Configuration, CONFIGURATION)?,
        };
        let is_like = self.flags.gitleaks.is_some() && self.flags.config.is_some();
        let Some(found) = found else { return Ok((Vec::new(), None)) };
        output::mention(self.flags, &format!("configuration: {}", found.path));
        if is_like || is_gitleaks(&found.path, &found.text) {
            if let Some(file) = self.files.last_mut() {
                file.role = SettingsRole::Gitleaks;
            }
            return Ok((Vec::new(), Some(found)));
        }
        let SettingsText { path, text, directory } = found;
        let config = Config::parse(&path, &text)?;
        let mut layers = Vec::new();
        self.extend(&mut layers, Layer { path, config, directory: Some(directory) }, 0)?;
        Ok((layers, None))
    }

    /// Adds what `layer` extends, and then itself.
    fn extend(&mut self, layers: &mut Vec<Layer>, layer: Layer, depth: usize) -> Result<(), Error> {
        for extend in &layer.config.extends {
            let because = |why: &str| {
                let problem = format!("{}: {why}.", extend.fault.problem);
                Error::Config(config::Error::from(Fault { problem, ..extend.fault.clone() }))
            };
            if depth == DEEPEST || layers.len() == MOST_LAYERS {
                return Err(because(
                    "configurations extend each other in a circle, or there are too many of them",
                ));
            }
            let role = SettingsRole::Configuration;
            let below = if Remote::parse(&extend.source).is_some() {
                let Some(text) = self.locked(layer.directory.as_ref(), extend)? else { continue };
                let path = format!("{LOCK} ({})", extend.source);
                let config = Config::parse(&path, &text)?;
                if config.names_files() {
                    return Err(because(
                        "a configuration of another repository may not name files (`rules`, `baseline`, \
                         `ignore-file`, `extends`), since they are not here",
                    ));
                }
                Layer { path, config, directory: None }
            } else {
                let found = self.promised(role, layer.directory.as_ref(), &extend.source);
                let SettingsText { path, text, directory } = found.map_err(|error| because(&error.told()))?;
                Layer { config: Config::parse(&path, &text)?, path, directory: Some(directory) }
            };
            self.extend(layers, below, depth + 1)?;
        }
        layers.push(layer);
        Ok(())
    }

    /// The text of a configuration of another repository; `None` if it is only to be collected.
    fn locked(&mut self, directory: Option<&Directory>, extend: &Extend) -> Result<Option<String>, Error> {
        if let Some(fetching) = &mut self.fetching {
            fetching.push(extend.clone());
            return Ok(None);
        }
        if self.lock.is_none() {
            let found = match directory {
                Some(directory) => self.place.read_beside(directory, LOCK)?,
                None => None,
            };
            let lock = match found {
                Some(found) => {
                    let SettingsText { path, text, .. } = self.taken(SettingsRole::Configuration, found)?;
                    Lock::parse(&path, &text)?
                }
                None => Lock::default(),
            };
            self.lock = Some(lock);
        }
        let text = self.lock.as_ref().and_then(|lock| lock.get(&extend.source)).map(str::to_owned);
        let missing = || {
            let problem = format!(
                "{}, which is not in {LOCK}: run `keydredge config fetch`, and commit that file.",
                extend.fault.problem
            );
            Error::Config(config::Error::from(Fault { problem, ..extend.fault.clone() }))
        };
        text.map(Some).ok_or_else(missing)
    }

    /// gitleaks's configuration: the one that the command line names, else the repository's.
    fn gitleaks(&mut self, named: Option<SettingsText>, has_others: bool) -> Result<Gitleaks, Error> {
        let is_named = named.is_some();
        let found = match named {
            Some(found) => Some(found),
            None if !has_others => None,
            None => self.own(SettingsRole::Gitleaks, gitleaks::FILE)?,
        };
        let Some(found) = found else { return Ok(Gitleaks::default()) };
        output::mention(self.flags, &format!("gitleaks configuration: {}", found.path));
        let mut files = vec![parsed(&found)?];
        let mut directory = found.directory;
        while let Some((name, fault)) = files.last().and_then(|file| file.extend.path.clone()) {
            let because = |why: &str| {
                let problem = format!("{}: {why}.", fault.problem);
                Error::Config(config::Error::from(Fault { problem, ..fault.clone() }))
            };
            if files.len() > config_file::DEEPEST {
                return Err(because(
                    "it would be extended three times, and gitleaks extends a file twice at most",
                ));
            }
            let role = SettingsRole::Gitleaks;
            // gitleaks looks in the working folder. For the repository's own file that is the folder it is in.
            let base = if is_named {
                self.named(role, Path::new(&name))
            } else {
                self.promised(role, Some(&directory), &name)
            };
            let base = base.map_err(|error| because(&error.told()))?;
            files.push(parsed(&base)?);
            directory = base.directory;
        }
        let mut base = None;
        while files.len() > 1 {
            let file = files.pop().expect("there are two or more");
            base = Some(match base {
                Some(base) => file.over(base).map_err(config::Error::from)?,
                None => file,
            });
        }
        let first = files.pop().expect("it was found");
        Ok(first.resolve(base).map_err(config::Error::from)?)
    }

    /// What other scanners' files at the root say. In gitleaks's place only its own count.
    fn other_tools(&mut self, config: &Config) -> Result<Others, Error> {
        let mut others = Others::default();
        if config.other_tools == Some(false) || self.flags.gitleaks.is_some() {
            return Ok(others);
        }
        let tools = BTreeMap::from_iter(OtherTool::all_in_place());
        let names: Vec<&str> = tools.keys().copied().collect();
        for (name, found) in self.place.read_at_root(&names)? {
            let file = self.taken(SettingsRole::OtherTool, found)?;
            output::mention(self.flags, &format!("settings of {}: {}", tools[name].name, file.path));
            let paths = match self.place.label() {
                DISK => names_of(Path::new(&file.path)),
                _ => vec![name.to_owned()],
            };
            others.follow(tools[name], name, &paths, &file)?;
        }
        Ok(others)
    }

    /// The path of the first file that is used as `role`.
    fn path_of(&self, role: SettingsRole) -> String {
        let file = self.files.iter().find(|file| file.role == role);
        file.map_or_else(String::new, |file| file.path.clone())
    }

    /// The paths of gitleaks's configuration and its baseline, which gitleaks does not scan.
    fn own_files(&self) -> Vec<String> {
        let is_own = |file: &&SettingsFile| {
            file.role == SettingsRole::Gitleaks
                || file.role == SettingsRole::Baseline && file.path.ends_with(".json")
        };
        let own = self.files.iter().filter(is_own);
        own.flat_map(|file| match file.origin.as_str() {
            DISK | COMMAND_LINE => names_of(Path::new(&file.path)),
            _ => vec![file.path.clone()],
        })
        .collect()
    }

    /// The user's rules: of the configurations, of the files that they name, of those on the command line.
    fn rules(&mut self, layers: &[Layer]) -> Result<Vec<(String, Vec<Rule>)>, Error> {
        let (mut own, mut wrong) = (Vec::new(), Vec::new());
        let mut take = |file: &str, parsed: Result<Vec<Rule>, Vec<rules::Error>>| match parsed {
            Ok(rules) => own.push((file.to_owned(), rules)),
            Err(errors) => wrong.extend(errors),
        };
        for Layer { config, directory, .. } in layers {
            if let Some(inline) = &config.inline_rules {
                take(&inline.file, Catalogue::parse(&inline.file, &inline.text));
            }
            for name in &config.rules {
                let SettingsText { path, text, .. } =
                    self.promised(SettingsRole::Rules, directory.as_ref(), name)?;
                take(&path, Catalogue::parse(&path, &text));
            }
        }
        for path in &self.flags.rules {
            let SettingsText { path, text, .. } = self.named(SettingsRole::Rules, path)?;
            take(&path, Catalogue::parse(&path, &text));
        }
        if wrong.is_empty() { Ok(own) } else { Err(Error::Rules(wrong)) }
    }

    /// What covers findings.
    fn policy(&mut self, layers: &[Layer], has_others: bool) -> Result<Policy, Error> {
        let uppermost = |of: fn(&Config) -> &Option<String>| {
            let named = |layer: &'_ Layer| Some((layer.directory.clone(), of(&layer.config).clone()?));
            layers.iter().rev().find_map(named)
        };
        let role = SettingsRole::IgnoreFile;
        let ignores = match uppermost(|config| &config.ignore_file) {
            Some((directory, name)) => Some(self.promised(role, directory.as_ref(), &name)?),
            None => self.own(role, ignore::FILE)?,
        };
        let ignores = ignores.map(|file| Ignores::parse(&file.path, &file.text)).transpose()?;
        let role = SettingsRole::Baseline;
        let baseline = match (&self.flags.baseline, uppermost(|config| &config.baseline)) {
            (Some(path), _) => Some(self.named(role, path)?),
            (None, Some((directory, name))) => Some(self.promised(role, directory.as_ref(), &name)?),
            (None, None) => self.own(role, BASELINE)?,
        };
        let (mut allowlists, mut notes) = (Allowlists::default(), Vec::new());
        let (report, baseline) = match baseline {
            Some(file) if Places::is_report(&file.text) && !other_tools::is_other(&file) => {
                (Some(file), None)
            }
            Some(file) if other_tools::is_other(&file) => {
                other_tools::accept(&file, &mut allowlists.accepted, &mut notes)?;
                (None, None)
            }
            baseline => (None, baseline),
        };
        self.notes.append(&mut notes);
        let baseline = baseline.map(|file| Baseline::parse(&file.path, &file.text)).transpose()?;
        let places = match has_others {
            false => None,
            true => self.own(SettingsRole::IgnoreFile, places::FILE)?,
        };
        let places = places.map(|file| Places::parse(&file.path, &file.text)).transpose()?;
        let mut places = places.unwrap_or_default();
        if let Some(like) = &self.flags.gitleaks {
            let named = like.flags.gitleaks_ignore_path.clone();
            for path in [named.clone(), named.join(places::FILE)].into_iter().filter(|path| path.is_file()) {
                let SettingsText { path, text, .. } = self.named(SettingsRole::IgnoreFile, &path)?;
                places.merge(Places::parse(&path, &text)?);
            }
        }
        if let Some(report) = report {
            places.add_report(&report.path, &report.text)?;
        }
        Ok(Policy {
            ignores: ignores.unwrap_or_default(),
            baseline: baseline.unwrap_or_default(),
            places,
            allowlists,
        })
    }

    /// A file of the repository's own, if it is there.
    fn own(&mut self, role: SettingsRole, name: &str) -> Result<Option<SettingsText>, Error> {
        let Some(found) = self.place.read(name)? else { return Ok(None) };
        self.taken(role, found).map(Some)
    }

    /// A file that the configuration names, beside it: it is an error if it is missing.
    fn promised(
        &mut self,
        role: SettingsRole,
        directory: Option<&Directory>,
        name: &str,
    ) -> Result<SettingsText, Error> {
        let missing = || Error::Read { path: PathBuf::from(name), source: io::ErrorKind::NotFound.into() };
        let found = match directory {
            Some(directory) => self.place.read_beside(directory, name)?,
            None => None,
        };
        self.taken(role, found.ok_or_else(missing)?)
    }

    /// A file that the command line names.
    fn named(&mut self, role: SettingsRole, path: &Path) -> Result<SettingsText, Error> {
        match self.place.read_named(path)? {
            Named::Found(found) => return self.taken(role, found),
            Named::Absent => {
                let proposed = self.proposed.map(|place| place.read_named(path)).transpose()?;
                if matches!(proposed, Some(Named::Found(_))) {
                    return Err(Error::FromTheChange { path: path.to_owned() });
                }
            }
            Named::Outside => {}
        }
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let bytes = fs::read(path).map_err(failed)?;
        let directory = Directory::Disk(path.parent().unwrap_or(path).to_owned());
        let shown = path.display().to_string();
        self.note(role, &shown, COMMAND_LINE, &bytes);
        Ok(SettingsText { text: text(&shown, bytes)?, path: shown, directory })
    }

    fn taken(&mut self, role: SettingsRole, found: Found) -> Result<SettingsText, Error> {
        let Found { path, bytes, directory } = found;
        let label = self.place.label().to_owned();
        self.note(role, &path, &label, &bytes);
        Ok(SettingsText { text: text(&path, bytes)?, path, directory })
    }

    fn note(&mut self, role: SettingsRole, path: &str, origin: &str, bytes: &[u8]) {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
        let (path, origin) = (path.to_owned(), origin.to_owned());
        self.files.push(SettingsFile { role, path, origin, digest });
    }
}

/// gitleaks's configuration in a file.
fn parsed(file: &SettingsText) -> Result<config_file::Document, Error> {
    Ok(config_file::Document::parse(&file.path, &file.text).map_err(config::Error::from)?)
}

/// The paths that a file on disk may have in a report: from its repository's root on; outside one, from the root of the
/// file system or the working folder on.
fn names_of(path: &Path) -> Vec<String> {
    let Ok(path) = path.canonicalize() else { return Vec::new() };
    let shown = |path: &Path| display_path(path.as_os_str().as_encoded_bytes());
    let repository = path.parent().and_then(|folder| Repository::around(folder).ok().flatten());
    let root = repository.and_then(|repository| repository.work_tree()?.canonicalize().ok());
    if let Some(below) = root.as_deref().and_then(|root| path.strip_prefix(root).ok()) {
        return vec![shown(below)];
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).map(shown);
    below.into_iter().chain([shown(&path)]).collect()
}

/// True for a rule that a user wrote.
fn is_users(rule: &Rule) -> bool {
    rule.origin.line > 0
}

/// The text of a file, without a byte-order mark.
pub(crate) fn text(path: &str, mut bytes: Vec<u8>) -> Result<String, Error> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|_| Error::NotText { path: PathBuf::from(path) })
}

/// What covers findings according to the settings at `place`, of which `config` is the configuration.
pub(crate) fn load_policy(flags: &Shared, place: &Opened) -> Result<Policy, Error> {
    Settings::load(flags, place).map(|settings| settings.policy)
}
