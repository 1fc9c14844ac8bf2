//! How the settings after a change differ from those before it.

use super::Settings;
use crate::error::Error;
use crate::findings::{ignore, places};
use crate::import::OtherTool;
use crate::model::{ProposedSetting, SettingsFile, SettingsRole};
use crate::rules::{Catalogue, Rule};
use std::collections::{BTreeMap, BTreeSet};

impl Settings {
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
                    effect: format!("leave settings that cannot be read: {}", error.with_causes()),
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
