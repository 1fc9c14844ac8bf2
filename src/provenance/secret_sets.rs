//! Object to interned set of secrets: two versions of a file that contain the same secrets have the
//! same number, so that most comparisons end there.

use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::ObjectNumber;
use crate::model::{ObjectId, SecretNumber};
use std::collections::HashMap;

/// A name, and the numbers of the secrets in it.
pub(super) type HeldName = (Box<[u8]>, Vec<SecretNumber>);

/// A set's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SecretSet(pub(super) u32);

impl SecretSet {
    /// The empty set's.
    pub(super) const EMPTY: Self = Self(0);
}

/// Which objects contain which secrets.
#[derive(Debug)]
pub(super) struct SecretSets {
    /// The objects that contain secrets, ascending, each with its set. They are few; an array over all objects would
    /// take four bytes each.
    set_of: Vec<(ObjectNumber, SecretSet)>,
    /// One bit for each value of an id's first `sieve_bits` bits: set if an object that contains a secret has it.
    sieve: Vec<u64>,
    sieve_bits: u32,
    sets: Vec<Box<[SecretNumber]>>,
    /// How many of `set_of` are objects; the others are names, numbered from the end of the table on.
    objects: usize,
}

impl SecretSets {
    /// From the secrets of each object, in any order; objects that the table lacks are left out. `names` are entries of
    /// trees whose names contain secrets: each is treated as a blob beside the entry.
    pub(super) fn new(
        table: &IdTable,
        holds: &HashMap<ObjectId, Vec<SecretNumber>>,
        names: &[HeldName],
    ) -> Self {
        let mut numbers: HashMap<Vec<SecretNumber>, SecretSet> =
            HashMap::from([(Vec::new(), SecretSet::EMPTY)]);
        let mut ordered: Vec<_> =
            holds.iter().filter_map(|(id, secrets)| Some((table.find(id.as_bytes())?, secrets))).collect();
        ordered.sort_unstable_by_key(|&(object, _)| object);
        let beyond = ObjectNumber::range(table.len()..table.len() + names.len());
        ordered.extend(beyond.zip(names.iter().map(|(_, secrets)| secrets)));
        let count = ordered.len();
        let mut set_of = Vec::with_capacity(count);
        for (object, secrets) in ordered {
            let mut secrets = secrets.clone();
            secrets.sort_unstable();
            secrets.dedup();
            let next = SecretSet(numbers.len() as u32);
            let set = *numbers.entry(secrets).or_insert(next);
            if set != SecretSet::EMPTY {
                set_of.push((object, set));
            }
        }
        let mut sets = vec![Box::default(); numbers.len()];
        for (secrets, set) in numbers {
            sets[set.0 as usize] = secrets.into_boxed_slice();
        }
        Self::of(table, set_of, sets)
    }

    fn of(table: &IdTable, set_of: Vec<(ObjectNumber, SecretSet)>, sets: Vec<Box<[SecretNumber]>>) -> Self {
        let objects = set_of.partition_point(|&(object, _)| object.index() < table.len());
        let sieve_bits = (usize::BITS - objects.leading_zeros() + 6).clamp(6, 24);
        let mut sieve = vec![0u64; 1 << (sieve_bits - 6)];
        for &(object, _) in &set_of[..objects] {
            let at = sift(table.bytes(object), sieve_bits);
            sieve[at / 64] |= 1 << (at % 64);
        }
        Self { set_of, sieve, sieve_bits, sets, objects }
    }

    /// True if no object contains a secret.
    pub(super) fn is_empty(&self) -> bool {
        self.sets.len() == 1
    }

    /// False only if the object of this id contains no secret; it is not looked up.
    pub(super) fn may_hold(&self, id: &[u8]) -> bool {
        let at = sift(id, self.sieve_bits);
        self.sieve[at / 64] >> (at % 64) & 1 != 0
    }

    /// True if the object contains a secret.
    pub(super) fn is_held(&self, object: ObjectNumber) -> bool {
        self.set_of(object) != SecretSet::EMPTY
    }

    /// The set of the object's secrets.
    pub(super) fn set_of(&self, object: ObjectNumber) -> SecretSet {
        let at = self.set_of.binary_search_by_key(&object, |&(other, _)| other);
        at.map_or(SecretSet::EMPTY, |at| self.set_of[at].1)
    }

    /// The secrets of a set, ascending.
    pub(super) fn secrets(&self, set: SecretSet) -> &[SecretNumber] {
        &self.sets[set.0 as usize]
    }

    /// The objects that contain secrets, ascending.
    pub(super) fn objects(&self) -> impl Iterator<Item = ObjectNumber> {
        self.set_of[..self.objects].iter().map(|&(object, _)| object)
    }

    /// The names of entries that contain secrets, as if they were blobs, ascending.
    pub(super) fn names(&self) -> impl Iterator<Item = ObjectNumber> {
        self.set_of[self.objects..].iter().map(|&(object, _)| object)
    }
}

/// The first bits of an id.
fn sift(id: &[u8], bits: u32) -> usize {
    (u32::from_be_bytes([id[0], id[1], id[2], id[3]]) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_holds_something_is_never_said_to_hold_nothing() {
        let id = |number: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
            ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
        };
        let table = IdTable::new(20, 0, (0..3000).map(id)).expect("few ids");
        for count in [0, 1, 2, 100, 3000] {
            let holds = SecretSets::new(
                &table,
                &(0..count).map(|number| (id(number), vec![SecretNumber(number)])).collect(),
                &[],
            );
            assert!((0..count).all(|number| holds.may_hold(id(number).as_bytes())));
            let others = (count..3000).filter(|&number| holds.may_hold(id(number).as_bytes())).count();
            assert!(others <= 3000 / 16, "{others} of {count}");
        }
    }
}
