//! Why a history run reads everything instead of starting from an earlier run.

use crate::findings::triage::Stale;
use crate::git::odb::NotExtended;
use crate::provenance::Unclear;
use std::fmt;

/// Why a full run is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FullReason {
    /// Nothing is kept for this build, these rules and this confidence.
    NoEarlierRun,
    /// There is a file, but this user did not write it, or it is damaged as a whole.
    ForeignCache,
    /// The earlier run could not leave a checkpoint.
    NoCheckpoint,
    /// A part of the file does not open, or contradicts itself.
    DamagedCheckpoint,
    /// What was found then may be judged differently today.
    OtherDay,
    /// An LFS object has been fetched, or deleted.
    LfsObjectsChanged,
    /// What the store has now cannot be read as the earlier state and new objects.
    NotExtended(NotExtended),
    /// An object that was missing has been fetched.
    MissingObjectAppeared,
    /// A ref names an old object that the checkpoint does not list.
    RefToUnlistedObject,
    /// The checkpoint lists an object that is not there.
    ListedObjectGone,
    /// A secret that was too unsure to report was found again in a form that may be reported.
    SecretMayBeReported,
    /// The new objects do not show which commits introduced or removed what.
    Unclear(Unclear),
}

impl From<Unclear> for FullReason {
    fn from(reason: Unclear) -> Self {
        Self::Unclear(reason)
    }
}

impl From<NotExtended> for FullReason {
    fn from(reason: NotExtended) -> Self {
        Self::NotExtended(reason)
    }
}

impl From<Stale> for FullReason {
    fn from(stale: Stale) -> Self {
        match stale {
            Stale::MayBeReported => Self::SecretMayBeReported,
            Stale::Damaged => Self::DamagedCheckpoint,
        }
    }
}

impl fmt::Display for FullReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoEarlierRun => {
                "no earlier run of this version with the same rules and --min-confidence left a checkpoint"
            }
            Self::ForeignCache => "the cache was not made by this user, or is damaged",
            Self::NoCheckpoint => "the earlier run left no checkpoint",
            Self::DamagedCheckpoint => "the checkpoint is damaged",
            Self::OtherDay => "what the earlier run found may be judged differently today",
            Self::LfsObjectsChanged => "LFS objects have come or gone",
            Self::NotExtended(NotExtended::ObjectsMoved) => "objects were packed again, or are gone",
            Self::NotExtended(NotExtended::OtherStores) => {
                "the repository has other object stores, or is no longer shallow or partial as it was"
            }
            Self::NotExtended(NotExtended::UnusablePack) => "a pack cannot be used",
            Self::NotExtended(NotExtended::ManyNewObjects) => {
                "there are more new objects than are worth reading one by one"
            }
            Self::MissingObjectAppeared => "an object that was missing is there now",
            Self::RefToUnlistedObject => "a ref names an old object that the checkpoint does not list",
            Self::ListedObjectGone => "an object of the checkpoint is not in the store",
            Self::SecretMayBeReported => "a secret that was too unsure to report was found again",
            Self::Unclear(Unclear::TagOfOldObject) => "a new tag names an old object that is no commit",
            Self::Unclear(Unclear::CommitsDiffer) => "the commits of the checkpoint do not fit the new ones",
            Self::Unclear(Unclear::SecretNotListed) => "an object with a secret is not in the checkpoint",
            Self::Unclear(Unclear::RefToTree) => "a ref names a tree instead of a commit",
            Self::Unclear(Unclear::SecretInFileName) => "the name of a new file or folder contains a secret",
            Self::Unclear(Unclear::NameTwiceInTree) => "a new tree has two entries of one name",
            Self::Unclear(Unclear::UnreadableTree) => "a tree or commit cannot be read",
            Self::Unclear(Unclear::ManyTrees) => "new commits change more than is worth reading tree by tree",
        })
    }
}
