//! Which candidates are replaced, and by what.
//!
//! A candidate is judged as in a report of standard input. What covers a finding there (an allow comment, an ignore
//! entry, a baseline) does not count here: it says that a secret is known, and not that it may be read.

use crate::findings::{Hit, Judge, Names, Options, Side, Sighting, assemble_knowing};
use crate::model::{Found, Location, Place, RuleInfo, Secret, Source, Span};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Bytes of secrets that are remembered at most.
const REMEMBERED: usize = 2 << 20;

/// Decides about candidates, and counts.
#[derive(Debug)]
pub struct Replacer<'a> {
    options: Options<'a>,
    judge: Judge<'a>,
    names: Names,
    /// Secrets that were replaced before, wherever they are now.
    known: HashMap<Secret, (Arc<str>, Arc<str>)>,
    /// Bytes of these.
    remembered: usize,
    counts: Counts,
}

/// What was replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many places had a secret, by the rule's id.
    pub by_rule: BTreeMap<Arc<str>, u64>,
}

impl Counts {
    /// How many places had a secret.
    pub fn places(&self) -> u64 {
        self.by_rule.values().sum()
    }
}

impl<'a> Replacer<'a> {
    /// One that judges as `options` say.
    pub fn new(options: Options<'a>) -> Self {
        Self {
            judge: Judge::new(options.rules, options.today),
            options,
            names: Names::default(),
            known: HashMap::new(),
            remembered: 0,
            counts: Counts::default(),
        }
    }

    /// What was replaced so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Counts on from `counts`: what came since is to be looked at again.
    pub fn count_from(&mut self, counts: Counts) {
        self.counts = counts;
    }

    pub(super) fn rules(&self) -> &'a [Arc<RuleInfo>] {
        self.options.rules
    }

    /// What replaces the secret of a candidate: `[REDACTED:ab12cd34:rule]`, with the first digits of its fingerprint.
    /// `None` if it is too unsure to be a secret.
    ///
    /// # Design
    ///
    /// The rule comes last: `generic-password:ab12cd34` would be a password by its name.
    pub(super) fn placeholder(&mut self, found: &Found) -> Option<Arc<str>> {
        let secret = &found.candidate.secret;
        let (placeholder, rule) = match self.known.get(secret) {
            Some(known) => known.clone(),
            None => {
                let made = self.decide(found)?;
                self.remember(secret, &made);
                made
            }
        };
        *self.counts.by_rule.entry(rule).or_default() += 1;
        Some(placeholder)
    }

    fn decide(&mut self, found: &Found) -> Option<(Arc<str>, Arc<str>)> {
        let place = Place::of(Source::Stdin);
        let score = self.judge.score(&found.candidate, &place)?;
        if score < self.options.min_confidence.floor() {
            return None;
        }
        let location = Location::of(Span::new(0, 0), b"");
        let hits = vec![Hit { found: found.clone(), location, allows: Vec::new() }];
        let sighting = Sighting { place, hits, side: Side::Head };
        let assembled = assemble_knowing(vec![sighting], Vec::new(), &self.options, &mut self.names);
        let finding = assembled.findings.into_iter().next()?;
        let (name, rule) = (finding.fingerprint.to_string(), &finding.rule.id);
        Some((format!("[REDACTED:{name:.8}:{rule}]").into(), rule.as_str().into()))
    }

    fn remember(&mut self, secret: &Secret, made: &(Arc<str>, Arc<str>)) {
        // With its overhead in the table.
        self.remembered += secret.len() + 128;
        if self.remembered > REMEMBERED {
            self.known.clear();
            self.names = Names::default();
            self.remembered = 0;
        }
        self.known.insert(secret.clone(), made.clone());
    }
}
