//! `inventory`: the secrets of repositories and references to managers of secrets, as rows.

use super::shared::{parse_confidence, parse_time};
use super::{Caching, ColorWhen, ProgressWhen, Shared, Verify};
use crate::inventory::InventoryFormat;
use crate::model::Confidence;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

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
    /// When to draw progress on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ProgressWhen::Auto, help_heading = "Output")]
    pub progress: ProgressWhen,
    /// Say more on standard error about what was used
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Configuration file, instead of the repositories' own
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// A file with more rules; may be given often
    #[arg(long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub rules: Vec<PathBuf>,
    /// Use this rule only; may be given often
    #[arg(long, value_name = "ID", help_heading = "Rules and configuration")]
    pub only: Vec<String>,
    /// Leave this rule out; may be given often
    #[arg(long, value_name = "ID", help_heading = "Rules and configuration")]
    pub skip: Vec<String>,
    /// Search for the values of this index of known secrets, too, and say which of them are in the manager
    #[arg(
        long,
        value_name = "INDEX",
        env = "KEYDREDGE_KNOWN",
        hide_env_values = true,
        help_heading = "Known secrets"
    )]
    pub known: Option<PathBuf>,
    /// List secrets of at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = parse_confidence, help_heading = "Scope")]
    pub min_confidence: Option<Confidence>,
    /// Exit with 0 instead of 3 when something could not be read
    #[arg(long, help_heading = "Gate")]
    pub allow_incomplete: bool,
    /// Do not fail when there is nothing to read
    #[arg(long, help_heading = "Gate")]
    pub allow_empty: bool,
    /// Count what was not looked into (archives that are not opened, LFS pointers without their object) as unread
    #[arg(long, help_heading = "Gate")]
    pub strict: bool,
    /// Do not open archives, compressed files and documents; they are named as left out
    #[arg(long, help_heading = "Scope")]
    pub no_archives: bool,
    /// Give up on a file or object whose scan takes longer than this (for example 10s, 500ms) and count it as unread
    #[arg(long, value_name = "DURATION", value_parser = parse_time, help_heading = "Scope")]
    pub max_time_per_file: Option<Duration>,
    /// Threads; as many as there are cores by default
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Resources")]
    pub threads: Option<u16>,
    /// What may be kept from run to run.
    #[command(flatten)]
    pub caching: Caching,
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
        Shared {
            progress: self.progress,
            color: ColorWhen::Never,
            quiet: false,
            verbose: u8::from(self.verbose),
            config: self.config.clone(),
            rules: self.rules.clone(),
            only: self.only.clone(),
            skip: self.skip.clone(),
            known: self.known.clone(),
            min_confidence: self.min_confidence,
            allow_incomplete: self.allow_incomplete,
            allow_empty: self.allow_empty,
            strict: self.strict,
            no_archives: self.no_archives,
            max_time_per_file: self.max_time_per_file,
            threads: self.threads,
            verify: self.verify.clone(),
            ..Shared::plain()
        }
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
