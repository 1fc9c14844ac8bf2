//! Writing files: each one whole or not at all, and never through a link.
//!
//! Every file that the program writes is written here; a test (`tests/house/`) forbids it elsewhere. What
//! the files contain is the caller's business.
//!
//! # Design
//!
//! A file is written beside its destination under a name that nobody can guess, and then renamed. So a crash
//! leaves the old file or the new one, and a link at the destination is never followed. The link is refused
//! instead of replaced, because the user may have meant its target.
//!
//! A repository can also contain links for the folders above the destination. A link that is inside a work
//! tree and points out of it (or into its `.git`) is refused. Links elsewhere belong to the system or the user.
//!
//! A device or a FIFO that a user names for a report (`-o /dev/stdout`, process substitution) has no old
//! content to keep. It is opened and written directly, never created and never truncated.

use crate::shown_path::shown_path;
use std::ffi::OsStr;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// How the names of files that are being written, and of locks, begin.
pub const PREFIX: &str = ".keydredge-";

/// How the names of files that are being written end.
const SUFFIX: &str = ".new";

/// What stops a file from being written.
#[derive(Debug, Error)]
pub enum Error {
    /// The destination is a link.
    #[error(
        "{path} is a symbolic link to {target}, and nothing is written through a link; name the file that is meant, or remove the link",
        path = shown_path(.path),
        target = shown_path(.target)
    )]
    Link {
        /// The destination, as given.
        path: PathBuf,
        /// The target, as the link gives it.
        target: PathBuf,
    },
    /// A folder above the destination is a link out of the work tree that the link is in.
    #[error(
        "{path} would be written into {target}, because {link} is a symbolic link that leads out of the work tree; name the folder that is meant, or remove the link",
        path = shown_path(.path),
        target = shown_path(.target),
        link = shown_path(.link)
    )]
    WayOut {
        /// The destination, as given.
        path: PathBuf,
        /// The link.
        link: PathBuf,
        /// The folder that it points to.
        target: PathBuf,
    },
    /// The destination is a folder, a device, a socket or the like.
    #[error("{path} is {what} and not a file that could be written; name a file", path = shown_path(.path))]
    NotAFile {
        /// The destination, as given.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Reading or writing failed.
    #[error("{path} could not be written", path = shown_path(.path))]
    Io {
        /// The destination, as given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The permissions of the new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Those of the file that is replaced; for a new file, what the umask allows.
    Kept,
    /// Everybody may read and execute it (0755), whatever was allowed before.
    Executable,
}

/// Writes the output of `fill` into the file `path`.
///
/// # Errors
/// [`enum@Error`]. Then the old file is unchanged.
pub fn write(
    path: &Path,
    access: Access,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let destination = Destination::of(path)?;
    destination.refuse_all_but_files()?;
    destination.replace(access, fill).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Writes a report into `path`, which a user named and which may also be a device or a FIFO.
///
/// # Errors
/// [`enum@Error`]. Then an old file is unchanged.
pub fn write_report(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let destination = Destination::of(path)?;
    match destination.stream() {
        Some(stream) => {
            let mut out = BufWriter::new(stream.open().map_err(failed)?);
            fill(&mut out).and_then(|()| out.flush()).map_err(failed)
        }
        None => {
            destination.refuse_all_but_files()?;
            destination.replace(Access::Kept, fill).map_err(failed)
        }
    }
}

/// True if [`write_report`] writes to a device or a FIFO at `path`, which may block.
pub fn is_stream(path: &Path) -> bool {
    Destination::of(path).is_ok_and(|destination| destination.stream().is_some())
}

/// Refuses what [`write()`] would refuse, before any work is done for it.
///
/// # Errors
/// [`enum@Error`].
pub fn check(path: &Path) -> Result<(), Error> {
    Destination::of(path)?.refuse_all_but_files()
}

/// Refuses what [`write_report`] would refuse, before any work is done for it.
///
/// # Errors
/// [`enum@Error`].
pub fn check_report(path: &Path) -> Result<(), Error> {
    let destination = Destination::of(path)?;
    if destination.stream().is_some() { Ok(()) } else { destination.refuse_all_but_files() }
}

/// Puts a file that only this user can read in the place of any file, link or FIFO at `path`. For folders
/// into which only the program writes. The file is not synced to disk: the reader must notice if a crash of the
/// system cut it off.
///
/// # Errors
/// Those of the system. Then the old file is unchanged.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private_beside(path)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Makes a file that only this user can read. Returns false, and changes nothing, if there is something at `path`.
///
/// # Errors
/// Those of the system.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = private_beside(path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let Err(error) = file.persist_noclobber(path) else { return Ok(true) };
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        // A file system that cannot name a file without replacing another.
        Err(_) => error.file.persist(path).map(|_| true).map_err(|error| error.error),
    }
}

fn private_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)
}

/// Appends `bytes` to the file at `path`, which is created if it does not exist: a file that several programs write,
/// such as the summary of a CI job. It is not written through a link.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
}

/// Gives the file or link `from` the name `to` in the same folder; a link is renamed and not followed.
///
/// # Errors
/// [`Error::Io`].
pub fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|source| Error::Io { path: to.to_owned(), source })
}

/// Whether a file of this name is temporary: one that is being written, or a lock.
pub fn is_passing(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

/// `path` without links, `.` and `..`, as far as it exists; the rest unchanged.
///
/// # Errors
/// Those of the system; for a dangling link, that it was not found.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut real = PathBuf::new();
    let mut exists = true;
    for part in absolute(path)?.components() {
        match part {
            Component::ParentDir => {
                real.pop();
                // `..` may leave a missing folder again: what exists now counts.
                exists = fs::symlink_metadata(&real).is_ok();
            }
            Component::Normal(name) if exists => {
                let next = real.join(name);
                real = match fs::symlink_metadata(&next) {
                    Ok(seen) if seen.is_symlink() => fs::canonicalize(&next)?,
                    Ok(_) => next,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        exists = false;
                        next
                    }
                    Err(error) => return Err(error),
                };
            }
            other => real.push(other),
        }
    }
    Ok(real)
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(if path.as_os_str().is_empty() { Path::new(".") } else { path })
}

/// Where a file is to be written.
struct Destination<'a> {
    /// As the user gave it.
    given: &'a Path,
    /// The folder, without links.
    folder: PathBuf,
    /// The same path with only the last name unresolved, which may be a link.
    path: PathBuf,
    /// The metadata of an existing file; a link is not followed.
    existing: Option<Metadata>,
}

impl<'a> Destination<'a> {
    fn of(given: &'a Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { path: given.to_owned(), source };
        let not_a_file = || Error::NotAFile { path: given.to_owned(), what: "a folder" };
        let name = given.file_name().ok_or_else(not_a_file)?;
        let folder = folder_of(given)?;
        let path = folder.join(name);
        let existing = match fs::symlink_metadata(&path) {
            Ok(existing) => Some(existing),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed(source)),
        };
        Ok(Self { given, folder, path, existing })
    }

    fn refuse_all_but_files(&self) -> Result<(), Error> {
        let path = self.given.to_owned();
        match self.existing.as_ref().map(Metadata::file_type) {
            None => Ok(()),
            Some(kind) if kind.is_file() => Ok(()),
            Some(kind) if kind.is_symlink() => {
                let target = fs::read_link(&self.path).unwrap_or_default();
                Err(Error::Link { path, target })
            }
            Some(kind) => Err(Error::NotAFile { path, what: name_of(kind) }),
        }
    }

    /// Writes a new file beside the destination and renames it.
    fn replace(&self, access: Access, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // Minus the umask, as for every other new file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut out = BufWriter::new(builder.tempfile_in(&self.folder)?);
        fill(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        set_access(file.as_file(), access, self.existing.as_ref())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The folder of `given` without links. A link out of a work tree is refused.
fn folder_of(given: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::Io { path: given.to_owned(), source };
    let mut real = PathBuf::new();
    for part in absolute(given.parent().unwrap_or(Path::new(""))).map_err(failed)?.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::Normal(name) => {
                let next = real.join(name);
                let is_link = fs::symlink_metadata(&next).map_err(failed)?.is_symlink();
                let target = if is_link { fs::canonicalize(&next).map_err(failed)? } else { next.clone() };
                if is_link && leads_out(&real, &target) {
                    return Err(Error::WayOut { path: given.to_owned(), link: next, target });
                }
                real = target;
            }
            other => real.push(other),
        }
    }
    Ok(real)
}

/// Whether a link in `folder` points out of the work tree there, or into its `.git`.
fn leads_out(folder: &Path, target: &Path) -> bool {
    let has_git = |above: &&Path| fs::symlink_metadata(above.join(".git")).is_ok();
    let Some(top) = folder.ancestors().find(has_git) else { return false };
    let git = top.join(".git");
    !target.starts_with(top) || (target.starts_with(&git) && !folder.starts_with(&git))
}

fn name_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a FIFO";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

#[cfg(unix)]
fn set_access(file: &File, access: Access, replaced: Option<&Metadata>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let set = |mode| file.set_permissions(fs::Permissions::from_mode(mode));
    let (Access::Kept, Some(before)) = (access, replaced) else {
        return if access == Access::Executable { set(0o755) } else { Ok(()) };
    };
    let mut mode = before.mode() & 0o777;
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        let group = Some(before.gid());
        // Only root may give a file away, and others only to one of their groups.
        if fchown(file, Some(before.uid()), group).and(Ok(())).or_else(|_| fchown(file, None, group)).is_err()
        {
            // Another group gets the permissions of everybody.
            mode &= !0o070 | ((mode & 0o007) << 3);
        }
    }
    set(mode)
}

#[cfg(not(unix))]
fn set_access(_: &File, _: Access, _: Option<&Metadata>) -> io::Result<()> {
    Ok(())
}

/// A destination that is not a file: a device or a FIFO, or one of the process's own open files.
#[cfg_attr(not(unix), allow(dead_code, reason = "such names exist on unix alone"))]
struct Stream<'a> {
    path: &'a Path,
    /// Whether its last name is a link of the system's, as `/dev/stdout` is.
    is_link: bool,
}

impl Destination<'_> {
    #[cfg(unix)]
    fn stream(&self) -> Option<Stream<'_>> {
        use std::os::unix::fs::FileTypeExt;
        let kind = self.existing.as_ref()?.file_type();
        if kind.is_char_device() || kind.is_fifo() {
            return Some(Stream { path: &self.path, is_link: false });
        }
        // In these folders the system names the open files of processes.
        let text = self.folder.as_os_str().as_encoded_bytes();
        let names_open_files =
            matches!(text, b"/dev" | b"/dev/fd") || (text.starts_with(b"/proc/") && text.ends_with(b"/fd"));
        let leads_to = fs::metadata(&self.path).ok()?.file_type();
        let is_open_file = leads_to.is_file() || leads_to.is_char_device() || leads_to.is_fifo();
        let is_link = kind.is_symlink();
        (names_open_files && (is_link || text != b"/dev") && is_open_file)
            .then_some(Stream { path: &self.path, is_link })
    }

    #[cfg(not(unix))]
    fn stream(&self) -> Option<Stream<'_>> {
        None
    }
}

impl Stream<'_> {
    /// Opens it for appending: `>>` in a shell must not lose the old content.
    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            let flags = if self.is_link { OFlags::NOCTTY } else { OFlags::NOCTTY | OFlags::NOFOLLOW };
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
        }
        options.open(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = fs::canonicalize(folder.path()).expect("it is there");
        (folder, path)
    }

    fn give(text: &'static str) -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
        move |out| out.write_all(text.as_bytes())
    }

    #[test]
    fn a_failure_leaves_what_was_there_and_nothing_beside_it() {
        let (_folder, top) = folder();
        let path = top.join("a");
        write(&path, Access::Kept, give("old")).expect("it can be written");
        let outcome = write(&path, Access::Kept, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("it stopped"))
        });
        assert!(matches!(outcome, Err(Error::Io { .. })));
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
        assert_eq!(fs::read_dir(&top).expect("it is there").count(), 1);
        write(&path, Access::Kept, give("new")).expect("it can be written");
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
    }

    #[test]
    fn a_private_file_that_is_there_stays_and_one_that_is_replaced_goes() {
        let (_folder, top) = folder();
        let path = top.join("key");
        assert!(create_private(&path, b"one").expect("it can be made"));
        assert!(!create_private(&path, b"two").expect("it is there"));
        assert_eq!(fs::read(&path).expect("it is there"), b"one");
        replace_private(&path, b"three").expect("it can be written");
        assert_eq!(fs::read(&path).expect("it is there"), b"three");
        assert_eq!(fs::read_dir(&top).expect("it is there").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt, symlink};
            assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
            let (victim, link) = (top.join("victim"), top.join("link"));
            symlink(&victim, &link).expect("a link can be made");
            assert!(!create_private(&link, b"x").expect("the link is there"));
            replace_private(&link, b"x").expect("the link is replaced");
            assert!(!victim.exists() && fs::symlink_metadata(&link).expect("it is there").is_file());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_made_real_as_far_as_it_exists() {
        let (_folder, top) = folder();
        fs::create_dir_all(top.join("a/b")).expect("folders can be made");
        std::os::unix::fs::symlink("a/b", top.join("link")).expect("a link can be made");
        std::os::unix::fs::symlink("nowhere", top.join("dangling")).expect("a link can be made");
        let table = [
            ("a/./b", "a/b"),
            ("link/c/d", "a/b/c/d"),
            ("link/..", "a"),
            ("a/none/../b/../../link", "a/b"),
            ("none/../../x", "../x"),
        ];
        for (given, wanted) in table {
            let wanted = match wanted.strip_prefix("../") {
                Some(rest) => top.parent().expect("it is in a folder").join(rest),
                None => top.join(wanted),
            };
            assert_eq!(real_path(&top.join(given)).expect("it can be followed"), wanted, "{given}");
        }
        for wrong in ["dangling", "dangling/x", "a/../dangling"] {
            assert!(real_path(&top.join(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_that_pass_are_told_from_others() {
        let (_folder, top) = folder();
        let file = private_beside(&top.join("a")).expect("it can be made");
        assert!(file.path().file_name().is_some_and(is_passing));
        for other in ["a", ".keydredge", "keydredge-baseline.txt", "keydredge.lock"] {
            assert!(!is_passing(OsStr::new(other)), "{other}");
        }
    }
}
