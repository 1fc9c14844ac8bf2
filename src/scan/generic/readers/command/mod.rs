//! The arguments of programs: which flag, position or pipe of which program takes a secret.
//!
//! `programs.txt` is the table. A command is read as a shell would read it ([`words`]): words between blanks, quotes, lines
//! continued by a backslash (or a caret, or a backquote). Lists of words, as languages pass them to a new process
//! (`["mysql", "-u", "root"]`), are read the same way. Nothing is guessed: a flag of a program that is not in the table
//! is nobody's password.

mod words;

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::shape::{is_drawn_text, is_random};
use crate::scan::generic::userinfo;
use crate::scan::generic::words::Lengths;
use std::collections::HashMap;
use std::sync::OnceLock;
use words::{Command, Word, is_quoted_path, piped};

/// The table.
const PROGRAMS: &str = include_str!("../programs.txt");

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
    /// The second word after this flag.
    Second(&'static str),
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
    /// What follows the first of this byte, with something before it; an asterisk is userinfo before a host.
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
            // `DOMAIN/user:password@host`.
            Self::Beside(b'*') => {
                let colon = memchr::memchr(b':', word).filter(|&at| at > 0)?;
                let at = memchr::memrchr(b'@', &word[colon + 1..]).filter(|&at| at > 0)?;
                return Some((colon + 1, colon + 1 + at));
            }
            // `user ada x`, as a session of ftp has it.
            Self::Beside(b'_') => {
                let login = word.strip_prefix(b"user ")?;
                let blank = memchr::memchr(b' ', login).filter(|&blank| blank > 0)? + 1;
                let len = login[blank..].iter().take_while(|b| **b > b' ').count();
                return (len > 0).then_some((5 + blank, 5 + blank + len));
            }
            // A token in the place of the login, and nothing or one letter in that of the password: `curl -u token:`.
            Self::Beside(b':') if matches!(word, [token @ .., b':'] | [token @ .., b':', b'x' | b'X'] if is_token(token)) =>
            {
                return Some((0, memchr::memrchr(b':', word)?));
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
        } else if let Some(flag) = word.strip_prefix('&') {
            Form::Second(flag)
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
    // The anchor may begin with the bar of a pipe.
    let bar = text.get(word.start..word.start + 2) == Some(b"| ");
    let word = Span::new(word.start + 2 * usize::from(bar), word.end);
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
        // A line of a recipe that is not shown: `@mysql -u root`.
        || text[start - 1] == b'@' && line_before(text, start - 1).trim_ascii().is_empty()
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
        b'"' | b'\'' if is_piped(text, name) || is_quoted_path(text, name) => true,
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
    if is_a_word(&text[name.start..name.end], &command) {
        return;
    }
    for row in rows {
        if let Some(needs) = row.needs
            && !command.first(|word| row.takes_value(word)).is_some_and(|first| {
                first.eq_ignore_ascii_case(needs.as_bytes())
                    || needs == "config" && first.eq_ignore_ascii_case(b"config:set")
            })
        {
            continue;
        }
        row.read(text, &command, &mut found);
    }
}

/// Whether the name of one of Oracle's programs is that of something else in a sentence: nothing of the command's own is
/// among its arguments, as in `Imp walk/idles now blend`.
fn is_a_word(program: &[u8], command: &Command) -> bool {
    let is_short = program.eq_ignore_ascii_case(b"imp") || program.eq_ignore_ascii_case(b"exp");
    let is_alone = || command.words.len() == 1 && program.iter().all(u8::is_ascii_lowercase);
    is_short
        && !is_alone()
        && !command.words.iter().any(|word| memchr::memchr2(b'@', b'=', &word.text).is_some())
}

impl ProgramRow {
    /// Whether a word is a flag with a value after it.
    fn takes_value(&self, word: &[u8]) -> bool {
        self.forms.iter().any(|form| match form {
            Form::After(flag, _) | Form::Takes(flag) => word == flag.as_bytes(),
            _ => false,
        })
    }

    fn read(&self, text: &[u8], command: &Command, found: &mut impl FnMut(Argument)) {
        let mut holds = true;
        let words = &command.words;
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
                Form::Second(flag) => {
                    for three in words.windows(3).filter(|three| is_flag(&three[0].text, flag)) {
                        hand(&three[2], 0, three[2].text.len());
                    }
                }
                Form::After(flag, shape) => {
                    for pair in words.windows(2) {
                        // An option, and an expression that PowerShell evaluates, is no value.
                        let is_value =
                            !matches!(pair[1].text.first(), Some(b'-' | b'(')) || pair[1].is_quoted;
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
                                && ((rest.starts_with(b"-") || rest.starts_with(b"="))
                                    && !is_drawn_text(rest)
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
                // The words of a command in a command would count.
                Form::Position(_) if words.iter().any(|word| starts_command(&word.text)) => {}
                Form::Position(position) => {
                    let mut positions = Vec::new();
                    let mut is_value = false;
                    for word in words {
                        let is_option = word.text.starts_with(b"-") || word.text.starts_with(b"/");
                        if !is_option && !is_value {
                            positions.push(word);
                        }
                        is_value = is_option && self.takes_value(&word.text);
                    }
                    // The word that the row needs does not count as a position.
                    let positions = &positions[usize::from(self.needs.is_some()).min(positions.len())..];
                    let word = match position {
                        0 if positions.len() >= 2 => positions.last(),
                        0 => None,
                        nth => positions.get(nth - 1),
                    };
                    if let Some(word) = word.filter(|word| {
                        !word.text.starts_with(br"\\")
                            && !word.text.starts_with(b"(")
                            && !word.text.ends_with(b":")
                    }) {
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

/// Whether what is in the place of a login is a token: no account has such a name.
fn is_token(login: &[u8]) -> bool {
    let is_hex = || {
        login.iter().all(u8::is_ascii_hexdigit) && login.iter().filter(|b| b.is_ascii_digit()).count() >= 4
    };
    login.len() >= 20
        && login.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        && (userinfo::is_issued(login) || is_random(login) || is_hex())
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

/// Whether a command that the shell runs first begins in a word: `` `date` ``, `$(date)`.
fn starts_command(word: &[u8]) -> bool {
    word.starts_with(b"`") || memchr::memmem::find(word, b"$(").is_some()
}
