//! What stands around the program: the action's script, completions, the manual page, the hook ids.

use crate::harness::{Repo, github_token, program};
use std::path::Path;
use std::process::Command;

fn action(repo: &Repo, variables: &[(&str, &str)]) -> (i32, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action.sh");
    let mut command = Command::new("bash");
    command.arg(script).current_dir(repo.path()).env("KEYDREDGE", program()).env_remove("GITHUB_OUTPUT");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").envs(variables.iter().copied());
    let output = command.output().expect("bash can be run");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn the_action_fails_on_what_a_pull_request_brings_and_writes_sarif() {
    let repo = Repo::new();
    repo.write("old.env", github_token(1));
    let base = repo.commit("one");
    repo.write("new.env", github_token(2));
    let head = repo.commit("two");
    let output = repo.path().join("outputs");
    let output = output.to_str().expect("UTF-8");
    let range =
        [("KEYDREDGE_BASE", base.as_str()), ("KEYDREDGE_HEAD", head.as_str()), ("GITHUB_OUTPUT", output)];
    let (code, text) = action(&repo, &range);
    assert_eq!(code, 1, "{text}");
    assert!(std::fs::read_to_string(output).expect("it is written").contains("exit-code=1"));
    let sarif = std::fs::read_to_string(repo.path().join("keydredge.sarif")).expect("it is written");
    assert!(sarif.contains("new.env") && !sarif.contains("old.env"), "{sarif}");
    let (code, text) = action(&repo, &[("KEYDREDGE_BASE", head.as_str()), ("KEYDREDGE_HEAD", head.as_str())]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn the_action_scans_the_files_where_a_push_has_no_base() {
    let repo = Repo::new();
    repo.write("a.env", github_token(3));
    repo.commit("one");
    let (code, text) = action(&repo, &[("KEYDREDGE_BASE", "0000000000000000000000000000000000000000")]);
    assert_eq!(code, 1, "{text}");
}

#[test]
fn values_of_an_event_are_never_commands() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    let (code, text) =
        action(&repo, &[("KEYDREDGE_BASE", "$(touch pwned)"), ("KEYDREDGE_HEAD", "--output=pwned")]);
    assert_eq!(code, 2, "{text}");
    assert!(!repo.path().join("pwned").exists());
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let repo = Repo::plain();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(repo.run(&["completions", shell]).exits(0).stdout.contains("keydredge"), "{shell}");
    }
    assert!(repo.run(&["man"]).exits(0).stdout.contains(".TH keydredge"));
}

#[test]
fn hook_ids_run_the_hook_with_file_names() {
    let text = include_str!("../../.pre-commit-hooks.yaml");
    assert!(text.contains("- id: keydredge\n") && text.contains("- id: keydredge-system\n"));
    assert_eq!(text.matches("entry: keydredge hook run\n").count(), 2);
    assert!(!text.contains("pass_filenames: false"));
}

#[test]
fn commands_of_later_versions_do_not_exist_yet() {
    let repo = Repo::plain();
    for command in ["ci", "explain", "config"] {
        repo.run(&[command]).exits(2);
    }
    repo.run(&["scan", "--verify"]).exits(2);
}
