//! Overlap: of the candidates of one blob that claim the same bytes, one is kept.
//!
//! Strongest first, each candidate takes its span unless a stronger one has taken bytes of it: a check
//! that holds beats a provider's shape, that beats a generic value; then the longer secret, then (of
//! generic ones) the higher score, then the lower rule id. Parts (companion ids) and refuted candidates
//! are never kept themselves, but they reserve their span, so that what they cover does not come back
//! as a generic secret. A refuted one whose prefix does not identify a provider reserves nothing: it
//! may be another's. A rule that applies to some files only competes with itself alone: a blob's path is not known
//! here, and if the rule does not apply there, its match must not have displaced another. Several secrets may be in one
//! encoded run, so two *decoded* candidates are rivals only if one secret contains the other. The
//! result does not depend on the order of the list. Candidates of imported rules take part in none of this: each is kept.

use super::companion;
use crate::model::{Candidate, Check, Found, RuleIndex, RuleInfo, Span, Worth};
use memchr::memmem;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is kept after overlaps were settled.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The candidates that are kept, by start.
    pub found: Vec<Found>,
    /// How many candidates were refuted by a check, and lost to none that is kept.
    pub refuted: u64,
}

/// From this length on, the bytes that every value of a rule begins with identify its provider.
const LEAST_PREFIX: usize = 3;

/// How strong a claim to a span is; the lower wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// Its check holds.
    Proved,
    /// It has a provider's shape.
    Shape,
    /// It has a provider's shape, and fails a check that older forms may fail.
    Doubtful,
    /// A companion id: reserves its span, is not kept.
    Part,
    /// Its check refutes it: reserves its span, is not kept.
    Refuted,
    /// The hash of a password, by its shape: a rule that knows the file it is from says more about it.
    Hash,
    /// An assignment.
    Generic,
    /// Its check refutes it, and only its context said that it is one: anything else found there is kept.
    Mistaken,
}

impl Strength {
    /// The strength of a candidate of `rule`.
    pub(super) fn of(candidate: &Candidate, rule: &RuleInfo) -> Self {
        match (candidate.check, rule) {
            (Check::Refuted, rule) if rule.prefix.len() < LEAST_PREFIX => Self::Mistaken,
            (Check::Refuted, _) => Self::Refuted,
            (_, rule) if rule.part => Self::Part,
            (_, rule) if candidate.worth == Worth::Hash && !rule.generic && rule.path.is_none() => Self::Hash,
            (Check::Holds, _) => Self::Proved,
            (_, rule) if rule.generic => Self::Generic,
            (Check::Fails, _) => Self::Doubtful,
            (Check::None, _) => Self::Shape,
        }
    }
}

/// Settles the overlaps among all candidates of one blob. Candidates of rules that are not in
/// `rules` are dropped.
pub fn settle(found: Vec<Found>, rules: &[Arc<RuleInfo>]) -> Settled {
    settle_with(found, rules, |_| {})
}

/// What became of a candidate when overlaps were settled.
#[derive(Clone, Copy, Debug)]
pub enum Claimed<'f> {
    /// It took its span and is kept.
    Kept(&'f Found),
    /// It took its span, and is a part of what another rule finds.
    Part(&'f Found),
    /// It took its span, and its check refutes it.
    Refuted(&'f Found),
    /// A stronger one had taken this span before.
    Lost(&'f Found, Span),
}

/// The same, telling `see` what becomes of each candidate, the strongest first.
pub fn settle_with(found: Vec<Found>, rules: &[Arc<RuleInfo>], mut see: impl FnMut(Claimed<'_>)) -> Settled {
    let mut ranked: Vec<(Strength, Found)> = found
        .into_iter()
        .filter_map(|found| {
            let rule = rules.get(found.candidate.rule.0 as usize)?;
            Some((Strength::of(&found.candidate, rule), found))
        })
        .collect();
    let is_imported = |found: &Found| rules[found.candidate.rule.0 as usize].imported;
    let imported: Vec<Found> =
        ranked.extract_if(.., |(_, found)| is_imported(found)).map(|(_, found)| found).collect();
    imported.iter().for_each(|found| see(Claimed::Kept(found)));
    ranked.sort_by(|(left_strength, left), (right_strength, right)| {
        let surer = || match left_strength {
            // Two names may claim one value: the one that says more about it is kept.
            Strength::Generic => right.candidate.score.cmp(&left.candidate.score),
            _ => Ordering::Equal,
        };
        let longer = || right.candidate.secret.len().cmp(&left.candidate.secret.len());
        left_strength
            .cmp(right_strength)
            .then_with(longer)
            .then_with(surer)
            .then_with(|| rank(left).cmp(&rank(right)))
    });

    let mut settled = Settled::default();
    let mut parts = Vec::new();
    let mut all_taken: BTreeMap<Option<RuleIndex>, Taken> = BTreeMap::new();
    for (strength, found) in ranked {
        let rule = found.candidate.rule;
        let apart = rules[rule.0 as usize].path.is_some().then_some(rule);
        let taken = all_taken.entry(apart).or_default();
        if let Some(span) = taken.denier(&found) {
            see(Claimed::Lost(&found, span));
            continue;
        }
        let stands = !matches!(strength, Strength::Part | Strength::Refuted | Strength::Mistaken);
        taken.take(&found, stands);
        match strength {
            Strength::Refuted | Strength::Mistaken => {
                see(Claimed::Refuted(&found));
                settled.refuted += 1;
            }
            Strength::Part => {
                see(Claimed::Part(&found));
                parts.push(found);
            }
            _ => {
                see(Claimed::Kept(&found));
                settled.found.push(found);
            }
        }
    }
    settled.found.extend(imported);
    settled.found.sort_by_key(|found| (found.start, found.secret_span(), found.candidate.rule));
    companion::join(&mut settled.found, parts, rules);
    settled
}

/// The order among candidates of equal strength: longer secret, lower rule, then all that makes the
/// order total.
fn rank(found: &Found) -> impl Ord + '_ {
    let candidate = &*found.candidate;
    (
        (Reverse(candidate.secret.len()), candidate.rule, Reverse(candidate.score)),
        (found.secret_span(), found.start, candidate.len),
        (candidate.decoded_by.as_slice(), candidate.form, candidate.identifier.as_deref()),
        candidate.secret.expose(),
    )
}

/// Spans that are taken.
#[derive(Default)]
struct Taken {
    /// Plain spans, start to end; they do not overlap each other.
    plain: BTreeMap<usize, Claim>,
    /// Encoded runs and the secrets in them, by start; a second number distinguishes equal starts.
    decoded: BTreeMap<(usize, usize), (Claim, Found)>,
    /// Length of the longest encoded run that is taken.
    longest: usize,
}

/// The end of a taken span, and whether its candidate is kept (else it only shields against generic ones).
#[derive(Clone, Copy)]
struct Claim {
    end: usize,
    stands: bool,
}

impl Claim {
    /// Whether the claim that starts at `start` keeps `span` from being taken. One that is not kept
    /// shields its own bytes, but no much longer value that contains them.
    fn denies(self, start: usize, span: Span) -> bool {
        let own = Span::new(start, self.end);
        own.overlaps(span) && (self.stands || own.len() * 2 >= span.len())
    }
}

impl Taken {
    /// The plain spans that share a byte with `span`, last first.
    fn overlapping(&self, span: Span) -> impl Iterator<Item = (usize, Claim)> + '_ {
        let before_end = self.plain.range(..span.end).rev().map(|(&start, &claim)| (start, claim));
        before_end.take_while(move |(_, claim)| claim.end > span.start)
    }

    /// The span that keeps a candidate from being taken, if there is one.
    fn denier(&self, found: &Found) -> Option<Span> {
        let span = found.secret_span();
        let plain = self.overlapping(span).find(|(start, claim)| claim.denies(*start, span));
        if let Some((start, claim)) = plain {
            return Some(Span::new(start, claim.end));
        }
        let near = (span.start.saturating_sub(self.longest), 0)..(span.end, 0);
        let decoded = self.decoded.range(near).find(|((start, _), (claim, rival))| {
            claim.denies(*start, span) && are_rivals(&found.candidate, &rival.candidate)
        });
        decoded.map(|(&(start, _), (claim, _))| Span::new(start, claim.end))
    }

    fn take(&mut self, found: &Found, stands: bool) {
        let span = found.secret_span();
        let claim = Claim { end: span.end, stands };
        if found.candidate.decoded_by.is_empty() {
            // What it overlaps, a shield too short to deny it, is removed: plain spans stay disjoint.
            let overlapped: Vec<usize> = self.overlapping(span).map(|(start, _)| start).collect();
            for start in overlapped {
                self.plain.remove(&start);
            }
            self.plain.insert(span.start, claim);
        } else {
            self.longest = self.longest.max(span.len());
            self.decoded.insert((span.start, self.decoded.len()), (claim, found.clone()));
        }
    }
}

/// Whether two candidates whose spans overlap cannot both be right.
fn are_rivals(one: &Candidate, other: &Candidate) -> bool {
    if one.decoded_by.is_empty() || other.decoded_by.is_empty() {
        return true;
    }
    let (one, other) = (one.secret.expose(), other.secret.expose());
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    memmem::find(long, short).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::{Decoding, Fact, FactKind, Form, Score, Secret};
    use proptest::prelude::*;

    /// A candidate of rule `rule` over `start..end` of the blob.
    fn found(rule: u32, start: usize, end: usize, check: Check) -> Found {
        let secret: Vec<u8> = (start..end).map(|at| at as u8).collect();
        sample::found(start, Candidate { rule: RuleIndex(rule), check, ..sample::candidate(&secret) })
    }

    /// The rule and start of what is kept, and how many were refuted.
    fn stands(list: Vec<Found>) -> (Vec<(u32, usize)>, u64) {
        let settled = settle(list, &sample::rules());
        (settled.found.iter().map(|found| (found.candidate.rule.0, found.start)).collect(), settled.refuted)
    }

    const TOKEN: u32 = 0;
    const OLD: u32 = 1;
    const PART: u32 = 2;
    const GENERIC: u32 = 3;

    #[test]
    fn the_stronger_claim_stands() {
        use Check::{Fails, Holds, None, Refuted};
        let table = [
            // A check that holds beats a longer shape; a shape beats a longer generic value.
            (vec![(TOKEN, 0, 40, None), (OLD, 10, 30, Holds)], vec![(OLD, 10)], 0),
            (vec![(GENERIC, 0, 40, None), (OLD, 10, 30, None)], vec![(OLD, 10)], 0),
            (vec![(TOKEN, 0, 20, Fails), (OLD, 0, 20, None)], vec![(OLD, 0)], 0),
            // Then the longer, then the lower rule.
            (vec![(TOKEN, 0, 20, None), (OLD, 0, 30, None)], vec![(OLD, 0)], 0),
            (vec![(OLD, 0, 20, None), (TOKEN, 0, 20, None)], vec![(TOKEN, 0)], 0),
            (vec![(GENERIC, 0, 20, None), (GENERIC, 5, 12, None)], vec![(GENERIC, 0)], 0),
            // No overlap, no conflict.
            (vec![(TOKEN, 0, 20, None), (GENERIC, 20, 30, None)], vec![(TOKEN, 0), (GENERIC, 20)], 0),
            // Refuted ones and parts are not kept and shield their bytes, not a longer value.
            (vec![(TOKEN, 0, 20, Refuted), (GENERIC, 0, 20, None)], vec![], 1),
            (vec![(TOKEN, 0, 20, Refuted), (OLD, 5, 20, None)], vec![(OLD, 5)], 0),
            (vec![(PART, 0, 20, None), (GENERIC, 0, 24, None)], vec![], 0),
            (vec![(PART, 0, 20, None), (GENERIC, 0, 60, None)], vec![(GENERIC, 0)], 0),
            (
                vec![(PART, 10, 12, None), (GENERIC, 0, 60, None), (GENERIC, 30, 50, None)],
                vec![(GENERIC, 0)],
                0,
            ),
        ];
        for (list, wanted, refuted) in table {
            let list: Vec<Found> =
                list.into_iter().map(|(rule, start, end, check)| found(rule, start, end, check)).collect();
            assert_eq!(stands(list.clone()), (wanted, refuted), "{list:?}");
        }
    }

    /// The rules that are kept if the rule of tokens is this one.
    fn with_token_rule(token: RuleInfo, list: Vec<Found>) -> (Vec<u32>, u64) {
        let mut rules = sample::rules();
        rules[TOKEN as usize] = Arc::new(token);
        let settled = settle(list, &rules);
        (settled.found.iter().map(|found| found.candidate.rule.0).collect(), settled.refuted)
    }

    #[test]
    fn what_is_refuted_shields_its_place_only_if_it_begins_as_no_others_do() {
        let token = RuleInfo::clone(&sample::rules()[TOKEN as usize]);
        let list = || vec![found(TOKEN, 0, 20, Check::Refuted), found(GENERIC, 0, 20, Check::None)];
        for (prefix, wanted) in [("acm", (vec![], 1)), ("ac", (vec![GENERIC], 0)), ("", (vec![GENERIC], 0))] {
            let token = RuleInfo { prefix: prefix.to_owned().into(), ..token.clone() };
            assert_eq!(with_token_rule(token, list()), wanted, "{prefix:?}");
        }
        let token = RuleInfo { prefix: "".into(), ..token };
        assert_eq!(with_token_rule(token, vec![found(TOKEN, 0, 20, Check::Refuted)]), (vec![], 1));
    }

    #[test]
    fn a_hash_yields_to_the_rule_of_the_file_that_keeps_it_and_to_no_assignment() {
        let hash = |rule: u32, check: Check| {
            let mut hash = found(rule, 0, 20, check);
            Arc::make_mut(&mut hash.candidate).worth = Worth::Hash;
            hash
        };
        let rules = sample::rules();
        let of_file = RuleInfo { path: Some("shadow$".into()), ..RuleInfo::clone(&rules[TOKEN as usize]) };
        let strength = |hash: &Found, rule: &RuleInfo| Strength::of(&hash.candidate, rule);
        for check in [Check::Holds, Check::Fails, Check::None] {
            let by_shape = strength(&hash(OLD, check), &rules[OLD as usize]);
            assert!(strength(&hash(TOKEN, check), &of_file) < by_shape);
            assert!(by_shape < strength(&hash(GENERIC, Check::None), &rules[GENERIC as usize]));
        }
    }

    fn decoded(rule: u32, start: usize, len: usize, secret: &[u8]) -> Found {
        let candidate = Candidate {
            rule: RuleIndex(rule),
            len,
            secret_at: Span::new(0, len),
            decoded_by: vec![Decoding::Base64],
            ..sample::candidate(secret)
        };
        sample::found(start, candidate)
    }

    #[test]
    fn several_secrets_may_stand_in_one_encoded_run() {
        let one = decoded(TOKEN, 0, 100, b"acme_first");
        let other = decoded(TOKEN, 0, 100, b"acme_second");
        let within = decoded(GENERIC, 0, 100, b"token: acme_first");
        let plain = found(GENERIC, 0, 100, Check::None);
        let (found, _) = stands(vec![plain, within, other, one]);
        assert_eq!(found, [(TOKEN, 0), (TOKEN, 0)]);
    }

    #[test]
    fn a_companion_nearby_raises_a_credential_and_tells_what_it_knows() {
        let mut id = (*found(PART, 100, 120, Check::None).candidate).clone();
        id.facts = vec![Fact::new(FactKind::Account, "42")];
        let list = vec![
            sample::found(100, id),
            found(TOKEN, 200, 240, Check::None),
            found(TOKEN, 9000, 9040, Check::None),
        ];
        let settled = settle(list, &sample::rules());
        let facts: Vec<_> =
            settled.found[0].candidate.facts.iter().map(|fact| (fact.kind, &*fact.value)).collect();
        assert_eq!(facts, [(FactKind::Beside, "acme-token-id"), (FactKind::Account, "42")]);
        assert_eq!(settled.found[0].candidate.score, Score(970));
        assert_eq!(settled.found[1].candidate.score, Score(960));
        assert!(settled.found[1].candidate.facts.is_empty());
    }

    #[test]
    fn a_finding_that_tells_an_account_is_a_companion_too() {
        let mut id = (*found(OLD, 100, 120, Check::None).candidate).clone();
        id.facts = vec![Fact::new(FactKind::Account, "42")];
        let list =
            vec![sample::found(100, id.clone()), found(TOKEN, 130, 170, Check::None), sample::found(300, id)];
        let settled = settle(list, &sample::rules());
        let scores: Vec<_> = settled.found.iter().map(|found| found.candidate.score.0).collect();
        assert_eq!(scores, [960, 970, 960]);
        let facts: Vec<_> = settled.found[1].candidate.facts.iter().map(|fact| &*fact.value).collect();
        assert_eq!(facts, ["acme-token-old", "42"]);
    }

    #[test]
    fn unknown_rules_and_empty_lists_do_no_harm() {
        assert_eq!(stands(vec![found(99, 0, 20, Check::None)]), (vec![], 0));
        assert_eq!(stands(Vec::new()), (vec![], 0));
        let empty = sample::found(5, sample::candidate(b""));
        assert_eq!(stands(vec![empty.clone(), empty]).1, 0);
    }

    #[test]
    fn a_hostile_number_of_overlaps_takes_no_time() {
        let list = (0..30_000).map(|at| found(at as u32 % 4, at, at + 1 + at % 900, Check::None)).collect();
        let start = std::time::Instant::now();
        assert!(!settle(list, &sample::rules()).found.is_empty());
        assert!(start.elapsed().as_secs() < 5);
    }

    prop_compose! {
        fn any_found()(
            rule in 0_u32..4, start in 0_usize..60, len in 1_usize..30, check in 0_usize..4, decoded in any::<bool>(),
            score in 1_u16..900, quoted in any::<bool>(),
        ) -> Found {
            let check = Check::ALL[check];
            let mut candidate = (*found(rule, start, start + len, check).candidate).clone();
            candidate.score = Score(score);
            candidate.form = if quoted { Form::Quoted } else { Form::Token };
            if decoded {
                candidate.decoded_by = vec![Decoding::Hex];
                candidate.secret = Secret::new(&candidate.secret.expose()[..len.div_ceil(2)]);
            }
            sample::found(start, candidate)
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_list_does_not_matter(
            (list, shuffled) in proptest::collection::vec(any_found(), 0..12)
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        ) {
            let (one, other) = (settle(list, &sample::rules()), settle(shuffled, &sample::rules()));
            prop_assert_eq!(one.found, other.found);
            prop_assert_eq!(one.refuted, other.refuted);
        }

        #[test]
        fn no_two_plain_candidates_that_stand_overlap(list in proptest::collection::vec(any_found(), 0..12)) {
            let settled = settle(list, &sample::rules()).found;
            for (at, one) in settled.iter().enumerate() {
                for other in &settled[at + 1..] {
                    let both_decoded = !one.candidate.decoded_by.is_empty() && !other.candidate.decoded_by.is_empty();
                    prop_assert!(both_decoded || !one.secret_span().overlaps(other.secret_span()));
                }
            }
        }
    }
}
