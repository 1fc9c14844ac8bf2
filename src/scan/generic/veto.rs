//! What is never a secret, whatever its name: references to secret managers, look-ups, templates,
//! ciphertexts, placeholders, names, paths, code.
//!
//! Whole values are judged. Instead of a reference with a literal default (`${DB_PASS:-literal}`) the default is
//! admitted, and instead of a value in base64 that decodes to printable characters its plain text.

mod chosen;

use super::innocent::kind_of;
use super::kinds::ordinary::is_command_line;
use super::line::{self, MarkFinder};
use super::name::{is_password_word, says_password};
use super::placeholder::is_placeholder;
use super::reference::{default_of, is_reference};
use super::shape::{is_mixed, is_random};
use super::value::Literal;
use crate::model::{Decoding, Form};
use crate::scan::rejection::{OtherKind, Veto};

/// A value that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    /// The secret.
    pub secret: Vec<u8>,
    /// Its start, relative to the literal's first byte in the blob.
    pub from: usize,
    /// Its end, likewise.
    pub to: usize,
    /// How it was encoded.
    pub decoded_by: Vec<Decoding>,
}

/// The shortest secret, in bytes.
const SHORTEST: usize = 4;

/// Admits a value, or its default or plain text instead.
pub(super) fn admit(literal: &Literal, identifier: &[u8]) -> Result<Admitted, Veto> {
    let text = &literal.text[..];
    let whole = literal.span.len();
    if let Some((from, to)) = default_of(text) {
        let inner = &text[from..to];
        let placed = if text.len() == whole { (from, to) } else { (0, whole) };
        allow(inner, identifier, literal.form)?;
        return Ok(Admitted { secret: inner.to_vec(), from: placed.0, to: placed.1, decoded_by: Vec::new() });
    }
    // The credentials of these two schemes have another anchor.
    let scheme = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if text.get(scheme) == Some(&b' ')
        && [&b"basic"[..], b"bearer"].into_iter().any(|known| text[..scheme].eq_ignore_ascii_case(known))
    {
        return Err(Veto::Scheme);
    }
    if let Some((from, to)) = part_of(text, identifier) {
        let inner = &text[from..to];
        let placed = if text.len() == whole { (from, to) } else { (0, whole) };
        allow(inner, identifier, Form::Quoted)?;
        return Ok(Admitted { secret: inner.to_vec(), from: placed.0, to: placed.1, decoded_by: Vec::new() });
    }
    allow(text, identifier, literal.form)?;
    if is_encoded_placeholder(text) {
        return Err(Veto::Placeholder);
    }
    let mut admitted = Admitted { secret: text.to_vec(), from: 0, to: whole, decoded_by: Vec::new() };
    if let Some(plain) = plain_text(text) {
        match allow(&plain, identifier, Form::Quoted) {
            // How such a value reads once it is decoded says nothing: it is the secret as it is written.
            Err(Veto::Other(OtherKind::Sentence)) if is_key_of_words(&plain) => return Ok(admitted),
            Err(Veto::Other(OtherKind::Address)) if says_password(identifier) => return Ok(admitted),
            other => other?,
        }
        admitted.secret = plain;
        admitted.decoded_by.push(Decoding::Base64);
    }
    Ok(admitted)
}

/// Admits a value beside its login: words are a passphrase there.
pub(super) fn admit_beside_login(literal: &Literal, identifier: &[u8]) -> Result<Admitted, Veto> {
    let text = &literal.text[..];
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b',');
    let is_passphrase = text.len() <= 64
        && (2..=8).contains(&text.split(|&b| b == b' ').count())
        && text.iter().all(is_part)
        && !(text.iter().any(|b| b.is_ascii_uppercase() || *b == b',') && is_message(text))
        && !is_placeholder(text)
        && !is_command_line(text)
        && !is_own_name(text, identifier);
    if is_passphrase && matches!(literal.form, Form::Quoted | Form::Call | Form::Markup | Form::Login) {
        let to = literal.span.len();
        return Ok(Admitted { secret: text.to_vec(), from: 0, to, decoded_by: Vec::new() });
    }
    if text.contains(&b' ') {
        return Err(Veto::Prose);
    }
    admit(literal, identifier)
}

/// True for words that are to be read, and not typed: `Must be at least 8 characters`.
fn is_message(text: &[u8]) -> bool {
    const WORDS: [&str; 18] = [
        "a",
        "an",
        "are",
        "be",
        "cannot",
        "contain",
        "enter",
        "incorrect",
        "invalid",
        "is",
        "must",
        "please",
        "required",
        "should",
        "the",
        "this",
        "wrong",
        "your",
    ];
    text.split(|b| !b.is_ascii_alphabetic()).any(|word| {
        is_password_word(word) || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// Why a value is not a secret under any name, or not under this one, if it is none.
pub(super) fn allow(value: &[u8], identifier: &[u8], form: Form) -> Result<(), Veto> {
    let value = value.trim_ascii();
    let is_made = value.len() >= SHORTEST && chosen::is_made(value, identifier, form);
    let veto = if value.len() < SHORTEST {
        Veto::Short
    } else if !is_text(value) {
        Veto::Control
    } else if is_made && line::find(value, b"://").is_some() {
        // The password in a URL has an anchor of its own.
        Veto::Other(OtherKind::Url)
    } else if !is_made
        && is_code(value, form)
        && !is_mixed(value)
        && !chosen::is_chosen_with_mark(value, identifier)
    {
        Veto::Code
    } else if !is_made && is_reference(value) {
        Veto::Reference
    } else if let Some(kind) = kind_of(value).filter(|_| !is_made) {
        Veto::Other(kind)
    } else if is_own_name(value, identifier) {
        Veto::OwnName
    } else if is_placeholder(value) {
        Veto::Placeholder
    } else if is_password_word(value) || is_label(value) {
        Veto::Word
    } else {
        return Ok(());
    };
    Err(veto)
}

/// True for several words without digits, one of which means a password: `Repite la contraseña`.
fn is_label(value: &[u8]) -> bool {
    value.contains(&b' ')
        && value.len() <= 64
        && !value.iter().any(u8::is_ascii_digit)
        && value.split(|b| *b == b' ').any(is_password_word)
}

/// True for bytes that a person could have typed.
fn is_text(value: &[u8]) -> bool {
    !value.iter().any(|&b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
}

/// True if the value is its own name, or the last words of it, in any spelling.
fn is_own_name(value: &[u8], identifier: &[u8]) -> bool {
    let plain = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    // `"Ed25519Key": "toot:Ed25519Key"`.
    let term = value.rsplit(|&b| b == b':').next().unwrap_or_default();
    let is_term = term.len() < value.len() && term.len() >= 4 && plain(term) == plain(identifier);
    if is_term {
        return true;
    }
    let (value, name) = (plain(value), plain(identifier));
    value.is_empty()
        || name.ends_with(&value)
        || name.starts_with(&value)
        || value.len() >= 5
            && value.len() <= name.len() + 8
            && !name.is_empty()
            && name.len() >= 5
            && (value.ends_with(&name) || value.starts_with(&name))
            && !value.iter().any(u8::is_ascii_digit)
}

/// True if the value is code in every file type: a call, a path of names, a comparison, a lambda.
fn is_code(value: &[u8], form: Form) -> bool {
    let marks = MarkFinder::new(value);
    let has = |mark: &[u8]| marks.has(mark);
    if has(b"->") && joins(value, b"->")
        || has(b"=>") && joins(value, b"=>")
        || has(b"::") && joins(value, b"::")
        || has(b"&&") && joins(value, b"&&")
        || has(b"||") && joins(value, b"||")
        || has(b" == ")
        || has(b"();")
        || has(b"()")
        || has(b"function(")
        // The next argument of bundled code: `"Password: ",(0,s.jsx)(n.code,{children:"x"})`.
        || value.starts_with(b",(0,")
        || is_between_strings(value)
        || has(b"}},")
    {
        return true;
    }
    let first = value[0];
    let called = value.iter().position(|&b| b == b'(' || b == b'[').is_some_and(|open| {
        open > 0
            && value[..open]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'!' | b'?'))
            && (first.is_ascii_alphabetic() || first == b'_')
    });
    // A call ends with the bracket that its name opens.
    let opened = value.iter().find(|b| matches!(b, b'(' | b'['));
    let closed = match value[value.len() - 1] {
        b')' => opened == Some(&b'('),
        b']' => opened == Some(&b'[') || value.ends_with(b")]"),
        _ => false,
    };
    if called && (form == Form::Bare || form == Form::Block || closed) {
        return true;
    }
    if matches!(form, Form::Bare | Form::Block | Form::Inline)
        && matches!(
            first,
            b'(' | b'[' | b'{' | b'&' | b'*' | b'|' | b'>' | b'=' | b'<' | b'!' | b',' | b';' | b'/' | b'\\'
        )
    {
        return matches!(
            first,
            b'(' | b'[' | b'{' | b'&' | b'*' | b'|' | b'>' | b'=' | b'<' | b',' | b';' | b'\\'
        ) || value.len() < 8;
    }
    is_dotted(value)
}

/// True for what joins two strings, taken for one: `" . crypt($pw, $salt) . "` after the quote that ends the first.
fn is_between_strings(value: &[u8]) -> bool {
    let inner = value.strip_prefix(b"\"").unwrap_or(value);
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner).trim_ascii();
    let is_operator = |b: u8| matches!(b, b'.' | b'+' | b'&');
    matches!(inner, [first, b' ', _, .., b' ', last] if is_operator(*first) && first == last)
}

/// True if `operator` joins two expressions: beside marks it is a piece of a drawn value.
fn joins(value: &[u8], operator: &[u8]) -> bool {
    let may_end = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b')' | b']' | b'_' | b'"' | b'\'');
    let may_begin = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b' ' | b'(' | b'!' | b'_' | b'$' | b'"' | b'\'' | b'{' | b'[' | b'<')
    };
    memchr::memmem::find_iter(value, operator).any(|at| {
        let before = at.checked_sub(1).map_or(b' ', |last| value[last]);
        let after = value.get(at + operator.len()).copied().unwrap_or(b' ');
        may_end(before) && may_begin(after)
    })
}

/// True for dotted paths of names (`config.database.password`, `ed25519.PrivateKey`).
fn is_dotted(value: &[u8]) -> bool {
    let mut parts = 0;
    for part in value.split(|&b| b == b'.') {
        parts += 1;
        let named = part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'?' | b'!'))
            && part.iter().filter(|b| b.is_ascii_digit()).count() * 4 <= part.len()
            && part.len() <= 32
            && !is_random(part);
        if !named {
            return false;
        }
    }
    parts >= 2 && !value.starts_with(b"eyJ")
}

/// The part of a value that is the secret, if the rest shows what it is: the credentials after a scheme
/// (`ApiKey x`), the password of `user:password`, the longest plain run of a structure in a string.
fn part_of(value: &[u8], identifier: &[u8]) -> Option<(usize, usize)> {
    if value.len() > 24
        && matches!(value[0], b'{' | b'[')
        && matches!(value[value.len() - 1], b'}' | b']')
        && value.contains(&b'"')
    {
        let mut best = (0, 0);
        let mut start = 0;
        for at in 0..=value.len() {
            if value.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
                continue;
            }
            if at - start > best.1 - best.0 {
                best = (start, at);
            }
            start = at + 1;
        }
        return (best.1 - best.0 >= 16).then_some(best);
    }
    let ends = |ending: &[u8]| {
        identifier.len() >= ending.len()
            && identifier[identifier.len() - ending.len()..].eq_ignore_ascii_case(ending)
    };
    if ![&b"auth"[..], b"auth_", b"authorization", b"creds", b"credentials"].into_iter().any(ends) {
        return None;
    }
    let scheme = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if scheme > 2 && value.get(scheme) == Some(&b' ') && value.len() > scheme + 6 {
        let rest = &value[scheme + 1..];
        let token = rest.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
        return (!rest[..token].iter().any(|b| matches!(b, b' ' | b'=' | b'"' | b',')))
            .then_some((scheme + 1, value.len()));
    }
    let user = value
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@'))
        .count();
    let password = value.get(user + 1..)?;
    (user > 0
        && value[user] == b':'
        && password.len() >= SHORTEST
        && !password.iter().any(|b| matches!(b, b':' | b'/' | b' ' | b'"')))
    .then_some((user + 1, value.len()))
}

/// True for a sentence that is encoded to serve as a key (`dGhlIG9yY2hhcmQg…`), and does not say that another belongs there.
fn is_key_of_words(plain: &[u8]) -> bool {
    const INSTRUCTIONS: [&str; 10] = [
        "change",
        "changeme",
        "default",
        "dummy",
        "example",
        "insert",
        "placeholder",
        "replace",
        "sample",
        "your",
    ];
    let mut words = plain.split(|b| !b.is_ascii_alphabetic());
    plain.len() >= 24
        && plain.iter().all(|b| b.is_ascii_alphanumeric() || b" ,.'!?-".contains(b))
        && !words.any(|word| INSTRUCTIONS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes())))
}

/// True for a word of examples in padded base64: `Zm9vCg==`.
fn is_encoded_placeholder(value: &[u8]) -> bool {
    const EXAMPLES: [&[u8]; 6] = [b"foo", b"bar", b"baz", b"foobar", b"test", b"example"];
    value.len() <= 16
        && value.ends_with(b"=")
        && data_encoding::BASE64.decode(value).is_ok_and(|plain| EXAMPLES.contains(&plain.trim_ascii_end()))
}

/// The plain text of a value in padded base64, if it is printable and longer than chance allows.
pub(super) fn plain_text(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < 8
        || !value.len().is_multiple_of(4)
        || !value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
    {
        return None;
    }
    let plain = data_encoding::BASE64.decode(value).ok()?;
    let plain = plain.trim_ascii_end();
    let prints = plain.iter().all(|b| matches!(b, b' '..=b'~'));
    let padded = value.ends_with(b"=");
    (prints && plain.len() >= 4 && (plain.len() >= 9 || padded && plain.len() >= 6)).then(|| plain.to_vec())
}
