//! `config`: checks, shows and begins the settings of a repository.

use super::settings::{BASELINE, Settings};
use super::{Exit, import, masked, output};
use crate::atomic_file::{self, Access};
use crate::ci::fetch_file;
use crate::cli::{ConfigCommand, ConfigFlags, ConfigFolder, ConfigShow, Shared};
use crate::config::{self, Config, Extend, LOCK, Lock, Remote};
use crate::error::Error;
use crate::findings::ignore;
use crate::model::SettingsRole;
use crate::sheet::Fault;
use crate::shown_path::shown_path;
use crate::source::settings::{CONFIGURATION, Origin};
use std::collections::BTreeMap;
use std::path::Path;

/// Every key, what is in force without it, and what it means.
const KEYS: &[(&str, &str, &str)] = &[
    ("min-confidence", "\"medium\"", "findings below it are not reported: low, medium, high, certain"),
    ("fail-on", "\"low\"", "the least severity that fails: info, low, medium, high, critical"),
    ("fail-in-tests", "false", "whether made-up values in tests, documentation and examples fail, too"),
    ("new-allows", "\"report\"", "allow comments that a change brings: report, deny, permit"),
    ("unused-allows", "\"warn\"", "allow comments that cover nothing: ignore, warn, error"),
    (
        "other-tools",
        "true",
        "whether the files of other scanners count, such as .gitleaks.toml and .secrets.baseline",
    ),
    ("allow", "none", "what is no finding, each under its own [[allow]]; see docs/import.md"),
    ("exclude", "[]", "files that are left out; patterns as in .gitignore"),
    ("no-ignore", "false", "whether what .gitignore covers is read, too"),
    ("max-file-size", "none", "files that are larger are left out, as in \"50MB\""),
    ("strict", "false", "whether what was not looked into (closed archives) counts as unread"),
    ("no-archives", "false", "whether archives, compressed files and documents are left closed"),
    ("max-archive-depth", "8", "what is nested deeper in archives is unread"),
    ("max-time-per-file", "none", "files that take longer are unread, as in \"30s\""),
    ("max-age-databases", "30", "days after which `inventory` calls credentials of databases overdue"),
    ("max-age-keys", "90", "days after which it calls other secrets overdue"),
    ("only", "all", "the rules in force"),
    ("skip", "[]", "rules that are not in force"),
    ("rules", "[]", "files with rules of one's own"),
    ("baseline", "none", "the baseline, if it has another name"),
    ("ignore-file", "none", "the ignore file, if it has another name"),
    ("extends", "[]", "configurations that this one is laid over: paths, or git+URL@COMMIT#PATH"),
];

/// `config`.
pub(super) fn config(flags: &ConfigFlags) -> Result<Exit, Error> {
    match &flags.command {
        ConfigCommand::Check(at) => check(at),
        ConfigCommand::Show(flags) => show(flags),
        ConfigCommand::Init(at) => init(at),
        ConfigCommand::Fetch(at) => fetch(at),
        ConfigCommand::Import(flags) => import::config(flags),
    }
}

fn load(at: &ConfigFolder, flags: &Shared) -> Result<Settings, Error> {
    Settings::load(flags, &Origin::Disk(at.folder.clone()).open()?)
}

/// Exits with 1 if an entry of the ignore file is of no use, with 2 if a file cannot be used.
fn check(at: &ConfigFolder) -> Result<Exit, Error> {
    let flags = Shared::plain();
    let settings = load(at, &flags)?;
    let rules = settings.catalogue(&flags)?.rules().len();
    let files = settings.receipt(&flags).files;
    for file in &files {
        output::say(&format!("{}: {}, understood", masked(&file.path).trim_end(), file.role.name()))?;
    }
    if !files.iter().any(|file| file.role == SettingsRole::Configuration) {
        output::say(&format!(
            "There is no {CONFIGURATION} for {}: the defaults are in force.",
            shown_path(&at.folder)
        ))?;
    }
    let problems = settings.policy.ignores.check(None, jiff::Zoned::now().date());
    for problem in &problems {
        output::say(masked(&problem.to_string()).trim_end())?;
    }
    output::say(&format!("{rules} rules, {} files of settings, {} problems", files.len(), problems.len()))?;
    Ok(if problems.is_empty() { Exit::Clean } else { Exit::Findings })
}

fn show(flags: &ConfigShow) -> Result<Exit, Error> {
    let plain = Shared::plain();
    let settings = load(&flags.at, &plain)?;
    let files = settings.receipt(&plain).files;
    let file = |role| files.iter().find(|file| file.role == role).map(|file| file.path.as_str());
    let set: BTreeMap<&str, String> = settings.config.entries().into_iter().collect();
    for (key, default, _) in KEYS {
        // These are found by their names.
        let found = match *key {
            "baseline" => file(SettingsRole::Baseline).map(|_| BASELINE),
            "ignore-file" => file(SettingsRole::IgnoreFile)
                .filter(|path| path.ends_with(ignore::FILE))
                .map(|_| ignore::FILE),
            _ => None,
        };
        let (value, origin) = match (set.get(key), found) {
            (Some(value), _) => (value.clone(), settings.origin_of(key).unwrap_or("the configuration")),
            (None, Some(name)) => (format!("\"{name}\""), "found by its name"),
            (None, None) => ((*default).to_owned(), "default"),
        };
        let origin = if flags.origin { format!("  # {origin}") } else { String::new() };
        output::say(masked(&format!("{key} = {value}{origin}")).trim_end())?;
    }
    Ok(Exit::Clean)
}

/// Writes the configurations of other repositories into the lock file, with git. Nothing else of `config` connects.
fn fetch(at: &ConfigFolder) -> Result<Exit, Error> {
    let plain = Shared::plain();
    let place = Origin::Disk(at.folder.clone()).open()?;
    let Some(own) = place.read(CONFIGURATION)? else {
        let what = format!("there is no {CONFIGURATION} for {}", shown_path(&at.folder));
        return Err(Error::Usage { what });
    };
    let wanted = Settings::remotes(&plain, &place)?;
    let path = Path::new(&own.path).with_file_name(LOCK);
    if wanted.is_empty() {
        output::say(&format!("{} extends no file of another repository.", masked(&own.path).trim_end()))?;
        return Ok(Exit::Clean);
    }
    let mut lock = Lock::default();
    for Extend { source, fault } in wanted {
        let because = |why: &str| {
            let problem = format!("{}: {why}", fault.problem);
            Error::Config(config::Error::from(Fault { problem, ..fault.clone() }))
        };
        let Some(Ok(remote)) = Remote::parse(&source) else { continue };
        let bytes =
            fetch_file(&remote.url, &remote.commit, &remote.path).map_err(|why: String| because(&why))?;
        let text = String::from_utf8(bytes).map_err(|_| because("it is not UTF-8"))?;
        Config::parse(&source, &text)?;
        output::say(&format!("{}: fetched", masked(&source).trim_end()))?;
        lock.insert(source, text);
    }
    atomic_file::write(&path, Access::Kept, |out| out.write_all(lock.print().as_bytes()))?;
    output::say(&format!("{} is written. Commit it.", shown_path(&path)))?;
    Ok(Exit::Clean)
}

fn init(at: &ConfigFolder) -> Result<Exit, Error> {
    let path = at.folder.join(CONFIGURATION);
    if path.symlink_metadata().is_ok() {
        let what = format!("{} is there already; nothing was changed", shown_path(&path));
        return Err(Error::Usage { what });
    }
    let mut text = "# Settings of keydredge.\n\n".to_owned();
    for (key, default, meaning) in KEYS {
        if *key == "allow" {
            // Tables are below all keys.
            continue;
        }
        let value = match *key {
            "max-file-size" => "\"50MB\"",
            "max-time-per-file" => "\"30s\"",
            "only" => "[]",
            "extends" => "[]",
            "baseline" => "\"keydredge-baseline.txt\"",
            "ignore-file" => "\"keydredge-ignore.toml\"",
            _ => default,
        };
        text.push_str(&format!("# {meaning}\n# {key} = {value}\n\n"));
    }
    text.truncate(text.trim_end().len() + 1);
    atomic_file::write(&path, Access::Kept, |out| out.write_all(text.as_bytes()))?;
    output::say(&format!("{} is written; take the `#` from the keys that you want.", shown_path(&path)))?;
    Ok(Exit::Clean)
}
