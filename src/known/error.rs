//! Why an index cannot be used.

/// Why an index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no index.
    #[error("it is no index of known values; `keydredge known add` makes one")]
    NotAnIndex,
    /// The key is not the one that it was made with, or it was changed since.
    #[error(
        "it does not open: it was made with another key, or it was changed. The key that made it is in known.key of \
         that user's state folder; hand it over in KEYDREDGE_KNOWN_KEY"
    )]
    Sealed,
    /// What is in it has no meaning for this version.
    #[error("its content has no meaning for this version; make it anew with `keydredge known add`")]
    Content,
    /// It was extended until its search would be slow.
    #[error(
        "it has outgrown its tables; make it anew from all sources with `keydredge known add`, into another file"
    )]
    Full,
    /// What was to be added is no export that can be read.
    #[error("{what}")]
    Export {
        /// What is wrong, and what to do.
        what: String,
    },
    /// The system has no random bytes.
    #[error("the system has no random bytes to give: {0}")]
    Random(getrandom::Error),
}
