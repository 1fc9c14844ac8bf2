//! The same over real files, where a directory of them is at hand.

use super::brute::{Brute, Spot};
use keydredge::model::Piece;
use keydredge::rules::Catalogue;
use keydredge::scan::{Scanner, Scratch};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files under the directory that `KEYDREDGE_ORACLE_DIR` names.
fn files() -> Vec<PathBuf> {
    let root = std::env::var_os("KEYDREDGE_ORACLE_DIR").expect("KEYDREDGE_ORACLE_DIR names a directory");
    let mut files = Vec::new();
    collect(Path::new(&root), &mut files);
    files
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}
