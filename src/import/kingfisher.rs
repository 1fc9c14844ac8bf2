//! kingfisher: its rules in YAML (noseyparker's are a part of them), its baseline, and its report used as one.

use super::document::{DocumentField, Fields, Node, Syntax, Value};
use super::plan::{Plan, PlannedRule, plain_path};
use super::regexes::{Dialect, fewer_than, group_of, translate};
use crate::findings::peers::hash_in_memory;
use crate::model::{Allowance, Confidence};
use crate::sheet::Fault;

/// True for its rules.
pub(super) fn is_rules(node: &Node) -> bool {
    let keys =
        ["confidence", "min_entropy", "validation", "depends_on_rule", "pattern_requirements", "visible"];
    rules_of(node).any(|rule| {
        let id = rule
            .get("id")
            .is_some_and(|id| matches!(&id.value, Value::Text(id) if id.starts_with("kingfisher.")));
        id || rule.get("pattern").is_some() && keys.iter().any(|key| rule.get(key).is_some())
    })
}

/// True for rules of noseyparker's shape.
pub(super) fn is_noseyparkers_rules(node: &Node) -> bool {
    rules_of(node).any(|rule| rule.get("pattern").is_some())
}

fn rules_of(node: &Node) -> impl Iterator<Item = &Node> {
    let rules = node.get("rules").map(|rules| &rules.value);
    let items = match rules {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter()
}

/// True for its baseline.
pub(super) fn is_baseline(node: &Node) -> bool {
    node.get("ExactFindings").is_some() || node.get("fingerprint_algorithm").is_some()
}

/// True for its report.
pub(super) fn is_report(node: &Node) -> bool {
    let first = node.get("findings").map(|findings| &findings.value);
    matches!(first, Some(Value::List(items)) if items.iter().any(|one| one.get("finding").is_some() && one.get("rule").is_some()))
}

/// Reads any of them.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    let is_json = text.trim_start().starts_with('{');
    let node = Node::parse(file, text, if is_json { Syntax::Json } else { Syntax::Yaml })?;
    if is_report(&node) {
        return report(file, &node);
    }
    if node.get("rules").is_none() && (is_baseline(&node) || node.get("repositories").is_some()) {
        return baseline(file, &node);
    }
    rules(file, &node)
}

/// Reads rules, kingfisher's or noseyparker's.
pub(super) fn rules(file: &str, node: &Node) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    let Some(rules) = top.take("rules") else {
        return Err(top.fault("has no `rules`."));
    };
    for rule in rules.items()? {
        let before = plan.left_out.len();
        read_rule(&mut plan, &rule)?;
        plan.name_rule(before, &rule);
    }
    if let Some(sets) = top.take("rulesets").filter(|sets| !sets.is_empty()) {
        plan.leave_out(&sets, "has no meaning here: all rules of the file count.");
    }
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

fn read_rule(plan: &mut Plan, field: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = field.table()?;
    let (name, id) = (table.take_text("name")?, table.take_text("id")?);
    let id = if id.is_empty() { name.clone() } else { id };
    if id.is_empty() {
        return Err(table.fault("has no `id`."));
    }
    let Some(pattern) = table.take("pattern") else {
        return Err(table.fault("has no `pattern`."));
    };
    // Its own tests, which may contain secrets, and what people read.
    table.set_aside(&["examples", "negative_examples", "references", "prevalidated", "tls_mode"]);
    let mut rule = PlannedRule::new(&id, None, field.line());
    rule.description = name;
    rule.tags = table.take_texts("categories")?;
    let description = table.take_text("description")?;
    if !description.is_empty() {
        rule.description = description;
    }
    match table.take_text("confidence")?.to_ascii_lowercase().as_str() {
        "low" => rule.confidence = Confidence::Low,
        "medium" => rule.confidence = Confidence::Medium,
        _ => {}
    }
    if let Some(entropy) = table.take("min_entropy") {
        rule.entropy = entropy.number()?;
    }
    if let Some(visible) = table.take("visible") {
        rule.is_reported = visible.boolean()?;
    }
    for key in ["validation", "revocation", "depends_on_rule"] {
        if let Some(field) = table.take(key).filter(|field| !field.is_empty()) {
            plan.leave_out(&field, "is about requests to providers, which a rule here does not make.");
        }
    }
    let requirements = table.take("pattern_requirements");
    let regex = match translate(pattern.text()?, Dialect::Rust) {
        Ok(regex) if !pattern.is_empty() => regex,
        _ => {
            plan.leave_out(&pattern, "has no meaning here: it is too large, looks around, or is not sound.");
            return Ok(());
        }
    };
    rule.group = group_of(&regex, "TOKEN").unwrap_or(0);
    rule.regex = Some(regex);
    plan.rules.push(rule);
    if let Some(requirements) = requirements {
        let mut table = requirements.table()?;
        require(plan, &id, &mut table)?;
        plan.leave_out_unknown(&table.rest());
    }
    plan.leave_out_unknown(&table.rest());
    Ok(())
}

/// What a secret has to contain: one that does not is none.
fn require(plan: &mut Plan, id: &str, table: &mut Fields<'_>) -> Result<(), Fault> {
    let special = table.take_text("special_chars")?;
    let special = if special.is_empty() { "!@#$%^&*()_+-=[]{}|;:'\",.<>?/\\`~".to_owned() } else { special };
    let special: String = special
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_string()
            } else {
                format!("\\x{{{:x}}}", letter as u32)
            }
        })
        .collect();
    let mut regexes = Vec::new();
    for (key, class) in [
        ("min_digits", "0-9"),
        ("min_uppercase", "A-Z"),
        ("min_lowercase", "a-z"),
        ("min_special_chars", special.as_str()),
    ] {
        if let Some(least) = table.take(key) {
            match fewer_than(least.count()?, class) {
                Some(regex) if regex::bytes::Regex::new(&regex).is_ok() => regexes.push(regex),
                None if least.is_empty() => {}
                _ => plan.leave_out(&least, "has no meaning here."),
            }
        }
    }
    let rules = vec![id.to_owned()];
    let reason = "the rule asks for more kinds of characters".to_owned();
    if !regexes.is_empty() {
        plan.allow.push(Allowance { reason, rules: rules.clone(), regexes, ..Allowance::default() });
    }
    let words: Vec<String> =
        table.take_texts("ignore_if_contains")?.into_iter().filter(|word| !word.trim().is_empty()).collect();
    if !words.is_empty() {
        let reason = "the rule ignores what contains this word".to_owned();
        plan.allow.push(Allowance { reason, rules, words, ..Allowance::default() });
    }
    if let Some(checksum) = table.take("checksum").filter(|field| !field.is_empty()) {
        plan.leave_out(&checksum, "is a checksum, which a rule in a file cannot compute.");
    }
    Ok(())
}

/// Reads a baseline. Its fingerprints contain offsets and cannot be computed here, so that an entry is a place.
fn baseline(file: &str, node: &Node) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    if let Some(exact) = top.take("ExactFindings") {
        let mut exact = exact.table()?;
        if let Some(matches) = exact.take("matches") {
            for one in matches.items()? {
                place(&mut plan, &one, "filepath", "linenum")?;
            }
        }
        plan.leave_out_unknown(&exact.rest());
        plan.leave_out_unknown(&top.rest());
        return Ok(plan);
    }
    for (key, known) in [("version", "2"), ("fingerprint_algorithm", "kingfisher-v1")] {
        match top.take(key) {
            Some(field) if field.text()? == known => {}
            Some(field) => return Err(field.fault(&format!("is not `{known}`, the only one that is known."))),
            None => return Err(top.fault(&format!("has no `{key}`."))),
        }
    }
    let Some(repositories) = top.take("repositories") else { return Ok(plan) };
    let repositories = repositories.items()?;
    if repositories.len() > 1 {
        for repository in &repositories {
            plan.leave_out(
                repository,
                "is one of several repositories. Keep the baseline of each in a file of its own.",
            );
        }
        return Ok(plan);
    }
    for repository in repositories {
        let mut repository = repository.table()?;
        repository.set_aside(&["id"]);
        if let Some(findings) = repository.take("findings") {
            for one in findings.items()? {
                place(&mut plan, &one, "path", "line")?;
            }
        }
        plan.leave_out_unknown(&repository.rest());
    }
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

fn place(plan: &mut Plan, one: &DocumentField<'_>, path: &str, line: &str) -> Result<(), Fault> {
    let mut table = one.table()?;
    let path = table.take_text(path)?;
    let line = table.take(line).map(|field| field.count()).transpose()?;
    let (false, Some(line)) = (path.is_empty(), line) else {
        plan.leave_out(one, "names no line of a file, and its fingerprint cannot be compared.");
        return Ok(());
    };
    table.set_aside(&["fingerprint", "rule_id", "first_seen_at", "last_updated_at", "lastupdated"]);
    plan.leave_out_unknown(&table.rest());
    let mut entry = plan.entry(one.line());
    entry.path = Some(plain_path(&path));
    entry.line = Some(line);
    entry.reason = "this line is in kingfisher's baseline".to_owned();
    plan.accepted.push(entry);
    Ok(())
}

/// Reads a report: its secrets at their paths.
fn report(file: &str, node: &Node) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    let Some(findings) = top.take("findings") else { return Ok(plan) };
    for (number, one) in (1..).zip(findings.items()?) {
        let mut finding = match one.table()?.take("finding") {
            Some(finding) => finding.table()?,
            None => return Err(one.fault("has no `finding`.")),
        };
        let (snippet, path) = (finding.take_text("snippet")?, finding.take_text("path")?);
        if snippet.is_empty() || path.is_empty() {
            plan.leave_out(&one, "has no `snippet` and `path`.");
            continue;
        }
        let mut entry = plan.entry(number);
        entry.path = Some(plain_path(&path));
        entry.line = finding.take("line").map(|line| line.count()).transpose()?;
        entry.hashes = vec![hash_in_memory(snippet.as_bytes())];
        entry.reason = "in kingfisher's report".to_owned();
        plan.accepted.push(entry);
    }
    Ok(plan)
}
