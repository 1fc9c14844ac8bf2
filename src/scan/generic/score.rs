//! How likely a value is a secret, from its name, its form and its shape alone.
//!
//! Set by hand. "High" is reached only by values that a machine drew; a value that a person may have
//! chosen stays at "medium", however telling its name. What falls under the floor is dropped at detection.

use super::name::{self, Kind};
use super::operator::Joint;
use super::shape::Shape;
use super::{Class, veto};
use crate::model::{Form, Score};

/// Below this, no place could lift a value to "low" confidence with reason.
const FLOOR: i32 = 150;

/// The least of a value of which the structure says that it is a secret.
const SAID: i32 = 560;

/// All that is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a> {
    /// The name, as written.
    pub identifier: &'a [u8],
    /// What its anchor word says.
    pub kind: Kind,
    /// How name and value are joined.
    pub joint: Joint,
    /// How the value is written.
    pub form: Form,
    /// True where other text is joined to the value.
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
}

/// Last words of names whose values are about a secret instead of being one.
#[rustfmt::skip]
const ABOUT: &[&str] = &[
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
];

/// Words of names whose values are public, or are checksums.
#[rustfmt::skip]
const PUBLIC: &[&str] = &[
    "bad", "cache", "checksum", "commit", "digest", "dummy", "etag", "example", "fake", "fingerprint",
    "foreign", "hash", "hot", "i18n", "integrity", "invalid", "md5", "metadata", "partition",
    "placeholder", "primary", "pub", "public", "publishable", "recv", "revision", "sample", "sha", "sha1",
    "sha256", "shortcut", "site", "sitekey", "sort", "translation", "wrong",
];

/// Words of names that belong to a key or token which is secret.
#[rustfmt::skip]
const STRENGTHEN: &[&str] = &[
    "access", "account", "admin", "api", "app", "auth", "aws", "azure", "base", "bearer", "client",
    "consumer", "database", "db", "encryption", "ftp", "github", "gitlab", "google", "mail", "master",
    "mysql", "postgres", "private", "redis", "refresh", "root", "secret", "signing", "slack", "smtp",
    "stripe", "twilio", "user",
];

/// The tables that are searched as sorted.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[ABOUT, PUBLIC, STRENGTHEN, KEY_OF];

/// Words that make a key a secret one.
#[rustfmt::skip]
const KEY_OF: &[&str] = &[
    "access", "account", "api", "app", "application", "auth", "client", "consumer", "encryption",
    "master", "private", "secret", "shared", "signing",
];

/// Judges a value. `None` where it could not reach "low" at any place.
pub(super) fn judge(input: &Input<'_>) -> Option<Judged> {
    if veto::is_hash(input.value) {
        return Some(Judged { score: Score(300), class: Class::Hash });
    }
    let shape = Shape::of(input.value);
    let random = randomness(&shape, input.value);
    let mut points = named(input);
    let class = if random >= 600 { Class::Random } else { Class::Chosen };
    points += match class {
        Class::Random => 420 + (random - 600) / 4,
        _ => chosen(input, &shape, random),
    };
    points += match input.form {
        Form::Quoted | Form::Token => 40,
        Form::Call => -20,
        Form::Markup | Form::Inline => 20,
        Form::Bare | Form::Block | Form::Login | Form::Declared | Form::Position => 0,
    };
    points -= match input.joint {
        Joint::Compare => 40,
        Joint::Argument => 100,
        Joint::Space if input.form == Form::Bare => 120,
        Joint::Space => 60,
        _ => 0,
    };
    if input.joined {
        points -= 220;
    }
    if matches!(input.form, Form::Login | Form::Declared)
        && !input.joined
        && points > 0
        && !is_named(input.value)
    {
        // The structure says what the value is, whatever it looks like.
        points = points.max(SAID);
    }
    if class == Class::Chosen {
        points = points.min(790);
    }
    (points >= FLOOR).then(|| Judged { score: Score(points.clamp(0, 970) as u16), class })
}

/// True for a value that may be a name: words joined by underscores, a word of credentials among others, letters that
/// English has none of.
fn is_named(value: &[u8]) -> bool {
    let plain = !value.iter().any(|b| b.is_ascii_digit());
    let mut words = name::words(value);
    plain
        && (value.contains(&b'_') && Shape::of(value).cover() > 0.7
            || value.iter().any(|b| *b >= 0x80)
            || words.any(name::is_credential_word))
}

/// Whether a name speaks about a key instead of naming one (`key_id`, `auth_url`, `cookie_name`). Passwords,
/// secrets and tokens are judged by their value all the same.
pub(super) fn is_about(name: &[u8], kind: Kind) -> bool {
    matches!(kind, Kind::Key | Kind::Other)
        && name::words(name).last().is_some_and(|last| name::is_among(last, ABOUT))
        && !is_header(name)
}

/// True for `auth_header` and its like, whose values are what the header carries.
fn is_header(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = name::words(name).collect();
    words.pop().is_some_and(|last| last.eq_ignore_ascii_case(b"header"))
        && words.pop().is_some_and(|word| name::is_among(word, &["auth", "authorization", "token"]))
}

/// Whether a word, as the last of a name, says that the value is about a secret.
pub(super) fn is_about_word(word: &[u8]) -> bool {
    name::is_among(word, ABOUT)
}

/// What the name says, in points.
fn named(input: &Input<'_>) -> i32 {
    let words: Vec<&[u8]> = name::words(input.identifier).collect();
    let secret_key = || words.iter().any(|word| name::is_among(word, KEY_OF));
    let mut points = match input.kind {
        Kind::Password => 330,
        Kind::Secret => 320,
        Kind::Token => 310,
        Kind::Key if secret_key() => 300,
        Kind::Key => 170,
        Kind::Other => 140,
    };
    if words.last().is_some_and(|last| name::is_among(last, ABOUT)) && !is_header(input.identifier) {
        points -= 320;
    }
    if words.iter().any(|word| name::is_among(word, PUBLIC)) {
        points -= 220;
    }
    if matches!(input.kind, Kind::Key | Kind::Token)
        && words.iter().any(|word| name::is_among(word, &["pub", "public", "publickeytoken"]))
    {
        points -= 600;
    }
    if words.len() > 1 && words.iter().any(|word| name::is_among(word, STRENGTHEN)) {
        points += 60;
    }
    points
}

/// How surely a machine drew the value, in thousandths; 600 and above is taken for random.
fn randomness(shape: &Shape, value: &[u8]) -> i32 {
    if shape.blanks > 0 || shape.foreign > 0 || shape.len < 8 {
        return 0;
    }
    let len = shape.len as f32;
    let alnum = (shape.letters() + shape.digits) as f32;
    if alnum < 0.8 * len {
        return if shape.len >= 12 && shape.distinct as f32 > 0.7 * len && shape.cover() < 0.3 {
            650
        } else {
            300
        };
    }
    if shape.hex == shape.len - dashes(value) && shape.digits > 0 && shape.lower.min(shape.upper) == 0 {
        let digits = shape.digits as f32 / alnum;
        let balanced = (0.35..=0.9).contains(&digits);
        return match shape.len {
            16.. if balanced && shape.entropy > 2.8 => 700 + (shape.len as i32 * 5).min(250),
            10..=15 if balanced => 500,
            _ => 200,
        };
    }
    let unlike = shape.surprise - 4.2;
    let mut points = 300.0 + 120.0 * unlike - 420.0 * (shape.cover() - 0.25);
    let changes = shape.changes as f32 / (len - 1.0).max(1.0);
    points += 500.0 * (changes - 0.25);
    points += 14.0 * (len.min(40.0) - 16.0);
    if shape.digits > 0 && shape.lower > 0 && shape.upper > 0 {
        points += 120.0;
    }
    if shape.len < 12 {
        points = points.min(590.0);
    }
    points as i32
}

/// Minus signs, as UUIDs have them.
fn dashes(value: &[u8]) -> usize {
    value.iter().filter(|&&b| b == b'-').count()
}

/// Points for a value that a person may have chosen.
fn chosen(input: &Input<'_>, shape: &Shape, random: i32) -> i32 {
    let mut points = 80 + random.max(0) / 3;
    let cover = shape.cover();
    let password = input.kind == Kind::Password;
    if shape.blanks > 0 {
        points -= 150;
    }
    if !password {
        points -= 120;
    }
    if shape.foreign > 0 {
        points -= 150;
    }
    if password && cover < 0.5 && shape.blanks == 0 {
        points += 90;
    }
    if cover > 0.8 && shape.digits == 0 {
        points -= 220;
    } else if cover > 0.5 && shape.digits == 0 {
        points -= 100;
    }
    if shape.digits > 0 && shape.letters() > 0 {
        points += 130;
    }
    if shape.marks > 0 && shape.digits > 0 && shape.letters() > 0 {
        points += 60;
    }
    if shape.words > 2 {
        points -= 80;
    }
    if shape.len > 40 {
        points -= 150;
    }
    points
}
