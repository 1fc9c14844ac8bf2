//! `rules new|import`, what `rules check` says beside examples, and `--rules` with other scanners' files.

use crate::harness::{Repo, fake};

#[test]
fn a_rule_is_made_of_secrets_and_none_of_them_is_written() {
    let repo = Repo::plain();
    for (templates, said) in [
        (&["acmedemo_live_{hex:32}"][..], "acmedemo_live_[0-9a-f]{32}"),
        (&["export ACMEDEMO_KEY='ad-v2.{hex:24}.{base62:40}'"], r"ad\-v2\.[0-9a-f]{24}\.[0-9A-Za-z]{40}"),
        (&["adm_{base62:20}{base62:2}", "adm_{base62:30}"], "adm_[0-9A-Za-z]{22,30}"),
        (&["{hex:32}"], "shapes = [\"lower-hex:32\"]"),
        (&["{base62:16}/{base62:12}+{base62:14}"], "shapes = [\"base64:44\"]"),
        (&["{uuid}", "{uuid}"], "names = [\"acmedemo\"]"),
    ] {
        let lines: Vec<String> = (1..).zip(templates).map(|(seed, template)| fake(template, seed)).collect();
        let new =
            ["rules", "new", "--id", "acmedemo-key", "--provider", "Acme Demo", "--severity", "critical"];
        let outcome = repo.run_with(".", &new, &[], lines.join("\n").as_bytes()).exits(0);
        assert!(outcome.stdout.contains(said), "{templates:?}: {}", outcome.stdout);
        for line in &lines {
            let random = line.rsplit(['\'', '_', '.', '/', '-']).find(|part| part.len() >= 8);
            let random = random.expect("a part of it is random");
            assert!(!outcome.says(&random[..8]), "{}{}", outcome.stdout, outcome.stderr);
        }
        repo.write("own.toml", &outcome.stdout);
        let checked = repo.run(&["rules", "check", "own.toml"]).exits(0).stdout;
        assert_eq!(checked, "1 rules, 0 wrong examples\n");
        // Another secret of the kind is found.
        let other = fake(templates[0].trim_start_matches("export ACMEDEMO_KEY='").trim_end_matches('\''), 77);
        repo.write("a.env", format!("ACMEDEMO_API_KEY={other}\n"));
        let found = repo.run_json(&["scan", "--rules", "own.toml", "a.env"]).exits(1);
        assert_eq!(found.found()[0].0, "acmedemo-key", "{templates:?}");
        assert_eq!(found.findings()[0]["severity"], "critical");
    }
}

#[test]
fn what_has_no_form_gives_no_rule_and_is_not_shown() {
    let repo = Repo::plain();
    let new = ["rules", "new", "--id", "acmedemo-key", "--provider", "Acme"];
    for (input, said) in [
        ("", "no secret on standard input"),
        ("correcthorse\nbattery\n", "no form in common"),
        ("two words\n", "has a blank"),
        ("letmein\n", "no form in common"),
    ] {
        let outcome = repo.run_with(".", &new, &[], input.as_bytes()).exits(2);
        assert!(outcome.stderr.contains(said), "{input}: {}", outcome.stderr);
        assert!(input.lines().all(|line| !outcome.says(line)), "{}", outcome.stderr);
    }
    let token = fake("acmedemo_{hex:32}", 1);
    let wrong = ["rules", "new", "--id", "Acme_Key", "--provider", "Acme"];
    let outcome = repo.run_with(".", &wrong, &[], token.as_bytes()).exits(2);
    assert!(outcome.stderr.contains("`id` is `Acme_Key`") && !outcome.says(&token), "{}", outcome.stderr);
    repo.write("there.toml", "");
    let there = [&new[..], &["-o", "there.toml"]].concat();
    repo.run_with(".", &there, &[], token.as_bytes()).exits(2);
    // A kind that is known already is not a new one.
    let known = fake("npm_{base62:30}{crc32-base62:6}", 4);
    let outcome = repo.run_with(".", &new, &[], known.as_bytes()).exits(0);
    assert!(outcome.stderr.contains("`npm-access-token` finds these"), "{}", outcome.stderr);
}

/// Rules for `ACME_` and twelve digits in the forms of other scanners, and what is left out of them.
fn foreign() -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    vec![
        (
            "r.toml",
            "[[rules]]\nid = \"acmedemo-token\"\nregex = '''ACME_(\\d{12})\\b'''\nkeywords = ['acme_']\nspecificity = 3\n",
            None,
        ),
        (
            "r.toml",
            "[[rules]]\nid = \"acmedemo-token\"\nregex = '''ACME_(\\d{12})\\b'''\nvalidate = \"x\"\n",
            Some("r.toml:4: Rule `acmedemo-token`: `rules[1].validate`"),
        ),
        (
            "r.toml",
            "[[rules]]\nid = \"acmedemo-token\"\nregex = '''ACME_(\\d{12})\\b'''\n[[rules.allowlists]]\nregexes = ['0000']\n",
            Some("its 1 allowlists"),
        ),
        (
            "r.yml",
            "rules:\n- name: Acme\n  id: kingfisher.acme.1\n  pattern: |\n    (?x)\n    ACME_ ( [0-9]{12} ) \\b\n  examples: ['x']\n",
            None,
        ),
        (
            "r.yml",
            "rules:\n- name: Acme\n  id: np.acme.1\n  pattern: 'ACME_([0-9]{12})'\n  examples: []\n",
            None,
        ),
        (
            "r.yml",
            "detectors:\n- name: Acme Token\n  keywords: [ACME_]\n  regex:\n    key: 'ACME_(\\d{12})\\b'\n  verify:\n  - endpoint: http://x\n",
            Some("Rule `Acme Token`: `detectors[1].verify`"),
        ),
        ("config", "[core]\n\tbare = false\n[secrets]\n\tpatterns = \"ACME_[0-9]{12}\"\n", None),
        (
            "config",
            "[secrets]\n\tpatterns = \"ACME_[0-9]{12}\"\n\tproviders = cat x\n",
            Some("config:3: `secrets.providers`"),
        ),
    ]
}

#[test]
fn rules_of_other_scanners_become_ours_and_what_does_not_is_named() {
    for (name, text, left_out) in foreign() {
        let repo = Repo::plain();
        repo.write(name, text).write("a.env", "a = ACME_482915700361\n");
        let code = if left_out.is_some() { 3 } else { 0 };
        let outcome = repo.run(&["rules", "import", name]).exits(code);
        assert!(left_out.is_none_or(|said| outcome.stderr.contains(said)), "{text}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("1 rule is written"), "{}", outcome.stderr);
        repo.run(&["rules", "import", name, "--allow-incomplete", "-o", "ours.toml"]).exits(0);
        repo.run(&["rules", "import", name, "-o", "ours.toml"]).exits(2);
        repo.run(&["rules", "check", "ours.toml"]).exits(0);
        // As it is written, and as it is.
        for rules in ["ours.toml", name] {
            let found = repo.run_json(&["scan", "--rules", rules, "a.env"]).exits(1);
            assert_eq!(found.found().len(), 1, "{rules}: {}", found.stdout);
        }
        if let Some(said) = left_out.filter(|said| !said.contains("allowlists")) {
            let scanned = repo.run_json(&["scan", "--rules", name, "a.env"]).exits(1);
            assert!(scanned.says(said), "{}{}", scanned.stdout, scanned.stderr);
        }
    }
}

#[test]
fn what_a_foreign_file_of_rules_allows_is_about_its_rules_alone() {
    let repo = Repo::plain();
    // It also finds what a built-in rule finds, and what it allows there leaves that rule's finding open.
    let rules = "[extend]\nuseDefault = false\n[[rules]]\nid = \"acmedemo-token\"\nregex = '''ACME_(\\d{12})\\b'''\n\
                 [[rules]]\nid = \"acmedemo-npm\"\nregex = '''npm_\\w{36}'''\n[[allowlists]]\npaths = ['''\\.env$''']\n";
    repo.write("r.toml", rules);
    let token = fake("npm_{base62:30}{crc32-base62:6}", 4);
    repo.write("a.env", format!("a = ACME_482915700361\nb = {token}\n"))
        .write("b.txt", "a = ACME_482915700362\n");
    let outcome = repo.run_json(&["scan", "--rules", "r.toml", "a.env", "b.txt"]).exits(1);
    let open: Vec<_> = outcome.findings().into_iter().filter(|one| one["suppressed_by"].is_null()).collect();
    let mut rules: Vec<&str> = open.iter().filter_map(|one| one["rule"].as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["acmedemo-token", "npm-access-token"]);
    assert!(outcome.stdout.contains("only adds"), "{}", outcome.stdout);
    // A key of another tool in a file of ours is a mistake.
    repo.write("own.toml", "[[rules]]\nid = \"a-b\"\ndescription = \"a\"\nseverity = \"low\"\nregex = 'acme_[0-9]{9}'\nspecificity = 1\n");
    let outcome = repo.run(&["scan", "--rules", "own.toml", "a.env"]).exits(2);
    assert!(outcome.stderr.contains("own.toml:6"), "{}", outcome.stderr);
}

#[test]
fn a_check_names_what_leads_nowhere_and_what_others_report() {
    let repo = Repo::plain();
    let rule = |id: &str, keywords: &str| {
        format!(
            "[[rules]]\nid = \"{id}\"\ndescription = \"Acme\"\nregex = '''\\bacmedemo_[0-9a-f]{{32}}\\b'''\nkeywords = [{keywords}]\n\
             examples = ['x: acmedemo_{{hex:32}}']\nnegatives = ['x']\n"
        )
    };
    repo.write("own.toml", rule("acmedemo-key", "'acmedemo_', 'zorro'"));
    let outcome = repo.run(&["rules", "check", "own.toml"]).exits(2);
    assert!(
        outcome
            .stdout
            .contains("own.toml:1: rule `acmedemo-key`: no match is possible at its keyword `zorro`")
    );
    repo.write("own.toml", rule("acmedemo-key", "'acmedemo_'") + &rule("acmedemo-other", "'acmedemo_'"));
    let outcome = repo.run(&["rules", "check", "own.toml"]).exits(0);
    let said = "own.toml:8: rule `acmedemo-other` is never reported: in all its examples `acmedemo-key` is\n";
    assert_eq!(outcome.stdout, format!("{said}2 rules, 0 wrong examples, 1 never reported\n"));
    repo.write("own.toml", rule("npm-access-token", "'acmedemo_'"));
    let outcome = repo.run(&["rules", "check", "own.toml"]).exits(0);
    assert!(outcome.stdout.contains("replaces the built-in rule"), "{}", outcome.stdout);
}

#[test]
fn a_check_measures_each_rule_over_a_text() {
    let repo = Repo::plain();
    let own = "[[rules]]\nid = \"acmedemo-key\"\ndescription = \"Acme\"\nregex = '''acmedemo[a-z ]{0,900}[0-9]{9}'''\n\
               examples = ['acmedemo {digits:9}']\nnegatives = ['x']\n";
    repo.write("own.toml", own).write("text/a/b.txt", "acmedemo and more ".repeat(2_000));
    let outcome = repo.run(&["rules", "check", "own.toml", "--text", "text"]).exits(0).stdout;
    assert!(
        outcome.contains("MB of 1 files: ") && outcome.contains("the slowest rule is `acmedemo-key`"),
        "{outcome}"
    );
    assert!(outcome.contains("       2000  acmedemo-key\n"), "{outcome}");
    repo.run(&["rules", "check", "own.toml", "--text", "nowhere"]).exits(2);
    repo.write("empty/a", "");
    repo.run(&["rules", "check", "own.toml", "--text", "empty"]).exits(2);
}
