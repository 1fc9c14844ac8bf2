//! Allow comments and ignore entries.

use crate::harness::{Repo, github_token};

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
