//! Labelled lines of real code (the form of CredData's excerpts), as they are and as people wrote them.

use crate::draw::Draw;
use crate::human::{self, Words};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;

/// A label of a span of lines.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Label {
    id: serde_json::Value,
    /// The repository.
    pub(crate) repo: String,
    path_ext: String,
    path_hint: String,
    before: String,
    lines: String,
    after: String,
    label: String,
    category: String,
    values: Vec<(usize, usize)>,
    /// Labels of one repository with the same key had the same value.
    pub(crate) key: serde_json::Value,
    #[serde(default)]
    also: Vec<Other>,
}

#[derive(Clone, Debug, Deserialize)]
struct Other {
    label: String,
    category: String,
}

/// Which values replace the true ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Random letters, as the labels come.
    Obfuscated,
    /// As people and machines write them; drawn anew for each number.
    AsWritten(usize),
}

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// A secret.
    Secret,
    /// None.
    Innocent,
    /// Not judged: examples, identifiers.
    Ignored,
}

/// A small file with one label.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// The path it would have.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) text: String,
    /// The labelled lines, counted from 1.
    pub(crate) lines: RangeInclusive<u64>,
    /// The values on them.
    pub(crate) values: Vec<String>,
}

const IDENTIFIERS: &[&str] = &[
    "UUID",
    "Nonce",
    "Salt",
    "AWS S3 Bucket",
    "Firebase Domain",
    "Tencent WeChat API App ID",
    "Twilio Credentials",
];

/// Categories whose values people choose.
const CHOSEN: &[&str] = &[
    "Password",
    "SQL Password",
    "CMD Password",
    "CMD ConvertTo-SecureString",
    "CURL User Password",
    "URL Credentials",
    "Secret",
    "Token",
    "Key",
    "Credential",
    "Auth",
    "Other",
    "API",
];

/// Categories whose values machines make.
const DRAWN: &[&str] = &[
    "JSON Web Token",
    "PEM Private Key",
    "NKEY Seed",
    "AWS Client ID",
    "AWS Multi",
    "Basic Authorization",
    "UUID",
];

fn is_ignored(label: &str, category: &str) -> bool {
    label == "X" || category.split(':').all(|one| IDENTIFIERS.contains(&one))
}

impl Label {
    /// Reads the labels of a file of JSON Lines, compressed with gzip.
    pub(crate) fn read_all(path: &Path) -> Result<Vec<Self>, String> {
        let packed = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let size = packed.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize);
        let mut text = vec![0; size];
        libdeflater::Decompressor::new()
            .gzip_decompress(&packed, &mut text)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let lines = text.split(|&b| b == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(|error| error.to_string())).collect()
    }

    /// What it says.
    pub(crate) fn truth(&self) -> Truth {
        let other = || self.also.iter().any(|other| is_ignored(&other.label, &other.category));
        match &*self.label {
            _ if is_ignored(&self.label, &self.category) => Truth::Ignored,
            "T" => Truth::Secret,
            _ if other() => Truth::Ignored,
            _ => Truth::Innocent,
        }
    }

    /// True for an example, a placeholder or a value for a test.
    pub(crate) fn is_example(&self) -> bool {
        self.label == "X"
    }

    /// The group of its category, for figures.
    pub(crate) fn group(&self) -> &'static str {
        let has = |wanted: &[&str]| self.category.split(':').any(|one| wanted.contains(&one));
        match () {
            () if has(&[
                "PEM Private Key",
                "BASE64 Private Key",
                "BASE64 encoded PEM Private Key",
                "JWK",
            ]) =>
            {
                "private-key"
            }
            () if has(&["JSON Web Token", "Azure Access Token"]) => "jwt",
            () if has(&["URL Credentials"]) => "url-credentials",
            () if has(&["Basic Authorization", "Bearer Authorization", "NTLM Token", "Auth"]) => "http-auth",
            () if has(&[
                "Password",
                "SQL Password",
                "CMD Password",
                "CMD ConvertTo-SecureString",
                "CURL User Password",
            ]) =>
            {
                "generic-password"
            }
            () if has(&[
                "Key",
                "Secret",
                "Token",
                "API",
                "Credential",
                "CMD Token",
                "CMD Secret",
                "Other",
            ]) =>
            {
                "generic-secret"
            }
            () => "other",
        }
    }

    fn path(&self) -> String {
        let name = match &*self.path_ext {
            whole if whole.starts_with(".env") || !whole.is_empty() && !whole.starts_with('.') => {
                whole.to_owned()
            }
            end => format!("file{end}"),
        };
        let id = self.id.to_string().replace('"', "");
        [&*id, &*self.path_hint, &*name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/")
    }

    /// The file of this label in a view.
    pub(crate) fn sample(&self, view: View, words: &Words) -> Sample {
        let letters: Vec<char> = self.lines.chars().collect();
        let (mut lines, mut values, mut from) = (String::new(), Vec::new(), 0);
        let mut spans = self.values.clone();
        spans.sort_unstable();
        for (start, end) in spans {
            let (start, end) = (start.clamp(from, letters.len()), end.clamp(from, letters.len()));
            let replaced: String = letters[start..end].iter().collect();
            let value = match view {
                View::AsWritten(number) if self.is_chosen() => self.written(&replaced, number, words),
                _ => None,
            };
            let value = value.unwrap_or(replaced);
            lines.extend(&letters[from..start]);
            lines.push_str(&value);
            values.push(value);
            from = end;
        }
        lines.extend(&letters[from..]);
        let first = self.before.matches('\n').count() as u64 + 1;
        let last = first + self.lines.matches('\n').count().max(1) as u64 - 1;
        Sample {
            path: self.path(),
            text: format!("{}{lines}{}", self.before, self.after),
            lines: first..=last,
            values,
        }
    }

    fn is_chosen(&self) -> bool {
        let has = |wanted: &[&str]| self.category.split(':').any(|one| wanted.contains(&one));
        self.label == "T" && has(CHOSEN) && !has(DRAWN)
    }

    /// What a person wrote; the same for the same key of a repository. A quote or a line end is kept.
    fn written(&self, replaced: &str, number: usize, words: &Words) -> Option<String> {
        let mut draw = Draw::of(&format!("{}/{}/{number}", self.repo, self.key));
        let written = human::written(replaced, words, &mut draw)?;
        let is_plain = |text: &str| !text.contains(['"', '\'', '\\', '\n', '`', '<', '&']);
        let is_bare =
            self.lines.contains(&format!("{replaced}\"")) || self.lines.contains(&format!("{replaced}'"));
        let needs_no_quotes =
            is_bare || !written.contains([' ', '#', '%', '@', ';', ',', '!', '?', '*', '$', ':', '/']);
        (is_plain(&written) && is_plain(replaced) && needs_no_quotes).then_some(written)
    }
}

/// How often each key of each repository occurs.
pub(crate) fn repeats(labels: &[Label]) -> HashMap<(String, String), usize> {
    let mut counts = HashMap::new();
    for label in labels.iter().filter(|label| label.truth() == Truth::Secret) {
        *counts.entry((label.repo.clone(), label.key.to_string())).or_insert(0) += 1;
    }
    counts
}

/// The repositories in `count` folds, each with about as many secrets.
pub(crate) fn folds(labels: &[Label], count: usize) -> HashMap<String, usize> {
    let mut secrets: HashMap<&str, usize> = HashMap::new();
    for label in labels {
        *secrets.entry(&label.repo).or_insert(0) += usize::from(label.truth() == Truth::Secret);
    }
    let repos: HashSet<&str> = labels.iter().map(|label| &*label.repo).collect();
    let mut repos: Vec<&str> = repos.into_iter().collect();
    repos.sort_by_key(|repo| (std::cmp::Reverse(secrets[repo]), *repo));
    let mut filled = vec![0; count];
    let mut dealt = HashMap::new();
    for repo in repos {
        let fold = (0..count).min_by_key(|&fold| filled[fold]).unwrap_or(0);
        filled[fold] += secrets[repo].max(1);
        dealt.insert(repo.to_owned(), fold);
    }
    dealt
}

/// True if two texts name the same value: equal, or one contains the other.
pub(crate) fn is_same(secret: &str, value: &str) -> bool {
    let trim = |text: &str| text.trim_matches([' ', '\t', '\n', '"', '\'', '`']).to_owned();
    let (one, other) = (trim(secret), trim(value));
    let short = one.len().min(other.len());
    short > 0 && (one == other || short >= 4 && (one.contains(&other) || other.contains(&one)))
}
