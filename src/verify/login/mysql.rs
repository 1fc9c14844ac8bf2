//! MySQL, MariaDB and what speaks their protocol
//! (<https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>).
//!
//! # Design
//!
//! Own code: a few fixed fields, and what a server sends must be bounded before it is read. The proofs are two hashes of the
//! password with the server's number; where the server wants the password itself (`caching_sha2_password` for an account that
//! it has not seen since it started), it gets it within TLS alone. The other way that protocol has, RSA with a key that the server sends, would
//! trust whoever answers.

use super::super::address::is_public;
use super::super::answer::{AnswerVerdict, printable, unknown};
use super::super::client::Client;
use super::super::connection::Connection;
use super::super::failure::Failure;
use super::Account;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The longest packet that is read, bytes.
const LONGEST: usize = 16 << 10;

/// The most packets that are read.
const MOST: usize = 12;

/// The longest packet that the client says it takes, bytes.
const LARGEST_ANSWER: u32 = 1 << 24;

/// UTF-8, as every version has it.
const CHARSET: u8 = 33;

/// How many bytes a server's number has.
const NONCE: usize = 20;

/// Capabilities of both ends.
mod can {
    pub(super) const LONG_PASSWORD: u32 = 1;
    pub(super) const CONNECT_WITH_DB: u32 = 1 << 3;
    pub(super) const PROTOCOL_41: u32 = 1 << 9;
    pub(super) const SSL: u32 = 1 << 11;
    pub(super) const SECURE_CONNECTION: u32 = 1 << 15;
    pub(super) const PLUGIN_AUTH: u32 = 1 << 19;
    pub(super) const CONNECT_ATTRS: u32 = 1 << 20;
}

/// Ways to prove who one is.
mod plugin {
    pub(super) const NATIVE: &[u8] = b"mysql_native_password";
    pub(super) const CACHING: &[u8] = b"caching_sha2_password";
    pub(super) const SHA256: &[u8] = b"sha256_password";
    pub(super) const CLEAR: &[u8] = b"mysql_clear_password";
}

/// Logs in.
pub(super) fn log_in(
    connection: Connection,
    client: &Client,
    account: &Account,
    password: &[u8],
) -> Result<AnswerVerdict, Failure> {
    if password.contains(&0) || account.user.contains('\0') || account.database.contains('\0') {
        return Err(Failure::Request);
    }
    let mut talk = MysqlLogin { connection, account, password, sequence: 0, asked: false };
    let Some(first) = talk.read()? else { return Ok(unknown(NO_MYSQL)) };
    if let Some(error) = first.strip_prefix(&[0xff]) {
        return Ok(talk.judge(error));
    }
    let Some(greeting) = Greeting::read(&first) else { return Ok(unknown(NO_MYSQL)) };
    let needed = can::PROTOCOL_41 | can::SECURE_CONNECTION | can::PLUGIN_AUTH;
    if greeting.can & needed != needed {
        return Ok(unknown("its version of the protocol is too old"));
    }
    let talk = if greeting.can & can::SSL != 0 {
        let asks = head(talk.capabilities(&greeting));
        talk.send(&asks)?;
        let connection = talk.connection.secured(&account.host, client.tls()?)?;
        MysqlLogin { connection, ..talk }
    } else if account.needs_tls {
        return Ok(unknown("it offers no TLS, for which its address asks, so nothing was sent"));
    } else if is_public(talk.connection.address().ip()) {
        return Ok(unknown("it offers no TLS, so nothing was sent"));
    } else {
        talk
    };
    talk.run(&greeting)
}

const NO_MYSQL: &str = "it does not speak MySQL's protocol";

/// What a server begins with.
struct Greeting {
    can: u32,
    nonce: [u8; NONCE],
    plugin: Vec<u8>,
}

impl Greeting {
    /// Version 10: the server's version, a thread, 8 bytes of the number, capabilities, the character set, the status, the length of the
    /// number, reserved bytes, the rest of the number, the way to prove.
    fn read(packet: &[u8]) -> Option<Self> {
        let rest = packet.strip_prefix(&[10])?;
        let rest = &rest[memchr::memchr(0, rest)? + 1..];
        let (_thread, rest) = rest.split_first_chunk::<4>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (_filler, rest) = rest.split_first()?;
        let (low, rest) = rest.split_first_chunk::<2>()?;
        let (_charset_and_status, rest) = rest.split_first_chunk::<3>()?;
        let (high, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first()?;
        let (_reserved, rest) = rest.split_first_chunk::<10>()?;
        let (second, plugin) = rest.split_at_checked(usize::from(*length).saturating_sub(8).max(13))?;
        let mut nonce = [0; NONCE];
        nonce[..8].copy_from_slice(first);
        nonce[8..].copy_from_slice(second.get(..NONCE - 8)?);
        let can = u32::from(u16::from_le_bytes(*low)) | u32::from(u16::from_le_bytes(*high)) << 16;
        // Some servers do not end the name.
        let plugin = plugin.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
        Some(Self { can, nonce, plugin })
    }
}

/// How each answer of the client begins: capabilities, the longest packet, the character set.
fn head(capabilities: u32) -> Vec<u8> {
    let mut head = [capabilities.to_le_bytes(), LARGEST_ANSWER.to_le_bytes()].concat();
    head.push(CHARSET);
    head.extend([0; 23]);
    head
}

/// Bytes with their length before them.
fn counted(bytes: &[u8]) -> Vec<u8> {
    // Names and proofs are short; 250 is the most that one byte can count.
    let bytes = &bytes[..bytes.len().min(250)];
    let length = u8::try_from(bytes.len()).unwrap_or_default();
    [&[length][..], bytes].concat()
}

/// A login on its way.
struct MysqlLogin<'a> {
    connection: Connection,
    account: &'a Account,
    password: &'a [u8],
    /// The number of the next packet.
    sequence: u8,
    /// Whether a proof was sent.
    asked: bool,
}

impl MysqlLogin<'_> {
    fn capabilities(&self, greeting: &Greeting) -> u32 {
        let mut own = can::LONG_PASSWORD | can::PROTOCOL_41 | can::SECURE_CONNECTION | can::PLUGIN_AUTH;
        if !self.account.database.is_empty() {
            own |= can::CONNECT_WITH_DB;
        }
        own | greeting.can & (can::SSL | can::CONNECT_ATTRS)
    }

    /// Proves, in the way that the server asks for, until it says what it makes of that.
    fn run(mut self, greeting: &Greeting) -> Result<AnswerVerdict, Failure> {
        // What is no proof of a known kind is asked for once more, with the account's own kind.
        let mut plugin =
            if greeting.plugin == plugin::CACHING { plugin::CACHING } else { plugin::NATIVE }.to_vec();
        let first = proof(&plugin, self.password, &greeting.nonce).unwrap_or_default();
        let mut body = head(self.capabilities(greeting));
        body.extend(ended(self.account.user.as_bytes()));
        body.extend(counted(&first));
        if !self.account.database.is_empty() {
            body.extend(ended(self.account.database.as_bytes()));
        }
        body.extend(ended(&plugin));
        if greeting.can & can::CONNECT_ATTRS != 0 {
            let name: [&[u8]; 4] =
                [b"program_name", b"keydredge", b"program_version", env!("CARGO_PKG_VERSION").as_bytes()];
            body.extend(counted(&name.into_iter().flat_map(counted).collect::<Vec<u8>>()));
        }
        self.asked = true;
        self.send(&body)?;
        for _ in 0..MOST {
            let Some(packet) = self.read()? else { return Ok(unknown(NO_MYSQL)) };
            match packet.split_first() {
                Some((0x00, _)) => {
                    // A command is a new exchange: COM_QUIT.
                    self.sequence = 0;
                    // It is over whatever the server makes of that.
                    let _it_may_have_gone = self.send(&[1]);
                    return Ok(self.live());
                }
                Some((0xff, error)) => return Ok(self.judge(error)),
                Some((0xfe, other)) => {
                    let (name, data) = super::written::split(other, 0).unwrap_or((other, &[]));
                    plugin = name.to_vec();
                    let own =
                        data.first_chunk::<NONCE>().and_then(|nonce| proof(&plugin, self.password, nonce));
                    match own {
                        Some(own) => self.send(&own)?,
                        None if matches!(&*plugin, plugin::CLEAR | plugin::SHA256) => {
                            if let Some(why) = self.send_itself()? {
                                return Ok(why);
                            }
                        }
                        None => {
                            let name = printable(&String::from_utf8_lossy(&plugin), self.password);
                            let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
                            let why = format!("it asks for a proof of a kind that is not known here{name}");
                            return Ok(AnswerVerdict::Unknown(why));
                        }
                    }
                }
                // It has seen the account's password before, and the proof is right: it says so next.
                Some((0x01, [3])) if plugin == plugin::CACHING => {}
                Some((0x01, [4])) if plugin == plugin::CACHING => {
                    if let Some(why) = self.send_itself()? {
                        return Ok(why);
                    }
                }
                _ => return Ok(unknown(NO_MYSQL)),
            }
        }
        Ok(unknown("its answer has no end"))
    }

    /// Sends the password itself; or says why not.
    fn send_itself(&mut self) -> Result<Option<AnswerVerdict>, Failure> {
        if !self.connection.is_secured() {
            return Ok(Some(unknown(
                "it asks for the password itself and offers no TLS, so it was not sent",
            )));
        }
        self.send(&ended(self.password))?;
        Ok(None)
    }

    /// The next packet; none if it is none of MySQL's.
    fn read(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut head = [0; 4];
        self.connection.fill(&mut head)?;
        let [a, b, c, number] = head;
        let length = u32::from_le_bytes([a, b, c, 0]) as usize;
        if !(1..=LONGEST).contains(&length) || number != self.sequence {
            return Ok(None);
        }
        self.sequence = number.wrapping_add(1);
        let mut body = vec![0; length];
        self.connection.fill(&mut body)?;
        Ok(Some(body))
    }

    fn send(&mut self, body: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(body.len()).map_err(|_| Failure::Request)?.to_le_bytes();
        let head = [length[0], length[1], length[2], self.sequence];
        self.sequence = self.sequence.wrapping_add(1);
        self.connection.send(&[&head[..], body].concat())
    }

    /// What an error says: its number, its state of SQL, its text.
    fn judge(&self, error: &[u8]) -> AnswerVerdict {
        let Some((code, text)) = error.split_first_chunk::<2>() else { return unknown(NO_MYSQL) };
        let code = u16::from_le_bytes(*code);
        let text = if text.starts_with(b"#") { text.get(6..).unwrap_or_default() } else { text };
        let text = printable(&String::from_utf8_lossy(text), self.password).unwrap_or_default();
        match code {
            1045 if self.asked => AnswerVerdict::Dead,
            // No right to the database, no such database: of someone who was let in.
            1044 | 1049 if self.asked && !self.account.database.is_empty() => self.live(),
            // No room for one more of this user's connections.
            1203 | 1226 if self.asked => self.live(),
            1820 | 1862 if self.asked => {
                AnswerVerdict::Unknown(format!("it accepts the password, but not the login: {text} ({code})"))
            }
            _ => AnswerVerdict::Unknown(format!("its answer says neither: {text} ({code})")),
        }
    }

    fn live(&self) -> AnswerVerdict {
        AnswerVerdict::Live(vec![("account".to_owned(), self.account.user.clone())])
    }
}

fn ended(text: &[u8]) -> Vec<u8> {
    [text, b"\0"].concat()
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

/// The proof of a password for a server's number, in a way that does not contain it; none for other ways.
fn proof(plugin: &[u8], password: &[u8], nonce: &[u8; NONCE]) -> Option<Vec<u8>> {
    match plugin {
        plugin::NATIVE => {
            let once = Sha1::digest(password);
            let salted = Sha1::new().chain_update(nonce).chain_update(Sha1::digest(once)).finalize();
            Some(xor(&once, &salted))
        }
        plugin::CACHING => {
            let once = Sha256::digest(password);
            let salted = Sha256::new().chain_update(Sha256::digest(once)).chain_update(nonce).finalize();
            Some(xor(&once, &salted))
        }
        _ => None,
    }
}
