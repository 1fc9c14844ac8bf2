//! What an image's configuration says, as texts that a person finds again: each under the name that `docker inspect` has for it.
//!
//! Sources: the OCI image specification, "Image Configuration"; Docker's image specification v1.2.
//!
//! # Design
//!
//! A field that no specification knows may hold a secret, too. So all that is in none of the named texts is a last one, with
//! a line for each value. Of a key that is there twice a reader of JSON takes one; here both are read.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A text of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConfigText {
    /// Its name.
    pub(super) name: String,
    pub(super) text: String,
    /// The number of the command in the image's history, if it is one.
    pub(super) step: Option<usize>,
}

/// A value of JSON, with every member of an object.
#[derive(Debug)]
enum Json {
    /// A string, a number, a word.
    Leaf(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Leaf(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(one) = from.next_element()? {
            list.push(one);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

impl Json {
    /// The strings of a list, one each; of anything else its own.
    fn strings(&self) -> Vec<&str> {
        match self {
            Self::Leaf(text) => vec![text],
            Self::List(list) => list.iter().flat_map(Self::strings).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, value)| value.strings()).collect(),
        }
    }
}

/// The texts of a configuration; `None` if it is no JSON object.
pub(super) fn texts(bytes: &[u8]) -> Option<Vec<ConfigText>> {
    let Ok(Json::Object(members)) = serde_json::from_slice(bytes) else { return None };
    let mut texts = ConfigTexts::default();
    for (key, value) in &members {
        match (key.as_str(), value) {
            ("config" | "container_config", Json::Object(members)) => texts.of_config(key, members),
            ("history", Json::List(steps)) => texts.of_history(steps),
            ("rootfs", _) => {}
            _ => texts.of_rest(key, value),
        }
    }
    let rest = std::mem::take(&mut texts.rest);
    texts.add("config.json".to_owned(), rest, None);
    Some(texts.all)
}

#[derive(Default)]
struct ConfigTexts {
    all: Vec<ConfigText>,
    /// What is in no text of its own.
    rest: String,
}

impl ConfigTexts {
    fn add(&mut self, name: String, text: String, step: Option<usize>) {
        if !text.is_empty() {
            self.all.push(ConfigText { name, text, step });
        }
    }

    fn of_config(&mut self, above: &str, members: &[(String, Json)]) {
        for (key, value) in members {
            let name = format!("{above}.{key}");
            match (key.as_str(), value) {
                ("Env", Json::List(_)) => self.add(name, lines(&value.strings()), None),
                ("Labels", Json::Object(labels)) => {
                    let each =
                        labels.iter().map(|(label, value)| format!("{label}={}", value.strings().join(" ")));
                    let each: Vec<String> = each.collect();
                    self.add(name, lines(&each), None);
                }
                ("Cmd" | "Entrypoint" | "Shell" | "OnBuild", _) => {
                    // An argument that is a script has lines of its own; the others are one command.
                    let blank = if key == "OnBuild" { "\n" } else { " " };
                    self.add(name, value.strings().join(blank), None);
                }
                ("Healthcheck", Json::Object(_)) => self.add(name, value.strings().join(" "), None),
                _ => self.of_rest(&name, value),
            }
        }
    }

    fn of_history(&mut self, steps: &[Json]) {
        for (number, step) in steps.iter().enumerate() {
            let Json::Object(members) = step else {
                self.of_rest(&format!("history[{number}]"), step);
                continue;
            };
            for (key, value) in members {
                let name = format!("history[{number}].{key}");
                match (key.as_str(), value) {
                    ("created_by" | "comment", Json::Leaf(text)) => {
                        self.add(name, text.clone(), Some(number));
                    }
                    _ => self.of_rest(&name, value),
                }
            }
        }
    }

    /// A line for each value.
    fn of_rest(&mut self, name: &str, value: &Json) {
        match value {
            Json::Leaf(text) => self.rest.push_str(&format!("{name}: {text}\n")),
            Json::List(list) => {
                list.iter().enumerate().for_each(|(at, value)| self.of_rest(&format!("{name}[{at}]"), value));
            }
            Json::Object(members) => {
                members.iter().for_each(|(key, value)| self.of_rest(&format!("{name}.{key}"), value));
            }
        }
    }
}

fn lines(all: &[impl AsRef<str>]) -> String {
    all.iter().map(|one| format!("{}\n", one.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_a_text_of_its_own_and_nothing_is_left_out() {
        let json = br#"{"config": {"Env": ["A=1", "B=2"], "Cmd": ["sh", "-c", "run"], "Labels": {"k": "v"}, "User": "me"},
            "history": [{"created_by": "RUN x", "author": "he"}], "new": {"field": ["deep"]}, "new": 7,
            "rootfs": {"diff_ids": ["sha256:00"]}}"#;
        let texts = texts(json).expect("it is an object");
        let all: Vec<(&str, &str)> = texts.iter().map(|one| (&*one.name, &*one.text)).collect();
        assert_eq!(
            all,
            [
                ("config.Env", "A=1\nB=2\n"),
                ("config.Cmd", "sh -c run"),
                ("config.Labels", "k=v\n"),
                ("history[0].created_by", "RUN x"),
                ("config.json", "config.User: me\nhistory[0].author: he\nnew.field[0]: deep\nnew: 7\n"),
            ]
        );
        assert_eq!(texts[3].step, Some(0));
    }
}
