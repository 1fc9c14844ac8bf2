//! Names in a history that hold secrets: of refs, of the people who made commits and tags, of files and folders.
//!
//! They are gathered on the way and given to the caller many at once, which costs next to nothing, for there are few:
//! a person's name is gathered once, however many commits have it, and that of an entry when a tree brings it that its
//! base does not have ([`SeenNames`]). Only if a secret is found in one are commits, tags or trees read again, to see
//! which of them have it. Of a path only one component is looked at at a time: no token has a `/` in it.

use super::holds::SecretNumber;
use super::place::{Beyond, Out, Placing};
use super::tips::Tips;
use super::trees::ITSELF;
use super::{History, Scanned};
use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::who;
use crate::git::object::{CommitText, TagText, person};
use crate::git::odb::id_table::ObjectNumber;
use crate::git::odb::progress::Untold;
use crate::git::{KindSet, Object, ObjectKind, Visitor};
use crate::model::{Kind, Names, ObjectId, Place, display_path};
use crate::sync::lock;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Looks for secrets in names. Called from many threads at once.
pub trait ScanNames: Sync {
    /// Looks at names of one kind. The same name may come again.
    fn look(&self, kind: Kind, names: &Names);

    /// The names of one kind in which something was found, ascending, each with the numbers of its secrets.
    fn holding(&self, kind: Kind) -> Vec<(Box<[u8]>, Vec<u32>)>;
}

/// What holds secrets.
#[derive(Clone, Copy)]
pub struct Holding<'a> {
    /// The numbers of the secrets of each object: a blob, or the commit or tag whose message holds the secret.
    pub objects: &'a HashMap<ObjectId, Vec<u32>>,
    /// What tells which names hold secrets.
    pub names: &'a dyn ScanNames,
}

/// A name that holds a secret, at one of its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedName {
    /// The secret's number.
    pub secret: u32,
    /// The name, as it was given to [`ScanNames::look`].
    pub name: Arc<[u8]>,
    /// The place; its path ends with the name.
    pub place: Place,
    /// True where it stood before the part of the history that is read.
    pub before: bool,
}

/// A name, and the numbers of the secrets in it.
pub(super) type Held = (Box<[u8]>, Vec<SecretNumber>);

/// What tags call themselves, as if they were refs.
const TAGS: &[u8] = b"refs/tags/";

/// How many names are remembered so that they are not looked at again, as a power of two: 64 KiB a thread.
const REMEMBERED: u32 = 13;

/// The names of entries that one thread came to, on their way to be looked at.
///
/// # Design
///
/// The same names come over and over, a tree being mostly what another was. So the last of each hash is remembered by its
/// hash, which starts from random numbers: no one can choose names that are taken for others. One that is forgotten is
/// looked at again. The room for it does not grow with the store.
#[derive(Debug, Default)]
pub(super) struct SeenNames {
    hashes: Vec<u64>,
    names: Names,
}

impl SeenNames {
    /// Puts a name aside, whose hash this is, unless it was seen; gives them to `names` once there are many.
    pub(super) fn see(&mut self, name: &[u8], hash: u64, names: &dyn ScanNames) {
        if self.hashes.is_empty() {
            self.hashes = vec![0; 1 << REMEMBERED];
        }
        let at = (hash >> (u64::BITS - REMEMBERED)) as usize;
        if std::mem::replace(&mut self.hashes[at], hash) != hash {
            self.names.add_bytes(name);
            if self.names.is_full() {
                self.look(names);
            }
        }
    }

    /// Gives those that were put aside to `names`.
    pub(super) fn look(&mut self, names: &dyn ScanNames) {
        if !self.names.is_empty() {
            names.look(Kind::Path, &self.names);
            self.names.clear();
        }
    }
}

/// The names that hold secrets, and what has them.
#[derive(Debug, Default)]
pub(super) struct Named {
    refs: Vec<Held>,
    people: Vec<Held>,
    /// The commits that each of `people` made or committed.
    made: Vec<Vec<Position>>,
    /// The tags that each of `people` made, and those that call themselves what each of `refs` is called.
    tagged: Vec<Vec<ObjectNumber>>,
    named: Vec<Vec<ObjectNumber>>,
    /// Names of entries of trees.
    pub(super) entries: Vec<Held>,
}

impl Named {
    /// True if the names hold nothing but what a look at the refs tells.
    pub(super) fn is_told_by_refs(&self) -> bool {
        self.people.is_empty() && self.entries.is_empty() && self.named.iter().all(Vec::is_empty)
    }

    /// The commits of which it is told who made them.
    pub(super) fn commits(&self) -> impl Iterator<Item = Position> {
        self.made.iter().filter_map(|made| made.iter().min().copied())
    }
}

impl History {
    /// The names of the refs that are meant.
    fn ref_names(&self) -> Vec<&str> {
        let others = self.broken_refs.iter().chain(&self.unborn_refs);
        let Some(scope) = &self.scope else {
            return self.refs.keys().chain(others).map(String::as_str).collect();
        };
        // Of a range, those that lead into it.
        let is_inside = |id: &ObjectId| {
            !scope.is_range
                || self.objects.table.find(id.as_bytes()).is_some_and(|index| scope.inside.contains(index))
        };
        let refs = self.refs.iter().filter(|(_, id)| is_inside(id)).map(|(name, _)| name);
        refs.chain(others).filter(|name| scope.refs.contains(*name)).map(String::as_str).collect()
    }

    /// Gives all names but those in trees to `names`, and finds what has those that hold secrets.
    pub(super) fn named(
        &self,
        scanned: &Scanned,
        names: &dyn ScanNames,
        graph: &Graph,
        stop: &AtomicBool,
    ) -> Named {
        let mut refs = vec![Names::default()];
        let mut add = |add: &dyn Fn(&mut Names)| match refs.last_mut().filter(|last| !last.is_full()) {
            Some(last) => add(last),
            None => {
                let mut next = Names::default();
                add(&mut next);
                refs.push(next);
            }
        };
        self.ref_names().into_iter().for_each(|name| add(&|names| names.add(name)));
        let tags = scanned.gathered.tag_names().map(|name| [TAGS, name].concat());
        tags.for_each(|name| add(&|names| names.add_bytes(&name)));
        // Ansible has 61,000 refs: 2 ms.
        rayon::join(
            || refs.par_iter().for_each(|refs| names.look(Kind::Ref, refs)),
            || names.look(Kind::Author, &scanned.people),
        );
        let (refs, people) = (names.holding(Kind::Ref), names.holding(Kind::Author));
        let mut named = Named {
            made: vec![Vec::new(); people.len()],
            tagged: vec![Vec::new(); people.len()],
            named: vec![Vec::new(); refs.len()],
            refs,
            people,
            entries: Vec::new(),
        };
        if named.people.is_empty() && named.refs.is_empty() {
            return named;
        }
        let kinds = KindSet::of(&[ObjectKind::Commit, ObjectKind::Tag]);
        let chosen = self.objects.choose(kinds, self.scope.as_ref().map(|scope| &scope.inside));
        let bearers = Bearers {
            width: self.objects.table.width(),
            graph,
            named: Mutex::new(std::mem::take(&mut named)),
        };
        self.objects.visit(&chosen, &bearers, &Untold, stop);
        let mut named = std::mem::take(&mut *lock(&bearers.named));
        // A tag that a ref of its own name leads to has the name from there.
        let is_ref = |name: &[u8]| self.refs.contains_key(&display_path(name));
        for ((name, _), tags) in named.refs.iter().zip(&mut named.named) {
            if is_ref(name) {
                tags.clear();
            }
        }
        named
    }
}

/// Finds the commits and tags that have names which hold something.
struct Bearers<'a> {
    width: usize,
    graph: &'a Graph,
    named: Mutex<Named>,
}

/// Where `name` is among names that ascend.
fn find(names: &[Held], name: &[u8]) -> Option<usize> {
    names.binary_search_by(|(held, _)| (**held).cmp(name)).ok()
}

impl Visitor for Bearers<'_> {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        match object.kind {
            ObjectKind::Commit => {
                let Some(commit) = CommitText::parse(object.bytes, self.width) else { return };
                let Some(at) = self.graph.position(object.index) else { return };
                let mut named = lock(&self.named);
                let people = BTreeSet::from([who(commit.author), who(commit.committer)]);
                for person in
                    people.into_iter().filter_map(|who| find(&named.people, who)).collect::<Vec<_>>()
                {
                    named.made[person].push(at);
                }
            }
            ObjectKind::Tag => {
                let Some(tag) = TagText::parse(object.bytes, self.width) else { return };
                let mut named = lock(&self.named);
                if let Some(person) = find(&named.people, who(tag.tagger)) {
                    named.tagged[person].push(object.index);
                }
                if let Some(name) = find(&named.refs, &[TAGS, tag.name].concat()) {
                    named.named[name].push(object.index);
                }
            }
            ObjectKind::Blob | ObjectKind::Tree => {}
        }
    }

    fn derived(&self, (): &(), _: &[u8], object: Object<'_>, _: &[crate::model::Copied]) {
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        // The first pass says so.
    }
}

/// The path of an entry, from that of the way to its name.
pub(super) fn path_of(way: &[u8]) -> &[u8] {
    way.strip_suffix(ITSELF).unwrap_or(way)
}

/// What names add to the lives of secrets.
#[derive(Debug, Default)]
pub(super) struct NameLife {
    /// The first commit that has such a name.
    pub(super) first: Option<Position>,
    /// True if a ref has such a name, or reaches something that has.
    pub(super) live: bool,
    /// The refs that are called so.
    pub(super) refs: Vec<String>,
}

impl Out<'_> {
    /// Places names, all but those in trees.
    pub(super) fn names(&mut self, named: &Named) -> BTreeMap<SecretNumber, NameLife> {
        let Placing { tips, .. } = *self.placing;
        let mut lives: BTreeMap<SecretNumber, NameLife> = BTreeMap::new();
        for ((name, secrets), tags) in named.refs.iter().zip(&named.named) {
            let shown = display_path(name);
            let place = match self.first(tags, tips) {
                Some((tag, reachable)) => Place { reachable: Some(reachable), live: Some(reachable), ..tag },
                None => Place { reachable: Some(true), live: Some(true), ..Place::new(Kind::Ref) },
            };
            let place = Place { kind: Kind::Ref, path: Some(Arc::from(shown.as_str())), ..place };
            for &secret in secrets {
                let life = lives.entry(secret).or_default();
                life.live |= place.live == Some(true);
                if tags.is_empty() {
                    life.refs.push(shown.clone());
                }
            }
            self.name(name, secrets, &place);
        }
        for (((name, secrets), made), tags) in named.people.iter().zip(&named.made).zip(&named.tagged) {
            let first = made.iter().min().copied();
            let tag = self.first(tags, tips);
            let live = made.iter().any(|&at| self.reached[at as usize])
                || tags.iter().any(|tag| tips.tags.contains(tag));
            let place = match (first, tag) {
                (Some(at), _) => {
                    let (commit, reachable) = (self.commit(first), Some(self.reached[at as usize]));
                    Place { commit, reachable, ..Place::new(Kind::Author) }
                }
                (None, Some((tag, reachable))) => Place { reachable: Some(reachable), ..tag },
                (None, None) => Place::new(Kind::Author),
            };
            let path = Some(Arc::from(display_path(name)));
            let place = Place { kind: Kind::Author, path, live: Some(live), ..place };
            for &secret in secrets {
                let life = lives.entry(secret).or_default();
                life.first = life.first.into_iter().chain(first).min();
                life.live |= live;
            }
            self.name(name, secrets, &place);
        }
        lives
    }

    /// The name of an entry, if this number stands for one.
    pub(super) fn entry(&self, number: ObjectNumber) -> Option<Arc<[u8]>> {
        let at = (number as usize).checked_sub(self.placing.objects.table.len())?;
        self.placing.named.entries.get(at).map(|(name, _)| Arc::from(&**name))
    }

    /// Places the names of entries that are in no commit's tree.
    pub(super) fn entries(&mut self, beyond: &Beyond) {
        let holds = self.placing.holds;
        for &number in &beyond.names {
            let Some(name) = self.entry(number) else { continue };
            let is_named = beyond.named.get(&number);
            let path = is_named.and_then(Option::as_ref).map_or(&*name, |path| path_of(path));
            let path = Some(Arc::from(display_path(path)));
            let live = Some(is_named.is_some());
            let place = Place { path, reachable: live, live, ..Place::new(Kind::Path) };
            self.name(&name, holds.secrets(holds.set_of(number)), &place);
        }
    }

    /// The place of the oldest of `tags`, and whether a ref reaches it.
    fn first(&self, tags: &[ObjectNumber], tips: &Tips) -> Option<(Place, bool)> {
        let objects = self.placing.objects;
        let told = tags.iter().filter_map(|&tag| {
            let id = objects.table.id(tag);
            let (_, bytes) = objects.read(id)?;
            let by = person(TagText::parse(&bytes, objects.table.width())?.tagger, id);
            Some((by.time, id, tag, by))
        });
        let (_, _, tag, by) = told.min_by_key(|&(time, id, ..)| (time, id))?;
        let place = Place { commit: Some(Arc::new(by)), ..Place::new(Kind::Tag) };
        Some((place, tips.tags.contains(&tag)))
    }

    fn name(&mut self, name: &[u8], secrets: &[SecretNumber], place: &Place) {
        let name: Arc<[u8]> = Arc::from(name);
        let placed = secrets.iter().map(|&secret| {
            let (name, place) = (Arc::clone(&name), place.clone());
            PlacedName { secret, name, place, before: false }
        });
        self.names.extend(placed);
    }
}
