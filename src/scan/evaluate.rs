//! From an anchor to a candidate.

use super::context::{self, around};
use super::decode;
use super::generic;
use super::literal::{Literal, Via};
use super::long::Text;
use super::prefilter::Anchor;
use super::reach::{Reach, Seen};
use super::target::{Decided, Hit, NAME_REACH};
use super::{Scanner, Scratch};
use crate::model::{Candidate, Context, RuleIndex, Span};
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
    /// UTF-32, little end first, as its byte order mark or its first characters say.
    Utf32Le,
    /// UTF-32, big end first, likewise.
    Utf32Be,
}

/// Bytes of a blob's head that say what it is.
const HEAD: usize = 8 << 10;

impl Nature {
    /// The nature of a blob with this head.
    pub(super) fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD)];
        match head {
            [0xff, 0xfe, 0, 0, ..] => Self::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] => Self::Utf32Be,
            [a, 0, 0, 0, b, 0, 0, 0, ..] if is_typed(*a) && is_typed(*b) => Self::Utf32Le,
            [0, 0, 0, a, 0, 0, 0, b, ..] if is_typed(*a) && is_typed(*b) => Self::Utf32Be,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            _ if memchr(0, head).is_some() => Self::Binary,
            _ => Self::Text,
        }
    }
}

/// True for what a text may begin with.
const fn is_typed(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
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

/// What came of an anchor.
#[derive(Clone, Debug)]
pub(super) enum Evaluated {
    /// A candidate.
    Held(Arc<Held>),
    /// None; so much was looked at around the anchor's literal.
    Nothing(Reach),
}

impl Evaluated {
    /// What was looked at around the anchor's literal.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Self::Held(held) => held.reach,
            Self::Nothing(reach) => *reach,
        }
    }

    /// The candidate.
    pub(super) fn held(self) -> Option<Arc<Held>> {
        match self {
            Self::Held(held) => Some(held),
            Self::Nothing(_) => None,
        }
    }
}

/// What is found at an anchor, and what was looked at for it.
#[derive(Debug, Default)]
struct Decision {
    /// What was found, its context, and what was looked at for that.
    hit: Option<(Hit, Context, Seen)>,
    /// What was looked at around the literal to decide, beyond [`Scanner::looked`].
    further: Reach,
}

impl Scanner {
    /// True where an anchor is worth evaluating: looks at its [`quick_reach`](Self::quick_reach) only.
    #[inline]
    pub(super) fn admits(&self, blob: &[u8], nature: Nature, anchor: Anchor) -> bool {
        let literal = self.literals.at(anchor.literal);
        if !self.targets[literal.rule as usize].is_assignment() {
            // Each character of a text in one order has the zeros of the other beside it.
            return !matches!(
                (literal.via, nature),
                (Via::Utf32Le, Nature::Utf32Be) | (Via::Utf32Be, Nature::Utf32Le)
            );
        }
        match (literal.via, nature) {
            (Via::Plain, Nature::Text) => generic::quick(blob, self.literals.span(anchor.literal, anchor.at)),
            // A mark of UTF-32 may also be one of UTF-16 before a zero.
            (Via::Utf16Le | Via::Utf16Be, Nature::Utf16 | Nature::Utf32Le) => true,
            (Via::Utf32Le, Nature::Utf32Le) | (Via::Utf32Be, Nature::Utf32Be) => true,
            _ => false,
        }
    }

    /// How far around a literal [`admits`](Self::admits) looks.
    pub(super) fn quick_reach(&self, literal: u32) -> usize {
        let literal = self.literals.at(literal);
        let is_word = literal.via == Via::Plain && self.targets[literal.rule as usize].is_assignment();
        if is_word { generic::QUICK_REACH } else { 0 }
    }

    /// How far around an anchor's literal a decision looks in this blob that comes to nothing, context aside: what is encoded
    /// is looked at further where it is aligned with the literal.
    fn looked(&self, blob: &[u8], anchor: Anchor) -> Reach {
        let literal = self.literals.at(anchor.literal);
        let keyword = self.keyword(literal).len();
        if literal.via != Via::Plain {
            return Reach { before: decode::FURTHER, after: decode::FURTHER };
        }
        let rest = keyword - literal.len as usize;
        let target = &self.targets[literal.rule as usize];
        let Reach { before, after } = if target.is_assignment() {
            let span = self.literals.span(anchor.literal, anchor.at);
            generic::reach(blob, Span::new(span.start, span.end + rest))
        } else {
            target.reach(keyword)
        };
        Reach { before, after: after + rest }
    }

    /// The keyword of a literal, whole.
    pub(super) fn keyword(&self, literal: &Literal) -> &[u8] {
        &self.keywords[literal.rule as usize][literal.keyword as usize]
    }

    /// What comes of an anchor.
    pub(super) fn evaluate(&self, blob: &[u8], anchor: Anchor, scratch: &mut Scratch) -> Evaluated {
        let span = self.literals.span(anchor.literal, anchor.at);
        if let Some(known) = scratch.recent.find(blob, anchor, span) {
            return known;
        }
        let evaluated = self.evaluate_anew(blob, anchor, scratch);
        scratch.recent.keep(blob, anchor, span, &evaluated);
        evaluated
    }

    fn evaluate_anew(&self, blob: &[u8], anchor: Anchor, scratch: &mut Scratch) -> Evaluated {
        let literal = self.literals.at(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        let decided = self.decide(blob, anchor, scratch);
        let seen = Seen::around(span, self.looked(blob, anchor)).and(Seen::around(span, decided.further));
        let Some((hit, context, further)) = decided.hit else { return Evaluated::Nothing(seen.from(span)) };
        let seen = seen.and(further).and(Seen::around(hit.whole, Reach { before: NAME_REACH, after: 0 }));
        let start = hit.whole.start as isize - anchor.at as isize;
        let candidate = Arc::new(hit.into_candidate(RuleIndex(literal.rule), context));
        Evaluated::Held(Arc::new(Held { start, reach: seen.from(span), candidate }))
    }

    /// What is found at an anchor.
    fn decide(&self, blob: &[u8], anchor: Anchor, scratch: &mut Scratch) -> Decision {
        let literal = self.literals.at(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        let target = &self.targets[literal.rule as usize];
        scratch.patterns.resize_with(self.targets.len(), || None);
        let pattern = &mut scratch.patterns[literal.rule as usize];
        let keyword = self.keyword(literal);
        let is_there = |bytes: &[u8], word: Span| {
            bytes.get(word.start..word.end).is_some_and(|there| there.eq_ignore_ascii_case(keyword))
        };
        let Some(decoding) = literal.via.decoding() else {
            let word = Span::new(span.start, span.start + keyword.len());
            if keyword.len() > span.len() && !is_there(blob, word) {
                return Decision::default();
            }
            let work = scratch.watched.work();
            let Decided { hit, further } =
                target.decide(pattern, work, Text::whole(blob, scratch.text), word);
            let further = further.map_or(Reach::default(), |further| {
                Seen::around(Span::new(anchor.at, anchor.at), further).from(span)
            });
            let hit = hit.map(|hit| {
                let (context, seen) = around(blob, hit.whole);
                (hit, context, seen)
            });
            return Decision { hit, further };
        };
        let furthest = target.furthest(keyword.len());
        let part = Reach { before: furthest.before + NAME_REACH, after: keyword.len() + furthest.after };
        // The lines around what is found in text of units of several bytes are in it, too.
        let part = if literal.via.is_wide() { decode::MOST } else { part };
        let Some(decoded) = scratch.views.decode(blob, anchor.at, literal.via, part, &mut scratch.texts)
        else {
            return Decision::default();
        };
        let text = decoded.text;
        let word = Span::new(decoded.keyword, decoded.keyword + keyword.len());
        let reach = target.reach(keyword.len());
        let looked = Span::new(word.start.saturating_sub(reach.before + NAME_REACH), word.end + reach.after);
        let further = decoded.looked(looked, span);
        if word.end > text.to || !is_there(text.bytes, word) {
            return Decision { hit: None, further };
        }
        let decided = target.decide(pattern, scratch.watched.work(), text, word);
        let further = decided.further.map_or(further, |_| decode::REACH);
        let Some(mut hit) = decided.hit else { return Decision { hit: None, further } };
        let (Some(whole), Some(secret_at)) = (decoded.origin(hit.whole), decoded.origin(hit.secret_at))
        else {
            return Decision { hit: None, further };
        };
        let (context, seen) = if literal.via.is_wide() {
            let whole = Span::new(hit.whole.start - text.from, hit.whole.end - text.from);
            (around(text.part(), whole).0, Seen::of(span))
        } else {
            around(blob, whole)
        };
        (hit.whole, hit.secret_at) = (whole, secret_at);
        hit.decoded_by.insert(0, decoding);
        Decision { hit: Some((hit, context, seen)), further: decode::REACH }
    }

    /// The furthest that any decision and its context look from a literal, the literal's length included.
    pub(super) fn furthest(&self) -> usize {
        (0..self.literals.list().len() as u32)
            .map(|index| {
                let literal = self.literals.at(index);
                let keyword = self.keyword(literal).len();
                let reach = match literal.via {
                    Via::Plain => self.targets[literal.rule as usize].furthest(keyword),
                    _ => decode::REACH,
                };
                reach.before.max(reach.after).max(self.quick_reach(index)) + keyword.max(literal.len as usize)
            })
            .max()
            .map_or(0, |furthest| furthest + context::FURTHEST.max(NAME_REACH))
    }
}
