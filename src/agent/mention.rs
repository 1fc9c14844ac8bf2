//! Files that a prompt mentions as `@path`: assistants read them without a tool event.

use super::seen::FileRead;
use super::shell;

/// The most mentions that count: each costs a look at the disk.
const MOST: usize = 256;

/// The files that `prompt` mentions. `@"a b"` is a path with a space, `@a#L5-10` means some lines of it.
pub(super) fn reads(prompt: &str) -> Vec<FileRead> {
    let mut reads: Vec<FileRead> = Vec::new();
    let mut rest = prompt;
    let mut before = None;
    while let Some(at) = rest.find('@') {
        before = rest[..at].chars().next_back().or(before.filter(|_| at == 0));
        rest = &rest[at + 1..];
        let starts_word = before.is_none_or(|before| !before.is_alphanumeric());
        before = Some('@');
        if !starts_word || reads.len() >= MOST {
            continue;
        }
        let quoted = rest.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
        let name = match quoted {
            Some(quote) => rest[1..].split(quote).next().unwrap_or_default(),
            None => rest
                .split(|next: char| next.is_whitespace() || matches!(next, '"' | '`'))
                .next()
                .unwrap_or_default(),
        };
        let mut add = |name: &str| {
            let (path, lines) = with_lines(name);
            if !path.is_empty() {
                let read = FileRead { path: shell::as_path(path), lines, is_guess: true };
                if !reads.contains(&read) {
                    reads.push(read);
                }
            }
        };
        add(name);
        if quoted.is_none() {
            // The end of a sentence is not part of the name, but a name may end like one.
            add(name.trim_end_matches(|last: char| ".,;:!?)]}>'".contains(last)));
            // Escaped spaces.
            if name.ends_with('\\') {
                let mut whole = String::new();
                let mut chars = rest.chars();
                while let Some(next) = chars.next() {
                    match next {
                        '\\' => whole.extend(chars.next()),
                        next if next.is_whitespace() => break,
                        next => whole.push(next),
                    }
                }
                add(&whole);
            }
        }
    }
    reads
}

/// A name without its `#L5`, `#L5-10` or `:5-10`, and these lines.
fn with_lines(name: &str) -> (&str, Option<(u64, u64)>) {
    let Some((path, lines)) = name.rsplit_once('#') else { return (name, None) };
    let mut numbers = lines.split('-').map(|part| part.trim_start_matches(['L', 'l']).parse::<u64>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(first)), None) => (path, Some((first, first))),
        (Some(Ok(first)), Some(Ok(last))) if first <= last => (path, Some((first, last))),
        _ => (name, None),
    }
}
