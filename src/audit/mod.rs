//! The audit of an organisation: many repositories, by many workers that know nothing of each other, as one answer.
//!
//! - `list` is which repositories, `discovery` finds those in a folder, `forge` reads what a forge's API says;
//! - `shard` is a worker's share of them;
//! - `clone` fetches one, by the git program;
//! - `receipt` is what is known of one after its scan;
//! - `merge` makes one answer of all.
//!
//! Scanning is the business of `commands`: each repository is read by a process of its own, so that memory and time do not
//! grow with their number, and what goes wrong in one does not touch the next.
//!
//! # Design
//!
//! Workers share nothing but the list and a folder. A worker's share depends on the list and the number of shards alone, and
//! what it writes on the repository alone, so that any number of workers, in any order, with any of them ended and started
//! again, gives the same files; and the merge of the same files gives the same bytes.
//!
//! *Names over repositories.* A finding's fingerprint is a keyed hash of its secret, and its key (the salt) is the
//! repository's own, so that two repositories have different names for one secret. To recognise it, each worker names what
//! it found a second time, under a salt that `audit list` draws at random and writes into the list. Equal secrets then have
//! equal names in all receipts. Who has the receipts or the merged report but not the list cannot try guesses at all; who has
//! the list, too, pays the memory-hard hash for each guess of a value that a person may have chosen, as with a baseline. Two
//! audits under different lists have no name in common. Nothing was gained by a hash without a salt, by which everybody could
//! look for the secrets of others in a published report.

mod clone;
mod discovery;
mod error;
mod forge;
mod list;
mod merge;
mod receipt;
mod shard;

pub(crate) use clone::{CloneFailure, Cloner};
pub(crate) use discovery::{discover, size};
pub use error::Error;
pub(crate) use forge::{Forge, page as forge_page};
pub(crate) use list::{ListEntry, RepositoryAt, RepositoryList};
pub(crate) use merge::Merger;
pub(crate) use receipt::{CountsRead, Heads, ReceiptOutcome, RepositoryReceipt};
pub(crate) use shard::Shard;
