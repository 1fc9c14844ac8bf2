//! An id beside its secret: one finding, whatever brought them, and never with the id of another section.

use crate::harness::{Outcome, Repo, fake};
use crate::image::{Entry, Made, gzip, tar};
use crate::verify_recipes::text_of;
use keydredge::rules::Catalogue;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

fn id(seed: u64) -> String {
    fake("AKIAQ{base32:15}", seed)
}

fn key(seed: u64) -> String {
    fake("{base64:40}", seed)
}

/// The key ids that each finding shows, by rule and line of the first place; a finding without one shows `-`.
fn shown(outcome: &Outcome) -> Vec<(String, u64, String)> {
    let all = outcome.findings();
    let one = |finding: &serde_json::Value| {
        let facts = &finding["checks"][0]["facts"]["key-id"];
        (
            // Two rules find the secret: by its name, and by its place after the id.
            finding["rule"].as_str().unwrap_or_default().replace("-beside-id", ""),
            finding["occurrences"][0]["line"].as_u64().unwrap_or_default(),
            facts.as_str().unwrap_or("-").to_owned(),
        )
    };
    let mut shown: Vec<_> = all.iter().map(one).collect();
    shown.sort_by_key(|(rule, line, _)| (*line, rule.clone()));
    shown
}

const SECRET: &str = "aws-secret-access-key";
const ID: &str = "aws-access-key-id";

#[track_caller]
fn check(outcome: &Outcome, wanted: &[(&str, u64, &str)]) {
    let wanted: Vec<_> =
        wanted.iter().map(|(rule, line, id)| ((*rule).to_owned(), *line, (*id).to_owned())).collect();
    assert_eq!(shown(outcome), wanted, "{}", outcome.stdout);
}

/// A file's name and text, and what is shown of each finding.
type Case<'t> = (&'t str, String, Vec<(&'t str, u64, &'t str)>);

#[test]
fn an_id_is_shown_with_the_secret_of_its_own_section() {
    let (a, b, s, t) = (id(1), id(2), key(1), key(2));
    let pair = |name: &str, id: &str, key: &str| {
        format!("{name}\naws_access_key_id = {id}\nregion = eu-west-1\naws_secret_access_key = {key}\n")
    };
    let both = pair("[one]", &a, &s) + &pair("[two]", &b, &t);
    let far = format!("{}\n", "# nothing is here\n".repeat(60));
    let table: Vec<Case<'_>> = vec![
        ("credentials", both, vec![(SECRET, 4, &a), (SECRET, 8, &b)]),
        (
            "only-one.ini",
            format!("[one]\naws_access_key_id = {a}\n[two]\naws_secret_access_key = {s}\n"),
            vec![(ID, 2, "-"), (SECRET, 4, "-")],
        ),
        (
            "far.env",
            format!("AWS_ACCESS_KEY_ID={a}\n{far}AWS_SECRET_ACCESS_KEY={s}\n"),
            vec![(SECRET, 63, &a)],
        ),
        (
            "names.env",
            format!(
                "PROD_AWS_ACCESS_KEY_ID={a}\nSTAGING_AWS_ACCESS_KEY_ID={b}\nSTAGING_AWS_SECRET_ACCESS_KEY={t}\nPROD_AWS_SECRET_ACCESS_KEY={s}\n"
            ),
            vec![(SECRET, 3, &b), (SECRET, 4, &a)],
        ),
        (
            "two.yaml",
            format!("one:\n  accessKeyId: {a}\n  secretAccessKey: {s}\ntwo:\n  secretAccessKey: {t}\n"),
            vec![(SECRET, 3, &a), (SECRET, 5, "-")],
        ),
        (
            "pod.yaml",
            format!(
                "env:\n- name: AWS_ACCESS_KEY_ID\n  value: {a}\n- name: AWS_SECRET_ACCESS_KEY\n  value: {s}\n"
            ),
            vec![(SECRET, 5, &a)],
        ),
        (
            "min.json",
            format!(
                "[{{\"accessKeyId\":\"{a}\",\"secretAccessKey\":\"{s}\"}},{{\"accessKeyId\":\"{b}\",\"secretAccessKey\":\"{t}\"}}]"
            ),
            vec![(SECRET, 1, &a), (SECRET, 1, &b)],
        ),
        (
            "unclear.env",
            format!("AWS_ACCESS_KEY_ID={a}\nAWS_SECRET_ACCESS_KEY={s}\nAWS_ACCESS_KEY_ID={b}\n"),
            vec![(ID, 1, "-"), (SECRET, 2, "-"), (ID, 3, "-")],
        ),
    ];
    for (path, text, wanted) in table {
        let repo = Repo::plain();
        repo.write(path, text);
        let outcome = repo.run_json(&["scan"]);
        check(&outcome, &wanted);
        if path == "unclear.env" {
            assert!(outcome.says("several values near it may be its key id"), "{}", outcome.stdout);
        }
    }
}

#[test]
fn two_hunks_two_commits_and_two_versions_give_one_finding() {
    let (a, s) = (id(3), key(3));
    let repo = Repo::new();
    let lines = "# nothing is here\n".repeat(20);
    let text = |id: &str, key: &str| format!("{id}{lines}{key}");
    let (id_line, key_line) = (format!("AWS_ACCESS_KEY_ID={a}\n"), format!("AWS_SECRET_ACCESS_KEY={s}\n"));
    repo.write("app.env", text("", ""));
    let base = repo.commit("base");
    repo.write("app.env", text(&id_line, &key_line));
    repo.git(&["add", "."]);
    check(&repo.run_json(&["staged"]), &[(SECRET, 22, &a)]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.write("app.env", text(&id_line, ""));
    repo.commit("id");
    repo.write("app.env", text(&id_line, &key_line));
    repo.commit("key");
    check(&repo.run_json(&["diff", &base]), &[(SECRET, 22, &a)]);
    check(&repo.run_json(&["history", "--no-cache"]), &[(SECRET, 22, &a)]);
    // From what an earlier run kept, and with a commit more.
    check(&repo.run_json(&["history", "--cache"]), &[(SECRET, 22, &a)]);
    check(&repo.run_json(&["history", "--cache"]), &[(SECRET, 22, &a)]);
    repo.write("other.txt", "x\n");
    repo.commit("other");
    check(&repo.run_json(&["history", "--cache"]), &[(SECRET, 22, &a)]);
    // An id alone is a finding where its secret is not, and if the secret was there before.
    repo.write("notes.txt", &id_line);
    let outcome = repo.run_json(&["scan"]);
    check(&outcome, &[(ID, 1, "-"), (SECRET, 22, &a)]);
    assert!(outcome.found().contains(&(ID.to_owned(), vec!["notes.txt".to_owned()])), "{}", outcome.stdout);
}

#[test]
fn an_id_is_shown_with_the_secret_in_containers_and_images() {
    let (a, s) = (id(6), key(6));
    // Long enough to be recognised as the same in another version of the archive.
    let text = format!("AWS_ACCESS_KEY_ID={a}\nAWS_SECRET_ACCESS_KEY={s}\n{}", "# nothing\n".repeat(30));
    let layer = |other: &str| tar(&[("app.env", Entry::File(&text)), ("other", Entry::File(other))]);
    let repo = Repo::new();
    repo.write("readme.txt", "x\n");
    let base = repo.commit("base");
    for other in ["one", "two"] {
        repo.write(&format!("{other}.tar.gz"), gzip(&layer(other)));
        repo.commit(other);
    }
    check(&repo.run_json(&["scan"]), &[(SECRET, 2, &a)]);
    check(&repo.run_json(&["diff", &base]), &[(SECRET, 2, &a)]);
    let outcome = repo.run_json(&["history", "--no-cache"]);
    check(&outcome, &[(SECRET, 2, &a)]);
    // In the second archive the member is recognised.
    assert!(["one", "two"].iter().all(|name| outcome.says(&format!("{name}.tar.gz"))), "{}", outcome.stdout);
    let image = Repo::plain();
    image.write("a.tar", Made::of(&[("COPY app.env .", layer("three"))]).docker("app:1"));
    check(&image.run_json(&["image", "a.tar"]), &[(SECRET, 2, &a)]);
}

#[test]
fn an_id_whose_secret_was_there_before_is_reported_alone() {
    let (a, s) = (id(4), key(4));
    let repo = Repo::new();
    repo.write("app.env", format!("AWS_SECRET_ACCESS_KEY={s}\n"));
    repo.commit("key");
    repo.write("app.env", format!("AWS_ACCESS_KEY_ID={a}\nAWS_SECRET_ACCESS_KEY={s}\n"));
    repo.git(&["add", "."]);
    check(&repo.run_json(&["staged"]), &[(ID, 1, "-")]);
}

#[test]
fn what_covers_the_secret_covers_its_id_and_nothing_else() {
    let (a, s) = (id(5), key(5));
    let repo = Repo::plain();
    let text = format!("AWS_ACCESS_KEY_ID={a}\nAWS_SECRET_ACCESS_KEY={s} # keydredge:allow a test's\n");
    repo.write("app.env", &text);
    repo.run(&["scan"]).exits(0);
    repo.write("app.env", text.replace(&s, "changeme"));
    check(&repo.run_json(&["scan"]), &[(ID, 1, "-")]);
}

/// Each rule's example, with companions that are made up by its own regexes, in a file of its own.
#[test]
fn each_rule_that_names_companions_finds_them() {
    let catalogue = Catalogue::embedded_in_full();
    let mut runner = TestRunner::deterministic();
    let repo = Repo::plain();
    let mut wanted = BTreeMap::new();
    for rule in catalogue.rules().iter().filter(|rule| !rule.info.companions.is_empty()) {
        let example = rule.texts().expect("its texts are sound").examples.swap_remove(0);
        let mut text = String::new();
        for companion in &rule.info.companions {
            let unknown = companion.rules.iter().find(|id| catalogue.index_of(id).is_none());
            assert_eq!(unknown, None, "{}", rule.info.id.as_str());
            let regex = regex::bytes::Regex::new(&companion.regex).expect("it is a regex");
            if !regex.is_match(example.as_bytes()) {
                text.push_str(&format!("{}\n", text_of(&companion.regex, &mut runner)));
            }
            if let Some(kind) = companion.shows {
                wanted.insert((rule.info.id.to_string(), kind.name()), false);
            }
        }
        repo.write(&format!("conf/{}.env", rule.info.id.as_str()), format!("{text}{example}\n"));
    }
    assert!(catalogue.rules().iter().filter(|rule| !rule.info.companions.is_empty()).count() >= 60);
    let outcome = repo.run_json(&["scan", "--min-confidence", "low", "--fail-in-tests"]);
    for finding in outcome.findings() {
        let path = finding["occurrences"][0]["path"].as_str().unwrap_or_default();
        for fact in finding["checks"][0]["facts"].as_object().into_iter().flat_map(|facts| facts.keys()) {
            let is_it = |id: &str, kind: &str| path == format!("conf/{id}.env") && kind == fact;
            wanted.iter_mut().filter(|((id, kind), _)| is_it(id, kind)).for_each(|(_, seen)| *seen = true);
        }
    }
    let missing: Vec<_> = wanted.iter().filter(|(_, seen)| !**seen).map(|(key, _)| key).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
