//! `ci`: what each event of each provider is about, in clones as the providers make them.

use crate::harness::{Outcome, Repo, github_token};
use std::path::Path;

const ZERO: &str = "0000000000000000000000000000000000000000";

/// A leak as the line of a file.
fn leak(seed: u64) -> String {
    format!("TOKEN={}\n", github_token(seed))
}

/// The repository that a CI clones from: `main`, and `topic` with a clean commit, one that adds a leak, and one that
/// removes it; `clean` is the first of them.
struct Origin {
    repo: Repo,
    main: String,
    clean: String,
    topic: String,
}

impl Origin {
    fn new() -> Self {
        let repo = Repo::new();
        repo.write("a", "x");
        repo.commit("one");
        repo.write("a", "y");
        let main = repo.commit("two");
        repo.git(&["checkout", "-q", "-b", "topic"]);
        repo.write("b", "y");
        let clean = repo.commit("clean");
        repo.write("leak.env", leak(1));
        repo.commit("leak");
        repo.remove("leak.env");
        let topic = repo.commit("gone");
        repo.git(&["update-ref", "refs/pull/7/head", "topic"]);
        repo.git(&["branch", "clean", &clean]);
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        Self { repo, main, clean, topic }
    }

    /// A clone, at `checkout`.
    fn cloned(&self, arguments: &[&str], checkout: &str) -> Repo {
        let clone = Repo::plain();
        let url = format!("file://{}", self.repo.path().display());
        let mut all = vec!["clone", "-q"];
        all.extend(arguments);
        all.extend([url.as_str(), "."]);
        clone.git(&all);
        clone.git(&["checkout", "-q", "--detach", checkout]);
        clone
    }
}

/// `ci` in a job of GitHub's.
fn github(clone: &Repo, name: &str, event: &str, arguments: &[&str]) -> Outcome {
    let file = clone.home().join("event.json");
    std::fs::write(&file, event).expect("it can be written");
    github_at(clone, name, &file, arguments)
}

fn github_at(clone: &Repo, name: &str, file: &Path, arguments: &[&str]) -> Outcome {
    let head = clone.git(&["rev-parse", "HEAD"]);
    let file = file.to_str().expect("UTF-8");
    let variables = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", name),
        ("GITHUB_EVENT_PATH", file),
        ("GITHUB_SHA", head.as_str()),
    ];
    clone.run_with(".", &[&["ci"], arguments].concat(), &variables, b"")
}

fn request(base: &str, head: &str) -> String {
    format!(
        r#"{{"number":7,"pull_request":{{"number":7,"title":"$(touch pwned)","head":{{"sha":"{head}","ref":"`touch pwned`"}},
            "base":{{"sha":"{base}","ref":"main"}}}},"repository":{{"default_branch":"main"}}}}"#
    )
}

fn push(name: &str, before: &str, after: &str) -> String {
    format!(
        r#"{{"ref":"{name}","before":"{before}","after":"{after}","repository":{{"default_branch":"main"}}}}"#
    )
}

#[test]
fn what_a_pull_request_brings_on_the_way_is_found_and_its_end_alone_if_that_is_asked_for() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    for name in ["pull_request", "pull_request_target"] {
        let outcome = github(&clone, name, &request(&origin.main, &origin.topic), &[]).exits(1);
        assert!(outcome.stdout.contains("leak.env") && outcome.stdout.contains("published with the commits"));
        assert!(outcome.stdout.contains("\n::error file=leak.env"), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("GitHub Actions, pull request"), "{}", outcome.stdout);
        github(&clone, name, &request(&origin.main, &origin.topic), &["--net"]).exits(0);
        github(&clone, name, &request(&origin.main, &origin.clean), &[]).exits(0);
    }
    let group = format!(
        r#"{{"merge_group":{{"head_sha":"{}","base_sha":"{}","base_ref":"refs/heads/main"}}}}"#,
        origin.topic, origin.main
    );
    github(&clone, "merge_group", &group, &[]).exits(1);
    assert!(!clone.path().join("pwned").exists());
}

#[test]
fn the_checkout_of_the_base_does_not_hide_what_a_pull_request_brings() {
    let origin = Origin::new();
    // As for `pull_request_target`: the head is not even there.
    let clone = origin.cloned(&["--single-branch", "--branch", "main"], "origin/main");
    let event = request(&origin.main, &origin.topic);
    let outcome = github(&clone, "pull_request_target", &event, &[]).exits(2);
    assert!(
        outcome.stderr.contains(&origin.topic) && outcome.stderr.contains("--fetch"),
        "{}",
        outcome.stderr
    );
    github(&clone, "pull_request_target", &event, &["--fetch"]).exits(1);
    assert_eq!(clone.git(&["rev-parse", "HEAD"]), origin.main, "nothing is checked out");
}

#[test]
fn pushes_are_looked_at_from_what_was_before() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    let (main, clean, topic) = (origin.main.as_str(), origin.clean.as_str(), origin.topic.as_str());
    let unknown = "1234567890123456789012345678901234567890";
    let table = [
        ("a push", push("refs/heads/topic", clean, topic), 1),
        ("a clean push", push("refs/heads/topic", main, clean), 0),
        ("equal ends, which say nothing of what was before", push("refs/heads/topic", topic, topic), 1),
        ("a new branch", push("refs/heads/topic", ZERO, topic), 1),
        ("a new branch that is clean", push("refs/heads/clean", ZERO, clean), 0),
        ("a forced push whose former commit is gone", push("refs/heads/topic", unknown, topic), 1),
        ("a forced push back", push("refs/heads/topic", topic, clean), 0),
        ("a new tag", push("refs/tags/v1", ZERO, topic), 1),
        ("a deletion", push("refs/heads/topic", topic, ZERO), 0),
    ];
    for (what, event, code) in table {
        let outcome = github(&clone, "push", &event, &[]);
        assert_eq!(outcome.code, code, "{what}: {}{}", outcome.stdout, outcome.stderr);
    }
    let outcome = github(&clone, "push", &push("refs/heads/topic", unknown, topic), &["-f", "json"]).exits(1);
    let notes = outcome.json()["summary"]["coverage"]["notes"].to_string();
    assert!(notes.contains("a forced push") && notes.contains("`main`"), "{notes}");
    // On the default branch nothing can replace the former commit.
    let clone = origin.cloned(&[], "origin/main");
    let outcome = github(&clone, "push", &push("refs/heads/main", unknown, main), &[]).exits(2);
    assert!(outcome.stderr.contains(unknown), "{}", outcome.stderr);
}

#[test]
fn the_first_push_of_a_repository_is_looked_at_whole_and_not_by_its_own_settings() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "exclude = [\"*.env\"]\n").write("leak.env", leak(2));
    repo.commit("leak");
    repo.remove("leak.env");
    let head = repo.commit("gone");
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    github(&repo, "push", &push("refs/heads/main", ZERO, &head), &[]).exits(1);
    // Without a remote nothing is known to have been there before.
    repo.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    repo.run(&["ci"]).exits(1);
}

#[test]
fn without_a_change_the_files_or_the_history_are_scanned_and_never_nothing() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    let outcome = github(&clone, "schedule", r#"{"schedule":"0 0 * * *"}"#, &[]).exits(1);
    assert!(outcome.stdout.contains("leak.env"), "{}", outcome.stdout);
    // The check of such a run on a branch counts for its pull request, so what the branch brings is looked at as well.
    let clone_of_main = origin.cloned(&[], "origin/main");
    for name in ["workflow_dispatch", "repository_dispatch", "issue_comment", "something_new"] {
        let outcome = github(&clone_of_main, name, "{}", &["-f", "json"]).exits(0);
        assert_eq!(outcome.json()["summary"]["coverage"]["scanned"], 1, "{name}: {}", outcome.stdout);
        let outcome = github(&clone, name, "{}", &[]).exits(1);
        assert!(outcome.stdout.contains("leak.env"), "{}", outcome.stdout);
    }
    for clone in [clone, clone_of_main] {
        clone.write("new.env", leak(3));
        let outcome = github(&clone, "workflow_dispatch", "{}", &[]).exits(1);
        assert!(outcome.stdout.contains("new.env"), "{}", outcome.stdout);
    }
}

#[test]
fn a_run_on_a_branch_is_not_judged_by_the_settings_of_that_branch() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    clone.write("keydredge.toml", "exclude = [\"*.env\"]\n").write("leak.env", leak(4));
    let head = clone.commit("leak");
    let variables: &[&[(&str, &str)]] = &[
        &[("GITLAB_CI", "true"), ("CI_PIPELINE_SOURCE", "web"), ("CI_COMMIT_SHA", &head)],
        &[("TF_BUILD", "True"), ("BUILD_REASON", "Manual"), ("BUILD_SOURCEVERSION", &head)],
        &[("TRAVIS", "true"), ("TRAVIS_EVENT_TYPE", "api"), ("TRAVIS_COMMIT", &head)],
    ];
    for variables in variables {
        clone.run_with(".", &["ci"], variables, b"").exits(1);
        clone.run_with(".", &["ci", "--policy-from", "HEAD"], variables, b"").exits(0);
    }
    // A push to the default branch at a provider that names no commit before.
    clone.git(&["update-ref", "refs/remotes/origin/main", &head]);
    for variables in [
        &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_BRANCH", "main"), ("BITBUCKET_COMMIT", &head)][..],
        &[("TF_BUILD", "True"), ("BUILD_REASON", "IndividualCI"), ("BUILD_SOURCEVERSION", &head)],
        &[("TEAMCITY_VERSION", "1"), ("BUILD_VCS_NUMBER", &head)],
    ] {
        clone.run_with(".", &["ci"], variables, b"").exits(1);
        clone.run_with(".", &["ci", "--policy-from", "HEAD"], variables, b"").exits(0);
        clone.run_with(".", &["ci", "--policy-from", "keydredge.toml"], variables, b"").exits(2);
    }
    // A clone of a person's own: what is on disk counts.
    clone.run(&["ci"]).exits(0);
}

#[test]
fn a_ref_of_the_author_is_no_base_whatever_its_name() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    let topic = origin.topic.as_str();
    let request: &[&[(&str, &str)]] = &[
        &[
            ("BITBUCKET_BUILD_NUMBER", "1"),
            ("BITBUCKET_PR_ID", "1"),
            ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
            ("BITBUCKET_COMMIT", topic),
        ],
        &[
            ("JENKINS_URL", "x"),
            ("BUILD_NUMBER", "1"),
            ("CHANGE_ID", "1"),
            ("CHANGE_TARGET", "main"),
            ("GIT_COMMIT", topic),
        ],
    ];
    clone.git(&["update-ref", "-d", "refs/remotes/origin/HEAD"]);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    clone.git(&["branch", "-q", "-D", "main"]);
    for hostile in
        ["refs/tags/refs/remotes/origin/main", "refs/heads/refs/remotes/origin/main", "refs/heads/main"]
    {
        clone.git(&["update-ref", hostile, topic]);
        for variables in request {
            clone.run_with(".", &["ci"], variables, b"").exits(2);
        }
        github(&clone, "push", &push("refs/heads/topic", ZERO, topic), &[]).exits(1);
        clone.git(&["update-ref", "-d", hostile]);
    }
    clone.git(&["checkout", "-q", "-B", "main"]);
    for variables in request {
        clone.run_with(".", &["ci"], variables, b"").exits(2);
    }
    // A short name that may be two.
    clone.git(&["update-ref", "refs/remotes/origin/main", &origin.main]);
    clone.run(&["diff", "origin/main"]).exits(1);
    clone.git(&["tag", "origin/main", topic]);
    let outcome = clone.run(&["diff", "origin/main"]).exits(2);
    assert!(outcome.stderr.contains("refs/remotes/origin/main"), "{}", outcome.stderr);
}

#[test]
fn a_build_that_is_run_again_is_looked_at_again() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    let topic = origin.topic.as_str();
    for variables in [
        &[("CIRCLECI", "true"), ("CIRCLE_SHA1", topic), ("CIRCLE_BASE_REVISION", topic)][..],
        &[("JENKINS_URL", "x"), ("BUILD_NUMBER", "2"), ("GIT_COMMIT", topic), ("GIT_PREVIOUS_COMMIT", topic)],
    ] {
        clone.run_with(".", &["ci"], variables, b"").exits(1);
    }
}

#[test]
fn an_event_that_cannot_be_read_is_never_clean() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    for event in
        ["", "{}", "[]", "{\"pull_request\":7}", "{\"pull_request\":{\"head\":{\"sha\":[]}}}", "\u{0}"]
    {
        github(&clone, "pull_request", event, &[]).exits(2);
        github(&clone, "push", event, &[]).exits(2);
    }
    github_at(&clone, "push", Path::new("/nowhere/event.json"), &[]).exits(2);
    github_at(&clone, "push", &clone.path(), &[]).exits(2);
    for hostile in ["--output=pwned", "$(touch pwned)", "main", "HEAD", "@{upstream}", "main:x"] {
        github(&clone, "pull_request", &request(&origin.main, hostile), &["--fetch"]).exits(2);
        github(&clone, "pull_request", &request(hostile, &origin.topic), &["--fetch"]).exits(2);
    }
    let hostile =
        r"{'ref':'refs/heads/--upload-pack=touch pwned','before':'B','after':'A'}".replace('\'', "\"");
    let hostile = hostile.replace('B', &origin.main).replace('A', &origin.topic);
    github(&clone, "push", &hostile, &["--fetch"]).exits(2);
    assert!(!clone.path().join("pwned").exists());
}

#[test]
fn a_shallow_clone_is_refused_with_the_line_of_its_provider_and_deepened_if_that_is_asked_for() {
    let origin = Origin::new();
    let (main, topic) = (origin.main.as_str(), origin.topic.as_str());
    let gitlab = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let mut all = vec![("GITLAB_CI", "true".to_owned()), ("CI_COMMIT_SHA", topic.to_owned())];
        all.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    };
    let azure = [
        ("TF_BUILD", "True"),
        ("BUILD_REASON", "PullRequest"),
        ("BUILD_SOURCEVERSION", topic),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
    ];
    let travis = [
        ("TRAVIS", "true"),
        ("TRAVIS_PULL_REQUEST", "7"),
        ("TRAVIS_PULL_REQUEST_SHA", topic),
        ("TRAVIS_BRANCH", "main"),
    ];
    let owned = |variables: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let table = [
        (
            gitlab(&[
                ("CI_MERGE_REQUEST_IID", "7"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", main),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ]),
            "GIT_DEPTH",
        ),
        (
            gitlab(&[
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_COMMIT_BEFORE_SHA", ZERO),
                ("CI_COMMIT_BRANCH", "topic"),
                ("CI_DEFAULT_BRANCH", "main"),
            ]),
            "GIT_DEPTH",
        ),
        (gitlab(&[("CI_PIPELINE_SOURCE", "schedule")]), "GIT_DEPTH"),
        (owned(&azure), "fetchDepth: 0"),
        (owned(&travis), "depth: false"),
    ];
    for (variables, remedy) in table {
        let clone = origin.cloned(&["--depth", "1", "--branch", "topic"], "HEAD");
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let outcome = clone.run_with(".", &["ci"], &variables, b"").exits(2);
        assert!(outcome.stderr.contains(remedy) && outcome.stderr.contains("--fetch"), "{}", outcome.stderr);
        let outcome = clone.run_with(".", &["ci", "--fetch"], &variables, b"").exits(1);
        assert!(outcome.stdout.contains("leak.env"), "{}", outcome.stdout);
    }
    let clone = origin.cloned(&["--depth", "1", "--branch", "topic"], "HEAD");
    let event = request(main, topic);
    let outcome = github(&clone, "pull_request", &event, &[]).exits(2);
    assert!(outcome.stderr.contains("fetch-depth: 0"), "{}", outcome.stderr);
    github(&clone, "pull_request", &event, &["--fetch"]).exits(1);
    // Without a remote nothing can be fetched, and that is no clean run.
    let clone = origin.cloned(&["--depth", "1", "--branch", "topic"], "HEAD");
    clone.git(&["remote", "remove", "origin"]);
    github(&clone, "pull_request", &event, &["--fetch"]).exits(2);
}

#[test]
fn each_provider_finds_what_its_pull_request_and_its_push_bring() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    let (main, topic) = (origin.main.as_str(), origin.topic.as_str());
    let range = format!("{main}...{topic}");
    let short = &main[..12];
    let table: &[&[(&str, &str)]] = &[
        &[
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", topic),
            ("CI_MERGE_REQUEST_IID", "1"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", main),
        ],
        &[
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", topic),
            ("CI_PIPELINE_SOURCE", "push"),
            ("CI_COMMIT_BEFORE_SHA", main),
        ],
        &[
            ("BITBUCKET_BUILD_NUMBER", "1"),
            ("BITBUCKET_COMMIT", topic),
            ("BITBUCKET_PR_ID", "1"),
            ("BITBUCKET_PR_DESTINATION_COMMIT", short),
        ],
        &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_COMMIT", topic), ("BITBUCKET_BRANCH", "topic")],
        &[
            ("TF_BUILD", "True"),
            ("BUILD_REASON", "PullRequest"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", topic),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ],
        &[("TF_BUILD", "True"), ("BUILD_REASON", "IndividualCI"), ("BUILD_SOURCEVERSION", topic)],
        &[("CIRCLECI", "true"), ("CIRCLE_SHA1", topic), ("CIRCLE_PR_BASE_SHA", main)],
        &[("CIRCLECI", "true"), ("CIRCLE_SHA1", topic), ("CIRCLE_BRANCH", "topic")],
        &[
            ("JENKINS_URL", "http://j"),
            ("BUILD_NUMBER", "1"),
            ("GIT_COMMIT", topic),
            ("CHANGE_ID", "1"),
            ("CHANGE_TARGET", "main"),
        ],
        &[
            ("JENKINS_URL", "http://j"),
            ("BUILD_NUMBER", "1"),
            ("GIT_COMMIT", topic),
            ("GIT_PREVIOUS_COMMIT", main),
        ],
        &[
            ("BUILDKITE", "true"),
            ("BUILDKITE_COMMIT", "HEAD"),
            ("BUILDKITE_PULL_REQUEST", "1"),
            ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
        ],
        &[
            ("BUILDKITE", "true"),
            ("BUILDKITE_COMMIT", topic),
            ("BUILDKITE_PULL_REQUEST", "false"),
            ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
        ],
        &[
            ("TRAVIS", "true"),
            ("TRAVIS_PULL_REQUEST", "1"),
            ("TRAVIS_PULL_REQUEST_SHA", topic),
            ("TRAVIS_BRANCH", "main"),
        ],
        &[
            ("TRAVIS", "true"),
            ("TRAVIS_PULL_REQUEST", "false"),
            ("TRAVIS_COMMIT", topic),
            ("TRAVIS_COMMIT_RANGE", &range),
        ],
        &[
            ("DRONE", "true"),
            ("DRONE_COMMIT_SHA", topic),
            ("DRONE_PULL_REQUEST", "1"),
            ("DRONE_TARGET_BRANCH", "main"),
        ],
        &[("DRONE", "true"), ("DRONE_COMMIT_SHA", topic), ("DRONE_COMMIT_BEFORE", main)],
        &[
            ("CI", "woodpecker"),
            ("CI_COMMIT_SHA", topic),
            ("CI_COMMIT_PULL_REQUEST", "1"),
            ("CI_COMMIT_TARGET_BRANCH", "main"),
        ],
        &[("CI", "woodpecker"), ("CI_COMMIT_SHA", topic), ("CI_REPO_DEFAULT_BRANCH", "main")],
        &[("TEAMCITY_VERSION", "1"), ("BUILD_VCS_NUMBER", topic)],
        &[],
    ];
    for variables in table {
        let outcome = clone.run_with(".", &["ci", "-f", "json"], variables, b"").exits(1);
        assert_eq!(outcome.found().len(), 1, "{variables:?}: {}", outcome.stdout);
        assert_eq!(outcome.found()[0].1, ["leak.env"], "{variables:?}");
        assert_eq!(outcome.json()["summary"]["command"], "ci");
    }
    // A request without a base does not count as one without changes.
    let none = [("BUILDKITE", "true"), ("BUILDKITE_COMMIT", topic), ("BUILDKITE_PULL_REQUEST", "1")];
    clone.run_with(".", &["ci"], &none, b"").exits(2);
    let none =
        [("TF_BUILD", "True"), ("BUILD_REASON", "PullRequest"), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "nope")];
    clone.run_with(".", &["ci"], &none, b"").exits(2);
}

#[test]
fn a_pull_request_does_not_choose_what_it_is_judged_by() {
    let origin = Origin::new();
    let repo = &origin.repo;
    repo.git(&["checkout", "-q", "topic"]);
    repo.write("keydredge.toml", "exclude = [\"*.env\"]\n").write("new.env", leak(4));
    let head = repo.commit("silence it");
    let clone = origin.cloned(&[], "origin/topic");
    let event = request(&origin.main, &head);
    let outcome = github(&clone, "pull_request", &event, &[]).exits(1);
    assert!(
        outcome.stdout.contains("new.env") && outcome.stdout.contains("this change would"),
        "{}",
        outcome.stdout
    );
    github(&clone, "pull_request", &event, &["--policy-from", "HEAD"]).exits(0);
}

#[test]
fn the_summary_of_the_job_is_added_to_and_a_report_beside_it_stays_whole() {
    let origin = Origin::new();
    let clone = origin.cloned(&[], "origin/topic");
    let (event, summary) = (clone.home().join("event.json"), clone.home().join("summary.md"));
    std::fs::write(&event, request(&origin.main, &origin.topic)).expect("it can be written");
    std::fs::write(&summary, "before\n").expect("it can be written");
    let run = |arguments: &[&str], summary: &Path| {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", event.to_str().expect("UTF-8")),
            ("GITHUB_STEP_SUMMARY", summary.to_str().expect("UTF-8")),
        ];
        clone.run_with(".", &[&["ci"], arguments].concat(), &variables, b"")
    };
    let outcome = run(&["-f", "json", "--report", "sarif=out.sarif"], &summary).exits(1);
    assert_eq!(outcome.found().len(), 1, "JSON alone is on standard output");
    assert!(outcome.stderr.contains("::error file=leak.env"), "{}", outcome.stderr);
    let text = std::fs::read_to_string(&summary).expect("it is there");
    assert!(text.starts_with("before\n") && text.contains("1 secret found"), "{text}");
    assert!(!text.contains(&github_token(1)), "{text}");
    let sarif = std::fs::read_to_string(clone.path().join("out.sarif")).expect("it is written");
    assert!(sarif.contains("leak.env"));
    run(&[], &clone.path()).exits(2);
}

#[test]
fn a_tag_is_looked_at_with_its_message_also_if_its_commit_is_an_old_one() {
    let origin = Origin::new();
    let said = format!("use {}", github_token(5));
    origin.repo.git(&["tag", "-a", "-m", "release", "v1", "main"]);
    origin.repo.git(&["tag", "-a", "-m", &said, "v2", "main"]);
    origin.repo.git(&["tag", "-a", "-m", &said, "v3", "clean"]);
    origin.repo.git(&["tag", "v4", "topic"]);
    for (name, code) in [("v1", 0), ("v2", 1), ("v3", 1), ("v4", 1)] {
        let clone = origin.cloned(&[], name);
        let head = clone.git(&["rev-parse", "HEAD"]);
        let event = push(&format!("refs/tags/{name}"), ZERO, &clone.git(&["rev-parse", name]));
        let outcome = github(&clone, "push", &event, &[]);
        assert_eq!(outcome.code, code, "{name}: {}{}", outcome.stdout, outcome.stderr);
        let gitlab = [("GITLAB_CI", "true"), ("CI_COMMIT_SHA", head.as_str()), ("CI_COMMIT_TAG", name)];
        assert_eq!(clone.run_with(".", &["ci"], &gitlab, b"").code, code, "{name}");
        // The tag has not been fetched.
        clone.git(&["tag", "-d", name]);
        clone.git(&["-c", "gc.reflogExpire=now", "gc", "-q", "--prune=now"]);
        let is_there = clone.try_git(".", &["cat-file", "-e", &origin.repo.git(&["rev-parse", name])]).0 == 0;
        assert_eq!(github(&clone, "push", &event, &[]).code, if is_there { code } else { 2 }, "{name}");
        assert_eq!(github(&clone, "push", &event, &["--fetch"]).code, code, "{name}");
    }
    let clone = origin.cloned(&[], "v2");
    clone.write("new.env", leak(6));
    let event = push("refs/tags/v2", ZERO, &clone.git(&["rev-parse", "v2"]));
    let outcome = github(&clone, "push", &event, &["-f", "json"]).exits(1);
    assert_eq!(outcome.found().len(), 2, "the files are scanned, too: {}", outcome.stdout);
    clone.run(&["diff", "origin/main..v2"]).exits(1);
    clone.run(&["diff", "origin/main..v1"]).exits(0);
}

#[test]
fn the_test_merge_of_a_pull_request_is_enough_for_its_net_change_and_for_no_more() {
    let origin = Origin::new();
    let repo = &origin.repo;
    repo.git(&["checkout", "-q", "topic"]);
    repo.write("end.env", leak(7));
    let head = repo.commit("a leak that stays");
    repo.git(&["checkout", "-q", "--detach", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "topic"]);
    repo.git(&["update-ref", "refs/pull/7/merge", "HEAD"]);
    let clone = Repo::new();
    clone.git(&["remote", "add", "origin", &format!("file://{}", repo.path().display())]);
    clone.git(&["fetch", "-q", "--depth", "2", "origin", "refs/pull/7/merge"]);
    clone.git(&["checkout", "-q", "--detach", "FETCH_HEAD"]);
    let event = request(&origin.main, &head);
    let outcome = github(&clone, "pull_request", &event, &["--net", "-f", "json"]).exits(1);
    assert_eq!(outcome.found().len(), 1, "{}", outcome.stdout);
    assert_eq!(outcome.found()[0].1, ["end.env"]);
    github(&clone, "pull_request", &event, &[]).exits(2);
    let outcome = github(&clone, "pull_request", &event, &["--fetch", "-f", "json"]).exits(1);
    assert_eq!(outcome.found().len(), 2, "{}", outcome.stdout);
    // A merge of something else says nothing about this head.
    github(&clone, "pull_request", &request(&origin.main, &origin.clean), &["--net"]).exits(0);
}
