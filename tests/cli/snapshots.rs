//! What people see, kept beside this file: every help text, one report of each shape, and errors. A change of any of them
//! is reviewed as such: `INSTA_UPDATE=always cargo test --test cli snapshots`, then `git diff`.

use crate::harness::{Outcome, Repo, formats, github_token};
use keydredge::cli::Cli;

/// The command line of each command and subcommand, the program itself first.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, line: &[String], all: &mut Vec<Vec<String>>) {
        all.push(line.to_vec());
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let line = [line, &[sub.get_name().to_owned()]].concat();
            below(sub, &line, all);
        }
    }
    let mut all = Vec::new();
    below(&Cli::definition(), &[], &mut all);
    all
}

/// A run's text without what differs from run to run and from system to system.
fn steady(text: &str) -> String {
    let times = regex::Regex::new(r#"in \d+\.\d\d s|"seconds": ?[0-9.e-]+| time="[0-9.]+"|_time": "[^"]*""#)
        .expect("it is sound");
    let text = times.replace_all(text, |found: &regex::Captures<'_>| {
        let steady = match &found[0][..3] {
            "in " => "in N s",
            "\"se" => "\"seconds\": 0",
            "_ti" => "_time\": \"TIME\"",
            _ => " time=\"N\"",
        };
        steady.to_owned()
    });
    // The page's style and script are files of their own.
    let inlined = regex::Regex::new(r"(?s)<style>.*?</style>|<script>.*?</script>|'sha256-[^']*'")
        .expect("it is sound");
    let text = inlined.replace_all(&text, "…");
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION").replace("keydredge.exe", "keydredge")
}

fn shown(outcome: &Outcome) -> String {
    format!("exit code {}\n{}{}", outcome.code, steady(&outcome.stdout), steady(&outcome.stderr))
}

#[test]
fn help_is_as_it_was() {
    let repo = Repo::plain();
    let mut all = String::new();
    for mut line in commands() {
        all.push_str(&format!("$ keydredge {}\n", [&*line, &["--help".to_owned()]].concat().join(" ")));
        line.push("--help".to_owned());
        let arguments: Vec<&str> = line.iter().map(String::as_str).collect();
        let outcome = repo.run_with(".", &arguments, &[("COLUMNS", "100")], b"").exits(0);
        all.push_str(&steady(&outcome.stdout));
        all.push('\n');
    }
    insta::assert_snapshot!("help", all);
}

/// A repository in which a token came and went and a password is in a test.
fn leaky() -> Repo {
    let repo = Repo::new();
    repo.write("app/config.env", format!("# the app\nGITHUB_TOKEN={}\n", github_token(77)));
    repo.commit("add the configuration");
    repo.write("app/config.env", "# the app\n");
    repo.write("tests/login.py", "def test_login():\n    login(user=\"ada\", password=\"Xk2vT9qLmz4R\")\n");
    repo.commit("take the token out");
    repo
}

#[test]
fn reports_are_as_they_were() {
    let repo = leaky();
    repo.write("new.env", format!("TOKEN={}\n", github_token(78)));
    repo.stage();
    let mut all = String::new();
    for command in ["scan", "staged", "history"] {
        for format in formats() {
            all.push_str(&format!("$ keydredge {command} --format {format}\n"));
            all.push_str(&shown(&repo.run(&[command, "--format", format]).exits(1)));
            all.push('\n');
        }
    }
    insta::assert_snapshot!("reports", all);
}

#[test]
fn errors_are_as_they_were() {
    let repo = leaky();
    repo.write("wrong.toml", "min-confidnce = \"high\"\n");
    repo.write("rules.toml", "[[rules]]\nid = 'own'\ndescription = 'own'\nregex = 'own_[0-9]{9'\n");
    repo.write("garbled.txt", "no baseline\n");
    let mut all = String::new();
    for line in [
        "scam",
        "scan --formt json",
        "scan --format yaml",
        "scan missing",
        "scan --config wrong.toml",
        "scan --rules rules.toml",
        "scan --baseline garbled.txt",
        "scan --only github-token-clasic",
        "diff nowhere..HEAD",
        "history missing",
        "rules show github-tokn",
        "ignore add",
        "hook run --stage post-commit",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        all.push_str(&format!("$ keydredge {line}\n"));
        all.push_str(&shown(&repo.run_with(".", &arguments, &[("COLUMNS", "100")], b"").exits(2)));
        all.push('\n');
    }
    insta::assert_snapshot!("errors", all);
}
