//! The program: takes the exit code from the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(keydredge::run::program())
}
