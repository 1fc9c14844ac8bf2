//! `redact`: secrets in a stream or in files replaced by placeholders.

use super::shared::parse_confidence;
use super::{RuleFlags, Shared};
use crate::model::Confidence;
use clap::Args;
use std::path::PathBuf;

/// Flags of `redact`.
///
/// Each secret becomes `[REDACTED:ab12cd34:rule]`, with the first digits of its fingerprint: the same secret gives the same
/// placeholder. All other bytes pass unchanged. Allow comments, ignore entries and baselines do not count here. How many
/// were replaced is printed on standard error. The exit code is 0 whether something was replaced or not, and 2 on an error.
#[derive(Debug, Args)]
pub struct Redact {
    /// Files; standard input by default, or as `-`. The result goes to standard output
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Change the files themselves: each whole or not at all, and never through a symbolic link
    #[arg(long, requires = "files")]
    pub write: bool,
    /// Replace what is a secret with at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = parse_confidence)]
    pub min_confidence: Option<Confidence>,
    /// Do not print how many secrets were replaced
    #[arg(short, long)]
    pub quiet: bool,
    /// Configuration file, instead of the keydredge.toml found from the current folder upwards
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// Which rules are used.
    #[command(flatten)]
    pub rules: RuleFlags,
    /// Replace the values of this index of known secrets, too; `keydredge known add` makes one
    #[arg(long, value_name = "INDEX", env = "KEYDREDGE_KNOWN", hide_env_values = true)]
    pub known: Option<PathBuf>,
}

impl Redact {
    /// The flags of a scan with the same settings.
    pub fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            rules: self.rules.clone(),
            known: self.known.clone(),
            min_confidence: self.min_confidence,
            quiet: self.quiet,
            ..Shared::plain()
        }
    }
}
