//! What a push adds: the commits that its refs reach and the other side does not have.
//!
//! Git gives a push's hooks the refs with their old and new ids. Every new commit is compared with its parents
//! ([`super::commits`]); nothing is net here, because a push publishes each of them. Also given are the messages of
//! annotated tags, their taggers, and the names of the refs, and for a ref to a tree or a file all that is in it.
//!
//! # Design
//!
//! Refs show what the other side has: on a server all of its own, on a client the remote-tracking ones. An unknown ref
//! makes the range larger, never smaller. On a server the objects of a push are in quarantine, which the environment
//! names.

use super::compare::{Comparison, FileSide};
use super::tree_walk::Sides;
use super::{Bases, Changes, Options, Range};
use crate::git::commits::Commits;
use crate::git::object::{ObjectKind, TagText, person};
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::git::refs::Sources;
use crate::git::{self, Access, Repository};
use crate::model::{
    Blob, Commit, Coverage, InMetadata, Names, ObjectId, Piece, Place, Presence, Source, display_path,
};
use crate::source::{Error, Sink, reason};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

/// How many tags of tags are followed.
const MOST_TAGS: usize = 100;

/// A ref that is pushed; a deleted one adds nothing and is not included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its full name on the other side.
    pub name: Vec<u8>,
    /// What it pointed to there, if it existed.
    pub old: Option<ObjectId>,
    /// What it is to point to.
    pub new: ObjectId,
}

/// Which refs show what the other side has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    /// All of the repository: it is the other side.
    All,
    /// Those that were last seen of this remote.
    Remote(&'a str),
    /// The same, except the branches that are pushed: git has just heard from the remote what they are.
    Heard(&'a str),
    /// None.
    Nothing,
}

/// Refs and annotated tags that a push adds.
#[derive(Debug, Default)]
pub(super) struct Refs {
    names: BTreeSet<String>,
    tags: BTreeSet<ObjectId>,
}

/// What `updates` add to the other side; `dir` is in the repository that receives the push, or that it is pushed from.
///
/// # Errors
/// [`Error::Git`] if the object that a ref is to point to cannot be read.
pub fn open(dir: &Path, updates: &[Update], known: Known<'_>, options: &Options) -> Result<Changes, Error> {
    let repository = Repository::open(dir, Access { environment: options.environment, owner: true })?;
    let objects = ObjectReader::new(&repository);
    let all = known_ids(&repository, updates, known)?;
    let mut incoming = Incoming::default();
    for update in updates.iter().filter(|update| !all.contains(&update.new)) {
        incoming.add(&objects, update)?;
    }
    // The name alone is published too, whatever it points to.
    let is_new = |update: &&Update| update.old.is_none();
    incoming.refs.names.extend(updates.iter().filter(is_new).map(|update| display_path(&update.name)));
    let commits = Commits::new(&repository, &objects);
    let known = all.into_iter().filter_map(|id| known_commit(&objects, id));
    // What cannot be read of it counts as not known.
    let known: BTreeSet<ObjectId> = known.filter(|id| commits.get(*id).is_ok()).collect();
    drop(commits);
    let Incoming { heads, refs, comparison } = incoming;
    let range = Range {
        base: None,
        known: Vec::from_iter(known),
        heads: Vec::from_iter(heads),
        refs,
        is_behind: false,
    };
    let changes = Changes::new(repository, objects, Source::Diff, comparison, Bases::One, options)?;
    Ok(Changes { range: Some(range), ..changes })
}

/// The objects that the other side has refs to.
fn known_ids(
    repository: &Repository,
    updates: &[Update],
    known: Known<'_>,
) -> Result<HashSet<ObjectId>, Error> {
    let mut all: HashSet<ObjectId> = updates.iter().filter_map(|update| update.old).collect();
    let prefix = match known {
        Known::Nothing => return Ok(all),
        Known::All => "refs/".to_owned(),
        Known::Remote(name) | Known::Heard(name) => format!("refs/remotes/{name}/"),
    };
    let branch = |update: &Update| update.name.strip_prefix(b"refs/heads/").map(display_path);
    let refuted: HashSet<String> = match known {
        Known::Heard(_) => {
            updates.iter().filter_map(branch).map(|branch| format!("{prefix}{branch}")).collect()
        }
        Known::All | Known::Remote(_) | Known::Nothing => HashSet::new(),
    };
    let refs = Sources::read(repository)?.list().refs;
    let is_known = |name: &str| name.starts_with(&prefix) && !refuted.contains(name);
    all.extend(refs.iter().filter(|(name, _)| is_known(name)).map(|(_, id)| *id));
    Ok(all)
}

/// The commit that `id`, a commit or a tag, peels to, if it is here.
fn known_commit(objects: &ObjectReader, id: ObjectId) -> Option<ObjectId> {
    let mut at = id;
    for _ in 0..MOST_TAGS {
        match objects.read(at) {
            Read::Whole(ObjectKind::Commit, _) => return Some(at),
            Read::Whole(ObjectKind::Tag, bytes) => at = TagText::parse(&bytes, objects.width())?.target,
            _ => return None,
        }
    }
    None
}

/// What the refs of a push point to.
#[derive(Default)]
struct Incoming {
    heads: BTreeSet<ObjectId>,
    refs: Refs,
    /// Trees and files that refs point to, as if they were at the path of the ref's name.
    comparison: Comparison,
}

impl Incoming {
    fn add(&mut self, objects: &ObjectReader, update: &Update) -> Result<(), Error> {
        let name = update.name.as_slice();
        let mut at = update.new;
        for _ in 0..MOST_TAGS {
            match objects.read(at) {
                Read::Whole(ObjectKind::Commit, _) => {
                    self.heads.insert(at);
                    return Ok(());
                }
                Read::Whole(ObjectKind::Tag, bytes) => {
                    let tag = TagText::parse(&bytes, objects.width());
                    self.refs.tags.insert(at);
                    at = tag.ok_or_else(|| unreadable(at, reason::CORRUPT_OBJECT))?.target;
                }
                Read::Whole(ObjectKind::Tree, _) => {
                    let sides = Sides { head: Some(at), bases: Box::new([None]) };
                    self.comparison.directories.push(([name, b"/"].concat(), sides));
                    return Ok(());
                }
                Read::Whole(ObjectKind::Blob, _) => {
                    self.comparison.heads.push(FileSide { path: name.to_vec(), id: at, is_whole: true });
                    return Ok(());
                }
                Read::Missing => return Err(unreadable(at, reason::MISSING_OBJECT)),
                Read::TooLarge => return Err(unreadable(at, reason::OBJECT_TOO_LARGE)),
                Read::Unreadable => return Err(unreadable(at, reason::CORRUPT_OBJECT)),
            }
        }
        Err(unreadable(update.new, "it is a tag of too many tags"))
    }
}

fn unreadable(id: ObjectId, why: &str) -> Error {
    git::Error::Object { what: format!("The object {id}"), message: why.to_owned() }.into()
}

impl Refs {
    /// Annotated tags alone.
    pub(super) fn of_tags(tags: &[ObjectId]) -> Self {
        Self { names: BTreeSet::new(), tags: tags.iter().copied().collect() }
    }

    /// Gives the messages of the tags, their taggers, and the names of the refs to `sink`.
    pub(super) fn give(
        &self,
        objects: &ObjectReader,
        sink: &Sink<'_>,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        let mut people = Names::default();
        let mut give = |place: &Place, bytes: &[u8], what: &str| {
            if let Err(reason) =
                sink(Blob { place, inner: None, piece: Piece::whole(bytes), line: 1, column: 0 })
            {
                coverage.miss(reason, what.to_owned());
            }
        };
        let mut read = 0;
        for &id in &self.tags {
            let Read::Whole(ObjectKind::Tag, bytes) = objects.read(id) else {
                return Err(unreadable(id, reason::CORRUPT_OBJECT));
            };
            let tag = TagText::parse(&bytes, objects.width());
            let tag = tag.ok_or_else(|| unreadable(id, reason::CORRUPT_OBJECT))?;
            let by = person(tag.tagger, id);
            let Commit { author, email, .. } = &by;
            people.add(&format!("{author} <{email}>"));
            people.add(&String::from_utf8_lossy(tag.name));
            let message = InMetadata { by: Some(Arc::new(by)), presence: Presence::REACHED };
            let place = Place::of(Source::Tag(message));
            let text = tag.text();
            give(&place, &text, &format!("the message of the tag {id}"));
            read += text.len() as u64;
        }
        let mut names = Names::default();
        self.names.iter().for_each(|name| names.add(name));
        let nobody = InMetadata::default();
        for (source, names) in [(Source::Author(nobody.clone()), people), (Source::Ref(nobody), names)] {
            if !names.is_empty() {
                give(&Place::of(source), names.as_bytes(), "names of refs and people");
            }
        }
        coverage.objects.tag += self.tags.len() as u64;
        coverage.bytes += read;
        Ok(())
    }
}
