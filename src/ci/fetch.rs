//! Runs `git fetch`: for what a clone lacks, with `--fetch` only, and for `config fetch`.
//!
//! Only this module lets git connect. Hooks, submodules and maintenance are off; the credentials are those that git has.

use crate::process::{forget_repository, without_credentials};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// How far back to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// As far as git does by itself.
    Usual,
    /// This many more commits.
    More(u32),
    /// All.
    Whole,
}

/// How many bytes of what git says are read.
const MOST: u64 = 64 << 10;

/// The largest file that is fetched, bytes.
const LARGEST: u64 = 1 << 20;

/// Has git fetch `what` (ids of commits or refspecs that begin with `refs/` or `+refs/`) from `origin`.
///
/// # Errors
/// What git said last, without the credentials of a URL.
pub fn fetch(folder: &Path, what: &[String], depth: Depth) -> Result<(), String> {
    let mut git = git(folder);
    git.args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]);
    match depth {
        Depth::Usual => {}
        Depth::More(count) => {
            git.arg(format!("--deepen={count}"));
        }
        Depth::Whole => {
            git.arg("--unshallow");
        }
    }
    git.args(["--end-of-options", "origin"]).args(what);
    said(git).map(drop)
}

/// The content of the file `path` at `commit` of the repository at `url`.
///
/// # Errors
/// What git said last, without the credentials of a URL.
pub fn file(url: &str, commit: &str, path: &str) -> Result<Vec<u8>, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let run = |arguments: &[&str]| {
        let mut git = git(scratch.path());
        git.env("GIT_ALLOW_PROTOCOL", "https:ssh:file").args(arguments);
        said(git)
    };
    let format = if commit.len() == 64 { "--object-format=sha256" } else { "--object-format=sha1" };
    run(&["init", "--quiet", "--bare", format, "."])?;
    run(&[
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "--no-recurse-submodules",
        "--end-of-options",
        url,
        commit,
    ])?;
    run(&["cat-file", "blob", &format!("{commit}:{path}")])
}

/// git in `folder`, without what could run something or lead elsewhere.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    forget_repository(&mut git);
    git.current_dir(folder).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    git.args(["-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
    git.args(["-c", if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" }]);
    git
}

/// What git writes; if it fails, what it said last.
fn said(mut git: Command) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut child =
        git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let stderr = child.stderr.take().map(|stderr| std::thread::spawn(move || read(stderr, MOST)));
    let out =
        child.stdout.take().map_or_else(|| Ok(Vec::new()), |stdout| read(stdout, LARGEST)).map_err(failed)?;
    let said = stderr.and_then(|thread| thread.join().ok()).transpose().map_err(failed)?.unwrap_or_default();
    if child.wait().map_err(failed)?.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&said);
    Err(without_credentials(said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing")))
}

/// The first `most` bytes. The rest is read too, or git would block.
fn read(mut from: impl Read, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.by_ref().take(most).read_to_end(&mut bytes)?;
    std::io::copy(&mut from, &mut std::io::sink())?;
    Ok(bytes)
}
