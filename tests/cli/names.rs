//! Secrets that are in no file's content: in a link's target, and in the names of files and folders.

use crate::harness::{Outcome, Repo, fake, github_token};
use serde_json::Value;

/// The occurrences of every finding as `kind path:line:column`, sorted.
#[track_caller]
pub(crate) fn places(outcome: &Outcome) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut all: Vec<String> = outcome
        .findings()
        .iter()
        .flat_map(|finding| finding["occurrences"].as_array().expect("a finding has occurrences").clone())
        .map(|one| format!("{} {}:{}:{}", text(&one["kind"]), text(&one["path"]), one["line"], one["column"]))
        .collect();
    all.sort();
    all
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;

    fn link(repo: &Repo, target: &str, name: &str) {
        symlink(target, repo.path().join(name)).expect("a link can be made");
    }

    #[test]
    fn a_links_target_is_its_content_in_scan_as_in_staged_and_diff() {
        let repo = Repo::new();
        repo.write("a", "x");
        repo.commit("one");
        link(&repo, &github_token(1), "untracked");
        link(&repo, &format!("../{}/x", github_token(2)), "tracked");
        repo.git(&["add", "tracked"]);
        let outcome = repo.run_json(&["scan"]).exits(1);
        assert_eq!(places(&outcome), ["file tracked:1:4", "file untracked:1:1"]);
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!((&coverage["scanned"], &coverage["in_scope"]), (&3.into(), &3.into()), "{coverage}");
        assert_eq!(places(&repo.run_json(&["staged"]).exits(1)), ["staged tracked:1:4"]);
        repo.commit("two");
        assert_eq!(places(&repo.run_json(&["diff", "HEAD~1"]).exits(1)).len(), 2);
    }

    #[test]
    fn a_link_is_not_followed_and_policy_leaves_it_out_like_a_file() {
        let (repo, outside) = (Repo::new(), Repo::plain());
        outside.write("secret", github_token(3));
        link(&repo, outside.path().join("secret").to_str().expect("UTF-8"), "out");
        link(&repo, outside.path().to_str().expect("UTF-8"), "folder");
        link(&repo, "loop", "loop");
        link(&repo, &github_token(4), "left.log");
        link(&repo, &github_token(5), "left.out");
        repo.write(".gitignore", "*.log\n").write("keydredge.toml", "exclude = [\"*.out\"]\n");
        let outcome = repo.run_json(&["scan"]).exits(0);
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!((&coverage["scanned"], &coverage["in_scope"]), (&5.into(), &7.into()), "{coverage}");
        repo.git(&["add", "-f", "left.log"]);
        repo.run(&["scan"]).exits(1);
        repo.run(&["scan", "--max-file-size", "10"]).exits(0);
    }

    #[test]
    fn a_folder_of_nothing_but_a_link_is_looked_at() {
        let repo = Repo::plain();
        link(&repo, "nowhere", "a");
        repo.run(&["scan"]).exits(0);
        repo.remove("a");
        link(&repo, &github_token(6), "a");
        repo.run(&["scan"]).exits(1);
    }
}

#[test]
fn a_token_in_a_name_is_found_once_and_masked() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    let (file, folder) = (github_token(1), fake("npm_{base62:30}{crc32-base62:6}", 2));
    repo.write(&format!("src/for-{file}.txt"), "x");
    for at in 0..100 {
        repo.write(&format!("keys/{folder}/d{}/f{at}", at % 7), "x");
    }
    repo.stage();
    let wanted = ["path keys/npm_…:1:6", "path src/for-ghp_….txt:1:9"];
    for arguments in [&["scan"][..], &["staged"], &["hook", "run", "src", "keys"]] {
        let outcome = repo.run(&[arguments, &["--format", "json"]].concat()).exits(1);
        assert_eq!(places(&outcome), wanted, "{arguments:?}");
    }
    repo.commit("two");
    assert_eq!(places(&repo.run_json(&["diff", "HEAD~1"]).exits(1)), wanted);
    let text = repo.run(&["scan"]).stdout;
    assert!(text.contains("for-ghp_….txt:1:9  in the name itself"), "{text}");
    assert!(!text.contains(&file[8..]) && !text.contains(&folder[8..]), "{text}");
    repo.run(&["scan", "--format", "sarif"]).exits(1).json();
}

#[test]
fn the_same_secret_in_name_and_content_is_one_finding() {
    let repo = Repo::new();
    let token = github_token(3);
    repo.write(&token, format!("t = {token}\n"));
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.findings().len(), 1);
    assert_eq!(places(&outcome), ["file ghp_…:1:5", "path ghp_…:1:1"]);
}

#[test]
fn names_that_stand_beside_each_other_make_no_secret_and_cover_none() {
    let repo = Repo::new();
    let (token, other) = (github_token(4), github_token(5));
    let (start, rest) = token.split_at(20);
    repo.write(start, "x").write(rest, "x");
    repo.write("keydredge:allow-next-line", "x").write(&format!("l {other} keydredge:allow"), "x");
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(places(&outcome), ["path l ghp_… keydredge:allow:1:3"]);
}

#[test]
fn assignments_in_names_are_none_and_policy_leaves_names_out() {
    let repo = Repo::new();
    repo.write("password=hV7wq2LxNz8RtPc4", "x").write("secret-token/api_key=q8Vw7Lx2Nz4RtPc1", "x");
    repo.write(&format!("left/{}", github_token(6)), "x");
    repo.write(&format!("{}.log", github_token(7)), "x");
    repo.write(".gitignore", "*.log\n").write("keydredge.toml", "exclude = [\"left/\"]\n");
    repo.run(&["scan", "--min-confidence", "low"]).exits(0);
    repo.stage();
    repo.run(&["staged", "--min-confidence", "low"]).exits(0);
    repo.run(&["scan", "--no-ignore"]).exits(1);
}

#[test]
fn a_name_that_was_there_before_is_not_new() {
    let repo = Repo::new();
    let token = github_token(8);
    repo.write(&format!("{token}/a"), "one\ntwo\nthree\n");
    repo.commit("one");
    repo.git(&["mv", &token, &format!("moved-{token}")]);
    repo.run(&["staged"]).exits(0);
    repo.git(&["mv", &format!("moved-{token}"), &format!("moved-{}", github_token(9))]);
    repo.run(&["staged"]).exits(1);
}

#[cfg(unix)]
#[test]
fn names_of_what_is_not_read_and_names_of_any_bytes_are_looked_at() {
    let repo = Repo::new();
    repo.write("a", "x");
    std::fs::create_dir_all(repo.path().join("x").join(github_token(10))).expect("a folder can be made");
    let pipe = repo.path().join(github_token(11));
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().expect("mkfifo is there").success());
    repo.write(&format!("line\nbreak\n{}\n", github_token(12)), "x");
    let outcome = repo.run_json(&["scan"]).exits(1);
    let wanted = ["path ghp_…:1:1", "path line\nbreak\nghp_…\n:1:12", "path x/ghp_…:1:3"];
    assert_eq!(places(&outcome), wanted);
}

#[test]
fn names_are_found_at_any_number_of_threads_in_any_number() {
    let repo = Repo::plain();
    for at in 0..40 {
        for file in 0..40 {
            let name = if file == 7 { github_token(at) } else { format!("{}{file}", "n".repeat(60)) };
            repo.write(&format!("d{at}/{name}"), "x");
        }
    }
    let run = |threads: &str| places(&repo.run_json(&["scan", "--threads", threads]).exits(1));
    assert_eq!(run("1").len(), 40);
    assert_eq!(run("1"), run("4"));
}

#[cfg(unix)]
#[test]
fn a_name_is_no_command_of_the_service_that_runs_the_job() {
    let repo = Repo::new();
    for (seed, name) in (60..).zip([
        "::add-mask::x",
        "##vso[task.setvariable variable=PATH]x",
        "##[add-mask]y",
        "##teamcity[x]",
    ]) {
        repo.write(name, format!("t = {}\n", github_token(seed)))
            .write(&format!("b/{name}"), github_token(seed));
    }
    for format in crate::harness::formats() {
        let outcome = repo.run(&["scan", "--format", format]).exits(1);
        for line in outcome.stdout.lines().chain(outcome.stderr.lines()) {
            let is_command = line.trim_start().starts_with("::add-mask");
            assert!(
                !is_command && !line.contains("##[") && !line.contains("##vso[") && !line.contains("##team"),
                "{format}: {line}"
            );
        }
    }
}
