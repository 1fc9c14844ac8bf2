//! The environment and the service that a name or a path speaks of.

/// Words of environments, and the name that they have here.
const WORDS: &[(&str, &str)] = &[
    ("ci", "ci"),
    ("demo", "demo"),
    ("dev", "development"),
    ("develop", "development"),
    ("development", "development"),
    ("live", "production"),
    ("local", "development"),
    ("preprod", "staging"),
    ("preview", "staging"),
    ("prd", "production"),
    ("prod", "production"),
    ("production", "production"),
    ("qa", "test"),
    ("sandbox", "sandbox"),
    ("stage", "staging"),
    ("staging", "staging"),
    ("stg", "staging"),
    ("test", "test"),
    ("testing", "test"),
    ("uat", "test"),
];

/// The environment that a path or the name of an entry speaks of, by its words; the last one counts.
pub fn environment(name: &str) -> Option<&'static str> {
    let words = name.split(|char: char| !char.is_ascii_alphanumeric());
    let mut known = words.filter_map(|word| {
        let word = word.to_ascii_lowercase();
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, name)| *name)
    });
    known.next_back()
}

/// The entry that a name is of: without its field, and without the words of an environment. Two entries that differ here
/// belong to different services.
pub fn service(name: &str) -> String {
    let entry = name.split('#').next().unwrap_or(name).to_ascii_lowercase();
    let words = entry.split(|char: char| !char.is_ascii_alphanumeric());
    let rest: Vec<&str> = words.filter(|word| !word.is_empty() && environment(word).is_none()).collect();
    rest.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_environments() {
        assert_eq!(environment("kv/prod/db#password"), Some("production"));
        assert_eq!(environment("config/.env.staging"), Some("staging"));
        assert_eq!(environment("src/product/device.rs"), None);
        assert_eq!(environment("deploy/dev/prod.yml"), Some("production"));
    }

    #[test]
    fn a_service_is_an_entry_without_its_environment() {
        assert_eq!(service("kv/prod/db#password"), service("kv/staging/db#token"));
        assert_ne!(service("kv/prod/db#password"), service("kv/prod/mail#password"));
    }
}
