//! One secret, one spelling: the form in which values are compared.
//!
//! In files, a private key may be a block of lines, or one string with `\n` between them, indented, quoted line by
//! line, joined by `+`. All of these are one key: it is split at line breaks, real or escaped, quotes and what is
//! around the lines are removed, and the lines of the body are joined. In other values only invisible characters are
//! removed, which are never a part of them.

use super::invisible::characters::without;
use crate::checks::private_key_body as body;
use std::borrow::Cow;

/// The bytes that identify a secret.
pub(super) fn normal(value: &[u8]) -> Cow<'_, [u8]> {
    match without(value) {
        Cow::Borrowed(value) => without_lines(value),
        Cow::Owned(value) => Cow::Owned(without_lines(&value).into_owned()),
    }
}

fn without_lines(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.starts_with(b"-----BEGIN") {
        return Cow::Borrowed(value);
    }
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let value = equals(value);
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(b'n' | b'r')) => {
                bytes.next();
                lines.push(Vec::new());
            }
            (b'\\', Some(b't')) => {
                bytes.next();
            }
            (b'\n' | b'\r', _) => lines.push(Vec::new()),
            (b'\\' | b'"' | b'\'' | b',' | b'`', _) => {}
            (byte, _) => lines.last_mut().expect("there is a first line").push(byte),
        }
    }
    let mut out = Vec::with_capacity(value.len());
    let marked = &lines;
    let lines = unmarked(marked);
    if let Some(out) = between_other_text(marked, &lines) {
        return Cow::Owned(out);
    }
    for line in lines {
        let line = line.strip_prefix(b"+ ").unwrap_or(line);
        let line = line.strip_suffix(b" +").or(line.strip_suffix(b" .")).unwrap_or(line).trim_ascii();
        if matches!(line, b"" | b"+" | b".") {
            continue;
        }
        let own = line.starts_with(b"-----") || line.contains(&b':');
        if own && !out.is_empty() && !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        out.extend_from_slice(line);
        if own {
            out.push(b'\n');
        }
    }
    Cow::Owned(out)
}

/// A key whose lines have more around them than a mark, such as the time in a log.
fn between_other_text(marked: &[Vec<u8>], lines: &[&[u8]]) -> Option<Vec<u8>> {
    let end = lines.iter().skip(1).position(|line| line.starts_with(b"-----END"))? + 1;
    if lines[1..end].iter().all(|line| is_of_a_key(line)) {
        return None;
    }
    let body = body(&marked[1..end].iter().map(Vec::as_slice).collect::<Vec<_>>())?;
    let mark = |line: &'_ [u8]| {
        let words = memchr::memmem::find(line.get(5..)?, b"-----")?;
        Some(line[..5 + words + 5].to_vec())
    };
    Some([&mark(lines[0])?, &b"\n"[..], &body, b"\n", &mark(lines[end])?, b"\n"].concat())
}

/// Whether nothing but a part of a key, or a header of one, is on a line; pieces may be joined by `+` and `.`.
fn is_of_a_key(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !matches!(*word, b"" | b"+" | b"."));
    let first = words.next().unwrap_or_default();
    let is_header = first
        .strip_suffix(b":")
        .is_some_and(|name| name.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-'));
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    is_header || words.next().is_none() && first.iter().all(is_digit)
}

/// The lines without the mark before each of them: of a comment, a quotation or a patch.
fn unmarked(lines: &[Vec<u8>]) -> Vec<&[u8]> {
    let bare = |line: &'_ Vec<u8>| -> usize {
        let is_mark = |byte: &u8| b"#>*|;!%- \t".contains(byte);
        match memchr::memmem::find(line, b"-----") {
            Some(own) => own,
            None => line.iter().position(|byte| !is_mark(byte)).unwrap_or(line.len()),
        }
    };
    let mut lines: Vec<&[u8]> = lines.iter().map(|line| line[bare(line)..].trim_ascii()).collect();
    let is_body = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"-----");
    for mark in [b"+".as_slice(), b"//"] {
        let is_marked = |line: &&[u8]| line.len() > 1 && line.starts_with(mark) && !line.starts_with(b"+ ");
        if lines.iter().any(is_body)
            && lines.iter().filter(|line| is_body(line)).all(|line| is_marked(line) || *line == mark)
        {
            for line in lines.iter_mut().filter(|line| is_body(line)) {
                *line = line[mark.len()..].trim_ascii();
            }
        }
    }
    lines
}

/// The value with `=` unescaped, which some writers of JSON escape.
fn equals(value: &[u8]) -> Cow<'_, [u8]> {
    const WRITTEN: &[u8] = b"\\u003d";
    let is_written =
        |at: usize| value[at..].get(..WRITTEN.len()).is_some_and(|there| there.eq_ignore_ascii_case(WRITTEN));
    let places: Vec<usize> = memchr::memchr_iter(b'\\', value).filter(|&at| is_written(at)).collect();
    if places.is_empty() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut from = 0;
    for at in places {
        out.extend_from_slice(&value[from..at]);
        out.push(b'=');
        from = at + WRITTEN.len();
    }
    out.extend_from_slice(&value[from..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_has_one_form_in_every_spelling() {
        let head = format!("-----BEGIN {} KEY-----", "PRIVATE");
        let tail = format!("-----END {} KEY-----", "PRIVATE");
        let expected = format!("{head}\nAbc+/Def=\n{tail}\n").into_bytes();
        let spellings = [
            format!("{head}\nAbc+\n/Def=\n{tail}"),
            format!("{head}\r\n  Abc+\r\n  /Def=\r\n  {tail}"),
            format!("{head}\\nAbc+\\n/Def=\\n{tail}"),
            format!("{head}\\r\\nAbc+\\/Def=\\r\\n{tail}"),
            format!("{head}\\nAbc+\\n/Def\\u003d\\n{tail}"),
            format!("{head}\n+Abc+\n+/Def=\n+{tail}"),
            format!("{head}\n// Abc+\n// /Def=\n// {tail}"),
            format!("{head}\n> Abc+\n> /Def=\n> {tail}"),
            format!("{head}\n# Abc+\n# /Def=\n# {tail}"),
            format!("{head}\\n\" +\n  \"Abc+\\n\" +\n  \"/Def=\\n\" +\n \"{tail}"),
        ];
        for spelling in spellings {
            assert_eq!(normal(spelling.as_bytes()), expected, "{spelling}");
        }
        let line = "Abc+".repeat(16);
        let expected = format!("{head}\n{line}/Def=\n{tail}\n").into_bytes();
        for spelling in [
            format!("{head}\n{line}\n/Def=\n{tail}"),
            format!("{head}\n03:04:05 app[1]: {line}\n03:04:06 app[1]: /Def=\n03:04:06 app[1]: {tail}"),
            format!("{head}\\n\");\nb.append(\"{line}\\n\");\nb.append(\"/Def=\\n\");\nb.append(\"{tail}"),
            format!("{head}' > key\necho '{line}' >> key\necho '/Def=' >> key\necho '{tail}"),
        ] {
            assert_eq!(normal(spelling.as_bytes()), expected, "{spelling}");
        }
        assert_eq!(normal(b"a\\nb"), Cow::Borrowed(b"a\\nb"));
    }
}
