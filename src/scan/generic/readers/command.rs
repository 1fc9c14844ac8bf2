//! The arguments of programs: which flag, position or pipe of which program takes a secret.
//!
//! `programs.txt` is the table. A command is read as a shell would read it: words between blanks, quotes, lines
//! continued by a backslash (or a caret, or a backquote). Lists of words, as languages pass them to a new process
//! (`["mysql", "-u", "root"]`), are read the same way. Nothing is guessed: a flag of a program that is not in the table
//! is nobody's password.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line_end};
use crate::scan::generic::quote;
use crate::scan::generic::words::Lengths;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The table.
const PROGRAMS: &str = include_str!("programs.txt");

/// The longest command that is read, in bytes and words.
const LONGEST: usize = 1200;
const MOST_WORDS: usize = 64;

/// A secret among the arguments of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scan::generic) struct Argument {
    /// The program's name.
    pub program: Span,
    /// The secret's span, without quotes.
    pub value: Span,
    /// The secret, with quotes and escapes undone.
    pub text: Vec<u8>,
}

/// One row for one program.
#[derive(Debug)]
struct ProgramRow {
    /// The word that must be the first that is not a flag.
    needs: Option<&'static str>,
    forms: Vec<Form>,
}

/// Where a secret is.
#[derive(Debug)]
enum Form {
    /// After this flag, in the next word.
    After(&'static str, ArgumentShape),
    /// After this flag, in the same word.
    Glued(&'static str, ArgumentShape),
    /// A word of this shape, anywhere.
    Word(ArgumentShape),
    /// The word at this position among those that are neither flags nor their values; 0 is the last.
    Position(usize),
    /// What is piped into the program.
    Piped(ArgumentShape),
    /// One of these words must be there, for the forms after it in the row.
    Needs(Vec<&'static str>),
    /// This word must not be there.
    Lacks(&'static str),
    /// This flag takes a value.
    Takes(&'static str),
}

/// Which part of a word is the secret.
#[derive(Clone, Copy, Debug)]
enum ArgumentShape {
    /// All of it.
    Whole,
    /// What follows a prefix.
    Behind(&'static str),
    /// What follows the first of this byte, with something before it.
    Beside(u8),
}

impl ArgumentShape {
    fn of(text: &'static str) -> Option<(Self, usize)> {
        // The flag or prefix, then `@`, or `?`, a mark and `@`.
        let text = text.strip_suffix('@')?;
        Some(match text.find('?') {
            Some(at) if text.len() == at + 2 => (Self::Beside(text.as_bytes()[at + 1]), at),
            _ => (Self::Whole, text.len()),
        })
    }

    /// The part of a word that is the secret.
    fn part(self, word: &[u8]) -> Option<(usize, usize)> {
        let from = match self {
            Self::Whole => 0,
            Self::Behind(prefix) => {
                let head = word.get(..prefix.len())?;
                head.eq_ignore_ascii_case(prefix.as_bytes()).then_some(prefix.len())?
            }
            Self::Beside(mark) => memchr::memchr(mark, word).filter(|&at| at > 0)? + 1,
        };
        let mut span = (from, word.len());
        // `{key}:{x}`: braces around both belong to neither.
        if let Self::Beside(_) = self
            && word.starts_with(b"{")
            && word.get(from) == Some(&b'{')
            && word.ends_with(b"}")
            && word.len() > from + 2
        {
            span = (from + 1, word.len() - 1);
        }
        // Oracle's `user/password@host`.
        if let Self::Beside(b'/') = self {
            let at = memchr::memrchr(b'@', &word[from..]);
            span.1 = at.map_or(word.len(), |at| from + at);
        }
        (span.1 > span.0).then_some(span)
    }
}

/// The rows by program.
#[derive(Debug, Default)]
struct ProgramTable {
    rows: HashMap<&'static str, Vec<ProgramRow>>,
    /// The programs by their names in lower case, as Windows ignores case.
    by_lower: HashMap<String, &'static str>,
    /// The lengths of the names.
    lengths: Lengths,
}

impl ProgramTable {
    /// The rows of a program, in any case if none is written exactly so.
    fn of(&self, name: &[u8]) -> Option<&[ProgramRow]> {
        if !self.lengths.may_have(name) {
            return None;
        }
        let name = std::str::from_utf8(name).ok()?;
        let rows = self.rows.get(name).or_else(|| {
            let known = self.by_lower.get(&name.to_ascii_lowercase())?;
            self.rows.get(known)
        });
        rows.map(Vec::as_slice)
    }
}

/// The table.
fn programs() -> &'static ProgramTable {
    static SHARED: OnceLock<ProgramTable> = OnceLock::new();
    SHARED.get_or_init(|| {
        let mut table = ProgramTable::default();
        for line in PROGRAMS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some((programs, forms)) = line.split_once(" : ") else { continue };
            let (programs, needs) = match programs.split_once(' ') {
                Some((programs, needs)) => (programs, Some(needs)),
                None => (programs, None),
            };
            for program in programs.split(',') {
                let needs = needs.map(|needs| needs.strip_suffix(r"\:set").unwrap_or(needs));
                table.rows.entry(program).or_default().push(ProgramRow { needs, forms: read_forms(forms) });
                table.lengths = table.lengths.with(program);
                let lower = program.to_ascii_lowercase();
                let known = table.by_lower.entry(lower).or_insert(program);
                // A name in lower case comes before others that differ in case.
                if program.bytes().all(|b| !b.is_ascii_uppercase()) {
                    *known = program;
                }
            }
        }
        table
    })
}

fn read_forms(text: &'static str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let form = if let Some(position) = word.strip_prefix('#') {
            Form::Position(position.parse().unwrap_or(0))
        } else if let Some(piped) = word.strip_prefix('<') {
            Form::Piped(ArgumentShape::of(piped).map_or(ArgumentShape::Whole, |(shape, _)| shape))
        } else if let Some(needs) = word.strip_prefix('+') {
            Form::Needs(needs.split(',').collect())
        } else if let Some(lacks) = word.strip_prefix('!') {
            Form::Lacks(lacks)
        } else if let Some(takes) = word.strip_prefix('=') {
            Form::Takes(takes)
        } else if let Some((shape, flag)) = ArgumentShape::of(word) {
            let flag = &word[..flag];
            if flag.is_empty() { Form::Word(shape) } else { Form::Glued(flag, shape) }
        } else {
            let next = words.next().unwrap_or("@");
            match ArgumentShape::of(next) {
                Some((ArgumentShape::Whole, prefix)) if prefix > 0 => {
                    Form::After(word, ArgumentShape::Behind(&next[..prefix]))
                }
                Some((shape, _)) => Form::After(word, shape),
                None => continue,
            }
        };
        forms.push(form);
    }
    forms
}

/// The name of the program whose name contains `word`, if it is where a command may start.
fn program(text: &[u8], word: Span) -> Option<(Span, &'static [ProgramRow])> {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let mut start = word.start;
    while start > 0 && is_part(text[start - 1]) && word.start - start < 24 {
        start -= 1;
    }
    let mut end = word.start;
    while end < text.len() && is_part(text[end]) && end - word.start < 40 {
        end += 1;
    }
    let mut name = &text[start..end];
    if name.len() > 4 && name[name.len() - 4..].eq_ignore_ascii_case(b".exe") {
        name = &name[..name.len() - 4];
    }
    let rows = programs().of(name)?;
    // A name that is assigned to, called, or a part of a longer path, is no command.
    let follows = byte(text, end);
    // The variable of a shell that has a program's name: `$CURL -u a:b`.
    let is_variable = start > 0
        && text[start - 1] == b'$'
        && byte(text, end) == b' '
        && byte(text, past_blanks(text, end)) == b'-';
    let starts = start == 0
        || is_variable
        || !matches!(text[start - 1], b'=' | b':' | b'@' | b'$' | b'%' | b',' | b'{' | b'<')
        || matches!(text[start - 1], b'=' | b':') && matches!(byte(text, start), b' ' | b'"');
    let ends = matches!(
        follows,
        0 | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'`' | b')' | b';' | b'|' | b'&'
    );
    (starts && ends).then_some((Span::new(start, end), rows))
}

/// Whether the program at `word` may be followed by arguments with a secret.
pub(in crate::scan::generic) fn quick(text: &[u8], word: Span) -> bool {
    let Some((name, _)) = program(text, word) else { return false };
    match byte(text, name.end) {
        b' ' | b'\t' => {
            matches!(byte(text, past_blanks(text, name.end)), b'!'..=b'~') || is_piped(text, name)
        }
        0 | b'\r' | b'\n' | b'`' | b')' | b';' | b'|' | b'&' => is_piped(text, name),
        b'"' | b'\'' if is_piped(text, name) => true,
        _ => matches!(
            text.get(name.end + 1..name.end + 4),
            Some([b',', ..] | [b' ', b',', _] | [b'"' | b'\'', b',', _])
        ),
    }
}

/// Whether something is piped into the program.
fn is_piped(text: &[u8], name: Span) -> bool {
    memchr::memchr(b'|', line_before(text, name.start)).is_some()
}

/// Passes the secrets among the arguments of the program at `word` to `found`.
pub(in crate::scan::generic) fn read(text: &[u8], word: Span, mut found: impl FnMut(Argument)) {
    let Some((name, rows)) = program(text, word) else { return };
    let Some(command) = Command::read(text, name) else { return };
    for row in rows {
        if let Some(needs) = row.needs
            && !command.first().is_some_and(|first| {
                first.eq_ignore_ascii_case(needs.as_bytes())
                    || needs == "config" && first.eq_ignore_ascii_case(b"config:set")
            })
        {
            continue;
        }
        row.read(text, &command, &mut found);
    }
}

impl ProgramRow {
    fn read(&self, text: &[u8], command: &Command, found: &mut impl FnMut(Argument)) {
        let mut holds = true;
        let words = &command.words;
        let is_flag_with_value = |word: &[u8]| {
            self.forms.iter().any(|form| match form {
                Form::After(flag, _) | Form::Takes(flag) => word == flag.as_bytes(),
                _ => false,
            })
        };
        let mut hand = |word: &Word, from: usize, to: usize| {
            if let Some(argument) = word.argument(command.name, from, to) {
                found(argument);
            }
        };
        for form in &self.forms {
            match form {
                Form::Needs(any) => holds = any.iter().any(|needed| command.has(needed)),
                Form::Lacks(flag) => {
                    if command.has(flag) {
                        return;
                    }
                }
                Form::Takes(_) => {}
                _ if !holds => {}
                Form::After(flag, shape) => {
                    for pair in words.windows(2) {
                        let is_value = !pair[1].text.starts_with(b"-") || pair[1].is_quoted;
                        let is_grouped = matches!(shape, ArgumentShape::Beside(b':'))
                            && is_last_of_group(&pair[0].text, flag);
                        if (is_flag(&pair[0].text, flag) || is_grouped)
                            && is_value
                            && let Some((from, to)) = shape.part(&pair[1].text)
                        {
                            hand(&pair[1], from, to);
                        }
                    }
                }
                Form::Glued(flag, shape) => {
                    for word in words {
                        let Some(head) = word.text.get(..flag.len()) else { continue };
                        let is_same = if flag.starts_with('/') || flag.len() > 3 {
                            head.eq_ignore_ascii_case(flag.as_bytes())
                        } else {
                            head == flag.as_bytes()
                        };
                        if is_same && let Some((from, to)) = shape.part(&word.text[flag.len()..]) {
                            // A group of short flags, or a long one, is not a flag and its value.
                            let rest = &word.text[flag.len()..];
                            let is_other = flag.len() == 2
                                && matches!(shape, ArgumentShape::Whole)
                                && (rest.starts_with(b"-")
                                    || rest.starts_with(b"=")
                                    || is_long_option(&word.text));
                            if !is_other {
                                hand(word, flag.len() + from, flag.len() + to);
                            }
                        }
                    }
                }
                Form::Word(shape) => {
                    for word in words
                        .iter()
                        .filter(|word| !word.text.starts_with(b"-") && !word.text.starts_with(b"/"))
                    {
                        if let Some((from, to)) = shape.part(&word.text) {
                            hand(word, from, to);
                        }
                    }
                }
                Form::Position(position) => {
                    let mut positions = Vec::new();
                    let mut is_value = false;
                    for word in words {
                        let is_option = word.text.starts_with(b"-") || word.text.starts_with(b"/");
                        if !is_option && !is_value {
                            positions.push(word);
                        }
                        is_value = is_option && is_flag_with_value(&word.text);
                    }
                    // The word that the row needs does not count as a position.
                    let positions = &positions[usize::from(self.needs.is_some()).min(positions.len())..];
                    let word = match position {
                        0 if positions.len() >= 2 => positions.last(),
                        0 => None,
                        nth => positions.get(nth - 1),
                    };
                    if let Some(word) =
                        word.filter(|word| !word.text.starts_with(br"\\") && !word.text.ends_with(b":"))
                    {
                        hand(word, 0, word.text.len());
                    }
                }
                Form::Piped(shape) => {
                    for word in piped(text, command) {
                        if let Some((from, to)) = shape.part(&word.text) {
                            hand(&word, from, to);
                        }
                    }
                }
            }
        }
    }
}

/// Whether a word is a flag: exactly, but Windows' and long ones in any case.
fn is_flag(word: &[u8], flag: &str) -> bool {
    if flag.starts_with('/') || flag.len() > 2 {
        word.eq_ignore_ascii_case(flag.as_bytes())
    } else {
        word == flag.as_bytes()
    }
}

/// Whether a word is several short flags, the last of which is `flag`: `-ksSu` for `-u`.
fn is_last_of_group(word: &[u8], flag: &str) -> bool {
    let [b'-', letter] = *flag.as_bytes() else { return false };
    matches!(word, [b'-', rest @ .., last]
        if *last == letter && (1..=6).contains(&rest.len()) && rest.iter().all(u8::is_ascii_alphabetic))
}

/// True for a long option, with one minus sign or two: `-password`, `--port`, `-pom.xml`.
fn is_long_option(word: &[u8]) -> bool {
    const LONG: &[&[u8]] =
        &[b"-password", b"-port", b"-profile", b"-project", b"-path", b"-prefix", b"-props", b"-pom"];
    LONG.iter().any(|long| word.get(..long.len()).is_some_and(|head| head.eq_ignore_ascii_case(long)))
}

/// A command, split into words.
struct Command {
    name: Span,
    words: Vec<Word>,
    /// Offset after its last word.
    end: usize,
}

/// A word of a command.
#[derive(Clone, Debug)]
struct Word {
    /// Its span, without quotes if it is quoted as a whole.
    span: Span,
    /// What it means.
    text: Vec<u8>,
    /// Whether it contains a quote.
    is_quoted: bool,
}

impl Word {
    /// The secret from `from` to `to` in the word's text.
    fn argument(&self, program: Span, from: usize, to: usize) -> Option<Argument> {
        let text = self.text.get(from..to)?;
        if text.is_empty() {
            return None;
        }
        let value = match self.text.len() == self.span.len() {
            true => Span::new(self.span.start + from, self.span.start + to),
            false => self.span,
        };
        Some(Argument { program, value, text: text.to_vec() })
    }
}

impl Command {
    /// The command whose program's name is `name`.
    fn read(text: &[u8], name: Span) -> Option<Self> {
        let limit = text.len().min(name.end + LONGEST);
        let outer = open_quote(line_before(text, name.start));
        let is_list = matches!(byte(text, name.end), b'"' | b'\'')
            && byte(text, past_blanks(text, name.end + 1)) == b',';
        let mut command = Self { name, words: Vec::new(), end: name.end };
        // A program is the first of its list, or has flags before it: in a list of names it is one of many.
        let before = text[..name.start - usize::from(is_list)].trim_ascii_end();
        if is_list
            && before.ends_with(b",")
            && !line_before(text, name.start)
                .windows(2)
                .any(|two| two[1] == b'-' && matches!(two[0], b'"' | b'\''))
        {
            return None;
        }
        let mut at = if is_list { name.end + 1 } else { name.end };
        while command.words.len() < MOST_WORDS {
            at = past_blanks(text, at);
            // A line that continues.
            let escapes = usize::from(matches!(byte(text, at), b'\\' | b'^' | b'`'));
            if let Some(line) = past_line_end(text, at + escapes).filter(|_| escapes == 1 || is_list) {
                at = line;
                continue;
            }
            if at >= limit {
                break;
            }
            match text[at] {
                b',' if is_list => {
                    at += 1;
                    continue;
                }
                b'\n' | b'\r' | b'|' | b';' | b')' | b'&' | b'#' => break,
                b']' if is_list => break,
                b'<' if is_blank_to_fill(text, at) => {
                    let end = at + text[at..].iter().position(|&b| b == b'>').unwrap_or(0) + 1;
                    let span = Span::new(at, end);
                    command.words.push(Word { span, text: text[at..end].to_vec(), is_quoted: false });
                    (at, command.end) = (end, end);
                    continue;
                }
                b'<' | b'>' => {
                    // A redirection and its target; here-strings are read separately.
                    let marks = text[at..]
                        .iter()
                        .take_while(|b| matches!(b, b'<' | b'>' | b'&' | b'-' | b'0'..=b'9'))
                        .count();
                    if text[at..].starts_with(b"<<") {
                        break;
                    }
                    at = past_blanks(text, at + marks);
                    let (_, next) = word(text, at, limit, outer, is_list)?;
                    at = next;
                    continue;
                }
                b if Some(b) == outer && !is_list => break,
                _ => {}
            }
            let Some((word, next)) = word(text, at, limit, outer, is_list) else { break };
            if next == at {
                break;
            }
            command.words.push(word);
            command.end = next;
            at = next;
        }
        Some(command)
    }

    /// The first word that is not a flag.
    fn first(&self) -> Option<&[u8]> {
        self.words.iter().map(|word| &word.text[..]).find(|word| !word.starts_with(b"-"))
    }

    /// Whether a word is among the arguments; a short flag also in a group of short flags.
    fn has(&self, flag: &str) -> bool {
        let flag = flag.as_bytes();
        self.words.iter().any(|word| {
            let word = &word.text[..];
            word.eq_ignore_ascii_case(flag) && (flag.len() > 2 || word == flag)
                || word.starts_with(flag) && word.get(flag.len()) == Some(&b'=')
                || flag.len() == 2
                    && word.len() <= 5
                    && word.first() == Some(&b'-')
                    && word.get(1) != Some(&b'-')
                    && word[1..].contains(&flag[1])
        })
    }
}

/// True for `<password>`, which is a redirection for a shell and a placeholder for people.
fn is_blank_to_fill(text: &[u8], at: usize) -> bool {
    let rest = &text[at + 1..text.len().min(at + 40)];
    let len =
        rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ')).count();
    len > 0 && rest.get(len) == Some(&b'>') && rest[0] != b' '
}

/// The word that starts at `at`, and where what follows it starts.
fn word(text: &[u8], at: usize, limit: usize, outer: Option<u8>, is_list: bool) -> Option<(Word, usize)> {
    if is_list {
        let quoted = quote::one(text, at)?;
        let word = Word { span: quoted.span, text: quoted.text, is_quoted: true };
        return Some((word, quoted.end));
    }
    let start = at;
    let mut at = at;
    let mut out = Vec::new();
    let mut is_quoted = false;
    let mut inner: Option<Span> = None;
    while at < limit {
        let b = text[at];
        match b {
            b' ' | b'\t' | b'\r' | b'\n' | b'|' | b';' | b'<' | b'>' => break,
            b')' if outer != Some(b')') && !out.contains(&b'(') => break,
            b'&' if matches!(byte(text, at + 1), b'&' | b' ' | b'\r' | b'\n' | 0) => break,
            b if Some(b) == outer => break,
            b'"' | b'\'' => {
                // A quote that is not closed is an apostrophe.
                let quoted = quote::one(text, at).filter(|quoted| quoted.end <= limit);
                let Some(quoted) = quoted else {
                    out.push(b);
                    at += 1;
                    continue;
                };
                is_quoted = true;
                inner = (at == start).then_some(quoted.span);
                out.extend_from_slice(&quoted.text);
                at = quoted.end;
            }
            b'\\' => {
                let next = byte(text, at + 1);
                match next {
                    b'"' | b'\'' if outer.is_some() || !is_quoted && out.is_empty() => {
                        // Quotes in a string that is itself quoted.
                        let Some(quoted) = quote::one(text, at) else { break };
                        is_quoted = true;
                        inner = (at == start).then_some(quoted.span);
                        out.extend_from_slice(&quoted.text);
                        at = quoted.end;
                    }
                    b'n' | b'r' if outer.is_some() && out.last() != Some(&b'\\') => break,
                    b'\n' | b'\r' | 0 => break,
                    b'\\' if start == at => {
                        // The share of a Windows server.
                        out.extend_from_slice(b"\\\\");
                        at += 2;
                    }
                    // Windows' paths keep their separators.
                    next if next.is_ascii_alphanumeric() => {
                        out.push(b'\\');
                        at += 1;
                    }
                    next => {
                        out.push(next);
                        at += 2;
                    }
                }
            }
            b => {
                out.push(b);
                at += 1;
            }
        }
    }
    let span = match inner {
        Some(inner) if at == inner.end + (inner.start - start).max(1) => inner,
        _ => Span::new(start, at),
    };
    Some((Word { span, text: out, is_quoted }, at))
}

/// The quote that is open at the end of the text before a command on its line: the command ends with it.
fn open_quote(before: &[u8]) -> Option<u8> {
    let mut open = None;
    let mut at = 0;
    while at < before.len() {
        match (before[at], open) {
            (b'\\', _) => at += 1,
            (b @ (b'"' | b'\'' | b'`'), None) => {
                // An apostrophe in a word opens nothing.
                let in_word = b == b'\'' && at > 0 && before[at - 1].is_ascii_alphanumeric();
                if !in_word {
                    open = Some(b);
                }
            }
            (b, Some(mark)) if b == mark => open = None,
            _ => {}
        }
        at += 1;
    }
    open
}

/// What is piped or redirected into a command: `echo x |`, `printf '%s' x |`, `"x" |`, `<<< x`, `<<EOF`.
fn piped(text: &[u8], command: &Command) -> Vec<Word> {
    let after = past_blanks(text, command.end);
    let limit = text.len().min(after + 300);
    if text[after..].starts_with(b"<<<") {
        let at = past_blanks(text, after + 3);
        return word(text, at, limit, None, false).map(|(word, _)| word).into_iter().collect();
    }
    if text[after..].starts_with(b"<<") {
        let Some(document) = quote::one(text, after) else { return Vec::new() };
        // Each line of a document of logins is a word of its own.
        let mut words = Vec::new();
        let mut at = document.span.start;
        for line in text[document.span.start..document.span.end].split(|&b| b == b'\n').take(MOST_WORDS) {
            let lead = line.len() - line.trim_ascii_start().len();
            let trimmed = line.trim_ascii();
            let span = Span::new(at + lead, at + lead + trimmed.len());
            words.push(Word { span, text: trimmed.to_vec(), is_quoted: true });
            at += line.len() + 1;
        }
        words.retain(|word| !word.text.is_empty());
        return words;
    }
    // What is piped comes from the command before the last bar; `sudo`, a path or `tee` may be after it.
    let before = line_before(text, command.name.start);
    let mut at = command.name.start - before.len();
    let limit = command.name.start;
    // A quote around the whole pipe is not one of its own: `sh -c "echo x | passwd --stdin"`.
    let outer = open_quote(before);
    if let Some(mark) = outer {
        at += before.iter().position(|&b| b == mark).map_or(0, |open| open + 1);
    }
    let mut words: Vec<Word> = Vec::new();
    let mut last: Vec<Word> = Vec::new();
    while at < limit && words.len() < MOST_WORDS {
        match text[at] {
            b' ' | b'\t' => at += 1,
            b'|' => {
                last = std::mem::take(&mut words);
                at += 1;
            }
            b';' | b'&' | b'(' | b'`' | b'{' | b'@' => {
                words.clear();
                at += 1;
            }
            _ => match word(text, at, limit, outer, false) {
                Some((word, next)) if next > at => {
                    words.push(word);
                    at = next;
                }
                _ => at += 1,
            },
        }
    }
    let words = last;
    let says = words.iter().position(|word| {
        let name = word.text.rsplit(|&b| b == b'/').next().unwrap_or_default();
        matches!(name, b"echo" | b"printf" | b"print" | b"Write-Output" | b"Write-Host")
    });
    let Some(says) = says else {
        // PowerShell pipes a literal as it is.
        return words.into_iter().last().filter(|word| word.is_quoted).into_iter().collect();
    };
    let is_format = words[says].text.ends_with(b"printf");
    let mut values: Vec<Word> = words
        .into_iter()
        .skip(says + 1)
        .filter(|word| {
            let is_flag = word.text.len() <= 3 && word.text.starts_with(b"-") && !word.is_quoted;
            !(is_flag || is_format && word.text.contains(&b'%') && word.text.len() <= 8)
        })
        .collect();
    if values.len() != 1 {
        return Vec::new();
    }
    // `printf 'x\n'`, `echo -e "x\nx"`: a password and its repetition.
    for value in &mut values {
        let line =
            value.text.iter().position(|&b| b == b'\n').or_else(|| memchr::memmem::find(&value.text, b"\\n"));
        if let Some(line) = line.filter(|&line| line > 0) {
            value.text.truncate(line);
            if value.span.len() > line {
                value.span.end = value.span.start + line;
            }
        }
    }
    values
}
