//! Names and values that are apart in other ways than members of a block: a value before its name, a column and its
//! value, a login beside its password.

use super::joint::Joint;
use super::line::{after_lines, before_lines, byte, line_before, past_blanks};
use super::member::{self, Member};
use super::name::{self, Name};
use super::placeholder::is_placeholder;
use super::quote;
use super::shape::is_mixed_word;
use super::words::Words;
use super::{login, operator, reference, typing, value};
use crate::model::Span;

/// Names of members whose values are the names of others. Lower-case, sorted.
#[rustfmt::skip]
static NAMES: Words = Words::new(&[
    "attribute", "env", "field", "id", "item", "key", "label", "n", "name", "optionname", "param", "param-name",
    "parameterkey", "parametername", "paramname", "property", "setting", "settingname", "variable", "varname",
]);

/// Words of names whose values are a login. Lower-case, sorted.
#[rustfmt::skip]
static LOGINS: Words = Words::new(&[
    "account", "accountname", "benutzer", "benutzername", "bruker", "email", "identifiant", "login",
    "loginname", "mail", "uid", "user", "userid", "username", "usr", "usuario", "utente", "utilisateur",
    "uzytkownik",
]);

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[NAMES.list(), LOGINS.list()];

/// Whether a name may be that of a value before it, or of a field that something is typed into: a quick test.
pub(super) fn may_be_named(text: &[u8], name: Name) -> bool {
    let mut start = name.span.start;
    start -= usize::from(start > 0 && matches!(text[start - 1], b'"' | b'\''));
    let blanks = text[..start].iter().rev().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    may_be_said(text, name)
        || matches!(text[..start - blanks].last(), Some(b':' | b'='))
            && name_of_name(&text[..start - blanks]).is_some()
        || name.kind == name::Kind::Password
            && (login::typed(text, name.span).is_some()
                || typing::typed_into(text, name.span).is_some()
                || typing::answered(text, name.span).is_some())
}

/// Whether a name may be that of a literal before it: `"x" as password`.
pub(super) fn may_be_said(text: &[u8], name: Name) -> bool {
    if is_set_for(before_quote(text, name)) {
        return true;
    }
    if !matches!(name.kind, name::Kind::Password | name::Kind::Secret) {
        return false;
    }
    let lead = before_quote(text, name);
    remarked(text, name).is_some()
        || lead.ends_with(b" forKey:@")
        || lead.ends_with(b" ")
            && [&b" as "[..], b" TO ", b" the ", b" my ", b" a ", b" into ", b" in ", b" for ", b" field "]
                .iter()
                .any(|word| lead.ends_with(word))
            && memchr::memchr3(b'"', b'\'', b'`', lead).is_some()
}

/// Whether a literal that is set for a key is before the key: `set("x", forKey: "authToken")`.
fn is_set_for(lead: &[u8]) -> bool {
    SET_FOR.iter().any(|ending| lead.ends_with(ending.as_bytes()))
}

/// What is between such a literal and its key.
const SET_FOR: [&str; 4] = [", forKey: ", ", forHTTPHeaderField: ", " forHTTPHeaderField:@", " forKey:@"];

/// The line before a name and its quote.
fn before_quote(text: &[u8], name: Name) -> &[u8] {
    let line = line_before(text, name.span.start);
    line.strip_suffix(b"\"").or(line.strip_suffix(b"'")).unwrap_or(line)
}

/// Whether a name may be a column of `INSERT INTO t (a, password) VALUES (…)`: a quick test of how the list ends.
pub(super) fn may_be_inserted(text: &[u8], name: Name) -> bool {
    values_of(text, name).is_some() || rows_of(text, name).is_some()
}

/// Whether a column of logins is beside the column that is called `name`.
pub(super) fn is_inserted_beside_login(text: &[u8], name: Name) -> bool {
    let Some((open, _)) = values_of(text, name).or_else(|| rows_of(text, name)) else { return false };
    let rest = &text[name.span.end..text.len().min(name.span.end + 120)];
    let rest = &rest[..rest.iter().position(|&b| !is_of_columns(b) || b == b']').unwrap_or(rest.len())];
    let columns = text[open..name.span.start].split(|b| *b == b',').chain(rest.split(|b| *b == b','));
    columns.into_iter().any(|column| column.len() <= 32 && is_login_word(column))
}

/// The same of a table in JSON: `{"columns": ["user", "password"], "rows": [["ada", "x"]]}`.
fn rows_of(text: &[u8], name: Name) -> Option<(usize, usize)> {
    const ROWS: [&[u8]; 4] = [b"rows", b"data", b"values", b"records"];
    if byte(text, name.span.end) != b'"' || !text[..name.span.start].ends_with(b"\"") {
        return None;
    }
    let rest = text.get(name.span.end..text.len().min(name.span.end + 120))?;
    let close = rest.iter().position(|&b| !is_of_columns(b) || b == b']' || b == b'[')?;
    let mut marks = rest[close..].iter().enumerate().filter(|(_, b)| !b.is_ascii_whitespace());
    let mut next = || marks.next().map(|(at, &b)| (close + at, b));
    if next()?.1 != b']' || next()?.1 != b',' {
        return None;
    }
    let (key, quote) = next()?;
    let known = ROWS
        .iter()
        .find(|known| rest[key + 1..].starts_with(known) && rest.get(key + 1 + known.len()) == Some(&b'"'))?;
    let after = key + 2 + known.len();
    let opens: Vec<usize> = rest[after..]
        .iter()
        .enumerate()
        .filter(|(_, b)| !b.is_ascii_whitespace())
        .take(3)
        .map(|(at, _)| after + at)
        .collect();
    let is_opened =
        quote == b'"' && opens.len() == 3 && [rest[opens[0]], rest[opens[1]], rest[opens[2]]] == *b":[[";
    let before = &text[name.span.start.saturating_sub(300)..name.span.start];
    let open = before.iter().rposition(|&b| b == b'[')?;
    let is_list = before[open + 1..].iter().all(|&b| is_of_columns(b));
    (is_opened && is_list).then(|| (name.span.start - before.len() + open + 1, name.span.end + opens[2] + 1))
}

/// The values of the column that is called `name`, row by row.
pub(super) fn inserted(text: &[u8], name: Name) -> Vec<quote::Quoted> {
    let Some((open, values)) = values_of(text, name).or_else(|| rows_of(text, name)) else {
        return Vec::new();
    };
    let column = memchr::memchr_iter(b',', &text[open..name.span.start]).count();
    if text[values - 1] == b'\n' {
        return copied(text, values, column);
    }
    let mut found = Vec::new();
    let mut at = Some(values);
    while let Some(start) = at.filter(|_| found.len() < MOST_ROWS) {
        let (cells, end) = row(text, start);
        let Some(&cell) = cells.get(column) else { break };
        // What the database hashes: `SHA1('x')`.
        found.extend(quote::one(text, login::value_of(text, cell)));
        at = next_row(text, end);
    }
    found
}

/// The most rows that are read.
const MOST_ROWS: usize = 400;

/// Where the cells of a row begin, and where the row ends.
fn row(text: &[u8], start: usize) -> (Vec<usize>, usize) {
    const MOST_CELLS: usize = 64;
    let past_space = |at: usize| at + text[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let mut cells = vec![past_space(start)];
    let (mut at, mut depth) = (cells[0], 0usize);
    while at < text.len() && cells.len() <= MOST_CELLS {
        match text[at] {
            b'\'' | b'"' => match quote::one(text, at) {
                Some(quoted) => {
                    at = quoted.end;
                    continue;
                }
                None => break,
            },
            b'(' => depth += 1,
            b')' | b']' if depth == 0 => break,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                at = past_space(at + 1);
                cells.push(at);
                continue;
            }
            b';' => break,
            _ => {}
        }
        at += 1;
    }
    (cells, at)
}

/// Where the first cell of the row after one that ends at `end` begins.
fn next_row(text: &[u8], end: usize) -> Option<usize> {
    let is_gap = |b: &&u8| b.is_ascii_whitespace();
    let rest = text.get(end..)?;
    let rest = rest.strip_prefix(b")").or(rest.strip_prefix(b"]"))?;
    let comma = rest.iter().take_while(is_gap).count();
    let after = rest.get(comma..)?.strip_prefix(b",")?;
    let open = after.iter().take_while(is_gap).count();
    matches!(after.get(open), Some(b'(' | b'[')).then_some(end + 1 + comma + 1 + open + 1)
}

/// The values of a column in the lines that PostgreSQL copies: `COPY t (a, password) FROM stdin;`.
fn copied(text: &[u8], first: usize, column: usize) -> Vec<quote::Quoted> {
    let mut found = Vec::new();
    let mut start = first;
    while start < text.len() && found.len() < MOST_ROWS {
        let len = memchr::memchr(b'\n', &text[start..]).unwrap_or(text.len() - start);
        let line = &text[start..start + len];
        if line.starts_with(b"\\.") || line.is_empty() {
            break;
        }
        let from = match column {
            0 => Some(0),
            nth => memchr::memchr_iter(b'\t', line).nth(nth - 1).map(|tab| tab + 1),
        };
        if let Some(from) = from {
            let cell = &line[from..from + memchr::memchr(b'\t', &line[from..]).unwrap_or(len - from)];
            let cell = cell.strip_suffix(b"\r").unwrap_or(cell);
            if !cell.is_empty() && cell != b"\\N" {
                let span = Span::new(start + from, start + from + cell.len());
                found.push(quote::Quoted { span, text: cell.to_vec(), end: span.end, joined: false });
            }
        }
        start += len + 1;
    }
    found
}

/// Where the list of columns with the name begins, and where the first row's values start.
fn values_of(text: &[u8], name: Name) -> Option<(usize, usize)> {
    let rest = text.get(name.span.end..text.len().min(name.span.end + 120))?;
    let close = rest.iter().position(|&b| !is_of_columns(b))?;
    if rest[close] != b')' {
        return None;
    }
    let word = close + 1 + rest[close + 1..].iter().position(|b| !b.is_ascii_whitespace())?;
    let bracket = if rest.get(word..word + 10).is_some_and(|from| from.eq_ignore_ascii_case(b"from stdin")) {
        word + memchr::memchr(b'\n', &rest[word..])?
    } else if rest.get(word..word + 6)?.eq_ignore_ascii_case(b"values") {
        let bracket = word + 6 + rest[word + 6..].iter().position(|b| !b.is_ascii_whitespace())?;
        (rest[bracket] == b'(').then_some(bracket)?
    } else {
        return None;
    };
    let before = &text[name.span.start.saturating_sub(300)..name.span.start];
    let open = before.iter().rposition(|&b| b == b'(')?;
    let is_list = before[open + 1..].iter().all(|&b| is_of_columns(b));
    is_list.then_some((name.span.start - before.len() + open + 1, name.span.end + bracket + 1))
}

/// True for the bytes that a list of columns consists of.
const fn is_of_columns(byte: u8) -> bool {
    matches!(
        byte,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'`' | b'"' | b'\'' | b',' | b'[' | b']' | b' ' | b'\t' | b'\r' | b'\n'
    )
}

/// Of two values for two names (`id/pw = console/x`, `CURLOPT_USERPWD, "svc:x"`): the second, if the name is that of
/// the second.
pub(super) fn second_of_two(text: &[u8], name: Span, literal: &mut value::Literal) {
    let own = &text[name.start..name.end];
    if own.len() >= 7 && own[own.len() - 7..].eq_ignore_ascii_case(b"userpwd") {
        return drop_first(literal, b':');
    }
    // What a password of MPD allows is after it: `password "x@read,add"`.
    const RIGHTS: [&[u8]; 5] = [b"read", b"add", b"player", b"control", b"admin"];
    if let Some(at) = memchr::memrchr(b'@', &literal.text)
        && at > 0
        && literal.text.len() == literal.span.len()
        && literal.text[at + 1..].split(|b| *b == b',').all(|right| RIGHTS.contains(&right))
    {
        literal.text.truncate(at);
        literal.span.end = literal.span.start + at;
    }
    let before = line_before(text, name.start);
    // Of a name in the middle, `operator::tuple` has found the value.
    if byte(text, past_blanks(text, name.end)) == b'='
        && let Some(value) = of_tuple(text, before, literal.span)
    {
        *literal = value::Literal::of(value, literal.form);
        return;
    }
    let Some((&mark, logins)) = before.trim_ascii_end().split_last() else { return };
    if !matches!(mark, b'/' | b':' | b'+') {
        return;
    }
    let logins = logins.trim_ascii_end();
    let len = logins.iter().rev().take(16).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let login = &logins[logins.len() - len..];
    if !is_login_word(login) && !login.eq_ignore_ascii_case(b"pin") {
        return;
    }
    if mark == b'/'
        && let Some(second) = second_word(text, literal)
    {
        *literal = second;
        return;
    }
    drop_first(literal, mark);
    // Words after the two names say what they are: `id/pw = identity and password`.
    let is_said = literal.joined && literal.text.iter().all(u8::is_ascii_alphabetic);
    if mark == b'/' && !is_said {
        literal.form = crate::model::Form::Login;
    }
}

/// The word after a bare one and a slash, the last of its line: `PIN/PW: 4711 / x`.
fn second_word(text: &[u8], first: &value::Literal) -> Option<value::Literal> {
    let rest = text.get(first.span.end..)?.strip_prefix(b" / ")?;
    let word = &rest[..rest.iter().take(80).position(|b| *b <= b' ').unwrap_or(rest.len().min(80))];
    let start = first.span.end + 3;
    let is_last = matches!(byte(text, past_blanks(text, start + word.len())), 0 | b'\r' | b'\n');
    (is_last && is_mixed_word(word)).then(|| {
        value::Literal::at(Span::new(start, start + word.len()), word.to_vec(), crate::model::Form::Login)
    })
}

/// The literal for the last of several names: `user, password = "ada", "x"`. The first one is at `first`.
fn of_tuple(text: &[u8], before: &[u8], first: Span) -> Option<quote::Quoted> {
    let names = before.trim_ascii().strip_suffix(b",")?;
    let is_name = |name: &[u8]| {
        !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$'))
    };
    let mut count = 0;
    for name in names.split(|&b| b == b',') {
        if !is_name(name.trim_ascii()) {
            return None;
        }
        count += 1;
    }
    let start = first.start.checked_sub(1)?;
    quote::one(text, *login::split(text, start, false).get(count)?)
}

/// Removes everything up to a mark, and the mark.
fn drop_first(literal: &mut value::Literal, mark: u8) {
    let Some(at) = memchr::memchr(mark, &literal.text).filter(|&at| at > 0 && at + 1 < literal.text.len())
    else {
        return;
    };
    if literal.text.len() == literal.span.len() {
        literal.span = Span::new(literal.span.start + at + 1, literal.span.end);
    }
    literal.text.drain(..=at);
}

/// The value of a structure that names it afterwards: `{"value": "x", "name": "password"}`, `value: x` on the line
/// above, `"x" as password`.
pub(super) fn value_before(text: &[u8], name: Name) -> Option<value::Literal> {
    if let Some(span) = member::argument_above(text, name.span) {
        let value = quote::unescaped(&text[span.start..span.end]);
        return Some(value::Literal::at(span, value, crate::model::Form::Markup));
    }
    let line = line_before(text, name.span.start);
    let line_start = name.span.start - line.len();
    let says = matches!(name.kind, name::Kind::Password | name::Kind::Secret)
        || is_set_for(before_quote(text, name));
    said_before(text, line_start, name.span.start)
        .filter(|_| says)
        .or_else(|| remarked(text, name).filter(|_| says))
        .or_else(|| {
            let lead = line.trim_ascii_end();
            let lead = lead.strip_suffix(b"\"").or(lead.strip_suffix(b"'")).unwrap_or(lead).trim_ascii_end();
            let names_at = line_start + name_of_name(lead)?;
            // The member before may be on the line above, if this is not the first of an item.
            let begins = line.trim_ascii_start().starts_with(b"- ");
            let from = match text[..line_start.saturating_sub(1)].iter().rposition(|&b| b == b'\n') {
                _ if begins => line_start,
                Some(feed) => feed + 1,
                None if line_start > 0 => 0,
                None => line_start,
            };
            let window = &text[from..names_at];
            let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            let starts = |at: &usize| is_part(window[*at]) && (*at == 0 || !is_part(window[*at - 1]));
            let (member, join) = (0..window.len()).rev().filter(starts).find_map(|at| {
                let member = Member::at(text, from + at)?;
                let join = member.value(text, true)?;
                Some((member, join))
            })?;
            let literal = value::read(text, member.name, join)?;
            let between = &text[literal.span.end.min(names_at)..names_at];
            let apart = between.iter().all(|b| b" \t\r\n,\"'{-;".contains(b));
            (literal.span.end <= names_at && apart).then_some(literal)
        })
}

/// Where in `lead` the name of the member begins that says that a name follows: `{"name": `.
fn name_of_name(lead: &[u8]) -> Option<usize> {
    let lead = lead.strip_suffix(b":").or(lead.strip_suffix(b"=")).or(lead.strip_suffix(b"=>"))?;
    let lead = lead.trim_ascii_end();
    let lead = lead.strip_suffix(b"\"").or(lead.strip_suffix(b"'")).unwrap_or(lead);
    let word = lead.iter().rev().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
    NAMES.has(&lead[lead.len() - word..]).then_some(lead.len() - word)
}

/// The default in an attribute above a member: `#[arg(long, default_value = "x")]`, then `password: String`.
pub(super) fn default_above(text: &[u8], name: Span) -> Option<value::Literal> {
    if byte(text, name.end) != b':' {
        return None;
    }
    let own = name.start - line_before(text, name.start).len();
    let lead = text[own..name.start].trim_ascii();
    let above = line_before(text, own.checked_sub(1)?);
    let is_attribute =
        (lead.is_empty() || lead.starts_with(b"pub")) && above.trim_ascii_start().starts_with(b"#[");
    let found = memchr::memmem::find(above, b"default_value").filter(|_| is_attribute)?;
    let sign = own - 1 - above.len() + found + memchr::memchr2(b'=', b'"', &above[found..])?;
    let quoted = quote::one(text, past_blanks(text, sign + 1))?;
    Some(value::Literal::of(quoted, crate::model::Form::Quoted))
}

/// The argument of a call with a remark after it that says what it is: `typewrite("x")  # vpn password`.
fn remarked(text: &[u8], name: Name) -> Option<value::Literal> {
    if !matches!(byte(text, past_blanks(text, name.span.end)), 0 | b'\r' | b'\n') {
        return None;
    }
    let line = line_before(text, name.span.start);
    let mark = [&b"# "[..], b"// "].iter().find_map(|mark| memchr::memmem::rfind(line, mark))?;
    let remark = &line[mark + 1..];
    let words = remark.split(|b| *b == b' ').filter(|word| !word.is_empty()).count();
    let is_short = words <= 4 && remark.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'/'));
    let code = line[..mark].trim_ascii_end();
    let code = code.strip_suffix(b";").unwrap_or(code).strip_suffix(b")")?;
    let start = name.span.start - line.len();
    let mut at = memchr::memchr(b'(', code).filter(|_| is_short)? + 1;
    let mut last = None;
    while at < code.len() {
        if matches!(code[at], b'"' | b'\'')
            && let Some(quoted) = quote::one(text, start + at)
        {
            at = quoted.end - start;
            last = Some(quoted);
            continue;
        }
        at += 1;
    }
    let mut value = last.filter(|quoted| quoted.end == start + code.len())?;
    // The key that ends the answer.
    while value.text.last().is_some_and(|b| matches!(b, b'\r' | b'\n')) {
        value.text.pop();
    }
    let len = value.text.len();
    let is_value = is_mixed_word(&value.text) && !value.text.contains(&b' ');
    value.span = Span::new(value.span.start, (value.span.start + len).min(value.span.end));
    is_value.then(|| value::Literal::of(value, crate::model::Form::Login))
}

/// `"x" as password`, `"x" into "Password"`: the literal before the preposition.
fn said_before(text: &[u8], line_start: usize, at: usize) -> Option<value::Literal> {
    const PREPOSITIONS: &[&str] = &[
        " as ",
        " as the ",
        " as my ",
        " as a ",
        " into ",
        " into the ",
        " in ",
        " in the ",
        " for ",
        " for the ",
        " for field ",
        " in field ",
        " into field ",
        "', into: '",
        "\", into: \"",
        " TO ",
        " forKey:@",
        " forHTTPHeaderField:@",
        ", forKey: ",
        ", forHTTPHeaderField: ",
    ];
    let before = text.get(line_start..at)?;
    let quote = before.last().copied().filter(|b| matches!(b, b'"' | b'\''));
    let bare = if quote.is_some() { &before[..before.len() - 1] } else { before };
    let ending =
        PREPOSITIONS.iter().filter(|word| bare.ends_with(word.as_bytes())).max_by_key(|word| word.len())?;
    // `"x" in password` tests whether one contains the other.
    let types = || {
        let lower = bare.to_ascii_lowercase();
        ["enter", "fill", "type", "typing", "input", "set", "submit", "write"]
            .iter()
            .any(|verb| memchr::memmem::find(&lower, verb.as_bytes()).is_some())
    };
    if matches!(*ending, " in " | " for " | " in the " | " for the ") && !types() {
        return None;
    }
    // COBOL's `MOVE "x" TO DB-PASSWORD`.
    if *ending == " TO " && !bare.trim_ascii_start().starts_with(b"MOVE ") {
        return None;
    }
    let end = bare.len() - ending.len();
    let mark = *bare.get(end.checked_sub(1)?)?;
    if !matches!(mark, b'"' | b'\'' | b'`') {
        return None;
    }
    // The first mark from which a literal ends exactly there.
    let quoted = bare[..end - 1].iter().enumerate().filter(|(_, b)| **b == mark).find_map(|(open, _)| {
        quote::one(text, line_start + open).filter(|quoted| quoted.end == line_start + end)
    })?;
    Some(value::Literal::of(quoted, crate::model::Form::Login))
}

/// Whether a login is beside the password whose name and value are at `name` and `value`: on the same line, or on
/// the line above or below, written the same way.
pub(super) fn login_beside(text: &[u8], name: Span, value: Span) -> bool {
    let start = before_lines(text, name.start, 1);
    let end = after_lines(text, value.end, 1);
    let is_login = |from: usize, to: usize| {
        let window = &text[from..to];
        (0..window.len()).any(|at| {
            let starts = window[at].is_ascii_alphabetic()
                && (at == 0
                    || !window[at - 1].is_ascii_alphanumeric()
                    || window[at].is_ascii_uppercase() && window[at - 1].is_ascii_lowercase());
            starts && login_at(text, from + at).is_some()
        })
    };
    is_login(start, name.start) || value.end < end && is_login(value.end, end)
}

/// Whether the line above or below the line of `at` gives a login: `user ada`, then `password x`.
pub(super) fn login_line_beside(text: &[u8], at: usize) -> bool {
    let is_login = |line: Span| {
        let start = past_blanks(text, line.start);
        start < line.end && byte(text, start).is_ascii_alphabetic() && login_at(text, start).is_some()
    };
    let own = Span::new(before_lines(text, at, 0), after_lines(text, at, 0));
    let above = Span::new(before_lines(text, at, 1), own.start.saturating_sub(1));
    let below = Span::new((own.end + 1).min(text.len()), after_lines(text, at, 1));
    above.start < above.end && is_login(above) || is_login(below)
}

/// The value of the login whose name has a word that starts at `at`.
fn login_at(text: &[u8], at: usize) -> Option<()> {
    let len = text[at..].iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = &text[at..at + len];
    let known = LOGINS.has(word)
        || name::words(word).next().is_some_and(|first| LOGINS.has(first) && first.len() < len);
    if !known {
        return None;
    }
    let end = at
        + text[at..]
            .iter()
            .take(24)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            .count();
    let span = Span::new(at, end);
    let found = Name { span, kind: name::Kind::Other, is_phrase: false };
    let Some(join) = operator::join(text, found) else {
        // A flag and the word after it.
        if at > 0 && text[at - 1] == b'-' {
            let start = past_blanks(text, end);
            let first = byte(text, start);
            return (start > end && first.is_ascii_alphanumeric()).then_some(());
        }
        // A directive: `login ada`, and nothing after it.
        let start = past_blanks(text, end);
        let len = text[start..].iter().take(64).take_while(|b| **b > b' ').count();
        let is_last = matches!(byte(text, past_blanks(text, start + len)), 0 | b'\r' | b'\n');
        let leads = line_before(text, at).trim_ascii().is_empty();
        return (start > end && len >= 2 && is_last && leads).then_some(());
    };
    if join.next_line || matches!(join.joint, Joint::Compare | Joint::Prose) {
        return None;
    }
    let literal = value::read(text, span, join)?;
    let value = &literal.text[..];
    let is_value = value.len() >= 2
        && !value.contains(&b' ')
        && !value.iter().any(|b| matches!(b, b'(' | b')' | b'{' | b'}' | b'<' | b'>' | b'$'))
        && !is_placeholder_login(value)
        && !reference::is_reference(value);
    is_value.then_some(())
}

/// True for a login that is to be filled in. `admin` and `root` are logins, though no passwords.
pub(super) fn is_placeholder_login(value: &[u8]) -> bool {
    static REAL: Words =
        Words::new(&["admin", "app", "demo", "guest", "mysql", "postgres", "root", "test", "user1"]);
    is_placeholder(value) && !REAL.has(value)
}

/// Whether a heading or name is that of a login.
pub(super) fn is_login_word(name: &[u8]) -> bool {
    const OTHERS: [&str; 7] = ["用户", "用戶", "账号", "帐号", "ユーザ", "아이디", "логин"];
    name::words(name).any(|word| LOGINS.has(word))
        || name.eq_ignore_ascii_case(b"id")
        || OTHERS.iter().any(|word| memchr::memmem::find(name, word.as_bytes()).is_some())
}
