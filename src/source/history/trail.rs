//! What a history leaves for a later run to go on from: its commits, what they change, and what the store lacked.
//!
//! All of it is told by indexes into a table of the ids that matter: commits, tags, what holds a secret, what refs lead to.
//! The store's other objects, millions of them, are not listed: whether it still has them is asked of the packs' own
//! indexes. The decision to know: bytes of a trail are read as if anyone had written them, each index within its bounds.

use super::changes::{Act, Change, Changes, Paths};
use super::holds::Holds;
use super::place::Headers;
use super::receipts::Receipts;
use super::unopened::Unopened;
use crate::git::ObjectKind;
use crate::git::commit_graph::{Graph, Past, Position};
use crate::git::odb::id_table::{IdTable, NONE, ObjectNumber};
use crate::git::odb::missing::{Counts, Unread};
use crate::git::refs::Refs;
use crate::record::{Reader, Writer};
use std::collections::HashMap;

/// What a later run goes on from.
#[derive(Debug)]
pub struct Trail {
    /// Ids, one after the other, ascending; and their kinds.
    pub(super) ids: Vec<u8>,
    kinds: Vec<u8>,
    /// Of each commit, by position: its index, its time, where its parents end, its author's header where it may be told.
    commits: Vec<ObjectNumber>,
    times: Vec<i64>,
    ends: Vec<u32>,
    parents: Vec<Position>,
    pub(super) headers: HashMap<Position, Vec<u8>>,
    pub(super) tags: Vec<(ObjectNumber, ObjectNumber)>,
    /// Blobs that hold a secret and stand in no commit's tree.
    pub(super) strays: Vec<ObjectNumber>,
    pub(super) paths: Paths,
    pub(super) names: Vec<Box<[u8]>>,
    /// By secret, path and commit; secrets by their numbers then.
    pub(super) changes: Vec<Change>,
    /// Taken once it is entered.
    pub(super) receipts: Option<Receipts>,
}

/// All that a trail is made from.
pub(super) struct Sources<'a> {
    pub(super) table: &'a IdTable,
    pub(super) graph: &'a Graph,
    pub(super) refs: &'a Refs,
    pub(super) tags: &'a HashMap<ObjectNumber, ObjectNumber>,
    pub(super) holds: &'a Holds,
    pub(super) changes: &'a Changes,
    pub(super) names: &'a [Box<[u8]>],
    pub(super) strays: &'a [ObjectNumber],
    pub(super) headers: &'a Headers<'a>,
    pub(super) unread: &'a Unread,
    pub(super) counts: &'a Counts,
    pub(super) unopened: &'a Unopened,
}

impl Sources<'_> {
    /// The trail's bytes.
    pub(super) fn write(&self) -> Vec<u8> {
        let Self { table, graph, changes, .. } = *self;
        let kept = self.kept();
        let mut number = vec![NONE; table.len()];
        for (at, &index) in (0..).zip(&kept) {
            number[index as usize] = at;
        }
        let number = |index: ObjectNumber| if index == NONE { NONE } else { number[index as usize] };
        let mut out = Writer::default();
        let all = 0..graph.len() as Position;
        out.size(table.width());
        out.size(kept.len());
        kept.iter().for_each(|&index| out.raw(table.bytes(index)));
        kept.iter().for_each(|&index| out.raw(&[table.kind(index).map_or(0, |kind| kind as u8)]));
        out.words(Vec::from_iter(all.clone().map(|at| number(graph.commit(at)))).into_iter());
        all.clone().for_each(|at| out.raw(&graph.time(at).to_le_bytes()));
        let mut end = 0;
        let counted = all.clone().map(|at| {
            end += graph.parents(at).len() as u32;
            end
        });
        out.words(Vec::from_iter(counted).into_iter());
        out.words(Vec::from_iter(all.flat_map(|at| graph.parents(at).iter().copied())).into_iter());
        let mut told: Vec<Position> = changes.all.iter().map(|change| change.commit).collect();
        told.extend(self.holds.objects().filter_map(|object| graph.position(object)));
        told.sort_unstable();
        told.dedup();
        let headers = (self.headers)(&told);
        out.list(&told, |out, at| {
            out.number((*at).into());
            out.bytes(headers.get(at).map_or(&b""[..], |header| header));
        });
        let mut tags: Vec<_> =
            self.tags.iter().map(|(&tag, &target)| (number(tag), number(target))).collect();
        tags.sort_unstable();
        out.words(Vec::from_iter(tags.iter().flat_map(|&(tag, target)| [tag, target])).into_iter());
        out.words(self.strays.iter().map(|&index| number(index)));
        out.words(
            Vec::from_iter(changes.paths.nodes().iter().flat_map(|&(above, name)| [above, name])).into_iter(),
        );
        out.list(self.names, |out, name| out.bytes(name));
        let rows = changes.all.iter().flat_map(|change| {
            let Change { secret, path, commit, act, blob } = *change;
            [secret, path, commit, act as u32, number(blob)]
        });
        out.words(Vec::from_iter(rows).into_iter());
        Receipts::write(&mut out, self.unread, self.counts, self.unopened);
        out.finish()
    }

    /// The objects that are worth listing, ascending.
    fn kept(&self) -> Vec<ObjectNumber> {
        let Self { table, graph, .. } = *self;
        let mut kept: Vec<ObjectNumber> = (0..graph.len()).map(|at| graph.commit(at as Position)).collect();
        kept.extend(
            self.tags.iter().flat_map(|(&tag, &target)| [tag, target]).filter(|&index| index != NONE),
        );
        kept.extend(self.holds.objects());
        kept.extend(self.refs.values().filter_map(|id| table.find(id.as_bytes())));
        kept.sort_unstable();
        kept.dedup();
        kept
    }
}

impl Trail {
    /// Reads what an earlier run wrote.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let from = &mut from;
        let (width, count) = (from.size().filter(|width| [20, 32].contains(width))?, from.size()?);
        let ids = from.raw(count.checked_mul(width)?)?.to_vec();
        if !ids.chunks_exact(width).is_sorted_by(|one, other| one < other) {
            return None;
        }
        let kinds = from.raw(count)?.to_vec();
        let is_index = |&index: &ObjectNumber| (index as usize) < count;
        let commits = from.words()?;
        let times = from.raw(commits.len().checked_mul(8)?)?;
        let times = times.as_chunks::<8>().0.iter().map(|time| i64::from_le_bytes(*time)).collect();
        let (ends, parents) = (from.words()?, from.words()?);
        let is_sound = commits.iter().all(is_index)
            && ends.len() == commits.len()
            && ends.is_sorted()
            && ends.last().map_or(0, |&end| end as usize) == parents.len();
        let mut start = 0;
        let stand_before = (0..).zip(&ends).all(|(at, &end)| {
            let own = parents.get(start..end as usize);
            start = end as usize;
            own.is_some_and(|own| own.iter().all(|&parent| parent < at))
        });
        let is_position = |at: Position| (at as usize) < commits.len();
        let headers =
            from.list(|from| Some((from.word().filter(|&at| is_position(at))?, from.bytes()?.to_vec())))?;
        let tags = from.words()?;
        let tags: Vec<_> = tags.as_chunks::<2>().0.iter().map(|&[tag, target]| (tag, target)).collect();
        let are_tags =
            tags.iter().all(|(tag, target)| is_index(tag) && (is_index(target) || *target == NONE));
        let strays = from.words()?;
        let nodes = from.words()?;
        let nodes: Vec<_> = nodes.as_chunks::<2>().0.iter().map(|&[above, name]| (above, name)).collect();
        let names: Vec<Box<[u8]>> = from.list(|from| from.bytes().map(Box::from))?;
        let are_paths = nodes.first() == Some(&(0, NONE))
            && (1..).zip(&nodes[1..]).all(|(at, &(above, name))| above < at && (name as usize) < names.len());
        let rows = from.words()?;
        let changes = rows.as_chunks::<5>().0.iter().map(|&[secret, path, commit, act, blob]| {
            let act = [Act::Introduce, Act::Merge, Act::Remove, Act::Drop].into_iter().nth(act as usize)?;
            let has_blob = if act.removes() { blob == NONE } else { is_index(&blob) };
            let is_whole = (path as usize) < nodes.len() && is_position(commit) && has_blob;
            is_whole.then_some(Change { secret, path, commit, act, blob })
        });
        let changes: Vec<Change> = changes.collect::<Option<_>>()?;
        let receipts = Some(Receipts::read(from)?);
        let all_sound = is_sound && stand_before && are_tags && are_paths && strays.iter().all(is_index);
        (all_sound && from.is_done()).then(|| Self {
            ids,
            kinds,
            commits,
            times,
            ends,
            parents,
            headers: headers.into_iter().collect(),
            tags,
            strays,
            paths: Paths::of(nodes),
            names,
            changes,
            receipts,
        })
    }

    /// How many objects were read.
    pub fn total(&self) -> u64 {
        self.receipts.as_ref().map_or(0, Receipts::total)
    }

    /// Renumbers all that is told by indexes, from the trail's own to those of `table`, which lists them all; and says
    /// there what kinds they are.
    pub(super) fn enter(&mut self, table: &IdTable) -> Option<()> {
        let width = table.width();
        let mut now = Vec::with_capacity(self.kinds.len());
        let mut at = 0;
        for (id, &kind) in self.ids.chunks_exact(width).zip(&self.kinds) {
            // Both ascend, and few ids of the table are new.
            while at < table.len() && table.bytes(at as ObjectNumber) != id {
                at += 1;
            }
            if at == table.len() {
                return None;
            }
            if let Some(kind) = ObjectKind::from_code(kind) {
                table.set_kind(at as ObjectNumber, kind);
            }
            now.push(at as ObjectNumber);
            at += 1;
        }
        let to = |index: &mut ObjectNumber| {
            if *index != NONE {
                *index = now[*index as usize];
            }
        };
        self.commits.iter_mut().for_each(to);
        self.strays.iter_mut().for_each(to);
        self.tags.iter_mut().for_each(|(tag, target)| {
            to(tag);
            to(target);
        });
        // Those that bring nothing name no blob.
        self.changes
            .iter_mut()
            .filter(|change| !change.act.removes())
            .for_each(|change| to(&mut change.blob));
        Some(())
    }

    /// The commits, in their order; authors are told by position.
    pub(super) fn past(&self) -> Vec<Past<'_>> {
        let mut start = 0;
        let one = |at: usize| {
            let end = self.ends[at] as usize;
            let parents = &self.parents[start..end];
            start = end;
            Past { commit: self.commits[at], time: self.times[at], author: NONE, parents }
        };
        (0..self.commits.len()).map(one).collect()
    }
}
