//! Vault and OpenBao: the key-value engine, version 2, mounted at `secret`. One path a secret: `put` replaces all keys of a
//! path, and a policy is about paths.

use super::{EntryCommands, EntryName, PlanStep};
use std::fmt::Write as _;

pub(super) fn commands(program: &str, name: &EntryName) -> EntryCommands {
    let path = name.path();
    EntryCommands {
        entry: format!("secret/{path}#value"),
        before: Vec::new(),
        create: format!("{program} kv put -mount=secret -cas=0 {path} value=-"),
        update: format!("{program} kv put -mount=secret {path} value=-"),
        read: format!("{program} kv get -mount=secret -field=value {path}"),
        back: vec![
            format!("{program} kv metadata get -mount=secret {path}"),
            format!("{program} kv rollback -mount=secret -version=1 {path}"),
        ],
    }
}

/// `batches` are those so far that have entries, this one last: a program may need all of them.
pub(super) fn identity(program: &str, batches: &[usize], names: &[&EntryName]) -> Vec<PlanStep> {
    let (Some(first), Some(batch)) = (names.first(), batches.last()) else { return Vec::new() };
    let role = &first.repository;
    let policy = format!("{role}-{batch}");
    let policies: Vec<String> = batches.iter().map(|batch| format!("{role}-{batch}")).collect();
    let mut text = String::new();
    for name in names {
        let _infallible =
            writeln!(text, "path \"secret/data/{}\" {{\n  capabilities = [\"read\"]\n}}", name.path());
    }
    let file = format!("{policy}.hcl");
    vec![
        PlanStep::new("A policy that reads these entries and nothing else:")
            .with_file(&file, "hcl", text)
            .run(format!("{program} policy write {policy} {file}")),
        PlanStep::new(
            "An identity for the program: a role of the auth method that you use (AppRole here; `auth/kubernetes/role/…` and \
             `auth/jwt/role/…` take `token_policies` in the same way). It has the policies of the batches so far: leave out what \
             this program does not need, and make a role for each program of the repository:",
        )
        .run(format!(
            "{program} write auth/approle/role/{role} token_policies={} token_ttl=20m token_max_ttl=1h secret_id_num_uses=1",
            policies.join(",")
        )),
    ]
}
