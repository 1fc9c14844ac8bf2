//! What a second history run may skip: the checkpoint of an earlier run, its results, and when they are valid.
//!
//! A run asks [`Store`] three questions, in this order. Has nothing changed? Then [`Store::recall`] has the results.
//! Are there only new objects? Then [`reopen()`] opens the history with those alone, and
//! [`provenance::extend`](crate::provenance::extend) adds them to what was known. Have only rules changed? Then
//! [`Store::known_rules`] has what the unchanged rules found. If neither of the first two works, all objects are read
//! again, and `-v` shows the reason; [`FullReason`] lists them all. Even then only rules without a known result are
//! searched for in old objects.
//!
//! [`BlobCache`] is for many repositories: what was found in blobs that forks share. An audit uses it, and none of the above.
//!
//! # Invariant
//!
//! An incremental run reports exactly what a full run would.
//!
//! # Design
//!
//! This room is above the stages: none of them knows it. The modules that know the data encode it with `crate::record`;
//! `crate::cache` stores the sealed files and does not know what is in them.

mod blob_cache;
mod checkpoint;
mod dependencies;
mod fingerprint_cache;
#[cfg(any(test, fuzzing))]
pub mod fuzz_bodies;
mod reason;
mod reopen;
mod results;
mod rule_results;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use blob_cache::{BlobCache, BlobFound, BlobLog, KnownBlobs};
pub(crate) use checkpoint::{Noted, write as checkpoint};
pub(crate) use dependencies::{Dependencies, indexes_digest};
pub(crate) use fingerprint_cache::FingerprintCache;
pub(crate) use reason::FullReason;
pub(crate) use reopen::{Reopened, reopen};
pub(crate) use results::Results;
pub(crate) use rule_results::{Detected, KnownRules};
pub(crate) use store::{Earlier, RunOutcome, Store, Terms};

/// A name for all that this program was built from.
pub(crate) const BUILD: &str = env!("KEYDREDGE_BUILD");
