//! Files that consist of lines of one kind, each with a secret at a fixed position (`.pgpass`, `chap-secrets`), and files
//! of one secret alone, which may go on over the next lines (a login and its password, the key file of a cluster).
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
//!
//! To compile the patterns takes 12 ms, more than all else that a hook does for a few lines, most of it for bounds such
//! as `{1,200}`. So the first line is tested with all of them at once without their bounds, which compiles in half a
//! millisecond, and of those that may match each is compiled when first needed.

use super::nature::HEAD;
use crate::model::{RuleIndex, Span};
use crate::rules::{Matcher, Rule};
use memchr::memchr;
use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, PatternSet};
use regex_syntax::hir::{Hir, HirKind, Repetition};
use std::ops::Range;
use std::sync::OnceLock;

/// The longest line that is read, in bytes.
const LONGEST: usize = 1040;

/// Bytes after a line that a rule may look at: the rest of a secret of several lines, and blanks before the end of the
/// file, which is near only within these.
const BEYOND: usize = 1100;

/// How many lines are tested to see what a text consists of: at least half of them have to be of one kind.
const TRIED: usize = 8;

/// The rules of such lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rules: Vec<One>,
    /// All of them at once, without their bounds: for the first line.
    loose: OnceLock<Regex>,
}

/// One rule: the group of its secret, and the least entropy of one.
#[derive(Debug)]
struct One {
    index: RuleIndex,
    group: usize,
    entropy: f32,
    /// Whether the secret is all that follows, on however many lines.
    is_rest: bool,
    source: String,
    regex: OnceLock<Regex>,
}

impl One {
    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let sound = "a catalogue holds only patterns that parse";
            Regex::builder().syntax(config()).configure(unbounded()).build(&self.source).expect(sound)
        })
    }
}

/// How patterns of lines are read.
fn config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false).multi_line(true)
}

/// How they are compiled. The size of each was limited when the catalogue was read (`MAX_STATES`), and all of a user's own
/// together may be larger than what the crate allows by itself.
fn unbounded() -> meta::Config {
    Regex::config().nfa_size_limit(None)
}

/// A pattern that matches wherever `pattern` does: without groups, and without bounds above [`LOOSE`].
fn loosened(pattern: &Hir) -> Hir {
    match pattern.kind() {
        HirKind::Repetition(repetition) => {
            let Repetition { min, max, greedy, ref sub } = *repetition;
            let sub = Box::new(loosened(sub));
            match max.is_none_or(|max| max > LOOSE) {
                true => Hir::repetition(Repetition { min: min.min(LOOSE), max: None, greedy, sub }),
                false => Hir::repetition(Repetition { min, max, greedy, sub }),
            }
        }
        HirKind::Capture(group) => loosened(&group.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loosened).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(loosened).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => pattern.clone(),
    }
}

/// The largest bound that the test of the first line respects.
const LOOSE: u32 = 8;

/// A secret on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OnLine {
    /// The rule.
    pub(super) rule: RuleIndex,
    /// The line, without its end; with the lines that the secret goes on over.
    pub(super) line: Span,
    /// The secret.
    pub(super) secret: Span,
}

impl Lines {
    /// The rules of lines, of those of `rules` for which `sought` is true.
    pub(super) fn new(rules: &[Rule], sought: impl Fn(RuleIndex) -> bool) -> Self {
        let mut lines = Self::default();
        for (index, rule) in (0..).map(RuleIndex).zip(rules).filter(|&(index, _)| sought(index)) {
            if let Matcher::Lines { regex, group } = &rule.matcher {
                lines.rules.push(One {
                    index,
                    group: *group,
                    entropy: rule.entropy.unwrap_or(0.0),
                    is_rest: regex.ends_with(r"\z"),
                    source: format!("(?:{regex})$"),
                    regex: OnceLock::new(),
                });
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
        // What a secret of several lines covers is read once.
        let mut past = 0;
        while at < head.len().min(fresh.end) {
            let line = line_at(head, at);
            let is_read = at < past;
            for &kind in kinds.iter().filter(|_| !is_read) {
                let Some(secret) = self.secret(kind, head, line) else { continue };
                past = past.max(secret.end);
                if at >= fresh.start {
                    let line = Span::new(line.start, line.end.max(secret.end));
                    found(OnLine { rule: self.rules[kind].index, line, secret });
                }
            }
            at = line.end + memchr(b'\n', &head[line.end..])? + 1;
        }
        None
    }

    /// The secret on a line, for the rule at position `kind`. Look-around sees the whole head, so that a rule may test
    /// for the end of the file.
    fn secret(&self, kind: usize, head: &[u8], line: Span) -> Option<Span> {
        let rule = &self.rules[kind];
        let mut captures = rule.regex().create_captures();
        rule.regex().search_captures(&input(head, line), &mut captures);
        let group = captures.get_group(rule.group)?;
        let is_drawn =
            || rule.entropy <= 0.0 || entropy::shannon_entropy(&head[group.range()]) >= rule.entropy;
        let is_within = rule.is_rest || group.end <= line.end;
        (!group.is_empty() && is_within && is_drawn()).then(|| Span::new(group.start, group.end))
    }

    /// The positions of the rules of whose lines the text consists, from its line `first` on; or where the line ends
    /// that shows that there are none.
    fn kinds(&self, head: &[u8], first: Span) -> Result<Vec<usize>, usize> {
        let bytes = &head[first.start..first.end];
        let is_binary = bytes.iter().any(|&b| b < b' ' && b != b'\t');
        if bytes.len() > LONGEST || is_binary || !self.loose().is_match(input(head, first)) {
            return Err(first.end);
        }
        let mut possible = PatternSet::new(self.rules.len());
        self.loose().which_overlapping_matches(&input(head, first), &mut possible);
        let mut kinds: Vec<(usize, usize)> = possible.iter().map(|kind| (kind.as_usize(), 0)).collect();
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

    fn loose(&self) -> &Regex {
        self.loose.get_or_init(|| {
            let patterns = self.rules.iter().map(|rule| loosened(&parsed(&rule.source))).collect::<Vec<_>>();
            let all = unbounded().match_kind(MatchKind::All);
            let sound = "a catalogue holds only patterns that parse";
            Regex::builder().configure(all).build_many_from_hir(&patterns).expect(sound)
        })
    }
}

fn parsed(source: &str) -> Hir {
    syntax::parse_with(source, &config()).expect("a catalogue holds only patterns that parse")
}

/// A line and what a rule may look at after it.
fn input(head: &[u8], line: Span) -> Input<'_> {
    let end = head.len().min(line.end + BEYOND);
    Input::new(head).range(line.start..end).anchored(Anchored::Yes)
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
    use regex_automata::PatternID;

    /// Rules of a user's own: `count` of them, each a choice among many words.
    fn of_a_user(count: usize) -> Vec<Rule> {
        let rules = (0..count).map(|number| {
            let words = (0..9_000).map(|word| format!("{word:x}{number}zq")).collect::<Vec<_>>().join("|");
            format!(
                "[[rules]]\nid = 'mine-{number}'\ndescription = 'Mine'\nparser = 'lines'\nregex = '(?:{words}):(.{{4,900}})'\n\
                 path = 'mine'\n"
            )
        });
        let text = rules.collect::<String>();
        crate::rules::Catalogue::parse("mine.toml", &text).unwrap()
    }

    #[test]
    fn large_patterns_of_a_user_are_one_test_all_the_same() {
        let rules = of_a_user(24);
        let lines = Lines::new(&rules, |_| true);
        let mut found = Vec::new();
        let text = b"1f7zq:first-secret\n2f7zq:second-secret\n";
        lines.read(text, 0..text.len(), |one| found.push((one.rule, one.secret)));
        let expected = [(RuleIndex(7), Span::new(6, 18)), (RuleIndex(7), Span::new(25, 38))];
        assert_eq!(found, expected);
    }

    /// Lines of a few fields, marks and line ends, none of them drawn by a rule.
    #[test]
    fn a_line_that_a_rule_reads_may_match_without_bounds() {
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
            let mut possible = PatternSet::new(lines.rules.len());
            lines.loose().which_overlapping_matches(&input(&text, first), &mut possible);
            assert_eq!(lines.loose().is_match(input(&text, first)), !possible.is_empty());
            for kind in 0..lines.rules.len() {
                let is_read = lines.secret(kind, &text, first).is_some();
                read += usize::from(is_read);
                let may_match = possible.contains(PatternID::must(kind));
                assert!(!is_read || may_match, "{kind}: {:?}", String::from_utf8_lossy(&text));
            }
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
    fn a_secret_may_go_on_over_the_next_lines_of_a_file_that_is_nothing_else() {
        let catalogue = crate::rules::Catalogue::embedded();
        let lines = Lines::new(catalogue.rules(), |_| true);
        let id = |on_line: &OnLine| catalogue.rules()[on_line.rule.0 as usize].info.id.clone();
        let key = "Q7xk/W2m+Tz9Rb4Lc8Vn\n".repeat(5);
        let word = "tR7wq9xk2";
        let table = [
            ("ada\ntR7wq9xk2\n", "openvpn-login-file", Some(word)),
            ("ada\r\ntR7wq9xk2", "openvpn-login-file", Some(word)),
            ("ada\ntR7wq9xk2\nx\n", "openvpn-login-file", None),
            ("ada lovelace\ntR7wq9xk2\n", "openvpn-login-file", None),
            (key.as_str(), "mongo-keyfile", Some(key.trim_end())),
            ("10.1.1.1 tR7wq9xk2\n", "ike-psk", Some(word)),
            ("package main\n", "ike-psk", None),
            ("\"crm\" \"tR7wq9xk2\"\n", "pgbouncer-password", Some(word)),
        ];
        for (text, rule, secret) in table {
            let mut found = Vec::new();
            lines.read(text.as_bytes(), 0..text.len(), |on_line| found.push(on_line));
            let of_rule: Vec<&str> = found
                .iter()
                .filter(|on_line| *id(on_line) == *rule)
                .map(|on_line| text[on_line.secret.start..on_line.secret.end].trim_end())
                .collect();
            assert_eq!(of_rule, secret.into_iter().collect::<Vec<_>>(), "{text:?}");
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
