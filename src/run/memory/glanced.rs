//! What is kept of a run that only glanced at what had come: how much there was, and where what was found stands.

use super::{COVERAGE, FOUND, GIST, Gist, HEAD, Head, Memory, Volume, collected};
use crate::model::Coverage;
use crate::record::{Reader, Writer};
use crate::run::job::Collected;
use crate::run::output;
use crate::source::history::{Site, State};

impl Memory<'_> {
    /// What a glance needs to know, where the packed refs and the files are sound: the store as it was, and the rest.
    pub(in crate::run) fn gist(&self) -> Option<(&State, Gist)> {
        let head = self.ground.head.as_ref().filter(|head| head.has_gist && head.packed == self.packed)?;
        let gist = Gist::read(&self.ground.section(GIST)?).filter(|_| self.note().is_none())?;
        Some((&head.state, gist))
    }

    /// What was found by the run that left what later ones go on from.
    pub(in crate::run) fn before(&self) -> Option<Collected> {
        self.found(&self.ground)
    }

    /// What the run found that wrote `file`.
    pub(super) fn found(&self, file: &Volume) -> Option<Collected> {
        let head = file.head.as_ref()?;
        let read =
            |file: &Volume| collected::read(&mut Reader::new(&file.section(FOUND)?), self.job.infos.len());
        let Some(mark) = head.ground else { return read(file) };
        let ground = Some(&self.ground).filter(|ground| ground.mark() == Some(mark))?;
        let coverage = collected::read_coverage(&mut Reader::new(&file.section(COVERAGE)?))?;
        Some(Collected { coverage, refuted: head.refuted, ..read(ground)? })
    }

    /// Keeps that what an earlier run found still holds, where so much was looked at by now and so many were refuted.
    pub(in crate::run) fn keep_glanced(&self, coverage: &Coverage, refuted: u64) {
        let (Some(state), Some(ground)) = (self.lasting(), &self.ground.head) else { return };
        let head = Head { until: ground.until, refuted, ground: self.ground.mark(), ..self.head(state) };
        let mut out = Writer::default();
        collected::coverage(&mut out, coverage);
        let sections = [(HEAD, head.write(self)), (COVERAGE, out.finish())];
        if let Err(error) = self.cache.save(&self.latest.name, &sections) {
            output::mention(self.job.flags, &format!("nothing is kept for the next run: {error}"));
        }
    }

    /// The state of the store, its loose objects learnt, if that is what it was while it was read.
    pub(super) fn lasting(&self) -> Option<State> {
        let mut state = self.state.clone();
        state.learn(self.ground.head.as_ref().map(|head| &head.state));
        // Whatever has changed by now may have changed before it was read, or after.
        let now = || Site::state_of(self.repository);
        (state.is_settled() && now().is_ok_and(|now| now.is_settled() && now == state)).then_some(state)
    }

    /// The head of a file about this state, and these refs.
    pub(super) fn head(&self, state: State) -> Head {
        let (refs, packed) = (self.refs.clone(), self.packed.clone());
        let (has_trail, has_gist) = (false, false);
        Head { state, refs, packed, until: None, refuted: 0, has_trail, has_gist, ground: None }
    }
}

impl Volume {
    /// What tells the file from every other.
    fn mark(&self) -> Option<[u8; 16]> {
        self.sealed.as_ref().map(crate::cache::Sealed::mark)
    }
}
