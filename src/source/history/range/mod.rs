//! A part of a history: what some refs reach, or what a commit does not reach.
//!
//! A range is what `git rev-list --objects TIPS --not REV` lists. Its commits are those that the tips reach and the
//! revision does not. Those of their parents that the revision reaches are the *boundary*. Objects that the boundary's
//! trees reach were there before; the other objects that the range's trees reach belong to the range. That includes
//! what was removed before the boundary and is added again in the range.
//!
//! Everything else is left out, counted, and not read, with one exception: if the range contains a secret, the
//! blobs at the boundary are read to see whether it was there already.

mod few_trees;
mod reachable;

use crate::git::ancestry::Ancestry;
use crate::git::commits::Commits;
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::object_set::{ObjectRange, ObjectSet};
use crate::git::odb::progress::{NoProgress, Progress};
use crate::git::odb::reader::ObjectReader;
use crate::git::ref_pattern::select;
use crate::git::refs::Refs;
use crate::git::repository::Repository;
use crate::git::revision::{Resolved, Revisions};
use crate::git::{Error, RevisionProblem};
use crate::model::ObjectId;
use reachable::Skeleton;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// A range is short if it has at most this part of all commits, its boundary with it: reading a tree by itself takes
/// some forty times as long as in delta order.
const SHORT: usize = 64;
/// Or at most this many.
pub(super) const LEAST_SHORT: usize = 64;

/// Which part of a history to read; all of it by default.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only what these refs reach: names, folders of refs, patterns. Empty for all refs.
    pub refs: Vec<String>,
    /// Only what some ref reaches.
    pub reachable_only: bool,
    /// Not what this revision reaches.
    pub since: Option<String>,
}

impl Selection {
    /// True if it leaves nothing out.
    pub fn is_all(&self) -> bool {
        self.refs.is_empty() && !self.reachable_only && self.since.is_none()
    }

    /// True if unreachable objects are left out.
    fn is_reachable_only(&self) -> bool {
        self.reachable_only || !self.refs.is_empty()
    }

    /// Why objects are left out.
    fn reason(&self) -> &'static str {
        match (self.refs.is_empty(), self.reachable_only, &self.since) {
            (true, _, None) => "unreachable",
            (true, false, Some(_)) => "reachable from --since",
            (true, true, Some(_)) => "unreachable, or reachable from --since",
            (false, _, None) => "outside --refs",
            (false, _, Some(_)) => "outside --refs, or reachable from --since",
        }
    }
}

/// The part of a store that a selection includes.
#[derive(Debug)]
pub(crate) struct Range {
    /// What is read, and where it begins.
    pub(crate) objects: ObjectRange,
    /// The refs whose history is read; what others name may be absent.
    pub(crate) refs: BTreeSet<String>,
    /// True for a range: what some revision reaches is left out.
    pub(crate) is_range: bool,
    /// Why the others are left out.
    pub(crate) reason: &'static str,
    /// How many objects are left out.
    pub(crate) excluded: u64,
    /// The selection, as a sentence.
    pub(crate) description: String,
}

/// A history to select from.
#[derive(Debug)]
pub(crate) struct Whole<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) refs: &'a Refs,
    pub(crate) broken_refs: &'a [String],
    pub(crate) objects: &'a ObjectDatabase,
    /// A range of at most this many commits is short, however few the history has.
    pub(crate) least_short: usize,
}

impl Range {
    /// The part of `whole` that `selection` includes. Ends early once `stop` is true; the result is then of no use.
    pub(crate) fn new(
        whole: &Whole<'_>,
        selection: &Selection,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Self, Error> {
        let Whole { repository, refs, broken_refs, objects, least_short } = *whole;
        let head = repository.head_name();
        let names: BTreeSet<&str> = refs.keys().chain(broken_refs).map(String::as_str).collect();
        let chosen = if selection.refs.is_empty() { names } else { select(&selection.refs, &names, &head)? };
        let table = &objects.table;
        let ancestry = Ancestry::read(objects, &NoProgress, stop);
        // If it was stopped, missing ancestors are no error.
        let since: Option<Since> = match &selection.since {
            Some(revision) if !stop.load(Ordering::Relaxed) => Some(Since::resolve(whole, revision)?),
            _ => None,
        };

        let past = ancestry.reached(since.iter().map(|since| since.commit), None);
        let (tips, tags) = peeled(chosen.iter().filter_map(|name| refs.get(*name)), table, &ancestry);
        let commits = if selection.is_reachable_only() {
            let tips = tips.iter().copied().filter(|&tip| ancestry.is_commit(tip));
            ancestry.reached(tips, Some(&past))
        } else {
            ancestry.reached(ancestry.commits(), Some(&past))
        };
        let boundary = boundary_of(&commits, &past, table.len(), &ancestry);

        let trees = |of: &ObjectSet| -> Vec<ObjectNumber> {
            ancestry
                .commits()
                .filter(|&commit| of.contains(commit))
                .filter_map(|commit| ancestry.tree(commit))
                .collect()
        };
        let is_short = boundary.count() + commits.count() <= (ancestry.len() / SHORT).max(least_short) as u64;
        let skeleton =
            (!selection.is_reachable_only() || !is_short).then(|| Skeleton::read(objects, progress, stop));
        let below = |roots: Vec<ObjectNumber>| match &skeleton {
            Some(skeleton) => skeleton.below(roots, stop),
            None => few_trees::below(objects, roots, stop),
        };
        let before = below(trees(&boundary));
        // A ref may name a tree, a blob, or what cannot be read.
        let others = tips.iter().copied().filter(|&tip| !ancestry.is_commit(tip));
        let inside = below(trees(&commits).into_iter().chain(others).collect());
        inside.leave(&before);
        inside.join(&commits);
        inside.join(&tags);
        let inside = if selection.is_reachable_only() {
            inside
        } else {
            let outside = below(trees(&past));
            outside.join(&past);
            outside.leave(&inside);
            let rest = ObjectSet::all(table.len());
            rest.leave(&outside);
            rest
        };
        for tag in since.iter().flat_map(|since| &since.tags) {
            inside.remove(*tag);
        }
        let excluded = table.len() as u64 - inside.count();
        Ok(Self {
            objects: ObjectRange { inside, boundary, before, tags: ancestry.tags },
            refs: chosen.into_iter().map(str::to_owned).collect(),
            is_range: selection.since.is_some(),
            reason: selection.reason(),
            excluded,
            description: describe(selection, since.map(|since| table.id(since.commit).to_string())),
        })
    }
}

/// What the ids of refs lead to when tags are peeled, as far as the store has it, and those tags.
fn peeled<'a>(
    ids: impl Iterator<Item = &'a ObjectId>,
    table: &IdTable,
    ancestry: &Ancestry,
) -> (Vec<ObjectNumber>, ObjectSet) {
    let (mut tips, tags) = (Vec::new(), ObjectSet::none(table.len()));
    for id in ids {
        let mut at = table.find(id.as_bytes());
        while let Some(tag) = at
            && let Some(&target) = ancestry.tags.get(&tag)
        {
            // A tag that was met before led to a known tip, or to none.
            at = if tags.add(tag) { target } else { None };
        }
        tips.extend(at);
    }
    (tips, tags)
}

/// The parents of `commits` that are in the past, of a store of `len` objects.
fn boundary_of(commits: &ObjectSet, past: &ObjectSet, len: usize, ancestry: &Ancestry) -> ObjectSet {
    let boundary = ObjectSet::none(len);
    for commit in ancestry.commits().filter(|&commit| commits.contains(commit)) {
        for parent in ancestry.parents(commit).filter(|&parent| past.contains(parent)) {
            boundary.add(parent);
        }
    }
    boundary
}

/// Where a range begins: a commit, and the tags that led to it.
struct Since {
    commit: ObjectNumber,
    tags: Vec<ObjectNumber>,
}

impl Since {
    /// What the revision names, among the objects of `whole`.
    fn resolve(whole: &Whole<'_>, revision: &str) -> Result<Self, Error> {
        let reader = ObjectReader::new(whole.repository);
        let commits = Commits::new(whole.repository, &reader);
        let Resolved { commit, tags } =
            Revisions::new(whole.repository, &reader, &commits).resolve(revision)?;
        let table = &whole.objects.table;
        // It may have been added after the store was listed.
        let missing = || Error::Revision { revision: revision.to_owned(), problem: RevisionProblem::Missing };
        Ok(Self {
            commit: table.find(commit.as_bytes()).ok_or_else(missing)?,
            tags: tags.iter().filter_map(|tag| table.find(tag.as_bytes())).collect(),
        })
    }
}

/// The selection, as a sentence; `since` is the id of the commit that the revision names.
fn describe(selection: &Selection, since: Option<String>) -> String {
    let reaching = match selection.refs.as_slice() {
        [] if selection.reachable_only => Some("what refs reach".to_owned()),
        [] => None,
        [only] => Some(format!("what `{only}` reaches")),
        [first, second] => Some(format!("what `{first}` and `{second}` reach")),
        [first, others @ ..] => Some(format!("what `{first}` and {} more reach", others.len())),
    };
    let since = since.zip(selection.since.as_ref()).map(|(id, revision)| format!("`{revision}` ({id:.10})"));
    let part = match (reaching, since) {
        (Some(reaching), Some(since)) => format!("{reaching} and {since} does not"),
        (None, Some(since)) => format!("what {since} does not reach"),
        (reaching, None) => reaching.unwrap_or_default(),
    };
    format!("this is a part of the history: {part}")
}
