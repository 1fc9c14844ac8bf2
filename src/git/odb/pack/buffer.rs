//! Reusable buffers, so that memory is neither allocated nor zeroed for each object.

use super::error::Fault;
use crate::out_of_memory::tolerate;

/// Room after an object's bytes: libdeflate and short copies write in wide strides if there is room, and
/// byte by byte if there is none (0.1 us an object).
pub(super) const SLACK: usize = 512;

/// Smallest buffer, bytes.
const SMALLEST: usize = 4 << 10;
/// Buffers above this size are given back to the system, not kept for the next object.
const LARGEST: usize = 4 << 20;
/// How much a pool keeps, bytes.
const POOLED: usize = 16 << 20;

/// An object's bytes, with [`SLACK`] after them.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    room: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// The object's bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.room[..self.len]
    }

    /// All writable memory: the object's bytes and what is after them.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.room
    }

    /// Its size in memory, bytes.
    pub(super) fn capacity(&self) -> usize {
        self.room.len()
    }
}

/// A thread's spare buffers, by size class; the last given back is the first to be used again, while it
/// is still in the processor's cache.
#[derive(Debug)]
pub(super) struct Pool {
    classes: [Vec<Buffer>; 32],
    held: usize,
    /// The largest object there is a buffer for, bytes.
    largest: usize,
}

impl Pool {
    /// An empty pool for objects of at most `largest` bytes.
    pub(super) fn new(largest: usize) -> Self {
        Self { classes: Default::default(), held: 0, largest }
    }

    /// From here on has buffers for objects of at most `largest` bytes.
    pub(super) fn limit(&mut self, largest: usize) {
        self.largest = largest;
    }

    /// A buffer for `len` bytes with arbitrary content.
    pub(super) fn take(&mut self, len: usize) -> Result<Buffer, Fault> {
        if len > self.largest {
            return Err(Fault::TooLarge);
        }
        let wanted = len + SLACK;
        if wanted > LARGEST {
            let mut room = Vec::new();
            tolerate(|| room.try_reserve_exact(wanted)).map_err(|_| Fault::TooLarge)?;
            room.resize(wanted, 0);
            return Ok(Buffer { room, len });
        }
        let class = wanted.next_power_of_two().max(SMALLEST);
        let spare = &mut self.classes[class.trailing_zeros() as usize];
        if let Some(mut buffer) = spare.pop() {
            self.held -= buffer.capacity();
            buffer.len = len;
            return Ok(buffer);
        }
        Ok(Buffer { room: vec![0; class], len })
    }

    /// Takes a buffer back.
    pub(super) fn give(&mut self, buffer: Buffer) {
        let capacity = buffer.capacity();
        if capacity.is_power_of_two() && capacity <= LARGEST && self.held + capacity <= POOLED {
            self.held += capacity;
            self.classes[capacity.trailing_zeros() as usize].push(buffer);
        }
    }
}
