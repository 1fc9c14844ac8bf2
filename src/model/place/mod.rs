//! The place of a blob or a secret: file, index, commit, message.
//!
//! # Design
//!
//! A [`Place`] is a path in a [`Source`], whose cases carry what each kind of source has: only what is in a repository has a
//! commit, only what is in an image has layers. Reports have one flat object for all; [`Source::from_parts`] reads it.

mod commit;
mod image;
mod kind;
mod source;
mod uncommitted;

pub use commit::Commit;
pub use image::{ImageLayer, InImage};
pub use kind::Kind;
pub use source::{ImageFile, InCommit, InMetadata, InStore, NameOf, Presence, Source, SourceParts};
pub use uncommitted::Uncommitted;

use super::{ObjectId, Secret};
use std::sync::Arc;

/// One place of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Relative to the repository's root (or as given, outside one), with `/`; see [`display_path`](super::display_path).
    pub path: Option<Arc<str>>,
    /// What it is in.
    pub source: Source,
}

impl Place {
    /// All of `source`, without a path.
    pub const fn of(source: Source) -> Self {
        Self { path: None, source }
    }

    /// The file on disk at `path`.
    pub fn file(path: &str) -> Self {
        Self { path: Some(path.into()), source: Source::File }
    }

    /// What kind of place it is.
    pub const fn kind(&self) -> Kind {
        self.source.kind()
    }

    /// The blob's id: git's, or in an image the digest of the layer or document.
    pub const fn blob(&self) -> Option<ObjectId> {
        self.source.blob()
    }

    /// The commit: in a history the one that introduced the secret here.
    pub const fn commit(&self) -> Option<&Arc<Commit>> {
        self.source.commit()
    }

    /// Whether it is still there.
    pub const fn presence(&self) -> Presence {
        self.source.presence()
    }

    /// Where in a container image it is.
    pub const fn image(&self) -> Option<&Arc<InImage>> {
        self.source.image()
    }
}

/// The life of a secret in a whole history (its occurrences have the same for each path).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InHistory {
    /// The first commit whose tree contains it while no parent's does; for a secret that is only in messages, the first
    /// such commit.
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

/// A secret and its life in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHistory {
    /// The secret.
    pub secret: Secret,
    /// Its life.
    pub history: InHistory,
}

/// The name of what is in the compressed file at `path`: its name without the ending, if it has one that says so.
pub fn unpacked(path: &str) -> String {
    const ENDS: [(&str, &str); 13] = [
        (".tgz", ".tar"),
        (".tbz2", ".tar"),
        (".tbz", ".tar"),
        (".txz", ".tar"),
        (".tzst", ".tar"),
        (".svgz", ".svg"),
        (".gz", ""),
        (".bz2", ""),
        (".xz", ""),
        (".lzma", ""),
        (".lz", ""),
        (".zst", ""),
        (".zlib", ""),
    ];
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    let is_end = |end: &str| {
        let start = name.len().checked_sub(end.len()).filter(|start| *start > 0);
        start.and_then(|start| name.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
    };
    match ENDS.iter().find(|(end, _)| is_end(end)) {
        Some((end, instead)) => format!("{}{instead}", &name[..name.len() - end.len()]),
        None => name.to_owned(),
    }
}
