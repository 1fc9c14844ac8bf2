//! JSON as a tree. A key that occurs twice is refused.

use super::{Node, Value};
use crate::sheet::Fault;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// One value.
pub(super) fn parse(file: &str, text: &str) -> Result<Node, Fault> {
    serde_json::from_str(text).map_err(|error| fault(file, error.line() as u64, &error))
}

/// One value a line, as a list; empty lines do not count.
pub(super) fn parse_lines(file: &str, text: &str) -> Result<Node, Fault> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let node = |(number, line)| {
        let node: Node = serde_json::from_str(line).map_err(|error| fault(file, number, &error))?;
        Ok(Node { line: number, ..node })
    };
    Ok(Node { line: 1, value: Value::List(lines.map(node).collect::<Result<_, Fault>>()?) })
}

/// Says no more than where it is wrong: serde's message may repeat a value.
fn fault(file: &str, line: u64, error: &serde_json::Error) -> Fault {
    let problem = match error.classify() {
        serde_json::error::Category::Data => "This JSON has a key twice in one object.",
        _ => "This is not JSON, or it is nested too deeply.",
    };
    Fault { file: file.to_owned(), line: line.max(1), problem: problem.to_owned() }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

fn node<E>(value: Value) -> Result<Node, E> {
    Ok(Node { line: 0, value })
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        node(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        node(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        node(Value::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        node(Value::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        node(Value::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        node(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        node(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let (mut table, mut seen) = (Vec::new(), HashSet::new());
        while let Some((key, value)) = entries.next_entry::<String, Node>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key is there twice"));
            }
            table.push((key, value));
        }
        node(Value::Table(table))
    }
}
