//! Other scanners' files: what each says, as a plan in our terms.
//!
//! # Design
//!
//! One file a tool reads the foreign shape; all give one [`Plan`]. `commands` follows a plan at once (files at the root
//! under their well-known names count in every run) or has it written down ([`mod@write`]). A plan is never wider than
//! what its file means. What has no meaning here is in the plan, too, with file, line and key, so that it can be reported.
//! Secrets that a file contains are hashed when they are read, and are in no plan.

mod betterleaks;
mod detect_secrets;
pub mod document;
mod expression;
mod ggshield;
mod git_secrets;
mod kingfisher;
mod noseyparker;
pub mod plan;
mod regexes;
pub mod talisman;
mod trufflehog;
pub mod write;

pub use plan::{Plan, PlannedRule};

use crate::sheet::Fault;
use document::{Node, Syntax};

/// A tool whose files are read.
#[derive(Clone, Copy, Debug)]
pub struct OtherTool {
    /// Its name.
    pub name: &'static str,
    /// Names of files at a repository's root that count without being imported. For gitleaks that is elsewhere.
    pub in_place: &'static [&'static str],
    /// Other names that its files have.
    also: &'static [&'static str],
    /// Reads a file of it.
    pub read: fn(&str, &str) -> Result<Plan, Fault>,
}

/// All of them.
pub const TOOLS: [OtherTool; 9] = [
    OtherTool {
        name: "betterleaks",
        in_place: &[".betterleaks.toml", ".betterleaksignore"],
        also: &["betterleaks.toml"],
        read: betterleaks::read,
    },
    OtherTool {
        name: "detect-secrets",
        in_place: &[".secrets.baseline"],
        also: &[],
        read: detect_secrets::read,
    },
    OtherTool {
        name: "ggshield",
        in_place: &[".gitguardian.yaml", ".gitguardian.yml"],
        also: &[],
        read: ggshield::read,
    },
    OtherTool { name: "git-secrets", in_place: &[".gitallowed"], also: &[], read: git_secrets::read },
    OtherTool {
        name: "gitleaks",
        in_place: &[],
        also: &[".gitleaks.toml", "gitleaks.toml", ".gitleaksignore"],
        read: betterleaks::read,
    },
    OtherTool { name: "kingfisher", in_place: &[], also: &[], read: kingfisher::read },
    OtherTool { name: "noseyparker", in_place: &[], also: &[], read: noseyparker::read },
    OtherTool { name: "talisman", in_place: &[".talismanrc"], also: &[], read: talisman::read },
    OtherTool { name: "trufflehog", in_place: &[], also: &[], read: trufflehog::read },
];

impl OtherTool {
    /// The tool of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// The tool that a file is of, by its name or else by what is in it.
    pub fn of(file: &str, text: &str) -> Option<&'static Self> {
        let last = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let by_name = TOOLS.iter().find(|tool| tool.in_place.contains(&last) || tool.also.contains(&last));
        by_name.or_else(|| Self::named(name_of(text)?))
    }

    /// The tool whose rules a text contains, if they are not written as ours. Keys that only the other tool has decide.
    pub fn of_rules(text: &str) -> Option<&'static Self> {
        if git_secrets::is_like(text) {
            return Self::named("git-secrets");
        }
        if let Ok(node) = Node::parse("", text, Syntax::Toml) {
            return betterleaks::is_foreign(&node).then(|| Self::named("gitleaks"))?;
        }
        let node = Node::parse("", text, Syntax::Yaml).ok()?;
        let checks: [(IsLike, &str); 3] = [
            (trufflehog::is_config, "trufflehog"),
            (kingfisher::is_rules, "kingfisher"),
            (kingfisher::is_noseyparkers_rules, "noseyparker"),
        ];
        checks.into_iter().find(|(is_like, _)| is_like(&node)).and_then(|(_, name)| Self::named(name))
    }

    /// The names of files that count at a repository's root, each with its tool.
    pub fn all_in_place() -> impl Iterator<Item = (&'static str, &'static Self)> {
        TOOLS.iter().flat_map(|tool| tool.in_place.iter().map(move |name| (*name, tool)))
    }
}

/// Whether a file is of a tool.
type IsLike = fn(&Node) -> bool;

/// The name of the tool that wrote a text.
fn name_of(text: &str) -> Option<&'static str> {
    if trufflehog::is_results(text) {
        return Some("trufflehog");
    }
    if text.trim_start().starts_with(['{', '[']) {
        let node = Node::parse("", text, Syntax::Json).or_else(|_| Node::parse("", text, Syntax::JsonLines));
        if let Ok(node) = node {
            let checks: [(IsLike, &str); 5] = [
                (detect_secrets::is_like, "detect-secrets"),
                (betterleaks::is_report, "betterleaks"),
                (betterleaks::is_old_report, "gitleaks"),
                (kingfisher::is_report, "kingfisher"),
                (noseyparker::is_report, "noseyparker"),
            ];
            return checks.into_iter().find(|(is_like, _)| is_like(&node)).map(|(_, name)| name);
        }
    }
    if git_secrets::is_like(text) {
        return Some("git-secrets");
    }
    if let Ok(node) = Node::parse("", text, Syntax::Toml) {
        return betterleaks::is_config(&node).then_some("betterleaks");
    }
    let node = Node::parse("", text, Syntax::Yaml).ok()?;
    let checks: [(IsLike, &str); 6] = [
        (trufflehog::is_config, "trufflehog"),
        (kingfisher::is_rules, "kingfisher"),
        (kingfisher::is_baseline, "kingfisher"),
        (kingfisher::is_noseyparkers_rules, "noseyparker"),
        (talisman::is_like, "talisman"),
        (ggshield::is_like, "ggshield"),
    ];
    checks.into_iter().find(|(is_like, _)| is_like(&node)).map(|(_, name)| name)
}
