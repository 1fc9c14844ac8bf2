//! What is reported of histories of each shape.

use super::{Repo, read, told};
use crate::model::{ObjectId, SecretNumber};

/// The lifetime of a secret as (introduced, removed, live, refs).
fn life(repo: &Repo, secret: u32) -> (Option<ObjectId>, Option<ObjectId>, bool, Vec<String>) {
    let lives = read(repo.path()).lives;
    let life =
        lives.into_iter().find(|life| life.secret == SecretNumber(secret)).expect("the secret has a life");
    (
        life.history.introduced.map(|commit| commit.id),
        life.history.removed.map(|commit| commit.id),
        life.history.live,
        life.history.refs,
    )
}

#[test]
fn a_secret_is_introduced_once_however_often_its_file_changes() {
    let mut repo = Repo::new();
    repo.write("a.txt", "S1;\n");
    let first = repo.commit("one");
    repo.write("a.txt", "S1;\nmore\n");
    repo.commit("two");
    let placement = read(repo.path());
    assert_eq!(told(&placement, 1), [("commit", "a.txt".to_owned(), Some(first))]);
    let place = &placement.places[0].place;
    let commit = place.commit().expect("it has a commit");
    assert_eq!((commit.author.as_str(), commit.email.as_str()), ("A U Thor", "author@example.com"));
    assert_eq!((commit.time, commit.zone), (1_700_000_060, 90));
    assert_eq!(
        (place.presence().reachable, place.presence().live, place.presence().removed_in),
        (Some(true), Some(true), None)
    );
    let live = vec!["HEAD".to_owned(), "refs/heads/main".to_owned()];
    assert_eq!(life(&repo, 1), (Some(first), None, true, live));
}

#[test]
fn a_revert_removes_and_a_second_commit_brings_it_back() {
    let mut repo = Repo::new();
    repo.write("a.txt", "S1;\n");
    let first = repo.commit("one");
    repo.write("a.txt", "clean\n");
    let removal = repo.commit("two");
    assert_eq!(life(&repo, 1), (Some(first), Some(removal), false, Vec::new()));
    repo.write("a.txt", "S1; again\n");
    let again = repo.commit("three");
    let placement = read(repo.path());
    let mut told = told(&placement, 1);
    told.sort_by_key(|told| told.2 != Some(first));
    assert_eq!(told.iter().map(|told| told.2).collect::<Vec<_>>(), [Some(first), Some(again)]);
    let removed = |commit| {
        let placed = placement.places.iter().find(|placed| placed.place.commit().unwrap().id == commit);
        placed.unwrap().place.presence().removed_in
    };
    assert_eq!((removed(first), removed(again)), (Some(removal), None));
    assert!(life(&repo, 1).2);
}

#[test]
fn a_rename_is_a_new_place_and_no_new_introduction() {
    let mut repo = Repo::new();
    repo.write("old/a.txt", "S1;\n");
    let first = repo.commit("one");
    repo.git(&["mv", "old", "new"]);
    let renamed = repo.commit("two");
    let placement = read(repo.path());
    let expected =
        [("commit", "new/a.txt".to_owned(), Some(renamed)), ("commit", "old/a.txt".to_owned(), Some(first))];
    assert_eq!(told(&placement, 1), expected);
    assert_eq!(placement.places[1].place.presence().removed_in, Some(renamed));
    assert_eq!(life(&repo, 1).0, Some(first));
    assert_eq!(life(&repo, 1).1, None);
}

#[test]
fn a_clean_merge_introduces_nothing_and_an_evil_one_what_it_adds() {
    let mut repo = Repo::new();
    repo.write("base", "x");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("side", "S1;");
    let side = repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main", "S2;");
    let main = repo.commit("main");
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.write("evil", "S3;");
    let merge = repo.commit("merge");
    let placement = read(repo.path());
    assert_eq!(told(&placement, 1), [("commit", "side".to_owned(), Some(side))]);
    assert_eq!(told(&placement, 2), [("commit", "main".to_owned(), Some(main))]);
    assert_eq!(told(&placement, 3), [("commit", "evil".to_owned(), Some(merge))]);
}

#[test]
fn an_octopus_introduces_nothing_that_one_of_its_parents_holds() {
    let mut repo = Repo::new();
    repo.write("base", "x");
    repo.commit("base");
    let mut tips = Vec::new();
    for branch in ["a", "b", "c"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.write(branch, &format!("S{};", tips.len()));
        tips.push(repo.commit(branch));
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "a", "b", "c"]);
    let placement = read(repo.path());
    for (secret, branch) in (0..).zip(["a", "b", "c"]) {
        let expected = [("commit", branch.to_owned(), Some(tips[secret as usize]))];
        assert_eq!(told(&placement, secret), expected);
    }
    assert_eq!(life(&repo, 1).3, ["HEAD", "refs/heads/main", "refs/heads/b"]);
}

#[test]
fn commits_that_no_ref_reaches_are_placed_and_labelled() {
    let mut repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("a", "S1;");
    let lost = repo.commit("two");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let placement = read(repo.path());
    assert_eq!(told(&placement, 1), [("commit", "a".to_owned(), Some(lost))]);
    let place = &placement.places[0].place;
    assert_eq!((place.presence().reachable, place.presence().live), (Some(false), Some(false)));
    assert_eq!(life(&repo, 1), (Some(lost), None, false, Vec::new()));
}

#[test]
fn a_blob_that_was_staged_and_never_committed_is_an_object() {
    let mut repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("b", "S1;");
    repo.git(&["add", "b"]);
    repo.git(&["reset", "-q"]);
    let placement = read(repo.path());
    assert_eq!(told(&placement, 1), [("object", String::new(), None)]);
    assert_eq!(placement.places[0].place.presence().reachable, Some(false));
}

#[test]
fn a_stash_is_live() {
    let mut repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("a", "S1;");
    repo.git(&["stash", "-q"]);
    let (introduced, _, live, refs) = life(&repo, 1);
    assert!(introduced.is_some() && live);
    assert_eq!(refs, ["refs/stash"]);
}

#[test]
fn messages_of_commits_and_tags_and_notes_are_places() {
    let mut repo = Repo::new();
    repo.write("a", "x");
    let commit = repo.commit("subject\n\nS1; in the body");
    repo.git(&["tag", "-a", "v1", "-m", "S2; in the tag"]);
    repo.git(&["notes", "add", "-m", "S3; in the note"]);
    let placement = read(repo.path());
    assert_eq!(told(&placement, 1), [("message", String::new(), Some(commit))]);
    assert_eq!(told(&placement, 2), [("tag", String::new(), Some(repo.id("v1")))]);
    let note = [("note", commit.to_string(), Some(repo.id("refs/notes/commits")))];
    assert_eq!(told(&placement, 3), note);
    assert!(placement.places.iter().all(|placed| placed.place.presence().live == Some(true)));
    repo.git(&["tag", "-d", "v1"]);
    assert_eq!(read(repo.path()).places[1].place.presence().reachable, Some(false));
}

#[test]
fn refs_to_blobs_and_trees_keep_them_live() {
    let mut repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("d/b", "S1;");
    repo.git(&["add", "-A"]);
    let tree = repo.git(&["write-tree"]);
    repo.git(&["update-ref", "refs/trees/one", tree.trim()]);
    repo.git(&["tag", "blob", ":d/b"]);
    repo.git(&["reset", "-q", "--hard"]);
    let placement = read(repo.path());
    assert_eq!(told(&placement, 1), [("object", String::new(), None)]);
    assert_eq!(placement.places[0].place.presence().reachable, Some(true));
    assert_eq!(life(&repo, 1), (None, None, true, vec!["refs/tags/blob".into(), "refs/trees/one".into()]));
}

#[test]
fn a_file_in_place_of_a_directory_moves_what_it_held() {
    let mut repo = Repo::new();
    repo.write("d/a", "S1;");
    let first = repo.commit("one");
    std::fs::remove_dir_all(repo.path().join("d")).unwrap();
    repo.write("d", "S1;");
    let second = repo.commit("two");
    let expected = [("commit", "d".to_owned(), Some(second)), ("commit", "d/a".to_owned(), Some(first))];
    assert_eq!(told(&read(repo.path()), 1), expected);
}

#[test]
fn places_and_lives_are_the_same_in_every_run() {
    let mut repo = Repo::new();
    for round in 0..12 {
        for file in 0..6 {
            repo.write(
                &format!("d{}/f{file}", file % 3),
                &format!("S{}; S{};", (round * file) % 5, round % 3),
            );
        }
        repo.commit("round");
    }
    let (one, other) = (read(repo.path()), read(repo.path()));
    assert_eq!((one.places, one.lives, one.coverage), (other.places, other.lives, other.coverage));
}
