//! `--verify`: the findings of a run become questions, and the answers theirs.

use super::command_name::CommandName;
use crate::checks::certificate::Certificate;
use crate::cli::{Shared, Verify, VerifyHow};
use crate::commands::scanning::certificates::OwnCertificates;
use crate::error::Error;
use crate::findings::Assembled;
use crate::model::{FactKind, Finding, Liveness, Severity, Suppression};
use crate::verify::{KeyCertificate, Options, Question, Verifier};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long one request may take, unless that is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests a run may send, unless that is said.
const REQUESTS: u32 = 500;

/// At how many places of a finding the lines around it are looked at.
const PLACES: usize = 64;

/// The verifier of a run that asks.
pub(super) fn open(command: CommandName, flags: &Shared) -> Result<Option<Verifier>, Error> {
    let flags = &flags.verify;
    let Some(how) = flags.verify else { return Ok(None) };
    if !CommandName::ASKING.contains(&command) {
        let asking = CommandName::ASKING.map(CommandName::name).join(", ");
        let what = format!("`{}` asks no provider; --verify is for {asking}", command.name());
        return Err(Error::Usage { what });
    }
    Ok(Some(Verifier::open(options(flags, how == VerifyHow::Plan))?))
}

/// How providers are asked.
pub(crate) fn options(flags: &Verify, is_plan: bool) -> Options {
    Options {
        is_plan,
        risky: flags.verify_risky,
        allow_hosts: flags.allow_host.clone(),
        key_owners: flags.key_owner.clone(),
        allow_private: flags.allow_private_hosts,
        ca_file: flags.ca_file.clone(),
        connect_to: flags.connect_to.clone(),
        timeout: flags.verify_timeout.unwrap_or(TIMEOUT),
        max_requests: flags.verify_requests.unwrap_or(REQUESTS),
        stop: Some(super::interrupt::flag()),
    }
}

/// Asks about the findings of a run; returns a sentence about that for its receipt. If only live ones are wanted, those
/// that are dead leave the report and fail nothing.
pub(super) fn run(
    verifier: &Verifier,
    only_live: bool,
    fail_on: Severity,
    assembled: &mut Assembled,
    certificates: OwnCertificates,
) -> String {
    let OwnCertificates { by_key, all } = certificates;
    let issuers: Arc<[Vec<u8>]> = all.into();
    let with_certificates = |finding: &Finding| {
        let own = by_key.get(&finding.secret).map(Vec::as_slice).unwrap_or_default();
        let certificates = own.iter().map(key_certificate).collect();
        Question { certificates, issuers: Arc::clone(&issuers), ..question(finding) }
    };
    let questions: Vec<Question> = assembled.findings.iter().map(with_certificates).collect();
    let (answers, tally) = verifier.ask(&questions);
    let mut counts: BTreeMap<Liveness, usize> = BTreeMap::new();
    for (finding, mut verification) in assembled.findings.iter_mut().zip(answers) {
        *counts.entry(verification.state).or_default() += 1;
        // An answer may name another secret of the run.
        for (_, value) in &mut verification.identity {
            *value = assembled.mask.name(value).into_owned();
        }
        for line in &mut verification.requests {
            *line = assembled.mask.name(line).into_owned();
        }
        finding.verification = Some(Box::new(verification));
    }
    let is_dead = |finding: &Finding| finding.verification.as_ref().is_some_and(|one| one.is_dead());
    let mut left_out = String::new();
    if only_live {
        let dead: Vec<&Finding> = assembled.findings.iter().filter(|finding| is_dead(finding)).collect();
        let failed = dead.iter().filter(|one| !one.is_suppressed() && one.rule.severity >= fail_on).count();
        left_out = format!("; the {} dead are left out", dead.len());
        assembled.failing -= (failed as u64).min(assembled.failing);
        assembled.findings.retain(|finding| !is_dead(finding));
    }
    let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let counts = if counts.is_empty() { "nothing to ask".to_owned() } else { counts.join(", ") };
    let requests = if tally.requests == 1 { "request" } else { "requests" };
    format!("Verification: {counts}; {} {requests} sent{left_out}.", tally.requests)
}

fn key_certificate(certificate: &Certificate) -> KeyCertificate {
    KeyCertificate {
        der: certificate.der.clone(),
        names: certificate.names.clone(),
        ends: certificate.end(),
        is_self_signed: certificate.is_self_signed,
    }
}

/// What is asked about a finding.
pub(crate) fn question(finding: &Finding) -> Question {
    let mut rules = vec![finding.rule.id.to_string()];
    let matches = finding.occurrences.iter().flat_map(|one| &one.matches);
    rules.extend(matches.clone().map(|one| one.rule.id.to_string()).filter(|id| *id != *finding.rule.id));
    rules.dedup();
    let contexts = matches.take(PLACES).map(|one| &one.candidate.context);
    let lines: BTreeSet<&[u8]> = contexts
        .flat_map(|context| context.above.iter().chain(&context.lines).chain(&context.below))
        .map(|line| &**line)
        .collect();
    let mut companions: BTreeMap<String, BTreeSet<Option<Vec<u8>>>> = BTreeMap::new();
    let all = finding.occurrences.iter().flat_map(|one| &one.matches).take(PLACES);
    for one in all {
        for companion in &one.candidate.companions {
            let value = companion.value.as_ref().map(|value| value.expose().to_vec());
            // What is farther away and has no form of its own may be anybody's: it is not sent.
            let rule = one.rule.companions.iter().find(|rule| *rule.name == *companion.name);
            let has_form = rule.is_some_and(|rule| !rule.rules.is_empty());
            let is_in = |value: &Vec<u8>| lines.iter().any(|line| memmem::find(line, value).is_some());
            if has_form || value.as_ref().is_none_or(is_in) {
                companions.entry(companion.name.to_string()).or_default().insert(value);
            }
        }
    }
    Question {
        secret: finding.secret.clone(),
        rules,
        provider: finding.rule.provider.as_deref().map(str::to_owned),
        prefix: finding.rule.prefix.to_string(),
        lines: lines.into_iter().map(<[u8]>::to_vec).collect(),
        companions,
        facts: finding.facts.clone(),
        certificates: Vec::new(),
        issuers: Arc::default(),
        canary: finding
            .facts
            .iter()
            .find(|fact| fact.kind == FactKind::Canary)
            .map(|fact| fact.value.clone()),
        is_made_up: finding.suppressed_by == Some(Suppression::MadeUp),
    }
}
