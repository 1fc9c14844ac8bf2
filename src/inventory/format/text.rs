//! Tables for people: the secrets, the references, the calls and variables, and what was read.

use super::{shown_place, shown_places};
use crate::inventory::difference::InventoryChanges;
use crate::inventory::row::{Inventory, InventoryRow, RowType};
use crate::report::escape::printable;
use std::io::{self, Write};

/// The widest cell, in letters.
const WIDEST: usize = 34;

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let several = inventory.summary.repositories.len() > 1;
    for row_type in RowType::ALL {
        let rows: Vec<&InventoryRow> = inventory.rows.iter().filter(|row| row.row_type == row_type).collect();
        if rows.is_empty() {
            continue;
        }
        let (title, columns): (&str, &[&str]) = match row_type {
            RowType::Secret => (
                "Secrets",
                &[
                    "IMPACT",
                    "KIND",
                    "NAME",
                    "ENVIRONMENT",
                    "OWNER",
                    "FIRST SEEN",
                    "AGE",
                    "TIP",
                    "VERIFIED",
                    "STORED",
                    "PLACE",
                ],
            ),
            RowType::Reference => ("References", &["MANAGER", "NAME", "ENVIRONMENT", "OWNER", "PLACE"]),
            RowType::LogCall => ("Calls that would log a secret", &["LANGUAGE", "NAME", "OWNER", "PLACE"]),
            RowType::ImageVariable => ("Variables of images", &["IMPACT", "KIND", "NAME", "OWNER", "PLACE"]),
        };
        let mut table = vec![columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
        table.extend(rows.iter().map(|row| cells(row)));
        if several {
            table[0].insert(0, "REPOSITORY".to_owned());
            table[1..].iter_mut().zip(&rows).for_each(|(cells, row)| cells.insert(0, row.repository.clone()));
        }
        writeln!(out, "{title} ({})", rows.len())?;
        write_table(&table, out)?;
        for row in rows.iter().filter(|row| !row.shared.is_empty()) {
            writeln!(out, "  {} is shared: {}", row.fingerprint, printable(&row.shared.join(", ")))?;
        }
        writeln!(out)?;
    }
    let summary = &inventory.summary;
    let is_late = |row: &&InventoryRow| row.overdue == Some(true) && row.accepted_by.is_none();
    let overdue = inventory.rows.iter().filter(is_late).count();
    let accepted = inventory.rows.iter().filter(|row| row.accepted_by.is_some()).count();
    let count = |row_type: RowType| summary.rows.get(row_type.name()).copied().unwrap_or_default();
    writeln!(
        out,
        "{}: {} ({accepted} accepted or made up, {overdue} of the others overdue), {}, {}, {}",
        counted(summary.repositories.len() as u64, "repository", "repositories"),
        counted(count(RowType::Secret), "secret", "secrets"),
        counted(count(RowType::Reference), "reference", "references"),
        counted(count(RowType::LogCall), "call that would log one", "calls that would log one"),
        counted(count(RowType::ImageVariable), "variable of an image", "variables of images"),
    )?;
    let excluded: u64 = summary.excluded.values().sum();
    let unread: u64 = summary.unread.values().sum();
    writeln!(
        out,
        "{} objects and files in scope, {} read, {excluded} left out, {unread} not read",
        summary.in_scope, summary.scanned
    )?;
    for (reason, count) in &summary.excluded {
        writeln!(out, "  left out: {count} {}", printable(reason))?;
    }
    for (reason, count) in &summary.unread {
        writeln!(out, "  not read: {count} {}", printable(reason))?;
    }
    for note in &summary.notes {
        writeln!(out, "  {}", printable(note))?;
    }
    Ok(())
}

/// What people see of a row.
fn cells(row: &InventoryRow) -> Vec<String> {
    let text = |one: &Option<String>| one.clone().unwrap_or_else(|| "-".to_owned());
    let list = |names: &[String]| if names.is_empty() { "-".to_owned() } else { names.join(" ") };
    let places = shown_places(row);
    let first = row.places.first().map(shown_place).unwrap_or_default();
    let place = if places.len() > 1 { format!("{first} +{}", places.len() - 1) } else { first };
    let claim = |one: Option<bool>| match one {
        None => "-",
        Some(true) => "yes",
        Some(false) => "no",
    };
    match row.row_type {
        RowType::Secret => vec![
            text(&row.impact),
            row.kind.clone(),
            text(&row.name),
            list(&row.environments),
            text(&row.owner),
            text(&row.first_seen),
            match (row.age_days, row.overdue) {
                (Some(days), Some(true)) => format!("{days} d, overdue"),
                (Some(days), _) => format!("{days} d"),
                _ => "-".to_owned(),
            },
            claim(row.in_tip).to_owned(),
            text(&row.verified),
            list(&row.stored),
            place,
        ],
        RowType::Reference => {
            vec![text(&row.service), text(&row.name), list(&row.environments), text(&row.owner), place]
        }
        RowType::LogCall => vec![text(&row.service), text(&row.name), text(&row.owner), place],
        RowType::ImageVariable => {
            vec![text(&row.impact), row.kind.clone(), text(&row.name), text(&row.owner), place]
        }
    }
}

/// Writes a table, its columns as wide as their cells; the last one is not cut.
fn write_table(table: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let columns = table.first().map_or(0, Vec::len);
    let fit = |cell: &str, column: usize| {
        let cell = printable(cell);
        if column + 1 == columns || cell.chars().count() <= WIDEST {
            return cell;
        }
        cell.chars().take(WIDEST - 1).chain(['…']).collect()
    };
    let table: Vec<Vec<String>> =
        table.iter().map(|row| row.iter().enumerate().map(|(at, cell)| fit(cell, at)).collect()).collect();
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &table {
        let mut line = String::from("  ");
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) fn write_changes(changes: &InventoryChanges, out: &mut dyn Write) -> io::Result<()> {
    for change in &changes.changes {
        let row = &change.row;
        let name = row.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let place = row.places.first().map(|place| format!(" at {}", shown_place(place))).unwrap_or_default();
        let line = format!(
            "{:8}{} {} {}{name} in {}{place}",
            change.change,
            row.row_type.name(),
            row.fingerprint,
            row.kind,
            row.repository
        );
        writeln!(out, "{}", printable(&line))?;
        for (field, (before, after)) in &change.fields {
            let or_nothing =
                |text: &str| if text.is_empty() { "nothing".to_owned() } else { printable(text) };
            writeln!(out, "          {field}: {} before, {} now", or_nothing(before), or_nothing(after))?;
        }
    }
    let count = |what| changes.count(what);
    writeln!(out, "{} new, {} changed, {} gone", count("new"), count("changed"), count("gone"))?;
    if !changes.is_complete {
        writeln!(out, "Not all was read for one of the two: what is gone here may still be there.")?;
    }
    Ok(())
}
