//! `reach` and `revoke`: which words an answer means, what is sent, what is written down, and what never is.

use crate::harness::{Outcome, Repo, fake, github_token};
use crate::providers::{Asked, Providers, Reply};
use crate::verify_recipes::{Planted, Requests, answer, own_host, planted, put};
use keydredge::rules::recipe::reach::{ReachAnswer, ReachRecipe};
use keydredge::rules::recipe::revoke::RevokeRecipe;
use keydredge::rules::recipe::{AccessRecipes, Recipe};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const GITHUB: &str = "api.github.com";

/// The flags that lead the program to `providers`.
fn flags(providers: &Providers) -> Vec<String> {
    providers.flags().into_iter().filter(|flag| flag != "--verify").collect()
}

fn run(repo: &Repo, command: &[&str], providers: &Providers) -> Outcome {
    let flags = flags(providers);
    let all: Vec<&str> = command.iter().copied().chain(flags.iter().map(String::as_str)).collect();
    repo.run(&all)
}

/// The fingerprint of the only finding of the repository.
#[track_caller]
fn fingerprint(repo: &Repo) -> String {
    let findings = repo.run_json(&["scan", "--min-confidence", "low"]).findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings[0]["fingerprint"].as_str().expect("it has a name").to_owned()
}

/// The words that a report of `reach` grants.
fn granted(report: &Value) -> BTreeSet<String> {
    let all = report["reach"].as_object().expect("it is an object");
    assert_eq!(all.len(), 6, "{report}");
    all.iter().filter(|(_, one)| one["granted"] == "yes").map(|(word, _)| word.clone()).collect()
}

#[track_caller]
fn is_by_the_schema(report: &Value) {
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/reach.schema.json")).expect("it is JSON");
    assert!(jsonschema::is_valid(&schema, report), "{report}");
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn bad_credentials() -> Reply {
    Reply::json(401, json!({ "message": "Bad credentials" }))
}

fn ada(scopes: &str) -> Reply {
    let body = json!({ "login": "ada", "node_id": "MDQ6" }).to_string();
    let headers = format!("content-type: application/json\r\nx-oauth-scopes: {scopes}\r\n");
    Reply::Answer(200, headers, body.into_bytes())
}

fn with_token(seed: u64) -> (Repo, String) {
    let (repo, token) = (Repo::new(), github_token(seed));
    repo.write("src/app.env", format!("GITHUB_TOKEN={token}\n"));
    (repo, token)
}

#[test]
fn scopes_become_words_and_what_they_do_not_say_is_not_seen() {
    let (repo, token) = with_token(1);
    let name = fingerprint(&repo);
    for (scopes, wanted, code) in [
        ("repo, read:org", "read write admin create_credentials", 0),
        ("admin:org", "read write admin manage_users", 0),
        ("read:user", "read", 0),
        ("", "read", 0),
        ("read:user, brand_new:scope", "read", 3),
    ] {
        let secret = token.clone();
        let scopes_sent = scopes.to_owned();
        let providers = Providers::new([GITHUB], move |asked| {
            if asked.carries(&secret) { ada(&scopes_sent) } else { bad_credentials() }
        });
        let outcome = run(&repo, &["reach", &name, "-f", "json"], &providers).exits(code);
        let report = outcome.json();
        is_by_the_schema(&report);
        assert_eq!(report["state"], "live");
        assert_eq!(report["identity"]["account"], "ada");
        assert_eq!(granted(&report), words(wanted), "{scopes}: {report}");
        let unseen = report["not_looked_at"].to_string();
        assert_eq!(unseen.contains("brand_new:scope"), code == 3, "{unseen}");
        assert!(unseen.contains("which repositories"), "{unseen}");
        assert!(!outcome.says(&token), "{}", outcome.stdout);
        assert!(providers.asked().iter().all(|asked| asked.line == "GET /user"));
        let text = run(&repo, &["reach", &name], &providers).exits(code);
        assert!(text.says("LIVE: api.github.com accepts it (account ada"), "{}", text.stdout);
        assert!(text.says("read_secrets        not seen"), "{}", text.stdout);
    }
}

#[test]
fn a_dead_credential_reaches_nothing_and_a_plan_sends_nothing() {
    let (repo, token) = with_token(1);
    let name = fingerprint(&repo);
    let providers = Providers::new([GITHUB], |_| bad_credentials());
    let dead = run(&repo, &["reach", &name], &providers).exits(0);
    assert!(dead.says("dead: api.github.com rejects it") && dead.says("can do nothing"), "{}", dead.stdout);
    let providers = Providers::new([GITHUB], |_| bad_credentials());
    for command in [&["reach", &name, "--plan"][..], &["revoke", &name, "--plan"]] {
        let plan = run(&repo, command, &providers).exits(0);
        assert!(plan.says("https://api.github.com/") && plan.says("<secret>"), "{}", plan.stdout);
        assert!(!plan.says(&token));
    }
    assert!(providers.asked().is_empty());
    assert!(!repo.home().join("keydredge/revocations.jsonl").exists());
}

#[test]
fn the_form_of_a_token_is_read_without_asking_anyone() {
    let repo = Repo::new();
    let claims =
        data_encoding::BASE64URL_NOPAD.encode(br#"{"iss":"https://idp.example","scope":"read:x admin:y"}"#);
    let head = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let token = format!("{head}.{claims}.{}", fake("{base64url:43}", 3));
    repo.write("a.py", format!("session = '{token}'\n"));
    let name = fingerprint(&repo);
    let outcome = repo.run(&["reach", &name, "-f", "json"]).exits(3);
    let report = outcome.json();
    assert_eq!(granted(&report), words("read admin"), "{report}");
    assert!(report["reach"]["read"]["by"].to_string().contains("by its form"), "{report}");
    is_by_the_schema(&report);
    assert_eq!(report["requests"], 0);
    assert!(!outcome.says(&token));
}

#[test]
fn a_secret_that_only_the_history_has_is_found_and_one_that_nothing_has_is_an_error() {
    let (repo, token) = with_token(1);
    let name = fingerprint(&repo);
    repo.commit("one");
    repo.write("src/app.env", "x=1\n");
    repo.commit("two");
    let providers =
        Providers::new(
            [GITHUB],
            move |asked| if asked.carries(&token) { ada("gist") } else { bad_credentials() },
        );
    let report = run(&repo, &["reach", &name, "-f", "json"], &providers).exits(0).json();
    assert_eq!(granted(&report), words("write"));
    for command in ["reach", "revoke"] {
        let more: &[&str] = if command == "revoke" { &["--yes"] } else { &[] };
        let outcome = run(&repo, &[&[command, "0123456789abcdef"], more].concat(), &providers).exits(2);
        assert!(outcome.says("names no finding here"), "{}", outcome.stderr);
        run(&repo, &[&[command, "no-name"], more].concat(), &providers).exits(2);
    }
}

/// A document with `names` at a path as `reach` reads it.
fn at(parts: &[&str], names: &[String]) -> Value {
    let object = |name: &str, value: Value| Value::Object(Map::from_iter([(name.to_owned(), value)]));
    match parts {
        [] => json!(names),
        ["@keys"] => names.iter().map(|name| (name.clone(), json!([]))).collect::<Map<_, _>>().into(),
        ["@true"] => names.iter().map(|name| (name.clone(), json!(true))).collect::<Map<_, _>>().into(),
        ["*"] => json!(names),
        [chosen, rest @ ..] if chosen.starts_with('[') => {
            let (name, value) = chosen[1..chosen.len() - 1].split_once('=').expect("it is a choice");
            let each = |inner: Value| {
                let mut fields = inner.as_object().expect("fields follow").clone();
                fields.insert(name.to_owned(), json!(value));
                Value::Object(fields)
            };
            if rest.contains(&"*") {
                json!([each(at(rest, names))])
            } else {
                names.iter().map(|one| each(single(rest, one))).collect()
            }
        }
        ["*", rest @ ..] => names.iter().map(|one| single(rest, one)).collect(),
        [name, rest @ ..] => object(name, at(rest, names)),
    }
}

fn single(parts: &[&str], name: &str) -> Value {
    match parts {
        [] => json!(name),
        [field, rest @ ..] => json!({ (*field): single(rest, name) }),
    }
}

fn merge(into: &mut Value, other: Value) {
    match (into, other) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                merge(known.entry(name).or_insert(Value::Null), value);
            }
        }
        (known, other) => *known = other,
    }
}

/// An answer that names all the rights that `step` knows; `base` is the answer without them.
fn answer_with_rights(step: &ReachAnswer, base: Reply) -> Reply {
    let Reply::Answer(status, mut headers, body) = base else { panic!("it is an answer") };
    let mut document: Value = serde_json::from_slice(&body).expect("it is JSON");
    let names: Vec<String> = step.rights.keys().map(|pattern| pattern.replace('*', "x1")).collect();
    for path in &step.names {
        match (path.strip_prefix("header:"), &step.split) {
            (Some(header), split) => {
                let joined = names.join(split.as_deref().unwrap_or(", "));
                let lines = headers.lines().filter(|line| !line.starts_with(&format!("{header}:")));
                headers = lines.map(|line| format!("{line}\r\n")).collect();
                headers.push_str(&format!("{header}: {joined}\r\n"));
            }
            (None, Some(split)) => {
                let parts: Vec<&str> = path.split('.').collect();
                merge(&mut document, single(&parts, &names.join(split)));
            }
            (None, None) => {
                let parts: Vec<&str> = path.split('.').collect();
                merge(&mut document, at(&parts, &names));
            }
        }
    }
    for taken in step.take.values() {
        let is_arn = taken.path.ends_with("Arn");
        let value = if is_arn { "arn:aws:iam::123456789012:user/team/ci" } else { "id-1" };
        merge(&mut document, single(&taken.path.split('.').collect::<Vec<_>>(), value));
    }
    Reply::Answer(status, headers, document.to_string().into_bytes())
}

/// The path of a request as a regex.
fn path_of(template: &str) -> Regex {
    let part = |part: &str| match part.split_once('}') {
        Some((_, rest)) => format!("[^/]+{}", regex::escape(rest)),
        None => regex::escape(part),
    };
    let parts: Vec<String> = template.split('{').map(part).collect();
    Regex::new(&format!("^{}$", parts.concat())).expect("it is a regex")
}

/// The step that a request belongs to; none for the recipe's own.
fn step_of<'s>(known: &'s ReachRecipe, recipe: &Recipe, asked: &Asked) -> Option<&'s ReachAnswer> {
    let address = &recipe.url["https://".len()..];
    let (_, own) = address.split_at(address.find('/').expect("it has a path"));
    let is_own = |step: &ReachAnswer| step.url.is_none() && asked.line.ends_with(&format!(" {own}"));
    known.answers.iter().filter(|step| !is_own(step)).find(|step| {
        let address = step.url.as_ref().map(|url| url.strip_prefix("https://").expect("it is https"));
        let (host, path) = match (address, &step.path) {
            (Some(address), _) => {
                let (host, path) = address.split_at(address.find('/').expect("it has a path"));
                (Some(host), path.to_owned())
            }
            (None, Some(path)) => (None, path.clone()),
            _ => return false,
        };
        let action = step.form.get("Action").map(|action| format!("Action={action}&"));
        asked.line.starts_with(&format!("{} ", step.method))
            && host.is_none_or(|host| host == asked.host)
            && path_of(&path).is_match(asked.line.split(' ').nth(1).unwrap_or_default())
            && action.is_none_or(|action| asked.whole.contains(&action))
    })
}

/// The hosts of a recipe, as far as they are known beforehand.
fn hosts_of(repo: &Repo, name: &str, command: &str, one: &Planted) -> BTreeSet<String> {
    let own = one.recipe.own_hosts.then(|| own_host(&one.recipe));
    let mut flags = vec![command, name, "--plan", "--verify-risky"];
    if let Some(host) = &own {
        flags.extend(["--allow-host", host]);
    }
    let path = format!("conf/{}.env", one.recipe.id);
    flags.push(&path);
    let shown = repo.run(&flags).exits(0).stdout;
    let found = shown.split("https://").skip(1).filter_map(|rest| rest.split(['/', ',', ' ']).next());
    found.map(str::to_owned).chain(own).collect()
}

/// Runs `command` about a planted secret with providers that answer as `reply` says; the made-up token gets a dead answer.
fn about(
    repo: &Repo,
    one: &Planted,
    name: &str,
    command: &[&str],
    reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (Outcome, Vec<Asked>) {
    let hosts = hosts_of(repo, name, command[0], one);
    let (secret, recipe) = (one.secret.clone(), one.recipe.clone());
    let requests = Requests::of(&recipe);
    let providers = Providers::new(hosts.iter().map(String::as_str), move |asked| {
        if !asked.carries(&secret) && requests.contain(asked) {
            return answer(&recipe.dead[0], &BTreeMap::new());
        }
        reply(asked)
    });
    let path = format!("conf/{}.env", one.recipe.id);
    let own = own_host(&one.recipe);
    let mut all = vec![command[0], name, &path, "--verify-risky"];
    all.extend(&command[1..]);
    if one.recipe.own_hosts {
        all.extend(["--allow-host", &own]);
    }
    let outcome = run(repo, &all, &providers);
    assert!(!outcome.says(&one.secret), "{}: its secret is printed", one.recipe.id);
    let asked = providers.asked();
    let leaks = asked.iter().find(|asked| asked.line.contains(&one.secret));
    assert!(leaks.is_none(), "{}: its secret is in a URL", one.recipe.id);
    (outcome, asked)
}

/// The fingerprints of what is planted, by recipe.
fn names_of(repo: &Repo, planted: &[Planted]) -> BTreeMap<String, String> {
    let outcome = repo.run_json(&["scan", "--show-secrets", "--min-confidence", "low", "--no-ignore"]);
    let findings = outcome.findings();
    let name = |one: &Planted| {
        let is_it = |finding: &&Value| finding["secret"] == one.secret.as_str();
        let found = findings.iter().find(is_it).expect("it was found before");
        (one.recipe.id.clone(), found["fingerprint"].as_str().expect("it has a name").to_owned())
    };
    planted.iter().map(name).collect()
}

#[test]
fn each_provider_s_answers_become_words_and_noise_is_what_could_not_be_seen() {
    let (repo, planted) = planted();
    let names = names_of(&repo, &planted);
    let access = AccessRecipes::embedded();
    let (mut mapped, mut wrong) = (0, Vec::new());
    for known in access.reach.iter().filter(|known| !known.answers.is_empty()) {
        let one = planted.iter().find(|one| one.recipe.id == known.recipes[0]).expect("it is planted");
        let name = &names[&one.recipe.id];
        let own = known.answers.iter().find(|step| step.path.is_none() && step.url.is_none()).cloned();
        let reply = {
            let (known, recipe, own) = (known.clone(), one.recipe.clone(), own.clone());
            move |asked: &Asked| match step_of(&known, &recipe, asked) {
                Some(step) => answer_with_rights(step, answer(&step.there[0], &BTreeMap::new())),
                None => {
                    let base = answer(&recipe.live[0], &recipe.identity);
                    own.as_ref().map_or(base.clone(), |own| answer_with_rights(own, base))
                }
            }
        };
        let (outcome, _) = about(&repo, one, name, &["reach", "-f", "json"], reply.clone());
        let report = outcome.json();
        let wanted = known.answers.iter().flat_map(|step| {
            let named = step.rights.values().flatten().filter(|_| !step.names.is_empty());
            named.chain(&step.grants).map(ToString::to_string).collect::<Vec<_>>()
        });
        let (wanted, granted): (BTreeSet<String>, _) = (wanted.collect(), granted(&report));
        let is_right = report["state"] == "live" && report["complete"] == true && wanted.is_subset(&granted);
        if !is_right || outcome.code != 0 {
            wrong.push(format!("{}: wanted {wanted:?}: {report}", one.recipe.id));
        }
        mapped += usize::from(!wanted.is_empty());

        // A further request that meets a page of a firewall could not be seen.
        if known.answers.iter().any(|step| step.path.is_some() || step.url.is_some()) {
            let (steps, recipe, reply) = (known.clone(), one.recipe.clone(), reply);
            let noisy = move |asked: &Asked| match step_of(&steps, &recipe, asked) {
                Some(_) => Reply::page(403),
                None => reply(asked),
            };
            let (outcome, _) = about(&repo, one, name, &["reach", "-f", "json"], noisy);
            let report = outcome.exits(3).json();
            let unseen = report["not_looked_at"].to_string();
            if report["complete"] == true || !unseen.contains("page for people") {
                wrong.push(format!("{}, noise: {report}", one.recipe.id));
            }
        }
        let (outcome, _) = about(&repo, one, name, &["reach", "-f", "json"], |_| Reply::page(200));
        let report = outcome.exits(3).json();
        assert_eq!((&report["state"], &report["complete"]), (&json!("unknown"), &json!(false)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(mapped >= 15, "{mapped} providers name rights");
}

#[test]
fn what_a_vault_s_token_may_do_at_its_paths_becomes_words() {
    let repo = Repo::new();
    let token = fake("hvs.{base64url:95}", 5);
    repo.write("v.env", format!("VAULT_ADDR=https://vault.own.example.org/\nVAULT_TOKEN={token}\n"));
    let name = fingerprint(&repo);
    let look = |policies: Value, capabilities: Reply| {
        let secret = token.clone();
        let providers = Providers::new(["vault.own.example.org"], move |asked| {
            if !asked.carries(&secret) {
                return Reply::json(403, json!({ "errors": ["permission denied"] }));
            }
            if asked.line == "POST /v1/sys/capabilities-self" {
                return capabilities.clone();
            }
            Reply::json(
                200,
                json!({ "data": { "policies": policies.clone(), "path": "auth/token/create", "display_name": "token" } }),
            )
        });
        let command = ["reach", &name, "-f", "json", "--allow-host", "vault.own.example.org"];
        run(&repo, &command, &providers)
    };
    let deny = json!(["deny"]);
    let none = json!({ "data": { "secret/data/keydredge": deny, "auth/token/create": deny } });
    let report = look(json!(["default"]), Reply::json(200, none.clone())).exits(0).json();
    assert_eq!(granted(&report), words(""));
    let report = look(json!(["root"]), Reply::json(200, none)).exits(0).json();
    assert_eq!(granted(&report).len(), 6);
    let some = json!({ "data": {
        "secret/data/keydredge": ["read", "list"], "auth/token/create": ["update"], "sys/mounts": ["deny"],
    } });
    let report = look(json!(["default", "app"]), Reply::json(200, some)).exits(0).json();
    assert_eq!(granted(&report), words("read read_secrets create_credentials"));
    let refused = Reply::json(403, json!({ "errors": ["permission denied"] }));
    let report = look(json!(["app"]), refused).exits(3).json();
    assert!(report["not_looked_at"].to_string().contains("may not see that"), "{report}");
}

#[test]
fn aws_s_answers_in_xml_are_read_and_each_refusal_is_named() {
    let repo = Repo::new();
    let (id, key) = (fake("AKIA{upper:16}", 3).replace(['0', '1', '8', '9'], "A"), fake("{base64:40}", 4));
    repo.write("a.env", format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={key}\n"));
    let findings = repo.run_json(&["scan", "--min-confidence", "low"]).findings();
    let rule = |one: &&Value| one["rule"].as_str().is_some_and(|rule| rule.starts_with("aws-secret"));
    let name =
        findings.iter().find(rule).expect("it is found")["fingerprint"].as_str().expect("a name").to_owned();
    let xml = |status: u16, text: &str| {
        Reply::Answer(
            status,
            "content-type: text/xml\r\n".to_owned(),
            format!("<?xml version=\"1.0\"?>{text}").into_bytes(),
        )
    };
    let providers = Providers::new(["sts.us-east-1.amazonaws.com", "iam.amazonaws.com"], move |asked| {
        let action = |name: &str| {
            asked.whole.contains(&format!("Action={name}&"))
                || asked.whole.ends_with(&format!("Action={name}"))
        };
        if !asked.carries(&key) {
            return xml(
                403,
                "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>",
            );
        }
        if action("GetCallerIdentity") {
            return xml(
                200,
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ci</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
            );
        }
        if action("ListAttachedUserPolicies") {
            assert!(asked.whole.contains("UserName=ci"), "{}", asked.whole);
            return xml(
                200,
                "<ListAttachedUserPoliciesResponse><ListAttachedUserPoliciesResult><AttachedPolicies><member><PolicyName>AmazonS3ReadOnlyAccess</PolicyName></member></AttachedPolicies></ListAttachedUserPoliciesResult></ListAttachedUserPoliciesResponse>",
            );
        }
        if action("SimulatePrincipalPolicy") {
            return xml(
                200,
                "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member><EvalActionName>iam:CreateAccessKey</EvalActionName><EvalDecision>allowed</EvalDecision></member><member><EvalActionName>iam:CreateUser</EvalActionName><EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>",
            );
        }
        xml(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    });
    let report = run(&repo, &["reach", &name, "-f", "json"], &providers).exits(3).json();
    assert_eq!(granted(&report), words("read create_credentials"), "{report}");
    let unseen = report["not_looked_at"].to_string();
    assert!(unseen.contains("its user's own policies: it may not see that"), "{unseen}");
}

/// What revokes a credential, with a provider that does it or not.
fn revoke_with(
    repo: &Repo,
    one: &Planted,
    known: &RevokeRecipe,
    name: &str,
    (reply, dies): (Reply, bool),
) -> (Outcome, Vec<Asked>) {
    let request = known.request(Some(&one.recipe));
    let (_, path) = request.url["https://".len()..].split_once('/').expect("it has a path");
    let path = path_of(&format!("/{path}"));
    let gone = AtomicBool::new(false);
    let recipe = one.recipe.clone();
    let (method, form) = (format!("{} ", request.method), request.form.clone());
    let take = known.take.clone();
    let answers = move |asked: &Asked| {
        let is_form = form
            .iter()
            .all(|(field, value)| value.contains('{') || asked.whole.contains(&format!("{field}={value}")));
        if asked.line.starts_with(&method)
            && path.is_match(asked.line.split(' ').nth(1).unwrap_or_default())
            && is_form
        {
            gone.store(dies, Ordering::Relaxed);
            return reply.clone();
        }
        if gone.load(Ordering::Relaxed) {
            return answer(&recipe.dead[0], &BTreeMap::new());
        }
        let base = answer(&recipe.live[0], &recipe.identity);
        let Reply::Answer(status, headers, body) = base else { return base };
        let mut document: Value = serde_json::from_slice(&body).expect("it is JSON");
        for taken in take.values() {
            put(&mut document, &taken.path, json!("id-1"));
        }
        Reply::Answer(status, headers, document.to_string().into_bytes())
    };
    let log = repo.home().join("audit/revocations.jsonl");
    let log = log.to_str().expect("it is UTF-8").to_owned();
    about(repo, one, name, &["revoke", "--yes", "--wait", "1ms", "--audit-log", &log], answers)
}

fn accepted(known: &RevokeRecipe) -> Reply {
    let mut document = json!({});
    for (path, value) in &known.accepted[0].is {
        put(&mut document, path, if value == "true" { json!(true) } else { json!(value) });
    }
    match known.accepted[0].status {
        204 => Reply::Answer(204, String::new(), Vec::new()),
        status => Reply::json(status, document),
    }
}

#[test]
fn each_revocation_ends_as_revoked_submitted_or_failed_and_is_written_down() {
    let (repo, planted) = planted();
    let names = names_of(&repo, &planted);
    let log = repo.home().join("audit/revocations.jsonl");
    let lines = || -> Vec<Value> {
        let text = fs::read_to_string(&log).expect("there is a log");
        text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
    };
    for known in AccessRecipes::embedded().revoke.iter().filter(|known| !known.recipes.is_empty()) {
        let one = planted.iter().find(|one| one.recipe.id == known.recipes[0]).expect("it is planted");
        let name = &names[&one.recipe.id];
        let refused = Reply::json(403, json!({ "error": "not allowed" }));
        for (reply, dies, code, wanted) in [
            (accepted(known), true, 0, "revoked"),
            (accepted(known), false, 3, "submitted"),
            (refused, false, 1, "failed"),
            (Reply::page(200), false, 1, "failed"),
        ] {
            let (outcome, asked) = revoke_with(&repo, one, known, name, (reply, dies));
            let outcome = outcome.exits(code);
            let lines = lines();
            let [.., begun, ended] = &lines[..] else { panic!("two lines: {lines:?}") };
            assert_eq!(
                (&begun["outcome"], &ended["outcome"]),
                (&json!("begun"), &json!(wanted)),
                "{}",
                one.recipe.id
            );
            assert_eq!((&ended["fingerprint"], &ended["command"]), (&json!(name), &json!("revoke")));
            assert!(ended["request"].as_str().is_some_and(|line| line.contains("https://")), "{ended}");
            let revoking = asked.iter().filter(|asked| asked.line.starts_with(&format!("{} ", known.method)));
            assert!(revoking.count() > 0, "{}: {asked:?}", one.recipe.id);
            assert!(outcome.says(&known.effect) || outcome.says("then: "), "{}", outcome.stdout);
        }
    }
    let text = fs::read_to_string(&log).expect("there is a log");
    for one in planted.iter().filter(|one| one.secret.len() > 12) {
        assert!(!text.contains(&one.secret), "{}: its secret is in the log", one.recipe.id);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&log).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn without_a_terminal_or_a_word_nothing_is_revoked() {
    let (repo, _) = with_token(1);
    let name = fingerprint(&repo);
    let providers = Providers::new([GITHUB], |_| bad_credentials());
    let outcome = run(&repo, &["revoke", &name], &providers).exits(2);
    assert!(outcome.says("--yes") && outcome.says("--plan"), "{}", outcome.stderr);
    assert!(providers.asked().is_empty(), "nobody was asked");
    let outcome = run(&repo, &["revoke", &name, "--yes"], &providers).exits(0);
    assert!(outcome.says("there is nothing to revoke"), "{}", outcome.stdout);
    assert!(providers.asked().iter().all(|asked| asked.line == "GET /user"));
}

#[test]
fn what_does_not_answer_as_the_api_is_sent_no_revocation_and_a_redirect_is_not_followed() {
    let (repo, token) = with_token(1);
    let name = fingerprint(&repo);
    let providers = Providers::new([GITHUB], |_| Reply::page(200));
    let outcome = run(&repo, &["revoke", &name, "--yes"], &providers).exits(2);
    assert!(outcome.says("not known to work"), "{}", outcome.stderr);
    assert!(providers.asked().iter().all(|asked| asked.line == "GET /user"));

    let secret = token.clone();
    let providers = Providers::new([GITHUB, "evil.example"], move |asked| match asked.line.as_str() {
        "POST /credentials/revoke" => {
            Reply::Answer(307, "location: https://evil.example/steal\r\n".to_owned(), Vec::new())
        }
        _ if asked.carries(&secret) => ada("repo"),
        _ => bad_credentials(),
    });
    let outcome = run(&repo, &["revoke", &name, "--yes", "--wait", "1ms"], &providers).exits(1);
    assert!(outcome.says("Failed") && !outcome.says(&token), "{}", outcome.stdout);
    assert!(providers.asked().iter().all(|asked| asked.host == GITHUB));
    let log = fs::read_to_string(repo.home().join("keydredge/revocations.jsonl"));
    assert!(log.is_ok_and(|log| log.contains("\"status\":307") && !log.contains(&token)));
}

#[test]
fn a_log_that_cannot_be_written_stops_the_revocation() {
    let (repo, token) = with_token(1);
    let name = fingerprint(&repo);
    let sent = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&sent);
    let providers = Providers::new([GITHUB], move |asked| {
        if asked.line.starts_with("POST") {
            seen.store(true, Ordering::Relaxed);
        }
        if asked.carries(&token) { ada("repo") } else { bad_credentials() }
    });
    repo.write("folder/x", "");
    let folder = repo.path().join("folder");
    let folder = folder.to_str().expect("it is UTF-8");
    run(&repo, &["revoke", &name, "--yes", "--audit-log", folder], &providers).exits(2);
    assert!(!sent.load(Ordering::Relaxed), "it was not sent");
}
