//! Every flag of every command that scans: it does what its help says, or is refused.
//!
//! The flags come from the definition of the command line, so that a new one fails here until it is named.

use crate::harness::{Outcome, Repo, fake, github_token};
use crate::image::{Entry, Made, gzip, tar};
use crate::unopened::zip;
use clap::Command;
use keydredge::cli::Cli;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;

/// A run with a flag beside one without it.
struct Trial {
    flag: &'static str,
    /// Arguments of both runs.
    both: &'static [&'static str],
    /// The flag. `@` is the folder of files beside the repository.
    with: &'static [&'static str],
}

const fn trial(flag: &'static str, both: &'static [&'static str], with: &'static [&'static str]) -> Trial {
    Trial { flag, both, with }
}

/// The outcome differs with the flag.
const TRIALS: &[Trial] = &[
    trial("format", &[], &["-f", "json"]),
    trial("output", &[], &["-o", "@out"]),
    trial("report", &[], &["--report", "json=@report"]),
    trial("show-secrets", &[], &["--show-secrets"]),
    trial("color", &[], &["--color", "always"]),
    trial("quiet", &["--only", "stripe-secret-key"], &["-q"]),
    trial("verbose", &[], &["-v"]),
    trial("audit-log", &[], &["--audit-log", "@log"]),
    trial("config", &[], &["-c", "@certain.toml"]),
    trial("rules", &[], &["--rules", "@rules.toml"]),
    trial("only", &[], &["--only", "our-word"]),
    trial("skip", &[], &["--skip", "generic-password"]),
    trial("known", &[], &["--known", "@known"]),
    trial("vaulted", &[], &["--vaulted", "@known"]),
    trial("min-confidence", &[], &["--min-confidence", "certain"]),
    trial("fail-on", &["--only", "generic-password"], &["--fail-on", "critical"]),
    trial("exit-zero", &[], &["--exit-zero"]),
    trial(
        "allow-incomplete",
        &["--max-time-per-file", "1ns", "--only", "stripe-secret-key"],
        &["--allow-incomplete"],
    ),
    trial("fail-in-tests", &[], &["--fail-in-tests"]),
    trial("strict", &["--only", "stripe-secret-key"], &["--strict"]),
    trial("baseline", &[], &["--baseline", "@baseline.txt"]),
    trial("no-ignore", &[], &["--no-ignore"]),
    trial("max-file-size", &[], &["--max-file-size", "30"]),
    trial("no-archives", &[], &["--no-archives"]),
    trial("max-archive-depth", &[], &["--max-archive-depth", "1"]),
    trial("max-time-per-file", &[], &["--max-time-per-file", "1ns"]),
    trial("verify", &[], &["--verify=plan"]),
];

/// Flags that change no output here, and what holds them.
const UNSEEN: &[(&str, &str)] = &[
    ("progress", "drawn on terminals alone"),
    ("threads", "the same bytes with any number"),
    ("max-memory", "the same bytes with any"),
    ("allow-empty", "gate and scope"),
    ("no-cache", "cache"),
    ("cache", "cache"),
    ("only-live", "verify"),
    ("verify-risky", "verify"),
    ("allow-host", "verify"),
    ("key-owner", "verify_logins"),
    ("allow-private-hosts", "verify"),
    ("ca-file", "verify"),
    ("verify-timeout", "verify"),
    ("verify-requests", "verify"),
    ("connect-to", "verify"),
];

/// Commands, and the flags that each has alone, which its own tests hold.
const COMMANDS: &[(&[&str], &[&str], &[&str])] = &[
    (&["scan"], &[], &["agents"]),
    (&["staged"], &[], &[]),
    (&["diff"], &["main"], &["policy-from", "net"]),
    (&["history"], &["--no-cache"], &["refs", "since", "reachable-only"]),
    (&["image"], &["@image.tar"], &["base"]),
    (&["ci"], &[], &["fetch", "policy-from", "net"]),
    (&["hook", "run"], &[], &["stage"]),
    (&["baseline", "write"], &[], &["scope"]),
    (&["baseline", "check"], &[], &["scope"]),
    (&["baseline", "prune"], &[], &["scope"]),
    (&["baseline", "import"], &["@other.json"], &["scope", "from", "partial", "in"]),
    (&["inventory"], &[], &[]),
    (&["plan"], &["--to", "vault"], &["to", "store", "patches", "history-rewrite", "json"]),
];

/// How findings are shown.
const SHOWN: &[&str] = &["show-secrets", "color"];

/// Flags that change nothing of what one command prints for this repository although they are in force, and why.
const WITHOUT_TRACE: &[(&[&str], &[&str], &str)] = &[
    (&["baseline", "write"], SHOWN, "all scanning commands take them, and it shows no finding"),
    (&["baseline", "check"], SHOWN, "likewise"),
    (&["baseline", "prune"], SHOWN, "likewise"),
    (&["baseline", "import"], SHOWN, "likewise"),
    (
        &["history"],
        &["no-ignore", "max-file-size"],
        "all scanning commands take them, and a history is read whole",
    ),
    (
        &["baseline", "import"],
        &["known", "no-archives"],
        "it accepts what the other tool found, in no archive here",
    ),
    (&["baseline", "prune"], &["skip"], "the entries of a rule that is not in force stay"),
    (&["baseline", "prune"], &["known", "min-confidence"], "no entry here is of such a finding"),
];

/// A repository with something for every flag: committed on a branch, staged, and in the work tree.
fn site() -> Repo {
    let repo = Repo::new();
    repo.write("keydredge.toml", "exclude = [\"left/\"]\n")
        .write(".gitignore", "ignored\n")
        .write("a", "x\n");
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    fill(&repo, "one", 1);
    repo.commit("two");
    fill(&repo, "two", 50);
    repo.stage();
    repo.write("ignored", token(100));
    // What a push is compared with.
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let home = repo.home();
    let beside = |name: &str, text: &[u8]| fs::write(home.join(name), text).expect("it can be written");
    beside("certain.toml", b"min-confidence = \"certain\"\nskip = [\"github-pat-classic\"]\n");
    beside("keydredge.toml", b"exclude = [\"left/\"]\n");
    beside(
        "rules.toml",
        b"[[rules]]\nid = \"our-word\"\ndescription = \"A word of ours\"\nregex = '''ourword[0-9]{3}'''\nkeywords = [\"ourword\"]\n\
          examples = [\"ourword{digit:3}\"]\n",
    );
    let export = json!({ "data": { "data": { "word": "ourword123 and more of it" } } }).to_string();
    let index = home.join("known");
    let index = index.to_str().expect("a temporary path is UTF-8");
    repo.run_with(".", &["known", "add", "--from", "-", "-o", index], &[], export.as_bytes()).exits(0);
    let mut entries = contents(1);
    entries.extend(contents(50).into_iter().map(|(name, bytes)| (format!("two/{name}"), bytes)));
    let entries: Vec<(&str, Entry<'_>)> =
        entries.iter().map(|(name, bytes)| (&name[..], Entry::Bytes(bytes))).collect();
    beside("image.tar", &Made::of(&[("COPY", tar(&entries))]).docker("app:1"));
    // What one kind of finding makes, accepted.
    let other = home.join("baseline.txt");
    let other = other.to_str().expect("a temporary path is UTF-8");
    repo.run(&["baseline", "write", "--baseline", other, "--only", "github-pat-classic"]).exits(0);
    fs::copy(other, home.join("accepted")).expect("it was written");
    beside("other.json", &gitleaks_report(&repo));
    repo
}

fn token(seed: u64) -> String {
    format!("TOKEN={}\n", github_token(seed))
}

fn gitleaks_report(repo: &Repo) -> Vec<u8> {
    let report = repo.home().join("gitleaks.json");
    let report = report.to_str().expect("a temporary path is UTF-8");
    repo.run(&["as", "gitleaks", "dir", ".", "-f", "json", "-r", report, "--exit-code", "0"]).exits(0);
    fs::read(report).expect("it was written")
}

/// Files with something for each flag.
fn contents(seed: u64) -> Vec<(String, Vec<u8>)> {
    let inner = zip(&token(seed + 1));
    // A member of a stored archive that is an archive.
    let nested = tar(&[("in.zip", Entry::Bytes(&inner))]);
    let closed = b"\x04\x22\x4d\x18\x64\x40\xa7\x0a\0\0\x80nothing\0\0\0\0\0\0\0\0".to_vec();
    let password = |seed| fake("{alnum:24}", seed);
    [
        ("app.env", token(seed).into_bytes()),
        ("db.env", format!("DB_PASSWORD={}\n", password(seed + 2)).into_bytes()),
        ("tests/test_a.py", format!("password = \"{}\"\n", password(seed + 3)).into_bytes()),
        ("in.tar", nested),
        ("packed.gz", gzip(token(seed + 5).as_bytes())),
        ("closed.lz4", [closed, seed.to_string().into_bytes()].concat()),
        ("left/a.env", token(seed + 4).into_bytes()),
        ("words.txt", format!("{seed}: ourword123 and more of it\n").into_bytes()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into()
}

fn fill(repo: &Repo, folder: &str, seed: u64) {
    for (name, bytes) in contents(seed) {
        repo.write(&format!("{folder}/{name}"), bytes);
    }
}

fn command_at<'a>(program: &'a Command, path: &[&str]) -> &'a Command {
    path.iter().fold(program, |command, name| command.find_subcommand(name).expect("it is a command"))
}

/// Long names of flags; of those that are shown, or all.
fn flags(command: &Command, is_shown: bool) -> BTreeSet<String> {
    let flags = command.get_arguments().filter(|flag| !(is_shown && flag.is_hide_set()));
    let names = flags.filter_map(|flag| flag.get_long()).map(str::to_owned);
    names.filter(|name| !["help", "version"].contains(&&name[..])).collect()
}

/// What a run did: exit code, both outputs without times, and the files beside the repository.
fn traces(repo: &Repo, words: &[&str]) -> (i32, String, String, Vec<String>) {
    let home = repo.home();
    for name in ["out", "report", "log"] {
        let _it_may_not_be_there = fs::remove_file(home.join(name));
    }
    for name in ["keydredge-baseline.txt", "keydredge-ignore.toml"] {
        let _it_may_not_be_there = fs::remove_file(repo.path().join(name));
    }
    fs::copy(home.join("accepted"), home.join("baseline.txt")).expect("it was written");
    let at = format!("{}/", home.display());
    let words: Vec<String> = words
        .iter()
        .map(|word| match word.split_once('@') {
            Some((before, name)) => format!("{before}{at}{name}"),
            None => (*word).to_owned(),
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Outcome { code, stdout, stderr } = repo.run(&words);
    let made = ["out", "report", "log"].into_iter().filter(|name| home.join(name).exists());
    let mut made: Vec<String> = made.map(str::to_owned).collect();
    made.push(fs::read_to_string(home.join("baseline.txt")).expect("it was written"));
    (code, without_times(&stdout), without_times(&stderr), made)
}

/// A text without the numbers that have a decimal point.
fn without_times(text: &str) -> String {
    let words = text.split([' ', ',', '\n']).filter(|word| {
        word.trim_matches(|one: char| !one.is_ascii_digit()).parse::<f64>().is_err() || !word.contains('.')
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_flag_of_a_command_that_scans_has_an_effect_or_is_refused() {
    let program = Cli::definition();
    let bare = <Cli as clap::CommandFactory>::command();
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (path, arguments, own) in COMMANDS {
            let (program, bare, failed) = (&program, &bare, &failed);
            scope.spawn(move || {
                let shown = flags(command_at(program, path), true);
                for flag in &shown {
                    let names = TRIALS.iter().map(|one| one.flag).chain(UNSEEN.iter().map(|one| one.0));
                    let is_known = names.chain(own.iter().copied()).any(|name| name == flag);
                    assert!(is_known, "name --{flag} of {path:?} here, and hold that it has an effect");
                }
                let repo = site();
                let all = flags(command_at(bare, path), false);
                for one in TRIALS.iter().filter(|one| all.contains(one.flag)) {
                    let is_own = own.contains(&one.flag);
                    let takes_baseline = path[0] == "baseline" && one.flag != "baseline";
                    let prepared: &[&str] = if takes_baseline {
                        &["--baseline", "@baseline.txt", "--scope", "worktree"]
                    } else {
                        &[]
                    };
                    let without = [path, arguments, prepared, one.both].concat();
                    let with = [&without[..], one.with].concat();
                    let outcome = traces(&repo, &with);
                    if !shown.contains(one.flag) {
                        let says = format!("--{} has no effect in `keydredge {}`", one.flag, path.join(" "));
                        let is_said =
                            outcome.2.contains(&says) || outcome.2.contains("this command does not say");
                        assert!(outcome.0 == 2 && is_said, "{with:?}: {outcome:?}");
                        continue;
                    }
                    let has_trace = !WITHOUT_TRACE
                        .iter()
                        .any(|(command, flags, _)| command == path && flags.contains(&one.flag));
                    if !is_own && has_trace {
                        let before = traces(&repo, &without);
                        if outcome == before {
                            failed.lock().expect("no one panics").push(format!("{with:?}: {before:?}"));
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no one panics");
    assert!(failed.is_empty(), "these flags change nothing: {failed:#?}");
}

#[test]
fn a_check_of_a_baseline_may_be_quiet_and_may_pass() {
    let repo = Repo::new();
    repo.write("a", token(1));
    repo.run(&["baseline", "write", "-q"]).exits(0);
    assert_eq!(repo.run(&["baseline", "check", "-q"]).exits(0).stdout, "");
    repo.write("b", token(2));
    assert!(repo.run(&["baseline", "check", "-q"]).exits(1).stdout.contains(" is new: "));
    repo.run(&["baseline", "check", "--exit-zero"]).exits(0);
    let refused = repo.run(&["baseline", "write", "-f", "json", "-o", "out"]).exits(2);
    assert!(refused.says("--format has no effect in `keydredge baseline write`: it writes no report"));
}

#[test]
fn no_entry_of_a_baseline_goes_for_what_was_not_read_whatever_else_is_found() {
    let repo = Repo::new();
    repo.write("a", token(1));
    repo.commit("one");
    // Found although nothing of it was read in time: its name.
    repo.write("b", token(2)).write(&github_token(3), "x\n");
    let written = || fs::read_to_string(repo.path().join("keydredge-baseline.txt")).unwrap_or_default();
    repo.run(&["baseline", "write"]).exits(0);
    let before = written();
    for command in ["write", "prune", "check"] {
        let outcome = repo.run(&["baseline", command, "--max-time-per-file", "1ns"]).exits(3);
        assert!(outcome.says("nothing was changed"), "{outcome:?}");
        assert_eq!(written(), before);
    }
    repo.run(&["baseline", "check"]).exits(0);
}
