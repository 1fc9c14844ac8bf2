//! `history`: every object, and when, where and by whom a secret was added and removed.

use crate::harness::{Outcome, Repo, fake, github_token, with_submodule};
use serde_json::Value;

fn only(outcome: &Outcome) -> Value {
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    findings[0].clone()
}

/// Asserts that the receipt counts what git lists, type by type.
#[track_caller]
fn counts_what_git_lists(repo: &Repo, outcome: &Outcome) {
    let listing = repo.git(&["cat-file", "--batch-check=%(objecttype)", "--batch-all-objects"]);
    let objects = &outcome.json()["summary"]["coverage"]["objects"];
    for kind in ["blob", "tree", "commit", "tag"] {
        let listed = listing.lines().filter(|line| *line == kind).count();
        assert_eq!(objects[kind], listed, "{kind}: {objects}");
    }
}

#[test]
fn a_secret_that_came_and_went_names_both_commits() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("conf/a.env", format!("A=1\nTOKEN={}\n", github_token(1)));
    let came = repo.commit("leak");
    repo.write("conf/a.env", format!("A=1\n\n\nTOKEN={}\n", github_token(1)));
    repo.commit("edit");
    repo.write("conf/a.env", "A=1\n");
    let went = repo.commit("clean");
    let outcome = repo.run_json(&["history"]).exits(1);
    counts_what_git_lists(&repo, &outcome);
    let finding = only(&outcome);
    assert_eq!(finding["introduced"]["commit"], came);
    assert_eq!(finding["removed"]["commit"], went);
    assert_eq!(finding["live"], false);
    let occurrence = &finding["occurrences"][0];
    assert_eq!(finding["occurrences"].as_array().map(Vec::len), Some(1));
    assert_eq!(occurrence["path"], "conf/a.env");
    assert_eq!(occurrence["commit"], came);
    assert_eq!(occurrence["author"], "Ada");
    assert_eq!(occurrence["email"], "ada@example.org");
    assert_eq!((&occurrence["line"], &occurrence["column"]), (&2.into(), &7.into()));
    assert_eq!(occurrence["removed_in"], went);
    assert_eq!(occurrence["reachable"], true);
}

#[test]
fn authors_are_named_as_the_log_names_them() {
    let repo = Repo::new();
    repo.write("a.env", github_token(41));
    repo.stage();
    let tree = repo.git(&["write-tree"]);
    // A commit in Latin-1, as old programs and `i18n.commitEncoding` leave it; and one that names no encoding.
    for (name, encoding) in
        [("latin", "encoding ISO-8859-1\n"), ("unnamed", ""), ("wrong", "encoding x-none\n")]
    {
        let mut text = format!("tree {}\nauthor J", tree.trim()).into_bytes();
        text.push(0xfc);
        text.extend_from_slice(b"rgen <j@old> 1112911993 +0200\ncommitter J");
        text.push(0xfc);
        text.extend_from_slice(format!("rgen <j@old> 1112911993 +0200\n{encoding}\n{name}\n").as_bytes());
        repo.write("commit.raw", text);
        let id = repo.git(&["hash-object", "-t", "commit", "-w", "commit.raw"]);
        repo.git(&["update-ref", &format!("refs/heads/{name}"), id.trim()]);
    }
    repo.remove("commit.raw");
    let author = |refs: &str| {
        let outcome = repo.run_json(&["history", "--refs", refs]).exits(1);
        let finding = only(&outcome);
        let introduced = &finding["introduced"];
        let name = format!("{} <{}>", introduced["author"], introduced["email"]).replace('"', "");
        let occurrence = &finding["occurrences"][0];
        assert_eq!(name, format!("{} <{}>", occurrence["author"], occurrence["email"]).replace('"', ""));
        name
    };
    let log = |refs: &str| repo.git(&["log", "-1", "--format=%aN <%aE>", refs]).trim().to_owned();
    assert_eq!(author("refs/heads/latin"), "J\u{fc}rgen <j@old>");
    assert_eq!(author("refs/heads/latin"), log("latin"));
    assert_eq!(author("refs/heads/unnamed"), "J\u{fffd}rgen <j@old>");
    assert_eq!(author("refs/heads/wrong"), "J\u{fffd}rgen <j@old>");
    repo.write(".mailmap", "Jürgen Ö <j@new> jürgen <J@OLD>\nNobody <nobody@old>\n<any@new> <j@old>\n");
    assert_eq!(author("refs/heads/latin"), "Jürgen Ö <j@new>");
    assert_eq!(author("refs/heads/latin"), log("latin"));
    assert_eq!(author("refs/heads/unnamed"), "J\u{fffd}rgen <any@new>");
    // A second run remembers what the first found, and the names are today's.
    let first = only(&repo.run_json(&["history"]).exits(1));
    assert!(first["introduced"]["email"].as_str().is_some_and(|email| email.ends_with("@new")), "{first}");
    repo.write(".mailmap", "# much\n".repeat(3 << 20));
    let outcome = repo.run_json(&["history", "--refs", "refs/heads/latin"]).exits(1);
    assert_eq!(only(&outcome)["introduced"]["email"], "j@old");
    assert!(outcome.says(".mailmap was not read: it is larger than 16 MiB"), "{}", outcome.stdout);
    repo.write(".mailmap", "Someone <some@one> <j@old>\n");
    assert_eq!(only(&repo.run_json(&["history"]).exits(1))["introduced"]["author"], "Someone");
}

#[test]
fn a_live_secret_names_the_refs_that_hold_it() {
    let repo = Repo::new();
    repo.write("a.env", github_token(2));
    repo.commit("leak");
    repo.git(&["branch", "side"]);
    repo.remove("a.env");
    repo.commit("clean");
    let finding = only(&repo.run_json(&["history"]).exits(1));
    assert_eq!(finding["live"], true);
    assert_eq!(finding["refs"], serde_json::json!(["refs/heads/side"]));
}

#[test]
fn what_only_a_merge_brings_belongs_to_the_merge() {
    let repo = Repo::forked();
    repo.git(&["checkout", "-q", "main"]);
    repo.write("c", "z");
    repo.commit("three");
    repo.git(&["merge", "-q", "--no-commit", "--no-ff", "topic"]);
    repo.write("evil.env", github_token(3));
    let merge = repo.commit("merge");
    let finding = only(&repo.run_json(&["history"]).exits(1));
    assert_eq!(finding["introduced"]["commit"], merge);
    assert_eq!(finding["occurrences"][0]["path"], "evil.env");
}

#[test]
fn a_merge_of_two_sides_and_a_rename_introduce_nothing() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("a.env", github_token(4));
    let came = repo.commit("leak");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("b", "y");
    repo.commit("two");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("c", "z");
    repo.commit("three");
    repo.git(&["merge", "-q", "--no-edit", "topic"]);
    repo.git(&["mv", "a.env", "b.env"]);
    let moved = repo.commit("rename");
    let finding = only(&repo.run_json(&["history"]).exits(1));
    assert_eq!(finding["introduced"]["commit"], came);
    let occurrences = finding["occurrences"].as_array().expect("a list").clone();
    let at: Vec<_> = occurrences.iter().map(|one| (one["path"].clone(), one["commit"].clone())).collect();
    assert_eq!(at.len(), 2, "{at:?}");
    assert!(at.contains(&("a.env".into(), came.into())), "{at:?}");
    assert!(at.contains(&("b.env".into(), moved.into())), "{at:?}");
}

#[test]
fn what_no_ref_reaches_is_scanned_and_labelled() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("a.env", github_token(5));
    let lost = repo.commit("leak");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let outcome = repo.run_json(&["history"]).exits(1);
    counts_what_git_lists(&repo, &outcome);
    let finding = only(&outcome);
    assert_eq!(finding["live"], false);
    assert_eq!(finding["occurrences"][0]["reachable"], false);
    assert_eq!(finding["occurrences"][0]["commit"], lost);
}

#[test]
fn a_blob_that_no_tree_names_is_scanned() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("b.env", github_token(6)).stage();
    repo.git(&["rm", "-q", "-f", "b.env"]);
    let finding = only(&repo.run_json(&["history"]).exits(1));
    assert_eq!(finding["occurrences"][0]["kind"], "object");
    assert_eq!(finding["occurrences"][0]["reachable"], false);
}

#[test]
fn messages_of_commits_and_tags_and_notes_are_scanned() {
    let repo = Repo::new();
    repo.write("a", "x");
    let in_message = repo.commit(&format!("use {}", github_token(7)));
    repo.git(&["tag", "-a", "v1", "-m", &format!("tagged {}", github_token(8))]);
    repo.git(&["notes", "add", "-m", &format!("noted {}", github_token(9))]);
    let outcome = repo.run_json(&["history"]).exits(1);
    counts_what_git_lists(&repo, &outcome);
    let mut kinds: Vec<String> = Vec::new();
    for finding in outcome.findings() {
        let occurrence = &finding["occurrences"][0];
        kinds.push(occurrence["kind"].as_str().expect("a kind").to_owned());
        if occurrence["kind"] == "message" {
            assert_eq!(occurrence["commit"], in_message);
        }
    }
    kinds.sort();
    assert_eq!(kinds, ["message", "note", "tag"]);
}

#[test]
fn packs_alternates_and_duplicates_count_each_object_once() {
    let repo = Repo::new();
    let padding: String = (0..400).map(|line| format!("line {line} of something\n")).collect();
    for version in 0..20 {
        repo.write("big.txt", format!("{padding}version {version}\n"));
        if version == 9 {
            repo.git(&["repack", "-q", "-a", "-d"]);
        }
        if version == 12 {
            repo.write("a.env", github_token(10));
        }
        repo.commit(&format!("version {version}"));
    }
    repo.git(&["repack", "-q"]);
    let outcome = repo.run_json(&["history"]).exits(1);
    counts_what_git_lists(&repo, &outcome);
    let clones = Repo::plain();
    clones.git(&["clone", "-q", "--shared", repo.path().to_str().expect("UTF-8"), "shared"]);
    clones.git_in("shared", &["checkout", "-q", "-b", "more"]);
    clones.write("shared/new.txt", "new");
    clones.git_in("shared", &["add", "-A"]);
    clones.git_in("shared", &["commit", "-q", "-m", "more"]);
    let outcome = clones.run_with("shared", &["history", "--format", "json"], &[], b"").exits(1);
    let finding = only(&outcome);
    assert_eq!(finding["occurrences"].as_array().map(Vec::len), Some(1));
}

#[test]
fn bare_repositories_worktrees_and_sub_directories_are_the_same_history() {
    let repo = Repo::new();
    repo.write("deep/er/a.env", github_token(11));
    repo.commit("leak");
    repo.git(&["worktree", "add", "-q", "tree"]);
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let print = only(&repo.run_json(&["history"]).exits(1))["fingerprint"].clone();
    for folder in ["tree", "deep/er", "bare.git"] {
        let outcome = repo.run_with(folder, &["history", "--format", "json"], &[], b"").exits(1);
        assert_eq!(only(&outcome)["fingerprint"], print, "{folder}");
        let named = repo.run_json(&["history", folder]).exits(1);
        assert_eq!(only(&named)["fingerprint"], print, "{folder}");
    }
}

#[test]
fn a_shallow_clone_says_that_it_is_incomplete() {
    let repo = Repo::new();
    for name in ["a", "b", "c"] {
        repo.write(name, name);
        repo.commit(name);
    }
    let clones = Repo::plain();
    clones.git(&["clone", "-q", "--depth", "1", &format!("file://{}", repo.path().display()), "shallow"]);
    let outcome = clones.run_with("shallow", &["history"], &[], b"").exits(3);
    assert!(outcome.stdout.contains("shallow"), "{}", outcome.stdout);
}

#[test]
fn a_partial_clone_says_which_blobs_it_lacks() {
    let repo = Repo::new();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    for version in ["one", "two", "three"] {
        repo.write("a", version);
        repo.commit(version);
    }
    let clones = Repo::plain();
    let url = format!("file://{}", repo.path().display());
    clones.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "partial"]);
    let outcome = clones.run_with("partial", &["history", "--format", "json"], &[], b"").exits(3);
    let unread = &outcome.json()["summary"]["coverage"]["unread"];
    let counted: u64 =
        unread.as_array().expect("a list").iter().filter_map(|one| one["count"].as_u64()).sum();
    assert_eq!(counted, 3, "{unread}");
}

#[test]
fn a_submodule_is_excluded_and_said() {
    let (repo, _inner) = with_submodule();
    repo.commit("a submodule");
    let outcome = repo.run_json(&["history"]).exits(0);
    assert!(
        outcome.json()["summary"]["coverage"]["excluded"].to_string().contains("submodule"),
        "{}",
        outcome.stdout
    );
    let scan = repo.run_json(&["scan"]).exits(0);
    assert!(
        scan.json()["summary"]["coverage"]["excluded"].to_string().contains("submodule"),
        "{}",
        scan.stdout
    );
}

#[test]
fn a_corrupt_object_is_unread() {
    let repo = Repo::new();
    repo.write("a", "nothing of interest here\n");
    repo.commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    let file = repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    std::fs::remove_file(&file).expect("it is loose");
    std::fs::write(&file, b"garbage").expect("it can be written");
    let outcome = repo.run_json(&["history"]).exits(3);
    assert!(outcome.says(&blob), "{}", outcome.stdout);
}

#[test]
fn a_sha_256_repository_is_read_and_placed_loose_and_packed() {
    let repo = Repo::plain();
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    let padding: String = (0..300).map(|line| format!("line {line} of something\n")).collect();
    repo.write("conf/a.env", format!("{padding}A=1\n"));
    repo.commit("one");
    repo.write("conf/a.env", format!("{padding}A=1\nTOKEN={}\n", github_token(21)));
    let came = repo.commit("leak");
    repo.write("conf/a.env", format!("{padding}A=2\nTOKEN={}\n", github_token(21)));
    repo.commit("edit");
    repo.write("conf/a.env", format!("{padding}A=2\n"));
    let went = repo.commit("clean");
    let spoke = repo.commit(&format!("speak of {}", github_token(22)));
    repo.git(&["tag", "-a", "v1", "-m", &format!("tag {}", github_token(23)), &came]);
    let mut before = None;
    for arguments in [&["status"][..], &["repack", "-q", "-a", "-d", "-f"], &["pack-refs", "--all"]] {
        repo.git(arguments);
        let outcome = repo.run_json(&["history"]).exits(1);
        counts_what_git_lists(&repo, &outcome);
        let findings = outcome.findings();
        let of_kind = |kind: &str| {
            let mut of = findings.iter().filter(|finding| finding["occurrences"][0]["kind"] == kind);
            of.next().unwrap_or_else(|| panic!("no {kind} in {}", outcome.stdout))
        };
        let file = of_kind("commit");
        assert_eq!(file["introduced"]["commit"], came);
        assert_eq!(file["occurrences"][0]["removed_in"], went);
        assert_eq!(file["refs"], serde_json::json!(["refs/tags/v1"]));
        assert_eq!(file["occurrences"].as_array().map(Vec::len), Some(1));
        assert_eq!(file["occurrences"][0]["path"], "conf/a.env");
        assert_eq!(of_kind("message")["occurrences"][0]["commit"], spoke);
        assert_eq!(of_kind("tag")["live"], true);
        assert_eq!(*before.get_or_insert(findings.clone()), findings);
    }
}

#[test]
fn an_octopus_introduces_only_what_none_of_its_parents_holds() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    for branch in ["first", "second", "third"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.write(&format!("{branch}.txt"), branch);
        if branch == "second" {
            repo.write("second.env", github_token(30));
        }
        repo.commit(branch);
    }
    let side = repo.git(&["rev-parse", "second"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-commit", "first", "second", "third"]);
    repo.write("evil.env", github_token(31));
    let merge = repo.commit("octopus");
    let introduced = |outcome: &Outcome, path: &str| {
        let of_path = |one: &&Value| one["occurrences"][0]["path"] == path;
        outcome.findings().iter().find(of_path).map(|one| one["introduced"]["commit"].clone())
    };
    let outcome = repo.run_json(&["history"]).exits(1);
    assert_eq!(introduced(&outcome, "second.env"), Some(side.into()));
    assert_eq!(introduced(&outcome, "evil.env"), Some(merge.into()));
}

#[test]
fn a_ref_that_cannot_be_read_is_not_passed_over() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.run(&["history"]).exits(0);
    repo.write(".git/refs/heads/broken", "garbage\n");
    let outcome = repo.run(&["history"]).exits(3);
    assert!(outcome.stdout.contains("refs/heads/broken"), "{}", outcome.stdout);
    repo.remove(".git/refs/heads/broken");
    repo.write(".git/refs/heads/.hidden", "no ref\n").write(".git/refs/heads/a.lock", "");
    repo.run(&["history"]).exits(0);
}

#[test]
fn what_is_below_the_confidence_asked_for_is_counted_and_the_rest_stays_as_it_is() {
    let repo = Repo::new();
    let paths = ["a.py", "b.yml", ".env", "tests/c.rb", "README.md", "yarn.lock", "d.java"];
    let names = ["password", "db_pass", "token", "key", "encryption_key"];
    for (at, path) in paths.iter().enumerate() {
        let mut text = String::new();
        for (seed, name) in (0..).zip(names) {
            // Some values are in several files, quoted here and bare there.
            let shared = fake("{base62:9}", seed);
            let own = fake(["{base62:7}", "{base62:16}", "{hex:20}"][at % 3], 100 + at as u64 * 10 + seed);
            let quote = if (at as u64 + seed).is_multiple_of(2) { "'" } else { "" };
            text += &format!("{name} = {quote}{shared}{quote}\nmy_{name}: {quote}{own}{quote}\n");
        }
        repo.write(path, text);
        repo.commit(path);
    }
    // By fingerprint: where a finding is first depends on which of its places are shown.
    let in_order = |mut findings: Vec<Value>| {
        findings.sort_by_key(|one| one["fingerprint"].to_string());
        findings
    };
    let all = in_order(repo.run_json(&["history", "--min-confidence", "low"]).findings());
    let ranks = ["low", "medium", "high"];
    let rank = |finding: &Value| ranks.iter().position(|rank| finding["confidence"] == *rank).unwrap_or(3);
    let gist = |one: &Value| ["fingerprint", "score", "confidence"].map(|key| one[key].clone());
    let mut told = Vec::new();
    for (least, name) in ranks.iter().enumerate().skip(1) {
        let outcome = repo.run_json(&["history", "--min-confidence", name]);
        let (shown, below): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| rank(one) >= least);
        let found = in_order(outcome.findings());
        assert_eq!(
            found.iter().map(gist).collect::<Vec<_>>(),
            shown.iter().map(gist).collect::<Vec<_>>(),
            "{name}"
        );
        // The same finding, at those of its places that reach the confidence by themselves.
        for (one, whole) in found.iter().zip(&shown) {
            let places = |one: &Value| one["occurrences"].as_array().cloned().unwrap_or_default();
            let (some, of) = (places(one), places(whole));
            assert!(!some.is_empty() && some.iter().all(|place| of.contains(place)), "{one}");
            let says_more = one["reasons"].to_string().contains("less likely a secret");
            assert_eq!(says_more, some.len() < of.len(), "{one}");
        }
        let notes = outcome.json()["summary"]["notes"].to_string();
        assert!(notes.contains(&format!("{} finding", below.len())), "{notes}");
        told.push((shown.len(), below.len()));
    }
    assert!(told.iter().all(|&(shown, below)| shown > 2 && below > 2), "{told:?}");
}

/// Kind, path, line and whether it is live of the one occurrence of the one finding.
#[track_caller]
fn place(outcome: &Outcome) -> (String, String, u64, bool) {
    let occurrences = only(outcome)["occurrences"].as_array().expect("a finding has occurrences").clone();
    assert_eq!(occurrences.len(), 1, "{occurrences:?}");
    let text = |name: &str| occurrences[0][name].as_str().unwrap_or("-").to_owned();
    let line = occurrences[0]["line"].as_u64().expect("an occurrence has a line");
    (text("kind"), text("path"), line, occurrences[0]["live"] == true)
}

#[test]
fn a_blob_that_only_an_index_has_is_told_with_its_path() {
    let repo = Repo::new();
    repo.write("conf/db.env", format!("A=1\nTOKEN={}\n", github_token(41))).stage();
    let wanted = ("staged".to_owned(), "conf/db.env".to_owned(), 2, false);
    assert_eq!(place(&repo.run_json(&["history", "--no-cache"]).exits(1)), wanted);
    repo.git(&["rm", "-q", "--cached", "conf/db.env"]);
    repo.write("a", "x");
    repo.git(&["add", "a"]);
    repo.git(&["commit", "-q", "-m", "one"]);
    let gone = ("object".to_owned(), "-".to_owned(), 2, false);
    assert_eq!(place(&repo.run_json(&["history"]).exits(1)), gone);
    // The index is not part of the store: an incremental run reads it again.
    repo.git(&["add", "conf/db.env"]);
    assert_eq!(place(&repo.run_json(&["history"]).exits(1)), wanted);
    assert_eq!(place(&repo.run_json(&["history"]).exits(1)), wanted);
    repo.git(&["mv", "conf/db.env", "other.env"]);
    assert_eq!(place(&repo.run_json(&["history"]).exits(1)).1, "other.env");
    repo.git(&["commit", "-q", "-m", "two"]);
    let committed = ("commit".to_owned(), "other.env".to_owned(), 2, true);
    assert_eq!(place(&repo.run_json(&["history"]).exits(1)), committed);
}

#[test]
fn the_index_of_a_linked_worktree_and_a_split_one_name_what_is_staged() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.git(&["worktree", "add", "-q", "linked"]);
    repo.write("linked/b/c.env", format!("TOKEN={}\n", github_token(42)));
    repo.git_in("linked", &["add", "b/c.env"]);
    let wanted = ("staged".to_owned(), "b/c.env".to_owned(), 1, false);
    assert_eq!(place(&repo.run_json(&["history", "--no-cache"]).exits(1)), wanted);
    repo.git_in("linked", &["update-index", "--split-index"]);
    assert_eq!(place(&repo.run_json(&["history", "--no-cache"]).exits(1)), wanted);
    // An index that cannot be read gives no path; it is not what is scanned.
    repo.write(".git/worktrees/linked/index", "DIRC");
    assert_eq!(place(&repo.run_json(&["history", "--no-cache"]).exits(1)).1, "-");
}

#[test]
fn a_blob_that_only_a_tagged_tree_has_is_told_with_its_path_there() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    let text = format!("TOKEN={}\n", github_token(43));
    repo.write("deep/er/b.env", &text).write("deep/a.env", &text).write("z.env", &text).stage();
    let tree = repo.git(&["write-tree"]);
    repo.git(&["reset", "-q", "--hard"]);
    for annotated in [false, true] {
        let arguments = if annotated { &["tag", "-m", "x", "t"][..] } else { &["tag", "t"] };
        repo.git(&[arguments, &[&tree]].concat());
        let wanted = ("object".to_owned(), "deep/a.env".to_owned(), 1, true);
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        assert_eq!(place(&outcome), wanted, "the first of its paths");
        assert_eq!(place(&repo.run_json(&["history", "--threads", "1"]).exits(1)), wanted);
        assert_eq!(only(&outcome)["refs"], serde_json::json!(["refs/tags/t"]));
        repo.git(&["tag", "-d", "t"]);
        repo.git(&["repack", "-qadf"]);
    }
    let blob = repo.git(&["rev-parse", &format!("{tree}:z.env")]);
    repo.git(&["tag", "t", &blob]);
    assert_eq!(place(&repo.run_json(&["history"]).exits(1)), ("object".to_owned(), "-".to_owned(), 1, true));
}

#[test]
fn a_file_is_no_repository_whatever_it_is_in() {
    let repo = Repo::new();
    repo.write("a.txt", "x\n");
    repo.commit("a");
    repo.git(&["bundle", "create", "-q", "a.bundle", "--all"]);
    for arguments in [&["history", "a.bundle"][..], &["history", "a.txt"], &["inventory", "a.bundle"]] {
        let outcome = repo.run(arguments).exits(2);
        assert!(outcome.stderr.contains("is a file and no git repository"), "{}", outcome.stderr);
    }
    repo.run(&["history", "."]).exits(0);
}
