//! Checkpoint: what an incremental run needs from the previous one. The commits of the history, what they change, what
//! the store lacked, and how much was read.
//!
//! Objects are numbers in a table of the ids that matter: commits, tags, what contains a secret, what refs name. The
//! store's other objects, millions of them, are not listed: the packs' own indexes say whether it still has them.
//!
//! # Invariant
//!
//! The bytes are not trusted: each number is within its bounds, or there is no checkpoint.

use crate::git::ObjectKind;
use crate::git::commit_graph::Position;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::missing::{Counts, Unread};
use crate::git::odb::number::ObjectNumber;
use crate::model::SecretNumber;
use crate::provenance::commit_changes::{Change, ChangeKind, Name, PathNumber, Paths};
use crate::provenance::{Facts, KnownHistory};
use crate::record::{Reader, Writer};
use crate::source::history::{Totals, Unopened};

/// What an incremental run starts from.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// The ids that matter, one after the other, ascending; and their kinds.
    pub(super) ids: Vec<u8>,
    kinds: Vec<u8>,
    /// The history; objects are places in `ids`.
    pub(super) known: KnownHistory,
    /// What was not read, and how much was.
    pub(super) totals: Totals,
}

/// What the passes over a store noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted<'a> {
    /// What could not be read.
    pub(crate) unread: &'a Unread,
    /// How much was read.
    pub(crate) counts: &'a Counts,
    /// What was read but not opened.
    pub(crate) unopened: &'a Unopened,
}

/// The bytes of a checkpoint: the `facts` of a history, and what was noted in the passes that they come from.
pub(crate) fn write(facts: &Facts<'_>, noted: &Noted<'_>) -> Vec<u8> {
    let (table, graph) = (facts.table(), &facts.graph);
    let kept = listed(facts);
    // For each object its place among those that are listed.
    let mut listed = vec![None; table.len()];
    for (at, &object) in ObjectNumber::first(kept.len()).zip(&kept) {
        listed[object.index()] = Some(at);
    }
    let number = |object: ObjectNumber| ObjectNumber::to_word(listed[object.index()]);
    let number_if = |object: Option<ObjectNumber>| object.map_or(ObjectNumber::to_word(None), number);
    let mut out = Writer::default();
    let all = graph.positions();
    out.size(table.width());
    out.size(kept.len());
    kept.iter().for_each(|&object| out.raw(table.bytes(object)));
    kept.iter().for_each(|&object| out.raw(&[table.kind(object).map_or(0, |kind| kind as u8)]));
    out.words(Vec::from_iter(all.clone().map(|at| number(graph.commit(at)))).into_iter());
    all.clone().for_each(|at| out.raw(&graph.time(at).to_le_bytes()));
    let mut end = 0;
    let counted = all.clone().map(|at| {
        end += graph.parents(at).len() as u32;
        end
    });
    out.words(Vec::from_iter(counted).into_iter());
    out.words(Vec::from_iter(all.flat_map(|at| graph.parents(at).iter().map(|at| at.get()))).into_iter());
    let mut with_header: Vec<Position> = facts.changes().iter().map(|change| change.commit).collect();
    with_header.extend(facts.holding().filter_map(|object| graph.position(object)));
    with_header.sort_unstable();
    with_header.dedup();
    let headers = facts.headers(&with_header);
    out.list(&with_header, |out, at| {
        out.number(at.get().into());
        out.bytes(headers.get(at).map_or(&b""[..], |header| header));
    });
    let mut tags: Vec<_> =
        facts.tags().iter().map(|(&tag, &target)| (number(tag), number_if(target))).collect();
    tags.sort_unstable();
    out.words(Vec::from_iter(tags.iter().flat_map(|&(tag, target)| [tag, target])).into_iter());
    out.words(facts.strays.iter().map(|&object| number(object)));
    let paths = facts.paths().iter().flat_map(|&(above, name)| [above.0, Name::to_word(name)]);
    out.words(Vec::from_iter(paths).into_iter());
    out.list(&facts.names, |out, name| out.bytes(name));
    let rows = facts.changes().iter().flat_map(|change| {
        let Change { secret, path, commit, act, blob } = *change;
        [secret.0, path.0, commit.get(), act as u32, number_if(blob)]
    });
    out.words(Vec::from_iter(rows).into_iter());
    Totals::write(&mut out, noted.unread, noted.counts, noted.unopened);
    out.finish()
}

/// The objects that have to be listed, ascending.
fn listed(facts: &Facts<'_>) -> Vec<ObjectNumber> {
    let (table, graph) = (facts.table(), &facts.graph);
    let mut kept: Vec<ObjectNumber> = graph.positions().map(|at| graph.commit(at)).collect();
    kept.extend(facts.tags().iter().flat_map(|(&tag, &target)| [Some(tag), target]).flatten());
    kept.extend(facts.holding());
    kept.extend(facts.refs().filter_map(|id| table.find(id.as_bytes())));
    kept.sort_unstable();
    kept.dedup();
    kept
}

impl Checkpoint {
    /// Reads what an earlier run wrote.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let from = &mut from;
        let (width, count) = (from.size().filter(|width| [20, 32].contains(width))?, from.size()?);
        let ids = from.raw(count.checked_mul(width)?)?.to_vec();
        if !ids.chunks_exact(width).is_sorted_by(|one, other| one < other) {
            return None;
        }
        let kinds = from.raw(count)?.to_vec();
        let object = |word: u32| ObjectNumber::from_word(word).filter(|object| object.index() < count);
        let objects = |words: Vec<u32>| words.into_iter().map(object).collect::<Option<Vec<_>>>();
        let commits = objects(from.words()?)?;
        let times = from.raw(commits.len().checked_mul(8)?)?;
        let times = times.as_chunks::<8>().0.iter().map(|time| i64::from_le_bytes(*time)).collect();
        let (ends, parents) = (from.words()?, from.words()?);
        let is_sound = ends.len() == commits.len()
            && ends.is_sorted()
            && ends.last().map_or(0, |&end| end as usize) == parents.len();
        let mut start = 0;
        let stand_before = (0..).zip(&ends).all(|(at, &end)| {
            let own = parents.get(start..end as usize);
            start = end as usize;
            own.is_some_and(|own| own.iter().all(|&parent| parent < at))
        });
        let position = |word: u32| Position::from_word(word).filter(|at| at.index() < commits.len());
        let parents = parents.into_iter().map(position).collect::<Option<Vec<_>>>()?;
        let headers = from.list(|from| Some((position(from.word()?)?, from.bytes()?.to_vec())))?;
        let tags = from.words()?;
        let optional =
            |word: u32| if word == ObjectNumber::to_word(None) { Some(None) } else { object(word).map(Some) };
        let tags =
            tags.as_chunks::<2>().0.iter().map(|&[tag, target]| Some((object(tag)?, optional(target)?)));
        let tags = tags.collect::<Option<Vec<_>>>()?;
        let strays = objects(from.words()?)?;
        let nodes = from.words()?;
        let nodes: Vec<_> = nodes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|&[above, name]| (PathNumber(above), Name::from_word(name)))
            .collect();
        let names: Vec<Box<[u8]>> = from.list(|from| from.bytes().map(Box::from))?;
        let are_paths = nodes.first() == Some(&(PathNumber::ROOT, None))
            && (1..).map(PathNumber).zip(&nodes[1..]).all(|(at, &(above, name))| {
                above < at && name.is_some_and(|name| name.index() < names.len())
            });
        let rows = from.words()?;
        let changes = rows.as_chunks::<5>().0.iter().map(|&[secret, path, commit, act, blob]| {
            let act = [ChangeKind::Introduce, ChangeKind::Merge, ChangeKind::Remove, ChangeKind::Drop]
                .into_iter()
                .nth(act as usize)?;
            let (path, commit, blob) = (PathNumber(path), position(commit)?, optional(blob)?);
            let is_whole = path.index() < nodes.len() && act.removes() == blob.is_none();
            is_whole.then_some(Change { secret: SecretNumber(secret), path, commit, act, blob })
        });
        let changes: Vec<Change> = changes.collect::<Option<_>>()?;
        let totals = Totals::read(from)?;
        let all_sound = is_sound && stand_before && are_paths;
        (all_sound && from.is_done()).then(|| Self {
            ids,
            kinds,
            known: KnownHistory {
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
            },
            totals,
        })
    }

    /// How many objects were read.
    pub(crate) fn total(&self) -> u64 {
        self.totals.total()
    }

    /// Gives the objects of the history the numbers that they have in `table`, which lists them all, and says there
    /// what kinds they are. `None` if one is not listed.
    pub(super) fn enter(&mut self, table: &IdTable) -> Option<()> {
        let width = table.width();
        let mut now = Vec::with_capacity(self.kinds.len());
        let mut rest = ObjectNumber::first(table.len());
        for (id, &kind) in self.ids.chunks_exact(width).zip(&self.kinds) {
            // Both ascend, and few ids of the table are new.
            let object = rest.find(|&object| table.bytes(object) == id)?;
            if let Some(kind) = ObjectKind::from_code(kind) {
                table.set_kind(object, kind);
            }
            now.push(object);
        }
        self.known.renumber(&now);
        Some(())
    }
}
