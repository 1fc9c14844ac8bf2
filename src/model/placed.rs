//! Where in a history secrets are, and from when to when: the result of attribution.

use super::{InHistory, ObjectId, Place};
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

/// A secret, by its number, and its life in the whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The secret's number.
    pub secret: SecretNumber,
    /// Its life.
    pub history: InHistory,
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
