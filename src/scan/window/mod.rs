//! A rule's pattern, run on the window around an anchor.
//!
//! The window is the literal with the rule's reach on either side, cut at the blob's ends. The match is the
//! leftmost-first one in it. Look-around sees the whole blob, but can only test the bytes next to the window. Windows
//! never merge. If every match of the rule begins with a keyword, the match of an anchor is the one that begins there:
//! any other in its window belongs to another anchor. A pattern is compiled when a window first contains the stretch
//! that every match contains.
//!
//! An [escape] before a token reads as what it means. A match that begins with its keyword sees the escape's meaning
//! before it. A window without a match, or with one that begins inside an escape, is searched again with the escapes
//! before its keyword undone; without a match, then with all of them undone. The secret never contains an undone
//! escape.
//!
//! Without a match in a blob's own bytes, a string whose length is [measured] is searched alone.

mod measured;
mod of_line;

use super::escape;
use super::long::{Long, Memo, Text};
use super::reach::{Reach, Seen};
use super::watch::Work;
use crate::model::RuleText;
use crate::model::Span;
use crate::rules::{Matcher, Rule, Stretch, pattern};
use of_line::{FEW_BYTES, MOST_LINES, OfLine, StepCache, line_starts};
use regex_automata::meta::{Cache, Config, Regex};
use regex_automata::util::{primitives::NonMaxUsize, syntax};
use regex_automata::{Anchored, Input, PatternID};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Patterns whose matches may have more bytes than this are searched for by [`Long`].
const LONG: usize = 512;
/// This many states of a pattern raise the cost of a window's byte by one. At worst each state is tested for each byte,
/// which takes about as long as two bytes take with a pattern of few states.
const STATES: u64 = 2;
/// The furthest that [`Pattern::may_hold`] looks. All anchors this close to an edit are tested again.
const FARTHEST_SIGHT: usize = 200;
/// After looking for its stretch in this many windows, a long pattern is compiled without a further look.
const LOOKS: u32 = 16;

/// A pattern and its window.
#[derive(Debug)]
pub(super) struct Pattern {
    source: RuleText,
    group: usize,
    reach: Reach,
    /// True if every match begins with one of the keywords.
    begins: bool,
    /// The keywords, if they are needed: if matches begin with one and may be long.
    keywords: Vec<Vec<u8>>,
    /// Length of the longest of them.
    longest: usize,
    stretch: Option<Stretch>,
    /// True if undoing escapes cannot create a stretch.
    is_stretch_of_token: bool,
    looks: AtomicU32,
    /// True if it is not built in: `benches/hostile.rs` measures that the work of built-in rules is bounded.
    is_own: bool,
    /// The cost of a window's byte: more for a pattern of many states, several of which may be active.
    weight: OnceLock<u64>,
    compiled: OnceLock<Regex>,
    /// What lines begin with that a match begins, if every match begins at the start of a line.
    of_line: OnceLock<Option<Box<OfLine>>>,
    long: OnceLock<Box<Long>>,
    /// How long every match is, if all are equally long.
    fixed: OnceLock<Option<usize>>,
}

/// Buffers that a thread keeps for a pattern.
#[derive(Debug, Default)]
pub(super) struct PatternScratch {
    cache: Option<Cache>,
    /// For the failures of a pattern of lines.
    steps: Option<StepCache>,
    memo: Option<Memo>,
    /// A window in which escapes are undone, in it or before it.
    copy: Vec<u8>,
}

/// A match and the secret in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The whole match.
    pub(super) whole: Span,
    /// The capture group that is the secret.
    pub(super) secret: Span,
}

impl Match {
    /// The same, `by` bytes later.
    fn shifted(self, by: usize) -> Self {
        Self { whole: self.whole.shifted(by), secret: self.secret.shifted(by) }
    }
}

/// The result of a search.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Searched {
    /// The match.
    pub(super) found: Option<Match>,
    /// What was looked at around the anchor's first byte in addition to [`Pattern::reach`].
    pub(super) further: Option<Reach>,
}

impl Pattern {
    /// The pattern of a rule that has a regex.
    pub(super) fn new(rule: &Rule) -> Option<Self> {
        let Matcher::Pattern { regex, group, reach, begins, stretch } = &rule.matcher else { return None };
        let mut pattern = Self {
            source: regex.clone(),
            group: *group,
            reach: Reach { before: reach.before as usize, after: reach.after as usize },
            begins: *begins,
            keywords: Vec::new(),
            longest: rule.keywords.iter().map(Vec::len).max().unwrap_or(0),
            is_stretch_of_token: is_of_token(stretch.as_ref()),
            stretch: stretch.clone(),
            looks: AtomicU32::new(0),
            is_own: rule.origin.line > 0,
            weight: OnceLock::new(),
            compiled: OnceLock::new(),
            of_line: OnceLock::new(),
            long: OnceLock::new(),
            fixed: OnceLock::new(),
        };
        if pattern.is_long() {
            pattern.keywords.clone_from(&rule.keywords);
        }
        Some(pattern)
    }

    /// The bytes that the decision at a keyword of `len` bytes looks at around it: the window, a byte after it for
    /// look-around, and an escape or a length before it.
    pub(super) fn reach(&self, len: usize) -> Reach {
        const { assert!(measured::BEFORE <= escape::LONGEST) };
        if self.begins {
            Reach { before: escape::LONGEST, after: self.most().saturating_sub(len) + 1 }
        } else {
            Reach { before: self.reach.before + escape::LONGEST, after: self.reach.after + 1 }
        }
    }

    /// How far [`may_hold`](Self::may_hold) looks around a keyword of `len` bytes: zero if it does not look.
    pub(super) fn sight(&self, len: usize) -> usize {
        let far = if self.begins {
            self.most().saturating_sub(len)
        } else {
            self.reach.before.max(self.reach.after)
        };
        let decides = self.begins || self.is_stretch_of_token;
        if decides && self.stretch.is_some() && !self.is_long() && far <= FARTHEST_SIGHT { far } else { 0 }
    }

    /// Whether there can be a match of the keyword at `word`: false if the window lacks what every match contains. An
    /// anchor that is rejected here need not be kept with its reach for the next versions of a text.
    pub(super) fn may_hold(&self, text: Text<'_>, word: Span) -> bool {
        if self.sight(word.len()) == 0 {
            return true;
        }
        let window = self.window(text, word);
        !self.is_barren(&text.bytes[window.start..window.end])
    }

    /// The furthest that it looks around a keyword if it has a match.
    pub(super) fn furthest(&self, len: usize) -> Reach {
        let reach = self.reach(len);
        if self.is_long() { reach.or(Long::reach(self.most())) } else { reach }
    }

    /// The most bytes of a match that begins with a keyword.
    fn most(&self) -> usize {
        self.longest + self.reach.after
    }

    /// The cost of a window's byte.
    fn weight(&self) -> u64 {
        let weigh =
            || pattern::parse(&self.source).map_or(1, |hir| 1 + pattern::states(&hir) as u64 / STATES);
        if self.is_own { *self.weight.get_or_init(weigh) } else { 0 }
    }

    /// The regex, and whether every match begins with one of the keywords.
    pub(super) fn source(&self) -> (&str, bool) {
        (&self.source, self.begins)
    }

    fn is_long(&self) -> bool {
        self.begins && self.most() > LONG
    }

    /// The window of an anchor.
    pub(super) fn window(&self, text: Text<'_>, anchor: Span) -> Span {
        if self.begins {
            return Span::new(anchor.start, text.to.min(anchor.start + self.most()));
        }
        let seen = Seen::around(anchor, self.reach);
        Span::new(text.from.max(seen.start.max(0) as usize), text.to.min(seen.end.max(0) as usize))
    }

    /// The match of `anchor`. `scratch` is this pattern's own.
    pub(super) fn search(
        &self,
        scratch: &mut Option<Box<PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        anchor: Span,
    ) -> Searched {
        let mut searched = self.search_in_text(scratch, work, text, anchor);
        if searched.found.is_none() && text.is_blob && self.begins {
            searched.found = self.find_measured(scratch, work, text, anchor);
        }
        searched
    }

    /// The match that is all of a string whose length is before it. (Not of a longer one than other windows have: the work
    /// at a keyword must not depend on how far a rule reaches.)
    fn find_measured(
        &self,
        scratch: &mut Option<Box<PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        anchor: Span,
    ) -> Option<Match> {
        let window = self.window(text, anchor);
        let before = &text.bytes[text.from..anchor.start];
        // The start of a string is no start of a line.
        let lengths = measured::lengths(before, window.len().min(LONG)).filter(|_| self.of_line().is_none());
        { lengths }.find_map(|len| {
            let found = self.find_alone(scratch, work, text, Span::new(window.start, window.start + len))?;
            (found.whole.end == window.start + len).then_some(found)
        })
    }

    /// A match of the only length that matches have, whatever is beside it. `None` if matches differ in length.
    pub(super) fn find_unbounded(
        &self,
        scratch: &mut Option<Box<PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        anchor: Span,
    ) -> Option<Match> {
        let fixed = self.begins.then(|| *self.fixed.get_or_init(|| fixed_length(&self.source)))??;
        let string = Span::new(anchor.start, anchor.start + fixed);
        if string.end > text.to { None } else { self.find_alone(scratch, work, text, string) }
    }

    /// The match in `string` as if there were nothing beside it.
    fn find_alone(
        &self,
        scratch: &mut Option<Box<PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        string: Span,
    ) -> Option<Match> {
        let bytes = &text.bytes[string.start..string.end];
        if self.is_barren(bytes) || !work.take(string.len() as u64 * self.weight()) {
            return None;
        }
        let found = self.find(scratch.get_or_insert_default(), bytes, Span::new(0, bytes.len()))?;
        Some(found.shifted(string.start))
    }

    /// The match that the bytes around the anchor allow.
    fn search_in_text(
        &self,
        scratch: &mut Option<Box<PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        anchor: Span,
    ) -> Searched {
        let mut window = self.window(text, anchor);
        let is_barren = self.is_barren(&text.bytes[window.start..window.end]);
        if is_barren && (self.begins || self.is_stretch_of_token) {
            return Searched::default();
        }
        if self.begins_no_line(scratch, text, window) {
            return Searched::default();
        }
        let scratch = scratch.get_or_insert_default();
        let mut further = None;
        if self.is_long() {
            let make = || Box::new(Long::new(&self.source, &self.keywords, self.most()));
            let long = self.long.get_or_init(make);
            let memo = scratch.memo.get_or_insert_with(|| long.memo());
            let Some(end) = long.end(memo, work, text, anchor.start) else { return Searched::default() };
            let (counts, reach) = long.counts(memo, work, text, anchor.start, end);
            further = Some(reach);
            if !counts {
                return Searched { found: None, further };
            }
            window.end = end;
        }
        let cost = window.len() as u64 * self.weight();
        if self.begins {
            let found = work.take(cost).then(|| self.find_after_escape(scratch, text, window)).flatten();
            return Searched { found, further };
        }
        let mut found =
            (!is_barren && work.take(cost)).then(|| self.find(scratch, text.bytes, window)).flatten();
        // The end of an escape may be taken for a part of a token whose length is not fixed.
        let is_doubtful =
            found.is_some_and(|found| escape::covers(text.bytes, text.from, found.secret.start));
        if is_doubtful {
            found = self.find_undone(scratch, work, text, window, anchor.start).or(found);
        }
        if found.is_none() && !escape::is_in(&text.bytes[Self::first_escape(text, window)..window.end]) {
            return Searched { found, further };
        }
        for to in [anchor.start, window.end] {
            if found.is_none() {
                found = self.find_undone(scratch, work, text, window, to);
            }
        }
        Searched { found, further }
    }

    /// The match that begins where `window` does, with the meaning of an escape before it.
    fn find_after_escape(&self, scratch: &mut PatternScratch, text: Text<'_>, window: Span) -> Option<Match> {
        let Some(reads) = escape::before(text.bytes, text.from, window.start) else {
            return self.find(scratch, text.bytes, window);
        };
        let mut copy = std::mem::take(&mut scratch.copy);
        copy.clear();
        copy.push(reads);
        copy.extend_from_slice(&text.bytes[window.start..text.bytes.len().min(window.end + 1)]);
        let found = self.find(scratch, &copy, Span::new(1, 1 + window.len()));
        scratch.copy = copy;
        found.map(|found| found.shifted(window.start - 1))
    }

    /// The match in the window if the escapes in it that end before `to` are undone. `None` if there are no such
    /// escapes, or if one of them is in the secret.
    fn find_undone(
        &self,
        scratch: &mut PatternScratch,
        work: &mut Work,
        text: Text<'_>,
        window: Span,
        to: usize,
    ) -> Option<Match> {
        let base = window.start.saturating_sub(1);
        let from = Self::first_escape(text, window);
        if !escape::is_in(&text.bytes[from..to]) {
            return None;
        }
        let mut copy = std::mem::take(&mut scratch.copy);
        copy.clear();
        copy.extend_from_slice(&text.bytes[base..text.bytes.len().min(window.end + 1)]);
        let within = Span::new(window.start - base, window.end - base);
        let is_other = escape::undo(text.bytes, from, to, &mut copy, base)
            && !self.is_barren(&copy[within.start..within.end])
            && work.take(window.len() as u64 * self.weight());
        let found = is_other.then(|| self.find(scratch, &copy, within)).flatten();
        scratch.copy = copy;
        let found = found?.shifted(base);
        let Span { start, end } = found.secret;
        let is_intact = text.bytes[start..end] == scratch.copy[start - base..end - base];
        is_intact.then_some(found)
    }

    /// What lines begin with that a match begins, if the pattern is one of lines.
    fn of_line(&self) -> Option<&OfLine> {
        self.of_line.get_or_init(|| OfLine::of(&self.source).map(Box::new)).as_deref()
    }

    /// True if no line in the window can begin a match, whether its escapes are undone or not.
    ///
    /// # Performance
    ///
    /// The keywords of such a pattern are in the middle of many lines of logs (`ruser= rhost=1.2.3.4`), where there are
    /// escapes, too, or what looks like one (`=1`), so that the window would be searched three times.
    fn begins_no_line(
        &self,
        scratch: &mut Option<Box<PatternScratch>>,
        text: Text<'_>,
        window: Span,
    ) -> bool {
        if self.begins || window.len() > FEW_BYTES {
            return false;
        }
        let Some(of_line) = self.of_line() else { return false };
        let mut starts = [0; MOST_LINES];
        let Some(count) = line_starts(text.bytes, window, &mut starts) else { return false };
        // The end of the window begins nothing.
        let begins_none = |&start: &usize| match text.bytes[..window.end].get(start) {
            // An escape that begins a line reads as something else.
            Some(&byte) if escape::may_begin(byte) => false,
            Some(&byte) if of_line.firsts[usize::from(byte)] => {
                let cache = &mut scratch.get_or_insert_default().steps;
                of_line.failure(cache, text.bytes, Span::new(start, window.end)).is_some_and(|end| {
                    // It fails in the same way if none of the bytes that it saw are of an escape.
                    let from = text.from.max(start.saturating_sub(escape::LONGEST));
                    !escape::is_in(&text.bytes[from..window.end.min(end + escape::LONGEST)])
                })
            }
            _ => true,
        };
        // An escape may also begin a line.
        starts[..count].iter().all(begins_none)
            && !escape::may_feed(&text.bytes[Self::first_escape(text, window)..window.end])
    }

    /// The earliest start of an escape that ends in a window or just before it.
    fn first_escape(text: Text<'_>, window: Span) -> usize {
        text.from.max(window.start.saturating_sub(escape::LONGEST))
    }

    /// True if the window lacks what every match contains. Long windows are tested only a few times, enough to find out
    /// that the pattern is needed: if the keyword is repeated, the test costs more than it saves.
    fn is_barren(&self, window: &[u8]) -> bool {
        let Some(stretch) = &self.stretch else { return false };
        if self.is_long() && (self.long.get().is_some() || self.looks.fetch_add(1, Ordering::Relaxed) > LOOKS)
        {
            return false;
        }
        !stretch.stands_in(window)
    }

    fn find(&self, scratch: &mut PatternScratch, bytes: &[u8], window: Span) -> Option<Match> {
        let regex = self.compiled.get_or_init(|| compile(&self.source));
        let cache = scratch.cache.get_or_insert_with(|| regex.create_cache());
        let mut starts = [0; MOST_LINES];
        if !self.begins
            && window.len() <= FEW_BYTES
            && self.of_line().is_some()
            && let Some(count) = line_starts(bytes, window, &mut starts)
        {
            let at_line =
                |start: &usize| self.find_from(regex, cache, bytes, Span::new(*start, window.end), true);
            return starts[..count].iter().find_map(at_line);
        }
        self.find_from(regex, cache, bytes, window, self.begins)
    }

    /// The first match in the window, or the one that begins where the window does.
    fn find_from(
        &self,
        regex: &Regex,
        cache: &mut Cache,
        bytes: &[u8],
        window: Span,
        begins: bool,
    ) -> Option<Match> {
        let anchored = if begins { Anchored::Yes } else { Anchored::No };
        let input = Input::new(bytes).span(window.start..window.end).anchored(anchored);
        if self.group == 0 {
            let found = regex.search_with(cache, &input)?;
            let whole = Span::new(found.start(), found.end());
            return Some(Match { whole, secret: whole });
        }
        let mut few = [None; 16];
        let needed = 2 * (self.group + 1);
        if needed <= few.len() {
            self.slots(regex, cache, &input, &mut few[..needed])
        } else {
            self.slots(regex, cache, &input, &mut vec![None; needed])
        }
    }

    fn slots(
        &self,
        regex: &Regex,
        cache: &mut Cache,
        input: &Input<'_>,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Option<Match> {
        let _: PatternID = regex.search_slots_with(cache, input, slots)?;
        let group = |at: usize| Some(Span::new(slots[2 * at]?.get(), slots[2 * at + 1]?.get()));
        let whole = group(0)?;
        Some(Match { whole, secret: group(self.group).unwrap_or(whole) })
    }
}

/// True if no byte of a stretch is the reading of an escape.
fn is_of_token(stretch: Option<&Stretch>) -> bool {
    stretch.is_some_and(|stretch| stretch.consists_of(&escape::OF_TOKENS))
}

/// Bytes, not characters; `^` and `$` at line ends; `.` stops at them.
fn compile(source: &str) -> Regex {
    let bytes = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
    let config = Config::new().utf8_empty(false).nfa_size_limit(None).dfa(false);
    Regex::builder()
        .syntax(bytes)
        .configure(config)
        .build(source)
        .expect("a catalogue holds only patterns that parse under these settings")
}

/// The length of every match, if all are equally long.
fn fixed_length(source: &str) -> Option<usize> {
    let pattern = pattern::parse(source).ok()?;
    let (least, most) = (pattern.properties().minimum_len(), pattern.properties().maximum_len());
    least.filter(|_| least == most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(source: &str, group: usize, reach: (usize, usize), longest: usize) -> Pattern {
        Pattern {
            source: source.to_owned().into(),
            group,
            reach: Reach { before: reach.0, after: reach.1 },
            begins: false,
            keywords: Vec::new(),
            longest,
            stretch: None,
            is_stretch_of_token: false,
            looks: AtomicU32::new(0),
            is_own: true,
            weight: OnceLock::new(),
            compiled: OnceLock::new(),
            of_line: OnceLock::new(),
            long: OnceLock::new(),
            fixed: OnceLock::new(),
        }
    }

    /// The match in the window of `anchor` of a pattern with this reach.
    fn search(
        source: &str,
        group: usize,
        reach: (usize, usize),
        bytes: &[u8],
        anchor: Span,
    ) -> Option<Match> {
        let pattern = pattern(source, group, reach, anchor.len());
        pattern.search(&mut None, &mut Work::of(bytes.len()), Text::whole(bytes, 1), anchor).found
    }

    #[test]
    fn a_pattern_of_lines_finds_the_same_at_each_line_as_in_the_whole_window() {
        let source = r"^ {0,3}-?(?:user|u)[= ]([^\s:]{1,9}):(\S{1,9})";
        let of_line = |source: &str| OfLine::of(&source.to_owned().into());
        assert!(of_line(source).is_some() && of_line(r"a|^b").is_none());
        let firsts = |source: &str| {
            let of_line = of_line(source).expect("it is of lines");
            (0..=255).filter(|&byte: &u8| of_line.firsts[usize::from(byte)]).collect::<Vec<u8>>()
        };
        assert_eq!(firsts(r"^a|^b"), b"ab");
        assert_eq!(firsts(r"^ {0,3}(?:-|b?[xy])"), b" -bxy");
        assert_eq!(firsts(r"^a*").len(), 256);
        let regex = compile(source);
        let texts = ["x user=a:b\n", "user=a:b\n", "\n  u c:d", "u x\nu y:z", "\n\n\n", "u ", "-user=q:r s"];
        for one in texts {
            for other in texts {
                let text =
                    format!("{one}{other}{}{one}", "\n".repeat(texts.len() * usize::from(one == "u ")));
                for from in 0..text.len() {
                    let window = Span::new(from, text.len());
                    let found = search(source, 0, (0, text.len()), text.as_bytes(), Span::new(from, from));
                    let whole = regex.find(Input::new(text.as_bytes()).span(from..text.len()));
                    let whole = whole.map(|found| Span::new(found.start(), found.end()));
                    assert_eq!(found.map(|found| found.whole), whole, "{text:?} {window:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn lines_that_are_passed_by_begin_no_match(
            pieces in proptest::collection::vec(0_usize..PIECES.len(), 0..24),
            from in any::<proptest::sample::Index>(),
            to in any::<proptest::sample::Index>(),
        ) {
            const SOURCE: &str = r#"^\s{0,3}-{0,2}(?:proxy-)?(?:user|u)\s{0,2}[=: ]\s{0,2}"?[^\s":$]{1,9}:([^\s"$<{%][^\s"]{0,9})"#;
            let text: String = pieces.into_iter().map(|at| PIECES[at]).collect();
            let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
            let (window, text) = (Span::new(from.min(to), from.max(to)), Text::whole(text.as_bytes(), 1));
            let pattern = pattern(SOURCE, 1, (9, 40), 4);
            if pattern.begins_no_line(&mut None, text, window) {
                let mut scratch = PatternScratch::default();
                prop_assert_eq!(pattern.find(&mut scratch, text.bytes, window), None);
                for to in window.start..=window.end {
                    let mut work = Work::of(text.bytes.len());
                    prop_assert_eq!(pattern.find_undone(&mut scratch, &mut work, text, window, to), None);
                }
            }
        }
    }

    /// Parts of lines, and escapes.
    const PIECES: [&str; 20] = [
        "\n", "\n", "\n- 1", "-", "-u a:b", "user=c:d", "proxy-", "u", "p", " ", "=21", "=0A", "%0A", "%41",
        "\\n", "u000a", "&#10;", "&quot;", "\x1b[0m", "#012",
    ];

    #[test]
    fn a_pattern_of_lines_sees_lines_that_begin_at_or_with_an_escape() {
        let source = r"^[ ']{0,3}user=([^\s:]{1,9}:\S{1,9})";
        for (before, is_found) in [
            ("", true),
            (r"x\n", true),
            ("%0A", true),
            ("=0A", true),
            ("#012", true),
            ("u000a", true),
            ("&#10;", true),
            ("\n%20", true),
            ("\n\x1b[0m", false),
            ("r", false),
            ("uid=0 r", false),
            ("%20", true),
        ] {
            let text = format!("{before}user=a:b\nuid=0 ruser=\n");
            let anchor = Span::new(before.len(), before.len() + 5);
            let found = search(source, 1, (8, 30), text.as_bytes(), anchor);
            let secret = found.map(|found| &text[found.secret.start..found.secret.end]);
            assert_eq!(secret, is_found.then_some("a:b"), "{text:?}");
        }
    }

    #[test]
    fn rules_of_ones_own_are_weighed_and_the_built_in_ones_are_not() {
        let mut catalogue = crate::rules::Catalogue::embedded();
        let weights = |rules: &[Rule]| -> Vec<u64> {
            rules.iter().filter_map(Pattern::new).map(|pattern| pattern.weight()).collect()
        };
        assert!(weights(catalogue.rules()).iter().all(|&weight| weight == 0));
        for rule in catalogue.rules_mut() {
            rule.origin.line = 7;
        }
        assert!(weights(catalogue.rules()).iter().all(|&weight| weight > 0));
    }

    #[test]
    fn a_match_stays_in_the_window_and_look_around_sees_beyond_it() {
        let bytes = b"xkey=abcdef";
        let anchor = Span::new(1, 4);
        let found = search("key=([a-z]+)", 1, (0, 4), bytes, anchor).expect("the window holds a match");
        assert_eq!((found.whole, found.secret), (Span::new(1, 8), Span::new(5, 8)));
        assert_eq!(search(r"key=[a-z]+\b", 0, (0, 4), bytes, anchor), None);
        assert_eq!(search(r"\bkey=[a-z]+", 0, (0, 4), bytes, anchor), None);
        assert!(search(r"[a-z]+", 0, (0, 9), bytes, Span::new(9, 11)).is_some());
    }

    #[test]
    fn an_escape_before_a_match_is_what_it_means() {
        for text in [r"x\nkey=abc", "x%3Dkey=abc", "&quot;key=abc", "\x1b[0mkey=abc"] {
            let at = text.find("key").expect("the text has the keyword");
            for before in [1, 12] {
                let anchor = Span::new(at, at + 3);
                let found = search(r#"(?:^|[\s"'=])key=([a-z]+)"#, 1, (before, 4), text.as_bytes(), anchor);
                assert_eq!(found.map(|found| found.secret), Some(Span::new(at + 4, at + 7)), "{text}");
            }
        }
        let secret = |source, group, text: &[u8], anchor| {
            search(source, group, (1, 9), text, anchor).map(|found| found.secret)
        };
        let key = Span::new(1, 4);
        assert_eq!(secret(r"\bkey=(\S+)", 1, b"-key=a%20b", key), Some(Span::new(5, 10)));
        assert_eq!(secret(r"\bcd[a-z]{2}", 0, b"-key=ab%20cdef", key), None);
        assert_eq!(secret(r"\bcde", 0, b"-key=ab%20cde", key), Some(Span::new(10, 13)));
        assert_eq!(secret(r"=(b[ a-z]+d)", 1, b"-key=b%20d", key), None);
    }

    #[test]
    fn a_group_that_takes_no_part_leaves_the_whole_match() {
        let found = search("key(=([a-z]))?", 2, (0, 9), b"key", Span::new(0, 3)).expect("it matches");
        assert_eq!(found.secret, found.whole);
    }

    #[test]
    fn patterns_are_of_bytes_and_lines() {
        assert!(search(r"^\xff.$", 0, (0, 9), b"a\n\xff\xfe\nb", Span::new(2, 3)).is_some());
        assert_eq!(search("a.b", 0, (0, 9), b"a\nb", Span::new(0, 1)), None);
    }
}
