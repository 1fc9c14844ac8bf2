//! Jupyter notebooks: the code and the outputs of cells as text. Source: the notebook format, nbformat 4.
//!
//! In the file a text is a list of lines in JSON, with escapes, so that neighbouring lines are not next to each other. One
//! that is no JSON (in conflict, cut off, with Python's `NaN`) is a text, whose strings are joined in the same way.

use super::walk::{At, Walk};
use memchr::{memchr, memchr2, memmem};
use serde_json::Value;
use std::io;

/// Bytes at each end of the file that show what it is.
const SEEN: usize = 4 << 10;

/// The largest notebook that is taken apart, bytes: in memory it takes many times as much. The text of a larger one is
/// scanned as it is.
const LARGEST: usize = 16 << 20;

/// True for a notebook: keys that it has at its top are near its start, or its end.
pub(super) fn is_notebook(bytes: &[u8]) -> bool {
    if bytes.len() > LARGEST || !matches!(bytes, [b'{', b' ' | b'\n' | b'\r' | b'\t' | b'"', ..]) {
        return false;
    }
    let (head, tail) = (&bytes[..bytes.len().min(SEEN)], &bytes[bytes.len().saturating_sub(SEEN)..]);
    let has = |word: &[u8]| memmem::find(head, word).is_some() || memmem::find(tail, word).is_some();
    // The second is what is left of one that is cut off.
    has(b"\"cells\"") && (has(b"\"nbformat\"") || has(b"\"cell_type\""))
}

/// Gives out the cells.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8], at: &At) -> io::Result<()> {
    let Ok(notebook) = serde_json::from_slice::<Value>(bytes) else {
        return walk.text("texts", &texts(bytes), at);
    };
    let cells = notebook["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (number, cell) in cells.iter().enumerate() {
        if walk.is_over {
            break;
        }
        let name = format!("cell {}", number + 1);
        let code = text(&cell["source"]);
        walk.text(&name, code.as_bytes(), at)?;
        let mut shown = String::new();
        for output in cell["outputs"].as_array().into_iter().flatten() {
            for key in ["text", "ename", "evalue", "traceback"] {
                add(&mut shown, &output[key]);
            }
            for (kind, data) in output["data"].as_object().into_iter().flatten() {
                // Images are in base64.
                if !kind.starts_with("image/") {
                    add(&mut shown, data);
                }
            }
        }
        if !shown.is_empty() {
            walk.text(&format!("{name} output"), shown.as_bytes(), at)?;
        }
    }
    Ok(())
}

/// The strings of what is not quite JSON, those of a list joined.
fn texts(bytes: &[u8]) -> Vec<u8> {
    let mut texts = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| memchr(b'"', rest)).map(|start| at + start) {
        if bytes[at..start].trim_ascii() != b"," {
            texts.push(b'\n');
        }
        let mut end = start + 1;
        while let Some(found) = bytes.get(end..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            end += found;
            if bytes[end] == b'"' {
                break;
            }
            end += 2;
        }
        let end = bytes.len().min(end + 1);
        match serde_json::from_slice::<String>(&bytes[start..end]) {
            Ok(text) => texts.extend_from_slice(text.as_bytes()),
            Err(_) => texts.extend_from_slice(&bytes[start + 1..end]),
        }
        at = end;
    }
    texts
}

fn add(shown: &mut String, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::Object(_) => value.to_string(),
        value => text(value),
    };
    shown.push_str(&text);
    if !text.ends_with('\n') {
        shown.push('\n');
    }
}

/// A text, which may be a list of its lines.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}
