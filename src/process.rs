//! Other programs: started so that they can be ended with all that they start, and run within limits.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The variables that choose a repository (`git rev-parse --local-env-vars`), except those of configuration.
const OF_A_REPOSITORY: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// How many of the last bytes that a program writes to standard error are kept.
const LAST: u64 = 64 << 10;

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Removes the variables that choose a repository.
pub(crate) fn forget_repository(command: &mut Command) {
    for name in OF_A_REPOSITORY {
        command.env_remove(name);
    }
}

/// Starts `command` so that it can be ended with all that it starts.
pub(crate) fn start(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn()
}

/// Ends `child`, which [`start`] started and which was not waited for, and all that it started.
pub(crate) fn end(child: &mut Child) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // A process that has ended meanwhile needs no signal.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    child.kill()
}

/// When a program is ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunLimits {
    /// The latest moment.
    pub(crate) until: Option<Instant>,
    /// Set when the whole run shall end.
    pub(crate) stop: &'static AtomicBool,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProgramEnd {
    /// By itself.
    Exited(ExitStatus),
    /// It took too long.
    TimedOut,
    /// The run was interrupted.
    Stopped,
}

/// What came of a program.
#[derive(Debug)]
pub(crate) struct Ran<T> {
    /// How it ended.
    pub(crate) ending: ProgramEnd,
    /// What was made of its standard output.
    pub(crate) output: io::Result<T>,
    /// The end of what it wrote to standard error.
    pub(crate) said: String,
}

/// Runs `command` with `input` as its standard input; `read` takes its standard output.
///
/// # Errors
/// Those of the system, if the program cannot be started.
pub(crate) fn run<T>(
    mut command: Command,
    input: &[u8],
    limits: RunLimits,
    read: impl FnOnce(&mut ChildStdout) -> io::Result<T>,
) -> io::Result<Ran<T>> {
    // A file, not a pipe: a process that git leaves behind (a shared connection of ssh) keeps a pipe open.
    let mut errors = tempfile::tempfile()?;
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    command.stdout(Stdio::piped()).stderr(errors.try_clone()?);
    let mut child = start(&mut command)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it has read all says by its exit code why.
        let _ = io::Write::write_all(&mut stdin, input);
    }
    let stdout = child.stdout.take();
    let child = Mutex::new(child);
    let child = &child;
    let lock = || child.lock().unwrap_or_else(PoisonError::into_inner);
    let (done, is_done) = channel::<()>();
    let watch = move || loop {
        match is_done.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return None,
        }
        let is_late = limits.until.is_some_and(|until| Instant::now() >= until);
        if is_late || limits.stop.load(Ordering::Relaxed) {
            let mut child = lock();
            if matches!(child.try_wait(), Ok(Some(_))) {
                return None;
            }
            let _it_may_have_ended = end(&mut child);
            return Some(if is_late { ProgramEnd::TimedOut } else { ProgramEnd::Stopped });
        }
    };
    thread::scope(|scope| {
        let watcher = scope.spawn(watch);
        let output = match stdout {
            Some(mut stdout) => read(&mut stdout),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        let status = loop {
            if let Some(status) = lock().try_wait()? {
                break status;
            }
            thread::sleep(Duration::from_millis(1));
        };
        drop(done);
        let cut = watcher.join().ok().flatten();
        let ending = cut.unwrap_or(ProgramEnd::Exited(status));
        Ok(Ran { ending, output, said: last(&mut errors)? })
    })
}

/// The last bytes of a file, as text.
fn last(file: &mut File) -> io::Result<String> {
    let len = file.seek(io::SeekFrom::End(0))?;
    file.seek(io::SeekFrom::Start(len.saturating_sub(LAST)))?;
    let mut bytes = Vec::new();
    file.take(LAST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text without what is between `//` and `@`.
pub(crate) fn without_credentials(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("//") {
        out.push_str(before);
        out.push_str("//");
        // A password may contain slashes.
        let end = after
            .find(|letter: char| letter.is_whitespace() || "'\"".contains(letter))
            .unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(at) => &after[at + 1..],
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn shell(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    fn all(out: &mut ChildStdout) -> io::Result<String> {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    #[cfg(unix)]
    fn a_program_gives_its_output_and_its_errors() {
        let limits = RunLimits { until: None, stop: &NEVER };
        let ran =
            run(shell("cat; echo wrong >&2; exit 7"), b"some\n", limits, all).expect("there is a shell");
        assert_eq!((ran.output.expect("it is text"), ran.said), ("some\n".to_owned(), "wrong\n".to_owned()));
        assert!(matches!(ran.ending, ProgramEnd::Exited(status) if status.code() == Some(7)));
    }

    #[test]
    #[cfg(unix)]
    fn one_that_takes_too_long_ends_with_what_it_started() {
        let limits = RunLimits { until: Some(Instant::now() + Duration::from_millis(100)), stop: &NEVER };
        let start = Instant::now();
        let ran = run(shell("sleep 60 & sleep 60"), b"", limits, all).expect("there is a shell");
        assert_eq!(ran.ending, ProgramEnd::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn what_git_says_has_no_credentials() {
        let table = [
            ("fatal: nothing", "fatal: nothing"),
            (
                "fatal: unable to access 'https://u:p/q@host/x/': 403",
                "fatal: unable to access 'https://host/x/': 403",
            ),
            ("a https://t@h and ssh://git@h/x", "a https://h and ssh://h/x"),
            ("https://a@b@c", "https://c"),
        ];
        for (text, wanted) in table {
            assert_eq!(without_credentials(text), wanted);
        }
    }
}
