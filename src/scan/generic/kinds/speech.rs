//! What sentences, translations and manuals have beside a name: what a word means, the same text in another language, a
//! variable.

use super::pair::{Pair, is_any};
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::shape::is_random;

/// Words with which a form speaks to its user about a password.
const ASKED: &[&str] = &[
    "change",
    "confirm",
    "confirmation",
    "current",
    "enter",
    "forgot",
    "forgotten",
    "incorrect",
    "invalid",
    "lost",
    "mismatch",
    "remember",
    "repeat",
    "reset",
    "retype",
    "verify",
    "wrong",
];

/// True for a value that is none because of the language around it.
pub(in crate::scan::generic) fn is_spoken(pair: &Pair<'_>) -> bool {
    is_translation(pair) || is_meaning(pair) || is_variable_of_psql(pair)
}

/// True for the same text in another language, as a table of them has it: `N'Confirm password', N'Şifreyi Onayla'`.
fn is_translation(pair: &Pair<'_>) -> bool {
    let is_letter = |b: &u8| {
        b.is_ascii_alphabetic()
            || *b >= 0x80
            || matches!(b, b' ' | b'.' | b',' | b'!' | b'?' | b'\'' | b'-' | b':')
    };
    let marks: Vec<u8> =
        pair.between().iter().copied().filter(|b| !matches!(b, b' ' | b'?' | b':')).collect();
    let key = pair.key();
    pair.kind == Kind::Password
        && matches!(&marks[..], [b'\'', b',', b'\''] | [b'\'', b',', b'N', b'\''] | [b'"', b',', b'"'])
        && key.contains(&b' ')
        && key.split(|&b| b == b' ').any(|word| is_any(word, ASKED))
        && pair.value.iter().all(is_letter)
}

/// True for what a word means in a list of short forms: `id/pw = identity and password`.
fn is_meaning(pair: &Pair<'_>) -> bool {
    let rest = pair.after_value(80);
    let goes_on = [&b" and "[..], b" or ", b" of "].iter().any(|join| {
        rest.strip_prefix(*join).is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_lowercase))
    });
    goes_on
        && matches!(pair.between().trim_ascii(), b"=" | b":")
        && !rest.iter().any(|b| matches!(b, b'=' | b':' | b'"' | b'\''))
        && pair.value.iter().all(u8::is_ascii_lowercase)
        && !is_random(pair.value)
}

/// True for a variable of psql, whose name is in quotes: `ALTER USER crm PASSWORD :'crm_pw1'`.
fn is_variable_of_psql(pair: &Pair<'_>) -> bool {
    let lead = pair.before_name(120).to_ascii_lowercase();
    let is_statement = [&b"alter "[..], b"create "]
        .iter()
        .any(|verb| memchr::memmem::find(&lead, verb).is_some_and(|at| !lead[at..].contains(&b'{')));
    is_statement
        && matches!(pair.between(), [b' ', .., b':', b'\'' | b'"'])
        && pair.between().trim_ascii().len() == 2
        && pair.value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && pair.value.first().is_some_and(|b| !b.is_ascii_digit())
        && name::words(pair.value).count() >= 1
        && !is_random(pair.value)
}
