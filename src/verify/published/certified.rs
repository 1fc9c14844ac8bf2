//! Private keys whose certificate the run has read: whether that is trusted and valid today, and whether its server shows it.
//!
//! # Design
//!
//! A certificate is its issuer's word that the holder of the key is who it names. While it is trusted and valid, the
//! key proves that identity to others: that is live, and nobody needs to be asked. Whether the issuer has withdrawn it is not looked up. A certificate that has
//! ended, or that nobody here trusts, says nothing about where else the key may be in use.

use super::super::hosts::Hosts;
use super::super::question::{KeyCertificate, Question};
use crate::model::{Liveness, Verification};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error as TlsError};
use std::sync::Arc;

/// What reports call it.
pub(super) const ID: &str = "certified-key";

/// The usual port of a server that shows a certificate.
const PORT: u16 = 443;

/// The most certificates of a key that are looked at.
const MOST: usize = 16;

/// The most servers that are asked.
const MOST_SERVERS: usize = 4;

/// A key, its certificates, and the servers that may show them.
#[derive(Clone, Debug)]
pub(crate) struct Certified {
    certificates: Vec<KeyCertificate>,
    issuers: Arc<[Vec<u8>]>,
    servers: Vec<(String, u16)>,
}

impl Certified {
    /// That of a private key with a certificate.
    pub(super) fn of(question: &Question, allow_hosts: &[String]) -> Option<Self> {
        let certificates: Vec<KeyCertificate> = question.certificates.iter().take(MOST).cloned().collect();
        if certificates.is_empty() {
            return None;
        }
        let is_named =
            |host: &str| certificates.iter().flat_map(|one| &one.names).any(|name| covers(name, host));
        let servers = allow_hosts.iter().filter_map(|allowed| match allowed.rsplit_once(':') {
            Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
            None => Some((allowed.clone(), PORT)),
        });
        let servers = servers.filter(|(host, _)| is_named(host)).take(MOST_SERVERS).collect();
        Some(Self { certificates, issuers: Arc::clone(&question.issuers), servers })
    }

    /// Beside which others it is asked about.
    pub(super) fn place(&self) -> String {
        self.servers.first().map(|(host, port)| format!("{host}:{port}")).unwrap_or_default()
    }

    /// What would be asked.
    pub(super) fn planned(&self) -> Verification {
        let mut requests: Vec<String> = self
            .servers
            .iter()
            .map(|(host, port)| {
                format!("TLS to {host}:{port} for its certificate, without anything of the secret")
            })
            .collect();
        if requests.is_empty() {
            requests.push("nobody: its certificate says whether it is trusted and valid".to_owned());
        }
        Verification { requests, ..verification(Liveness::Planned, None, None) }
    }

    /// Asks the servers, if there are some; then the certificates themselves.
    pub(super) fn resolve(&self, hosts: &Hosts<'_>) -> Verification {
        let mut said = Vec::new();
        for (host, port) in &self.servers {
            match hosts.certificate(host, *port) {
                Ok(shown) if self.certificates.iter().any(|one| is_of_one_key(&one.der, &shown)) => {
                    let reason = "shows a certificate with its public half".to_owned();
                    return verification(Liveness::Live, Some(host.clone()), Some(reason));
                }
                Ok(_) => said.push(format!("{host} shows a certificate of another key")),
                Err(why) => said.push(format!("{host}: {why}")),
            }
        }
        let mut first = None;
        for one in &self.certificates {
            match self.judge(one, hosts) {
                Ok(()) => {
                    let reason = format!("its certificate is trusted, and valid until {}", one.ends);
                    let reason = std::iter::once(reason).chain(said).collect::<Vec<String>>().join("; ");
                    let mut live = verification(Liveness::Live, None, Some(reason));
                    live.identity =
                        one.names.first().map(|name| ("host".to_owned(), name.clone())).into_iter().collect();
                    return live;
                }
                Err(why) => first = first.or(Some(why)),
            }
        }
        if self.servers.is_empty() {
            let hosts = self.certificates.iter().flat_map(|one| &one.names);
            let ask = hosts
                .filter(|name| !name.contains('*') && name.contains('.'))
                .map(|name| format!("--allow-host {name} asks whether its server shows it"));
            said.extend(ask.take(1));
        }
        let reason = first.into_iter().chain(said).collect::<Vec<String>>().join("; ");
        verification(Liveness::Unknown, None, Some(reason))
    }

    /// Whether a certificate is trusted and valid today; or why not.
    fn judge(&self, certificate: &KeyCertificate, hosts: &Hosts<'_>) -> Result<(), String> {
        let not_trusted = || match certificate.is_self_signed {
            true => "its certificate is its own issuer, and not trusted here".to_owned(),
            false => "its certificate is of an issuer that is not trusted here".to_owned(),
        };
        let name =
            certificate.names.iter().find_map(|name| ServerName::try_from(name.replace('*', "any")).ok());
        let name = name.ok_or("its certificate is not one of a server")?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(hosts.roots(), provider).build();
        let verifier = verifier.map_err(|_| not_trusted())?;
        let der = |bytes: &Vec<u8>| CertificateDer::from(bytes.clone());
        let issuers: Vec<CertificateDer<'_>> =
            self.issuers.iter().filter(|one| **one != certificate.der).map(der).collect();
        match verifier.verify_server_cert(&der(&certificate.der), &issuers, &name, &[], UnixTime::now()) {
            Ok(_) => Ok(()),
            Err(TlsError::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => Err(format!("its certificate ended at {}, or that of its issuer before", certificate.ends)),
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
            )) => Err("its certificate is not valid yet".to_owned()),
            Err(_) => Err(not_trusted()),
        }
    }
}

/// Whether a name of a certificate, which may begin with `*.`, is that of a host.
fn covers(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => name.eq_ignore_ascii_case(host),
    }
}

/// Whether two certificates have the same public key.
fn is_of_one_key(one: &[u8], other: &[u8]) -> bool {
    let key = |der: &[u8]| {
        let der = CertificateDer::from(der.to_vec());
        ParsedCertificate::try_from(&der).ok().map(|read| read.subject_public_key_info().as_ref().to_vec())
    };
    key(one).is_some_and(|one| Some(one) == key(other))
}

fn verification(state: Liveness, host: Option<String>, reason: Option<String>) -> Verification {
    Verification {
        state,
        reason,
        recipe: Some(ID.to_owned()),
        host,
        requests: Vec::new(),
        identity: Vec::new(),
    }
}
