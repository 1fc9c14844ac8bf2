//! Reads `companions`: what belongs to a rule's secrets.

use super::keys::RuleReader;
use crate::model::{CompanionRule, FactKind, RuleText};
use crate::rules::nearest::nearest;
use crate::rules::pattern;
use ::toml::de::{DeTable, DeValue};

/// Keys of a companion.
const KEYS: [&str; 4] = ["name", "regex", "rules", "shows"];

impl RuleReader<'_> {
    /// The companions of a rule.
    pub(super) fn companions(&mut self, table: &DeTable<'_>) -> Vec<CompanionRule> {
        let Some(value) = table.get("companions") else { return Vec::new() };
        let tables: Option<Vec<&DeTable<'_>>> = match value.get_ref() {
            DeValue::Array(all) => all.iter().map(|one| one.get_ref().as_table()).collect(),
            _ => None,
        };
        let Some(tables) = tables else {
            let problem = "must be a list of `{ name = \u{2026}, regex = \u{2026} }`.".to_owned();
            self.wrong(table, "companions", problem);
            return Vec::new();
        };
        let mut companions: Vec<CompanionRule> = Vec::new();
        for one in tables {
            match self.companion(one) {
                Ok(companion) if companions.iter().any(|known| known.name == companion.name) => {
                    let problem = format!("names `{}` twice.", &*companion.name);
                    self.wrong(table, "companions", problem);
                }
                Ok(companion) => companions.push(companion),
                Err(problem) => self.wrong(table, "companions", problem),
            }
        }
        companions
    }

    /// A companion, or what is wrong with it, as a sentence's end.
    fn companion(&mut self, table: &DeTable<'_>) -> Result<CompanionRule, String> {
        self.refuse_others(table, &KEYS);
        let name = self.string(table, "name").unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) || *name == *"secret" {
            return Err("has one without a `name` of lower-case letters.".to_owned());
        }
        let regex = self.string(table, "regex").unwrap_or_default();
        let hir = match pattern::parse(&regex) {
            _ if regex.is_empty() => {
                return Err(format!("does not say what `{}` looks like: `regex`.", &*name));
            }
            Err(problem) => return Err(format!("has a regex for `{}` that is wrong: {problem}", &*name)),
            Ok(hir) => hir,
        };
        let properties = hir.properties();
        if properties.explicit_captures_len() > 1 {
            return Err(format!("has a regex for `{}` with several groups. Write `(?:\u{2026})`.", &*name));
        }
        if properties.maximum_len().is_none_or(|most| most > LONGEST)
            || properties.minimum_len() < Some(LEAST)
        {
            let bounds = format!("{LEAST} to {LONGEST} bytes");
            return Err(format!("has a regex for `{}` whose matches are not of {bounds}.", &*name));
        }
        let shows = match self.string(table, "shows") {
            None => None,
            Some(word) => Some(FactKind::named(&word).ok_or_else(|| {
                let names = FactKind::ALL.map(FactKind::name);
                match nearest(&word, names.iter().copied()) {
                    Some(meant) => format!("shows `{}` as `{}`. Did you mean `{meant}`?", &*name, &*word),
                    None => format!("shows `{}` as `{}`. It is one of {}.", &*name, &*word, names.join(", ")),
                }
            })?),
        };
        let rules: Vec<RuleText> = self.strings(table, "rules");
        Ok(CompanionRule { name, regex, shows, rules })
    }
}

/// The shortest and the longest match of a companion's regex, in bytes.
const LEAST: usize = 3;
const LONGEST: usize = 2048;
