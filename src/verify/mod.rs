//! Asking providers whether their credentials still work: `--verify`. The only room that may open a connection.
//!
//! - `question` is what is asked about;
//! - `request` fills in a recipe (`rules/verify/*.toml`), for sending or for showing;
//! - `signature` signs one that does not carry the secret;
//! - `client` sends it, to an address that `address` checked, within limits;
//! - `hosts` keeps to one request at a time and few in all, and sends a made-up token (`decoy`) before the first secret;
//! - `answer` judges what came back;
//! - `login` asks a database instead, over a `connection` that the client opens;
//! - `published` looks for the public half of a key where its service publishes such, or in its certificate, and sends nothing of it;
//! - `conversation` is several requests about one credential: `reach` asks what it may do (with `selection`, `xml`), `revoke` revokes it;
//! - `listing` is apart from that: the pages of a list, for `audit list`.
//!
//! # Invariant
//!
//! A secret goes only to a host of its recipe, or to one that the user allows on the command line and that is named
//! beside it; only over TLS; only in a header or a body. No text of this room contains it.

mod address;
mod answer;
mod client;
mod connection;
mod conversation;
mod decoy;
mod error;
mod failure;
mod hosts;
mod listing;
mod login;
mod published;
mod question;
mod reach;
mod request;
mod revoke;
mod selection;
mod signature;
mod xml;

pub use conversation::Conversation;
pub use error::Error;
pub use listing::{ListingApi, ListingOptions};
pub use question::{KeyCertificate, Question};
pub use reach::ReachReport;
pub use revoke::{Revocation, RevocationOutcome, RevocationReport, Unrevoked};

use crate::model::{Liveness, Verification};
use crate::rules::recipe::Recipe;
use crate::sync::{into_inner, lock};
use client::Client;
use conversation::resolve;
use hosts::Hosts;
use login::Login;
use published::Published;
use request::RequestPlan;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Rules of credentials that are a part of a URL and work nowhere else.
const IN_URL: [&str; 4] = ["aws-presigned-url", "azure-sas-token", "cloudfront-signed-url", "gcs-signed-url"];

/// The most hosts that are asked at the same time.
const AT_ONCE: usize = 8;

/// How to ask.
#[derive(Clone, Debug)]
pub struct Options {
    /// Send nothing, and show what would be sent.
    pub is_plan: bool,
    /// Ask also if that costs something.
    pub risky: bool,
    /// Hosts, with a port if it is not 443, that may be asked besides those of the recipes.
    pub allow_hosts: Vec<String>,
    /// Forges and their users, whose published keys for SSH are looked at: `(github.com, ada)`.
    pub key_owners: Vec<(String, String)>,
    /// Whether hosts may have addresses that are not on the internet.
    pub allow_private: bool,
    /// The certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts whose address is given.
    pub connect_to: Vec<(String, SocketAddr)>,
    /// How long one request may take, with its answer.
    pub timeout: Duration,
    /// How many requests the run may send.
    pub max_requests: u32,
    /// Set when the run shall end.
    pub stop: Option<&'static AtomicBool>,
}

/// Asks.
#[derive(Debug)]
pub struct Verifier {
    options: Options,
    recipes: Vec<Recipe>,
    by_rule: HashMap<String, usize>,
    /// None if nothing is sent.
    client: Option<Client>,
}

/// What a run asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many requests it sent.
    pub requests: u32,
}

impl Verifier {
    /// A verifier with the built-in recipes. Opens no connection.
    ///
    /// # Errors
    /// If the certificates or the proxy of the options cannot be used.
    pub fn open(options: Options) -> Result<Self, Error> {
        Self::with(options, Recipe::embedded())
    }

    fn with(options: Options, recipes: Vec<Recipe>) -> Result<Self, Error> {
        let client = if options.is_plan { None } else { Some(Client::open(&options)?) };
        let rules = recipes
            .iter()
            .enumerate()
            .flat_map(|(at, recipe)| recipe.rules.iter().map(move |rule| (rule.clone(), at)));
        let by_rule = rules.collect();
        Ok(Self { options, recipes, by_rule, client })
    }

    /// Asks about each of `questions`, whose secrets are distinct; the answers are in the same order.
    pub fn ask(&self, questions: &[Question]) -> (Vec<Verification>, Tally) {
        let owners = owners(questions);
        let plans: Vec<Result<Asking<'_>, Unasked<'_>>> =
            questions.iter().map(|one| self.plan(one, &owners)).collect();
        let Some(client) = &self.client else {
            let shown = plans.into_iter().map(|plan| plan.map_or_else(unasked, |plan| plan.planned()));
            return (shown.collect(), Tally::default());
        };
        let hosts = Hosts::new(&self.options, client);
        // Those of one host one after the other.
        let mut by_host: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, plan) in plans.iter().enumerate() {
            if let Some(host) = plan.as_ref().ok().and_then(Asking::host) {
                by_host.entry(host).or_default().push(at);
            }
        }
        let groups: Vec<Vec<usize>> = by_host.into_values().collect();
        let (next, answers) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
        let work = || {
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                for &at in group {
                    if let Ok(plan) = &plans[at] {
                        let verification = plan.resolve(&hosts, &questions[at]);
                        lock(&answers).insert(at, verification);
                    }
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..groups.len().min(AT_ONCE) {
                // If the system gives no thread, there are fewer.
                let _one_fewer = thread::Builder::new().spawn_scoped(scope, work).is_err();
            }
            work();
        });
        let mut answers = into_inner(answers);
        let all = plans.into_iter().enumerate().map(|(at, plan)| match plan {
            Ok(_) => answers.remove(&at).unwrap_or_else(|| Verification::unknown("it was not asked")),
            Err(why) => unasked(why),
        });
        (all.collect(), Tally { requests: hosts.requests() })
    }

    /// Several requests about some of `questions`, which are all secrets of the run.
    pub fn converse<'v>(&'v self, questions: &'v [Question]) -> Conversation<'v> {
        Conversation::new(self, questions)
    }

    /// The recipe for a secret.
    fn recipe(&self, question: &Question) -> Option<&Recipe> {
        let known = question.rules.iter().find_map(|rule| self.by_rule.get(rule));
        known.and_then(|&at| self.recipes.get(at))
    }

    /// What to ask about a secret; `owners` are the providers of all secrets of the run.
    fn plan(&self, question: &Question, owners: &HashMap<&[u8], String>) -> Result<Asking<'_>, Unasked<'_>> {
        let without_recipe = |why: String| Err(Unasked { recipe: None, why });
        if let Some(why) = refusal(question) {
            return without_recipe(why);
        }
        let own = question.provider.as_deref().unwrap_or_default();
        let is_another_s =
            |value: &[u8]| owners.get(value).is_some_and(|owner| !owner.is_empty() && *owner != own);
        let another_s =
            || "what is beside it is a secret of another provider, so nothing was sent".to_owned();
        let Some(recipe) = self.recipe(question) else {
            if let Some(published) = Published::of(question, &self.options) {
                return published.map(Asking::Published).or_else(without_recipe);
            }
            return match Login::of(question, &self.options) {
                Some(Ok(login)) if login.sends(is_another_s) => without_recipe(another_s()),
                Some(Ok(login)) => Ok(Asking::Login(login)),
                Some(Err(why)) => without_recipe(why),
                None if question.rules.iter().any(|rule| IN_URL.contains(&&**rule)) => without_recipe(
                    "it is a URL, and a secret in the URL of a request gets into logs, so nothing was sent"
                        .to_owned(),
                ),
                None => without_recipe("no recipe asks about credentials of this kind".to_owned()),
            };
        };
        let plan = RequestPlan::make(recipe, question, &self.options).and_then(|plan| {
            let is_another_s = plan.values.values().any(|value| is_another_s(value));
            if is_another_s { Err(another_s()) } else { Ok(Asking::Request(plan)) }
        });
        plan.map_err(|why| Unasked { recipe: Some(recipe), why })
    }
}

/// How a secret is asked about.
#[derive(Clone, Debug)]
enum Asking<'r> {
    /// By the request of a recipe.
    Request(RequestPlan<'r>),
    /// By a login at a database.
    Login(Login),
    /// By what its service publishes, or its certificate says.
    Published(Published),
}

impl Asking<'_> {
    /// The host that is asked first.
    fn host(&self) -> Option<String> {
        match self {
            Self::Request(plan) => plan.hosts.first().cloned(),
            Self::Login(login) => Some(login.place()),
            Self::Published(published) => Some(published.host()),
        }
    }

    fn planned(&self) -> Verification {
        match self {
            Self::Request(plan) => planned(plan),
            Self::Login(login) => login.planned(),
            Self::Published(published) => published.planned(),
        }
    }

    fn resolve(&self, hosts: &Hosts<'_>, question: &Question) -> Verification {
        match self {
            Self::Request(plan) => resolve(hosts, plan, question).0,
            Self::Login(login) => login.resolve(hosts, question.secret.expose()),
            Self::Published(published) => published.resolve(hosts),
        }
    }
}

/// A secret that is not asked about.
#[derive(Debug)]
struct Unasked<'r> {
    recipe: Option<&'r Recipe>,
    why: String,
}

fn unasked(unasked: Unasked<'_>) -> Verification {
    let recipe = unasked.recipe.map(|recipe| recipe.id.clone());
    Verification { recipe, ..Verification::unknown(unasked.why) }
}

/// Why nothing is sent about a secret, whatever its kind.
fn refusal(question: &Question) -> Option<String> {
    if let Some(who) = &question.canary {
        return Some(format!("it is {who}: its use alerts whoever laid it out, so it was not sent"));
    }
    if question.is_made_up {
        return Some("it looks made up, so it was not sent".to_owned());
    }
    question.secret.list_len().map(|_| "it is many values, of which none was sent".to_owned())
}

/// Whose each secret is.
fn owners(questions: &[Question]) -> HashMap<&[u8], String> {
    let owner = |one: &Question| one.provider.clone().unwrap_or_default();
    questions.iter().map(|one| (one.secret.expose(), owner(one))).collect()
}

fn planned(plan: &RequestPlan<'_>) -> Verification {
    Verification {
        state: Liveness::Planned,
        reason: None,
        recipe: Some(plan.recipe.id.clone()),
        host: plan.hosts.first().cloned(),
        requests: plan.shown(),
        identity: Vec::new(),
    }
}
