//! What each commit of a range adds, including what is removed again before the end.
//!
//! A push publishes every commit. So a secret that one commit of a range adds and a later one removes is public,
//! although the ends of the range do not differ by it. [`Changes::commits`] finds the files that commits add on the
//! way. What is in them at the end of the range is found by the net comparison.
//!
//! # Design
//!
//! Each commit is compared with all of its parents: what a merge takes from one of them is not new. A secret is old if a
//! parent has it at that path, in a version that no earlier commit of the range added there.

use super::tree_walk::{Sides, Trees, Unit, Walk, Wanted};
use super::{Bases, BlobOutcome, Changes, MOST_COUNTED, MOST_PATHS, Wanting, shown_in_part};
use crate::git::commits::Commits;
use crate::git::object::{CommitText, ObjectKind, person};
use crate::git::odb::loose::Read;
use crate::model::{
    Blob, Commit, Coverage, InCommit, InMetadata, NameOf, Names, ObjectId, Piece, Place, Presence, Source,
    display_path,
};
use crate::source::containers::example;
use crate::source::{Error, Sink, reason, stopped};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// The commits of a range, and the files that each of them changes.
#[derive(Debug, Default)]
pub struct RangeCommits {
    /// Parents before their children.
    commits: Vec<Arc<Commit>>,
    /// In the order of the commits.
    steps: Vec<Step>,
    /// The tree of BASE, whether it is an ancestor or not: what it has is old.
    base: Option<ObjectId>,
}

/// A file that a commit changes or removes.
#[derive(Debug)]
struct Step {
    /// The commit's position.
    commit: usize,
    path: Arc<str>,
    /// What the commit has there.
    new: Option<ObjectId>,
    /// What its parents had there, and what BASE has.
    old: Vec<ObjectId>,
    /// The part of that which no commit of the range added.
    before: Vec<ObjectId>,
}

impl Changes {
    /// Gives what each commit of the range adds to `sink`: the files that the range does not have at its end, each blob
    /// once at the first of its paths; the messages of all commits; the names of their authors and committers; and the
    /// paths that they add. Returns the coverage of what the net comparison does not read. Does nothing for a change
    /// that is no range.
    ///
    /// # Errors
    /// [`Error::Git`] if a commit cannot be read.
    pub fn commits(&self, sink: &Sink<'_>) -> Result<(Coverage, RangeCommits), Error> {
        let mut coverage = Coverage::default();
        let mut found = RangeCommits::default();
        let Some(range) = &self.range else { return Ok((coverage, found)) };
        let reachable = Commits::new(&self.repository, &self.objects);
        let commits = reachable.commits_between(&range.known, &range.heads)?;
        found.base = range.base.map(|id| reachable.get(id).map(|commit| commit.tree)).transpose()?;
        let mut brought = HashSet::new();
        let mut people = HashSet::new();
        let trees = Trees::new(&self.objects);
        range.refs.give(&self.objects, sink, &mut coverage)?;
        for id in commits {
            if stopped(self.options.stop) {
                coverage.interrupted = true;
                return Ok((coverage, found));
            }
            let commit = reachable.get(id)?;
            let tree = |&parent: &ObjectId| Ok(reachable.get(parent)?.tree);
            let parents = commit.parents.iter().map(tree).collect::<Result<Vec<_>, Error>>()?;
            self.text(id, &mut found, &mut people, sink, &mut coverage)?;
            if self.repository.shallow.contains(&id) {
                coverage.miss(reason::SHALLOW, id.to_string());
                continue;
            }
            let from = found.steps.len();
            self.steps(commit.tree, &parents, &trees, &mut found, &mut coverage);
            let mut added = Names::default();
            let is_added = |step: &&Step| step.new.is_some() && step.old.is_empty();
            found.steps[from..].iter().filter(is_added).for_each(|step| added.add(&step.path));
            let commit = found.commits.last().cloned();
            let name = NameOf::Entry { blob: None, commit, presence: Presence::REACHED };
            give_names(Source::Path(name), &added, sink, &mut coverage);
            for step in &mut found.steps[from..] {
                let is_older = |id: &ObjectId| !brought.contains(&(Arc::clone(&step.path), *id));
                step.before = step.old.iter().copied().filter(is_older).collect();
                brought.extend(step.new.map(|id| (Arc::clone(&step.path), id)));
            }
        }
        drop(trees);
        self.give_passing(&found, sink, &mut coverage);
        Ok((coverage, found))
    }

    /// Gives what was before at the paths that commits of the range change to `sink`. What could not be read of it is
    /// in the coverage, which is not part of the change's: a secret there is then taken for new.
    pub fn before_commits(&self, commits: &RangeCommits, sink: &Sink<'_>) -> Coverage {
        let mut blobs: BTreeMap<ObjectId, &str> = BTreeMap::new();
        for step in &commits.steps {
            for &id in &step.before {
                blobs.entry(id).or_insert(&step.path);
            }
        }
        let wanted = blobs.into_iter().map(|(id, path)| Wanting { id, path: path.to_owned(), paths: 1 });
        let mut coverage = Coverage::default();
        count(self.read(wanted.collect(), sink, &mut Coverage::default()), &mut coverage);
        coverage
    }

    /// Gives the message of a commit, and its author and committer, except those that are in `people` already.
    fn text(
        &self,
        id: ObjectId,
        found: &mut RangeCommits,
        people: &mut HashSet<String>,
        sink: &Sink<'_>,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        let unreadable = || {
            Error::from(crate::git::Error::Object {
                what: format!("The commit {id}"),
                message: reason::CORRUPT_OBJECT.to_owned(),
            })
        };
        let Read::Whole(ObjectKind::Commit, bytes) = self.objects.read(id) else { return Err(unreadable()) };
        let text = CommitText::parse(&bytes, self.objects.width()).ok_or_else(unreadable)?;
        let scanned = text.text();
        let commit = Arc::new(person(&text.author, id));
        let message = InMetadata { by: Some(Arc::clone(&commit)), presence: Presence::REACHED };
        let place = Place::of(Source::Message(message));
        if let Err(reason) =
            sink(Blob { place: &place, inner: None, piece: Piece::whole(&scanned), line: 1, column: 0 })
        {
            coverage.miss(reason, format!("the message of {id}"));
        }
        coverage.objects.commit += 1;
        coverage.bytes += scanned.len() as u64;
        found.commits.push(commit);
        let mut names = Names::default();
        for text in [&text.author, &text.committer] {
            let Commit { author, email, .. } = person(text, id);
            let name = format!("{author} <{email}>");
            if !people.contains(&name) {
                names.add(&name);
                people.insert(name);
            }
        }
        let author = InMetadata { by: found.commits.last().cloned(), presence: Presence::REACHED };
        give_names(Source::Author(author), &names, sink, coverage);
        Ok(())
    }

    /// Adds the files that a commit with the tree `head` changes against all of its parents' trees.
    fn steps(
        &self,
        head: ObjectId,
        parents: &[ObjectId],
        trees: &Trees<'_>,
        found: &mut RangeCommits,
        coverage: &mut Coverage,
    ) {
        let commit = found.commits.len() - 1;
        let bases: Vec<Option<ObjectId>> = match parents {
            [] => vec![None],
            parents => parents.iter().copied().map(Some).collect(),
        };
        let sides = Sides { head: Some(head), bases: bases.into() };
        let mut new = Walk::new(Bases::Parents, Wanted::Heads);
        new.add(trees, Vec::new(), sides.clone());
        // A tree may name a file twice: git checks that only where `receive.fsckObjects` says so.
        let mut changed: BTreeSet<(Vec<u8>, Option<ObjectId>)> = BTreeSet::new();
        let room = MOST_PATHS.saturating_sub(found.steps.len() as u64);
        let mut given = 0;
        each_within(&new, room, &mut |path, unit| {
            given += 1;
            match unit {
                Unit::Head(id) => {
                    changed.insert((path.to_owned(), Some(id)));
                }
                Unit::Submodule => coverage.exclude(reason::SUBMODULE, shown_in_part(path)),
                Unit::Unread(reason) => coverage.miss(reason, shown_in_part(path)),
                Unit::Base(..) => {}
            }
        });
        coverage.miss_some(reason::TOO_MANY_PATHS, new.paths().saturating_sub(given).min(MOST_COUNTED));
        coverage.notes.append(&mut new.notes);
        // Removals in a merge are not recorded: the commits of the other parents' sides have them.
        if let [parent] = parents {
            let sides = Sides { head: Some(head), bases: [Some(*parent)].into() };
            let mut old = Walk::new(Bases::One, Wanted::Bases);
            old.add(trees, Vec::new(), sides);
            each_within(&old, room.saturating_sub(given), &mut |path, unit| {
                if let Unit::Base(..) = unit {
                    let removed = (path.to_owned(), None);
                    let is_there = changed.range(removed.clone()..).next().is_some_and(|(at, _)| at == path);
                    if !is_there {
                        changed.insert(removed);
                    }
                }
            });
        }
        for (path, new) in changed {
            let shown = display_path(&path);
            if self.excludes.covers_file(Path::new(&shown)) {
                if let Some(id) = new.filter(|id| !self.has_at_end(*id)) {
                    coverage.exclude(reason::CONFIGURED, format!("{shown} ({id:.10})", id = id.to_string()));
                }
                continue;
            }
            let before = parents.iter().chain(&found.base);
            let old: Vec<ObjectId> =
                before.filter_map(|&tree| trees.file_at(tree, &path).ok().flatten()).collect();
            found.steps.push(Step { commit, path: shown.into(), new, old, before: Vec::new() });
        }
    }

    /// True if the range has this blob at its end, so that the net comparison reads it.
    fn has_at_end(&self, id: ObjectId) -> bool {
        self.at_end.get_or_init(|| self.scoped_blobs()).contains(&id)
    }

    /// Reads the blobs that commits add and that are not there at the end.
    fn give_passing(&self, found: &RangeCommits, sink: &Sink<'_>, coverage: &mut Coverage) {
        let mut blobs: HashMap<ObjectId, Wanting> = HashMap::new();
        for step in &found.steps {
            if let Some(id) = step.new.filter(|id| !step.old.contains(id) && !self.has_at_end(*id)) {
                let path = step.path.to_string();
                blobs.entry(id).or_insert_with(|| Wanting { id, path, paths: 1 });
            }
        }
        let outcomes = self.read(blobs.into_values().collect(), sink, coverage);
        count(outcomes, coverage);
    }
}

/// Gives each path of `walk` to `visit`; if there are more than `room`, each object once at the first of its paths, so
/// that the work is in proportion to objects.
fn each_within(walk: &Walk, room: u64, visit: &mut dyn FnMut(&[u8], Unit)) {
    if walk.paths() > room {
        walk.each_once(visit);
    } else {
        walk.each(room, &mut |path, unit| {
            visit(path, unit);
            ControlFlow::Continue(())
        });
    }
}

fn count(outcomes: Vec<(Wanting, BlobOutcome)>, coverage: &mut Coverage) {
    for (Wanting { path, .. }, outcome) in outcomes {
        match outcome {
            BlobOutcome::Scanned(bytes) => coverage.scan(bytes),
            BlobOutcome::Excluded(reason) => coverage.exclude(reason, path),
            BlobOutcome::Compressed(bytes, inner) => {
                coverage.exclude_scanned(reason::COMPRESSED, bytes, example(&path, &inner));
            }
            BlobOutcome::Unread(reason, inner) => coverage.miss(&reason, example(&path, &inner)),
        }
    }
}

/// Gives `names`, which a commit adds to `source`, to `sink`.
fn give_names(source: Source, names: &Names, sink: &Sink<'_>, coverage: &mut Coverage) {
    if names.is_empty() {
        return;
    }
    let place = Place::of(source);
    if let Err(reason) =
        sink(Blob { place: &place, inner: None, piece: Piece::whole(names.as_bytes()), line: 1, column: 0 })
    {
        coverage.miss(reason, "names in commits".to_owned());
    }
}

impl RangeCommits {
    /// Who made the commit `id` of the range.
    pub fn commit(&self, id: ObjectId) -> Option<Arc<Commit>> {
        self.commits.iter().find(|commit| commit.id == id).cloned()
    }

    /// The places at which a secret that the blobs `holding` contain was introduced, each with the commit that removed
    /// it there: at a path, a commit introduced a secret if its blob there contains it and no parent's blob does.
    pub fn places(&self, holding: &HashSet<ObjectId>) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        // For each path the place that is still open.
        let mut open: HashMap<&Arc<str>, usize> = HashMap::new();
        for step in &self.steps {
            let had = step.old.iter().any(|id| holding.contains(id));
            let has = step.new.filter(|id| holding.contains(id));
            match has {
                Some(blob) if !had => {
                    open.insert(&step.path, places.len());
                    let commit = Arc::clone(&self.commits[step.commit]);
                    let presence = Presence { live: Some(false), ..Presence::REACHED };
                    let source = Source::Commit(InCommit { blob, commit, presence });
                    places.push(Place { path: Some(Arc::clone(&step.path)), source });
                }
                Some(_) => {}
                None if had => {
                    let presence = open.remove(&step.path).and_then(|at| places[at].source.presence_mut());
                    if let Some(presence) = presence {
                        presence.removed_in = Some(self.commits[step.commit].id);
                    }
                }
                None => {}
            }
        }
        places
    }
}
