//! Where in the history each secret stands: the places that are reported, and the life of each secret.
//!
//! At a path, a commit introduced a secret if its blob there holds it and no parent's blob at that path does; it
//! removed it if a parent's held it and its own does not. For the secret as a whole the same is asked of whole trees,
//! so that a rename introduces nothing.

use super::changes::{Changes, LONGEST, Paths};
use super::holds::{Holds, SecretNumber};
use super::lives::{self, TreeLife};
use super::names::{NameLife, Named, PlacedName, path_of};
use super::node::Node;
use super::plan::Plan;
use super::scope::Scope;
use super::tips::{RefNumber, Tips};
use crate::git::ObjectKind;
use crate::git::commit_graph::{Graph, Position};
use crate::git::object::{TagText, person};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::{IdTable, NONE, ObjectNumber};
use crate::git::odb::object_set::ObjectSet;
use crate::model::{Commit, Kind, ObjectId, Place, display_path};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How many refs the life of a secret names; it counts them all. A repository may have tens of thousands, and a secret
/// that was never removed stands in most.
const MOST_REFS: usize = 20;

/// A place where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The secret's number.
    pub secret: u32,
    /// The object that holds it: the blob, or the commit or tag whose message does.
    pub object: ObjectId,
    /// The place.
    pub place: Place,
    /// True where it stood before the part of the history that is read: it says that the secret is not new, and is no
    /// place to report.
    pub before: bool,
}

/// The life of a secret in the whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The secret's number.
    pub secret: u32,
    /// The first commit whose tree holds it where no parent's does; for one that stands only in messages, the
    /// first such commit.
    pub introduced: Option<Arc<Commit>>,
    /// The last commit whose tree does not hold it where a parent's does; `None` while it is live.
    pub removed: Option<Arc<Commit>>,
    /// True where a ref's tip holds it, or a ref reaches a message that does.
    pub live: bool,
    /// The refs whose tips hold it, by name: at most 20, `HEAD`, branches and tags before others.
    pub refs: Vec<String>,
    /// How many refs' tips hold it.
    pub ref_count: u64,
}

/// Tells the authors' headers of commits.
pub(super) type Headers<'a> = dyn Fn(&[Position]) -> HashMap<Position, Vec<u8>> + Sync + 'a;

/// All that placing looks at.
pub(super) struct Placing<'a> {
    /// The store.
    pub(super) objects: &'a ObjectDatabase,
    /// Authors' headers of the commits asked for.
    pub(super) headers: &'a Headers<'a>,
    /// The commits.
    pub(super) graph: &'a Graph,
    /// The refs.
    pub(super) tips: &'a Tips,
    /// Which objects hold which secrets.
    pub(super) holds: &'a Holds,
    /// The ways to them.
    pub(super) plan: &'a Plan,
    /// The names on those ways.
    pub(super) names: &'a [Box<[u8]>],
    /// The names that hold secrets.
    pub(super) named: &'a Named,
    /// The part of the history that is read, where that is not all.
    pub(super) scope: Option<&'a Scope>,
}

impl Placing<'_> {
    /// Places, names and lives, each in an order that depends on nothing but the repository. `strays` are the blobs that
    /// hold something and stand in no commit's tree, `staged` the paths at which the index has some of them.
    pub(super) fn place(
        &self,
        changes: &Changes,
        strays: Vec<ObjectNumber>,
        staged: &HashMap<ObjectId, Vec<u8>>,
    ) -> (Vec<Placed>, Vec<PlacedName>, Vec<Life>) {
        let trees = self.tree_lives(changes);
        let mut out = Out {
            placing: self,
            reached: self.graph.reached(self.tips.positions.iter().chain(&self.tips.notes).copied()),
            noted: self.notes_alone(),
            commits: self.commits(&trees),
            paths: HashMap::new(),
            places: Vec::new(),
            names: Vec::new(),
        };
        let names = self.stray_names();
        let beyond = self.beyond_commits(strays, names);
        for (&secret, life) in &trees {
            out.arrivals(secret, life, &changes.paths);
        }
        let messages = out.messages();
        out.objects(&beyond, staged);
        out.entries(&beyond);
        let names = out.names(self.named);
        out.leave_out_what_is_over();
        let elsewhere = Elsewhere { messages, names, beyond };
        let lives = out.lives(&trees, &elsewhere);
        let Out { mut places, mut names, .. } = out;
        places.sort_by_cached_key(order);
        names.sort_by(|one, other| name_order(one).cmp(&name_order(other)));
        (places, names, lives)
    }

    /// The life of each secret that stands in trees.
    fn tree_lives(&self, changes: &Changes) -> BTreeMap<SecretNumber, TreeLife> {
        let by_secret: Vec<_> = changes.all.chunk_by(|one, other| one.secret == other.secret).collect();
        let lived: Vec<_> = by_secret
            .par_iter()
            .map(|some| (some[0].secret, lives::life(some, self.graph, self.tips, MOST_REFS)))
            .collect();
        let doubts: Vec<_> = lived
            .iter()
            .flat_map(|(secret, (_, doubts))| doubts.iter().map(|doubt| (*secret, doubt)))
            .collect();
        let all: Vec<_> = doubts.iter().map(|&(_, doubt)| doubt).collect();
        let settled = lives::settle(&all, self.graph);
        let settled: Vec<_> =
            doubts.iter().zip(settled).map(|(&(of, doubt), at)| (of, doubt.arrival, at)).collect();
        let mut trees: BTreeMap<_, _> = lived.into_iter().map(|(secret, (life, _))| (secret, life)).collect();
        for (secret, arrival, removed) in settled {
            if let Some(life) = trees.get_mut(&secret) {
                life.arrivals[arrival].removed = removed;
            }
        }
        trees
    }

    /// Who made the commits that are told of.
    fn commits(&self, trees: &BTreeMap<SecretNumber, TreeLife>) -> HashMap<Position, Arc<Commit>> {
        let mut wanted: BTreeSet<Position> = BTreeSet::new();
        for life in trees.values() {
            wanted.extend(life.arrivals.iter().map(|arrival| arrival.change.commit));
            wanted.extend(life.introduced.iter().chain(&life.removed));
        }
        wanted.extend(self.holds.objects().filter_map(|object| self.graph.position(object)));
        wanted.extend(self.named.commits());
        let wanted = Vec::from_iter(wanted);
        let headers = (self.headers)(&wanted);
        let made = wanted.into_iter().map(|at| {
            let id = self.table().id(self.graph.commit(at));
            (at, Arc::new(person(headers.get(&at).map_or(&b""[..], |header| header), id)))
        });
        made.collect()
    }

    /// For each commit whether only notes reach it.
    fn notes_alone(&self) -> Vec<bool> {
        let mut noted = self.graph.reached(self.tips.notes.iter().copied());
        if self.tips.notes.is_empty() {
            return noted;
        }
        for (noted, reached) in noted.iter_mut().zip(self.graph.reached(self.tips.positions.iter().copied()))
        {
            *noted &= !reached;
        }
        noted
    }

    /// The blobs that hold something and stand in no commit's tree.
    pub(super) fn strays(&self) -> Vec<ObjectNumber> {
        let seen = self.in_commits();
        let blobs =
            self.holds.objects().filter(|&object| self.table().kind(object) == Some(ObjectKind::Blob));
        blobs.filter(|&blob| !seen.contains(blob)).collect()
    }

    /// The names of entries that hold something and stand in no commit's tree.
    fn stray_names(&self) -> Vec<ObjectNumber> {
        if self.named.entries.is_empty() {
            return Vec::new();
        }
        let seen = self.in_commits();
        self.holds.names().filter(|&name| !seen.contains(name)).collect()
    }

    /// What stands in no commit's tree: `blobs`, `names`, and what refs lead to.
    fn beyond_commits(&self, blobs: Vec<ObjectNumber>, names: Vec<ObjectNumber>) -> Beyond {
        // Thousands of refs may lead to one tree of thousands of blobs: each tree is looked at once.
        let mut refs: BTreeMap<ObjectNumber, Vec<RefNumber>> = BTreeMap::new();
        for &(object, number) in &self.tips.others {
            refs.entry(object).or_default().push(number);
        }
        let (mut named, mut held) = (HashMap::new(), BTreeMap::<SecretNumber, Vec<ObjectNumber>>::new());
        for &object in refs.keys() {
            let node = if self.holds.is_held(object) { Node::blob(object) } else { self.plan.node(object) };
            let found = self.below(node);
            let secrets: BTreeSet<SecretNumber> =
                found.keys().flat_map(|&blob| self.holds.secrets(self.holds.set_of(blob))).copied().collect();
            for secret in secrets {
                held.entry(secret).or_default().push(object);
            }
            for (blob, path) in found {
                named.entry(blob).or_insert(path);
            }
        }
        Beyond { blobs, names, named, refs, held }
    }

    /// The blobs and the names of entries that hold a secret and stand in some commit's tree.
    fn in_commits(&self) -> ObjectSet {
        let count = self.table().len() + self.named.entries.len();
        let (blobs, trees) = (ObjectSet::none(count), ObjectSet::none(self.plan.trees()));
        // Whoever comes to a tree first goes on below it, so that each is looked at by one thread.
        let walk = |pending: &mut Vec<Node>, at: Position| {
            pending.push(self.plan.node(self.graph.tree(at)));
            while let Some(node) = pending.pop() {
                blobs.add(node.as_blob().unwrap_or(NONE));
                if trees.add(node.as_tree().unwrap_or(NONE)) {
                    pending.extend(self.plan.ways(node).iter().map(|way| way.node));
                }
            }
        };
        let all = (0..self.graph.len() as Position).into_par_iter().with_min_len(1 << 10);
        all.for_each_init(Vec::new, walk);
        blobs
    }

    /// The blobs that hold a secret and stand below `root`, of which there may be few among many; each with the first of
    /// its paths (nothing for the root itself), unless that is longer than any system takes.
    fn below(&self, root: Node) -> HashMap<ObjectNumber, Option<Vec<u8>>> {
        let (mut seen, mut blobs) = (HashSet::new(), HashMap::new());
        let mut pending = vec![(root, Some(Vec::new()))];
        while let Some((node, path)) = pending.pop() {
            if !seen.insert(node) {
                continue;
            }
            if let Some(blob) = node.as_blob() {
                blobs.insert(blob, path.filter(|path| !path.is_empty()));
                continue;
            }
            let mut ways: Vec<(&[u8], Node)> =
                self.plan.ways(node).iter().map(|way| (&*self.names[way.name as usize], way.node)).collect();
            // The last one is looked at first. Names have their numbers from whichever thread came first.
            ways.sort_unstable_by(|one, other| other.0.cmp(one.0));
            pending.extend(ways.into_iter().map(|(name, node)| {
                let below = path.as_ref().and_then(|path| joined(path, name));
                (node, below)
            }));
        }
        blobs
    }

    fn table(&self) -> &IdTable {
        &self.objects.table
    }

    /// True for an object that is read for its own sake.
    fn is_inside(&self, object: ObjectNumber) -> bool {
        self.scope.is_none_or(|scope| scope.inside.contains(object))
    }
}

/// The path of `name` in the directory `path`, unless it is longer than any system takes.
fn joined(path: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let is_short = path.len() + name.len() < LONGEST;
    is_short.then(|| if path.is_empty() { name.to_vec() } else { [path, name].join(&b'/') })
}

/// What stands in no commit's tree.
#[derive(Debug)]
pub(super) struct Beyond {
    /// Blobs that hold something.
    blobs: Vec<ObjectNumber>,
    /// Names of entries that do.
    pub(super) names: Vec<ObjectNumber>,
    /// Those that refs lead to other than through commits, each with its path in a tree that a ref leads to.
    pub(super) named: HashMap<ObjectNumber, Option<Vec<u8>>>,
    /// Of each tree or blob that refs lead to, those refs, ascending.
    refs: BTreeMap<ObjectNumber, Vec<RefNumber>>,
    /// Of each secret, those trees and blobs that hold it.
    held: BTreeMap<SecretNumber, Vec<ObjectNumber>>,
}

impl Beyond {
    /// The refs that lead to a secret other than through commits: the first `most`, and how many.
    fn refs(&self, secret: SecretNumber, most: usize) -> (Vec<RefNumber>, u64) {
        let lists: Vec<_> =
            self.held.get(&secret).into_iter().flatten().map(|object| &self.refs[object]).collect();
        // A ref leads to one object, so that none is counted twice.
        let count = lists.iter().map(|list| list.len() as u64).sum();
        let mut first: Vec<_> = lists.iter().flat_map(|list| list.iter().take(most)).copied().collect();
        first.sort_unstable();
        first.truncate(most);
        (first, count)
    }
}

/// Messages that hold a secret: the first commit of them, and whether a ref reaches one.
#[derive(Clone, Copy, Debug, Default)]
struct Messages {
    first: Option<Position>,
    live: bool,
}

/// What holds secrets and stands in no commit's tree.
#[derive(Debug)]
struct Elsewhere {
    messages: BTreeMap<SecretNumber, Messages>,
    names: BTreeMap<SecretNumber, NameLife>,
    beyond: Beyond,
}

/// The order of names.
fn name_order(placed: &PlacedName) -> (u32, Kind, &Option<Arc<str>>, Option<ObjectId>, &[u8]) {
    let commit = placed.place.commit.as_ref().map(|commit| commit.id);
    (placed.secret, placed.place.kind, &placed.place.path, commit, &placed.name)
}

/// The order of places.
fn order(placed: &Placed) -> (u32, Option<Arc<str>>, Kind, Option<ObjectId>, ObjectId) {
    let commit = placed.place.commit.as_ref().map(|commit| commit.id);
    (placed.secret, placed.place.path.clone(), placed.place.kind, commit, placed.object)
}

/// Places on their way out.
pub(super) struct Out<'a> {
    pub(super) placing: &'a Placing<'a>,
    /// For each commit whether a ref reaches it.
    pub(super) reached: Vec<bool>,
    noted: Vec<bool>,
    commits: HashMap<Position, Arc<Commit>>,
    paths: HashMap<u32, Arc<str>>,
    places: Vec<Placed>,
    pub(super) names: Vec<PlacedName>,
}

impl Out<'_> {
    pub(super) fn commit(&self, at: Option<Position>) -> Option<Arc<Commit>> {
        at.and_then(|at| self.commits.get(&at).cloned())
    }

    fn arrivals(&mut self, secret: SecretNumber, life: &TreeLife, paths: &Paths) {
        let table = self.placing.table();
        for arrival in &life.arrivals {
            let change = arrival.change;
            let at = change.commit as usize;
            let before = self.placing.graph.is_boundary(change.commit);
            let name = self.entry(change.blob);
            if !before && name.is_none() && !self.placing.is_inside(change.blob) {
                continue;
            }
            let names = self.placing.names;
            let text = || Arc::from(display_path(path_of(&paths.bytes(change.path, names))));
            let path = Arc::clone(self.paths.entry(change.path).or_insert_with(text));
            let object = name.is_none().then(|| table.id(change.blob));
            let kind = match (&name, self.noted[at]) {
                (Some(_), _) => Kind::Path,
                (None, true) => Kind::Note,
                (None, false) => Kind::Commit,
            };
            let place = Place {
                kind,
                path: Some(path),
                blob: object,
                commit: self.commit(Some(change.commit)),
                reachable: Some(self.reached[at]),
                live: Some(arrival.live),
                removed_in: arrival.removed.map(|at| table.id(self.placing.graph.commit(at))),
            };
            match (name, object) {
                (Some(name), _) => self.names.push(PlacedName { secret, name, place, before }),
                (None, Some(object)) => self.places.push(Placed { secret, object, place, before }),
                (None, None) => {}
            }
        }
    }

    /// Drops secrets of which no place is in the part of the history that is read.
    fn leave_out_what_is_over(&mut self) {
        if self.placing.scope.is_some() {
            let places = self.places.iter().map(|placed| (placed.secret, placed.before));
            let names = self.names.iter().map(|placed| (placed.secret, placed.before));
            let present: HashSet<SecretNumber> =
                places.chain(names).filter(|&(_, before)| !before).map(|(secret, _)| secret).collect();
            self.places.retain(|placed| present.contains(&placed.secret));
            self.names.retain(|placed| present.contains(&placed.secret));
        }
    }

    /// Places secrets in messages of commits and tags.
    fn messages(&mut self) -> BTreeMap<SecretNumber, Messages> {
        let Placing { holds, graph, tips, objects, .. } = *self.placing;
        let mut messages: BTreeMap<SecretNumber, Messages> = BTreeMap::new();
        for index in holds.objects() {
            let object = objects.table.id(index);
            let position = graph.position(index);
            let (kind, commit, reachable) = match position {
                Some(at) => (Kind::Message, self.commit(position), self.reached[at as usize]),
                None if objects.table.kind(index) == Some(ObjectKind::Tag) => {
                    let tag = objects.read(object);
                    let tagger =
                        tag.as_ref().and_then(|(_, bytes)| TagText::parse(bytes, objects.table.width()));
                    let tagger = tagger.filter(|tag| !tag.tagger.is_empty());
                    let tagger = tagger.map(|tag| Arc::new(person(tag.tagger, object)));
                    (Kind::Tag, tagger, tips.tags.contains(&index))
                }
                None => continue,
            };
            for &secret in holds.secrets(holds.set_of(index)) {
                let message = messages.entry(secret).or_default();
                message.first = message.first.into_iter().chain(position).min();
                message.live |= reachable;
                let (reachable, live) = (Some(reachable), Some(reachable));
                let place = Place { commit: commit.clone(), reachable, live, ..Place::new(kind) };
                self.places.push(Placed { secret, object, place, before: false });
            }
        }
        messages
    }

    /// Places what stands in no commit's tree.
    fn objects(&mut self, beyond: &Beyond, staged: &HashMap<ObjectId, Vec<u8>>) {
        let Placing { holds, objects, .. } = *self.placing;
        for &blob in &beyond.blobs {
            let object = objects.table.id(blob);
            let (named, staged) = (beyond.named.get(&blob), staged.get(&object));
            let (kind, path) = match (named, staged) {
                (None, Some(path)) => (Kind::Staged, Some(path)),
                (named, staged) => (Kind::Object, named.and_then(Option::as_ref).or(staged)),
            };
            let path = path.map(|path| Arc::from(display_path(path)));
            let is_named = Some(named.is_some());
            for &secret in holds.secrets(holds.set_of(blob)) {
                let path = path.clone();
                let place = Place {
                    path,
                    blob: Some(object),
                    reachable: is_named,
                    live: is_named,
                    ..Place::new(kind)
                };
                self.places.push(Placed { secret, object, place, before: false });
            }
        }
    }

    fn lives(&self, trees: &BTreeMap<SecretNumber, TreeLife>, elsewhere: &Elsewhere) -> Vec<Life> {
        let Elsewhere { messages, names, beyond } = elsewhere;
        let mut secrets: Vec<SecretNumber> = self.places.iter().map(|placed| placed.secret).collect();
        secrets.extend(self.names.iter().map(|placed| placed.secret));
        secrets.sort_unstable();
        secrets.dedup();
        let (in_no_tree, in_no_message, in_no_name) =
            (TreeLife::default(), Messages::default(), NameLife::default());
        let life = |secret| {
            let tree = trees.get(&secret).unwrap_or(&in_no_tree);
            let message = messages.get(&secret).unwrap_or(&in_no_message);
            let (held, held_count) = beyond.refs(secret, MOST_REFS);
            let mut refs: BTreeSet<RefNumber> = tree.refs.iter().copied().collect();
            refs.extend(held);
            let ref_count = tree.ref_count + held_count;
            let name = names.get(&secret).unwrap_or(&in_no_name);
            let live = ref_count > 0 || message.live || name.live;
            let tips = &self.placing.tips.names;
            let mut refs: Vec<_> = refs.iter().map(|&number| tips[number as usize].clone()).collect();
            let called = name.refs.iter().filter(|called| !refs.contains(called)).cloned();
            refs.extend(Vec::from_iter(called));
            refs.truncate(MOST_REFS);
            refs.sort_unstable();
            let first = message.first.into_iter().chain(name.first).min();
            Life {
                secret,
                introduced: self.commit(tree.introduced.or(first)),
                removed: self.commit(tree.removed.filter(|_| !live)),
                live,
                refs,
                ref_count,
            }
        };
        secrets.into_iter().map(life).collect()
    }
}
