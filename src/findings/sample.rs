//! Candidates, rules and sightings for this stage's tests.

use super::{Hit, Side, Sighting};
use crate::model::{
    Basis, Candidate, Check, Commit, Confidence, Context, Form, Found, Kind, Location, ObjectId, Place,
    Presence, RuleIndex, RuleInfo, RuleText, Score, Secret, Severity, Source, SourceParts, Span, Worth,
};
use std::sync::Arc;

/// A plain shape of rule 0 that is all secret.
pub(super) fn candidate(secret: &[u8]) -> Candidate {
    Candidate {
        rule: RuleIndex(0),
        len: secret.len(),
        secret_at: Span::new(0, secret.len()),
        secret: Secret::new(secret),
        identifier: None,
        form: Form::Token,
        check: Check::None,
        facts: Vec::new(),
        score: Score(960),
        worth: Worth::Whole,
        decoded_by: Vec::new(),
        basis: Basis::default(),
        context: Context::default(),
        inside: None,
        companions: Vec::new(),
    }
}

/// `candidate` at `start`.
pub(super) fn found(start: usize, candidate: Candidate) -> Found {
    Found { start, candidate: Arc::new(candidate) }
}

/// A rule of Acme's, neither generic nor a part.
pub(super) fn rule(id: &str) -> RuleInfo {
    RuleInfo {
        description: "Acme token".into(),
        provider: Some("Acme".into()),
        prefix: "acme_".into(),
        ..RuleInfo::plain(id.to_owned(), Severity::High, Confidence::High)
    }
}

/// Rule 0: Acme's token. 1: another of Acme's shapes. 2: Acme's account id, a part. 3: generic.
pub(super) fn rules() -> Vec<Arc<RuleInfo>> {
    let generic =
        RuleInfo { generic: true, provider: None, prefix: RuleText::default(), ..rule("generic-password") };
    let part = RuleInfo { part: true, ..rule("acme-token-id") };
    [rule("acme-token"), rule("acme-token-old"), part, generic].map(Arc::new).into()
}

/// A generic candidate: a value assigned to `password`.
pub(super) fn password(value: &[u8], form: Form, score: u16) -> Candidate {
    Candidate {
        rule: RuleIndex(3),
        identifier: Some("password".into()),
        form,
        score: Score(score),
        ..candidate(value)
    }
}

/// A file at `path`.
pub(super) fn file(path: &str) -> Place {
    Place::file(path)
}

/// A place of a kind, without a path.
pub(super) fn of_kind(kind: Kind) -> Place {
    let presence = Presence::UNKNOWN;
    let blob = ObjectId::from_bytes(&[7; 20]);
    let commit =
        blob.map(|id| Arc::new(Commit { id, author: String::new(), email: String::new(), time: 0, zone: 0 }));
    let given = [(None, None), (blob, None), (blob, commit)];
    let mut sources = given.into_iter().filter_map(|(blob, commit)| {
        Source::from_parts(SourceParts { kind, blob, commit, presence, image: None })
    });
    Place::of(sources.next().expect("each kind has a blob and a commit, a blob alone, or neither"))
}

/// The candidates on lines 1, 2, … of a place, on the head's side.
pub(super) fn sighting(place: Place, candidates: Vec<Candidate>) -> Sighting {
    let hit = |(line, candidate): (u64, Candidate)| {
        let location = Location {
            line,
            column: 1,
            end_line: line,
            end_column: 1 + candidate.len as u64,
            start: line * 100,
            end: line * 100 + candidate.len as u64,
            utf16_column: 1,
            utf16_end_column: 1 + candidate.len as u64,
        };
        Hit { found: found(line as usize * 100, candidate), location, allows: Vec::new() }
    };
    Sighting { place, hits: (1..).zip(candidates).map(hit).collect(), side: Side::Head }
}
