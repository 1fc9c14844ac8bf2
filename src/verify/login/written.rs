//! What files write of an account: hosts, ports, names and passwords, with their escapes.

use super::{Account, Protocol};
use data_encoding::HEXLOWER_PERMISSIVE;

/// An account, if its parts are some: a host that is one name or address, a port, names that are text.
pub(super) fn account(
    protocol: Protocol,
    host: &[u8],
    port: Option<&[u8]>,
    names: [&[u8]; 2],
    needs_tls: bool,
) -> Option<Account> {
    let host = std::str::from_utf8(host).ok()?.to_ascii_lowercase();
    let is_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if host.is_empty()
        || host.len() > 253
        || !is_host
        || !host.starts_with(|one: char| one.is_ascii_alphanumeric())
    {
        return None;
    }
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => std::str::from_utf8(port).ok()?.parse().ok().filter(|&port| port > 0)?,
        None => protocol.port(),
    };
    let [user, database] = names.map(|name| String::from_utf8(name.to_vec()).ok());
    let (user, mut database) = (user?, database?);
    match protocol {
        // The number of a database has nothing to do with the login.
        Protocol::Redis => database.clear(),
        _ if user.is_empty() => return None,
        _ => {}
    }
    Some(Account { protocol, host, port, user, database, needs_tls })
}

/// What is before the first `at`, and what is after it.
pub(super) fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = memchr::memchr(at, text)?;
    Some((&text[..found], &text[found + 1..]))
}

/// True if a password as it is written is the secret.
pub(super) fn is_it(written: &[u8], secret: &[u8]) -> bool {
    !secret.is_empty() && (written == secret || unescaped(written) == secret)
}

/// True for the modes of TLS that use nothing else: libpq's, Npgsql's, and MySQL's (`VERIFY_CA`, `Required`).
pub(super) fn asks_for_tls(mode: &[u8]) -> bool {
    let mode = String::from_utf8_lossy(mode).to_ascii_lowercase();
    mode.starts_with("require") || mode.starts_with("verify")
}

/// Without percent escapes.
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let [first, after @ ..] = rest {
        let byte =
            after.get(..2).filter(|_| *first == b'%').and_then(|hex| HEXLOWER_PERMISSIVE.decode(hex).ok());
        match byte.as_deref() {
            Some([byte]) => (out.push(*byte), rest = &after[2..]).1,
            _ => (out.push(*first), rest = after).1,
        }
    }
    out
}
