//! Commits read by id, one by one, on demand: merge bases, and the commits of a range.
//!
//! [`super::commit_graph`] is for whole histories, of which every commit is read anyway; this is for questions that
//! need only a few commits. Parents are those that git sees: a graft's, and none at the boundary of a shallow clone.

use super::Error;
use super::object::{CommitText, ObjectKind};
use super::odb::loose::Read;
use super::odb::missing;
use super::odb::reader::ObjectReader;
use super::repository::Repository;
use crate::model::ObjectId;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::rc::Rc;

/// The most merge bases that two commits may have; more are an error. A history has more than a handful only if someone
/// made it so.
const MOST_BASES: usize = 63;
/// The most candidates for merge bases that are considered.
const MOST_CANDIDATES: usize = 200;

/// How many further commits are read after the walk seems complete, because committers' clocks differ. Like git's own.
const SLOP: usize = 32;

/// The content of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents as git sees them, in order.
    pub parents: Vec<ObjectId>,
    /// The committer's time, seconds since 1970.
    pub time: i64,
}

/// The commits of a repository, each read once.
#[derive(Debug)]
pub struct Commits<'a> {
    repository: &'a Repository,
    objects: &'a ObjectReader,
    known: RefCell<HashMap<ObjectId, Rc<Commit>>>,
}

/// A commit in a queue: the youngest first, then by id.
type Queued = (i64, Reverse<ObjectId>);

impl<'a> Commits<'a> {
    /// The commits of `repository`, whose objects are `objects`.
    pub fn new(repository: &'a Repository, objects: &'a ObjectReader) -> Self {
        Self { repository, objects, known: RefCell::default() }
    }

    /// The commit `id`.
    ///
    /// # Errors
    /// [`Error::Object`] if it is missing or corrupt.
    pub fn get(&self, id: ObjectId) -> Result<Rc<Commit>, Error> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let unreadable =
            |message: &str| Error::Object { what: format!("The commit {id}"), message: message.to_owned() };
        let bytes = match self.objects.read(id) {
            Read::Whole(ObjectKind::Commit, bytes) => bytes,
            Read::Whole(..) => return Err(unreadable("it is no commit")),
            Read::TooLarge => return Err(unreadable("it is too large")),
            Read::Missing => return Err(unreadable(missing::MISSING)),
            Read::Unreadable => return Err(unreadable("corrupt object")),
        };
        let text =
            CommitText::parse(&bytes, self.objects.width()).ok_or_else(|| unreadable("corrupt object"))?;
        let parents = match self.repository.grafts.get(&id) {
            Some(parents) => parents.clone(),
            None if self.repository.shallow.contains(&id) => Vec::new(),
            None => text.parents,
        };
        let commit = Rc::new(Commit { tree: text.tree, parents, time: text.time });
        self.known.borrow_mut().insert(id, Rc::clone(&commit));
        Ok(commit)
    }

    /// The merge bases of two commits: the common ancestors that no other one descends from. Ascending.
    ///
    /// # Errors
    /// [`Error::Object`] if a commit on the way cannot be read, [`Error::TooManyBases`].
    pub fn merge_bases(&self, one: ObjectId, other: ObjectId) -> Result<Vec<ObjectId>, Error> {
        if one == other {
            return Ok(vec![one]);
        }
        let (mut bases, _) = self.common(one, &[other])?;
        if bases.len() > MOST_CANDIDATES {
            return Err(Error::TooManyBases { most: MOST_BASES });
        }
        // If clocks differ one of them may descend from another.
        let mut beneath: HashSet<ObjectId> = HashSet::new();
        for &base in &bases {
            let others: Vec<ObjectId> =
                bases.iter().copied().filter(|other| *other != base && !beneath.contains(other)).collect();
            if others.is_empty() || beneath.contains(&base) {
                continue;
            }
            let (_, paint) = self.common(base, &others)?;
            let has = |id: &ObjectId, side: u8| paint.get(id).is_some_and(|paint| paint & side != 0);
            beneath.extend(others.iter().filter(|other| has(other, ONE)));
            beneath.extend(Some(base).filter(|base| has(base, OTHER)));
        }
        bases.retain(|base| !beneath.contains(base));
        bases.sort_unstable();
        if bases.len() > MOST_BASES {
            return Err(Error::TooManyBases { most: MOST_BASES });
        }
        Ok(bases)
    }

    /// The commits that one of `heads` reaches and none of `bases` does, parents before their children.
    ///
    /// # Errors
    /// [`Error::Object`] if a commit on the way cannot be read.
    pub fn commits_between(&self, bases: &[ObjectId], heads: &[ObjectId]) -> Result<Vec<ObjectId>, Error> {
        const NEW: u8 = 1;
        const OLD: u8 = STALE;
        let mut walk = Painting::default();
        for &head in heads {
            walk.paint(head, NEW, self.get(head)?.time);
        }
        for &base in bases {
            walk.paint(base, OLD, self.get(base)?.time);
        }
        let (mut oldest, mut slop) = (i64::MAX, SLOP);
        while let Some((time, id)) = walk.peek() {
            if walk.open == 0 {
                // An old commit may yet turn out to reach one that seems new.
                if time < oldest {
                    if slop == 0 {
                        break;
                    }
                    slop -= 1;
                } else {
                    slop = SLOP;
                }
            }
            walk.pop();
            let side = if walk.paint[&id] & OLD != 0 { OLD } else { NEW };
            let commit = self.get(id)?;
            if side == NEW {
                oldest = oldest.min(commit.time);
            }
            for &parent in &commit.parents {
                walk.paint(parent, side, self.get(parent)?.time);
            }
        }
        let new: HashSet<ObjectId> =
            walk.paint.iter().filter(|(_, paint)| **paint & OLD == 0).map(|(id, _)| *id).collect();
        self.parents_first(&new)
    }

    /// `commits`, parents before their children, the oldest first.
    fn parents_first(&self, commits: &HashSet<ObjectId>) -> Result<Vec<ObjectId>, Error> {
        let mut waits: HashMap<ObjectId, usize> = HashMap::new();
        let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
        let mut ready = BinaryHeap::new();
        for &id in commits {
            let commit = self.get(id)?;
            let parents: HashSet<ObjectId> =
                commit.parents.iter().copied().filter(|parent| commits.contains(parent)).collect();
            if parents.is_empty() {
                ready.push(Reverse((commit.time, id)));
            }
            waits.insert(id, parents.len());
            for parent in parents {
                children.entry(parent).or_default().push(id);
            }
        }
        let mut order = Vec::with_capacity(commits.len());
        while let Some(Reverse((_, id))) = ready.pop() {
            order.push(id);
            for child in children.remove(&id).unwrap_or_default() {
                if let Some(waits) = waits.get_mut(&child) {
                    *waits -= 1;
                    if *waits == 0 {
                        ready.push(Reverse((self.get(child)?.time, child)));
                    }
                }
            }
        }
        Ok(order)
    }

    /// Paints what `one` reaches and what `others` reach, the youngest commits first, until all that is left is below a
    /// common ancestor. Returns the common ancestors that were met first, and the painting.
    fn common(
        &self,
        one: ObjectId,
        others: &[ObjectId],
    ) -> Result<(Vec<ObjectId>, HashMap<ObjectId, u8>), Error> {
        let mut walk = Painting::default();
        walk.paint(one, ONE, self.get(one)?.time);
        for &other in others {
            walk.paint(other, OTHER, self.get(other)?.time);
        }
        let mut candidates: HashSet<ObjectId> = HashSet::new();
        while walk.open > 0
            && let Some((_, id)) = walk.pop()
        {
            let mut sides = walk.paint[&id] & (ONE | OTHER | STALE);
            if sides == ONE | OTHER {
                candidates.insert(id);
                // All below is common, too.
                sides |= STALE;
            }
            for &parent in &self.get(id)?.parents {
                walk.paint(parent, sides, self.get(parent)?.time);
            }
        }
        let candidates = candidates.into_iter().filter(|id| walk.paint[id] & STALE == 0);
        Ok((candidates.collect(), walk.paint))
    }
}

/// Painted commits, and those whose parents are still to be painted.
#[derive(Debug, Default)]
struct Painting {
    paint: HashMap<ObjectId, u8>,
    queue: BinaryHeap<Queued>,
    queued: HashSet<ObjectId>,
    /// How many of the queue are not [`STALE`].
    open: usize,
}

impl Painting {
    /// Adds `sides` to the paint of a commit; if that is new, its parents are to be painted.
    fn paint(&mut self, id: ObjectId, sides: u8, time: i64) {
        let before = self.paint.get(&id).copied();
        let after = before.unwrap_or(0) | sides;
        if before == Some(after) {
            return;
        }
        self.paint.insert(id, after);
        if self.queued.insert(id) {
            self.queue.push((time, Reverse(id)));
            self.open += usize::from(after & STALE == 0);
        } else if before.unwrap_or(0) & STALE == 0 && after & STALE != 0 {
            self.open -= 1;
        }
    }

    fn peek(&self) -> Option<(i64, ObjectId)> {
        self.queue.peek().map(|&(time, Reverse(id))| (time, id))
    }

    fn pop(&mut self) -> Option<(i64, ObjectId)> {
        let (time, Reverse(id)) = self.queue.pop()?;
        self.queued.remove(&id);
        self.open -= usize::from(self.paint[&id] & STALE == 0);
        Some((time, id))
    }
}

/// The sides of a painting.
const ONE: u8 = 1;
const OTHER: u8 = 2;
/// Below a common ancestor, or reached from a base of a range.
const STALE: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Access;
    use crate::git::testing::{Repo, git_command};
    use proptest::prelude::*;

    /// Commits made by git's plumbing: for each its parents (by how far back they are) and its time.
    fn made(plan: &[(Vec<usize>, i64)]) -> (Repo, Vec<ObjectId>) {
        let repo = Repo::new();
        let tree = String::from_utf8(repo.git(&["write-tree"])).expect("an id is ASCII");
        let mut ids: Vec<ObjectId> = Vec::new();
        let mut stream = String::new();
        for (at, (parents, time)) in plan.iter().enumerate() {
            let mut parents: Vec<usize> =
                parents.iter().filter_map(|back| at.checked_sub(back + 1)).collect();
            parents.sort_unstable();
            parents.dedup();
            let mut text = format!("tree {}\n", tree.trim());
            for parent in parents {
                text.push_str(&format!("parent {}\n", ids[parent]));
            }
            text.push_str(&format!("author A <a@b> {time} +0000\ncommitter A <a@b> {time} +0000\n\n{at}\n"));
            let path = repo.path(".git").join(format!("commit{at}"));
            std::fs::write(&path, &text).expect("it can be written");
            ids.push(crate::git::digest::id_of(ObjectKind::Commit, text.as_bytes(), 20).expect("an id"));
            stream.push_str(&format!("{}\n", path.display()));
        }
        let mut git = git_command(&repo.path(""));
        git.args(["hash-object", "-w", "-t", "commit", "--stdin-paths"]);
        git.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
        let mut child = git.spawn().expect("git can be started");
        std::io::Write::write_all(&mut child.stdin.take().expect("it is piped"), stream.as_bytes())
            .expect("git reads");
        assert!(child.wait().expect("git ends").success());
        (repo, ids)
    }

    fn listed(repo: &Repo, arguments: &[String]) -> Vec<ObjectId> {
        let output = git_command(&repo.path("")).args(arguments).output().expect("git can be started");
        let text = String::from_utf8(output.stdout).expect("ids are ASCII");
        let mut ids: Vec<_> = text.lines().filter_map(ObjectId::from_hex).collect();
        ids.sort_unstable();
        ids
    }

    fn with_commits<R>(repo: &Repo, look: impl FnOnce(&Commits<'_>) -> R) -> R {
        let repository = Repository::open(&repo.path(""), Access::default()).expect("it opens");
        let objects = ObjectReader::new(&repository);
        look(&Commits::new(&repository, &objects))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn merge_bases_and_ranges_are_gits(
            plan in proptest::collection::vec((proptest::collection::vec(0usize..4, 0..3), 1i64..30), 2..30),
            pairs in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index, prop::sample::Index)>(), 4),
        ) {
            let (repo, ids) = made(&plan);
            for (one, other, third) in pairs {
                let [one, other, third] = [one, other, third].map(|index| ids[index.index(ids.len())]);
                with_commits(&repo, |commits| {
                    let bases = commits.merge_bases(one, other).expect("all can be read");
                    let all = ["merge-base".into(), "--all".into(), one.to_string(), other.to_string()];
                    assert_eq!(bases, listed(&repo, &all));
                    let range = commits.commits_between(&[other, third], &[one]).expect("all can be read");
                    let mut sorted = range.clone();
                    sorted.sort_unstable();
                    // Not `one --not other third`: git ends such a walk by the commits' dates, which are random here.
                    let mut wanted = listed(&repo, &["rev-list".into(), one.to_string()]);
                    let known = listed(&repo, &["rev-list".into(), other.to_string(), third.to_string()]);
                    wanted.retain(|id| known.binary_search(id).is_err());
                    assert_eq!(sorted, wanted);
                    for (at, id) in range.iter().enumerate() {
                        let parents = &commits.get(*id).expect("it was read").parents;
                        assert!(parents.iter().all(|parent| !range[at..].contains(parent)), "parents come first");
                    }
                });
            }
        }
    }

    #[test]
    fn a_criss_cross_has_both_bases_and_grafts_cut_them() {
        let plan = [(vec![], 1), (vec![0], 2), (vec![1], 3), (vec![0, 1], 4), (vec![1, 2], 5)];
        let (repo, ids) = made(&plan);
        let bases = |repo: &Repo| with_commits(repo, |commits| commits.merge_bases(ids[3], ids[4]));
        let mut both = vec![ids[1], ids[2]];
        both.sort_unstable();
        assert_eq!(bases(&repo).expect("all can be read"), both);
        repo.write(".git/info/grafts", format!("{} {}\n", ids[3], ids[1]).as_bytes());
        assert_eq!(bases(&repo).expect("all can be read"), [ids[1]]);
        repo.write(".git/info/grafts", b"");
        repo.write(".git/shallow", format!("{}\n{}\n", ids[3], ids[4]).as_bytes());
        assert_eq!(bases(&repo).expect("all can be read"), []);
    }

    #[test]
    fn a_commit_that_is_missing_or_another_object_is_named() {
        let (repo, ids) = made(&[(vec![], 1), (vec![0], 2), (vec![1], 3)]);
        let hex = ids[0].to_string();
        std::fs::remove_file(repo.path(".git/objects").join(&hex[..2]).join(&hex[2..])).expect("it is loose");
        let error =
            with_commits(&repo, |commits| commits.merge_bases(ids[1], ids[2])).expect_err("it is gone");
        assert!(error.to_string().contains(&hex), "{error}");
    }
}
