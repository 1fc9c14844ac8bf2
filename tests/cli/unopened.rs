//! Compressed containers and LFS pointers without their object: content that is in scope and not opened.

use crate::harness::{Outcome, Repo, github_token, with_submodule};
use libdeflater::{CompressionLvl, Compressor};
use serde_json::Value;
use std::fs;

/// Something that begins as a container which is known and not opened (lz4), and then has `text`.
fn closed(text: &str) -> Vec<u8> {
    [b"\x04\x22\x4d\x18\x64\x40\xa7\x0a\0\0\x80".as_slice(), text.as_bytes(), &[0; 8]].concat()
}

/// `text` compressed by gzip.
fn gzip(text: &str) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let len = compressor.gzip_compress(text.as_bytes(), &mut out).expect("the buffer is large enough");
    out.truncate(len);
    out
}

/// A zip with one file in it, `a`, stored as it is.
pub(crate) fn zip(text: &str) -> Vec<u8> {
    let size = (text.len() as u32).to_le_bytes();
    let crc = crc32fast::hash(text.as_bytes()).to_le_bytes();
    let fields = [b"\x14\0\0\0\0\0\0\0\0\0".as_slice(), &crc, &size, &size, b"\x01\0\0\0"].concat();
    let local = [b"PK\x03\x04".as_slice(), &fields, b"a", text.as_bytes()].concat();
    let central = [b"PK\x01\x02\x14\0".as_slice(), &fields, &[0; 14], b"a"].concat();
    let ends = [(central.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes()].concat();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &ends, b"\0\0"].concat();
    [local, central, end].concat()
}

fn pointer(id: &str) -> String {
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 7\n")
}

/// Reasons with counts of a list of the coverage.
#[track_caller]
fn told(outcome: &Outcome, list: &str) -> Vec<(String, u64)> {
    let coverage = &outcome.json()["summary"]["coverage"];
    let rows = coverage[list].as_array().expect("a coverage has the list").iter();
    rows.map(|row| (row["reason"].as_str().expect("a reason").to_owned(), row["count"].as_u64().unwrap_or(0)))
        .collect()
}

fn compressed(count: u64) -> Vec<(String, u64)> {
    vec![("compressed".to_owned(), count)]
}

#[test]
fn a_compressed_file_is_left_out_and_named_in_every_receipt() {
    let repo = Repo::new();
    repo.write("a.txt", "nothing here\n")
        .write("b.log.gz", closed("nothing\n"))
        .write("c", closed("nothing\n"));
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(told(&outcome, "excluded"), compressed(2));
    let coverage = &outcome.json()["summary"]["coverage"];
    assert_eq!((&coverage["scanned"], &coverage["in_scope"]), (&1.into(), &3.into()), "{coverage}");
    assert_eq!(coverage["excluded"][0]["examples"], serde_json::json!(["b.log.gz", "c"]));
    assert!(coverage["bytes"].as_u64() > Some(60), "their own bytes were scanned: {coverage}");
    assert_eq!(outcome.json()["summary"]["complete"], true);
    for format in ["text", "json", "jsonl", "sarif"] {
        let outcome = repo.run(&["scan", "--format", format]).exits(0);
        let says = "2 compressed files were not looked into: b.log.gz, c;";
        assert!(outcome.stdout.contains(says), "{format}: {}", outcome.stdout);
    }
    let text = repo.run(&["scan"]).stdout;
    assert!(text.contains("2 excluded (2 compressed)"), "{text}");
}

#[test]
fn strict_makes_it_unread_by_flag_and_by_configuration() {
    let repo = Repo::new();
    repo.write("a.txt", "nothing here\n")
        .write("b.gz", closed("nothing\n"))
        .write("c.bin", pointer(&"0a".repeat(32)));
    repo.run(&["scan"]).exits(0);
    let outcome = repo.run_json(&["scan", "--strict"]).exits(3);
    assert_eq!(told(&outcome, "unread"), [("compressed".to_owned(), 1), ("lfs pointer".to_owned(), 1)]);
    assert_eq!(told(&outcome, "excluded"), []);
    assert_eq!(outcome.json()["summary"]["complete"], false);
    repo.run(&["scan", "--strict", "--allow-incomplete"]).exits(0);
    repo.write("keydredge.toml", "strict = true\n");
    let text = repo.run(&["scan"]).exits(3).stdout;
    assert!(text.contains("INCOMPLETE: 2") && text.contains("1 compressed: b.gz"), "{text}");
    repo.write("leak", github_token(1));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn strict_leaves_policy_and_other_repositories_alone() {
    let (repo, _inner) = with_submodule();
    repo.write(".gitignore", "*.log\n")
        .write("a.log", "x")
        .write("vendor/b.gz", closed("x"))
        .write("c", "x".repeat(999));
    repo.write("keydredge.toml", "exclude = [\"vendor/\"]\nstrict = true\nmax-file-size = 500\n");
    let outcome = repo.run_json(&["scan"]).exits(0);
    let reasons: Vec<String> = told(&outcome, "excluded").into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(reasons, ["excluded by configuration", "ignored", "larger than the size limit", "submodule"]);
    repo.run(&["staged"]).exits(0);
}

#[test]
fn a_secret_in_its_own_bytes_is_found() {
    let repo = Repo::new();
    repo.write("stored.lz4", closed(&format!("TOKEN={}\n", github_token(2))));
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.found().len(), 1);
    assert_eq!(told(&outcome, "unread"), compressed(1));
}

#[test]
fn where_it_is_all_there_is_or_was_named_a_scan_is_not_clean() {
    let repo = Repo::new();
    repo.write("x/a.gz", closed("x")).write("x/b.lz4", closed("x"));
    assert_eq!(told(&repo.run_json(&["scan"]).exits(3), "unread"), compressed(2));
    repo.run(&["scan", "--allow-empty"]).exits(3);
    repo.run(&["scan", "--allow-incomplete"]).exits(0);
    repo.write("x/c", "text");
    assert_eq!(told(&repo.run_json(&["scan", "x"]).exits(0), "excluded"), compressed(2));
    assert_eq!(told(&repo.run_json(&["scan", "x/c", "x/a.gz"]).exits(3), "unread"), compressed(1));
    let outcome = repo.run_with(".", &["scan", "-", "--format", "json"], &[], &closed("x")).exits(3);
    assert_eq!(told(&outcome, "unread"), compressed(1));
    let lone = Repo::new();
    lone.write("a.bin", pointer(&"1b".repeat(32)));
    assert_eq!(told(&lone.run_json(&["scan"]).exits(3), "unread"), [("lfs pointer".to_owned(), 1)]);
}

#[test]
fn a_commit_of_one_is_not_refused_unless_that_is_asked() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("b.gz", closed("x")).stage();
    for arguments in [&["staged"][..], &["hook", "run"], &["hook", "run", "b.gz"]] {
        let all = [arguments, &["--format", "json"]].concat();
        assert_eq!(told(&repo.run(&all).exits(0), "excluded"), compressed(1), "{arguments:?}");
        let strict = [&all[..], &["--strict"]].concat();
        assert_eq!(told(&repo.run(&strict).exits(3), "unread"), compressed(1), "{arguments:?}");
    }
    repo.commit("two");
    assert_eq!(told(&repo.run_json(&["diff", "HEAD~1"]).exits(0), "excluded"), compressed(1));
    repo.run(&["diff", "HEAD~1", "--strict"]).exits(3);
}

#[test]
fn an_lfs_object_is_looked_at_like_a_file() {
    let repo = Repo::new();
    let id = "2c".repeat(32);
    repo.write("a.bin", pointer(&id))
        .write(&format!(".git/lfs/objects/2c/2c/{id}"), closed("x"))
        .write("b", "x");
    assert_eq!(told(&repo.run_json(&["scan"]).exits(0), "excluded"), compressed(1));
    repo.stage();
    assert_eq!(told(&repo.run_json(&["staged"]).exits(0), "excluded"), compressed(1));
}

#[test]
fn a_large_one_is_known_by_its_start_and_by_its_end() {
    let repo = Repo::new();
    let padding = vec![b'\n'; 20 << 20];
    repo.write("start", [closed("x"), padding.clone()].concat());
    repo.write("end", [b"#!/bin/sh\n".as_slice(), &padding, b"koly\0\0\0\x04\0\0\x02\0", &[0; 500]].concat());
    repo.write("neither", &padding);
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(told(&outcome, "excluded"), compressed(2));
    let examples = &outcome.json()["summary"]["coverage"]["excluded"][0]["examples"];
    assert_eq!(*examples, serde_json::json!(["end", "start"]));
}

#[test]
fn text_about_containers_is_text() {
    let repo = Repo::new();
    for (at, start) in
        ["PK", "BZh91AY&SY", "Rar!", "7z", "x^", "%PDF-1.4", "# v2 git bundle", "ORC"].iter().enumerate()
    {
        repo.write(&format!("{at}"), format!("{start} is what it begins with\n"));
    }
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(told(&outcome, "excluded"), []);
    assert_eq!(outcome.json()["summary"]["coverage"]["scanned"], Value::from(8));
}

#[test]
fn a_name_in_the_note_shows_no_secret() {
    let repo = Repo::new();
    let token = github_token(3);
    repo.write(&format!("{token}.gz"), closed("x")).write("a", "x");
    for format in ["text", "json", "jsonl", "sarif"] {
        let outcome = repo.run(&["scan", "--format", format]).exits(1);
        assert!(outcome.says("not looked into") && !outcome.says(&token[8..]), "{}", outcome.stdout);
    }
}

/// Histories, in which the versions of a file are mostly deltas against each other.
mod history {
    use super::*;
    use crate::cache::same_with_and_without;
    use sha2::{Digest, Sha256};

    /// Puts `content` into the LFS store of the repository, if it `is_here`; its pointer.
    fn lfs(repo: &Repo, content: &[u8], is_here: bool) -> String {
        let id: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        if is_here {
            repo.write(&format!(".git/lfs/objects/{}/{}/{id}", &id[..2], &id[2..4]), content);
        }
        pointer(&id)
    }

    /// The same from the cache, and after one commit more, as without.
    #[track_caller]
    fn is_the_same_from_the_cache(repo: &Repo, is_packed: bool) {
        is_the_same_from_the_cache_with(repo, is_packed, &[]);
    }

    #[track_caller]
    fn is_the_same_from_the_cache_with(repo: &Repo, is_packed: bool, arguments: &[&str]) {
        same_with_and_without(repo, arguments);
        assert!(same_with_and_without(repo, arguments) > 0);
        repo.commit("more");
        // Git may touch a pack if it is given its objects again, and then everything is read again.
        let known = same_with_and_without(repo, arguments);
        assert!(known > 0 || is_packed, "it goes on from what is known");
    }

    #[test]
    fn what_an_lfs_pointer_points_to_is_scanned_in_its_place() {
        for packs in [false, true] {
            let repo = Repo::new();
            let text = format!("one\n  TOKEN={}\n", github_token(31));
            repo.write("a", "x").write("b.dump", lfs(&repo, text.as_bytes(), true));
            let id = repo.commit("one");
            let blob = repo.git(&["rev-parse", "HEAD:b.dump"]);
            repo.write("b.dump", lfs(&repo, b"clean", true));
            let gone = repo.commit("two");
            if packs {
                repo.git(&["repack", "-qad"]);
            }
            let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
            let one = outcome.findings()[0]["occurrences"][0].clone();
            assert_eq!(
                (&one["path"], &one["line"], &one["column"]),
                (&"b.dump".into(), &2.into(), &9.into())
            );
            assert_eq!((&one["blob"], &one["commit"]), (&blob.into(), &id.into()));
            assert_eq!(one["removed_in"], gone.as_str());
            assert_eq!(told(&outcome, "excluded"), []);
            is_the_same_from_the_cache(&repo, packs);
        }
    }

    #[test]
    fn a_pointer_without_its_object_is_left_out_and_strict_says_unread() {
        let repo = Repo::new();
        repo.write("a", "x").write("b.dump", lfs(&repo, b"elsewhere", false));
        repo.commit("one");
        let outcome = repo.run_json(&["history", "--no-cache"]).exits(0);
        assert_eq!(told(&outcome, "excluded"), [("lfs pointer".to_owned(), 1)]);
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!((&coverage["scanned"], &coverage["in_scope"]), (&3.into(), &4.into()), "{coverage}");
        assert_eq!(coverage["excluded"][0]["examples"][0], repo.git(&["rev-parse", "HEAD:b.dump"]));
        assert!(outcome.says("1 LFS pointer has no object here"), "{}", outcome.stdout);
        repo.run(&["history", "--strict", "--no-cache"]).exits(3);
        is_the_same_from_the_cache(&repo, false);
        repo.run(&["history", "--strict"]).exits(3);
        repo.run(&["baseline", "write", "--strict"]).exits(3);
    }

    #[test]
    fn an_object_that_is_fetched_after_a_run_is_scanned_by_the_next() {
        let repo = Repo::new();
        let text = format!("TOKEN={}\n", github_token(32));
        repo.write("a", "x").write("b.dump", lfs(&repo, text.as_bytes(), false));
        repo.commit("one");
        repo.run(&["history"]).exits(0);
        repo.commit("two");
        repo.run(&["history"]).exits(0);
        lfs(&repo, text.as_bytes(), true);
        repo.run(&["history"]).exits(1);
        same_with_and_without(&repo, &[]);
        repo.commit("three");
        same_with_and_without(&repo, &[]);
        fs::remove_dir_all(repo.path().join(".git/lfs")).expect("it is there");
        repo.run(&["history"]).exits(0);
        repo.commit("four");
        repo.run(&["history"]).exits(0);
        same_with_and_without(&repo, &[]);
    }

    #[test]
    fn a_large_object_is_scanned_to_its_end_whatever_rules_are_known() {
        let repo = Repo::new();
        let token = github_token(33);
        let text = [vec![b'\n'; 20 << 20], format!("TOKEN={token}\n").into_bytes(), closed("x")].concat();
        repo.write("a", "x").write("b.dump", lfs(&repo, &text, true));
        repo.write("c.dump", lfs(&repo, &closed("x"), true));
        repo.commit("one");
        let outcome = repo.run_json(&["history"]).exits(1);
        assert_eq!(outcome.findings()[0]["occurrences"][0]["line"], (20 << 20) + 1);
        assert_eq!(told(&outcome, "excluded"), compressed(1));
        for arguments in [&["--skip", "npm-access-token"][..], &["--only", "github-pat-classic"]] {
            same_with_and_without(&repo, arguments);
            repo.run(&[&["history"], arguments].concat()).exits(1);
        }
    }

    #[test]
    fn a_pointer_where_a_range_begins_says_what_is_old() {
        let repo = Repo::new();
        let text = format!("TOKEN={}\n", github_token(34));
        repo.write("a", "x").write("b.dump", lfs(&repo, text.as_bytes(), true));
        repo.commit("one");
        repo.write("b.dump", lfs(&repo, format!("more\n{text}").as_bytes(), true));
        repo.commit("two");
        repo.run(&["history", "--since", "HEAD~1"]).exits(0);
        repo.run(&["history"]).exits(1);
    }

    #[test]
    fn compressed_files_are_named_in_the_receipt_however_they_are_stored() {
        let body: String = (0..4000).map(|at| format!("line {at}\n")).collect();
        let versions: [(&str, Vec<u8>, bool); 9] = [
            ("text", body.clone().into_bytes(), false),
            ("with a zip at its end", [body.as_bytes(), &zip("x")].concat(), true),
            ("with a zip's end cut off", [body.as_bytes(), &zip("x")[..40]].concat(), false),
            (
                "moved from its end",
                [&zip("x"), body.as_bytes(), body.as_bytes(), body.as_bytes()].concat(),
                true,
            ),
            ("after gzip's first bytes", [&gzip("x"), body.as_bytes()].concat(), true),
            ("after other bytes", [b"y".as_slice(), &gzip("x"), body.as_bytes()].concat(), false),
            ("with the byte and no zip", [body.as_bytes(), b"\x06"].concat(), false),
            ("with a zip after that", [body.as_bytes(), b"\x06", &zip("x")].concat(), true),
            ("text again", [body.as_bytes(), b"more\n"].concat(), false),
        ];
        let count = versions.iter().filter(|(.., is_one)| *is_one).count() as u64;
        for packs in [false, true] {
            let repo = Repo::new();
            let mut expected = Vec::new();
            for (what, bytes, is_one) in &versions {
                repo.write("a", bytes);
                repo.commit(what);
                if *is_one {
                    expected.push(repo.git(&["rev-parse", "HEAD:a"]));
                }
            }
            expected.sort();
            if packs {
                repo.git(&["repack", "-qadf", "--depth=50", "--window=50"]);
                let listing = repo.git(&[
                    "cat-file",
                    "--batch-check=%(objecttype) %(deltabase)",
                    "--batch-all-objects",
                ]);
                let zero = "0".repeat(40);
                let deltas =
                    listing.lines().filter(|line| line.starts_with("blob") && !line.ends_with(&zero));
                assert!(deltas.count() > 5, "{listing}");
            }
            let outcome = repo.run_json(&["history", "--no-cache", "--no-archives"]).exits(0);
            assert_eq!(told(&outcome, "excluded"), compressed(count));
            let coverage = &outcome.json()["summary"]["coverage"];
            assert_eq!(coverage["excluded"][0]["examples"], serde_json::json!(expected));
            assert_eq!(coverage["objects"]["blob"], versions.len());
            assert_eq!(coverage["in_scope"], coverage["scanned"].as_u64().unwrap_or(0) + count);
            assert!(outcome.says("4 compressed files were not looked into"), "{}", outcome.stdout);
            repo.run(&["history", "--strict", "--no-cache", "--no-archives"]).exits(3);
            is_the_same_from_the_cache_with(&repo, packs, &["--no-archives"]);
            repo.run(&["history", "--strict", "--no-archives"]).exits(3);
            same_with_and_without(&repo, &["--strict", "--no-archives"]);
        }
    }

    #[test]
    fn a_secret_in_its_own_bytes_is_found_and_if_there_is_nothing_else_it_is_unread() {
        let repo = Repo::new();
        repo.write("a.lz4", closed("x"));
        repo.commit("one");
        assert_eq!(told(&repo.run_json(&["history"]).exits(3), "unread"), compressed(1));
        repo.run(&["history"]).exits(3);
        repo.run(&["history", "--allow-incomplete"]).exits(0);
        repo.write("a.lz4", closed(&format!("TOKEN={}\n", github_token(35))));
        repo.commit("two");
        assert_eq!(told(&repo.run_json(&["history"]).exits(1), "unread"), compressed(2));
        // As with a commit of one: a range with such a file is not refused.
        repo.write("a.lz4", closed("y"));
        repo.commit("three");
        assert_eq!(
            told(&repo.run_json(&["history", "--since", "HEAD~1"]).exits(0), "excluded")[0].0,
            "compressed"
        );
        repo.write("b", "text");
        repo.commit("four");
        assert_eq!(told(&repo.run_json(&["history"]).exits(1), "excluded"), compressed(3));
    }
}

#[test]
fn brotli_is_known_by_its_name_unless_it_is_text() {
    let repo = Repo::new();
    // What `brotli` makes of "hello": it has no mark of its own.
    let packed = b"\x0b\x02\x80hello\x03";
    repo.write("app.js.br", packed).write("notes.br", "how to br\u{fc}t\n").write("empty.br", "");
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(told(&outcome, "excluded"), compressed(1));
    assert_eq!(outcome.json()["summary"]["coverage"]["excluded"][0]["examples"][0], "app.js.br");
    repo.run(&["scan", "--strict"]).exits(3);
    repo.stage();
    repo.run(&["staged", "--strict"]).exits(3);
    repo.write("notes.br", github_token(9));
    assert_eq!(repo.run_json(&["scan"]).exits(1).found().len(), 1);
}
