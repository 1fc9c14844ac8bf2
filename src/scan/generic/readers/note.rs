//! A login and its password side by side, as people note them: `login: admin / x`, ``log in with `admin` / `x` ``.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::quote::Quoted;
use crate::scan::generic::shape::is_mixed_word;

/// Anchors of such notes, lower-case; `credentials:` is found as a name.
const ANCHORS: [&[u8]; 14] = [
    b"admin / ",
    b"administrator / ",
    b"root / ",
    b": admin:",
    b": root:",
    b" p: ",
    b"login: ",
    b"log in: ",
    b"login with ",
    b"log in with ",
    b"log in as ",
    b"sign in with ",
    b"zugang: ",
    b"zugangsdaten: ",
];

/// Whether an anchor is that of a note.
pub(in crate::scan::generic) fn is_anchor(word: &[u8]) -> bool {
    matches!(word.first().map(|b| b | 0x20), Some(b'l' | b's' | b'z' | b'a' | b'r' | b':' | b' '))
        && matches!(word.last(), Some(b' ' | b':'))
        && ANCHORS.iter().any(|anchor| word.eq_ignore_ascii_case(anchor))
}

/// The password of the note with the anchor at `word`.
pub(in crate::scan::generic) fn announced(text: &[u8], word: Span) -> Option<Quoted> {
    match text.get(word.start..word.end)? {
        // The anchor is the login itself, after a blank or at the start of its line.
        [b'a' | b'A' | b'r' | b'R', ..] => {
            let is_word =
                word.start == 0 || matches!(text[word.start - 1], b' ' | b'\n' | b'\t' | b'`' | b'*');
            last_of_line(text, word.end).filter(|value| is_word && is_no_word(&value.text))
        }
        [b':', ..] => {
            // `- Jenkins: admin:x`: what is before it names a machine or a service.
            let lead = line_before(text, word.start);
            let plain = |b: &u8| b.is_ascii_alphanumeric() || b" -*_.#>".contains(b);
            let is_item = !lead.is_empty() && lead.len() <= 48 && lead.iter().all(plain);
            last_of_line(text, word.end).filter(|value| is_item && is_no_word(&value.text))
        }
        // `u: ada p: x`.
        [b' ', ..] => {
            let lead = line_before(text, word.start);
            let lead = lead.strip_suffix(b",").or(lead.strip_suffix(b" /")).unwrap_or(lead);
            let login = lead.rsplit(|b| *b == b' ').next().unwrap_or_default();
            let label = lead[..lead.len() - login.len()].trim_ascii_end();
            let is_label = label
                .strip_suffix(b"u:")
                .or(label.strip_suffix(b"U:"))
                .is_some_and(|before| before.last().is_none_or(|b| matches!(b, b' ' | b'(' | b'-' | b'\t')));
            last_of_line(text, word.end).filter(|_| is_label && login.len() >= 2)
        }
        _ => password(text, word.end),
    }
}

/// True for three classes of characters, or for digits before letters: `settings2` is a word with a number.
fn is_no_word(value: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| usize::from(value.iter().any(is));
    let classes = has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(u8::is_ascii_punctuation);
    let mixes =
        value.windows(2).filter(|two| two[0].is_ascii_digit() && two[1].is_ascii_alphabetic()).count();
    classes >= 3 || mixes > 0
}

/// The password after a login at `at`. It is the last of its line, of letters and digits.
pub(in crate::scan::generic) fn password(text: &[u8], at: usize) -> Option<Quoted> {
    /// Logins that may be joined with their password by the mark alone: other words are a path.
    const PLAIN: [&[u8]; 6] = [b"admin", b"administrator", b"demo", b"guest", b"root", b"test"];
    let at = past_blanks(text, at);
    let ticks = |at: usize| usize::from(byte(text, at) == b'`');
    let start = at + ticks(at);
    let is_login = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'@' | b'+' | b'-');
    let len = text.get(start..)?.iter().take(48).take_while(is_login).count();
    let login = &text[start..start + len];
    let end = start + len + ticks(start + len);
    let mark = past_blanks(text, end);
    let value = past_blanks(text, mark + 1);
    let is_apart = mark > end && value > mark + 1 && matches!(byte(text, mark), b'/' | b'|');
    let is_joined = mark == end
        && value == mark + 1
        && matches!(byte(text, mark), b'/' | b':')
        && PLAIN.iter().any(|known| login.eq_ignore_ascii_case(known));
    if len < 2 || !(is_apart || is_joined) {
        return None;
    }
    last_of_line(text, value)
}

/// The word of letters and digits at `value`, the last of its line.
fn last_of_line(text: &[u8], value: usize) -> Option<Quoted> {
    let start = value + usize::from(byte(text, value) == b'`');
    let ticks = |at: usize| usize::from(byte(text, at) == b'`');
    let word = &text[start..text.len().min(start + 80)];
    let word = &word[..word.iter().position(|b| *b <= b' ' || *b == b'`').unwrap_or(word.len())];
    let word =
        word.strip_suffix(b".").or(word.strip_suffix(b")")).or(word.strip_suffix(b",")).unwrap_or(word);
    let end = start + word.len();
    let rest = past_blanks(text, end + ticks(end));
    let rest = rest + usize::from(matches!(byte(text, rest), b'.' | b')' | b','));
    let is_last = matches!(byte(text, past_blanks(text, rest)), 0 | b'\r' | b'\n' | b'|' | b'<');
    let is_path = memchr::memchr2(b'/', b'\\', word).is_some() || word.starts_with(b"<");
    (is_last && !is_path && is_mixed_word(word)).then(|| Quoted {
        span: Span::new(start, end),
        text: word.to_vec(),
        end,
        joined: false,
    })
}
