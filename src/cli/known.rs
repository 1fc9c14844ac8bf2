//! `known`: the index of values that are known to be secrets.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Flags of `known`.
///
/// The index contains no value, and opens with its key alone: KEYDREDGE_KNOWN_KEY (64 hexadecimal digits), or else the file
/// known.key in the user's state folder, which `known add` makes.
#[derive(Debug, Args)]
pub struct KnownFlags {
    /// What to do.
    #[command(subcommand)]
    pub command: KnownCommand,
}

/// What `known` does.
#[derive(Debug, Subcommand)]
pub enum KnownCommand {
    /// Make an index of a manager's export, or extend one
    Add(KnownAdd),
    /// List the entries of an index, without values
    List(KnownList),
    /// Say which entries have the value on standard input (exit 0), or that none has it (exit 1)
    Check(KnownFile),
    /// Take entries out of an index
    Remove(KnownRemove),
    /// Print the key, for a CI's secret KEYDREDGE_KNOWN_KEY; keep it apart from the index
    Key,
}

/// Flags of `known add`.
#[derive(Debug, Args)]
pub struct KnownAdd {
    /// What a manager exports or prints: JSON of Vault, OpenBao, 1Password, Bitwarden or a cloud's manager, CSV of LastPass and
    /// others, .env, or one value a line; `-` is standard input. May be given often
    #[arg(long, value_name = "FILE", required = true)]
    pub from: Vec<PathBuf>,
    /// The index; one that is there is extended
    #[arg(short, long, value_name = "INDEX")]
    pub output: PathBuf,
    /// What the names of the entries begin with, for an export without paths (`vault kv get` prints none)
    #[arg(long, value_name = "PATH", default_value = "")]
    pub name: String,
}

/// Which index.
#[derive(Debug, Args)]
pub struct KnownFile {
    /// The index
    #[arg(value_name = "INDEX")]
    pub index: PathBuf,
}

/// Flags of `known list`.
#[derive(Debug, Args)]
pub struct KnownList {
    /// Which index.
    #[command(flatten)]
    pub file: KnownFile,
    /// Format of the list
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = KnownFormat::Text)]
    pub format: KnownFormat,
}

/// Formats of `known list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KnownFormat {
    /// A line for each value
    Text,
    /// An object
    Json,
}

/// Flags of `known remove`.
#[derive(Debug, Args)]
pub struct KnownRemove {
    /// Which index.
    #[command(flatten)]
    pub file: KnownFile,
    /// Names of entries, as `known list` prints them; with `/` at the end, all entries below
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
}
