//! The place of a blob or a secret: file, index, commit, message.

use super::{ObjectId, Secret};
use std::sync::Arc;

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A file on disk.
    File,
    /// Standard input.
    Stdin,
    /// An entry of the index.
    Staged,
    /// A file of the tree that `diff` looks at.
    Diff,
    /// A file of a commit's tree.
    Commit,
    /// A commit's message.
    Message,
    /// An annotated tag's message.
    Tag,
    /// A note on an object.
    Note,
    /// An object that no tree names, as far as it is known.
    Object,
    /// The name of a file or folder itself; the place's path ends with it. A source passes many names on as one blob
    /// ([`Names`](super::Names)).
    Path,
    /// The name of a branch, a tag or another ref.
    Ref,
    /// The name or address of an author, committer or tagger.
    Author,
    /// A file in a layer of a container image; the place's path is that in the image.
    Layer,
    /// What an image says of itself: its configuration, the history of its making, its manifests.
    Image,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::File,
        Self::Stdin,
        Self::Staged,
        Self::Diff,
        Self::Commit,
        Self::Message,
        Self::Tag,
        Self::Note,
        Self::Object,
        Self::Path,
        Self::Ref,
        Self::Author,
        Self::Layer,
        Self::Image,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Stdin => "stdin",
            Self::Staged => "staged",
            Self::Diff => "diff",
            Self::Commit => "commit",
            Self::Message => "message",
            Self::Tag => "tag",
            Self::Note => "note",
            Self::Object => "object",
            Self::Path => "path",
            Self::Ref => "ref",
            Self::Author => "author",
            Self::Layer => "layer",
            Self::Image => "image",
        }
    }

    /// True if a place of this kind that has a path is at a file or folder of that path. A path in an image is none of the
    /// repository.
    pub const fn is_of_files(self) -> bool {
        !matches!(self, Self::Ref | Self::Author | Self::Layer | Self::Image)
    }

    /// True if the place is a name, and not the content of something.
    pub const fn is_name(self) -> bool {
        matches!(self, Self::Path | Self::Ref | Self::Author)
    }
}

/// One place of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What kind of place.
    pub kind: Kind,
    /// Relative to the repository's root (or as given, outside one), with `/`; see [`display_path`](super::display_path).
    pub path: Option<Arc<str>>,
    /// The blob's id: git's, or in an image the digest of the layer or document. `None` if it is computed only for what is
    /// reported.
    pub blob: Option<ObjectId>,
    /// The commit: in history the one that introduced the secret here.
    pub commit: Option<Arc<Commit>>,
    /// History: whether some ref reaches it.
    pub reachable: Option<bool>,
    /// History: whether some ref's tip still contains the secret here.
    pub live: Option<bool>,
    /// History: the commit that removed the secret here, if one did.
    pub removed_in: Option<ObjectId>,
    /// Where in a container image it is.
    pub image: Option<Arc<InImage>>,
}

/// A place in a container image. Places in several images that are the same are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InImage {
    /// The layer that brought it; none for what the image says of itself.
    pub layer: Option<ImageLayer>,
    /// The layer that removed or replaced it, if one did.
    pub removed: Option<ImageLayer>,
    /// The names of the images, sorted; none if no image of the file has it.
    pub images: Vec<String>,
}

impl InImage {
    /// Where it is, as a clause.
    pub fn clause(&self) -> String {
        let images = match self.images.as_slice() {
            [] => String::new(),
            [one] => format!(" of {one}"),
            [one, other] => format!(" of {one} and {other}"),
            [one, rest @ ..] => format!(" of {one} and {} more images", rest.len()),
        };
        match (&self.layer, &self.removed) {
            (None, _) if images.is_empty() => "in no image".to_owned(),
            (None, _) => format!("in the description{images}"),
            (Some(layer), None) => format!("in layer {}{images}", layer.number),
            (Some(layer), Some(removed)) => {
                format!("in layer {}{images}, removed in layer {}", layer.number, removed.number)
            }
        }
    }
}

impl ImageLayer {
    /// Its number, digest and command.
    pub fn sentence(&self) -> String {
        let digest = self.digest.as_ref().map(|digest| {
            let (algorithm, hex) = digest.split_once(':').unwrap_or(("", digest));
            format!(" ({algorithm}:{hex:.12})")
        });
        let command = self.command.as_ref().map(|command| format!(" by `{command}`"));
        format!("layer {}{}{}", self.number, digest.unwrap_or_default(), command.unwrap_or_default())
    }
}

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageLayer {
    /// Its number, from 1 for the lowest.
    pub number: u64,
    /// The digest by which the image names it (`sha256:…`), if it has one.
    pub digest: Option<String>,
    /// The command that made it, if the image says so.
    pub command: Option<String>,
}

impl Place {
    /// A place of `kind`, with nothing else known.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            path: None,
            blob: None,
            commit: None,
            reachable: None,
            live: None,
            removed_in: None,
            image: None,
        }
    }
}

/// Who made a commit (or tag), and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Author's name, invalid UTF-8 replaced.
    pub author: String,
    /// Author's address, likewise.
    pub email: String,
    /// Author's time, seconds since 1970.
    pub time: i64,
    /// Author's zone, minutes east of UTC.
    pub zone: i32,
}

/// The life of a secret in a whole history (its occurrences have the same for each path).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHistory {
    /// The secret.
    pub secret: Secret,
    /// The first commit whose tree contains it while no parent's does.
    pub introduced: Option<Arc<Commit>>,
    /// The last commit whose tree does not contain it while a parent's does; `None` while it is live.
    pub removed: Option<Arc<Commit>>,
    /// True if the tip of some ref contains it.
    pub live: bool,
    /// The refs whose tips contain it, sorted.
    pub refs: Vec<String>,
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
