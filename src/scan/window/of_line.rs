//! Patterns whose matches all begin at the start of a line: with which bytes, and after how many bytes of a line it is
//! certain that none begins there.

use crate::model::{RuleText, Span};
use crate::rules::pattern;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::sync::OnceLock;

/// What a thread keeps for the automaton of such a pattern.
pub(super) type StepCache = regex_automata::hybrid::dfa::Cache;

/// A pattern whose matches all begin a line is tried at each line of a window of at most so many bytes and lines.
///
/// # Performance
///
/// It mostly fails at the first byte there, and otherwise goes through all of the window, with states for each way in which
/// `[^ ]{1,100}` may have begun: the rule for curl's settings alone took 0.15 of the 0.52 s for 129 MB of logs, which
/// are full of `user=`.
pub(super) const FEW_BYTES: usize = 1 << 10;
pub(super) const MOST_LINES: usize = 16;

/// Which bytes are first ones.
type FirstBytes = [bool; 256];

/// How matches begin, if every match of a pattern begins at the start of a line.
#[derive(Debug)]
pub(super) struct OfLine {
    /// The bytes that matches begin with.
    pub(super) firsts: FirstBytes,
    source: RuleText,
    /// The pattern as an automaton that shows after how many bytes it fails; `None` if it cannot be made.
    steps: OnceLock<Option<DFA>>,
}

impl OfLine {
    /// That of the pattern `source`, if it is one of lines.
    pub(super) fn of(source: &RuleText) -> Option<Self> {
        let parsed = pattern::parse(source).ok()?;
        if !parsed.properties().look_set_prefix().contains(Look::StartLF) {
            return None;
        }
        let mut firsts = [false; 256];
        if add_firsts(&parsed, &mut firsts) {
            firsts = [true; 256];
        }
        Some(Self { firsts, source: source.clone(), steps: OnceLock::new() })
    }

    /// After which byte it is certain that no match begins where `span` does; `None` if one may, or if all of `span` would
    /// have to be looked at.
    pub(super) fn failure(&self, cache: &mut Option<StepCache>, bytes: &[u8], span: Span) -> Option<usize> {
        let dfa = self.steps.get_or_init(|| steps(&self.source)).as_ref()?;
        let cache = cache.get_or_insert_with(|| dfa.create_cache());
        let input = Input::new(bytes).span(span.start..span.end).anchored(Anchored::Yes);
        let mut state = dfa.start_state_forward(cache, &input).ok()?;
        for (at, &byte) in (span.start..).zip(&bytes[span.start..span.end]) {
            state = dfa.next_state(cache, state, byte).ok()?;
            if state.is_tagged() {
                return state.is_dead().then_some(at + 1);
            }
        }
        None
    }
}

fn steps(source: &str) -> Option<DFA> {
    let bytes = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
    DFA::builder().syntax(bytes).thompson(thompson::Config::new().utf8(false)).build(source).ok()
}

/// Adds the bytes that matches begin with; true if a match may be empty.
fn add_firsts(hir: &Hir, firsts: &mut FirstBytes) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match literal.0.first() {
            Some(&byte) => {
                firsts[usize::from(byte)] = true;
                false
            }
            None => true,
        },
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.ranges() {
                firsts[usize::from(range.start())..=usize::from(range.end())].fill(true);
            }
            false
        }
        // Alternatives of one character each are made one of these.
        HirKind::Class(Class::Unicode(class)) => {
            for range in class.ranges() {
                let first = |char: char| if char.is_ascii() { char as usize } else { 0x80 };
                let last = if range.end().is_ascii() { range.end() as usize } else { 0xff };
                firsts[first(range.start())..=last].fill(true);
            }
            false
        }
        HirKind::Repetition(repetition) => add_firsts(&repetition.sub, firsts) || repetition.min == 0,
        HirKind::Capture(capture) => add_firsts(&capture.sub, firsts),
        HirKind::Concat(parts) => parts.iter().all(|part| add_firsts(part, firsts)),
        HirKind::Alternation(ways) => {
            let mut may_be_empty = false;
            for way in ways {
                may_be_empty |= add_firsts(way, firsts);
            }
            may_be_empty
        }
    }
}

/// Where lines start in the window, in order, and how many do; `None` if there are more than are asked for.
pub(super) fn line_starts(bytes: &[u8], window: Span, starts: &mut [usize; MOST_LINES]) -> Option<usize> {
    let is_start = window.start == 0 || bytes[window.start - 1] == b'\n';
    let feeds = memchr::memchr_iter(b'\n', &bytes[window.start..window.end]).map(|at| window.start + at + 1);
    let mut count = 0;
    for at in is_start.then_some(window.start).into_iter().chain(feeds) {
        *starts.get_mut(count)? = at;
        count += 1;
    }
    Some(count)
}
