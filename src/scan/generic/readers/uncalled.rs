//! Secrets at anchors of calls that are no call themselves: what a loop appends to a secure string, what a shell puts in place
//! of a file, what a modem is given, a line of Dovecot's users.

use super::login::{Argument, is_login};
use crate::model::Span;
use crate::scan::generic::line::{QUICK_REACH, before_lines, byte, line_before, past_blanks};
use crate::scan::generic::name::Kind;
use crate::scan::generic::quote::{self, Quoted};

/// The secret at an anchor, or that there is none; `None` if the anchor is a call.
pub(in crate::scan::generic) fn read(text: &[u8], word: Span) -> Option<Option<Argument>> {
    let anchor = text.get(word.start..word.end)?;
    let is = |known: &[u8]| anchor.eq_ignore_ascii_case(known);
    Some(match anchor.first()? {
        b'.' if is(b".appendchar(") => appended(text, word),
        b'<' => substituted(text, word),
        b'+' if is(b"+cwjap") || is(b"+cwsap") => joined(text, word),
        b':' => of_user(text, word),
        _ => return None,
    })
}

/// What a modem joins a network with: `AT+CWJAP="network","x"`, also in a string of a program.
fn joined(text: &[u8], word: Span) -> Option<Argument> {
    let rest = &text[word.end..];
    let equals = word.end + if rest.starts_with(b"_CUR") || rest.starts_with(b"_DEF") { 4 } else { 0 };
    let network = quote::one(text, equals + usize::from(byte(text, equals) == b'='))?;
    if byte(text, equals) != b'=' || byte(text, network.end) != b',' || network.text.is_empty() {
        return None;
    }
    let value = quote::one(text, past_blanks(text, network.end + 1))?;
    let is_value = !value.text.is_empty() && !value.text.contains(&b'%');
    let name = Span::new(word.start + 1, word.end);
    is_value.then_some(Argument { name, value, kind: Kind::Password, has_login: true })
}

/// The password on a line of Dovecot's users: `ada@acme.test:{PLAIN}x::::::`.
fn of_user(text: &[u8], word: Span) -> Option<Argument> {
    let login = line_before(text, word.start);
    let rest = &text[word.end..text.len().min(word.end + 160)];
    let len = rest.iter().position(|b| matches!(b, b':' | b'\r' | b'\n')).unwrap_or(rest.len());
    let is_value = is_login(login) && !rest[..len].iter().any(|b| *b <= b' ' || *b == b'"');
    let span = Span::new(word.end, word.end + len);
    let value = Quoted { span, text: rest[..len].to_vec(), end: span.end, joined: false };
    let name = Span::new(word.start - login.len(), word.start);
    (is_value && len > 0).then_some(Argument { name, value, kind: Kind::Password, has_login: true })
}

/// The word that a program reads in place of a file of passwords: `--password-file=<(echo x)`.
fn substituted(text: &[u8], word: Span) -> Option<Argument> {
    let line = line_before(text, word.start);
    let flag = line.rsplit(|b| *b == b' ').find(|flag| !flag.is_empty())?;
    let lower = flag.to_ascii_lowercase();
    let is_of_password =
        [&b"pass"[..], b"pwd", b"secret"].iter().any(|part| memchr::memmem::find(&lower, part).is_some());
    let start =
        word.end + text[word.end..].iter().take(4).take_while(|b| matches!(b, b' ' | b'-' | b'n')).count();
    let len = text[start..].iter().take(160).position(|b| matches!(b, b')' | b'\n'))?;
    let value = match quote::one(text, start) {
        Some(quoted) => quoted,
        None => Quoted {
            span: Span::new(start, start + len),
            text: text[start..start + len].to_vec(),
            end: start + len,
            joined: false,
        },
    };
    let is_value = is_of_password && !value.text.is_empty() && !value.text.contains(&b' ');
    let name = Span::new(word.start - flag.len().min(word.start), word.start);
    is_value.then_some(Argument { name, value, kind: Kind::Password, has_login: true })
}

/// The literal whose characters a loop appends to a secure string: `foreach (var c in "x") pw.AppendChar(c);`,
/// `'x'.ToCharArray() | % { $pw.AppendChar($_) }`.
fn appended(text: &[u8], word: Span) -> Option<Argument> {
    let from = before_lines(text, word.start, 2).max(word.start.saturating_sub(QUICK_REACH));
    let before = &text[from..word.start];
    let is_loop = |quoted: &Quoted, open: usize| {
        let lead = text[from..open].trim_ascii_end();
        let rest = &text[quoted.end..text.len().min(quoted.end + 14)];
        lead.ends_with(b" in") || lead.ends_with(b":") || rest.eq_ignore_ascii_case(b".tochararray()")
    };
    let value = (0..before.len()).filter(|&at| matches!(before[at], b'"' | b'\'')).find_map(|at| {
        let quoted = quote::one(text, from + at)?;
        (quoted.end <= word.start && is_loop(&quoted, from + at)).then_some(quoted)
    })?;
    let name = word.start + 1;
    Some(Argument { name: Span::new(name, word.end - 1), value, kind: Kind::Password, has_login: true })
}
