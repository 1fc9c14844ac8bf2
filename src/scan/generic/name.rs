//! The name on the left of an assignment: where it starts and ends, and whether the anchor word in it
//! means a credential (`db_password`, `apiKey`) or only looks like one (`keyboard`, `passed`, `author`).
//!
//! The decision to know: the word around an anchor is cut at case changes and at anything but letters, and
//! must then be a known word or end in one, so that no list of innocent words is ever complete enough to matter.

use super::byte;
use crate::model::Span;

/// The longest name that is read, in bytes.
pub(super) const LONGEST: usize = 64;

/// The longest word within a name, in letters.
const LONGEST_WORD: usize = 40;

/// What a name says its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something a person may have chosen: password, passphrase, PIN.
    Password,
    /// A secret, whatever it is.
    Secret,
    /// A token, API key or another value that a service hands out.
    Token,
    /// A key of whatever kind; most are not secret at all.
    Key,
    /// Credentials, authorisation data, signatures, cookies, seeds: secret only where random.
    Other,
}

/// How a word ends, and what that says.
type Ending = (&'static [u8], Kind);

/// Endings that make any longer word a credential (`dbpassword`, `clientsecret`), by the ending's last letter.
const ENDINGS: &[(u8, &[Ending])] = &[
    (b'd', &[(b"password", Kind::Password), (b"passwd", Kind::Password)]),
    (b'e', &[(b"passphrase", Kind::Password)]),
    (b'n', &[(b"token", Kind::Token)]),
    (b's', &[(b"credentials", Kind::Other)]),
    (b't', &[(b"secret", Kind::Secret)]),
    (
        b'y',
        &[
            (b"apikey", Kind::Token),
            (b"accesskey", Kind::Token),
            (b"authkey", Kind::Token),
            (b"privatekey", Kind::Secret),
            (b"secretkey", Kind::Secret),
            (b"masterkey", Kind::Secret),
            (b"signingkey", Kind::Secret),
            (b"encryptionkey", Kind::Secret),
        ],
    ),
];

/// What may stand before `pass` and `pwd` in one lower-case word.
const OWNERS: &[&str] = &[
    "db", "user", "usr", "my", "root", "admin", "mysql", "pg", "ftp", "smtp", "sql", "mail", "ssh", "key",
    "sudo", "vault", "store", "redis", "bind", "ldap", "http", "proxy", "test", "login", "keystore", "auth",
    "dba", "imap", "old", "new",
];

/// A name and the kind of its anchor word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// The whole name, as far as identifiers go (`config.db_password`).
    pub span: Span,
    /// What the anchor word says.
    pub kind: Kind,
}

/// The name around the anchor at `anchor`, where the anchor is a credential's word.
pub(super) fn find(text: &[u8], anchor: Span) -> Option<Name> {
    if text.get(anchor.start..anchor.end)?.eq_ignore_ascii_case(b"identified by") {
        return Some(Name { span: anchor, kind: Kind::Password });
    }
    let word = word_around(text, anchor)?;
    let kind = kind(&text[word.start..word.end])?;
    Some(Name { span: extend(text, word)?, kind })
}

/// Whether a word says credential by itself, whatever its case.
pub(super) fn is_credential(word: &[u8]) -> bool {
    kind(word).is_some()
}

/// The letters around the anchor, cut at case changes.
fn word_around(text: &[u8], anchor: Span) -> Option<Span> {
    let inside = text.get(anchor.start..anchor.end)?;
    let first = inside.iter().position(u8::is_ascii_alphabetic)?;
    let last = inside.iter().rposition(u8::is_ascii_alphabetic)?;
    let (mut start, mut end) = (anchor.start + first, anchor.start + last + 1);
    while start > 0 && text[start - 1].is_ascii_alphabetic() && !starts_word(text, start) {
        start -= 1;
        if end - start > LONGEST_WORD {
            return None;
        }
    }
    while end < text.len() && text[end].is_ascii_alphabetic() && !starts_word(text, end) {
        end += 1;
        if end - start > LONGEST_WORD {
            return None;
        }
    }
    Some(Span::new(start, end))
}

/// True where the letter at `at`, which follows a letter, starts a word by its case.
pub(super) fn starts_word(text: &[u8], at: usize) -> bool {
    text[at].is_ascii_uppercase()
        && (text[at - 1].is_ascii_lowercase()
            || text[at - 1].is_ascii_uppercase() && byte(text, at + 1).is_ascii_lowercase())
}

/// What a word says, compared without case.
fn kind(word: &[u8]) -> Option<Kind> {
    let mut lower = [0; LONGEST_WORD];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let lower = &*lower;
    if let Some(kind) = whole(lower) {
        return Some(kind);
    }
    let last = lower.last()?;
    let (_, endings) = ENDINGS.iter().find(|(end, _)| end == last)?;
    if let Some((_, kind)) = endings.iter().find(|(ending, _)| lower.ends_with(ending)) {
        return Some(*kind);
    }
    let owner = lower.strip_suffix(b"pass").or_else(|| lower.strip_suffix(b"pwd"))?;
    OWNERS.iter().any(|known| known.as_bytes() == owner).then_some(Kind::Password)
}

/// What a lower-case word says that is a credential by itself.
fn whole(word: &[u8]) -> Option<Kind> {
    Some(match word {
        b"pass" | b"passcode" | b"passes" | b"passwd" | b"passwort" | b"password" | b"passwords"
        | b"passphrase" | b"passkey" | b"pwd" | b"pw" | b"requirepass" | b"masterauth" | b"rootpw"
        | b"psk" => Kind::Password,
        b"secret" | b"secrets" | b"privatekey" | b"privkey" | b"secretkey" | b"masterkey" | b"signingkey"
        | b"sharedkey" | b"accountkey" | b"encryptionkey" => Kind::Secret,
        b"token" | b"tokens" | b"apitoken" | b"apikey" | b"apikeys" | b"accesskey" | b"authkey"
        | b"appkey" | b"jwt" => Kind::Token,
        b"sshkey" | b"nkey" | b"key" | b"keys" => Kind::Key,
        b"private" | b"auth" | b"authdata" | b"oauth" | b"authorization" | b"authentication" | b"cred"
        | b"creds" | b"credential" | b"credentials" | b"cookie" | b"session" | b"sessionid" | b"otp"
        | b"totp" | b"hmac" | b"seed" | b"salt" | b"sig" | b"signature" | b"dsn" => Kind::Other,
        _ => return None,
    })
}

/// True for bytes that names consist of. A minus is one where a letter follows it.
fn is_part(text: &[u8], at: usize) -> bool {
    match text[at] {
        b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => true,
        b'-' | b'.' => byte(text, at + 1).is_ascii_alphanumeric() || byte(text, at + 1) == b'_',
        other => other >= 0x80,
    }
}

/// Extends a word to the whole name. `None` where it is longer than any name.
fn extend(text: &[u8], word: Span) -> Option<Span> {
    let Span { mut start, mut end } = word;
    while start > 0 && is_part(text, start - 1) {
        start -= 1;
        if end - start > LONGEST {
            return None;
        }
    }
    while end < text.len() && is_part(text, end) {
        end += 1;
        if end - start > LONGEST {
            return None;
        }
    }
    // The letter of an escape (`\\nPASS=`) is not the name's.
    if start > 0
        && start < word.start
        && text[start - 1] == b'\\'
        && matches!(text[start], b'n' | b'r' | b't')
    {
        start += 1;
    }
    while start < word.start && matches!(text[start], b'-' | b'.' | 0x80..) {
        start += 1;
    }
    Some(Span::new(start, end))
}

/// Whether a word, whatever its case, is in a sorted list of lower-case words.
pub(super) fn is_among(word: &[u8], sorted: &[&str]) -> bool {
    sorted.binary_search_by(|known| known.bytes().cmp(word.iter().map(u8::to_ascii_lowercase))).is_ok()
}

/// Whether a called name itself, after its last dot, says credential: `pwd.decode("utf8")` does not.
pub(super) fn calls_credential(name: &[u8]) -> bool {
    let called = name.rsplit(|&b| b == b'.').next().unwrap_or_default();
    words(called).any(|word| kind(word).is_some())
}

/// A name's words, cut at case changes and at anything but letters.
pub(super) fn words(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < name.len() && !name[at].is_ascii_alphabetic() {
            at += 1;
        }
        let start = at;
        while at < name.len() && name[at].is_ascii_alphabetic() && (at == start || !starts_word(name, at)) {
            at += 1;
        }
        (start < at).then(|| &name[start..at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(text: &'a str, anchor: &str) -> Option<&'a str> {
        let start = text.to_ascii_lowercase().find(anchor).expect("the anchor stands in the text");
        find(text.as_bytes(), Span::new(start, start + anchor.len()))
            .map(|name| &text[name.span.start..name.span.end])
    }

    #[test]
    fn names_are_found_around_their_word() {
        for (text, anchor, name) in [
            ("password=", "pass", "password"),
            ("$this->dbPassword = 1", "pass", "dbPassword"),
            ("config.db_pass: x", "pass", "config.db_pass"),
            ("--api-key x", "key ", "api-key"),
            ("\"AWS_SECRET_ACCESS_KEY\"", "key\"", "AWS_SECRET_ACCESS_KEY"),
            ("clientsecret:", "secret", "clientsecret"),
            ("DBPASSWORD=", "pass", "DBPASSWORD"),
            ("myAPIKey2 =", "key", "myAPIKey2"),
            ("userpass", "pass", "userpass"),
        ] {
            assert_eq!(found(text, anchor), Some(name), "{text}");
        }
    }

    #[test]
    fn words_that_only_look_like_credentials_are_not() {
        for (text, anchor) in [
            ("keyboard=1", "key"),
            ("monkey = 'x'", "key"),
            ("passed: 3", "pass"),
            ("bypass = 1", "pass"),
            ("author = 'me'", "auth"),
            ("tokenize(x)", "token"),
            ("secretary = x", "secret"),
            ("compassion", "pass"),
        ] {
            assert_eq!(found(text, anchor), None, "{text}");
        }
    }

    #[test]
    fn words_are_cut_at_case_changes_and_marks() {
        let cut: Vec<&[u8]> = words(b"AWSSecretKey_2.dbPassword").collect();
        assert_eq!(cut, [&b"AWS"[..], b"Secret", b"Key", b"db", b"Password"]);
    }
}
