//! Where secrets are, by comparing whole trees: the definition of DESIGN.md, in the simplest way.

use keydredge::model::{
    Commit as Person, Found, InCommit, InHistory, InMetadata, InStore, ObjectId, Place, Presence, Secret,
    SecretHistory, Source, display_path,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

/// How many refs a lifetime names.
const MOST_REFS: usize = 20;

/// A commit's links, author and time.
pub(crate) struct Commit {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    pub(crate) author: Vec<u8>,
    pub(crate) time: i64,
}

/// Names, whether they name a tree, and what they name.
pub(crate) type Tree = Vec<(Box<[u8]>, bool, ObjectId)>;

/// All of a repository.
pub(crate) struct History<'a> {
    pub(crate) commits: &'a HashMap<ObjectId, Commit>,
    pub(crate) tags: &'a HashMap<ObjectId, (ObjectId, Vec<u8>)>,
    pub(crate) trees: &'a HashMap<ObjectId, Tree>,
    pub(crate) refs: &'a [(String, ObjectId)],
    /// The branch that `HEAD` names.
    pub(crate) main: Option<String>,
    pub(crate) held: &'a HashMap<ObjectId, Vec<Found>>,
}

/// A path, by number.
type Path = u32;
/// A secret, by number.
type Number = u32;

/// The blobs with secrets below a tree, with their paths; and all their secrets.
#[derive(Debug, Default)]
struct Flat {
    files: Vec<(Path, u32)>,
    secrets: Vec<Number>,
}

impl PartialEq for Flat {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl Eq for Flat {}

impl Hash for Flat {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.files.hash(state);
    }
}

/// Trees made flat, each once.
struct Flattener<'a> {
    history: &'a History<'a>,
    blobs: BTreeMap<ObjectId, u32>,
    /// By blob: the secrets.
    sets: Vec<Vec<Number>>,
    /// A path is a name, and the path below it.
    paths: Vec<(&'a [u8], Option<Path>)>,
    path_numbers: HashMap<(&'a [u8], Option<Path>), Path>,
    done: HashMap<ObjectId, Rc<Flat>>,
    all: HashSet<Rc<Flat>>,
}

impl<'a> Flattener<'a> {
    fn path(&mut self, name: &'a [u8], below: Option<Path>) -> Path {
        let next = self.paths.len() as Path;
        let paths = &mut self.paths;
        *self.path_numbers.entry((name, below)).or_insert_with(|| {
            paths.push((name, below));
            next
        })
    }

    fn spelt(&self, mut path: Path) -> String {
        let mut text = Vec::new();
        loop {
            let (name, below) = self.paths[path as usize];
            text.extend_from_slice(name);
            let Some(next) = below else { return display_path(&text) };
            text.push(b'/');
            path = next;
        }
    }

    fn flat(&mut self, tree: ObjectId) -> Rc<Flat> {
        if let Some(done) = self.done.get(&tree) {
            return Rc::clone(done);
        }
        let history = self.history;
        let mut flat = Flat::default();
        for (name, is_tree, id) in history.trees.get(&tree).into_iter().flatten() {
            if *is_tree {
                for &(below, blob) in &self.flat(*id).files {
                    let path = self.path(name, Some(below));
                    flat.files.push((path, blob));
                }
            } else if let Some(&blob) = self.blobs.get(id) {
                let path = self.path(name, None);
                flat.files.push((path, blob));
            }
        }
        flat.files.sort_unstable();
        let flat = match self.all.get(&flat) {
            Some(known) => Rc::clone(known),
            None => {
                let all: BTreeSet<Number> =
                    flat.files.iter().flat_map(|&(_, blob)| &self.sets[blob as usize]).copied().collect();
                flat.secrets = all.into_iter().collect();
                let flat = Rc::new(flat);
                self.all.insert(Rc::clone(&flat));
                flat
            }
        };
        self.done.insert(tree, Rc::clone(&flat));
        flat
    }
}

/// Oldest first: topological, ties by time, then id.
fn order(commits: &HashMap<ObjectId, Commit>) -> Vec<ObjectId> {
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut waits: HashMap<ObjectId, usize> = HashMap::new();
    let mut ready = BinaryHeap::new();
    for (id, commit) in commits {
        let known = commit.parents.iter().filter(|parent| commits.contains_key(parent));
        let count = known.map(|parent| children.entry(*parent).or_default().push(*id)).count();
        waits.insert(*id, count);
        if count == 0 {
            ready.push(Reverse((commit.time, *id)));
        }
    }
    let mut order = Vec::new();
    while let Some(Reverse((_, id))) = ready.pop() {
        order.push(id);
        for child in children.remove(&id).unwrap_or_default() {
            let waits = waits.get_mut(&child).expect("each commit was given a count");
            *waits -= 1;
            if *waits == 0 {
                ready.push(Reverse((commits[&child].time, child)));
            }
        }
    }
    order
}

/// The commits that one of `tips` reaches, by position.
fn reached(parents: &[Vec<usize>], tips: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut seen = vec![false; parents.len()];
    let mut pending: Vec<usize> = tips.collect();
    while let Some(at) = pending.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            pending.extend(&parents[at]);
        }
    }
    seen
}

/// Who made a commit or tag: `A U Thor <author@example.com> 1112911993 -0700`.
pub(crate) fn person(line: &[u8], id: ObjectId) -> Person {
    let line = String::from_utf8_lossy(line);
    let (who, when) = line.rsplit_once('>').unwrap_or((&line, ""));
    let (author, email) = who.split_once('<').unwrap_or((who, ""));
    let mut when = when.split_whitespace();
    let time = when.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let zone: i32 = when.next().and_then(|zone| zone.parse().ok()).unwrap_or(0);
    let minutes = zone.abs() / 100 * 60 + zone.abs() % 100;
    Person {
        id,
        author: author.trim().to_owned(),
        email: email.trim().to_owned(),
        time,
        zone: minutes * zone.signum(),
    }
}

/// A secret, the object that contains it, and its place.
pub(crate) type Told = (Secret, ObjectId, Place);

/// Places and lifetimes.
pub(crate) fn placed(history: &History<'_>) -> (Vec<Told>, Vec<SecretHistory>) {
    let secrets: BTreeSet<&Secret> =
        history.held.values().flatten().map(|found| &found.candidate.secret).collect();
    let secrets: Vec<Secret> = secrets.into_iter().cloned().collect();
    let numbers = |id: &ObjectId| -> Vec<Number> {
        let of = history.held[id].iter();
        let of =
            of.map(|found| secrets.binary_search(&found.candidate.secret).expect("all are listed") as Number);
        of.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let holders: BTreeSet<ObjectId> =
        history.held.iter().filter(|(_, found)| !found.is_empty()).map(|(id, _)| *id).collect();
    let texts = |id: &ObjectId| history.commits.contains_key(id) || history.tags.contains_key(id);
    let blob_ids: Vec<ObjectId> = holders.iter().filter(|id| !texts(id)).copied().collect();
    let mut flattener = Flattener {
        history,
        blobs: (0..).zip(&blob_ids).map(|(number, id)| (*id, number)).collect(),
        sets: blob_ids.iter().map(numbers).collect(),
        paths: Vec::new(),
        path_numbers: HashMap::new(),
        done: HashMap::new(),
        all: HashSet::new(),
    };

    // The commits by position, with the secrets of their trees.
    let order = order(history.commits);
    let position: HashMap<ObjectId, usize> = order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let parents: Vec<Vec<usize>> = order
        .iter()
        .map(|id| {
            history.commits[id].parents.iter().filter_map(|parent| position.get(parent).copied()).collect()
        })
        .collect();
    let flats: Vec<Rc<Flat>> = order.iter().map(|id| flattener.flat(history.commits[id].tree)).collect();

    // What each commit adds to a path and removes from it; the same for whole trees.
    let mut introduced: Vec<(Number, Path, usize, u32)> = Vec::new();
    let mut removed: HashMap<(Number, Path), Vec<usize>> = HashMap::new();
    let mut came: HashMap<Number, usize> = HashMap::new();
    let mut went: HashMap<Number, usize> = HashMap::new();
    let nothing = Rc::new(Flat::default());
    for at in 0..order.len() {
        let own = &flats[at];
        let mut sides: Vec<&Rc<Flat>> = parents[at].iter().map(|&parent| &flats[parent]).collect();
        if sides.is_empty() {
            sides.push(&nothing);
        }
        if sides.iter().all(|side| Rc::ptr_eq(side, own)) {
            continue;
        }
        // At each path where a side differs: the commit's blob, and each parent's.
        let mut paths: BTreeMap<Path, (Option<u32>, Vec<Option<u32>>)> = BTreeMap::new();
        for side in sides.iter().filter(|side| !Rc::ptr_eq(side, own)) {
            let (mut ours, mut theirs) = (&own.files[..], &side.files[..]);
            while let Some(path) = [ours, theirs].iter().filter_map(|files| Some(files.first()?.0)).min() {
                let take = |files: &mut &[(Path, u32)]| {
                    let first = files.first().filter(|file| file.0 == path)?.1;
                    *files = &files[1..];
                    Some(first)
                };
                if take(&mut ours) != take(&mut theirs) {
                    paths.insert(path, (None, Vec::new()));
                }
            }
        }
        let blob = |flat: &Flat, path: Path| {
            flat.files.binary_search_by_key(&path, |file| file.0).ok().map(|found| flat.files[found].1)
        };
        for (path, (ours, theirs)) in &mut paths {
            *ours = blob(own, *path);
            theirs.extend(sides.iter().map(|side| blob(side, *path)));
        }
        for (path, (ours, theirs)) in paths {
            let holds = |blob: Option<u32>| blob.map_or(&[][..], |blob| &flattener.sets[blob as usize]);
            let before: BTreeSet<Number> = theirs.iter().flat_map(|&blob| holds(blob)).copied().collect();
            for &secret in holds(ours).iter().filter(|secret| !before.contains(secret)) {
                introduced.push((secret, path, at, ours.expect("it holds something")));
            }
            for secret in before.into_iter().filter(|secret| !holds(ours).contains(secret)) {
                removed.entry((secret, path)).or_default().push(at);
            }
        }
        for &secret in &own.secrets {
            if !sides.iter().any(|side| side.secrets.contains(&secret)) {
                came.entry(secret).or_insert(at);
            }
        }
        for secret in sides.iter().flat_map(|side| &side.secrets) {
            if !own.secrets.contains(secret) {
                went.insert(*secret, at);
            }
        }
    }

    // Where the refs point, the ones that matter most first.
    let rank = |name: &str| {
        let usual = ["refs/heads/main", "refs/heads/master"];
        if history.main.as_deref().map_or(usual.contains(&name), |main| main == name) {
            return 1;
        }
        let kinds = ["HEAD", "refs/heads/", "refs/tags/", "refs/remotes/"];
        let kind = kinds.iter().position(|kind| name.starts_with(kind)).unwrap_or(kinds.len());
        if kind == 0 { 0 } else { kind + 1 }
    };
    let mut refs: Vec<(usize, &str, ObjectId)> =
        history.refs.iter().map(|(name, id)| (rank(name), name.as_str(), *id)).collect();
    refs.sort_unstable();
    let (mut tips, mut notes, mut named_tags) = (Vec::new(), Vec::new(), HashSet::new());
    let mut holding: HashMap<Number, Vec<&str>> = HashMap::new();
    let mut named_blobs: HashSet<u32> = HashSet::new();
    let mut at_tips: HashSet<(Path, u32)> = HashSet::new();
    let mut seen: HashSet<*const Flat> = HashSet::new();
    for (_, name, mut id) in refs {
        while let Some((target, _)) = history.tags.get(&id) {
            named_tags.insert(id);
            id = *target;
        }
        let held = if let Some(&at) = position.get(&id) {
            if name.starts_with("refs/notes/") { &mut notes } else { &mut tips }.push(at);
            if seen.insert(Rc::as_ptr(&flats[at])) {
                at_tips.extend(&flats[at].files);
            }
            flats[at].secrets.clone()
        } else if let Some(&blob) = flattener.blobs.get(&id) {
            named_blobs.insert(blob);
            flattener.sets[blob as usize].clone()
        } else {
            let flat = flattener.flat(id);
            named_blobs.extend(flat.files.iter().map(|file| file.1));
            flat.secrets.clone()
        };
        for secret in held {
            holding.entry(secret).or_default().push(name);
        }
    }
    let live_at: HashSet<(Number, Path)> = at_tips
        .iter()
        .flat_map(|&(path, blob)| flattener.sets[blob as usize].iter().map(move |&secret| (secret, path)))
        .collect();
    let by_refs = reached(&parents, tips.iter().copied());
    let reached = reached(&parents, tips.iter().chain(&notes).copied());

    let made = |at: usize| Arc::new(person(&history.commits[&order[at]].author, order[at]));
    let removals = removals(&introduced, &removed, &parents);
    let mut told: Vec<Told> = Vec::new();
    for (&(secret, path, at, blob), gone) in introduced.iter().zip(removals) {
        let blob = blob_ids[blob as usize];
        let presence = Presence {
            reachable: Some(reached[at]),
            live: Some(live_at.contains(&(secret, path))),
            removed_in: gone.map(|at| order[at]),
        };
        let file = InCommit { blob, commit: made(at), presence };
        let source = if reached[at] && !by_refs[at] { Source::Note(file) } else { Source::Commit(file) };
        let place = Place { path: Some(flattener.spelt(path).into()), source };
        told.push((secrets[secret as usize].clone(), blob, place));
    }

    // Messages, and blobs that are in no commit's tree.
    let mut first_message: HashMap<Number, usize> = HashMap::new();
    let mut live_message: HashSet<Number> = HashSet::new();
    for id in holders.iter().filter(|id| texts(id)) {
        let (source, by, reachable): (fn(_) -> _, _, _) = match position.get(id) {
            Some(&at) => (Source::Message, Some(made(at)), reached[at]),
            None => {
                let tagger = &history.tags[id].1;
                let tagger = (!tagger.is_empty()).then(|| Arc::new(person(tagger, *id)));
                (Source::Tag, tagger, named_tags.contains(id))
            }
        };
        for secret in numbers(id) {
            if let Some(&at) = position.get(id) {
                let first = first_message.entry(secret).or_insert(at);
                *first = at.min(*first);
            }
            if reachable {
                live_message.insert(secret);
            }
            let presence = Presence::as_long_as(reachable);
            let place = Place::of(source(InMetadata { by: by.clone(), presence }));
            told.push((secrets[secret as usize].clone(), *id, place));
        }
    }
    let in_trees: HashSet<u32> = flats.iter().flat_map(|flat| flat.files.iter().map(|file| file.1)).collect();
    for (blob, id) in (0..).zip(&blob_ids).filter(|(blob, _)| !in_trees.contains(blob)) {
        let presence = Presence::as_long_as(named_blobs.contains(&blob));
        for &secret in &flattener.sets[blob as usize] {
            let place = Place::of(Source::Object(InStore { blob: *id, presence }));
            told.push((secrets[secret as usize].clone(), *id, place));
        }
    }
    let life = |(number, secret): (Number, &Secret)| {
        let all = holding.get(&number);
        let refs = all.into_iter().flatten().take(MOST_REFS);
        let refs: Vec<String> = refs.map(|name| (*name).to_owned()).collect();
        let ref_count = all.map_or(0, Vec::len) as u64;
        let live = !refs.is_empty() || live_message.contains(&number);
        let introduced = came.get(&number).or_else(|| first_message.get(&number));
        let removed = went.get(&number).filter(|_| !live);
        let (introduced, removed) = (introduced.map(|&at| made(at)), removed.map(|&at| made(at)));
        let history = InHistory { introduced, removed, live, refs, ref_count };
        SecretHistory { secret: secret.clone(), history }
    };
    let lives = (0..).zip(&secrets).map(life).collect();
    (told, lives)
}

/// For each introduction the first commit that descends from it and removes the secret from the path.
fn removals(
    introduced: &[(Number, Path, usize, u32)],
    removed: &HashMap<(Number, Path), Vec<usize>>,
    parents: &[Vec<usize>],
) -> Vec<Option<usize>> {
    let mut gone = vec![None; introduced.len()];
    let mut by_commit: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, (secret, path, at, _)) in introduced.iter().enumerate() {
        if removed.contains_key(&(*secret, *path)) {
            by_commit.entry(*at).or_default().push(number);
        }
    }
    // The descendants of 64 commits at a time, a bit each.
    let commits: Vec<usize> = by_commit.keys().copied().collect();
    for batch in commits.chunks(64) {
        let mut descends = vec![0u64; parents.len()];
        for (bit, &at) in batch.iter().enumerate() {
            descends[at] |= 1 << bit;
        }
        for at in batch[0]..parents.len() {
            descends[at] |= parents[at].iter().fold(0, |bits, &parent| bits | descends[parent]);
        }
        for (bit, at) in batch.iter().enumerate() {
            for &number in &by_commit[at] {
                let (secret, path, ..) = introduced[number];
                let mut later = removed[&(secret, path)].iter().filter(|&removal| removal != at);
                gone[number] = later.find(|&&removal| descends[removal] >> bit & 1 == 1).copied();
            }
        }
    }
    gone
}
