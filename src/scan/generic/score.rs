//! How likely a value is a secret, from its name, its operator, its form and its shape alone.
//!
//! A learnt model ([`super::model`]) gives the probability, in thousandths; docs/judge.md says how it was learnt and
//! what the number means. Two things are decided here by hand, without it: hashes of passwords, and names that speak
//! about a key. Values below the floor are dropped at detection.

use super::features::Features;
use super::model::Model;
use super::name::{self, Kind};
use super::operator::Joint;
use super::shape::Shape;
use super::words::Words;
use super::{Class, veto};
use crate::model::{Basis, Confidence, Form, Score};
use std::sync::atomic::{AtomicBool, Ordering};

/// With a probability below this, in thousandths, no place could make a value worth a look.
const FLOOR: u16 = 60;

/// The score of a password's hash: it is what it looks like, and of use only to people who can guess the password.
const HASH: Score = Score(300);

/// The highest score of a value that a person may have chosen.
const BELOW_HIGH: Score = Score(Confidence::High.floor().0 - 1);

/// A value whose letters have this mean surprise or more counts as random, in sixteenths of a bit.
const DRAWN: usize = 72;

/// The lowest score of a value of which the structure says that it is a secret.
const SAID: Score = Score(650);

/// All that is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a> {
    /// The name, as written.
    pub identifier: &'a [u8],
    /// What its anchor word means.
    pub kind: Kind,
    /// How name and value are joined.
    pub joint: Joint,
    /// How the value is written.
    pub form: Form,
    /// True if other text is joined to the value.
    pub joined: bool,
    /// The secret, decoded.
    pub value: &'a [u8],
}

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    /// How likely it is a secret.
    pub score: Score,
    /// What kind of value it is.
    pub class: Class,
    /// What was known besides name, form and value.
    pub basis: Basis,
}

/// Last words of names whose values are about a secret instead of being one.
#[rustfmt::skip]
pub(super) static ABOUT: Words = Words::new(&[
    "age", "alg", "algo", "algorithm", "at", "attempts", "attr", "attribute", "authority", "backend",
    "bits", "bytes", "callback", "caption", "case", "changed", "char", "chars", "class", "cmd", "code",
    "column", "command", "count", "created", "date", "desc", "description", "dir", "directory",
    "domain", "duration", "element", "email", "enabled", "encoding", "endpoint", "env", "environment",
    "error", "errors", "event", "exp", "expiration", "expire", "expires", "expiry", "factory", "failed",
    "fails", "field", "fields", "file", "filename", "filter", "flag", "flow", "folder", "form",
    "format", "func", "function", "generator", "group", "handler", "header", "help", "hint", "host",
    "icon", "id", "identifier", "ids", "idx", "index", "info", "input", "interval", "invalid", "issuer",
    "json", "kind", "label", "len", "length", "level", "lifetime", "limit", "link", "list", "location",
    "logo", "manager", "map", "max", "md5", "message", "method", "mgr", "min", "minimum", "missing",
    "mode", "model", "module", "msg", "name", "names", "namespace", "number", "on", "option", "options",
    "order", "owner", "page", "panel", "param", "parameter", "params", "parser", "path", "paths",
    "pattern", "place", "placeholder", "plugin", "policy", "port", "position", "prefix", "prompt",
    "property", "protocol", "provider", "purpose", "question", "ref", "reference", "regex", "regexp",
    "region", "repo", "required", "reset", "resource", "role", "route", "rule", "rules", "schema",
    "scheme", "scope", "scopes", "section", "selector", "server", "service", "settings", "since",
    "size", "source", "spec", "state", "status", "store", "strategy", "strength", "style", "suffix",
    "supported", "tab", "table", "target", "template", "test", "text", "time", "timeout", "timestamp",
    "title", "tooltip", "ttl", "type", "types", "until", "updated", "uri", "url", "urls", "usage",
    "used", "user", "username", "utc", "valid", "validation", "validator", "var", "variable", "version",
    "view", "web", "width", "xpath",
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

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] =
    &[ABOUT.list(), PUBLIC.list(), STRENGTHEN.list(), KEY_OF.list(), SHOWN.list(), SEALED.list()];

/// Words that make a key a secret one.
#[rustfmt::skip]
pub(super) static KEY_OF: Words = Words::new(&[
    "access", "account", "api", "app", "application", "auth", "client", "consumer", "encryption",
    "master", "private", "secret", "shared", "signing",
]);

/// True while the scan keeps everything that the parser reads, however unlikely: the judge is trained with it.
static KEEPS_ALL: AtomicBool = AtomicBool::new(false);

/// From now on nothing in the whole process is dropped for its score. For the trainer alone.
pub(in crate::scan) fn keep_all() {
    KEEPS_ALL.store(true, Ordering::Relaxed);
}

/// Judges a value. `None` if no place could make it worth a look.
pub(super) fn judge(input: &Input<'_>) -> Option<Judged> {
    if veto::is_hash(input.value) {
        return Some(Judged { score: HASH, class: Class::Hash, basis: Basis::default() });
    }
    let features = Features::of(input);
    let score = match weigh(Model::shipped(), input, &features) {
        Some(score) => score,
        None if KEEPS_ALL.load(Ordering::Relaxed) => Score(1),
        None => return None,
    };
    let class = if features.is_drawn(DRAWN) { Class::Random } else { Class::Chosen };
    Some(Judged { score, class, basis: basis(input) })
}

/// The probability that a model gives for these features. A value that a person may have chosen stays below high: the
/// training data has only made-up examples of what people choose.
fn probability(model: &Model, features: &Features) -> Option<Score> {
    let most = if features.is_drawn(DRAWN) { Score(u16::MAX) } else { BELOW_HIGH };
    model.probability(features, FLOOR).map(|probability| Score(probability).min(most))
}

/// The score that a model gives an assignment. If the structure says that the value is a secret, it is at least
/// [`SAID`].
pub(in crate::scan) fn weigh(model: &Model, input: &Input<'_>, features: &Features) -> Option<Score> {
    let learnt = probability(model, features);
    let is_said = matches!(input.form, Form::Login | Form::Declared)
        && matches!(input.kind, Kind::Password | Kind::Secret)
        && !input.joined
        && !is_named(input.value);
    if is_said { Some(learnt.unwrap_or(SAID).max(SAID)) } else { learnt }
}

/// Packs what the candidate's other fields do not contain.
fn basis(input: &Input<'_>) -> Basis {
    let kind = KINDS.iter().position(|&kind| kind == input.kind).unwrap_or(0) as u16;
    let joint = JOINTS.iter().position(|&joint| joint == input.joint).unwrap_or(0) as u16;
    let (joined, is_login) = (u16::from(input.joined), u16::from(input.form == Form::Login));
    Basis(1 + (kind | joint << 4 | joined << 8 | is_login << 9))
}

/// The input that gave a candidate with this basis; `None` if the model did not judge it.
pub(super) fn input<'a>(
    basis: Basis,
    identifier: &'a [u8],
    form: Form,
    value: &'a [u8],
) -> Option<Input<'a>> {
    let packed = basis.0.checked_sub(1)?;
    let kind = *KINDS.get(usize::from(packed & 15))?;
    let joint = *JOINTS.get(usize::from(packed >> 4 & 15))?;
    let form = if packed >> 9 & 1 == 1 { Form::Login } else { form };
    Some(Input { identifier, kind, joint, form, joined: packed >> 8 & 1 == 1, value })
}

/// Kinds by their number in a [`Basis`].
const KINDS: [Kind; 5] = [Kind::Other, Kind::Key, Kind::Token, Kind::Secret, Kind::Password];

/// Joints by their number in a [`Basis`].
const JOINTS: [Joint; 10] = [
    Joint::Compare,
    Joint::Argument,
    Joint::Prose,
    Joint::Block,
    Joint::Space,
    Joint::Call,
    Joint::Markup,
    Joint::Flag,
    Joint::Colon,
    Joint::Assign,
];

/// True for a value that may be a name: words joined by underscores, a word of credentials among others, letters that
/// English does not have.
fn is_named(value: &[u8]) -> bool {
    let plain = !value.iter().any(|b| b.is_ascii_digit());
    let mut words = name::words(value);
    plain
        && (value.contains(&b'_') && Shape::of(value).cover() > 70
            || value.iter().any(|b| *b >= 0x80)
            || words.any(name::is_credential_word))
}

/// Whether a name is about a key instead of naming one (`key_id`, `auth_url`, `cookie_name`). Passwords,
/// secrets and tokens are judged by their value all the same.
pub(super) fn is_about(name: &[u8], kind: Kind) -> bool {
    matches!(kind, Kind::Key | Kind::Other)
        && name::words(name).last().is_some_and(|last| ABOUT.has(last))
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

/// Whether a word, as the last of a name, says that the value is about a secret.
pub(super) fn is_about_word(word: &[u8]) -> bool {
    ABOUT.has(word)
}

/// Whether a name is that of a key or token which is meant to be shown (`publicKey`, `PublicKeyToken`), or of one that
/// only another key opens (`encrypted_key`).
pub(super) fn is_shown(name: &[u8], kind: Kind) -> bool {
    let starts = |word: &[u8]| matches!(word.first(), Some(b'p' | b'P'));
    matches!(kind, Kind::Key | Kind::Token) && name::words(name).any(|word| starts(word) && SHOWN.has(word))
        || matches!(kind, Kind::Key | Kind::Token | Kind::Secret)
            && name::words(name).any(|word| SEALED.has(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_gives_back_what_was_judged() {
        for kind in KINDS {
            for joint in JOINTS {
                for (joined, form) in [(false, Form::Bare), (true, Form::Bare), (false, Form::Login)] {
                    let input = Input { identifier: b"a", kind, joint, form, joined, value: b"b" };
                    let again =
                        super::input(basis(&input), b"a", Form::Bare, b"b").expect("it was an assignment");
                    let is = (again.kind, again.joint, again.joined, again.form);
                    assert_eq!(is, (kind, joint, joined, form));
                }
            }
        }
        assert!(super::input(Basis::default(), b"a", Form::Bare, b"b").is_none());
    }
}
