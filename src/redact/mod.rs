//! Secrets in a stream replaced by placeholders, in constant memory.
//!
//! [`Redactor`] takes bytes as they come and gives them out with each secret replaced by a placeholder
//! ([`Replacer`]). It does no I/O: where bytes come from and go to is the caller's business.
//!
//! # Design
//!
//! A decision of the engine depends on no more than [`Scanner::margin`] bytes on either side. So the last bytes that came
//! are held back until what follows cannot change the decision about them, and nothing is given out that a secret
//! might continue in. The result is that of a scan of the whole, however the bytes were cut on their way.
//!
//! Held-back bytes are a nuisance for a person who watches. If the input pauses, all complete lines are given out as if
//! the text ended there, except a private key that has begun ([`key`]).
//!
//! # Invariant
//!
//! Bytes that are not replaced are given out unchanged and in order, whatever they are.

mod key;
mod replacer;

pub use replacer::{Counts, Replacer};

use crate::findings::settle;
use crate::model::{Found, Piece, Span};
use crate::scan::{Scanner, Scratch, in_order};
use thiserror::Error;

/// Bytes that are scanned at once.
const STEP: usize = 256 << 10;

/// Bytes at the start that show what kind of text it is.
const HEAD: usize = 8 << 10;

/// Bytes at the start that show whether it is UTF-16 or UTF-32.
const MARK: usize = 8;

/// The longest line without an end that is given out as a prompt, in bytes.
const LONGEST_PROMPT: usize = 200;

/// The scan of a part of the text ended early, so that the part may contain secrets that are not known.
#[derive(Debug, Error)]
#[error("a rule takes too much work in the bytes after offset {offset}, so they are not given out")]
pub struct TooMuch {
    /// Offset of the first byte that was not given out.
    pub offset: u64,
}

/// What is left of an input once its secrets are replaced.
#[derive(Debug)]
pub struct Redactor<'a, 'r> {
    scanner: &'a Scanner,
    replacer: &'r mut Replacer<'a>,
    scratch: Scratch,
    /// Bytes that were given out and may still matter for a decision, then those that were not.
    buffer: Vec<u8>,
    /// Offset of the buffer in the input.
    offset: u64,
    /// How many bytes of the buffer were given out.
    given: usize,
    /// Anchors before this position have been evaluated with all bytes that they may look at.
    evaluated: usize,
    /// The start of the input, once it is known.
    head: Option<Vec<u8>>,
    /// Candidates in the buffer; they may be there several times.
    found: Vec<Found>,
}

impl<'a, 'r> Redactor<'a, 'r> {
    /// For a new input.
    pub fn new(scanner: &'a Scanner, replacer: &'r mut Replacer<'a>) -> Self {
        Self {
            scanner,
            replacer,
            scratch: Scratch::default(),
            buffer: Vec::new(),
            offset: 0,
            given: 0,
            evaluated: 0,
            head: None,
            found: Vec::new(),
        }
    }

    /// Takes bytes, and adds to `out` what is decided.
    ///
    /// # Errors
    ///
    /// [`TooMuch`]. Nothing more may be pushed then.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TooMuch> {
        for part in bytes.chunks(STEP) {
            self.buffer.extend_from_slice(part);
            let to = self.buffer.len().saturating_sub(self.scanner.margin());
            if to >= self.evaluated + STEP {
                self.head.get_or_insert_with(|| head_of(&self.buffer));
                self.scan(self.evaluated..to, self.buffer.len())?;
                self.evaluated = to;
                // A candidate before this can only overlap candidates that are known.
                self.give(to.saturating_sub(2 * self.scanner.margin()), out);
            }
        }
        Ok(())
    }

    /// Adds to `out` all complete lines; a private key that has begun is held until it ends. If the pause is `long`, also
    /// the beginning of a line if it looks like a prompt. The input may go on.
    ///
    /// # Errors
    ///
    /// [`TooMuch`], as for [`Self::push`].
    pub fn pause(&mut self, long: bool, out: &mut Vec<u8>) -> Result<(), TooMuch> {
        let pending = &self.buffer[self.given..];
        let lines = memchr::memrchr(b'\n', pending).map_or(0, |feed| feed + 1);
        let held = key::held(&pending[..lines]);
        let is_prompt = long && held == lines && is_prompt(&pending[lines..]);
        let end = self.given + if is_prompt { pending.len() } else { held };
        if end == self.given {
            return Ok(());
        }
        // Later pieces must not be taken for another kind of text.
        let mark = &self.buffer[..self.buffer.len().min(MARK)];
        self.head.get_or_insert_with(|| if is_wide(mark) { mark.to_vec() } else { Vec::new() });
        // What was given out before its end was known is looked at again with what came since.
        let margin = self.scanner.margin();
        let from = self.evaluated.min(end.saturating_sub(margin));
        self.scan(from..end, end)?;
        self.evaluated = self.evaluated.max(end.saturating_sub(margin));
        self.give(end, out);
        Ok(())
    }

    /// Adds all that is left to `out`: the input has ended.
    ///
    /// # Errors
    ///
    /// [`TooMuch`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), TooMuch> {
        let len = self.buffer.len();
        self.head.get_or_insert_with(|| head_of(&self.buffer));
        self.scan(self.evaluated..len, len)?;
        self.give(len, out);
        Ok(())
    }

    /// Evaluates the anchors that begin in `fresh`, as if the text ended at `end`.
    fn scan(&mut self, fresh: std::ops::Range<usize>, end: usize) -> Result<(), TooMuch> {
        let head = self.head.as_deref().unwrap_or_default();
        // A file that consists of logins is known by its whole head.
        let offset = self.offset + u64::from(head.len() <= MARK);
        let piece = Piece { bytes: &self.buffer[..end], offset, fresh, head };
        let found = self.scanner.scan(&piece, &mut self.scratch);
        if self.scratch.cut().is_some() {
            return Err(TooMuch { offset: self.offset + self.given as u64 });
        }
        self.found.extend(found);
        Ok(())
    }

    /// Adds the bytes before `cut` to `out`, with secrets replaced. A candidate that continues behind `cut` is left for
    /// later, and so is all that follows.
    fn give(&mut self, mut cut: usize, out: &mut Vec<u8>) {
        if cut > self.given {
            let margin = self.scanner.margin();
            let mut found = in_order(std::mem::take(&mut self.found));
            found.retain(|found| found.span().end + margin >= self.given);
            let settled = settle(found.clone(), self.replacer.rules()).found;
            self.found = found;
            let mut spans: Vec<(Span, &Found)> =
                settled.iter().map(|found| (found.secret_span(), found)).collect();
            spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
            // From the last to the first: what is moved behind the cut may overlap what is before it.
            for (span, _) in spans.iter().rev() {
                if span.start < cut && cut < span.end {
                    cut = span.start.max(self.given);
                }
            }
            let mut at = self.given;
            for (span, found) in spans {
                if span.end <= at || span.start >= cut {
                    continue;
                }
                if let Some(placeholder) = self.replacer.placeholder(found) {
                    // Of two that overlap, the placeholder of the first replaces both.
                    if span.start >= at || at == self.given {
                        out.extend_from_slice(&self.buffer[at..span.start.max(at)]);
                        out.extend_from_slice(placeholder.as_bytes());
                    }
                    at = span.end.min(cut);
                }
            }
            out.extend_from_slice(&self.buffer[at..cut.max(at)]);
            self.given = cut.max(at);
        }
        self.forget();
    }

    /// Drops the bytes and candidates that no decision depends on any more.
    fn forget(&mut self) {
        let margin = self.scanner.margin();
        let kept = self.given.min(self.evaluated).saturating_sub(2 * margin);
        // Less often, since all that stays is moved.
        if kept < 2 * STEP {
            return;
        }
        self.buffer.drain(..kept);
        self.offset += kept as u64;
        self.given -= kept;
        self.evaluated -= kept;
        self.found.retain(|found| found.start >= kept);
        self.found.iter_mut().for_each(|found| found.start -= kept);
    }
}

/// The first bytes of a text. What contains zeros is read as text all the same: a pause before the first zero must not
/// decide what is found after it.
fn head_of(text: &[u8]) -> Vec<u8> {
    let head = &text[..text.len().min(HEAD)];
    let is_read_as_it_is = is_wide(&head[..head.len().min(MARK)]) || !head.contains(&0);
    if is_read_as_it_is { head.to_vec() } else { Vec::new() }
}

/// Whether these first bytes are those of UTF-16 or UTF-32.
fn is_wide(mark: &[u8]) -> bool {
    matches!(mark, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) || mark.contains(&0)
}

/// Whether the beginning of a line asks for an answer. It has nothing but short words, so that no secret has begun in
/// it.
fn is_prompt(line: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphabetic() || b" ?:()[],.!>$#%-/".contains(byte);
    let mut words = line.split(|&byte| byte == b' ');
    line.len() <= LONGEST_PROMPT
        && line.iter().all(is_word)
        && words.all(|word| word.len() < 16)
        && line.last().is_some_and(|last| b" ?:>$#%]".contains(last))
}

#[cfg(test)]
mod tests;
