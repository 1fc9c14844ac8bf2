//! Azure Key Vault: names of letters, digits and hyphens. `set` prints the value unless it is asked for nothing.

use super::{EntryCommands, EntryName, PlanStep};

fn secret(name: &EntryName) -> String {
    format!("{}-{}-{}", name.repository, name.environment, name.leaf.replace('_', "-"))
}

pub(super) fn commands(name: &EntryName) -> EntryCommands {
    let id = secret(name);
    let set = format!(
        "az keyvault secret set --vault-name \"$KEY_VAULT\" --name {id} --file /dev/stdin --encoding utf-8 --output none"
    );
    EntryCommands {
        entry: id.clone(),
        before: Vec::new(),
        create: set.clone(),
        update: set.clone(),
        read: format!(
            "az keyvault secret show --vault-name \"$KEY_VAULT\" --name {id} --query value --output tsv"
        ),
        back: vec![
            format!(
                "az keyvault secret list-versions --vault-name \"$KEY_VAULT\" --name {id} --query \"[].id\" --output tsv"
            ),
            format!(
                "az keyvault secret show --id \"$OLD_VERSION_ID\" --query value --output json | jq -j . | {set}"
            ),
        ],
    }
}

pub(super) fn identity(names: &[&EntryName]) -> Vec<PlanStep> {
    let step = PlanStep::new(
        "The program's managed identity may read these entries and no others (the vault uses Azure's roles, not access \
         policies):",
    );
    vec![names.iter().fold(step, |step, name| {
        step.run(format!(
            "az role assignment create --role \"Key Vault Secrets User\" --assignee \"$PRINCIPAL_ID\" --scope \"$(az keyvault show --name \"$KEY_VAULT\" --query id --output tsv)/secrets/{}\"",
            secret(name)
        ))
    })]
}
