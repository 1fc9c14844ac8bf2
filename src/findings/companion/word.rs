//! The names of two values, `PROD_AWS_KEY_ID` and `STAGING_AWS_SECRET`, compared word by word.

/// Words of environments, with the one that stands for all that mean the same.
const ENVIRONMENTS: &[(&str, &str)] = &[
    ("backup", "backup"),
    ("canary", "canary"),
    ("ci", "ci"),
    ("demo", "demo"),
    ("dev", "dev"),
    ("development", "dev"),
    ("live", "prod"),
    ("local", "local"),
    ("new", "new"),
    ("old", "old"),
    ("prd", "prod"),
    ("preprod", "preprod"),
    ("preview", "preview"),
    ("primary", "primary"),
    ("prod", "prod"),
    ("production", "prod"),
    ("qa", "qa"),
    ("sandbox", "sandbox"),
    ("sbx", "sandbox"),
    ("secondary", "secondary"),
    ("stage", "staging"),
    ("staging", "staging"),
    ("stg", "staging"),
    ("test", "test"),
    ("testing", "test"),
    ("uat", "uat"),
];

/// Words that say what a value is, and not whose.
const ROLES: &[&str] = &[
    "access",
    "account",
    "address",
    "admin",
    "amazon",
    "api",
    "apikey",
    "app",
    "appid",
    "appkey",
    "application",
    "auth",
    "authorization",
    "aws",
    "base",
    "bot",
    "bucket",
    "bucketid",
    "callback",
    "client",
    "clientid",
    "clientsecret",
    "cloud",
    "code",
    "community",
    "config",
    "consumer",
    "cookie",
    "credential",
    "credentials",
    "customer",
    "data",
    "default",
    "domain",
    "email",
    "endpoint",
    "env",
    "from",
    "global",
    "hash",
    "hmac",
    "host",
    "hostname",
    "http",
    "https",
    "iam",
    "id",
    "identifier",
    "identity",
    "index",
    "instance",
    "integration",
    "key",
    "keyid",
    "license",
    "login",
    "mail",
    "member",
    "merchant",
    "my",
    "name",
    "number",
    "oauth",
    "org",
    "organisation",
    "organization",
    "owner",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "path",
    "personal",
    "phone",
    "principal",
    "private",
    "profile",
    "project",
    "public",
    "publishable",
    "pwd",
    "read",
    "refresh",
    "region",
    "registry",
    "rest",
    "restricted",
    "role",
    "s3",
    "search",
    "secret",
    "secretkey",
    "security",
    "server",
    "service",
    "session",
    "shared",
    "shop",
    "sid",
    "signature",
    "signing",
    "site",
    "smtp",
    "space",
    "state",
    "static",
    "store",
    "sub",
    "subdomain",
    "subscription",
    "team",
    "tenant",
    "token",
    "tokenid",
    "uri",
    "url",
    "user",
    "userid",
    "username",
    "v1",
    "v2",
    "value",
    "webhook",
    "workspace",
    "write",
    "zone",
];

/// How two names fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// So many words are in both.
    Shared(usize),
    /// They are of different things or environments.
    Contrary,
}

/// How the names `one` and `other` fit; `extra` are further words that say nothing of whose a value is.
pub(super) fn fit(one: &[u8], other: &[u8], extra: &[&str]) -> Fit {
    let (mut one, mut other) = (words(one), words(other));
    let places = [marks(&one), marks(&other)];
    if !places[0].is_empty() && !places[1].is_empty() && places[0] != places[1] {
        return Fit::Contrary;
    }
    let count = one.len();
    one.retain(|word| match other.iter().position(|known| known == word) {
        Some(at) => {
            other.remove(at);
            false
        }
        None => true,
    });
    let is_telling = |word: &String| {
        !is_mark(word)
            && ROLES.binary_search(&word.as_str()).is_err()
            && !extra.iter().any(|known| word.contains(known) || known.contains(word.as_str()))
    };
    match one.iter().any(is_telling) && other.iter().any(is_telling) {
        true => Fit::Contrary,
        false => Fit::Shared(count - one.len()),
    }
}

/// The environments and numbers among `words`, sorted.
fn marks(words: &[String]) -> Vec<&str> {
    let of = |word: &'_ String| {
        ENVIRONMENTS.binary_search_by_key(&word.as_str(), |(name, _)| name).ok().map(|at| ENVIRONMENTS[at].1)
    };
    let number = |word: &'_ String| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut marks: Vec<&str> =
        words.iter().filter_map(|word| of(word).or_else(|| number(word).then_some(word.as_str()))).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

fn is_mark(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
        || ENVIRONMENTS.binary_search_by_key(&word, |(name, _)| name).is_ok()
}

/// The words of a name in lower case: parts between marks, humps of camel case, and a number after a word of a role.
fn words(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = b'_';
    for &byte in name.iter().chain(b"_") {
        let is_hump = byte.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if (!byte.is_ascii_alphanumeric() || is_hump) && !word.is_empty() {
            let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
            if letters.len() < word.len() && ROLES.binary_search(&letters).is_ok() && letters.len() > 1 {
                let digits = word.split_off(letters.len());
                words.push(std::mem::take(&mut word));
                words.push(digits);
            } else {
                words.push(std::mem::take(&mut word));
            }
        }
        if byte.is_ascii_alphanumeric() {
            word.push(byte.to_ascii_lowercase().into());
        }
        before = byte;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(ROLES.is_sorted_by(|one, other| one < other));
        assert!(ENVIRONMENTS.is_sorted_by(|one, other| one.0 < other.0));
    }

    #[test]
    fn names_fit_unless_they_are_of_different_things() {
        use Fit::{Contrary, Shared};
        for (one, other, wanted) in [
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", Shared(3)),
            ("PROD_AWS_ACCESS_KEY_ID", "STAGING_AWS_SECRET_ACCESS_KEY", Contrary),
            ("PROD_AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY_PRODUCTION", Shared(3)),
            ("AWS_KEY_ID_1", "AWS_SECRET_2", Contrary),
            ("keyId1", "secret1", Shared(1)),
            ("key1", "secret2", Contrary),
            ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", Shared(1)),
            ("ordersClientId", "billingClientSecret", Contrary),
            ("clientId", "billingClientSecret", Shared(1)),
            ("acmeUrl", "ACME_CLOUD_TOKEN", Shared(1)),
            ("acmeCloudUrl", "OTHER_TOKEN", Contrary),
            ("", "AWS_SECRET", Shared(0)),
        ] {
            assert_eq!(fit(one.as_bytes(), other.as_bytes(), &[]), wanted, "{one} {other}");
        }
        assert_eq!(fit(b"acmeUrl", b"OTHER_TOKEN", &["acme"]), Shared(0));
    }
}
