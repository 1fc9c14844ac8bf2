//! What has to be the same for a receipt to be valid: the settings of the audit, and the state of a repository.

use crate::audit::{Heads, RepositoryList};
use crate::cli::{AuditSettings, KnownIndexFlag, RuleFlags, Shared};
use crate::commands::files::configuration;
use crate::commands::history::MAILMAP;
use crate::commands::session::known;
use crate::commands::settings::Settings;
use crate::error::Error;
use crate::git::{self, lfs};
use crate::incremental::{BUILD, indexes_digest};
use crate::model::SettingsFile;
use crate::record::Writer;
use crate::source::history::Site;
use crate::source::settings::Origin;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How long to wait for files that were changed just now: a later change could have the same time stamp.
const UNSETTLED: Duration = Duration::from_millis(25);

/// The settings of an audit, and digests of them.
#[derive(Debug)]
pub(super) struct AuditTerms {
    /// The salt of names over repositories, as its hexadecimal digits; none if the list has none.
    pub(super) salt: Option<String>,
    /// A digest of the program, its rules, all flags and files that these name, and the salt.
    pub(super) settings: String,
    /// A digest of the salt. The salt has 128 random bits, so that nobody finds it by its digest.
    pub(super) names: String,
}

/// A digest of the salt of a list.
pub(super) fn names_digest(list: &RepositoryList) -> String {
    let salt = list.salt.as_deref().unwrap_or_default();
    data_encoding::HEXLOWER.encode(&Sha256::digest(format!("keydredge names {salt}")))
}

impl AuditTerms {
    /// Those of a run over `list`; `more` is what else has to be the same. The rules, the configuration and the index of known secrets
    /// are read, so that what is wrong with them is an error before anything is cloned.
    pub(super) fn of(list: &RepositoryList, flags: &AuditSettings, more: &str) -> Result<Self, Error> {
        let shared = flags.shared();
        let nowhere =
            tempfile::tempdir().map_err(|source| Error::Read { path: std::env::temp_dir(), source })?;
        let loaded = Settings::load(&shared, &Origin::Disk(nowhere.path().to_owned()).open()?)?;
        let catalogue = loaded.catalogue(&shared)?;
        let known = known::load(&shared)?;
        let names = names_digest(list);
        let mut digest = Sha256::new();
        for part in [BUILD, &names, more] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.update(catalogue.digest());
        digest.update(known.as_deref().map_or([0; 32], |index| *index.digest()));
        // The paths of files do not matter, and their contents do.
        let flags = AuditSettings {
            config: None,
            rules: RuleFlags { files: Vec::new(), ..flags.rules.clone() },
            known: KnownIndexFlag::default(),
            threads: None,
            max_memory: None,
            ..flags.clone()
        };
        digest.update(format!("{flags:?}"));
        add_files(&mut digest, &loaded.receipt(&shared).files);
        let settings = data_encoding::HEXLOWER.encode(&digest.finalize());
        Ok(Self { salt: list.salt.clone(), settings, names })
    }
}

fn add_files(digest: &mut Sha256, files: &[SettingsFile]) {
    for file in files {
        digest.update(format!("\n{} {}", file.role.name(), file.digest));
    }
}

/// What decides the report of a repository in a folder: its refs, the files of its objects, its index, what Git LFS has, the
/// names of authors, and its own settings.
#[derive(Debug)]
pub(super) struct FolderState {
    /// The refs, for people.
    pub(super) heads: Heads,
    /// A digest of all; `None` if files changed just now, so that a later change may leave no trace.
    pub(super) digest: Option<String>,
}

impl FolderState {
    /// The state of the repository at `folder`, which is scanned with `flags`.
    pub(super) fn of(folder: &Path, flags: &Shared) -> Result<Self, Error> {
        let site = Site::open(folder)?;
        let not_there = || git::Error::NotARepository { path: folder.to_owned() };
        let top = folder.canonicalize().map_err(|_| not_there())?;
        // A folder in a repository is none of its own: another's history would be taken for it.
        let repository = site.repository();
        if repository.git_dir() != top && repository.work_tree() != Some(&*top) {
            return Err(not_there().into());
        }
        let mut stamp = site.state()?;
        if !stamp.is_settled() {
            thread::sleep(UNSETTLED);
            stamp = site.state()?;
        }
        let mut digest = Sha256::new();
        let mut refs = Sha256::new();
        for part in [site.packed_refs(), &site.unpacked_refs()] {
            refs.update((part.len() as u64).to_le_bytes());
            refs.update(part);
        }
        let refs = data_encoding::HEXLOWER.encode(&refs.finalize());
        digest.update(&refs);
        let mut store = Writer::default();
        stamp.write(&mut store);
        digest.update(store.finish());
        digest.update(indexes_digest(repository));
        let unread = |source| Error::Read { path: site.common_dir().join("lfs"), source };
        for name in lfs::list(site.common_dir()).map_err(unread)? {
            digest.update(name.as_encoded_bytes());
            digest.update("\n");
        }
        let place = configuration(folder).open()?;
        // One that cannot be read is a note of the report.
        if let Ok(Some(names)) = place.read(MAILMAP) {
            digest.update(Sha256::digest(&names.bytes));
        }
        let settings = Settings::load(flags, &place)?;
        add_files(&mut digest, &settings.receipt(flags).files);
        let head = site.head();
        let digest = data_encoding::HEXLOWER.encode(&digest.finalize());
        Ok(Self {
            heads: Heads { head, refs: site.ref_count(), sha256: refs },
            digest: stamp.is_settled().then_some(digest),
        })
    }
}
