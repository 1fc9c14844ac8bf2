//! What a person or a program made as a password, and which looks like something else: `$unshine2024!`, `Super-Mario64`,
//! `K8%s:Jf3|S`.
//!
//! Under the name of a password such a value is none of the kinds that the other modules know by their shape. All of these
//! are exceptions: what is not certainly made is left to those modules.

use super::super::line;
use super::super::name::{self, is_credential_word, says_password};
use super::super::reference::has_scheme;
use super::super::shape::{Shape, is_drawn_text, is_word_after_mark};
use crate::model::Form;

/// The longest value that a person chooses without blanks.
const LONGEST: usize = 40;

/// True for a value that was made as a password, if the name is a password's.
pub(super) fn is_made(value: &[u8], identifier: &[u8], form: Form) -> bool {
    says_password(identifier)
        && (!is_of_language(value)
            && has_letters(value)
            && (is_drawn_text(value) || is_drawn_password(value))
            || is_chosen_with_dot(value, identifier, form)
            || is_joined_by_marks(value, form)
            || is_word_and_number(value, identifier, form)
            || is_whole(form, identifier) && (is_passphrase_with_dots(value) || is_of_digits(value)))
}

/// Whether there are more letters than a date with a time has: `2022-01-25T08:52:09Z`.
fn has_letters(value: &[u8]) -> bool {
    value.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 3
}

/// Whether a value ends where it seems to end: between quotes, or at the end of a variable's line.
fn is_whole(form: Form, identifier: &[u8]) -> bool {
    matches!(form, Form::Quoted | Form::Login | Form::Markup | Form::Declared) || is_variable(identifier)
}

/// Whether a name is written as that of an environment's variable.
fn is_variable(identifier: &[u8]) -> bool {
    identifier.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// True for a value drawn from letters, digits and several marks, or nearly so, with no mark of a template in it: as
/// generators make passwords of eight bytes and more.
fn is_drawn_password(value: &[u8]) -> bool {
    const TEMPLATES: [&str; 10] = ["${", "#{", "{{", "$(", "%(", "<%", "((", "$[", "@{", "%{"];
    if !(8..=64).contains(&value.len()) || !value.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    let shape = Shape::of(value);
    let mut marks = value.iter().filter(|b| b.is_ascii_punctuation());
    let first = marks.next();
    let has_several = marks.any(|mark| Some(mark) != first);
    let classes = [shape.lower, shape.upper, shape.digits, shape.marks].iter().filter(|n| **n > 0).count();
    (classes == 4 || classes == 3 && has_several)
        && shape.changes * 5 >= (shape.len - 1) * 2
        && shape.cover() <= 34
        && shape.part_longest <= 8
        && !TEMPLATES.iter().any(|mark| line::find(value, mark.as_bytes()).is_some())
}

/// True for a reference, a variable, an escape, a class of a regex, and what is between brackets: drawn values
/// may look so, but seldom do.
fn is_of_language(value: &[u8]) -> bool {
    const MARKS: [&str; 6] = ["\\u", "[a-z", "[A-Z", "[0-9", "(?=", "(?:"];
    let is_variable = value[0] == b'$' && value[1..].iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let encloses = |open, close| value[0] == open && value[value.len() - 1] == close;
    is_variable
        || has_scheme(value)
        || encloses(b'{', b'}')
        || encloses(b'[', b']')
        || encloses(b'^', b'$')
        || MARKS.iter().any(|mark| line::find(value, mark.as_bytes()).is_some())
}

/// True for words with a number behind them, maybe with marks before, between and after: `$ummer2024!`, `Blowfish77`,
/// `Super-Mario64`, `BMW-2024`. A year or a last mark shows that a person made it; without them the marks must not be those of
/// code, and the words must not be those of names.
fn is_word_and_number(value: &[u8], identifier: &[u8], form: Form) -> bool {
    if !(7..=24).contains(&value.len()) || !value.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    let is_end = |b: &u8| matches!(b, b'!' | b'?' | b'#' | b'*' | b'$');
    let marks_at_end = value.iter().rev().take_while(|b| is_end(b)).count();
    let body = &value[..value.len() - marks_at_end];
    let digits = body.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (words, number) = body.split_at(body.len() - digits);
    let letters = words.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let is_no_part =
        |b: &u8| b.is_ascii_digit() || matches!(b, b'"' | b'\'' | b'`' | b'\\' | b'/' | b':' | b'@');
    let is_plain = marks_at_end <= 3
        && (1..=4).contains(&digits)
        && letters >= 3
        && letters >= 2 * (words.len() - letters)
        && !words.iter().any(is_no_part)
        && !name::words(words).any(|word| is_credential_word(word) || is_counted(word));
    if !is_plain {
        return false;
    }
    // Before the value of a variable a mark is its first byte, and between quotes one that is no tag.
    let after_first = match words[0] {
        b'*' | b'=' | b'&' | b'[' | b',' | b';' | b'|' if is_variable(identifier) => &words[1..],
        b'!' if is_whole(form, identifier) => &words[1..],
        _ => words,
    };
    let is_mark_of_code =
        |b: &u8| !b.is_ascii_alphabetic() && !matches!(b, b'-' | b'.' | b'_' | b'*' | b'!' | b'+');
    let is_code = after_first.iter().any(is_mark_of_code) || matches!(after_first.first(), Some(b'.' | b'_'));
    let is_year = matches!(number, [b'1', b'9', _, _] | [b'2', b'0', _, _]);
    let is_marked = matches!(value.last(), Some(b'!' | b'?')) || words.last() == Some(&b'#');
    // `Blowfish77` is no cipher, but `aes256` is one.
    let is_long = digits == 1 && letters >= 8 || digits == 2 && letters >= 5;
    let is_named = || Shape::of(words).cover() >= 100;
    if is_whole(form, identifier) {
        is_year || is_marked || !is_code && is_long && !is_named()
    } else {
        !is_code && (is_year || is_marked || is_long && !is_named())
    }
}

/// Whether a word is one that names of things end in before a number: `user2`, `node12`.
fn is_counted(word: &[u8]) -> bool {
    const COUNTED: [&str; 22] = [
        "account", "admin", "app", "client", "db", "demo", "env", "field", "host", "id", "key", "login",
        "name", "node", "page", "server", "service", "test", "user", "value", "var", "version",
    ];
    COUNTED.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// True for three words or more joined by dots, as managers of passwords join them, of which hardly one is a word of code:
/// the path of a name (`user.form.label.hint`) consists of such.
fn is_passphrase_with_dots(value: &[u8]) -> bool {
    if value.len() > LONGEST || !value.contains(&b'.') {
        return false;
    }
    let is_word = |part: &[u8]| {
        let letters = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        (3..=10).contains(&letters)
            && part.len() <= letters + 4
            && part[letters..].iter().all(u8::is_ascii_digit)
            && part[1..letters].iter().all(u8::is_ascii_lowercase)
    };
    let words: Vec<&[u8]> = value.split(|&b| b == b'.').collect();
    let of_code = words.iter().filter(|word| Shape::of(word).cover() >= 100).count();
    (3..=8).contains(&words.len())
        && words.iter().all(|word| is_word(word))
        && !words.iter().any(|word| is_credential_word(word))
        && of_code * 3 <= words.len()
}

/// True for eight digits or more in groups with one kind of mark between them: `4711-0815`, `12.06.1987`. A version has fewer, and a
/// date that is sorted begins with its year.
fn is_of_digits(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let Some(&mark) = value.iter().find(|b| !b.is_ascii_digit()) else { return false };
    (8..=16).contains(&digits)
        && matches!(mark, b'-' | b'.')
        && !value.split(|b| *b == mark).map(<[u8]>::len).eq([4, 2, 2])
        && value
            .split(|b| *b == mark)
            .all(|group| (2..=4).contains(&group.len()) && group.iter().all(u8::is_ascii_digit))
}

/// True for letters and digits around two equal marks (`orchard&&lantern7`) in quotes, under the name of a password: an
/// expression has blanks, brackets, dots, or names in more than one case.
fn is_joined_by_marks(value: &[u8], form: Form) -> bool {
    let is_part = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'&' | b'|' | b'!');
    form == Form::Quoted
        && value.iter().all(is_part)
        && value.len() >= 10
        && !value.split(|b| matches!(b, b'&' | b'|' | b'!')).any(is_credential_word)
        && value.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// True for two words with a dot between them and a digit or mark at the end (`regen.Bogen7`), as people choose them. The
/// member of an object is such a value, too, but not in quotes, nor where a variable of a shell is set.
fn is_chosen_with_dot(value: &[u8], identifier: &[u8], form: Form) -> bool {
    let Some((&last, words)) = value.split_last() else { return false };
    let can_be = matches!(form, Form::Quoted | Form::Login | Form::Call | Form::Markup | Form::Inline)
        || is_variable(identifier);
    let mut parts = words.split(|&b| b == b'.');
    let is_word = |part: Option<&[u8]>| {
        part.is_some_and(|part| {
            part.len() >= 3 && part.iter().all(u8::is_ascii_alphanumeric) && !is_credential_word(part)
        })
    };
    can_be
        && (last.is_ascii_digit() || matches!(last, b'!' | b'?'))
        && is_word(parts.next())
        && is_word(parts.next())
        && parts.next().is_none()
}

/// True for a word and a number after a mark (`*Teich3488`), under the name of a password.
pub(super) fn is_chosen_with_mark(value: &[u8], identifier: &[u8]) -> bool {
    is_word_after_mark(value) && says_password(identifier)
}
