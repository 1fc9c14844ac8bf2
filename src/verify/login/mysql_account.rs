//! The forms of MySQL's and MariaDB's accounts that are no URL: variables, command lines, and the strings of Go, PHP and .NET.

use super::written::{account, asks_for_tls, is_it, split};
use super::{Account, Protocol};
use regex::bytes::{Captures, Regex};
use std::collections::{BTreeMap, BTreeSet};

/// `user:password@tcp(host:port)/database?…`, of Go's driver.
const GO: &str = r#"(?-u)([^\s:@"'`/]+):([^\s"'`]+)@tcp\(([A-Za-z0-9._-]+)(?::([0-9]{1,5}))?\)/([A-Za-z0-9_$-]*)(\?[^\s"'`]*)?"#;

/// `mysql:host=…;dbname=…`, and user and password after it, of PHP's PDO.
const PDO: &str =
    r#"(?i-u)["']mysql:([^"']{1,200})["']\s*,\s*["']([^"']+)["']\s*,\s*(?:'([^']*)'|"([^"]*)")"#;

/// `key=value`, of the drivers for .NET and ODBC.
const PAIRS: &str = r#"(?i-u)\b(server|host|data source|port|uid|user(?: ?id|name)?|pwd|password|database|initial catalog|ssl ?mode)\s*=\s*([^;"']+)"#;

/// The variables of images and of the programs themselves.
const VARIABLES: &str = r#"(?-u)\b(?:MYSQL|MARIADB)_(HOST|PORT|TCP_PORT|USER|DATABASE|PASSWORD|PWD)["']?\s*[=:]\s*(?:'([^']*)'|"([^"]*)"|([^\s;'",]+))"#;

/// The programs whose options are read.
const PROGRAM: &str = r"(?-u)\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mysqlshow|mysqlsh|mariadb|mariadb-dump|mariadb-admin)(?:\.exe)?[ \t]+(.*)";

/// Those of a line.
pub(super) fn of_line(line: &[u8], secret: &[u8], found: &mut BTreeSet<Account>) {
    for form in [of_go, of_pdo, of_pairs, of_command] {
        found.extend(form(line, secret));
    }
}

fn captured<'l>(pattern: &str, line: &'l [u8]) -> Option<Captures<'l>> {
    Regex::new(pattern).ok()?.captures(line)
}

fn of_go(line: &[u8], secret: &[u8]) -> Option<Account> {
    memchr::memmem::find(line, b"@tcp(")?;
    let found = captured(GO, line)?;
    if !is_it(&found[2], secret) {
        return None;
    }
    let options = found.get(6).map(|options| options.as_bytes()).unwrap_or_default();
    let needs_tls = options.split(|byte| matches!(byte, b'?' | b'&')).any(|option| option == b"tls=true");
    let port = found.get(4).map(|port| port.as_bytes());
    account(Protocol::Mysql, &found[3], port, [&found[1], &found[5]], needs_tls)
}

fn of_pdo(line: &[u8], secret: &[u8]) -> Option<Account> {
    memchr::memmem::find(line, b"mysql:")?;
    let found = captured(PDO, line)?;
    let password = found.get(3).or_else(|| found.get(4))?;
    if !is_it(password.as_bytes(), secret) {
        return None;
    }
    let pairs: Vec<(&[u8], &[u8])> =
        found[1].split(|&byte| byte == b';').filter_map(|pair| split(pair, b'=')).collect();
    let of = |name: &[u8]| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    account(Protocol::Mysql, of(b"host")?, of(b"port"), [&found[2], of(b"dbname").unwrap_or_default()], false)
}

/// SQL Server's strings have the same keys: only a line that names MySQL is of MySQL.
fn of_pairs(line: &[u8], secret: &[u8]) -> Option<Account> {
    let lower = line.to_ascii_lowercase();
    let names = |name: &[u8]| memchr::memmem::find(&lower, name).is_some();
    if !(names(b"mysql") || names(b"mariadb")) {
        return None;
    }
    let mut values: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for found in Regex::new(PAIRS).ok()?.captures_iter(line) {
        let key = String::from_utf8_lossy(&found[1]).to_ascii_lowercase().replace(' ', "");
        values.entry(key).or_insert(found[2].trim_ascii_end().to_vec());
    }
    let of = |names: &[&str]| names.iter().find_map(|name| values.get(*name)).map(Vec::as_slice);
    if !is_it(of(&["pwd", "password"])?, secret) {
        return None;
    }
    let (host, user) = (of(&["server", "host", "datasource"])?, of(&["uid", "userid", "username", "user"])?);
    let database = of(&["database", "initialcatalog"]).unwrap_or_default();
    let needs_tls = asks_for_tls(of(&["sslmode"]).unwrap_or_default());
    account(Protocol::Mysql, host, of(&["port"]), [user, database], needs_tls)
}

/// That of a command line. Without a host it means a socket of this machine, which nobody asks.
fn of_command(line: &[u8], secret: &[u8]) -> Option<Account> {
    let options = captured(PROGRAM, line)?.get(1)?.as_bytes();
    let mut words = options.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(unquoted);
    let (mut host, mut port, mut user, mut is_its) = (None, None, None, false);
    while let Some(word) = words.next() {
        let mut value = |short: &[u8], long: &[u8]| -> Option<Vec<u8>> {
            if word == short || word == long {
                return words.next();
            }
            let long = word.strip_prefix(long).and_then(|rest| rest.strip_prefix(b"="));
            long.or_else(|| word.strip_prefix(short)).map(unquoted)
        };
        if let Some(found) = value(b"-h", b"--host") {
            host = Some(found);
        } else if let Some(found) = value(b"-P", b"--port") {
            port = Some(found);
        } else if let Some(found) = value(b"-u", b"--user") {
            user = Some(found);
        } else if let Some(found) = word.strip_prefix(b"--password=").or_else(|| word.strip_prefix(b"-p")) {
            is_its |= is_it(&unquoted(found), secret);
        } else if matches!(&*word, b"|" | b"||" | b"&&" | b";") {
            break;
        }
    }
    if !is_its {
        return None;
    }
    account(Protocol::Mysql, &host?, port.as_deref(), [&user?, b""], false)
}

/// A word without the quotes that may be around it.
fn unquoted(word: &[u8]) -> Vec<u8> {
    match word {
        [first @ (b'"' | b'\''), inner @ .., last] if first == last => inner.to_vec(),
        _ => word.to_vec(),
    }
}

/// That of variables, if each has one value around the password.
pub(super) fn of_variables(lines: &[Vec<u8>], secret: &[u8]) -> Option<Account> {
    let text = lines.join(&b'\n');
    memchr::memmem::find(&text, b"_HOST")?;
    let mut values: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for found in Regex::new(VARIABLES).ok()?.captures_iter(&text) {
        let value = (2..=4).find_map(|at| found.get(at))?.as_bytes().to_vec();
        let key = match &found[1] {
            b"TCP_PORT" => b"PORT",
            b"PWD" => &b"PASSWORD"[..],
            key => key,
        };
        values.entry(key.to_vec()).or_default().insert(value);
    }
    let of = |name: &str| values.get(name.as_bytes()).and_then(BTreeSet::first).map(Vec::as_slice);
    if values.values().any(|all| all.len() > 1) || of("PASSWORD") != Some(secret) {
        return None;
    }
    let database = of("DATABASE").unwrap_or_default();
    account(Protocol::Mysql, of("HOST")?, of("PORT"), [of("USER")?, database], false)
}
