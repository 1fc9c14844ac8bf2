//! Packs and indexes made by hand, for tests and fuzzing: correct, odd and false ones.
//!
//! Uses nothing of the crate, so that the fuzz targets can include it and a mistake in the reader is not
//! made twice.

use libdeflater::{CompressionLvl, Compressor};

/// A pack in the making.
pub struct PackBuilder {
    /// Length of an id in bytes.
    hash: usize,
    /// The number from which the names of its entries count.
    first: usize,
    /// Whether its index has all offsets in the table of 64-bit ones.
    long: bool,
    /// Entries of which the index has a wrong checksum.
    damaged: Vec<usize>,
    pack: Vec<u8>,
    /// Name and offset of each entry.
    entries: Vec<(Vec<u8>, u64)>,
}

/// An instruction of a delta.
pub enum Step<'a> {
    /// Offset and length in the base.
    Copy(usize, usize),
    /// At most 127 bytes.
    Insert(&'a [u8]),
}

impl PackBuilder {
    /// An empty pack for ids of `hash` bytes.
    pub fn new(hash: usize) -> Self {
        Self {
            hash,
            first: 0,
            long: false,
            damaged: Vec::new(),
            pack: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            entries: Vec::new(),
        }
    }

    /// The name that entry `number` gets; names ascend with their numbers.
    pub fn name(&self, number: usize) -> Vec<u8> {
        name(self.first + number, self.hash)
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds an object of git's type `code`.
    pub fn whole(&mut self, code: u8, bytes: &[u8]) -> usize {
        let mut entry = head(code, bytes.len() as u64);
        entry.extend(zlib(bytes));
        self.raw(&entry)
    }

    /// Adds a delta against the entry `base`, by distance.
    pub fn by_offset(&mut self, base: usize, delta: &[u8]) -> usize {
        let distance = self.pack.len() as u64 - self.entries[base].1;
        let mut entry = head(6, delta.len() as u64);
        entry.extend(back(distance));
        entry.extend(zlib(delta));
        self.raw(&entry)
    }

    /// Adds a delta against whatever object is called `base`.
    pub fn by_name(&mut self, base: &[u8], delta: &[u8]) -> usize {
        let mut entry = head(7, delta.len() as u64);
        entry.extend(base);
        entry.extend(zlib(delta));
        self.raw(&entry)
    }

    /// Adds an entry as it is.
    pub fn raw(&mut self, entry: &[u8]) -> usize {
        let number = self.entries.len();
        self.entries.push((self.name(number), self.pack.len() as u64));
        self.pack.extend(entry);
        number
    }

    /// Has the index call the entry `number` by another name.
    pub fn rename(&mut self, number: usize, name: &[u8]) {
        self.entries[number].0 = name.to_vec();
    }

    /// Adds bytes that the index does not list.
    pub fn gap(&mut self, bytes: &[u8]) {
        self.pack.extend(bytes);
    }

    /// The pack and its index of `version` 1 or 2.
    pub fn finish(mut self, version: u8) -> (Vec<u8>, Vec<u8>) {
        let count = self.entries.len() as u32;
        self.pack[8..12].copy_from_slice(&count.to_be_bytes());
        let end = self.pack.len();
        // No reader of ours hashes a pack; its trailer only has to be the one that the index repeats.
        let trailer = vec![0x5a; self.hash];
        let mut index = Vec::new();
        if version == 2 {
            index.extend([0xff, b't', b'O', b'c', 0, 0, 0, 2]);
        }
        for first in 0..=255 {
            let up_to = self.entries.iter().filter(|(name, _)| name[0] <= first).count() as u32;
            index.extend(up_to.to_be_bytes());
        }
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|&number| &self.entries[number].0);
        let listed: Vec<_> = order.iter().map(|&number| self.entries[number].clone()).collect();
        if version == 1 {
            for (name, offset) in &listed {
                index.extend((*offset as u32).to_be_bytes());
                index.extend(name);
            }
        } else {
            index.extend(listed.iter().flat_map(|(name, _)| name.clone()));
            for &number in &order {
                let (_, offset) = &self.entries[number];
                let next = self.entries.get(number + 1).map_or(end, |(_, next)| *next as usize);
                let bytes = self.pack.get(*offset as usize..next).unwrap_or_default();
                let damage = u32::from(self.damaged.contains(&number));
                index.extend((libdeflater::crc32(bytes) ^ damage).to_be_bytes());
            }
            let rows = (0..).zip(&listed);
            let offset =
                |(row, &(_, offset)): (u32, &(_, u64))| if self.long { row | 1 << 31 } else { offset as u32 };
            index.extend(rows.map(offset).flat_map(u32::to_be_bytes));
            let long = listed.iter().filter(|_| self.long);
            index.extend(long.flat_map(|(_, offset)| offset.to_be_bytes()));
        }
        self.pack.extend(&trailer);
        index.extend(&trailer);
        index.extend(&trailer);
        (self.pack, index)
    }
}

/// The name that counts as `number`, of `hash` bytes.
fn name(number: usize, hash: usize) -> Vec<u8> {
    let mut name = (number as u32).to_be_bytes().to_vec();
    name.resize(hash, 7);
    name
}

/// The head of an entry whose data has `size` bytes.
pub fn head(code: u8, mut size: u64) -> Vec<u8> {
    let mut bytes = vec![code << 4 | (size & 15) as u8];
    size >>= 4;
    while size > 0 {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push((size & 0x7f) as u8);
        size >>= 7;
    }
    bytes
}

/// The distance to a base, as an entry writes it.
pub fn back(mut distance: u64) -> Vec<u8> {
    let mut bytes = vec![(distance & 0x7f) as u8];
    distance >>= 7;
    while distance > 0 {
        distance -= 1;
        bytes.insert(0, (distance & 0x7f) as u8 | 0x80);
        distance >>= 7;
    }
    bytes
}

/// A zlib stream of `bytes`.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut stream = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let len = compressor.zlib_compress(bytes, &mut stream).expect("the bound is long enough");
    stream.truncate(len);
    stream
}

/// A delta that says it makes `result` bytes of `base`.
pub fn delta(base: usize, result: usize, steps: &[Step<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut size in [base, result] {
        while size > 0x7f {
            bytes.push((size & 0x7f) as u8 | 0x80);
            size >>= 7;
        }
        bytes.push(size as u8);
    }
    for step in steps {
        match step {
            Step::Insert(fresh) => {
                bytes.push(fresh.len() as u8);
                bytes.extend(*fresh);
            }
            Step::Copy(from, len) => {
                let mut code = 0x80;
                let mut operands = Vec::new();
                let len = if *len == 0x1_0000 { 0 } else { *len };
                for (digit, byte) in (0..4).map(|at| (from >> (8 * at)) as u8).enumerate() {
                    if byte != 0 {
                        code |= 1 << digit;
                        operands.push(byte);
                    }
                }
                for (digit, byte) in (0..3).map(|at| (len >> (8 * at)) as u8).enumerate() {
                    if byte != 0 {
                        code |= 0x10 << digit;
                        operands.push(byte);
                    }
                }
                bytes.push(code);
                bytes.extend(operands);
            }
        }
    }
    bytes
}

/// How far [`interpret`] repeats an object's bytes: above the largest that a trial reads.
const LARGE: usize = (1 << 20) + (1 << 17);

/// A pack and its index.
type Pair = (Vec<u8>, Vec<u8>);

/// Reads arbitrary bytes as the description of packs, so that a fuzzer soon gets deep into the code. The first byte
/// chooses the hash, the indexes' version and long offsets. Then each entry is a code, a base, a length and that many
/// bytes; the code's low bits are git's type, and 0 takes the bytes as they are. 8 repeats the bytes until they are a
/// large object (the less so, the higher the base), 16 uses them as the steps of a valid delta, 32 makes the checksum
/// wrong. 128 begins another pack, whose names count from the base on, so that some repeat those of other packs.
pub fn interpret(mut data: &[u8]) -> (Vec<Pair>, usize) {
    let flags = data.split_off_first().copied().unwrap_or(0);
    let hash = if flags & 1 == 0 { 20 } else { 32 };
    let version = if flags & 2 == 0 { 2 } else { 1 };
    let begin = |first| PackBuilder { first, long: flags & 4 != 0 && version == 2, ..PackBuilder::new(hash) };
    let mut pack = begin(0);
    // How long the object of each entry is, where that is known.
    let mut lengths: Vec<usize> = Vec::new();
    let mut packs = Vec::new();
    while let Some((&[code, base, high, low], rest)) = data.split_first_chunk() {
        if code & 128 != 0 && packs.len() < 3 {
            packs.push(std::mem::replace(&mut pack, begin(base.into())).finish(version));
            lengths.clear();
            data = rest;
            continue;
        }
        let len = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (bytes, rest) = rest.split_at(len);
        data = rest;
        let (base, count) = (usize::from(base), pack.entries.len());
        let (mut made, mut length) = (bytes.to_vec(), bytes.len());
        if code & 8 != 0 && len > 0 {
            made = bytes.repeat((LARGE >> (base % 8)) / len + 1);
            length = made.len();
        }
        if code & 16 != 0 && code & 6 == 6 {
            let number = if code & 1 == 0 { Some(base % count.max(1)) } else { base.checked_sub(pack.first) };
            let base_length = number.and_then(|number| lengths.get(number).copied()).unwrap_or(100);
            let steps = steps(bytes, base_length);
            let step_length = |step: &Step<'_>| match step {
                Step::Copy(_, len) => *len,
                Step::Insert(fresh) => fresh.len(),
            };
            length = steps.iter().map(step_length).sum();
            made = delta(base_length, length, &steps);
        }
        match code & 7 {
            0 => drop(pack.raw(bytes)),
            6 if count > 0 => drop(pack.by_offset(base % count, &made)),
            7 => drop(pack.by_name(&name(base, hash), &made)),
            5 | 6 => pack.gap(bytes),
            kind => drop(pack.whole(kind, &made)),
        }
        if pack.entries.len() > count {
            lengths.push(length);
            if code & 32 != 0 {
                pack.damaged.push(count);
            }
        }
    }
    packs.push(pack.finish(version));
    (packs, hash)
}

/// Steps that a base of `length` bytes has room for: an even byte, then two numbers for where and how much of what is
/// left; an odd byte, which says how many bytes are inserted, then those.
fn steps(mut bytes: &[u8], length: usize) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut total = 0;
    while let Some((&op, rest)) = bytes.split_first() {
        let step = if op & 1 == 1 {
            let (fresh, rest) = rest.split_at(usize::from(op >> 1).min(rest.len()));
            bytes = rest;
            Step::Insert(fresh)
        } else {
            let Some((&[a, b, c, d], rest)) = rest.split_first_chunk() else { break };
            bytes = rest;
            let share = |of: usize, high, low| (of * usize::from(u16::from_be_bytes([high, low]))) >> 16;
            let from = share(length, a, b);
            Step::Copy(from, share(length - from, c, d) + 1)
        };
        let len = match &step {
            Step::Copy(_, len) => *len,
            Step::Insert(fresh) => fresh.len(),
        };
        // An empty step is no step, and a few bytes could request gigabytes.
        if len > 0 && length > 0 && total + len <= 2 * LARGE {
            total += len;
            steps.push(step);
        }
    }
    steps
}
