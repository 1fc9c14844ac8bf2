//! What replaces a secret in a file, in the file's own language; or why a person has to do it.
//!
//! ```text
//! lexer        comments and literals of source code, from the file's start
//! expression   a literal becomes an expression: what both need in every language
//! python …     one language a file: how it reads the environment, where that is no expression, what it imports
//! yaml …       formats that say something of their own in a value's place
//! lines        formats of one setting a line
//! ```
//!
//! # Invariant
//!
//! A change is made only if the bounds of what is replaced are known from reading the file, and what is around it is
//! understood. In every other case the answer is [`ByHand`], with the reason.

mod csharp;
mod dockerfile;
mod ecmascript;
mod expression;
mod go;
mod java;
mod lexer;
mod lines;
mod php;
mod python;
mod ruby;
mod rust;
mod shell;
mod terraform;
mod yaml;

pub(super) use lines::removed_names;

use crate::model::Span;
use std::borrow::Cow;

/// The largest file that is changed, bytes.
pub(super) const LARGEST: u64 = 1 << 20;

/// A secret at a place in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'a> {
    /// The path in the repository.
    pub(super) path: &'a str,
    /// The file.
    pub(super) text: &'a str,
    /// The secret in it, as it is written.
    pub(super) span: Span,
    /// The environment variable that has the value instead.
    pub(super) variable: &'a str,
    /// The name of the object in Kubernetes that has it, and its key there.
    pub(super) object: (&'a str, &'a str),
    /// The other files of the same kind in the folder, one after the other.
    pub(super) others: &'a str,
}

/// Text that is put in the place of other text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edit {
    /// What is replaced; empty to insert.
    pub(super) at: Span,
    /// What is there instead.
    pub(super) with: String,
}

impl Edit {
    fn new(start: usize, end: usize, with: impl Into<String>) -> Self {
        Self { at: Span::new(start, end), with: with.into() }
    }
}

/// A change of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rewrite {
    /// The edits, the secret's own first.
    pub(super) edits: Vec<Edit>,
    /// What else has to be known of the change.
    pub(super) note: Option<String>,
    /// What the value has to be given to besides the environment of the program.
    pub(super) reader: ValueReader,
}

/// Who reads the value once the change is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ValueReader {
    /// The program, from its environment.
    #[default]
    Environment,
    /// A workflow, from the secrets of GitHub.
    GitHubSecret,
    /// A pod, from an object of Kubernetes.
    KubernetesSecret,
    /// Terraform, from `TF_VAR_` and the variable's name.
    TerraformVariable,
    /// A build of an image, from a secret that is mounted.
    BuildSecret,
    /// Compose, from the environment in which it runs.
    Compose,
}

/// Why a person has to make the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByHand(pub(super) Cow<'static, str>);

fn by_hand<T>(why: impl Into<Cow<'static, str>>) -> Result<T, ByHand> {
    Err(ByHand(why.into()))
}

/// The change that takes the secret out of the file.
pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let text = spot.text;
    if text.bytes().zip(text.bytes().skip(1)).any(|(one, next)| one == b'\r' && next != b'\n')
        || text.contains('\0')
    {
        return by_hand("the file is no text with ordinary line ends");
    }
    match FileLanguage::of(spot.path, text) {
        FileLanguage::Python => python::rewrite(spot),
        FileLanguage::EcmaScript => ecmascript::rewrite(spot),
        FileLanguage::Go => go::rewrite(spot),
        FileLanguage::Java => java::rewrite(spot),
        FileLanguage::Ruby => ruby::rewrite(spot),
        FileLanguage::Php => php::rewrite(spot),
        FileLanguage::CSharp => csharp::rewrite(spot),
        FileLanguage::Rust => rust::rewrite(spot),
        FileLanguage::Shell => shell::rewrite(spot),
        FileLanguage::Yaml => yaml::rewrite(spot),
        FileLanguage::Terraform => terraform::rewrite(spot),
        FileLanguage::TerraformValues => terraform::values(spot),
        FileLanguage::Dockerfile => dockerfile::rewrite(spot),
        FileLanguage::DotEnv => lines::dot_env(spot),
        FileLanguage::SpringProperties => lines::spring(spot),
        FileLanguage::Data(why) | FileLanguage::Other(why) => by_hand(why),
    }
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileLanguage {
    Python,
    EcmaScript,
    Go,
    Java,
    Ruby,
    Php,
    CSharp,
    Rust,
    Shell,
    Yaml,
    Terraform,
    TerraformValues,
    Dockerfile,
    DotEnv,
    SpringProperties,
    /// Data without expressions, with what to do.
    Data(&'static str),
    /// Something that is not changed, with what to do.
    Other(&'static str),
}

/// What to do with a file of settings that cannot compute a value.
const NO_EXPRESSIONS: &str = "this format has no expressions: remove the entry, and let the program that reads the file \
                              take the value from its environment (most libraries for settings can, by a name or an override)";

impl FileLanguage {
    fn of(path: &str, text: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        if name == "dockerfile"
            || name == "containerfile"
            || name.starts_with("dockerfile.")
            || end == "dockerfile"
        {
            return Self::Dockerfile;
        }
        if is_dot_env(name) {
            return Self::DotEnv;
        }
        if name.starts_with("application") && end == "properties" {
            return Self::SpringProperties;
        }
        if name.contains(".example") || name.contains(".sample") {
            return Self::Other("this is an example for people: put a placeholder in the value's place");
        }
        match end {
            "py" => Self::Python,
            "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" => Self::EcmaScript,
            "jsx" | "tsx" | "vue" | "svelte" => Self::Other(
                "what runs in a browser cannot keep a secret: move the call that needs it to a server",
            ),
            "go" => Self::Go,
            "java" => Self::Java,
            "rb" => Self::Ruby,
            "php" => Self::Php,
            "cs" => Self::CSharp,
            "rs" => Self::Rust,
            "sh" | "bash" => Self::Shell,
            "yml" | "yaml" => Self::Yaml,
            "tf" => Self::Terraform,
            "tfvars" => Self::TerraformValues,
            "json" => Self::Data(
                "JSON has no expressions: remove the entry, and let the program take the value from its environment \
                 (ASP.NET, node-config and others override entries by variables)",
            ),
            "properties" | "ini" | "cfg" | "conf" | "toml" | "xml" | "config" | "csv" | "txt" => {
                Self::Data(NO_EXPRESSIONS)
            }
            "md" | "rst" | "adoc" | "html" => {
                Self::Other("this is a document for people: put a placeholder in the value's place")
            }
            "" if is_shell_script(text) => Self::Shell,
            _ => Self::Other("files of this kind are not changed by a plan: let it read the variable"),
        }
    }
}

/// True for files of variables as programs load them, by a lower-case name.
pub(super) fn is_dot_env(name: &str) -> bool {
    let is_sample = [".example", ".sample", ".template", ".dist"].iter().any(|part| name.contains(part));
    !is_sample && (name == ".env" || name.starts_with(".env.") || name.ends_with(".env") || name == ".envrc")
}

fn is_shell_script(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.starts_with("#!")
        && ["/sh", "/bash", "/dash", " bash", " sh"].iter().any(|end| first.trim_end().ends_with(end))
}

/// The line that contains `at`: where it begins, and where the next one does.
fn line_around(text: &str, at: usize) -> (usize, usize) {
    let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    let end = text[at..].find('\n').map_or(text.len(), |found| at + found + 1);
    (start, end)
}

/// The line end that a file uses.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// True if `word` is in `text` as a whole word.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |one: char| one.is_alphanumeric() || one == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}
