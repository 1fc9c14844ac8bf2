//! What is inside archives, compressed files and documents: found with its path, or unread with a reason.
//!
//! The archives are made with the real tools: Python's standard library, and programs if they are installed.

use crate::cache::same_with_and_without;
use crate::harness::{Outcome, Repo, github_token};
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Runs a Python script in the repository's folder; `argv` has the arguments from 1 on.
#[track_caller]
fn python(repo: &Repo, script: &str, arguments: &[&str]) {
    const START: &str = "import sys, os, io, zipfile, tarfile, gzip, bz2, lzma, zlib, struct\na = sys.argv\n";
    let output = Command::new("python3")
        .args(["-c", &format!("{START}{script}")])
        .args(arguments)
        .current_dir(repo.path())
        .output()
        .expect("python3 can be run");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a program in the repository's folder; false if it is not installed.
#[track_caller]
fn tool(repo: &Repo, line: &str) -> bool {
    let program = line.split(' ').next().unwrap_or_default();
    let has_it = Command::new("sh").args(["-c", &format!("command -v {program} >/dev/null")]).status();
    if !has_it.is_ok_and(|status| status.success()) {
        return false;
    }
    let output = Command::new("sh").args(["-c", line]).current_dir(repo.path()).output();
    let output = output.expect("a shell can be run");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    true
}

/// The text with a secret that is put into containers: the secret is on line 3.
fn leak(seed: u64) -> String {
    format!("# settings\nA=1\nTOKEN={}\n", github_token(seed))
}

/// The places of all findings: path and line.
#[track_caller]
fn places(outcome: &Outcome) -> Vec<String> {
    let mut places = Vec::new();
    for finding in outcome.findings() {
        for one in finding["occurrences"].as_array().expect("a finding has occurrences") {
            places.push(format!("{}:{}", one["path"].as_str().unwrap_or("-"), one["line"]));
        }
    }
    places.sort();
    places
}

/// What is unread: reasons with their first example.
#[track_caller]
fn unread(outcome: &Outcome) -> Vec<String> {
    told(outcome, "unread")
}

#[track_caller]
fn told(outcome: &Outcome, list: &str) -> Vec<String> {
    let coverage = &outcome.json()["summary"]["coverage"];
    let rows = coverage[list].as_array().expect("a coverage has the list").iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.map(|row| format!("{}: {}", text(&row["reason"]), text(&row["examples"][0]))).collect()
}

/// Scripts that make a container `a[1]` with the text `a[2]`, and the place of its secret.
const MADE: &[(&str, &str, &str)] = &[
    ("a.zip", "zipfile.ZipFile(a[1], 'w').writestr('b/c.env', a[2])", "a.zip!b/c.env:3"),
    ("a.jar", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_DEFLATED).writestr('b/c.env', a[2])", "a.jar!b/c.env:3"),
    ("bz.zip", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_BZIP2).writestr('c.env', a[2])", "bz.zip!c.env:3"),
    ("lz.zip", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_LZMA).writestr('c.env', a[2])", "lz.zip!c.env:3"),
    ("a.log.gz", "gzip.open(a[1], 'wb').write(a[2].encode())", "a.log.gz!a.log:3"),
    ("nameless", "open(a[1], 'wb').write(gzip.compress(a[2].encode()))", "nameless!nameless:3"),
    (
        "twice.gz",
        "open(a[1], 'wb').write(gzip.compress(b'x\\n') + gzip.compress(a[2].encode()) + b'\\0' * 99)",
        "twice.gz!twice:4",
    ),
    ("a.zlib", "open(a[1], 'wb').write(zlib.compress(a[2].encode()))", "a.zlib!a:3"),
    ("a.txt.bz2", "open(a[1], 'wb').write(bz2.compress(a[2].encode()))", "a.txt.bz2!a.txt:3"),
    ("a.txt.xz", "open(a[1], 'wb').write(lzma.compress(a[2].encode()))", "a.txt.xz!a.txt:3"),
    (
        "a.lzma",
        "open(a[1], 'wb').write(lzma.compress(a[2].encode(), format=lzma.FORMAT_ALONE))",
        "a.lzma!a:3",
    ),
    ("a.tar", TAR, "a.tar!b/c.env:3"),
    ("pax.tar", TAR, "pax.tar!b/c.env:3"),
    ("a.tar.gz", TAR, "a.tar.gz!b/c.env:3"),
    ("a.tgz", TAR, "a.tgz!b/c.env:3"),
    ("a.tar.bz2", TAR, "a.tar.bz2!b/c.env:3"),
    ("a.tar.xz", TAR, "a.tar.xz!b/c.env:3"),
    (
        "in.zip",
        "b = io.BytesIO(); zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED).writestr('d.env', a[2]); \
         zipfile.ZipFile(a[1], 'w').writestr('b/inner.zip', b.getvalue())",
        "in.zip!b/inner.zip!d.env:3",
    ),
    (
        "sfx",
        "b = io.BytesIO(); zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED).writestr('d.env', a[2]); \
         open(a[1], 'wb').write(b'#!/bin/sh\\nexit\\n' + b.getvalue())",
        "sfx!d.env:3",
    ),
    (
        "deep.tar.gz",
        "b = gzip.compress(gzip.compress(a[2].encode())); t = tarfile.open(a[1], 'w:gz'); \
         i = tarfile.TarInfo('x/d.gz.gz'); i.size = len(b); t.addfile(i, io.BytesIO(b)); t.close()",
        "deep.tar.gz!x/d.gz.gz!d:3",
    ),
];

const TAR: &str = "\
m = {'tar': 'w', 'tgz': 'w:gz', 'gz': 'w:gz', 'bz2': 'w:bz2', 'xz': 'w:xz'}[a[1].split('.')[-1]]
f = tarfile.PAX_FORMAT if a[1].startswith('pax') else tarfile.GNU_FORMAT
t = tarfile.open(a[1], m, format=f)
for n in ['b/other.txt', 'b/' + 'long/' * 40 + 'name.txt', 'b/c.env']:
    d = (a[2] if n.endswith('.env') else 'nothing').encode()
    i = tarfile.TarInfo(n); i.size = len(d); t.addfile(i, io.BytesIO(d))
t.close()";

#[test]
fn a_secret_in_a_container_is_found_with_the_path_inside() {
    for (seed, (name, script, place)) in (100..).zip(MADE) {
        let repo = Repo::new();
        repo.write("plain", "nothing\n");
        python(&repo, script, &[name, &leak(seed)]);
        let outcome = repo.run_json(&["scan"]).exits(1);
        assert_eq!(places(&outcome), [*place]);
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!(coverage["scanned"], 2, "{name}: {coverage}");
        let text = repo.run(&["scan"]).exits(1);
        assert!(text.says(place), "{}", text.stdout);
        repo.stage();
        assert_eq!(places(&repo.run_json(&["staged"]).exits(1)), [*place], "staged");
        repo.commit("one");
        let outcome = repo.run_json(&["history"]).exits(1);
        assert_eq!(places(&outcome), [*place], "history");
        same_with_and_without(&repo, &[]);
        let input = fs::read(repo.path().join(name)).expect("it was written");
        let outcome = repo.run_with(".", &["scan", "-", "--format", "json"], &[], &input).exits(1);
        let at = place.split_once('!').map(|(_, inner)| inner).unwrap_or_default();
        let found = places(&outcome);
        assert!(found.len() == 1 && found[0].starts_with("-!"), "{found:?}");
        assert!(found[0].ends_with(at) || !at.contains('/'), "{found:?} {at}");
    }
}
