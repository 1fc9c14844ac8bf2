//! The program: exits with the library's exit code.

use keydredge::out_of_memory::Allocator;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    ExitCode::from(keydredge::commands::program())
}
