//! What keeps a run from asking at all.

use crate::shown_path::shown_path;
use std::io;
use std::path::PathBuf;

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of certificates cannot be read.
    #[error("the certificates in {} cannot be read: {source}", shown_path(path))]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It contains none.
    #[error("{} contains no certificate in PEM's form", shown_path(path))]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The system has none.
    #[error(
        "this system names no certificates to trust; name a file of them with --ca-file, or in SSL_CERT_FILE"
    )]
    NoCertificates,
    /// The proxy cannot be used.
    #[error("the proxy in {variable} cannot be used: write http://HOST:PORT or https://HOST:PORT")]
    Proxy {
        /// The variable that names it.
        variable: &'static str,
    },
    /// A list could not be fetched.
    #[error("{host} did not give the list: {what}")]
    Listing {
        /// The host.
        host: String,
        /// What came instead.
        what: String,
    },
    /// The URL of an API cannot be used.
    #[error("`{url}` is no URL of an API; write https://HOST or https://HOST/PATH, without a user and a `?`")]
    ApiUrl {
        /// The URL.
        url: String,
    },
    /// The run was interrupted.
    #[error("interrupted before the list was whole")]
    Interrupted,
}
