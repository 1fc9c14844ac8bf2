//! Parts of random histories, against what `git rev-list --objects` lists for the same arguments, and against what the
//! whole history says of the same commits.

use super::oracle::{held, make, plans};
use super::{Marks, Placement, Quiet, Repo, place, read};
use crate::git::ObjectNumber;
use crate::model::{ObjectId, SecretNumber};
use crate::source::history::range::{Range, Whole};
use crate::source::history::{History, Options, Selection};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Reads and places the part of the history at `path` that `selection` means: what was read (commits, blobs and tags),
/// what is in scope, and where secrets are.
pub(super) fn read_part(
    path: &Path,
    selection: &Selection,
) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>, Placement) {
    let stop = AtomicBool::new(false);
    let mut history = History::open(path, &Options::default()).expect("it is a repository");
    history.narrow(selection, &Quiet, &stop).expect("there are such refs and revisions");
    let marks = Marks::default();
    let scanned = history.scan(&marks, &Quiet, &stop);
    let seen = marks.seen.lock().unwrap().iter().map(|(id, _)| *id).collect();
    let count = marks.seen.lock().unwrap().len();
    if !marks.held.lock().unwrap().is_empty() {
        history.scan_boundary(&marks, &Quiet, &stop);
    }
    let all = marks.seen.into_inner().unwrap();
    let once: BTreeSet<_> = all.iter().collect();
    assert_eq!(once.len(), all.len(), "a text came twice");
    let scope = history.range().expect("something was asked for");
    let table = &history.objects.table;
    let inside = ObjectNumber::first(table.len()).filter(|&object| scope.inside.contains(object));
    let inside: BTreeSet<ObjectId> = inside.map(|object| table.id(object)).collect();
    let placement = place(&history, scanned, &marks.held.into_inner().unwrap(), &Quiet, &stop);
    let objects = placement.coverage.objects;
    assert_eq!(objects.blob + objects.commit + objects.tag, count as u64);
    assert_eq!(placement.coverage.scanned, inside.len() as u64);
    assert_eq!(placement.coverage.in_scope(), table.len() as u64);
    assert!(placement.coverage.is_complete());
    (seen, inside, placement)
}

fn ids(text: &str) -> BTreeSet<ObjectId> {
    text.lines().filter_map(|line| ObjectId::from_hex(line.split(' ').next()?)).collect()
}

/// Checks that the same objects belong to the range, whichever way the trees are read.
fn both_ways_agree(path: &Path, selection: &Selection) {
    let history = History::open(path, &Options::default()).expect("it is a repository");
    let History { repository, refs, broken_refs, objects, .. } = &history;
    let scope = |least_short| {
        let whole = Whole { repository, refs, broken_refs, objects, least_short };
        Range::new(&whole, selection, &Quiet, &AtomicBool::new(false))
            .expect("there are such refs and revisions")
    };
    let (short, long) = (scope(usize::MAX).objects, scope(0).objects);
    for object in ObjectNumber::first(objects.table.len()) {
        assert_eq!(
            short.inside.contains(object),
            long.inside.contains(object),
            "{}",
            objects.table.id(object)
        );
        assert_eq!(
            short.before.contains(object),
            long.before.contains(object),
            "{}",
            objects.table.id(object)
        );
    }
}

/// The secrets that are in the trees of the commits where the range begins.
fn stood(repo: &Repo, tips: &[String], since: &str) -> BTreeSet<SecretNumber> {
    let mut arguments = vec!["rev-list", "--parents"];
    arguments.extend(tips.iter().map(String::as_str));
    arguments.extend(["--not", since]);
    let text = repo.git(&arguments);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
    let range: BTreeSet<&str> = lines.iter().map(|line| line[0]).collect();
    let parents: BTreeSet<&str> = lines.iter().flat_map(|line| line[1..].iter().copied()).collect();
    let trees = parents.difference(&range).map(|commit| repo.git(&["ls-tree", "-r", commit]));
    let blobs = trees.flat_map(|tree| {
        tree.lines()
            .filter_map(|line| ObjectId::from_hex(line.split(['\t', ' ']).nth(2)?))
            .collect::<Vec<_>>()
    });
    held(repo, &blobs.collect()).into_values().flatten().collect()
}

fn rev_list(repo: &Repo, tips: &[String], without: Option<&str>) -> BTreeSet<ObjectId> {
    let mut arguments = vec!["rev-list", "--objects"];
    arguments.extend(tips.iter().map(String::as_str));
    if let Some(without) = without {
        arguments.extend(["--not", without]);
    }
    ids(&repo.git(&arguments))
}

/// A random history with branches, light tags and tags of tags; commits without any are unreachable.
fn history(plans: &[super::oracle::PlannedCommit], packed: bool) -> Repo {
    let repo = Repo::new();
    make(&repo, plans, packed);
    for (at, plan) in plans.iter().enumerate() {
        let (branch, tag) = (format!("refs/heads/c{at}"), format!("t{at}"));
        if at % 5 == 1 {
            repo.git(&["tag", "-a", "-m", &format!("S{};", at % 4), &tag, &branch]);
            repo.git(&["tag", "-a", "-m", "a tag of a tag", &format!("u{at}"), &tag]);
        }
        if at % 7 == 2 {
            repo.git(&["tag", &format!("w{at}"), &format!("{branch}^{{tree}}")]);
        }
        if !plan.named && at + 1 < plans.len() {
            repo.git(&["update-ref", "-d", &branch]);
        }
    }
    if packed {
        // What `git gc` packs it prunes; this keeps what is unreachable, in deltas of its own choice.
        repo.git(&["repack", "-q", "-a", "-d", "-k", "-f", "--depth=10", "--window=10"]);
    }
    repo
}

/// Where the whole history and a part of it place secrets in files: (secret, path, commit).
fn placed(placement: &Placement) -> BTreeSet<(SecretNumber, String, ObjectId)> {
    let of_file = placement.places.iter().filter(|placed| !placed.before);
    of_file
        .filter_map(|placed| {
            let place = &placed.place;
            let commit = place.commit()?.id;
            Some((placed.secret, place.path.as_ref()?.to_string(), commit))
        })
        .collect()
}

/// What the whole history reports for the commits of a range, for blobs that belong to it.
fn told_of(whole: &Placement, inside: &BTreeSet<ObjectId>) -> BTreeSet<(SecretNumber, String, ObjectId)> {
    let places = whole.places.iter().filter(|placed| inside.contains(&placed.object));
    let places = places.filter_map(|placed| {
        let place = &placed.place;
        Some((placed.secret, place.path.as_ref()?.to_string(), place.commit()?.id))
    });
    places.filter(|at| inside.contains(&at.2)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_part_of_a_history_is_what_rev_list_lists(
        plans in plans(), packed: bool, pick: prop::sample::Index, since: prop::sample::Index, back in 0usize..3
    ) {
        let plans: Vec<_> = plans.into_iter().map(|plan| plan.a_minute_later()).collect();
        let repo = history(&plans, packed);
        let refs: Vec<String> =
            repo.git(&["for-each-ref", "--format=%(refname)"]).lines().map(str::to_owned).collect();
        let commits: Vec<String> = repo.git(&["rev-list", "--all"]).lines().map(str::to_owned).collect();
        let every: BTreeSet<ObjectId> = ids(&repo.git(&["cat-file", "--batch-check=%(objectname)", "--batch-all-objects"]));
        let one = refs[pick.index(refs.len())].clone();
        let mut revision = commits[since.index(commits.len())].clone();
        for _ in 0..back {
            let parent = format!("{revision}~1");
            if repo.command(&["rev-parse", "-q", "--verify", &parent]).output().unwrap().status.success() {
                revision = parent;
            }
        }
        let whole = read(repo.path());
        let all = ["--all".to_owned()];
        let selected = |refs: &[&String], reachable_only, since: Option<&String>| Selection {
            refs: refs.iter().map(|name| (*name).clone()).collect(), reachable_only, since: since.cloned()
        };
        for (selection, tips) in [
            (selected(&[], true, None), &all[..]),
            (selected(&[&one], false, None), std::slice::from_ref(&one)),
            (selected(&[], true, Some(&revision)), &all),
            (selected(&[&one], true, Some(&revision)), std::slice::from_ref(&one)),
        ] {
            let (seen, inside, placement) = read_part(repo.path(), &selection);
            let listed = rev_list(&repo, tips, selection.since.as_deref());
            prop_assert_eq!(&inside, &listed, "{:?}", selection);
            prop_assert!(seen.is_subset(&listed));
            prop_assert_eq!(placed(&placement), told_of(&whole, &inside));
            both_ways_agree(repo.path(), &selection);
            // Secrets of the range that were there before are listed as such, so that they are not taken for new.
            let before = |before| -> BTreeSet<SecretNumber> {
                let of = placement.places.iter().filter(|placed| placed.before == before);
                of.map(|placed| placed.secret).collect()
            };
            let stood = selection.since.as_ref().map(|since| stood(&repo, tips, since)).unwrap_or_default();
            prop_assert_eq!(before(true), before(false).intersection(&stood).copied().collect());
        }

        // If no refs are selected, unreachable objects belong to the range too.
        let (_, inside, placement) = read_part(repo.path(), &selected(&[], false, Some(&revision)));
        let unreachable: Vec<String> = repo.git(&["cat-file", "--batch-check", "--batch-all-objects"]).lines()
            .filter(|line| line.contains(" commit ")).map(|line| line[..40].to_owned()).chain(all.clone()).collect();
        let mut expected: BTreeSet<_> = every.difference(&rev_list(&repo, std::slice::from_ref(&revision), None)).copied().collect();
        expected.extend(rev_list(&repo, &unreachable, Some(&revision)));
        prop_assert_eq!(&inside, &expected);

        prop_assert_eq!(placed(&placement), told_of(&whole, &inside));
    }
}
