//! What a file of another tool says, in our terms.

use super::document::DocumentField;
use super::regexes;
use crate::findings::AcceptedEntry;
use crate::model::{Allowance, Confidence};
use crate::sheet::Fault;
use std::sync::Arc;

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The file, as given.
    pub file: String,
    /// Rules of its own.
    pub rules: Vec<PlannedRule>,
    /// True if these rules are all that are in force.
    pub replaces: bool,
    /// Ids of our rules that are not in force.
    pub skip: Vec<String>,
    /// What is no finding.
    pub allow: Vec<Allowance>,
    /// Findings that are accepted.
    pub accepted: Vec<AcceptedEntry>,
    /// What it says that has no meaning here, each with file, line and key.
    pub left_out: Vec<Fault>,
}

/// A rule. All regexes are in the syntax of the `regex` crate.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRule {
    /// Its id there.
    pub id: String,
    /// What it finds; may be empty.
    pub description: String,
    /// What a match looks like; if there is none, a file whose path matches `path` is the finding.
    pub regex: Option<String>,
    /// The paths in which it looks.
    pub path: Option<String>,
    /// Words one of which the text has to contain.
    pub keywords: Vec<String>,
    /// The group that is the secret; 0 is the first that is not empty, or the whole match.
    pub group: usize,
    /// A secret whose entropy is not above it is none.
    pub entropy: f64,
    /// Labels.
    pub tags: Vec<String>,
    /// How sure a match is.
    pub confidence: Confidence,
    /// Other rules that must match in the same text: id, and how many lines and columns away at most.
    pub required: Vec<(String, Option<u64>, Option<u64>)>,
    /// False if it only serves others that require it.
    pub is_reported: bool,
    /// Its line.
    pub line: u64,
}

impl PlannedRule {
    /// A rule with this regex.
    pub fn new(id: &str, regex: Option<String>, line: u64) -> Self {
        Self {
            id: id.to_owned(),
            description: String::new(),
            regex,
            path: None,
            keywords: Vec::new(),
            group: 0,
            entropy: 0.0,
            tags: Vec::new(),
            confidence: Confidence::High,
            required: Vec::new(),
            is_reported: true,
            line,
        }
    }
}

impl Plan {
    /// That of a file that says nothing.
    pub(super) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Notes that a value has no meaning here; `why` completes a sentence that begins with its key.
    pub(super) fn leave_out(&mut self, field: &DocumentField<'_>, why: &str) {
        self.left_out.push(field.fault(why));
    }

    /// Notes keys that nobody knows.
    pub(super) fn leave_out_unknown(&mut self, rest: &[DocumentField<'_>]) {
        for field in rest.iter().filter(|field| !field.is_empty()) {
            self.leave_out(field, "is not known.");
        }
    }

    /// Names the rule of what was left out after the first `before` parts.
    pub(super) fn name_rule(&mut self, before: usize, rule: &DocumentField<'_>) {
        let Ok(mut table) = rule.table() else { return };
        let id = ["id", "name"].iter().find_map(|key| table.take_text(key).ok().filter(|id| !id.is_empty()));
        let Some(id) = id else { return };
        for fault in &mut self.left_out[before..] {
            fault.problem = format!("Rule `{id}`: {}", fault.problem);
        }
    }

    /// Adds regexes that allow something, leaving out those that have no meaning here.
    pub(super) fn allow_regexes(
        &mut self,
        field: &DocumentField<'_>,
        dialect: regexes::Dialect,
        like: &Allowance,
    ) -> Result<(), Fault> {
        let regexes = self.regexes(field, dialect)?;
        if !regexes.is_empty() {
            self.allow.push(Allowance { regexes, ..like.clone() });
        }
        Ok(())
    }

    /// Regexes in our syntax (of a list, or one alone), without those that have no meaning here.
    pub(super) fn regexes(
        &mut self,
        field: &DocumentField<'_>,
        dialect: regexes::Dialect,
    ) -> Result<Vec<String>, Fault> {
        let mut regexes = Vec::new();
        let items = if field.text().is_ok() { vec![field.clone()] } else { field.items()? };
        for item in items {
            let text = item.text()?;
            match regexes::translate(text, dialect) {
                _ if text.is_empty() => {
                    self.leave_out(&item, "is an empty regex, which would allow everything.");
                }
                Ok(regex) => regexes.push(regex),
                Err(why) => self.leave_out(&item, &format!("has a regex that has no meaning here: {why}.")),
            }
        }
        Ok(regexes)
    }

    /// An entry of this file.
    pub(super) fn entry(&self, number: u64) -> AcceptedEntry {
        AcceptedEntry { file: Arc::from(self.file.as_str()), number, ..AcceptedEntry::default() }
    }
}

/// A path as reports have it: with `/`, and nothing before its first folder.
pub(super) fn plain_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}
