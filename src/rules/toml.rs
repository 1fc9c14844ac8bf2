//! The format of a rule file, and reading it with every mistake reported at once.
//!
//! ```toml
//! [[rules]]
//! id = "provider-kind"            # kebab-case, never reused
//! description = "A sentence fragment for people"
//! provider = "Provider"           # as people write it; absent for generic rules
//! regex = '''\b(prv_[0-9A-Za-z]{36})\b'''
//! secretGroup = 1                 # absent: the only group, or the whole match if there is none
//! keywords = ["prv_"]             # absent: the literals every match of the regex has
//! reach = { before = 0, after = 100 } # absent: derived from the regex, see `pattern`
//! entropy = 3.5                   # least Shannon entropy of the secret, bits a byte
//! path = '''\.env$'''             # a match in a file with another path is no finding
//! severity = "high"               # info low medium high critical; absent: medium
//! confidence = "high"             # low medium high certain; absent: medium
//! check = "github-crc32"          # one of `rules::CHECKS`
//! check-must-hold = true          # every real one passes the check: a failing one is refuted
//! decode = true                   # look for encoded keywords too; absent: if each keyword has 4 bytes
//!                                 # or more and is in the regex itself
//! parser = "assignment"           # instead of regex: keywords are words of an identifier; or "command", "login",
//!                                 # "directive", "manifest": keywords announce the structure; or "lines": the
//!                                 # regex is a whole line of the files that `path` names, and there are no keywords;
//!                                 # or "text": the regex, in the syntax of the `regex` crate, is searched in the whole
//!                                 # text if a keyword is anywhere in it; or "path": a file with that path is the finding
//! required = [{ id = "other", lines = 5, columns = 80 }]   # with "text": another rule that must match near it, or
//!                                 # anywhere in the text; `report = false`: the rule only serves others
//! part = true                     # a companion id: never a finding alone
//! verify = "How to verify by hand"
//! revoke = "What to do to revoke or rotate"
//! references = ["https://…"]
//! tags = ["label"]
//! examples = ["…{base62:36}…"]    # templates, see `template`: exactly one finding of the rule in each
//! negatives = ["…"]               # templates of texts without a finding of it
//! ```
//!
//! `description id keywords regex secretGroup entropy path tags` have the meaning they have in gitleaks; a file's
//! `title` is ignored. Anything else is refused with its line.

use super::named;
use super::nearest::nearest;
use super::pattern::{self, Stated};
use super::template::{self, SEED};
use super::{CHECKS, Error, Matcher, Origin, Required, Rule, Stretch, Structure, WholeText};
use crate::model::{Confidence, NamedValue, RuleInfo, RuleText, Severity};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use regex_syntax::ParserBuilder;
use std::ops::Range;
use std::sync::Arc;

/// Every key of a rule.
const KEYS: &[&str] = &[
    "check",
    "check-must-hold",
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

/// Keys of other tools that have no meaning in a rule here, and what to do instead.
const FOREIGN: &[(&str, &str)] = &[
    ("allowlist", "Allow what it lists by a `keydredge.toml` or an allow comment instead."),
    ("allowlists", "Allow what it lists by a `keydredge.toml` or an allow comment instead."),
    ("secret-group", "Write `secretGroup`."),
    ("extend", "Rules here extend the built-in ones already; `--only` and `--skip` narrow them."),
];

/// Reads the rules of one file.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Rule>, Vec<Error>> {
    let (root, broken) = DeTable::parse_recoverable(text);
    let lines = LineEnds::of(file, text);
    if !broken.is_empty() {
        return Err(broken
            .iter()
            .map(|error| Error::Syntax {
                at: lines.at(&error.span().unwrap_or(0..0)),
                message: error.message().replace('\n', " "),
            })
            .collect());
    }
    let mut errors = Vec::new();
    let mut rules = Vec::new();
    for (key, value) in root.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            (list @ ("rules" | "named"), DeValue::Array(entries)) => {
                for entry in entries.iter() {
                    match entry.get_ref() {
                        DeValue::Table(table) => {
                            let reader = RuleReader::new(&lines, entry.span(), table);
                            let read = if list == "rules" { reader.rule(table) } else { reader.named(table) };
                            match read {
                                Ok(rule) => rules.push(rule),
                                Err(wrong) => errors.extend(wrong),
                            }
                        }
                        other => errors.push(Error::Value {
                            at: lines.at(&entry.span()),
                            rule: "the file".to_owned(),
                            key: list.to_owned(),
                            problem: format!(
                                "holds {}. Write each rule as a table, `[[{list}]]`.",
                                kind(other)
                            ),
                        }),
                    }
                }
            }
            (list @ ("rules" | "named"), other) => errors.push(Error::Value {
                at: lines.at(&key.span()),
                rule: "the file".to_owned(),
                key: list.to_owned(),
                problem: format!("is {}. Write each rule as a table, `[[{list}]]`.", kind(other)),
            }),
            ("title", _) => {}
            (other, _) => errors.push(Error::UnknownKey {
                at: lines.at(&key.span()),
                rule: "the file".to_owned(),
                key: other.to_owned(),
                remedy: foreign(other)
                    .unwrap_or_else(|| "A rule file holds `[[rules]]` and `[[named]]` alone.".to_owned()),
            }),
        }
    }
    define_required(&mut rules, &mut errors);
    errors.sort_by_key(|error: &Error| error.origin().map(|at| at.line));
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// Notes in each rule what the rules of the file look for that it requires.
fn define_required(rules: &mut [Rule], errors: &mut Vec<Error>) {
    let definitions: std::collections::BTreeMap<String, String> = rules
        .iter()
        .filter_map(|rule| match &rule.matcher {
            Matcher::Whole(whole) => Some((rule.info.id.to_string(), format!("{whole:?}"))),
            _ => None,
        })
        .collect();
    for rule in rules {
        let Matcher::Whole(whole) = &mut rule.matcher else { continue };
        for required in &mut whole.required {
            match definitions.get(&required.id) {
                Some(definition) => required.definition.clone_from(definition),
                None => errors.push(Error::Value {
                    at: rule.origin.clone(),
                    rule: format!("rule `{}`", rule.info.id),
                    key: "required".to_owned(),
                    problem: format!(
                        "names `{}`, and the file has no such rule of whole texts.",
                        required.id
                    ),
                }),
            }
        }
    }
}

fn foreign(key: &str) -> Option<String> {
    FOREIGN.iter().find(|(name, _)| *name == key).map(|(_, remedy)| (*remedy).to_owned())
}

/// A value's kind, as a phrase.
fn kind(value: &DeValue<'_>) -> &'static str {
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
struct LineEnds<'a> {
    file: &'a str,
    ends: Vec<usize>,
}

impl<'a> LineEnds<'a> {
    fn of(file: &'a str, text: &str) -> Self {
        Self { file, ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    fn at(&self, span: &Range<usize>) -> Origin {
        let newlines = self.ends.partition_point(|&end| end < span.start);
        Origin { file: self.file.to_owned(), line: u32::try_from(newlines + 1).unwrap_or(u32::MAX) }
    }
}

/// Reads one rule, collecting what is wrong with it.
struct RuleReader<'a> {
    lines: &'a LineEnds<'a>,
    origin: Origin,
    /// The rule, as a phrase.
    name: String,
    errors: Vec<Error>,
}

type KeyValue<'t, 'a> = (&'t Spanned<std::borrow::Cow<'a, str>>, &'t Spanned<DeValue<'a>>);

impl<'a> RuleReader<'a> {
    fn new(lines: &'a LineEnds<'a>, span: Range<usize>, table: &DeTable<'_>) -> Self {
        let name = match table.get("id").map(|id| id.get_ref()) {
            Some(DeValue::String(id)) => format!("rule `{id}`"),
            _ => "a rule without id".to_owned(),
        };
        Self { lines, origin: lines.at(&span), name, errors: Vec::new() }
    }

    /// A rule that names what other rules find.
    fn named(mut self, table: &DeTable<'_>) -> Result<Rule, Vec<Error>> {
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

    fn rule(mut self, table: &DeTable<'_>) -> Result<Rule, Vec<Error>> {
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
            Ok(_) => {
                self.regex(table, "regex", "is too large once its repetitions are written out.".to_owned());
            }
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

    /// Refuses keys that are not among `known`.
    fn refuse_others(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                self.unknown(key.span(), name, known);
            }
        }
    }

    fn unknown(&mut self, span: Range<usize>, name: &str, known: &[&str]) {
        let remedy = match (foreign(name), nearest(name, known.iter().copied())) {
            (Some(remedy), _) => remedy,
            (None, Some(meant)) => format!("Did you mean `{meant}`?"),
            (None, None) => format!("The keys are {}.", known.join(", ")),
        };
        let at = self.lines.at(&span);
        self.errors.push(Error::UnknownKey { at, rule: self.name.clone(), key: name.to_owned(), remedy });
    }

    fn id(&mut self, table: &DeTable<'_>) -> RuleText {
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

    fn severity(&mut self, table: &DeTable<'_>) -> Severity {
        const LEVELS: [(&str, Severity); 5] = [
            ("info", Severity::Info),
            ("low", Severity::Low),
            ("medium", Severity::Medium),
            ("high", Severity::High),
            ("critical", Severity::Critical),
        ];
        self.level(table, "severity", &LEVELS).unwrap_or(Severity::Medium)
    }

    fn confidence(&mut self, table: &DeTable<'_>) -> Confidence {
        const LEVELS: [(&str, Confidence); 4] = [
            ("low", Confidence::Low),
            ("medium", Confidence::Medium),
            ("high", Confidence::High),
            ("certain", Confidence::Certain),
        ];
        self.level(table, "confidence", &LEVELS).unwrap_or(Confidence::Medium)
    }

    fn level<T: Copy>(&mut self, table: &DeTable<'_>, key: &str, levels: &[(&str, T)]) -> Option<T> {
        let word = self.string(table, key)?;
        let level = levels.iter().find(|(name, _)| *name == &*word).map(|(_, level)| *level);
        if level.is_none() {
            let names: Vec<&str> = levels.iter().map(|(name, _)| *name).collect();
            self.wrong(table, key, format!("is `{word}`. It is one of {}.", names.join(", ")));
        }
        level
    }

    fn entropy(&mut self, table: &DeTable<'_>) -> Option<f32> {
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

    fn check(&mut self, table: &DeTable<'_>) -> Option<RuleText> {
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

    fn path(&mut self, table: &DeTable<'_>) -> Option<RuleText> {
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

    fn reach(&mut self, table: &DeTable<'_>) -> (Option<u32>, Option<u32>) {
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

    fn count(&mut self, table: &DeTable<'_>, key: &str) -> Option<u32> {
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

    fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        if let DeValue::Boolean(value) = value.get_ref() {
            return Some(*value);
        }
        self.wrong(table, key, "must be true or false.".to_owned());
        None
    }

    fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<RuleText> {
        let value = table.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(RuleText::from(text.to_string()));
        }
        self.wrong(table, key, format!("is {}. Write a string.", kind(value.get_ref())));
        None
    }

    /// A string that must be present and not empty.
    fn need(&mut self, table: &DeTable<'_>, key: &'static str, remedy: &'static str) -> RuleText {
        let text = self.string(table, key);
        if !table.contains_key(key) || text.as_deref() == Some("") {
            self.missing(key, remedy);
        }
        text.unwrap_or_default()
    }

    fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<RuleText> {
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
    fn templates(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        let templates: Vec<String> = self.strings(table, key).into_iter().map(String::from).collect();
        for template in &templates {
            if let Err(error) = template::fill(template, SEED) {
                self.wrong(table, key, format!("holds `{template}`: {error}"));
            }
        }
        templates
    }

    fn wrong(&mut self, table: &DeTable<'_>, key: &str, problem: String) {
        let at = self.line_of(table, key);
        self.errors.push(Error::Value { at, rule: self.name.clone(), key: key.to_owned(), problem });
    }

    fn regex(&mut self, table: &DeTable<'_>, key: &'static str, problem: String) {
        let at = self.line_of(table, key);
        self.errors.push(Error::Regex { at, rule: self.name.clone(), key, problem });
    }

    fn missing(&mut self, key: &'static str, remedy: &'static str) {
        self.errors.push(Error::Missing { at: self.origin.clone(), rule: self.name.clone(), key, remedy });
    }

    fn line_of(&self, table: &DeTable<'_>, key: &str) -> Origin {
        let entry: Option<KeyValue<'_, '_>> = table.iter().find(|(name, _)| name.get_ref() == key);
        entry.map_or_else(|| self.origin.clone(), |(name, _)| self.lines.at(&name.span()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Reach;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn complaints(text: &str) -> Vec<String> {
        read("my.toml", text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    const SOUND: &str = r#"
title = "mine"
[[rules]]
id = "acme-key"
description = "Acme key"
regex = '''\b(acme_[0-9a-f]{32})\b'''
keywords = ["acme_"]
entropy = 3
severity = "high"
confidence = "high"
tags = ["a"]
path = '''\.env$'''
examples = ["acme_{hex:32}"]

[[rules]]
id = "acme-words"
description = "Acme words"
parser = "assignment"
keywords = ["acmepass"]
"#;

    #[test]
    fn a_rule_is_read_with_what_is_derived() {
        let rules = read("my.toml", SOUND).unwrap();
        let rule = &rules[0];
        assert_eq!((rule.origin.line, rules[1].origin.line), (3, 15));
        assert_eq!((rule.info.severity, rule.info.confidence), (Severity::High, Confidence::High));
        assert_eq!((rule.info.prefix.as_str(), rule.entropy, rule.decode), ("acme_", Some(3.0), true));
        let Matcher::Pattern { group, reach, .. } = &rule.matcher else { panic!("a pattern rule") };
        assert_eq!((*group, *reach), (1, Reach { before: 0, after: 32 }));
        assert!(rules[1].info.generic && rules[1].matcher == Matcher::Assignment);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_with_its_line() {
        let text = r#"
[[rules]]
id = "Acme_Key"
descripton = "Acme key"
regex = '''acme_(['''
severity = "grave"
check = "github-crc"
examples = ["{none:1}"]

[[rules]]
id = "acme-two"
description = "Two"
regex = '''acme_[0-9]+'''
keywords = "acme_"
reach = { afte = 3 }
entropy = "high"
part = 1

[rule]
"#;
        assert_eq!(
            complaints(text),
            [
                "my.toml:2: rule `Acme_Key`: `description` is missing. Say in a few words what is found.",
                "my.toml:3: rule `Acme_Key`: `id` is `Acme_Key`. Write lower-case words and digits with single hyphens between.",
                "my.toml:4: rule `Acme_Key`: unknown key `descripton`. Did you mean `description`?",
                "my.toml:5: rule `Acme_Key`: `regex` is not a regex that this program knows: unclosed character class. Correct the regex.",
                "my.toml:6: rule `Acme_Key`: `severity` is `grave`. It is one of info, low, medium, high, critical.",
                "my.toml:7: rule `Acme_Key`: `check` is `github-crc`, and there is no such check. Did you mean `github-crc32`?",
                "my.toml:8: rule `Acme_Key`: `examples` holds `{none:1}`: the template has an unknown form `{none}`. `{{` writes a literal brace.",
                "my.toml:10: rule `acme-two`: a match can extend without bound after its keyword. Bound the repetition, or state `reach.after`.",
                "my.toml:14: rule `acme-two`: `keywords` must be a list of strings.",
                "my.toml:15: rule `acme-two`: unknown key `afte`. Did you mean `after`?",
                "my.toml:16: rule `acme-two`: `entropy` must be a number from 0 to 8, in bits a byte.",
                "my.toml:17: rule `acme-two`: `part` must be true or false.",
                "my.toml:19: the file: unknown key `rule`. A rule file holds `[[rules]]` and `[[named]]` alone.",
            ]
        );
    }

    #[test]
    fn keys_of_other_tools_are_refused_with_what_to_do_instead() {
        let text =
            "[extend]\n[[rules]]\nid='a'\ndescription='a'\nregex='ab_[0-9]{9}'\n[[rules.allowlists]]\n";
        let complaints = complaints(text);
        assert!(complaints[0].contains("`--only` and `--skip`"), "{complaints:?}");
        assert!(complaints[1].contains("allow comment"), "{complaints:?}");
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        assert!(complaints("[[rules]]\nid = = 3\n")[0].starts_with("my.toml:2: not valid TOML"));
        assert!(complaints("rules = 3")[0].contains("`rules` is an integer"));
        assert!(complaints("rules = [3]")[0].contains("`rules` holds an integer"));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(cuts in vec((0..SOUND.len(), any::<u8>(), 0..4_usize), 1..12)) {
            let mut text = SOUND.as_bytes().to_vec();
            for (at, byte, kind) in cuts {
                let at = at.min(text.len().saturating_sub(1));
                match kind {
                    _ if text.is_empty() => text.push(byte),
                    0 => text.insert(at, byte),
                    1 => drop(text.remove(at)),
                    2 => text[at] = b"[](){}'\"\\|*+?^$"[usize::from(byte) % 15],
                    _ => text.truncate(at + 1),
                }
            }
            drop(read("fuzz.toml", &String::from_utf8_lossy(&text)));
        }
    }
}
