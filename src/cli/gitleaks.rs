//! The command line of gitleaks 8: its commands and flags, under `keydredge as gitleaks` and for a program of that name.

use clap::{ArgAction, Args, Parser, Subcommand};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

/// Flags of `as`.
#[derive(Debug, Args)]
pub struct As {
    /// The program.
    #[command(subcommand)]
    pub tool: Tool,
}

/// The programs whose command line is understood.
#[derive(Debug, Subcommand)]
pub enum Tool {
    /// gitleaks 8
    Gitleaks(Gitleaks),
}

/// The command line of gitleaks 8, with the findings and the reports that gitleaks writes
///
/// Exit codes: 0 everything in scope was read and nothing was found; 1, or that of --exit-code, leaks; 2 the job could not be
/// done; 3 no leaks, but something in scope could not be read; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "gitleaks", version = VERSION, max_term_width = 100)]
pub struct Gitleaks {
    /// What to do.
    #[command(subcommand)]
    pub command: GitleaksCommand,
    /// Flags of every command.
    #[command(flatten)]
    pub flags: GitleaksFlags,
}

/// The version of gitleaks whose command line this is, and ours.
pub const VERSION: &str = concat!("8.30.1+keydredge.", env!("CARGO_PKG_VERSION"));

/// The commands of gitleaks.
#[derive(Debug, Subcommand)]
pub enum GitleaksCommand {
    /// Scan a repository's history, or what is staged
    Git(GitleaksGit),
    /// Scan a folder or a file
    #[command(visible_aliases = ["directory", "file"])]
    Dir(GitleaksDir),
    /// Scan standard input
    Stdin,
    /// Scan a repository's history; with --no-git, a folder; with --pipe, standard input
    #[command(hide = true)]
    Detect(GitleaksDetect),
    /// Scan what is staged
    #[command(hide = true)]
    Protect(GitleaksProtect),
    /// Print the version
    Version,
}

/// Flags of `git`.
#[derive(Debug, Args)]
pub struct GitleaksGit {
    /// The repository
    #[arg(value_name = "REPO")]
    pub repository: Option<PathBuf>,
    /// Scan what is staged
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub staged: bool,
    /// Scan a diff, as before a commit; only with --staged
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub pre_commit: bool,
    /// Which commits: a range, --all, --since=…
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub log_opts: Option<String>,
    /// The platform of links
    #[arg(long, value_name = "NAME")]
    pub platform: Option<String>,
}

/// Flags of `dir`.
#[derive(Debug, Args)]
pub struct GitleaksDir {
    /// The folder or file
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Follow links to files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub follow_symlinks: bool,
}

/// Flags of `detect`.
#[derive(Debug, Args)]
pub struct GitleaksDetect {
    /// The repository or folder
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    pub source: PathBuf,
    /// Scan files, not a history
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub no_git: bool,
    /// Scan standard input
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub pipe: bool,
    /// Follow links to files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub follow_symlinks: bool,
    /// Which commits: a range, --all, --since=…
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub log_opts: Option<String>,
    /// The platform of links
    #[arg(long, value_name = "NAME")]
    pub platform: Option<String>,
}

/// Flags of `protect`.
#[derive(Debug, Args)]
pub struct GitleaksProtect {
    /// The repository
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    pub source: PathBuf,
    /// Scan what is staged
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub staged: bool,
    /// Which commits: has no meaning here
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub log_opts: Option<String>,
}

/// Flags of all of gitleaks's commands.
#[derive(Clone, Debug, Args)]
pub struct GitleaksFlags {
    /// Configuration file; else GITLEAKS_CONFIG, GITLEAKS_CONFIG_TOML, .gitleaks.toml
    #[arg(short, long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// A report in JSON whose findings are known
    #[arg(short, long, value_name = "FILE", global = true)]
    pub baseline_path: Option<PathBuf>,
    /// Exit code if there are leaks
    #[arg(long, value_name = "CODE", default_value_t = 1, global = true)]
    pub exit_code: u8,
    /// Format of the report: json, csv, junit, sarif
    #[arg(short = 'f', long, value_name = "FORMAT", global = true)]
    pub report_format: Option<String>,
    /// Where to write the report; `-` for standard output
    #[arg(short = 'r', long, value_name = "PATH", global = true)]
    pub report_path: Option<PathBuf>,
    /// Not supported
    #[arg(long, value_name = "FILE", global = true)]
    pub report_template: Option<PathBuf>,
    /// Redact secrets, wholly or this percentage of each
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true, default_value = "0", default_missing_value = "100", global = true)]
    pub redact: u32,
    /// Print no banner: there is none
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set, global = true)]
    pub no_banner: bool,
    /// Print no colours: there are none
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set, global = true)]
    pub no_color: bool,
    /// Print the findings on standard output
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set, global = true)]
    pub verbose: bool,
    /// What to print on standard error: trace, debug, info, warn, error, fatal
    #[arg(short, long, value_name = "LEVEL", default_value = "info", global = true)]
    pub log_level: String,
    /// Leave out files larger than this; a history is read whole
    #[arg(long, value_name = "MB", default_value_t = 0, global = true)]
    pub max_target_megabytes: u64,
    /// Use these rules only
    #[arg(long, value_name = "ID", value_delimiter = ',', global = true)]
    pub enable_rule: Vec<String>,
    /// Do not honour `gitleaks:allow`
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set, global = true)]
    pub ignore_gitleaks_allow: bool,
    /// An ignore file, or the folder of one
    #[arg(short = 'i', long, value_name = "PATH", default_value = ".", global = true)]
    pub gitleaks_ignore_path: PathBuf,
    /// Report what was found through this many decodings
    #[arg(long, value_name = "DEPTH", default_value_t = 5, global = true)]
    pub max_decode_depth: usize,
    /// Open archives in archives to this depth; none with 0. What is nested deeper is unread
    #[arg(long, value_name = "DEPTH", default_value_t = 0, global = true)]
    pub max_archive_depth: u32,
    /// Not supported, unless it is 0
    #[arg(long, value_name = "SECONDS", default_value_t = 0, global = true)]
    pub timeout: u64,
    /// Not supported
    #[arg(long, value_name = "KINDS", global = true)]
    pub diagnostics: Option<String>,
    /// Not supported
    #[arg(long, value_name = "FOLDER", global = true)]
    pub diagnostics_dir: Option<PathBuf>,
}

/// A run that reports as gitleaks does.
#[derive(Clone, Debug)]
pub struct LikeGitleaks {
    /// Its flags; of `config`, the environment is considered.
    pub flags: GitleaksFlags,
    /// The text of a configuration in the environment.
    pub config_text: Option<String>,
    /// What is scanned, as given.
    pub source: PathBuf,
    /// Whether it is a history, or what is staged.
    pub is_git: bool,
    /// The commits that are asked for, if not all are.
    pub commits: Option<BTreeSet<String>>,
}

/// Whether the program was called as gitleaks.
pub fn is_called_gitleaks(program: Option<OsString>) -> bool {
    let path = program.map(PathBuf::from).unwrap_or_default();
    path.file_stem().is_some_and(|name| name.eq_ignore_ascii_case("gitleaks"))
}
