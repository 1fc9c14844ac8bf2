//! The git hooks: where git looks for them, what is there, ours put in place, and a proof that they work.
//!
//! All hooks are `hooks/pre-commit` of this repository, byte for byte: it acts by the name it is
//! run as. For all repositories of a user, `hooks/repository-own` is beside it.
//!
//! # Design
//!
//! An existing hook is kept beside ours under another name and run first. Nothing else of the repository (no
//! configuration, no other hook) is changed. The text of a hook proves nothing: keydredge may be named in a
//! comment, or in a line after `exit 0`. So the hook is run to see whether it works ([`Scratch::try_hook`]).

mod folder;
mod git;
mod global;
mod install;
mod proof;
mod scratch;
mod state;
#[cfg(test)]
mod tests;

pub use folder::{HooksFolder, HooksPath};
pub use global::GlobalHooks;
pub use proof::{Proof, TrialVerdict};
pub use scratch::{Plant, Scratch};
pub use state::{FoundHook, Hook, State};

use crate::shown_path::shown_path;
use crate::{atomic_file, update_lock};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The hook itself, the same under each name.
const SCRIPT: &str = include_str!("../../hooks/pre-commit");

/// A line in every version of the hook.
const MARK: &str = "# keydredge hook v";

/// A line in every version of a hook that only runs the repository's own.
const OWN_MARK: &str = "# keydredge repository-own v";

/// The end of the name of the hook that was there before.
const BEFORE: &str = ".before-keydredge";

/// The operations before which git runs no hook, as tried with git 2.39.
const NO_COMMIT_HOOK: &str = "Git runs no hook for what cherry-pick, revert, rebase (also `rebase --continue`) and am commit by themselves, for a fast-forward, or with --no-verify.";

/// What still scans them if there is no hook for pushes.
const NO_PUSH_HOOK: &str = "And no hook is installed for pushes (`keydredge hook install --stage pre-push`). `keydredge ci` looks at all of these in CI.";

/// The same if there is one.
const PUSH_HOOK: &str = "The hook for pushes looks at all of these, but for a push with --no-verify; `keydredge ci` looks at that in CI.";

/// What is scanned on a server.
const SERVER: &str = "Every push to this repository is looked at if the hook pre-receive (or update) is installed; what is there already is not: `keydredge history` reads that.";

/// A hook of git's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookKind {
    /// Before a commit that a person makes, a merge with conflicts that were resolved included.
    PreCommit,
    /// Before a merge that git commits by itself.
    PreMergeCommit,
    /// Before a commit, for its message.
    CommitMsg,
    /// Before a push, on the side that pushes.
    PrePush,
    /// Before a push is accepted, on the receiving side.
    PreReceive,
    /// Before one ref of a push is accepted, on the receiving side.
    Update,
}

impl HookKind {
    /// Those that keydredge can be installed as.
    pub const ALL: [Self; 6] = [
        Self::PreCommit,
        Self::PreMergeCommit,
        Self::CommitMsg,
        Self::PrePush,
        Self::PreReceive,
        Self::Update,
    ];

    /// Those that keydredge is installed as if none is named.
    pub const USUAL: [Self; 2] = [Self::PreCommit, Self::PreMergeCommit];

    /// Its name, which is that of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
            Self::Update => "update",
        }
    }

    /// True for one of a repository that is pushed to.
    pub fn is_of_server(self) -> bool {
        matches!(self, Self::PreReceive | Self::Update)
    }

    /// What git runs it before.
    pub fn before_what(self) -> &'static str {
        match self {
            Self::PreCommit => "each commit",
            Self::PreMergeCommit => "each merge that git commits by itself",
            Self::CommitMsg => "each commit, for its message",
            Self::PrePush => "each push",
            Self::PreReceive => "it takes a push",
            Self::Update => "it takes a ref of a push",
        }
    }
}

/// What can go wrong.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no repository, or it cannot be opened.
    #[error(transparent)]
    Repository(#[from] crate::git::Error),
    /// The git program gave no answer.
    #[error("git could not say {what}: {said}")]
    Git {
        /// The question.
        what: &'static str,
        /// What it said on standard error.
        said: String,
    },
    /// The git program could not be run.
    #[error("git could not say {what}")]
    NoAnswer {
        /// The question.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be read, made or removed.
    #[error("{path} could not be {verb}", path = shown_path(.path))]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `made`, `removed`.
        verb: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Two hooks are there from before.
    #[error(
        "{path} is in the way: it was kept by an earlier install, and another hook stands in its place now; merge the two by hand", path = shown_path(.path))]
    TwoBefore {
        /// The kept one.
        path: PathBuf,
    },
    /// The hooks folder belongs to more than this repository.
    #[error(
        "core.hooksPath points to {path}, outside this repository, so what is there runs in every repository that uses it, and nothing was changed; put this line into its pre-commit and pre-merge-commit by hand (or take it out): keydredge hook run", path = shown_path(.path))]
    Shared {
        /// The folder.
        path: PathBuf,
    },
    /// Hooks of all repositories are somewhere else already.
    #[error(
        "core.hooksPath of the user's configuration names {path} already, and git takes hooks from one folder; nothing was changed; put this line into the pre-commit and pre-merge-commit there by hand: keydredge hook run", path = shown_path(.path))]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// What git would write the setting to is no file.
    #[error(
        "GIT_CONFIG_GLOBAL names {path}, which is no file that git could change; unset it or name a file, then install again",
        path = shown_path(.path)
    )]
    NotAConfiguration {
        /// What the variable names.
        path: PathBuf,
    },
    /// A file that is not ours is in the place of one of ours.
    #[error("{path} is in the way: keydredge did not make it; move it, then install again", path = shown_path(.path))]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// It is not known where the user's configuration is.
    #[error(
        "neither XDG_CONFIG_HOME nor HOME names a folder, so there is no place for the hooks of all repositories"
    )]
    NoHome,
    /// The repository's own hooks folder is a link that points outside it.
    #[error(
        "{path} leads out of this repository (a symbolic link), so nothing was changed there; remove the link, then try again", path = shown_path(.path))]
    LeadsOut {
        /// The folder, as git names it.
        path: PathBuf,
    },
    /// A hook is a link to nothing, or to an older hook of ours.
    #[error(
        "{path} is a symbolic link to {target}, {which}, and nothing is written through a link; remove the link, then install again", path = shown_path(.path), target = shown_path(.target))]
    Link {
        /// The link.
        path: PathBuf,
        /// Its target, as written in the link.
        target: PathBuf,
        /// What is there, as a relative clause.
        which: &'static str,
    },
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] atomic_file::Error),
    /// Another run is changing the hooks.
    #[error(transparent)]
    Lock(#[from] update_lock::Error),
}
