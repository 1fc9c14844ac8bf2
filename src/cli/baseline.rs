//! `baseline`: what is accepted as it is today.

use super::config::parse_tool;
use super::{Caching, Shared};
use crate::import::OtherTool;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Flags of `baseline`.
#[derive(Debug, Args)]
pub struct Baseline {
    /// What to do.
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// What `baseline` does.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write every finding of today into the baseline file, keeping the entries that are there
    Write(BaselineFlags),
    /// Say which findings are not in the baseline (exit 1) and which entries nothing needs any more
    Check(BaselineFlags),
    /// Take out entries that nothing needs any more
    Prune(BaselineFlags),
    /// Accept what the baselines and reports of other scanners accept, as far as it is found here
    Import(BaselineImport),
}

/// Flags of all three.
#[derive(Debug, Args)]
pub struct BaselineFlags {
    /// The repository or folder
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// What is looked at
    #[arg(long, value_enum, default_value_t = Scope::All)]
    pub scope: Scope,
    /// What may be kept from run to run.
    #[command(flatten)]
    pub caching: Caching,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}

/// What a baseline is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// The files of the working tree
    Worktree,
    /// Every object of the repository
    History,
    /// Both; the files alone if there is no repository
    All,
}

/// Flags of `baseline import`.
#[derive(Debug, Args)]
pub struct BaselineImport {
    /// Baselines and reports of other scanners
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The scanner that the files are of, if their names and contents do not say so
    #[arg(long, value_name = "TOOL", value_parser = parse_tool)]
    pub from: Option<&'static OtherTool>,
    /// Leave out what has no meaning here, and name it on standard error; otherwise it is an error
    #[arg(long)]
    pub partial: bool,
    /// The repository or folder
    #[arg(long = "in", value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// What is looked at
    #[arg(long, value_enum, default_value_t = Scope::All)]
    pub scope: Scope,
    /// What may be kept from run to run.
    #[command(flatten)]
    pub caching: Caching,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}
