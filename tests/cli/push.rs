//! Hooks of a push: real pushes from a clone with the hook `pre-push`, and to a repository with the hooks of a server.

use crate::harness::{Repo, fake, github_token};

/// A leak as the line of a file.
fn leak(seed: u64) -> String {
    format!("TOKEN={}\n", github_token(seed))
}

/// A repository with a commit on `main`, pushed to the bare repository `far.git` in it, its remote `origin`.
fn with_remote() -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", "far.git\n").write("a", "x");
    repo.commit("one");
    repo.git(&["init", "-q", "--bare", "-b", "main", "far.git"]);
    repo.git(&["remote", "add", "origin", "far.git"]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo
}

/// Pushes; whether that succeeded, and the output.
fn push(repo: &Repo, arguments: &[&str]) -> (bool, String) {
    let (code, stdout, stderr) = repo.try_git(".", &[&["push", "origin"], arguments].concat());
    (code == 0, format!("{stdout}{stderr}"))
}

/// The places of a push's hooks: in the clone, and at either stage on the server.
const SIDES: [(&str, &[&str]); 3] = [
    (".", &["hook", "install", "--stage", "pre-push"]),
    ("far.git", &["hook", "install", "--server"]),
    ("far.git", &["hook", "install", "--stage", "update"]),
];

#[test]
fn if_git_names_no_ref_head_is_looked_at_and_the_report_says_that_nothing_else_was() {
    let repo = with_remote();
    let hook = |code: i32| {
        let arguments = ["hook", "run", "--stage", "pre-push", "--", "origin", "far.git"];
        let run = repo.run_with(".", &arguments, &[], b"").exits(code);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("Only HEAD was scanned") && !said.contains("ref pushed"), "{said}");
        said
    };
    hook(0);
    repo.write("head.env", leak(1));
    repo.commit("leak");
    assert!(hook(1).contains("head.env"));
    repo.git(&["push", "-q", "origin", "main"]);
    hook(0);
}

#[test]
fn a_push_that_brings_a_leak_in_any_way_is_stopped_and_the_rest_passes() {
    for (folder, install) in SIDES {
        let repo = with_remote();
        repo.run_with(folder, install, &[], b"").exits(0);
        let stopped = |arguments: &[&str], name: &str| {
            let (passed, said) = push(&repo, arguments);
            assert!(!passed && said.contains(name), "{install:?} {arguments:?}: {said}");
        };
        let passes = |arguments: &[&str]| {
            let (passed, said) = push(&repo, arguments);
            assert!(passed, "{install:?} {arguments:?}: {said}");
        };
        // A new branch, with the leak two commits back.
        repo.git(&["checkout", "-q", "-b", "back"]);
        repo.write("back.env", leak(1));
        repo.commit("leak");
        repo.write("b", "1");
        repo.commit("more");
        repo.write("b", "2");
        repo.commit("and more");
        stopped(&["back"], "back.env");
        // Added and removed in one push.
        repo.git(&["checkout", "-q", "-b", "gone", "main"]);
        repo.write("gone.env", leak(2));
        repo.commit("leak");
        repo.remove("gone.env");
        repo.commit("gone");
        stopped(&["gone"], "gone.env");
        // In the message of a commit, and of a tag, light and annotated.
        repo.git(&["checkout", "-q", "-b", "said", "main"]);
        repo.commit(&format!("use {}", github_token(3)));
        stopped(&["said"], "github-pat-classic");
        repo.git(&["tag", "light", "back"]);
        stopped(&["light"], "back.env");
        repo.git(&["tag", "-a", "-m", &format!("use {}", github_token(4)), "heavy", "main"]);
        stopped(&["heavy"], "github-pat-classic");
        // A file and a tree that only a tag names.
        repo.write("blob.env", leak(5));
        let blob = repo.git(&["hash-object", "-w", "blob.env"]);
        repo.git(&["tag", "file", &blob]);
        stopped(&["file"], "refs/tags/file");
        repo.git(&["add", "blob.env"]);
        let tree = repo.git(&["write-tree"]);
        repo.git(&["tag", "-a", "-m", "a tree", "tree", &tree]);
        stopped(&["tree"], "blob.env");
        repo.git(&["rm", "-q", "-f", "--cached", "blob.env"]);
        repo.remove("blob.env");
        // One leak among several refs stops all of them, except with `update`, which runs for each.
        repo.git(&["checkout", "-q", "-b", "fine", "main"]);
        repo.write("c", "1");
        repo.commit("fine");
        stopped(&["fine", "gone"], "gone.env");
        // These pass: a branch, a tag, a branch at a commit that is already there, a forced push, a deletion.
        passes(&["fine"]);
        passes(&["fine:refs/heads/again"]);
        repo.git(&["tag", "-a", "-m", "release", "v1", "fine"]);
        passes(&["v1"]);
        repo.git(&["commit", "-q", "--amend", "-m", "better"]);
        passes(&["--force", "fine"]);
        passes(&["--delete", "again"]);
        passes(&["fine"]);
        // A forced push that adds a leak.
        repo.write("forced.env", leak(6)).stage();
        repo.git(&["commit", "-q", "--amend", "-m", "worse"]);
        stopped(&["--force", "fine"], "forced.env");
        assert_eq!(
            repo.git_in("far.git", &["for-each-ref", "--format=%(refname)"]).lines().collect::<Vec<_>>(),
            ["refs/heads/fine", "refs/heads/main", "refs/tags/v1"],
            "{install:?}"
        );
        let objects = repo.git_in("far.git", &["count-objects", "-v"]);
        assert!(folder == "." || objects.contains("garbage: 0"), "{objects}");
    }
}

#[test]
fn what_the_other_side_has_already_is_no_news() {
    for (folder, install) in SIDES {
        let repo = with_remote();
        repo.write("old.env", leak(7));
        repo.commit("leak");
        push(&repo, &["main"]);
        repo.run_with(folder, install, &[], b"").exits(0);
        repo.git(&["checkout", "-q", "-b", "topic"]);
        repo.write("old.env", format!("# edited\n{}", leak(7)));
        repo.commit("edit");
        repo.git(&["mv", "old.env", "new.env"]);
        repo.commit("move");
        repo.git(&["checkout", "-q", "-b", "side", "main"]);
        repo.write("d", "1");
        repo.commit("side");
        repo.git(&["merge", "-q", "--no-edit", "topic"]);
        let (passed, said) = push(&repo, &["topic", "side"]);
        assert!(passed, "{install:?}: {said}");
    }
}

#[test]
fn what_git_says_of_the_other_side_outweighs_what_was_seen_of_it_before() {
    let repo = with_remote();
    let clean = repo.git(&["rev-parse", "HEAD"]);
    repo.write("leak.env", leak(9));
    let head = repo.commit("leak");
    // It was pushed, and the other side took it back.
    repo.git(&["update-ref", "refs/remotes/origin/main", &head]);
    let arguments = ["hook", "run", "--stage", "pre-push", "--", "origin", "far.git"];
    for old in [clean, "0".repeat(40)] {
        let line = format!("refs/heads/main {head} refs/heads/main {old}\n");
        repo.run_with(".", &arguments, &[], line.as_bytes()).exits(1);
    }
}

#[test]
fn a_file_that_a_tree_names_twice_is_looked_at_both_times() {
    let repo = with_remote();
    let clean = repo.git(&["rev-parse", "HEAD"]);
    let old = repo.git(&["rev-parse", "HEAD:a"]);
    repo.write("leak.env", leak(11));
    let new = repo.git(&["hash-object", "-w", "leak.env"]);
    let entry = |id: &str| {
        let digit = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).expect("an id is hex");
        [b"100644 a\0".to_vec(), (0..20).map(|at| digit(at * 2)).collect()].concat()
    };
    for order in [[&new, &old], [&old, &new]] {
        repo.write("tree", order.map(|id| entry(id)).concat());
        let tree = repo.git(&["hash-object", "-w", "--literally", "-t", "tree", "tree"]);
        let head = repo.git(&["commit-tree", "-p", "HEAD", "-m", "odd", &tree]);
        let arguments = ["hook", "run", "--stage", "pre-push", "--", "origin", "far.git"];
        let line = format!("refs/heads/main {head} refs/heads/main {clean}\n");
        repo.run_with(".", &arguments, &[], line.as_bytes()).exits(1);
    }
}

#[test]
fn on_a_server_the_settings_are_those_of_its_head_and_no_pushs() {
    let repo = with_remote();
    repo.run_with("far.git", &["hook", "install", "--server"], &[], b"").exits(0);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("keydredge.toml", "exclude = [\"*.env\"]\n").write("s.env", leak(8));
    repo.commit("silence it");
    let (passed, said) = push(&repo, &["topic"]);
    assert!(!passed && said.contains("s.env"), "{said}");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("keydredge.toml", "exclude = [\"*.env\"]\n");
    repo.commit("agreed on");
    assert!(push(&repo, &["main"]).0);
    let (passed, said) = push(&repo, &["topic"]);
    assert!(passed, "{said}");
}

#[test]
fn a_first_push_and_one_to_a_url_are_looked_at_whole() {
    let repo = Repo::new();
    repo.write(".gitignore", "far.git\n").write("s.env", leak(9));
    repo.commit("leak");
    repo.remove("s.env");
    repo.commit("gone");
    repo.run(&["hook", "install", "--stage", "pre-push"]).exits(0);
    repo.git(&["init", "-q", "--bare", "far.git"]);
    let url = format!("file://{}/far.git", repo.path().display());
    assert_ne!(repo.try_git(".", &["push", &url, "main"]).0, 0);
    repo.git(&["remote", "add", "origin", "far.git"]);
    assert!(!push(&repo, &["main"]).0);
    assert!(push(&repo, &["--no-verify", "main"]).0);
    // The remote has it now, as the remote-tracking refs show.
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("b", "x");
    repo.commit("fine");
    assert!(push(&repo, &["topic"]).0);
}

#[cfg(unix)]
#[test]
fn a_hook_that_was_there_gets_the_refs_too_and_decides_first() {
    for (folder, hooks, stage) in
        [(".", ".git/hooks", "pre-push"), ("far.git", "far.git/hooks", "pre-receive")]
    {
        let repo = with_remote();
        let path = repo.path().join(hooks).join(stage);
        let seen = repo.path().join("far.git/seen");
        let text = format!(
            "#!/bin/sh\ncat >'{}'\necho \"$# arguments\" >>'{0}'\n[ ! -e far.git/no ] && [ ! -e no ]\n",
            seen.display()
        );
        std::fs::write(&path, text).expect("it can be written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("it is ours");
        repo.run_with(folder, &["hook", "install", "--stage", stage], &[], b"").exits(0);
        repo.git(&["checkout", "-q", "-b", "topic"]);
        repo.write("b", "x");
        let head = repo.commit("fine");
        let (passed, said) = push(&repo, &["topic", "main:refs/heads/more"]);
        assert!(passed, "{said}");
        let text = std::fs::read_to_string(&seen).expect("the hook ran");
        assert!(text.contains(&head) && text.contains("refs/heads/more"), "{text}");
        assert!(text.contains(if stage == "pre-push" { "2 arguments" } else { "0 arguments" }), "{text}");
        repo.write("s.env", leak(10));
        repo.commit("leak");
        assert!(!push(&repo, &["topic"]).0);
        repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        std::fs::write(repo.path().join("far.git/no"), "").expect("it can be written");
        assert!(!push(&repo, &["main:refs/heads/other"]).0, "what the hook refuses is refused");
        repo.run_with(folder, &["hook", "remove"], &[], b"").exits(0);
        assert!(std::fs::read_to_string(&path).expect("it is back").contains("arguments"));
    }
}

#[test]
fn refs_that_git_would_not_write_are_an_error_and_none_are_clean() {
    let repo = with_remote();
    let id = repo.git(&["rev-parse", "HEAD"]);
    let run = |stage: &str, arguments: &[&str], input: &str| {
        let all = [&["hook", "run", "--stage", stage, "--"], arguments].concat();
        repo.run_with(".", &all, &[], input.as_bytes())
    };
    let unknown = "1".repeat(40);
    for (stage, arguments, input, code) in [
        ("pre-push", &["origin", "url"][..], String::new(), 0),
        ("pre-push", &[], String::new(), 0),
        ("pre-push", &["origin", "url"], format!("refs/heads/x {id} refs/heads/x {}\n", "0".repeat(40)), 0),
        ("pre-push", &["origin", "url"], format!("refs/heads/x {unknown} refs/heads/x {id}\n"), 2),
        ("pre-push", &["origin", "url"], format!("refs/heads/x {id} refs/heads/x {unknown}\n"), 0),
        ("pre-push", &["origin", "url"], format!("refs/heads/x {id} refs/heads/x\n"), 2),
        ("pre-push", &["origin", "url"], format!("{id} {id} refs/heads/x\n"), 2),
        ("pre-push", &["origin", "url"], "x\n".to_owned(), 2),
        ("pre-push", &["origin", "url"], "refs/heads/x HEAD refs/heads/x HEAD~1\n".to_owned(), 2),
        ("pre-receive", &[], "nonsense\n".to_owned(), 2),
        ("pre-receive", &[], format!("{} {unknown} refs/heads/x\n", "0".repeat(40)), 2),
        ("update", &[], String::new(), 2),
        ("update", &["refs/heads/x", &id], String::new(), 2),
        ("update", &["refs/heads/x", "main", &id], String::new(), 2),
        ("update", &["refs/heads/x", &id, &id], String::new(), 0),
        ("commit-msg", &[], String::new(), 2),
        ("commit-msg", &["nowhere"], String::new(), 2),
    ] {
        let outcome = run(stage, arguments, &input);
        assert_eq!(outcome.code, code, "{stage} {arguments:?} {input}: {}{}", outcome.stdout, outcome.stderr);
    }
    repo.run(&["hook", "run", "--stage", "prepare-commit-msg"]).exits(2);
    // Without a line nothing is pushed, or a hook manager does not pass it on: what is checked out is scanned.
    repo.write("s.env", leak(16));
    repo.commit("leak");
    run("pre-push", &["origin", "url"], "").exits(1);
    repo.git(&["push", "-q", "origin", "main"]);
    run("pre-push", &["origin", "url"], "").exits(0);
}

#[test]
fn a_token_in_the_name_of_a_pushed_ref_is_found() {
    for (folder, install) in SIDES {
        let repo = with_remote();
        repo.run_with(folder, install, &[], b"").exits(0);
        let token = github_token(11);
        let (passed, said) = push(&repo, &[&format!("main:refs/heads/{token}")]);
        assert!(!passed && said.contains("name of the ref"), "{said}");
    }
}

#[test]
fn what_a_framework_says_of_a_push_is_looked_at_as_git_says_it() {
    let repo = with_remote();
    let main = repo.git(&["rev-parse", "main"]);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("gone.env", leak(12));
    repo.commit("leak");
    repo.remove("gone.env");
    let head = repo.commit("gone");
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let all: Vec<_> = [("PRE_COMMIT", "1")].iter().chain(variables).copied().collect();
        repo.run_with(".", &[&["hook", "run"], arguments].concat(), &all, b"")
    };
    let remote = [
        ("PRE_COMMIT_REMOTE_NAME", "origin"),
        ("PRE_COMMIT_REMOTE_URL", "far.git"),
        ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/topic"),
        ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/topic"),
    ];
    let range = [("PRE_COMMIT_FROM_REF", main.as_str()), ("PRE_COMMIT_TO_REF", head.as_str())];
    for stage in [&[][..], &["--stage", "pre-push"]] {
        run(&[&remote[..], &range].concat(), stage).exits(1);
        run(&range, stage).exits(1);
        run(&[("PRE_COMMIT_ORIGIN", main.as_str()), ("PRE_COMMIT_SOURCE", head.as_str())], stage).exits(1);
        // For a branch of which the remote has nothing, it names no range but all files.
        run(&remote, &[stage, &["a"]].concat()).exits(1);
    }
    repo.git(&["update-ref", "refs/remotes/origin/topic", "topic"]);
    run(&remote, &["a"]).exits(0);
}

#[test]
fn a_leak_in_the_message_stops_a_commit() {
    let repo = Repo::new();
    repo.run(&["hook", "install", "--stage", "commit-msg"]).exits(0);
    assert!(!repo.path().join(".git/hooks/pre-commit").exists(), "what is named alone is installed");
    repo.write("a", "x").stage();
    let token = github_token(13);
    for message in [format!("use {token}"), format!("a\n\n# {token}\n"), format!("a\n\nToken: {token}")] {
        let (code, stdout, stderr) = repo.try_git(".", &["commit", "-q", "-m", &message]);
        assert_ne!(code, 0, "{message}");
        assert!(!stdout.contains(&token) && !stderr.contains(&token));
    }
    let (code, _, stderr) = repo.try_git(".", &["commit", "-q", "-m", "fine"]);
    assert_eq!(code, 0, "{stderr}");
    // Removed lines in git's diff below the scissors line are not new.
    repo.write("a.env", leak(14)).stage();
    repo.git(&["commit", "-q", "--no-verify", "-m", "leak"]);
    repo.remove("a.env").stage();
    let editor = [("GIT_EDITOR", "printf 'gone\\n' | cat - \"$1\" >.git/new; mv .git/new")];
    repo.git_with(&editor, &["commit", "-q", "--verbose"]);
    let password = fake("{base62:24}", 15);
    repo.write(".git/MSG", format!("a\n\npassword = \"{password}\"\n"));
    repo.run(&["hook", "run", "--stage", "commit-msg", ".git/MSG"]).exits(1);
}

#[test]
fn status_tries_the_hooks_of_pushes_and_messages_too() {
    let repo = with_remote();
    let all = ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"];
    let mut install = vec!["hook", "install"];
    all.iter().for_each(|stage| install.extend(["--stage", stage]));
    repo.run(&install).exits(0);
    let outcome = repo.run(&["hook", "status"]).exits(0);
    assert_eq!(outcome.stdout.matches("installed and works").count(), 4, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("The hook for pushes looks at all of these"), "{}", outcome.stdout);
    for stage in all {
        repo.write(&format!(".git/hooks/{stage}"), "#!/bin/sh\n# keydredge\nexit 0\n");
        let outcome = repo.run(&["hook", "status"]).exits(1);
        assert!(outcome.stdout.contains("lets a planted secret pass"), "{stage}: {}", outcome.stdout);
        repo.write(&format!(".git/hooks/{stage}"), include_str!("../../hooks/pre-commit"));
    }
    let status = |code: i32| repo.run_with("far.git", &["hook", "status"], &[], b"").exits(code).stdout;
    let said = status(1);
    assert!(said.contains("pre-receive: not installed") && !said.contains("pre-commit:"), "{said}");
    repo.run_with("far.git", &["hook", "install", "--server"], &[], b"").exits(0);
    let said = status(0);
    assert_eq!(said.matches("installed and works").count(), 1, "{said}");
    repo.run_with("far.git", &["hook", "install", "--stage", "update"], &[], b"").exits(0);
    let said = status(0);
    assert_eq!(said.matches("installed and works").count(), 2, "{said}");
    repo.run_with("far.git", &["hook", "remove"], &[], b"").exits(0);
    status(1);
}
