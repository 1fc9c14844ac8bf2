//! Packs and indexes made by hand, for tests and fuzzing: right ones, odd ones and lying ones.
//!
//! Uses nothing of the crate, so that the fuzz targets can include it and a mistake in the reader is not
//! made twice.

use libdeflater::{CompressionLvl, Compressor};

/// A pack in the making.
pub struct Forge {
    /// Length of an id in bytes.
    hash: usize,
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

impl Forge {
    /// An empty pack for ids of `hash` bytes.
    pub fn new(hash: usize) -> Self {
        Self { hash, pack: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), entries: Vec::new() }
    }

    /// The name that entry `number` gets; names ascend with their numbers.
    pub fn name(&self, number: usize) -> Vec<u8> {
        let mut name = (number as u32).to_be_bytes().to_vec();
        name.resize(self.hash, 7);
        name
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
        if version == 1 {
            for (name, offset) in &self.entries {
                index.extend((*offset as u32).to_be_bytes());
                index.extend(name);
            }
        } else {
            index.extend(self.entries.iter().flat_map(|(name, _)| name.clone()));
            for (number, (_, offset)) in self.entries.iter().enumerate() {
                let next = self.entries.get(number + 1).map_or(end, |(_, next)| *next as usize);
                let bytes = self.pack.get(*offset as usize..next).unwrap_or_default();
                index.extend(libdeflater::crc32(bytes).to_be_bytes());
            }
            index.extend(self.entries.iter().flat_map(|(_, offset)| (*offset as u32).to_be_bytes()));
        }
        self.pack.extend(&trailer);
        index.extend(&trailer);
        index.extend(&trailer);
        (self.pack, index)
    }
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

/// Reads arbitrary bytes as the description of a pack, so that a fuzzer reaches deep soon: the first byte
/// chooses the hash and the index's version, then each entry is a code, a base, a length and its bytes;
/// code 0 takes the bytes as they are.
pub fn interpret(mut data: &[u8]) -> (Vec<u8>, Vec<u8>, usize) {
    let flags = data.split_off_first().copied().unwrap_or(0);
    let hash = if flags & 1 == 0 { 20 } else { 32 };
    let mut forge = Forge::new(hash);
    while let Some((&[code, base, high, low], rest)) = data.split_first_chunk() {
        let len = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (bytes, rest) = rest.split_at(len);
        data = rest;
        let count = forge.entries.len();
        match code & 7 {
            0 => drop(forge.raw(bytes)),
            6 if count > 0 => drop(forge.by_offset(usize::from(base) % count, bytes)),
            7 => {
                let name = forge.name(usize::from(base));
                forge.by_name(&name, bytes);
            }
            5 | 6 => forge.gap(bytes),
            kind => drop(forge.whole(kind, bytes)),
        }
    }
    let (pack, index) = forge.finish(if flags & 2 == 0 { 2 } else { 1 });
    (pack, index, hash)
}
