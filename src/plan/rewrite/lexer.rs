//! Comments and literals of source code, so that the exact bounds of a literal are known.
//!
//! # Design
//!
//! It reads a file from its start, since whether a quote opens or closes depends on all that is before it. Whatever it cannot
//! be sure of ends the reading: what is after that is changed by nobody ([`Lexed::broken_at`]).

use crate::model::Span;

/// A language as far as its literals and comments are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    CSharp,
    EcmaScript,
    Go,
    Hcl,
    Java,
    Php,
    Python,
    Ruby,
    Rust,
}

/// What a piece of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    Comment,
    /// A string without anything computed in it, on one line: between its quotes are its bytes and escapes.
    Plain,
    /// A string in which something is computed, or that goes over lines, or is no string of text.
    Template,
    /// A regular expression, a heredoc, a character: what must not be read as code.
    Other,
}

/// A comment or a literal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// All of it, with quotes and prefix.
    pub(super) span: Span,
    /// What is between the quotes.
    pub(super) content: Span,
    pub(super) kind: PieceKind,
}

/// A text, cut up.
#[derive(Debug)]
pub(super) struct Lexed<'a> {
    pub(super) text: &'a str,
    pub(super) pieces: Vec<Piece>,
    /// From here on it is not known what is what.
    pub(super) broken_at: Option<usize>,
}

/// How a piece that begins somewhere ends.
enum Begun {
    Piece(Piece),
    /// Something begins here whose end is not known.
    Broken,
}

impl<'a> Lexed<'a> {
    /// Cuts `text` up.
    pub(super) fn of(dialect: Dialect, text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut lexed = Self { text, pieces: Vec::new(), broken_at: None };
        let mut at = match dialect {
            // What is before the first tag is no code.
            Dialect::Php => match text.find("<?php").or_else(|| text.find("<?=")) {
                Some(start) => {
                    lexed.skip(0, start);
                    start + 2
                }
                None => {
                    lexed.broken_at = Some(0);
                    bytes.len()
                }
            },
            // A first line that names the interpreter.
            _ if text.starts_with("#!") && !text.starts_with("#![") => {
                let end = text.find('\n').unwrap_or(text.len());
                lexed.skip(0, end);
                end
            }
            _ => 0,
        };
        while at < bytes.len() {
            // Nothing begins within a character.
            if bytes[at] >= 128 {
                at += 1;
                continue;
            }
            match lexed.begin(dialect, at) {
                Some(Begun::Piece(piece)) => {
                    at = piece.span.end.max(at + 1);
                    lexed.pieces.push(piece);
                }
                Some(Begun::Broken) => {
                    lexed.broken_at = Some(at);
                    return lexed;
                }
                None => at += 1,
            }
        }
        lexed
    }

    fn skip(&mut self, start: usize, end: usize) {
        let span = Span::new(start, end);
        self.pieces.push(Piece { span, content: span, kind: PieceKind::Comment });
    }

    /// The piece that contains all of `span`.
    pub(super) fn around(&self, span: Span) -> Option<&Piece> {
        self.pieces.iter().find(|one| one.span.start <= span.start && span.end <= one.span.end)
    }

    /// True if this place is in a piece.
    fn is_inside(&self, at: usize) -> bool {
        let next = self.pieces.partition_point(|one| one.span.end <= at);
        self.pieces.get(next).is_some_and(|one| one.span.start <= at)
    }

    /// The text before `at` without comments and with its pieces replaced by blanks of the same length, for looking at code.
    pub(super) fn code_before(&self, at: usize) -> String {
        self.code(0, at)
    }

    /// The same from `start` to `end`; literals become `"` and blanks.
    pub(super) fn code(&self, start: usize, end: usize) -> String {
        let mut out = String::with_capacity(end - start);
        let mut from = start;
        for piece in self.pieces.iter().filter(|one| one.span.start >= start && one.span.end <= end) {
            out.push_str(self.text.get(from..piece.span.start).unwrap_or_default());
            let blank = if piece.kind == PieceKind::Comment { ' ' } else { '"' };
            // As many bytes as the text has: places in both are the same.
            for letter in self.text[piece.span.start..piece.span.end].chars() {
                match letter {
                    '\n' => out.push('\n'),
                    _ => out.extend(std::iter::repeat_n(blank, letter.len_utf8())),
                }
            }
            from = piece.span.end;
        }
        out.push_str(self.text.get(from..end).unwrap_or_default());
        out
    }

    /// The brackets that are open at `at`, outermost first: each with the code before it.
    pub(super) fn open_brackets(&self, at: usize) -> Vec<(char, usize)> {
        let mut open = Vec::new();
        for (index, letter) in self.text[..at].char_indices() {
            if !matches!(letter, '(' | '[' | '{' | ')' | ']' | '}') || self.is_inside(index) {
                continue;
            }
            if matches!(letter, '(' | '[' | '{') {
                open.push((letter, index));
            } else {
                open.pop();
            }
        }
        open
    }

    /// The code of the statement before `at`: back to the last `;`, `{` or `}`.
    pub(super) fn statement_before(&self, at: usize) -> String {
        let code = self.code_before(at);
        let start = code.rfind([';', '{', '}']).map_or(0, |found| found + 1);
        code[start..].to_owned()
    }

    fn begin(&self, dialect: Dialect, at: usize) -> Option<Begun> {
        let rest = &self.text.as_bytes()[at..];
        let first = rest[0];
        let comment = self.comment(dialect, at);
        if comment.is_some() {
            return comment;
        }
        match dialect {
            Dialect::Python => python(self.text, at),
            Dialect::Rust => rust(self.text, at),
            Dialect::Go => match first {
                b'"' => Some(quoted(self.text, at, at + 1, PieceKind::Plain)),
                b'`' => Some(raw(self.text, at, at + 1, "`")),
                b'\'' => Some(character(self.text, at)),
                _ => None,
            },
            Dialect::Java => match first {
                b'"' if rest.starts_with(b"\"\"\"") => Some(long(self.text, at, at + 3, "\"\"\"")),
                b'"' => Some(quoted(self.text, at, at + 1, PieceKind::Plain)),
                b'\'' => Some(character(self.text, at)),
                _ => None,
            },
            Dialect::CSharp => csharp(self.text, at),
            Dialect::EcmaScript => match first {
                b'"' | b'\'' => Some(quoted(self.text, at, at + 1, PieceKind::Plain)),
                b'`' => Some(template(self.text, at, b'`', "${")),
                b'/' if self.is_value_position(at) => Some(regex(self.text, at)),
                _ => None,
            },
            Dialect::Hcl => match first {
                b'"' => Some(template(self.text, at, b'"', "${")),
                b'<' if rest.starts_with(b"<<") => heredoc(self.text, at),
                _ => None,
            },
            Dialect::Php => match first {
                b'"' => Some(match quoted(self.text, at, at + 1, PieceKind::Plain) {
                    Begun::Piece(piece)
                        if self.text[piece.content.start..piece.content.end].contains('$') =>
                    {
                        Begun::Piece(Piece { kind: PieceKind::Template, ..piece })
                    }
                    found => found,
                }),
                b'\'' => Some(quoted(self.text, at, at + 1, PieceKind::Plain)),
                b'<' if rest.starts_with(b"<<<") => heredoc(self.text, at).or(Some(Begun::Broken)),
                b'`' => Some(Begun::Broken),
                // What is between `?>` and the next tag is no code.
                b'?' if rest.starts_with(b"?>") => {
                    let next = self.text[at..].find("<?").map_or(self.text.len(), |found| at + found + 2);
                    let span = Span::new(at, next);
                    Some(Begun::Piece(Piece { span, content: span, kind: PieceKind::Other }))
                }
                _ => None,
            },
            Dialect::Ruby => match first {
                b'"' => Some(template(self.text, at, b'"', "#{")),
                b'\'' => Some(quoted(self.text, at, at + 1, PieceKind::Plain)),
                b'<' if rest.starts_with(b"<<") => heredoc(self.text, at),
                b'`' => Some(Begun::Broken),
                b'%' if self.is_value_position(at) => Some(Begun::Broken),
                b'/' if self.is_value_position(at) => Some(regex(self.text, at)),
                _ => None,
            },
        }
    }

    fn comment(&self, dialect: Dialect, at: usize) -> Option<Begun> {
        let rest = &self.text.as_bytes()[at..];
        let is_line = match dialect {
            Dialect::Python | Dialect::Ruby => rest.starts_with(b"#"),
            Dialect::Hcl => rest.starts_with(b"#") || rest.starts_with(b"//"),
            Dialect::Php => rest.starts_with(b"//") || rest.starts_with(b"#") && !rest.starts_with(b"#["),
            _ => rest.starts_with(b"//"),
        };
        let piece = |end: usize| {
            let span = Span::new(at, end);
            Begun::Piece(Piece { span, content: span, kind: PieceKind::Comment })
        };
        if is_line {
            return Some(piece(self.text[at..].find('\n').map_or(self.text.len(), |found| at + found)));
        }
        if dialect == Dialect::Ruby && rest.starts_with(b"=begin") && is_line_start(self.text, at) {
            return Some(self.text[at..].find("\n=end").map_or(Begun::Broken, |found| piece(at + found + 5)));
        }
        if dialect == Dialect::Ruby && rest.starts_with(b"__END__") && is_line_start(self.text, at) {
            return Some(piece(self.text.len()));
        }
        if !rest.starts_with(b"/*") || matches!(dialect, Dialect::Python | Dialect::Ruby) {
            return None;
        }
        let (mut depth, mut next) = (1, at + 2);
        while depth > 0 {
            let more = self.text[next..].find(['*', '/']);
            let Some(found) = more.map(|found| next + found) else { return Some(Begun::Broken) };
            if self.text[found..].starts_with("*/") {
                depth -= 1;
                next = found + 2;
            } else if dialect == Dialect::Rust && self.text[found..].starts_with("/*") {
                depth += 1;
                next = found + 2;
            } else {
                next = found + 1;
            }
        }
        Some(piece(next))
    }

    /// True if a value and no operator is expected at `at`: by what is before it.
    fn is_value_position(&self, at: usize) -> bool {
        let mut end = at;
        let mut pieces = self.pieces.iter().rev();
        let before = loop {
            let piece = pieces.next();
            let start = piece.map_or(0, |piece| piece.span.end);
            let gap = self.text[start..end].trim_end();
            match piece {
                _ if !gap.is_empty() => break gap,
                None => return true,
                Some(piece) if piece.kind == PieceKind::Comment => end = piece.span.start,
                Some(_) => return false,
            }
        };
        let last = before.chars().next_back().unwrap_or(' ');
        let word = before.rsplit(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or_default();
        "(,=:[!&|?{};+~><".contains(last) || VALUE_FOLLOWS.contains(&word)
    }
}

/// Words after which a value is expected.
const VALUE_FOLLOWS: &[&str] =
    &["and", "case", "if", "in", "not", "or", "puts", "return", "typeof", "unless", "when"];

fn is_line_start(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes()[at - 1] == b'\n'
}

/// A string on one line that begins at `start`, its content at `from`, closed by its quote; a backslash hides a character.
fn quoted(text: &str, start: usize, from: usize, kind: PieceKind) -> Begun {
    let bytes = text.as_bytes();
    let quote = bytes[from - 1];
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' => return Begun::Broken,
            byte if byte == quote => {
                let (span, content) = (Span::new(start, at + 1), Span::new(from, at));
                return Begun::Piece(Piece { span, content, kind });
            }
            _ => at += 1,
        }
    }
    Begun::Broken
}

/// A string without escapes, of one line or several.
fn raw(text: &str, start: usize, from: usize, close: &str) -> Begun {
    let Some(length) = text[from..].find(close) else { return Begun::Broken };
    let content = Span::new(from, from + length);
    let is_short = !text[content.start..content.end].contains('\n');
    let kind = if is_short { PieceKind::Plain } else { PieceKind::Template };
    Begun::Piece(Piece { span: Span::new(start, content.end + close.len()), content, kind })
}

/// A string over lines with escapes.
fn long(text: &str, start: usize, from: usize, close: &str) -> Begun {
    let mut at = from;
    while at < text.len() {
        if text.as_bytes()[at] == b'\\' {
            at += 2;
        } else if text.as_bytes()[at..].starts_with(close.as_bytes()) {
            let (span, content) = (Span::new(start, at + close.len()), Span::new(from, at));
            return Begun::Piece(Piece { span, content, kind: PieceKind::Template });
        } else {
            at += 1;
        }
    }
    Begun::Broken
}

/// A string in which `mark` begins something computed. With that it ends the reading if quotes are in it.
fn template(text: &str, start: usize, quote: u8, mark: &str) -> Begun {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let mut is_plain = true;
    let mut depth = 0usize;
    while at < bytes.len() {
        if depth == 0 && bytes[at] == b'\\' {
            at += 2;
        } else if depth == 0 && bytes[at..].starts_with(mark.as_bytes()) {
            (is_plain, depth) = (false, 1);
            at += mark.len();
        } else if depth > 0 {
            match bytes[at] {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'"' | b'\'' | b'`' | b'\n' | b'/' => {
                    // Its own strings, on this line and without anything computed in turn.
                    let is_string = matches!(bytes[at], b'"' | b'\'');
                    match is_string.then(|| quoted(text, at, at + 1, PieceKind::Plain)) {
                        Some(Begun::Piece(inner))
                            if !text[inner.content.start..inner.content.end].contains(mark) =>
                        {
                            at = inner.span.end;
                            continue;
                        }
                        _ => return Begun::Broken,
                    }
                }
                _ => {}
            }
            at += 1;
        } else if bytes[at] == quote {
            let (span, content) = (Span::new(start, at + 1), Span::new(start + 1, at));
            is_plain &= !text[content.start..content.end].contains('\n');
            let kind = if is_plain { PieceKind::Plain } else { PieceKind::Template };
            return Begun::Piece(Piece { span, content, kind });
        } else {
            at += 1;
        }
    }
    Begun::Broken
}

/// A character between quotes.
fn character(text: &str, at: usize) -> Begun {
    match quoted(text, at, at + 1, PieceKind::Other) {
        Begun::Piece(piece) if piece.content.len() <= 12 => Begun::Piece(piece),
        _ => Begun::Broken,
    }
}

/// A regular expression between slashes, on one line.
fn regex(text: &str, at: usize) -> Begun {
    let bytes = text.as_bytes();
    let (mut next, mut in_class) = (at + 1, false);
    while next < bytes.len() {
        match bytes[next] {
            b'\n' => break,
            b'\\' => next += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => {
                let span = Span::new(at, next + 1);
                return Begun::Piece(Piece { span, content: span, kind: PieceKind::Other });
            }
            _ => {}
        }
        next += 1;
    }
    Begun::Broken
}

/// A document after `<<`, `<<-`, `<<~` or `<<<` and a word; `None` if no word follows (a shift).
fn heredoc(text: &str, at: usize) -> Option<Begun> {
    let rest = text[at..].trim_start_matches('<').trim_start_matches(['-', '~', ' ']);
    let is_spaced = text[at..].trim_start_matches('<').starts_with(' ');
    let rest = rest.trim_start_matches(['"', '\'', '`']);
    let word: &str = rest.split(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or_default();
    let is_word = word.starts_with(|first: char| first.is_ascii_uppercase() || first == '_');
    if !is_word || is_spaced && !text[at..].starts_with("<<<") {
        return None;
    }
    let body = text[at..].find('\n').map(|found| at + found + 1);
    let mut next = body.unwrap_or(text.len());
    for line in text[next..].split_inclusive('\n') {
        let trimmed = line.trim().trim_end_matches([';', ',', ')']);
        if trimmed == word {
            let end = next + (line.len() - line.trim_start().len()) + word.len();
            let span = Span::new(at, end);
            return Some(Begun::Piece(Piece { span, content: span, kind: PieceKind::Other }));
        }
        next += line.len();
    }
    Some(Begun::Broken)
}

fn python(text: &str, at: usize) -> Option<Begun> {
    let bytes = text.as_bytes();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128;
    if at > 0 && is_letter(bytes[at - 1]) {
        return None;
    }
    let length = bytes[at..].iter().take(2).take_while(|byte| b"rRbBuUfFtT".contains(byte)).count();
    let quote_at = at + length;
    let quote = *bytes.get(quote_at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let prefix = text[at..quote_at].to_ascii_lowercase();
    let is_plain = matches!(prefix.as_str(), "" | "u" | "r");
    let triple = [quote; 3];
    if bytes[quote_at..].starts_with(&triple) {
        let close = if quote == b'"' { "\"\"\"" } else { "'''" };
        return Some(long(text, at, quote_at + 3, close));
    }
    let kind = if is_plain { PieceKind::Plain } else { PieceKind::Template };
    Some(quoted(text, at, quote_at + 1, kind))
}

fn rust(text: &str, at: usize) -> Option<Begun> {
    let bytes = text.as_bytes();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128;
    if bytes[at] == b'\'' {
        // A lifetime has no quote after its name.
        let rest = &text[at + 1..];
        let first = rest.chars().next()?;
        if first == '\\' || rest[first.len_utf8()..].starts_with('\'') {
            return Some(character(text, at));
        }
        return None;
    }
    if at > 0 && is_letter(bytes[at - 1]) {
        return None;
    }
    let prefix = bytes[at..].iter().take(2).take_while(|byte| b"bcr".contains(byte)).count();
    let (quote_at, prefix) = (at + prefix, &text[at..at + prefix]);
    let hashes = bytes[quote_at..].iter().take_while(|byte| **byte == b'#').count();
    if prefix.ends_with('r') && bytes.get(quote_at + hashes) == Some(&b'"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let found = raw(text, at, quote_at + hashes + 1, &close);
        return Some(match found {
            Begun::Piece(piece) if prefix != "r" => {
                Begun::Piece(Piece { kind: PieceKind::Template, ..piece })
            }
            found => found,
        });
    }
    if bytes.get(quote_at) == Some(&b'"') {
        let found = long(text, at, quote_at + 1, "\"");
        return Some(match found {
            Begun::Piece(piece)
                if prefix.is_empty() && !text[piece.content.start..piece.content.end].contains('\n') =>
            {
                Begun::Piece(Piece { kind: PieceKind::Plain, ..piece })
            }
            found => found,
        });
    }
    None
}

fn csharp(text: &str, at: usize) -> Option<Begun> {
    let rest = &text[at..];
    if rest.starts_with("\"\"\"") || rest.starts_with("$\"\"\"") || rest.starts_with("$$") {
        return Some(Begun::Broken);
    }
    if rest.starts_with("$@\"") || rest.starts_with("@$\"") {
        return Some(Begun::Broken);
    }
    if rest.starts_with("$\"") {
        return Some(match quoted(text, at, at + 2, PieceKind::Template) {
            Begun::Piece(piece) if !text[piece.content.start..piece.content.end].contains('{') => {
                Begun::Piece(piece)
            }
            // What is computed may have quotes of its own.
            Begun::Piece(piece)
                if text[piece.span.end..].starts_with([';', ',', ')', ' ', '\n', '\r', '.']) =>
            {
                Begun::Piece(piece)
            }
            _ => Begun::Broken,
        });
    }
    if rest.starts_with("@\"") {
        let mut next = at + 2;
        loop {
            next += text[next..].find('"')?;
            if text[next..].starts_with("\"\"") {
                next += 2;
            } else {
                let (span, content) = (Span::new(at, next + 1), Span::new(at + 2, next));
                return Some(Begun::Piece(Piece { span, content, kind: PieceKind::Template }));
            }
        }
    }
    match rest.as_bytes()[0] {
        b'"' => Some(quoted(text, at, at + 1, PieceKind::Plain)),
        b'\'' => Some(character(text, at)),
        _ => None,
    }
}
