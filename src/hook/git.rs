//! Runs the git program, which alone knows all of its configuration.
//!
//! If git is not installed, the answer is `None`, and the caller has to do without it. A question is about the
//! repository that a folder is in, whatever the environment says: a variable such as `GIT_DIR`, which a hook of
//! another repository may have left, is removed. Variables that can change hooks (`GIT_CONFIG_COUNT` and the like)
//! are kept.

use super::Error;
use crate::process;
use std::ffi::OsStr;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// How long git may take: a repository can have a FIFO in the place of a file that git reads.
const LIMIT: Duration = Duration::from_secs(10);

/// `git` in `folder`. Nothing that the repository's configuration names is run or fetched.
pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    process::forget_repository(&mut command);
    command.current_dir(folder).env("LC_ALL", "C").env("GIT_NO_LAZY_FETCH", "1").stdin(Stdio::null());
    command.args(["-c", "core.fsmonitor=false", "-c", "protocol.allow=never"]);
    command
}

/// Runs it; `None` if there is no git.
///
/// # Errors
/// Those of the system, and a timeout.
pub(super) fn run(command: &mut Command) -> io::Result<Option<Output>> {
    // Output goes into files, not pipes: a process that git starts may keep a pipe open.
    let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdout(out.try_clone()?).stderr(err.try_clone()?);
    let mut child = match process::start(command) {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let status = wait(&mut child, LIMIT)?.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("git had not ended after {} seconds", LIMIT.as_secs()),
        )
    })?;
    let read = |mut file: std::fs::File| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map(|_| bytes)
    };
    Ok(Some(Output { status, stdout: read(out)?, stderr: read(err)? }))
}

/// Waits for `child`, which [`process::start`] started, and ends it and all that it started if it takes longer than `limit`.
pub(super) fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    process::end(child)?;
    child.wait()?;
    Ok(None)
}

/// What git in `folder` prints, if there is a git. `what` describes the question.
///
/// # Errors
/// [`Error::Git`], [`Error::NoAnswer`].
pub(super) fn ask<S: AsRef<OsStr>>(
    folder: &Path,
    what: &'static str,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Option<Vec<u8>>, Error> {
    match run(command(folder).args(arguments)).map_err(|source| Error::NoAnswer { what, source })? {
        None => Ok(None),
        Some(output) if output.status.success() => Ok(Some(output.stdout)),
        Some(output) => Err(refusal(what, &output)),
    }
}

/// The error of a git that failed.
pub(super) fn refusal(what: &'static str, output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    Error::Git { what, said: said.lines().collect::<Vec<_>>().join("; ") }
}

/// Bytes of git's as a path.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        <OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).into()
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(bytes).into_owned().into()
    }
}
