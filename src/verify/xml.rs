//! XML answers as documents of JSON: AWS's APIs of the query protocol answer so.
//!
//! An element is an object of its children by name, or its text if it has none; an element whose children are all called
//! `member` is a list.

use serde_json::{Map, Value};

/// How deep elements may be in each other.
const DEEPEST: usize = 24;

/// The most nodes of a document.
const MOST_NODES: u32 = 50_000;

/// The document; none if it is not well-formed, has entities of its own, or is deeper than an API's.
pub(super) fn document(text: &str) -> Option<Value> {
    let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    let mut fields = Map::new();
    fields.insert(root.tag_name().name().to_owned(), value(root, 0)?);
    Some(Value::Object(fields))
}

fn value(element: roxmltree::Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let children: Vec<_> = element.children().filter(roxmltree::Node::is_element).collect();
    if children.is_empty() {
        return Some(Value::String(element.text().unwrap_or_default().trim().to_owned()));
    }
    if children.iter().all(|child| child.tag_name().name() == "member") {
        return children.into_iter().map(|child| value(child, depth + 1)).collect();
    }
    let mut fields = Map::new();
    for child in children {
        // Of several of one name the first counts: the answers that are read have lists of `member`.
        let own = value(child, depth + 1)?;
        fields.entry(child.tag_name().name()).or_insert(own);
    }
    Some(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_are_objects_texts_and_lists() {
        let text = r#"<?xml version="1.0"?><R xmlns="https://x/"><A><member><N> a </N></member><member><N>b</N></member></A><B/></R>"#;
        assert_eq!(document(text), Some(json!({ "R": { "A": [{ "N": "a" }, { "N": "b" }], "B": "" } })));
        assert_eq!(document("<html><body>Sign in<br></body></html>"), None);
        assert_eq!(document(&"<a>".repeat(100_000)), None);
        let deep = format!("{}x{}", "<a>".repeat(30), "</a>".repeat(30));
        assert_eq!(document(&deep), None);
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "xx">]><a>&b;</a>"#;
        assert_eq!(document(bomb), None);
    }
}
