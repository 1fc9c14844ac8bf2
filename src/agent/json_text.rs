//! Changes to a JSON text that leave the rest of it as it is, byte for byte: order, numbers, white space.
//!
//! # Design
//!
//! The text is read to a tree of spans, and a change is made in the text. `serde_json` parses it first: a text that is not
//! JSON, or that is nested too deep, is refused.

use serde_json::Value;
use std::ops::Range;

/// A value's place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonNode {
    pub(super) span: Range<usize>,
    pub(super) kind: NodeKind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// Each member's name, where it begins, and its value.
    Object(Vec<(String, usize, JsonNode)>),
    Array(Vec<JsonNode>),
    Other,
}

impl JsonNode {
    /// The member of this name; of several the last, as for every parser.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let NodeKind::Object(members) = &self.kind else { return None };
        members.iter().rev().find(|(key, ..)| key == name).map(|(.., node)| node)
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.kind {
            NodeKind::Array(elements) => elements,
            _ => &[],
        }
    }
}

/// A JSON text that is being changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonText {
    pub(super) text: String,
}

impl JsonText {
    /// `text`, if it is JSON.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<Value>(text)?;
        Ok(Self { text: text.to_owned() })
    }

    /// The tree.
    pub(super) fn root(&self) -> JsonNode {
        let mut reader = SpanReader { text: self.text.as_bytes(), at: 0 };
        reader.value()
    }

    /// The value at `node`.
    pub(super) fn value(&self, node: &JsonNode) -> Value {
        serde_json::from_str(&self.text[node.span.clone()]).unwrap_or_default()
    }

    /// Adds a member at the end of an object.
    pub(super) fn add_member(&mut self, object: &JsonNode, depth: usize, name: &str, value: &Value) {
        let NodeKind::Object(members) = &object.kind else { return };
        let item = format!("{}: {}", Value::from(name), self.pretty(value, depth + 1));
        let last = members.last().map(|(.., node)| node.span.end);
        self.add(object, depth, last, &item);
    }

    /// Adds an element at the end of an array.
    pub(super) fn add_element(&mut self, array: &JsonNode, depth: usize, value: &Value) {
        let item = self.pretty(value, depth + 1);
        let last = array.elements().last().map(|node| node.span.end);
        self.add(array, depth, last, &item);
    }

    fn add(&mut self, container: &JsonNode, depth: usize, last: Option<usize>, item: &str) {
        let unit = self.unit();
        let inner = format!("{}{}", self.line_end(), unit.repeat(depth + 1));
        match last {
            Some(last) => self.text.insert_str(last, &format!(",{inner}{item}")),
            None => {
                let outer = format!("{}{}", self.line_end(), unit.repeat(depth));
                let span = container.span.start + 1..container.span.end - 1;
                self.text.replace_range(span, &format!("{inner}{item}{outer}"));
            }
        }
    }

    /// Puts another value in the place of `node`.
    pub(super) fn replace(&mut self, node: &JsonNode, depth: usize, value: &Value) {
        let value = self.pretty(value, depth);
        self.text.replace_range(node.span.clone(), &value);
    }

    /// Takes element `at` out of an array.
    pub(super) fn remove_element(&mut self, array: &JsonNode, at: usize) {
        let spans: Vec<_> = array.elements().iter().map(|node| node.span.clone()).collect();
        self.remove(array, &spans, at);
    }

    /// Takes the member `name` out of an object.
    pub(super) fn remove_member(&mut self, object: &JsonNode, name: &str) {
        let NodeKind::Object(members) = &object.kind else { return };
        let spans: Vec<_> = members.iter().map(|(_, start, node)| *start..node.span.end).collect();
        if let Some(at) = members.iter().rposition(|(key, ..)| key == name) {
            self.remove(object, &spans, at);
        }
    }

    fn remove(&mut self, container: &JsonNode, items: &[Range<usize>], at: usize) {
        let span = match (at.checked_sub(1).and_then(|before| items.get(before)), items.get(at + 1)) {
            (Some(before), _) => before.end..items[at].end,
            (None, Some(after)) => items[at].start..after.start,
            (None, None) => container.span.start + 1..container.span.end - 1,
        };
        self.text.replace_range(span, "");
    }

    /// What a level is indented by: as the first member of the root is.
    fn unit(&self) -> String {
        let NodeKind::Object(members) = self.root().kind else { return "  ".to_owned() };
        let first = members.first().map(|(_, start, _)| *start);
        let indent = first.and_then(|start| self.text[..start].rsplit_once('\n')).map(|(_, indent)| indent);
        let is_white =
            |indent: &&str| !indent.is_empty() && indent.chars().all(|one| one == ' ' || one == '\t');
        indent.filter(is_white).unwrap_or("  ").to_owned()
    }

    fn line_end(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// `value` at a depth: its first line is where it is put.
    fn pretty(&self, value: &Value, depth: usize) -> String {
        // A value of ours has no way to fail.
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        let unit = self.unit();
        let mut lines = text.lines().map(|line| {
            let rest = line.trim_start();
            let levels = (line.len() - rest.len()) / 2;
            format!("{}{rest}", unit.repeat(levels + depth))
        });
        let first = lines.next().unwrap_or_default().trim_start().to_owned();
        lines.fold(first, |text, line| format!("{text}{}{line}", self.line_end()))
    }
}

/// Reads a text that is JSON.
struct SpanReader<'t> {
    text: &'t [u8],
    at: usize,
}

impl SpanReader<'_> {
    fn white(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn next_is(&mut self, wanted: u8) -> bool {
        self.white();
        let is = self.text.get(self.at) == Some(&wanted);
        self.at += usize::from(is);
        is
    }

    fn string(&mut self) -> Range<usize> {
        self.white();
        let start = self.at;
        self.at += 1;
        while let Some(&byte) = self.text.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        start..self.at.min(self.text.len())
    }

    fn value(&mut self) -> JsonNode {
        self.white();
        let start = self.at;
        let kind = match self.text.get(start) {
            Some(b'{') => {
                self.at += 1;
                let mut members = Vec::new();
                while self.at < self.text.len() && !self.next_is(b'}') {
                    let name = self.string();
                    let begins = name.start;
                    let name = serde_json::from_slice(&self.text[name]).unwrap_or_default();
                    self.next_is(b':');
                    let node = self.value();
                    members.push((name, begins, node));
                    self.next_is(b',');
                }
                NodeKind::Object(members)
            }
            Some(b'[') => {
                self.at += 1;
                let mut elements = Vec::new();
                while self.at < self.text.len() && !self.next_is(b']') {
                    elements.push(self.value());
                    self.next_is(b',');
                }
                NodeKind::Array(elements)
            }
            Some(b'"') => {
                self.string();
                NodeKind::Other
            }
            _ => {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}');
                let rest = &self.text[start..];
                self.at +=
                    rest.iter().position(is_end).unwrap_or(rest.len()).max(usize::from(!rest.is_empty()));
                NodeKind::Other
            }
        };
        JsonNode { span: start..self.at, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list_in(json: &JsonText) -> JsonNode {
        let hooks = json.root().member("hooks").cloned();
        hooks.and_then(|hooks| hooks.member("E").cloned()).expect("it is there")
    }

    fn value_of(json: &JsonText) -> Value {
        serde_json::from_str(&json.text).expect("it is JSON still")
    }

    #[test]
    fn what_is_added_and_taken_away_again_leaves_the_text_as_it_was() {
        for text in [
            "{\n  \"b\": 1.50,\n  \"a\": [ 1,2 ]\n}\n",
            "{\r\n\t\"b\": {\"x\": \"\\u00e9\\\\\\\"}]\"},\r\n\t\"a\": null\r\n}",
            "{\"a\":[[],{}],\"c\":{}}",
        ] {
            let mut json = JsonText::parse(text).expect("it is JSON");
            let before: Value = serde_json::from_str(text).expect("it is JSON");
            let root = json.root();
            json.add_member(&root, 0, "hooks", &json!({ "E": [{ "x": [1] }] }));
            let mut wanted = before.clone();
            wanted["hooks"] = json!({ "E": [{ "x": [1] }] });
            assert_eq!(value_of(&json), wanted, "{}", json.text);
            let list = list_in(&json);
            json.add_element(&list, 2, &json!("y"));
            wanted["hooks"]["E"] = json!([{ "x": [1] }, "y"]);
            assert_eq!(value_of(&json), wanted, "{}", json.text);
            let list = list_in(&json);
            json.remove_element(&list, 0);
            wanted["hooks"]["E"] = json!(["y"]);
            assert_eq!(value_of(&json), wanted, "{}", json.text);
            let root = json.root();
            json.remove_member(&root, "hooks");
            assert_eq!(json.text, text);
        }
    }
}
