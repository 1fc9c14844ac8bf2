//! The built-in catalogue as a whole: every rule is complete, every example holds, every negative does
//! not, and the files that hold the rules match none of them.

use keydredge::model::{Check, Confidence, Found, Location, Piece, RuleIndex};
use keydredge::rules::{CHECKS, Catalogue, Held, Matcher, check_examples};
use keydredge::scan::{Scanner, Scratch};
use std::collections::BTreeSet;
use std::fs;

/// What holds in a text.
fn held(scanner: &Scanner, bytes: &[u8]) -> Vec<Held> {
    let found = scanner.scan(&Piece::whole(bytes), &mut Scratch::default());
    let held = |found: &Found| Held {
        rule: found.candidate.rule,
        secret: found.secret_span(),
        refuted: found.candidate.check == Check::Refuted,
    };
    found.iter().map(held).collect()
}

#[test]
fn every_rule_says_what_to_do_and_has_texts_to_be_held_to() {
    let mut incomplete = Vec::new();
    for rule in &Catalogue::embedded_in_full().rules {
        let info = &rule.info;
        let missing = [
            ("revoke", info.revoke.is_none() && !info.generic),
            ("examples", rule.examples.is_empty()),
            ("negatives", rule.negatives.is_empty()),
        ];
        let missing: Vec<&str> = missing.iter().filter(|(_, is)| *is).map(|(key, _)| *key).collect();
        if !missing.is_empty() {
            incomplete.push(format!("{}: rule `{}` lacks {}", rule.origin, info.id, missing.join(", ")));
        }
    }
    assert!(incomplete.is_empty(), "{}", incomplete.join("\n"));
}

#[test]
fn every_rule_has_a_literal_and_a_window_and_ids_are_unique() {
    let catalogue = Catalogue::embedded();
    let ids: BTreeSet<&str> = catalogue.rules.iter().map(|rule| rule.info.id.as_str()).collect();
    assert_eq!(ids.len(), catalogue.rules.len());
    for rule in &catalogue.rules {
        assert!(!rule.keywords.is_empty(), "{}", rule.info.id);
        assert!(rule.check.as_deref().is_none_or(|check| CHECKS.contains(&check)), "{}", rule.info.id);
        if let Matcher::Pattern { reach, .. } = &rule.matcher {
            assert!(reach.before + reach.after > 0, "{}", rule.info.id);
        }
    }
}

#[test]
fn every_example_holds_once_and_no_negative_does() {
    let catalogue = Catalogue::embedded_in_full();
    let scanner = Scanner::new(&catalogue);
    let failures = check_examples(&catalogue, |bytes| held(&scanner, bytes));
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn the_files_that_hold_the_rules_match_none_of_them() {
    let catalogue = Catalogue::embedded();
    let scanner = Scanner::new(&catalogue);
    let mut told = Vec::new();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for found in scanner.scan(&Piece::whole(&bytes), &mut Scratch::default()) {
            // Below medium confidence nothing is reported unless someone asks for it.
            if found.candidate.score < Confidence::Medium.floor() {
                continue;
            }
            let RuleIndex(index) = found.candidate.rule;
            let line = Location::of(found.secret_span(), &bytes).line;
            told.push(format!(
                "{}:{line} holds `{}`",
                path.display(),
                catalogue.rules[index as usize].info.id
            ));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}
