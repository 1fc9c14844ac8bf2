//! `--verify` of database passwords: who is asked, what is sent with and without TLS, and what a server's word is worth. The
//! servers are small ones of the tests; `.ci/servers/databases` runs the real ones.

use crate::harness::{Outcome, Repo, fake};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const HOST: &str = "db.acme.example";
const DATABASE: &str = "postgres://app:{}@db.acme.example/shop";
const CACHE: &str = "rediss://app:{}@db.acme.example";

/// What a server does.
#[derive(Clone, Debug)]
enum Ways {
    /// PostgreSQL with one password, asked for in this way.
    Postgresql(Proof, String),
    /// PostgreSQL without TLS.
    Unencrypted(Proof, String),
    /// Redis with one password.
    Redis(String),
    /// Redis, which takes any.
    RedisOfAnybody,
    /// What it sends when it is first asked, after the offer of TLS.
    Says(&'static [u8]),
    /// Notices without end.
    Endless,
    /// Nothing.
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Clear,
    Scram,
    /// It lets in whoever ends the exchange, without its own part of the proof.
    ScramOfAnybody,
    /// An amount of work.
    ScramForever,
    /// None.
    Trust,
    /// It takes any password.
    Any,
    /// It takes the password, and then says so.
    Then(&'static str),
}

/// A server, and what it read: one text a connection.
pub(crate) struct Server {
    address: SocketAddr,
    read: Arc<Mutex<Vec<Vec<u8>>>>,
    folder: tempfile::TempDir,
}

impl Server {
    fn new(ways: Ways) -> Self {
        Self::serving(move |stream, config, seen| serve(stream, config, &ways, seen))
    }

    /// One that does this on each connection, with this TLS; what is read is kept.
    pub(crate) fn serving(
        serve: impl Fn(TcpStream, Arc<ServerConfig>, &Mutex<Vec<u8>>) -> std::io::Result<()>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let own = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for (name, text) in [("ca.pem", own.cert.pem()), ("key.pem", own.signing_key.serialize_pem())] {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("it is PKCS#8");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(own.cert.der().to_vec())], key)
            .expect("key and certificate belong together");
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let address = listener.local_addr().expect("it has an address");
        let (config, read) = (Arc::new(config), Arc::new(Mutex::new(Vec::new())));
        let (log, serve) = (Arc::clone(&read), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, serve, log) = (Arc::clone(&config), Arc::clone(&serve), Arc::clone(&log));
                thread::spawn(move || {
                    let seen = Mutex::new(Vec::new());
                    let _they_may_have_gone = serve(stream, config, &seen);
                    log.lock()
                        .expect("no thread panicked")
                        .push(seen.into_inner().expect("no thread panicked"));
                });
            }
        });
        Self { address, read, folder }
    }

    /// Scans the folder with these flags besides.
    pub(crate) fn ask(&self, repo: &Repo, more: &[&str]) -> Outcome {
        let ca = self.folder.path().join("ca.pem");
        let to = format!("{HOST}:{}", self.address);
        let ca = ca.to_str().expect("a temporary path is UTF-8");
        let flags = ["scan", "--format", "json", "--verify", "--ca-file", ca, "--connect-to", &to];
        repo.run(&[&flags[..], more].concat())
    }

    /// Its certificate in PEM.
    pub(crate) fn certificate(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("ca.pem")).expect("it was written")
    }

    /// The key of that.
    pub(crate) fn key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("key.pem")).expect("it was written")
    }

    /// What was read, once that is from `count` connections.
    pub(crate) fn read(&self, count: usize) -> Vec<Vec<u8>> {
        let start = Instant::now();
        loop {
            let read = self.read.lock().expect("no thread panicked").clone();
            if read.len() >= count || start.elapsed() > Duration::from_secs(10) {
                return read;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn ended(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\0"].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("messages are short").to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn authentication(code: u32, rest: &[u8]) -> Vec<u8> {
    message(b'R', &[&code.to_be_bytes()[..], rest].concat())
}

fn failed(state: &str) -> Vec<u8> {
    message(b'E', &[ended("SFATAL"), ended(&format!("C{state}")), ended("Mit is refused"), vec![0]].concat())
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    ways: &Ways,
    seen: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let is_postgresql = !matches!(ways, Ways::Redis(_) | Ways::RedisOfAnybody);
    if is_postgresql {
        stream.read_exact(&mut [0; 8])?;
        if matches!(ways, Ways::Silence) {
            thread::sleep(Duration::from_secs(20));
        }
        let is_offered = !matches!(ways, Ways::Unencrypted(..));
        stream.write_all(if is_offered { b"S" } else { b"N" })?;
        if !is_offered {
            return talk(&mut stream, ways, seen);
        }
    }
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    talk(&mut StreamOwned::new(connection, stream), ways, seen)
}

fn talk(stream: &mut (impl Read + Write), ways: &Ways, seen: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let answer = |bytes: &[u8], stream: &mut dyn Write| stream.write_all(bytes).and_then(|()| stream.flush());
    let take = |count: usize, stream: &mut dyn Read| {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes)?;
        seen.lock().expect("no thread panicked").extend_from_slice(&bytes);
        std::io::Result::Ok(bytes)
    };
    if let Ways::Redis(_) | Ways::RedisOfAnybody = ways {
        let mut text = String::new();
        // Seven lines: three parts, each with its length.
        while text.matches("\r\n").count() < 7 {
            text.push_str(&String::from_utf8_lossy(&take(1, stream)?));
        }
        let is_it = match ways {
            Ways::Redis(password) => {
                text.ends_with(&format!("\r\n$3\r\napp\r\n${}\r\n{password}\r\n", password.len()))
            }
            _ => true,
        };
        let no = &b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"[..];
        return answer(if is_it { b"+OK\r\n" } else { no }, stream);
    }
    let length = take(4, stream)?;
    take(u32::from_be_bytes(length.try_into().expect("four bytes")) as usize - 4, stream)?;
    let (proof, password) = match ways {
        Ways::Postgresql(proof, password) | Ways::Unencrypted(proof, password) => (*proof, password),
        Ways::Says(bytes) => return answer(bytes, stream),
        Ways::Endless => loop {
            answer(&message(b'N', b"SNOTICE\0\0"), stream)?;
        },
        _ => return Ok(()),
    };
    let next = |stream: &mut dyn Read| {
        let head = take(5, stream)?;
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
        take(length as usize - 4, stream)
    };
    let is_in = match proof {
        Proof::Trust => true,
        Proof::Clear | Proof::Any | Proof::Then(_) => {
            answer(&authentication(3, b""), stream)?;
            next(stream)? == ended(password) || proof == Proof::Any
        }
        Proof::Scram | Proof::ScramOfAnybody | Proof::ScramForever => {
            answer(&authentication(10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"), stream)?;
            let first = next(stream)?;
            let first = String::from_utf8_lossy(&first[18..]).into_owned();
            let bare = first.trim_start_matches("n,,");
            let rounds = if proof == Proof::ScramForever { 2_000_000_000_u32 } else { 4096 };
            let nonce = bare.rsplit("r=").next().expect("it has a nonce");
            let own = format!("r={nonce}server,s={},i={rounds}", BASE64.encode(b"salt"));
            answer(&authentication(11, own.as_bytes()), stream)?;
            let last = String::from_utf8_lossy(&next(stream)?).into_owned();
            let (unproved, proof_of) = last.split_once(",p=").expect("it has a proof");
            let (key, signature) = scram(password, &format!("{bare},{own},{unproved}"));
            let is_it = BASE64.encode(&key) == proof_of;
            if is_it && proof == Proof::Scram {
                answer(&authentication(12, format!("v={}", BASE64.encode(&signature)).as_bytes()), stream)?;
            }
            is_it || proof == Proof::ScramOfAnybody
        }
    };
    if !is_in {
        return answer(&failed("28P01"), stream);
    }
    answer(&authentication(0, b""), stream)?;
    if let Proof::Then(state) = proof {
        return answer(&failed(state), stream);
    }
    answer(&message(b'S', b"is_superuser\0on\0"), stream)?;
    answer(&message(b'Z', b"I"), stream)?;
    // What is sent after that, if anything.
    next(stream).map(|_| ())
}

/// The client's proof and the server's signature (RFC 5802).
pub(crate) fn scram(password: &str, exchange: &str) -> (Vec<u8>, Vec<u8>) {
    let mac = |key: &[u8], text: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is right");
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    };
    let xor = |one: &[u8], other: &[u8]| one.iter().zip(other).map(|(a, b)| a ^ b).collect::<Vec<u8>>();
    let mut round = mac(password.as_bytes(), b"salt\0\0\0\x01");
    let mut salted = round.clone();
    for _ in 1..4096 {
        round = mac(password.as_bytes(), &round);
        salted = xor(&salted, &round);
    }
    let client = mac(&salted, b"Client Key");
    let stored = Sha256::digest(&client);
    let server = mac(&mac(&salted, b"Server Key"), exchange.as_bytes());
    (xor(&client, &mac(&stored, exchange.as_bytes())), server)
}

pub(crate) const ALL: &[&str] = &["--verify-risky", "--allow-private-hosts", "--allow-host", HOST];

/// A repository with a password in a URL of this form.
pub(crate) fn planted(form: &str, seed: u64) -> (Repo, String) {
    let (repo, password) = (Repo::new(), fake("{base62:22}", seed));
    repo.write("app.env", format!("SERVICE={}\n", form.replace("{}", &password)));
    (repo, password)
}

#[track_caller]
pub(crate) fn told(outcome: &Outcome) -> Value {
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    findings[0]["verification"].clone()
}

/// What is said of the password in a URL of this form.
#[track_caller]
fn check(form: &str, ways: impl Fn(String) -> Ways, state: &str, words: &str) -> Value {
    let (repo, password) = planted(form, 1);
    let server = Server::new(ways(password.clone()));
    let outcome = server.ask(&repo, &[ALL, &["--verify-timeout", "3s"]].concat());
    let verification = told(&outcome);
    assert_eq!(verification["state"], state, "{verification}");
    assert!(verification.to_string().contains(words), "{verification}");
    assert!(!outcome.says(&password), "{}", outcome.stdout);
    verification
}

#[test]
fn a_password_that_works_is_live_whatever_proof_is_asked_for_and_a_wrong_one_is_dead() {
    for proof in [Proof::Clear, Proof::Scram] {
        let live = check(DATABASE, |password| Ways::Postgresql(proof, password), "live", "superuser");
        assert_eq!(live["recipe"], "postgresql-login");
        assert_eq!(live["host"], "db.acme.example:5432");
        assert_eq!(live["identity"]["account"], "app");
        check(DATABASE, |_| Ways::Postgresql(proof, "another".to_owned()), "dead", "");
    }
    // No such database, no right to it, no room for one more: of someone who was let in.
    for state in ["3D000", "42501", "53300"] {
        check(DATABASE, |password| Ways::Postgresql(Proof::Then(state), password), "live", "");
    }
    let live = check(CACHE, Ways::Redis, "live", "app");
    assert_eq!(live["recipe"], "redis-login");
    check(CACHE, |_| Ways::Redis("another".to_owned()), "dead", "");
}

#[test]
fn a_server_that_lets_anybody_in_or_proves_nothing_says_nothing() {
    let postgresql = |proof| move |password| Ways::Postgresql(proof, password);
    check(DATABASE, postgresql(Proof::Trust), "unknown", "asks for no password");
    check(DATABASE, postgresql(Proof::Any), "unknown", "made-up password");
    check(DATABASE, postgresql(Proof::ScramOfAnybody), "unknown", "did not prove");
    check(CACHE, |_| Ways::RedisOfAnybody, "unknown", "made-up password");
    // The role may not log in: the password is right, and of no use.
    check(DATABASE, postgresql(Proof::Then("28000")), "unknown", "28000");
}

#[test]
fn noise_is_unknown_bounded_and_keeps_the_password_here() {
    for (ways, words) in [
        (Ways::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol"),
        (Ways::Says(b"R\xff\xff\xff\xff"), "protocol"),
        (Ways::Says(b"R\0\0\0\x06\0\0"), "no connection"),
        (Ways::Says(b"R\0\0\0\x08\0\0\0\x07"), "something else than a password"),
        (Ways::Says(b"R\0\0\0\x08\0\0\0\x0b"), "proof is wrong"),
        (Ways::Says(b"Z\0\0\0\x05I"), "protocol"),
        (Ways::Says(b"E\0\0\0\x12C28P01\0Mno\0\0\0\0"), "28P01"),
        (Ways::Says(b""), "no connection"),
        (Ways::Endless, "no end"),
        (Ways::Silence, "too long"),
        (Ways::Postgresql(Proof::ScramForever, String::new()), "proof is wrong"),
    ] {
        let (repo, password) = planted(DATABASE, 2);
        let server = Server::new(ways.clone());
        let start = Instant::now();
        let verification = told(&server.ask(&repo, &[ALL, &["--verify-timeout", "2s"]].concat()));
        assert!(start.elapsed() < Duration::from_secs(15), "{ways:?} took {:?}", start.elapsed());
        assert_eq!(verification["state"], "unknown", "{ways:?}");
        assert!(
            verification["reason"].as_str().is_some_and(|why| why.contains(words)),
            "{ways:?}: {verification}"
        );
        let sent = if matches!(ways, Ways::Silence) { Vec::new() } else { server.read(1) };
        assert!(!sent.iter().any(|one| memchr::memmem::find(one, password.as_bytes()).is_some()));
    }
}

#[test]
fn a_made_up_password_goes_first_and_no_command_follows_the_login() {
    let (repo, password) = planted(DATABASE, 3);
    let server = Server::new(Ways::Postgresql(Proof::Clear, password.clone()));
    assert_eq!(told(&server.ask(&repo, ALL))["state"], "live");
    let read = server.read(2);
    let carries = |one: &[u8]| memchr::memmem::find(one, password.as_bytes()).is_some();
    assert_eq!(read.len(), 2);
    assert!(!carries(&read[0]) && carries(&read[1]), "{read:?}");
    // The end of the connection, and nothing before it.
    assert!(read[1].ends_with(&[&ended(&password)[..], b"X\0\0\0\x04"].concat()), "{read:?}");
}

#[test]
fn without_tls_a_password_that_can_be_read_goes_to_this_machine_alone() {
    let unencrypted = |proof| move |password| Ways::Unencrypted(proof, password);
    // The servers of the tests are on this machine.
    check(DATABASE, unencrypted(Proof::Scram), "live", "");
    check(DATABASE, unencrypted(Proof::Clear), "live", "");
    let strict = format!("{DATABASE}?sslmode=require");
    check(&strict, unencrypted(Proof::Scram), "unknown", "no TLS");
    // A certificate that is not trusted.
    let (repo, password) = planted(DATABASE, 4);
    let (server, other) = (Server::new(Ways::Postgresql(Proof::Scram, password)), Server::new(Ways::Silence));
    let ca = other.folder.path().join("ca.pem");
    let ca = ca.to_str().expect("a temporary path is UTF-8");
    let to = format!("{HOST}:{}", server.address);
    let flags = ["scan", "--format", "json", "--verify", "--ca-file", ca, "--connect-to", &to];
    let verification = told(&repo.run(&[&flags[..], ALL].concat()));
    assert!(verification["reason"].as_str().is_some_and(|why| why.contains("certificate")), "{verification}");
}

#[test]
fn no_server_is_asked_that_is_not_allowed_by_name_and_port() {
    let (repo, password) = planted("postgres://app:{}@db.acme.example:6432/shop", 5);
    let server = Server::new(Ways::Postgresql(Proof::Scram, password));
    let risky = "--verify-risky";
    for (more, words) in [
        (&[][..], "--verify-risky --allow-host db.acme.example:6432 does"),
        (&[risky], ": --allow-host db.acme.example:6432 does"),
        (&[risky, "--allow-host", HOST], ": --allow-host db.acme.example:6432 does"),
        (&[risky, "--allow-host", "acme.example:6432"], ": --allow-host db.acme.example:6432 does"),
        (&["--allow-host", "db.acme.example:6432"], ": --verify-risky does"),
        (&[risky, "--allow-host", "db.acme.example:6432"], "not on the internet"),
    ] {
        let verification = told(&server.ask(&repo, more));
        assert_eq!(verification["state"], "unknown");
        assert!(
            verification["reason"].as_str().is_some_and(|why| why.contains(words)),
            "{more:?}: {verification}"
        );
    }
    assert!(server.read.lock().expect("no thread panicked").is_empty());
    let allowed = [risky, "--allow-private-hosts", "--allow-host", "db.acme.example:6432"];
    assert_eq!(told(&server.ask(&repo, &allowed))["state"], "live");
}

#[test]
fn a_plan_shows_the_login_and_sends_nothing() {
    let (repo, password) = planted(DATABASE, 6);
    let server = Server::new(Ways::Silence);
    let to = format!("{HOST}:{}", server.address);
    let flags = ["scan", "--format", "json", "--verify=plan", "--connect-to", &to];
    let outcome = repo.run(&[&flags[..], ALL].concat()).exits(1);
    let verification = told(&outcome);
    assert_eq!(verification["state"], "planned");
    let line = verification["requests"][0].as_str().unwrap_or_default();
    assert!(line.starts_with("PostgreSQL login at db.acme.example:5432 as <user>"), "{line}");
    assert!(!outcome.says(&password) && server.read(0).is_empty());
}
