//! The little of a history by which a later run tells that what has come since changes nothing of what was told.
//!
//! A trail can be tens of megabytes. Mostly a commit or two have come that touch no secret, and then the places of all
//! secrets, and their lives, are what they were: [`super::glance`] says when. For that it is enough to know which blobs
//! hold something, where the refs led, and what was counted.

use super::moves::{Moves, RefFiles};
use super::receipts::Receipts;
use super::site::Site;
use super::trail::Sources;
use super::visitor::ObjectKind;
use crate::record::{Reader, Writer};

/// What a glance needs to know of an earlier run.
#[derive(Debug)]
pub struct Gist {
    /// The ids of the blobs that hold something, one after the other, ascending.
    pub(super) blobs: Vec<u8>,
    files: RefFiles,
    pub(super) receipts: Receipts,
}

impl Gist {
    /// Writes down what a later run may glance at, where the refs were as `files` say.
    pub(super) fn write(sources: &Sources<'_>, files: &RefFiles) -> Vec<u8> {
        let table = sources.table;
        let mut out = Writer::default();
        out.size(table.width());
        let blobs = sources.holds.objects().filter(|&index| table.kind(index) == Some(ObjectKind::Blob));
        let blobs: Vec<&[u8]> = blobs.map(|index| table.bytes(index)).collect();
        out.size(blobs.len());
        blobs.into_iter().for_each(|id| out.raw(id));
        files.write(&mut out);
        Receipts::write(&mut out, sources.unread, sources.counts);
        out.finish()
    }

    /// Reads what an earlier run wrote.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let (width, count) = (from.size().filter(|width| [20, 32].contains(width))?, from.size()?);
        let blobs = from.raw(count.checked_mul(width)?)?.to_vec();
        if !blobs.chunks_exact(width).is_sorted_by(|one, other| one < other) {
            return None;
        }
        let (files, receipts) = (RefFiles::read(&mut from)?, Receipts::read(&mut from)?);
        from.is_done().then_some(Self { blobs, files, receipts })
    }

    /// How many objects were read.
    pub fn total(&self) -> u64 {
        self.receipts.total()
    }

    /// How the refs of `site` have moved, whose packed refs are what they were; `None` where that says that more has
    /// changed than a glance can tell.
    pub fn moves<'a>(&self, site: &'a Site) -> Option<Moves<'a>> {
        self.files.moves(&site.refs)
    }
}
