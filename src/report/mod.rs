//! Reports: what a run found and scanned, in formats for people and services.
//!
//! One file a format, each a pure function from [`Report`] to bytes; GitLab's has the time of day, too. A report
//! contains no source line and no secret. [`redact::shown`] is the only function that turns a secret into text, and it
//! exposes the bytes only with `--show-secrets`.

mod checkstyle;
mod codequality;
mod content;
mod csv;
pub mod escape;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
pub mod progress;
pub mod redact;
mod sarif;
mod saved;
mod text;

pub use content::Report;
pub use saved::{Saved, Wrong, read as read_saved};

use crate::model::{Finding, Occurrence};
use content::{date, is_beside_head, is_in_head};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The version of the shape of JSON documents; it is increased when a field changes its meaning.
pub const SCHEMA: &str = "keydredge/1";

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line: findings, then the summary.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A summary in Markdown.
    Markdown,
    /// GitLab's secret detection report.
    Gitlab,
    /// GitLab's code quality report.
    CodeQuality,
    /// JUnit's XML.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// Comma-separated values.
    Csv,
    /// A page for people.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
        Self::Gitlab,
        Self::CodeQuality,
        Self::Junit,
        Self::Checkstyle,
        Self::Csv,
        Self::Html,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Gitlab => "gitlab",
            Self::CodeQuality => "codequality",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How text is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Whether only findings and what is wrong are printed, not a clean summary.
    pub quiet: bool,
    /// Whether a finding takes five lines, as in a hook, whose output nobody scrolls through.
    pub brief: bool,
    /// How many characters a line has; longer ones are not broken without it.
    pub width: Option<usize>,
}

/// Writes `report` to `out`.
///
/// # Errors
/// Whatever writing to `out` gives.
pub fn write(format: Format, report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, style, out),
        Format::Json => json::write_document(report, out),
        Format::Jsonl => json::write_lines(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::CodeQuality => codequality::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Checkstyle => checkstyle::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Html => html::write(report, out),
    }
}

/// The occurrences that nothing covers, each with its finding and an identity of 64 hexadecimal digits. Edits of other
/// lines do not change the identity: it is made of the fingerprint, the path, and which one of those in the path it is.
fn open_occurrences<'a>(
    report: &Report<'a>,
) -> impl Iterator<Item = (&'a Finding, &'a Occurrence, String)> + use<'a> {
    report.findings.iter().filter(|finding| !finding.is_suppressed()).flat_map(|finding| {
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        finding.occurrences.iter().filter(|one| one.suppressed_by.is_none()).map(move |occurrence| {
            let path = name_of_place(occurrence);
            let nth = seen.entry(path.clone()).or_default();
            *nth += 1;
            let id = sha256(&[&finding.fingerprint.to_string(), &path, &nth.to_string()]);
            (finding, occurrence, id)
        })
    })
}

/// SHA-256 over parts, as hexadecimal digits; no two lists of parts have the same bytes.
fn sha256(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize())
}

/// The path; for places that are no file, a name that no path has.
pub(crate) fn name_of_place(occurrence: &Occurrence) -> String {
    let place = &occurrence.place;
    let object = || place.blob().or(place.commit().map(|commit| commit.id)).map(|id| id.to_string());
    match &place.path {
        Some(path) if place.kind().is_of_files() => path.to_string(),
        Some(name) => format!("{}/{name}", place.kind().name()),
        None => format!("{}/{}", place.kind().name(), object().unwrap_or_else(|| "-".to_owned())),
    }
}

/// [`name_of_place`], fit to print.
fn shown_path(occurrence: &Occurrence) -> String {
    redact::printable(&name_of_place(occurrence))
}

/// What was found and what to do, in one line fit to print.
fn sentence(finding: &Finding, report: &Report<'_>) -> String {
    let secret = redact::shown(&finding.secret, &finding.rule, report.show_secrets);
    let assigned =
        finding.identifier.as_ref().map(|name| format!(", assigned to {name}")).unwrap_or_default();
    let todo = finding.remediation.first().map(|first| format!(" {first}")).unwrap_or_default();
    redact::printable(&format!(
        "{}: {secret}{assigned}. Confidence {}.{todo}",
        finding.rule.description, finding.confidence
    ))
}
