//! Reads a rule that names what other rules find (`[[named]]`).

use super::keys::RuleReader;
use crate::model::{Confidence, NamedValue, RuleInfo, RuleText};
use crate::rules::named;
use crate::rules::{Error, Matcher, Rule};
use ::toml::de::DeTable;
use std::sync::Arc;

impl RuleReader<'_> {
    /// A rule that names what other rules find.
    pub(super) fn named(mut self, table: &DeTable<'_>) -> Result<Rule, Vec<Error>> {
        self.refuse_others(table, named::KEYS);
        let mut value = NamedValue {
            names: self.strings(table, "names"),
            shapes: Vec::new(),
            ambiguous: self.boolean(table, "ambiguous").unwrap_or(false),
        };
        if !table.contains_key("names") {
            self.missing("names", "Name the words of identifiers, joined: `acmecorp` for `ACME_CORP_KEY`.");
        } else if let Some(problem) = named::names(&value) {
            self.wrong(table, "names", problem);
        }
        for text in self.strings(table, "shapes") {
            match named::shape(&text) {
                Ok(shape) => value.shapes.push(shape),
                Err(problem) => {
                    self.wrong(table, "shapes", format!("has `{text}`, which {problem}. {}", named::SHAPES));
                }
            }
        }
        if !table.contains_key("shapes") {
            self.missing("shapes", "Write what the value looks like, as in `hex:32`.");
        }
        let (examples, negatives) = named::texts(&value);
        let info = RuleInfo {
            id: self.id(table),
            description: self.need(table, "description", "Say in a few words what is found."),
            provider: Some(self.need(table, "provider", "Name whose it is, as people write it.")),
            severity: self.severity(table),
            confidence: Confidence::Medium,
            generic: true,
            part: false,
            imported: false,
            path: None,
            prefix: RuleText::default(),
            verify: self.string(table, "verify"),
            revoke: self.string(table, "revoke"),
            references: self.strings(table, "references"),
            tags: self.strings(table, "tags"),
            named: Some(Box::new(value)),
            serves: false,
            companions: self.companions(table),
        };
        let rule = Rule {
            info: Arc::new(info),
            matcher: Matcher::Named,
            keywords: Vec::new(),
            entropy: None,
            check: None,
            check_must_hold: false,
            decode: false,
            examples,
            negatives,
            origin: self.origin.clone(),
        };
        if self.errors.is_empty() { Ok(rule) } else { Err(self.errors) }
    }
}
