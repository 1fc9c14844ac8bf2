//! betterleaks 1 and 2, and gitleaks: their configuration in TOML, ignore files, and reports used as a baseline.
//!
//! # Design
//!
//! The three dialects are one here: a key has the same meaning wherever it is allowed, and no key means two things. If a
//! file extends the default rules of gitleaks or betterleaks, it extends our catalogue, as with `.gitleaks.toml`.

use super::document::{DocumentField, Fields, Node, Syntax, Value};
use super::expression;
use super::plan::{Plan, PlannedRule, plain_path};
use super::regexes::{Dialect, translate};
use crate::findings::peers::hash_in_memory;
use crate::findings::places;
use crate::gitleaks::ids;
use crate::model::{AllowTarget, Allowance, Confidence, HashKind, SecretHash};
use crate::sheet::Fault;

/// True for a configuration.
pub(super) fn is_config(node: &Node) -> bool {
    let keys = [
        "extend",
        "allowlists",
        "allowlist",
        "minVersion",
        "betterleaksMinVersion",
        "prefilter",
        "filter",
        "title",
    ];
    let Some(Value::List(rules)) = node.get("rules").map(|rules| &rules.value) else {
        return keys.iter().any(|key| node.get(key).is_some());
    };
    keys.iter().any(|key| node.get(key).is_some()) || rules.iter().any(|rule| rule.get("regex").is_some())
}

/// True for a configuration with keys that our files of rules do not have.
pub(super) fn is_foreign(node: &Node) -> bool {
    const TOP: [&str; 7] =
        ["extend", "allowlist", "allowlists", "minVersion", "betterleaksMinVersion", "prefilter", "filter"];
    const OF_RULE: [&str; 10] = [
        "allowlist",
        "allowlists",
        "tokenEfficiency",
        "specificity",
        "skipReport",
        "validate",
        "analyze",
        "components",
        "valueGroup",
        "filter",
    ];
    let rules = match node.get("rules").map(|rules| &rules.value) {
        Some(Value::List(rules)) => rules.as_slice(),
        _ => &[],
    };
    // One key of another tool in a file of ours is a mistake.
    const OURS: [&str; 5] = ["examples", "negatives", "reach", "revoke", "severity"];
    if rules.iter().any(|rule| OURS.iter().any(|key| rule.get(key).is_some())) {
        return false;
    }
    TOP.iter().any(|key| node.get(key).is_some())
        || rules.iter().any(|rule| OF_RULE.iter().any(|key| rule.get(key).is_some()))
}

/// True for a report of betterleaks 2.
pub(super) fn is_report(node: &Node) -> bool {
    node.get("schema_version").is_some() && (node.get("findings").is_some() || node.get("finding").is_some())
}

/// True for a report of gitleaks or betterleaks 1.
pub(super) fn is_old_report(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.iter().any(|one| one.get("RuleID").is_some()))
}

/// Reads any of their files.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    let start = text.trim_start();
    if start.starts_with('{') {
        return report(file, text);
    }
    if start.starts_with('[') && !start.starts_with("[[") && Node::parse(file, text, Syntax::Json).is_ok() {
        return old_report(file, text);
    }
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let looks_like_ignores = name.ends_with("ignore") || (!text.contains('=') && !text.trim().is_empty());
    if looks_like_ignores { ignores(file, text) } else { config(file, text) }
}

fn ignores(file: &str, text: &str) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fault =
            |problem: &str| Fault { file: file.to_owned(), line: number, problem: problem.to_owned() };
        let mut entry = plan.entry(number);
        if let Some(hash) = SecretHash::new(HashKind::Sha256, line) {
            entry.hashes = vec![hash];
            entry.reason = "its value is ignored for betterleaks".to_owned();
        } else if line.starts_with("hmac-sha256:") {
            plan.left_out.push(fault("This value is hashed with a key of yours, which is not known here."));
            continue;
        } else if let Some((commit, path, at)) = places::place(line) {
            entry.commit = Some(commit).filter(|commit| !commit.is_empty());
            (entry.path, entry.line) = (Some(path), Some(at));
            entry.reason = "this place is ignored".to_owned();
        } else {
            return Err(fault("This line is neither a hash nor a place as gitleaks writes it."));
        }
        entry.is_reviewed = true;
        plan.accepted.push(entry);
    }
    Ok(plan)
}

fn report(file: &str, text: &str) -> Result<Plan, Fault> {
    let node = match Node::parse(file, text, Syntax::Json) {
        Ok(node) => node,
        Err(_) => Node::parse(file, text, Syntax::JsonLines)?,
    };
    let findings: Vec<DocumentField<'_>> = match &node.value {
        Value::List(_) => {
            let mut all = Vec::new();
            for line in node.field(file).items()? {
                all.extend(line.table()?.take("finding"));
            }
            all
        }
        _ => match node.field(file).table()?.take("findings") {
            Some(findings) => findings.items()?,
            None => return Err(node.field(file).fault("has no `findings`.")),
        },
    };
    let mut plan = Plan::of(file);
    for (number, one) in (1..).zip(&findings) {
        let Some(matched) = one.table()?.take("match") else {
            return Err(one.fault("has no `match`."));
        };
        let mut matched = matched.table()?;
        let fingerprint = matched.take_text("fingerprint")?;
        let value = matched.take_text("value")?;
        let mut entry = plan.entry(number);
        entry.hashes.extend(SecretHash::new(HashKind::Sha256, &fingerprint));
        if !value.is_empty() {
            entry.hashes.push(hash_in_memory(value.as_bytes()));
        }
        entry.reason = "in betterleaks's report".to_owned();
        if entry.hashes.is_empty() {
            plan.leave_out(one, "has neither a value nor a fingerprint that is known.");
        } else {
            plan.accepted.push(entry);
        }
    }
    Ok(plan)
}

fn old_report(file: &str, text: &str) -> Result<Plan, Fault> {
    let node = Node::parse(file, text, Syntax::Json)?;
    let mut plan = Plan::of(file);
    for (number, one) in (1..).zip(node.field(file).items()?) {
        let mut table = one.table()?;
        let secret = table.take_text("Secret")?;
        let mut entry = plan.entry(number);
        entry.reason = "in gitleaks's report".to_owned();
        // `--redact` writes a word, or a part and dots.
        if secret.is_empty() || secret == "REDACTED" || secret.ends_with("...") {
            let path = table.take_text("File")?;
            let line = table.take("StartLine").map(|line| line.count()).transpose()?;
            let commit = table.take_text("Commit")?.to_ascii_lowercase();
            entry.commit = Some(commit).filter(|commit| !commit.is_empty());
            (entry.path, entry.line) = (Some(plain_path(&path)), line);
            if path.is_empty() || line.is_none() {
                return Err(one.fault("has neither `Secret` nor `File` and `StartLine`."));
            }
        } else {
            entry.hashes = vec![hash_in_memory(secret.as_bytes())];
        }
        plan.accepted.push(entry);
    }
    Ok(plan)
}

fn config(file: &str, text: &str) -> Result<Plan, Fault> {
    let node = Node::parse(file, text, Syntax::Toml)?;
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    top.set_aside(&["title", "description", "minVersion", "betterleaksMinVersion"]);
    plan.replaces = true;
    if let Some(extend) = top.take("extend") {
        let mut extend = extend.table()?;
        if let Some(default) = extend.take("useDefault") {
            plan.replaces = !default.boolean()?;
        }
        for (key, why) in [
            ("path", "names another configuration. Import that file, too."),
            ("url", "is not fetched, by its own tool neither."),
        ] {
            if let Some(field) = extend.take(key).filter(|field| !field.is_empty()) {
                plan.leave_out(&field, why);
            }
        }
        if let Some(disabled) = extend.take("disabledRules") {
            for item in disabled.items()? {
                match ids::ours(item.text()?) {
                    Some(ours) => plan.skip.extend(ours.iter().map(|id| (*id).to_owned())),
                    None => {
                        plan.leave_out(&item, "names a default rule that keydredge has no counterpart of.");
                    }
                }
            }
        }
        plan.leave_out_unknown(&extend.rest());
    }
    if let Some(rules) = top.take("rules") {
        for rule in rules.items()? {
            let before = plan.left_out.len();
            read_rule(&mut plan, &rule)?;
            plan.name_rule(before, &rule);
        }
    }
    lists(&mut plan, &mut top, None)?;
    for key in ["prefilter", "filter"] {
        if let Some(field) = top.take(key).filter(|field| !field.is_empty()) {
            filter(&mut plan, &field, None)?;
        }
    }
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

/// Allowlists of the file, or of the rule `id`.
fn lists(plan: &mut Plan, table: &mut Fields<'_>, id: Option<&str>) -> Result<(), Fault> {
    let old = table.take("allowlist");
    let mut all = Vec::new();
    if let Some(old) = old {
        all.push(old);
    }
    if let Some(new) = table.take("allowlists") {
        all.extend(new.items()?);
    }
    for list in all {
        read_list(plan, &list, id)?;
    }
    Ok(())
}

fn read_list(plan: &mut Plan, list: &DocumentField<'_>, id: Option<&str>) -> Result<(), Fault> {
    let before = plan.left_out.len();
    let mut table = list.table()?;
    let mut allowance = Allowance {
        reason: table.take_text("description")?,
        rules: id.map(ToOwned::to_owned).into_iter().collect(),
        ..Allowance::default()
    };
    if let Some(condition) = table.take("condition") {
        allowance.needs_all = match condition.text()?.to_ascii_uppercase().as_str() {
            "AND" | "&&" => true,
            "" | "OR" | "||" => false,
            _ => return Err(condition.fault("must be `AND` or `OR`.")),
        };
    }
    if let Some(target) = table.take("regexTarget") {
        allowance.target = match target.text()? {
            "" | "secret" => AllowTarget::Secret,
            "match" => AllowTarget::Match,
            "line" => AllowTarget::Line,
            _ => return Err(target.fault("must be `secret`, `match` or `line`.")),
        };
    }
    if let Some(paths) = table.take("paths") {
        allowance.path_regexes = plan.regexes(&paths, Dialect::Go)?;
    }
    if let Some(regexes) = table.take("regexes") {
        allowance.regexes = plan.regexes(&regexes, Dialect::Go)?;
    }
    allowance.words =
        table.take_texts("stopwords")?.into_iter().filter(|word| !word.trim().is_empty()).collect();
    let commits = table.take_texts("commits")?;
    allowance.commits = commits.iter().map(|commit| commit.trim().to_lowercase()).collect();
    if let Some(targets) = table.take("targetRules") {
        for item in targets.items()? {
            allowance.rules.push(item.text()?.to_owned());
        }
    }
    plan.leave_out_unknown(&table.rest());
    // A check of several that is left out would let the others allow more.
    let is_whole = plan.left_out.len() == before || !allowance.needs_all;
    if allowance.is_empty() && plan.left_out.len() == before {
        return Err(list.fault("is empty: it needs `commits`, `paths`, `regexes` or `stopwords`."));
    }
    if is_whole && !allowance.is_empty() {
        plan.allow.push(allowance);
    }
    Ok(())
}

fn filter(plan: &mut Plan, field: &DocumentField<'_>, rule: Option<&mut PlannedRule>) -> Result<(), Fault> {
    let drops = match expression::read(field.text()?) {
        Ok(drops) => drops,
        Err(why) => {
            plan.leave_out(field, &format!("has no meaning here: {why}."));
            return Ok(());
        }
    };
    for why in &drops.left_out {
        plan.leave_out(field, &format!("has a part that has no meaning here: {why}."));
    }
    let id = rule.as_ref().map(|rule| rule.id.clone());
    let reason = format!(
        "the {} of {}",
        if field.key.ends_with("prefilter") { "prefilter" } else { "filter" },
        plan.file
    );
    plan.allow.extend(drops.lists.into_iter().map(|list| Allowance {
        reason: reason.clone(),
        rules: id.iter().cloned().collect(),
        ..list
    }));
    match (drops.entropy, rule) {
        (Some(entropy), Some(rule)) => rule.entropy = rule.entropy.max(entropy),
        (Some(_), None) => {
            plan.leave_out(field, "has a threshold of entropy for all rules. Write it in each.");
        }
        (None, _) => {}
    }
    Ok(())
}

fn read_rule(plan: &mut Plan, field: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = field.table()?;
    let id = table.take_text("id")?;
    if id.trim().is_empty() {
        return Err(table.fault("has no `id`."));
    }
    let mut rule = PlannedRule::new(&id, None, field.line());
    rule.description = table.take_text("description")?;
    rule.keywords = table.take_texts("keywords")?.iter().map(|word| word.to_lowercase()).collect();
    rule.tags = table.take_texts("tags")?;
    // Which of two rules at one place counts: here both do.
    table.set_aside(&["specificity"]);
    match table.take_text("confidence")?.as_str() {
        "low" => rule.confidence = Confidence::Low,
        "medium" => rule.confidence = Confidence::Medium,
        _ => {}
    }
    if let Some(skip) = table.take("skipReport") {
        rule.is_reported = !skip.boolean()?;
    }
    if let Some(entropy) = table.take("entropy") {
        rule.entropy = entropy.number()?;
    }
    for key in ["secretGroup", "valueGroup"] {
        if let Some(group) = table.take(key) {
            rule.group = group.count()? as usize;
        }
    }
    let mut is_sound = true;
    for key in ["regex", "path"] {
        let Some(pattern) = table.take(key).filter(|pattern| !pattern.is_empty()) else { continue };
        match translate(pattern.text()?, Dialect::Go) {
            Ok(regex) if key == "regex" => rule.regex = Some(regex),
            Ok(regex) => rule.path = Some(regex),
            Err(why) => {
                plan.leave_out(
                    &pattern,
                    &format!("has no meaning here, so that its rule is left out: {why}."),
                );
                is_sound = false;
            }
        }
    }
    if let Some(efficiency) = table.take("tokenEfficiency").filter(|field| !field.is_empty()) {
        plan.leave_out(&efficiency, "is a measure that keydredge does not have.");
    }
    for key in ["validate", "analyze", "revoke"] {
        if let Some(field) = table.take(key).filter(|field| !field.is_empty()) {
            plan.leave_out(&field, "is about requests to providers, which a rule here does not make.");
        }
    }
    for key in ["required", "components"] {
        if let Some(parts) = table.take(key) {
            for part in parts.items()? {
                require(plan, &mut rule, &part)?;
            }
        }
    }
    lists(plan, &mut table, Some(&id))?;
    if let Some(field) = table.take("filter").filter(|field| !field.is_empty()) {
        filter(plan, &field, Some(&mut rule))?;
    }
    plan.leave_out_unknown(&table.rest());
    if rule.regex.is_none() && rule.path.is_none() && is_sound {
        // A default rule that is changed. Its lists, above, have its id.
        if plan.replaces || ids::ours(&id).is_none() {
            plan.leave_out(field, "has neither `regex` nor `path`, and is no default rule that is known.");
        } else if rule.entropy > 0.0 || rule.group > 0 || !rule.required.is_empty() {
            plan.leave_out(
                field,
                "changes how a default rule matches. keydredge has a rule of its own in its place.",
            );
        }
        return Ok(());
    }
    if rule.regex.as_ref().is_some_and(|regex| rule.group > super::regexes::groups(regex)) {
        return Err(field.fault("names a group that its regex does not have."));
    }
    if is_sound {
        plan.rules.push(rule);
    }
    Ok(())
}

/// Another rule that must match, too: `withinLines` and `withinColumns`, or `within = "5L,200C"`.
fn require(plan: &mut Plan, rule: &mut PlannedRule, part: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = part.table()?;
    let id = table.take_text("id")?;
    if id.is_empty() {
        return Err(table.fault("has no `id`."));
    }
    let (mut lines, mut columns) = (None, None);
    for (key, limit) in [("withinLines", &mut lines), ("withinColumns", &mut columns)] {
        if let Some(field) = table.take(key) {
            *limit = Some(field.count()?);
        }
    }
    if let Some(within) = table.take("within") {
        for limit in within.text()?.split(',').map(str::trim).filter(|limit| !limit.is_empty()) {
            let (digits, unit) = limit.split_at(limit.len() - usize::from(limit.is_ascii()));
            match (digits.parse(), unit) {
                (Ok(count), "L") => lines = Some(count),
                (Ok(count), "C") => columns = Some(count),
                _ => return Err(within.fault("must be limits such as `5L,200C`.")),
            }
        }
    }
    // An optional part decides nothing about whether there is a finding.
    let is_optional = table.take("optional").map(|field| field.boolean()).transpose()? == Some(true);
    plan.leave_out_unknown(&table.rest());
    if !is_optional {
        rule.required.push((id, lines, columns));
    }
    Ok(())
}
