//! The sheet that a text report is written on: its colours, and lines that fit the terminal.

use crate::model::Severity;
use std::io::{self, Write};

/// Where the second column begins.
const COLUMN: usize = 15;

/// Below this room, characters, nothing is wrapped: a column of single words is harder to read.
const NARROWEST: usize = 24;

/// A sheet.
pub(super) struct TextSheet<'a> {
    /// Where to write.
    pub(super) out: &'a mut dyn Write,
    /// Colours.
    pub(super) paint: Paint,
    /// How many characters a line has, if lines are wrapped.
    pub(super) width: Option<usize>,
}

impl TextSheet<'_> {
    /// A line as it is.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A name and its meaning, in two columns.
    pub(super) fn row(&mut self, name: &str, value: &str) -> io::Result<()> {
        let head = self.paint.dim(&format!("{name:<12}"));
        let mut lines = self.wrapped(value, COLUMN).into_iter();
        writeln!(self.out, "  {head} {}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(self.out, "{:COLUMN$}{line}", ""))
    }

    /// A sentence of several lines at most, each painted; those after the first begin with `indent` blanks.
    pub(super) fn text(
        &mut self,
        text: &str,
        indent: usize,
        paint: impl Fn(&str) -> String,
    ) -> io::Result<()> {
        for (at, line) in self.wrapped(text, indent).into_iter().enumerate() {
            let indent = if at == 0 { 0 } else { indent };
            writeln!(self.out, "{:indent$}{}", "", paint(&line))?;
        }
        Ok(())
    }

    /// A note of the run.
    pub(super) fn note(&mut self, note: &str) -> io::Result<()> {
        let head = self.paint.bold("note:");
        for (at, line) in self.wrapped(note, 6).into_iter().enumerate() {
            let head = if at == 0 { &*head } else { "     " };
            writeln!(self.out, "{head} {line}")?;
        }
        Ok(())
    }

    /// The text in lines that leave `indent` characters free.
    fn wrapped(&self, text: &str, indent: usize) -> Vec<String> {
        match self.width.map(|width| width.saturating_sub(indent)) {
            Some(room) if room >= NARROWEST => wrapped(text, room),
            _ => vec![text.to_owned()],
        }
    }
}

/// The text in lines of at most `room` characters, broken at blanks only: a path stays whole, for whoever copies it.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    let mut is_first = true;
    for word in text.split(' ') {
        let size = word.chars().count();
        if length + 1 + size > room && !word.is_empty() && !line.trim_ascii().is_empty() {
            lines.push(line.trim_end().to_owned());
            (line, length, is_first) = (String::new(), 0, true);
        }
        if !is_first {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        (length, is_first) = (length + size, false);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    /// Whether there are colours.
    pub(super) on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        self.with(
            match severity {
                Severity::Critical => "1;31",
                Severity::High => "31",
                Severity::Medium => "1;33",
                Severity::Low => "33",
                Severity::Info => "36",
            },
            text,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_nothing_is_lost() {
        let text =
            "a value assigned to `x`;  it is not made of words; src/a/very/long/path/that/stays.rs:1:2 end";
        for room in 1..100 {
            let lines = wrapped(text, room);
            assert_eq!(
                lines.join(" ").split_whitespace().collect::<Vec<_>>(),
                text.split_whitespace().collect::<Vec<_>>()
            );
            for line in lines {
                assert!(line.len() <= room || !line.contains(' '), "{room}: {line}");
            }
        }
        assert_eq!(wrapped("a  b", 80), ["a  b"]);
        assert_eq!(wrapped("", 80), [""]);
        assert_eq!(wrapped("  2 a b", 80), ["  2 a b"]);
    }
}
