//! The program: hands its command line to the library and takes the exit code from it.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(keydredge::run::main(&keydredge::cli::Cli::parse()))
}
