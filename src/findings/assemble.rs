//! From the candidates of a whole run to its findings.

use super::allow::regions;
use super::companion::FoldedIds;
use super::dedupe::{self, Group};
use super::judge::Judge;
use super::policy::Cover;
use super::{
    FileMarkers, LeftOut, Mask, Names, Policy, Problem, Salt, Side, Sighting, companion, members, places,
    reasons, table,
};
use crate::model::{
    Candidate, Confidence, Finding, Fingerprint, NewAllows, RuleInfo, Secret, SecretHistory, Severity,
    Suppression, Uncommitted, UnusedAllows,
};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// The options of the run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The rules that the candidates' `RuleIndex`es refer to.
    pub rules: &'a [Arc<RuleInfo>],
    /// Findings below it are counted only.
    pub min_confidence: Confidence,
    /// The least severity that fails the run.
    pub fail_on: Severity,
    /// What covers findings.
    pub policy: &'a Policy,
    /// `staged` and `diff`: the policy of the base's side, if it is known to differ. What it covered and
    /// `policy` does not is reported, although it was there before.
    pub before: Option<&'a Policy>,
    /// The policy after the change, if `policy` is that from before it: what the change uncovers is reported at once.
    pub after: Option<&'a Policy>,
    /// `diff`: how allow comments that the change adds are treated. `None` if it is not known what was before.
    pub new_allows: Option<NewAllows>,
    /// Today, for what expires.
    pub today: Date,
    /// Whether ignore entries that match nothing are reported: only if everything was scanned.
    pub report_unused: bool,
    /// Whether ignore entries that have expired are reported, even if nothing of theirs was found.
    pub report_expired: bool,
    /// The allow comments of the files that were scanned, to report those that cover nothing.
    pub markers: &'a [FileMarkers],
    /// How these are treated.
    pub unused_allows: UnusedAllows,
    /// Secrets known, without sightings, to be below `min_confidence`.
    pub left_out: Option<&'a LeftOut>,
    /// Whether values that look made up, since they are only among tests, documentation and examples, fail the run.
    pub fail_in_tests: bool,
    /// The reasons for and against a candidate of the judge of assignments, as clauses.
    pub explain: fn(&Candidate) -> Vec<String>,
    /// The folders that were scanned, as given: the path above them says nothing about a file.
    pub roots: &'a [String],
}

/// The findings of a run, and what to know about them.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// The findings of at least the requested confidence, including covered ones, in order.
    pub findings: Vec<Finding>,
    /// How many findings are below that confidence.
    pub below: u64,
    /// How many findings were there before the change and are left out.
    pub stood: u64,
    /// Problems of ignore entries.
    pub problems: Vec<Problem>,
    /// How many findings fail the run: uncovered, and severe enough.
    pub failing: u64,
    /// How many allow comments cover nothing, if that is asked for.
    pub unused_allows: u64,
    /// The mask for every secret of the run in printed text.
    pub mask: Mask,
}

/// Assembles the findings of a run. `lives` are the histories of secrets, if there are any; the
/// result depends on the order of neither list.
pub fn assemble(sightings: Vec<Sighting>, lives: Vec<SecretHistory>, options: &Options<'_>) -> Assembled {
    assemble_knowing(sightings, lives, options, &mut Names::default())
}

/// The same if some fingerprints are `known`; those that are computed are added.
pub fn assemble_knowing(
    sightings: Vec<Sighting>,
    lives: Vec<SecretHistory>,
    options: &Options<'_>,
    known: &mut Names,
) -> Assembled {
    let sightings = members::placed(sightings);
    // Of ansible's 9,295 occurrences the two take 16 ms one after the other, 11 to 15 side by side.
    let (mask, mut groups) = rayon::join(
        || Mask::of_sightings(&sightings, options.left_out, options.rules, &mut judge(options)),
        || {
            let mut judge = judge(options);
            dedupe::group(&sightings, &mut judge, options.min_confidence.floor())
        },
    );
    let is_wanted = |group: &Group<'_>| confidence(group) >= options.min_confidence;
    let tables = match options.before {
        Some(_) => {
            let mut judge = judge(options);
            table::before(&sightings, &mut judge, options.min_confidence.floor(), is_wanted)
        }
        None => Vec::new(),
    };
    let mut assembled = Assembled { mask, ..Assembled::default() };
    review_markers(&sightings, options, &mut assembled);
    drop(sightings);
    assembled.stood = leave_out_what_stood(&mut groups, tables, options, known);
    let mut refused: HashSet<Secret> = match options.new_allows {
        Some(new_allows) => {
            let refused = groups
                .iter_mut()
                .filter_map(|group| group.review_allows(new_allows).then(|| group.secret.clone()));
            refused.collect()
        }
        None => HashSet::new(),
    };
    let mut lives: HashMap<Secret, SecretHistory> =
        lives.into_iter().map(|life| (life.secret.clone(), life)).collect();
    table::fold(&mut groups, &mut lives, &mut refused, is_wanted);
    assembled.below = groups.iter().filter(|group| !is_wanted(group)).count() as u64;
    assembled.below += options.left_out.map_or(0, |left_out| left_out.findings);
    if options.report_unused && !options.policy.ignores.entries.is_empty() {
        assembled.problems.extend(unused_entries(&groups, options, known));
    }
    groups.retain(is_wanted);
    let ids = companion::fold(&mut groups);

    let secrets = secrets(&groups);
    let later = options.after.map(|after| names(&secrets, after.salts(), known)).unwrap_or_default();
    let uncovers = |at: usize| {
        let names = later.get(at).zip(options.after);
        names.is_some_and(|(names, after)| !matches!(after.cover(names, options.today), Cover::By(_)))
    };
    let names = names(&secrets, options.policy.salts(), known);
    for (at, (group, names)) in groups.into_iter().zip(names).enumerate() {
        let life = lives.remove(&group.secret);
        let is_refused = refused.contains(&group.secret);
        let is_made_up = !options.fail_in_tests && group.is_made_up();
        let is_new = options.after.is_some() && !group.was_there;
        let known = (names.as_slice(), &ids);
        let mut finding = finding(group, known, life, options, &mut assembled.problems);
        if finding.suppressed_by.as_ref().is_some_and(|by| !by.is_comment()) && uncovers(at) {
            finding.suppressed_by = None;
            finding.reasons.push("this change takes away what covered it".to_owned());
        }
        places::cover(&mut finding, &options.policy.places, options.after.map(|after| &after.places), is_new);
        cover_by_places(&mut finding);
        if is_refused && !finding.is_suppressed() {
            finding.reasons.push(reasons::REFUSED_ALLOW.to_owned());
        }
        if is_made_up && !finding.is_suppressed() {
            finding.suppressed_by = Some(Suppression::MadeUp);
        }
        let fails = finding.suppressed_by.is_none() && finding.rule.severity >= options.fail_on;
        assembled.failing += u64::from(fails);
        assembled.findings.push(finding);
    }
    if options.report_expired {
        let expired = options.policy.ignores.expired(options.today);
        let lines: BTreeSet<u64> = assembled.problems.iter().map(|problem| problem.line).collect();
        assembled.problems.extend(expired.into_iter().filter(|problem| !lines.contains(&problem.line)));
    }
    assembled.problems.sort();
    assembled.problems.dedup();
    assembled
}

/// Ignore entries that match nothing. To name what is not reported costs a memory-hard hash for each value, so this is asked only
/// if there are entries.
fn unused_entries(groups: &[Group<'_>], options: &Options<'_>, known: &mut Names) -> Vec<Problem> {
    let left_out = options.left_out.into_iter().flat_map(|left_out| &left_out.candidates);
    let secrets: BTreeSet<&Secret> =
        groups.iter().map(|group| &group.secret).chain(left_out.map(|one| &one.secret)).collect();
    let names = names(&Vec::from_iter(secrets), options.policy.salts(), known);
    let seen: BTreeSet<Fingerprint> = names.iter().flatten().map(|(_, name)| *name).collect();
    options.policy.ignores.check(Some(&seen), options.today)
}

/// Covers a finding each of whose places is covered: by allowlists, maybe with comments and other entries.
fn cover_by_places(finding: &mut Finding) {
    if finding.suppressed_by.is_some() || !finding.is_suppressed() {
        return;
    }
    let mut covers = finding.occurrences.iter().filter_map(|one| one.suppressed_by.clone());
    let are_new = covers.clone().any(|cover| cover.is_new());
    let other = covers.find(|cover| !cover.is_comment()).filter(|_| !are_new);
    finding.suppressed_by = other.or(Some(Suppression::AllowComments { are_new }));
}

/// Reports allow comments that have no meaning as they are, and those that cover nothing.
fn review_markers(sightings: &[Sighting], options: &Options<'_>, assembled: &mut Assembled) {
    let all = options.markers;
    assembled.problems.extend(all.iter().flat_map(|(path, markers)| regions::faults(path, markers)));
    if options.unused_allows == UnusedAllows::Ignore || all.is_empty() {
        return;
    }
    let positions: HashMap<&str, usize> = (0..).zip(all).map(|(at, (path, _))| (&**path, at)).collect();
    let mut used: Vec<Vec<bool>> = all.iter().map(|(_, markers)| vec![false; markers.len()]).collect();
    let mut judge = judge(options);
    for sighting in sightings.iter().filter(|one| matches!(one.side, Side::Head | Side::Whole)) {
        let at = sighting.place.path.as_deref().and_then(|path| positions.get(path));
        let Some(&at) = at.filter(|_| !sighting.place.kind().is_name()) else { continue };
        for hit in &sighting.hits {
            let candidate = &hit.found.candidate;
            let Some(rule) = judge.rule(candidate) else { continue };
            if judge.judge(candidate, &sighting.place).is_some() {
                regions::mark_used(&all[at].1, &mut used[at], &hit.location, &rule.id);
            }
        }
    }
    for ((path, markers), used) in all.iter().zip(&used) {
        let unused = regions::unused(path, markers, used);
        assembled.unused_allows += unused.len() as u64;
        assembled.problems.extend(unused);
    }
    if options.unused_allows == UnusedAllows::Error {
        assembled.failing += assembled.unused_allows;
    }
}

fn judge<'a>(options: &Options<'a>) -> Judge<'a> {
    let after = options.after.map(|after| &after.allowlists);
    let judge = Judge::new(options.rules, options.today).within(options.roots);
    let before = options.before.map(|before| (&before.allowlists, &before.places));
    judge.allowing(&options.policy.allowlists, after).knowing(before)
}

/// Takes out the groups whose secret was there before, uncovered; returns how many. `tables` are the values of the
/// tables that were there before.
fn leave_out_what_stood(
    groups: &mut Vec<Group<'_>>,
    tables: Vec<Vec<Secret>>,
    options: &Options<'_>,
    known: &mut Names,
) -> u64 {
    let mut covered: HashSet<Secret> = HashSet::new();
    if let Some(before) = options.before {
        // A value of a table was covered with the table, if at all.
        let of_tables: HashSet<&Secret> = tables.iter().flatten().collect();
        let is_asked =
            |group: &&Group<'_>| group.is_old(options.fail_in_tests) && !of_tables.contains(&group.secret);
        let asked: Vec<&Secret> = groups.iter().filter(is_asked).map(|group| &group.secret).collect();
        let is_covered = cover_each(&asked, before, options.today, known);
        covered.extend(asked.into_iter().zip(is_covered).filter(|(_, is)| *is).map(|(one, _)| one.clone()));
        covered.extend(uncovered_values(tables, before, options, known));
    }
    let count = groups.len();
    groups.retain(|group| !group.is_old(options.fail_in_tests) || covered.contains(&group.secret));
    (count - groups.len()) as u64
}

/// The values of those of `tables` that `before` covered and that are no longer covered. The others are left out, since
/// they were there before: a table that the change adds a value to is another finding, but its other values are not
/// new.
fn uncovered_values(
    tables: Vec<Vec<Secret>>,
    before: &Policy,
    options: &Options<'_>,
    known: &mut Names,
) -> Vec<Secret> {
    let lists: Vec<Secret> = tables.iter().map(|values| Secret::list(values.iter())).collect();
    let lists: Vec<&Secret> = lists.iter().collect();
    let was_covered = cover_each(&lists, before, options.today, known);
    let mut stays_covered = vec![true; lists.len()];
    for policy in [Some(options.policy), options.after].into_iter().flatten() {
        let is_covered = cover_each(&lists, policy, options.today, known);
        stays_covered.iter_mut().zip(is_covered).for_each(|(stays, is_covered)| *stays &= is_covered);
    }
    let is_uncovered = was_covered.into_iter().zip(stays_covered).map(|(was, stays)| was && !stays);
    tables.into_iter().zip(is_uncovered).filter(|(_, is)| *is).flat_map(|(values, _)| values).collect()
}

/// Whether `policy` covers each of `secrets` today.
fn cover_each(secrets: &[&Secret], policy: &Policy, today: Date, known: &mut Names) -> Vec<bool> {
    if secrets.is_empty() {
        return Vec::new();
    }
    let names = names(secrets, policy.salts(), known);
    names.iter().map(|names| matches!(policy.cover(names, today), Cover::By(_))).collect()
}

fn secrets<'g>(groups: &'g [Group<'_>]) -> Vec<&'g Secret> {
    groups.iter().map(|group| &group.secret).collect()
}

/// The names of each secret under each of `salts`, in that order.
fn names(secrets: &[&Secret], salts: Vec<Salt>, known: &mut Names) -> Vec<Vec<(Salt, Fingerprint)>> {
    let mut names = vec![Vec::with_capacity(salts.len()); secrets.len()];
    for salt in salts {
        for (names, name) in names.iter_mut().zip(known.of_all(secrets, &salt)) {
            names.push((salt, name));
        }
    }
    names
}

fn confidence(group: &Group<'_>) -> Confidence {
    group.surest().judgement.score.confidence().unwrap_or(Confidence::Low)
}

fn finding(
    group: Group<'_>,
    (names, ids): (&[(Salt, Fingerprint)], &FoldedIds),
    life: Option<SecretHistory>,
    options: &Options<'_>,
    problems: &mut Vec<Problem>,
) -> Finding {
    let (best, surest) = (group.best(), group.surest());
    let mut reasons = reasons::reasons(&surest.candidate, surest.rule, surest.judgement, options.explain);
    reasons.extend(reasons::weaker(group.weaker));
    let mut beside = companion::companionship(&group, ids);
    reasons.append(&mut beside.reasons);
    let mut facts = group.facts();
    facts.append(&mut beside.facts);
    facts.sort();
    facts.dedup();
    let covered = match options.policy.cover(names, options.today) {
        Cover::By(cover) => Some(cover),
        Cover::None => None,
        Cover::Expired(day, at) => {
            let ignores = &options.policy.ignores;
            let entry = &ignores.entries[at];
            let sentence =
                format!("`{}` expired on {day}: its finding is reported again.", entry.fingerprint);
            problems.push(ignores.problem(entry, sentence));
            reasons.push(format!("its ignore entry expired on {day}"));
            None
        }
    };
    reasons.extend(group.secret.list_len().map(reasons::table));
    let allowed = group.allowance();
    let is_passing = group.is_passing;
    if is_passing {
        reasons.push(reasons::PASSING.to_owned());
    }
    let places = || group.heads.iter().map(|standing| &standing.occurrence.place);
    let is_in_image = places().any(|place| place.image().is_some());
    let uncommitted = Uncommitted::of(places());
    let rule = best.rule.clone();
    let history = life.map(|life| life.history);
    let live = history.as_ref().map(|history| history.live);
    Finding {
        fingerprint: names.first().map(|(_, name)| *name).expect("a policy has a salt for reports"),
        check: best.candidate.check,
        score: surest.judgement.score,
        confidence: confidence(&group),
        identifier: group.identifier(),
        facts,
        reasons,
        suppressed_by: covered.or(allowed),
        history,
        remediation: match uncommitted {
            Some(uncommitted) => reasons::remediation_of_uncommitted(&rule, uncommitted),
            None => reasons::remediation(&rule, live, is_passing, is_in_image),
        },
        verification: None,
        repositories: Vec::new(),
        stored: None,
        rule,
        secret: group.secret.clone(),
        occurrences: group.heads.into_iter().map(|standing| standing.occurrence).collect(),
    }
}

#[cfg(test)]
pub(super) mod tests;
