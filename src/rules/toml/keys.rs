//! The keys of one rule's table, each read as what it must be, and what is wrong with them.

use crate::model::{Confidence, RuleText, Severity};
use crate::rules::nearest::nearest;
use crate::rules::template::{self, SEED};
use crate::rules::{CHECKS, Error, Origin};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use std::fmt;
use std::ops::Range;

/// Keys of other tools that have no meaning in a rule here, and what to do instead.
const FOREIGN: &[(&str, &str)] = &[
    ("allowlist", "Allow what it lists by a `keydredge.toml` or an allow comment instead."),
    ("allowlists", "Allow what it lists by a `keydredge.toml` or an allow comment instead."),
    ("secret-group", "Write `secretGroup`."),
    ("extend", "Rules here extend the built-in ones already; `--only` and `--skip` narrow them."),
];

pub(super) fn foreign(key: &str) -> Option<String> {
    FOREIGN.iter().find(|(name, _)| *name == key).map(|(_, remedy)| (*remedy).to_owned())
}

/// A value's kind, as a phrase.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A file's line ends, to turn offsets into lines. Each rule and each mistake asks for its line. Counting from the
/// start every time took most of the half second that reading 5,000 rules took.
pub(super) struct LineEnds<'a> {
    file: &'a str,
    ends: Vec<usize>,
}

impl<'a> LineEnds<'a> {
    pub(super) fn of(file: &'a str, text: &str) -> Self {
        Self { file, ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    pub(super) fn at(&self, span: &Range<usize>) -> Origin {
        let newlines = self.ends.partition_point(|&end| end < span.start);
        Origin { file: self.file.to_owned(), line: u32::try_from(newlines + 1).unwrap_or(u32::MAX) }
    }
}

/// Reads the keys of one rule, collecting what is wrong with them.
pub(super) struct RuleReader<'a> {
    lines: &'a LineEnds<'a>,
    /// Where the rule begins.
    pub(super) origin: Origin,
    /// The rule, as a phrase.
    pub(super) name: String,
    /// What is wrong with it.
    pub(super) errors: Vec<Error>,
}

type KeyValue<'t, 'a> = (&'t Spanned<std::borrow::Cow<'a, str>>, &'t Spanned<DeValue<'a>>);

impl<'a> RuleReader<'a> {
    pub(super) fn new(lines: &'a LineEnds<'a>, span: Range<usize>, table: &DeTable<'_>) -> Self {
        let name = match table.get("id").map(|id| id.get_ref()) {
            Some(DeValue::String(id)) => format!("rule `{id}`"),
            _ => "a rule without id".to_owned(),
        };
        Self { lines, origin: lines.at(&span), name, errors: Vec::new() }
    }

    /// Refuses keys that are not among `known`.
    pub(super) fn refuse_others(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                self.unknown(key.span(), name, known);
            }
        }
    }

    pub(super) fn unknown(&mut self, span: Range<usize>, name: &str, known: &[&str]) {
        let remedy = match (foreign(name), nearest(name, known.iter().copied())) {
            (Some(remedy), _) => remedy,
            (None, Some(meant)) => format!("Did you mean `{meant}`?"),
            (None, None) => format!("The keys are {}.", known.join(", ")),
        };
        let at = self.lines.at(&span);
        self.errors.push(Error::UnknownKey { at, rule: self.name.clone(), key: name.to_owned(), remedy });
    }

    pub(super) fn id(&mut self, table: &DeTable<'_>) -> RuleText {
        let id = self.need(table, "id", "Name the rule `provider-kind`.");
        let kebab = id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if !id.is_empty() && (!kebab || id.len() > 80) {
            let problem =
                format!("is `{id}`. Write lower-case words and digits with single hyphens between.");
            self.wrong(table, "id", problem);
        }
        id
    }

    pub(super) fn severity(&mut self, table: &DeTable<'_>) -> Severity {
        self.level(table, "severity", Severity::ALL).unwrap_or(Severity::Medium)
    }

    pub(super) fn confidence(&mut self, table: &DeTable<'_>) -> Confidence {
        self.level(table, "confidence", Confidence::ALL).unwrap_or(Confidence::Medium)
    }

    fn level<T: Copy + fmt::Display, const N: usize>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        levels: [T; N],
    ) -> Option<T> {
        let word = self.string(table, key)?;
        let level = levels.into_iter().find(|level| *level.to_string() == *word);
        if level.is_none() {
            let names = levels.map(|level| level.to_string()).join(", ");
            self.wrong(table, key, format!("is `{word}`. It is one of {names}."));
        }
        level
    }

    pub(super) fn entropy(&mut self, table: &DeTable<'_>) -> Option<f32> {
        let value = match table.get("entropy")?.get_ref() {
            DeValue::Float(float) => float.as_str().replace('_', "").parse::<f32>().ok(),
            DeValue::Integer(integer) => integer.as_str().replace('_', "").parse::<f32>().ok(),
            _ => None,
        };
        let value = value.filter(|value| value.is_finite() && (0.0..=8.0).contains(value));
        if value.is_none() {
            self.wrong(table, "entropy", "must be a number from 0 to 8, in bits a byte.".to_owned());
        }
        value
    }

    pub(super) fn check(&mut self, table: &DeTable<'_>) -> Option<RuleText> {
        let name = self.string(table, "check")?;
        if CHECKS.contains(&name.as_str()) {
            return Some(name);
        }
        let problem = match nearest(&name, CHECKS.iter().copied()) {
            Some(meant) => format!("is `{name}`, and there is no such check. Did you mean `{meant}`?"),
            None => format!("is `{name}`, and there is no such check. The checks are {}.", CHECKS.join(", ")),
        };
        self.wrong(table, "check", problem);
        None
    }

    pub(super) fn path(&mut self, table: &DeTable<'_>) -> Option<RuleText> {
        let path = self.string(table, "path")?;
        if let Err(error) = regex_syntax::parse(&path) {
            let problem = match error {
                regex_syntax::Error::Parse(error) => error.kind().to_string(),
                regex_syntax::Error::Translate(error) => error.kind().to_string(),
                other => other.to_string(),
            };
            self.regex(table, "path", problem);
        }
        Some(path)
    }

    pub(super) fn reach(&mut self, table: &DeTable<'_>) -> (Option<u32>, Option<u32>) {
        let Some(value) = table.get("reach") else { return (None, None) };
        let DeValue::Table(reach) = value.get_ref() else {
            let problem = "must be a table: `{ before = 0, after = 100 }`, in bytes.".to_owned();
            self.wrong(table, "reach", problem);
            return (None, None);
        };
        for (key, _) in reach {
            if !["before", "after"].contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), key.get_ref(), &["before", "after"]);
            }
        }
        (self.count(reach, "before"), self.count(reach, "after"))
    }

    pub(super) fn count(&mut self, table: &DeTable<'_>, key: &str) -> Option<u32> {
        let value = match table.get(key)?.get_ref() {
            DeValue::Integer(integer) => {
                u32::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
            }
            _ => None,
        };
        if value.is_none() {
            self.wrong(table, key, "must be a whole number, 0 or more.".to_owned());
        }
        value
    }

    pub(super) fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        if let DeValue::Boolean(value) = value.get_ref() {
            return Some(*value);
        }
        self.wrong(table, key, "must be true or false.".to_owned());
        None
    }

    pub(super) fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<RuleText> {
        let value = table.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(RuleText::from(text.to_string()));
        }
        self.wrong(table, key, format!("is {}. Write a string.", kind(value.get_ref())));
        None
    }

    /// A string that must be present and not empty.
    pub(super) fn need(&mut self, table: &DeTable<'_>, key: &'static str, remedy: &'static str) -> RuleText {
        let text = self.string(table, key);
        if !table.contains_key(key) || text.as_deref() == Some("") {
            self.missing(key, remedy);
        }
        text.unwrap_or_default()
    }

    pub(super) fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<RuleText> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let all = match value.get_ref() {
            DeValue::Array(entries) => entries
                .iter()
                .map(|entry| entry.get_ref().as_str().map(|text| RuleText::from(text.to_owned())))
                .collect(),
            _ => None,
        };
        all.unwrap_or_else(|| {
            self.wrong(table, key, "must be a list of strings.".to_owned());
            Vec::new()
        })
    }

    /// Templates that can be filled.
    pub(super) fn templates(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        let templates: Vec<String> = self.strings(table, key).into_iter().map(String::from).collect();
        for template in &templates {
            if let Err(error) = template::fill(template, SEED) {
                self.wrong(table, key, format!("holds `{template}`: {error}"));
            }
        }
        templates
    }

    pub(super) fn wrong(&mut self, table: &DeTable<'_>, key: &str, problem: String) {
        let at = self.line_of(table, key);
        self.errors.push(Error::Value { at, rule: self.name.clone(), key: key.to_owned(), problem });
    }

    pub(super) fn regex(&mut self, table: &DeTable<'_>, key: &'static str, problem: String) {
        let at = self.line_of(table, key);
        self.errors.push(Error::Regex { at, rule: self.name.clone(), key, problem });
    }

    pub(super) fn missing(&mut self, key: &'static str, remedy: &'static str) {
        self.errors.push(Error::Missing { at: self.origin.clone(), rule: self.name.clone(), key, remedy });
    }

    pub(super) fn line_of(&self, table: &DeTable<'_>, key: &str) -> Origin {
        let entry: Option<KeyValue<'_, '_>> = table.iter().find(|(name, _)| name.get_ref() == key);
        entry.map_or_else(|| self.origin.clone(), |(name, _)| self.lines.at(&name.span()))
    }
}
