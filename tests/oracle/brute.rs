//! What a scan finds according to DESIGN.md, computed the slow way.

use super::escapes;
use keydredge::model::Span;
use keydredge::rules::{Catalogue, Matcher, Rule};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use std::collections::BTreeSet;

/// Rule, match and secret of a candidate.
pub(crate) type Spot = (u32, Span, Span);

/// The rules of a catalogue that have a pattern, compiled.
pub(crate) struct Brute<'a> {
    catalogue: &'a Catalogue,
    regexes: Vec<Option<Regex>>,
}

impl<'a> Brute<'a> {
    /// Compiles every pattern.
    pub(crate) fn new(catalogue: &'a Catalogue) -> Self {
        let compile = |matcher: &Matcher| match matcher {
            Matcher::Pattern { regex, .. } => {
                let syntax = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
                Regex::builder().syntax(syntax).build(regex).ok()
            }
            Matcher::Assignment
            | Matcher::Structure(_)
            | Matcher::Lines { .. }
            | Matcher::Whole(_)
            | Matcher::Named
            | Matcher::FileName
            | Matcher::Known { .. } => None,
        };
        Self { catalogue, regexes: catalogue.rules().iter().map(|rule| compile(&rule.matcher)).collect() }
    }

    /// Every match in the window of some keyword at some position, in the blob and in its visible text.
    pub(crate) fn spots(&self, blob: &[u8]) -> BTreeSet<Spot> {
        let mut spots = BTreeSet::new();
        let visible = Visible::of(blob);
        for (index, rule) in (0..).zip(self.catalogue.rules()) {
            for keyword in &rule.keywords {
                for at in occurrences(keyword, blob) {
                    spots.extend(self.at(index, blob, at, keyword.len()));
                }
                if visible.bytes.len() < blob.len() {
                    for at in occurrences(keyword, &visible.bytes) {
                        spots.extend(self.through(index, &visible, at, keyword.len()));
                    }
                }
            }
        }
        spots
    }

    /// The match of a rule at its keyword at `at`: the leftmost in the keyword's window, or the one that begins with
    /// the keyword, if every match of the rule begins with one. If there is none, one that is all of a string whose
    /// length is before it.
    pub(crate) fn at(&self, index: u32, blob: &[u8], at: usize, len: usize) -> Option<Spot> {
        let part = Part { bytes: blob, from: 0, to: blob.len() };
        self.within(index, part, at, len).or_else(|| self.measured(index, blob, at))
    }

    fn measured(&self, index: u32, blob: &[u8], at: usize) -> Option<Spot> {
        let rule = &self.catalogue.rules()[index as usize];
        let Matcher::Pattern { begins: true, regex, .. } = &rule.matcher else { return None };
        if regex.contains('^') && !regex.contains("[^") {
            return None;
        }
        let before = &blob[at.saturating_sub(8)..at];
        let most_cut = if before.len() < 8 { 0 } else { 3 };
        let cut = before.iter().take(most_cut).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
        let is_control = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
        if std::str::from_utf8(&before[cut..]).is_ok() && !before.iter().any(is_control) {
            return None;
        }
        let number = |from_end: usize, count: usize, is_big: bool| {
            let from = before.len().checked_sub(from_end)?;
            let mut bytes = before[from..from + count].to_vec();
            if !is_big {
                bytes.reverse();
            }
            Some(bytes.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
        };
        let lengths = [
            number(1, 1, true).filter(|len| {
                let is_typed = |byte: usize| matches!(byte, 9 | 10 | 13 | 32..=126);
                let kind = number(2, 1, true);
                !is_typed(*len) || kind.is_some_and(|kind| !is_typed(kind) || kind == 120)
            }),
            number(1, 1, true).filter(|byte| (0xa0..0xc0).contains(byte)).map(|byte| byte - 0xa0),
            number(2, 2, false),
            number(2, 2, true),
            number(2, 2, true)
                .filter(|two| *two >= 0x8000)
                .map(|two| (two >> 8 & 0x7f) + ((two & 0xff) << 7)),
            number(4, 4, false),
            number(4, 4, true),
            number(8, 4, false).filter(|_| number(4, 4, true) == Some(0)),
        ];
        let longest = most(rule).min(blob.len() - at).min(LONG);
        lengths.into_iter().flatten().filter(|len| (12..=longest).contains(len)).find_map(|len| {
            let input = Input::new(&blob[at..at + len]).anchored(Anchored::Yes);
            let (index, whole, secret) = self.find(index, &input)?;
            let moved = |span: Span| Span::new(span.start + at, span.end + at);
            (whole.end == len).then(|| (index, moved(whole), moved(secret)))
        })
    }

    /// The match at a keyword of the visible text, if the text that is searched has a hidden character.
    pub(crate) fn through(&self, index: u32, visible: &Visible, at: usize, len: usize) -> Option<Spot> {
        let rule = &self.catalogue.rules()[index as usize];
        let Matcher::Pattern { reach, begins, .. } = &rule.matcher else { return None };
        let here = visible.at[at];
        let near = |index: &usize| here.abs_diff(visible.at[*index]) <= REACH;
        let from = (at.saturating_sub(LIMIT)..=at).find(near)?;
        let to = (at..visible.at.len().min(at + LIMIT)).rfind(|index| visible.at[*index] < here + REACH)? + 1;
        let (before, after) = if *begins {
            (escapes::LONGEST, most(rule) - len + 1)
        } else {
            (reach.before as usize + escapes::LONGEST, reach.after as usize + 1)
        };
        let (first, last) = (from.max(at.saturating_sub(before)), to.min(at + len + after));
        if at + len > to || visible.at[last - 1] - visible.at[first] == last - 1 - first {
            return None;
        }
        let (_, whole, secret) = self.within(index, Part { bytes: &visible.bytes, from, to }, at, len)?;
        Some((index, visible.in_blob(whole), visible.in_blob(secret)))
    }

    fn within(&self, index: u32, part: Part<'_>, at: usize, len: usize) -> Option<Spot> {
        let rule = &self.catalogue.rules()[index as usize];
        let Matcher::Pattern { reach, begins, .. } = &rule.matcher else { return None };
        if !begins {
            let start = part.from.max(at.saturating_sub(reach.before as usize));
            let end = part.to.min(at + len + reach.after as usize);
            let plain = self.find(index, &Input::new(part.bytes).range(start..end));
            return plain.or_else(|| {
                let from = part.from.max(start.saturating_sub(escapes::LONGEST));
                [at, end].into_iter().find_map(|to| {
                    let undone = escapes::undo(part.bytes, from, to);
                    let found = self.find(index, &Input::new(&undone).range(start..end))?;
                    let secret = found.2.start..found.2.end;
                    (undone[secret.clone()] == part.bytes[secret]).then_some(found)
                })
            });
        }
        let found = self.beginning(index, part, at)?;
        (most(rule) <= LONG || !self.is_in_between(index, part, &found)).then_some(found)
    }

    /// The match that begins at `at`; if an escape ends there, its meaning is the byte before the match.
    fn beginning(&self, index: u32, part: Part<'_>, at: usize) -> Option<Spot> {
        let end = part.to.min(at + most(&self.catalogue.rules()[index as usize]));
        let find = |bytes: &[u8]| self.find(index, &Input::new(bytes).range(at..end).anchored(Anchored::Yes));
        match escapes::before(part.bytes, part.from, at) {
            Some(reads) => {
                let mut bytes = part.bytes.to_vec();
                bytes[at - 1] = reads;
                find(&bytes)
            }
            None => find(part.bytes),
        }
    }

    /// True if matches that begin at one of the eight keywords before it and at one of the eight after it, inside it,
    /// end where it ends.
    fn is_in_between(&self, index: u32, part: Part<'_>, found: &Spot) -> bool {
        let rule = &self.catalogue.rules()[index as usize];
        let is_keyword = |at: usize, end: usize| {
            let there = |keyword: &Vec<u8>| {
                at + keyword.len() <= end && part.bytes[at..at + keyword.len()].eq_ignore_ascii_case(keyword)
            };
            rule.keywords.iter().any(there)
        };
        let ends_alike =
            |at: &usize| self.beginning(index, part, *at).is_some_and(|other| other.1.end == found.1.end);
        let (start, end) = (found.1.start, found.1.end);
        let lowest = part.from.max(end.saturating_sub(most(rule)));
        let before = (lowest..start).rev().filter(|&at| is_keyword(at, part.to));
        let after = (start + 1..end).filter(|&at| is_keyword(at, end));
        before.take(8).any(|at| ends_alike(&at)) && after.take(8).any(|at| ends_alike(&at))
    }

    fn find(&self, index: u32, input: &Input<'_>) -> Option<Spot> {
        let Matcher::Pattern { group, .. } = &self.catalogue.rules()[index as usize].matcher else {
            return None;
        };
        let regex = self.regexes[index as usize].as_ref()?;
        let mut captures = regex.create_captures();
        regex.search_captures(input, &mut captures);
        let whole = captures.get_group(0)?;
        let secret = captures.get_group(*group).unwrap_or(whole);
        (!secret.is_empty())
            .then(|| (index, Span::new(whole.start, whole.end), Span::new(secret.start, secret.end)))
    }
}

/// Bytes that matches lie in.
#[derive(Clone, Copy)]
struct Part<'b> {
    bytes: &'b [u8],
    from: usize,
    to: usize,
}

/// A blob without its invisible characters.
pub(crate) struct Visible {
    /// What is left.
    pub(crate) bytes: Vec<u8>,
    /// Where in the blob each of the bytes is.
    at: Vec<usize>,
}

impl Visible {
    /// What is visible of a blob.
    pub(crate) fn of(blob: &[u8]) -> Self {
        let (mut bytes, mut at) = (Vec::new(), Vec::new());
        let mut next = 0;
        while next < blob.len() {
            match char_at(&blob[next..]).filter(|char| is_hidden(*char)) {
                Some(char) => next += char.len_utf8(),
                None => {
                    bytes.push(blob[next]);
                    at.push(next);
                    next += 1;
                }
            }
        }
        Self { bytes, at }
    }

    fn in_blob(&self, span: Span) -> Span {
        Span::new(self.at[span.start], self.at[span.end.max(span.start + 1) - 1] + 1)
    }
}

/// The character of more than one byte that the bytes begin with.
fn char_at(bytes: &[u8]) -> Option<char> {
    (2..=bytes.len().min(4))
        .find_map(|len| std::str::from_utf8(&bytes[..len]).ok()?.chars().next())
        .filter(|_| !bytes[0].is_ascii())
}

/// True for Unicode's default ignorable code points.
fn is_hidden(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Where a keyword is in a text.
fn occurrences(keyword: &[u8], text: &[u8]) -> Vec<usize> {
    let is_there = |at: &usize| text[*at..*at + keyword.len()].eq_ignore_ascii_case(keyword);
    (0..(text.len() + 1).saturating_sub(keyword.len())).filter(is_there).collect()
}

/// How many visible bytes, and how many bytes of the blob, on either side of a keyword are searched for a match among
/// hidden characters.
const LIMIT: usize = 4 << 10;
const REACH: usize = 12 << 10;

/// Bytes above which a match is long; several with the same end then count as two.
const LONG: usize = 512;

/// How long a match can be that begins with a keyword.
fn most(rule: &Rule) -> usize {
    let Matcher::Pattern { reach, .. } = &rule.matcher else { return 0 };
    rule.keywords.iter().map(Vec::len).max().unwrap_or(0) + reach.after as usize
}
