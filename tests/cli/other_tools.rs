//! The files of other scanners: honoured where they stand, and imported.

use crate::harness::{Repo, fake, github_token};
use data_encoding::HEXLOWER;
use sha1::Sha1;
use sha2::{Digest, Sha256};

fn sha1(text: &str) -> String {
    HEXLOWER.encode(&Sha1::digest(text.as_bytes()))
}

fn sha256(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// talisman's checksum of one file.
fn talisman(path: &str, content: &str) -> String {
    sha256(&[sha256(""), sha256(content), sha256(path)].concat())
}

/// A baseline of detect-secrets with one result.
fn detect_secrets(path: &str, token: &str, more: &str) -> String {
    let hash = sha1(token);
    format!(
        "{{\"version\": \"1.5.0\", \"plugins_used\": [{{\"name\": \"GitHubTokenDetector\"}}], \"filters_used\": [], \
         \"results\": {{\"{path}\": [{{\"type\": \"GitHub Token\", \"filename\": \"{path}\", \"hashed_secret\": \"{hash}\", \
         \"is_verified\": false, \"line_number\": 99{more}}}]}}, \"generated_at\": \"2026-01-01T00:00:00Z\"}}"
    )
}

/// Each file at its well-known name that covers `token` in `a.env`, and whether it says so of that path alone.
fn files(token: &str, content: &str) -> Vec<(&'static str, String, bool)> {
    vec![
        (".secrets.baseline", detect_secrets("a.env", token, ""), true),
        (".betterleaksignore", "# one\na.env:github-pat:1\n".to_owned(), true),
        (".betterleaksignore", sha256(token), false),
        (".gitleaksignore", "a.env:github-pat:1\n".to_owned(), true),
        (".gitallowed", "# one\n^a\\.env:[0-9]+:TOKEN=ghp_[0-9A-Za-z]{36}$\n".to_owned(), true),
        (".gitallowed", "ghp_[[:alnum:]]{36}\n".to_owned(), false),
        (
            ".talismanrc",
            format!("fileignoreconfig:\n- filename: a.env\n  checksum: {}\n", talisman("a.env", content)),
            true,
        ),
        (".talismanrc", "allowed_patterns:\n- TOKEN=ghp_[0-9A-Za-z]+\nversion: '1.0'\n".to_owned(), false),
        (".talismanrc", "fileignoreconfig:\n- filename: a.*\n  ignore_detectors: [filecontent]\n".to_owned(), true),
        (".gitguardian.yaml", "version: 2\nsecret:\n  ignored_paths:\n  - '/a.env'\n".to_owned(), true),
        (
            ".gitguardian.yml",
            format!("version: 2\nsecret:\n  ignored_matches:\n  - name: x\n    match: {}\n", sha256(&format!("{token},apikey"))),
            false,
        ),
        (".gitguardian.yaml", format!("matches-ignore:\n- {token}\n"), false),
        (
            ".betterleaks.toml",
            "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''^a\\.env$''']\n".to_owned(),
            true,
        ),
        (
            ".betterleaks.toml",
            "minVersion = \"v2.0.0\"\nfilter = 'matchesAny(attributes[\"path\"], [`^a\\.env$`])'\n[extend]\nuseDefault = true\n".to_owned(),
            true,
        ),
    ]
}

#[test]
fn a_clone_with_the_files_of_another_scanner_is_clean_without_a_new_file() {
    let token = github_token(7001);
    let content = format!("TOKEN={token}\n");
    for (name, text, is_of_path) in files(&token, &content) {
        let repo = Repo::new();
        repo.write("a.env", &content).write(name, &text);
        // A file that holds the secret in the clear is a leak itself.
        let has_secret = text.contains(&token);
        for command in [&["scan"][..], &["scan", "a.env"], &["history"]] {
            if command[0] == "history" {
                repo.commit("one");
            }
            let outcome = repo.run_json(command);
            let of_file = outcome.findings()[0]["occurrences"][0].clone();
            assert!(
                of_file["suppressed_by"].is_string() || has_secret,
                "{name} {command:?}: {}",
                outcome.stdout
            );
            assert!(outcome.code == 0 || has_secret, "{name} {text} {command:?}: {}", outcome.stdout);
            assert!(
                outcome.stdout.contains(&format!("{name}\"")),
                "the receipt names {name}: {}",
                outcome.stdout
            );
        }
        // The same secret elsewhere, on another line.
        repo.write("b.env", format!("\nx = 1\nTOKEN={token}\n"));
        let code = if is_of_path { 1 } else { 0 };
        let outcome = repo.run_json(&["scan", "b.env"]);
        assert_eq!(outcome.code, code, "{name} {text}: {}", outcome.stdout);
        // Another secret at the same path.
        let other = github_token(7002);
        repo.write("a.env", format!("x = 1\nOTHER={other}\n"));
        let is_by_content = !text.contains("a\\.env$'")
            && !text.contains("/a.env")
            && !text.contains("filecontent")
            && !text.contains("[`")
            && !text.contains("alnum");
        if is_by_content {
            repo.run(&["scan", "a.env"]).exits(1);
        }
        repo.write("keydredge.toml", "other-tools = false\n").write("a.env", &content);
        repo.run(&["scan", "a.env"]).exits(1);
    }
}

#[test]
fn what_is_staged_is_judged_by_the_files_of_the_index() {
    let token = github_token(7003);
    let content = format!("TOKEN={token}\n");
    for (name, text, _) in files(&token, &content).into_iter().filter(|(_, text, _)| !text.contains(&token)) {
        let repo = Repo::new();
        repo.write("a.env", &content).stage();
        repo.write(name, &text);
        repo.run(&["staged"]).exits(1);
        repo.stage();
        let outcome = repo.run(&["staged"]);
        assert_eq!(outcome.code, 0, "{name} {text}: {}", outcome.stdout);
    }
}

#[test]
fn a_pull_request_does_not_open_the_gate_with_another_scanners_file() {
    let token = github_token(7004);
    let content = format!("TOKEN={token}\n");
    for (name, text, _) in files(&token, &content).into_iter().filter(|(_, text, _)| !text.contains(&token)) {
        let repo = Repo::forked();
        repo.write("a.env", &content).write(name, &text);
        repo.commit("leak");
        let outcome = repo.run_json(&["diff", "main"]).exits(1);
        let says = outcome.json()["summary"]["settings"].to_string();
        assert!(says.contains(name) || outcome.says(name), "{name}: {}", outcome.stdout);
        // What the base has counts.
        repo.git(&["checkout", "-q", "main"]);
        repo.write(name, &text);
        repo.commit("accept");
        repo.git(&["checkout", "-q", "-b", "next"]);
        repo.write("a.env", &content);
        repo.commit("the same");
        let outcome = repo.run(&["diff", "main"]);
        // The checksum of a file that was not there covers nothing.
        let code = if text.contains("checksum") { 1 } else { 0 };
        assert_eq!(outcome.code, code, "{name} {text}: {}", outcome.stdout);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_a_part_without_meaning_is_told() {
    let token = github_token(7005);
    let table = [
        (".secrets.baseline", "{\"results\": {", ".secrets.baseline:1"),
        (".secrets.baseline", "{\"results\": {\"a\": [{\"type\": \"x\"}]}}", "hashed_secret"),
        (".secrets.baseline", "{\"results\": {\"a\": [{\"hashed_secret\": \"TOKEN\"}]}}", "40 hexadecimal"),
        (".talismanrc", "a: [1\n", ".talismanrc:"),
        (".talismanrc", "fileignoreconfig:\n- checksum: x\n", ".talismanrc:2"),
        (".gitguardian.yaml", "secret: 3\n", "`secret`"),
        (".betterleaksignore", "\nTOKEN\n", ".betterleaksignore:2"),
        (".betterleaks.toml", "x = \n", ".betterleaks.toml:1"),
    ];
    for (name, text, said) in table {
        let repo = Repo::new();
        repo.write(name, text.replace("TOKEN", &token)).write("a", "x\n");
        let outcome = repo.run(&["scan", "a"]).exits(2);
        assert!(outcome.stderr.contains(said) && !outcome.says(&token), "{text}: {outcome:?}");
        repo.write("keydredge.toml", "other-tools = false\n");
        repo.run(&["scan", "a"]).exits(0);
    }
    let table = [
        (".talismanrc", "threshold: high\n", "threshold"),
        (".talismanrc", "no_such_key: 1\n", "no_such_key"),
        (".gitguardian.yaml", "secret:\n  ignored_detectors: [x]\n", "secret.ignored_detectors"),
        (".gitallowed", "(a)\\1\n", ".gitallowed:1"),
        (
            ".secrets.baseline",
            "{\"results\": {}, \"filters_used\": [{\"path\": \"file://x.py::f\"}]}",
            "filters_used[1]",
        ),
    ];
    for (name, text, said) in table {
        let repo = Repo::new();
        repo.write(name, text).write("a", "x\n");
        let outcome = repo.run_json(&["scan", "a"]).exits(0);
        assert!(outcome.stdout.contains(said), "{text}: {}", outcome.stdout);
    }
}

#[test]
fn baselines_of_other_scanners_are_imported_as_far_as_they_are_found_here() {
    let (token, other) = (github_token(7010), github_token(7011));
    let base64 = data_encoding::BASE64.encode(token.as_bytes());
    let table = [
        ("x.json", detect_secrets("a.env", &token, "")),
        ("x.jsonl", format!("{{\"SourceMetadata\":{{\"Data\":{{\"Git\":{{\"file\":\"a.env\",\"line\":1}}}}}},\"DetectorName\":\"Github\",\"Raw\":\"{token}\"}}\n")),
        ("x.json", format!("[{{\"finding_id\":\"1\",\"groups\":[\"{base64}\"],\"matches\":[],\"statuses\":[]}}]")),
        ("x.json", format!("{{\"findings\":[{{\"rule\":{{\"id\":\"k\"}},\"finding\":{{\"snippet\":\"{token}\",\"path\":\"a.env\",\"line\":1}}}}]}}")),
        ("x.json", format!("[{{\"RuleID\":\"github-pat\",\"File\":\"a.env\",\"StartLine\":1,\"Secret\":\"{token}\"}}]")),
        ("x.json", format!("{{\"schema_version\":\"1\",\"findings\":[{{\"rule_id\":\"g\",\"match\":{{\"fingerprint\":\"{}\"}}}}]}}", sha256(&token))),
        ("x.yml", "version: 2\nfingerprint_algorithm: kingfisher-v1\nrepositories:\n- id: git://x/y\n  findings:\n  - path: a.env\n    fingerprint: '123'\n    rule_id: k\n    line: 1\n".to_owned()),
        ("x.yml", "ExactFindings:\n  matches:\n  - filepath: a.env\n    fingerprint: abc\n    linenum: 1\n    lastupdated: x\n".to_owned()),
    ];
    for (name, text) in table {
        let repo = Repo::new();
        repo.write("a.env", format!("TOKEN={token}\n")).write("b.env", format!("\n\nOTHER={other}\n"));
        let file = repo.home().join(name);
        std::fs::write(&file, &text).expect("a file can be written");
        let file = file.to_str().expect("a temporary path is UTF-8");
        let outcome = repo.run(&["baseline", "import", file]);
        assert_eq!(outcome.code, 0, "{text}: {outcome:?}");
        assert!(outcome.stdout.contains("1 of 1 entries") && !outcome.says(&token), "{text}: {outcome:?}");
        let written =
            std::fs::read_to_string(repo.path().join("keydredge-baseline.txt")).expect("it is written");
        assert!(!written.contains(&token), "{written}");
        assert_eq!(written.lines().count(), 3, "{written}");
        repo.run(&["scan", "a.env"]).exits(0);
        repo.run(&["scan", "b.env"]).exits(1);
        // And as it is, without being imported.
        repo.remove("keydredge-baseline.txt");
        let outcome = repo.run(&["scan", "a.env", "--baseline", file]);
        assert_eq!(outcome.code, 0, "{text}: {outcome:?}");
        repo.run(&["scan", "b.env", "--baseline", file]).exits(1);
    }
}

#[test]
fn what_was_audited_as_no_secret_becomes_an_ignore_entry_and_what_is_elsewhere_too_stays_open() {
    let token = github_token(7020);
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={token}\n"));
    let file = repo.home().join("base.json");
    let name = file.to_str().expect("a temporary path is UTF-8");
    std::fs::write(&file, detect_secrets("a.env", &token, ", \"is_secret\": false"))
        .expect("it can be written");
    repo.write("c.env", format!("TOKEN={token}\n"));
    let outcome = repo.run(&["baseline", "import", name]).exits(0);
    assert!(outcome.stdout.contains("0 of 1"), "{outcome:?}");
    repo.remove("c.env");
    repo.run(&["baseline", "import", name]).exits(0);
    let ignores = std::fs::read_to_string(repo.path().join("keydredge-ignore.toml")).expect("it is written");
    assert!(ignores.contains("audited") && !ignores.contains(&token), "{ignores}");
    // It is committed, so it has no path of this machine.
    assert!(ignores.contains("\"base.json has it: ") && !ignores.contains(name), "{ignores}");
    repo.run(&["scan"]).exits(0);
    // A second time changes nothing.
    repo.run(&["baseline", "import", name]).exits(0);
    assert_eq!(
        std::fs::read_to_string(repo.path().join("keydredge-ignore.toml")).expect("it is there"),
        ignores
    );
    std::fs::write(&file, detect_secrets("gone.env", &github_token(7021), "")).expect("it can be written");
    let outcome = repo.run(&["baseline", "import", name]).exits(0);
    assert!(outcome.stdout.contains("gone.env") && outcome.stdout.contains("0 of 1"), "{outcome:?}");
}

#[test]
fn unknown_versions_and_several_repositories_are_not_guessed() {
    let repo = Repo::new();
    repo.write("a", "x\n");
    let table = [
        ("version: 3\nfingerprint_algorithm: kingfisher-v1\nrepositories: []\n", "version"),
        ("version: 2\nfingerprint_algorithm: kingfisher-v9\nrepositories: []\n", "fingerprint_algorithm"),
        (
            "version: 2\nfingerprint_algorithm: kingfisher-v1\nrepositories:\n- id: git://a/b\n- id: git://c/d\n",
            "repositories[1]",
        ),
        ("nonsense\n", "--from"),
    ];
    for (text, said) in table {
        repo.write("x.yml", text);
        let outcome = repo.run(&["baseline", "import", "x.yml"]).exits(2);
        assert!(outcome.stderr.contains(said), "{text}: {outcome:?}");
    }
    assert!(
        repo.run(&["baseline", "import", "x.yml", "--from", "nobody"]).exits(2).stderr.contains("kingfisher")
    );
}

/// Files with rules, each of which finds `ACME_` and 12 digits and nothing else, and no value with `0000`.
fn rule_files() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "r.toml",
            "minVersion = \"v2.0.0-rc.1\"\n[[rules]]\nid = \"acme-token\"\nregex = '''ACME_(\\d{12})\\b'''\nkeywords = [\"acme_\"]\nconfidence = \"high\"\nvalueGroup = 1\nfilter = 'entropy(finding[\"secret\"]) <= 1.0 || matchesAny(finding[\"secret\"], [`0000`])'\n",
        ),
        (
            "r.toml",
            "[extend]\nuseDefault = true\n[[rules]]\nid = \"acme-token\"\nregex = '''ACME_(\\d{12})\\b'''\n[[rules.allowlists]]\nregexes = ['0000']\n",
        ),
        (
            "r.yml",
            "rules:\n- name: Acme\n  id: kingfisher.acme.1\n  pattern: |\n    (?x)\n    ACME_ ( [0-9]{12} ) \\b  # the key\n  confidence: medium\n  min_entropy: 1.0\n  pattern_requirements:\n    min_digits: 12\n    ignore_if_contains: ['0000']\n  examples: ['x']\n",
        ),
        (
            "r.yml",
            "detectors:\n- name: Acme Token\n  keywords: [ACME_]\n  regex:\n    key: 'ACME_(\\d{12})\\b'\n  exclude_words: ['0000']\n  validations:\n    key: {contains_digit: true}\n",
        ),
        ("r.yml", "custom_patterns:\n- 'ACME_(\\d{12})\\b'\nallowed_patterns:\n- 'ACME_\\d*0000\\d*'\n"),
        ("config", "[core]\n\tbare = false\n[secrets]\n\tpatterns = \"ACME_[0-9]{12}\"\n\tallowed = 0000\n"),
    ]
}

#[test]
fn rules_are_imported_with_their_exceptions() {
    for (name, text) in rule_files() {
        let repo = Repo::new();
        repo.write(name, text);
        let outcome = repo.run(&["config", "import", name]);
        assert_eq!(outcome.code, 0, "{text}: {outcome:?}");
        repo.remove(name);
        let checked = repo.run(&["config", "check"]);
        assert_eq!(checked.code, 0, "{text}: {checked:?}");
        repo.write("a.txt", "one ACME_123456789012 two\n");
        let outcome = repo.run_json(&["scan", "a.txt"]);
        assert_eq!(outcome.code, 1, "{text}: {}", outcome.stdout);
        for clean in ["ACME_123400009012", "ACME_12345678901", "XACME123456789012"] {
            repo.write("a.txt", format!("one {clean} two\n"));
            let outcome = repo.run_json(&["scan", "a.txt"]);
            assert_eq!(outcome.code, 0, "{clean} {text}: {}", outcome.stdout);
        }
        // The same files give the same bytes, and nothing is written over.
        repo.write(name, text);
        let config = std::fs::read(repo.path().join("keydredge.toml")).expect("it is there");
        assert!(repo.run(&["config", "import", name]).exits(2).stderr.contains("--force"));
        repo.run(&["config", "import", name, "--force"]).exits(0);
        assert_eq!(std::fs::read(repo.path().join("keydredge.toml")).expect("it is there"), config);
        let shown = repo.run(&["config", "import", name, "--dry-run", "--output", "other.toml"]).exits(0);
        assert!(
            shown.stdout.contains("\n[[rules]]\nid = ") && !repo.path().join("other.toml").exists(),
            "{shown:?}"
        );
    }
}

#[test]
fn what_has_no_meaning_here_is_an_error_with_file_line_and_key_or_told_one_by_one() {
    let table = [
        (
            "r.yml",
            "rules:\n- name: A\n  id: kingfisher.a.1\n  pattern: 'ACME_[0-9]{12}'\n  validation:\n    type: Http\n",
            "r.yml:6",
            "rules[1].validation",
        ),
        (
            "r.yml",
            "rules:\n- name: A\n  id: np.a.1\n  pattern: 'ACME_[0-9]{12}'\n- name: B\n  id: np.b.1\n  pattern: '(?=x)y'\n",
            "r.yml:7",
            "rules[2].pattern",
        ),
        (
            "r.yml",
            "detectors:\n- name: a\n  keywords: [acme]\n  regex: {a: 'ACME_[0-9]{12}'}\n  verify:\n  - endpoint: http://x\n",
            "r.yml:6",
            "detectors[1].verify",
        ),
        (
            "r.toml",
            "[[rules]]\nid = \"a\"\nregex = 'ACME_[0-9]{12}'\nfilter = 'failsTokenEfficiency(finding[\"secret\"])'\nkeywords = ['acme']\n",
            "r.toml:4",
            "rules[1].filter",
        ),
        (
            "r.toml",
            "[[rules]]\nid = \"a\"\nregex = 'ACME_[0-9]{12}'\nnonsense = 3\n",
            "r.toml:4",
            "rules[1].nonsense",
        ),
        (
            "config",
            "[secrets]\n\tproviders = git secrets --aws-provider\n\tpatterns = ACME_[0-9]{12}\n",
            "config:2",
            "secrets.providers",
        ),
        (
            ".talismanrc",
            "custom_patterns: ['ACME_[0-9]{12}']\nthreshold: high\n",
            ".talismanrc:2",
            "threshold",
        ),
        (
            ".secrets.baseline",
            "{\"plugins_used\": [{\"name\": \"HexHighEntropyString\", \"limit\": 2.0}], \"results\": {}, \"exclude\": {\"files\": \"^x$\", \"lines\": null}}",
            ".secrets.baseline",
            "plugins_used[1].limit",
        ),
    ];
    for (name, text, at, key) in table {
        let repo = Repo::new();
        repo.write(name, text);
        let outcome = repo.run(&["config", "import", name]).exits(2);
        assert!(outcome.stderr.contains(at) && outcome.stderr.contains(key), "{text}: {outcome:?}");
        assert!(!repo.path().join("keydredge.toml").exists());
        let outcome = repo.run(&["config", "import", name, "--partial"]).exits(0);
        assert!(outcome.stderr.contains(at) && outcome.stderr.contains(key), "{text}: {outcome:?}");
        repo.run(&["config", "check"]).exits(0);
    }
}

#[test]
fn no_secret_of_a_file_is_written_down_again() {
    let (token, key) = (github_token(7030), fake("{base62:40}", 7031));
    for (name, text) in [
        (
            ".gitguardian.yaml",
            format!("secret:\n  ignored_matches:\n  - name: {token}\n    match: {token}\n"),
        ),
        (".gitallowed", format!("^{token}$\nexample\n")),
        (".talismanrc", format!("allowed_patterns: ['{token}', 'example']\n")),
        ("config", format!("[secrets]\n\tpatterns = {key}\n\tpatterns = ACME_[0-9]+\n")),
        (
            ".secrets.baseline",
            format!(
                "{{\"results\": {{}}, \"filters_used\": [{{\"path\": \"detect_secrets.filters.regex.should_exclude_secret\", \"pattern\": [\"{token}\", \"^example\"]}}]}}"
            ),
        ),
        (
            "r.yml",
            format!(
                "rules:\n- name: A\n  id: kingfisher.a.1\n  pattern: 'ACME_[0-9]{{12}}'\n  confidence: high\n  examples: ['{token}']\n"
            ),
        ),
    ] {
        let repo = Repo::new();
        repo.write(name, text);
        let outcome = repo.run(&["config", "import", name, "--partial"]).exits(0);
        let mut written = outcome.stdout + &outcome.stderr;
        for file in ["keydredge.toml", "keydredge-rules.toml"] {
            written += &std::fs::read_to_string(repo.path().join(file)).unwrap_or_default();
        }
        assert!(!written.contains(&token) && !written.contains(&key), "{name}: {written}");
        repo.run(&["config", "check"]).exits(0);
    }
}

#[test]
fn an_allow_table_covers_what_it_says_and_no_more() {
    let token = github_token(7040);
    let content = format!("TOKEN={token}\n");
    let table = [
        ("paths = [\"sub/\"]".to_owned(), "sub/a.env", "b.env"),
        ("paths = [\"*.env\", \"!b.env\"]".to_owned(), "a.env", "b.env"),
        ("path-regexes = ['^a\\.env$']".to_owned(), "a.env", "sub/a.env"),
        (format!("hashes = [\"sha256:{}\"]", sha256(&token)), "a.env", ""),
        (
            format!("hashes = [\"sha1:{}\"]\npaths = [\"a.env\"]\ncondition = \"and\"", sha1(&token)),
            "a.env",
            "b.env",
        ),
        ("lines = ['^TOKEN=']".to_owned(), "a.env", ""),
        ("values = ['^ghp_']\nrules = [\"github-pat-classic\"]".to_owned(), "a.env", ""),
        ("words = [\"GHP_\"]".to_owned(), "a.env", ""),
        (format!("files = [{{ path = \"a.env\", sha256 = \"{}\" }}]", sha256(&content)), "a.env", "b.env"),
    ];
    for (text, covered, open) in table {
        let repo = Repo::new();
        repo.write("keydredge.toml", format!("[[allow]]\nreason = \"made up\"\n{text}\n"));
        repo.write(covered, &content);
        let outcome = repo.run_json(&["scan", covered]);
        assert!(outcome.code == 0 && outcome.says("made up"), "{text}: {}", outcome.stdout);
        if !open.is_empty() {
            repo.write(open, &content);
            let outcome = repo.run(&["scan", open]);
            assert_eq!(outcome.code, 1, "{text}: {}", outcome.stdout);
        }
    }
    for (text, said) in [
        ("[[allow]]\nreason = \"x\"\n", "keydredge.toml:1"),
        ("[[allow]]\nvalues = ['(']\n", "keydredge.toml:2"),
        ("[[allow]]\nvalues = ['']\n", "empty"),
        ("[[allow]]\nhashes = ['md5:00']\n", "sha256"),
        ("[[allow]]\nvalue = ['x']\n", "Did you mean `values`?"),
        ("[[allow]]\nvalues = ['x']\nlines = ['y']\n", "keydredge.toml:3"),
        ("allow = [1]\n", "keydredge.toml:1"),
    ] {
        let repo = Repo::new();
        repo.write("keydredge.toml", text).write("a", "x\n");
        let outcome = repo.run(&["scan", "a"]).exits(2);
        assert!(outcome.stderr.contains(said), "{text}: {outcome:?}");
    }
    // Rules before and after a table of another kind keep their lines.
    let rule = "[[rules]]\nid = \"acme-key\"\ndescription = \"d\"\nregex = 'acme_[0-9a-f]{32}'\nexamples = [\"acme_{hex:32}\"]\nnegatives = [\"acme_\"]\n";
    let repo = Repo::new();
    repo.write(
        "keydredge.toml",
        format!("{rule}\n[[allow]]\nvalues = ['^x']\n\n{}", rule.replace("acme", "other")),
    );
    repo.run(&["config", "check"]).exits(0);
    repo.write("a", format!("k {}\n", fake("other_{hex:32}", 3)));
    repo.run(&["scan", "a"]).exits(1);
}

#[test]
fn betterleaks_own_file_is_not_looked_into_by_its_own_rules() {
    let repo = Repo::new();
    let token = github_token(7020);
    let settings = "[[rules]]\nid = \"acme\"\ndescription = \"as in acme_ab12cd34\"\nregex = '''acme_[a-z0-9]{8}'''\n\
                    keywords = [\"acme_\"]\n[extend]\nuseDefault = true\n";
    repo.write(".betterleaks.toml", settings).write("a", "x\n");
    repo.run(&["scan"]).exits(0);
    repo.commit("one");
    repo.run(&["history"]).exits(0);
    // Its rules count elsewhere, and ours in its file too.
    repo.write("below/.betterleaks.toml", "acme_ab12cd34\n");
    let places = repo.run_json(&["scan"]).exits(1).findings()[0]["occurrences"].clone();
    let covered = "it is in betterleaks's own configuration";
    assert!(places[0]["suppressed_by"].as_str().is_some_and(|by| by.contains(covered)), "{places}");
    assert_eq!(
        (&places[1]["path"], &places[1]["suppressed_by"]),
        (&"below/.betterleaks.toml".into(), &serde_json::Value::Null)
    );
    repo.remove("below/.betterleaks.toml").write(".betterleaks.toml", format!("{settings}# {token}\n"));
    assert!(repo.run_json(&["scan"]).exits(1).found().iter().any(|(rule, _)| rule == "github-pat-classic"));
    repo.write("betterleaks.toml", "filter = 'true'\n[extend]\nuseDefault = true\n")
        .remove(".betterleaks.toml");
    let refused = repo.run(&["scan", "-c", "betterleaks.toml"]).exits(2);
    assert!(refused.says("`--rules betterleaks.toml` takes its rules"), "{refused:?}");
}
