//! Reads the files of settings: configurations and what they extend, rules, what covers findings, other tools' files.

use super::{BASELINE, COMMAND_LINE, DISK};
use crate::cli::Shared;
use crate::commands::session::other_tools::{self, Others};
use crate::commands::session::output;
use crate::commands::session::settings_text::SettingsText;
use crate::config::{self, Config, Extend, LOCK, Lock, Remote};
use crate::error::Error;
use crate::findings::{Allowlists, Baseline, Ignores, Places, Policy, ignore, places};
use crate::git::Repository;
use crate::gitleaks;
use crate::gitleaks::config::{self as config_file, GitleaksSettings, is_gitleaks};
use crate::import::OtherTool;
use crate::model::{Allowance, SettingsFile, SettingsRole};
use crate::rules::{self, Catalogue, Rule};
use crate::sheet::Fault;
use crate::shown_path::shown_path;
use crate::source::settings::{CONFIGURATION, Directory, Named, Opened, Settings as Found};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One configuration of those in force, and the directory that paths in it are relative to.
pub(super) struct ConfigLayer {
    /// Its file.
    pub(super) path: String,
    pub(super) config: Config,
    directory: Option<Directory>,
}

/// How many files deep configurations extend each other.
const DEEPEST: usize = 5;

/// How many configurations there may be.
const MOST_LAYERS: usize = 64;

/// Reads files of settings and records which.
pub(super) struct Loader<'a> {
    flags: &'a Shared,
    pub(super) place: &'a Opened,
    /// Where the change's own settings are, if they are not in force.
    proposed: Option<&'a Opened>,
    /// Those that were used.
    pub(super) files: Vec<SettingsFile>,
    /// What was fetched, once it has been looked for.
    lock: Option<Lock>,
    /// If what is to be fetched is collected and not read.
    pub(super) fetching: Option<Vec<Extend>>,
    /// What a reader of the report has to know about them.
    pub(super) notes: Vec<String>,
}

impl ConfigLayer {
    /// Its `[[allow]]`, each with the file's name and directory.
    pub(super) fn allows(&self) -> impl Iterator<Item = (String, Directory, Allowance)> {
        let directory = self.directory.clone().unwrap_or_else(|| Directory::Disk(PathBuf::from(".")));
        let path = self.path.rsplit('/').next().unwrap_or(&self.path).to_owned();
        self.config.allow.iter().map(move |allow| (path.clone(), directory.clone(), allow.clone()))
    }
}

impl<'a> Loader<'a> {
    pub(super) fn new(flags: &'a Shared, place: &'a Opened, proposed: Option<&'a Opened>) -> Self {
        Self { flags, place, proposed, files: Vec::new(), notes: Vec::new(), lock: None, fetching: None }
    }

    /// The configuration after those that it extends.
    ///
    /// A file that the command line names may be gitleaks's: then it is returned, and no other configuration is read.
    pub(super) fn config(&mut self) -> Result<(Vec<ConfigLayer>, Option<SettingsText>), Error> {
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
        output::mention(self.flags.verbose > 0, &format!("configuration: {}", found.path));
        if is_like || is_gitleaks(&found.path, &found.text) {
            if let Some(file) = self.files.last_mut() {
                file.role = SettingsRole::Gitleaks;
            }
            return Ok((Vec::new(), Some(found)));
        }
        let SettingsText { path, text, directory } = found;
        let config = Config::parse(&path, &text)?;
        let mut layers = Vec::new();
        self.extend(&mut layers, ConfigLayer { path, config, directory: Some(directory) }, 0)?;
        Ok((layers, None))
    }

    /// Adds what `layer` extends, and then itself.
    fn extend(
        &mut self,
        layers: &mut Vec<ConfigLayer>,
        layer: ConfigLayer,
        depth: usize,
    ) -> Result<(), Error> {
        for extend in &layer.config.extends {
            let because = |why: &str| because(&extend.fault, why);
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
                ConfigLayer { path, config, directory: None }
            } else {
                let found = self.promised(role, layer.directory.as_ref(), &extend.source);
                let SettingsText { path, text, directory } =
                    found.map_err(|error| because(&error.with_causes()))?;
                ConfigLayer { config: Config::parse(&path, &text)?, path, directory: Some(directory) }
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
    pub(super) fn gitleaks(
        &mut self,
        named: Option<SettingsText>,
        has_others: bool,
    ) -> Result<GitleaksSettings, Error> {
        let is_named = named.is_some();
        let found = match named {
            Some(found) => Some(found),
            None if !has_others => None,
            None => self.own(SettingsRole::Gitleaks, gitleaks::FILE)?,
        };
        let Some(found) = found else { return Ok(GitleaksSettings::default()) };
        output::mention(self.flags.verbose > 0, &format!("gitleaks configuration: {}", found.path));
        let mut files = vec![parsed(&found).map_err(|error| or_betterleaks(error, &found))?];
        let mut directory = found.directory;
        while let Some((name, fault)) = files.last().and_then(|file| file.extend.path.clone()) {
            let because = |why: &str| because(&fault, why);
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
            let base = base.map_err(|error| because(&error.with_causes()))?;
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
    pub(super) fn other_tools(&mut self, config: &Config, others: &mut Others) -> Result<(), Error> {
        if config.other_tools == Some(false) || self.flags.gitleaks.is_some() {
            return Ok(());
        }
        let tools = BTreeMap::from_iter(OtherTool::all_in_place());
        let names: Vec<&str> = tools.keys().copied().collect();
        for (name, found) in self.place.read_at_root(&names)? {
            let file = self.taken(SettingsRole::OtherTool, found)?;
            output::mention(
                self.flags.verbose > 0,
                &format!("settings of {}: {}", tools[name].name, file.path),
            );
            let paths = match self.place.label() {
                DISK => names_of(Path::new(&file.path)),
                _ => vec![name.to_owned()],
            };
            others.follow(tools[name], name, &paths, &file)?;
        }
        Ok(())
    }

    /// The path of the first file that is used as `role`.
    pub(super) fn path_of(&self, role: SettingsRole) -> String {
        let file = self.files.iter().find(|file| file.role == role);
        file.map_or_else(String::new, |file| file.path.clone())
    }

    /// The paths of gitleaks's configuration and its baseline, which gitleaks does not scan.
    pub(super) fn own_files(&self) -> Vec<String> {
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

    /// The user's rules: of the configurations, of the files that they name, of those on the command line. What is in
    /// another scanner's form goes to `others`.
    pub(super) fn rules(
        &mut self,
        layers: &[ConfigLayer],
        others: &mut Others,
    ) -> Result<Vec<(String, Vec<Rule>)>, Error> {
        let (mut own, mut wrong) = (Vec::new(), Vec::new());
        let mut files = Vec::new();
        let mut take = |file: &str, parsed: Result<Vec<Rule>, Vec<rules::Error>>| match parsed {
            Ok(rules) => own.push((file.to_owned(), rules)),
            Err(errors) => wrong.extend(errors),
        };
        for layer in layers {
            if let Some(inline) = &layer.config.inline_rules {
                take(&inline.file, Catalogue::parse(&inline.file, &inline.text));
            }
            for name in &layer.config.rules {
                files.push(self.promised_of(SettingsRole::Rules, layer, "rules", name)?);
            }
        }
        for path in &self.flags.rules.files {
            files.push(self.named(SettingsRole::Rules, path)?);
        }
        for file in &files {
            let parsed = Catalogue::parse(&file.path, &file.text);
            match parsed.is_err().then(|| OtherTool::of_rules(&file.text)).flatten() {
                Some(tool) => other_tools::add_rules(tool, file, others)?,
                None => take(&file.path, parsed),
            }
        }
        if wrong.is_empty() { Ok(own) } else { Err(Error::Rules(wrong)) }
    }

    /// What covers findings.
    pub(super) fn policy(&mut self, layers: &[ConfigLayer], has_others: bool) -> Result<Policy, Error> {
        let uppermost = |of: fn(&Config) -> &Option<String>| {
            layers.iter().rev().find_map(|layer| Some((layer, of(&layer.config).as_ref()?)))
        };
        let role = SettingsRole::IgnoreFile;
        let ignores = match uppermost(|config| &config.ignore_file) {
            Some((layer, name)) => Some(self.promised_of(role, layer, "ignore-file", name)?),
            None => self.own(role, ignore::FILE)?,
        };
        let ignores = ignores.map(|file| Ignores::parse(&file.path, &file.text)).transpose()?;
        let role = SettingsRole::Baseline;
        let baseline = match (&self.flags.baseline, uppermost(|config| &config.baseline)) {
            (Some(path), _) => Some(self.named(role, path)?),
            (None, Some((layer, name))) => Some(self.promised_of(role, layer, "baseline", name)?),
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
        let missing = || Error::Read {
            path: PathBuf::from(name),
            source: io::Error::new(io::ErrorKind::NotFound, "there is no such file"),
        };
        let found = match directory {
            Some(directory) => self.place.read_beside(directory, name)?,
            None => None,
        };
        self.taken(role, found.ok_or_else(missing)?)
    }

    /// A file that the configuration `layer` names for `key`. An error says where.
    fn promised_of(
        &mut self,
        role: SettingsRole,
        layer: &ConfigLayer,
        key: &str,
        name: &str,
    ) -> Result<SettingsText, Error> {
        self.promised(role, layer.directory.as_ref(), name).map_err(|error| {
            match layer.config.naming(key, name) {
                Some(fault) => because(fault, error.with_causes().trim_end_matches('.')),
                None => error,
            }
        })
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
        let shown = shown_path(path);
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
        let (path, origin) = (path.to_owned(), origin.to_owned());
        self.files.push(SettingsFile { role, path, origin, digest: digest(bytes) });
    }
}

/// The digest by which a receipt names a file's content.
pub(super) fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// An error about what is named at `fault`.
fn because(fault: &Fault, why: &str) -> Error {
    let problem = format!("{}: {why}.", fault.problem);
    Error::Config(config::Error::from(Fault { problem, ..fault.clone() }))
}

/// gitleaks's configuration in a file.
fn parsed(file: &SettingsText) -> Result<config_file::Document, Error> {
    Ok(config_file::Document::parse(&file.path, &file.text).map_err(config::Error::from)?)
}

/// The fault of a file that is betterleaks's, which is not read in gitleaks's place: says how it counts.
fn or_betterleaks(error: Error, file: &SettingsText) -> Error {
    let is_betterleaks = OtherTool::of(&file.path, &file.text).is_some_and(|tool| tool.name == "betterleaks");
    match error {
        Error::Config(error) if is_betterleaks => {
            let (fault, path) = (error.fault().clone(), &file.path);
            let problem = format!(
                "{} It looks like a file of betterleaks. That counts as `.betterleaks.toml` at the repository's root, without a flag; \
                 `--rules {path}` takes its rules, and `keydredge config import {path}` writes it as a configuration of ours.",
                fault.problem
            );
            Error::Config(config::Error::from(Fault { problem, ..fault }))
        }
        error => error,
    }
}

/// The paths that a file on disk may have in a report: from its repository's root on; outside one, from the root of the
/// file system or the working folder on.
fn names_of(path: &Path) -> Vec<String> {
    let Ok(path) = path.canonicalize() else { return Vec::new() };
    let shown = |path: &Path| shown_path(path);
    let repository = path.parent().and_then(|folder| Repository::around(folder).ok().flatten());
    let root = repository.and_then(|repository| repository.work_tree()?.canonicalize().ok());
    if let Some(below) = root.as_deref().and_then(|root| path.strip_prefix(root).ok()) {
        return vec![shown(below)];
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).map(shown);
    below.into_iter().chain([shown(&path)]).collect()
}

/// The text of a file, without a byte-order mark.
pub(crate) fn text(path: &str, mut bytes: Vec<u8>) -> Result<String, Error> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|_| Error::NotText { path: PathBuf::from(path) })
}
