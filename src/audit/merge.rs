//! One finding a secret over repositories, with its path through them.
//!
//! # Design
//!
//! Repositories come in the order of their names, and all that is chosen (which repository a finding's rule is from, which
//! was first) is chosen by values in the reports. So the result does not depend on shards, workers or their order.

use crate::model::{Finding, Fingerprint, FoundIn, InHistory, RepositoryRole, Suppression, Vaulted};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How many repositories a sentence names.
const NAMED: usize = 3;

/// Findings of repositories, by the names of their secrets over repositories.
#[derive(Debug, Default)]
pub(crate) struct Merger {
    findings: Vec<Vec<(Arc<str>, Finding)>>,
    by_identity: HashMap<Fingerprint, usize>,
    /// In the order of `findings`.
    identities: Vec<Fingerprint>,
}

impl Merger {
    /// Adds the findings of a repository, and their names over repositories. Repositories come in the order of their names.
    pub(crate) fn add(&mut self, repository: &str, findings: Vec<Finding>, identities: &[Fingerprint]) {
        let repository: Arc<str> = repository.into();
        for (finding, &identity) in findings.into_iter().zip(identities) {
            let at = *self.by_identity.entry(identity).or_insert_with(|| {
                self.findings.push(Vec::new());
                self.identities.push(identity);
                self.findings.len() - 1
            });
            self.findings[at].push((Arc::clone(&repository), finding));
        }
    }

    /// The merged findings.
    pub(crate) fn finish(self) -> Vec<Finding> {
        self.findings
            .into_iter()
            .zip(self.identities)
            .map(|(same, identity)| merged(same, identity))
            .collect()
    }
}

/// One finding of those of one secret, at least one.
fn merged(mut same: Vec<(Arc<str>, Finding)>, identity: Fingerprint) -> Finding {
    let repositories = path(&same);
    let all_suppressed = same.iter().all(|(_, finding)| finding.is_suppressed());
    let suppressed_by =
        same.iter().find_map(|(_, finding)| finding.suppressed_by.clone()).filter(|_| all_suppressed);
    let is_live = same.iter().any(|(_, finding)| finding.live() == Some(true));
    let is_of_history = same.iter().any(|(_, finding)| finding.history.is_some());
    let first = repositories.first().and_then(|one| one.introduced.clone());
    // Removed is what no repository has any more.
    let removals = same.iter().map(|(_, finding)| finding.removed().cloned()).collect::<Option<Vec<_>>>();
    let removed = removals.and_then(|all| all.into_iter().max_by_key(|commit| (commit.time, commit.id)));
    let mut occurrences = Vec::new();
    let mut refs = Vec::new();
    let mut ref_count = 0;
    for (repository, finding) in &mut same {
        let whole = finding.suppressed_by.clone();
        for mut one in std::mem::take(&mut finding.occurrences) {
            let path = match &one.place.path {
                Some(path) => format!("{repository}/{path}"),
                None => repository.to_string(),
            };
            one.place.path = Some(Arc::from(path));
            if !all_suppressed {
                one.suppressed_by = one.suppressed_by.or_else(|| whole.clone());
            }
            occurrences.push(one);
        }
        ref_count += finding.ref_count();
        refs.extend(finding.refs().iter().map(|name| format!("{repository} {name}")));
    }
    let best = same.iter().enumerate().max_by(|(at, (_, one)), (other_at, (_, other))| {
        (one.score, one.rule.severity, other_at).cmp(&(other.score, other.rule.severity, at))
    });
    let best = best.map_or(0, |(at, _)| at);
    let stored = same.iter_mut().filter_map(|(_, finding)| finding.stored.take()).map(|stored| *stored);
    let stored = stored.reduce(stored_in_either).map(Box::new);
    let (_, mut finding) = same.swap_remove(best);
    finding.reasons.extend(sentence(&repositories));
    Finding {
        fingerprint: identity,
        suppressed_by,
        history: is_of_history.then_some(InHistory {
            introduced: first,
            removed,
            live: is_live,
            refs,
            ref_count,
        }),
        occurrences,
        repositories,
        stored,
        ..finding
    }
}

/// What the index of known secrets has on a secret of two repositories: the same entries, and the environments that paths in
/// either name.
fn stored_in_either(mut one: Vaulted, other: Vaulted) -> Vaulted {
    for (all, more) in [
        (&mut one.entries, other.entries),
        (&mut one.environments, other.environments),
        (&mut one.services, other.services),
    ] {
        all.extend(more);
        all.sort();
        all.dedup();
    }
    one
}

/// The repositories in which a secret is, in the order in which it came to them.
fn path(same: &[(Arc<str>, Finding)]) -> Vec<FoundIn> {
    let mut path: Vec<FoundIn> = same
        .iter()
        .map(|(repository, finding)| FoundIn {
            repository: repository.to_string(),
            role: RepositoryRole::First,
            fingerprint: finding.fingerprint,
            introduced: finding.introduced().cloned(),
            removed: finding.removed().cloned(),
            live: finding.live(),
            suppressed_by: suppression(finding),
        })
        .collect();
    // One whose time is not known comes last.
    path.sort_by(|one, other| {
        let key = |one: &FoundIn| {
            let time = one.introduced.as_ref().map(|commit| commit.time);
            (time.is_none(), time, one.repository.clone(), one.fingerprint)
        };
        key(one).cmp(&key(other))
    });
    let mut commits = BTreeSet::new();
    for (at, one) in path.iter_mut().enumerate() {
        let is_known = one.introduced.as_ref().is_some_and(|commit| !commits.insert(commit.id));
        one.role = match (at, is_known) {
            (0, _) => RepositoryRole::First,
            (_, true) => RepositoryRole::Fork,
            (_, false) => RepositoryRole::Copy,
        };
    }
    path
}

/// What covers a finding in its repository: it, or each of its places.
fn suppression(finding: &Finding) -> Option<Suppression> {
    let of_places = || finding.occurrences.first().and_then(|one| one.suppressed_by.clone());
    finding.suppressed_by.clone().or_else(|| finding.is_suppressed().then(of_places).flatten())
}

/// The path in words, if it is in more than one repository.
fn sentence(path: &[FoundIn]) -> Option<String> {
    let (first, others) = path.split_first().filter(|(_, others)| !others.is_empty())?;
    let mut parts = vec![format!("first in {}", first.repository)];
    for (role, what) in
        [(RepositoryRole::Fork, "in forks of that history"), (RepositoryRole::Copy, "copied to")]
    {
        let names: Vec<&str> =
            others.iter().filter(|one| one.role == role).map(|one| one.repository.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let more = match names.len().checked_sub(NAMED) {
            Some(more) if more > 0 => format!(" and {more} more"),
            _ => String::new(),
        };
        parts.push(format!("{what}: {}{more}", names[..names.len().min(NAMED)].join(", ")));
    }
    Some(format!("in {} repositories: {}", path.len(), parts.join("; ")))
}
