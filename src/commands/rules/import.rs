//! `rules import`: the rules of other scanners' files, written as ours.

use super::{Exit, note, output};
use crate::atomic_file;
use crate::cli::RulesImport;
use crate::commands::baseline::save;
use crate::commands::import::{read, without_secrets};
use crate::error::Error;
use crate::import::{Plan, write};
use crate::rules::Catalogue;
use crate::sheet::Fault;
use crate::shown_path::shown_path;

/// `rules import`.
pub(super) fn import(flags: &RulesImport) -> Result<Exit, Error> {
    let mut plans = read(&flags.files, flags.from)?;
    let mut left_out: Vec<Fault> =
        plans.iter_mut().flat_map(|(_, plan)| std::mem::take(&mut plan.left_out)).collect();
    left_out.extend(without_secrets(&mut plans));
    for (_, plan) in &plans {
        left_out.extend(no_rules(plan));
    }
    let built_in = Catalogue::embedded();
    let is_ours = |id: &str| built_in.index_of(id).is_some();
    let named: Vec<(&str, Plan)> = plans.into_iter().map(|(tool, plan)| (tool.name, plan)).collect();
    let count: usize = named.iter().map(|(_, plan)| plan.rules.len()).sum();
    let Some(text) = write::rules(&named, &is_ours) else {
        left_out.iter().for_each(|fault| note(&format!("left out: {fault}")));
        return Err(Error::Usage {
            what: "there is no rule in these files that could be imported".to_owned(),
        });
    };
    // What is written has to be what is read.
    Catalogue::parse("the rules as written", &text).map_err(Error::Rules)?;
    match &flags.output {
        Some(path) => {
            atomic_file::check(path)?;
            if path.symlink_metadata().is_ok() && !flags.force {
                let what = format!("{} is there already; --force writes over it", shown_path(path));
                return Err(Error::Usage { what });
            }
            save(path, &text)?;
        }
        None => drop(output::print(text.as_bytes())?),
    }
    left_out.iter().for_each(|fault| note(&format!("left out: {fault}")));
    let place = flags.output.as_ref().map(|path| format!(" into {}", shown_path(path))).unwrap_or_default();
    let rules = output::counted(count, "rule is", "rules are");
    let parts = output::counted(left_out.len(), "part is", "parts are");
    note(&format!("{rules} written{place}, {parts} left out"));
    Ok(if left_out.is_empty() || flags.allow_incomplete { Exit::Clean } else { Exit::Incomplete })
}

/// What a file says that is about settings, and not about rules.
fn no_rules(plan: &Plan) -> Vec<Fault> {
    let fault = |problem: String| Fault { file: plan.file.clone(), line: 1, problem };
    let mut faults = Vec::new();
    if !plan.allow.is_empty() {
        faults.push(fault(format!(
            "What its {} allowlists allow is a setting, and no rule. `keydredge config import` writes it.",
            plan.allow.len()
        )));
    }
    if !plan.skip.is_empty() {
        faults.push(fault(format!(
            "It switches off {} default rules, which is a setting. `keydredge config import` writes it.",
            plan.skip.len()
        )));
    }
    if !plan.accepted.is_empty() {
        faults.push(fault(format!(
            "It accepts {} findings. `keydredge baseline import` takes them over.",
            plan.accepted.len()
        )));
    }
    faults
}
