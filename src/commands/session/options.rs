//! What a run does: the flags of the command line joined with the keys of the configuration, once.
//!
//! A flag that has a key wins over it. Everything behind this file takes [`Options`] or a part of them and knows neither.

use super::command_name::CommandName;
use super::exit::Gate;
use super::interrupt;
use crate::cli::{ColorWhen, LikeGitleaks, ProgressWhen, ReportTo, Shared};
use crate::config::Config;
use crate::container::Limits;
use crate::inventory::RotationPolicy;
use crate::model::{Confidence, NewAllows, Severity, UnusedAllows};
use crate::scan::Watch;
use crate::source::Opening;
use std::path::PathBuf;
use std::sync::Arc;

/// What a run does.
#[derive(Debug)]
pub(crate) struct Options {
    /// What may end a run with zero although not all is well.
    pub(crate) gate: Gate,
    /// Where and how it reports.
    pub(crate) output: Output,
    /// Threads; 0 is one for each core.
    pub(crate) threads: usize,
    /// What reading a history takes up at most, about, in bytes.
    pub(crate) max_memory: Option<u64>,
    /// Whether what `.gitignore` leaves out is read too.
    pub(crate) no_ignore: bool,
    /// The globs that the configuration excludes.
    pub(crate) exclude: Vec<String>,
    /// The size above which files are left out, in bytes.
    pub(crate) max_file_size: Option<u64>,
    /// Whether containers are opened, and how far.
    pub(crate) containers: Opening,
    /// What ends the scan of a text early.
    pub(crate) watch: Watch,
    /// Whether content that was not opened counts as unread.
    pub(crate) strict: bool,
    /// Whether a run with an empty scope is in order.
    pub(crate) allow_empty: bool,
    /// The least confidence that is reported.
    pub(crate) min_confidence: Confidence,
    /// The least severity that fails the run.
    pub(crate) fail_on: Severity,
    /// Whether values that look made up fail the run.
    pub(crate) fail_in_tests: bool,
    /// How allow comments that cover nothing are treated.
    pub(crate) unused_allows: UnusedAllows,
    /// How allow comments that a change adds are treated.
    pub(crate) new_allows: NewAllows,
    /// Whether secrets that their provider says are dead leave the report and fail nothing.
    pub(crate) only_live: bool,
    /// How old secrets may become.
    pub(crate) rotation: RotationPolicy,
    /// Set if the run reports as gitleaks does.
    pub(crate) gitleaks: Option<Arc<LikeGitleaks>>,
}

/// Where and how a run reports.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The reports.
    pub(crate) reports: Vec<ReportTo>,
    /// Whether secrets are printed.
    pub(crate) show_secrets: bool,
    /// When to draw progress.
    pub(crate) progress: ProgressWhen,
    /// When to use colours.
    pub(crate) color: ColorWhen,
    /// Whether a run without findings prints nothing.
    pub(crate) quiet: bool,
    /// Whether more is said on standard error.
    pub(crate) verbose: bool,
    /// Whether a finding takes five lines of text.
    pub(crate) brief: bool,
    /// The file to which a line about the run is appended.
    pub(crate) audit_log: Option<PathBuf>,
}

impl Options {
    /// The options of `command`.
    pub(crate) fn resolve(command: CommandName, flags: &Shared, config: &Config) -> Self {
        // A depth on the command line opens what the configuration leaves closed.
        let is_closed =
            flags.no_archives || flags.max_archive_depth.is_none() && config.no_archives == Some(true);
        let depth = flags.max_archive_depth.or(config.max_archive_depth).unwrap_or(Limits::DEPTH);
        // With a part of the rules nothing can be said of comments that cover nothing.
        let has_all = flags.rules.only.is_empty() && flags.rules.skip.is_empty() && flags.gitleaks.is_none();
        let usual = if command.warns_of_unused_allows() { UnusedAllows::Warn } else { UnusedAllows::Ignore };
        Self {
            gate: Gate { exit_zero: flags.exit_zero, allow_incomplete: flags.allow_incomplete },
            output: Output::of(flags),
            threads: flags.threads.map_or(0, usize::from),
            max_memory: flags.max_memory,
            no_ignore: flags.no_ignore || config.no_ignore == Some(true),
            exclude: if flags.no_ignore { Vec::new() } else { config.exclude.clone() },
            max_file_size: flags.max_file_size.or(config.max_file_size),
            containers: Opening::to_depth(if is_closed { 0 } else { depth }),
            watch: Watch {
                stop: Some(interrupt::flag()),
                time: flags.max_time_per_file.or(config.max_time_per_file),
            },
            strict: flags.strict || config.strict == Some(true),
            allow_empty: flags.allow_empty,
            min_confidence: flags.min_confidence.or(config.min_confidence).unwrap_or(Confidence::Medium),
            fail_on: flags.fail_on.or(config.fail_on).unwrap_or(Severity::Low),
            fail_in_tests: flags.fail_in_tests || config.fail_in_tests == Some(true),
            unused_allows: if has_all { config.unused_allows.unwrap_or(usual) } else { UnusedAllows::Ignore },
            new_allows: config.new_allows.unwrap_or_default(),
            only_live: flags.verify.only_live,
            rotation: {
                let usual = RotationPolicy::default();
                RotationPolicy {
                    databases: config.max_age_databases.unwrap_or(usual.databases),
                    keys: config.max_age_keys.unwrap_or(usual.keys),
                }
            },
            gitleaks: flags.gitleaks.clone(),
        }
    }
}

impl Output {
    /// The output that `flags` ask for. A `--report` on standard output replaces the main one there.
    pub(crate) fn of(flags: &Shared) -> Self {
        let main = ReportTo { format: flags.format, path: flags.output.clone() };
        let takes_standard_output = flags.report.iter().any(|one| one.path.is_none());
        let main = (main.path.is_some() || !takes_standard_output).then_some(main);
        Self {
            reports: main.into_iter().chain(flags.report.iter().cloned()).collect(),
            show_secrets: flags.show_secrets,
            progress: flags.progress,
            color: flags.color,
            quiet: flags.quiet,
            verbose: flags.verbose > 0,
            brief: flags.is_brief && flags.verbose == 0,
            audit_log: flags.audit_log.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::RuleFlags;

    #[test]
    fn a_flag_wins_over_a_key_and_a_key_over_the_default() {
        let resolved = |flags: Shared, config: &Config| Options::resolve(CommandName::Scan, &flags, config);
        let config = Config {
            min_confidence: Some(Confidence::High),
            fail_on: Some(Severity::Critical),
            max_file_size: Some(7),
            strict: Some(true),
            no_archives: Some(true),
            unused_allows: Some(UnusedAllows::Error),
            exclude: vec!["a".to_owned()],
            ..Config::default()
        };
        let default = resolved(Shared::plain(), &Config::default());
        assert_eq!((default.min_confidence, default.fail_on), (Confidence::Medium, Severity::Low));
        assert_eq!((default.max_file_size, default.strict), (None, false));
        assert!(default.containers.0.is_some());
        assert_eq!(default.unused_allows, UnusedAllows::Warn);
        let keys = resolved(Shared::plain(), &config);
        assert_eq!((keys.min_confidence, keys.fail_on), (Confidence::High, Severity::Critical));
        assert_eq!(
            (keys.max_file_size, keys.strict, &keys.exclude[..]),
            (Some(7), true, &config.exclude[..])
        );
        assert!(keys.containers.0.is_none());
        assert_eq!(keys.unused_allows, UnusedAllows::Error);
        let flags = Shared {
            min_confidence: Some(Confidence::Low),
            fail_on: Some(Severity::Info),
            max_file_size: Some(9),
            max_archive_depth: Some(2),
            no_ignore: true,
            rules: RuleFlags { only: vec!["a-rule".to_owned()], ..RuleFlags::default() },
            ..Shared::plain()
        };
        let both = resolved(flags, &config);
        assert_eq!((both.min_confidence, both.fail_on), (Confidence::Low, Severity::Info));
        assert_eq!((both.max_file_size, both.no_ignore, both.exclude.is_empty()), (Some(9), true, true));
        assert_eq!(both.containers.0.map(|limits| limits.depth), Some(2));
        assert_eq!(both.unused_allows, UnusedAllows::Ignore);
    }

    #[test]
    fn a_report_on_standard_output_replaces_the_main_one_there() {
        let one = |path: Option<&str>| ReportTo {
            format: crate::report::Format::Json,
            path: path.map(PathBuf::from),
        };
        let reports = |output: Option<&str>, report| {
            let output = output.map(PathBuf::from);
            Output::of(&Shared { output, report, ..Shared::plain() }).reports.len()
        };
        assert_eq!(reports(None, vec![one(Some("a"))]), 2);
        assert_eq!(reports(None, vec![one(None)]), 1);
        assert_eq!(reports(Some("b"), vec![one(None)]), 2);
    }
}
