//! An explanation for people. Every string that comes from outside passes [`printable`].

use super::{Case, CaseStage, Explanation};
use crate::report::redact::{printable, shown};
use std::io::{self, Write};

/// How many cases of one rule that found nothing are listed.
const LISTED: usize = 10;

/// How many rules are named that only saw a literal.
const NAMED: usize = 20;

/// Writes `explanation`. `is_verbose` lists all, `show_secrets` prints the values.
///
/// # Errors
/// Whatever writing gives.
pub fn write(
    explanation: &Explanation,
    is_verbose: bool,
    show_secrets: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let file = explanation.path.as_deref().unwrap_or("<string>");
    let line = explanation.line.map(|line| format!(":{line}")).unwrap_or_default();
    writeln!(out, "{}{line}: {}", printable(file), verdict(explanation))?;
    for of_rule in explanation.cases.chunk_by(|one, other| one.rule.id == other.rule.id) {
        let rule = &of_rule[0].rule;
        writeln!(out, "\n{}  {}", rule.id, printable(&rule.description))?;
        let is_found = |case: &&Case| case.stage <= CaseStage::Part;
        let found = of_rule.iter().filter(is_found).count();
        let most = if is_verbose { usize::MAX } else { found + LISTED };
        for case in of_rule.iter().take(most) {
            write_case(case, explanation, show_secrets, out)?;
        }
        if of_rule.len() > most {
            let more = of_rule.len() - most;
            writeln!(
                out,
                "  and {more} more that are not reported (-v lists all; FILE:LINE asks about one line)"
            )?;
        }
    }
    if explanation.more > 0 {
        let more = explanation.more;
        writeln!(
            out,
            "\nand {more} more values that are not reported: ask about a line (FILE:LINE) or a rule (--rule)"
        )?;
    }
    if let Some(absent) = &explanation.absent {
        writeln!(out, "\nThe rule stopped at once: {}.", printable(absent))?;
    }
    write_at_once(explanation, out)?;
    for note in &explanation.notes {
        writeln!(out, "note: {}", printable(note))?;
    }
    write_receipt(explanation, out)
}

fn verdict(explanation: &Explanation) -> String {
    let count = |is: fn(&Case) -> bool| explanation.cases.iter().filter(|case| is(case)).count();
    let reported = count(|case| case.stage == CaseStage::Reported);
    let found = count(|case| case.stage > CaseStage::Reported && case.stage <= CaseStage::Part);
    let nearly = count(|case| case.stage > CaseStage::Part) as u64 + explanation.more;
    let mut parts = Vec::new();
    if reported > 0 {
        parts.push(format!("{reported} reported"));
    } else {
        parts.push("nothing is reported".to_owned());
    }
    if found > 0 {
        parts.push(format!("{found} found and not reported"));
    }
    if nearly > 0 {
        parts.push(format!("{nearly} rejected"));
    }
    if explanation.coverage.unread_count() > 0 {
        parts.push("not all of it could be read".to_owned());
    }
    parts.join(", ")
}

fn write_case(
    case: &Case,
    explanation: &Explanation,
    show_secrets: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = match &case.path {
        Some(path) if explanation.path.as_ref() != Some(path) => format!("{} ", printable(path)),
        _ => String::new(),
    };
    let value =
        case.value.as_ref().map(|value| format!("  {}", printable(&shown(value, &case.rule, show_secrets))));
    let name = case.identifier.as_ref().map(|name| format!("  assigned to {}", printable(name)));
    let decoded = match case.decoded_by.as_slice() {
        [] => String::new(),
        all => format!("  inside {}", all.iter().map(|one| one.name()).collect::<Vec<_>>().join(" in ")),
    };
    writeln!(out, "  {path}{}{}{}{decoded}", case.at, value.unwrap_or_default(), name.unwrap_or_default())?;
    let what = if case.stage == CaseStage::Reported { "reported" } else { "not reported" };
    let why = match (case.stage, case.why.strip_prefix("it is a finding")) {
        (CaseStage::Reported, Some(rest)) => {
            rest.trim_start_matches("; ").trim_start_matches(", ").to_owned()
        }
        _ => case.why.clone(),
    };
    let colon = if why.is_empty() { "" } else { ": " };
    writeln!(out, "    {what}{colon}{}", printable(&why))?;
    if let Some(score) = case.score {
        let level = score.confidence().map(|level| level.to_string()).unwrap_or_default();
        let number = |score: crate::model::Score| f64::from(score.0) / 1000.0;
        let elsewhere = case.elsewhere.map(|other| {
            let verb = if other < score { "raises" } else { "lowers" };
            format!("; its place {verb} it from {:.2}", number(other))
        });
        writeln!(out, "    confidence {level} ({:.2}){}", number(score), elsewhere.unwrap_or_default())?;
    }
    if !case.reasons.is_empty() {
        writeln!(out, "    {}", printable(&case.reasons.join("; ")))?;
    }
    if let Some(fingerprint) = case.fingerprint {
        writeln!(out, "    fingerprint {fingerprint}")?;
    }
    Ok(())
}

/// The rules that only saw a literal, by why the first of them stopped.
fn write_at_once(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    if explanation.at_once.is_empty() {
        if explanation.cases.is_empty() && explanation.absent.is_none() {
            let place = if explanation.line.is_some() { "on this line" } else { "here" };
            writeln!(out, "\nNo literal of any rule is {place} (--rule ID says what a rule looks for).")?;
        }
        return Ok(());
    }
    let each: Vec<String> = explanation
        .at_once
        .iter()
        .take(NAMED)
        .map(|(rule, once)| match once.count {
            1 => rule.clone(),
            count => format!("{rule} ({count} times)"),
        })
        .collect();
    let count = explanation.at_once.len();
    let head = match count {
        1 => "Of 1 more rule only a literal is there".to_owned(),
        _ => format!("Of {count} more rules only literals are there"),
    };
    // They are an answer only if there is no other.
    if !explanation.cases.is_empty() {
        return writeln!(out, "\n{head}: -v says which, and why each stopped.");
    }
    let more = if count > NAMED { ", …" } else { "" };
    writeln!(out, "\n{head} (-v says why each stopped): {}{more}", each.join(", "))
}

/// What was not read, and the settings.
fn write_receipt(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    for note in &explanation.coverage.notes {
        writeln!(out, "note: {}", printable(note))?;
    }
    for (reason, tally) in &explanation.coverage.excluded {
        writeln!(out, "left out: {} {}", tally.count, printable(reason))?;
    }
    if explanation.coverage.unread_count() > 0 {
        let count = explanation.coverage.unread_count();
        writeln!(out, "INCOMPLETE: {count} could not be read, so nothing can be said of what is there:")?;
        for (reason, tally) in &explanation.coverage.unread {
            let examples: Vec<String> = tally.examples.iter().map(|one| printable(one)).collect();
            writeln!(out, "  {} {}: {}", tally.count, printable(reason), examples.join(", "))?;
        }
    }
    let files: Vec<String> = explanation
        .settings
        .files
        .iter()
        .map(|file| format!("{} ({})", printable(&file.path), file.role.name()))
        .collect();
    if !files.is_empty() {
        writeln!(out, "settings: {}", files.join(", "))?;
    }
    Ok(())
}
