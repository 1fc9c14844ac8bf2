//! `--verify`: who is asked, what is sent, and what an answer is worth.

use crate::harness::{Outcome, Repo, fake, formats, github_token};
use crate::providers::{Asked, Providers, Reply};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

const GITHUB: &str = "api.github.com";

/// Runs the program on the folder with these flags.
fn run(repo: &Repo, command: &[&str], providers: &Providers, more: &[&str]) -> Outcome {
    let mut flags: Vec<String> = command.iter().map(|one| (*one).to_owned()).collect();
    flags.extend(providers.flags());
    flags.extend(more.iter().map(|one| (*one).to_owned()));
    repo.run(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

fn verify(repo: &Repo, providers: &Providers, more: &[&str]) -> Outcome {
    run(repo, &["scan", "--format", "json"], providers, more)
}

/// What a report says of its only finding.
#[track_caller]
fn told(outcome: &Outcome) -> Value {
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    findings[0]["verification"].clone()
}

fn bad_credentials() -> Reply {
    Reply::json(401, json!({ "message": "Bad credentials", "status": "401" }))
}

fn ada() -> Reply {
    let body = json!({ "login": "ada", "node_id": "MDQ6", "name": "Ada Lovelace" }).to_string();
    let headers = "content-type: application/json; charset=utf-8\r\nx-oauth-scopes: repo, gist\r\n";
    Reply::Answer(200, headers.to_owned(), body.into_bytes())
}

/// GitHub with one token that works.
fn github(token: &str) -> Providers {
    let token = token.to_owned();
    Providers::new([GITHUB], move |asked| if asked.carries(&token) { ada() } else { bad_credentials() })
}

/// A repository with one token in a file.
fn with_token(seed: u64) -> (Repo, String) {
    let (repo, token) = (Repo::new(), github_token(seed));
    repo.write("src/app.env", format!("GITHUB_TOKEN={token}\n"));
    (repo, token)
}

#[test]
fn a_token_that_works_is_live_and_named_and_one_that_does_not_is_dead() {
    let (repo, token) = with_token(1);
    let providers = github(&token);
    let live = verify(&repo, &providers, &[]).exits(1);
    let verification = told(&live);
    assert_eq!(verification["state"], "live");
    assert_eq!(verification["host"], GITHUB);
    assert_eq!(verification["recipe"], "github-pat-classic");
    let identity = json!({ "account": "ada", "name": "Ada Lovelace", "scopes": "repo, gist" });
    assert_eq!(verification["identity"], identity);
    let asked = providers.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(!asked[0].carries(&token) && asked[1].carries(&token), "{asked:?}");
    assert!(asked[0].whole.contains("ghp_"), "the made-up token has the form: {asked:?}");
    assert!(live.says("1 live; 2 requests sent"), "{}", live.stdout);

    let other = github(&github_token(2));
    assert_eq!(told(&verify(&repo, &other, &[]).exits(1))["state"], "dead");
}

#[test]
fn only_live_leaves_out_what_is_dead_and_never_what_is_unknown() {
    let (repo, token) = with_token(1);
    let other = github_token(2);
    let providers = github(&other);
    // One is dead, and of the other nothing is known.
    let dead = verify(&repo, &providers, &["--only-live"]).exits(0);
    assert_eq!(dead.findings().len(), 0);
    assert!(dead.says("1 dead; 2 requests sent; the 1 dead are left out"), "{}", dead.stdout);
    repo.write("src/b.env", format!("GITHUB_TOKEN={other}\n"));
    let both = verify(&repo, &providers, &["--only-live"]).exits(1);
    assert_eq!(told(&both)["state"], "live");
    let broken = Providers::new([GITHUB], |_| Reply::page(200));
    let unknown = verify(&repo, &broken, &["--only-live"]).exits(1);
    assert_eq!(unknown.findings().len(), 2);
    assert!(!unknown.says(&token));
}

#[test]
fn every_command_that_scans_asks_and_a_secret_in_many_places_is_asked_about_once() {
    let (repo, token) = with_token(1);
    repo.commit("one");
    repo.write("b/other.yml", format!("token: {token}\n")).write("src/app.env", "x=1\n");
    repo.commit("two");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("c.py", format!("TOKEN = '{token}'\n"));
    repo.commit("three");
    repo.write("d.py", format!("OTHER = '{}'\n", github_token(2))).stage();
    for command in [
        &["scan", "--format", "json", "b"][..],
        &["scan", "--format", "json"],
        &["history", "--format", "json", "--no-cache"],
        &["staged", "--format", "json"],
        &["ci", "--format", "json"],
    ] {
        let providers = github(&token);
        let findings = run(&repo, command, &providers, &[]).exits(1).findings();
        assert!(!findings.is_empty(), "{command:?}");
        assert!(findings.iter().all(|one| one["verification"]["state"] != Value::Null), "{findings:?}");
        // One made-up token, and each secret once.
        assert_eq!(providers.asked().len(), findings.len() + 1, "{command:?}: {findings:?}");
    }
    repo.git(&["checkout", "-q", "-f", "main"]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["checkout", "-q", "--orphan", "empty"]);
    repo.git(&["rm", "-rqf", "."]);
    repo.write("a", "x");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "change"]);
    repo.write("c.py", format!("TOKEN = '{token}'\n"));
    repo.commit("leak");
    let providers = github(&token);
    let outcome = run(&repo, &["diff", "--format", "json", "empty..change"], &providers, &[]).exits(1);
    assert_eq!(told(&outcome)["state"], "live");
    assert_eq!(providers.asked().len(), 2);
}

#[test]
fn other_commands_refuse_the_flag() {
    let (repo, _) = with_token(1);
    for command in [&["baseline", "write", "--verify"][..], &["baseline", "check", "--verify=plan"]] {
        let outcome = repo.run(command).exits(2);
        assert!(outcome.says("--verify"), "{}", outcome.stderr);
    }
}

#[test]
fn a_host_that_accepts_a_made_up_token_proves_nothing() {
    let (repo, token) = with_token(1);
    let providers = Providers::new([GITHUB], |_| ada());
    let verification = told(&verify(&repo, &providers, &[]).exits(1));
    assert_eq!(verification["state"], "unknown");
    assert!(verification["reason"].as_str().is_some_and(|why| why.contains("proves nothing today")));
    assert!(!providers.asked().iter().any(|asked| asked.carries(&token)), "the secret was not sent");
}

#[test]
fn noise_is_unknown_and_a_made_up_token_that_meets_it_keeps_the_secret_here() {
    let (repo, token) = with_token(1);
    let redirect = Reply::Answer(
        302,
        format!("location: https://evil.example/\r\n{JSON}"),
        b"{\"login\":\"ada\"}".to_vec(),
    );
    let again = Reply::Answer(
        429,
        format!("retry-after: 0\r\n{JSON}"),
        b"{\"message\":\"Bad credentials\"}".to_vec(),
    );
    let forever = Reply::Answer(429, format!("retry-after: 86400\r\n{JSON}"), b"{}".to_vec());
    let packed =
        Reply::Answer(200, format!("content-encoding: gzip\r\n{JSON}"), b"{\"login\":\"ada\"}".to_vec());
    let table = [
        (Reply::page(200), "page for people"),
        (Reply::page(401), "page for people"),
        (Reply::page(403), "page for people"),
        (redirect, "leads elsewhere"),
        (again, "too often"),
        (forever, "too often"),
        (Reply::json(503, json!({ "login": "ada", "node_id": "x" })), "failed"),
        (Reply::json(200, ""), "empty"),
        (Reply::json(200, "{\"login\": \"ada\", \"node_id\""), "not the API's"),
        (packed, "compressed"),
        (Reply::Close, "no connection"),
    ];
    const JSON: &str = "content-type: application/json\r\n";
    for (reply, wanted) in table {
        let start = Instant::now();
        let (own, secret) = (reply.clone(), token.clone());
        let noisy =
            Providers::new(
                [GITHUB],
                move |asked| {
                    if asked.carries(&secret) { own.clone() } else { bad_credentials() }
                },
            );
        let outcome = verify(&repo, &noisy, &[]).exits(1);
        let verification = told(&outcome);
        assert_eq!(verification["state"], "unknown", "{reply:?}");
        assert!(verification["reason"].as_str().is_some_and(|why| why.contains(wanted)), "{verification}");
        assert!(!outcome.says(&token));

        let all = reply.clone();
        let noisy = Providers::new([GITHUB], move |_| all.clone());
        assert_eq!(told(&verify(&repo, &noisy, &[]).exits(1))["state"], "unknown", "{reply:?}");
        assert!(!noisy.asked().iter().any(|asked| asked.carries(&token)), "{reply:?}: the secret was sent");
        assert!(start.elapsed() < Duration::from_secs(20), "{reply:?}");
    }
}

#[test]
fn slow_silent_and_endless_answers_end_in_time() {
    let (repo, token) = with_token(1);
    for (reply, wanted) in
        [(Reply::Slow, "too long"), (Reply::Silence, "too long"), (Reply::Endless, "too large")]
    {
        let (own, secret) = (reply.clone(), token.clone());
        let providers =
            Providers::new(
                [GITHUB],
                move |asked| {
                    if asked.carries(&secret) { own.clone() } else { bad_credentials() }
                },
            );
        let start = Instant::now();
        let verification = told(&verify(&repo, &providers, &["--verify-timeout", "2s"]).exits(1));
        assert!(start.elapsed() < Duration::from_secs(15), "{reply:?} took {:?}", start.elapsed());
        assert_eq!(verification["state"], "unknown", "{reply:?}");
        assert!(verification["reason"].as_str().is_some_and(|why| why.contains(wanted)), "{verification}");
    }
}

#[test]
fn a_redirect_is_not_followed_to_another_host() {
    let (repo, token) = with_token(1);
    let providers = Providers::new([GITHUB, "evil.example"], |asked| match asked.host.as_str() {
        GITHUB => Reply::Answer(307, "location: https://evil.example/steal\r\n".to_owned(), b"{}".to_vec()),
        _ => ada(),
    });
    assert_eq!(told(&verify(&repo, &providers, &[]).exits(1))["state"], "unknown");
    let asked = providers.asked();
    assert!(asked.iter().all(|one| one.host == GITHUB && !one.carries(&token)), "{asked:?}");
}

#[test]
fn a_wrong_certificate_gets_no_request() {
    let (repo, _) = with_token(1);
    let (right, wrong) = (github(&github_token(99)), Providers::new(["api.gitlab.example"], |_| ada()));
    let to = |providers: &Providers| format!("{GITHUB}:{}", providers.address());
    let file = |providers: &Providers| providers.ca_file().to_str().expect("it is UTF-8").to_owned();
    // Another authority's certificate; a trusted one of another host; not TLS at all.
    let plain = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = plain.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for mut stream in plain.incoming().flatten() {
            let _they_may_have_gone = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n");
        }
    });
    for (ca, to) in [
        (file(&wrong), to(&right)),
        (file(&wrong), to(&wrong)),
        (file(&right), format!("{GITHUB}:{address}")),
    ] {
        let flags = ["scan", "--format", "json", "--verify", "--allow-private-hosts", "--ca-file", &ca];
        let outcome = repo.run(&[&flags[..], &["--connect-to", &to]].concat()).exits(1);
        let verification = told(&outcome);
        assert_eq!(verification["state"], "unknown", "{to}");
        assert!(
            verification["reason"].as_str().is_some_and(|why| why.contains("certificate is not trusted")),
            "{verification}"
        );
    }
    assert!(right.asked().is_empty() && wrong.asked().is_empty());
}

#[test]
fn addresses_that_are_not_on_the_internet_are_refused_unless_that_is_allowed() {
    let (repo, token) = with_token(1);
    let providers = github(&token);
    let port = providers.address().port();
    for address in
        ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fd00:ec2::254]"]
    {
        let to = format!("{GITHUB}:{address}:{port}");
        let ca = providers.ca_file();
        let ca = ca.to_str().expect("it is UTF-8");
        let flags = ["scan", "--format", "json", "--verify", "--ca-file", ca, "--connect-to", &to];
        let start = Instant::now();
        let verification = told(&repo.run(&flags).exits(1));
        assert!(
            verification["reason"].as_str().is_some_and(|why| why.contains("not on the internet")),
            "{address}: {verification}"
        );
        assert!(start.elapsed() < Duration::from_secs(5), "{address}: nothing is connected to");
    }
    assert!(providers.asked().is_empty());
}

#[test]
fn names_that_resolve_to_this_machine_are_refused_however_they_are_written() {
    let repo = Repo::new();
    let token = fake("glpat-{base64url:20}", 7);
    for host in ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "127.1"] {
        repo.write("ci.env", format!("URL=https://{host}/\nGITLAB_TOKEN={token}\n"));
        let flags = ["scan", "--format", "json", "--verify", "--allow-host", host];
        let outcome = repo.run(&flags).exits(1);
        let findings = outcome.findings();
        let one = findings.iter().find(|one| one["rule"] == "gitlab-pat").expect("it is found");
        let reason = one["verification"]["reason"].as_str().unwrap_or_default().to_owned();
        assert_eq!(one["verification"]["state"], "unknown", "{host}");
        assert!(reason.contains("not on the internet") || reason.contains("no address"), "{host}: {reason}");
    }
}

#[test]
fn a_server_of_one_s_own_is_asked_if_it_is_allowed_and_named_beside_the_token() {
    let repo = Repo::new();
    let token = fake("glpat-{base64url:20}", 7);
    let secret = token.clone();
    let answer = move |asked: &Asked| {
        if asked.carries(&secret) && asked.host == "git.acme.example" {
            Reply::json(
                200,
                json!({ "id": 1, "scopes": ["api"], "active": true, "name": "deploy", "user_id": 7 }),
            )
        } else {
            Reply::json(401, json!({ "message": "401 Unauthorized" }))
        }
    };
    let hosts = ["gitlab.com", "git.acme.example", "git.other.example"];
    for (line, allowed, state, host) in [
        ("https://git.acme.example/x", "git.acme.example", "live", "git.acme.example"),
        // Not allowed: the usual host is asked, and what it rejects may be another server's.
        ("https://git.acme.example/x", "git.other.example", "unknown", "gitlab.com"),
        ("", "git.acme.example", "unknown", "gitlab.com"),
    ] {
        repo.write("ci.env", format!("URL={line}\nGITLAB_TOKEN={token}\n"));
        let providers = Providers::new(hosts, answer.clone());
        let outcome = verify(&repo, &providers, &["--allow-host", allowed]).exits(1);
        let findings = outcome.findings();
        let one = findings.iter().find(|one| one["rule"] == "gitlab-pat").expect("it is found");
        assert_eq!(one["verification"]["state"], state, "{line}, {allowed}: {}", one["verification"]);
        assert_eq!(one["verification"]["host"], host);
        assert!(providers.asked().iter().all(|asked| asked.host == host), "{line}");
    }
}

#[test]
fn a_plan_shows_every_request_without_the_secret_and_opens_no_socket() {
    let (repo, token) = with_token(1);
    let providers = github(&token);
    let mut flags = providers.flags();
    flags[0] = "--verify=plan".to_owned();
    for format in ["json", "text", "jsonl", "sarif"] {
        let mut all = vec!["scan", "--format", format];
        all.extend(flags.iter().map(String::as_str));
        let outcome = repo.run(&all).exits(1);
        assert!(!outcome.says(&token), "{format}");
        if format != "sarif" {
            let shown = "GET https://api.github.com/user, Authorization: Bearer <secret>";
            assert!(outcome.says(shown), "{format}: {}", outcome.stdout);
            assert!(outcome.says("0 requests sent"), "{format}");
        }
    }
    assert!(providers.asked().is_empty());
}

#[test]
fn no_output_file_or_request_line_shows_a_secret() {
    let (repo, token) = with_token(1);
    // The host repeats what it was sent.
    let echoes = |secret: &str| {
        let secret = secret.to_owned();
        Providers::new([GITHUB], move |asked| {
            if !asked.carries(&secret) {
                return bad_credentials();
            }
            Reply::json(200, json!({ "login": secret, "node_id": "x", "name": format!("token {secret}") }))
        })
    };
    for format in formats() {
        let providers = echoes(&token);
        let log = repo.home().join("audit.jsonl");
        let log = log.to_str().expect("it is UTF-8");
        let outcome =
            run(&repo, &["scan", "--format", format], &providers, &["-v", "-v", "--audit-log", log]).exits(1);
        assert!(!outcome.says(&token) && !outcome.says(&token[4..30]), "{format}: {}", outcome.stdout);
        assert!(!fs::read_to_string(log).expect("there is a log").contains(&token[4..30]));
        for asked in providers.asked() {
            assert!(!asked.line.contains(&token[4..30]), "{asked:?}");
        }
    }
    let broken = Providers::new([GITHUB], |_| Reply::Close);
    let outcome = verify(&repo, &broken, &["-v", "-v"]).exits(1);
    assert!(!outcome.says(&token[4..30]), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn a_run_sends_no_more_requests_than_it_may() {
    let repo = Repo::new();
    for seed in 1..=5 {
        repo.write(&format!("{seed}.env"), format!("GITHUB_TOKEN={}\n", github_token(seed)));
    }
    let providers = github(&github_token(99));
    let outcome = verify(&repo, &providers, &["--verify-requests", "3"]).exits(1);
    assert_eq!(providers.asked().len(), 3);
    let states: Vec<Value> =
        outcome.findings().iter().map(|one| one["verification"]["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| *state == "dead").count(), 2, "{states:?}");
    assert_eq!(states.iter().filter(|state| *state == "unknown").count(), 3, "{states:?}");
    assert!(outcome.says("as many as it may"));
}

#[test]
fn what_asking_costs_is_not_done_without_a_further_flag() {
    let repo = Repo::new();
    let token = fake("dckr_pat_{base64url:27}", 3);
    repo.write("a.env", format!("DOCKER_USER=adalovelace\nDOCKER_TOKEN={token}\n"));
    let (secret, host) = (token.clone(), "hub.docker.com");
    let providers = Providers::new([host], move |asked| {
        if asked.carries(&secret) {
            Reply::json(200, json!({ "access_token": "x" }))
        } else {
            Reply::json(401, json!({ "message": "incorrect" }))
        }
    });
    let outcome = verify(&repo, &providers, &[]).exits(1);
    let safe = outcome.findings().iter().find(|one| one["rule"] == "dockerhub-pat").cloned();
    let safe = safe.expect("it is found")["verification"].clone();
    assert!(safe["reason"].as_str().is_some_and(|why| why.contains("--verify-risky")), "{safe}");
    assert!(providers.asked().is_empty());
    let outcome = verify(&repo, &providers, &["--verify-risky"]).exits(1);
    let risky = outcome.findings().iter().find(|one| one["rule"] == "dockerhub-pat").cloned();
    assert_eq!(risky.expect("it is found")["verification"]["state"], "live");
    let asked = providers.asked();
    assert!(!asked[0].whole.contains("adalovelace") && asked[1].whole.contains("adalovelace"), "{asked:?}");
}

#[test]
fn honeytokens_and_kinds_without_a_recipe_are_not_asked_about() {
    let repo = Repo::new();
    // The account of a known maker of honeytokens is in the key's id.
    repo.write("a.env", format!("AWS_ACCESS_KEY_ID={}\n", canary()));
    repo.write("b.env", format!("DB_PASSWORD={}\n", fake("{base62:24}", 9)));
    let outcome = repo.run_json(&["scan", "--verify=plan"]).exits(1);
    let reasons: Vec<String> = outcome
        .findings()
        .iter()
        .map(|one| one["verification"]["reason"].as_str().unwrap_or("none").to_owned())
        .collect();
    assert!(reasons.iter().any(|why| why.contains("alerts whoever laid it out")), "{reasons:?}");
    assert!(reasons.iter().any(|why| why.contains("no recipe")), "{reasons:?}");
}

#[test]
fn a_credential_that_is_a_url_is_not_asked_about_and_says_so() {
    let repo = Repo::new();
    let url = "https://shop.blob.core.windows.net/c?sv=2022-11-02&ss=b&srt=co&sp=rl&se=2090-01-01T00:00:00Z&sig={base62:42}A%3D";
    repo.write("a.env", format!("BACKUP={}\n", fake(url, 4)));
    let outcome =
        repo.run_json(&["scan", "--verify=plan", "--allow-host", "shop.blob.core.windows.net"]).exits(1);
    let verification = &outcome.findings()[0]["verification"];
    assert_eq!(verification["state"], "unknown");
    assert!(
        verification["reason"].as_str().is_some_and(|why| why.starts_with("it is a URL")),
        "{verification}"
    );
}

/// A key id of the account 171436882533, whose keys are laid out to be found.
fn canary() -> String {
    let account: u64 = 171_436_882_533;
    let bytes = ((1 << 47) | (account << 7)).to_be_bytes();
    format!("AKIA{}", data_encoding::BASE32_NOPAD.encode(&[&bytes[2..], &[0x5a, 0x3c, 0x71, 0x96]].concat()))
}

#[test]
fn settings_of_asking_come_from_the_command_line_alone() {
    let (repo, token) = with_token(1);
    let providers = github(&token);
    let to = format!("{GITHUB}:{}", providers.address());
    for (key, value) in [
        ("verify", "true"),
        ("allow-host", "[\"evil.example\"]"),
        ("allow-private-hosts", "true"),
        ("ca-file", "\"ca.pem\""),
        ("connect-to", &format!("[\"{to}\"]")),
        ("verify-risky", "true"),
    ] {
        repo.write("keydredge.toml", format!("{key} = {value}\n"));
        let outcome = repo.run(&["scan"]).exits(2);
        assert!(outcome.says(key), "{key}: {}", outcome.stderr);
    }
    repo.remove("keydredge.toml");
    for flag in ["--only-live", "--allow-private-hosts", "--verify-risky"] {
        repo.run(&["scan", flag]).exits(2);
    }
    assert!(providers.asked().is_empty());
}

#[test]
fn what_cannot_be_trusted_or_used_ends_the_run_before_it_scans() {
    let (repo, _) = with_token(1);
    repo.write("empty.pem", "nothing\n");
    for (flags, variables, wanted) in [
        (&["--ca-file", "absent.pem"][..], &[][..], "absent.pem"),
        (&["--ca-file", "empty.pem"], &[], "no certificate"),
        (&[], &[("HTTPS_PROXY", "socks5://127.0.0.1:1")], "HTTPS_PROXY"),
        (&[], &[("https_proxy", "::nonsense::")], "https_proxy"),
        (&["--allow-host", "https://x/"], &[], "is no host"),
    ] {
        let all = [&["scan", "--verify"], flags].concat();
        let outcome = repo.run_with(".", &all, variables, b"").exits(2);
        assert!(outcome.says(wanted), "{flags:?}: {}", outcome.stderr);
    }
}

#[test]
fn certificates_are_the_systems_which_a_variable_may_name_and_only_those() {
    let (repo, token) = with_token(1);
    let providers = github(&token);
    let to = format!("{GITHUB}:{}", providers.address());
    let flags = ["scan", "--format", "json", "--verify", "--allow-private-hosts", "--connect-to", &to];
    let ca = providers.ca_file();
    let ca = ca.to_str().expect("it is UTF-8");
    assert_eq!(told(&repo.run_with(".", &flags, &[("SSL_CERT_FILE", ca)], b"").exits(1))["state"], "live");
    let other = Providers::new(["other.example"], |_| Reply::Close);
    let other = other.ca_file();
    let other = other.to_str().expect("it is UTF-8");
    assert_eq!(
        told(&repo.run_with(".", &flags, &[("SSL_CERT_FILE", other)], b"").exits(1))["state"],
        "unknown"
    );
    assert_eq!(providers.asked().len(), 2);
}

#[test]
fn a_proxy_is_used_and_what_it_refuses_is_unknown() {
    let (repo, token) = with_token(1);
    let providers = github(&token);
    let target = providers.address();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let proxy = format!("http://{}", listener.local_addr().expect("it has an address"));
    let heads = std::sync::Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
    let log = std::sync::Arc::clone(&heads);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let log = std::sync::Arc::clone(&log);
            std::thread::spawn(move || tunnel(&mut stream, target, &log));
        }
    });
    let ca = providers.ca_file();
    let ca = ca.to_str().expect("it is UTF-8");
    let flags = ["scan", "--format", "json", "--verify", "--ca-file", ca];
    let outcome = repo.run_with(".", &flags, &[("HTTPS_PROXY", &proxy)], b"").exits(1);
    assert_eq!(told(&outcome)["state"], "live", "{}", outcome.stdout);
    let heads = heads.lock().expect("no thread panicked").clone();
    assert!(heads.iter().all(|head| head.starts_with("CONNECT api.github.com:443 ")), "{heads:?}");
    assert!(heads.iter().all(|head| !head.contains(&token)) && heads.len() == 2, "{heads:?}");
    // Not for hosts that are left out of it: this one is at an address that is refused.
    let to = format!("{GITHUB}:{target}");
    let direct = [&flags[..], &["--connect-to", &to]].concat();
    let variables = [("HTTPS_PROXY", proxy.as_str()), ("NO_PROXY", "api.github.com")];
    let verification = told(&repo.run_with(".", &direct, &variables, b"").exits(1));
    assert!(
        verification["reason"].as_str().is_some_and(|why| why.contains("not on the internet")),
        "{verification}"
    );
}

/// A proxy that connects wherever it is told to `target`.
fn tunnel(
    stream: &mut std::net::TcpStream,
    target: std::net::SocketAddr,
    log: &std::sync::Mutex<Vec<String>>,
) {
    use std::io::{Read, Write};
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    log.lock().expect("no thread panicked").push(String::from_utf8_lossy(&head).into_owned());
    let Ok(mut there) = std::net::TcpStream::connect(target) else { return };
    if stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").is_err() {
        return;
    }
    let (mut back, mut to) =
        (stream.try_clone().expect("it is open"), there.try_clone().expect("it is open"));
    let forth = std::thread::spawn(move || std::io::copy(&mut back, &mut to));
    let _they_may_have_gone = std::io::copy(&mut there, stream);
    let _they_may_have_gone = stream.shutdown(std::net::Shutdown::Both);
    let _they_may_have_gone = forth.join();
}

/// Without the flag no socket is opened: the system's own record, where it can be made.
#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "who runs the tests without strace is told what they do not hold")]
fn without_the_flag_no_socket_is_opened() {
    let (repo, _) = with_token(1);
    repo.commit("one");
    let has_strace = std::process::Command::new("strace").arg("-V").output().is_ok();
    if !has_strace {
        eprintln!("no strace here: that no socket is opened is not tested");
        return;
    }
    for command in [&["scan"][..], &["staged"], &["history"], &["scan", "--verify=plan"]] {
        let log = repo.home().join("trace");
        let mut traced = std::process::Command::new("strace");
        traced.args(["-f", "-e", "trace=network", "-o"]).arg(&log).arg(crate::harness::program());
        let output = traced.args(command).current_dir(repo.path()).output().expect("strace runs");
        assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
        let trace = fs::read_to_string(&log).expect("there is a record");
        assert!(!trace.contains("socket("), "{command:?}: {trace}");
    }
}
