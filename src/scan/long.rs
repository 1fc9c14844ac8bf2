//! Long patterns: where a match that begins at a keyword ends, without searching the same bytes again for each keyword.
//!
//! A rule whose matches may extend over kilobytes (a key in PEM, a JSON object, a token of any length) has windows as
//! long, and a text that repeats its keyword has thousands of them, overlapping. Each search runs one automaton from
//! its keyword on. If a search is at a position in the same state as an earlier one was there, the rest is known: both
//! end alike. So searches join after a few bytes, and nearly every byte is looked at once.
//!
//! # Design
//!
//! Searches that join end at the same byte: a thousand keywords before one end would each give a match, and all but two
//! of them are of no use. A match is *in between* if one of the [`NEIGHBOURS`] occurrences of the rule's keywords
//! before it and one of those after it, inside the match, begin matches that end where it ends; such a match does not
//! count. The first and the last do, and they are the two between which the settling of overlaps could choose.

use super::escape;
use super::reach::Reach;
use super::watch::Work;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex_automata::Anchored;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start::Config;
use regex_automata::util::syntax;
use std::collections::HashMap;

/// How many occurrences of keywords on either side are tested for a match that ends at the same byte.
pub(super) const NEIGHBOURS: usize = 8;

/// Bytes between the positions at which searches may join.
const STRIDE: usize = 64;

/// Bytes of states after which an automaton's cache is cleared.
const CACHE: u64 = 2 << 20;

/// The most positions that are remembered.
const MOST_POSITIONS: usize = 1 << 16;

/// Bytes in which a match is searched for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    /// All bytes, of which look-around may see the ones beside the part.
    pub(super) bytes: &'a [u8],
    /// Where the part begins that contains the matches.
    pub(super) from: usize,
    /// The end of that part.
    pub(super) to: usize,
    /// A number that identifies these bytes in this thread.
    pub(super) id: u64,
    /// True for a blob's own bytes, false for what was decoded or is visible of them.
    pub(super) is_blob: bool,
}

impl<'a> Text<'a> {
    /// All of `bytes`.
    pub(super) fn whole(bytes: &'a [u8], id: u64) -> Self {
        Self { bytes, from: 0, to: bytes.len(), id, is_blob: true }
    }

    /// The part that contains the matches.
    pub(super) fn part(self) -> &'a [u8] {
        &self.bytes[self.from..self.to]
    }
}

/// A long pattern, ready to run.
#[derive(Debug)]
pub(super) struct Long {
    automaton: DFA,
    keywords: AhoCorasick,
    /// How far after its first byte a match may extend.
    most: usize,
}

/// What a thread knows about searches for one pattern.
#[derive(Debug)]
pub(super) struct Memo {
    cache: Cache,
    /// How often the cache was cleared when this was written: after a clear, states have other numbers.
    clears: usize,
    /// Which search was at a position in a state, by text, position and state.
    positions: HashMap<(u64, usize, LazyStateID), u32>,
    searches: Vec<SearchResult>,
}

/// The result of a search.
#[derive(Clone, Copy, Debug)]
struct SearchResult {
    /// Where the match ends.
    end: Option<usize>,
    stop: Stop,
}

/// How a search in progress is linked with those in the memo.
#[derive(Debug, Default)]
struct Joined {
    /// Its own number, once it was the first at a position.
    own: Option<u32>,
    /// The searches that it joined, and the positions at which it joined them.
    others: Vec<(u32, usize)>,
}

/// Where a search stopped.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// Where no match could end any more.
    Dead,
    /// At the end of its window, in this state.
    At(usize, LazyStateID),
}

impl Long {
    /// The pattern `source`, whose matches begin with one of `keywords` and have at most `most` bytes.
    pub(super) fn new(source: &str, keywords: &[Vec<u8>], most: usize) -> Self {
        let syntax = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
        let config = DFA::config().cache_capacity(CACHE as usize).skip_cache_capacity_check(true);
        let automaton = DFA::builder()
            .configure(config)
            .syntax(syntax)
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(None))
            .build(source)
            .expect("a catalogue holds only patterns that parse under these settings");
        let keywords = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .kind(Some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .build(keywords)
            .expect("the keywords of a rule fit an automaton");
        Self { automaton, keywords, most }
    }

    /// What a thread needs to run it.
    pub(super) fn memo(&self) -> Memo {
        let cache = self.automaton.create_cache();
        Memo { clears: cache.clear_count(), cache, positions: HashMap::new(), searches: Vec::new() }
    }

    /// Where the match ends that begins at `at`.
    pub(super) fn end(&self, memo: &mut Memo, work: &mut Work, text: Text<'_>, at: usize) -> Option<usize> {
        if memo.positions.len() > MOST_POSITIONS {
            memo.forget();
        }
        let limit = text.to.min(at.saturating_add(self.most));
        let before = at.checked_sub(1).map(|before| text.bytes[before]);
        let before = escape::before(text.bytes, text.from, at).or(before);
        let start = Config::new().anchored(Anchored::Yes).look_behind(before);
        let mut state = self
            .automaton
            .start_state(&mut memo.cache, &start)
            .expect("an automaton without quitting bytes has every start");
        let mut outcome = SearchResult { end: None, stop: Stop::Dead };
        let mut joined = Joined::default();
        let mut position = at;
        let mut clears = memo.cache.clear_count();
        loop {
            let pause = limit.min((position / STRIDE + 1) * STRIDE);
            // The cost of new states shows in how often the cache was full.
            let built = (memo.cache.clear_count() - clears) as u64 * CACHE;
            clears = memo.cache.clear_count();
            if !work.take((pause - position) as u64 + built) {
                return None;
            }
            while position < pause {
                state = self.next(memo, state, text.bytes[position]);
                if state.is_tagged() {
                    if state.is_match() {
                        outcome.end = Some(position);
                    } else if state.is_dead() {
                        return memo.keep(&joined, outcome);
                    }
                }
                position += 1;
            }
            if position == limit {
                break;
            }
            if memo.is_outdated() {
                memo.forget();
                joined = Joined::default();
            }
            let Some(&number) = memo.positions.get(&(text.id, position, state)) else {
                let number = *joined.own.get_or_insert_with(|| memo.begin());
                memo.positions.insert((text.id, position, state), number);
                continue;
            };
            let known = memo.searches[number as usize];
            let end = known.end.filter(|&end| end >= position).or(outcome.end);
            match known.stop {
                // The other search could look further than this one may: no joining.
                _ if end.is_some_and(|end| end > limit) => {}
                Stop::At(stopped, reached) if stopped < limit => {
                    joined.others.push((number, position));
                    outcome.end = end;
                    (position, state) = (stopped, reached);
                }
                stop => return memo.keep(&joined, SearchResult { end, stop }),
            }
        }
        outcome.stop = Stop::At(limit, state);
        let ended = match text.bytes.get(limit) {
            Some(&byte) => self.next(memo, state, byte),
            None => self
                .automaton
                .next_eoi_state(&mut memo.cache, state)
                .expect("a cache that is never given up can hold one more state"),
        };
        if ended.is_match() {
            outcome.end = Some(limit);
        }
        memo.keep(&joined, outcome)
    }

    #[inline]
    fn next(&self, memo: &mut Memo, state: LazyStateID, byte: u8) -> LazyStateID {
        self.automaton
            .next_state(&mut memo.cache, state, byte)
            .expect("a cache that is never given up can hold one more state")
    }

    /// Whether the match from `at` to `end` counts, and what was looked at around its first byte to decide.
    pub(super) fn counts(
        &self,
        memo: &mut Memo,
        work: &mut Work,
        text: Text<'_>,
        at: usize,
        end: usize,
    ) -> (bool, Reach) {
        let mut reach = Reach { before: 0, after: self.most + 1 };
        let lowest = text.from.max(end.saturating_sub(self.most));
        let (before, from) = self.occurrences_before(text, lowest, at);
        reach.before = at - from + escape::LONGEST;
        if !before.iter().any(|&other| self.end(memo, work, text, other) == Some(end)) {
            return (true, reach);
        }
        let mut after = self.occurrences(text, at + 1, end);
        after.truncate(NEIGHBOURS);
        reach.after += end - at;
        (!after.iter().any(|&other| self.end(memo, work, text, other) == Some(end)), reach)
    }

    /// The last few occurrences of keywords that begin between `lowest` and `at`, the nearest first; and from where on
    /// they were searched for.
    fn occurrences_before(&self, text: Text<'_>, lowest: usize, at: usize) -> (Vec<usize>, usize) {
        let mut width = 8 * STRIDE;
        loop {
            let from = lowest.max(at.saturating_sub(width));
            // A keyword that begins before `at` may end after it.
            let mut found = self.occurrences(text, from, text.to.min(at + self.keywords.max_pattern_len()));
            found.retain(|&other| other < at);
            if from == lowest || found.len() >= NEIGHBOURS {
                found.reverse();
                found.truncate(NEIGHBOURS);
                return (found, from);
            }
            width *= 4;
        }
    }

    /// Where the keywords in a range begin, in order.
    fn occurrences(&self, text: Text<'_>, from: usize, to: usize) -> Vec<usize> {
        if from >= to {
            return Vec::new();
        }
        let input = aho_corasick::Input::new(text.bytes).range(from..to);
        let mut all: Vec<usize> =
            self.keywords.find_overlapping_iter(input).map(|found| found.start()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The furthest that a decision looks around a keyword's first byte.
    pub(super) const fn reach(most: usize) -> Reach {
        Reach { before: most + escape::LONGEST, after: 2 * most + 1 }
    }
}

impl Memo {
    fn is_outdated(&self) -> bool {
        self.cache.clear_count() != self.clears
    }

    fn forget(&mut self) {
        self.positions.clear();
        self.searches.clear();
        self.clears = self.cache.clear_count();
    }

    /// The number for a search that is the first at a position.
    fn begin(&mut self) -> u32 {
        self.searches.push(SearchResult { end: None, stop: Stop::Dead });
        (self.searches.len() - 1) as u32
    }

    /// Stores the result of a search, also for those that it joined: they would have continued the same way.
    fn keep(&mut self, joined: &Joined, outcome: SearchResult) -> Option<usize> {
        if self.is_outdated() {
            self.forget();
            return outcome.end;
        }
        if let Some(own) = joined.own {
            self.searches[own as usize] = outcome;
        }
        for &(other, position) in &joined.others {
            let other = &mut self.searches[other as usize];
            other.end = outcome.end.filter(|&end| end >= position).or(other.end);
            other.stop = outcome.stop;
        }
        outcome.end
    }
}
