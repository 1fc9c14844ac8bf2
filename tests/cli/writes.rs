//! Files that the program writes: whole, with the rights they had, and never through a link.
#![cfg(unix)]

use crate::harness::{Outcome, Repo, github_token, program};
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

/// A repository with a leak in it, and a folder beside it into which nothing may be written.
fn leaking() -> (Repo, tempfile::TempDir) {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(1)));
    repo.commit("one");
    (repo, tempfile::tempdir().expect("a folder can be made"))
}

fn link(target: impl AsRef<Path>, at: impl AsRef<Path>) {
    symlink(target, at).expect("a link can be made");
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("the file is there")
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o7777
}

/// What is in a folder, apart from git's.
fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".git")
        .collect();
    names.sort();
    names
}

#[test]
fn no_command_writes_through_a_link_that_is_in_a_files_place() {
    // Each writes this file.
    let commands: [(&[&str], &str); 7] = [
        (&["scan", "-o", "out.json"], "out.json"),
        (&["scan", "--report", "sarif=out.sarif"], "out.sarif"),
        (&["history", "--report", "json=out.json"], "out.json"),
        (&["baseline", "write"], "keydredge-baseline.txt"),
        (&["baseline", "write", "--baseline", "own.txt"], "own.txt"),
        (&["baseline", "prune"], "keydredge-baseline.txt"),
        (&["ignore", "add", "", "--reason", "x"], "keydredge-ignore.toml"),
    ];
    for (command, name) in commands {
        for is_dangling in [true, false] {
            let (repo, outside) = leaking();
            let print = repo.run_json(&["scan"]).findings()[0]["fingerprint"].clone();
            let print = print.as_str().expect("a fingerprint");
            let command: Vec<_> =
                command.iter().map(|word| if word.is_empty() { print } else { word }).collect();
            let victim = outside.path().join("victim");
            if !is_dangling {
                // A whole baseline or ignore file, so that nothing else is wrong with it.
                let _ = repo.run(&["baseline", "write", "--baseline", "whole"]).exits(0);
                let text =
                    if name.ends_with("toml") { String::new() } else { read(repo.path().join("whole")) };
                fs::write(&victim, text).expect("a file can be written");
                repo.remove("whole");
            }
            let before = fs::read(&victim).ok();
            link(&victim, repo.path().join(name));
            let outcome = repo.run(&command).exits(2);
            assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
            assert!(
                outcome.stderr.contains("link") || outcome.stderr.contains("No such file"),
                "{command:?}: {}",
                outcome.stderr
            );
            assert_eq!(fs::read(&victim).ok(), before, "{command:?}");
            assert!(fs::symlink_metadata(repo.path().join(name)).expect("the link stays").is_symlink());
            assert_eq!(names(outside.path()).len(), usize::from(!is_dangling));
        }
    }
}

#[test]
fn a_report_does_not_follow_a_folder_that_leads_out_of_the_work_tree() {
    let (repo, outside) = leaking();
    fs::create_dir(repo.path().join("real")).expect("a folder can be made");
    let beside = tempfile::tempdir().expect("a folder can be made");
    link(outside.path(), repo.path().join("out"));
    link("out", repo.path().join("twice"));
    link(".git", repo.path().join("git"));
    link("..", repo.path().join("real/up"));
    link(repo.path(), beside.path().join("repo"));
    link("real", repo.path().join("inside"));
    let top = repo.path();
    let absolute = top.join("out/a.json");
    let around = beside.path().join("repo/out/a.json");
    let refused = [
        "out/a.json",
        "./out/../out/a.json",
        "twice/a.json",
        "real/up/out/a.json",
        "git/a.json",
        "git/hooks/a.json",
        absolute.to_str().expect("UTF-8"),
        around.to_str().expect("UTF-8"),
    ];
    for path in refused {
        let outcome = repo.run(&["scan", "-o", path]).exits(2);
        assert!(outcome.stderr.contains("leads out"), "{path}: {}", outcome.stderr);
        assert_eq!(names(outside.path()), [""; 0], "{path}");
    }
    assert!(!repo.path().join(".git/a.json").exists());
    // Links that stay inside, and the user's own ones outside of the work tree, are followed.
    let around = beside.path().join("repo/real/b.json");
    let followed = ["inside/a.json", "real/up/real/c.json", around.to_str().expect("UTF-8")];
    for path in followed {
        repo.run(&["scan", "-o", path]).exits(1);
    }
    assert_eq!(names(repo.path().join("real")), ["a.json", "b.json", "c.json", "up"]);
    // What the user writes in the path itself is intended.
    repo.run_with("real", &["scan", "-o", "../../real.json", ".."], &[], b"").exits(1);
    let beside_the_repository = repo.path().parent().expect("it is in a folder").join("real.json");
    fs::remove_file(beside_the_repository).expect("it was written");
}

#[test]
fn a_report_keeps_the_rights_of_the_file_it_replaces_and_a_new_one_follows_the_umask() {
    let (repo, _) = leaking();
    let run = |umask: &str, path: &str| {
        let script = format!("umask {umask}; exec \"$0\" scan -o {path}");
        let status = Command::new("sh")
            .args(["-c", &script, program()])
            .current_dir(repo.path())
            .status()
            .expect("the program can be run");
        assert_eq!(status.code(), Some(1));
        mode(repo.path().join(path))
    };
    assert_eq!(run("022", "new.json"), 0o644);
    assert_eq!(run("077", "private.json"), 0o600);
    assert_eq!(run("077", "new.json"), 0o644);
    for kept in [0o640, 0o664, 0o600] {
        let path = repo.path().join("new.json");
        fs::set_permissions(&path, fs::Permissions::from_mode(kept)).expect("it is ours");
        assert_eq!(run("022", "new.json"), kept);
    }
    let (baseline, ignores) = ("keydredge-baseline.txt", "keydredge-ignore.toml");
    let print = repo.run_json(&["scan"]).findings()[0]["fingerprint"].clone();
    repo.run(&["baseline", "write"]).exits(0);
    repo.run(&["ignore", "add", print.as_str().expect("a fingerprint"), "--reason", "x"]).exits(0);
    for name in [baseline, ignores] {
        assert_eq!(mode(repo.path().join(name)) & 0o600, 0o600);
        fs::set_permissions(repo.path().join(name), fs::Permissions::from_mode(0o604)).expect("it is ours");
    }
    repo.run(&["baseline", "write"]).exits(0);
    assert_eq!(mode(repo.path().join(baseline)), 0o604);
}

#[test]
fn another_name_of_the_same_file_keeps_the_old_content() {
    let (repo, outside) = leaking();
    let victim = outside.path().join("victim");
    fs::write(&victim, "mine\n").expect("a file can be written");
    if fs::hard_link(&victim, repo.path().join("out.json")).is_err() {
        return;
    }
    repo.run(&["scan", "-o", "out.json"]).exits(1);
    assert_eq!(read(&victim), "mine\n");
    assert_eq!(fs::metadata(&victim).expect("it is there").nlink(), 1);
}

#[test]
fn devices_pipes_and_open_files_that_a_person_names_are_written_directly() {
    let (repo, _) = leaking();
    repo.run(&["scan", "-o", "/dev/null"]).exits(1);
    let piped = repo.run(&["scan", "-f", "json", "-o", "/dev/stdout"]).exits(1);
    assert_eq!(piped.json()["findings"].as_array().map(Vec::len), Some(1));
    let script = |text: &str| -> Outcome {
        let output = Command::new("bash")
            .args(["-c", text, program()])
            .current_dir(repo.path())
            .stdin(Stdio::null())
            .output()
            .expect("bash can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    };
    script("exec 3>three; \"$0\" scan --report json=/dev/fd/3").exits(1);
    assert!(read(repo.path().join("three")).contains("\"findings\""));
    // Process substitution, and a file that already has content, which `>>` must keep.
    script("\"$0\" scan -q --report sarif=>(cat >four); sleep 0.2").exits(0);
    assert!(read(repo.path().join("four")).contains("sarif"));
    script("echo before >five; \"$0\" scan -f json -o /dev/stdout >>five").exits(1);
    let five = read(repo.path().join("five"));
    assert!(five.starts_with("before\n{") && five.contains("\"findings\""), "{five}");
    script("\"$0\" scan -f json -o /dev/stdout >six").exits(1);
    assert!(read(repo.path().join("six")).starts_with('{'));

    let pipe = repo.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        fs::File::open(pipe).and_then(|mut pipe| pipe.read_to_string(&mut text)).expect("it can be read");
        text
    });
    repo.run(&["scan", "-f", "json", "-o", "pipe", "a.env"]).exits(1);
    assert!(reader.join().expect("it does not panic").contains("\"findings\""));
}

#[test]
fn a_link_of_the_repository_to_a_device_or_an_open_file_is_refused() {
    let (repo, outside) = leaking();
    for target in ["/dev/null", "/dev/stdout", "/dev/fd/2", "/proc/self/fd/1"] {
        link(target, repo.path().join("out.json"));
        let outcome = repo.run(&["scan", "-o", "out.json"]).exits(2);
        assert!(outcome.stderr.contains("symbolic link"), "{}", outcome.stderr);
        repo.remove("out.json");
    }
    // Nor is a link outside of any repository followed to a file: only the user knows which of the two is meant.
    fs::write(outside.path().join("mine"), "mine\n").expect("a file can be written");
    link("mine", outside.path().join("latest"));
    let latest = outside.path().join("latest");
    repo.run(&["scan", "-o", latest.to_str().expect("UTF-8")]).exits(2);
    assert_eq!(read(&latest), "mine\n");
}

#[test]
fn what_is_no_place_for_a_report_is_refused_before_anything_is_read() {
    let (repo, _) = leaking();
    fs::create_dir(repo.path().join("folder")).expect("a folder can be made");
    for path in ["folder", "..", "nowhere/out.json", "a.env/out.json"] {
        let outcome = repo.run(&["scan", "-o", path, "--report", "json=other.json"]).exits(2);
        assert!(outcome.stderr.contains(path), "{path}: {}", outcome.stderr);
        assert!(!repo.path().join("other.json").exists(), "{path}");
    }
    assert_eq!(names(repo.path()), ["a.env", "folder"]);
}

#[test]
fn a_report_that_cannot_be_finished_leaves_the_old_one() {
    let (repo, _) = leaking();
    fs::write(repo.path().join("out.json"), "old\n").expect("a file can be written");
    // The system ends a process whose file grows above the limit; here it is an error instead.
    let output = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" scan -f json -o out.json", program()])
        .current_dir(repo.path())
        .output()
        .expect("bash can be run");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read(repo.path().join("out.json")), "old\n");
    assert_eq!(names(repo.path()), ["a.env", "out.json"]);
}

#[test]
fn a_closed_standard_output_is_an_error_and_no_lost_report() {
    let (repo, _) = leaking();
    let run = |text: &str| {
        let mut command = repo.command("bash");
        let output =
            command.args(["-c", text, program()]).stdin(Stdio::null()).output().expect("bash is there");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for command in ["scan", "scan -f json", "rules list", "explain a.env", "inventory --allow-empty"] {
        let (code, said) = run(&format!("\"$0\" {command} >&-"));
        assert_eq!(code, Some(2), "{command}: {said}");
        assert!(said.contains("standard output could not be written: it is closed"), "{command}: {said}");
    }
    // Nothing was to be printed there.
    assert_eq!(run("\"$0\" scan -f json -o out.json >&-").0, Some(1));
    assert!(read(repo.path().join("out.json")).ends_with("}\n"));
    repo.remove("out.json").write("a.env", "x\n");
    assert_eq!(run("\"$0\" scan -q >&-").0, Some(0));
}
