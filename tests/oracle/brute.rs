//! What DESIGN.md says a scan finds, computed the slow way.

use keydredge::model::Span;
use keydredge::rules::{Catalogue, Matcher};
use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
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
            Matcher::Assignment | Matcher::Structure(_) | Matcher::Lines { .. } => None,
        };
        Self { catalogue, regexes: catalogue.rules.iter().map(|rule| compile(&rule.matcher)).collect() }
    }

    /// Every match in the window of every keyword at every position.
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

    /// The match of a rule in the window of its keyword at `at`.
    pub(crate) fn at(&self, index: u32, blob: &[u8], at: usize, len: usize) -> Option<Spot> {
        let Matcher::Pattern { group, reach, .. } = &self.catalogue.rules[index as usize].matcher else {
            return None;
        };
        let regex = self.regexes[index as usize].as_ref()?;
        let window =
            at.saturating_sub(reach.before as usize)..blob.len().min(at + len + reach.after as usize);
        let mut captures = regex.create_captures();
        regex.search_captures(&Input::new(blob).range(window), &mut captures);
        let whole = captures.get_group(0)?;
        let secret = captures.get_group(*group).unwrap_or(whole);
        (!secret.is_empty())
            .then(|| (index, Span::new(whole.start, whole.end), Span::new(secret.start, secret.end)))
    }
}
