//! Two inventories compared: what is new, what is gone, what has changed.

use super::row::{InventoryRow, SavedInventory};
use serde::Serialize;
use std::collections::BTreeMap;

/// What has become of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// `new`, `gone` or `changed`.
    pub change: &'static str,
    /// For a changed row each field that has changed, with its value before and after.
    pub fields: BTreeMap<String, (String, String)>,
    /// The row: as it is now, or as it was if it is gone.
    pub row: InventoryRow,
}

/// How two inventories differ.
#[derive(Clone, Debug)]
pub struct InventoryChanges {
    /// In the order of rows.
    pub changes: Vec<RowChange>,
    /// Whether all was read for both. If not, what is gone may not have been looked at, and what is new may be old.
    pub is_complete: bool,
}

impl InventoryChanges {
    /// What has become of `old` in `new`.
    pub fn between(old: &SavedInventory, new: &SavedInventory) -> Self {
        let before: BTreeMap<_, &InventoryRow> = old.rows.iter().map(|row| (row.key(), row)).collect();
        let after: BTreeMap<_, &InventoryRow> = new.rows.iter().map(|row| (row.key(), row)).collect();
        let mut changes = Vec::new();
        let change = |change, row: &InventoryRow, fields| RowChange { change, fields, row: row.clone() };
        for row in &new.rows {
            match before.get(&row.key()) {
                None => changes.push(change("new", row, BTreeMap::new())),
                Some(old) => {
                    let fields = fields(old, row);
                    if !fields.is_empty() {
                        changes.push(change("changed", row, fields));
                    }
                }
            }
        }
        let gone = old.rows.iter().filter(|row| !after.contains_key(&row.key()));
        changes.extend(gone.map(|row| change("gone", row, BTreeMap::new())));
        Self { changes, is_complete: old.summary.complete && new.summary.complete }
    }

    /// How many rows have changed so.
    pub fn count(&self, change: &str) -> usize {
        self.changes.iter().filter(|one| one.change == change).count()
    }
}

/// The fields that differ, except that a secret is older than before and where it is was counted anew.
fn fields(old: &InventoryRow, new: &InventoryRow) -> BTreeMap<String, (String, String)> {
    let list = |names: &[String]| names.join(", ");
    let text = |one: &Option<String>| one.clone().unwrap_or_default();
    let claim = |one: Option<bool>| one.map(|is_so| is_so.to_string()).unwrap_or_default();
    let files = |row: &InventoryRow| {
        let mut paths: Vec<&str> = row.places.iter().filter_map(|place| place.path.as_deref()).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.join(", ")
    };
    let pairs = [
        ("kind", old.kind.clone(), new.kind.clone()),
        ("service", text(&old.service), text(&new.service)),
        ("name", text(&old.name), text(&new.name)),
        ("owner", text(&old.owner), text(&new.owner)),
        ("environments", list(&old.environments), list(&new.environments)),
        ("impact", text(&old.impact), text(&new.impact)),
        ("confidence", text(&old.confidence), text(&new.confidence)),
        ("first_seen", text(&old.first_seen), text(&new.first_seen)),
        ("overdue", claim(old.overdue), claim(new.overdue)),
        ("in_tip", claim(old.in_tip), claim(new.in_tip)),
        ("verified", text(&old.verified), text(&new.verified)),
        ("shared", list(&old.shared), list(&new.shared)),
        ("stored", list(&old.stored), list(&new.stored)),
        ("accepted_by", text(&old.accepted_by), text(&new.accepted_by)),
        ("paths", files(old), files(new)),
    ];
    let changed = pairs.into_iter().filter(|(_, before, after)| before != after);
    changed.map(|(field, before, after)| (field.to_owned(), (before, after))).collect()
}
