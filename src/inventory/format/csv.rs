//! Comma-separated values (RFC 4180): one row a line. Lists are joined with `; `; of the places the first few are there.

use super::shown_places;
use crate::inventory::row::Inventory;
use crate::report::escape::{csv_cell, csv_field};
use std::io::{self, Write};

const COLUMNS: &str = "type,repository,fingerprint,kind,description,service,name,owner,owner_by,environments,impact,\
                       confidence,first_seen,age_days,max_age_days,overdue,in_tip,verified,shared,stored,accepted_by,\
                       place_count,places";

/// How many places a cell has.
const PLACES: usize = 10;

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{COLUMNS}\r\n")?;
    let text = |one: &Option<String>| one.clone().unwrap_or_default();
    let claim = |one: Option<bool>| one.map(|is_so| is_so.to_string()).unwrap_or_default();
    for row in &inventory.rows {
        let places = shown_places(row);
        let more = places.len().saturating_sub(PLACES);
        let mut shown = places.iter().take(PLACES).cloned().collect::<Vec<_>>().join("; ");
        if more > 0 {
            shown.push_str(&format!("; and {more} more"));
        }
        let cells = [
            row.row_type.name().to_owned(),
            row.repository.clone(),
            row.fingerprint.clone(),
            row.kind.clone(),
            row.description.clone(),
            text(&row.service),
            text(&row.name),
            text(&row.owner),
            text(&row.owner_by),
            row.environments.join("; "),
            text(&row.impact),
            text(&row.confidence),
            text(&row.first_seen),
            row.age_days.map(|days| days.to_string()).unwrap_or_default(),
            row.max_age_days.map(|days| days.to_string()).unwrap_or_default(),
            claim(row.overdue),
            claim(row.in_tip),
            text(&row.verified),
            row.shared.join("; "),
            row.stored.join("; "),
            text(&row.accepted_by),
            places.len().to_string(),
            shown,
        ];
        write!(out, "{}\r\n", cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(","))?;
    }
    // A table has no other place to say so.
    for (reason, count) in &inventory.summary.unread {
        let what = csv_field(&format!("{count} not read: {reason}"));
        write!(out, "unread,,,,{what}{}\r\n", ",".repeat(18))?;
    }
    Ok(())
}
