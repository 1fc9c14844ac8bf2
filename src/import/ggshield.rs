//! ggshield: `.gitguardian.yaml`, versions 1 and 2.

use super::document::{DocumentField, Fields, Node, Syntax};
use super::plan::Plan;
use super::regexes::{GlobKind, glob};
use crate::findings::peers::hash_of_plain;
use crate::model::{Allowance, HashKind, SecretHash};
use crate::sheet::Fault;

/// True for such a file.
pub(super) fn is_like(node: &Node) -> bool {
    let keys = ["matches-ignore", "paths-ignore", "matches_ignore", "paths_ignore", "banlisted-detectors"];
    let secret = ["ignored_matches", "ignored_paths", "ignored_detectors"];
    keys.iter().any(|key| node.get(key).is_some())
        || node.get("secret").is_some_and(|inner| {
            secret.iter().any(|key| inner.get(key).is_some() || inner.get(&key.replace('_', "-")).is_some())
        })
}

/// Reads it.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    let node = Node::parse(file, text, Syntax::Yaml)?;
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    // Where the server is and what is printed.
    for key in
        ["version", "instance", "verbose", "insecure", "allow_self_signed", "max_commits_for_hook", "debug"]
    {
        take(&mut top, key);
    }
    // About other things than secrets.
    for key in ["iac", "sca", "api_url", "honeytoken"] {
        take(&mut top, key);
    }
    if let Some(field) = take(&mut top, "exit_zero").filter(|field| !field.is_empty()) {
        plan.leave_out(&field, "is not a setting here. Say `--exit-zero`.");
    }
    if let Some(secret) = take(&mut top, "secret") {
        let mut table = secret.table()?;
        inner(&mut plan, &mut table)?;
        plan.leave_out_unknown(&table.rest());
    }
    inner(&mut plan, &mut top)?;
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

/// Takes a key however its words are joined.
fn take<'n>(table: &mut Fields<'n>, key: &str) -> Option<DocumentField<'n>> {
    table.take(key).or_else(|| table.take(&key.replace('_', "-")))
}

/// What version 2 has under `secret`, and version 1 at the top.
fn inner(plan: &mut Plan, table: &mut Fields<'_>) -> Result<(), Fault> {
    for key in [
        "show_secrets",
        "with_incident_details",
        "prereceive_remediation_message",
        "source_uuid",
        "fail_on_server_error",
        "filename_only",
        "all_secrets",
        "all_policies",
    ] {
        take(table, key);
    }
    for key in ["ignored_detectors", "banlisted_detectors"] {
        if let Some(field) = take(table, key).filter(|field| !field.is_empty()) {
            plan.leave_out(&field, "names detectors of the server, which are not our rules. See `skip`.");
        }
    }
    for key in ["ignore_known_secrets", "ignore_default_excludes"] {
        if let Some(field) = take(table, key).filter(|field| !field.is_empty()) {
            plan.leave_out(&field, "depends on the server.");
        }
    }
    for key in ["ignored_paths", "paths_ignore"] {
        let Some(field) = take(table, key) else { continue };
        let globs = field.texts()?;
        let path_regexes: Vec<String> = globs
            .iter()
            .filter(|text| !text.trim_matches('/').is_empty())
            .map(|text| glob(text, GlobKind::Ggshield))
            .collect();
        if !path_regexes.is_empty() {
            let reason = "an ignored path of ggshield".to_owned();
            plan.allow.push(Allowance { reason, path_regexes, ..Allowance::default() });
        }
    }
    for key in ["ignored_matches", "matches_ignore"] {
        let Some(field) = take(table, key) else { continue };
        for item in field.items()? {
            let value = match item.text() {
                Ok(text) => text.to_owned(),
                Err(_) => {
                    let mut one = item.table()?;
                    one.set_aside(&["name"]);
                    let value = one.take_text("match")?;
                    plan.leave_out_unknown(&one.rest());
                    value
                }
            };
            if value.is_empty() {
                plan.leave_out(&item, "has no `match`.");
                continue;
            }
            // 64 digits are a hash; anything else is the secret itself, which goes no further than this line.
            let hash = SecretHash::new(HashKind::Ggshield, &value)
                .unwrap_or_else(|| hash_of_plain(value.as_bytes()));
            let reason = "an ignored match of ggshield".to_owned();
            // One list for all: a candidate is hashed once for each.
            match plan.allow.iter_mut().find(|list| list.reason == reason) {
                Some(list) => list.hashes.push(hash),
                None => plan.allow.push(Allowance { reason, hashes: vec![hash], ..Allowance::default() }),
            }
        }
    }
    Ok(())
}
