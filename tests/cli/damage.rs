//! Damaged stores: if any byte of any of git's files is wrong, a run finds the secret, or reports that something was
//! not read. It never reports a clean result, never dies of a signal, never runs for ever.
//!
//! Each file is cut into the fields of its format, and each field is flipped, zeroed, filled, reversed and cut.

use crate::formats::{convert, reftable, use_reftable};
use crate::harness::{Repo, ends, github_token};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A field of a file: what it is, and where.
type Field = (&'static str, Range<usize>);

/// Every way in which a field is damaged, with a word for it.
fn damages(bytes: &[u8], (name, range): &Field) -> Vec<(String, Vec<u8>)> {
    let changed = |how: &str, change: &dyn Fn(&mut [u8])| {
        let mut bytes = bytes.to_vec();
        change(&mut bytes[range.clone()]);
        (format!("{name} {how}"), bytes)
    };
    let middle = range.start + range.len() / 2;
    let mut all = vec![
        changed("flipped", &|field| field[field.len() / 2] ^= 0x81),
        changed("flipped at its start", &|field| field[0] ^= 0x10),
        changed("zeroed", &|field| field.fill(0)),
        changed("enormous", &|field| field.fill(0xff)),
        changed("turned round", &|field| {
            let half = field.len() / 2;
            let (one, other) = field.split_at_mut(half);
            one.swap_with_slice(&mut other[..half]);
        }),
        (format!("cut in {name}"), bytes[..middle].to_vec()),
    ];
    all.retain(|(_, damaged)| damaged != bytes);
    all
}

/// Runs `commands` with each damage to the fields of `file`, which find the secret in the intact one.
fn holds(repo: &Repo, file: &Path, fields: &[Field], commands: &[&[&str]]) {
    let bytes = fs::read(file).expect("the file is there");
    for command in commands {
        assert_eq!(ends(repo, &repo.path(), command, "nothing is wrong").code, 1, "{command:?}");
    }
    let mode = fs::metadata(file).expect("it is there").permissions();
    let put = |bytes: &[u8]| {
        fs::remove_file(file).expect("it is there");
        fs::write(file, bytes).expect("it can be written");
    };
    for field in fields {
        assert!(field.1.end <= bytes.len() && !field.1.is_empty(), "{field:?}");
        for (what, damaged) in damages(&bytes, field) {
            put(&damaged);
            for command in commands {
                let outcome = ends(repo, &repo.path(), command, &what);
                let code = outcome.code;
                assert!(
                    (1..=3).contains(&code),
                    "{command:?}, {what}: exit {code}\n{}{}",
                    outcome.stdout,
                    outcome.stderr
                );
            }
        }
    }
    put(&bytes);
    fs::set_permissions(file, mode).expect("it is ours");
}

const STORE: [&[&str]; 3] = [&["history", "--no-cache"], &["staged"], &["diff", "main..two"]];

/// Two branches, `main` and `two`. Only the tip of `two` has a secret, in a file with several versions. The index is
/// that tip's, while `main` is checked out.
fn sample() -> Repo {
    let repo = Repo::new();
    let text = |round: u32| {
        (0..200).map(|line| format!("line {} of {line}\n", line * round % 13)).collect::<String>()
    };
    for round in 0..4 {
        repo.write("s.env", text(round)).write("d/other", text(round + 7));
        repo.commit("a version");
    }
    repo.git(&["checkout", "-q", "-b", "two"]);
    repo.write("s.env", format!("{}TOKEN={}\n", text(3), github_token(1)));
    repo.commit("leak");
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    repo
}

fn packed(repo: &Repo, extension: &str) -> PathBuf {
    let packs = fs::read_dir(repo.path().join(".git/objects/pack")).expect("it is a folder").flatten();
    let mut paths = packs.map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|end| end == extension)).expect("there is a pack")
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
}

#[test]
fn a_damaged_pack_index_is_never_clean() {
    let repo = sample();
    repo.git(&["gc", "-q"]);
    let file = packed(&repo, "idx");
    let bytes = fs::read(&file).expect("it is there");
    let count = word(&bytes, 8 + 255 * 4);
    let (ids, sums) = (1032, 1032 + count * 20);
    let offsets = sums + count * 4;
    let end = offsets + count * 4;
    let fields: [Field; 9] = [
        ("the magic", 0..4),
        ("the version", 4..8),
        ("the fan-out", 8..1032),
        ("the count", 1028..1032),
        ("the ids", ids..sums),
        ("the checksums", sums..offsets),
        ("the offsets", offsets..end),
        ("the pack's checksum", end..end + 20),
        ("the checksum", end + 20..end + 40),
    ];
    holds(&repo, &file, &fields, &STORE);
    // Every offset in the table of 64-bit ones: first the table is missing, then it contains nonsense.
    let mut large = bytes.clone();
    (0..count).for_each(|row| large[offsets + 4 * row] |= 0x80);
    let mut with_table = large[..end].to_vec();
    (0..count).for_each(|row| {
        with_table[offsets + 4 * row..][..4].copy_from_slice(&(row as u32 | 1 << 31).to_be_bytes());
    });
    for row in 0..count {
        with_table.extend((word(&bytes, offsets + 4 * row) as u64).to_be_bytes());
    }
    with_table.extend(&bytes[end..]);
    for (what, damaged) in [("without the table", large), ("with it", with_table.clone())] {
        fs::remove_file(&file).expect("it is there");
        fs::write(&file, damaged).expect("it can be written");
        for command in STORE {
            let code = ends(&repo, &repo.path(), command, what).code;
            assert!((1..=3).contains(&code), "{command:?} {what}: {code}");
        }
    }
    holds(&repo, &file, &[("the 64-bit offsets", end..end + 8 * count)], &STORE);
}

/// Where the entry of the object `id` starts in the one pack, and how long it is.
fn entry(repo: &Repo, id: &str) -> Range<usize> {
    let index = packed(repo, "idx");
    let listed = repo.git(&["verify-pack", "-v", index.to_str().expect("the path is UTF-8")]);
    let line = listed.lines().find(|line| line.starts_with(id)).expect("it is packed");
    let fields: Vec<&str> = line.split_whitespace().collect();
    let number = |at: usize| fields[at].parse::<usize>().expect("a number");
    number(4)..number(4) + number(3)
}

#[test]
fn a_damaged_pack_is_never_clean() {
    for by_name in [false, true] {
        let repo = sample();
        repo.git(&["config", "repack.useDeltaBaseOffset", if by_name { "false" } else { "true" }]);
        repo.git(&["repack", "-q", "-a", "-d", "-f"]);
        let (blob, old) = (repo.git(&["rev-parse", "two:s.env"]), repo.git(&["rev-parse", "main:s.env"]));
        let tree = repo.git(&["rev-parse", "two^{tree}"]);
        let (blob, old, tree) = (entry(&repo, &blob), entry(&repo, &old), entry(&repo, &tree));
        // One of the two versions is whole, and the other a delta against it.
        let delta = if blob.len() < old.len() { &blob } else { &old };
        let file = packed(&repo, "pack");
        let len = fs::read(&file).expect("it is there").len();
        let fields: [Field; 8] = [
            ("the magic", 0..4),
            ("the version", 4..8),
            ("the count", 8..12),
            ("the secret's head", blob.start..blob.start + 2),
            ("the secret's data", blob.start + 4..blob.end),
            ("the delta's base", delta.start + 1..delta.start + 5),
            ("the tree", tree.clone()),
            ("the checksum", len - 20..len),
        ];
        holds(&repo, &file, &fields, &STORE);
    }
}

#[test]
fn damaged_loose_objects_are_never_clean() {
    let repo = sample();
    let path = |id: &str| repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    let ids = ["two:s.env", "two^{tree}", "two", "main"].map(|name| repo.git(&["rev-parse", name]));
    for (id, commands) in ids.iter().zip([&STORE[..], &STORE[..], &[STORE[0], STORE[2]], &STORE[..]]) {
        let file = path(id);
        let len = fs::read(&file).expect("it is loose").len();
        let fields: [Field; 3] =
            [("the zlib head", 0..2), ("the data", 2..len - 4), ("the zlib checksum", len - 4..len)];
        holds(&repo, &file, &fields, commands);
    }
    // One object's bytes in another's place: each is valid by itself.
    for (one, other) in [(0, 1), (0, 3), (1, 0)] {
        let (file, copy) = (path(&ids[one]), path(&ids[other]));
        let (bytes, others) = (fs::read(&file).expect("it is loose"), fs::read(&copy).expect("it is loose"));
        fs::remove_file(&file).expect("it is there");
        fs::write(&file, others).expect("it can be written");
        for command in STORE {
            let code = ends(&repo, &repo.path(), command, "another object's bytes").code;
            assert!((1..=3).contains(&code), "{command:?} {one} {other}: {code}");
        }
        fs::write(&file, bytes).expect("it can be written");
    }
}

#[test]
fn files_that_only_speed_git_up_change_nothing_whatever_is_in_them() {
    let repo = sample();
    repo.git(&["gc", "-q"]);
    repo.git(&["multi-pack-index", "write"]);
    repo.git(&["commit-graph", "write", "--reachable"]);
    for name in ["objects/pack/multi-pack-index", "objects/info/commit-graph"] {
        let file = repo.path().join(".git").join(name);
        let len = fs::read(&file).expect("git wrote it").len();
        let fields: [Field; 4] = [
            ("the head", 0..12),
            ("the chunks", 12..72),
            ("the data", 72..len - 20),
            ("the checksum", len - 20..len),
        ];
        for command in STORE {
            holds(&repo, &file, &fields, &[command]);
        }
    }
}

#[test]
fn a_damaged_index_is_never_clean() {
    let repo = sample();
    let file = repo.path().join(".git/index");
    for version in ["2", "4"] {
        repo.git(&["update-index", "--index-version", version]);
        let bytes = fs::read(&file).expect("git wrote it");
        let tree = bytes.windows(4).position(|four| four == b"TREE");
        let entries = tree.unwrap_or(bytes.len() - 20);
        // The first entry is that of d/other, the second the secret's.
        let name = bytes.windows(5).position(|five| five == b"s.env").unwrap_or(entries - 40);
        let head = name - if version == "2" { 62 } else { 63 };
        let fields: [Field; 9] = [
            ("the magic", 0..4),
            ("the version", 4..8),
            ("the count", 8..12),
            ("an entry's mode", head + 24..head + 28),
            ("an entry's id", head + 40..head + 60),
            ("an entry's flags", head + 60..head + 62),
            ("a path", name..name + 5),
            ("the entries", 12..entries),
            ("the checksum", bytes.len() - 20..bytes.len()),
        ];
        let commands: [&[&str]; 3] = [&["staged"], &["hook", "run", "s.env"], &["scan", "."]];
        holds(&repo, &file, &fields, &commands);
        if let Some(tree) = tree {
            let end = tree + 8 + word(&bytes, tree + 4);
            let fields: [Field; 2] = [("TREE's length", tree + 4..tree + 8), ("TREE", tree + 8..end)];
            holds(&repo, &file, &fields, &commands[..1]);
        }
        // Without a checksum the parser itself sees the damage.
        let mut open = bytes.clone();
        let end = open.len() - 20;
        open[end..].fill(0);
        for field in &fields[..8] {
            for (what, damaged) in damages(&open, field) {
                fs::write(&file, &damaged).expect("it can be written");
                let code = ends(&repo, &repo.path(), &["staged"], &what).code;
                assert!((0..=3).contains(&code), "{what}: {code}");
            }
        }
        fs::write(&file, bytes).expect("it can be written");
    }
}

#[test]
fn damaged_refs_are_never_clean() {
    let repo = sample();
    repo.git(&["pack-refs", "--all"]);
    let git = repo.path().join(".git");
    let file = git.join("packed-refs");
    let bytes = fs::read(&file).expect("git wrote it");
    let lines: Vec<usize> = memchr::memchr_iter(b'\n', &bytes).collect();
    let fields: [Field; 4] = [
        ("the head", 0..lines[0]),
        ("main's id", lines[0] + 1..lines[0] + 41),
        ("main's name", lines[0] + 42..lines[1]),
        ("two's line", lines[1] + 1..lines[2] + 1),
    ];
    holds(&repo, &file, &fields, &[&["history", "--no-cache"], &["staged"]]);
    // `diff` needs both: the objects that they name must be there.
    holds(&repo, &file, &fields[1..], &[&["diff", "main..two"]]);
    let file = git.join("HEAD");
    let len = fs::read(&file).expect("it is there").len();
    holds(
        &repo,
        &file,
        &[("HEAD", 0..len), ("the branch", 5..len)],
        &[&["history", "--no-cache"], &["staged"]],
    );
}

#[test]
fn a_damaged_reftable_is_never_clean() {
    let repo = sample();
    let (main, two) = (repo.git(&["rev-parse", "main"]), repo.git(&["rev-parse", "two"]));
    use_reftable(&repo);
    let refs =
        [("HEAD", "ref: refs/heads/main"), ("refs/heads/main", main.as_str()), ("refs/heads/two", &two)];
    convert(&repo, ".git", &refs);
    let file = repo.path().join(".git/reftable/one.ref");
    let len = reftable(&refs).len();
    let fields: [Field; 7] = [
        ("the magic", 0..4),
        ("the version and the block size", 4..8),
        ("the update indexes", 8..24),
        ("the block's head", 24..28),
        ("the records", 28..len - 73),
        ("the restarts", len - 73..len - 68),
        ("the footer", len - 68..len),
    ];
    holds(&repo, &file, &fields, &[&["history", "--no-cache"], &["staged"], &["diff", "main..two"]]);
    let file = repo.path().join(".git/reftable/tables.list");
    let len = fs::read(&file).expect("it is there").len();
    holds(&repo, &file, &[("the list", 0..len)], &[&["history", "--no-cache"], &["staged"]]);
}

#[test]
fn a_damaged_split_index_is_never_clean() {
    let repo = sample();
    repo.git(&["config", "splitIndex.maxPercentChange", "100"]);
    repo.git(&["update-index", "--split-index"]);
    repo.write("e", "x").git(&["add", "e"]);
    let entries = fs::read_dir(repo.path().join(".git")).expect("it is a folder").flatten();
    let mut shared = entries.map(|entry| entry.path());
    let shared =
        shared.find(|path| path.to_string_lossy().contains("sharedindex")).expect("the index is split");
    for file in [shared, repo.path().join(".git/index")] {
        let bytes = fs::read(&file).expect("it is there");
        let link = bytes.windows(4).position(|four| four == b"link").unwrap_or(bytes.len() / 2);
        let fields: [Field; 3] = [
            ("the head", 0..12),
            ("the link", link..bytes.len() - 20),
            ("the checksum", bytes.len() - 20..bytes.len()),
        ];
        holds(&repo, &file, &fields, &[&["staged"], &["hook", "run", "s.env"]]);
    }
}
