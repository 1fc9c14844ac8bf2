//! What has become of a plan: each of its secrets, looked for again.

use super::document::{SecretPlan, UnreadPart};
use crate::report::redact::printable;
use serde::Serialize;
use std::io::{self, Write};

/// The schema that the JSON of a check names.
pub const PLAN_CHECK_SCHEMA: &str = "keydredge-plan-check/1";

/// What a scan found of a planned secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenSecret {
    /// Where it is in the files, `path:line`, with the path alone.
    pub files: Vec<(String, u64)>,
    /// The refs whose tips contain it.
    pub refs: Vec<String>,
    /// True if a commit, a message or the like contains it.
    pub is_in_history: bool,
    /// What its provider said.
    pub verified: Option<String>,
}

/// The state of a planned secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedState {
    /// A file has it.
    Left,
    /// The rule that finds it is not in force, so nobody looked.
    NotLookedFor,
    /// No file has it, and it is not known what its provider says.
    Gone,
    /// No file has it, and its provider says that it is not valid any more.
    GoneAndDead,
}

/// A planned secret, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedSecret {
    /// The fingerprint in the plan.
    pub fingerprint: String,
    /// The batch.
    pub batch: usize,
    /// The variable.
    pub variable: String,
    /// The state.
    pub state: PlannedState,
    /// Where it still is, `path:line`.
    pub left_at: Vec<String>,
    /// Those of them at which the plan did not have it.
    pub new_at: Vec<String>,
    /// The refs whose tips contain it.
    pub refs: Vec<String>,
    /// Whether the history has it.
    pub in_history: bool,
    /// What its provider said.
    pub verified: Option<String>,
}

/// A plan, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanProgress {
    /// [`PLAN_CHECK_SCHEMA`].
    pub schema: &'static str,
    /// The plan's repository.
    pub repository: String,
    /// How many are left in files.
    pub left: usize,
    /// Whether all was read and looked for.
    pub complete: bool,
    /// What was not read.
    pub unread: Vec<UnreadPart>,
    /// The secrets, in the order of the plan.
    pub secrets: Vec<CheckedSecret>,
}

impl PlanProgress {
    /// Compares: `seen` is what a scan found of a fingerprint, and `is_looked_for` says whether a rule is in force.
    pub fn of(
        plan: &SecretPlan,
        unread: Vec<UnreadPart>,
        seen: &dyn Fn(&str) -> Option<SeenSecret>,
        is_looked_for: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut secrets = Vec::new();
        for (batch, secret) in
            plan.batches.iter().flat_map(|batch| batch.secrets.iter().map(|one| (batch.number, one)))
        {
            let found = seen(&secret.fingerprint);
            let is_found = found.is_some();
            let seen = found.unwrap_or_default();
            let is_dead = seen.verified.as_deref() == Some("dead");
            let state = if !seen.files.is_empty() {
                PlannedState::Left
            } else if !is_found && !is_looked_for(&secret.kind) {
                PlannedState::NotLookedFor
            } else if is_dead {
                PlannedState::GoneAndDead
            } else {
                PlannedState::Gone
            };
            let place = |(path, line): &(String, u64)| format!("{path}:{line}");
            let was_there = |path: &str| {
                secret.places.iter().any(|place| place.kind == "file" && place.path.as_deref() == Some(path))
            };
            secrets.push(CheckedSecret {
                fingerprint: secret.fingerprint.clone(),
                batch,
                variable: secret.variable.clone(),
                state,
                left_at: seen.files.iter().map(place).collect(),
                new_at: seen.files.iter().filter(|(path, _)| !was_there(path)).map(place).collect(),
                refs: seen.refs,
                in_history: seen.is_in_history,
                verified: seen.verified,
            });
        }
        let count = |state| secrets.iter().filter(|one| one.state == state).count();
        Self {
            schema: PLAN_CHECK_SCHEMA,
            repository: plan.repository.clone(),
            left: count(PlannedState::Left),
            complete: unread.is_empty() && count(PlannedState::NotLookedFor) == 0,
            unread,
            secrets,
        }
    }

    /// Writes it for people.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for one in &self.secrets {
            let state = match one.state {
                PlannedState::Left => "left",
                PlannedState::NotLookedFor => "not looked for",
                PlannedState::Gone => "gone from the files",
                PlannedState::GoneAndDead => "gone from the files, and dead",
            };
            writeln!(out, "{:>3}  {}  {}  {state}", one.batch, one.fingerprint, one.variable)?;
            for place in &one.left_at {
                let is_new =
                    if one.new_at.contains(place) { " (not there when the plan was made)" } else { "" };
                writeln!(out, "     in {}{is_new}", printable(place))?;
            }
            if one.state == PlannedState::NotLookedFor {
                writeln!(out, "     its rule is not in force any more, so nobody looked for it")?;
            }
            let refs: Vec<String> = one.refs.iter().map(|name| printable(name)).collect();
            match (&refs[..], one.in_history) {
                ([_, ..], _) => writeln!(out, "     at the tip of {}", refs.join(", "))?,
                ([], true) => writeln!(out, "     still in the history")?,
                ([], false) => {}
            }
            match one.verified.as_deref() {
                None | Some("dead") => {}
                Some(state) => writeln!(out, "     its provider says: {}", printable(state))?,
            }
        }
        for part in &self.unread {
            writeln!(out, "not read: {} {}", part.count, printable(&part.reason))?;
        }
        let all = self.secrets.len();
        let verdict = match (self.left, self.complete) {
            (0, true) => "no file has any of them",
            (0, false) => "no file that was read has any of them, and not all was read or looked for",
            _ => "some are left in files",
        };
        writeln!(out, "{all} planned, {} left: {verdict}.", self.left)
    }
}
