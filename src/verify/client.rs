//! The client: one request, one answer, each within limits; or the reason why there is none.
//!
//! # Design
//!
//! Follows no redirect, keeps no connection, unpacks nothing, and says nothing about a request in an error: a
//! [`Failure`] is one of a few words.

use super::address::is_public;
use super::connection::Connection;
use super::failure::Failure;
use super::request::Request;
use super::{Error, Options};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout, time};
use ureq::{Agent, Proxy, RequestExt as _};

/// The most bytes of an answer that are read.
const LARGEST: u64 = 256 << 10;

/// The most bytes of the head of an answer.
const LARGEST_HEAD: usize = 64 << 10;

/// How long a connection may take, at most.
const CONNECT: Duration = Duration::from_secs(5);

/// The variables that name a proxy for `https`, as curl reads them.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Sends requests, and opens the connections of other protocols.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    addresses: CheckedAddresses,
    certificates: Arc<Vec<Certificate<'static>>>,
    /// How long one exchange may take.
    timeout: Duration,
    /// The most bytes of an answer that are read.
    largest: u64,
}

/// What came back.
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The headers, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// Resolves names once and lets only checked addresses through.
#[derive(Clone, Debug)]
struct CheckedAddresses {
    /// Where the hosts of tests are.
    connect_to: Vec<(String, SocketAddr)>,
    /// Whether addresses that are not public may be used.
    allow_private: bool,
    /// The proxy, as `host:port`, which may be anywhere: the user named it.
    proxy: Option<String>,
}

/// The error of an address that may not be used.
#[derive(Debug, thiserror::Error)]
#[error("the address is not on the internet")]
struct NotPublic;

impl Resolver for CheckedAddresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let known = self.connect_to.iter().find(|(name, _)| name.eq_ignore_ascii_case(host));
        let addresses = match known {
            Some((_, address)) => {
                let mut addresses = self.empty();
                addresses.push(*address);
                addresses
            }
            None => {
                DefaultResolver::default().resolve(uri, config, timeout).map_err(|error| match error {
                    ureq::Error::Io(_) => ureq::Error::HostNotFound,
                    other => other,
                })?
            }
        };
        let is_proxy = self.proxy.as_deref().is_some_and(|proxy| is_at(uri, proxy));
        if !self.allow_private && !is_proxy && !addresses.iter().all(|address| is_public(address.ip())) {
            return Err(ureq::Error::Other(Box::new(NotPublic)));
        }
        Ok(addresses)
    }
}

/// True if `uri` names `place`, a `host:port`.
fn is_at(uri: &Uri, place: &str) -> bool {
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    uri.host().is_some_and(|host| format!("{host}:{port}").eq_ignore_ascii_case(place))
}

impl Client {
    /// A client for these options.
    ///
    /// # Errors
    /// If the certificates that it shall trust cannot be read, or the proxy is none.
    pub(super) fn open(options: &Options) -> Result<Self, Error> {
        let proxy = proxy()?;
        let certificates = Arc::new(certificates(options)?);
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::clone(&certificates)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let resolver = CheckedAddresses {
            connect_to: options.connect_to.clone(),
            allow_private: options.allow_private,
            proxy: proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port())),
        };
        let config = Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .max_response_header_size(LARGEST_HEAD)
            .user_agent(concat!("keydredge/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_global(Some(options.timeout))
            .timeout_resolve(Some(CONNECT.min(options.timeout)))
            .timeout_connect(Some(CONNECT.min(options.timeout)))
            .proxy(proxy)
            .tls_config(tls)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver.clone());
        let timeout = options.timeout;
        Ok(Self { agent, addresses: resolver, certificates, timeout, largest: LARGEST })
    }

    /// Opens a connection to an address of `host` that was checked, without TLS yet. All that happens on it must end within the
    /// time of one request.
    pub(super) fn connect(&self, host: &str, port: u16) -> Result<Connection, Failure> {
        let until = Instant::now() + self.timeout;
        let uri: Uri = format!("https://{host}:{port}").parse().map_err(|_| Failure::Request)?;
        let after = time::Duration::Exact(CONNECT.min(self.timeout));
        let limit = NextTimeout { after, reason: ureq::Timeout::Resolve, ..NextTimeout::default() };
        let found = self.addresses.resolve(&uri, self.agent.config(), limit);
        let mut last = Failure::NoSuchHost;
        for address in found.map_err(|error| failure(&error))?.iter() {
            let left = until.saturating_duration_since(Instant::now()).min(CONNECT);
            if left.is_zero() {
                return Err(Failure::Timeout);
            }
            match TcpStream::connect_timeout(address, left) {
                Ok(stream) => return Ok(Connection::new(stream, *address, until)),
                Err(error) => last = Failure::from(&error),
            }
        }
        Err(last)
    }

    /// The certificates that are trusted.
    pub(super) fn roots(&self) -> rustls::RootCertStore {
        let mut roots = rustls::RootCertStore::empty();
        let own = |one: &Certificate<'_>| rustls::pki_types::CertificateDer::from(one.der().to_vec());
        roots.add_parsable_certificates(self.certificates.iter().map(own));
        roots
    }

    /// TLS on such a connection.
    pub(super) fn tls(&self) -> Result<Arc<rustls::ClientConfig>, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().map_err(|_| Failure::Certificate)?;
        Ok(Arc::new(builder.with_root_certificates(self.roots()).with_no_client_auth()))
    }

    /// The same with answers of up to `largest` bytes.
    pub(super) fn reading(self, largest: u64) -> Self {
        Self { largest, ..self }
    }

    /// Sends `request` and reads the answer.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let mut built =
            ureq::http::Request::builder().method(request.method.to_string().as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            let value = ureq::http::HeaderValue::from_bytes(value.expose()).map(|mut value| {
                value.set_sensitive(true);
                value
            });
            built = built.header(name.as_str(), value.map_err(|_| Failure::Request)?);
        }
        let sent = match &request.body {
            Some(body) => {
                let built = built.body(body.expose().to_vec()).map_err(|_| Failure::Request)?;
                built.with_agent(&self.agent).run()
            }
            None => built.body(()).map_err(|_| Failure::Request)?.with_agent(&self.agent).run(),
        };
        let mut answer = sent.map_err(|error| failure(&error))?;
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let body = answer.body_mut().with_config().limit(self.largest).read_to_vec();
        Ok(Answer { status, headers, body: body.map_err(|error| failure(&error))? })
    }
}

impl Answer {
    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn failure(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Other(inner) if inner.is::<NotPublic>() => Failure::NotPublic,
        ureq::Error::HostNotFound => Failure::NoSuchHost,
        ureq::Error::Timeout(_) | ureq::Error::BodyStalled => Failure::Timeout,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => Failure::TooLarge,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired => Failure::Certificate,
        ureq::Error::ConnectProxyFailed(_) => Failure::Proxy,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => Failure::Request,
        ureq::Error::Io(error) => Failure::from(error),
        _ => Failure::Connection,
    }
}

/// The proxy that the environment names for `https`.
fn proxy() -> Result<Option<Proxy>, Error> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let Some(name) = PROXIES.into_iter().find(|name| is_set(name)) else { return Ok(None) };
    match Proxy::try_from_env() {
        Some(proxy) if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("http")) => {
            Ok(Some(proxy))
        }
        // To connect without it would not be what the user wants.
        _ => Err(Error::Proxy { variable: name }),
    }
}

/// The certificates that are trusted: the user's own, or the system's.
fn certificates(options: &Options) -> Result<Vec<Certificate<'static>>, Error> {
    let Some(path) = &options.ca_file else {
        let found = rustls_native_certs::load_native_certs();
        let own = |one: rustls::pki_types::CertificateDer<'static>| Certificate::from_der(&one).to_owned();
        let all: Vec<_> = found.certs.into_iter().map(own).collect();
        return if all.is_empty() { Err(Error::NoCertificates) } else { Ok(all) };
    };
    let bytes = std::fs::read(path).map_err(|source| Error::CaFile { path: path.clone(), source })?;
    let items = ureq::tls::parse_pem(&bytes).filter_map(|item| match item {
        Ok(ureq::tls::PemItem::Certificate(one)) => Some(one),
        _ => None,
    });
    let all: Vec<_> = items.collect();
    if all.is_empty() { Err(Error::NoCertificate { path: path.clone() }) } else { Ok(all) }
}
