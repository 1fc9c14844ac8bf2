//! The objects of a store: which there are, and their bytes, through libgit2.
//!
//! libgit2 rebuilds each object from its whole chain of deltas, so objects are read in the order in which the packs
//! hold them, where the bases it remembers are most often those it needs next.

use super::error::Error;
use super::repository::Repository;
use super::table::{Index, Table};
use super::visitor::{KindSet, Object, ObjectKind, Visitor};
use crate::model::ObjectId;
use git2::{ObjectType, Odb, Oid};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many objects a thread takes at a time: neighbours in a pack share bases.
const STRETCH: usize = 512;

/// The objects of a repository's stores.
#[derive(Debug)]
pub(super) struct Objects {
    /// Their ids, and what is known of their kinds.
    pub(super) table: Table,
    /// What could not even be listed, with the reason.
    pub(super) unlisted: Vec<(String, &'static str)>,
    /// The order to read in.
    order: Vec<Index>,
    /// The first object directory, from which libgit2 finds the others.
    store: String,
}

impl Objects {
    /// Lists the objects of `repository`.
    pub(super) fn list(repository: &Repository) -> Result<Self, Error> {
        let path = &repository.stores[0];
        let wrong = |source| Error::Store { path: path.clone(), source };
        if repository.width != 20 {
            let extension = "extensions.objectFormat = sha256".to_owned();
            return Err(Error::Extension { path: repository.common_dir.clone(), extension });
        }
        let store = path.to_str().ok_or_else(|| {
            wrong(git2::Error::from_str(
                "its name is not valid UTF-8, which libgit2 asks for; rename the directory",
            ))
        })?;
        let odb = open(store).map_err(wrong)?;
        let mut unlisted = Vec::new();
        let mut ids = Vec::new();
        let listed = odb.foreach(|id| {
            ids.extend(ObjectId::from_bytes(id.as_bytes()));
            true
        });
        if let Err(error) = listed {
            unlisted.push((format!("{}: {}", path.display(), error.message()), "corrupt pack index"));
        }
        for store in &repository.stores {
            unlisted.extend(unindexed(store));
        }
        for lost in &repository.lost_alternates {
            unlisted.push((lost.display().to_string(), "missing alternate"));
        }
        let table = Table::new(20, ids.clone()).ok_or_else(|| Error::TooMany { path: path.clone() })?;
        let mut seen = vec![false; table.len()];
        let order = ids.iter().filter_map(|id| {
            let index = table.find(id.as_bytes())?;
            (!std::mem::replace(&mut seen[index as usize], true)).then_some(index)
        });
        let order = order.collect();
        Ok(Self { table, unlisted, order, store: store.to_owned() })
    }

    /// Gives each object to `visitor` that is of one of `kinds`, or of a kind not known yet, and records its kind.
    /// Stops early once `stop` is true.
    pub(super) fn visit<V: Visitor>(&self, kinds: KindSet, visitor: &V, stop: &AtomicBool) {
        let next = AtomicUsize::new(0);
        let threads = rayon::current_num_threads().min(self.order.len() / STRETCH + 1);
        let work = || {
            let Ok(odb) = open(&self.store) else {
                return;
            };
            while !stop.load(Ordering::Relaxed) {
                let from = next.fetch_add(STRETCH, Ordering::Relaxed).min(self.order.len());
                if from == self.order.len() {
                    return;
                }
                for &index in &self.order[from..self.order.len().min(from + STRETCH)] {
                    self.visit_one(&odb, index, kinds, visitor);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        // No thread could open the store that stood open when it was listed: nothing of it was read.
        if next.load(Ordering::Relaxed) == 0 && !stop.load(Ordering::Relaxed) {
            visitor.unread(None, "object store gone");
        }
    }

    fn visit_one<V: Visitor>(&self, odb: &Odb<'_>, index: Index, kinds: KindSet, visitor: &V) {
        if self.table.kind(index).is_some_and(|kind| !kinds.contains(kind)) {
            return;
        }
        let id = self.table.id(index);
        match read(odb, id) {
            Some((kind, object)) => {
                self.table.set_kind(index, kind);
                if kinds.contains(kind) {
                    visitor.whole(Object { id, kind, bytes: object.data() });
                }
            }
            None => visitor.unread(Some(id), "corrupt object"),
        }
    }

    /// One object's kind and bytes; `None` where the store lacks it or it is corrupt.
    pub(super) fn read(&self, id: ObjectId) -> Option<(ObjectKind, Vec<u8>)> {
        let odb = open(&self.store).ok()?;
        let (kind, object) = read(&odb, id)?;
        Some((kind, object.data().to_vec()))
    }
}

/// Opens the objects at `store` and its alternates, without the repository around them, whose extensions libgit2
/// might refuse.
fn open(store: &str) -> Result<Odb<'static>, git2::Error> {
    let odb = Odb::new()?;
    odb.add_disk_alternate(store)?;
    Ok(odb)
}

fn read<'a>(odb: &'a Odb<'_>, id: ObjectId) -> Option<(ObjectKind, git2::OdbObject<'a>)> {
    let object = odb.read(Oid::from_bytes(id.as_bytes()).ok()?).ok()?;
    let kind = match object.kind() {
        ObjectType::Commit => ObjectKind::Commit,
        ObjectType::Tree => ObjectKind::Tree,
        ObjectType::Blob => ObjectKind::Blob,
        ObjectType::Tag => ObjectKind::Tag,
        ObjectType::Any => return None,
    };
    Some((kind, object))
}

/// Packs without an index: their objects have no names, so that nothing can list them.
fn unindexed(store: &Path) -> Vec<(String, &'static str)> {
    let Ok(entries) = fs::read_dir(store.join("pack")) else { return Vec::new() };
    let names: BTreeSet<_> = entries.flatten().map(|entry| entry.path()).collect();
    let packs = names.iter().filter(|path| {
        let is_pack = path.extension().is_some_and(|kind| kind == "pack");
        let named = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"pack-"));
        is_pack && named && !names.contains(&path.with_extension("idx"))
    });
    packs.map(|path| (path.display().to_string(), "pack without an index")).collect()
}
