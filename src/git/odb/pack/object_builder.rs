//! One object alone: follows its chain of deltas down to the base and makes it from there.

use super::buffer::{Buffer, Pool};
use super::delta::Delta;
use super::entry::{EntryForm, EntryHeader};
use super::error::Fault;
use super::inflate::{Inflater, Seal};
use super::{MAX_OBJECT, Pack};
use crate::git::object::ObjectKind;
use crate::model::Copied;

/// The longest chain that is followed; git makes none above 4,095.
const LONGEST: usize = 1 << 16;

/// What a thread keeps to make objects with.
#[derive(Debug)]
pub(crate) struct ObjectBuilder {
    pub(super) inflater: Inflater,
    pub(super) pool: Pool,
    pub(super) copied: Vec<Copied>,
}

impl ObjectBuilder {
    /// A builder for objects of at most `largest` bytes.
    pub(crate) fn new(largest: usize) -> Self {
        Self { inflater: Inflater::new(), pool: Pool::new(largest), copied: Vec::new() }
    }

    /// From here on makes objects of at most `largest` bytes.
    pub(crate) fn limit(&mut self, largest: usize) {
        self.pool.limit(largest);
    }

    /// Inflates the data of an entry that ends before `end`.
    pub(super) fn inflate(
        &mut self,
        pack: &[u8],
        entry: &EntryHeader<'_>,
        end: usize,
        seal: Seal,
    ) -> Result<Buffer, Fault> {
        self.inflater.inflate(pack, (entry.data, end), entry.size, seal, &mut self.pool)
    }

    /// Applies the delta in `bytes` to `base`, and leaves the shared runs in `self.copied`.
    pub(super) fn apply(&mut self, base: &[u8], bytes: &[u8]) -> Result<Buffer, Fault> {
        // Below this, the delta's declared size is trusted; a wrong one costs no more than that.
        const TRUSTED: u64 = 1 << 20;
        let delta = Delta::parse(bytes)?;
        if delta.result > TRUSTED && !delta.is_honest() {
            return Err(Fault::Delta);
        }
        let size = usize::try_from(delta.result).map_err(|_| Fault::TooLarge)?;
        let mut buffer = self.pool.take(size)?;
        match delta.apply(base, buffer.room(), &mut self.copied) {
            Ok(()) => Ok(buffer),
            Err(fault) => {
                self.pool.give(buffer);
                Err(fault)
            }
        }
    }
}

impl Pack {
    /// Makes the object at `position` of the index.
    pub(super) fn read(&self, position: usize) -> Result<(ObjectKind, Vec<u8>), Fault> {
        let offset = self.index.offset(position).ok_or(Fault::Entry)?;
        let (kind, buffer) = self.make(offset, &mut ObjectBuilder::new(MAX_OBJECT))?;
        Ok((kind, buffer.bytes().to_vec()))
    }

    /// Makes the object whose entry starts at `offset`.
    pub(super) fn make(
        &self,
        offset: u64,
        builder: &mut ObjectBuilder,
    ) -> Result<(ObjectKind, Buffer), Fault> {
        let pack = self.entries();
        let mut deltas = Vec::new();
        let mut offset = offset;
        let (kind, base) = loop {
            let entry = EntryHeader::parse(pack, offset, self.hash)?;
            offset = match entry.form {
                EntryForm::Whole(kind) => break (kind, entry),
                EntryForm::Offset(base) => base,
                EntryForm::Named(name) => {
                    let position = self.index.find(name).ok_or(Fault::Base)?;
                    self.index.offset(position).ok_or(Fault::Entry)?
                }
            };
            if deltas.len() == LONGEST {
                return Err(Fault::Cycle);
            }
            deltas.push(entry);
        };
        let mut buffer = builder.inflate(pack, &base, pack.len(), Seal::Within)?;
        for entry in deltas.iter().rev() {
            let delta = builder.inflate(pack, entry, pack.len(), Seal::Within)?;
            let next = builder.apply(buffer.bytes(), delta.bytes())?;
            builder.pool.give(delta);
            builder.pool.give(std::mem::replace(&mut buffer, next));
        }
        Ok((kind, buffer))
    }
}
