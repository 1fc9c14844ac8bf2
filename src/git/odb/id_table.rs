//! All object ids of a store in one sorted table, so that everything else names an object by its number,
//! its place there.
//!
//! Half the memory of a hash map and one cache miss a lookup: a directory over the first bits of the id
//! gives a run of one or two entries, which is searched in order.

use crate::git::ObjectKind;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::pack::Rows;
use crate::model::ObjectId;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU8, Ordering};

/// Sorted ids, and what kind of object each names.
#[derive(Debug)]
pub(crate) struct IdTable {
    /// Bytes of an id: 20 or 32.
    width: usize,
    ids: Ids,
    /// For each value of an id's first `bits` bits, the place of the first id at or after it.
    directory: Vec<u32>,
    bits: u32,
    /// Codes of [`ObjectKind`]; 0 if not known (yet).
    kinds: Vec<AtomicU8>,
}

/// Ids, ascending.
#[derive(Debug)]
enum Ids {
    /// One after the other.
    Held(Vec<u8>),
    /// In the packs' indexes: a place is a row.
    Same(Rows),
    /// In the packs' indexes: for each place its row.
    Listed(Rows, Vec<u32>),
}

impl IdTable {
    /// The table of `ids`, each `width` bytes, in any order, with or without duplicates. `None` if there are more than
    /// an index can count, one bit of which a node of the graph needs. Fastest if `expected` is the number of ids.
    pub(crate) fn new(
        width: usize,
        expected: usize,
        ids: impl IntoIterator<Item = ObjectId>,
    ) -> Option<Self> {
        let mut flat: Vec<u8> = Vec::with_capacity(expected * width);
        // The ids of one pack, mostly the only one, are in order.
        let mut is_sorted = true;
        for id in ids {
            let id = id.as_bytes();
            is_sorted &= flat.len().checked_sub(width).is_none_or(|last| flat[last..] < *id);
            flat.extend_from_slice(id);
        }
        if !is_sorted {
            match width {
                20 => sort::<20>(&mut flat),
                _ => sort::<32>(&mut flat),
            }
        }
        flat.shrink_to_fit();
        Self::of_sorted(width, flat)
    }

    /// The table of these ids, each `width` bytes, one after the other, ascending.
    pub(crate) fn of_sorted(width: usize, flat: Vec<u8>) -> Option<Self> {
        let count = flat.len() / width;
        Self::of_ids(width, count, Ids::Held(flat))
    }

    /// The table of the ids at the rows in `each`, in any order, with or without duplicates. Nothing is copied: an id
    /// takes four bytes, or none if the rows are in order. If they are not, a look-up waits for memory once more.
    pub(crate) fn of_rows(width: usize, rows: Rows, mut each: Vec<u32>) -> Option<Self> {
        let is_same = each.len() == rows.len() as usize
            && (0..).zip(&each).all(|(at, &row)| at == row)
            && (1..rows.len()).all(|row| rows.name(row - 1) < rows.name(row));
        if is_same {
            return Self::of_ids(width, each.len(), Ids::Same(rows));
        }
        // A merge sort: each pack's rows ascend already.
        each.par_sort_by(|&one, &other| rows.name(one).cmp(rows.name(other)));
        each.dedup_by(|one, other| rows.name(*one) == rows.name(*other));
        Self::of_ids(width, each.len(), Ids::Listed(rows, each))
    }

    fn of_ids(width: usize, count: usize, ids: Ids) -> Option<Self> {
        let count = u32::try_from(count).ok().filter(|&count| count < u32::MAX / 2)?;
        let bits = (32 - count.leading_zeros()).saturating_sub(1).clamp(1, 24);
        let mut table = Self { width, ids, directory: Vec::new(), bits, kinds: Vec::new() };
        let mut directory = vec![0; (1 << bits) + 1];
        for number in ObjectNumber::first(count as usize) {
            directory[slot(table.bytes(number), bits) + 1] += 1;
        }
        for at in 1..directory.len() {
            directory[at] += directory[at - 1];
        }
        table.directory = directory;
        table.kinds = (0..count).map(|_| AtomicU8::new(0)).collect();
        Some(table)
    }

    /// How many objects.
    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Bytes of an id: 20 or 32.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The number of the object that these bytes name.
    pub(crate) fn find(&self, id: &[u8]) -> Option<ObjectNumber> {
        if id.len() != self.width {
            return None;
        }
        let slot = slot(id, self.bits);
        let run = self.directory[slot]..self.directory[slot + 1];
        // Runs have one or two ids, most of which differ in the first bytes.
        let first = head(id);
        let same = |&at: &ObjectNumber| {
            let other = self.bytes(at);
            head(other) == first && other == id
        };
        run.map(ObjectNumber::new).find(same)
    }

    /// Brings into the cache what looking up these ids (one after the other) will read. These reads do not wait
    /// for each other, as those of consecutive look-ups do.
    pub(crate) fn touch(&self, ids: &[u8]) {
        let starts = ids.chunks_exact(self.width).map(|id| self.directory[slot(id, self.bits)]);
        let touched = starts
            .filter(|&start| (start as usize) < self.len())
            .map(|start| self.bytes(ObjectNumber::new(start))[0]);
        std::hint::black_box(touched.fold(0, |all, byte| all ^ byte));
    }

    /// The bytes of an object's id.
    #[inline]
    pub(crate) fn bytes(&self, number: ObjectNumber) -> &[u8] {
        match &self.ids {
            Ids::Held(ids) => &ids[number.index() * self.width..][..self.width],
            Ids::Same(rows) => rows.name(number.get()),
            Ids::Listed(rows, each) => rows.name(each[number.index()]),
        }
    }

    /// An object's id.
    pub(crate) fn id(&self, number: ObjectNumber) -> ObjectId {
        ObjectId::from_bytes(self.bytes(number)).expect("every id of the table has the width of an id")
    }

    /// What kind of object it is; `None` if it has not been read, or cannot be.
    pub(crate) fn kind(&self, number: ObjectNumber) -> Option<ObjectKind> {
        ObjectKind::from_code(self.kinds[number.index()].load(Ordering::Relaxed))
    }

    /// Records what kind of object it is.
    pub(crate) fn set_kind(&self, number: ObjectNumber, kind: ObjectKind) {
        self.kinds[number.index()].store(kind as u8, Ordering::Relaxed);
    }
}

/// Sorts ids that are one after the other, and removes duplicates.
fn sort<const WIDTH: usize>(flat: &mut Vec<u8>) {
    let ids = flat.as_chunks_mut::<WIDTH>().0;
    ids.par_sort_unstable();
    let mut kept = 0;
    for at in 0..ids.len() {
        if at == 0 || ids[at] != ids[kept - 1] {
            ids[kept] = ids[at];
            kept += 1;
        }
    }
    flat.truncate(kept * WIDTH);
}

/// An id's first eight bytes.
#[inline]
fn head(id: &[u8]) -> [u8; 8] {
    [id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7]]
}

#[inline]
fn slot(id: &[u8], bits: u32) -> usize {
    (u32::from_be_bytes([id[0], id[1], id[2], id[3]]) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_at_its_place_and_no_other_is() {
        for count in [0u32, 1, 2, 5, 1000] {
            let id = |seed: u32| {
                let mut bytes = [0; 20];
                bytes[..4].copy_from_slice(&seed.wrapping_mul(0x9e37_79b9).to_be_bytes());
                bytes[19] = seed as u8;
                ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
            };
            let ids: Vec<_> = (0..count).chain(0..count).map(id).collect();
            let table = IdTable::new(20, 0, ids).expect("few ids");
            assert_eq!(table.len(), count as usize);
            for seed in 0..count {
                let index = table.find(id(seed).as_bytes()).expect("it was put in");
                assert_eq!(table.id(index), id(seed));
            }
            assert_eq!(table.find(id(count).as_bytes()), None);
            assert_eq!(table.find(&[0; 32]), None);
        }
    }
}
