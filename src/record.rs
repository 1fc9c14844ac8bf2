//! Plain values as bytes, for caches: numbers, byte strings, and lists of both.
//!
//! No derived serialisation, for two reasons: a [`Secret`](crate::model::Secret) must not be something that any
//! serialiser can print, and lists of millions of numbers are copied whole.
//!
//! The bytes may be damaged, however well they were sealed: a [`Reader`] never panics, and no count makes it allocate
//! more memory than the bytes could fill. Only the code that writes a value knows its meaning.

use std::sync::Arc;

/// Items that are allocated at once for a list; longer ones grow as they are read.
const AT_ONCE: usize = 1 << 16;

/// Writes values one after the other.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// The bytes that were written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// A number, in as few bytes as it needs: seven bits in each, the lowest first.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// A number that may be negative.
    pub fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    /// A length, or a position in something.
    pub fn size(&mut self, size: usize) {
        self.number(size as u64);
    }

    /// Yes or no.
    pub fn flag(&mut self, flag: bool) {
        self.bytes.push(u8::from(flag));
    }

    /// Bytes whose length the reader knows.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes, with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.raw(bytes);
    }

    /// Numbers of 32 bits each, with their count.
    pub fn words(&mut self, words: impl ExactSizeIterator<Item = u32>) {
        self.size(words.len());
        self.bytes.reserve(words.len() * 4);
        for word in words {
            self.raw(&word.to_le_bytes());
        }
    }

    /// An optional value.
    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// A list.
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let items = items.into_iter();
        self.size(items.len());
        items.for_each(|item| write(self, item));
    }
}

/// Reads what a [`Writer`] wrote; `None` at the first value that is not of the requested form.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of `bytes` from their start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True if nothing is left.
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// See [`Writer::number`].
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            if shift == 63 && byte > 1 {
                return None;
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// See [`Writer::signed`].
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// See [`Writer::size`].
    pub fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// A number of at most 32 bits.
    pub fn word(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// See [`Writer::flag`].
    pub fn flag(&mut self) -> Option<bool> {
        match self.raw(1)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// See [`Writer::raw`].
    pub fn raw(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    /// See [`Writer::bytes`].
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.size()?;
        self.raw(len)
    }

    /// Bytes that are UTF-8.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// See [`Writer::words`].
    pub fn words(&mut self) -> Option<Vec<u32>> {
        let count = self.size()?;
        let bytes = self.raw(count.checked_mul(4)?)?;
        Some(bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect())
    }

    /// See [`Writer::option`].
    pub fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    /// See [`Writer::list`].
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.size()?;
        let mut items = Vec::with_capacity(count.min(self.rest.len()).min(AT_ONCE));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }

    /// One of `shared`, by its position there.
    pub fn one_of<T: ?Sized>(&mut self, shared: &[Arc<T>]) -> Option<Arc<T>> {
        shared.get(self.size()?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(
            number in any::<u64>(), signed in any::<i64>(), flag in any::<bool>(),
            bytes in any::<Vec<u8>>(), words in any::<Vec<u32>>(), maybe in any::<Option<u64>>(),
        ) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            writer.flag(flag);
            writer.bytes(&bytes);
            writer.words(words.iter().copied());
            writer.option(maybe, Writer::number);
            writer.list(&words, |writer, &word| writer.number(u64::from(word)));
            let written = writer.finish();
            let mut reader = Reader::new(&written);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.flag(), Some(flag));
            prop_assert_eq!(reader.bytes(), Some(&bytes[..]));
            prop_assert_eq!(reader.words(), Some(words.clone()));
            prop_assert_eq!(reader.option(Reader::number), Some(maybe));
            prop_assert_eq!(reader.list(Reader::word), Some(words));
            prop_assert!(reader.is_done());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = Reader::new(&bytes).number();
            let _ = Reader::new(&bytes).words();
            let _ = Reader::new(&bytes).text();
            let _ = Reader::new(&bytes).list(|reader| reader.option(Reader::bytes));
            let _ = Reader::new(&bytes).one_of(&[Arc::new(1)]);
        }
    }

    #[test]
    fn a_count_beyond_the_bytes_is_refused() {
        let mut writer = Writer::default();
        writer.number(u64::MAX);
        let written = writer.finish();
        assert_eq!(Reader::new(&written).words(), None);
        assert_eq!(Reader::new(&written).bytes(), None);
        assert_eq!(Reader::new(&written).list(Reader::number), None);
        assert_eq!(Reader::new(&[0xff; 10]).number(), None);
    }
}
