//! Reading a layer: its files to the sink, its paths into a tree.

use super::super::containers::{ContentOutcome, Looked};
use super::super::excludes::Excludes;
use super::super::{Opening, Sink, pieces, reason, stopped};
use super::Options;
use super::digest::{BlobDigest, BlobHasher, Hashed};
use super::tree::{LayerTree, Whiteout, cleaned, whiteout};
use crate::container::{self, Content, Entries, EntryKind, LayerEntry, LayerInput, Opened, Visit, magic};
use crate::model::{Blob, Coverage, Names, Piece, Place, Source};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// What is known of a layer before it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerFile<'a> {
    /// What it is called in a coverage.
    pub(super) label: &'a str,
    /// The path of its content if it is no archive.
    pub(super) title: &'a str,
    /// What is before a path in it if it is one, with the mark between.
    pub(super) prefix: &'a str,
    /// Bytes of the file.
    pub(super) len: u64,
    /// True if it must be an archive.
    pub(super) is_archive: bool,
    /// The digest of the file.
    pub(super) digest: Option<&'a BlobDigest>,
    /// The digest of what it unpacks to.
    pub(super) unpacked: Option<&'a BlobDigest>,
    /// What its files are in.
    pub(super) source: &'a Source,
}

/// What became of a layer.
#[derive(Debug, Default)]
pub(super) struct LayerRead {
    pub(super) coverage: Coverage,
    pub(super) tree: LayerTree,
    /// True if it was read to its end and is what its digest says.
    pub(super) is_whole: bool,
}

/// How layers are read.
pub(super) struct LayerReader<'a> {
    pub(super) options: &'a Options,
    pub(super) excludes: &'a Excludes,
    pub(super) sink: &'a Sink<'a>,
}

impl LayerReader<'_> {
    /// Reads the layer `file` from `input`.
    pub(super) fn read(&self, file: &LayerFile<'_>, input: &mut dyn Read) -> LayerRead {
        let mut hashed = Hashed { reader: input, hasher: file.digest.map(BlobHasher::of) };
        // The digest of the file says all.
        let unpacked = file.unpacked.filter(|_| file.digest.is_none());
        let mut hasher = unpacked.map(BlobHasher::of);
        let mut entries = LayerEntries {
            reader: self,
            file,
            read: LayerRead::default(),
            names: Names::default(),
            current: None,
            buffer: Vec::new(),
            bytes: 0,
            left_out: 0,
            closed: None,
            refused: None,
            has_too_many_links: false,
        };
        let Options { containers, .. } = *self.options;
        let how = LayerInput { name: file.title, len: file.len, limits: containers.0 };
        let outcome = container::open_layer(&mut hashed, &how, &mut entries, &mut |bytes| {
            if let Some(hasher) = &mut hasher {
                hasher.update(bytes);
            }
        });
        entries.give_names();
        let LayerEntries { mut read, has_too_many_links, .. } = entries;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // Nothing but a stop ends a layer.
            Err(_) => {
                read.coverage.interrupted = true;
                return read;
            }
        };
        let rest = io::copy(&mut hashed, &mut io::sink());
        let is_false = |(hasher, digest): (BlobHasher, &BlobDigest)| !hasher.is(digest);
        let is_wrong = hashed.hasher.zip(file.digest).is_some_and(is_false)
            || outcome.problem.is_none() && hasher.zip(unpacked).is_some_and(is_false);
        let problem = match rest {
            Err(error) => Some(reason::of(&error)),
            Ok(_) if is_wrong => Some(reason::WRONG_DIGEST.to_owned()),
            Ok(_) if file.is_archive && !outcome.is_archive => Some(container::DAMAGED.to_owned()),
            Ok(_) if has_too_many_links => Some(reason::TOO_MANY.to_owned()),
            Ok(_) => outcome.problem.map(str::to_owned),
        };
        read.is_whole = problem.is_none();
        if let Some(reason) = problem {
            read.coverage.miss(&reason, file.label.to_owned());
        }
        read
    }

    /// Whether all of the layer `file` can be read from `input`, and is what its digest says. Nothing is given out.
    pub(super) fn is_whole(&self, file: &LayerFile<'_>, input: &mut dyn Read) -> bool {
        let nothing = |_: Blob<'_>| Ok(());
        let options = Options { containers: Opening::default(), ..self.options.clone() };
        let reader = LayerReader { options: &options, excludes: self.excludes, sink: &nothing };
        reader.read(file, input).is_whole
    }
}

/// The entries of a layer on their way to the sink.
struct LayerEntries<'a> {
    reader: &'a LayerReader<'a>,
    file: &'a LayerFile<'a>,
    read: LayerRead,
    /// Names that have not been given out yet.
    names: Names,
    /// The entry whose content is read, by its path in the layer, and its place.
    current: Option<(String, Place)>,
    /// For long content; empty until there is one.
    buffer: Vec<u8>,
    bytes: u64,
    left_out: u64,
    closed: Option<String>,
    /// Why the sink did not take all of it.
    refused: Option<&'static str>,
    has_too_many_links: bool,
}

impl LayerEntries<'_> {
    fn whole(&self, path: &str) -> String {
        if path == self.file.title { path.to_owned() } else { format!("{}{path}", self.file.prefix) }
    }

    fn give_names(&mut self) {
        if self.names.is_empty() {
            return;
        }
        let place = Place::of(self.file.source.name_in());
        let piece = Piece::whole(self.names.as_bytes());
        let given = (self.reader.sink)(Blob { place: &place, inner: None, piece, line: 1, column: 0 });
        if let Err(reason) = given {
            self.read.coverage.miss(reason, format!("names of files in {}", self.file.label));
        }
        self.names.clear();
    }

    /// The path inside the present entry, if it is not that entry itself.
    fn inner(&self, path: &str) -> Option<Arc<str>> {
        let (current, _) = self.current.as_ref()?;
        path.strip_prefix(current.as_str())?.strip_prefix('!').map(Arc::from)
    }
}

impl Visit for LayerEntries<'_> {
    fn wants(&mut self, path: &str) -> bool {
        let Some(inner) = self.inner(path) else { return true };
        let outer = self.current.as_ref().map_or("", |(path, _)| path);
        let whole = self.whole(&format!("{outer}!{inner}"));
        let names = [whole.replace('!', "/"), whole];
        let is_out = names.iter().any(|path| self.reader.excludes.covers_file(Path::new(path)));
        self.left_out += u64::from(is_out);
        !is_out
    }

    fn member(&mut self, path: &str, content: Content<'_>) -> io::Result<()> {
        let inner = self.inner(path);
        let inner = inner.as_ref();
        let Some((_, place)) = &self.current else { return Ok(()) };
        let (sink, margin) = (self.reader.sink, self.reader.options.margin);
        let opens = self.reader.options.containers.0.is_some();
        let mut closed = false;
        let given = match content {
            Content::Whole(bytes) => {
                self.bytes += bytes.len() as u64;
                closed = !opens && magic::of(bytes).is_some();
                let piece = Piece::whole(bytes);
                sink(Blob { place, inner, piece, line: 1, column: 0 }).map_err(reason::refused)
            }
            Content::Long(reader) => {
                if self.buffer.is_empty() {
                    self.buffer = pieces::buffer(margin);
                }
                let filled = pieces::fill(reader, &mut self.buffer, 0);
                let given =
                    pieces::give_member(reader, &mut self.buffer, filled, margin, (place, inner), sink);
                given.map(|given| {
                    self.bytes += given.bytes;
                    closed = given.compressed.is_some();
                })
            }
        };
        if closed {
            self.closed.get_or_insert_with(|| inner.map_or_else(String::new, ToString::to_string));
        }
        match given {
            // One file that takes too long does not keep the others from being read.
            Err(error) if reason::refusal(&error).is_some() => {
                self.refused = self.refused.or(reason::refusal(&error));
                Ok(())
            }
            given => given,
        }
    }
}

impl Entries for LayerEntries<'_> {
    fn begins(&mut self, entry: &LayerEntry<'_>) -> io::Result<Option<String>> {
        if stopped(self.reader.options.stop) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let (path, is_outside) = cleaned(entry.name);
        if path.is_empty() {
            return Ok(None);
        }
        let whole = self.whole(&path);
        self.read.tree.add_entry(&path, entry.kind == EntryKind::Folder);
        let is_left_out = self.reader.excludes.covers_file(Path::new(&whole));
        if !is_left_out {
            self.names.add(&whole);
        }
        if self.names.is_full() {
            self.give_names();
        }
        if is_outside {
            self.read.coverage.miss(reason::OUT_OF_IMAGE, whole.clone());
        }
        match entry.kind {
            EntryKind::Folder | EntryKind::Special => return Ok(None),
            EntryKind::HardLink => {
                let (target, is_outside) = cleaned(&crate::model::display_path(entry.target));
                if is_outside {
                    self.read.coverage.miss(reason::OUT_OF_IMAGE, whole);
                } else {
                    self.has_too_many_links |= !self.read.tree.add_link(&path, &target);
                }
                return Ok(None);
            }
            EntryKind::File if entry.size == 0 && whiteout(&path) != Whiteout::None => return Ok(None),
            EntryKind::File | EntryKind::SymbolicLink => {}
        }
        if is_left_out {
            self.read.coverage.exclude(reason::CONFIGURED, whole);
            return Ok(None);
        }
        if self.reader.options.max_file_size.is_some_and(|limit| entry.size > limit) {
            self.read.coverage.exclude(reason::TOO_LARGE, whole);
            return Ok(None);
        }
        let place = Place { path: Some(whole.into()), source: self.file.source.clone() };
        self.current = Some((path.clone(), place));
        (self.bytes, self.left_out, self.closed, self.refused) = (0, 0, None, None);
        Ok(Some(path))
    }

    fn ends(&mut self, opened: Opened) {
        let Some((path, place)) = self.current.take() else { return };
        let name = place.path.as_deref().unwrap_or_default();
        if let Some(reason) = self.refused {
            self.read.coverage.bytes += self.bytes;
            return self.read.coverage.miss(reason, name.to_owned());
        }
        // The paths that are reported begin with the entry's own.
        let inner =
            |whole: String| whole.strip_prefix(&path).unwrap_or(&whole).trim_start_matches('!').to_owned();
        let outcome = match (opened.first, opened.closed.map(inner).or(self.closed.take())) {
            (Some(mut problem), _) => {
                problem.path = inner(problem.path);
                ContentOutcome::Unread(problem)
            }
            (None, Some(closed)) => ContentOutcome::Closed(Some(closed).filter(|closed| !closed.is_empty())),
            (None, None) => ContentOutcome::Scanned,
        };
        Looked { outcome, bytes: self.bytes, left_out: self.left_out }.count(
            name,
            false,
            &mut self.read.coverage,
        );
    }
}
