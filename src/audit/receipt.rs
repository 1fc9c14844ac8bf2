//! What is known of a repository after its scan: the receipt, a file of JSON beside the report.

use crate::atomic_file;
use crate::regular_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// The version of its shape.
const RECEIPT_SCHEMA: &str = "keydredge-audit/1";

/// The largest receipt that is read, bytes: it has a name of 19 bytes for each finding.
const LARGEST: u64 = 1 << 30;

/// How a repository's scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReceiptOutcome {
    /// It was read; the report says how far.
    Done,
    /// It was not, and there is no report.
    Failed,
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepositoryReceipt {
    /// [`RECEIPT_SCHEMA`].
    pub(crate) schema: String,
    /// The repository's name.
    pub(crate) repository: String,
    /// The URL or path, without credentials.
    pub(crate) location: String,
    /// How it ended.
    pub(crate) outcome: ReceiptOutcome,
    /// If it failed: why.
    pub(crate) why: Option<String>,
    /// The exit code that `history` has for it.
    pub(crate) exit: u8,
    /// Findings in the report; and those of them that fail a run.
    pub(crate) findings: u64,
    /// Those of them that fail a run.
    pub(crate) failing: u64,
    /// Whether everything in scope was read.
    pub(crate) complete: bool,
    /// What was read.
    pub(crate) coverage: CountsRead,
    /// The refs that were read.
    pub(crate) heads: Option<Heads>,
    /// Of a repository scanned in place: a digest of refs, objects' files and settings.
    pub(crate) state: Option<String>,
    /// A digest of the program, its rules and all flags.
    pub(crate) settings: String,
    /// A digest of the salt of names over repositories.
    pub(crate) names: String,
    /// The program's version.
    pub(crate) version: String,
    /// The SHA-256 of the report.
    pub(crate) sha256: Option<String>,
    /// The name over repositories of each finding, in the order of the report.
    pub(crate) identities: Vec<String>,
    /// When the scan began.
    pub(crate) started: String,
    /// How long it took, clone included.
    pub(crate) seconds: f64,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// What of a repository was read, in objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountsRead {
    /// All.
    pub(crate) in_scope: u64,
    /// Read.
    pub(crate) scanned: u64,
    /// Left out by policy.
    pub(crate) excluded: u64,
    /// Not readable.
    pub(crate) unread: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
}

/// The refs of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heads {
    /// What `HEAD` names.
    pub(crate) head: Option<String>,
    /// How many refs there are.
    pub(crate) refs: u64,
    /// A digest of their names and ids, and of `HEAD`.
    pub(crate) sha256: String,
}

impl RepositoryReceipt {
    /// A receipt that says nothing yet except why.
    pub(crate) fn failed(repository: &str, location: String, why: String) -> Self {
        Self {
            schema: RECEIPT_SCHEMA.to_owned(),
            repository: repository.to_owned(),
            location,
            outcome: ReceiptOutcome::Failed,
            why: Some(why),
            exit: 3,
            findings: 0,
            failing: 0,
            complete: false,
            coverage: CountsRead::default(),
            heads: None,
            state: None,
            settings: String::new(),
            names: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sha256: None,
            identities: Vec::new(),
            started: String::new(),
            seconds: 0.0,
            attempts: 0,
        }
    }

    /// The files of the repository whose files are named `name`, in `folder`: the receipt and the report. They are spread
    /// over 256 folders, since an organisation may have a million repositories.
    pub(crate) fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let folder = folder.join(&name[..2]);
        (folder.join(format!("{name}.json")), folder.join(format!("{name}.jsonl")))
    }

    /// Reads a receipt; `None` if there is none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, String> {
        let bytes = regular_file::read_if_there(path, LARGEST).map_err(|error| error.to_string())?;
        let Some(bytes) = bytes else { return Ok(None) };
        let receipt: Self = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        if receipt.schema != RECEIPT_SCHEMA {
            return Err(format!("it is of another version, `{}`", receipt.schema));
        }
        Ok(Some(receipt))
    }

    /// Writes it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), atomic_file::Error> {
        atomic_file::write(path, atomic_file::Access::Kept, |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            out.write_all(b"\n")
        })
    }

    /// True if a scan now, of a repository in this state, would give the same.
    pub(crate) fn is_current(&self, settings: &str, heads: Option<&Heads>, state: Option<&str>) -> bool {
        self.outcome == ReceiptOutcome::Done
            && self.settings == settings
            && match (heads, state) {
                (Some(heads), None) => self.heads.as_ref() == Some(heads),
                (None, Some(state)) => self.state.as_deref() == Some(state),
                _ => false,
            }
    }

    /// The report, if it is the one that the receipt is about.
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) fn report(&self, path: &Path, largest: u64) -> Result<String, String> {
        let bytes = regular_file::read(path, largest).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "the report of its receipt is missing".to_owned(),
            _ => format!("its report cannot be read: {error}"),
        })?;
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        if self.sha256.as_deref() != Some(&digest) {
            return Err("the report is not the one of its receipt".to_owned());
        }
        String::from_utf8(bytes).map_err(|_| "its report is not UTF-8 text".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_reads_back_and_counts_for_the_same_state_alone() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("r.json");
        assert_eq!(RepositoryReceipt::read(&path), Ok(None));
        let heads = |sha: &str| Heads { head: None, refs: 1, sha256: sha.to_owned() };
        let failed = RepositoryReceipt::failed("a", "/a".to_owned(), "why".to_owned());
        let done = RepositoryReceipt {
            outcome: ReceiptOutcome::Done,
            settings: "s".to_owned(),
            heads: Some(heads("1")),
            state: Some("t".to_owned()),
            ..failed.clone()
        };
        done.write(&path).expect("it can be written");
        assert_eq!(RepositoryReceipt::read(&path), Ok(Some(done.clone())));
        assert!(done.is_current("s", Some(&heads("1")), None) && done.is_current("s", None, Some("t")));
        for (settings, heads, state) in [
            ("x", Some(heads("1")), None),
            ("s", Some(heads("2")), None),
            ("s", None, Some("u")),
            ("s", None, None),
        ] {
            assert!(!done.is_current(settings, heads.as_ref(), state));
        }
        let failed = RepositoryReceipt { outcome: ReceiptOutcome::Failed, ..done };
        assert!(!failed.is_current("s", None, Some("t")));
        std::fs::write(&path, "{}").expect("a file can be written");
        assert!(RepositoryReceipt::read(&path).is_err());
    }
}
