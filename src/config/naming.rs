//! Where a configuration names a rule or a file, for messages about what it names: the file may be one of several, and the
//! list may be long.

use super::Config;
use crate::sheet::{Cell, Fault};

/// A rule or a file that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The key: `only`, `skip`, `allow` (its `rules`), `rules`, `baseline`, `ignore-file`.
    pub key: &'static str,
    /// The id or the path, as written.
    pub name: String,
    /// Its file and line; the problem is the start of a sentence.
    pub fault: Fault,
}

/// Adds the strings of `cell`, a list, to `namings`, and returns them.
pub(super) fn names(
    key: &'static str,
    cell: &Cell<'_>,
    namings: &mut Vec<Naming>,
) -> Result<Vec<String>, Fault> {
    let named = cell.named()?;
    let names = named.iter().map(|(name, _)| name.clone()).collect();
    namings.extend(named.into_iter().map(|(name, fault)| Naming { key, name, fault }));
    Ok(names)
}

/// Adds the path `cell` to `namings`, and returns it.
pub(super) fn file(key: &'static str, cell: &Cell<'_>, namings: &mut Vec<Naming>) -> Result<String, Fault> {
    let name = cell.string()?.to_owned();
    if name.is_empty() {
        return Err(cell.fault("must name a file."));
    }
    namings.push(Naming { key, name: name.clone(), fault: cell.fault(&format!("names `{name}`")) });
    Ok(name)
}

impl Config {
    /// Where `name` is given for `key`: in the uppermost of the files that do.
    pub fn naming(&self, key: &str, name: &str) -> Option<&Fault> {
        let naming = self.namings.iter().rev().find(|naming| naming.key == key && naming.name == name);
        naming.map(|naming| &naming.fault)
    }
}
