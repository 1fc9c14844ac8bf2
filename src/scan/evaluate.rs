//! From an anchor to its candidates.

use super::context::{self, around};
use super::decode;
use super::generic;
use super::long::Text;
use super::nature::{Nature, is_typed};
use super::prefilter::Anchor;
use super::prefilter::literal::{Literal, Via};
use super::reach::{Reach, Seen};
use super::rejection::{Dismissal, Rejected, Rejection};
use super::target::{Decisions, Hit, NAME_REACH};
use super::{Scanner, Scratch};
use crate::model::{Candidate, Check, Context, Found, RuleIndex, Span};
use std::ops::Range;
use std::sync::Arc;

/// Bytes before and after an assignment in base64 that must be text as well, or do not exist.
const BESIDE: usize = 8;

/// True if a span is surrounded by text: what decodes by chance is not.
fn is_in_text(text: Text<'_>, span: Span) -> bool {
    let from = text.from.max(span.start.saturating_sub(BESIDE));
    text.bytes[from..text.to.min(span.end + BESIDE)].iter().all(|&byte| is_typed(byte))
}

/// Bytes from an anchor on that show text of one byte per character in a file of UTF-16.
const PLAIN: usize = 16;

/// True if what begins at `at` is text of one byte per character.
fn is_plain_line(blob: &[u8], at: usize) -> bool {
    blob.get(at..at + PLAIN).is_some_and(|bytes| bytes.iter().all(|&byte| is_typed(byte)))
}

/// A candidate at an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Where the match starts, counted from the anchor.
    pub(super) start: isize,
    /// What the decision looked at around the anchor's literal, its context included.
    pub(super) reach: Reach,
    /// The candidate.
    pub(super) candidate: Arc<Candidate>,
}

/// The result of an anchor.
#[derive(Clone, Debug)]
pub(super) enum Evaluated {
    /// Candidates: at least one.
    Held(Arc<[Held]>),
    /// No candidate; this much was looked at around the anchor's literal.
    Nothing(Reach),
}

impl Evaluated {
    /// What was looked at around the anchor's literal.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Self::Held(all) => all.iter().fold(Reach::default(), |reach, held| reach.or(held.reach)),
            Self::Nothing(reach) => *reach,
        }
    }

    /// The candidates, if there are any.
    pub(super) fn held(self) -> Option<Arc<[Held]>> {
        match self {
            Self::Held(all) => Some(all),
            Self::Nothing(_) => None,
        }
    }
}

/// The candidates at an anchor, and what was looked at for them.
#[derive(Debug, Default)]
pub(super) struct Decision {
    /// What was found, each with its context, and what was looked at for that.
    pub(super) hits: Vec<(Hit, Context, Seen)>,
    /// What was looked at around the literal to decide, in addition to [`Scanner::looked`].
    further: Reach,
}

impl Scanner {
    /// True if an anchor is worth evaluating: looks at its [`quick_reach`](Self::quick_reach) only.
    #[inline]
    pub(super) fn admits(&self, blob: &[u8], nature: Nature, anchor: Anchor) -> bool {
        self.admission(blob, nature, anchor).is_ok()
    }

    /// Dismisses an anchor that is not worth evaluating.
    #[inline]
    pub(super) fn admission(&self, blob: &[u8], nature: Nature, anchor: Anchor) -> Result<(), Dismissal> {
        let literal = self.literals.at(anchor.literal);
        let target = &self.targets[literal.rule as usize];
        if !target.is_assignment() {
            if literal.via == Via::Plain {
                if !self.is_there(blob, anchor) {
                    return Err(Dismissal::Incomplete);
                }
                let word = Span::new(anchor.at, anchor.at + self.keyword(literal).len());
                return target.quick(blob, word);
            }
            // In UTF-32 of one byte order, the zeros between two characters also match a literal in the other order.
            return match (literal.via, nature) {
                (Via::Utf32Le, Nature::Utf32Be) | (Via::Utf32Be, Nature::Utf32Le) => {
                    Err(Dismissal::Misaligned)
                }
                _ => Ok(()),
            };
        }
        match (literal.via, nature) {
            (Via::Plain, Nature::Text) => target.quick(blob, self.literals.span(anchor.literal, anchor.at)),
            // A line that a program without UTF-16 has added.
            (Via::Plain, Nature::Utf16) if is_plain_line(blob, anchor.at) => {
                target.quick(blob, self.literals.span(anchor.literal, anchor.at))
            }
            // A byte order mark of UTF-32 may also be one of UTF-16 before a zero.
            // Also in a text that goes on in UTF-16, such as a log to which two programs write.
            (Via::Utf16Le | Via::Utf16Be, Nature::Utf16 | Nature::Utf32Le | Nature::Text) => Ok(()),
            (Via::Utf32Le, Nature::Utf32Le) | (Via::Utf32Be, Nature::Utf32Be) => Ok(()),
            (Via::Base64 | Via::Base64Second | Via::Base64Third, Nature::Text) => Ok(()),
            (Via::Percent | Via::Escaped, Nature::Text) => Ok(()),
            _ => Err(Dismissal::NoText),
        }
    }

    /// How far around a literal [`admits`](Self::admits) looks.
    pub(super) fn quick_reach(&self, literal: u32) -> usize {
        let literal = self.literals.at(literal);
        if literal.via != Via::Plain {
            return 0;
        }
        let target = &self.targets[literal.rule as usize];
        let keyword = self.keyword(literal).len();
        let rest = if target.is_assignment() { 0 } else { keyword - literal.len() };
        rest + target.sight(keyword)
    }

    /// Whether the whole keyword of a plain anchor is there: of a long one the prefilter finds only the first bytes.
    fn is_there(&self, blob: &[u8], anchor: Anchor) -> bool {
        let literal = self.literals.at(anchor.literal);
        let keyword = self.keyword(literal);
        keyword.len() == literal.len()
            || blob
                .get(anchor.at..anchor.at + keyword.len())
                .is_some_and(|there| there.eq_ignore_ascii_case(keyword))
    }

    /// How far around an anchor's literal a decision without a result looks, context aside. If an encoded literal is
    /// aligned, the decision looks further, and a parser looks as far as the lines go.
    fn looked(&self, anchor: Anchor) -> Reach {
        let literal = self.literals.at(anchor.literal);
        let keyword = self.keyword(literal).len();
        if literal.via != Via::Plain {
            return Reach { before: decode::FURTHER, after: decode::FURTHER };
        }
        let rest = keyword - literal.len();
        let Reach { before, after } = self.targets[literal.rule as usize].looked(keyword);
        Reach { before, after: after + rest }
    }

    /// The whole keyword of a literal.
    pub(super) fn keyword(&self, literal: &Literal) -> &[u8] {
        self.literals.keyword(literal)
    }

    /// The result of an anchor: mostly nothing; several candidates only for a structure that contains several secrets.
    pub(super) fn evaluate(&self, blob: &[u8], anchor: Anchor, scratch: &mut Scratch) -> Evaluated {
        let span = self.literals.span(anchor.literal, anchor.at);
        if let Some(known) = scratch.recent.find(blob, anchor, span) {
            return known;
        }
        let mut hits = std::mem::take(&mut scratch.hits);
        hits.clear();
        let evaluated = self.evaluate_anew(blob, anchor, scratch, &mut hits);
        scratch.hits = hits;
        scratch.recent.keep(blob, anchor, span, &evaluated);
        evaluated
    }

    fn evaluate_anew(
        &self,
        blob: &[u8],
        anchor: Anchor,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) -> Evaluated {
        let literal = self.literals.at(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        let decided = self.decide(blob, anchor, scratch, hits);
        let seen = Seen::around(span, self.looked(anchor)).and(Seen::around(span, decided.further));
        if decided.hits.is_empty() {
            return Evaluated::Nothing(seen.from(span));
        }
        let held = decided.hits.into_iter().map(|(hit, context, further)| {
            let name = Seen::around(hit.whole, Reach { before: NAME_REACH, after: 0 });
            let start = hit.whole.start as isize - anchor.at as isize;
            let reach = seen.and(further).and(name).from(span);
            Held { start, reach, candidate: Arc::new(hit.into_candidate(RuleIndex(literal.rule), context)) }
        });
        Evaluated::Held(held.collect())
    }

    /// The candidates at an anchor. `results` has no hits before and after.
    pub(super) fn decide(
        &self,
        blob: &[u8],
        anchor: Anchor,
        scratch: &mut Scratch,
        results: &mut impl Decisions,
    ) -> Decision {
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
            if !self.is_there(blob, anchor) {
                results.reject(Rejected::bare(Dismissal::Incomplete.into()));
                let quick = self.quick_reach(anchor.literal);
                return Decision { hits: Vec::new(), further: Reach { before: quick, after: quick } };
            }
            let work = scratch.watched.work();
            let further = target.decide(pattern, work, Text::whole(blob, scratch.text), word, results);
            let further = further.map_or(Reach::default(), |further| {
                Seen::around(Span::new(anchor.at, anchor.at), further).from(span)
            });
            let in_context = |hit: Hit| {
                let (context, seen) = around(blob, hit.whole);
                (hit, context, seen)
            };
            return Decision { hits: results.hits().drain(..).map(in_context).collect(), further };
        };
        let furthest = target.furthest(keyword.len());
        let part = Reach { before: furthest.before + NAME_REACH, after: keyword.len() + furthest.after };
        // In text of several bytes per character, the lines around the match are decoded too.
        let part = if literal.via.is_wide() { decode::MOST } else { part };
        let Some(decoded) = scratch.views.decode(blob, anchor.at, literal.via, part, &mut scratch.texts)
        else {
            results.reject(Rejected::bare(Dismissal::Misaligned.into()));
            return Decision::default();
        };
        let text = decoded.text;
        let word = Span::new(decoded.keyword, decoded.keyword + keyword.len());
        let reach = target.reach(keyword.len());
        let looked = Span::new(word.start.saturating_sub(reach.before + NAME_REACH), word.end + reach.after);
        let further = decoded.looked(looked, span);
        if word.end > text.to || !is_there(text.bytes, word) {
            results.reject(Rejected::bare(Dismissal::Incomplete.into()));
            return Decision { hits: Vec::new(), further };
        }
        let beyond = target.decide(pattern, scratch.watched.work(), text, word, results);
        let is_further = beyond.is_some() && !target.is_assignment() || !results.hits().is_empty();
        let must_be_text = target.is_assignment() && literal.via.base64_phase().is_some();
        let mut is_by_chance = false;
        let in_context = |mut hit: Hit| {
            if must_be_text && !is_in_text(text, hit.whole) {
                is_by_chance = true;
                return None;
            }
            let (whole, secret_at) = (decoded.origin(hit.whole)?, decoded.origin(hit.secret_at)?);
            let (context, seen) = if literal.via.is_wide() {
                let whole = Span::new(hit.whole.start - text.from, hit.whole.end - text.from);
                (around(text.part(), whole).0, Seen::of(span))
            } else {
                around(blob, whole)
            };
            (hit.whole, hit.secret_at) = (whole, secret_at);
            hit.decoded_by.insert(0, decoding);
            Some((hit, context, seen))
        };
        let hits = results.hits().drain(..).filter_map(in_context).collect();
        results.relocate(|span| decoded.origin(span));
        if is_by_chance {
            results.reject(Rejected::bare(Rejection::NotInText));
        }
        Decision { hits, further: if is_further { decode::REACH } else { further } }
    }

    /// The candidates on the lines of a file that consists of such lines, in the part `fresh` of its `head`; and where
    /// the line ends that shows that it is no such file.
    pub(super) fn on_lines(&self, head: &[u8], fresh: Range<usize>) -> (Vec<Found>, Option<usize>) {
        let mut found = Vec::new();
        let none_by = self.lines.read(head, fresh, |on_line| {
            let secret = &head[on_line.secret.start..on_line.secret.end];
            if let Some(hit) = generic::on_line(secret, on_line.line, on_line.secret) {
                let (context, _) = around(head, hit.span);
                let hit = Hit::of_assignment(hit, Check::None, Vec::new());
                let start = hit.whole.start;
                found.push(Found { start, candidate: Arc::new(hit.into_candidate(on_line.rule, context)) });
            }
        });
        (found, none_by)
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
                reach.before.max(reach.after).max(self.quick_reach(index)) + keyword.max(literal.len())
            })
            .max()
            .map_or(0, |furthest| furthest + context::FURTHEST.max(NAME_REACH))
    }
}
