//! The files of gitleaks's users, honoured without a change: its configuration, its ids of rules, its reports.
//!
//! - `config`: `.gitleaks.toml` as rules and allowlists of ours;
//! - `ids`: the ids of gitleaks's own rules, and our rules of the same kind;
//! - `regex`: regexes as Go writes them;
//! - `log`: the commits that `--log-opts` names; `report`: its formats.
//!
//! `.gitleaksignore` and baselines are read by [`crate::findings::places`].

pub mod config;
pub mod ids;
pub mod log;
pub mod regex;
pub mod report;
pub mod table;

/// The name of the configuration at a repository's root.
pub const FILE: &str = ".gitleaks.toml";
