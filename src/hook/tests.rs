//! Hooks in repositories that are made for the test.

use super::*;
use crate::process;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn folder() -> (tempfile::TempDir, HooksFolder) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    git2::Repository::init(folder.path()).expect("a repository can be made");
    let hooks = HooksFolder::of(folder.path()).expect("it is a repository");
    (folder, hooks)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a hook is in a folder")).expect("folders can be made");
    fs::write(path, text).expect("a file can be written");
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is ours");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it is there")
}

fn state(hooks: &HooksFolder, kind: HookKind) -> State {
    hooks.hook(kind).look().expect("it can be looked at").state
}

#[test]
fn a_hook_that_was_there_is_kept_and_comes_back() {
    for kind in HookKind::ALL {
        let (_folder, hooks) = folder();
        let hook = hooks.hook(kind);
        write(&hook.path, "#!/bin/sh\nexit 0\n");
        hooks.install(&HookKind::ALL).expect("it can be installed");
        assert_eq!(state(&hooks, kind), State::Current);
        assert!(hook.has_before());
        hooks.install(&HookKind::ALL).expect("again changes nothing");
        hooks.remove().expect("it can be removed");
        assert_eq!(read(&hook.path), "#!/bin/sh\nexit 0\n");
        assert!(!hook.has_before());
    }
}

#[test]
fn nothing_there_means_nothing_left() {
    let (_folder, hooks) = folder();
    hooks.install(&HookKind::ALL).expect("it can be installed");
    hooks.remove().expect("it can be removed");
    for kind in HookKind::ALL {
        assert_eq!(state(&hooks, kind), State::Absent);
    }
    let left =
        fs::read_dir(&hooks.path).expect("the folder stays").map(|entry| entry.expect("it can be listed"));
    assert!(!left.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("keydredge")));
}

#[test]
fn the_sample_of_a_hook_is_no_hook() {
    let (_folder, hooks) = folder();
    let sample = hooks.path.join("pre-merge-commit.sample");
    write(&sample, "#!/bin/sh\n");
    hooks.install(&HookKind::ALL).expect("it can be installed");
    assert!(sample.exists() && !hooks.hook(HookKind::PreMergeCommit).has_before());
}

#[test]
fn an_older_hook_of_ours_is_renewed_and_whose_it_is_is_read_from_its_text() {
    let (_folder, hooks) = folder();
    let hook = hooks.hook(HookKind::PreCommit);
    let table = [
        ("#!/bin/sh\n# keydredge hook v0\nexit 0\n", State::Other),
        ("#!/bin/sh\nexec keydredge hook run\n", State::Calls),
        ("#!/bin/sh\nmake lint\n", State::Foreign),
        (SCRIPT, State::Current),
    ];
    for (text, wanted) in table {
        write(&hook.path, text);
        assert_eq!(state(&hooks, HookKind::PreCommit), wanted, "{text}");
    }
    write(&hook.path, table[0].0);
    hooks.install(&HookKind::ALL).expect("it can be installed");
    assert_eq!(read(&hook.path), SCRIPT);
    assert!(!hook.has_before());
}

#[test]
fn two_hooks_from_before_are_not_merged_and_nothing_is_changed() {
    let (_folder, hooks) = folder();
    let hook = hooks.hook(HookKind::PreMergeCommit);
    write(&hook.path, "#!/bin/sh\n: one\n");
    write(&hook.before(), "#!/bin/sh\n: two\n");
    assert!(matches!(hooks.install(&HookKind::ALL), Err(Error::TwoBefore { .. })));
    assert_eq!(state(&hooks, HookKind::PreCommit), State::Absent, "all or none");
    #[cfg(unix)]
    {
        fs::remove_file(hook.before()).expect("it is there");
        std::os::unix::fs::symlink("nowhere", hook.before()).expect("a link can be made");
        assert!(matches!(hooks.install(&HookKind::ALL), Err(Error::TwoBefore { .. })));
    }
}

#[test]
fn a_folder_outside_is_left_alone_whether_it_is_there_or_not() {
    let elsewhere = tempfile::tempdir().expect("a temporary folder can be made");
    let there = elsewhere.path().join("there");
    fs::create_dir(&there).expect("a folder can be made");
    let missing = elsewhere.path().join("missing");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let table =
        [text(&there), text(&missing), "../shared".to_owned(), "a/../../shared".to_owned(), "..".to_owned()];
    for value in table {
        let (folder, _) = folder();
        let config = git2::Repository::open(folder.path()).and_then(|repository| repository.config());
        config.and_then(|mut config| config.set_str("core.hooksPath", &value)).expect("it can be set");
        let hooks = HooksFolder::of(folder.path()).expect("it is a repository");
        assert!(matches!(hooks.install(&HookKind::ALL), Err(Error::Shared { .. })), "{value}");
        assert!(!hooks.path.join("pre-commit").exists(), "{value}");
        // The hook there is shared, so it is not removed either.
        if value == text(&there) {
            write(&there.join("pre-commit"), SCRIPT);
            assert!(matches!(hooks.remove(), Err(Error::Shared { .. })), "{value}");
            assert!(there.join("pre-commit").exists());
        }
    }
    assert!(!missing.exists());
}

#[test]
fn a_folder_of_the_repository_that_core_hooks_path_names_is_used() {
    for value in [".githooks", "a/../.githooks", "./none/../.githooks", ".git/../.githooks"] {
        let (folder, _) = folder();
        let config = git2::Repository::open(folder.path()).and_then(|repository| repository.config());
        config.and_then(|mut config| config.set_str("core.hooksPath", value)).expect("it can be set");
        let hooks = HooksFolder::of(folder.path()).expect("it is a repository");
        hooks.install(&HookKind::ALL).expect("it can be installed");
        assert!(folder.path().join(".githooks/pre-commit").exists(), "{value}");
        assert!(folder.path().join(".githooks/pre-merge-commit").exists(), "{value}");
    }
}

#[cfg(unix)]
#[test]
fn a_hook_that_is_a_link_is_kept_as_a_link_or_refused_and_never_written_through() {
    use std::os::unix::fs::symlink;
    let old = "#!/bin/sh\n# keydredge hook v0\nexit 0\n";
    // The link's target, and whether the link is kept.
    for (text, is_kept) in [(None, false), (Some(old), false), (Some("#!/bin/sh\nexit 0\n"), true)] {
        for kind in HookKind::ALL {
            let (_folder, hooks) = folder();
            let outside = tempfile::tempdir().expect("a temporary folder can be made");
            let target = outside.path().join("shared");
            if let Some(text) = text {
                write(&target, text);
            }
            let hook = hooks.hook(kind);
            fs::create_dir_all(&hooks.path).expect("a folder can be made");
            symlink(&target, &hook.path).expect("a link can be made");
            let outcome = hooks.install(&HookKind::ALL);
            if is_kept {
                outcome.expect("it can be installed");
                assert_eq!(fs::read_link(hook.before()).expect("the link is kept"), target);
                assert!(fs::symlink_metadata(&hook.path).expect("it is there").is_file());
                hooks.remove().expect("it can be removed");
            } else {
                assert!(matches!(outcome, Err(Error::Link { .. })), "{text:?}");
            }
            assert_eq!(fs::read_link(&hook.path).expect("the link is there"), target);
            assert_eq!(fs::read_to_string(&target).ok().as_deref(), text);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_hooks_folder_that_is_a_link_is_used_inside_the_repository_and_refused_outside() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a temporary folder can be made");
    for (target, is_allowed) in [
        (outside.path().to_owned(), false),
        (outside.path().join("missing"), false),
        ("../tracked".into(), true),
        ("../missing".into(), false),
    ] {
        let (folder, hooks) = folder();
        fs::create_dir(folder.path().join("tracked")).expect("a folder can be made");
        let _ = fs::remove_dir_all(&hooks.path);
        symlink(&target, folder.path().join(".git/hooks")).expect("a link can be made");
        let hooks = HooksFolder::of(folder.path()).expect("it is a repository");
        let outcome = hooks.install(&HookKind::ALL);
        assert_eq!(outcome.is_ok(), is_allowed, "{}: {outcome:?}", target.display());
        assert_eq!(folder.path().join("tracked/pre-commit").exists(), is_allowed);
        if !is_allowed {
            assert!(matches!(outcome, Err(Error::LeadsOut { .. })));
        }
        // The same through core.hooksPath.
        fs::remove_file(folder.path().join(".git/hooks")).expect("the link is there");
        symlink(target.strip_prefix("..").unwrap_or(&target), folder.path().join("link"))
            .expect("it can be made");
        let config = git2::Repository::open(folder.path()).and_then(|repository| repository.config());
        config.and_then(|mut config| config.set_str("core.hooksPath", "link")).expect("it can be set");
        let hooks = HooksFolder::of(folder.path()).expect("it is a repository");
        assert_eq!(hooks.install(&HookKind::ALL).is_ok(), is_allowed, "{}", target.display());
    }
    assert_eq!(fs::read_dir(outside.path()).expect("it is there").count(), 0);
}

#[cfg(unix)]
#[test]
fn a_hook_that_does_not_end_is_ended_with_all_that_it_started() {
    let (folder, hooks) = folder();
    let mark = folder.path().join("mark");
    let hook = hooks.hook(HookKind::PreCommit);
    write(
        &hook.path,
        &format!("#!/bin/sh\n# keydredge\n(sleep 2; touch '{}') &\nsleep 60\n", mark.display()),
    );
    let plant =
        Plant { name: "planted".to_owned(), content: b"x\n".to_vec(), evidence: vec!["x".to_owned()] };
    let scratch = Scratch::of(&hooks, plant).expect("it can be made").expect("there is a git");
    let found = hook.look().expect("it can be looked at");
    let proof = scratch.try_within(&hook, &found, Duration::from_millis(300));
    assert!(matches!(proof.verdict, TrialVerdict::TooSlow(_)), "{proof:?}");
    std::thread::sleep(Duration::from_secs(3));
    assert!(!mark.exists(), "what the hook started went on");
}

#[cfg(unix)]
#[test]
fn what_only_runs_the_repositorys_own_hook_is_none_and_never_runs_itself() {
    let (_folder, hooks) = folder();
    let hook = hooks.hook(HookKind::PrePush);
    write(&hook.path, include_str!("../../hooks/repository-own"));
    assert_eq!(state(&hooks, HookKind::PrePush), State::RunsOwn);
    let mut child = std::process::Command::new(&hook.path);
    child.current_dir(&hooks.top).env_remove("GIT_DIR");
    let mut child = process::start(&mut child).expect("it can be started");
    let status = git::wait(&mut child, Duration::from_secs(20)).expect("it can be waited for");
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
}
