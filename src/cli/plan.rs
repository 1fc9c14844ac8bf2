//! `plan`: how the secrets of a repository get into a manager of secrets, and what has become of that.

use super::shared::{parse_confidence, parse_time};
use super::{Caching, ColorWhen, ProgressWhen, Shared, Verify};
use crate::model::Confidence;
use crate::plan::SecretManager;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

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
    pub scan: PlanScan,
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
    pub scan: PlanScan,
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
    pub scan: PlanScan,
}

/// What a plan scans, and how.
#[derive(Clone, Debug, Args)]
pub struct PlanScan {
    /// When to draw progress on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ProgressWhen::Auto, help_heading = "Output")]
    pub progress: ProgressWhen,
    /// Say more on standard error about what was used
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Configuration file, instead of the repository's own
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
    /// Plan for secrets of at least this confidence: low, medium, high, certain [default: medium]
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
    /// Give up on a file or object whose scan takes longer than this (for example 10s, 500ms) and count it as unread
    #[arg(long, value_name = "DURATION", value_parser = parse_time, help_heading = "Scope")]
    pub max_time_per_file: Option<Duration>,
    /// Threads; as many as there are cores by default
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Resources")]
    pub threads: Option<u16>,
    /// What may be kept from run to run.
    #[command(flatten)]
    pub caching: Caching,
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

impl PlanScan {
    /// The flags of a `history` with the same settings.
    pub fn shared(&self, verify: &Verify) -> Shared {
        Shared {
            progress: self.progress,
            color: ColorWhen::Never,
            quiet: false,
            verbose: u8::from(self.verbose),
            config: self.config.clone(),
            rules: self.rules.clone(),
            only: self.only.clone(),
            skip: self.skip.clone(),
            min_confidence: self.min_confidence,
            allow_incomplete: self.allow_incomplete,
            allow_empty: self.allow_empty,
            strict: self.strict,
            max_time_per_file: self.max_time_per_file,
            threads: self.threads,
            verify: verify.clone(),
            ..Shared::plain()
        }
    }
}

fn parse_target(text: &str) -> Result<SecretManager, String> {
    let names = || SecretManager::ALL.map(|(name, _)| name).join(", ");
    let found = SecretManager::ALL.into_iter().find(|(name, _)| *name == text);
    found
        .map(|(_, one)| one)
        .ok_or_else(|| format!("there is no manager `{text}` here; there are {}", names()))
}
