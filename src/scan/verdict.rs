//! The judge of assignments, for those who train it and for those who ask it why: features, trees, and what
//! each group of features adds.

pub use super::generic::{
    COUNT, DEPTH, FEATURES, Features, Group, INNER, LEAVES, Model, Node, Tree, UNIT,
};

use super::generic;
use crate::model::Candidate;

/// The features that were judged of a candidate; `None` for one that the model did not judge.
pub fn features(candidate: &Candidate) -> Option<Features> {
    generic::features(candidate)
}

/// From now on no assignment is dropped for its score, in the whole process. For the trainer alone: an unlikely
/// candidate is what it learns most from.
pub fn keep_all() {
    generic::keep_all();
}
