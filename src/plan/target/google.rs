//! Google Secret Manager: names of letters, digits, `_` and `-`. It keeps a line break at the end of its input.

use super::{EntryCommands, EntryName, PlanStep};

fn secret(name: &EntryName) -> String {
    format!("{}-{}-{}", name.repository, name.environment, name.leaf)
}

pub(super) fn commands(name: &EntryName) -> EntryCommands {
    let id = secret(name);
    EntryCommands {
        entry: id.clone(),
        before: Vec::new(),
        create: format!("gcloud secrets create {id} --replication-policy=automatic --data-file=-"),
        update: format!("gcloud secrets versions add {id} --data-file=-"),
        read: format!("gcloud secrets versions access latest --secret={id}"),
        back: vec![format!(
            "gcloud secrets versions access 1 --secret={id} | gcloud secrets versions add {id} --data-file=-"
        )],
    }
}

pub(super) fn identity(names: &[&EntryName]) -> Vec<PlanStep> {
    let step = PlanStep::new("The program's service account may read these entries and no others:");
    vec![names.iter().fold(step, |step, name| {
        step.run(format!(
            "gcloud secrets add-iam-policy-binding {} --member=\"serviceAccount:$SERVICE_ACCOUNT\" --role=roles/secretmanager.secretAccessor",
            secret(name)
        ))
    })]
}
