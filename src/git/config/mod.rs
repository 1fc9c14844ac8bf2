//! git's configuration files: their syntax, and which of them apply.
//!
//! Read here and not by libgit2, which opens whatever a name points to. There are three sets of settings: a
//! repository's own file, for its format ([`Config::of_file`], without includes, as in git); those of the user and the
//! system ([`Config::protected`], the only ones that may trust a directory); and all of them together
//! ([`Config::of_repository`]). Format: git-config(1), "Syntax" and "Includes".

mod parse;
mod scope;

pub use parse::{ConfigProblem, Setting, parse};
pub(crate) use scope::{Place, Variables, expand};

use crate::git::Error;
use crate::regular_file;
use std::path::Path;

/// The largest configuration file that is read, bytes.
const LARGEST: u64 = 16 << 20;

/// Settings in the order in which they are read; of several for one key the last counts, unless the key is a list.
#[derive(Clone, Debug, Default)]
pub struct Config {
    settings: Vec<Setting>,
}

/// The settings in the bytes of the file at `path`.
fn settings_of(path: &Path, bytes: &[u8]) -> Result<Vec<Setting>, Error> {
    parse(bytes).map_err(|ConfigProblem { line, what }| Error::Config {
        path: path.to_owned(),
        line,
        problem: what,
    })
}

impl Config {
    /// The settings of one file, without those that it includes; none if it does not exist.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let Some(bytes) = regular_file::read_if_there(path, LARGEST).map_err(unreadable)? else {
            return Ok(Self::default());
        };
        Ok(Self { settings: settings_of(path, &bytes)? })
    }

    /// All settings of `key` (`section.name` or `section.subsection.name`; section and name in lower case), in order.
    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl DoubleEndedIterator<Item = &'a Setting> {
        self.settings.iter().filter(move |setting| setting.key == key.as_bytes())
    }

    /// The setting of `key` that counts.
    pub(crate) fn last<'a>(&'a self, key: &'a str) -> Option<&'a Setting> {
        self.all(key).next_back()
    }

    /// All settings, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter()
    }
}

impl Setting {
    /// The value as git reads a boolean; `None` if it is none. A key without a value is true.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        let Some(value) = &self.value else { return Some(true) };
        match value.to_ascii_lowercase().as_slice() {
            b"true" | b"yes" | b"on" => Some(true),
            b"false" | b"no" | b"off" | b"" => Some(false),
            number => {
                let number = std::str::from_utf8(number).ok()?;
                let digits = number.strip_suffix(['k', 'm', 'g']).unwrap_or(number);
                digits.parse::<i64>().ok().map(|number| number != 0)
            }
        }
    }

    /// The value; empty for a key without one.
    pub(crate) fn text(&self) -> &[u8] {
        self.value.as_deref().unwrap_or_default()
    }
}
