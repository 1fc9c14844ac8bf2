//! Secrets in the names of refs and of people in a history.

use crate::cache::same_with_and_without;
use crate::formats::{convert, use_reftable};
use crate::harness::{Outcome, Repo, fake, github_token};
use crate::names::places;
use serde_json::Value;
use std::fs;

/// A repository with one commit.
fn plain() -> Repo {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo
}

/// The places of a history's findings, which must be the same from the cache, and after one commit more.
#[track_caller]
fn found(repo: &Repo) -> Vec<String> {
    let first = places(&repo.run_json(&["history", "--no-cache"]));
    same_with_and_without(repo, &[]);
    assert!(same_with_and_without(repo, &[]) > 0, "the second run reads nothing");
    if repo.path().join("a").exists() {
        repo.write("a", format!("{:?}", repo.path()));
        repo.commit("more");
        same_with_and_without(repo, &[]);
    }
    first
}

/// The one occurrence of the one finding.
#[track_caller]
fn only(outcome: &Outcome) -> Value {
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    let occurrences = findings[0]["occurrences"].as_array().expect("a finding has occurrences");
    assert_eq!(occurrences.len(), 1, "{occurrences:?}");
    occurrences[0].clone()
}

mod refs {
    use super::*;

    #[test]
    fn a_token_in_the_name_of_any_ref_is_found() {
        let token = github_token(1);
        for (command, shown) in [
            (&["branch"][..], "refs/heads/ghp_…:1:12"),
            (&["tag"], "refs/tags/ghp_…:1:11"),
            (&["tag", "-m", "x"], "refs/tags/ghp_…:1:11"),
            (&["notes", "add", "-m", "x", "--ref"], "refs/notes/ghp_…:1:12"),
            (
                &["update-ref", "-m", "x", "refs/remotes/origin/TOKEN", "HEAD"],
                "refs/remotes/origin/ghp_…:1:21",
            ),
            (&["update-ref", "refs/x/deep/TOKEN/er", "HEAD"], "refs/x/deep/ghp_…/er:1:13"),
            (&["symbolic-ref", "refs/heads/TOKEN", "refs/heads/none"], "refs/heads/ghp_…:1:12"),
            (&["symbolic-ref", "HEAD", "refs/heads/TOKEN"], "refs/heads/ghp_…:1:12"),
        ] {
            for packs in [false, true] {
                let repo = plain();
                let mut arguments: Vec<String> =
                    command.iter().map(|argument| argument.replace("TOKEN", &token)).collect();
                if !command.iter().any(|argument| argument.contains("TOKEN")) {
                    let at = if command[0] == "notes" { 1 } else { arguments.len() };
                    if command[0] == "notes" {
                        arguments = ["notes", "--ref", &token, "add", "-m", "x"].map(str::to_owned).to_vec();
                    } else {
                        arguments.insert(at, token.clone());
                    }
                }
                repo.git(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
                if packs {
                    repo.git(&["pack-refs", "--all"]);
                }
                let is_head = command.contains(&"HEAD") && command[0] == "symbolic-ref";
                let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
                assert_eq!(places(&outcome), [format!("ref {shown}")], "{command:?} {packs}");
                assert_eq!(only(&outcome)["live"], true);
                if !is_head {
                    assert_eq!(found(&repo), [format!("ref {shown}")], "{command:?} {packs}");
                }
            }
        }
    }

    #[test]
    fn it_is_masked_in_every_report_and_told_to_be_a_ref() {
        let repo = plain();
        let token = github_token(2);
        repo.git(&["branch", &format!("b-{token}")]);
        for format in crate::harness::formats() {
            let outcome = repo.run(&["history", "--format", format]).exits(1);
            assert!(!outcome.says(&token[8..]), "{format}: {}", outcome.stdout);
        }
        let text = repo.run(&["history"]).exits(1).stdout;
        assert!(text.contains("refs/heads/b-ghp_…:1:14  in the name of the ref"), "{text}");
        let finding = repo.run_json(&["history"]).findings()[0].clone();
        assert_eq!(finding["live"], true);
        assert_eq!(finding["refs"][0], "refs/heads/b-ghp_…");
        assert_eq!(finding["introduced"], Value::Null);
    }

    #[test]
    fn a_ref_that_is_broken_or_of_other_bytes_is_looked_at_too() {
        let repo = plain();
        repo.write(&format!(".git/refs/heads/{}", github_token(3)), "no id\n");
        assert_eq!(places(&repo.run_json(&["history"]).exits(1)), ["ref refs/heads/ghp_…:1:12"]);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let repo = plain();
            let name = [b"\xff", github_token(4).as_bytes(), b"\xfe"].concat();
            let from = repo.path().join(".git/refs/heads/main");
            let to = repo.path().join(".git/refs/tags").join(std::ffi::OsStr::from_bytes(&name));
            fs::copy(from, to).expect("a file can be copied");
            assert_eq!(found(&repo), ["ref refs/tags/\\xffghp_…\\xfe:1:15"]);
        }
    }

    #[test]
    fn reftables_are_refs() {
        let repo = plain();
        let (id, name) = (repo.git(&["rev-parse", "HEAD"]), format!("refs/heads/{}", github_token(5)));
        use_reftable(&repo);
        convert(&repo, ".git", &[("HEAD", &format!("ref: {name}")), (&name, &id)]);
        assert_eq!(places(&repo.run_json(&["history"]).exits(1)), ["ref refs/heads/ghp_…:1:12"]);
    }

    #[test]
    fn a_new_name_is_seen_after_a_run_that_kept_what_it_found() {
        let repo = plain();
        repo.run(&["history"]).exits(0);
        repo.git(&["branch", &github_token(6)]);
        repo.run(&["history"]).exits(1);
        same_with_and_without(&repo, &[]);
        repo.git(&["branch", "-D", &github_token(6)]);
        repo.run(&["history"]).exits(0);
    }

    #[test]
    fn a_tag_keeps_the_name_that_it_was_made_with() {
        let repo = plain();
        let token = github_token(7);
        repo.git(&["tag", "-m", "x", &token]);
        let id = repo.git(&["rev-parse", &token]);
        repo.git(&["tag", "harmless", &token]);
        repo.git(&["tag", "-d", &token]);
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        let one = only(&outcome);
        assert_eq!((&one["kind"], &one["commit"], &one["live"]), (&"ref".into(), &id.into(), &true.into()));
        assert_eq!(found(&repo), ["ref refs/tags/ghp_…:1:11"]);
        repo.git(&["tag", "-d", "harmless"]);
        assert_eq!(only(&repo.run_json(&["history"]).exits(1))["live"], false);
    }

    #[test]
    fn what_is_out_of_scope_is_not_looked_at() {
        let repo = plain();
        repo.git(&["branch", &github_token(8)]);
        repo.write("b", "y");
        repo.commit("two");
        repo.git(&["branch", &github_token(9)]);
        let count = |arguments: &[&str], code| {
            repo.run_json(&[&["history", "--no-cache"], arguments].concat()).exits(code).findings().len()
        };
        assert_eq!(count(&[], 1), 2);
        assert_eq!(count(&["--reachable-only"], 1), 2);
        assert_eq!(count(&["--refs", "main"], 0), 0);
        assert_eq!(count(&["--refs", &github_token(8)], 1), 1);
        assert_eq!(count(&["--since", "HEAD~1"], 1), 1);
        assert_eq!(count(&["--since", "HEAD~1", "--refs", "main"], 0), 0);
        assert_eq!(count(&["--since", "main"], 0), 0);
    }

    #[test]
    fn a_baseline_takes_them_in() {
        let repo = plain();
        repo.git(&["branch", &github_token(10)]);
        repo.git_with(
            &[("GIT_AUTHOR_NAME", &github_token(11))],
            &["commit", "-q", "--allow-empty", "-m", "x"],
        );
        repo.run(&["baseline", "write"]).exits(0);
        repo.run(&["history"]).exits(0);
        repo.git(&["branch", &github_token(12)]);
        repo.run(&["history"]).exits(1);
        repo.run(&["baseline", "check"]).exits(1);
    }

    #[test]
    fn assignments_in_names_are_none() {
        let repo = plain();
        repo.git(&["branch", "password=hV7wq2LxNz8RtPc4"]);
        repo.git_with(
            &[("GIT_AUTHOR_NAME", "password=hV7wq2LxNz8RtPc4")],
            &["commit", "-q", "--allow-empty", "-m", "x"],
        );
        repo.run(&["history", "--min-confidence", "low"]).exits(0);
    }
}

mod people {
    use super::*;

    const COMMIT: [&str; 5] = ["commit", "-q", "--allow-empty", "-m", "x"];

    #[test]
    fn a_token_in_a_name_or_an_address_is_found_at_the_first_commit() {
        let token = github_token(21);
        for variable in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            for packs in [false, true] {
                let repo = plain();
                repo.git_with(&[(variable, &token)], &COMMIT);
                let id = repo.git(&["rev-parse", "HEAD"]);
                repo.git_with(&[(variable, &token)], &COMMIT);
                repo.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
                repo.git_with(&[(variable, &token)], &COMMIT);
                if packs {
                    repo.git(&["repack", "-qad"]);
                }
                let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
                let one = only(&outcome);
                assert_eq!(
                    (&one["kind"], &one["commit"]),
                    (&"author".into(), &id.clone().into()),
                    "{variable}"
                );
                assert_eq!((&one["reachable"], &one["live"]), (&true.into(), &true.into()));
                assert_eq!(outcome.findings()[0]["introduced"]["commit"], id.as_str());
                let shown = if variable.ends_with("NAME") {
                    "ghp_… <ada@example.org>:1:1"
                } else {
                    "Ada <ghp_…>:1:6"
                };
                assert_eq!(found(&repo), [format!("author {shown}")]);
            }
        }
    }

    #[test]
    fn a_tagger_is_found_at_the_tag() {
        let repo = plain();
        repo.git_with(&[("GIT_COMMITTER_NAME", &github_token(22))], &["tag", "-m", "x", "v1"]);
        let id = repo.git(&["rev-parse", "v1"]);
        let one = only(&repo.run_json(&["history", "--no-cache"]).exits(1));
        assert_eq!(
            (&one["kind"], &one["commit"], &one["live"]),
            (&"author".into(), &id.into(), &true.into())
        );
        assert_eq!(found(&repo), ["author ghp_… <ada@example.org>:1:1"]);
        repo.git(&["tag", "-d", "v1"]);
        assert_eq!(only(&repo.run_json(&["history"]).exits(1))["live"], false);
    }

    #[test]
    fn one_that_only_an_unreachable_commit_has_is_found() {
        let repo = plain();
        repo.git_with(&[("GIT_AUTHOR_NAME", &github_token(23))], &COMMIT);
        repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        let one = only(&repo.run_json(&["history", "--no-cache"]).exits(1));
        assert_eq!((&one["reachable"], &one["live"]), (&false.into(), &false.into()));
        repo.run(&["history", "--reachable-only"]).exits(0);
    }

    #[test]
    fn it_came_after_a_run_that_kept_what_it_found() {
        let repo = plain();
        repo.run(&["history"]).exits(0);
        repo.git_with(&[("GIT_COMMITTER_EMAIL", &github_token(24))], &COMMIT);
        assert_eq!(found(&repo), ["author Ada <ghp_…>:1:6"]);
    }

    #[test]
    fn of_a_range_those_of_its_commits_are_looked_at() {
        let repo = plain();
        repo.git_with(&[("GIT_AUTHOR_NAME", &github_token(25))], &COMMIT);
        repo.commit("between");
        repo.git_with(&[("GIT_AUTHOR_NAME", &github_token(26))], &COMMIT);
        repo.run(&["history", "--since", "HEAD"]).exits(0);
        let outcome = repo.run_json(&["history", "--since", "HEAD~1"]).exits(1);
        assert_eq!(outcome.findings().len(), 1);
        let outcome = repo.run_json(&["history", "--since", "HEAD~3"]).exits(1);
        assert_eq!(outcome.findings().len(), 2);
    }

    #[test]
    fn headers_that_git_would_not_write_are_read_as_they_are() {
        let repo = plain();
        let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
        let token = github_token(27);
        for author in [
            format!("A <a@b> 1 +0000 {token}"),
            token.clone(),
            format!("<{token}"),
            format!("A \u{e9} <a@{token}> 1 +0000"),
        ] {
            let text = format!("tree {tree}\nauthor {author}\ncommitter A <a@b> 1 +0000\n\nx\n");
            repo.write("commit", text);
            repo.git(&["hash-object", "-t", "commit", "-w", "--literally", "commit"]);
            let repo_outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
            assert_eq!(repo_outcome.findings().len(), 1, "{author}");
        }
    }

    #[test]
    fn a_rule_that_came_later_finds_it_with_what_is_known_of_the_others() {
        let repo = plain();
        repo.git_with(&[("GIT_AUTHOR_NAME", &github_token(28))], &COMMIT);
        repo.git(&["branch", &fake("npm_{base62:30}{crc32-base62:6}", 29)]);
        repo.run(&["history"]).exits(1);
        let with_fewer = |arguments: &[&str]| {
            same_with_and_without(&repo, arguments);
            repo.run_json(&[&["history"], arguments].concat()).findings().len()
        };
        assert_eq!(with_fewer(&["--skip", "github-pat-classic"]), 1);
        assert_eq!(with_fewer(&["--min-confidence", "certain"]), 2);
    }
}

mod paths {
    use super::*;

    /// Kind and path, and the commits that added and removed each: numbers of `commits`.
    #[track_caller]
    fn lived(outcome: &Outcome, commits: &[String]) -> Vec<(String, Option<usize>, Option<usize>, bool)> {
        let number = |id: &Value| commits.iter().position(|commit| id == commit.as_str());
        let findings = outcome.findings();
        let occurrences =
            findings.iter().flat_map(|finding| finding["occurrences"].as_array().expect("it has some"));
        let mut lived: Vec<_> = occurrences
            .map(|one| {
                let shown = format!("{} {}", one["kind"], one["path"]).replace('"', "");
                (shown, number(&one["commit"]), number(&one["removed_in"]), one["live"] == true)
            })
            .collect();
        lived.sort();
        lived
    }

    #[test]
    fn a_token_in_the_name_of_a_file_is_told_from_its_first_commit_to_its_last() {
        for packs in [false, true] {
            let repo = plain();
            let token = github_token(51);
            let mut commits = vec![repo.git(&["rev-parse", "HEAD"])];
            repo.write(&format!("d/e/for-{token}.txt"), "x");
            commits.push(repo.commit("came"));
            repo.write(&format!("d/e/for-{token}.txt"), "y").write("d/b", "y");
            commits.push(repo.commit("edited"));
            repo.git(&["mv", "d/e", "f"]);
            commits.push(repo.commit("moved"));
            repo.git(&["rm", "-qr", "f"]);
            commits.push(repo.commit("went"));
            if packs {
                repo.git(&["repack", "-qadf", "--depth=50"]);
            }
            let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
            let wanted = [
                ("path d/e/for-ghp_….txt".to_owned(), Some(1), Some(3), false),
                ("path f/for-ghp_….txt".to_owned(), Some(3), Some(4), false),
            ];
            assert_eq!(lived(&outcome, &commits), wanted);
            assert_eq!(places(&outcome), ["path d/e/for-ghp_….txt:1:9", "path f/for-ghp_….txt:1:7"]);
            let finding = &outcome.findings()[0];
            let at = |name: &str| finding[name]["commit"].as_str().map(str::to_owned);
            assert_eq!(
                (at("introduced"), at("removed")),
                (Some(commits[1].clone()), Some(commits[4].clone()))
            );
            assert_eq!(finding["live"], false);
            let objects = &outcome.json()["summary"]["coverage"]["objects"];
            let listing = repo.git(&["cat-file", "--batch-check=%(objecttype)", "--batch-all-objects"]);
            assert_eq!(objects["tree"], listing.lines().filter(|line| *line == "tree").count());
            found(&repo);
        }
    }

    #[test]
    fn a_folder_that_was_removed_a_submodule_and_a_side_branch_are_looked_at() {
        let token = github_token(52);
        let repo = plain();
        let folder = format!("keys/{token}");
        for at in 0..30 {
            repo.write(&format!("{folder}/d{}/f{at}", at % 3), "x");
        }
        let came = repo.commit("came");
        repo.git(&["rm", "-qr", "keys"]);
        let went = repo.commit("went");
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        assert_eq!(lived(&outcome, &[came, went]), [("path keys/ghp_…".to_owned(), Some(0), Some(1), false)]);
        let repo = plain();
        let id = repo.git(&["rev-parse", "HEAD"]);
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},sub-{token}")]);
        repo.git(&["commit", "-q", "-m", "submodule"]);
        assert_eq!(places(&repo.run_json(&["history", "--no-cache"]).exits(1)), ["path sub-ghp_…:1:5"]);
        let repo = plain();
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.write(&format!("{token}/{token}/{}", github_token(53)), "x");
        repo.commit("side");
        repo.git(&["checkout", "-q", "main"]);
        repo.write("b", "x");
        repo.commit("main");
        let wanted = ["path ghp_…/ghp_…/ghp_…:1:83", "path ghp_…/ghp_…:1:42", "path ghp_…:1:1"];
        assert_eq!(places(&repo.run_json(&["history", "--no-cache"]).exits(1)), wanted);
        repo.git(&["merge", "-q", "-m", "merge", "side"]);
        assert_eq!(found(&repo), wanted);
        repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
        repo.git(&["branch", "-q", "-D", "side"]);
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        assert!(outcome.says("\"reachable\": false"), "{}", outcome.stdout);
        repo.run(&["history", "--reachable-only"]).exits(0);
    }

    #[test]
    fn the_same_secret_in_name_and_content_is_one_finding_with_one_life() {
        let repo = plain();
        let token = github_token(54);
        repo.write("b", format!("t = {token}\n"));
        let first = repo.commit("content");
        repo.write(&token, format!("t = {token}\n"));
        repo.commit("name");
        repo.git(&["rm", "-q", "b"]);
        repo.commit("content is gone");
        repo.git(&["rm", "-q", &token]);
        let last = repo.commit("name is gone");
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        assert_eq!(outcome.findings().len(), 1);
        let finding = &outcome.findings()[0];
        assert_eq!(
            (&finding["introduced"]["commit"], &finding["removed"]["commit"]),
            (&first.into(), &last.into())
        );
        assert_eq!(places(&outcome), ["commit b:1:5", "commit ghp_…:1:5", "path ghp_…:1:1"]);
        found(&repo);
    }

    #[test]
    fn names_of_any_bytes_in_trees_that_git_would_not_write() {
        let repo = plain();
        let (blob, tree) = (repo.git(&["rev-parse", "HEAD:a"]), repo.git(&["rev-parse", "HEAD^{tree}"]));
        let raw = |hex: &str| {
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("it is an id");
            (0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>()
        };
        let entry =
            |mode: &str, name: &[u8], id: &str| [mode.as_bytes(), b" ", name, b"\0", &raw(id)].concat();
        let name = [b"\xff".as_slice(), github_token(55).as_bytes(), b"\n\xfe"].concat();
        for (entries, shown) in [
            (vec![entry("100644", &name, &blob)], "path \\xffghp_…\n\\xfe:1:5"),
            (vec![entry("40000", &name, &tree)], "path \\xffghp_…\n\\xfe:1:5"),
            (
                vec![entry("100644", b"a", &blob), entry("160000", &name, &"12".repeat(20))],
                "path \\xffghp_…\n\\xfe:1:5",
            ),
        ] {
            fs::write(repo.path().join("tree"), entries.concat()).expect("it can be written");
            let id = repo.git(&["hash-object", "-t", "tree", "-w", "--literally", "tree"]);
            let commit = repo.git(&["commit-tree", &id, "-m", "x"]);
            repo.git(&["update-ref", "refs/heads/odd", &commit]);
            assert_eq!(places(&repo.run_json(&["history", "--no-cache", "--refs", "odd"]).exits(1)), [shown]);
            repo.git(&["update-ref", "-d", "refs/heads/odd"]);
            // One that only a tag points to, and one that nothing points to.
            repo.git(&["tag", "t", &id]);
            let outcome = repo.run_json(&["history", "--no-cache", "--refs", "t"]).exits(1);
            assert_eq!(places(&outcome), [shown]);
            assert_eq!(only(&outcome)["live"], true);
            repo.git(&["tag", "-d", "t"]);
        }
    }

    #[test]
    fn a_tree_that_no_commit_has_gives_as_much_of_the_path_as_is_known() {
        let repo = plain();
        let token = github_token(56);
        repo.write(&format!("d/{token}"), "x").stage();
        let tree = repo.git(&["write-tree"]);
        repo.git(&["reset", "-q", "--hard"]);
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        assert_eq!(
            (places(&outcome), &only(&outcome)["live"]),
            (vec!["path ghp_…:1:1".to_owned()], &false.into())
        );
        repo.git(&["tag", "-m", "x", "t", &tree]);
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
        assert_eq!(
            (places(&outcome), &only(&outcome)["live"]),
            (vec!["path d/ghp_…:1:3".to_owned()], &true.into())
        );
        assert_eq!(outcome.findings()[0]["refs"], serde_json::json!(["refs/tags/t"]));
        found(&repo);
    }

    #[test]
    fn of_a_range_only_names_are_told_that_were_not_there_before() {
        let repo = plain();
        repo.write(&format!("d/{}", github_token(57)), "x");
        repo.commit("before");
        repo.write("d/b", "x");
        repo.commit("beside it");
        repo.git(&["mv", "d", "moved"]);
        repo.commit("moved");
        repo.run(&["history", "--since", "HEAD~2"]).exits(0);
        repo.write(&format!("moved/{}", github_token(58)), "x");
        repo.commit("another");
        let outcome = repo.run_json(&["history", "--since", "HEAD~3"]).exits(1);
        assert_eq!(places(&outcome), ["path moved/ghp_…:1:7"]);
        assert_eq!(repo.run_json(&["history", "--since", "HEAD~4"]).exits(1).findings().len(), 2);
        repo.run(&["history", "--since", "HEAD"]).exits(0);
    }

    #[test]
    fn it_came_after_a_run_that_kept_what_it_found_and_a_baseline_takes_it_in() {
        let repo = plain();
        repo.run(&["history"]).exits(0);
        repo.write(&format!("d/{}", github_token(59)), "x");
        repo.commit("came");
        assert_eq!(found(&repo), ["path d/ghp_…:1:3"]);
        repo.git(&["rm", "-qr", "d"]);
        repo.commit("went");
        repo.run(&["baseline", "write"]).exits(0);
        repo.run(&["history"]).exits(0);
        repo.write(&format!("d/{}", github_token(60)), "x");
        repo.commit("another");
        repo.run(&["history"]).exits(1);
    }

    #[test]
    fn many_names_at_any_number_of_threads_and_with_little_memory_are_the_same() {
        let repo = plain();
        for at in 0..60 {
            for file in 0..60 {
                let name =
                    if file == 7 { github_token(at) } else { format!("{}{file}-{at}", "n".repeat(60)) };
                repo.write(&format!("d{at}/{name}"), "x");
            }
        }
        repo.commit("many");
        repo.git(&["repack", "-qadf"]);
        let run = |arguments: &[&str]| {
            places(&repo.run_json(&[&["history", "--no-cache"], arguments].concat()).exits(1))
        };
        assert_eq!(run(&[]).len(), 60);
        for arguments in [&["--threads", "1"][..], &["--threads", "4"], &["--max-memory", "1M"]] {
            assert_eq!(run(arguments), run(&[]), "{arguments:?}");
        }
        for format in crate::harness::formats() {
            let outcome = repo.run(&["history", "--format", format]).exits(1);
            assert!(!outcome.says(&github_token(3)[8..]), "{format}");
        }
    }

    #[test]
    fn assignments_and_halves_of_tokens_are_none() {
        let repo = plain();
        let token = github_token(61);
        let (start, rest) = token.split_at(20);
        repo.write("password=hV7wq2LxNz8RtPc4", "x").write(&format!("{start}/{rest}"), "x").write(rest, "x");
        repo.commit("one");
        repo.run(&["history", "--min-confidence", "low"]).exits(0);
    }
}
