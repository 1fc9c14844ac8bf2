//! Reading one file: once, into a buffer that its thread keeps.

use super::file::File;
use super::{Options, Sink, reason};
use crate::git::Repository;
use crate::git::lfs;
use crate::model::{Blob, Coverage, Piece, Place};
use crate::source::Opening;
use crate::source::containers::{Looked, Opener};
use crate::source::excludes::Excludes;
use crate::source::pieces::{self, Filled};
use std::cell::RefCell;
use std::io;

/// What became of a file.
enum FileOutcome {
    Scanned(u64),
    Excluded(&'static str),
    /// The object that it refers to is not there.
    Pointer,
    /// It was scanned, and what is in it if it is a container.
    Looked(Looked),
}

/// What all files of a run are read with.
pub(super) struct FileReader<'a> {
    max_file_size: Option<u64>,
    margin: usize,
    containers: Opening,
    sink: &'a Sink<'a>,
}

/// The longest target of a link, bytes: more than any file system allows.
const LONGEST_TARGET: usize = 64 << 10;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl<'a> FileReader<'a> {
    /// A reader that gives files to `sink` as `options` say.
    pub(super) fn new(options: &Options, sink: &'a Sink<'a>) -> Self {
        let &Options { max_file_size, margin, containers, .. } = options;
        Self { max_file_size, margin, containers, sink }
    }

    /// Reads `file`, which belongs to the repository `repository`, gives it out and counts it; of containers without the
    /// members that `excludes` covers.
    pub(super) fn read(
        &self,
        file: &File,
        repository: Option<&Repository>,
        excludes: Option<&Excludes>,
        coverage: &mut Coverage,
    ) {
        let Self { containers: opening, margin, sink, .. } = *self;
        let opener = Opener { opening, margin, sink, excludes };
        let outcome = BUFFER.with_borrow_mut(|buffer| {
            if buffer.is_empty() {
                *buffer = pieces::buffer(self.margin);
            }
            self.give(file, repository, &opener, buffer)
        });
        match outcome {
            Ok(FileOutcome::Scanned(bytes)) => coverage.scan(bytes),
            Ok(FileOutcome::Excluded(reason)) => coverage.exclude(reason, file.shown.clone()),
            // What the caller named is never left out.
            Ok(FileOutcome::Pointer) if file.named => coverage.miss(reason::LFS_POINTER, file.shown.clone()),
            Ok(FileOutcome::Pointer) => coverage.exclude(reason::LFS_POINTER, file.shown.clone()),
            Ok(FileOutcome::Looked(looked)) => looked.count(&file.shown, file.named, coverage),
            // A temporary file of another run that was renamed or removed since it was listed: there is nothing
            // to read.
            Err(error) if error.kind() == io::ErrorKind::NotFound && file.is_passing() => {}
            Err(error) => coverage.miss(&reason::of(&error), file.shown.clone()),
        }
    }

    fn give(
        &self,
        file: &File,
        repository: Option<&Repository>,
        opener: &Opener<'_>,
        buffer: &mut [u8],
    ) -> io::Result<FileOutcome> {
        let place = Place::file(&file.shown);
        if file.is_link {
            return self.give_link(file, &place);
        }
        let mut handle = std::fs::File::open(&file.path)?;
        if let Some(outcome) = self.refuse(&handle, file)? {
            return Ok(outcome);
        }
        let filled = pieces::fill(&mut handle, buffer, 0);
        if let Some(repository) = repository
            && let Some(id) = filled.whole(buffer).and_then(lfs::pointer)
        {
            return match lfs::open(&repository.common_dir, id)? {
                Some(object) => self.give_object(object, file, &place, opener, buffer),
                None => Ok(FileOutcome::Pointer),
            };
        }
        self.give_content(handle, filled, &place, opener, buffer)
    }

    /// Gives out the target of the link `file`.
    fn give_link(&self, file: &File, place: &Place) -> io::Result<FileOutcome> {
        let target = std::fs::read_link(&file.path)?;
        let target = crate::git::path::git_path(&target);
        if target.len() > LONGEST_TARGET {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        let len = target.len() as u64;
        if self.max_file_size.is_some_and(|limit| len > limit) {
            return Ok(FileOutcome::Excluded(reason::TOO_LARGE));
        }
        (self.sink)(Blob { place, inner: None, piece: Piece::whole(&target), line: 1, column: 0 })
            .map_err(reason::refused)?;
        Ok(FileOutcome::Scanned(len))
    }

    /// Reads an LFS object in the place of its pointer, `file`.
    fn give_object(
        &self,
        mut object: std::fs::File,
        file: &File,
        place: &Place,
        opener: &Opener<'_>,
        buffer: &mut [u8],
    ) -> io::Result<FileOutcome> {
        if let Some(outcome) = self.refuse(&object, file)? {
            return Ok(outcome);
        }
        let filled = pieces::fill(&mut object, buffer, 0);
        self.give_content(object, filled, place, opener, buffer)
    }

    /// Gives out what `handle` has, of which `buffer` is `filled` with the start, and what is in it.
    fn give_content(
        &self,
        mut handle: std::fs::File,
        filled: Filled,
        place: &Place,
        opener: &Opener<'_>,
        buffer: &mut [u8],
    ) -> io::Result<FileOutcome> {
        let given = pieces::give(&mut handle, buffer, filled, self.margin, place, self.sink)?;
        opener.open(given, &mut handle, place).map(FileOutcome::Looked)
    }

    /// Leaves out what is larger than the limit; without a limit the size is not read.
    fn refuse(&self, handle: &std::fs::File, file: &File) -> io::Result<Option<FileOutcome>> {
        match self.max_file_size {
            Some(limit) if !file.named && handle.metadata()?.len() > limit => {
                Ok(Some(FileOutcome::Excluded(reason::TOO_LARGE)))
            }
            _ => Ok(None),
        }
    }
}
