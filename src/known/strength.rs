//! What is not searched for: values that anyone could guess, or that are no secrets.
//!
//! A short or common value is everywhere by chance, so that its findings would mean nothing; and an index with it would
//! let a thief who has the key, too, confirm it.

use std::fmt;

/// Why a value is not searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It has less than eight bytes.
    Short,
    /// It consists of words, dates, or few different characters.
    Guessable,
    /// Its name or its form says that it is no secret: a user's name, an address, a public key.
    Public,
    /// It is no text.
    NoText,
    /// It is a note for people.
    Prose,
}

/// The fewest bytes of a value.
const SHORTEST: usize = 8;

/// The fewest bits of a value, as [`bits`] counts them.
const LEAST_BITS: u32 = 31;

/// Last words of names of what is no secret.
const PUBLIC_NAMES: &[&str] = &[
    "account",
    "address",
    "algorithm",
    "arn",
    "bucket",
    "category",
    "city",
    "client_id",
    "clientid",
    "company",
    "country",
    "created",
    "database",
    "date",
    "db",
    "dbname",
    "description",
    "domain",
    "driver",
    "email",
    "endpoint",
    "engine",
    "env",
    "environment",
    "expires",
    "expiry",
    "folder",
    "format",
    "grouping",
    "host",
    "hostname",
    "href",
    "id",
    "issuer",
    "kind",
    "label",
    "login",
    "mail",
    "mode",
    "modified",
    "name",
    "namespace",
    "org",
    "organization",
    "owner",
    "path",
    "phone",
    "policy",
    "port",
    "profile",
    "project",
    "protocol",
    "provider",
    "public_key",
    "publickey",
    "region",
    "registry",
    "role",
    "schema",
    "server",
    "service",
    "site",
    "state",
    "status",
    "street",
    "tenant",
    "tenant_id",
    "title",
    "type",
    "updated",
    "uri",
    "url",
    "user",
    "user_name",
    "userid",
    "username",
    "uuid",
    "vault",
    "version",
    "zone",
];

impl Refusal {
    const ALL: [Self; 5] = [Self::Short, Self::Guessable, Self::Public, Self::NoText, Self::Prose];

    /// Why the value of the entry `name` is not searched for, if it is not.
    pub fn of(name: &str, value: &str) -> Option<Self> {
        let value = value.trim();
        let has_controls = value.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t'));
        if has_controls {
            Some(Self::NoText)
        } else if value.len() < SHORTEST {
            Some(Self::Short)
        } else if is_public(name, value) {
            Some(Self::Public)
        } else if is_prose(name, value) {
            Some(Self::Prose)
        } else if is_guessable(super::part(value)) {
            Some(Self::Guessable)
        } else {
            None
        }
    }

    /// The reason with this number.
    pub(super) fn numbered(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| *refusal as u64 == number)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Short => "shorter than 8 bytes",
            Self::Guessable => "guessable",
            Self::Public => "no secret by its name or form",
            Self::NoText => "not text",
            Self::Prose => "a note",
        })
    }
}

/// True for what its name or its form shows to be no secret.
fn is_public(name: &str, value: &str) -> bool {
    let has_login = value.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        // What is after a question mark may be a signature.
        authority.contains('@') || rest.contains('?') || is_webhook(rest)
    });
    let is_address = value.contains("://") && !value.contains(char::is_whitespace) && !has_login;
    let is_named =
        !has_login && field(name).is_some_and(|field| PUBLIC_NAMES.binary_search(&field.as_str()).is_ok());
    let is_certificate =
        ["-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"]
            .iter()
            .any(|start| value.starts_with(start));
    is_named || is_address || is_certificate || is_host_or_mail(value)
}

/// Fields of text for people.
const NOTES: &[&str] = &["comment", "description", "extra", "note", "notes", "notesplain"];

/// True for text that is written for people, by its field and its words.
fn is_prose(name: &str, value: &str) -> bool {
    let is_note = field(name).is_some_and(|field| NOTES.contains(&field.as_str()));
    is_note && value.contains(char::is_whitespace) && !value.contains("-----BEGIN ")
}

/// The field of an entry's name, or the last word of a variable's name; `None` if the name is that of the whole entry, which
/// may be called like anything.
fn field(name: &str) -> Option<String> {
    let is_of_variable = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let field = match name.split_once('#') {
        Some((_, field)) => field.rsplit('.').next().unwrap_or(field),
        None => {
            let variable = name.rsplit('/').next().unwrap_or(name);
            let is_variable = variable.bytes().all(is_of_variable);
            variable.rsplit('_').next().filter(|_| is_variable)?
        }
    };
    Some(field.to_ascii_lowercase().replace(['-', ' '], "_"))
}

/// True for an address whose path is the secret: it has a long part with digits.
fn is_webhook(rest: &str) -> bool {
    let is_random = |part: &str| part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    rest.split('/').skip(1).any(is_random)
}

/// True for `host.example.com`, `host.example.com:5432`, `someone@example.com` and paths.
fn is_host_or_mail(value: &str) -> bool {
    let host = value.rsplit('@').next().unwrap_or(value);
    let host = host.split(':').next().unwrap_or(host);
    let is_label = |label: &str| {
        let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.len() <= 24 && label.bytes().all(is_of_host)
    };
    let ends_in_letters = |host: &str| {
        let last = host.rsplit('.').next().unwrap_or_default();
        (2..=9).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_host = host.contains('.') && host.split('.').all(is_label) && ends_in_letters(host);
    let is_path = (value.starts_with('/') || value.starts_with("./") || value.starts_with("~/"))
        && value.split('/').skip(1).all(|part| part.len() <= 24 && !part.contains(char::is_whitespace));
    is_host || is_path && value.matches('/').count() > 1
}

/// True for a value that someone who tries words, numbers and the usual replacements of letters would find.
fn is_guessable(value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    let is_letter =
        |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_alphabetic);
    let replaced = |(at, char): (usize, &char)| match char {
        _ if !is_letter(at.checked_sub(1)) || !is_letter(Some(at + 1)) => *char,
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        char => *char,
    };
    let read: String = chars.iter().enumerate().map(replaced).collect();
    bits(value).min(bits(&read)) < LEAST_BITS
}

/// About how many bits someone needs to guess a value: letters of a word count two bits each, digits and characters between
/// words as much as they can be, and repeated or counting characters one.
fn bits(value: &str) -> u32 {
    let bytes = value.as_bytes();
    let (mut tenths, mut at) = (0, 0);
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let end = at + run.max(1);
        let part = &bytes[at..end];
        tenths += if run >= 4 && is_word(part) {
            20 * part.len() as u32
        } else {
            part.iter().map(|byte| plain(*byte)).sum()
        };
        // A character that repeats or continues the one before adds little.
        for next in at.max(1)..end {
            let (before, byte) = (i16::from(bytes[next - 1]), i16::from(bytes[next]));
            if (byte - before).abs() <= 1 {
                tenths -= if run >= 4 && is_word(part) { 10 } else { plain(bytes[next]) - 10 };
            }
        }
        at = end;
    }
    let mut seen = bytes.to_vec();
    seen.sort_unstable();
    seen.dedup();
    // Few different characters are a pattern.
    (tenths / 10).min(seen.len() as u32 * 6)
}

/// Tenths of the bits of a character that is in no word.
const fn plain(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => 33,
        b'a'..=b'z' | b'A'..=b'Z' => 47,
        _ => 40,
    }
}

/// True for letters that may be a word: at most one change of case after the first letter, and no more than four consonants
/// in a row.
fn is_word(letters: &[u8]) -> bool {
    let is_vowel = |byte: &u8| matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let consonants = letters.split(is_vowel).map(<[u8]>::len).max().unwrap_or(0);
    let is_turn = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    let turns = letters.windows(2).filter(|pair| is_turn(pair)).count();
    consonants <= 4 && turns * 4 <= letters.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        assert!(PUBLIC_NAMES.is_sorted());
    }

    #[test]
    fn what_can_be_guessed_is_refused() {
        let refused = |value: &str| Refusal::of("kv/app#password", value);
        assert_eq!(refused("a7!kQ9z"), Some(Refusal::Short));
        for weak in [
            "changeme",
            "P@ssw0rd2024",
            "tr0ub4dor&3",
            "password123",
            "Summer2024!",
            "aaaaaaaaaaaaaaaa",
            "1234567890",
            "letmein-please",
            "abcdefghijkl",
        ] {
            assert_eq!(refused(weak), Some(Refusal::Guessable), "{weak}");
        }
        for strong in
            ["q7Zk2Lw9", "tr7kb2&Qz!x9", "5f2b9c1e7d3a4806", "correct-horse-battery-staple", "aB3$dE6&gH9!"]
        {
            assert_eq!(refused(strong), None, "{strong}");
        }
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let refused = |name: &str, value: &str| Refusal::of(name, value) == Some(Refusal::Public);
        assert!(refused("kv/app#username", "svc-payments-4711x"));
        assert!(refused("kv/app#client_id", "5f2b9c1e7d3a48065f2b9c1e"));
        assert!(refused("kv/app#db", "postgres-7.internal.example.com:5432"));
        assert!(refused("x", "https://api.example.com/v2/orders"));
        assert!(refused("x", "someone.else@example.com"));
        assert!(refused("x", "-----BEGIN CERTIFICATE-----\nMIIB0zCCAX2g\n-----END CERTIFICATE-----"));
        assert!(refused("DB_HOST", "postgres-7-internal-4711"));
        // An entry may be called like anything, and an address may have a login.
        assert!(!refused("prod/db", "q7Zk2Lw9Xb4Tn6Vc"));
        assert!(!refused("kv/app#url", &format!("postgres://app:{}@db.example.com/app", "q7Zk2Lw9")));
        assert!(!refused("x", "https://hooks.example.com/services/q7Zk2Lw9Xb4Tn6Vc1Rm8"));
    }
}
