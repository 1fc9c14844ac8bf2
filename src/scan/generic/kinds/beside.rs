//! Words that are beside a name and are not its value: fields of a format, the rest of a sentence, entries of lists that name
//! secrets, keys that every visitor of a page sees.
//!
//! Each of these was reported in public repositories of different worlds, read finding by finding. What was drawn at random
//! is silenced only where the structure around it shows that it is public.

use super::pair::{Pair, is_any};
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::shape::{Shape, is_random};

/// Fields of a line of accounts, as a comment or a message lists them.
const FIELDS: &[&str] = &[
    "acl",
    "comment",
    "database",
    "db",
    "dbname",
    "directory",
    "domain",
    "email",
    "expiry",
    "gecos",
    "gid",
    "group",
    "groups",
    "home",
    "homedir",
    "host",
    "hostname",
    "ip",
    "name",
    "path",
    "permissions",
    "port",
    "quota",
    "realm",
    "role",
    "roles",
    "salt",
    "server",
    "shell",
    "timeout",
    "token",
    "uid",
    "url",
    "user",
    "username",
    "vhost",
];

/// Words before a name that begin or join a sentence.
const JOINS: &[&str] = &[
    "a", "an", "and", "any", "both", "contain", "contains", "correct", "new", "old", "or", "the", "their",
    "valid", "your",
];

/// Under these names a program says what something is.
const IDENTITIES: &[&str] = &["gateway", "id", "provider", "slug", "type"];

/// The last words of the names of a cluster's or cloud's secrets.
const OBJECTS: &[&str] = &[
    "auth",
    "cert",
    "certificate",
    "certs",
    "config",
    "credential",
    "credentials",
    "creds",
    "key",
    "keys",
    "pull",
    "secret",
    "secrets",
    "tls",
    "token",
    "tokens",
];

/// Verbs of functions that make or look up a token for somebody.
const SERVES: &[&str] = &["create", "find", "generate", "get", "issue", "list", "make"];

/// Words of keys that are secret, where other keys are names.
const SECRET_KEYS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "auth",
    "client",
    "crypto",
    "encryption",
    "hmac",
    "license",
    "master",
    "private",
    "product",
    "secret",
    "security",
    "shared",
    "signing",
    "token",
];

/// True for a value that is something else because of what is beside it.
pub(in crate::scan::generic) fn is_beside(pair: &Pair<'_>) -> bool {
    is_field_of_format(pair)
        || is_of_sentence(pair)
        || is_name_of_field(pair)
        || is_listed_name(pair)
        || is_name_of_object(pair)
        || is_identity(pair)
        || is_id_as_argument(pair)
        || is_compared(pair)
        || is_chunk(pair)
        || is_role_of_login(pair)
        || is_of_permission(pair)
        || is_subscript(pair)
        || is_member_of_struct(pair)
        || is_of_search(pair)
        || is_of_channel(pair)
        || is_digest_of_pod(pair)
        || is_in_template(pair)
        || is_count_of_rounds(pair)
        || is_of_next_row(pair)
        || is_trusted(pair)
        || is_of_facebook(pair)
        || is_slot_of_storage(pair)
}

/// True for a public key by which signatures are verified: `$trusted_keys[] = '…'`, `minisign_key = 'RWQ…'`.
fn is_trusted(pair: &Pair<'_>) -> bool {
    let has = |known: &[&str]| name::words(pair.identifier).any(|word| is_any(word, known));
    let is_base64 = pair.value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    let is_of_minisign = pair.value.len() == 56 && pair.value.starts_with(b"RW");
    pair.kind == Kind::Key
        && is_base64
        && (has(&["trusted"]) && pair.value.len() == 44 && pair.value.ends_with(b"=")
            || has(&["trusted", "minisign"]) && is_of_minisign)
}

/// True for the number of an application of Facebook, which every visitor of its page sees.
fn is_of_facebook(pair: &Pair<'_>) -> bool {
    let lead = || pair.before_name(120).to_ascii_lowercase();
    let is_named = || {
        name::words(pair.identifier).any(|word| is_any(word, &["facebook", "fb"]))
            || memchr::memmem::find(&lead(), b"facebook.com/").is_some()
    };
    pair.kind == Kind::Key
        && matches!(pair.value.len(), 15 | 16)
        && pair.value.iter().all(u8::is_ascii_digit)
        && is_named()
}

/// True for the name of a slot in a browser's storage: `storageKey = 'fa4Tofa5Mapping'`. The key of a cloud's storage is drawn.
fn is_slot_of_storage(pair: &Pair<'_>) -> bool {
    let lower = pair.identifier.to_ascii_lowercase();
    let digits = pair.value.iter().filter(|b| b.is_ascii_digit()).count();
    (lower.ends_with(b"storagekey") || lower.ends_with(b"storage_key"))
        && pair.value.len() <= 24
        && pair.value.first().is_some_and(u8::is_ascii_lowercase)
        && pair.value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
        && digits * 6 <= pair.value.len()
        && name::words(pair.value).count() >= 2
        && !is_random(pair.value)
}

fn is_letters(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_alphabetic)
}

/// True for what has the letters of words: those of names in six languages surprise less, random ones more. A short value
/// does not show it.
pub(super) fn is_wordlike(value: &[u8]) -> bool {
    const NAMES: usize = 80;
    let shape = Shape::of(value);
    shape.len < 12 || (shape.surprise < NAMES || shape.cover() >= 50) && !is_random(value)
}

/// The word that ends in `text`.
fn last_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    &text[text.iter().rposition(|b| !b.is_ascii_alphabetic()).map_or(0, |at| at + 1)..]
}

/// True for the field after a password's in a format: `# host:user:password:port`. Of accounts on a line, whose passwords
/// are words as well, the field before it is no word for a user or host.
fn is_field_of_format(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(80);
    let Some(chain) = before.strip_suffix(b":") else { return false };
    let is_field = |field: &[u8]| {
        is_any(field, FIELDS) || name::words(field).last().is_some_and(|word| is_any(word, FIELDS))
    };
    let is_login = |field: &[u8]| is_field(field) || is_any(field, &["login", "account", "userid"]);
    pair.between() == b":" && is_login(last_word(chain)) && pair.value.split(|&b| b == b':').all(is_field)
}

/// True for the word with which a sentence goes on: `the secret must contain username and password fields.`
fn is_of_sentence(pair: &Pair<'_>) -> bool {
    let word = pair.value.strip_suffix(b".").or(pair.value.strip_suffix(b",")).unwrap_or(pair.value);
    let goes_on = pair.value.len() > word.len() || {
        let after = pair.after_value(24);
        after.strip_prefix(b" ").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_lowercase))
    };
    let between = pair.between();
    // `identified by "squash" commands`: what is identified is no user.
    let is_quoted = between.starts_with(b" ") && matches!(between.last(), Some(b'"' | b'`'));
    if is_quoted {
        let rest = pair.after_value(24);
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"`")).unwrap_or_default();
        let is_sentence = rest.strip_prefix(b" ").is_some_and(|rest| {
            let word = rest.split(|b| !b.is_ascii_lowercase()).next().unwrap_or_default();
            word.len() >= 3
        });
        return is_sentence
            && pair.identifier.to_ascii_lowercase().ends_with(b"identified by")
            && is_letters(pair.value)
            && is_wordlike(pair.value)
            && pair.before_name(200).iter().filter(|&&b| b == b' ').count() >= 1
            && !pair.before_name(200).to_ascii_lowercase().windows(5).any(|part| part == b"user ");
    }
    // `username and password fields`: two names that are no name and value.
    let is_joined =
        [&b" and "[..], b" or "].iter().any(|join| memchr::memmem::find(pair.identifier, join).is_some());
    between.iter().all(|b| *b == b' ' || *b == b'\n')
        && goes_on
        && word.iter().all(u8::is_ascii_lowercase)
        && is_wordlike(word)
        && (is_joined || is_any(last_word(pair.before_name(40)), JOINS))
}

/// True for the name of a form's field on the line below a heading: `legend Forgot Password`, `input(name='_csrf')`.
fn is_name_of_field(pair: &Pair<'_>) -> bool {
    let between = pair.between();
    let rest = between.strip_suffix(b"\"").or(between.strip_suffix(b"'")).unwrap_or(between);
    let is_named =
        [&b"name="[..], b"id=", b"type=", b"for=", b"class="].iter().any(|name| rest.ends_with(name));
    // Its value, and it has a name of its own.
    let has_name = rest.ends_with(b"value=") && memchr::memmem::find(rest, b"name=").is_some();
    (is_named || has_name) && between.contains(&b'\n') && is_wordlike(pair.value)
}

/// True for a word in a list under a name in the plural: `gitea_access_tokens = ['renovate']`.
fn is_listed_name(pair: &Pair<'_>) -> bool {
    let last = name::words(pair.identifier).last().unwrap_or_default();
    let is_part = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    pair.kind != Kind::Password
        && is_any(last, &["keys", "secrets", "tokens"])
        && pair.between().contains(&b'[')
        && pair.value.iter().all(is_part)
        && is_wordlike(pair.value)
}

/// True for the name of an object that contains a secret, under a name in the plural: `SECRETS="devbu-io-tls"`.
fn is_name_of_object(pair: &Pair<'_>) -> bool {
    let last = name::words(pair.identifier).last().unwrap_or_default();
    let is_part = |part: &[u8]| part.len() >= 2 && part.iter().all(u8::is_ascii_lowercase);
    let mut parts = pair.value.split(|&b| b == b'-');
    is_any(last, &["keys", "secrets", "tokens"])
        && pair.value.contains(&b'-')
        && parts.clone().all(is_part)
        && parts.next_back().is_some_and(|part| is_any(part, OBJECTS))
}

/// True for a word that the line above gives as what this is: `'id' => 'cashapp', 'client_secret' => 'cashapp'`.
fn is_identity(pair: &Pair<'_>) -> bool {
    if !is_letters(pair.value) || pair.kind == Kind::Password {
        return false;
    }
    let start = pair.name.start - pair.before_name(200).len();
    let above = pair.text[..start].trim_ascii_end();
    let above = &above[memchr::memrchr(b'\n', above).map_or(0, |feed| feed + 1)..];
    let key = above.trim_ascii_start();
    let key = key.strip_prefix(b"'").or(key.strip_prefix(b"\"")).unwrap_or(key);
    let key = &key[..key.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(key.len())];
    is_any(key, IDENTITIES)
        && memchr::memmem::find(above, pair.value).is_some_and(|at| {
            let around =
                [at.checked_sub(1).and_then(|before| above.get(before)), above.get(at + pair.value.len())];
            around.iter().all(|b| matches!(b, Some(b'"' | b'\'')))
        })
}

/// True for an id of MongoDB for whom a function makes or looks up tokens: `generateAuthTokens('5db…')`.
fn is_id_as_argument(pair: &Pair<'_>) -> bool {
    let mut words = name::words(pair.identifier);
    pair.value.len() == 24
        && pair.value.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && matches!(pair.between(), b"('" | b"(\"" | b"(`")
        && words.any(|word| is_any(word, SERVES))
}

/// True for words with which a map's or an event's key is compared: `if (valueKey == 'energy-kcal_100g')`.
fn is_compared(pair: &Pair<'_>) -> bool {
    let mut words = name::words(pair.identifier).collect::<Vec<_>>().into_iter().rev();
    let between = pair.between().trim_ascii_start();
    let is_comparison = between.starts_with(b"==") || between.starts_with(b"!=");
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    let is_joined = || {
        let is_small = |b: &u8| !b.is_ascii_uppercase();
        let digits = pair.value.iter().filter(|b| b.is_ascii_digit()).count();
        pair.value.iter().all(is_small)
            && digits * 4 <= pair.value.len()
            && pair.value.iter().any(u8::is_ascii_punctuation)
    };
    pair.kind == Kind::Key
        && is_comparison
        && pair.value.iter().all(is_part)
        && pair.value.split(|b| !b.is_ascii_alphanumeric()).any(|part| part.len() >= 4 && is_letters(part))
        && (is_wordlike(pair.value) || is_joined())
        && words.next().is_some_and(|word| is_any(word, &["key"]))
        && !words.any(|word| is_any(word, SECRET_KEYS))
}

/// True for the short id of a file in a bundle: `{password:"Kj24",updatePass:"dUbn"}`, `"./password.svg":"Kj24"`. All ids are of
/// one length, and no login is beside them.
fn is_chunk(pair: &Pair<'_>) -> bool {
    let is_id = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    if pair.value.len() != 4 || !pair.value.iter().all(is_id) {
        return false;
    }
    if pair.key().starts_with(b"./") {
        return true;
    }
    let has_lower = pair.value.iter().any(u8::is_ascii_lowercase);
    let has_other = pair.value.iter().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let (before, after) = (pair.before_name(200), pair.after_value(200));
    let is_entry =
        matches!(pair.between(), b":\"" | b"\":\"") && matches!(before.last(), Some(b'{' | b',' | b'"'));
    has_lower
        && has_other
        && is_entry
        && (follows(after).is_some_and(|(name, value)| value.len() == 4 && !is_login(name))
            || precedes(before).is_some_and(|(name, value)| value.len() == 4 && !is_login(name)))
}

fn is_login(name: &[u8]) -> bool {
    name::words(name).any(|word| {
        is_any(word, &["account", "email", "host", "id", "login", "mail", "name", "port", "user", "username"])
    })
}

/// The name and the value of the entry after a value: `",updatePass:"dUbn"…`.
fn follows(after: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = after.strip_prefix(b"\",")?;
    let colon = memchr::memmem::find(rest, b":\"")?;
    let value = &rest[colon + 2..];
    Some((unquoted(&rest[..colon]), &value[..memchr::memchr(b'"', value)?]))
}

/// The name and the value of the entry before a name: `…password:"Kj24",`.
fn precedes(before: &[u8]) -> Option<(&[u8], &[u8])> {
    let before = before.strip_suffix(b"\"").unwrap_or(before).strip_suffix(b"\",")?;
    let open = memchr::memrchr(b'"', before)?;
    let name = before[..open].strip_suffix(b":")?;
    let start = name.iter().rposition(|b| matches!(b, b'{' | b',')).map_or(0, |at| at + 1);
    Some((unquoted(&name[start..]), &before[open + 1..]))
}

fn unquoted(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name)
}

/// True for as whom a program logs in: `vault login -method=aws role=dev`.
fn is_role_of_login(pair: &Pair<'_>) -> bool {
    pair.identifier.starts_with(b"vault")
        && [&b"role="[..], b"username=", b"mount=", b"header_value=", b"region="]
            .iter()
            .any(|start| pair.value.starts_with(start))
}

/// True for the last part of what somebody may do: `PERM_RESET_PASSWORD = 'user:password:reset'`.
fn is_of_permission(pair: &Pair<'_>) -> bool {
    let is_word = |text: &[u8]| !text.is_empty() && text.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let before = pair.before_name(64);
    let subject = before.strip_suffix(b":").and_then(|rest| {
        let open = rest.iter().rposition(|b| matches!(b, b'"' | b'\''))?;
        Some(&rest[open + 1..])
    });
    let verbs = [
        "all", "change", "create", "delete", "edit", "list", "manage", "read", "reset", "revoke", "rotate",
        "show", "update", "view", "write",
    ];
    pair.between() == b":"
        && is_any(pair.value, &verbs)
        && subject.is_some_and(|subject| subject.split(|&b| b == b':').all(is_word))
        && matches!(pair.after_value(1), b"\"" | b"'")
}

/// True for the second of two names of an entry: `params['moderatorPW' if x else 'attendeePW']`.
fn is_subscript(pair: &Pair<'_>) -> bool {
    let between = pair.between();
    let has = |part: &[u8]| memchr::memmem::find(between, part).is_some();
    let is_open =
        |text: &[u8]| text.iter().rposition(|b| matches!(b, b'[' | b']')).map(|at| text[at] == b'[');
    is_open(between).or_else(|| is_open(pair.before_name(64))) == Some(true)
        && (has(b" else ") || has(b"?") && has(b" : "))
        && matches!(pair.after_value(2), [b'"' | b'\'', b']'])
        && is_letters(pair.value)
        && is_wordlike(pair.value)
}

/// True for a member that a build asks a structure for: `has_member('struct passwd', 'pw_gecos')`.
fn is_member_of_struct(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(40).trim_ascii_end();
    before.ends_with(b"struct")
        && pair.value.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
        && matches!(pair.between().first(), Some(b'"' | b'\'' | b',' | b'.' | b' '))
}

/// True for the key with which a page's visitors search it, beside the name of an index and no key for writing:
/// `docsearch({apiKey: '…', indexName: 'x'})`.
fn is_of_search(pair: &Pair<'_>) -> bool {
    let is_plain = is_any(pair.identifier, &["apiKey", "api_key", "searchApiKey"]);
    if !is_plain || pair.value.len() != 32 || !pair.value.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    const REACH: usize = 300;
    let around =
        &pair.text[pair.name.start.saturating_sub(REACH)..pair.text.len().min(pair.literal.end + REACH)];
    let has = |part: &[u8]| memchr::memmem::find(around, part).is_some();
    // What a page's configuration contains, and no server's.
    const PAGES: [&[u8]; 6] = [
        b"docsearch",
        b"DocSearch",
        b"inputSelector",
        b"themeConfig",
        b"provider: 'algolia'",
        b"provider: \"algolia\"",
    ];
    has(b"indexName") && PAGES.iter().any(|page| has(page)) && !has(b"admin") && !has(b"Admin")
}

/// True for the key by which a page joins a channel of Pusher's: `new Echo({broadcaster: 'pusher', key: '…'})`.
fn is_of_channel(pair: &Pair<'_>) -> bool {
    const REACH: usize = 200;
    if pair.identifier != b"key" || pair.value.len() != 20 || !pair.value.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let around =
        &pair.text[pair.name.start.saturating_sub(REACH)..pair.text.len().min(pair.literal.end + REACH)];
    memchr::memmem::find(around, b"broadcaster").is_some()
        && memchr::memmem::find(around, b"pusher").is_some()
}

/// True for the digest of a pod in the list of them: `  SentryPrivate: d65…`, with the same above or below it.
fn is_digest_of_pod(pair: &Pair<'_>) -> bool {
    let is_digest =
        |text: &[u8]| text.len() == 40 && text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_entry = |line: &[u8]| {
        let Some(entry) = line.strip_prefix(b"  ") else { return false };
        let Some(colon) = memchr::memmem::find(entry, b": ") else { return false };
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/');
        entry[0].is_ascii_uppercase() && entry[..colon].iter().all(is_part) && is_digest(&entry[colon + 2..])
    };
    if !is_digest(pair.value) || pair.between() != b": " {
        return false;
    }
    let start = pair.name.start - pair.before_name(80).len();
    let own = &pair.text[start..pair.literal.end];
    let above = pair.text[..start].strip_suffix(b"\n").unwrap_or_default();
    let above = &above[memchr::memrchr(b'\n', above).map_or(0, |feed| feed + 1)..];
    let below = pair.text[pair.literal.end..].strip_prefix(b"\n").unwrap_or_default();
    let below = &below[..memchr::memchr(b'\n', below).unwrap_or(below.len())];
    is_entry(own) && (is_entry(above) || is_entry(below) || above.starts_with(b"SPEC CHECKSUMS:"))
}

/// True for a word in a template's braces, which calls something: `auth-pass {{ template "x" . }}`.
fn is_in_template(pair: &Pair<'_>) -> bool {
    let between = pair.between().trim_ascii_end();
    let is_opened = [&b"{{"[..], b"{{-", b"{%", b"<%=", b"<%"].iter().any(|open| between.ends_with(open));
    let is_name = pair.value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.'));
    (is_opened || pair.identifier.ends_with(b"{{")) && is_name && pair.after_value(1) == b" "
}

/// True for how often a program hashes a password: `mkpasswd -s --rounds 660000`.
fn is_count_of_rounds(pair: &Pair<'_>) -> bool {
    let before = &pair.text[pair.literal.start.saturating_sub(10)..pair.literal.start];
    pair.value.iter().all(u8::is_ascii_digit)
        && [&b"rounds "[..], b"rounds=", b"-R "].iter().any(|flag| before.ends_with(flag))
}

/// True for a value of the row below, if the name's own cell or the one after it is empty: rows of a database, of as many
/// cells, or with the columns before them (`Id: "SmtpPassword"`, a tab, `Module: "Core"`).
fn is_of_next_row(pair: &Pair<'_>) -> bool {
    let between = pair.between();
    let Some(feed) = memchr::memchr(b'\n', between) else { return false };
    let lead = pair.before_name(400);
    let own = pair.text[pair.name.start - lead.len()..pair.name.end + feed].trim_ascii_start();
    let row = between[feed + 1..].trim_ascii_start();
    let cells = |line: &[u8]| line.iter().filter(|b| **b == b'\t').count();
    let has_columns = |line: &[u8]| {
        memchr::memmem::find(line, b"\"\t")
            .is_some_and(|at| memchr::memmem::find(&line[at..], b": \"").is_some())
    };
    !row.contains(&b'\n')
        && (has_columns(own) && has_columns(row)
            || cells(own) >= 1 && cells(own) == cells(row) + cells(pair.after_value(400)))
}
