//! `audit`: the repositories of an organisation, listed, read by many workers, and merged to one answer.

use super::shared::{parse_confidence, parse_format, parse_report, parse_severity, parse_time};
use super::verify::parse_connect;
use super::{ColorWhen, KnownIndexFlag, ProgressWhen, ReportTo, RuleFlags, Shared};
use crate::model::{Confidence, Severity};
use crate::report::Format;
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What `audit` does.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List repositories, one a line: clone URLs and paths, with their sizes as far as they are known
    List(AuditList),
    /// Read the histories of a share of the listed repositories: a report and a receipt for each
    ///
    /// Exit codes: 0 all of the share was read and nothing was found; 1 findings (--exit-zero makes it 0); 2 the job could
    /// not be done; 3 a repository failed, whatever was found elsewhere, or nothing was found and something was not read;
    /// 130 interrupted.
    Run(Box<AuditRun>),
    /// Make one answer of the reports: one finding a secret, with its path through the repositories
    ///
    /// Exit codes: 0 every listed repository was read and nothing was found; 1 findings; 2 the job could not be done; 3 a
    /// listed repository has no receipt, or one that failed or is not that of its report, whatever was found elsewhere; or
    /// nothing was found and something could not be read.
    Merge(AuditMerge),
    /// Read one repository, for `run`
    #[command(hide = true)]
    Worker(Box<AuditWorker>),
}

/// Flags of `audit list`.
#[derive(Debug, Args)]
pub struct AuditList {
    /// Clone URLs, repositories, and folders with repositories in them
    #[arg(value_name = "URL|PATH", required_unless_present_any = ["from", "github", "gitlab"])]
    pub places: Vec<String>,
    /// Take the URLs and paths from this file too, one a line, after a tab the size in bytes; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Write the list to a file instead of standard output; one that is there keeps its salt, so that names stay the same
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Ask GitHub for the repositories of an organisation or user (opens connections); may be given often. The token comes
    /// from GH_TOKEN or GITHUB_TOKEN
    #[arg(long, value_name = "ORG", conflicts_with = "gitlab", help_heading = "Forges")]
    pub github: Vec<String>,
    /// Ask GitLab for the repositories of a group with its subgroups, or of a user (opens connections); may be given often.
    /// The token comes from GITLAB_TOKEN
    #[arg(long, value_name = "GROUP", help_heading = "Forges")]
    pub gitlab: Vec<String>,
    /// The API of a server of your own: https://HOST/api/v3 (GitHub), https://HOST/api/v4 (GitLab)
    #[arg(long, value_name = "URL", help_heading = "Forges")]
    pub api_url: Option<String>,
    /// List ssh URLs instead of https
    #[arg(long, help_heading = "Forges")]
    pub ssh: bool,
    /// Ask a host with a private, loopback or link-local address, too
    #[arg(long, help_heading = "Forges")]
    pub allow_private_hosts: bool,
    /// The certificates to trust, in PEM's form, instead of the system's
    #[arg(long, value_name = "FILE", help_heading = "Forges")]
    pub ca_file: Option<PathBuf>,
    /// For tests: the address of a host, as curl's --resolve. It is checked like any other.
    #[arg(long, value_name = "HOST:ADDRESS:PORT", value_parser = parse_connect, hide = true)]
    pub connect_to: Vec<(String, SocketAddr)>,
}

/// Flags of `audit run`.
#[derive(Debug, Args)]
pub struct AuditRun {
    /// The list, as `audit list` writes it; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub list: PathBuf,
    /// Which share of the list: 3/8 is the third of eight, /8 asks the engine of an array job which; all by default, or
    /// what the engine says
    ///
    /// Known are the variables of Kubernetes (JOB_COMPLETION_INDEX), Slurm, AWS Batch, Google Cloud Run, Buildkite, GitLab
    /// and CircleCI.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// The folder of reports and receipts, which all workers share
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The folder of clones, one at a time [default: `work` in --out]
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// The folder of what was found in blobs of clones, so that forks read each blob once; sealed, at most 1 GiB [default:
    /// `blobs` in --out]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache: Option<PathBuf>,
    /// Read every blob of every clone
    #[arg(long)]
    pub no_cache: bool,
    /// Give up on a repository after this time, clone included (for example 30m); it has failed then
    #[arg(long, value_name = "DURATION", value_parser = parse_time)]
    pub timeout: Option<Duration>,
    /// How often a clone that failed is tried again
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub retries: u32,
    /// Read repositories again that have a receipt of the same refs and settings
    #[arg(long)]
    pub redo: bool,
    /// Clone without what git's --filter leaves out (blob:limit=10m); what is not there is unread
    #[arg(long, value_name = "SPEC")]
    pub filter: Option<String>,
    /// Clone http:// and git:// URLs too, which anyone on the way can read and change
    #[arg(long)]
    pub insecure: bool,
    /// Do not fail when the list is empty
    #[arg(long, help_heading = "Gate")]
    pub allow_empty: bool,
    /// Exit with 0 instead of 1 when there are findings
    #[arg(long, help_heading = "Gate")]
    pub exit_zero: bool,
    /// Exit with 0 instead of 3 when something could not be read, or a repository failed
    #[arg(long, help_heading = "Gate")]
    pub allow_incomplete: bool,
    /// When to draw progress on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ProgressWhen::Auto, help_heading = "Output")]
    pub progress: ProgressWhen,
    /// Print nothing when nothing was found and everything was read
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Say on standard error what is done with each repository
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// How repositories are read.
    #[command(flatten)]
    pub settings: AuditSettings,
}

/// How repositories are read: the flags of `history` that an audit has.
#[derive(Clone, Debug, Default, Args)]
pub struct AuditSettings {
    /// Configuration file, instead of the repositories' own
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// Which rules are used.
    #[command(flatten)]
    pub rules: RuleFlags,
    /// Which index of known secrets is used.
    #[command(flatten)]
    pub known: KnownIndexFlag,
    /// Report findings of at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = parse_confidence, help_heading = "Gate")]
    pub min_confidence: Option<Confidence>,
    /// Fail on findings of at least this severity: info, low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Gate")]
    pub fail_on: Option<Severity>,
    /// Fail on generic findings in tests, documentation and examples, too
    #[arg(long, help_heading = "Gate")]
    pub fail_in_tests: bool,
    /// Count what was not looked into as unread, not as left out
    #[arg(long, help_heading = "Gate")]
    pub strict: bool,
    /// Do not open archives, compressed files and documents; they are named as left out
    #[arg(long, conflicts_with = "max_archive_depth", help_heading = "Scope")]
    pub no_archives: bool,
    /// Open archives in archives to this depth; what is nested deeper is unread [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64), help_heading = "Scope")]
    pub max_archive_depth: Option<u32>,
    /// Give up on an object whose scan takes longer than this (for example 10s) and count it as unread
    #[arg(long, value_name = "DURATION", value_parser = parse_time, help_heading = "Scope")]
    pub max_time_per_file: Option<Duration>,
    /// Threads; as many as there are cores by default
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Resources")]
    pub threads: Option<u16>,
    /// Keep what reading packs takes up near this (bytes, or with k, M, G)
    #[arg(long, value_name = "SIZE", value_parser = super::shared::parse_size, help_heading = "Resources")]
    pub max_memory: Option<u64>,
}

/// Flags of `audit worker`.
#[derive(Debug, Args)]
pub struct AuditWorker {
    /// The repository is a clone of this program's, whose blobs may be known from others in this folder.
    #[arg(long, value_name = "DIR")]
    pub blobs: Option<PathBuf>,
    /// How the repository in the current folder is read.
    #[command(flatten)]
    pub settings: AuditSettings,
}

/// Flags of `audit merge`.
#[derive(Debug, Args)]
pub struct AuditMerge {
    /// The folder of reports and receipts
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The list; what it names and has no receipt is unread
    #[arg(long, value_name = "FILE")]
    pub list: PathBuf,
    /// Fail on findings of at least this severity: info, low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Gate")]
    pub fail_on: Option<Severity>,
    /// Exit with 0 instead of 1 when there are findings
    #[arg(long, help_heading = "Gate")]
    pub exit_zero: bool,
    /// Exit with 0 instead of 3 when something could not be read, or a receipt is missing
    #[arg(long, help_heading = "Gate")]
    pub allow_incomplete: bool,
    /// Format on standard output (or in --output): text, json, jsonl, sarif, github, markdown, gitlab,
    /// codequality, junit, checkstyle, csv, html
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format, default_value = "text", help_heading = "Output")]
    pub format: Format,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// One more format: FORMAT=PATH, `-` for standard output; may be given often
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_report, help_heading = "Output")]
    pub report: Vec<ReportTo>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWhen::Auto, help_heading = "Output")]
    pub color: ColorWhen,
    /// Print nothing when nothing was found and everything was read
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

impl AuditSettings {
    /// The flags of a `history` with the same settings.
    pub fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            rules: self.rules.clone(),
            known: self.known.known.clone(),
            min_confidence: self.min_confidence,
            fail_on: self.fail_on,
            fail_in_tests: self.fail_in_tests,
            strict: self.strict,
            no_archives: self.no_archives,
            max_archive_depth: self.max_archive_depth,
            max_time_per_file: self.max_time_per_file,
            threads: self.threads,
            max_memory: self.max_memory,
            // An organisation has repositories without a commit.
            allow_empty: true,
            format: Format::Jsonl,
            quiet: false,
            ..Shared::plain()
        }
    }

    /// The same settings, with paths that mean the same in every folder.
    pub fn absolute(&self) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            config: self.config.as_ref().map(absolute),
            rules: RuleFlags { files: self.rules.files.iter().map(absolute).collect(), ..self.rules.clone() },
            known: KnownIndexFlag {
                known: self.known.known.as_ref().map(absolute),
                ..KnownIndexFlag::default()
            },
            ..self.clone()
        }
    }

    /// The settings as flags.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut all = Vec::new();
        let mut add = |flag: &str, value: OsString| all.extend([OsString::from(flag), value]);
        self.config.iter().for_each(|path| add("--config", path.into()));
        self.rules.files.iter().for_each(|path| add("--rules", path.into()));
        self.rules.only.iter().for_each(|id| add("--only", id.into()));
        self.rules.skip.iter().for_each(|id| add("--skip", id.into()));
        self.known.known.iter().for_each(|path| add("--known", path.into()));
        self.min_confidence.iter().for_each(|level| add("--min-confidence", level.to_string().into()));
        self.fail_on.iter().for_each(|level| add("--fail-on", level.to_string().into()));
        self.max_archive_depth.iter().for_each(|depth| add("--max-archive-depth", depth.to_string().into()));
        self.max_time_per_file
            .iter()
            .for_each(|time| add("--max-time-per-file", format!("{}ms", time.as_millis().max(1)).into()));
        self.threads.iter().for_each(|count| add("--threads", count.to_string().into()));
        self.max_memory.iter().for_each(|size| add("--max-memory", size.to_string().into()));
        for (flag, is_set) in [
            ("--fail-in-tests", self.fail_in_tests),
            ("--strict", self.strict),
            ("--no-archives", self.no_archives),
        ] {
            all.extend(is_set.then(|| OsString::from(flag)));
        }
        all
    }
}

impl AuditMerge {
    /// The flags of a run with the same output.
    pub fn shared(&self) -> Shared {
        Shared {
            format: self.format,
            output: self.output.clone(),
            report: self.report.clone(),
            color: self.color,
            quiet: self.quiet,
            ..Shared::plain()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        settings: AuditSettings,
    }

    #[test]
    fn settings_reach_the_worker_as_they_are() {
        let every = [
            "x",
            "-c",
            "/c",
            "--rules",
            "/r",
            "--rules",
            "/s",
            "--only",
            "a",
            "--skip",
            "b",
            "--known",
            "/k",
            "--min-confidence",
            "low",
            "--fail-on",
            "high",
            "--fail-in-tests",
            "--strict",
            "--max-archive-depth",
            "3",
            "--max-time-per-file",
            "90s",
            "-j",
            "2",
            "--max-memory",
            "1G",
        ];
        for given in [&every[..], &["x", "--no-archives"], &["x"]] {
            let one = Flags::parse_from(given).settings;
            let passed = std::iter::once(OsString::from("x")).chain(one.arguments());
            let other = Flags::parse_from(passed).settings;
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
    }
}
