//! Hosts, and how much each is asked: one request at a time, with a pause between two, and none to a host that does not
//! answer or has had enough.

use super::answer::{self, AnswerVerdict};
use super::client::{Answer, Client};
use super::failure::Failure;
use super::request::{Request, RequestPlan};
use super::{Options, decoy};
use crate::rules::recipe::{Recipe, Risk};
use crate::sync::lock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two requests to a host.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a host that has had enough is waited for, at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long, if it does not say.
const USUAL: Duration = Duration::from_secs(2);

/// How many requests in a row may fail before a host is left alone.
const FAILURES: u32 = 3;

/// Why nothing is sent if no made-up token can be made.
const NO_DECOY: &str = "this system gives no random bytes for a made-up token, so the secret was not sent";

/// How often a wait looks whether the run is over.
const LOOK: Duration = Duration::from_millis(50);

/// All hosts of a run.
#[derive(Debug)]
pub(super) struct Hosts<'o> {
    options: &'o Options,
    client: &'o Client,
    by_name: Mutex<HashMap<String, Arc<Mutex<Host>>>>,
    requests: AtomicU32,
}

/// What is known of a host.
#[derive(Debug, Default)]
struct Host {
    /// What came of a made-up token, by recipe: nothing if it was rejected.
    decoys: HashMap<String, Option<String>>,
    last: Option<Instant>,
    failures: u32,
    /// Why it is asked no more.
    closed: Option<String>,
}

impl<'o> Hosts<'o> {
    pub(super) fn new(options: &'o Options, client: &'o Client) -> Self {
        Self { options, client, by_name: Mutex::default(), requests: AtomicU32::new(0) }
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed).min(self.options.max_requests)
    }

    /// Asks `name` about `secret`, after a made-up token if it is the first of the recipe.
    pub(super) fn ask(
        &self,
        plan: &RequestPlan<'_>,
        name: &str,
        secret: &[u8],
        prefix: &str,
    ) -> (AnswerVerdict, Option<Answer>) {
        let host = self.host(name);
        // One request at a time.
        let mut host = lock(&host);
        if !host.decoys.contains_key(&plan.recipe.id) {
            let outcome = self.try_decoy(&mut host, plan, name, secret, prefix);
            host.decoys.insert(plan.recipe.id.clone(), outcome);
        }
        if let Some(Some(why)) = host.decoys.get(&plan.recipe.id) {
            return (AnswerVerdict::Unknown(why.clone()), None);
        }
        let Some(request) = plan.request(name, secret, &plan.values) else {
            return (AnswerVerdict::Unknown(Failure::Request.to_string()), None);
        };
        match self.exchange(&mut host, &request) {
            Ok(answer) => (answer::judge(plan.recipe, &answer, secret), Some(answer)),
            Err(why) => (AnswerVerdict::Unknown(why), None),
        }
    }

    /// Sends a request to `name`, about a secret that it has called live, or one that is not a secret's.
    pub(super) fn send(&self, name: &str, request: &Request) -> Result<Answer, String> {
        let host = self.host(name);
        let mut host = lock(&host);
        self.exchange(&mut host, request)
    }

    /// The certificate that a host shows, which must be one that is trusted.
    pub(super) fn certificate(&self, name: &str, port: u16) -> Result<Vec<u8>, String> {
        let host = self.host(&format!("{name}:{port}"));
        let mut host = lock(&host);
        self.turn(&mut host, || {
            let connection = self.client.connect(name, port)?.secured(name, self.client.tls()?)?;
            connection.certificate().ok_or(Failure::Certificate)
        })
    }

    /// What TLS trusts.
    pub(super) fn roots(&self) -> Arc<rustls::RootCertStore> {
        Arc::new(self.client.roots())
    }

    fn host(&self, name: &str) -> Arc<Mutex<Host>> {
        let mut hosts = lock(&self.by_name);
        Arc::clone(hosts.entry(name.to_owned()).or_default())
    }

    /// Sends a made-up token; returns why the recipe proves nothing today, if it does not.
    fn try_decoy(
        &self,
        host: &mut Host,
        plan: &RequestPlan<'_>,
        name: &str,
        secret: &[u8],
        prefix: &str,
    ) -> Option<String> {
        let Some(made_up) = decoy::of(secret, prefix) else { return Some(NO_DECOY.to_owned()) };
        let mut values = plan.values.clone();
        if plan.recipe.risk == Risk::Login {
            // A failed login would count against the account.
            for name in &plan.recipe.beside {
                match values.get(name).and_then(|value| decoy::of(value, "")) {
                    Some(value) => values.insert(name.clone(), value),
                    None => return Some(NO_DECOY.to_owned()),
                };
            }
        }
        let Some(request) = plan.request(name, &made_up, &values) else {
            return Some(Failure::Request.to_string());
        };
        match self.exchange(host, &request) {
            Err(why) => Some(why),
            Ok(answer) => broken(plan.recipe, &answer, &made_up),
        }
    }

    /// Tries `secret` for the account `key` of the server at `place`, after a made-up password for the same account if it is the
    /// first.
    ///
    /// The made-up password has the account's real name: whether a server lets anybody in may depend on it.
    pub(super) fn log_in(
        &self,
        place: &str,
        key: &str,
        secret: &[u8],
        log_in: impl Fn(&Client, &[u8]) -> Result<AnswerVerdict, Failure>,
    ) -> AnswerVerdict {
        let host = self.host(place);
        let mut host = lock(&host);
        if !host.decoys.contains_key(key) {
            let outcome = match decoy::of(secret, "") {
                None => Some(NO_DECOY.to_owned()),
                Some(made_up) => match self.turn(&mut host, || log_in(self.client, &made_up)) {
                    Ok(AnswerVerdict::Dead) => None,
                    Ok(AnswerVerdict::Live(_)) => {
                        Some("it accepts a made-up password, so it would accept any".to_owned())
                    }
                    Ok(AnswerVerdict::Unknown(why)) => {
                        let is_said = why.contains("sent");
                        Some(if is_said { why } else { format!("{why}; the secret was not sent") })
                    }
                    Err(why) => Some(why),
                },
            };
            host.decoys.insert(key.to_owned(), outcome);
        }
        if let Some(Some(why)) = host.decoys.get(key) {
            return AnswerVerdict::Unknown(why.clone());
        }
        let verdict = self.turn(&mut host, || log_in(self.client, secret));
        verdict.unwrap_or_else(AnswerVerdict::Unknown)
    }

    /// Runs one exchange with a host within the limits.
    fn turn<T>(&self, host: &mut Host, exchange: impl FnOnce() -> Result<T, Failure>) -> Result<T, String> {
        if let Some(why) = &host.closed {
            return Err(why.clone());
        }
        if let Some(last) = host.last {
            self.wait(PAUSE.saturating_sub(last.elapsed()))?;
        }
        if self.is_over() {
            return Err("the run was interrupted".to_owned());
        }
        if self.requests.fetch_add(1, Ordering::Relaxed) >= self.options.max_requests {
            return Err(format!(
                "this run has sent {} requests, as many as it may (--verify-requests)",
                self.options.max_requests
            ));
        }
        let result = exchange();
        host.last = Some(Instant::now());
        match result {
            Ok(answer) => {
                host.failures = 0;
                Ok(answer)
            }
            Err(failure) => {
                host.failures += 1;
                let is_lasting =
                    matches!(failure, Failure::NotPublic | Failure::NoSuchHost | Failure::Certificate);
                if is_lasting || host.failures >= FAILURES {
                    host.closed = Some(failure.to_string());
                }
                Err(failure.to_string())
            }
        }
    }

    /// Sends a request within the limits; again if the host asks for patience.
    fn exchange(&self, host: &mut Host, request: &Request) -> Result<Answer, String> {
        for attempt in 0..2 {
            let answer = self.turn(host, || self.client.send(request))?;
            if answer.status != 429 {
                return Ok(answer);
            }
            let asked = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
            let asked = asked.map_or(USUAL, Duration::from_secs);
            if attempt > 0 || asked > PATIENCE {
                host.closed = Some("it was asked too often (429)".to_owned());
                return Ok(answer);
            }
            self.wait(asked)?;
        }
        Err("it was asked too often (429)".to_owned())
    }

    fn is_over(&self) -> bool {
        self.options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    fn wait(&self, time: Duration) -> Result<(), String> {
        let until = Instant::now() + time;
        while !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(LOOK));
        }
        Err("the run was interrupted".to_owned())
    }
}

/// Why the recipe proves nothing today, by the answer to a made-up token.
///
/// An answer that is the API's but none that the recipe knows is no reason: some look at a token's form first.
fn broken(recipe: &Recipe, answer: &Answer, made_up: &[u8]) -> Option<String> {
    match answer::judge(recipe, answer, made_up) {
        AnswerVerdict::Live(_) => {
            Some(format!("it accepts a made-up token, so the recipe `{}` proves nothing today", recipe.id))
        }
        AnswerVerdict::Dead => None,
        AnswerVerdict::Unknown(why) => {
            let is_api = matches!(answer.status, 200..=299 | 400..=428 | 430..=499)
                && answer::document(recipe, answer).is_some();
            (!is_api).then(|| format!("{why}, to a made-up token, so the secret was not sent"))
        }
    }
}
