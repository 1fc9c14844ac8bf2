//! A command as a shell splits it: words, quotes, lines that continue; and what is piped into it.

use super::Argument;
use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line_end};
use crate::scan::generic::quote;

/// The longest command that is read, in bytes and words.
const LONGEST: usize = 1200;
const MOST_WORDS: usize = 64;

/// A command, split into words.
pub(super) struct Command {
    pub(super) name: Span,
    pub(super) words: Vec<Word>,
    /// Offset after its last word.
    pub(super) end: usize,
}

/// A word of a command.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Its span, without quotes if it is quoted as a whole.
    pub(super) span: Span,
    /// What it means.
    pub(super) text: Vec<u8>,
    /// Whether it contains a quote.
    pub(super) is_quoted: bool,
}

impl Word {
    /// The secret from `from` to `to` in the word's text.
    pub(super) fn argument(&self, program: Span, from: usize, to: usize) -> Option<Argument> {
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
    pub(super) fn read(text: &[u8], name: Span) -> Option<Self> {
        let limit = text.len().min(name.end + LONGEST);
        let mut outer = open_quote(line_before(text, name.start));
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
            // What Docker runs to see whether a container is well.
            && !before.ends_with(b"[\"CMD\",")
        {
            return None;
        }
        // A path in quotes, because of its blanks, and arguments without: `"C:\Program Files\x.exe" a -p1`.
        let is_path = is_quoted_path(text, name) && outer == Some(byte(text, name.end));
        if is_path {
            outer = None;
        }
        let mut at = name.end + usize::from(is_list || is_path);
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
                // The arguments are a list of their own: `spawn('mysql', ['-u', 'root'])`.
                b'[' if is_list && command.words.is_empty() => {
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

    /// The first word that is neither a flag nor a flag's value.
    pub(super) fn first(&self, takes_value: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
        let words = self.words.iter().map(|word| &word.text[..]);
        let before = std::iter::once(&b""[..]).chain(words.clone());
        words
            .zip(before)
            .find(|(word, before)| !word.starts_with(b"-") && !takes_value(before))
            .map(|(word, _)| word)
    }

    /// Whether a word is among the arguments; a short flag also in a group of short flags.
    pub(super) fn has(&self, flag: &str) -> bool {
        let flag = flag.as_bytes();
        self.words.iter().any(|word| {
            let word = &word.text[..];
            word.eq_ignore_ascii_case(flag) && (flag.len() > 2 || word == flag)
                || (flag.ends_with(b".") || flag == b"//") && word.starts_with(flag)
                // The setting of one registry: `//npm.acme.test/:_authToken`.
                || flag.starts_with(b"_")
                    && word.strip_suffix(flag).is_some_and(|registry| registry.ends_with(b":"))
                || word.starts_with(flag) && word.get(flag.len()) == Some(&b'=')
                || flag.len() == 2
                    && word.len() <= 5
                    && word.first() == Some(&b'-')
                    && word.get(1) != Some(&b'-')
                    && word[1..].contains(&flag[1])
        })
    }
}

/// Whether the name of a program is the end of a path in quotes, with its arguments after the quote.
pub(super) fn is_quoted_path(text: &[u8], name: Span) -> bool {
    matches!(byte(text, name.end), b'"' | b'\'')
        && byte(text, name.end + 1) == b' '
        && name.start > 0
        && matches!(text[name.start - 1], b'/' | b'\\')
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
            b'<' if byte(text, at + 1) == b'/' && byte(text, at + 2).is_ascii_alphabetic() => {
                return Some((Word { span: Span::new(start, at), text: out, is_quoted }, limit));
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'|' | b';' | b'<' | b'>' => break,
            b')' if outer != Some(b')') && !out.contains(&b'(') => break,
            b'&' if matches!(byte(text, at + 1), b'&' | b' ' | b'\r' | b'\n' | 0) => break,
            b if Some(b) == outer => break,
            b'"' | b'\'' => {
                // A quote that is not closed is an apostrophe.
                let quoted = in_single(text, at, outer)
                    .or_else(|| quote::one(text, at))
                    .filter(|quoted| quoted.end <= limit);
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

/// What is between a shell's single quotes, if it ends with a backslash, which hides nothing there: `-p 'x\'`.
fn in_single(text: &[u8], at: usize, outer: Option<u8>) -> Option<quote::Quoted> {
    if text[at] != b'\'' || outer.is_some() {
        return None;
    }
    let rest = &text[at + 1..text.len().min(at + LONGEST)];
    let len = rest.iter().position(|b| matches!(b, b'\'' | b'\n'))?;
    let ends = matches!(byte(rest, len + 1), 0..=b' ' | b'|' | b';' | b'&' | b')');
    (rest[len] == b'\'' && ends && rest[..len].ends_with(b"\\")).then(|| quote::Quoted {
        span: Span::new(at + 1, at + 1 + len),
        text: rest[..len].to_vec(),
        end: at + len + 2,
        joined: false,
    })
}

/// The quote that is open at the end of the text before a command on its line: the command ends with it.
fn open_quote(before: &[u8]) -> Option<u8> {
    let mut open = None;
    let mut at = 0;
    while at < before.len() {
        match (before[at], open) {
            // Between a shell's single quotes it hides nothing.
            (b'\\', Some(b'\'')) if matches!(byte(before, at + 1), b'\'') && ends_word(before, at + 2) => {}
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

/// Whether a word of a shell ends at `at`.
fn ends_word(text: &[u8], at: usize) -> bool {
    matches!(byte(text, at), 0..=b' ' | b'|' | b';' | b'&' | b')')
}

/// The lines of the here-document that `<<` at `at` announces: each is a word of its own, as one of several logins is.
fn lines_of_document(text: &[u8], at: usize) -> Vec<Word> {
    let Some(document) = quote::one(text, at) else { return Vec::new() };
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
    words
}

/// What is piped or redirected into a command: `echo x |`, `printf '%s' x |`, `"x" |`, `<<< x`, `<<EOF`.
pub(super) fn piped(text: &[u8], command: &Command) -> Vec<Word> {
    let after = past_blanks(text, command.end);
    let limit = text.len().min(after + 300);
    if text[after..].starts_with(b"<<<") {
        let at = past_blanks(text, after + 3);
        return word(text, at, limit, None, false).map(|(word, _)| word).into_iter().collect();
    }
    if text[after..].starts_with(b"<<") {
        return lines_of_document(text, after);
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
    // `cat <<EOF | passwd ada`: the document is below the line.
    if words.first().is_some_and(|cat| cat.text == b"cat")
        && let Some(marks) = memchr::memmem::find(before, b"<<")
    {
        return lines_of_document(text, command.name.start - before.len() + marks);
    }
    let says = words.iter().position(|word| {
        let name = word.text.rsplit(|&b| matches!(b, b'/' | b'(')).next().unwrap_or_default();
        matches!(name, b"echo" | b"printf" | b"print" | b"yes" | b"Write-Output" | b"Write-Host")
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
