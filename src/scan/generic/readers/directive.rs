//! Lines of servers' and devices' configuration with a secret at a known place: `enable secret 0 x`,
//! `cache_peer … login=user:x`, `rocommunity x`.
//!
//! `directives.txt` is the table. A line is recognised by its first word; the rest must fit word by word.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::quote;
use crate::scan::generic::words::Lengths;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The table.
const DIRECTIVES: &str = include_str!("directives.txt");

/// The longest line that is read, in bytes and words.
const LONGEST: usize = 300;
const MOST_WORDS: usize = 16;

/// A secret on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scan::generic) struct Directive {
    /// The words before it.
    pub words: Span,
    /// Its span, without quotes.
    pub value: Span,
    /// The secret.
    pub text: Vec<u8>,
    /// True if prose has such lines too.
    pub is_weak: bool,
}

#[derive(Debug)]
struct DirectiveRow {
    is_weak: bool,
    tokens: Vec<Token>,
}

#[derive(Debug)]
enum Token {
    Any,
    OneOf(Vec<&'static str>),
    Optional(Vec<Token>),
    /// The secret after a prefix, the mark between it and a login before it, and whether a host is after it.
    Secret(&'static str, Option<u8>, bool),
}

/// The rows by first word.
#[derive(Debug, Default)]
struct DirectiveTable {
    rows: HashMap<&'static str, Vec<DirectiveRow>>,
    /// The lengths of these words: most lines begin with none of them.
    lengths: Lengths,
}

/// The table.
fn table() -> &'static DirectiveTable {
    static SHARED: OnceLock<DirectiveTable> = OnceLock::new();
    SHARED.get_or_init(|| {
        let mut table = DirectiveTable::default();
        for line in DIRECTIVES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (is_weak, line) = line.strip_prefix("~ ").map_or((false, line), |line| (true, line));
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            for first in first.split('|') {
                let row = DirectiveRow { is_weak, tokens: read_tokens(&mut rest.split(' ')) };
                table.rows.entry(first).or_default().push(row);
                table.lengths = table.lengths.with(first);
            }
        }
        table
    })
}

fn read_tokens(words: &mut dyn Iterator<Item = &'static str>) -> Vec<Token> {
    let mut tokens = Vec::new();
    while let Some(word) = words.next() {
        let closes = word.ends_with(']');
        let opens = word.starts_with('[');
        let plain = word.trim_start_matches('[').trim_end_matches(']');
        let token = match plain {
            "_" => Token::Any,
            _ if plain.ends_with("?:@@_") => Token::Secret(&plain[..plain.len() - 5], Some(b':'), true),
            _ if plain.ends_with("?/@@_") => Token::Secret(&plain[..plain.len() - 5], Some(b'/'), true),
            _ if plain.ends_with("?:@") => Token::Secret(&plain[..plain.len() - 3], Some(b':'), false),
            _ if plain.ends_with("?,@") => Token::Secret(&plain[..plain.len() - 3], Some(b','), false),
            _ if plain.ends_with('@') => Token::Secret(&plain[..plain.len() - 1], None, false),
            _ => Token::OneOf(plain.split('|').collect()),
        };
        if opens {
            let mut inner = vec![token];
            if !closes {
                inner.extend(read_tokens(words));
            }
            tokens.push(Token::Optional(inner));
        } else {
            tokens.push(token);
            if closes {
                break;
            }
        }
    }
    tokens
}

/// Whether the line of `at` may be one of the table, by its first word.
pub(in crate::scan::generic) fn may_be_on(text: &[u8], at: usize) -> bool {
    first_word(text, at).is_some_and(|(_, known)| !known.is_empty())
}

/// The first word of the line of `at`, and the rows that start with it.
fn first_word(text: &[u8], at: usize) -> Option<(Span, &'static [DirectiveRow])> {
    let line = line_before(text, at);
    if line.len() > 120 {
        return None;
    }
    let start = past_blanks(text, at - line.len());
    let len =
        text[start..].iter().take(40).take_while(|b| **b > b' ' && !matches!(b, b'"' | b'\'' | b'(')).count();
    if len < 2 || byte(text, start + len) > b' ' {
        return None;
    }
    let table = table();
    if !table.lengths.may_have(&text[start..start + len]) {
        return None;
    }
    let mut lower = [0; 40];
    let lower = &mut lower[..len];
    lower.copy_from_slice(&text[start..start + len]);
    lower.make_ascii_lowercase();
    let known = std::str::from_utf8(lower).ok().and_then(|word| table.rows.get(word))?;
    Some((Span::new(start, start + len), known))
}

/// The secret on the line of `at`, if it is one of the table.
pub(in crate::scan::generic) fn read(text: &[u8], at: usize) -> Option<Directive> {
    let (first, rows) = first_word(text, at)?;
    let words = split(text, first.end)?;
    rows.iter().find_map(|row| {
        let mut matcher = Matcher { words: &words, secret: None };
        let used = matcher.all(&row.tokens, 0)?;
        let (value, text) = matcher.secret?;
        let is_last = used == words.len();
        // Prose continues: `username & password pair, like`.
        let is_prose = text.strip_suffix(b",").is_some_and(|word| word.iter().all(u8::is_ascii_lowercase));
        (!(row.is_weak && !is_last || is_prose)).then(|| Directive {
            words: Span::new(first.start, value.start),
            value,
            text,
            is_weak: row.is_weak,
        })
    })
}

/// A word of a line, without its quotes.
struct LineWord {
    span: Span,
    text: Vec<u8>,
}

/// The words of a line from `start`. `None` if the line is too long to be one of the table.
fn split(text: &[u8], start: usize) -> Option<Vec<LineWord>> {
    let limit = text.len().min(start + LONGEST);
    let mut words = Vec::new();
    let mut at = start;
    while words.len() < MOST_WORDS {
        at = past_blanks(text, at);
        if at >= limit || matches!(text[at], b'\r' | b'\n' | b'#') {
            return Some(words);
        }
        if matches!(text[at], b';' | b'}' | b'{') && byte(text, at + 1) <= b' ' {
            at += 1;
            continue;
        }
        if matches!(text[at], b'"' | b'\'')
            && let Some(quoted) = quote::one(text, at)
        {
            at = quoted.end;
            words.push(LineWord { span: quoted.span, text: quoted.text });
            continue;
        }
        let len = text[at..limit].iter().take_while(|b| **b > b' ').count();
        let mut end = at + len;
        if text[end - 1] == b';' && len > 1 {
            end -= 1;
        }
        words.push(LineWord { span: Span::new(at, end), text: text[at..end].to_vec() });
        at += len;
    }
    Some(words)
}

/// Fits tokens to words, and keeps the secret.
struct Matcher<'a> {
    words: &'a [LineWord],
    secret: Option<(Span, Vec<u8>)>,
}

impl Matcher<'_> {
    /// How many words all tokens take from `at`.
    fn all(&mut self, tokens: &[Token], at: usize) -> Option<usize> {
        let Some((token, rest)) = tokens.split_first() else { return Some(at) };
        match token {
            Token::Any => {
                self.words.get(at)?;
                self.all(rest, at + 1)
            }
            Token::OneOf(words) => {
                let word = &self.words.get(at)?.text;
                words
                    .iter()
                    .any(|known| {
                        // `--name=_` is any word that starts so.
                        match known.strip_suffix('_') {
                            Some(prefix) if prefix.ends_with('=') => word
                                .get(..prefix.len())
                                .is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes())),
                            _ => word.eq_ignore_ascii_case(known.as_bytes()),
                        }
                    })
                    .then(|| self.all(rest, at + 1))?
            }
            Token::Optional(inner) => {
                if let Some(next) = self.all(inner, at)
                    && let Some(end) = self.all(rest, next)
                {
                    return Some(end);
                }
                self.all(rest, at)
            }
            Token::Secret(prefix, login, has_host) => {
                let word = self.words.get(at)?;
                let head = word.text.get(..prefix.len())?;
                if !head.eq_ignore_ascii_case(prefix.as_bytes()) {
                    return None;
                }
                // This is an option, not a value.
                if prefix.is_empty() && word.text.starts_with(b"--") {
                    return None;
                }
                let mut from = prefix.len();
                if let Some(mark) = *login {
                    let mark = memchr::memchr(mark, &word.text[from..])?;
                    from += (mark > 0).then_some(mark + 1)?;
                }
                let to = match has_host {
                    true => memchr::memrchr(b'@', &word.text).filter(|&at| at > from)?,
                    false => word.text.len(),
                };
                let text = word.text.get(from..to)?.to_vec();
                if text.is_empty() {
                    return None;
                }
                let span = match word.text.len() == word.span.len() {
                    true => Span::new(word.span.start + from, word.span.start + to),
                    false => word.span,
                };
                self.secret = Some((span, text));
                self.all(rest, at + 1)
            }
        }
    }
}
