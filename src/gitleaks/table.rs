//! TOML as gitleaks reads it, with the line of everything: keys in any case, a single value in place of a list.
//!
//! No message shows a value: it may be a secret.

use crate::sheet::{Fault, Page};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file's text, and where its lines end: counting them anew for each of 100,000 rules took minutes.
#[derive(Clone, Debug)]
struct SourceText<'a> {
    page: Page<'a>,
    ends: Rc<[usize]>,
}

impl SourceText<'_> {
    /// The line (1-based) of a byte.
    fn line(&self, at: usize) -> u64 {
        self.ends.partition_point(|&end| end < at) as u64 + 1
    }

    fn fault(&self, at: usize, problem: impl Into<String>) -> Fault {
        Fault { file: self.page.file.to_owned(), line: self.line(at), problem: problem.into() }
    }
}

/// A table of which keys are taken one after the other.
#[derive(Debug)]
pub struct Table<'a> {
    text: SourceText<'a>,
    /// What it is, as a path of keys.
    name: String,
    at: usize,
    keys: Vec<(Spanned<Cow<'a, str>>, Spanned<DeValue<'a>>)>,
    known: Vec<&'static str>,
}

/// A value with its key.
#[derive(Debug)]
pub struct Value<'a> {
    text: SourceText<'a>,
    key: String,
    at: usize,
    value: DeValue<'a>,
}

impl<'a> Table<'a> {
    /// The top table of a file.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn parse(page: Page<'a>) -> Result<Self, Fault> {
        let table = DeTable::parse(page.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            page.fault(at, format!("This is not TOML: {}.", error.message().trim_end_matches('.')))
        })?;
        let ends = memchr::memchr_iter(b'\n', page.text.as_bytes()).collect();
        Ok(Self::of(SourceText { page, ends }, String::new(), 0, table.into_inner()))
    }

    fn of(text: SourceText<'a>, name: String, at: usize, table: DeTable<'a>) -> Self {
        Self { text, name, at, keys: table.into_iter().collect(), known: Vec::new() }
    }

    /// The line on which it begins.
    pub fn line(&self) -> u64 {
        self.text.line(self.at)
    }

    /// A fault of the table as a whole.
    pub fn fault(&self, problem: &str) -> Fault {
        self.text.fault(self.at, problem)
    }

    /// Takes the value of `key`, which is written here as gitleaks's documentation writes it.
    ///
    /// # Errors
    /// If the key is there twice, in different cases.
    pub fn take(&mut self, key: &'static str) -> Result<Option<Value<'a>>, Fault> {
        self.known.push(key);
        let is_it = |(name, _): &(Spanned<Cow<'a, str>>, _)| name.get_ref().eq_ignore_ascii_case(key);
        let Some(at) = self.keys.iter().position(is_it) else { return Ok(None) };
        let (name, value) = self.keys.remove(at);
        let key = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        if let Some((again, _)) = self.keys.iter().find(|one| is_it(one)) {
            return Err(self.text.fault(again.span().start, format!("`{key}` is there twice.")));
        }
        Ok(Some(Value { text: self.text.clone(), key, at: name.span().start, value: value.into_inner() }))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Names the first key that nobody took.
    pub fn finish(self) -> Result<(), Fault> {
        let Some((unknown, _)) = self.keys.iter().min_by_key(|(key, _)| key.span().start) else {
            return Ok(());
        };
        let name: String = unknown.get_ref().chars().take(40).collect();
        let place = if self.name.is_empty() { String::new() } else { format!(" in `{}`", self.name) };
        let known = self.known.join(", ");
        let problem = format!(
            "There is no key `{name}`{place} that keydredge knows from gitleaks 8. The keys are {known}."
        );
        Err(self.text.fault(unknown.span().start, problem))
    }
}

impl<'a> Value<'a> {
    /// Its key, with those above it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The line of its key.
    pub fn line(&self) -> u64 {
        self.text.line(self.at)
    }

    /// A fault of this value: `problem` completes a sentence that starts with the key.
    pub fn fault(&self, problem: &str) -> Fault {
        self.text.fault(self.at, format!("`{}` {problem}", self.key))
    }

    /// The value as a string.
    ///
    /// # Errors
    /// If it is something else; so for the methods below.
    pub fn string(&self) -> Result<String, Fault> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.fault("must be a string."))
    }

    /// The value as true or false.
    ///
    /// # Errors
    /// See [`Value::string`].
    pub fn boolean(&self) -> Result<bool, Fault> {
        self.value.as_bool().ok_or_else(|| self.fault("must be true or false."))
    }

    /// The value as a number that is not negative.
    ///
    /// # Errors
    /// See [`Value::string`].
    pub fn number(&self) -> Result<f64, Fault> {
        let text = match &self.value {
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(integer) => integer.as_str(),
            _ => "",
        };
        let number =
            text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| self.fault("must be a number that is not negative."))
    }

    /// The value as a whole number that is not negative.
    ///
    /// # Errors
    /// See [`Value::string`].
    pub fn count(&self) -> Result<u64, Fault> {
        let number = self.number().ok().filter(|number| number.fract() == 0.0 && *number < 1e9);
        number
            .map(|number| number as u64)
            .ok_or_else(|| self.fault("must be a whole number that is not negative."))
    }

    /// The value as a list of strings; a single string is a list, with commas between its items.
    ///
    /// # Errors
    /// See [`Value::string`].
    pub fn strings(&self) -> Result<Vec<String>, Fault> {
        if let Some(text) = self.value.as_str() {
            return Ok(text.split(',').map(str::to_owned).collect());
        }
        let wrong = || self.fault("must be a list of strings.");
        let items = self.value.as_array().ok_or_else(wrong)?;
        items.iter().map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }

    /// The value as a list of tables.
    ///
    /// # Errors
    /// See [`Value::string`].
    pub fn tables(self) -> Result<Vec<Table<'a>>, Fault> {
        let name = self.key.rsplit('.').next().unwrap_or(&self.key).to_owned();
        let wrong = self.fault(&format!("must be a list of tables, each under its own `[[{name}]]`."));
        let DeValue::Array(items) = self.value else { return Err(wrong) };
        let (text, key) = (self.text, self.key);
        let mut tables = Vec::new();
        for item in items {
            let Range { start, .. } = item.span();
            let DeValue::Table(table) = item.into_inner() else { return Err(wrong) };
            tables.push(Table::of(text.clone(), key.clone(), start, table));
        }
        Ok(tables)
    }

    /// The value as a table.
    ///
    /// # Errors
    /// See [`Value::string`].
    pub fn table(self) -> Result<Table<'a>, Fault> {
        let wrong = self.fault("must be a table.");
        match self.value {
            DeValue::Table(table) => Ok(Table::of(self.text, self.key, self.at, table)),
            _ => Err(wrong),
        }
    }
}
