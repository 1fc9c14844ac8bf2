//! What is inside a file: members of archives, compressed content, text of documents.
//!
//! This room knows formats and no more: no secret, no git, no path on disk. It recognises a container by its content
//! ([`Format`]), opens it and gives its members to a [`Visit`], each with its path inside. A member that is a container
//! itself is opened in turn.
//!
//! # Design
//!
//! Everything in a container is hostile. So nothing is allocated because a header says so: what is read is read in
//! pieces, and all of it counts against one budget ([`Limits`]) for the outermost file. If a limit, an error
//! or an unknown method stops the reading of a member, that is a [`Problem`] with the member's path; what was read before
//! it is still given. A container that cannot be opened at all (RAR, a disk image) is not a problem, but is named
//! ([`Opened::closed`]): nothing here can be done about it.
//!
//! # A new format
//!
//! A file here with a function that takes the [`walk::Walk`] and gives it each member; a variant of [`Format`] (`format.rs` also says
//! whether it is read from start to end, from any place, or as a whole); and two arms in `openers.rs`: one that recognises it, one that
//! calls the function. Recognition is by [`magic`] if its bytes are compressed, else by `Format::plain`. The sources need no change. A
//! seed in `fuzz/seeds/container` has the tests and the fuzz target try it, damaged too.
//!
//! # Names
//!
//! A layer that only compresses (gzip, xz) adds no name of its own if it contains an archive: `a.tar.gz!b/c`. Of a single
//! file the name is that of the layer without its ending: `a.log.gz!a.log`.

mod ar;
mod budget;
mod cpio;
mod format;
#[cfg(any(test, fuzzing))]
pub mod fuzz_bodies;
mod keystore;
mod layers;
pub(crate) mod magic;
mod mail;
mod member;
mod notebook;
mod office;
mod openers;
mod pdf;
mod picture;
mod sevenz;
mod sqlite;
mod streams;
mod strings;
mod tar;
mod walk;
mod zip;

pub use budget::Limits;
pub use format::Format;
pub use openers::{begins, open};
pub use tar::contents::{ArchiveForm, MemberLink, StoredMember, is_stored, members, stream};
pub use tar::layer::{Entries, EntryKind, LayerEntry, LayerInput, LayerOutcome, open_layer};

use crate::model::KnownReason;
use std::io::{self, Read, Seek};

/// What a container is read from.
pub trait Input: Read + Seek {}

impl<T: Read + Seek> Input for T {}

/// A member's bytes.
pub enum Content<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It is long, or its length is not known. Reading fails if the container is damaged or a limit is reached; what was
    /// read before is valid.
    Long(&'a mut dyn Read),
}

/// What members are given to.
pub trait Visit {
    /// False for the path of a member that is not to be read.
    fn wants(&mut self, path: &str) -> bool;

    /// A member, or content of the container that is in none.
    ///
    /// # Errors
    /// Ends everything. An error of the content's own reader need not be returned.
    fn member(&mut self, path: &str, content: Content<'_>) -> io::Result<()>;
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path inside; empty for the outermost container itself.
    pub path: String,
    /// Why: one of [`REASONS`].
    pub reason: &'static str,
}

/// What became of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// How many problems there were.
    pub problems: u64,
    /// The first of them.
    pub first: Option<Problem>,
    /// The path of the first member that is a container of a kind that cannot be opened.
    pub closed: Option<String>,
}

/// It is encrypted.
pub const ENCRYPTED: &str = KnownReason::Encrypted.phrase();
/// It is compressed by a method that is not known here.
pub const METHOD: &str = KnownReason::UnknownMethod.phrase();
/// It is cut off, or does not follow its format.
pub const DAMAGED: &str = KnownReason::Damaged.phrase();
/// More containers are inside each other than are opened.
pub const TOO_DEEP: &str = KnownReason::NestedTooDeep.phrase();
/// There are more members than are read.
pub const TOO_MANY: &str = KnownReason::TooManyMembers.phrase();
/// More comes out than is read.
pub const TOO_MUCH: &str = KnownReason::ExpandsTooMuch.phrase();
/// It can only be read as a whole, and is larger than what is held in memory.
pub const TOO_LARGE: &str = KnownReason::TooLargeToOpen.phrase();
/// Unpacking needs more memory than it gets.
pub const TOO_HUNGRY: &str = KnownReason::TooMuchMemory.phrase();

/// Why something inside a container was not read.
pub const REASONS: [&str; 8] =
    [ENCRYPTED, METHOD, DAMAGED, TOO_DEEP, TOO_MANY, TOO_MUCH, TOO_LARGE, TOO_HUNGRY];

/// A reason, as an error of a reader.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(&'static str);

/// The error for a reason.
fn fault(reason: &'static str) -> io::Error {
    io::Error::other(Unreadable(reason))
}

/// The reason that an error of a reader has.
fn reason_of(error: &io::Error) -> &'static str {
    if let Some(Unreadable(reason)) = error.get_ref().and_then(|error| error.downcast_ref()) {
        return reason;
    }
    let inner = error.get_ref().and_then(|error| error.downcast_ref::<liblzma::stream::Error>());
    match inner {
        Some(liblzma::stream::Error::MemLimit | liblzma::stream::Error::Mem) => TOO_HUNGRY,
        Some(liblzma::stream::Error::Options) => METHOD,
        _ if error.to_string().contains("too much memory") => TOO_HUNGRY,
        _ => DAMAGED,
    }
}

#[cfg(test)]
mod tests;
