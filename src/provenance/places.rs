//! The places that are reported, and the lifetimes of secrets, made from facts.

use super::commit_changes::{PathNumber, Paths};
use super::facts::Facts;
use super::lifetimes::TreeLifetime;
use super::names::scan::path_of;
use super::tips::RefNumber;
use crate::git::ObjectKind;
use crate::git::commit_graph::Position;
use crate::git::object::{TagText, person};
use crate::git::odb::number::ObjectNumber;
use crate::model::{
    Commit, InCommit, InHistory, InMetadata, InStore, Lifetime, NameOf, ObjectId, Place, PlacedName,
    PlacedSecret, Presence, SecretNumber, Source, display_path,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What is in no commit's tree.
#[derive(Debug)]
pub(super) struct Beyond {
    /// Blobs that contain a secret.
    pub(super) blobs: Vec<ObjectNumber>,
    /// Names of entries that do.
    pub(super) names: Vec<ObjectNumber>,
    /// Those that refs reach other than through commits, each with its path in a tree that a ref points to.
    pub(super) named: HashMap<ObjectNumber, Option<Vec<u8>>>,
    /// For each tree or blob that refs point to, those refs, ascending.
    pub(super) refs: BTreeMap<ObjectNumber, Vec<RefNumber>>,
    /// For each secret, those trees and blobs that contain it.
    pub(super) held: BTreeMap<SecretNumber, Vec<ObjectNumber>>,
}

impl Beyond {
    /// The refs that reach a secret other than through commits: the first `most`, and how many.
    fn refs(&self, secret: SecretNumber, most: usize) -> (Vec<RefNumber>, u64) {
        let lists: Vec<_> =
            self.held.get(&secret).into_iter().flatten().map(|object| &self.refs[object]).collect();
        // A ref points to one object, so that none is counted twice.
        let count = lists.iter().map(|list| list.len() as u64).sum();
        let mut first: Vec<_> = lists.iter().flat_map(|list| list.iter().take(most)).copied().collect();
        first.sort_unstable();
        first.truncate(most);
        (first, count)
    }
}

/// What names add to the lifetimes of secrets.
#[derive(Debug, Default)]
pub(super) struct NameLifetime {
    /// The first commit that has such a name.
    pub(super) first: Option<Position>,
    /// True if a ref has such a name, or reaches something that has.
    pub(super) live: bool,
    /// The refs with such a name.
    pub(super) refs: Vec<String>,
}

/// Messages that contain a secret: the first commit of them, and whether a ref reaches one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Messages {
    first: Option<Position>,
    live: bool,
}

/// What contains secrets and is in no commit's tree.
#[derive(Debug)]
pub(super) struct Elsewhere {
    pub(super) messages: BTreeMap<SecretNumber, Messages>,
    pub(super) names: BTreeMap<SecretNumber, NameLifetime>,
    pub(super) beyond: Beyond,
}

/// Places while they are collected.
pub(super) struct Places<'a> {
    pub(super) facts: &'a Facts<'a>,
    /// For each commit whether a ref reaches it.
    pub(super) reached: Vec<bool>,
    pub(super) noted: Vec<bool>,
    pub(super) commits: HashMap<Position, Arc<Commit>>,
    pub(super) paths: HashMap<PathNumber, Arc<str>>,
    pub(super) places: Vec<PlacedSecret>,
    pub(super) names: Vec<PlacedName>,
}

impl Places<'_> {
    pub(super) fn commit(&self, at: Option<Position>) -> Option<Arc<Commit>> {
        at.and_then(|at| self.commits.get(&at).cloned())
    }

    pub(super) fn arrivals(&mut self, secret: SecretNumber, life: &TreeLifetime, paths: &Paths) {
        let table = self.facts.table();
        for arrival in &life.arrivals {
            let change = arrival.change;
            let (at, Some(blob)) = (change.commit.index(), change.blob) else { continue };
            let before = self.facts.graph.is_boundary(change.commit);
            let name = self.facts.entry_name(blob);
            if !before && name.is_none() && !self.facts.is_inside(blob) {
                continue;
            }
            let names = &self.facts.names;
            let text = || Arc::from(display_path(path_of(&paths.bytes(change.path, names))));
            let path = Arc::clone(self.paths.entry(change.path).or_insert_with(text));
            let presence = Presence {
                reachable: Some(self.reached[at]),
                live: Some(arrival.live),
                removed_in: arrival.removed.map(|at| table.id(self.facts.graph.commit(at))),
            };
            // Whose changes are reported is known for each: `Facts::commits`.
            let commit = Arc::clone(&self.commits[&change.commit]);
            let path = Some(path);
            if let Some(name) = name {
                let source = Source::Path(NameOf::Entry { blob: None, commit: Some(commit), presence });
                self.names.push(PlacedName { secret, name, place: Place { path, source }, before });
            } else {
                let object = table.id(blob);
                let in_commit = InCommit { blob: object, commit, presence };
                let source = if self.noted[at] { Source::Note(in_commit) } else { Source::Commit(in_commit) };
                self.places.push(PlacedSecret { secret, object, place: Place { path, source }, before });
            }
        }
    }

    /// Drops secrets without a place in the part of the history that is read.
    pub(super) fn leave_out_what_is_over(&mut self) {
        if self.facts.subject.range.is_some() {
            let places = self.places.iter().map(|placed| (placed.secret, placed.before));
            let names = self.names.iter().map(|placed| (placed.secret, placed.before));
            let present: HashSet<SecretNumber> =
                places.chain(names).filter(|&(_, before)| !before).map(|(secret, _)| secret).collect();
            self.places.retain(|placed| present.contains(&placed.secret));
            self.names.retain(|placed| present.contains(&placed.secret));
        }
    }

    /// Places secrets in messages of commits and tags.
    pub(super) fn messages(&mut self) -> BTreeMap<SecretNumber, Messages> {
        let Facts { subject, holds, graph, tips, .. } = self.facts;
        let objects = subject.objects;
        let mut messages: BTreeMap<SecretNumber, Messages> = BTreeMap::new();
        for index in holds.objects() {
            let object = objects.table.id(index);
            let position = graph.position(index);
            let (source, by, reachable): (fn(_) -> _, _, _) = match position {
                Some(at) => (Source::Message, self.commit(position), self.reached[at.index()]),
                None if objects.table.kind(index) == Some(ObjectKind::Tag) => {
                    let tag = objects.read(object);
                    let tagger =
                        tag.as_ref().and_then(|(_, bytes)| TagText::parse(bytes, objects.table.width()));
                    let tagger = tagger.filter(|tag| !tag.tagger.is_empty());
                    let tagger = tagger.map(|tag| Arc::new(person(tag.tagger, object)));
                    (Source::Tag, tagger, tips.tags.contains(&index))
                }
                None => continue,
            };
            for &secret in holds.secrets(holds.set_of(index)) {
                let message = messages.entry(secret).or_default();
                message.first = message.first.into_iter().chain(position).min();
                message.live |= reachable;
                let presence = Presence::as_long_as(reachable);
                let place = Place::of(source(InMetadata { by: by.clone(), presence }));
                self.places.push(PlacedSecret { secret, object, place, before: false });
            }
        }
        messages
    }

    /// Places what is in no commit's tree.
    pub(super) fn objects(&mut self, beyond: &Beyond, staged: &HashMap<ObjectId, Vec<u8>>) {
        let (holds, objects) = (&self.facts.holds, self.facts.subject.objects);
        for &blob in &beyond.blobs {
            let object = objects.table.id(blob);
            let (named, staged) = (beyond.named.get(&blob), staged.get(&object));
            let in_store = InStore { blob: object, presence: Presence::as_long_as(named.is_some()) };
            let (source, path) = match (named, staged) {
                (None, Some(path)) => (Source::Staged(in_store), Some(path)),
                (named, staged) => (Source::Object(in_store), named.and_then(Option::as_ref).or(staged)),
            };
            let place = Place { path: path.map(|path| Arc::from(display_path(path))), source };
            for &secret in holds.secrets(holds.set_of(blob)) {
                let place = place.clone();
                self.places.push(PlacedSecret { secret, object, place, before: false });
            }
        }
    }

    pub(super) fn lives(
        &self,
        trees: &BTreeMap<SecretNumber, TreeLifetime>,
        elsewhere: &Elsewhere,
        most_refs: usize,
    ) -> Vec<Lifetime> {
        let Elsewhere { messages, names, beyond } = elsewhere;
        let mut secrets: Vec<SecretNumber> = self.places.iter().map(|placed| placed.secret).collect();
        secrets.extend(self.names.iter().map(|placed| placed.secret));
        secrets.sort_unstable();
        secrets.dedup();
        let (in_no_tree, in_no_message, in_no_name) =
            (TreeLifetime::default(), Messages::default(), NameLifetime::default());
        let life = |secret| {
            let tree = trees.get(&secret).unwrap_or(&in_no_tree);
            let message = messages.get(&secret).unwrap_or(&in_no_message);
            let (held, held_count) = beyond.refs(secret, most_refs);
            let mut refs: BTreeSet<RefNumber> = tree.refs.iter().copied().collect();
            refs.extend(held);
            let ref_count = tree.ref_count + held_count;
            let name = names.get(&secret).unwrap_or(&in_no_name);
            let live = ref_count > 0 || message.live || name.live;
            let tips = &self.facts.tips.names;
            let mut refs: Vec<_> = refs.iter().map(|&number| tips[number.rank()].clone()).collect();
            let called = name.refs.iter().filter(|called| !refs.contains(called)).cloned();
            refs.extend(Vec::from_iter(called));
            refs.truncate(most_refs);
            let ref_count = ref_count.max(refs.len() as u64);
            let first = message.first.into_iter().chain(name.first).min();
            let introduced = self.commit(tree.introduced.or(first));
            let removed = self.commit(tree.removed.filter(|_| !live));
            Lifetime { secret, history: InHistory { introduced, removed, live, refs, ref_count } }
        };
        secrets.into_iter().map(life).collect()
    }
}
