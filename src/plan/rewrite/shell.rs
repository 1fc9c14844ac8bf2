//! Shell scripts: `${NAME:?}`, which stops the script if it is not set.

use super::{ByHand, Edit, Rewrite, Spot, by_hand};
use crate::model::Span;

/// How the text at a place is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// A part of a word without quotes.
    Bare,
    /// Between double quotes, or in a document in which variables are replaced.
    Expanded,
    /// Between these single quotes.
    Single(Span),
}

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let read = format!("${{{}:?}}", spot.variable);
    let edit = replaced(spot.text, spot.span, &read, quoting(spot.text, spot.span)?);
    Ok(Rewrite { edits: vec![edit], ..Rewrite::default() })
}

/// The edit that puts `read` (something that double quotes expand) in the place of `span`.
pub(super) fn replaced(text: &str, span: Span, read: &str, quoting: Quoting) -> Edit {
    match quoting {
        Quoting::Expanded => Edit::new(span.start, span.end, read),
        Quoting::Bare => Edit::new(span.start, span.end, format!("\"{read}\"")),
        Quoting::Single(whole) => {
            let (head, tail) = (&text[whole.start + 1..span.start], &text[span.end..whole.end - 1]);
            let part = |text: &str| if text.is_empty() { String::new() } else { format!("'{text}'") };
            Edit::new(whole.start, whole.end, format!("{}\"{read}\"{}", part(head), part(tail)))
        }
    }
}

/// What is open while a script is read.
enum OpenQuote {
    /// A command substitution, with the brackets in it.
    Command(usize),
    Double,
}

/// A document that a line announces (`<<END`): its end, and whether nothing is replaced in it.
struct HereDocument {
    end: String,
    is_quoted: bool,
}

/// Reads a script from its start up to a span.
struct ShellReader<'t> {
    text: &'t str,
    span: Span,
    at: usize,
    open: Vec<OpenQuote>,
    documents: Vec<HereDocument>,
}

/// How the text at `span` is quoted.
pub(super) fn quoting(text: &str, span: Span) -> Result<Quoting, ByHand> {
    let mut reader = ShellReader { text, span, at: 0, open: Vec::new(), documents: Vec::new() };
    while reader.at < span.start {
        if let Some(quoting) = reader.step()? {
            return Ok(quoting);
        }
    }
    if reader.at > span.start {
        return by_hand("it begins with something that is escaped");
    }
    match reader.open.last() {
        Some(OpenQuote::Double) => Ok(Quoting::Expanded),
        _ if text[span.start..span.end]
            .contains(|one: char| one.is_whitespace() || "'\"\\$`;&|<>()".contains(one)) =>
        {
            by_hand("it is a word with marks that mean something to the shell")
        }
        _ => Ok(Quoting::Bare),
    }
}

impl ShellReader<'_> {
    fn byte(&self) -> u8 {
        self.text.as_bytes()[self.at]
    }

    fn byte_before(&self) -> Option<u8> {
        self.at.checked_sub(1).map(|before| self.text.as_bytes()[before])
    }

    /// Reads on by a character, a quoted text, a comment or a document. Returns how the span is quoted if it is in that.
    fn step(&mut self) -> Result<Option<Quoting>, ByHand> {
        if matches!(self.open.last(), Some(OpenQuote::Double)) {
            self.in_double_quotes()?;
            return Ok(None);
        }
        let rest = &self.text.as_bytes()[self.at..];
        match self.byte() {
            b'\\' => self.at += 1,
            b'`' => return by_hand("backquotes are before it"),
            b'"' => self.open.push(OpenQuote::Double),
            b'\'' => {
                if let Some(quoting) = self.single_quotes()? {
                    return Ok(Some(quoting));
                }
            }
            b'#' if self.byte_before().is_none_or(|before| b" \t\n;(&|".contains(&before)) => {
                self.comment()?;
                return Ok(None);
            }
            b'(' => {
                if let Some(OpenQuote::Command(depth)) = self.open.last_mut() {
                    *depth += 1;
                } else if self.byte_before() == Some(b'$') {
                    self.open.push(OpenQuote::Command(1));
                }
            }
            b')' => {
                if let Some(OpenQuote::Command(depth)) = self.open.last_mut() {
                    *depth -= 1;
                    if *depth == 0 {
                        self.open.pop();
                    }
                }
            }
            b'<' if rest.starts_with(b"<<<") => self.at += 2,
            b'<' if rest.starts_with(b"<<") => self.announce_document(),
            b'\n' if !self.documents.is_empty() => return self.read_documents(),
            _ => {}
        }
        self.at += 1;
        Ok(None)
    }

    fn in_double_quotes(&mut self) -> Result<(), ByHand> {
        match self.byte() {
            b'\\' => self.at += 1,
            b'"' => drop(self.open.pop()),
            b'`' => return by_hand("backquotes are before it"),
            b'$' if self.text.as_bytes().get(self.at + 1) == Some(&b'(') => {
                self.open.push(OpenQuote::Command(1));
                self.at += 1;
            }
            _ => {}
        }
        self.at += 1;
        Ok(())
    }

    /// Goes to the closing quote.
    fn single_quotes(&mut self) -> Result<Option<Quoting>, ByHand> {
        let start = self.at + 1;
        let Some(end) = self.text[start..].find('\'').map(|found| start + found) else {
            return by_hand("a quote before it is not closed");
        };
        let has_escapes = self.byte_before() == Some(b'$');
        if has_escapes && (end > self.span.start || self.text[start..end].contains('\\')) {
            return by_hand("it is in, or after, a text with escapes");
        }
        if end >= self.span.end {
            return Ok(Some(Quoting::Single(Span::new(self.at, end + 1))));
        }
        self.at = end;
        Ok(None)
    }

    /// Goes to the end of the line, whose line break is looked at, too.
    fn comment(&mut self) -> Result<(), ByHand> {
        self.at = self.line_end(self.at);
        if self.at > self.span.start {
            return by_hand("it is in a comment: delete it there");
        }
        Ok(())
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.text.len(), |found| from + found)
    }

    /// Notes the document that `<<` announces, which begins on the next line.
    fn announce_document(&mut self) {
        let rest = self.text[self.at + 2..].trim_start_matches('-').trim_start_matches([' ', '\t']);
        let is_quoted = rest.starts_with(['"', '\'', '\\']);
        let end: String = rest
            .trim_start_matches(['"', '\'', '\\'])
            .chars()
            .take_while(|one| one.is_alphanumeric() || matches!(one, '_' | '-' | '.'))
            .collect();
        // Not `$((1 << 2))`.
        if end.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            self.documents.push(HereDocument { end, is_quoted });
        }
        self.at += 1;
    }

    /// Goes to the end of the documents that the line before announced.
    fn read_documents(&mut self) -> Result<Option<Quoting>, ByHand> {
        for document in std::mem::take(&mut self.documents) {
            let start = self.at + 1;
            let mut next = start;
            let mut end = None;
            for line in self.text.get(start..).unwrap_or_default().split_inclusive('\n') {
                if line.trim() == document.end {
                    end = Some(next);
                    break;
                }
                next += line.len();
            }
            let Some(end) = end else { return by_hand("a document before it has no end") };
            if self.span.start < end {
                if document.is_quoted {
                    return by_hand("it is in a document in which nothing is replaced");
                }
                return Ok(Some(Quoting::Expanded));
            }
            self.at = self.line_end(end);
        }
        Ok(None)
    }
}
