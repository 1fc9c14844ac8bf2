//! Words of names: those that say that a value is about a secret instead of being one, that it is public, or that it is a
//! secret key.

use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::words::Words;

/// Last words of names whose values are about a secret instead of being one.
#[rustfmt::skip]
pub(super) static ABOUT: Words = Words::new(&[
    "address", "addresses", "age", "alg", "algo", "algorithm", "at", "attempts", "attr", "attribute", "authority",
    "backend", "bits", "bytes", "callback", "caption", "case", "changed", "char", "chars", "class",
    "cmd", "code", "column", "command", "count", "created", "date", "desc", "description", "dir",
    "directory", "domain", "duration", "element", "email", "enabled", "encoding", "endpoint", "env",
    "environment", "error", "errors", "event", "exp", "expiration", "expire", "expires", "expiry",
    "factory", "fail", "failed", "fails", "failure", "failures", "field", "fields", "file",
    "filename", "filter", "flag", "flow", "folder", "form", "format", "func", "function",
    "generator", "group", "handler", "header", "help", "hint", "host", "icon", "id", "identifier",
    "ids", "idx", "index", "info", "input", "interval", "invalid", "issuer", "json", "kind",
    "label", "len", "length", "level", "lifetime", "limit", "link", "list", "location", "logo",
    "manager", "map", "max", "md5", "mechanism", "message", "method", "mgr", "min", "minimum", "missing", "mode",
    "model", "module", "msg", "name", "names", "namespace", "number", "on", "option", "options",
    "order", "owner", "page", "panel", "param", "parameter", "params", "parser", "path", "paths",
    "pattern", "place", "placeholder", "plugin", "policy", "port", "position", "prefix",
    "processor", "prompt", "property", "protocol", "provider", "providers", "purpose", "question", "ref", "reference", "regex",
    "regexp", "region", "repo", "required", "reset", "resource", "role", "route", "rule", "rules",
    "schema", "scheme", "scope", "scopes", "section", "selector", "server", "service", "settings",
    "since", "size", "source", "spec", "state", "status", "store", "strategy", "strength", "style",
    "suffix", "supported", "tab", "table", "target", "template", "test", "text", "time", "timeout",
    "timestamp", "title", "tooltip", "ttl", "type", "types", "until", "updated", "uri", "url",
    "urls", "usage", "used", "user", "username", "utc", "valid", "validation", "validator", "var",
    "variable", "version", "view", "web", "width", "xpath",
]);

/// Words of names whose values are public, or are checksums.
#[rustfmt::skip]
pub(super) static PUBLIC: Words = Words::new(&[
    "antiforgery", "authenticity", "bad", "cache", "checksum", "commit", "continuation", "csrf",
    "digest", "dummy", "etag", "example", "fake", "fingerprint", "foreign", "hash", "hmac", "hot",
    "i18n", "integrity", "invalid", "md5", "metadata", "next", "page", "pagination", "partition",
    "placeholder", "primary", "pub", "public", "publishable", "recv", "revision", "sample", "sha",
    "sha1", "sha256", "shortcut", "sig", "signature", "signatures", "site", "sitekey", "sort",
    "translation", "verification", "wrong", "xsrf",
]);

/// Words of names whose keys and tokens are meant to be shown.
#[rustfmt::skip]
static SHOWN: Words = Words::new(&["pub", "pubkey", "public", "publickey", "publickeytoken", "publishable"]);

/// Words of names whose keys and tokens are encrypted with another key.
#[rustfmt::skip]
static SEALED: Words = Words::new(&["ciphertext", "encrypted", "sealed", "wrapped"]);

/// Words of names that belong to a secret key or token.
#[rustfmt::skip]
pub(super) static STRENGTHEN: Words = Words::new(&[
    "access", "account", "admin", "api", "app", "auth", "aws", "azure", "base", "bearer", "client",
    "consumer", "database", "db", "encryption", "ftp", "github", "gitlab", "google", "mail", "master",
    "mysql", "postgres", "private", "redis", "refresh", "root", "secret", "signing", "slack", "smtp",
    "stripe", "twilio", "user",
]);

/// Words that make a key a secret one.
#[rustfmt::skip]
pub(super) static KEY_OF: Words = Words::new(&[
    "access", "account", "api", "app", "application", "auth", "client", "consumer", "encryption",
    "master", "private", "secret", "shared", "signing",
]);

/// The tables whose search relies on their order.
#[cfg(test)]
pub(in crate::scan::generic) const TABLES: &[&[&str]] =
    &[ABOUT.list(), PUBLIC.list(), STRENGTHEN.list(), KEY_OF.list(), SHOWN.list(), SEALED.list()];

/// Whether a name is about a key instead of naming one (`key_id`, `auth_url`, `cookie_name`). Passwords,
/// secrets and tokens are judged by their value all the same.
pub(in crate::scan::generic) fn is_about(name: &[u8], kind: Kind) -> bool {
    // The bytes of a key are the key.
    let is_bytes = |last: &[u8]| kind == Kind::Key && last.eq_ignore_ascii_case(b"bytes");
    matches!(kind, Kind::Key | Kind::Other)
        && name::words(name).last().is_some_and(|last| ABOUT.has(last) && !is_bytes(last))
        && !is_header(name)
}

/// Words before `header` in names of headers with a secret.
static HEADERS: Words = Words::new(&["auth", "authorization", "token"]);

/// True for `auth_header` and similar, whose values are what the header contains.
fn is_header(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = name::words(name).collect();
    words.pop().is_some_and(|last| last.eq_ignore_ascii_case(b"header"))
        && words.pop().is_some_and(|word| HEADERS.has(word))
}

/// Whether a word says nothing about the rest of the name, though it may in other names: that of a header with a secret, and
/// that of the service Shortcut, whose keys are none of a keyboard.
pub(super) fn is_part_of_its_name(name: &[u8], word: &[u8]) -> bool {
    let has = |known: &str| name::words(name).any(|word| word.eq_ignore_ascii_case(known.as_bytes()));
    word.eq_ignore_ascii_case(b"header") && is_header(name)
        || word.eq_ignore_ascii_case(b"shortcut") && (has("api") || has("token"))
}

/// Whether a word, as the last of a name, says that the value is about a secret.
pub(in crate::scan::generic) fn is_about_word(word: &[u8]) -> bool {
    ABOUT.has(word)
}

/// Names, or ends of names, of keys and tokens that are no secrets: the handle of a request, the number that Postman gives
/// it, the greeting of a protocol, what a page with a captcha shows, a shop's module, a post, the link between two tables,
/// the name of a cluster or a project, the table of a grammar. Lower-case, without marks.
const HANDLES: [&[u8]; 13] = [
    b"captchasitekey",
    b"datasitekey",
    b"foreignkey",
    b"idempotencykey",
    b"initialclustertoken",
    b"modulekey",
    b"postmantoken",
    b"projectkey",
    b"reblogkey",
    b"secwebsocketkey",
    b"spreadsheetkey",
    b"tokendata",
    b"turnstilesitekey",
];

/// Whether a name ends as one of [`HANDLES`] does.
fn is_handle(name: &[u8]) -> bool {
    let plain: Vec<u8> =
        name.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    HANDLES.iter().any(|handle| plain.ends_with(handle))
}

/// Whether a name is that of a key with which something is encrypted (`encryptedSavedObjects.encryptionKey`, `SEALED_ENV_KEY`).
fn encrypts(name: &[u8]) -> bool {
    let mut words = name::words(name).peekable();
    let mut is_encryption = false;
    while let Some(word) = words.next() {
        let is_next =
            |wanted: &[u8], next: Option<&&[u8]>| next.is_some_and(|next| next.eq_ignore_ascii_case(wanted));
        is_encryption |= word.eq_ignore_ascii_case(b"encryption") && is_next(b"key", words.peek());
        is_encryption |= word.eq_ignore_ascii_case(b"sealed") && is_next(b"env", words.peek());
    }
    is_encryption
}

/// Whether a name is that of a key or token which is meant to be shown (`publicKey`, `PublicKeyToken`), or of one that
/// only another key opens (`encrypted_key`).
pub(in crate::scan::generic) fn is_shown(name: &[u8], kind: Kind) -> bool {
    let starts = |word: &[u8]| matches!(word.first(), Some(b'p' | b'P'));
    matches!(kind, Kind::Key | Kind::Token) && name::words(name).any(|word| starts(word) && SHOWN.has(word))
        || matches!(kind, Kind::Key | Kind::Token) && is_handle(name)
        || matches!(kind, Kind::Key | Kind::Token | Kind::Secret)
            && name::words(name).any(|word| SEALED.has(word))
            && !encrypts(name)
}
