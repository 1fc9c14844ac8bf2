//! The names of entries, by the hashes of their values.
//!
//! # Performance
//!
//! A scan needs them only if it finds something, so they stay as they were read until then: 100,000 of them take longer to
//! read than all the rest of the index.

use super::keys::TAG;
use crate::record::{Reader, Writer};
use std::collections::HashMap;
use std::sync::OnceLock;

/// The entries of each value.
#[derive(Clone, Debug, Default)]
pub(super) struct NameBook {
    /// How many values there are.
    count: usize,
    /// As they were written, if they are not read yet.
    written: Vec<u8>,
    read: OnceLock<EntryNames>,
}

#[derive(Clone, Debug, Default)]
struct EntryNames {
    values: Vec<KnownValue>,
    /// Where each value's hash is among the values.
    by_tag: HashMap<[u8; TAG], u32>,
}

/// What the index keeps of a value.
#[derive(Clone, Debug)]
struct KnownValue {
    /// The hashes of all of it and, if that is less, of the part that is searched for.
    tags: Vec<[u8; TAG]>,
    /// The entries of the manager that have it, in order.
    names: Vec<String>,
}

impl EntryNames {
    fn of(values: Vec<KnownValue>) -> Self {
        let mut by_tag = HashMap::with_capacity(values.len());
        for (at, value) in (0..).zip(&values) {
            for tag in &value.tags {
                by_tag.entry(*tag).or_insert(at);
            }
        }
        Self { values, by_tag }
    }

    fn read(written: &[u8]) -> Option<Self> {
        let mut from = Reader::new(written);
        let values = from.list(|from| {
            let tags = from.list(|from| from.raw(TAG)?.first_chunk().copied())?;
            let names = from.list(|from| from.text().map(str::to_owned))?;
            Some(KnownValue { tags, names })
        });
        values.map(Self::of)
    }
}

impl NameBook {
    fn names(&self) -> &EntryNames {
        // What was sealed with the key is what this version wrote.
        self.read.get_or_init(|| EntryNames::read(&self.written).unwrap_or_default())
    }

    fn names_mut(&mut self) -> &mut EntryNames {
        self.names();
        self.read.get_mut().expect("it was read just now")
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The number of the value with this hash, and whether it is new; `part` is the hash of the part that is searched for.
    pub(super) fn number(&mut self, tag: &[u8; TAG], part: impl FnOnce() -> [u8; TAG]) -> (u32, bool) {
        let names = self.names_mut();
        if let Some(at) = names.by_tag.get(tag) {
            return (*at, false);
        }
        let at = names.values.len() as u32;
        let mut tags = vec![*tag, part()];
        tags.dedup();
        for tag in &tags {
            names.by_tag.entry(*tag).or_insert(at);
        }
        names.values.push(KnownValue { tags, names: Vec::new() });
        self.count += 1;
        (at, true)
    }

    /// Adds an entry to a value; false if it had it.
    pub(super) fn name(&mut self, at: u32, name: &str) -> bool {
        let names = &mut self.names_mut().values[at as usize].names;
        let place = names.binary_search_by(|known| known.as_str().cmp(name));
        if let Err(place) = place {
            names.insert(place, name.to_owned());
        }
        place.is_err()
    }

    /// Takes out entries, and values without any. Returns how many entries went, and the new number of each value.
    pub(super) fn remove(&mut self, goes: &impl Fn(&str) -> bool) -> (usize, Vec<Option<u32>>) {
        let mut values = std::mem::take(&mut self.names_mut().values);
        let (mut count, mut left) = (0, 0);
        let mut numbers = Vec::with_capacity(values.len());
        for value in &mut values {
            let before = value.names.len();
            value.names.retain(|name| !goes(name));
            count += before - value.names.len();
            numbers.push((!value.names.is_empty()).then_some(left));
            left += u32::from(!value.names.is_empty());
        }
        values.retain(|value| !value.names.is_empty());
        self.count = values.len();
        *self.names_mut() = EntryNames::of(values);
        (count, numbers)
    }

    /// The entries of the value that has one of these hashes.
    pub(super) fn of(&self, tags: &[[u8; TAG]]) -> &[String] {
        let names = self.names();
        let at = tags.iter().find_map(|tag| names.by_tag.get(tag));
        at.and_then(|at| names.values.get(*at as usize)).map_or(&[], |value| &value.names[..])
    }

    /// The entries of each value.
    pub(super) fn all(&self) -> impl Iterator<Item = &[String]> {
        self.names().values.iter().map(|value| &value.names[..])
    }

    /// Writes it down.
    pub(super) fn write(&self, out: &mut Writer) {
        let mut written = Writer::default();
        written.list(&self.names().values, |out, value| {
            out.list(&value.tags, |out, tag| out.raw(tag));
            out.list(&value.names, |out, name| out.bytes(name.as_bytes()));
        });
        out.size(self.count);
        out.bytes(&written.finish());
    }

    /// Reads what [`Self::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let count = from.size()?;
        Some(Self { count, written: from.bytes()?.to_vec(), read: OnceLock::new() })
    }
}
