//! A plan: how the secrets of a repository get into a manager, in small batches, without a moment in which nothing works.
//!
//! ```text
//! naming        the variable and the entry of each secret
//! target        what each manager takes: commands, identities, policies, manifests
//! rewrite       what replaces a secret in a file, in the file's own language
//! patch         the changes of files, as patches
//! rotation      how a credential is exchanged for a new one while both are valid
//! assembly      findings, rows of an inventory and files become a plan
//! document      the plan as data;  runbook: as Markdown
//! progress      a plan and a later scan: what is gone, what is left
//! replacements  the file that rewrites a history
//! ```
//!
//! # Invariant
//!
//! A plan has no secret: only patches and the file of replacements do, which `commands` writes to places that the user named.
//! No command of a plan has a value in an argument.

mod assembly;
mod document;
mod naming;
mod patch;
mod progress;
mod replacements;
mod rewrite;
mod rotation;
mod runbook;
mod target;

pub use assembly::{MadePlan, PlanFiles, PlanInput, make};
pub use document::{
    PLAN_SCHEMA, PlanBatch, PlanFile, PlanStep, PlannedPlace, PlannedSecret, SecretPlan, UnreadPart,
};
pub use progress::{CheckedSecret, PLAN_CHECK_SCHEMA, PlanProgress, PlannedState, SeenSecret};
pub use replacements::replacements;
pub use runbook::write_runbook;
pub use target::{PlanTarget, SecretManager};

/// The largest file that a plan changes, bytes.
pub const LARGEST_CHANGED: u64 = rewrite::LARGEST;
