//! A hash for the maps of this stage, several times faster than the standard one on keys of a few bytes.
//!
//! Names come from the repository, so the hash starts from random numbers: an author of a repository cannot choose
//! names that collide. Neither these hashes nor the order of such a map may reach a report.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashers that start equal.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    start: u64,
    factor: u64,
}

impl Default for Fold {
    fn default() -> Self {
        let random = RandomState::new();
        Self { start: random.hash_one(0), factor: random.hash_one(1) | 1 }
    }
}

impl BuildHasher for Fold {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding { state: self.start, factor: self.factor }
    }
}

/// Folds each word in with a multiplication to 128 bits, whose halves are combined.
#[derive(Clone, Debug)]
pub(super) struct Folding {
    state: u64,
    factor: u64,
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.write_u64(u64::from_le_bytes(last));
        }
        self.write_u64(bytes.len() as u64);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.factor);
        self.state = (product as u64).rotate_left(23) ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        // Once more, so that the last word reaches the highest bits and the lowest alike.
        let product = u128::from(self.state) * u128::from(self.factor);
        product as u64 ^ (product >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_that_differ_little_do_not_collide() {
        let fold = Fold::default();
        let mut seen = HashSet::new();
        for number in 0..10_000u32 {
            seen.insert(fold.hash_one((number, 7u32)));
            seen.insert(fold.hash_one(format!("name{number}").as_bytes()));
        }
        assert_eq!(seen.len(), 20_000);
        let low: HashSet<u64> = (0..1000u32).map(|number| fold.hash_one(number) % 4096).collect();
        assert!(low.len() > 700, "{}", low.len());
        assert_ne!(fold.hash_one(&b"a"[..]), fold.hash_one(&b"a\0"[..]));
    }
}
