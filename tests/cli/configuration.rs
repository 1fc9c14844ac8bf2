//! `keydredge.toml`: found from subfolders, strict, and never silently read in part.

use crate::harness::{Repo, github_token};

#[test]
fn it_is_found_from_a_sub_directory_and_for_a_single_file() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    repo.write("deep/er/a.txt", format!("{}\n", github_token(1)));
    repo.run(&["scan"]).exits(0);
    repo.run_with("deep", &["scan"], &[], b"").exits(0);
    repo.run_with("deep/er", &["scan", "a.txt"], &[], b"").exits(0);
    repo.run(&["scan", "deep/er/a.txt"]).exits(0);
}

#[test]
fn unknown_keys_and_wrong_values_are_errors_with_a_line() {
    let repo = Repo::plain();
    repo.write("a", "x");
    for (text, line, word) in [
        ("skip = []\nmin-confidense = \"low\"\n", "keydredge.toml:2", "min-confidense"),
        ("[allowlist]\npaths = []\n", "keydredge.toml:1", "allowlist"),
        ("\nmin-confidence = \"sure\"\n", "keydredge.toml:2", "min-confidence"),
        ("exclude = [\n", "keydredge.toml:", ""),
    ] {
        repo.write("keydredge.toml", text);
        let outcome = repo.run(&["scan"]).exits(2);
        assert!(outcome.stderr.contains(line) && outcome.stderr.contains(word), "{text}: {}", outcome.stderr);
    }
    assert!(repo.run(&["scan", "--config", "nowhere.toml"]).exits(2).stderr.contains("nowhere.toml"));
}

#[test]
fn folders_are_left_out_with_the_globs_people_know() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "exclude = [\"vendor/\", \"*.min.js\"]\n");
    repo.write("vendor/deep/a.env", github_token(2)).write("x/y.min.js", github_token(3)).write("kept", "x");
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert!(
        outcome.json()["summary"]["coverage"]["excluded"].to_string().contains("vendor"),
        "{}",
        outcome.stdout
    );
    repo.stage();
    repo.run(&["staged"]).exits(0);
}

#[test]
fn rules_of_one_s_own_are_found_and_wrong_ones_refused_with_file_and_line() {
    let repo = Repo::plain();
    repo.write(
        "keydredge.toml",
        "[[rules]]\nid = \"acme-key\"\ndescription = \"Acme key\"\nregex = '''acme_[0-9a-f]{16}'''\nkeywords = [\"acme_\"]\nseverity = \"high\"\nconfidence = \"high\"\n",
    );
    repo.write("a", "key: acme_0f3c9a7be21d4856\n");
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.found()[0].0, "acme-key");
    repo.write(
        "bad.toml",
        "[[rules]]\nid = \"bad\"\ndescription = \"Bad\"\nregex = '''(unclosed'''\nkeywords = [\"unclosed\"]\n\n[[rules]]\nid = \"worse\"\ncolour = \"red\"\n",
    );
    let outcome = repo.run(&["scan", "--rules", "bad.toml"]).exits(2);
    assert!(outcome.stderr.contains("bad.toml:"), "{}", outcome.stderr);
    repo.run(&["rules", "check", "bad.toml"]).exits(2);
}

#[test]
fn built_in_rules_stay_on_whatever_is_configured() {
    let repo = Repo::plain();
    repo.write("keydredge.toml", "min-confidence = \"low\"\n");
    repo.write("a.env", github_token(4));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn what_a_configuration_names_and_is_not_there_is_told_with_file_and_line() {
    let repo = Repo::new();
    repo.write("a/x", "x").write("empty.toml", "");
    let table: &[(&str, &[&str])] = &[
        (
            "skip = [\n  \"generic-password\",\n  \"github-pat-classik\",\n]\n",
            &["keydredge.toml:3: there is no rule `github-pat-classik`. Did you mean `github-pat-classic`?"],
        ),
        ("only = [\"nobody-s\"]\n", &["keydredge.toml:1: there is no rule `nobody-s`"]),
        (
            "\n[[allow]]\nwords = [\"x\"]\nrules = [\"nope\"]\n[[allow]]\nwords = [\"x\"]\nrules = [\"none\"]\n",
            &["keydredge.toml:4: there is no rule `nope`", "keydredge.toml:7: there is no rule `none`"],
        ),
        (
            "rules = [\"../empty.toml\",\n\"nope.toml\"]\n",
            &[
                "keydredge.toml:2: `rules` names `nope.toml`: nope.toml could not be read: there is no such file",
            ],
        ),
        ("strict = true\nbaseline = \"nope.txt\"\n", &["keydredge.toml:2: `baseline` names `nope.txt`: "]),
        ("ignore-file = \"nope.toml\"\n", &["keydredge.toml:1: `ignore-file` names `nope.toml`: "]),
        (
            "exclude = [\n  \"a/\",\n  \"b[\",\n]\n",
            &[
                "keydredge.toml:3: `exclude` cannot be used (`b[`): pattern number 2",
                "has a `[` that no `]` closes",
            ],
        ),
    ];
    for &(text, parts) in table {
        repo.write("a/keydredge.toml", text);
        let outcome = repo.run(&["scan", "a"]).exits(2);
        for part in parts {
            assert!(outcome.stderr.contains(part), "{text}: {}", outcome.stderr);
        }
    }
    // What the command line names is no matter of the file.
    repo.write("a/keydredge.toml", "skip = [\"generic-password\"]\n");
    let outcome = repo.run(&["scan", "a", "--skip", "nope"]).exits(2);
    assert!(outcome.stderr.starts_with("keydredge: there is no rule `nope`"), "{}", outcome.stderr);
}
