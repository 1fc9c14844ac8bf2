//! The providers, a row each, and their events, a row each.
//!
//! The order matters: the more specific provider comes first (a Gitea also claims to be GitHub). Of a provider's
//! events the first whose conditions are true is the one that happened. Sources are the providers' lists of
//! predefined variables.

use super::EventKind;
use super::field::Field::{self, Event, From, Maybe, Property, Var};

/// A condition.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// It is there, not empty, and not `false`.
    Set(Field),
    /// It is this text, in capitals or not.
    Is(Field, &'static str),
    /// It begins with this text.
    Begins(Field, &'static str),
    /// It is an id of zeros.
    Zero(Field),
}

use When::{Begins, Is, Set, Zero};

/// A provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) name: &'static str,
    /// The conditions for this one.
    pub(super) when: &'static [When],
    pub(super) default_branch: &'static [Field],
    /// The text before and after the number of a request in the ref of its head.
    pub(super) request_ref: Option<(&'static str, &'static str)>,
    /// How to have it fetch the whole history, as an order.
    pub(super) remedy: &'static str,
    pub(super) rows: &'static [Row],
}

/// An event. Of several fields the first that is set counts.
#[derive(Debug)]
pub(super) struct Row {
    /// The conditions for this one.
    pub(super) when: &'static [When],
    pub(super) kind: EventKind,
    /// The commit to scan; HEAD if there is none.
    pub(super) head: &'static [Field],
    /// The commit before.
    pub(super) base: &'static [Field],
    /// The branch or tag that was pushed, or the branch that a request is for.
    pub(super) branch: &'static [Field],
    /// The number of a request.
    pub(super) number: &'static [Field],
}

const fn row(kind: EventKind, when: &'static [When], head: &'static [Field]) -> Row {
    Row { when, kind, head, base: &[], branch: &[], number: &[] }
}

const fn tag(when: &'static [When], name: &'static [Field], head: &'static [Field]) -> Row {
    Row { branch: name, ..row(EventKind::Tag, when, head) }
}

const fn manual(when: &'static [When], branch: &'static [Field], head: &'static [Field]) -> Row {
    Row { branch, ..row(EventKind::Manual, when, head) }
}

/// The event if nothing else is known: HEAD is scanned.
pub(super) const PLAIN: Row = row(EventKind::Push, &[], &[]);

/// A clone that no provider made.
pub(super) const GIT: Provider = Provider {
    name: "git",
    when: &[],
    default_branch: &[],
    request_ref: None,
    remedy: "run `git fetch --unshallow origin`",
    rows: &[PLAIN],
};

const GITHUB_EVENTS: &[Row] = &[
    Row {
        base: &[Event("/merge_group/base_sha")],
        branch: &[Maybe("/merge_group/base_ref")],
        ..row(
            EventKind::Request,
            &[Is(Var("GITHUB_EVENT_NAME"), "merge_group")],
            &[Event("/merge_group/head_sha")],
        )
    },
    // pull_request, pull_request_target, pull_request_review, pull_request_review_comment
    Row {
        base: &[Event("/pull_request/base/sha")],
        branch: &[Maybe("/pull_request/base/ref")],
        number: &[Maybe("/pull_request/number"), Maybe("/number")],
        ..row(
            EventKind::Request,
            &[Begins(Var("GITHUB_EVENT_NAME"), "pull_request")],
            &[Event("/pull_request/head/sha")],
        )
    },
    row(EventKind::Deletion, &[Is(Var("GITHUB_EVENT_NAME"), "push"), Is(Maybe("/deleted"), "true")], &[]),
    row(EventKind::Deletion, &[Is(Var("GITHUB_EVENT_NAME"), "push"), Zero(Event("/after"))], &[]),
    Row {
        base: &[Event("/before")],
        branch: &[Event("/ref")],
        ..row(
            EventKind::Tag,
            &[Is(Var("GITHUB_EVENT_NAME"), "push"), Begins(Event("/ref"), "refs/tags/")],
            // Of an annotated tag it is the tag itself.
            &[Event("/after")],
        )
    },
    Row {
        base: &[Event("/before")],
        branch: &[Event("/ref")],
        ..row(EventKind::Push, &[Is(Var("GITHUB_EVENT_NAME"), "push")], &[Event("/after")])
    },
    // Its job is the default branch's; what it is about is in the event. That of a fork names no pull request.
    Row {
        base: &[Event("/workflow_run/pull_requests/0/base/sha")],
        branch: &[Maybe("/workflow_run/pull_requests/0/base/ref")],
        number: &[Maybe("/workflow_run/pull_requests/0/number")],
        ..row(
            EventKind::Request,
            &[
                Is(Var("GITHUB_EVENT_NAME"), "workflow_run"),
                Set(Maybe("/workflow_run/pull_requests/0/base/sha")),
            ],
            &[Event("/workflow_run/head_sha")],
        )
    },
    row(EventKind::Push, &[Is(Var("GITHUB_EVENT_NAME"), "workflow_run")], &[Event("/workflow_run/head_sha")]),
    row(EventKind::Schedule, &[Is(Var("GITHUB_EVENT_NAME"), "schedule")], &[Var("GITHUB_SHA")]),
    tag(&[Is(Var("GITHUB_EVENT_NAME"), "release")], &[Maybe("/release/tag_name")], &[Var("GITHUB_SHA")]),
    manual(&[Set(Var("GITHUB_EVENT_NAME"))], &[Var("GITHUB_REF")], &[Var("GITHUB_SHA")]),
];

/// A provider with GitHub's variables and events.
const fn like_github(name: &'static str, when: &'static [When]) -> Provider {
    Provider {
        name,
        when,
        default_branch: &[Maybe("/repository/default_branch")],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "say `fetch-depth: 0` in the checkout step",
        rows: GITHUB_EVENTS,
    }
}

/// GitLab's push.
const fn gitlab_push(when: &'static [When]) -> Row {
    Row {
        base: &[Var("CI_COMMIT_BEFORE_SHA")],
        branch: &[Var("CI_COMMIT_BRANCH")],
        ..row(EventKind::Push, when, &[Var("CI_COMMIT_SHA")])
    }
}

/// GitLab's merge request.
const fn merge_request(when: &'static [When]) -> Row {
    Row {
        base: &[Var("CI_MERGE_REQUEST_DIFF_BASE_SHA")],
        branch: &[Var("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")],
        number: &[Var("CI_MERGE_REQUEST_IID")],
        ..row(
            EventKind::Request,
            when,
            // For a merged result the commit is a merge that GitLab made.
            &[Var("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"), Var("CI_COMMIT_SHA")],
        )
    }
}

/// A pull request at GitHub for which GitLab runs.
const fn external_request(when: &'static [When]) -> Row {
    Row {
        branch: &[Var("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME")],
        base: &[Var("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA")],
        ..row(
            EventKind::Request,
            when,
            &[Var("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA"), Var("CI_COMMIT_SHA")],
        )
    }
}

/// All providers.
pub(super) const PROVIDERS: &[Provider] = &[
    like_github("Forgejo Actions", &[Set(Var("FORGEJO_ACTIONS")), Set(Var("GITHUB_EVENT_NAME"))]),
    like_github("Gitea Actions", &[Set(Var("GITEA_ACTIONS")), Set(Var("GITHUB_EVENT_NAME"))]),
    like_github("GitHub Actions", &[Set(Var("GITHUB_ACTIONS"))]),
    Provider {
        name: "GitLab CI",
        when: &[Set(Var("GITLAB_CI"))],
        default_branch: &[Var("CI_DEFAULT_BRANCH")],
        request_ref: Some(("refs/merge-requests/", "/head")),
        remedy: "set the variable `GIT_DEPTH: \"0\"` for the job",
        rows: &[
            merge_request(&[Set(Var("CI_MERGE_REQUEST_IID"))]),
            // A job's `variables:` may have emptied the number.
            merge_request(&[Is(Var("CI_PIPELINE_SOURCE"), "merge_request_event")]),
            external_request(&[Set(Var("CI_EXTERNAL_PULL_REQUEST_IID"))]),
            external_request(&[Is(Var("CI_PIPELINE_SOURCE"), "external_pull_request_event")]),
            tag(&[Set(Var("CI_COMMIT_TAG"))], &[Var("CI_COMMIT_TAG")], &[Var("CI_COMMIT_SHA")]),
            row(EventKind::Schedule, &[Is(Var("CI_PIPELINE_SOURCE"), "schedule")], &[Var("CI_COMMIT_SHA")]),
            gitlab_push(&[Is(Var("CI_PIPELINE_SOURCE"), "push")]),
            // A child pipeline has its parent's variables, and does not say what started that one.
            gitlab_push(&[Is(Var("CI_PIPELINE_SOURCE"), "parent_pipeline")]),
            manual(&[Set(Var("CI_PIPELINE_SOURCE"))], &[Var("CI_COMMIT_BRANCH")], &[Var("CI_COMMIT_SHA")]),
            gitlab_push(&[]),
        ],
    },
    Provider {
        name: "Bitbucket Pipelines",
        when: &[Set(Var("BITBUCKET_BUILD_NUMBER"))],
        default_branch: &[],
        request_ref: None,
        remedy: "say `clone: { depth: full }` in bitbucket-pipelines.yml",
        rows: &[
            Row {
                base: &[Var("BITBUCKET_PR_DESTINATION_COMMIT")],
                branch: &[Var("BITBUCKET_PR_DESTINATION_BRANCH")],
                ..row(EventKind::Request, &[Set(Var("BITBUCKET_PR_ID"))], &[Var("BITBUCKET_COMMIT")])
            },
            tag(&[Set(Var("BITBUCKET_TAG"))], &[Var("BITBUCKET_TAG")], &[Var("BITBUCKET_COMMIT")]),
            Row {
                branch: &[Var("BITBUCKET_BRANCH")],
                ..row(EventKind::Push, &[], &[Var("BITBUCKET_COMMIT")])
            },
        ],
    },
    Provider {
        name: "Azure Pipelines",
        when: &[Is(Var("TF_BUILD"), "true")],
        default_branch: &[],
        request_ref: None,
        remedy: "say `fetchDepth: 0` in the `checkout: self` step",
        rows: &[
            Row {
                branch: &[Var("SYSTEM_PULLREQUEST_TARGETBRANCH")],
                ..row(
                    EventKind::Request,
                    &[Is(Var("BUILD_REASON"), "PullRequest")],
                    &[Var("SYSTEM_PULLREQUEST_SOURCECOMMITID"), Var("BUILD_SOURCEVERSION")],
                )
            },
            tag(
                &[Begins(Var("BUILD_SOURCEBRANCH"), "refs/tags/")],
                &[Var("BUILD_SOURCEBRANCH")],
                &[Var("BUILD_SOURCEVERSION")],
            ),
            row(EventKind::Schedule, &[Is(Var("BUILD_REASON"), "Schedule")], &[Var("BUILD_SOURCEVERSION")]),
            manual(
                &[Is(Var("BUILD_REASON"), "Manual")],
                &[Var("BUILD_SOURCEBRANCH")],
                &[Var("BUILD_SOURCEVERSION")],
            ),
            Row {
                branch: &[Var("BUILD_SOURCEBRANCH")],
                ..row(EventKind::Push, &[], &[Var("BUILD_SOURCEVERSION")])
            },
        ],
    },
    Provider {
        name: "CircleCI",
        when: &[Set(Var("CIRCLECI"))],
        // Values of the pipeline, which the job's `environment` has to pass on under these names.
        default_branch: &[Var("CIRCLE_DEFAULT_BRANCH")],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "say `method: full` in the `checkout` step",
        rows: &[
            tag(&[Set(Var("CIRCLE_TAG"))], &[Var("CIRCLE_TAG")], &[Var("CIRCLE_SHA1")]),
            Row {
                base: &[Var("CIRCLE_PR_BASE_SHA")],
                branch: &[Var("CIRCLE_PR_BASE_BRANCH")],
                number: &[Var("CIRCLE_PR_NUMBER")],
                ..row(EventKind::Request, &[Set(Var("CIRCLE_PR_BASE_SHA"))], &[Var("CIRCLE_SHA1")])
            },
            Row {
                branch: &[Var("CIRCLE_PR_BASE_BRANCH")],
                number: &[Var("CIRCLE_PR_NUMBER")],
                ..row(EventKind::Request, &[Set(Var("CIRCLE_PR_BASE_BRANCH"))], &[Var("CIRCLE_SHA1")])
            },
            Row {
                base: &[Var("CIRCLE_BASE_REVISION")],
                branch: &[Var("CIRCLE_BRANCH")],
                ..row(EventKind::Push, &[], &[Var("CIRCLE_SHA1")])
            },
        ],
    },
    Provider {
        name: "Buildkite",
        when: &[Set(Var("BUILDKITE"))],
        default_branch: &[Var("BUILDKITE_PIPELINE_DEFAULT_BRANCH")],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "take `--depth` out of BUILDKITE_GIT_CLONE_FLAGS and BUILDKITE_GIT_FETCH_FLAGS",
        rows: &[
            Row {
                base: &[Var("BUILDKITE_MERGE_QUEUE_BASE_COMMIT")],
                branch: &[Var("BUILDKITE_MERGE_QUEUE_BASE_BRANCH")],
                ..row(
                    EventKind::Request,
                    &[Set(Var("BUILDKITE_MERGE_QUEUE_BASE_COMMIT"))],
                    &[Var("BUILDKITE_COMMIT")],
                )
            },
            Row {
                branch: &[Var("BUILDKITE_PULL_REQUEST_BASE_BRANCH")],
                number: &[Var("BUILDKITE_PULL_REQUEST")],
                ..row(EventKind::Request, &[Set(Var("BUILDKITE_PULL_REQUEST"))], &[Var("BUILDKITE_COMMIT")])
            },
            tag(&[Set(Var("BUILDKITE_TAG"))], &[Var("BUILDKITE_TAG")], &[Var("BUILDKITE_COMMIT")]),
            row(EventKind::Schedule, &[Is(Var("BUILDKITE_SOURCE"), "schedule")], &[Var("BUILDKITE_COMMIT")]),
            Row {
                branch: &[Var("BUILDKITE_BRANCH")],
                ..row(EventKind::Push, &[], &[Var("BUILDKITE_COMMIT")])
            },
        ],
    },
    Provider {
        name: "Travis CI",
        when: &[Set(Var("TRAVIS"))],
        default_branch: &[],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "say `git: { depth: false }` in .travis.yml",
        rows: &[
            Row {
                branch: &[Var("TRAVIS_BRANCH")],
                number: &[Var("TRAVIS_PULL_REQUEST")],
                ..row(
                    EventKind::Request,
                    &[Set(Var("TRAVIS_PULL_REQUEST"))],
                    &[Var("TRAVIS_PULL_REQUEST_SHA"), Var("TRAVIS_COMMIT")],
                )
            },
            tag(&[Set(Var("TRAVIS_TAG"))], &[Var("TRAVIS_TAG")], &[Var("TRAVIS_COMMIT")]),
            row(EventKind::Schedule, &[Is(Var("TRAVIS_EVENT_TYPE"), "cron")], &[Var("TRAVIS_COMMIT")]),
            manual(&[Is(Var("TRAVIS_EVENT_TYPE"), "api")], &[Var("TRAVIS_BRANCH")], &[Var("TRAVIS_COMMIT")]),
            Row {
                base: &[From("TRAVIS_COMMIT_RANGE")],
                branch: &[Var("TRAVIS_BRANCH")],
                ..row(EventKind::Push, &[], &[Var("TRAVIS_COMMIT")])
            },
        ],
    },
    Provider {
        name: "Drone",
        when: &[Set(Var("DRONE"))],
        default_branch: &[Var("DRONE_REPO_BRANCH")],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "say `clone: { depth: 0 }` in .drone.yml",
        rows: &[
            Row {
                base: &[],
                branch: &[Var("DRONE_TARGET_BRANCH")],
                number: &[Var("DRONE_PULL_REQUEST")],
                ..row(EventKind::Request, &[Set(Var("DRONE_PULL_REQUEST"))], &[Var("DRONE_COMMIT_SHA")])
            },
            tag(&[Set(Var("DRONE_TAG"))], &[Var("DRONE_TAG")], &[Var("DRONE_COMMIT_SHA")]),
            row(EventKind::Schedule, &[Is(Var("DRONE_BUILD_EVENT"), "cron")], &[Var("DRONE_COMMIT_SHA")]),
            manual(
                &[Is(Var("DRONE_BUILD_EVENT"), "custom")],
                &[Var("DRONE_BRANCH")],
                &[Var("DRONE_COMMIT_SHA")],
            ),
            Row {
                base: &[Var("DRONE_COMMIT_BEFORE")],
                branch: &[Var("DRONE_BRANCH")],
                ..row(EventKind::Push, &[], &[Var("DRONE_COMMIT_SHA"), Var("DRONE_COMMIT_AFTER")])
            },
        ],
    },
    Provider {
        name: "Woodpecker",
        when: &[Is(Var("CI"), "woodpecker")],
        default_branch: &[Var("CI_REPO_DEFAULT_BRANCH")],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "say `settings: { depth: 0, partial: false }` in the clone step",
        rows: &[
            Row {
                branch: &[Var("CI_COMMIT_TARGET_BRANCH")],
                number: &[Var("CI_COMMIT_PULL_REQUEST")],
                ..row(EventKind::Request, &[Set(Var("CI_COMMIT_PULL_REQUEST"))], &[Var("CI_COMMIT_SHA")])
            },
            tag(&[Set(Var("CI_COMMIT_TAG"))], &[Var("CI_COMMIT_TAG")], &[Var("CI_COMMIT_SHA")]),
            row(EventKind::Schedule, &[Is(Var("CI_PIPELINE_EVENT"), "cron")], &[Var("CI_COMMIT_SHA")]),
            manual(
                &[Is(Var("CI_PIPELINE_EVENT"), "manual")],
                &[Var("CI_COMMIT_BRANCH")],
                &[Var("CI_COMMIT_SHA")],
            ),
            // The commit of the pipeline before, of any branch: no base of this push.
            Row { branch: &[Var("CI_COMMIT_BRANCH")], ..row(EventKind::Push, &[], &[Var("CI_COMMIT_SHA")]) },
        ],
    },
    Provider {
        name: "TeamCity",
        when: &[Set(Var("TEAMCITY_VERSION"))],
        default_branch: &[],
        request_ref: Some(("refs/pull/", "/head")),
        remedy: "take the shallow clone out of the VCS root (`teamcity.git.fetchAllHeads=true`)",
        rows: &[
            Row {
                branch: &[Property("teamcity.pullRequest.target.branch")],
                number: &[Property("teamcity.pullRequest.number")],
                ..row(
                    EventKind::Request,
                    &[Set(Property("teamcity.pullRequest.number"))],
                    &[Var("BUILD_VCS_NUMBER"), Property("build.vcs.number")],
                )
            },
            tag(
                &[Begins(Property("teamcity.build.branch"), "refs/tags/")],
                &[Property("teamcity.build.branch")],
                &[Var("BUILD_VCS_NUMBER"), Property("build.vcs.number")],
            ),
            row(EventKind::Push, &[], &[Var("BUILD_VCS_NUMBER"), Property("build.vcs.number")]),
        ],
    },
    // Last: its variables are also set in jobs that it passes to others.
    Provider {
        name: "Jenkins",
        when: &[Set(Var("JENKINS_URL")), Set(Var("BUILD_NUMBER"))],
        default_branch: &[],
        request_ref: None,
        remedy: "take the shallow clone out of the checkout, and let its refspec name the target branch",
        rows: &[
            Row {
                branch: &[Var("CHANGE_TARGET")],
                ..row(EventKind::Request, &[Set(Var("CHANGE_ID"))], &[Var("GIT_COMMIT")])
            },
            tag(&[Set(Var("TAG_NAME"))], &[Var("TAG_NAME")], &[Var("GIT_COMMIT")]),
            Row {
                // GIT_PREVIOUS_COMMIT may be that of a build which failed because of what it found.
                base: &[Var("GIT_PREVIOUS_SUCCESSFUL_COMMIT")],
                branch: &[Var("BRANCH_NAME")],
                ..row(EventKind::Push, &[], &[Var("GIT_COMMIT")])
            },
        ],
    },
];
