//! Why something was left out or could not be read.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

/// A reason: a short phrase, the same in every report (`permission denied`, `missing object`, `submodule`). Reasons are
/// ordered by their phrases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    known: Option<KnownReason>,
    phrase: Cow<'static, str>,
}

/// A reason on which something depends, not only a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownReason {
    /// An object is named and is not in the store.
    MissingObject,
    /// The same in a partial clone, which may lack it on purpose.
    MissingInPartialClone,
    /// A shallow clone left out the parents of a commit, so that what it changes is not known.
    ShallowBoundary,
    /// A ref that does not say what it points to.
    UnreadableRef,
    /// A container, or something in it, is encrypted.
    Encrypted,
    /// It is compressed by a method that is not known here.
    UnknownMethod,
    /// It is cut off, or does not follow its format.
    Damaged,
    /// More containers are inside each other than are opened.
    NestedTooDeep,
    /// There are more members than are read.
    TooManyMembers,
    /// More comes out than is read.
    ExpandsTooMuch,
    /// It can only be read as a whole, and is larger than what is held in memory.
    TooLargeToOpen,
    /// Unpacking needs more memory than it gets.
    TooMuchMemory,
    /// A compressed container: its bytes were scanned, its content was not.
    Compressed,
    /// A Git LFS pointer whose object is not in the repository's store.
    LfsPointer,
}

impl KnownReason {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::MissingObject,
        Self::MissingInPartialClone,
        Self::ShallowBoundary,
        Self::UnreadableRef,
        Self::Encrypted,
        Self::UnknownMethod,
        Self::Damaged,
        Self::NestedTooDeep,
        Self::TooManyMembers,
        Self::ExpandsTooMuch,
        Self::TooLargeToOpen,
        Self::TooMuchMemory,
        Self::Compressed,
        Self::LfsPointer,
    ];

    /// The reasons for content that is in scope and was not scanned, though no setting leaves it out: a source counts it
    /// as excluded, `--strict` and [`Coverage::miss_excluded`](super::Coverage::miss_excluded) as unread. A submodule is
    /// not among them, for it is another repository.
    pub const NOT_LOOKED_INTO: [Self; 2] = [Self::Compressed, Self::LfsPointer];

    /// Its phrase.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::MissingObject => "missing object",
            Self::MissingInPartialClone => "missing object (partial clone)",
            Self::ShallowBoundary => "shallow boundary",
            Self::UnreadableRef => "unreadable ref",
            Self::Encrypted => "encrypted",
            Self::UnknownMethod => "unsupported compression method",
            Self::Damaged => "damaged or cut off",
            Self::NestedTooDeep => "nested too deep",
            Self::TooManyMembers => "too many members",
            Self::ExpandsTooMuch => "expands too much",
            Self::TooLargeToOpen => "too large to open",
            Self::TooMuchMemory => "needs too much memory to unpack",
            Self::Compressed => "compressed",
            Self::LfsPointer => "lfs pointer",
        }
    }

    /// True if another run over the same objects and refs finds it unread again: the store lacks it, or it is in a
    /// container that cannot be opened.
    pub const fn is_lasting(self) -> bool {
        match self {
            Self::MissingObject | Self::MissingInPartialClone | Self::ShallowBoundary => true,
            Self::UnreadableRef | Self::Encrypted | Self::UnknownMethod | Self::Damaged => true,
            Self::NestedTooDeep | Self::TooManyMembers | Self::ExpandsTooMuch => true,
            Self::TooLargeToOpen | Self::TooMuchMemory => true,
            Self::Compressed | Self::LfsPointer => false,
        }
    }
}

impl Reason {
    /// Its phrase.
    pub fn as_str(&self) -> &str {
        &self.phrase
    }

    /// Which of the known reasons it is.
    pub fn known(&self) -> Option<KnownReason> {
        self.known
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Reason {
    fn from(phrase: T) -> Self {
        let phrase = phrase.into();
        Self { known: KnownReason::ALL.into_iter().find(|known| known.phrase() == phrase), phrase }
    }
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        &self.phrase
    }
}

impl Borrow<str> for Reason {
    fn borrow(&self) -> &str {
        &self.phrase
    }
}

impl PartialOrd for Reason {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reason {
    fn cmp(&self, other: &Self) -> Ordering {
        self.phrase.cmp(&other.phrase)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.phrase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_reason_is_known_by_its_phrase_and_no_other_is() {
        for known in KnownReason::ALL {
            assert_eq!(Reason::from(known.phrase()).known(), Some(known));
            assert_eq!(Reason::from(format!("{}s", known.phrase())).known(), None);
        }
        let mut reasons = ["vanished", "compressed", "missing object", "a"].map(Reason::from);
        reasons.sort();
        assert!(reasons.iter().map(|reason| &**reason).eq(["a", "compressed", "missing object", "vanished"]));
    }
}
