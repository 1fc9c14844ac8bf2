//! Ids in place in the packs' indexes, so that a listing of the store need not copy them.

use super::index::Index;
use std::sync::Arc;

/// The ids of some indexes and some others. A *row* is a position, counted through one index after the other, and then
/// through the others.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Each index, and its first row.
    indexes: Vec<(u32, Arc<Index>)>,
    /// The first row of the others.
    end: u32,
    width: usize,
    others: Vec<u8>,
}

impl Rows {
    /// The rows of `indexes` and of `others`, whose ids have `width` bytes each. `None` if there are more than can be
    /// counted.
    pub(super) fn new<'i>(
        indexes: impl Iterator<Item = &'i Arc<Index>>,
        width: usize,
        others: Vec<u8>,
    ) -> Option<Self> {
        let mut end = 0_u32;
        let mut listed = Vec::new();
        for index in indexes {
            listed.push((end, Arc::clone(index)));
            end = end.checked_add(u32::try_from(index.len()).ok()?)?;
        }
        end.checked_add(u32::try_from(others.len() / width).ok()?)?;
        Some(Self { indexes: listed, end, width, others })
    }

    /// How many rows.
    pub(crate) fn len(&self) -> u32 {
        self.end + (self.others.len() / self.width) as u32
    }

    /// The bytes of the id of a row.
    #[inline]
    pub(crate) fn name(&self, row: u32) -> &[u8] {
        if row >= self.end {
            return &self.others[(row - self.end) as usize * self.width..][..self.width];
        }
        // There are few packs.
        let mut at = self.indexes.len() - 1;
        while self.indexes[at].0 > row {
            at -= 1;
        }
        let (first, index) = &self.indexes[at];
        index.name((row - first) as usize)
    }
}
