//! 1Password: a vault for each repository and environment, since a service account is given whole vaults. A value goes into a
//! template on standard input; an assignment would be an argument.

use super::{EntryCommands, EntryName, PlanStep};
use std::collections::BTreeSet;

fn template(name: &EntryName) -> String {
    format!(
        "jq -Rs '{{title: \"{0}\", category: \"PASSWORD\", fields: [{{id: \"password\", type: \"CONCEALED\", purpose: \"PASSWORD\", label: \"password\", value: .}}]}}'",
        name.leaf
    )
}

pub(super) fn commands(name: &EntryName) -> EntryCommands {
    let (vault, item) = (name.group(), &name.leaf);
    let reference = format!("op://{vault}/{item}/password");
    EntryCommands {
        before: Vec::new(),
        create: format!("{} | op item create --vault {vault} - > /dev/null", template(name)),
        update: format!(
            "{} | op item edit {item} --vault {vault} --template=/dev/stdin > /dev/null",
            template(name)
        ),
        read: format!("op read \"{reference}\""),
        back: vec![format!(
            "op item get {item} --vault {vault}   # its history is in the app: restore the version before"
        )],
        entry: reference,
    }
}

pub(super) fn identity(names: &[&EntryName]) -> Vec<PlanStep> {
    let vaults: BTreeSet<String> = names.iter().map(|name| name.group()).collect();
    let step = PlanStep::new(
        "A vault for the environment (before anything is stored), and a service account that reads it. Keep the account's token \
         where the deployment keeps its own: it is shown once:",
    );
    vec![vaults.iter().fold(step, |step, vault| {
        step.run(format!("op vault create {vault}"))
            .run(format!("op service-account create {vault} --vault {vault}:read_items --expires-in 90d"))
    })]
}

pub(super) fn delivery(names: &[&EntryName]) -> Vec<PlanStep> {
    let lines: Vec<String> =
        names.iter().map(|name| format!("{}={}\n", name.variable, commands(name).entry)).collect();
    vec![
        PlanStep::new("Start the program with `op run`, which puts the values in its environment. The file has references only:")
            .with_file("secrets.op.env", "sh", lines.concat())
            .run("op run --env-file=secrets.op.env -- \"$PROGRAM\""),
    ]
}
