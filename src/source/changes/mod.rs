//! What a change brings: the index against HEAD ([`staged`]), or one commit against another ([`diff`]).
//!
//! Both are net. The *heads* are the new sides of the changed files: they are in scope, read whole by
//! object id. The *bases* are the sides they replace: a secret that stands in one of them is not new, even
//! in another file, so a rename brings nothing. Bases are no part of the scope, and need reading only
//! where a head held something. Nothing comes from the working tree, and nothing is written.
//!
//! A file whose content is the same on both sides is not in scope, whatever became of its mode.

mod compare;
pub mod diff;
pub mod staged;
mod store;

use super::excludes::Excludes;
use super::{Sink, lfs, pieces, pool, reason, stopped};
use crate::model::{Blob, Coverage, Kind, ObjectId, Piece, Place, display_path};
use compare::{Base, Comparison};
use git2::{Odb, Repository};
use rayon::prelude::*;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use store::Store;

/// More files than this are read by several threads; starting those for fewer costs more than it saves.
const FEW: usize = 64;

/// What to read of a change, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The configuration's exclude patterns, as in a `.gitignore` at the repository's root.
    pub exclude: Vec<String>,
    /// Leave out blobs of more bytes than this.
    pub max_file_size: Option<u64>,
    /// Bytes that a piece of a large LFS object needs on each side.
    pub margin: usize,
    /// Threads; 0 means one for each core.
    pub threads: usize,
    /// Honour what git tells its hooks through the environment (`GIT_DIR`, `GIT_INDEX_FILE` and their kin).
    pub environment: bool,
    /// Once this is true no further blob is read, and the coverage says that the run was interrupted.
    pub stop: Option<&'static AtomicBool>,
}

/// One side of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side {
    path: Vec<u8>,
    id: ObjectId,
}

/// A change that has been worked out, its blobs not yet read.
pub struct Changes {
    repository: Repository,
    kind: Kind,
    comparison: Comparison,
    absent: Vec<String>,
    excludes: Excludes,
    options: Options,
}

/// What became of a blob.
enum Outcome {
    Scanned(u64),
    Excluded(&'static str),
    Unread(String),
}

impl Changes {
    fn new(
        repository: Repository,
        kind: Kind,
        comparison: Comparison,
        options: &Options,
    ) -> Result<Self, super::Error> {
        let excludes = Excludes::parse(&options.exclude)?;
        Ok(Self { repository, kind, comparison, absent: Vec::new(), excludes, options: options.clone() })
    }

    /// Names that the caller gave and that neither side knows.
    pub fn absent(&self) -> &[String] {
        &self.absent
    }

    /// Gives the new side of each changed file to `sink`, and returns the coverage of the change.
    pub fn heads(&self, sink: &Sink<'_>) -> Coverage {
        let mut coverage = Coverage::default();
        for (path, reason) in &self.comparison.excluded {
            coverage.exclude(reason, display_path(path));
        }
        for (path, reason) in &self.comparison.unread {
            coverage.miss(reason, display_path(path));
        }
        coverage.notes.clone_from(&self.comparison.notes);
        coverage.merge(self.read(&self.comparison.heads, sink));
        coverage
    }

    /// Gives the old side of each changed file to `sink`. What could not be read of it stands in the
    /// coverage, which is no part of the change's: a secret there will be taken for new.
    pub fn bases(&self, sink: &Sink<'_>) -> Coverage {
        let mut coverage = Coverage::default();
        let mut sides = Vec::new();
        if let Ok(store) = Store::of(&self.repository) {
            for base in &self.comparison.bases {
                match base {
                    Base::File(side) => sides.push(side.clone()),
                    Base::Directory(side) => compare::files(&store, side, &mut sides, &mut coverage),
                }
            }
        }
        sides.sort();
        coverage.merge(self.read(&sides, sink));
        coverage
    }

    fn read(&self, sides: &[Side], sink: &Sink<'_>) -> Coverage {
        let odb = match self.repository.odb() {
            Ok(odb) => odb,
            Err(error) => {
                let mut coverage = Coverage::default();
                for side in sides {
                    coverage.miss(&format!("object store: {}", error.message()), display_path(&side.path));
                }
                return coverage;
            }
        };
        let reader = Reader {
            odb: &odb,
            kind: self.kind,
            common_dir: self.repository.commondir(),
            excludes: &self.excludes,
            options: &self.options,
            sink,
        };
        let all = |sides: &[Side]| {
            sides.iter().fold(Coverage::default(), |mut coverage, side| {
                if stopped(reader.options.stop) {
                    coverage.interrupted = true;
                } else {
                    reader.count(side, &mut coverage);
                }
                coverage
            })
        };
        match (sides.len() > FEW).then(|| pool(self.options.threads)) {
            Some(Ok(pool)) => pool.install(|| {
                sides.par_chunks(FEW / 4).map(all).reduce(Coverage::default, |mut one, other| {
                    one.merge(other);
                    one
                })
            }),
            _ => all(sides),
        }
    }
}

/// What the blobs of a change are read with, by any thread.
struct Reader<'a> {
    odb: &'a Odb<'a>,
    kind: Kind,
    common_dir: &'a Path,
    excludes: &'a Excludes,
    options: &'a Options,
    sink: &'a Sink<'a>,
}

impl Reader<'_> {
    fn count(&self, side: &Side, coverage: &mut Coverage) {
        let shown = display_path(&side.path);
        match self.give(side, &shown) {
            Outcome::Scanned(bytes) => coverage.scan(bytes),
            Outcome::Excluded(reason) => coverage.exclude(reason, shown),
            Outcome::Unread(reason) => coverage.miss(&reason, shown),
        }
    }

    fn give(&self, side: &Side, shown: &str) -> Outcome {
        if self.excludes.covers_file(Path::new(shown)) {
            return Outcome::Excluded(reason::CONFIGURED);
        }
        if let (Some(limit), Ok(len)) = (self.options.max_file_size, store::len(self.odb, side.id))
            && len > limit
        {
            return Outcome::Excluded(reason::TOO_LARGE);
        }
        let object = match store::blob(self.odb, side.id) {
            Ok(object) => object,
            Err(reason) => return Outcome::Unread(reason.to_owned()),
        };
        let mut place = Place::new(self.kind);
        place.path = Some(shown.into());
        place.blob = Some(side.id);
        if let Some(id) = lfs::pointer(object.data()) {
            return self.give_lfs(id, &place);
        }
        let blob = Blob { place: &place, piece: Piece::whole(object.data()), line: 1, column: 0 };
        match (self.sink)(blob) {
            Ok(()) => Outcome::Scanned(object.len() as u64),
            Err(reason) => Outcome::Unread(reason.to_owned()),
        }
    }

    /// Reads the LFS object `id` in its pointer's place, if it is there.
    fn give_lfs(&self, id: &str, place: &Place) -> Outcome {
        let mut file = match lfs::open(self.common_dir, id) {
            Ok(Some(file)) => file,
            Ok(None) => return Outcome::Excluded(reason::LFS_POINTER),
            Err(error) => return Outcome::Unread(reason::of(&error)),
        };
        if let (Some(limit), Ok(metadata)) = (self.options.max_file_size, file.metadata())
            && metadata.len() > limit
        {
            return Outcome::Excluded(reason::TOO_LARGE);
        }
        let margin = self.options.margin;
        let mut buffer = pieces::buffer(margin);
        let given = pieces::fill(&mut file, &mut buffer, 0)
            .and_then(|filled| pieces::give(&mut file, &mut buffer, filled, margin, place, self.sink));
        match given {
            Ok(bytes) => Outcome::Scanned(bytes),
            Err(error) => Outcome::Unread(reason::of(&error)),
        }
    }
}

#[cfg(test)]
mod tests;
