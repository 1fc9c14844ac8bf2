//! More kinds of values that are no secrets: names of algorithms, permissions and constants, spans of time, validation
//! rules, tickets, coordinates, what an author took out. And what a password's hash looks like.
//!
//! General statements about a value's shape; each is true of next to no random value.

pub(super) mod address;
pub(super) mod beside;
pub(super) mod code;
pub(super) mod files;
pub(super) mod ordinary;
pub(super) mod page;
pub(super) mod pair;
pub(super) mod speech;

use self::pair::Pair;
use super::line::{self, MarkFinder};
use super::name::{self, Kind};
use super::shape::Shape;
use super::words::Words;
use crate::model::Span;

/// Parts of the names of algorithms, modes and encodings. Lower-case, sorted.
#[rustfmt::skip]
static ALGORITHMS: Words = Words::new(&[
    "a", "aes", "argon", "argon2", "argon2d", "argon2i", "argon2id", "ascii", "base32", "base58", "base64",
    "bcrypt", "be", "bf", "big5", "binary", "blake2b", "blake2s", "blake3", "blowfish", "camellia", "cast5",
    "cbc", "ccm", "cfb", "cfb1", "cfb8", "chacha", "chacha20", "cmac", "cp", "cp1250", "cp1251", "cp1252",
    "cp437", "crc32", "crypt", "ctr", "cts", "curve25519", "des", "des3", "dhe", "dsa", "ecb", "ecdh", "ecdhe", "ecdsa",
    "ed25519", "ed448", "ede", "ede3", "eucjp", "euckr", "gb18030", "gb2312", "gbk", "gcm", "gmac", "hex",
    "hkdf", "hmac", "hmacsha1", "hmacsha256", "hmacsha512", "idea", "ige", "iso", "iso8859", "iv", "ks",
    "ksc5601", "latin", "latin1", "le", "mac", "md4", "md5", "mgf1", "mode", "nistp", "nopadding", "oaep", "ocb", "ofb",
    "padding", "pbe", "pbkdf2", "pkcs", "pkcs1", "pkcs12", "pkcs1padding", "pkcs5", "pkcs5padding", "pkcs7",
    "pkcs7padding", "pkcs8", "poly1305", "pss", "rc2", "rc4", "ripemd160", "rsa", "s", "salsa20", "scrypt",
    "secp256k1", "secp256r1", "sha", "sha1", "sha224", "sha256", "sha3", "sha384", "sha512", "sha512crypt",
    "shift", "sig", "siv", "sjis", "ssha", "tripledes", "twofish", "ucs2", "us", "utf", "utf16", "utf32",
    "utf8", "whirlpool", "windows", "with", "x", "x25519", "xchacha20", "xsalsa20", "xts",
]);

/// Units of time, as Ruby, Go and people write them. Lower-case, sorted.
#[rustfmt::skip]
static UNITS: Words = Words::new(&[
    "d", "day", "days", "h", "hour", "hours", "hr", "hrs", "m", "min", "mins", "minute", "minutes", "month",
    "months", "ms", "ns", "s", "sec", "second", "seconds", "secs", "us", "w", "week", "weeks", "y", "year",
    "years",
]);

/// Words of rules that validate the fields of forms. Lower-case, sorted.
#[rustfmt::skip]
static VALIDATIONS: Words = Words::new(&[
    "accepted", "alpha", "alpha_dash", "alpha_num", "array", "bail", "between", "boolean", "confirmed",
    "current_password", "date", "different", "email", "exists", "filled", "in", "integer", "max", "min",
    "nullable", "numeric", "password", "present", "prohibited", "regex", "required", "required_if",
    "required_with", "same", "size", "sometimes", "string", "unique", "url", "uuid",
]);

/// How values start that are hashes of passwords.
#[rustfmt::skip]
const HASHES: &[&str] = &[
    "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$7$", "$apr1$", "$argon2", "$pbkdf2", "$scrypt$", "$y$",
    "bcrypt_", "md5$", "pbkdf2:", "pbkdf2_", "scram-sha-", "scrypt:", "sha1$", "sha256$", "sha512$", "{bcrypt}", "{crypt}", "{pbkdf2", "{sha",
    "{ssha",
];

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[ALGORITHMS.list(), UNITS.list(), VALIDATIONS.list(), HASHES];

/// True if a value is the hash of a password.
pub(in crate::scan) fn is_hash(value: &[u8]) -> bool {
    starts_with_any(value, HASHES)
}

/// True if a value looks like the hash of a password: one with a form of its own, digits of a common length, base64.
pub(super) fn looks_hashed(value: &[u8]) -> bool {
    let is_hex = |value: &[u8]| {
        matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) && value.iter().all(u8::is_ascii_hexdigit)
    };
    let digits = value.strip_prefix(b"*").or(value.strip_prefix(b"md5")).unwrap_or(value);
    let is_base64 = value.len() >= 24
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_lowercase)
        && value.iter().any(u8::is_ascii_uppercase);
    is_hash(value) || is_hex(digits) || is_base64
}

/// True for the digits of a password's hash beside its salt: `crypted_password: …`, and below it `salt: …`. The name says
/// that it is a hash: what a key is derived from has a salt, too.
pub(super) fn is_salted(text: &[u8], name: Span, literal: Span, value: &[u8]) -> bool {
    const HASHED: [&[u8]; 6] = [b"crypted", b"digest", b"hash", b"md5", b"sha1", b"sha2"];
    let is_digest = matches!(value.len(), 32 | 40 | 64 | 128) && value.iter().all(u8::is_ascii_hexdigit);
    let identifier = text.get(name.start..name.end).unwrap_or_default().to_ascii_lowercase();
    if !is_digest || !HASHED.iter().any(|word| line::find(&identifier, word).is_some()) {
        return false;
    }
    entries(text, name, literal).any(|(key, value)| {
        let value = value.iter().filter(|b| b.is_ascii_alphanumeric()).count();
        key.to_ascii_lowercase().ends_with(b"salt") && value >= 4
    })
}

/// True for the salt beside the hash that it was made for: it opens nothing. The name is that of a salt alone.
pub(super) fn is_beside_its_hash(pair: &Pair<'_>) -> bool {
    const HASHES: [&[u8]; 4] = [b"crypted_password", b"password_digest", b"password_hash", b"passwordhash"];
    let is_salt = [&b"salt"[..], b"password_salt", b"passwordsalt"]
        .iter()
        .any(|name| pair.identifier.eq_ignore_ascii_case(name));
    is_salt
        && entries(pair.text, pair.name, pair.literal).any(|(key, value)| {
            let key = key.to_ascii_lowercase();
            let value = value.trim_ascii_end();
            let is_mark = |b: &u8| matches!(b, b':' | b'=' | b'>' | b' ' | b'"' | b'\'');
            let start = value.iter().position(|b| !is_mark(b)).unwrap_or(value.len());
            let end = value.iter().rposition(|b| !is_mark(b) || *b == b'=').map_or(start, |last| last + 1);
            HASHES.iter().any(|name| key.ends_with(name)) && value.get(start..end).is_some_and(looks_hashed)
        })
}

/// The keys near a name and its value, each with what is behind its mark, which is the first of both.
fn entries(text: &[u8], name: Span, literal: Span) -> impl Iterator<Item = (&[u8], &[u8])> {
    const REACH: usize = 240;
    let (start, end) = (name.start.min(literal.start), name.end.max(literal.end));
    let around = &text[start.saturating_sub(REACH)..text.len().min(end + REACH)];
    around.split(|b| matches!(b, b'\n' | b',' | b';' | b'{')).filter_map(|entry| {
        let mark = entry.iter().position(|b| matches!(b, b':' | b'='))?;
        let (key, value) = entry.split_at(mark);
        let end = key.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
        Some((&key[..end], value))
    })
}

/// True if the value starts with one of the sorted `starts`, in any case.
pub(super) fn starts_with_any(value: &[u8], starts: &[&str]) -> bool {
    let Some(first) = value.first().map(u8::to_ascii_lowercase) else { return false };
    let from = starts.partition_point(|start| start.as_bytes()[0] < first);
    starts[from..]
        .iter()
        .map(|start| start.as_bytes())
        .take_while(|start| start[0] == first)
        .any(|start| value.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// True for a value of one of these kinds.
pub(super) fn is_other_kind(value: &[u8]) -> bool {
    is_algorithm(value)
        || is_permission(value)
        || is_constant(value)
        || is_duration(value)
        || is_validation(value)
        || is_format(value)
        || is_next_key(value)
        || is_role(value)
        || is_ticket(value)
        || is_versioned(value)
        || is_elided(value)
        || is_account_line(value)
        || is_registry_path(value)
        || is_interpolated_path(value)
        || is_interpolation(value)
        || is_foreign_text(value)
        || is_count(value)
        || is_local_host(value)
        || is_member(value)
        || counts_up(value)
        || is_alphabet(value)
        || is_mount(value)
        || is_flag_or_attribute(value)
        || is_sealed(value)
        || is_scope(value)
        || is_of_maven(value)
        || is_object(value)
        || is_filter(value)
        || is_distinguished_name(value)
        || is_wrapped(value)
        || is_fixed_login(value)
        || is_undecodable(value)
        || ordinary::is_shown(value)
}

/// True for the id or fingerprint of a key for signatures, under a name that says so: `GPG_KEY=`, git's `signingkey =`.
/// What a password or another secret consists of is not looked at: `GPG_PASSPHRASE=`.
pub(super) fn is_key_id(identifier: &[u8], kind: Kind, value: &[u8]) -> bool {
    let names: &[&str] = match kind {
        Kind::Key => &["gpg", "gpgkey", "keyid", "pgp", "ppa"],
        Kind::Secret => &["signingkey"],
        _ => return false,
    };
    let is_one = |word: &[u8]| names.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    matches!(digits.len(), 8 | 16 | 40)
        && digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        && name::words(identifier).any(is_one)
}

/// True for the name and value of a cookie that guards nothing once it was sent: `csrftoken=x`.
pub(super) fn is_spent_cookie(identifier: &[u8], value: &[u8]) -> bool {
    let is_cookie =
        identifier.len() >= 6 && identifier[identifier.len() - 6..].eq_ignore_ascii_case(b"cookie");
    let cookie = value.split(|&b| b == b'=').next().unwrap_or_default();
    is_cookie && cookie.len() < value.len() && name::refers(cookie) && !value.contains(&b';')
}

/// True for an object as Java prints it (`android.os.BinderProxy@2bd79ce`): a class with its package, and a number in
/// hexadecimal.
fn is_object(value: &[u8]) -> bool {
    let Some(at) = value.iter().rposition(|&b| b == b'@') else { return false };
    let (class, number) = (&value[..at], &value[at + 1..]);
    let is_part = |part: &[u8]| {
        part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
    };
    (1..=8).contains(&number.len())
        && number.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && class.split(|&b| b == b'.').all(is_part)
        && class.iter().filter(|&&b| b == b'.').count() >= 2
}

/// True for the characters that something is drawn from, each class of them in its order: `ABCDEFGHJKMNPQRSTVWXYZ23456789`.
/// In a random value every second character is before the one ahead of it.
fn is_alphabet(value: &[u8]) -> bool {
    let falls = || value.windows(2).filter(|two| two[1] <= two[0]).count();
    value.len() >= 20 && value.iter().all(u8::is_ascii_graphic) && falls() <= 3 || is_alphabet_in_pairs(value)
}

/// True for `AABBCCDDEEFF`.
fn is_alphabet_in_pairs(value: &[u8]) -> bool {
    let rises = || value.windows(3).step_by(2).all(|three| three[2] == three[0].wrapping_add(1));
    value.len() >= 8
        && value.len().is_multiple_of(2)
        && value.iter().all(u8::is_ascii_alphanumeric)
        && value.chunks_exact(2).all(|two| two[0] == two[1])
        && rises()
}

/// True for where a build finds a secret: `id=npm,env=NPM_TOKEN`.
fn is_mount(value: &[u8]) -> bool {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b',' | b'=' | b'/');
    value.strip_prefix(b"id=").is_some_and(|rest| rest.iter().all(is_part))
}

/// True for the scope of a signature (`AKIA…/20260101/eu-west-1/s3/aws4_request`), which names its key.
fn is_scope(value: &[u8]) -> bool {
    value.ends_with(b"aws4_request") || value.ends_with(b"goog4_request")
}

/// True for the output of `kubeseal` for a Secret's value: the length of a wrapped key of 4096 or 2048 bits in two
/// bytes, the key, and the ciphertext.
fn is_sealed(value: &[u8]) -> bool {
    let wrapped = if value.starts_with(b"Ag") { 512 } else { 256 };
    (value.starts_with(b"Ag") || value.starts_with(b"AQ"))
        && value.len() * 3 / 4 >= wrapped - 64
        && value.len() > 340
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

/// True for a password of Maven's settings that is encrypted with its master password: base64 in braces.
fn is_of_maven(value: &[u8]) -> bool {
    let inner = value.strip_prefix(b"{").and_then(|value| value.strip_suffix(b"=}"));
    inner.is_some_and(|inner| {
        inner.len() >= 28
            && inner.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
    })
}

/// True for a flag (`-ccbin`, `--all`), and for what is between two attributes of a tag (`size=`).
fn is_flag_or_attribute(value: &[u8]) -> bool {
    let is_word = |word: &[u8]| {
        word.len() >= 2 && word.len() <= 24 && word.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
    };
    value.strip_prefix(b"-").is_some_and(is_word) || value.strip_suffix(b"=").is_some_and(is_word)
}

/// True for hexadecimal digits whose bytes count up: `000102…`, `00112233…`, `fffefd…`. Tests use them.
fn counts_up(value: &[u8]) -> bool {
    if value.len() < 16 || value.len() % 2 == 1 || !value.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let digit = |b: u8| if b.is_ascii_digit() { b - b'0' } else { (b | 0x20) - b'a' + 10 };
    let bytes: Vec<u8> = value.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
    let steps: Vec<u8> = bytes.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let same = steps.windows(2).filter(|pair| pair[0] == pair[1]).count();
    same * 4 >= (steps.len() - 1) * 3
}

/// True for a time in seconds or milliseconds, and for a number in hexadecimal digits.
fn is_count(value: &[u8]) -> bool {
    let is_time = matches!(value.len(), 10 | 13)
        && value[0] == b'1'
        && matches!(value[1], b'4'..=b'9')
        && value.iter().all(u8::is_ascii_digit);
    let number = value.strip_prefix(b"0:").unwrap_or(value);
    let is_hex =
        number.len() <= 18 && number.starts_with(b"0x") && number[2..].iter().all(u8::is_ascii_hexdigit);
    is_time || is_hex
}

/// True for this machine, with or without a port.
fn is_local_host(value: &[u8]) -> bool {
    let rest = value.strip_prefix(b"localhost").or(value.strip_prefix(b"LOCALHOST"));
    rest.is_some_and(|rest| rest.is_empty() || rest[0] == b':' && rest[1..].iter().all(u8::is_ascii_digit))
}

/// True for a member of an object in scope: `.Values.auth.password`.
fn is_member(value: &[u8]) -> bool {
    value[0] == b'.'
        && value.len() > 2
        && value[1].is_ascii_alphabetic()
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_'))
}

/// True for a search in a directory: `(uid=%login)`, `(&(objectClass=person)(mail=%u))`.
fn is_filter(value: &[u8]) -> bool {
    let Some(inner) = value.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")")) else { return false };
    let inner = inner.strip_prefix(b"&").or(inner.strip_prefix(b"|")).unwrap_or(inner).trim_ascii_start();
    let inner = inner.strip_prefix(b"(").unwrap_or(inner);
    let name = inner.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let rest = inner[name..].strip_prefix(b"~").unwrap_or(&inner[name..]);
    name >= 2 && rest.len() >= 2 && rest[0] == b'=' && !rest[1..].contains(&b'"')
}

/// True for where an entry is in a directory: `uid=%login,ou=people,dc=acme,dc=com`.
fn is_distinguished_name(value: &[u8]) -> bool {
    let is_part = |part: &[u8]| {
        let part = part.trim_ascii();
        let name = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        (1..=8).contains(&name) && part.get(name) == Some(&b'=') && part.len() > name + 1
    };
    let last = value.rsplit(|&b| b == b',').next().unwrap_or_default().trim_ascii();
    value.split(|&b| b == b',').count() >= 2
        && value.split(|&b| b == b',').all(is_part)
        && [&b"dc="[..], b"o=", b"c="]
            .iter()
            .any(|end| last.get(..end.len()).is_some_and(|head| head.eq_ignore_ascii_case(end)))
}

/// True for a key of AES that is wrapped with a key of RSA, as Windows writes it ("SIMPLEBLOB" of its CryptoAPI): only the
/// container of keys on that machine opens it.
fn is_wrapped(value: &[u8]) -> bool {
    const HEADS: [&[u8]; 3] = [b"AQIAAA5mAAAApAAA", b"AQIAAA9mAAAApAAA", b"AQIAABBmAAAApAAA"];
    value.len() >= 100 && HEADS.iter().any(|head| value.starts_with(head))
}

/// True for a user whom a registry expects in place of a name, before a token.
fn is_fixed_login(value: &[u8]) -> bool {
    matches!(value, b"oauth2accesstoken" | b"_json_key" | b"_json_key_base64" | b"_dcgcloud_token")
}

/// True for bytes that are no text in any encoding that people write passwords in: a third of them beyond ASCII, and not
/// UTF-8.
fn is_undecodable(value: &[u8]) -> bool {
    let beyond = value.iter().filter(|b| **b >= 0x80).count();
    beyond * 3 >= value.len() && beyond >= 3 && std::str::from_utf8(value).is_err()
}

/// The parts between the separators of names of algorithms.
fn parts(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|b| matches!(b, b'-' | b'_' | b'/' | b':' | b' ' | b'+' | b'.'))
        .filter(|part| !part.is_empty())
}

/// True for `aes-256-gcm`, `sha512_crypt`, `AES/CBC/PKCS5Padding`, `utf-8`.
fn is_algorithm(value: &[u8]) -> bool {
    if value.len() > 40 || !value[0].is_ascii_alphabetic() {
        return false;
    }
    let is_number = |part: &[u8]| part.len() <= 5 && part.iter().all(u8::is_ascii_digit);
    // `AES256`, `HS512`: a name and a length.
    let is_known = |part: &[u8]| {
        let letters = part.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
        ALGORITHMS.has(part) || is_number(part) || letters > 1 && ALGORITHMS.has(&part[..letters])
    };
    parts(value).all(is_known) && parts(value).any(|part| part.len() > 1 && !is_number(part))
}

/// True for what a policy allows: `ec2:GetPasswordData`, `iam:Update*`.
fn is_permission(value: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', value) else { return false };
    let (service, action) = value.split_at(colon);
    let action = &action[1..];
    (2..=24).contains(&service.len())
        && service.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && action.first().is_some_and(u8::is_ascii_uppercase)
        && action.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'*' | b':' | b'/'))
        && name::words(action).count() >= 2
        && Shape::of(action).cover() > 60
}

/// True for the name of a constant or variable: words in capitals, joined by underscores.
fn is_constant(value: &[u8]) -> bool {
    // Several of them in a row.
    if value.contains(&b',') {
        return value.split(|&b| b == b',').all(|one| one.len() > 3 && is_constant(one));
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    value.contains(&b'_')
        && value[0].is_ascii_uppercase()
        && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && digits * 3 <= value.len()
        && (Shape::of(value).cover() > 50 || digits * 5 <= value.len() && value.len() <= 16)
}

/// True for a span of time: `8.hours`, `1h30m`, `15min`, `PT15M`.
fn is_duration(value: &[u8]) -> bool {
    if value.len() > 20 {
        return false;
    }
    let is_iso = value[0] == b'P'
        && value.len() > 2
        && value[1..]
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'D' | b'H' | b'M' | b'S' | b'W' | b'Y'));
    if is_iso {
        return true;
    }
    let mut rest = value;
    let mut count = 0;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 6 {
            return false;
        }
        rest = &rest[digits..];
        rest = rest.strip_prefix(b".").or(rest.strip_prefix(b" ")).unwrap_or(rest);
        let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if !UNITS.has(&rest[..letters]) {
            return false;
        }
        rest = rest[letters..].strip_prefix(b" ").unwrap_or(&rest[letters..]);
        count += 1;
    }
    count > 0
}

/// True for rules that validate a form's field: `required|string|max:255`, `min:5`.
fn is_validation(value: &[u8]) -> bool {
    let rules = || value.split(|b| matches!(b, b'|' | b',')).filter(|part| !part.is_empty());
    let own = |part: &[u8]| part.iter().position(|&b| b == b':').unwrap_or(part.len());
    let is_rule = |part: &&[u8]| VALIDATIONS.has(&part[..own(part)]);
    // Its limits are numbers, and names of other fields.
    let has_limits = |part: &[u8]| {
        let limits = part[own(part)..].strip_prefix(b":").unwrap_or_default();
        // The guard whose password it is; other words are a password after the word for one: `password:hunter`.
        if part[..own(part)].ends_with(b"password") {
            return matches!(limits, b"" | b"admin" | b"api" | b"sanctum" | b"web");
        }
        limits.iter().all(u8::is_ascii_digit) || limits.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
    };
    let is_single = value.contains(&b':') && rules().all(|part| is_rule(&part) && has_limits(part));
    VALIDATIONS.has(value)
        || is_single
        || value.contains(&b'|') && rules().filter(is_rule).count() * 3 >= rules().count() * 2
}

/// True for how a number is to be printed: `%032x`.
fn is_format(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"%").and_then(|rest| rest.split_last());
    digits.is_some_and(|(last, digits)| {
        matches!(last, b'd' | b'o' | b's' | b'u' | b'x' | b'X') && digits.iter().all(u8::is_ascii_digit)
    })
}

/// True for a key on a line of its own: `controllers:`.
fn is_next_key(value: &[u8]) -> bool {
    value.strip_suffix(b":").is_some_and(|key| {
        key.len() >= 2 && key.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
    })
}

/// True for the name of a role or group, as frameworks call them: `ROLE_ADMIN`.
fn is_role(value: &[u8]) -> bool {
    let name = value.strip_prefix(b"ROLE_").or(value.strip_prefix(b"GROUP_"));
    name.is_some_and(|name| name.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-')))
}

/// True for the id of an issue: `ZRT-4819`.
fn is_ticket(value: &[u8]) -> bool {
    let Some(dash) = memchr::memchr(b'-', value) else { return false };
    let (project, number) = value.split_at(dash);
    (2..=10).contains(&project.len())
        && project.iter().all(u8::is_ascii_uppercase)
        && (2..=7).contains(&number.len())
        && number[1..].iter().all(u8::is_ascii_digit)
}

/// True for a version followed by something else (the coordinates of a lock file), and for a type with its version.
fn is_versioned(value: &[u8]) -> bool {
    // `io.jsonwebtoken:jjwt:0.7.0`, `redis:6.2.1`.
    if let Some(colon) = memchr::memrchr(b':', value) {
        let (name, version) = (&value[..colon], &value[colon + 1..]);
        let is_plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_:/".contains(b);
        let is_version = version.first().is_some_and(u8::is_ascii_digit)
            && version.contains(&b'.')
            && version.iter().all(|b| b.is_ascii_digit() || *b == b'.');
        if is_version && name.first().is_some_and(u8::is_ascii_lowercase) && name.iter().all(is_plain) {
            return true;
        }
    }
    // `Microsoft.KeyVault/vaults/secrets@2022-07-01`, `actions/checkout@v4`.
    if line::find(value, b"@sha256:").is_some() {
        return true;
    }
    if let Some(at) = memchr::memrchr(b'@', value)
        && value[..at].contains(&b'/')
        && value[..at].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-'))
    {
        let version = value[at + 1..].strip_prefix(b"v").unwrap_or(&value[at + 1..]);
        let digits = version.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')).count();
        return digits > 0 && (digits == version.len() || version[digits..].eq_ignore_ascii_case(b"preview"));
    }
    let len = value.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let version = &value[..len];
    let dots = version.iter().filter(|b| **b == b'.').count();
    dots >= 1 && version[0].is_ascii_digit() && version.last() != Some(&b'.') && {
        let rest = &value[len..];
        // `2.0.6=compile,runtime`, `1.2.3@sha`, `1.2.3-SNAPSHOT`; an object identifier in a filter.
        matches!(rest.first(), Some(b'=' | b'@' | b':')) && dots >= 2
            || rest.len() <= 12
                && matches!(rest.first(), Some(b'-' | b'.' | b'+'))
                && rest[1..].iter().all(|b| b.is_ascii_alphabetic() || *b == b'.')
    }
}

/// True for a value whose middle an author took out: `kW/Rm[...]7/t9c`, `eyJhb...x7Qw`.
fn is_elided(value: &[u8]) -> bool {
    let marks = MarkFinder::new(value);
    ["...", "[…]", "…", "[snip", "<snip", "***"].iter().any(|mark| marks.has(mark.as_bytes()))
        && !value.iter().all(|b| b.is_ascii_punctuation())
}

/// True for the fields of an account, or of something else that has fields: `x:0:0:Ops:/home/ops:/bin/sh`.
fn is_account_line(value: &[u8]) -> bool {
    let fields = value.split(|&b| b == b':');
    fields.clone().count() >= 4 && fields.skip(1).any(|field| field.first() == Some(&b'/') && field.len() > 3)
}

/// True for a key of Windows' registry.
fn is_registry_path(value: &[u8]) -> bool {
    let is_root = |root: &[u8]| value.get(..root.len()).is_some_and(|head| head.eq_ignore_ascii_case(root));
    let is_rooted =
        [&b"SOFTWARE\\"[..], b"SYSTEM\\", b"HKLM\\", b"HKCU\\", b"HKCR\\", b"HKEY_"].into_iter().any(is_root);
    let count = memchr::memchr_iter(b'\\', value).count();
    let is_plain = value.iter().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'\\' | b' ' | b'.' | b'_' | b'-' | b'{' | b'}' | b'$')
    });
    count >= 1 && is_rooted || count >= 3 && is_plain && value.iter().any(|b| b.is_ascii_lowercase())
}

/// True for a path with a variable in it: `${HOME}/.ssh/id_rsa2.pub`, `transcodes/128/$id.m4a`.
fn is_interpolated_path(value: &[u8]) -> bool {
    let is_variable = |pair: &[u8]| {
        matches!(pair[0], b'$' | b'#' | b'%')
            && (pair[1] == b'{' || pair[1] == b'(' || pair[0] == b'$' && pair[1].is_ascii_alphabetic())
            || pair == b"{{"
    };
    let is_plain = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'/' | b'.' | b'_' | b'-' | b'$' | b'{' | b'}' | b'(' | b')' | b'~' | b'#' | b' ')
    };
    if !value.iter().all(is_plain) {
        return false;
    }
    let variables = value.windows(2).filter(|pair| is_variable(pair)).count();
    if variables == 0 || !value.contains(&b'/') && !has_extension(value) {
        return false;
    }
    // A variable and a slash begin the value, or it ends like the name of a file.
    has_extension(value)
        || value.starts_with(b"$") && {
            let close = value.iter().position(|b| matches!(b, b'}' | b')' | b'/')).unwrap_or(0);
            close >= 4 && value.get(close + usize::from(value[close] != b'/')) == Some(&b'/')
        }
}

/// True for a value that ends like the name of a file.
fn has_extension(value: &[u8]) -> bool {
    let value = value.strip_suffix(b")").unwrap_or(value);
    let Some(dot) = memchr::memrchr(b'.', value) else { return false };
    let end = &value[dot + 1..];
    dot > 0
        && (2..=5).contains(&end.len())
        && end.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && end[0].is_ascii_lowercase()
}

/// True for text between a closing quote and an opening one: `".sha1($x)."`, `" + x + "`.
fn is_interpolation(value: &[u8]) -> bool {
    let quote = value[0];
    if !matches!(quote, b'"' | b'\'') || value.len() < 5 || value[value.len() - 1] != quote {
        return false;
    }
    let inner = value[1..value.len() - 1].trim_ascii();
    let is_operator = |b: Option<&u8>| matches!(b, Some(b'.' | b'+' | b'&' | b'|' | b'%' | b','));
    is_operator(inner.first()) && is_operator(inner.last())
}

/// True for escaped text of another script, and for marks of a translation service.
fn is_foreign_text(value: &[u8]) -> bool {
    let is_escape = |at: usize| {
        // A byte that is not ASCII.
        let is_byte = value.get(at + 1) == Some(&b'x')
            && value
                .get(at + 2)
                .is_some_and(|digit| matches!(digit, b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'))
            && value.get(at + 3).is_some_and(u8::is_ascii_hexdigit);
        is_byte
            || value[at..].starts_with(b"\\u")
                && value.get(at + 2..at + 6).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    value.starts_with(b"crwdns") || memchr::memchr_iter(b'\\', value).any(is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_kinds_are_told() {
        for value in [
            "aes-256-gcm",
            "sha512_crypt",
            "AES/CBC/PKCS5Padding",
            "utf-8",
            "latin-1",
            "HMAC-SHA256",
            "des-ede3-cbc",
            "ec2:GetPasswordData",
            "idp7:ConfirmForgotPassword",
            "PKCS12_PRIVATEKEY",
            "NEXUS_PW_01",
            "8.hours",
            "3.weeks",
            "1h30m",
            "24h0m0s",
            "15min",
            "PT15M",
            "required|string|max:255",
            "password:api",
            "ZRT-4819",
            "2.0.6=default,runtimeClasspath",
            "1.2.3-SNAPSHOT",
            "kW/Rm[...]7/t9cQuL",
            "eyJhb...x7Qw9LmP",
            "0:0:Ops:/home/ops:/bin/zsh",
            "SOFTWARE\\WOW6432Node\\Acme\\Setup7\\VC7",
            "${HOME}/.ssh/id_rsa2.pub",
            "transcodes/128/$ulid.m4a",
            "\".sha1($pw.$salt).\"",
            "\\u540d\\u79f0",
            "crwdns700:0crwdne700:0",
            "2.5.13.17:=\\zz",
            "android.os.BinderProxy@2bd79ce",
        ] {
            assert!(is_other_kind(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn what_people_and_machines_make_is_none_of_them() {
        for value in [
            "Sommer2019!",
            "dragonfly77",
            "tr0ub4dor&3",
            "orange27",
            "kfp-xcmp",
            "Blumentopf",
            "AB12-99x",
            "5minutesToGo",
            "a8.hours7",
            "Kz7rWq29Lm",
            "HELLO-WORLD-1",
            "sha256Sum9!",
            "x:y:z:w",
            "$a/b$c9",
            "1.2.3x",
            "blue.sky@2024",
            "password:hunter",
            "java.lang.k7Qz@x9",
        ] {
            assert!(!is_other_kind(value.as_bytes()), "{value}");
        }
    }
}
