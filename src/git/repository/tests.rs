//! Repositories of every shape are found and opened, and hostile ones refused.

use super::*;
use crate::git::testing::{Repo, git_in};
use std::collections::BTreeMap;
use std::ffi::OsString;

fn text(path: &Path) -> &str {
    path.to_str().expect("the test's path is UTF-8")
}

fn open(path: &Path) -> Result<Repository, Error> {
    Repository::open_with(path, Access::default(), &|_| None)
}

/// Opens as a hook does, with these variables.
fn hooked(path: &Path, variables: &[(&str, &Path)]) -> Result<Repository, Error> {
    let variables: BTreeMap<&str, OsString> =
        variables.iter().map(|&(name, value)| (name, value.as_os_str().to_owned())).collect();
    let access = Access { environment: true, owner: false };
    Repository::open_with(path, access, &|name| variables.get(name).cloned())
}

fn sample() -> Repo {
    let repo = Repo::new();
    repo.write("a/b/c.txt", b"x");
    repo.commit_all("first");
    repo
}

#[test]
fn a_repository_is_found_from_every_place_that_belongs_to_it() {
    let repo = sample();
    let top = repo.path("");
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", text(&bare)]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", text(&linked)]);
    std::fs::create_dir(linked.join("d")).expect("a directory can be made");
    let outer = repo.beside("outer");
    std::fs::create_dir(&outer).expect("a directory can be made");
    git_in(&outer, &["init", "-q"]);
    git_in(&outer, &["-c", "protocol.file.allow=always", "submodule", "add", "-q", text(&top), "sub"]);
    let git = top.join(".git");
    let module = outer.join(".git/modules/sub");
    for (start, git_dir, common_dir, work_tree) in [
        (top.clone(), &git, &git, Some(&top)),
        (top.join("a/b"), &git, &git, Some(&top)),
        (git.clone(), &git, &git, Some(&top)),
        (git.join("objects"), &git, &git, Some(&top)),
        (bare.clone(), &bare, &bare, None),
        (bare.join("refs"), &bare, &bare, None),
        (linked.join("d"), &git.join("worktrees/linked"), &git, Some(&linked)),
        (git.join("worktrees/linked"), &git.join("worktrees/linked"), &git, Some(&linked)),
        (outer.join("sub/a"), &module, &module, Some(&outer.join("sub"))),
        (module.clone(), &module, &module, Some(&outer.join("sub"))),
    ] {
        let found = open(&start).unwrap_or_else(|error| panic!("{}: {error}", start.display()));
        let parts = (&found.git_dir, &found.common_dir, found.work_tree.as_ref());
        assert_eq!(parts, (git_dir, common_dir, work_tree), "{}", start.display());
        assert_eq!(found.index_file, git_dir.join("index"));
        assert_eq!(found.stores, [common_dir.join("objects")]);
    }
}

#[test]
fn what_is_no_repository_says_so() {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let refused = |path: &Path| matches!(open(path), Err(Error::NotARepository { .. }));
    assert!(refused(dir.path()));
    std::fs::create_dir(dir.path().join(".git")).expect("a directory can be made");
    assert!(refused(dir.path()), "an empty .git is no repository");
    std::fs::remove_dir(dir.path().join(".git")).expect("it is there");
    std::fs::write(dir.path().join(".git"), "gitdir: nowhere").expect("a file can be written");
    assert!(matches!(open(dir.path()), Err(Error::Broken { .. })), "git stops at it, too");
    let around = Repository::around(&dir.path().canonicalize().expect("it is there"));
    assert!(around.expect("files can be read all the same").is_none());
    assert!(matches!(open(&dir.path().join("none")), Err(Error::NoSuchPath { .. })));
}

#[test]
fn the_format_is_read_as_git_reads_it_and_an_unknown_one_is_named() {
    let repo = sample();
    let config = |lines: &str| {
        repo.write(".git/config", lines.as_bytes());
        open(&repo.path(""))
    };
    let version = |version: &str, more: &str| {
        config(&format!("[core]\n\trepositoryFormatVersion = {version}\n[extensions]\n\t{more}\n"))
    };
    for accepted in [
        "partialClone = origin",
        "preciousObjects = true",
        "worktreeConfig",
        "relativeWorktrees = true",
        "objectFormat = sha1",
        "noop",
        "refStorage = files",
    ] {
        version("1", accepted).unwrap_or_else(|error| panic!("{accepted}: {error}"));
    }
    assert!(version("1", "partialClone = origin").is_ok_and(|repository| repository.is_partial()));
    assert!(version("1", "refStorage = reftable").is_ok_and(|repository| repository.reftable));
    assert!(version("1", "objectFormat = sha256").is_ok_and(|repository| repository.width == 32));
    assert!(version("0", "unknown = 1").is_ok(), "version 0 has no extensions");
    assert!(config("").is_ok());
    for (number, extension, named) in [
        ("2", "", "core.repositoryFormatVersion = 2"),
        ("x", "", "core.repositoryFormatVersion = x"),
        ("1", "unknown = 1", "extensions.unknown = 1"),
        ("1", "objectFormat = sha512", "extensions.objectformat = sha512"),
        ("1", "refStorage = other", "extensions.refstorage = other"),
        ("1", "compatObjectFormat = sha256", "extensions.compatobjectformat = sha256"),
        ("0", "objectFormat = sha256", "extensions.objectformat = sha256 in a repository of version 0"),
        ("0", "refStorage = reftable", "extensions.refstorage = reftable in a repository of version 0"),
    ] {
        let error = version(number, extension).expect_err(named);
        assert!(error.to_string().contains(&format!("`{named}`")), "{error}");
    }
    // Included files do not count: git reads the format without them.
    repo.write(".git/more", b"[extensions]\nunknown = 1\n");
    assert!(config("[core]\nrepositoryFormatVersion = 1\n[include]\npath = more\n").is_ok());
    let error = config("[core]\n\nbare = \"\n").expect_err("it does not parse");
    assert!(error.to_string().contains("line 3"), "{error}");
}

#[test]
fn the_working_tree_is_where_configuration_and_environment_say() {
    let repo = sample();
    let (top, git) = (repo.path(""), repo.path(".git"));
    let other = repo.beside("other");
    std::fs::create_dir(&other).expect("a directory can be made");
    let other = other.canonicalize().expect("it is there");
    let work_tree = |opened: Result<Repository, Error>| opened.expect("it opens").work_tree;
    assert_eq!(work_tree(hooked(&other, &[("GIT_DIR", &git)])), Some(other.clone()));
    assert_eq!(work_tree(hooked(&top, &[("GIT_DIR", Path::new(".git"))])), Some(top.clone()));
    let both = [("GIT_DIR", git.as_path()), ("GIT_WORK_TREE", &top)];
    assert_eq!(work_tree(hooked(&other, &both)), Some(top.clone()));
    assert_eq!(work_tree(hooked(&top, &[("GIT_WORK_TREE", &other)])), Some(other.clone()));
    // Without the option the environment is ignored.
    let found = Repository::open_with(&top, Access::default(), &|name| {
        (name == "GIT_WORK_TREE").then(|| other.clone().into())
    });
    assert_eq!(work_tree(found), Some(top.clone()));
    repo.git(&["config", "core.worktree", "../../other"]);
    assert_eq!(work_tree(open(&top)), Some(other.clone()));
    repo.git(&["config", "--unset", "core.worktree"]);
    repo.git(&["config", "core.bare", "true"]);
    assert_eq!(work_tree(open(&top)), None);
    assert_eq!(work_tree(hooked(&other, &[("GIT_DIR", &git)])), None);
    repo.git(&["config", "core.bare", "false"]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", text(&linked)]);
    repo.git(&["config", "core.worktree", "../../other"]);
    assert_eq!(work_tree(open(&linked)), Some(linked.clone()), "that is about the main one");
    repo.git(&["config", "--unset", "core.worktree"]);
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    git_in(&linked, &["config", "--worktree", "core.worktree", text(&other)]);
    assert_eq!(work_tree(open(&linked)), Some(other));
    assert_eq!(work_tree(open(&top)), Some(top));
}

#[test]
fn hooks_are_told_of_index_objects_and_common_directory() {
    let repo = sample();
    let (top, git) = (repo.path(""), repo.path(".git"));
    let (objects, more) = (repo.beside("objects"), repo.beside("mo\"re:x"));
    for dir in [&objects, &more] {
        std::fs::create_dir(dir).expect("a directory can be made");
    }
    let found =
        hooked(&top.join("a"), &[("GIT_INDEX_FILE", Path::new(".git/next-index"))]).expect("it opens");
    assert_eq!(found.index_file, top.join(".git/next-index"));
    let quoted = format!("\"{}\":none", text(&more).replace('"', "\\\""));
    let found = hooked(
        &top,
        &[("GIT_OBJECT_DIRECTORY", &objects), ("GIT_ALTERNATE_OBJECT_DIRECTORIES", Path::new(&quoted))],
    );
    let found = found.expect("it opens");
    assert_eq!(found.stores, [objects, more.canonicalize().expect("it is there")]);
    assert_eq!(found.lost_alternates, [top.join("none")]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", text(&linked)]);
    let own = git.join("worktrees/linked");
    let found = hooked(&linked, &[("GIT_DIR", &own), ("GIT_COMMON_DIR", &git)]).expect("it opens");
    assert_eq!((&found.git_dir, &found.common_dir), (&own, &git));
    assert_eq!(found.work_tree, Some(linked));
}

#[test]
fn a_search_ends_at_a_ceiling_for_those_who_ask_the_environment() {
    let repo = sample();
    let inside = repo.path("a/b");
    let is_found = |ceiling: &Path| hooked(&inside, &[("GIT_CEILING_DIRECTORIES", ceiling)]).is_ok();
    assert!(!is_found(&repo.path("a")));
    assert!(!is_found(&repo.path("")));
    assert!(is_found(&inside), "a ceiling holds those below it");
    assert!(is_found(&repo.beside("")));
    assert!(is_found(Path::new("a")), "a relative one is none");
}

#[test]
fn grafts_and_the_shallow_boundary_are_read() {
    let repo = sample();
    let (one, two) = ("1".repeat(40), "2".repeat(40));
    repo.write(".git/info/grafts", format!("# why\n{one} {two}\n{two}\nx {one}\n").as_bytes());
    repo.write(".git/shallow", format!("{one}\n\nx\n{two}").as_bytes());
    let found = open(&repo.path("")).expect("it opens");
    let id = |hex: &str| ObjectId::from_hex(hex).expect("it is an id");
    assert_eq!(found.shallow, HashSet::from([id(&one), id(&two)]));
    assert_eq!(found.grafts, HashMap::from([(id(&one), vec![id(&two)]), (id(&two), vec![])]));
}

#[cfg(unix)]
#[test]
fn the_repository_of_another_user_is_refused_until_it_is_trusted() {
    use std::os::unix::fs::chown;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let repo = sample();
    let top = repo.path("");
    let home = repo.beside("home");
    std::fs::create_dir(&home).expect("a directory can be made");
    // The repository's own configuration does not count.
    repo.git(&["config", "safe.directory", "*"]);
    let refused = |variables: &[(&str, &str)]| {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let find = |name: &str| match name {
            "HOME" => Some(home.clone().into_os_string()),
            "GIT_CONFIG_NOSYSTEM" => Some("1".into()),
            _ => variables.get(name).map(OsString::from),
        };
        let opened = Repository::open_with(&top, Access { environment: true, owner: true }, &find);
        match opened {
            Ok(_) => false,
            Err(Error::Owner { .. }) => true,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(!refused(&[]), "it is one's own");
    for part in ["", ".git"] {
        chown(repo.path(part), Some(1000), Some(1000)).expect("root may");
        assert!(refused(&[]), "{part}");
        chown(repo.path(part), Some(0), Some(0)).expect("root may");
    }
    for part in ["", ".git"] {
        chown(repo.path(part), Some(1000), Some(1000)).expect("root may");
    }
    assert!(!refused(&[("SUDO_UID", "1000")]));
    assert!(refused(&[("SUDO_UID", "1001")]));
    let (path, above) = (text(&top), text(top.parent().expect("it is below")));
    for (values, is_refused) in [
        (vec!["*"], false),
        (vec![path], false),
        (vec![&format!("{path}/")], false),
        (vec![&format!("{above}/*")], false),
        (vec![&format!("{path}/*")], true),
        (vec!["/*"], false),
        (vec![&format!("%(prefix)/{path}")], false),
        (vec!["~/x"], true),
        (vec![above], true),
        (vec!["relative", "", "/other"], true),
        (vec!["*", ""], true),
        (vec!["*", "", path], false),
        (vec![], true),
    ] {
        let lines: Vec<_> = values.iter().map(|value| format!("directory = \"{value}\"\n")).collect();
        std::fs::write(home.join(".gitconfig"), format!("[safe]\n{}", lines.concat()))
            .expect("it is written");
        assert_eq!(refused(&[]), is_refused, "{values:?}");
        std::fs::remove_file(home.join(".gitconfig")).expect("it is there");
        // The same by the environment, in both of git's ways.
        let count = values.len().to_string();
        let rows: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(at, value)| (format!("GIT_CONFIG_KEY_{at}"), format!("GIT_CONFIG_VALUE_{at}"), *value))
            .collect();
        let mut counted = vec![("GIT_CONFIG_COUNT", count.as_str())];
        for (key, name, value) in &rows {
            counted.extend([(key.as_str(), "safe.directory"), (name.as_str(), *value)]);
        }
        assert_eq!(refused(&counted), is_refused, "{counted:?}");
        let given: Vec<_> = values.iter().map(|value| format!("'safe.directory'='{value}' ")).collect();
        assert_eq!(refused(&[("GIT_CONFIG_PARAMETERS", &given.concat())]), is_refused, "{given:?}");
    }
}
