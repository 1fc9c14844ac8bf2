//! What a place, a day and a rule make of a candidate.

use super::super::sample;
use super::*;
use crate::model::{Context, Fact, FactKind, InMetadata, NameOf, Source};
use proptest::prelude::*;

fn judgement(candidate: &Candidate, place: &Place) -> Option<Judgement> {
    Judge::new(&sample::rules(), jiff::civil::date(2026, 6, 1)).judge(candidate, place)
}

fn confidence(candidate: &Candidate, path: &str) -> Option<Confidence> {
    judgement(candidate, &sample::file(path))?.score.confidence()
}

#[test]
fn an_unquoted_value_is_code_in_code_and_a_value_elsewhere() {
    let bare = sample::password(b"tiger99x", Form::Bare, 650);
    let quoted = Candidate { form: Form::Quoted, ..bare.clone() };
    for path in ["a.py", "a.java", "main.tf", "a.json"] {
        assert_eq!(confidence(&bare, path), None, "{path}");
        assert_eq!(confidence(&quoted, path), Some(Confidence::Medium), "{path}");
    }
    for path in ["a.yml", ".env", "a.ini", "run.sh", "a.properties", "Dockerfile", "noname"] {
        assert_eq!(confidence(&bare, path), Some(Confidence::Medium), "{path}");
    }
    assert_eq!(
        judgement(&bare, &Place::of(Source::Message(InMetadata::default()))).map(|judgement| judgement.score),
        Some(Score(582))
    );
}

#[test]
fn what_was_drawn_counts_in_the_sample_of_an_environment() {
    let drawn = sample::password(b"q7Zk2Lw9Xb4Tn6Vc8Hs3Rd5M", Form::Bare, 960);
    let chosen = sample::password(b"tiger99x", Form::Bare, 650);
    assert_eq!(confidence(&drawn, ".env.example"), Some(Confidence::High));
    assert_eq!(confidence(&drawn, "tests/.env.example"), Some(Confidence::Medium));
    assert!(confidence(&chosen, ".env.example") <= Some(Confidence::Medium));
    let judgement = judgement(&drawn, &sample::file(".env.example")).expect("it is believed");
    assert_eq!(judgement.role, Role::Ordinary);
}

#[test]
fn a_place_raises_and_lowers_and_a_check_that_holds_is_certain_anywhere() {
    use Confidence::{Certain, High, Low, Medium};
    let chosen = sample::password(b"tiger99x", Form::Quoted, 650);
    let random = sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 960);
    let shape = sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc");
    let proved = Candidate { check: Check::Holds, score: Score(990), ..shape.clone() };
    let table = [
        ("a.py", [Medium, High, High, Certain]),
        (".npmrc", [Medium, High, High, Certain]),
        ("tests/a.py", [Medium, Medium, Medium, Certain]),
        ("README.md", [Medium, Medium, Medium, Certain]),
        ("yarn.lock", [Low, Low, Medium, Certain]),
        ("locales/de.json", [Low, Low, Medium, Certain]),
    ];
    for (path, wanted) in table {
        let judged = [&chosen, &random, &shape, &proved].map(|candidate| confidence(candidate, path));
        assert_eq!(judged, wanted.map(Some), "{path}");
    }
    let weak = sample::password(b"tiger99x", Form::Quoted, 450);
    assert_eq!(confidence(&weak, "a.py"), Some(Low));
    assert_eq!(confidence(&weak, ".netrc"), Some(Medium));
}

#[test]
fn what_cannot_be_used_as_it_stands_is_held_down() {
    let with = |fact: Fact| Candidate {
        check: Check::Holds,
        facts: vec![fact],
        ..sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc")
    };
    let signed = |day| Candidate {
        facts: vec![Fact::new(FactKind::Expires, day)],
        ..sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 850)
    };
    let key = ["-----BEGIN", "RSA PRIVATE", "KEY-----\nMIIE"].join(" ");
    let table = [
        (with(Fact::encrypted(true)), Confidence::Low),
        (with(Fact::encrypted(false)), Confidence::Certain),
        (Candidate { check: Check::Fails, ..sample::candidate(key.as_bytes()) }, Confidence::Low),
        (Candidate { check: Check::Fails, score: Score(550), ..with(Fact::damaged()) }, Confidence::Medium),
        (with(Fact::new(FactKind::Expires, "2026-05-31")), Confidence::Medium),
        (with(Fact::new(FactKind::Expires, "2026-05-31T10:00:00Z")), Confidence::Medium),
        (with(Fact::new(FactKind::Expires, "2026-06-01")), Confidence::Certain),
        (with(Fact::new(FactKind::Expires, "never")), Confidence::Certain),
        // The signature of an address, which opened one thing.
        (signed("2026-05-31"), Confidence::Low),
        (signed("2026-06-01"), Confidence::Medium),
        (with(Fact::new(FactKind::Expires, "äöüäöüäöü")), Confidence::Certain),
    ];
    for (candidate, wanted) in table {
        assert_eq!(confidence(&candidate, "a.py"), Some(wanted), "{:?}", candidate.facts);
    }
}

#[test]
fn what_is_above_the_folder_that_is_looked_at_says_nothing() {
    let roots = ["/tmp/tests/x/".to_owned(), "/tmp/tests/x/examples".to_owned()];
    for (path, wanted) in [
        ("/tmp/tests/x/src/a.py", "src/a.py"),
        ("/tmp/tests/x/tests/a.py", "tests/a.py"),
        ("/tmp/tests/x/examples/a.py", "a.py"),
        ("/tmp/tests/xy/a.py", "/tmp/tests/xy/a.py"),
        ("src/a.py", "src/a.py"),
    ] {
        assert_eq!(below(path, &roots), wanted);
    }
}

#[test]
fn a_comment_in_code_is_documentation_and_one_in_configuration_is_not() {
    let with = |line: &[u8]| {
        let context = Context { lines: vec![line.into()], ..Context::default() };
        Candidate { context, ..sample::password(b"mUc3m00RsqyRe", Form::Quoted, 970) }
    };
    let role =
        |line: &[u8], path: &str| judgement(&with(line), &sample::file(path)).map(|judgement| judgement.role);
    for line in [&b"  # user.password = 'x'"[..], b"// password", b" * password: x", b"/* password */"] {
        assert_eq!(role(line, "lib/a.rb"), Some(Role::Rehearsal));
        assert_eq!(role(line, "deploy.sh"), Some(Role::Ordinary));
    }
    for line in [&b"password = 'x' # now"[..], b"#define PASSWORD \"x\"", b"", b"p = a * b"] {
        assert_eq!(role(line, "lib/a.c"), Some(Role::Ordinary));
    }
}

#[test]
fn a_key_complete_in_form_is_worth_a_look_and_a_stub_is_not() {
    let body: String = (0..200_u32)
        .map(|at| {
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(at * 7 % 64) as usize],
            )
        })
        .collect();
    let key = |body: &str| {
        let kind = ["RSA PRIVATE", "KEY-----"].join(" ");
        let text = format!("-----BEGIN {kind}\n{body}\n-----END {kind}");
        Candidate { check: Check::Fails, score: Score(550), ..sample::candidate(text.as_bytes()) }
    };
    assert_eq!(confidence(&key(&body), "a.pem"), Some(Confidence::Medium));
    for stub in ["MIIEpAIBAAKCAQEA...", "", "MIIE", &"A".repeat(300), &format!("{body}\n…")] {
        assert_eq!(confidence(&key(stub), "a.pem"), Some(Confidence::Low), "{stub}");
    }
}

#[test]
fn letters_and_digits_that_take_turns_are_no_name_even_in_code() {
    let bare = |value: &[u8]| sample::password(value, Form::Bare, 900);
    for drawn in [&b"q7Zk2Lw9Xb4Tn6Vc1Rm8"[..], b"PpXqQiFYfSbn6LbfEDoBcCwKcHCkxjDfLlnSecoO"] {
        assert_eq!(confidence(&bare(drawn), "a.py"), Some(Confidence::Medium));
    }
    for name in [
        &b"sha256_digest_of_user"[..],
        b"getUserPasswordFromVault",
        b"x509Certificate2Builder",
        b"OAuthTokenSHA1ToBase64URL",
    ] {
        assert_eq!(confidence(&bare(name), "a.py"), None);
    }
}

#[test]
fn that_a_hash_is_well_formed_proves_nothing_of_what_it_opens() {
    let proved = Candidate { check: Check::Holds, ..sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc") };
    let hash = Candidate { worth: Worth::Hash, ..proved.clone() };
    assert_eq!(confidence(&proved, "src/a.py"), Some(Confidence::Certain));
    assert_eq!(confidence(&hash, "src/a.py"), Some(Confidence::Low));
}

#[test]
fn only_generic_values_without_proof_among_tests_are_taken_for_made_up() {
    let generic = sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 900);
    let proved = Candidate { check: Check::Holds, ..generic.clone() };
    let rules = sample::rules();
    for (candidate, path, wanted) in [
        (&generic, "tests/a.py", true),
        (&generic, "src/a.py", false),
        (&proved, "tests/a.py", false),
        (&sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc"), "tests/a.py", false),
    ] {
        let judgement = judgement(candidate, &sample::file(path)).expect("it is something there");
        let rule = &rules[candidate.rule.0 as usize];
        assert_eq!(Judge::is_made_up(candidate, rule, judgement), wanted, "{path}");
    }
}

#[test]
fn a_rule_with_a_path_finds_nothing_outside_it() {
    let rules =
        vec![Arc::new(RuleInfo { path: Some(r"(^|/)\.netrc$".into()), ..sample::rule("acme-token") })];
    let mut judge = Judge::new(&rules, jiff::civil::date(2026, 6, 1));
    let candidate = sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc");
    let mut score = |place: &Place| judge.judge(&candidate, place).map(|judgement| judgement.score.0);
    assert_eq!(score(&sample::file("home/.netrc")), Some(985 - 1));
    assert_eq!(score(&sample::file("home/a.netrc")), None);
    assert_eq!(score(&Place::of(Source::Stdin)), Some(947));
    assert_eq!(score(&Place::of(Source::Message(InMetadata::default()))), None);
    assert_eq!(score(&Place { source: Source::Path(NameOf::File), ..sample::file("home/.netrc") }), None);
    assert_eq!(score(&Place::of(Source::Ref(InMetadata::default()))), None);
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    let forms = [Form::Token, Form::Quoted, Form::Bare, Form::Block];
    let expires = |day| Fact::new(FactKind::Expires, day);
    let other = Fact::new(FactKind::Region, "b");
    let facts = [Fact::encrypted(true), expires("2026-05-31"), expires("2027-01-01"), other];
    let picks = (0_u32..5, 0_usize..4, 0_usize..4, 0_usize..5, any::<bool>());
    (picks, 0_u16..1000).prop_map(move |((rule, form, check, fact, is_key), score)| {
        let fact = facts.get(fact).cloned();
        let key = ["-----BEGIN", "RSA PRIVATE", "KEY-----"].join(" ");
        Candidate {
            rule: RuleIndex(rule),
            form: forms[form],
            check: Check::ALL[check],
            facts: fact.into_iter().collect(),
            score: Score(score),
            ..sample::candidate(if is_key { key.as_bytes() } else { b"acme_q7Zk2Lw9Xb4Tn6Vc" })
        }
    })
}

proptest! {
    #[test]
    fn no_place_raises_a_candidate_above_its_bound(candidate in any_candidate()) {
        let path = Some(r"(^|/)\.netrc$".into());
        let mut rules = sample::rules();
        rules.push(Arc::new(RuleInfo { path, ..sample::rule("acme-netrc") }));
        let mut judge = Judge::new(&rules, jiff::civil::date(2026, 6, 1));
        let bound = judge.bound(&candidate);
        let paths = [
            "a.py", ".npmrc", ".netrc", "tests/.netrc", "README.md", "yarn.lock", "a.yml", ".env", "noname",
        ];
        let kinds = [
            Kind::Message, Kind::Tag, Kind::Note, Kind::Object, Kind::Stdin, Kind::Commit, Kind::Ref, Kind::Author,
        ];
        let places = paths.map(sample::file).into_iter().chain(kinds.map(sample::of_kind));
        for place in places {
            let score = judge.score(&candidate, &place);
            match bound {
                None => prop_assert_eq!(score, None),
                Some(Bound { most, everywhere }) => {
                    prop_assert!(score.is_none_or(|score| score <= most), "{:?} at {:?}", score, place);
                    prop_assert!(score.is_some() || !everywhere, "{:?}", place);
                }
            }
        }
    }
}
