//! Many runs at once that change the same file: none undoes what another did.

use crate::harness::{Outcome, Repo, github_token};
use std::fs;
use std::path::Path;
use std::process::Child;

/// How many runs there are at once.
const RUNS: u64 = 12;

/// A repository, or a plain folder, with one leak a run.
fn leaking(is_repository: bool) -> Repo {
    let repo = if is_repository { Repo::new() } else { Repo::plain() };
    for seed in 0..RUNS {
        repo.write(&format!("{seed}.env"), format!("TOKEN={}\n", github_token(seed)));
    }
    if is_repository {
        repo.commit("leaks");
    }
    repo
}

fn fingerprints(repo: &Repo) -> Vec<String> {
    let findings = repo.run_json(&["scan"]).exits(1).findings();
    let print = |finding: &serde_json::Value| finding["fingerprint"].as_str().expect("it has one").to_owned();
    findings.iter().map(print).collect()
}

fn add(print: &str) -> Vec<&str> {
    vec!["ignore", "add", print, "--reason", "a test key"]
}

#[track_caller]
fn all_end_well(runs: Vec<Child>) {
    for mut run in runs {
        assert_eq!(run.wait().expect("it ends").code(), Some(0));
    }
}

fn text(repo: &Repo, name: &str) -> String {
    fs::read_to_string(repo.path().join(name)).expect("it was written")
}

fn no_litter(repo: &Repo) {
    let entries = fs::read_dir(repo.path()).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    let litter: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(".keydredge")).collect();
    assert!(litter.is_empty(), "{litter:?}");
}

#[test]
fn many_ignore_entries_that_are_added_at_once_are_all_there_under_one_salt() {
    for (is_repository, is_there) in [(true, false), (true, true), (false, false)] {
        let repo = leaking(is_repository);
        let prints = fingerprints(&repo);
        if is_there {
            repo.run(&add(&prints[0])).exits(0);
        }
        let rest = &prints[usize::from(is_there)..];
        all_end_well(rest.iter().map(|print| repo.start(&add(print))).collect());
        let text = text(&repo, "keydredge-ignore.toml");
        assert_eq!(text.matches("[[ignore]]").count() as u64, RUNS, "{text}");
        assert_eq!(text.matches("salt = ").count(), 1, "{text}");
        repo.run(&["scan"]).exits(0);
        repo.run(&["ignore", "check"]).exits(0);
        no_litter(&repo);
    }
}

#[test]
fn many_baselines_of_parts_that_are_written_at_once_name_all_parts() {
    for (is_repository, is_there) in [(true, false), (true, true), (false, false)] {
        let repo = leaking(is_repository);
        if is_there {
            repo.run(&["baseline", "write", "--only", "jwt"]).exits(0);
        }
        // Each sees one file; all write the same baseline.
        let parts: Vec<String> = (0..RUNS).map(|seed| format!("{seed}.env")).collect();
        let write = |part: &String| {
            repo.start(&[
                "baseline",
                "write",
                "--scope",
                "worktree",
                "--baseline",
                "keydredge-baseline.txt",
                part,
            ])
        };
        all_end_well(parts.iter().map(write).collect());
        let text = text(&repo, "keydredge-baseline.txt");
        assert_eq!(text.matches("github-pat-classic").count() as u64, RUNS, "{text}");
        assert_eq!(text.matches("salt ").count(), 1, "{text}");
        repo.run(&["scan"]).exits(0);
        no_litter(&repo);
    }
}

#[test]
fn baselines_prunes_and_ignore_entries_at_once_lose_nothing_and_share_the_salt() {
    for is_repository in [true, false] {
        let repo = leaking(is_repository);
        let prints = fingerprints(&repo);
        let write = ["baseline", "write", "--scope", "worktree"];
        let mut runs: Vec<Child> = prints.iter().map(|print| repo.start(&add(print))).collect();
        runs.extend((0..RUNS).map(|_| repo.start(&write)));
        all_end_well(runs);
        let (ignores, baseline) =
            (text(&repo, "keydredge-ignore.toml"), text(&repo, "keydredge-baseline.txt"));
        assert_eq!(ignores.matches("[[ignore]]").count() as u64, RUNS, "{ignores}");
        let salt = |text: &str| {
            let digits =
                text.split("salt").nth(1).expect("there is a salt").trim_start_matches([' ', '=', '"']);
            digits[..32].to_owned()
        };
        // (The word is in the ignore file's first comment, too.)
        let of_ignores = salt(&ignores[ignores.find("\nsalt").expect("there is a salt")..]);
        assert_eq!(of_ignores, salt(&baseline[baseline.find("\nsalt").expect("there is a salt")..]));
        repo.run(&["scan"]).exits(0);
        fs::remove_file(repo.path().join("keydredge-ignore.toml")).expect("it is there");
        let prune = ["baseline", "prune", "--scope", "worktree"];
        let mut runs: Vec<Child> = (0..RUNS).map(|_| repo.start(&write)).collect();
        runs.extend((0..RUNS).map(|_| repo.start(&prune)));
        all_end_well(runs);
        repo.run(&["scan"]).exits(0);
    }
}

#[test]
fn writing_a_baseline_of_a_part_keeps_the_other_entries() {
    let repo = leaking(true);
    repo.run(&["baseline", "write"]).exits(0);
    let before = text(&repo, "keydredge-baseline.txt");
    repo.remove("0.env");
    repo.run(&["baseline", "write", "--scope", "worktree"]).exits(0);
    assert_eq!(text(&repo, "keydredge-baseline.txt"), before);
    repo.run(&["baseline", "prune", "--scope", "worktree"]).exits(0);
    assert_eq!(text(&repo, "keydredge-baseline.txt").lines().count() + 1, before.lines().count());
}

/// Locks a file as another run would.
fn locked(path: &Path) -> fs::File {
    let file = fs::File::create(path).expect("a file can be made");
    file.lock().expect("it can be locked");
    file
}

#[test]
fn a_lock_that_another_run_has_is_waited_for() {
    for (is_repository, path) in [(true, ".git/keydredge.lock"), (false, ".keydredge-update.lock")] {
        let repo = leaking(is_repository);
        let prints = fingerprints(&repo);
        let lock = locked(&repo.path().join(path));
        let mut run = repo.start(&add(&prints[0]));
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert!(run.try_wait().expect("it can be asked").is_none(), "it did not wait");
        assert!(!repo.path().join("keydredge-ignore.toml").exists());
        drop(lock);
        all_end_well(vec![run]);
        // The lock file that a dead run leaves behind does not block others.
        fs::write(repo.path().join(path), "").expect("it can be written");
        repo.run(&add(&prints[1])).exits(0);
    }
}

#[cfg(unix)]
#[test]
fn a_link_or_a_pipe_in_the_place_of_the_lock_is_refused_and_nothing_follows_it() {
    let refused = |outcome: Outcome| {
        assert!(outcome.stderr.contains("lock"), "{}", outcome.stderr);
    };
    for (is_repository, path) in [(true, ".git/keydredge.lock"), (false, ".keydredge-update.lock")] {
        let repo = leaking(is_repository);
        let print = fingerprints(&repo).remove(0);
        let outside = tempfile::tempdir().expect("a folder can be made");
        let (lock, victim) = (repo.path().join(path), outside.path().join("victim"));
        std::os::unix::fs::symlink(&victim, &lock).expect("a link can be made");
        for command in [add(&print), vec!["baseline", "write", "--scope", "worktree"]] {
            refused(repo.run(&command).exits(2));
        }
        assert!(!victim.exists());
        fs::remove_file(&lock).expect("it is there");
        let made = std::process::Command::new("mkfifo").arg(&lock).status().expect("mkfifo is there");
        assert!(made.success());
        refused(repo.run(&add(&print)).exits(2));
        assert!(!repo.path().join("keydredge-ignore.toml").exists());
    }
}

#[test]
fn hooks_that_are_installed_and_removed_at_once_keep_the_hook_that_was_there() {
    let repo = leaking(true);
    let hook = repo.path().join(".git/hooks/pre-commit");
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    let runs = (0..RUNS).map(|at| repo.start(&["hook", if at % 3 == 2 { "remove" } else { "install" }]));
    all_end_well(runs.collect());
    repo.run(&["hook", "install"]).exits(0);
    repo.run(&["hook", "remove"]).exits(0);
    assert_eq!(fs::read_to_string(hook).expect("it is back"), "#!/bin/sh\nexit 0\n");
}
