//! The formats of an inventory, one a file: each a pure function from rows to bytes.

mod csv;
mod cyclonedx;
mod lines;
mod sqlite;
mod sqlite_file;
mod text;

use super::difference::InventoryChanges;
use super::row::{Inventory, InventoryRow, RowPlace};
use std::io::{self, Write};

/// How an inventory is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventoryFormat {
    /// Tables for people.
    Text,
    /// Comma-separated values, one row a line.
    Csv,
    /// One JSON object a line, then the summary.
    Jsonl,
    /// A database file.
    Sqlite,
    /// CycloneDX 1.6 in JSON.
    Cyclonedx,
}

impl InventoryFormat {
    /// All of them, with their names on the command line.
    pub const ALL: [(&str, Self); 5] = [
        ("text", Self::Text),
        ("csv", Self::Csv),
        ("jsonl", Self::Jsonl),
        ("sqlite", Self::Sqlite),
        ("cyclonedx", Self::Cyclonedx),
    ];
}

/// Writes an inventory.
///
/// # Errors
/// Whatever writing to `out` gives.
pub fn write(format: InventoryFormat, inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    match format {
        InventoryFormat::Text => text::write(inventory, out),
        InventoryFormat::Csv => csv::write(inventory, out),
        InventoryFormat::Jsonl => lines::write(inventory, out),
        InventoryFormat::Sqlite => sqlite::write(inventory, out),
        InventoryFormat::Cyclonedx => cyclonedx::write(inventory, out),
    }
}

/// Writes what has changed between two inventories, for people or as JSON Lines.
///
/// # Errors
/// Whatever writing to `out` gives.
pub fn write_changes(is_json: bool, changes: &InventoryChanges, out: &mut dyn Write) -> io::Result<()> {
    if is_json { lines::write_changes(changes, out) } else { text::write_changes(changes, out) }
}

/// A place in a few words: `path:line`, or what it is.
fn shown_place(place: &RowPlace) -> String {
    match &place.path {
        Some(path) => format!("{path}:{}", place.line),
        None => match &place.commit {
            Some(commit) => format!("{} {commit:.10}", place.kind),
            None => place.kind.clone(),
        },
    }
}

/// The places of a row without their commits, each once: a file that many commits changed is one place.
fn shown_places(row: &InventoryRow) -> Vec<String> {
    let mut shown: Vec<String> = row.places.iter().map(shown_place).collect();
    shown.dedup();
    shown.sort();
    shown.dedup();
    shown
}
