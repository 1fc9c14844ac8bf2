//! The index of known values that a run uses, and the key that opens it.

use crate::cache;
use crate::cli::Shared;
use crate::error::Error;
use crate::known::{KnownIndex, environment, service};
use crate::model::{Finding, Ledger, Vaulted};
use crate::regular_file;
use crate::shown_path::shown_path;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The variable with the key.
const VARIABLE: &str = "KEYDREDGE_KNOWN_KEY";

/// The key's file, beside that of the cache.
const FILE: &str = "known.key";

/// The key that opens the user's indexes. One is made if `makes` and there is none.
pub(crate) fn user_key(makes: bool) -> Result<[u8; 32], Error> {
    if let Some(given) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        let digits = given.into_encoded_bytes().to_ascii_lowercase();
        let key = data_encoding::HEXLOWER.decode(digits.trim_ascii()).ok();
        return key.and_then(|key| key.try_into().ok()).ok_or_else(|| Error::Usage {
            what: format!(
                "{VARIABLE} is no key: a key has 64 hexadecimal digits, as `keydredge known key` prints it"
            ),
        });
    }
    match cache::user_key(FILE, makes) {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(Error::Usage {
            what: format!(
                "there is no key for an index of known values: set {VARIABLE} to the one that it was made with"
            ),
        }),
        Err(error) => Err(Error::KnownKey(error)),
    }
}

/// The index at `path`.
pub(crate) fn open(path: &Path) -> Result<KnownIndex, Error> {
    let unread = |source| Error::Read { path: path.to_owned(), source };
    let file = regular_file::read(path, KnownIndex::LARGEST).map_err(unread)?;
    KnownIndex::open(&user_key(false)?, file).map_err(|source| Error::Known { path: path.to_owned(), source })
}

/// The index that `flags` name, if they do.
pub(crate) fn load(flags: &Shared) -> Result<Option<Arc<KnownIndex>>, Error> {
    let path = match (&flags.known, &flags.vaulted) {
        (Some(known), Some(vaulted)) if known != vaulted => {
            let what = "--known and --vaulted name two indexes; one is enough, --vaulted searches for its values too";
            return Err(Error::Usage { what: what.to_owned() });
        }
        (known, vaulted) => vaulted.as_ref().or(known.as_ref()),
    };
    path.map(|path| open(path).map(Arc::new)).transpose()
}

/// Said of an index some of whose entries are not searched for.
pub(crate) fn note(index: &KnownIndex) -> Option<String> {
    let refused = index.refused().len();
    let are = if refused == 1 {
        "entry of the index of known values is"
    } else {
        "entries of the index of known values are"
    };
    (refused > 0).then(|| format!("{refused} {are} not searched for (`known list` has the reasons)"))
}

/// Says of each finding which entries of the index have its value; of those that no entry has only if `all`.
pub(crate) fn store(index: &KnownIndex, findings: &mut [Finding], all: bool) {
    for finding in findings {
        let entries = index.entries(finding.secret.expose()).to_vec();
        if entries.is_empty() && !all {
            continue;
        }
        let paths = finding.occurrences.iter().filter_map(|one| one.place.path.as_deref());
        let named = entries.iter().map(String::as_str).chain(paths).filter_map(environment);
        let environments: BTreeSet<&str> = named.collect();
        let services: BTreeSet<String> = entries.iter().map(|name| service(name)).collect();
        finding.stored = Some(Box::new(Vaulted {
            entries,
            environments: environments.into_iter().map(str::to_owned).collect(),
            services: services.into_iter().collect(),
        }));
    }
}

/// The answers to what is in the manager and what is here, of findings that [`store`] has seen all of.
pub(crate) fn ledger(index: &Path, findings: &[Finding]) -> Ledger {
    let mut ledger = Ledger { index: shown_path(index), ..Ledger::default() };
    for finding in findings {
        let Some(stored) = &finding.stored else { continue };
        if stored.entries.is_empty() {
            ledger.missing.push(finding.fingerprint);
        } else {
            ledger.stored.push(finding.fingerprint);
        }
        if stored.is_shared() {
            ledger.shared.push(finding.fingerprint);
        }
    }
    ledger
}
