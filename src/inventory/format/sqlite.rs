//! A SQLite database: a table of rows, one for each of their lists, and the summary.

use super::sqlite_file::{Column, DatabaseFile};
use crate::inventory::row::Inventory;
use std::io::{self, Write};

const ROWS: &str = "CREATE TABLE inventory (id INTEGER PRIMARY KEY, type TEXT, repository TEXT, fingerprint TEXT, kind TEXT, \
                    description TEXT, service TEXT, name TEXT, owner TEXT, owner_by TEXT, impact TEXT, confidence TEXT, \
                    first_seen TEXT, age_days INTEGER, max_age_days INTEGER, overdue INTEGER, in_tip INTEGER, verified TEXT, \
                    accepted_by TEXT)";
const PLACES: &str = "CREATE TABLE places (row INTEGER, kind TEXT, path TEXT, line INTEGER, commit_id TEXT)";
const ENVIRONMENTS: &str = "CREATE TABLE environments (row INTEGER, environment TEXT)";
const SHARED: &str = "CREATE TABLE shared (row INTEGER, shared_by TEXT)";
const STORED: &str = "CREATE TABLE stored (row INTEGER, stored_in TEXT)";
const COVERAGE: &str = "CREATE TABLE coverage (what TEXT, reason TEXT, count INTEGER)";
const SUMMARY: &str = "CREATE TABLE summary (key TEXT, value TEXT)";

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let numbered = || (1_i64..).zip(&inventory.rows);
    let text = |one: &str| Column::Text(one.to_owned());
    let maybe = |one: &Option<String>| one.as_deref().map_or(Column::Null, text);
    let claim = |one: Option<bool>| one.map_or(Column::Null, |is_so| Column::Integer(i64::from(is_so)));
    let lists = |list: fn(&crate::inventory::InventoryRow) -> &[String]| {
        numbered().flat_map(move |(number, row)| {
            list(row).iter().map(move |one| vec![Column::Integer(number), Column::Text(one.clone())])
        })
    };
    let rows = numbered().map(|(_, row)| {
        vec![
            // The row's number itself.
            Column::Null,
            text(row.row_type.name()),
            text(&row.repository),
            text(&row.fingerprint),
            text(&row.kind),
            text(&row.description),
            maybe(&row.service),
            maybe(&row.name),
            maybe(&row.owner),
            maybe(&row.owner_by),
            maybe(&row.impact),
            maybe(&row.confidence),
            maybe(&row.first_seen),
            row.age_days.map_or(Column::Null, Column::Integer),
            row.max_age_days.map_or(Column::Null, |days| Column::Integer(i64::from(days))),
            claim(row.overdue),
            claim(row.in_tip),
            maybe(&row.verified),
            maybe(&row.accepted_by),
        ]
    });
    let places = numbered().flat_map(|(number, row)| {
        row.places.iter().map(move |place| {
            let line = i64::try_from(place.line).unwrap_or(i64::MAX);
            vec![
                Column::Integer(number),
                text(&place.kind),
                maybe(&place.path),
                Column::Integer(line),
                maybe(&place.commit),
            ]
        })
    });
    let summary = &inventory.summary;
    let tally = |what: &'static str, (reason, count): (&String, &u64)| {
        vec![text(what), text(reason), Column::Integer(i64::try_from(*count).unwrap_or(i64::MAX))]
    };
    let nothing = String::new();
    let counts = [("in scope", &nothing, summary.in_scope), ("read", &nothing, summary.scanned)];
    let coverage = counts.iter().map(|(what, reason, count)| tally(what, (reason, count)));
    let coverage = coverage
        .chain(summary.excluded.iter().map(|one| tally("left out", one)))
        .chain(summary.unread.iter().map(|one| tally("not read", one)));
    let pair = |key: &str, value: &str| vec![text(key), text(value)];
    let facts = [
        pair("date", &summary.date),
        pair("version", &summary.version),
        pair("complete", &summary.complete.to_string()),
    ];
    let facts = facts
        .into_iter()
        .chain(summary.repositories.iter().map(|name| pair("repository", name)))
        .chain(summary.notes.iter().map(|note| pair("note", note)));
    let mut file = DatabaseFile::default();
    file.add("inventory", ROWS, rows);
    file.add("places", PLACES, places);
    file.add("environments", ENVIRONMENTS, lists(|row| &row.environments));
    file.add("shared", SHARED, lists(|row| &row.shared));
    file.add("stored", STORED, lists(|row| &row.stored));
    file.add("coverage", COVERAGE, coverage);
    file.add("summary", SUMMARY, facts);
    file.write(out)
}
