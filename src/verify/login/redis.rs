//! Redis, Valkey and their kin: the command AUTH and the line that answers it
//! (<https://redis.io/docs/latest/develop/reference/protocol-spec/>). Own code: it is one command.

use super::super::answer::{AnswerVerdict, printable, unknown};
use super::super::client::Client;
use super::super::connection::Connection;
use super::super::failure::Failure;
use super::Account;

/// The longest line that is read.
const LONGEST: usize = 1024;

/// Logs in.
pub(super) fn log_in(
    mut connection: Connection,
    client: &Client,
    account: &Account,
    password: &[u8],
) -> Result<AnswerVerdict, Failure> {
    if account.needs_tls {
        connection = connection.secured(&account.host, client.tls()?)?;
    } else if !connection.address().ip().is_loopback() {
        let why = "its address asks for no TLS, so the password would be sent in the clear, and was not";
        return Ok(unknown(why));
    }
    let user = account.user.as_bytes();
    let parts = [&b"AUTH"[..], user, password];
    let parts: Vec<&[u8]> = parts
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at != 1 || !user.is_empty())
        .map(|(_, part)| part)
        .collect();
    let mut command = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        command.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        command.extend_from_slice(part);
        command.extend_from_slice(b"\r\n");
    }
    connection.send(&command)?;
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\r\n") {
        if line.len() > LONGEST {
            return Err(Failure::TooLarge);
        }
        connection.fill(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(judge(line.trim_ascii_end(), account, password))
}

/// What the line that answers AUTH says.
fn judge(line: &[u8], account: &Account, password: &[u8]) -> AnswerVerdict {
    let text = String::from_utf8_lossy(line);
    if text == "+OK" {
        let name = if account.user.is_empty() { "default" } else { &account.user };
        return AnswerVerdict::Live(vec![("account".to_owned(), name.to_owned())]);
    }
    let Some(error) = text.strip_prefix('-') else { return unknown("it does not speak Redis's protocol") };
    // Before version 6 it was an error without a word of its own.
    if error.starts_with("WRONGPASS ") || error == "ERR invalid password" {
        return AnswerVerdict::Dead;
    }
    if error.contains("without any password configured") || error.contains("no password is set") {
        return unknown("it asks for no password, so it would accept any");
    }
    match printable(error, password) {
        Some(error) => AnswerVerdict::Unknown(format!("its answer says neither: {error}")),
        None => unknown("its answer says neither"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Protocol;
    use super::*;

    #[test]
    fn only_redis_s_own_words_count() {
        let account = Account {
            protocol: Protocol::Redis,
            host: "cache.acme.example".to_owned(),
            port: 6379,
            user: String::new(),
            database: String::new(),
            needs_tls: true,
        };
        for (line, wanted) in [
            ("+OK", "live"),
            ("-WRONGPASS invalid username-password pair or user is disabled.", "dead"),
            ("-ERR invalid password", "dead"),
            ("-ERR AUTH <password> called without any password configured for the default user.", "unknown"),
            ("-ERR Client sent AUTH, but no password is set", "unknown"),
            ("-ERR wrong number of arguments for 'auth' command", "unknown"),
            ("-NOAUTH Authentication required.", "unknown"),
            ("-DENIED Redis is running in protected mode", "unknown"),
            ("-LOADING Redis is loading the dataset in memory", "unknown"),
            ("+OKAY", "unknown"),
            ("HTTP/1.1 400 Bad Request", "unknown"),
            ("", "unknown"),
        ] {
            let verdict = match judge(line.as_bytes(), &account, b"q7Zk2Lw9") {
                AnswerVerdict::Live(_) => "live",
                AnswerVerdict::Dead => "dead",
                AnswerVerdict::Unknown(_) => "unknown",
            };
            assert_eq!(verdict, wanted, "{line}");
        }
        let echo = judge(b"-ERR you sent q7Zk2Lw9", &account, b"q7Zk2Lw9");
        assert_eq!(echo, AnswerVerdict::Unknown("its answer says neither".to_owned()));
    }
}
