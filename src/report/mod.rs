//! Reports: what a run found and scanned, in formats for people and services.
//!
//! One file a format, each a pure function from [`Report`] to bytes. A report contains no source
//! line and no secret. [`redact::shown`] is the only function that turns a secret into text, and it
//! exposes the bytes only with `--show-secrets`.

pub mod escape;
mod github;
mod json;
mod markdown;
pub mod progress;
pub mod redact;
mod sarif;
mod text;

use crate::model::{Finding, Summary};
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
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Json, Self::Jsonl, Self::Sarif, Self::Github, Self::Markdown];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// All there is to report of a run.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The findings, in order.
    pub findings: &'a [Finding],
    /// What the run did.
    pub summary: &'a Summary,
    /// Sentences about the configuration: expired and unused ignore entries, files that were not used.
    pub notes: &'a [String],
    /// Whether secrets are shown.
    pub show_secrets: bool,
}

/// How text is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Whether only findings and what is wrong are printed, not a clean summary.
    pub quiet: bool,
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
    }
}

/// An author's time as RFC 3339, in the author's zone; seconds if it is out of the calendar's range.
fn date(time: i64, zone_minutes: i32) -> String {
    let offset =
        jiff::tz::Offset::from_seconds(zone_minutes.saturating_mul(60)).unwrap_or(jiff::tz::Offset::UTC);
    match jiff::Timestamp::from_second(time) {
        Ok(stamp) => stamp.display_with_offset(offset).to_string(),
        Err(_) => format!("@{time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_the_authors_zone_and_never_fail() {
        assert_eq!(date(0, 60), "1970-01-01T01:00:00+01:00");
        assert_eq!(date(i64::MAX, 0), format!("@{}", i64::MAX));
        assert_eq!(date(0, i32::MAX), "1970-01-01T00:00:00+00:00");
    }
}
