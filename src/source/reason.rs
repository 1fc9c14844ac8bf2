//! The reasons that are in the coverage: short phrases, the same in every report.

use crate::model::KnownReason;
use std::io;

pub(super) use crate::git::odb::missing::{MISSING as MISSING_OBJECT, SHALLOW};

/// A `.gitignore` of the repository covers it, and it is not tracked.
pub(super) const IGNORED: &str = "ignored";
/// An exclude pattern of the configuration covers it.
pub(super) const CONFIGURED: &str = "excluded by configuration";
/// It is larger than `--max-file-size` allows.
pub(super) const TOO_LARGE: &str = "larger than the size limit";
/// A compressed container: its bytes were scanned, its content was not.
pub(super) const COMPRESSED: &str = KnownReason::Compressed.phrase();
/// A commit of another repository.
pub(super) const SUBMODULE: &str = "submodule";
/// A repository of its own inside this one, which this one does not track.
pub(super) const NESTED: &str = "nested repository";
/// A tracked file or directory that a sparse checkout leaves out of the work tree.
pub(super) const SPARSE: &str = "not checked out (sparse)";
/// A directory named `.git` that is not this repository's own.
pub(super) const GIT_DIRECTORY: &str = "git directory";
/// A Git LFS pointer whose object is not in the repository's store.
pub(super) const LFS_POINTER: &str = KnownReason::LfsPointer.phrase();
/// An entry that `git add --intent-to-add` made: a commit would not record it.
pub(super) const INTENT_TO_ADD: &str = "intent to add";
/// An object that does not parse, or whose type is not what the referring object says.
pub(super) const CORRUPT_OBJECT: &str = "corrupt object";
/// Trees nested so deep that no file system allows the path.
pub(super) const TOO_DEEP: &str = "path too long";
/// More trees differ than are compared.
pub(super) const TOO_MANY: &str = "too many files";
/// Trees that name each other so often that they have more paths than are listed.
pub(super) const TOO_MANY_PATHS: &str = "too many paths";
/// An object that is larger than any that is read.
pub(super) const OBJECT_TOO_LARGE: &str = "object too large";
/// A blob that an image names and that is not there.
pub(super) const MISSING_BLOB: &str = "missing blob";
/// A blob that is not what its digest says.
pub(super) const WRONG_DIGEST: &str = "digest does not match";
/// A digest of an algorithm that is not known.
pub(super) const UNKNOWN_DIGEST: &str = "unknown digest algorithm";
/// A path or a link that leads out of the image.
pub(super) const OUT_OF_IMAGE: &str = "leads out of the image";
/// Links that lead to each other.
pub(super) const CIRCLE: &str = "links in a circle";
/// A hard link to what is in no layer.
pub(super) const DANGLING: &str = "link to nothing";
/// A document of an image that is none of a known form.
pub(super) const UNKNOWN_DOCUMENT: &str = "not a manifest";
/// A document of an image that is larger than any that is read.
pub(super) const DOCUMENT_TOO_LARGE: &str = "document too large";
/// What of a saved image cannot be read.
pub(super) const UNREADABLE_IMAGE: &str = "cannot be read";
/// A layer that is said to be encrypted.
pub(super) const ENCRYPTED_LAYER: &str = "encrypted";
/// A layer that the caller knows.
pub(super) const BASE_LAYER: &str = "base layer";

/// Why a sink did not take all of a blob.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(&'static str);

/// The error for it.
pub(super) fn refused(reason: &'static str) -> io::Error {
    io::Error::other(Refused(reason))
}

/// Why a sink did not take all, if that is what an error says.
pub(super) fn refusal(error: &io::Error) -> Option<&'static str> {
    error.get_ref().and_then(|error| error.downcast_ref()).map(|Refused(reason)| *reason)
}

/// Why reading failed.
pub(super) fn of(error: &io::Error) -> String {
    if let Some(reason) = refusal(error) {
        return reason.to_owned();
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "vanished while scanning".to_owned(),
        io::ErrorKind::InvalidFilename => TOO_DEEP.to_owned(),
        other => format!("read error ({other})"),
    }
}

/// What something on disk is that is neither file, directory nor link.
pub(super) fn of_special(kind: std::fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "fifo";
        }
        if kind.is_socket() {
            return "socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "device";
        }
    }
    let _ = kind;
    "not a regular file"
}
