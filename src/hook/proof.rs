//! Tries a hook: runs it as git would, for a commit of a planted secret, and goes by what it does.
//!
//! # Design
//!
//! The file that git would run is run in its own place, with the environment that git gives to hooks, in the
//! scratch repository. Ours is run through a link in the scratch repository: otherwise it would first run the
//! hook that was there before, which is somebody's script and must not run for a status query.

use super::{FoundHook, Hook, HookKind, Scratch, State, git};
use crate::process;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

/// How long a hook may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How many bytes of its output are read.
const MOST: u64 = 16 << 20;
/// How many of its last lines are shown.
const LINES: usize = 3;

/// The result of a try.
#[derive(Debug)]
pub struct Proof {
    /// The verdict.
    pub verdict: TrialVerdict,
    /// The last lines that the hook printed. They may contain the planted secret.
    pub said: Vec<String>,
}

/// What a try shows.
#[derive(Debug)]
pub enum TrialVerdict {
    /// The hook reported the planted secret and stopped the commit.
    Stopped,
    /// It let the commit pass.
    LetPass,
    /// It stopped the commit and did not name the planted secret; it is not known whether it saw it.
    StoppedForAnotherReason(ExitStatus),
    /// It had not ended after this time.
    TooSlow(Duration),
    /// It could not be started.
    NotStarted(io::Error),
}

/// What git gives to a hook.
struct HookInput {
    arguments: Vec<String>,
    input: String,
    /// True for one that git runs in the git directory.
    is_of_server: bool,
}

impl Scratch {
    /// What git would give to a hook if the planted secret were about to be committed or pushed.
    fn given(&self, kind: HookKind) -> io::Result<HookInput> {
        const REF: &str = "refs/heads/planted";
        let failed = |error: super::Error| io::Error::other(error.to_string());
        let (mut arguments, mut input) = (Vec::new(), String::new());
        match kind {
            HookKind::PreCommit | HookKind::PreMergeCommit => {}
            HookKind::CommitMsg => {
                let message = self.git_dir.join("COMMIT_EDITMSG");
                crate::atomic_file::replace_private(&message, &self.plant.content)?;
                arguments.push(message.to_string_lossy().into_owned());
            }
            HookKind::PrePush | HookKind::PreReceive | HookKind::Update => {
                let (old, new) = self.commit_plant().map_err(failed)?;
                match kind {
                    HookKind::PrePush => {
                        arguments.extend(["planted".to_owned(), "planted".to_owned()]);
                        input = format!("{REF} {new} {REF} {old}\n");
                    }
                    HookKind::PreReceive => input = format!("{old} {new} {REF}\n"),
                    _ => arguments.extend([REF.to_owned(), old, new]),
                }
            }
        }
        Ok(HookInput { arguments, input, is_of_server: kind.is_of_server() })
    }

    /// Runs `hook`, whose content is `found`, as git would.
    pub fn try_hook(&self, hook: &Hook, found: &FoundHook) -> Proof {
        self.try_within(hook, found, LIMIT)
    }

    pub(super) fn try_within(&self, hook: &Hook, found: &FoundHook, limit: Duration) -> Proof {
        match self.run(hook, found, limit) {
            Ok((status, text)) => self.judge(hook.kind, status, limit, &text),
            Err(error) => Proof { verdict: TrialVerdict::NotStarted(error), said: Vec::new() },
        }
    }

    fn judge(&self, kind: HookKind, status: Option<ExitStatus>, limit: Duration, text: &str) -> Proof {
        // For a message there is no file name.
        let counts = |part: &&String| kind != HookKind::CommitMsg || **part != self.plant.name;
        let is_named = self.plant.evidence.iter().filter(counts).all(|part| text.contains(part));
        let verdict = match status {
            None => TrialVerdict::TooSlow(limit),
            Some(status) if status.success() => TrialVerdict::LetPass,
            Some(_) if is_named => TrialVerdict::Stopped,
            Some(status) => TrialVerdict::StoppedForAnotherReason(status),
        };
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        Proof { verdict, said: last.iter().map(|line| (*line).to_owned()).collect() }
    }

    /// The hook's exit status, if it ended in time, and its output.
    fn run(
        &self,
        hook: &Hook,
        found: &FoundHook,
        limit: Duration,
    ) -> io::Result<(Option<ExitStatus>, String)> {
        let path = match found.state {
            State::Current | State::Other => self.under_own_name(hook)?,
            _ => hook.path.clone(),
        };
        let mut output = self.output()?;
        let given = self.given(hook.kind)?;
        let mut child = self.start(&path, &given, &output)?;
        let status = git::wait(&mut child, limit)?;
        output.rewind()?;
        let mut bytes = Vec::new();
        output.take(MOST).read_to_end(&mut bytes)?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A link to the hook in the scratch repository's own folder; elsewhere than on unix, a copy.
    fn under_own_name(&self, hook: &Hook) -> io::Result<PathBuf> {
        let folder = self.git_dir.join("hooks");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(hook.kind.name());
        #[cfg(unix)]
        std::os::unix::fs::symlink(&hook.path, &path)?;
        #[cfg(not(unix))]
        {
            let bytes = std::fs::read(&hook.path)?;
            crate::atomic_file::replace_private(&path, &bytes)?;
        }
        Ok(path)
    }

    fn start(&self, path: &Path, given: &HookInput, output: &File) -> io::Result<Child> {
        match process::start(&mut self.command_for(Command::new(path), given, output)?) {
            // Git gives a file without a first line that names its interpreter to the shell, and on Windows every hook.
            Err(error) if !cfg!(unix) || is_no_program(&error) => {
                let mut shell = Command::new("sh");
                shell.arg(path);
                process::start(&mut self.command_for(shell, given, output)?)
            }
            started => started,
        }
    }

    /// The command with the environment, the folder and the files that git gives to a hook.
    fn command_for(&self, mut command: Command, given: &HookInput, output: &File) -> io::Result<Command> {
        process::forget_repository(&mut command);
        if given.is_of_server {
            command.current_dir(&self.git_dir).env("GIT_DIR", ".");
        } else {
            command
                .current_dir(&self.top)
                .env("GIT_DIR", &self.git_dir)
                .env("GIT_WORK_TREE", &self.top)
                .env("GIT_INDEX_FILE", self.git_dir.join("index"))
                .env("GIT_PREFIX", "")
                .env("GIT_EDITOR", ":");
        }
        let mut input = tempfile::tempfile_in(&self.git_dir)?;
        input.write_all(given.input.as_bytes())?;
        input.rewind()?;
        command.args(&given.arguments).stdin(input).stdout(output.try_clone()?).stderr(output.try_clone()?);
        Ok(command)
    }
}

#[cfg(unix)]
fn is_no_program(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::NOEXEC)
}

#[cfg(not(unix))]
fn is_no_program(_: &io::Error) -> bool {
    true
}
