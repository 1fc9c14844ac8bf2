//! What the tests of the whole program need: a repository in a temporary folder, git without any configuration and
//! with a fixed clock, the program with its output and exit code, and secrets that are made when the test runs.

use serde_json::Value;
use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A GitHub token whose checksum holds; another one for each seed.
pub(crate) fn github_token(seed: u64) -> String {
    fake("ghp_{base62:30}{crc32-base62:6}", seed)
}

/// The text of a template of the catalogue's examples for this seed.
pub(crate) fn fake(template: &str, seed: u64) -> String {
    keydredge::rules::template::fill(template, seed).expect("the template is well formed")
}

/// The names of all formats of reports.
pub(crate) fn formats() -> impl Iterator<Item = &'static str> {
    keydredge::report::Format::ALL.into_iter().map(keydredge::report::Format::name)
}

/// The result of a run of the program.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Outcome {
    /// The same, once the exit code is `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }

    /// The findings of a JSON document.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<Value> {
        self.json()["findings"].as_array().expect("a document has findings").clone()
    }

    /// Rule and paths of each finding, for short assertions.
    #[track_caller]
    pub(crate) fn found(&self) -> Vec<(String, Vec<String>)> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let each = self.findings();
        let paths = |finding: &Value| {
            let occurrences = finding["occurrences"].as_array().expect("a finding has occurrences");
            occurrences.iter().map(|one| text(&one["path"])).collect()
        };
        each.iter().map(|finding| (text(&finding["rule"]), paths(finding))).collect()
    }

    /// True if either output contains `text`.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }
}

/// How long a run may take here: many run at once and nothing is optimised. A run that blocks does so for ever.
const PATIENCE: Duration = Duration::from_secs(40);

/// Runs the program, which must end within [`PATIENCE`].
#[track_caller]
pub(crate) fn ends(repo: &Repo, folder: &Path, arguments: &[&str], what: &str) -> Outcome {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(folder).env("HOME", repo.home());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.env_remove("CI").env_remove("PRE_COMMIT");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program can be run");
    let start = Instant::now();
    while child.try_wait().expect("it can be waited for").is_none() {
        if start.elapsed() > PATIENCE {
            let _it_may_have_ended = child.kill();
            panic!("{arguments:?} did not end: {what}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("it has ended");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
    let code = output.status.code().unwrap_or_else(|| panic!("{arguments:?} died: {what}"));
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A folder, mostly a repository.
pub(crate) struct Repo {
    folder: tempfile::TempDir,
    /// The user's own folder, which contains the key of caches.
    home: tempfile::TempDir,
    clock: Cell<u64>,
}

impl Repo {
    /// A repository without a commit, on the branch `main`.
    pub(crate) fn new() -> Self {
        let repo = Self::plain();
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    /// A folder that is no repository.
    pub(crate) fn plain() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        Self { folder, home, clock: Cell::new(1_700_000_000) }
    }

    /// The folder.
    pub(crate) fn path(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).expect("the folder is there")
    }

    /// The folder of the user who runs the program, outside the repository.
    pub(crate) fn home(&self) -> PathBuf {
        fs::canonicalize(self.home.path()).expect("the folder is there")
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
        fs::write(path, content).expect("a file can be written");
        self
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path().join(path)).expect("the file is there");
        self
    }

    /// Runs git here; its standard output, trimmed.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(".", arguments)
    }

    /// Runs git in a folder below.
    #[track_caller]
    pub(crate) fn git_in(&self, folder: &str, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.try_git(folder, arguments);
        assert_eq!(code, 0, "git {arguments:?}: {stdout}{stderr}");
        stdout
    }

    /// Runs git, which may fail: exit code, standard output and standard error, trimmed.
    pub(crate) fn try_git(&self, folder: &str, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path().join(folder));
        self.hermetic(&mut command);
        let output = command.output().expect("git can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// Runs git with variables that override those of the tests.
    #[track_caller]
    pub(crate) fn git_with(&self, variables: &[(&str, &str)], arguments: &[&str]) {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path());
        self.hermetic(&mut command);
        let output = command.envs(variables.iter().copied()).output().expect("git can be run");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Stages all that is there.
    pub(crate) fn stage(&self) -> &Self {
        self.git(&["add", "-A"]);
        self
    }

    /// Stages all and commits it; the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.stage();
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A commit on `main`, then a branch `topic`, checked out, with one more.
    pub(crate) fn forked() -> Self {
        let repo = Self::new();
        repo.write("a", "x");
        repo.commit("one");
        repo.git(&["checkout", "-q", "-b", "topic"]);
        repo.write("b", "y");
        repo.commit("two");
        repo
    }

    /// Runs the program here.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(".", arguments, &[], b"")
    }

    /// Runs the program with JSON on standard output.
    pub(crate) fn run_json(&self, arguments: &[&str]) -> Outcome {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        self.run(&all)
    }

    /// Runs the program in a folder below, with variables and standard input.
    pub(crate) fn run_with(
        &self,
        folder: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
        input: &[u8],
    ) -> Outcome {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.path().join(folder));
        self.hermetic(&mut command);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be run");
        let mut stdin = child.stdin.take().expect("it has a standard input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("it ends");
        let _broken_pipe_is_fine = writer.join().expect("the writer does not panic");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Starts the program here and does not wait for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.start_with(arguments, Stdio::null())
    }

    /// The same with a standard input.
    pub(crate) fn start_with(&self, arguments: &[&str], stdin: Stdio) -> Child {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.path());
        self.hermetic(&mut command);
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().expect("the program can be run")
    }

    /// Another program, to be run here as git is run here.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        self.hermetic(&mut command);
        command
    }

    /// No configuration, a fixed author, and a clock that advances a minute a call.
    fn hermetic(&self, command: &mut Command) {
        self.clock.set(self.clock.get() + 60);
        let time = format!("{} +0100", self.clock.get());
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "CI", "PRE_COMMIT", "NO_COLOR"] {
            command.env_remove(name);
        }
        // Those of the CI that runs the tests.
        for (name, _) in std::env::vars_os() {
            let is_of_ci = |start: &str| name.to_string_lossy().starts_with(start);
            if ["GITHUB_", "GITLAB_", "CI_", "RUNNER_", "BUILD_", "JENKINS_"].into_iter().any(is_of_ci) {
                command.env_remove(&name);
            }
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![Path::new(program()).parent().expect("a program has a folder").to_owned()];
        folders.extend(std::env::split_paths(&path));
        command
            .env("PATH", std::env::join_paths(folders).expect("no folder has a colon in its name"))
            .env("HOME", self.path())
            .env("XDG_STATE_HOME", self.home())
            .env("XDG_CACHE_HOME", self.home().join("cache"))
            .env("XDG_CONFIG_HOME", self.path().join(".none"))
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", &time)
            .env("GIT_COMMITTER_DATE", &time);
    }
}

/// A repository with a submodule staged at `sub`, and the repository that it comes from.
pub(crate) fn with_submodule() -> (Repo, Repo) {
    let (repo, inner) = (Repo::new(), Repo::new());
    inner.write("a", "x");
    inner.commit("one");
    let path = inner.path();
    let path = path.to_str().expect("a temporary path is UTF-8");
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", path, "sub"]);
    (repo, inner)
}

/// The program under test.
pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_keydredge")
}
