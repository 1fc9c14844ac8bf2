//! What findings are made of sightings.

use super::super::ignore::IgnoreEntry;
use super::super::{Baseline, Ignores, fingerprint, sample};
use super::*;
use crate::model::{Context, Form, InHistory, RuleIndex, Score};
use proptest::prelude::*;

pub(in super::super) fn options<'a>(rules: &'a [Arc<RuleInfo>], policy: &'a Policy) -> Options<'a> {
    Options {
        rules,
        min_confidence: Confidence::Medium,
        fail_on: Severity::Low,
        policy,
        before: None,
        after: None,
        new_allows: None,
        today: jiff::civil::date(2026, 6, 1),
        report_unused: false,
        report_expired: false,
        markers: &[],
        unused_allows: UnusedAllows::Ignore,
        left_out: None,
        fail_in_tests: false,
        explain: |_| Vec::new(),
        roots: &[],
    }
}

pub(in super::super) fn findings(sightings: Vec<Sighting>, rules: &[Arc<RuleInfo>]) -> Vec<Finding> {
    assemble(sightings, Vec::new(), &options(rules, &Policy::default())).findings
}

const TOKEN: &[u8] = b"acme_q7Zk2Lw9Xb4Tn6Vc1Rm8";
const OTHER: &[u8] = b"acme_Hs5Dp0Jf3Gy7Nt2Ua6Be";

fn allowed(secret: &[u8]) -> Candidate {
    let line = b"key = x  # keydredge:allow"[..].into();
    Candidate { context: Context { lines: vec![line], ..Context::default() }, ..sample::candidate(secret) }
}

fn base(path: &str, candidates: Vec<Candidate>) -> Sighting {
    Sighting { side: Side::Base, ..sample::sighting(sample::file(path), candidates) }
}

fn head(path: &str, candidates: Vec<Candidate>) -> Sighting {
    sample::sighting(sample::file(path), candidates)
}

fn paths(finding: &Finding) -> Vec<&str> {
    finding.occurrences.iter().filter_map(|occurrence| occurrence.place.path.as_deref()).collect()
}

#[test]
fn equal_secrets_are_one_finding_with_all_its_places_in_order() {
    let rules = sample::rules();
    let generic = Candidate { rule: RuleIndex(3), ..sample::password(TOKEN, Form::Quoted, 700) };
    let old = Candidate { rule: RuleIndex(1), ..sample::candidate(TOKEN) };
    let sightings = vec![
        head("c.py", vec![generic]),
        head("a.py", vec![sample::candidate(OTHER), old]),
        head("b.py", vec![sample::candidate(TOKEN)]),
    ];
    let forwards = findings(sightings.clone(), &rules);
    assert_eq!(forwards.len(), 2);
    assert_eq!(paths(&forwards[1]), ["a.py", "b.py", "c.py"]);
    assert_eq!(forwards[1].rule.id, "acme-token");
    assert_eq!(forwards[1].identifier.as_deref(), Some("password"));
    assert_eq!(forwards[1].score, Score(960));
    let backwards = findings(sightings.into_iter().rev().collect(), &rules);
    assert_eq!(forwards, backwards);
}

#[test]
fn a_place_below_the_confidence_asked_for_is_no_place_of_the_finding() {
    let rules = sample::rules();
    let strong = || sample::password(b"tiger99x", Form::Quoted, 700);
    let weak = || sample::password(b"tiger99x", Form::Quoted, 200);
    let table = [
        (
            vec![head("a.py", vec![strong()]), head("b.py", vec![weak()]), head("c.py", vec![weak()])],
            vec!["a.py"],
        ),
        (vec![head("b.py", vec![weak()]), head("a.py", vec![strong()])], vec!["a.py"]),
        (vec![head("a.py", vec![strong()]), head("b.py", vec![strong()])], vec!["a.py", "b.py"]),
    ];
    for (sightings, wanted) in table {
        let found = findings(sightings.clone(), &rules);
        assert_eq!(found.len(), 1);
        assert_eq!(paths(&found[0]), wanted);
        let more = found[0].reasons.iter().find(|reason| reason.contains("less likely"));
        let count = sightings.len() - wanted.len();
        assert_eq!(more.is_some(), count > 0, "{more:?}");
        let policy = Policy::default();
        let all = Options { min_confidence: Confidence::Low, ..options(&rules, &policy) };
        let all = assemble(sightings.clone(), Vec::new(), &all).findings;
        assert_eq!(all[0].occurrences.len(), sightings.len());
    }
}

#[test]
fn a_secret_that_was_only_a_weak_guess_before_is_new_where_it_is_one() {
    let rules = sample::rules();
    let at = |score| sample::password(b"tiger99x", Form::Quoted, score);
    // The score on the base's side, on the head's side; findings, left out, below.
    for (before, after, wanted) in
        [(200, 700, (1, 0, 0)), (700, 700, (0, 1, 0)), (200, 200, (0, 1, 0)), (700, 200, (0, 1, 0))]
    {
        let sightings = vec![base("a.py", vec![at(before)]), head("b.py", vec![at(after)])];
        let assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
        let is = (assembled.findings.len(), assembled.stood, assembled.below);
        assert_eq!(is, wanted, "{before} then {after}");
    }
}

#[test]
fn values_that_look_made_up_do_not_fail_unless_asked_for() {
    let rules = sample::rules();
    let generic = || sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 900);
    // Findings, those that fail, those that fail if tests count.
    let table = [
        (vec![head("tests/a.py", vec![generic()])], (1, 0, 1)),
        (vec![head("tests/a.py", vec![generic()]), head("src/a.py", vec![generic()])], (1, 1, 1)),
        (vec![head("tests/a.py", vec![sample::candidate(TOKEN)])], (1, 1, 1)),
    ];
    for (sightings, wanted) in table {
        let policy = Policy::default();
        let usual = options(&rules, &policy);
        let strict = Options { fail_in_tests: true, ..usual };
        let one = assemble(sightings.clone(), Vec::new(), &usual);
        let other = assemble(sightings, Vec::new(), &strict);
        assert_eq!((one.findings.len() as u64, one.failing, other.failing), wanted);
    }
}

#[test]
fn findings_below_the_confidence_asked_for_are_counted() {
    let rules = sample::rules();
    let sightings = vec![head("a.yml", vec![sample::password(b"tiger99x", Form::Bare, 300)])];
    let assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
    assert!(assembled.findings.is_empty());
    assert_eq!(assembled.below, 1);
    assert_eq!(assembled.failing, 0);
}

#[test]
fn what_was_left_out_is_counted_and_masked() {
    let rules = sample::rules();
    let (policy, token) = (Policy::default(), Arc::new(sample::candidate(TOKEN)));
    let left_out = LeftOut { findings: 3, candidates: vec![token] };
    let options = Options { left_out: Some(&left_out), ..options(&rules, &policy) };
    let assembled = assemble(Vec::new(), Vec::new(), &options);
    assert_eq!((assembled.findings.len(), assembled.below, assembled.failing), (0, 3, 0));
    assert_eq!(assembled.mask.name("a/acme_q7Zk2Lw9Xb4Tn6Vc1Rm8"), "a/acme_…");
}

#[test]
fn a_finding_fails_while_one_place_is_uncovered_and_it_is_severe_enough() {
    let rules = sample::rules();
    let table = [
        (vec![sample::candidate(TOKEN)], Severity::Low, 1),
        (vec![allowed(TOKEN)], Severity::Low, 0),
        (vec![allowed(TOKEN), sample::candidate(TOKEN)], Severity::Low, 1),
        (vec![sample::candidate(TOKEN)], Severity::Critical, 0),
    ];
    for (candidates, fail_on, failing) in table {
        let policy = Policy::default();
        let options = Options { fail_on, ..options(&rules, &policy) };
        let assembled = assemble(vec![head("a.py", candidates.clone())], Vec::new(), &options);
        assert_eq!(assembled.findings.len(), 1);
        assert_eq!(assembled.failing, failing, "{candidates:?}");
        let is_covered = assembled.findings[0].suppressed_by.is_some();
        assert_eq!(is_covered, failing == 0 && fail_on == Severity::Low);
    }
}

#[test]
fn what_stood_before_is_left_out_unless_what_covered_it_is_gone() {
    let rules = sample::rules();
    let token = || sample::candidate(TOKEN);
    // What is on the base's side and on the head's; findings, failing, left out.
    let table = [
        (vec![], vec![token()], (1, 1, 0)),
        (vec![token()], vec![token()], (0, 0, 1)),
        (vec![token()], vec![], (0, 0, 0)),
        (vec![allowed(TOKEN)], vec![token()], (1, 1, 0)),
        (vec![allowed(TOKEN)], vec![allowed(TOKEN)], (1, 0, 0)),
        (vec![allowed(TOKEN), token()], vec![token()], (0, 0, 1)),
        (vec![token()], vec![sample::candidate(OTHER)], (1, 1, 0)),
    ];
    for (before, after, wanted) in table {
        let sightings = vec![base("a.py", before.clone()), head("b.py", after.clone())];
        let assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
        let is = (assembled.findings.len(), assembled.failing, assembled.stood);
        assert_eq!(is, wanted, "{before:?} then {after:?}");
    }
}

fn ignoring(secret: &[u8], expires: &str) -> Policy {
    let entry = IgnoreEntry {
        fingerprint: fingerprint::of(&Secret::new(secret), &Salt::FIXED),
        reason: Some("made up".to_owned()),
        owner: None,
        expires: Some(expires.parse().expect("the test's dates are dates")),
        line: 7,
    };
    Policy {
        ignores: Ignores { file: "i.toml".to_owned(), salt: None, entries: vec![entry] },
        ..Policy::default()
    }
}

#[test]
fn an_ignore_entry_covers_its_finding_until_it_expires() {
    let rules = sample::rules();
    let sightings = || vec![head("a.py", vec![sample::candidate(TOKEN)])];
    let policy = ignoring(TOKEN, "2026-06-01");
    let covered = assemble(sightings(), Vec::new(), &options(&rules, &policy));
    let by = covered.findings[0].suppressed_by.as_ref().map(ToString::to_string);
    assert_eq!(by.as_deref(), Some("ignore entry: made up"));
    assert_eq!((covered.failing, covered.problems.len()), (0, 0));

    let policy = ignoring(TOKEN, "2026-05-31");
    let expired = assemble(sightings(), Vec::new(), &options(&rules, &policy));
    assert_eq!((expired.failing, expired.problems.len()), (1, 1));
    assert_eq!(expired.findings[0].suppressed_by, None);
    assert!(expired.problems[0].to_string().starts_with("i.toml:7: "));

    let policy = ignoring(OTHER, "2026-06-01");
    let asked = Options { report_unused: true, ..options(&rules, &policy) };
    assert_eq!(assemble(sightings(), Vec::new(), &asked).problems.len(), 1);
}

#[test]
fn a_change_that_takes_an_ignore_entry_away_is_answered_for() {
    let rules = sample::rules();
    let sightings =
        || vec![base("a.py", vec![sample::candidate(TOKEN)]), head("a.py", vec![sample::candidate(TOKEN)])];
    let (before, after) = (ignoring(TOKEN, "2030-01-01"), Policy::default());
    let asked = Options { before: Some(&before), ..options(&rules, &after) };
    assert_eq!(assemble(sightings(), Vec::new(), &asked).failing, 1);
    let kept = Options { before: Some(&before), ..options(&rules, &before) };
    assert_eq!(assemble(sightings(), Vec::new(), &kept).failing, 0);
}

#[test]
fn a_baseline_covers_what_it_was_written_of_and_nothing_else() {
    let rules = sample::rules();
    let old = findings(vec![head("a.py", vec![sample::candidate(TOKEN)])], &rules);
    let salts = [Salt::random(), Salt::random()].map(|salt| salt.expect("this system has random bytes"));
    // Two branches wrote a baseline each; merged by union.
    let others = findings(vec![head("z.py", vec![sample::password(b"tiger99x", Form::Quoted, 700)])], &rules);
    let empty = Baseline::default();
    let merged = format!("{}{}", empty.with(&old, &salts[0]), empty.with(&others, &salts[1]));
    let read = Baseline::parse("b.txt", &merged).expect("a merged baseline reads");
    assert_eq!(read.salts, salts);
    assert_eq!(read.check(&old).len(), 1);
    assert_eq!(
        Baseline::parse("b.txt", &read.without(&read.gone(&old))).expect("a pruned one reads").entries.len(),
        1
    );

    let policy = Policy { baseline: read, ..Policy::default() };
    let moved = vec![
        head("elsewhere/b.py", vec![sample::candidate(OTHER), sample::candidate(TOKEN)]),
        head("z.py", vec![sample::password(b"tiger99x", Form::Quoted, 700)]),
    ];
    let assembled = assemble(moved, Vec::new(), &options(&rules, &policy));
    let covers: Vec<_> = assembled.findings.iter().map(|finding| finding.suppressed_by.clone()).collect();
    assert_eq!(covers, [None, Some(Suppression::Baseline), Some(Suppression::Baseline)]);
    assert_eq!(assembled.failing, 1);
}

#[test]
fn the_life_of_a_secret_comes_with_its_finding() {
    let rules = sample::rules();
    let history = InHistory { live: true, refs: vec!["refs/heads/main".to_owned()], ..InHistory::default() };
    let life = SecretHistory { secret: Secret::new(TOKEN), history };
    let sightings = vec![head("a.py", vec![sample::candidate(TOKEN), sample::candidate(OTHER)])];
    let assembled = assemble(sightings, vec![life], &options(&rules, &Policy::default()));
    assert_eq!(assembled.findings[0].live(), Some(true));
    assert_eq!(assembled.findings[0].refs(), ["refs/heads/main"]);
    assert_eq!(assembled.findings[1].live(), None);
}

/// A sighting of up to three of four secrets, at one of four places, on either side.
fn any_sighting() -> impl Strategy<Value = Sighting> {
    let candidate =
        (0_usize..4, 0_u32..4, 1_u16..950, any::<bool>()).prop_map(|(secret, rule, score, is_allowed)| {
            let secret = [TOKEN, OTHER, b"tiger99x", b"lion77yz"][secret];
            let candidate = if is_allowed { allowed(secret) } else { sample::candidate(secret) };
            Candidate { rule: RuleIndex(rule), score: Score(score), ..candidate }
        });
    let candidates = proptest::collection::vec(candidate, 0..4);
    (0_usize..4, candidates, any::<bool>()).prop_map(|(place, candidates, is_base)| {
        let path = ["a.py", "tests/b.yml", ".env", "yarn.lock"][place];
        let side = if is_base { Side::Base } else { Side::Head };
        Sighting { side, ..sample::sighting(sample::file(path), candidates) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_order_of_sightings_does_not_matter(
        (sightings, shuffled) in proptest::collection::vec(any_sighting(), 0..8)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let (rules, policy) = (sample::rules(), ignoring(TOKEN, "2026-01-01"));
        let options = Options { report_unused: true, ..options(&rules, &policy) };
        let one = assemble(sightings, Vec::new(), &options);
        let other = assemble(shuffled, Vec::new(), &options);
        prop_assert_eq!(one.findings, other.findings);
        prop_assert_eq!((one.below, one.stood, one.failing), (other.below, other.stood, other.failing));
        prop_assert_eq!(one.problems, other.problems);
    }
}

#[test]
fn a_history_s_number_of_places_takes_no_time() {
    let rules = sample::rules();
    let secrets: Vec<Candidate> = (0..200_u32)
        .map(|at| sample::candidate(format!("acme_q7Zk2Lw9Xb4Tn6Vc1Rm{at:03}").as_bytes()))
        .collect();
    let run = |places: usize| {
        let sighting = |at: usize| {
            head(
                &format!("src/{}/{at}.py", at % 97),
                vec![secrets[at % 200].clone(), secrets[at % 7].clone()],
            )
        };
        let sightings = (0..places).map(sighting).collect();
        let start = std::time::Instant::now();
        let mut assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
        assembled.mask.findings(&mut assembled.findings);
        assert_eq!(assembled.findings.len(), 200);
        start.elapsed()
    };
    // Ten times the places may take ten times as long, and not a hundred times. The least of several runs: how busy the
    // machine is says nothing.
    let least = |places| (0..3).map(|_| run(places)).min().expect("it was run");
    let (few, many) = (least(1_000), least(10_000));
    assert!(many < few * 40, "{few:?}, {many:?}");
}
