//! The repositories in a folder, and how large they are.

use super::list::absolute;
use crate::git::{Access, Repository};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How deep folders are looked into.
const DEEPEST: usize = 64;

/// Adds the repositories at and below `folder` to `found`: work trees and bare ones. Links are not followed. What is below
/// a work tree is looked into too, since a folder that it ignores may be a repository of its own. A folder that cannot be
/// read is in `unread`, with the reason.
pub(crate) fn discover(folder: &Path, found: &mut Vec<PathBuf>, unread: &mut Vec<(PathBuf, String)>) {
    below(folder, 0, found, unread);
}

fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>, unread: &mut Vec<(PathBuf, String)>) {
    if is_git_dir(folder) {
        found.push(folder.to_owned());
        return;
    }
    if folder.join(".git").symlink_metadata().is_ok() {
        found.push(folder.to_owned());
    }
    if depth == DEEPEST {
        unread.push((folder.to_owned(), "the folders are nested too deep".to_owned()));
        return;
    }
    match folders(folder) {
        Ok(inside) => inside.iter().for_each(|one| below(one, depth + 1, found, unread)),
        Err(error) => unread.push((folder.to_owned(), error.to_string())),
    }
}

/// The folders in `folder` except `.git`, sorted.
fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut inside = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name() != ".git" {
            inside.push(entry.path());
        }
    }
    inside.sort();
    Ok(inside)
}

/// True for a bare repository or a git directory.
fn is_git_dir(folder: &Path) -> bool {
    folder.join("HEAD").symlink_metadata().is_ok()
        && folder.join("objects").is_dir()
        && folder.join("refs").is_dir()
}

/// The bytes of the objects of the repository at `path`, as they are stored; `None` if it cannot be read.
pub(crate) fn size(path: &Path) -> Option<u64> {
    let repository = Repository::open(path, Access::default()).ok()?;
    repository.stores.iter().map(|store| bytes_below(&absolute(store), 0).ok()).sum()
}

fn bytes_below(folder: &Path, depth: usize) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let seen = entry.metadata()?;
        if seen.is_dir() && depth < 2 {
            bytes += bytes_below(&entry.path(), depth + 1)?;
        } else if seen.is_file() {
            bytes += seen.len();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_found_wherever_they_are() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let root = folder.path();
        for made in ["b/bare.git/objects", "b/bare.git/refs", "tree/.git", "tree/ignored/own/.git", "none/x"]
        {
            fs::create_dir_all(root.join(made)).expect("folders can be made");
        }
        fs::write(root.join("b/bare.git/HEAD"), "ref: refs/heads/main\n").expect("a file can be made");
        let (mut found, mut unread) = (Vec::new(), Vec::new());
        discover(root, &mut found, &mut unread);
        let names: Vec<_> = found.iter().filter_map(|path| path.strip_prefix(root).ok()).collect();
        assert_eq!(names, ["b/bare.git", "tree", "tree/ignored/own"].map(Path::new));
        assert!(unread.is_empty());
        discover(&root.join("missing"), &mut found, &mut unread);
        assert_eq!(unread.len(), 1);
    }
}
