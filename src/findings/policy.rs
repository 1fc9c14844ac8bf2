//! What covers whole findings in this run: ignore entries and the baseline.

use super::{Allowlists, Baseline, Ignores, Places, Salt};
use crate::model::{Fingerprint, Suppression};
use jiff::civil::Date;

/// The ignore entries and the baseline in force; both empty if there are none.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The ignore file.
    pub ignores: Ignores,
    /// The baseline.
    pub baseline: Baseline,
    /// What gitleaks's ignore file names.
    pub places: Places,
    /// The allowlists of gitleaks's configuration.
    pub allowlists: Allowlists,
}

/// What a policy says of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// Nothing.
    None,
    /// It is covered, by this.
    By(Suppression),
    /// It was covered until that day, by the ignore entry at that position.
    Expired(Date, usize),
}

impl Policy {
    /// The salt under which findings are named in reports: the ignore file's, else the baseline's, else
    /// the fixed one.
    pub fn salt(&self) -> Salt {
        self.ignores.salt.or_else(|| self.baseline.salts.first().copied()).unwrap_or(Salt::FIXED)
    }

    /// Every salt under which an entry may name a finding; the one for reports first.
    pub(super) fn salts(&self) -> Vec<Salt> {
        let mut salts = vec![self.salt()];
        let ignoring = (!self.ignores.entries.is_empty()).then(|| self.ignores.naming_salt());
        for salt in ignoring.into_iter().chain(self.baseline.salts.iter().copied()) {
            if !salts.contains(&salt) {
                salts.push(salt);
            }
        }
        salts
    }

    /// What covers the finding that has these names.
    pub(super) fn cover(&self, names: &[(Salt, Fingerprint)], today: Date) -> Cover {
        let ignoring = self.ignores.naming_salt();
        let named = names.iter().find(|(salt, _)| *salt == ignoring).map(|(_, name)| *name);
        let mut expired = Cover::None;
        for (at, entry) in self.ignores.entries.iter().enumerate() {
            if Some(entry.fingerprint) != named {
                continue;
            }
            match entry.expires {
                Some(day) if day < today => expired = Cover::Expired(day, at),
                _ => return Cover::By(entry.cover()),
            }
        }
        if names.iter().any(|(_, name)| self.baseline.holds(*name)) {
            return Cover::By(Suppression::Baseline);
        }
        expired
    }
}
