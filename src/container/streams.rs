//! Files with compressed streams in them, whose own structure is not read: captures of a network, archives of the web,
//! serialized objects of Java, HDF5, MATLAB, images of disks.
//!
//! # Design
//!
//! What such a file says in plain bytes is found in them. Here each gzip, zlib, zstd, xz or bzip2 stream is looked for by its
//! first bytes and unpacked from there. Two bytes that look like the start of one may be anything, so that what cannot be
//! unpacked, or not to its end, is no problem: what came out is given. A stream that the file's structure cuts (a body in
//! several packets) is read up to the cut.

use super::format::{Format, Layer};
use super::member::{drain, start};
use super::walk::{At, Walk};
use super::{Input, layers, magic, reason_of};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes that are searched at a time.
const WINDOW: usize = 1 << 20;

/// Bytes that decide whether a stream may begin at a place.
const SEEN: usize = 512;

/// Bytes that are unpacked to see whether it does, and what an attempt costs.
const PROBE: u64 = 4 << 10;

/// The least that a stream unpacks to, bytes: shorter ones come of bytes that are none.
const LEAST: usize = 32;

/// True for a file that may have such streams in it.
pub(super) fn may_have(head: &[u8]) -> bool {
    match head {
        // pcap, in both orders, with micro- and nanoseconds; pcapng.
        [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, ..]
        | [0xa1, 0xb2, 0xc3 | 0x3c, 0xd4 | 0x4d, 0, 2, 0, 4, ..] => true,
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => {
            matches!(head.get(8..12), Some(b"\x4d\x3c\x2b\x1a" | b"\x1a\x2b\x3c\x4d"))
        }
        // Objects of Java: always version 5.
        [0xac, 0xed, 0, 5, ..] => true,
        [b'W', b'A', b'R', b'C', b'/', b'0' | b'1', b'.', ..] => true,
        [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n', ..] => true,
        [b'M', b'A', b'T', b'L', b'A', b'B', b' ', b'5', b'.', b'0', ..] => {
            matches!(head.get(126..128), Some(b"IM" | b"MI"))
        }
        _ => is_disk(head),
    }
}

/// True for an image of a disk or of a file system, without compression of its own: files are in it as they are, mostly in
/// one piece.
fn is_disk(head: &[u8]) -> bool {
    let has = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    match head {
        [b'v', b'h', b'd', b'x', b'f', b'i', b'l', b'e', ..]
        | [b'c', b'o', b'n', b'e', b'c', b't', b'i', b'x', 0, ..] => true,
        // A boot sector ends like this, and begins with a jump or with code: FAT, NTFS, a table of partitions.
        [first, ..] if *first != 0 && has(510, b"\x55\xaa") => !head[..510].is_ascii(),
        [0, ..] => {
            let is_ext = has(0x438, b"\x53\xef")
                && matches!(head.get(0x43a..0x440), Some([0..=7, 0, 1..=3, 0, 0..=3, 0]));
            let is_table =
                has(510, b"\x55\xaa") && [446, 462, 478, 494].iter().all(|&at| matches!(head[at], 0 | 0x80));
            is_ext || is_table || has(0x8001, b"CD001\x01") || has(0x1_0040, b"_BHRfS_M")
        }
        _ => has(64, b"\x7f\x10\xda\xbe"),
    }
}

/// Gives out what the streams unpack to.
pub(super) fn read(walk: &mut Walk<'_>, input: &mut dyn Input, at: &At) -> io::Result<()> {
    let mut window = vec![0; WINDOW];
    let mut base = 0;
    let mut number = 0;
    loop {
        let filled = match input
            .seek(SeekFrom::Start(base))
            .and_then(|_| super::member::fill(&mut &mut *input, &mut window))
        {
            Ok(filled) => filled,
            Err(error) => return walk.ends(&at.path, reason_of(&error)),
        };
        // The last bytes of a window are looked at together with what follows them.
        let until = if filled < WINDOW { filled } else { WINDOW - SEEN };
        let mut next = 0;
        while let Some((begins, layer)) = first(&window[..filled], next..until) {
            let place = base + begins as u64;
            next = begins + 2;
            let probed = probe(input, place, layer);
            if let Err(error) = walk.budget.take(PROBE) {
                return walk.ends(&at.path, reason_of(&error));
            }
            if probed < LEAST {
                continue;
            }
            number += 1;
            let mut reader = BufReader::new(&mut *input);
            let Ok(decoder) =
                reader.seek(SeekFrom::Start(place)).and_then(|_| layers::decoder(layer, &mut reader))
            else {
                continue;
            };
            let mut lenient = Lenient { reader: decoder, is_broken: false };
            let (budget, before) = (walk.budget, walk.opened.clone());
            let mut metered = budget.meter(&mut lenient);
            walk.member(&format!("stream {number}"), &mut metered, at)?;
            let rest = if walk.is_over { Ok(0) } else { drain(&mut metered) };
            let is_broken = lenient.is_broken;
            drop(lenient);
            if let Err(error) = rest {
                return walk.ends(&at.path, reason_of(&error));
            }
            if walk.is_over {
                return Ok(());
            }
            if is_broken {
                // It may be none, and what it seems to contain may be nothing.
                *walk.opened = before;
                continue;
            }
            if let Ok(end) = reader.stream_position() {
                next = next.max(usize::try_from(end.saturating_sub(base)).unwrap_or(usize::MAX));
            }
        }
        if filled < WINDOW {
            return Ok(());
        }
        base += next.max(until) as u64;
    }
}

/// The first place in `range` where a stream may begin.
fn first(bytes: &[u8], range: std::ops::Range<usize>) -> Option<(usize, Layer)> {
    let mut places = range;
    places.find_map(|at| {
        let is_one = matches!(
            bytes.get(at..)?,
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]
                | [0x1f, 0x8b, 8, ..]
                | [0x28, 0xb5, 0x2f, 0xfd, ..]
                | [0xfd, b'7', b'z', ..]
                | [b'B', b'Z', b'h', ..]
        );
        let seen = &bytes[at..bytes.len().min(at + SEEN)];
        let name = is_one.then(|| magic::by_start(seen)).flatten();
        match Format::named(name?)? {
            Format::Layer(layer) => Some((at, layer)),
            _ => None,
        }
    })
}

/// How many of the first bytes of a stream can be unpacked.
fn probe(input: &mut dyn Input, place: u64, layer: Layer) -> usize {
    let mut reader = BufReader::with_capacity(SEEN, &mut *input);
    let decoder = reader.seek(SeekFrom::Start(place)).and_then(|_| layers::decoder(layer, &mut reader));
    decoder.map_or(0, |mut decoder| start(&mut decoder, PROBE).0.len())
}

/// A stream that ends where it breaks off.
struct Lenient<R> {
    reader: R,
    is_broken: bool,
}

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_broken {
            return Ok(0);
        }
        Ok(self.reader.read(buffer).unwrap_or_else(|_| {
            self.is_broken = true;
            0
        }))
    }
}
