//! A set of rules: built, merged with a user's rules, narrowed to a selection.

use super::nearest::nearest;
use super::{Error, Matcher, Rule, toml};
use crate::model::{RuleIndex, RuleInfo};
use std::sync::Arc;

/// A set of sound rules: ids are unique, every pattern parses and has a bounded window, every rule can be
/// reached through a literal.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub(super) rules: Vec<Rule>,
    /// True if these are the built-in rules, all of them, as they were packed.
    pub(super) is_embedded: bool,
}

impl Catalogue {
    /// The rules of one TOML file; `file` is its name for messages.
    ///
    /// # Errors
    /// Everything that is wrong with any of its rules.
    pub fn parse(file: &str, text: &str) -> Result<Vec<Rule>, Vec<Error>> {
        toml::read(file, text)
    }

    /// The catalogue of these rules.
    ///
    /// # Errors
    /// One for each rule whose id another has.
    pub fn build(mut rules: Vec<Rule>) -> Result<Self, Vec<Error>> {
        rules.sort_by(|left, right| left.info.id.cmp(&right.info.id));
        let errors: Vec<Error> = rules
            .windows(2)
            .filter(|pair| pair[0].info.id == pair[1].info.id)
            .map(|pair| Error::Duplicate {
                at: pair[1].origin.clone(),
                id: pair[1].info.id.to_string(),
                other: pair[0].origin.clone(),
            })
            .collect();
        if errors.is_empty() { Ok(Self { rules, is_embedded: false }) } else { Err(errors) }
    }

    /// This catalogue with a user's rules. A user's rule replaces the rule with the same id.
    ///
    /// # Errors
    /// One for each id that two of the user's rules have.
    pub fn merge(mut self, user: Vec<Rule>) -> Result<Self, Vec<Error>> {
        let user = Self::build(user)?;
        self.rules.retain(|rule| user.index_of(&rule.info.id).is_none());
        self.rules.extend(user.rules);
        Self::build(self.rules)
    }

    /// The rules named in `only` (all if it is empty) without those named in `skip`.
    ///
    /// # Errors
    /// One for each id that no rule has, with the id that was probably meant; at most 20.
    pub fn select(mut self, only: &[String], skip: &[String]) -> Result<Self, Vec<Error>> {
        let unknown = only.iter().chain(skip).filter_map(|id| self.require(id).err());
        let errors: Vec<Error> = unknown.take(20).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        self.is_embedded = false;
        let has = |ids: &[String], id: &str| ids.iter().any(|known| known == id);
        let is_in_force = |id: &str| (only.is_empty() || has(only, id)) && !has(skip, id);
        let names =
            self.rules.iter().any(|rule| rule.matcher == Matcher::Named && is_in_force(&rule.info.id));
        self.rules.retain_mut(|rule| {
            if is_in_force(&rule.info.id) {
                return true;
            }
            // It finds what the rules in force name, and is none itself.
            let serves = names && rule.matcher == Matcher::Assignment;
            if serves {
                Arc::make_mut(&mut rule.info).serves = true;
            }
            serves
        });
        Ok(self)
    }

    /// The rule of this id.
    ///
    /// # Errors
    /// If there is none: names the id that was probably meant.
    pub fn require(&self, id: &str) -> Result<&Rule, Error> {
        match self.index_of(id) {
            Some(RuleIndex(index)) => Ok(&self.rules[index as usize]),
            None => {
                let remedy = match nearest(id, self.rules.iter().map(|rule| rule.info.id.as_str())) {
                    Some(meant) => format!("Did you mean `{meant}`?"),
                    None => "`keydredge rules list` names them all.".to_owned(),
                };
                Err(Error::UnknownRule { at: None, id: id.to_owned(), remedy })
            }
        }
    }

    /// The position of the rule of this id.
    pub fn index_of(&self, id: &str) -> Option<RuleIndex> {
        let found = self.rules.binary_search_by(|rule| rule.info.id.as_str().cmp(id)).ok()?;
        u32::try_from(found).ok().map(RuleIndex)
    }

    /// This catalogue with the rule for the values of an index of known ones, which differs for another `digest`. It is the
    /// last: no id leads to it, so it can be neither replaced nor left out.
    #[must_use]
    pub fn with_known(mut self, digest: [u8; 32]) -> Self {
        self.rules.push(Rule::of_known(digest));
        self
    }

    /// The rules, sorted by id; `RuleIndex` is the position here.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The same, to be changed.
    pub fn rules_mut(&mut self) -> &mut Vec<Rule> {
        self.is_embedded = false;
        &mut self.rules
    }

    /// True if these are the built-in rules, all of them, as they were packed.
    #[cfg(catalogue_packed)]
    pub fn is_embedded(&self) -> bool {
        self.is_embedded
    }

    /// What judging and reporting need of each rule, in order.
    pub fn infos(&self) -> Arc<[Arc<RuleInfo>]> {
        self.rules.iter().map(|rule| Arc::clone(&rule.info)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(file: &str, ids: &[&str]) -> Vec<Rule> {
        let text: String = ids
            .iter()
            .map(|id| format!("[[rules]]\nid = '{id}'\ndescription = '{file}'\nregex = 'ab_[0-9]{{9}}'\n"))
            .collect();
        Catalogue::parse(file, &text).unwrap()
    }

    fn ids(catalogue: &Catalogue) -> Vec<&str> {
        catalogue.rules().iter().map(|rule| rule.info.id.as_str()).collect()
    }

    #[test]
    fn a_users_rule_replaces_the_built_in_one_of_its_id() {
        let catalogue = Catalogue::build(rules("built-in", &["c", "a"])).unwrap();
        let merged = catalogue.merge(rules("user", &["b", "c"])).unwrap();
        assert_eq!(ids(&merged), ["a", "b", "c"]);
        assert_eq!(merged.rules()[2].info.description, "user");
        assert_eq!(merged.index_of("b"), Some(RuleIndex(1)));
    }

    #[test]
    fn two_rules_of_one_id_are_refused() {
        let errors = Catalogue::default().merge(rules("user", &["a", "b", "a"])).unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            "user:9: rule `a`: user:1 has a rule of this id too. Rename or remove one of them."
        );
    }

    #[test]
    fn a_selection_knows_its_rules() {
        let catalogue = Catalogue::build(rules("x", &["acme-key", "acme-token", "other"])).unwrap();
        let one = catalogue.clone().select(&["other".to_owned()], &[]).unwrap();
        assert_eq!(ids(&one), ["other"]);
        let rest = catalogue.clone().select(&[], &["other".to_owned()]).unwrap();
        assert_eq!(ids(&rest), ["acme-key", "acme-token"]);
        let errors = catalogue.select(&["acme-tokn".to_owned()], &[]).unwrap_err();
        assert_eq!(errors[0].to_string(), "there is no rule `acme-tokn`. Did you mean `acme-token`?");
    }
}
