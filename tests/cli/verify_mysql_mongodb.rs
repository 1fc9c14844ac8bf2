//! `--verify` of MySQL's and MongoDB's passwords, as `verify_logins` is about those of PostgreSQL and Redis: what each answer is worth,
//! what is sent, and what noise does.

use crate::harness::Repo;
use crate::verify_logins::{ALL, Server, planted, scram, told};
use data_encoding::BASE64;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const MYSQL: &str = "mysql://app:{}@db.acme.example/shop";
const MONGODB: &str = "mongodb://app:{}@db.acme.example/shop?tls=true";
const NONCE: &[u8; 20] = b"0123456789abcdefghij";

/// What a server of MySQL's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MysqlWays {
    Native,
    /// It greets with one way to prove and asks for another.
    Switch,
    /// It has the password in its cache.
    Cached,
    /// It wants the password itself.
    Full,
    /// The same, without TLS.
    Unencrypted,
    /// It takes any password.
    Any,
    /// Once the password is right, this error.
    Then(u16),
    /// This error, first of all.
    Greets(u16),
    /// These bytes, first of all.
    Says(&'static [u8]),
    /// These bytes in a packet, in the place of a verdict.
    Answers(&'static [u8]),
    /// It asks for another proof without end.
    Endless,
}

fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("packets are short").to_le_bytes();
    [&length[..3], &[number], body].concat()
}

fn error(code: u16) -> Vec<u8> {
    [&[0xff][..], &code.to_le_bytes(), b"#28000it is refused"].concat()
}

fn greeting(ways: MysqlWays) -> Vec<u8> {
    let can: u32 = 0x0018_8209 | if ways == MysqlWays::Unencrypted { 0 } else { 0x800 };
    let plugin: &[u8] = match ways {
        MysqlWays::Cached | MysqlWays::Full | MysqlWays::Switch | MysqlWays::Unencrypted => {
            b"caching_sha2_password"
        }
        _ => b"mysql_native_password",
    };
    let can = can.to_le_bytes();
    let parts: [&[u8]; 10] = [
        b"\x0a8.4.0\0",
        &[7, 0, 0, 0],
        &NONCE[..8],
        &[0],
        &can[..2],
        &[33, 2, 0],
        &can[2..],
        &[21],
        &[0; 10],
        &NONCE[8..],
    ];
    packet(0, &[&parts.concat()[..], &[0], plugin, &[0]].concat())
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

fn serve_mysql(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    (ways, password): (MysqlWays, &str),
    seen: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    match ways {
        MysqlWays::Says(bytes) => return stream.write_all(bytes),
        MysqlWays::Greets(code) => return stream.write_all(&packet(0, &error(code))),
        _ => stream.write_all(&greeting(ways))?,
    }
    if ways == MysqlWays::Unencrypted {
        return talk_mysql(&mut stream, 1, (ways, password), seen);
    }
    let mut asks = [0; 36];
    stream.read_exact(&mut asks)?;
    assert_eq!(asks[5] & 8, 8, "it asks for TLS");
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    talk_mysql(&mut StreamOwned::new(connection, stream), 2, (ways, password), seen)
}

fn talk_mysql(
    stream: &mut (impl Read + Write),
    first: u8,
    (ways, password): (MysqlWays, &str),
    seen: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let mut number = first;
    let next = |stream: &mut dyn Read| {
        let mut head = [0; 4];
        stream.read_exact(&mut head)?;
        let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
        stream.read_exact(&mut body)?;
        seen.lock().expect("no thread panicked").extend([&head[..], &body].concat());
        std::io::Result::Ok((head[3], body))
    };
    let answer = |number: u8, body: &[u8], stream: &mut dyn Write| {
        stream.write_all(&packet(number, body)).and_then(|()| stream.flush())
    };
    let (got, body) = next(stream)?;
    assert_eq!(got, number);
    let rest = &body[32..];
    let end = rest.iter().position(|&byte| byte == 0).expect("the name ends");
    assert_eq!(&rest[..end], b"app");
    let mut proof = rest[end + 2..][..usize::from(rest[end + 1])].to_vec();
    let native = || {
        let once = Sha1::digest(password);
        xor(&once, &Sha1::new().chain_update(NONCE).chain_update(Sha1::digest(once)).finalize())
    };
    let caching = || {
        let once = Sha256::digest(password);
        xor(&once, &Sha256::new().chain_update(Sha256::digest(once)).chain_update(NONCE).finalize())
    };
    let switch = [b"\xfemysql_native_password\0", &NONCE[..], &[0]].concat();
    number += 1;
    let is_it = match ways {
        MysqlWays::Any => true,
        MysqlWays::Cached => proof == caching(),
        MysqlWays::Full | MysqlWays::Unencrypted => {
            answer(number, &[1, 4], stream)?;
            let (_, body) = next(stream)?;
            number += 2;
            body == [password.as_bytes(), b"\0"].concat()
        }
        MysqlWays::Switch => {
            answer(number, &switch, stream)?;
            (_, proof) = next(stream)?;
            number += 2;
            proof == native()
        }
        MysqlWays::Endless => loop {
            answer(number, &switch, stream)?;
            number = next(stream)?.0.wrapping_add(1);
        },
        MysqlWays::Answers(bytes) => return answer(number, bytes, stream),
        _ => proof == native(),
    };
    match ways {
        _ if !is_it => return answer(number, &error(1045), stream),
        MysqlWays::Then(code) => return answer(number, &error(code), stream),
        MysqlWays::Cached => {
            answer(number, &[1, 3], stream)?;
            number += 1;
        }
        _ => {}
    }
    answer(number, &[0, 0, 0, 2, 0, 0, 0], stream)?;
    // What is sent after that, if anything.
    next(stream).map(|_| ())
}

/// What is said of the password in a URL of this form, by a server that knows it, or another.
#[track_caller]
fn check(form: &str, server: impl Fn(&str) -> Server, state: &str, words: &str) -> Value {
    let (repo, password) = planted(form, 1);
    let server = server(&password);
    let outcome = server.ask(&repo, &[ALL, &["--verify-timeout", "4s"]].concat());
    let verification = told(&outcome);
    assert_eq!(verification["state"], state, "{verification}");
    assert!(verification.to_string().contains(words), "{verification}");
    assert!(!outcome.says(&password), "{}", outcome.stdout);
    verification
}

fn mysql(ways: MysqlWays) -> impl Fn(&str) -> Server {
    move |password| {
        let password = password.to_owned();
        Server::serving(move |stream, config, seen| serve_mysql(stream, config, (ways, &password), seen))
    }
}

fn of_another(server: impl Fn(&str) -> Server) -> impl Fn(&str) -> Server {
    move |_| server("another")
}

#[test]
fn mysql_s_word_is_live_or_dead_whatever_proof_it_asks_for() {
    for ways in [MysqlWays::Native, MysqlWays::Switch, MysqlWays::Cached, MysqlWays::Full] {
        let live = check(MYSQL, mysql(ways), "live", "app");
        assert_eq!((&live["recipe"], &live["host"]), (&"mysql-login".into(), &"db.acme.example:3306".into()));
        check(MYSQL, of_another(mysql(ways)), "dead", "");
    }
    // No right to the database, no such database, too many connections: of someone who was let in.
    for code in [1044, 1049, 1203, 1226] {
        check(MYSQL, mysql(MysqlWays::Then(code)), "live", "");
    }
    for (code, words) in [(1862, "accepts the password"), (1698, "1698"), (4151, "4151"), (1040, "1040")] {
        check(MYSQL, mysql(MysqlWays::Then(code)), "unknown", words);
    }
    check("mysql://app:{}@db.acme.example", mysql(MysqlWays::Then(1049)), "unknown", "1049");
    for code in [1130, 1045, 1040] {
        check(MYSQL, mysql(MysqlWays::Greets(code)), "unknown", &code.to_string());
    }
    check(MYSQL, mysql(MysqlWays::Any), "unknown", "made-up password");
}

#[test]
fn mysql_gets_the_password_itself_within_tls_alone_and_no_command() {
    check(MYSQL, mysql(MysqlWays::Unencrypted), "unknown", "so it was not sent");
    let strict = format!("{MYSQL}?ssl-mode=REQUIRED");
    check(&strict, mysql(MysqlWays::Unencrypted), "unknown", "it offers no TLS, for which its address asks");
    let (repo, password) = planted(MYSQL, 2);
    let server = mysql(MysqlWays::Full)(&password);
    assert_eq!(told(&server.ask(&repo, ALL))["state"], "live");
    let read = server.read(2);
    let carries = |one: &[u8]| memchr::memmem::find(one, password.as_bytes()).is_some();
    assert!(read.len() == 2 && !carries(&read[0]) && carries(&read[1]), "{read:?}");
    // The end of the connection, and nothing before it.
    let quit = [password.as_bytes(), b"\0", &packet(0, &[1])].concat();
    assert!(read[1].ends_with(&quit), "{read:?}");
}

/// What a server of MongoDB's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MongodbWays {
    Sha256,
    /// It lets in whoever ends the exchange, without its own part of the proof.
    Anybody,
    /// Once the proof is right, this error.
    Then(i32),
    /// It knows another kind of proof only.
    Other,
    /// These bytes in the place of its first answer.
    Says(&'static [u8]),
}

fn document(fields: &[(u8, &str, &[u8])]) -> Vec<u8> {
    let body: Vec<u8> = fields
        .iter()
        .flat_map(|(kind, name, value)| [&[*kind][..], name.as_bytes(), &[0], value].concat())
        .collect();
    let length = u32::try_from(body.len() + 5).expect("documents are short").to_le_bytes();
    [&length[..], &body, &[0]].concat()
}

fn counted(bytes: &[u8], end: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len() + end.len()).expect("they are short").to_le_bytes();
    [&length[..], bytes, end].concat()
}

fn serve_mongodb(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    (ways, password): (MongodbWays, &str),
    seen: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let next = |stream: &mut dyn Read| {
        let mut head = [0; 16];
        stream.read_exact(&mut head)?;
        let length = u32::from_le_bytes(head[..4].try_into().expect("four bytes")) as usize;
        let mut body = vec![0; length - 16];
        stream.read_exact(&mut body)?;
        seen.lock().expect("no thread panicked").extend_from_slice(&body);
        std::io::Result::Ok((head[4], body))
    };
    let answer = |to: u8, body: &[u8], stream: &mut dyn Write| {
        let length = u32::try_from(body.len() + 21).expect("it is short").to_le_bytes();
        let head = [&length[..], &[9, 0, 0, 0, to, 0, 0, 0, 0xdd, 7, 0, 0], &[0; 5]].concat();
        stream.write_all(&[&head[..], body].concat()).and_then(|()| stream.flush())
    };
    let one = 1_f64.to_le_bytes();
    let fails = |code: i32| {
        let text = counted(b"it is refused", b"\0");
        document(&[(1, "ok", &[0; 8]), (2, "errmsg", &text), (0x10, "code", &code.to_le_bytes())])
    };
    let goes_on = |text: &str, done: u8| {
        let payload =
            [&u32::try_from(text.len()).expect("short").to_le_bytes()[..], &[0], text.as_bytes()].concat();
        let id = 7_i32.to_le_bytes();
        document(&[
            (0x10, "conversationId", &id),
            (8, "done", &[done]),
            (5, "payload", &payload),
            (1, "ok", &one),
        ])
    };
    let part = |body: &[u8], start: &str| {
        let at = memchr::memmem::find(body, start.as_bytes()).expect("it is there");
        let end = body[at..].iter().position(|&byte| byte < 0x20).expect("something comes after it");
        String::from_utf8_lossy(&body[at..at + end]).into_owned()
    };
    let (number, _) = next(&mut stream)?;
    if let MongodbWays::Says(bytes) = ways {
        stream.write_all(bytes)?;
        return stream.flush();
    }
    let name = if ways == MongodbWays::Other { &b"MONGODB-X509"[..] } else { b"SCRAM-SHA-256" };
    let all = document(&[(2, "0", &counted(name, b"\0"))]);
    let version = 21_i32.to_le_bytes();
    answer(
        number,
        &document(&[(0x10, "maxWireVersion", &version), (4, "saslSupportedMechs", &all), (1, "ok", &one)]),
        &mut stream,
    )?;
    let (number, body) = next(&mut stream)?;
    let bare = part(&body, "n=app,r=");
    let nonce = bare.rsplit("r=").next().expect("it has a nonce");
    let own = format!("r={nonce}server,s={},i=4096", BASE64.encode(b"salt"));
    answer(number, &goes_on(&own, 0), &mut stream)?;
    let (number, body) = next(&mut stream)?;
    let last = part(&body, "c=biws,");
    let (unproved, proof) = last.split_once(",p=").expect("it has a proof");
    let (key, signature) = scram(password, &format!("{bare},{own},{unproved}"));
    let is_it = BASE64.encode(&key) == proof;
    let signed = format!("v={}", BASE64.encode(&signature));
    let body = match ways {
        MongodbWays::Anybody => goes_on("v=AAAA", 1),
        MongodbWays::Then(code) if is_it => fails(code),
        _ if is_it => goes_on(&signed, 1),
        _ => fails(18),
    };
    answer(number, &body, &mut stream)?;
    next(&mut stream).map(|_| ())
}

fn mongodb(ways: MongodbWays) -> impl Fn(&str) -> Server {
    move |password| {
        let password = password.to_owned();
        Server::serving(move |stream, config, seen| serve_mongodb(stream, config, (ways, &password), seen))
    }
}

#[test]
fn mongodb_s_word_is_live_or_dead_and_it_must_prove_that_it_knows_the_password() {
    let live = check(MONGODB, mongodb(MongodbWays::Sha256), "live", "app");
    assert_eq!((&live["recipe"], &live["host"]), (&"mongodb-login".into(), &"db.acme.example:27017".into()));
    check(MONGODB, of_another(mongodb(MongodbWays::Sha256)), "dead", "");
    check(MONGODB, mongodb(MongodbWays::Anybody), "unknown", "did not prove");
    check(MONGODB, mongodb(MongodbWays::Then(13)), "unknown", "(13)");
    check(MONGODB, mongodb(MongodbWays::Other), "unknown", "of a kind that is not known here");
    let (repo, password) = planted("mongodb+srv://app:{}@cluster0.acme.example/shop", 5);
    let server = mongodb(MongodbWays::Sha256)(&password);
    let verification = told(&server.ask(&repo, ALL));
    assert!(verification["reason"].as_str().is_some_and(|why| why.contains("(SRV)")), "{verification}");
}

#[test]
fn noise_of_both_is_unknown_bounded_and_keeps_the_password_here() {
    let mysql_noise = [
        MysqlWays::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        MysqlWays::Says(b"\xff\xff\xff\0"),
        MysqlWays::Says(b"\x01\0\0\0\x0a"),
        MysqlWays::Says(b"\x02\0\0\0\xff\x15"),
        MysqlWays::Says(b""),
        MysqlWays::Answers(b"\xfe"),
        MysqlWays::Answers(b"\xfedialog\0Password: "),
        MysqlWays::Answers(b"\xfemysql_native_password\0short"),
        MysqlWays::Answers(b"\x01\x04"),
        MysqlWays::Answers(b"\xff"),
        MysqlWays::Endless,
    ];
    let mongodb_noise: [&[u8]; 5] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xff\xff\x7f\0\0\0\0\x01\0\0\0\xdd\x07\0\0",
        b"\x1a\0\0\0\0\0\0\0\x01\0\0\0\xdd\x07\0\0\0\0\0\0\0\x05\0\0\0\0",
        b"\x1a\0\0\0\0\0\0\0\x02\0\0\0\xdd\x07\0\0\0\0\0\0\0\x05\0\0\0\0",
        b"",
    ];
    let try_one = |form: &str, make: &dyn Fn(&str) -> Server, what: &str| {
        let (repo, password): (Repo, String) = planted(form, 4);
        let server = make(&password);
        let start = Instant::now();
        let verification = told(&server.ask(&repo, &[ALL, &["--verify-timeout", "2s"]].concat()));
        assert!(start.elapsed() < Duration::from_secs(20), "{what} took {:?}", start.elapsed());
        assert_eq!(verification["state"], "unknown", "{what}: {verification}");
        let sent = server.read(1);
        assert!(!sent.iter().any(|one| memchr::memmem::find(one, password.as_bytes()).is_some()), "{what}");
    };
    for ways in mysql_noise {
        try_one(MYSQL, &mysql(ways), &format!("{ways:?}"));
    }
    for bytes in mongodb_noise {
        try_one(MONGODB, &mongodb(MongodbWays::Says(bytes)), &String::from_utf8_lossy(bytes));
    }
}
