//! The catalogue: what a rule is, read from TOML, checked, packed into the binary.
//!
//! `build.rs` compiles this module too (it imports only `model`), so that the rules of `rules/*.toml`
//! are parsed once, at build time. Running patterns is not done here: see `scan`. The decision to know:
//! whatever can be wrong with a rule is refused here, so that a scan cannot fail.
//!
//! - `toml` reads the shape people write; `pattern` proves that a regex is sound and derives its reach;
//! - `stretch` is what every match of a pattern holds, by which most windows are passed by;
//! - `catalogue` puts rules together: merged, selected, looked up;
//! - `pack` and `embedded` carry the built-in rules into the binary;
//! - `examples` tries each rule on its own texts with whatever scanner it is given;
//! - `template` makes the fake secrets of examples, with the checksums of `checksum`, `base58`, `bignum`.

pub mod base58;
pub mod bignum;
mod catalogue;
pub mod checksum;
#[cfg(catalogue_packed)]
mod digest;
#[cfg(catalogue_packed)]
mod embedded;
mod error;
mod examples;
mod nearest;
pub mod pack;
pub mod pattern;
mod rule;
mod stretch;
pub mod template;
mod toml;

pub use catalogue::Catalogue;
pub use error::Error;
pub use examples::{Failure, Held, Problem, SEED, Texts, check_examples};
pub use rule::{Matcher, Origin, Reach, Rule, Structure};
pub use stretch::Stretch;

/// The names of the offline checks that rules may call for, sorted. `scan::checks` has one of each.
pub const CHECKS: &[&str] = &[
    "atlassian-crc32",
    "aws-bedrock-key",
    "aws-key-id",
    "azure-cask",
    "azure-devops-pat",
    "azure-key",
    "base58check",
    "base64-shape",
    "basic-auth",
    "bech32",
    "cloudflare-crc32",
    "confluent-crc32",
    "discord-token",
    "embedded-json",
    "entra-secret",
    "github-crc32",
    "gitlab-routable",
    "grafana-crc32",
    "hex-shape",
    "huggingface-letters",
    "jfrog-reference",
    "jwt",
    "nkey-seed",
    "npm-crc32",
    "nuget-key",
    "openai-marker",
    "private-key",
    "pypi-macaroon",
    "slack-token",
    "stellar-seed",
    "telegram-token",
    "uuid",
    "vercel-crc32",
    "zuplo-crc32",
];
