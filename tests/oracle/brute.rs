//! What DESIGN.md says a scan finds, computed the slow way.

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
            Matcher::Assignment => None,
        };
        Self { catalogue, regexes: catalogue.rules.iter().map(|rule| compile(&rule.matcher)).collect() }
    }

    /// Every match that the window of some keyword at some position gives.
    pub(crate) fn spots(&self, blob: &[u8]) -> BTreeSet<Spot> {
        let mut spots = BTreeSet::new();
        for (index, rule) in (0..).zip(&self.catalogue.rules) {
            for keyword in &rule.keywords {
                for at in 0..(blob.len() + 1).saturating_sub(keyword.len()) {
                    if blob[at..at + keyword.len()].eq_ignore_ascii_case(keyword) {
                        spots.extend(self.at(index, blob, at, keyword.len()));
                    }
                }
            }
        }
        spots
    }

    /// The match of a rule at its keyword at `at`: the leftmost in the keyword's window, or the one that begins with the
    /// keyword, if every match of the rule begins with one.
    pub(crate) fn at(&self, index: u32, blob: &[u8], at: usize, len: usize) -> Option<Spot> {
        let rule = &self.catalogue.rules[index as usize];
        let Matcher::Pattern { reach, begins, .. } = &rule.matcher else { return None };
        if !begins {
            let window =
                at.saturating_sub(reach.before as usize)..blob.len().min(at + len + reach.after as usize);
            return self.find(index, &Input::new(blob).range(window));
        }
        let found = self.beginning(index, blob, at)?;
        (most(rule) <= LONG || !self.is_in_between(index, blob, &found)).then_some(found)
    }

    /// The match that begins at `at`.
    fn beginning(&self, index: u32, blob: &[u8], at: usize) -> Option<Spot> {
        let end = blob.len().min(at + most(&self.catalogue.rules[index as usize]));
        self.find(index, &Input::new(blob).range(at..end).anchored(Anchored::Yes))
    }

    /// True if matches that begin at one of the eight keywords before it and at one of the eight after it, inside it, end
    /// where it does.
    fn is_in_between(&self, index: u32, blob: &[u8], found: &Spot) -> bool {
        let rule = &self.catalogue.rules[index as usize];
        let is_keyword = |at: usize, end: usize| {
            let there = |keyword: &Vec<u8>| {
                at + keyword.len() <= end && blob[at..at + keyword.len()].eq_ignore_ascii_case(keyword)
            };
            rule.keywords.iter().any(there)
        };
        let ends_alike =
            |at: &usize| self.beginning(index, blob, *at).is_some_and(|other| other.1.end == found.1.end);
        let (start, end) = (found.1.start, found.1.end);
        let before = (end.saturating_sub(most(rule))..start).rev().filter(|&at| is_keyword(at, blob.len()));
        let after = (start + 1..end).filter(|&at| is_keyword(at, end));
        before.take(8).any(|at| ends_alike(&at)) && after.take(8).any(|at| ends_alike(&at))
    }

    fn find(&self, index: u32, input: &Input<'_>) -> Option<Spot> {
        let Matcher::Pattern { group, .. } = &self.catalogue.rules[index as usize].matcher else {
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

/// Bytes above which a match is long, and several that end alike count as two.
const LONG: usize = 512;

/// How long a match can be that begins with a keyword.
fn most(rule: &Rule) -> usize {
    let Matcher::Pattern { reach, .. } = &rule.matcher else { return 0 };
    rule.keywords.iter().map(Vec::len).max().unwrap_or(0) + reach.after as usize
}
