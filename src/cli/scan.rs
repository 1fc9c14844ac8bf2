//! The commands that scan: `scan`, `staged`, `diff`, `history`.

use super::{Caching, Shared};
use clap::Args;
use std::path::PathBuf;

/// Flags of `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// Files and folders; the current folder by default, `-` for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Scan the transcripts and settings of coding assistants on this machine, too; without a PATH, these alone
    #[arg(long, help_heading = "Scope")]
    pub agents: bool,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}

/// Flags of `staged`.
#[derive(Debug, Args)]
pub struct Staged {
    /// Only changes to these files and folders
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}

/// Flags of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What to compare: BASE, or BASE..HEAD; without a HEAD the commit checked out
    #[arg(value_name = "BASE[..HEAD]")]
    pub range: String,
    /// How a change is judged.
    #[command(flatten)]
    pub change: Change,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}

/// How a change is judged.
#[derive(Clone, Debug, Default, Args)]
pub struct Change {
    /// Where the settings come from: BASE, HEAD, or a configuration file [default: BASE]
    ///
    /// BASE is the merge base, so that a change does not choose what it is judged by: configuration, rules, ignore file
    /// and baseline are those from before it, and what it would make of them is reported. HEAD is the change itself. FILE
    /// is a configuration on disk that the change cannot touch; what it names is beside it.
    #[arg(long, value_name = "BASE|HEAD|FILE", help_heading = "Rules and configuration")]
    pub policy_from: Option<PathBuf>,
    /// Compare the ends alone: pass secrets that one commit of the change adds and a later one removes
    ///
    /// Without it every commit that enters the history is looked at, with its message, because a push publishes them all.
    #[arg(long, help_heading = "Scope")]
    pub net: bool,
}

/// Flags of `history`.
#[derive(Debug, Args)]
pub struct History {
    /// The repository: a work tree, a folder in one, or a bare repository
    #[arg(value_name = "REPO", default_value = ".")]
    pub repository: PathBuf,
    /// Only what these refs reach; repeatable
    ///
    /// A name as git takes it (`main`, `v1.0`, `origin/main`, `HEAD`), a folder of refs (`refs/heads`, `tags`), or a
    /// pattern (`'release/*'`), in which `*` stands for slashes too.
    #[arg(long, value_name = "PATTERN")]
    pub refs: Vec<String>,
    /// Only what REV does not reach: secrets that came after it
    ///
    /// REV is a commit, branch or tag, `HEAD~10` and the like; no date. A secret that was in the files where the range
    /// begins is not new and not reported, even if its file was edited, moved or copied since. Without --refs or
    /// --reachable-only, dropped commits that REV does not reach are read as well.
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// Only what some ref reaches: no deleted branches, no dropped commits
    #[arg(long)]
    pub reachable_only: bool,
    /// What may be kept from run to run.
    #[command(flatten)]
    pub caching: Caching,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}
