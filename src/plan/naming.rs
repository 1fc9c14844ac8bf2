//! Names of entries and variables: the same from run to run, of safe characters, each once.

use std::collections::BTreeSet;

/// A secret's names in a manager and in programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntryName {
    /// The repository: `[a-z0-9-]`.
    pub(super) repository: String,
    /// The environment, or `default`: `[a-z0-9-]`.
    pub(super) environment: String,
    /// The variable, in lower case: `[a-z0-9_]`.
    pub(super) leaf: String,
    /// The environment variable: `[A-Z0-9_]`, a letter first.
    pub(super) variable: String,
    /// The fingerprint of the secret.
    pub(super) fingerprint: String,
}

impl EntryName {
    /// The path of it in managers that have paths.
    pub(super) fn path(&self) -> String {
        format!("{}/{}/{}", self.repository, self.environment, self.leaf)
    }

    /// What all secrets of an environment share: `orders-production`.
    pub(super) fn group(&self) -> String {
        format!("{}-{}", self.repository, self.environment)
    }
}

/// Variables that mean something to the system or its programs already.
const TAKEN: &[&str] = &[
    "BASH_ENV",
    "CDPATH",
    "DISPLAY",
    "EDITOR",
    "ENV",
    "HOME",
    "HOSTNAME",
    "IFS",
    "LANG",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LOGNAME",
    "MAIL",
    "NODE_OPTIONS",
    "OLDPWD",
    "PATH",
    "PORT",
    "PS1",
    "PWD",
    "PYTHONPATH",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TZ",
    "UID",
    "USER",
];

/// The longest name of a variable.
const LONGEST: usize = 64;

/// The variable for an identifier, or for the rule if there is no usable one; none of `used`, to which it is added.
pub(super) fn variable(identifier: Option<&str>, rule: &str, used: &mut BTreeSet<String>) -> String {
    let mut name = identifier.map(screaming).unwrap_or_default();
    let is_usable = name.len() >= 3 && name.starts_with(|first: char| first.is_ascii_uppercase());
    if !is_usable {
        name = screaming(rule);
    }
    // GitHub keeps names that begin with its own.
    if TAKEN.contains(&name.as_str()) || name.starts_with("GITHUB_") || name.starts_with("TF_VAR_") {
        name = format!("APP_{name}");
    }
    name.truncate(LONGEST);
    let name = name.trim_end_matches('_').to_owned();
    let mut one = name.clone();
    let mut number = 2;
    while !used.insert(one.clone()) {
        one = format!("{name}_{number}");
        number += 1;
    }
    one
}

/// `dbPassword`, `db-password` and `spring.db.password` in the form of variables.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
                out.push('_');
            }
            out.push(letter.to_ascii_uppercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        before = letter;
    }
    out.trim_matches('_').to_owned()
}

/// A name of small letters, digits and single hyphens, not empty.
pub(super) fn slug(name: &str, instead: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(40);
    let out = out.trim_end_matches('-');
    if out.is_empty() { instead.to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_as_the_secret_and_each_once() {
        let mut used = BTreeSet::new();
        for (identifier, rule, name) in [
            (Some("dbPassword"), "generic-password", "DB_PASSWORD"),
            (Some("DB_PASSWORD"), "generic-password", "DB_PASSWORD_2"),
            (Some("spring.mail.password"), "generic-password", "SPRING_MAIL_PASSWORD"),
            (Some("--password"), "generic-password", "PASSWORD"),
            (Some("пароль"), "generic-password", "GENERIC_PASSWORD"),
            (None, "github-pat-classic", "APP_GITHUB_PAT_CLASSIC"),
            (Some("path"), "x-y", "APP_PATH"),
            (Some("2fa"), "url-credentials", "URL_CREDENTIALS"),
        ] {
            assert_eq!(variable(identifier, rule, &mut used), name);
        }
    }

    #[test]
    fn a_slug_has_nothing_that_a_shell_or_a_manager_could_take_for_something() {
        for (name, slug_of) in [("Orders API", "orders-api"), ("a/../b;$(x)", "a-b-x"), ("…", "repository")]
        {
            assert_eq!(slug(name, "repository"), slug_of);
        }
    }
}
