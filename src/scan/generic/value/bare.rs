//! A value without quotes, and where it ends: at its line's end, at a mark of its language, or where a random word goes on.

use super::ends::{Ends, is_among_pairs, is_in_connection};
use super::{LONGEST, Literal, is_any_drawn};
use crate::model::{Form, Span};
use crate::scan::generic::joint::{Join, Joint, Stop};
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::shape::{Shape, is_drawn_text, is_marked, is_mixed, is_mixed_word};
use crate::scan::generic::{name, quote};

/// A value without quotes. If the name begins its line, the value is the rest of the line's first
/// word; elsewhere (a query string, a connection string, an argument) it ends at the first delimiter.
pub(super) fn bare(text: &[u8], name: Span, join: Join) -> Option<Literal> {
    let lead = line_before(text, name.start);
    let leads = matches!(join.joint, Joint::Assign | Joint::Colon | Joint::Space)
        && join.stop == Stop::Usual
        && (join.next_line || is_lead(lead));
    let start = join.at;
    if byte(text, start) == b'\\'
        && let Some(escaped) = in_escapes(text, start)
    {
        return Some(escaped);
    }
    let limit = text.len().min(start + LONGEST + 1);
    let ends = Ends::of(text, name, &join, leads);
    let mut end = start;
    let mut has_entities = false;
    let mut is_random_pair = None;
    while end < limit {
        // In markup, a connection string has entities for some of its marks.
        if text[end] == b'&'
            && matches!(ends, Ends::Pair | Ends::QuotedPair(_) | Ends::Until(..))
            && let Some(len) = quote::entity_len(&text[end..])
        {
            end += len;
            has_entities = true;
            continue;
        }
        // An escape of the string around it.
        if text[end] == b'\\'
            && matches!(ends, Ends::QuotedPair(b'"'))
            && matches!(byte(text, end + 1), b'"' | b'\\')
            && *is_random_pair.get_or_insert_with(|| is_drawn_to_end(&text[start..limit]))
        {
            end += 2;
            has_entities = true;
            continue;
        }
        let stop = match text[end] {
            mark if ends.stops(mark) => true,
            mark if mark > b' ' && ends.goes_on(mark) => false,
            b'<' | b'>' | b'`'
                if leads && end > start && is_drawn_through(&text[start..limit], end - start) =>
            {
                false
            }
            // The fallback of a variable has marks of its own.
            b'<' | b'>' if leads && text[start..end].starts_with(b"${") => false,
            b'"' | b'\'' | b'\\' if leads && is_drawn_line(lead, &text[start..limit], end - start) => false,
            0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | 0x7f => true,
            // A template is not cut.
            b'}' if text[start..end].contains(&b'{') => false,
            b'&' | b';' | b',' | b')' | b']' | b'}' | b'|' => !leads,
            b'%' => join.stop == Stop::Percent,
            _ => false,
        };
        if stop {
            break;
        }
        end += 1;
    }
    if end == limit && limit < text.len() || end == start || is_taken_out(&text[end..]) {
        return None;
    }
    while end > start
        && matches!(text[end - 1], b',' | b';' | b')' | b'}' | b']')
        && (leads || matches!(ends, Ends::Blank | Ends::Word))
        // A random word that begins its line is its value to the end, brackets and all.
        && !(leads && matches!(ends, Ends::Blank | Ends::Word) && !matches!(text[end - 1], b',' | b';'))
    {
        // A closing bracket belongs to the value if the opening one does.
        let opened = match text[end - 1] {
            b')' => text[start..end].contains(&b'('),
            b'}' => text[start..end].contains(&b'{'),
            b']' => text[start..end].contains(&b'['),
            _ => false,
        };
        if opened {
            break;
        }
        end -= 1;
    }
    if text[..start].ends_with(b"**") && text[start..end].ends_with(b"**") {
        end -= 2;
    }
    if join.joint == Joint::Prose && matches!(byte(text, end - 1), b'.' | b'!' | b'?' | b':') {
        end -= 1;
    }
    if end == start {
        return None;
    }
    let after = past_blanks(text, end);
    let follows = byte(text, after);
    let is_call = !leads
        && matches!(join.joint, Joint::Assign | Joint::Colon)
        && join.at > name.end + 1
        && after > end
        && matches!(follows, b'"' | b'(' | b'.' | b'$' | b'a'..=b'z' | b'A'..=b'Z');
    let words_follow = is_call
        || leads
            && after > end
            && !matches!(follows, 0 | b'\n' | b'\r' | b'#' | b'\\' | b'&' | b'|' | b';' | b',')
            && !text[after..].starts_with(b"//")
            && (join.joint == Joint::Colon || join.at > name.end + 1)
        || join.joint == Joint::Prose && after > end && follows.is_ascii_lowercase();
    let command = lead.trim_ascii_end();
    let embedded = !leads
        && (lead.ends_with(b"-")
            || command.ends_with(b"-passin")
            || command.ends_with(b"-passout")
            || join.stop != Stop::Usual
            || join.at == name.end + 1 && is_open_string(lead))
        || says_credential(&text[name.start..name.end]) && closes_string(text, lead, Span::new(start, end))
        || is_variable(text, name, join) && !matches!(byte(text, end), b';' | b',' | b')');
    // The end of a prompt: `[become via x, key=y] password: `.
    let prompt = past_blanks(text, end + 1);
    let word = text.get(prompt..text.len().min(prompt + 16)).unwrap_or_default();
    let word = &word[..word.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(word.len())];
    if byte(text, end) == b']' && name::is_password_word(word) {
        return None;
    }
    let ends_comment = [&b"*/"[..], b"-->", b"#>", b"</"].iter().any(|end| text[after..].starts_with(end));
    // A call that is commented out: `# connect(user = ada, password = x)`.
    let closes_call = || {
        let close = text[after..].iter().take(4).take_while(|b| matches!(b, b')' | b';')).count();
        !leads && close > 0 && matches!(byte(text, after + close), 0 | b'\n' | b'\r') && is_comment(lead)
    };
    let ends_line = matches!(follows, 0 | b'\n' | b'\r') || ends_comment || closes_call();
    let is_drawn_pair = ends == Ends::Blank && is_among_pairs(lead);
    let form = match join.joint {
        Joint::Flag | Joint::Prose => Form::Inline,
        // `<b>Password:</b> x</li>`.
        _ if text[end..].starts_with(b"</") && text[..start].trim_ascii_end().ends_with(b">") => Form::Markup,
        // `<Alert>Password: x7</Alert>`.
        _ if text[end..].starts_with(b"</") && is_in_element(lead) && is_mixed_word(&text[start..end]) => {
            Form::Markup
        }
        _ if embedded || is_in_connection(lead) || is_drawn_pair => Form::Inline,
        _ if join.next_line => Form::Block,
        // What is noted in a comment is no expression, either.
        _ if ends_line && !leads && is_comment(lead) && is_noted(&text[start..end]) => Form::Block,
        // Configuration in a comment, or in a string over several lines: no language has such an expression there.
        _ if ends_line && !leads && is_comment(lead) && is_no_identifier(&text[start..end]) => Form::Block,
        _ if leads
            && ends_line
            && (is_comment(lead)
                || join.joint == Joint::Colon && is_drawn(&text[start..end])
                || alternates(&text[start..end])) =>
        {
            Form::Block
        }
        _ => Form::Bare,
    };
    let span = Span::new(start, end);
    let own = &text[start..end];
    let means = if has_entities { quote::unescaped(own) } else { own.to_vec() };
    Some(Literal { span, text: means, form, joined: words_follow, digits: None })
}

/// A value of which every character is an escape, as tools write properties: `\u0078\u0079…`.
fn in_escapes(text: &[u8], start: usize) -> Option<Literal> {
    let rest = text.get(start..text.len().min(start + LONGEST))?;
    let (escapes, _) = rest.as_chunks::<6>();
    let is_escape =
        |escape: &&[u8; 6]| escape.starts_with(b"\\u00") && escape[4..].iter().all(u8::is_ascii_hexdigit);
    let len = escapes.iter().take_while(is_escape).count() * 6;
    let is_whole = len >= 36 && matches!(byte(rest, len), 0 | b'\r' | b'\n');
    let span = Span::new(start, start + len);
    is_whole.then(|| Literal::at(span, quote::unescaped(&rest[..len]), Form::Block))
}

/// True if the value of a pair in a string is random up to the mark that ends it.
fn is_drawn_to_end(rest: &[u8]) -> bool {
    let end = (0..rest.len()).find(|&at| {
        matches!(rest[at], b';' | b'\n') || rest[at] == b'"' && (at == 0 || rest[at - 1] != b'\\')
    });
    let value = quote::unescaped(&rest[..end.unwrap_or(rest.len())]);
    is_mixed(&value) || is_drawn_text(&value)
}

/// True if the rest of a value was taken out: `GOCSPX-<snip>`, `eyJ…<redacted>`.
fn is_taken_out(rest: &[u8]) -> bool {
    const WORDS: [&[u8]; 8] =
        [b"cut", b"hidden", b"masked", b"omitted", b"redacted", b"removed", b"snip", b"truncated"];
    let Some(rest) = rest.strip_prefix(b"<").or(rest.strip_prefix(b"[")) else { return false };
    let len = rest.iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    matches!(rest.get(len), Some(b'>' | b']'))
        && WORDS.iter().any(|word| rest[..len].eq_ignore_ascii_case(word))
}

/// True if a word that continues after the mark at `mark` is random as a whole, and the mark begins no tag at its end.
fn is_drawn_through(rest: &[u8], mark: usize) -> bool {
    let len = rest.iter().position(|b| *b <= b' ').unwrap_or(rest.len());
    let word = &rest[..len];
    mark + 1 < len
        && !word.ends_with(b">")
        && !word[mark..].starts_with(b"</")
        && (is_any_drawn(word) || is_marked_beyond(word, mark))
}

/// True if a word that continues after the quote or backslash at `mark` is random as a whole and the last of its line: a
/// file of settings needs no quotes, and takes them as they are. Two passwords in five that are drawn from all printing
/// characters have such a mark, and were cut there.
fn is_drawn_line(lead: &[u8], rest: &[u8], mark: usize) -> bool {
    let line = &rest[..rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len())];
    let word = line.trim_ascii_end();
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
    let ends_string = word.iter().rev().find(|b| !matches!(b, b',' | b';' | b')')).is_some_and(is_quote);
    mark + 1 < word.len()
        && !ends_string
        && !lead.iter().any(is_quote)
        && (is_mixed(word) || is_drawn_text(word) || is_marked_beyond(word, mark))
}

/// True if a word may be drawn as a whole, with a part of it beyond the mark.
fn is_marked_beyond(word: &[u8], mark: usize) -> bool {
    let beyond = word[mark + 1..].iter().filter(|b| b.is_ascii_alphanumeric()).count();
    beyond >= 3 && !matches!(word[0], b'<' | b'{' | b'[' | b'(' | b'$') && is_marked(word)
}

/// True if a comment begins before a name on its line.
fn is_comment(lead: &[u8]) -> bool {
    let lead = lead.trim_ascii_start();
    let opens = |start: &[u8], end: &[u8]| {
        memchr::memmem::rfind(lead, start).is_some_and(|at| memchr::memmem::find(&lead[at..], end).is_none())
    };
    matches!(lead.first(), Some(b'#' | b';' | b'*' | b'%'))
        // Basic's, with nothing but blanks before the name.
        || lead.trim_ascii_end() == b"'"
        || lead.starts_with(b"//")
        || lead.starts_with(b"--")
        || opens(b"/*", b"*/")
        || opens(b"<!--", b"-->")
}

/// True for letters and digits, as people note a password: no word with a number after it in the middle.
fn is_noted(value: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    value.len() >= 8
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && (has(u8::is_ascii_uppercase)
            || value.last().is_some_and(u8::is_ascii_digit)
            || value.windows(2).any(|two| two[0].is_ascii_digit() && two[1].is_ascii_lowercase()))
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'!' | b'#' | b'@' | b'+'))
}

/// True for letters and digits that change from small ones to capitals and digits at every second place, as no name or
/// type does (`Sha256Hash`): on a line of its own it is a setting in a string over several lines.
fn alternates(value: &[u8]) -> bool {
    let class = |b: u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
    let changes = value.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    value.len() >= 8
        && value.iter().all(u8::is_ascii_alphanumeric)
        && value.iter().any(u8::is_ascii_digit)
        && changes * 2 >= value.len()
}

/// True for a value with a digit that no language has as a name: random, or with a mark that joins words.
fn is_no_identifier(value: &[u8]) -> bool {
    value.len() >= 6
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().all(|b| {
            b.is_ascii_graphic()
                && !matches!(b, b'(' | b')' | b'[' | b']' | b'.' | b'"' | b'\'' | b'<' | b'>' | b'{' | b'}')
        })
        && (is_drawn(value)
            || is_mixed(value)
            || value.iter().any(|b| matches!(b, b'-' | b'!' | b'@' | b'#'))
                && value.iter().any(u8::is_ascii_alphabetic))
}

/// True for a random value, which cannot be an identifier.
fn is_drawn(value: &[u8]) -> bool {
    if value.len() < 12 || !value.iter().any(u8::is_ascii_digit) || value.contains(&b'.') {
        return false;
    }
    let shape = Shape::of(value);
    shape.cover() < 40 && shape.changes * 5 > shape.len && shape.distinct * 2 > shape.len.min(20)
}

/// True for `NAME=value` as in shells, in any file: capitals, and no blank around the sign.
fn is_variable(text: &[u8], name: Span, join: Join) -> bool {
    let name_text = &text[name.start..name.end];
    join.joint == Joint::Assign
        && join.at == name.end + 1
        && name_text.contains(&b'_')
        && name_text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// True for a name whose last word is a password, a secret or a token: `AUTH=CRAM-MD5` in a string is none.
fn says_credential(own: &[u8]) -> bool {
    !own.is_ascii() || name::words(own).last().is_some_and(name::is_credential_word)
}

/// True if a value is the last word of a string that is open before its name, and no word of a language: what a program prints
/// (`print("Password: x7k2")`), and a part of a connection string on a line of its own (`"Pwd=x7k2;"`).
fn closes_string(text: &[u8], lead: &[u8], value: Span) -> bool {
    const ENDS: [&[u8]; 8] = [b"\\n", b"\\r\\n", b"<br>", b"<br/>", b"<br />", b";", b".", b"!"];
    let rest = &text[value.end..];
    let rest = ENDS.iter().find_map(|end| rest.strip_prefix(*end)).unwrap_or(rest);
    let Some(quote) = rest.first().filter(|b| matches!(b, b'"' | b'\'' | b'`')) else { return false };
    let own = &text[value.start..value.end];
    lead.contains(quote)
        && is_open_string(lead)
        && !own.contains(&b'(')
        && (is_mixed_word(own) || is_any_drawn(own))
}

/// True if the text of an element begins before a name on its line, without another tag between.
fn is_in_element(lead: &[u8]) -> bool {
    let close = memchr::memrchr(b'>', lead);
    let open = close.and_then(|close| memchr::memrchr(b'<', &lead[..close]));
    close > memchr::memrchr(b'<', lead)
        && open.is_some_and(|open| lead.get(open + 1).is_some_and(u8::is_ascii_alphabetic))
        && close.is_some_and(|close| memchr::memchr2(b'{', b'=', &lead[close..]).is_none())
}

/// True if a string is open at the end of the text before a name on its line.
fn is_open_string(before: &[u8]) -> bool {
    let mut open = 0;
    let mut escaped = false;
    for &b in before {
        match b {
            b'"' | b'\'' | b'`' if !escaped => {
                if open == 0 {
                    open = b;
                } else if open == b {
                    open = 0;
                }
            }
            _ => {}
        }
        escaped = b == b'\\' && !escaped;
    }
    open != 0
}

/// True if the text before a name on its line allows it to be the line's first word.
pub(in crate::scan::generic) fn is_lead(before: &[u8]) -> bool {
    let mut rest = before.trim_ascii_start();
    for mark in [
        &b"#"[..],
        b"--",
        b"//",
        b"*",
        b"-",
        b";",
        b"+",
        b"export ",
        b"set ",
        b"env ",
        b"arg ",
        b"ENV ",
        b"ARG ",
        b"SET ",
        b"Environment=",
        b"$",
    ] {
        if let Some(stripped) = rest.strip_prefix(mark) {
            rest = stripped.trim_ascii_start();
        }
    }
    rest.is_empty() || matches!(rest, b"\"" | b"'")
}
