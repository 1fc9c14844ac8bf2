//! `inventory`: the secrets of repositories and references to managers of secrets, as rows.

use super::{RepositoryScan, Shared, Verify};
use crate::inventory::InventoryFormat;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `inventory`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct InventoryFlags {
    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<InventoryCommand>,
    /// The repositories: work trees, folders in one, or bare repositories; the current folder's by default
    #[arg(value_name = "REPO")]
    pub repositories: Vec<PathBuf>,
    /// Format on standard output (or in --output): text, csv, jsonl, sqlite, cyclonedx
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format, default_value = "text", help_heading = "Output")]
    pub format: InventoryFormat,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// One more format from the same run: FORMAT=PATH; may be given often
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_report, help_heading = "Output")]
    pub report: Vec<InventoryOutput>,
    /// What to scan, and how.
    #[command(flatten)]
    pub scan: RepositoryScan,
    /// Search for the values of this index of known secrets, too, and say which of them are in the manager
    #[arg(
        long,
        visible_alias = "vaulted",
        value_name = "INDEX",
        env = "KEYDREDGE_KNOWN",
        hide_env_values = true,
        help_heading = "Known secrets"
    )]
    pub known: Option<PathBuf>,
    /// Do not open archives, compressed files and documents; they are named as left out
    #[arg(long, help_heading = "Scope")]
    pub no_archives: bool,
    /// Whether providers are asked.
    #[command(flatten)]
    pub verify: Verify,
}

/// What `inventory` does besides making one.
#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Compare two inventories that were saved as jsonl: what is new, gone, changed
    ///
    /// Exit codes: 0 nothing is new; 1 something is; 2 the job could not be done; 3 nothing is new, but not all was read for
    /// one of the two.
    Diff(InventoryDiff),
}

/// Flags of `inventory diff`.
#[derive(Debug, Args)]
pub struct InventoryDiff {
    /// The older inventory, as jsonl
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer one
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Format: text, jsonl
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format, default_value = "text")]
    pub format: InventoryFormat,
}

/// An inventory and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryOutput {
    /// The format.
    pub format: InventoryFormat,
    /// The file; `None` is standard output.
    pub path: Option<PathBuf>,
}

impl InventoryFlags {
    /// The flags of a `history` with the same settings.
    pub fn shared(&self) -> Shared {
        Shared { known: self.known.clone(), no_archives: self.no_archives, ..self.scan.shared(&self.verify) }
    }
}

fn parse_format(text: &str) -> Result<InventoryFormat, String> {
    let names = || InventoryFormat::ALL.map(|(name, _)| name).join(", ");
    let found = InventoryFormat::ALL.into_iter().find(|(name, _)| *name == text);
    found
        .map(|(_, format)| format)
        .ok_or_else(|| format!("there is no format `{text}`; there are {}", names()))
}

fn parse_report(text: &str) -> Result<InventoryOutput, String> {
    let (format, path) = text.split_once('=').ok_or("write FORMAT=PATH, as in csv=secrets.csv")?;
    if path.is_empty() {
        return Err("the path after `=` is empty".to_owned());
    }
    Ok(InventoryOutput { format: parse_format(format)?, path: Some(PathBuf::from(path)) })
}
