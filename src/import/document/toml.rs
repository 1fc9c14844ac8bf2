//! TOML as a tree.

use super::{Node, Value};
use crate::sheet::Fault;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One file.
pub(super) fn parse(file: &str, text: &str) -> Result<Node, Fault> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let lines = Lines { ends };
    let table = DeTable::parse(text).map_err(|error| {
        let line = lines.at(error.span().map_or(0, |span| span.start));
        Fault { file: file.to_owned(), line, problem: "This is not TOML.".to_owned() }
    })?;
    Ok(Node { line: 1, value: lines.table(table.get_ref()) })
}

struct Lines {
    /// Where line feeds are.
    ends: Vec<usize>,
}

impl Lines {
    fn at(&self, offset: usize) -> u64 {
        self.ends.partition_point(|end| *end < offset) as u64 + 1
    }

    fn table(&self, table: &DeTable<'_>) -> Value {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            (key.get_ref().to_string(), self.node(value))
        };
        Value::Table(entries.into_iter().map(entry).collect())
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let line = self.at(value.span().start);
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => Value::Number(number.to_string()),
            DeValue::Float(number) => Value::Number(number.to_string()),
            DeValue::Boolean(is_set) => Value::Boolean(*is_set),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Array(items) => Value::List(items.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Node { line, value }
    }
}
