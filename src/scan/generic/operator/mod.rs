//! From a name to the place where its value starts: assignment, pair, call, element, flag, value on the next line.
//!
//! Only the join is judged here; `value` reads what is to the right of it. Values that are members of the structure that
//! the name is in are found in `member`, others that are apart from their names in `structure`.

mod comparison;
mod dress;
mod fallback;
mod label;
mod next_line;
mod read_document;
mod sentence;
mod statement;
mod tuple;
mod words;

use super::joint::{Join, Joint};
use super::line::{byte, line_before, past_blanks, past_quote};
use super::member;
use super::name::{self, Kind, Name};
use super::shape::{is_drawn_text, is_mixed, is_mixed_word};
use super::words::Words;
use crate::model::Span;
use dress::{escaped, escaped_element, past_closing_dress, past_color, past_dress};
use next_line::{is_item, next_item, settle};
use sentence::says;
use statement::{
    column_default, end_of_path, is_of_account, password_for, past_declared_type, past_plugin, registry_data,
    serialised,
};

/// First words of lines on which a name and its value are side by side.
static DIRECTIVES: Words = Words::new(&[
    "#define", "\\set", "arg", "default", "define", "env", "export", "login", "machine", "set", "setenv",
    "setx",
]);

/// Those of them that are followed by an account.
static OF_ACCOUNTS: Words = Words::new(&["default", "login", "machine"]);

/// Finds where the value of `name` starts.
pub(super) fn join(text: &[u8], name: Name) -> Option<Join> {
    let span = name.span;
    if span.start >= 2 && &text[span.start - 2..span.start] == b"</" {
        return None;
    }
    let after_quote = past_quote(text, span.end);
    let quoted = after_quote > span.end;
    if let Some(at) = comparison::literal(text, name) {
        return Some(Join::new(Joint::Compare, at, quoted));
    }
    if !quoted && let Some(at) = tuple::value(text, span) {
        return Some(Join::new(Joint::Assign, at, quoted));
    }
    if !quoted && let Some(at) = read_document::document(text, span) {
        return Some(Join::new(Joint::Assign, at, quoted));
    }
    // A key between ticks is spoken of, in documents and messages: `` rule `acme-key`: `entropy` must be … ``.
    let is_in_ticks = || {
        after_quote.checked_sub(4).is_some_and(|from| text[from..after_quote].eq_ignore_ascii_case(b"key`"))
    };
    if name.kind == Kind::Key && is_in_ticks() {
        let gap = past_blanks(text, after_quote);
        return Some(Join::new(Joint::Colon, label::said_of_name(text, gap)?, quoted));
    }
    let mut at = past_dress(text, after_quote);
    match byte(text, at) {
        b']' => at += 1,
        // Perl's `$cfg{password}`, Robot's `${PASSWORD}`, CMake's `ENV{TOKEN}`.
        b'}' if is_braced_key(text, span, at) => {
            at += 1;
            let gap = past_blanks(text, at);
            if byte(text, gap) != b'=' {
                return Some(Join::new(Joint::Flag, gap, false));
            }
        }
        // LaTeX's `\newcommand{\password}{x}`.
        b'}' if byte(text, at + 1) == b'{' && line_before(text, span.start).ends_with(b"command{\\") => {
            return Some(Join::new(Joint::Assign, at + 2, false));
        }
        b'[' if !quoted => at = past_dimension(text, at),
        b'(' if !quoted && byte(text, at + 1) == b')' => at += 2,
        _ => {}
    }
    at = past_color(text, at);
    if let Some(found) = escaped(text, at, quoted).or_else(|| escaped_element(text, span, at)) {
        return Some(found);
    }
    if name.is_phrase
        && byte(text, at) >= 0x80
        && let Some(end) = label::past_particle(text, at)
    {
        return Some(Join::new(Joint::Colon, past_blanks(text, end), quoted));
    }
    if let Some(at) = fallback::fallback(text, span, after_quote) {
        return Some(Join::new(Joint::Assign, at, quoted));
    }
    let gap = past_blanks(text, label::past_leader(text, at));
    let found = |joint, at| Some(Join::new(joint, at, quoted));
    let next = byte(text, gap + 1);
    let joined = match byte(text, gap) {
        b'=' => match next {
            b'=' | b'>' | b'~' if gap == span.end && is_drawn_setting(text, span, gap + 1) => {
                found(Joint::Assign, gap + 1)
            }
            b'=' => found(Joint::Compare, gap + 2 + usize::from(byte(text, gap + 2) == b'=')),
            b'>' => found(Joint::Colon, gap + 2),
            b'~' => None,
            _ => found(Joint::Assign, gap + 1),
        },
        // psql's variable: `PASSWORD :'pw'`.
        b':' if gap > at && next == b'\'' && !quoted => None,
        b':' => match next {
            b'=' | b'-' => found(Joint::Assign, gap + 2),
            // LDIF: what follows is in base64.
            b':' if gap == at && byte(text, gap + 2) == b' ' && is_in_base64(text, gap + 3) => {
                found(Joint::Colon, gap + 2)
            }
            // Org's description lists: `- pw :: x`.
            b':' if gap > at && byte(text, gap + 2) == b' ' && is_of_list(text, span) => {
                found(Joint::Colon, gap + 2)
            }
            // Jsonnet's hidden field, and AsciiDoc's term: `password:: 'x'`, ``Password:: `x` ``.
            b':' if gap == at && opens_literal(text, gap + 2) => found(Joint::Colon, gap + 2),
            b':' | b'?' | b'+' => None,
            _ => found(Joint::Colon, past_closing_dress(text, gap + 1)),
        },
        // `key->len` is a member of what it points at.
        b'-' if next == b'>' => {
            let is_member = gap == at
                && !quoted
                && matches!(byte(text, gap + 2), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'{' | b'[');
            if is_member { None } else { found(Joint::Colon, gap + 2) }
        }
        b'<' if next == b'-' => found(Joint::Assign, gap + 2),
        b'!' if next == b'=' => found(Joint::Compare, gap + 2 + usize::from(byte(text, gap + 2) == b'=')),
        // A member of TypeScript that may be missing, or that is set later: `password!: string = "x"`.
        b'?' | b'!' if next == b':' && past_type(text, gap + 2).is_some() => {
            found(Joint::Assign, past_type(text, gap + 2)?)
        }
        b'?' | b'+' | b'.' if next == b'=' => found(Joint::Assign, gap + 2),
        b'|' | b'?' if next == byte(text, gap) && byte(text, gap + 2) == b'=' => {
            found(Joint::Assign, gap + 3)
        }
        // A pair as Lisp writes it: `(password . "x")`.
        b'.' if gap > at && next == b' ' => {
            let value = past_blanks(text, gap + 1);
            (byte(text, value) == b'"').then(|| found(Joint::Colon, value)).flatten()
        }
        b'(' if !quoted && gap == span.end => found(Joint::Call, gap + 1),
        // The name closes a bracket: `DB (uid/pwd): ada/x`.
        b')' if gap == span.end && next == b':' && is_in_bracket(text, span) => found(Joint::Colon, gap + 2),
        // An abbreviation: `Kennw. x`, `Passw.: x`.
        b'.' if gap == span.end && label::past_abbreviation(text, name).is_some() => {
            found(Joint::Colon, label::past_abbreviation(text, name)?)
        }
        // YAML's `? password`, with the value on the next line.
        b'\r' | b'\n' if line_before(text, span.start).trim_ascii() == b"?" => {
            let line = past_blanks(text, super::line::past_line_end(text, gap)?);
            (text.get(line..line + 2) == Some(b": ")).then(|| found(Joint::Colon, line + 2)).flatten()
        }
        // Clojure's `(def password (or (System/getenv "X") "x"))`.
        b'(' if gap > span.end && text[gap..].starts_with(b"(or (") => {
            found(Joint::Assign, statement::last_of_or(text, gap)?)
        }
        // PHP's serialised form: `s:8:"password";s:10:"x"`.
        b';' if quoted && gap == after_quote => found(Joint::Colon, serialised(text, gap + 1)?),
        b',' if quoted && words::value_of_flag(text, span, gap).is_some() => {
            found(Joint::Flag, words::value_of_flag(text, span, gap)?)
        }
        b',' if quoted => member::value_after(text, gap, quoted).or_else(|| {
            // The next key of an object, which follows a value: `"x": "password", "y": 1`.
            let next = super::quote::one(text, past_blanks(text, gap + 1));
            let is_key = next.is_some_and(|next| byte(text, past_blanks(text, next.end)) == b':');
            (!is_key).then(|| found(Joint::Argument, gap + 1)).flatten()
        }),
        b',' if is_constant_argument(text, span) => found(Joint::Argument, gap + 1),
        b'>' if is_element(text, span) => found(Joint::Markup, gap + 1),
        // `<wsse:Password Type="…">x</wsse:Password>`.
        b'a'..=b'z' | b'A'..=b'Z' if !quoted && gap > span.end && past_element(text, span, gap).is_some() => {
            found(Joint::Markup, past_element(text, span, gap)?)
        }
        // `.Item("…/sendpassword") = "x"`.
        b')' if quoted && gap == after_quote && matches!(byte(text, past_blanks(text, gap + 1)), b'=') => {
            let sign = past_blanks(text, gap + 1);
            let value = past_blanks(text, sign + 1);
            matches!(byte(text, value), b'"' | b'\'').then(|| found(Joint::Assign, sign + 1))?
        }
        b'>' if quoted && is_naming_attribute(text, span) => {
            member::value_after(text, gap + 1, quoted).or_else(|| found(Joint::Markup, gap + 1))
        }
        b' ' | b'a'..=b'z' | b'A'..=b'Z'
            if quoted && gap > after_quote && is_naming_attribute(text, span) =>
        {
            match member::past_tag(text, gap).filter(|&end| is_text_of_element(text, end)) {
                Some(end) => found(Joint::Markup, end),
                None => member::value_after(text, member::past_tag(text, gap).unwrap_or(gap), quoted)
                    .or_else(|| member::value_after(text, gap, quoted)),
            }
        }
        b'|' if is_row(text, span) => found(Joint::Colon, gap + 1),
        b'\r' | b'\n' if is_item(text, span) => found(Joint::Flag, next_item(text, gap)?),
        b'<' if next == b'/' => match next_cell(text, gap) {
            Some(at) => found(Joint::Markup, at),
            None => member::value_after(text, gap, quoted),
        },
        b'\r' | b'\n' | b'/' | b',' | b'<' | b'v' | b'V' => {
            member::value_after(text, gap, quoted).or_else(|| side_by_side(text, name, gap, quoted))
        }
        // C#'s `string Password { get; set; } = "x"`.
        b'{' if is_property(text, gap) => {
            let close = gap + text[gap..].iter().take(60).position(|&b| b == b'}')?;
            let sign = past_blanks(text, close + 1);
            (byte(text, sign) == b'=' && byte(text, sign + 1) != b'=')
                .then(|| found(Joint::Assign, sign + 1))
                .flatten()
        }
        // A fallback for a missing value: `$_ENV['PASSWORD'] ?? 'x'`.
        b'?' if next == b'?' && quoted && byte(text, gap + 2) != b'=' => found(Joint::Assign, gap + 2),
        b'-' | 0xe2 if gap > at && label::past_dash(text, name, gap).is_some() => {
            found(Joint::Colon, label::past_dash(text, name, gap)?)
        }
        b'{' if gap > at || quoted => {
            member::value_within(text, gap, quoted).or_else(|| side_by_side(text, name, gap, quoted))
        }
        // C++'s `std::string password{"x"}`.
        b'{' if matches!(next, b'"' | b'\'') => found(Joint::Assign, gap + 1),
        b'(' | b'[' if gap > at && past_remark(text, gap).is_some() => {
            found(Joint::Colon, past_remark(text, gap)?)
        }
        b'(' if gap > at && label::is_value_in_ticks(text, name, gap + 1) => found(Joint::Colon, gap + 1),
        b't' if quoted && label::said_of_name(text, gap).is_some() => {
            found(Joint::Colon, label::said_of_name(text, gap)?)
        }
        b'0'..=b'9' if gap > at && past_number(text, gap).is_some() => {
            found(Joint::Colon, past_number(text, gap)?)
        }
        _ => side_by_side(text, name, gap, quoted).or_else(|| member::value_after(text, gap, quoted)),
    }?;
    let settled = settle(text, span, joined)?;
    // A list of strings, one of which happens to contain a credential's word, has no values.
    (!(settled.next_line && settled.joint == Joint::Argument && quoted)).then_some(settled)
}

/// Whether blanks and a quote follow.
fn opens_literal(text: &[u8], at: usize) -> bool {
    byte(text, at) == b' ' && matches!(byte(text, past_blanks(text, at)), b'"' | b'\'' | b'`')
}

/// Whether a word in base64 is at `at`. What a rule of `make` depends on is none: `env-secrets:: campaign`.
fn is_in_base64(text: &[u8], at: usize) -> bool {
    let rest = text.get(past_blanks(text, at)..).unwrap_or_default();
    let len =
        rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).count();
    len > 0 && len.is_multiple_of(4)
}

/// Whether a random value that happens to begin with the second mark of an operator is at `at`: `password=~k7W…`.
fn is_drawn_setting(text: &[u8], name: Span, at: usize) -> bool {
    let is_setting = !matches!(byte(text, name.start.wrapping_sub(1)), b'(' | b'$' | b'!')
        && !line_before(text, name.start).trim_ascii_start().starts_with(b"if");
    let rest = &text[at..text.len().min(at + 80)];
    let is_end = |b: &u8| *b <= b' ' || matches!(b, b';' | b'&' | b'"' | b'\'' | b'`');
    let value = &rest[..rest.iter().position(is_end).unwrap_or(rest.len())];
    is_setting && (is_mixed(value) || is_drawn_text(value))
}

/// Whether a name is a key in braces, and the brace that closes them is at `at`.
fn is_braced_key(text: &[u8], name: Span, at: usize) -> bool {
    let lead = line_before(text, name.start);
    let lead = lead.strip_suffix(b"'").or(lead.strip_suffix(b"\"")).unwrap_or(lead);
    let Some(lead) = lead.strip_suffix(b"{") else { return false };
    let is_variable =
        lead.last().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'>' | b'}' | b'_'));
    let gap = past_blanks(text, at + 1);
    match byte(text, gap) {
        b'=' => is_variable && byte(text, gap + 1) != b'=',
        b'"' | b'\'' => lead.ends_with(b"ENV") && gap > at + 1,
        // Robot's columns are two blanks apart.
        _ => lead.trim_ascii() == b"$" && gap > at + 2,
    }
}

/// Whether text and a closing tag follow an element's opening tag, on its line.
fn is_text_of_element(text: &[u8], at: usize) -> bool {
    let rest = &text[at..text.len().min(at + 400)];
    let open = memchr::memchr2(b'<', b'\n', rest).unwrap_or(0);
    !rest[..open].trim_ascii().is_empty() && rest[open..].starts_with(b"</")
}

/// True for the accessors of a property.
fn is_property(text: &[u8], open: usize) -> bool {
    let inner = text.get(open + 1..text.len().min(open + 24)).unwrap_or_default().trim_ascii_start();
    inner.starts_with(b"get;") || inner.starts_with(b"set;")
}

/// A type between a name and its `=`: `: String =`, `: &'static str =`.
fn past_type(text: &[u8], start: usize) -> Option<usize> {
    let start = past_blanks(text, start);
    let mut at = start;
    // Rust's `[u8; 16]`.
    let is_array = matches!(byte(text, start), b'[' | b'&');
    while at < start + 48
        && (matches!(byte(text, at), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'?' | b'.' | b' ' | b'*' | b'!')
            || is_array && byte(text, at) == b';'
            || byte(text, at) == b'|'
                && byte(text, at + 1) == b' '
                && byte(text, at.saturating_sub(1)) == b' ')
    {
        at += 1;
    }
    let named = byte(text, start).is_ascii_alphabetic() || matches!(byte(text, start), b'&' | b'[' | b'*');
    // Ada's `: constant String :=`.
    let is_ada = byte(text, at) == b':' && byte(text, at + 1) == b'=' && at > start && text[at - 1] == b' ';
    at += usize::from(is_ada);
    let assigns = named && at > start && byte(text, at) == b'=' && byte(text, at + 1) != b'=';
    // A value in base64 ends in `=` as well, and others have one in the middle. So without a blank before it, a type
    // must be short and a literal must follow.
    let is_tight = byte(text, at.saturating_sub(1)) != b' ' && !is_ada;
    let first = byte(text, past_blanks(text, at + 1));
    let is_value = is_tight && !(matches!(first, b'"' | b'\'') && is_short_type(&text[start..at]));
    (assigns && !is_value).then_some(at + 1)
}

/// True for `str`, `String?` and similar.
fn is_short_type(run: &[u8]) -> bool {
    run.len() <= 24
        && run.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'?' | b'!' | b'[' | b']' | b'.'))
}

/// `name value` without an operator: flags, SQL, defines, directives, typed declarations.
fn side_by_side(text: &[u8], name: Name, gap: usize, quoted: bool) -> Option<Join> {
    let span = name.span;
    if gap == span.end || quoted {
        return None;
    }
    let found = |joint, at| Some(Join::new(joint, at, quoted));
    let first = byte(text, gap);
    if span.start > 0 && text[span.start - 1] == b'-' {
        let option = &text[span.start..span.end];
        let takes_value = name::is_credential_last(option) && !is_switch(option);
        return (first > b' ' && first != b'-' && takes_value).then(|| found(Joint::Flag, gap))?;
    }
    if matches!(first, b'"' | b'\'' | b'`') || first == b'$' && super::quote::one(text, gap).is_some() {
        return found(Joint::Space, gap);
    }
    // Clojure's `:basic-auth ["user" "password"]`.
    if first == b'['
        && span.start > 0
        && text[span.start - 1] == b':'
        && byte(text, gap + 1) == b'"'
        && super::login::takes_pair(&text[span.start..span.end])
    {
        return found(Joint::Colon, gap);
    }
    // The text in `$(pass show x)` is a command, and `$PASSWORD x=y` is no declaration.
    let before = if span.start > 0 { text[span.start - 1] } else { 0 };
    if before == b'(' && span.start > 1 && text[span.start - 2] == b'$' {
        return None;
    }
    // A variable, a flag, or the verb of a sentence: `pass dtype=x to it`.
    let is_variable = matches!(before, b'$' | b'{' | b'%')
        || text[span.start..span.end].contains(&b'-')
        || &text[span.start..span.end] == b"pass";
    // A value with an equals sign in it has no blank before that: `password Mln6P=61A9k`.
    let is_apart = |at: &usize| text[*at - 2] == b' ' || matches!(byte(text, *at), b' ' | b'"' | b'\'');
    if !is_variable && let Some(at) = past_declared_type(text, gap).filter(is_apart) {
        return found(Joint::Assign, at);
    }
    if text[span.start..span.end].get(..10).is_some_and(|head| head.eq_ignore_ascii_case(b"identified")) {
        let is_account = is_of_account(line_before(text, span.start));
        let joint = if is_account { Joint::Flag } else { Joint::Space };
        // In prose, a user is identified by a name as well.
        let is_value = |at: &usize| {
            let word = text[*at..].iter().take(64).take_while(|b| **b > b' ' && **b != b';');
            is_account || word.copied().any(|b| !b.is_ascii_lowercase() && !matches!(b, b',' | b'.'))
        };
        return (is_account || is_in_statement(text, span))
            .then(|| found(joint, past_plugin(text, gap).filter(is_value)?))?;
    }
    if let Some(at) = password_for(text, span, gap) {
        return found(Joint::Assign, at);
    }
    if let Some(at) = says(text, span, gap) {
        return found(Joint::Prose, at);
    }
    if let Some(at) = column_default(text, gap) {
        return found(Joint::Assign, at);
    }
    let line = line_before(text, span.start);
    // A label in a script without blanks between its words: `用户名 root 密码 x7K2`.
    if name.is_phrase && text[span.start] >= 0xe0 && ends_in_mixed_word(text, gap) {
        return found(Joint::Prose, gap);
    }
    if let Some(at) = registry_data(text, line, gap) {
        return found(Joint::Flag, at);
    }
    if let Some(at) = end_of_path(text, line, gap) {
        return found(Joint::Flag, at);
    }
    if let Some(at) = label::last_word(text, name, line, gap) {
        return found(Joint::Prose, at);
    }
    // Robot's columns are two blanks apart.
    let is_apart = matches!(byte(text, span.end), b' ' | b'\t') && gap >= span.end + 2;
    let is_typed = || is_apart && super::login::is_typing_line(text, span.start);
    // Tasmota's console: `Backlog MqttUser node; MqttPassword x`.
    let is_console = || {
        line.get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b"backlog "))
            && matches!(line.trim_ascii_end().last(), Some(b';' | b'g' | b'G'))
    };
    let is_set = || is_console() || is_directive(line) && (!is_account(line) || ends_account(text, gap));
    (first > b' ' && (is_set() || is_typed())).then(|| found(Joint::Space, gap))?
}

/// Whether a word of letters and digits is at `at`, the last of its line.
fn ends_in_mixed_word(text: &[u8], at: usize) -> bool {
    let rest = &text[at..text.len().min(at + 64)];
    let len = rest.iter().position(|b| *b <= b' ').unwrap_or(rest.len());
    let is_last = matches!(byte(text, past_blanks(text, at + len)), 0 | b'\r' | b'\n');
    is_last && rest[..len].is_ascii() && is_mixed_word(&rest[..len])
}

/// Whether what is before a name is a directive and its flags, or one of accounts.
pub(super) fn is_directive(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let len = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (word, rest) = line.split_at(len);
    if has_account(line) {
        return true;
    }
    DIRECTIVES.has(word)
        && (OF_ACCOUNTS.has(word)
            || rest.split(u8::is_ascii_whitespace).all(|word| word.is_empty() || word[0] == b'-'))
}

/// Whether a line contains an account of `.netrc`, for instance in the string that a script writes there.
fn has_account(line: &[u8]) -> bool {
    let Some(machine) = memchr::memmem::find(line, b"machine ") else { return false };
    memchr::memmem::find(&line[machine..], b"login ").is_some()
}

/// Whether a line begins with a word of [`OF_ACCOUNTS`].
fn is_account(line: &[u8]) -> bool {
    OF_ACCOUNTS.has(line.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default())
}

/// Whether the word at `at` ends the line of an account, or the next of its settings follows: in a sentence, other words
/// do (`Login with password failed for user ada`).
fn ends_account(text: &[u8], at: usize) -> bool {
    const SETTINGS: [&[u8]; 6] = [b"account", b"login", b"macdef", b"machine", b"port", b"protocol"];
    let end = at + text[at..].iter().position(|b| *b <= b' ').unwrap_or(text.len() - at);
    let next = &text[past_blanks(text, end)..];
    let word = &next[..next.iter().take(16).position(|b| *b <= b' ').unwrap_or(next.len().min(16))];
    word.is_empty() || matches!(word[0], b'#' | b'"' | b'\'') || SETTINGS.contains(&word)
}

/// Names of options that take no value: what follows them is something else.
fn is_switch(name: &[u8]) -> bool {
    let words: Vec<&[u8]> = name::words(name).collect();
    let is = |word: Option<&&[u8]>, list: &[&str]| {
        word.is_some_and(|word| list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes())))
    };
    is(words.last(), &["stdin", "prompt", "interactive", "only", "enabled", "disabled", "required"])
        || is(
            words.first(),
            &[
                "no", "disabled", "disable", "without", "ask", "skip", "enable", "empty", "prompt",
                "require", "use", "allow", "reset", "save", "show", "hide", "print", "generate", "force",
                "read", "with", "lock", "expire",
            ],
        ) && words.len() > 1
}

/// Whether the text before `identified by` is a statement about an account, and not a sentence about something else that
/// is identified by a word.
fn is_in_statement(text: &[u8], phrase: Span) -> bool {
    if text[phrase.start] == b'I' && text[phrase.end - 1].is_ascii_uppercase() {
        return true;
    }
    let before = text[phrase.start.saturating_sub(120)..phrase.start].to_ascii_lowercase();
    [&b"user "[..], b"role ", b"grant ", b"link "]
        .iter()
        .any(|word| memchr::memmem::find(&before, word).is_some())
}

/// A remark in brackets before the colon: `Password (root): x`.
fn past_remark(text: &[u8], at: usize) -> Option<usize> {
    let close = if byte(text, at) == b'(' { b')' } else { b']' };
    let len = text[at + 1..].iter().take(40).position(|&b| b == close || b == b'\n')?;
    let end = at + 1 + len;
    let inner = &text[at + 1..end];
    let plain = inner
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'.' | b'@' | b'/'));
    let colon = past_blanks(text, end + 1);
    let is_mark = byte(text, colon) == b':'
        || byte(text, colon) == b'|' && line_before(text, at).trim_ascii_start().starts_with(b"|");
    (byte(text, end) == close && plain && !inner.is_empty() && is_mark && colon <= end + 2)
        .then_some(colon + 1)
}

/// Whether a name is in an item of a list, right after its mark: `- pw :: x`.
fn is_of_list(text: &[u8], name: Span) -> bool {
    matches!(line_before(text, name.start).trim_ascii(), b"-" | b"+" | b"*")
}

/// Whether a bracket is open before a name, with nothing but another name between: `(uid/pwd)`.
fn is_in_bracket(text: &[u8], name: Span) -> bool {
    let line = line_before(text, name.start);
    let Some(open) = memchr::memrchr(b'(', line) else { return false };
    let inner = &line[open + 1..];
    inner.len() <= 24
        && inner.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b' ' | b'_' | b','))
}

/// The number of one of several, before the colon: `Unseal Key 1: x`.
fn past_number(text: &[u8], at: usize) -> Option<usize> {
    let end = at + text[at..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    (byte(text, end) == b':' && byte(text, end + 1) == b' ').then_some(end + 1)
}

/// True for a constant among the arguments of a call (`CURLOPT_PASSWORD,`, `Context.SECURITY_CREDENTIALS,`), a text
/// that is compared (`strcmp(password, `), or the name in a tuple (`{password, `).
fn is_constant_argument(text: &[u8], name: Span) -> bool {
    let before = text[..name.start].trim_ascii_end();
    let own = text[name.start..name.end].rsplit(|&b| b == b'.').next().unwrap_or_default();
    let capitals =
        own.len() >= 4 && own.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    match before.last() {
        Some(b'(') if !capitals && byte(text, name.end) == b',' => {
            let before = &before[..before.len() - 1];
            let len =
                before.iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            name::COMPARES.has(&before[before.len() - len..])
        }
        // Erlang's `application:get_env(crm, db_password, "x")`.
        Some(b',') if before.ends_with(b",") && is_looked_up(before) => true,
        Some(b'(' | b',') => capitals,
        Some(b'{') => true,
        // Ruby's `set :password, 'x'`.
        Some(b':') if before.len() == name.start => {
            let lead = before[..before.len() - 1].trim_ascii_end();
            // Elixir's `Application.put_env(:app, :api_key, "x")`.
            let is_put = || {
                let lead = &lead[lead.len().saturating_sub(60)..];
                lead.ends_with(b",")
                    && [&b".put_env("[..], b".put_new(", b".put("].iter().any(|call| {
                        memchr::memmem::rfind(lead, call).is_some_and(|at| !lead[at..].contains(&b')'))
                    })
            };
            lead.ends_with(b"set") || lead.ends_with(b"set(") || is_put()
        }
        _ => false,
    }
}

/// Whether the arguments before a name are those of a look-up with a default.
fn is_looked_up(before: &[u8]) -> bool {
    let before = &before[before.len().saturating_sub(60)..];
    memchr::memmem::rfind(before, b"get_env(").is_some_and(|at| !before[at..].contains(&b')'))
}

/// True if `name` is the name of an opening tag whose text may be a secret: the text of `<key>` is a name.
fn is_element(text: &[u8], name: Span) -> bool {
    let before = &text[name.start.saturating_sub(32)..name.start];
    let Some(open) = before.iter().rposition(|&b| b == b'<') else { return false };
    let prefix = &before[open + 1..];
    let plain = prefix.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.'));
    plain && !(prefix.is_empty() && text[name.start..name.end].eq_ignore_ascii_case(b"key"))
}

/// Where the text of the element begins that `name` names and whose attributes begin at `at`, if none of them is its value.
fn past_element(text: &[u8], name: Span, at: usize) -> Option<usize> {
    let end = member::past_attributes(text, at).filter(|_| is_element(text, name))?;
    // The digest of a password in a message answers once.
    let has_value = [&b"value="[..], b"Value=", b"Digest"]
        .iter()
        .any(|value| memchr::memmem::find(&text[at..end], value).is_some());
    (!has_value && is_text_of_element(text, end)).then_some(end)
}

/// True if `name` is the whole of an attribute that names an element: `<string name="password">`. A link to a page
/// about passwords, a class and a label's field are something else.
fn is_naming_attribute(text: &[u8], name: Span) -> bool {
    let before = &text[name.start.saturating_sub(24)..name.start];
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or_default();
    let before = before.strip_suffix(b"\\").unwrap_or(before).trim_ascii_end();
    let Some(before) = before.strip_suffix(b"=") else {
        // There may be another name before it: `name="db.password"`.
        return false;
    };
    let len = before.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    let attribute = &before[before.len() - len..];
    ["name", "key", "property", "field", "param", "parameter", "n", "setting"]
        .iter()
        .any(|known| attribute.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether the line of a name shows that a password follows it: an account in `.netrc`, a variable of psql, the line of
/// a robot that types.
pub(super) fn is_login_line(text: &[u8], name: Span) -> bool {
    let lead = line_before(text, name.start).trim_ascii_start();
    lead.starts_with(b"machine ")
        || lead.starts_with(b"login ")
        || lead.starts_with(b"\\set ")
        || super::login::is_typing_line(text, name.start)
}

/// The span of a name with the words of its label before it (`Unseal Key`, `API key`), if it has one.
pub(super) fn with_words_before(text: &[u8], name: Name, joint: Joint) -> Span {
    let span = name.span;
    if !matches!(joint, Joint::Colon | Joint::Prose)
        || !matches!(name.kind, name::Kind::Key | name::Kind::Other)
    {
        return span;
    }
    let line = line_before(text, span.start);
    let mut start = span.start;
    for _ in 0..2 {
        let before = &line[..line.len() - (span.start - start)];
        let Some(words) = before.strip_suffix(b" ") else { break };
        let len = words.iter().rev().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
        if len < 2
            || words.len() > len
                && !matches!(words[words.len() - len - 1], b' ' | b'*' | b'>' | b'"' | b'-' | b'\'')
        {
            break;
        }
        start -= len + 1;
    }
    Span::new(start, span.end)
}

/// Whether a name is in a cell of a table's row in Markdown.
fn is_row(text: &[u8], name: Span) -> bool {
    line_before(text, name.start).trim_ascii_start().first() == Some(&b'|')
}

/// Where the text of the next cell starts: `</td><td>`, `</dt><dd>`.
fn next_cell(text: &[u8], at: usize) -> Option<usize> {
    const CELLS: [&[u8]; 3] = [b"td", b"th", b"dt"];
    let rest = text.get(at + 2..)?;
    CELLS.iter().find(|cell| rest.starts_with(cell) && rest.get(2) == Some(&b'>'))?;
    let mut next = at + 5;
    while byte(text, next).is_ascii_whitespace() && next < at + 80 {
        next += 1;
    }
    let is_cell = matches!(text.get(next..next + 3)?, b"<td" | b"<dd");
    let close = text[next..].iter().take(120).position(|&b| b == b'>')?;
    is_cell.then_some(next + close + 1)
}

/// Skips `[]` or `[32]`.
fn past_dimension(text: &[u8], at: usize) -> usize {
    let inside =
        text[at + 1..].iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if byte(text, at + 1 + inside) == b']' { at + 2 + inside } else { at }
}
