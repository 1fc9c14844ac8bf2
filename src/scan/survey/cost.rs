//! What each rule costs over a text.
//!
//! # Design
//!
//! A scan takes the anchors of all rules in the order of the text. Here those of one rule are taken together, so that the
//! clock is read once for a rule: reading it takes about as long as the decision at a cheap anchor.

use crate::model::{Piece, RuleIndex};
use crate::scan::nature::Nature;
use crate::scan::{Scanner, Scratch};
use std::time::{Duration, Instant};

/// What a scan of a text costs, by what takes the time.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// How many bytes the text has.
    pub bytes: usize,
    /// The search for the literals of all rules.
    pub filter: Duration,
    /// The rules of lines of certain files, and those of whole texts, together.
    pub whole: Duration,
    /// Each rule with a literal in the text.
    pub rules: Vec<Cost>,
}

/// What a rule costs over a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The rule.
    pub rule: RuleIndex,
    /// At how many places it was tried.
    pub places: u64,
    /// The time for all of them.
    pub time: Duration,
}

impl Costs {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.filter + self.whole + self.rules.iter().map(|cost| cost.time).sum::<Duration>()
    }

    /// Adds what another text costs.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.filter += other.filter;
        self.whole += other.whole;
        for cost in &other.rules {
            match self.rules.binary_search_by_key(&cost.rule, |known| known.rule) {
                Ok(at) => {
                    self.rules[at].places += cost.places;
                    self.rules[at].time += cost.time;
                }
                Err(at) => self.rules.insert(at, *cost),
            }
        }
    }

    /// The least of what two runs over the same text took: what else the machine did is in neither.
    #[must_use]
    pub fn least(self, other: &Self) -> Self {
        let of = |rule: RuleIndex| other.rules.iter().find(|cost| cost.rule == rule);
        let least = |cost: Cost| match of(cost.rule) {
            Some(other) => Cost { time: cost.time.min(other.time), ..cost },
            None => cost,
        };
        Self {
            bytes: self.bytes,
            filter: self.filter.min(other.filter),
            whole: self.whole.min(other.whole),
            rules: self.rules.into_iter().map(least).collect(),
        }
    }
}

impl Scanner {
    /// What a scan of `bytes` costs; the rules are in the order of the catalogue.
    pub fn costs(&self, bytes: &[u8], scratch: &mut Scratch) -> Costs {
        scratch.turn(bytes.len());
        let piece = Piece::whole(bytes);
        let nature = Nature::of(piece.head);
        let mut hidden = Vec::new();
        let mut anchors = Vec::new();
        let start = Instant::now();
        self.find(bytes, 0..bytes.len(), &mut hidden, &mut |anchor| anchors.push(anchor));
        let filter = start.elapsed();
        anchors.sort_unstable();
        anchors.sort_by_key(|anchor| self.literals.at(anchor.literal).rule);
        let mut rules = Vec::new();
        for of_rule in anchors
            .chunk_by(|one, other| self.literals.at(one.literal).rule == self.literals.at(other.literal).rule)
        {
            let start = Instant::now();
            for &anchor in of_rule {
                if self.admits(bytes, nature, anchor) {
                    let _found = self.evaluate(bytes, anchor, scratch).held();
                }
            }
            let time = start.elapsed();
            let rule = RuleIndex(self.literals.at(of_rule[0].literal).rule);
            rules.push(Cost { rule, places: of_rule.len() as u64, time });
        }
        let start = Instant::now();
        if nature == Nature::Text {
            drop(self.on_lines(piece.head, 0..bytes.len()));
        }
        drop(self.whole.find(bytes, 0..bytes.len(), &mut scratch.watched));
        Costs { bytes: bytes.len(), filter, whole: start.elapsed(), rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Catalogue;

    #[test]
    fn each_rule_is_counted_at_its_own_literals() {
        let rules = "[[rules]]\nid = 'a-key'\ndescription = 'a'\nregex = 'acme_[0-9]{9}'\n\
                     [[rules]]\nid = 'b-key'\ndescription = 'b'\nregex = 'bcme_[0-9]{9}'\n\
                     [[rules]]\nid = 'c-key'\ndescription = 'c'\nregex = 'ccme_[0-9]{9}'\n";
        let catalogue = Catalogue::build(Catalogue::parse("a.toml", rules).unwrap()).unwrap();
        let scanner = Scanner::new(&catalogue);
        let text = b"acme_123456789 acme_ bcme_1 acme_123456789";
        let costs = scanner.costs(text, &mut Scratch::default());
        let places: Vec<_> = costs.rules.iter().map(|cost| (cost.rule.0, cost.places)).collect();
        assert_eq!((places, costs.bytes), (vec![(0, 3), (1, 1)], text.len()));
        assert!(costs.total() >= costs.filter);
        let again = scanner.costs(text, &mut Scratch::default());
        let least = costs.clone().least(&again);
        assert!(least.total() <= costs.total().min(again.total()));
    }
}
