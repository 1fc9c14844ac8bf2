//! What files of a known kind contain beside a name that speaks of secrets: digests of other files, states of Terraform,
//! names of Makefiles' targets, messages to users, commands of git.
//!
//! Each of these was reported in the histories of public repositories of different worlds, read finding by finding.

use super::pair::{Pair, is_any};
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::shape::is_random;

/// Endings of files. A key that ends in one is a file's name.
const ENDINGS: &[&str] = &[
    "aar", "apk", "bat", "bin", "c", "cc", "class", "coffee", "cpp", "crate", "cs", "css", "cson", "deb",
    "dll", "dylib", "el", "erl", "ex", "exe", "exs", "gif", "go", "gz", "h", "hpp", "hs", "htm", "html",
    "ico", "jar", "java", "jpeg", "jpg", "js", "json", "jsx", "kt", "less", "lua", "m", "map", "md", "mjs",
    "mm", "nupkg", "pdf", "php", "pl", "png", "ps1", "py", "pyc", "rb", "rpm", "rs", "sass", "scala", "scss",
    "sh", "so", "sql", "svg", "swift", "tgz", "tif", "ts", "tsx", "ttf", "txt", "vim", "vue", "wasm", "whl",
    "woff", "woff2", "xml", "yaml", "yml", "zip",
];

/// Endings of files that a value may be, where a program asks for a file.
const NAMED: &[&str] = &[
    "cer",
    "crt",
    "csr",
    "gif",
    "htm",
    "html",
    "ico",
    "jks",
    "jpeg",
    "jpg",
    "js",
    "json",
    "keystore",
    "kubeconfig",
    "p12",
    "pem",
    "pfx",
    "php",
    "png",
    "pub",
    "svg",
    "txt",
    "xml",
    "yaml",
    "yml",
];

/// Where git's own programs keep credentials.
const HELPERS: &[&str] = &[
    "cache",
    "gnome-keyring",
    "libsecret",
    "manager",
    "manager-core",
    "netrc",
    "osxkeychain",
    "store",
    "wincred",
];

/// Words of a key under which a program keeps what it says to its user.
const MESSAGES: &[&str] = &[
    "and",
    "been",
    "enter",
    "error",
    "forgot",
    "forgotten",
    "hint",
    "incorrect",
    "invalid",
    "label",
    "lost",
    "message",
    "mismatch",
    "placeholder",
    "remember",
    "reset",
    "string",
    "successfully",
    "text",
    "title",
    "wrong",
];

/// True for a value that is no secret where it is.
pub(in crate::scan::generic) fn is_in_file(pair: &Pair<'_>) -> bool {
    is_digest_of_file(pair)
        || is_of_baseline(pair)
        || is_of_state(pair)
        || is_target(pair)
        || is_of_checkstyle(pair)
        || is_of_director(pair)
        || is_message(pair)
        || is_named_secret(pair)
        || is_struct_tag(pair)
        || is_merge(pair)
        || is_file(pair)
        || is_helper(pair)
        || is_revision(pair)
        || is_measuring_cookie(pair.value)
        || is_key_of_element(pair)
        || is_index(pair)
        || is_name_in_store(pair)
        || is_version_of_file(pair)
        || is_commit(pair)
        || is_visibility(pair)
        || is_entry_of_store(pair)
        || is_checksum(pair.value)
        || is_of_putty(pair)
        || is_of_bundle(pair)
}

fn ending(path: &[u8]) -> Option<&[u8]> {
    let at = path.iter().rposition(|&b| b == b'.')?;
    (at > 0).then(|| &path[at + 1..])
}

fn is_hex(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit)
}

/// True for `"src/token-iterator.js": "997…"`: a digest of a file.
fn is_digest_of_file(pair: &Pair<'_>) -> bool {
    let is_digest = matches!(pair.value.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hex(pair.value)
        || [&b"sha1-"[..], b"sha256-", b"sha384-", b"sha512-"]
            .iter()
            .any(|scheme| pair.value.starts_with(scheme));
    is_digest && ending(pair.key()).is_some_and(|ending| is_any(ending, ENDINGS))
}

/// True for the hash of a secret in a baseline of detect-secrets.
fn is_of_baseline(pair: &Pair<'_>) -> bool {
    pair.identifier == b"hashed_secret" && pair.value.len() == 40 && is_hex(pair.value)
}

/// True for what providers of Terraform note in a state for themselves: `"private": "bnVsbA=="`, which is `null`, or a
/// document of time-outs (under this id) and versions.
fn is_of_state(pair: &Pair<'_>) -> bool {
    const NOTES: [&[u8]; 2] = [b"{\"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0\"", b"{\"schema_version\""];
    pair.identifier == b"private"
        && (matches!(pair.value, b"bnVsbA==" | b"null")
            || NOTES.iter().any(|note| pair.value.starts_with(note)))
}

/// True for what a Makefile's target depends on: `env-secrets:: campaignmonitor`.
fn is_target(pair: &Pair<'_>) -> bool {
    let is_name = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    pair.between().starts_with(b"::")
        && pair.before_name(64).iter().all(is_name)
        && pair.value.iter().all(is_name)
}

/// True for kinds of tokens that a checker of style is to look at: `<property name="tokens" value="ELLIPSIS"/>`.
fn is_of_checkstyle(pair: &Pair<'_>) -> bool {
    is_any(pair.identifier, &["tokens"])
        && pair.value.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b',' | b' '))
}

/// True for a director's key in Varnish's language: it names a server's place among others.
fn is_of_director(pair: &Pair<'_>) -> bool {
    let mut words = name::words(pair.identifier).collect::<Vec<_>>().into_iter().rev();
    let before = pair.before_name(64);
    let is_share_key = words.next().is_some_and(|word| is_any(word, &["key"]))
        && words.next().is_some_and(|word| is_any(word, &["share"]));
    is_share_key && before.trim_ascii().ends_with(b".") || before.ends_with(b".share_")
}

/// True for what a program says to its user: `PasswordForgotten=Goodbye!`, `rememberPasswordString=Zapamatovat`.
fn is_message(pair: &Pair<'_>) -> bool {
    let is_letter = |b: &u8| {
        b.is_ascii_alphabetic() || *b >= 0x80 || matches!(b, b' ' | b'.' | b',' | b'!' | b'?' | b'\'')
    };
    let mut words = name::words(pair.identifier).peekable();
    let is_long = name::words(pair.identifier).count() >= 2;
    let sign = pair.between().iter().find(|b| !matches!(b, b'"' | b'\'' | b' '));
    is_long
        && matches!(sign, Some(b'=' | b':'))
        && pair.kind == Kind::Password
        && pair.value.iter().all(is_letter)
        && words.any(|word| is_any(word, MESSAGES))
}

/// True for the name of a secret in an address of AWS: `arn:aws:secretsmanager:…:secret:name`.
fn is_named_secret(pair: &Pair<'_>) -> bool {
    memchr::memmem::find(pair.before_name(96), b"arn:aws").is_some() && pair.between() == b":"
}

/// True for a tag of Go: `` `json:"name"` ``.
fn is_struct_tag(pair: &Pair<'_>) -> bool {
    let Some(colon) = memchr::memmem::find(pair.value, b":\"") else { return false };
    pair.value[..colon].iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
        && pair.value.ends_with(b"\"")
        && pair.literal.start.checked_sub(1).and_then(|at| pair.text.get(at)) == Some(&b'`')
}

/// True for a branch that the message of a merge names. What was drawn at random is none, whatever its line says.
fn is_merge(pair: &Pair<'_>) -> bool {
    const STARTS: [&[u8]; 4] =
        [b"Merge branch", b"Merge remote-tracking", b"Merge pull request", b"Merge tag"];
    let before = pair.before_name(200).trim_ascii_start();
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'.' | b'#');
    STARTS.iter().any(|start| before.starts_with(start))
        && pair.value.iter().all(is_part)
        && !is_random(pair.value)
}

/// True for a file's name where a file is asked for: `GOOGLE_APPLICATION_CREDENTIALS="vertex.json"`, `"/logo.png"`.
fn is_file(pair: &Pair<'_>) -> bool {
    let is_part =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b'~' | b'+' | b'@');
    pair.value.len() >= 6
        && pair.value.iter().all(is_part)
        && ending(pair.value).is_some_and(|ending| is_any(ending, NAMED))
}

/// True for the program in which git keeps credentials.
fn is_helper(pair: &Pair<'_>) -> bool {
    is_any(pair.value, HELPERS)
        && name::words(pair.identifier).any(|word| is_any(word, &["credential", "credentials"]))
}

/// True for the name of a revision of a database's schema: `revision identified by 'd259a9bca9e7'`.
fn is_revision(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(64);
    before.trim_ascii_end().to_ascii_lowercase().ends_with(b"revision")
}

/// True for the id of an entry that a store of passwords is asked for: `lpass show --password 1394836924033726964`.
fn is_entry_of_store(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(64);
    pair.value.iter().all(u8::is_ascii_digit)
        && [&b"lpass show "[..], b"LPASS) show ", b"bw get ", b"op item get "]
            .iter()
            .any(|command| memchr::memmem::find(before, command).is_some())
}

/// True for a checksum with its algorithm before it, as lists of files have it: `sha256=TOZUq…`, `sha512-9f3…`.
fn is_checksum(value: &[u8]) -> bool {
    const ALGORITHMS: [&[u8]; 7] = [b"sha1", b"sha224", b"sha256", b"sha384", b"sha512", b"md5", b"blake2b"];
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=');
    ALGORITHMS.iter().any(|algorithm| {
        value.strip_prefix(*algorithm).is_some_and(|rest| {
            rest.len() >= 23 && matches!(rest[0], b'=' | b':' | b'-') && rest[1..].iter().all(is_digit)
        })
    })
}

/// True for the digest by which PuTTY's file of a key shows that nobody changed it; the key itself is in the same file.
fn is_of_putty(pair: &Pair<'_>) -> bool {
    pair.identifier == b"Private-MAC" && matches!(pair.value.len(), 40 | 64) && is_hex(pair.value)
}

/// True for the packages that a bundle of OSGi keeps for itself: `Private-Package: org.acme.snappy.native`.
fn is_of_bundle(pair: &Pair<'_>) -> bool {
    pair.identifier == b"Private-Package" && pair.value.contains(&b'.') && pair.between().starts_with(b":")
}

/// True for a cookie by which visits are counted.
fn is_measuring_cookie(value: &[u8]) -> bool {
    const STARTS: [&[u8]; 9] =
        [b"_ga", b"GA1.", b"_gid=", b"_gcl_", b"_fbp=", b"fb.1.", b"__utm", b"_pk_id", b"_hj"];
    STARTS.iter().any(|start| value.starts_with(start))
}

/// True for the name in an element that has a value beside it: `<attribute key="absorbfire" value="3"/>`.
fn is_key_of_element(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(200);
    let is_in_tag =
        before.iter().rposition(|b| matches!(b, b'<' | b'>')).is_some_and(|at| before[at] == b'<');
    let after = pair.after_value(200);
    let tag = &after[..after.iter().position(|&b| b == b'>').unwrap_or(after.len())];
    pair.kind == Kind::Key && is_in_tag && memchr::memmem::find(tag, b" value=").is_some()
}

/// True for the name of an index: ``UNIQUE KEY `UK_3kf…` (`email`)``.
fn is_index(pair: &Pair<'_>) -> bool {
    let Some(after) = pair.after_value(80).strip_prefix(b"`") else { return false };
    is_any(pair.identifier, &["key", "index", "constraint"]) && after.trim_ascii_start().starts_with(b"(")
}

/// True for the entry of a cluster's secret that is filled from a store (`secretKey: id_ed25519`), and for the name of
/// the item there.
fn is_name_in_store(pair: &Pair<'_>) -> bool {
    const REFERENCES: [&[u8]; 3] = [b"extract:", b"remoteRef:", b"sourceRef:"];
    let is_reference = |line: &[u8]| {
        let line = line.trim_ascii();
        REFERENCES.contains(&line.strip_prefix(b"- ").unwrap_or(line))
    };
    match pair.key() {
        b"secretKey" => {
            let after = pair.text.get(pair.literal.end..).unwrap_or_default();
            is_reference(after.splitn(3, |&b| b == b'\n').nth(1).unwrap_or_default())
        }
        b"key" => {
            let before = &pair.text[..pair.name.start];
            is_reference(before.rsplitn(3, |&b| b == b'\n').nth(1).unwrap_or_default())
        }
        _ => false,
    }
}

/// True for the version of a file in its address (`/a.jpg?token=f42b1c7`), and for a document's name in one.
fn is_version_of_file(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(200);
    let path = before.strip_suffix(b"?").or(before.strip_suffix(b"&")).unwrap_or_default();
    let address = memchr::memmem::rfind(path, b"://").map_or(&b""[..], |at| &path[at + 3..]);
    let is_document = address.starts_with(b"docs.google.com/");
    let is_asset = ending(path).is_some_and(|ending| {
        is_any(ending, &["css", "gif", "ico", "jpeg", "jpg", "js", "png", "svg", "webp", "woff", "woff2"])
    });
    is_document || is_asset && pair.value.len() <= 12
}

/// True for the name of a commit: `duplicate keys in commit: 3f2…`.
fn is_commit(pair: &Pair<'_>) -> bool {
    let between = pair.between().trim_ascii_end();
    let between = between.strip_suffix(b":").unwrap_or(between);
    matches!(pair.value.len(), 7..=12 | 40) && is_hex(pair.value) && between.ends_with(b" commit")
}

/// True for a definition that CMake passes on: `target_compile_definitions(x PRIVATE "NOMINMAX")`.
fn is_visibility(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(200).trim_ascii_start();
    pair.identifier == b"PRIVATE" && (before.is_empty() || before.starts_with(b"target_"))
}
