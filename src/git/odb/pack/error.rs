//! What can be wrong with a pack as a whole, and with one object in it.

use crate::model::ObjectId;
use std::io;
use thiserror::Error;

/// Why a pack, or its index, cannot be used at all.
#[derive(Debug, Error)]
pub enum Error {
    /// A file could not be opened or mapped.
    #[error("The pack's file cannot be read: {0}.")]
    Io(#[from] io::Error),
    /// A pack without its index; `git index-pack` makes one.
    #[error("The pack has no index (.idx) beside it.")]
    NoIndex,
    /// An index without its pack.
    #[error("The index has no pack (.pack) beside it.")]
    NoPack,
    /// The index violates its format.
    #[error("The pack's index is corrupt: {0}.")]
    Index(&'static str),
    /// The pack violates its format.
    #[error("The pack is corrupt: {0}.")]
    Pack(&'static str),
}

/// Why one object cannot be read from its pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The entry's header, its place, or its compressed data violates the format.
    #[error("corrupt object")]
    Entry,
    /// A delta that does not fit its base, or does not have the result size that it declares.
    #[error("corrupt delta")]
    Delta,
    /// Its delta chain is a cycle.
    #[error("delta chain without end")]
    Cycle,
    /// Its base, or one further down, could not be read.
    #[error("delta base unread")]
    Base,
    /// Its base is not in the same pack.
    #[error("delta base outside the pack")]
    Outside(ObjectId),
    /// It is larger than the walk's limit ([`super::MAX_OBJECT`]), or than the memory of the machine.
    #[error("object too large")]
    TooLarge,
}
