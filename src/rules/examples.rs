//! A rule's examples and negatives, filled, and the test of a scanner on them.
//!
//! The caller passes the scanner: this module knows none.

use super::template::{self, SEED};
use super::{Catalogue, Origin, Rule};
use crate::model::{RuleIndex, Span};
use std::collections::BTreeSet;
use std::fmt;

/// The texts of a rule, filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// In each the rule is found exactly once.
    pub examples: Vec<String>,
    /// In none the rule is found.
    pub negatives: Vec<String>,
}

/// A rule that a scanner found at a place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The rule.
    pub rule: RuleIndex,
    /// Where its secret is.
    pub secret: Span,
    /// Whether its check refuted it.
    pub refuted: bool,
}

/// A text on which the scanner and the rule do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// Where the rule was written.
    pub origin: Origin,
    /// The template, as written.
    pub template: String,
    /// What is wrong.
    pub problem: Disagreement,
}

/// How a text and its rule disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// An example in which the rule is found this many times instead of once.
    Example(usize),
    /// A negative in which the rule is found.
    Negative,
    /// A template that cannot be filled.
    Template(template::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, origin, template, problem } = self;
        write!(out, "{origin}: rule `{rule}`: ")?;
        match problem {
            Disagreement::Example(0) => {
                write!(out, "is not found in its example `{template}`. Correct one of them.")
            }
            Disagreement::Example(count) => {
                write!(out, "is found {count} times in its example `{template}`, where once is right.")
            }
            Disagreement::Negative => {
                write!(out, "is found in its negative `{template}`. Correct one of them.")
            }
            Disagreement::Template(error) => write!(out, "{error}"),
        }
    }
}

impl Rule {
    /// The examples and negatives, filled.
    ///
    /// # Errors
    /// If a template is wrong; [`Catalogue::parse`] has refused such a rule.
    pub fn texts(&self) -> Result<Texts, template::Error> {
        let fill = |all: &[String]| -> Result<Vec<String>, template::Error> {
            all.iter().map(|text| template::fill(text, SEED)).collect()
        };
        Ok(Texts { examples: fill(&self.examples)?, negatives: fill(&self.negatives)? })
    }
}

/// Tries every example and negative of every rule. `scan` returns what it finds in a text. Several matches of a
/// rule with the same secret count once, and refuted ones not at all.
pub fn check_examples(catalogue: &Catalogue, mut scan: impl FnMut(&[u8]) -> Vec<Held>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (index, rule) in catalogue.rules().iter().enumerate() {
        let mut count = |text: &str| {
            let held = scan(text.as_bytes());
            let this = held.iter().filter(|held| usize::try_from(held.rule.0) == Ok(index) && !held.refuted);
            this.map(|held| held.secret).collect::<BTreeSet<Span>>().len()
        };
        let mut try_all = |templates: &[String], problem: &dyn Fn(usize) -> Option<Disagreement>| {
            for template in templates {
                let problem = match template::fill(template, SEED) {
                    Ok(text) => problem(count(&text)),
                    Err(error) => Some(Disagreement::Template(error)),
                };
                failures.extend(problem.map(|problem| Failure {
                    rule: rule.info.id.to_string(),
                    origin: rule.origin.clone(),
                    template: template.clone(),
                    problem,
                }));
            }
        };
        try_all(&rule.examples, &|count| (count != 1).then_some(Disagreement::Example(count)));
        try_all(&rule.negatives, &|count| (count != 0).then_some(Disagreement::Negative));
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_do_not_agree_with_their_rule_are_told() {
        let text = "[[rules]]\nid='acme'\ndescription='x'\nregex='ab_[0-9]{9}'\n\
                    examples=['ab_{digits:9}','none','ab_1 ab_2']\nnegatives=['no','ab_3']\n";
        let catalogue = Catalogue::build(Catalogue::parse("a.toml", text).unwrap()).unwrap();
        let held = |at, refuted| Held { rule: RuleIndex(0), secret: Span::new(at, at + 3), refuted };
        let scan = |bytes: &[u8]| {
            let starts = bytes.windows(3).enumerate().filter(|(_, window)| *window == b"ab_");
            starts.flat_map(|(at, _)| [held(at, false), held(at, false)]).collect()
        };
        let told: Vec<String> = check_examples(&catalogue, scan).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "a.toml:1: rule `acme`: is not found in its example `none`. Correct one of them.",
                "a.toml:1: rule `acme`: is found 2 times in its example `ab_1 ab_2`, where once is right.",
                "a.toml:1: rule `acme`: is found in its negative `ab_3`. Correct one of them.",
            ]
        );
        assert_eq!(check_examples(&catalogue, |_| vec![held(0, true)]).len(), 3);
    }
}
