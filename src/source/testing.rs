//! What the tests of this stage share: repositories made by git, and a sink that keeps what it is given.

pub(super) use crate::git::testing::{Repo, git_command, git_in};
use crate::model::Blob;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A sink that keeps, by path, the whole text that was given.
#[derive(Default)]
pub(super) struct GivenTexts(Mutex<BTreeMap<String, Vec<u8>>>);

impl GivenTexts {
    /// Takes a blob; the fresh parts of pieces are joined. Names are no text of their own.
    pub(super) fn take(&self, blob: &Blob<'_>) {
        if blob.place.kind().is_name() {
            return;
        }
        let path = blob.place.path.as_deref().unwrap_or("-").to_owned();
        let mut given = self.0.lock().expect("no thread panicked");
        let text = given.entry(path.clone()).or_default();
        assert!(blob.piece.offset != 0 || text.is_empty(), "{path} was given twice");
        text.extend_from_slice(&blob.piece.bytes[blob.piece.fresh.clone()]);
    }

    /// The paths that were given, sorted.
    pub(super) fn paths(&self) -> Vec<String> {
        self.0.lock().expect("no thread panicked").keys().cloned().collect()
    }

    /// The text at a path, as a string.
    pub(super) fn text(&self, path: &str) -> String {
        let given = self.0.lock().expect("no thread panicked");
        String::from_utf8_lossy(given.get(path).expect("the path was given")).into_owned()
    }
}
