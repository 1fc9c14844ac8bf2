//! The forms of references, one table: literals, pattern, and whose they are. The forms are those that the managers document.

/// Where a shape is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShapeScope {
    /// In every text.
    Anywhere,
    /// In the files of a CI.
    Ci,
    /// There, within `${{ … }}`.
    Expression,
    /// In the pipelines of Jenkins.
    Jenkins,
    /// In Summon's `secrets.yml`.
    Summon,
}

/// An example: a line, the kind, and the name.
type Example = (&'static str, &'static str, &'static str);

/// A form of references.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReferenceShape {
    /// What kind of row it gives.
    pub(super) kind: &'static str,
    /// The manager.
    pub(super) service: &'static str,
    /// Where it is looked for.
    pub(super) scope: ShapeScope,
    /// One of them is in each such reference. In any case.
    pub(super) literals: &'static [&'static str],
    /// The reference; its group `name` is the name of the secret.
    pub(super) pattern: &'static str,
    /// Examples, for the tests. A line that begins with `PASSWORD=` has a reference as its whole value.
    #[cfg_attr(not(test), allow(dead_code, reason = "examples document a shape, and the tests run them"))]
    pub(super) examples: &'static [Example],
}

impl ReferenceShape {
    /// Kind, manager and name of a reference; `None` if it points at nothing that is kept elsewhere.
    pub(super) fn named(&self, name: String) -> Option<(&'static str, &'static str, String)> {
        match self.kind {
            "vals" => of_backend(&name),
            "terraform" => of_data_source(&name),
            _ => Some((self.kind, self.service, name)),
        }
    }
}

/// Whom a reference of helm-vals (`ref+BACKEND://NAME`) points at.
fn of_backend(reference: &str) -> Option<(&'static str, &'static str, String)> {
    let (backend, name) = reference.split_once("://")?;
    let (kind, service) = match backend {
        // These print what is written there.
        "echo" | "file" | "envsubst" => return None,
        "vault" => ("vault", VAULT),
        "awssecrets" => ("aws-secrets-manager", AWS_SECRETS),
        "awsssm" => ("aws-ssm", AWS_SSM),
        "azurekeyvault" => ("azure-key-vault", AZURE),
        "gcpsecrets" => ("google-secret-manager", GOOGLE),
        "op" | "onepasswordconnect" => (OP_KIND, OP),
        "doppler" => ("doppler", DOPPLER),
        "sops" => ("sops", SOPS),
        _ => ("vals", "helm-vals"),
    };
    Some((kind, service, name.to_owned()))
}

/// Whom a data source of Terraform reads from.
fn of_data_source(source: &str) -> Option<(&'static str, &'static str, String)> {
    let words = source.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | '-'));
    let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(".");
    let (kind, service) = match name.split('_').next()? {
        "vault" => ("vault", VAULT),
        "aws" if name.starts_with("aws_ssm") => ("aws-ssm", AWS_SSM),
        "aws" => ("aws-secrets-manager", AWS_SECRETS),
        "azurerm" => ("azure-key-vault", AZURE),
        "google" => ("google-secret-manager", GOOGLE),
        _ if name.starts_with("onepassword_") => (OP_KIND, OP),
        "doppler" => ("doppler", DOPPLER),
        "sops" => ("sops", SOPS),
        _ => return None,
    };
    Some((kind, service, name))
}

pub(super) const VAULT: &str = "HashiCorp Vault";
const AWS_SECRETS: &str = "AWS Secrets Manager";
const AWS_SSM: &str = "AWS Systems Manager Parameter Store";
const AZURE: &str = "Azure Key Vault";
const GOOGLE: &str = "Google Secret Manager";
pub(super) const OP: &str = "1Password";
pub(super) const OP_KIND: &str = "1password";
pub(super) const DOPPLER: &str = "Doppler";
pub(super) const INFISICAL: &str = "Infisical";
const SOPS: &str = "SOPS";
const CONJUR: &str = "CyberArk Conjur";
const JENKINS: &str = "Jenkins credentials";

/// A shape without a scope.
const fn shape(
    kind: &'static str,
    service: &'static str,
    literals: &'static [&'static str],
    pattern: &'static str,
    examples: &'static [Example],
) -> ReferenceShape {
    ReferenceShape { kind, service, scope: ShapeScope::Anywhere, literals, pattern, examples }
}

/// A shape that is looked for in some files alone.
const fn within(scope: ShapeScope, shape: ReferenceShape) -> ReferenceShape {
    ReferenceShape { scope, ..shape }
}

/// All of them. If two overlap, the one that begins first counts.
#[rustfmt::skip]
pub(super) static SHAPES: &[ReferenceShape] = &[
    shape("vals", "helm-vals", &["ref+"], r#"(?:secret)?ref\+(?P<name>[a-z0-9]+://[^\s"'`{}<>,)]{1,256})"#,
        &[("PASSWORD=ref+vault://secret/app#/key", "vault", "secret/app#/key"),
          ("password: ref+gcpsecrets://p/name", "google-secret-manager", "p/name"),
          ("PASSWORD=secretref+awsssm://a/b", "aws-ssm", "a/b")]),
    shape("vault", VAULT, &["vault:"], r#"(?:^|[^A-Za-z0-9_./+-])vault:(?P<name>[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+(?:#[A-Za-z0-9_.+#/-]+)?)"#,
        &[("PASSWORD=vault:secret/data/app#key", "vault", "secret/data/app#key"),
          ("PASSWORD=>>vault:secret/data/app#key", "vault", "secret/data/app#key")]),
    shape("vault", VAULT, &["vault://", "vault+kv://"], r#"(?:^|[^A-Za-z0-9_./+-])vault(?:\+kv)?://(?P<name>[^\s"'`{}<>,)]{1,256})"#,
        &[("PASSWORD=vault://secret/app/key", "vault", "secret/app/key")]),
    shape("vault", VAULT, &["<path:"], r#"<path:(?P<name>[^>\s#]{1,200}#[^>\s]{1,100})>"#,
        &[("password: <path:secret/data/x#key>", "vault", "secret/data/x#key")]),
    shape("vault", VAULT, &["secret \""], r#"\{\{-?\s*(?:with\s+)?secret\s+"(?P<name>[^"\s]{1,256})""#,
        &[(r#"{{ with secret "secret/data/db" }}{{ .Data }}"#, "vault", "secret/data/db")]),
    shape("vault", VAULT, &["vault.hashicorp.com/agent-inject-secret-"],
        r#"vault\.hashicorp\.com/agent-inject-secret-[\w.-]+["']?\s*[:=]\s*["']?(?P<name>[^"'\s]{1,256})"#,
        &[(r#"vault.hashicorp.com/agent-inject-secret-db: "secret/data/db""#, "vault", "secret/data/db")]),
    within(ShapeScope::Ci, shape("vault", VAULT, &["vault: "], r#"^\s*vault:\s+["']?(?P<name>[\w./-]+@[\w./-]+)"#,
        &[("      vault: prod/db/password@kv", "vault", "prod/db/password@kv")])),
    shape("terraform", "Terraform",
        &["vault_generic_secret", "vault_kv_secret", "aws_secretsmanager_secret", "aws_ssm_parameter", "azurerm_key_vault_secret",
          "google_secret_manager_secret_version", "onepassword_item", "doppler_secrets", "sops_file"],
        r#"\b(?:data|ephemeral)(?:\.|\s+")(?P<name>(?:vault_generic_secret|vault_kv_secret(?:_v2)?|aws_secretsmanager_secret(?:_version)?|aws_ssm_parameter|azurerm_key_vault_secret|google_secret_manager_secret_version|onepassword_item|doppler_secrets|sops_file)["\s.]+[\w-]+)"#,
        &[(r#"data "vault_kv_secret_v2" "db" {"#, "vault", "vault_kv_secret_v2.db"),
          ("password = data.aws_secretsmanager_secret_version.db.secret_string", "aws-secrets-manager", "aws_secretsmanager_secret_version.db")]),
    shape("aws-secrets-manager", AWS_SECRETS, &[":secretsmanager:"],
        r#"arn:[^\s"':]+:secretsmanager:[^\s"']{0,160}?:secret:(?P<name>[A-Za-z0-9/_+=.@-]{1,256})"#,
        &[("PASSWORD=arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf", "aws-secrets-manager", "prod/db-AbCdEf"),
          ("valueFrom: arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:db", "aws-secrets-manager", "db")]),
    shape("aws-secrets-manager", AWS_SECRETS, &["{{resolve:secretsmanager:"], r#"\{\{resolve:secretsmanager:(?P<name>(?:arn:[^\s}"]+|[\w/+=.@${}-]{1,256}))"#,
        &[("PASSWORD={{resolve:secretsmanager:db:SecretString:password}}", "aws-secrets-manager", "db")]),
    shape("aws-secrets-manager", AWS_SECRETS, &["/aws/reference/secretsmanager/"], r#"/aws/reference/secretsmanager/(?P<name>[\w/+=.@-]{1,256})"#,
        &[("PASSWORD=/aws/reference/secretsmanager/prod/db", "aws-secrets-manager", "prod/db")]),
    shape("aws-secrets-manager", AWS_SECRETS, &["aws-secretsmanager:"], r#"aws-secretsmanager:/{0,2}(?P<name>[\w/+=.@-]{1,256})"#,
        &[("PASSWORD=aws-secretsmanager:/prod/db", "aws-secrets-manager", "prod/db")]),
    shape("aws-ssm", AWS_SSM, &["{{resolve:ssm"], r#"\{\{resolve:ssm(?:-secure)?:(?P<name>[^:}\s]{1,256})"#,
        &[("PASSWORD={{resolve:ssm-secure:/app/db:3}}", "aws-ssm", "/app/db")]),
    shape("aws-ssm", AWS_SSM, &[":ssm:"], r#"arn:[^\s"':]+:ssm:[^\s"']{0,120}?:parameter(?P<name>/[\w./-]{1,256})"#,
        &[("PASSWORD=arn:aws:ssm:eu-west-1:123456789012:parameter/app/db", "aws-ssm", "/app/db")]),
    shape("aws-ssm", AWS_SSM, &["${ssm:"], r#"\$\{ssm:(?:[\w-]+:)?(?P<name>[^}\s]{1,256})\}"#,
        &[("PASSWORD=${ssm:/app/db}", "aws-ssm", "/app/db")]),
    shape("chamber", "Chamber (AWS Systems Manager)", &["chamber exec"], r#"\bchamber\s+exec\s+(?P<name>[\w./-]{1,128})"#,
        &[("chamber exec app-prod -- ./run", "chamber", "app-prod")]),
    shape("azure-key-vault", AZURE, &["@microsoft.keyvault("], r#"(?i)@microsoft\.keyvault\((?P<name>[^)\s]{1,300})\)"#,
        &[("PASSWORD=@Microsoft.KeyVault(VaultName=v;SecretName=db)", "azure-key-vault", "VaultName=v;SecretName=db")]),
    shape("azure-key-vault", AZURE, &[".vault.azure.net/secrets/", ".vault.azure.cn/secrets/", ".vault.usgovcloudapi.net/secrets/"],
        r#"(?P<name>[a-z0-9-]{3,24}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)/secrets/[A-Za-z0-9-]{1,127})"#,
        &[("url: https://team.vault.azure.net/secrets/db/0123", "azure-key-vault", "team.vault.azure.net/secrets/db")]),
    shape("google-secret-manager", GOOGLE, &["projects/"], r#"(?:^|[^\w/.-])/?projects/(?P<name>[\w:${}.-]{1,80}/secrets/[\w${}.-]{1,255})"#,
        &[("PASSWORD=projects/p-1/secrets/db/versions/latest", "google-secret-manager", "p-1/secrets/db")]),
    shape("google-secret-manager", GOOGLE, &["sm://", "berglas://", "gcp-secret-manager:"],
        r#"(?:^|[^\w+.-])(?:sm://|berglas://|gcp-secret-manager:/{0,2})(?P<name>[\w./${}#-]{1,256})"#,
        &[("PASSWORD=sm://p-1/db", "google-secret-manager", "p-1/db")]),
    shape(OP_KIND, OP, &["op://"], r#"(?:^|[^\w+.-])op://(?P<name>[^\s"'`{}<>)\]/]+/[^\s"'`{}<>)\]]{1,256})"#,
        &[("PASSWORD=op://team/db/password", "1password", "team/db/password"),
          (r#"op read "op://team/db/password""#, "1password", "team/db/password")]),
    shape("doppler", DOPPLER, &["doppler run", "doppler secrets"], r#"(?:^|[\s;&|"'(\[])(?P<name>doppler (?:run|secrets))(?:\s|$)"#,
        &[("command: doppler run -- ./server", "doppler", "doppler run")]),
    shape("infisical", INFISICAL, &["infisical run", "infisical export", "infisical secrets"],
        r#"(?:^|[\s;&|"'(\[])(?P<name>infisical (?:run|export|secrets))(?:\s|$)"#,
        &[("infisical run --env=prod -- ./server", "infisical", "infisical run")]),
    shape("bitwarden", "Bitwarden", &["bws run", "bws secret"], r#"(?:^|[\s;&|"'(\[])(?P<name>bws (?:run|secret))(?:\s|$)"#,
        &[("bws run -- ./server", "bitwarden", "bws run")]),
    shape("pass", "pass", &["$(pass ", "$(gopass "], r#"\$\((?:go)?pass\s+(?:show\s+)?(?:-o\s+)?(?P<name>[\w./@-]{1,128})\)"#,
        &[("PASSWORD=$(pass show mail/team)", "pass", "mail/team")]),
    shape("akeyless", "Akeyless", &["akeyless:/"], r#"akeyless:(?P<name>/[\w./-]{1,256})"#,
        &[("PASSWORD=akeyless:/prod/db", "akeyless", "/prod/db")]),
    shape("keeper", "Keeper", &["keeper://", "ksm://"], r#"(?:^|[^\w+.-])(?:keeper|ksm)://(?P<name>[^\s"'`{}<>,)]{1,256})"#,
        &[("PASSWORD=keeper://abc/field/password", "keeper", "abc/field/password")]),
    within(ShapeScope::Summon, shape("conjur", CONJUR, &["!var"], r#"!var(?::\w+)*\s+(?P<name>[\w./${}-]{1,256})"#,
        &[("DB_LOGIN: !var prod/db/login", "conjur", "prod/db/login")])),
    shape("sops", SOPS, &["secrets://"], r#"(?:^|[^\w+.-])secrets://(?P<name>[\w./-]+\.(?:ya?ml|json|env))"#,
        &[("- secrets://env/prod/secrets.yaml", "sops", "env/prod/secrets.yaml")]),
    shape("docker-secret", "Docker secrets", &["/run/secrets/"], r#"/run/secrets/(?P<name>[\w.-]{1,128})"#,
        &[("PASSWORD=/run/secrets/db-password", "docker-secret", "db-password")]),
    shape("docker-secret", "Docker secrets", &["type=secret,"], r#"--mount=type=secret,(?:[^\s,]+,)*id=(?P<name>[\w.-]{1,128})"#,
        &[("RUN --mount=type=secret,id=npm npm ci", "docker-secret", "npm")]),
    shape("systemd-credential", "systemd credentials", &["LoadCredential"], r#"^\s*LoadCredential(?:Encrypted)?=(?P<name>[\w.@-]{1,128})"#,
        &[("LoadCredential=db:/etc/creds/db", "systemd-credential", "db")]),
    within(ShapeScope::Expression, shape("github-actions", "GitHub Actions secrets", &["secrets.", "secrets["],
        r#"\bsecrets(?:\.|\[\s*['"])(?P<name>[A-Za-z_]\w{0,99})"#,
        &[("PASSWORD=${{ secrets.DB_PASSWORD }}", "github-actions", "DB_PASSWORD"),
          ("key: ${{ secrets['DEPLOY_KEY'] }}", "github-actions", "DEPLOY_KEY")])),
    within(ShapeScope::Jenkins, shape("jenkins", JENKINS, &["credentialsId"], r#"\bcredentialsId\s*[:=]\s*['"](?P<name>[^'"\s]{1,128})['"]"#,
        &[("string(credentialsId: 'db-password', variable: 'P')", "jenkins", "db-password")])),
    within(ShapeScope::Jenkins, shape("jenkins", JENKINS, &["credentials("], r#"\bcredentials\(\s*['"](?P<name>[^'"\s]{1,128})['"]\s*\)"#,
        &[("TOKEN = credentials('npm-token')", "jenkins", "npm-token")])),
    shape("drone", "Drone and Woodpecker secrets", &["from_secret"], r#"\bfrom_secret["']?\s*:\s*["']?(?P<name>[\w.-]{1,128})"#,
        &[("password: { from_secret: docker_password }", "drone", "docker_password")]),
    shape("teamcity", "TeamCity", &["credentialsJSON:"], r#"credentialsJSON:(?P<name>[0-9a-f-]{36})"#,
        &[("PASSWORD=credentialsJSON:0f8fad5b-d9cb-469f-a165-70867728950e", "teamcity", "0f8fad5b-d9cb-469f-a165-70867728950e")]),
];

/// How encrypted files and values begin.
#[derive(Debug)]
pub(super) struct Ciphertext {
    pub(super) kind: &'static str,
    pub(super) service: &'static str,
    pub(super) mark: &'static str,
    /// True if the file begins with it, false if a value does.
    pub(super) at_start: bool,
}

const fn ciphertext(kind: &'static str, service: &'static str, mark: &'static str) -> Ciphertext {
    Ciphertext { kind, service, mark, at_start: false }
}

const fn whole(kind: &'static str, service: &'static str, mark: &'static str) -> Ciphertext {
    Ciphertext { kind, service, mark, at_start: true }
}

/// The first that is there names the file: SOPS has an age block inside.
#[rustfmt::skip]
pub(super) static CIPHERTEXTS: &[Ciphertext] = &[
    ciphertext("sops", SOPS, "ENC[AES256_GCM,"),
    ciphertext("ansible-vault", "Ansible Vault", "$ANSIBLE_VAULT;"),
    whole("git-crypt", "git-crypt", "\0GITCRYPT\0"),
    whole("age", "age", "age-encryption.org/v1"),
    whole("age", "age", "-----BEGIN AGE ENCRYPTED FILE-----"),
    ciphertext("ejson", "ejson", "EJ[1:"),
    ciphertext("eyaml", "hiera-eyaml", "ENC[PKCS7,"),
    ciphertext("spring-cipher", "Spring Cloud Config", "{cipher}"),
];
