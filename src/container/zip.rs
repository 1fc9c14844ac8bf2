//! zip and what is made of it: jar, war, apk, whl, nupkg, docx, xlsx, odt.
//!
//! Source: PKWARE's APPNOTE 6.3.10.
//!
//! # Design
//!
//! The directory at the end and the headers before each member may contradict each other, and programs differ in whom
//! they believe. So both are read: first the members that the directory lists, each by its own place, then those that it
//! does not list. An archive without a directory is damaged, but its members are read.

use super::member::{Noted, fill, shown, start};
use super::walk::{At, Walk};
use super::{DAMAGED, ENCRYPTED, Input, METHOD, TOO_LARGE, TOO_MANY, layers, reason_of};
use crc32fast::Hasher;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{Filters, Stream};
use memchr::memmem;
use std::io::{self, BufRead, BufReader, Read, SeekFrom};

const LOCAL: &[u8; 4] = b"PK\x03\x04";
const ENTRY: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";

/// The longest comment and the record before it.
const LONGEST_END: u64 = 22 + 0xffff;

/// The largest directory that is read, bytes.
const LARGEST_DIRECTORY: u64 = 256 << 20;

/// The most entries of a directory: as many as members are read.
const MOST_ENTRIES: usize = 1_000_000;

/// A member.
#[derive(Debug)]
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: Option<u32>,
    /// Compressed bytes; `None` if only the data itself says where it ends.
    size: Option<u64>,
    /// Bytes that come out.
    plain: u64,
    /// Where its local header is.
    header: u64,
}

/// Gives out the members.
pub(super) fn read(walk: &mut Walk<'_>, input: &mut dyn Input, at: &At) -> io::Result<()> {
    let listed = directory(input);
    let CentralDirectory { entries, begins: end, ends: after } = match listed {
        Ok(Some(directory)) => directory,
        Ok(None) => {
            walk.miss(&at.path, DAMAGED);
            CentralDirectory::none()
        }
        Err(error) => {
            walk.miss(&at.path, reason_of(&error));
            CentralDirectory::none()
        }
    };
    let is_listed = end != u64::MAX;
    let mut taken: Vec<(u64, u64)> = Vec::with_capacity(entries.len());
    for entry in &entries {
        if walk.is_over {
            return Ok(());
        }
        let name = shown(&slashed(&entry.name));
        match data_start(input, entry.header) {
            Ok(Some(data)) => {
                let size = entry.size.unwrap_or(0);
                taken.push((entry.header, data.saturating_add(size)));
                member(walk, input, at, &name, entry, data)?;
            }
            Ok(None) => walk.miss(&at.join(&name), DAMAGED),
            Err(error) => walk.miss(&at.join(&name), reason_of(&error)),
        }
    }
    taken.sort_unstable();
    let mut from = 0_u64;
    for (header, after) in taken.into_iter().chain([(end, end)]) {
        if walk.is_over {
            break;
        }
        if header > from.saturating_add(30) {
            unlisted(walk, input, at, from, header, is_listed)?;
        }
        from = from.max(after);
    }
    // The directory that was found is another archive's if members or a directory come after it: one that is stored in
    // this one, whose own directory was cut off.
    if is_listed && !walk.is_over {
        if has_more(input, after)? {
            walk.miss(&at.path, DAMAGED);
            unlisted(walk, input, at, after, u64::MAX, false)?;
        } else if input.seek(SeekFrom::Start(after)).is_ok() {
            walk.behind(&mut &mut *input, at)?;
        }
    }
    Ok(())
}

/// Whether members or entries of a directory come at `from` or after it.
fn has_more(input: &mut dyn Input, mut from: u64) -> io::Result<bool> {
    loop {
        if input.seek(SeekFrom::Start(from)).is_err() {
            return Ok(false);
        }
        let (window, _) = start(&mut *input, WINDOW.1);
        if memmem::find(&window, LOCAL).is_some() || memmem::find(&window, ENTRY).is_some() {
            return Ok(true);
        }
        if (window.len() as u64) < WINDOW.1 {
            return Ok(false);
        }
        from += WINDOW.1 - 3;
    }
}

/// The directory of an archive.
struct CentralDirectory {
    entries: Vec<Entry>,
    /// Where it begins.
    begins: u64,
    /// Where the record after it ends, without its comment.
    ends: u64,
}

impl CentralDirectory {
    /// That of an archive without one: members may be anywhere.
    fn none() -> Self {
        Self { entries: Vec::new(), begins: u64::MAX, ends: u64::MAX }
    }
}

fn directory(input: &mut dyn Input) -> io::Result<Option<CentralDirectory>> {
    let len = input.seek(SeekFrom::End(0))?;
    let tail_at = len.saturating_sub(LONGEST_END);
    input.seek(SeekFrom::Start(tail_at))?;
    let (tail, error) = start(input, LONGEST_END);
    if let Some(error) = error {
        return Err(error);
    }
    let ends: Vec<usize> = memmem::rfind_iter(&tail, END).take(64).collect();
    for at in ends {
        let Some(record) = tail.get(at..at + 22) else { continue };
        let (mut size, mut offset) = (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
        let mut before = tail_at + at as u64;
        if let Some(locator) = at.checked_sub(20).map(|locator| &tail[locator..at])
            && locator.starts_with(b"PK\x06\x07")
        {
            // The 64-bit record is right before its locator, unless something is between them.
            let named = u64_at(locator, 8);
            let near = (tail_at + at as u64).saturating_sub(20 + 56);
            for place in [near, named] {
                input.seek(SeekFrom::Start(place))?;
                let mut long = [0; 56];
                if fill(&mut &mut *input, &mut long)? == 56 && long.starts_with(b"PK\x06\x06") {
                    (size, offset, before) = (u64_at(&long, 40), u64_at(&long, 48), place);
                    break;
                }
            }
        }
        // What is before an archive moves all of it.
        for (from, shift) in
            [(before.checked_sub(size), before.wrapping_sub(size).wrapping_sub(offset)), (Some(offset), 0)]
        {
            let Some(from) = from.filter(|&from| from < len) else { continue };
            input.seek(SeekFrom::Start(from))?;
            let mut magic = [0; 4];
            if fill(&mut &mut *input, &mut magic)? < 4 || (&magic != ENTRY && size > 0) {
                continue;
            }
            input.seek(SeekFrom::Start(from))?;
            let entries = entries(input, shift)?;
            return Ok(Some(CentralDirectory { entries, begins: from, ends: tail_at + at as u64 + 22 }));
        }
    }
    Ok(None)
}

fn entries(input: &mut dyn Input, shift: u64) -> io::Result<Vec<Entry>> {
    let mut reader = BufReader::new(Read::take(input, LARGEST_DIRECTORY));
    let mut entries = Vec::new();
    loop {
        let mut head = [0; 46];
        if fill(&mut reader, &mut head)? < 46 || !head.starts_with(ENTRY) {
            break;
        }
        let [name_len, extra_len, comment_len] = [28, 30, 32].map(|at| u64::from(u16_at(&head, at)));
        let (name, _) = start(&mut reader, name_len);
        let (extra, _) = start(&mut reader, extra_len);
        let (comment, _) = start(&mut reader, comment_len);
        if comment.len() as u64 != comment_len {
            return Err(super::fault(DAMAGED));
        }
        let (mut size, mut plain) = (u64::from(u32_at(&head, 20)), u64::from(u32_at(&head, 24)));
        let mut header = u64::from(u32_at(&head, 42));
        // The 64-bit numbers that are there, in this order, are those that do not fit.
        let mut long = extra_field(&extra, 1).unwrap_or_default();
        let mut next = || {
            let (number, rest) = long.split_first_chunk::<8>()?;
            long = rest;
            Some(u64::from_le_bytes(*number))
        };
        if plain == u64::from(u32::MAX) {
            plain = next().unwrap_or(plain);
        }
        if size == u64::from(u32::MAX) {
            size = next().unwrap_or(size);
        }
        if header == u64::from(u32::MAX) {
            header = next().unwrap_or(header);
        }
        if entries.len() == MOST_ENTRIES {
            return Err(super::fault(TOO_MANY));
        }
        entries.push(Entry {
            name,
            flags: u16_at(&head, 8),
            method: u16_at(&head, 10),
            crc: Some(u32_at(&head, 16)),
            size: Some(size),
            plain,
            header: header.wrapping_add(shift),
        });
    }
    if reader.get_ref().limit() == 0 {
        return Err(super::fault(TOO_LARGE));
    }
    Ok(entries)
}

fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let (id, len) = (u16_at(head, 0), usize::from(u16_at(head, 2)));
        let (field, after) = rest.split_at_checked(len)?;
        if id == wanted {
            return Some(field);
        }
        extra = after;
    }
    None
}

/// Where the data of the member begins whose local header is at `header`; `None` if there is none.
fn data_start(input: &mut dyn Input, header: u64) -> io::Result<Option<u64>> {
    input.seek(SeekFrom::Start(header))?;
    let mut local = [0; 30];
    let is_one = fill(&mut &mut *input, &mut local)? == 30 && local.starts_with(LOCAL);
    let lens = u64::from(u16_at(&local, 26)) + u64::from(u16_at(&local, 28));
    Ok(is_one.then(|| header.saturating_add(30 + lens)))
}

/// Gives out a member whose data begins at `data`.
fn member(
    walk: &mut Walk<'_>,
    input: &mut dyn Input,
    at: &At,
    name: &str,
    entry: &Entry,
    data: u64,
) -> io::Result<()> {
    let place = at.join(name);
    if entry.flags & 1 != 0 || entry.method == 99 {
        return walk.ends(&place, ENCRYPTED);
    }
    if name.ends_with('/') && entry.size == Some(0) {
        return Ok(());
    }
    if let Err(error) = input.seek(SeekFrom::Start(data)) {
        return walk.ends(&place, reason_of(&error));
    }
    let (budget, problems) = (walk.budget, walk.problems());
    let mut packed = BufReader::new(Read::take(&mut *input, entry.size.unwrap_or(u64::MAX)));
    let decoder = match decoder(entry, &mut packed) {
        // Without a mark at the end of LZMA only its length says where that is.
        Ok(Some(decoder)) if entry.method == 14 && entry.flags & 2 == 0 => {
            Box::new(decoder.take(entry.plain))
        }
        Ok(Some(decoder)) => decoder,
        Ok(None) => {
            return walk.ends(&place, METHOD);
        }
        Err(error) => {
            return walk.ends(&place, reason_of(&error));
        }
    };
    let mut summed = Summed { reader: budget.meter(decoder), hasher: Hasher::new(), is_at_end: false };
    let mut noted = Noted { reader: &mut summed, error: None };
    walk.member(name, &mut noted, at)?;
    let is_broken = noted.error.is_some();
    let Summed { hasher, is_at_end, .. } = summed;
    // What was not wanted is not read, and what broke off is reported already.
    if !is_broken
        && is_at_end
        && walk.problems() == problems
        && entry.crc.is_some_and(|crc| crc != hasher.finalize())
    {
        walk.miss(&place, DAMAGED);
    }
    Ok(())
}

fn decoder<'r>(entry: &Entry, packed: &'r mut dyn BufRead) -> io::Result<Option<Box<dyn Read + 'r>>> {
    Ok(Some(match entry.method {
        0 => Box::new(packed),
        8 => Box::new(layers::Deflate::new(packed, entry.plain)),
        12 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        14 => {
            // A version, the size of the properties, the properties.
            let mut head = [0; 9];
            if fill(packed, &mut head)? < 9 || u16_at(&head, 2) != 5 {
                return Ok(None);
            }
            if u64::from(u32_at(&head, 5)) > layers::MEMORY {
                return Err(super::fault(super::TOO_HUNGRY));
            }
            let mut filters = Filters::new();
            filters.lzma1_properties(&head[4..])?;
            Box::new(XzDecoder::new_stream(packed, Stream::new_raw_decoder(&filters)?))
        }
        93 => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        95 => Box::new(XzDecoder::new_stream(packed, Stream::new_stream_decoder(layers::MEMORY, 0)?)),
        _ => return Ok(None),
    }))
}

/// A reader that sums up what it gives.
struct Summed<R> {
    reader: R,
    hasher: Hasher,
    is_at_end: bool,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.is_at_end |= read == 0 && !buffer.is_empty();
        Ok(read)
    }
}

/// Bytes that are searched for headers at a time: the more the longer there was none.
const WINDOW: (u64, u64) = (4 << 10, 1 << 20);

/// How often what looks like a header and is none is passed over.
const MOST_MISTAKEN: u32 = 1 << 16;

/// Gives out members between `from` and `until` that no directory lists.
fn unlisted(
    walk: &mut Walk<'_>,
    input: &mut dyn Input,
    at: &At,
    mut from: u64,
    until: u64,
    is_listed: bool,
) -> io::Result<()> {
    let (mut window_len, mut mistaken) = (WINDOW.0, 0);
    while from < until && !walk.is_over {
        if input.seek(SeekFrom::Start(from)).is_err() {
            return Ok(());
        }
        let (window, _) = start(&mut *input, window_len.min(until - from));
        if window.len() < 30 {
            return Ok(());
        }
        let Some(found) = memmem::find(&window, LOCAL) else {
            from += window.len() as u64 - 3;
            window_len = (window_len * 2).min(WINDOW.1);
            continue;
        };
        from += found as u64;
        window_len = WINDOW.0;
        let Some((entry, data)) = local(input, from) else {
            from += 4;
            mistaken += 1;
            if mistaken > MOST_MISTAKEN {
                return walk.ends(&at.path, DAMAGED);
            }
            continue;
        };
        let name = shown(&slashed(&entry.name));
        // Of two members beside each other the first one's end is the second one's start.
        let problems = walk.problems();
        if is_listed {
            walk.silently(|walk| member(walk, input, at, &name, &entry, data))?;
        } else {
            member(walk, input, at, &name, &entry, data)?;
        }
        let is_whole = walk.problems() == problems;
        from = match entry.size {
            Some(size) if is_whole => data.saturating_add(size),
            _ => data,
        };
    }
    Ok(())
}

/// The member whose local header is at `header`, and where its data begins, if the header is plausible.
fn local(input: &mut dyn Input, header: u64) -> Option<(Entry, u64)> {
    input.seek(SeekFrom::Start(header)).ok()?;
    let mut head = [0; 30];
    if fill(&mut &mut *input, &mut head).ok()? < 30 {
        return None;
    }
    let [flags, method] = [6, 8].map(|at| u16_at(&head, at));
    let [name_len, extra_len] = [26, 28].map(|at| u64::from(u16_at(&head, at)));
    let is_known = matches!(method, 0 | 8 | 9 | 12 | 14 | 93 | 95 | 98 | 99);
    if u16_at(&head, 4) & 0xff > 63 || !is_known || !(1..=4096).contains(&name_len) {
        return None;
    }
    let (name, _) = start(&mut *input, name_len);
    let (extra, _) = start(&mut *input, extra_len);
    if name.contains(&0) || (extra.len() as u64) < extra_len {
        return None;
    }
    let (mut size, plain, crc) =
        (u64::from(u32_at(&head, 18)), u64::from(u32_at(&head, 22)), u32_at(&head, 14));
    if size == u64::from(u32::MAX) {
        size = extra_field(&extra, 1).and_then(|long| long.get(8..16)).map_or(size, |long| u64_at(long, 0));
    }
    // Then the numbers come after the data.
    let is_after = flags & 8 != 0;
    let (size, crc) = if is_after { (None, None) } else { (Some(size), Some(crc)) };
    // Without its length the end of what is stored is not known.
    if is_after && method == 0 {
        return None;
    }
    Some((Entry { name, flags, method, crc, size, plain, header }, header + 30 + name_len + extra_len))
}

/// A name with `/`: some programs on Windows write `\`.
fn slashed(name: &[u8]) -> Vec<u8> {
    name.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u64::from_le_bytes(*chunk))
}
