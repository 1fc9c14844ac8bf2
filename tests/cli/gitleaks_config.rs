//! `.gitleaks.toml`, honoured in every command as gitleaks honours it.
//!
//! What is expected here was compared with gitleaks 8.30; see docs/gitleaks.md for what differs.

use crate::harness::{Outcome, Repo, github_token};
use std::collections::BTreeSet;

/// Rule, path and line of each place that is not covered.
pub(crate) fn spots(outcome: &Outcome) -> BTreeSet<String> {
    let mut spots = BTreeSet::new();
    for finding in outcome.findings() {
        for one in finding["occurrences"].as_array().expect("a finding has occurrences") {
            if one["suppressed_by"].is_null() && finding["suppressed_by"].is_null() {
                let text = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
                let rule = finding["rule"].as_str().expect("a finding has a rule");
                spots.insert(format!("{rule} {}:{}", text("path"), one["line"]));
            }
        }
    }
    spots
}

fn rule(body: &str) -> String {
    format!("[[rules]]\nid = \"acme\"\nregex = '''acme_([a-z0-9]{{10}})'''\nkeywords = [\"acme_\"]\n{body}\n")
}

const FILES: [(&str, &str); 3] = [
    ("a.txt", "one\nx acme_0123456789\nx = acme_aaaaaaaaaa\n"),
    ("docs/b.txt", "y acme_9876543210 # sample\n"),
    ("c.txt", "other 0123456789\nid 42\n"),
];

/// A repository with [`FILES`] and a configuration, committed.
fn configured(config: &str) -> Repo {
    let repo = Repo::new();
    for (path, text) in FILES {
        repo.write(path, text);
    }
    repo.write(".gitleaks.toml", config);
    repo.commit("one");
    repo
}

const ALL: [&str; 3] = ["acme a.txt:2", "acme a.txt:3", "acme docs/b.txt:1"];

#[test]
fn rules_and_allowlists_have_the_meaning_they_have_in_gitleaks() {
    let (two, three, docs) = (ALL[0], ALL[1], ALL[2]);
    let list = |body: &str| rule(&format!("[[rules.allowlists]]\n{body}"));
    let global = |body: &str| format!("{}[[allowlists]]\n{body}\n", rule(""));
    let table: Vec<(String, Vec<&str>)> = vec![
        (rule(""), ALL.to_vec()),
        (rule("entropy = 3.0"), vec![two, docs]),
        (rule("path = '''^docs/'''"), vec![docs]),
        (rule("path = '''\\.txt$'''\nsecretGroup = 1"), ALL.to_vec()),
        (list("paths = ['''^docs/''']"), vec![two, three]),
        (list("regexes = ['''^a+$''']"), vec![two, docs]),
        (list("regexes = ['''^acme_a''']"), ALL.to_vec()),
        (list("regexTarget = 'match'\nregexes = ['''^acme_a''']"), vec![two, docs]),
        (list("regexTarget = 'line'\nregexes = ['''sample$''']"), vec![two, three]),
        (list("stopwords = ['AAAA']"), vec![two, docs]),
        (list("stopwords = ['aaaa']\npaths = ['''docs''']"), vec![two]),
        (list("condition = 'AND'\nstopwords = ['9876']\npaths = ['''docs''']"), vec![two, three]),
        (list("condition = '&&'\nstopwords = ['9876']\npaths = ['''a.txt''']"), ALL.to_vec()),
        (list("condition = 'and'\nstopwords = ['9876']\nregexTarget = 'line'\nregexes = ['''sample''']"), vec![two, three]),
        (list("stopwords = ['aaaa']\n[[rules.allowlists]]\npaths = ['''docs''']"), vec![two]),
        (rule("[rules.allowlist]\npaths = ['''docs''']"), vec![two, three]),
        (rule("[rules.allowList]\nstopWords = ['aaaa']"), vec![two, docs]),
        (global("paths = ['''docs''']"), vec![two, three]),
        (global("regexes = ['''012''']"), vec![three, docs]),
        (format!("[allowlist]\nstopwords = ['aaaa']\n{}", rule("")), vec![two, docs]),
        (global("targetRules = ['acme']\nstopwords = ['aaaa']"), vec![two, docs]),
        (
            format!("{}[[rules]]\nid = 'other'\nregex = '''other (\\d+)'''\n[[allowlists]]\ntargetRules = ['other']\npaths = ['''.''']", rule("")),
            ALL.to_vec(),
        ),
        (
            format!("{}[[rules]]\nid = 'near'\nregex = '''(?m)^id (\\d+)'''\n[[rules.required]]\nid = 'num'\nwithinLines = 1\n[[rules]]\nid = 'num'\nregex = '''other \\d+'''\nskipReport = true", rule("")),
            vec![two, three, docs, "near c.txt:2"],
        ),
        (
            format!("{}[[rules]]\nid = 'near'\nregex = '''id (\\d+)'''\n[[rules.required]]\nid = 'num'\nwithinLines = 0\n[[rules]]\nid = 'num'\nregex = '''other \\d+'''\nskipReport = true", rule("")),
            ALL.to_vec(),
        ),
        ("[[rules]]\nid = 'digits'\nregex = '''\\b\\d{10}\\b'''".to_owned(), vec!["digits c.txt:1"]),
        ("[[rules]]\nid = 'long'\nregex = '''(?s)one.*aaa'''".to_owned(), vec!["long a.txt:1"]),
        ("[[rules]]\nid = 'far'\nregex = '''x = \\S+'''\nkeywords = ['ONE']".to_owned(), vec!["far a.txt:3"]),
        ("[[rules]]\nid = 'far'\nregex = '''x = \\S+'''\nkeywords = ['absent']\n[[rules]]\nid='n'\nregex='''q{9}'''".to_owned(), vec![]),
        ("[[rules]]\nid = 'Name_1'\npath = '''(^|/)b\\.txt$'''".to_owned(), vec!["Name_1 docs/b.txt:1"]),
    ];
    for (config, wanted) in table {
        let repo = configured(&config);
        let wanted: BTreeSet<String> = wanted.into_iter().map(str::to_owned).collect();
        let code = i32::from(!wanted.is_empty());
        for command in [&["scan"][..], &["history"]] {
            let outcome = repo.run_json(command).exits(code);
            assert_eq!(spots(&outcome), wanted, "{command:?} with\n{config}");
        }
    }
}

#[test]
fn every_command_that_reads_settings_reads_them() {
    let config = rule("[[rules.allowlists]]\npaths = ['''^docs/''']\nstopwords = ['aaaa']");
    let repo = Repo::new();
    repo.write(".gitleaks.toml", &config);
    repo.commit("settings");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    for (path, text) in FILES {
        repo.write(path, text);
    }
    repo.stage();
    let wanted = BTreeSet::from([ALL[0].to_owned()]);
    assert_eq!(spots(&repo.run_json(&["staged"]).exits(1)), wanted);
    let hook = repo.run(&["hook", "run"]).exits(1);
    assert!(hook.stdout.contains("a.txt:2") && !hook.stdout.contains("a.txt:3"), "{}", hook.stdout);
    repo.run(&["hook", "run", "docs/b.txt"]).exits(0);
    repo.commit("leak");
    for command in [&["diff", "main..topic"][..], &["history"], &["scan"], &["scan", "a.txt"]] {
        assert_eq!(spots(&repo.run_json(command).exits(1)), wanted, "{command:?}");
    }
    repo.run(&["baseline", "write"]).exits(0);
    repo.run(&["scan"]).exits(0);
    let within = repo.run_with("docs", &["scan", "-f", "json"], &[], b"").exits(0);
    assert!(within.stdout.contains(".gitleaks.toml"), "{}", within.stdout);
    let input = repo.run_with(".", &["scan", "-", "-f", "json"], &[], b"acme_5555566666\n").exits(1);
    assert_eq!(input.found()[0].0, "acme");
}

#[test]
fn what_is_encoded_is_found_with_the_rules_of_the_file_too() {
    let encoded = [
        ("one.txt", data_encoding::BASE64.encode(b"key: acme_1111122222 and more")),
        ("hex.txt", data_encoding::HEXLOWER.encode(b"key: acme_3333344444")),
        ("percent.txt", "acme%5f5555566666".to_owned()),
        (
            "twice.txt",
            data_encoding::BASE64
                .encode(data_encoding::BASE64.encode(b"acme_7777788888 acme_9999900000").as_bytes()),
        ),
    ];
    let repo = Repo::new();
    repo.write(".gitleaks.toml", rule(""));
    for (path, text) in &encoded {
        repo.write(path, format!("first\ndata = {text}\n"));
    }
    repo.commit("one");
    let wanted = ["acme hex.txt:2", "acme one.txt:2", "acme percent.txt:2", "acme twice.txt:2"];
    for command in [&["scan"][..], &["history"]] {
        let outcome = repo.run_json(command).exits(1);
        assert_eq!(spots(&outcome), wanted.map(str::to_owned).into(), "{command:?}");
        assert_eq!(outcome.findings().len(), 5, "{command:?}: {}", outcome.stdout);
    }
    for (depth, count) in [("0", 0), ("1", 3), ("2", 5)] {
        let arguments = ["as", "gitleaks", "dir", "-r", "-", "-f", "json", "--max-decode-depth", depth];
        let outcome = repo.run(&arguments);
        assert_eq!(outcome.json().as_array().map(Vec::len), Some(count), "{depth}: {}", outcome.stdout);
        assert_eq!(outcome.code, i32::from(count > 0));
    }
}

#[test]
fn rules_that_take_too_much_work_leave_a_file_unread_and_never_clean() {
    let repo = Repo::new();
    let config = "[[rules]]\nid = 'a'\nregex = '''a'''\n[[allowlists]]\nregexes = ['''a''']\n";
    repo.write(".gitleaks.toml", config).write("many.txt", "a ".repeat(60_000)).write("few.txt", "a b\n");
    let outcome = repo.run(&["scan"]).exits(3);
    assert!(outcome.stdout.contains("rules take too much work"), "{}", outcome.stdout);
    repo.run(&["scan", "few.txt"]).exits(0);
    repo.run(&["as", "gitleaks", "dir"]).exits(3);
}

#[test]
fn a_rule_of_the_file_does_not_look_into_the_file_and_ours_do() {
    let repo = Repo::new();
    let config = format!("[extend]\nuseDefault = true\n{}# acme_0123456789\n", rule(""));
    repo.write(".gitleaks.toml", &config).write("sub/.gitleaks.toml", "# acme_9876543210\n");
    repo.commit("one");
    assert_eq!(spots(&repo.run_json(&["scan"]).exits(1)), ["acme sub/.gitleaks.toml:1".to_owned()].into());
    repo.remove("sub/.gitleaks.toml");
    repo.run(&["scan"]).exits(0);
    repo.write(".gitleaks.toml", format!("{config}# see {}\n", github_token(3)));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn the_receipt_names_the_file_and_the_rules_that_it_puts_out_of_force() {
    let repo = configured(&rule(""));
    let settings = repo.run_json(&["scan"]).exits(1).json()["summary"]["settings"].clone();
    let file = &settings["files"][0];
    assert_eq!(file["role"], "gitleaks configuration", "{settings}");
    assert_eq!(file["sha256"].as_str().map(str::len), Some(64), "{settings}");
    assert!(settings["skipped"].as_array().is_some_and(|skipped| skipped.len() > 500), "{settings}");
    assert!(repo.run(&["scan"]).stdout.contains("rules skipped by"), "{settings}");
}

#[test]
fn default_rules_are_ours_and_go_by_the_names_that_gitleaks_gives_them() {
    let token = github_token(1);
    let line = format!("see {token}\n");
    let extend = "[extend]\nuseDefault = true\n";
    let table = [
        (extend.to_owned(), 1),
        (format!("{extend}disabledRules = ['github-pat']"), 0),
        (format!("{extend}disabledRules = ['github-pat-classic']"), 0),
        (format!("{extend}disabledRules = ['gitlab-pat']"), 1),
        (format!("{extend}[[allowlists]]\npaths = ['''^s\\.env$''']"), 0),
        (format!("{extend}[[allowlists]]\ntargetRules = ['github-pat']\npaths = ['''s.env''']"), 0),
        (format!("{extend}[[allowlists]]\ntargetRules = ['gitlab-pat']\npaths = ['''s.env''']"), 1),
        (format!("{extend}[[allowlists]]\nregexes = ['''^ghp_''']"), 0),
        (format!("{extend}[[allowlists]]\nregexTarget = 'line'\nregexes = ['''^see ''']"), 0),
        (format!("{extend}[[allowlists]]\nstopwords = ['{}']", token[10..20].to_lowercase()), 0),
        (format!("{extend}[[rules]]\nid = 'github-pat'\n[[rules.allowlists]]\npaths = ['''s.env''']"), 0),
        (format!("{extend}[[rules]]\nid = 'github-pat'\nregex = '''nothing_here'''"), 0),
        (format!("{extend}[[rules]]\nid = 'acme'\nregex = '''nothing_here'''"), 1),
        ("[[rules]]\nid = 'acme'\nregex = '''nothing_here'''".to_owned(), 0),
    ];
    for (config, code) in table {
        let repo = Repo::new();
        repo.write("s.env", &line).write(".gitleaks.toml", &config);
        repo.commit("one");
        for command in [&["scan"][..], &["history"]] {
            let outcome = repo.run(command);
            assert_eq!(
                outcome.code, code,
                "{command:?} with\n{config}\n{}{}",
                outcome.stdout, outcome.stderr
            );
        }
    }
}

#[test]
fn a_configuration_that_extends_another_is_joined_with_it_as_in_gitleaks() {
    let base = "[[rules]]\nid = 'acme'\nregex = '''acme_[a-z0-9]{10}'''\nkeywords = ['nowhere']\n[[rules]]\nid = 'other'\nregex = '''other \\d+'''\n\
                [[allowlists]]\npaths = ['''docs''']\n";
    let table: [(&str, &[&str]); 6] = [
        ("", &["other c.txt:1"]),
        ("[[rules]]\nid = 'acme'\nkeywords = ['acme']", &["acme a.txt:2", "acme a.txt:3", "other c.txt:1"]),
        ("[[rules]]\nid = 'acme'\nkeywords = ['acme']\nentropy = 3.0", &["acme a.txt:2", "other c.txt:1"]),
        (
            "[[rules]]\nid = 'acme'\nregex = '''x = \\S+'''\nkeywords = ['acme']",
            &["acme a.txt:3", "other c.txt:1"],
        ),
        ("[[rules]]\nid = 'third'\nregex = '''id \\d+'''", &["other c.txt:1", "third c.txt:2"]),
        (
            "[[allowlists]]\ntargetRules = ['other']\npaths = ['''c''']\n[[rules]]\nid = 'third'\nregex = '''id \\d+'''",
            &["third c.txt:2"],
        ),
    ];
    for (body, wanted) in table {
        let repo = configured(&format!("[extend]\npath = 'ci/base.toml'\n{body}"));
        repo.write("ci/base.toml", base);
        let wanted: BTreeSet<String> = wanted.iter().map(|spot| (*spot).to_owned()).collect();
        assert_eq!(spots(&repo.run_json(&["scan"]).exits(1)), wanted, "{body}");
    }
    let repo = configured("[extend]\npath = 'base.toml'\ndisabledRules = ['other']\n");
    repo.write(
        "base.toml",
        "[extend]\npath = 'deeper.toml'\n[[rules]]\nid = 'other'\nregex = '''other \\d+'''\n",
    );
    repo.write("deeper.toml", "[[rules]]\nid = 'id'\nregex = '''id \\d+'''\n");
    assert_eq!(spots(&repo.run_json(&["scan"]).exits(1)), BTreeSet::from(["id c.txt:2".to_owned()]));
    repo.write("deeper.toml", "[extend]\npath = 'base.toml'\n");
    let outcome = repo.run(&["scan"]).exits(2);
    assert!(outcome.stderr.contains("deeper.toml:2"), "{}", outcome.stderr);
    repo.remove("deeper.toml");
    let outcome = repo.run(&["scan"]).exits(2);
    assert!(
        outcome.stderr.contains("base.toml:2") && outcome.stderr.contains("extend.path"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn what_is_not_understood_is_an_error_with_file_line_and_key() {
    let table = [
        ("\n[alowlist]\npaths = ['a']", 2, "alowlist"),
        ("[[rules]]\nid = 'a'\nregx = 'b'", 3, "regx"),
        ("[[rules]]\nid = 'a'\n\nregex = '''(?=x)'''", 4, "rules.regex"),
        ("[[rules]]\nid = 'a'\nregex = '''(a)\\1'''", 3, "rules.regex"),
        ("[[rules]]\nid = 'a'\nregex = 'b'\npath = '['", 4, "rules.path"),
        ("[[rules]]\nid = 'a'\nregex = 'b'\nsecretGroup = 1", 4, "secretGroup"),
        ("[[rules]]\nid = 'a'", 1, "neither `regex` nor `path`"),
        ("[[rules]]\nregex = 'b'", 1, "`id`"),
        ("[[rules]]\nid = 'a'\nregex = 'b'\n[[rules]]\nid = 'a'\nregex = 'c'", 4, "another rule `a`"),
        ("[[rules]]\nid = 'a'\nregex = 'b'\nentropy = 'x'", 4, "rules.entropy"),
        ("[[rules]]\nid = 'a'\nregex = 'b'\nkeywords = [1]", 4, "rules.keywords"),
        (
            "[[rules]]\nid = 'a'\nregex = 'b'\n[[rules.allowlists]]\ncondition = 'XOR'\npaths = ['a']",
            5,
            "condition",
        ),
        (
            "[[rules]]\nid = 'a'\nregex = 'b'\n[[rules.allowlists]]\nregexTarget = 'file'\npaths = ['a']",
            5,
            "regexTarget",
        ),
        ("[[rules]]\nid = 'a'\nregex = 'b'\n[[rules.allowlists]]\ndescription = 'x'", 4, "empty"),
        (
            "[[rules]]\nid = 'a'\nregex = 'b'\n[[rules.allowlists]]\nregexes = ['a', '(']",
            5,
            "rules.allowlists.regexes",
        ),
        ("[[rules]]\nid = 'a'\nregex = 'b'\n[[rules.required]]\nid = 'c'", 1, "requires"),
        (
            "[[rules]]\nid = 'a'\nregex = 'b'\n[allowlist]\npaths = ['a']\n[[allowlists]]\npaths = ['b']",
            4,
            "allowlist",
        ),
        ("[[rules]]\nid = 'a'\nregex = 'b'\n[allowlists]\npaths = ['a']", 4, "[[allowlists]]"),
        ("[[rules]]\nid = 'a'\nregex = 'b'\n[[allowlists]]\ntargetRules = ['z']\npaths = ['a']", 5, "`z`"),
        ("[extend]\nuseDefault = true\ndisabledRules = ['github-pta']", 3, "github-pta"),
        ("[extend]\nuseDefault = true\npath = 'x'", 2, "useDefault"),
        ("[extend]\nurl = 'https://example.org/x'", 2, "extend.url"),
        ("[extend]\nuseDefault = true\n[[rules]]\nid = 'github-pat'\nentropy = 4.0", 3, "entropy"),
        ("[[allowlists]]\npaths = ['a']", 1, "useDefault = true"),
        ("title = 'x'", 1, "useDefault = true"),
        ("a = 'hunter2", 1, "not TOML"),
        ("filter = 'x'", 1, "filter"),
    ];
    for (config, line, part) in table {
        let repo = configured(config);
        let all = [&["scan"][..], &["history"], &["staged"], &["diff", "HEAD"], &["hook", "run"]];
        // Each command once: the reading is the same.
        let commands = if line == 5 { &all[..] } else { &all[..1] };
        for command in commands {
            let outcome = repo.run(command).exits(2);
            let place = format!(".gitleaks.toml:{line}: ");
            assert!(
                outcome.stderr.contains(&place) && outcome.stderr.contains(part),
                "{config}: {}",
                outcome.stderr
            );
            assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
        }
    }
}

#[test]
fn a_pull_request_does_not_open_the_gate_with_it() {
    let leak = "TOKEN=acme_0123456789\n";
    let with = |body: &str| format!("{}{body}\n", rule(""));
    let table = [
        with("[[allowlists]]\npaths = ['''.''']"),
        with("[[rules.allowlists]]\nstopwords = ['0123']"),
        "[[rules]]\nid = 'acme'\nregex = '''nothing'''".to_owned(),
        "[[rules]]\nid = 'else'\nregex = '''nothing'''".to_owned(),
        rule("entropy = 7.0"),
        "[extend]\nuseDefault = true\n".to_owned(),
        "this is no TOML".to_owned(),
    ];
    for config in table {
        let repo = Repo::new();
        repo.write(".gitleaks.toml", rule(""));
        repo.commit("base");
        repo.git(&["checkout", "-q", "-b", "pr"]);
        repo.write(".gitleaks.toml", &config).write("s.env", leak);
        repo.commit("leak");
        let outcome = repo.run_json(&["diff", "main..pr"]).exits(1);
        let proposed = outcome.json()["summary"]["settings"]["proposed"].to_string();
        assert!(proposed.contains(".gitleaks.toml"), "{config}: {proposed}");
        repo.run(&["diff", "main..pr", "--policy-from", "pr-none.toml"]).exits(2);
    }
    // The change brings the first configuration; each setting is named.
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "pr"]);
    repo.write(".gitleaks.toml", "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''s.env''']\n");
    repo.write("s.env", format!("TOKEN={}\n", github_token(2)));
    repo.commit("leak");
    let outcome = repo.run_json(&["diff", "main..pr"]).exits(1);
    let proposed = outcome.json()["summary"]["settings"]["proposed"].to_string();
    for setting in ["extend.useDefault", "allowlists.1.paths"] {
        assert!(proposed.contains(setting), "{proposed}");
    }
    repo.run(&["diff", "main..pr", "--policy-from", "HEAD"]).exits(0);
    repo.run(&["diff", "main..pr", "-c", ".gitleaks.toml"]).exits(2);
    // What the base allows stays allowed, unless the change takes it away.
    let allowing = with("[[allowlists]]\npaths = ['''s.env''']");
    let repo = Repo::new();
    repo.write(".gitleaks.toml", &allowing);
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "pr"]);
    repo.write("s.env", leak);
    repo.commit("allowed");
    repo.run(&["diff", "main..pr"]).exits(0);
    repo.write(".gitleaks.toml", rule(""));
    repo.commit("taken away");
    repo.run(&["diff", "main..pr"]).exits(1);
}

#[test]
fn a_file_of_gitleaks_may_be_named_and_both_configurations_apply() {
    let repo = configured("[[rules]]\nid = 'none'\nregex = '''nothing_at_all'''\n");
    repo.run(&["scan"]).exits(0);
    repo.write("team-gitleaks.toml", rule("")).write("x.toml", format!("title = 'x'\n{}", rule("")));
    repo.write("y.toml", rule("[[rules.allowlists]]\npaths = ['''^z''']"));
    for name in ["team-gitleaks.toml", "x.toml", "y.toml"] {
        let outcome = repo.run_json(&["scan", "-c", name, "a.txt"]).exits(1);
        assert_eq!(spots(&outcome), ALL[..2].iter().map(|spot| (*spot).to_owned()).collect(), "{name}");
    }
    // Ours with rules of its own, and exclusions; a rule of an id that both have is ours.
    let ours = "exclude = ['docs/']\n[[rules]]\nid = 'acme'\ndescription = 'ours'\nregex = '''x = acme_[a-z0-9]{10}'''\n\
                severity = 'high'\nconfidence = 'high'\n";
    let repo = configured(&rule(""));
    repo.write("keydredge.toml", ours);
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(spots(&outcome), BTreeSet::new(), "{}", outcome.stdout);
    repo.write("a.txt", "x = acme_4829105736\n");
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.findings()[0]["description"], "ours");
}
