//! Where in a history secrets are, and from when to when: the result of attribution.

use super::{Commit, ObjectId, Place};
use std::sync::Arc;

/// A secret's number, as the caller of attribution counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretNumber(pub u32);

impl SecretNumber {
    /// As a place in a list.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedSecret {
    /// The secret's number.
    pub secret: SecretNumber,
    /// The object that contains it: the blob, or the commit or tag whose message does.
    pub object: ObjectId,
    /// The place.
    pub place: Place,
    /// True if it was there before the range that is read: then the secret is not new, and the place is not reported.
    pub before: bool,
}

/// The life of a secret in the whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The secret's number.
    pub secret: SecretNumber,
    /// The first commit whose tree contains it while no parent's does; for a secret that is only in messages, the
    /// first such commit.
    pub introduced: Option<Arc<Commit>>,
    /// The last commit whose tree does not contain it while a parent's does; `None` while it is live.
    pub removed: Option<Arc<Commit>>,
    /// True if a ref's tip contains it, or a ref reaches a message that does.
    pub live: bool,
    /// The refs whose tips contain it, those that matter most first: `HEAD`, the branch checked out, other branches, tags,
    /// others. At most 20.
    pub refs: Vec<String>,
    /// How many refs' tips contain it.
    pub ref_count: u64,
}

/// A name that contains a secret, at one of its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedName {
    /// The secret's number.
    pub secret: SecretNumber,
    /// The name, as it was scanned.
    pub name: Arc<[u8]>,
    /// The place; its path ends with the name.
    pub place: Place,
    /// True if it was there before the range that is read.
    pub before: bool,
}
