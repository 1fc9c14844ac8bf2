//! 7z archives, read only. Source: 7zFormat.txt of the LZMA SDK.
//!
//! # Design
//!
//! Every count in a header is compared with the number of bytes that are left in it, so that a header causes no larger
//! allocation than a small multiple of its own length. The coders are chains of one input and one output each; BCJ2, which has four, and PPMd are
//! not read.

use super::member::{Noted, drain, fill, shown, start};
use super::walk::{At, Walk};
use super::{DAMAGED, ENCRYPTED, Input, METHOD, TOO_HUNGRY, TOO_LARGE, fault, layers, reason_of};
use crc32fast::Hasher;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{Filters, Stream};
use std::io::{self, BufReader, Read, SeekFrom};
use std::iter::once;

/// The largest header that is read, bytes.
const LARGEST: u64 = 64 << 20;

/// How often a header may be packed in another one.
const DEEPEST: u32 = 4;

/// The most coders of a folder.
const MOST_CODERS: usize = 8;

/// Bytes before the packed streams.
const SIGNATURE: u64 = 32;

/// Gives out the members.
pub(super) fn read(walk: &mut Walk<'_>, input: &mut dyn Input, at: &At) -> io::Result<()> {
    let archive = match Archive::read(input, walk) {
        Ok(archive) => archive,
        Err(error) => return walk.ends(&at.path, reason_of(&error)),
    };
    let mut files = archive.files.iter().filter(|file| file.has_content);
    let mut sizes = archive.streams.sizes.iter();
    let mut packed = SIGNATURE.saturating_add(archive.streams.position);
    let mut packs = archive.streams.packs.iter();
    let budget = walk.budget;
    for (folder, &count) in archive.streams.folders.iter().zip(&archive.streams.counts) {
        let own: Vec<&FolderPart> = sizes.by_ref().take(count).collect();
        let from = packed;
        let lens: Vec<u64> = packs.by_ref().take(folder.packed).copied().collect();
        packed = lens.iter().fold(packed, |at, len| at.saturating_add(*len));
        let len = lens.first().copied().unwrap_or(0);
        let mut reader = match folder.reader(input, from, len) {
            Ok(reader) => budget.meter(reader),
            Err(error) => {
                let reason = reason_of(&error);
                let mut is_told = false;
                for file in files.by_ref().take(count) {
                    walk.miss(&at.join(&file.name), reason);
                    is_told = true;
                }
                if !is_told {
                    walk.miss(&at.path, reason);
                }
                continue;
            }
        };
        for FolderPart { size, crc } in own {
            if walk.is_over {
                return Ok(());
            }
            let name = files.next().map_or("(nameless)", |file| file.name.as_str());
            let place = at.join(name);
            let problems = walk.problems();
            let mut member = Summed { reader: Read::take(&mut reader, *size), hasher: Hasher::new() };
            let mut noted = Noted { reader: &mut member, error: None };
            walk.member(name, &mut noted, at)?;
            let result = if noted.error.is_some() { Ok(0) } else { drain(&mut member) };
            let is_short = member.reader.limit() > 0;
            let sum = member.hasher.finalize();
            match result {
                _ if walk.problems() > problems => {}
                Err(error) => walk.miss(&place, reason_of(&error)),
                Ok(_) if is_short || crc.is_some_and(|crc| crc != sum) => walk.miss(&place, DAMAGED),
                Ok(_) => {}
            }
        }
    }
    // What no header names, first of all behind the end.
    let mut used = archive.used;
    used.push(SIGNATURE.saturating_add(archive.streams.position)..packed);
    used.sort_unstable_by_key(|range| range.start);
    let mut from = SIGNATURE;
    for range in used.into_iter().chain(once(u64::MAX..u64::MAX)) {
        if walk.is_over {
            break;
        }
        if range.start > from {
            if let Err(error) = input.seek(SeekFrom::Start(from)) {
                return walk.ends(&at.path, reason_of(&error));
            }
            walk.behind(&mut Read::take(&mut *input, range.start - from), at)?;
        }
        from = from.max(range.end);
    }
    Ok(())
}

/// A reader that sums up what it gives.
struct Summed<R> {
    reader: R,
    hasher: Hasher,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

#[derive(Debug, Default)]
struct Archive {
    streams: Streams,
    files: Vec<SevenZFile>,
    /// Where its header is, and if that is packed, where it is unpacked from.
    used: Vec<std::ops::Range<u64>>,
}

/// A file in the archive's list.
#[derive(Debug, Default)]
struct SevenZFile {
    name: String,
    has_content: bool,
}

/// The packed streams and what they unpack to.
#[derive(Debug, Default)]
struct Streams {
    /// Where they begin, after the signature.
    position: u64,
    /// Their lengths.
    packs: Vec<u64>,
    folders: Vec<Folder>,
    /// How many files are in each folder.
    counts: Vec<usize>,
    /// The files' contents, one folder after the other.
    sizes: Vec<FolderPart>,
}

/// The content of a file.
#[derive(Clone, Debug)]
struct FolderPart {
    size: u64,
    crc: Option<u32>,
}

/// A unit of compression.
#[derive(Debug, Default)]
struct Folder {
    coders: Vec<Coder>,
    /// Which coder's output is a coder's input: (of this input, that output).
    binds: Vec<(usize, usize)>,
    /// How many packed streams it takes.
    packed: usize,
    sizes: Vec<u64>,
    crc: Option<u32>,
}

#[derive(Debug, Default)]
struct Coder {
    id: Vec<u8>,
    properties: Vec<u8>,
    is_simple: bool,
}

/// Bytes of a header that are left.
struct Cursor<'b>(&'b [u8]);

impl<'b> Cursor<'b> {
    fn byte(&mut self) -> io::Result<u8> {
        let (&byte, rest) = self.0.split_first().ok_or_else(|| fault(DAMAGED))?;
        self.0 = rest;
        Ok(byte)
    }

    fn bytes(&mut self, len: usize) -> io::Result<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or_else(|| fault(DAMAGED))?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A number: the ones at the start of the first byte say how many bytes follow it.
    fn number(&mut self) -> io::Result<u64> {
        let first = self.byte()?;
        let more = first.leading_ones() as usize;
        let mut number = 0;
        for (at, &byte) in self.bytes(more)?.iter().enumerate() {
            number |= u64::from(byte) << (8 * at);
        }
        if more < 7 {
            let high = u64::from(first) & ((1 << (7 - more)) - 1);
            number |= high << (8 * more);
        }
        Ok(number)
    }

    /// A number of things each of which takes a byte at least.
    fn count(&mut self) -> io::Result<usize> {
        let number = self.number()?;
        let count = usize::try_from(number).ok().filter(|count| *count <= self.0.len() + 1);
        count.ok_or_else(|| fault(DAMAGED))
    }

    fn bits(&mut self, count: usize) -> io::Result<Vec<bool>> {
        let bytes = self.bytes(count.div_ceil(8))?;
        Ok((0..count).map(|at| bytes[at / 8] >> (7 - at % 8) & 1 == 1).collect())
    }

    /// Checksums, of which some may be absent.
    fn digests(&mut self, count: usize) -> io::Result<Vec<Option<u32>>> {
        let defined = if self.byte()? == 0 { self.bits(count)? } else { vec![true; count] };
        let mut digests = Vec::with_capacity(count);
        for is_defined in defined {
            digests.push(match is_defined {
                true => self.bytes(4)?.first_chunk().map(|sum| u32::from_le_bytes(*sum)),
                false => None,
            });
        }
        Ok(digests)
    }
}

impl Archive {
    fn read(input: &mut dyn Input, walk: &Walk<'_>) -> io::Result<Self> {
        let mut head = [0; SIGNATURE as usize];
        input.rewind()?;
        if fill(&mut &mut *input, &mut head)? < head.len() {
            return Err(fault(DAMAGED));
        }
        let word = |at: usize| head[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let (offset, len) = (word(12), word(20));
        let begins = SIGNATURE.saturating_add(offset);
        let mut used = Vec::from_iter(once(begins..begins.saturating_add(len)));
        if len == 0 {
            return Ok(Self::default());
        }
        if len > LARGEST {
            return Err(fault(TOO_LARGE));
        }
        input.seek(SeekFrom::Start(begins))?;
        let (mut header, error) = start(&mut *input, len);
        if error.is_some() || (header.len() as u64) < len {
            return Err(fault(DAMAGED));
        }
        for _ in 0..DEEPEST {
            let mut cursor = Cursor(&header);
            match cursor.byte()? {
                1 => return Ok(Self { used, ..Self::parse(&mut cursor)? }),
                0x17 => {
                    let streams = Streams::parse(&mut cursor)?;
                    let folder = streams.folders.first().ok_or_else(|| fault(DAMAGED))?;
                    let from = SIGNATURE.saturating_add(streams.position);
                    let packed = streams.packs.first().copied().unwrap_or(0);
                    used.push(from..from.saturating_add(packed));
                    let reader = walk.budget.meter(folder.reader(input, from, packed)?);
                    let mut unpacked = Vec::new();
                    reader.take(LARGEST).read_to_end(&mut unpacked)?;
                    header = unpacked;
                }
                _ => return Err(fault(DAMAGED)),
            }
        }
        Err(fault(DAMAGED))
    }

    fn parse(cursor: &mut Cursor<'_>) -> io::Result<Self> {
        let mut archive = Self::default();
        loop {
            match cursor.byte()? {
                0 => return Ok(archive),
                // Properties of the archive: each with its length.
                2 => {
                    while cursor.byte()? != 0 {
                        let len = cursor.count()?;
                        cursor.bytes(len)?;
                    }
                }
                3 => drop(Streams::parse(cursor)?),
                4 => archive.streams = Streams::parse(cursor)?,
                5 => archive.files = files(cursor)?,
                _ => return Err(fault(DAMAGED)),
            }
        }
    }
}

fn files(cursor: &mut Cursor<'_>) -> io::Result<Vec<SevenZFile>> {
    let count = cursor.count()?;
    let (mut names, mut is_empty) = (Vec::new(), vec![false; count]);
    loop {
        let kind = cursor.byte()?;
        if kind == 0 {
            break;
        }
        let len = cursor.count()?;
        let mut property = Cursor(cursor.bytes(len)?);
        match kind {
            0x0e => is_empty = property.bits(count)?,
            0x11 if property.byte()? == 0 => {
                let (units, _) = property.0.as_chunks::<2>();
                let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
                let all = units.split(|&unit| unit == 0);
                names =
                    all.take(count).map(|name| shown(String::from_utf16_lossy(name).as_bytes())).collect();
            }
            _ => {}
        }
    }
    names.resize(count, String::new());
    let entry = |(name, is_empty): (String, bool)| SevenZFile { name, has_content: !is_empty };
    Ok(names.into_iter().zip(is_empty).map(entry).collect())
}

impl Streams {
    fn parse(cursor: &mut Cursor<'_>) -> io::Result<Self> {
        let mut streams = Self::default();
        let mut has_parts = false;
        loop {
            match cursor.byte()? {
                0 => break,
                6 => {
                    streams.position = cursor.number()?;
                    let count = cursor.count()?;
                    loop {
                        match cursor.byte()? {
                            0 => break,
                            9 => {
                                for _ in 0..count {
                                    streams.packs.push(cursor.number()?);
                                }
                            }
                            0x0a => drop(cursor.digests(count)?),
                            _ => return Err(fault(DAMAGED)),
                        }
                    }
                }
                7 => streams.folders(cursor)?,
                8 => {
                    streams.parts(cursor)?;
                    has_parts = true;
                }
                _ => return Err(fault(DAMAGED)),
            }
        }
        if !has_parts {
            streams.counts = vec![1; streams.folders.len()];
            let part = |folder: &Folder| FolderPart { size: folder.size(), crc: folder.crc };
            streams.sizes = streams.folders.iter().map(part).collect();
        }
        Ok(streams)
    }

    fn folders(&mut self, cursor: &mut Cursor<'_>) -> io::Result<()> {
        if cursor.byte()? != 0x0b {
            return Err(fault(DAMAGED));
        }
        let count = cursor.count()?;
        if cursor.byte()? != 0 {
            return Err(fault(METHOD));
        }
        for _ in 0..count {
            self.folders.push(Folder::parse(cursor)?);
        }
        loop {
            match cursor.byte()? {
                0 => return Ok(()),
                0x0c => {
                    for folder in &mut self.folders {
                        for _ in 0..folder.coders.len() {
                            folder.sizes.push(cursor.number()?);
                        }
                    }
                }
                0x0a => {
                    let digests = cursor.digests(count)?;
                    self.folders.iter_mut().zip(digests).for_each(|(folder, crc)| folder.crc = crc);
                }
                _ => return Err(fault(DAMAGED)),
            }
        }
    }

    fn parts(&mut self, cursor: &mut Cursor<'_>) -> io::Result<()> {
        self.counts = vec![1; self.folders.len()];
        let mut kind = cursor.byte()?;
        if kind == 0x0d {
            for count in &mut self.counts {
                *count = cursor.count()?;
            }
            kind = cursor.byte()?;
        }
        let all = self.counts.iter().fold(0_usize, |sum, count| sum.saturating_add(*count));
        // Each but the last of a folder has a size here.
        if all > self.folders.len() + cursor.0.len() {
            return Err(fault(DAMAGED));
        }
        let has_sizes = kind == 9;
        for (folder, &count) in self.folders.iter().zip(&self.counts) {
            let mut left = folder.size();
            for at in 0..count {
                let size = if at + 1 < count && has_sizes { cursor.number()? } else { left };
                left = left.saturating_sub(size);
                let crc = folder.crc.filter(|_| count == 1);
                self.sizes.push(FolderPart { size, crc });
            }
        }
        if has_sizes {
            kind = cursor.byte()?;
        }
        while kind != 0 {
            if kind != 0x0a {
                return Err(fault(DAMAGED));
            }
            let known = |part: &FolderPart| part.crc.is_some();
            let missing = self.sizes.iter().filter(|part| !known(part)).count();
            let digests = cursor.digests(missing)?;
            let parts = self.sizes.iter_mut().filter(|part| part.crc.is_none());
            parts.zip(digests).for_each(|(part, crc)| part.crc = crc);
            kind = cursor.byte()?;
        }
        Ok(())
    }
}

impl Folder {
    fn parse(cursor: &mut Cursor<'_>) -> io::Result<Self> {
        let mut folder = Self::default();
        let (mut inputs, mut outputs) = (0, 0);
        for _ in 0..cursor.count()? {
            let flags = cursor.byte()?;
            let id = cursor.bytes(usize::from(flags & 15))?.to_vec();
            let (mut own_inputs, mut own_outputs) = (1, 1);
            if flags & 0x10 != 0 {
                (own_inputs, own_outputs) = (cursor.count()?, cursor.count()?);
            }
            let len = if flags & 0x20 != 0 { cursor.count()? } else { 0 };
            let properties = cursor.bytes(len)?.to_vec();
            (inputs, outputs) = (inputs + own_inputs, outputs + own_outputs);
            folder.coders.push(Coder { id, properties, is_simple: (own_inputs, own_outputs) == (1, 1) });
        }
        let binds = usize::checked_sub(outputs, 1).ok_or_else(|| fault(DAMAGED))?;
        for _ in 0..binds {
            folder.binds.push((cursor.count()?, cursor.count()?));
        }
        folder.packed = usize::checked_sub(inputs, binds).ok_or_else(|| fault(DAMAGED))?;
        if folder.packed > 1 {
            for _ in 0..folder.packed {
                cursor.number()?;
            }
        }
        Ok(folder)
    }

    /// The coder whose output is the folder's.
    fn last(&self) -> Option<usize> {
        (0..self.coders.len()).find(|coder| self.binds.iter().all(|(_, output)| output != coder))
    }

    /// Bytes that come out of it.
    fn size(&self) -> u64 {
        self.last().and_then(|last| self.sizes.get(last)).copied().unwrap_or(0)
    }

    /// A reader of what the `len` bytes from `from` on unpack to.
    fn reader<'i>(&self, input: &'i mut dyn Input, from: u64, len: u64) -> io::Result<Box<dyn Read + 'i>> {
        if self.coders.iter().any(|coder| coder.id == [6, 0xf1, 7, 1]) {
            return Err(fault(ENCRYPTED));
        }
        if self.packed != 1
            || self.coders.len() > MOST_CODERS
            || self.coders.iter().any(|coder| !coder.is_simple)
        {
            return Err(fault(METHOD));
        }
        // From the folder's output back to its input.
        let mut chain = Vec::new();
        let mut next = self.last();
        while let Some(coder) = next.filter(|_| chain.len() < self.coders.len()) {
            chain.push(coder);
            next = self.binds.iter().find(|(input, _)| *input == coder).map(|(_, output)| *output);
        }
        // A bind may name a coder that is not there.
        let is_there = |coder: &usize| *coder < self.coders.len();
        if chain.is_empty() || chain.len() != self.coders.len() || !chain.iter().all(is_there) {
            return Err(fault(DAMAGED));
        }
        input.seek(SeekFrom::Start(from))?;
        let mut reader: Box<dyn Read + 'i> = Box::new(Read::take(input, len));
        while let Some(coder) = chain.pop() {
            let size = self.sizes.get(coder).copied().unwrap_or(0);
            reader = Box::new(Read::take(decoder(&self.coders[coder], reader)?, size));
        }
        Ok(reader)
    }
}

fn is_lzma(id: &[u8]) -> bool {
    matches!(id, [3, 1, 1] | [0x21])
}

/// Adds the filter `id`; false if there is none.
fn filter(filters: &mut Filters, id: &[u8], properties: &[u8]) -> io::Result<bool> {
    match id {
        [3] => drop(filters.delta_properties(properties)?),
        [4] | [3, 3, 1, 3] => drop(filters.x86()),
        [5] | [3, 3, 2, 5] => drop(filters.powerpc()),
        [6] | [3, 3, 4, 1] => drop(filters.ia64()),
        [7] | [3, 3, 5, 1] => drop(filters.arm()),
        [8] | [3, 3, 7, 1] => drop(filters.arm_thumb()),
        [9] | [3, 3, 8, 5] => drop(filters.sparc()),
        [0x0a] => drop(filters.arm64()),
        _ => return Ok(false),
    }
    Ok(true)
}

/// A reader of what a coder makes of `packed`.
fn decoder<'r>(coder: &Coder, packed: Box<dyn Read + 'r>) -> io::Result<Box<dyn Read + 'r>> {
    let mut filters = Filters::new();
    if filter(&mut filters, &coder.id, &coder.properties)? {
        filters.lzma2_properties(&[0])?;
        let stored =
            BufReader::new(Stored { reader: packed, chunk: Vec::new(), given: 0, state: State::First });
        return Ok(Box::new(XzDecoder::new_stream(stored, Stream::new_raw_decoder(&filters)?)));
    }
    let packed = BufReader::new(packed);
    Ok(match coder.id.as_slice() {
        [0] => Box::new(packed),
        id if is_lzma(id) => {
            let window = match *coder.properties.as_slice() {
                [_, a, b, c, d] if id.len() == 3 => u64::from(u32::from_le_bytes([a, b, c, d])),
                [bits] if id.len() == 1 && bits <= 40 => (2 | u64::from(bits & 1)) << (bits / 2 + 11),
                _ => return Err(fault(DAMAGED)),
            };
            if window > layers::MEMORY {
                return Err(fault(TOO_HUNGRY));
            }
            match id.len() {
                3 => filters.lzma1_properties(&coder.properties)?,
                _ => filters.lzma2_properties(&coder.properties)?,
            };
            Box::new(XzDecoder::new_stream(packed, Stream::new_raw_decoder(&filters)?))
        }
        [4, 1, 8] => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        [4, 2, 2] => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        [4, 0xf7, 0x11, 1] => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        _ => return Err(fault(METHOD)),
    })
}

/// Bytes as a stream of LZMA2 that stores them: liblzma runs a filter only before LZMA, and needs to know where the input
/// ends, which LZMA alone does not say.
struct Stored<R> {
    reader: R,
    chunk: Vec<u8>,
    given: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Next,
    Over,
}

impl<R: Read> Read for Stored<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.chunk.len() && self.state != State::Over {
            let (bytes, error) = start(&mut self.reader, 32 << 10);
            if let Some(error) = error {
                return Err(error);
            }
            self.given = 0;
            self.chunk.clear();
            match bytes.len().checked_sub(1) {
                Some(last) => {
                    // With an empty window at first, and the length less one.
                    self.chunk.push(if self.state == State::First { 1 } else { 2 });
                    self.chunk.extend_from_slice(&(last as u16).to_be_bytes());
                    self.chunk.extend_from_slice(&bytes);
                    self.state = State::Next;
                }
                None => {
                    self.chunk.push(0);
                    self.state = State::Over;
                }
            }
        }
        let len = buffer.len().min(self.chunk.len() - self.given);
        buffer[..len].copy_from_slice(&self.chunk[self.given..self.given + len]);
        self.given += len;
        Ok(len)
    }
}
