//! The paths at which the index has blobs: what is in no commit's tree may be about to be committed.

use crate::git::Repository;
use crate::git::index::{Index, Location};
use crate::model::ObjectId;
use std::collections::{BTreeSet, HashMap};

/// The paths at which the index has the blobs `wanted`, the first of each. An index that cannot be read has none:
/// it is not what is scanned here.
pub(super) fn staged(repository: &Repository, wanted: &BTreeSet<ObjectId>) -> HashMap<ObjectId, Vec<u8>> {
    let mut paths = HashMap::new();
    if wanted.is_empty() {
        return paths;
    }
    for git_dir in repository.index_dirs() {
        let location = Location { file: git_dir.join("index"), git_dir, id_len: repository.width };
        let Ok(index) = Index::load(&location) else { continue };
        for entry in index.entries().iter().filter(|entry| wanted.contains(&entry.id)) {
            if !entry.is_submodule() && !entry.is_sparse_directory() {
                paths.entry(entry.id).or_insert_with(|| index.path(entry).to_vec());
            }
        }
    }
    paths
}
