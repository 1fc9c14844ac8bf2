//! Doppler: a project for the repository, a config for each environment, names as variables.

use super::{EntryCommands, EntryName, PlanStep};
use std::collections::BTreeSet;

/// The config that Doppler begins with for an environment.
fn config(name: &EntryName) -> &'static str {
    match name.environment.as_str() {
        "development" | "sandbox" | "demo" => "dev",
        "staging" | "test" | "ci" => "stg",
        _ => "prd",
    }
}

fn at(name: &EntryName) -> String {
    format!("--project {} --config {}", name.repository, config(name))
}

pub(super) fn commands(name: &EntryName) -> EntryCommands {
    let (variable, at) = (&name.variable, at(name));
    // Without `--silent` it prints what it has stored.
    let set = format!("doppler secrets set {variable} {at} --silent");
    EntryCommands {
        entry: format!("{}/{}/{variable}", name.repository, config(name)),
        before: Vec::new(),
        create: set.clone(),
        update: set,
        read: format!("doppler secrets get {variable} {at} --plain"),
        back: vec![
            format!("doppler configs logs {at}"),
            format!("doppler configs logs rollback \"$LOG_ID\" {at}"),
        ],
    }
}

pub(super) fn identity(names: &[&EntryName]) -> Vec<PlanStep> {
    let configs: BTreeSet<String> = names.iter().map(|name| at(name)).collect();
    let step = PlanStep::new(
        "A project (before anything is stored), and a service token that reads one config. Keep it where the deployment keeps its \
         own secrets: it is shown once:",
    );
    let step = names
        .first()
        .map(|name| step.clone().run(format!("doppler projects create {}", name.repository)))
        .unwrap_or(step);
    vec![
        configs.iter().fold(step, |step, at| {
            step.run(format!("doppler configs tokens create deployment {at} --plain"))
        }),
    ]
}

pub(super) fn delivery(names: &[&EntryName]) -> Vec<PlanStep> {
    let configs: BTreeSet<String> = names.iter().map(|name| at(name)).collect();
    let step =
        PlanStep::new("Start the program with `doppler run`, which puts the values in its environment:");
    vec![configs.iter().fold(step, |step, at| step.run(format!("doppler run {at} -- \"$PROGRAM\"")))]
}
