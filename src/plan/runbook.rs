//! A plan as a runbook in Markdown.
//!
//! Everything that comes from the repository is in a code span or a code block, in which Markdown interprets nothing.

use super::document::{PlanBatch, PlanStep, PlannedPlace, PlannedSecret, SecretPlan};
use crate::report::redact::printable;
use std::io::{self, Write};

/// Writes the runbook.
pub fn write_runbook(plan: &SecretPlan, out: &mut dyn Write) -> io::Result<()> {
    let (secrets, batches) =
        (plan.batches.iter().map(|batch| batch.secrets.len()).sum::<usize>(), plan.batches.len());
    writeln!(out, "# Secrets of {} to {}\n", code(&plan.repository), code(&plan.manager))?;
    writeln!(
        out,
        "Made on {} by keydredge {}: {secrets} {} in {batches} {}{}. {}\n",
        plan.created,
        plan.version,
        if secrets == 1 { "secret" } else { "secrets" },
        if batches == 1 { "batch" } else { "batches" },
        plan.store.as_ref().map(|store| format!("; the values are in {}", code(store))).unwrap_or_default(),
        match plan.accepted {
            0 => String::new(),
            1 => "1 accepted secret is left out.".to_owned(),
            count => format!("{count} accepted secrets are left out."),
        }
    )?;
    if !plan.complete {
        writeln!(out, "**Not all was read, so there may be more than this plan knows:**\n")?;
        for part in &plan.unread {
            writeln!(out, "- {} {}", part.count, code(&part.reason))?;
        }
        writeln!(out)?;
    }
    for note in &plan.notes {
        writeln!(out, "- {}", code(note))?;
    }
    if secrets == 0 {
        return writeln!(out, "There is nothing to move.");
    }
    writeln!(
        out,
        "Do one batch at a time, from the first to the last: store, deliver, patch, check, rotate, and revoke last of all. Commands \
         are meant for bash, in the repository. Names in capital letters after `$` are yours to set.\n"
    )?;
    for batch in &plan.batches {
        write_batch(batch, out)?;
    }
    Ok(())
}

fn write_batch(batch: &PlanBatch, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## Batch {}: {}\n", batch.number, code(&batch.title))?;
    for secret in &batch.secrets {
        write_secret(secret, out)?;
    }
    steps("Who may read it", &batch.identity, out)?;
    let stores: Vec<PlanStep> = batch.secrets.iter().flat_map(|secret| secret.store.clone()).collect();
    steps("Store", &stores, out)?;
    steps("Deliver", &batch.delivery, out)?;
    if batch.secrets.iter().any(|secret| secret.places.iter().any(|place| place.kind == "file")) {
        writeln!(out, "### Change the code\n")?;
        match &batch.patch {
            Some(patch) => {
                let patch = printable(patch);
                writeln!(
                    out,
                    "The patch contains the secrets in its removed lines: apply it, commit, and delete it.\n\n```bash\ngit apply --check \"$PATCHES/{patch}\" && git apply \"$PATCHES/{patch}\"\n```\n"
                )?;
            }
            None if batch
                .secrets
                .iter()
                .any(|secret| secret.places.iter().any(|place| place.change == "patch")) =>
            {
                writeln!(
                    out,
                    "`--patches DIR` writes what is marked as *patch* below as a file for `git apply`. It is no part of this text, since \
                     the lines that it removes contain the secrets.\n"
                )?;
            }
            None => {}
        }
        for secret in &batch.secrets {
            for place in secret.places.iter().filter(|place| place.change != "none") {
                write_change(secret, place, out)?;
            }
        }
        writeln!(out)?;
    }
    steps("Check", &batch.checks, out)?;
    for secret in &batch.secrets {
        steps(&format!("Rotate {}", code(&secret.variable)), &secret.rotation, out)?;
    }
    steps("The way back", &batch.rollback, out)?;
    if batch.patch.is_some() || !batch.rollback.is_empty() {
        writeln!(
            out,
            "The code: `git revert` of the commit with the patch. After the old credential is revoked there is no way back.\n"
        )?;
    }
    steps("Remove", &batch.removal, out)
}

fn write_secret(secret: &PlannedSecret, out: &mut dyn Write) -> io::Result<()> {
    let mut facts = vec![
        secret.impact.as_ref().map(|impact| format!("impact {}", printable(impact))),
        secret.verified.as_ref().map(|state| format!("its provider says: {}", printable(state))),
        secret.owner.as_ref().map(|owner| format!("owner {}", code(owner))),
        (!secret.environments.is_empty())
            .then(|| format!("in {}", printable(&secret.environments.join(", ")))),
        (!secret.shared.is_empty()).then(|| format!("shared by {}", code(&secret.shared.join(", ")))),
    ];
    let is_in_files = secret.places.iter().any(|place| place.kind == "file");
    facts.push((!is_in_files).then(|| "in the history only: nothing to store or change here".to_owned()));
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    writeln!(
        out,
        "- `{}` {} ({}){}\n  - variable `{}`, entry {}",
        secret.fingerprint,
        code(secret.name.as_deref().unwrap_or(&secret.kind)),
        printable(&secret.description),
        if facts.is_empty() { String::new() } else { format!(": {}", facts.join("; ")) },
        secret.variable,
        code(&secret.entry)
    )?;
    let history = secret.places.iter().filter(|place| place.change == "none").count();
    match history {
        0 => writeln!(out),
        1 => writeln!(out, "  - 1 place in the history\n"),
        count => writeln!(out, "  - {count} places in the history\n"),
    }
}

fn write_change(secret: &PlannedSecret, place: &PlannedPlace, out: &mut dyn Write) -> io::Result<()> {
    let at = code(&format!("{}:{}", place.path.as_deref().unwrap_or("?"), place.line));
    let why = place.why.as_deref().map(printable).unwrap_or_default();
    match (place.change.as_str(), place.becomes.as_deref()) {
        ("patch", Some("")) => write!(out, "- patch {at}: the line goes")?,
        ("patch", Some(becomes)) => {
            write!(out, "- patch {at}: becomes {}", code(becomes.trim()))?;
        }
        _ => return writeln!(out, "- **by hand** {at} (`{}`): {why}", secret.variable),
    }
    if why.is_empty() { writeln!(out) } else { writeln!(out, "; {why}") }
}

fn steps(title: &str, steps: &[PlanStep], out: &mut dyn Write) -> io::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "### {title}\n")?;
    for step in steps {
        writeln!(out, "{}\n", printable(&step.text))?;
        if let Some(file) = &step.file {
            writeln!(out, "`{}`:\n\n```{}\n{}```\n", printable(&file.name), file.language, file.text)?;
        }
        if !step.commands.is_empty() {
            let commands: Vec<String> = step.commands.iter().map(|command| printable(command)).collect();
            writeln!(out, "```bash\n{}\n```\n", commands.join("\n"))?;
        }
    }
    Ok(())
}

/// A text in a code span: between more backquotes than are in it.
fn code(text: &str) -> String {
    let text = printable(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}
