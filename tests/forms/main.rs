//! Forms in which people write a named secret down, each with batches of drawn values: a value found in one form
//! must be found in all.
//!
//! `table` has a row for each form; adding one is adding a row. Each form is measured against the plainest one,
//! `password = "value"`: of the values that are found there, at least 99 in 100 must be found in the form, exactly
//! as they were drawn. `marks` and `written` draw from all printing characters. `quiet` has the same forms with values that are no secrets.

mod kinds;
mod marks;
mod quiet;
mod table;
mod values;
mod written;

use keydredge::findings::{Judge, settle};
use keydredge::model::{Confidence, Piece, Place, Score};
use keydredge::rules::Catalogue;
use keydredge::scan::{Scanner, Scratch};
use std::collections::BTreeSet;

/// The least score that is reported by default.
pub(crate) const REPORTED: Score = Confidence::Medium.floor();

/// The least score of a value in a form. How a form is weighed is decided by the judge, which these tests do not
/// cover.
pub(crate) const NEARLY: Score = Score(200);

/// The built-in rules, compiled.
pub(crate) struct Engine {
    catalogue: Catalogue,
    scanner: Scanner,
    scratch: Scratch,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let catalogue = Catalogue::embedded();
        Self { scanner: Scanner::new(&catalogue), catalogue, scratch: Scratch::default() }
    }

    /// The secrets of a file with a score of `least` or above.
    pub(crate) fn secrets(&mut self, path: &str, text: &str, least: Score) -> BTreeSet<String> {
        let found = self.scanner.scan(&Piece::whole(text.as_bytes()), &mut self.scratch);
        let rules = self.catalogue.infos();
        let mut judge = Judge::new(&rules, jiff::civil::date(2026, 6, 1));
        let place = Place::file(path);
        let settled = settle(found, &rules);
        settled
            .found
            .iter()
            .filter(|found| {
                let score = judge.score(&found.candidate, &place);
                score.is_some_and(|score| score >= least)
            })
            .map(|found| String::from_utf8_lossy(found.candidate.secret.expose()).into_owned())
            .collect()
    }
}
