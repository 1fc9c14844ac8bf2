//! Attribution: the places of each secret in the history, and its lifetime, put together from what
//! [`commit_changes`](super::commit_changes) and [`lifetimes`] decided.
//!
//! At a path, a commit introduced a secret if its blob there contains it and no parent's blob at that path does. It
//! removed it if a parent's blob contained it and its own does not. For the secret as a whole, whole trees are
//! compared in the same way, so that a rename introduces nothing.

use super::commit_changes::LONGEST;
use super::facts::Facts;
use super::lifetimes::{self, TreeLifetime};
use super::places::{Beyond, Elsewhere, Places};
use super::pruned_trees::PrunedTarget;
use super::staged::staged;
use super::tips::RefNumber;
use crate::git::commit_graph::Position;
use crate::git::object::person;
use crate::git::odb::number::ObjectNumber;
use crate::model::{Commit, Kind, Lifetime, ObjectId, PlacedName, PlacedSecret, SecretNumber};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How many refs the lifetime of a secret names; it counts all. A repository may have tens of thousands, and a secret
/// that was never removed is in most.
const MOST_REFS: usize = 20;

/// Where secrets are in a history, each part in an order that depends only on the repository.
#[derive(Debug)]
pub(crate) struct Attribution {
    /// Each (secret, path, introducing commit), each message, each object outside all trees; ordered by secret, path,
    /// kind, commit and object.
    pub(crate) places: Vec<PlacedSecret>,
    /// Each (secret, name) once for each place of the name, in order.
    pub(crate) names: Vec<PlacedName>,
    /// Each secret's lifetime, ordered by number.
    pub(crate) lives: Vec<Lifetime>,
}

impl Facts<'_> {
    /// Attributes each secret to the commits that introduced and removed it, and to the refs that contain it.
    pub(crate) fn attribute(&self) -> Attribution {
        let trees = self.tree_lives();
        let mut out = Places {
            facts: self,
            reached: self.graph.reached(self.tips.positions.iter().chain(&self.tips.notes).copied()),
            noted: self.notes_alone(),
            commits: self.commits(&trees),
            paths: HashMap::new(),
            places: Vec::new(),
            names: Vec::new(),
        };
        // What is in no commit's tree may be in the index.
        let ids = self.strays.iter().map(|&blob| self.table().id(blob)).collect();
        let staged = staged(self.subject.repository, &ids);
        let beyond = self.beyond_commits(self.strays.clone(), self.stray_names());
        for (&secret, life) in &trees {
            out.arrivals(secret, life, &self.changes.paths);
        }
        let messages = out.messages();
        out.objects(&beyond, &staged);
        out.entries(&beyond);
        let names = out.names(&self.named);
        out.leave_out_what_is_over();
        let elsewhere = Elsewhere { messages, names, beyond };
        let lives = out.lives(&trees, &elsewhere, MOST_REFS);
        let Places { mut places, mut names, .. } = out;
        places.sort_by_cached_key(order);
        names.sort_by(|one, other| name_order(one).cmp(&name_order(other)));
        Attribution { places, names, lives }
    }

    /// The lifetime of each secret that is in trees.
    fn tree_lives(&self) -> BTreeMap<SecretNumber, TreeLifetime> {
        let by_secret: Vec<_> = self.changes.all.chunk_by(|one, other| one.secret == other.secret).collect();
        let lived: Vec<_> = by_secret
            .par_iter()
            .map(|some| (some[0].secret, lifetimes::life(some, &self.graph, &self.tips, MOST_REFS)))
            .collect();
        let doubts: Vec<_> = lived
            .iter()
            .flat_map(|(secret, (_, doubts))| doubts.iter().map(|doubt| (*secret, doubt)))
            .collect();
        let all: Vec<_> = doubts.iter().map(|&(_, doubt)| doubt).collect();
        let settled = lifetimes::settle(&all, &self.graph);
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

    /// Who made the commits that are reported.
    fn commits(&self, trees: &BTreeMap<SecretNumber, TreeLifetime>) -> HashMap<Position, Arc<Commit>> {
        let mut wanted: BTreeSet<Position> = BTreeSet::new();
        for life in trees.values() {
            wanted.extend(life.arrivals.iter().map(|arrival| arrival.change.commit));
            wanted.extend(life.introduced.iter().chain(&life.removed));
        }
        wanted.extend(self.holds.objects().filter_map(|object| self.graph.position(object)));
        wanted.extend(self.named.commits());
        let wanted = Vec::from_iter(wanted);
        let headers = self.headers(&wanted);
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

    /// What is in no commit's tree: `blobs`, `names`, and what refs point to.
    fn beyond_commits(&self, blobs: Vec<ObjectNumber>, names: Vec<ObjectNumber>) -> Beyond {
        // Thousands of refs may point to one tree of thousands of blobs: each tree is read once.
        let mut refs: BTreeMap<ObjectNumber, Vec<RefNumber>> = BTreeMap::new();
        for &(object, number) in &self.tips.others {
            refs.entry(object).or_default().push(number);
        }
        let (mut named, mut held) = (HashMap::new(), BTreeMap::<SecretNumber, Vec<ObjectNumber>>::new());
        for &object in refs.keys() {
            let blob = self.holds.is_held(object).then(|| PrunedTarget::blob(object));
            let found = blob.or_else(|| self.plan.node(object)).map(|node| self.below(node));
            let found = found.unwrap_or_default();
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

    /// The blobs below `root` that contain a secret, each with the first of its paths (nothing for the root
    /// itself), unless that is longer than any system allows.
    fn below(&self, root: PrunedTarget) -> HashMap<ObjectNumber, Option<Vec<u8>>> {
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
            let ways = self.plan.ways(node).iter();
            let mut ways: Vec<(&[u8], PrunedTarget)> =
                ways.filter_map(|way| Some((&*self.names[way.name.index()], way.node?))).collect();
            // The last one is taken first. The numbers of names depend on the threads, so names are compared.
            ways.sort_unstable_by(|one, other| other.0.cmp(one.0));
            pending.extend(ways.into_iter().map(|(name, node)| {
                let below = path.as_ref().and_then(|path| joined(path, name));
                (node, below)
            }));
        }
        blobs
    }
}

/// The path of `name` in the directory `path`, unless it is longer than any system allows.
fn joined(path: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let is_short = path.len() + name.len() < LONGEST;
    is_short.then(|| if path.is_empty() { name.to_vec() } else { [path, name].join(&b'/') })
}

/// The order of names.
fn name_order(placed: &PlacedName) -> (SecretNumber, Kind, &Option<Arc<str>>, Option<ObjectId>, &[u8]) {
    let commit = placed.place.commit().map(|commit| commit.id);
    (placed.secret, placed.place.kind(), &placed.place.path, commit, &placed.name)
}

/// The order of places.
fn order(placed: &PlacedSecret) -> (SecretNumber, Option<Arc<str>>, Kind, Option<ObjectId>, ObjectId) {
    let commit = placed.place.commit().map(|commit| commit.id);
    (placed.secret, placed.place.path.clone(), placed.place.kind(), commit, placed.object)
}
