//! Where blobs come from: files, standard input, the index, a diff, a whole history, a container image.
//!
//! A source reads bytes on threads of its own and gives them to a [`Sink`] with the place they are at. (`history` is
//! different: it gives texts without a place to a [`Scan`](history::Scan), on threads of the command, and
//! `src/provenance/` finds their places.) There is no trait of sources: each is functions that a command calls. A source
//! does not know what a rule or a finding is, and never skips in silence. Everything that it found and did not read is in the
//! [`Coverage`] it returns, as excluded (policy left it out) or unread (it should have been read and could not be).
//!
//! # A new source
//!
//! A file here, with a function that takes a [`Sink`] and returns a [`Coverage`], and an arm in `src/commands/`. Another
//! version control system (Mercurial, say) is a room beside `src/git/`, which reads its formats, and a module beside
//! `history` that gives its texts to a [`Scan`](history::Scan). Who introduced what is decided in `src/provenance/`, which
//! knows git's objects alone: it would need a sibling there, or commits and trees in the same form.
//!
//! [`Coverage`]: crate::model::Coverage

pub mod changes;
mod closed;
mod containers;
mod error;
mod excludes;
pub mod files;
pub mod history;
pub mod image;
pub mod message;
pub(crate) mod neighbours;
mod pieces;
pub mod reads;
mod reason;
pub mod settings;
pub mod stdin;
#[cfg(test)]
mod testing;

pub(crate) use closed::output_was_closed;
pub use containers::Opening;
pub use error::Error;

use crate::model::Blob;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a source gives its blobs to, from any of its threads, in no particular order. The pieces of one
/// blob are given in order, on one thread.
///
/// # Errors
/// Why the blob is unread, if not all of it was taken: a reason for the coverage. Nothing more of the blob is given.
pub type Sink<'a> = dyn Fn(Blob<'_>) -> Result<(), &'static str> + Sync + 'a;

/// True once the caller has requested a stop.
fn stopped(stop: Option<&AtomicBool>) -> bool {
    stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// A pool of `threads` threads; 0 means one for each core.
fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::Threads)
}
