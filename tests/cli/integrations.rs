//! Files that come with the program: the action's script, completions, the manual page, the hook ids.

use crate::harness::{Repo, github_token, program};
use std::path::Path;
use std::process::Command;

fn action(repo: &Repo, variables: &[(&str, &str)]) -> (i32, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action.sh");
    let mut command = Command::new("bash");
    command
        .arg(script)
        .current_dir(repo.path())
        .env("KEYDREDGE", program())
        .env_remove("GITHUB_OUTPUT")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("GITHUB_EVENT_NAME")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("KEYDREDGE_SARIF");
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
fn the_action_writes_its_report_into_a_new_folder_unless_it_is_told_where() {
    let repo = Repo::new();
    repo.write("a.env", github_token(5));
    repo.commit("one");
    let temporary = tempfile::tempdir().expect("a folder can be made");
    let temporary = temporary.path().to_str().expect("UTF-8");
    let output = repo.path().join("outputs");
    let output = output.to_str().expect("UTF-8");
    let run = |sarif: &str| {
        let _ = std::fs::remove_file(output);
        let variables = [("KEYDREDGE_SARIF", sarif), ("RUNNER_TEMP", temporary), ("GITHUB_OUTPUT", output)];
        let (code, text) = action(&repo, &variables);
        let outputs = std::fs::read_to_string(output).unwrap_or_default();
        let sarif = outputs.lines().find_map(|line| line.strip_prefix("sarif=")).unwrap_or_default();
        (code, text, std::path::PathBuf::from(sarif))
    };
    let (code, text, first) = run("");
    assert_eq!(code, 1, "{text}");
    assert!(first.starts_with(temporary) && first.ends_with("keydredge.sarif") && first.exists(), "{text}");
    assert_ne!(run("").2, first, "a folder for each run");
    assert!(!repo.path().join("keydredge.sarif").exists());
    let (code, text, named) = run("own.sarif");
    assert_eq!((code, named), (1, repo.path().join("own.sarif")), "{text}");
    assert_eq!(run("own\nexit-code=0").0, 2);
}

#[cfg(unix)]
#[test]
fn the_action_fails_before_it_writes_through_a_link_of_the_pull_request() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a folder can be made");
    let victim = outside.path().join("victim");
    std::fs::write(&victim, "mine\n").expect("it can be written");
    // The file itself, a folder above it, and a file of git's.
    for (link, target, sarif) in [
        ("keydredge.sarif", victim.as_path(), None),
        ("own.sarif", victim.as_path(), Some("own.sarif")),
        ("reports", outside.path(), Some("reports/victim")),
        ("reports", Path::new(".git"), Some("reports/config")),
    ] {
        let repo = Repo::new();
        repo.write("a", "x");
        let base = repo.commit("one");
        symlink(target, repo.path().join(link)).expect("a link can be made");
        let head = repo.commit("two");
        let config = std::fs::read(repo.path().join(".git/config")).expect("it is there");
        let output = repo.path().join("outputs");
        let mut variables = vec![
            ("KEYDREDGE_BASE", base.as_str()),
            ("KEYDREDGE_HEAD", head.as_str()),
            ("GITHUB_OUTPUT", output.to_str().expect("UTF-8")),
        ];
        variables.extend(sarif.map(|sarif| ("KEYDREDGE_SARIF", sarif)));
        let (code, text) = action(&repo, &variables);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("symbolic link"), "{text}");
        assert!(std::fs::read_to_string(&output).expect("it is written").contains("exit-code=2"));
        assert_eq!(std::fs::read_to_string(&victim).expect("it is there"), "mine\n");
        assert_eq!(std::fs::read(repo.path().join(".git/config")).expect("it is there"), config);
    }
}

#[test]
fn the_action_takes_no_setting_from_what_it_judges_if_a_push_has_no_base() {
    let repo = Repo::new();
    repo.write("old.env", github_token(3));
    repo.write("keydredge.toml", "exclude = [\"old.env\"]\n");
    let main = repo.commit("one");
    let zeros = "0".repeat(main.len());
    let run = |default: &str| {
        let variables = [("KEYDREDGE_BASE", zeros.as_str()), ("KEYDREDGE_DEFAULT_BRANCH", default)];
        action(&repo, &variables)
    };
    // No default branch is known: every commit is scanned, and its own settings hide nothing.
    assert_eq!(run("main").0, 1);
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let (code, text) = run("main");
    assert_eq!(code, 0, "it is on the default branch, which may exclude: {text}");
    assert_eq!(run("").0, 1);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("new.env", github_token(4));
    repo.write("keydredge.toml", "exclude = [\"*.env\"]\n");
    repo.commit("two");
    let (code, text) = run("main");
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("new.env") && !text.contains("::error file=old.env"), "{text}");
}

#[test]
fn the_action_annotates_and_writes_a_summary() {
    let repo = Repo::new();
    repo.write("a", "x");
    let base = repo.commit("one");
    repo.write("new.env", github_token(2));
    repo.commit("two");
    let summary = repo.home().join("summary.md");
    std::fs::write(&summary, "before\n").expect("it can be written");
    let summary_path = summary.to_str().expect("UTF-8");
    let variables = [("KEYDREDGE_BASE", base.as_str()), ("GITHUB_STEP_SUMMARY", summary_path)];
    let (code, text) = action(&repo, &variables);
    assert_eq!(code, 1, "{text}");
    assert!(text.lines().any(|line| line.starts_with("::error ") && line.contains("new.env")), "{text}");
    let summary = std::fs::read_to_string(summary).expect("it is there");
    assert!(summary.starts_with("before\n") && summary.contains("new.env"), "{summary}");
    assert!(!text.contains(&github_token(2)) && !summary.contains(&github_token(2)));
}

#[test]
fn without_a_base_the_action_reads_the_event() {
    let repo = Repo::forked();
    let main = repo.git(&["rev-parse", "main"]);
    repo.write("new.env", github_token(6));
    repo.commit("leak");
    repo.remove("new.env");
    let head = repo.commit("gone");
    let (event, summary) = (repo.home().join("event.json"), repo.home().join("summary.md"));
    let text =
        format!(r#"{{"pull_request":{{"head":{{"sha":"{head}"}},"base":{{"sha":"{main}","ref":"main"}}}}}}"#);
    std::fs::write(&event, text).expect("it can be written");
    let run = |name: &str| {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", event.to_str().expect("UTF-8")),
            ("GITHUB_STEP_SUMMARY", summary.to_str().expect("UTF-8")),
            ("KEYDREDGE_BASE", ""),
        ];
        action(&repo, &variables)
    };
    let (code, text) = run("pull_request");
    assert_eq!(code, 1, "{text}");
    assert_eq!(text.matches("::error file=new.env").count(), 1, "{text}");
    let summary = std::fs::read_to_string(&summary).expect("it is written");
    assert_eq!(summary.matches("1 secret found").count(), 1, "{summary}");
    assert_eq!(run("merge_group").0, 2, "an event without what it is about");
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

/// A folder of releases that has this version, whose program is the one that is tested.
#[cfg(target_os = "linux")]
fn releases() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stand_in = folder.path().join("keydredge");
    std::fs::write(&stand_in, format!("#!/bin/sh\nexec '{}' \"$@\"\n", program()))
        .expect("it can be written");
    std::fs::set_permissions(&stand_in, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let to = folder.path().join(concat!("v", env!("CARGO_PKG_VERSION")));
    let packed = Command::new(root().join(".ci/package")).arg(&stand_in).arg(&target).arg(&to).output();
    let packed = packed.expect("bash can be run");
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    folder
}

#[cfg(target_os = "linux")]
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[cfg(target_os = "linux")]
#[test]
fn the_action_takes_the_released_program_and_no_other() {
    let repo = Repo::new();
    repo.write("a", "x");
    let base = repo.commit("one");
    repo.write("new.env", github_token(2));
    repo.commit("two");
    let folder = releases();
    let url = format!("file://{}", folder.path().display());
    let run = |more: &[(&str, &str)]| {
        let mut variables =
            vec![("KEYDREDGE", ""), ("KEYDREDGE_BASE", &*base), ("KEYDREDGE_RELEASES", &*url)];
        variables.extend(more);
        action(&repo, &variables)
    };
    let (code, text) = run(&[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("new.env"), "{text}");
    let zeros = "0".repeat(64);
    for (more, why) in [
        (&[("KEYDREDGE_SHA256", &*zeros)][..], "the digest of"),
        (&[("KEYDREDGE_SHA256", "none")], "there is no digest"),
        (&[("KEYDREDGE_VERSION", "9.9.9")], "cannot be fetched"),
        (&[("KEYDREDGE_VERSION", "../../etc")], "is no version"),
        (&[("KEYDREDGE_RELEASES", "http://127.0.0.1:9")], "https:// or file://"),
        (&[("KEYDREDGE_RELEASES", ""), ("GITHUB_ACTION_REPOSITORY", "a/b/../c")], "whose releases"),
        (&[("KEYDREDGE_INSTALL", "yes")], "`release` or `build`"),
    ] {
        let (code, text) = run(more);
        assert_eq!(code, 2, "{more:?}: {text}");
        assert!(text.contains(why), "{more:?}: {text}");
    }
    // Another program under the same name.
    let version = folder.path().join(concat!("v", env!("CARGO_PKG_VERSION")));
    let archive = std::fs::read_dir(&version)
        .expect("it is a folder")
        .map(|one| one.expect("it can be listed").path())
        .find(|path| path.extension().is_some_and(|ending| ending == "gz"))
        .expect("there is one");
    let mut bytes = std::fs::read(&archive).expect("it is there");
    bytes.extend(b"more");
    std::fs::write(&archive, bytes).expect("it can be written");
    let (code, text) = run(&[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("the digest of"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_templates_fetch_a_program_of_a_known_digest_and_no_other() {
    let templates = std::fs::read_dir(root().join("docs/ci")).expect("it is a folder");
    let scripts: Vec<(String, String)> = templates
        .map(|one| {
            let path = one.expect("it can be listed").path();
            let text = std::fs::read_to_string(&path).expect("it is text");
            let lines = text.lines().map(str::trim).skip_while(|line| *line != "set -e");
            let fetch: Vec<&str> = lines.take_while(|line| !line.contains(" ci ")).collect();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fetch.join("\n"))
        })
        .filter(|(name, _)| name != "github.yml")
        .collect();
    assert_eq!(scripts.len(), 5);
    let folder = releases();
    let version = folder.path().join(concat!("v", env!("CARGO_PKG_VERSION")));
    let sums = std::fs::read_to_string(version.join("SHA256SUMS")).expect("it is there");
    let (digest, name) = sums.trim_end().split_once("  ").expect("a digest and a name");
    for (template, fetch) in scripts {
        for (digest, is_right) in [(digest, true), ("", false), (&*"0".repeat(64), false)] {
            let script = format!("{fetch}\n\"$keydredge/keydredge\" --version\n");
            let output = Command::new("bash")
                .args(["-c", &script])
                .env("KEYDREDGE_URL", format!("file://{}", version.join(name).display()))
                .env("KEYDREDGE_SHA256", digest)
                .env("AGENT_TEMPDIRECTORY", version.join("agent"))
                .current_dir(folder.path())
                .output()
                .expect("bash can be run");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.success(), is_right, "{template} {digest}: {text}");
            assert_eq!(
                text.contains(concat!("keydredge ", env!("CARGO_PKG_VERSION"))),
                is_right,
                "{template}"
            );
        }
    }
}

#[test]
fn actions_of_others_are_pinned_by_their_commit() {
    let is_pinned = regex::Regex::new(r"^\S+@[0-9a-f]{40} # v\d").expect("the pattern is sound");
    let texts = [
        include_str!("../../action.yml"),
        include_str!("../../.github/workflows/ci.yml"),
        include_str!("../../.github/workflows/release.yml"),
    ];
    for text in texts {
        for line in text.lines().filter_map(|line| line.split_once("uses: ").map(|(_, used)| used)) {
            assert!(is_pinned.is_match(line), "{line}");
        }
    }
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
    for command in ["explain", "config"] {
        repo.run(&[command]).exits(2);
    }
    repo.run(&["scan", "--verify"]).exits(2);
}
