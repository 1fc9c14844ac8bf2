//! noseyparker: its rules in YAML, and its report in JSON used as a baseline.

use super::document::{Node, Syntax, Value};
use super::kingfisher;
use super::plan::Plan;
use crate::findings::peers::hash_in_memory;
use crate::sheet::Fault;
use data_encoding::BASE64;

/// True for its report.
pub(super) fn is_report(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.iter().any(|one| one.get("groups").is_some() && one.get("matches").is_some()))
}

/// Reads either.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    if text.trim_start().starts_with(['[', '{']) && !text.contains("rules:") {
        let format = if text.trim_start().starts_with('{') { Syntax::JsonLines } else { Syntax::Json };
        return report(file, &Node::parse(file, text, format)?);
    }
    kingfisher::rules(file, &Node::parse(file, text, Syntax::Yaml)?)
}

/// A finding of noseyparker's is its groups, at whatever place.
fn report(file: &str, node: &Node) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    for (number, one) in (1..).zip(node.field(file).items()?) {
        let mut table = one.table()?;
        let Some(groups) = table.take("groups") else {
            return Err(table.fault("has no `groups`."));
        };
        let mut entry = plan.entry(number);
        for group in groups.items()? {
            let value = BASE64.decode(group.text()?.as_bytes());
            entry.hashes.push(hash_in_memory(&value.map_err(|_| group.fault("must be base64."))?));
        }
        let statuses = table.take("statuses").map(|field| field.texts()).transpose()?.unwrap_or_default();
        entry.is_reviewed =
            !statuses.is_empty() && statuses.iter().all(|status| status.eq_ignore_ascii_case("reject"));
        entry.reason =
            if entry.is_reviewed { "rejected in noseyparker" } else { "in noseyparker's report" }.to_owned();
        if entry.hashes.is_empty() {
            plan.leave_out(&one, "has no group.");
        } else {
            plan.accepted.push(entry);
        }
    }
    Ok(plan)
}
