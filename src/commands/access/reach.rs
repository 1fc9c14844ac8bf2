//! `reach`: what a credential may do.
//!
//! # Design
//!
//! It is a report and no gate. What an answer does not show is "not seen" and never "no": a right may come from a place where
//! nobody looked.

use super::super::{Exit, interrupt, output};
use super::{Credential, credential, verifier};
use crate::cli::{AccessFormat, ReachFlags};
use crate::commands::session::command_name::CommandName;
use crate::error::Error;
use crate::model::Liveness;
use crate::report::redact::printable;
use crate::rules::recipe::reach::Right;
use crate::verify::ReachReport;
use serde_json::{Map, Value, json};

/// `reach`.
pub(crate) fn reach(flags: &ReachFlags) -> Result<Exit, Error> {
    let verifier = verifier(&flags.access)?;
    let credential = credential(CommandName::Reach, &flags.access)?;
    let conversation = verifier.converse(&credential.questions);
    let report = conversation.reach(&credential.question);
    let text = match flags.format {
        AccessFormat::Text => text(&credential, &report, conversation.requests()),
        AccessFormat::Json => json(&credential, &report, conversation.requests()),
    };
    output::print(text.as_bytes())?;
    Ok(match report.verification.state {
        _ if interrupt::is_pressed() => Exit::Interrupted,
        // It can do nothing, or nothing was to be asked.
        Liveness::Dead | Liveness::Planned => Exit::Clean,
        _ if report.is_whole => Exit::Clean,
        _ => Exit::Incomplete,
    })
}

fn text(credential: &Credential, report: &ReachReport, requests: u32) -> String {
    let clean = |text: &str| printable(&credential.mask.name(text));
    let finding = &credential.finding;
    let mut lines = vec![format!("{} {}", finding.fingerprint, finding.rule.id)];
    let verification = &report.verification;
    if verification.state == Liveness::Planned {
        lines.push("would be asked, and nothing was sent:".to_owned());
        lines.extend(verification.requests.iter().map(|line| format!("  {}", clean(line))));
    } else {
        lines.push(clean(&verification.sentence()));
    }
    if verification.state == Liveness::Dead {
        lines.push("It can do nothing any more.".to_owned());
    } else {
        lines.push(String::new());
    }
    // Of a dead one, what its form says does not matter.
    for right in Right::ALL.into_iter().filter(|_| verification.state != Liveness::Dead) {
        let reasons = report.rights.get(&right).map(|reasons| clean(&reasons.join(", ")));
        let seen = if reasons.is_some() { "yes" } else { "not seen" };
        let line = format!("{:<20}{seen:<10}{}", right.to_string(), reasons.unwrap_or_default());
        lines.push(line.trim_end().to_owned());
    }
    if !report.unseen.is_empty() {
        lines.push(String::new());
        lines.push("Not looked at, or not understood:".to_owned());
        lines.extend(report.unseen.iter().map(|what| format!("- {}", clean(what))));
    }
    lines.push(String::new());
    lines.push(format!("{requests} {} sent.", if requests == 1 { "request" } else { "requests" }));
    lines.join("\n") + "\n"
}

fn json(credential: &Credential, report: &ReachReport, requests: u32) -> String {
    let clean = |text: &str| credential.mask.name(text).into_owned();
    let finding = &credential.finding;
    let verification = &report.verification;
    let identity: Map<String, Value> =
        verification.identity.iter().map(|(name, value)| (name.clone(), json!(clean(value)))).collect();
    let rights: Map<String, Value> = Right::ALL
        .into_iter()
        .map(|right| {
            let reasons = report.rights.get(&right);
            let seen = if reasons.is_some() { "yes" } else { "not_seen" };
            let by: Vec<String> = reasons.into_iter().flatten().map(|reason| clean(reason)).collect();
            (right.to_string(), json!({ "granted": seen, "by": by }))
        })
        .collect();
    let document = json!({
        "type": "reach",
        "fingerprint": finding.fingerprint.to_string(),
        "rule": finding.rule.id.to_string(),
        "provider": finding.rule.provider.as_deref(),
        "state": verification.state.to_string(),
        "reason": verification.reason.as_deref().map(clean),
        "recipe": verification.recipe,
        "host": verification.host,
        "identity": identity,
        "reach": rights,
        "not_looked_at": report.unseen.iter().map(|what| clean(what)).collect::<Vec<_>>(),
        "complete": report.is_whole,
        "planned": verification.requests.iter().map(|line| clean(line)).collect::<Vec<_>>(),
        "requests": requests,
    });
    format!("{document:#}\n")
}
