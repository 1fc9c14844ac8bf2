//! What code calls a key, a token or a password without meaning a secret: names of fields, functions that ask for
//! something by its name, lists of names, flags of features, pieces of minified code.
//!
//! Each of these was reported in the histories of public repositories of different worlds, read finding by finding.

use super::beside::is_wordlike;
use super::pair::{Pair, is_any, plain};
use crate::scan::generic::line::MarkFinder;
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::shape::{is_mixed, is_random};

/// What a key belongs to that names a field, an entry or an option of something.
const FIELDS: &[&str] = &[
    "cache",
    "col",
    "column",
    "config",
    "data",
    "dict",
    "document",
    "entry",
    "event",
    "feature",
    "field",
    "foreign",
    "group",
    "i18n",
    "index",
    "input",
    "item",
    "label",
    "list",
    "locale",
    "lookup",
    "map",
    "memo",
    "menu",
    "message",
    "meta",
    "metric",
    "name",
    "object",
    "option",
    "options",
    "output",
    "page",
    "param",
    "parameter",
    "partition",
    "prediction",
    "primary",
    "prop",
    "property",
    "query",
    "reply",
    "route",
    "row",
    "schema",
    "series",
    "setting",
    "settings",
    "sort",
    "source",
    "state",
    "tab",
    "target",
    "text",
    "translation",
    "type",
    "unique",
    "value",
    "view",
    "weight",
];

/// The same, of which a value is a name only if it is made of words.
const MEMBERS: &[&str] = &["configuration", "count", "limit", "result"];

/// What fields of a form or a table are called.
const NAMES: &[&str] = &[
    "account",
    "address",
    "city",
    "country",
    "email",
    "firstname",
    "host",
    "id",
    "lastname",
    "login",
    "mail",
    "mobile",
    "name",
    "nickname",
    "phone",
    "port",
    "role",
    "roles",
    "salt",
    "type",
    "uid",
    "url",
    "user",
    "username",
];

/// Verbs of functions whose first argument is a name.
const ASKS: &[&str] = &["compact", "contains", "exists", "get", "has", "isset", "pluck", "remove", "unset"];

/// Verbs of PowerShell's commands.
const VERBS: &[&str] = &[
    "Add",
    "Clear",
    "Close",
    "Compare",
    "Convert",
    "ConvertFrom",
    "ConvertTo",
    "Copy",
    "Disable",
    "Enable",
    "Enter",
    "Exit",
    "Export",
    "Find",
    "Format",
    "Get",
    "Import",
    "Install",
    "Invoke",
    "Join",
    "Measure",
    "Move",
    "New",
    "Out",
    "Pop",
    "Push",
    "Read",
    "Register",
    "Remove",
    "Rename",
    "Reset",
    "Resolve",
    "Restart",
    "Resume",
    "Save",
    "Select",
    "Send",
    "Set",
    "Show",
    "Sort",
    "Split",
    "Start",
    "Stop",
    "Suspend",
    "Tee",
    "Test",
    "Trace",
    "Unregister",
    "Update",
    "Wait",
    "Where",
    "Write",
];

/// Words in a name that make `pass` and `pwd` something else.
const OTHERWISE: &[&str] = &[
    "audience",
    "audiences",
    "color",
    "colors",
    "fastcgi",
    "fields",
    "filenames",
    "filters",
    "grpc",
    "memcached",
    "nag",
    "proxy",
    "scgi",
    "through",
    "uwsgi",
];

/// What only code contains.
const CODE: [&[u8]; 8] = [b"function(", b"}},", b"}),", b"===", b"!==", b"=>{", b"){return", b"}},["];

/// True for a value that is no secret as code uses it.
pub(in crate::scan::generic) fn is_of_code(pair: &Pair<'_>) -> bool {
    is_code(pair.value)
        || is_prefixed_name(pair)
        || is_spelled_name(pair)
        || is_flag_of_feature(pair)
        || is_prefix(pair)
        || is_field(pair)
        || is_asked_for(pair)
        || is_name_among_names(pair)
        || is_of_next_list(pair)
        || is_taken_apart(pair)
        || is_otherwise(pair)
        || is_token_of_grammar(pair)
        || is_identifier_key(pair)
        || is_cmdlet(pair.value)
        || is_quoted_module(pair)
        || is_residence(pair)
        || is_of_module_of_styles(pair)
        || is_event(pair)
        || is_variable_of_abap(pair)
        || pair.value == b"getenv"
}

fn is_code(value: &[u8]) -> bool {
    let marks = MarkFinder::new(value);
    CODE.iter().any(|code| marks.has(code)) && !is_mixed(value)
}

/// True for letters, digits at the end, and marks between words: what programs call their own things.
fn is_word(value: &[u8]) -> bool {
    let letters = value.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
    letters > 0
        && value.len() - letters <= 3
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && !value[..letters].iter().any(u8::is_ascii_digit)
        && !is_random(value)
}

/// True for what has the letters of words, or marks between its parts.
fn is_spelled(value: &[u8]) -> bool {
    value.contains(&b'_') || is_wordlike(value)
}

/// True for `"Ed25519Key": "toot:Ed25519Key"`.
fn is_prefixed_name(pair: &Pair<'_>) -> bool {
    let Some(colon) = pair.value.iter().position(|&b| b == b':') else { return false };
    let (prefix, rest) = (&pair.value[..colon], &pair.value[colon + 1..]);
    prefix.iter().all(u8::is_ascii_alphanumeric) && rest == pair.identifier
}

/// True for the words of its own name without those for a key: `#define UART_MQTT_KEY_X "uartmqttX"`.
fn is_spelled_name(pair: &Pair<'_>) -> bool {
    let is_of_key = |word: &&[u8]| !is_any(word, &["key", "keys", "name", "id", "token"]);
    let words: Vec<&[u8]> = name::words(pair.identifier).filter(is_of_key).collect();
    if words.len() >= 2 && plain(&words.concat()) == plain(pair.value) {
        return true;
    }
    // `UART_MQTT_KEY_RX_PIN "uartmqttRxGPIO"`: what is before the key, and what is after it, maybe by another name.
    let mut sides = name::words(pair.identifier);
    let before: Vec<&[u8]> = sides.by_ref().take_while(is_no_key).collect();
    let first = plain(&before.concat());
    let rest = plain(pair.value).strip_prefix(&first[..]).map(<[u8]>::to_vec);
    before.len() >= 2
        && sides.next().is_some()
        && rest.is_some_and(|rest| rest.len() <= 12 && rest.iter().all(u8::is_ascii_lowercase))
}

/// True for another word than the one for a key.
fn is_no_key(word: &&[u8]) -> bool {
    !word.eq_ignore_ascii_case(b"key")
}

/// True for a feature's flag: `UsePasswordGenerators = "pm-19976-use-password-generators"`.
fn is_flag_of_feature(pair: &Pair<'_>) -> bool {
    let is_part = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    if !pair.value.iter().all(is_part) {
        return false;
    }
    let own: Vec<Vec<u8>> = name::words(pair.identifier).map(<[u8]>::to_ascii_lowercase).collect();
    let words: Vec<&[u8]> = name::words(pair.value).filter(|word| word.len() > 2).collect();
    let known = words.iter().filter(|word| own.iter().any(|own| own == *word)).count();
    words.len() >= 3 && known >= 2 && known * 5 >= words.len() * 3
}

/// True for the start of what code puts together: `"whsec_" + key`, `"lowAlarm=" + value`.
fn is_prefix(pair: &Pair<'_>) -> bool {
    let after = pair.after_value(8);
    let Some((b'"' | b'\'' | b'`', rest)) = after.split_first() else { return false };
    let rest = rest.trim_ascii_start();
    let goes_on = rest.starts_with(b"+")
        || rest.starts_with(b"||")
        || rest.starts_with(b". ")
        || rest.starts_with(b"..");
    let is_parameter =
        pair.value.strip_suffix(b"=").is_some_and(|name| name.iter().all(u8::is_ascii_alphabetic));
    let is_begun = matches!(pair.value.last(), Some(b'_' | b'-' | b':' | b'.')) || is_parameter;
    goes_on && pair.value.len() <= 16 && is_begun
}

/// True for the name of a field: `data-key='topic'`, `label_key = "sentence1"`, `text_b_key = "sentence2"`.
fn is_field(pair: &Pair<'_>) -> bool {
    // A single letter says which of several.
    let words = name::words(pair.identifier).filter(|word| word.len() > 1);
    let mut words = words.collect::<Vec<_>>().into_iter().rev();
    let last = words.next().unwrap_or_default();
    let owner = words.next().unwrap_or_default();
    match pair.kind {
        Kind::Key => {
            is_any(last, &["key", "keys"])
                && is_word(pair.value)
                && (is_any(owner, FIELDS) || is_any(owner, MEMBERS) && is_spelled(pair.value))
        }
        // HTML's `data-token="breadcrumb"`.
        Kind::Token => {
            is_any(last, &["token"])
                && is_any(owner, &["data"])
                && pair.value.len() <= 20
                && pair.value.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
                && !is_random(pair.value)
                || is_any(last, &["token"])
                    && is_any(owner, &["input", "output"])
                    && words.next().is_none()
                    && is_word(pair.value)
                    && is_spelled(pair.value)
        }
        _ => false,
    }
}

/// True for the name that a function is asked for: `array_key_exists('birthday', $user)`, `compact('password', 'salt')`.
fn is_asked_for(pair: &Pair<'_>) -> bool {
    let is_name = pair.value.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_');
    let called = pair.between();
    // The first argument: what comes later may be a password after its login.
    let opens = called.split_first().is_some_and(|(&open, rest)| {
        open == b'(' && rest.iter().all(|b| matches!(b, b' ' | b'"' | b'\'' | b'`' | b'\n'))
    });
    let has = |known: &[&str]| name::words(pair.identifier).any(|word| is_any(word, known));
    let ends_in = |end: &[u8]| pair.identifier.to_ascii_lowercase().ends_with(end);
    let is_within_call = || {
        let before = pair.before_name(64).to_ascii_lowercase();
        [&b"compact("[..], b"only(", b"except(", b"array_keys("]
            .iter()
            .any(|call| memchr::memmem::rfind(&before, call).is_some_and(|at| !before[at..].contains(&b')')))
    };
    let is_constant =
        || pair.kind != Kind::Password && pair.value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    // A pass of another kind than a password: `passes.is_pass_type_ready('league')`.
    let is_ticket = || has(&["is"]) && has(&["pass", "passes"]) && !has(&["password", "passwd"]);
    let is_asked = || has(ASKS) || is_ticket() || ends_in(b"forkey") || ends_in(b"cookie") || is_constant();
    is_name && (opens && is_asked() || is_within_call())
}

/// The quoted word that ends in `text`, before a comma and blanks.
fn item_before(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_end();
    let text = text.strip_suffix(b",")?.trim_ascii_end();
    let (&quote, inner) = text.split_last()?;
    let open = matches!(quote, b'"' | b'\'').then(|| memchr::memrchr(quote, inner)).flatten()?;
    Some((&inner[open + 1..], &inner[..open]))
}

/// True for one of several names: `["username", "role", "password_hash", "avatar_url"]`. In pairs of names and values the
/// item before is a value: `"user", "bob", "password", "x"`.
fn is_name_among_names(pair: &Pair<'_>) -> bool {
    let is_name = |item: &[u8]| {
        !item.is_empty() && item.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
    };
    let is_listed = {
        let between = pair.between();
        matches!(between.first(), Some(b'"' | b'\'')) && between.contains(&b',')
    };
    if !is_listed || !is_name(pair.value) {
        return false;
    }
    let before = pair.before_name(200);
    // A pair of names: `{"password", "salt"}`. A password may be beside the other name.
    if is_any(pair.value, NAMES) && !is_any(pair.value, &["host", "login", "mail", "name", "role", "user"]) {
        return true;
    }
    // The columns of a table, and the first of another list: `tab ? ['name', 'password'] : ['mobile', 'captcha']`.
    let is_of_columns = memchr::memmem::find(&before.to_ascii_lowercase(), b"insert into ").is_some()
        && !before.contains(&b')');
    if is_of_columns {
        return true;
    }
    let Some(before) = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")) else { return false };
    let Some((nearest, rest)) = item_before(before) else { return false };
    let is_field = |item: &[u8]| name::words(item).last().is_some_and(|word| is_any(word, NAMES));
    if is_field(nearest) {
        return true;
    }
    // Words without an order of names and values: the third before is no name either.
    let further = item_before(rest);
    further.is_some_and(|(item, rest)| {
        let is_third = item_before(rest).is_some_and(|(third, _)| is_name(third));
        is_name(nearest) && is_name(item) && !is_field(item) && is_third
    })
}

/// True for the first of another list than the name's: `tab ? ['name', 'password'] : ['mobile', 'captcha']`.
fn is_of_next_list(pair: &Pair<'_>) -> bool {
    let marks: Vec<u8> = pair.between().iter().copied().filter(|b| *b > b' ').collect();
    matches!(&marks[..], [b'"' | b'\'', b']', b':' | b',', b'[', b'"' | b'\'']) && is_word(pair.value)
}

/// True for a name that code takes out of an object, with a word if it is missing: `{token:r="mermaid"}=n`.
fn is_taken_apart(pair: &Pair<'_>) -> bool {
    let between = pair.between();
    let is_short = |name: &[u8]| (1..=2).contains(&name.len()) && name.iter().all(u8::is_ascii_alphabetic);
    let name = between.strip_prefix(b":").and_then(|rest| {
        let equals = rest.iter().position(|&b| b == b'=')?;
        matches!(rest[equals + 1..], [b'"' | b'\'']).then_some(&rest[..equals])
    });
    name.is_some_and(is_short) && is_word(pair.value)
}

/// True for a name whose other words make it something else: `uwsgi_pass`, `pass_filenames`, `pwd_color`.
fn is_otherwise(pair: &Pair<'_>) -> bool {
    let is_color = || matches!(pair.value.len(), 3 | 6) && pair.value.iter().all(u8::is_ascii_hexdigit);
    name::words(pair.identifier).any(|word| is_any(word, OTHERWISE))
        && (is_word(pair.value) || is_color() || memchr::memmem::find(pair.value, b"${").is_some())
}

/// True for what a grammar calls a token: `{token: "comment", regex: …}`.
fn is_token_of_grammar(pair: &Pair<'_>) -> bool {
    let is_scope = pair.value.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-' | b'_'));
    is_scope
        && is_any(pair.identifier, &["token", "tokens"])
        && [pair.before_name(160), pair.after_value(160)]
            .iter()
            .any(|part| memchr::memmem::find(part, b"regex").is_some())
}

/// True for an id under `…IdentifierKey` or `unique_key`.
fn is_identifier_key(pair: &Pair<'_>) -> bool {
    let mut words = name::words(pair.identifier).collect::<Vec<_>>().into_iter().rev();
    matches!(pair.value.len(), 32 | 40 | 64)
        && pair.value.iter().all(u8::is_ascii_hexdigit)
        && words.next().is_some_and(|word| is_any(word, &["key"]))
        && words.next().is_some_and(|word| {
            is_any(
                word,
                &["checksum", "dedup", "dedupe", "fingerprint", "idempotency", "identifier", "unique"],
            )
        })
}

/// True for a command of PowerShell: `Copy-Item`.
fn is_cmdlet(value: &[u8]) -> bool {
    let Some(dash) = value.iter().position(|&b| b == b'-') else { return false };
    let (verb, noun) = (&value[..dash], &value[dash + 1..]);
    VERBS.iter().any(|known| known.as_bytes() == verb)
        && noun.first().is_some_and(u8::is_ascii_uppercase)
        && noun.iter().all(u8::is_ascii_alphabetic)
}

/// True for what comes after a name in quotes that ends in `auth`: `angular.module('qiqAuth', ['ngRoute', 'firebase'])`.
fn is_quoted_module(pair: &Pair<'_>) -> bool {
    let is_of_login = pair.identifier.to_ascii_lowercase().ends_with(b"auth password")
        && !is_any(pair.key(), &["auth", "basic_auth", "basicAuth", "http_auth", "httpAuth"]);
    let is_in_quotes = matches!(pair.text.get(pair.name.end), Some(b'"' | b'\''));
    is_of_login && is_in_quotes && pair.value.iter().all(u8::is_ascii_alphabetic)
}

/// True for whether an authenticator keeps a key itself: `residentKey: 'discouraged'`.
fn is_residence(pair: &Pair<'_>) -> bool {
    is_any(pair.key(), &["residentKey", "requireResidentKey"])
        && is_any(pair.value, &["discouraged", "preferred", "required"])
}

/// True for the class that a bundler of styles made of a name: `"forgotPassword": "menu-forgotPassword-2cs"`.
fn is_of_module_of_styles(pair: &Pair<'_>) -> bool {
    let key = pair.key();
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let Some(at) = memchr::memmem::find(pair.value, key) else { return false };
    let (start, end) = (&pair.value[..at], &pair.value[at + key.len()..]);
    let (start, end) = (start.trim_ascii_end(), end.trim_ascii_start());
    // The digest at the end has few letters.
    let is_joined = |part: &[u8], mark: Option<&u8>| part.is_empty() || matches!(mark, Some(b'-' | b'_'));
    key.len() >= 8
        && pair.value.len() > key.len()
        && pair.value.iter().all(is_part)
        && is_joined(start, start.last())
        && is_joined(end, end.first())
        && end.len() <= 8
        && !is_random(start)
        && start.iter().filter(|b| b.is_ascii_digit()).count() * 4 <= start.len()
}

/// True for what happened to something, in one literal: `"AUTH:paymentorder-123"`.
fn is_event(pair: &Pair<'_>) -> bool {
    let is_capital = pair.identifier.iter().all(u8::is_ascii_uppercase);
    let letters = pair.value.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
    let (words, number) = pair.value.split_at(letters);
    let is_named = words
        .strip_suffix(b"-")
        .is_some_and(|word| word.len() >= 4 && word.iter().all(u8::is_ascii_lowercase) && is_wordlike(word));
    pair.kind == Kind::Other
        && is_capital
        && pair.between() == b":"
        && matches!(pair.before_name(4).last(), Some(b'"' | b'\''))
        && is_named
        && (1..=4).contains(&number.len())
}

/// True for a variable before the full stop of a statement of ABAP: `lv_password = p_pwd.`
fn is_variable_of_abap(pair: &Pair<'_>) -> bool {
    const CALLED: [&[u8]; 6] = [b"key", b"pass", b"passwd", b"password", b"pwd", b"secret"];
    let Some(name) = pair.value.strip_suffix(b".") else { return false };
    name.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
        && name.split(|&b| b == b'_').count() >= 2
        && name.split(|&b| b == b'_').any(|word| CALLED.contains(&word))
}
