//! What each ref points to, once tags are followed: nearly always a commit; and which refs contain a change.

use crate::git::ObjectKind;
use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::Gathered;
use crate::git::odb::missing::Missing;
use crate::git::odb::number::ObjectNumber;
use crate::git::refs::Refs;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A ref's number: its rank in [`Tips::names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RefNumber(u32);

impl RefNumber {
    /// The rank.
    pub(super) const fn rank(self) -> usize {
        self.0 as usize
    }
}

/// The refs, the ones that matter most first: `HEAD`, its branch, other branches, tags, remote branches, the others; by name in each.
#[derive(Debug, Default)]
pub(super) struct Tips {
    /// Names of the refs.
    pub(super) names: Vec<String>,
    /// The refs that point to commits: the commit's number in the forest, and the ref. Sorted.
    commits: Vec<(u32, RefNumber)>,
    /// For each ref its commit's number in the forest.
    enters: Vec<Option<u32>>,
    /// Positions of the commits that refs point to.
    pub(super) positions: Vec<Position>,
    /// Positions of those that notes point to.
    pub(super) notes: Vec<Position>,
    /// Trees and blobs that refs point to.
    pub(super) others: Vec<(ObjectNumber, RefNumber)>,
    /// Tags that refs point to or go through.
    pub(super) tags: HashSet<ObjectNumber>,
}

impl Tips {
    /// Peels `refs`; what the store lacks is noted in `gaps`.
    ///
    /// `main` is the branch that is checked out, or the default one of a bare repository.
    pub(super) fn new(
        refs: &Refs,
        main: Option<&str>,
        gaps: &Missing<'_>,
        gathered: &Gathered,
        graph: &Graph,
    ) -> Self {
        let mut ranked: Vec<_> = refs.iter().map(|(name, id)| (rank(name, main), name, id)).collect();
        ranked.par_sort_unstable();
        // ansible has 61,000 of them, anywhere in the table.
        let named: Vec<Option<ObjectNumber>> =
            ranked.par_iter().map(|(_, _, id)| gaps.find(id.as_bytes())).collect();
        let mut tips = Self::default();
        let mut peeled = HashMap::new();
        for (number, ((_, name, _), named)) in (0..).map(RefNumber).zip(ranked.into_iter().zip(named)) {
            tips.names.push(name.clone());
            tips.enters.push(None);
            let Some(at) = named.and_then(|at| tips.peel(at, gathered, &mut peeled)) else { continue };
            if let Some(position) = graph.position(at) {
                let enter = graph.enter(position);
                tips.enters[number.rank()] = Some(enter);
                tips.commits.push((enter, number));
                let is_note = name.starts_with("refs/notes/");
                if is_note { &mut tips.notes } else { &mut tips.positions }.push(position);
            } else if matches!(gaps.table.kind(at), Some(ObjectKind::Tree | ObjectKind::Blob)) {
                tips.others.push((at, number));
            }
        }
        tips.commits.sort_unstable();
        tips
    }

    /// The object that tag `at` peels to, through other tags, which are noted; `None` if the store lacks it, or if the
    /// chain never ends, which only a forged store can cause. Each tag is followed once, however many refs point to it and however
    /// long the chain.
    fn peel(
        &mut self,
        at: ObjectNumber,
        gathered: &Gathered,
        peeled: &mut HashMap<ObjectNumber, Option<ObjectNumber>>,
    ) -> Option<ObjectNumber> {
        let mut way = Vec::new();
        let mut at = at;
        let end = loop {
            if let Some(&end) = peeled.get(&at) {
                break end;
            }
            let Some(&target) = gathered.tags.get(&at) else { break Some(at) };
            if !self.tags.insert(at) {
                break None;
            }
            way.push(at);
            let Some(target) = target else { break None };
            at = target;
        };
        peeled.extend(way.into_iter().map(|tag| (tag, end)));
        end
    }

    /// How many refs point to a commit in this range of the forest.
    pub(super) fn count(&self, range: Range<u32>) -> u64 {
        self.within(range).len() as u64
    }

    /// The first `most` refs that point to commits in `ranges`, which are ascending and do not overlap, by number.
    pub(super) fn first(&self, ranges: &[Range<u32>], most: usize) -> Vec<RefNumber> {
        let total: usize = ranges.iter().map(|range| self.within(range.clone()).len()).sum();
        if total == 0 {
            return Vec::new();
        }
        // Either list them all and sort, or test each ref in order until enough are found: whichever is less work.
        if total.saturating_mul(total) < self.names.len().saturating_mul(most) {
            let mut all: Vec<_> = ranges
                .iter()
                .flat_map(|range| self.within(range.clone()))
                .map(|&(_, number)| number)
                .collect();
            all.sort_unstable();
            all.truncate(most);
            return all;
        }
        let holds = |enter: u32| {
            let after = ranges.partition_point(|range| range.start <= enter);
            after > 0 && enter < ranges[after - 1].end
        };
        let numbers = (0..).map(RefNumber).zip(&self.enters).filter(|(_, enter)| enter.is_some_and(holds));
        numbers.map(|(number, _)| number).take(most).collect()
    }

    fn within(&self, range: Range<u32>) -> &[(u32, RefNumber)] {
        let from = self.commits.partition_point(|&(enter, _)| enter < range.start);
        let until = self.commits.partition_point(|&(enter, _)| enter < range.end);
        &self.commits[from..until.max(from)]
    }
}

fn rank(name: &str, main: Option<&str>) -> usize {
    const ORDER: [&str; 5] = ["HEAD", "", "refs/heads/", "refs/tags/", "refs/remotes/"];
    let is_of = |prefix: &&str| match *prefix {
        "" => main.map_or(["refs/heads/main", "refs/heads/master"].contains(&name), |main| main == name),
        prefix => name.starts_with(prefix),
    };
    ORDER.iter().position(is_of).unwrap_or(ORDER.len())
}
