//! From an anchor to a candidate.

use super::context::{self, around};
use super::decode::{self, decode};
use super::generic;
use super::literal::{Literal, Via};
use super::prefilter::Anchor;
use super::reach::{Reach, Seen};
use super::target::{Hit, NAME_REACH};
use super::{Scanner, Scratch};
use crate::model::{Candidate, Decoding, RuleIndex, Span};
use memchr::memchr;
use std::sync::Arc;

/// What a blob's first bytes say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Bytes of no text known here.
    Binary,
    /// Text of one byte a character or more, ASCII among them.
    Text,
    /// UTF-16, as its byte order mark says.
    Utf16,
}

/// Bytes of a blob's head that say what it is.
const HEAD: usize = 8 << 10;

impl Nature {
    /// The nature of a blob with this head.
    pub(super) fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD)];
        match head {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            _ if memchr(0, head).is_some() => Self::Binary,
            _ => Self::Text,
        }
    }
}

/// A candidate as an anchor gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Where the match starts, counted from the anchor.
    pub(super) start: isize,
    /// What the decision looked at around the anchor's literal, its context included.
    pub(super) reach: Reach,
    /// The candidate.
    pub(super) candidate: Arc<Candidate>,
}

impl Scanner {
    /// True where an anchor is worth evaluating: looks at its [`quick_reach`](Self::quick_reach) only.
    #[inline]
    pub(super) fn admits(&self, blob: &[u8], nature: Nature, anchor: Anchor) -> bool {
        let literal = self.literals.at(anchor.literal);
        if !self.targets[literal.rule as usize].is_assignment() {
            return true;
        }
        match (literal.via, nature) {
            (Via::Plain, Nature::Text) => generic::quick(blob, self.literals.span(anchor.literal, anchor.at)),
            (Via::Utf16Le | Via::Utf16Be, Nature::Utf16) => true,
            _ => false,
        }
    }

    /// How far around a literal [`admits`](Self::admits) looks.
    pub(super) fn quick_reach(&self, literal: u32) -> usize {
        let literal = self.literals.at(literal);
        let is_word = literal.via == Via::Plain && self.targets[literal.rule as usize].is_assignment();
        if is_word { generic::QUICK_REACH } else { 0 }
    }

    /// How far around an anchor's literal the decision looks in this blob, context aside.
    pub(super) fn looked(&self, blob: &[u8], anchor: Anchor) -> Reach {
        let literal = self.literals.at(anchor.literal);
        if literal.via != Via::Plain || !self.targets[literal.rule as usize].is_assignment() {
            return self.reach(anchor.literal);
        }
        let rest = self.keyword(literal).len() - literal.len as usize;
        let span = self.literals.span(anchor.literal, anchor.at);
        let Reach { before, after } = generic::reach(blob, Span::new(span.start, span.end + rest));
        Reach { before, after: after + rest }
    }

    /// How far around a literal any decision looks, context aside.
    pub(super) fn reach(&self, literal: u32) -> Reach {
        let literal = self.literals.at(literal);
        match literal.via {
            Via::Plain => {
                let Reach { before, after } = self.targets[literal.rule as usize].reach();
                let rest = self.keyword(literal).len() - literal.len as usize;
                Reach { before, after: after + rest }
            }
            _ => decode::REACH,
        }
    }

    /// The keyword of a literal, whole.
    fn keyword(&self, literal: &Literal) -> &[u8] {
        &self.keywords[literal.rule as usize][literal.keyword as usize]
    }

    /// The candidate at an anchor.
    pub(super) fn evaluate(&self, blob: &[u8], anchor: Anchor, scratch: &mut Scratch) -> Option<Held> {
        let literal = self.literals.at(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        let target = &self.targets[literal.rule as usize];
        scratch.caches.resize_with(self.targets.len(), || None);
        let cache = &mut scratch.caches[literal.rule as usize];
        let keyword = self.keyword(literal);
        let (hit, context, seen) = match literal.via.decoding() {
            None => {
                let word = Span::new(span.start, span.start + keyword.len());
                if keyword.len() > span.len()
                    && !blob.get(word.start..word.end)?.eq_ignore_ascii_case(keyword)
                {
                    return None;
                }
                let hit = target.decide(cache, blob, word)?;
                let (context, seen) = around(blob, hit.whole);
                (hit, context, seen)
            }
            Some(decoding) => {
                let decoded = &mut scratch.decoded;
                if !decode(blob, anchor.at, literal.via, decoded) {
                    return None;
                }
                let word = Span::new(decoded.anchor, decoded.anchor + keyword.len());
                if !decoded.bytes.get(word.start..word.end)?.eq_ignore_ascii_case(keyword) {
                    return None;
                }
                let mut hit = target.decide(cache, &decoded.bytes, word)?;
                let (mut context, mut seen) = (None, Seen::of(span));
                if matches!(decoding, Decoding::Utf16Le | Decoding::Utf16Be) {
                    context = Some(around(&decoded.bytes, hit.whole).0);
                }
                hit.whole = decoded.origin(hit.whole)?;
                hit.secret_at = decoded.origin(hit.secret_at)?;
                hit.decoded_by.insert(0, decoding);
                let context = context.unwrap_or_else(|| {
                    let (context, looked) = around(blob, hit.whole);
                    seen = looked;
                    context
                });
                (hit, context, seen)
            }
        };
        let seen = seen.and(Seen::around(hit.whole, Reach { before: NAME_REACH, after: 0 }));
        let seen = seen.and(Seen::around(span, self.looked(blob, anchor)));
        let Hit { whole, secret_at, secret, identifier, form, check, facts, score, decoded_by, basis } = hit;
        let secret_at = Span::new(secret_at.start - whole.start, secret_at.end - whole.start);
        let rule = RuleIndex(literal.rule);
        let len = whole.len();
        let candidate = Candidate {
            rule,
            len,
            secret_at,
            secret,
            identifier,
            form,
            check,
            facts,
            score,
            decoded_by,
            basis,
            context,
        };
        Some(Held {
            start: whole.start as isize - anchor.at as isize,
            reach: seen.from(span),
            candidate: Arc::new(candidate),
        })
    }

    /// The furthest that any decision and its context look from a literal, the literal's length included.
    pub(super) fn furthest(&self) -> usize {
        (0..self.literals.list().len() as u32)
            .map(|literal| {
                let reach = self.reach(literal);
                reach.before.max(reach.after).max(self.quick_reach(literal))
                    + self.literals.at(literal).len as usize
            })
            .max()
            .map_or(0, |furthest| furthest + context::FURTHEST.max(NAME_REACH))
    }
}
