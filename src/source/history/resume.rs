//! Going on from an earlier run: only what has come since is read, and what came before is known.
//!
//! New texts are scanned and new trees looked through as always. What a new commit changes is told by walking its tree and
//! its parents' side by side, down to where their ids differ: the same question that `changes` asks of contents, with
//! the same answer, since trees with one id have one content. The decision to know: this is a short cut and no second
//! truth. Whatever it does not cover in full (a name that stands twice in a tree, a ref to what no commit leads to, a
//! missing object that has turned up) makes it give up, and everything is read anew.

use super::changes::{Act, Change, Changes, PathNumber};
use super::holds::{Holds, SecretNumber};
use super::names::Holding;
use super::patches::Name;
use super::place::Placing;
use super::plan::Plan;
use super::receipts::Receipts;
use super::site::Site;
use super::tips::Tips;
use super::trail::Trail;
use super::trees::Trees;
use super::{History, Options, Placement, Receipt, Scanned};
use crate::git::Error;
use crate::git::StoreStamp;
use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::Links;
use crate::git::object::{CommitText, Mode, TreeEntry};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::{NONE, ObjectNumber};
use crate::git::odb::progress::Progress;
use crate::git::refs::Listed;
use crate::git::{KindSet, ObjectKind};
use crate::model::{Kind, ObjectId};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

/// How many trees are read to tell what new commits change, before all are read as always.
const TREES: usize = 50_000;

impl Site {
    /// The history for a run that goes on from `trail`, which was left when the store was in the state `past`. `None`
    /// where the two do not go together any more.
    pub fn resume(
        self,
        past: &StoreStamp,
        now: &StoreStamp,
        mut trail: Trail,
        options: &Options,
    ) -> Result<Option<History>, Error> {
        let (repository, Listed { refs, broken: broken_refs, unborn: unborn_refs }) = self.into_parts();
        let Some(objects) = ObjectDatabase::beside(&repository, past, now, &trail.ids) else {
            return Ok(None);
        };
        // What was missing is not, or a submodule's commit has come: old trees would be told otherwise.
        let known = trail.receipts.take();
        let has_come = |id: &ObjectId| objects.fresh.binary_search(id).is_ok();
        let has_turned_up = known.iter().flat_map(Receipts::lacked).any(has_come);
        let is_unknown =
            |id: &&ObjectId| objects.table.find(id.as_bytes()).is_none() && objects.lists(id.as_bytes());
        if has_turned_up || refs.values().any(|id| is_unknown(&id)) || trail.enter(&objects.table).is_none() {
            return Ok(None);
        }
        let is_partial = repository.is_partial();
        Ok(Some(History {
            repository,
            refs,
            is_partial,
            broken_refs,
            unborn_refs,
            objects,
            scope: None,
            remembers: false,
            margin: options.margin,
            known,
            past: Some(trail),
        }))
    }
}

impl History {
    /// How many objects have come since the run that this one goes on from.
    pub fn fresh(&self) -> usize {
        self.objects.fresh.len()
    }

    /// From here on leaves a trail of its own ([`Placement::trail`]).
    pub fn remember(&mut self) {
        self.remembers = true;
    }

    /// What [`Self::place`] does, for a history that goes on from an earlier run; `renumbered` are today's numbers of the
    /// secrets that were numbered then. `None` where everything has to be read anew.
    pub fn place_on(
        mut self,
        scanned: Scanned,
        holding: Holding<'_>,
        renumbered: &[u32],
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Option<(Self, Placement)> {
        let past = self.past.take()?;
        let placement = self.place_beside(past, scanned, holding, renumbered, progress, stop)?;
        Some((self, placement))
    }

    fn place_beside(
        &mut self,
        mut past: Trail,
        mut scanned: Scanned,
        holding: Holding<'_>,
        renumbered: &[u32],
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Option<Placement> {
        let table = &self.objects.table;
        let fresh: Vec<Links> = std::mem::take(&mut scanned.gathered.commits);
        // A new tag on something that was there and is no commit: the table does not have it.
        if scanned.gathered.tags.values().any(|&target| target == NONE) {
            return None;
        }
        let (graph, moved) = Graph::resumed(table, &past.past(), &fresh, &scanned.gathered.parents);
        if graph.len() != moved.len() + fresh.len() {
            return None;
        }
        // Names that were there then held nothing, but for those of refs.
        let named = self.named(&scanned, holding.names, &graph, stop);
        let Scanned { mut gathered, unread, counts, unopened, .. } = scanned;
        gathered.tags.extend(past.tags.iter().copied());
        let holds = holding.objects;
        let mut gaps = self.gaps(&unread);
        gaps.elsewhere = Some(&self.objects);
        // What held something then is in the trail, and what does so now in the table as well.
        if holds.keys().any(|id| table.find(id.as_bytes()).is_none()) {
            return None;
        }
        let (tips, holds) =
            rayon::join(|| Tips::new(&self.refs, &gaps, &gathered, &graph), || Holds::new(table, holds, &[]));
        let is_tree = |&(object, _): &(ObjectNumber, _)| table.kind(object) == Some(ObjectKind::Tree);
        if tips.others.iter().any(is_tree) {
            return None;
        }
        let nothing = Holds::new(table, &HashMap::new(), &[]);
        let trees = Trees::new(&gaps, &nothing, &counts).watch(holding.names);
        let chosen = self.objects.choose(KindSet::of(&[ObjectKind::Tree]), None);
        progress.begin(super::Pass::Trees, self.objects.work(&chosen));
        self.objects.visit(&chosen, &trees, progress, stop);
        trees.finish();
        // The trees that were there then would have to be read for such a name.
        if !holding.names.holding(Kind::Path).is_empty() {
            return None;
        }
        let mut strays: BTreeSet<ObjectNumber> = past.strays.iter().copied().collect();
        strays.extend(self.objects.fresh.iter().filter_map(|id| {
            let index = table.find(id.as_bytes())?;
            (holds.is_held(index) && table.kind(index) == Some(ObjectKind::Blob)).then_some(index)
        }));
        let mut all = Vec::with_capacity(past.changes.len());
        for change in &past.changes {
            let secret = *renumbered.get(change.secret as usize)?;
            all.push(Change { secret, commit: moved[change.commit as usize], ..*change });
        }
        let names = std::mem::take(&mut past.names);
        let paths = std::mem::take(&mut past.paths);
        let changes = Changes { all, paths, cut: false };
        let mut walk = Walk { names, changes, ..Walk::new(&self.objects, &holds) };
        for links in &fresh {
            let at = graph.position(links.commit)?;
            let sides = std::iter::once(&at).chain(graph.parents(at));
            walk.commit(at, sides.map(|&at| table.id(graph.commit(at))))?;
        }
        let Walk { names, mut changes, met, .. } = walk;
        changes.all.par_sort_unstable();
        strays.retain(|blob| !met.contains(blob));
        let kept: HashMap<Position, Vec<u8>> =
            past.headers.into_iter().map(|(at, header)| (moved[at as usize], header)).collect();
        let headers = |wanted: &[Position]| {
            let (old, new): (Vec<Position>, Vec<Position>) =
                wanted.iter().copied().partition(|&at| graph.author(at) == NONE);
            let authors = gathered.authors.headers(new.iter().map(|&at| graph.author(at)));
            let new = new.iter().filter_map(|&at| Some((at, authors.get(&graph.author(at))?.clone())));
            old.iter().filter_map(|&at| Some((at, kept.get(&at)?.clone()))).chain(new).collect()
        };
        let plan = Plan::default();
        let placing = Placing {
            objects: &self.objects,
            headers: &headers,
            graph: &graph,
            tips: &tips,
            holds: &holds,
            plan: &plan,
            names: &names,
            named: &named,
            scope: None,
        };
        let receipt = Receipt { unread, counts, unopened, tags: &gathered.tags };
        Some(self.placement(&placing, &changes, strays.into_iter().collect(), receipt, stop))
    }
}

/// An entry of a tree: name, whether it is a directory, id.
type Entry = (Name, bool, ObjectId);

/// What stands at a path on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Nothing,
    Blob(ObjectId),
    Tree(ObjectId),
}

/// A walk over new commits.
pub(super) struct Walk<'a> {
    objects: &'a ObjectDatabase,
    holds: &'a Holds,
    /// Numbers of names, once one is asked for.
    numbers: HashMap<Box<[u8]>, Name>,
    names: Vec<Box<[u8]>>,
    changes: Changes,
    /// The trees read so far.
    trees: HashMap<ObjectId, Rc<[Entry]>>,
    /// Blobs that hold something and stand in a new commit's tree.
    met: HashSet<ObjectNumber>,
}

impl<'a> Walk<'a> {
    /// A walk that has seen nothing yet.
    pub(super) fn new(objects: &'a ObjectDatabase, holds: &'a Holds) -> Self {
        Self {
            objects,
            holds,
            numbers: HashMap::new(),
            names: Vec::new(),
            changes: Changes::default(),
            trees: HashMap::new(),
            met: HashSet::new(),
        }
    }

    /// Tells what the commit at `at` changes, of which and of whose parents these are the ids; `None` where that cannot be
    /// told here.
    pub(super) fn commit(&mut self, at: Position, ids: impl Iterator<Item = ObjectId>) -> Option<()> {
        let sides: Vec<Side> = ids.map(|id| self.root(id)).collect::<Option<_>>()?;
        let mut pending: Vec<(PathNumber, Vec<Side>)> = vec![(0, sides)];
        while let Some((path, sides)) = pending.pop() {
            let is_new = sides.len() == 1 || sides[1..].iter().any(|side| *side != sides[0]);
            if !is_new {
                continue;
            }
            self.blobs(at, path, &sides);
            self.children(path, &sides, &mut pending)?;
        }
        Some(())
    }

    /// A commit's tree; nothing where the store lacks it.
    fn root(&self, commit: ObjectId) -> Option<Side> {
        let (kind, bytes) = self.objects.read(commit)?;
        let commit = CommitText::parse(&bytes, self.objects.table.width())?;
        (kind == ObjectKind::Commit).then_some(Side::Tree(commit.tree))
    }

    /// The secrets of a side that is a blob.
    fn secrets(&self, side: &Side) -> &[SecretNumber] {
        let Side::Blob(id) = side else { return &[] };
        let held = self.held(id).map(|index| self.holds.set_of(index));
        self.holds.secrets(held.unwrap_or(0))
    }

    fn held(&self, id: &ObjectId) -> Option<ObjectNumber> {
        let table = &self.objects.table;
        let index = table.find(id.as_bytes())?;
        (self.holds.is_held(index) && table.kind(index) == Some(ObjectKind::Blob)).then_some(index)
    }

    /// Notes what changes at `path` itself.
    fn blobs(&mut self, commit: Position, path: PathNumber, sides: &[Side]) {
        let mut acts: BTreeMap<SecretNumber, Act> = BTreeMap::new();
        let own = self.secrets(&sides[0]);
        for secret in own {
            let holds = |side: &Side| self.secrets(side).binary_search(secret).is_ok();
            match sides[1..].iter().position(holds) {
                Some(0) => {}
                Some(_) => {
                    acts.insert(*secret, Act::Merge);
                }
                None => {
                    acts.insert(*secret, Act::Introduce);
                }
            }
        }
        for (number, parent) in sides[1..].iter().enumerate() {
            let lost = self.secrets(parent).iter().filter(|&secret| own.binary_search(secret).is_err());
            for secret in lost {
                acts.entry(*secret).or_insert(if number == 0 { Act::Remove } else { Act::Drop });
            }
        }
        let blob = match &sides[0] {
            Side::Blob(id) => self.held(id),
            _ => None,
        };
        self.met.extend(blob);
        let blob = blob.unwrap_or(NONE);
        let change = |(secret, act): (SecretNumber, Act)| {
            let blob = if act.removes() { NONE } else { blob };
            Change { secret, path, commit, act, blob }
        };
        self.changes.all.extend(acts.into_iter().map(change));
    }

    /// Puts aside each entry of the directory at `path` whose sides differ.
    fn children(
        &mut self,
        path: PathNumber,
        sides: &[Side],
        pending: &mut Vec<(PathNumber, Vec<Side>)>,
    ) -> Option<()> {
        let mut below: BTreeMap<Name, Vec<Side>> = BTreeMap::new();
        for (number, side) in sides.iter().enumerate() {
            let Side::Tree(id) = side else { continue };
            for &(name, is_tree, id) in self.tree(*id)?.iter() {
                let all = below.entry(name).or_insert_with(|| vec![Side::Nothing; sides.len()]);
                all[number] = if is_tree { Side::Tree(id) } else { Side::Blob(id) };
            }
        }
        for (name, sides) in below {
            let differs = sides.len() == 1 || sides[1..].iter().any(|side| *side != sides[0]);
            if differs {
                pending.push((self.changes.paths.number(path, name), sides));
            }
        }
        Some(())
    }

    /// A tree's entries but for those of other repositories; none where the store lacks it.
    fn tree(&mut self, id: ObjectId) -> Option<Rc<[Entry]>> {
        if let Some(tree) = self.trees.get(&id) {
            return Some(Rc::clone(tree));
        }
        if self.trees.len() == TREES {
            return None;
        }
        let mut entries: Vec<Entry> = Vec::new();
        match self.objects.read(id) {
            Some((ObjectKind::Tree, bytes)) => {
                let mut at = 0;
                while at < bytes.len() {
                    let entry = TreeEntry::parse(&bytes, at, self.objects.table.width())?;
                    at = entry.end;
                    if entry.mode != Mode::Gitlink {
                        let name = self.name(entry.name);
                        entries.push((name, entry.mode == Mode::Tree, ObjectId::from_bytes(entry.id)?));
                    }
                }
            }
            Some(_) => {}
            None if self.objects.lists(id.as_bytes()) => return None,
            None => {}
        }
        entries.sort_unstable();
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        let entries: Rc<[Entry]> = entries.into();
        self.trees.insert(id, Rc::clone(&entries));
        Some(entries)
    }

    fn name(&mut self, name: &[u8]) -> Name {
        if self.numbers.is_empty() {
            self.numbers = (0..).zip(&self.names).map(|(number, name)| (name.clone(), number)).collect();
        }
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as Name;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}
