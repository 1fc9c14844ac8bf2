//! Text as it is in the page.

use super::{day_of, place_name};
use crate::model::{Commit, Finding, Occurrence};
use crate::report::escape;

/// A text from outside, fit for an element and for an attribute in quotes; what would deceive a reader is spelled out.
pub(super) fn safe(text: &str) -> String {
    escape::xml(&escape::printable(text))
}

/// `1 secret`, `2 secrets`.
pub(super) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The day of a commit, in its author's zone.
pub(super) fn day(commit: &Commit) -> String {
    day_of(commit.time, commit.zone)
}

/// The path and line of an occurrence.
pub(super) fn place(occurrence: &Occurrence) -> String {
    safe(&format!("{}:{}", place_name(occurrence), occurrence.location.line))
}

/// What a finding is, as a heading.
pub(super) fn title(finding: &Finding) -> String {
    let description = &finding.rule.description;
    let mut letters = description.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    safe(&format!("{first}{}", letters.as_str()))
}

/// A link to the row of a finding.
pub(super) fn link(finding: &Finding) -> String {
    format!("<a href=\"#f-{}\">{}</a>", finding.fingerprint, title(finding))
}

/// The severity as a label.
pub(super) fn severity(finding: &Finding) -> String {
    let severity = finding.rule.severity;
    format!("<span class=\"level {severity}\">{severity}</span>")
}

/// A bar whose length is `part` of `whole`.
pub(super) fn bar(part: usize, whole: usize) -> String {
    let width = (100 * part).checked_div(whole).unwrap_or(0).clamp(1, 100);
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"axis\" width=\"100\" height=\"8\"/><rect class=\"part\" width=\"{width}\" height=\"8\"/></svg>"
    )
}
