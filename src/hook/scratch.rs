//! A scratch repository in which a planted secret is about to be committed.
//!
//! # Design
//!
//! Its index and HEAD are those of the repository, with the planted file added, so that the repository's own
//! configuration, rules, ignore file and baseline count as they would in a commit. Its object store is its own and
//! reads the repository's as an alternate: nothing is ever written into the repository. Git's configuration of the
//! user and the system, and templates, do not affect it.

use super::{Error, HooksFolder, git};
use crate::atomic_file::{self, Access};
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file with a made-up secret.
#[derive(Debug)]
pub struct Plant {
    /// Its name, which no file of the repository has.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// What a report about it contains.
    pub evidence: Vec<String>,
}

/// A scratch repository, removed when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// The top of its work tree.
    pub(super) top: PathBuf,
    /// Its git directory.
    pub(super) git_dir: PathBuf,
    pub(super) plant: Plant,
    _folder: tempfile::TempDir,
}

/// The question to git when one is made.
const WHAT: &str = "what a commit would record, so the hooks were not tried";

impl Scratch {
    /// One for the repository of these hooks; `None` if there is no git.
    ///
    /// # Errors
    /// [`Error::Git`] if git cannot read the repository, [`Error::File`], [`Error::Write`].
    pub fn of(hooks: &HooksFolder, plant: Plant) -> Result<Option<Self>, Error> {
        let from = hooks.top.as_path();
        let Some(format) = git::ask(from, WHAT, ["rev-parse", "--show-object-format"])? else {
            return Ok(None);
        };
        let objects = git::ask(from, WHAT, ["rev-parse", "--git-path", "objects"])?.unwrap_or_default();
        let objects = real(&from.join(line(&objects)))?;
        let folder = tempfile::Builder::new().prefix("keydredge-").tempdir();
        let folder = folder.map_err(|source| failed(&std::env::temp_dir(), "made", source))?;
        let top = real(folder.path())?;
        let scratch = Self { git_dir: top.join(".git"), top, plant, _folder: folder };
        scratch.init(&format)?;
        let alternates = scratch.git_dir.join("objects/info/alternates");
        put(&alternates, format!("{}\n", objects.display()).as_bytes())?;
        scratch.take_head(from)?;
        if hooks.is_bare() {
            scratch.take_index_of_head()?;
        } else {
            scratch.take_index(from)?;
        }
        scratch.stage_plant()?;
        Ok(Some(scratch))
    }

    fn init(&self, format: &[u8]) -> Result<(), Error> {
        let mut arguments = vec!["init", "--quiet", "--template="];
        // A git that does not know the option repeats it, and knows only SHA-1.
        if line(format).as_os_str() == "sha256" {
            arguments.push("--object-format=sha256");
        }
        self.git(self.command().args(arguments))?;
        let info = self.git_dir.join("objects/info");
        fs::create_dir_all(&info).map_err(|source| failed(&info, "made", source))
    }

    /// Sets HEAD to the commit that is checked out in `from`, if there is one.
    fn take_head(&self, from: &Path) -> Result<(), Error> {
        let head = git::run(git::command(from).args(["rev-parse", "--quiet", "--verify", "HEAD"]));
        if let Some(head) = head.map_err(refused)?.filter(|head| head.status.success()) {
            self.git(self.command().args(["update-ref", "HEAD"]).arg(line(&head.stdout)))?;
        }
        Ok(())
    }

    /// Fills the index with the entries of the one in `from`.
    fn take_index(&self, from: &Path) -> Result<(), Error> {
        let entries = git::ask(from, WHAT, ["ls-files", "--stage", "-z"])?.unwrap_or_default();
        let mut file = tempfile::tempfile().map_err(refused)?;
        file.write_all(&entries).and_then(|()| file.rewind()).map_err(refused)?;
        self.git(self.command().args(["update-index", "-z", "--index-info"]).stdin(file))?;
        Ok(())
    }

    /// Fills the index from HEAD.
    fn take_index_of_head(&self) -> Result<(), Error> {
        let head = git::run(self.command().args(["rev-parse", "--quiet", "--verify", "HEAD"]));
        if head.map_err(refused)?.is_some_and(|head| head.status.success()) {
            self.git(self.command().args(["read-tree", "HEAD"]))?;
        }
        Ok(())
    }

    fn stage_plant(&self) -> Result<(), Error> {
        let name = &self.plant.name;
        put(&self.top.join(name), &self.plant.content)?;
        let id = self.git(self.command().args(["hash-object", "-w", "--no-filters", "--", name]))?;
        let entry = format!("100644,{},{name}", line(&id).display());
        self.git(self.command().args(["update-index", "--add", "--cacheinfo", &entry]))?;
        Ok(())
    }

    /// Commits what is staged, on no branch: the commit before, or zeros, and the new one.
    pub(super) fn commit_plant(&self) -> Result<(String, String), Error> {
        let text = |bytes: Vec<u8>| line(&bytes).to_string_lossy().into_owned();
        let tree = text(self.git(self.command().arg("write-tree"))?);
        let head = git::run(self.command().args(["rev-parse", "--quiet", "--verify", "HEAD"]));
        let head = head.map_err(refused)?.filter(|head| head.status.success()).map(|head| text(head.stdout));
        let mut command = self.command();
        command.args(["-c", "user.name=keydredge", "-c", "user.email=keydredge@localhost"]);
        command.args(["commit-tree", "-m", "planted", &tree]);
        if let Some(head) = &head {
            command.args(["-p", head]);
        }
        let new = text(self.git(&mut command)?);
        Ok((head.unwrap_or_else(|| "0".repeat(new.len())), new))
    }

    /// Git in the scratch repository, without anyone's configuration.
    fn command(&self) -> Command {
        let mut command = git::command(&self.top);
        for name in [
            "GIT_CONFIG",
            "GIT_CONFIG_COUNT",
            "GIT_CONFIG_PARAMETERS",
            "GIT_TEMPLATE_DIR",
            "GIT_DEFAULT_HASH",
        ] {
            command.env_remove(name);
        }
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
            // For a git before 2.32.
            .env("HOME", &self.git_dir)
            .env("XDG_CONFIG_HOME", &self.git_dir)
            .args(["-c", "core.autocrlf=false", "-c", "core.logAllRefUpdates=false"]);
        command
    }

    /// What git prints, if it succeeds.
    fn git(&self, command: &mut Command) -> Result<Vec<u8>, Error> {
        match git::run(command).map_err(refused)? {
            Some(output) if output.status.success() => Ok(output.stdout),
            Some(output) => Err(git::refusal(WHAT, &output)),
            None => Err(refused(io::ErrorKind::NotFound.into())),
        }
    }

    /// A file for what a hook prints.
    pub(super) fn output(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.git_dir)
    }
}

fn real(path: &Path) -> Result<PathBuf, Error> {
    fs::canonicalize(path).map_err(|source| failed(path, "read", source))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Ok(atomic_file::write(path, Access::Kept, |out| out.write_all(bytes))?)
}

fn failed(path: &Path, verb: &'static str, source: io::Error) -> Error {
    Error::File { path: path.to_owned(), verb, source }
}

fn refused(source: io::Error) -> Error {
    Error::NoAnswer { what: WHAT, source }
}

/// The line that git printed, as a path or a word.
fn line(output: &[u8]) -> PathBuf {
    git::path(output.strip_suffix(b"\n").unwrap_or(output))
}
