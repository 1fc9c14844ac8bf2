//! What places are in: a case for each kind, with what such a place has.

use super::{Commit, InImage, Kind};
use crate::model::ObjectId;
use std::sync::Arc;

/// What a place is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file on disk.
    File,
    /// Standard input.
    Stdin,
    /// An entry of the index.
    Staged(InStore),
    /// A file of the tree that `diff` looks at.
    Diff(InStore),
    /// A file of a commit's tree.
    Commit(InCommit),
    /// A commit's message.
    Message(InMetadata),
    /// An annotated tag's message.
    Tag(InMetadata),
    /// A note on an object.
    Note(InCommit),
    /// An object that no tree names, as far as it is known.
    Object(InStore),
    /// The name of a file or folder itself; the place's path ends with it. A source passes many names on as one blob
    /// ([`Names`](crate::model::Names)).
    Path(NameOf),
    /// The name of a branch, a tag or another ref.
    Ref(InMetadata),
    /// The name or address of an author, committer or tagger.
    Author(InMetadata),
    /// A file in a layer of a container image; the place's path is that in the image.
    Layer(ImageFile),
    /// What an image says of itself: its configuration, the history of its making, its manifests.
    Image(ImageFile),
}

/// A blob of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InStore {
    /// Its id.
    pub blob: ObjectId,
    /// Whether it is still there.
    pub presence: Presence,
}

/// A blob of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InCommit {
    /// Its id.
    pub blob: ObjectId,
    /// The commit: in a history the one that introduced the secret here.
    pub commit: Arc<Commit>,
    /// Whether it is still there.
    pub presence: Presence,
}

/// Text of a commit or tag besides files, or the name of a ref.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InMetadata {
    /// The commit or tag that has it, if there is one yet.
    pub by: Option<Arc<Commit>>,
    /// Whether it is still there.
    pub presence: Presence,
}

/// A file of a container image, or all that are like it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFile {
    /// The digest of the layer or document, if it has one.
    pub blob: Option<ObjectId>,
    /// Where in which images it is. `None` if it was not looked for yet.
    pub image: Option<Arc<InImage>>,
    /// Whether the image shows it.
    pub presence: Presence,
}

/// What a name of a file or folder belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameOf {
    /// A file on disk, in a change, or in a container that is neither in a repository nor an image.
    File,
    /// An entry of a tree, or a member of a container in a repository.
    Entry {
        /// The container.
        blob: Option<ObjectId>,
        /// The commit.
        commit: Option<Arc<Commit>>,
        /// Whether it is still there.
        presence: Presence,
    },
    /// A file of a container image.
    Image(ImageFile),
}

/// Whether something is still there, as far as it is known: in a history, for the refs of a repository; in an image, for
/// who runs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Whether some ref reaches it, or some image of a file has it.
    pub reachable: Option<bool>,
    /// Whether some ref's tip still contains the secret here, or an image shows it.
    pub live: Option<bool>,
    /// The commit that removed the secret here, if one did.
    pub removed_in: Option<ObjectId>,
}

impl Presence {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { reachable: None, live: None, removed_in: None };

    /// Some ref reaches it.
    pub const REACHED: Self = Self { reachable: Some(true), ..Self::UNKNOWN };

    /// What is there as long as a ref reaches it.
    pub const fn as_long_as(reached: bool) -> Self {
        Self { reachable: Some(reached), live: Some(reached), removed_in: None }
    }
}

/// What a source has, whatever its kind: reports write it as one flat object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceParts {
    /// Its kind.
    pub kind: Kind,
    /// The id of the blob.
    pub blob: Option<ObjectId>,
    /// The commit or tag.
    pub commit: Option<Arc<Commit>>,
    /// Whether it is still there.
    pub presence: Presence,
    /// Where in a container image it is.
    pub image: Option<Arc<InImage>>,
}

impl Source {
    /// The source that has these parts. `None` if one of this kind has no such part, or needs one that is missing.
    pub fn from_parts(parts: SourceParts) -> Option<Self> {
        let SourceParts { kind, blob, commit, presence, image } = parts;
        let is_plain = blob.is_none() && commit.is_none() && presence == Presence::UNKNOWN && image.is_none();
        let is_of_image = matches!(kind, Kind::Layer | Kind::Image | Kind::Path) && commit.is_none();
        if image.is_some() && !is_of_image {
            return None;
        }
        let in_store = || Some(InStore { blob: blob?, presence }).filter(|_| commit.is_none());
        let in_commit = || Some(InCommit { blob: blob?, commit: commit.clone()?, presence });
        let in_metadata = || Some(InMetadata { by: commit.clone(), presence }).filter(|_| blob.is_none());
        let in_image = || ImageFile { blob, image: image.clone(), presence };
        Some(match kind {
            Kind::File => Some(Self::File).filter(|_| is_plain)?,
            Kind::Stdin => Some(Self::Stdin).filter(|_| is_plain)?,
            Kind::Staged => Self::Staged(in_store()?),
            Kind::Diff => Self::Diff(in_store()?),
            Kind::Object => Self::Object(in_store()?),
            Kind::Commit => Self::Commit(in_commit()?),
            Kind::Note => Self::Note(in_commit()?),
            Kind::Message => Self::Message(in_metadata()?),
            Kind::Tag => Self::Tag(in_metadata()?),
            Kind::Ref => Self::Ref(in_metadata()?),
            Kind::Author => Self::Author(in_metadata()?),
            Kind::Layer if is_of_image => Self::Layer(in_image()),
            Kind::Image if is_of_image => Self::Image(in_image()),
            Kind::Layer | Kind::Image => return None,
            Kind::Path if image.is_some() => Self::Path(NameOf::Image(in_image())),
            Kind::Path if is_plain => Self::Path(NameOf::File),
            Kind::Path => Self::Path(NameOf::Entry { blob, commit, presence }),
        })
    }

    /// The name of something in this.
    pub fn name_in(&self) -> Self {
        Self::Path(match self {
            Self::File | Self::Stdin => NameOf::File,
            Self::Layer(one) | Self::Image(one) => NameOf::Image(one.clone()),
            Self::Path(name) => name.clone(),
            _ => {
                let (blob, commit, presence) = (self.blob(), self.commit().cloned(), self.presence());
                NameOf::Entry { blob, commit, presence }
            }
        })
    }

    /// What kind of place it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::File => Kind::File,
            Self::Stdin => Kind::Stdin,
            Self::Staged(_) => Kind::Staged,
            Self::Diff(_) => Kind::Diff,
            Self::Commit(_) => Kind::Commit,
            Self::Message(_) => Kind::Message,
            Self::Tag(_) => Kind::Tag,
            Self::Note(_) => Kind::Note,
            Self::Object(_) => Kind::Object,
            Self::Path(_) => Kind::Path,
            Self::Ref(_) => Kind::Ref,
            Self::Author(_) => Kind::Author,
            Self::Layer(_) => Kind::Layer,
            Self::Image(_) => Kind::Image,
        }
    }

    /// The blob's id, or the digest of an image's layer or document.
    pub const fn blob(&self) -> Option<ObjectId> {
        match self {
            Self::File | Self::Stdin => None,
            Self::Staged(one) | Self::Diff(one) | Self::Object(one) => Some(one.blob),
            Self::Commit(one) | Self::Note(one) => Some(one.blob),
            Self::Message(_) | Self::Tag(_) | Self::Ref(_) | Self::Author(_) => None,
            Self::Path(NameOf::File) => None,
            Self::Path(NameOf::Entry { blob, .. }) => *blob,
            Self::Layer(one) | Self::Image(one) | Self::Path(NameOf::Image(one)) => one.blob,
        }
    }

    /// The commit or tag.
    pub const fn commit(&self) -> Option<&Arc<Commit>> {
        match self {
            Self::Commit(one) | Self::Note(one) => Some(&one.commit),
            Self::Message(one) | Self::Tag(one) | Self::Ref(one) | Self::Author(one) => one.by.as_ref(),
            Self::Path(NameOf::Entry { commit, .. }) => commit.as_ref(),
            Self::File | Self::Stdin | Self::Staged(_) | Self::Diff(_) | Self::Object(_) => None,
            Self::Layer(_) | Self::Image(_) | Self::Path(NameOf::File | NameOf::Image(_)) => None,
        }
    }

    /// The commit or tag, to change what is said of it.
    pub const fn commit_mut(&mut self) -> Option<&mut Arc<Commit>> {
        match self {
            Self::Commit(one) | Self::Note(one) => Some(&mut one.commit),
            Self::Message(one) | Self::Tag(one) | Self::Ref(one) | Self::Author(one) => one.by.as_mut(),
            Self::Path(NameOf::Entry { commit, .. }) => commit.as_mut(),
            Self::File | Self::Stdin | Self::Staged(_) | Self::Diff(_) | Self::Object(_) => None,
            Self::Layer(_) | Self::Image(_) | Self::Path(NameOf::File | NameOf::Image(_)) => None,
        }
    }

    /// Whether it is still there.
    pub const fn presence(&self) -> Presence {
        match self {
            Self::File | Self::Stdin | Self::Path(NameOf::File) => Presence::UNKNOWN,
            Self::Staged(one) | Self::Diff(one) | Self::Object(one) => one.presence,
            Self::Commit(one) | Self::Note(one) => one.presence,
            Self::Message(one) | Self::Tag(one) | Self::Ref(one) | Self::Author(one) => one.presence,
            Self::Path(NameOf::Entry { presence, .. }) => *presence,
            Self::Layer(one) | Self::Image(one) | Self::Path(NameOf::Image(one)) => one.presence,
        }
    }

    /// Whether it is still there, to say more of it; `None` for what is in no repository and no image.
    pub const fn presence_mut(&mut self) -> Option<&mut Presence> {
        match self {
            Self::File | Self::Stdin | Self::Path(NameOf::File) => None,
            Self::Staged(one) | Self::Diff(one) | Self::Object(one) => Some(&mut one.presence),
            Self::Commit(one) | Self::Note(one) => Some(&mut one.presence),
            Self::Message(one) | Self::Tag(one) | Self::Ref(one) | Self::Author(one) => {
                Some(&mut one.presence)
            }
            Self::Path(NameOf::Entry { presence, .. }) => Some(presence),
            Self::Layer(one) | Self::Image(one) | Self::Path(NameOf::Image(one)) => Some(&mut one.presence),
        }
    }

    /// Where in a container image it is.
    pub const fn image(&self) -> Option<&Arc<InImage>> {
        match self {
            Self::Layer(one) | Self::Image(one) | Self::Path(NameOf::Image(one)) => one.image.as_ref(),
            _ => None,
        }
    }

    /// Where in a container image it is, to change what is said of it.
    pub const fn image_mut(&mut self) -> Option<&mut Arc<InImage>> {
        match self {
            Self::Layer(one) | Self::Image(one) | Self::Path(NameOf::Image(one)) => one.image.as_mut(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> ObjectId {
        ObjectId::from_bytes(&[byte; 20]).expect("20 is a length of an id")
    }

    /// All parts that there can be, possible or not.
    fn all_parts() -> impl Iterator<Item = SourceParts> {
        let commit =
            Commit { id: id(2), author: "A".into(), email: "a@example.com".into(), time: 1, zone: 0 };
        let (commit, image) =
            (Arc::new(commit), Arc::new(InImage { layer: None, removed: None, images: Vec::new() }));
        (0..Kind::ALL.len() * 16).map(move |number| {
            let has = |bit: usize| number >> bit & 1 == 1;
            SourceParts {
                kind: Kind::ALL[number / 16],
                blob: has(0).then(|| id(1)),
                commit: has(1).then(|| Arc::clone(&commit)),
                presence: if has(2) { Presence::as_long_as(true) } else { Presence::UNKNOWN },
                image: has(3).then(|| Arc::clone(&image)),
            }
        })
    }

    #[test]
    fn a_source_has_the_parts_that_it_was_made_of_and_no_other() {
        let mut made = Vec::new();
        for parts in all_parts() {
            let Some(mut source) = Source::from_parts(parts.clone()) else { continue };
            made.push(parts.kind);
            let again = SourceParts {
                kind: source.kind(),
                blob: source.blob(),
                commit: source.commit().cloned(),
                presence: source.presence(),
                image: source.image().cloned(),
            };
            assert_eq!(again, parts);
            assert_eq!(source.commit_mut().is_some(), parts.commit.is_some());
            assert_eq!(source.image_mut().is_some(), parts.image.is_some());
            assert!(source.presence_mut().is_some() || parts.presence == Presence::UNKNOWN);
            // The name of something in it has the same parts.
            let name = source.name_in();
            let (kind, rest) = (name.kind(), (name.blob(), name.commit().cloned(), name.image().cloned()));
            assert_eq!((kind, rest), (Kind::Path, (parts.blob, parts.commit, parts.image)));
            assert_eq!(name.presence(), parts.presence);
        }
        let counts = Kind::ALL.map(|kind| (kind, made.iter().filter(|one| **one == kind).count()));
        let most = |kind| match kind {
            Kind::File | Kind::Stdin => 1,
            Kind::Staged | Kind::Diff | Kind::Object | Kind::Commit | Kind::Note => 2,
            Kind::Message | Kind::Tag | Kind::Ref | Kind::Author => 4,
            Kind::Layer | Kind::Image => 8,
            Kind::Path => 12,
        };
        assert!(counts.iter().all(|&(kind, count)| count == most(kind)), "{counts:?}");
    }
}
