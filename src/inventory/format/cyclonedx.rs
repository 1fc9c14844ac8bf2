//! CycloneDX 1.6 in JSON (<https://cyclonedx.org/docs/1.6/json/>): secrets and references are cryptographic assets; calls and
//! variables that give secrets away are weaknesses of their repository.

use super::shown_place;
use crate::inventory::row::{Inventory, InventoryRow, RowType};
use crate::report::escape::pretty_text;
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let summary = &inventory.summary;
    let repositories = summary
        .repositories
        .iter()
        .map(|name| json!({"type": "application", "bom-ref": of_repository(name), "name": name}));
    let is_asset = |row: &&InventoryRow| matches!(row.row_type, RowType::Secret | RowType::Reference);
    let assets = inventory.rows.iter().filter(is_asset).map(asset);
    let weaknesses = inventory.rows.iter().filter(|row| !is_asset(row)).map(weakness);
    let counts = |all: &std::collections::BTreeMap<String, u64>| -> u64 { all.values().sum() };
    let mut properties = vec![
        property("complete", &summary.complete.to_string()),
        property("in-scope", &summary.in_scope.to_string()),
        property("read", &summary.scanned.to_string()),
        property("left-out", &counts(&summary.excluded).to_string()),
        property("unread", &counts(&summary.unread).to_string()),
    ];
    properties.extend(
        summary.unread.iter().map(|(reason, count)| property("unread-reason", &format!("{count} {reason}"))),
    );
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": format!("{}T00:00:00Z", summary.date),
            "tools": {"components": [{"type": "application", "name": "keydredge", "version": summary.version}]},
        },
        "components": repositories.chain(assets).collect::<Vec<_>>(),
        "vulnerabilities": weaknesses.collect::<Vec<_>>(),
        "properties": properties,
    });
    out.write_all(&pretty_text(&document)?)?;
    out.write_all(b"\n")
}

fn of_repository(name: &str) -> String {
    format!("repository:{name}")
}

fn of_row(row: &InventoryRow) -> String {
    format!("{}:{}:{}", row.row_type.name(), row.repository, row.fingerprint)
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": format!("keydredge:{name}"), "value": value})
}

/// What else is known of a row.
fn properties(row: &InventoryRow) -> Vec<Value> {
    let text = |one: &Option<String>| one.clone().unwrap_or_default();
    let claim = |one: Option<bool>| one.map(|is_so| is_so.to_string()).unwrap_or_default();
    let pairs = [
        ("repository", row.repository.clone()),
        ("kind", row.kind.clone()),
        ("service", text(&row.service)),
        ("owner", text(&row.owner)),
        ("owner-by", text(&row.owner_by)),
        ("environments", row.environments.join(", ")),
        ("impact", text(&row.impact)),
        ("confidence", text(&row.confidence)),
        ("first-seen", text(&row.first_seen)),
        ("age-days", row.age_days.map(|days| days.to_string()).unwrap_or_default()),
        ("max-age-days", row.max_age_days.map(|days| days.to_string()).unwrap_or_default()),
        ("overdue", claim(row.overdue)),
        ("in-tip", claim(row.in_tip)),
        ("verified", text(&row.verified)),
        ("shared", row.shared.join(", ")),
        ("stored", row.stored.join(", ")),
        ("accepted-by", text(&row.accepted_by)),
    ];
    pairs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| property(name, value)).collect()
}

fn asset(row: &InventoryRow) -> Value {
    let occurrences = row.places.iter().map(|place| {
        let location = place.path.clone().unwrap_or_else(|| shown_place(place));
        match &place.commit {
            Some(commit) => json!({"location": location, "line": place.line, "additionalContext": format!("commit {commit}")}),
            None => json!({"location": location, "line": place.line}),
        }
    });
    json!({
        "type": "cryptographic-asset",
        "bom-ref": of_row(row),
        "name": row.name.as_deref().unwrap_or(&row.kind),
        "description": row.description,
        "cryptoProperties": {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": {
                "type": material(row),
                "id": row.fingerprint,
                "state": state(row),
            },
        },
        "evidence": {"occurrences": occurrences.collect::<Vec<_>>()},
        "properties": properties(row),
    })
}

/// What kind of material it is, by the words of its rule.
fn material(row: &InventoryRow) -> &'static str {
    if row.row_type == RowType::Reference {
        return if row.stored.iter().any(|place| place == "encrypted") { "ciphertext" } else { "credential" };
    }
    let has = |word: &str| row.kind.split('-').any(|part| part == word);
    if row.kind.contains("private-key") {
        "private-key"
    } else if has("password") || has("passphrase") {
        "password"
    } else if has("token") || has("pat") || has("jwt") {
        "token"
    } else if has("seed") || has("mnemonic") {
        "seed"
    } else if has("key") {
        "key"
    } else {
        "credential"
    }
}

/// Its state (NIST SP 800-57). A secret in a repository is known to more than those it is for.
fn state(row: &InventoryRow) -> &'static str {
    match (row.row_type, row.verified.as_deref()) {
        (RowType::Secret, Some("dead")) => "deactivated",
        (RowType::Secret, _) => "compromised",
        _ => "active",
    }
}

/// CWE-532: a secret in a log. CWE-526: a secret in an environment variable.
fn weakness(row: &InventoryRow) -> Value {
    let cwe = if row.row_type == RowType::LogCall { 532 } else { 526 };
    let mut all = properties(row);
    all.extend(row.places.iter().map(|place| property("place", &shown_place(place))));
    let name = row.name.as_deref().unwrap_or_default();
    json!({
        "bom-ref": of_row(row),
        "id": row.fingerprint,
        "cwes": [cwe],
        "description": format!("{}: {name}", row.description),
        "affects": [{"ref": of_repository(&row.repository)}],
        "properties": all,
    })
}
