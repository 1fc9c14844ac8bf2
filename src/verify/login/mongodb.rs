//! MongoDB and what speaks its protocol: a greeting, and SCRAM in messages of `OP_MSG`
//! (<https://github.com/mongodb/specifications/blob/master/source/auth/auth.md>).
//!
//! # Design
//!
//! Own code, with `bson` and `scram`: four commands, and what a server sends must be bounded before it is read. The password itself
//! is never sent. The server must prove that it knows it, too.

use super::super::address::is_public;
use super::super::answer::{AnswerVerdict, printable, unknown};
use super::super::client::Client;
use super::super::connection::Connection;
use super::super::failure::Failure;
use super::Account;
use super::bson::{BsonFields, DocumentWriter};
use super::scram::{ScramExchange, ScramHash};
use data_encoding::HEXLOWER;
use md5::{Digest, Md5};

/// The longest message that is read, bytes.
const LONGEST: usize = 48 << 10;

/// The number of `OP_MSG`.
const OP_MSG: u32 = 2013;

/// `AuthenticationFailed`.
const AUTHENTICATION_FAILED: i64 = 18;

/// The error of Atlas's own front, with the words after it.
const ATLAS_ERROR: (i64, &str) = (8000, "bad auth");

const NO_MONGODB: &str = "it does not speak MongoDB's protocol";

/// Logs in.
pub(super) fn log_in(
    mut connection: Connection,
    client: &Client,
    account: &Account,
    password: &[u8],
) -> Result<AnswerVerdict, Failure> {
    if account.needs_tls {
        connection = connection.secured(&account.host, client.tls()?)?;
    } else if is_public(connection.address().ip()) {
        return Ok(unknown("its address asks for no TLS, so nothing was sent"));
    }
    MongodbLogin { connection, account, password, number: 0 }.run()
}

/// A login on its way.
struct MongodbLogin<'a> {
    connection: Connection,
    account: &'a Account,
    password: &'a [u8],
    /// The number of the last message.
    number: u32,
}

impl MongodbLogin<'_> {
    fn run(mut self) -> Result<AnswerVerdict, Failure> {
        let Account { user, database, .. } = self.account;
        let part = |name: &str| DocumentWriter::default().text("name", name);
        let own = part("keydredge").text("version", env!("CARGO_PKG_VERSION"));
        let who = DocumentWriter::default()
            .document("application", part("keydredge"))
            .document("driver", own)
            .document("os", DocumentWriter::default().text("type", std::env::consts::OS));
        let hello = DocumentWriter::default()
            .number("isMaster", 1)
            .truth("helloOk", true)
            .text("saslSupportedMechs", &format!("{database}.{user}"))
            .document("client", who)
            .text("$db", "admin");
        let Some(reply) = self.ask(hello)? else { return Ok(unknown(NO_MONGODB)) };
        let Some(fields) = BsonFields::of(&reply).filter(|fields| fields.number("ok") == Some(1)) else {
            return Ok(self.refused(&reply));
        };
        if fields.number("maxWireVersion").is_none() {
            return Ok(unknown(NO_MONGODB));
        }
        // A server that names no ways knows the oldest, or does not know the user.
        let known = fields.texts("saslSupportedMechs").unwrap_or_default();
        let is_known = |hash: &ScramHash| known.contains(&hash.mechanism());
        let all = [ScramHash::Sha256, ScramHash::Sha1];
        let hash = match all.into_iter().find(is_known) {
            Some(hash) => hash,
            None if known.is_empty() => ScramHash::Sha1,
            None => return Ok(unknown("it asks for a proof of a kind that is not known here")),
        };
        self.prove(hash)
    }

    /// SCRAM, to the server's own proof.
    fn prove(&mut self, hash: ScramHash) -> Result<AnswerVerdict, Failure> {
        let Account { user, database, .. } = self.account;
        let Some(password) = self.prepared(hash) else {
            return Ok(unknown("it has characters that MongoDB's passwords cannot have"));
        };
        let Some(exchange) = ScramExchange::new(hash, user) else { return Err(Failure::Request) };
        let start = DocumentWriter::default()
            .number("saslStart", 1)
            .text("mechanism", hash.mechanism())
            .bytes("payload", exchange.first().as_bytes())
            .document("options", DocumentWriter::default().truth("skipEmptyExchange", true))
            .text("$db", database);
        let Some(reply) = self.ask(start)? else { return Ok(unknown(NO_MONGODB)) };
        let Some((fields, payload)) = continued(&reply) else { return Ok(self.refused(&reply)) };
        let Some(proof) = exchange.prove(&password, payload) else {
            return Ok(unknown("its part of the proof is wrong"));
        };
        let Some(id) = fields.value("conversationId").map(|(kind, value)| (kind, value.to_vec())) else {
            return Ok(unknown(NO_MONGODB));
        };
        let next = |payload: &[u8]| {
            DocumentWriter::default()
                .number("saslContinue", 1)
                .copied("conversationId", (id.0, &id.1))
                .bytes("payload", payload)
                .text("$db", database)
        };
        let Some(reply) = self.ask(next(proof.message.as_bytes()))? else { return Ok(unknown(NO_MONGODB)) };
        let Some((fields, payload)) = continued(&reply) else { return Ok(self.refused(&reply)) };
        if !proof.is_answered_by(payload) {
            return Ok(unknown("it did not prove that it knows the password"));
        }
        if fields.truth("done") != Some(true) {
            // Older servers want one more message, which says nothing.
            let Some(reply) = self.ask(next(b""))? else { return Ok(unknown(NO_MONGODB)) };
            match continued(&reply) {
                Some((fields, _)) if fields.truth("done") == Some(true) => {}
                _ => return Ok(self.refused(&reply)),
            }
        }
        Ok(AnswerVerdict::Live(vec![("account".to_owned(), user.clone())]))
    }

    /// The password as the proof takes it: for SHA-1 its hash with the user's name, as MongoDB has it since before SCRAM.
    fn prepared(&self, hash: ScramHash) -> Option<Vec<u8>> {
        match hash {
            ScramHash::Sha1 => {
                let whole = [self.account.user.as_bytes(), b":mongo:", self.password].concat();
                Some(HEXLOWER.encode(&Md5::digest(whole)).into_bytes())
            }
            ScramHash::Sha256 => {
                let text = std::str::from_utf8(self.password).ok()?;
                Some(stringprep::saslprep(text).ok()?.into_owned().into_bytes())
            }
        }
    }

    /// Sends a command and reads the document that answers it; none if it is none of MongoDB's.
    fn ask(&mut self, command: DocumentWriter) -> Result<Option<Vec<u8>>, Failure> {
        self.number += 1;
        // No flags, and one section: the document.
        let body = [&[0; 5][..], &command.finish()].concat();
        let length = u32::try_from(body.len() + 16).map_err(|_| Failure::Request)?;
        let head = [length, self.number, 0, OP_MSG].map(u32::to_le_bytes).concat();
        self.connection.send(&[&head[..], &body].concat())?;
        let mut head = [0; 16];
        self.connection.fill(&mut head)?;
        let part = |at: usize| {
            head[at..].first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)).unwrap_or_default()
        };
        let length = part(0) as usize;
        if !(26..=LONGEST).contains(&length) || part(8) != self.number || part(12) != OP_MSG {
            return Ok(None);
        }
        let mut body = vec![0; length - 16];
        self.connection.fill(&mut body)?;
        // A checksum at the end is one that nobody asked for.
        Ok(body.strip_prefix(&[0; 5]).map(<[u8]>::to_vec))
    }

    /// What a document without success says.
    fn refused(&self, reply: &[u8]) -> AnswerVerdict {
        let Some(fields) = BsonFields::of(reply) else { return unknown(NO_MONGODB) };
        let (code, text) = (fields.number("code"), fields.text("errmsg").unwrap_or_default());
        let is_atlas = code == Some(ATLAS_ERROR.0) && text.starts_with(ATLAS_ERROR.1);
        if fields.number("ok") == Some(0) && (code == Some(AUTHENTICATION_FAILED) || is_atlas) {
            // Before the proof it is an answer about the user, which a wrong password would not change.
            return AnswerVerdict::Dead;
        }
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        let text = printable(text, self.password).unwrap_or_default();
        AnswerVerdict::Unknown(format!("its answer says neither: {text}{code}"))
    }
}

/// The fields of a reply to a step of SCRAM, with its payload, if it was one.
fn continued(reply: &[u8]) -> Option<(BsonFields<'_>, &[u8])> {
    let fields = BsonFields::of(reply)?;
    (fields.number("ok") == Some(1)).then_some(())?;
    Some((fields, fields.bytes("payload")?))
}
