//! Scanning for a command: passes a source's blobs to the scanner and keeps what counts.
//!
//! Joins `scan` and `findings`, which do not know each other: overlaps are settled as soon as a blob has been scanned.

pub(crate) mod certificates;
pub(crate) mod collector;
pub(crate) mod detection;
pub(crate) mod history_names;
pub(crate) mod named;
mod repeats;
pub(crate) mod scratches;
