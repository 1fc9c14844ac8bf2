//! Values that a user keeps in a manager of secrets, as an index by which a scan recognises them. It contains no value.
//!
//! # Design: what the index is worth to a thief
//!
//! A scan looks at hundreds of megabytes a second, so a value must be recognised by something cheap. A memory-hard hash is
//! out of the question, and whatever is cheap for a scan is cheap for someone who guesses. So the index is worth nothing
//! without a key, and the key is kept apart from it: in a private file of the user's, beside the key of the cache, or in
//! `KEYDREDGE_KNOWN_KEY`. Everything but a salt is encrypted and authenticated with it (XChaCha20-Poly1305), the names of
//! the entries too. So *a thief of the index alone* learns its size, hence about how many values there are, and nothing
//! else; someone who may write to it can destroy it, and not change it unnoticed.
//!
//! *A thief of the key alone* has nothing. *A thief of both* has the names of the entries. A value is in there only as keyed
//! hashes of all of it (128 bits) and of a zone of it (64 bits; 8, 12 or 20 bytes of the value, by its length), and as bits
//! in tables that it shares with other values. So they can test guesses, as fast as their machines hash. The tables also
//! narrow down a zone before it is hashed: by up to 6.6 bits for each of its five windows ([`needle`]) and 10 for its first
//! twelve bytes together, 43 in all. Of the 119 bits of 20 random letters and digits 76 remain: such a value stays out of
//! reach. Of the 71 bits of a zone of 12 bytes 28 remain, of the 48 of one of 8 bytes 5: *values of less than 20 characters can
//! be worked out by someone who has both*, and so can what a person chose. A zone in which no digit follows a letter, as in
//! a value of letters alone, has no window as it is, but grams, which give twelve bytes of it away ([`segment`]): *such
//! values can be worked out if they have less than 32 characters*. That is why the key must be kept like the secrets, and why
//! what can be guessed is refused ([`strength`]). A table with few values is filled up with bits at random, so that few
//! values give away no more of themselves than many.
//!
//! # What is found
//!
//! A value is found wherever all of its bytes are, amid whatever other text (under 12 bytes, not within a longer word): as it
//! is, in the escapes of JSON, XML, shells and URLs ([`spelling`]), in base64 at any alignment, hexadecimal digits, percent
//! escapes, `\x` and `\u` escapes, UTF-16 and UTF-32. Of a value of several lines one line is searched for, and of a longer one
//! its first [`LONGEST`] bytes. What is not found: a value cut into pieces (a line break within base64 or within the
//! value), compressed outside of a container that is opened, encoded twice, in other letters (capitals instead of small ones),
//! or in a text encoding other than those.
//!
//! # Invariant
//!
//! Whether a zone is seen depends on [`Zone::MARGIN`] bytes around it, and whether there is a value at it on the bytes that
//! [`KnownIndex::matches`] names. So a history's deltas carry zones over like other anchors.

mod bits;
mod environment;
mod error;
mod export;
mod file;
mod keys;
mod matching;
mod names;
mod needle;
mod search;
mod segment;
mod spelling;
mod strength;
#[cfg(test)]
mod tests;
mod writing;

pub use environment::{environment, service};
pub use error::Error;
pub use export::{Exported, ManagerExport};
pub use matching::{KnownMatch, Zone};
pub use strength::Refusal;

use keys::{Keys, SALT};
use names::NameBook;
use segment::{Segment, Spelled};
use spelling::Spelling;
use std::collections::BTreeSet;
use std::fmt;

/// The longest part of a value that is searched for, in bytes.
pub const LONGEST: usize = 1024;

/// The most passes over a text: each time an index outgrows its tables, another is added.
const MOST_SEGMENTS: usize = 6;

/// Values as a scan recognises them.
#[derive(Clone)]
pub struct KnownIndex {
    salt: [u8; SALT],
    keys: Keys,
    segments: Vec<Segment>,
    names: NameBook,
    /// The entries whose values are not searched for, and why.
    refused: BTreeSet<(String, Refusal)>,
    /// What differs for another index, or for another version of this one.
    digest: [u8; 32],
}

/// What an addition came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Values that are new.
    pub values: usize,
    /// Entries that are new, of values that are new or not.
    pub entries: usize,
    /// Entries that were there.
    pub known: usize,
}

impl fmt::Debug for KnownIndex {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KnownIndex({} values)", self.len())
    }
}

impl KnownIndex {
    /// An index of nothing, for the owner of `key`.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub fn new(key: &[u8; 32]) -> Result<Self, Error> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(Error::Random)?;
        Ok(Self::of(Keys::derive(key, &salt), salt))
    }

    fn of(keys: Keys, salt: [u8; SALT]) -> Self {
        Self {
            salt,
            keys,
            segments: Vec::new(),
            names: NameBook::default(),
            refused: BTreeSet::new(),
            digest: [0; 32],
        }
    }

    /// Adds what was exported.
    ///
    /// # Errors
    /// If the index has been extended too often, or the system has no random bytes.
    pub fn add(&mut self, exported: &[Exported]) -> Result<Added, Error> {
        let mut added = Added::default();
        let mut spelled = Vec::new();
        for Exported { name, value } in exported {
            if let Some(refusal) = Refusal::of(name, value) {
                self.refused.insert((name.clone(), refusal));
                continue;
            }
            let tag = self.keys.tag(whole(value).as_bytes());
            let part = part(value);
            let (at, is_new) = self.names.number(&tag, || self.keys.tag(part.as_bytes()));
            if is_new {
                let spellings = Spelling::all(part.as_bytes()).into_iter();
                spelled.extend(spellings.map(|(spelling, bytes)| Spelled { bytes, spelling, value: at }));
                added.values += 1;
            }
            if self.names.name(at, name) {
                added.entries += 1;
            } else {
                added.known += 1;
            }
        }
        self.enter(&spelled)?;
        Ok(added)
    }

    fn enter(&mut self, spelled: &[Spelled]) -> Result<(), Error> {
        if spelled.is_empty() {
            return Ok(());
        }
        let is_in = self.segments.last_mut().is_some_and(|last| last.enter(&self.keys, spelled));
        if !is_in {
            if self.segments.len() == MOST_SEGMENTS {
                return Err(Error::Full);
            }
            self.segments.push(Segment::new(&self.keys, spelled).map_err(Error::Random)?);
        }
        Ok(())
    }

    /// Takes out the entries for which `goes` is true, and the values that no other entry has. Returns how many went.
    pub fn remove(&mut self, goes: impl Fn(&str) -> bool) -> usize {
        let (count, numbers) = self.names.remove(&goes);
        for segment in &mut self.segments {
            segment.renumber(|value| numbers.get(value as usize).copied().flatten());
        }
        let refused = self.refused.len();
        self.refused.retain(|(name, _)| !goes(name));
        count + refused - self.refused.len()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.names.len() == 0
    }

    /// The entries that have `value`; none if it is not in the index.
    pub fn entries(&self, value: &[u8]) -> &[String] {
        let text = String::from_utf8_lossy(value);
        let tags = [self.keys.tag(value), self.keys.tag(whole(&text).as_bytes())];
        self.names.of(&tags)
    }

    /// The entries of each value.
    pub fn all(&self) -> impl Iterator<Item = &[String]> {
        self.names.all()
    }

    /// The entries whose values are not searched for, and why.
    pub fn refused(&self) -> impl ExactSizeIterator<Item = &(String, Refusal)> {
        self.refused.iter()
    }

    /// What differs for another index, or for another version of this one.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The furthest that a match and its zone are from each other, in bytes of text, with what else is looked at.
    pub fn reach(&self) -> usize {
        let longest = self.segments.iter().map(Segment::longest).max().unwrap_or(0);
        (longest + 1) * writing::Writing::Escaped.width() + 8 + Zone::MARGIN
    }

    /// Calls `see` with each zone in `text`; one that is written in a way that reads in two ways may be there twice.
    pub fn zones(&self, text: &[u8], see: &mut dyn FnMut(Zone)) {
        for (number, segment) in (0..).zip(&self.segments) {
            segment.zones(&self.keys, text, &mut |start, end, writing, head| {
                see(Zone::new(number, start, end, writing, head));
            });
        }
    }

    /// The values at a zone, and how many bytes before its start and after its end were looked at.
    pub fn matches(&self, text: &[u8], zone: &Zone) -> (Vec<KnownMatch>, usize, usize) {
        match self.segments.get(zone.segment()) {
            Some(segment) => segment.matches(&self.keys, text, zone),
            None => (Vec::new(), 0, 0),
        }
    }
}

/// A value as it is compared: without white space around it, and with line feeds alone.
fn whole(value: &str) -> String {
    value.trim().replace("\r\n", "\n")
}

/// The part of a value that is searched for: of several lines one in the middle of the longest ones, since the first line of
/// a key is like those of others.
fn part(value: &str) -> &str {
    let value = value.trim();
    let lines = || value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let part = if value.contains('\n') {
        let longest = lines().map(str::len).max().unwrap_or(0);
        let longest: Vec<&str> = lines().filter(|line| line.len() == longest).collect();
        longest.get(longest.len() / 2).copied().unwrap_or(value)
    } else {
        value
    };
    let end = (0..=LONGEST.min(part.len())).rev().find(|end| part.is_char_boundary(*end));
    &part[..end.unwrap_or(0)]
}
