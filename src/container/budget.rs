//! How much may come out of one outermost container.

use super::{TOO_MANY, TOO_MUCH, fault};
use std::cell::Cell;
use std::io::{self, Read};

/// The limits for one outermost container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many containers may be inside each other, the outermost included.
    pub depth: u32,
    /// Members in all.
    pub members: u64,
    /// Bytes that come out in all.
    pub bytes: u64,
    /// Bytes that may come out whatever goes in.
    pub free: u64,
    /// Beyond them, how many bytes may come out for each that the outermost container has.
    pub ratio: u64,
    /// Bytes of a member that are held in memory, if its format cannot be read from start to end.
    pub held: u64,
}

impl Limits {
    /// How many containers may be inside each other by default.
    pub const DEPTH: u32 = 8;

    /// The usual limits, with this depth.
    pub fn to_depth(depth: u32) -> Self {
        Self { depth, members: 1_000_000, bytes: 16 << 30, free: 32 << 20, ratio: 250, held: 256 << 20 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::to_depth(Self::DEPTH)
    }
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: Cell<u64>,
    members: Cell<u64>,
}

impl Budget {
    /// For a container of `len` bytes.
    pub(super) fn new(limits: &Limits, len: u64) -> Self {
        let bytes = limits.free.saturating_add(limits.ratio.saturating_mul(len)).min(limits.bytes);
        Self { bytes: Cell::new(bytes), members: Cell::new(limits.members) }
    }

    /// For something of `len` bytes that is itself no member of anything: no limit is the same for a small one and a large one.
    pub(super) fn of_stream(limits: &Limits, len: u64) -> Self {
        let bytes = limits.free.saturating_add(limits.ratio.saturating_mul(len));
        Self { bytes: Cell::new(bytes), members: Cell::new(limits.members) }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.bytes.get()
    }

    /// Counts a member.
    pub(super) fn member(&self) -> io::Result<()> {
        let left = self.members.get().checked_sub(1).ok_or_else(|| fault(TOO_MANY))?;
        self.members.set(left);
        Ok(())
    }

    /// Counts bytes that came out.
    pub(super) fn take(&self, bytes: u64) -> io::Result<()> {
        let left = self.bytes.get().checked_sub(bytes).ok_or_else(|| fault(TOO_MUCH))?;
        self.bytes.set(left);
        Ok(())
    }

    /// A reader whose bytes count.
    pub(super) fn meter<'b, R: Read>(&'b self, reader: R) -> Metered<'b, R> {
        Metered { reader, budget: self }
    }
}

/// A reader whose bytes count against a budget.
pub(super) struct Metered<'b, R> {
    reader: R,
    budget: &'b Budget,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.budget.take(read as u64)?;
        Ok(read)
    }
}
