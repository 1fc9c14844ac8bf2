//! The content of a hook's file, as far as it can be read.

use super::{BEFORE, Error, HookKind, MARK, OWN_MARK, SCRIPT};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How many bytes of a hook are read; scripts are shorter.
const MOST: u64 = 1 << 20;

/// The place of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Which one.
    pub kind: HookKind,
    /// Its file.
    pub path: PathBuf,
}

/// What is in the place of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundHook {
    /// Whose it is.
    pub state: State,
    /// Its target, if it is a link.
    pub link: Option<PathBuf>,
}

/// Whose hook it is, by its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Absent,
    /// A link to nothing.
    Dangling,
    /// Ours, as this version writes it.
    Current,
    /// Ours, as another version wrote it.
    Other,
    /// Ours, which runs the repository's own hook and nothing else.
    RunsOwn,
    /// Somebody's that names keydredge.
    Calls,
    /// Somebody's.
    Foreign,
}

impl Hook {
    /// What is there.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn look(&self) -> Result<FoundHook, Error> {
        let failed = |source| Error::File { path: self.path.clone(), verb: "read", source };
        let seen = match fs::symlink_metadata(&self.path) {
            Ok(seen) => seen,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(FoundHook { state: State::Absent, link: None });
            }
            Err(source) => return Err(failed(source)),
        };
        let link = seen.is_symlink().then(|| fs::read_link(&self.path)).transpose().map_err(failed)?;
        match fs::metadata(&self.path) {
            // To read a FIFO would block for ever; a folder is no hook either.
            Ok(seen) if !seen.is_file() => Err(failed(io::Error::other("it is not a regular file"))),
            Ok(_) => Ok(FoundHook { state: read(&self.path).map_err(failed)?, link }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(FoundHook { state: State::Dangling, link })
            }
            Err(source) => Err(failed(source)),
        }
    }

    /// Whether git would run it: git ignores a hook that is not executable.
    pub fn may_be_executed(&self) -> bool {
        #[cfg(unix)]
        {
            rustix::fs::access(&self.path, rustix::fs::Access::EXEC_OK).is_ok()
        }
        #[cfg(not(unix))]
        {
            self.path.exists()
        }
    }

    /// The path of the hook that was there before ours.
    pub fn before(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(BEFORE);
        PathBuf::from(name)
    }

    /// Whether a hook from before is kept.
    pub fn has_before(&self) -> bool {
        self.before().symlink_metadata().is_ok()
    }
}

fn read(path: &Path) -> io::Result<State> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(if text == SCRIPT {
        State::Current
    } else if text.contains(MARK) {
        State::Other
    } else if text.contains(OWN_MARK) {
        State::RunsOwn
    } else if text.contains("keydredge") {
        State::Calls
    } else {
        State::Foreign
    })
}
