//! The files of a saved image: a folder, an archive, or an archive that is compressed.
//!
//! # Design
//!
//! An archive is listed by its headers, and each file in it is read where it is, on any thread. A compressed one can only be
//! read from start to end: once to list it, keeping small files, and once more for the layers, so that nothing is written
//! to a disk.

use super::super::{pool, reason};
use super::Options;
use crate::container::{self, ArchiveForm, Input, Limits, MemberLink, StoredMember};
use crate::model::display_path;
use crate::shown_path::shown_path;
use crate::source::Error;
use rayon::prelude::*;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The most files that are listed.
const MOST: usize = 1_000_000;

/// The largest document (manifest, configuration) that is read, bytes.
const LARGEST_DOCUMENT: u64 = 16 << 20;

/// Of a compressed archive, files of at most this many bytes are kept, and at most this many bytes in all.
const KEPT: u64 = 4 << 20;
const ALL_KEPT: u64 = 64 << 20;

/// How many links are followed before they are taken for a circle.
const LINKS: usize = 16;

/// A file of a saved image.
#[derive(Debug)]
pub(super) struct StoreFile {
    /// Its path, with `/`; each is there once.
    pub(super) path: String,
    link: Option<MemberLink>,
    offset: u64,
    pub(super) size: u64,
    /// Its content, of a compressed archive.
    kept: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoreKind {
    Folder,
    Archive,
    Compressed,
}

/// The files of a saved image.
#[derive(Debug)]
pub(super) struct ImageStore {
    path: PathBuf,
    kind: StoreKind,
    limits: Limits,
    pub(super) files: Vec<StoreFile>,
    by_path: HashMap<String, usize>,
    /// Why not all were listed, with the example for it.
    pub(super) problems: Vec<(&'static str, String)>,
}

impl ImageStore {
    /// Lists the files at `path`.
    pub(super) fn open(options: &Options) -> Result<Self, Error> {
        let path = &options.path;
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::Missing { path: path.clone() },
            _ => Error::Unreadable { path: path.clone(), source },
        };
        let mut store = Self {
            path: path.clone(),
            kind: StoreKind::Folder,
            limits: options.containers.0.unwrap_or_default(),
            files: Vec::new(),
            by_path: HashMap::new(),
            problems: Vec::new(),
        };
        if path.metadata().map_err(failed)?.is_dir() {
            // Any folder may be named: one that is no image is not walked through.
            if !["index.json", "manifest.json"].iter().any(|name| path.join(name).is_file()) {
                return Err(Error::NoImage { path: path.clone() });
            }
            store.list_folder();
            return Ok(store);
        }
        let mut file = File::open(path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        let mut head = Vec::new();
        Read::take(&mut file, 512).read_to_end(&mut head).map_err(failed)?;
        file.rewind().map_err(failed)?;
        match container::is_stored(&head) {
            Some(ArchiveForm::Plain) => store.list_archive(&mut file),
            Some(ArchiveForm::Compressed) => store.list_compressed(&mut file, len),
            None => return Err(Error::NoImage { path: path.clone() }),
        }
        Ok(store)
    }

    fn own_name(&self) -> String {
        shown_path(&self.path)
    }

    fn add(&mut self, member: StoredMember, kept: Option<Vec<u8>>) {
        let StoredMember { name, link, offset, size } = member;
        let at = self.files.len();
        let file = StoreFile { path: name.clone(), link, offset, size, kept };
        self.files.push(file);
        // The last of a name counts; those before it are read as files of their own.
        if let Some(before) = self.by_path.insert(name, at) {
            let path = format!("{} (overwritten, {before})", self.files[before].path);
            self.files[before].path = path;
        }
    }

    fn list_archive(&mut self, input: &mut dyn Input) {
        self.kind = StoreKind::Archive;
        let (members, problem) = container::members(input, MOST);
        members.into_iter().for_each(|member| self.add(member, None));
        self.problems.extend(problem.map(|reason| (reason, self.own_name())));
    }

    fn list_compressed(&mut self, input: &mut dyn Read, len: u64) {
        self.kind = StoreKind::Compressed;
        let (limits, mut left) = (self.limits, ALL_KEPT);
        let problem = container::stream(input, len, &limits, &mut |member, content| {
            let is_kept = member.size <= KEPT.min(left);
            let kept = is_kept.then(|| {
                let mut bytes = Vec::new();
                // What cannot be read ends the archive.
                let _cut = content.read_to_end(&mut bytes);
                bytes
            });
            left -= kept.as_ref().map_or(0, |bytes| bytes.len() as u64).min(left);
            self.add(member.clone(), kept);
            Ok(())
        });
        let problem = problem.unwrap_or(Some(reason::UNREADABLE_IMAGE));
        self.problems.extend(problem.map(|reason| (reason, self.own_name())));
    }

    fn list_folder(&mut self) {
        let Ok(root) = self.path.canonicalize() else {
            self.problems.push((reason::UNREADABLE_IMAGE, self.own_name()));
            return;
        };
        let mut pending = vec![(self.path.clone(), String::new())];
        while let Some((folder, above)) = pending.pop() {
            let entries = folder.read_dir().and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let Ok(mut entries) = entries else {
                self.problems.push((reason::UNREADABLE_IMAGE, above));
                continue;
            };
            entries.sort_by_key(std::fs::DirEntry::file_name);
            for entry in entries {
                let name = display_path(entry.file_name().as_encoded_bytes());
                let path = if above.is_empty() { name } else { format!("{above}/{name}") };
                let Some(size) = size_within(&entry.path(), &root) else {
                    match entry.file_type() {
                        Ok(kind) if kind.is_dir() => pending.push((entry.path(), path)),
                        Ok(kind) if kind.is_symlink() => self.problems.push((reason::OUT_OF_IMAGE, path)),
                        Ok(kind) => self.problems.push((reason::of_special(kind), path)),
                        Err(_) => self.problems.push((reason::UNREADABLE_IMAGE, path)),
                    }
                    continue;
                };
                if self.files.len() == MOST {
                    self.problems.push((reason::TOO_MANY, self.own_name()));
                    return;
                }
                self.add(StoredMember { name: path, link: None, offset: 0, size }, None);
            }
        }
    }

    /// The file at `path`, through links.
    pub(super) fn find(&self, path: &str) -> Result<usize, &'static str> {
        let mut path = super::tree::cleaned(path).0;
        for _ in 0..LINKS {
            let at = *self.by_path.get(&path).ok_or(reason::MISSING_BLOB)?;
            path = match &self.files[at].link {
                None => return Ok(at),
                Some(MemberLink::Hard(target)) => super::tree::cleaned(target).0,
                Some(MemberLink::Symbolic(target)) => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    match super::tree::cleaned(&format!("{folder}/{target}")) {
                        (path, false) if !target.starts_with('/') => path,
                        _ => return Err(reason::OUT_OF_IMAGE),
                    }
                }
            };
        }
        Err(reason::CIRCLE)
    }

    /// True if the file is a link, which has no content of its own.
    pub(super) fn is_link(&self, at: usize) -> bool {
        self.files[at].link.is_some()
    }

    /// All of a document.
    pub(super) fn document(&self, at: usize) -> Result<Vec<u8>, String> {
        let file = &self.files[at];
        if file.size > LARGEST_DOCUMENT {
            return Err(reason::DOCUMENT_TOO_LARGE.to_owned());
        }
        if let Some(kept) = &file.kept {
            return Ok(kept.clone());
        }
        if self.kind == StoreKind::Compressed {
            return Err(reason::DOCUMENT_TOO_LARGE.to_owned());
        }
        let mut bytes = Vec::new();
        let read = self.reader(file).and_then(|reader| reader.take(LARGEST_DOCUMENT).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| reason::of(&error))
    }

    fn reader(&self, file: &StoreFile) -> io::Result<Box<dyn Read>> {
        match self.kind {
            StoreKind::Folder => {
                let mut path = self.path.clone();
                path.extend(Path::new(&file.path));
                Ok(Box::new(File::open(path)?))
            }
            _ => {
                let mut archive = File::open(&self.path)?;
                archive.seek(SeekFrom::Start(file.offset))?;
                Ok(Box::new(archive.take(file.size)))
            }
        }
    }

    /// Gives each of the files `wanted` to `read`, with its number in the list; an error if it could not be opened. On
    /// several threads, except from a compressed archive.
    pub(super) fn each(
        &self,
        wanted: &[usize],
        threads: usize,
        read: &(dyn Fn(usize, io::Result<&mut dyn Read>) + Sync),
    ) -> Result<(), Error> {
        if self.kind != StoreKind::Compressed {
            pool(threads)?.install(|| {
                wanted.par_iter().enumerate().with_max_len(1).for_each(|(number, &at)| {
                    match self.reader(&self.files[at]) {
                        Ok(mut reader) => read(number, Ok(&mut *reader)),
                        Err(error) => read(number, Err(error)),
                    }
                });
            });
            return Ok(());
        }
        let mut numbers: HashMap<usize, usize> =
            wanted.iter().enumerate().map(|(number, &at)| (at, number)).collect();
        let mut at = 0;
        let streamed = File::open(&self.path).and_then(|mut file| {
            let len = file.metadata()?.len();
            container::stream(&mut file, len, &self.limits, &mut |_, content| {
                if let Some(number) = numbers.remove(&at) {
                    read(number, Ok(content));
                }
                at += 1;
                Ok(())
            })
        });
        // Those that did not come: the archive is another one than before.
        let message = streamed.err().map_or_else(|| "it has changed".to_owned(), |error| error.to_string());
        numbers.into_values().for_each(|number| read(number, Err(io::Error::other(message.clone()))));
        Ok(())
    }
}

/// The size of the file at `path`, if it is one, and not behind a link that leads out of `root`.
fn size_within(path: &Path, root: &Path) -> Option<u64> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    path.canonicalize().ok().filter(|real| real.starts_with(root)).map(|_| metadata.len())
}
