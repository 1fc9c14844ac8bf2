//! What a report is of, and the questions about it that several formats ask.

use crate::model::{Finding, Summary};

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
    /// The findings of an older report of the same, if one is given: the page shows what has changed.
    pub since: Option<&'a [Finding]>,
    /// Whether the refs of a finding are all that contain it, `HEAD` among them, and not those of a part that was chosen.
    pub names_all_refs: bool,
}

impl Report<'_> {
    /// Whether it is known what `HEAD` contains. A saved report does not say which refs were read; a finding in `HEAD` does.
    pub(super) fn knows_head(&self) -> bool {
        let says_so = || self.findings.iter().any(is_in_head);
        self.names_all_refs || (self.summary.command == "history" && says_so())
    }
}

/// The ref that is first in a list if it contains the secret.
const HEAD: &str = "HEAD";

/// Whether `HEAD` contains a secret, as far as the refs of the finding say.
pub(super) fn is_in_head(finding: &Finding) -> bool {
    finding.refs().first().is_some_and(|first| first == HEAD)
}

/// Whether refs contain a secret that `HEAD` does not; to be asked if it is known what `HEAD` contains.
pub(super) fn is_beside_head(finding: &Finding) -> bool {
    let has_refs = !finding.refs().is_empty();
    finding.live() == Some(true) && !finding.is_in_image() && has_refs && !is_in_head(finding)
}

/// An author's time as RFC 3339, in the author's zone; seconds if it is out of the calendar's range.
pub(super) fn date(time: i64, zone_minutes: i32) -> String {
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
