//! Which account at which server a password belongs to: what a URL or a connection string around it says.
//!
//! An account counts only if its own password is the one that is asked about, so that a line with two servers mixes up none.

use super::super::question::Question;
use super::mysql_account;
use super::written::{account, asks_for_tls, is_it, split, unescaped};
use super::{Account, Protocol};
use regex::bytes::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Schemes of URLs: what their servers speak, and whether they ask for TLS. What follows a `+` is the client's affair.
const SCHEMES: [(&str, Protocol, bool); 11] = [
    ("postgres", Protocol::Postgresql, false),
    ("postgresql", Protocol::Postgresql, false),
    ("postgis", Protocol::Postgresql, false),
    ("redis", Protocol::Redis, false),
    ("rediss", Protocol::Redis, true),
    ("valkey", Protocol::Redis, false),
    ("valkeys", Protocol::Redis, true),
    ("mysql", Protocol::Mysql, false),
    ("mysql2", Protocol::Mysql, false),
    ("mariadb", Protocol::Mysql, false),
    ("mongodb", Protocol::Mongodb, false),
];

/// The scheme of MongoDB's URLs that name a record of the name service in the place of servers.
const NAMED_BY_RECORD: &[u8] = b"mongodb+srv://";

/// The most servers of a list that are looked at.
const MOST_SERVERS: usize = 16;

/// Where a URL in a text ends.
const ENDS: &[u8] = b" \t\r\n\"'`<>\\|;,)}]";

/// `key=value`, with or without quotes: of libpq, of ADO.NET.
const PAIRS: &str = r#"(?i-u)\b(host|port|user(?:name)?|password|pwd|dbname|database|ssl ?mode)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s;'"&]+))"#;

/// `PGHOST=…` and its kin, as environments, YAML and JSON have them.
const VARIABLES: &str = r#"(?-u)\bPG(HOST|PORT|USER|DATABASE|PASSWORD|SSLMODE)["']?\s*[=:]\s*(?:'([^']*)'|"([^"]*)"|([^\s;'",]+))"#;

/// `host:port,…,password=…`, as .NET's client of Redis has it.
const STACK_EXCHANGE: &str = r#"(?i-u)([a-z0-9.-]+):([0-9]{1,5})((?:,[a-z]+=[^\s,"']*)*,password=[^\s"']+)"#;

/// The accounts whose password is that of `question`.
pub(super) fn accounts(question: &Question) -> BTreeSet<Account> {
    let secret = question.secret.expose();
    let mut found = BTreeSet::new();
    for line in &question.lines {
        of_urls(&without_entities(line), secret, &mut found);
        found.extend(of_pairs(line, secret));
        found.extend(of_stack_exchange(line, secret));
        mysql_account::of_line(line, secret, &mut found);
        if question.rules.iter().any(|rule| rule == "pgpass-password") {
            found.extend(of_password_file(line, secret));
        }
    }
    found.extend(of_variables(&question.lines, secret));
    found.extend(mysql_account::of_variables(&question.lines, secret));
    found
}

/// True if a URL has the password of `question` for servers that only a record of the name service names.
pub(super) fn is_named_by_record(question: &Question) -> bool {
    let secret = question.secret.expose();
    let is_there = |line: &Vec<u8>| {
        memchr::memmem::find_iter(line, NAMED_BY_RECORD).any(|at| {
            let rest = &line[at + NAMED_BY_RECORD.len()..];
            memchr::memchr_iter(b'@', rest)
                .any(|at| split(&rest[..at], b':').is_some_and(|(_, password)| is_it(password, secret)))
        })
    };
    question.lines.iter().any(is_there)
}

/// Those of URLs: `scheme://user:password@host:port/database?sslmode=…`, or JDBC's, whose query has the password.
fn of_urls(line: &[u8], secret: &[u8], found: &mut BTreeSet<Account>) {
    for at in memchr::memmem::find_iter(line, b"://") {
        let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let start = line[..at].iter().rposition(|byte| !is_scheme(byte)).map_or(0, |before| before + 1);
        let scheme = String::from_utf8_lossy(&line[start..at]).to_ascii_lowercase();
        let scheme = scheme.split('+').next().unwrap_or_default();
        let Some((_, protocol, needs_tls)) = SCHEMES.into_iter().find(|(name, ..)| *name == scheme) else {
            continue;
        };
        let rest = &line[at + 3..];
        if line[start..].starts_with(NAMED_BY_RECORD) {
            continue;
        }
        // A password may contain an `@` that is not escaped: each is tried.
        for at in memchr::memchr_iter(b'@', rest) {
            let Some((user, password)) = split(&rest[..at], b':') else { continue };
            if !is_it(password, secret) {
                continue;
            }
            let place = place(&rest[at + 1..], protocol == Protocol::Mongodb);
            let needs_tls = needs_tls || place.needs_tls(protocol);
            let Some(database) = place.database(protocol) else { continue };
            let names = [&unescaped(user)[..], &database];
            for (host, port) in &place.servers {
                found.extend(account(protocol, host, *port, names, needs_tls));
            }
        }
        let place = place(rest, false);
        if matches!(protocol, Protocol::Postgresql | Protocol::Mysql)
            && is_it(&place.query("password"), secret)
        {
            let (user, needs_tls) = (place.query("user"), place.needs_tls(protocol));
            for (host, port) in &place.servers {
                found.extend(account(protocol, host, *port, [&user, &place.path], needs_tls));
            }
        }
    }
}

/// A host and its port, as a URL has them.
type WrittenServer<'l> = (&'l [u8], Option<&'l [u8]>);

/// What follows the `@` of a URL.
struct ServerPlace<'l> {
    servers: Vec<WrittenServer<'l>>,
    /// What is after the first `/`.
    path: Vec<u8>,
    rest: &'l [u8],
}

/// The place that `text` begins with. Several servers are some only if all of them have the same accounts.
fn place(text: &[u8], may_be_several: bool) -> ServerPlace<'_> {
    let end = |text: &[u8], more: &[u8]| {
        let is_end = |byte: &u8| more.contains(byte) || ENDS.contains(byte);
        text.iter().position(is_end).unwrap_or(text.len())
    };
    let is_more = |text: &[u8]| text.starts_with(b",") && text.get(1).is_some_and(u8::is_ascii_alphanumeric);
    let (mut servers, mut rest) = (Vec::new(), text);
    loop {
        let (authority, after) = rest.split_at(end(rest, b"/?#"));
        servers.push(match split(authority, b':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        });
        rest = after;
        if !is_more(rest) || servers.len() >= MOST_SERVERS {
            break;
        }
        rest = &rest[1..];
    }
    // Which server of a list has the password is not known, if it is no list of equals.
    if is_more(rest) || servers.len() > 1 && !may_be_several {
        servers.clear();
    }
    let (path, rest) = match rest.strip_prefix(b"/") {
        Some(path) => path.split_at(end(path, b"?#")),
        None => (&b""[..], rest),
    };
    // `&` ends nothing here, but what follows the URL does.
    let rest = &rest[..end(rest, b"#")];
    ServerPlace { servers, path: unescaped(path), rest }
}

impl ServerPlace<'_> {
    /// The value of a parameter; empty if there is none.
    fn query(&self, name: &str) -> Vec<u8> {
        let query = self.rest.strip_prefix(b"?").unwrap_or_default();
        let mut pairs = query.split(|&byte| byte == b'&').filter_map(|pair| split(pair, b'='));
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| unescaped(value))
            .unwrap_or_default()
    }

    /// Whether its parameters ask for TLS.
    fn needs_tls(&self, protocol: Protocol) -> bool {
        let is_true = |name: &str| self.query(name).eq_ignore_ascii_case(b"true");
        let by_mode =
            || ["sslmode", "ssl-mode", "ssl_mode"].iter().any(|name| asks_for_tls(&self.query(name)));
        match protocol {
            Protocol::Postgresql => by_mode() || is_true("ssl"),
            Protocol::Mysql => by_mode() || ["ssl", "tls", "useSSL", "requireSSL"].into_iter().any(is_true),
            Protocol::Mongodb => is_true("tls") || is_true("ssl"),
            Protocol::Redis => false,
        }
    }

    /// The database of the login: for MongoDB the one that knows the user. None if the login is of a kind that is not known here.
    fn database(&self, protocol: Protocol) -> Option<Vec<u8>> {
        if protocol != Protocol::Mongodb {
            return Some(self.path.clone());
        }
        let mechanism = self.query("authMechanism");
        if !(mechanism.is_empty() || mechanism.starts_with(b"SCRAM-SHA-")) {
            return None;
        }
        let named = [self.query("authSource"), self.path.clone()];
        Some(named.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| b"admin".to_vec()))
    }
}

/// A line with `&` where a document of XML writes `&amp;`.
fn without_entities(line: &[u8]) -> Vec<u8> {
    const ENTITY: &[u8] = b"&amp;";
    let (mut out, mut rest) = (Vec::with_capacity(line.len()), line);
    while let Some(at) = memchr::memmem::find(rest, ENTITY) {
        out.extend_from_slice(&rest[..=at]);
        rest = &rest[at + ENTITY.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Those of pairs: libpq's `host=… user=… password=… dbname=…`, and ADO.NET's `Host=…;Username=…;Password=…`.
fn of_pairs(line: &[u8], secret: &[u8]) -> Option<Account> {
    // Other servers' strings have the same keys.
    let lower = line.to_ascii_lowercase();
    if ["mysql", "mariadb", "mongodb", "sqlserver", "oracle"]
        .iter()
        .any(|name| memchr::memmem::find(&lower, name.as_bytes()).is_some())
    {
        return None;
    }
    let mut values: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for found in Regex::new(PAIRS).ok()?.captures_iter(line) {
        let key =
            String::from_utf8_lossy(&found[1]).to_ascii_lowercase().split_whitespace().last()?.to_owned();
        let value = (2..=4).find_map(|at| found.get(at)).map(|value| value.as_bytes().to_vec());
        // `SSL Mode` is known by its last word.
        values.entry(key).or_insert(value?);
    }
    let of = |names: &[&str]| names.iter().find_map(|name| values.get(*name)).map(Vec::as_slice);
    if !is_it(of(&["password", "pwd"])?, secret) {
        return None;
    }
    let (host, is_ado) = (of(&["host"])?, memchr::memchr(b';', line).is_some());
    // Only libpq says `dbname`, and of those with semicolons only Npgsql `Host` and `Username`.
    let user = if is_ado { of(&["username"])? } else { of(&["dbname"]).and(of(&["user"]))? };
    let database = of(if is_ado { &["database"] } else { &["dbname"] }).unwrap_or_default();
    let needs_tls = asks_for_tls(of(&["sslmode", "mode"]).unwrap_or_default());
    account(Protocol::Postgresql, host, of(&["port"]), [user, database], needs_tls)
}

/// That of a line of `.pgpass`: `host:port:database:user:password`.
fn of_password_file(line: &[u8], secret: &[u8]) -> Option<Account> {
    let fields: Vec<&[u8]> = line.trim_ascii().splitn(5, |&byte| byte == b':').collect();
    let [host, port, database, user, password] = fields[..] else { return None };
    let any = |field: &'_ [u8]| if field == b"*" { Vec::new() } else { field.to_vec() };
    if !is_it(password, secret) {
        return None;
    }
    account(Protocol::Postgresql, host, Some(&any(port)), [user, &any(database)], false)
}

/// That of libpq's variables, if each has one value around the password.
fn of_variables(lines: &[Vec<u8>], secret: &[u8]) -> Option<Account> {
    let text = lines.join(&b'\n');
    memchr::memmem::find(&text, b"PGPASSWORD")?;
    let mut values: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for found in Regex::new(VARIABLES).ok()?.captures_iter(&text) {
        let value = (2..=4).find_map(|at| found.get(at))?.as_bytes().to_vec();
        values.entry(found[1].to_vec()).or_default().insert(value);
    }
    let of = |name: &str| values.get(name.as_bytes()).filter(|all| all.len() == 1).and_then(BTreeSet::first);
    if values.values().any(|all| all.len() > 1) || of("PASSWORD").is_none_or(|value| value != secret) {
        return None;
    }
    let needs_tls = of("SSLMODE").is_some_and(|mode| asks_for_tls(mode));
    let (port, database) = (of("PORT").map(Vec::as_slice), of("DATABASE").map(Vec::as_slice));
    account(Protocol::Postgresql, of("HOST")?, port, [of("USER")?, database.unwrap_or_default()], needs_tls)
}

/// That of a string of .NET's client of Redis.
fn of_stack_exchange(line: &[u8], secret: &[u8]) -> Option<Account> {
    let found = Regex::new(STACK_EXCHANGE).ok()?.captures(line)?;
    let option = |name: &str| {
        let mut pairs = found[3].split(|&byte| byte == b',').filter_map(|pair| split(pair, b'='));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value.to_vec())
    };
    // The options after the password are in what the expression takes for its end.
    if !is_it(&option("password")?, secret) {
        return None;
    }
    let user = option("user").unwrap_or_default();
    let needs_tls = option("ssl").is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
    account(Protocol::Redis, &found[1], Some(&found[2]), [&user, b""], needs_tls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    /// Composed here, so that no line of this file has a password.
    fn secret() -> String {
        ["q7Zk", "2Lw9"].concat()
    }

    fn filled(line: &str) -> String {
        line.replace("{}", &secret()).replace("{1}", "q7").replace("{2}", "w9")
    }

    fn of(lines: &[&str], secret: &str, rule: &str) -> Vec<String> {
        let question = Question {
            secret: Secret::new(secret.as_bytes()),
            rules: vec![rule.to_owned()],
            lines: lines.iter().map(|line| filled(line).into_bytes()).collect(),
            ..Question::default()
        };
        let shown = |one: &Account| {
            let tls = if one.needs_tls { " tls" } else { "" };
            format!("{} {}@{}/{}{tls}", one.protocol, one.user, one.place(), one.database)
        };
        accounts(&question).iter().map(shown).collect()
    }

    #[test]
    fn urls_and_strings_name_the_account() {
        let table: &[(&str, &[&str])] = &[
            ("url = 'postgres://app:{}@db.Acme.example/shop'", &["PostgreSQL app@db.acme.example:5432/shop"]),
            (
                "postgresql+asyncpg://a%40b:{}@10.0.0.1:6432/a%20b?sslmode=verify-full&x=1",
                &["PostgreSQL a@b@10.0.0.1:6432/a b tls"],
            ),
            (
                "<v>jdbc:postgresql://db/shop?user=app&amp;password={}&amp;ssl=true</v>",
                &["PostgreSQL app@db:5432/shop tls"],
            ),
            ("redis://:{}@cache:6380/3", &["Redis @cache:6380/"]),
            ("A=rediss://app:{}@cache", &["Redis app@cache:6379/ tls"]),
            (
                "dsn = \"host=db port=5433 user=app password='{}' dbname=shop sslmode=require\"",
                &["PostgreSQL app@db:5433/shop tls"],
            ),
            (
                "\"Host=db;Port=5433;Username=app;Password={};Database=shop;SSL Mode=Require\"",
                &["PostgreSQL app@db:5433/shop tls"],
            ),
            ("cache:6380,user=app,ssl=True,password={},abortConnect=False", &["Redis app@cache:6380/ tls"]),
            ("mysql2://app:{}@db/shop", &["MySQL app@db:3306/shop"]),
            ("mysql+pymysql://app:{}@db:3307/shop?ssl_mode=VERIFY_CA", &["MySQL app@db:3307/shop tls"]),
            ("jdbc:mariadb://db/shop?user=app&password={}&useSSL=true", &["MySQL app@db:3306/shop tls"]),
            ("mongodb://app:{}@db/shop", &["MongoDB app@db:27017/shop"]),
            ("mongodb://app:{}@db", &["MongoDB app@db:27017/admin"]),
            (
                "mongodb://app:{}@one,two:27018/shop?authSource=users&replicaSet=rs0&tls=true",
                &["MongoDB app@one:27017/users tls", "MongoDB app@two:27018/users tls"],
            ),
            ("mongodb://app:{}@db/?authMechanism=PLAIN", &[]),
            ("mongodb+srv://app:{}@db.acme.example/shop", &[]),
            ("app:{}@tcp(db:3307)/shop?tls=true", &["MySQL app@db:3307/shop tls"]),
            (
                "new PDO('mysql:host=db;port=3307;dbname=shop;charset=utf8', 'app', '{}')",
                &["MySQL app@db:3307/shop"],
            ),
            (
                "\"MySql\": \"Server=db;Database=shop;Uid=app;Pwd={};SslMode=Required\"",
                &["MySQL app@db:3306/shop tls"],
            ),
            ("mysqldump -h db -u app -p{} shop > x", &["MySQL app@db:3306/"]),
            ("mysql --host=db --port 3307 --user app --password='{}'", &["MySQL app@db:3307/"]),
            // Another password, another server's form, a list, no host, no user.
            ("postgres://app:{1}@db/shop", &[]),
            ("oracle://app:{}@db/shop", &[]),
            ("Server=db;Uid=app;Pwd={};", &[]),
            ("mysql:host=db;username=app;password={}", &["MySQL app@db:3306/"]),
            ("postgres://app:{}@one,two/shop", &[]),
            ("postgres://app:{}@${DB_HOST}/shop", &[]),
            ("postgres://app:{}@[::1]/shop", &[]),
            ("postgres://:{}@db/shop", &[]),
            ("postgres://app:{}@db:0/shop", &[]),
            ("postgres://app:{}@db:70000/shop", &[]),
        ];
        for (line, wanted) in table {
            assert_eq!(of(&[line], &secret(), "url-credentials"), *wanted, "{line}");
        }
        assert_eq!(
            of(&["postgres://app:{1}%5D%5b{2}@db/x"], &["q7", "][", "w9"].concat(), ""),
            ["PostgreSQL app@db:5432/x"]
        );
        assert_eq!(
            of(&["postgres://app:{1}@{2}@db/x"], &["q7", "@", "w9"].concat(), ""),
            ["PostgreSQL app@db:5432/x"]
        );
    }

    #[test]
    fn servers_that_a_record_names_are_known_as_such() {
        let is_named = |line: &str| {
            let lines = vec![filled(line).into_bytes()];
            is_named_by_record(&Question {
                secret: Secret::new(secret().as_bytes()),
                lines,
                ..Question::default()
            })
        };
        assert!(is_named("mongodb+srv://app:{}@cluster0.acme.example/shop"));
        assert!(!is_named("mongodb+srv://app:{1}@cluster0.acme.example/shop"));
        assert!(!is_named("mongodb://app:{}@cluster0.acme.example/shop"));
    }

    #[test]
    fn the_password_file_and_the_variables_name_it_too() {
        let line = ["db.acme.example:*:shop:app:{}"];
        assert_eq!(of(&line, &secret(), "pgpass-password"), ["PostgreSQL app@db.acme.example:5432/shop"]);
        assert_eq!(of(&line, &secret(), "other"), Vec::<String>::new());
        let lines = ["PGHOST=db", "export PGUSER='app'", "PGPASSWORD: \"{}\"", "PGPORT=5433"];
        assert_eq!(of(&lines, &secret(), ""), ["PostgreSQL app@db:5433/"]);
        let mysql = ["MYSQL_HOST: db", "MYSQL_USER: app", "MYSQL_PASSWORD: {}", "MYSQL_DATABASE: shop"];
        assert_eq!(of(&mysql, &secret(), ""), ["MySQL app@db:3306/shop"]);
        let root = ["MYSQL_HOST=db", "MYSQL_USER=app", "MYSQL_ROOT_PASSWORD={}"];
        assert_eq!(of(&root, &secret(), ""), Vec::<String>::new());
        let two = [&lines[..], &["PGHOST=other"]].concat();
        assert_eq!(of(&two, &secret(), ""), Vec::<String>::new());
    }
}
