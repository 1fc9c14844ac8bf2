//! What an earlier run knew of a history: its commits and what they change. What a commit changed does not depend on later ones, so it is used again.

use super::commit_changes::{Change, Paths};
use crate::git::commit_graph::{Past, Position};
use crate::git::odb::number::ObjectNumber;
use std::collections::HashMap;

/// A history as an earlier run knew it.
#[derive(Debug)]
pub(crate) struct KnownHistory {
    /// Of each commit, by position: its object, its time, where its parents end.
    pub(crate) commits: Vec<ObjectNumber>,
    /// Seconds since 1970.
    pub(crate) times: Vec<i64>,
    /// Where in `parents` those of each commit end.
    pub(crate) ends: Vec<u32>,
    /// The parents of all commits.
    pub(crate) parents: Vec<Position>,
    /// The authors' headers of the commits that may be reported.
    pub(crate) headers: HashMap<Position, Vec<u8>>,
    /// What each tag names, if the store had it.
    pub(crate) tags: Vec<(ObjectNumber, Option<ObjectNumber>)>,
    /// Blobs that contain a secret and are in no commit's tree.
    pub(crate) strays: Vec<ObjectNumber>,
    /// The paths of the changes.
    pub(crate) paths: Paths,
    /// The names in them.
    pub(crate) names: Vec<Box<[u8]>>,
    /// By secret, path and commit; secrets by their numbers then.
    pub(crate) changes: Vec<Change>,
}

impl KnownHistory {
    /// Gives each object another number, as `now` says.
    pub(crate) fn renumber(&mut self, now: &[ObjectNumber]) {
        let to = |number: &mut ObjectNumber| *number = now[number.index()];
        self.commits.iter_mut().for_each(to);
        self.strays.iter_mut().for_each(to);
        self.tags.iter_mut().for_each(|(tag, target)| {
            to(tag);
            target.iter_mut().for_each(to);
        });
        self.changes.iter_mut().flat_map(|change| &mut change.blob).for_each(to);
    }

    /// The commits, in their order; authors are known by position.
    pub(super) fn past(&self) -> Vec<Past<'_>> {
        let mut start = 0;
        let one = |at: usize| {
            let end = self.ends[at] as usize;
            let parents = &self.parents[start..end];
            start = end;
            Past { commit: self.commits[at], time: self.times[at], author: None, parents }
        };
        (0..self.commits.len()).map(one).collect()
    }
}
