//! The files that a commit has beside one of its files: what belongs to a secret of a history may be there.

use crate::git::object::{ObjectKind, TreeEntry};
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::git::{Access, Error, Repository};
use crate::model::ObjectId;
use std::path::Path;

/// The most files of a folder that are read.
const MOST: usize = 64;

/// The files of a repository's commits.
pub(crate) struct CommitFiles {
    objects: ObjectReader,
}

impl CommitFiles {
    /// Those of the repository that `dir` is in, or is.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let repository = Repository::open(dir, Access { environment: false, owner: true })?;
        Ok(Self { objects: ObjectReader::new(&repository) })
    }

    /// The bytes of a blob.
    pub(crate) fn blob(&self, id: ObjectId) -> Option<Vec<u8>> {
        self.read(id, ObjectKind::Blob)
    }

    /// The files whose names are wanted in the folder of `path`, with their paths, as the commit has them. What cannot be read is
    /// left out.
    pub(crate) fn beside(
        &self,
        commit: ObjectId,
        path: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Vec<(String, Vec<u8>)> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Some(tree) = self.folder(commit, folder) else { return Vec::new() };
        let named = self.entries(&tree).into_iter().filter_map(|(name, id)| {
            let name = String::from_utf8(name).ok().filter(|name| is_wanted(name))?;
            Some((if folder.is_empty() { name } else { format!("{folder}/{name}") }, id))
        });
        named.take(MOST).filter_map(|(path, id)| Some((path, self.blob(id)?))).collect()
    }

    /// The tree of a folder of a commit.
    fn folder(&self, commit: ObjectId, folder: &str) -> Option<Vec<u8>> {
        let commit = self.read(commit, ObjectKind::Commit)?;
        let line = commit.strip_prefix(b"tree ")?.split(|&byte| byte == b'\n').next()?;
        let mut tree = self.read(ObjectId::from_hex(std::str::from_utf8(line).ok()?)?, ObjectKind::Tree)?;
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let (_, id) = self.entries(&tree).into_iter().find(|(name, _)| name == part.as_bytes())?;
            tree = self.read(id, ObjectKind::Tree)?;
        }
        Some(tree)
    }

    /// Names and ids of a tree, to the first that cannot be read.
    fn entries(&self, tree: &[u8]) -> Vec<(Vec<u8>, ObjectId)> {
        let (mut start, mut entries) = (0, Vec::new());
        while let Some(entry) =
            TreeEntry::parse(tree, start, self.objects.width()).filter(|_| start < tree.len())
        {
            start = entry.end;
            entries.extend(ObjectId::from_bytes(entry.id).map(|id| (entry.name.to_vec(), id)));
        }
        entries
    }

    fn read(&self, id: ObjectId, wanted: ObjectKind) -> Option<Vec<u8>> {
        match self.objects.read(id) {
            Read::Whole(kind, bytes) if kind == wanted => Some(bytes),
            _ => None,
        }
    }
}
