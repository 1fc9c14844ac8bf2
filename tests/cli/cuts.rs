//! What ends a scan early: a signal, a time limit, rules that take too much work. The result is never clean.

use crate::harness::{Outcome, Repo, github_token};
use std::time::{Duration, Instant};

/// Text that takes the scan of a debug build many seconds.
fn slow() -> String {
    "-----BEGIN RSA PRIVATE KEY-----\nauth = \"k3\" ; password: x\n".repeat(800_000)
}

/// The counts of units that are unread, by reason.
#[track_caller]
fn unread(outcome: &Outcome) -> Vec<(String, u64)> {
    let coverage = outcome.json()["summary"]["coverage"].clone();
    let reasons = coverage["unread"].as_array().expect("a list").clone();
    let of = |reason: &serde_json::Value| {
        (reason["reason"].as_str().unwrap_or("-").to_owned(), reason["count"].as_u64().unwrap_or(0))
    };
    reasons.iter().map(of).collect()
}

#[cfg(unix)]
mod signals {
    use super::*;
    use std::process::{Child, Command, Stdio};

    /// Sends a signal once the program has begun, and waits. Returns the exit code and the output, if it ends within
    /// three seconds.
    #[track_caller]
    fn interrupt(mut child: Child, signal: &str) -> (Option<i32>, String) {
        use std::io::Read;
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(child.try_wait().expect("it is ours"), None, "it takes longer than that");
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill is there").success());
        let sent = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("it is ours") {
                break status;
            }
            if sent.elapsed() > Duration::from_secs(3) {
                child.kill().expect("it is ours");
                panic!("it goes on three seconds after {signal}");
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut text = String::new();
        child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("the report is UTF-8");
        (status.code(), text)
    }

    #[test]
    fn one_signal_ends_a_scan_within_a_large_file_and_what_was_found_is_reported() {
        let repo = Repo::new();
        repo.write("a", "x").commit("one");
        let token = github_token(5);
        repo.write("slow.txt", format!("token = {token}\n{}", slow())).stage();
        let base = repo.git(&["rev-parse", "HEAD"]);
        for (arguments, signal) in [
            (vec!["scan", "slow.txt"], "-TERM"),
            (vec!["scan", "slow.txt"], "-INT"),
            (vec!["staged"], "-TERM"),
        ] {
            let (code, text) = interrupt(repo.start(&arguments), signal);
            assert_eq!(code, Some(130), "{arguments:?}");
            assert!(text.contains("INTERRUPTED"), "{arguments:?}: {text}");
            assert!(text.contains("github-pat-classic"), "{arguments:?}: {text}");
        }
        repo.commit("two");
        for arguments in [vec!["diff", &base], vec!["history", "--no-cache"]] {
            let (code, text) = interrupt(repo.start(&arguments), "-TERM");
            assert_eq!(code, Some(130), "{arguments:?}");
            assert!(text.contains("INTERRUPTED"), "{arguments:?}: {text}");
        }
        let file = std::fs::File::open(repo.path().join("slow.txt")).expect("it is there");
        let (code, text) = interrupt(repo.start_with(&["scan", "-"], file.into()), "-TERM");
        assert_eq!(code, Some(130));
        assert!(text.contains("github-pat-classic"), "{text}");
    }

    #[test]
    fn one_signal_ends_a_run_whose_report_nobody_reads() {
        let repo = Repo::new();
        repo.write("a", "x");
        let tokens = |seed: u64| format!("token = {}\n", github_token(seed));
        // More than a pipe holds.
        repo.write("many", (0..400).map(tokens).collect::<String>());
        let made = Command::new("mkfifo").arg(repo.path().join("pipe")).status();
        assert!(made.expect("mkfifo is there").success());
        let names = || std::fs::read_dir(repo.path()).expect("it is there").count();
        let before = names();
        for (arguments, signal) in [
            (&["scan", "a", "-o", "pipe"][..], "-TERM"),
            (&["scan", "a", "-o", "pipe"][..], "-INT"),
            (&["scan", "many", "-f", "json", "--show-secrets"][..], "-TERM"),
            (&["scan", "a", "--report", "json=whole.json", "--report", "json=pipe"][..], "-TERM"),
            (&["inventory", "--allow-empty", "-o", "pipe"][..], "-TERM"),
        ] {
            let (code, _) = interrupt(repo.start(arguments), signal);
            assert_eq!(code, Some(130), "{arguments:?}");
        }
        let whole = std::fs::read_to_string(repo.path().join("whole.json")).expect("it is written");
        assert!(whole.ends_with("}\n"), "{whole}");
        assert_eq!(names(), before + 1, "nothing else is left behind");
        // Who reads slowly gets all.
        let mut child = repo.start(&["scan", "many", "-f", "json"]);
        std::thread::sleep(Duration::from_secs(1));
        let mut text = String::new();
        std::io::Read::read_to_string(child.stdout.as_mut().expect("it is piped"), &mut text)
            .expect("it is UTF-8");
        assert_eq!(child.wait().expect("it is ours").code(), Some(1));
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn one_signal_ends_a_scan_that_waits_for_input() {
        let repo = Repo::plain();
        for (signal, before) in [("-TERM", ""), ("-INT", ""), ("-TERM", "token = ")] {
            use std::io::Write;
            let mut child = repo.start_with(&["scan", "-"], Stdio::piped());
            let mut input = child.stdin.take().expect("it is piped");
            let text =
                format!("{before}{}\n", if before.is_empty() { String::new() } else { github_token(9) });
            input.write_all(text.as_bytes()).expect("it reads");
            let (code, text) = interrupt(child, signal);
            drop(input);
            assert_eq!(code, Some(130), "{signal}");
            assert!(text.contains("INTERRUPTED"), "{signal}: {text}");
        }
    }
}

#[test]
fn a_file_that_takes_longer_than_it_may_is_unread_and_what_was_found_is_reported() {
    let repo = Repo::new();
    repo.write("a", "x").commit("one");
    let base = repo.git(&["rev-parse", "HEAD"]);
    repo.write("quick.txt", "nothing\n").write("slow.txt", slow()).stage();
    let limited = ["--max-time-per-file", "200ms"];
    let with = |arguments: &[&str]| repo.run_json(&[arguments, &limited[..]].concat());
    for arguments in [&["scan", "."][..], &["staged"]] {
        let outcome = with(arguments).exits(3);
        assert_eq!(unread(&outcome), [("time limit".to_owned(), 1)], "{arguments:?}");
    }
    repo.commit("two");
    let outcome = with(&["diff", &base]).exits(3);
    assert_eq!(unread(&outcome), [("time limit".to_owned(), 1)]);
    let outcome = with(&["history", "--no-cache"]).exits(3);
    assert_eq!(unread(&outcome), [("time limit".to_owned(), 1)]);

    let token = github_token(6);
    repo.write("slow.txt", format!("token = {token}\n{}", slow()));
    let outcome = with(&["scan", "slow.txt"]).exits(1);
    assert_eq!(outcome.found().len(), 1);
    assert_eq!(unread(&outcome), [("time limit".to_owned(), 1)]);
    let input = slow();
    let arguments = ["scan", "-", "--format", "json", limited[0], limited[1]];
    let outcome = repo.run_with(".", &arguments, &[], input.as_bytes()).exits(3);
    assert_eq!(unread(&outcome), [("time limit".to_owned(), 1)]);
    repo.write("keydredge.toml", "max-time-per-file = \"200ms\"\n");
    let outcome = repo.run_json(&["scan", "slow.txt"]).exits(1);
    assert_eq!(unread(&outcome), [("time limit".to_owned(), 1)]);
}

#[test]
fn an_object_that_took_too_long_is_read_again_by_the_next_run_and_by_what_derives_from_it() {
    let repo = Repo::new();
    let filler = "auth = \"k3\" ; password: x\n".repeat(20_000);
    repo.write("f", &filler).commit("one");
    repo.write("f", format!("{filler}token = {}\n", github_token(7))).commit("two");
    let outcome = repo.run_json(&["history", "--cache", "--max-time-per-file", "1ms"]);
    assert_eq!(unread(&outcome), [("time limit".to_owned(), 2)]);
    let outcome = repo.run_json(&["history", "--cache"]).exits(1);
    assert_eq!(unread(&outcome), []);
    assert_eq!(outcome.found().len(), 1);
}

#[test]
fn a_time_limit_that_is_kept_changes_nothing_and_one_that_is_none_is_refused() {
    let repo = Repo::new();
    repo.write("a", format!("token = {}\n", github_token(8))).commit("one");
    for command in ["scan", "history"] {
        let limited = repo.run_json(&[command, "--max-time-per-file", "1h"]).exits(1);
        assert_eq!(limited.found(), repo.run_json(&[command]).exits(1).found());
        assert_eq!(unread(&limited), []);
    }
    for wrong in ["", "0s", "10", "-5s", "ten", "1e99s"] {
        let argument = format!("--max-time-per-file={wrong}");
        assert!(repo.run(&["scan", &argument]).exits(2).says("500ms"), "{wrong}");
    }
    repo.write("keydredge.toml", "# no\nmax-time-per-file = \"soon\"\n");
    assert!(repo.run(&["scan"]).exits(2).says("keydredge.toml:2"));
}

/// A user's rule.
fn rule(id: &str, regex: &str, keywords: &str) -> String {
    format!(
        "[[rules]]\nid = \"{id}\"\ndescription = \"x\"\nregex = '''{regex}'''\nsecretGroup = 0\nkeywords = [{keywords}]\n"
    )
}

#[test]
fn a_rule_that_may_take_too_long_at_one_place_is_refused_with_file_and_line() {
    let repo = Repo::plain();
    repo.write("a", "ab_");
    for regex in [
        r"ab_[\s\S]{0,65000}q9",
        r"[\s\S]{0,65000}ab_",
        r"ab_.{0,40000}x.{0,20000}y",
        r"ab_(?:(?:[a-z]{1,9}_){1,40}){1,90}q",
        r"q{1,9}(?:a|b|_|ab){1,30000}ab_q",
        r"ab_(?:(?:(?:x{1,99}y){1,99}z){1,99}w){1,99}",
    ] {
        let text = format!("\n\n{}", rule("own-wide", regex, "\"ab_\""));
        repo.write("own.toml", &text);
        let begun = Instant::now();
        let outcome = repo.run(&["scan", "--rules", "own.toml", "a"]).exits(2);
        assert!(outcome.says("own.toml:3") || outcome.says("own.toml:6"), "{regex}: {}", outcome.stderr);
        assert!(begun.elapsed() < Duration::from_secs(10), "{regex}");
    }
}

#[test]
fn a_file_in_which_rules_take_too_much_work_is_unread() {
    let repo = Repo::plain();
    let token = github_token(4);
    repo.write("many.txt", format!("token = {token}\n{}", "ab_".repeat(30_000)));
    repo.write("few.txt", "x ".repeat(60_000) + "ab_ 12 q9");
    for regex in [
        r"ab_[\s\S]{0,20000}q9",
        r"[a-z]{1,9}[\s\S]{0,4000}ab_[\s\S]{0,4000}q9",
        r"(?:[ab_]{1,60}[ cd]{1,60}){1,50}ab_q9",
    ] {
        repo.write("own.toml", rule("own-gap", regex, "\"ab_\""));
        let begun = Instant::now();
        let outcome = repo.run_json(&["scan", "--rules", "own.toml", "many.txt", "few.txt"]).exits(1);
        assert!(begun.elapsed() < Duration::from_secs(120), "{regex}");
        assert_eq!(unread(&outcome), [("rules take too much work".to_owned(), 1)], "{regex}");
        assert!(outcome.found().iter().any(|(rule, _)| rule == "github-pat-classic"), "{regex}");
    }
}

#[test]
fn very_many_rules_and_keywords_are_taken_or_refused_at_once() {
    let repo = Repo::plain();
    repo.write("a", "kw77_qzjxwvkp\n");
    let many: String = (0..5_000)
        .map(|number| {
            format!(
                "[[rules]]\nid = \"own-{number}\"\ndescription = \"x\"\nregex = '''kw{number}_[a-z]{{8}}'''\n"
            )
        })
        .collect();
    let keywords: Vec<String> = (0..20_000).map(|number| format!("\"kw{number}_\"")).collect();
    for text in [many, rule("own-words", "[a-z]{8}", &keywords.join(","))] {
        repo.write("own.toml", text);
        let begun = Instant::now();
        let outcome = repo.run(&["scan", "--rules", "own.toml", "a"]);
        assert!(matches!(outcome.code, 1 | 2), "{}", outcome.stderr);
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
