//! `as gitleaks`: gitleaks's command line, run by ours.
//!
//! Each of its commands is one of ours with other flags; the report is gitleaks's
//! ([`session::as_gitleaks`](super::session::as_gitleaks)). What cannot be honoured is refused, with its name.

use super::session::as_gitleaks::{format, refuse};
use super::{Exit, files, history, output};
use crate::atomic_file;
use crate::cli::{
    Cli, Command, GITLEAKS_VERSION, Gitleaks, GitleaksCommand, GitleaksFlags, LikeGitleaks, Shared,
};
use crate::error::Error;
use crate::gitleaks::log;
use clap::Parser;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is scanned.
enum Scope {
    History { log_opts: Option<String> },
    Staged,
    Files,
    Input,
}

/// Runs it; returns the exit code.
pub(super) fn gitleaks(command: &Gitleaks) -> Result<u8, Error> {
    let flags = &command.flags;
    let (scope, source) = match &command.command {
        GitleaksCommand::Version => return output::say(GITLEAKS_VERSION).map(|()| Exit::Clean as u8),
        GitleaksCommand::Stdin => (Scope::Input, PathBuf::from(".")),
        GitleaksCommand::Dir(dir) => {
            refuse(
                dir.follow_symlinks,
                "--follow-symlinks",
                "links are not followed, their targets are scanned where they are",
            )?;
            (Scope::Files, or_here(dir.path.as_ref()))
        }
        GitleaksCommand::Git(git) => {
            platform(git.platform.as_deref())?;
            let is_change = git.staged || git.pre_commit;
            refuse(git.pre_commit && !git.staged, "--pre-commit without --staged", UNSTAGED)?;
            refuse(
                is_change && git.log_opts.is_some(),
                "--log-opts beside --staged",
                "what is staged is in no commit",
            )?;
            let history = Scope::History { log_opts: git.log_opts.clone() };
            (if is_change { Scope::Staged } else { history }, or_here(git.repository.as_ref()))
        }
        GitleaksCommand::Detect(detect) => {
            platform(detect.platform.as_deref())?;
            refuse(
                detect.follow_symlinks,
                "--follow-symlinks",
                "links are not followed, their targets are scanned where they are",
            )?;
            // gitleaks takes --no-git first, too.
            let scope = match (detect.no_git, detect.pipe) {
                (true, _) => Scope::Files,
                (_, true) => Scope::Input,
                _ => Scope::History { log_opts: detect.log_opts.clone() },
            };
            (scope, detect.source.clone())
        }
        GitleaksCommand::Protect(protect) => {
            refuse(!protect.staged, "protect without --staged", UNSTAGED)?;
            refuse(protect.log_opts.is_some(), "--log-opts", "`protect` looks at no commit")?;
            (Scope::Staged, protect.source.clone())
        }
    };
    check(flags)?;
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let mut flags = flags.clone();
    let mut config_text = None;
    if flags.config.is_none() {
        flags.config = variable("GITLEAKS_CONFIG").map(PathBuf::from);
        if flags.config.is_none() {
            let text = variable("GITLEAKS_CONFIG_TOML").map(OsString::into_string).transpose();
            config_text = text.map_err(|_| Error::NotText { path: "GITLEAKS_CONFIG_TOML".into() })?;
        }
    }
    let commits = match &scope {
        Scope::History { log_opts: Some(log_opts) } => {
            let usage = |what: String| Error::Usage { what };
            let arguments = log::arguments(log_opts).map_err(usage)?;
            Some(log::commits(&source, &arguments).map_err(usage)?)
        }
        _ => None,
    };
    let exit_code = flags.exit_code;
    let is_git = matches!(scope, Scope::History { .. } | Scope::Staged);
    let like = LikeGitleaks { flags, config_text, source, is_git, commits };
    let exit = run(&scope, like)?;
    Ok(if exit == Exit::Findings { exit_code } else { exit as u8 })
}

const UNSTAGED: &str = "changes that are not staged are scanned by `dir`, with the rest of the files";

fn or_here(path: Option<&PathBuf>) -> PathBuf {
    path.filter(|path| !path.as_os_str().is_empty()).cloned().unwrap_or_else(|| PathBuf::from("."))
}

fn platform(name: Option<&str>) -> Result<(), Error> {
    let is_set = name.is_some_and(|name| !matches!(name, "" | "none"));
    refuse(is_set, "--platform", "its reports have no links; leave the flag out")
}

/// Refuses flags that cannot be honoured, and a report that cannot be written.
fn check(flags: &GitleaksFlags) -> Result<(), Error> {
    refuse(flags.report_template.is_some(), "--report-template", "there are json, csv, junit and sarif")?;
    refuse(
        flags.timeout > 0,
        "--timeout",
        "a scan that stops early has not looked; end the process from outside",
    )?;
    refuse(
        flags.diagnostics.as_ref().is_some_and(|kinds| !kinds.is_empty()),
        "--diagnostics",
        "there are none",
    )?;
    refuse(flags.diagnostics_dir.is_some(), "--diagnostics-dir", "there are none")?;
    if !LEVELS.contains(&flags.log_level.to_ascii_lowercase().as_str()) {
        return Err(Error::Usage { what: format!("--log-level is one of {}", LEVELS.join(", ")) });
    }
    if let Some(path) = &flags.report_path {
        format(flags)?;
        if path != Path::new("-") {
            atomic_file::check_report(path)?;
        }
    }
    Ok(())
}

/// The largest depth to which archives are opened, as for `scan`.
const DEEPEST: u32 = 64;

pub(super) const LEVELS: [&str; 7] = ["trace", "debug", "info", "warn", "err", "error", "fatal"];

/// Runs our command of this scope.
fn run(scope: &Scope, like: LikeGitleaks) -> Result<Exit, Error> {
    let source = like.source.clone();
    let words: &[&str] = match scope {
        Scope::History { log_opts: None } => &["history", "--reachable-only"],
        Scope::History { .. } => &["history"],
        Scope::Staged => &["staged"],
        // gitleaks does not read .gitignore.
        Scope::Files | Scope::Input => &["scan", "--no-ignore"],
    };
    let mut words: Vec<OsString> =
        std::iter::once("keydredge").chain(words.iter().copied()).map(OsString::from).collect();
    match scope {
        Scope::Input => words.push("-".into()),
        Scope::Staged => {}
        _ => words.extend(["--".into(), source.clone().into_os_string()]),
    }
    let cli = Cli::try_parse_from(words).map_err(|error| Error::Usage { what: error.to_string() })?;
    match cli.command {
        Command::History(mut flags) => {
            prepare(&mut flags.shared, like);
            history::history(&flags)
        }
        Command::Staged(mut flags) => {
            prepare(&mut flags.shared, like);
            files::staged_of(&source, &flags)
        }
        Command::Scan(mut flags) => {
            prepare(&mut flags.shared, like);
            files::scan(&flags)
        }
        _ => Err(Error::Usage { what: "there is no such command".to_owned() }),
    }
}

/// Our flags for gitleaks's.
fn prepare(shared: &mut Shared, like: LikeGitleaks) {
    let flags = &like.flags;
    shared.config.clone_from(&flags.config);
    shared.baseline.clone_from(&flags.baseline_path);
    shared.max_file_size =
        (flags.max_target_megabytes > 0).then_some(flags.max_target_megabytes.saturating_mul(1_000_000));
    shared.show_secrets = flags.redact < 100;
    // gitleaks opens none unless that is asked for.
    shared.no_archives = flags.max_archive_depth == 0;
    shared.max_archive_depth = (flags.max_archive_depth > 0).then_some(flags.max_archive_depth.min(DEEPEST));
    shared.progress = crate::cli::ProgressWhen::Never;
    shared.gitleaks = Some(Arc::new(like));
}
