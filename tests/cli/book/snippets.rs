//! Blocks of shell in the pages, run as a reader would: in order, in a repository that was made for the page.
//!
//! A comment on the line before a block says what is special about it:
//!
//! - `<!-- not run: REASON -->`: it needs what is not here;
//! - `<!-- exits 1 0 -->`: the exit codes of the `keydredge` commands in it, in order; without it all are 0.
//!
//! In a block of `console` a line with `$ ` is a command, `> ` continues it, and the lines below are what it prints: `…` is
//! any text, and a line of its own with `…` any lines.

use super::{pages, text_of};
use crate::harness::{Repo, fake, github_token, program};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A block of shell in a page.
#[derive(Debug)]
struct Snippet {
    /// `README.md:97`.
    place: String,
    language: String,
    /// Why it is not run.
    not_run: Option<String>,
    /// The exit codes of the program; if nothing is said of them, all are 0.
    exits: Option<Vec<i32>>,
    text: String,
}

/// What is between a command's output and the next one's.
const MARK: &str = "\u{1}next";

#[test]
fn what_the_pages_show_runs_and_does_what_they_say() {
    let pages: Vec<PathBuf> = std::iter::once(PathBuf::from("README.md")).chain(pages()).collect();
    let (left, wrong) = (Mutex::new(pages), Mutex::new(Vec::new()));
    let number = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(page) = { left.lock().expect("no thread panics").pop() } {
                    let (count, faults) = try_page(&page);
                    *number.lock().expect("no thread panics") += count;
                    wrong.lock().expect("no thread panics").extend(faults);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let number = number.into_inner().expect("no thread panics");
    assert!(number > 20, "snippets are found and run: {number}");
}

/// Runs the blocks of a page: how many there were, and what is wrong.
fn try_page(page: &Path) -> (usize, Vec<String>) {
    let snippets = snippets(page);
    let runnable: Vec<&Snippet> = snippets.iter().filter(|snippet| snippet.not_run.is_none()).collect();
    if runnable.is_empty() {
        return (0, Vec::new());
    }
    let (repo, tools) = (reader_s_repository(), tempfile::tempdir().expect("a temporary folder can be made"));
    write_tools(tools.path(), &repo);
    let faults = runnable.iter().filter_map(|snippet| {
        let fault = snippet.run(&repo, tools.path())?;
        Some(format!("{}: {fault}\nof\n{}", snippet.place, snippet.text))
    });
    (runnable.len(), faults.collect())
}

/// The blocks of `sh` and `console`.
fn snippets(page: &Path) -> Vec<Snippet> {
    let mut all: Vec<Snippet> = Vec::new();
    let (mut is_open, mut mark) = (false, String::new());
    for (number, line) in text_of(page).lines().enumerate() {
        let place = format!("{}:{}", page.display(), number + 1);
        match (line.trim_start().strip_prefix("```"), is_open) {
            (Some(language), false) => {
                is_open = true;
                // The README's two commands are run by .ci/run itself.
                let is_gate_s = ["<!-- main -->", "<!-- tests -->"].contains(&mark.as_str());
                let said = |name: &str| mark.strip_prefix("<!-- ")?.strip_suffix(" -->")?.strip_prefix(name);
                let codes =
                    |text: &str| text.split_whitespace().map(|code| code.parse().expect("a code")).collect();
                let exits = said("exits ").map(codes);
                let not_run =
                    said("not run: ").map(str::to_owned).or(is_gate_s.then(|| "see .ci/run".to_owned()));
                all.push(Snippet {
                    place,
                    language: language.to_owned(),
                    not_run,
                    exits,
                    text: String::new(),
                });
            }
            (Some(_), true) => is_open = false,
            (None, true) => {
                let text = &mut all.last_mut().expect("a block is open").text;
                text.push_str(line);
                text.push('\n');
            }
            (None, false) => {}
        }
        mark = line.trim().to_owned();
    }
    let is_named = |snippet: &Snippet| !snippet.language.is_empty();
    let unnamed: Vec<&str> = all.iter().filter(|one| !is_named(one)).map(|one| &*one.place).collect();
    assert!(unnamed.is_empty(), "say the language of these blocks (sh, console, text, toml …): {unnamed:?}");
    all.retain(|snippet| matches!(snippet.language.as_str(), "sh" | "console"));
    all
}

impl Snippet {
    /// Runs it and says what is wrong.
    fn run(&self, repo: &Repo, tools: &Path) -> Option<String> {
        let steps = self.steps();
        let mut script = "exec 2>&1 </dev/null\nset -o pipefail\nkeep() { return $code; }\n".to_owned();
        script.push_str("trap 'echo \"$BASH_COMMAND\" >> \"$FAILED\"' ERR\n");
        for step in &steps {
            script.push_str(&step.command);
            // The next command may ask for the exit code.
            script.push_str(&format!("\ncode=$?; echo '{MARK}'; keep\n"));
        }
        let (codes, failed) = (tools.join("codes"), tools.join("failed"));
        for log in [&codes, &failed] {
            fs::write(log, "").expect("a file can be written");
        }
        let mut command = repo.command("bash");
        let old = command
            .get_envs()
            .find(|(name, _)| *name == "PATH")
            .and_then(|(_, path)| path.map(ToOwned::to_owned));
        let path = format!("{}:{}", tools.display(), old.unwrap_or_default().to_string_lossy());
        command.arg("-c").arg(script);
        command.env("PATH", path).env("CODES", &codes).env("FAILED", &failed);
        // A file, since git replaces what it writes to: root's `git config --global` would replace /dev/null, too.
        let (home, settings) = (repo.home(), repo.home().join("gitconfig"));
        command
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("GIT_CONFIG_GLOBAL", settings);
        let output = command.output().expect("bash can be run");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let read = |path: &Path| fs::read_to_string(path).expect("the log is there");
        let exits: Vec<i32> = read(&codes).lines().map(|code| code.parse().expect("a code")).collect();
        let expected = self.exits.clone().unwrap_or_else(|| vec![0; exits.len()]);
        if exits != expected {
            return Some(format!(
                "exits {exits:?}, and not {expected:?}; say `<!-- exits … -->` before it, if that is right. It prints\n{printed}"
            ));
        }
        // Its exit code is shown.
        let is_shown = |line: &str| {
            let mut pairs = steps.iter().zip(steps.iter().skip(1));
            pairs.any(|(one, next)| one.command == line && next.command == "echo $?")
        };
        let is_fine =
            |line: &str| line.contains("keydredge") || line.contains("return $code") || is_shown(line);
        if let Some(other) = read(&failed).lines().find(|line| !is_fine(line)) {
            return Some(format!("`{other}` fails. It prints\n{printed}"));
        }
        if exits.is_empty() && self.text.contains("keydredge ") {
            return Some(format!("keydredge was not run. It prints\n{printed}"));
        }
        let mark = format!("{MARK}\n");
        let mut each = printed.split(&mark);
        steps.iter().find_map(|step| {
            let printed = each.next().unwrap_or_default();
            let is_so = step.prints.as_ref().is_none_or(|expected| is_like(expected, printed));
            (!is_so).then(|| format!("`{}` prints\n{printed}", step.command))
        })
    }

    fn steps(&self) -> Vec<Step> {
        if self.language == "sh" {
            return vec![Step { command: self.text.clone(), prints: None }];
        }
        let mut steps: Vec<Step> = Vec::new();
        for line in self.text.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step { command: command.to_owned(), prints: Some(String::new()) });
                continue;
            }
            let last = steps
                .last_mut()
                .unwrap_or_else(|| panic!("{}: a block of console begins with `$ `", self.place));
            match (line.strip_prefix("> "), &mut last.prints) {
                (Some(more), Some(prints)) if prints.is_empty() => {
                    last.command.push('\n');
                    last.command.push_str(more);
                }
                (_, prints) => {
                    let prints = prints.get_or_insert_default();
                    prints.push_str(line);
                    prints.push('\n');
                }
            }
        }
        steps
    }
}

/// A command, and what it prints if the page says so.
struct Step {
    command: String,
    prints: Option<String>,
}

/// Whether `printed` is what a page shows.
fn is_like(expected: &str, printed: &str) -> bool {
    let pattern: Vec<String> = expected
        .lines()
        .map(|line| match line.trim() {
            "…" => "(?:.*\n)*?".to_owned(),
            _ => {
                format!("{}\n", line.trim_end().split('…').map(regex::escape).collect::<Vec<_>>().join(".*?"))
            }
        })
        .collect();
    let printed: String = printed.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    regex::Regex::new(&format!("^{}$", pattern.concat()))
        .expect("an escaped text is a pattern")
        .is_match(&printed)
}

/// What the manager of secrets has, and a file too.
fn known_password() -> String {
    fake("{base62:24}", 7)
}

/// The repository in which a page is read: a token that came and went, one that is there, a password in a test, and what
/// the pages name.
fn reader_s_repository() -> Repo {
    let repo = Repo::new();
    let origin = repo.home().join("origin.git");
    repo.write("README.md", "# The app\n").write(".gitignore", "*.log\n");
    repo.write("app/config.env", format!("# the app\nGITHUB_TOKEN={}\n", github_token(77)));
    repo.commit("add the configuration");
    repo.git(&["tag", "v1.0"]);
    repo.write("app/config.env", "# the app\n");
    repo.write("tests/login.py", "def test_login():\n    login(user=\"ada\", password=\"Xk2vT9qLmz4R\")\n");
    repo.commit("take the token out");
    repo.git(&["branch", "release/1.0"]);
    repo.git(&["init", "-q", "--bare", "-b", "main", &origin.to_string_lossy()]);
    repo.git(&["remote", "add", "origin", &origin.to_string_lossy()]);
    repo.git(&["push", "-q", "origin", "main", "v1.0"]);
    repo.git(&["fetch", "-q", "origin"]);
    repo.git(&["remote", "set-head", "origin", "main"]);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write(
        "deploy.sh",
        format!(
            "#!/bin/sh\nexport SLACK_BOT_TOKEN={}\n",
            fake("xoxb-{digits:12}-{digits:12}-{base62:24}", 5)
        ),
    );
    repo.write("notes.txt", format!("the database opens with {}\n", known_password()));
    repo.commit("deploy by a script");
    for log in ["build.log", "test.log"] {
        repo.write(log, format!("start\nusing {}\nend\n", github_token(78)));
    }
    repo
}

/// Programs that pages name, and a `keydredge` that notes its exit codes.
fn write_tools(folder: &Path, repo: &Repo) {
    let token = github_token(79);
    let vault = format!(
        r#"echo '{{"request_id":"1","data":{{"data":{{"password":"{}"}},"metadata":{{"version":1}}}}}}'"#,
        known_password()
    );
    // Not of what it runs itself, as `hook status` does.
    let noting = format!(
        "[ -n \"$BELOW\" ] && exec '{program}' \"$@\"\nBELOW=1 '{program}' \"$@\"; code=$?; echo $code >> \"$CODES\"; exit $code",
        program = program()
    );
    let tools = [
        ("keydredge", noting),
        ("app", format!("echo starting; echo 'using {token}' >&2")),
        ("kubectl", format!("echo 'api: using {token}'")),
        ("vault", vault),
        ("less", "cat".to_owned()),
    ];
    for (name, script) in tools {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made executable");
    }
    assert!(repo.path().is_dir());
}
