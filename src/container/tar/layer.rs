//! A layer of a container image: an archive of tar, compressed or not, each entry of which is a file of its own.
//!
//! # Design
//!
//! To an archive that `scan` opens a limit is one for all of it. A layer is a file system: a bomb in one of its files must not
//! keep the others from being read. So each entry has a budget by its own size, and the layer one for what it unpacks to.
//!
//! Source: the OCI image specification, "Image Layer Filesystem Changeset".

use super::super::budget::Budget;
use super::super::format::{Format, Known};
use super::super::layers;
use super::super::member::{Broken, drain, shown, start};
use super::super::openers::{OPENERS, recognise};
use super::super::walk::{At, Openers, Walk};
use super::super::{DAMAGED, Limits, Opened, Problem, Visit, reason_of};
use super::contents::begins_as_archive;
use super::{TarEntry, TarHeaders, TarStep};
use std::io::{self, BufRead, BufReader, Cursor, Read};

/// Bytes that show whether something is an archive.
const HEAD: u64 = 512;

/// What an entry of a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// Another name of a file.
    HardLink,
    /// A symbolic link: its content is its target.
    SymbolicLink,
    /// A folder.
    Folder,
    /// A device or a pipe.
    Special,
}

/// An entry of a layer.
#[derive(Clone, Copy, Debug)]
pub struct LayerEntry<'a> {
    /// Its path, as it is stored.
    pub name: &'a str,
    /// What it is.
    pub kind: EntryKind,
    /// What it links to.
    pub target: &'a [u8],
    /// Bytes of its content.
    pub size: u64,
}

/// What the entries of a layer are given to.
pub trait Entries: Visit {
    /// An entry begins: the path that its content is to have, or nothing if that is not to be read.
    ///
    /// # Errors
    /// Ends everything.
    fn begins(&mut self, entry: &LayerEntry<'_>) -> io::Result<Option<String>>;

    /// What became of the content that was wanted last.
    fn ends(&mut self, opened: Opened);
}

/// What is known of a layer before it is read.
#[derive(Clone, Copy, Debug)]
pub struct LayerInput<'a> {
    /// The name of its content if it is no archive.
    pub name: &'a str,
    /// Its bytes.
    pub len: u64,
    /// The limits for each entry. Without them no container in the layer is opened.
    pub limits: Option<Limits>,
}

/// What a layer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerOutcome {
    /// False if it was read as one file.
    pub is_archive: bool,
    /// Why not all was read.
    pub problem: Option<&'static str>,
}

/// Reads a layer and gives its entries to `entries`, and the bytes that it unpacks to, to `unpacked`.
///
/// # Errors
/// Those of `entries`, which end everything.
pub fn open_layer(
    input: &mut dyn Read,
    layer: &LayerInput<'_>,
    entries: &mut dyn Entries,
    unpacked: &mut dyn FnMut(&[u8]),
) -> io::Result<LayerOutcome> {
    let (head, error) = start(input, HEAD);
    let known = recognise(&head, false);
    let mut reader = BufReader::with_capacity(64 << 10, Cursor::new(head).chain(Broken(error)).chain(input));
    let budget = Budget::of_stream(&layer.limits.unwrap_or_default(), layer.len);
    let outcome = LayerOutcome { is_archive: false, problem: None };
    let mut reading = LayerReading { layer, entries, budget: &budget, outcome };
    let Some(Known::Open(Format::Layer(format))) = known else {
        reading.all(&mut UnpackedReader { reader: &mut reader, unpacked })?;
        return Ok(reading.outcome);
    };
    match layers::decoder(format, &mut reader) {
        Ok(decoder) => reading.all(&mut UnpackedReader { reader: &mut budget.meter(decoder), unpacked })?,
        Err(error) => reading.misses(reason_of(&error)),
    }
    if reading.outcome.problem.is_none() {
        reading.rest(&mut reader)?;
    }
    Ok(reading.outcome)
}

/// A reader whose bytes are passed on, too.
struct UnpackedReader<'r> {
    reader: &'r mut dyn Read,
    unpacked: &'r mut dyn FnMut(&[u8]),
}

impl Read for UnpackedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        (self.unpacked)(&buffer[..read]);
        Ok(read)
    }
}

struct LayerReading<'r> {
    layer: &'r LayerInput<'r>,
    entries: &'r mut dyn Entries,
    budget: &'r Budget,
    outcome: LayerOutcome,
}

impl LayerReading<'_> {
    fn misses(&mut self, reason: &'static str) {
        self.outcome.problem.get_or_insert(reason);
    }

    /// Reads what the layer unpacks to.
    fn all(&mut self, input: &mut dyn Read) -> io::Result<()> {
        let (head, error) = start(input, HEAD);
        let is_archive = begins_as_archive(&head) && error.is_none();
        self.outcome.is_archive = is_archive;
        let mut reader =
            BufReader::with_capacity(64 << 10, Cursor::new(head).chain(Broken(error)).chain(input));
        if is_archive {
            return self.archive(&mut reader);
        }
        let (name, size) = (self.layer.name, self.layer.len);
        let entry = LayerEntry { name, kind: EntryKind::File, target: b"", size };
        self.entry(&entry, &mut Read::take(&mut reader, u64::MAX), 0).map(drop)
    }

    fn archive(&mut self, reader: &mut dyn BufRead) -> io::Result<()> {
        let mut headers = TarHeaders::default();
        loop {
            let entry = match headers.next(reader) {
                Ok(TarStep::Entry(entry)) => entry,
                Ok(TarStep::End) => return Ok(()),
                Ok(TarStep::Other { bytes, is_damage }) => {
                    if is_damage {
                        self.misses(DAMAGED);
                    }
                    return self.rest(&mut Read::chain(bytes.as_slice(), reader));
                }
                Err(error) => {
                    self.misses(reason_of(&error));
                    return Ok(());
                }
            };
            if let Err(error) = self.budget.member() {
                self.misses(reason_of(&error));
                return Ok(());
            }
            if !self.member(&entry, reader)? {
                return Ok(());
            }
        }
    }

    /// Reads an entry with what fills its last block; false if the layer ends within it.
    fn member(&mut self, entry: &TarEntry, reader: &mut dyn BufRead) -> io::Result<bool> {
        let name = shown(&entry.name);
        let kind = match entry.kind {
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::SymbolicLink,
            b'5' => EntryKind::Folder,
            b'3' | b'4' | b'6' => EntryKind::Special,
            _ => EntryKind::File,
        };
        let known = LayerEntry { name: &name, kind, target: &entry.target, size: entry.stored() };
        if entry.stored() == 0 {
            let mut target: &[u8] = if entry.is_link() { &entry.target } else { b"" };
            return self.entry(&known, &mut Read::take(&mut target, u64::MAX), 0);
        }
        let mut content: io::Take<&mut dyn BufRead> = Read::take(&mut *reader, entry.stored());
        if !self.entry(&known, &mut content, entry.stored())? {
            return Ok(false);
        }
        if let Err(error) = drain(&mut Read::take(&mut *reader, entry.padding())) {
            self.misses(reason_of(&error));
            return Ok(false);
        }
        Ok(true)
    }

    /// Bytes that belong to no entry.
    fn rest(&mut self, reader: &mut dyn Read) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) if buffer[..read].iter().all(|&byte| byte == 0) => {}
                Ok(read) => {
                    let mut reader = Read::chain(&buffer[..read], reader);
                    let mut content = io::BufReader::new(&mut reader);
                    let entry = LayerEntry { name: "(rest)", kind: EntryKind::File, target: b"", size: 0 };
                    return self.entry(&entry, &mut Read::take(&mut content, u64::MAX), 0).map(drop);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.misses(reason_of(&error));
                    return Ok(());
                }
            }
        }
    }

    /// Gives out an entry with its content, and reads what is left of that; false if it is cut off before `needed` bytes.
    fn entry(
        &mut self,
        entry: &LayerEntry<'_>,
        content: &mut io::Take<impl Read>,
        needed: u64,
    ) -> io::Result<bool> {
        let wanted = self.entries.begins(entry)?;
        let mut opened = Opened::default();
        if let Some(path) = &wanted {
            let limits = self.layer.limits.unwrap_or_default();
            // What a header says of a size proves nothing.
            let budget = Budget::new(&limits, entry.size.min(self.budget.left()));
            let openers = match self.layer.limits {
                Some(_) => OPENERS,
                None => Openers { recognise: |_, _| None, ..OPENERS },
            };
            let mut walk = Walk {
                openers,
                limits: &limits,
                budget: &budget,
                visit: &mut *self.entries,
                opened: &mut opened,
                held: 0,
                is_over: false,
            };
            // A container that is an entry is the outermost one.
            walk.member(path, content, &At { path: String::new(), name: String::new(), depth: 0 })?;
        }
        let problem = match drain(content) {
            Err(error) => Some(reason_of(&error)),
            Ok(_) if needed > 0 && content.limit() > 0 => Some(DAMAGED),
            Ok(_) => None,
        };
        if let (Some(reason), Some(path)) = (problem, &wanted) {
            opened.problems += 1;
            opened.first.get_or_insert_with(|| Problem { path: path.clone(), reason });
        }
        if let Some(reason) = problem {
            self.misses(reason);
        }
        if wanted.is_some() {
            self.entries.ends(opened);
        }
        Ok(problem.is_none())
    }
}
