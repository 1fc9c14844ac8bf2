//! Every recipe, asked through the program: its live answer, its dead answer, and noise.

use crate::harness::Repo;
use crate::providers::{Asked, Providers, Reply};
use keydredge::rules::Catalogue;
use keydredge::rules::recipe::{Evidence, Recipe};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The one that asks about something, with a secret that is in a file of its own.
#[derive(Clone)]
pub(crate) struct Planted {
    pub(crate) recipe: Recipe,
    pub(crate) secret: String,
}

/// A text for `pattern`, which may contain word boundaries and a separator of a name and its value.
pub(crate) fn text_of(pattern: &str, runner: &mut TestRunner) -> String {
    let plain = [
        (r#"["'\s:=>,]{1,6}"#, "="),
        (r"[a-z_.-]{0,", r"[_]{0,"),
        ("[_.-]?", "_"),
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
pub(crate) fn planted() -> (Repo, Vec<Planted>) {
    let (repo, catalogue) = (Repo::new(), Catalogue::embedded_in_full());
    let mut runner = TestRunner::deterministic();
    let recipes = Recipe::embedded();
    for recipe in &recipes {
        let rule = catalogue
            .rules()
            .iter()
            .find(|rule| *rule.info.id == *recipe.rules[0])
            .expect("the rule is there");
        let example = rule.texts().expect("its texts are sound").examples.swap_remove(0);
        let mut text = String::new();
        let of_recipe = rule.info.companions.iter().filter(|one| recipe.beside.contains(&*one.name));
        for pattern in of_recipe.map(|companion| &*companion.regex) {
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
pub(crate) fn own_host(recipe: &Recipe) -> String {
    format!("{}.own.example.org", recipe.id)
}

/// An answer as `evidence` describes it, with what `recipe` reads of it.
pub(crate) fn answer(evidence: &Evidence, identity: &BTreeMap<String, String>) -> Reply {
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
    evidence
        .contains
        .iter()
        .for_each(|(path, part)| put(&mut document, path, json!(format!("It says: {part}."))));
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
pub(crate) fn put(document: &mut Value, path: &str, value: Value) {
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
    match at {
        Value::Null => *at = value,
        Value::Array(all) if all.is_empty() && !value.is_array() => all.push(value),
        _ => {}
    }
}

/// The hosts that are asked about what is planted, by `--verify=plan`.
fn hosts(repo: &Repo, planted: &[Planted]) -> BTreeSet<String> {
    let flags = ["scan", "--verify=plan", "--verify-risky", "--min-confidence", "low", "--no-ignore"];
    let findings = repo.run_json(&flags).findings();
    let lists = findings.iter().filter_map(|finding| finding["verification"]["requests"].as_array());
    let host = |request: &Value| {
        let address = request.as_str()?.split("https://").nth(1)?;
        address.split(['/', ',']).next().map(str::to_owned)
    };
    let own = planted.iter().filter(|one| one.recipe.own_hosts).map(|one| own_host(&one.recipe));
    lists.flatten().filter_map(host).chain(own).collect()
}

/// What the program says of each recipe, and what the providers were asked.
type Told = (BTreeMap<String, Value>, Vec<Asked>);

/// Runs the program over the files of `planted` with providers that answer a planted secret with `reply`, and anything
/// else as a wrong one.
fn run(
    repo: &Repo,
    planted: &[&Planted],
    hosts: &BTreeSet<String>,
    reply: impl Fn(&Recipe) -> Reply + Send + Sync + 'static,
) -> Told {
    let known: Vec<(Planted, Requests)> =
        planted.iter().map(|one| ((*one).clone(), Requests::of(&one.recipe))).collect();
    let providers = Providers::new(hosts.iter().map(String::as_str), move |asked| {
        // A secret may be a part of another one.
        let all = known.iter().filter(|(one, _)| asked.carries(&one.secret));
        if let Some((one, _)) = all.max_by_key(|(one, _)| one.secret.len()) {
            return reply(&one.recipe);
        }
        let (one, _) = known.iter().find(|(_, requests)| requests.contain(asked)).expect("a recipe asks it");
        answer(&one.recipe.dead[0], &BTreeMap::new())
    });
    let mut flags = vec!["scan".to_owned()];
    flags.extend(planted.iter().map(|one| format!("conf/{}.env", one.recipe.id)));
    let fixed =
        ["--format", "json", "--verify-risky", "--min-confidence", "low", "--verify-requests", "9999"];
    flags.extend(fixed.map(str::to_owned));
    flags.extend(providers.flags());
    for one in planted.iter().filter(|one| one.recipe.own_hosts) {
        flags.extend(["--allow-host".to_owned(), own_host(&one.recipe)]);
    }
    let outcome = repo.run(&flags.iter().map(String::as_str).collect::<Vec<_>>()).exits(1);
    let asked = providers.asked();
    for Planted { recipe, secret } in planted.iter().copied().filter(|one| one.secret.len() > 12) {
        assert!(!outcome.says(secret), "{}: its secret is printed", recipe.id);
        let shown = asked.iter().find(|asked| asked.line.contains(secret.as_str()));
        assert!(shown.is_none(), "{}: its secret is in a URL", recipe.id);
    }
    let mut told = BTreeMap::new();
    for finding in outcome.findings() {
        let verification = &finding["verification"];
        let places = finding["occurrences"].as_array().expect("it has places");
        if let Some(id) = verification["recipe"].as_str()
            && places.iter().any(|at| at["path"] == format!("conf/{id}.env"))
        {
            told.insert(id.to_owned(), verification.clone());
        }
    }
    (told, asked)
}

/// The requests of a recipe.
pub(crate) struct Requests {
    hosts: Vec<Regex>,
    path: Regex,
    method: String,
}

impl Requests {
    pub(crate) fn of(recipe: &Recipe) -> Self {
        let address = recipe.url.strip_prefix("https://").expect("it is https");
        let (usual, path) = address.split_at(address.find('/').expect("it has a path"));
        let pattern = |template: &str| {
            let part = |part: &str| match part.split_once('}') {
                Some((_, rest)) => format!("[^/]+{}", regex::escape(rest)),
                None => regex::escape(part),
            };
            let parts: Vec<String> = template.split('{').map(part).collect();
            Regex::new(&format!("^{}$", parts.concat())).expect("it is a regex")
        };
        let own = recipe.own_hosts.then(|| own_host(recipe));
        let hosts = recipe.hosts.iter().chain(&own).map(String::as_str).chain([usual]);
        Self {
            hosts: hosts.map(pattern).collect(),
            path: pattern(path),
            method: format!("{} ", recipe.method),
        }
    }

    pub(crate) fn contain(&self, asked: &Asked) -> bool {
        let path = asked.line.split(' ').nth(1).unwrap_or_default();
        asked.line.starts_with(&self.method)
            && self.hosts.iter().any(|host| host.is_match(&asked.host))
            && self.path.is_match(path)
    }
}

#[test]
fn there_are_recipes_enough_and_each_names_its_source() {
    let recipes = Recipe::embedded();
    assert!(recipes.len() >= 150, "{}", recipes.len());
    for recipe in &recipes {
        assert_eq!(recipe.fault(), None, "{}", recipe.id);
        assert!(recipe.source.len() > 10, "{}", recipe.id);
        for pattern in recipe.within.values() {
            let regex = Regex::new(pattern);
            assert!(regex.is_ok_and(|regex| regex.captures_len() <= 2), "{}: {pattern}", recipe.id);
        }
    }
}

/// Each of `planted` is in the state that is `wanted`.
#[track_caller]
fn check(planted: &[&Planted], told: &BTreeMap<String, Value>, wanted: &str, what: &str) {
    let state = |one: &Planted| told.get(&one.recipe.id).map(|verification| &verification["state"]);
    let wrong: Vec<String> = planted
        .iter()
        .filter(|one| state(one).is_none_or(|state| state != wanted))
        .map(|one| format!("{}: {:?}", one.recipe.id, told.get(&one.recipe.id).map(ToString::to_string)))
        .collect();
    assert_eq!(wrong, Vec::<String>::new(), "{what}");
}

#[test]
fn each_recipe_tells_live_from_dead_and_both_from_noise() {
    let (repo, planted) = planted();
    let hosts = hosts(&repo, &planted);
    let all: Vec<&Planted> = planted.iter().collect();
    let most = |of: fn(&Recipe) -> usize| all.iter().map(|one| of(&one.recipe)).max().unwrap_or(0);
    for at in 0..most(|recipe| recipe.live.len()) {
        let some: Vec<&Planted> = all.iter().copied().filter(|one| one.recipe.live.len() > at).collect();
        let (told, _) = run(&repo, &some, &hosts, move |recipe| answer(&recipe.live[at], &recipe.identity));
        check(&some, &told, "live", "a live answer");
        for Planted { recipe, .. } in &some {
            let identity = &told[&recipe.id]["identity"];
            let missing: Vec<&String> =
                recipe.identity.keys().filter(|name| !identity[name.as_str()].is_string()).collect();
            assert!(missing.is_empty(), "{}: {missing:?} of {identity}", recipe.id);
        }
    }
    for at in 0..most(|recipe| recipe.dead.len()) {
        let some: Vec<&Planted> = all.iter().copied().filter(|one| one.recipe.dead.len() > at).collect();
        let (told, _) = run(&repo, &some, &hosts, move |recipe| answer(&recipe.dead[at], &BTreeMap::new()));
        check(&some, &told, "dead", "a dead answer");
    }
    let json = "content-type: application/json\r\n";
    let redirect = format!("{json}location: https://sign-in.example.org/\r\n");
    let again = format!("{json}retry-after: 0\r\n");
    let noises = [
        ("a page for people", Reply::page(200)),
        ("a firewall's page", Reply::page(403)),
        ("a redirect", Reply::Answer(302, redirect, b"{}".to_vec())),
        ("too often", Reply::Answer(429, again, b"{\"error\":\"slow down\"}".to_vec())),
        ("a failure", Reply::json(503, json!({ "error": "unavailable", "message": "unavailable" }))),
        ("nothing", Reply::json(200, "")),
        ("another document", Reply::json(200, json!({ "unrelated": { "of": "something else" } }))),
    ];
    for (what, reply) in noises {
        let (told, _) = run(&repo, &all, &hosts, move |_| reply.clone());
        check(&all, &told, "unknown", what);
    }
}
