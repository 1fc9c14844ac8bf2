//! The rules of the house, held as tests: the direction of data, a document at the head of every file,
//! no network in the tree of dependencies.

use std::fs;
use std::path::{Path, PathBuf};

/// What a module at the top of `src/` may import of the others. Stages never import each other; only
/// `run` knows them all.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("atomic_file", &[]),
    ("update_lock", &["atomic_file"]),
    ("model", &[]),
    ("sheet", &[]),
    ("gitignore", &[]),
    ("rules", &["model"]),
    ("scan", &["model", "rules"]),
    ("record", &[]),
    ("sync", &[]),
    ("regular_file", &[]),
    ("out_of_memory", &["atomic_file"]),
    ("git", &["model", "out_of_memory", "record", "regular_file", "sync"]),
    ("cache", &["atomic_file", "record"]),
    ("ci", &["regular_file"]),
    ("source", &["atomic_file", "git", "gitignore", "model", "record", "regular_file", "sync"]),
    ("findings", &["model", "record", "sheet"]),
    ("report", &["model"]),
    ("config", &["gitignore", "model", "rules", "sheet"]),
    ("cli", &["model", "report"]),
    ("hook", &["atomic_file", "git", "update_lock"]),
    (
        "error",
        &[
            "atomic_file",
            "ci",
            "config",
            "findings",
            "git",
            "hook",
            "model",
            "report",
            "rules",
            "source",
            "update_lock",
        ],
    ),
    (
        "run",
        &[
            "atomic_file",
            "cache",
            "ci",
            "cli",
            "config",
            "error",
            "findings",
            "git",
            "hook",
            "model",
            "record",
            "regular_file",
            "report",
            "rules",
            "scan",
            "source",
            "update_lock",
        ],
    ),
    ("lib", &["cli", "error", "run"]),
    ("main", &[]),
];

/// Crates that open connections.
const NETWORK: &[&str] = &[
    "curl",
    "hyper",
    "isahc",
    "libssh2-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "reqwest",
    "rustls",
    "surf",
    "tokio",
    "ureq",
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        if folder.is_dir() {
            sources(&folder, &mut found);
        }
    }
    found.sort();
    found
}

/// The module at the top of `src/` that a file belongs to.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

/// The modules at the top of `src/` that a text imports (`crate::x`), tests and comments included.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let name: String =
                rest.chars().take_while(|next| next.is_ascii_alphanumeric() || *next == '_').collect();
            if !name.is_empty() {
                found.push(name);
            }
        }
    }
    found
}

#[test]
fn data_goes_one_way() {
    let mut wrong = Vec::new();
    for path in all_sources() {
        let Some(module) = module_of(&path) else { continue };
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module `{module}` has no line in MAY_IMPORT", path.display()));
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source file can be read");
        for import in imports(&text) {
            let known = MAY_IMPORT.iter().any(|(name, _)| *name == import);
            if known && import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: `{module}` imports `{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What writes, makes, renames or locks a file. (Folders are made and files removed where it is needed.)
const WRITES: &[&str] = &[
    "fs::write(",
    "File::create",
    "File::options",
    "OpenOptions",
    "fs::rename(",
    "fs::copy(",
    "hard_link(",
    "persist(",
    ".set_len(",
];

#[test]
fn files_are_written_in_one_place() {
    const HERE: &[&str] = &["atomic_file", "update_lock"];
    let mut wrong = Vec::new();
    for path in all_sources() {
        let Some(module) = module_of(&path) else { continue };
        let is_test = path.components().any(|part| part.as_os_str() == "tests")
            || path.file_stem().is_some_and(|stem| stem == "tests" || stem == "testing");
        if is_test || HERE.contains(&module.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for call in WRITES.iter().filter(|call| text.contains(**call)) {
            wrong.push(format!("{}: `{call}`; `src/atomic_file.rs` writes files", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_in_it() {
    let silent: Vec<_> = all_sources()
        .into_iter()
        .filter(|path| !fs::read_to_string(path).expect("a source file can be read").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no `//!` at the head of {silent:?}");
}

#[test]
fn no_crate_opens_connections() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let text = fs::read_to_string(lock).expect("the lock file is committed");
    let found: Vec<_> = NETWORK.iter().filter(|name| text.contains(&format!("name = \"{name}\""))).collect();
    assert!(found.is_empty(), "{found:?} in Cargo.lock");
}

#[test]
fn modules_are_nouns_with_a_home() {
    const HOMELESS: &[&str] =
        &["util", "utils", "common", "helper", "helpers", "core", "manager", "misc", "types"];
    let found: Vec<_> = all_sources()
        .into_iter()
        .filter(|path| path.file_stem().is_some_and(|stem| HOMELESS.iter().any(|name| stem == *name)))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

/// SECURITY.md says which test holds what, as `file::test` of tests/cli.
#[test]
fn the_tests_that_hold_the_threats_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("SECURITY.md")).expect("it is there");
    let named: Vec<(&str, &str)> = page
        .split('`')
        .filter_map(|text| text.split_once("::"))
        .filter(|(file, _)| *file != "file")
        .collect();
    assert!(named.len() > 40, "{}", named.len());
    for (file, test) in named {
        let path = root.join("tests/cli").join(file).with_extension("rs");
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(&format!("fn {test}()")), "{file}::{test} does not exist");
    }
}
