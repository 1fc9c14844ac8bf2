//! A pack's index (`.idx`), versions 1 and 2: the offset of each object.
//!
//! Nothing in a file is trusted: fan-out, counts and 64-bit offsets are checked against its length when they
//! are read. The order of ids is checked when all are listed ([`super::delta_forest`]). A search in an
//! unordered table ends, but may miss an id. The format: gitformat-pack(5).

use super::error::Error;
use super::map::Map;
use crate::model::ObjectId;
use std::cmp::Ordering;

const MAGIC: [u8; 4] = [0xff, b't', b'O', b'c'];
const FANOUT: usize = 256 * 4;
/// Version 2: the offset is in the table of 64-bit offsets.
const LARGE: u32 = 1 << 31;

/// The index of one pack.
#[derive(Debug)]
pub(super) struct Index {
    map: Map,
    /// Length of an id in bytes.
    hash: usize,
    count: usize,
    tables: Tables,
}

/// Where the tables start in the file.
#[derive(Debug)]
enum Tables {
    /// Pairs of a 32-bit offset and an id.
    One { pairs: usize },
    /// Ids, checksums, 32-bit offsets, and `large_count` 64-bit offsets.
    Two { ids: usize, checksums: usize, offsets: usize, large: usize, large_count: usize },
}

impl Index {
    /// The index in `map`, for ids of `hash` bytes (20 or 32).
    pub(super) fn parse(map: Map, hash: usize) -> Result<Self, Error> {
        let two = map.starts_with(&MAGIC);
        if two && map.get(4..8) != Some(&[0, 0, 0, 2]) {
            return Err(Error::Index("its version is not 1 or 2"));
        }
        let fanout = if two { 8 } else { 0 };
        if map.len() < fanout + FANOUT + 2 * hash {
            return Err(Error::Index("it is cut short"));
        }
        let totals = map[fanout..fanout + FANOUT].as_chunks::<4>().0;
        if !totals.is_sorted() {
            return Err(Error::Index("its fan-out table is not ascending"));
        }
        let count = u32::from_be_bytes(totals[255]) as usize;
        let start = fanout + FANOUT;
        let body = map.len() - start - 2 * hash;
        let tables = if two {
            // u32 * 40 cannot overflow 64 bits; on 32 bits the check below catches an overflow.
            let fixed = count
                .checked_mul(hash + 8)
                .filter(|&fixed| fixed <= body)
                .ok_or(Error::Index("it is cut short"))?;
            let checksums = start + count * hash;
            let offsets = checksums + count * 4;
            let large_count = (body - fixed) / 8;
            if !(body - fixed).is_multiple_of(8) || large_count > count {
                return Err(Error::Index("its length does not fit its count"));
            }
            Tables::Two { ids: start, checksums, offsets, large: offsets + count * 4, large_count }
        } else {
            if count.checked_mul(hash + 4) != Some(body) {
                return Err(Error::Index("its length does not fit its count"));
            }
            Tables::One { pairs: start }
        };
        Ok(Self { map, hash, count, tables })
    }

    /// How many entries it lists.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The bytes of the id at `position`, which is less than [`Self::len`].
    pub(super) fn name(&self, position: usize) -> &[u8] {
        let at = match self.tables {
            Tables::One { pairs } => pairs + position * (self.hash + 4) + 4,
            Tables::Two { ids, .. } => ids + position * self.hash,
        };
        &self.map[at..at + self.hash]
    }

    /// The id at `position`.
    pub(super) fn id(&self, position: usize) -> ObjectId {
        ObjectId::from_bytes(self.name(position)).expect("a name is 20 or 32 bytes long")
    }

    /// Where the entry at `position` starts in the pack, as the file says; nothing if it points outside
    /// its own table.
    pub(super) fn offset(&self, position: usize) -> Option<u64> {
        match self.tables {
            Tables::One { pairs } => Some(u64::from(self.word(pairs + position * (self.hash + 4)))),
            Tables::Two { offsets, large, large_count, .. } => {
                let word = self.word(offsets + position * 4);
                if word & LARGE == 0 {
                    return Some(u64::from(word));
                }
                let row = (word & !LARGE) as usize;
                (row < large_count).then(|| {
                    let at = large + row * 8;
                    u64::from(self.word(at)) << 32 | u64::from(self.word(at + 4))
                })
            }
        }
    }

    /// The CRC-32 of the entry as it is in the pack; version 1 has none.
    pub(super) fn checksum(&self, position: usize) -> Option<u32> {
        match self.tables {
            Tables::Two { checksums, .. } if position < self.count => {
                Some(self.word(checksums + position * 4))
            }
            _ => None,
        }
    }

    /// Gives the pages read so far back to the system.
    pub(super) fn release(&self) {
        self.map.release();
    }

    /// The position of the id whose bytes are `name`.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let first = usize::from(*name.first()?);
        let mut low = if first == 0 { 0 } else { self.total(first - 1) };
        let mut high = self.total(first);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// How many ids come before `name`, if they ascend; in any case at most [`Self::len`].
    pub(super) fn lower_bound(&self, name: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.name(middle) < name { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// True if `position` follows the one before it: its id is not smaller, and it is in the
    /// fan-out table's range for its first byte.
    pub(super) fn is_in_order(&self, position: usize) -> bool {
        let name = self.name(position);
        let first = usize::from(name[0]);
        let start = if first == 0 { 0 } else { self.total(first - 1) };
        (start..self.total(first)).contains(&position) && (position == 0 || self.name(position - 1) <= name)
    }

    /// The checksum of the pack that the index belongs to: the pack's last bytes.
    pub(super) fn pack_checksum(&self) -> &[u8] {
        let at = self.map.len() - 2 * self.hash;
        &self.map[at..at + self.hash]
    }

    /// How many ids start with a byte up to `first`.
    fn total(&self, first: usize) -> usize {
        let fanout = match self.tables {
            Tables::One { pairs } => pairs - FANOUT,
            Tables::Two { ids, .. } => ids - FANOUT,
        };
        self.word(fanout + first * 4) as usize
    }

    fn word(&self, at: usize) -> u32 {
        let bytes = self.map[at..].first_chunk().expect("parse held the tables against the file's length");
        u32::from_be_bytes(*bytes)
    }
}
