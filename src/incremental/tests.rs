//! Starting from a checkpoint: the same as reading everything, and no checkpoint makes it panic.

use super::FullReason;
use super::checkpoint::Checkpoint;
use super::reopen::{Reopened, reopen};
use crate::commands::session::attribution::{Traced, subject};
use crate::git::StoreStamp;
use crate::git::odb::NotExtended;
use crate::model::{ObjectId, SecretNumber};
use crate::provenance::tests::{Marks, Placement, Quiet, Repo, holding, read};
use crate::provenance::{Attribution, Unclear, extend, trace};
use crate::source::history::{Options, Site};
use proptest::prelude::*;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

/// A repository with a secret in trees, messages and a tag, and a merge.
fn repository() -> Repo {
    let mut repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("d/b", "S1; S2;");
    repo.commit("two S3;");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("d/b", "S2;");
    repo.commit("three");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("c", "S4;");
    repo.commit("four");
    repo.git(&["merge", "-q", "--no-ff", "-m", "five", "side"]);
    repo.git(&["tag", "-a", "v1", "-m", "S5;"]);
    repo
}

/// The state of a repository's store, the secrets in its texts, and the checkpoint of a run over it.
fn checkpoint(repo: &Repo) -> (StoreStamp, HashMap<ObjectId, Vec<SecretNumber>>, Vec<u8>) {
    let site = Site::open(repo.path()).unwrap();
    let mut state = site.state().unwrap();
    state.learn(None);
    let history = site.history(&Options::default()).unwrap();
    let (marks, stop) = (Marks::default(), AtomicBool::new(false));
    let scanned = history.scan(&marks, &Quiet, &stop);
    let held = marks.held.into_inner().unwrap();
    let subject = subject(&history);
    let Ok(traced) = Traced::new(&subject, scanned, holding(&held), |subject, texts, holding| {
        Ok::<_, Infallible>(trace(subject, texts, holding, &Quiet, &stop))
    });
    let bytes = traced.checkpoint().expect("nothing stands in the way");
    (state, held, bytes)
}

/// The result of a run that starts from a checkpoint, or why it cannot.
fn extended(
    repo: &Repo,
    state: &StoreStamp,
    held: &HashMap<ObjectId, Vec<SecretNumber>>,
    bytes: &[u8],
) -> Result<Placement, FullReason> {
    let site = Site::open(repo.path()).unwrap();
    let now = site.state().unwrap();
    let checkpoint = Checkpoint::read(bytes).ok_or(FullReason::DamagedCheckpoint)?;
    let Reopened { history, known } = reopen(site, state, &now, checkpoint, &Options::default())?;
    let (marks, stop) = (Marks::default(), AtomicBool::new(false));
    let scanned = history.scan(&marks, &Quiet, &stop);
    let mut held = held.clone();
    held.extend(marks.held.into_inner().unwrap());
    let same: Vec<_> = (0..100).map(SecretNumber).collect();
    let subject = subject(&history);
    let traced = Traced::new(&subject, scanned, holding(&held), |subject, texts, holding| {
        extend(subject, known, texts, holding, &same, &Quiet, &stop)
    })?;
    let Attribution { places, lives, .. } = traced.facts.attribute();
    let (coverage, _) = traced.coverage(&history, &stop);
    Ok(Placement { places, lives, coverage })
}

#[track_caller]
fn is_told_alike(repo: &Repo, extended: &Placement) {
    let whole = read(repo.path());
    assert_eq!(extended.places, whole.places);
    assert_eq!(extended.lives, whole.lives);
    assert_eq!(extended.coverage, whole.coverage);
}

#[test]
fn what_has_come_since_is_told_as_if_all_had_been_read() {
    let mut repo = repository();
    let (state, held, bytes) = checkpoint(&repo);
    is_told_alike(&repo, &extended(&repo, &state, &held, &bytes).expect("nothing has changed"));
    repo.git(&["branch", "-q", "-D", "side"]);
    repo.write("d/e", "S1; S6;");
    repo.git(&["rm", "-q", "c"]);
    repo.commit("six S1;");
    repo.write("f", "S4;");
    // Younger commits may say that they are older.
    repo.clock -= 1_000_000;
    repo.commit("seven");
    is_told_alike(&repo, &extended(&repo, &state, &held, &bytes).expect("nothing is gone"));
    repo.git(&["gc", "-q", "--prune=now"]);
    let reason = extended(&repo, &state, &held, &bytes).map(|_| ());
    assert_eq!(reason, Err(FullReason::NotExtended(NotExtended::ObjectsMoved)), "what was loose is gone");
}

#[test]
fn a_name_that_stands_twice_in_a_tree_is_left_to_who_reads_everything() {
    let repo = repository();
    let (state, held, bytes) = checkpoint(&repo);
    let blob = repo.id("HEAD:c");
    let entry = [b"100644 twice\0", blob.as_bytes()].concat();
    repo.write("tree", "");
    std::fs::write(repo.path().join("tree"), [&entry[..], &entry].concat()).unwrap();
    let tree = repo.git(&["hash-object", "-w", "--literally", "-t", "tree", "tree"]);
    let commit = repo.git(&["commit-tree", "-p", "HEAD", "-m", "odd", tree.trim()]);
    repo.git(&["update-ref", "refs/heads/odd", commit.trim()]);
    let reason = extended(&repo, &state, &held, &bytes).map(|_| ());
    assert_eq!(reason, Err(FullReason::Unclear(Unclear::NameTwiceInTree)));
}

#[test]
fn a_checkpoint_that_was_cut_is_none() {
    let (_, _, bytes) = checkpoint(&repository());
    assert!(Checkpoint::read(&bytes).is_some());
    assert!((0..bytes.len()).all(|cut| Checkpoint::read(&bytes[..cut]).is_none()));
}

#[test]
fn no_checkpoint_makes_a_run_panic() {
    let repo = repository();
    let (state, held, bytes) = checkpoint(&repo);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(400));
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let outcome = runner.run(&changes, |changes| {
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = extended(&repo, &state, &held, &bytes);
        Ok(())
    });
    outcome.unwrap();
}
