//! What can go wrong before a source can yield anything.
//!
//! An error here means that the job cannot be done. A single file or object that cannot be read is not
//! an error but an entry of the coverage.

use std::io;
use std::path::PathBuf;

/// Why a source cannot do its job.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path given by name does not exist.
    #[error("`{}` does not exist. Check the path, or leave it out.", path.display())]
    Missing {
        /// The path, as given.
        path: PathBuf,
    },
    /// A file that the job depends on cannot be read.
    #[error("`{}` cannot be read ({source}). Make it readable and run again.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no standard input.
    #[error(
        "Standard input is closed, so there is nothing to read. Pipe something in; for an input that is empty by intent \
         write `</dev/null`."
    )]
    StdinClosed,
    /// Standard input cannot be read at all.
    #[error("Standard input cannot be read ({0}). Check what is piped in and run again.")]
    Stdin(io::Error),
    /// No repository stands at or above the path.
    #[error(
        "`{}` is not inside a git repository. Run the command inside one, or use `keydredge scan` for plain files.",
        path.display()
    )]
    NotARepository {
        /// Where a repository was looked for.
        path: PathBuf,
    },
    /// git's ownership check refuses the repository.
    #[error(
        "The repository at `{}` belongs to another user, and git's safe.directory check refuses it. If you trust \
         it, run `git config --global --add safe.directory <its path>` and try again.",
        path.display()
    )]
    Owner {
        /// Where the repository was looked for.
        path: PathBuf,
    },
    /// The repository uses a format that this build cannot read.
    #[error(
        "The repository at `{}` uses {format}, which keydredge cannot read yet. Scan a plain clone of it instead \
         (`git clone --ref-format=files`, object format sha1).",
        path.display()
    )]
    Format {
        /// Where the repository was looked for.
        path: PathBuf,
        /// The extension, as its configuration names it.
        format: String,
    },
    /// The repository cannot be opened for another reason.
    #[error("The repository at `{}` cannot be opened ({message}). Check it with `git fsck`.", path.display())]
    Repository {
        /// Where the repository was looked for.
        path: PathBuf,
        /// What libgit2 said.
        message: String,
    },
    /// The index does not parse.
    #[error("The index `{}` is damaged: {problem}. Rebuild it with `git reset --mixed` and run again.", path.display())]
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The index uses a required extension that only the `git` program reads, and that did not work.
    #[error(
        "The index `{}` uses the extension `{extension}`, which only git itself can read, and asking it failed: \
         {problem}. Install git, or turn the extension off (`git update-index --no-split-index`).",
        path.display()
    )]
    IndexExtension {
        /// The index file.
        path: PathBuf,
        /// The extension's four letters.
        extension: String,
        /// Why git did not help.
        problem: String,
    },
    /// A revision names no commit.
    #[error("The revision `{revision}` does not name a commit of this repository. {}", unknown_revision_remedy(*.shallow))]
    Revision {
        /// The revision, as given.
        revision: String,
        /// True where the clone is shallow, so that the commit may merely not have been fetched.
        shallow: bool,
    },
    /// A range without a base.
    #[error("`{range}` names no base. Write BASE or BASE..HEAD, for example `origin/main..HEAD`.")]
    Range {
        /// The range, as given.
        range: String,
    },
    /// Two commits share no history.
    #[error(
        "`{base}` and `{head}` have no common ancestor, so what the one brings beyond the other is undefined. Name \
         a base that the head grew from."
    )]
    NoCommonAncestor {
        /// The base revision, as given.
        base: String,
        /// The head revision, as given.
        head: String,
    },
    /// The history between two commits has not been fetched.
    #[error(
        "This clone is shallow and stops before the common ancestor of `{base}` and `{head}`. Fetch the whole \
         history (`git fetch --unshallow`, or `fetch-depth: 0` in the checkout step of CI)."
    )]
    Shallow {
        /// The base revision, as given.
        base: String,
        /// The head revision, as given.
        head: String,
    },
    /// A commit or tree that the job starts from cannot be read.
    #[error("{what} cannot be read ({message}). Check the repository with `git fsck`, or fetch it again.")]
    Object {
        /// What it is, as the start of a sentence.
        what: String,
        /// What libgit2 said.
        message: String,
    },
    /// The exclude patterns of the configuration cannot be used; why.
    #[error("The exclude patterns of the configuration cannot be used: {0}.")]
    Globs(String),
    /// Threads cannot be started.
    #[error("The worker threads cannot be started ({0}). Try fewer with `--threads 1`.")]
    Threads(rayon::ThreadPoolBuildError),
}

fn unknown_revision_remedy(shallow: bool) -> &'static str {
    if shallow {
        "This clone is shallow, so it may not have been fetched: fetch the whole history (`git fetch --unshallow`, \
         or `fetch-depth: 0` in the checkout step of CI)."
    } else {
        "Check the spelling, or fetch it first (`git fetch`)."
    }
}
