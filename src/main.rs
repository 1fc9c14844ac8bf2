//! The program: exits with the library's exit code.

use keydredge::out_of_memory::{self, Allocator};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    // Threads start in nearly every command.
    out_of_memory::probe(0);
    ExitCode::from(keydredge::commands::program())
}
