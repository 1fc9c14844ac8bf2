//! A key id beside a key makes the key more credible.
//!
//! A candidate near a *companion* of the same provider is raised. Companions are parts (an account's id, a user name), and
//! findings of another rule that name an account (an AWS key id beside its key). Only the nearest counts. If its rule
//! does not say what belongs to it (see `search`), it also takes over what the companion's check learnt.

use crate::model::{Fact, FactKind, Found, RuleInfo, Score};
use std::sync::Arc;

/// How far apart, in bytes, a credential and its companion may be.
const NEAR: usize = 1024;

/// What a companion adds to a score that no check has proved, and the most it can lift one to.
const LIFT: (u16, u16) = (300, 970);

/// Raises those of `found` that are near one of `parts`, or near another of `found` that names an account.
pub(in super::super) fn join(found: &mut [Found], mut parts: Vec<Found>, rules: &[Arc<RuleInfo>]) {
    parts.extend(found.iter().filter(|found| tells_account(found)).cloned());
    if parts.is_empty() {
        return;
    }
    parts.sort_by_key(|part| (part.secret_span(), part.candidate.rule));
    for found in found.iter_mut().filter(|found| !tells_account(found)) {
        let Some(provider) = provider_of(found, rules) else { continue };
        let span = found.secret_span();
        let first = parts.partition_point(|part| part.secret_span().start + NEAR < span.start);
        let near = parts[first..].iter().take_while(|part| part.secret_span().start <= span.end + NEAR);
        let nearest = near
            .filter(|part| provider_of(part, rules) == Some(provider))
            .min_by_key(|part| part.secret_span().start.abs_diff(span.start));
        let Some(part) = nearest else { continue };
        let candidate = Arc::make_mut(&mut found.candidate);
        let (lift, most) = LIFT;
        candidate.score = candidate.score.max(Score((candidate.score.0.saturating_add(lift)).min(most)));
        if rules.get(candidate.rule.0 as usize).is_some_and(|rule| !rule.companions.is_empty()) {
            continue;
        }
        if let Some(rule) = rules.get(part.candidate.rule.0 as usize) {
            candidate.facts.push(Fact::new(FactKind::Beside, rule.id.as_str()));
        }
        candidate.facts.extend(part.candidate.facts.iter().cloned());
    }
}

fn tells_account(found: &Found) -> bool {
    found.candidate.facts.iter().any(|fact| fact.kind == FactKind::Account)
}

fn provider_of<'a>(found: &Found, rules: &'a [Arc<RuleInfo>]) -> Option<&'a str> {
    rules.get(found.candidate.rule.0 as usize)?.provider.as_deref()
}
