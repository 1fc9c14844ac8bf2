//! Changes of files, and the patches that make them: one after the other, each on top of the ones before.

use super::rewrite::Edit;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A file that is changed.
#[derive(Debug)]
struct ChangedFile {
    /// `None` if there is no such file.
    before: Option<String>,
    /// In the text as it is now; no two overlap.
    edits: Vec<Edit>,
    /// The text after the batches so far.
    done: Option<String>,
}

impl ChangedFile {
    fn text(&self) -> String {
        let text = self.before.as_deref().unwrap_or_default();
        let mut edits: Vec<&Edit> = self.edits.iter().collect();
        // Insertions at the same place stay in their order.
        edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for edit in edits {
            out.push_str(&text[from..edit.at.start]);
            out.push_str(&edit.with);
            from = edit.at.end;
        }
        out.push_str(&text[from..]);
        out
    }
}

/// True if one of the edits changes what the other changes.
fn collide(one: &Edit, other: &Edit) -> bool {
    if one.at.is_empty() && other.at.is_empty() {
        return false;
    }
    if one.at.is_empty() || other.at.is_empty() {
        let (point, range) = if one.at.is_empty() { (one.at, other.at) } else { (other.at, one.at) };
        return range.start < point.start && point.start < range.end;
    }
    one.at.overlaps(other.at)
}

/// The changes of a plan.
#[derive(Debug, Default)]
pub(super) struct ChangeSet {
    files: BTreeMap<String, ChangedFile>,
}

impl ChangeSet {
    /// Adds edits to the file at `path`, whose text is `text`; false, and nothing is added, if they collide with earlier ones.
    pub(super) fn add(&mut self, path: &str, text: Option<&str>, edits: Vec<Edit>) -> bool {
        let empty = || ChangedFile {
            before: text.map(str::to_owned),
            edits: Vec::new(),
            done: text.map(str::to_owned),
        };
        let file = self.files.entry(path.to_owned()).or_insert_with(empty);
        let new: Vec<Edit> = edits.into_iter().filter(|edit| !file.edits.contains(edit)).collect();
        if new.iter().any(|edit| file.edits.iter().any(|known| collide(edit, known))) {
            return false;
        }
        file.edits.extend(new);
        true
    }

    /// The patch from the state after the last call to now, with the paths that it changes. Empty if nothing changed.
    pub(super) fn patch(&mut self) -> String {
        let mut out = String::new();
        for (path, file) in &mut self.files {
            let now = file.text();
            if file.done.as_deref() == Some(now.as_str()) {
                continue;
            }
            let (old, new) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
            let _infallible = writeln!(out, "diff --git {old} {new}");
            let before = file.done.take();
            if before.is_none() {
                out.push_str("new file mode 100644\n");
            }
            let old = if before.is_some() { old } else { "/dev/null".to_owned() };
            let diff = TextDiff::from_lines(before.as_deref().unwrap_or_default(), &now);
            let mut unified = diff.unified_diff();
            let _infallible = write!(out, "{}", unified.context_radius(3).header(&named(&old), &named(&new)));
            file.done = Some(now);
        }
        out
    }
}

/// A name as git writes it where a blank would end it.
fn named(name: &str) -> String {
    if name.contains(' ') && !name.starts_with('"') { format!("{name}\t") } else { name.to_owned() }
}

/// A name between quotes if it has what needs them, as git writes it.
fn quoted(name: &str) -> String {
    if !name.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\' || byte >= 0x7f) {
        return name.to_owned();
    }
    let mut out = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x20..0x7f => out.push(char::from(byte)),
            _ => {
                let _infallible = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}
