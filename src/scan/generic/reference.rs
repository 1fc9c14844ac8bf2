//! Values that point at a secret kept elsewhere, or are ciphertext: references to secret managers, variables,
//! templates; and the literal default in a reference.
//!
//! The shapes are documented by the tools that read them. Only whole values are judged here: a literal beside a
//! template is left to other modules.

use super::kinds::{is_hash, starts_with_any};
use super::shape::{Shape, is_drawn_text, is_mixed};

/// How values start that point at a secret, are ciphertext, or are public. ASCII, compared without case.
#[rustfmt::skip]
const STARTS: &[&str] = &[
    "!env", "!getatt", "!kms", "!pass", "!ref", "!secret", "!sub", "!var", "!vault",
    "$ansible_vault", "$env:", "%env(", "-----begin", "/aws/reference/", "/run/secrets/",
    "01000000d08c9ddf0115d111", ">>vault:", "@+id/", "@azurekeyvault", "@env:", "@id/", "@keychain:", "@microsoft.keyvault",
    "@string/", "@style/", "age1", "akeyless:", "application/", "aqaaancmnd8b", "aqicah", "arn:aws",
    "aws-secretsmanager:", "aws_secret", "awskms:", "azurekms:", "azureml:", "bamscrt@", "berglas://",
    "bitwarden:", "classpath:", "cmd:", "conjur:", "consul://", "credentialsjson:", "crypto:", "data:",
    "doppler:", "ecdsa-sha2", "ej[1:", "enc(", "enc[", "encrypted:", "env(", "env.", "env:", "env[",
    "exec:", "eyjpdii6", "file:", "from_secret", "gcp-secret-manager:", "gcpkms:", "h1:", "image/",
    "import.meta.env", "infisical:", "javascript:", "keeper://", "keychain:", "keyring://", "keyvault:",
    "kms:", "ksm://", "mailto:", "md5:", "op://", "os.environ", "pass:", "pk.eyj", "pk_live_", "pk_test_", "process.env", "projects/",
    "ref+", "secret://", "secretref+", "secretsmanager:", "secure:", "sha1-", "sha256-", "sha256:",
    "sha384-", "sha512-", "sha512:", "sm://", "spiffe://", "ssh-dss", "ssh-ed25519", "ssh-rsa", "ssm:",
    "system.getenv", "text/", "u2fsdgvkx1", "urn:", "v1:", "vault+", "vault:", "{aes}", "{cipher}",
    "{xor}", "{{resolve:",
];

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[STARTS];

/// True if the value points at a secret, is ciphertext, or has a scheme of its own.
pub(in crate::scan) fn is_reference(value: &[u8]) -> bool {
    has_scheme(value) || is_template(value)
}

/// True if the value begins as references, ciphertexts and public values do.
pub(super) fn has_scheme(value: &[u8]) -> bool {
    // Ciphertext in the properties of MuleSoft; a drawn value may begin so by chance.
    let is_sealed = value.starts_with(b"![") && value.ends_with(b"]");
    is_sealed || starts_with_any(value, STARTS)
}

/// True if the value is filled in elsewhere: `${X}`, `$(cmd)`, `{{ x }}`, `<%= x %>`, `%s`, `#{x}`. Of a template
/// beside a long literal part, only the literal part counts.
fn is_template(value: &[u8]) -> bool {
    if value[0] == b'$' && is_hash(value) {
        return false;
    }
    let is_mixed = is_mixed(value) || is_drawn_text(value);
    let mut literal = 0usize;
    let mut templates = 0usize;
    let mut at = 0;
    while at < value.len() {
        let rest = &value[at..];
        // Random values contain such marks too: a template has its closing mark as well, and a name between the two.
        let close = |open: usize, mark: &[u8]| match memchr::memmem::find(&rest[open..], mark) {
            Some(found) if is_mixed && !is_filled_in(&rest[open..open + found], open) => 0,
            Some(found) => open + found + mark.len(),
            // A value that is cut at its template begins with it, or nearly so, or ends with its name.
            None if is_mixed || at >= 4 && !is_begun_name(&rest[open..]) => 0,
            None => rest.len(),
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
            (b'<', Some(b)) if b.is_ascii_alphabetic() && rest.contains(&b'>') && !is_mixed => close(1, b">"),
            (b'$', Some(b))
                if at == 0
                    && !is_mixed
                    && (b.is_ascii_alphabetic() || matches!(b, b'_' | b'$' | b'1'..=b'9'))
                    && !is_no_variable(&rest[1..]) =>
            {
                2 + rest[2..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
            }
            (b'%', Some(b's' | b'd' | b'v' | b'q' | b'@'))
                if !is_mixed && (value.len() < 12 || rest.len() == 2) =>
            {
                2
            }
            (b'`', _) if is_command(rest, at) => close(1, b"`"),
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

/// True for what a backquote begins if that is a command of a shell or a template: it begins the value, or has a blank in
/// it. One in ten of values drawn from all printing characters has a backquote.
fn is_command(rest: &[u8], at: usize) -> bool {
    let close = memchr::memchr(b'`', &rest[1..]).map(|close| close + 1);
    at == 0 && close.is_none_or(|close| close + 1 == rest.len())
        || close.is_some_and(|close| rest[..close].contains(&b' '))
}

/// True for the name of a template that is cut off before its closing mark.
fn is_begun_name(text: &[u8]) -> bool {
    text.len() >= 2 && (text[0].is_ascii_alphabetic() || text[0] == b'_') && text.iter().all(is_of_name)
}

/// True for the bytes of a name and its format in a template.
fn is_of_name(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'{')
}

/// True if letters in both cases and digits after a dollar sign are no variable, as nobody calls one so: `$R9Bzbywv7fZK#w`, `$River6851`.
fn is_no_variable(rest: &[u8]) -> bool {
    let name = &rest[..rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()];
    let letters = name.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let is_word_and_number = letters >= 3
        && name.len() >= letters + 3
        && name[0].is_ascii_uppercase()
        && name[1..letters].iter().all(u8::is_ascii_lowercase)
        && name[letters..].iter().all(u8::is_ascii_digit);
    if is_word_and_number {
        return true;
    }
    let turns = name.windows(2).filter(|two| two[0].is_ascii_digit() && two[1].is_ascii_alphabetic()).count();
    name.len() >= 6 && turns > 0 && {
        let shape = Shape::of(name);
        shape.lower.min(shape.upper).min(shape.digits) > 0 && shape.cover() <= 34
    }
}

/// True for the text between the marks of a template, if the rest is random: a name. After a mark of two bytes any word is
/// one (`${a}`).
fn is_filled_in(text: &[u8], open: usize) -> bool {
    let is_word = text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let name = &text[..memchr::memchr(b':', text).unwrap_or(text.len())];
    is_plain_name(text) && is_spelt(name) || open == 2 && is_word
}

/// True for letters as names have them: in one case, or words.
fn is_spelt(text: &[u8]) -> bool {
    let shape = Shape::of(text);
    shape.lower.min(shape.upper) == 0 || shape.cover() >= 50
}

/// True for a name as templates contain, with or without a format after a colon: random values have one of two letters or
/// with a digit in the middle by chance.
fn is_plain_name(text: &[u8]) -> bool {
    let inner = text.trim_ascii();
    let inner = &inner[..memchr::memchr(b':', inner).unwrap_or(inner.len())];
    let digits = inner.iter().filter(|b| b.is_ascii_digit()).count();
    let at_end = inner.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let is_long = inner.len() >= 4 || inner.iter().all(u8::is_ascii_lowercase);
    is_name(text) && inner.len() >= 3 && is_long && digits == at_end
}

/// True for the text between the marks of a template: a name, with members or indexes.
fn is_name(text: &[u8]) -> bool {
    let inner = text.trim_ascii();
    inner.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && inner.iter().all(|b| b.is_ascii_alphanumeric() || b" _-.:|[](){}'\"".contains(b))
}

/// The literal that a filter hashes: `{{ 'x' | password_hash('sha512') }}`.
fn hashed_by_filter(value: &[u8]) -> Option<(usize, usize)> {
    let open = 2 + value.get(2..)?.iter().take_while(|b| **b == b' ').count();
    let quote = *value.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
    let close = open + 1 + memchr::memchr(quote, value.get(open + 1..)?)?;
    let filter = value[close + 1..].trim_ascii_start().strip_prefix(b"|")?.trim_ascii_start();
    (filter.starts_with(b"password_hash") || filter.starts_with(b"hash(")).then_some((open + 1, close))
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
        return hashed_by_filter(value);
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
