//! TOML that people write by hand (the configuration, the ignore file), read strictly.
//!
//! A reader takes the keys it knows; any other key is an error that names file, line and the key that was probably
//! meant. No message shows a value: it may be a secret that was put into the wrong file.

use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A fault in a file, with its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct Fault {
    /// The file, as given.
    pub file: String,
    /// The line, 1-based.
    pub line: u64,
    /// What is wrong and what to do, as a sentence.
    pub problem: String,
}

/// A file's name and text, to report where something is.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The file, as given.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A table and its keys that were not taken yet.
#[derive(Debug)]
pub struct Sheet<'a> {
    page: Page<'a>,
    table: DeTable<'a>,
    known: Vec<&'static str>,
    /// A byte of the text at or before the table, and its line.
    start: (usize, u64),
}

/// A value and its span.
#[derive(Debug)]
pub struct Cell<'a> {
    page: Page<'a>,
    key: &'static str,
    value: Spanned<DeValue<'a>>,
    /// As of its table.
    start: (usize, u64),
}

impl<'a> Page<'a> {
    /// The line (1-based) of a byte of the text.
    pub fn line(&self, at: usize) -> u64 {
        1 + self.lines_between(0, at)
    }

    /// How many lines end between two bytes of the text.
    fn lines_between(&self, start: usize, end: usize) -> u64 {
        let between = self.text.as_bytes().get(start..end.min(self.text.len())).unwrap_or_default();
        memchr::memchr_iter(b'\n', between).count() as u64
    }

    /// A fault at a byte of the text.
    pub fn fault(&self, at: usize, problem: impl Into<String>) -> Fault {
        Fault { file: self.file.to_owned(), line: self.line(at), problem: problem.into() }
    }
}

impl<'a> Sheet<'a> {
    /// The top table of a file.
    ///
    /// # Errors
    ///
    /// A [`Fault`] if the text is not TOML.
    pub fn parse(page: Page<'a>) -> Result<Self, Fault> {
        let table = DeTable::parse(page.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            page.fault(at, format!("This is not TOML: {}.", error.message().trim_end_matches('.')))
        })?;
        Ok(Self { page, table: table.into_inner(), known: Vec::new(), start: (0, 1) })
    }

    /// Takes the value of `key` out of the table.
    pub fn take(&mut self, key: &'static str) -> Option<Cell<'a>> {
        self.known.push(key);
        let value = self.table.remove(key)?;
        Some(Cell { page: self.page, key, value, start: self.start })
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// A [`Fault`] for the first key that nobody took.
    pub fn finish(self) -> Result<(), Fault> {
        let Some(unknown) = self.table.keys().min_by_key(|key| key.span().start) else { return Ok(()) };
        let name: String = unknown.get_ref().chars().take(40).collect();
        let advice = match nearest(&name, &self.known) {
            Some(known) => format!("Did you mean `{known}`?"),
            None => format!("Known are {}.", list(&self.known)),
        };
        Err(self.page.fault(unknown.span().start, format!("There is no key `{name}`. {advice}")))
    }
}

impl<'a> Cell<'a> {
    /// Where the value is in the text, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.value.span()
    }

    /// A fault of this value: `problem` completes a sentence that starts with the key.
    pub fn fault(&self, problem: &str) -> Fault {
        self.page.fault(self.value.span().start, format!("`{}` {problem}", self.key))
    }

    /// The same of its item number `number` (1-based), if it is a list that has one: at that item's line.
    pub fn fault_at(&self, number: usize, problem: &str) -> Fault {
        let items = self.value.get_ref().as_array();
        let item = items.and_then(|items| items.get(number.checked_sub(1)?));
        let at = item.map_or(self.value.span().start, |item| item.span().start);
        self.page.fault(at, format!("`{}` {problem}", self.key))
    }

    /// The value as a string.
    ///
    /// # Errors
    ///
    /// A [`Fault`] if it is something else. So for the methods below.
    pub fn string(&self) -> Result<&str, Fault> {
        self.value.get_ref().as_str().ok_or_else(|| self.fault("must be a string."))
    }

    /// The value as true or false.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn boolean(&self) -> Result<bool, Fault> {
        self.value.get_ref().as_bool().ok_or_else(|| self.fault("must be true or false."))
    }

    /// The value as one of the names of `values`.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn one_of<T: Copy + std::fmt::Display>(&self, values: &[T]) -> Result<T, Fault> {
        let names: Vec<String> = values.iter().map(ToString::to_string).collect();
        let given = self.value.get_ref().as_str();
        let at = names.iter().position(|name| given == Some(name.as_str()));
        at.map(|at| values[at]).ok_or_else(|| self.fault(&format!("must be one of {}.", list(&names))))
    }

    /// The value as a calendar date: `2026-01-31`, with or without quotes.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn date(&self) -> Result<jiff::civil::Date, Fault> {
        let text = match self.value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) if date.time.is_none() => date.to_string(),
            _ => String::new(),
        };
        text.parse().map_err(|_| self.fault("must be a date such as \"2026-01-31\"."))
    }

    /// The value as a number of bytes: a whole number, or a string such as `"10MB"` (see [`parse_size`]).
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn size(&self) -> Result<u64, Fault> {
        let size = match self.value.get_ref() {
            DeValue::String(text) => parse_size(text),
            DeValue::Integer(number) => parse_size(number.as_str()),
            _ => None,
        };
        size.ok_or_else(|| self.fault("must be a number of bytes or a size such as \"10MB\"."))
    }

    /// The value as a duration, such as `"10s"`.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn duration(&self) -> Result<Duration, Fault> {
        let text = self.value.get_ref().as_str();
        text.and_then(parse_duration)
            .ok_or_else(|| self.fault("must be a duration such as \"10s\" or \"500ms\"."))
    }

    /// The value as a list of tables in one line each, `{ … }`.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn inline_tables(self) -> Result<Vec<Sheet<'a>>, Fault> {
        let wrong = self.fault("must be a list of tables `{ … }`.");
        let (page, start) = (self.page, self.start);
        let DeValue::Array(items) = self.value.into_inner() else { return Err(wrong) };
        let table = |item: Spanned<DeValue<'a>>| match item.into_inner() {
            DeValue::Table(table) => Ok(Sheet { page, table, known: Vec::new(), start }),
            _ => Err(wrong.clone()),
        };
        items.into_iter().map(table).collect()
    }

    /// The value as a list of strings.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn strings(&self) -> Result<Vec<String>, Fault> {
        let wrong = || self.fault("must be a list of strings.");
        let items = self.value.get_ref().as_array().ok_or_else(wrong)?;
        items.iter().map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }

    /// The same, each with a fault at its line, whose problem says that the key names it.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn named(&self) -> Result<Vec<(String, Fault)>, Fault> {
        let strings = self.strings()?;
        let items = self.value.get_ref().as_array().into_iter().flat_map(|items| items.iter());
        // Counted from one to the next, as for tables.
        let (mut at, mut line) = self.start;
        let mut faults = Vec::with_capacity(strings.len());
        for (name, item) in strings.into_iter().zip(items) {
            let start = item.span().start;
            line += self.page.lines_between(at, start);
            at = start;
            let problem = format!("`{}` names `{name}`", self.key);
            faults.push((name, Fault { file: self.page.file.to_owned(), line, problem }));
        }
        Ok(faults)
    }

    /// Where in the text the first table of the value starts, in bytes, if the value is a list of tables
    /// under headers (`[[key]]`).
    pub fn first_table(&self) -> Option<usize> {
        let start = self.value.get_ref().as_array()?.iter().next()?.span().start;
        self.page.text.get(start..)?.starts_with("[[").then_some(start)
    }

    /// Where in the text the tables of the value start, in bytes, if it is a list of tables under headers.
    pub fn starts_of_tables(&self) -> Vec<usize> {
        let items = self.value.get_ref().as_array().filter(|_| self.first_table().is_some());
        items.into_iter().flat_map(|items| items.iter().map(|item| item.span().start)).collect()
    }

    /// The value as a list of tables (`[[key]]`), each with the line on which it starts.
    ///
    /// # Errors
    ///
    /// See [`Cell::string`].
    pub fn tables(self) -> Result<Vec<(u64, Sheet<'a>)>, Fault> {
        let wrong = self.fault("must be a list of tables, each under its own `[[…]]`.");
        let page = self.page;
        let DeValue::Array(items) = self.value.into_inner() else { return Err(wrong) };
        let mut tables = Vec::new();
        // Counted from one to the next: there may be 100,000, and counting from the start took minutes.
        let (mut at, mut line) = (0, 1);
        for item in items {
            let start = item.span().start;
            line = if start < at { page.line(start) } else { line + page.lines_between(at, start) };
            at = start;
            let DeValue::Table(table) = item.into_inner() else { return Err(wrong) };
            tables.push((line, Sheet { page, table, known: Vec::new(), start: (start, line) }));
        }
        Ok(tables)
    }
}

/// The number of bytes that a size such as `512`, `64KiB`, `10MB` or `1.5G` means; units count in 1,024s.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim().replace('_', "");
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(1 << shift);
    }
    let bytes = number.parse::<f64>().ok()? * (1_u64 << shift) as f64;
    (bytes < (1_u64 << 53) as f64).then_some(bytes as u64)
}

/// A duration above zero, such as `10s`, `500ms` or `1m30s`. `None` for anything else.
fn parse_duration(text: &str) -> Option<Duration> {
    let signed: jiff::SignedDuration = text.trim().parse().ok()?;
    Duration::try_from(signed).ok().filter(|time| !time.is_zero())
}

/// The one of `known` that `name` most likely means.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let (distance, best) = known.iter().map(|known| (distance(&plain, known), *known)).min()?;
    (distance <= 1 + best.len() / 4).then_some(best)
}

/// How many bytes must be changed, added or removed to turn `one` into `other`.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, against) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(byte != against);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_with_and_without_units() {
        let table = [
            ("0", Some(0)),
            ("512", Some(512)),
            ("64KiB", Some(64 << 10)),
            ("10MB", Some(10 << 20)),
            ("1.5 G", Some(3 << 29)),
            ("1_000", Some(1000)),
            ("99999999999999999999", None),
            ("9999999999999T", None),
            ("-1", None),
            ("ten", None),
            ("1..5k", None),
            ("", None),
        ];
        for (text, size) in table {
            assert_eq!(parse_size(text), size, "{text}");
        }
    }

    #[test]
    fn durations_need_a_unit_and_last() {
        let table = [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("1.5 s", Some(1_500)),
            ("2m", Some(120_000)),
            ("10s ago", None),
            ("1h", Some(3_600_000)),
            ("10", None),
            ("0s", None),
            ("-1s", None),
            ("1..5s", None),
            ("1h30m", Some(5_400_000)),
            ("", None),
            ("s", None),
            ("99999999999999999999999s", None),
        ];
        for (text, milliseconds) in table {
            assert_eq!(parse_duration(text), milliseconds.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_one_that_was_meant() {
        let mut sheet =
            Sheet::parse(Page { file: "x.toml", text: "\nmin_confidense = 1\n" }).expect("the text is TOML");
        assert!(sheet.take("min-confidence").is_none());
        assert!(sheet.take("exclude").is_none());
        let fault = sheet.finish().expect_err("the key is unknown");
        assert_eq!(
            fault.to_string(),
            "x.toml:2: There is no key `min_confidense`. Did you mean `min-confidence`?"
        );
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_line_and_without_its_text() {
        let page = Page { file: "x.toml", text: "a = 1\nb = \"unclosed-value\n" };
        let fault = Sheet::parse(page).expect_err("the string is not closed");
        assert_eq!(fault.line, 2);
        assert!(!fault.to_string().contains("unclosed"), "{fault}");
    }
}
