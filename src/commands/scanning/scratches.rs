//! A scanner with scratch memory, lent to one thread at a time and kept for the next.

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

    /// Lends a scratch to the calling thread for a scan with the scanner's limits.
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&Scanner, &mut Scratch) -> R) -> R {
        let free = lock(&self.free).pop();
        let mut scratch = free.unwrap_or_else(|| self.scanner.scratch());
        let result = work(self.scanner, &mut scratch);
        lock(&self.free).push(scratch);
        result
    }
}
