//! `ENV` and `ARG` lines of a Dockerfile whose variable has a secret's name.
//!
//! What they set is in the image, or in its history, for everybody who can pull it; BuildKit's secrets are not.

use super::mention::{LineNumbers, Mention};
use super::row::RowType;
use crate::scan;

/// Appends the variables of the file `path`, if it is a Dockerfile; `line` is the number of its first line.
pub(super) fn find(path: &str, text: &[u8], line: u64, found: &mut Vec<Mention>) {
    if !is_dockerfile(path) {
        return;
    }
    let mut numbers = LineNumbers::new(text, line);
    let mut at = 0;
    while at < text.len() {
        let end = end_of_instruction(text, at);
        let instruction = text[at..end].trim_ascii_start();
        let start = end - instruction.len();
        if let Some((word, rest)) = split_word(instruction)
            && (word.eq_ignore_ascii_case(b"ENV") || word.eq_ignore_ascii_case(b"ARG"))
        {
            let kind = if word.eq_ignore_ascii_case(b"ENV") { "dockerfile-env" } else { "dockerfile-arg" };
            let number = numbers.of(start);
            let mention = |(name, value): (&[u8], &[u8])| Mention {
                row_type: RowType::ImageVariable,
                kind,
                service: "Dockerfile",
                name: String::from_utf8_lossy(name).into_owned(),
                path: path.to_owned(),
                line: number,
                has_value: has_literal(value),
            };
            let named = pairs(rest, kind == "dockerfile-env");
            found.extend(named.into_iter().filter(|(name, _)| scan::names_secret(name)).map(mention));
        }
        at = end + 1;
    }
}

/// True for names of files that `docker build` reads.
fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|known| {
        let is_start = name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        is_start || name.ends_with(&format!(".{known}"))
    })
}

/// Where an instruction ends: at the first line that does not end with a backslash.
fn end_of_instruction(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |mark| at + mark);
        if end == text.len() || !text[at..end].trim_ascii_end().ends_with(b"\\") {
            return end;
        }
        at = end + 1;
    }
}

fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(u8::is_ascii_whitespace)?;
    Some((&text[..end], text[end..].trim_ascii()))
}

/// The names that an instruction sets, and their values.
fn pairs(rest: &[u8], is_env: bool) -> Vec<(&[u8], &[u8])> {
    let mut pairs = Vec::new();
    let words = words(rest);
    if is_env && words.first().is_some_and(|first| !first.contains(&b'=')) {
        // The old form: `ENV NAME value to the end`.
        return split_word(rest).into_iter().collect();
    }
    for word in words {
        match memchr::memchr(b'=', word) {
            Some(at) => pairs.push((&word[..at], &word[at + 1..])),
            None => pairs.push((word, &word[..0])),
        }
    }
    pairs
}

/// Words, where quotes and backslashes keep blanks.
fn words(text: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let (mut start, mut quote, mut at) = (None, 0, 0);
    while at < text.len() {
        let byte = text[at];
        let is_gap = quote == 0
            && (byte.is_ascii_whitespace()
                || byte == b'\\' && at + 1 < text.len() && text[at + 1].is_ascii_whitespace());
        match (is_gap, start) {
            (true, Some(from)) => {
                words.push(&text[from..at]);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
        if byte == b'\\' && quote != b'\'' {
            at += 2;
            continue;
        }
        if matches!(byte, b'"' | b'\'') && (quote == 0 || quote == byte) {
            quote = if quote == 0 { byte } else { 0 };
        }
        at += 1;
    }
    if let Some(from) = start {
        words.push(&text[from..]);
    }
    words.retain(|word| word.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_'));
    words
}

/// True for a value that is there: neither empty nor filled in from elsewhere.
fn has_literal(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    !value.is_empty() && !scan::is_reference(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_a_secret_s_name_are_found_in_both_forms() {
        let text = b"FROM x AS y\nENV DB_PASSWORD=\"$PW\" PORT=80 \\\n    API_KEY='a b'\nARG NPM_TOKEN\nENV ADMIN_PASSWORD some words\n# ENV OTHER_PASSWORD=x\nENV PASSWORD_FILE=/run/secrets/x\nRUN echo ENV\n";
        let mut found = Vec::new();
        find("docker/Dockerfile.prod", text, 1, &mut found);
        let short: Vec<_> =
            found.iter().map(|one| (one.kind, one.name.as_str(), one.line, one.has_value)).collect();
        assert_eq!(
            short,
            [
                ("dockerfile-env", "DB_PASSWORD", 2, false),
                ("dockerfile-env", "API_KEY", 2, true),
                ("dockerfile-arg", "NPM_TOKEN", 4, false),
                ("dockerfile-env", "ADMIN_PASSWORD", 5, true),
            ]
        );
        found.clear();
        find("docs/notes.txt", text, 1, &mut found);
        assert_eq!(found, []);
    }
}
