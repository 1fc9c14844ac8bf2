//! Flags that every scanning command takes.

mod effect;

use super::{LikeGitleaks, Verify};
use crate::model::{Confidence, Severity};
use crate::report::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Flags that every scanning command takes.
#[derive(Clone, Debug, Args)]
pub struct Shared {
    /// Format of the report on standard output (or in --output): text, json, jsonl, sarif, github,
    /// markdown, gitlab, codequality, junit, checkstyle, csv, html
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format, default_value = "text", help_heading = "Output")]
    pub format: Format,
    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// One more report from the same scan: FORMAT=PATH, `-` for standard output; may be given often
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_report, help_heading = "Output")]
    pub report: Vec<ReportTo>,
    /// Print the secrets themselves, in every report of this run
    #[arg(long, help_heading = "Output")]
    pub show_secrets: bool,
    /// When to draw progress on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ProgressWhen::Auto, help_heading = "Output")]
    pub progress: ProgressWhen,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWhen::Auto, help_heading = "Output")]
    pub color: ColorWhen,
    /// Print nothing when nothing was found and everything was read
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Say more on standard error about what was used
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,

    /// Append one line of JSON about this run to a file: what was read, by which settings, and how it ended
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub audit_log: Option<PathBuf>,

    /// Configuration file, instead of the keydredge.toml found from the target upwards; gitleaks's is one, too
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// Which rules are used.
    #[command(flatten)]
    pub rules: RuleFlags,

    /// Search for the values of this index of known secrets, too; `keydredge known add` makes one
    #[arg(
        long,
        value_name = "INDEX",
        env = "KEYDREDGE_KNOWN",
        hide_env_values = true,
        help_heading = "Known secrets"
    )]
    pub known: Option<PathBuf>,
    /// The same, and say which findings are in the index, which are not, and which are used in several environments or services
    #[arg(long, value_name = "INDEX", help_heading = "Known secrets")]
    pub vaulted: Option<PathBuf>,

    /// Report findings of at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = parse_confidence, help_heading = "Gate")]
    pub min_confidence: Option<Confidence>,
    /// Fail on findings of at least this severity: info, low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Gate")]
    pub fail_on: Option<Severity>,
    /// Exit with 0 instead of 1 when there are findings
    #[arg(long, help_heading = "Gate")]
    pub exit_zero: bool,
    /// Exit with 0 instead of 3 when something could not be read
    #[arg(long, help_heading = "Gate")]
    pub allow_incomplete: bool,
    /// Fail on generic findings in tests, documentation and examples, too, where most values are made up
    #[arg(long, help_heading = "Gate")]
    pub fail_in_tests: bool,
    /// Count what was not looked into (archives that are not opened, LFS pointers without their object) as unread, not as left out
    #[arg(long, help_heading = "Gate")]
    pub strict: bool,
    /// Do not fail when there is nothing to scan
    #[arg(long, help_heading = "Gate")]
    pub allow_empty: bool,
    /// Baseline file, instead of the repository's own; baselines and reports of other scanners are, too
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub baseline: Option<PathBuf>,

    /// Read what .gitignore and the configuration leave out, too (`history` leaves out nothing)
    #[arg(long, help_heading = "Scope")]
    pub no_ignore: bool,
    /// Leave out files larger than this (bytes, or with k, M, G); none by default, and none in `history`
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Scope")]
    pub max_file_size: Option<u64>,
    /// Do not open archives, compressed files and documents; they are named as left out
    #[arg(long, conflicts_with = "max_archive_depth", help_heading = "Scope")]
    pub no_archives: bool,
    /// Open archives in archives to this depth; what is nested deeper is unread [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64), help_heading = "Scope")]
    pub max_archive_depth: Option<u32>,
    /// Give up on a file or object whose scan takes longer than this (for example 10s, 500ms) and count it as unread;
    /// no limit by default
    #[arg(long, value_name = "DURATION", value_parser = parse_time, help_heading = "Scope")]
    pub max_time_per_file: Option<Duration>,

    /// Threads; as many as there are cores by default
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Resources")]
    pub threads: Option<u16>,
    /// In `history`, keep what reading packs takes up near this (bytes, or with k, M, G)
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Resources")]
    pub max_memory: Option<u64>,

    /// Whether providers are asked.
    #[command(flatten)]
    pub verify: Verify,

    /// Set if the run reports as gitleaks does.
    #[arg(skip)]
    pub gitleaks: Option<Arc<LikeGitleaks>>,
    /// Set if a finding takes five lines of text, as in a hook; -v gives all.
    #[arg(skip)]
    pub is_brief: bool,
}

impl Shared {
    /// The defaults, for a command without these flags.
    pub fn plain() -> Self {
        Self {
            format: Format::Text,
            output: None,
            report: Vec::new(),
            show_secrets: false,
            progress: ProgressWhen::Never,
            color: ColorWhen::Never,
            quiet: true,
            verbose: 0,
            audit_log: None,
            config: None,
            rules: RuleFlags::default(),
            known: None,
            vaulted: None,
            min_confidence: None,
            fail_on: None,
            exit_zero: false,
            allow_incomplete: false,
            fail_in_tests: false,
            strict: false,
            allow_empty: false,
            baseline: None,
            no_ignore: false,
            max_file_size: None,
            no_archives: false,
            max_archive_depth: None,
            max_time_per_file: None,
            // What is looked at is small: to start threads costs more than they save.
            threads: Some(1),
            max_memory: None,
            verify: Verify::default(),
            gitleaks: None,
            is_brief: false,
        }
    }
}

/// Flags of commands that look at a whole history.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Caching {
    /// Read the whole history again, and keep nothing for the next run
    #[arg(long, conflicts_with = "cache", help_heading = "Resources")]
    pub no_cache: bool,
    /// Keep what was found for the next run, sealed with a key of yours, even where CI is set (elsewhere it is kept
    /// anyway)
    #[arg(long, help_heading = "Resources")]
    pub cache: bool,
}

impl Caching {
    /// True if a run may use what an earlier one kept. In CI it is off by default: a machine that exists for
    /// one job gains nothing, and on others further jobs run as the same user.
    pub fn is_on(self) -> bool {
        let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        self.cache || !(self.no_cache || is_ci)
    }
}

/// Which rules a run uses.
#[derive(Clone, Debug, Default, Args)]
pub struct RuleFlags {
    /// A file with more rules; may be given often
    #[arg(id = "rules", long = "rules", value_name = "FILE", help_heading = "Rules and configuration")]
    pub files: Vec<PathBuf>,
    /// Use this rule only; may be given often
    #[arg(long, value_name = "ID", help_heading = "Rules and configuration")]
    pub only: Vec<String>,
    /// Leave this rule out; may be given often
    #[arg(long, value_name = "ID", help_heading = "Rules and configuration")]
    pub skip: Vec<String>,
}

/// The index of known secrets of a command that has no answer about all of it.
#[derive(Clone, Debug, Default, Args)]
pub struct KnownIndexFlag {
    /// Search for the values of this index of known secrets, too; `keydredge known add` makes one
    #[arg(
        long,
        value_name = "INDEX",
        env = "KEYDREDGE_KNOWN",
        hide_env_values = true,
        help_heading = "Known secrets"
    )]
    pub known: Option<PathBuf>,
    /// Refused, with the commands that have an answer
    #[arg(long, value_name = "INDEX", value_parser = refuse_vaulted, hide = true)]
    pub vaulted: Option<PathBuf>,
}

fn refuse_vaulted(_: &str) -> Result<PathBuf, String> {
    Err("this command does not say what a manager has and what not; `scan`, `history`, the other commands that scan and \
         `inventory` do. --known searches for the values of an index here"
        .to_owned())
}

/// How `plan` and `inventory` scan a repository.
#[derive(Clone, Debug, Args)]
pub struct RepositoryScan {
    /// When to draw progress on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ProgressWhen::Auto, help_heading = "Output")]
    pub progress: ProgressWhen,
    /// Say more on standard error about what was used
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Configuration file, instead of the repository's own
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// Which rules are used.
    #[command(flatten)]
    pub rules: RuleFlags,
    /// Take secrets of at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = parse_confidence, help_heading = "Scope")]
    pub min_confidence: Option<Confidence>,
    /// Exit with 0 instead of 3 when something could not be read
    #[arg(long, help_heading = "Gate")]
    pub allow_incomplete: bool,
    /// Do not fail when there is nothing to read
    #[arg(long, help_heading = "Gate")]
    pub allow_empty: bool,
    /// Count what was not looked into (archives that are not opened, LFS pointers without their object) as unread
    #[arg(long, help_heading = "Gate")]
    pub strict: bool,
    /// Give up on a file or object whose scan takes longer than this (for example 10s, 500ms) and count it as unread
    #[arg(long, value_name = "DURATION", value_parser = parse_time, help_heading = "Scope")]
    pub max_time_per_file: Option<Duration>,
    /// Threads; as many as there are cores by default
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Resources")]
    pub threads: Option<u16>,
    /// What may be kept from run to run.
    #[command(flatten)]
    pub caching: Caching,
}

impl RepositoryScan {
    /// The flags of a `history` with the same settings.
    pub fn shared(&self, verify: &Verify) -> Shared {
        Shared {
            progress: self.progress,
            color: ColorWhen::Never,
            quiet: false,
            verbose: u8::from(self.verbose),
            config: self.config.clone(),
            rules: self.rules.clone(),
            min_confidence: self.min_confidence,
            allow_incomplete: self.allow_incomplete,
            allow_empty: self.allow_empty,
            strict: self.strict,
            max_time_per_file: self.max_time_per_file,
            threads: self.threads,
            verify: verify.clone(),
            ..Shared::plain()
        }
    }
}

/// A report and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTo {
    /// The format.
    pub format: Format,
    /// The file; `None` is standard output.
    pub path: Option<PathBuf>,
}

/// When to draw progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressWhen {
    /// When standard error is a terminal
    Auto,
    /// Not at all
    Never,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// When standard output is a terminal and NO_COLOR is not set
    Auto,
    /// Always
    Always,
    /// Not at all
    Never,
}

pub(super) fn parse_format(text: &str) -> Result<Format, String> {
    let names = || Format::ALL.map(Format::name).join(", ");
    Format::named(text).ok_or_else(|| format!("there is no format `{text}`; there are {}", names()))
}

pub(super) fn parse_report(text: &str) -> Result<ReportTo, String> {
    let (format, path) = text.split_once('=').ok_or("write FORMAT=PATH, as in sarif=out.sarif")?;
    if path.is_empty() {
        return Err("the path after `=` is empty; `-` is standard output".to_owned());
    }
    let path = (path != "-").then(|| PathBuf::from(path));
    Ok(ReportTo { format: parse_format(format)?, path })
}

pub(super) fn parse_confidence(text: &str) -> Result<Confidence, String> {
    Confidence::ALL
        .into_iter()
        .find(|level| level.to_string() == text)
        .ok_or_else(|| format!("there is no confidence `{text}`; there are low, medium, high and certain"))
}

pub(super) fn parse_severity(text: &str) -> Result<Severity, String> {
    Severity::ALL.into_iter().find(|level| level.to_string() == text).ok_or_else(|| {
        format!("there is no severity `{text}`; there are info, low, medium, high and critical")
    })
}

pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|signed: jiff::SignedDuration| Duration::try_from(signed).ok());
    let is_some = |time: &Duration| !time.is_zero();
    time.filter(is_some).ok_or_else(|| format!("`{text}` is no duration; write for example 500ms, 10s or 2m"))
}

pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let number: u64 =
        digits.parse().map_err(|_| format!("`{text}` is no size; write bytes, or 10k, 20M, 1G"))?;
    number.checked_mul(unit).ok_or_else(|| format!("`{text}` is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_a_unit() {
        assert_eq!(parse_time("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "10", "0s", "-1s", "s", "999999999999999999999s", "1e400s"] {
            assert!(parse_time(wrong).is_err_and(|told| told.contains("500ms")), "{wrong}");
        }
    }

    #[test]
    fn sizes_take_a_unit() {
        assert_eq!(parse_size("12"), Ok(12));
        assert_eq!(parse_size("3M"), Ok(3_000_000));
        assert!(
            parse_size("3 MB").is_err() && parse_size("").is_err() && parse_size("99999999999G").is_err()
        );
    }

    #[test]
    fn reports_name_format_and_path() {
        assert_eq!(parse_report("json=-"), Ok(ReportTo { format: Format::Json, path: None }));
        assert_eq!(
            parse_report("sarif=a=b"),
            Ok(ReportTo { format: Format::Sarif, path: Some("a=b".into()) })
        );
        assert!(
            parse_report("sarif").is_err()
                && parse_report("xml=a").is_err()
                && parse_report("json=").is_err()
        );
    }
}
