//! git-secrets: `.gitallowed`, and `secrets.patterns`, `secrets.allowed` and `secrets.providers` of a git config.
//!
//! An allowed pattern is matched against grep's line `path:number:line`. A provider is a command, and is never run.

use super::plan::{Plan, PlannedRule};
use super::regexes::{Dialect, translate};
use crate::findings::fingerprint::could_be_chosen;
use crate::model::{AllowTarget, Allowance};
use crate::sheet::Fault;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// True for a git config with patterns.
pub(super) fn is_like(text: &str) -> bool {
    text.lines().any(|line| line.trim().eq_ignore_ascii_case("[secrets]"))
}

/// Reads either file.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    let mut plan = Plan::of(file);
    if is_like(text) {
        return config(plan, text);
    }
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end_matches('\r');
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            allow(&mut plan, number, line);
        }
    }
    Ok(plan)
}

fn fault(plan: &Plan, line: u64, problem: String) -> Fault {
    Fault { file: plan.file.clone(), line, problem }
}

fn allow(plan: &mut Plan, number: u64, pattern: &str) {
    match translate(pattern, Dialect::Extended) {
        Ok(regex) => plan.allow.push(Allowance {
            reason: format!("allowed for git-secrets, line {number}"),
            regexes: vec![regex],
            target: AllowTarget::GrepLine,
            ..Allowance::default()
        }),
        Err(why) => {
            let problem = format!("This pattern has no meaning here: {why}.");
            plan.left_out.push(fault(plan, number, problem));
        }
    }
}

fn config(mut plan: Plan, text: &str) -> Result<Plan, Fault> {
    let (mut is_ours, mut joined, mut start) = (false, String::new(), 0);
    for (number, line) in (1..).zip(text.lines()) {
        if joined.is_empty() {
            start = number;
        }
        if let Some(begun) = line
            .strip_suffix('\\')
            .filter(|begun| begun.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0)
        {
            joined.push_str(begun);
            continue;
        }
        joined.push_str(line);
        let line = std::mem::take(&mut joined);
        let line = line.trim();
        if line.starts_with('[') {
            is_ours = line.to_ascii_lowercase().starts_with("[secrets]");
        } else if let Some((key, value)) =
            line.split_once('=').filter(|_| is_ours && !line.starts_with(['#', ';']))
        {
            let value = unquoted(value.trim())
                .ok_or_else(|| fault(&plan, start, "This value is not quoted as git quotes.".to_owned()))?;
            match key.trim().to_ascii_lowercase().as_str() {
                "allowed" => allow(&mut plan, start, &value),
                "patterns" => rule(&mut plan, start, &value),
                "providers" => {
                    let problem = "`secrets.providers` is a command, which is not run. Add the patterns that it prints.";
                    plan.left_out.push(fault(&plan, start, problem.to_owned()));
                }
                _ => {
                    let problem = "This key of `[secrets]` is not known.".to_owned();
                    plan.left_out.push(fault(&plan, start, problem));
                }
            }
        }
    }
    Ok(plan)
}

/// A value of a git config; `None` if it ends inside of quotes or in an unknown escape.
fn unquoted(value: &str) -> Option<String> {
    let (mut out, mut is_quoted, mut letters) = (String::new(), false, value.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '\\' => out.push(match letters.next()? {
                'n' => '\n',
                't' => '\t',
                'b' => '\u{8}',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            }),
            '#' | ';' if !is_quoted => break,
            letter => out.push(letter),
        }
    }
    (!is_quoted).then(|| out.trim_end().to_owned())
}

/// A prohibited pattern, as `grep -w` takes it: whole words.
fn rule(plan: &mut Plan, number: u64, pattern: &str) {
    let is_literal = !pattern.contains(['[', '(', '*', '+', '?', '.', '|', '{', '^', '$']);
    if is_literal && !could_be_chosen(pattern.replace('\\', "").as_bytes()) {
        let problem = "This pattern looks like a secret itself, which is not written down again.".to_owned();
        return plan.left_out.push(fault(plan, number, problem));
    }
    match translate(pattern, Dialect::Extended) {
        Ok(regex) => {
            let body = regex.strip_prefix("(?-u)").unwrap_or(&regex);
            let whole = format!("(?m-u)(?:^|[^0-9A-Za-z_])({body})(?:[^0-9A-Za-z_]|$)");
            let digest = HEXLOWER.encode(&Sha256::digest(pattern.as_bytes()));
            let mut rule = PlannedRule::new(&format!("pattern-{}", &digest[..8]), Some(whole), number);
            rule.description = "A pattern that git-secrets prohibits".to_owned();
            rule.group = 1;
            plan.rules.push(rule);
        }
        Err(why) => {
            let problem = format!("This pattern has no meaning here: {why}.");
            plan.left_out.push(fault(plan, number, problem));
        }
    }
}
