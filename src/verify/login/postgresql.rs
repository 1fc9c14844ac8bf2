//! PostgreSQL: as much of its protocol as a login needs (<https://www.postgresql.org/docs/current/protocol-flow.html>).
//!
//! # Design
//!
//! The messages are our own code: a few fixed fields, and what a server sends must be bounded before it is read. The proofs are
//! those of the usual client's crate. Nothing is asked of the server after the login.

use super::super::address::is_public;
use super::super::answer::{AnswerVerdict, printable, unknown};
use super::super::client::Client;
use super::super::connection::Connection;
use super::super::failure::Failure;
use super::Account;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};

/// The request for TLS: its length, and its number in the place of a version.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// The version of the protocol: 3.0.
const VERSION: [u8; 4] = [0, 3, 0, 0];

/// The longest message that is read, bytes.
const LONGEST: usize = 32 << 10;

/// The most messages that are read.
const MOST: usize = 200;

/// Kinds of proof that a server may ask for.
mod proof {
    pub(super) const DONE: i32 = 0;
    pub(super) const CLEAR: i32 = 3;
    pub(super) const MD5: i32 = 5;
    pub(super) const SASL: i32 = 10;
    pub(super) const SASL_CONTINUE: i32 = 11;
    pub(super) const SASL_FINAL: i32 = 12;
}

/// Logs in.
pub(super) fn log_in(
    connection: Connection,
    client: &Client,
    account: &Account,
    password: &[u8],
) -> Result<AnswerVerdict, Failure> {
    let connection = match secured(connection, client, account)? {
        Ok(connection) => connection,
        Err(why) => return Ok(unknown(why)),
    };
    let mut talk = Talk { connection, account, password, asked: false, scram: None, is_proved: true };
    talk.start()?;
    let verdict = talk.run()?;
    // It is over whatever the server makes of that.
    let _it_may_have_gone = talk.connection.send(&message(b'X', b""));
    Ok(verdict)
}

/// The connection with TLS if the server offers it; or why it may not be used.
fn secured(
    mut connection: Connection,
    client: &Client,
    account: &Account,
) -> Result<Result<Connection, &'static str>, Failure> {
    connection.send(&TLS_REQUEST)?;
    let mut answer = [0];
    connection.fill(&mut answer)?;
    let is_public = is_public(connection.address().ip());
    Ok(match answer[0] {
        b'S' => Ok(connection.secured(&account.host, client.tls()?)?),
        b'N' if account.needs_tls => Err("it offers no TLS, for which its address asks, so nothing was sent"),
        b'N' if is_public => Err("it offers no TLS, so nothing was sent"),
        b'N' => Ok(connection),
        _ => Err("it does not speak PostgreSQL's protocol"),
    })
}

/// A message with its kind and length.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(length(body));
    bytes.extend_from_slice(body);
    bytes
}

/// The length of a message, which counts itself.
fn length(body: &[u8]) -> [u8; 4] {
    // Names and passwords are bounded by the lines that they were found in.
    u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes()
}

/// A login on its way.
struct Talk<'a> {
    connection: Connection,
    account: &'a Account,
    password: &'a [u8],
    /// Whether a password was asked for.
    asked: bool,
    scram: Option<ScramSha256>,
    /// False while the server owes the proof that it knows the password, too.
    is_proved: bool,
}

impl Talk<'_> {
    fn start(&mut self) -> Result<(), Failure> {
        let mut body = VERSION.to_vec();
        let name = ("application_name", concat!("keydredge ", env!("CARGO_PKG_VERSION")));
        let pairs = [("user", &*self.account.user), ("database", &self.account.database), name];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            for text in [name, value] {
                if text.contains('\0') {
                    return Err(Failure::Request);
                }
                body.extend_from_slice(text.as_bytes());
                body.push(0);
            }
        }
        body.push(0);
        let head = length(&body);
        self.connection.send(&[&head[..], &body].concat())
    }

    fn run(&mut self) -> Result<AnswerVerdict, Failure> {
        let mut identity = vec![("account".to_owned(), self.account.user.clone())];
        let mut is_in = false;
        for _ in 0..MOST {
            let Some((kind, body)) = self.read()? else {
                return Ok(unknown("it does not speak PostgreSQL's protocol"));
            };
            match kind {
                b'R' => {
                    let Some((code, rest)) = body.split_first_chunk::<4>() else {
                        return Err(Failure::Connection);
                    };
                    let code = i32::from_be_bytes(*code);
                    if code != proof::DONE {
                        if let Err(why) = self.prove(code, rest)? {
                            return Ok(unknown(why));
                        }
                    } else if !self.asked {
                        return Ok(unknown("it asks for no password, so it would accept any"));
                    } else if !self.is_proved {
                        return Ok(unknown("it did not prove that it knows the password"));
                    } else {
                        is_in = true;
                    }
                }
                b'E' => return Ok(self.judge(&body, is_in, identity)),
                b'S' if body == b"is_superuser\0on\0" => {
                    identity.push(("role".to_owned(), "superuser".to_owned()));
                }
                // Parameters, the key to cancel with, notices, the version that it speaks.
                b'S' | b'K' | b'N' | b'v' => {}
                b'Z' if is_in => return Ok(AnswerVerdict::Live(identity)),
                _ => return Ok(unknown("it does not speak PostgreSQL's protocol")),
            }
        }
        Ok(unknown("its answer has no end"))
    }

    /// The next message; none if it is none of PostgreSQL's.
    fn read(&mut self) -> Result<Option<(u8, Vec<u8>)>, Failure> {
        let mut head = [0; 5];
        self.connection.fill(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        if !(4..=LONGEST).contains(&length) {
            return Ok(None);
        }
        let mut body = vec![0; length - 4];
        self.connection.fill(&mut body)?;
        Ok(Some((kind, body)))
    }

    /// Answers a question for a proof; or says why it is not answered.
    fn prove(&mut self, code: i32, rest: &[u8]) -> Result<Result<(), &'static str>, Failure> {
        let ended = |text: &[u8]| [text, b"\0"].concat();
        if self.asked && code != proof::SASL_FINAL {
            return Ok(Err("it asks for the password twice"));
        }
        let body = match code {
            proof::CLEAR => {
                if !self.connection.is_secured() && !self.connection.address().ip().is_loopback() {
                    return Ok(Err(
                        "it asks for the password in the clear and offers no TLS, so it was not sent",
                    ));
                }
                ended(self.password)
            }
            proof::MD5 => {
                let Some((salt, _)) = rest.split_first_chunk::<4>() else { return Err(Failure::Connection) };
                ended(md5_hash(self.account.user.as_bytes(), self.password, *salt).as_bytes())
            }
            proof::SASL => {
                if self.scram.is_some()
                    || !rest.split(|&byte| byte == 0).any(|one| one == SCRAM_SHA_256.as_bytes())
                {
                    return Ok(Err("it asks for a proof of a kind that is not known here"));
                }
                let scram = ScramSha256::new(self.password, ChannelBinding::unsupported());
                let first = scram.message();
                let length = u32::try_from(first.len()).unwrap_or(u32::MAX).to_be_bytes();
                let body = [&ended(SCRAM_SHA_256.as_bytes())[..], &length, first].concat();
                self.scram = Some(scram);
                self.is_proved = false;
                body
            }
            proof::SASL_CONTINUE => {
                let wrong = "its part of the proof is wrong";
                let Some(scram) = self.scram.as_mut() else { return Ok(Err(wrong)) };
                // Salt and rounds are the server's; the crate bounds the rounds.
                if scram.update(rest).is_err() {
                    return Ok(Err(wrong));
                }
                scram.message().to_vec()
            }
            proof::SASL_FINAL => {
                let Some(mut scram) = self.scram.take().filter(|_| self.asked) else {
                    return Ok(Err("its part of the proof is wrong"));
                };
                self.is_proved = scram.finish(rest).is_ok();
                return Ok(Ok(()));
            }
            _ => return Ok(Err("it asks for something else than a password")),
        };
        // The first message of SASL says nothing of the password yet.
        self.asked = code != proof::SASL;
        self.connection.send(&message(b'p', &body))?;
        Ok(Ok(()))
    }

    /// What an error says, before the server accepted the password or after.
    fn judge(&self, body: &[u8], is_in: bool, identity: Vec<(String, String)>) -> AnswerVerdict {
        let field = |wanted: u8| {
            let mut fields = body.split(|&byte| byte == 0);
            let found = fields.find_map(|field| field.split_first().filter(|(kind, _)| **kind == wanted));
            String::from_utf8_lossy(found.map(|(_, text)| text).unwrap_or_default()).into_owned()
        };
        let (state, text) = (field(b'C'), field(b'M'));
        let shown = printable(&text, self.password).unwrap_or_default();
        let error =
            printable(&state, self.password).map_or(shown.clone(), |state| format!("{shown} ({state})"));
        match (is_in, &*state) {
            // No such database, no right to it, no room: of someone who was let in.
            (true, "3D000" | "42501" | "53300") => AnswerVerdict::Live(identity),
            (true, _) => {
                AnswerVerdict::Unknown(format!("it accepts the password, but not the login: {error}"))
            }
            (false, "28P01") if self.asked => AnswerVerdict::Dead,
            (false, _) => AnswerVerdict::Unknown(format!("its answer says neither: {error}")),
        }
    }
}
