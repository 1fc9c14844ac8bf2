//! Repositories of other formats, and of other users, work like any: SHA-256, reftables, split indexes, and trust from
//! git's configuration in the environment.

use crate::harness::{Repo, github_token};
use std::fs;

/// A reftable of version 1 with these refs, sorted by name: each an id or, after `ref: `, another ref.
pub(crate) fn reftable(refs: &[(&str, &str)]) -> Vec<u8> {
    let varint = |number: usize| {
        let mut bytes = vec![(number & 0x7f) as u8];
        let mut rest = number >> 7;
        while rest > 0 {
            rest -= 1;
            bytes.insert(0, (rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes
    };
    let mut header = b"REFT\x01\x00\x10\x00".to_vec();
    header.extend(1u64.to_be_bytes());
    header.extend(1u64.to_be_bytes());
    let mut records = Vec::new();
    for (name, value) in refs {
        let (kind, value) = match value.strip_prefix("ref: ") {
            Some(target) => (3, [varint(target.len()), target.as_bytes().to_vec()].concat()),
            None => {
                let digits = value.as_bytes().as_chunks::<2>().0.iter();
                let byte = |pair: &[u8; 2]| {
                    u8::from_str_radix(std::str::from_utf8(pair).expect("it is hex"), 16).expect("it is hex")
                };
                (1, digits.map(byte).collect())
            }
        };
        records.extend(
            [varint(0), varint(name.len() << 3 | kind), name.as_bytes().to_vec(), varint(0), value].concat(),
        );
    }
    let restart = ((header.len() + 4) as u32).to_be_bytes();
    records.extend(&restart[1..]);
    records.extend(1u16.to_be_bytes());
    let len = ((header.len() + 4 + records.len()) as u32).to_be_bytes();
    let mut footer = header.clone();
    footer.extend([0; 40]);
    let sum = crc32fast::hash(&footer).to_be_bytes();
    [&header[..], b"r", &len[1..], &records, &footer, &sum].concat()
}

/// Converts the repository at `git_dir`, whose refs are `refs`, to a reftable.
pub(crate) fn convert(repo: &Repo, git_dir: &str, refs: &[(&str, &str)]) {
    let git = repo.path().join(git_dir);
    fs::create_dir_all(git.join("reftable")).expect("a folder can be made");
    fs::write(git.join("reftable/one.ref"), reftable(refs)).expect("it can be written");
    fs::write(git.join("reftable/tables.list"), "one.ref\n").expect("it can be written");
    fs::write(git.join("HEAD"), "ref: refs/heads/.invalid\n").expect("it can be written");
    if git.join("refs/heads").is_dir() {
        fs::remove_dir_all(git.join("refs/heads")).expect("it is there");
        fs::write(git.join("refs/heads"), "this repository uses the reftable format\n")
            .expect("it can be written");
    }
}

pub(crate) fn use_reftable(repo: &Repo) {
    repo.git(&["config", "core.repositoryformatversion", "1"]);
    repo.git(&["config", "extensions.refStorage", "reftable"]);
}

#[test]
fn a_reftable_repository_commits_like_others() {
    let repo = Repo::new();
    let leak = format!("TOKEN={}\n", github_token(1));
    repo.write("old.env", &leak);
    let first = repo.commit("one");
    repo.write("new.env", format!("TOKEN={}\n", github_token(2)));
    let second = repo.commit("two");
    repo.write("renamed.env", &leak).remove("old.env").stage();
    use_reftable(&repo);
    let refs =
        [("HEAD", "ref: refs/heads/main"), ("refs/heads/base", first.as_str()), ("refs/heads/main", &second)];
    convert(&repo, ".git", &refs);
    repo.run(&["staged"]).exits(0);
    repo.run(&["hook", "run"]).exits(0);
    assert_eq!(repo.run_json(&["diff", "base..main"]).exits(1).found().len(), 1);
    let history = repo.run_json(&["history", "--no-cache"]).exits(1);
    let refs: Vec<_> = history.findings().iter().map(|finding| finding["refs"].to_string()).collect();
    assert!(refs.iter().any(|refs| refs.contains("refs/heads/base")), "{refs:?}");
    assert_eq!(repo.run_json(&["history", "--no-cache", "--refs", "base"]).exits(1).found().len(), 1);
    repo.run(&["history", "--no-cache", "--since", "base", "--refs", "HEAD"]).exits(1);
    // A later table deletes a branch.
    let later = reftable(&[("HEAD", "ref: refs/heads/none")]);
    fs::write(repo.path().join(".git/reftable/two.ref"), later).expect("it can be written");
    repo.write(".git/reftable/tables.list", "one.ref\ntwo.ref\n");
    assert_eq!(repo.run_json(&["staged"]).exits(1).found().len(), 2, "on an unborn branch all is new");
    for damage in [24, 40, 60] {
        let mut bytes = reftable(&[("HEAD", "ref: refs/heads/main")]);
        bytes[damage] ^= 0x40;
        fs::write(repo.path().join(".git/reftable/two.ref"), bytes).expect("it can be written");
        let code = repo.run(&["staged"]).code;
        assert!((1..=3).contains(&code), "{code}");
    }
}

#[test]
fn a_worktree_of_a_reftable_repository_has_its_own_head() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(1)));
    let first = repo.commit("one");
    repo.remove("a.env");
    let second = repo.commit("two");
    let linked = repo.home().join("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("the path is UTF-8"), &first]);
    use_reftable(&repo);
    let shared =
        [("HEAD", "ref: refs/heads/main"), ("refs/heads/main", second.as_str()), ("refs/heads/side", &first)];
    convert(&repo, ".git", &shared);
    convert(&repo, ".git/worktrees/linked", &[("HEAD", "ref: refs/heads/side")]);
    let linked = linked.to_str().expect("the path is UTF-8");
    repo.run_with(linked, &["staged"], &[], b"").exits(0);
    let history = repo.run_json(&["history", "--no-cache", "--refs", "worktrees/linked/HEAD"]).exits(1);
    assert_eq!(history.found().len(), 1);
}

#[test]
fn a_sha_256_repository_commits_like_others() {
    let repo = Repo::plain();
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    let leak = format!("TOKEN={}\n", github_token(1));
    repo.write("a.env", &leak).stage();
    assert_eq!(repo.run_json(&["staged"]).exits(1).found().len(), 1);
    repo.run(&["hook", "run"]).exits(1);
    repo.commit("one");
    repo.write("b.env", &leak).remove("a.env").stage();
    repo.run(&["staged"]).exits(0);
    repo.run(&["hook", "run", "b.env"]).exits(0);
    repo.write("c.env", format!("TOKEN={}\n", github_token(2)));
    repo.commit("two");
    repo.git(&["gc", "-q"]);
    assert_eq!(repo.run_json(&["diff", "HEAD~1"]).exits(1).found().len(), 1);
    assert_eq!(repo.run_json(&["history", "--no-cache"]).exits(1).found().len(), 2);
    repo.git(&["update-index", "--split-index"]);
    repo.write("d.env", format!("TOKEN={}\n", github_token(3))).stage();
    assert_eq!(repo.run_json(&["staged"]).exits(1).found().len(), 1);
}

#[cfg(unix)]
#[test]
fn the_checkout_of_another_user_is_read_once_git_trusts_it() {
    use std::os::unix::fs::chown;
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(1))).stage();
    let (top, git) = (repo.path(), repo.path().join(".git"));
    if chown(&git, Some(1000), Some(1000)).is_err() || chown(&top, Some(1000), Some(1000)).is_err() {
        // Only root may give files away.
        return;
    }
    let path = top.to_str().expect("the path is UTF-8");
    let above = format!("{}/*", top.parent().and_then(|above| above.to_str()).expect("the path is UTF-8"));
    let given = "'safe.directory=*'";
    let counted = |value| {
        [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", value)]
    };
    for command in [&["staged"][..], &["hook", "run"], &["hook", "run", "a.env"]] {
        let run = |variables: &[(&str, &str)]| repo.run_with(".", command, variables, b"");
        assert!(run(&[]).exits(2).stderr.contains("safe.directory"));
        assert!(run(&counted("/elsewhere")).exits(2).stderr.contains("safe.directory"));
        for trusted in ["*", path, &above] {
            run(&counted(trusted)).exits(1);
        }
        run(&[("GIT_CONFIG_PARAMETERS", given)]).exits(1);
        let file = repo.home().join("gitconfig");
        fs::write(&file, format!("[safe]\n\tdirectory = {path}\n")).expect("it can be written");
        let file = file.to_str().expect("the path is UTF-8");
        run(&[("GIT_CONFIG_GLOBAL", file)]).exits(1);
        run(&[("GIT_CONFIG_NOSYSTEM", "0"), ("GIT_CONFIG_SYSTEM", file)]).exits(1);
        run(&[("SUDO_UID", "1000")]).exits(1);
    }
    // The repository's own configuration does not count, and reading a history or files needs no trust.
    fs::write(git.join("config"), "[safe]\n\tdirectory = *\n").expect("it can be written");
    repo.run(&["staged"]).exits(2);
    repo.run(&["history", "--no-cache"]).exits(1);
    repo.run(&["scan", "."]).exits(1);
}

#[test]
fn an_unknown_extension_is_named_by_every_command() {
    let repo = Repo::forked();
    repo.git(&["config", "core.repositoryformatversion", "1"]);
    repo.git(&["config", "extensions.madeUp", "yes"]);
    for command in [
        &["staged"][..],
        &["diff", "main"],
        &["history", "--no-cache"],
        &["scan", "."],
        &["baseline", "check"],
        &["ignore", "list"],
        &["hook", "run"],
    ] {
        let outcome = repo.run(command).exits(2);
        assert!(outcome.stderr.contains("extensions.madeup = yes"), "{command:?}: {}", outcome.stderr);
    }
}
