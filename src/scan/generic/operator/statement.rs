//! Names and values that are joined by the words of a statement: declarations, SQL, Windows' registry, the paths of settings.

use crate::model::Span;
use crate::scan::generic::line::{WIDEST_GAP, byte, line_before, past_blanks, past_line_end};
use crate::scan::generic::quote;

/// The password of an account in SQL, after `identified by` or `identified with`: past a plugin, `by` and `password`.
pub(super) fn past_plugin(text: &[u8], gap: usize) -> Option<usize> {
    let mut at = gap;
    if text.get(at..)?.starts_with(b"/*") {
        let rest = &text[at..text.len().min(at + REMARKS)];
        at = past_blanks(text, at + memchr::memmem::find(rest, b"*/")? + 2);
    }
    for _ in 0..4 {
        if !byte(text, at).is_ascii_alphanumeric() {
            break;
        }
        let len = text[at..].iter().take(40).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let word = &text[at..at + len];
        let next = past_blanks(text, at + len);
        let is_word = ["by", "as", "password", "values", "using"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
        // A word that is neither is the plugin, or Oracle's password without quotes.
        let more = text
            .get(next..next + 3)
            .is_some_and(|by| by.eq_ignore_ascii_case(b"by ") || by.eq_ignore_ascii_case(b"as "));
        if !is_word && !more {
            break;
        }
        at = next;
    }
    (byte(text, at) > b' ').then_some(at)
}

/// Whether a statement of SQL makes or changes an account.
pub(super) fn is_of_account(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    ["create user ", "alter user ", "create role ", "alter role ", "grant ", "create database link "]
        .iter()
        .any(|start| line.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())))
}

/// The password of `SET PASSWORD FOR 'app'@'%' = 'x'`, and of `= PASSWORD('x')`.
pub(super) fn password_for(text: &[u8], name: Span, gap: usize) -> Option<usize> {
    let rest = text.get(gap..text.len().min(gap + 120))?;
    let set = line_before(text, name.start).trim_ascii();
    if !rest.get(..4)?.eq_ignore_ascii_case(b"for ") || !set.eq_ignore_ascii_case(b"set") {
        return None;
    }
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let mut at = past_blanks(text, gap + memchr::memchr(b'=', line)? + 1);
    if text.get(at..at + 9).is_some_and(|call| call.eq_ignore_ascii_case(b"password(")) {
        at += 9;
    }
    matches!(byte(text, at), b'\'' | b'"').then_some(at)
}

/// The data of a value of Windows' registry: `reg add X /v DefaultPassword /t REG_SZ /d x`.
pub(super) fn registry_data(text: &[u8], line: &[u8], gap: usize) -> Option<usize> {
    if !line.trim_ascii_end().ends_with(b"/v") {
        return None;
    }
    let rest = text.get(gap..text.len().min(gap + 60))?;
    let found = memchr::memmem::find(rest, b"/d ")?;
    Some(past_blanks(text, gap + found + 3))
}

/// The default of a column: `password varchar(20) NOT NULL DEFAULT 'x'`.
pub(super) fn column_default(text: &[u8], gap: usize) -> Option<usize> {
    let rest = text.get(gap..)?;
    // Few lines have a literal.
    memchr::memchr2(b'\'', b'"', &rest[..rest.len().min(80 + WIDEST_GAP + 10)])?;
    let line = &rest[..rest
        .iter()
        .take(80)
        .position(|&b| matches!(b, b'\n' | b',' | b'='))
        .unwrap_or(rest.len().min(80))];
    let (found, len) = match line.windows(9).position(|word| word.eq_ignore_ascii_case(b" default ")) {
        Some(found) => (found, 9),
        // COBOL's and ABAP's initial value.
        None => (memchr::memmem::find(line, b" VALUE ")?, 7),
    };
    let at = past_blanks(text, gap + found + len);
    matches!(byte(text, at), b'\'' | b'"').then_some(at)
}

/// `name type = …`, as in Go and C; `name As String = …`, as in Basic.
pub(super) fn past_declared_type(text: &[u8], start: usize) -> Option<usize> {
    let named = text.get(start..start + 3).is_some_and(|word| word.eq_ignore_ascii_case(b"as "));
    let start = if named { past_blanks(text, start + 3) } else { start };
    let mut at = start;
    while at < start + 24
        && matches!(byte(text, at), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'*' | b'[' | b']')
    {
        at += 1;
    }
    // SQL's `nvarchar(50)`.
    if at > start && byte(text, at) == b'(' {
        let size =
            text[at + 1..].iter().take(10).take_while(|b| b.is_ascii_alphanumeric() || **b == b',').count();
        if byte(text, at + 1 + size) == b')' {
            at += size + 2;
        }
    }
    let mut end = past_blanks(text, at);
    if named && byte(text, end) == b'*' {
        // `As String * 16`.
        end += text[end..]
            .iter()
            .take(12)
            .take_while(|b| b.is_ascii_digit() || matches!(b, b' ' | b'*'))
            .count();
    }
    // PL/SQL's `:=`.
    end += usize::from(byte(text, end) == b':' && byte(text, end + 1) == b'=' && end > at);
    (at > start && byte(text, end) == b'=' && byte(text, end + 1) != b'=').then_some(end + 1)
}

/// The string after a serialised name: `s:10:"x"`, and the same with escaped quotes.
pub(super) fn serialised(text: &[u8], at: usize) -> Option<usize> {
    if !matches!(byte(text, at), b's' | b'S') || byte(text, at + 1) != b':' {
        return None;
    }
    let digits = text[at + 2..].iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    let colon = at + 2 + digits;
    (digits > 0 && byte(text, colon) == b':').then_some(colon + 1)
}

/// Where the value begins at the end of a path of settings, as routers and firewalls print them:
/// `set vpn ipsec authentication psk x secret y`. It is the last of its line, and no mere word.
pub(super) fn end_of_path(text: &[u8], line: &[u8], gap: usize) -> Option<usize> {
    let path = line.trim_ascii_start().strip_prefix(b"set ")?;
    let is_word = |word: &[u8]| {
        word.iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'/' | b':' | b'\''))
    };
    let words = path.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let value = &text[gap..];
    let value = &value[..value.iter().take(160).position(|b| *b <= b' ')?];
    let is_last = matches!(byte(text, past_blanks(text, gap + value.len())), 0 | b'\r' | b'\n');
    let is_path = words.clone().count() >= 3 && words.into_iter().all(is_word);
    (is_path && is_last && value.len() >= 6 && value.iter().any(u8::is_ascii_digit)).then_some(gap)
}

/// The literal that an `or` of Lisp ends with, after what looks a variable up: `(or (System/getenv "X") "x")`.
pub(super) fn last_of_or(text: &[u8], open: usize) -> Option<usize> {
    let rest = text.get(open + 4..text.len().min(open + 120))?;
    let mut depth = 0usize;
    let close = rest.iter().position(|&b| {
        match b {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        b == b'\n' || b == b')' && depth == 0
    })?;
    let value = past_blanks(text, open + 4 + close + 1);
    (rest[close] == b')' && byte(text, value) == b'"').then_some(value)
}

/// How far what may be before a literal goes.
const REMARKS: usize = 200;

/// Skips what may be between an operator and a literal: comments, an opening bracket before them, an empty line. The
/// offset of the literal's quote; `at` itself if there is none, or if nothing was skipped.
pub(super) fn past_comments(text: &[u8], name: Span, at: usize, is_assigned: bool) -> usize {
    let end = text.len().min(at + REMARKS);
    let mut next = if byte(text, at) == b'(' { past_blanks(text, at + 1) } else { at };
    let (mut any, mut lines) = (false, 0);
    loop {
        let rest = text.get(next..end).unwrap_or_default();
        if rest.starts_with(b"/*") {
            let Some(len) = memchr::memmem::find(rest, b"*/") else { return at };
            next += len + 2;
            any = true;
        } else if rest.starts_with(b"//") || rest.starts_with(b"#") {
            let Some(len) = memchr::memchr(b'\n', rest) else { return at };
            next += len + 1;
            (any, lines) = (true, lines + 1);
        } else if let Some(line) = past_line_end(text, next).filter(|_| lines < 2) {
            next = line;
            lines += 1;
        } else {
            break;
        }
        next = past_blanks(text, next);
    }
    let quote = quote::one(text, next).filter(|_| matches!(byte(text, next), b'"' | b'\'' | b'`'));
    let Some(quote) = quote.filter(|_| any || lines > 1) else { return at };
    if lines > 0 {
        // On a line of its own, the literal may be the key of another entry.
        let indent = |at: usize| {
            let before = line_before(text, at);
            before.len() - before.trim_ascii_start().len()
        };
        let is_key = matches!(byte(text, past_blanks(text, quote.end)), b':' | b'=');
        if is_key || !(is_assigned || indent(next) > indent(name.start)) {
            return at;
        }
    }
    next
}

/// Skips what turns a literal into another type: TypeScript's `<string>"x"`, Haskell's `pack "x"`.
pub(super) fn past_cast(text: &[u8], at: usize) -> usize {
    const CASTS: [&[u8]; 6] = [b"<string>", b"<any>", b"pack ", b"T.pack ", b"B.pack ", b"BS.pack "];
    let rest = text.get(at..).unwrap_or_default();
    let cast = CASTS.iter().find(|cast| rest.starts_with(cast));
    match cast.map(|cast| past_blanks(text, at + cast.len())) {
        Some(literal) if matches!(byte(text, literal), b'"' | b'\'' | b'`') => literal,
        _ => at,
    }
}
