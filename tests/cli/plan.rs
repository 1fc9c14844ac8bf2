//! `plan`: what it says, the patches that it writes in each language, and what `plan check` says of it later.

#![expect(clippy::print_stderr, reason = "says which compilers and parsers are not here to look at a file")]

use crate::harness::{Outcome, Repo, fake, github_token};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A password that nobody chose.
fn password(seed: u64) -> String {
    fake("{alnum:24}", seed)
}

/// A folder outside the repository, not there yet.
fn outside(repo: &Repo, name: &str) -> String {
    repo.home().join(name).to_str().expect("a temporary path is UTF-8").to_owned()
}

/// Plans for Vault: the plan, its patches in order, and everything that was printed.
#[track_caller]
fn planned(repo: &Repo) -> (Value, Vec<String>, Outcome) {
    let folder = outside(repo, "patches");
    let outcome = repo.run(&["plan", "--to", "vault", "-f", "json", "--patches", &folder]).exits(0);
    let plan = outcome.json();
    let mut patches: Vec<String> = fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path().to_str().expect("UTF-8").to_owned())
        .collect();
    patches.sort();
    (plan, patches, outcome)
}

/// What the plan says of each place in a file: `path change why`.
fn changes(plan: &Value) -> BTreeMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut all = BTreeMap::new();
    for batch in list(&plan["batches"]) {
        for secret in list(&batch["secrets"]) {
            for place in list(&secret["places"]).iter().filter(|place| place["kind"] == "file") {
                let at = format!("{}:{}", text(&place["path"]), place["line"]);
                all.insert(at, (text(&place["change"]), text(&place["why"])));
            }
        }
    }
    all
}

/// A text with `secret` in the place of each `S` that is a word of its own.
fn filled(text: &str, secret: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_part = |one: Option<&char>| one.is_some_and(|one| one.is_alphanumeric() || *one == '_');
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        if *letter == 'S' && !is_part(before) && !is_part(letters.get(at + 1)) {
            out.push_str(secret);
        } else {
            out.push(*letter);
        }
    }
    out
}

/// A file before and after, with `S` for a secret of its own.
struct Case {
    path: &'static str,
    before: &'static str,
    after: &'static str,
}

const CASES: &[Case] = &[
    Case {
        path: "a.py",
        before: "\"\"\"About.\"\"\"\nfrom __future__ import annotations\nimport sys\n\nPASSWORD = \"S\"  # it's\n\n\ndef f():\n    return dict(password='S', other=\"it's\")\n",
        after: "\"\"\"About.\"\"\"\nfrom __future__ import annotations\nimport os\nimport sys\n\nPASSWORD = os.environ[\"PASSWORD\"]  # it's\n\n\ndef f():\n    return dict(password=os.environ[\"PASSWORD\"], other=\"it's\")\n",
    },
    Case {
        path: "url.py",
        before: "#!/usr/bin/env python3\n# Orders.\nurl = \"postgres://app:S@db.internal:5432/orders\"\n",
        after: "#!/usr/bin/env python3\n# Orders.\nimport os\nurl = \"postgres://app:\" + os.environ[\"PASSWORD\"] + \"@db.internal:5432/orders\"\n",
    },
    Case {
        path: "a.js",
        before: "const re = /[\"']/;\nconst apiToken = 'S';\nmodule.exports = { password: `S`, apiToken };\n",
        after: "const re = /[\"']/;\nconst apiToken = process.env.PASSWORD ?? (() => { throw new Error(\"PASSWORD is not set\"); })();\nmodule.exports = { password: process.env.PASSWORD ?? (() => { throw new Error(\"PASSWORD is not set\"); })(), apiToken };\n",
    },
    Case {
        path: "a.ts",
        before: "declare const process: { env: Record<string, string | undefined> };\nexport const config: { password: string } = {\n  password: 'S',\n};\n",
        after: "declare const process: { env: Record<string, string | undefined> };\nexport const config: { password: string } = {\n  password: process.env.PASSWORD ?? (() => { throw new Error(\"PASSWORD is not set\"); })(),\n};\n",
    },
    Case {
        path: "go/a.go",
        before: "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nconst dbPassword = \"S\"\n\nfunc main() {\n\tfmt.Println(strings.ToUpper(dbPassword))\n}\n",
        after: "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strings\"\n)\n\nvar dbPassword = os.Getenv(\"PASSWORD\")\n\nfunc main() {\n\tfmt.Println(strings.ToUpper(dbPassword))\n}\n",
    },
    Case {
        path: "goplain/a.go",
        before: "package a\n\nvar password = `S`\n",
        after: "package a\n\nimport \"os\"\n\nvar password = os.Getenv(\"PASSWORD\")\n",
    },
    Case {
        path: "A.java",
        before: "public class A {\n    private static final String PASSWORD = \"S\";\n    char quote = '\"';\n    String url() { return \"jdbc:mysql://root:S@db/x\"; }\n}\n",
        after: "public class A {\n    private static final String PASSWORD = java.util.Objects.requireNonNull(System.getenv(\"PASSWORD\"), \"PASSWORD is not set\");\n    char quote = '\"';\n    String url() { return \"jdbc:mysql://root:\" + java.util.Objects.requireNonNull(System.getenv(\"PASSWORD\"), \"PASSWORD is not set\") + \"@db/x\"; }\n}\n",
    },
    Case {
        path: "a.rb",
        before: "text = <<~TEXT\n  it's\nTEXT\npassword = 'S'\nconnect(password: \"S\")\n",
        after: "text = <<~TEXT\n  it's\nTEXT\npassword = ENV.fetch(\"PASSWORD\")\nconnect(password: ENV.fetch(\"PASSWORD\"))\n",
    },
    Case {
        path: "a.php",
        before: "<p>it's</p>\n<?php\n$password = 'S';\ndefine('DB_PASSWORD', 'S');\n",
        after: "<p>it's</p>\n<?php\n$password = getenv('PASSWORD') ?: exit('PASSWORD is not set');\ndefine('DB_PASSWORD', getenv('PASSWORD') ?: exit('PASSWORD is not set'));\n",
    },
    Case {
        path: "compared.php",
        before: "<?php\nif ($password == 'S') {\n    login();\n}\n",
        after: "<?php\nif ($password == (getenv('PASSWORD') ?: exit('PASSWORD is not set'))) {\n    login();\n}\n",
    },
    Case {
        path: "compared.js",
        before: "module.exports = (password) => password === 'S';\n",
        after: "module.exports = (password) => password === (process.env.PASSWORD ?? (() => { throw new Error(\"PASSWORD is not set\"); })());\n",
    },
    Case {
        path: "a.cs",
        before: "class A {\n    static readonly string Password = \"S\";\n    string Url => \"amqp://app:S@mq/\";\n}\n",
        after: "class A {\n    static readonly string Password = System.Environment.GetEnvironmentVariable(\"PASSWORD\") ?? throw new System.InvalidOperationException(\"PASSWORD is not set\");\n    string Url => \"amqp://app:\" + (System.Environment.GetEnvironmentVariable(\"PASSWORD\") ?? throw new System.InvalidOperationException(\"PASSWORD is not set\")) + \"@mq/\";\n}\n",
    },
    Case {
        path: "a.rs",
        before: "pub fn f<'a>(_: &'a str) -> String {\n    let password = \"S\";\n    f(password);\n    let db_password = \"S\".to_string();\n    db_password\n}\n",
        after: "pub fn f<'a>(_: &'a str) -> String {\n    let password = &*std::env::var(\"PASSWORD\").expect(\"PASSWORD is not set\");\n    f(password);\n    let db_password = std::env::var(\"PASSWORD\").expect(\"PASSWORD is not set\");\n    db_password\n}\n",
    },
    Case {
        path: "a.sh",
        before: "#!/bin/bash\n# it's\nexport PASSWORD='S'\necho \"$(date \"+%F\")\"\nmysql --password=S -e \"select '$1'\"\ncat <<END\npassword=S\nEND\n",
        after: "#!/bin/bash\n# it's\nexport PASSWORD=\"${PASSWORD:?}\"\necho \"$(date \"+%F\")\"\nmysql --password=\"${PASSWORD:?}\" -e \"select '$1'\"\ncat <<END\npassword=${PASSWORD:?}\nEND\n",
    },
    Case {
        path: ".github/workflows/ci.yml",
        before: "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      PASSWORD: S\n      DB_PASSWORD: \"S\"\n    steps: []\n",
        after: "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      PASSWORD: ${{ secrets.PASSWORD }}\n      DB_PASSWORD: \"${{ secrets.PASSWORD }}\"\n    steps: []\n",
    },
    Case {
        path: "docker-compose.yml",
        before: "services:\n  web:\n    environment:\n      PASSWORD: S # comment\n  db:\n    environment:\n      - POSTGRES_PASSWORD=S\n",
        after: "services:\n  web:\n    environment:\n      PASSWORD: ${PASSWORD:?is not set} # comment\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${PASSWORD:?is not set}\n",
    },
    Case {
        path: "k8s/app.yaml",
        before: "apiVersion: apps/v1\nkind: Deployment\nspec:\n  containers:\n    - env:\n        - name: PASSWORD\n          value: \"S\"\n        - name: PORT\n          value: \"80\"\n",
        after: "apiVersion: apps/v1\nkind: Deployment\nspec:\n  containers:\n    - env:\n        - name: PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: REPO-default\n              key: PASSWORD\n        - name: PORT\n          value: \"80\"\n",
    },
    Case {
        path: "src/application.yml",
        before: "spring:\n  datasource:\n    password: S\n    url: jdbc:mysql://app:S@db/x\n",
        after: "spring:\n  datasource:\n    password: ${PASSWORD}\n    url: jdbc:mysql://app:${PASSWORD}@db/x\n",
    },
    Case {
        path: "src/application.properties",
        before: "# it's\nspring.datasource.password=S\n",
        after: "# it's\nspring.datasource.password=${PASSWORD}\n",
    },
    Case {
        path: "tf/main.tf",
        before: "# it's\nresource \"aws_db_instance\" \"a\" {\n  name     = \"a-${terraform.workspace}\"\n  password = \"S\"\n}\n",
        after: "# it's\nresource \"aws_db_instance\" \"a\" {\n  name     = \"a-${terraform.workspace}\"\n  password = var.password\n}\n\nvariable \"password\" {\n  type      = string\n  sensitive = true\n}\n",
    },
    Case {
        path: "tfdefault/main.tf",
        before: "variable \"db_password\" {\n  type    = string\n  default = \"S\"\n}\n",
        after: "variable \"db_password\" {\n  type    = string\n  sensitive = true\n}\n",
    },
    Case {
        path: "image/Dockerfile",
        before: "FROM scratch\nENV PORT=80 PASSWORD=S\nRUN mysql --password=S -e 'select 1'\nCMD [\"a\"]\n",
        after: "FROM scratch\nENV PORT=80\nRUN --mount=type=secret,id=PASSWORD mysql --password=\"$(cat /run/secrets/PASSWORD)\" -e 'select 1'\nCMD [\"a\"]\n",
    },
    Case { path: "app/.env", before: "PORT=80\nPASSWORD=S\n", after: "PORT=80\n" },
    Case {
        path: "crlf.py",
        before: "import os\r\nPASSWORD = \"S\"\r\nx = 1",
        after: "import os\r\nPASSWORD = os.environ[\"PASSWORD\"]\r\nx = 1",
    },
];

/// Runs a tool over a file; `None` if it is not there.
fn check(program: &str, arguments: &[&str], path: &Path) -> Option<bool> {
    let mut command = Command::new(program);
    command.args(arguments).arg(path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("PYTHONPYCACHEPREFIX", std::env::temp_dir());
    let output = match command.output() {
        Ok(output) => output,
        Err(_) => {
            eprintln!("{program} is not installed: {} is not checked by it", path.display());
            return None;
        }
    };
    if !output.status.success() {
        eprintln!(
            "{program}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Some(output.status.success())
}

/// Whether a compiler or parser of its language takes the file.
fn is_accepted(path: &Path) -> Option<bool> {
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    let out = std::env::temp_dir();
    let out = out.to_str().expect("UTF-8");
    let yaml = "import sys, yaml; list(yaml.safe_load_all(open(sys.argv[1])))";
    match end {
        "py" => check("python3", &["-m", "py_compile"], path),
        "js" => check("node", &["--check"], path),
        "ts" => check("tsc", &["--noEmit", "--strict", "--target", "es2022"], path),
        "go" => check("gofmt", &["-l", "-e"], path).map(|is_fine| {
            let output = Command::new("gofmt").arg("-l").arg(path).output().expect("it ran just now");
            is_fine && output.stdout.is_empty()
        }),
        "java" => check("javac", &["-d", &format!("{out}/keydredge-javac")], path),
        "rb" => check("ruby", &["-c"], path),
        "php" => check("php", &["-l"], path),
        "cs" => check("mcs", &["-target:library", &format!("-out:{out}/keydredge-mcs.dll")], path),
        "rs" => {
            check("rustc", &["--edition=2021", "--crate-type=lib", "--emit=metadata", "--out-dir", out], path)
        }
        "sh" => check("bash", &["-n"], path),
        "tf" => check("terraform", &["fmt", "-check=false", "-write=false"], path),
        "yml" | "yaml" => {
            let has_yaml = Command::new("python3").args(["-c", "import yaml"]).stderr(Stdio::null()).status();
            if !has_yaml.is_ok_and(|status| status.success()) {
                eprintln!("python3 has no yaml here: {} is not parsed by it", path.display());
                return None;
            }
            check("python3", &["-c", yaml], path)
        }
        _ => None,
    }
}

#[test]
fn each_language_reads_its_environment_and_still_compiles() {
    let mut missed = BTreeSet::new();
    for (number, case) in CASES.iter().enumerate() {
        let repo = Repo::new();
        let secret = password(100 + number as u64);
        repo.write(case.path, filled(case.before, &secret));
        repo.commit("one");
        let (plan, patches, outcome) = planned(&repo);
        let variable = plan["batches"][0]["secrets"][0]["variable"].as_str().unwrap_or("none").to_owned();
        let what = format!("{}: {:?}", case.path, changes(&plan));
        assert_eq!(patches.len(), 1, "{what}");
        assert!(!outcome.says(&secret), "{what}");
        repo.git(&["apply", "--check", &patches[0]]);
        repo.git(&["apply", &patches[0]]);
        let after = fs::read_to_string(repo.path().join(case.path)).expect("it is there");
        // What the case calls PASSWORD is the variable; its own name may be another.
        let name =
            repo.path().file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        let name: String =
            name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
        let expected = case.after.replace("REPO", name.trim_matches('-'));
        let same =
            |text: &str| text.replace(&variable, "PASSWORD").replace(&variable.to_lowercase(), "password");
        assert_eq!(same(&after), same(&expected), "{what}");
        assert!(!after.contains(&secret), "{what}");
        match is_accepted(&repo.path().join(case.path)) {
            Some(is_accepted) => assert!(is_accepted, "{what}\n{after}"),
            None => {
                missed.insert(case.path);
            }
        }
        let folder = outside(&repo, "plan.json");
        fs::write(&folder, plan.to_string()).expect("it can be written");
        repo.run(&["plan", "check", &folder]).exits(0);
    }
    eprintln!("not looked at by a compiler or parser: {missed:?}");
}

#[test]
fn what_is_not_understood_is_left_to_a_person() {
    let cases: &[(&str, &str, &str)] = &[
        ("a.py", "password = f\"{x}S\"\n", "something else is computed"),
        ("b.py", "password = (\"a\"\n  \"S\")\n", ""),
        ("d.py", "password = \"\"\"S\"\"\"\n", "several lines"),
        ("e.py", "import x as os\npassword = \"S\"\n", "`os` means something else"),
        ("f.py", "import os\npassword = os.environ.get(\"API_PASSWORD\", \"S\")\n", "falls back"),
        ("b.php", "<?php\n$config = ['password' => env('APP_PASSWORD', 'S')];\n", "falls back"),
        ("a.rb", "password = ENV.fetch('API_PASSWORD', 'S')\n", "falls back"),
        ("c.js", "$.ajax({ url: '/login', data: { password: 'S' } });\n", "browser"),
        ("a.ts", "interface A { password: \"S\" }\n", "a type"),
        ("b.js", "const a = <A password=\"S\" />;\n", "JSX"),
        ("a.jsx", "const password = \"S\";\n", "browser"),
        ("a.go", "package a\n\nconst Password = \"S\"\n", "constant"),
        ("b.go", "package a\n\nconst (\n\tpassword = \"S\"\n)\n", "group of constants"),
        ("A.java", "class A {\n  @Login(password = \"S\")\n  void f() {}\n}\n", "annotation"),
        (
            "B.java",
            "class B {\n  static final String PASSWORD = \"S\";\n  @Login(PASSWORD)\n  void f() {}\n}\n",
            "annotation",
        ),
        ("a.php", "<?php\nclass A { private $password = 'S'; }\n", "property"),
        ("a.cs", "class A { const string Password = \"S\"; }\n", "constant"),
        ("b.cs", "class A { void F(string password = \"S\") {} }\n", "default value"),
        ("a.rs", "pub const PASSWORD: &str = \"S\";\n", "constant"),
        ("b.rs", "fn f() { g(Config { password: \"S\" }); }\n", "String"),
        ("a.sh", "cat <<'END'\npassword=S\nEND\n", "nothing is replaced"),
        (
            "a.tf",
            "terraform {\n  backend \"http\" {\n    password = \"S\"\n  }\n}\n",
            "read before there are variables",
        ),
        ("Dockerfile", "FROM a\nARG DB_PASSWORD=S\n", "ARG"),
        ("x/Dockerfile", "FROM a\nENV DB_PASSWORD=S\nRUN login $DB_PASSWORD\n", "is used in the file"),
        (
            "k8s/secret.yaml",
            "apiVersion: v1\nkind: Secret\nstringData:\n  password: S\n",
            "remove this object",
        ),
        ("k8s/t.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  {{- range .x }}\n  password: S\n", "template"),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          login --password=S\n",
            "script",
        ),
        ("settings.json", "{\"password\": \"S\"}\n", "JSON has no expressions"),
        ("settings.ini", "[a]\npassword = S\n", "no expressions"),
        ("settings.yml", "password: S\n", "not known what reads"),
        (".env", "DATABASE_URL=postgres://app:S@db/x\n", "more than the secret"),
    ];
    let repo = Repo::new();
    for (number, (path, text, _)) in cases.iter().enumerate() {
        let secret = password(200 + number as u64);
        repo.write(path, filled(text, &secret));
    }
    repo.commit("one");
    let (plan, patches, _) = planned(&repo);
    let changes = changes(&plan);
    let mut wrong = Vec::new();
    for (path, _, why) in cases {
        let found: Vec<_> = changes
            .iter()
            .filter(|(at, _)| at.rsplit_once(':').is_some_and(|(one, _)| one == *path))
            .collect();
        if found.is_empty()
            || found.iter().any(|(_, (change, said))| change != "by-hand" || !said.contains(why))
        {
            wrong.push(format!("{path}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(patches.is_empty(), "{patches:?}");
}

/// A service in three languages, with a token of GitHub in two files, one secret that is gone, and one in a file of variables.
fn service() -> Repo {
    let repo = Repo::new();
    repo.write("old.py", format!("API_TOKEN = \"{}\"\n", password(9)));
    repo.commit("zero");
    repo.remove("old.py");
    repo.write("app.py", format!("import os\n\nDB_PASSWORD = \"{}\"\n", password(1)))
        .write(
            "web/app.js",
            format!("const githubToken = '{}';\nmodule.exports = githubToken;\n", github_token(1)),
        )
        .write("job.sh", format!("#!/bin/bash\nexport GITHUB_PAT='{}'\n", github_token(1)))
        .write(".env", format!("PORT=80\nMAIL_PASSWORD={}\n", password(2)))
        .write(".github/CODEOWNERS", "* @team\n");
    repo.commit("one");
    repo
}

#[test]
fn a_plan_has_no_secret_for_any_manager_and_each_value_comes_by_a_pipe() {
    let repo = service();
    let secrets = [password(1), password(2), password(9), github_token(1)];
    for (name, manager) in keydredge::plan::SecretManager::ALL {
        for format in ["markdown", "json"] {
            let outcome = repo.run(&["plan", "--to", name, "-f", format]).exits(0);
            assert!(secrets.iter().all(|secret| !outcome.says(secret)), "{name} {format}");
            if format == "markdown" {
                let stores = outcome.stdout.lines().filter(|line| line.contains("--show-secrets | "));
                assert_eq!(stores.count(), 3, "{name}: {}", outcome.stdout);
                continue;
            }
            let plan = outcome.json();
            let errors: Vec<String> = schema().iter_errors(&plan).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            assert_eq!(plan["store"].is_null(), !manager.is_operator());
            let entries: BTreeSet<&str> = plan["batches"]
                .as_array()
                .expect("a list")
                .iter()
                .flat_map(|batch| batch["secrets"].as_array().expect("a list"))
                .filter_map(|secret| secret["entry"].as_str())
                .collect();
            assert_eq!(entries.len(), 4, "{name}: {entries:?}");
        }
    }
    let plan = repo.run(&["plan", "--to", "vault", "-f", "json"]).exits(0).json();
    // The service with the higher impact comes first, and its one secret has one variable for two files.
    let first = &plan["batches"][0];
    assert_eq!((&first["title"], &first["number"]), (&json!("GitHub"), &json!(1)));
    assert_eq!(first["secrets"][0]["variable"], "APP_GITHUB_PAT");
    assert_eq!(first["secrets"][0]["owner"], "@team");
    // One that is only in the history is rotated, and neither stored nor changed.
    let secrets: Vec<Value> = plan["batches"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|batch| batch["secrets"].as_array().expect("a list").clone())
        .collect();
    let gone = secrets.iter().find(|secret| secret["name"] == "API_TOKEN").expect("it is planned");
    assert_eq!((&gone["store"], &gone["in_tip"]), (&json!([]), &json!(false)));
    assert!(gone["rotation"].as_array().is_some_and(|steps| steps.len() > 2));
}

fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string("docs/plan.schema.json").expect("the schema is there");
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    jsonschema::validator_for(&schema).expect("it is a schema")
}

#[test]
fn a_plan_is_followed_and_checked() {
    let repo = service();
    let file = outside(&repo, "plan.json");
    let (plan, patches, _) = planned(&repo);
    fs::write(&file, plan.to_string()).expect("it can be written");
    // Where it says, with a salt of its own that came later.
    repo.run(&["baseline", "write"]).exits(0);
    let before = repo.run(&["plan", "check", &file]).exits(1);
    assert!(before.says("in app.py:3") && before.says("4 planned, 3 left"), "{}", before.stdout);
    for patch in &patches {
        repo.git(&["apply", "--check", patch]);
        repo.git(&["apply", patch]);
    }
    let read = |path: &str| fs::read_to_string(repo.path().join(path)).expect("it is there");
    assert_eq!(read(".env"), "PORT=80\n");
    assert_eq!(read(".env.example"), "MAIL_PASSWORD=\n");
    assert_eq!(read(".gitignore"), "/.env\n");
    assert_eq!(read("job.sh"), "#!/bin/bash\nexport GITHUB_PAT=\"${APP_GITHUB_PAT:?}\"\n");
    let after = repo.run(&["plan", "check", &file]).exits(0);
    assert!(
        after.says("at the tip of HEAD, refs/heads/main") && after.says("no file has any of them"),
        "{}",
        after.stdout
    );
    repo.commit("moved");
    let after = repo.run(&["plan", "check", &file, "-f", "json"]).exits(0).json();
    assert_eq!((&after["left"], &after["complete"]), (&json!(0), &json!(true)));
    let states = |value: &Value| -> Vec<String> {
        let all = value["secrets"].as_array().expect("a list");
        all.iter().map(|one| one["state"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(states(&after), ["gone", "gone", "gone", "gone"]);
    assert_eq!(after["secrets"][0]["in_history"], true);
    assert_eq!(after["secrets"][0]["refs"], json!([]));
    // It is at a new place, which a new entry of the configuration leaves out where the plan knew it.
    repo.write("copy.txt", format!("MAIL_PASSWORD={}\n", password(2)));
    repo.write("app.py", format!("DB_PASSWORD = \"{}\"\n", password(1)));
    repo.write("keydredge.toml", "exclude = [\"app.py\"]\n");
    let again = repo.run(&["plan", "check", &file]).exits(1);
    assert!(again.says("in copy.txt:1 (not there when the plan was made)"), "{}", again.stdout);
    assert!(again.says("in app.py:1"), "{}", again.stdout);
    repo.remove("copy.txt").remove("app.py").remove("keydredge.toml");
    // A rule that is not in force finds nothing, which means nothing.
    let skipped = repo.run(&["plan", "check", &file, "--skip", "generic-password"]).exits(3);
    assert!(skipped.says("not looked for"), "{}", skipped.stdout);
    let bare = outside(&repo, "bare.git");
    repo.git(&["clone", "-q", "--bare", ".", &bare]);
    repo.run(&["plan", "check", &file, &bare]).exits(0);
}

#[test]
fn patches_are_for_the_user_alone_and_outside_the_repository() {
    use std::os::unix::fs::PermissionsExt;
    let repo = service();
    let (_, patches, outcome) = planned(&repo);
    assert!(outcome.stderr.contains("delete them once they are applied"), "{}", outcome.stderr);
    for patch in &patches {
        let mode = fs::metadata(patch).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for inside in ["patches", "./web/../p"] {
        repo.run(&["plan", "--to", "vault", "--patches", inside]).exits(2);
        repo.run(&["plan", "--to", "vault", "--history-rewrite", inside]).exits(2);
        assert!(!repo.path().join("patches").exists());
    }
    let folder = outside(&repo, "patches");
    let refused = repo.run(&["plan", "--to", "vault", "--patches", &folder]).exits(2);
    assert!(refused.says("is not empty"), "{}", refused.stderr);
    let file = outside(&repo, "replace.txt");
    let outcome = repo.run(&["plan", "--to", "sops", "--history-rewrite", &file]).exits(0);
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(text.contains(&format!("literal:{}==>***REMOVED***\n", password(9))), "{text}");
    assert_eq!(text.lines().count(), 4);
    assert!(!outcome.says(&password(9)));
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    repo.run(&["plan", "--to", "sops", "--history-rewrite", &file]).exits(2);
}

#[test]
fn a_value_goes_into_a_pipe_and_nowhere_else() {
    let repo = service();
    let plan = repo.run(&["plan", "--to", "vault", "-f", "json"]).exits(0).json();
    let secret = &plan["batches"][0]["secrets"][0];
    let fingerprint = secret["fingerprint"].as_str().expect("a name");
    let value = repo.run(&["plan", "value", fingerprint, "--show-secrets"]).exits(0);
    assert_eq!((value.stdout, value.stderr), (github_token(1), String::new()));
    let refused = repo.run(&["plan", "value", fingerprint]).exits(2);
    assert!(!refused.says(&github_token(1)));
    repo.run(&["plan", "value", "0000000000000000", "--show-secrets"]).exits(2);
}

#[test]
fn what_cannot_be_planned_is_refused_with_a_sentence() {
    let repo = service();
    for (arguments, says) in [
        (&["plan"][..], "--to"),
        (&["plan", "--to", "lockbox"], "there is no manager `lockbox`"),
        (&["plan", "--to", "vault", "--store", "aws-ssm"], "--store is for"),
        (&["plan", "--to", "csi", "--store", "doppler"], "--store takes"),
        (&["plan", "check", "absent.json"], "absent.json"),
        (&["plan", "check", "app.py"], "no plan"),
    ] {
        let refused = repo.run(arguments).exits(2);
        assert!(refused.says(says), "{arguments:?}: {}", refused.stderr);
    }
    let bare = outside(&repo, "bare.git");
    repo.git(&["clone", "-q", "--bare", ".", &bare]);
    assert!(repo.run(&["plan", &bare, "--to", "vault"]).exits(2).says("work tree"));
    // Accepted secrets are left out.
    repo.run(&["baseline", "write"]).exits(0);
    let outcome = repo.run(&["plan", "--to", "vault"]).exits(0);
    assert!(outcome.says("4 accepted secrets are left out"), "{}", outcome.stdout);
    // What is not read makes a plan that says so.
    repo.write("a.zip", b"PK\x03\x04 this is cut off");
    repo.commit("broken");
    let outcome = repo.run(&["plan", "--to", "vault"]).exits(3);
    assert!(outcome.says("**Not all was read"), "{}", outcome.stdout);
    repo.run(&["plan", "--to", "vault", "--allow-incomplete"]).exits(0);
}
