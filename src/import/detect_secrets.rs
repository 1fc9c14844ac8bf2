//! detect-secrets: `.secrets.baseline`, its results, exclusions and limits.
//!
//! Syntax: written by detect-secrets 0.12 to 1.5 and IBM's fork. It contains the SHA-1 of each secret.

use super::document::{DocumentField, Node, Syntax};
use super::plan::{Plan, plain_path};
use super::regexes::Dialect;
use crate::model::{AllowTarget, Allowance, HashKind, SecretHash};
use crate::sheet::Fault;

/// What the limits are if nobody sets them.
const LIMITS: [(&str, f64); 2] = [("Base64HighEntropyString", 4.5), ("HexHighEntropyString", 3.0)];

/// Where its own filters are that judge how a value looks: ours judges by itself.
const JUDGES: [&str; 3] = [
    "detect_secrets.filters.heuristic.",
    "detect_secrets.filters.allowlist.",
    "detect_secrets.filters.common.",
];

/// True for such a file.
pub(super) fn is_like(node: &Node) -> bool {
    node.get("results").is_some()
        && (node.get("plugins_used").is_some() || node.get("generated_at").is_some())
}

/// Reads it.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    let node = Node::parse(file, text, Syntax::Json)?;
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    top.set_aside(&["version", "generated_at"]);
    if let Some(plugins) = top.take("plugins_used") {
        for plugin in plugins.items()? {
            read_plugin(&mut plan, &plugin)?;
        }
    }
    if let Some(filters) = top.take("filters_used") {
        for filter in filters.items()? {
            read_filter(&mut plan, &filter)?;
        }
    }
    if let Some(exclude) = top.take("exclude") {
        let mut exclude = exclude.table()?;
        for key in ["files", "lines"] {
            if let Some(field) = exclude.take(key).filter(|field| !field.is_empty()) {
                allow(&mut plan, &field, key == "files", AllowTarget::Line)?;
            }
        }
        plan.leave_out_unknown(&exclude.rest());
    }
    for key in ["word_list", "custom_plugin_paths"] {
        if let Some(field) = top.take(key) {
            let is_set = match field.table() {
                Ok(mut table) => table.take("file").is_some_and(|file| !file.is_empty()),
                Err(_) => !field.is_empty(),
            };
            if is_set {
                plan.leave_out(&field, "names files that are not read.");
            }
        }
    }
    if let Some(results) = top.take("results") {
        for of_file in results.table()?.rest() {
            for result in of_file.items()? {
                read_result(&mut plan, &of_file, &result)?;
            }
        }
    }
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

fn allow(
    plan: &mut Plan,
    field: &DocumentField<'_>,
    are_paths: bool,
    target: AllowTarget,
) -> Result<(), Fault> {
    let regexes = plan.regexes(field, Dialect::Python)?;
    if regexes.is_empty() {
        return Ok(());
    }
    let reason = "excluded for detect-secrets".to_owned();
    plan.allow.push(match are_paths {
        true => Allowance { reason, path_regexes: regexes, ..Allowance::default() },
        false => Allowance { reason, regexes, target, ..Allowance::default() },
    });
    Ok(())
}

fn read_plugin(plan: &mut Plan, plugin: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = plugin.table()?;
    let name = table.take_text("name")?;
    if let Some(path) = table.take("path") {
        plan.leave_out(&path, "is a plugin of one's own, and programs are not run.");
    }
    for key in ["limit", "base64_limit", "hex_limit"] {
        if let Some(limit) = table.take(key) {
            let value = limit.number()?;
            let usual = LIMITS.iter().find(|(known, _)| *known == name || key != "limit");
            if usual.is_none_or(|(_, usual)| (value - usual).abs() > f64::EPSILON) {
                plan.leave_out(
                    &limit,
                    "is a limit of entropy. keydredge judges values by more than that, and has none.",
                );
            }
        }
    }
    plan.leave_out_unknown(&table.rest());
    Ok(())
}

fn read_filter(plan: &mut Plan, filter: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = filter.table()?;
    let path = table.take_text("path")?;
    let rule = path.strip_prefix("detect_secrets.filters.regex.should_exclude_");
    match rule {
        Some(kind @ ("file" | "line" | "secret")) => {
            let target = if kind == "line" { AllowTarget::Line } else { AllowTarget::Secret };
            if let Some(pattern) = table.take("pattern") {
                allow(plan, &pattern, kind == "file", target)?;
            }
            plan.leave_out_unknown(&table.rest());
        }
        _ if JUDGES.iter().any(|known| path.starts_with(known)) => {}
        _ => plan.leave_out(filter, "is a filter that has no meaning here."),
    }
    Ok(())
}

fn read_result(
    plan: &mut Plan,
    of_file: &DocumentField<'_>,
    result: &DocumentField<'_>,
) -> Result<(), Fault> {
    let mut table = result.table()?;
    let key = of_file.key.strip_prefix("results.").unwrap_or(&of_file.key).to_owned();
    let path = table.take_text("filename")?;
    let path = plain_path(if path.is_empty() { &key } else { &path });
    let Some(hashed) = table.take("hashed_secret") else {
        return Err(table.fault("has no `hashed_secret`."));
    };
    let hash = SecretHash::new(HashKind::Sha1, hashed.text()?);
    let hash = hash.ok_or_else(|| hashed.fault("must be 40 hexadecimal digits."))?;
    let line = table.take("line_number").filter(|line| !line.is_empty());
    let line = line.map(|line| line.count()).transpose()?;
    let is_secret = table.take("is_secret").filter(|field| !is_null(field));
    let is_secret = is_secret.map(|field| field.boolean()).transpose()?;
    table.set_aside(&["type", "is_verified", "verified_result", "other_factors", "is_added", "is_removed"]);
    plan.leave_out_unknown(&table.rest());
    let reason = match is_secret {
        Some(false) => "audited, no secret",
        Some(true) => "audited, a real secret that is still to be rotated",
        None => "in the baseline",
    };
    let mut entry = plan.entry(plan.accepted.len() as u64 + 1);
    entry.path = Some(path);
    entry.line = line;
    entry.hashes = vec![hash];
    entry.reason = reason.to_owned();
    entry.is_reviewed = is_secret == Some(false);
    plan.accepted.push(entry);
    Ok(())
}

fn is_null(field: &DocumentField<'_>) -> bool {
    field.is_empty() && field.boolean().is_err()
}
