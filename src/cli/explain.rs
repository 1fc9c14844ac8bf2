//! `explain`: why something is reported, or why not.

use super::shared::parse_confidence;
use super::{KnownIndexFlag, RuleFlags, Shared};
use crate::model::Confidence;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Flags of `explain`.
///
/// For each rule whose literal is there it says how far it got and what stopped it: no match, a check, the look of the value,
/// its place, another rule, the reported confidence, a comment or an entry that covers it. The configuration, ignore file and
/// baseline count as in `scan`. Exit codes: 0 explained, whatever was found; 2 the job could not be done; 3 something could
/// not be read.
#[derive(Debug, Args)]
pub struct Explain {
    /// A file, a line of it, or a file in a container: `a.env`, `a.env:3`, `b.zip!c/a.env:3`
    #[arg(value_name = "FILE[:LINE]", required_unless_present = "string", conflicts_with = "string")]
    pub place: Option<PathBuf>,
    /// A text instead of a file; `-` reads it from standard input, so that no secret is in the list of processes
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub string: Option<String>,
    /// Judge the text as if it were the content of this file
    #[arg(long = "as", value_name = "NAME", requires = "string")]
    pub name: Option<String>,
    /// Ask about this rule alone: also says why it has nothing to say
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,

    /// The form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ExplainFormat::Text, help_heading = "Output")]
    pub format: ExplainFormat,
    /// Print the secrets themselves
    #[arg(long, help_heading = "Output")]
    pub show_secrets: bool,
    /// List every literal, also those at which a rule stopped at once
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,

    /// Configuration file, instead of the keydredge.toml found from the file upwards; gitleaks's is one, too
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// Which rules are used.
    #[command(flatten)]
    pub rules: RuleFlags,
    /// Which index of known secrets is used.
    #[command(flatten)]
    pub known: KnownIndexFlag,
    /// Count as reported what has at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = parse_confidence, help_heading = "Gate")]
    pub min_confidence: Option<Confidence>,
    /// Count generic findings in tests, documentation and examples as reported, too
    #[arg(long, help_heading = "Gate")]
    pub fail_in_tests: bool,
    /// Baseline file, instead of the repository's own; baselines and reports of other scanners are, too
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub baseline: Option<PathBuf>,
}

/// The form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
}

impl Explain {
    /// The flags of a scan with the same settings.
    pub fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            rules: self.rules.clone(),
            known: self.known.known.clone(),
            min_confidence: self.min_confidence,
            fail_in_tests: self.fail_in_tests,
            baseline: self.baseline.clone(),
            show_secrets: self.show_secrets,
            ..Shared::plain()
        }
    }
}
