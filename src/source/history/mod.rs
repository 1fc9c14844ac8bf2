//! A whole history: every object of a repository, reachable or not.

pub mod pack;
mod visitor;

pub use visitor::{KindSet, Object, ObjectKind, Visitor};
