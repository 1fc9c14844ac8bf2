//! Flags that a command has only because it shares a list of them with others, and that would do nothing there.
//!
//! They are refused and not shown, so that nobody relies on a report that is not written or a limit that does not hold. The
//! flags that all scanning commands share are taken by each of them, so that one line of flags does for all, also where
//! there is nothing that they could change: `--no-ignore` and `--max-file-size` in a history, which is read whole, and
//! `--max-memory` where no packs are read, `--show-secrets` and `--color` where no finding is shown.
//! `tests/cli/flags.rs` tries every flag of every command.

use crate::cli::Cli;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use std::ffi::OsString;

/// Flags without effect.
struct WithoutEffect {
    /// The commands, with the words before them.
    commands: &'static [&'static [&'static str]],
    /// The flags, by their ids.
    flags: &'static [&'static str],
    /// Why they have none: the end of a sentence.
    why: &'static str,
}

const BASELINES: &[&[&str]] =
    &[&["baseline", "write"], &["baseline", "check"], &["baseline", "prune"], &["baseline", "import"]];

const ALL: &[WithoutEffect] = &[
    WithoutEffect {
        commands: BASELINES,
        flags: &["format", "output", "report", "audit_log"],
        why: "it writes no report; `keydredge scan` and `history` do",
    },
    WithoutEffect {
        commands: BASELINES,
        flags: &["fail_on", "fail_in_tests"],
        why: "a baseline is about every finding, whether it fails a run or not",
    },
    WithoutEffect {
        commands: BASELINES,
        flags: &[
            "verify",
            "only_live",
            "verify_risky",
            "allow_host",
            "key_owner",
            "allow_private_hosts",
            "ca_file",
            "verify_timeout",
            "verify_requests",
            "vaulted",
        ],
        why: "it neither asks providers nor compares with a manager of secrets; `keydredge scan` and `history` do",
    },
    WithoutEffect {
        commands: &[&["baseline", "write"], &["baseline", "prune"], &["baseline", "import"]],
        flags: &["exit_zero"],
        why: "findings do not fail it",
    },
    WithoutEffect {
        commands: &[&["baseline", "import"]],
        flags: &["quiet"],
        why: "it says what is accepted and what was not found",
    },
];

/// The flags without effect of the command with this path.
fn of<'a>(path: &'a [&str]) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    let meant = ALL.iter().filter(move |one| one.commands.contains(&path));
    meant.flat_map(|one| one.flags.iter().map(|flag| (*flag, one.why)))
}

impl Cli {
    /// The definition of the command line, as it is shown to people.
    pub fn definition() -> Command {
        hide(Self::command(), &mut Vec::new())
    }

    /// Parses a command line.
    ///
    /// # Errors
    /// What clap refuses, and a flag that has no effect in its command.
    pub fn parse_checked(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut definition = Self::definition();
        let mut matches = definition.try_get_matches_from_mut(words)?;
        refuse(&mut definition, &matches)?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut definition))
    }
}

fn hide(mut command: Command, path: &mut Vec<String>) -> Command {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    for (flag, _) in of(&words) {
        command = command.mut_arg(flag, |flag| flag.hide(true));
    }
    command.mut_subcommands(|below| {
        path.push(below.get_name().to_owned());
        let below = hide(below, path);
        path.pop();
        below
    })
}

fn refuse(definition: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let (mut path, mut last) = (Vec::new(), matches);
    while let Some((name, below)) = last.subcommand() {
        path.push(name);
        last = below;
    }
    let is_given = |flag: &str| last.value_source(flag) == Some(ValueSource::CommandLine);
    let Some((flag, why)) = of(&path).find(|(flag, _)| is_given(flag)) else { return Ok(()) };
    let name = flag.replace('_', "-");
    let text = format!("--{name} has no effect in `keydredge {}`: {why}", path.join(" "));
    Err(definition.error(ErrorKind::ArgumentConflict, text))
}
