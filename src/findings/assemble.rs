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
    pub tell_unused: bool,
    /// Whether ignore entries that have expired are reported, even if nothing of theirs was found.
    pub tell_expired: bool,
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
    // Naming what is not reported costs a memory-hard hash for each value: only entries need it.
    if options.tell_unused && !options.policy.ignores.entries.is_empty() {
        let left_out = options.left_out.into_iter().flat_map(|left_out| &left_out.candidates);
        let secrets: BTreeSet<&Secret> =
            groups.iter().map(|group| &group.secret).chain(left_out.map(|one| &one.secret)).collect();
        let names = names(&Vec::from_iter(secrets), options.policy.salts(), known);
        let seen: BTreeSet<Fingerprint> = names.iter().flatten().map(|(_, name)| *name).collect();
        assembled.problems.extend(options.policy.ignores.check(Some(&seen), options.today));
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
        let known = (names.as_slice(), &ids);
        let mut finding = finding(group, known, life, options, &mut assembled.problems);
        if finding.suppressed_by.as_ref().is_some_and(|by| !by.is_comment()) && uncovers(at) {
            finding.suppressed_by = None;
            finding.reasons.push("this change takes away what covered it".to_owned());
        }
        places::cover(&mut finding, &options.policy.places, options.after.map(|after| &after.places));
        // By allowlists, maybe with comments and other entries.
        if finding.suppressed_by.is_none() && finding.is_suppressed() {
            let mut covers = finding.occurrences.iter().filter_map(|one| one.suppressed_by.clone());
            let are_new = covers.clone().any(|cover| cover.is_new());
            finding.suppressed_by = match covers.find(|cover| !cover.is_comment()) {
                Some(cover) if !are_new => Some(cover),
                _ => Some(Suppression::AllowComments { are_new }),
            };
        }
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
    if options.tell_expired {
        let expired = options.policy.ignores.expired(options.today);
        let lines: BTreeSet<u64> = assembled.problems.iter().map(|problem| problem.line).collect();
        assembled.problems.extend(expired.into_iter().filter(|problem| !lines.contains(&problem.line)));
    }
    assembled.problems.sort();
    assembled.problems.dedup();
    assembled
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
    Judge::new(options.rules, options.today).within(options.roots).allowing(&options.policy.allowlists, after)
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
        let is_asked = |group: &&Group<'_>| group.is_old() && !of_tables.contains(&group.secret);
        let asked: Vec<&Secret> = groups.iter().filter(is_asked).map(|group| &group.secret).collect();
        let is_covered = cover_each(&asked, before, options.today, known);
        covered.extend(asked.into_iter().zip(is_covered).filter(|(_, is)| *is).map(|(one, _)| one.clone()));
        covered.extend(uncovered_values(tables, before, options, known));
    }
    let count = groups.len();
    groups.retain(|group| !group.is_old() || covered.contains(&group.secret));
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
pub(super) mod tests {
    use super::super::ignore::IgnoreEntry;
    use super::super::{Baseline, Ignores, fingerprint, sample};
    use super::*;
    use crate::model::{Context, Form, InHistory, RuleIndex, Score};
    use proptest::prelude::*;

    pub(in super::super) fn options<'a>(rules: &'a [Arc<RuleInfo>], policy: &'a Policy) -> Options<'a> {
        Options {
            rules,
            min_confidence: Confidence::Medium,
            fail_on: Severity::Low,
            policy,
            before: None,
            after: None,
            new_allows: None,
            today: jiff::civil::date(2026, 6, 1),
            tell_unused: false,
            tell_expired: false,
            markers: &[],
            unused_allows: UnusedAllows::Ignore,
            left_out: None,
            fail_in_tests: false,
            explain: |_| Vec::new(),
            roots: &[],
        }
    }

    pub(in super::super) fn findings(sightings: Vec<Sighting>, rules: &[Arc<RuleInfo>]) -> Vec<Finding> {
        assemble(sightings, Vec::new(), &options(rules, &Policy::default())).findings
    }

    const TOKEN: &[u8] = b"acme_q7Zk2Lw9Xb4Tn6Vc1Rm8";
    const OTHER: &[u8] = b"acme_Hs5Dp0Jf3Gy7Nt2Ua6Be";

    fn allowed(secret: &[u8]) -> Candidate {
        let line = b"key = x  # keydredge:allow"[..].into();
        Candidate {
            context: Context { lines: vec![line], ..Context::default() },
            ..sample::candidate(secret)
        }
    }

    fn base(path: &str, candidates: Vec<Candidate>) -> Sighting {
        Sighting { side: Side::Base, ..sample::sighting(sample::file(path), candidates) }
    }

    fn head(path: &str, candidates: Vec<Candidate>) -> Sighting {
        sample::sighting(sample::file(path), candidates)
    }

    fn paths(finding: &Finding) -> Vec<&str> {
        finding.occurrences.iter().filter_map(|occurrence| occurrence.place.path.as_deref()).collect()
    }

    #[test]
    fn equal_secrets_are_one_finding_with_all_its_places_in_order() {
        let rules = sample::rules();
        let generic = Candidate { rule: RuleIndex(3), ..sample::password(TOKEN, Form::Quoted, 700) };
        let old = Candidate { rule: RuleIndex(1), ..sample::candidate(TOKEN) };
        let sightings = vec![
            head("c.py", vec![generic]),
            head("a.py", vec![sample::candidate(OTHER), old]),
            head("b.py", vec![sample::candidate(TOKEN)]),
        ];
        let forwards = findings(sightings.clone(), &rules);
        assert_eq!(forwards.len(), 2);
        assert_eq!(paths(&forwards[1]), ["a.py", "b.py", "c.py"]);
        assert_eq!(forwards[1].rule.id, "acme-token");
        assert_eq!(forwards[1].identifier.as_deref(), Some("password"));
        assert_eq!(forwards[1].score, Score(960));
        let backwards = findings(sightings.into_iter().rev().collect(), &rules);
        assert_eq!(forwards, backwards);
    }

    #[test]
    fn a_place_below_the_confidence_asked_for_is_no_place_of_the_finding() {
        let rules = sample::rules();
        let strong = || sample::password(b"tiger99x", Form::Quoted, 700);
        let weak = || sample::password(b"tiger99x", Form::Quoted, 200);
        let table = [
            (
                vec![head("a.py", vec![strong()]), head("b.py", vec![weak()]), head("c.py", vec![weak()])],
                vec!["a.py"],
            ),
            (vec![head("b.py", vec![weak()]), head("a.py", vec![strong()])], vec!["a.py"]),
            (vec![head("a.py", vec![strong()]), head("b.py", vec![strong()])], vec!["a.py", "b.py"]),
        ];
        for (sightings, wanted) in table {
            let found = findings(sightings.clone(), &rules);
            assert_eq!(found.len(), 1);
            assert_eq!(paths(&found[0]), wanted);
            let more = found[0].reasons.iter().find(|reason| reason.contains("less likely"));
            let count = sightings.len() - wanted.len();
            assert_eq!(more.is_some(), count > 0, "{more:?}");
            let policy = Policy::default();
            let all = Options { min_confidence: Confidence::Low, ..options(&rules, &policy) };
            let all = assemble(sightings.clone(), Vec::new(), &all).findings;
            assert_eq!(all[0].occurrences.len(), sightings.len());
        }
    }

    #[test]
    fn a_secret_that_was_only_a_weak_guess_before_is_new_where_it_is_one() {
        let rules = sample::rules();
        let at = |score| sample::password(b"tiger99x", Form::Quoted, score);
        // The score on the base's side, on the head's side; findings, left out, below.
        for (before, after, wanted) in
            [(200, 700, (1, 0, 0)), (700, 700, (0, 1, 0)), (200, 200, (0, 1, 0)), (700, 200, (0, 1, 0))]
        {
            let sightings = vec![base("a.py", vec![at(before)]), head("b.py", vec![at(after)])];
            let assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
            let is = (assembled.findings.len(), assembled.stood, assembled.below);
            assert_eq!(is, wanted, "{before} then {after}");
        }
    }

    #[test]
    fn values_that_look_made_up_do_not_fail_unless_asked_for() {
        let rules = sample::rules();
        let generic = || sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 900);
        // Findings, those that fail, those that fail if tests count.
        let table = [
            (vec![head("tests/a.py", vec![generic()])], (1, 0, 1)),
            (vec![head("tests/a.py", vec![generic()]), head("src/a.py", vec![generic()])], (1, 1, 1)),
            (vec![head("tests/a.py", vec![sample::candidate(TOKEN)])], (1, 1, 1)),
        ];
        for (sightings, wanted) in table {
            let policy = Policy::default();
            let usual = options(&rules, &policy);
            let strict = Options { fail_in_tests: true, ..usual };
            let one = assemble(sightings.clone(), Vec::new(), &usual);
            let other = assemble(sightings, Vec::new(), &strict);
            assert_eq!((one.findings.len() as u64, one.failing, other.failing), wanted);
        }
    }

    #[test]
    fn findings_below_the_confidence_asked_for_are_counted() {
        let rules = sample::rules();
        let sightings = vec![head("a.yml", vec![sample::password(b"tiger99x", Form::Bare, 300)])];
        let assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
        assert!(assembled.findings.is_empty());
        assert_eq!(assembled.below, 1);
        assert_eq!(assembled.failing, 0);
    }

    #[test]
    fn what_was_left_out_is_counted_and_masked() {
        let rules = sample::rules();
        let (policy, token) = (Policy::default(), Arc::new(sample::candidate(TOKEN)));
        let left_out = LeftOut { findings: 3, candidates: vec![token] };
        let options = Options { left_out: Some(&left_out), ..options(&rules, &policy) };
        let assembled = assemble(Vec::new(), Vec::new(), &options);
        assert_eq!((assembled.findings.len(), assembled.below, assembled.failing), (0, 3, 0));
        assert_eq!(assembled.mask.name("a/acme_q7Zk2Lw9Xb4Tn6Vc1Rm8"), "a/acme_…");
    }

    #[test]
    fn a_finding_fails_while_one_place_is_uncovered_and_it_is_severe_enough() {
        let rules = sample::rules();
        let table = [
            (vec![sample::candidate(TOKEN)], Severity::Low, 1),
            (vec![allowed(TOKEN)], Severity::Low, 0),
            (vec![allowed(TOKEN), sample::candidate(TOKEN)], Severity::Low, 1),
            (vec![sample::candidate(TOKEN)], Severity::Critical, 0),
        ];
        for (candidates, fail_on, failing) in table {
            let policy = Policy::default();
            let options = Options { fail_on, ..options(&rules, &policy) };
            let assembled = assemble(vec![head("a.py", candidates.clone())], Vec::new(), &options);
            assert_eq!(assembled.findings.len(), 1);
            assert_eq!(assembled.failing, failing, "{candidates:?}");
            let is_covered = assembled.findings[0].suppressed_by.is_some();
            assert_eq!(is_covered, failing == 0 && fail_on == Severity::Low);
        }
    }

    #[test]
    fn what_stood_before_is_left_out_unless_what_covered_it_is_gone() {
        let rules = sample::rules();
        let token = || sample::candidate(TOKEN);
        // What is on the base's side and on the head's; findings, failing, left out.
        let table = [
            (vec![], vec![token()], (1, 1, 0)),
            (vec![token()], vec![token()], (0, 0, 1)),
            (vec![token()], vec![], (0, 0, 0)),
            (vec![allowed(TOKEN)], vec![token()], (1, 1, 0)),
            (vec![allowed(TOKEN)], vec![allowed(TOKEN)], (1, 0, 0)),
            (vec![allowed(TOKEN), token()], vec![token()], (0, 0, 1)),
            (vec![token()], vec![sample::candidate(OTHER)], (1, 1, 0)),
        ];
        for (before, after, wanted) in table {
            let sightings = vec![base("a.py", before.clone()), head("b.py", after.clone())];
            let assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
            let is = (assembled.findings.len(), assembled.failing, assembled.stood);
            assert_eq!(is, wanted, "{before:?} then {after:?}");
        }
    }

    fn ignoring(secret: &[u8], expires: &str) -> Policy {
        let entry = IgnoreEntry {
            fingerprint: fingerprint::of(&Secret::new(secret), &Salt::FIXED),
            reason: Some("made up".to_owned()),
            owner: None,
            expires: Some(expires.parse().expect("the test's dates are dates")),
            line: 7,
        };
        Policy {
            ignores: Ignores { file: "i.toml".to_owned(), salt: None, entries: vec![entry] },
            ..Policy::default()
        }
    }

    #[test]
    fn an_ignore_entry_covers_its_finding_until_it_expires() {
        let rules = sample::rules();
        let sightings = || vec![head("a.py", vec![sample::candidate(TOKEN)])];
        let policy = ignoring(TOKEN, "2026-06-01");
        let covered = assemble(sightings(), Vec::new(), &options(&rules, &policy));
        let by = covered.findings[0].suppressed_by.as_ref().map(ToString::to_string);
        assert_eq!(by.as_deref(), Some("ignore entry: made up"));
        assert_eq!((covered.failing, covered.problems.len()), (0, 0));

        let policy = ignoring(TOKEN, "2026-05-31");
        let expired = assemble(sightings(), Vec::new(), &options(&rules, &policy));
        assert_eq!((expired.failing, expired.problems.len()), (1, 1));
        assert_eq!(expired.findings[0].suppressed_by, None);
        assert!(expired.problems[0].to_string().starts_with("i.toml:7: "));

        let policy = ignoring(OTHER, "2026-06-01");
        let asked = Options { tell_unused: true, ..options(&rules, &policy) };
        assert_eq!(assemble(sightings(), Vec::new(), &asked).problems.len(), 1);
    }

    #[test]
    fn a_change_that_takes_an_ignore_entry_away_is_answered_for() {
        let rules = sample::rules();
        let sightings = || {
            vec![base("a.py", vec![sample::candidate(TOKEN)]), head("a.py", vec![sample::candidate(TOKEN)])]
        };
        let (before, after) = (ignoring(TOKEN, "2030-01-01"), Policy::default());
        let asked = Options { before: Some(&before), ..options(&rules, &after) };
        assert_eq!(assemble(sightings(), Vec::new(), &asked).failing, 1);
        let kept = Options { before: Some(&before), ..options(&rules, &before) };
        assert_eq!(assemble(sightings(), Vec::new(), &kept).failing, 0);
    }

    #[test]
    fn a_baseline_covers_what_it_was_written_of_and_nothing_else() {
        let rules = sample::rules();
        let old = findings(vec![head("a.py", vec![sample::candidate(TOKEN)])], &rules);
        let salts = [Salt::random(), Salt::random()].map(|salt| salt.expect("this system has random bytes"));
        // Two branches wrote a baseline each; merged by union.
        let others =
            findings(vec![head("z.py", vec![sample::password(b"tiger99x", Form::Quoted, 700)])], &rules);
        let empty = Baseline::default();
        let merged = format!("{}{}", empty.with(&old, &salts[0]), empty.with(&others, &salts[1]));
        let read = Baseline::parse("b.txt", &merged).expect("a merged baseline reads");
        assert_eq!(read.salts, salts);
        assert_eq!(read.check(&old).len(), 1);
        assert_eq!(
            Baseline::parse("b.txt", &read.without(&read.gone(&old)))
                .expect("a pruned one reads")
                .entries
                .len(),
            1
        );

        let policy = Policy { baseline: read, ..Policy::default() };
        let moved = vec![
            head("elsewhere/b.py", vec![sample::candidate(OTHER), sample::candidate(TOKEN)]),
            head("z.py", vec![sample::password(b"tiger99x", Form::Quoted, 700)]),
        ];
        let assembled = assemble(moved, Vec::new(), &options(&rules, &policy));
        let covers: Vec<_> = assembled.findings.iter().map(|finding| finding.suppressed_by.clone()).collect();
        assert_eq!(covers, [None, Some(Suppression::Baseline), Some(Suppression::Baseline)]);
        assert_eq!(assembled.failing, 1);
    }

    #[test]
    fn the_life_of_a_secret_comes_with_its_finding() {
        let rules = sample::rules();
        let history =
            InHistory { live: true, refs: vec!["refs/heads/main".to_owned()], ..InHistory::default() };
        let life = SecretHistory { secret: Secret::new(TOKEN), history };
        let sightings = vec![head("a.py", vec![sample::candidate(TOKEN), sample::candidate(OTHER)])];
        let assembled = assemble(sightings, vec![life], &options(&rules, &Policy::default()));
        assert_eq!(assembled.findings[0].live(), Some(true));
        assert_eq!(assembled.findings[0].refs(), ["refs/heads/main"]);
        assert_eq!(assembled.findings[1].live(), None);
    }

    /// A sighting of up to three of four secrets, at one of four places, on either side.
    fn any_sighting() -> impl Strategy<Value = Sighting> {
        let candidate = (0_usize..4, 0_u32..4, 1_u16..950, any::<bool>()).prop_map(
            |(secret, rule, score, is_allowed)| {
                let secret = [TOKEN, OTHER, b"tiger99x", b"lion77yz"][secret];
                let candidate = if is_allowed { allowed(secret) } else { sample::candidate(secret) };
                Candidate { rule: RuleIndex(rule), score: Score(score), ..candidate }
            },
        );
        let candidates = proptest::collection::vec(candidate, 0..4);
        (0_usize..4, candidates, any::<bool>()).prop_map(|(place, candidates, is_base)| {
            let path = ["a.py", "tests/b.yml", ".env", "yarn.lock"][place];
            let side = if is_base { Side::Base } else { Side::Head };
            Sighting { side, ..sample::sighting(sample::file(path), candidates) }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_order_of_sightings_does_not_matter(
            (sightings, shuffled) in proptest::collection::vec(any_sighting(), 0..8)
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        ) {
            let (rules, policy) = (sample::rules(), ignoring(TOKEN, "2026-01-01"));
            let options = Options { tell_unused: true, ..options(&rules, &policy) };
            let one = assemble(sightings, Vec::new(), &options);
            let other = assemble(shuffled, Vec::new(), &options);
            prop_assert_eq!(one.findings, other.findings);
            prop_assert_eq!((one.below, one.stood, one.failing), (other.below, other.stood, other.failing));
            prop_assert_eq!(one.problems, other.problems);
        }
    }

    #[test]
    fn a_history_s_number_of_places_takes_no_time() {
        let rules = sample::rules();
        let secrets: Vec<Candidate> = (0..200_u32)
            .map(|at| sample::candidate(format!("acme_q7Zk2Lw9Xb4Tn6Vc1Rm{at:03}").as_bytes()))
            .collect();
        let sightings = (0..10_000_usize)
            .map(|at| {
                head(
                    &format!("src/{}/{at}.py", at % 97),
                    vec![secrets[at % 200].clone(), secrets[at % 7].clone()],
                )
            })
            .collect();
        let start = std::time::Instant::now();
        let mut assembled = assemble(sightings, Vec::new(), &options(&rules, &Policy::default()));
        assembled.mask.findings(&mut assembled.findings);
        assert_eq!(assembled.findings.len(), 200);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
