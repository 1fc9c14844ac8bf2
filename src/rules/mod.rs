//! The catalogue: what a rule is, read from TOML, checked, packed into the binary.
//!
//! `build.rs` compiles this module too (it imports only `model`), so the rules of `rules/*.toml` are parsed once, at
//! build time. Running patterns is not done here: see `scan`.
//!
//! # Design
//!
//! Every possible fault of a rule is refused here, so that a scan cannot fail.
//!
//! - `toml` reads rule files; `pattern` checks that a regex is sound and derives its reach;
//! - `named` reads the shapes of values that a provider's name gives away;
//! - `stretch` finds bytes that every match of a pattern contains, to skip most windows without running the regex;
//! - `catalogue` puts rules together: merged, selected, looked up;
//! - `pack` and `embedded` carry the built-in rules into the binary;
//! - `recipe` reads how to ask a provider whether a credential still works;
//! - `examples` tests each rule on its own texts, with a scanner that the caller passes;
//! - `template` makes the fake secrets of examples, with the checksums of `checksum`, `base58`, `bignum`, and the keys
//!   of `curve` and `field`.

pub mod base58;
pub mod bignum;
mod catalogue;
pub mod checksum;
pub mod curve;
#[cfg(catalogue_packed)]
mod digest;
#[cfg(catalogue_packed)]
mod embedded;
mod error;
mod examples;
pub mod field;
mod named;
mod nearest;
pub mod pack;
pub mod pattern;
pub mod recipe;
mod rule;
mod stretch;
pub mod template;
mod toml;

pub use catalogue::Catalogue;
pub use error::Error;
pub use examples::{Disagreement, Failure, Held, Texts, check_examples};
pub use rule::{Matcher, Origin, Reach, Required, Rule, Structure, WholeText};
pub use stretch::Stretch;
pub use template::SEED;

/// The names of the offline checks that rules may name, sorted. `crate::checks` has one of each.
pub const CHECKS: &[&str] = &[
    "atlassian-crc32",
    "atlassian-dc-token",
    "aws-bedrock-key",
    "aws-bedrock-short",
    "aws-codecommit",
    "aws-key-id",
    "aws-presigned",
    "aws-ses-password",
    "azure-cask",
    "azure-devops-pat",
    "azure-key",
    "azure-sas",
    "base58check",
    "base64-shape",
    "basic-auth",
    "bcrypt",
    "bech32",
    "bip39",
    "cask-v1",
    "cisco-7",
    "cloudflare-crc32",
    "confluent-crc32",
    "discord-token",
    "ed25519-pair",
    "elastic-api-key",
    "embedded-json",
    "entra-secret",
    "fly-macaroon",
    "github-app-jwt",
    "github-crc32",
    "github-fine-grained",
    "gitlab-routable",
    "google-service-account",
    "grafana-crc32",
    "group-policy-password",
    "hex-shape",
    "huggingface-letters",
    "intercom-token",
    "jfrog-api-key",
    "jfrog-reference",
    "juniper-9",
    "jwt",
    "ksuid-time",
    "kubeconfig-key",
    "nkey-seed",
    "npm-crc32",
    "ntlm-hash",
    "ntlm-message",
    "nuget-key",
    "objectid-time",
    "openai-marker",
    "private-key",
    "putty-key",
    "pypi-macaroon",
    "region",
    "ripple-seed",
    "saml",
    "secp256k1",
    "signed-url",
    "slack-token",
    "slack-webhook",
    "stellar-seed",
    "stripe-account",
    "supabase-key",
    "teamcity-token",
    "telegram-token",
    "tezos-key",
    "tink-keyset",
    "ulid-time",
    "uuid",
    "vapid-key",
    "vercel-crc32",
    "workos-key",
    "wpa-psk",
    "zuplo-crc32",
];
