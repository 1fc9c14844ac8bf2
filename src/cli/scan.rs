//! The commands that scan: `scan`, `staged`, `diff`, `history`.

use super::Shared;
use clap::Args;
use std::path::PathBuf;

/// Flags of `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// Files and folders; the current folder by default, `-` for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
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
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}

/// Flags of `history`.
#[derive(Debug, Args)]
pub struct History {
    /// The repository: a work tree, a folder in one, or a bare repository
    #[arg(value_name = "REPO", default_value = ".")]
    pub repository: PathBuf,
    /// Only what the matching refs reach: `main`, `v1.0`, `HEAD`, `refs/heads`, `'release/*'`; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub refs: Vec<String>,
    /// Only what came after REV: a commit, branch or tag, `HEAD~10`; secrets that stood there are not new
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// Only what some ref reaches; without it, deleted branches and dropped commits are read too
    #[arg(long)]
    pub reachable_only: bool,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}
