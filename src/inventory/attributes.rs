//! What follows from names, paths and rules: environment, place of storage, impact, and how old a secret may become.

use crate::known::environment;
use crate::model::{Finding, RuleInfo, Severity};

/// How old secrets may become before they are overdue, days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// Those of databases.
    pub databases: u32,
    /// All others: keys of APIs, tokens, passwords.
    pub keys: u32,
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self { databases: 30, keys: 90 }
    }
}

impl RotationPolicy {
    /// How old the secret of a finding may become.
    pub(super) fn of(self, finding: &Finding) -> u32 {
        if is_database(&finding.rule, finding.identifier.as_deref()) { self.databases } else { self.keys }
    }
}

/// Words of rules and identifiers that speak of a database.
const DATABASES: &[&str] = &[
    "cassandra",
    "clickhouse",
    "cockroach",
    "couchdb",
    "database",
    "databases",
    "db",
    "elasticsearch",
    "influx",
    "influxdb",
    "jdbc",
    "mariadb",
    "memcached",
    "mongo",
    "mongodb",
    "mssql",
    "mysql",
    "neon",
    "oracle",
    "pg",
    "pgpassword",
    "planetscale",
    "postgres",
    "postgresql",
    "redis",
    "snowflake",
    "sql",
    "sqlserver",
    "turso",
    "upstash",
];

/// True for the credential of a database, by its rule or by the name that it has.
fn is_database(rule: &RuleInfo, identifier: Option<&str>) -> bool {
    let speaks = |text: &str| {
        spaced(text).split(' ').any(|word| DATABASES.binary_search(&&*word.to_ascii_lowercase()).is_ok())
    };
    rule.tags.iter().any(|tag| *tag == "database")
        || speaks(&rule.id)
        || rule.generic && identifier.is_some_and(speaks)
}

/// The words of a name or path, cut at marks and at case changes.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            out.push(' ');
        }
        out.push(if letter.is_ascii_alphanumeric() { letter } else { ' ' });
        before = letter;
    }
    out
}

/// The environment that a name speaks of, or else the path.
pub(super) fn environment_of(name: Option<&str>, path: Option<&str>) -> Option<&'static str> {
    let named = name.and_then(|name| environment(&spaced(name)));
    named.or_else(|| path.and_then(environment))
}

/// Folders below which each folder is a service of its own.
const SERVICES: &[&str] =
    &["apps", "charts", "cmd", "functions", "lambdas", "microservices", "services", "stacks"];

/// The service that a path belongs to, if its folders say so.
pub(super) fn service_of(path: &str) -> Option<&str> {
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        if SERVICES.contains(&part) {
            let service = parts.next()?;
            // A file directly in the folder belongs to none.
            return parts.peek().map(|_| service);
        }
    }
    None
}

/// What an intruder gains, by what the rule says that the credential grants.
pub(super) fn impact(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High | Severity::Critical => "high",
    }
}

/// Where a file is read today: by a CI, by what deploys (`manifest`), or by whoever opens it.
pub(super) fn stored(path: &str) -> &'static str {
    if is_ci(path) {
        "ci"
    } else if is_manifest(path) {
        "manifest"
    } else {
        "file"
    }
}

/// Folders of CIs, and the names of their files, lower-case.
const CI_FOLDERS: &[&str] = &[
    ".buildkite/",
    ".circleci/",
    ".forgejo/workflows/",
    ".gitea/workflows/",
    ".github/actions/",
    ".github/workflows/",
    ".gitlab/ci/",
    ".semaphore/",
    ".tekton/",
    ".woodpecker/",
];
const CI_FILES: &[&str] = &[
    ".appveyor.yml",
    ".cirrus.yml",
    ".drone.yaml",
    ".drone.yml",
    ".gitlab-ci.yaml",
    ".gitlab-ci.yml",
    ".travis.yml",
    ".woodpecker.yml",
    "action.yaml",
    "action.yml",
    "appveyor.yml",
    "azure-pipelines.yaml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
    "cloudbuild.yaml",
    "jenkinsfile",
];

/// True for a file that a CI reads.
pub(super) fn is_ci(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let is_in = |folder: &&str| lower.starts_with(*folder) || lower.contains(&format!("/{folder}"));
    CI_FILES.contains(&name) || name.starts_with("jenkinsfile.") || CI_FOLDERS.iter().any(is_in)
}

/// True for a file that says how something is deployed.
fn is_manifest(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "charts",
        "cloudformation",
        "deploy",
        "deployment",
        "deployments",
        "helm",
        "helmfile.d",
        "k8s",
        "kubernetes",
        "kustomize",
        "manifests",
        "terraform",
    ];
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml") || name.ends_with(".json");
    let is_compose = name.starts_with("docker-compose") || name.starts_with("compose.");
    let is_dockerfile =
        name.starts_with("dockerfile") || name.ends_with(".dockerfile") || name.starts_with("containerfile");
    let is_terraform = [".tf", ".tfvars", ".hcl", ".nomad", ".bicep"].iter().any(|end| name.ends_with(end));
    let is_in = lower.split('/').any(|part| FOLDERS.contains(&part));
    is_dockerfile || is_terraform || is_yaml && (is_compose || is_in || name.starts_with("values"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_databases_can_be_searched() {
        assert!(DATABASES.is_sorted());
    }

    #[test]
    fn an_environment_is_that_of_the_name_before_that_of_the_path() {
        for (name, path, environment) in [
            (Some("prodDbPassword"), Some("config/staging.yml"), Some("production")),
            (Some("DB_PASSWORD"), Some("config/.env.staging"), Some("staging")),
            (None, Some("src/test/resources/application-dev.yml"), Some("development")),
            (Some("token"), Some("src/main.rs"), None),
        ] {
            assert_eq!(environment_of(name, path), environment, "{name:?} {path:?}");
        }
    }

    #[test]
    fn a_path_says_who_reads_it_and_whose_it_is() {
        for (path, place, service) in [
            (".github/workflows/x.yml", "ci", None),
            ("a/Jenkinsfile", "ci", None),
            ("services/mail/deploy/k8s.yaml", "manifest", Some("mail")),
            ("infra/main.tf", "manifest", None),
            ("services/readme.md", "file", None),
            ("apps/web/.env", "file", Some("web")),
        ] {
            assert_eq!((stored(path), service_of(path)), (place, service), "{path}");
        }
    }
}
