//! A finding is its secret: it keeps its name through every edit, and no other secret inherits it.

use crate::harness::{Outcome, Repo, github_token};

fn prints(outcome: &Outcome) -> Vec<String> {
    outcome
        .findings()
        .iter()
        .map(|one| one["fingerprint"].as_str().expect("a fingerprint").to_owned())
        .collect()
}

#[test]
fn line_shift_rename_squash_and_another_clone_keep_the_fingerprint() {
    let repo = Repo::new();
    let token = github_token(1);
    repo.write("a.env", format!("TOKEN={token}\n"));
    repo.commit("leak");
    let first = prints(&repo.run_json(&["scan"]).exits(1));
    assert_eq!(first.len(), 1);
    repo.write("a.env", format!("# one\n# two\nexport   OTHER_NAME = '{token}'\n"));
    repo.commit("shift");
    assert_eq!(prints(&repo.run_json(&["scan"]).exits(1)), first);
    repo.git(&["mv", "a.env", "b.yaml"]);
    repo.commit("rename");
    assert_eq!(prints(&repo.run_json(&["scan"]).exits(1)), first);
    assert_eq!(prints(&repo.run_json(&["history"]).exits(1)), first);
    repo.git(&["checkout", "-q", "--orphan", "squashed"]);
    repo.commit("all at once");
    repo.git(&["branch", "-q", "-D", "main"]);
    assert_eq!(prints(&repo.run_json(&["history"]).exits(1)), first);
    let clones = Repo::plain();
    clones.git(&["clone", "-q", repo.path().to_str().expect("UTF-8"), "elsewhere"]);
    assert_eq!(
        prints(&clones.run_with("elsewhere", &["scan", "--format", "json"], &[], b"").exits(1)),
        first
    );
}

#[test]
fn one_secret_in_many_places_is_one_finding() {
    let repo = Repo::plain();
    for name in ["a", "b", "c"] {
        repo.write(name, format!("TOKEN={}\nAGAIN={}\n", github_token(2), github_token(2)));
    }
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.findings().len(), 1);
    assert_eq!(outcome.findings()[0]["occurrences"].as_array().map(Vec::len), Some(6));
}

#[test]
fn another_secret_on_an_ignored_line_is_a_finding() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(3)));
    repo.commit("one");
    repo.run(&["baseline", "write"]).exits(0);
    repo.run(&["scan"]).exits(0);
    repo.write("a.env", format!("TOKEN={}\n", github_token(4)));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn a_baseline_holds_through_edits_and_is_not_rewritten_by_a_check() {
    let repo = Repo::new();
    for at in 0..4 {
        repo.write(&format!("{at}.env"), format!("TOKEN={}\n", github_token(10 + at)));
    }
    repo.commit("one");
    repo.run(&["baseline", "write"]).exits(0);
    let file = repo.path().join("keydredge-baseline.txt");
    let text = std::fs::read_to_string(&file).expect("the baseline is written");
    let entries: Vec<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("salt")).collect();
    assert_eq!(entries.len(), 4, "{text}");
    let mut sorted = entries.clone();
    sorted.sort_unstable();
    assert_eq!(entries, sorted);
    for at in 0..4 {
        assert!(!text.contains(&github_token(10 + at)));
    }
    repo.write("0.env", format!("\n\n\nTOKEN={}\n", github_token(10)));
    repo.git(&["mv", "1.env", "moved.env"]);
    repo.run(&["scan"]).exits(0);
    repo.run(&["history"]).exits(0);
    repo.run(&["baseline", "check"]).exits(0);
    repo.run(&["baseline", "write"]).exits(0);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), text, "writing again changes nothing");
    repo.write("new.env", github_token(20)).write("newer.env", github_token(21));
    let outcome = repo.run(&["baseline", "check"]).exits(1);
    let new: Vec<&str> = outcome.stdout.lines().filter(|line| line.contains(" is new: ")).collect();
    let ends = |line: &&str, path: &str| line.ends_with(&format!("github-pat-classic at {path}:1"));
    assert_eq!(new.len(), 2, "{}", outcome.stdout);
    assert!(["new.env", "newer.env"].iter().all(|path| new.iter().any(|line| ends(line, path))), "{new:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), text);
}

#[test]
fn pruning_takes_out_what_is_gone_and_only_that() {
    let repo = Repo::plain();
    repo.write("a.env", github_token(30)).write("b.env", github_token(31));
    repo.run(&["baseline", "write"]).exits(0);
    repo.remove("b.env");
    repo.run(&["baseline", "prune"]).exits(0);
    let text = std::fs::read_to_string(repo.path().join("keydredge-baseline.txt")).expect("it is there");
    assert_eq!(
        text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("salt")).count(),
        1,
        "{text}"
    );
    repo.run(&["scan"]).exits(0);
    repo.write("b.env", github_token(31));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn a_baseline_works_with_and_without_shown_secrets() {
    let repo = Repo::plain();
    repo.write("a.env", github_token(40));
    repo.run(&["baseline", "write", "--show-secrets"]).exits(0);
    repo.run(&["scan"]).exits(0);
    repo.run(&["scan", "--show-secrets"]).exits(0);
    let text = std::fs::read_to_string(repo.path().join("keydredge-baseline.txt")).expect("it is there");
    assert!(!text.contains(&github_token(40)));
}

#[test]
fn files_with_a_byte_order_mark_are_read() {
    let repo = Repo::new();
    repo.write("a.env", github_token(1));
    repo.run(&["baseline", "write", "."]).exits(0);
    let path = repo.path().join("keydredge-baseline.txt");
    let baseline = std::fs::read_to_string(&path).expect("it was written");
    std::fs::write(&path, format!("\u{feff}{baseline}")).expect("it can be written");
    repo.run(&["scan"]).exits(0);
    repo.run(&["scan", "--baseline", "keydredge-baseline.txt"]).exits(0);
    repo.run(&["baseline", "prune", "."]).exits(0);
    repo.run(&["scan"]).exits(0);
    repo.write("own.toml", "\u{feff}[[rules]]\nid = 'own'\ndescription = 'own'\nregex = 'own_[0-9]{9}'\n");
    repo.write("b.txt", "own_902617354");
    let outcome = repo.run_json(&["scan", "--rules", "own.toml"]).exits(1);
    assert!(outcome.findings().iter().any(|finding| finding["rule"] == "own"), "{}", outcome.stdout);
}

#[test]
fn a_baseline_that_is_named_and_missing_or_garbled_is_an_error() {
    let repo = Repo::plain();
    repo.write("a", "x");
    assert!(repo.run(&["scan", "--baseline", "nowhere.txt"]).exits(2).stderr.contains("nowhere.txt"));
    repo.write("bad.txt", "this is no baseline\n");
    assert!(repo.run(&["scan", "--baseline", "bad.txt"]).exits(2).stderr.contains("bad.txt:1"));
}
