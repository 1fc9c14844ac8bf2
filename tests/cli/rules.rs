//! `rules list|show|test|check`.

use crate::harness::{Repo, fake, github_token};

#[test]
fn there_are_at_least_150_rules_and_each_can_be_shown() {
    let repo = Repo::plain();
    let outcome = repo.run(&["rules", "list", "--format", "json"]).exits(0);
    let rules = outcome.json().as_array().expect("a list").clone();
    assert!(rules.len() >= 150, "{}", rules.len());
    let text = repo.run(&["rules", "list"]).exits(0).stdout;
    assert!(text.contains("github-pat-classic"));
    let shown = repo.run(&["rules", "show", "github-pat-classic"]).exits(0).stdout;
    assert!(shown.contains("ghp_") && shown.contains("revoke"), "{shown}");
    let unknown = repo.run(&["rules", "show", "github-pat-clasic"]).exits(2);
    assert!(unknown.stderr.contains("github-pat-classic"), "{}", unknown.stderr);
}

#[test]
fn the_page_of_all_kinds_is_up_to_date() {
    let page = Repo::plain().run(&["rules", "list", "--format", "markdown"]).exits(0).stdout;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/kinds.md");
    let kept = std::fs::read_to_string(path).expect("the page can be read");
    assert!(page == kept, "Write it anew: cargo run -- rules list --format markdown > docs/kinds.md");
}

#[test]
fn the_catalogue_passes_its_own_examples() {
    let repo = Repo::plain();
    repo.run(&["rules", "check"]).exits(0);
}

#[test]
fn a_text_can_be_tried() {
    let repo = Repo::plain();
    let outcome = repo.run(&["rules", "test", &format!("x = {}", github_token(1))]).exits(1);
    assert!(outcome.stdout.contains("github-pat-classic"), "{}", outcome.stdout);
    repo.run(&["rules", "test", "nothing"]).exits(0);
}

#[test]
fn a_rule_whose_example_does_not_hold_or_that_never_matches_is_refused() {
    let repo = Repo::plain();
    let rule = |body: &str| {
        format!(
            "[[rules]]\nid = \"acme-key\"\ndescription = \"Acme\"\nseverity = \"high\"\nconfidence = \"high\"\n{body}"
        )
    };
    for (body, word) in [
        (
            "regex = '''acme_[0-9]{8}'''\nkeywords = [\"acme_\"]\nexamples = [\"acme_{digits:7}x\"]\n",
            "example",
        ),
        (
            "regex = '''acme_[0-9]{8}'''\nkeywords = [\"acme_\"]\nexamples = [\"acme_{digits:8}\"]\nnegatives = [\"acme_{digits:8}\"]\n",
            "negative",
        ),
        (
            "regex = '''acme_[0-9]{8}'''\nkeywords = [\"acme_\"]\nentropy = 7.5\nexamples = [\"acme_{digits:8}\"]\n",
            "entropy",
        ),
        (
            "regex = '''acme_[0-9]{8}'''\nkeywords = [\"acme_\"]\nsecretGroup = 3\nexamples = [\"acme_{digits:8}\"]\n",
            "group",
        ),
        ("regex = '''[0-9]+'''\n", "keyword"),
    ] {
        repo.write("mine.toml", rule(body));
        let outcome = repo.run(&["rules", "check", "mine.toml"]).exits(2);
        assert!(
            outcome.says("mine.toml") && outcome.says(word),
            "{word}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
    }
    repo.write(
        "mine.toml",
        rule("regex = '''acme_[0-9a-f]{16}'''\nkeywords = [\"acme_\"]\nexamples = [\"k: acme_{hex:16}\"]\nnegatives = [\"acme_{hex:15}\"]\n"),
    );
    repo.run(&["rules", "check", "mine.toml"]).exits(0);
}

#[test]
fn checks_tell_what_is_certain_and_what_cannot_be() {
    let repo = Repo::plain();
    let confidence = |text: &str| {
        repo.write("a.txt", format!("{text}\n"));
        let findings = repo.run_json(&["scan", "--min-confidence", "low"]).findings();
        findings.first().map(|one| one["confidence"].as_str().expect("a word").to_owned())
    };
    let token = github_token(2);
    assert_eq!(confidence(&token).as_deref(), Some("certain"));
    let last = if token.ends_with('0') { '1' } else { '0' };
    assert_eq!(confidence(&format!("{}{last}", &token[..token.len() - 1])), None, "a wrong checksum");
    assert_eq!(confidence(&fake("npm_{base62:30}{crc32-base62:6}", 3)).as_deref(), Some("certain"));
    assert_eq!(confidence(&fake("{pem:rsa}", 4)).as_deref(), Some("certain"));
    assert_eq!(confidence(&fake("{openssh:ed25519}", 5)).as_deref(), Some("certain"));
    assert!(confidence(&fake("x = '{jwt}'", 6)).is_some());
    for (template, told) in [
        ("xoxb-204719385622-718204936517-{base62:24}", "204719385622"),
        ("7204938165:AA{base64url:33}", "7204938165"),
        ("sk_live_51{base62:97}", "acct_1"),
        ("AKIAYVP4CIPPA{base32:7}", "a honeytoken of canarytokens.org"),
        ("{mark}glpat-{gitlab-routable}", "\"user\""),
    ] {
        let token = fake(template, 9);
        repo.write("a.txt", format!("key {token}\n"));
        let outcome = repo.run_json(&["scan", "--min-confidence", "low"]);
        assert!(outcome.stdout.contains(told), "{template}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains(&token), "{template}");
    }
    repo.write("a.txt", format!("key {}\n", fake("ASIAQ{base32:15}", 7)));
    let outcome = repo.run_json(&["scan", "--min-confidence", "low"]);
    assert!(outcome.stdout.contains("account"), "{}", outcome.stdout);
}

#[test]
fn a_provider_s_name_and_a_shape_give_a_value_its_rule() {
    let repo = Repo::new();
    let value = fake("pk.{hex:32}", 1);
    repo.write("app.env", format!("LOCATIONIQ_API_KEY={value}\n"));
    let rules = |arguments: &[&str]| -> Vec<String> {
        let outcome = repo.run_json(arguments);
        outcome.findings().iter().map(|one| one["rule"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(rules(&["scan"]), ["locationiq-api-key"]);
    assert_eq!(rules(&["scan", "--only", "locationiq-api-key"]), ["locationiq-api-key"]);
    assert_eq!(rules(&["scan", "--skip", "locationiq-api-key"]), ["generic-api-key"]);
    assert_eq!(rules(&["scan", "--skip", "generic-api-key"]), ["locationiq-api-key"]);
    // Another value, and the same value under another name, are no key of the provider.
    repo.write("app.env", format!("LOCATIONIQ_API_KEY={}\n", fake("{base62:40}", 2)));
    assert_eq!(rules(&["scan"]), ["generic-api-key"]);
    assert_eq!(rules(&["scan", "--only", "locationiq-api-key"]), [] as [&str; 0]);
    repo.write("app.env", format!("SOME_API_KEY={value}\n"));
    assert_eq!(rules(&["scan"]), ["generic-api-key"]);
    // Whatever a run before left out, the next one is as if it were the first.
    repo.write("app.env", format!("LOCATIONIQ_API_KEY={value}\n"));
    repo.commit("one");
    for (flags, wanted) in [
        (&["history"][..], "locationiq-api-key"),
        (&["history", "--skip", "locationiq-api-key"], "generic-api-key"),
        (&["history"], "locationiq-api-key"),
        (&["history", "--only", "locationiq-api-key"], "locationiq-api-key"),
        (&["history", "--no-cache"], "locationiq-api-key"),
    ] {
        assert_eq!(rules(flags), [wanted], "{flags:?}");
    }
}

#[test]
fn values_of_one_s_own_providers_can_be_named() {
    let repo = Repo::plain();
    let named = "[[named]]\nid = \"acmedemo-key\"\ndescription = \"Acme demo key\"\nprovider = \"Acme\"\nnames = [\"acmedemo\"]\n\
                 shapes = ['\"ad_\" hex:24']\nseverity = \"critical\"\nrevoke = \"ask Ada\"\n";
    repo.write("own.toml", named);
    repo.write("a.yml", format!("acmeDemoToken: \"{}\"\n", fake("ad_{hex:24}", 3)));
    let outcome = repo.run_json(&["scan", "--rules", "own.toml", "a.yml"]).exits(1);
    assert_eq!(outcome.found()[0].0, "acmedemo-key");
    assert_eq!(outcome.findings()[0]["severity"], "critical");
    assert!(repo.run(&["rules", "check", "own.toml"]).exits(0).stdout.contains("1 rules, 0 wrong"));
    for (from, to, said) in [
        ("hex:24", "hexa:24", "own.toml:6"),
        ("names = [\"acmedemo\"]", "names = [\"Acme\"]", "own.toml:5"),
        ("shapes", "shape", "Did you mean `shapes`"),
    ] {
        repo.write("own.toml", named.replace(from, to));
        let outcome = repo.run(&["rules", "check", "own.toml"]).exits(2);
        assert!(outcome.stderr.contains(said), "{said}: {}", outcome.stderr);
    }
}

#[test]
fn a_list_has_what_is_asked_for() {
    let repo = Repo::plain();
    let list = |arguments: &[&str]| {
        let all = [&["rules", "list", "-f", "json"], arguments].concat();
        repo.run(&all).exits(0).json().as_array().expect("a list").clone()
    };
    let all = list(&[]);
    let github = list(&["--provider", "gitHUB"]);
    let by_hand = all.iter().filter(|rule| rule["provider"].to_string().to_lowercase().contains("github"));
    assert_eq!(github.len(), by_hand.count());
    assert!(github.len() > 3 && github.len() < all.len());
    let critical = list(&["--severity", "critical", "--severity", "info"]);
    assert!(critical.iter().all(|rule| rule["severity"] == "critical" || rule["severity"] == "info"));
    assert!(!critical.is_empty() && critical.len() < all.len());
    let tag = all.iter().find_map(|rule| rule["tags"][0].as_str()).expect("some rule has a tag");
    let tagged = list(&["--tag", tag]);
    assert!(!tagged.is_empty() && tagged.iter().all(|rule| rule["tags"].to_string().contains(tag)));
    // All words, and all filters.
    let words = list(&["github", "CLASSIC", "--severity", "critical"]);
    assert_eq!(words.len(), 1, "{words:?}");
    assert_eq!(words[0]["id"], "github-pat-classic");
    let text = repo.run(&["rules", "list", "github-pat-classic"]).exits(0).stdout;
    assert!(text.ends_with(&format!("1 of {} rules\n", all.len())), "{text}");
    let none = repo.run(&["rules", "list", "no-such-word"]).exits(0).stdout;
    assert_eq!(none, format!("0 of {} rules\n", all.len()));
    let page = repo.run(&["rules", "list", "-f", "markdown", "--provider", "github"]).exits(0).stdout;
    assert!(page.contains(&format!("{} rules over ", github.len())), "{page}");
    repo.run(&["rules", "list", "--severity", "huge"]).exits(2);
}
