//! Companions: a key's id beside the key, the user beside the password.
//!
//! - `lift`: what is near a credential makes it more credible;
//! - `search` finds, in the text around a secret, what its rule says belongs to it;
//! - `vicinity` says how close two places of a text are, or that another section begins between them;
//! - `word` compares the names that two values have;
//! - `fold`: an id that belongs to a secret of the same file is no finding of its own.

mod fold;
mod lift;
mod search;
mod vicinity;
mod word;

pub(super) use fold::{FoldedIds, companionship, fold, shown};
pub(super) use lift::join;
pub use search::CompanionSearch;
