//! Which commit introduced each secret, which removed it, and which refs still contain it.
//!
//! [`trace()`] reads every tree and finds out what each commit changes; [`extend`] does the same from what an earlier
//! run knew and what is new since then. Both return [`Facts`], plain data. From it [`Facts::attribute`] makes the
//! places and lifetimes that are reported, and `src/incremental/` makes a checkpoint for a later run.
//!
//! # Design
//!
//! What a commit does to a secret at one path is decided in [`commit_changes`]: a merge commit introduces the secret only
//! if none of its parents has it there. A full run gives it pruned trees to compare, an incremental run whole trees by
//! their ids. For a secret as a whole, wherever it is, the commits that introduced and removed it are found in
//! [`lifetimes`]; secrets of messages and names are added in `places`.
//!
//! This module knows git's objects, and neither rules nor what was searched for in the texts. (`src/source/changes/`
//! decides the same for the commits of a push, from trees alone: no stage imports another.)

mod attribution;
pub(crate) mod commit_changes;
mod extension;
mod facts;
mod fold;
mod known;
mod lifetimes;
mod lookup_queue;
mod names;
mod places;
mod pruned_trees;
mod secret_sets;
mod staged;
mod subject;
#[cfg(test)]
pub(crate) mod tests;
mod tips;
mod trace;
mod tree_deltas;
mod tree_pass;
mod tree_target;

pub(crate) use attribution::Attribution;
pub(crate) use extension::{Unclear, extend};
pub(crate) use facts::Facts;
pub(crate) use known::KnownHistory;
pub(crate) use names::scan::{Holding, ScanNames};
pub(crate) use subject::{GatheredTexts, Subject};
pub(crate) use trace::trace;
