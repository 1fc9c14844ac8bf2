//! Files of other tools as trees of one kind, whatever they are written in, and a strict reader of such trees.
//!
//! # Design
//!
//! A reader takes the keys that it knows. What is left is named with file, line and the path of its key. No message
//! repeats a value: it may be a secret.

mod json;
mod toml;
mod yaml;

use crate::sheet::Fault;

/// A value and the line it is on; 0 if that is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The line, 1-based.
    pub line: u64,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file; no key is there twice.
    Table(Vec<(String, Node)>),
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON: one value.
    Json,
    /// JSON: one value a line.
    JsonLines,
    /// TOML.
    Toml,
    /// YAML: the first document.
    Yaml,
}

impl Node {
    /// Reads a text; `file` is its name for messages.
    ///
    /// # Errors
    /// Names the line at which it is not of the format, too deep or too large.
    pub fn parse(file: &str, text: &str, format: Syntax) -> Result<Self, Fault> {
        match format {
            Syntax::Json => json::parse(file, text),
            Syntax::JsonLines => json::parse_lines(file, text),
            Syntax::Toml => toml::parse(file, text),
            Syntax::Yaml => yaml::parse(file, text),
        }
    }

    /// The value of a key of a table.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Value::Table(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// As the value of the whole file.
    pub fn field<'n>(&'n self, file: &'n str) -> DocumentField<'n> {
        DocumentField { file, key: String::new(), node: self }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct DocumentField<'n> {
    /// The file, for messages.
    pub file: &'n str,
    /// The path of its key, such as `rules[3].id`; empty for the whole file.
    pub key: String,
    node: &'n Node,
}

/// The keys of a table that were not taken yet.
#[derive(Debug)]
pub struct Fields<'n> {
    file: &'n str,
    key: String,
    /// The line of the table.
    pub line: u64,
    rest: Vec<(&'n str, &'n Node)>,
}

impl<'n> DocumentField<'n> {
    /// Its line; 1 if it is not known.
    pub fn line(&self) -> u64 {
        self.node.line.max(1)
    }

    /// A fault of this value: `problem` completes a sentence that begins with the key.
    pub fn fault(&self, problem: &str) -> Fault {
        let key = if self.key.is_empty() { "The file".to_owned() } else { format!("`{}`", self.key) };
        Fault { file: self.file.to_owned(), line: self.line(), problem: format!("{key} {problem}") }
    }

    /// True for no value, an empty text, list or table, false and zero: what a tool writes if nothing is set.
    pub fn is_empty(&self) -> bool {
        match &self.node.value {
            Value::Null | Value::Boolean(false) => true,
            Value::Boolean(true) => false,
            Value::Number(number) => number.parse() == Ok(0.0),
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Table(entries) => entries.is_empty(),
        }
    }

    /// The text; a number is one, too, as it is written.
    ///
    /// # Errors
    /// If it is something else. So for the methods below.
    pub fn text(&self) -> Result<&'n str, Fault> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Ok(text),
            _ => Err(self.fault("must be a string.")),
        }
    }

    /// The number.
    ///
    /// # Errors
    /// See [`DocumentField::text`].
    pub fn number(&self) -> Result<f64, Fault> {
        let number = match &self.node.value {
            Value::Number(text) => {
                text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        };
        number.ok_or_else(|| self.fault("must be a number."))
    }

    /// The number, whole and not below zero.
    ///
    /// # Errors
    /// See [`DocumentField::text`].
    pub fn count(&self) -> Result<u64, Fault> {
        let number = self.number()?;
        let is_count = number >= 0.0 && number.fract() == 0.0 && number < 1e15;
        if is_count { Ok(number as u64) } else { Err(self.fault("must be a whole number, 0 or more.")) }
    }

    /// True or false.
    ///
    /// # Errors
    /// See [`DocumentField::text`].
    pub fn boolean(&self) -> Result<bool, Fault> {
        match self.node.value {
            Value::Boolean(is_set) => Ok(is_set),
            _ => Err(self.fault("must be true or false.")),
        }
    }

    /// The items of the list; of nothing, none.
    ///
    /// # Errors
    /// See [`DocumentField::text`].
    pub fn items(&self) -> Result<Vec<Self>, Fault> {
        match &self.node.value {
            Value::Null => Ok(Vec::new()),
            Value::List(items) => {
                Ok((1..).zip(items).map(|(number, node)| self.item(number, node)).collect())
            }
            _ => Err(self.fault("must be a list.")),
        }
    }

    fn item(&self, number: usize, node: &'n Node) -> Self {
        Self { file: self.file, key: format!("{}[{number}]", self.key), node }
    }

    /// A list of strings.
    ///
    /// # Errors
    /// See [`DocumentField::text`].
    pub fn texts(&self) -> Result<Vec<String>, Fault> {
        self.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// The table.
    ///
    /// # Errors
    /// See [`DocumentField::text`].
    pub fn table(&self) -> Result<Fields<'n>, Fault> {
        let entries: &'n [(String, Node)] = match &self.node.value {
            Value::Table(entries) => entries,
            Value::Null => &[],
            _ => return Err(self.fault("must be a table of keys and values.")),
        };
        let rest = entries.iter().map(|(key, node)| (key.as_str(), node)).collect();
        Ok(Fields { file: self.file, key: self.key.clone(), line: self.line(), rest })
    }
}

impl<'n> Fields<'n> {
    fn name(&self, key: &str) -> String {
        if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) }
    }

    /// Takes the value of `key` out of the table.
    pub fn take(&mut self, key: &str) -> Option<DocumentField<'n>> {
        let at = self.rest.iter().position(|(name, _)| *name == key)?;
        let (_, node) = self.rest.remove(at);
        Some(DocumentField { file: self.file, key: self.name(key), node })
    }

    /// Takes a text; an absent or empty one is the empty text.
    ///
    /// # Errors
    /// If it is something else.
    pub fn take_text(&mut self, key: &str) -> Result<String, Fault> {
        match self.take(key).filter(|field| !field.is_empty()) {
            Some(field) => field.text().map(str::to_owned),
            None => Ok(String::new()),
        }
    }

    /// Takes a list of strings; an absent one is empty.
    ///
    /// # Errors
    /// If it is something else.
    pub fn take_texts(&mut self, key: &str) -> Result<Vec<String>, Fault> {
        self.take(key).map(|field| field.texts()).transpose().map(Option::unwrap_or_default)
    }

    /// Takes what has no bearing on what is found.
    pub fn set_aside(&mut self, keys: &[&str]) {
        self.rest.retain(|(name, _)| !keys.contains(name));
    }

    /// What was not taken, in the order of the file.
    pub fn rest(self) -> Vec<DocumentField<'n>> {
        let names: Vec<String> = self.rest.iter().map(|(key, _)| self.name(key)).collect();
        let fields = self.rest.into_iter().zip(names);
        fields.map(|((_, node), key)| DocumentField { file: self.file, key, node }).collect()
    }

    /// A fault of the table.
    pub fn fault(&self, problem: &str) -> Fault {
        let key = if self.key.is_empty() { "The file".to_owned() } else { format!("`{}`", self.key) };
        Fault { file: self.file.to_owned(), line: self.line, problem: format!("{key} {problem}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_give_the_same_tree() {
        let texts = [
            (Syntax::Json, "{\"a\": [1, \"x\", true, null], \"b\": {\"c\": 1.5}}"),
            (Syntax::Yaml, "a: [1, x, true, null]\nb:\n  c: 1.5\n"),
            (Syntax::Yaml, "b: {c: 1.5}\na:\n- 1\n- 'x'\n- true\n-\n"),
        ];
        for (format, text) in texts {
            let node = Node::parse("f", text, format).expect(text);
            let mut top = node.field("f").table().expect("it is a table");
            let items = top.take("a").expect("it is there").items().expect("it is a list");
            assert_eq!((items[0].count(), items[1].text(), items[2].boolean()), (Ok(1), Ok("x"), Ok(true)));
            assert!(items[3].is_empty() && items[3].text().is_err());
            assert_eq!(items[1].key, "a[2]");
            let inner = top.take("b").expect("it is there");
            assert_eq!(inner.table().expect("a table").take("c").expect("c").number(), Ok(1.5));
            assert!(top.rest().is_empty());
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line_and_without_its_text() {
        let deep = "[".repeat(5000);
        let bomb: String = std::iter::once("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned())
            .chain((1..20).map(|n| {
                let all = vec![format!("*a{}", n - 1); 9].join(",");
                format!("a{n}: &a{n} [{all}]\n")
            }))
            .collect();
        let table = [
            (Syntax::Json, "{\"a\": hunter2}", 1),
            (Syntax::Json, "{\"a\": 1,\n \"a\": 2}", 2),
            (Syntax::Json, deep.as_str(), 1),
            (Syntax::Yaml, "a: 1\nb: [hunter2\n", 3),
            (Syntax::Yaml, "a: 1\na: hunter2\n", 2),
            (Syntax::Yaml, deep.as_str(), 1),
            (Syntax::Yaml, bomb.as_str(), 7),
            (Syntax::Yaml, "a: *hunter2\n", 1),
            (Syntax::Toml, "a = hunter2", 1),
            (Syntax::JsonLines, "{}\n\nhunter2\n", 3),
        ];
        for (format, text, line) in table {
            let fault = Node::parse("f", text, format).expect_err(&text[..text.len().min(40)]);
            assert!(!fault.problem.contains("hunter2"), "{fault}");
            assert!(fault.line.abs_diff(line) <= 1, "{fault}, not {line}");
        }
    }

    #[test]
    fn lines_are_those_of_the_values() {
        for (format, text) in [(Syntax::Yaml, "a:\n  - b: 1\n    c: 2\n"), (Syntax::Toml, "\n[[a]]\nc = 2\n")]
        {
            let node = Node::parse("f", text, format).expect(text);
            let mut top = node.field("f").table().expect("a table");
            let item = top.take("a").expect("a").items().expect("a list").remove(0);
            assert_eq!(item.line(), 2, "{text}");
            assert_eq!(item.table().expect("a table").take("c").expect("c").line(), 3, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(- |: |\\[|\\]|\\{|\\}|&a |\\*a|!!str |\"|'|\\||>|\n|  |a|1|,|#|\t|---|é){0,40}") {
            for format in [Syntax::Json, Syntax::JsonLines, Syntax::Toml, Syntax::Yaml] {
                let _ = Node::parse("f", &text, format);
            }
        }
    }
}
