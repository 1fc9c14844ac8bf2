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
    "update",
    "verify",
    "wrong",
];

/// Functions that translate a text: their first argument is what a user reads, the next is the domain of the translation.
const TRANSLATES: &[&str] = &[
    "__",
    "_e",
    "_ex",
    "_n",
    "_nx",
    "_x",
    "esc_attr__",
    "esc_attr_e",
    "esc_attr_x",
    "esc_html__",
    "esc_html_e",
    "esc_html_x",
    "translate",
];

/// Words of a sentence before `pass` that make it a verb.
const ASKING: &[&str] = &[
    "can", "could", "just", "may", "might", "must", "please", "should", "then", "they", "to", "we", "will",
    "would", "you",
];

/// True for a value that is none because of the language around it.
pub(in crate::scan::generic) fn is_spoken(pair: &Pair<'_>) -> bool {
    is_translation(pair)
        || is_meaning(pair)
        || is_variable_of_psql(pair)
        || is_domain_of_translation(pair)
        || is_passed_on(pair)
        || is_fingerprint(pair)
}

/// True for the domain of a translation: `esc_html__( 'Application Password', 'hustle' )`.
fn is_domain_of_translation(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(120);
    let Some(open) = memchr::memrchr2(b'"', b'\'', before) else { return false };
    let quote = before[open];
    let Some(call) = before[..open].trim_ascii_end().strip_suffix(b"(") else { return false };
    let call = call.trim_ascii_end();
    let len = call.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let function = &call[call.len() - len..];
    let Some(close) = memchr::memchr(quote, pair.between()) else { return false };
    let next = pair.between()[close + 1..].trim_ascii();
    let is_next = next.strip_prefix(b",").is_some_and(|rest| matches!(rest.trim_ascii(), [b'"' | b'\'']));
    let is_slug = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    TRANSLATES.iter().any(|known| known.as_bytes() == function)
        && is_next
        && pair.value.iter().all(is_slug)
        && pair.value.iter().filter(|b| b.is_ascii_digit()).count() * 4 <= pair.value.len()
        && !is_random(pair.value)
}

/// True for a word in quotes that a sentence asks its reader to pass, ``pass `asn1Spec` to guide it``, `you can pass 'nohdparm'`,
/// and for what is private: ``the private `hetzner` network``.
fn is_passed_on(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(40).trim_ascii_end();
    let last = &before[before.iter().rposition(|b| !b.is_ascii_alphabetic()).map_or(0, |at| at + 1)..];
    let is_in_ticks = pair.between().trim_ascii() == b"`" && pair.after_value(8).starts_with(b"` ");
    let is_quoted = matches!(pair.between(), [b' ', b'"' | b'\'' | b'`']);
    let is_name = || pair.value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.'));
    let is = |word: &str| is_any(pair.identifier, &[word]);
    !is_random(pair.value)
        && (is("pass") && (is_in_ticks || is_quoted && is_any(last, ASKING) && is_name())
            || is("private") && is_in_ticks && is_any(last, &["a", "an", "our", "the"]) && is_name())
}

/// True for the fingerprint of a key, as GPG prints it: `Key fingerprint = 4D96…`.
fn is_fingerprint(pair: &Pair<'_>) -> bool {
    const WORD: &[u8] = b"fingerprint";
    let label = pair.between().to_ascii_lowercase();
    let label: Vec<u8> = label.into_iter().filter(|b| !matches!(b, b' ' | b'"' | b'\'' | b'\t')).collect();
    let is_label = matches!(label.strip_prefix(WORD), Some([] | [b':' | b'=', ..]));
    is_label
        && matches!(pair.value.len(), 32 | 40 | 64)
        && pair.value.iter().all(u8::is_ascii_hexdigit)
        && pair.kind == Kind::Key
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
