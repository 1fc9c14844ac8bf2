//! A whole history: every object of a repository, reachable or not.

mod visitor;

pub use visitor::{KindSet, Object, ObjectKind, Visitor};
