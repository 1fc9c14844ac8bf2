//! `hook`: the git hooks.

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
    /// Make git run keydredge before each commit and each merge; a hook that is there goes on running
    Install,
    /// Take the hooks away; a hook that was there before is put back
    Remove,
    /// Try the hooks that name keydredge on a planted secret, in a scratch repository, and say whether they stop it
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
