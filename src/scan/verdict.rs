//! The judge of assignments, for training and for explanations: features, trees, and what each group of features
//! adds.

pub use super::generic::{COUNT, DEPTH, FEATURES, Features, Group, INNER, LEAVES, Model, Node, Tree, UNIT};

use super::generic;
use crate::model::{Candidate, Score};

/// The features that were judged of a candidate; `None` if the model did not judge it.
pub fn features(candidate: &Candidate) -> Option<Features> {
    generic::features(candidate)
}

/// The score that a model gives a candidate with these features, as in a scan; `None` if it drops the candidate or did
/// not judge it.
pub fn score(model: &Model, candidate: &Candidate, features: &Features) -> Option<Score> {
    generic::weigh(model, candidate, features)
}

/// The least that a group must add to be named, in [`UNIT`]s of log-odds times 1024.
const NAMED: i32 = UNIT * 2 / 5;

/// What speaks for a candidate and then what speaks against it, the strongest first, as clauses; empty if the model did
/// not judge it.
pub fn reasons(candidate: &Candidate) -> Vec<String> {
    features(candidate).map(|features| reasons_of(&features)).unwrap_or_default()
}

/// The probability that the model of this build gives for these features, in thousandths.
pub fn probability(features: &Features) -> Score {
    Score(Model::shipped().calibrated(Model::shipped().sum(features)))
}

/// The same as [`reasons`] from features.
pub fn reasons_of(features: &Features) -> Vec<String> {
    let shares = Model::shipped().contributions(features);
    let mut named: Vec<(i32, Group)> =
        Group::ALL.into_iter().map(|group| (shares[group as usize], group)).collect();
    named.retain(|(share, _)| share.abs() >= NAMED);
    // Stable, so that equal shares keep the order of groups.
    named.sort_by_key(|(share, _)| -share.abs());
    let (speak_for, against): (Vec<_>, Vec<_>) = named.into_iter().partition(|(share, _)| *share > 0);
    let speak_for = speak_for.into_iter().take(3);
    let clauses =
        speak_for.chain(against.into_iter().take(2)).map(|(share, group)| clause(group, share > 0, features));
    clauses.map(str::to_owned).collect()
}

fn clause(group: Group, speaks_for: bool, features: &Features) -> &'static str {
    match (group, speaks_for) {
        (Group::Kind, true) => "its name says that it is a secret",
        (Group::Kind, false) => "its name hardly says that it is a secret",
        (Group::Words, true) => "the rest of its name fits a secret",
        (Group::Words, false) => "the rest of its name speaks of something else",
        (Group::Form, true) => "it is written as secrets are",
        (Group::Form, false) => "it is written as secrets seldom are",
        (Group::Length, true) => "it is as long as secrets are",
        (Group::Length, false) => "it is not as long as secrets are",
        (Group::Randomness, true) if features.is_random() => "it looks random",
        (Group::Randomness, true) => "its characters are mixed as in a password",
        (Group::Randomness, false) => "it does not look random",
        (Group::Wording, true) if features.is_wordy() => "its words are not those of code",
        (Group::Wording, true) => "it is not made of words",
        (Group::Wording, false) if features.is_wordy() => "it is made of words",
        (Group::Wording, false) => "its marks are those of code",
        (Group::Pattern, true) => "its digits and marks are placed as in a secret",
        (Group::Pattern, false) => "its digits and marks are placed as in other values",
    }
}

/// From now on no assignment in the whole process is dropped for its score. For the trainer alone: unlikely candidates
/// teach it most.
pub fn keep_all() {
    generic::keep_all();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Piece;
    use crate::rules::Catalogue;
    use crate::scan::{Scanner, Scratch};

    #[test]
    fn reasons_are_clauses_in_a_fixed_order_and_name_no_value() {
        let scanner = Scanner::new(&Catalogue::embedded());
        let value = crate::rules::template::fill("{base62:32}", 7).expect("the template is well formed");
        for line in [format!("api_key = \"{value}\"\n"), "db_password = \"blaukraut77!\"\n".to_owned()] {
            let found = scanner.scan(&Piece::whole(line.as_bytes()), &mut Scratch::default());
            let candidate = &found.first().expect("there is a secret").candidate;
            let said = reasons(candidate);
            assert!((1..=5).contains(&said.len()), "{said:?}");
            assert_eq!(said, reasons(candidate));
            assert!(said.iter().all(|clause| !clause.contains(&value) && clause.is_ascii()));
        }
    }

    #[test]
    fn a_provider_s_token_has_no_features() {
        let scanner = Scanner::new(&Catalogue::embedded());
        let token =
            crate::rules::template::fill("ghp_{base62:30}{crc32-base62:6}", 3).expect("it is well formed");
        let found = scanner.scan(&Piece::whole(token.as_bytes()), &mut Scratch::default());
        assert!(
            found.iter().all(|one| features(&one.candidate).is_none() && reasons(&one.candidate).is_empty())
        );
    }
}
