//! `config`: the settings of a repository.

use crate::import::{OtherTool, TOOLS};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `config`.
#[derive(Debug, Args)]
pub struct ConfigFlags {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What `config` does.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read configuration, rules, ignore file and baseline, and say what is wrong with them
    Check(ConfigFolder),
    /// Print every setting that is in force
    Show(ConfigShow),
    /// Write a keydredge.toml with every key, each commented out
    Init(ConfigFolder),
    /// Fetch what `extends` names in other repositories into keydredge.lock, with git; scans read that file
    Fetch(ConfigFolder),
    /// Write a keydredge.toml that says what the files of other scanners say
    Import(ConfigImport),
}

/// Where to look.
#[derive(Debug, Args)]
pub struct ConfigFolder {
    /// The folder; its keydredge.toml, or the nearest above it in the repository, is meant
    #[arg(value_name = "PATH", default_value = ".")]
    pub folder: PathBuf,
}

/// Flags of `config show`.
#[derive(Debug, Args)]
pub struct ConfigShow {
    /// Say where each setting comes from
    #[arg(long)]
    pub origin: bool,
    /// Where to look.
    #[command(flatten)]
    pub at: ConfigFolder,
}

/// Flags of `config import`.
#[derive(Debug, Args)]
pub struct ConfigImport {
    /// Files of other scanners; all that are here under their well-known names, if none is named
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The scanner that the files are of, if their names and contents do not say so
    #[arg(long, value_name = "TOOL", value_parser = parse_tool)]
    pub from: Option<&'static OtherTool>,
    /// The file to write; rules are written into another beside it, with `-rules` in its name
    #[arg(short, long, value_name = "FILE", default_value = "keydredge.toml")]
    pub output: PathBuf,
    /// Print what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out what has no meaning here, and name it on standard error; otherwise it is an error
    #[arg(long)]
    pub partial: bool,
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
}

/// The tool of this name.
pub(super) fn parse_tool(name: &str) -> Result<&'static OtherTool, String> {
    let names = || TOOLS.iter().map(|tool| tool.name).collect::<Vec<_>>().join(", ");
    OtherTool::named(name).ok_or_else(|| format!("there is no tool `{name}`; there are {}", names()))
}
