//! JSON Lines: a row a line, then the summary. `inventory diff` reads it again.

use crate::inventory::difference::InventoryChanges;
use crate::inventory::row::Inventory;
use crate::report::escape::compact;
use serde_json::json;
use std::io::{self, Write};

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    for row in &inventory.rows {
        compact(&mut *out, row)?;
        out.write_all(b"\n")?;
    }
    compact(&mut *out, &inventory.summary)?;
    out.write_all(b"\n")
}

pub(super) fn write_changes(changes: &InventoryChanges, out: &mut dyn Write) -> io::Result<()> {
    for change in &changes.changes {
        compact(&mut *out, change)?;
        out.write_all(b"\n")?;
    }
    let count = |what| changes.count(what);
    let summary = json!({
        "type": "summary",
        "new": count("new"),
        "changed": count("changed"),
        "gone": count("gone"),
        "complete": changes.is_complete,
    });
    compact(&mut *out, &summary)?;
    out.write_all(b"\n")
}
