//! Flags of `--verify`: whether providers are asked, which, and how.
//!
//! # Design
//!
//! All of it is on the command line and none in a configuration or a variable: a pull request must not choose where
//! secrets are sent.

mod access;

pub use access::{AccessFormat, CredentialFlags, ReachFlags, RevokeFlags};

use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `--verify`.
#[derive(Clone, Debug, Default, Args)]
pub struct Verify {
    /// Ask the provider of each finding whether the secret still works (sends it there); `plan` shows the requests and
    /// sends nothing
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "ask", help_heading = "Verification")]
    pub verify: Option<VerifyHow>,
    /// Leave out findings that their provider says are dead; what is unknown stays
    #[arg(long, requires = "verify", help_heading = "Verification")]
    pub only_live: bool,
    /// Ask also if that counts as a login, uses up quota, or issues a token
    #[arg(long, requires = "verify", help_heading = "Verification")]
    pub verify_risky: bool,
    /// A server of your own that may be asked about what is found beside its name; may be given often
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse_host, requires = "verify", help_heading = "Verification")]
    pub allow_host: Vec<String>,
    /// A user of a forge who may have a private key, as `github.com/ada`: looks for its public half among those that the forge
    /// publishes, and sends nothing of it; may be given often
    #[arg(long, value_name = "HOST/USER", value_parser = parse_owner, requires = "verify", help_heading = "Verification")]
    pub key_owner: Vec<(String, String)>,
    /// Ask hosts with private, loopback or link-local addresses, too
    #[arg(long, requires = "verify", help_heading = "Verification")]
    pub allow_private_hosts: bool,
    /// The certificates to trust, in PEM's form, instead of the system's
    #[arg(long, value_name = "FILE", requires = "verify", help_heading = "Verification")]
    pub ca_file: Option<PathBuf>,
    /// How long one request may take [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = super::shared::parse_time, requires = "verify", help_heading = "Verification")]
    pub verify_timeout: Option<Duration>,
    /// How many requests the run may send [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), requires = "verify", help_heading = "Verification")]
    pub verify_requests: Option<u32>,
    /// For tests: the address of a host, as curl's --resolve. It is checked like any other.
    #[arg(long, value_name = "HOST:ADDRESS:PORT", value_parser = parse_connect, requires = "verify", hide = true)]
    pub connect_to: Vec<(String, SocketAddr)>,
}

/// What `--verify` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerifyHow {
    /// Ask
    Ask,
    /// Show the requests and send nothing
    Plan,
}

fn parse_host(text: &str) -> Result<String, String> {
    let (host, port) = text.split_once(':').unwrap_or((text, "443"));
    let is_host = !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && host.starts_with(|first: char| first.is_ascii_alphanumeric());
    if is_host && port.parse::<u16>().is_ok_and(|port| port > 0) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("`{text}` is no host; write git.example.org or git.example.org:8443"))
    }
}

fn parse_owner(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("`{text}` is no user of a forge; write github.com/ada");
    let (host, user) = text.split_once('/').ok_or_else(wrong)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_user = (1..=100).contains(&user.len()) && user.bytes().all(is_plain) && !user.starts_with('.');
    if is_user { Ok((parse_host(host)?, user.to_owned())) } else { Err(wrong()) }
}

pub(super) fn parse_connect(text: &str) -> Result<(String, SocketAddr), String> {
    let parts = text.split_once(':').and_then(|(host, address)| Some((host, address.parse().ok()?)));
    let (host, address) = parts.ok_or_else(|| format!("`{text}` is not HOST:ADDRESS:PORT"))?;
    Ok((host.to_owned(), address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_address_with_or_without_a_port() {
        for text in ["git.example.org", "git.example.org:8443", "10.0.0.1", "localhost:3000"] {
            assert_eq!(parse_host(text).as_deref(), Ok(text));
        }
        for text in
            ["", ":80", "https://git.example.org", "a/b", "a@b", "a b", "*", "a:b", "a:0", "a:70000", "-a"]
        {
            assert!(parse_host(text).is_err(), "{text}");
        }
        assert_eq!(parse_owner("GitHub.com/ada-l"), Ok(("github.com".to_owned(), "ada-l".to_owned())));
        for text in ["ada", "github.com/", "github.com/a/b", "github.com/..", "github.com/a?b", "/ada"] {
            assert!(parse_owner(text).is_err(), "{text}");
        }
        assert!(
            parse_connect("a.example:127.0.0.1:80").is_ok() && parse_connect("a.example:[::1]:80").is_ok()
        );
        assert!(parse_connect("a.example:b.example:80").is_err() && parse_connect("a.example").is_err());
    }
}
