//! Files that consist of lines of one kind, each with a secret at a fixed position (`.pgpass`, `chap-secrets`).
//!
//! # Design
//!
//! No literal announces such a line. Instead, the first lines that are neither blank nor a comment show whether the
//! file consists of them: the first must be of the kind, and at least half of the first eight. They are in the blob's
//! head, which every decision may see. So nearly every blob is skipped after a short look at its first line. `findings`
//! believes the secrets only if the file's name fits.
//!
//! Tried: the first line alone. One in 22 files of git, redis, rails and ansible passed (`static int debug;` reads as
//! three fields), and to read them took 15 % of git's history.

use super::nature::HEAD;
use crate::model::{RuleIndex, Span};
use crate::rules::{Matcher, Rule};
use memchr::memchr;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use std::ops::Range;
use std::sync::OnceLock;

/// The longest line that is read, in bytes.
const LONGEST: usize = 512;

/// Bytes after a line that a rule may look at: blanks before the end of the file, which is near only within these.
const BEYOND: usize = 10;

/// How many lines are tested to see what a text consists of: at least half of them have to be of one kind.
const TRIED: usize = 8;

/// The rules of such lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rules: Vec<(RuleIndex, usize)>,
    sources: Vec<String>,
    /// True if all of them are built-in rules, for which [`has_fields`] is made.
    are_built_in: bool,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    /// All of them at once, for the first line.
    any: Regex,
    each: Vec<Regex>,
}

/// A secret on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OnLine {
    /// The rule.
    pub(super) rule: RuleIndex,
    /// The line, without its end.
    pub(super) line: Span,
    /// The secret.
    pub(super) secret: Span,
}

impl Lines {
    /// The rules of lines, of those of `rules` for which `sought` is true.
    pub(super) fn new(rules: &[Rule], sought: impl Fn(RuleIndex) -> bool) -> Self {
        let mut lines = Self { are_built_in: true, ..Self::default() };
        for (index, rule) in (0..).map(RuleIndex).zip(rules).filter(|&(index, _)| sought(index)) {
            if let Matcher::Lines { regex, group } = &rule.matcher {
                lines.are_built_in &= rule.origin.line == 0;
                lines.rules.push((index, *group));
                lines.sources.push(format!("(?:{regex})$"));
            }
        }
        lines
    }

    /// Passes the secrets of the lines that start in `fresh`, a part of a text's `head`, to `found`. Lines after the
    /// head are not read: these are files of a few lines, and the first lines of a longer one are enough. Returns where
    /// the line ends that shows that there are none, if one does.
    pub(super) fn read(
        &self,
        head: &[u8],
        fresh: Range<usize>,
        mut found: impl FnMut(OnLine),
    ) -> Option<usize> {
        if self.rules.is_empty() {
            return Some(0);
        }
        let first = first_line(head)?;
        let kinds = match self.kinds(head, first) {
            Ok(kinds) => kinds,
            Err(end) => return (end + BEYOND <= head.len()).then_some(end + BEYOND),
        };
        let mut at = first.start;
        while at < head.len().min(fresh.end) {
            let line = line_at(head, at);
            for &kind in kinds.iter().filter(|_| at >= fresh.start) {
                if let Some(secret) = self.secret(kind, head, line) {
                    found(OnLine { rule: self.rules[kind].0, line, secret });
                }
            }
            at = line.end + memchr(b'\n', &head[line.end..])? + 1;
        }
        None
    }

    /// The secret on a line, for the rule at position `kind`. Look-around sees the whole head, so that a rule may test
    /// for the end of the file.
    fn secret(&self, kind: usize, head: &[u8], line: Span) -> Option<Span> {
        let regex = &self.compiled().each[kind];
        let mut captures = regex.create_captures();
        regex.search_captures(&input(head, line), &mut captures);
        let group = captures.get_group(self.rules[kind].1)?;
        (!group.is_empty() && group.end <= line.end).then(|| Span::new(group.start, group.end))
    }

    /// The positions of the rules of whose lines the text consists, from its line `first` on; or where the line ends
    /// that shows that there are none.
    fn kinds(&self, head: &[u8], first: Span) -> Result<Vec<usize>, usize> {
        let bytes = &head[first.start..first.end];
        let is_binary = bytes.iter().any(|&b| b < b' ' && b != b'\t');
        if bytes.len() > LONGEST
            || is_binary
            || self.are_built_in && !has_fields(head, first)
            || !self.compiled().any.is_match(input(head, first))
        {
            return Err(first.end);
        }
        let mut kinds: Vec<(usize, usize)> = (0..self.rules.len()).map(|kind| (kind, 0)).collect();
        let mut line = first;
        for number in 1..=TRIED {
            for (kind, count) in &mut kinds {
                *count += usize::from(self.secret(*kind, head, line).is_some());
            }
            kinds.retain(|(_, count)| count * 2 >= number && *count > 0);
            if kinds.is_empty() {
                return Err(line.end);
            }
            let Some(next) = memchr(b'\n', &head[line.end..]) else { break };
            let Some(after) = first_line_at(head, line.end + next + 1) else { break };
            // A line that is cut by the end of the head cannot be judged.
            if after.end == head.len() && head.len() >= HEAD {
                break;
            }
            line = after;
        }
        Ok(kinds.into_iter().map(|(kind, _)| kind).collect())
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let bytes = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
            let mut builder = Regex::builder();
            let builder = builder.syntax(bytes);
            let sound = "a catalogue holds only patterns that parse under these settings";
            Compiled {
                any: builder.build_many(&self.sources).expect(sound),
                each: self.sources.iter().map(|source| builder.build(source).expect(sound)).collect(),
            }
        })
    }
}

/// Whether a built-in rule may match a line. One word: with a colon in it, or the text's only line. Two fields: one with a
/// colon and something after it. Three and more: with a quote, or with several colons and something between them, or
/// with a word or `*` second and nothing but numbers and addresses after the third (`x = 1` is none). Most first lines
/// are none of these, and a process that sees no other builds no automaton, which takes 11 ms. A test compares it with
/// the rules.
fn has_fields(head: &[u8], line: Span) -> bool {
    let text = head[line.start..line.end].trim_ascii();
    let is_joined = || text.windows(2).any(|two| two[0] == b':' && two[1] > b' ');
    let mut fields = text.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    match fields.clone().take(3).count() {
        0 | 1 => text.contains(&b':') || head[line.end..].iter().all(u8::is_ascii_whitespace),
        2 => is_joined(),
        _ => {
            let is_address = |field: &[u8]| field.iter().all(|b| b.is_ascii_digit() || b"./*-".contains(b));
            let is_empty = |two: &[u8]| two == b"::";
            let is_server = |field: &[u8]| {
                field == b"*" || field.iter().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b))
            };
            text.contains(&b'"')
                || text.iter().filter(|&&b| b == b':').count() > 1
                    && is_joined()
                    && !text.windows(2).any(is_empty)
                || fields.nth(1).is_some_and(is_server) && fields.next().is_some() && fields.all(is_address)
        }
    }
}

/// The text from a line's start on.
fn input(head: &[u8], line: Span) -> Input<'_> {
    Input::new(head).range(line.start..).anchored(Anchored::Yes)
}

/// The first line of a text that is neither blank nor a comment.
fn first_line(head: &[u8]) -> Option<Span> {
    first_line_at(head, if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 })
}

/// The same, from the line that begins at `at`.
fn first_line_at(head: &[u8], mut at: usize) -> Option<Span> {
    loop {
        let line = line_at(head, at);
        let text = head[line.start..line.end].trim_ascii_start();
        if !text.is_empty() && !matches!(text[0], b'#' | b';') && !text.starts_with(b"//") {
            return Some(line);
        }
        at = line.end + memchr(b'\n', &head[line.end..])? + 1;
    }
}

/// The line that starts at `at`, cut if it is too long to be read.
fn line_at(bytes: &[u8], at: usize) -> Span {
    let rest = &bytes[at..bytes.len().min(at + LONGEST + 1)];
    let end = memchr(b'\n', rest).unwrap_or(rest.len());
    Span::new(at, at + rest[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of a few fields, marks and line ends, none of them drawn by a rule.
    #[test]
    fn a_line_that_a_rule_reads_has_fields() {
        const PARTS: [&[u8]; 22] = [
            b"a",
            b"db.local",
            b"5432",
            b"*",
            b":",
            b":",
            b": ",
            b" ",
            b"  ",
            b"\t",
            b"\n",
            b"\r\n",
            b"\"",
            b"x y",
            b"10.0.0.1/8",
            b"d41d8cd98f00b204e9800998ecf8427e",
            b"tR7wq9",
            b"$",
            b"-",
            b"\\:",
            b";",
            b"0123456789abcdef",
        ];
        let catalogue = crate::rules::Catalogue::embedded();
        let lines = Lines::new(catalogue.rules(), |_| true);
        let mut state = 7_u64;
        let mut draw = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut read = 0;
        for _ in 0..60_000 {
            let text = (0..1 + draw(11)).flat_map(|_| PARTS[draw(PARTS.len())]).copied().collect::<Vec<u8>>();
            let Some(first) = first_line(&text) else { continue };
            let is_read = (0..lines.rules.len()).any(|kind| lines.secret(kind, &text, first).is_some());
            read += usize::from(is_read);
            assert!(!is_read || has_fields(&text, first), "{:?}", String::from_utf8_lossy(&text));
        }
        assert!(read > 500, "{read} lines were read");
    }

    #[test]
    fn at_least_half_of_the_first_lines_say_what_a_text_is_made_of() {
        let catalogue = crate::rules::Catalogue::embedded();
        let lines = Lines::new(catalogue.rules(), |_| true);
        let pair = "db.example.org:5432:app:ada:tR7wq9\n";
        let table = [
            (pair.repeat(3), 3),
            (format!("# logins\n\n{pair}no login\n{pair}"), 2),
            (format!("{pair}no login\nnor here\n{pair}"), 0),
            (format!("no login\n{}", pair.repeat(9)), 0),
            (format!("{}no login\nno login\n", pair.repeat(8)), 8),
        ];
        for (text, count) in table {
            let mut found = Vec::new();
            let none_by = lines.read(text.as_bytes(), 0..text.len(), |on_line| found.push(on_line));
            let of_one: Vec<_> = found.iter().filter(|on_line| on_line.rule == found[0].rule).collect();
            assert_eq!(of_one.len(), count, "{text}");
            assert!(count == 0 || none_by.is_none());
        }
    }

    #[test]
    fn the_first_line_is_neither_blank_nor_a_comment() {
        for (text, line) in [
            ("a:b\nc", Some("a:b")),
            ("# x\n\n  ; y\r\n// z\na:b\r\nc", Some("a:b")),
            ("\u{feff}a b", Some("a b")),
            ("\n#\n", None),
            ("", None),
        ] {
            let found = first_line(text.as_bytes()).map(|line| &text[line.start..line.end]);
            assert_eq!(found, line, "{text:?}");
        }
    }
}
