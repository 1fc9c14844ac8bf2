//! The names of findings, kept apart from what was found: they do not depend on the rules.

use super::BUILD;
use crate::cache::{Cache, Loaded};
use crate::findings::Names;
use crate::record::{Reader, Writer};

/// The one section of the file.
const SECTION: &str = "names";

/// The names that are known, and where they are kept.
#[derive(Debug, Default)]
pub(crate) struct FingerprintCache {
    /// The names.
    pub(crate) names: Names,
    cache: Option<(Cache, String)>,
}

impl FingerprintCache {
    /// The names that `cache` keeps.
    pub(super) fn open(cache: Cache) -> Self {
        let name = cache.name(&[b"names", BUILD.as_bytes()]);
        let names = match cache.load(&name) {
            Loaded::Sealed(_, sealed) => {
                sealed.section(SECTION).and_then(|bytes| Names::read(&mut Reader::new(&bytes)))
            }
            Loaded::Nothing | Loaded::Foreign(_) => None,
        };
        Self { names: names.unwrap_or_default(), cache: Some((cache, name)) }
    }

    /// True if what is learnt can be kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.cache.is_some()
    }

    /// Keeps the names, if there is one that was not known.
    pub(crate) fn keep(&self, mention: &dyn Fn(&str)) {
        let Some((cache, name)) = self.cache.as_ref().filter(|_| self.names.has_grown()) else { return };
        let mut out = Writer::default();
        self.names.write(&mut out);
        if let Err(error) = cache.save(name, &[(SECTION, out.finish())]) {
            mention(&format!("no names are kept for the next run: {error}"));
        }
    }
}
