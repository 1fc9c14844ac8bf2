//! The commands, one a file: what each does, in which order. Only this module knows every stage.
//!
//! A command sets up a [`job::Job`] (configuration, rules, what is suppressed), passes a source's blobs to a
//! collector ([`scanning`]), assembles findings and writes the reports ([`session`]).
//!
//! # Design
//!
//! The exit code is made in one place, [`Exit::of`], from findings and coverage alone; no format and no command has its
//! own.

mod about;
mod access;
mod agent;
mod baseline;
mod ci;
mod config;
mod explain;
mod files;
mod gitleaks;
mod history;
mod hook;
mod ignore;
mod image;
mod import;
mod inventory;
mod known;
mod organisation;
mod plan;
mod push;
mod redact;
mod report;
mod rules;
mod scanning;
pub(crate) mod session;

use session::command_name::CommandName;
pub use session::exit::Exit;
use session::masked::masked;
use session::output::remark;
use session::{audit, input, interrupt, job, output, settings, unopened};

use crate::cli::{
    As, Baseline, BaselineCommand, Cli, Command, Gitleaks, Hook, HookCommand, Tool, is_called_gitleaks,
};
use crate::error::Error;
use crate::report::redact::printable;
use clap::Parser;
use std::panic;

/// The program: reads its command line, runs the command, and returns the exit code.
pub fn program() -> u8 {
    if is_called_gitleaks(std::env::args_os().next()) {
        return match Gitleaks::try_parse() {
            Ok(flags) => main(&Cli { command: Command::As(As { tool: Tool::Gitleaks(flags) }) }),
            Err(error) => refuse(&error),
        };
    }
    if about::version::asked(&Vec::from_iter(std::env::args_os().skip(1))) {
        return match about::version::version() {
            Ok(exit) => exit as u8,
            Err(error) => {
                print_error(&error);
                Exit::Failed as u8
            }
        };
    }
    match Cli::parse_checked(std::env::args_os()) {
        Ok(cli) => main(&cli),
        Err(error) => refuse(&error),
    }
}

/// Prints clap's message: help and version are the program's own words. An error repeats arguments, which may be file
/// names (`scan *`) and so anyone's text: it is masked and made printable like any other error.
fn refuse(error: &clap::Error) -> u8 {
    let safe = || {
        let text = error.render().to_string();
        let safe: Vec<String> = masked(&text).lines().map(printable).collect();
        (!text.lines().eq(safe.iter().map(String::as_str))).then(|| format!("{}\n", safe.join("\n")))
    };
    match error.use_stderr().then(safe).flatten() {
        Some(safe) => output::to_stderr(safe.as_bytes()),
        // In colour. If it cannot be written, nobody reads it.
        None => _ = error.print(),
    }
    u8::try_from(error.exit_code()).unwrap_or(Exit::Failed as u8)
}

/// Runs the command of `cli` and returns the program's exit code. Errors go to standard error.
pub fn main(cli: &Cli) -> u8 {
    panic::set_hook(Box::new(|panic| {
        // The place, without the message: that could contain bytes of a blob.
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        let text =
            format!("keydredge: internal error{place}; nothing can be said of what was to be scanned\n");
        output::to_stderr(text.as_bytes());
    }));
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| run(&cli.command)));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            print_error(&error);
            log_failure(&cli.command, &masked(&error.with_causes()));
            Exit::Failed as u8
        }
        Err(_) => {
            log_failure(&cli.command, "internal error");
            Exit::Failed as u8
        }
    }
}

/// Writes the line of a failed run into the log of runs, if one is wanted.
fn log_failure(command: &Command, why: &str) {
    let (command, flags) = match command {
        Command::Scan(flags) => (CommandName::Scan, &flags.shared),
        Command::Staged(flags) => (CommandName::Staged, &flags.shared),
        Command::Diff(flags) => (CommandName::Diff, &flags.shared),
        Command::History(flags) => (CommandName::History, &flags.shared),
        Command::Image(flags) => (CommandName::Image, &flags.shared),
        Command::Ci(flags) => (CommandName::Ci, &flags.shared),
        Command::Hook(Hook { command: HookCommand::Run(flags) }) => (CommandName::HookRun, &flags.shared),
        _ => return,
    };
    if let Err(error) = audit::log_failure(flags.audit_log.as_deref(), command, why) {
        print_error(&error);
    }
}

fn run(command: &Command) -> Result<u8, Error> {
    let exit = match command {
        // With an exit code of gitleaks's.
        Command::As(As { tool: Tool::Gitleaks(flags) }) => return gitleaks::gitleaks(flags),
        Command::Scan(flags) => files::scan(flags),
        Command::Staged(flags) => files::staged(flags),
        Command::Diff(flags) => files::diff(&flags.range, &flags.change, &flags.shared),
        Command::History(flags) => history::history(flags),
        Command::Image(flags) => image::image(flags),
        Command::Ci(flags) => ci::ci(flags),
        Command::Audit(flags) => organisation::audit(flags),
        Command::Explain(flags) => explain::explain(flags),
        Command::Redact(flags) => redact::redact(flags),
        Command::Known(flags) => known::known(flags),
        Command::Inventory(flags) => inventory::inventory(flags),
        Command::Reach(flags) => access::reach(flags),
        Command::Revoke(flags) => access::revoke(flags),
        Command::Plan(flags) => plan::plan(flags),
        Command::Report(flags) => report::report(flags),
        Command::Hook(flags) => hook::hook(flags),
        Command::Baseline(Baseline { command }) => match command {
            BaselineCommand::Write(flags) => baseline::write(flags),
            BaselineCommand::Check(flags) => baseline::check(flags),
            BaselineCommand::Prune(flags) => baseline::prune(flags),
            BaselineCommand::Import(flags) => import::baseline(flags),
        },
        Command::Ignore(flags) => ignore::ignore(flags),
        Command::Config(flags) => config::config(flags),
        Command::Rules(flags) => rules::rules(flags),
        Command::Completions(flags) => about::completions::completions(flags),
        Command::Man(flags) => about::manual::man(flags),
    };
    exit.map(|exit| exit as u8)
}

/// Prints an error; what in it looks like a secret is masked, wherever it came from. Only a list of
/// several has several lines: a line break in a name must not look like a line of ours.
fn print_error(error: &Error) {
    let text = masked(&error.with_causes());
    let lines: Vec<&str> = if matches!(error, Error::Rules(_) | Error::Import(_)) {
        text.lines().collect()
    } else {
        vec![text.trim_end()]
    };
    for line in lines {
        remark(line);
    }
}
