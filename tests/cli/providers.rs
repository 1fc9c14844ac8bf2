//! Providers for the tests of `--verify`: a TLS server on this machine that answers for every host as a test says, and
//! records what it is asked.

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `GET /path`.
    pub(crate) line: String,
    /// The value of the header `Host`.
    pub(crate) host: String,
    /// The head with the body.
    pub(crate) whole: String,
}

impl Asked {
    /// True if the request carries `secret`, as it is or encoded as a form, in Basic authentication, or in JSON.
    pub(crate) fn carries(&self, secret: &str) -> bool {
        let decoded = percent_decoded(&self.whole);
        let basic = self.whole.lines().filter_map(|line| line.split_once("Basic ")).find_map(|(_, text)| {
            let bytes = BASE64.decode(text.trim().as_bytes()).ok()?;
            String::from_utf8(bytes).ok()
        });
        let json = serde_json::Value::from(secret).to_string();
        self.whole.contains(secret)
            || self.is_signed_by(secret)
            || self.is_signed_for_azure(secret)
            || self.whole.contains(&json[1..json.len() - 1])
            || decoded.contains(secret)
            || basic.is_some_and(|pair| pair.contains(secret))
    }
}

impl Asked {
    fn value(&self, name: &str) -> Option<String> {
        let mut lines = self.whole.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    /// True if the request is signed by `secret` as Azure's storage wants it: this path, no usual header.
    fn is_signed_for_azure(&self, secret: &str) -> bool {
        let shared = self.value("authorization").and_then(|text| {
            text.strip_prefix("SharedKey ")?
                .split_once(':')
                .map(|(one, other)| (one.to_owned(), other.to_owned()))
        });
        let (Some((account, signature)), Ok(key)) = (shared, BASE64.decode(secret.as_bytes())) else {
            return false;
        };
        let [date, version] = ["x-ms-date", "x-ms-version"].map(|name| self.value(name).unwrap_or_default());
        let head = format!("GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{version}\n");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length is right");
        mac.update(format!("{head}/{account}/\ncomp:properties\nrestype:service").as_bytes());
        signature == BASE64.encode(&mac.finalize().into_bytes())
    }

    /// True if AWS's signature of the request is one by `secret`.
    fn is_signed_by(&self, secret: &str) -> bool {
        let value = |name: &str| self.value(name);
        let Some((authorization, time)) = value("authorization").zip(value("x-amz-date")) else {
            return false;
        };
        let hash = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
        let mac = |key: &[u8], text: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is right");
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        };
        let body = self.whole.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let head = format!("POST\n/\n\nhost:{}\nx-amz-date:{time}\n\nhost;x-amz-date\n", self.host);
        let (service, rest) = self.host.split_once('.').unwrap_or_default();
        let region =
            if rest == "amazonaws.com" { "us-east-1" } else { rest.split('.').next().unwrap_or_default() };
        let scope = format!("{}/{region}/{service}/aws4_request", &time[..8]);
        let request = hash(format!("{head}{}", hash(body.as_bytes())).as_bytes());
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{request}");
        let key = scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| mac(&key, part));
        authorization.ends_with(&format!("Signature={}", HEXLOWER.encode(&mac(&key, &text))))
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers: status, headers as lines, body.
    Answer(u16, String, Vec<u8>),
    /// Sends the head, and then a byte a second.
    Slow,
    /// Sends the head of a body that never ends.
    Endless,
    /// Reads and says nothing.
    Silence,
    /// Closes the connection.
    Close,
}

impl Reply {
    /// A JSON document.
    #[expect(clippy::needless_pass_by_value, reason = "documents are made where they are passed")]
    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        Self::Answer(status, "content-type: application/json\r\n".to_owned(), body.to_string().into_bytes())
    }

    /// A page for people.
    pub(crate) fn page(status: u16) -> Self {
        let body = b"<!doctype html><html><body><h1>Sign in</h1></body></html>".to_vec();
        Self::Answer(status, "content-type: text/html; charset=utf-8\r\n".to_owned(), body)
    }
}

type Answers = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server.
pub(crate) struct Providers {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    hosts: Vec<String>,
    folder: tempfile::TempDir,
}

impl Providers {
    /// A server for `hosts` that answers with `answers`.
    pub(crate) fn new<'h>(
        hosts: impl IntoIterator<Item = &'h str>,
        answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let hosts: Vec<String> = hosts.into_iter().map(str::to_owned).collect();
        let own = rcgen::generate_simple_self_signed(hosts.clone()).expect("a certificate can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("ca.pem"), own.cert.pem()).expect("a file can be written");
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("it is PKCS#8");
        let chain = vec![CertificateDer::from(own.cert.der().to_vec())];
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("key and certificate belong together");
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let address = listener.local_addr().expect("it has an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (config, answers, log) =
            (Arc::new(config), Arc::new(answers) as Arc<Answers>, Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, answers, log) = (Arc::clone(&config), Arc::clone(&answers), Arc::clone(&log));
                thread::spawn(move || serve(stream, config, &*answers, &log));
            }
        });
        Self { address, asked, hosts, folder }
    }

    /// The server's certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The flags with which the program finds all hosts here.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags =
            vec!["--verify".to_owned(), "--allow-private-hosts".to_owned(), "--ca-file".to_owned()];
        flags.push(self.ca_file().to_str().expect("a temporary path is UTF-8").to_owned());
        for host in &self.hosts {
            flags.extend(["--connect-to".to_owned(), format!("{host}:{}", self.address)]);
        }
        flags
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no thread panicked").clone()
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, answers: &Answers, log: &Mutex<Vec<Asked>>) {
    let _it_may_be_closed = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut stream = StreamOwned::new(connection, stream);
    let Some(asked) = read(&mut stream) else { return };
    log.lock().expect("no thread panicked").push(asked.clone());
    let mut head = |status: u16, headers: &str, len: &str| {
        stream.write_all(format!("HTTP/1.1 {status} X\r\n{headers}{len}connection: close\r\n\r\n").as_bytes())
    };
    let json = "content-type: application/json\r\n";
    let _they_may_have_gone = match answers(&asked) {
        Reply::Answer(status, headers, body) => {
            let len = format!("content-length: {}\r\n", body.len());
            head(status, &headers, &len).and_then(|()| stream.write_all(&body))
        }
        Reply::Slow => head(200, json, "content-length: 1000\r\n").and_then(|()| {
            (0..60).try_for_each(|_| {
                stream.write_all(b" ")?;
                stream.flush()?;
                thread::sleep(Duration::from_secs(1));
                Ok(())
            })
        }),
        Reply::Endless => {
            let chunk = [b' '; 1 << 14];
            head(200, json, "").and_then(|()| (0..1 << 20).try_for_each(|_| stream.write_all(&chunk)))
        }
        Reply::Silence => {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Reply::Close => Ok(()),
    };
    stream.conn.send_close_notify();
    let _they_may_have_gone = stream.flush();
}

fn read(stream: &mut impl Read) -> Option<Asked> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
                pairs
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.trim().to_owned())
            };
            let len = header("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
            if body.len() >= len {
                let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
                return Some(Asked { line, host: header("host").unwrap_or_default(), whole: text });
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
