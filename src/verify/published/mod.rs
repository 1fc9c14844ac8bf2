//! Keys whose public half their service publishes: whether they work is read there, and nothing of the secret is sent.
//!
//! # Design
//!
//! A published key is live. One that is absent is dead only if the service publishes all keys of the account; where a user may
//! have put it at another server, absence says nothing.
//!
//! `public_key` computes the public half; `certified` is about keys whose certificate the run has read, too.

mod certified;
mod public_key;

use super::Options;
use super::answer::{is_packed, is_page};
use super::client::Answer;
use super::hosts::Hosts;
use super::question::Question;
use super::request::Request;
use crate::model::{FactKind, Liveness, Verification};
use crate::rules::recipe::Method;
use certified::Certified;
use data_encoding::BASE64;
use jiff::Timestamp;
use public_key::PublicKey;
use regex::bytes::Regex;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where Google publishes the certificates of a service account's keys, by their ids
/// (<https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys>).
const GOOGLE: (&str, &str) = ("www.googleapis.com", "/service_accounts/v1/metadata/x509/");

/// The address of a service account.
const ACCOUNT: &str = r"(?-u)\b[a-z0-9][a-z0-9.-]{0,98}@[a-z0-9][a-z0-9.-]{0,98}\.gserviceaccount\.com\b";

/// The rules of keys that Google publishes.
const SERVICE_ACCOUNT: &str = "gcp-service-account-key";

/// How the rules of keys in PEM begin.
const PRIVATE_KEY: &str = "private-key-";

/// A key and where its public half may be published.
#[derive(Clone, Debug)]
pub(super) enum Published {
    /// Of a service account of Google's.
    ServiceAccount {
        /// The account's address.
        email: String,
        /// The key's id, as its file names it.
        id: Option<String>,
        /// Its public half.
        key: PublicKey,
    },
    /// Of users whose keys for SSH a forge publishes.
    Users {
        /// Forges and users, as `(github.com, ada)`.
        users: Vec<(String, String)>,
        /// The public half.
        key: PublicKey,
    },
    /// With a certificate that the run has read.
    Certified(Certified),
}

/// What an answer says, with the words of reports: after the name of the host.
struct PublishedVerdict {
    state: Liveness,
    reason: String,
}

impl PublishedVerdict {
    fn unknown(reason: impl Into<String>) -> Self {
        Self { state: Liveness::Unknown, reason: reason.into() }
    }
}

impl Published {
    /// Where to look for the public half of a key; none if it is of a kind that nobody publishes, or it is not known who.
    pub(super) fn of(question: &Question, options: &Options) -> Option<Result<Self, String>> {
        if let Some(certified) = Certified::of(question, &options.allow_hosts) {
            return Some(Ok(Self::Certified(certified)));
        }
        let key = || {
            PublicKey::of(question.secret.expose())
                .ok_or_else(|| "its public half cannot be computed here".to_owned())
        };
        if question.rules.iter().any(|rule| rule == SERVICE_ACCOUNT) {
            let accounts = accounts(&question.lines);
            let mut accounts = accounts.into_iter();
            let email = match (accounts.next(), accounts.next()) {
                (Some(email), None) => email,
                (None, _) => return Some(Err("the account that it belongs to is not beside it".to_owned())),
                _ => return Some(Err("several accounts are beside it".to_owned())),
            };
            let id = question.facts.iter().find(|fact| fact.kind == FactKind::KeyId);
            let id = id.map(|fact| fact.value.clone());
            return Some(key().map(|key| Self::ServiceAccount { email, id, key }));
        }
        let is_key = question.rules.iter().any(|rule| rule.starts_with(PRIVATE_KEY));
        if !is_key || options.key_owners.is_empty() {
            return None;
        }
        Some(key().map(|key| Self::Users { users: options.key_owners.clone(), key }))
    }

    /// The host that is asked first.
    pub(super) fn host(&self) -> String {
        match self {
            Self::ServiceAccount { .. } => GOOGLE.0.to_owned(),
            Self::Users { users, .. } => users.first().map(|(host, _)| host.clone()).unwrap_or_default(),
            Self::Certified(certified) => certified.place(),
        }
    }

    /// Where it is looked for: hosts and paths.
    fn places(&self) -> Vec<(&str, String)> {
        match self {
            Self::ServiceAccount { email, .. } => vec![(GOOGLE.0, format!("{}{email}", GOOGLE.1))],
            Self::Users { users, .. } => {
                users.iter().map(|(host, user)| (host.as_str(), format!("/{user}.keys"))).collect()
            }
            Self::Certified(_) => Vec::new(),
        }
    }

    /// What would be asked.
    pub(super) fn planned(&self) -> Verification {
        if let Self::Certified(certified) = self {
            return certified.planned();
        }
        let line = |(host, path)| format!("GET https://{host}{path}, without anything of the secret");
        let requests = self.places().into_iter().map(line).collect();
        Verification { requests, ..self.verification(&self.host(), Liveness::Planned, None) }
    }

    /// Asks.
    pub(super) fn resolve(&self, hosts: &Hosts<'_>) -> Verification {
        if let Self::Certified(certified) = self {
            return certified.resolve(hosts);
        }
        let mut first = None;
        for (at, (host, path)) in self.places().into_iter().enumerate() {
            let url = format!("https://{host}{path}");
            let request = Request { method: Method::Get, url, headers: Vec::new(), body: None };
            let word = match hosts.send(host, &request) {
                Ok(answer) => self.judge(&answer),
                Err(why) => PublishedVerdict::unknown(why),
            };
            let mut verification = self.verification(host, word.state, Some(word.reason));
            if word.state == Liveness::Live {
                verification.identity = self.identity(at);
                return verification;
            }
            first = first.or(Some(verification));
        }
        first.unwrap_or_else(|| Verification::unknown("it was not asked"))
    }

    fn identity(&self, at: usize) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match self {
            Self::ServiceAccount { email, id, .. } => {
                let id = id.iter().map(|id| pair("key", id));
                std::iter::once(pair("account", email)).chain(id).collect()
            }
            Self::Users { users, .. } => {
                users.get(at).map(|(_, user)| pair("account", user)).into_iter().collect()
            }
            Self::Certified(_) => Vec::new(),
        }
    }

    fn judge(&self, answer: &Answer) -> PublishedVerdict {
        if answer.status != 200 || is_packed(answer) || is_page(answer) {
            return PublishedVerdict::unknown(format!("its answer is no list of keys ({})", answer.status));
        }
        match self {
            Self::ServiceAccount { id, key, .. } => of_certificates(&answer.body, id.as_deref(), key),
            Self::Users { key, .. } => of_lines(&answer.body, key),
            Self::Certified(_) => PublishedVerdict::unknown("it is asked for no list of keys"),
        }
    }

    fn verification(&self, host: &str, state: Liveness, reason: Option<String>) -> Verification {
        let recipe = match self {
            Self::ServiceAccount { .. } => "google-published-key",
            Self::Users { .. } => "ssh-published-key",
            Self::Certified(_) => certified::ID,
        };
        let (recipe, host) = (Some(recipe.to_owned()), Some(host.to_owned()));
        Verification { state, reason, recipe, host, requests: Vec::new(), identity: Vec::new() }
    }
}

/// The service accounts that are named in some lines.
fn accounts(lines: &[Vec<u8>]) -> BTreeSet<String> {
    let Ok(regex) = Regex::new(ACCOUNT) else { return BTreeSet::new() };
    let found = lines.iter().flat_map(|line| regex.find_iter(line));
    found.map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned()).collect()
}

/// What Google's list says: an object of certificates in PEM by the ids of their keys.
fn of_certificates(body: &[u8], id: Option<&str>, key: &PublicKey) -> PublishedVerdict {
    let list: Option<Vec<(String, Vec<u8>)>> = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields
            .into_iter()
            .map(|(id, pem)| {
                let certificate = CertificateDer::from_pem_slice(pem.as_str()?.as_bytes()).ok()?;
                Some((id, certificate.as_ref().to_vec()))
            })
            .collect(),
        _ => None,
    };
    let Some(list) = list.filter(|list| !list.is_empty()) else {
        return PublishedVerdict::unknown("its answer is no list of keys");
    };
    if let Some((_, certificate)) = list.iter().find(|(_, certificate)| key.is_in(certificate)) {
        return match ends(certificate) {
            Some(end) if end < Timestamp::now() => PublishedVerdict::unknown(format!(
                "it publishes its public half in a certificate that ended at {end}"
            )),
            _ => PublishedVerdict { state: Liveness::Live, reason: "publishes its public half".to_owned() },
        };
    }
    if list.iter().any(|(known, _)| id == Some(known)) {
        return PublishedVerdict::unknown("it publishes another key under its id");
    }
    let reason = format!("publishes the {} of its account, and not its public half", counted(list.len()));
    PublishedVerdict { state: Liveness::Dead, reason }
}

/// What a forge's list says: a public key of SSH a line.
fn of_lines(body: &[u8], key: &PublicKey) -> PublishedVerdict {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let blob = |line: &str| BASE64.decode(line.split(' ').nth(1)?.as_bytes()).ok();
    let Some(list) = lines.map(blob).collect::<Option<Vec<Vec<u8>>>>() else {
        return PublishedVerdict::unknown("its answer is no list of keys");
    };
    let Some(own) = key.ssh() else {
        return PublishedVerdict::unknown("its public half is of no kind that SSH has");
    };
    if list.contains(&own) {
        return PublishedVerdict { state: Liveness::Live, reason: "publishes its public half".to_owned() };
    }
    let keys = counted(list.len());
    PublishedVerdict::unknown(format!(
        "it publishes {keys} of this user, and not its public half; it may be for other servers"
    ))
}

fn counted(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}

/// Until when a certificate is valid: the second of the two dates in it (RFC 5280, section 4.1.2.5).
fn ends(certificate: &[u8]) -> Option<Timestamp> {
    // A sequence of two times: UTCTime (0x17, 13 bytes) or GeneralizedTime (0x18, 15 bytes).
    let times = certificate.windows(17).filter_map(|window| match window {
        [0x17, 13, digits @ ..] => Some(format!("20{}", String::from_utf8_lossy(&digits[..12]))),
        [0x18, 15, digits @ ..] => Some(String::from_utf8_lossy(&digits[..14]).into_owned()),
        _ => None,
    });
    let is_date = |text: &String| text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = times.filter(is_date).nth(1)?;
    let part = |range: std::ops::Range<usize>| &date[range];
    let [year, month, day] = [part(0..4), part(4..6), part(6..8)];
    format!("{year}-{month}-{day}T{}:{}:{}Z", part(8..10), part(10..12), part(12..14)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_that_has_ended_says_so_and_another_key_under_the_id_is_no_news() {
        let (pair, other) = (KeyPair::generate(), KeyPair::generate());
        let (pair, other) = (pair.expect("a key can be made"), other.expect("a key can be made"));
        let key = PublicKey::of(pair.serialize_pem().as_bytes()).expect("ring knows it");
        let certificate = |pair: &KeyPair, year| {
            let mut parameters = CertificateParams::default();
            parameters.not_before = date_time_ymd(2001, 2, 3);
            parameters.not_after = date_time_ymd(year, 2, 3);
            parameters.self_signed(pair).expect("it can be made").pem()
        };
        let said = |list: &Value| {
            let word = of_certificates(list.to_string().as_bytes(), Some("7f"), &key);
            format!("{} {}", word.state, word.reason)
        };
        for (list, wanted) in [
            (serde_json::json!({ "7f": certificate(&pair, 2045) }), "live publishes its public half"),
            (serde_json::json!({ "7f": certificate(&pair, 9999) }), "live publishes its public half"),
            (
                serde_json::json!({ "7f": certificate(&pair, 2020) }),
                "unknown it publishes its public half in a certificate that ended at 2020-02-03T00:00:00Z",
            ),
            (
                serde_json::json!({ "7f": certificate(&other, 2045) }),
                "unknown it publishes another key under its id",
            ),
            (
                serde_json::json!({ "8a": certificate(&other, 2045) }),
                "dead publishes the 1 key of its account, and not its public half",
            ),
            (serde_json::json!({ "8a": "no certificate" }), "unknown its answer is no list of keys"),
            (serde_json::json!([]), "unknown its answer is no list of keys"),
        ] {
            assert_eq!(said(&list), wanted);
        }
    }
}
