//! What an escape means, by comparing whole strings instead of parsing from left to right.

/// Bytes of an escape at most.
pub(crate) const LONGEST: usize = 24;

/// The meaning of the escape that ends before `at`, if the byte before `at` is part of a word.
pub(crate) fn before(bytes: &[u8], from: usize, at: usize) -> Option<u8> {
    let last = *bytes[from..at].last()?;
    let is_word = last.is_ascii_alphanumeric() || last == b'_';
    let starts = from.max(at.saturating_sub(LONGEST))..at;
    starts.rev().find_map(|start| reading(&bytes[start..at])).filter(|_| is_word)
}

/// The bytes with each escape within a range replaced by its meaning, the longest escape at each place.
pub(crate) fn undo(bytes: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut undone = bytes.to_vec();
    let mut at = from;
    while at < to {
        let longest =
            (at..to.min(at + LONGEST)).rev().find_map(|last| Some((last, reading(&bytes[at..=last])?)));
        if let Some((last, reads)) = longest {
            undone[at..last].fill(b' ');
            undone[last] = reads;
            at = last;
        }
        at += 1;
    }
    undone
}

/// The meaning of a string that is one escape.
fn reading(escape: &[u8]) -> Option<u8> {
    let escape = std::str::from_utf8(escape).ok()?;
    let is_escape_char = |text: &str| text == "^[" || char_of(text) == Some(0x1b);
    let is_sequence = |at: usize| is_escape_char(&escape[..at]) && is_control(&escape[at..]);
    if escape.is_ascii() && (1..escape.len()).any(is_sequence) {
        return Some(b' ');
    }
    let byte = u8::try_from(char_of(escape)?).ok().filter(u8::is_ascii).unwrap_or(b' ');
    let byte = if byte == b'/' { b' ' } else { byte };
    (!byte.is_ascii_alphanumeric() && !b"-+._~".contains(&byte)).then_some(byte)
}

fn is_control(sequence: &str) -> bool {
    let csi = sequence.strip_prefix('[').and_then(|rest| rest.split_at_checked(rest.len().checked_sub(1)?));
    let is_csi = csi.is_some_and(|(parameters, last)| {
        parameters.bytes().all(|byte| (b'0'..=b'?').contains(&byte))
            && last.as_bytes()[0].is_ascii_alphabetic()
    });
    is_csi || ["(0", "(A", "(B", ")0", ")A", ")B"].contains(&sequence)
}

/// The character of a string that is one escape, except for control sequences.
fn char_of(escape: &str) -> Option<u32> {
    let digits = |digits: &str, base: u32, lens: std::ops::RangeInclusive<usize>| {
        let fits = lens.contains(&digits.len()) && digits.chars().all(|digit| digit.is_digit(base));
        fits.then(|| u32::from_str_radix(digits, base).unwrap_or(u32::MAX))
    };
    if escape == "\x1b" {
        return Some(0x1b);
    }
    if let Some(rest) = escape.strip_prefix('\\') {
        let plain = [
            ("n", 10),
            ("t", 9),
            ("r", 13),
            ("f", 32),
            ("v", 32),
            ("a", 32),
            ("b", 32),
            ("e", 27),
            ("E", 27),
        ];
        if let Some((_, char)) = plain.iter().find(|(letter, _)| *letter == rest) {
            return Some(*char);
        }
        if let ("\"" | "'" | "`" | "/", Some(char)) = (rest, rest.chars().next()) {
            return Some(char.into());
        }
        let braced = rest.strip_prefix("u{").and_then(|rest| rest.strip_suffix('}'));
        return None
            .or_else(|| digits(rest.strip_prefix('x')?, 16, 2..=2))
            .or_else(|| digits(rest.strip_prefix('u')?, 16, 4..=4))
            .or_else(|| digits(rest.strip_prefix('U')?, 16, 8..=8))
            .or_else(|| digits(braced?, 16, 1..=6))
            .or_else(|| digits(rest, 8, 3..=3).filter(|&char| char < 256));
    }
    if let Some(mut rest) = escape.strip_prefix('%') {
        if let Some(four) = rest.strip_prefix('u') {
            return digits(four, 16, 4..=4);
        }
        while rest.len() > 2 {
            rest = rest.strip_prefix("25")?;
        }
        return digits(rest, 16, 2..=2);
    }
    if let Some(mut rest) = escape.strip_prefix('&') {
        while let Some(inner) = rest.strip_prefix("amp;").filter(|inner| !inner.is_empty()) {
            rest = inner;
        }
        let name = rest.strip_suffix(';').filter(|name| !name.is_empty() && name.len() < 10)?;
        let named = [
            ("quot", '"'),
            ("QUOT", '"'),
            ("apos", '\''),
            ("lt", '<'),
            ("gt", '>'),
            ("amp", '&'),
            ("equals", '='),
            ("colon", ':'),
            ("Tab", '\t'),
            ("NewLine", '\n'),
        ];
        if let Some((_, char)) = named.iter().find(|(known, _)| *known == name) {
            return Some((*char).into());
        }
        if let Some(number) = name.strip_prefix('#') {
            let hex = number.strip_prefix(['x', 'X']);
            return hex.map_or_else(|| digits(number, 10, 1..=9), |hex| digits(hex, 16, 1..=6));
        }
        let is_name =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !name.as_bytes()[0].is_ascii_digit();
        return is_name.then_some(32);
    }
    if let Some(rest) = escape.strip_prefix('=') {
        return digits(rest, 16, 2..=2).filter(|&char| char < 0x40 && rest == rest.to_uppercase());
    }
    if let Some(rest) = escape.strip_prefix('#') {
        return digits(rest, 8, 3..=3).filter(|&char| char < 0x20);
    }
    digits(escape.strip_prefix("u00")?, 16, 2..=2)
}
