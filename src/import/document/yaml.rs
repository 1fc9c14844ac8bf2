//! YAML as a tree: the first document of a file.
//!
//! # Design
//!
//! The tree is built from the parser's events, so that every value has its line and all of it is bounded: how deep it
//! is, and how many values it has once its aliases are written out. A tag is not followed; `!!str` makes a text.

use super::{Node, Value};
use crate::sheet::Fault;
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::{HashMap, HashSet};

/// How deep values may be inside each other.
const DEEPEST: usize = 100;

/// The most values of a file, aliases written out.
const MOST: usize = 2_000_000;

/// The largest file, bytes.
const LARGEST: usize = 64 << 20;

/// A list or table that is not at its end yet.
struct OpenCollection {
    line: u64,
    anchor: usize,
    value: Value,
    /// Of a table: the key whose value is next, and the keys so far.
    key: Option<String>,
    seen: HashSet<String>,
}

struct Builder {
    file: String,
    open: Vec<OpenCollection>,
    anchors: HashMap<usize, (Node, usize)>,
    root: Option<Node>,
    count: usize,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Node, Fault> {
    let mut builder =
        Builder { file: file.to_owned(), open: Vec::new(), anchors: HashMap::new(), root: None, count: 0 };
    if text.len() > LARGEST {
        return Err(builder.fault(1, "This file is too large for YAML."));
    }
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| builder.fault(error.marker().line() as u64, "This is not YAML."))?;
        let line = span.start.line() as u64;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = tag.is_some_and(|tag| tag.suffix == "str");
                let value = if style == ScalarStyle::Plain && !is_text {
                    plain(&text)
                } else {
                    Value::Text(text.into_owned())
                };
                builder.add(Node { line, value }, anchor, 1)?;
            }
            Event::SequenceStart(anchor, _) => builder.begin(line, anchor, Value::List(Vec::new()))?,
            Event::MappingStart(anchor, _) => builder.begin(line, anchor, Value::Table(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(OpenCollection { line, anchor, value, .. }) = builder.open.pop() {
                    builder.add(Node { line, value }, anchor, 1)?;
                }
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = builder.anchors.get(&anchor) else {
                    return Err(builder.fault(line, "This alias refers to nothing before it."));
                };
                let (node, size) = (Node { line, value: node.value.clone() }, *size);
                // Counted before the next one is copied: each copy is smaller than what is allowed.
                builder.add(node, 0, size)?;
            }
            Event::DocumentEnd => break,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }
    Ok(builder.root.unwrap_or(Node { line: 1, value: Value::Null }))
}

impl Builder {
    fn fault(&self, line: u64, problem: &str) -> Fault {
        Fault { file: self.file.clone(), line: line.max(1), problem: problem.to_owned() }
    }

    fn begin(&mut self, line: u64, anchor: usize, value: Value) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(self.fault(line, "This YAML is nested too deeply."));
        }
        self.open.push(OpenCollection { line, anchor, value, key: None, seen: HashSet::new() });
        Ok(())
    }

    /// Adds a whole value of `size` values to what is open.
    fn add(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Fault> {
        self.count += size;
        if self.count > MOST {
            return Err(
                self.fault(node.line, "This YAML has too many values once its aliases are written out.")
            );
        }
        if anchor != 0 {
            let size = size_of(&node);
            // What is kept for aliases is a copy, too.
            self.count += size;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let file = &self.file;
        let fault =
            |line: u64, problem: &str| Fault { file: file.clone(), line, problem: problem.to_owned() };
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match &mut open.value {
            Value::List(items) => items.push(node),
            Value::Table(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let key = match node.value {
                        Value::Text(text) | Value::Number(text) => text,
                        Value::Boolean(is_set) => is_set.to_string(),
                        Value::Null => "null".to_owned(),
                        _ => return Err(fault(node.line, "A key here is not a string.")),
                    };
                    if !open.seen.insert(key.clone()) {
                        return Err(fault(node.line, "A key is here twice in one table."));
                    }
                    open.key = Some(key);
                }
            },
            _ => {}
        }
        Ok(())
    }
}

fn size_of(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size_of).sum(),
        Value::Table(entries) => entries.iter().map(|(_, node)| size_of(node)).sum(),
        _ => 0,
    }
}

/// What a scalar without quotes is.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        // YAML 1.1, which most of the tools read, has yes and no as well.
        "true" | "True" | "TRUE" | "yes" | "Yes" | "on" => Value::Boolean(true),
        "false" | "False" | "FALSE" | "no" | "No" | "off" => Value::Boolean(false),
        _ => {
            let is_number = text
                .starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'))
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'))
                && text.parse::<f64>().is_ok();
            if is_number { Value::Number(text.to_owned()) } else { Value::Text(text.to_owned()) }
        }
    }
}
