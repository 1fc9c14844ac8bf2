//! `config`: the settings of a repository.

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
