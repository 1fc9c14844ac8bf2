//! What a live credential may do, as far as its form and its provider's answers say.

use super::answer::{self, AnswerVerdict};
use super::client::Answer;
use super::conversation::{Conversation, Spoken};
use super::question::Question;
use super::request::{RequestPlan, Values};
use super::selection::{is_like, texts};
use crate::model::{Fact, Liveness, Verification};
use crate::rules::recipe::Recipe;
use crate::rules::recipe::reach::{FormRights, ReachAnswer, ReachRecipe, Right};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most reasons that are given for one right.
const MOST_REASONS: usize = 8;

/// The most names that are listed as not understood.
const MOST_NAMES: usize = 20;

/// What a credential may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachReport {
    /// Whether it works, and whose it is.
    pub verification: Verification,
    /// The rights that it has, each with what says so.
    pub rights: BTreeMap<Right, Vec<String>>,
    /// What was not looked at, or not understood.
    pub unseen: Vec<String>,
    /// Whether all that is asked about such a credential was answered and understood.
    pub is_whole: bool,
}

impl ReachReport {
    fn new(verification: Verification) -> Self {
        Self { verification, rights: BTreeMap::new(), unseen: Vec::new(), is_whole: true }
    }

    fn grant(&mut self, rights: &[Right], by: &str) {
        for right in rights {
            let reasons = self.rights.entry(*right).or_default();
            if reasons.len() < MOST_REASONS && !reasons.iter().any(|known| known == by) {
                reasons.push(by.to_owned());
            }
        }
    }

    fn miss(&mut self, what: String) {
        self.is_whole = false;
        self.unseen.push(what);
    }
}

impl Conversation<'_> {
    /// What the credential of `question` may do.
    pub fn reach(&self, question: &Question) -> ReachReport {
        let Spoken { verification, plan, answer } = self.speak(question);
        let known = self.reach_recipe(question, plan.as_ref().map(|plan| plan.recipe));
        let mut report = ReachReport::new(verification);
        let Some(known) = known else {
            report.miss("anything: it is not known how to see what such a credential may do".to_owned());
            return report;
        };
        for form in &known.form {
            if has_form(form, question) {
                report.grant(&form.rights, &format!("by its form: {}", form.says));
            }
        }
        match (report.verification.state, &plan, &answer) {
            (Liveness::Planned, Some(plan), _) => {
                let more = known.answers.iter().filter_map(|step| shown(step, plan, question, self));
                let more: Vec<String> = more.collect();
                report.verification.requests.extend(more);
            }
            (Liveness::Live, Some(plan), Some(answer)) => {
                self.look(known, plan, answer, question, &mut report);
            }
            // What it could do matters no more.
            (Liveness::Dead, ..) => return report,
            _ => {
                let why = report.verification.reason.clone().unwrap_or_default();
                report.miss(format!("whether it works, and what its provider says of it: {why}"));
            }
        }
        report.unseen.extend(known.unseen.iter().cloned());
        report
    }

    fn look(
        &self,
        known: &ReachRecipe,
        plan: &RequestPlan<'_>,
        own: &Answer,
        question: &Question,
        report: &mut ReachReport,
    ) {
        let mut taken = Values::new();
        for step in &known.answers {
            let answer;
            let (recipe, answer) = match step.request(plan.recipe) {
                None => (plan.recipe.clone(), own),
                Some(request) => match self.ask(step, request, plan, question, &taken, report) {
                    Ok((request, got)) => {
                        answer = got;
                        (request, &answer)
                    }
                    Err(why) => {
                        report.miss(format!("{}: {why}", step.about));
                        continue;
                    }
                },
            };
            let document = answer::document(&recipe, answer).unwrap_or(Value::Null);
            let secret = question.secret.expose();
            read(step, answer, &document, secret, report);
            for (name, value) in &step.take {
                let found = texts(&document, &value.path).and_then(|all| all.into_iter().next());
                let found = found.and_then(|text| part(&text, value.pattern.as_deref()));
                if let Some(found) = found.and_then(|text| answer::printable(&text, secret)) {
                    taken.insert(name.clone(), found.into_bytes());
                }
            }
        }
    }

    /// The answer to a further request, or why there is none.
    fn ask(
        &self,
        step: &ReachAnswer,
        mut request: Recipe,
        plan: &RequestPlan<'_>,
        question: &Question,
        taken: &Values,
        report: &ReachReport,
    ) -> Result<(Recipe, Answer), String> {
        let Some(hosts) = self.hosts() else { return Err("nothing is sent".to_owned()) };
        let live = report.verification.host.as_deref().unwrap_or_default();
        request.own_hosts &= step.url.is_none();
        let host = match &step.url {
            Some(_) if plan.hosts.first().is_none_or(|usual| usual != live) => {
                return Err(format!("it is only known how to ask beside {}", plan.recipe.host()));
            }
            Some(_) => request.host().to_owned(),
            None => live.to_owned(),
        };
        let mut own = plan.values.clone();
        own.extend(taken.clone());
        if let Some(name) = request.unfilled(|name| own.contains_key(name)) {
            return Err(format!("its {name} is not known"));
        }
        let asked =
            RequestPlan { recipe: &request, hosts: vec![host.clone()], values: own, may_be_elsewhere: false };
        let secret = question.secret.expose();
        let ready = asked.request(&host, secret, &asked.values).ok_or("the request cannot be sent")?;
        let answer = hosts.send(&host, &ready)?;
        match answer::judge(&request, &answer, secret) {
            AnswerVerdict::Live(_) => Ok((request, answer)),
            AnswerVerdict::Dead => Err(format!("it may not see that ({})", answer.status)),
            AnswerVerdict::Unknown(why) => Err(why),
        }
    }
}

/// What an answer says.
fn read(step: &ReachAnswer, answer: &Answer, document: &Value, secret: &[u8], report: &mut ReachReport) {
    let mut unknown = BTreeSet::new();
    for path in &step.names {
        let Some(names) = names(step, path, answer, document) else {
            let about = if step.about.is_empty() { "its rights" } else { step.about.as_str() };
            report.miss(format!("{about}: the answer does not name them"));
            continue;
        };
        if names.is_empty() {
            report.grant(&step.none, "its list of rights is empty");
        }
        for name in names {
            let shown =
                answer::printable(&name, secret).unwrap_or_else(|| "one that cannot be shown".to_owned());
            let meanings: Vec<&Vec<Right>> = step
                .rights
                .iter()
                .filter(|(pattern, _)| is_like(pattern, &name))
                .map(|(_, rights)| rights)
                .collect();
            if meanings.is_empty() {
                unknown.insert(shown);
                continue;
            }
            for rights in meanings {
                report.grant(rights, &format!("`{shown}`"));
            }
        }
    }
    if !unknown.is_empty() {
        let count = unknown.len();
        let mut list: Vec<String> =
            unknown.into_iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
        if count > list.len() {
            list.push(format!("and {} more", count - list.len()));
        }
        report.miss(format!("what these mean: {}", list.join(", ")));
    }
    for field in &step.fields {
        let values = texts(document, &field.path).unwrap_or_default();
        if values.iter().any(|value| field.is.iter().any(|pattern| is_like(pattern, value))) {
            report.grant(&field.rights, &field.says);
        }
    }
    if !step.grants.is_empty() {
        report.grant(&step.grants, &format!("it was shown {}", step.about));
    }
}

/// The names of rights at a path of an answer; none if there is no such list.
fn names(step: &ReachAnswer, path: &str, answer: &Answer, document: &Value) -> Option<Vec<String>> {
    let (all, split) = match path.strip_prefix("header:") {
        Some(name) => (vec![answer.header(name)?.to_owned()], step.split.as_deref().or(Some(","))),
        None => (texts(document, path)?, step.split.as_deref()),
    };
    let Some(split) = split else { return Some(all) };
    let each = all.iter().flat_map(|text| text.split(split)).map(str::trim);
    Some(each.filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// The part of a text that a pattern finds.
pub(super) fn part(text: &str, pattern: Option<&str>) -> Option<String> {
    let Some(pattern) = pattern else { return Some(text.to_owned()) };
    let regex = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()?;
    let found = regex.captures(text)?;
    Some(found.get(1).or_else(|| found.get(0))?.as_str().to_owned())
}

/// A further request as a line, without the secret and with the names of what earlier answers fill in.
fn shown(
    step: &ReachAnswer,
    plan: &RequestPlan<'_>,
    question: &Question,
    conversation: &Conversation<'_>,
) -> Option<String> {
    let mut request = step.request(plan.recipe)?;
    request.own_hosts &= step.url.is_none();
    let made = RequestPlan::make(&request, question, conversation.options()).ok()?;
    let line = made.shown().into_iter().next();
    line.filter(|line| !plan.shown().contains(line))
}

fn has_form(form: &FormRights, question: &Question) -> bool {
    if let Some(pattern) = &form.like {
        let regex = regex::bytes::RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).build();
        return regex.is_ok_and(|regex| regex.is_match(question.secret.expose()));
    }
    let Some([name, wanted]) = &form.fact else { return false };
    if let Some(claim) = name.strip_prefix("claim:") {
        let claims = claims(question.secret.expose());
        let values = claims.and_then(|claims| texts(&claims, claim)).unwrap_or_default();
        return values.iter().flat_map(|text| text.split(' ')).any(|value| is_like(wanted, value));
    }
    let is_it = |fact: &Fact| fact.kind.name() == name && is_like(wanted, &fact.value);
    question.facts.iter().any(is_it)
}

/// The claims of a JSON web token.
fn claims(token: &[u8]) -> Option<Value> {
    let mut parts = token.split(|&byte| byte == b'.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims).ok()?).ok()
}
