//! Passphrases: several words, which are a sentence elsewhere. What is beside them says that they are a secret, and no word
//! of them says what to do.

use crate::model::{Form, Span};
use crate::scan::generic::joint::Joint;
use crate::scan::generic::line::{after_lines, before_lines, byte, line_before, past_blanks};
use crate::scan::generic::name::is_password_word;
use crate::scan::generic::value::{self, Literal};
use crate::scan::generic::words::Words;

/// Words of sentences that speak of a password, and of settings. Lower-case, sorted.
#[rustfmt::skip]
static OF_SENTENCES: Words = Words::new(&[
    "a", "an", "are", "be", "by", "can", "cannot", "change", "default", "does", "don", "enter", "field", "for", "from",
    "generated", "if", "incorrect", "invalid", "is", "it", "least", "may", "must", "my", "new", "none", "not", "of", "on", "or",
    "please", "required", "same", "see", "set", "should", "some", "that", "the", "this", "to", "use", "used", "using",
    "valid", "via", "what", "when", "will", "with", "you", "your",
]);

/// The tables whose search relies on their order.
#[cfg(test)]
pub(in crate::scan::generic) const TABLES: &[&[&str]] = &[OF_SENTENCES.list()];

/// True for three words to eight, in small letters, some with digits, none of which is one of a sentence about a password.
pub(in crate::scan::generic) fn is_plain(text: &[u8]) -> bool {
    let mut words = text.split(|&b| b == b' ');
    let is_part = |word: &[u8]| {
        let letters = word.iter().filter(|b| b.is_ascii_lowercase()).count();
        let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
        letters + digits == word.len()
            && (letters >= 2 || digits > 0)
            && !OF_SENTENCES.has(word)
            && !is_password_word(word)
    };
    (12..=64).contains(&text.len())
        && (3..=8).contains(&text.split(|&b| b == b' ').count())
        && words.all(is_part)
        && text.split(|&b| b == b' ').filter(|word| word.len() >= 4).count() >= 2
}

/// The words without quotes to the end of a line that begins with the name of a password, as YAML and INI have them.
/// `first` is the first of them.
pub(in crate::scan::generic) fn to_line_end(
    text: &[u8],
    name: Span,
    joint: Joint,
    first: &Literal,
) -> Option<Literal> {
    let is_read =
        matches!(first.form, Form::Bare | Form::Block) && matches!(joint, Joint::Colon | Joint::Assign);
    if !is_read || !first.joined || !line_before(text, name.start).iter().all(|b| matches!(b, b' ' | b'-')) {
        return None;
    }
    let start = first.span.start;
    // A name in quotes begins JSON, and code has no blank before such a colon.
    let is_setting = byte(text, start - 1) == b' ' && value::is_lead(line_before(text, name.start));
    let line = text[start..after_lines(text, start, 0)].trim_ascii_end();
    (is_setting && is_plain(line))
        .then(|| Literal::at(Span::new(start, start + line.len()), line.to_vec(), Form::Quoted))
}

/// Whether the line above or below the line of `name` says whose password it is: `ssid: Acme`, `name = "ole"`.
pub(in crate::scan::generic) fn owner_beside(text: &[u8], name: Span) -> bool {
    const OWNERS: [&[u8]; 3] = [b"ssid", b"essid", b"name"];
    let is_owner = |line: Span| {
        let start = past_blanks(text, line.start);
        let start = start + usize::from(matches!(byte(text, start), b'"' | b'\''));
        let word = &text[start.min(line.end)..line.end];
        let len = word.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count();
        let rest = word[len..].trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        OWNERS.iter().any(|owner| word[..len].eq_ignore_ascii_case(owner))
            && matches!(rest.first(), Some(b':' | b'='))
            && rest.len() > 3
    };
    let own = Span::new(before_lines(text, name.start, 0), after_lines(text, name.start, 0));
    // On its own line: `User{Name: "erik", Password: "x"}`.
    let mut at = own.start;
    let is_beside = text[own.start..name.start].split(|&b| matches!(b, b',' | b'{' | b'(')).any(|part| {
        let span = Span::new(at, at + part.len());
        at += part.len() + 1;
        is_owner(span)
    });
    if is_beside {
        return true;
    }
    let above = Span::new(before_lines(text, name.start, 1), own.start.saturating_sub(1));
    let below = Span::new((own.end + 1).min(text.len()), after_lines(text, name.start, 1));
    above.start < above.end && is_owner(above) || below.start < below.end && is_owner(below)
}
