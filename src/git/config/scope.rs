//! Which configuration files apply, in git's order: the system's, the user's, the repository's, its worktree's, and
//! those of the environment.
//!
//! Included files are read too, each after a check of its kind and size, at most [`DEEPEST`] files deep.

use super::{Config, LARGEST, Setting, settings_of};
use crate::git::Error;
use crate::git::path::native;
use crate::regular_file;
use globset::GlobBuilder;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// How deep files may include others, as in git.
const DEEPEST: usize = 10;

/// The most files that are read for one configuration: each may include many.
const MOST_FILES: usize = 1000;

/// The most settings that the environment may count.
const MOST_SETTINGS: usize = 100_000;

/// Where the variables of the environment come from.
pub(crate) type Variables<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The repository whose settings are read, as conditional includes see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Its git directory.
    pub(crate) git_dir: &'a Path,
    /// The directory that its worktrees share.
    pub(crate) common_dir: &'a Path,
    /// The branch that is checked out, without `refs/heads/`.
    pub(crate) branch: Option<&'a str>,
}

impl Config {
    /// What no repository can set: the system's settings, the user's, and those of the environment (`git -c` and
    /// `GIT_CONFIG_COUNT`). git lets only these trust a directory.
    pub(crate) fn protected(variables: &Variables<'_>) -> Result<Self, Error> {
        let mut collected = Collector { settings: Vec::new(), files: 0, place: None, variables };
        collected.users()?;
        collected.environment();
        Ok(Self { settings: collected.settings })
    }

    /// All settings that apply to the repository at `place`.
    pub(crate) fn of_repository(place: Place<'_>, variables: &Variables<'_>) -> Result<Self, Error> {
        let mut collected = Collector { settings: Vec::new(), files: 0, place: Some(place), variables };
        collected.users()?;
        collected.file(&place.common_dir.join("config"), 0)?;
        let has_own = |setting: &Setting| setting.key == b"extensions.worktreeconfig";
        let own = collected.settings.iter().rfind(|setting| has_own(setting));
        if own.and_then(Setting::as_bool) == Some(true) {
            collected.file(&place.git_dir.join("config.worktree"), 0)?;
        }
        collected.environment();
        Ok(Self { settings: collected.settings })
    }
}

/// Settings while they are collected.
struct Collector<'a> {
    settings: Vec<Setting>,
    files: usize,
    place: Option<Place<'a>>,
    variables: &'a Variables<'a>,
}

impl Collector<'_> {
    fn variable(&self, name: &str) -> Option<OsString> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok()
    }

    /// The system's file and the user's.
    fn users(&mut self) -> Result<(), Error> {
        let says_none = self.text("GIT_CONFIG_NOSYSTEM").is_some_and(|value| {
            let value = value.into_bytes();
            Setting { key: Vec::new(), value: Some(value) }.as_bool() != Some(false)
        });
        if !says_none {
            let system = self.variable("GIT_CONFIG_SYSTEM").map(PathBuf::from);
            self.file(&system.unwrap_or_else(|| PathBuf::from("/etc/gitconfig")), 0)?;
        }
        // If set to an empty value, it names no file.
        if let Some(global) = (self.variables)("GIT_CONFIG_GLOBAL") {
            return self.file(Path::new(&global), 0);
        }
        let home = self.variable("HOME").map(PathBuf::from);
        let xdg = self.variable("XDG_CONFIG_HOME").map(PathBuf::from);
        if let Some(folder) = xdg.or_else(|| home.as_ref().map(|home| home.join(".config"))) {
            self.file(&folder.join("git").join("config"), 0)?;
        }
        match home {
            Some(home) => self.file(&home.join(".gitconfig"), 0),
            None => Ok(()),
        }
    }

    /// Reads one file and what it includes.
    fn file(&mut self, path: &Path, depth: usize) -> Result<(), Error> {
        if path.as_os_str().is_empty() || path == Path::new(if cfg!(windows) { "NUL" } else { "/dev/null" }) {
            return Ok(());
        }
        self.files += 1;
        if depth > DEEPEST || self.files > MOST_FILES {
            let problem = "it includes files without end";
            return Err(Error::Config { path: path.to_owned(), line: 1, problem });
        }
        let bytes = match regular_file::read(path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(source) => return Err(Error::Unreadable { path: path.to_owned(), source }),
        };
        for setting in settings_of(path, &bytes)? {
            let included = self.included(&setting, path);
            self.settings.push(setting);
            if let Some(included) = included {
                self.file(&included, depth + 1)?;
            }
        }
        Ok(())
    }

    /// The file that a setting of the file `from` includes.
    fn included(&self, setting: &Setting, from: &Path) -> Option<PathBuf> {
        let is_met = match setting.key.strip_prefix(b"includeif.") {
            Some(rest) => self.is_met(rest.strip_suffix(b".path")?, from),
            None => setting.key == b"include.path",
        };
        let folder = from.parent().unwrap_or(Path::new(""));
        is_met.then(|| expand(setting.text(), self.variables)).flatten().map(|path| folder.join(path))
    }

    /// True if the condition of an `includeIf` holds.
    fn is_met(&self, condition: &[u8], from: &Path) -> bool {
        let Some(place) = self.place else { return false };
        let Ok(condition) = std::str::from_utf8(condition) else { return false };
        if let Some(pattern) = condition.strip_prefix("gitdir:") {
            self.is_git_dir(place, pattern, from, false)
        } else if let Some(pattern) = condition.strip_prefix("gitdir/i:") {
            self.is_git_dir(place, pattern, from, true)
        } else if let Some(pattern) = condition.strip_prefix("onbranch:") {
            let pattern = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
            place.branch.is_some_and(|branch| fits(&pattern, branch, false))
        } else {
            false
        }
    }

    fn is_git_dir(&self, place: Place<'_>, pattern: &str, from: &Path, ignore_case: bool) -> bool {
        let mut pattern = if let Some(rest) = pattern.strip_prefix("./") {
            let folder = from.parent().unwrap_or(Path::new("")).canonicalize().unwrap_or_default();
            format!("{}/{rest}", globset::escape(&folder.to_string_lossy()))
        } else if pattern.starts_with("~/") {
            match expand(pattern.as_bytes(), self.variables) {
                Some(path) => path.to_string_lossy().into_owned(),
                None => return false,
            }
        } else if Path::new(pattern).is_absolute() {
            pattern.to_owned()
        } else {
            format!("**/{pattern}")
        };
        if pattern.ends_with('/') {
            pattern.push_str("**");
        }
        let real = place.git_dir.canonicalize().unwrap_or_else(|_| place.git_dir.to_owned());
        [real.as_path(), place.git_dir].iter().any(|dir| fits(&pattern, &dir.to_string_lossy(), ignore_case))
    }

    /// Reads the environment: `GIT_CONFIG_COUNT` and the like, then `GIT_CONFIG_PARAMETERS`, which `git -c` sets.
    fn environment(&mut self) {
        let count = self.text("GIT_CONFIG_COUNT").and_then(|count| count.parse::<usize>().ok());
        for number in 0..count.unwrap_or(0).min(MOST_SETTINGS) {
            let key = self.text(&format!("GIT_CONFIG_KEY_{number}"));
            let value = (self.variables)(&format!("GIT_CONFIG_VALUE_{number}"));
            if let (Some(key), Some(value)) = (key, value) {
                self.settings.push(Setting { key: canonical(&key), value: Some(value.into_encoded_bytes()) });
            }
        }
        if let Some(parameters) = self.variable("GIT_CONFIG_PARAMETERS") {
            self.settings.extend(unquoted(parameters.as_encoded_bytes()).unwrap_or_default());
        }
    }
}

/// A key in the form of files: section and name in lower case.
fn canonical(key: &str) -> Vec<u8> {
    let (first, last) = (key.find('.').unwrap_or(0), key.rfind('.').unwrap_or(0));
    let lower = |text: &str| text.to_ascii_lowercase();
    [&lower(&key[..first]), &key[first..last], &lower(&key[last..])].concat().into_bytes()
}

/// The settings of `GIT_CONFIG_PARAMETERS`: words in single quotes, each `'key=value'` or `'key'='value'` or `'key'`.
/// `None` if a quote is not closed.
fn unquoted(mut text: &[u8]) -> Option<Vec<Setting>> {
    let mut settings = Vec::new();
    loop {
        text = text.trim_ascii_start();
        if text.is_empty() {
            return Some(settings);
        }
        let (key, rest) = word(text)?;
        text = rest;
        let (key, value) = if let Some(rest) = text.strip_prefix(b"=") {
            if rest.starts_with(b"'") {
                let (value, rest) = word(rest)?;
                text = rest;
                (key, Some(value))
            } else {
                text = rest;
                (key, Some(Vec::new()))
            }
        } else if let Some(at) = memchr::memchr(b'=', &key) {
            (key[..at].to_vec(), Some(key[at + 1..].to_vec()))
        } else {
            (key, None)
        };
        let key = canonical(std::str::from_utf8(&key).ok()?.trim());
        settings.push(Setting { key, value });
    }
}

/// One word as git's `sq_quote` writes it, and what follows it: `'it'\''s'` is `it's`.
fn word(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"'")?;
    let mut word = Vec::new();
    loop {
        let end = memchr::memchr(b'\'', rest)?;
        word.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        match rest {
            [b'\\', letter @ (b'\'' | b'!'), b'\'', after @ ..] => {
                word.push(*letter);
                rest = after;
            }
            _ => return Some((word, rest)),
        }
    }
}

/// A path of a configuration, with `~/` at its start as the user's home. `None` for another user's home, and if there
/// is none.
pub(crate) fn expand(text: &[u8], variables: &Variables<'_>) -> Option<PathBuf> {
    if text.is_empty() {
        return None;
    }
    match text.strip_prefix(b"~") {
        Some([]) => variables("HOME").map(PathBuf::from),
        Some([b'/', rest @ ..]) => Some(PathBuf::from(variables("HOME")?).join(native(rest))),
        Some(_) => None,
        None => Some(native(text)),
    }
}

/// True if `pattern` matches all of `text`; `*` does not match slashes, `**` does.
fn fits(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).case_insensitive(ignore_case).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn all(config: &Config, key: &str) -> Vec<Option<String>> {
        let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
        config.all(key).map(|setting| setting.value.as_ref().map(text)).collect()
    }

    #[test]
    fn what_git_puts_into_the_environment_is_read_as_git_reads_it() {
        for (text, expected) in [
            ("'safe.directory=*'", &[("safe.directory", Some("*"))][..]),
            ("'Safe.Directory'='/a b'", &[("safe.directory", Some("/a b"))]),
            ("'a.B.C'='it'\\''s' 'd.e'", &[("a.B.c", Some("it's")), ("d.e", None)]),
            ("  'a.b'= 'c.d=e=f'  ", &[("a.b", Some("")), ("c.d", Some("e=f"))]),
            ("", &[]),
        ] {
            let read: Vec<_> = unquoted(text.as_bytes()).expect(text);
            let read: Vec<_> = read.iter().map(|one| (one.key.as_slice(), one.value.as_deref())).collect();
            let expected: Vec<_> =
                expected.iter().map(|(key, value)| (key.as_bytes(), value.map(str::as_bytes))).collect();
            assert_eq!(read, expected, "{text}");
        }
        for damaged in ["'a.b", "a.b=c", "'a.b'='c", "'a.b' c", "'a'\\"] {
            assert_eq!(unquoted(damaged.as_bytes()), None, "{damaged}");
        }
    }

    #[test]
    fn scopes_add_up_in_gits_order_and_includes_are_followed() {
        let dir = tempfile::tempdir().expect("a directory can be made");
        let root = dir.path().canonicalize().expect("it is there");
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("it is below")).expect("directories can be made");
            std::fs::write(path, text).expect("a file can be written");
        };
        write("system", "[safe]\ndirectory=system\n");
        write(
            "home/.gitconfig",
            "[safe]\ndirectory=home\n[include]\npath=more\n[includeIf \"gitdir:r/\"]\npath=~/cond\n",
        );
        write("home/more", "[safe]\ndirectory=more\n[include]\npath=../none\n");
        write("home/cond", "[safe]\ndirectory=cond\n");
        write("home/.config/git/config", "[safe]\ndirectory=xdg\n");
        write("r/.git/config", "[safe]\ndirectory=repository\n[include]\npath=extra\n");
        write("r/.git/extra", "[core]\nhooksPath=x\n[includeIf \"onbranch:topic/\"]\npath=branch\n");
        write("r/.git/branch", "[core]\nhooksPath=y\n");
        let mut variables: BTreeMap<&str, OsString> = BTreeMap::new();
        variables.insert("HOME", root.join("home").into());
        variables.insert("GIT_CONFIG_SYSTEM", root.join("system").into());
        variables.insert("GIT_CONFIG_COUNT", "1".into());
        variables.insert("GIT_CONFIG_KEY_0", "SAFE.directory".into());
        variables.insert("GIT_CONFIG_VALUE_0", "counted".into());
        variables.insert("GIT_CONFIG_PARAMETERS", "'safe.directory=given'".into());
        let protected = |variables: &BTreeMap<&str, OsString>| {
            let config = Config::protected(&|name| variables.get(name).cloned()).expect("all can be read");
            all(&config, "safe.directory").into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(protected(&variables), "system xdg home more counted given");
        let place = |branch| {
            let git_dir = root.join("r/.git");
            let place = Place { git_dir: &git_dir, common_dir: &git_dir, branch };
            Config::of_repository(place, &|name| variables.get(name).cloned()).expect("all can be read")
        };
        assert_eq!(all(&place(None), "safe.directory").len(), 8);
        assert_eq!(all(&place(None), "core.hookspath"), [Some("x".to_owned())]);
        assert_eq!(all(&place(Some("topic/a")), "core.hookspath").len(), 2);
        variables.insert("GIT_CONFIG_NOSYSTEM", "true".into());
        variables.insert("GIT_CONFIG_GLOBAL", "/dev/null".into());
        assert_eq!(protected(&variables), "counted given");
        write("home/.gitconfig", "[include]\npath=.gitconfig\n");
        variables.remove("GIT_CONFIG_GLOBAL");
        let endless = Config::protected(&|name| variables.get(name).cloned());
        assert!(matches!(endless, Err(Error::Config { .. })), "{endless:?}");
    }
}
