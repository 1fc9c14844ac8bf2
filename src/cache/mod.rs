//! What a run keeps for the next one: sealed files of sections, whose meaning is not known here.
//!
//! A cache says that something was scanned, and a repository can be anyone's. So only what this user wrote is trusted:
//! every byte is encrypted and authenticated with a key outside all repositories ([`key`]), and a file that does not
//! open is ignored. Encryption is also needed because candidates and their lines are kept, and no secret may be stored
//! in the clear.
//!
//! Files are in `keydredge/` of the repository's common directory or, if that cannot be written, in a folder of the
//! user's. They are written to a temporary file and renamed, so that concurrent runs and crashes leave one whole file
//! or the other. What many repositories share is in [`segments`].

mod error;
mod key;
mod sealed;
mod segments;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use key::state_folder;
pub use sealed::Sealed;
pub(crate) use segments::Segments;

use crate::atomic_file;
use data_encoding::HEXLOWER;
use key::Key;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A key of the user's for something else than the cache, in the file `name` beside the cache's key; `None` if there is none
/// and none is to be made.
///
/// # Errors
/// If there is none that can be trusted.
pub fn user_key(name: &str, makes: bool) -> Result<Option<[u8; 32]>, Error> {
    let key = Key::named(name, &[], makes)?;
    Ok(key.map(|key| key.derive("known")))
}

/// The folder's name.
const FOLDER: &str = "keydredge";
/// What the names of files end with.
const ENDING: &str = "cache";
/// How many files are kept for one repository; each is for other rules or options.
const MOST: usize = 12;
/// After this time a temporary file was left behind by a crash.
const LEFT_BEHIND: Duration = Duration::from_secs(60 * 60);

/// The cache of one repository.
#[derive(Debug)]
pub struct Cache {
    key: Key,
    /// The folders that may contain it, the preferred one first.
    places: Vec<PathBuf>,
}

/// What was found in the cache.
#[derive(Debug)]
pub enum Loaded {
    /// Nothing is kept under that name.
    Nothing,
    /// Something that is no cache of this user's: another's, or damaged, or no file at all.
    Foreign(PathBuf),
    /// A file whose sections can be read, if they open.
    Sealed(PathBuf, Sealed),
}

impl Cache {
    /// The cache of the repository with this common directory; `outside` are all of its folders, in none of which the
    /// key may be.
    ///
    /// # Errors
    /// If there is no key that can be trusted.
    pub fn open(common_dir: &Path, outside: &[&Path]) -> Result<Self, Error> {
        let key = Key::load(outside)?;
        let mut places = vec![common_dir.join(FOLDER)];
        if let Some(own) = own_folder() {
            let name = key.tag("repository", &[common_dir.as_os_str().as_encoded_bytes()]);
            places.push(own.join(HEXLOWER.encode(&name[..16])));
        }
        Ok(Self { key, places })
    }

    /// A name that reveals nothing without the key, and differs for other `parts`.
    pub fn name(&self, parts: &[&[u8]]) -> String {
        HEXLOWER.encode(&self.key.tag("name", parts)[..16])
    }

    /// What is kept under `name`; if several places have something, the newest.
    pub fn load(&self, name: &str) -> Loaded {
        let mut newest: Option<(SystemTime, PathBuf, Sealed)> = None;
        let mut foreign = None;
        for place in &self.places {
            let path = place.join(name).with_extension(ENDING);
            // The file first, then the folder: another run may make both between the two checks.
            let Ok(seen) = fs::symlink_metadata(&path) else { continue };
            match self.open_file(place, &path, &seen) {
                Ok(Some((modified, sealed))) => {
                    if newest.as_ref().is_none_or(|(when, ..)| *when <= modified) {
                        newest = Some((modified, path, sealed));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                _ => foreign = foreign.or(Some(path)),
            }
        }
        match (newest, foreign) {
            (Some((_, path, sealed)), _) => Loaded::Sealed(path, sealed),
            (None, Some(path)) => Loaded::Foreign(path),
            (None, None) => Loaded::Nothing,
        }
    }

    /// The file at `path` in the folder `place`, and when it was written; `None` if it is no cache of this user's. No
    /// link is followed: it could point to a device, or to another's file. `seen` is what is at `path`.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if another run removed it in the meantime.
    fn open_file(
        &self,
        place: &Path,
        path: &Path,
        seen: &fs::Metadata,
    ) -> io::Result<Option<(SystemTime, Sealed)>> {
        if !seen.is_file() || !fs::symlink_metadata(place)?.is_dir() {
            return Ok(None);
        }
        let sealed = Sealed::open(self.key.derive("seal"), File::open(path)?)?;
        let modified = seen.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(sealed.map(|sealed| (modified, sealed)))
    }

    /// Keeps these sections under `name`, replacing what was there.
    ///
    /// # Errors
    /// If no place can be written.
    pub fn save(&self, name: &str, sections: &[(&str, Vec<u8>)]) -> Result<(), Error> {
        let bytes = sealed::seal(&self.key.derive("seal"), sections)?;
        let mut failure = Error::NoPlace;
        for place in &self.places {
            match write(place, name, &bytes) {
                Ok(()) => {
                    tidy(place);
                    return Ok(());
                }
                Err(source) => failure = Error::Io { path: place.clone(), source },
            }
        }
        Err(failure)
    }
}

/// Writes a file into `place`, which is made if it is not there.
fn write(place: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    make_folder(place)?;
    let path = place.join(name).with_extension(ENDING);
    // A folder with the file's name would block the rename for ever.
    if fs::symlink_metadata(&path).is_ok_and(|seen| seen.is_dir()) {
        fs::remove_dir(&path)?;
    }
    atomic_file::replace_private(&path, bytes)
}

/// Makes a folder of this user's, if it is not there. A link to one is refused.
fn make_folder(place: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Err(error) = builder.recursive(true).create(place)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    if !fs::symlink_metadata(place)?.is_dir() {
        return Err(io::Error::other("it is no folder"));
    }
    Ok(())
}

/// Removes what a crash left behind, and the oldest files above [`MOST`].
fn tidy(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(seen) = fs::symlink_metadata(&path) else { continue };
        let modified = seen.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let is_passing = path.file_name().is_some_and(atomic_file::is_passing);
        if path.extension().is_some_and(|extension| extension == ENDING) {
            files.push((modified, path));
        } else if is_passing && modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND) {
            let _another_run_did = fs::remove_file(&path);
        }
    }
    files.sort();
    for (_, path) in files.iter().rev().skip(MOST) {
        let _another_run_did = fs::remove_file(path);
    }
}

/// The user's folder for what can be made again.
fn own_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if let Some(cache) = named("XDG_CACHE_HOME") {
        cache
    } else if cfg!(windows) {
        named("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        named("HOME")?.join("Library").join("Caches")
    } else {
        named("HOME")?.join(".cache")
    };
    Some(base.join(FOLDER))
}
