//! `reach` and `revoke`: one credential, by the fingerprint of its finding.

use super::{parse_connect, parse_host};
use crate::cli::shared::parse_time;
use crate::cli::{KnownIndexFlag, RuleFlags, Shared};
use crate::model::Confidence;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `reach`.
#[derive(Debug, Args)]
pub struct ReachFlags {
    /// Which credential, and how its provider is asked.
    #[command(flatten)]
    pub access: CredentialFlags,
    /// Format: text, json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = AccessFormat::Text, help_heading = "Output")]
    pub format: AccessFormat,
}

/// Flags of `revoke`.
#[derive(Debug, Args)]
pub struct RevokeFlags {
    /// Which credential, and how its provider is asked.
    #[command(flatten)]
    pub access: CredentialFlags,
    /// Do not ask on the terminal: for scripts
    #[arg(long, conflicts_with = "plan", help_heading = "Revocation")]
    pub yes: bool,
    /// How long to ask afterwards whether it still works
    #[arg(long, value_name = "DURATION", value_parser = parse_time, default_value = "15s", help_heading = "Revocation")]
    pub wait: Duration,
    /// The file to which lines about the revocation are appended [default: keydredge/revocations.jsonl in the user's folder
    /// for state]
    #[arg(long, value_name = "FILE", help_heading = "Revocation")]
    pub audit_log: Option<PathBuf>,
}

/// Which credential, and how its provider is asked.
#[derive(Debug, Args)]
pub struct CredentialFlags {
    /// The finding's fingerprint, as reports print it
    #[arg(value_name = "FINGERPRINT")]
    pub fingerprint: String,
    /// Where it was found: files, folders, repositories; the current folder by default
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Show the requests without the secret, and send nothing
    #[arg(long, help_heading = "Verification")]
    pub plan: bool,
    /// Ask also if that counts as a login, uses up quota, or issues a token
    #[arg(long, help_heading = "Verification")]
    pub verify_risky: bool,
    /// A server of your own that may be asked about what is found beside its name; may be given often
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse_host, help_heading = "Verification")]
    pub allow_host: Vec<String>,
    /// Ask hosts with private, loopback or link-local addresses, too
    #[arg(long, help_heading = "Verification")]
    pub allow_private_hosts: bool,
    /// The certificates to trust, in PEM's form, instead of the system's
    #[arg(long, value_name = "FILE", help_heading = "Verification")]
    pub ca_file: Option<PathBuf>,
    /// How long one request may take [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = parse_time, help_heading = "Verification")]
    pub verify_timeout: Option<Duration>,
    /// For tests: the address of a host, as curl's --resolve. It is checked like any other.
    #[arg(long, value_name = "HOST:ADDRESS:PORT", value_parser = parse_connect, hide = true)]
    pub connect_to: Vec<(String, SocketAddr)>,
    /// Configuration file, instead of the repository's own
    #[arg(short, long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub config: Option<PathBuf>,
    /// A file with more rules; may be given often
    #[arg(long, value_name = "FILE", help_heading = "Rules and configuration")]
    pub rules: Vec<PathBuf>,
    /// Which index of known secrets is used.
    #[command(flatten)]
    pub known: KnownIndexFlag,
}

/// How `reach` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessFormat {
    /// For people
    Text,
    /// One document
    Json,
}

impl CredentialFlags {
    /// The flags of a scan that finds the credential, however uncertain it is.
    pub fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            rules: RuleFlags { files: self.rules.clone(), ..RuleFlags::default() },
            known: self.known.known.clone(),
            min_confidence: Some(Confidence::Low),
            ..Shared::plain()
        }
    }
}
