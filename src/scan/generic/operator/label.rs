//! Labels as people write them in notes, notices and documents.

use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::name::{self, Name};
use crate::scan::generic::shape::is_mixed_word;

/// Skips the dots between a label and its colon: `Password.....: x`.
pub(super) fn past_leader(text: &[u8], at: usize) -> usize {
    if byte(text, at) != b'.' || byte(text, at + 1) != b'.' {
        return at;
    }
    let dots = text[at..].iter().take(60).take_while(|&&b| b == b'.').count();
    if byte(text, past_blanks(text, at + dots)) == b':' { at + dots } else { at }
}

/// Skips a dash between a label at the start of its line and a value: `Password - x`. Most often a description follows
/// such a dash, so the value must be one word, the last of its line, of letters and digits; or be between ticks.
pub(super) fn past_dash(text: &[u8], name: Name, at: usize) -> Option<usize> {
    let len = match text.get(at..at + 3)? {
        [b'-', b' ', _] => 1,
        [0xe2, 0x80, 0x93 | 0x94] => 3,
        _ => return None,
    };
    let value = past_blanks(text, at + len);
    let lead = line_before(text, name.span.start).trim_ascii_start();
    let is_label = lead.iter().all(|b| matches!(b, b'*' | b'-' | b'#' | b'>' | b' ' | b'`' | b'_'));
    let word = &text[value..];
    let word = &word[..word.iter().take(80).position(|b| *b <= b' ').unwrap_or(word.len().min(80))];
    let is_last = matches!(byte(text, past_blanks(text, value + word.len())), 0 | b'\r' | b'\n');
    (is_label && is_last && is_telling(name, word)).then_some(value)
}

/// Whether a value between ticks, of letters and digits, is at `at`, and a bracket closes after it: `a password (`x`)`.
pub(super) fn is_value_in_ticks(text: &[u8], name: Name, at: usize) -> bool {
    let word = text.get(at..).unwrap_or_default();
    let len = word.iter().take(80).position(|b| matches!(b, b')' | b' ' | b'\n')).unwrap_or(0);
    byte(word, 0) == b'`'
        && byte(word, len) == b')'
        && word[..len].ends_with(b"`")
        && is_telling(name, &word[..len])
}

/// Where the value begins that a name between ticks is given: `` Set the header `X-Api-Key` to `x` ``.
pub(super) fn said_of_name(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let tick = rest.strip_prefix(b"to ")?;
    let len = tick.iter().take(80).skip(1).position(|&b| b == b'`')? + 1;
    let has_digit = tick[..len].iter().any(u8::is_ascii_digit);
    (tick.first() == Some(&b'`') && byte(text, at.wrapping_sub(2)) == b'`' && has_digit).then_some(at + 3)
}

/// True for the name of a secret, and a value of letters and digits.
fn is_telling(name: Name, word: &[u8]) -> bool {
    matches!(name.kind, name::Kind::Password | name::Kind::Secret | name::Kind::Token) && is_mixed_word(word)
}

/// Words after a name that say whose it is.
const FOR: [&[u8]; 6] = [b"for ", b"of ", b"von ", b"pour ", b"para ", b"di "];

/// The same in other languages, in which a label has them more often than a sentence.
const OTHER_FOR: [&[u8]; 26] = [
    b"ad ",
    b"d'",
    b"da ",
    b"de ",
    b"del ",
    b"della ",
    b"des ",
    b"dla ",
    b"do ",
    b"du ",
    b"f\xc3\xb6r ",
    b"f\xc3\xbcr ",
    b"fuer ",
    b"k ",
    b"ke ",
    b"la ",
    b"na ",
    b"per ",
    b"pre ",
    b"pro ",
    b"til ",
    b"till ",
    b"van ",
    b"voor ",
    b"za ",
    b"zu ",
];

/// The end of the words between a label of a password and its colon or dash, in other languages than English:
/// `Contraseña de root: x`, `Пароль от базы: x`. The value is one word, the last of its line.
fn past_words(rest: &[u8], before: &[u8]) -> Option<usize> {
    const LONGEST: usize = 64;
    let is_other = rest.first()? >= &0x80 || OTHER_FOR.iter().any(|word| rest.starts_with(word));
    if !is_other || !is_label(before) {
        return None;
    }
    let line = &rest
        [..rest.iter().take(160).position(|&b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len().min(160))];
    let (mark, len) = [&b":"[..], b"\xef\xbc\x9a", b" \xe2\x80\x94 ", b" \xe2\x80\x93 "]
        .iter()
        .filter_map(|mark| Some((memchr::memmem::find(line, mark)?, mark.len())))
        .min()?;
    let words = &line[..mark];
    let is_words = words.iter().all(|b| b.is_ascii_alphanumeric() || *b >= 0x80 || b" '_-./".contains(b));
    let value = line[mark + len..].trim_ascii();
    let plain = value.strip_prefix(b"`").and_then(|value| value.strip_suffix(b"`")).unwrap_or(value);
    let fits = mark <= LONGEST && words.iter().filter(|b| **b == b' ').count() <= 4;
    (fits && is_words && is_mixed_word(plain) && !plain.contains(&b' ')).then_some(mark + len)
}

/// True if what is before a name on its line is only the mark of an item or a heading.
fn is_label(before: &[u8]) -> bool {
    before.iter().all(|b| matches!(b, b'*' | b'-' | b'#' | b'>' | b' ' | b'\t' | b'+' | b'/'))
}

/// The end of the words that say whose a label's value is, past the colon or the `is` after them: `Password for db1: x`,
/// `The password of the user admin is 'x'`, `Password for the elastic user (reset with …):` with the value below.
pub(super) fn past_owner(rest: &[u8], before: &[u8]) -> Option<usize> {
    const LONGEST: usize = 96;
    if let Some(end) = past_words(rest, before) {
        return Some(end);
    }
    if !FOR.iter().any(|word| rest.starts_with(word)) {
        return None;
    }
    let line =
        &rest[..rest.iter().take(LONGEST).position(|&b| b == b'\n').unwrap_or(rest.len().min(LONGEST))];
    let is = [&b" is '"[..], b" is \"", b" is `"].iter().find_map(|is| memchr::memmem::find(line, is));
    if let Some(is) = is {
        return Some(is + 4);
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b" _-.@/()`".contains(b);
    let colon =
        memchr::memchr_iter(b':', line).find(|&colon| matches!(byte(line, colon + 1), 0 | b' ' | b'\r'))?;
    let words = line[..colon].iter().filter(|b| **b == b' ').count();
    let is_note = words <= 3 && is_label(before);
    let is_notice = colon + 1 == line.trim_ascii_end().len();
    (line[..colon].iter().all(is_name) && (is_note || is_notice)).then_some(colon + 1)
}

/// Where the value begins of a password that a sentence sets or names: `Setting password to x`, `created with password x`.
/// It is the last word of its line, of letters and digits.
pub(super) fn said(rest: &[u8], before: &[u8]) -> Option<usize> {
    const SETS: [&[u8]; 5] = [b"setting", b"set", b"changed", b"changing", b"reset"];
    const NAMES: [&[u8]; 4] = [b"with", b"and", b"mit", b"using"];
    let last = before.trim_ascii().rsplit(|b| *b == b' ').next().unwrap_or_default();
    let is_one = |known: &[&[u8]]| known.iter().any(|word| last.eq_ignore_ascii_case(word));
    let from = match rest.strip_prefix(b"to ") {
        Some(_) if is_one(&SETS) => 3,
        None if is_one(&NAMES) => 0,
        _ => return None,
    };
    let word = &rest[from..];
    let word = &word[..word.iter().position(|b| *b <= b' ').unwrap_or(word.len())];
    let is_last = matches!(byte(rest, from + word.len()), 0 | b'\r' | b'\n');
    (is_last && is_mixed_word(word)).then_some(from)
}

/// Words for a login, one of which is before a `pass` that is no verb.
const LOGINS: [&[u8]; 8] =
    [b"account", b"benutzer", b"email", b"login", b"uid", b"user", b"username", b"usr"];

/// Where the value begins that is the last word of a note: `bot account pwd x`. It has letters in both cases and digits.
pub(super) fn last_word(text: &[u8], name: Name, line: &[u8], gap: usize) -> Option<usize> {
    let own = &text[name.span.start..name.span.end];
    let is_name = ["password", "passwd", "pwd", "pw", "passwort", "kennwort"]
        .iter()
        .any(|known| own.eq_ignore_ascii_case(known.as_bytes()));
    // `pass` is a verb as well: a login is before it.
    let is_name = is_name
        || own.eq_ignore_ascii_case(b"pass")
            && line
                .split(|b| !b.is_ascii_alphabetic())
                .any(|word| LOGINS.iter().any(|known| word.eq_ignore_ascii_case(known)));
    let is_note =
        line.iter().all(|b| b.is_ascii_alphanumeric() || b" .,:@_-*".contains(b)) && line.ends_with(b" ");
    if !is_name || !is_note || line.trim_ascii().is_empty() {
        return None;
    }
    let word = text.get(gap..)?;
    let word = &word[..word.iter().take(80).position(|b| *b <= b' ').unwrap_or(word.len().min(80))];
    let is_last = matches!(byte(text, past_blanks(text, gap + word.len())), 0 | b'\r' | b'\n');
    let plain = word.len() >= 8
        && word.iter().any(u8::is_ascii_digit)
        && word.iter().any(u8::is_ascii_lowercase)
        && word.iter().any(u8::is_ascii_uppercase)
        && !word.iter().any(|b| b"(){}[]<>;=\"'$/\\,".contains(b));
    (is_last && plain).then_some(gap)
}

/// The end of the dot after a name that is cut short, and of a colon after that: `Kennw. x`, `Passw.: x`. The value is one
/// word, the last of its line, of letters and digits.
pub(super) fn past_abbreviation(text: &[u8], name: Name) -> Option<usize> {
    const SHORT: [&[u8]; 4] = [b"kennw", b"passw", b"pw", b"psw"];
    let own = &text[name.span.start..name.span.end];
    if !SHORT.iter().any(|known| own.eq_ignore_ascii_case(known)) {
        return None;
    }
    let at = name.span.end + 1;
    let at = at + usize::from(byte(text, at) == b':');
    let value = past_blanks(text, at);
    let word = text.get(value..)?;
    let word = &word[..word.iter().take(80).position(|b| *b <= b' ').unwrap_or(word.len().min(80))];
    let is_last = matches!(byte(text, past_blanks(text, value + word.len())), 0 | b'\r' | b'\n');
    (value > at && is_last && is_mixed_word(word)).then_some(value)
}

/// The end of the word between a name in Chinese or Japanese and its value: `密码是x`, `パスワードは「x」`.
pub(super) fn past_particle(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let particle =
        ["是", "为", "為", "は", "는", "은"].iter().find(|word| rest.starts_with(word.as_bytes()))?;
    Some(at + particle.len())
}
