//! From a scanned history to places: passes what `source::history` read to `provenance`; neither knows the other.

use crate::git::odb::missing::{Counts, Unread};
use crate::incremental::{Dependencies, Noted};
use crate::model::Coverage;
use crate::provenance::{Facts, GatheredTexts, Holding, Subject};
use crate::source::history::{History, Scanned, Unopened, is_lasting};
use std::sync::atomic::AtomicBool;

/// `history` as the input of attribution.
pub(crate) fn subject(history: &History) -> Subject<'_> {
    Subject {
        repository: &history.repository,
        partial: history.is_partial(),
        objects: &history.objects,
        refs: &history.refs,
        meant: history.refs_meant(),
        ref_names: history.ref_names(),
        range: history.range(),
    }
}

/// The facts of a history, and what was noted on the way.
pub(crate) struct Traced<'a> {
    /// The facts, from which places are made.
    pub(crate) facts: Facts<'a>,
    unread: Unread,
    counts: Counts,
    unopened: Unopened,
}

impl<'a> Traced<'a> {
    /// The facts of `subject` that `find` finds, once its texts have been scanned.
    pub(crate) fn new<E>(
        subject: &'a Subject<'a>,
        scanned: Scanned,
        holding: Holding<'_>,
        find: impl FnOnce(&'a Subject<'a>, GatheredTexts<'_>, Holding<'_>) -> Result<Facts<'a>, E>,
    ) -> Result<Self, E> {
        let Scanned { gathered, people, unread, counts, unopened } = scanned;
        let texts = GatheredTexts { gathered, people: &people, unread: &unread, counts: &counts };
        let facts = find(subject, texts, holding)?;
        Ok(Self { facts, unread, counts, unopened })
    }

    /// The bytes of a checkpoint from which a later run can start, if one can.
    pub(crate) fn checkpoint(&self) -> Option<Vec<u8>> {
        let Self { facts, unread, counts, unopened } = self;
        facts
            .can_be_extended()
            .then(|| crate::incremental::checkpoint(facts, &Noted { unread, counts, unopened }))
    }

    /// What the result depends on besides the store and the refs.
    pub(crate) fn dependencies(&self, history: &History) -> Dependencies {
        Dependencies::of(&history.repository, self.unopened.lfs(), !self.facts.strays.is_empty())
    }

    /// The coverage; and true if another run would have the same result while the store and the refs do not change.
    pub(crate) fn coverage(self, history: &History, stop: &AtomicBool) -> (Coverage, bool) {
        let Self { facts, unread, counts, unopened } = self;
        let coverage = history.coverage(&counts, unread, &unopened, facts.is_cut(), stop);
        let is_lasting = is_lasting(&coverage);
        (coverage, is_lasting)
    }
}
