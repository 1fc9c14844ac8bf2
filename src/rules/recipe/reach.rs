//! What a live credential may do: how to ask, and which words the answers mean. Plain data, read from
//! `rules/reach/*.toml`.
//!
//! ```toml
//! [[reach]]
//! recipes = ["provider-kind"]              # credentials that these recipes ask about; how to authenticate is theirs
//! rules = ["provider-other-kind"]          # credentials of these rules, of which only the form is looked at
//! form = [{ like = '^pk_', rights = ["read"], says = "a publishable key" }]
//! unseen = ["what the roles of its user add"]  # never looked at
//! source = "https://docs.provider.example/scopes"
//!
//! [[reach.answers]]                        # without a path: what the recipe's own request is answered with
//! path = "/v1/scopes"                      # or url = "https://…" for another host
//! about = "its scopes"                     # what is not known if there is no such answer
//! there = [{ status = 200, array = ["scopes"] }]
//! refused = [{ status = 403, is = { code = ["forbidden"] } }]
//! names = ["scopes"]                       # paths of names of rights, or `header:` and the name of a header
//! rights = { "*.read" = ["read"], "keys.create" = ["create_credentials"] }
//! fields = [{ path = "user.is_admin", is = ["true"], rights = ["admin"], says = "its user is an administrator" }]
//! take = { id = { path = "id" } }          # {id} of later requests
//! ```
//!
//! A path is names and positions with dots between them; `*` is each element, `[name=value]` each element of a list whose field has
//! this value, `@keys` the names of an object's fields, and `@true` those whose value is true.

use super::{Evidence, Method, Recipe, RightsMap};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a credential may do, in the words that other tools use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Read what its owner can read.
    Read,
    /// Change or add something.
    Write,
    /// Change settings, roles, or who may do what.
    Admin,
    /// Make credentials: keys, tokens, hooks that receive them.
    CreateCredentials,
    /// Add, change or remove users and members.
    ManageUsers,
    /// Read secrets that are stored there.
    ReadSecrets,
}

impl Right {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Write, Self::Admin, Self::CreateCredentials, Self::ManageUsers, Self::ReadSecrets];
}

impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::CreateCredentials => "create_credentials",
            Self::ManageUsers => "manage_users",
            Self::ReadSecrets => "read_secrets",
        })
    }
}

/// How to see what credentials of some kinds may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReachRecipe {
    /// The recipes of verification that ask about these credentials.
    #[serde(default)]
    pub recipes: Vec<String>,
    /// Rules of credentials about which nobody is asked.
    #[serde(default)]
    pub rules: Vec<String>,
    /// What the form of a credential says.
    #[serde(default)]
    pub form: Vec<FormRights>,
    /// What is never looked at.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// The provider's page.
    pub source: String,
    /// The answers, in the order of asking.
    #[serde(default)]
    pub answers: Vec<ReachAnswer>,
}

/// What the form of a credential says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRights {
    /// A regex that finds something in the secret.
    #[serde(default)]
    pub like: Option<String>,
    /// The name of a fact that the offline check learnt, with a glob of its value.
    #[serde(default)]
    pub fact: Option<[String; 2]>,
    /// What that means.
    pub rights: Vec<Right>,
    /// Why, for people.
    pub says: String,
}

/// One answer, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReachAnswer {
    /// The path of the request, at the host that said "live"; none for the recipe's own request.
    #[serde(default)]
    pub path: Option<String>,
    /// The whole URL of the request, at another host.
    #[serde(default)]
    pub url: Option<String>,
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// The fields of a form.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// A JSON document.
    #[serde(default)]
    pub json: Option<String>,
    /// What the request is about.
    #[serde(default)]
    pub about: String,
    /// The answers that count.
    #[serde(default)]
    pub there: Vec<Evidence>,
    /// The answers by which the API refuses.
    #[serde(default)]
    pub refused: Vec<Evidence>,
    /// Where names of rights are.
    #[serde(default)]
    pub names: Vec<String>,
    /// What separates several names in one text; in a header, a comma by default.
    #[serde(default)]
    pub split: Option<String>,
    /// What the names mean; `*` is any text.
    #[serde(default)]
    pub rights: RightsMap,
    /// What it means if the list of names is empty.
    #[serde(default)]
    pub none: Vec<Right>,
    /// What other fields mean.
    #[serde(default)]
    pub fields: Vec<FieldRights>,
    /// What this answer says just by being there.
    #[serde(default)]
    pub grants: Vec<Right>,
    /// Values that later requests contain.
    #[serde(default)]
    pub take: BTreeMap<String, TakenValue>,
}

/// What the value of a field means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRights {
    /// The path of a scalar, or of several.
    pub path: String,
    /// Globs, of which one is that of a value.
    pub is: Vec<String>,
    /// What that means.
    pub rights: Vec<Right>,
    /// Why, for people.
    pub says: String,
}

/// A value of an answer for later requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenValue {
    /// Its path.
    pub path: String,
    /// A regex that finds it in the text there: its first group, or all of the match.
    #[serde(default)]
    pub pattern: Option<String>,
}

/// A file of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReachFile {
    #[serde(default)]
    reach: Vec<ReachRecipe>,
}

impl ReachRecipe {
    /// Those of a file.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Vec<Self>, ::toml::de::Error> {
        Ok(::toml::from_str::<ReachFile>(text)?.reach)
    }

    /// Its name in errors.
    pub fn name(&self) -> &str {
        self.recipes.first().or(self.rules.first()).map_or("", String::as_str)
    }

    /// What is wrong with it, if anything is; `recipes` are those of verification.
    pub fn fault(&self, recipes: &[Recipe]) -> Option<String> {
        if self.recipes.is_empty() && self.rules.is_empty() {
            return Some("it is about nothing".to_owned());
        }
        if self.recipes.is_empty() && !self.answers.is_empty() {
            return Some("nothing says how to authenticate".to_owned());
        }
        if self.answers.is_empty() && self.form.is_empty() {
            return Some("it says nothing".to_owned());
        }
        if !self.source.starts_with("https://") {
            return Some("its source is no page".to_owned());
        }
        if self.form.iter().any(|one| one.like.is_none() == one.fact.is_none()) {
            return Some("a form is one of the secret, or of a fact".to_owned());
        }
        for name in &self.recipes {
            let Some(recipe) = recipes.iter().find(|recipe| recipe.id == *name) else {
                return Some(format!("there is no recipe `{name}`"));
            };
            let mut taken = BTreeSet::new();
            for answer in &self.answers {
                if let Some(fault) = answer.fault(recipe, &taken) {
                    return Some(fault);
                }
                taken.extend(answer.take.keys().map(String::as_str));
            }
        }
        None
    }
}

impl ReachAnswer {
    /// The request, as a recipe; none if it is the recipe's own.
    pub fn request(&self, recipe: &Recipe) -> Option<Recipe> {
        let url = match (&self.url, &self.path) {
            (Some(url), _) => url.clone(),
            (None, Some(path)) => format!("https://{}{path}", recipe.host()),
            (None, None) => return None,
        };
        Some(Recipe {
            url,
            method: self.method,
            form: self.form.clone(),
            json: self.json.clone(),
            text: None,
            live: self.there.clone(),
            dead: self.refused.clone(),
            identity: BTreeMap::new(),
            ..recipe.clone()
        })
    }

    fn fault(&self, recipe: &Recipe, taken: &BTreeSet<&str>) -> Option<String> {
        let is_own = self.path.is_none() && self.url.is_none();
        if is_own != self.there.is_empty() {
            return Some("an answer of its own is that of a request of its own".to_owned());
        }
        if !self.names.is_empty() && self.rights.is_empty() {
            return Some("nothing says what the names mean".to_owned());
        }
        if self.names.is_empty() && self.fields.is_empty() && self.take.is_empty() && self.grants.is_empty() {
            return Some("nothing is read of an answer".to_owned());
        }
        let request = self.request(recipe)?;
        if self.about.is_empty() {
            return Some("nothing says what a request is about".to_owned());
        }
        request.fault_of_request(taken).or_else(|| {
            let mut wrong = self.there.iter().filter_map(Evidence::fault_of_live);
            wrong.next().or_else(|| self.refused.iter().find_map(Evidence::fault))
        })
    }
}
