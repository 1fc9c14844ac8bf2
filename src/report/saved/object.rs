//! The objects of a report as they are in JSON, field by field. A field that is not here is an error.

use crate::model::{Confidence, Severity};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) schema: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(rename = "schema")]
    pub(super) _schema: String,
    pub(super) summary: SummaryObject,
    pub(super) findings: Vec<FindingObject>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum SavedLine {
    Finding(Box<FindingObject>),
    Summary(Box<SummaryObject>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingObject {
    pub(super) fingerprint: String,
    pub(super) rule: String,
    pub(super) description: String,
    #[serde(deserialize_with = "given")]
    pub(super) provider: Option<String>,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) score: f64,
    pub(super) secret: String,
    #[serde(deserialize_with = "given")]
    pub(super) identifier: Option<Box<str>>,
    pub(super) reasons: Vec<String>,
    pub(super) checks: Vec<CheckObject>,
    pub(super) occurrences: Vec<OccurrenceObject>,
    #[serde(deserialize_with = "given")]
    pub(super) suppressed_by: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) introduced: Option<CommitObject>,
    #[serde(deserialize_with = "given")]
    pub(super) removed: Option<CommitObject>,
    #[serde(deserialize_with = "given")]
    pub(super) live: Option<bool>,
    pub(super) refs: Vec<String>,
    /// Only there if `refs` does not name all.
    pub(super) ref_count: Option<u64>,
    pub(super) remediation: Vec<String>,
    /// Only there if providers were asked.
    pub(super) verification: Option<VerificationObject>,
    /// Only there in the report of several repositories.
    #[serde(default)]
    pub(super) repositories: Vec<FoundInObject>,
    /// Only there if there was an index of known secrets.
    pub(super) known: Option<VaultedObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FoundInObject {
    pub(super) repository: String,
    pub(super) role: String,
    pub(super) fingerprint: String,
    #[serde(deserialize_with = "given")]
    pub(super) introduced: Option<CommitObject>,
    #[serde(deserialize_with = "given")]
    pub(super) removed: Option<CommitObject>,
    #[serde(deserialize_with = "given")]
    pub(super) live: Option<bool>,
    #[serde(deserialize_with = "given")]
    pub(super) suppressed_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VaultedObject {
    pub(super) entries: Vec<String>,
    pub(super) environments: Vec<String>,
    pub(super) services: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerObject {
    pub(super) index: String,
    pub(super) missing: Vec<String>,
    pub(super) stored: Vec<String>,
    pub(super) shared: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerificationObject {
    pub(super) state: String,
    #[serde(deserialize_with = "given")]
    pub(super) reason: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) recipe: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) host: Option<String>,
    pub(super) identity: BTreeMap<String, String>,
    pub(super) requests: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckObject {
    pub(super) result: String,
    pub(super) facts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitObject {
    pub(super) commit: String,
    pub(super) author: String,
    pub(super) email: String,
    pub(super) date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OccurrenceObject {
    pub(super) kind: String,
    #[serde(deserialize_with = "given")]
    pub(super) path: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) blob: Option<String>,
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) end_line: u64,
    pub(super) end_column: u64,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) decoded_by: Vec<String>,
    #[serde(deserialize_with = "given")]
    pub(super) commit: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) author: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) email: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) date: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) reachable: Option<bool>,
    #[serde(deserialize_with = "given")]
    pub(super) live: Option<bool>,
    #[serde(deserialize_with = "given")]
    pub(super) removed_in: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) suppressed_by: Option<String>,
    /// Only there for what is in a container image.
    pub(super) image: Option<ImageObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageObject {
    pub(super) images: Vec<String>,
    #[serde(deserialize_with = "given")]
    pub(super) layer: Option<LayerObject>,
    #[serde(deserialize_with = "given")]
    pub(super) removed_in: Option<LayerObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerObject {
    pub(super) number: u64,
    #[serde(deserialize_with = "given")]
    pub(super) digest: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) command: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SummaryObject {
    pub(super) command: String,
    pub(super) findings: u64,
    pub(super) coverage: CoverageObject,
    pub(super) complete: bool,
    pub(super) seconds: f64,
    pub(super) rules: u64,
    pub(super) refuted: u64,
    pub(super) settings: SettingsObject,
    pub(super) notes: Vec<String>,
    #[serde(rename = "version")]
    pub(super) _version: String,
    /// Only there with `--vaulted`.
    pub(super) vaulted: Option<LedgerObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsObject {
    pub(super) files: Vec<SettingsFileObject>,
    pub(super) skipped: Vec<RuleChoiceObject>,
    pub(super) overridden: Vec<RuleChoiceObject>,
    pub(super) proposed: Vec<ProposedObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFileObject {
    pub(super) role: String,
    pub(super) path: String,
    pub(super) origin: String,
    pub(super) sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleChoiceObject {
    pub(super) rule: String,
    pub(super) by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposedObject {
    pub(super) path: String,
    pub(super) setting: String,
    pub(super) effect: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageObject {
    pub(super) in_scope: u64,
    pub(super) scanned: u64,
    pub(super) excluded: Vec<ReasonObject>,
    pub(super) unread: Vec<ReasonObject>,
    pub(super) objects: ObjectsObject,
    pub(super) bytes: u64,
    pub(super) cached: u64,
    pub(super) notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectsObject {
    pub(super) blob: u64,
    pub(super) tree: u64,
    pub(super) commit: u64,
    pub(super) tag: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonObject {
    pub(super) reason: String,
    pub(super) count: u64,
    pub(super) examples: Vec<String>,
}

/// A value that may be null, and is there: without this, serde takes a missing field for null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}
