//! Kubernetes: External Secrets Operator and the Secrets Store CSI driver bring values from a store to an object in the
//! cluster, whose keys pods read as variables.

use super::{EntryName, PlanStep, PlanTarget, SecretManager};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The entries by the object that has them.
fn groups<'n>(names: &[&'n EntryName]) -> BTreeMap<String, Vec<&'n EntryName>> {
    let mut groups: BTreeMap<String, Vec<&EntryName>> = BTreeMap::new();
    for name in names {
        groups.entry(name.group()).or_default().push(name);
    }
    groups
}

/// The name of an entry as an API of its store takes it.
fn key(target: PlanTarget, name: &EntryName) -> String {
    match target.store {
        SecretManager::Vault | SecretManager::OpenBao => name.path(),
        _ => target.commands(name).entry,
    }
}

fn is_vault(target: PlanTarget) -> bool {
    matches!(target.store, SecretManager::Vault | SecretManager::OpenBao)
}

pub(super) fn external_secrets(target: PlanTarget, names: &[&EntryName]) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    for (group, names) in groups(names) {
        let provider = match target.store {
            SecretManager::AwsSecretsManager => {
                "    aws:\n      service: SecretsManager\n      region: REGION\n"
            }
            SecretManager::AwsSsm => "    aws:\n      service: ParameterStore\n      region: REGION\n",
            SecretManager::AzureKeyVault => {
                "    azurekv:\n      authType: WorkloadIdentity\n      vaultUrl: https://KEY_VAULT.vault.azure.net\n      serviceAccountRef:\n        name: SERVICE_ACCOUNT\n"
            }
            SecretManager::GoogleSecretManager => "    gcpsm:\n      projectID: PROJECT\n",
            _ => {
                "    vault:\n      server: https://VAULT_SERVER:8200\n      path: secret\n      version: v2\n      auth:\n        kubernetes:\n          mountPath: kubernetes\n          role: ROLE\n"
            }
        };
        let store = format!(
            "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata:\n  name: {group}\nspec:\n  provider:\n{provider}"
        );
        let mut text = format!(
            "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {group}\nspec:\n  refreshInterval: 15m\n  secretStoreRef:\n    kind: SecretStore\n    name: {group}\n  target:\n    name: {group}\n    creationPolicy: Owner\n  data:\n"
        );
        for name in names {
            let _infallible = write!(
                text,
                "    - secretKey: {}\n      remoteRef:\n        key: {}\n",
                name.variable,
                key(target, name)
            );
            if is_vault(target) {
                text.push_str("        property: value\n");
            }
        }
        let file = format!("{group}.external-secret.yaml");
        steps.push(
            PlanStep::new(format!(
                "External Secrets makes the object `{group}` in the cluster. Fill in what is in capital letters; later batches add \
                 their entries to `data`:"
            ))
            .with_file(&file, "yaml", format!("{store}{text}"))
            .run(format!("kubectl apply -f {file}"))
            .run(format!("kubectl wait --for=condition=Ready externalsecret/{group} --timeout=2m")),
        );
    }
    steps
}

pub(super) fn csi(target: PlanTarget, names: &[&EntryName]) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    for (group, names) in groups(names) {
        let provider = match target.store {
            SecretManager::AwsSecretsManager | SecretManager::AwsSsm => "aws",
            SecretManager::AzureKeyVault => "azure",
            SecretManager::GoogleSecretManager => "gcp",
            _ => "vault",
        };
        let mut text = format!(
            "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata:\n  name: {group}\nspec:\n  provider: {provider}\n  parameters:\n"
        );
        text.push_str(match provider {
            "vault" => "    vaultAddress: https://VAULT_SERVER:8200\n    roleName: ROLE\n    objects: |\n",
            "azure" => {
                "    keyvaultName: KEY_VAULT\n    tenantId: TENANT\n    clientID: CLIENT\n    objects: |\n      array:\n"
            }
            "gcp" => "    secrets: |\n",
            _ => "    objects: |\n",
        });
        for name in &names {
            let (variable, key) = (&name.variable, key(target, name));
            let _infallible = match target.store {
                SecretManager::AwsSecretsManager => write!(
                    text,
                    "      - objectName: \"{key}\"\n        objectType: secretsmanager\n        objectAlias: {variable}\n"
                ),
                SecretManager::AwsSsm => write!(
                    text,
                    "      - objectName: \"{key}\"\n        objectType: ssmparameter\n        objectAlias: {variable}\n"
                ),
                SecretManager::AzureKeyVault => write!(
                    text,
                    "        - |\n          objectName: {key}\n          objectType: secret\n          objectAlias: {variable}\n"
                ),
                SecretManager::GoogleSecretManager => write!(
                    text,
                    "      - resourceName: projects/PROJECT/secrets/{key}/versions/latest\n        path: {variable}\n"
                ),
                _ => write!(
                    text,
                    "      - objectName: {variable}\n        secretPath: secret/data/{key}\n        secretKey: value\n"
                ),
            };
        }
        let _infallible =
            write!(text, "  secretObjects:\n    - secretName: {group}\n      type: Opaque\n      data:\n");
        for name in &names {
            let _infallible = write!(text, "        - objectName: {0}\n          key: {0}\n", name.variable);
        }
        let file = format!("{group}.secret-provider-class.yaml");
        let volume = format!(
            "      volumes:\n        - name: secrets\n          csi:\n            driver: secrets-store.csi.k8s.io\n            readOnly: true\n            volumeAttributes:\n              secretProviderClass: {group}\n      # and for the container:\n          volumeMounts:\n            - name: secrets\n              mountPath: /mnt/secrets\n              readOnly: true\n"
        );
        steps.push(
            PlanStep::new(format!(
                "The driver mounts the values, and makes the object `{group}` while a pod has the volume. Fill in what is in \
                 capital letters:"
            ))
            .with_file(&file, "yaml", text)
            .run(format!("kubectl apply -f {file}")),
        );
        steps.push(
            PlanStep::new("The pod's volume, without which there is no object:")
                .with_file("pod.yaml", "yaml", volume),
        );
    }
    steps
}
