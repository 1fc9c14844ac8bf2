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
