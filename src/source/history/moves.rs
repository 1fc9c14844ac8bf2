//! Which refs have moved since an earlier run, told without listing them: there may be tens of thousands, nearly all in
//! one file that seldom changes.

use super::refs::{Listed, Sources, Target, halves, parse};
use crate::model::ObjectId;
use crate::record::{Reader, Writer};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};

/// How often the packed refs are searched. One search of ansible's 61,000 takes half a millisecond.
const SEARCHES: usize = 16;

/// How many symbolic refs are followed in a row, at least as many as anywhere else.
const DEPTH: usize = 5;

/// What the files of loose refs and of the `HEAD`s say, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// What a later run tells from which refs have moved, if the packed refs are what they were.
#[derive(Debug)]
pub(super) struct RefFiles(Files);

impl RefFiles {
    /// Those of `sources`; `None` where a later run could not tell: git was asked, or some ref says nothing that a ref
    /// can say.
    pub(super) fn of(sources: Sources, listed: &Listed) -> Option<Self> {
        (sources.asked.is_none() && listed.broken.is_empty())
            .then(|| Self(sources.files.into_iter().collect()))
    }

    /// Writes them down.
    pub(super) fn write(&self, out: &mut Writer) {
        out.list(&self.0, |out, (name, text)| {
            out.bytes(name.as_bytes());
            out.bytes(text);
        });
    }

    /// Reads what [`Self::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let rows = from.list(|from| Some((from.text()?.to_owned(), from.bytes()?.to_vec())))?;
        Some(Self(rows.into_iter().collect()))
    }

    /// How the refs have moved until `now`, if the packed refs are the same. `None` where one has come or gone, where one
    /// of notes has moved, or where it cannot be told.
    pub(super) fn moves<'a>(&self, now: &'a Sources) -> Option<Moves<'a>> {
        if now.asked.is_some() || !now.unlisted.is_empty() {
            return None;
        }
        let files: Files = now.files.iter().cloned().collect();
        let mut packed = Packed { text: &now.packed, known: BTreeMap::new() };
        let mut moves =
            Moves { moved: BTreeSet::new(), led: BTreeSet::new(), packed: &now.packed, files: files.clone() };
        for name in self.0.keys().chain(files.keys().filter(|name| !self.0.contains_key(*name))) {
            let (from, to) = (packed.resolve(name, &self.0)?, packed.resolve(name, &files)?);
            match (from, to) {
                (Some(from), Some(to)) if from == to => {}
                (Some(from), Some(to)) if !is_of_notes(name) => {
                    moves.moved.insert((from, to));
                }
                // An unborn branch's `HEAD` leads nowhere then and now.
                (None, None) => {}
                _ => return None,
            }
            moves.led.extend(from.filter(|_| !is_of_notes(name)));
        }
        Some(moves)
    }
}

/// How refs have moved.
#[derive(Debug)]
pub struct Moves<'a> {
    /// From where to where; each pair once.
    pub(super) moved: BTreeSet<(ObjectId, ObjectId)>,
    /// Where the refs led whose files there are, but for those of notes.
    led: BTreeSet<ObjectId>,
    packed: &'a [u8],
    /// What overrides packed refs.
    files: Files,
}

impl Moves<'_> {
    /// True only where a ref that is not of notes led to this object when the earlier run looked.
    pub(super) fn was_led_to(&self, id: ObjectId) -> bool {
        let digits = id.to_string();
        let is_ref = |at: usize| {
            let is_start = at == 0 || self.packed[at - 1] == b'\n';
            let line = self.packed[at..].split(|&byte| byte == b'\n').next().unwrap_or_default();
            let name = halves(line).filter(|(head, _)| *head == digits.as_bytes());
            let name = name.and_then(|(_, name)| std::str::from_utf8(name).ok());
            // One that a file overrides is among the others.
            is_start && name.is_some_and(|name| !is_of_notes(name) && !self.files.contains_key(name))
        };
        self.led.contains(&id) || memmem::find_iter(self.packed, &digits).take(SEARCHES).any(is_ref)
    }
}

fn is_of_notes(name: &str) -> bool {
    name.starts_with("refs/notes/")
}

/// The packed refs, of which few are asked for.
struct Packed<'a> {
    text: &'a [u8],
    known: BTreeMap<String, Option<ObjectId>>,
}

impl Packed<'_> {
    /// What a ref names in the end, where `files` override what is packed. `None` where that cannot be told.
    fn resolve(&mut self, name: &str, files: &Files) -> Option<Option<ObjectId>> {
        let mut name = name.to_owned();
        for _ in 0..DEPTH {
            match files.get(&name) {
                Some(text) => match parse(text)? {
                    Target::Id(id) => return Some(Some(id)),
                    Target::Ref(next) => name = next,
                },
                None => return self.find(&name),
            }
        }
        None
    }

    /// What a packed ref names; `None` where that cannot be told.
    fn find(&mut self, name: &str) -> Option<Option<ObjectId>> {
        if let Some(known) = self.known.get(name) {
            return Some(*known);
        }
        // What is printed with an escape may be another's name as it stands.
        if self.known.len() == SEARCHES || name.contains('\\') || name.is_empty() {
            return None;
        }
        let is_line = |&at: &usize| {
            let start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |before| before + 1);
            let end = memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |end| at + end);
            halves(&self.text[start..end]).is_some_and(|(_, found)| found == name.as_bytes())
        };
        let found = match memmem::find_iter(self.text, name).find(is_line) {
            Some(at) => {
                let start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |before| before + 1);
                match parse(halves(&self.text[start..])?.0)? {
                    Target::Id(id) => Some(id),
                    Target::Ref(_) => return None,
                }
            }
            None => None,
        };
        self.known.insert(name.to_owned(), found);
        Some(found)
    }
}
