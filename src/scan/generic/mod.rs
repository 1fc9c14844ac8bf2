//! Generic secrets: assignments of a secret to a name (`password = "…"`, `api_key: …`), and the credentials
//! of URLs and headers.
//!
//! `quick` rejects most anchors within a few bytes; `parse` reads name, operator and value, drops what
//! `veto` knows to be none, and scores the rest from name and value alone. The decision about an anchor
//! looks at nothing outside its reach, which is a matter of lines; knows no path, and cannot fail.

mod features;
mod innocent;
mod model;
mod name;
mod operator;
mod placeholder;
mod reference;
mod score;
mod shape;
#[cfg(test)]
mod tests;
mod userinfo;
mod value;
mod veto;

use super::reach::Reach;
use crate::model::{Basis, Candidate, Decoding, Form, Score, Span};
use memchr::{memchr_iter, memrchr};

pub use features::{COUNT, FEATURES, Features, Group};
pub use model::{DEPTH, INNER, LEAVES, Model, Node, Tree, UNIT};
pub(super) use placeholder::is_placeholder;
pub(super) use score::{keep_all, probability};

/// Bytes either side of an anchor that [`quick`] looks at.
pub(super) const QUICK_REACH: usize = 160;

/// The furthest that [`parse`] looks from an anchor, bytes.
pub(super) const FURTHEST: Reach = Reach { before: 256, after: 1536 };

/// Lines after an anchor's own that [`parse`] looks at: the second half of a pair may stand on the next, and its value
/// on the one after.
const LINES_AFTER: usize = 2;

/// A secret assigned to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    /// From the name's first byte to the value's last.
    pub span: Span,
    /// The value (or the encoded run that holds the secret).
    pub value: Span,
    /// The secret: escapes undone, decoded where `decoded_by` says so.
    pub secret: Vec<u8>,
    /// The name, as written.
    pub identifier: Box<str>,
    /// How the value was written.
    pub form: Form,
    /// How likely it is a secret, from name and value alone.
    pub score: Score,
    /// The decodings that led to the secret, outermost first.
    pub decoded_by: Vec<Decoding>,
    /// What kind of value it is.
    pub class: Class,
    /// What was judged beside name, form and value.
    pub basis: Basis,
}

/// The features that the judge saw of a candidate; `None` for one that the model did not judge.
pub(super) fn features(candidate: &Candidate) -> Option<Features> {
    let Candidate { basis, identifier, form, secret, .. } = candidate;
    let name = identifier.as_deref().unwrap_or_default().as_bytes();
    score::input(*basis, name, *form, secret.expose()).map(|input| Features::of(&input))
}

/// What kind of value a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Made by a machine: random.
    Random,
    /// A person may have chosen it.
    Chosen,
    /// A hash of a password.
    Hash,
}

/// Whether an anchor can start anything: false for most of them, at little cost.
pub(super) fn quick(blob: &[u8], word: Span) -> bool {
    let (window, word, _) = window(blob, word, QUICK_REACH, QUICK_REACH);
    match userinfo::Anchor::of(window, word) {
        Some(anchor) => userinfo::quick(window, word, anchor),
        None => name::find(window, word).is_some_and(|name| {
            !score::is_about(&window[name.span.start..name.span.end], name.kind)
                && operator::join(window, name.span)
                    .is_some_and(|join| value::may_start(window, join, name.kind))
        }),
    }
}

/// How far around the anchor `word` [`parse`] and [`quick`] look: no further than [`FURTHEST`], and no further than the
/// anchor's line and the two after it, save where a string may go on from line to line. Seldom a tenth of the most that it
/// could be, so that an edit leaves the anchors as they were decided that stand a few lines off (on five repositories
/// 2.1 million decisions were taken again for an edit nearby, and now 1.4).
pub(super) fn reach(blob: &[u8], word: Span) -> Reach {
    let end = word.end.min(blob.len());
    let start = word.start.min(end);
    let before = &blob[start.saturating_sub(FURTHEST.before)..start];
    let after = &blob[end..blob.len().min(end + FURTHEST.after)];
    let lines = memchr_iter(b'\n', after).nth(LINES_AFTER).map(|feed| feed + 1);
    Reach {
        before: memrchr(b'\n', before).map_or(FURTHEST.before, |feed| before.len() - feed),
        after: lines.filter(|&lines| !may_go_on(&after[..lines])).unwrap_or(FURTHEST.after),
    }
}

/// True where a string in `text` may run over line ends: between three quotes, or behind a backslash.
fn may_go_on(text: &[u8]) -> bool {
    // Without a way out, which keeps the loops free of branches.
    let is_triple =
        |three: &[u8]| matches!(three[0], b'"' | b'\'') & (three[0] == three[1]) & (three[1] == three[2]);
    let is_hidden = |two: &[u8]| (two[0] == b'\\') & (two[1] == b'\n');
    text.windows(3).fold(false, |any, three| any | is_triple(three))
        | text.windows(2).fold(false, |any, two| any | is_hidden(two))
}

/// Reads and judges the assignment that the anchor `word` stands in.
pub(super) fn parse(blob: &[u8], word: Span) -> Option<Assignment> {
    let Reach { before, after } = reach(blob, word);
    let (window, word, offset) = window(blob, word, before, after);
    let mut found = match userinfo::Anchor::of(window, word) {
        Some(anchor) => userinfo::parse(window, word, anchor)?,
        None => assignment(window, word)?,
    };
    found.span = found.span.shifted(offset);
    found.value = found.value.shifted(offset);
    Some(found)
}

/// The same for a word of a name, within the window.
fn assignment(text: &[u8], word: Span) -> Option<Assignment> {
    let name = name::find(text, word)?;
    let written = &text[name.span.start..name.span.end];
    if score::is_about(written, name.kind) || score::is_shown(written, name.kind) {
        return None;
    }
    let join = operator::join(text, name.span)?;
    if join.joint == operator::Joint::Call && !name::calls_credential(&text[name.span.start..name.span.end]) {
        return None;
    }
    let literal = value::read(text, name.span, join)?;
    let identifier = String::from_utf8_lossy(&text[name.span.start..name.span.end]);
    let value = veto::admit(&literal, identifier.as_bytes())?;
    let judged = score::judge(&score::Input {
        identifier: identifier.as_bytes(),
        kind: name.kind,
        joint: join.joint,
        form: literal.form,
        joined: literal.joined,
        value: &value.secret,
    })?;
    let value_span = Span::new(literal.span.start + value.from, literal.span.start + value.to);
    Some(Assignment {
        span: Span::new(name.span.start, value_span.end),
        value: value_span,
        secret: value.secret,
        identifier: identifier.into(),
        form: literal.form,
        score: judged.score,
        decoded_by: value.decoded_by,
        class: judged.class,
        basis: judged.basis,
    })
}

/// The part of a blob around an anchor, the anchor in it, and the part's offset in the blob.
fn window(blob: &[u8], word: Span, before: usize, after: usize) -> (&[u8], Span, usize) {
    let end = word.end.min(blob.len());
    let start = word.start.min(end);
    let from = start.saturating_sub(before);
    let to = (end + after).min(blob.len());
    (&blob[from..to], Span::new(start - from, end - from), from)
}

/// The byte at `at`, or nought where the text ends before it.
fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}
