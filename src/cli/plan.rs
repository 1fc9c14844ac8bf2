//! `plan`: how the secrets of a repository get into a manager of secrets, and what has become of that.

use super::{KnownIndexFlag, RepositoryScan, Verify};
use crate::plan::SecretManager;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Flags of `plan`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_precedence_over_arg = true)]
pub struct PlanFlags {
    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<PlanCommand>,
    /// The repository's work tree, or a folder in it; the current folder's by default
    #[arg(value_name = "REPO")]
    pub repository: Option<PathBuf>,
    /// Where the secrets go: vault, openbao, aws-secrets-manager, aws-ssm, azure-key-vault, google-secret-manager, 1password,
    /// doppler, sops, external-secrets, csi
    #[arg(long, value_name = "MANAGER", value_parser = parse_target, required = true, help_heading = "Plan")]
    pub to: Option<SecretManager>,
    /// The manager that external-secrets and csi read from [default: vault]
    #[arg(long, value_name = "MANAGER", value_parser = parse_target, help_heading = "Plan")]
    pub store: Option<SecretManager>,
    /// Write a patch for each batch into this folder, which must be empty or not there, and outside the repository. Patches
    /// contain the secrets, in the lines that they remove: only you may read them
    #[arg(long, value_name = "DIR", help_heading = "Plan")]
    pub patches: Option<PathBuf>,
    /// Write the file for `git filter-repo --replace-text`, which contains the secrets, to a new file outside the repository
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    pub history_rewrite: Option<PathBuf>,
    /// Format on standard output (or in --output): markdown, json
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "markdown",
        help_heading = "Output"
    )]
    pub format: PlanFormat,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write the plan as JSON to this file, too, which `plan check` reads
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub json: Option<PathBuf>,
    /// What to scan, and how.
    #[command(flatten)]
    pub scan: RepositoryScan,
    /// Which index of known secrets is used.
    #[command(flatten)]
    pub known: KnownIndexFlag,
    /// Whether providers are asked.
    #[command(flatten)]
    pub verify: Verify,
}

/// What `plan` does besides making one.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Scan again, and say of each secret of a plan whether it is gone, still there, or somewhere else
    ///
    /// Exit codes: 0 no file has any of them; 1 some are left in files; 2 the job could not be done; 3 none is left in what was
    /// read, but not all was read.
    Check(Box<PlanCheck>),
    /// Print the value of a secret, for the pipe into a manager
    ///
    /// It needs --show-secrets, and prints to no terminal.
    Value(Box<PlanValue>),
}

/// Flags of `plan check`.
#[derive(Debug, Args)]
pub struct PlanCheck {
    /// The plan, as JSON
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The repository; the current folder's by default
    #[arg(value_name = "REPO")]
    pub repository: Option<PathBuf>,
    /// Format: text, json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text", help_heading = "Output")]
    pub format: PlanCheckFormat,
    /// What to scan, and how.
    #[command(flatten)]
    pub scan: RepositoryScan,
    /// Which index of known secrets is used.
    #[command(flatten)]
    pub known: KnownIndexFlag,
    /// Whether providers are asked.
    #[command(flatten)]
    pub verify: Verify,
}

/// Flags of `plan value`.
#[derive(Debug, Args)]
pub struct PlanValue {
    /// The fingerprint, as the plan and reports print it
    #[arg(value_name = "FINGERPRINT")]
    pub fingerprint: String,
    /// The repository; the current folder's by default
    #[arg(value_name = "REPO")]
    pub repository: Option<PathBuf>,
    /// Print the secret itself
    #[arg(long, required = true)]
    pub show_secrets: bool,
    /// What to scan, and how.
    #[command(flatten)]
    pub scan: RepositoryScan,
    /// Which index of known secrets is used.
    #[command(flatten)]
    pub known: KnownIndexFlag,
}

/// The formats of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// A runbook.
    Markdown,
    /// One document.
    Json,
}

/// The formats of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanCheckFormat {
    /// Lines for people.
    Text,
    /// One document.
    Json,
}

fn parse_target(text: &str) -> Result<SecretManager, String> {
    let names = || SecretManager::ALL.map(|(name, _)| name).join(", ");
    let found = SecretManager::ALL.into_iter().find(|(name, _)| *name == text);
    found
        .map(|(_, one)| one)
        .ok_or_else(|| format!("there is no manager `{text}` here; there are {}", names()))
}
