//! Events as the providers' documentation describes them, made for the test.

use super::*;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";
const OTHER: &str = "3333333333333333333333333333333333333333";
const ZERO: &str = "0000000000000000000000000000000000000000";

fn read(variables: &[(&str, &str)]) -> Result<Event, Error> {
    let all: BTreeMap<String, OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
    Event::read(&|name| all.get(name).cloned())
}

/// A GitHub event in a file.
fn github(name: &str, event: &str) -> Result<Event, Error> {
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(file.path(), event).expect("it can be written");
    github_at(name, file.path())
}

fn github_at(name: &str, path: &Path) -> Result<Event, Error> {
    let path = path.to_str().expect("UTF-8");
    read(&[
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", name),
        ("GITHUB_EVENT_PATH", path),
        ("GITHUB_SHA", OTHER),
    ])
}

#[test]
fn each_event_of_github_names_its_ends() {
    let request = format!(
        r#"{{"number":7,"pull_request":{{"number":7,"title":"$(touch x)","head":{{"sha":"{HEAD}","ref":"x"}},
            "base":{{"sha":"{BASE}","ref":"main"}}}},"repository":{{"default_branch":"main"}}}}"#
    );
    let push = |name: &str, before: &str, after: &str, more: &str| {
        format!(
            r#"{{"ref":"{name}","before":"{before}","after":"{after}"{more},"repository":{{"default_branch":"trunk"}}}}"#
        )
    };
    let base = || Base::Commit(BASE.to_owned());
    let table: Vec<(&str, String, EventKind, Base, &str)> = vec![
        ("pull_request", request.clone(), EventKind::Request, base(), HEAD),
        ("pull_request_target", request.clone(), EventKind::Request, base(), HEAD),
        ("pull_request_review", request, EventKind::Request, base(), HEAD),
        (
            "merge_group",
            format!(
                r#"{{"merge_group":{{"head_sha":"{HEAD}","base_sha":"{BASE}","base_ref":"refs/heads/main"}}}}"#
            ),
            EventKind::Request,
            base(),
            HEAD,
        ),
        ("push", push("refs/heads/x", BASE, HEAD, ""), EventKind::Push, base(), HEAD),
        (
            "push",
            push("refs/heads/x", ZERO, HEAD, r#","created":true"#),
            EventKind::Push,
            Base::Nothing,
            HEAD,
        ),
        (
            "push",
            push("refs/heads/x", BASE, ZERO, r#","deleted":true"#),
            EventKind::Deletion,
            Base::Unknown,
            "HEAD",
        ),
        ("push", push("refs/heads/x", BASE, ZERO, ""), EventKind::Deletion, Base::Unknown, "HEAD"),
        ("push", push("refs/tags/v1", ZERO, HEAD, ""), EventKind::Tag, Base::Nothing, HEAD),
        ("schedule", r#"{"schedule":"0 0 * * *"}"#.to_owned(), EventKind::Schedule, Base::Unknown, OTHER),
        ("workflow_dispatch", r#"{"inputs":{}}"#.to_owned(), EventKind::Manual, Base::Unknown, OTHER),
        ("issue_comment", "{}".to_owned(), EventKind::Manual, Base::Unknown, OTHER),
        ("release", "{}".to_owned(), EventKind::Tag, Base::Unknown, OTHER),
        (
            "workflow_run",
            format!(r#"{{"workflow_run":{{"head_sha":"{HEAD}","pull_requests":[]}}}}"#),
            EventKind::Push,
            Base::Unknown,
            HEAD,
        ),
        (
            "workflow_run",
            format!(
                r#"{{"workflow_run":{{"head_sha":"{HEAD}","pull_requests":[{{"number":3,"base":{{"sha":"{BASE}"}}}}]}}}}"#
            ),
            EventKind::Request,
            base(),
            HEAD,
        ),
    ];
    for (name, event, kind, base, head) in table {
        let read = github(name, &event).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (read.provider, read.kind, &read.base, read.head.as_str()),
            ("GitHub Actions", kind, &base, head),
            "{name}"
        );
    }
    let read = github("push", &push("refs/heads/a/b", BASE, HEAD, "")).expect("it is an event");
    assert_eq!((read.branch.as_deref(), read.default_branch.as_deref()), (Some("a/b"), Some("trunk")));
}

#[test]
fn an_event_that_is_missing_huge_or_wrong_is_an_error_and_never_no_change() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let request = |head: &str, base: &str| {
        format!(r#"{{"pull_request":{{"head":{{"sha":{head}}},"base":{{"sha":{base},"ref":"main"}}}}}}"#)
    };
    let (head, base) = (format!("\"{HEAD}\""), format!("\"{BASE}\""));
    let table: Vec<(&str, String)> = vec![
        ("pull_request", "{}".to_owned()),
        ("pull_request", "[]".to_owned()),
        ("pull_request", "null".to_owned()),
        ("pull_request", String::new()),
        ("pull_request", "{\"pull_request\":".to_owned()),
        ("pull_request", "[".repeat(100_000)),
        ("pull_request", request("7", &base)),
        ("pull_request", request("1111111", &base)),
        ("pull_request", request("{}", &base)),
        ("pull_request", request("\"--output=x\"", &base)),
        ("pull_request", request("\"main\"", &base)),
        ("pull_request", request("\"HEAD~3\"", &base)),
        ("pull_request", request(&head, "null")),
        ("pull_request", request(&head, "true")),
        ("pull_request", request(&head, "\"$(touch pwned)\"")),
        ("pull_request", request(&head, &format!("\"{BASE}\\n\""))),
        ("push", "{\"ref\":\"refs/heads/x\"}".to_owned()),
        ("push", format!(r#"{{"ref":"refs/heads/x","after":"{HEAD}"}}"#)),
        ("push", format!(r#"{{"ref":"refs/heads/x","after":"{HEAD}","before":"x"}}"#)),
        ("push", format!(r#"{{"ref":["refs/heads/x"],"after":"{HEAD}","before":"{BASE}"}}"#)),
        ("push", format!(r#"{{"ref":"refs/heads/-x","after":"{HEAD}","before":"{BASE}"}}"#)),
        ("merge_group", "{\"merge_group\":{}}".to_owned()),
        ("workflow_run", "{}".to_owned()),
    ];
    for (name, event) in table {
        let read = github(name, &event);
        assert!(read.is_err(), "{name} {}: {read:?}", &event[..event.len().min(80)]);
    }
    assert!(github_at("push", &folder.path().join("none")).is_err());
    assert!(github_at("push", folder.path()).is_err(), "a folder");
    let huge = folder.path().join("huge");
    let file = std::fs::File::create(&huge).expect("a file can be made");
    file.set_len(1 << 40).expect("it may have holes");
    assert!(github_at("push", &huge).is_err());
    assert!(read(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")]).is_err(), "no file is named");
    assert!(read(&[("GITHUB_ACTIONS", "true")]).is_err(), "nothing is known of what happened");
}

#[test]
fn each_provider_says_what_happened_in_its_own_variables() {
    const R: EventKind = EventKind::Request;
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], EventKind, Option<&'a str>, Option<&'a str>);
    let table: &[Row<'_>] = &[
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_IID", "3"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_COMMIT_BEFORE_SHA", ZERO),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", BASE),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ],
            R,
            Some(BASE),
            Some("main"),
        ),
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_IID", "3"),
                ("CI_COMMIT_SHA", OTHER),
                ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", HEAD),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", BASE),
            ],
            R,
            Some(BASE),
            None,
        ),
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_COMMIT_BEFORE_SHA", BASE),
                ("CI_COMMIT_BRANCH", "x"),
            ],
            EventKind::Push,
            Some(BASE),
            Some("x"),
        ),
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "parent_pipeline"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_COMMIT_BEFORE_SHA", BASE),
                ("CI_COMMIT_BRANCH", "x"),
            ],
            EventKind::Push,
            Some(BASE),
            Some("x"),
        ),
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "merge_request_event"),
                ("CI_MERGE_REQUEST_IID", ""),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", BASE),
            ],
            R,
            Some(BASE),
            None,
        ),
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_COMMIT_BEFORE_SHA", ZERO),
            ],
            EventKind::Push,
            Some(ZERO),
            None,
        ),
        (
            "GitLab CI",
            &[
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_COMMIT_TAG", "v1"),
            ],
            EventKind::Tag,
            None,
            Some("v1"),
        ),
        (
            "GitLab CI",
            &[("GITLAB_CI", "true"), ("CI_PIPELINE_SOURCE", "schedule"), ("CI_COMMIT_SHA", HEAD)],
            EventKind::Schedule,
            None,
            None,
        ),
        (
            "GitLab CI",
            &[("GITLAB_CI", "true"), ("CI_PIPELINE_SOURCE", "web"), ("CI_COMMIT_SHA", HEAD)],
            EventKind::Manual,
            None,
            None,
        ),
        (
            "Bitbucket Pipelines",
            &[
                ("BITBUCKET_BUILD_NUMBER", "1"),
                ("BITBUCKET_PR_ID", "3"),
                ("BITBUCKET_COMMIT", HEAD),
                ("BITBUCKET_PR_DESTINATION_COMMIT", "222222222222"),
                ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
            ],
            R,
            Some("222222222222"),
            Some("main"),
        ),
        (
            "Bitbucket Pipelines",
            &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_COMMIT", HEAD), ("BITBUCKET_BRANCH", "x")],
            EventKind::Push,
            None,
            Some("x"),
        ),
        (
            "Azure Pipelines",
            &[
                ("TF_BUILD", "True"),
                ("BUILD_REASON", "PullRequest"),
                ("BUILD_SOURCEVERSION", OTHER),
                ("SYSTEM_PULLREQUEST_SOURCECOMMITID", HEAD),
                ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
            ],
            R,
            None,
            Some("main"),
        ),
        (
            "Azure Pipelines",
            &[("TF_BUILD", "True"), ("BUILD_REASON", "IndividualCI"), ("BUILD_SOURCEVERSION", HEAD)],
            EventKind::Push,
            None,
            None,
        ),
        (
            "CircleCI",
            &[("CI", "true"), ("CIRCLECI", "true"), ("CIRCLE_SHA1", HEAD), ("CIRCLE_PR_BASE_SHA", BASE)],
            R,
            Some(BASE),
            None,
        ),
        (
            "CircleCI",
            &[("CIRCLECI", "true"), ("CIRCLE_SHA1", HEAD), ("CIRCLE_BASE_REVISION", BASE)],
            EventKind::Push,
            Some(BASE),
            None,
        ),
        (
            "Buildkite",
            &[
                ("BUILDKITE", "true"),
                ("BUILDKITE_COMMIT", HEAD),
                ("BUILDKITE_PULL_REQUEST", "12"),
                ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
            ],
            R,
            None,
            Some("main"),
        ),
        (
            "Buildkite",
            &[
                ("BUILDKITE", "true"),
                ("BUILDKITE_COMMIT", HEAD),
                ("BUILDKITE_PULL_REQUEST", "false"),
                ("BUILDKITE_BRANCH", "x"),
            ],
            EventKind::Push,
            None,
            Some("x"),
        ),
        (
            "Travis CI",
            &[
                ("TRAVIS", "true"),
                ("TRAVIS_PULL_REQUEST", "12"),
                ("TRAVIS_PULL_REQUEST_SHA", HEAD),
                ("TRAVIS_COMMIT", OTHER),
                ("TRAVIS_BRANCH", "main"),
            ],
            R,
            None,
            Some("main"),
        ),
        (
            "Travis CI",
            &[
                ("TRAVIS", "true"),
                ("TRAVIS_PULL_REQUEST", "false"),
                ("TRAVIS_COMMIT", HEAD),
                (
                    "TRAVIS_COMMIT_RANGE",
                    "2222222222222222222222222222222222222222...1111111111111111111111111111111111111111",
                ),
            ],
            EventKind::Push,
            Some(BASE),
            None,
        ),
        (
            "Travis CI",
            &[
                ("TRAVIS", "true"),
                ("TRAVIS_PULL_REQUEST", "false"),
                ("TRAVIS_COMMIT", HEAD),
                ("TRAVIS_COMMIT_RANGE", "...1111111111111111111111111111111111111111"),
            ],
            EventKind::Push,
            None,
            None,
        ),
        (
            "Drone",
            &[
                ("CI", "true"),
                ("DRONE", "true"),
                ("DRONE_COMMIT_SHA", HEAD),
                ("DRONE_PULL_REQUEST", "1"),
                ("DRONE_TARGET_BRANCH", "main"),
            ],
            R,
            None,
            Some("main"),
        ),
        (
            "Drone",
            &[
                ("DRONE", "true"),
                ("DRONE_COMMIT_SHA", HEAD),
                ("DRONE_COMMIT_BEFORE", BASE),
                ("DRONE_BRANCH", "x"),
            ],
            EventKind::Push,
            Some(BASE),
            Some("x"),
        ),
        (
            "Woodpecker",
            &[
                ("CI", "woodpecker"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_COMMIT_PULL_REQUEST", "1"),
                ("CI_COMMIT_TARGET_BRANCH", "main"),
            ],
            R,
            None,
            Some("main"),
        ),
        (
            "Woodpecker",
            &[
                ("CI", "woodpecker"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_PREV_COMMIT_SHA", OTHER),
                ("CI_COMMIT_BRANCH", "x"),
            ],
            EventKind::Push,
            None,
            Some("x"),
        ),
        (
            "Jenkins",
            &[
                ("JENKINS_URL", "http://j"),
                ("BUILD_NUMBER", "1"),
                ("GIT_COMMIT", HEAD),
                ("CHANGE_ID", "4"),
                ("CHANGE_TARGET", "main"),
            ],
            R,
            None,
            Some("main"),
        ),
        (
            "Jenkins",
            &[
                ("JENKINS_URL", "http://j"),
                ("BUILD_NUMBER", "1"),
                ("GIT_COMMIT", HEAD),
                ("GIT_PREVIOUS_SUCCESSFUL_COMMIT", BASE),
                ("BRANCH_NAME", "x"),
            ],
            EventKind::Push,
            Some(BASE),
            Some("x"),
        ),
        (
            "TeamCity",
            &[("TEAMCITY_VERSION", "2026"), ("BUILD_VCS_NUMBER", HEAD)],
            EventKind::Push,
            None,
            None,
        ),
    ];
    for &(provider, variables, kind, base, branch) in table {
        let event = read(variables).unwrap_or_else(|error| panic!("{provider}: {error}"));
        let base = match base {
            None => Base::Unknown,
            Some(ZERO) => Base::Nothing,
            Some(id) => Base::Commit(id.to_owned()),
        };
        let seen = (event.provider, event.kind, &event.base, event.branch.as_deref(), event.head.as_str());
        assert_eq!(seen, (provider, kind, &base, branch, HEAD));
    }
    let event = read(&[]).expect("it is a clone");
    assert_eq!((event.provider, event.kind, event.head.as_str()), ("git", EventKind::Push, "HEAD"));
}

#[test]
fn what_speaks_as_github_does_is_called_by_its_own_name() {
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(file.path(), "{}").expect("it can be written");
    let path = file.path().to_str().expect("UTF-8");
    for (variable, name) in [("GITEA_ACTIONS", "Gitea Actions"), ("FORGEJO_ACTIONS", "Forgejo Actions")] {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            (variable, "true"),
            ("GITHUB_EVENT_NAME", "schedule"),
            ("GITHUB_EVENT_PATH", path),
        ];
        assert_eq!(read(&variables).expect("it is an event").provider, name);
    }
}

#[test]
fn teamcity_keeps_a_pull_request_in_a_file_that_another_file_names() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (build, configuration) = (folder.path().join("b"), folder.path().join("c"));
    let named = configuration.to_str().expect("UTF-8").replace(':', "\\:");
    std::fs::write(
        &build,
        format!("#x\nbuild.vcs.number={HEAD}\nteamcity.configuration.properties.file={named}\n"),
    )
    .expect("it can be written");
    std::fs::write(
        &configuration,
        "teamcity.pullRequest.number=12\nteamcity.pullRequest.target.branch = feature\\:x\n",
    )
    .expect("it can be written");
    let build = build.to_str().expect("UTF-8").to_owned();
    let variables = [("TEAMCITY_VERSION", "2026"), ("TEAMCITY_BUILD_PROPERTIES_FILE", build.as_str())];
    assert!(matches!(read(&variables), Err(Error::NoBranch { .. })), "git allows no colon");
    std::fs::write(
        &configuration,
        "teamcity.pullRequest.number=12\nteamcity.pullRequest.target.branch=a\\=b\n",
    )
    .expect("it can be written");
    let event = read(&variables).expect("it is an event");
    assert_eq!((event.kind, event.branch.as_deref()), (EventKind::Request, Some("a=b")));
    assert_eq!((event.head.as_str(), event.head_ref.as_deref()), (HEAD, Some("refs/pull/12/head")));
}

#[test]
fn what_a_branch_may_be_called_is_what_git_says() {
    for (name, is) in [
        ("main", true),
        ("a/b", true),
        ("a-b", true),
        ("$(x)", true),
        ("`x`", true),
        ("ä", true),
        ("a;b", true),
        ("", false),
        ("-x", false),
        ("a b", false),
        ("a..b", false),
        ("a:b", false),
        ("a\nb", false),
        (".a", false),
        ("a/.b", false),
        ("a//b", false),
        ("a/", false),
        ("a.lock", false),
        ("a.", false),
        ("a@{b", false),
        ("@", false),
        ("a~1", false),
        ("a^", false),
        ("a*", false),
        ("a?", false),
        ("[a", false),
        ("a\\b", false),
    ] {
        assert_eq!(is_branch(name), is, "{name:?}");
    }
}
