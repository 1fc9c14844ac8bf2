//! Fetches repositories, by the git program, so that nothing of them is run.
//!
//! # Design
//!
//! A clone is bare and a mirror: every ref that the server shows, pull requests included. Templates, hooks, submodules,
//! maintenance and bundles are off. git may use the protocols that this file names and no others, whatever a redirect or a
//! configuration says (`ext::` would run a program). Credentials are those that git has (helpers, ssh); those of a URL in the
//! list reach git through its environment, and are on no command line and in no file of the clone.

use super::{Heads, RepositoryAt};
use crate::process::{self, ProgramEnd, Ran, RunLimits};
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The largest list of refs that is read, bytes.
const LARGEST: u64 = 1 << 30;

/// How to clone.
#[derive(Clone, Debug)]
pub(crate) struct Cloner {
    /// Whether http:// and git:// URLs are cloned, too.
    pub(crate) insecure: bool,
    /// What git leaves out (`blob:limit=1m`), if that is asked for.
    pub(crate) filter: Option<String>,
    /// Whether the user says how ssh is run.
    has_ssh: OnceLock<bool>,
}

/// Why there is no clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CloneFailure {
    /// The run was interrupted.
    Stopped,
    /// It took too long.
    TimedOut,
    /// What git said last, without credentials.
    Said(String),
}

impl Cloner {
    /// A cloner of these options.
    pub(crate) fn new(insecure: bool, filter: Option<String>) -> Self {
        Self { insecure, filter, has_ssh: OnceLock::new() }
    }

    /// True if a variable or the user's configuration says how ssh is run. Else it is asked never to wait for an answer.
    fn has_ssh(&self) -> bool {
        let is_set = |name: &str| std::env::var_os(name).is_some();
        let is_configured = || {
            let mut git = Command::new("git");
            git.args(["config", "--get", "core.sshCommand"]).current_dir(std::env::temp_dir());
            process::forget_repository(&mut git);
            git.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
        };
        *self.has_ssh.get_or_init(|| is_set("GIT_SSH_COMMAND") || is_set("GIT_SSH") || is_configured())
    }

    /// What the refs of a repository are now.
    ///
    /// # Errors
    /// [`CloneFailure`].
    pub(crate) fn heads(&self, url: &RepositoryAt, limits: RunLimits) -> Result<Heads, CloneFailure> {
        let mut git = self.git(url);
        git.args(["ls-remote", "--quiet", "--end-of-options"]).arg(url.shown());
        let read = |out: &mut std::process::ChildStdout| {
            let mut bytes = Vec::new();
            out.take(LARGEST).read_to_end(&mut bytes).map(|_| bytes)
        };
        let ran = process::run(git, b"", limits, read).map_err(|error| unstarted(&error))?;
        let output = finished(url, ran)?;
        Ok(parse(&output))
    }

    /// Clones a repository into `folder`, which does not exist yet.
    ///
    /// # Errors
    /// [`CloneFailure`].
    pub(crate) fn clone(
        &self,
        url: &RepositoryAt,
        folder: &Path,
        limits: RunLimits,
    ) -> Result<(), CloneFailure> {
        let mut git = self.git(url);
        git.args(["clone", "--quiet", "--mirror", "--template=", "--no-recurse-submodules", "--no-local"]);
        if let Some(filter) = &self.filter {
            git.arg(format!("--filter={filter}"));
        }
        git.arg("--end-of-options").arg(url.shown()).arg(folder);
        let ran = process::run(git, b"", limits, |out| io::copy(out, &mut io::sink()));
        finished(url, ran.map_err(|error| unstarted(&error))?).map(drop)
    }

    /// git, without what could run something or lead elsewhere.
    fn git(&self, url: &RepositoryAt) -> Command {
        let mut git = Command::new("git");
        process::forget_repository(&mut git);
        git.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_PROTOCOL_FROM_USER", "0");
        git.env("GIT_LFS_SKIP_SMUDGE", "1").env_remove("GIT_ALLOW_PROTOCOL").env_remove("GIT_TEMPLATE_DIR");
        if !self.has_ssh() {
            git.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let hooks = format!("core.hooksPath={nothing}");
        let mut settings = vec![
            hooks.as_str(),
            "core.fsmonitor=false",
            "gc.auto=0",
            "maintenance.auto=false",
            "transfer.bundleURI=false",
            "advice.detachedHead=false",
            "protocol.allow=never",
            "protocol.https.allow=always",
            "protocol.ssh.allow=always",
            "protocol.file.allow=always",
            "protocol.ext.allow=never",
        ];
        if self.insecure {
            settings.extend(["protocol.http.allow=always", "protocol.git.allow=always"]);
        }
        settings.iter().for_each(|setting| {
            git.args(["-c", setting]);
        });
        if let RepositoryAt::Url { clean, secret: Some(secret) } = url {
            add_setting(&mut git, &format!("url.{secret}.insteadOf"), clean);
        }
        git
    }
}

/// Adds a setting to those that the environment gives git.
fn add_setting(git: &mut Command, key: &str, value: &str) {
    let count = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse::<u32>().ok());
    let count = count.unwrap_or(0);
    git.env("GIT_CONFIG_COUNT", (count + 1).to_string());
    git.env(format!("GIT_CONFIG_KEY_{count}"), OsStr::new(key));
    git.env(format!("GIT_CONFIG_VALUE_{count}"), OsStr::new(value));
}

fn unstarted(error: &io::Error) -> CloneFailure {
    CloneFailure::Said(format!("git cannot be started: {error}"))
}

/// The output of a git that did what it was asked.
fn finished<T>(url: &RepositoryAt, ran: Ran<T>) -> Result<T, CloneFailure> {
    let status = match ran.ending {
        ProgramEnd::Exited(status) => status,
        ProgramEnd::TimedOut => return Err(CloneFailure::TimedOut),
        ProgramEnd::Stopped => return Err(CloneFailure::Stopped),
    };
    if status.success() {
        return ran.output.map_err(|error| CloneFailure::Said(error.to_string()));
    }
    let is_fatal = |line: &&str| line.starts_with("fatal:") || line.starts_with("error:");
    let lines: Vec<&str> = ran.said.lines().filter(|line| !line.trim().is_empty()).collect();
    let why = lines.iter().copied().find(is_fatal).or(lines.last().copied()).unwrap_or("git said nothing");
    let mut why = process::without_credentials(why);
    if let RepositoryAt::Url { secret: Some(secret), .. } = url {
        let user = secret.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(user, _)| user);
        let user = user.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
        for part in user.into_iter().flat_map(|user| user.split(':')).filter(|part| part.len() > 3) {
            why = why.replace(part, "…");
        }
    }
    Err(CloneFailure::Said(why))
}

/// What `git ls-remote` prints, without the objects that tags name.
fn parse(output: &[u8]) -> Heads {
    let mut head = None;
    let mut refs = Vec::new();
    for line in output.split(|byte| *byte == b'\n') {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let (id, name) = (&line[..tab], &line[tab + 1..]);
        if name == b"HEAD" {
            head = Some(String::from_utf8_lossy(id).into_owned());
        } else if !name.ends_with(b"^{}") {
            refs.push(line);
        }
    }
    refs.sort_unstable();
    let mut digest = Sha256::new();
    digest.update(head.as_deref().unwrap_or_default());
    for line in &refs {
        digest.update(b"\n");
        digest.update(line);
    }
    let sha256 = data_encoding::HEXLOWER.encode(&digest.finalize());
    Heads { head, refs: refs.len() as u64, sha256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_are_the_same_in_any_order_and_a_moved_head_is_another_state() {
        let one = parse(b"11\tHEAD\n11\trefs/heads/a\n22\trefs/tags/t\n33\trefs/tags/t^{}\n");
        let other = parse(b"22\trefs/tags/t\n11\trefs/heads/a\n11\tHEAD\n");
        assert_eq!((one.head.as_deref(), one.refs), (Some("11"), 2));
        assert_eq!(one, other);
        assert_ne!(one.sha256, parse(b"22\tHEAD\n11\trefs/heads/a\n22\trefs/tags/t\n").sha256);
        assert_eq!(parse(b"").refs, 0);
    }
}
