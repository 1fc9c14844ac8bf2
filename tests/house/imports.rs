//! What each file of `src/` names from which other file, as the compiler would see it: `use` trees, paths in code, and
//! paths in the arguments of macros.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A path in the crate, its first name that of a module at the top of `src/`.
type Name = Vec<String>;

/// A file of `src/`.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The module that it is.
    module: Name,
    /// What it names of the crate, except in its unit tests and in re-exports.
    pub(crate) names: BTreeSet<Name>,
    /// What it imports, by the name in this file: elsewhere `super::Name` refers to it.
    imports: BTreeMap<String, Name>,
}

/// The files of `src/`.
#[derive(Debug)]
pub(crate) struct SourceTree {
    /// By path.
    pub(crate) files: BTreeMap<PathBuf, File>,
    by_module: BTreeMap<Name, PathBuf>,
}

impl SourceTree {
    /// Reads all of them.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        super::sources(&root, &mut paths);
        let mut files = BTreeMap::new();
        for path in paths {
            let text = fs::read_to_string(&path).expect("a source file can be read");
            let module = module(path.strip_prefix(&root).expect("it is in src"));
            files.insert(path, File::parse(module, &text));
        }
        let by_module = files.iter().map(|(path, file)| (file.module.clone(), path.clone())).collect();
        Self { files, by_module }
    }

    /// The file that defines what `name` names, through re-exports.
    fn file_of(&self, name: &[String]) -> Option<&PathBuf> {
        self.follow(name, 0)
    }

    fn follow(&self, name: &[String], depth: usize) -> Option<&PathBuf> {
        let (at, path) =
            (0..=name.len()).rev().find_map(|end| Some((end, self.by_module.get(&name[..end])?)))?;
        if let Some(next) = name.get(at).filter(|_| depth < 8)
            && let Some(real) = self.files[path].imports.get(next)
        {
            let whole: Name = real.iter().chain(&name[at + 1..]).cloned().collect();
            return self.follow(&whole, depth + 1);
        }
        Some(path)
    }

    /// The import cycles among files of one room: groups in which each file reaches each other one. Each is sorted, as
    /// paths in `src/`.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut edges: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = BTreeMap::new();
        for (path, file) in self.files.iter().filter(|(path, _)| !super::is_test(path)) {
            let others = file.names.iter().filter(|name| name.first() == file.module.first());
            let others = others.filter_map(|name| self.file_of(name)).filter(|other| *other != path);
            let parent = &file.module[..file.module.len().saturating_sub(1)];
            // What a folder shares is in its `mod.rs`.
            let others = others.filter(|other| self.files[*other].module != parent);
            edges.insert(path, others.collect());
        }
        let reach = |from: &PathBuf| {
            let (mut seen, mut pending) = (BTreeSet::new(), vec![from]);
            while let Some(at) = pending.pop() {
                for &next in edges.get(at).into_iter().flatten() {
                    if seen.insert(next) {
                        pending.push(next);
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
            edges.keys().map(|&path| (path, reach(path))).collect();
        let mut circles = BTreeSet::new();
        for (path, others) in &reached {
            if others.contains(path) {
                let circle =
                    others.iter().filter(|other| reached.get(*other).is_some_and(|back| back.contains(path)));
                let name = |path: &PathBuf| {
                    path.strip_prefix(&root).unwrap_or(path).display().to_string().replace('\\', "/")
                };
                circles.insert(circle.map(|path| name(path)).collect::<Vec<_>>());
            }
        }
        circles.into_iter().collect()
    }
}

/// The module that a file of `src/` is.
fn module(path: &Path) -> Name {
    let mut name: Name =
        path.iter().map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned()).collect();
    if name.last().is_some_and(|last| last == "mod" || last == "lib") {
        name.pop();
    }
    name
}

impl File {
    fn parse(module: Name, text: &str) -> Self {
        let parsed = syn::parse_file(text).expect("a source file compiles");
        let mut reader = Reader { at: module.clone(), file: Self { module, ..Self::default() } };
        parsed.items.iter().for_each(|item| reader.visit_item(item));
        reader.file
    }
}

struct Reader {
    /// The present module: the file's, or one within it.
    at: Name,
    file: File,
}

impl Reader {
    /// A path from here as one from the top of the crate; `None` if it is outside the crate, or starts with a name that
    /// is no module's.
    fn resolve(&self, path: &[String]) -> Option<Name> {
        let mut base = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => self.at.clone(),
            "super" => self.at[..self.at.len().checked_sub(1)?].to_vec(),
            _ => return None,
        };
        let mut rest = &path[1..];
        while let Some(("super", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
            base.pop();
            rest = after;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn use_tree(&mut self, tree: &UseTree, before: &[String], is_re_export: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident), is_re_export),
            UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.use_tree(item, before, is_re_export));
            }
            UseTree::Name(name) if name.ident == "self" => {
                let known_as = before.last().cloned().unwrap_or_default();
                self.import(before, &known_as, is_re_export);
            }
            UseTree::Name(name) => self.import(&with(&name.ident), &name.ident.to_string(), is_re_export),
            UseTree::Rename(name) => self.import(&with(&name.ident), &name.rename.to_string(), is_re_export),
            UseTree::Glob(_) => self.import(before, "", is_re_export),
        }
    }

    fn import(&mut self, path: &[String], known_as: &str, is_re_export: bool) {
        // A path that starts with a child module of this one.
        let child = || [&self.at[..], path].concat();
        let name = self.resolve(path).unwrap_or_else(child);
        if self.at == self.file.module && !known_as.is_empty() {
            self.file.imports.insert(known_as.to_owned(), name.clone());
        }
        if !is_re_export {
            self.file.names.insert(name);
        }
    }

    fn is_test(attributes: &[Attribute]) -> bool {
        attributes.iter().any(|attribute| {
            let is_cfg = attribute.path().is_ident("cfg");
            is_cfg && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        })
    }
}

impl<'ast> Visit<'ast> for Reader {
    /// `pub(in crate::room)` names who may see something, and imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if Self::is_test(attributes) {
            return;
        }
        match item {
            Item::Use(item) => {
                let is_re_export = !matches!(item.vis, Visibility::Inherited);
                self.use_tree(&item.tree, &[], is_re_export);
            }
            Item::Mod(item) => {
                self.at.push(item.ident.to_string());
                visit::visit_item_mod(self, item);
                self.at.pop();
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let named = self.resolve(&names).or_else(|| {
            // `module::name`, if the module is this one's own.
            (names.len() > 1 && !self.file.imports.contains_key(&names[0]))
                .then(|| [&self.at[..], &names].concat())
        });
        self.file.names.extend(named);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, one: &'ast syn::Macro) {
        let text = one.tokens.to_string().replace(' ', "");
        for start in ["crate::", "super::"] {
            for (at, _) in text.match_indices(start) {
                let path = text[at..]
                    .split(|next: char| !next.is_ascii_alphanumeric() && next != '_' && next != ':')
                    .next();
                let names: Vec<String> = path.unwrap_or_default().split("::").map(str::to_owned).collect();
                let named = self.resolve(&names);
                self.file.names.extend(named);
            }
        }
        visit::visit_macro(self, one);
    }
}

#[test]
fn paths_are_seen_however_they_are_written() {
    const TEXTS: &[(&str, &[&str])] = &[
        ("use crate::{config, scan::{Scanner, self}};", &["config", "scan", "scan::Scanner"]),
        ("use crate::git::Error as GitError;", &["git::Error"]),
        ("fn f() { crate::cache::open(); }", &["cache::open"]),
        ("fn f() { print!(\"{}\", crate::cache::NAME); }", &["cache::NAME"]),
        ("fn f(one: super::super::model::Found) {}", &["model::Found"]),
        ("mod inner { use super::super::report; }", &["room::report"]),
        ("#[cfg(test)] mod tests { use crate::findings; }", &[]),
        ("pub use crate::findings::Mask;", &[]),
        ("pub(in crate::scan) fn f() {}", &[]),
        ("/// [`crate::findings`]\nconst TEXT: &str = \"crate::report\";", &[]),
    ];
    for (text, expected) in TEXTS {
        let file = File::parse(vec!["room".to_owned(), "file".to_owned()], text);
        let rooms = ["config", "scan", "git", "cache", "model", "report", "findings", "room"];
        let named = file.names.iter().filter(|name| rooms.contains(&name[0].as_str()));
        let named: BTreeSet<String> =
            named.map(|name| name.join("::")).filter(|name| !name.starts_with("room::file")).collect();
        assert_eq!(named, expected.iter().map(|name| (*name).to_owned()).collect(), "{text}");
    }
}
