//! The names of a table's columns, from the statement that made it, and which pages have its rows.

use std::collections::HashMap;

/// The longest name, bytes.
const LONGEST: usize = 64;

/// The most columns that SQLite has.
const MOST: usize = 2000;

/// The columns of all tables.
#[derive(Debug, Default)]
pub(super) struct Columns {
    tables: Vec<Vec<String>>,
    /// The table of each page with rows.
    leaves: HashMap<u64, usize>,
}

impl Columns {
    /// Adds a table; its number.
    pub(super) fn add(&mut self, names: Vec<String>) -> usize {
        self.tables.push(names);
        self.tables.len() - 1
    }

    /// Notes that a page has rows of a table.
    pub(super) fn leaf(&mut self, page: u64, table: usize) {
        self.leaves.entry(page).or_insert(table);
    }

    /// The names of the columns of a page's rows; none if they are not known. An empty one has no name that can be written.
    pub(super) fn of_leaf(&self, page: u64) -> &[String] {
        self.leaves.get(&page).map(|&table| self.tables[table].as_slice()).unwrap_or_default()
    }
}

/// The names in `sql`, a `CREATE TABLE`, in the order of the values in a row. None if a column is computed, since it may
/// have no place in a row.
pub(super) fn of(sql: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut begins = false;
    for token in (SqlTokens { rest: sql }) {
        match token {
            SqlToken::Sign('(') => {
                depth += 1;
                begins = depth == 1;
            }
            SqlToken::Sign(')') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            SqlToken::Sign(',') if depth == 1 => begins = true,
            SqlToken::Word(word)
                if depth == 1 && ["as", "generated"].iter().any(|one| word.eq_ignore_ascii_case(one)) =>
            {
                return Vec::new();
            }
            SqlToken::Word(word) if begins => {
                let is_constraint = ["constraint", "primary", "unique", "check", "foreign"]
                    .iter()
                    .any(|one| word.eq_ignore_ascii_case(one));
                if is_constraint || names.len() == MOST {
                    break;
                }
                names.push(written(word));
                begins = false;
            }
            SqlToken::Quoted(name) if begins => {
                names.push(written(name));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

/// A name as it is written before its value; empty if it is not one word.
fn written(name: &str) -> String {
    let is_word =
        name.len() <= LONGEST && name.chars().all(|one| one.is_alphanumeric() || "_-. ".contains(one));
    if is_word { name.replace(' ', "_") } else { String::new() }
}

/// A part of a statement.
enum SqlToken<'s> {
    Word(&'s str),
    Quoted(&'s str),
    Sign(char),
}

/// The parts of a statement, without comments.
struct SqlTokens<'s> {
    rest: &'s str,
}

impl<'s> Iterator for SqlTokens<'s> {
    type Item = SqlToken<'s>;

    fn next(&mut self) -> Option<SqlToken<'s>> {
        loop {
            self.rest = self.rest.trim_start();
            let behind = |end: &str| self.rest.split_once(end).map_or("", |(_, rest)| rest);
            match self.rest {
                rest if rest.starts_with("--") => self.rest = behind("\n"),
                rest if rest.starts_with("/*") => self.rest = behind("*/"),
                _ => break,
            }
        }
        let first = self.rest.chars().next()?;
        let close = match first {
            '"' | '\'' | '`' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        let after = &self.rest[first.len_utf8()..];
        if let Some(close) = close {
            let (name, rest) = after.split_once(close).unwrap_or((after, ""));
            self.rest = rest;
            return Some(SqlToken::Quoted(name));
        }
        let is_part = |one: char| one.is_alphanumeric() || matches!(one, '_' | '$' | '.');
        let len = self.rest.find(|one| !is_part(one)).unwrap_or(self.rest.len());
        if len == 0 {
            self.rest = after;
            return Some(SqlToken::Sign(first));
        }
        let (word, rest) = self.rest.split_at(len);
        self.rest = rest;
        Some(SqlToken::Word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_statement_in_its_order() {
        let table: &[(&str, &[&str])] = &[
            ("create table t (a, b text)", &["a", "b"]),
            (
                "CREATE TABLE t(id INTEGER PRIMARY KEY, \"api token\" TEXT, [c] , `d` x)",
                &["id", "api_token", "c", "d"],
            ),
            ("create table t (a numeric(10, 2) default (1), b, primary key (a, b))", &["a", "b"]),
            ("create table t (a -- the, first\n, b /* , c */, d, constraint x unique (a))", &["a", "b", "d"]),
            ("create table \"x(y\" (\"primary\", a default 'x, y')", &["primary", "a"]),
            ("create table t (a, b text as (a || 'x'), c)", &[]),
            ("create table t (\"a:b\", c", &["", "c"]),
            ("create virtual table", &[]),
            ("", &[]),
        ];
        for (sql, names) in table {
            assert_eq!(of(sql), *names, "{sql}");
        }
    }
}
