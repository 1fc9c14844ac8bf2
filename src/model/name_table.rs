//! Providers by the names of their values: which rule names a value that another one found.

use super::RuleInfo;
use std::collections::HashMap;
use std::sync::Arc;

/// Words that say of an identifier no more than that it is of a credential.
const PLAIN: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "authorization",
    "bearer",
    "client",
    "credential",
    "credentials",
    "default",
    "dev",
    "env",
    "http",
    "id",
    "key",
    "live",
    "my",
    "password",
    "personal",
    "private",
    "prod",
    "production",
    "rest",
    "secret",
    "server",
    "service",
    "staging",
    "test",
    "token",
    "user",
    "v1",
    "v2",
    "v3",
    "vite",
    "next",
    "public",
    "react",
    "x",
];

/// What words may end with, written in one with a provider's name.
const ENDINGS: &[&str] =
    &["apikey", "accesskey", "secretkey", "accesstoken", "key", "token", "secret", "password"];

/// Providers by the names of their values.
#[derive(Debug, Default)]
pub struct NameTable {
    /// The rules and their numbers, by name.
    by_name: HashMap<Box<str>, Vec<(u32, Arc<RuleInfo>)>>,
}

/// How many words a name has at most.
const MOST_WORDS: usize = 4;

impl NameTable {
    /// The table of the rules among these that name values.
    pub fn of(rules: &[Arc<RuleInfo>]) -> Self {
        let mut table = Self::default();
        for (index, rule) in (0..).zip(rules) {
            for name in rule.named.iter().flat_map(|value| &value.names) {
                table.by_name.entry(name.as_str().into()).or_default().push((index, Arc::clone(rule)));
            }
        }
        table
    }

    /// The number of the rule whose name is in `identifier` and one of whose shapes `value` has; of several the one with the
    /// longest name, and of those the first.
    pub fn find(&self, identifier: &str, value: &[u8]) -> Option<u32> {
        if self.by_name.is_empty() || value.len() < 8 {
            return None;
        }
        let words = words(identifier);
        let mut best: Option<(usize, u32)> = None;
        for start in 0..words.len() {
            let mut name = String::new();
            for end in start..words.len().min(start + MOST_WORDS) {
                name.push_str(&words[end]);
                let cut =
                    ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending)).filter(|_| end == start);
                for name in std::iter::once(name.as_str()).chain(cut) {
                    let known = self.by_name.get(name).into_iter().flatten();
                    for (rule, info) in known {
                        let Some(of) = &info.named else { continue };
                        let others = || words[..start].iter().chain(&words[end + 1..]);
                        let is_clear = !of.ambiguous || others().all(|word| PLAIN.contains(&word.as_str()));
                        let is_longer = best.is_none_or(|(len, first)| {
                            name.len() > len || name.len() == len && *rule < first
                        });
                        if is_clear && is_longer && of.shapes.iter().any(|shape| shape.fits(value)) {
                            best = Some((name.len(), *rule));
                        }
                    }
                }
            }
        }
        best.map(|(_, rule)| rule)
    }
}

/// The words of an identifier in lower case: `ACME_CORP-key`, `acmeCorpKey`.
fn words(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut letters = identifier.chars().peekable();
    while let Some(letter) = letters.next() {
        let starts = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase));
        if (starts || !letter.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_split_into_words() {
        for (identifier, wanted) in [
            ("ACME_CORP-key", &["acme", "corp", "key"][..]),
            ("acmeCorpAPIKey", &["acme", "corp", "api", "key"]),
            ("x.acme2_token", &["x", "acme2", "token"]),
            ("ключ", &[]),
        ] {
            assert_eq!(words(identifier), wanted, "{identifier}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_identifier_is_split(identifier in "\\PC{0,40}") {
            assert!(words(&identifier).iter().all(|word| !word.is_empty()));
        }
    }
}
