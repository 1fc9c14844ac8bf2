//! The command line: flags and subcommands, but not what they do.
//!
//! One file a command. Names, flags and exit codes are the contract of the program; help texts are the
//! first thing a user reads. What the commands do is in `commands`.

mod agent;
mod audit;
mod baseline;
mod ci;
mod config;
mod explain;
mod gitleaks;
mod hook;
mod ignore;
mod image;
mod inventory;
mod known;
mod plan;
mod redact;
mod report;
mod rules;
mod scan;
mod shared;
mod verify;

pub use agent::{AgentName, HookAgent};
pub use audit::{Audit, AuditCommand, AuditList, AuditMerge, AuditRun, AuditSettings, AuditWorker};
pub use baseline::{Baseline, BaselineCommand, BaselineFlags, BaselineImport, Scope};
pub use ci::Ci;
pub use config::{ConfigCommand, ConfigFlags, ConfigFolder, ConfigImport, ConfigShow};
pub use explain::{Explain, ExplainFormat};
pub use gitleaks::{
    As, Gitleaks, GitleaksCommand, GitleaksFlags, LikeGitleaks, Tool, VERSION as GITLEAKS_VERSION,
    is_called_gitleaks,
};
pub use hook::{Hook, HookCommand, HookInstall, HookRemove, HookRun, Stage};
pub use ignore::{Ignore, IgnoreAdd, IgnoreCommand, IgnoreFile};
pub use image::Image;
pub use inventory::{InventoryCommand, InventoryDiff, InventoryFlags, InventoryOutput};
pub use known::{KnownAdd, KnownCommand, KnownFile, KnownFlags, KnownFormat, KnownList, KnownRemove};
pub use plan::{PlanCheck, PlanCheckFormat, PlanCommand, PlanFlags, PlanFormat, PlanValue};
pub use redact::Redact;
pub use report::SavedReport;
pub use rules::{ListFormat, RuleFiles, Rules, RulesCheck, RulesCommand, RulesImport, RulesList, RulesNew};
pub use scan::{Change, Diff, History, Scan, Staged};
pub use shared::{
    Caching, ColorWhen, KnownIndexFlag, ProgressWhen, ReportTo, RepositoryScan, RuleFlags, Shared,
};
pub use verify::{AccessFormat, CredentialFlags, ReachFlags, RevokeFlags, Verify, VerifyHow};

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A fast scanner for secrets in files, staged changes, diffs and whole git histories.
///
/// Exit codes: 0 everything in scope was read and nothing was found; 1 findings; 2 the job could not be
/// done; 3 nothing found, but something in scope could not be read; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "keydredge", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files and folders; `-` reads standard input
    Scan(Scan),
    /// Scan what `git commit` would record, read from the index
    Staged(Staged),
    /// Scan what HEAD brings that BASE does not have
    Diff(Diff),
    /// Scan every object of a repository, reachable or not
    History(History),
    /// Scan a saved container image: its layers, its configuration, and what lower layers still hold
    Image(Image),
    /// Scan what the CI's event is about: a pull request, a push, a tag, a regular run
    Ci(Ci),
    /// Read the histories of many repositories, by many workers, and merge them to one answer
    Audit(Audit),
    /// Say why something in a file or text is reported, or why not: how far each rule got, and what stopped it
    Explain(Explain),
    /// Replace secrets in a stream or in files by placeholders
    Redact(Redact),
    /// Make the index of your own secrets that --known searches for
    Known(KnownFlags),
    /// List the secrets of repositories, who answers for them and how old they are, and references to managers of secrets
    ///
    /// It is a list and no gate: secrets in it do not fail the run. Exit codes: 0 everything in scope was read; 2 the job
    /// could not be done; 3 something could not be read; 130 interrupted.
    Inventory(Box<InventoryFlags>),
    /// Say what a live credential may do, in six words, and what was not looked at
    ///
    /// It scans again to find the credential. It is a report and no gate. Exit codes: 0 it is dead, or all that is asked about
    /// such a credential was answered; 2 the job could not be done; 3 something could not be seen; 130 interrupted.
    Reach(Box<ReachFlags>),
    /// Revoke a credential by its provider's API: says what will happen, asks, does it, and checks
    ///
    /// It scans again to find the credential. Exit codes: 0 it is revoked, or was dead already; 1 the provider refused; 2 the job
    /// could not be done; 3 it was submitted, and is not yet confirmed; 130 interrupted.
    Revoke(Box<RevokeFlags>),
    /// Plan how the secrets of a repository get into a manager of secrets: batches, commands, policies, patches, rotation
    ///
    /// It is a plan and no gate: secrets do not fail the run, and nothing is changed or stored. Exit codes: 0 everything
    /// in scope was read; 2 the job could not be done; 3 something could not be read; 130 interrupted.
    Plan(Box<PlanFlags>),
    /// Write a saved report (json, jsonl) in another format
    Report(SavedReport),
    /// Install, remove, inspect or run the git hook
    Hook(Hook),
    /// Accept what is there today, so that only new secrets fail
    Baseline(Baseline),
    /// Accept single findings, with a reason, an owner and an expiry
    Ignore(Ignore),
    /// Check, show or begin the settings of a repository
    Config(ConfigFlags),
    /// List, show, try, check, begin and import rules
    Rules(Rules),
    /// Take the command line of another scanner, and report as it does
    As(As),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the manual page
    Man(Man),
}

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Flags of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each command into this folder instead: keydredge.1, keydredge-scan.1 and so on
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}
