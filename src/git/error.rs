//! Why a repository cannot be read at all. What is wrong with one object is no error but `unread`.

use std::io;
use std::path::PathBuf;

/// Why a repository cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing stands at the path.
    #[error("{path} does not exist; name a git repository or a directory in one")]
    NoSuchPath {
        /// The path as given.
        path: PathBuf,
    },
    /// No repository there, nor above.
    #[error("{path} is not in a git repository; name one, or scan files with `keydredge scan`")]
    NotARepository {
        /// The path as given.
        path: PathBuf,
    },
    /// A file that says where the repository is, is wrong.
    #[error("{path} does not lead to a git repository; repair it with `git worktree repair`")]
    Broken {
        /// The file at fault.
        path: PathBuf,
    },
    /// A file of the repository could not be read.
    #[error("{path} could not be read: {source}")]
    Io {
        /// The file at fault.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The repository's configuration could not be read.
    #[error("{path} could not be read as a git configuration: {source}")]
    Config {
        /// The file at fault.
        path: PathBuf,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// The repository is in a format that this version does not read.
    #[error("the repository {path} uses `{extension}`, which keydredge does not read yet")]
    Extension {
        /// The repository.
        path: PathBuf,
        /// The extension, as the configuration names it, with its value.
        extension: String,
    },
    /// The refs are in a format that only git reads, and git could not be asked.
    #[error("the repository {path} keeps its refs as `{extension}`, which git must list: {reason}")]
    Refs {
        /// The repository.
        path: PathBuf,
        /// The extension, as the configuration names it, with its value.
        extension: String,
        /// What went wrong in asking git.
        reason: String,
    },
    /// A pattern that no ref fits.
    #[error("no ref is called `{pattern}`; {}", suggestion(near))]
    NoSuchRef {
        /// The pattern as given.
        pattern: String,
        /// Names that look like it, the nearest first.
        near: Vec<String>,
    },
    /// A revision that names no commit here.
    #[error("`{revision}` {problem}")]
    Revision {
        /// The revision as given.
        revision: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A file of the repository that the job depends on cannot be read.
    #[error("`{}` cannot be read ({source}). Make it readable and run again.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
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
    /// More objects than this version counts.
    #[error("the object store {path} holds more than 4 billion objects, which is more than keydredge counts")]
    TooMany {
        /// The store's directory.
        path: PathBuf,
    },
}

/// Why a revision names no commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not known at all.
    #[error("names no commit of this repository; {}", suggestion(.near))]
    Unknown {
        /// Names of refs that look like it, the nearest first.
        near: Vec<String>,
    },
    /// The clone stops before it, perhaps.
    #[error(
        "names no commit of this shallow clone; fetch the whole history (`git fetch --unshallow`, or `fetch-depth: 0` in \
         the checkout step of CI)"
    )]
    Shallow,
    /// It is a point in time.
    #[error(
        "looks like a date; name a commit, such as the last one before it: `git rev-list -1 --before=DATE HEAD` prints it"
    )]
    Date,
    /// It is a range.
    #[error("is a range; name only where it begins (--since BASE), and where it ends with --refs")]
    Range,
    /// Several objects have names that start so.
    #[error("is how the names of {0} commits or tags start; write more of it")]
    Ambiguous(usize),
    /// What it names is neither a commit nor a tag of one.
    #[error("names a tree or a blob; name a commit")]
    NotACommit,
    /// What it names is damaged.
    #[error("names an object that cannot be read; check the repository with `git fsck`")]
    Corrupt,
    /// It goes back to a parent that is not there.
    #[error("goes back further than this history does; name a commit that it holds")]
    NoParent,
    /// A ref names it, and the store lacks it.
    #[error("names a commit that this repository lacks; fetch it (`git fetch`)")]
    Missing,
}

fn suggestion(near: &[String]) -> String {
    match near.split_last() {
        None => "check the spelling, or fetch it first (`git fetch`)".to_owned(),
        Some((only, [])) => format!("perhaps `{only}` is meant"),
        Some((last, others)) => format!("perhaps `{}` or `{last}` is meant", others.join("`, `")),
    }
}
