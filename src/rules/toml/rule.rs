//! Reads a rule that finds something (`[[rules]]`).

use super::keys::RuleReader;
use crate::model::{RuleInfo, RuleText};
use crate::rules::pattern::{self, Stated};
use crate::rules::{Error, Matcher, Required, Rule, Stretch, Structure, WholeText};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use regex_syntax::ParserBuilder;
use std::sync::Arc;

/// Every key of a rule.
const KEYS: &[&str] = &[
    "check",
    "check-must-hold",
    "companions",
    "confidence",
    "decode",
    "description",
    "entropy",
    "examples",
    "id",
    "keywords",
    "negatives",
    "parser",
    "part",
    "path",
    "provider",
    "reach",
    "references",
    "regex",
    "report",
    "required",
    "revoke",
    "secretGroup",
    "severity",
    "tags",
    "verify",
];

impl RuleReader<'_> {
    /// The rule of a table.
    pub(super) fn rule(mut self, table: &DeTable<'_>) -> Result<Rule, Vec<Error>> {
        self.refuse_others(table, KEYS);
        let info = RuleInfo {
            id: self.id(table),
            description: self.need(table, "description", "Say in a few words what is found."),
            provider: self.string(table, "provider"),
            severity: self.severity(table),
            confidence: self.confidence(table),
            generic: false,
            part: self.boolean(table, "part").unwrap_or(false),
            imported: false,
            path: self.path(table),
            prefix: RuleText::default(),
            verify: self.string(table, "verify"),
            revoke: self.string(table, "revoke"),
            references: self.strings(table, "references"),
            tags: self.strings(table, "tags"),
            named: None,
            serves: false,
            companions: self.companions(table),
        };
        let keywords: Vec<Vec<u8>> =
            self.strings(table, "keywords").into_iter().map(|word| String::from(word).into_bytes()).collect();
        let mut rule = Rule {
            info: Arc::new(info),
            matcher: Matcher::Assignment,
            keywords,
            entropy: self.entropy(table),
            check: self.check(table),
            check_must_hold: self.boolean(table, "check-must-hold").unwrap_or(false),
            decode: false,
            examples: self.templates(table, "examples"),
            negatives: self.templates(table, "negatives"),
            origin: self.origin.clone(),
        };
        if rule.check_must_hold && !table.contains_key("check") {
            self.missing("check", "Name the check that must hold, or drop `check-must-hold`.");
        }
        match self.string(table, "parser").as_deref() {
            Some("assignment") => self.assignment(table, &mut rule),
            Some("lines") => self.lines_of_a_file(table, &mut rule),
            Some("text") => self.whole_text(table, &mut rule),
            Some("path") => self.file_name(table, &mut rule),
            Some(other) => match Structure::NAMES.iter().find(|(name, _)| *name == other) {
                Some(&(_, structure)) => {
                    rule.matcher = Matcher::Structure(structure);
                    self.assignment(table, &mut rule);
                }
                None => {
                    let names: Vec<&str> = Structure::NAMES.iter().map(|(name, _)| *name).collect();
                    let problem = format!(
                        "is `{other}`. The parsers are assignment, {}, lines, text, path.",
                        names.join(", ")
                    );
                    self.wrong(table, "parser", problem);
                }
            },
            None => self.pattern(table, &mut rule),
        }
        if !matches!(rule.matcher, Matcher::Whole(_)) {
            for key in ["required", "report"] {
                if table.contains_key(key) {
                    self.wrong(
                        table,
                        key,
                        "has no meaning without `parser = \"text\"`. Remove it.".to_owned(),
                    );
                }
            }
        }
        let stated = self.boolean(table, "decode");
        rule.decode = stated.unwrap_or(rule.decode);
        if self.errors.is_empty() { Ok(rule) } else { Err(self.errors) }
    }

    /// A rule of the assignment parser: words, no regex and no window.
    fn assignment(&mut self, table: &DeTable<'_>, rule: &mut Rule) {
        Arc::make_mut(&mut rule.info).generic = true;
        rule.decode = true;
        for key in ["regex", "secretGroup", "reach"] {
            if table.contains_key(key) {
                self.wrong(table, key, "has no meaning beside `parser`. Remove one of them.".to_owned());
            }
        }
        if rule.keywords.is_empty() {
            self.missing("keywords", "Name the words of identifiers that hold secrets.");
        }
        if rule.keywords.iter().any(|keyword| keyword.len() < pattern::MIN_KEYWORD) {
            let problem = format!("holds one shorter than {} bytes. Use a longer one.", pattern::MIN_KEYWORD);
            self.wrong(table, "keywords", problem);
        }
    }

    /// A rule of the lines of a file: a sound regex, and a path.
    fn lines_of_a_file(&mut self, table: &DeTable<'_>, rule: &mut Rule) {
        Arc::make_mut(&mut rule.info).generic = true;
        for key in ["keywords", "reach", "decode"] {
            if table.contains_key(key) {
                self.wrong(table, key, "has no meaning beside `parser = \"lines\"`. Remove it.".to_owned());
            }
        }
        if rule.info.path.is_none() && !table.contains_key("path") {
            self.missing("path", "Name the files that are made of such lines.");
        }
        let group = self.count(table, "secretGroup").unwrap_or(1) as usize;
        let Some(regex) = self.string(table, "regex") else {
            return self.missing("regex", "Write what a line looks like, with the secret in a group.");
        };
        match pattern::parse(&regex) {
            Err(problem) => self.regex(table, "regex", problem),
            Ok(hir) if group == 0 || hir.properties().explicit_captures_len() < group => {
                self.regex(table, "regex", format!("has no group {group} for the secret."));
            }
            Ok(hir) if pattern::states(&hir) > pattern::MAX_STATES => self.regex(table, "regex", too_large()),
            Ok(_) => rule.matcher = Matcher::Lines { regex, group },
        }
    }

    /// A rule of whole texts, as other scanners have them.
    fn whole_text(&mut self, table: &DeTable<'_>, rule: &mut Rule) {
        for key in ["reach", "decode", "check", "check-must-hold", "part"] {
            if table.contains_key(key) {
                self.wrong(table, key, "has no meaning beside `parser = \"text\"`. Remove it.".to_owned());
            }
        }
        let group = self.count(table, "secretGroup").unwrap_or(0) as usize;
        let required = self.required(table);
        let is_reported = self.boolean(table, "report").unwrap_or(true);
        let Some(regex) = self.string(table, "regex") else {
            return self.missing("regex", "Write what the secret looks like.");
        };
        let parsed = ParserBuilder::new().utf8(false).unicode(true).build().parse(&regex);
        let is_sound = parsed.as_ref().is_ok_and(|hir| pattern::states(hir) <= pattern::MAX_STATES);
        match parsed {
            Ok(hir) if is_sound && hir.properties().explicit_captures_len() < group => {
                self.regex(table, "regex", format!("has no group {group} for the secret."));
            }
            Ok(_) if is_sound => {
                let keywords = std::mem::take(&mut rule.keywords);
                let keywords = keywords.into_iter().filter_map(|word| String::from_utf8(word).ok());
                Arc::make_mut(&mut rule.info).imported = true;
                rule.matcher = Matcher::Whole(Box::new(WholeText {
                    regex: regex.into(),
                    keywords: keywords.map(|word| word.to_lowercase()).collect(),
                    group,
                    entropy: rule.entropy.take().map_or(0.0, f64::from),
                    required,
                    is_reported,
                }));
            }
            Ok(_) => self.regex(table, "regex", too_large()),
            Err(_) => self.regex(table, "regex", "is not sound.".to_owned()),
        }
    }

    /// A rule of the existence of a file.
    fn file_name(&mut self, table: &DeTable<'_>, rule: &mut Rule) {
        for key in ["regex", "secretGroup", "keywords", "entropy", "reach", "decode", "check", "part"] {
            if table.contains_key(key) {
                self.wrong(table, key, "has no meaning beside `parser = \"path\"`. Remove it.".to_owned());
            }
        }
        if !table.contains_key("path") {
            self.missing("path", "Name the files that are findings.");
        }
        Arc::make_mut(&mut rule.info).imported = true;
        rule.matcher = Matcher::FileName;
    }

    fn required(&mut self, table: &DeTable<'_>) -> Vec<Required> {
        let Some(value) = table.get("required") else { return Vec::new() };
        let one = |item: &Spanned<DeValue<'_>>| {
            let table = item.get_ref().as_table()?;
            let count = |key: &str| match table.get(key).map(|value| value.get_ref()) {
                None => Some(None),
                Some(DeValue::Integer(number)) => number.as_str().parse().ok().map(Some),
                Some(_) => None,
            };
            let is_known =
                table.keys().all(|key| ["id", "lines", "columns"].contains(&key.get_ref().as_ref()));
            let id = table.get("id")?.get_ref().as_str()?.to_owned();
            let (lines, columns) = (count("lines")?, count("columns")?);
            is_known.then_some(Required { id, lines, columns, definition: String::new() })
        };
        let all = value.get_ref().as_array().map(|items| items.iter().map(one).collect::<Option<Vec<_>>>());
        all.flatten().unwrap_or_else(|| {
            let problem = "must be a list of `{ id = …, lines = …, columns = … }`.".to_owned();
            self.wrong(table, "required", problem);
            Vec::new()
        })
    }

    /// A rule of a regex: parsed, analysed, its reach and keywords derived if absent.
    fn pattern(&mut self, table: &DeTable<'_>, rule: &mut Rule) {
        let group = self.count(table, "secretGroup");
        let (before, after) = self.reach(table);
        let Some(regex) = self.string(table, "regex") else {
            if !table.contains_key("regex") {
                self.missing("regex", "Write what the secret looks like, or `parser = \"assignment\"`.");
            }
            return;
        };
        let hir = match pattern::parse(&regex) {
            Ok(hir) => hir,
            Err(problem) => return self.regex(table, "regex", problem),
        };
        let stated = Stated {
            hir: &hir,
            group: group.map(|group| group as usize),
            keywords: &rule.keywords,
            before,
            after,
            entropy: rule.entropy,
        };
        match pattern::analyse(&stated) {
            Ok(sound) => {
                rule.decode =
                    sound.keywords_within && sound.keywords.iter().all(|keyword| keyword.len() >= 4);
                rule.keywords = sound.keywords;
                Arc::make_mut(&mut rule.info).prefix = sound.prefix.into();
                let stretch = Stretch::of(&hir);
                rule.matcher = Matcher::Pattern {
                    regex,
                    group: sound.group,
                    reach: sound.reach,
                    begins: sound.begins,
                    stretch,
                };
            }
            Err(faults) => self.errors.extend(faults.into_iter().map(|fault| Error::Unsound {
                at: self.origin.clone(),
                rule: self.name.clone(),
                fault,
            })),
        }
    }
}

/// What is wrong with a pattern of more than [`pattern::MAX_STATES`] states.
fn too_large() -> String {
    "is too large once its repetitions are written out.".to_owned()
}
