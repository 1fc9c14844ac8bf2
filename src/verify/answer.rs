//! What an answer says. Nothing is guessed: live and dead need the API's own words, everything else is unknown.

use super::client::Answer;
use super::xml;
use crate::rules::recipe::{Evidence, Recipe};
use serde_json::Value;

/// The longest value that a report shows, characters.
const LONGEST: usize = 200;

/// The most values of a list that a report shows.
const MOST: usize = 20;

/// How many bytes of the secret in a row an answer may repeat before the value is left out.
const REPEATED: usize = 6;

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AnswerVerdict {
    /// The credential works, and this is whose it is.
    Live(Vec<(String, String)>),
    /// It does not.
    Dead,
    /// It cannot be said, and why.
    Unknown(String),
}

/// The verdict that it cannot be said, and why.
pub(super) fn unknown(why: &str) -> AnswerVerdict {
    AnswerVerdict::Unknown(why.to_owned())
}

/// What `answer` says by `recipe` of `secret`.
pub(super) fn judge(recipe: &Recipe, answer: &Answer, secret: &[u8]) -> AnswerVerdict {
    let status = answer.status;
    let unknown = |what: &str| AnswerVerdict::Unknown(format!("{what} ({status})"));
    match status {
        300..=399 => return unknown("its answer leads elsewhere, and is not followed"),
        429 => return unknown("it was asked too often"),
        500.. => return unknown("it failed"),
        _ => {}
    }
    if is_packed(answer) {
        return unknown("its answer is compressed, which was not asked for");
    }
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return unknown("its answer is empty");
    }
    let document = document(recipe, answer);
    if document.is_none() && (has_kind(answer, "html") || text.starts_with('<')) {
        return unknown("its answer is a page for people");
    }
    let holds = |all: &[Evidence]| all.iter().any(|one| matches(one, status, document.as_ref(), text));
    match (holds(&recipe.live), holds(&recipe.dead)) {
        (true, true) => unknown("its answer contradicts itself"),
        (true, false) => AnswerVerdict::Live(identity(recipe, answer, document.as_ref(), secret)),
        (false, true) => AnswerVerdict::Dead,
        (false, false) if document.is_none() => unknown("its answer is not the API's"),
        (false, false) => unknown("its answer is none that the recipe knows"),
    }
}

/// The document that an answer is, if it is one, and not a page of something between here and there: JSON, or the XML of services
/// that want signatures (AWS, Azure's storage).
pub(super) fn document(recipe: &Recipe, answer: &Answer) -> Option<Value> {
    if is_packed(answer) || has_kind(answer, "html") {
        return None;
    }
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if recipe.sign.is_some() && has_kind(answer, "xml") {
        return xml::document(text);
    }
    let document: Option<Value> = serde_json::from_str(text).ok();
    document.filter(|value| value.is_object() || value.is_array())
}

/// True for a page for people.
pub(super) fn is_page(answer: &Answer) -> bool {
    has_kind(answer, "html") || answer.body.trim_ascii_start().starts_with(b"<")
}

fn has_kind(answer: &Answer, kind: &str) -> bool {
    answer.header("content-type").is_some_and(|known| known.to_ascii_lowercase().contains(kind))
}

pub(super) fn is_packed(answer: &Answer) -> bool {
    answer.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
}

fn matches(evidence: &Evidence, status: u16, document: Option<&Value>, text: &str) -> bool {
    if evidence.status != status {
        return false;
    }
    let at = |path: &String| document.and_then(|document| find(document, path));
    let is_there = |path: &String| at(path).is_some_and(is_something);
    let is_one_of = |path: &String, wanted: &[String]| {
        at(path).and_then(scalar).is_some_and(|value| wanted.contains(&value))
    };
    evidence.has.iter().all(is_there)
        && (evidence.any.is_empty() || evidence.any.iter().any(is_there))
        && evidence.array.iter().all(|path| at(path).is_some_and(Value::is_array))
        && evidence.is.iter().all(|(path, wanted)| is_one_of(path, wanted))
        && evidence
            .contains
            .iter()
            .all(|(path, part)| at(path).and_then(scalar).is_some_and(|value| value.contains(part.as_str())))
        && evidence.text.as_ref().is_none_or(|wanted| document.is_none() && text.contains(wanted.as_str()))
}

/// The value at a path of names and positions with dots between them.
pub(super) fn find<'v>(document: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(document);
    }
    path.split('.').try_fold(document, |value, part| match value {
        Value::Object(fields) => fields.get(part),
        Value::Array(values) => values.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn identity(
    recipe: &Recipe,
    answer: &Answer,
    document: Option<&Value>,
    secret: &[u8],
) -> Vec<(String, String)> {
    let value = |path: &str| match path.strip_prefix("header:") {
        Some(name) => answer.header(name).map(str::to_owned),
        None => match find(document?, path)? {
            Value::Array(values) => {
                let all: Vec<String> = values.iter().filter_map(scalar).take(MOST).collect();
                Some(all.join(", "))
            }
            one => scalar(one),
        },
    };
    let shown = |(name, path): (&String, &String)| Some((name.clone(), printable(&value(path)?, secret)?));
    recipe.identity.iter().filter_map(shown).collect()
}

/// A value as it may be printed; none if it repeats a part of the secret, or says nothing.
pub(super) fn printable(value: &str, secret: &[u8]) -> Option<String> {
    let repeats = secret
        .windows(REPEATED.min(secret.len()).max(1))
        .any(|part| memchr::memmem::find(value.as_bytes(), part).is_some());
    let text: String = value.chars().filter(|one| !one.is_control()).take(LONGEST).collect();
    (!repeats && !text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"
        [[recipes]]
        id = "acme-token"
        rules = ["acme-token"]
        url = "https://api.acme.example/me"
        headers = { Authorization = "Bearer {secret}" }
        live = [{ status = 200, has = ["user.login"] }, { status = 200, array = ["teams"] }]
        dead = [{ status = 401, is = { error = ["invalid"] } }, { status = 403, text = "No such token" }]
        identity = { account = "user.login", scopes = "header:x-scopes", team = "teams" }
        source = "Acme: authentication"
        trust = "documented"
    "#;

    fn judged(status: u16, kind: &str, body: &str) -> AnswerVerdict {
        let recipe = &Recipe::parse(RECIPE).expect("it is sound")[0];
        let headers = [("content-type", kind), ("x-scopes", "read\u{1b}, write")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        judge(recipe, &Answer { status, headers, body: body.as_bytes().to_vec() }, b"acme_q7Zk2Lw9")
    }

    #[test]
    fn only_the_api_s_own_words_count() {
        let json = "application/json";
        let table = [
            (200, json, r#"{"user": {"login": "ada"}}"#, "live"),
            (200, "text/plain", r#"{"user": {"login": "ada"}}"#, "live"),
            (200, json, r#"{"teams": []}"#, "live"),
            (401, json, r#"{"error": "invalid"}"#, "dead"),
            (403, "text/plain", "No such token", "dead"),
            (200, json, r#"{"user": {"login": null}}"#, "unknown"),
            (200, json, r#"{"user": {"login": ""}}"#, "unknown"),
            (200, json, r#"{"user": "ada"}"#, "unknown"),
            (200, json, r#"{"error": "invalid"}"#, "unknown"),
            (201, json, r#"{"user": {"login": "ada"}}"#, "unknown"),
            (200, "text/html; charset=utf-8", r#"{"user": {"login": "ada"}}"#, "unknown"),
            (200, json, "<html><body>Sign in</body></html>", "unknown"),
            (200, json, "", "unknown"),
            (200, json, "  \n", "unknown"),
            (200, json, r#"{"user": {"login": "ada""#, "unknown"),
            (200, json, "true", "unknown"),
            (401, json, r#"{"error": "blocked by policy"}"#, "unknown"),
            (401, json, "{}", "unknown"),
            (403, "text/html", "No such token", "unknown"),
            (403, json, r#"{"message": "No such token"}"#, "unknown"),
            (302, json, r#"{"user": {"login": "ada"}}"#, "unknown"),
            (429, json, r#"{"error": "invalid"}"#, "unknown"),
            (500, json, r#"{"error": "invalid"}"#, "unknown"),
            (503, json, r#"{"user": {"login": "ada"}}"#, "unknown"),
        ];
        for (status, kind, body, wanted) in table {
            let verdict = match judged(status, kind, body) {
                AnswerVerdict::Live(_) => "live",
                AnswerVerdict::Dead => "dead",
                AnswerVerdict::Unknown(why) => {
                    assert!(why.contains(&status.to_string()), "{why}");
                    "unknown"
                }
            };
            assert_eq!(verdict, wanted, "{status} {kind} {body}");
        }
    }

    #[test]
    fn identity_is_printable_short_and_without_the_secret() {
        let body = r#"{"user": {"login": "ada"}, "teams": ["a", 7, true, {"x": 1}]}"#;
        let told = |pairs: &[(&str, &str)]| {
            AnswerVerdict::Live(
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            )
        };
        let wanted = told(&[("account", "ada"), ("scopes", "read, write"), ("team", "a, 7, true")]);
        assert_eq!(judged(200, "application/json", body), wanted);
        let body = r#"{"user": {"login": "you sent me_q7Zk2L"}}"#;
        assert_eq!(judged(200, "application/json", body), told(&[("scopes", "read, write")]));
        let body = format!(r#"{{"user": {{"login": "{}"}}}}"#, "a".repeat(5000));
        let AnswerVerdict::Live(told) = judged(200, "application/json", &body) else { panic!("it is live") };
        assert_eq!(told[0].1.len(), LONGEST);
    }
}
