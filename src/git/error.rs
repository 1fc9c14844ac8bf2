//! Why a repository cannot be read at all. A fault in one object is no error but `unread`.

use crate::shown_path::shown_path;
use std::io;
use std::path::PathBuf;

/// Why a repository cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is at the path.
    #[error("`{}` does not exist. Name a git repository or a directory in one.", shown_path(path))]
    NoSuchPath {
        /// The path as given.
        path: PathBuf,
    },
    /// A file, which is no repository, whatever it is in.
    #[error(
        "`{}` is a file and no git repository. A bundle has to be cloned first; `keydredge scan` reads files.",
        shown_path(path)
    )]
    File {
        /// The path as given.
        path: PathBuf,
    },
    /// No repository there, nor above.
    #[error(
        "`{}` is not in a git repository. Name one, run the command inside one, or scan files with `keydredge scan`.",
        shown_path(path)
    )]
    NotARepository {
        /// The path as given.
        path: PathBuf,
    },
    /// A file that points to the repository is wrong.
    #[error(
        "`{}` does not lead to a git repository. Repair it with `git worktree repair`.",
        shown_path(path)
    )]
    Broken {
        /// The file at fault.
        path: PathBuf,
    },
    /// A file of the repository that the job depends on cannot be read.
    #[error("`{}` cannot be read ({source}). Make it readable and run again.", shown_path(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A configuration file of git does not parse.
    #[error(
        "`{}` is not a git configuration: line {line}: {problem}. Correct it and run again.",
        shown_path(path)
    )]
    Config {
        /// The file at fault.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: &'static str,
    },
    /// The repository is in a format that this version does not read.
    #[error(
        "The repository at `{}` uses `{extension}`, which keydredge does not read yet. Scan a plain clone of it instead.",
        shown_path(path)
    )]
    Extension {
        /// The repository.
        path: PathBuf,
        /// The extension, as the configuration names it, with its value.
        extension: String,
    },
    /// git's ownership check refuses the repository.
    #[error(
        "The repository at `{}` belongs to another user, and git's safe.directory check refuses it. If you trust it, run \
         `git config --global --add safe.directory <its path>` and try again.",
        shown_path(path)
    )]
    Owner {
        /// The top of its working tree, or its git directory.
        path: PathBuf,
    },
    /// The refs are in a table that does not parse.
    #[error(
        "The refs in `{}` are damaged: {problem}. Check the repository with `git fsck`.",
        shown_path(path)
    )]
    Reftable {
        /// The table, or the list of tables.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A ref that the job starts from is invalid.
    #[error("The ref `{name}` is damaged: {problem}. Check the repository with `git fsck`.")]
    Reference {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A commit or tree that the job starts from cannot be read.
    #[error("{what} cannot be read ({message}). Check the repository with `git fsck`, or fetch it again.")]
    Object {
        /// What it is, as the start of a sentence.
        what: String,
        /// Why not.
        message: String,
    },
    /// Two commits have more merge bases than are supported.
    #[error("The two commits have more than {most} merge bases. Name a base that the head grew from.")]
    TooManyBases {
        /// How many there may be.
        most: usize,
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
        problem: RevisionProblem,
    },
    /// The index does not parse.
    #[error(
        "The index `{}` is damaged: {problem}. Rebuild it with `git reset --mixed` and run again.",
        shown_path(path)
    )]
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The index uses a required extension that is not read here.
    #[error(
        "The index `{}` uses the extension `{extension}`, which keydredge does not read yet. Have git write it anew with \
         `git reset --mixed`.",
        shown_path(path)
    )]
    IndexExtension {
        /// The index file.
        path: PathBuf,
        /// The extension's four letters.
        extension: String,
    },
    /// More objects than this version counts.
    #[error("the object store {path} holds more than 4 billion objects, which is more than keydredge counts", path = shown_path(.path))]
    TooMany {
        /// The store's directory.
        path: PathBuf,
    },
}

/// Why a revision names no commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevisionProblem {
    /// It is not known at all.
    #[error("names no commit of this repository; {}", suggestion(.near))]
    Unknown {
        /// Names of refs that look like it, the nearest first.
        near: Vec<String>,
    },
    /// It may be below the boundary of a shallow clone.
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
    /// Several objects have ids that start so.
    #[error("is how the names of {0} commits or tags start; write more of it")]
    Ambiguous(usize),
    /// Several refs have this short name, or a commit's id starts so as well.
    #[error("may be `{first}` or `{other}`; write the one that is meant")]
    SeveralNames {
        /// The one that git would take.
        first: String,
        /// Another.
        other: String,
    },
    /// Only git can resolve it, and git could not be run.
    #[error("is for git to read, and asking it failed ({0}); install git, or name the commit by its id")]
    Git(String),
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
