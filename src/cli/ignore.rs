//! `ignore`: single findings that are accepted.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `ignore`.
#[derive(Debug, Args)]
pub struct Ignore {
    /// What to do.
    #[command(subcommand)]
    pub command: IgnoreCommand,
}

/// What `ignore` does.
#[derive(Debug, Subcommand)]
pub enum IgnoreCommand {
    /// Accept a finding
    Add(IgnoreAdd),
    /// List the entries
    List(IgnoreFile),
    /// Say which entries have expired, are listed twice, lack a reason or are for nothing in the files or the history
    /// (exit 1 if one does)
    Check(IgnoreFile),
}

/// Flags of `ignore add`.
#[derive(Debug, Args)]
pub struct IgnoreAdd {
    /// The fingerprint, as reports print it
    #[arg(value_name = "FINGERPRINT")]
    pub fingerprint: String,
    /// Why it is accepted
    #[arg(long)]
    pub reason: String,
    /// Who answers for it
    #[arg(long)]
    pub owner: Option<String>,
    /// The last day it is accepted: YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub expires: Option<String>,
    /// Which file.
    #[command(flatten)]
    pub file: IgnoreFile,
}

/// The file with the entries.
#[derive(Debug, Args)]
pub struct IgnoreFile {
    /// The repository or folder whose entries these are
    #[arg(long = "in", value_name = "PATH", default_value = ".")]
    pub folder: PathBuf,
}
