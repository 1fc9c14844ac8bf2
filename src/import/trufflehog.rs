//! trufflehog: custom detectors in YAML, and results in JSON lines used as a baseline.

use super::document::{DocumentField, Node, Syntax, Value};
use super::plan::{Plan, PlannedRule, plain_path};
use super::regexes::{Dialect, fewer_than, translate};
use crate::findings::peers::hash_in_memory;
use crate::model::{AllowTarget, Allowance};
use crate::sheet::Fault;

/// What trufflehog counts as a special character.
const SPECIAL: &str = r##"!@#$%^&*()_+\-=\[\]{};':"\\|,.<>/?"##;

/// True for its configuration.
pub(super) fn is_config(node: &Node) -> bool {
    node.get("detectors").is_some()
}

/// True for a line of its results.
fn is_result(node: &Node) -> bool {
    node.get("SourceMetadata").is_some() && (node.get("DetectorName").is_some() || node.get("Raw").is_some())
}

/// Reads either.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    if text.trim_start().starts_with('{') {
        return results(file, &Node::parse(file, text, Syntax::JsonLines)?);
    }
    let node = Node::parse(file, text, Syntax::Yaml)?;
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    if let Some(detectors) = top.take("detectors") {
        for detector in detectors.items()? {
            let before = plan.left_out.len();
            read_detector(&mut plan, &detector)?;
            plan.name_rule(before, &detector);
        }
    }
    if let Some(sources) = top.take("sources").filter(|sources| !sources.is_empty()) {
        plan.leave_out(&sources, "says what to scan. Name it on the command line.");
    }
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

fn read_detector(plan: &mut Plan, detector: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = detector.table()?;
    let name = table.take_text("name")?;
    if name.is_empty() {
        return Err(table.fault("has no `name`."));
    }
    let keywords: Vec<String> =
        table.take_texts("keywords")?.iter().map(|word| word.to_lowercase()).collect();
    let description = table.take_text("description")?;
    let primary = table.take_text("primary_regex_name")?;
    let entropy = table.take("entropy").map(|field| field.number()).transpose()?.unwrap_or_default();
    if let Some(verify) = table.take("verify").filter(|verify| !verify.is_empty()) {
        plan.leave_out(&verify, "is about requests to a server, which a rule here does not make.");
    }
    let Some(regexes) = table.take("regex") else {
        return Err(table.fault("has no `regex`."));
    };
    let named = regexes.table()?.rest();
    let mut rules = Vec::new();
    for field in &named {
        let key = field.key.strip_prefix(&format!("{}.", regexes.key)).unwrap_or(&field.key).to_owned();
        let text = field.text()?;
        match translate(text, Dialect::Go) {
            Ok(regex) if !text.is_empty() => rules.push((key, regex, field.line())),
            _ => {
                plan.leave_out(
                    field,
                    "has a regex that has no meaning here, so that its detector is left out.",
                );
                return Ok(());
            }
        }
    }
    if rules.is_empty() {
        plan.leave_out(&regexes, "has no regex.");
        return Ok(());
    }
    let at = rules.iter().position(|(key, ..)| *key == primary).unwrap_or(0);
    let (main, regex, line) = rules.remove(at);
    let mut rule = PlannedRule::new(&name, Some(regex), line);
    rule.description = description;
    rule.keywords = keywords;
    rule.entropy = entropy;
    for (key, regex, line) in rules {
        let id = format!("{name}-{key}");
        rule.required.push((id.clone(), None, None));
        let mut part = PlannedRule::new(&id, Some(regex), line);
        part.is_reported = false;
        plan.rules.push(part);
    }
    plan.rules.push(rule);
    let like = |reason: &str| Allowance {
        reason: reason.to_owned(),
        rules: vec![name.clone()],
        ..Allowance::default()
    };
    let words: Vec<String> =
        table.take_texts("exclude_words")?.into_iter().filter(|word| !word.trim().is_empty()).collect();
    if !words.is_empty() {
        plan.allow.push(Allowance { words, ..like("an excluded word of the detector") });
    }
    for (key, target) in
        [("exclude_regexes_capture", AllowTarget::Secret), ("exclude_regexes_match", AllowTarget::Match)]
    {
        if let Some(field) = table.take(key) {
            let like = Allowance { target, ..like("an excluded regex of the detector") };
            plan.allow_regexes(&field, Dialect::Go, &like)?;
        }
    }
    if let Some(validations) = table.take("validations") {
        for one in validations.table()?.rest() {
            let key = one.key.strip_prefix(&format!("{}.", validations.key)).unwrap_or(&one.key).to_owned();
            if key != main {
                plan.leave_out(&one, "is about a regex that is not the primary one.");
                continue;
            }
            let mut table = one.table()?;
            let mut regexes = Vec::new();
            for (key, class) in [
                ("contains_digit", "0-9"),
                ("contains_lowercase", "a-z"),
                ("contains_uppercase", "A-Z"),
                ("contains_special_char", SPECIAL),
            ] {
                if table.take(key).map(|field| field.boolean()).transpose()? == Some(true) {
                    regexes.extend(fewer_than(1, class));
                }
            }
            plan.leave_out_unknown(&table.rest());
            if !regexes.is_empty() {
                plan.allow
                    .push(Allowance { regexes, ..like("the detector asks for more kinds of characters") });
            }
        }
    }
    plan.leave_out_unknown(&table.rest());
    Ok(())
}

/// A result: its secret, at its file.
fn results(file: &str, node: &Node) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    for one in node.field(file).items()? {
        let mut table = one.table()?;
        let Some(metadata) = table.take("SourceMetadata") else {
            // What it logs is on the same stream if both are joined.
            plan.leave_out(&one, "is no result: it has no `SourceMetadata`.");
            continue;
        };
        let mut entry = plan.entry(one.line());
        for key in ["Raw", "RawV2"] {
            let value = table.take_text(key)?;
            let value = value.trim();
            if !value.is_empty() {
                entry.hashes.push(hash_in_memory(value.as_bytes()));
                if value.contains('\n') {
                    let joined: String = value.split_whitespace().collect();
                    entry.hashes.push(hash_in_memory(joined.as_bytes()));
                }
            }
        }
        if let Some(parts) = table.take("SecretParts") {
            for part in parts.table()?.rest() {
                if let Ok(value) = part.text() {
                    entry.hashes.push(hash_in_memory(value.trim().as_bytes()));
                }
            }
        }
        let data = metadata.table()?.take("Data").map(|data| data.table()).transpose()?;
        for source in data.into_iter().flat_map(super::document::Fields::rest) {
            let Ok(mut source) = source.table() else { continue };
            let path = source.take_text("file")?;
            entry.path = Some(plain_path(&path)).filter(|path| !path.is_empty());
            entry.line = source.take("line").map(|line| line.count()).transpose()?;
        }
        entry.reason = "in trufflehog's results".to_owned();
        if entry.hashes.is_empty() {
            plan.leave_out(&one, "has no `Raw`.");
        } else {
            plan.accepted.push(entry);
        }
    }
    Ok(plan)
}

/// True if the first line of a text is a result.
pub(super) fn is_results(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    first.is_some_and(|line| {
        Node::parse("", line, Syntax::Json)
            .is_ok_and(|node| matches!(node.value, Value::Table(_)) && is_result(&node))
    })
}
