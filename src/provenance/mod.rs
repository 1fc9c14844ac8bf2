//! Which commit introduced each secret, which removed it, and which refs still contain it.
//!
//! [`trace()`] reads every tree and finds out what each commit changes; [`extend`] does the same from what an earlier
//! run knew and what is new since then. Both return [`Facts`], plain data. From it [`Facts::attribute`] makes the
//! places and lifetimes that are reported, and `src/incremental/` makes a checkpoint for a later run.
//!
//! # Design
//!
//! What a commit introduces and removes is decided in one place, [`commit_changes`], over whatever is compared: trees
//! pruned to what leads to a secret, or whole trees by their ids. A merge commit introduces a secret if none of its
//! parents has it at the path.
//!
//! This module knows neither rules nor where texts come from.

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
