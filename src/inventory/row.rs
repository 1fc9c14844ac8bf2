//! A row of an inventory, and a saved inventory read again.

use crate::model::Coverage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowType {
    /// A secret that a repository contains.
    Secret,
    /// A reference to a secret that is kept elsewhere, or a secret that is encrypted.
    Reference,
    /// Code that would log a secret.
    LogCall,
    /// A variable of an image's build with a secret's name.
    ImageVariable,
}

impl RowType {
    /// All of them, in the order of rows.
    pub const ALL: [Self; 4] = [Self::Secret, Self::Reference, Self::LogCall, Self::ImageVariable];

    /// The name in all formats.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Reference => "reference",
            Self::LogCall => "log-call",
            Self::ImageVariable => "image-variable",
        }
    }
}

/// One row. A list is sorted, and empty if nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryRow {
    /// What it is about.
    #[serde(rename = "type")]
    pub row_type: RowType,
    /// The repository's name.
    pub repository: String,
    /// The name of the row from run to run: of a secret that of all reports, of others a hash of what they are.
    pub fingerprint: String,
    /// Of a secret the rule; of others what they are.
    pub kind: String,
    /// One sentence.
    pub description: String,
    /// Whose credential it is; of a reference the manager, of a log call the language.
    pub service: Option<String>,
    /// The name that the secret has: the identifier, the entry of the manager, the variable.
    pub name: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How that is known: `codeowners`, or `introduced` (who brought it).
    pub owner_by: Option<String>,
    /// The environments that names and paths speak of.
    pub environments: Vec<String>,
    /// `low`, `medium` or `high`.
    pub impact: Option<String>,
    /// How sure it is that it is a secret.
    pub confidence: Option<String>,
    /// The day on which a commit brought it.
    pub first_seen: Option<String>,
    /// Days since then.
    pub age_days: Option<i64>,
    /// How old it may become, days.
    pub max_age_days: Option<u32>,
    /// Whether it is older.
    pub overdue: Option<bool>,
    /// Whether the tip of some ref contains it.
    pub in_tip: Option<bool>,
    /// What its provider said, if it was asked: `live`, `dead`, `unknown`, `planned`.
    pub verified: Option<String>,
    /// The environments, services and repositories that have the same secret, if they are several.
    pub shared: Vec<String>,
    /// Where it is today: `file`, `ci`, `manifest`, `history`, `message`, `manager`, `encrypted`.
    pub stored: Vec<String>,
    /// What accepts it, if something does.
    pub accepted_by: Option<String>,
    /// Every place.
    pub places: Vec<RowPlace>,
}

/// A place of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowPlace {
    /// `file`, `commit`, `message` and so on, as in reports.
    pub kind: String,
    /// The path in the repository, with the path inside a container after `!`.
    pub path: Option<String>,
    /// The line, 1-based.
    pub line: u64,
    /// The commit that brought it here.
    pub commit: Option<String>,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventorySummary {
    /// Always `summary`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The day.
    pub date: String,
    /// The program's version.
    pub version: String,
    /// The repositories.
    pub repositories: Vec<String>,
    /// How many rows there are of each type.
    pub rows: BTreeMap<String, u64>,
    /// How many objects and files were in scope.
    pub in_scope: u64,
    /// How many were read.
    pub scanned: u64,
    /// How many were left out, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// How many could not be read, by reason.
    pub unread: BTreeMap<String, u64>,
    /// Whether all was read.
    pub complete: bool,
    /// Sentences about the run.
    pub notes: Vec<String>,
}

/// All there is to write.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// The rows, in order.
    pub rows: Vec<InventoryRow>,
    /// What was looked at.
    pub summary: InventorySummary,
}

impl InventorySummary {
    /// The summary of a run on `date`; `rows` are counted.
    pub fn new(date: String, repositories: Vec<String>, rows: &[InventoryRow], coverage: &Coverage) -> Self {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        rows.iter().for_each(|row| *counts.entry(row.row_type.name().to_owned()).or_default() += 1);
        let tallies = |all: &BTreeMap<crate::model::Reason, crate::model::Tally>| {
            all.iter().map(|(reason, tally)| (reason.to_string(), tally.count)).collect()
        };
        Self {
            kind: "summary".to_owned(),
            date,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            repositories,
            rows: counts,
            in_scope: coverage.in_scope(),
            scanned: coverage.scanned,
            excluded: tallies(&coverage.excluded),
            unread: tallies(&coverage.unread),
            complete: coverage.is_complete(),
            notes: coverage.notes.clone(),
        }
    }
}

impl InventoryRow {
    /// What makes it the same row in another inventory.
    pub fn key(&self) -> (RowType, &str, &str) {
        (self.row_type, &self.repository, &self.fingerprint)
    }
}

/// An inventory in JSON Lines, read again.
#[derive(Clone, Debug)]
pub struct SavedInventory {
    /// Its rows, in their order.
    pub rows: Vec<InventoryRow>,
    /// What was looked at.
    pub summary: InventorySummary,
}

impl SavedInventory {
    /// Reads what [`write`](super::write) wrote in JSON Lines.
    ///
    /// # Errors
    /// The line (1-based) and what is wrong there, if the text is none, or is cut off.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let wrong = |number: usize, what: String| (number, format!("this is no row of an inventory: {what}"));
        let mut rows = Vec::new();
        let mut last = 0;
        for (number, line) in (1..).zip(text.lines()) {
            last = number;
            if line.starts_with("{\"type\":\"summary\"") {
                let summary = serde_json::from_str(line).map_err(|error| wrong(number, shape(&error)))?;
                if text.lines().nth(number).is_some() {
                    return Err((number + 1, "an inventory ends with its summary".to_owned()));
                }
                return Ok(Self { rows, summary });
            }
            rows.push(serde_json::from_str(line).map_err(|error| wrong(number, shape(&error)))?);
        }
        Err((last.max(1), "the summary is missing, so it is cut off or no inventory".to_owned()))
    }
}

/// What is wrong with a line, without its text.
fn shape(error: &serde_json::Error) -> String {
    format!("{:?} error at column {}", error.classify(), error.column()).to_lowercase()
}
