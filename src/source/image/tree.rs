//! The paths of a layer: what it brings, and what of the layers below it hides.
//!
//! # Design
//!
//! A path is asked for only if a secret was found there, but which one that will be is known only in the end. So of every
//! path a hash is kept, keyed at random: nobody can make two paths with the same one.
//!
//! Source: the OCI image specification, "Image Layer Filesystem Changeset".

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Before the name of what a layer removes.
const WHITEOUT: &str = ".wh.";

/// The name of the entry that hides all that is in its folder in the layers below.
const OPAQUE: &str = ".wh..wh..opq";

/// Something that is no folder.
const IS_FILE: u8 = 1;
const IS_FOLDER: u8 = 2;
/// The layers below have it no longer.
const IS_GONE: u8 = 4;
/// A folder of which the layers below have nothing.
const IS_OPAQUE: u8 = 8;

/// The most hard links of a layer that are kept.
const MOST_LINKS: usize = 100_000;

/// The paths of a layer.
#[derive(Debug, Default)]
pub(super) struct LayerTree {
    keys: RandomState,
    entries: HashMap<u64, u8>,
    /// Hard links: what each is another name of.
    links: Vec<HardLink>,
}

/// A hard link.
#[derive(Debug)]
pub(super) struct HardLink {
    pub(super) path: String,
    pub(super) target: String,
}

/// What an entry of this name does to the layers below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whiteout<'p> {
    /// Nothing: it is an entry like any other.
    None,
    /// It hides this path.
    Path(&'p str, &'p str),
    /// It hides all that is in this folder.
    Within(&'p str),
}

/// What the entry at `path` does to the layers below.
pub(super) fn whiteout(path: &str) -> Whiteout<'_> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.strip_prefix(WHITEOUT) {
        None | Some("") => Whiteout::None,
        Some(_) if name == OPAQUE => Whiteout::Within(folder),
        // What AUFS notes for itself.
        Some(rest) if rest.starts_with(WHITEOUT) => Whiteout::None,
        Some(rest) => Whiteout::Path(folder, rest),
    }
}

/// A path without `.` and empty parts, and whether it leads out of the image: what does so begins at its root instead.
pub(super) fn cleaned(path: &str) -> (String, bool) {
    let (mut parts, mut is_outside): (Vec<&str>, bool) = (Vec::new(), false);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => is_outside |= parts.pop().is_none(),
            part => parts.push(part),
        }
    }
    (parts.join("/"), is_outside)
}

impl LayerTree {
    fn add(&mut self, path: &str, is: u8) {
        *self.entries.entry(self.keys.hash_one(path)).or_default() |= is;
    }

    fn at(&self, path: &str) -> u8 {
        self.entries.get(&self.keys.hash_one(path)).copied().unwrap_or_default()
    }

    /// Adds the entry at `path`.
    pub(super) fn add_entry(&mut self, path: &str, is_folder: bool) {
        match whiteout(path) {
            Whiteout::None => self.add(path, if is_folder { IS_FOLDER } else { IS_FILE }),
            Whiteout::Path(folder, name) => {
                let whole = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                self.add(&whole, IS_GONE);
            }
            Whiteout::Within(folder) => self.add(folder, IS_OPAQUE),
        }
    }

    /// Adds a hard link; false if there are too many.
    pub(super) fn add_link(&mut self, path: &str, target: &str) -> bool {
        let has_room = self.links.len() < MOST_LINKS;
        if has_room {
            self.links.push(HardLink { path: path.to_owned(), target: target.to_owned() });
        }
        has_room
    }

    /// The hard links.
    pub(super) fn links(&self) -> &[HardLink] {
        &self.links
    }

    /// True if it has a folder there.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.at(path) & IS_FOLDER != 0
    }

    /// True if it has a file there.
    pub(super) fn is_file(&self, path: &str) -> bool {
        self.at(path) & IS_FILE != 0
    }

    /// True if what is at `path` in the layers below is not seen through this one: it is removed or replaced.
    pub(super) fn hides(&self, path: &str, is_folder: bool) -> bool {
        let own = self.at(path);
        if own & (IS_FILE | IS_GONE) != 0 || own & IS_FOLDER != 0 && !is_folder {
            return true;
        }
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        self.at("") & IS_OPAQUE != 0
            || above.into_iter().any(|above| self.at(above) & (IS_FILE | IS_GONE | IS_OPAQUE) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_hides_what_it_removes_or_replaces_and_nothing_else() {
        let of = |paths: &[&str]| {
            let mut tree = LayerTree::default();
            paths.iter().for_each(|path| tree.add_entry(path.trim_end_matches('/'), path.ends_with('/')));
            tree
        };
        let table: &[(&[&str], &str, bool)] = &[
            (&[], "a/b", false),
            (&["a/", "a/c"], "a/b", false),
            (&["a/b"], "a/b", true),
            (&["a/b/"], "a/b", true),
            (&["a"], "a/b", true),
            (&["a/.wh.b"], "a/b", true),
            (&["a/.wh.b"], "a/bc", false),
            (&[".wh.a"], "a/b/c", true),
            (&["a/.wh..wh..opq"], "a/b/c", true),
            (&["a/.wh..wh..opq"], "ab", false),
            (&[".wh..wh..opq"], "x", true),
            // What AUFS notes for itself hides nothing.
            (&[".wh..wh.plnk/"], "x", false),
        ];
        for (paths, path, is_hidden) in table {
            assert_eq!(of(paths).hides(path, false), *is_hidden, "{paths:?} {path}");
        }
        assert!(!of(&["a/"]).hides("a", true));
    }

    #[test]
    fn a_path_that_leads_out_begins_at_the_root() {
        let table = [
            ("./a//b/.", "a/b", false),
            ("/a/../b", "b", false),
            ("../../etc/x", "etc/x", true),
            ("a/../../b", "b", true),
            ("", "", false),
        ];
        for (path, clean, is_outside) in table {
            assert_eq!(cleaned(path), (clean.to_owned(), is_outside), "{path}");
        }
    }
}
