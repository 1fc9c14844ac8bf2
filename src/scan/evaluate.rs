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
    /// UTF-32, as its byte order mark says.
    Utf32,
}

/// Bytes of a blob's head that say what it is.
const HEAD: usize = 8 << 10;

impl Nature {
    /// The nature of a blob with this head.
    pub(super) fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD)];
        match head {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Self::Utf32,
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
            // A mark of UTF-32 may also be one of UTF-16 before a zero.
            (Via::Utf16Le | Via::Utf16Be, Nature::Utf16 | Nature::Utf32) => true,
            (Via::Utf32Le | Via::Utf32Be, Nature::Utf32) => true,
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

    /// How far around a literal a decision looks that comes to nothing, context aside.
    pub(super) fn reach(&self, literal: u32) -> Reach {
        let literal = self.literals.at(literal);
        let keyword = self.keyword(literal).len();
        let target = &self.targets[literal.rule as usize];
        let Reach { before, after } = target.reach(keyword);
        let rest = keyword.saturating_sub(literal.len as usize);
        match literal.via {
            Via::Plain => Reach { before, after: after + rest },
            // The name that a value is assigned to is looked for too, and where a text ends says something to it.
            via => decode::reach(via, Reach { before: before + NAME_REACH, after: after + keyword }),
        }
    }

    /// The keyword of a literal, whole.
    fn keyword(&self, literal: &Literal) -> &[u8] {
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
        let mut reach = self.looked(blob, anchor);
        let (decided, context) = self.decide(blob, anchor, scratch);
        match decided.further {
            Some(_) if literal.via != Via::Plain => reach = decode::REACH,
            Some(further) => {
                let further = Seen::around(Span::new(anchor.at, anchor.at), further);
                reach = Seen::around(span, reach).and(further).from(span);
            }
            None => {}
        }
        let (Some(hit), Some((context, seen))) = (decided.hit, context) else {
            return Evaluated::Nothing(reach);
        };
        if literal.via != Via::Plain {
            reach = decode::REACH;
        }
        let seen = seen.and(Seen::around(hit.whole, Reach { before: NAME_REACH, after: 0 }));
        let seen = seen.and(Seen::around(span, reach));
        let Hit { whole, secret_at, secret, identifier, form, check, facts, score, decoded_by } = hit;
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
            context,
        };
        let reach = seen.from(span);
        let start = whole.start as isize - anchor.at as isize;
        Evaluated::Held(Arc::new(Held { start, reach, candidate: Arc::new(candidate) }))
    }

    /// What is found at an anchor, with its context and what was looked at for that.
    fn decide(
        &self,
        blob: &[u8],
        anchor: Anchor,
        scratch: &mut Scratch,
    ) -> (Decided, Option<(Context, Seen)>) {
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
                return Default::default();
            }
            let decided = target.decide(pattern, Text::whole(blob, scratch.text), word);
            let context = decided.hit.as_ref().map(|hit| around(blob, hit.whole));
            return (decided, context);
        };
        let Some(decoded) = scratch.views.decode(blob, anchor.at, literal.via, &mut scratch.texts) else {
            return Default::default();
        };
        let text = decoded.text;
        let word = Span::new(decoded.keyword, decoded.keyword + keyword.len());
        if word.end > text.to || !is_there(text.bytes, word) {
            return Default::default();
        }
        let Decided { hit, further } = target.decide(pattern, text, word);
        let Some(mut hit) = hit else { return (Decided { hit: None, further }, None) };
        let of_the_text = literal.via.is_wide().then(|| {
            let whole = Span::new(hit.whole.start - text.from, hit.whole.end - text.from);
            (around(text.part(), whole).0, Seen::of(span))
        });
        let (Some(whole), Some(secret_at)) = (decoded.origin(hit.whole), decoded.origin(hit.secret_at))
        else {
            return Default::default();
        };
        (hit.whole, hit.secret_at) = (whole, secret_at);
        hit.decoded_by.insert(0, decoding);
        let context = of_the_text.unwrap_or_else(|| around(blob, hit.whole));
        (Decided { hit: Some(hit), further }, Some(context))
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
