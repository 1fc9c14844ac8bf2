//! Patterns as in a `.gitignore` file: read as git reads them, and matched in bounded time.
//!
//! Format: gitignore(5). What that leaves open is as in git's `dir.c` and `wildmatch.c` (bytes and not characters, `**`
//! only between slashes, `{` is an ordinary character).
//!
//! # Design
//!
//! An ignore file comes with the repository, so its author may be hostile. Patterns that are a name, a path or `*.ext`
//! are looked up in tables, however many there are. The others are automata with a bit for each position. These take a
//! few operations for each byte of a path, however many stars they have; there may be [`MOST_WILD`] of them.
//!
//! # Performance
//!
//! With regular expressions instead (the crate `ignore`), 1,000 patterns such as `*a*b*c*` and 1,200 files took 66 s, and
//! 100,000 patterns such as `a*b?c` 7 s before they were given up; now both take less than 0.1 s.

mod glob;

use glob::{Automaton, LONGEST, Token, Tokens, literal};
use std::collections::HashMap;
use std::fmt;

/// The most patterns in a list.
pub const MOST: usize = 100_000;

/// The most of them that are not a name, a path or `*.ext`.
pub const MOST_WILD: usize = 1_000;

/// Patterns. The last that matches decides.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// For each pattern, whether it is negated (`!`).
    negated: Vec<bool>,
    /// Names without a slash, at any depth.
    names: LiteralTable,
    /// `*.ext`, by the text after the last dot.
    extensions: LiteralTable,
    /// Paths.
    paths: LiteralTable,
    /// All others, in order.
    wild: Vec<Wild>,
}

/// Why patterns cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlobProblem {
    /// There are more than [`MOST`].
    Many,
    /// There are more than [`MOST_WILD`] with wildcards.
    Wild,
    /// Pattern number `n` (1-based) has too many wildcards.
    Long(usize),
    /// The pattern of this number is invalid, and why.
    Invalid(usize, &'static str),
    /// The pattern of this number has braces, which git takes literally.
    Braces(usize),
}

impl fmt::Display for GlobProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Many => write!(out, "there are more than {MOST} patterns"),
            Self::Wild => {
                write!(out, "there are more than {MOST_WILD} patterns with wildcards other than `*.ext`")
            }
            Self::Long(number) => {
                write!(
                    out,
                    "pattern number {number} has more than {LONGEST} characters between its wildcards"
                )
            }
            Self::Invalid(number, why) => {
                write!(out, "pattern number {number} is none as in .gitignore: it {why}")
            }
            Self::Braces(number) => write!(
                out,
                "pattern number {number} has braces, which are letters in .gitignore: write two patterns, or `\\{{`"
            ),
        }
    }
}

impl GlobProblem {
    /// The number of the pattern that it is about, 1-based; `None` if it is about all of them.
    pub fn number(&self) -> Option<usize> {
        match self {
            Self::Many | Self::Wild => None,
            Self::Long(number) | Self::Invalid(number, _) | Self::Braces(number) => Some(*number),
        }
    }

    /// The problem of a pattern that says nothing, or has no tokens.
    fn of_invalid(number: usize, item: &str) -> Self {
        let ends_escaping = item.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        let why = match item {
            _ if item.starts_with('#') => "is a comment (`\\#` starts the name of a file)",
            _ if !item.contains(|letter| !"!/* \\".contains(letter)) && !item.contains('*') => "is empty",
            _ if ends_escaping => "ends with a backslash, after which nothing comes",
            _ if item.contains("[:") => "has a `[` that no `]` closes, or a class that does not exist",
            _ => "has a `[` that no `]` closes",
        };
        Self::Invalid(number, why)
    }
}

/// Literals, each with the last pattern that consists of it.
#[derive(Clone, Debug, Default)]
struct LiteralTable(HashMap<Box<[u8]>, Last>);

/// The numbers of the last patterns that match: of those for anything, and of those for directories.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    any: Option<u32>,
    directory: Option<u32>,
}

impl LiteralTable {
    fn add(&mut self, literal: &[u8], number: u32, only_directories: bool) {
        let last = self.0.entry(literal.into()).or_default();
        *(if only_directories { &mut last.directory } else { &mut last.any }) = Some(number);
    }

    fn find(&self, literal: &[u8], is_dir: bool) -> Option<u32> {
        if self.0.is_empty() {
            return None;
        }
        let last = self.0.get(literal)?;
        if is_dir { last.any.max(last.directory) } else { last.any }
    }
}

/// One line of a list, parsed.
struct Line<'l> {
    is_negated: bool,
    only_directories: bool,
    /// True if it is matched with names, false if with whole paths.
    is_name: bool,
    text: &'l [u8],
}

impl<'l> Line<'l> {
    /// The pattern on a line; `None` for a comment, or if there is nothing to match.
    fn of(line: &'l [u8]) -> Option<Self> {
        let line = without_spaces_at_end(line);
        if line.first() == Some(&b'#') {
            return None;
        }
        let (is_negated, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let (only_directories, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let is_name = !line.contains(&b'/');
        let mut text = line.strip_prefix(b"/").unwrap_or(line);
        let mut is_within = !is_name;
        // `**/name` is `name`.
        while let Some(rest) = text.strip_prefix(b"**/").filter(|rest| is_within && !rest.contains(&b'/')) {
            (text, is_within) = (rest, false);
        }
        let is_name = !is_within;
        (!text.is_empty()).then_some(Self { is_negated, only_directories, is_name, text })
    }
}

/// Spaces at the end are ignored, unless a backslash is before them.
fn without_spaces_at_end(line: &[u8]) -> &[u8] {
    let mut end = 0;
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b' ' => at += 1,
            b'\\' => {
                at = (at + 2).min(line.len());
                end = at;
            }
            _ => {
                at += 1;
                end = at;
            }
        }
    }
    &line[..end]
}

impl Patterns {
    /// The patterns of an ignore file. An invalid line covers nothing, as in git.
    ///
    /// # Errors
    ///
    /// A [`GlobProblem`] if there are too many, or one is too long.
    pub fn of_file(bytes: &[u8]) -> Result<Self, GlobProblem> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut patterns = Self::default();
        for (number, line) in (1..).zip(lines) {
            if let Some(line) = Line::of(line)
                && let Some(Tokens { list, .. }) = Tokens::of(line.text, line.is_name)
            {
                patterns.add(&line, &list, number)?;
            }
        }
        Ok(patterns)
    }

    /// The patterns of a list that a user wrote for this program.
    ///
    /// # Errors
    ///
    /// A [`GlobProblem`] for the first invalid pattern, and as for [`Patterns::of_file`].
    pub fn of_list(list: &[String]) -> Result<Self, GlobProblem> {
        let mut patterns = Self::default();
        for (number, item) in (1..).zip(list) {
            let invalid = || GlobProblem::of_invalid(number, item);
            let line = Line::of(item.as_bytes()).ok_or_else(invalid)?;
            let tokens = Tokens::of(line.text, line.is_name).ok_or_else(invalid)?;
            if tokens.has_empty_range {
                return Err(GlobProblem::Invalid(number, "has a range that ends before it starts"));
            }
            if tokens.has_braces {
                return Err(GlobProblem::Braces(number));
            }
            patterns.add(&line, &tokens.list, number)?;
        }
        Ok(patterns)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.negated.is_empty()
    }

    /// Whether the entry `path`, relative to the list's directory, is covered: `None` if no pattern matches. Entries of
    /// a covered directory are left to the caller.
    pub fn covers(&self, path: &[u8], is_dir: bool) -> Option<bool> {
        let name = memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
        let extension = memchr::memrchr(b'.', name).map(|dot| &name[dot + 1..]);
        let last = self.names.find(name, is_dir).max(self.paths.find(path, is_dir));
        let last = last.max(extension.and_then(|extension| self.extensions.find(extension, is_dir)));
        let wild = self.wild.iter().rev().take_while(|wild| Some(wild.number) > last);
        let mut wild = wild.filter(|wild| is_dir || !wild.only_directories);
        let last = wild
            .find(|wild| wild.automaton.matches(if wild.is_name { name } else { path }))
            .map(|wild| wild.number)
            .or(last);
        last.map(|number| !self.negated[number as usize])
    }

    fn add(&mut self, line: &Line<'_>, tokens: &[Token], number: usize) -> Result<(), GlobProblem> {
        let &Line { is_negated, only_directories, is_name, .. } = line;
        if self.negated.len() == MOST {
            return Err(GlobProblem::Many);
        }
        let at = self.negated.len() as u32;
        self.negated.push(is_negated);
        if let Some(literal) = literal(tokens) {
            let table = if is_name { &mut self.names } else { &mut self.paths };
            table.add(&literal, at, only_directories);
        } else if let [Token::Star, Token::Byte(b'.'), rest @ ..] = tokens
            && let Some(extension) = literal(rest).filter(|rest| is_name && !rest.contains(&b'.'))
        {
            self.extensions.add(&extension, at, only_directories);
        } else if self.wild.len() == MOST_WILD {
            return Err(GlobProblem::Wild);
        } else {
            let automaton = Automaton::of(tokens).ok_or(GlobProblem::Long(number))?;
            self.wild.push(Wild { number: at, only_directories, is_name, automaton });
        }
        Ok(())
    }
}

/// A pattern with wildcards.
#[derive(Clone, Debug)]
struct Wild {
    number: u32,
    only_directories: bool,
    is_name: bool,
    automaton: Automaton,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(text: &str) -> Patterns {
        Patterns::of_file(text.as_bytes()).expect("there are few patterns")
    }

    /// Whether `text` covers a path; a path that ends with a slash is a directory.
    fn covers(text: &str, path: &str) -> Option<bool> {
        let (path, is_dir) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        file(text).covers(path.as_bytes(), is_dir)
    }

    #[test]
    fn patterns_cover_what_git_says_they_do() {
        // Pattern, paths it covers, paths it does not.
        let table: [(&str, &[&str], &[&str]); 38] = [
            ("name", &["name", "a/name", "name/"], &["names", "aname", "name2/"]),
            ("name/", &["name/", "a/name/"], &["name", "a/name"]),
            ("/name", &["name", "name/"], &["a/name"]),
            ("a/name", &["a/name"], &["b/a/name", "name"]),
            ("a/name/", &["a/name/"], &["a/name"]),
            ("**/name", &["name", "a/name", "a/b/name"], &["aname", "a/bname"]),
            ("**/a/name", &["a/name", "b/a/name"], &["name", "ba/name"]),
            ("**/**/name", &["name", "a/name", "a/b/name"], &["aname"]),
            ("a/**", &["a/b", "a/b/c"], &["a", "b/a/c", "ab"]),
            ("a/**/", &["a/b/", "a/b/c/"], &["a/", "a/b"]),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a/xb", "ab", "b/a/b"]),
            ("a/**/*.c", &["a/x.c", "a/x/y.c", "a/.c"], &["a/x.cc", "x.c"]),
            ("**/", &["a/", "a/b/"], &["a", "a/b"]),
            ("**", &["a", "a/b", ".x"], &[]),
            ("/**", &["a", "a/b"], &[]),
            ("*", &["a", "a/b", ".x"], &[]),
            ("/*", &["a", ".x"], &["a/b"]),
            ("*.o", &["a.o", ".o", "x/a.b.o"], &["a.oo", "o", "a.o.x"]),
            ("*.tar.gz", &["a.tar.gz", ".tar.gz"], &["a.gz", "tar.gz"]),
            ("a*", &["a", "abc", "x/abc"], &["ba"]),
            ("*a*b*", &["ab", "xaxbx", "aab/"], &["ba", "a/b"]),
            ("/a*/b", &["a/b", "ax/b"], &["a/x/b", "x/a/b"]),
            ("a**/b", &["a/b", "ab", "axx/b", "ax/y/b"], &["axb", "b"]),
            ("?a**/b", &["xa/b", "xay/b"], &["xay/z/b"]),
            ("/**a", &["a", "xa"], &["x/a"]),
            ("a?c", &["abc", "a\u{1}c"], &["ac", "a/c", "aüc"]),
            ("a??c", &["aüc"], &["abc"]),
            ("[a-cx]", &["a", "b", "x"], &["d", "-", "ab"]),
            ("[!a-c]", &["d", "-"], &["a", ""]),
            ("[^a]x", &["bx"], &["ax", "x"]),
            ("[]-]", &["]", "-"], &["a"]),
            ("a[/]b", &[], &["a/b", "a[/]b"]),
            ("[[:digit:]x]", &["1", "x"], &["a", ":"]),
            ("[[:x]", &["[", ":", "x"], &["]"]),
            ("[a", &[], &["a", "[a"]),
            ("[z-ab]", &["z", "b"], &["a", "-"]),
            ("\\*", &["*"], &["a", "\\*"]),
            ("{a,b}", &["{a,b}"], &["a", "b"]),
        ];
        for (text, covered, others) in table {
            for path in covered {
                assert_eq!(covers(text, path), Some(true), "`{text}` covers `{path}`");
            }
            for path in others {
                assert_eq!(covers(text, path), None, "`{text}` does not cover `{path}`");
            }
        }
    }

    #[test]
    fn lines_are_read_as_git_reads_them() {
        for (text, path, verdict) in [
            ("\u{feff}a\n", "a", Some(true)),
            ("a\r\n", "a", Some(true)),
            ("a", "a", Some(true)),
            ("a   \n", "a", Some(true)),
            ("a\\ \n", "a ", Some(true)),
            ("a\t\n", "a", None),
            (" a\n", " a", Some(true)),
            ("# a\n", "# a", None),
            ("\\# a\n", "# a", Some(true)),
            ("\\!a\n", "!a", Some(true)),
            ("!a\n", "a", Some(false)),
            ("a\n!a\n", "a", Some(false)),
            ("!a\na\n", "a", Some(true)),
            ("*.o\n!a.o\n", "a.o", Some(false)),
            ("!a.o\n*.o\n", "a.o", Some(true)),
            ("a*\n!*c\n/ac\n", "ac", Some(true)),
            ("/ac\na*\n!*c\n", "ac", Some(false)),
            ("a/\n!a\n", "a/", Some(false)),
            ("!a\na/\n", "a/", Some(true)),
            ("!a\na/\n", "a", Some(false)),
            ("\n\n!\n/\n \n", "a", None),
            ("a\\\n", "a", None),
        ] {
            assert_eq!(covers(text, path), verdict, "{text:?} of {path:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_matched() {
        let patterns = Patterns::of_file(b"x\xe9*\n*.\xff\n").expect("there are two");
        assert_eq!(patterns.covers(b"x\xe9\xe8", false), Some(true));
        assert_eq!(patterns.covers(b"a.\xff", false), Some(true));
        assert_eq!(patterns.covers(b"xe9", false), None);
    }

    #[test]
    fn a_list_that_cannot_be_meant_is_refused() {
        let list = |items: &[&str]| {
            let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
            Patterns::of_list(&items).map(|_| ())
        };
        assert_eq!(list(&["a/", "!*.b", "[a-c]", "\\{x\\}"]), Ok(()));
        for wrong in ["", "  ", "#a", "!", "/", "[a", "[z-a]", "a\\", "[[:nonsense:]]"] {
            let problem = list(&["a", wrong]).expect_err(wrong);
            assert!(matches!(problem, GlobProblem::Invalid(2, _)), "{wrong}: {problem}");
        }
        let whys = [
            (" ", "empty"),
            ("#a", "comment"),
            ("!/", "empty"),
            ("a[bc", "no `]`"),
            ("[z-a]", "range"),
            ("a\\", "backslash"),
            ("[[:alpa:]]", "class"),
        ];
        for (wrong, why) in whys {
            let problem = list(&[wrong]).expect_err(wrong).to_string();
            assert!(problem.contains(why), "{wrong}: {problem}");
        }
        assert_eq!(list(&["*.{a,b}"]), Err(GlobProblem::Braces(1)));
        assert_eq!(list(&["a", &format!("x*{}*", "?".repeat(200))]), Err(GlobProblem::Long(2)));
    }

    #[test]
    fn tables_take_many_and_automata_some() {
        let many = |item: &dyn Fn(usize) -> String, count: usize| {
            let list: Vec<String> = (0..count).map(item).collect();
            let start = std::time::Instant::now();
            let patterns = Patterns::of_list(&list);
            assert!(start.elapsed().as_secs() < 10, "far from it even in a debug build");
            patterns
        };
        for item in [
            (|at| format!("name{at}")) as fn(usize) -> String,
            |at| format!("/a/b{at}/"),
            |at| format!("*.e{at}"),
        ] {
            assert!(many(&item, MOST).is_ok());
            assert_eq!(many(&item, MOST + 1).err(), Some(GlobProblem::Many));
        }
        let hostile = |at| format!("*a*b?c*[d-f]*g*h*{at}*");
        let patterns = many(&hostile, MOST_WILD).expect("there are no more than that");
        assert_eq!(many(&hostile, MOST_WILD + 1).err(), Some(GlobProblem::Wild));
        let path = b"abcdefgh".repeat(500);
        assert_eq!(patterns.covers(&path, false), None);
        assert_eq!(patterns.covers(b"xabxcdgh7x", false), Some(true));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in any::<Vec<u8>>(), text in "[a*?/\\[\\]!:\\-\\\\ \n]{0,40}", path in any::<Vec<u8>>()) {
            for bytes in [&bytes, text.as_bytes()] {
                if let Ok(patterns) = Patterns::of_file(bytes) {
                    let _ = (patterns.covers(&path, true), patterns.covers(b"a/b", false));
                }
            }
        }
    }
}
