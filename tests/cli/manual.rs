//! `man` and `completions`: what is installed beside the program.

use crate::harness::Repo;
use keydredge::cli::Cli;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn there_is_a_page_for_the_program_and_for_each_command() {
    fn below(command: &clap::Command, name: &str, all: &mut BTreeSet<String>) {
        all.insert(format!("{name}.1"));
        for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
            below(one, &format!("{name}-{}", one.get_name()), all);
        }
    }
    let mut expected = BTreeSet::new();
    below(&Cli::definition(), "keydredge", &mut expected);
    let repo = Repo::plain();
    let outcome = repo.run(&["man", "--out", "share/man1"]).exits(0);
    assert!(outcome.says(&format!("{} pages", expected.len())), "{}", outcome.stdout);
    let folder = repo.path().join("share/man1");
    let entries = fs::read_dir(&folder).expect("the folder was made");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("it can be read").file_name().to_string_lossy().into_owned()
    };
    let made: BTreeSet<String> = entries.map(name).collect();
    assert_eq!(made, expected);
    for name in &made {
        let page = fs::read_to_string(folder.join(name)).expect("a page is text");
        let title = name.trim_end_matches(".1").replace('-', "\\-");
        assert!(page.contains(".SH NAME") && page.contains(&title), "{name}: {page}");
        assert!(!page.contains("-help(1)"), "{name} names a page that is not there");
    }
    let own = fs::read_to_string(folder.join("keydredge.1")).expect("it is there");
    assert_eq!(own, repo.run(&["man"]).exits(0).stdout);
    for section in ["\"EXIT STATUS\"", "FILES", "ENVIRONMENT"] {
        assert!(own.contains(&format!(".SH {section}")), "{section}");
    }
    // Again: the same files.
    repo.run(&["man", "--out", "share/man1"]).exits(0);
    repo.write("file", "x");
    assert!(repo.run(&["man", "--out", "file"]).exits(2).stderr.contains("file"));
}

#[test]
fn every_shell_completes_commands_and_three_complete_values() {
    let repo = Repo::plain();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = repo.run(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("staged") && script.contains("fail-on"), "{shell}");
    }
    // The generator has no words of values for the others.
    for shell in ["bash", "zsh", "fish"] {
        let script = repo.run(&["completions", shell]).exits(0).stdout;
        for word in ["codequality", "certain", "critical", "detect-secrets", "pre-receive", "windsurf"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_what_a_person_has_begun() {
    let repo = Repo::plain();
    repo.write("script", repo.run(&["completions", "bash"]).exits(0).stdout);
    let complete = |line: &str| {
        let text = format!(
            ". ./script; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _keydredge keydredge \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let output = repo.command("bash").args(["-c", &text]).output().expect("bash can be run");
        String::from_utf8(output.stdout).expect("it prints words").trim().to_owned()
    };
    for (line, words) in [
        ("keydredge his", "history"),
        ("keydredge scan --format s", "sarif"),
        ("keydredge history --min-confidence ''", "low medium high certain"),
        ("keydredge audit run --fail-on c", "critical"),
        ("keydredge hook install --stage pre-", "pre-commit pre-merge-commit pre-push pre-receive"),
        ("keydredge config import --from b", "betterleaks"),
        ("keydredge as gitleaks git --report-format ''", "json csv junit sarif"),
        ("keydredge man --o", "--out"),
    ] {
        assert_eq!(complete(line), words, "{line}");
    }
}
