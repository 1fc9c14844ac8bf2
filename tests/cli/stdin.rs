//! Standard input that is closed, cannot be read, or breaks off.

use crate::harness::{Repo, github_token, program};
use std::process::{Command, Stdio};

/// Exit code and standard error of `sh -c line`, in which `$1` is the program and `$2` a folder.
#[cfg(unix)]
fn shell(line: &str, repo: &Repo) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    command.args(["-c", line, "sh", program()]).arg(repo.path()).current_dir(repo.path());
    let output = command.stdin(Stdio::null()).output().expect("sh can be run");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_closed_standard_input_is_an_error_and_an_empty_one_is_not() {
    let repo = Repo::plain();
    repo.write("a", "x").write("empty", "");
    for (line, code) in [
        ("\"$1\" scan - <&-", 2),
        ("\"$1\" scan a - <&-", 2),
        ("\"$1\" scan - --allow-empty <&-", 2),
        ("\"$1\" rules test <&-", 2),
        ("\"$1\" known add --from - -o index <&-", 2),
        ("\"$1\" report - -f json <&-", 2),
        ("\"$1\" scan - <&- >&- 2>&-", 2),
        ("\"$1\" scan - </dev/null", 0),
        ("\"$1\" scan - <>/dev/null", 0),
        ("\"$1\" scan - <empty", 0),
        ("printf '' | \"$1\" scan -", 0),
        ("\"$1\" scan a <&-", 0),
        ("\"$1\" scan - </dev/null >&-", 2),
    ] {
        let (exit, stderr) = shell(line, &repo);
        assert_eq!(exit, Some(code), "{line}: {stderr}");
        if code == 2 && !line.contains("2>&-") {
            assert!(stderr.contains("closed"), "{line}: {stderr}");
        }
    }
}

#[cfg(unix)]
#[test]
fn one_that_cannot_be_read_is_an_error() {
    let repo = Repo::plain();
    let (code, stderr) = shell("\"$1\" scan - <\"$2\"", &repo);
    assert_eq!(code, Some(2), "a folder: {stderr}");
    assert!(stderr.contains("cannot be read"), "{stderr}");
    let (code, stderr) = shell("exec 3>out; \"$1\" scan - <&3", &repo);
    assert_eq!(code, Some(2), "open for writing only: {stderr}");
    if std::path::Path::new("/proc/self/mem").exists() {
        let (code, stderr) = shell("\"$1\" scan - </proc/self/mem", &repo);
        assert_eq!(code, Some(2), "{stderr}");
    }
}

/// Runs `scan -` with a socket as its standard input from which `sent` comes before the connection is reset.
#[cfg(target_os = "linux")]
fn reset_after(repo: &Repo, sent: &[u8]) -> (Option<i32>, String) {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::OwnedFd;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket can be made");
    let address = listener.local_addr().expect("it has an address");
    let mut input = TcpStream::connect(address).expect("it listens");
    let (mut peer, _) = listener.accept().expect("someone connects");
    // A connection that is closed with unread data is reset.
    input.write_all(b"unread").expect("the peer is there");
    peer.peek(&mut [0; 6]).expect("it comes");
    peer.write_all(sent).expect("the other end is there");
    drop(peer);
    let mut command = Command::new(program());
    command.args(["scan", "-", "--format", "json"]).current_dir(repo.path());
    let output = command.stdin(OwnedFd::from(input)).output().expect("the program can be run");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_breaks_off_is_unread_and_what_came_is_scanned() {
    let repo = Repo::plain();
    let (code, stdout) = reset_after(&repo, b"nothing here\n");
    assert_eq!(code, Some(3), "{stdout}");
    assert!(stdout.contains("standard input"), "{stdout}");
    let (code, stdout) = reset_after(&repo, format!("TOKEN={}\n", github_token(1)).as_bytes());
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("\"complete\": false"), "{stdout}");
}
