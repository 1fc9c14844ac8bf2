//! A plan as data: what JSON contains and the runbook is written from. It has no secret.

use serde::{Deserialize, Serialize};

/// The schema that a plan names.
pub const PLAN_SCHEMA: &str = "keydredge-plan/1";

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretPlan {
    /// [`PLAN_SCHEMA`].
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The day it was made.
    pub created: String,
    /// The repository's name.
    pub repository: String,
    /// The manager, as `--to` names it.
    pub manager: String,
    /// Where the values are, if the manager only brings them to pods.
    pub store: Option<String>,
    /// The public salt under which the fingerprints were made.
    pub salt: String,
    /// Whether all was read.
    pub complete: bool,
    /// What was not read: reasons, with how many of each.
    pub unread: Vec<UnreadPart>,
    /// How many secrets are left out because they were accepted.
    pub accepted: usize,
    /// What to know besides.
    pub notes: Vec<String>,
    /// The batches, the most dangerous first.
    pub batches: Vec<PlanBatch>,
}

/// A reason why something was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadPart {
    /// The reason.
    pub reason: String,
    /// How many files or objects.
    pub count: u64,
}

/// Secrets that are moved together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanBatch {
    /// From 1.
    pub number: usize,
    /// Whose credentials, or what kind.
    pub title: String,
    /// The file with the patch, if `--patches` asked for it and there is one.
    pub patch: Option<String>,
    /// The secrets.
    pub secrets: Vec<PlannedSecret>,
    /// Who may read the entries: identities and policies.
    pub identity: Vec<PlanStep>,
    /// What brings the values to the programs.
    pub delivery: Vec<PlanStep>,
    /// What shows that it works.
    pub checks: Vec<PlanStep>,
    /// The way back while the old credential is valid.
    pub rollback: Vec<PlanStep>,
    /// What to remove at the end.
    pub removal: Vec<PlanStep>,
}

/// A secret of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSecret {
    /// Its name in all reports.
    pub fingerprint: String,
    /// The rule.
    pub kind: String,
    /// What it is.
    pub description: String,
    /// Whose credential.
    pub service: Option<String>,
    /// The identifier.
    pub name: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// `low`, `medium`, `high`.
    pub impact: Option<String>,
    /// The environments that names and paths speak of.
    pub environments: Vec<String>,
    /// With what else it is shared.
    pub shared: Vec<String>,
    /// Whether the tip of some ref contains it.
    pub in_tip: Option<bool>,
    /// What its provider said.
    pub verified: Option<String>,
    /// The environment variable that programs read instead.
    pub variable: String,
    /// Its name in the manager.
    pub entry: String,
    /// The commands that store it as it is.
    pub store: Vec<PlanStep>,
    /// How it is exchanged for a new one.
    pub rotation: Vec<PlanStep>,
    /// Where it is.
    pub places: Vec<PlannedPlace>,
}

/// A place of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPlace {
    /// `file`, `commit`, `message` and the other kinds of reports.
    pub kind: String,
    /// The path.
    pub path: Option<String>,
    /// The line, 1-based.
    pub line: u64,
    /// The commit that brought it there.
    pub commit: Option<String>,
    /// `patch`, `by-hand`, or `none` for what is only in the history.
    pub change: String,
    /// Why a person has to change it, or what to know of the change.
    pub why: Option<String>,
    /// What is there instead; empty if it just goes.
    pub becomes: Option<String>,
}

/// One step for a person or a script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// What it does.
    pub text: String,
    /// The commands, in order.
    pub commands: Vec<String>,
    /// A file that the commands need.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<PlanFile>,
}

/// A file that a step needs. It has no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFile {
    /// Its name.
    pub name: String,
    /// What it is written in, as Markdown names it.
    pub language: String,
    /// The text.
    pub text: String,
}

impl PlanStep {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    #[must_use]
    pub(super) fn run(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }

    #[must_use]
    pub(super) fn with_file(
        mut self,
        name: impl Into<String>,
        language: &str,
        text: impl Into<String>,
    ) -> Self {
        self.file = Some(PlanFile { name: name.into(), language: language.to_owned(), text: text.into() });
        self
    }
}
