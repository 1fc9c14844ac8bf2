//! `rules`: the catalogue.

use super::config::parse_tool;
use super::shared::parse_severity;
use crate::import::OtherTool;
use crate::model::Severity;
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
    /// List the rules, all of them or those that have all that is asked for
    List(RulesList),
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
    /// Check rule files: shape, patterns, reach, every example and negative, keywords, and what other rules take
    Check(RulesCheck),
    /// Write a rule for secrets that are read on standard input, one a line; none of them is written
    New(RulesNew),
    /// Write the rules of other scanners' files as ours, and say what could not be
    Import(RulesImport),
}

/// Flags of `rules list`.
#[derive(Debug, Args)]
pub struct RulesList {
    /// Words that the id, the description, the provider or a tag contains, in any case
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// List the rules of this provider alone; a part of its name is enough. If given often, of any of them
    #[arg(long, value_name = "NAME")]
    pub provider: Vec<String>,
    /// List the rules of this severity alone: info, low, medium, high, critical. If given often, of any of them
    #[arg(long, value_name = "LEVEL", value_parser = parse_severity)]
    pub severity: Vec<Severity>,
    /// List the rules with this tag alone. If given often, with any of them
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// The form of the list
    #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// Which rules.
    #[command(flatten)]
    pub from: RuleFiles,
}

/// Flags of `rules check`.
#[derive(Debug, Args)]
pub struct RulesCheck {
    /// Files; without one, the built-in rules
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Measure what each rule costs, over a text that is made up
    #[arg(long)]
    pub cost: bool,
    /// Measure it over these files, or all files of these folders, each up to 64 MiB
    #[arg(long, value_name = "PATH")]
    pub text: Vec<PathBuf>,
}

/// Flags of `rules new`.
#[derive(Debug, Args)]
pub struct RulesNew {
    /// The id: the provider and the kind in lower case, with hyphens
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// Whose it is, as people write it
    #[arg(long, value_name = "NAME")]
    pub provider: String,
    /// What it is, and what it grants
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// What it grants
    #[arg(long, value_name = "LEVEL", default_value = "high", value_parser = parse_severity)]
    pub severity: Severity,
    /// The file to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Flags of `rules import`.
#[derive(Debug, Args)]
pub struct RulesImport {
    /// Files with rules of other scanners
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The scanner that the files are of, if their names and contents do not say so
    #[arg(long, value_name = "TOOL", value_parser = parse_tool)]
    pub from: Option<&'static OtherTool>,
    /// The file to write; standard output without it
    #[arg(short, long, visible_alias = "out", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
    /// Exit with 0 although something could not be imported
    #[arg(long)]
    pub allow_incomplete: bool,
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
