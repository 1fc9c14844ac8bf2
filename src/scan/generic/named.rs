//! A name without its value: whether what has this name is a secret.
//!
//! Stricter than the names of assignments, since no value helps to judge: `token` alone is mostly a parser's.

use super::name::{is_credential_word, refers, words};

/// What is before `token` and `key` in the names of secrets.
const TOKENS: &[&str] = &[
    "access", "api", "app", "auth", "bearer", "bot", "deploy", "github", "gitlab", "jwt", "npm", "oauth",
    "personal", "pypi", "refresh", "secret", "service", "session", "slack", "telegram", "user", "vault",
];
const KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "auth",
    "encryption",
    "license",
    "master",
    "private",
    "secret",
    "service",
    "signing",
    "ssh",
    "storage",
];

/// First words of names that say something about a secret, and first words of names of what is made of one.
const ABOUT: &[&str] = &[
    "allow",
    "ask",
    "can",
    "change",
    "check",
    "count",
    "disable",
    "dummy",
    "enable",
    "encrypted",
    "fake",
    "forgot",
    "has",
    "hash",
    "hashed",
    "hide",
    "invalid",
    "is",
    "masked",
    "max",
    "min",
    "mock",
    "need",
    "needs",
    "no",
    "num",
    "obfuscated",
    "redacted",
    "require",
    "requires",
    "reset",
    "sanitized",
    "should",
    "show",
    "use",
    "valid",
    "verify",
    "with",
    "wrong",
];

/// True if what has this name is a secret: `db_password`, `config.apiKey`. Only the last member of a chain decides.
pub(in crate::scan) fn names_secret(name: &[u8]) -> bool {
    let own = name.rsplit(|byte| matches!(byte, b'.' | b':' | b'>')).next().unwrap_or(name);
    if own.len() > super::name::LONGEST || refers(own) {
        return false;
    }
    let has =
        |list: &[&str], word: &[u8]| list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    let all: Vec<&[u8]> = words(own).collect();
    let [before @ .., last] = all.as_slice() else { return false };
    if before.first().is_some_and(|first| has(ABOUT, first)) {
        return false;
    }
    let owner = before.last();
    if last.eq_ignore_ascii_case(b"token") || last.eq_ignore_ascii_case(b"tokens") {
        return owner.is_some_and(|owner| has(TOKENS, owner));
    }
    if last.eq_ignore_ascii_case(b"key") {
        return owner.is_some_and(|owner| has(KEYS, owner));
    }
    // Mostly how many there are.
    if has(&["passes", "passwords", "secrets"], last) {
        return false;
    }
    let lower = last.to_ascii_lowercase();
    if let Some(owner) = lower.strip_suffix(b"token") {
        return has(TOKENS, owner);
    }
    is_credential_word(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_about_them() {
        for name in [
            "password",
            "db_password",
            "config.apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "authtoken",
            "user.accessToken",
            "clientSecret",
            "STRIPE_API_KEY",
            "dbpass",
        ] {
            assert!(names_secret(name.as_bytes()), "{name}");
        }
        for name in [
            "token",
            "key",
            "next_token",
            "csrf_token",
            "primary_key",
            "password_file",
            "has_password",
            "hashed_password",
            "passwordLength",
            "tokens",
            "PASSES",
            "secrets",
            "api_key_id",
            "user.name",
            "",
            "passed",
            "password.length",
        ] {
            assert!(!names_secret(name.as_bytes()), "{name}");
        }
    }
}
