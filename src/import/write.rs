//! Plans as files of ours: rules in TOML, and `keydredge.toml`.
//!
//! The same plans give the same bytes.

use super::plan::{Plan, PlannedRule};
use crate::gitleaks::ids;
use crate::model::{Allowance, Confidence};
use crate::sheet::Fault;
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

/// What is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// `keydredge.toml`.
    pub config: String,
    /// The file of rules, if there is a rule.
    pub rules: Option<String>,
}

/// The texts that say what plans say. `rules_file` is the name of the file of rules; `is_ours` is true for an id of our
/// own rules.
pub fn write(plans: &[(&str, Plan)], rules_file: &str, is_ours: &dyn Fn(&str) -> bool) -> Written {
    let mut taken = BTreeSet::new();
    let (mut rules, mut allow, mut skip, mut only) =
        (String::new(), String::new(), BTreeSet::new(), Vec::new());
    let mut replaces = false;
    for (tool, plan) in plans {
        let ids = new_ids(tool, &plan.rules, &mut taken, is_ours);
        for rule in &plan.rules {
            rules.push_str(&rule_text(rule, &ids));
            only.extend(ids.get(rule.id.as_str()).cloned());
        }
        for list in &plan.allow {
            let mut list = list.clone();
            list.rules = list.rules.iter().flat_map(|id| known_ids(id, &ids, is_ours)).collect();
            list.rules.dedup();
            allow.push_str(&allow_text(&list));
        }
        skip.extend(plan.skip.iter().cloned());
        replaces |= plan.replaces && !plan.rules.is_empty();
    }
    let names: Vec<String> =
        plans.iter().map(|(tool, plan)| format!("{} ({tool})", shown(&plan.file))).collect();
    let head = format!("# Written by `keydredge config import` from {}.\n", names.join(", "));
    let mut config = head.clone();
    let rules = (!rules.is_empty()).then(|| format!("{head}{rules}"));
    if rules.is_some() {
        config.push_str(&format!("\nrules = [{}]\n", Value::from(rules_file)));
    }
    if replaces {
        config.push_str("\n# As in the file that was imported, the built-in rules are not in force.\n");
        config.push_str(&line("only", &strings(&only)));
    } else if !skip.is_empty() {
        config.push('\n');
        config.push_str(&line("skip", &strings(&Vec::from_iter(skip))));
    }
    config.push_str(&allow);
    Written { config, rules }
}

/// The rules of plans as a file of ours; `None` if there is none.
pub fn rules(plans: &[(&str, Plan)], is_ours: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut taken = BTreeSet::new();
    let mut rules = String::new();
    for (tool, plan) in plans {
        let ids = new_ids(tool, &plan.rules, &mut taken, is_ours);
        rules.extend(plan.rules.iter().map(|rule| rule_text(rule, &ids)));
    }
    let names: Vec<String> =
        plans.iter().map(|(tool, plan)| format!("{} ({tool})", shown(&plan.file))).collect();
    (!rules.is_empty())
        .then(|| format!("# Written by `keydredge rules import` from {}.\n{rules}", names.join(", ")))
}

/// The rules of a plan alone, for a plan that is followed at once, and its lists with the ids that they have there.
pub fn in_force(tool: &str, plan: &Plan, is_ours: &dyn Fn(&str) -> bool) -> (String, Vec<Allowance>) {
    let ids = new_ids(tool, &plan.rules, &mut BTreeSet::new(), is_ours);
    let rules = plan.rules.iter().map(|rule| rule_text(rule, &ids)).collect();
    let list = |list: &Allowance| {
        let rules = list.rules.iter().flat_map(|id| known_ids(id, &ids, is_ours)).collect();
        Allowance { rules, ..list.clone() }
    };
    (rules, plan.allow.iter().map(list).collect())
}

/// Takes out of a plan the lists for rules that neither it nor we have, and says so.
pub fn without_unknown(plan: &mut Plan, is_ours: &dyn Fn(&str) -> bool) -> Vec<Fault> {
    let own: BTreeSet<String> = plan.rules.iter().map(|rule| rule.id.clone()).collect();
    let is_known =
        |id: &String| own.contains(id) || is_ours(id) || ids::ours(id).is_some_and(|ours| !ours.is_empty());
    let mut left_out = Vec::new();
    for list in plan.allow.iter_mut().filter(|list| !list.rules.is_empty()) {
        let before = list.rules.len();
        list.rules.retain(is_known);
        if list.rules.len() < before {
            let problem =
                "A list allows something for a rule that is neither here nor in keydredge.".to_owned();
            left_out.push(Fault { file: plan.file.clone(), line: 1, problem });
            if list.rules.is_empty() {
                // Without its rules it would be for all.
                *list = Allowance::default();
            }
        }
    }
    plan.allow.retain(|list| !list.is_empty());
    left_out
}

/// The ids here of what a list names. One that nobody has stays: a list for no rule would be one for all.
fn known_ids(id: &str, ids: &BTreeMap<&str, String>, is_ours: &dyn Fn(&str) -> bool) -> Vec<String> {
    match ids.get(id) {
        Some(new) => vec![new.clone()],
        None if is_ours(id) => vec![id.to_owned()],
        None => match ids::ours(id) {
            Some(ours) if !ours.is_empty() => ours.iter().map(|id| (*id).to_owned()).collect(),
            _ => vec![kebab(id)],
        },
    }
}

fn kebab(id: &str) -> String {
    let lower = id.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut kebab = words.join("-");
    kebab.truncate(60);
    kebab.trim_end_matches('-').to_owned()
}

/// An id of ours for each rule: its own, if it is one and no other rule has it.
fn new_ids<'p>(
    tool: &str,
    rules: &'p [PlannedRule],
    taken: &mut BTreeSet<String>,
    is_ours: &dyn Fn(&str) -> bool,
) -> BTreeMap<&'p str, String> {
    let mut ids = BTreeMap::new();
    for rule in rules {
        let plain = kebab(&rule.id);
        let prefixed = if plain.starts_with(tool) { plain.clone() } else { format!("{tool}-{plain}") };
        let is_free =
            |id: &str, taken: &BTreeSet<String>| !id.is_empty() && !is_ours(id) && !taken.contains(id);
        let numbered = (2..).map(|number| format!("{prefixed}-{number}"));
        let mut proposed = [plain.clone(), prefixed.clone()].into_iter().chain(numbered);
        // A number is free in the end.
        let id = proposed.find(|id| is_free(id, taken)).unwrap_or(prefixed.clone());
        taken.insert(id.clone());
        ids.insert(rule.id.as_str(), id);
    }
    ids
}

fn strings(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| Value::from(text.as_str())).collect())
}

fn line(key: &str, value: &Value) -> String {
    format!("{key} = {value}\n")
}

/// A file's name in a comment.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

fn rule_text(rule: &PlannedRule, ids: &BTreeMap<&str, String>) -> String {
    let id = ids.get(rule.id.as_str()).cloned().unwrap_or_else(|| kebab(&rule.id));
    let description = if rule.description.is_empty() { rule.id.clone() } else { rule.description.clone() };
    let mut out = format!("\n[[rules]]\n{}", line("id", &Value::from(id)));
    out.push_str(&line("description", &Value::from(description)));
    match &rule.regex {
        Some(regex) => {
            out.push_str(&line("parser", &Value::from("text")));
            out.push_str(&line("regex", &Value::from(regex.as_str())));
        }
        None => out.push_str(&line("parser", &Value::from("path"))),
    }
    if let Some(path) = &rule.path {
        out.push_str(&line("path", &Value::from(path.as_str())));
    }
    if rule.regex.is_some() && !rule.keywords.is_empty() {
        out.push_str(&line("keywords", &strings(&rule.keywords)));
    }
    if rule.group > 0 {
        out.push_str(&line("secretGroup", &Value::from(rule.group as i64)));
    }
    if rule.entropy > 0.0 {
        out.push_str(&line("entropy", &Value::from(rule.entropy.min(8.0))));
    }
    out.push_str(&line("severity", &Value::from("high")));
    let confidence = match rule.confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High | Confidence::Certain => "high",
    };
    out.push_str(&line("confidence", &Value::from(confidence)));
    if !rule.tags.is_empty() {
        out.push_str(&line("tags", &strings(&rule.tags)));
    }
    if !rule.required.is_empty() {
        let required = rule.required.iter().map(|(id, lines, columns)| {
            let id = ids.get(id.as_str()).cloned().unwrap_or_else(|| kebab(id));
            let limit = |name: &str, limit: &Option<u64>| {
                limit.map(|limit| format!(", {name} = {limit}")).unwrap_or_default()
            };
            format!("{{ id = {}{}{} }}", Value::from(id), limit("lines", lines), limit("columns", columns))
        });
        out.push_str(&format!("required = [{}]\n", Vec::from_iter(required).join(", ")));
    }
    if !rule.is_reported {
        out.push_str("report = false\n");
    }
    out
}

fn allow_text(list: &Allowance) -> String {
    let mut out = "\n[[allow]]\n".to_owned();
    if !list.reason.is_empty() {
        out.push_str(&line("reason", &Value::from(list.reason.as_str())));
    }
    if list.needs_all {
        out.push_str(&line("condition", &Value::from("and")));
    }
    let target = crate::model::AllowTarget::KEYS.iter().find(|(_, target)| *target == list.target);
    let hashes: Vec<String> = list.hashes.iter().map(ToString::to_string).collect();
    for (key, texts) in [
        ("rules", &list.rules),
        ("paths", &list.paths),
        ("path-regexes", &list.path_regexes),
        (target.map_or("values", |(key, _)| key), &list.regexes),
        ("words", &list.words),
        ("hashes", &hashes),
        ("commits", &list.commits),
    ] {
        if !texts.is_empty() {
            out.push_str(&line(key, &strings(texts)));
        }
    }
    if !list.files.is_empty() {
        let file = |file: &crate::model::FileContent| {
            let key = if file.is_talismans { "talisman" } else { "sha256" };
            format!("{{ path = {}, {key} = \"{}\" }}", Value::from(file.path.as_str()), file.digest)
        };
        let files: Vec<String> = list.files.iter().map(file).collect();
        out.push_str(&format!("files = [{}]\n", files.join(", ")));
    }
    out
}
