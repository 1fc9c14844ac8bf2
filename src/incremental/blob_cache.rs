//! What was found in blobs, by their ids, for other repositories that have the same blobs: forks, above all.
//!
//! # Invariant
//!
//! A run with the cache reports exactly what a run without it would. So a blob counts as known only if
//!
//! - its id is what git computed of its bytes: the caller opens the cache for clones alone that this program made, where
//!   `git index-pack` named each object. A pack that someone else made may list any bytes under any id;
//! - it was read to its end, with all that is in it, and no scan was cut short;
//! - this build, all rules, known values and the depth of containers were the same ([`BlobCache::terms`]).
//!
//! What is kept is what the rules detected, before overlaps are settled: that knows no path, no file name and no day.
//! Settling, judging in context, suppression, and what trees and commits say is done in each repository. An LFS pointer is
//! never kept, since what it means depends on the repository.
//!
//! # Design
//!
//! Each run adds one segment with what it read, under labels that a fork has too: the lowest ids of the repository's
//! objects. Ids are as good as random, so of two repositories that share half of their objects nearly always some of the
//! lowest are the same, and a repository without forks costs a few look-ups of folders that are not there.

use super::BUILD;
use super::results::{Candidates, candidate, read_candidate, read_found};
use crate::cache::{Error, Segments};
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::object_set::ObjectSet;
use crate::model::{Found, ObjectId};
use crate::record::{Reader, Writer};
use crate::rules::Catalogue;
use crate::source::history::Site;
use crate::sync::{into_inner, lock};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The one section of a segment.
const SECTION: &str = "blobs";
/// How many of the lowest ids are labels.
const LABELS: usize = 16;
/// A repository with fewer new blobs is read faster than its segment is found.
const FEWEST: usize = 256;
/// A segment is written if it has at least this part of a repository's blobs: forks with a few commits of their own need
/// none.
const PART: usize = 16;

/// What was found in a blob, before overlaps are settled.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlobFound {
    /// In each member of a container.
    pub(crate) members: Vec<Vec<Found>>,
    /// In its own bytes.
    pub(crate) text: Vec<Found>,
}

/// What is known of a repository's blobs.
#[derive(Debug, Default)]
pub(crate) struct KnownBlobs {
    /// Which, each once.
    pub(crate) blobs: Vec<ObjectNumber>,
    /// How many bytes of them were scanned.
    pub(crate) bytes: u64,
    /// Those in which something was found.
    pub(crate) found: Vec<(ObjectNumber, BlobFound)>,
}

/// What a run reads, for others to know. Shared by threads.
#[derive(Debug, Default)]
pub(crate) struct BlobLog {
    read: Mutex<Vec<(ObjectNumber, u64)>>,
    found: Mutex<BTreeMap<ObjectNumber, BlobFound>>,
}

impl BlobLog {
    /// Notes what was found in a blob's own bytes.
    pub(crate) fn text(&self, blob: ObjectNumber, found: &[Found]) {
        if !found.is_empty() {
            lock(&self.found).entry(blob).or_default().text = found.to_vec();
        }
    }

    /// Notes what was found in the members of a container.
    pub(crate) fn members(&self, blob: ObjectNumber, found: &[Vec<Found>]) {
        if !found.is_empty() {
            lock(&self.found).entry(blob).or_default().members = found.to_vec();
        }
    }

    /// Notes that a blob was read to its end, with all that is in it; `bytes` were scanned.
    pub(crate) fn has_read(&self, blob: ObjectNumber, bytes: u64) {
        lock(&self.read).push((blob, bytes));
    }
}

/// The cache, as a run with some rules uses it.
#[derive(Debug)]
pub(crate) struct BlobCache<'a> {
    segments: Segments,
    /// What has to be the same.
    terms: Vec<u8>,
    catalogue: &'a Catalogue,
}

impl<'a> BlobCache<'a> {
    /// The cache in `folder`, for the repository `site`, scanned with these rules and containers opened to this depth.
    ///
    /// # Errors
    /// If there is no key that can be trusted.
    pub(crate) fn open(
        folder: &Path,
        site: &Site,
        catalogue: &'a Catalogue,
        containers: u32,
    ) -> Result<Self, Error> {
        let segments = Segments::open(folder, &[site.common_dir(), site.git_dir()])?;
        Ok(Self { segments, terms: Self::terms(catalogue, containers), catalogue })
    }

    fn terms(catalogue: &Catalogue, containers: u32) -> Vec<u8> {
        [BUILD.as_bytes(), &catalogue.digest(), &containers.to_le_bytes()].concat()
    }

    /// What is known of the objects in `table`.
    pub(crate) fn known(&self, table: &IdTable) -> KnownBlobs {
        let mut known = KnownBlobs::default();
        let seen = ObjectSet::none(table.len());
        for segment in self.segments.find(&self.labels(table)) {
            // One that does not open is another's, or damaged.
            if let Some(bytes) = segment.section(SECTION)
                && let Some(more) = self.read(&bytes, table)
            {
                known.add(more, &seen);
            }
        }
        known
    }

    /// Adds what was read of the repository with the objects of `table`, except for objects whose scan was `cut`. Returns
    /// false if that is too little to be worth a segment.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(crate) fn keep(
        &self,
        table: &IdTable,
        log: BlobLog,
        known: usize,
        cut: &HashSet<ObjectId>,
    ) -> Result<bool, Error> {
        let mut read = into_inner(log.read);
        read.retain(|(blob, _)| cut.is_empty() || !cut.contains(&table.id(*blob)));
        if read.len() < FEWEST || read.len() * PART < known {
            return Ok(false);
        }
        read.sort_unstable();
        let found = into_inner(log.found);
        let bytes = self.write(table, &read, &found);
        self.segments.add(&self.labels(table), &[(SECTION, bytes)]).map(|()| true)
    }

    fn labels(&self, table: &IdTable) -> Vec<Vec<u8>> {
        let lowest = ObjectNumber::first(table.len()).take(LABELS);
        lowest.map(|number| [&self.terms, table.bytes(number)].concat()).collect()
    }

    fn write(
        &self,
        table: &IdTable,
        read: &[(ObjectNumber, u64)],
        found: &BTreeMap<ObjectNumber, BlobFound>,
    ) -> Vec<u8> {
        let mut out = Writer::default();
        out.bytes(&self.terms);
        out.size(table.width());
        out.list(read, |out, &(blob, bytes)| {
            out.raw(table.bytes(blob));
            out.number(bytes);
        });
        let with: Vec<(usize, &BlobFound)> =
            read.iter().enumerate().filter_map(|(at, (blob, _))| Some((at, found.get(blob)?))).collect();
        let mut candidates = Candidates::default();
        let mut rest = Writer::default();
        rest.list(&with, |out, (at, BlobFound { members, text })| {
            out.size(*at);
            out.list(members.iter().chain([text]).collect::<Vec<_>>(), |out, list| {
                out.list(list, |out, found| {
                    out.size(found.start);
                    out.size(candidates.number(&found.candidate));
                });
            });
        });
        out.list(candidates.list(), |out, one| candidate(out, one));
        out.raw(&rest.finish());
        out.finish()
    }

    /// What a segment says of the objects in `table`; `None` if it is not about these terms.
    fn read(&self, bytes: &[u8], table: &IdTable) -> Option<SegmentRows> {
        let mut from = Reader::new(bytes);
        if from.bytes()? != self.terms || from.size()? != table.width() {
            return None;
        }
        let blobs = from.list(|from| {
            let id = from.raw(table.width())?;
            Some((table.find(id), from.number()?))
        })?;
        let rules = self.catalogue.rules().len();
        let candidates = from.list(|from| read_candidate(from, rules).map(Arc::new))?;
        let found = from.list(|from| {
            let at = from.size().filter(|&at| at < blobs.len())?;
            let mut lists = from.list(|from| from.list(|from| Some(read_found(from, &candidates)?.0)))?;
            let text = lists.pop()?;
            Some((at, BlobFound { members: lists, text }))
        })?;
        from.is_done().then_some(SegmentRows { blobs, found })
    }
}

/// The rows of a segment.
struct SegmentRows {
    /// The number of each blob that the repository has, and how many bytes of it were scanned.
    blobs: Vec<(Option<ObjectNumber>, u64)>,
    /// The place in `blobs` of those in which something was found.
    found: Vec<(usize, BlobFound)>,
}

impl KnownBlobs {
    /// Adds what is not `seen`.
    fn add(&mut self, rows: SegmentRows, seen: &ObjectSet) {
        let is_new: Vec<Option<ObjectNumber>> =
            rows.blobs.iter().map(|(number, _)| number.filter(|&number| seen.add(number))).collect();
        for (number, (_, bytes)) in is_new.iter().zip(&rows.blobs) {
            let Some(number) = *number else { continue };
            self.blobs.push(number);
            self.bytes += bytes;
        }
        self.found.extend(rows.found.into_iter().filter_map(|(at, found)| Some((is_new[at]?, found))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of objects whose ids begin with these numbers.
    fn table(numbers: impl Iterator<Item = u16>) -> IdTable {
        let ids = numbers.flat_map(|number| [&number.to_be_bytes()[..], &[7; 18]].concat());
        IdTable::of_sorted(20, ids.collect()).expect("they are few")
    }

    fn log(numbers: impl Iterator<Item = u32>) -> BlobLog {
        let log = BlobLog::default();
        numbers.for_each(|number| log.has_read(ObjectNumber::new(number), 3));
        log
    }

    #[test]
    fn what_one_repository_read_another_knows_and_a_cut_anywhere_is_refused() {
        let dir = tempfile::tempdir().expect("a folder can be made");
        let catalogue = Catalogue::embedded();
        let cache = |containers| BlobCache {
            segments: Segments::of_test(dir.path()),
            terms: BlobCache::terms(&catalogue, containers),
            catalogue: &catalogue,
        };
        let (own, of_other_terms) = (cache(8), cache(1));
        let whole = table(0..400);
        let keep = |cache: &BlobCache<'_>, log, known, cut: &[ObjectId]| {
            cache.keep(&whole, log, known, &cut.iter().copied().collect()).expect("it can be written")
        };
        assert!(!keep(&own, log(0..255), 0, &[]), "too few");
        assert!(!keep(&own, log(0..300), 300 * PART + 1, &[]), "too small a part");
        assert_eq!(own.known(&whole).blobs.len(), 0);
        let cut = [whole.id(ObjectNumber::new(5))];
        assert!(keep(&own, log(0..300), 0, &cut));
        // A fork with half of them and others of its own, one of them lower than all.
        let fork = table((0..1).chain(2..150).chain(1000..1100));
        let known = own.known(&fork);
        assert_eq!((known.blobs.len(), known.bytes), (148, 148 * 3));
        assert!(!known.blobs.contains(&fork.find(cut[0].as_bytes()).expect("it is there")));
        assert_eq!(of_other_terms.known(&fork).blobs.len(), 0);
        assert_eq!(own.known(&table(1000..1100)).blobs.len(), 0);
        // Twice the same counts once.
        assert!(keep(&own, log(0..300), 0, &[]));
        assert_eq!(own.known(&fork).blobs.len(), 149);
        let bytes =
            own.write(&whole, &[(ObjectNumber::new(1), 3), (ObjectNumber::new(2), 500)], &BTreeMap::new());
        assert!(own.read(&bytes, &whole).is_some());
        assert!(of_other_terms.read(&bytes, &whole).is_none());
        for cut in 0..bytes.len() {
            assert!(own.read(&bytes[..cut], &whole).is_none(), "{cut}");
        }
    }
}
