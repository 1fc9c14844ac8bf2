//! The arguments of a call: the names whose values it writes.

use super::languages::{Interpolation, Language};
use crate::scan;

/// Calls that hand on what they are given, or a text with it.
const TRANSPARENT: &[&str] = &[
    "Errorf",
    "Sprint",
    "Sprintf",
    "Sprintln",
    "String",
    "concat",
    "dict",
    "format",
    "inspect",
    "print_r",
    "repr",
    "sprintf",
    "str",
    "strval",
    "stringify",
    "to_s",
    "unicode",
    "valueOf",
    "var_export",
];

/// Methods that give the same secret.
const SAME: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_ref",
    "as_str",
    "clone",
    "decode",
    "encode",
    "expose",
    "expose_secret",
    "get_secret_value",
    "inspect",
    "strip",
    "to_owned",
    "to_s",
    "to_string",
    "toString",
    "trim",
    "unwrap",
    "unwrap_or_default",
];

/// The longest name between brackets, with its quotes.
const LONGEST_KEY: usize = 68;

/// How deep strings in strings are read.
const DEPTH: usize = 4;

/// The text of arguments, up to the end of the call.
pub(super) struct Arguments<'t> {
    text: &'t [u8],
    language: &'t Language,
    /// True if they end with a parenthesis, false if with the line.
    is_list: bool,
    depth: usize,
    at: usize,
    names: Vec<String>,
}

impl<'t> Arguments<'t> {
    /// The arguments that begin with `text`.
    pub(super) fn new(text: &'t [u8], language: &'t Language, is_list: bool) -> Self {
        Self { text, language, is_list, depth: 0, at: 0, names: Vec::new() }
    }

    /// The names of secrets in it, each once; and how far that was read, bytes. If the call does not end there, what was
    /// taken for its arguments may be something else: then it is to the end of the line.
    pub(super) fn names(mut self) -> (Vec<String>, usize) {
        let has_ended = if self.language.interpolation == Interpolation::Shell {
            self.shell();
            false
        } else {
            self.expression()
        };
        self.names.sort();
        self.names.dedup();
        let line = || memchr::memchr(b'\n', self.text).unwrap_or(self.text.len());
        let read = if has_ended { self.at } else { line() };
        (self.names, read)
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Reads to the end of the call. False if there is none.
    fn expression(&mut self) -> bool {
        let mut open = 0_usize;
        let mut is_refused = false;
        while self.at < self.text.len() {
            let byte = self.text[self.at];
            let refused_before = std::mem::take(&mut is_refused);
            match byte {
                b'"' | b'\'' | b'`' => self.string(&[]),
                b'(' | b'[' | b'{' => {
                    open += 1;
                    self.at += 1;
                    // `not (x)`, `!(x)`
                    if refused_before {
                        self.at -= 1;
                        self.skip_group();
                        open -= 1;
                    }
                }
                b')' | b']' | b'}' => {
                    if open == 0 {
                        return true;
                    }
                    open -= 1;
                    self.at += 1;
                }
                b'!' => {
                    is_refused = self.peek(1) != b'=';
                    self.at += 1;
                }
                b'#' if self.language.comment == "#" => self.skip_line(),
                b'/' if self.language.comment == "//" && self.peek(1) == b'/' => self.skip_line(),
                b';' if open == 0 && !self.is_list => return true,
                _ if is_start(byte) => is_refused = self.chain(refused_before),
                b' ' | b'\t' => {
                    is_refused = refused_before;
                    self.at += 1;
                }
                _ if byte.is_ascii_digit() => self.word(),
                _ => self.at += 1,
            }
        }
        false
    }

    fn skip_line(&mut self) {
        self.at = memchr::memchr(b'\n', &self.text[self.at..]).map_or(self.text.len(), |mark| self.at + mark);
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
    }

    fn word(&mut self) {
        while self.at < self.text.len() && is_part(self.text[self.at]) {
            self.at += 1;
        }
    }

    /// Skips what is between the bracket here and its partner.
    fn skip_group(&mut self) {
        let mut open = 0_usize;
        while self.at < self.text.len() {
            match self.text[self.at] {
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        self.at += 1;
                        return;
                    }
                }
                b'"' | b'\'' | b'`' => {
                    self.end_of_string();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Reads a name with its members (`self.config["key"].value`), and notes it if it is a secret's and its value is
    /// written. Returns true if what follows is only tested (`not`).
    fn chain(&mut self, is_refused: bool) -> bool {
        let start = self.at;
        // A mark that begins a name is part of none.
        self.at += 1;
        self.word();
        let first = &self.text[start..self.at];
        if matches!(
            first,
            b"not" | b"typeof" | b"len" | b"bool" | b"isinstance" | b"defined" | b"empty" | b"isset"
        ) {
            if self.peek(0) == b'(' {
                self.skip_group();
            }
            return true;
        }
        // Strings with letters before them.
        if first.len() <= 2 && matches!(self.peek(0), b'"' | b'\'') {
            self.string(first);
            return false;
        }
        if first == b"$" && self.peek(0) == b'@' && self.peek(1) == b'"' {
            self.at += 1;
            self.string(b"$");
            return false;
        }
        let mut name = (start, self.at);
        // The last member of the chain: what decides.
        let mut last = text_of(first);
        let mut is_call = false;
        loop {
            let rest = &self.text[self.at..];
            let mark =
                ["?.", "!.", "&.", "->", "::", "."].iter().find(|mark| rest.starts_with(mark.as_bytes()));
            if let Some(mark) = mark
                && rest.get(mark.len()).is_some_and(|&byte| is_start(byte))
            {
                self.at += mark.len();
                let from = self.at;
                self.word();
                let member = text_of(&self.text[from..self.at]);
                let is_same =
                    SAME.contains(&&*member) && (self.peek(0) == b'(' || !member.contains("Secret"));
                if is_same && scan::names_secret(last.as_bytes()) {
                    if self.peek(0) == b'(' {
                        self.skip_group();
                    }
                    continue;
                }
                name.1 = self.at;
                last = member;
                is_call = false;
                continue;
            }
            if rest.first() == Some(&b'!') && rest.get(1) == Some(&b'(') && self.language.name == "Rust" {
                self.at += 1;
                continue;
            }
            if rest.first() == Some(&b'(') {
                if TRANSPARENT.contains(&&*last) {
                    // Its arguments are read as if they were the call's own.
                    return false;
                }
                let is_empty = rest.get(1) == Some(&b')');
                let asked = last.strip_prefix("get").or_else(|| last.strip_prefix("Get"));
                match asked {
                    Some(asked)
                        if is_empty && asked.starts_with(|letter: char| letter.is_ascii_uppercase()) =>
                    {
                        last = asked.to_owned();
                    }
                    _ => is_call = true,
                }
                self.skip_group();
                continue;
            }
            if rest.first() == Some(&b'[') {
                let Some(key) = index_key(&rest[1..]) else {
                    // A part of it, or an element.
                    is_call = true;
                    self.skip_group();
                    continue;
                };
                last = text_of(key);
                let from = self.at;
                self.skip_group();
                let inside = memchr::memmem::find(&self.text[from..self.at], key).unwrap_or(0);
                name = (from + inside, from + inside + key.len());
                is_call = false;
                continue;
            }
            break;
        }
        if !is_call && !is_refused && !self.is_only_tested() {
            self.note(&last, &self.text[name.0..name.1]);
        }
        false
    }

    /// True if the value of what was just read is compared, tested or assigned to, and not written.
    fn is_only_tested(&mut self) -> bool {
        let here = self.at;
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let starts = |mark: &str| rest.starts_with(mark.as_bytes());
        let is_key = starts(":") && !starts("::") && !starts(":-") || starts("=>");
        let is_assigned = starts("=");
        let is_compared = ["!=", "<", ">", "===", "is ", "in ", "not in ", "instanceof ", "&&", "and "]
            .iter()
            .any(|mark| starts(mark));
        let is_asked = self.language.has_ternary
            && starts("?")
            && !starts("??")
            && !starts("?.")
            && !starts("?->")
            && !starts("?:");
        self.at = here;
        is_key || is_assigned || is_compared || is_asked
    }

    fn note(&mut self, last: &str, name: &[u8]) {
        if scan::names_secret(last.as_bytes()) {
            let name = String::from_utf8_lossy(name);
            let name: String =
                name.trim_start_matches('$').chars().filter(|letter| !letter.is_whitespace()).collect();
            self.names.push(name.chars().take(128).collect());
        }
    }

    /// Moves past the string that begins here; its inside.
    fn end_of_string(&mut self) -> (usize, usize) {
        let quote = self.text[self.at];
        let is_triple = self.text[self.at..].starts_with(&[quote; 3]);
        let width = if is_triple { 3 } else { 1 };
        let from = self.at + width;
        self.at = from.min(self.text.len());
        while self.at < self.text.len() {
            if self.text[self.at] == b'\\' {
                self.at += 2;
                continue;
            }
            if self.text[self.at..].starts_with(&[quote; 3][..width]) {
                let end = self.at;
                self.at += width;
                return (from, end);
            }
            // An apostrophe of Rust's lifetimes, or a string that is cut off.
            if self.text[self.at] == b'\n' && !is_triple && quote != b'`' {
                return (from.min(self.at), self.at);
            }
            self.at += 1;
        }
        self.at = self.text.len();
        (from.min(self.at), self.at)
    }

    /// Reads a string, with the letters before it, and what it repeats in itself.
    fn string(&mut self, before: &[u8]) {
        let quote = self.text[self.at];
        let (from, to) = self.end_of_string();
        let inside = &self.text[from..to];
        let is_open = match self.language.interpolation {
            Interpolation::Python => before.iter().any(|letter| matches!(letter, b'f' | b'F')),
            Interpolation::Backticks => quote == b'`',
            Interpolation::Ruby | Interpolation::Php | Interpolation::Rust => quote == b'"',
            Interpolation::CSharp => before.contains(&b'$'),
            Interpolation::Never | Interpolation::Shell => false,
        };
        if is_open && self.depth < DEPTH {
            self.interpolated(inside);
        }
    }

    fn interpolated(&mut self, inside: &'t [u8]) {
        let opening: &[u8] = match self.language.interpolation {
            Interpolation::Backticks => b"${",
            Interpolation::Ruby => b"#{",
            _ => b"{",
        };
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&inside[at..], opening) {
            let open = at + found + opening.len();
            // Doubled, it is a brace.
            if opening == b"{" && inside.get(open) == Some(&b'{') {
                at = open + 1;
                continue;
            }
            let Some(end) = memchr::memchr(b'}', &inside[open..]) else { break };
            let mut part = &inside[open..open + end];
            if matches!(
                self.language.interpolation,
                Interpolation::Python | Interpolation::Rust | Interpolation::CSharp
            ) {
                // Without the format (`{x!r:>10}`, `{x:?}`).
                part =
                    &part[..part.iter().position(|byte| matches!(byte, b'!' | b':')).unwrap_or(part.len())];
            }
            self.nested(part);
            at = open + end;
        }
        if self.language.interpolation == Interpolation::Php {
            self.dollars(inside);
        }
    }

    fn nested(&mut self, part: &'t [u8]) {
        let inner = Self {
            text: part,
            language: self.language,
            is_list: true,
            depth: self.depth + 1,
            at: 0,
            names: Vec::new(),
        };
        self.names.extend(inner.names().0);
    }

    /// `$NAME` and `${NAME}` in a text.
    fn dollars(&mut self, inside: &[u8]) {
        for at in memchr::memchr_iter(b'$', inside) {
            let is_braced = inside.get(at + 1) == Some(&b'{');
            let from = at + 1 + usize::from(is_braced);
            let len =
                inside.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| is_part(**byte)).count());
            let name = inside.get(from..from + len).unwrap_or_default();
            let after = inside.get(from + len..).unwrap_or_default();
            let is_plain =
                !is_braced || after.starts_with(b"}") || after.starts_with(b":-") || after.starts_with(b"-");
            // `$user->password` is read as a chain elsewhere.
            if is_plain && !name.is_empty() {
                self.note(&text_of(name), name);
            }
        }
    }

    /// The words of a shell: everything but what is between single quotes.
    fn shell(&mut self) {
        let text = self.text;
        let (mut from, mut at, mut is_double) = (0, 0, false);
        while at < text.len() {
            match text[at] {
                b'\\' => at += 1,
                b'"' => is_double = !is_double,
                b'\'' if !is_double => {
                    self.dollars(&text[from..at]);
                    at += 1 + memchr::memchr(b'\'', &text[at + 1..]).unwrap_or(text.len() - at - 1);
                    from = (at + 1).min(text.len());
                }
                b';' | b'#' if !is_double => {
                    self.dollars(&text[from.min(at)..at]);
                    return;
                }
                _ => {}
            }
            at += 1;
        }
        self.dollars(&text[from.min(text.len())..]);
    }
}

/// The name in `["name"]`, `['name']` and `[:name]`, from after the bracket.
fn index_key(text: &[u8]) -> Option<&[u8]> {
    let text = &text[..text.len().min(LONGEST_KEY)];
    let (from, end) = match text.first()? {
        quote @ (b'"' | b'\'') => (1, memchr::memchr(*quote, text.get(1..)?)? + 1),
        b':' => (1, memchr::memchr(b']', text)?),
        _ => return None,
    };
    let key = text.get(from..end)?;
    let is_name =
        !key.is_empty() && key.len() <= 64 && key.iter().all(|byte| is_part(*byte) || *byte == b'-');
    is_name.then_some(key)
}

fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'@')
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_start_matches(['$', '@']).to_owned()
}
