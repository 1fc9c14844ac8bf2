//! Revoking a credential: what would be sent, sending it, and asking afterwards whether it still works.
//!
//! # Design
//!
//! That an API takes a revocation on is no proof. A credential counts as revoked if the provider's own error says so
//! afterwards; if nothing says so, it was submitted.

use super::answer;
use super::client::Answer;
use super::conversation::{Conversation, Spoken};
use super::question::Question;
use super::reach::part;
use super::request::{RequestPlan, Values};
use super::selection::texts;
use crate::model::{Liveness, Verification};
use crate::rules::recipe::Recipe;
use crate::rules::recipe::revoke::{Acceptance, RevokeRecipe};
use serde_json::Value;
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

/// The first pause before it is asked again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How often a wait looks whether the run is over.
const LOOK: Duration = Duration::from_millis(50);

/// A revocation that is ready to be sent.
#[derive(Debug)]
pub struct Revocation {
    /// What is known of the credential.
    pub verification: Verification,
    /// Method and URL, with names instead of values.
    pub line: String,
    /// All that would be sent, without the secret.
    pub shown: String,
    /// The host that gets it.
    pub host: String,
    /// What happens then.
    pub effect: String,
    /// Whether that can be undone.
    pub undo: String,
    recipe: Recipe,
    accepted: Vec<Acceptance>,
    values: Values,
}

/// Why nothing is revoked.
#[derive(Debug)]
pub enum Unrevoked {
    /// It does not work already.
    Dead(Box<Verification>),
    /// It cannot be revoked from here.
    Refused(String),
}

/// How a revocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationOutcome {
    /// The provider says that the credential does not work.
    Revoked,
    /// The provider took it on; that it does not work is not confirmed.
    Submitted,
    /// The provider refused, or there was no answer.
    Failed,
}

impl fmt::Display for RevocationOutcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Revoked => "revoked",
            Self::Submitted => "submitted",
            Self::Failed => "failed",
        })
    }
}

/// What came of a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationReport {
    /// How it ended.
    pub outcome: RevocationOutcome,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it is not more.
    pub reason: Option<String>,
    /// What was said of the credential afterwards.
    pub after: Verification,
}

impl Conversation<'_> {
    /// What would revoke the credential of `question`; asks first whether it works.
    ///
    /// # Errors
    /// If it is dead, or nothing can be sent.
    pub fn prepare(&self, question: &Question) -> Result<Revocation, Unrevoked> {
        let refused = |why: &str| Unrevoked::Refused(why.to_owned());
        if let Some(why) = super::refusal(question) {
            return Err(Unrevoked::Refused(why));
        }
        let known = self.revoke_recipe(question).ok_or_else(|| {
            refused("no API is known with which a credential of this kind revokes itself; its provider's web page does")
        })?;
        let recipe = self.recipe(question);
        let Some(recipe) = recipe.filter(|recipe| known.recipes.contains(&recipe.id)) else {
            let verification = Verification::unknown(
                "nothing can be asked about credentials of this kind, so it is not known to work",
            );
            return self.ready(known, None, &Spoken { verification, plan: None, answer: None }, question);
        };
        let spoken = self.speak(question);
        match spoken.verification.state {
            Liveness::Dead => Err(Unrevoked::Dead(Box::new(spoken.verification))),
            Liveness::Unknown => {
                let why = spoken.verification.reason.unwrap_or_default();
                Err(Unrevoked::Refused(format!("it is not known to work: {why}")))
            }
            Liveness::Live | Liveness::Planned => self.ready(known, Some(recipe), &spoken, question),
        }
    }

    fn ready(
        &self,
        known: &RevokeRecipe,
        recipe: Option<&Recipe>,
        spoken: &Spoken<'_>,
        question: &Question,
    ) -> Result<Revocation, Unrevoked> {
        let secret = question.secret.expose();
        let mut request = known.request(recipe);
        request.own_hosts &= known.url.is_none();
        let plan = RequestPlan::make(&request, question, self.options()).map_err(Unrevoked::Refused)?;
        let mut values = plan.values.clone();
        if let (Some(recipe), Some(answer)) = (recipe, &spoken.answer) {
            let document = answer::document(recipe, answer).unwrap_or(Value::Null);
            for (name, value) in &known.take {
                let found = texts(&document, &value.path).and_then(|all| all.into_iter().next());
                let found = found.and_then(|text| part(&text, value.pattern.as_deref()));
                let found = found.and_then(|text| answer::printable(&text, secret));
                let found = found.ok_or_else(|| {
                    Unrevoked::Refused(format!("the answer does not name the {name} that revokes it"))
                })?;
                values.insert(name.clone(), found.into_bytes());
            }
        }
        let live = spoken.verification.host.clone();
        if let (Some(_), Some(spoken)) = (&known.url, &spoken.plan)
            && live.as_ref().is_some_and(|host| spoken.hosts.first() != Some(host))
        {
            let what = format!("it is only known how to revoke it beside {}", spoken.recipe.host());
            return Err(Unrevoked::Refused(what));
        }
        let host = match &known.url {
            Some(_) => plan.hosts.first().cloned(),
            None => live.or_else(|| plan.hosts.first().cloned()),
        };
        let host = host.ok_or_else(|| Unrevoked::Refused("it has no host".to_owned()))?;
        let plan = RequestPlan { hosts: vec![host.clone()], ..plan };
        let shown = plan.shown().into_iter().next().unwrap_or_default();
        Ok(Revocation {
            verification: spoken.verification.clone(),
            line: plan.line(),
            shown,
            host,
            effect: known.effect.clone(),
            undo: known.undo.clone(),
            accepted: known.accepted.clone(),
            values,
            recipe: request,
        })
    }

    /// Sends a revocation, and asks until `wait` is over whether the credential still works.
    pub fn revoke(&self, revocation: &Revocation, question: &Question, wait: Duration) -> RevocationReport {
        let (status, refused) = match self.send(revocation, question) {
            Ok(answer) => (Some(answer.status), refusal(revocation, &answer)),
            Err(why) => (None, Some(why)),
        };
        let after = self.until_dead(question, wait);
        let outcome = match (after.state, &refused) {
            (Liveness::Dead, _) => RevocationOutcome::Revoked,
            (_, None) => RevocationOutcome::Submitted,
            (_, Some(_)) => RevocationOutcome::Failed,
        };
        let reason = match outcome {
            RevocationOutcome::Revoked => None,
            RevocationOutcome::Failed => refused,
            RevocationOutcome::Submitted => Some(match after.state {
                Liveness::Live => "it still works".to_owned(),
                _ => after
                    .reason
                    .clone()
                    .unwrap_or_else(|| "it is not known whether it still works".to_owned()),
            }),
        };
        RevocationReport { outcome, status, reason, after }
    }

    fn send(&self, revocation: &Revocation, question: &Question) -> Result<Answer, String> {
        let hosts = self.hosts().ok_or("nothing is sent")?;
        let plan = RequestPlan {
            recipe: &revocation.recipe,
            hosts: vec![revocation.host.clone()],
            values: revocation.values.clone(),
            may_be_elsewhere: false,
        };
        let request = plan.request(&revocation.host, question.secret.expose(), &plan.values);
        hosts.send(&revocation.host, &request.ok_or("the request cannot be sent")?)
    }

    /// Asks again and again, with longer and longer pauses.
    fn until_dead(&self, question: &Question, wait: Duration) -> Verification {
        let until = Instant::now() + wait;
        let mut pause = FIRST_PAUSE;
        loop {
            let verification = self.speak(question).verification;
            let left = until.saturating_duration_since(Instant::now());
            let is_final = verification.state == Liveness::Dead || verification.recipe.is_none();
            if is_final || left.is_zero() || self.is_over() {
                return verification;
            }
            let over = Instant::now() + pause.min(left);
            while Instant::now() < over && !self.is_over() {
                thread::sleep(LOOK.min(over.saturating_duration_since(Instant::now())));
            }
            pause *= 2;
        }
    }

    fn is_over(&self) -> bool {
        self.options().stop.is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed))
    }
}

/// Why an answer does not take the revocation on, if it does not.
fn refusal(revocation: &Revocation, answer: &Answer) -> Option<String> {
    let document = answer::document(&revocation.recipe, answer);
    let is_page = document.is_none() && answer.body.trim_ascii_start().starts_with(b"<");
    let says = |(path, wanted): (&String, &String)| {
        let found = document.as_ref().and_then(|document| texts(document, path));
        found.is_some_and(|found| found.contains(wanted))
    };
    let is_it = |one: &Acceptance| one.status == answer.status && one.is.iter().all(says);
    if !is_page && !answer::is_packed(answer) && revocation.accepted.iter().any(is_it) {
        return None;
    }
    Some(format!("its provider did not take it on ({})", answer.status))
}
