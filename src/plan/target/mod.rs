//! Managers of secrets: how each names an entry, takes a value from standard input, gives it back, and to whom.
//!
//! # Invariant
//!
//! No command has a value in an argument, and none prints one: a value comes from a pipe.

mod aws;
mod azure;
mod doppler;
mod google;
mod kubernetes;
mod onepassword;
mod sops;
mod vault;

use super::document::PlanStep;
use super::naming::EntryName;

/// A manager of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretManager {
    /// HashiCorp Vault, key-value engine version 2.
    Vault,
    /// OpenBao, the same.
    OpenBao,
    /// AWS Secrets Manager.
    AwsSecretsManager,
    /// AWS Systems Manager Parameter Store.
    AwsSsm,
    /// Azure Key Vault.
    AzureKeyVault,
    /// Google Secret Manager.
    GoogleSecretManager,
    /// 1Password.
    OnePassword,
    /// Doppler.
    Doppler,
    /// SOPS: encrypted files in the repository.
    Sops,
    /// External Secrets Operator, over a store.
    ExternalSecrets,
    /// Secrets Store CSI driver, over a store.
    Csi,
}

impl SecretManager {
    /// All, with their names.
    pub const ALL: [(&'static str, Self); 11] = [
        ("vault", Self::Vault),
        ("openbao", Self::OpenBao),
        ("aws-secrets-manager", Self::AwsSecretsManager),
        ("aws-ssm", Self::AwsSsm),
        ("azure-key-vault", Self::AzureKeyVault),
        ("google-secret-manager", Self::GoogleSecretManager),
        ("1password", Self::OnePassword),
        ("doppler", Self::Doppler),
        ("sops", Self::Sops),
        ("external-secrets", Self::ExternalSecrets),
        ("csi", Self::Csi),
    ];

    /// The name that `--to` takes.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| name)
    }

    /// True for what brings values from a store to pods.
    pub fn is_operator(self) -> bool {
        matches!(self, Self::ExternalSecrets | Self::Csi)
    }

    /// True for what these can read from.
    pub fn is_store(self) -> bool {
        matches!(
            self,
            Self::Vault
                | Self::OpenBao
                | Self::AwsSecretsManager
                | Self::AwsSsm
                | Self::AzureKeyVault
                | Self::GoogleSecretManager
        )
    }
}

/// Where secrets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanTarget {
    /// The manager.
    pub manager: SecretManager,
    /// Where the values are: the same, or the store of an operator.
    pub store: SecretManager,
}

/// Commands over an entry. Each that stores reads the value from its standard input.
pub(super) struct EntryCommands {
    /// The name in the manager.
    pub(super) entry: String,
    /// What has to be there before.
    pub(super) before: Vec<PlanStep>,
    /// Stores a first value; refuses if there is one.
    pub(super) create: String,
    /// Stores a new version.
    pub(super) update: String,
    /// Prints the value.
    pub(super) read: String,
    /// Makes the version before the current one again.
    pub(super) back: Vec<String>,
}

impl PlanTarget {
    pub(super) fn commands(self, name: &EntryName) -> EntryCommands {
        match self.store {
            SecretManager::Vault | SecretManager::ExternalSecrets | SecretManager::Csi => {
                vault::commands("vault", name)
            }
            SecretManager::OpenBao => vault::commands("bao", name),
            SecretManager::AwsSecretsManager => aws::secrets_manager(name),
            SecretManager::AwsSsm => aws::parameter(name),
            SecretManager::AzureKeyVault => azure::commands(name),
            SecretManager::GoogleSecretManager => google::commands(name),
            SecretManager::OnePassword => onepassword::commands(name),
            SecretManager::Doppler => doppler::commands(name),
            SecretManager::Sops => sops::commands(name),
        }
    }

    /// Who may read the entries of the last of `batches`, and no others; the batches before it have entries, too.
    pub(super) fn identity(self, batches: &[usize], names: &[&EntryName]) -> Vec<PlanStep> {
        let batch = batches.last().copied().unwrap_or_default();
        match self.store {
            SecretManager::Vault | SecretManager::ExternalSecrets | SecretManager::Csi => {
                vault::identity("vault", batches, names)
            }
            SecretManager::OpenBao => vault::identity("bao", batches, names),
            SecretManager::AwsSecretsManager => aws::identity(batch, names, false),
            SecretManager::AwsSsm => aws::identity(batch, names, true),
            SecretManager::AzureKeyVault => azure::identity(names),
            SecretManager::GoogleSecretManager => google::identity(names),
            SecretManager::OnePassword => onepassword::identity(names),
            SecretManager::Doppler => doppler::identity(names),
            SecretManager::Sops => sops::identity(),
        }
    }

    /// What brings the values to the programs.
    pub(super) fn delivery(self, names: &[&EntryName]) -> Vec<PlanStep> {
        match self.manager {
            SecretManager::ExternalSecrets => kubernetes::external_secrets(self, names),
            SecretManager::Csi => kubernetes::csi(self, names),
            SecretManager::OnePassword => onepassword::delivery(names),
            SecretManager::Doppler => doppler::delivery(names),
            SecretManager::Sops => sops::delivery(names),
            _ => {
                let step = PlanStep::new(
                    "Where the program is started, fill its environment from the manager. The value is then in the memory of \
                     this shell and of the program, and in no file and no argument:",
                );
                vec![names.iter().fold(step, |step, name| {
                    step.run(format!("{0}=\"$({1})\" && export {0}", name.variable, self.commands(name).read))
                })]
            }
        }
    }
}
