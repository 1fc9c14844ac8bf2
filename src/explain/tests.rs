//! An explanation says of every value what a scan makes of it.

use super::{CaseStage, Explainer, Explanation, Inquiry, ScanResult};
use crate::findings::{
    Assembled, Hit, Judge, Mask, Options, Policy, Side, Sighting, allow::regions, assemble, settle,
};
use crate::model::{
    Blob, Confidence, Coverage, Location, Piece, Place, RuleIndex, RuleInfo, SettingsReceipt, Severity,
    Source, UnusedAllows,
};
use crate::rules::{Catalogue, Matcher, Rule, template};
use crate::scan::{Scanner, Scratch, verdict};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded_in_full);
static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner::new(&CATALOGUE));
static INFOS: LazyLock<Arc<[Arc<RuleInfo>]>> = LazyLock::new(|| CATALOGUE.infos());

const TODAY: Date = date(2026, 6, 1);

fn place(path: Option<&str>) -> Place {
    match path {
        Some(path) => Place::file(path),
        None => Place { path: None, source: Source::Stdin },
    }
}

/// What a run reports of a text.
fn scanned(text: &[u8], path: Option<&str>, least: Confidence) -> Assembled {
    let found = SCANNER.scan(&Piece::whole(text), &mut Scratch::default());
    let markers = regions::markers(text, 1, true);
    let hit = |found: crate::model::Found| {
        let location = Location::of(found.secret_span(), text);
        Hit { allows: regions::at(&markers, &location), location, found }
    };
    let hits = settle(found, &INFOS).found.into_iter().map(hit).collect();
    let sightings = vec![Sighting { place: place(path), hits, side: Side::Head }];
    let options = Options {
        rules: &INFOS,
        min_confidence: least,
        fail_on: Severity::Low,
        policy: &Policy::default(),
        before: None,
        after: None,
        new_allows: None,
        today: TODAY,
        report_unused: false,
        report_expired: false,
        markers: &[],
        unused_allows: UnusedAllows::Ignore,
        left_out: None,
        fail_in_tests: false,
        explain: verdict::reasons,
        roots: &[],
    };
    assemble(sightings, Vec::new(), &options)
}

fn explained(text: &[u8], path: Option<&str>, assembled: &Assembled, inquiry: Inquiry) -> Explanation {
    let explainer = Explainer::new(&SCANNER, &CATALOGUE, &INFOS, inquiry);
    explainer.take(&Blob { place: &place(path), inner: None, piece: Piece::whole(text), line: 1, column: 0 });
    explainer.finish(
        &mut Judge::new(&INFOS, TODAY),
        &ScanResult {
            findings: &assembled.findings,
            min_confidence: Confidence::Medium,
            coverage: &Coverage::default(),
            settings: &SettingsReceipt::default(),
            ignores: &Policy::default().ignores,
            mask: &Mask::default(),
        },
    )
}

/// Where a scan reports something, and where it finds something that is covered.
fn of_scan(assembled: &Assembled) -> [BTreeSet<u64>; 2] {
    let mut sets = [BTreeSet::new(), BTreeSet::new()];
    for finding in &assembled.findings {
        for occurrence in &finding.occurrences {
            let is_covered = finding.suppressed_by.is_some() || occurrence.suppressed_by.is_some();
            sets[usize::from(is_covered)].insert(occurrence.location.start);
        }
    }
    sets
}

/// The same of an explanation.
fn of_cases(explanation: &Explanation) -> [BTreeSet<u64>; 2] {
    [CaseStage::Reported, CaseStage::Suppressed].map(|stage| {
        let cases = explanation.cases.iter().filter(|case| case.stage == stage);
        cases.map(|case| case.at.start).collect()
    })
}

/// The texts of a rule's examples or negatives.
fn filled(templates: &[String]) -> impl Iterator<Item = String> + '_ {
    templates.iter().map(|text| template::fill(text, 5).expect("the template is well formed"))
}

/// Every so many rules, so that a debug build ends soon; others in other builds.
fn sample() -> impl Iterator<Item = (RuleIndex, &'static Rule)> {
    (0..).map(RuleIndex).zip(CATALOGUE.rules()).step_by(4)
}

#[test]
fn every_example_is_found_and_what_is_reported_is_what_a_scan_reports() {
    let mut reported = 0;
    for (index, rule) in sample() {
        for text in filled(&rule.examples) {
            let assembled = scanned(text.as_bytes(), None, Confidence::Low);
            let explanation = explained(text.as_bytes(), None, &assembled, Inquiry::default());
            assert_eq!(of_cases(&explanation), of_scan(&assembled), "{} {text}", rule.info.id);
            let is_of_rule = |case: &&super::Case| case.rule.id == rule.info.id;
            let best = explanation.cases.iter().filter(is_of_rule).map(|case| case.stage).min();
            let best = best.unwrap_or(CaseStage::Literal);
            // Rules for files of certain paths find nothing in a text without one.
            assert!(best <= CaseStage::Part || rule.info.path.is_some(), "{} {best:?}: {text}", rule.info.id);
            reported += usize::from(best == CaseStage::Reported);
            let inquiry = Inquiry { rule: Some(index), ..Inquiry::default() };
            let alone = explained(text.as_bytes(), None, &assembled, inquiry);
            // A rule of names has the values of the generic ones.
            let may_be = |case: &super::Case| {
                case.rule.id == rule.info.id || case.rule.generic && rule.matcher == Matcher::Named
            };
            assert!(alone.cases.iter().all(may_be), "{} {text}", rule.info.id);
        }
    }
    assert!(reported > 100, "{reported}");
}

#[test]
fn of_every_negative_it_is_said_what_stopped_the_rule() {
    for (index, rule) in sample() {
        for text in filled(&rule.negatives) {
            let assembled = scanned(text.as_bytes(), None, Confidence::Low);
            let inquiry = Inquiry { rule: Some(index), ..Inquiry::default() };
            let explanation = explained(text.as_bytes(), None, &assembled, inquiry);
            let is_explained = !explanation.cases.is_empty() || explanation.absent.is_some();
            assert!(is_explained, "{} {text}", rule.info.id);
            let is_sound = |case: &super::Case| !case.why.is_empty() && !case.why.ends_with('.');
            assert!(explanation.cases.iter().all(is_sound), "{} {text}", rule.info.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_in_a_text_the_verdicts_are_those_of_a_scan(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        path in prop::sample::select(vec![None, Some("src/a.py"), Some("tests/b.rb"), Some(".env"), Some("c.po")]),
        least in prop::sample::select(Confidence::ALL.to_vec()),
    ) {
        let mut text = Vec::new();
        for (rule, template) in picks {
            let rule = rule.get(CATALOGUE.rules());
            let all: Vec<String> = filled(&rule.examples).chain(filled(&rule.negatives)).collect();
            if !all.is_empty() {
                text.extend_from_slice(template.get(&all).as_bytes());
                text.push(b'\n');
            }
        }
        let len = text.len();
        for (at, byte) in edits.into_iter().filter(|_| len > 0) {
            text[at.index(len)] = byte;
        }
        let assembled = scanned(&text, path, least);
        let explanation = explained(&text, path, &assembled, Inquiry::default());
        prop_assert_eq!(of_cases(&explanation), of_scan(&assembled));
        // Each line by itself says what all of it says of that line.
        for line in 1..=text.split(|&byte| byte == b'\n').count() as u64 {
            let inquiry = Inquiry { line: Some(line), ..Inquiry::default() };
            let of_line = explained(&text, path, &assembled, inquiry);
            let is_on = |case: &&super::Case| {
                case.at.touches(Some(line)) || case.literal.is_some_and(|one| one.touches(Some(line)))
            };
            let all = explanation.cases.iter().filter(is_on).filter(|case| case.stage <= CaseStage::Part).count();
            let own = of_line.cases.iter().filter(|case| case.stage <= CaseStage::Part).count();
            prop_assert_eq!(own, all);
        }
    }
}
