//! The user's key: 32 random bytes in a file that no other user can read, outside every repository.
//!
//! The author of a repository can put any file into it, a cache too. They do not have the key, so nothing that they
//! made opens. A key that others could have read, replaced or chosen is refused, not repaired.

use super::Error;
use crate::atomic_file;
use blake2::Blake2bMac;
use blake2::digest::consts::U32;
use blake2::digest::{FixedOutput, KeyInit, Update};
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a key.
const LENGTH: usize = 32;
/// The key's name in its folder.
const FILE: &str = "cache.key";

/// A secret key of this user's.
#[derive(Clone)]
pub(super) struct Key([u8; LENGTH]);

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key")
    }
}

impl Key {
    /// The user's key, made if there is none. `outside` are the folders of a repository, in which a key is not
    /// trusted.
    pub(super) fn load(outside: &[&Path]) -> Result<Self, Error> {
        Self::named(FILE, outside, true)?.ok_or(Error::NoHome)
    }

    /// The key in the file `name` of the user's; if there is none, it is made if `makes`.
    pub(super) fn named(name: &str, outside: &[&Path], makes: bool) -> Result<Option<Self>, Error> {
        let folder = state_folder().ok_or(Error::NoHome)?;
        let path = folder.join(name);
        // If a folder above is a link, its target counts.
        let real = folder.ancestors().find_map(|above| {
            let rest = folder.strip_prefix(above).expect("an ancestor is a prefix");
            fs::canonicalize(above).ok().map(|above| above.join(rest))
        });
        let inside = |whole: &&Path| real.as_ref().unwrap_or(&folder).starts_with(whole);
        if outside.iter().any(inside) {
            return Err(Error::KeyInRepository { path });
        }
        match read(&path)? {
            None if makes => make(&folder, &path).map(Some),
            known => Ok(known),
        }
    }

    /// A key that is known, for tests.
    #[cfg(test)]
    pub(super) fn of(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// A key for one purpose.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        self.tag(purpose, &[])
    }

    /// A keyed hash of `parts` for one purpose.
    pub(super) fn tag(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Blake2bMac::<U32>::new_from_slice(&self.0).expect("a key may have 32 bytes");
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize_fixed().into()
    }
}

/// The user's folder for state that is kept from run to run.
pub fn state_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if let Some(state) = named("XDG_STATE_HOME") {
        state
    } else if cfg!(windows) {
        named("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        named("HOME")?.join("Library").join("Application Support")
    } else {
        named("HOME")?.join(".local").join("state")
    };
    Some(base.join("keydredge"))
}

/// The key in the file `path`; `None` if there is no file.
fn read(path: &Path) -> Result<Option<Key>, Error> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let bad = || Error::BadKey { path: path.to_owned() };
    let seen = match fs::symlink_metadata(path) {
        Ok(seen) => seen,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    if !is_private(&seen) || seen.len() != LENGTH as u64 {
        return Err(bad());
    }
    let mut file = File::open(path).map_err(failed)?;
    // The file that was opened may not be the one that was checked.
    if !is_private(&file.metadata().map_err(failed)?) {
        return Err(bad());
    }
    let mut key = [0; LENGTH];
    file.read_exact(&mut key).map_err(failed)?;
    Ok(Some(Key(key)))
}

#[cfg(unix)]
fn is_private(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.is_file() && file.uid() == rustix::process::geteuid().as_raw() && file.mode() & 0o077 == 0
}

/// Elsewhere a user's own folders are private unless the user shared them.
#[cfg(not(unix))]
fn is_private(file: &Metadata) -> bool {
    file.is_file()
}

/// Makes a key; if another run makes one at the same time, its key counts.
fn make(folder: &Path, path: &Path) -> Result<Key, Error> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    let mut key = [0; LENGTH];
    getrandom::fill(&mut key).map_err(Error::Random)?;
    // The key of a quicker run is kept.
    atomic_file::create_private(path, &key).map_err(failed)?;
    read(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}
