//! Where a value without quotes ends, if the text around it says so.

use super::{LONGEST, is_any_drawn, is_drawn_word};
use crate::model::Span;
use crate::scan::generic::joint::{Join, Joint, Stop};
use crate::scan::generic::line::{byte, line_before};
use crate::scan::generic::operator;

/// What ends a value without quotes, if the text around it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// The next blank: a login's line, or a random word that is the last of its line.
    Blank,
    /// The next blank, whatever quotes are before it: a random word that is the last of its line.
    Word,
    /// The end of the string or the next pair of a connection string.
    Pair,
    /// The same of one in quotes: what begins a tag ends nothing.
    QuotedPair(u8),
    /// The quote of the string around, if there is one, or the mark between the pairs in it. What is between is random.
    Until(u8, u8),
    /// The end of the string that the name begins.
    Quote(u8),
    /// The next parameter of a query.
    Parameter,
    /// The mark between the parts of a command that replaces: `s/a=.*/a=x/`.
    Mark(u8),
    /// The first delimiter.
    Usual,
}

impl Ends {
    pub(super) fn of(text: &[u8], name: Span, join: &Join, leads: bool) -> Self {
        if join.stop != Stop::Usual || join.next_line {
            return Self::Usual;
        }
        let rest = &text[join.at..text.len().min(join.at + LONGEST + 1)];
        let lead = line_before(text, name.start);
        if let Some(mark) = replaced_by(lead) {
            return Self::Mark(mark);
        }
        if let Some(until) = Self::until(lead, rest, join.joint) {
            return until;
        }
        match join.joint {
            Joint::Space if operator::is_login_line(text, name) && !has_quote(word_of(rest)) => Self::Blank,
            Joint::Space
                if operator::is_login_line(text, name)
                    && is_any_drawn(word_of(rest))
                    && !is_around_quotes(word_of(rest)) =>
            {
                Self::Word
            }
            // The body of a form that begins with the password: `password=x&user=ada`.
            Joint::Assign if leads && join.at == name.end + 1 && begins_query(rest) => Self::Parameter,
            Joint::Assign if is_in_connection(lead) => {
                let quote = lead.iter().rev().find(|b| matches!(b, b'"' | b'\'' | b'`'));
                quote.map_or(Self::Pair, |quote| Self::QuotedPair(*quote))
            }
            Joint::Assign if is_among_pairs(lead) && is_any_drawn(word_before_quote(rest)) => Self::Blank,
            // A shell ends the value of a flag at no comma: `--password=4K,01RO`.
            Joint::Assign
                if join.at == name.end + 1
                    && lead.ends_with(b"-")
                    && !has_quote(lead)
                    && !has_quote(word_of(rest))
                    && is_any_drawn(word_of(rest))
                    && !has_another_pair(word_of(rest)) =>
            {
                Self::Blank
            }
            Joint::Assign
                if lead.ends_with(b"&")
                    && (is_any_drawn(parameter(rest)) || is_in_query(lead, parameter(rest), rest)) =>
            {
                Self::Parameter
            }
            Joint::Assign if join.at == name.end + 1 && matches!(lead.last(), Some(b'"' | b'\'')) => {
                let quote = lead[lead.len() - 1];
                let inner = &rest[..memchr::memchr2(quote, b'\n', rest).unwrap_or(0)];
                let is_plain = quote == b'\'' || !inner.contains(&b'\\');
                let is_whole = is_any_drawn(inner) && is_plain && !has_another_pair(inner);
                if is_whole { Self::Quote(quote) } else { Self::Usual }
            }
            // A header: `-H "X-Api-Key: x"`.
            Joint::Colon
                if byte(text, name.end) == b':'
                    && matches!(lead.last(), Some(b'"' | b'\''))
                    && byte(text, join.at - 1) == b' ' =>
            {
                let quote = lead[lead.len() - 1];
                let inner = &rest[..memchr::memchr2(quote, b'\n', rest).unwrap_or(0)];
                let is_whole =
                    is_any_drawn(inner) && !inner.contains(&b'\\') && byte(rest, inner.len()) == quote;
                if is_whole { Self::Quote(quote) } else { Self::Usual }
            }
            Joint::Assign | Joint::Colon | Joint::Prose
                if !leads && byte(text, join.at - 1) == b' ' && !has_quote(lead) =>
            {
                let word = word_of(rest);
                let is_last = is_drawn_word(rest) && !has_another_pair(word);
                if is_last && !has_quote(word) {
                    Self::Blank
                } else if is_last && !is_around_quotes(word) {
                    Self::Word
                } else {
                    Self::Usual
                }
            }
            Joint::Assign | Joint::Colon | Joint::Space if leads && !has_quote(lead) => {
                let word = word_of(rest);
                let is_last = is_drawn_word(rest) && !has_another_pair(word) && !is_around_quotes(word);
                match (is_last, has_quote(word)) {
                    (true, false) => Self::Blank,
                    (true, true) => Self::Word,
                    _ => Self::Usual,
                }
            }
            _ => Self::Usual,
        }
    }

    /// The end of a random value among the pairs of a connection string or a query: whatever quotes are in it, as long as
    /// they are not those around the string.
    fn until(lead: &[u8], rest: &[u8], joint: Joint) -> Option<Self> {
        let mark = *lead.trim_ascii_end().last().filter(|mark| matches!(mark, b';' | b'&'))?;
        if joint != Joint::Assign || mark == b';' && !is_in_connection(lead) {
            return None;
        }
        let quote = lead.iter().rev().find(|b| matches!(b, b'"' | b'\'' | b'`')).copied().unwrap_or(0);
        let is_end = |b: &u8| *b <= b' ' || *b == mark || *b == quote;
        let value = &rest[..rest.iter().position(is_end).unwrap_or(rest.len())];
        let is_random =
            is_any_drawn(value) || mark == b'&' && value.len() >= 8 && is_in_query(lead, value, rest);
        (is_random && (quote == 0 || !value.contains(&b'\\')) && !has_another_pair(value))
            .then_some(Self::Until(quote, mark))
    }

    /// Whether these ends are known from the text around, so that every mark before them belongs to the value.
    pub(super) fn are_known(self) -> bool {
        !matches!(self, Self::Usual | Self::Mark(_))
    }

    /// Whether a value goes on after `mark`, which is no blank.
    pub(super) fn goes_on(self, mark: u8) -> bool {
        match self {
            Self::Blank => !matches!(mark, b'"' | b'\'' | 0x7f),
            Self::Word => mark != 0x7f,
            Self::Pair => !matches!(mark, b';' | b'"' | b'\'' | b'<' | b'\\' | b'`' | 0x7f),
            Self::QuotedPair(quote) => mark != quote && !matches!(mark, b';' | b'"' | b'\'' | b'\\' | 0x7f),
            Self::Until(quote, between) => mark != quote && mark != between && mark != 0x7f,
            Self::Quote(quote) => mark != quote,
            Self::Parameter => !matches!(mark, b'&' | b'"' | b'\'' | b'`' | b'\\' | 0x7f),
            Self::Usual | Self::Mark(_) => false,
        }
    }

    /// Whether a value ends at `mark`, which ends no other.
    pub(super) fn stops(self, mark: u8) -> bool {
        self == Self::Mark(mark) || self == Self::Parameter && mark == b'&'
    }
}

/// The mark before the name on its line, if that begins what `sed` puts in place of something.
fn replaced_by(lead: &[u8]) -> Option<u8> {
    let (&mark, before) = lead.split_last().filter(|(mark, _)| matches!(mark, b'/' | b'|' | b'#' | b','))?;
    let is_start = |at: usize| {
        before[at] == b's'
            && before.get(at + 1) == Some(&mark)
            && (at == 0 || matches!(before[at - 1], b' ' | b'"' | b'\'' | b';'))
    };
    (memchr::memmem::find(before, b"sed ").is_some() && (0..before.len()).any(is_start)).then_some(mark)
}

/// The word at the start of `rest`.
fn word_of(rest: &[u8]) -> &[u8] {
    &rest[..rest.iter().position(|b| *b <= b' ').unwrap_or(rest.len())]
}

/// The word at the start of `rest`, to the quote that ends the string it is in.
fn word_before_quote(rest: &[u8]) -> &[u8] {
    let word = word_of(rest);
    &word[..memchr::memchr2(b'"', b'\'', word).unwrap_or(word.len())]
}

/// The value of a query's parameter at the start of `rest`.
fn parameter(rest: &[u8]) -> &[u8] {
    let word = word_before_quote(rest);
    &word[..memchr::memchr(b'&', word).unwrap_or(word.len())]
}

/// True if the first of several parameters is at the start of `rest`: `x&user=ada`, and nothing but more of them.
fn begins_query(rest: &[u8]) -> bool {
    let word = word_of(rest);
    let mut parameters = word.split(|&b| b == b'&');
    let own = parameters.next().unwrap_or_default();
    let is_pair = |pair: &[u8]| {
        let len =
            pair.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
        len > 0 && pair.get(len) == Some(&b'=')
    };
    word.contains(&b'&') && !own.is_empty() && !has_quote(own) && parameters.all(is_pair)
}

/// True if the text around a parameter shows that its marks belong to it: another parameter follows, or it ends the body of
/// a form, which has its line to itself.
fn is_in_query(lead: &[u8], value: &[u8], rest: &[u8]) -> bool {
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let after = &rest[value.len()..];
    let next = after.strip_prefix(b"&").unwrap_or_default();
    let len = next.iter().take(40).take_while(is_name).count();
    let is_followed = len > 0 && next.get(len) == Some(&b'=');
    let is_body = || {
        let first = lead.iter().take_while(is_name).count();
        let is_last = matches!(after.first(), None | Some(b'\r' | b'\n'));
        is_last && first > 0 && lead.get(first) == Some(&b'=') && !lead.iter().any(|b| *b <= b' ')
    };
    // What code adds to a text is none: `&password=${x}&y=`, `&password=%s`.
    let is_added = value.len() < 4 || matches!(value[0], b'$' | b'%' | b'{' | b'<' | b'#');
    !is_added && (is_followed || is_body())
}

/// True if a word begins or ends with a quote: it is, or is part of, a string or code of a document.
fn is_around_quotes(word: &[u8]) -> bool {
    let is_quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\'' | b'`'));
    let end = word.iter().rposition(|b| !matches!(b, b',' | b';' | b')' | b'.'));
    is_quote(word.first()) || is_quote(end.map(|end| &word[end]))
}

fn has_quote(text: &[u8]) -> bool {
    memchr::memchr3(b'"', b'\'', b'`', text).is_some()
}

/// True if another name and value begin within a word: `x&user=ada`, `x;Database=crm`, `x,y=z`.
fn has_another_pair(word: &[u8]) -> bool {
    // The end of the element that the text is in.
    if word.ends_with(b">") && memchr::memmem::find(word, b"</").is_some() {
        return true;
    }
    word.split(|b| matches!(b, b'&' | b';' | b',' | b'|')).skip(1).any(|part| {
        let len =
            part.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
        len >= 2 && part[0].is_ascii_alphabetic() && part.get(len) == Some(&b'=') && part.len() > len + 1
    })
}

/// The value of a connection string's pair at the start of `rest`.
pub(super) fn pair(rest: &[u8]) -> &[u8] {
    let value =
        &rest[..rest.iter().position(|b| matches!(b, b';' | b'"' | b'\'' | b'\n')).unwrap_or(rest.len())];
    value.trim_ascii_end()
}

/// True after another pair of a connection string with blanks between them, as libpq takes it: `host=db user=crm `.
pub(super) fn is_among_pairs(lead: &[u8]) -> bool {
    let Some(pairs) = lead.strip_suffix(b" ") else { return false };
    let pair = pairs.rsplit(|b| matches!(b, b' ' | b'"' | b'\'')).next().unwrap_or_default();
    let Some(equals) = memchr::memchr(b'=', pair) else { return false };
    CONNECTION.iter().chain(ARGUMENTS).any(|known| pair[..equals].eq_ignore_ascii_case(known.as_bytes()))
        && equals + 1 < pair.len()
}

/// Arguments of Ansible's modules before a password: `mysql_user: name=ada password=x`.
const ARGUMENTS: &[&str] = &[
    "ansible_become_user",
    "ansible_connection",
    "become_user",
    "db",
    "dest",
    "login_host",
    "login_user",
    "name",
    "role",
    "src",
    "url",
    "url_username",
];

/// Keys before the password of a connection string.
const CONNECTION: &[&str] = &[
    "accountname",
    "ansible_host",
    "ansible_port",
    "ansible_ssh_user",
    "ansible_user",
    "data source",
    "database",
    "dbname",
    "driver",
    "host",
    "initial catalog",
    "port",
    "server",
    "uid",
    "user",
    "user id",
    "username",
];

/// True after another pair of a connection string (`Server=db;User Id=ada;`): what follows is text in any language.
pub(in crate::scan::generic) fn is_in_connection(lead: &[u8]) -> bool {
    let Some(pairs) = lead.trim_ascii_end().strip_suffix(b";") else { return false };
    let pair = pairs.rsplit(|b| *b == b';').next().unwrap_or_default();
    let Some(equals) = memchr::memchr(b'=', pair) else { return false };
    let key = pair[..equals].trim_ascii();
    let is_key = |known: &&str| {
        key.len() >= known.len() && key[key.len() - known.len()..].eq_ignore_ascii_case(known.as_bytes())
    };
    CONNECTION.iter().any(is_key) && !pair[equals..].contains(&b' ')
}
