//! Why nothing came back from a host: one of a few words, which say nothing about what was sent.

use std::fmt;
use std::io;

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The address of the host is not on the internet.
    NotPublic,
    /// The name server does not know the host.
    NoSuchHost,
    /// It took too long.
    Timeout,
    /// The host's certificate is wrong, or it does not speak TLS.
    Certificate,
    /// The answer is larger than is read.
    TooLarge,
    /// No connection, or it broke.
    Connection,
    /// What was sent cannot be sent.
    Request,
    /// The proxy refused.
    Proxy,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::NotPublic => {
                "its address is not on the internet, so nothing was sent (--allow-private-hosts)"
            }
            Self::NoSuchHost => "its name has no address",
            Self::Timeout => "it took too long to answer",
            Self::Certificate => "its certificate is not trusted, so nothing was sent (--ca-file)",
            Self::TooLarge => "its answer is too large",
            Self::Connection => "there is no connection to it",
            Self::Request => "the request cannot be sent",
            Self::Proxy => "the proxy did not connect to it",
        })
    }
}

impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::Timeout,
            // What rustls finds wrong.
            io::ErrorKind::InvalidData => Self::Certificate,
            io::ErrorKind::FileTooLarge => Self::TooLarge,
            _ => Self::Connection,
        }
    }
}
