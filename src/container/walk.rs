//! The way through a container and the containers in it: what each member is, and what was missed.

use super::budget::Budget;
use super::format::{Format, Known};
use super::magic;
use super::member::{Broken, Noted, drain, start};
use super::{Content, DAMAGED, Input, Limits, Opened, Problem, TOO_DEEP, TOO_LARGE, Visit, reason_of};
use std::io::{self, Cursor, Read};

/// Bytes of a member that are read before it is known what it is. A longer one is recognised by its start alone, and a
/// member that is no container is given in pieces.
const START: u64 = 8 << 20;

/// Where a container is.
pub(super) struct At {
    /// Its path inside the outermost one; empty for that.
    pub(super) path: String,
    /// Its name.
    pub(super) name: String,
    /// How many containers it is in, itself included.
    pub(super) depth: u32,
}

impl At {
    /// A member of it that is read as a container, as part of this one.
    pub(super) fn inside(&self, name: &str) -> Self {
        Self { path: self.join(name), name: name.to_owned(), depth: self.depth }
    }

    /// The path of a member.
    pub(super) fn join(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}!{name}", self.path) }
    }
}

/// What opens a container of any format. The formats know the walk, and the walk does not know them.
#[derive(Clone, Copy)]
pub(super) struct Openers {
    /// What something is, known by its start, or by all of it if the flag is set.
    pub(super) recognise: fn(&[u8], bool) -> Option<Known>,
    /// Opens one that can be read at any place.
    pub(super) any: fn(&mut Walk<'_>, Format, &mut dyn Input, &At) -> io::Result<()>,
    /// Opens one that can be read from start to end.
    pub(super) stream: fn(&mut Walk<'_>, Format, &mut dyn io::BufRead, &At) -> io::Result<()>,
    /// Opens one that is read as a whole.
    pub(super) whole: fn(&mut Walk<'_>, Format, &[u8], &At) -> io::Result<()>,
}

/// What is needed on the way through a container.
pub(super) struct Walk<'a> {
    pub(super) openers: Openers,
    pub(super) limits: &'a Limits,
    pub(super) budget: &'a Budget,
    pub(super) visit: &'a mut dyn Visit,
    pub(super) opened: &'a mut Opened,
    /// Bytes of members that are held in memory.
    pub(super) held: u64,
    /// True once a limit for all was reached: nothing more is read.
    pub(super) is_over: bool,
}

impl Walk<'_> {
    /// Notes that something at `path` was not read.
    pub(super) fn miss(&mut self, path: &str, reason: &'static str) {
        self.opened.problems += 1;
        // One that names a member says more than one that does not.
        if self.opened.first.as_ref().is_none_or(|first| first.path.is_empty() && !path.is_empty()) {
            self.opened.first = Some(Problem { path: path.to_owned(), reason });
        }
        self.is_over |= matches!(reason, super::TOO_MUCH | super::TOO_MANY);
    }

    /// The same, as the last thing about a container.
    pub(super) fn ends(&mut self, path: &str, reason: &'static str) -> io::Result<()> {
        self.miss(path, reason);
        Ok(())
    }

    /// How many problems there were so far.
    pub(super) fn problems(&self) -> u64 {
        self.opened.problems
    }

    /// Does `work` without noting problems: what it reads may not be meant to be read.
    pub(super) fn silently(&mut self, work: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        let (problems, first) = (self.opened.problems, self.opened.first.take());
        let result = work(self);
        let is_limit = self.is_over;
        if !is_limit || first.is_some() {
            self.opened.first = first;
        }
        if !is_limit {
            self.opened.problems = problems;
        }
        result
    }

    /// What a layer contains: an archive, which has the layer's own place, or a file.
    pub(super) fn content(&mut self, name: &str, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let (head, error) = start(reader, START);
        let is_whole = (head.len() as u64) < START && error.is_none();
        let is_archive = matches!((self.openers.recognise)(&head, is_whole), Some(Known::Open(_)));
        let place = if is_archive { at.path.clone() } else { at.join(name) };
        if !is_archive && !self.visit.wants(&place) {
            return Ok(());
        }
        self.given(&Given { place, name, depth: at.depth + 1 }, head, error, reader)
    }

    /// A member called `name` of the container `at`, with its content. Counts it, opens it if it is a container, and gives
    /// it out. What is left in the reader afterwards was not read.
    pub(super) fn member(&mut self, name: &str, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let place = at.join(name);
        if let Err(error) = self.budget.member() {
            self.miss(&place, reason_of(&error));
            return Ok(());
        }
        if !self.visit.wants(&place) {
            return Ok(());
        }
        let (head, error) = start(reader, START);
        self.given(&Given { place, name, depth: at.depth + 1 }, head, error, reader)
    }

    /// Text that was made of the member `at`, as if it were inside it.
    pub(super) fn text(&mut self, name: &str, text: &[u8], at: &At) -> io::Result<()> {
        let place = at.join(name);
        if let Err(error) = self.budget.member() {
            return self.ends(&place, reason_of(&error));
        }
        match text.len() as u64 {
            0..START => self.visit.member(&place, Content::Whole(text)),
            _ => self.visit.member(&place, Content::Long(&mut &text[..])),
        }
    }

    /// Content of a container that belongs to none of its members.
    pub(super) fn rest(&mut self, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let (head, error) = start(reader, START);
        if head.iter().all(|&byte| byte == 0) && error.is_none() && (head.len() as u64) < START {
            return Ok(());
        }
        let inner = self.compressed_in(&head, error.is_none()).next();
        let Some(inner) = inner else { return self.leaf(&at.join("(rest)"), &head, error, reader) };
        self.visit.member(&at.join("(rest)"), Content::Whole(&head))?;
        self.behind(&mut Read::chain(&head[inner..], Broken(error).chain(reader)), at)
    }

    /// Where something compressed that can be opened begins in `head`.
    fn compressed_in(&self, head: &[u8], is_sound: bool) -> impl Iterator<Item = usize> {
        let is_whole = (head.len() as u64) < START && is_sound;
        let recognise = self.openers.recognise;
        magic::compressed_in(head).filter(move |&start| recognise(&head[start..], is_whole).is_some())
    }

    /// Where a container begins in what follows the end of another: first of all, after zeros that fill a block, or after
    /// other bytes, which programs that unpack it pass over.
    fn inner(&self, head: &[u8], is_sound: bool) -> Option<usize> {
        let is_whole = (head.len() as u64) < START && is_sound;
        let zeros = head.iter().take_while(|&&byte| byte == 0).count();
        let is_one = (self.openers.recognise)(&head[zeros..], is_whole).is_some();
        Some(zeros).filter(|_| is_one).or_else(|| self.compressed_in(head, is_sound).next())
    }

    /// What follows the end of a container whose own bytes are scanned: it is opened if it is a container too.
    pub(super) fn behind(&mut self, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let (mut head, mut error) = start(reader, START);
        let Some(before) = self.inner(&head, error.is_none()) else { return Ok(()) };
        if before > 0 && error.is_none() {
            head.drain(..before);
            error = (&mut *reader).take(before as u64).read_to_end(&mut head).err();
        }
        let name = "(behind its end)";
        let place = at.join(name);
        if let Err(error) = self.budget.member() {
            return self.ends(&place, reason_of(&error));
        }
        if !self.visit.wants(&place) {
            return Ok(());
        }
        self.given(&Given { place, name, depth: at.depth + 1 }, head, error, reader)
    }

    fn given(
        &mut self,
        given: &Given<'_>,
        head: Vec<u8>,
        error: Option<io::Error>,
        reader: &mut dyn Read,
    ) -> io::Result<()> {
        let is_whole = (head.len() as u64) < START && error.is_none();
        let place = given.place.as_str();
        let format = match (self.openers.recognise)(&head, is_whole) {
            Some(Known::Open(format)) => format,
            Some(Known::Closed(_)) => {
                self.opened.closed.get_or_insert_with(|| place.to_owned());
                return self.leaf(place, &head, error, reader);
            }
            None => return self.leaf(place, &head, error, reader),
        };
        // The text of a document is no further container.
        if given.depth > self.limits.depth && !format.is_text() {
            self.miss(place, TOO_DEEP);
            return self.leaf(place, &head, error, reader);
        }
        let at = At { path: place.to_owned(), name: given.name.to_owned(), depth: given.depth };
        if format.is_stream() {
            let mut whole = io::BufReader::new(Cursor::new(head).chain(Broken(error)).chain(reader));
            return (self.openers.stream)(self, format, &mut whole, &at);
        }
        if let Some(error) = error {
            self.miss(place, reason_of(&error));
        } else if !is_whole {
            return self.held(format, head, reader, &at);
        }
        self.visit.member(place, Content::Whole(&head))?;
        if format.is_seekable() {
            return (self.openers.any)(self, format, &mut Cursor::new(head), &at);
        }
        (self.openers.whole)(self, format, &head, &at)
    }

    /// Opens a long member that has to be held in memory.
    fn held(&mut self, format: Format, mut head: Vec<u8>, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let most = self.limits.held.saturating_sub(self.held);
        let more = most.saturating_sub(head.len() as u64);
        if let Err(error) = reader.take(more).read_to_end(&mut head) {
            self.miss(&at.path, reason_of(&error));
        }
        if head.len() as u64 >= most {
            self.miss(&at.path, TOO_LARGE);
            return self.leaf(&at.path, &head, None, reader);
        }
        self.visit.member(&at.path, Content::Long(&mut head.as_slice()))?;
        let held = head.len() as u64;
        self.held += held;
        let result = match format.is_seekable() {
            true => (self.openers.any)(self, format, &mut Cursor::new(head), at),
            false => (self.openers.whole)(self, format, &head, at),
        };
        self.held -= held;
        result
    }

    /// Gives out content that is not opened.
    fn leaf(
        &mut self,
        place: &str,
        head: &[u8],
        error: Option<io::Error>,
        reader: &mut dyn Read,
    ) -> io::Result<()> {
        if let Some(error) = error {
            self.miss(place, reason_of(&error));
            return self.visit.member(place, Content::Whole(head));
        }
        if (head.len() as u64) < START {
            return self.visit.member(place, Content::Whole(head));
        }
        let mut noted = Noted { reader, error: None };
        let given = self.visit.member(place, Content::Long(&mut Read::chain(head, &mut noted)));
        match noted.error {
            Some(reason) => self.miss(place, reason),
            None => given?,
        }
        Ok(())
    }

    /// Reads what a member left of its `size` bytes; false if the container ends before.
    pub(super) fn skip(&mut self, member: &mut io::Take<&mut dyn io::BufRead>, place: &str) -> bool {
        let result = drain(member);
        let reason = match result {
            Err(error) => reason_of(&error),
            Ok(_) if member.limit() > 0 => DAMAGED,
            Ok(_) => return true,
        };
        self.miss(place, reason);
        false
    }
}

/// A member and where it is.
struct Given<'a> {
    place: String,
    name: &'a str,
    depth: u32,
}
