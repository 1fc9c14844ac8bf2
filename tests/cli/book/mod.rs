//! The pages of docs/ and the README: what is generated is up to date, what is linked exists, what is shown runs.
//!
//! A block of shell is run, unless a comment before it says why it is not (`snippets`). The pages of commands and of
//! settings are made here: `WRITE_DOCS=1 cargo test --test cli book::` writes them anew.

mod flags;
mod links;
mod settings;
#[cfg(unix)]
mod snippets;

use std::fs;
use std::path::{Path, PathBuf};

/// The repository of keydredge.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of docs/, as paths in the repository, sorted.
fn pages() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("docs")).expect("there are pages");
    let names = folder.map(|entry| entry.expect("a folder can be read").file_name());
    let pages = names.map(|name| Path::new("docs").join(name));
    let mut pages: Vec<PathBuf> =
        pages.filter(|page| page.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

fn text_of(page: &Path) -> String {
    let text =
        fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    text.replace("\r\n", "\n")
}

/// Fails unless `page` is what was made; `WRITE_DOCS` writes it.
#[track_caller]
fn is_kept(page: &str, made: &str) {
    let path = root().join(page);
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, made).expect("a page can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        made == kept,
        "{page} is not up to date. Write it anew: WRITE_DOCS=1 cargo test --test cli book::"
    );
}

/// Text as a cell of a table, or as a paragraph: what Markdown would take for its own is escaped, except in code.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number > 0 {
            cell.push('`');
        }
        let part = part.replace('|', "\\|");
        let is_code = number % 2 == 1;
        cell.push_str(&if is_code { part } else { part.replace('<', "&lt;").replace('*', "\\*") });
    }
    let paragraphs = cell.split("\n\n").map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("<br>")
}
