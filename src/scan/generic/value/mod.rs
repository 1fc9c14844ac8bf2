//! The value on the right of an assignment: a literal, a list, a bare word, wrapped, in markup, or the literal default
//! inside a look-up (`getenv("X", "literal")`, `process.env.X || "literal"`).
//!
//! What is read here is text; `veto` and `score` decide whether it is a secret. A right-hand side that is
//! code in every file type (a call, a look-up without a default) is no value.

mod bare;
mod ends;
mod erb;
mod expression;
mod syntax;

use super::joint::{Join, Joint};
use super::line::{MarkFinder, byte, line_before, past_blanks, past_line_end, past_yaml_marks};
use super::list;
use super::name::Kind;
use super::quote::{self, Quoted, trimmed, unescaped};
use super::shape::{is_drawn_text, is_mixed, is_word_after_mark};
use crate::model::{Form, Span};
use bare::bare;
use ends::Ends;
use erb::of_erb;
use syntax::{braced, hashed, latex, of_template, serialised};

pub(super) use super::quote::LONGEST;
pub(super) use bare::is_lead;
pub(super) use ends::is_in_connection;

/// The shortest bare value, in bytes.
const SHORTEST_WORD: usize = 4;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Its span, without its quotes.
    pub span: Span,
    /// Its bytes with escapes undone.
    pub text: Vec<u8>,
    /// How it was written.
    pub form: Form,
    /// True if other text is joined to it (`"abc" + x`), or words follow a bare value.
    pub joined: bool,
    /// For a list of bytes that are not text: the digits to judge it by.
    pub digits: Option<Vec<u8>>,
}

impl Literal {
    /// A literal in this form.
    pub(super) fn of(quoted: Quoted, form: Form) -> Self {
        Self { span: quoted.span, text: quoted.text, form, joined: quoted.joined, digits: None }
    }

    /// A value at `span` that means `text`.
    pub(super) fn at(span: Span, text: Vec<u8>, form: Form) -> Self {
        Self { span, text, form, joined: false, digits: None }
    }
}

/// Calls that return their literal as it is.
#[rustfmt::skip]
const WRAPPERS: &[&str] = &[
    "_t", "arrayfrom", "atob", "b64decode", "b64encode", "bstr", "buffer", "byte", "bytearray", "bytearrayof", "bytes",
    "bytestring", "c_str", "createfrom", "cstr", "datausing", "decode", "decodehex", "dup",
    "encode", "escape", "from", "fromhex", "fromlist", "fromstring", "getbytes", "hextobytes", "intarrayof", "just", "l", "literal", "new", "nsstring", "octetstring", "of",
    "optional", "password", "pointer", "pstring", "ptr", "quote", "secret", "secretstring", "secure_string",
    "securestring", "some", "str", "strdup", "string", "stringptr", "strings", "t", "text", "to_string",
    "tochararray", "token", "u8", "ubytearrayof", "uint8array", "unhexlify", "unsafeplaintext", "utf8", "valueof", "vec", "wrap",
];

/// Parts of the names of calls that look something up: their literal is a name, not a value.
#[rustfmt::skip]
const LOOKUPS: &[&str] = &[
    "env", "get", "fetch", "lookup", "config", "find", "load", "read", "param", "prompt", "input", "property", "var",
    "resolve", "option", "setting", "secret_manager", "default", "arg", "flag",
];

/// The same for look-ups that return their second argument if they find nothing.
#[rustfmt::skip]
const DEFAULTING: &[&str] = &[
    "env", "get", "fetch", "config", "param", "property", "var", "option", "setting", "default", "arg", "flag",
];

/// What may be before a default: operators, and keywords and methods that take one.
#[rustfmt::skip]
const DEFAULTS: &[&str] = &[
    "||", "??", " or ", "?:", " // ", " else ", "unwrap_or(", "orelse(", "or_else(", "default(", "default =",
    "default=", "default:", "default_value=", "defaultvalue=", "defaultvalue:", "fallback=", "fallback:", "initial=",
];

/// Reads the value at `join`. `name` is the span of the assigned name.
pub(super) fn read(text: &[u8], name: Span, join: Join) -> Option<Literal> {
    let form = match join.joint {
        Joint::Call | Joint::Argument => Form::Call,
        Joint::Flag => Form::Inline,
        _ if join.next_line => Form::Block,
        _ => Form::Quoted,
    };
    match join.joint {
        Joint::Markup => return markup(text, join.at),
        Joint::Block => return quote::block(text, join.at).map(|block| Literal::of(block, Form::Block)),
        _ => {}
    }
    if let Some(serialised) = serialised(text, join.at) {
        return Some(serialised);
    }
    if let Some(templated) = of_template(text, join.at).or_else(|| of_erb(text, join.at)) {
        return Some(templated);
    }
    if let Some(joined) = expression::joined_to_string(text, name, join) {
        return Some(Literal::of(joined, Form::Quoted));
    }
    if let Some(hashed) = hashed(text, name, join.at) {
        return Some(hashed);
    }
    if let Some(listed) = typed_list(text, name, join) {
        return Some(listed);
    }
    if let Some(latex) = latex(text, join.at) {
        return Some(latex);
    }
    let start = quote::unmarked(text, past_yaml_marks(text, past_cat(text, join.at)));
    let mut at = start;
    let mut wrapped = false;
    let depth = if is_drawn_call(text, name, join, start) { 0 } else { 5 };
    for _ in 0..depth {
        if wrapped && let Some(listed) = list::read(text, at) {
            return Some(Literal {
                span: listed.span,
                text: listed.text,
                form,
                joined: false,
                digits: listed.digits,
            });
        }
        // The method of a literal that is compared is the comparison: `"x".equals(password)`.
        let compared = || quote::one(text, at).filter(|_| join.joint == Joint::Compare);
        if let Some(quoted) = quote::literal(text, at).or_else(compared) {
            // The first name of a structure: `"password": {"type": "string"}`.
            let is_name = wrapped && byte(text, past_space(text, quoted.end)) == b':';
            return (!is_name).then(|| spelt_in_bytes(text, without_inner_quotes(text, quoted), form));
        }
        match past_wrapper(text, at) {
            Some(next) => (at, wrapped) = (past_space(text, next), true),
            None => break,
        }
    }
    if let Some(quoted) = default(text, start).or_else(|| expression::of_arms(text, start, join)) {
        return Some(Literal::of(quoted, Form::Quoted));
    }
    if let Some(braced) = braced(text, join) {
        return Some(braced);
    }
    if wrapped || matches!(join.joint, Joint::Call | Joint::Argument | Joint::Compare) {
        return None;
    }
    // The value ends with the tag that formats it.
    if start > join.at && text[start - 1] == b'>' {
        return markup(text, start);
    }
    bare(text, name, Join { at: start, ..join })
}

/// The bytes of PowerShell's `[byte[]]$key = 61,167,16,…`, which has no brackets around its list.
fn typed_list(text: &[u8], name: Span, join: Join) -> Option<Literal> {
    let lead = line_before(text, name.start);
    let is_typed = lead.last_chunk::<9>().is_some_and(|last| last.eq_ignore_ascii_case(b"[byte[]]$"));
    if !is_typed || !byte(text, join.at).is_ascii_digit() {
        return None;
    }
    let rest = &text[join.at..text.len().min(join.at + LONGEST)];
    let line = rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())].trim_ascii_end();
    // The bracket that other languages close such a list with.
    let listed = list::read(&[line, b"]"].concat(), 0)?;
    let span = Span::new(join.at + listed.span.start, join.at + listed.span.end);
    Some(Literal { span, text: listed.text, form: Form::Quoted, joined: false, digits: listed.digits })
}

/// A literal without the quotes that all of its text is between: what Gradle writes into a source file (`'"x"'`), and a
/// string for a shell or a database.
fn without_inner_quotes(text: &[u8], quoted: Quoted) -> Quoted {
    let [first @ (b'"' | b'\''), inner @ .., last] = &quoted.text[..] else { return quoted };
    // Escaped, each quote has a backslash before it.
    let escapes = if text[quoted.span.start..].starts_with(b"\\") { 2 } else { 1 };
    let is_plain = quoted.span.len() + 2 == quoted.text.len() + 2 * escapes;
    if first != last || inner.len() < SHORTEST_WORD || inner.contains(first) || !is_plain || quoted.joined {
        return quoted;
    }
    let span = Span::new(quoted.span.start + escapes, quoted.span.end - escapes);
    Quoted { span, text: inner.to_vec(), ..quoted }
}

/// A literal that is written as the bytes of a key (`"\x3d\xa7…"`) stays as it is written, and is judged by their digits.
fn spelt_in_bytes(text: &[u8], quoted: Quoted, form: Form) -> Literal {
    const FEWEST: usize = 16;
    let written = &text[quoted.span.start..quoted.span.end];
    let (escapes, rest) = written.as_chunks::<4>();
    let is_key = escapes.len() >= FEWEST
        && rest.is_empty()
        && escapes
            .iter()
            .all(|escape| escape.starts_with(b"\\x") && escape[2..].iter().all(u8::is_ascii_hexdigit));
    if !is_key || quoted.joined {
        return Literal::of(quoted, form);
    }
    let digits: Vec<u8> = escapes.iter().flat_map(|escape| escape[2..].to_ascii_lowercase()).collect();
    let bytes = data_encoding::HEXLOWER.decode(&digits).unwrap_or_default();
    if list::is_regular(&bytes) || bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return Literal::of(quoted, form);
    }
    Literal { span: quoted.span, text: written.to_vec(), form, joined: false, digits: Some(digits) }
}

/// Whether a random value contains a bracket as a call does (`Gwk(4;_O6N3W`), or begins as a wrapper does.
fn is_drawn_call(text: &[u8], name: Span, join: Join, at: usize) -> bool {
    if join.at == at && begins_with_mark(text, &join) {
        return true;
    }
    // In a query or a connection string it may begin as a literal does.
    if join.at == at
        && join.joint == Joint::Assign
        && matches!(byte(text, name.start.wrapping_sub(1)), b';' | b'&')
        && matches!(
            byte(text, at),
            b'@' | b'\'' | b'"' | b'`' | b'$' | b'#' | b'%' | b'~' | b'<' | b'[' | b'{' | b'('
        )
        && matches!(Ends::of(text, name, &join, false), Ends::Until(..))
    {
        // Unless it is between quotes of its own: `Password='x;y';`.
        let closes = |quoted: &Quoted| matches!(byte(text, quoted.end), b';' | b'"' | b'\'' | 0..=b' ');
        return !(byte(text, at) == b'\'' && quote::one(text, at).is_some_and(|quoted| closes(&quoted)));
    }
    let rest = &text[at.min(text.len())..];
    let word = &rest[..rest.iter().take(64).position(|b| *b <= b' ').unwrap_or(rest.len().min(64))];
    matches!(join.joint, Joint::Assign | Joint::Colon | Joint::Space | Joint::Prose)
        && memchr::memchr3(b'(', b'[', b'{', word)
            .or(memchr::memchr2(b'&', b'*', &word[..word.len().min(1)]))
            .is_some()
        && quote::literal(text, at).is_none()
        && is_bounded(text, name, Join { at, ..join })
}

/// Whether a word and a number after a mark (`*Teich3488`) is at `join`, where that is no anchor of YAML: right after an equals
/// sign, or on the line of a login.
fn begins_with_mark(text: &[u8], join: &Join) -> bool {
    let rest = &text[join.at.min(text.len())..text.len().min(join.at + 32)];
    let is_end = |b: &u8| *b <= b' ' || matches!(b, b';' | b'"' | b'\'' | b'<');
    let word = &rest[..rest.iter().position(is_end).unwrap_or(rest.len())];
    let is_setting = match join.joint {
        Joint::Assign => byte(text, join.at.wrapping_sub(1)) == b'=',
        Joint::Space | Joint::Flag | Joint::Markup => true,
        _ => false,
    };
    is_setting && is_word_after_mark(word)
}

/// Whether the text around says where a value without quotes ends, and it is random up to there.
fn is_bounded(text: &[u8], name: Span, join: Join) -> bool {
    let leads = is_lead(line_before(text, name.start));
    match Ends::of(text, name, &join, leads) {
        Ends::Pair | Ends::QuotedPair(_) => {
            is_any_drawn(ends::pair(&text[join.at..text.len().min(join.at + LONGEST)]))
        }
        ends => ends.are_known(),
    }
}

/// Skips the command with which a shell reads a here-document: `$(cat <<EOF`.
fn past_cat(text: &[u8], at: usize) -> usize {
    if text.get(at..).is_some_and(|rest| rest.starts_with(b"$(cat <<")) { at + 6 } else { at }
}

/// Skips blanks and one line end.
fn past_space(text: &[u8], at: usize) -> usize {
    let at = past_blanks(text, at);
    past_line_end(text, at).map_or(at, |line| past_blanks(text, line))
}

/// Whether a value that could be judged may start at `join`, by its first bytes: most right-hand
/// sides in code are short names, numbers and calls.
pub(super) fn may_start(text: &[u8], name: Span, join: Join, kind: Kind) -> bool {
    may_begin(text, join, kind)
        || begins_with_mark(text, &join)
        || !matches!(join.joint, Joint::Call | Joint::Argument | Joint::Compare | Joint::Block)
            && byte(text, join.at) > b' '
            && !join.next_line
            && is_drawn_start(&text[join.at..])
            && is_bounded(text, name, join)
}

/// Whether the first bytes are as mixed as those of random values: most right-hand sides begin with a word.
fn is_drawn_start(rest: &[u8]) -> bool {
    let head = &rest[..rest.len().min(8)];
    let has = |is: fn(&u8) -> bool| usize::from(head.iter().any(is));
    let classes = has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(u8::is_ascii_punctuation);
    head.len() == 8 && classes >= 3 && head.iter().all(|b| *b > b' ')
}

/// The same from its first byte alone.
fn may_begin(text: &[u8], join: Join, kind: Kind) -> bool {
    let literal_only = matches!(join.joint, Joint::Call | Joint::Argument | Joint::Compare);
    match byte(text, join.at) {
        _ if join.joint == Joint::Block => matches!(byte(text, join.at), b' ' | b'\t'),
        b'"' | b'\'' | b'`' | b'\\' | b'&' | b'@' | b'[' | b'(' | b'{' => true,
        b'*' => byte(text, join.at + 1) == b'*' || join.joint == Joint::Flag,
        b')' | b';' | b',' | b'}' | b']' | b'=' | b'|' if join.joint != Joint::Flag => {
            join.joint == Joint::Markup || is_drawn_word(&text[join.at..])
        }
        b'\r' | b'\n' => join.joint == Joint::Markup,
        0..=b' ' => false,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let rest = &text[join.at..text.len().min(join.at + 64)];
            let word = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'-');
            let run = rest.iter().position(|&b| !word(b)).unwrap_or(rest.len());
            let chosen = matches!(kind, Kind::Password | Kind::Secret | Kind::Token);
            let word_alone = run >= SHORTEST_WORD && (chosen || run >= 16);
            match byte(rest, run) {
                b'(' if run >= SHORTEST_WORD && is_plain_call(&text[join.at + run..]) => false,
                b'(' | b'[' | b'{' | b'"' | b'\'' | b'!' | b':' => true,
                b' ' if rest.starts_with(b"new ") || rest.starts_with(b"await ") => true,
                // A scheme and its credentials.
                b' ' if kind == Kind::Other && run >= 2 && byte(rest, run + 1) != b'/' => {
                    rest[run + 1..].iter().take_while(|b| **b > b' ').count() >= 8
                }
                b' ' if matches!(byte(rest, run + 1), b'|' | b'?' | b'o' | b'[' | b'/') => true,
                b' ' if !literal_only && expression::is_conditional(&text[join.at..]) => true,
                b'>' if rest[..run].ends_with(b"-") => false,
                _ if literal_only => false,
                b';' | b',' | b')' if join.joint == Joint::Markup => true,
                b';' | b',' | b')' if chosen && byte(rest, run + 1) > b' ' => {
                    let string = &rest[..rest.iter().position(|b| matches!(b, b'"' | b'\'')).unwrap_or(0)];
                    word_alone || is_drawn_word(&text[join.at..]) || is_any_drawn(string)
                }
                0..=b' ' | b';' | b',' | b')' => word_alone,
                _ => true,
            }
        }
        b'<' => !literal_only || matches!(byte(text, join.at + 1), b'<'),
        b'%' | b'#' | b'~' | b'$' => true,
        b'0'..=b'9' if literal_only => false,
        _ => !literal_only,
    }
}

/// Whether the word at the start of `rest` is random as a whole and the last of its line.
fn is_drawn_word(rest: &[u8]) -> bool {
    let rest = &rest[..rest.len().min(LONGEST)];
    let len = rest.iter().position(|b| *b <= b' ').unwrap_or(rest.len());
    matches!(byte(rest, past_blanks(rest, len)), 0 | b'\n' | b'\r') && is_any_drawn(&rest[..len])
}

/// Whether a value is random as a whole, so that no mark in it ends it.
fn is_any_drawn(value: &[u8]) -> bool {
    is_mixed(value) || is_drawn_text(value)
}

/// Whether a call, from its bracket on, has only names as arguments and ends with its line: it contains no literal.
fn is_plain_call(call: &[u8]) -> bool {
    let line = &call[..memchr::memchr(b'\n', call).unwrap_or(call.len())];
    let line = line.trim_ascii_end();
    let end =
        line.iter().rposition(|b| !matches!(b, b';' | b',' | b')' | b'{' | b' ')).map_or(0, |at| at + 1);
    line.len() < call.len()
        && memchr::memchr(b')', &line[end..]).is_some()
        && line[1..end.max(1)].iter().all(|b| {
            b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b',' | b' ' | b'-' | b'>' | b'*' | b'(')
        })
}

/// Skips one wrapper: `[]byte(`, `new X(`, `String.valueOf(`, `Some(`, `new char[] {`, `[`, `(`, `{`, `&`.
fn past_wrapper(text: &[u8], at: usize) -> Option<usize> {
    // Go's `[16]byte{`.
    if byte(text, at) == b'[' {
        let len =
            text[at + 1..].iter().take(8).take_while(|b| b.is_ascii_alphanumeric() || **b == b'.').count();
        let name = text.get(at + len + 2..).unwrap_or_default();
        let name_len = name.iter().take(16).take_while(|b| b.is_ascii_alphanumeric()).count();
        if len > 0 && byte(text, at + 1 + len) == b']' && name_len > 0 && byte(name, name_len) == b'{' {
            return Some(at + len + 2 + name_len + 1);
        }
    }
    // Erlang's `<<11, 46, …>>`.
    if text.get(at..at + 2) == Some(b"<<") && byte(text, at + 2).is_ascii_digit() {
        return Some(at + 2);
    }
    if matches!(byte(text, at), b'[' | b'(' | b'{' | b'&' | b'*') && byte(text, at + 1) != b']' {
        return Some(at + 1);
    }
    let mut start = at;
    if text.get(at..at + 2) == Some(b"[]") {
        start += 2;
    } else if byte(text, at) == b'[' {
        return None;
    }
    let new = text.get(start..start + 4) == Some(b"new ");
    if new {
        start += 4;
    }
    let mut end = start;
    while end < start + 64
        && (byte(text, end).is_ascii_alphanumeric()
            || matches!(byte(text, end), b'_' | b'.' | b':' | b'!' | b'?'))
    {
        end += 1;
    }
    if end == start {
        return None;
    }
    let path = &text[start..end];
    // The elements of an array: `new byte[] {`, `byte[16]{`, `vec![`.
    if byte(text, end) == b'[' {
        let dimension = text[end + 1..].iter().take(8).take_while(|b| b.is_ascii_alphanumeric()).count();
        let close = past_blanks(text, end + 2 + dimension);
        if byte(text, end + 1 + dimension) == b']' && byte(text, close) == b'{' {
            return Some(close + 1);
        }
        return path.ends_with(b"!").then_some(end + 1);
    }
    if byte(text, end) == b'{' {
        return (start > at).then_some(end + 1);
    }
    if byte(text, end) != b'(' {
        return None;
    }
    let mut parts = path.rsplit(|b| matches!(b, b'.' | b':')).filter(|part| !part.is_empty());
    let callee = parts.next()?;
    let callee = callee.strip_suffix(b"!").unwrap_or(callee);
    let lower = callee.to_ascii_lowercase();
    // What reads the characters of a key: `CryptoJS.enc.Utf8.parse("x")`.
    let reads = [&b"Utf8.parse"[..], b"Hex.parse", b"Latin1.parse"].iter().any(|end| path.ends_with(end));
    let wraps = reads || WRAPPERS.iter().any(|known| lower == known.as_bytes()) && !parts.any(is_receiver);
    // PHP's `pack("H*", "…")`.
    if lower == b"pack"
        && matches!(text.get(end + 1..end + 5), Some(b"\"H*\"" | b"'H*'"))
        && byte(text, end + 5) == b','
    {
        return Some(past_blanks(text, end + 6));
    }
    let builds = new
        || callee.first().is_some_and(u8::is_ascii_uppercase) && callee.iter().any(u8::is_ascii_lowercase);
    // What is public has the word in its type.
    let is_public = memchr::memmem::find(&lower, b"public").is_some();
    (wraps || builds && !looks_up(&lower) && !is_public).then_some(end + 1)
}

/// True for a variable before a method (`secret.encode(`), whose argument is no value: not for a module or a type.
fn is_receiver(part: &[u8]) -> bool {
    const MODULES: &[&str] = &[
        "base64", "binascii", "bytes", "codecs", "hex", "html", "json", "parse", "pulumi", "shlex", "std",
        "str", "string", "urllib", "utf8",
    ];
    part.first().is_some_and(u8::is_ascii_lowercase)
        && !MODULES.iter().any(|module| part.eq_ignore_ascii_case(module.as_bytes()))
}

/// True if a call of this name looks up its argument.
fn looks_up(lower: &[u8]) -> bool {
    let parts = MarkFinder::new(lower);
    LOOKUPS.iter().any(|part| parts.has(part.as_bytes()))
}

/// The literal default of an expression: after an operator (`||`, `??`, `or`, `?:`), as the argument of a keyword or
/// method (`default=`, `unwrap_or(`), as the second argument of a look-up, or in the block after one.
fn default(text: &[u8], at: usize) -> Option<Quoted> {
    let rest = text.get(at..)?;
    if !matches!(rest.first()?, b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'0'..=b'9' | b'@') {
        return None;
    }
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(256)];
    if memchr::memchr3(b'|', b'?', b'(', line).is_none() && memchr::memchr3(b'[', b' ', b'/', line).is_none()
    {
        return None;
    }
    // The end of the statement is also the end of its default.
    let line = &line[..memchr::memchr(b';', line).unwrap_or(line.len())];
    let lower = line.to_ascii_lowercase();
    let marks = MarkFinder::new(&lower);
    for mark in DEFAULTS {
        let Some(found) = marks.find(mark.as_bytes()) else { continue };
        let behind = past_blanks(text, at + found + mark.len());
        let is_operator = !mark.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_word = !is_operator && found > 0 && lower[found - 1].is_ascii_alphabetic()
            || *mark == " // " && lower[0] != b'$';
        let behind = if is_operator { past_blanks(text, behind) } else { behind };
        if !is_word && let Some(quoted) = quote::literal(text, behind) {
            return Some(quoted);
        }
    }
    let open = memchr::memchr(b'(', line)?;
    let callee = &lower[..open];
    // Terraform's `coalesce(var.password, "x")`.
    if callee == b"coalesce" || callee == b"try" {
        let comma = memchr::memrchr(b',', line)?;
        return quote::literal(text, past_blanks(text, at + comma + 1));
    }
    let parts = MarkFinder::new(callee);
    let defaulting = DEFAULTING.iter().any(|part| parts.has(part.as_bytes()));
    // `get_password(service, user)` asks a keyring: its second argument is no default.
    let last = line[..open].rsplit(|&b| b == b'.').next().unwrap_or_default();
    let asks_keyring = super::name::words(last).count() > 1 && super::name::is_credential_last(last);
    if !defaulting || callee.contains(&b' ') || asks_keyring {
        return None;
    }
    let first = quote::one(text, at + open + 1)?;
    let mut next = first.end;
    while next < at + line.len() && byte(text, next) != b',' {
        if byte(text, next) == b')' {
            // Ruby's `ENV.fetch('X') { 'literal' }`.
            let brace = past_blanks(text, next + 1);
            let inner = past_blanks(text, brace + 1);
            return (byte(text, brace) == b'{').then(|| quote::literal(text, inner)).flatten();
        }
        next += 1;
    }
    next = past_blanks(text, next + 1);
    quote::literal(text, next)
}

/// The text of an element, on one line.
fn markup(text: &[u8], at: usize) -> Option<Literal> {
    let at = quote::unmarked(text, at);
    let mut start = at;
    if text.get(at..)?.starts_with(b"<![CDATA[") {
        start += 9;
    }
    // A text on a line of its own between its tags.
    if start == at
        && let Some(line) = past_line_end(text, past_blanks(text, start))
    {
        start = past_blanks(text, line);
    }
    let rest = &text[start..text.len().min(start + LONGEST + 1)];
    let end = rest.iter().position(|b| matches!(b, b'<' | b'\n'));
    let end = end.filter(|&end| rest[end] != b'\n').or_else(|| {
        let feed = end.filter(|_| start > at)?;
        let tag = past_blanks(rest, feed + 1);
        rest[tag..].starts_with(b"</").then_some(tag)
    });
    let end = match (end, memchr::memmem::find(rest, b"]]>")) {
        (_, Some(cdata)) if start > at => cdata,
        (end, _) => end?,
    };
    let span = trimmed(text, Span::new(start, start + end));
    let closed = text[start + end..].starts_with(b"</") || text[start + end..].starts_with(b"]]>");
    (closed && !span.is_empty()).then(|| Literal {
        span,
        text: unescaped(&text[span.start..span.end]),
        form: Form::Markup,
        joined: false,
        digits: None,
    })
}
