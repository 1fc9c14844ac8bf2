//! `ci`: the event of a CI.

use super::{Change, Shared};
use clap::Args;

/// Flags of `ci`.
#[derive(Debug, Args)]
pub struct Ci {
    /// Let git fetch from `origin` what this clone lacks: a deeper history, the head of a pull request, its base
    ///
    /// Without it nothing connects, and a clone that is too shallow is refused with the line that mends it.
    #[arg(long, help_heading = "Scope")]
    pub fetch: bool,
    /// How a change is judged.
    #[command(flatten)]
    pub change: Change,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}
