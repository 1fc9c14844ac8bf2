//! JSON and JSON Lines: the same objects, in one document or one a line.

use super::{Report, SCHEMA, date, escape, redact};
use crate::model::{
    Check, Commit, Coverage, Finding, Fingerprint, FoundIn, ImageLayer, InImage, Occurrence, Reason,
    RuleChoice, SettingsReceipt, Tally, Verification,
};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

#[derive(Serialize)]
struct JsonReport<'a> {
    schema: &'static str,
    summary: SummaryObject<'a>,
    findings: Vec<FindingObject<'a>>,
}

#[derive(Serialize)]
struct Line<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    object: T,
}

#[derive(Serialize)]
struct FindingObject<'a> {
    fingerprint: String,
    rule: &'a str,
    description: &'a str,
    provider: Option<&'a str>,
    severity: String,
    confidence: String,
    score: f64,
    secret: String,
    identifier: Option<&'a str>,
    reasons: &'a [String],
    checks: Vec<CheckObject<'a>>,
    occurrences: Vec<OccurrenceObject<'a>>,
    suppressed_by: Option<String>,
    introduced: Option<CommitObject<'a>>,
    removed: Option<CommitObject<'a>>,
    live: Option<bool>,
    refs: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_count: Option<u64>,
    remediation: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationObject<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repositories: Vec<FoundInObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<VaultedObject<'a>>,
}

#[derive(Serialize)]
struct FoundInObject<'a> {
    repository: &'a str,
    role: &'static str,
    fingerprint: String,
    introduced: Option<CommitObject<'a>>,
    removed: Option<CommitObject<'a>>,
    live: Option<bool>,
    suppressed_by: Option<String>,
}

#[derive(Serialize)]
struct VaultedObject<'a> {
    entries: &'a [String],
    environments: &'a [String],
    services: &'a [String],
}

#[derive(Serialize)]
struct LedgerObject<'a> {
    index: &'a str,
    missing: Vec<String>,
    stored: Vec<String>,
    shared: Vec<String>,
}

#[derive(Serialize)]
struct VerificationObject<'a> {
    state: String,
    reason: Option<&'a str>,
    recipe: Option<&'a str>,
    host: Option<&'a str>,
    identity: BTreeMap<&'a str, &'a str>,
    requests: &'a [String],
}

#[derive(Serialize)]
struct CheckObject<'a> {
    result: &'static str,
    facts: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct CommitObject<'a> {
    commit: String,
    author: &'a str,
    email: &'a str,
    date: String,
}

#[derive(Serialize)]
struct OccurrenceObject<'a> {
    kind: &'static str,
    path: Option<&'a str>,
    blob: Option<String>,
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    start: u64,
    end: u64,
    decoded_by: Vec<&'static str>,
    commit: Option<String>,
    author: Option<&'a str>,
    email: Option<&'a str>,
    date: Option<String>,
    reachable: Option<bool>,
    live: Option<bool>,
    removed_in: Option<String>,
    suppressed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<ImageObject<'a>>,
}

#[derive(Serialize)]
struct ImageObject<'a> {
    images: &'a [String],
    layer: Option<LayerObject<'a>>,
    removed_in: Option<LayerObject<'a>>,
}

#[derive(Serialize)]
struct LayerObject<'a> {
    number: u64,
    digest: Option<&'a str>,
    command: Option<&'a str>,
}

#[derive(Serialize)]
struct SummaryObject<'a> {
    command: &'static str,
    findings: u64,
    coverage: CoverageObject<'a>,
    complete: bool,
    seconds: f64,
    rules: u64,
    refuted: u64,
    settings: SettingsObject<'a>,
    notes: &'a [String],
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vaulted: Option<LedgerObject<'a>>,
}

#[derive(Serialize)]
struct SettingsObject<'a> {
    files: Vec<SettingsFileObject<'a>>,
    skipped: Vec<RuleChoiceObject<'a>>,
    overridden: Vec<RuleChoiceObject<'a>>,
    proposed: Vec<ProposedObject<'a>>,
}

#[derive(Serialize)]
struct SettingsFileObject<'a> {
    role: &'static str,
    path: &'a str,
    origin: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct RuleChoiceObject<'a> {
    rule: &'a str,
    by: &'a str,
}

#[derive(Serialize)]
struct ProposedObject<'a> {
    path: &'a str,
    setting: &'a str,
    effect: &'a str,
}

#[derive(Serialize)]
struct CoverageObject<'a> {
    in_scope: u64,
    scanned: u64,
    excluded: Vec<ReasonObject<'a>>,
    unread: Vec<ReasonObject<'a>>,
    objects: ObjectsObject,
    bytes: u64,
    cached: u64,
    notes: &'a [String],
}

#[derive(Serialize)]
struct ObjectsObject {
    blob: u64,
    tree: u64,
    commit: u64,
    tag: u64,
}

#[derive(Serialize)]
struct ReasonObject<'a> {
    reason: &'a str,
    count: u64,
    examples: &'a [String],
}

pub(super) fn write_document(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = JsonReport {
        schema: SCHEMA,
        summary: summary(report),
        findings: report.findings.iter().map(|one| finding(one, report)).collect(),
    };
    escape::pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

pub(super) fn write_lines(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for some in report.findings.chunks(AT_ONCE) {
        // Ansible's 9,295 occurrences take 9 to 10 ms on one thread and 5 to 7 on two, of a second run of 60.
        let texts: Vec<io::Result<Vec<u8>>> =
            some.par_chunks(STRETCH).map(|few| lines(few, report)).collect();
        texts.into_iter().try_for_each(|text| out.write_all(&text?))?;
    }
    escape::compact(&mut *out, &Line { kind: "summary", object: summary(report) })?;
    out.write_all(b"\n")
}

/// How many findings become text at once, and how many of them on one thread.
const AT_ONCE: usize = 1 << 10;
const STRETCH: usize = 16;

fn lines(findings: &[Finding], report: &Report<'_>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for one in findings {
        escape::compact(&mut text, &Line { kind: "finding", object: finding(one, report) })?;
        text.push(b'\n');
    }
    Ok(text)
}

fn finding<'a>(finding: &'a Finding, report: &Report<'_>) -> FindingObject<'a> {
    FindingObject {
        fingerprint: finding.fingerprint.to_string(),
        rule: &finding.rule.id,
        description: &finding.rule.description,
        provider: finding.rule.provider.as_deref(),
        severity: finding.rule.severity.to_string(),
        confidence: finding.confidence.to_string(),
        score: f64::from(finding.score.0) / 1000.0,
        secret: redact::shown(&finding.secret, &finding.rule, report.show_secrets),
        identifier: finding.identifier.as_deref(),
        reasons: &finding.reasons,
        checks: checks(finding),
        occurrences: finding.occurrences.iter().map(occurrence).collect(),
        suppressed_by: finding.suppressed_by.as_ref().map(ToString::to_string),
        introduced: finding.introduced().map(|one| &**one).map(commit),
        removed: finding.removed().map(|one| &**one).map(commit),
        live: finding.live(),
        refs: finding.refs(),
        // If they are not all.
        ref_count: Some(finding.ref_count()).filter(|&count| count > finding.refs().len() as u64),
        remediation: &finding.remediation,
        verification: finding.verification.as_deref().map(verification),
        repositories: finding.repositories.iter().map(found_in).collect(),
        known: finding.stored.as_deref().map(|stored| VaultedObject {
            entries: &stored.entries,
            environments: &stored.environments,
            services: &stored.services,
        }),
    }
}

fn found_in(one: &FoundIn) -> FoundInObject<'_> {
    FoundInObject {
        repository: &one.repository,
        role: one.role.name(),
        fingerprint: one.fingerprint.to_string(),
        introduced: one.introduced.as_deref().map(commit),
        removed: one.removed.as_deref().map(commit),
        live: one.live,
        suppressed_by: one.suppressed_by.as_ref().map(ToString::to_string),
    }
}

fn verification(verification: &Verification) -> VerificationObject<'_> {
    let identity = verification.identity.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    VerificationObject {
        state: verification.state.to_string(),
        reason: verification.reason.as_deref(),
        recipe: verification.recipe.as_deref(),
        host: verification.host.as_deref(),
        identity: identity.collect(),
        requests: &verification.requests,
    }
}

fn checks(finding: &Finding) -> Vec<CheckObject<'_>> {
    let result = match finding.check {
        Check::None if finding.facts.is_empty() => return Vec::new(),
        Check::None => "none",
        Check::Holds => "holds",
        Check::Fails | Check::Refuted => "fails",
    };
    let facts = finding.facts.iter().map(|fact| (fact.kind.name(), fact.value.as_str())).collect();
    vec![CheckObject { result, facts }]
}

fn commit(commit: &Commit) -> CommitObject<'_> {
    CommitObject {
        commit: commit.id.to_string(),
        author: &commit.author,
        email: &commit.email,
        date: date(commit.time, commit.zone),
    }
}

fn occurrence(occurrence: &Occurrence) -> OccurrenceObject<'_> {
    let place = &occurrence.place;
    let location = occurrence.location;
    let commit = place.commit().map(|one| &**one);
    OccurrenceObject {
        kind: place.kind().name(),
        path: place.path.as_deref(),
        blob: place.blob().map(|id| id.to_string()),
        line: location.line,
        column: location.column,
        end_line: location.end_line,
        end_column: location.end_column,
        start: location.start,
        end: location.end,
        decoded_by: occurrence.decoded_by.iter().map(|one| one.name()).collect(),
        commit: commit.map(|commit| commit.id.to_string()),
        author: commit.map(|commit| commit.author.as_str()),
        email: commit.map(|commit| commit.email.as_str()),
        date: commit.map(|commit| date(commit.time, commit.zone)),
        reachable: place.presence().reachable,
        live: place.presence().live,
        removed_in: place.presence().removed_in.map(|id| id.to_string()),
        suppressed_by: occurrence.suppressed_by.as_ref().map(ToString::to_string),
        image: place.image().map(|one| &**one).map(image),
    }
}

fn image(image: &InImage) -> ImageObject<'_> {
    ImageObject {
        images: &image.images,
        layer: image.layer.as_ref().map(layer),
        removed_in: image.removed.as_ref().map(layer),
    }
}

fn layer(ImageLayer { number, digest, command }: &ImageLayer) -> LayerObject<'_> {
    LayerObject { number: *number, digest: digest.as_deref(), command: command.as_deref() }
}

fn summary<'a>(report: &Report<'a>) -> SummaryObject<'a> {
    let summary = report.summary;
    SummaryObject {
        command: summary.command,
        findings: report.findings.len() as u64,
        coverage: coverage(&summary.coverage),
        complete: summary.coverage.is_complete(),
        seconds: summary.milliseconds as f64 / 1000.0,
        rules: summary.rules,
        refuted: summary.refuted,
        settings: settings(&summary.settings),
        notes: report.notes,
        version: env!("CARGO_PKG_VERSION"),
        vaulted: summary.ledger.as_deref().map(|ledger| {
            let names = |all: &[Fingerprint]| all.iter().map(ToString::to_string).collect();
            LedgerObject {
                index: &ledger.index,
                missing: names(&ledger.missing),
                stored: names(&ledger.stored),
                shared: names(&ledger.shared),
            }
        }),
    }
}

fn settings(settings: &SettingsReceipt) -> SettingsObject<'_> {
    let files = settings.files.iter().map(|file| SettingsFileObject {
        role: file.role.name(),
        path: &file.path,
        origin: &file.origin,
        sha256: &file.digest,
    });
    let proposed = settings.proposed.iter().map(|one| ProposedObject {
        path: &one.path,
        setting: &one.setting,
        effect: &one.effect,
    });
    SettingsObject {
        files: files.collect(),
        skipped: choices(&settings.skipped),
        overridden: choices(&settings.overridden),
        proposed: proposed.collect(),
    }
}

fn choices(choices: &[RuleChoice]) -> Vec<RuleChoiceObject<'_>> {
    choices.iter().map(|RuleChoice { rule, by }| RuleChoiceObject { rule, by }).collect()
}

fn coverage(coverage: &Coverage) -> CoverageObject<'_> {
    CoverageObject {
        in_scope: coverage.in_scope(),
        scanned: coverage.scanned,
        excluded: reasons(&coverage.excluded),
        unread: reasons(&coverage.unread),
        objects: ObjectsObject {
            blob: coverage.objects.blob,
            tree: coverage.objects.tree,
            commit: coverage.objects.commit,
            tag: coverage.objects.tag,
        },
        bytes: coverage.bytes,
        cached: coverage.cached,
        notes: &coverage.notes,
    }
}

fn reasons(tallies: &BTreeMap<Reason, Tally>) -> Vec<ReasonObject<'_>> {
    tallies
        .iter()
        .map(|(reason, tally)| ReasonObject { reason, count: tally.count, examples: &tally.examples })
        .collect()
}
