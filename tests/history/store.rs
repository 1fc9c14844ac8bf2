//! Every object of a repository, whole, as libgit2 reads it, or git if ids are SHA-256.

use git2::{ObjectType, Odb};
use keydredge::model::ObjectId;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many objects a thread takes at a time.
const STRETCH: usize = 512;

/// An object's type, in the order in which coverage counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Blob,
    Tree,
    Commit,
    Tag,
}

/// `git` in a repository, without the user's configuration.
pub(crate) fn git(repository: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    // A partial clone would fetch what it lacks.
    command.env("GIT_NO_LAZY_FETCH", "1").arg("-C").arg(repository).args(arguments);
    command
}

/// What git prints.
pub(crate) fn output(mut command: Command) -> Vec<u8> {
    let output = command.stderr(Stdio::null()).output().expect("git is installed");
    assert!(output.status.success(), "{command:?} fails");
    output.stdout
}

/// Gives each object once to `take`, from several threads.
pub(crate) fn each(repository: &Path, take: &(dyn Fn(ObjectId, Kind, &[u8]) + Sync)) {
    let list = ["cat-file", "--batch-all-objects", "--unordered"];
    let check = git(repository, &[list[0], list[1], list[2], "--batch-check=%(objectname)"]);
    let names = String::from_utf8(output(check)).expect("ids are text");
    // In the order of the pack, in which bases are near what is made from them.
    let mut ids: Vec<ObjectId> = names.lines().filter_map(ObjectId::from_hex).collect();
    if ids.first().is_none_or(|id| id.as_bytes().len() != 20) {
        return through_git(git(repository, &[list[0], list[1], list[2], "--batch"]), take);
    }
    let directory = PathBuf::from(
        String::from_utf8(output(git(repository, &["rev-parse", "--git-path", "objects"])))
            .expect("a path is text")
            .trim_end(),
    );
    let directory = repository.join(directory);
    let open = || {
        let odb = Odb::new().expect("libgit2 makes an empty store");
        odb.add_disk_alternate(directory.to_str().expect("the path is text"))
            .expect("libgit2 opens the store");
        odb
    };
    let mut listed = Vec::with_capacity(ids.len());
    open()
        .foreach(|id| {
            listed.extend(ObjectId::from_bytes(id.as_bytes()));
            true
        })
        .expect("libgit2 lists the store");
    listed.sort_unstable();
    listed.dedup();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert!(listed == sorted, "libgit2 and git list other objects");
    ids.dedup();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let odb = open();
                loop {
                    let from = next.fetch_add(STRETCH, Ordering::Relaxed).min(ids.len());
                    for &id in &ids[from..ids.len().min(from + STRETCH)] {
                        let oid = git2::Oid::from_bytes(id.as_bytes()).expect("the id is SHA-1");
                        let object = odb.read(oid).expect("libgit2 reads what it lists");
                        let kind = match object.kind() {
                            ObjectType::Blob => Kind::Blob,
                            ObjectType::Tree => Kind::Tree,
                            ObjectType::Commit => Kind::Commit,
                            ObjectType::Tag => Kind::Tag,
                            ObjectType::Any => panic!("{id} is of no type"),
                        };
                        take(id, kind, object.data());
                    }
                    if from == ids.len() {
                        return;
                    }
                }
            });
        }
    });
}

fn through_git(mut command: Command, take: &(dyn Fn(ObjectId, Kind, &[u8]) + Sync)) {
    let mut git = command.stdout(Stdio::piped()).spawn().expect("git is installed");
    let mut objects = BufReader::new(git.stdout.take().expect("standard output is a pipe"));
    let (mut head, mut bytes) = (String::new(), Vec::new());
    while objects.read_line(&mut head).expect("git's output can be read") > 0 {
        let words: Vec<&str> = head.split_whitespace().collect();
        let id = ObjectId::from_hex(words[0]).expect("a head starts with an id");
        let kind = match words[1] {
            "blob" => Kind::Blob,
            "tree" => Kind::Tree,
            "commit" => Kind::Commit,
            _ => Kind::Tag,
        };
        bytes.resize(words[2].parse::<usize>().expect("a head ends with a size") + 1, 0);
        objects.read_exact(&mut bytes).expect("an object is as long as its head says");
        take(id, kind, &bytes[..bytes.len() - 1]);
        head.clear();
    }
    assert!(git.wait().expect("git ends").success());
}
