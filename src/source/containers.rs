//! Containers among what a source reads: opened, and their members given to the sink.
//!
//! A container's own bytes are given out before, like those of any file. A member is given with the container's place and
//! the path inside. It counts as part of the container: if some of it could not be read, the container is unread.

use super::excludes::Excludes;
use super::pieces::{self, Given};
use super::{Sink, reason};
use crate::container::{self, Content, Input, Limits, Opened, Problem, Visit};
use crate::model::{Blob, Coverage, Piece, Place};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// Whether containers are opened, and how far; not by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening(pub Option<Limits>);

impl Opening {
    /// To this depth; with 0 none is opened.
    pub fn to_depth(depth: u32) -> Self {
        Self((depth > 0).then(|| Limits::to_depth(depth)))
    }
}

/// What is needed to give out what is in containers.
#[derive(Clone, Copy)]
pub(super) struct Opener<'a> {
    pub(super) opening: Opening,
    pub(super) margin: usize,
    pub(super) sink: &'a Sink<'a>,
    /// What is left out.
    pub(super) excludes: Option<&'a Excludes>,
}

/// What became of something that was given out, and of what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContentOutcome {
    /// All of it was read.
    Scanned,
    /// Only its own bytes were: it, or the member at this path in it, is a container that is not opened.
    Closed(Option<String>),
    /// Something in it could not be read.
    Unread(Problem),
}

/// The same with what was counted on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Looked {
    pub(super) outcome: ContentOutcome,
    /// Bytes that were given out.
    pub(super) bytes: u64,
    /// Members that the configuration leaves out.
    pub(super) left_out: u64,
}

impl Looked {
    /// Counts it as the unit `name`; if it `is_named`, nothing of it is left out.
    pub(super) fn count(self, name: &str, is_named: bool, coverage: &mut Coverage) {
        let Self { outcome, bytes, left_out } = self;
        coverage.exclude_some(reason::CONFIGURED, left_out);
        match outcome {
            ContentOutcome::Scanned => coverage.scan(bytes),
            ContentOutcome::Closed(inner) => {
                let name = example(name, inner.as_deref().unwrap_or_default());
                if is_named {
                    coverage.bytes += bytes;
                    coverage.miss(reason::COMPRESSED, name);
                } else {
                    coverage.exclude_scanned(reason::COMPRESSED, bytes, name);
                }
            }
            ContentOutcome::Unread(Problem { path, reason }) => {
                coverage.bytes += bytes;
                coverage.miss(reason, example(name, &path));
            }
        }
    }
}

/// What `inner` inside the container `name` is called in a coverage.
pub(super) fn example(name: &str, inner: &str) -> String {
    if inner.is_empty() { name.to_owned() } else { format!("{name}!{inner}") }
}

impl Opener<'_> {
    /// Opens what was `given` out at `place`, if it is a container, from the same bytes in `input`.
    ///
    /// # Errors
    /// What the sink does not take.
    pub(super) fn open(&self, given: Given, input: &mut dyn Input, place: &Place) -> io::Result<Looked> {
        let (Some(limits), Some(format)) = (self.opening.0, given.format) else {
            let is_closed = given.compressed.is_some() || is_brotli(place, input).unwrap_or(true);
            let outcome = if is_closed { ContentOutcome::Closed(None) } else { ContentOutcome::Scanned };
            return Ok(Looked { outcome, bytes: given.bytes, left_out: 0 });
        };
        let name = place.path.as_deref().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        let mut members = Members {
            opener: self,
            place,
            buffer: Vec::new(),
            bytes: given.bytes,
            left_out: 0,
            closed: None,
        };
        let opened = container::open(name, format, input, &limits, &mut members)?;
        let Members { bytes, left_out, closed, .. } = members;
        let Opened { first, closed: known, .. } = opened;
        let outcome = match (first, known.or(closed)) {
            (Some(problem), _) => ContentOutcome::Unread(problem),
            (None, Some(path)) => ContentOutcome::Closed(Some(path)),
            (None, None) => ContentOutcome::Scanned,
        };
        Ok(Looked { outcome, bytes, left_out })
    }
}

/// True for what its name says is compressed by brotli, which has no mark of its own, unless it is text.
fn is_brotli(place: &Place, input: &mut dyn Input) -> io::Result<bool> {
    if !place.path.as_deref().is_some_and(|path| path.ends_with(".br")) {
        return Ok(false);
    }
    input.rewind()?;
    let mut head = Vec::new();
    input.take(BROTLI_HEAD).read_to_end(&mut head)?;
    let is_text = match std::str::from_utf8(&head) {
        Ok(_) => true,
        // The last character may be cut.
        Err(error) => error.error_len().is_none() && head.len() as u64 == BROTLI_HEAD,
    };
    let is_plain = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t'..=b'\r');
    Ok(!(head.is_empty() || is_text && head.iter().all(is_plain)))
}

/// How many bytes show whether a file is text.
const BROTLI_HEAD: u64 = 4 << 10;

/// The members of a container on their way to the sink.
struct Members<'a> {
    opener: &'a Opener<'a>,
    place: &'a Place,
    /// For long members; empty until there is one.
    buffer: Vec<u8>,
    bytes: u64,
    left_out: u64,
    /// The first long member that ends like a container.
    closed: Option<String>,
}

impl Visit for Members<'_> {
    fn wants(&mut self, path: &str) -> bool {
        let Some(excludes) = self.opener.excludes else { return true };
        let outer = self.place.path.as_deref().unwrap_or_default();
        let whole = format!("{outer}!{path}");
        // To a pattern a container is a folder.
        let is_out =
            [whole.replace('!', "/"), whole].iter().any(|path| excludes.covers_file(Path::new(path)));
        self.left_out += u64::from(is_out);
        !is_out
    }

    fn member(&mut self, path: &str, content: Content<'_>) -> io::Result<()> {
        let inner = Some(Arc::<str>::from(path));
        let inner = inner.as_ref();
        let Opener { margin, sink, .. } = *self.opener;
        match content {
            Content::Whole(bytes) => {
                self.bytes += bytes.len() as u64;
                let piece = Piece::whole(bytes);
                sink(Blob { place: self.place, inner, piece, line: 1, column: 0 }).map_err(reason::refused)
            }
            Content::Long(reader) => {
                if self.buffer.is_empty() {
                    self.buffer = pieces::buffer(margin);
                }
                let filled = pieces::fill(reader, &mut self.buffer, 0);
                let at = (self.place, inner);
                let given = pieces::give_member(reader, &mut self.buffer, filled, margin, at, sink)?;
                self.bytes += given.bytes;
                if given.compressed.is_some() {
                    self.closed.get_or_insert_with(|| path.to_owned());
                }
                Ok(())
            }
        }
    }
}
