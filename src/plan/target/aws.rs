//! AWS: Secrets Manager and Parameter Store. `file:///dev/stdin` is how the command line reads a value from a pipe.

use super::{EntryCommands, EntryName, PlanStep};

/// The last part has no hyphen: a name that ends in a hyphen and six letters looks like the ARN of another.
fn secret(name: &EntryName) -> String {
    name.path()
}

/// Names may not begin with `aws` or `ssm`.
fn parameter_name(name: &EntryName) -> String {
    let path = name.path();
    if path.starts_with("aws") || path.starts_with("ssm") {
        format!("/app/{path}")
    } else {
        format!("/{path}")
    }
}

pub(super) fn secrets_manager(name: &EntryName) -> EntryCommands {
    let id = secret(name);
    let stage = |stage: &str| {
        format!(
            "$(aws secretsmanager list-secret-version-ids --secret-id {id} --query \"Versions[?contains(VersionStages, '{stage}')].VersionId\" --output text)"
        )
    };
    EntryCommands {
        entry: id.clone(),
        before: Vec::new(),
        create: format!("aws secretsmanager create-secret --name {id} --secret-string file:///dev/stdin"),
        update: format!(
            "aws secretsmanager put-secret-value --secret-id {id} --secret-string file:///dev/stdin"
        ),
        read: format!(
            "aws secretsmanager get-secret-value --secret-id {id} --query SecretString --output text"
        ),
        back: vec![format!(
            "aws secretsmanager update-secret-version-stage --secret-id {id} --version-stage AWSCURRENT --move-to-version-id \"{}\" --remove-from-version-id \"{}\"",
            stage("AWSPREVIOUS"),
            stage("AWSCURRENT")
        )],
    }
}

pub(super) fn parameter(name: &EntryName) -> EntryCommands {
    let id = parameter_name(name);
    EntryCommands {
        entry: id.clone(),
        before: Vec::new(),
        create: format!("aws ssm put-parameter --name {id} --type SecureString --value file:///dev/stdin"),
        update: format!(
            "aws ssm put-parameter --name {id} --type SecureString --overwrite --value file:///dev/stdin"
        ),
        read: format!(
            "aws ssm get-parameter --name {id} --with-decryption --query Parameter.Value --output text"
        ),
        back: vec![format!(
            "aws ssm get-parameter --name {id}:1 --with-decryption --output json | jq -j .Parameter.Value | aws ssm put-parameter --name {id} --type SecureString --overwrite --value file:///dev/stdin"
        )],
    }
}

pub(super) fn identity(batch: usize, names: &[&EntryName], are_parameters: bool) -> Vec<PlanStep> {
    let Some(first) = names.first() else { return Vec::new() };
    let policy = format!("{}-{batch}", first.repository);
    let resources: Vec<String> = names
        .iter()
        .map(|name| {
            if are_parameters {
                format!("        \"arn:aws:ssm:*:*:parameter{}\"", parameter_name(name))
            } else {
                format!("        \"arn:aws:secretsmanager:*:*:secret:{}-??????\"", secret(name))
            }
        })
        .collect();
    let action = if are_parameters { "ssm:GetParameter" } else { "secretsmanager:GetSecretValue" };
    let text = format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": \"{action}\",\n      \"Resource\": [\n{}\n      ]\n    }}\n  ]\n}}\n",
        resources.join(",\n")
    );
    let file = format!("{policy}.json");
    vec![
        PlanStep::new(
            "A policy that reads these entries and nothing else. Put your region and account in the place of the two `*`, and \
             add `kms:Decrypt` for the key if they are encrypted with one of your own:",
        )
        .with_file(&file, "json", text)
        .run(format!("aws iam create-policy --policy-name {policy} --policy-document file://{file}")),
        PlanStep::new(
            "Attach it to the role that the program has already (a task role, an instance profile, IRSA). A user with access \
             keys would be one more secret:",
        )
        .run(format!(
            "aws iam attach-role-policy --role-name \"$ROLE\" --policy-arn \"arn:aws:iam::$ACCOUNT:policy/{policy}\""
        )),
    ]
}
