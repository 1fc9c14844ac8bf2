//! Extends the facts of an earlier run: only what is new since then is read.
//!
//! New texts have been scanned, and new trees are searched as in a full run. What a new commit changes is found by the
//! same [`ChangeWalk`] that compares pruned trees, here over whole trees whose ids are compared: trees with the same id
//! have the same content.
//!
//! # Invariant
//!
//! The facts are those that [`trace`](super::trace()) would give. If new objects alone are not enough, the
//! reason has a name, [`Unclear`], and everything is read again.

use super::commit_changes::{Change, ChangeWalk, Changes, ComparedTrees, Name};
use super::facts::Facts;
use super::known::KnownHistory;
use super::names::bearers::NameBearers;
use super::names::scan::Holding;
use super::pruned_trees::PrunedTrees;
use super::secret_sets::{SecretSet, SecretSets};
use super::subject::{GatheredTexts, StoreListing, Subject};
use super::tips::Tips;
use super::tree_pass::TreePass;
use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::Links;
use crate::git::object::{CommitText, Mode, TreeEntry};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::progress::{Pass, Progress};
use crate::git::{KindSet, ObjectKind};
use crate::model::{Kind, ObjectId, SecretNumber};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::AtomicBool;

/// How many trees are read to find out what new commits change, before all are read as in a full run.
const MOST_TREES: usize = 50_000;

/// Why new objects alone do not give what the whole history would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// A new tag names an object that was there before and that the earlier run did not list.
    TagOfOldObject,
    /// The commits are not those that were known and those that are new.
    CommitsDiffer,
    /// An object that contains a secret is not listed.
    SecretNotListed,
    /// A ref points to a tree: which entries of unread trees lead to secrets is not known.
    RefToTree,
    /// A secret is in the name of a file or folder: older trees may have it too.
    SecretInFileName,
    /// A tree has two entries of one name.
    NameTwiceInTree,
    /// A tree or commit cannot be read.
    UnreadableTree,
    /// New commits have more trees and paths than are read one by one.
    ManyTrees,
}

/// The facts of `known` and of what is new since then together; `renumbered` are today's numbers of the secrets that
/// were numbered then.
///
/// # Errors
/// Why only a pass over all trees is enough.
pub(crate) fn extend<'a>(
    subject: &'a Subject<'a>,
    known: KnownHistory,
    texts: GatheredTexts<'_>,
    holding: Holding<'_>,
    renumbered: &[SecretNumber],
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Facts<'a>, Unclear> {
    let GatheredTexts { mut gathered, people, unread, counts } = texts;
    let table = &subject.objects.table;
    let fresh: Vec<Links> = std::mem::take(&mut gathered.commits);
    if gathered.tags.values().any(Option::is_none) {
        return Err(Unclear::TagOfOldObject);
    }
    let (graph, moved) = Graph::resumed(table, &known.past(), &fresh, &gathered.parents);
    if graph.len() != moved.len() + fresh.len() {
        return Err(Unclear::CommitsDiffer);
    }
    // Names that were there then contained no secrets, except those of refs.
    let named = NameBearers::find(subject, &gathered, people, holding.names, &graph, stop);
    gathered.tags.extend(known.tags.iter().copied());
    let gaps = subject.missing(unread, StoreListing::InPart);
    // What contained a secret then is known, and what does now is in the table too.
    if holding.objects.keys().any(|id| table.find(id.as_bytes()).is_none()) {
        return Err(Unclear::SecretNotListed);
    }
    let (tips, holds) = rayon::join(
        || Tips::new(subject.refs, subject.main_branch().as_deref(), &gaps, &gathered, &graph),
        || SecretSets::new(table, holding.objects, &[]),
    );
    let is_tree = |&(object, _): &(ObjectNumber, _)| table.kind(object) == Some(ObjectKind::Tree);
    if tips.others.iter().any(is_tree) {
        return Err(Unclear::RefToTree);
    }
    let nothing = SecretSets::new(table, &HashMap::new(), &[]);
    let trees = TreePass::new(&gaps, &nothing, counts).watch(holding.names);
    let chosen = subject.objects.choose(KindSet::of(&[ObjectKind::Tree]), None);
    progress.begin(Pass::Trees, subject.objects.work(&chosen));
    subject.objects.visit(&chosen, &trees, progress, stop);
    trees.finish();
    if !holding.names.holding(Kind::Path).is_empty() {
        return Err(Unclear::SecretInFileName);
    }
    let mut strays: BTreeSet<ObjectNumber> = known.strays.iter().copied().collect();
    strays.extend(subject.objects.fresh.iter().filter_map(|id| {
        let index = table.find(id.as_bytes())?;
        (holds.is_held(index) && table.kind(index) == Some(ObjectKind::Blob)).then_some(index)
    }));
    let mut all = Vec::with_capacity(known.changes.len());
    for change in &known.changes {
        let number = renumbered.get(change.secret.index());
        let secret = *number.ok_or(Unclear::SecretNotListed)?;
        all.push(Change { secret, commit: moved[change.commit.index()], ..*change });
    }
    let changes = Changes { all, paths: known.paths, cut: false };
    let mut walk = ChangeWalk { sides: WholeTrees::new(subject.objects, &holds, known.names), changes };
    for links in &fresh {
        let at = graph.position(links.commit).ok_or(Unclear::CommitsDiffer)?;
        let commits = std::iter::once(&at).chain(graph.parents(at));
        let roots = commits.map(|&at| walk.sides.root(table.id(graph.commit(at))));
        let roots = roots.collect::<Result<_, _>>()?;
        walk.commit(at, roots)?;
    }
    let ChangeWalk { sides: WholeTrees { names, met, .. }, mut changes } = walk;
    if changes.cut {
        return Err(Unclear::ManyTrees);
    }
    changes.all.par_sort_unstable();
    strays.retain(|blob| !met.contains(blob));
    let headers: HashMap<Position, Vec<u8>> =
        known.headers.into_iter().map(|(at, header)| (moved[at.index()], header)).collect();
    let (plan, strays) = (PrunedTrees::default(), strays.into_iter().collect());
    Ok(Facts { subject, graph, tips, holds, plan, names, named, changes, strays, gathered, headers })
}

/// An entry of a tree: name, whether it is a directory, id.
type WholeEntry = (Name, bool, ObjectId);

/// What is at a path of a whole tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WholeSide {
    Nothing,
    Blob(ObjectId),
    Tree(ObjectId),
}

/// Trees that are read one by one, on demand.
struct WholeTrees<'a> {
    objects: &'a ObjectDatabase,
    holds: &'a SecretSets,
    /// Numbers of names, once one is needed.
    numbers: HashMap<Box<[u8]>, Name>,
    names: Vec<Box<[u8]>>,
    /// The entries of the trees read so far, without those of submodules, ascending by name.
    trees: HashMap<ObjectId, Box<[WholeEntry]>>,
    /// Blobs that contain a secret and are in a new commit's tree.
    met: HashSet<ObjectNumber>,
}

impl<'a> WholeTrees<'a> {
    /// None read so far; `names` have their numbers by position.
    fn new(objects: &'a ObjectDatabase, holds: &'a SecretSets, names: Vec<Box<[u8]>>) -> Self {
        let (numbers, trees, met) = (HashMap::new(), HashMap::new(), HashSet::new());
        Self { objects, holds, numbers, names, trees, met }
    }

    /// The tree of a commit.
    fn root(&self, commit: ObjectId) -> Result<WholeSide, Unclear> {
        let read = self.objects.read(commit).filter(|(kind, _)| *kind == ObjectKind::Commit);
        let (_, bytes) = read.ok_or(Unclear::UnreadableTree)?;
        let commit = CommitText::parse(&bytes, self.objects.table.width()).ok_or(Unclear::UnreadableTree)?;
        Ok(WholeSide::Tree(commit.tree))
    }

    /// The blob, if it contains a secret.
    fn held(&self, id: &ObjectId) -> Option<ObjectNumber> {
        let table = &self.objects.table;
        let index = table.find(id.as_bytes())?;
        (self.holds.is_held(index) && table.kind(index) == Some(ObjectKind::Blob)).then_some(index)
    }

    /// Reads a tree, once; it has no entries if the store lacks it.
    fn read(&mut self, id: ObjectId) -> Result<(), Unclear> {
        if self.trees.contains_key(&id) {
            return Ok(());
        }
        if self.trees.len() == MOST_TREES {
            return Err(Unclear::ManyTrees);
        }
        let mut entries: Vec<WholeEntry> = Vec::new();
        match self.objects.read(id) {
            Some((ObjectKind::Tree, bytes)) => {
                let mut at = 0;
                while at < bytes.len() {
                    let entry = TreeEntry::parse(&bytes, at, self.objects.table.width());
                    let entry = entry.ok_or(Unclear::UnreadableTree)?;
                    at = entry.end;
                    if entry.mode != Mode::Gitlink {
                        let id = ObjectId::from_bytes(entry.id).ok_or(Unclear::UnreadableTree)?;
                        entries.push((self.number(entry.name), entry.mode == Mode::Tree, id));
                    }
                }
            }
            Some(_) => {}
            None if self.objects.lists(id.as_bytes()) => return Err(Unclear::UnreadableTree),
            None => {}
        }
        entries.sort_unstable();
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Unclear::NameTwiceInTree);
        }
        self.trees.insert(id, entries.into());
        Ok(())
    }

    fn number(&mut self, name: &[u8]) -> Name {
        if self.numbers.is_empty() {
            let names = self.names.iter().cloned();
            self.numbers = names.zip(Name::first(self.names.len())).collect();
        }
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = Name::new(self.names.len() as u32);
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

impl ComparedTrees for WholeTrees<'_> {
    type TreeSide = WholeSide;
    type Entry = WholeEntry;
    type Error = Unclear;

    const NOTHING: WholeSide = WholeSide::Nothing;

    fn are_same(one: &WholeSide, other: &WholeSide) -> bool {
        one == other
    }

    fn is_there(side: &WholeSide) -> bool {
        *side != WholeSide::Nothing
    }

    fn prepare(&mut self, sides: &[WholeSide]) -> Result<(), Unclear> {
        if let WholeSide::Blob(id) = &sides[0] {
            let held = self.held(id);
            self.met.extend(held);
        }
        sides.iter().try_for_each(|side| match side {
            WholeSide::Tree(id) => self.read(*id),
            WholeSide::Blob(_) | WholeSide::Nothing => Ok(()),
        })
    }

    fn secrets(&self, side: &WholeSide) -> &[SecretNumber] {
        let WholeSide::Blob(id) = side else { return &[] };
        let held = self.held(id).map(|index| self.holds.set_of(index));
        self.holds.secrets(held.unwrap_or(SecretSet::EMPTY))
    }

    fn blob(&self, side: &WholeSide) -> Option<ObjectNumber> {
        let WholeSide::Blob(id) = side else { return None };
        self.held(id)
    }

    fn entries(&self, side: &WholeSide) -> &[WholeEntry] {
        let WholeSide::Tree(id) = side else { return &[] };
        self.trees.get(id).map_or(&[], |entries| &**entries)
    }

    fn name(entry: &WholeEntry) -> Name {
        entry.0
    }

    fn entry(&self, &(_, is_tree, id): &WholeEntry) -> WholeSide {
        if is_tree { WholeSide::Tree(id) } else { WholeSide::Blob(id) }
    }
}
