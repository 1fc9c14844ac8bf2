//! The rules of the house, as tests: the direction of data, a document at the head of every file, and only one room that
//! opens connections.

mod imports;

use imports::SourceTree;
use std::fs;
use std::path::{Path, PathBuf};

/// What a room, a module at the top of `src/`, may import of the others. Stages never import each other; only
/// `commands` knows them all. Tests may import any: they join rooms as commands do.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    // The base: nothing of the crate, or almost nothing.
    // What assistants send and take, and their settings: no secret.
    ("agent", &["atomic_file", "regular_file", "shown_path", "update_lock"]),
    ("atomic_file", &["shown_path"]),
    ("gitignore", &[]),
    ("model", &["shown_path"]),
    ("out_of_memory", &["atomic_file"]),
    ("process", &[]),
    ("record", &[]),
    ("regular_file", &[]),
    ("sheet", &[]),
    // How a path is printed.
    ("shown_path", &[]),
    ("sync", &[]),
    ("update_lock", &["atomic_file", "shown_path"]),
    ("cache", &["atomic_file", "record", "shown_path", "sync"]),
    // Values that are known, as hashes: no path, no I/O.
    ("known", &["model", "record"]),
    ("ci", &["process", "regular_file", "shown_path"]),
    // Formats: git's, and those of tokens.
    ("git", &["model", "out_of_memory", "record", "regular_file", "shown_path", "sync"]),
    ("rules", &["model"]),
    ("checks", &["model", "rules"]),
    // What is inside files: no secret, no git.
    ("container", &["model"]),
    // The stages.
    (
        "source",
        &[
            "atomic_file",
            "container",
            "git",
            "gitignore",
            "model",
            "record",
            "regular_file",
            "shown_path",
            "sync",
        ],
    ),
    ("scan", &["checks", "known", "model", "rules"]),
    ("provenance", &["git", "model", "sync"]),
    ("findings", &["gitignore", "model", "record", "sheet", "sync"]),
    ("report", &["model"]),
    // The only room that opens connections.
    ("verify", &["model", "rules", "shown_path", "sync"]),
    ("hook", &["atomic_file", "git", "process", "shown_path", "update_lock"]),
    // Above the stages. No stage knows what a second run may skip.
    (
        "incremental",
        &[
            "cache",
            "findings",
            "git",
            "model",
            "provenance",
            "record",
            "regular_file",
            "rules",
            "shown_path",
            "source",
            "sync",
        ],
    ),
    // What repositories have and refer to, as rows: findings and texts are passed in.
    ("inventory", &["gitignore", "known", "model", "report", "scan", "sync"]),
    // How secrets get into a manager: findings, rows and files are passed in, and it writes nothing.
    ("plan", &["inventory", "model", "report"]),
    // Many repositories: lists, shares of them, clones, receipts, one answer. It scans nothing itself.
    ("audit", &["atomic_file", "git", "model", "process", "regular_file", "shown_path"]),
    // What comes through a pipe, without its secrets.
    ("redact", &["findings", "model", "scan"]),
    // What each stage makes of one file, in words.
    ("explain", &["findings", "model", "report", "rules", "scan"]),
    ("config", &["gitignore", "model", "rules", "sheet"]),
    // Another tool's files as ours: rules, and what covers findings.
    ("gitleaks", &["findings", "model", "report", "rules", "sheet"]),
    // Other tools' files as a plan, which `commands` follows or writes down.
    ("import", &["findings", "gitleaks", "model", "sheet"]),
    ("cli", &["import", "inventory", "model", "plan", "report"]),
    (
        "error",
        &[
            "agent",
            "atomic_file",
            "audit",
            "cache",
            "ci",
            "config",
            "findings",
            "git",
            "hook",
            "known",
            "model",
            "redact",
            "report",
            "rules",
            "sheet",
            "shown_path",
            "source",
            "update_lock",
            "verify",
        ],
    ),
    (
        "commands",
        &[
            "agent",
            "atomic_file",
            "audit",
            "cache",
            "checks",
            "ci",
            "cli",
            "config",
            "container",
            "error",
            "explain",
            "findings",
            "git",
            "gitleaks",
            "hook",
            "import",
            "incremental",
            "inventory",
            "known",
            "model",
            "plan",
            "process",
            "provenance",
            "record",
            "regular_file",
            "redact",
            "report",
            "rules",
            "scan",
            "sheet",
            "shown_path",
            "source",
            "sync",
            "update_lock",
            "verify",
        ],
    ),
    ("lib", &["cli", "commands", "error"]),
    ("main", &[]),
];

/// The largest share of the lines of `src/` that one room may have, percent.
const LARGEST_ROOM: usize = 25;

/// How many files a folder may have, unless all are of one kind.
const MOST_FILES: usize = 20;

/// Folders whose files are of one kind: one for each provider's tokens, or for each form of text in which a value
/// is named.
const OF_ONE_KIND: &[&str] = &["checks"];

/// The room that may open connections, and the crates with which it does.
const CONNECTS: (&str, &[&str]) = ("verify", &["ureq", "rustls", "rustls_native_certs"]);

/// What opens connections, or finds the addresses for them, in the standard library.
const SOCKETS: &[&str] =
    &["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "ToSocketAddrs"];

/// Other crates that open connections.
const NETWORK: &[&str] = &[
    "curl",
    "hyper",
    "isahc",
    "libssh2-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "reqwest",
    "surf",
    "tokio",
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

/// True for a file of tests alone.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
        || path.file_stem().is_some_and(|stem| stem == "tests" || stem == "testing")
}

#[test]
fn data_goes_one_way() {
    let mut wrong = Vec::new();
    let tree = SourceTree::read();
    for (path, file) in &tree.files {
        let Some(module) = module_of(path) else { continue };
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module `{module}` has no line in MAY_IMPORT", path.display()));
            continue;
        };
        if is_test(path) {
            continue;
        }
        for import in file.names.iter().filter_map(|name| name.first()) {
            let known = MAY_IMPORT.iter().any(|(name, _)| name == import);
            if known && *import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: `{module}` imports `{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_circle_is_inside_a_room() {
    let circles: Vec<_> = SourceTree::read().circles().iter().map(|files| files.join(" <-> ")).collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn no_room_is_a_quarter_of_the_house() {
    let mut lines = std::collections::BTreeMap::<String, usize>::new();
    for path in all_sources() {
        let Some(room) = module_of(&path) else { continue };
        let text = fs::read_to_string(&path).expect("a source file can be read");
        *lines.entry(room).or_default() += text.lines().count();
    }
    let all: usize = lines.values().sum();
    let (room, most) = lines.iter().max_by_key(|(_, lines)| **lines).expect("there are rooms");
    assert!(most * 100 < all * LARGEST_ROOM, "`{room}` has {most} of {all} lines");
}

#[test]
fn no_folder_holds_more_than_can_be_seen_at_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = std::collections::BTreeMap::<PathBuf, usize>::new();
    for path in all_sources().iter().filter_map(|path| path.strip_prefix(&root).ok()) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        *files.entry(folder.unwrap_or(Path::new("")).to_owned()).or_default() += usize::from(!is_test(path));
    }
    let is_of_one_kind = |folder: &Path| OF_ONE_KIND.iter().any(|known| folder == Path::new(known));
    let full = files.iter().filter(|(folder, count)| **count > MOST_FILES && !is_of_one_kind(folder));
    assert_eq!(full.collect::<Vec<_>>(), []);
}

/// What writes, makes, renames or locks a file. (Creating folders and removing files is allowed everywhere.)
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
        if is_test(&path) || HERE.contains(&module.as_str()) {
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
fn only_verification_opens_connections() {
    let (room, crates) = CONNECTS;
    let mut wrong = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in all_sources().iter().filter(|path| path.starts_with(&root)) {
        if is_test(path) || module_of(path).is_none_or(|module| module == room) {
            continue;
        }
        let text = fs::read_to_string(path).expect("a source file can be read");
        let is_word = |word: &str| {
            let is_part = |one: char| one.is_ascii_alphanumeric() || one == '_';
            text.match_indices(word).any(|(at, _)| {
                !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
            })
        };
        let crates = crates.iter().filter(|name| text.contains(&format!("{name}::")));
        wrong.extend(
            crates
                .chain(SOCKETS.iter().filter(|word| is_word(word)))
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

/// Names of types that many files define, and that are used with the name of their module.
const QUALIFIED: &[&str] = &["Error", "Options"];

#[test]
fn no_type_s_name_is_in_more_than_two_files() {
    let mut files = std::collections::BTreeMap::<String, std::collections::BTreeSet<PathBuf>>::new();
    for path in all_sources().into_iter().filter(|path| module_of(path).is_some()) {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let parsed = syn::parse_file(&text).expect("a source file compiles");
        for item in parsed.items {
            let name = match item {
                syn::Item::Struct(item) => item.ident,
                syn::Item::Enum(item) => item.ident,
                syn::Item::Trait(item) => item.ident,
                syn::Item::Type(item) => item.ident,
                _ => continue,
            };
            files.entry(name.to_string()).or_default().insert(path.clone());
        }
    }
    files.retain(|name, files| files.len() > 2 && !QUALIFIED.contains(&name.as_str()));
    assert!(files.is_empty(), "{files:#?}");
}

/// Words of comments that have a plainer one: is, contains; reports, says, shows.
const MANNERED: &[&str] = &["stand", "stands", "standing", "stood", "tell", "tells", "telling", "told"];

#[test]
fn comments_are_in_plain_words() {
    const MOST: usize = 10;
    let mut found = Vec::new();
    for path in all_sources().into_iter().filter(|path| module_of(path).is_some()) {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        for (number, line) in text.lines().enumerate() {
            let Some((_, comment)) = line.split_once("//").filter(|(before, _)| before.trim().is_empty())
            else {
                continue;
            };
            let mut words = comment.split(|letter: char| !letter.is_ascii_alphabetic());
            if words.any(|word| MANNERED.contains(&word.to_lowercase().as_str())) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, comment.trim()));
            }
        }
    }
    assert!(found.len() < MOST, "{}", found.join("\n"));
}

/// The files in which a path that git reads is written as the system has it.
const NOT_PRINTED: &[&str] = &["src/hook/scratch.rs"];

#[test]
fn paths_are_printed_by_one_function() {
    let mut found = Vec::new();
    for path in all_sources().into_iter().filter(|path| module_of(path).is_some() && !is_test(path)) {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let text = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains(".display()")) {
            found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
        }
    }
    found.retain(|line| !NOT_PRINTED.iter().any(|file| line.replace('\\', "/").contains(file)));
    assert!(
        found.is_empty(),
        "say shown_path(&path), which writes `/` on every system:\n{}",
        found.join("\n")
    );
}

/// Pages name the test of each promise, as `file::test` of tests/cli.
#[test]
fn the_tests_that_pages_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in ["SECURITY.md", "tests/cli/README.md"] {
        let text = fs::read_to_string(root.join(page)).expect("it is there");
        let named: Vec<(&str, &str)> = text
            .split('`')
            .filter_map(|text| text.rsplit_once("::"))
            .filter(|(file, _)| !["file", "house", "catalogue"].contains(file))
            .collect();
        assert!(named.len() > 40, "{page}: {}", named.len());
        for (file, test) in named {
            let path = root.join("tests/cli").join(file.replace("::", "/")).with_extension("rs");
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(text.contains(&format!("fn {test}()")), "{page}: {file}::{test} does not exist");
        }
    }
}

/// The image is built from a part of the repository, and no gate builds it.
#[test]
fn what_the_program_includes_is_copied_into_its_image() {
    let read = |path: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("it can be read")
    };
    let (image, ignored) = (read("Dockerfile"), read(".dockerignore"));
    let mut folders = Vec::new();
    for path in all_sources().iter().filter(|path| !is_test(path)) {
        let text = fs::read_to_string(path).expect("a source can be read");
        let included = text.split("include_str!(\"").chain(text.split("include_bytes!(\"")).skip(1);
        let outside =
            included.filter_map(|rest| rest.split('"').next()).filter(|name| name.starts_with("../"));
        folders
            .extend(outside.filter_map(|name| name.split('/').find(|part| *part != "..")).map(str::to_owned));
    }
    folders.sort();
    folders.dedup();
    assert!(folders.iter().any(|folder| folder == "hooks"), "{folders:?}");
    for folder in folders.iter().filter(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).exists())
    {
        assert!(image.contains(&format!("COPY {folder} {folder}\n")), "{folder} is not in the Dockerfile");
        assert!(ignored.contains(&format!("!{folder}\n")), "{folder} is left out by .dockerignore");
    }
}
