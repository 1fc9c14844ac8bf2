//! The scan of a text once more, literal by literal, with what became of each: for explanations.
//!
//! # Design
//!
//! The candidates are those of [`Scanner::scan`] itself. Beside it each literal goes through the same functions, which say
//! why they found nothing, so there is no second logic that could differ.

#![expect(
    clippy::result_large_err,
    reason = "what the judge saw is on the stack already, and boxed it would cost an allocation"
)]

mod nearness;
pub mod rejection;

use self::nearness::Nearest;
use self::rejection::{Dismissal, Rejected, Rejection};
use super::long::Text;
use super::nature::Nature;
use super::prefilter::Anchor;
use super::target::{Decisions, Hit};
use super::{Scanner, Scratch, chunks};
use crate::model::{Decoding, Found, Piece, RuleIndex, Span};

pub use self::nearness::{Lack, Nearness};

/// What became of a literal, or of a rule that has none. Spans are those in the bytes that were scanned.
#[derive(Clone, Debug)]
pub struct LiteralTrace {
    /// The rule.
    pub rule: RuleIndex,
    /// Where the literal is, in its encoded form if it has one; none for a rule of whole texts.
    pub literal: Option<Span>,
    /// How it is encoded.
    pub decoding: Option<Decoding>,
    /// The candidate, or why there is none.
    pub outcome: Result<Found, Miss>,
}

/// Why there is no candidate.
#[derive(Clone, Debug)]
pub struct Miss {
    /// Why.
    pub why: Rejection,
    /// The name, if one was read.
    pub name: Option<Span>,
    /// The value, if one was read.
    pub value: Option<Span>,
    /// How near the rule's regex came.
    pub nearness: Option<Nearness>,
}

/// The results of a decision, with what was rejected; and what is kept from literal to literal.
#[derive(Default)]
struct Tracer {
    hits: Vec<Hit>,
    rejected: Vec<Rejected>,
    nearest: Nearest,
    /// Whether it is asked how near the present literal's regex came.
    is_asked: bool,
}

impl Decisions for Tracer {
    fn hits(&mut self) -> &mut Vec<Hit> {
        &mut self.hits
    }

    fn reject(&mut self, rejected: Rejected) {
        self.rejected.push(rejected);
    }

    fn relocate(&mut self, origin: impl Fn(Span) -> Option<Span>) {
        for rejected in &mut self.rejected {
            rejected.name = rejected.name.and_then(&origin);
            rejected.value = rejected.value.and_then(&origin);
        }
    }
}

impl Scanner {
    /// Scans `piece` as [`Self::scan`] does, and passes what became of each literal in it to `see`, in order. How near a
    /// regex came is worked out only for literals of which `is_asked` is true: it costs more than the decision.
    pub fn trace(
        &self,
        piece: &Piece<'_>,
        scratch: &mut Scratch,
        is_asked: &dyn Fn(RuleIndex, Span) -> bool,
        see: &mut dyn FnMut(LiteralTrace),
    ) -> Vec<Found> {
        let found = self.scan(piece, scratch);
        let bytes = piece.bytes;
        let nature = Nature::of(piece.head);
        let fresh = piece.fresh.start.min(bytes.len())..piece.fresh.end.min(bytes.len());
        let (mut tracer, mut hidden) = (Tracer::default(), Vec::new());
        for chunk in chunks(fresh.clone()) {
            let mut anchors = Vec::new();
            self.find(bytes, chunk, &mut hidden, &mut |anchor| anchors.push(anchor));
            anchors.sort_unstable();
            for anchor in anchors {
                if !scratch.watched.goes_on() {
                    return found;
                }
                tracer.is_asked = {
                    let literal = self.literals.at(anchor.literal);
                    is_asked(RuleIndex(literal.rule), self.literals.span(anchor.literal, anchor.at))
                };
                self.trace_one(bytes, nature, anchor, scratch, &mut tracer, see);
            }
        }
        for (rule, rejected) in self.whole.rejections(&bytes[fresh.clone()]) {
            let Rejected { why, name, value } = rejected;
            let value = value.map(|span| span.shifted(fresh.start));
            let miss = Miss { why, name, value, nearness: None };
            see(LiteralTrace { rule, literal: None, decoding: None, outcome: Err(miss) });
        }
        found
    }

    fn trace_one(
        &self,
        bytes: &[u8],
        nature: Nature,
        anchor: Anchor,
        scratch: &mut Scratch,
        tracer: &mut Tracer,
        see: &mut dyn FnMut(LiteralTrace),
    ) {
        let literal = self.literals.at(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        let rule = RuleIndex(literal.rule);
        let mut end = |outcome| {
            let (literal, decoding) = (Some(span), literal.via.decoding());
            see(LiteralTrace { rule, literal, decoding, outcome });
        };
        let is_asked = tracer.is_asked;
        let miss = |rejected: Rejected, nearest: &mut Nearest| {
            let Rejected { why, name, value } = rejected;
            let pattern = self.targets[literal.rule as usize].pattern();
            let has_none = matches!(why, Rejection::NoMatch | Rejection::Dismissed(Dismissal::NoStretch));
            let pattern = pattern.filter(|_| is_asked && has_none && literal.via.decoding().is_none());
            let nearness = pattern.and_then(|pattern| {
                let word = Span::new(span.start, span.start + self.keyword(literal).len());
                nearest.of(rule, pattern, Text::whole(bytes, 0), word)
            });
            Err(Miss { why, name, value, nearness })
        };
        if let Err(why) = self.admission(bytes, nature, anchor) {
            return end(miss(Rejected::bare(why.into()), &mut tracer.nearest));
        }
        tracer.rejected.clear();
        let decision = self.decide(bytes, anchor, scratch, tracer);
        let is_nothing = decision.hits.is_empty() && tracer.rejected.is_empty();
        for (hit, context, _) in decision.hits {
            let start = hit.whole.start;
            end(Ok(Found { start, candidate: hit.into_candidate(rule, context).into() }));
        }
        for rejected in std::mem::take(&mut tracer.rejected) {
            end(miss(rejected, &mut tracer.nearest));
        }
        if is_nothing {
            end(miss(Rejected::bare(Rejection::NoValue), &mut tracer.nearest));
        }
    }
}
