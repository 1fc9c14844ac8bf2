//! `hook install --global`: all repositories of a user, whose own hooks keep running.
#![cfg(unix)]

use crate::harness::{Outcome, Repo, github_token};
use std::path::{Path, PathBuf};

/// A user with a git configuration in their home, and a repository.
struct User {
    repo: Repo,
    gitconfig: PathBuf,
    settings: PathBuf,
}

impl User {
    fn new() -> Self {
        let repo = Repo::new();
        let (gitconfig, settings) = (repo.home().join("gitconfig"), repo.home().join("settings"));
        std::fs::write(&gitconfig, "[user]\n\tname = Ada\n").expect("it can be written");
        Self { repo, gitconfig, settings }
    }

    fn variables(&self) -> [(&str, &str); 2] {
        [
            ("GIT_CONFIG_GLOBAL", self.gitconfig.to_str().expect("UTF-8")),
            ("XDG_CONFIG_HOME", self.settings.to_str().expect("UTF-8")),
        ]
    }

    fn run(&self, folder: &str, arguments: &[&str]) -> Outcome {
        self.repo.run_with(folder, arguments, &self.variables(), b"")
    }

    /// Runs git with that configuration; whether it succeeded, and its output.
    fn git(&self, folder: &str, arguments: &[&str]) -> (bool, String) {
        let mut all = vec!["-c", "user.email=ada@example.org"];
        let path = format!("include.path={}", self.gitconfig.display());
        all.extend(["-c", &path]);
        all.extend(arguments);
        let (code, stdout, stderr) = self.repo.try_git(folder, &all);
        (code == 0, format!("{stdout}{stderr}"))
    }

    fn own_hook(&self, folder: &str, name: &str, text: &str) {
        let path = self.repo.path().join(folder).join(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        std::fs::write(&path, text).expect("it can be written");
        make_executable(&path);
    }
}

fn make_executable(path: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("it is ours");
}

#[test]
fn every_repository_is_covered_at_once_and_its_own_hooks_go_on_running() {
    let user = User::new();
    for name in ["post-commit", "prepare-commit-msg", "pre-commit", "commit-msg"] {
        user.own_hook(".git/hooks", name, &format!("#!/bin/sh\necho \"{name} $#\" >>ran\n"));
    }
    user.run(".", &["hook", "install", "--global", "--stage", "pre-commit", "--stage", "pre-push"]).exits(0);
    user.repo.write(".gitignore", "ran\ntree\nfar.git\n").write("a", "x").stage();
    let (passed, said) = user.git(".", &["commit", "-q", "-m", "fine"]);
    assert!(passed, "{said}");
    let ran = || std::fs::read_to_string(user.repo.path().join("ran")).unwrap_or_default();
    assert_eq!(ran(), "pre-commit 0\nprepare-commit-msg 2\ncommit-msg 1\npost-commit 0\n");
    user.repo.write("a.env", github_token(1)).stage();
    let (passed, said) = user.git(".", &["commit", "-q", "-m", "leak"]);
    assert!(!passed && said.contains("a.env"), "{said}");
    user.repo.git(&["rm", "-q", "-f", "--cached", "a.env"]);
    user.repo.remove("a.env");
    // In a linked worktree, in another repository, and in one made later.
    user.repo.git(&["worktree", "add", "-q", "tree"]);
    user.repo.git(&["init", "-q", "tree/later"]);
    for folder in ["tree", "tree/later"] {
        user.repo.write(&format!("{folder}/b.env"), github_token(2));
        assert!(user.git(folder, &["add", "b.env"]).0);
        let (passed, said) = user.git(folder, &["commit", "-q", "-m", "leak"]);
        assert!(!passed && said.contains("b.env"), "{folder}: {said}");
    }
    assert!(user.repo.path().join("tree/ran").exists(), "the hook that the worktrees share");
    // If its own hook refuses, so does git, and the hook gets the refs of a push.
    user.own_hook(".git/hooks", "pre-push", "#!/bin/sh\ncat >>ran\n");
    user.repo.git(&["init", "-q", "--bare", "far.git"]);
    let (passed, said) = user.git(".", &["push", "far.git", "main"]);
    assert!(passed && ran().contains("refs/heads/main"), "{said}");
    user.own_hook(".git/hooks", "commit-msg", "#!/bin/sh\nexit 3\n");
    assert!(!user.git(".", &["commit", "-q", "--allow-empty", "-m", "no"]).0);
    // `hook status` shows it.
    let outcome = user.run(".", &["hook", "status"]).exits(0);
    assert!(
        outcome.stdout.contains("installed and works") && outcome.stdout.contains("gitconfig"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stdout.contains("git does not run"), "{}", outcome.stdout);
    let outcome = user.run(".", &["hook", "install", "--stage", "pre-commit"]).exits(0);
    assert!(outcome.stdout.contains("already"), "{}", outcome.stdout);
    user.run(".", &["hook", "remove", "--global"]).exits(0);
    assert!(!user.settings.join("keydredge/hooks").exists());
    assert_eq!(
        std::fs::read_to_string(&user.gitconfig).expect("it is there").matches("hooksPath").count(),
        0
    );
    user.own_hook(".git/hooks", "commit-msg", "#!/bin/sh\n");
    user.repo.write("a.env", github_token(1)).stage();
    assert!(user.git(".", &["commit", "-q", "-m", "leak"]).0);
    user.run(".", &["hook", "remove", "--global"]).exits(0);
}

#[test]
fn what_somebody_else_has_set_for_all_repositories_is_left_alone() {
    let user = User::new();
    let other = user.repo.home().join("other");
    std::fs::write(&user.gitconfig, format!("[core]\n\thooksPath = {}\n", other.display()))
        .expect("it can be written");
    let outcome = user.run(".", &["hook", "install", "--global"]).exits(2);
    assert!(outcome.stderr.contains("names") && outcome.stderr.contains("other"), "{}", outcome.stderr);
    assert!(!user.settings.exists());
    let user = User::new();
    // A user's file, or a link, in the place of ours.
    let hooks = user.settings.join("keydredge/hooks");
    std::fs::create_dir_all(&hooks).expect("a folder can be made");
    std::fs::write(hooks.join("post-commit"), "mine\n").expect("it can be written");
    user.run(".", &["hook", "install", "--global"]).exits(2);
    assert_eq!(std::fs::read_to_string(hooks.join("post-commit")).expect("it is there"), "mine\n");
    std::fs::remove_file(hooks.join("post-commit")).expect("it is there");
    std::os::unix::fs::symlink("/nowhere", hooks.join("pre-commit")).expect("a link can be made");
    user.run(".", &["hook", "install", "--global"]).exits(2);
    assert!(!std::fs::read_to_string(&user.gitconfig).expect("it is there").contains("hooksPath"));
    // A repository does not affect its place: neither its configuration nor a relative folder.
    let relative =
        [("GIT_CONFIG_GLOBAL", user.gitconfig.to_str().expect("UTF-8")), ("XDG_CONFIG_HOME", "here")];
    user.repo.run_with(".", &["hook", "install", "--global"], &relative, b"").exits(2);
    user.run(".", &["hook", "install", "--global", "--server"]).exits(2);
}

#[test]
fn a_repository_with_a_hooks_path_of_its_own_is_not_covered_and_the_doctor_says_so() {
    let user = User::new();
    user.run(".", &["hook", "install", "--global"]).exits(0);
    user.repo.git(&["config", "core.hooksPath", ".husky/_"]);
    let outcome = user.run(".", &["hook", "status"]).exits(1);
    assert!(
        outcome.stdout.contains("not installed") && outcome.stdout.contains(".husky"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn what_is_no_file_is_not_replaced_by_a_configuration() {
    let user = User::new();
    let pipe = user.repo.home().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo can be run");
    assert!(made.success());
    let variables = [("GIT_CONFIG_GLOBAL", pipe.to_str().expect("UTF-8"))];
    let outcome = user.repo.run_with(".", &["hook", "install", "--global"], &variables, b"").exits(2);
    assert!(outcome.says("GIT_CONFIG_GLOBAL"), "{}", outcome.stderr);
    let kind = std::fs::symlink_metadata(&pipe).expect("it is there").file_type();
    assert!(std::os::unix::fs::FileTypeExt::is_fifo(&kind), "it is still a pipe");
}
