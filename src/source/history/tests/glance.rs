//! A glance: whatever it says still holds, a run that reads everything tells; and no gist makes it panic.

use super::super::{Gist, Site, State};
use super::*;
use crate::model::Coverage;
use proptest::prelude::*;

/// A repository with a secret in trees, messages, a tag and notes, a merge and a branch aside.
fn repository() -> Repo {
    let mut repo = Repo::new();
    repo.write("a", "x");
    repo.write("d/b", "S1; S2;");
    repo.commit("one S3;");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("d/b", "S2;");
    repo.commit("two");
    repo.write("d/side", "x");
    repo.commit("three");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("d/c", "S4;");
    repo.commit("four");
    repo.git(&["tag", "-a", "v1", "-m", "S5;"]);
    repo.git(&["notes", "add", "-m", "S6;"]);
    repo
}

/// What a run leaves, and what it told.
struct Left {
    state: State,
    packed: Vec<u8>,
    gist: Vec<u8>,
    told: Placement,
}

fn leave(repo: &Repo) -> Left {
    let site = Site::open(repo.path()).unwrap();
    let mut state = site.state().unwrap();
    state.learn(None);
    let packed = site.packed_refs().to_vec();
    let history = site.history(&Options { remember: true, ..Options::default() }).unwrap();
    let (marks, stop) = (Marks::default(), AtomicBool::new(false));
    let scanned = history.scan(&marks, &Quiet, &stop);
    let held = marks.held.into_inner().unwrap();
    let told = history.place(scanned, &held, &Quiet, &stop);
    let gist = told.gist.clone().expect("a trail was asked for");
    Left { state, packed, gist, told }
}

/// What a glance says was looked at, where nothing that was told has changed.
fn glance(repo: &Repo, left: &Left, gist: &[u8]) -> Option<Coverage> {
    let site = Site::open(repo.path()).unwrap();
    let now = site.state().unwrap();
    let gist = Gist::read(gist)?;
    if site.packed_refs() != left.packed {
        return None;
    }
    let moves = gist.moves(&site)?;
    let glance = site.glance(&left.state, &now, gist, moves)?;
    let (marks, stop) = (Marks::default(), AtomicBool::new(false));
    let scanned = glance.scan(&marks, &Quiet, &stop);
    if !marks.held.into_inner().unwrap().is_empty() {
        return None;
    }
    glance.coverage(scanned, &Quiet, &stop).map(|(coverage, _)| coverage)
}

/// Holds that what was told still is where a glance says so; whether it does.
#[track_caller]
fn is_sound(repo: &Repo, left: &Left, what: &str) -> bool {
    let Some(coverage) = glance(repo, left, &left.gist) else { return false };
    let whole = read(repo.path());
    assert_eq!(left.told.places, whole.places, "{what}");
    assert_eq!(left.told.lives, whole.lives, "{what}");
    assert_eq!(coverage, whole.coverage, "{what}");
    true
}

#[test]
fn what_touches_no_secret_changes_nothing_that_was_told() {
    let mut repo = repository();
    let left = leave(&repo);
    assert!(is_sound(&repo, &left, "nothing has come"));
    repo.write("d/plain", "y");
    repo.commit("a commit");
    assert!(is_sound(&repo, &left, "a commit"));
    repo.git(&["mv", "a", "d/e"]);
    // Younger commits may say that they are older.
    repo.clock -= 1_000_000;
    repo.commit("a renaming");
    assert!(is_sound(&repo, &left, "two commits, the later one older"));
    let commit = repo.git(&["commit-tree", "-p", "side", "-m", "aside", "side^{tree}"]);
    repo.git(&["update-ref", "refs/heads/side", commit.trim()]);
    assert!(is_sound(&repo, &left, "another branch"));
}

#[test]
fn where_packed_refs_are_overridden_a_glance_is_enough() {
    let mut repo = repository();
    repo.git(&["pack-refs", "--all"]);
    let left = leave(&repo);
    repo.write("d/plain", "y");
    repo.commit("a commit");
    assert!(is_sound(&repo, &left, "the branch was packed and is loose"));
    repo.git(&["pack-refs", "--all"]);
    assert!(!is_sound(&repo, &left, "packed refs have changed"));
}

#[test]
fn what_may_change_what_was_told_is_not_for_a_glance() {
    type Happening = fn(&mut Repo);
    let happenings: [(&str, Happening); 14] = [
        ("a new secret", |repo| repo.write("new", "S9;")),
        ("a known secret at another place", |repo| repo.write("new", "S1;")),
        ("a copy of a blob that holds one", |repo| repo.write("new", "S4;")),
        ("a blob that holds one is moved", |repo| drop(repo.git(&["mv", "d/c", "c"]))),
        ("a secret goes", |repo| drop(repo.git(&["rm", "-q", "d/c"]))),
        ("a secret goes with its folder", |repo| drop(repo.git(&["rm", "-rq", "d"]))),
        ("a new branch", |repo| drop(repo.git(&["branch", "new"]))),
        ("a branch goes", |repo| drop(repo.git(&["branch", "-qD", "side"]))),
        ("a branch is set back", |repo| drop(repo.git(&["reset", "-q", "--hard", "HEAD~1"]))),
        ("another branch is checked out", |repo| drop(repo.git(&["checkout", "-q", "side"]))),
        ("a tag", |repo| drop(repo.git(&["tag", "-a", "v2", "-m", "x"]))),
        ("a moved tag", |repo| drop(repo.git(&["tag", "-f", "v1", "HEAD~1"]))),
        ("a note", |repo| drop(repo.git(&["notes", "add", "-f", "-m", "x", "HEAD~1"]))),
        ("a merge that takes a secret away", |repo| {
            drop(repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]));
        }),
    ];
    for (what, happen) in happenings {
        let mut repo = repository();
        let left = leave(&repo);
        happen(&mut repo);
        repo.commit("and a commit");
        assert!(!is_sound(&repo, &left, what), "{what}");
    }
}

#[test]
fn a_commit_on_what_no_ref_led_to_may_reach_old_commits() {
    let mut repo = repository();
    repo.git(&["checkout", "-q", "--detach", "main~1"]);
    repo.write("lost", "S7;");
    let lost = repo.commit("lost").to_string();
    repo.git(&["checkout", "-q", "main"]);
    let left = leave(&repo);
    repo.git(&["merge", "-q", "-s", "ours", "--no-ff", "-m", "merge", &lost]);
    assert!(!is_sound(&repo, &left, "a merge that reaches what was not reached"));
}

#[test]
fn a_gist_that_was_cut_is_none_and_no_gist_makes_a_run_panic() {
    let mut repo = repository();
    let left = leave(&repo);
    repo.write("d/plain", "y");
    repo.commit("a commit");
    assert!((0..left.gist.len()).all(|cut| Gist::read(&left.gist[..cut]).is_none()));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let outcome = runner.run(&changes, |changes| {
        let mut gist = left.gist.clone();
        for (at, byte) in changes {
            let at = at.index(gist.len());
            gist[at] = byte;
        }
        let _ = glance(&repo, &left, &gist);
        Ok(())
    });
    outcome.unwrap();
}

/// Something that happens to a repository, as `dice` say.
fn happen(repo: &mut Repo, dice: &[u8]) {
    let [kind, one, two] = [dice[0] % 12, dice[1], dice[2]];
    let path = ["a", "d/b", "d/c", "d/plain", "e/f", "d/e/g"][usize::from(one) % 6];
    let text = ["x", "y", "z", "S1;", "S4;", "S1; S2;"][usize::from(two) % 6];
    let branch = ["main", "side", "more"][usize::from(one) % 3];
    let quietly = |repo: &Repo, arguments: &[&str]| {
        let _ = repo.command(arguments).stderr(Stdio::null()).stdout(Stdio::null()).status();
    };
    match kind {
        0..=3 => {
            if kind < 3 {
                // Mostly what holds nothing, at a place of its own.
                repo.write(&format!("plain/{}", one % 4), ["p", "q", "r"][usize::from(two) % 3]);
            } else if !repo.path().join(path).is_dir() {
                repo.write(path, text);
            }
            repo.commit("commit");
        }
        4 => quietly(repo, &["checkout", "-qf", branch]),
        5 => {
            repo.clock += 60;
            quietly(repo, &["merge", "-q", "--no-ff", "-m", "merge", branch]);
            quietly(repo, &["merge", "--abort"]);
        }
        6 => {
            repo.clock += 60;
            quietly(repo, &["merge", "-q", "-s", "ours", "--no-ff", "-m", "ours", branch]);
        }
        7 => quietly(repo, &["branch", "-f", branch, if two % 2 == 0 { "HEAD" } else { "HEAD~1" }]),
        8 => quietly(repo, &["reset", "-q", "--hard", "HEAD~1"]),
        9 => {
            repo.clock -= 600;
            repo.write(&format!("plain/{}", one % 4), "older");
            repo.commit("older");
        }
        10 => quietly(repo, &["checkout", "-q", "--detach"]),
        _ => quietly(repo, &["pack-refs", "--all"]),
    }
}

#[test]
fn whatever_happens_a_glance_says_only_what_a_whole_reading_tells() {
    let glanced = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let dice = || proptest::collection::vec(proptest::array::uniform3(any::<u8>()), 1..4);
    let outcome = runner.run(&(dice(), dice(), dice()), |rounds| {
        let mut repo = repository();
        repo.git(&["branch", "more", "main~1"]);
        for round in [rounds.0, rounds.1, rounds.2] {
            let left = leave(&repo);
            round.iter().for_each(|dice| happen(&mut repo, dice));
            glanced.set(glanced.get() + u32::from(is_sound(&repo, &left, &format!("{round:?}"))));
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(glanced.get() > 15, "a glance was enough only {} times", glanced.get());
}
