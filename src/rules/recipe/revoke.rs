//! How to make a credential useless, by the API of its provider. Plain data, read from `rules/revoke/*.toml`.
//!
//! ```toml
//! [[revoke]]
//! recipes = ["provider-kind"]              # credentials that these recipes ask about; how to authenticate is theirs
//! rules = ["provider-other-kind"]          # credentials of these rules, which no recipe asks about
//! method = "DELETE"
//! path = "/v1/tokens/{id}"                 # or url = "https://…" for another host
//! anonymous = true                         # the recipe's headers are not sent
//! take = { id = { path = "id" } }          # {id} is in the answer to the recipe's request
//! within = { id = '^…' }                   # or in the secret
//! accepted = [{ status = 204 }]            # the answers by which the API takes it on
//! effect = "the token works nowhere any more"
//! undo = "it cannot be undone"
//! source = "https://docs.provider.example/revoke"
//! ```
//!
//! # Design
//!
//! An answer that takes it on is no proof: only the verification after it is. So a status may be enough here.

use super::reach::TakenValue;
use super::{Method, Recipe, Sign};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How to revoke credentials of some kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeRecipe {
    /// The recipes of verification that ask about these credentials.
    #[serde(default)]
    pub recipes: Vec<String>,
    /// Rules of credentials that no recipe asks about.
    #[serde(default)]
    pub rules: Vec<String>,
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// The path of the request, at the host that said "live".
    #[serde(default)]
    pub path: Option<String>,
    /// The whole URL, at another host.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether the recipe's headers and signature are left out.
    #[serde(default)]
    pub anonymous: bool,
    /// Headers besides.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The fields of a form.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// A JSON document.
    #[serde(default)]
    pub json: Option<String>,
    /// Values of the answer that said "live".
    #[serde(default)]
    pub take: BTreeMap<String, TakenValue>,
    /// Placeholders, with the regex that finds their value in the secret.
    #[serde(default)]
    pub within: BTreeMap<String, String>,
    /// The answers by which the API takes it on.
    pub accepted: Vec<Acceptance>,
    /// What happens then, for people.
    pub effect: String,
    /// Whether that can be undone, for people.
    pub undo: String,
    /// The provider's page.
    pub source: String,
}

/// An answer by which an API takes a revocation on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The status.
    pub status: u16,
    /// Paths of scalars, with the text that each must be.
    #[serde(default)]
    pub is: BTreeMap<String, String>,
}

/// A file of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeFile {
    #[serde(default)]
    revoke: Vec<RevokeRecipe>,
}

impl RevokeRecipe {
    /// Those of a file.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Vec<Self>, ::toml::de::Error> {
        Ok(::toml::from_str::<RevokeFile>(text)?.revoke)
    }

    /// Its name in errors.
    pub fn name(&self) -> &str {
        self.recipes.first().or(self.rules.first()).map_or("", String::as_str)
    }

    /// The request, as a recipe; `recipe` is the one that asks about the credential, if there is one.
    pub fn request(&self, recipe: Option<&Recipe>) -> Recipe {
        let mut request = recipe.cloned().unwrap_or_else(|| Recipe::plain(self.name()));
        request.url = match (&self.url, &self.path) {
            (Some(url), _) => url.clone(),
            (None, path) => format!("https://{}{}", request.host(), path.as_deref().unwrap_or("/")),
        };
        if self.anonymous {
            (request.headers, request.basic, request.sign) = (BTreeMap::new(), None, None);
            request.beside = BTreeSet::new();
        }
        request.headers.extend(self.headers.clone());
        request.within.extend(self.within.clone());
        request.method = self.method;
        (request.form, request.json, request.text) = (self.form.clone(), self.json.clone(), None);
        (request.live, request.dead, request.identity) = (Vec::new(), Vec::new(), BTreeMap::new());
        request
    }

    /// What is wrong with it, if anything is; `recipes` are those of verification.
    pub fn fault(&self, recipes: &[Recipe]) -> Option<String> {
        if self.recipes.is_empty() && self.rules.is_empty() {
            return Some("it is about nothing".to_owned());
        }
        if self.url.is_some() == self.path.is_some() {
            return Some("it has one of `path` and `url`".to_owned());
        }
        if !self.rules.is_empty() && (self.url.is_none() || !self.anonymous || !self.take.is_empty()) {
            return Some("nothing says how credentials of its rules authenticate".to_owned());
        }
        if !self.source.starts_with("https://") {
            return Some("its source is no page".to_owned());
        }
        if self.effect.is_empty() || self.undo.is_empty() {
            return Some("it says not what will happen".to_owned());
        }
        let is_no_answer = |one: &Acceptance| !(200..300).contains(&one.status);
        if self.accepted.is_empty() || self.accepted.iter().any(is_no_answer) {
            return Some("an answer that takes it on has a status of 200 to 299".to_owned());
        }
        let taken: BTreeSet<&str> = self.take.keys().map(String::as_str).collect();
        let known = self.recipes.iter().map(|name| (name, recipes.iter().find(|one| one.id == *name)));
        for (name, recipe) in known {
            let Some(recipe) = recipe else { return Some(format!("there is no recipe `{name}`")) };
            let mut request = self.request(Some(recipe));
            if request.sign == Some(Sign::Aws) && request.method != Method::Post {
                return Some("what is signed is a POST".to_owned());
            }
            request.method = Method::Post;
            if let Some(fault) = request.fault_of_request(&taken) {
                return Some(fault);
            }
        }
        if self.rules.is_empty() { None } else { self.request(None).fault_of_request(&taken) }
    }
}
