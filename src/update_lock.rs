//! A lock for reading, changing and writing a file, so that of two simultaneous runs neither undoes the other's change.
//!
//! # Design
//!
//! The lock is the system's, on an open file. The system releases it if a process dies, so a file that is left behind
//! blocks nobody. In a repository the file is in the git directory, one for all files that are changed there, and
//! stays. Elsewhere (or if the git directory cannot be written) it is beside the changed file and is removed again.
//!
//! A repository can have a link or a FIFO in its place. Only a regular file is opened.

use crate::atomic_file::PREFIX;
use crate::shown_path::shown_path;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thiserror::Error;

/// The file's name in a git directory.
const IN_GIT: &str = "keydredge.lock";
/// How long to wait for another run.
const WAIT: Duration = Duration::from_secs(30);
/// How long to sleep between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// Why there is no lock.
#[derive(Debug, Error)]
pub enum Error {
    /// Another run has it, and keeps it.
    #[error(
        "another keydredge is changing the same files: {path} was locked for {} seconds; try again when it has ended",
        .waited.as_secs(), path = shown_path(.path))]
    Busy {
        /// The lock's file.
        path: PathBuf,
        /// How long this run waited.
        waited: Duration,
    },
    /// Something else is in the place of the lock's file.
    #[error("{path} should be the lock's file and is no regular file; remove it, then try again", path = shown_path(.path))]
    NotAFile {
        /// The lock's file.
        path: PathBuf,
    },
    /// The file could not be made or locked.
    #[error("{path} could not be locked", path = shown_path(.path))]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The right to change files, until it is dropped.
#[derive(Debug)]
pub struct UpdateLock {
    _file: File,
    /// The file to remove at the end, if it is not in a git directory.
    remove: Option<PathBuf>,
}

impl UpdateLock {
    /// Waits for the lock on the files in `folder`. `git_dir` is the git directory, shared by all work trees, of
    /// the repository that contains the folder.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn take(folder: &Path, git_dir: Option<&Path>) -> Result<Self, Error> {
        Self::take_within(folder, git_dir, WAIT)
    }

    /// Takes the lock on the files in `folder`, which is in no git directory, if nobody has it.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub(crate) fn take_now(folder: &Path) -> Result<Self, Error> {
        Self::take_within(folder, None, Duration::ZERO)
    }

    fn take_within(folder: &Path, git_dir: Option<&Path>, wait: Duration) -> Result<Self, Error> {
        if let Some(git_dir) = git_dir {
            match lock(&git_dir.join(IN_GIT), Instant::now() + wait, wait) {
                // All runs of this user get the same error here, and so use the same file.
                Err(Error::Io { source, .. }) if is_read_only(&source) => {}
                locked => return locked.map(|file| Self { _file: file, remove: None }),
            }
        }
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let path = folder.join(format!("{PREFIX}update.lock"));
        let deadline = Instant::now() + wait;
        loop {
            let file = lock(&path, deadline, wait)?;
            // The run before may have removed the file after it was opened here, and a third run may have made another.
            if is_at(&file, &path) {
                return Ok(Self { _file: file, remove: cfg!(unix).then_some(path) });
            }
        }
    }
}

impl Drop for UpdateLock {
    fn drop(&mut self) {
        if let Some(path) = &self.remove {
            // Still locked: a run that opens it later makes a new one, and a run that has it open tests whether it is
            // still there. If it cannot be removed, that does no harm.
            let _ = fs::remove_file(path);
        }
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Opens and locks the file `path`, which is created if it does not exist. Waits for another run until `deadline`,
/// which is `wait` after the wait began.
fn lock(path: &Path, deadline: Instant, wait: Duration) -> Result<File, Error> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let not_a_file = || Error::NotAFile { path: path.to_owned() };
    if fs::symlink_metadata(path).is_ok_and(|seen| !seen.is_file()) {
        return Err(not_a_file());
    }
    let file = open(path).map_err(failed)?;
    // The file may be another one than a moment ago.
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(not_a_file());
    }
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(Error::Busy { path: path.to_owned(), waited: wait });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    match options.clone().write(true).create(true).truncate(false).open(path) {
        // Made by another user who may write here too: reading is enough to lock it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && path.exists() => {
            options.read(true).open(path)
        }
        opened => opened,
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |seen: fs::Metadata| (seen.dev(), seen.ino());
    let here = file.metadata().map(id).ok();
    here.is_some() && here == fs::symlink_metadata(path).map(id).ok()
}

/// Elsewhere the file is not removed: a file that others have open keeps its name there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_too_long_is_told_so_and_who_waits_gets_it() {
        for in_git in [true, false] {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let git_dir = in_git.then_some(folder.path());
            let take = |wait| UpdateLock::take_within(folder.path(), git_dir, Duration::from_millis(wait));
            let first = take(0).expect("nobody has it");
            assert!(matches!(take(50), Err(Error::Busy { .. })));
            drop(first);
            // A process that another test starts at this moment has the file open until it calls exec.
            drop(take(10_000).expect("it was given back"));
            assert_eq!(folder.path().join(IN_GIT).exists(), in_git);
            assert!(!folder.path().join(".keydredge-update.lock").exists());
        }
    }

    #[test]
    fn a_file_that_a_dead_process_left_blocks_nobody() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::write(folder.path().join(".keydredge-update.lock"), "").expect("a file can be made");
        UpdateLock::take_within(folder.path(), None, Duration::ZERO).expect("nobody has it");
    }

    #[test]
    fn many_threads_have_it_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let inside = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let _lock = UpdateLock::take(folder.path(), None).expect("each gets it in the end");
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn what_a_repository_put_in_its_place_is_neither_followed_nor_opened() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let victim = folder.path().join("victim");
        let path = folder.path().join(IN_GIT);
        let take = || UpdateLock::take_within(folder.path(), Some(folder.path()), Duration::ZERO);
        std::os::unix::fs::symlink(&victim, &path).expect("a link can be made");
        assert!(matches!(take(), Err(Error::NotAFile { .. })));
        assert!(!victim.exists());
        fs::remove_file(&path).expect("it is there");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo is there");
        assert!(made.success());
        assert!(matches!(take(), Err(Error::NotAFile { .. })));
        fs::remove_file(&path).expect("it is there");
        fs::create_dir(&path).expect("a folder can be made");
        assert!(matches!(take(), Err(Error::NotAFile { .. })));
    }
}
