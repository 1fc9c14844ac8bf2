//! SOPS: an encrypted file for each environment, in the repository itself. A value is JSON on standard input.

use super::{EntryCommands, EntryName, PlanStep};
use std::collections::BTreeSet;

fn file(name: &EntryName) -> String {
    format!("secrets/{}.enc.yaml", name.environment)
}

pub(super) fn commands(name: &EntryName) -> EntryCommands {
    let (file, variable) = (file(name), &name.variable);
    let set = format!("jq -Rs . | sops set --value-file {file} '[\"{variable}\"]' /dev/stdin");
    EntryCommands {
        entry: format!("{file}#{variable}"),
        before: vec![
            PlanStep::new("The encrypted file, if it is not there yet:").run(format!(
                "mkdir -p secrets && test -e {file} || {{ echo 'environment: {}' > {file} && sops encrypt --in-place {file}; }}",
                name.environment
            )),
        ],
        create: set.clone(),
        update: set,
        read: format!("sops decrypt --extract '[\"{variable}\"]' {file}"),
        back: vec![format!("git restore --source \"$COMMIT_BEFORE\" -- {file}")],
    }
}

pub(super) fn identity() -> Vec<PlanStep> {
    vec![
        PlanStep::new(
            "Who may decrypt: the public keys of people and of the deployment (age here; a KMS key of your cloud needs no key file). \
             The private keys never go into git:",
        )
        .with_file(
            ".sops.yaml",
            "yaml",
            "creation_rules:\n  - path_regex: ^secrets/.*\\.enc\\.yaml$\n    unencrypted_regex: ^environment$\n    age: AGE_PUBLIC_KEYS\n",
        )
        .run("sops updatekeys secrets/*.enc.yaml   # after a change of the keys"),
    ]
}

pub(super) fn delivery(names: &[&EntryName]) -> Vec<PlanStep> {
    let files: BTreeSet<String> = names.iter().map(|name| file(name)).collect();
    let step =
        PlanStep::new("Start the program with `sops exec-env`, which puts the values in its environment:");
    vec![files.iter().fold(step, |step, file| step.run(format!("sops exec-env {file} \"$PROGRAM\"")))]
}
