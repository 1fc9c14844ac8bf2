//! A glance at what has come since an earlier run: where it touches no secret, all that was told still holds.
//!
//! Why it does. Where no new text holds anything, and no new commit's tree differs from a parent's in a blob that holds
//! something, new commits change nothing, and the changes of the old ones are what they were, in the same order. Then
//! a place is another only if another ref holds the secret there, or another commit is reached. A ref that has moved from
//! one commit to another that descends from it by first parents, new ones all, holds what it held; and where each old
//! parent of a new commit is one that a ref led to, the old commits that refs reach are those that they reached. The
//! decision to know: this is a short cut of a short cut. Whatever is not as plain as that (a ref that came or went or was
//! set back, a tag, new notes) is told by [`super::resume`], or read anew.

use super::gather::followed;
use super::gist::Gist;
use super::holds::Holds;
use super::moves::Moves;
use super::objects::Objects;
use super::parse::CommitText;
use super::refs::Refs;
use super::resume::Walk;
use super::site::Site;
use super::state::State;
use super::table::Index;
use super::trees::Trees;
use super::visitor::{KindSet, ObjectKind};
use super::{History, Pass, Progress, Scan, Scanned};
use crate::model::{Coverage, ObjectId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many objects may have come to be glanced at. Where there are more, it is not likely that none matters.
const MOST: usize = 1000;

/// What has come since an earlier run.
#[derive(Debug)]
pub struct Glance<'a> {
    history: History,
    moves: Moves<'a>,
    /// The blobs that hold something; which secret does not matter.
    held: Holds,
}

impl Site {
    /// What has come since the run that left `gist` when the store was in the state `past`. `None` where that is not for a
    /// glance to tell.
    pub fn glance<'a>(&self, past: &State, now: &State, gist: Gist, moves: Moves<'a>) -> Option<Glance<'a>> {
        let objects = Objects::beside(&self.repository, past, now, &gist.blobs)?;
        // What was missing is not, or a submodule's commit has come: old trees would be told otherwise.
        let has_come = |id: &ObjectId| objects.fresh.binary_search(id).is_ok();
        if objects.fresh.len() > MOST || gist.receipts.lacked().any(has_come) {
            return None;
        }
        let table = &objects.table;
        let blobs = gist.blobs.chunks_exact(table.width()).map(|id| table.find(id));
        let blobs: Vec<Index> = blobs.collect::<Option<_>>()?;
        blobs.iter().for_each(|&blob| table.set_kind(blob, ObjectKind::Blob));
        let held = Holds::alike(table, blobs.into_iter());
        let history = History {
            repository: self.repository.clone(),
            refs: Refs::new(),
            broken_refs: Vec::new(),
            ref_files: None,
            objects,
            scope: None,
            remembers: false,
            known: Some(gist.receipts),
            past: None,
        };
        Some(Glance { history, moves, held })
    }
}

impl Glance<'_> {
    /// Gives every text that has come to `scan`. Where one holds anything, this was for nothing.
    pub fn scan<S: Scan>(&self, scan: &S, progress: &dyn Progress, stop: &AtomicBool) -> Scanned {
        self.history.scan(scan, progress, stop)
    }

    /// What was looked at by now, all in all, and whether another run would be told the same. `None` where what has come
    /// may change what was told; no text of it may hold anything.
    pub fn coverage(
        &self,
        scanned: Scanned,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Option<(Coverage, bool)> {
        let Scanned { gathered, unread, counts } = scanned;
        let Self { history, moves, held } = self;
        let table = &history.objects.table;
        let fresh: Vec<ObjectId> = gathered.commits.iter().map(|links| table.id(links.commit)).collect();
        let parents = self.parents(&fresh)?;
        if !gathered.tags.is_empty() || !moves.moved.iter().all(|&(from, to)| leads(&parents, from, to)) {
            return None;
        }
        let mut old = parents.values().flatten().filter(|parent| !parents.contains_key(parent));
        if !old.all(|&parent| moves.was_led_to(parent)) {
            return None;
        }
        let gaps = history.gaps(&unread);
        let nothing = Holds::new(table, &HashMap::new());
        let trees = Trees::new(&gaps, &nothing, &counts);
        let chosen = history.objects.choose(KindSet::of(&[ObjectKind::Tree]), None);
        progress.begin(Pass::Trees, history.objects.work(&chosen));
        history.objects.visit(&chosen, &trees, progress, stop);
        drop(trees.finish());
        let mut walk = Walk::new(&history.objects, held);
        for commit in &fresh {
            walk.commit(0, std::iter::once(*commit).chain(parents[commit].iter().copied()))?;
        }
        if !walk.is_idle() || stop.load(Ordering::Relaxed) {
            return None;
        }
        let coverage = history.coverage(&counts, unread, stop);
        let is_lasting = super::is_lasting(&coverage);
        Some((coverage, is_lasting))
    }

    /// The parents of each new commit, each once; `None` where one claims more than are followed.
    fn parents(&self, fresh: &[ObjectId]) -> Option<Parents> {
        let objects = &self.history.objects;
        let parents = |&commit: &ObjectId| {
            let (_, bytes) = objects.read(commit)?;
            let (parents, are_all) = followed(&CommitText::parse(&bytes, objects.table.width())?.parents);
            are_all.then_some((commit, parents))
        };
        fresh.iter().map(parents).collect()
    }
}

/// The parents of new commits.
type Parents = HashMap<ObjectId, Vec<ObjectId>>;

/// True where first parents lead from the new commit `to` through new ones to `from`.
fn leads(parents: &Parents, from: ObjectId, to: ObjectId) -> bool {
    let mut at = to;
    for _ in 0..parents.len() {
        match parents.get(&at).and_then(|parents| parents.first()) {
            Some(&parent) if parent == from => return true,
            Some(&parent) => at = parent,
            None => return false,
        }
    }
    false
}
