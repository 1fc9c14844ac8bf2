//! What a path says of the file: credentials, rehearsal (tests, docs, examples), translations, or produced text
//! (lock files, minified code, vendored trees); code or configuration.
//!
//! Hand-set lists, words between blanks: learnt ones did not transfer from repository to repository.
//! Matched without case.

use std::collections::HashSet;
use std::sync::OnceLock;

/// What a path says of the values in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// What the file is for.
    pub(super) role: Role,
    /// What an unquoted right-hand side is there.
    pub(super) language: Language,
    /// Whether it says what containers run with, so that a guessable password in it is the one in use.
    pub(super) is_stack: bool,
    /// Whether it is a sample of a file of credentials (`.env.example`), which people fill in and commit.
    pub(super) is_sample: bool,
}

/// What a file is for, as far as secrets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing special.
    Ordinary,
    /// A file meant for credentials (`.netrc`, `.env`, `wp-config.php`).
    Home,
    /// Tests, fixtures, documentation, examples: values there are mostly made up.
    Rehearsal,
    /// Texts in the languages of people: what is under `password` there is the word for it.
    Translation,
    /// Written by a program, or other people's: lock files, minified code, vendored trees.
    Produced,
}

impl Role {
    /// All of them.
    pub(super) const ALL: [Self; 5] =
        [Self::Ordinary, Self::Home, Self::Rehearsal, Self::Translation, Self::Produced];
}

/// What an unquoted right-hand side means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// An expression: an unquoted value is no literal.
    Code,
    /// A value (`.env`, YAML, INI, properties, shell).
    Values,
    /// Prose: it may be a value.
    Prose,
    /// Not known: it may be a value.
    Unknown,
}

static HOMES: PathWords = PathWords::new(
    "
    .netrc _netrc .npmrc .pypirc .env .envrc .pgpass pgpass.conf .my.cnf .mylogin.cnf .git-credentials
    .gitcredentials .dockercfg .dockerconfigjson .s3cfg .boto .passwd-s3fs wp-config.php id_rsa id_dsa
    id_ecdsa id_ed25519 .htpasswd shadow secrets.yml secrets.yaml secrets.json secrets.toml secrets.env
    secrets.properties credentials credentials.json credentials.yml credentials.yaml credentials.xml
    credentials.ini credentials.toml credentials.properties credentials.db credentials.tfrc.json
    terraform.tfvars .terraformrc terraform.rc master.key kubeconfig sftp-config.json ftp-config.json
    .ftpconfig .ftpquota .remote-sync.json recentservers.xml sitemanager.xml filezilla.xml proftpdpasswd
    database.yml database.yaml application.properties application.yml application.yaml bootstrap.yml bootstrap.properties
    config.php ventrilo_srv.ini deployment-config.json .deployment-config.json dbeaver-data-sources.xml appsettings.json
    web.config local_settings.py settings-security.xml localsettings.php configuration.php parameters.yml
    wp-config.bak .bashrc .bash_profile .bash_history .zshrc .zshenv .zsh_history .profile .history
    .sh_history .mysql_history .psql_history .rediscli_history .muttrc .msmtprc .esmtprc .fetchmailrc
    .offlineimaprc robomongo.json server.cfg hosts.yml .tugboat .cifs smbcredentials gradle.properties
    maven-settings.xml nuget.config auth.json irc.conf authinfo .authinfo chap-secrets pap-secrets
    wpa_supplicant.conf .curlrc .wgetrc .fetchmailrc .lftprc sasl_passwd passwd.client rsyncd.secrets ipsec.secrets
    sftp.json database.php
    smbpasswd tomcat-users.xml config.inc.php logins.json .vault_pass .mongorc.js .pgadmin4 .smbcredentials",
);

static HOME_ENDS: PathWords = PathWords::new(
    "
    .tfvars .tfstate .ovpn .ppk .pem .key .env .pgpass .p8",
);

static HOME_DIRECTORIES: PathWords = PathWords::new(
    "
    .aws .kube .docker .ssh .gem .cargo .azure .gnupg .m2 group_vars host_vars",
);

static TRANSLATION_DIRECTORIES: PathWords = PathWords::new(
    "
    i18n l10n lang langs language languages locale locales translation translations intl lproj messages nls",
);

static TRANSLATION_NAMES: PathWords = PathWords::new(
    "
    messages labels strings translation translations locale lang language i18n resources texts",
);

static TRANSLATION_ENDS: PathWords = PathWords::new(
    "
    .po .pot .xlf .xliff .arb .resx .strings .stringsdict .ftl .ts.xml",
);

static REHEARSAL_DIRECTORIES: PathWords = PathWords::new(
    "
    t test tests testing spec specs __tests__ __test__ testdata test-data test_data fixture fixtures
    __fixtures__ mock mocks __mocks__ snapshots __snapshots__ e2e cypress example examples sample samples
    demo demos doc docs api-docs api_docs apidoc apidocs documentation tutorial tutorials unittest unittests integration-tests
    integration_tests testsuite test-suite unit-tests cassettes testutil testutils stub stubs wiki javadoc guide guides",
);

static REHEARSAL_WORDS: PathWords = PathWords::new(
    "
    example examples sample samples template tmpl dist tpl test tests spec specs mock mocks fixture fixtures
    demo stub snap dummy fake",
);

static SAMPLE_WORDS: PathWords = PathWords::new(
    "
    example sample template tmpl dist tpl",
);

/// Directories of what runs somewhere. Below them and in their files `test` is a stage, with credentials of its own, and no
/// test: `inventories/test/group_vars/all.yml`, `overlays/test/secret.yaml`, `.github/workflows/test.yml`.
static STAGE_DIRECTORIES: PathWords = PathWords::new(
    "
    inventories inventory environments environment envs overlays group_vars host_vars stages stage clusters
    deployments .github .gitlab .circleci .azure-pipelines .buildkite",
);

/// Names of a stage that are words of tests, too.
static STAGES: PathWords = PathWords::new(
    "
    test tests testing e2e demo",
);

static PROSE_ENDS: PathWords = PathWords::new(
    "
    .md .mdx .markdown .rst .adoc .asciidoc .pod .texi .tex .org .textile .wiki .rdoc .man",
);

static PROSE_NAMES: PathWords = PathWords::new(
    "
    readme changelog changes news history contributing license install",
);

/// What coding assistants are told of the machine they work at: notes with access to it, and no documentation for readers.
static INSTRUCTIONS: PathWords = PathWords::new(
    "
    claude.md claude.local.md agents.md agents.override.md gemini.md copilot-instructions.md .cursorrules .windsurfrules
    .clinerules .goosehints",
);

/// Directories of such notes.
static ASSISTANTS: PathWords = PathWords::new(
    "
    .claude .codex .cursor .gemini .clinerules .windsurf .roo .kiro",
);

static PRODUCED_NAMES: PathWords = PathWords::new(
    "
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml go.sum packages.lock.json gopkg.lock
    project.assets.json deno.lock bun.lock known_hosts .terraform.lock.hcl",
);

static PRODUCED_ENDS: PathWords = PathWords::new(
    "
    .lock .min.js .min.css .map .svg .bundle.js .pb.go .sum",
);

static PRODUCED_DIRECTORIES: PathWords = PathWords::new(
    "
    vendor vendors vendored node_modules bower_components third_party third-party thirdparty site-packages
    dist-packages pods .yarn",
);

static VALUES_ENDS: PathWords = PathWords::new(
    "
    .env .yml .yaml .ini .properties .props .cfg .cnf .conf .config .sh .bash .zsh .ksh .fish .bat .cmd
    .service .rc .mk .desktop .netrc .ovpn .tfbackend .pgpass .csv .tsv .log .txt .reg .inf .plist .eml",
);

static VALUES_NAMES: PathWords = PathWords::new(
    "
    dockerfile containerfile makefile gnumakefile procfile",
);

static CODE_ENDS: PathWords = PathWords::new(
    "
    .py .pyi .pyx .java .c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .go .rs .js .jsx .mjs .cjs .ts .tsx .mts
    .cts .kt .kts .scala .sc .swift .cs .csx .vb .fs .fsx .php .phtml .inc .rb .rake .erb .gemspec .pl .pm
    .t .lua .r .dart .ex .exs .erl .hrl .hs .lhs .ml .mli .clj .cljs .cljc .edn .groovy .gradle .sol .zig
    .nim .jl .sql .psql .vue .svelte .astro .css .scss .sass .less .html .htm .xhtml .jsp .jspx .asp .aspx
    .cshtml .razor .ejs .hbs .mustache .pug .haml .slim .twig .json .json5 .jsonc .ipynb .xml .xsd .xsl
    .wsdl .tf .hcl .tfvars .nix .proto .thrift .graphql .gql .cmake .ps1 .psm1 .psd1 .d .pas .dpr .f90 .f
    .asm .s .v .sv .vhd .el .lisp .scm .rkt .tcl .awk .coffee .cr .hx .as .bicep .toml .jsonnet .libsonnet
    .cue .rego .star .bzl .y .l .po .pot .vim .cu .glsl .wat .pyw .ino",
);

static CODE_NAMES: PathWords = PathWords::new(
    "
    jenkinsfile rakefile gemfile podfile build workspace cmakelists.txt vagrantfile brewfile guardfile
    capfile sconstruct",
);

impl Setting {
    /// What is known without a path.
    pub(super) const NOWHERE: Self =
        Self { role: Role::Ordinary, language: Language::Unknown, is_stack: false, is_sample: false };

    /// What `path` (with `/`) says. Of an absolute path the file's name alone counts, so that a
    /// checkout under `/tmp/tests` judges like any other.
    pub(super) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let (directories, name) = lower.rsplit_once(['/', '!']).unwrap_or(("", &lower));
        let is_absolute = lower.starts_with('/') || lower.as_bytes().get(1) == Some(&b':');
        let directories: Vec<&str> =
            if is_absolute { Vec::new() } else { directories.split(['/', '!']).collect() };
        let is_test = ["Test.", "Tests.", "Spec."].iter().any(|end| path.contains(end));
        let role = role(&directories, name, is_test);
        let mut words = name.strip_prefix(".env.").unwrap_or_default().split('.');
        let is_of_tests = directories.iter().any(|directory| lists(&REHEARSAL_DIRECTORIES, directory));
        let is_sample =
            role == Role::Rehearsal && !is_of_tests && words.any(|word| lists(&SAMPLE_WORDS, word));
        let is_stack = ["docker-compose", "compose."].iter().any(|start| name.starts_with(start))
            && [".yml", ".yaml"].iter().any(|end| name.ends_with(end));
        Self { role, language: language(name), is_stack, is_sample }
    }
}

fn role(directories: &[&str], name: &str, is_test: bool) -> Role {
    let within = |list: &PathWords| directories.iter().any(|directory| lists(list, directory));
    let is_home = lists(&HOMES, name)
        || name.starts_with(".env.")
        || ends(name, &HOME_ENDS)
        || (name.starts_with("appsettings.") && name.ends_with(".json"))
        // Spring's settings of one of its profiles.
        || name.starts_with("application-") && [".yml", ".yaml", ".properties"].iter().any(|end| name.ends_with(end))
        || directories.last().is_some_and(|last| lists(&HOME_DIRECTORIES, last));
    let is_of_stage = within(&STAGE_DIRECTORIES)
        || name.ends_with(".tfvars")
        || name.starts_with("appsettings.") && name.ends_with(".json");
    // Where stages are, only what no stage is called is a test.
    let rehearses =
        |list: &PathWords, word: &str| lists(list, word) && !(is_of_stage && lists(&STAGES, word));
    let is_rehearsal = is_test && !is_of_stage
        || directories.iter().any(|directory| rehearses(&REHEARSAL_DIRECTORIES, directory))
        || name.split(['.', '-', '_']).any(|word| rehearses(&REHEARSAL_WORDS, word))
        || language(name) == Language::Prose && !(lists(&INSTRUCTIONS, name) || within(&ASSISTANTS));
    // `messages_hr.properties`, `de.lproj/x.strings`, `values-fr/strings.xml`.
    let stem = name.split(['.', '_', '-']).next().unwrap_or(name);
    let is_data = [".properties", ".json", ".yml", ".yaml", ".xml", ".php", ".js", ".ts"]
        .iter()
        .any(|end| name.ends_with(end));
    let is_translation = within(&TRANSLATION_DIRECTORIES)
        || directories.iter().any(|directory| directory.ends_with(".lproj"))
        || ends(name, &TRANSLATION_ENDS)
        || name.ends_with("strings.xml")
        || lists(&TRANSLATION_NAMES, stem) && is_data;
    if within(&PRODUCED_DIRECTORIES) || lists(&PRODUCED_NAMES, name) || ends(name, &PRODUCED_ENDS) {
        Role::Produced
    } else if is_translation {
        Role::Translation
    } else if is_rehearsal {
        Role::Rehearsal
    } else if is_home {
        Role::Home
    } else {
        Role::Ordinary
    }
}

fn language(name: &str) -> Language {
    let stem = name.split('.').next().unwrap_or(name);
    // `config.yml.example` is written in the language before its last word.
    let inner = match name.rsplit_once('.') {
        Some((inner, last)) if inner.contains('.') && lists(&REHEARSAL_WORDS, last) => inner,
        _ => name,
    };
    let is_notice = lists(&PROSE_NAMES, stem) && (name == stem || name.ends_with(".txt"));
    if is_notice || ends(inner, &PROSE_ENDS) {
        Language::Prose
    } else if lists(&CODE_NAMES, inner) {
        Language::Code
    } else if inner.starts_with(".env.")
        || lists(&VALUES_NAMES, stem)
        || (inner.starts_with('.') && lists(&HOMES, inner))
        || ends(inner, &VALUES_ENDS)
    {
        Language::Values
    } else if ends(inner, &CODE_ENDS) {
        Language::Code
    } else {
        Language::Unknown
    }
}

/// PathWords between blanks, looked up by hash: a few kilobytes of nested trees have a hundred thousand paths.
struct PathWords {
    text: &'static str,
    all: OnceLock<HashSet<&'static str>>,
}

impl PathWords {
    const fn new(text: &'static str) -> Self {
        Self { text, all: OnceLock::new() }
    }

    fn all(&self) -> &HashSet<&'static str> {
        self.all.get_or_init(|| self.text.split_ascii_whitespace().collect())
    }
}

/// Whether `list` has the word `name`.
fn lists(list: &PathWords, name: &str) -> bool {
    list.all().contains(name)
}

/// Whether what `name` has from one of its dots on is a word of `list`.
fn ends(name: &str, list: &PathWords) -> bool {
    name.match_indices('.').any(|(dot, _)| list.all().contains(&name[dot..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_what_a_file_is_for() {
        use Role::{Home, Ordinary, Produced, Rehearsal, Translation};
        let table = [
            ("src/main.rs", Ordinary),
            ("config/deploy.yml", Ordinary),
            ("src/contest/latest.go", Ordinary),
            ("src/Contest.java", Ordinary),
            ("/tmp/tests/x/main.py", Ordinary),
            (".env", Home),
            ("deploy/.env.production", Home),
            ("inventories/test/group_vars/all.yml", Home),
            ("environments/test/terraform.tfvars", Home),
            ("overlays/test/secret.yaml", Ordinary),
            (".github/workflows/test.yml", Ordinary),
            ("appsettings.Test.json", Home),
            ("test/overlays.yaml", Rehearsal),
            ("inventories/example/hosts.yaml", Rehearsal),
            ("backend/prod.env", Home),
            (".aws/credentials", Home),
            ("home/.ssh/deploy", Home),
            ("public/wp-config.php", Home),
            ("certs/server.key", Home),
            ("backup.zip!etc/.netrc", Home),
            ("CLAUDE.md", Ordinary),
            ("docs/AGENTS.md", Rehearsal),
            (".claude/agents/deploy.md", Ordinary),
            (".github/copilot-instructions.md", Ordinary),
            (".env.example", Rehearsal),
            ("config.sample.yml", Rehearsal),
            ("tests/.env", Rehearsal),
            ("pkg/auth/login_test.go", Rehearsal),
            ("web/login.spec.ts", Rehearsal),
            ("src/LoginTest.java", Rehearsal),
            ("test_login.py", Rehearsal),
            ("README.md", Rehearsal),
            ("docs/setup.yml", Rehearsal),
            ("api-docs/index.html", Rehearsal),
            ("a/node_modules/b/index.js", Produced),
            ("vendor/github.com/x/test/y.go", Produced),
            ("yarn.lock", Produced),
            ("frontend/src/assets/i18n/nl_NL.json", Translation),
            ("app/src/main/res/values-fi/strings.xml", Translation),
            ("po/tr.po", Translation),
            ("node_modules/x/locales/de.json", Produced),
            ("src/language.rs", Ordinary),
            ("static/app.min.js", Produced),
            ("assets/i18n/hr.json", Translation),
            ("lang/nl/validation.php", Translation),
            ("src/messages_hr.properties", Translation),
            ("App/de.lproj/Localizable.strings", Translation),
            ("res/values-fr/strings.xml", Translation),
            ("po/fr.po", Translation),
            ("src/messages.rs", Ordinary),
            ("home/ada/.curlrc", Home),
        ];
        for (path, role) in table {
            assert_eq!(Setting::of(path).role, role, "{path}");
        }
    }

    #[test]
    fn a_sample_of_an_environment_is_one_outside_of_tests() {
        for path in [".env.example", "api/.env.production.sample", ".env.dist"] {
            assert!(Setting::of(path).is_sample, "{path}");
        }
        for path in [".env", ".env.test", "tests/.env.example", "config.example.yml", "example.env"] {
            assert!(!Setting::of(path).is_sample, "{path}");
        }
    }

    #[test]
    fn a_path_tells_what_an_unquoted_value_is() {
        use Language::{Code, Prose, Unknown, Values};
        let table = [
            ("a/b.py", Code),
            ("B.JAVA", Code),
            ("main.tf", Code),
            ("data.json", Code),
            ("CMakeLists.txt", Code),
            ("config.js.example", Code),
            ("install.py", Code),
            ("install.sh", Values),
            (".env.production", Values),
            ("docker-compose.yml", Values),
            ("config.yml.dist", Values),
            ("app.ini", Values),
            ("Dockerfile.prod", Values),
            ("run.sh", Values),
            (".netrc", Values),
            ("README", Prose),
            ("guide.rst", Prose),
            ("notes", Unknown),
            ("", Unknown),
        ];
        for (path, language) in table {
            assert_eq!(Setting::of(path).language, language, "{path}");
        }
    }
}
