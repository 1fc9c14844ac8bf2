//! Allow comments and ignore entries.

use crate::harness::{Repo, fake, github_token};

#[test]
fn comments_of_every_tool_cover_the_line_they_stand_on() {
    for comment in [
        "keydredge:allow",
        "keydredge:allow github-pat-classic -- reviewed",
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "kingfisher:ignore",
        "pragma: allowlist secret",
        "pragma: whitelist secret",
        "ggignore",
    ] {
        let repo = Repo::plain();
        repo.write("a.env", format!("TOKEN={} # {comment}\n", github_token(1)));
        let outcome = repo.run_json(&["scan"]).exits(0);
        let occurrence = &outcome.findings()[0]["occurrences"][0];
        assert!(occurrence["suppressed_by"].is_string(), "{comment}: {}", outcome.stdout);
        repo.write("b.env", format!("TOKEN={}\n", github_token(1)));
        repo.run(&["scan"]).exits(1);
    }
}

#[test]
fn next_line_comments_cover_the_next_line_and_no_other() {
    for comment in ["keydredge:allow-next-line", "pragma: allowlist nextline secret"] {
        let repo = Repo::plain();
        repo.write("a.js", format!("// {comment}\ntoken = '{}';\n", github_token(2)));
        repo.run(&["scan"]).exits(0);
        repo.write("a.js", format!("// {comment}\n\ntoken = '{}';\n", github_token(2)));
        repo.run(&["scan"]).exits(1);
    }
}

#[test]
fn a_comment_that_names_another_rule_covers_nothing() {
    let repo = Repo::plain();
    repo.write("a.env", format!("TOKEN={} # keydredge:allow stripe-secret-key\n", github_token(3)));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn an_ignore_entry_has_a_reason_an_owner_and_an_end() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(4)));
    repo.commit("one");
    let outcome = repo.run_json(&["scan"]).exits(1);
    let print = outcome.findings()[0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    repo.run(&[
        "ignore",
        "add",
        &print,
        "--reason",
        "a test key",
        "--owner",
        "ada",
        "--expires",
        "2999-12-31",
    ])
    .exits(0);
    let covered = repo.run_json(&["scan"]).exits(0);
    assert!(covered.findings()[0]["suppressed_by"].to_string().contains("a test key"), "{}", covered.stdout);
    let listed = repo.run(&["ignore", "list"]).exits(0);
    assert!(listed.stdout.contains("ada") && listed.stdout.contains("2999-12-31"), "{}", listed.stdout);
    repo.run(&["ignore", "check"]).exits(0);
    repo.run(&["ignore", "add", &print, "--reason", "again"]).exits(2);
    for empty in ["", "  "] {
        let outcome = repo.run(&["ignore", "add", &print, "--reason", empty]).exits(2);
        assert!(outcome.stderr.contains("--reason is empty"), "{}", outcome.stderr);
    }
}

#[test]
fn an_expired_entry_is_a_finding_again_and_says_so() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(5)));
    repo.commit("one");
    let outcome = repo.run_json(&["scan"]).exits(1);
    let print = outcome.findings()[0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    repo.run(&["ignore", "add", &print, "--reason", "for a while", "--expires", "2999-12-31"]).exits(0);
    let file = repo.path().join("keydredge-ignore.toml");
    let text = std::fs::read_to_string(&file).expect("the entry is written");
    std::fs::write(&file, text.replace("2999-12-31", "2001-01-01")).expect("it can be written");
    let outcome = repo.run(&["scan"]).exits(1);
    assert!(outcome.says("expired"), "{}{}", outcome.stdout, outcome.stderr);
    repo.run(&["ignore", "check"]).exits(1);
    repo.run(&["ignore", "add", "0123456789abcdef", "--reason", "x", "--expires", "tomorrow"]).exits(2);
    repo.run(&["ignore", "add", "not-a-fingerprint", "--reason", "x"]).exits(2);
}

#[test]
fn an_entry_works_by_the_fingerprint_that_was_printed_before_there_was_a_file() {
    let repo = Repo::new();
    repo.write("config.py", "password = \"Tr0ub4dor&3xK9!\"\n");
    repo.commit("one");
    let outcome = repo.run_json(&["scan", "--min-confidence", "low"]).exits(1);
    for finding in outcome.findings() {
        let print = finding["fingerprint"].as_str().expect("a fingerprint");
        repo.run(&["ignore", "add", print, "--reason", "old"]).exits(0);
    }
    repo.run(&["scan", "--min-confidence", "low"]).exits(0);
}

#[test]
fn staged_reads_its_ignore_file_from_the_index() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(6))).stage();
    let outcome = repo.run_json(&["staged"]).exits(1);
    let print = outcome.findings()[0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    repo.run(&["ignore", "add", &print, "--reason", "a test key"]).exits(0);
    repo.run(&["staged"]).exits(1);
    repo.stage();
    repo.run(&["staged"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_link_that_lies_in_wait_beside_the_file_is_not_written_through() {
    let repo = Repo::plain();
    repo.write("a.env", format!("TOKEN={}\n", github_token(90))).write("precious", "mine\n");
    std::os::unix::fs::symlink("precious", repo.path().join("keydredge-baseline.txt.new"))
        .expect("a link can be made");
    repo.run(&["baseline", "write"]).exits(0);
    let kept = std::fs::read_to_string(repo.path().join("precious")).expect("it is there");
    assert_eq!(kept, "mine\n");
    repo.run(&["scan"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_ignore_file_blocks_nothing() {
    let repo = Repo::plain();
    repo.write("a.env", format!("TOKEN={}\n", github_token(91)));
    let pipe = repo.path().join("keydredge-ignore.toml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
    assert!(made.success());
    repo.run(&["scan"]).exits(2);
    repo.run(&["ignore", "list"]).exits(2);
    repo.run(&["ignore", "add", "0123456789abcdef", "--reason", "x"]).exits(2);
}

#[test]
fn a_comment_of_a_file_or_a_part_covers_what_is_in_it_and_no_more() {
    let token = github_token(6100);
    let line = format!("TOKEN={token}\n");
    let part = |begin: &str, end: &str| format!("{begin}\nx = 1\n{line}{end}\n");
    let table = [
        (format!("# keydredge:allow-file\nx = 1\n\n{line}"), true),
        (format!("#!/bin/sh\n# keydredge:allow-file github-pat-classic -- made up\n\n{line}"), true),
        (format!("# keydredge:allow-file stripe-secret-key\n\n{line}"), false),
        (format!("\"keydredge:allow-file\"\n\n{line}"), false),
        (format!("write `keydredge:allow-file` so\n\n{line}"), false),
        (format!("{}# keydredge:allow-file\n\n{line}", "\n".repeat(30)), false),
        (part("# keydredge:allow-begin", "# keydredge:allow-end"), true),
        (part("# keydredge:allow-begin github-pat-classic -- why", "# keydredge:allow-end"), true),
        (part("# keydredge:allow-begin other-rule", "# keydredge:allow-end"), false),
        (part("# keydredge:allow-begin", ""), false),
        (part("# keydredge:allow-begin\n# keydredge:allow-end", ""), false),
        (part("# keydredge:allow-begin\n# keydredge:allow-begin", "# keydredge:allow-end"), true),
        (format!("# keydredge:allow-begin\nx\n# keydredge:allow-end\n{line}"), false),
        (format!("{line}# keydredge:allow-begin\nx\n# keydredge:allow-end\n"), false),
    ];
    for (text, is_covered) in table {
        let repo = Repo::new();
        repo.write("a.env", &text);
        let code = if is_covered { 0 } else { 1 };
        let outcome = repo.run_json(&["scan"]);
        assert_eq!(outcome.code, code, "{text}: {}", outcome.stdout);
        assert!(!is_covered || outcome.says("allow comment `keydredge:allow-"), "{text}: {}", outcome.stdout);
        repo.stage();
        assert_eq!(repo.run(&["staged"]).code, code, "{text}");
        repo.commit("one");
        for _ in 0..2 {
            let outcome = repo.run(&["history", "--cache"]);
            assert_eq!(outcome.code, code, "{text}: {}", outcome.stdout);
        }
        repo.write("b.env", "y = 2\n");
        repo.commit("two");
        assert_eq!(repo.run(&["history", "--cache"]).code, code, "{text}");
    }
    for (text, said) in [
        ("# keydredge:allow-begin\nx = 1\n".to_owned(), "a.env:1: `keydredge:allow-begin`"),
        ("x = 1\n# keydredge:allow-end\n".to_owned(), "a.env:2: `keydredge:allow-end`"),
        (format!("{}# keydredge:allow-file\n", "\n".repeat(30)), "a.env:31: `keydredge:allow-file`"),
    ] {
        let repo = Repo::new();
        repo.write("a.env", text);
        let outcome = repo.run(&["scan"]).exits(0);
        assert!(outcome.says(said), "{said}: {}", outcome.stdout);
    }
}

#[test]
fn a_comment_of_a_part_counts_in_a_file_that_is_read_in_pieces() {
    let token = github_token(6101);
    let filler = format!("{}\n", "# filler ".repeat(12)).repeat(200_000);
    let repo = Repo::plain();
    repo.write(
        "a.env",
        format!("# keydredge:allow-begin\n{filler}TOKEN={token}\n{filler}# keydredge:allow-end\n"),
    );
    repo.run(&["scan"]).exits(0);
    repo.write("a.env", format!("# keydredge:allow-file\n{filler}TOKEN={token}\n"));
    repo.run(&["scan"]).exits(0);
    repo.write("a.env", format!("# keydredge:allow-begin\n{filler}TOKEN={token}\n{filler}"));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn a_change_cannot_allow_a_certain_token_by_a_comment_about_a_file_or_a_part() {
    let token = github_token(6102);
    for text in [
        format!("# keydredge:allow-file\n\nTOKEN={token}\n"),
        format!("# keydredge:allow-begin\nTOKEN={token}\n# keydredge:allow-end\n"),
    ] {
        let repo = Repo::forked();
        repo.write("a.env", &text);
        repo.commit("leak");
        repo.run(&["diff", "main"]).exits(1);
        repo.write("keydredge.toml", "new-allows = \"permit\"\n");
        repo.run(&["diff", "main", "--policy-from", "keydredge.toml"]).exits(0);
        let chosen = text.replace(&token, "Tr0ub4dor&3xK9!").replace("TOKEN", "PASSWORD");
        let repo = Repo::forked();
        repo.write("a.env", chosen);
        repo.commit("leak");
        let outcome = repo.run(&["diff", "main"]).exits(0);
        assert!(outcome.says("An allow comment that this change brings"), "{}", outcome.stdout);
    }
}

#[test]
fn comments_that_cover_nothing_are_told_and_fail_if_that_is_asked_for() {
    let token = github_token(6103);
    let repo = Repo::new();
    let used = format!(
        "A={token} # keydredge:allow\n# keydredge:allow-next-line\nB={token}\n# keydredge:allow-begin\nC={token}\n# keydredge:allow-end\n"
    );
    repo.write("used.env", &used);
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert!(!outcome.says("covers nothing"), "{}", outcome.stdout);
    repo.write("a.py", "x = 1  # keydredge:allow -- old\n")
        .write("b.py", "# keydredge:allow-file\n# keydredge:allow-next-line acme-key\ny = 2\n")
        .write("c.py", format!("# keydredge:allow-begin\nz = 3\n# keydredge:allow-end\nT = '{token}' # keydredge:allow other-rule\n"))
        .write("d.md", "Write `# keydredge:allow` or\n\n    x # keydredge:allow\n")
        .write("e.rs", "let text = \"# keydredge:allow\";\n// gitleaks:allow\n");
    let outcome = repo.run_json(&["scan"]).exits(1);
    for told in [
        "a.py:1: `keydredge:allow`",
        "b.py:1: `keydredge:allow-file`",
        "b.py:2: `keydredge:allow-next-line`",
        "c.py:1: `keydredge:allow-begin`",
        "c.py:4: `keydredge:allow`",
    ] {
        assert!(outcome.says(told), "{told}: {}", outcome.stdout);
    }
    assert_eq!(outcome.stdout.matches("covers nothing").count(), 5, "{}", outcome.stdout);
    let sarif = repo.run(&["scan", "--format", "sarif"]);
    assert!(sarif.stdout.contains("b.py:1: `keydredge:allow-file`"), "{}", sarif.stdout);
    repo.remove("c.py");
    for (setting, code, is_told) in [("ignore", 0, false), ("warn", 0, true), ("error", 1, true)] {
        repo.write("keydredge.toml", format!("unused-allows = \"{setting}\"\n")).stage();
        for command in ["scan", "staged"] {
            let outcome = repo.run(&[command]);
            assert_eq!(
                (outcome.code, outcome.says("covers nothing")),
                (code, is_told),
                "{setting} {command}: {}",
                outcome.stdout
            );
        }
    }
    repo.remove("keydredge.toml").stage();
    assert!(!repo.run(&["staged"]).exits(0).says("covers nothing"));
    // With a part of the rules nothing can be said.
    assert!(!repo.run(&["scan", "--only", "github-pat-classic"]).exits(0).says("covers nothing"));
}

#[test]
fn entries_that_are_over_for_nothing_or_without_a_reason_are_named() {
    let repo = Repo::new();
    let entry = |token: &str, more: &str| format!("[[ignore]]\nfingerprint = \"{token}\"\n{more}\n");
    repo.write("a.env", format!("TOKEN={}\n", github_token(6104)))
        .write("b.env", format!("B={}\n", github_token(6105)));
    repo.commit("one");
    let prints: Vec<String> = repo
        .run_json(&["scan"])
        .exits(1)
        .findings()
        .iter()
        .map(|finding| finding["fingerprint"].as_str().expect("a fingerprint").to_owned())
        .collect();
    let reason = "reason = \"r\"";
    let good = entry(&prints[0], reason) + &entry(&prints[1], reason);
    repo.write("keydredge-ignore.toml", &good);
    repo.run(&["ignore", "check"]).exits(0);
    repo.remove("b.env");
    // It is in the history still.
    repo.run(&["ignore", "check"]).exits(0);
    repo.run(&["history"]).exits(0);
    for (text, said) in [
        (good.clone() + &entry("0123456789abcdef", reason), "matches nothing"),
        (
            good.clone() + &entry("0123456789abcdef", "reason = \"r\"\nexpires = \"2020-01-31\""),
            "expired on 2020-01-31",
        ),
        (entry(&prints[0], ""), "no reason"),
        (entry(&prints[0], "reason = \"  \""), "no reason"),
        (entry(&prints[0], reason) + &entry(&prints[0], reason), "already"),
    ] {
        repo.write("keydredge-ignore.toml", &text);
        let outcome = repo.run(&["ignore", "check"]);
        assert!(outcome.code == 1 && outcome.says(said), "{text}: {outcome:?}");
        if said.starts_with("expired") {
            assert!(repo.run(&["scan"]).says(said) && repo.run(&["history"]).says(said), "{text}");
        }
        if said.starts_with("matches") {
            assert!(repo.run(&["history"]).says(said) && !repo.run(&["scan"]).says(said), "{text}");
        }
    }
}

#[test]
fn what_a_change_brings_from_where_it_does_not_count_to_where_it_does_is_new() {
    let password = fake("{base62:16}", 1);
    let cases = [
        ("a comment", "a.py", "# password = \"VALUE\"", "a.py", "password = \"VALUE\""),
        ("a test", "tests/t.py", "password = \"VALUE\"", "app.py", "password = \"VALUE\""),
        ("a test beside", "a_test.py", "password = \"VALUE\"", "a.py", "password = \"VALUE\""),
        ("documentation", "docs/x.md", "password: VALUE", "conf/prod.env", "DB_PASSWORD=VALUE"),
        ("an example", "conf.example.yml", "password: \"VALUE\"", "conf.yml", "password: \"VALUE\""),
    ];
    for (what, from, before, to, after) in cases {
        let repo = Repo::new();
        repo.write(from, before.replace("VALUE", &password) + "\n");
        let base = repo.commit("one");
        repo.run(&["scan"]).exits(0);
        repo.remove(from);
        repo.write(to, after.replace("VALUE", &password) + "\n");
        repo.stage();
        assert_eq!(repo.run(&["staged"]).code, 1, "staged: {what}");
        repo.commit("two");
        assert_eq!(repo.run(&["diff", &base]).code, 1, "diff: {what}");
        let second = repo.commit("three");
        repo.write(to, after.replace("VALUE", &password) + "\nmore\n");
        repo.commit("four");
        assert_eq!(repo.run(&["diff", &second]).code, 0, "what is there is no news: {what}");
    }
    // From one test to another it is as it was.
    let repo = Repo::new();
    repo.write("tests/a.py", format!("password = \"{password}\"\n"));
    let base = repo.commit("one");
    repo.remove("tests/a.py");
    repo.write("tests/b.py", format!("password = \"{password}\"\n"));
    repo.commit("two");
    repo.run(&["diff", &base]).exits(0);
}

#[test]
fn an_entry_for_a_place_covers_no_other_place_in_a_change() {
    let start = || {
        let repo = Repo::new();
        repo.write("s", format!("t={}\n", github_token(1)));
        repo.write(".gitleaksignore", "s:github-pat:1\n");
        let base = repo.commit("one");
        repo.run(&["scan"]).exits(0);
        (repo, base)
    };
    let (repo, base) = start();
    repo.remove("s");
    repo.write("u", format!("t={}\n", github_token(1)));
    repo.stage();
    repo.run(&["staged"]).exits(1);
    repo.commit("two");
    repo.run(&["diff", &base]).exits(1);

    let (repo, base) = start();
    repo.write("s", format!("t={}\n", github_token(2)));
    repo.commit("two");
    let outcome = repo.run_json(&["diff", &base]).exits(0);
    assert!(outcome.says("this one is new"), "{}", outcome.stdout);

    let (repo, base) = start();
    repo.write("s", format!("t={}\nmore\n", github_token(1)));
    repo.stage();
    repo.run(&["staged"]).exits(0);
    repo.commit("two");
    repo.run(&["diff", &base]).exits(0);
}
