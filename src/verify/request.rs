//! Requests: a recipe with its placeholders filled in, for sending or for showing.

use super::Options;
use super::question::Question;
use super::signature::{self, Signed};
use crate::model::Secret;
use crate::rules::recipe::{Method, Recipe, Risk, Sign};
use data_encoding::BASE64;
use jiff::Timestamp;
use regex::bytes::RegexBuilder;
use std::collections::{BTreeMap, BTreeSet};

/// What replaces the secret in a request that is shown.
const SHOWN: &str = "<secret>";

/// The longest secret that is sent, bytes.
const LONGEST: usize = 16 << 10;

/// A request that can be sent. What may contain a secret cannot be printed.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) body: Option<Secret>,
}

/// The values of a recipe's placeholders, apart from the secret.
pub(super) type Values = BTreeMap<String, Vec<u8>>;

/// A recipe, ready to be asked about one secret.
#[derive(Clone, Debug)]
pub(super) struct RequestPlan<'r> {
    pub(super) recipe: &'r Recipe,
    /// The hosts to ask, in order.
    pub(super) hosts: Vec<String>,
    pub(super) values: Values,
    /// Whether the provider's customers run servers that are not asked.
    pub(super) may_be_elsewhere: bool,
}

/// How a value is written into a part of a request.
#[derive(Clone, Copy)]
enum Escape {
    None,
    Form,
    Json,
}

impl<'r> RequestPlan<'r> {
    /// What to ask about `question`, or why nothing is asked.
    pub(super) fn make(recipe: &'r Recipe, question: &Question, options: &Options) -> Result<Self, String> {
        if recipe.risk != Risk::Safe && !options.risky {
            return Err(format!("to ask {}: --verify-risky does", recipe.risk));
        }
        let secret = question.secret.expose();
        if secret.len() > LONGEST || secret.iter().any(|&byte| byte < 0x20 || byte == 0x7f) {
            return Err("it cannot be sent in a header".to_owned());
        }
        let mut values = Values::new();
        for name in &recipe.beside {
            let mut found = question.companions.get(name).into_iter().flatten();
            match (found.next(), found.next()) {
                (None, _) => return Err(format!("the {name} that belongs to it is not beside it")),
                (Some(Some(value)), None) => _ = values.insert(name.clone(), value.clone()),
                _ => return Err(format!("several values beside it may be its {name}")),
            }
        }
        for (name, pattern) in &recipe.within {
            let value = found(pattern, &[secret.to_vec()], &[]).into_iter().next();
            values.insert(name.clone(), value.ok_or_else(|| format!("it contains no {name}"))?);
        }
        let (usual, _) = parts(&recipe.url);
        let own = if recipe.own_hosts { own_host(question, &options.allow_hosts) } else { None };
        let hosts = match own {
            Some(host) => vec![host],
            None if usual == "{host}" => {
                return Err("which server it belongs to is not known; if its name is beside it, --allow-host allows it".to_owned());
            }
            None => {
                let all = std::iter::once(usual).chain(recipe.hosts.iter().map(String::as_str));
                all.map(|host| fill_host(host, &values))
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(|| "the host that it belongs to has no name that may be asked".to_owned())?
            }
        };
        let is_usual = hosts.iter().any(|host| host == usual);
        Ok(Self { recipe, hosts, values, may_be_elsewhere: recipe.own_hosts && is_usual })
    }

    /// The request to `host` about `secret`.
    pub(super) fn request(&self, host: &str, secret: &[u8], values: &Values) -> Option<Request> {
        let recipe = self.recipe;
        let fill = |template: &str, escape: Escape| fill(template, secret, values, escape);
        let (_, path) = parts(&recipe.url);
        let path = String::from_utf8(fill(path, Escape::Form)).ok()?;
        let mut headers: Vec<(String, Secret)> = recipe
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Secret::new(fill(value, Escape::None))))
            .collect();
        if let Some([user, password]) = &recipe.basic {
            let pair = [fill(user, Escape::None), fill(password, Escape::None)].join(&b':');
            headers.push((
                "Authorization".to_owned(),
                Secret::new(format!("Basic {}", BASE64.encode(&pair)).into_bytes()),
            ));
        }
        let mut body = None;
        if !recipe.form.is_empty() {
            let field =
                |(name, value): (&String, &String)| [name.as_bytes(), &fill(value, Escape::Form)].join(&b'=');
            body = Some(recipe.form.iter().map(field).collect::<Vec<_>>().join(&b'&'));
        }
        body = body.or_else(|| Some(fill(recipe.json.as_deref()?, Escape::Json)));
        body = body.or_else(|| Some(fill(recipe.text.as_deref()?, Escape::None)));
        if body.is_none() && matches!(recipe.method, Method::Post | Method::Put) {
            body = Some(Vec::new());
        }
        if recipe.sign == Some(Sign::Azure) {
            let account = std::str::from_utf8(values.get("account")?).ok()?;
            let signed = signature::of_azure(account, &path, Timestamp::now(), secret)?;
            headers.extend(signed.map(|(name, value)| (name, Secret::new(value.into_bytes()))));
        }
        if recipe.sign == Some(Sign::Aws) {
            let id = std::str::from_utf8(values.get("id")?).ok()?;
            let body = body.as_deref().unwrap_or_default();
            let signed = Signed { host, body, id, time: Timestamp::now() };
            let signed = signature::headers(&signed, secret)?;
            headers.extend(signed.map(|(name, value)| (name, Secret::new(value.into_bytes()))));
        }
        let kind = match (&recipe.json, &recipe.text) {
            (Some(_), _) => Some("application/json"),
            (_, Some(_)) => Some("text/plain"),
            _ => (!recipe.form.is_empty()).then_some("application/x-www-form-urlencoded"),
        };
        let has = |name: &str| recipe.headers.keys().any(|known| known.eq_ignore_ascii_case(name));
        if let Some(kind) = kind.filter(|_| !has("content-type")) {
            headers.push(("Content-Type".to_owned(), Secret::new(kind.as_bytes())));
        }
        if !has("accept") {
            headers.push(("Accept".to_owned(), Secret::new(*b"application/json")));
        }
        let url = format!("https://{host}{path}");
        Some(Request { method: recipe.method, url, headers, body: body.map(Secret::new) })
    }

    /// Method and URL of the request to the first host, with names instead of values.
    pub(super) fn line(&self) -> String {
        let (_, path) = parts(&self.recipe.url);
        let host = self.hosts.first().map_or("", String::as_str);
        let named = path.replace('{', "<").replace('}', ">");
        let action = self.recipe.form.get("Action").map(|action| format!(" {action}")).unwrap_or_default();
        format!("{} https://{host}{named}{action}", self.recipe.method)
    }

    /// The requests as lines, without the secret and what belongs to it: that may be one, too.
    pub(super) fn shown(&self) -> Vec<String> {
        let names = self.values.keys().map(String::as_str).chain(self.recipe.placeholders());
        let names = names.filter(|name| *name != "secret");
        let names: Values = names.map(|name| (name.to_owned(), format!("<{name}>").into_bytes())).collect();
        let line = |host: &String| {
            let (_, path) = parts(&self.recipe.url);
            let fill = |template: &str| {
                String::from_utf8_lossy(&fill(template, SHOWN.as_bytes(), &names, Escape::None)).into_owned()
            };
            let mut line = format!("{} https://{host}{}", self.recipe.method, fill(path));
            for (name, value) in &self.recipe.headers {
                line.push_str(&format!(", {name}: {}", fill(value)));
            }
            if let Some([user, password]) = &self.recipe.basic {
                line.push_str(&format!(", Authorization: Basic of {}:{}", fill(user), fill(password)));
            }
            if self.recipe.sign.is_some() {
                line.push_str(", Authorization: a signature by <secret>, which is not sent");
            }
            let form = self.recipe.form.iter().map(|(name, value)| format!("{name}={}", fill(value)));
            let form = Some(form.collect::<Vec<_>>().join("&")).filter(|form| !form.is_empty());
            let body = form.or_else(|| self.recipe.json.as_deref().or(self.recipe.text.as_deref()).map(fill));
            line.extend(body.map(|body| format!(", body {body}")));
            line
        };
        self.hosts.iter().map(line).collect()
    }
}

/// Host and path of a URL, which begins with `https://`.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// A host with its placeholders filled in: each value is a single label, so that it cannot become another host.
fn fill_host(template: &str, values: &Values) -> Option<String> {
    let is_label = |value: &[u8]| {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let is_edged = value.starts_with(b"-") || value.ends_with(b"-");
        !value.is_empty() && value.len() <= 63 && value.iter().all(is_plain) && !is_edged
    };
    let sent = values.iter().filter(|(name, _)| template.contains(&format!("{{{name}}}")));
    if !sent.clone().all(|(_, value)| is_label(value)) {
        return None;
    }
    String::from_utf8(fill(template, b"", values, Escape::None)).ok()
}

/// The host among those that the user allows which is named in the lines around the secret.
fn own_host(question: &Question, allowed: &[String]) -> Option<String> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let names = |line: &[u8], host: &str| {
        let (line, host) = (line.to_ascii_lowercase(), host.to_ascii_lowercase());
        memchr::memmem::find_iter(&line, host.as_bytes()).any(|at| {
            let before = at.checked_sub(1).and_then(|before| line.get(before));
            let after = line.get(at + host.len());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
    };
    let host_alone = |host: &'_ str| host.split(':').next().unwrap_or_default().to_owned();
    allowed.iter().find(|host| question.lines.iter().any(|line| names(line, &host_alone(host)))).cloned()
}

/// The distinct values that a pattern finds in some lines, joined by line breaks; never the secret itself.
fn found(pattern: &str, lines: &[Vec<u8>], secret: &[u8]) -> BTreeSet<Vec<u8>> {
    let Ok(regex) = RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).build() else {
        return BTreeSet::new();
    };
    let text = lines.join(&b'\n');
    let value = |found: regex::bytes::Captures<'_>| {
        let value = found.get(1).or_else(|| found.get(0))?.as_bytes();
        (value != secret && value.iter().all(|byte| byte.is_ascii_graphic())).then(|| value.to_vec())
    };
    regex.captures_iter(&text).filter_map(value).collect()
}

/// Fills in placeholders; what is none stays.
fn fill(template: &str, secret: &[u8], values: &Values, escape: Escape) -> Vec<u8> {
    let mut filled = Vec::with_capacity(template.len() + secret.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        filled.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let name = rest[1..].split_once('}').map(|(name, _)| name);
        let value = name.and_then(|name| match name {
            "secret" => Some(secret),
            name => values.get(name).map(Vec::as_slice),
        });
        match (name, value) {
            (Some(name), Some(value)) => {
                filled.extend(escaped(value, escape));
                rest = &rest[name.len() + 2..];
            }
            _ => {
                filled.push(b'{');
                rest = &rest[1..];
            }
        }
    }
    filled.extend_from_slice(rest.as_bytes());
    filled
}

fn escaped(value: &[u8], escape: Escape) -> Vec<u8> {
    let percent = |byte: &u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => vec![*byte],
        _ => format!("%{byte:02X}").into_bytes(),
    };
    match escape {
        Escape::None => value.to_vec(),
        Escape::Form => value.iter().flat_map(percent).collect(),
        Escape::Json => {
            let text = serde_json::Value::from(String::from_utf8_lossy(value)).to_string();
            text.as_bytes()[1..text.len() - 1].to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn placeholders_are_filled_in_as_the_place_demands() {
        let values = values(&[("id", "a b")]);
        let table = [
            ("Bearer {secret}", Escape::None, "Bearer s\"&"),
            ("{id}:{secret}", Escape::Form, "a%20b:s%22%26"),
            (
                "{\"a\": \"{secret}\", \"q\": \"{viewer{id}}\"}",
                Escape::Json,
                "{\"a\": \"s\\\"&\", \"q\": \"{viewera b}\"}",
            ),
            ("{other} {", Escape::None, "{other} {"),
        ];
        for (template, escape, wanted) in table {
            let filled = fill(template, b"s\"&", &values, escape);
            assert_eq!(String::from_utf8_lossy(&filled), wanted);
        }
    }

    #[test]
    fn a_value_in_a_host_is_one_label() {
        for (value, wanted) in [
            ("us14", Some("us14.api.acme.example")),
            ("evil.example/", None),
            ("evil.example", None),
            ("a@b", None),
            ("", None),
            ("x:80", None),
        ] {
            let filled = fill_host("{dc}.api.acme.example", &values(&[("dc", value)]));
            assert_eq!(filled.as_deref(), wanted, "{value}");
        }
    }

    #[test]
    fn an_own_host_is_one_that_is_allowed_and_named_beside_the_secret() {
        let allowed = ["git.acme.example".to_owned(), "git.other.example:8443".to_owned()];
        for (line, wanted) in [
            ("url = https://git.acme.example/x", Some("git.acme.example")),
            ("GIT.ACME.EXAMPLE", Some("git.acme.example")),
            ("git.other.example", Some("git.other.example:8443")),
            ("https://git.acme.example.evil.test/", None),
            ("https://evil-git.acme.example/", None),
            ("https://x.git.acme.example/", None),
            ("", None),
        ] {
            let question = Question { lines: vec![line.as_bytes().to_vec()], ..Question::default() };
            assert_eq!(own_host(&question, &allowed).as_deref(), wanted, "{line}");
        }
    }
}
