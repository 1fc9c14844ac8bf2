//! Several requests about one credential: is it live, what may it do, and its revocation. What a host is asked counts for all
//! of them: the pause between two requests, the made-up token, how many a run may send.

use super::answer::AnswerVerdict;
use super::client::Answer;
use super::hosts::Hosts;
use super::question::Question;
use super::request::RequestPlan;
use super::{Asking, Options, Verifier, owners, planned, unasked};
use crate::model::{Liveness, Verification};
use crate::rules::recipe::reach::ReachRecipe;
use crate::rules::recipe::revoke::RevokeRecipe;
use crate::rules::recipe::{AccessRecipes, Recipe};
use std::collections::HashMap;

/// Requests about credentials of one run.
#[derive(Debug)]
pub struct Conversation<'v> {
    verifier: &'v Verifier,
    /// None if nothing is sent.
    hosts: Option<Hosts<'v>>,
    /// Whose each secret of the run is.
    owners: HashMap<&'v [u8], String>,
    access: AccessRecipes,
}

/// What came of asking whether a credential works.
pub(super) struct Spoken<'v> {
    pub(super) verification: Verification,
    /// The plan by which it was asked, or would be.
    pub(super) plan: Option<RequestPlan<'v>>,
    /// The answer that decided.
    pub(super) answer: Option<Answer>,
}

impl<'v> Conversation<'v> {
    /// One about some of `questions`, which are all secrets of the run.
    pub(super) fn new(verifier: &'v Verifier, questions: &'v [Question]) -> Self {
        let hosts = verifier.client.as_ref().map(|client| Hosts::new(&verifier.options, client));
        Self { verifier, hosts, owners: owners(questions), access: AccessRecipes::embedded() }
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u32 {
        self.hosts.as_ref().map_or(0, Hosts::requests)
    }

    pub(super) fn hosts(&self) -> Option<&Hosts<'v>> {
        self.hosts.as_ref()
    }

    pub(super) fn options(&self) -> &Options {
        &self.verifier.options
    }

    /// The recipe by which the run may ask about a credential.
    pub(super) fn recipe(&self, question: &Question) -> Option<&'v Recipe> {
        self.verifier.recipe(question)
    }

    /// How to see what a credential may do.
    pub(super) fn reach_recipe(&self, question: &Question, recipe: Option<&Recipe>) -> Option<&ReachRecipe> {
        let recipe = recipe.or_else(|| self.recipe(question));
        let is_it = |one: &&ReachRecipe| {
            recipe.is_some_and(|recipe| one.recipes.contains(&recipe.id))
                || question.rules.iter().any(|rule| one.rules.contains(rule))
        };
        self.access.reach.iter().find(is_it)
    }

    /// How to revoke a credential.
    pub(super) fn revoke_recipe(&self, question: &Question) -> Option<&RevokeRecipe> {
        let recipe = self.recipe(question);
        let is_it = |one: &&RevokeRecipe| {
            recipe.is_some_and(|recipe| one.recipes.contains(&recipe.id))
                || question.rules.first().is_some_and(|rule| one.rules.contains(rule))
        };
        self.access.revoke.iter().find(is_it)
    }

    /// Asks whether a credential works.
    pub(super) fn speak(&self, question: &Question) -> Spoken<'v> {
        let plan = match self.verifier.plan(question, &self.owners) {
            Ok(Asking::Request(plan)) => plan,
            Ok(other @ (Asking::Login(_) | Asking::Published(_))) => {
                let verification = self
                    .hosts
                    .as_ref()
                    .map_or_else(|| other.planned(), |hosts| other.resolve(hosts, question));
                return Spoken { verification, plan: None, answer: None };
            }
            Err(why) => return Spoken { verification: unasked(why), plan: None, answer: None },
        };
        let Some(hosts) = &self.hosts else {
            return Spoken { verification: planned(&plan), plan: Some(plan), answer: None };
        };
        let (verification, answer) = resolve(hosts, &plan, question);
        Spoken { verification, plan: Some(plan), answer }
    }
}

/// Asks the hosts of a plan one after the other: live if one says so, dead if all do.
pub(super) fn resolve(
    hosts: &Hosts<'_>,
    plan: &RequestPlan<'_>,
    question: &Question,
) -> (Verification, Option<Answer>) {
    let mut verification = Verification {
        state: Liveness::Dead,
        recipe: Some(plan.recipe.id.clone()),
        host: plan.hosts.first().cloned(),
        ..Verification::unknown("")
    };
    verification.reason = None;
    for host in &plan.hosts {
        match hosts.ask(plan, host, question.secret.expose(), &question.prefix) {
            (AnswerVerdict::Live(identity), answer) => {
                let (state, host) = (Liveness::Live, Some(host.clone()));
                return (Verification { state, reason: None, host, identity, ..verification }, answer);
            }
            (AnswerVerdict::Dead, _) => {}
            (AnswerVerdict::Unknown(why), _) if verification.state == Liveness::Dead => {
                (verification.state, verification.reason) = (Liveness::Unknown, Some(why));
                verification.host = Some(host.clone());
            }
            (AnswerVerdict::Unknown(_), _) => {}
        }
    }
    if verification.state == Liveness::Dead && plan.may_be_elsewhere {
        verification.state = Liveness::Unknown;
        verification.reason = Some(
            "it rejects it, but it may be another server's; if its name is beside it, --allow-host allows it"
                .to_owned(),
        );
    }
    (verification, None)
}
