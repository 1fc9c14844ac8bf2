//! docs/flags.md: every command and every flag, from the definition that `--help` prints.

use super::{cell, is_kept};
use clap::{Arg, ArgAction, Command};
use keydredge::cli::Cli;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Commands that scan: what all of them take is described once.
const SCANNING: &[&str] = &["scan", "staged", "diff", "history", "image", "ci"];

#[test]
fn the_page_of_flags_is_what_help_says() {
    let mut program = Cli::definition();
    program.build();
    let shared = shared(&program);
    let mut page = String::from(
        "# Commands and flags\n\n\
         <!-- Made from what `--help` prints: WRITE_DOCS=1 cargo test --test cli book::. Do not edit. -->\n\n",
    );
    page.push_str("| command | |\n|---|---|\n");
    for command in commands(&program) {
        let name = line(command);
        let _infallible = writeln!(page, "| [`{name}`](#{}) | {} |", anchor(&name), about(command));
    }
    page.push_str(
        "\nEvery command has `-h`, a short help, and `--help`, a long one. Exit codes: 0 everything in scope was read and \
         nothing was found; 1 findings; 2 the job could not be done; 3 nothing found, but something in scope could not be \
         read; 130 interrupted.\n",
    );
    for command in commands(&program) {
        section(&mut page, command, &shared);
    }
    page.push_str("\n## Flags of every command that scans\n");
    let scan = program.find_subcommand("scan").expect("there is one");
    table(&mut page, scan.get_arguments().filter(|flag| shared.contains(&key(flag))));
    is_kept("docs/flags.md", &page);
}

/// What names a flag in several commands, and says that it is the same one.
fn key(flag: &Arg) -> String {
    format!("{:?} {}", flag.get_long(), meaning(flag))
}

fn shared(program: &Command) -> BTreeSet<String> {
    let mut each = SCANNING.iter().map(|name| {
        let command = program.find_subcommand(name).expect("it is a command");
        let flags = command.get_arguments().filter(|flag| flag.get_long().is_some() && is_shown(flag));
        flags.map(key).collect::<BTreeSet<_>>()
    });
    let first = each.next().expect("there are some");
    each.fold(first, |all, one| all.intersection(&one).cloned().collect())
}

/// The commands that do something, with those below them, in the order of the help.
fn commands(program: &Command) -> Vec<&Command> {
    let shown =
        program.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    shown
        .flat_map(|command| if command.has_subcommands() { commands(command) } else { vec![command] })
        .collect()
}

/// `keydredge hook install`.
fn line(command: &Command) -> String {
    command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn anchor(name: &str) -> String {
    name.replace(' ', "-")
}

fn about(command: &Command) -> String {
    cell(&command.get_about().map(ToString::to_string).unwrap_or_default())
}

fn section(page: &mut String, command: &Command, shared: &BTreeSet<String>) {
    let name = line(command);
    let _infallible = write!(page, "\n## {name}\n\n{}.\n", about(command).trim_end_matches('.'));
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    for paragraph in long.split("\n\n").skip(1) {
        let _infallible = write!(page, "\n{}\n", cell(paragraph));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let _infallible = write!(page, "\n```text\n{usage}\n```\n");
    let flags = || command.get_arguments().filter(|flag| is_shown(flag));
    let (common, own): (Vec<&Arg>, Vec<&Arg>) = flags().partition(|flag| shared.contains(&key(flag)));
    table(page, own.into_iter());
    let link = "[flags of every command that scans](#flags-of-every-command-that-scans)";
    if common.len() == shared.len() {
        let _infallible = write!(page, "\nBesides: all {link}.\n");
    } else if !common.is_empty() {
        let names: Vec<String> =
            common.iter().map(|flag| format!("`--{}`", flag.get_long().unwrap_or_default())).collect();
        let _infallible = write!(page, "\nBesides, of the {link}: {}.\n", names.join(", "));
    }
}

fn is_shown(flag: &Arg) -> bool {
    let is_help = matches!(
        flag.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    );
    !is_help && !flag.is_hide_set()
}

/// Flags by their headings, those without one first.
fn table<'a>(page: &mut String, flags: impl Iterator<Item = &'a Arg>) {
    let flags: Vec<&Arg> = flags.collect();
    let mut headings: Vec<Option<&str>> = Vec::new();
    for flag in &flags {
        if !headings.contains(&flag.get_help_heading()) {
            headings.push(flag.get_help_heading());
        }
    }
    headings.sort_by_key(Option::is_some);
    for heading in headings {
        let _infallible = write!(page, "\n| {} | |\n|---|---|\n", heading.unwrap_or(" "));
        for flag in flags.iter().filter(|flag| flag.get_help_heading() == heading) {
            let _infallible = writeln!(page, "| {} | {} |", cell(&spelling(flag)), cell(&meaning(flag)));
        }
    }
}

/// "`-f`, `--format FORMAT`".
fn spelling(flag: &Arg) -> String {
    let names = flag.get_value_names().unwrap_or_default().join(" ");
    let takes = flag.get_action().takes_values();
    let Some(long) = flag.get_long() else {
        let many = flag.get_num_args().is_some_and(|number| number.max_values() > 1);
        let many = many || matches!(flag.get_action(), ArgAction::Append);
        return format!("`{names}{}`", if many { "…" } else { "" });
    };
    let value = match flag.get_num_args() {
        _ if !takes => String::new(),
        Some(number) if number.min_values() == 0 => format!("[={names}]"),
        _ => format!(" {names}"),
    };
    let short = flag.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    format!("{short}`--{long}{value}`")
}

/// Its help, with values, default and variable.
fn meaning(flag: &Arg) -> String {
    let help = flag.get_long_help().or_else(|| flag.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut meaning = help;
    if flag.get_action().takes_values() && !flag.is_hide_possible_values_set() {
        let values = flag.get_possible_values();
        let shown = values.iter().filter(|value| !value.is_hide_set());
        let each: Vec<String> = shown
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}`: {}", value.get_name(), lower(&help.to_string())),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        if !each.is_empty() {
            let _infallible = write!(meaning, ". {}", each.join("; "));
        }
    }
    let defaults = flag.get_default_values();
    if flag.get_action().takes_values() && !defaults.is_empty() {
        let shown: Vec<String> = defaults.iter().map(|value| value.to_string_lossy().into_owned()).collect();
        let _infallible = write!(meaning, " [default: {}]", shown.join(" "));
    }
    if let Some(variable) = flag.get_env() {
        let _infallible = write!(meaning, " [variable: `{}`]", variable.to_string_lossy());
    }
    meaning
}

/// The first letter small, unless it begins an abbreviation.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), text.chars().nth(1)) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}
