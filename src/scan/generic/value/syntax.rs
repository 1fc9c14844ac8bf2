//! Values in a syntax of their own: the default of a template, what a call hashes, a command of LaTeX, a string of PHP with
//! its length, braces around a password.

use super::{LONGEST, Literal, is_any_drawn};
use crate::model::{Form, Span};
use crate::scan::generic::joint::{Join, Joint};
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::{name, placeholder, quote};

/// The default in a template without quotes around it: `{{ default "x" .Values.token }}`, `{{ .Values.token | default "x" }}`.
pub(super) fn of_template(text: &[u8], at: usize) -> Option<Literal> {
    let rest = text.get(at..text.len().min(at + 200))?;
    let inner = &rest.strip_prefix(b"{{")?[..memchr::memmem::find(rest, b"}}")?.checked_sub(2)?];
    let default = memchr::memmem::find(inner, b"default \"")?;
    let is_word = inner[..default].last().is_none_or(|b| matches!(b, b' ' | b'|' | b'-' | b'('));
    let quoted = quote::one(text, at + 2 + default + 8).filter(|_| is_word)?;
    // A word says that there is none: `default "ignore"`.
    if quoted.text.iter().all(u8::is_ascii_lowercase) && !placeholder::is_guessable(&quoted.text) {
        return None;
    }
    Some(Literal::of(quoted, Form::Quoted))
}

/// The password that a call hashes, under the name of a password: `password = md5('x')`.
pub(super) fn hashed(text: &[u8], name: Span, at: usize) -> Option<Literal> {
    const HASHES: [&[u8]; 15] = [
        b"bcrypt",
        b"encrypt",
        b"encode",
        b"generate_password_hash",
        b"get_password_hash",
        b"hash_password",
        b"hashpassword",
        b"hashsync",
        b"hashpw",
        b"make_password",
        b"md5",
        b"password_hash",
        b"sha1",
        b"sha2",
        b"sha256",
    ];
    let rest = text.get(at..text.len().min(at + 64))?;
    // JavaScript's, which answers later.
    let at = at + if rest.starts_with(b"await ") { 6 } else { 0 };
    let rest = text.get(at..text.len().min(at + 64))?;
    let len =
        rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':')).count();
    if len < 3 || rest.get(len) != Some(&b'(') || !matches!(rest.get(len + 1), Some(b'"' | b'\'')) {
        return None;
    }
    let called = rest[..len].rsplit(|&b| matches!(b, b'.' | b':')).next()?;
    // Verbs that mean something else of other objects.
    let is_of_hasher = [&b"Hash::make"[..], b"bcrypt.hash", b"argon2.hash", b"pwd_context.hash"]
        .iter()
        .any(|known| rest[..len].ends_with(known));
    let own = name::words(&text[name.start..name.end]).last()?;
    let hashes = is_of_hasher || HASHES.iter().any(|known| called.eq_ignore_ascii_case(known));
    if !hashes || !name::says_password(own) {
        return None;
    }
    let quoted = quote::literal(text, at + len + 1)?;
    let is_whole = matches!(byte(text, past_blanks(text, quoted.end)), b')' | b',');
    (is_whole && !quoted.joined).then(|| Literal::of(quoted, Form::Call))
}

/// The argument of a command of LaTeX that prints it as it is: `\texttt{x}`, `\verb|x|`.
pub(super) fn latex(text: &[u8], at: usize) -> Option<Literal> {
    let command = text.get(at..text.len().min(at + 120))?.strip_prefix(b"\\")?;
    let (from, close) = if command.starts_with(b"texttt{") {
        (7, b'}')
    } else if command.starts_with(b"verb") {
        (5, *command.get(4)?)
    } else {
        return None;
    };
    let len = command[from..].iter().position(|&b| b == close || b == b'\n')?;
    let span = Span::new(at + 1 + from, at + 1 + from + len);
    (command[from + len] == close && len > 0)
        .then(|| Literal::at(span, text[span.start..span.end].to_vec(), Form::Markup))
}

/// The string at `at` that PHP serialised, with its length in bytes before it (`s:10:"x"`), its quotes escaped or not.
pub(super) fn serialised(text: &[u8], at: usize) -> Option<Literal> {
    if byte(text, at.checked_sub(1)?) != b':' {
        return None;
    }
    let digits = text[..at - 1].iter().rev().take(6).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || !text[..at - 1 - digits].ends_with(b"s:") {
        return None;
    }
    let len: usize = std::str::from_utf8(&text[at - 1 - digits..at - 1]).ok()?.parse().ok()?;
    let escapes = text.get(at..)?.iter().take(3).take_while(|&&b| b == b'\\').count();
    // In a cell of an export quotes are doubled.
    let is_doubled = escapes == 0 && text.get(at..at + 2) == Some(b"\"\"") && len > 0;
    let start = at + escapes + 1 + usize::from(is_doubled);
    let end = start.checked_add(len).filter(|&end| len <= LONGEST && end < text.len())?;
    let closed = byte(text, at + escapes) == b'"' && byte(text, end + escapes) == b'"';
    closed.then(|| Literal::at(Span::new(start, end), text[start..end].to_vec(), Form::Quoted))
}

/// The value of a connection string in braces: `Pwd={x;y};`.
pub(super) fn braced(text: &[u8], join: Join) -> Option<Literal> {
    if !matches!(join.joint, Joint::Assign | Joint::Space) || byte(text, join.at) != b'{' {
        return None;
    }
    let rest = &text[join.at + 1..text.len().min(join.at + 200)];
    let mut end = rest.iter().position(|&b| b == b'}')?;
    while rest.get(end + 1) == Some(&b'}') {
        end += 2 + rest.get(end + 2..)?.iter().position(|&b| b == b'}')?;
    }
    let inner = &rest[..end];
    // Tcl's `set password {x}`.
    let is_word = join.joint == Joint::Space && matches!(byte(rest, end + 1), 0 | b'\r' | b'\n');
    let closed = is_word || matches!(byte(rest, end + 1), b';' | b'"' | b'\'') && join.joint == Joint::Assign;
    let plain = !inner.iter().any(|b| matches!(b, b'"' | b'$') || *b < b' ')
        || is_any_drawn(inner) && !inner.iter().any(|b| *b < b' ');
    // A format to be filled in: `{name:08x}`.
    let is_plain = |part: &[u8]| part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_format = inner.iter().position(|&b| b == b':').is_some_and(|colon| {
        inner.len() - colon <= 7 && is_plain(&inner[..colon]) && is_plain(&inner[colon + 1..])
    });
    let words = is_format || inner.contains(&b' ') || byte(inner, 0).is_ascii_digit() && inner.len() < 3;
    let span = Span::new(join.at + 1, join.at + 1 + end);
    // In the string of a language its own escapes are undone.
    let is_in_string = memchr::memchr(b'"', line_before(text, join.at)).is_some();
    let means = if is_in_string && inner.contains(&b'\\') { quote::unescaped(inner) } else { inner.to_vec() };
    (closed && plain && !words && end > 0).then_some(Literal::at(span, means, Form::Inline))
}
