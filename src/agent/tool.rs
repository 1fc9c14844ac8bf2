//! What a tool's input contains: new text, files that are read, commands.
//!
//! # Design
//!
//! Tools are recognised by the keys of their input more than by their names: names differ from assistant to assistant,
//! and anybody may add tools. A command counts as one under whatever name. What is not understood is looked at as it
//! is, string by string.

use super::seen::{EventText, FileRead, Seen};
use super::shell;
use serde_json::{Map, Value};

/// Keys of a path.
const PATHS: &[&str] = &[
    "file_path",
    "filePath",
    "filepath",
    "file",
    "filename",
    "path",
    "absolute_path",
    "absolutePath",
    "AbsolutePath",
    "target_file",
    "TargetFile",
    "notebook_path",
    "notebookPath",
    "relative_workspace_path",
    "uri",
    "paths",
    "file_paths",
    "filePaths",
    "files",
];

/// Keys of a command.
const COMMANDS: &[&str] =
    &["command", "command_line", "commandLine", "CommandLine", "cmd", "script", "shell_command", "commands"];

/// Keys of the folder that a command runs in.
const FOLDERS: &[&str] =
    &["workdir", "cwd", "dir_path", "directory", "working_directory", "workingDirectory", "Cwd"];

/// Keys of a whole new text.
const CONTENTS: &[&str] = &[
    "content",
    "contents",
    "file_text",
    "fileText",
    "CodeContent",
    "code_edit",
    "codeEdit",
    "new_source",
    "newSource",
    "insert_text",
    "insertText",
];

/// Keys of the new text of an edit.
const NEW: &[&str] = &[
    "new_string",
    "newString",
    "new_str",
    "newStr",
    "new_text",
    "newText",
    "ReplacementContent",
    "replacement",
];

/// Keys of the text that an edit replaces.
const OLD: &[&str] =
    &["old_string", "oldString", "old_str", "oldStr", "old_text", "oldText", "TargetContent", "old_source"];

/// Keys in what an editing tool returns of what was there before, which the model does not get.
const BEFORE: &[&str] = &["originalFile", "original_file", "structuredPatch"];

/// Keys of a list of edits.
const EDITS: &[&str] = &["edits", "replacements", "ReplacementChunks"];

/// Keys of a patch in the format of `apply_patch`.
const PATCHES: &[&str] = &["patch", "input", "diff", "command"];

/// Words in the name of a tool that shows what a file contains.
const READING: &[&str] =
    &["read", "view", "cat", "open", "grep", "search", "load", "get", "fetch", "show", "head", "tail"];

/// Pairs of keys of the first and the last line that are read, from 1.
const RANGES: &[(&str, &str)] = &[
    ("startLine", "endLine"),
    ("start_line", "end_line"),
    ("StartLine", "EndLine"),
    ("line_start", "line_end"),
    ("start_line_one_indexed", "end_line_one_indexed_inclusive"),
];

/// Looks at the input of the tool `name`. `first_line` is the number of a file's first line in an `offset`.
pub(super) fn look(name: &str, input: &Value, first_line: u64) -> Seen {
    let mut seen = Seen::default();
    let mut rest = input.clone();
    if let Value::Object(rest) = &mut rest {
        take_edits(rest, &mut seen);
        take_command(rest, &mut seen);
        let is_writing = seen.texts.iter().any(|text| text.path.is_some() || text.old.is_some());
        if !is_writing && is_reading(name) {
            seen.reads.extend(reads(rest, first_line));
            if seen.reads.is_empty() && seen.texts.is_empty() && wants_path(name) {
                seen.problems.push(format!("the input of the tool `{name}` names no file"));
            }
        }
    } else if let Value::String(text) = &rest
        && let Some(patch) = patch(text)
    {
        seen.texts.extend(patch);
        return seen;
    }
    seen.texts.extend(every_string(&rest));
    seen
}

/// The input of a tool that runs a command; `None` if there is no command in it.
pub(super) fn command(input: &Value) -> Option<Seen> {
    let mut seen = Seen::default();
    let mut rest = input.as_object()?.clone();
    take_command(&mut rest, &mut seen).then_some(seen)
}

/// The input of a tool that reads a file; `None` if no file is named.
pub(super) fn read(input: &Value, first_line: u64) -> Option<Seen> {
    let reads = reads(input.as_object()?, first_line);
    (!reads.is_empty()).then(|| Seen { reads, ..Seen::default() })
}

/// The input of a tool that changes a file; `None` if there is no new text in it.
pub(super) fn edit(input: &Value) -> Option<Seen> {
    let mut seen = Seen::default();
    take_edits(&mut input.as_object()?.clone(), &mut seen).then_some(seen)
}

/// A file with its content, which is about to be read; the file itself if there is no content.
pub(super) fn content(input: &Value) -> Option<Seen> {
    let input = input.as_object()?;
    let path = path(input);
    match input.get("content") {
        Some(Value::String(text)) => {
            let texts = vec![EventText { path, text: text.clone(), old: None }];
            Some(Seen { texts, ..Seen::default() })
        }
        None | Some(Value::Null) => {
            let read = FileRead { path: shell::as_path(&path?), lines: None, is_guess: false };
            Some(Seen { reads: vec![read], ..Seen::default() })
        }
        Some(_) => None,
    }
}

/// The strings in a value: all of it as JSON, in which keys are beside values, and each string that JSON writes
/// differently, as it is.
pub(super) fn every_string(value: &Value) -> Vec<EventText> {
    let mut texts = Vec::new();
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => return texts,
        Value::Object(object) if object.is_empty() => return texts,
        Value::Array(list) if list.is_empty() => return texts,
        Value::String(text) => texts.push(EventText::plain(text)),
        Value::Object(_) | Value::Array(_) => {
            // JSON of a value that was JSON has no way to fail.
            let whole = serde_json::to_string_pretty(value).unwrap_or_default();
            texts.push(EventText::plain(whole));
            let mut pending = vec![value];
            while let Some(value) = pending.pop() {
                match value {
                    Value::Object(object) => pending.extend(object.values()),
                    Value::Array(list) => pending.extend(list),
                    Value::String(text) if text.contains(['\n', '"', '\\', '\t', '\r']) => {
                        texts.push(EventText::plain(text));
                    }
                    _ => {}
                }
            }
        }
    }
    texts
}

/// The strings in what a tool returned.
pub(super) fn output(value: &Value) -> Vec<EventText> {
    let mut value = value.clone();
    if let Value::Object(object) = &mut value {
        object.retain(|key, _| !BEFORE.contains(&key.as_str()) && !OLD.contains(&key.as_str()));
    }
    every_string(&value)
}

/// The paths in a value: a string, a list of them, or objects with a path.
pub(super) fn paths_within(value: &Value) -> Vec<String> {
    match value {
        Value::String(path) => vec![path.clone()],
        Value::Array(list) => list.iter().flat_map(paths_within).collect(),
        Value::Object(object) => path(object).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The first path in an object.
fn path(object: &Map<String, Value>) -> Option<String> {
    PATHS.iter().find_map(|key| object.get(*key)?.as_str()).map(str::to_owned)
}

/// Takes the new texts out of `rest`. Returns whether there was one.
fn take_edits(rest: &mut Map<String, Value>, seen: &mut Seen) -> bool {
    let path = path(rest);
    let before = seen.texts.len();
    let mut take = |object: &mut Map<String, Value>, default: Option<&String>| {
        let mut string = |keys: &[&str]| {
            let key = keys.iter().find(|key| object.get(**key).is_some_and(Value::is_string))?;
            object.remove(*key).and_then(|value| value.as_str().map(str::to_owned))
        };
        let (new, old) = (string(NEW), string(OLD));
        let path = PATHS.iter().find_map(|key| object.get(*key)?.as_str()).map(str::to_owned);
        // An edit that only takes away has nothing new in it.
        if let Some(text) = new {
            seen.texts.push(EventText { path: path.or_else(|| default.cloned()), text, old });
        }
    };
    for key in EDITS {
        if let Some(Value::Array(edits)) = rest.get_mut(*key) {
            for edit in edits.iter_mut().filter_map(Value::as_object_mut) {
                take(edit, path.as_ref());
            }
        }
    }
    take(rest, path.as_ref());
    // Without a path, a content is an argument like any other.
    if path.is_some() {
        for key in CONTENTS {
            if let Some(Value::String(text)) = rest.get(*key) {
                seen.texts.push(EventText { path: path.clone(), text: text.clone(), old: None });
                rest.remove(*key);
            }
        }
    }
    for key in PATCHES {
        let text = match rest.get(*key) {
            Some(Value::String(text)) => Some(text.clone()),
            // `["apply_patch", "*** Begin Patch…"]`.
            Some(Value::Array(words)) if words.first().and_then(Value::as_str) == Some("apply_patch") => {
                words.get(1).and_then(Value::as_str).map(str::to_owned)
            }
            _ => None,
        };
        if let Some(texts) = text.as_deref().and_then(patch) {
            seen.texts.extend(texts);
            rest.remove(*key);
        }
    }
    seen.texts.len() > before
}

/// Takes the commands out of `rest`. Returns whether there was one.
fn take_command(rest: &mut Map<String, Value>, seen: &mut Seen) -> bool {
    let before = seen.texts.len();
    for key in COMMANDS {
        let Some(value) = rest.get(*key) else { continue };
        let words: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        let text = words.join(" ");
        let found = match value {
            Value::String(_) => shell::files(&text),
            _ => shell::files_of_words(&words),
        };
        match found {
            Ok(reads) => {
                let folder = FOLDERS.iter().find_map(|key| rest.get(*key)?.as_str()).map(shell::as_path);
                if let Some(folder) = folder {
                    let inside = |read: &FileRead| FileRead { path: folder.join(&read.path), ..read.clone() };
                    seen.reads.extend(reads.iter().map(inside));
                }
                seen.reads.extend(reads);
            }
            Err(problem) => seen.problems.push(problem),
        }
        seen.texts.push(EventText::plain(text));
        rest.remove(*key);
    }
    seen.texts.len() > before
}

/// True for the name of a tool that shows what is in a file.
fn is_reading(name: &str) -> bool {
    let name = name.rsplit("__").next().unwrap_or(name).to_lowercase();
    READING.iter().any(|word| name.contains(word)) && !name.contains("write")
}

/// True for the name of a tool that is known to read a file, and so has to name one.
fn wants_path(name: &str) -> bool {
    matches!(name, "Read" | "read_file" | "ReadFile" | "readFile" | "NotebookRead")
}

/// The files that an input names, with the lines that are wanted.
fn reads(input: &Map<String, Value>, first_line: u64) -> Vec<FileRead> {
    let mut reads = Vec::new();
    let mut add = |path: &str, lines| {
        // A pattern may match no file.
        let is_guess = path.contains(['*', '?', '[']);
        reads.push(FileRead { path: shell::as_path(path), lines, is_guess });
    };
    let lines = lines(input, first_line);
    // `include` is a list of files in one tool, and a pattern for names in others.
    let include = input.get("include").filter(|value| value.is_array());
    for value in PATHS.iter().filter_map(|key| input.get(*key)).chain(include) {
        match value {
            Value::String(path) => add(path, lines),
            Value::Array(list) => {
                for one in list {
                    match one {
                        Value::String(path) => add(path, lines),
                        Value::Object(object) => {
                            if let Some(path) = path(object) {
                                add(&path, self::lines(object, first_line));
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    reads
}

/// The lines that an input asks for, from 1. All of them if what it says is no range.
fn lines(input: &Map<String, Value>, first_line: u64) -> Option<(u64, u64)> {
    let number = |key: &str| input.get(key).filter(|value| !value.is_null()).map(Value::as_u64);
    if let Some(Value::Array(range)) = input.get("view_range") {
        let first = range.first()?.as_u64()?;
        return Some((first, range.get(1).and_then(Value::as_u64).unwrap_or(u64::MAX)));
    }
    if let (Some(Some(first)), Some(Some(last))) =
        (number("startLineNumberBaseZero"), number("endLineNumberBaseZero"))
    {
        return Some((first.saturating_add(1), last.saturating_add(1)));
    }
    for (first, last) in RANGES {
        match (number(first), number(last)) {
            (None, None) => {}
            (Some(None), _) | (_, Some(None)) => return None,
            (first, last) => {
                return Some((first.flatten().unwrap_or(1), last.flatten().unwrap_or(u64::MAX)));
            }
        }
    }
    match (number("offset"), number("limit")) {
        (None, None) | (Some(None), _) | (_, Some(None)) => None,
        (offset, limit) => {
            let offset = offset.flatten().unwrap_or(first_line);
            let first = offset.saturating_add(1 - first_line.min(1)).max(1);
            let count = limit.flatten().unwrap_or(u64::MAX);
            Some((first, first.saturating_add(count).saturating_sub(1)))
        }
    }
}

/// The new texts of a patch as `apply_patch` takes it, file by file; `None` if it is none.
fn patch(text: &str) -> Option<Vec<EventText>> {
    const FILES: [&str; 2] = ["*** Add File: ", "*** Update File: "];
    let start = text.find("*** Begin Patch")?;
    let mut texts: Vec<EventText> = Vec::new();
    for line in text[start..].lines() {
        if let Some(path) = FILES.iter().find_map(|mark| line.strip_prefix(mark)) {
            let old = Some(String::new());
            texts.push(EventText { path: Some(path.trim().to_owned()), text: String::new(), old });
            continue;
        }
        let Some(text) = texts.last_mut() else { continue };
        let (sign, rest) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
        if sign != "-" {
            text.text.push_str(rest);
            text.text.push('\n');
        }
        if let Some(old) = text.old.as_mut().filter(|_| sign != "+") {
            old.push_str(rest);
            old.push('\n');
        }
    }
    // What is before it may be anything, such as a heredoc's beginning.
    texts.push(EventText::plain(&text[..start]));
    Some(texts)
}
