//! The kinds of places, by their names in reports.

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
    /// ([`Names`](crate::model::Names)).
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
