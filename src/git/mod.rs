//! Reads git's formats: repositories, refs, the index, revisions, the commit graph, the object database.
//!
//! This module knows no secrets, rules or policies. It writes nothing, and runs no program that a repository's
//! configuration names.

pub(crate) mod ancestry;
pub(crate) mod commit_graph;
pub(crate) mod commit_links;
pub mod commits;
pub mod config;
pub(crate) mod digest;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzz_bodies;
pub(crate) mod index;
pub(crate) mod lfs;
pub(crate) mod limits;
pub(crate) mod mailmap;
pub(crate) mod object;
pub mod odb;
pub(crate) mod path;
pub(crate) mod ref_pattern;
pub(crate) mod ref_store;
pub(crate) mod ref_target;
pub(crate) mod refs;
pub mod reftable;
pub(crate) mod repository;
pub(crate) mod revision;
#[cfg(test)]
pub(crate) mod testing;

pub use error::{Error, RevisionProblem};
pub use object::{KindSet, ObjectKind};
pub use odb::number::ObjectNumber;
pub use odb::store_stamp::StoreStamp;
pub use odb::visitor::{Object, Visitor};
pub use repository::{Access, Repository};
