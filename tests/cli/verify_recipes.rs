//! Every recipe, asked through the program: its live answer, its dead answer, and noise.

use crate::harness::Repo;
use crate::providers::{Providers, Reply};
use keydredge::rules::Catalogue;
use keydredge::rules::recipe::{Evidence, Method, Recipe};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The one that asks about something, with a secret that is in a file of its own.
#[derive(Clone)]
struct Planted {
    recipe: Recipe,
    secret: String,
}

/// A text for `pattern`, which may contain word boundaries and a separator of a name and its value.
fn text_of(pattern: &str, runner: &mut TestRunner) -> String {
    let plain = [
        (r#"["'\s:=]{1,6}"#, "="),
        (r"\b", ""),
        ("$", ""),
        ("(?i)", ""),
        // Labels of hosts, which begin and end with a letter or digit.
        ("[A-Za-z0-9-]{", "[A-Za-z0-9]{"),
        ("[a-z0-9-]{", "[a-z0-9]{"),
        ("{1,63}", "{4,9}"),
        ("{20,600}", "{20,40}"),
    ];
    let plain = plain.into_iter().fold(pattern.to_owned(), |text, (from, to)| text.replace(from, to));
    let strategy = proptest::string::string_regex(&plain).expect("it can be generated");
    strategy.new_tree(runner).expect("it can be generated").current()
}

/// A repository with a file for each recipe: an example of one of its rules, and what must be beside it.
fn planted() -> (Repo, Vec<Planted>) {
    let (repo, catalogue) = (Repo::new(), Catalogue::embedded_in_full());
    let mut runner = TestRunner::deterministic();
    let recipes = Recipe::embedded();
    for recipe in &recipes {
        let rule =
            catalogue.rules().iter().find(|rule| rule.info.id == recipe.rules[0]).expect("the rule is there");
        let example = rule.texts().expect("its texts are sound").examples.swap_remove(0);
        let mut text = String::new();
        for pattern in recipe.beside.values() {
            if !Regex::new(pattern).expect("it is a regex").is_match(&example) {
                text.push_str(&format!("{}\n", text_of(pattern, &mut runner)));
            }
        }
        if recipe.own_hosts {
            text.push_str(&format!("https://{}/\n", own_host(recipe)));
        }
        text.push_str(&format!("{example}\n"));
        repo.write(&format!("conf/{}.env", recipe.id), text);
    }
    let outcome = repo.run_json(&["scan", "--show-secrets", "--min-confidence", "low", "--no-ignore"]);
    let findings = outcome.findings();
    let mut missing = Vec::new();
    let mut planted = Vec::new();
    for recipe in recipes {
        let path = format!("conf/{}.env", recipe.id);
        let is_it = |one: &&Value| {
            let rule = one["rule"].as_str().unwrap_or_default();
            let is_here =
                one["occurrences"].as_array().is_some_and(|all| all.iter().any(|at| at["path"] == path));
            is_here && recipe.rules.iter().any(|id| id == rule)
        };
        match findings.iter().find(is_it) {
            Some(one) => {
                let secret = one["secret"].as_str().expect("secrets are shown").to_owned();
                planted.push(Planted { recipe, secret });
            }
            None => missing.push(path),
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "no finding of these recipes");
    (repo, planted)
}

/// The server of the test's own for a recipe whose provider's customers run some.
fn own_host(recipe: &Recipe) -> String {
    format!("{}.own.example.org", recipe.id)
}

/// An answer as `evidence` describes it, with what `recipe` reads of it.
fn answer(evidence: &Evidence, identity: &BTreeMap<String, String>) -> Reply {
    if let Some(text) = &evidence.text {
        return Reply::Answer(
            evidence.status,
            "content-type: text/plain\r\n".to_owned(),
            text.clone().into_bytes(),
        );
    }
    let mut document = Value::Null;
    for (path, values) in &evidence.is {
        put(&mut document, path, scalar(&values[0]));
    }
    let has = evidence.has.iter().chain(evidence.any.first());
    has.for_each(|path| put(&mut document, path, json!("something")));
    evidence.array.iter().for_each(|path| put(&mut document, path, json!([])));
    let mut headers = "content-type: application/json\r\n".to_owned();
    for (name, path) in identity {
        match path.strip_prefix("header:") {
            Some(header) => headers.push_str(&format!("{header}: its {name}\r\n")),
            None => put(&mut document, path, json!(format!("its {name}"))),
        }
    }
    Reply::Answer(evidence.status, headers, document.to_string().into_bytes())
}

fn scalar(text: &str) -> Value {
    match text {
        "true" => json!(true),
        "false" => json!(false),
        number if number.parse::<i64>().is_ok() => json!(number.parse::<i64>().ok()),
        text => json!(text),
    }
}

/// Puts a value at a path, unless something is there.
fn put(document: &mut Value, path: &str, value: Value) {
    let mut at = document;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        at = match part.parse::<usize>() {
            Ok(index) => {
                if !at.is_array() {
                    *at = json!([]);
                }
                let all = at.as_array_mut().expect("it is one now");
                all.resize(all.len().max(index + 1), Value::Null);
                &mut all[index]
            }
            Err(_) => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                at.as_object_mut().expect("it is one now").entry(part).or_insert(Value::Null)
            }
        };
    }
    if at.is_null() {
        *at = value;
    }
}

/// Runs the program over all recipes with providers that answer a planted secret with `reply`, and anything else as a
/// wrong one; returns state and whole answer, by recipe.
fn run(
    repo: &Repo,
    planted: &[Planted],
    reply: impl Fn(&Recipe) -> Reply + Send + Sync + 'static,
) -> (BTreeMap<String, Value>, Vec<crate::providers::Asked>) {
    let mut hosts = BTreeSet::new();
    let plan = repo.run_json(
        &[&["scan", "--verify=plan", "--verify-risky", "--min-confidence", "low", "--no-ignore"][..]]
            .concat(),
    );
    for finding in plan.findings() {
        for request in finding["verification"]["requests"].as_array().into_iter().flatten() {
            let host =
                request.as_str().and_then(|text| text.split("https://").nth(1)?.split(['/', ',']).next());
            hosts.extend(host.map(str::to_owned));
        }
    }
    let own: Vec<String> =
        planted.iter().filter(|one| one.recipe.own_hosts).map(|one| own_host(&one.recipe)).collect();
    hosts.extend(own.iter().cloned());
    let by_secret: Arc<Vec<Planted>> = Arc::new(planted.to_vec());
    let providers = Providers::new(hosts.iter().map(String::as_str), move |asked| {
        // A secret may be a part of another one.
        let all = by_secret.iter().filter(|one| asked.carries(&one.secret));
        if let Some(one) = all.max_by_key(|one| one.secret.len()) {
            return reply(&one.recipe);
        }
        let path = asked.line.split(' ').nth(1).unwrap_or_default();
        let is_of = |recipe: &Recipe| is_asked_by(recipe, &asked.host, path, &asked.line);
        match by_secret.iter().find(|one| is_of(&one.recipe)) {
            Some(one) => answer(&one.recipe.dead[0], &BTreeMap::new()),
            None => panic!("nobody asks this: {asked:?}"),
        }
    });
    let mut flags: Vec<String> =
        ["scan", "--format", "json", "--verify-risky", "--min-confidence", "low", "--no-ignore"]
            .map(str::to_owned)
            .to_vec();
    flags.extend(["--verify-requests", "9999"].map(str::to_owned));
    flags.extend(providers.flags());
    for host in own {
        flags.extend(["--allow-host".to_owned(), host]);
    }
    let outcome = repo.run(&flags.iter().map(String::as_str).collect::<Vec<_>>()).exits(1);
    for one in planted.iter().filter(|one| one.secret.len() > 12) {
        assert!(!outcome.says(&one.secret), "{}: its secret is printed", one.recipe.id);
    }
    let mut told = BTreeMap::new();
    for finding in outcome.findings() {
        let verification = &finding["verification"];
        let paths = finding["occurrences"].as_array().expect("it has places");
        if let Some(id) = verification["recipe"].as_str()
            && paths.iter().any(|at| at["path"] == format!("conf/{id}.env"))
        {
            told.insert(id.to_owned(), verification.clone());
        }
    }
    (told, providers.asked())
}

/// True if `recipe` asks `host` for `path`.
fn is_asked_by(recipe: &Recipe, host: &str, path: &str, line: &str) -> bool {
    let address = recipe.url.strip_prefix("https://").expect("it is https");
    let (usual, template) = address.split_at(address.find('/').expect("it has a path"));
    let pattern = |template: &str| {
        let parts: Vec<String> = template
            .split('{')
            .map(|part| match part.split_once('}') {
                Some((_, rest)) => format!("[^/]+{}", regex::escape(rest)),
                None => regex::escape(part),
            })
            .collect();
        Regex::new(&format!("^{}$", parts.concat())).expect("it is a regex")
    };
    let mut hosts = std::iter::once(usual).chain(recipe.hosts.iter().map(String::as_str));
    let is_host =
        hosts.any(|one| pattern(one).is_match(host)) || recipe.own_hosts && host == own_host(recipe);
    let method = if recipe.method == Method::Get { "GET " } else { "POST " };
    is_host && pattern(template).is_match(path) && line.starts_with(method)
}

#[test]
fn there_are_recipes_enough_and_each_names_its_source() {
    let recipes = Recipe::embedded();
    assert!(recipes.len() >= 150, "{}", recipes.len());
    for recipe in &recipes {
        assert_eq!(recipe.fault(), None, "{}", recipe.id);
        assert!(recipe.source.len() > 10, "{}", recipe.id);
        for pattern in recipe.beside.values().chain(recipe.within.values()) {
            let regex = Regex::new(pattern);
            assert!(regex.is_ok_and(|regex| regex.captures_len() <= 2), "{}: {pattern}", recipe.id);
        }
    }
}

#[test]
fn each_recipe_tells_live_from_dead_and_both_from_noise() {
    let (repo, planted) = planted();
    let check = |what: &str,
                 wanted: &str,
                 reply: &dyn Fn(&Recipe) -> Option<()>,
                 told: &BTreeMap<String, Value>| {
        let wrong: Vec<String> = planted
            .iter()
            .filter(|one| reply(&one.recipe).is_some())
            .filter(|one| told.get(&one.recipe.id).is_none_or(|verification| verification["state"] != wanted))
            .map(|one| format!("{}: {:?}", one.recipe.id, told.get(&one.recipe.id).map(ToString::to_string)))
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{what}");
    };
    let all = |_: &Recipe| Some(());
    let most = planted.iter().map(|one| one.recipe.live.len().max(one.recipe.dead.len())).max().unwrap_or(0);
    for at in 0..most {
        let (told, asked) = run(&repo, &planted, move |recipe| {
            answer(recipe.live.get(at).unwrap_or(&recipe.live[0]), &recipe.identity)
        });
        check("live", "live", &all, &told);
        for one in &planted {
            let identity = &told[&one.recipe.id]["identity"];
            for name in one.recipe.identity.keys() {
                assert!(identity[name].is_string(), "{}: {name}: {identity}", one.recipe.id);
            }
        }
        // In headers and bodies, never in a URL; the made-up one goes first.
        for request in &asked {
            let shown =
                planted.iter().find(|one| one.secret.len() > 12 && request.line.contains(&one.secret));
            assert!(shown.is_none(), "{}", request.line);
        }
        let (told, _) = run(&repo, &planted, move |recipe| {
            answer(recipe.dead.get(at).unwrap_or(&recipe.dead[0]), &BTreeMap::new())
        });
        check("dead", "dead", &all, &told);
    }
    let json = "content-type: application/json\r\n".to_owned();
    let noises = [
        ("a page for people", Reply::page(200)),
        ("a firewall's page", Reply::page(403)),
        (
            "a redirect",
            Reply::Answer(302, "location: https://sign-in.example.org/\r\n".to_owned(), b"{}".to_vec()),
        ),
        (
            "too often",
            Reply::Answer(429, format!("{json}retry-after: 0\r\n"), b"{\"error\":\"slow down\"}".to_vec()),
        ),
        ("a failure", Reply::json(503, json!({ "error": "unavailable", "message": "unavailable" }))),
        ("nothing", Reply::json(200, "")),
        ("another document", Reply::json(200, json!({ "unrelated": { "of": "something else" } }))),
    ];
    for (what, reply) in noises {
        let (told, _) = run(&repo, &planted, move |_| reply.clone());
        check(what, "unknown", &all, &told);
    }
}
