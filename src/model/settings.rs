//! The receipt of a run's settings: which files were in force, where they came from, and what they left out.

use std::fmt;

/// What a file of settings is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingsRole {
    /// `keydredge.toml`.
    Configuration,
    /// `.gitleaks.toml`.
    Gitleaks,
    /// A file of rules.
    Rules,
    /// The ignore file.
    IgnoreFile,
    /// The baseline.
    Baseline,
    /// A file of another scanner, at the root under its well-known name.
    OtherTool,
}

impl SettingsRole {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Gitleaks => "gitleaks configuration",
            Self::Rules => "rules",
            Self::IgnoreFile => "ignore file",
            Self::Baseline => "baseline",
            Self::OtherTool => "another scanner's settings",
        }
    }
}

/// A file of settings that was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    /// What it is for.
    pub role: SettingsRole,
    /// Where it was found: a path on disk, or one relative to the repository's root.
    pub path: String,
    /// What it was read from: `disk`, `index`, `HEAD`, `merge base` and an id, `command line`.
    pub origin: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
}

/// A rule that settings took out or replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleChoice {
    /// The rule's id.
    pub rule: String,
    /// The file that does so, or `command line`.
    pub by: String,
}

/// A setting that the change under review alters. It is not in force while that change is judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProposedSetting {
    /// The file.
    pub path: String,
    /// The key, or what it is about.
    pub setting: String,
    /// What the change makes of it, as a clause that completes "would …".
    pub effect: String,
}

impl ProposedSetting {
    /// The sentence for people.
    pub fn sentence(&self) -> String {
        format!(
            "`{}` in {}: this change would {}. It is judged by the settings from before it.",
            self.setting, self.path, self.effect
        )
    }
}

/// The settings that were in force in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsReceipt {
    /// The files, in the order in which they were read.
    pub files: Vec<SettingsFile>,
    /// Built-in rules that were left out, sorted.
    pub skipped: Vec<RuleChoice>,
    /// Built-in rules that a rule of the user's replaced, sorted.
    pub overridden: Vec<RuleChoice>,
    /// How the change under review would alter the settings.
    pub proposed: Vec<ProposedSetting>,
}

/// What an allow comment does that the change under review adds together with the secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewAllows {
    /// It covers what no check proves, and the report lists it for the reviewer.
    #[default]
    Report,
    /// It covers nothing until the base contains it.
    Deny,
    /// It covers like any other.
    Permit,
}

impl NewAllows {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Report, Self::Deny, Self::Permit];
}

impl fmt::Display for NewAllows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Report => "report",
            Self::Deny => "deny",
            Self::Permit => "permit",
        })
    }
}

/// What becomes of allow comments of ours that cover nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnusedAllows {
    /// Nothing.
    Ignore,
    /// The report lists them.
    #[default]
    Warn,
    /// The report lists them, and they fail the run.
    Error,
}

impl UnusedAllows {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ignore, Self::Warn, Self::Error];
}

impl fmt::Display for UnusedAllows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Ignore => "ignore",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}
