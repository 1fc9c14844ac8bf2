//! `rules`: the catalogue.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Flags of `rules`.
#[derive(Debug, Args)]
pub struct Rules {
    /// What to do.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What `rules` does.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules
    List {
        /// The form of the list
        #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
        /// Which rules.
        #[command(flatten)]
        from: RuleFiles,
    },
    /// Show one rule, with examples filled in
    Show {
        /// The rule
        #[arg(value_name = "ID")]
        id: String,
        /// Which rules.
        #[command(flatten)]
        from: RuleFiles,
    },
    /// Scan a text (standard input without one) and say which rules hold where
    Test {
        /// The text
        #[arg(value_name = "TEXT")]
        text: Option<String>,
        /// Which rules.
        #[command(flatten)]
        from: RuleFiles,
    },
    /// Check rule files: shape, patterns, reach, and every example and negative
    Check {
        /// Files; without one, the rules in force
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Where rules come from beside the built-in ones.
#[derive(Debug, Args)]
pub struct RuleFiles {
    /// A file with more rules; may be given often
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// The form of a list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table
    Text,
    /// One JSON document
    Json,
    /// A page of all kinds by provider (docs/kinds.md)
    Markdown,
}
