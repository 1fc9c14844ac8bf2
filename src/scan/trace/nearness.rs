//! How near a rule's regex came to a match where it has none: for explanations, after the decision.
//!
//! Each search runs an automaton of the regex from the places at which a match could begin, and notes how far it went before
//! no match was possible any more; once more without the conditions on what is beside a match.

use crate::model::{RuleIndex, Span};
use crate::rules::pattern;
use crate::scan::long::Text;
use crate::scan::window::Pattern;
use regex_automata::Anchored;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start::Config;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};
use std::collections::HashMap;

/// Bytes around a rule's window in which a match is searched for that is too far from its literal.
const BEYOND: usize = 2 << 10;

/// The most positions before a literal at which a match may begin.
const STARTS: usize = 512;

/// The most steps of automata for one text.
const STEPS: u64 = 50_000_000;

/// The most bytes of an automaton's states.
const CACHE: usize = 2 << 20;

/// How near a regex came to a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearness {
    /// Where the part of the text begins that fits the regex.
    pub start: usize,
    /// Where it stops to fit.
    pub end: usize,
    /// Why there is no match.
    pub lacks: Lack,
}

/// What is missing for a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// What comes next does not fit.
    More,
    /// All of it fits, and what is before or after it must not be there (a word boundary, the end of a line).
    Boundary,
    /// All of it fits, and reaches further from the literal than the rule does.
    Reach,
}

/// The automata of the rules that were asked about.
#[derive(Default)]
pub(super) struct Nearest {
    known: HashMap<RuleIndex, Option<Box<[Runner; 2]>>>,
    steps: u64,
}

struct Runner {
    dfa: DFA,
    cache: Cache,
}

/// How far an automaton went.
struct Advance {
    /// Where it ended: the next byte fits no match.
    end: usize,
    /// Where the longest match ends, if there is one.
    matched: Option<usize>,
}

impl Nearest {
    /// How near the pattern of `rule` came at the literal `word` in `text`; nothing if only the literal fits, or if it takes
    /// too much work to say.
    pub(super) fn of(
        &mut self,
        rule: RuleIndex,
        pattern: &Pattern,
        text: Text<'_>,
        word: Span,
    ) -> Option<Nearness> {
        let (source, begins) = pattern.source();
        let automata = self.known.entry(rule).or_insert_with(|| Runner::both(source)).as_deref_mut()?;
        let window = pattern.window(text, word);
        let limit = text.to.min(window.end + BEYOND);
        let first = if begins {
            word.start
        } else {
            text.from.max(window.start.saturating_sub(BEYOND)).max(word.start.saturating_sub(STARTS))
        };
        let [bounded, free] = automata;
        let mut best: Option<Nearness> = None;
        for start in first..=word.start {
            if self.steps > STEPS {
                return None;
            }
            let walk = free.walk(text, start, limit, &mut self.steps);
            if let Some(end) = walk.matched.filter(|&end| end >= word.end) {
                let is_within = start >= window.start && end <= window.end;
                let is_free = bounded.walk(text, start, limit, &mut self.steps).matched == Some(end);
                let lacks = if is_free || !is_within { Lack::Reach } else { Lack::Boundary };
                return Some(Nearness { start, end, lacks });
            }
            if walk.end > word.end && best.is_none_or(|best| walk.end > best.end) {
                best = Some(Nearness { start, end: walk.end, lacks: Lack::More });
            }
        }
        best
    }
}

impl Runner {
    /// Those of a regex with and without the conditions on what is beside a match.
    fn both(source: &str) -> Option<Box<[Self; 2]>> {
        let hir = pattern::parse(source).ok()?;
        Some(Box::new([Self::of(&hir)?, Self::of(&without_looks(&hir))?]))
    }

    fn of(hir: &Hir) -> Option<Self> {
        let config = thompson::Config::new().utf8(false).nfa_size_limit(None);
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = DFA::config().cache_capacity(CACHE).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let cache = dfa.create_cache();
        Some(Self { dfa, cache })
    }

    fn walk(&mut self, text: Text<'_>, start: usize, limit: usize, steps: &mut u64) -> Advance {
        let mut walk = Advance { end: start, matched: None };
        let before = start.checked_sub(1).map(|before| text.bytes[before]);
        let config = Config::new().anchored(Anchored::Yes).look_behind(before);
        let Ok(mut state) = self.dfa.start_state(&mut self.cache, &config) else { return walk };
        for at in start..=limit {
            *steps += 1;
            let next = match text.bytes.get(at) {
                Some(&byte) => self.dfa.next_state(&mut self.cache, state, byte),
                None => self.dfa.next_eoi_state(&mut self.cache, state),
            };
            let Ok(next) = next else { return walk };
            walk.end = at;
            if next.is_match() {
                walk.matched = Some(at);
            }
            if next.is_dead() || next.is_quit() {
                return walk;
            }
            state = next;
        }
        walk
    }
}

/// A regex without its look-around.
fn without_looks(hir: &Hir) -> Hir {
    let each = |parts: &[Hir]| parts.iter().map(without_looks).collect();
    match hir.kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Capture(capture) => {
            Hir::capture(Capture { sub: Box::new(without_looks(&capture.sub)), ..capture.clone() })
        }
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(without_looks(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(each(parts)),
        HirKind::Alternation(parts) => Hir::alternation(each(parts)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
    }
}
