//! The name on the left of an assignment: where it starts and ends, and whether the anchor word in it means a
//! credential (`db_password`, `apiKey`) or only looks like one (`keyboard`, `passed`, `author`).
//!
//! # Design
//!
//! The word around an anchor is cut at case changes and at non-letters, and must then be a known word or end in one. No
//! list of other words that contain an anchor could ever be complete.

mod meaning;

use super::line::byte;
use super::words::{Lengths, Ranges, Words};
use crate::model::Span;
#[cfg(test)]
use meaning::REFERENCES;
pub(super) use meaning::{
    calls_credential, ends_in_credentials, is_credential_last, is_credential_word, is_of_network,
    is_password_word, refers, says_password, without_hash, without_owner,
};

/// The longest name that is read, in bytes.
pub(super) const LONGEST: usize = 64;

/// The longest word within a name, in letters.
const LONGEST_WORD: usize = 40;

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something a person may have chosen: password, passphrase, PIN.
    Password,
    /// A secret, whatever it is.
    Secret,
    /// A token, API key or another value that a service issues.
    Token,
    /// A key of any kind; most are not secret at all.
    Key,
    /// Credentials, authorisation data, signatures, cookies, seeds: secret only if random.
    Other,
}

/// The end of a word, and what it means.
type Ending = (&'static [u8], Kind);

/// Endings that make any longer word a credential (`dbpassword`, `clientsecret`), by the ending's last letter.
const ENDINGS: &[(u8, &[Ending])] = &[
    (
        b'd',
        &[
            (b"password", Kind::Password),
            (b"passwd", Kind::Password),
            (b"passord", Kind::Password),
            (b"userpwd", Kind::Password),
        ],
    ),
    (b'e', &[(b"passphrase", Kind::Password), (b"motdepasse", Kind::Password)]),
    (b'n', &[(b"token", Kind::Token)]),
    (b's', &[(b"credentials", Kind::Other)]),
    (b't', &[(b"secret", Kind::Secret), (b"passwort", Kind::Password), (b"kennwort", Kind::Password)]),
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

/// What may be before `pass`, `pwd` and `pw` in one lower-case word.
const OWNERS: &[&str] = &[
    "ad",
    "admin",
    "api",
    "app",
    "archive",
    "auth",
    "backup",
    "bind",
    "camera",
    "cert",
    "chap",
    "client",
    "console",
    "db",
    "dba",
    "default",
    "die",
    "dn",
    "email",
    "enable",
    "enc",
    "ftp",
    "git",
    "guest",
    "host",
    "http",
    "icecast",
    "imap",
    "jdbc",
    "jenkins",
    "jks",
    "key",
    "keystore",
    "ldap",
    "local",
    "login",
    "mail",
    "my",
    "mysql",
    "new",
    "nexus",
    "old",
    "ora",
    "owner",
    "p12",
    "pap",
    "pfx",
    "pg",
    "pop",
    "ppp",
    "private",
    "proxy",
    "proxyuser",
    "radius",
    "redis",
    "relay",
    "remote",
    "repl",
    "restart",
    "root",
    "rootbind",
    "router",
    "rpc",
    "rpl",
    "sa",
    "sasl",
    "server",
    "service",
    "sip",
    "site",
    "smtp",
    "snmp",
    "source",
    "spring",
    "sql",
    "ssh",
    "ssl",
    "store",
    "sudo",
    "svc",
    "sys",
    "telnet",
    "test",
    "tls",
    "tomcat",
    "trust",
    "truststore",
    "user",
    "usr",
    "vault",
    "vpn",
    "web",
    "wifi",
    "wlan",
    "zip",
];

/// Words that are a credential by themselves, and what they mean: in English, and in other languages of settings.
/// Lower-case, sorted.
#[rustfmt::skip]
const WORDS: &[(&str, Kind)] = &[
    ("accesskey", Kind::Token), ("accountkey", Kind::Secret), ("adgangskode", Kind::Password),
    ("apikey", Kind::Token), ("apikeys", Kind::Token), ("apitoken", Kind::Token), ("appkey", Kind::Token), ("appskey", Kind::Secret),
    ("assword", Kind::Password),
    ("auth", Kind::Other), ("authdata", Kind::Other), ("authentication", Kind::Other), ("authkey", Kind::Token),
    ("authorization", Kind::Other), ("authtok", Kind::Password), ("bearer", Kind::Token),
    ("bindpw", Kind::Password), ("clave", Kind::Password), ("contrasena", Kind::Password),
    ("contrasenya", Kind::Password), ("contrasinal", Kind::Password),
    ("cookie", Kind::Other), ("cred", Kind::Other), ("credential", Kind::Other), ("credentials", Kind::Other),
    ("creds", Kind::Other), ("cyfrinair", Kind::Password), ("dsn", Kind::Other), ("encryptionkey", Kind::Secret),
    ("fjalekalim", Kind::Password), ("fjalekalimi", Kind::Password), ("geslo", Kind::Password),
    ("haslo", Kind::Password), ("heslo", Kind::Password), ("hmac", Kind::Other), ("jelszo", Kind::Password),
    ("jwt", Kind::Token), ("katalaluan", Kind::Password), ("katasandi", Kind::Password), ("kennw", Kind::Password), ("kennwort", Kind::Password), ("key", Kind::Key),
    ("keymaterial", Kind::Password), ("keys", Kind::Key), ("kodeord", Kind::Password), ("kodikos", Kind::Password), ("losenord", Kind::Password),
    ("lozinka", Kind::Password), ("masterauth", Kind::Password), ("masterkey", Kind::Secret),
    ("matkhau", Kind::Password), ("mdp", Kind::Password), ("mnemonic", Kind::Secret),
    ("motdepasse", Kind::Password), ("nenosiri", Kind::Password), ("nkey", Kind::Key), ("nwkskey", Kind::Secret), ("oauth", Kind::Other), ("otp", Kind::Other),
    ("palavrapasse", Kind::Password), ("parol", Kind::Password), ("parola", Kind::Password),
    ("parole", Kind::Password), ("parool", Kind::Password), ("pasahitza", Kind::Password),
    ("pasfhocal", Kind::Password), ("pass", Kind::Password),
    ("passcode", Kind::Password), ("passkey", Kind::Password),
    ("passord", Kind::Password), ("passphrase", Kind::Password), ("passwd", Kind::Password),
    ("password", Kind::Password), ("passwords", Kind::Password), ("passwort", Kind::Password),
    ("pasvorto", Kind::Password), ("pepper", Kind::Other),
    ("private", Kind::Other), ("privatekey", Kind::Secret), ("privkey", Kind::Secret), ("psk", Kind::Password), ("psw", Kind::Password),
    ("pw", Kind::Password), ("pwd", Kind::Password), ("requirepass", Kind::Password),
    ("rootpw", Kind::Password), ("salasana", Kind::Password), ("salt", Kind::Other), ("secret", Kind::Secret),
    ("secretkey", Kind::Secret), ("secrets", Kind::Secret), ("seed", Kind::Other), ("senha", Kind::Password),
    ("session", Kind::Other), ("sessionid", Kind::Other), ("sharedkey", Kind::Secret),
    ("sifre", Kind::Password), ("sig", Kind::Other), ("signature", Kind::Other), ("signingkey", Kind::Secret),
    ("slaptazodis", Kind::Password), ("sshkey", Kind::Key), ("token", Kind::Token), ("tokens", Kind::Token),
    ("totp", Kind::Other), ("wachtwoord", Kind::Password), ("wagwoord", Kind::Password), ("zaporka", Kind::Password),
];

/// Words that are a credential only after another: the last word, and which words may be before it.
const SECOND_WORDS: &[(&str, &str, Kind)] = &[
    ("passe", "de", Kind::Password),
    ("passe", "palavra", Kind::Password),
    ("sandi", "kata", Kind::Password),
    ("laluan", "kata", Kind::Password),
    ("khau", "mat", Kind::Password),
    ("phrase", "seed", Kind::Secret),
    ("words", "seed", Kind::Secret),
    ("code", "recovery", Kind::Secret),
    ("codes", "recovery", Kind::Secret),
    ("phrase", "recovery", Kind::Secret),
    ("code", "backup", Kind::Secret),
    ("pin", "so", Kind::Password),
    ("pin", "user", Kind::Password),
    ("pin", "token", Kind::Password),
    ("pin", "hsm", Kind::Password),
];

/// The first of them, the second, and what services call their tokens. A test compares them with [`SECOND_WORDS`].
static FIRST_WORDS: Words = Words::new(&["backup", "kata", "palavra", "recovery", "seed", "token", "user"]);
static SECONDS: Words =
    Words::new(&["code", "codes", "khau", "laluan", "passe", "pat", "phrase", "pin", "sandi", "sk", "words"]);

/// A name and the kind of its anchor word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// The whole name, as far as identifiers go (`config.db_password`).
    pub span: Span,
    /// What the anchor word means.
    pub kind: Kind,
    /// True if it is a phrase, or a word with letters that names in code do not have.
    pub is_phrase: bool,
}

/// The name around the anchor at `anchor`, if the anchor is a credential's word.
pub(super) fn find(text: &[u8], anchor: Span) -> Option<Name> {
    let word = text.get(anchor.start..anchor.end)?;
    // `API key` ends in a word of its own.
    let is_phrase =
        word.len() > 4 && word[1..word.len() - 1].contains(&b' ') && !word[..3].eq_ignore_ascii_case(b"api");
    if word.iter().any(|&b| b >= 0x80) || is_phrase {
        return phrase(text, anchor);
    }
    let word = word_around(text, anchor)?;
    if let Some(kind) = kind(&text[word.start..word.end]) {
        let span = extend(text, word)?;
        // JNDI's name for its password, and the key of a network.
        let own = &text[span.start..span.end];
        let is_password = own.ends_with(b"SECURITY_CREDENTIALS")
            || kind == Kind::Key && own.ends_with(b"-shared-key") && is_of_network(own);
        let kind = if is_password { Kind::Password } else { kind };
        return Some(Name { span, kind, is_phrase: false });
    }
    // The first of two words that are a credential together: the second counts.
    let word = match is_first(&text[word.start..word.end]) {
        true => next_word(text, word)?,
        false => word,
    };
    if !is_second(&text[word.start..word.end]) {
        return None;
    }
    let span = extend(text, word)?;
    let kind = second_word(text, span, word)?;
    Some(Name { span, kind, is_phrase: false })
}

/// Whether a word may be the first of two.
fn is_first(word: &[u8]) -> bool {
    FIRST_WORDS.has(word)
}

/// The word after another, with a blank, a mark or only its capital between.
fn next_word(text: &[u8], word: Span) -> Option<Span> {
    let start = word.end + usize::from(matches!(byte(text, word.end), b' ' | b'_' | b'-'));
    let rest = text.get(start..)?;
    let len = (0..rest.len().min(LONGEST_WORD))
        .take_while(|&at| rest[at].is_ascii_alphabetic() && (at == 0 || !starts_word(rest, at)))
        .count();
    (len > 0).then(|| Span::new(start, start + len))
}

/// Whether a word may be one that has a meaning only at its place.
fn is_second(word: &[u8]) -> bool {
    SECONDS.has(word)
}

/// The meaning of a word that has one only at its place: after another word, or as the last of several.
fn second_word(text: &[u8], name: Span, word: Span) -> Option<Kind> {
    let own = &text[word.start..word.end];
    if own.eq_ignore_ascii_case(b"pat") || own.eq_ignore_ascii_case(b"sk") {
        // Some services call their tokens and secret keys so (`GITHUB_PAT`, `ALIYUN_SK`): only as the last of several
        // words, and a variable of a shell.
        let is_variable = own == b"PAT" && word.start == name.start && byte(text, name.end) == b'=';
        let is_last = word.end == name.end && word.start > name.start;
        return (is_last || is_variable && word.end == name.end).then_some(Kind::Token);
    }
    // The word before it, with a blank, a mark or only its capital between.
    let gap = usize::from(word.start > 0 && matches!(text[word.start - 1], b' ' | b'_' | b'-'));
    let before = &text[..word.start - gap];
    let letters = before.iter().rev().take(10).take_while(|b| b.is_ascii_alphabetic()).count();
    let before = &before[before.len() - letters..];
    let (.., kind) = SECOND_WORDS.iter().find(|(second, first, _)| {
        let ends = before.len() >= first.len()
            && before[before.len() - first.len()..].eq_ignore_ascii_case(first.as_bytes());
        own.eq_ignore_ascii_case(second.as_bytes()) && ends
    })?;
    Some(*kind)
}

/// A phrase (`identified by`, `mot de passe`), or a word in letters that code has none of.
fn phrase(text: &[u8], anchor: Span) -> Option<Name> {
    let word = &text[anchor.start..anchor.end];
    let Span { mut start, mut end } = anchor;
    // In scripts without blanks between words a word is recognised by itself; elsewhere its letters continue.
    let is_unspaced = word[0] >= 0xe0;
    let goes_on = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || b == b'_';
    if !is_unspaced {
        if start > 0 && text[start - 1] >= 0x80 || byte(text, end) >= 0x80 && !is_fullwidth(text, end) {
            return None;
        }
        while start > 0 && goes_on(text[start - 1]) && anchor.start - start < LONGEST {
            start -= 1;
        }
        while end < text.len() && goes_on(text[end]) && !is_fullwidth(text, end) && end - anchor.end < LONGEST
        {
            end += 1;
        }
        // Part of a longer word (`parolee`), unless there is a mark between.
        let touches = |at: usize| text[at].is_ascii_alphanumeric();
        if start < anchor.start && touches(anchor.start - 1)
            || end > anchor.end && text[anchor.end].is_ascii_lowercase()
        {
            return None;
        }
    }
    // Seed and recovery phrases are secrets; all other phrases here mean a password.
    let kind = if word.starts_with(b"seed") || word.starts_with(b"Seed") || word.starts_with(b"recovery") {
        Kind::Secret
    } else {
        Kind::Password
    };
    Some(Name { span: Span::new(start, end), kind, is_phrase: true })
}

/// True for the full-width colon and equals sign, which no name contains.
fn is_fullwidth(text: &[u8], at: usize) -> bool {
    text.get(at..at + 3).is_some_and(|three| three.starts_with(b"\xef\xbc") || three.starts_with(b"\xe3\x80"))
}

/// Whether a word means a credential by itself, in any case.
pub(super) fn is_credential(word: &[u8]) -> bool {
    kind(word).is_some()
}

/// The letters around the anchor, cut at case changes.
fn word_around(text: &[u8], anchor: Span) -> Option<Span> {
    let inside = text.get(anchor.start..anchor.end)?;
    let last = inside.iter().rposition(u8::is_ascii_alphabetic)?;
    // Of several words the last.
    let first = inside[..last].iter().rposition(|b| !b.is_ascii_alphabetic()).map_or(0, |mark| mark + 1);
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

/// True if the letter at `at`, which follows a letter, starts a word by its case.
pub(super) fn starts_word(text: &[u8], at: usize) -> bool {
    text[at].is_ascii_uppercase()
        && (text[at - 1].is_ascii_lowercase()
            || text[at - 1].is_ascii_uppercase() && byte(text, at + 1).is_ascii_lowercase())
}

/// The meaning of a word, compared without case.
fn kind(word: &[u8]) -> Option<Kind> {
    // Most have none: their length, first and last letter show it.
    let last = word.last()? | 0x20;
    if !LENGTHS.may_have(word) && !matches!(last, b'd' | b'e' | b'n' | b's' | b't' | b'w' | b'y') {
        return None;
    }
    let mut lower = [0; LONGEST_WORD];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let lower = &*lower;
    // The three most frequent words, before any list is searched.
    match lower {
        b"key" | b"keys" => return Some(Kind::Key),
        b"token" => return Some(Kind::Token),
        _ => {}
    }
    if let Some(kind) = whole(lower) {
        return Some(kind);
    }
    let last = lower.last()?;
    if let Some((_, endings)) = ENDINGS.iter().find(|(end, _)| end == last)
        && let Some((_, kind)) = endings.iter().find(|(ending, _)| lower.ends_with(ending))
    {
        return Some(*kind);
    }
    if !matches!(last, b's' | b'd' | b'w') {
        return None;
    }
    let owner = [&b"pass"[..], b"pwd", b"pw"].into_iter().find_map(|end| lower.strip_suffix(end))?;
    OWNERS.iter().any(|known| known.as_bytes() == owner).then_some(Kind::Password)
}

/// The lengths of [`WORDS`].
static LENGTHS: Lengths = {
    let mut lengths = Lengths::NONE;
    let mut at = 0;
    while at < WORDS.len() {
        lengths = lengths.with(WORDS[at].0);
        at += 1;
    }
    lengths
};

/// Where those are that begin alike.
static RANGES: Ranges = {
    let mut ranges = Ranges::NONE;
    let mut at = 0;
    while at < WORDS.len() {
        ranges = ranges.with(WORDS[at].0, at);
        at += 1;
    }
    ranges
};

/// The meaning of a lower-case word that is a credential by itself.
fn whole(word: &[u8]) -> Option<Kind> {
    if !LENGTHS.may_have(word) {
        return None;
    }
    let alike = &WORDS[RANGES.of(word[0])];
    alike
        .iter()
        .find(|(known, _)| known.len() == word.len() && known.as_bytes() == word)
        .map(|(_, kind)| *kind)
}

/// True for bytes of names. A minus is one if a letter follows it.
fn is_part(text: &[u8], at: usize) -> bool {
    match text[at] {
        b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => true,
        b'-' | b'.' => byte(text, at + 1).is_ascii_alphanumeric() || byte(text, at + 1) == b'_',
        other => other >= 0x80,
    }
}

/// Extends a word to the whole name. `None` if it is longer than any name.
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
    // The method that compares it does not belong to it: `password.equals("x")`.
    if byte(text, end) == b'('
        && let Some(dot) = text[word.end..end].iter().rposition(|&b| b == b'.')
        && COMPARES.has(&text[word.end + dot + 1..end])
    {
        end = word.end + dot;
    }
    // Nor do the digits of an escape (`\u003cpassword`), and of a colour (`\x1b[36mPASS`).
    if start > 0 && text[start - 1] == b'\\' && text[start] == b'u' && start + 5 < word.end {
        start += 5;
    }
    start += color(text, start, word.start);
    // The letter of an escape (`\\nPASS=`) does not belong to the name.
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

/// How much of what is before a word is the end of a code that colours what a terminal shows.
fn color(text: &[u8], start: usize, word: usize) -> usize {
    let head = &text[start..word.max(start)];
    let len = head.iter().take_while(|b| b.is_ascii_digit()).count();
    let codes = text[..start].iter().rev().take(10).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    let is_code = head.get(len) == Some(&b'm') && text[..start - codes].ends_with(b"\x1b[");
    if is_code { len + 1 } else { 0 }
}

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[REFERENCES.list(), COMPARES.list()];

/// Calls that compare two texts. Lower-case, sorted.
#[rustfmt::skip]
pub(super) static COMPARES: Words = Words::new(&[
    "compare", "compare_digest", "compare_to", "compareordinal", "compareto", "constant_time_compare", "constant_time_eq",
    "constanttimecompare", "constanttimeequals", "consttimecompare", "contentequals", "equal", "equals",
    "equalsignorecase", "hash_equals", "localecompare", "secure_compare", "securecompare", "strcasecmp", "strcmp",
    "stricmp", "strncasecmp", "strncmp", "timingsafeequal", "wcscmp",
]);

/// A name's words, cut at case changes and at non-letters.
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
    fn the_words_that_need_another_are_looked_for() {
        for (second, first, _) in SECOND_WORDS {
            assert!(is_second(second.as_bytes()), "{second}");
            assert_eq!(is_first(first.as_bytes()), first.len() >= 4, "{first}");
        }
        assert!(
            meaning::SPENT.iter().all(|part| matches!(part.as_bytes()[0], b'a' | b'c' | b'f' | b'r' | b'x'))
        );
    }

    #[test]
    fn words_are_cut_at_case_changes_and_marks() {
        let cut: Vec<&[u8]> = words(b"AWSSecretKey_2.dbPassword").collect();
        assert_eq!(cut, [&b"AWS"[..], b"Secret", b"Key", b"db", b"Password"]);
    }
}
