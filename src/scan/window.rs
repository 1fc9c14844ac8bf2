//! A rule's pattern, run on the window around an anchor.
//!
//! The window is the literal with the rule's reach either side, cut at the blob's ends. The match is the
//! leftmost-first one in it; look-around sees the whole blob, of which it can only ask about the bytes
//! next to the window. Windows never merge. A pattern is compiled when it is first needed: where the
//! window holds the stretch that every match does.

use super::reach::{Reach, Seen};
use crate::model::Span;
use crate::rules::Stretch;
use regex_automata::meta::{Cache, Config, Regex};
use regex_automata::util::{primitives::NonMaxUsize, syntax};
use regex_automata::{Input, PatternID};
use std::sync::OnceLock;

/// A pattern and where to look for it.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    group: usize,
    reach: Reach,
    stretch: Option<Stretch>,
    compiled: OnceLock<Regex>,
}

/// A match and the secret in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The whole match.
    pub(super) whole: Span,
    /// The capture group that is the secret.
    pub(super) secret: Span,
}

impl Pattern {
    /// A pattern as a rule gives it.
    pub(super) fn new(source: String, group: usize, reach: Reach, stretch: Option<Stretch>) -> Self {
        Self { source, group, reach, stretch, compiled: OnceLock::new() }
    }

    /// What the decision at an anchor looks at: the window, and a byte either side for look-around.
    pub(super) fn reach(&self) -> Reach {
        Reach { before: self.reach.before + 1, after: self.reach.after + 1 }
    }

    /// The window of an anchor.
    fn window(&self, bytes: &[u8], anchor: Span) -> Span {
        let seen = Seen::around(anchor, self.reach);
        Span::new(seen.start.max(0) as usize, bytes.len().min(seen.end.max(0) as usize))
    }

    /// The match in the window of `anchor`. `cache` is this pattern's own.
    pub(super) fn search(&self, cache: &mut Option<Box<Cache>>, bytes: &[u8], anchor: Span) -> Option<Match> {
        let window = self.window(bytes, anchor);
        if let Some(stretch) = &self.stretch
            && !stretch.stands_in(&bytes[window.start..window.end])
        {
            return None;
        }
        let regex = self.compiled.get_or_init(|| compile(&self.source));
        let cache = cache.get_or_insert_with(|| Box::new(regex.create_cache()));
        let input = Input::new(bytes).span(window.start..window.end);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn search(
        source: &str,
        group: usize,
        reach: (usize, usize),
        bytes: &[u8],
        anchor: Span,
    ) -> Option<Match> {
        Pattern::new(source.to_owned(), group, Reach { before: reach.0, after: reach.1 }, None)
            .search(&mut None, bytes, anchor)
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
