//! What is never a secret, whatever its name: references to secret managers, look-ups, templates,
//! ciphertexts, placeholders, names, paths, code.
//!
//! Whole values are judged. A literal default inside a reference (`${DB_PASS:-literal}`) is admitted in
//! its place, and so is the plain text of a value in base64 that decodes to printing characters.

use super::name;
use super::placeholder::is_placeholder;
use super::value::Literal;
use crate::model::{Decoding, Form};

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

/// How values start that point at a secret, are ciphertext, or are public. ASCII, compared without case.
const STARTS: &[&str] = &[
    "![",
    "!env",
    "!getatt",
    "!kms",
    "!pass",
    "!ref",
    "!reference",
    "!secret",
    "!sub",
    "!var",
    "!vault",
    "$ansible_vault",
    "$env:",
    "%env(",
    "-----begin",
    "-----begin age",
    "-----begin cert",
    "-----begin encrypted",
    "-----begin pgp",
    "-----begin public",
    "-----begin rsa public",
    "/aws/reference/",
    "/run/secrets/",
    "01000000d08c9ddf0115d111",
    ">>vault:",
    "@+id/",
    "@azurekeyvault",
    "@id/",
    "@microsoft.keyvault",
    "@string/",
    "@style/",
    "age1",
    "akeyless:",
    "application/",
    "aqaaancmnd8b",
    "aqicah",
    "arn:aws",
    "aws-secretsmanager:",
    "aws_secret",
    "awskms:",
    "azurekms:",
    "azureml:",
    "bamscrt@",
    "berglas://",
    "bitwarden:",
    "classpath:",
    "cmd:",
    "conjur:",
    "consul://",
    "credentialsjson:",
    "crypto:",
    "data:",
    "doppler:",
    "ecdsa-sha2",
    "ej[1:",
    "enc(",
    "enc[",
    "encrypted:",
    "env(",
    "env.",
    "env:",
    "env[",
    "exec:",
    "eyjpdii6",
    "file:",
    "file:/",
    "from_secret",
    "gcp-secret-manager:",
    "gcpkms:",
    "h1:",
    "image/",
    "import.meta.env",
    "infisical:",
    "javascript:",
    "keeper://",
    "keychain:",
    "keyring://",
    "keyvault:",
    "kms:",
    "ksm://",
    "mailto:",
    "md5:",
    "op://",
    "os.environ",
    "pass:",
    "process.env",
    "projects/",
    "ref+",
    "secret://",
    "secretref+",
    "secretsmanager:",
    "secure:",
    "sha1-",
    "sha256-",
    "sha256:",
    "sha384-",
    "sha512-",
    "sha512:",
    "sm://",
    "spiffe://",
    "ssh-dss",
    "ssh-ed25519",
    "ssh-rsa",
    "ssm:",
    "ssm://",
    "system.getenv",
    "text/",
    "u2fsdgvkx1",
    "urn:",
    "v1:",
    "vault+",
    "vault:",
    "vault:v1:",
    "{aes}",
    "{cipher}",
    "{xor}",
    "{{resolve:",
];

/// How values start that are hashes of passwords.
const HASHES: &[&str] = &[
    "$1$",
    "$2a$",
    "$2b$",
    "$2y$",
    "$5$",
    "$6$",
    "$7$",
    "$apr1$",
    "$argon2",
    "$pbkdf2",
    "$scrypt$",
    "$y$",
    "bcrypt_",
    "pbkdf2:",
    "pbkdf2_",
    "scram-sha-",
    "scrypt:",
    "{bcrypt}",
    "{crypt}",
    "{pbkdf2",
    "{sha",
    "{ssha",
];

/// Single words that are values of another kind, and never secrets: types, states, protocols.
const NOT_SECRETS: &[&str] = &[
    "admin",
    "aes",
    "always",
    "array",
    "auto",
    "basic",
    "bearer",
    "body",
    "bool",
    "boolean",
    "button",
    "bytes",
    "char",
    "cookie",
    "dict",
    "digest",
    "dsa",
    "ecdsa",
    "ed25519",
    "email",
    "enum",
    "es256",
    "file",
    "float",
    "header",
    "hidden",
    "hmac",
    "hs256",
    "hs384",
    "hs512",
    "http",
    "https",
    "inherit",
    "int",
    "integer",
    "interface",
    "json",
    "jwt",
    "list",
    "localhost",
    "login",
    "long",
    "map",
    "md5",
    "negotiate",
    "never",
    "none",
    "ntlm",
    "number",
    "oauth",
    "oauth2",
    "object",
    "pem",
    "plain",
    "prompt",
    "publickey",
    "query",
    "rs256",
    "rsa",
    "self",
    "session",
    "sha1",
    "sha256",
    "sha512",
    "simple",
    "ssh-agent",
    "str",
    "submit",
    "text",
    "this",
    "void",
    "x25519",
];

/// The tables that are searched as sorted.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[STARTS, HASHES, NOT_SECRETS];

/// Admits a value, or its default or plain text in its stead.
pub(super) fn admit(literal: &Literal, identifier: &[u8]) -> Option<Admitted> {
    let text = &literal.text[..];
    let whole = literal.span.len();
    if let Some((from, to)) = default_of(text) {
        let inner = &text[from..to];
        let placed = if text.len() == whole { (from, to) } else { (0, whole) };
        return (!is_vetoed(inner, identifier, literal.form)).then(|| Admitted {
            secret: inner.to_vec(),
            from: placed.0,
            to: placed.1,
            decoded_by: Vec::new(),
        });
    }
    if let Some((from, to)) = part_of(text, identifier) {
        let inner = &text[from..to];
        let placed = if text.len() == whole { (from, to) } else { (0, whole) };
        return (!is_vetoed(inner, identifier, Form::Quoted)).then(|| Admitted {
            secret: inner.to_vec(),
            from: placed.0,
            to: placed.1,
            decoded_by: Vec::new(),
        });
    }
    if is_vetoed(text, identifier, literal.form) {
        return None;
    }
    let mut admitted = Admitted { secret: text.to_vec(), from: 0, to: whole, decoded_by: Vec::new() };
    if let Some(plain) = plain_text(text) {
        if is_vetoed(&plain, identifier, Form::Quoted) {
            return None;
        }
        admitted.secret = plain;
        admitted.decoded_by.push(Decoding::Base64);
    }
    Some(admitted)
}

/// True where a value is not a secret under any name, or not under this one.
pub(super) fn is_vetoed(value: &[u8], identifier: &[u8], form: Form) -> bool {
    let value = value.trim_ascii();
    value.len() < SHORTEST
        || !is_text(value)
        || is_code(value, form)
        || starts_with_any(value, STARTS)
        || is_template(value)
        || is_other_kind(value)
        || is_own_name(value, identifier)
        || is_placeholder(value)
}

/// True where a value is the hash of a password.
pub(super) fn is_hash(value: &[u8]) -> bool {
    starts_with_any(value, HASHES)
}

/// True where the value starts with one of the sorted `starts`, whatever its case.
fn starts_with_any(value: &[u8], starts: &[&str]) -> bool {
    let Some(first) = value.first().map(u8::to_ascii_lowercase) else { return false };
    let from = starts.partition_point(|start| start.as_bytes()[0] < first);
    starts[from..]
        .iter()
        .map(|start| start.as_bytes())
        .take_while(|start| start[0] == first)
        .any(|start| value.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// True for bytes that a person could have typed.
fn is_text(value: &[u8]) -> bool {
    !value.iter().any(|&b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
}

/// True where the value is filled in elsewhere: `${X}`, `$(cmd)`, `{{ x }}`, `<%= x %>`, `%s`, `#{x}`. A
/// template beside a long literal part is left to the literal part.
fn is_template(value: &[u8]) -> bool {
    if value[0] == b'$' && is_hash(value) {
        return false;
    }
    let mut literal = 0usize;
    let mut templates = 0usize;
    let mut at = 0;
    while at < value.len() {
        let rest = &value[at..];
        let close = |open: usize, mark: &[u8]| {
            memchr::memmem::find(&rest[open..], mark).map_or(rest.len(), |found| open + found + mark.len())
        };
        let len = match (rest[0], rest.get(1)) {
            (b'$', Some(b'{')) | (b'#', Some(b'{')) | (b'@', Some(b'{')) | (b'%', Some(b'{')) => {
                close(2, b"}")
            }
            (b'$', Some(b'(')) => close(2, b")"),
            (b'$', Some(b'[')) => close(2, b"]"),
            (b'{', Some(b'{')) => close(2, b"}}"),
            (b'{', Some(b'!')) => close(2, b"!}"),
            (b'{', Some(b'%')) => close(2, b"%}"),
            (b'(', Some(b'(')) => close(2, b"))"),
            (b'<', Some(b'%' | b'?')) => close(2, b">"),
            (b'<', Some(b'<')) => close(2, b">>"),
            (b'{', Some(b)) if b.is_ascii_alphabetic() || matches!(b, b'}' | b'_' | b'0'..=b'9' | b'$') => {
                close(1, b"}")
            }
            (b'%', Some(b'(')) => close(2, b")"),
            (b'<', Some(b)) if b.is_ascii_alphabetic() && rest.contains(&b'>') => close(1, b">"),
            (b'$', Some(b))
                if at == 0 && (b.is_ascii_alphabetic() || matches!(b, b'_' | b'$' | b'1'..=b'9')) =>
            {
                2 + rest[2..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
            }
            (b'%', Some(b's' | b'd' | b'v' | b'q' | b'@')) if value.len() < 12 || rest.len() == 2 => 2,
            (b'`', _) => close(1, b"`"),
            _ => 0,
        };
        if len == 0 {
            literal += 1;
            at += 1;
        } else {
            templates += 1;
            at += len;
        }
    }
    let whole_variable = matches!(value[0], b'$' | b'&' | b'@' | b':')
        && value[1..]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'>' | b'-'))
        && value[1..].iter().any(u8::is_ascii_alphabetic)
        && !value[1..].iter().any(u8::is_ascii_digit);
    let percent_name = value.len() > 2 && value[0] == b'%' && value[value.len() - 1] == b'%';
    whole_variable || percent_name || templates > 0 && literal < 16
}

/// True for URLs without userinfo, paths, addresses, dates, versions, numbers, regexes, types and states.
fn is_other_kind(value: &[u8]) -> bool {
    if name::is_among(value, NOT_SECRETS) {
        return true;
    }
    // The password in a URL has an anchor of its own.
    if memchr::memmem::find(value, b"://").is_some() {
        return true;
    }
    is_path(value)
        || is_address(value)
        || is_number(value)
        || is_regex(value)
        || is_host(value)
        || is_prose(value)
}

/// True for file paths: `/etc/x/y`, `./x`, `~/x`, `C:\x`, `path/to/file.ext`.
fn is_path(value: &[u8]) -> bool {
    if value.starts_with(b"./") || value.starts_with(b"../") || value.starts_with(b"~/") {
        return true;
    }
    if value.len() > 2
        && value[0].is_ascii_alphabetic()
        && value[1] == b':'
        && matches!(value[2], b'\\' | b'/')
    {
        return true;
    }
    let parts: Vec<&[u8]> = value.split(|&b| b == b'/' || b == b'\\').collect();
    if parts.len() < 2 || value.contains(&b'=') || value.contains(&b'+') {
        return false;
    }
    let plain = |part: &&[u8]| {
        part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'*' | b'$' | b'@'))
            && part.iter().filter(|b| b.is_ascii_digit()).count() * 3 <= part.len()
            && !mixes_case(part)
    };
    parts.iter().all(plain) && parts.iter().any(|part| part.len() > 2)
}

/// True where capitals stand in the middle of a word more often than in names.
fn mixes_case(part: &[u8]) -> bool {
    let changes =
        part.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    changes * 4 > part.len()
}

/// True for e-mail addresses.
fn is_address(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|&b| b == b'@') else { return false };
    let (local, host) = (&value[..at], &value[at + 1..]);
    !local.is_empty()
        && local.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
        && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && host
            .iter()
            .rposition(|&b| b == b'.')
            .is_some_and(|dot| host.len() - dot > 2 && host[dot + 1..].iter().all(u8::is_ascii_lowercase))
}

/// True for numbers, dates, times, versions, colours and lists of bytes.
fn is_number(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let marks = value
        .iter()
        .filter(|b| {
            matches!(b, b'.' | b'-' | b':' | b'/' | b' ' | b',' | b'_' | b'T' | b'Z' | b'+' | b'v' | b'x')
        })
        .count();
    let units = value.iter().filter(|b| matches!(b, b's' | b'm' | b'h' | b'd')).count();
    digits == value.len() && digits < 6
        || digits > 0 && digits < value.len() && digits + marks == value.len()
        || digits > 0 && units == 1 && digits + units == value.len()
        || value.starts_with(b"0x") && value.len() <= 10
        || value[0] == b'#'
            && matches!(value.len(), 4 | 7 | 9)
            && value[1..].iter().all(u8::is_ascii_hexdigit)
        || is_fingerprint(value)
}

/// True for pairs of hexadecimal digits joined by colons.
fn is_fingerprint(value: &[u8]) -> bool {
    value.len() >= 11
        && value.len() % 3 == 2
        && value
            .iter()
            .enumerate()
            .all(|(at, b)| if at % 3 == 2 { *b == b':' } else { b.is_ascii_hexdigit() })
}

/// True for regexes and globs.
fn is_regex(value: &[u8]) -> bool {
    [
        &b"\\d"[..],
        b"\\w",
        b"\\s",
        b"[a-z",
        b"[A-Z",
        b"[0-9",
        b"(?:",
        b"(?i",
        b".*",
        b".+",
        b"[^",
        b"\\b",
        b"|^",
    ]
    .iter()
    .any(|mark| memchr::memmem::find(value, mark).is_some())
        || value[0] == b'^' && value[value.len() - 1] == b'$'
}

/// True for host names with a known ending, and addresses with a port.
fn is_host(value: &[u8]) -> bool {
    const TOP: &[&str] = &[
        "com",
        "org",
        "net",
        "io",
        "local",
        "internal",
        "dev",
        "example",
        "test",
        "invalid",
        "localhost",
        "svc",
    ];
    let host = value.split(|&b| b == b':' || b == b'/').next().unwrap_or_default();
    let Some(dot) = host.iter().rposition(|&b| b == b'.') else { return false };
    TOP.iter().any(|top| &host[dot + 1..] == top.as_bytes())
        && host
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_' | b'*'))
}

/// True for sentences: several words of letters with blanks between them, or one blank and a capital style.
fn is_prose(value: &[u8]) -> bool {
    let words: Vec<&[u8]> = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    if words.len() < 2 {
        return false;
    }
    let wordy = words
        .iter()
        .filter(|word| {
            let letters =
                word.iter().filter(|b| b.is_ascii_alphabetic() || **b >= 0x80 || **b == b'\'').count();
            letters + 1 >= word.len()
        })
        .count();
    words.len() >= 3 && wordy * 3 >= words.len() * 2
        || words.len() >= 5
        || words.iter().any(|word| {
            matches!(*word, b"=" | b"==" | b"+" | b"=>" | b"->" | b"&&" | b"||" | b"|" | b"{" | b"}")
        })
}

/// True where the value is its own name, or the last words of it, however they are written.
fn is_own_name(value: &[u8], identifier: &[u8]) -> bool {
    let plain = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
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

/// True where the value is code in every file type: a call, a path of names, a comparison, a lambda.
fn is_code(value: &[u8], form: Form) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(value, mark).is_some();
    if has(b"->")
        || has(b"=>")
        || has(b"::")
        || has(b"&&")
        || has(b"||")
        || has(b" == ")
        || has(b"();")
        || has(b"()")
    {
        return true;
    }
    let first = value[0];
    let called = value.iter().position(|&b| b == b'(' || b == b'[').is_some_and(|open| {
        open > 0
            && value[..open]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'!' | b'?'))
            && first.is_ascii_alphabetic()
    });
    let closed = matches!(value[value.len() - 1], b')' | b']');
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

/// True for dotted paths of names (`config.database.password`, `ed25519.PrivateKey`).
fn is_dotted(value: &[u8]) -> bool {
    let mut parts = 0;
    for part in value.split(|&b| b == b'.') {
        parts += 1;
        let named = part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'?' | b'!'))
            && part.iter().filter(|b| b.is_ascii_digit()).count() * 4 <= part.len()
            && part.len() <= 32;
        if !named {
            return false;
        }
    }
    parts >= 2 && !value.starts_with(b"eyJ")
}

/// The literal default in a reference, as a range of `value`: `${X:-literal}`, `${X:literal}`,
/// `{{ default "literal" … }}`, `${{ secrets.X || 'literal' }}`, `{{ env_var('X', 'literal') }}`.
pub(super) fn default_of(value: &[u8]) -> Option<(usize, usize)> {
    let find = |mark: &[u8], from: usize| memchr::memmem::find(value.get(from..)?, mark).map(|at| at + from);
    if value.starts_with(b"${{") || value.starts_with(b"{{") || value.starts_with(b"<%") {
        let marks: [&[u8]; 5] = [b"||", b"default(", b"default ", b"', ", b"\", "];
        for mark in marks {
            let Some(at) = find(mark, 2) else { continue };
            let open = at + mark.len() + value[at + mark.len()..].iter().take_while(|b| **b == b' ').count();
            let quote = *value.get(open)?;
            if matches!(quote, b'"' | b'\'') {
                let close = find(&[quote], open + 1)?;
                return Some((open + 1, close));
            }
        }
        return None;
    }
    let inner = value.strip_prefix(b"${")?.strip_suffix(b"}")?;
    if inner.contains(&b'{') || inner.contains(&b'$') {
        return None;
    }
    let name =
        inner.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
    // `${env:X}` and `${file(…)}` name a source before the colon, not a variable.
    let source = [
        &b"env"[..],
        b"ssm",
        b"file",
        b"opt",
        b"self",
        b"param",
        b"cf",
        b"secure",
        b"vault",
        b"sm",
        b"readFile",
        b"base64",
        b"aws",
        b"secret",
        b"secretManager",
        b"conjur",
        b"sys",
        b"s3",
        b"kv",
        b"key",
        b"custom",
    ]
    .iter()
    .any(|known| &&inner[..name] == known);
    let from = match (inner.get(name), inner.get(name + 1)) {
        (Some(b':'), Some(b'-' | b'=' | b'+')) => name + 2,
        (Some(b':'), Some(b'?')) => return None,
        (Some(b':'), Some(_)) if name > 0 && !source => name + 1,
        _ => return None,
    };
    let unquoted = if inner.len() > from + 2
        && matches!(inner[from], b'"' | b'\'')
        && inner[inner.len() - 1] == inner[from]
    {
        1
    } else {
        0
    };
    Some((2 + from + unquoted, 2 + inner.len() - unquoted))
}

/// The part of a value that is the secret, where the rest says what it is: the credentials after a scheme
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

/// The plain text of a value in padded base64, where that prints and is longer than chance allows.
pub(super) fn plain_text(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < 8
        || value.len() % 4 != 0
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
