//! Blobs that are read but not opened: compressed containers, LFS pointers whose object is not here.
//!
//! For a blob that is a delta against another, most bytes are not examined. Its first bytes show whether it begins like
//! a container. Whether it may end like one is checked only in the bytes that the delta adds, since the copied ones
//! were checked in its base.

use super::Scan;
use crate::container::{Format, Input, Problem, magic};
use crate::git::Object;
use crate::git::lfs;
use crate::git::odb::missing::Unread;
use crate::model::{Copied, Coverage, InStore, ObjectId, Place, Presence, Source};
use crate::record::{Reader, Writer};
use crate::source::containers::{ContentOutcome, Looked, Opener, example};
use crate::source::pieces::{self, Given};
use crate::source::{Opening, reason};
use crate::sync::lock;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Mutex;

/// How many ids of each reason are kept: as many as a coverage names.
const EXAMPLES: usize = 5;

/// For each LFS object that a pointer names (by its SHA-256) whether it is in the repository's store.
pub(crate) type LfsObjects = BTreeMap<[u8; 32], bool>;

/// The blobs that were read but not opened.
#[derive(Debug, Default)]
pub(crate) struct Unopened {
    compressed: Mutex<Blobs>,
    pointers: Mutex<Blobs>,
    /// Containers of which something could not be read: why, and the path inside.
    broken: Mutex<BTreeMap<ObjectId, (String, String)>>,
    lfs: Mutex<LfsObjects>,
}

/// Some blobs.
#[derive(Clone, Debug, Default)]
struct Blobs {
    count: u64,
    /// The lowest of their ids, each with the path inside of what was not opened.
    first: BTreeMap<ObjectId, String>,
}

impl Blobs {
    fn add(&mut self, id: ObjectId, inner: String) {
        self.count += 1;
        self.first.insert(id, inner);
        if self.first.len() > EXAMPLES {
            self.first.pop_last();
        }
    }

    fn write(&self, out: &mut Writer) {
        out.number(self.count);
        out.list(&self.first, |out, (id, inner)| {
            out.bytes(id.as_bytes());
            out.bytes(inner.as_bytes());
        });
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let one =
            |from: &mut Reader<'_>| Some((ObjectId::from_bytes(from.bytes()?)?, from.text()?.to_owned()));
        let (count, first) = (from.number()?, from.list(one)?);
        Some(Self { count, first: first.into_iter().collect() })
    }

    fn exclude(&self, reason: &str, coverage: &mut Coverage) {
        for (id, inner) in &self.first {
            coverage.exclude(reason, example(&id.to_string(), inner));
        }
        // A count that was kept may have been damaged.
        coverage.exclude_some(reason, self.count.saturating_sub(self.first.len() as u64));
        coverage.scanned = coverage.scanned.saturating_sub(self.count);
    }
}

impl Unopened {
    /// Notes that the blob `id` is a compressed container, or has one at the path `inner`.
    fn compressed(&self, id: ObjectId, inner: Option<String>) {
        lock(&self.compressed).add(id, inner.unwrap_or_default());
    }

    /// Notes what became of the container `id`.
    fn note(&self, id: ObjectId, outcome: ContentOutcome) {
        match outcome {
            ContentOutcome::Scanned => {}
            ContentOutcome::Closed(inner) => self.compressed(id, inner),
            ContentOutcome::Unread(Problem { path, reason }) => {
                lock(&self.broken).insert(id, (reason.to_owned(), path));
            }
        }
    }

    /// Counts the blobs as left out that `coverage` counts as scanned.
    pub(crate) fn exclude(&self, coverage: &mut Coverage) {
        lock(&self.compressed).exclude(reason::COMPRESSED, coverage);
        lock(&self.pointers).exclude(reason::LFS_POINTER, coverage);
        for (id, (reason, inner)) in &*lock(&self.broken) {
            coverage.withdraw(reason, example(&id.to_string(), inner));
        }
    }

    /// Whether the LFS objects that were looked for were here.
    pub(crate) fn lfs(&self) -> LfsObjects {
        lock(&self.lfs).clone()
    }

    /// A copy, to add to.
    pub(crate) fn again(&self) -> Self {
        let again = |blobs: &Mutex<Blobs>| Mutex::new(lock(blobs).clone());
        let (compressed, pointers) = (again(&self.compressed), again(&self.pointers));
        let broken = Mutex::new(lock(&self.broken).clone());
        Self { compressed, pointers, broken, ..Self::default() }
    }

    /// Writes how many there are, and which.
    pub(crate) fn write(&self, out: &mut Writer) {
        lock(&self.compressed).write(out);
        lock(&self.pointers).write(out);
        out.list(&*lock(&self.broken), |out, (id, (reason, inner))| {
            out.bytes(id.as_bytes());
            out.bytes(reason.as_bytes());
            out.bytes(inner.as_bytes());
        });
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (compressed, pointers) = (Blobs::read(from)?, Blobs::read(from)?);
        let broken = from.list(|from| {
            let id = ObjectId::from_bytes(from.bytes()?)?;
            Some((id, (from.text()?.to_owned(), from.text()?.to_owned())))
        })?;
        let (compressed, pointers) = (Mutex::new(compressed), Mutex::new(pointers));
        let broken = Mutex::new(broken.into_iter().collect());
        Some(Self { compressed, pointers, broken, ..Self::default() })
    }
}

/// How much of a blob was scanned.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContentRead {
    /// Bytes, those in containers with them.
    pub(super) bytes: u64,
    /// True if nothing in it was left out or could not be read.
    pub(super) is_all: bool,
}

/// Where the LFS objects of a repository are.
#[derive(Clone, Copy, Debug)]
pub(super) struct LfsStore<'a> {
    /// The directory that all worktrees share.
    pub(super) common_dir: &'a Path,
    /// Bytes that a piece of a large object needs on each side.
    pub(super) margin: usize,
    /// Whether containers are opened.
    pub(super) opening: Opening,
}

impl LfsStore<'_> {
    /// Opens what was `given` out for the blob `object`, if it is a container, and gives its members to `scan`.
    pub(super) fn open<S: Scan>(
        &self,
        scan: &S,
        object: Object<'_>,
        given: Given,
        input: &mut dyn Input,
        unopened: &Unopened,
    ) -> ContentRead {
        if self.opening.0.is_none() || given.format.is_none() {
            if given.compressed.is_some() {
                unopened.compressed(object.id(), None);
            }
            return ContentRead { bytes: given.bytes, is_all: given.compressed.is_none() };
        }
        let in_store = InStore { blob: object.id(), presence: Presence::UNKNOWN };
        let place = Place::of(Source::Object(in_store));
        let mut looked = None;
        scan.members(object, &mut |sink| {
            let opener = Opener { opening: self.opening, margin: self.margin, sink, excludes: None };
            looked = opener.open(given, input, &place).ok();
        });
        // What the scan does not take it counts itself.
        let Some(Looked { outcome, bytes, .. }) = looked else {
            return ContentRead { bytes: given.bytes, is_all: false };
        };
        let is_all = outcome == ContentOutcome::Scanned;
        unopened.note(object.id(), outcome);
        ContentRead { bytes, is_all }
    }

    /// Gives the LFS object `id` to `scan` instead of its pointer, `blob`. Returns how many bytes of it were scanned;
    /// `None` if its content was not, which is noted.
    pub(super) fn give<S: Scan>(
        &self,
        scan: &S,
        blob: Object<'_>,
        id: &str,
        unopened: &Unopened,
        unread: &Unread,
    ) -> Option<u64> {
        let opened = lfs::open(self.common_dir, id);
        if let (Ok(file), Some(id)) = (&opened, digest(id)) {
            lock(&unopened.lfs).insert(id, file.is_some());
        }
        let read = |mut file: File| {
            let mut buffer = pieces::buffer(self.margin);
            let mut filled = Some(pieces::fill(&mut file, &mut buffer, 0));
            let in_store = InStore { blob: blob.id(), presence: Presence::UNKNOWN };
            let place = Place::of(Source::Object(in_store));
            let mut given = Err(io::ErrorKind::Other.into());
            scan.stand_in(blob, &mut |sink| {
                if let Some(filled) = filled.take() {
                    given = pieces::give(&mut file, &mut buffer, filled, self.margin, &place, sink);
                }
            });
            Ok(self.open(scan, blob, given?, &mut file, unopened).bytes)
        };
        match opened.and_then(|file| file.map(read).transpose()) {
            Ok(Some(bytes)) => Some(bytes),
            Ok(None) => {
                lock(&unopened.pointers).add(blob.id(), String::new());
                Some(0)
            }
            Err(error) => {
                unread.object(blob.id(), reason::of(&error));
                None
            }
        }
    }
}

/// The bytes of an LFS object's id.
fn digest(id: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(id.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// The id of an LFS object from its bytes.
pub(crate) fn hex(id: &[u8; 32]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a blob may end as a zip does, which is known of what it is derived from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending(bool);

impl Ending {
    /// For a blob that derives from no other.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(has_mark(bytes))
    }

    /// For a blob that shares the runs `copied` with one of this ending.
    pub(super) fn derive(self, bytes: &[u8], copied: &[Copied]) -> Self {
        let mut done = 0;
        let ends = copied.iter().map(|run| (run.to, run.to + run.len)).chain([(bytes.len(), bytes.len())]);
        let is_marked = |(start, end): (usize, usize)| {
            let inserted = bytes.get(done..start).unwrap_or_default();
            done = end;
            has_mark(inserted)
        };
        Self(self.0 || ends.map(is_marked).fold(false, |one, other| one | other))
    }

    /// What the blob `bytes` is, whose ending this is.
    pub(super) fn given(self, bytes: &[u8]) -> Given {
        let compressed = magic::of_version(bytes, self.0);
        let format = Format::plain(bytes).or_else(|| compressed.and_then(Format::named));
        Given { bytes: bytes.len() as u64, compressed, format }
    }
}

fn has_mark(bytes: &[u8]) -> bool {
    memchr::memchr(magic::IN_ZIP_END, bytes).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_version_that_may_end_as_a_zip_is_known_from_its_changes(
            base in proptest::collection::vec(4_u8..8, 0..40),
            parts in proptest::collection::vec((any::<bool>(), 0..40_usize, 0..20_usize, 4_u8..8), 0..8),
        ) {
            let (mut bytes, mut copied) = (Vec::new(), Vec::new());
            for (is_copy, from, len, byte) in parts {
                let from = from.min(base.len());
                let len = if is_copy { len.min(base.len() - from) } else { len };
                if is_copy {
                    copied.push(Copied { from, to: bytes.len(), len });
                    bytes.extend_from_slice(&base[from..from + len]);
                } else {
                    bytes.extend(std::iter::repeat_n(byte, len));
                }
            }
            let Ending(may_be) = Ending::of(&base).derive(&bytes, &copied);
            prop_assert!(may_be || !has_mark(&bytes), "{bytes:?} of {base:?}");
            prop_assert!(!may_be || has_mark(&bytes) || has_mark(&base), "{bytes:?} of {base:?}");
        }
    }

    #[test]
    fn what_was_counted_is_read_as_it_was_written_and_a_cut_anywhere_is_refused() {
        let id = |byte: u8| ObjectId::from_bytes(&[byte; 20]).expect("20 is a length of an id");
        let unopened = Unopened::default();
        (0..9).rev().for_each(|byte| unopened.compressed(id(byte), None));
        lock(&unopened.pointers).add(id(7), String::new());
        unopened.note(id(9), ContentOutcome::Unread(Problem { path: "b/c".to_owned(), reason: "encrypted" }));
        let mut out = Writer::default();
        unopened.write(&mut out);
        let bytes = out.finish();
        let again = Unopened::read(&mut Reader::new(&bytes)).expect("nothing is missing");
        let mut coverage = Coverage { scanned: 12, ..Coverage::default() };
        again.exclude(&mut coverage);
        assert_eq!((coverage.scanned, coverage.in_scope()), (1, 12));
        assert_eq!(coverage.unread["encrypted"].examples, [format!("{}!b/c", id(9))]);
        assert_eq!(
            coverage.excluded[reason::COMPRESSED].examples,
            (0..5).map(|byte| id(byte).to_string()).collect::<Vec<_>>()
        );
        assert_eq!(coverage.excluded[reason::LFS_POINTER].count, 1);
        for cut in 0..bytes.len() {
            assert!(Unopened::read(&mut Reader::new(&bytes[..cut])).is_none(), "{cut}");
        }
    }
}
