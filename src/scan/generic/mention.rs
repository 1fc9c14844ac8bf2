//! Names that only mention a secret beside an argument, and values that are one though they are short.

use super::judge::about;
use super::line::{self, QUICK_REACH};
use super::name::{self, Kind, Name};
use super::value::Literal;
use crate::model::Span;

/// Whether a name beside an argument only mentions a secret: by its last word, or as a type (`PasswordMgrWithRealm`).
pub(super) fn speaks(identifier: &[u8]) -> bool {
    let words: Vec<&[u8]> = name::words(identifier).collect();
    let is_type = identifier.first().is_some_and(u8::is_ascii_uppercase) && words.len() >= 3;
    words.last().is_some_and(|last| about::is_about_word(last))
        || is_type && words.iter().any(|word| about::is_about_word(word))
}

/// Whether an argument after a name is another name: a variable's, in text that a shell puts together
/// (`"$DB_PASSWORD\", \"host\"`), or a word after the word for a key (`["authentication", "middleware"]`).
pub(super) fn is_only_listed(text: &[u8], name: Name, value: &[u8]) -> bool {
    name.span.start > 0 && text[name.span.start - 1] == b'$'
        || matches!(name.kind, Kind::Key | Kind::Other) && value.iter().all(u8::is_ascii_lowercase)
}

/// Whether a name is the variable of a shell's loop over passes, which a word is compared with: `test "$pass" = scan`.
pub(super) fn is_loop_variable(text: &[u8], name: Span) -> bool {
    &text[name.start..name.end] == b"pass" && name.start > 0 && text[name.start - 1] == b'$'
}

/// Whether a value is a list of keys of a keyboard, and not the bytes of one key: `yank_keys = ['c', 'C', 'd']`.
pub(super) fn is_list_of_characters(identifier: &[u8], literal: &Literal) -> bool {
    let is_plural = name::words(identifier).last().is_some_and(|last| last.eq_ignore_ascii_case(b"keys"));
    is_plural && literal.span.len() >= 3 * literal.text.len()
}

/// Whether a value is a code with which an account is recovered: short, but drawn.
pub(super) fn is_backup_code(identifier: &[u8], value: &[u8]) -> bool {
    let is = |word: &[u8], known: &[&[u8]]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    let words: Vec<&[u8]> = name::words(identifier).collect();
    let mut words = words.into_iter().rev();
    let is_named = words.next().is_some_and(|word| is(word, &[b"code", b"codes"]))
        && words.next().is_some_and(|word| is(word, &[b"recovery", b"backup"]));
    is_named
        && (8..=64).contains(&value.len())
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// Whether names of the same kind are before a name and after it: `array('username', 'password', 'salt')`.
fn is_among_names(before: &[u8], after: &[u8]) -> bool {
    let is_word = |b: &u8| b.is_ascii_lowercase() || *b == b'_';
    let is_name = |item: &[u8]| {
        let item = item.trim_ascii();
        item.len() >= 4
            && matches!(item[0], b'"' | b'\'')
            && item.last() == item.first()
            && item[1..item.len() - 1].iter().all(is_word)
    };
    let mut items = before.split(|&b| b == b',');
    // The last part is the quote that begins the name itself.
    let own = items.next_back().is_some_and(|own| own.trim_ascii().len() == 1);
    let mut count = 0;
    let all = items.all(|item| {
        count += 1;
        is_name(item)
    });
    let next = after.get(1..).and_then(|rest| rest.split(|b| matches!(b, b',' | b')' | b'}' | b'\n')).nth(1));
    own && all && count > 0 && next.is_some_and(is_name)
}

/// Whether a name is one of a list of names, so that the next name follows it: in brackets, or as code in prose.
pub(super) fn is_listed(text: &[u8], name: Span) -> bool {
    let before = line::line_before(text, name.start);
    let quote = before.last().copied().unwrap_or(0);
    if quote == b'`' {
        return true;
    }
    // A line of strings only.
    let line = &text[name.start - before.len()..text.len().min(name.end + QUICK_REACH)];
    let line = line[..memchr::memchr(b'\n', line).unwrap_or(line.len())].trim_ascii();
    let commas = line.windows(2).filter(|two| matches!(two, [b'"' | b'\'', b','])).count();
    if commas >= 2
        && matches!(line.first(), Some(b'"' | b'\''))
        && !line.iter().any(|b| b"()[]{}".contains(b))
    {
        return true;
    }
    let mut depth = 0usize;
    for (at, &b) in before.iter().enumerate().rev() {
        match b {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'{' if depth == 0 => return is_among_names(&before[at + 1..], &text[name.end..]),
            b'[' if depth == 0 => {
                // A pair of a name and a value is a list of two.
                let is_first = before[at + 1..].iter().all(|b| !b.is_ascii_alphanumeric());
                let rest = &text[name.end..text.len().min(name.end + QUICK_REACH)];
                let close = memchr::memchr(b']', rest).unwrap_or(rest.len());
                let ends = |at: &usize| matches!(rest[..*at].trim_ascii_end().last(), Some(b'"' | b'\''));
                let ends = memchr::memchr_iter(b',', &rest[..close]).filter(ends).count();
                return !is_first || ends != 1;
            }
            b'(' | b'[' | b'{' => depth -= 1,
            _ => {}
        }
    }
    false
}
