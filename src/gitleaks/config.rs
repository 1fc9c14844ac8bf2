//! `.gitleaks.toml`: its rules and allowlists as ours.
//!
//! # Design
//!
//! A file is read in two steps. [`Document::parse`] reads one file, strictly: a key that gitleaks 8 does not have is an
//! error, though gitleaks itself ignores it. [`Document::resolve`] joins the file with the one that it extends, as gitleaks
//! joins them, and makes rules and allowlists of the result.
//!
//! A file that extends gitleaks's default configuration extends our catalogue. An id of one of gitleaks's rules means our
//! rules of the same kind ([`super::ids`]). A file that extends nothing has only its own rules, as in gitleaks.

use super::ids;
use super::regex::{groups, translate};
use super::table::{Table, Value};
use crate::findings::Allowlists;
use crate::findings::allowlists::{Allowlist, Patterns, Target};
use crate::model::{Confidence, RuleInfo, RuleText, Severity};
use crate::rules::{Catalogue, Matcher, Origin, Required, Rule, WholeText};
use crate::sheet::{Fault, Page};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Keys that gitleaks has and keydredge.toml does not: a file with one of them is gitleaks's.
const MARKS: [&str; 7] =
    ["title", "description", "extend", "allowlist", "allowlists", "minversion", "betterleaksminversion"];

/// The same of a rule.
const RULE_MARKS: [&str; 4] = ["allowlist", "allowlists", "required", "skipreport"];

/// How deep configurations may extend each other.
pub const DEEPEST: usize = 2;

/// One file, not yet joined with what it extends.
#[derive(Clone, Debug, Default)]
pub struct Document {
    file: String,
    /// What it extends.
    pub extend: Extend,
    rules: Vec<RawRule>,
    allowlists: Vec<(Vec<(String, Fault)>, Allowlist)>,
    entries: BTreeMap<String, String>,
}

/// What a file extends.
#[derive(Clone, Debug, Default)]
pub struct Extend {
    /// Another file, and the fault to report if it cannot be used.
    pub path: Option<(String, Fault)>,
    use_default: bool,
    disabled: Vec<(String, Fault)>,
}

/// A rule as it is written. What is absent may come from the rule of the same id that is extended.
#[derive(Clone, Debug)]
struct RawRule {
    id: String,
    description: String,
    regex: Option<String>,
    path: Option<String>,
    group: u64,
    entropy: f64,
    keywords: Vec<String>,
    tags: Vec<String>,
    allowlists: Vec<Allowlist>,
    required: Vec<Required>,
    skip_report: bool,
    origin: Origin,
    /// The keys that say how it matches.
    shape: Vec<&'static str>,
}

/// A configuration of gitleaks's, ready to be used.
#[derive(Clone, Debug, Default)]
pub struct GitleaksSettings {
    /// Its rules.
    pub rules: Vec<Rule>,
    /// True if the built-in rules are not in force.
    pub replaces: bool,
    /// Built-in rules that are not in force.
    pub skip: Vec<String>,
    /// Its allowlists.
    pub allowlists: Allowlists,
    /// Every key with its value, for comparing.
    pub entries: BTreeMap<String, String>,
}

/// Whether a configuration file is one of gitleaks's: its name says so, or it has a key that ours does not have.
pub fn is_gitleaks(name: &str, text: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let has_mark = || {
        let Ok(table) = DeTable::parse(text).map(|table| table.into_inner()) else { return false };
        let has = |table: &DeTable<'_>, marks: &[&str]| {
            table.keys().any(|key| marks.contains(&key.get_ref().to_ascii_lowercase().as_str()))
        };
        let rules = table.get("rules").and_then(|rules| rules.get_ref().as_array());
        let mut rules = rules.into_iter().flatten().filter_map(|rule| rule.get_ref().as_table());
        has(&table, &MARKS) || rules.any(|rule| has(rule, &RULE_MARKS))
    };
    last.contains("gitleaks") || last != "keydredge.toml" && has_mark()
}

impl Document {
    /// Reads a file; `file` is its name for messages.
    ///
    /// # Errors
    /// Names file, line and key.
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        let page = Page { file, text };
        let mut top = Table::parse(page)?;
        let mut document = Self { file: file.to_owned(), ..Self::default() };
        for key in ["title", "description", "minVersion"] {
            top.take(key)?.map(|value| value.string()).transpose()?;
        }
        if let Some(extend) = top.take("extend")? {
            document.extend = extended(extend.table()?)?;
        }
        let mut ids = BTreeSet::new();
        for table in top.take("rules")?.map(Value::tables).transpose()?.into_iter().flatten() {
            let rule = document.rule(table)?;
            if !ids.insert(rule.id.clone()) {
                let problem = format!("There is another rule `{}` in this file.", shown(&rule.id));
                return Err(fault_at(&rule.origin, problem));
            }
            document.rules.push(rule);
        }
        for rule in &document.rules {
            if let Some(missing) = rule.required.iter().find(|required| !ids.contains(&required.id)) {
                let (id, missing) = (shown(&rule.id), shown(&missing.id));
                let problem =
                    format!("Rule `{id}` requires the rule `{missing}`, which this file does not have.");
                return Err(fault_at(&rule.origin, problem));
            }
        }
        for mut table in lists(&mut top)? {
            let targets = match table.take("targetRules")? {
                Some(value) => {
                    let fault = |id: &String| {
                        let problem = format!("names `{}`, and there is no such rule.", shown(id));
                        value.fault(&problem)
                    };
                    value.strings()?.into_iter().map(|id| (id.clone(), fault(&id))).collect()
                }
                None => Vec::new(),
            };
            document.allowlists.push((targets, allowlist(file, table)?));
        }
        top.finish()?;
        let root = DeTable::parse(text).map(|table| table.into_inner()).unwrap_or_default();
        flatten("", &DeValue::Table(root), &mut document.entries);
        Ok(document)
    }

    fn rule(&self, mut table: Table<'_>) -> Result<RawRule, Fault> {
        let line = u32::try_from(table.line()).unwrap_or(u32::MAX);
        let mut shape = Vec::new();
        let mut note = |key: &'static str, is_there: bool| {
            if is_there {
                shape.push(key);
            }
        };
        let id = table.take("id")?.map(|value| value.string()).transpose()?.unwrap_or_default();
        if id.trim().is_empty() {
            return Err(table.fault("This rule has no `id`."));
        }
        let description =
            table.take("description")?.map(|value| value.string()).transpose()?.unwrap_or_default();
        let regex = match table.take("regex")? {
            Some(value) if !value.string()?.is_empty() => Some(pattern(&value, &value.string()?)?),
            _ => None,
        };
        let path = match table.take("path")? {
            Some(value) if !value.string()?.is_empty() => Some(pattern(&value, &value.string()?)?),
            _ => None,
        };
        let group = table.take("secretGroup")?;
        note("secretGroup", group.is_some());
        let count = group.as_ref().map(Value::count).transpose()?.unwrap_or_default();
        if let (Some(value), Some(regex)) = (&group, &regex)
            && count as usize > groups(regex)
        {
            let problem = format!("is {count}, and the regex has {} groups.", groups(regex));
            return Err(value.fault(&problem));
        }
        let entropy = table.take("entropy")?;
        note("entropy", entropy.is_some());
        let entropy = entropy.map(|value| value.number()).transpose()?.unwrap_or_default();
        let mut keywords =
            table.take("keywords")?.map(|value| value.strings()).transpose()?.unwrap_or_default();
        keywords.iter_mut().for_each(|keyword| *keyword = keyword.to_lowercase());
        let tags = table.take("tags")?.map(|value| value.strings()).transpose()?.unwrap_or_default();
        let skip_report =
            table.take("skipReport")?.map(|value| value.boolean()).transpose()?.unwrap_or_default();
        note("skipReport", skip_report);
        let mut required = Vec::new();
        for mut one in table.take("required")?.map(Value::tables).transpose()?.into_iter().flatten() {
            let id = one.take("id")?.map(|value| value.string()).transpose()?.unwrap_or_default();
            if id.is_empty() {
                return Err(one.fault("What is required has no `id`."));
            }
            let lines = one.take("withinLines")?.map(|value| value.count()).transpose()?;
            let columns = one.take("withinColumns")?.map(|value| value.count()).transpose()?;
            one.finish()?;
            required.push(Required { id, lines, columns, definition: String::new() });
        }
        note("required", !required.is_empty());
        let mut allowlists = Vec::new();
        for one in lists(&mut table)? {
            allowlists.push(allowlist(&self.file, one)?);
        }
        let origin = Origin { file: self.file.clone(), line };
        note("path", path.is_some());
        table.finish()?;
        Ok(RawRule {
            id,
            description,
            regex,
            path,
            group: count,
            entropy,
            keywords,
            tags,
            allowlists,
            required,
            skip_report,
            origin,
            shape,
        })
    }

    /// Joins it with `base`, the file that it extends, if it extends one.
    ///
    /// # Errors
    /// A rule that would find nothing, or an id that no rule has.
    pub fn resolve(self, base: Option<Self>) -> Result<GitleaksSettings, Fault> {
        let built_in = Catalogue::embedded();
        let is_ours = |id: &str| built_in.index_of(id).is_some();
        let joined = self.joined(base)?;
        let mut settings = GitleaksSettings {
            replaces: !joined.extend.use_default,
            entries: joined.entries,
            ..GitleaksSettings::default()
        };
        let ours = |id: &str| -> Vec<String> {
            match ids::ours(id) {
                Some(ours) => ours.iter().map(|id| (*id).to_owned()).collect(),
                None if is_ours(id) => vec![id.to_owned()],
                None => Vec::new(),
            }
        };
        let is_built_in = |id: &str| !settings.replaces && (ids::ours(id).is_some() || is_ours(id));
        for (id, fault) in joined.extend.disabled {
            if !joined.disabled.contains(&id) && !is_built_in(&id) {
                return Err(fault);
            }
            if is_built_in(&id) {
                settings.skip.extend(ours(&id));
            }
        }
        let mut of_rules: BTreeMap<String, Vec<Allowlist>> = BTreeMap::new();
        let mut own = BTreeSet::new();
        for rule in joined.rules {
            let is_amended = rule.regex.is_none() && is_built_in(&rule.id);
            if is_amended {
                if let Some(key) = rule.shape.first() {
                    let problem = format!(
                        "`{key}` of rule `{}`: keydredge has rules of its own for this kind, of which only allowlists can be \
                         changed here. Give the rule a regex, or remove the key.",
                        shown(&rule.id)
                    );
                    return Err(fault_at(&rule.origin, problem));
                }
                for id in ours(&rule.id) {
                    of_rules.entry(id).or_default().extend(rule.allowlists.iter().cloned());
                }
                continue;
            }
            if is_built_in(&rule.id) {
                settings.skip.extend(ours(&rule.id));
            }
            own.insert(rule.id.clone());
            if !rule.allowlists.is_empty() {
                of_rules.entry(rule.id.clone()).or_default().extend(rule.allowlists.iter().cloned());
            }
            settings.rules.push(made(rule)?);
        }
        define_required(&mut settings.rules);
        // A rule of one's own that has the id of one of ours takes its place.
        settings.skip.retain(|id| !own.contains(id));
        settings.skip.sort();
        settings.skip.dedup();
        let mut global = Vec::new();
        for (targets, list) in joined.allowlists {
            for (id, fault) in &targets {
                let ids = if own.contains(id) { vec![id.clone()] } else { ours(id) };
                if !own.contains(id) && !is_built_in(id) {
                    return Err(fault.clone());
                }
                for id in ids {
                    of_rules.entry(id).or_default().push(list.clone());
                }
            }
            if targets.is_empty() {
                global.push(list);
            }
        }
        settings.allowlists = Allowlists { global, of_rules, ..Allowlists::default() };
        if settings.replaces && settings.rules.is_empty() {
            let problem = "This configuration has no rule, and does not extend the default ones, so that nothing would be \
                           found. Write `useDefault = true` under `[extend]`.";
            return Err(Fault { file: joined.file, line: 1, problem: problem.to_owned() });
        }
        Ok(settings)
    }

    /// The rules and allowlists of both files.
    fn joined(self, base: Option<Self>) -> Result<Joined, Fault> {
        let Self { file, extend, mut rules, mut allowlists, mut entries } = self;
        let mut joined = Joined { file, extend, ..Joined::default() };
        if let Some(base) = base {
            let Self { file, extend, rules: extended, allowlists: more, entries: others } = base;
            joined.extend.use_default |= extend.use_default;
            let own = (0..).zip(&rules).map(|(at, rule)| (rule.id.clone(), at));
            let positions: BTreeMap<String, usize> = own.collect();
            let disabled: BTreeSet<String> =
                joined.extend.disabled.iter().map(|(id, _)| id.clone()).collect();
            for mut theirs in extended {
                if disabled.contains(&theirs.id) {
                    joined.disabled.insert(theirs.id);
                    continue;
                }
                match positions.get(&theirs.id) {
                    Some(&at) => {
                        theirs.amend(&rules[at]);
                        rules[at] = theirs;
                    }
                    None => rules.push(theirs),
                }
            }
            let without_default: Vec<_> = extend.disabled;
            joined.extend.disabled.extend(without_default);
            // What targets rules counts only in the file that is read first.
            allowlists.extend(more.into_iter().filter(|(targets, _)| targets.is_empty()));
            entries.extend(others.into_iter().map(|(key, value)| (format!("{file}: {key}"), value)));
        }
        Ok(Joined { rules, allowlists, entries, ..joined })
    }

    /// This file as one that extends `base` itself.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn over(self, base: Self) -> Result<Self, Fault> {
        let Joined { file, extend, rules, allowlists, entries, .. } = self.joined(Some(base))?;
        Ok(Self { file, extend, rules, allowlists, entries })
    }
}

/// Two files as one.
#[derive(Default)]
struct Joined {
    file: String,
    extend: Extend,
    /// Rules of the extended file that the other one disables.
    disabled: BTreeSet<String>,
    rules: Vec<RawRule>,
    allowlists: Vec<(Vec<(String, Fault)>, Allowlist)>,
    entries: BTreeMap<String, String>,
}

impl RawRule {
    /// Changes this rule by what `other`, of the same id, says.
    fn amend(&mut self, other: &Self) {
        if !other.description.is_empty() {
            self.description.clone_from(&other.description);
        }
        if other.entropy != 0.0 {
            self.entropy = other.entropy;
        }
        if other.group != 0 {
            self.group = other.group;
        }
        if other.regex.is_some() {
            self.regex.clone_from(&other.regex);
        }
        if other.path.is_some() {
            self.path.clone_from(&other.path);
        }
        self.tags.extend(other.tags.iter().cloned());
        self.keywords.extend(other.keywords.iter().cloned());
        self.allowlists.extend(other.allowlists.iter().cloned());
        self.shape.extend(other.shape.iter().copied());
        self.origin.clone_from(&other.origin);
    }
}

fn fault_at(origin: &Origin, problem: String) -> Fault {
    Fault { file: origin.file.clone(), line: u64::from(origin.line), problem }
}

/// An id, short enough to print.
fn shown(id: &str) -> String {
    id.chars().take(60).collect()
}

/// A rule of ours from one of gitleaks's.
fn made(rule: RawRule) -> Result<Rule, Fault> {
    let RawRule {
        id,
        description,
        regex,
        path,
        group,
        entropy,
        keywords,
        tags,
        required,
        skip_report,
        origin,
        ..
    } = rule;
    let matcher = match (regex, &path) {
        (None, None) => {
            let problem = format!(
                "Rule `{}` has neither `regex` nor `path`, so that it would find nothing.",
                shown(&id)
            );
            return Err(fault_at(&origin, problem));
        }
        (None, Some(_)) => Matcher::FileName,
        (Some(regex), _) if group as usize > groups(&regex) => {
            let problem = format!(
                "`secretGroup` of rule `{}` is {group}, and its regex has {} groups.",
                shown(&id),
                groups(&regex)
            );
            return Err(fault_at(&origin, problem));
        }
        (Some(regex), _) => Matcher::Whole(Box::new(WholeText {
            regex,
            keywords,
            group: group as usize,
            entropy,
            required,
            is_reported: !skip_report,
        })),
    };
    let description = if description.is_empty() { id.clone() } else { description };
    let info = RuleInfo {
        description: description.into(),
        imported: true,
        path: path.map(RuleText::from),
        tags: tags.into_iter().map(RuleText::from).collect(),
        ..RuleInfo::plain(id, Severity::High, Confidence::High)
    };
    Ok(Rule {
        info: Arc::new(info),
        matcher,
        keywords: Vec::new(),
        entropy: None,
        check: None,
        check_must_hold: false,
        decode: false,
        examples: Vec::new(),
        negatives: Vec::new(),
        origin,
    })
}

/// Notes in each rule what the rules look for that it requires.
fn define_required(rules: &mut [Rule]) {
    let definition = |rule: &Rule| match &rule.matcher {
        Matcher::Whole(whole) => Some((rule.info.id.to_string(), format!("{whole:?}"))),
        _ => None,
    };
    let definitions: BTreeMap<String, String> = rules.iter().filter_map(definition).collect();
    for rule in rules {
        let Matcher::Whole(whole) = &mut rule.matcher else { continue };
        for required in &mut whole.required {
            required.definition = definitions.get(&required.id).cloned().unwrap_or_default();
        }
    }
}

fn extended(mut table: Table<'_>) -> Result<Extend, Fault> {
    let mut extend = Extend::default();
    if let Some(value) = table.take("path")? {
        let path = value.string()?;
        if !path.is_empty() {
            extend.path = Some((path, value.fault("names a file that cannot be used")));
        }
    }
    if let Some(value) = table.take("url")?
        && !value.string()?.is_empty()
    {
        return Err(value.fault("is not fetched, by gitleaks neither. Write `path` and a file."));
    }
    if let Some(value) = table.take("useDefault")? {
        extend.use_default = value.boolean()?;
        if extend.use_default && extend.path.is_some() {
            return Err(value.fault("and `extend.path` are both there. gitleaks takes only one of them."));
        }
    }
    if let Some(value) = table.take("disabledRules")? {
        for id in value.strings()? {
            let fault =
                value.fault(&format!("names `{}`, and there is no such rule to disable.", shown(&id)));
            extend.disabled.push((id, fault));
        }
    }
    table.finish()?;
    Ok(extend)
}

/// The tables of `[[allowlists]]`, or the one of the old `[allowlist]`.
fn lists<'a>(table: &mut Table<'a>) -> Result<Vec<Table<'a>>, Fault> {
    let old = table.take("allowlist")?;
    let new = table.take("allowlists")?;
    match (old, new) {
        (Some(old), Some(_)) => {
            Err(old.fault("and `allowlists` are both there. Write `[[…allowlists]]` alone."))
        }
        (Some(old), None) => Ok(vec![old.table()?]),
        (None, Some(new)) => new.tables(),
        (None, None) => Ok(Vec::new()),
    }
}

fn pattern(value: &Value<'_>, go: &str) -> Result<String, Fault> {
    translate(go).map_err(|why| value.fault(&format!("has a regex that keydredge does not know: {why}.")))
}

fn patterns(value: Option<&Value<'_>>) -> Result<Patterns, Fault> {
    let Some(value) = value else { return Ok(Patterns::default()) };
    let sources: Vec<String> =
        value.strings()?.iter().map(|go| pattern(value, go)).collect::<Result<_, _>>()?;
    Ok(Patterns::new(sources))
}

fn allowlist(file: &str, mut table: Table<'_>) -> Result<Allowlist, Fault> {
    let description = table.take("description")?.map(|value| value.string()).transpose()?.unwrap_or_default();
    let needs_all = match table.take("condition")? {
        None => false,
        Some(value) => match value.string()?.to_ascii_uppercase().as_str() {
            "AND" | "&&" => true,
            "" | "OR" | "||" => false,
            _ => return Err(value.fault("must be `AND` or `OR`.")),
        },
    };
    let target = match table.take("regexTarget")? {
        None => Target::Secret,
        Some(value) => match value.string()?.as_str() {
            "" | "secret" => Target::Secret,
            "match" => Target::Match,
            "line" => Target::Line,
            _ => return Err(value.fault("must be `secret`, `match` or `line`.")),
        },
    };
    let strings =
        |value: Option<&Value<'_>>| value.map(Value::strings).transpose().map(Option::unwrap_or_default);
    let commits = strings(table.take("commits")?.as_ref())?;
    let commits = commits.iter().map(|commit| commit.trim().to_lowercase()).collect();
    let paths = patterns(table.take("paths")?.as_ref())?;
    let regexes = patterns(table.take("regexes")?.as_ref())?;
    let stopwords = strings(table.take("stopwords")?.as_ref())?;
    let stopwords: Vec<String> = stopwords.iter().map(|word| word.to_lowercase()).collect();
    let list = Allowlist {
        file: file.to_owned(),
        description,
        needs_all,
        commits,
        paths,
        target,
        regexes,
        stopwords,
        ..Allowlist::default()
    };
    if list.is_empty() {
        return Err(
            table.fault("This allowlist is empty: it needs `commits`, `paths`, `regexes` or `stopwords`.")
        );
    }
    table.finish()?;
    Ok(list)
}

/// Every value of a table under the path of its keys. Rules are named by their id.
fn flatten(path: &str, value: &DeValue<'_>, into: &mut BTreeMap<String, String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        DeValue::Table(table) => {
            table.iter().for_each(|(key, value)| flatten(&below(key.get_ref()), value.get_ref(), into));
        }
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
            for (number, item) in (1..).zip(items.iter()) {
                let id = item.get_ref().get("id").and_then(|id| id.get_ref().as_str().map(shown));
                flatten(&below(&id.unwrap_or_else(|| format!("{number}"))), item.get_ref(), into);
            }
        }
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| printed(item.get_ref())).collect();
            into.insert(path.to_owned(), format!("[{}]", items.join(", ")));
        }
        other => {
            into.insert(path.to_owned(), printed(other));
        }
    }
}

fn printed(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{:?}", text.as_ref()),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(is_set) => is_set.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
