//! A scanner with what its scans need, lent to one thread at a time and kept for the next.

use crate::scan::{Scanner, Scratch};
use crate::sync::lock;
use std::sync::Mutex;

/// A scanner and the scratches that are free.
#[derive(Debug)]
pub(crate) struct Scratches<'s> {
    scanner: &'s Scanner,
    free: Mutex<Vec<Scratch>>,
}

impl<'s> Scratches<'s> {
    /// None made so far.
    pub(crate) fn new(scanner: &'s Scanner) -> Self {
        Self { scanner, free: Mutex::default() }
    }

    /// Lends the calling thread what a scan needs that is watched as the scanner's are.
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&Scanner, &mut Scratch) -> R) -> R {
        let free = lock(&self.free).pop();
        let mut scratch = free.unwrap_or_else(|| self.scanner.scratch());
        let result = work(self.scanner, &mut scratch);
        lock(&self.free).push(scratch);
        result
    }
}
