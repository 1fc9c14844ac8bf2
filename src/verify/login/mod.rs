//! Passwords of databases: a login at the server that the finding's own value names, and nothing besides.
//!
//! - `account` (and `mysql_account`) finds server and user in the lines around the password, with `written`;
//! - `postgresql`, `redis`, `mysql` and `mongodb` (with `bson` and `scram`) speak as far as the server's word about the password, and
//!   send no command after it.
//!
//! # Design
//!
//! Who writes the value chooses the server, so none is asked that the user does not allow by name. Before the password goes to a
//! server, a made-up one for the same account must be rejected there.
//!
//! Without TLS nothing is sent from which the password can be read, except to this machine itself: a hash of it under the
//! server's own salt goes to private addresses at most.

mod account;
mod bson;
mod mongodb;
mod mysql;
mod mysql_account;
mod postgresql;
mod redis;
mod scram;
mod written;

use super::Options;
use super::answer::AnswerVerdict;
use super::client::Client;
use super::failure::Failure;
use super::hosts::Hosts;
use super::question::Question;
use crate::model::{Liveness, Verification};
use crate::rules::recipe::Risk;
use std::fmt;

/// The most accounts of one password that are asked about.
const MOST: usize = 4;

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    /// PostgreSQL's, version 3.
    Postgresql,
    /// That of Redis and its kin.
    Redis,
    /// That of MySQL and MariaDB, version 10.
    Mysql,
    /// MongoDB's `OP_MSG`.
    Mongodb,
}

impl Protocol {
    /// The port that needs no naming.
    fn port(self) -> u16 {
        match self {
            Self::Postgresql => 5432,
            Self::Redis => 6379,
            Self::Mysql => 3306,
            Self::Mongodb => 27017,
        }
    }

    /// What reports call the recipe.
    fn id(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql-login",
            Self::Redis => "redis-login",
            Self::Mysql => "mysql-login",
            Self::Mongodb => "mongodb-login",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Postgresql => "PostgreSQL",
            Self::Redis => "Redis",
            Self::Mysql => "MySQL",
            Self::Mongodb => "MongoDB",
        })
    }
}

/// Who logs in where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Account {
    protocol: Protocol,
    /// A name or an IPv4 address, in lower case.
    host: String,
    port: u16,
    /// Empty if only a password is asked for.
    user: String,
    /// Empty for the usual one. Of MongoDB the one that knows the user.
    database: String,
    /// Whether its address asks for TLS.
    needs_tls: bool,
}

impl Account {
    /// `host:port`.
    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// What it is called among the made-up passwords of its host.
    fn key(&self) -> String {
        format!("{} {} {}", self.protocol.id(), self.user, self.database)
    }

    /// Logs in.
    fn log_in(&self, client: &Client, password: &[u8]) -> Result<AnswerVerdict, Failure> {
        let connection = client.connect(&self.host, self.port)?;
        match self.protocol {
            Protocol::Postgresql => postgresql::log_in(connection, client, self, password),
            Protocol::Redis => redis::log_in(connection, client, self, password),
            Protocol::Mysql => mysql::log_in(connection, client, self, password),
            Protocol::Mongodb => mongodb::log_in(connection, client, self, password),
        }
    }

    /// Whether the user allows its server: by name and port, or by name if the port is the usual one.
    fn is_allowed(&self, options: &Options) -> bool {
        options.allow_hosts.iter().any(|allowed| match allowed.split_once(':') {
            Some((host, port)) => host == self.host && port.parse() == Ok(self.port),
            None => *allowed == self.host && self.port == self.protocol.port(),
        })
    }

    /// The flag that allows its server.
    fn flag(&self) -> String {
        let is_usual = self.port == self.protocol.port();
        format!("--allow-host {}", if is_usual { self.host.clone() } else { self.place() })
    }

    fn shown(&self) -> String {
        let user = if self.user.is_empty() { "" } else { " as <user>" };
        let how = match self.protocol {
            Protocol::Postgresql => "a proof by <secret> (SCRAM-SHA-256, MD5), or <secret> itself within TLS",
            Protocol::Mysql => "a proof by <secret> (SHA-1, SHA-256), or <secret> itself within TLS",
            Protocol::Mongodb => "a proof by <secret> (SCRAM-SHA-256, SCRAM-SHA-1)",
            Protocol::Redis if self.needs_tls => "AUTH <secret>, within TLS",
            Protocol::Redis => "AUTH <secret>, without TLS and so only to this machine",
        };
        format!("{} login at {}{user}: {how}; no query", self.protocol, self.place())
    }
}

/// The logins that say whether one password works.
#[derive(Clone, Debug)]
pub(super) struct Login {
    accounts: Vec<Account>,
    /// Why others are not asked.
    others: Option<String>,
}

impl Login {
    /// The logins of a password; none if no server of a known protocol is named with it.
    pub(super) fn of(question: &Question, options: &Options) -> Option<Result<Self, String>> {
        let all = account::accounts(question);
        let Some(first) = all.first().cloned() else {
            let why =
                "its servers are named by a record of the name service (SRV), which is not looked up here";
            return account::is_named_by_record(question).then(|| Err(why.to_owned()));
        };
        let (mut allowed, barred): (Vec<Account>, Vec<Account>) =
            all.into_iter().partition(|one| one.is_allowed(options));
        let risky = if options.risky { "" } else { "--verify-risky " };
        let ask = |one: &Account| {
            let flag = if one.is_allowed(options) { String::new() } else { one.flag() };
            let flags = format!("{risky}{flag}");
            let (place, flags) = (one.place(), flags.trim_end().to_owned());
            format!("to ask {}: {flags} does, at {place}", Risk::Login)
        };
        if allowed.is_empty() || !options.risky {
            return Some(Err(ask(allowed.first().unwrap_or(&first))));
        }
        let mut others = barred.first().map(|one| format!("{} may know it: {}", one.place(), one.flag()));
        if allowed.len() > MOST {
            others =
                Some(format!("it is a password at {} servers, of which {MOST} were asked", allowed.len()));
            allowed.truncate(MOST);
        }
        Some(Ok(Self { accounts: allowed, others }))
    }

    /// The first server.
    pub(super) fn place(&self) -> String {
        self.accounts.first().map(Account::place).unwrap_or_default()
    }

    /// Whether `is_it` is true of a name that is sent with the password.
    pub(super) fn sends(&self, is_it: impl Fn(&[u8]) -> bool) -> bool {
        self.accounts.iter().any(|one| is_it(one.user.as_bytes()) || is_it(one.database.as_bytes()))
    }

    /// What would be sent.
    pub(super) fn planned(&self) -> Verification {
        let requests = self.accounts.iter().map(Account::shown).collect();
        Verification { requests, ..self.verification(Liveness::Planned, None) }
    }

    /// Asks: live if one server says so, dead if all do.
    pub(super) fn resolve(&self, hosts: &Hosts<'_>, secret: &[u8]) -> Verification {
        let mut why = None;
        for account in &self.accounts {
            let log_in = |client: &Client, password: &[u8]| account.log_in(client, password);
            match hosts.log_in(&account.place(), &account.key(), secret, log_in) {
                AnswerVerdict::Live(identity) => {
                    let (host, recipe) = (Some(account.place()), Some(account.protocol.id().to_owned()));
                    let live = self.verification(Liveness::Live, None);
                    return Verification { host, recipe, identity, ..live };
                }
                AnswerVerdict::Dead => {}
                AnswerVerdict::Unknown(reason) => why = why.or(Some((account, reason))),
            }
        }
        match (why, &self.others) {
            (Some((account, reason)), _) => {
                let host = Some(account.place());
                Verification { host, ..self.verification(Liveness::Unknown, Some(reason)) }
            }
            (None, Some(others)) => {
                self.verification(Liveness::Unknown, Some(format!("it rejects it, but {others}")))
            }
            (None, None) => self.verification(Liveness::Dead, None),
        }
    }

    fn verification(&self, state: Liveness, reason: Option<String>) -> Verification {
        let first = self.accounts.first();
        Verification {
            state,
            reason,
            recipe: first.map(|one| one.protocol.id().to_owned()),
            host: first.map(Account::place),
            requests: Vec::new(),
            identity: Vec::new(),
        }
    }
}
