//! In which refs a secret still is: counted whole, the ones that matter most first, and of a part alone if a part is read.

use crate::harness::{Repo, github_token};

#[test]
fn all_refs_are_counted_and_the_branch_that_is_checked_out_is_named_first() {
    let repo = Repo::new();
    repo.write("a", format!("token = {}\n", github_token(1)));
    repo.commit("one");
    for number in 1..=50 {
        repo.git(&["branch", &format!("b{number}")]);
    }
    let text = repo.run(&["history"]).exits(1).stdout;
    assert!(text.contains("still there  yes, in HEAD, refs/heads/main, refs/heads/b1 and 49 more"), "{text}");
    let outcome = repo.run_json(&["history"]).exits(1);
    let finding = &outcome.findings()[0];
    let refs = finding["refs"].as_array().expect("it is a list");
    assert_eq!((refs.len(), &refs[0], &refs[1]), (20, &"HEAD".into(), &"refs/heads/main".into()));
    assert_eq!(finding["ref_count"], 52);
    // From a cache, and from a saved report.
    repo.run(&["history", "--cache"]).exits(1);
    assert_eq!(repo.run_json(&["history", "--cache"]).findings()[0]["ref_count"], 52);
    repo.write("saved.json", outcome.stdout);
    let again = repo.run(&["report", "saved.json"]).exits(0).stdout;
    assert!(again.contains("refs/heads/b1 and 49 more"), "{again}");
    let html = repo.run(&["report", "saved.json", "-f", "html"]).exits(0).stdout;
    assert!(html.contains(" and 32 more</dd>"));

    // A list that is whole has no number beside it.
    let part = repo.run_json(&["history", "--refs", "b4*"]).exits(1).findings().remove(0);
    let refs: Vec<&str> = part["refs"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(refs.len(), 11, "{refs:?}");
    assert!(refs.iter().all(|name| name.starts_with("refs/heads/b4")), "{refs:?}");
    assert!(part["ref_count"].is_null());
    let since = repo.run_json(&["history", "--refs", "b7", "--refs", "b8"]).exits(1).findings().remove(0);
    assert_eq!(since["refs"], serde_json::json!(["refs/heads/b7", "refs/heads/b8"]));
}

#[test]
fn what_only_other_refs_have_is_not_in_head() {
    let repo = Repo::new();
    repo.write("a", format!("token = {}\n", github_token(1)));
    repo.commit("one");
    repo.git(&["branch", "old"]);
    repo.write("a", "");
    repo.commit("two");
    let text = repo.run(&["history"]).exits(1).stdout;
    assert!(text.contains("still there  not in HEAD; in refs/heads/old\n"), "{text}");
    let html = repo.run(&["history", "-f", "html"]).exits(1).stdout;
    assert!(html.contains("1 open secret, 0 of them in HEAD and 1 in other refs alone"), "{html}");
    // What a part of the refs has says nothing of `HEAD`.
    let part = repo.run(&["history", "--refs", "old"]).exits(1).stdout;
    assert!(part.contains("still there  yes, in refs/heads/old\n"), "{part}");
}

#[test]
fn many_of_one_kind_in_one_file_are_told_together() {
    let repo = Repo::new();
    let tokens: String = (1..=7).map(|number| format!("token = {}\n", github_token(number))).collect();
    repo.write("many", tokens).write("one", format!("token = {}\n", github_token(8)));
    let text = repo.run(&["scan"]).exits(1).stdout;
    assert!(text.contains("  8 findings\n") && text.contains("7 different ones of 40 bytes"), "{text}");
    assert!(text.contains("many  lines 1 to 7\n") && text.contains(" and 2 more (all of them"), "{text}");
    assert!(text.contains("one:1:9\n"), "{text}");
}
