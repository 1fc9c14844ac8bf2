//! Attribution against its definition, computed from the output of `git log -m --raw` for random histories.

use super::{Repo, hermetic, marks, read};
use crate::model::{ObjectId, SecretNumber};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

const PATHS: [&str; 7] = ["a", "b", "d/a", "d/b", "d/e/a", "d/e/f/a", "g/a"];

/// A commit to make.
#[derive(Clone, Debug)]
pub(super) struct PlannedCommit {
    /// How far back its parents are; one before the first commit is left out.
    parents: Vec<usize>,
    /// How much later than the last one it is made.
    later: u64,
    /// Which path gets which secrets and noise; no secrets and noise 0 deletes it.
    edits: Vec<(usize, Vec<u32>, u8)>,
    /// Which paths are taken from the last parent instead of the first.
    taken: Vec<usize>,
    /// Whether a ref stays that points at it.
    pub(super) named: bool,
}

impl PlannedCommit {
    /// The same, later than the one before it in any case.
    pub(super) fn a_minute_later(self) -> Self {
        Self { later: self.later + 60, ..self }
    }
}

pub(super) fn plans() -> impl Strategy<Value = Vec<PlannedCommit>> {
    let parents = prop_oneof![
        12 => prop::collection::vec(1usize..3, 1),
        5 => prop::collection::vec(1usize..8, 2),
        2 => prop::collection::vec(1usize..10, 3),
        1 => Just(Vec::new()),
    ];
    let edit = (0..PATHS.len(), prop::collection::vec(0u32..4, 0..3), 0u8..3);
    let edits = prop::collection::vec(edit, 0..3);
    let taken = prop::collection::vec(0..PATHS.len(), 0..5);
    let plan = (parents, 0u64..3, edits, taken, prop::bool::weighted(0.3));
    let plan = plan.prop_map(|(parents, later, edits, taken, named)| PlannedCommit {
        parents,
        later,
        edits,
        taken,
        named,
    });
    prop::collection::vec(plan, 1..28)
}

/// Makes the history, and returns all commits' ids, oldest first.
pub(super) fn make(repo: &Repo, plans: &[PlannedCommit], packed: bool) {
    let mut stream = String::new();
    let mut trees: Vec<BTreeMap<&str, String>> = Vec::new();
    let mut clock = repo.clock;
    for (at, plan) in plans.iter().enumerate() {
        clock += plan.later;
        let parents: Vec<usize> = plan.parents.iter().filter_map(|back| at.checked_sub(*back)).collect();
        let mut files = parents.first().map(|&first| trees[first].clone()).unwrap_or_default();
        if let Some(&last) = parents.last() {
            for path in plan.taken.iter().map(|&path| PATHS[path]) {
                match trees[last].get(path) {
                    Some(text) => files.insert(path, text.clone()),
                    None => files.remove(path),
                };
            }
        }
        for (path, secrets, noise) in &plan.edits {
            if secrets.is_empty() && *noise == 0 {
                files.remove(PATHS[*path]);
            } else {
                let secrets: String = secrets.iter().map(|secret| format!("S{secret};\n")).collect();
                files.insert(PATHS[*path], format!("{noise}\n{secrets}"));
            }
        }
        writeln!(stream, "commit refs/heads/c{at}\nmark :{}", at + 1).unwrap();
        writeln!(stream, "committer C <c@example.com> {clock} +0000\ndata 0").unwrap();
        for (number, parent) in parents.iter().enumerate() {
            writeln!(stream, "{} :{}", if number == 0 { "from" } else { "merge" }, parent + 1).unwrap();
        }
        stream.push_str("deleteall\n");
        for (path, text) in &files {
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).unwrap();
        }
        trees.push(files);
    }
    let limit = format!("fastimport.unpackLimit={}", if packed { 0 } else { 100_000 });
    let mut import = hermetic(repo.path());
    import.args(["-c", &limit, "fast-import", "--quiet", "--force"]).stdin(Stdio::piped());
    let mut import = import.spawn().expect("git is installed");
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
}

/// The secrets in each blob.
pub(super) fn held(repo: &Repo, blobs: &BTreeSet<ObjectId>) -> HashMap<ObjectId, Vec<SecretNumber>> {
    let asked: String = blobs.iter().map(|blob| format!("{blob}\n")).collect();
    let mut command = repo.command(&["cat-file", "--batch=%(objectname)"]);
    let mut git = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let text = String::from_utf8(git.wait_with_output().unwrap().stdout).unwrap();
    // The texts themselves contain no line of 40 characters.
    let mut held: HashMap<ObjectId, Vec<SecretNumber>> = HashMap::new();
    let mut at = None;
    for line in text.lines() {
        match ObjectId::from_hex(line) {
            Some(id) => at = Some(held.entry(id).or_default()),
            None => at.iter_mut().for_each(|held| held.extend(marks(line.as_bytes()))),
        }
    }
    held.values_mut().for_each(|held| {
        held.sort_unstable();
        held.dedup();
    });
    held
}

/// A secret at a path, by a commit.
type Told = (SecretNumber, String, ObjectId, ObjectId, bool, bool, Option<ObjectId>);
/// A secret's lifetime.
type LifeTold = (SecretNumber, Option<ObjectId>, Option<ObjectId>, bool, Vec<String>);

/// By path the old blob and the new one.
type PathChanges = BTreeMap<String, (ObjectId, ObjectId)>;

/// The history as git shows it.
#[derive(Default)]
struct Log {
    parents: HashMap<ObjectId, Vec<ObjectId>>,
    time: HashMap<ObjectId, i64>,
    /// What a commit (first) changes in the tree of a parent: the path's blob there, and its own.
    changes: HashMap<(ObjectId, Option<ObjectId>), PathChanges>,
}

impl Log {
    fn read(repo: &Repo) -> Self {
        let text = repo.git(&[
            "log",
            "--all",
            "-m",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            "--format=raw",
            "--root",
        ]);
        let mut log = Self::default();
        let mut at = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("commit ") {
                let id = ObjectId::from_hex(&rest[..40]).unwrap();
                let from =
                    rest.split_once("(from ").map(|(_, from)| ObjectId::from_hex(&from[..40]).unwrap());
                log.parents.insert(id, Vec::new());
                at = Some((id, from));
            } else if let (Some(parent), Some((id, _))) = (line.strip_prefix("parent "), at) {
                log.parents.get_mut(&id).unwrap().push(ObjectId::from_hex(parent).unwrap());
            } else if let (Some(text), Some((id, _))) = (line.strip_prefix("committer "), at) {
                let seconds = text.rsplit(' ').nth(1).unwrap();
                log.time.insert(id, seconds.parse().unwrap());
            } else if let (Some(change), Some((id, from))) = (line.strip_prefix(':'), at) {
                let (fields, path) = change.split_once('\t').unwrap();
                let fields: Vec<_> = fields.split(' ').collect();
                let blobs = (ObjectId::from_hex(fields[2]).unwrap(), ObjectId::from_hex(fields[3]).unwrap());
                let from = from.or_else(|| log.parents[&id].first().copied());
                log.changes.entry((id, from)).or_default().insert(path.to_owned(), blobs);
            }
        }
        log
    }

    /// Oldest first: topological, ties by time, then id.
    fn order(&self) -> Vec<ObjectId> {
        let mut left: BTreeSet<_> = self.parents.keys().map(|id| (self.time[id], *id)).collect();
        let mut order: Vec<ObjectId> = Vec::new();
        let mut done = HashSet::new();
        while !left.is_empty() {
            let next = *left
                .iter()
                .find(|(_, id)| self.parents[id].iter().all(|parent| done.contains(parent)))
                .unwrap();
            left.remove(&next);
            done.insert(next.1);
            order.push(next.1);
        }
        order
    }

    fn ancestors(&self, tips: impl IntoIterator<Item = ObjectId>) -> HashSet<ObjectId> {
        let mut pending: Vec<_> = tips.into_iter().collect();
        let mut seen = HashSet::new();
        while let Some(at) = pending.pop() {
            if seen.insert(at) {
                pending.extend(&self.parents[&at]);
            }
        }
        seen
    }

    /// What DESIGN.md defines, over all of it; `refs` are what keeps commits reachable.
    fn placed(
        &self,
        held: &HashMap<ObjectId, Vec<SecretNumber>>,
        refs: &BTreeMap<String, ObjectId>,
    ) -> (Vec<Told>, Vec<LifeTold>) {
        let none = Vec::new();
        let held = |blob: &ObjectId| held.get(blob).unwrap_or(&none);
        let order = self.order();
        let mut trees: HashMap<ObjectId, BTreeMap<String, ObjectId>> = HashMap::new();
        let mut introduced: Vec<(SecretNumber, String, ObjectId, ObjectId)> = Vec::new();
        let mut removed: HashMap<(SecretNumber, String), Vec<ObjectId>> = HashMap::new();
        let unchanged = BTreeMap::new();
        for &id in &order {
            let parents: Vec<Option<ObjectId>> = match self.parents[&id].as_slice() {
                [] => vec![None],
                some => some.iter().copied().map(Some).collect(),
            };
            let changes: Vec<_> =
                parents.iter().map(|parent| self.changes.get(&(id, *parent)).unwrap_or(&unchanged)).collect();
            let mut tree = parents[0].map(|first| trees[&first].clone()).unwrap_or_default();
            for (path, (_, new)) in changes[0] {
                if new.as_bytes() == [0; 20] {
                    tree.remove(path)
                } else {
                    tree.insert(path.clone(), *new)
                };
            }
            for (path, blob) in &tree {
                for &secret in held(blob) {
                    let fresh = |changes: &&PathChanges| {
                        changes.get(path).is_some_and(|(old, _)| !held(old).contains(&secret))
                    };
                    if changes.iter().all(fresh) {
                        introduced.push((secret, path.clone(), id, *blob));
                    }
                }
            }
            let lost: BTreeSet<_> = changes
                .iter()
                .flat_map(|changes| changes.iter())
                .flat_map(|(path, (old, new))| {
                    let gone = held(old).iter().filter(|secret| !held(new).contains(secret));
                    gone.map(|secret| (*secret, path.clone()))
                })
                .collect();
            for lost in lost {
                removed.entry(lost).or_default().push(id);
            }
            trees.insert(id, tree);
        }
        let reached = self.ancestors(refs.values().copied());
        let mut told = Vec::new();
        for (secret, path, commit, blob) in introduced {
            let live = refs
                .values()
                .any(|tip| trees[tip].get(&path).is_some_and(|blob| held(blob).contains(&secret)));
            let mut after = removed.get(&(secret, path.clone())).into_iter().flatten();
            let gone = after.find(|&&at| at != commit && self.ancestors([at]).contains(&commit));
            told.push((secret, path, commit, blob, reached.contains(&commit), live, gone.copied()));
        }
        told.sort_by(|one, other| (one.0, &one.1, one.2).cmp(&(other.0, &other.1, other.2)));
        let whole =
            |id: &ObjectId, secret: SecretNumber| trees[id].values().any(|blob| held(blob).contains(&secret));
        let secrets: BTreeSet<SecretNumber> = told.iter().map(|told| told.0).collect();
        let life = |secret| {
            let parents = |id: &ObjectId| self.parents[id].iter().any(|parent| whole(parent, secret));
            let came = order.iter().find(|id| whole(id, secret) && !parents(id)).copied();
            let went = order.iter().rev().find(|id| !whole(id, secret) && parents(id)).copied();
            let refs: Vec<_> =
                refs.iter().filter(|(_, tip)| whole(tip, secret)).map(|(name, _)| name.clone()).collect();
            (secret, came, went.filter(|_| refs.is_empty()), !refs.is_empty(), refs)
        };
        (told, secrets.into_iter().map(life).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn placing_is_what_the_definition_says_of_the_log(plans in plans(), packed: bool) {
        let repo = Repo::new();
        make(&repo, &plans, packed);
        let log = Log::read(&repo);
        let unnamed: String = plans.iter().enumerate().filter(|(_, plan)| !plan.named)
            .map(|(at, _)| format!("delete refs/heads/c{at}\n")).collect();
        let mut command = repo.command(&["update-ref", "--stdin"]);
        let mut update = command.stdin(Stdio::piped()).spawn().unwrap();
        update.stdin.take().unwrap().write_all(unnamed.as_bytes()).unwrap();
        prop_assert!(update.wait().unwrap().success());
        let refs: BTreeMap<_, _> = repo.git(&["for-each-ref", "--format=%(objectname) %(refname)"]).lines()
            .map(|line| (line[41..].to_owned(), ObjectId::from_hex(&line[..40]).unwrap())).collect();

        let placement = read(repo.path());
        let blobs = log.changes.values().flat_map(|changes| changes.values()).flat_map(|(old, new)| [*old, *new]);
        let held = held(&repo, &blobs.filter(|blob| blob.as_bytes() != [0; 20]).collect());
        let (told, lives) = log.placed(&held, &refs);
        let places: Vec<Told> = placement.places.iter().map(|placed| {
            let place = &placed.place;
            let commit = place.commit().unwrap().id;
            let path = place.path.as_deref().unwrap().to_owned();
            (placed.secret, path, commit, placed.object, place.presence().reachable.unwrap(), place.presence().live.unwrap(), place.presence().removed_in)
        }).collect();
        prop_assert_eq!(places, told);
        let lived: Vec<LifeTold> = placement.lives.into_iter().map(|life| {
            let id = |commit: Option<std::sync::Arc<crate::model::Commit>>| commit.map(|commit| commit.id);
            (life.secret, id(life.history.introduced), id(life.history.removed), life.history.live, life.history.refs)
        }).collect();
        prop_assert_eq!(lived, lives);
        prop_assert!(placement.coverage.is_complete());
    }
}
