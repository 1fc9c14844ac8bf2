//! `hook`: the git hook.

use super::Shared;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `hook`.
#[derive(Debug, Args)]
pub struct Hook {
    /// What to do.
    #[command(subcommand)]
    pub command: HookCommand,
}

/// What `hook` does.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Make git run keydredge before each commit; a hook that is there goes on running
    Install,
    /// Take the hook away; a hook that was there before stands again
    Remove,
    /// Say whether git runs keydredge here, and what else stands in the way
    Status,
    /// Scan as a hook: the named files as they are staged, or all staged changes
    Run(Box<HookRun>),
}

/// Flags of `hook run`.
#[derive(Debug, Args)]
pub struct HookRun {
    /// Files as a hook framework hands them over; their staged content is read whole
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}
