//! How far a candidate is believed at a place, in words: for explanations.

use super::judge::{Disbelief, Judge};
use super::reasons;
use crate::model::{Candidate, Place, Score};

/// How far a candidate is believed at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    /// The score.
    pub score: Score,
    /// What it would be in an ordinary file.
    pub elsewhere: Score,
    /// What speaks for it and against it, as clauses.
    pub reasons: Vec<String>,
    /// True if it counts as made up: only its name and look speak for it, in tests, documentation or examples.
    pub is_made_up: bool,
}

impl Judge<'_> {
    /// What `candidate` is worth at `place`, as in a run, or why it is not believed there. `clauses` are those of the judge
    /// of assignments.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn explain(
        &mut self,
        candidate: &Candidate,
        place: &Place,
        clauses: fn(&Candidate) -> Vec<String>,
    ) -> Result<Belief, Disbelief> {
        let judgement = self.weigh(candidate, place)?;
        let rule = self.rule(candidate).ok_or(Disbelief::Part)?;
        Ok(Belief {
            score: judgement.score,
            elsewhere: self.elsewhere(candidate, judgement).unwrap_or(judgement.score),
            reasons: reasons::reasons(candidate, rule, judgement, clauses),
            is_made_up: Self::is_made_up(candidate, rule, judgement),
        })
    }
}
