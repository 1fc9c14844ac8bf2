//! `revoke`: says what will happen, asks, sends it, asks the provider again, and writes that down.
//!
//! # Design
//!
//! Three ends: revoked (the provider's own error says that it does not work), submitted (taken on, but not confirmed) and
//! failed. Each has an exit code of its own.

use super::super::{Exit, interrupt, output};
use super::audit::{RevocationLog, user};
use super::{Credential, credential, verifier};
use crate::cli::RevokeFlags;
use crate::commands::session::command_name::CommandName;
use crate::error::Error;
use crate::report::redact::printable;
use crate::shown_path::shown_path;
use crate::verify::{Revocation, RevocationOutcome, RevocationReport, Unrevoked};
use serde_json::{Value, json};
use std::io::{self, BufRead, IsTerminal, Write};

/// What must be typed.
const YES: &str = "yes";

/// `revoke`.
pub(crate) fn revoke(flags: &RevokeFlags) -> Result<Exit, Error> {
    let asks = !flags.yes && !flags.access.plan;
    if asks && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Error::Usage {
            what:
                "there is no terminal to ask on: --yes revokes without asking, and --plan shows the requests"
                    .to_owned(),
        });
    }
    let verifier = verifier(&flags.access)?;
    let credential = credential(CommandName::Revoke, &flags.access)?;
    let conversation = verifier.converse(&credential.questions);
    let clean = |text: &str| printable(&credential.mask.name(text));
    let title = format!("{} {}", credential.finding.fingerprint, credential.finding.rule.id);
    let revocation = match conversation.prepare(&credential.question) {
        Ok(revocation) => revocation,
        Err(Unrevoked::Dead(verification)) => {
            output::say(&title)?;
            output::say(&format!("{}; there is nothing to revoke.", clean(&verification.sentence())))?;
            return Ok(Exit::Clean);
        }
        Err(Unrevoked::Refused(why)) => {
            return Err(Error::Usage { what: format!("{title} was not revoked: {}", clean(&why)) });
        }
    };
    output::say(&title)?;
    output::say(&clean(&revocation.verification.sentence()))?;
    output::say(&format!("would send: {}", clean(&revocation.shown)))?;
    output::say(&format!("then: {}; {}.", revocation.effect, revocation.undo))?;
    if flags.access.plan {
        output::say("Nothing was sent.")?;
        return Ok(Exit::Clean);
    }
    if asks && !consents()? {
        output::say("Nothing was revoked.")?;
        return Ok(Exit::Failed);
    }
    if interrupt::is_pressed() {
        return Ok(Exit::Interrupted);
    }
    let log = RevocationLog::open(flags.audit_log.as_deref())?;
    log.write(&line(&credential, &revocation, None))?;
    let report = conversation.revoke(&revocation, &credential.question, flags.wait);
    let written = log.write(&line(&credential, &revocation, Some(&report)));
    let reason = report.reason.as_deref().map(clean).unwrap_or_default();
    output::say(&match report.outcome {
        RevocationOutcome::Revoked => format!("Revoked: {} rejects it now.", revocation.host),
        RevocationOutcome::Submitted => {
            format!("Submitted to {}, not yet confirmed: {reason}.", revocation.host)
        }
        RevocationOutcome::Failed => format!("Failed: {reason}."),
    })?;
    written?;
    output::mention(true, &format!("{} has a line about it", shown_path(log.path())));
    Ok(match report.outcome {
        RevocationOutcome::Revoked => Exit::Clean,
        RevocationOutcome::Submitted => Exit::Incomplete,
        RevocationOutcome::Failed => Exit::Findings,
    })
}

/// Asks on the terminal.
fn consents() -> Result<bool, Error> {
    let failed = |source| Error::Read { path: "the terminal".into(), source };
    let mut out = io::stderr().lock();
    write!(out, "Type `{YES}` to revoke it: ").and_then(|()| out.flush()).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(answer.trim() == YES)
}

/// A line of the log: before the request is sent, and after.
fn line(credential: &Credential, revocation: &Revocation, report: Option<&RevocationReport>) -> Value {
    let clean = |text: &str| printable(&credential.mask.name(text));
    json!({
        "time": jiff::Timestamp::now().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "command": "revoke",
        "user": user(),
        "fingerprint": credential.finding.fingerprint.to_string(),
        "rule": credential.finding.rule.id.to_string(),
        "host": revocation.host,
        "request": clean(&revocation.line),
        "status": report.and_then(|report| report.status),
        "outcome": report.map_or_else(|| "begun".to_owned(), |report| report.outcome.to_string()),
        "reason": report.and_then(|report| report.reason.as_deref()).map(clean),
        "after": report.map(|report| report.after.state.to_string()),
    })
}
