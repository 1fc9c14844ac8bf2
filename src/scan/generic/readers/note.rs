//! A login and its password side by side, as people note them: `login: admin / x`, ``log in with `admin` / `x` ``.

use crate::model::Span;
use crate::scan::generic::line::{byte, past_blanks};
use crate::scan::generic::quote::Quoted;
use crate::scan::generic::shape::is_mixed_word;

/// Anchors of such notes, lower-case; `credentials:` is found as a name.
const ANCHORS: [&[u8]; 8] = [
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
    matches!(word.first().map(|b| b | 0x20), Some(b'l' | b's' | b'z'))
        && word.last() == Some(&b' ')
        && ANCHORS.iter().any(|anchor| word.eq_ignore_ascii_case(anchor))
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
    let start = value + ticks(value);
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
