//! What tools write down of the secrets that they made or keep, where the kind of the record says so: Terraform's state
//! (`"type": "random_password"`, and its `"result"`), an answer of Azure's vault (`"id": "…/secrets/db-password/1"`, and its
//! `"value"`), the parts of a form that was sent.

use crate::model::{Form, Span};
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line, past_line_end};
use crate::scan::generic::member;
use crate::scan::generic::quote;
use crate::scan::generic::value::Literal;

/// How far below its kind the result of a resource is, and the most that are read.
const FURTHEST: usize = 1500;
const MOST: usize = 16;

/// The secrets of the record whose kind or id the name at `name` ends.
pub(in crate::scan::generic) fn read(text: &[u8], name: Span) -> Vec<Literal> {
    if is_random_password(text, name) {
        return results(text, name.end);
    }
    if is_of_vault(text, name)
        && let Some(value) = value_of_vault(text, name.end)
    {
        return vec![value];
    }
    field(text, name).or_else(|| line_for_pgpass(text, name)).into_iter().collect()
}

/// Whether [`read`] may find anything: a quick test.
pub(in crate::scan::generic) fn may_be(text: &[u8], name: Span) -> bool {
    is_random_password(text, name) || is_of_vault(text, name) || is_field(text, name)
}

/// Whether a name is that of the file that a line of logins is written to: `echo "db1:5432:crm:ada:x" > ~/.pgpass`.
pub(in crate::scan::generic) fn is_pgpass(text: &[u8], name: Span) -> bool {
    text[name.start..name.end].eq_ignore_ascii_case(b"pgpass")
        && memchr::memchr(b'>', line_before(text, name.start)).is_some()
}

/// The password of that line: its fifth field.
fn line_for_pgpass(text: &[u8], name: Span) -> Option<Literal> {
    is_pgpass(text, name).then_some(())?;
    let line = line_before(text, name.start);
    let start = name.start - line.len();
    let open = memchr::memchr2(b'"', b'\'', line)?;
    let quoted = quote::one(text, start + open).filter(|quoted| quoted.end < name.start)?;
    let colon = memchr::memchr_iter(b':', &quoted.text).nth(3)?;
    let password = &quoted.text[colon + 1..];
    let password = password.strip_suffix(b"\\n").unwrap_or(password);
    let is_plain =
        quoted.text.len() == quoted.span.len() && !password.is_empty() && !password.contains(&b' ');
    let span = Span::new(quoted.span.start + colon + 1, quoted.span.start + colon + 1 + password.len());
    is_plain.then(|| Literal::at(span, password.to_vec(), Form::Login))
}

fn is_random_password(text: &[u8], name: Span) -> bool {
    let lead = line_before(text, name.start);
    byte(text, name.end) == b'"'
        && text[name.start..name.end] == *b"random_password"
        && (lead.ends_with(b"\"type\": \"") || lead.ends_with(b"\"type\":\""))
}

/// The results of the instances of a resource, up to the next resource.
fn results(text: &[u8], from: usize) -> Vec<Literal> {
    let rest = &text[from..text.len().min(from + FURTHEST)];
    let rest = &rest[..memchr::memmem::find(rest, b"\"type\":").unwrap_or(rest.len())];
    memchr::memmem::find_iter(rest, b"\"result\":")
        .take(MOST)
        .filter_map(|at| quote::one(text, past_blanks(text, from + at + 9)))
        .filter(|value| value.text.len() >= 8)
        .map(|value| Literal::of(value, Form::Login))
        .collect()
}

fn is_of_vault(text: &[u8], name: Span) -> bool {
    matches!(byte(text, name.end), b'/' | b'"')
        && memchr::memmem::find(line_before(text, name.start), b".vault.azure.net/secrets/").is_some()
}

/// The value of a secret whose id ends after the name, with or without its version.
fn value_of_vault(text: &[u8], end: usize) -> Option<Literal> {
    let rest = text.get(end..text.len().min(end + 64))?;
    let close = rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'/')?;
    (rest[close] == b'"').then_some(())?;
    let join = member::value_after(text, end + close + 1, true)?;
    quote::one(text, join.at).map(|value| Literal::of(value, Form::Quoted))
}

/// Whether a name is that of a part of a form: `Content-Disposition: form-data; name="password"`.
fn is_field(text: &[u8], name: Span) -> bool {
    let lead = line_before(text, name.start);
    byte(text, name.end) == b'"'
        && lead.ends_with(b"name=\"")
        && memchr::memmem::find(lead, b"form-data;").is_some()
        && past_line_end(text, name.end + 1).is_some()
}

/// What was sent as that part: the line after the blank one.
fn field(text: &[u8], name: Span) -> Option<Literal> {
    is_field(text, name).then_some(())?;
    let blank = past_line(text, name.end)?;
    let start = past_line_end(text, blank)?;
    let rest = text.get(start..text.len().min(start + 200))?;
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_value = !line.is_empty() && !line.starts_with(b"--") && !line.contains(&b' ');
    is_value.then(|| Literal::at(Span::new(start, start + line.len()), line.to_vec(), Form::Quoted))
}
