//! The receipt and the exit code: a run that has not read everything never reports a clean result.

use crate::harness::{Repo, fake, formats, github_token};
use std::fs;

#[test]
fn a_clean_folder_exits_with_0_and_says_what_was_read() {
    let repo = Repo::plain();
    repo.write("a.txt", "nothing here\n").write(".hidden/b.txt", "nor here\n");
    let outcome = repo.run_json(&["scan"]).exits(0);
    let summary = &outcome.json()["summary"];
    assert_eq!(summary["coverage"]["in_scope"], 2);
    assert_eq!(summary["coverage"]["scanned"], 2);
    assert_eq!(summary["complete"], true);
}

#[test]
fn a_secret_exits_with_1_in_every_format() {
    let repo = Repo::plain();
    repo.write("a.env", format!("TOKEN={}\n", github_token(1)));
    for format in formats() {
        repo.run(&["scan", "--format", format]).exits(1);
    }
    repo.run(&["scan", "--exit-zero"]).exits(0);
}

#[test]
fn a_path_that_is_not_there_is_an_error() {
    let repo = Repo::plain();
    let outcome = repo.run(&["scan", "nowhere"]).exits(2);
    assert!(outcome.stderr.contains("nowhere"), "{}", outcome.stderr);
}

#[test]
fn an_empty_folder_is_not_clean_unless_that_is_allowed() {
    let repo = Repo::plain();
    repo.run(&["scan"]).exits(2);
    repo.run(&["scan", "--allow-empty"]).exits(0);
}

#[test]
fn a_named_folder_without_files_is_not_clean_beside_one_with_files() {
    let repo = Repo::plain();
    repo.write("a/b.txt", "nothing here\n");
    std::fs::create_dir_all(repo.path().join("empty/deep")).expect("a folder can be made");
    let outcome = repo.run(&["scan", "a", "empty"]).exits(2);
    assert!(outcome.stderr.contains("empty"), "{}", outcome.stderr);
    repo.run_with(".", &["scan", "-", "empty"], &[], b"x").exits(2);
    repo.run(&["scan", "a", "empty", "--allow-empty"]).exits(0);
}

#[test]
fn a_scan_from_which_everything_is_left_out_is_not_clean() {
    let repo = Repo::new();
    repo.write(".gitignore", "*\n").write("a.env", format!("TOKEN={}\n", github_token(8)));
    let outcome = repo.run(&["scan"]).exits(2);
    assert!(outcome.stderr.contains("ignored"), "{}", outcome.stderr);
    repo.run(&["scan", "--max-file-size", "0", "--no-ignore"]).exits(2);
    repo.run(&["scan", "--allow-empty"]).exits(0);
}

#[test]
fn without_any_rule_nothing_is_clean() {
    let repo = Repo::plain();
    repo.write("a.env", format!("TOKEN={}\n", github_token(8)));
    let outcome =
        repo.run(&["scan", "--only", "github-pat-classic", "--skip", "github-pat-classic"]).exits(2);
    assert!(outcome.stderr.contains("every rule"), "{}", outcome.stderr);
    repo.write("keydredge.toml", "only = [\"jwt\"]\nskip = [\"jwt\"]\n");
    repo.run(&["scan"]).exits(2);
}

#[test]
fn a_reader_that_goes_away_does_not_make_findings_clean_nor_loses_the_other_reports() {
    use std::io::Write;
    let repo = Repo::plain();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_keydredge"))
        .args(["scan", "-", "--report", "text=-", "--report", "json=out.json"])
        .current_dir(repo.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program can be run");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("it is piped");
    writeln!(input, "TOKEN={}", github_token(9)).expect("it reads");
    drop(input);
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    assert!(repo.path().join("out.json").exists());
}

#[test]
fn two_reports_at_one_place_are_refused_before_anything_is_read() {
    let repo = Repo::plain();
    repo.write("a", "x");
    for arguments in [
        &["scan", "--report", "json=out", "--report", "sarif=out"][..],
        &["scan", "-o", "out", "--report", "sarif=out"],
        &["scan", "--report", "json=-", "--report", "text=-"],
    ] {
        let outcome = repo.run(arguments).exits(2);
        assert!(outcome.stderr.contains("two reports"), "{}", outcome.stderr);
    }
    assert!(!repo.path().join("out").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_an_object_or_a_pack_blocks_nothing() {
    let repo = Repo::new();
    repo.write("a", "nothing of interest\n");
    repo.commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    let loose = repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    let pipe = |path: &std::path::Path| {
        fs::remove_file(path).expect("it is there");
        let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo is there");
        assert!(made.success());
    };
    pipe(&loose);
    repo.run(&["history"]).exits(3);
    fs::remove_file(&loose).expect("the pipe is there");
    repo.git(&["add", "-A"]);
    repo.git(&["gc", "-q"]);
    let packs = fs::read_dir(repo.path().join(".git/objects/pack")).expect("there are packs");
    let packs = packs.map(|entry| entry.expect("it can be listed").path());
    for pack in packs.filter(|path| path.extension().is_some_and(|kind| kind == "pack")) {
        pipe(&pack);
    }
    repo.run(&["history"]).exits(3);
}

#[test]
fn a_folder_that_is_no_repository_has_no_history_no_index_and_no_diff() {
    let repo = Repo::plain();
    repo.write("a", "a");
    for arguments in
        [&["history"][..], &["history", "."], &["staged"], &["diff", "main"], &["hook", "install"]]
    {
        let outcome = repo.run(arguments).exits(2);
        assert!(outcome.stderr.contains("repository"), "{arguments:?}: {}", outcome.stderr);
    }
    repo.run(&["history", "nowhere"]).exits(2);
}

#[test]
fn a_history_without_objects_is_not_clean_unless_that_is_allowed() {
    let repo = Repo::new();
    repo.run(&["history"]).exits(2);
    repo.run(&["history", "--allow-empty"]).exits(0);
}

#[test]
fn flags_that_do_not_exist_exit_with_2() {
    let repo = Repo::plain();
    repo.run(&["scan", "--nonsense"]).exits(2);
    repo.run(&["nonsense"]).exits(2);
    repo.run(&["scan", "--only", "no-such-rule"]).exits(2);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_told_and_exits_with_3() {
    let repo = Repo::plain();
    repo.write("a", "nothing\n");
    // A symbolic link to itself: not even root can read it.
    std::os::unix::fs::symlink("loop", repo.path().join("loop")).expect("a link can be made");
    let outcome = repo.run_json(&["scan", "a", "loop"]).exits(3);
    assert_eq!(outcome.json()["summary"]["coverage"]["scanned"], 1, "{outcome:?}");
    repo.run(&["scan", "a", "loop", "--allow-incomplete"]).exits(0);
    assert!(outcome.says("loop"), "{outcome:?}");
}

#[test]
fn a_missing_object_makes_a_history_incomplete() {
    let repo = Repo::new();
    repo.write("a", "nothing of interest\n");
    repo.commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("it is loose");
    let outcome = repo.run_json(&["history"]).exits(3);
    let summary = &outcome.json()["summary"];
    assert_eq!(summary["complete"], false);
    let unread = summary["coverage"]["unread"].as_array().expect("a list").clone();
    assert!(unread.iter().any(|reason| reason["examples"].to_string().contains(&blob)), "{unread:?}");
    repo.run(&["history", "--allow-incomplete"]).exits(0);
    let text = repo.run(&["history"]).exits(3).stdout;
    assert!(text.contains("INCOMPLETE") && text.contains(&blob), "{text}");
}

#[test]
fn findings_win_over_what_is_unread() {
    let repo = Repo::new();
    repo.write("a", "nothing\n").write("b.env", format!("TOKEN={}\n", github_token(2)));
    repo.commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("it is loose");
    repo.run(&["history"]).exits(1);
    repo.run(&["history", "--exit-zero"]).exits(3);
}

#[test]
fn standard_input_is_read_to_its_end() {
    let repo = Repo::plain();
    let mut input = vec![b'x'; 20 << 20];
    input.extend_from_slice(format!("\nTOKEN={}\n", github_token(3)).as_bytes());
    let outcome = repo.run_with(".", &["scan", "-", "--format", "json"], &[], &input).exits(1);
    let finding = &outcome.findings()[0];
    assert_eq!(finding["occurrences"][0]["kind"], "stdin");
    assert_eq!(finding["occurrences"][0]["line"], 2);
    repo.run_with(".", &["scan", "-"], &[], b"").exits(0);
}

#[test]
fn a_nul_byte_or_padding_hides_nothing() {
    let repo = Repo::plain();
    let token = github_token(4);
    repo.write("nul.bin", [b"\0\0\0".as_slice(), token.as_bytes(), b"\0"].concat());
    let mut padded = vec![b'\n'; 33 << 20];
    padded.extend_from_slice(github_token(5).as_bytes());
    repo.write("padded.txt", padded);
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.found().len(), 2, "{:?}", outcome.found());
}

#[test]
fn what_policy_leaves_out_is_counted_and_no_error() {
    let repo = Repo::new();
    repo.write(".gitignore", "out/\n*.log\n");
    repo.write("out/a", "x").write("out/b", "x").write("c.log", "x").write("kept", "x");
    let outcome = repo.run_json(&["scan"]).exits(0);
    let coverage = &outcome.json()["summary"]["coverage"];
    assert_eq!(coverage["scanned"], 2, "{coverage}");
    assert_eq!(coverage["in_scope"], 4, "{coverage}");
    assert_eq!(repo.run_json(&["scan", "--no-ignore"]).exits(0).json()["summary"]["coverage"]["scanned"], 5);
    let named = repo.run_json(&["scan", "c.log"]).exits(0);
    assert_eq!(named.json()["summary"]["coverage"]["scanned"], 1);
    let sized = repo.run_json(&["scan", "--max-file-size", "1"]).exits(0);
    assert_eq!(sized.json()["summary"]["coverage"]["scanned"], 1, "{}", sized.stdout);
}

#[test]
fn tracked_files_are_read_though_ignored() {
    let repo = Repo::new();
    repo.write("tracked.log", format!("t = {}\n", github_token(6)));
    repo.commit("one");
    repo.write(".gitignore", "*.log\n");
    repo.run(&["scan"]).exits(1);
}

#[cfg(unix)]
#[test]
fn pipes_are_never_opened_and_links_never_followed_out() {
    let repo = Repo::plain();
    let outside = Repo::plain();
    outside.write("secret", github_token(7));
    std::os::unix::fs::symlink(outside.path().join("secret"), repo.path().join("link"))
        .expect("a link can be made");
    std::os::unix::fs::symlink(outside.path(), repo.path().join("folder")).expect("a link can be made");
    let made =
        std::process::Command::new("mkfifo").arg(repo.path().join("pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    repo.write("a", "x");
    let outcome = repo.run_json(&["scan"]).exits(0);
    let coverage = &outcome.json()["summary"]["coverage"];
    // A link's content is its target, and that is scanned.
    assert_eq!(coverage["scanned"], 3, "{coverage}");
    assert_eq!(coverage["in_scope"], 4, "{coverage}");
}

#[cfg(unix)]
#[test]
fn one_interrupt_ends_a_stream_without_end_and_is_not_clean() {
    use std::io::Write;
    let repo = Repo::plain();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_keydredge"))
        .args(["scan", "-"])
        .current_dir(repo.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program can be run");
    let mut input = child.stdin.take().expect("it is piped");
    // Once more was written than a pipe can buffer, the program is reading, and so handles signals.
    input.write_all(&[b'x'; 4 << 20]).expect("it reads");
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill is there");
    assert!(sent.success());
    while input.write_all(&[b'x'; 1 << 16]).is_ok() {}
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

#[test]
fn values_that_look_made_up_are_reported_and_fail_where_asked_for() {
    let repo = Repo::new();
    let value = fake("{base62:24}", 5);
    repo.write("tests/login.py", format!("client_secret = '{value}'\n"));
    repo.write("docs/setup.md", format!("    export API_TOKEN={}\n", fake("{base62:32}", 6)));
    repo.write("src/a.rb", format!("# api_key = '{}'\n", fake("{base62:32}", 7)));
    let usual = repo.run_json(&["scan"]).exits(0);
    assert_eq!(usual.findings().len(), 3);
    for finding in usual.findings() {
        assert!(finding["suppressed_by"].to_string().contains("only tests"), "{finding}");
    }
    assert!(usual.json()["summary"]["notes"].to_string().contains("--fail-in-tests"));
    let strict = repo.run_json(&["scan", "--fail-in-tests"]).exits(1);
    assert!(strict.findings().iter().all(|finding| finding["suppressed_by"].is_null()));
    repo.write("keydredge.toml", "fail-in-tests = true\n");
    repo.run(&["scan"]).exits(1);
    repo.remove("keydredge.toml");

    // The same value outside tests fails again, and a provider's token always fails.
    repo.write("src/login.py", format!("client_secret = '{value}'\n"));
    repo.run(&["scan"]).exits(1);
    repo.remove("src/login.py");
    repo.run(&["scan"]).exits(0);
    repo.write("tests/ci.yml", github_token(9));
    repo.run(&["scan"]).exits(1);
}
