//! `completions`: a script with which a shell completes commands, flags and their values.
//!
//! The definition of the flags has the words of those that are an enumeration. A word that another room reads (a format,
//! a confidence) is read by a function there, which no shell can ask: here its words are put in. Paths are completed by
//! the type of their flag. PowerShell and Elvish complete no words of values: their generators have none.

use crate::cli::{Cli, Completions};
use crate::commands::gitleaks::LEVELS;
use crate::commands::{Exit, output};
use crate::error::Error;
use crate::import::TOOLS;
use crate::model::{Confidence, Severity};
use crate::report::Format;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};

/// Prints the script.
pub(in crate::commands) fn completions(flags: &Completions) -> Result<Exit, Error> {
    let mut bytes = Vec::new();
    let mut program = with_words(Cli::definition(), ours);
    clap_complete::generate(flags.shell, &mut program, "keydredge", &mut bytes);
    output::print(&bytes)
}

/// The words of a value, by the name that it has in the help.
type ValueWords = fn(&str) -> Vec<&'static str>;

/// Adds the words of values, unless the definition has some.
fn with_words(command: Command, words: ValueWords) -> Command {
    let add = |flag: Arg| {
        let name = flag.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let words = name.filter(|_| flag.get_possible_values().is_empty()).map(|name| words(&name));
        match words {
            Some(words) if !words.is_empty() => flag.value_parser(PossibleValuesParser::new(words)),
            _ => flag,
        }
    };
    command.mut_args(add).mut_subcommands(|below| {
        let words = if below.get_name() == "as" { of_gitleaks } else { words };
        with_words(below, words)
    })
}

fn ours(value: &str) -> Vec<&'static str> {
    match value {
        "FORMAT" => Format::ALL.map(Format::name).to_vec(),
        "LEVEL" => Confidence::ALL.map(Confidence::name).to_vec(),
        "SEVERITY" => Severity::ALL.map(Severity::name).to_vec(),
        "TOOL" => TOOLS.iter().map(|tool| tool.name).collect(),
        _ => Vec::new(),
    }
}

fn of_gitleaks(value: &str) -> Vec<&'static str> {
    match value {
        "FORMAT" => vec!["json", "csv", "junit", "sarif"],
        "LEVEL" => LEVELS.to_vec(),
        _ => Vec::new(),
    }
}
