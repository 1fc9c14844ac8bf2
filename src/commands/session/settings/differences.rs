//! How the settings after a change differ from those before it.

use super::Settings;
use crate::error::Error;
use crate::findings::{ignore, places};
use crate::import::OtherTool;
use crate::model::{ProposedSetting, SettingsFile, SettingsRole};
use crate::rules::{Catalogue, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Differences that were noted so far.
#[derive(Default)]
struct Differences(Vec<ProposedSetting>);

impl Differences {
    fn note(&mut self, path: String, setting: &str, effect: String) {
        self.0.push(ProposedSetting { path, setting: setting.to_owned(), effect });
    }

    /// Notes the values of a file at `path` that differ.
    fn values<K: AsRef<str> + Ord>(
        &mut self,
        path: &str,
        old: &BTreeMap<K, String>,
        new: &BTreeMap<K, String>,
    ) {
        let shown = |value: Option<&String>| value.map_or("unset", String::as_str).to_owned();
        for key in BTreeSet::from_iter(old.keys().chain(new.keys())) {
            let (old, new) = (old.get(key), new.get(key));
            if old != new {
                let effect = format!("change it from {} to {}", shown(old), shown(new));
                self.note(path.to_owned(), key.as_ref(), effect);
            }
        }
    }

    /// Notes how many entries of a file came and went.
    fn entries<T: Ord>(&mut self, path: String, old: &BTreeSet<T>, new: &BTreeSet<T>) {
        if old != new {
            let (added, removed) = (new.difference(old).count(), old.difference(new).count());
            self.note(path, "entries", format!("add {added} and remove {removed} entries"));
        }
    }
}

impl Settings {
    /// How `proposed`, the settings after a change, differ from these.
    pub(crate) fn differences(&self, proposed: &Result<Self, Error>) -> Vec<ProposedSetting> {
        let mut all = Differences::default();
        let after = match proposed {
            Ok(after) => after,
            Err(error) => {
                let effect = format!("leave settings that cannot be read: {}", error.with_causes());
                all.note(self.path_of(SettingsRole::Configuration), "settings", effect);
                return all.0;
            }
        };
        let path = |role| if after.has(role) { after.path_of(role) } else { self.path_of(role) };
        let (old, new) = (BTreeMap::from_iter(self.config.entries()), after.config.entries());
        all.values(&after.path_of(SettingsRole::Configuration), &old, &BTreeMap::from_iter(new));
        all.values(&path(SettingsRole::Gitleaks), &self.gitleaks.entries, &after.gitleaks.entries);
        if let Some(effect) = self.difference_of_rules(after) {
            let first = |settings: &Self| settings.rules.first().map(|(file, _)| file.clone());
            all.note(first(after).or(first(self)).unwrap_or_default(), "rules", effect);
        }
        for name in OtherTool::all_in_place().map(|(name, _)| name) {
            let effect = match (self.digest_of_tool(name), after.digest_of_tool(name)) {
                (old, new) if old == new => continue,
                (None, _) => "add it, with what it allows",
                (_, None) => "remove it",
                _ => "change what it says",
            };
            all.note(name.to_owned(), "the file", effect.to_owned());
        }
        all.entries(path(SettingsRole::IgnoreFile), &self.ignored(), &after.ignored());
        let places = |settings: &Self| settings.policy.places.entries().collect::<BTreeSet<_>>();
        all.entries(places::FILE.to_owned(), &places(self), &places(after));
        all.entries(path(SettingsRole::Baseline), &self.accepted(), &after.accepted());
        all.0
    }

    /// How the rules of `after` differ from these, if they do.
    fn difference_of_rules(&self, after: &Self) -> Option<String> {
        let (old, new) = (self.rules_by_id(), after.rules_by_id());
        let beyond = |all: &BTreeMap<&str, &Rule>, others: &BTreeMap<&str, &Rule>| {
            all.keys().filter(|id| !others.contains_key(*id)).count()
        };
        let is_altered = |(id, rule): &(&&str, &&Rule)| {
            old.get(**id).is_some_and(|before| before.digest() != rule.digest())
        };
        let (added, removed) = (beyond(&new, &old), beyond(&old, &new));
        let altered = new.iter().filter(is_altered).count();
        if added + removed + altered == 0 {
            return None;
        }
        let built_in = Catalogue::embedded();
        let is_built_in = |id: &&&str| built_in.index_of(id).is_some() && !old.contains_key(**id);
        let overridden = new.keys().filter(is_built_in).map(|id| format!("`{id}`"));
        let overridden = Vec::from_iter(overridden).join(", ");
        let mut effect = format!("add {added}, remove {removed} and alter {altered} rules of its own");
        if !overridden.is_empty() {
            effect.push_str(&format!(", in place of the built-in {overridden}"));
        }
        Some(effect)
    }

    /// The path of the file of this role, or the role's name if there is none.
    fn path_of(&self, role: SettingsRole) -> String {
        let of_role = self.files.iter().find(|file| file.role == role);
        of_role.map_or_else(|| role.name().to_owned(), |file| file.path.clone())
    }

    /// The digest of another tool's file of this name, if there is one.
    fn digest_of_tool(&self, name: &str) -> Option<&String> {
        let is_it = |file: &&SettingsFile| {
            file.role == SettingsRole::OtherTool && file.path.rsplit('/').next() == Some(name)
        };
        self.files.iter().find(is_it).map(|file| &file.digest)
    }

    fn has(&self, role: SettingsRole) -> bool {
        self.files.iter().any(|file| file.role == role)
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
