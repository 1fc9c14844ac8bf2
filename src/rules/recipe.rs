//! Recipes: how to ask a provider whether one of its credentials still works. Plain data, read from
//! `rules/verify/*.toml`; nothing here opens a connection.
//!
//! ```toml
//! [[recipes]]
//! id = "provider-kind"
//! rules = ["provider-kind"]                # findings of these rules are asked about
//! method = "GET"                           # or "POST"
//! url = "https://api.provider.example/me"  # never with {secret}
//! hosts = ["api.eu.provider.example"]      # more hosts that may know the credential, asked one after the other
//! own-hosts = true                         # customers run servers of their own, at {host} of the URL
//! headers = { Authorization = "Bearer {secret}" }
//! basic = ["{id}", "{secret}"]             # instead of an Authorization header
//! sign = "aws"                             # instead of {secret}: a signature, made with the secret and {id}; or "azure", and {account}
//! form = { token = "{secret}" }            # or json = '…' or text = '…'
//! beside = ["id"]                          # {id} is the companion of that name, of which the rules say how it looks
//! within = { dc = '''-(us[0-9]+)$''' }     # {dc} is what it finds in the secret itself
//! live = [{ status = 200, has = ["login"] }]
//! dead = [{ status = 401, is = { message = ["Bad credentials"] } }]
//! identity = { account = "login", scopes = "header:x-oauth-scopes" }
//! risk = "safe"
//! source = "Where this is written"
//! trust = "documented"                     # or "corroborated"
//! ```
//!
//! # Design
//!
//! A status alone is no evidence: proxies, firewalls and sign-in pages answer with any of them. An answer counts only if
//! it contains a field of the API's own. [`Recipe::fault`] refuses a recipe that would be content with less.

pub mod reach;
pub mod revoke;

use crate::model::RuleInfo;
use reach::{ReachRecipe, Right};
use revoke::RevokeRecipe;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What names of rights mean.
pub type RightsMap = BTreeMap<String, Vec<Right>>;

/// How to ask about one kind of credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    /// `provider-kind`, kebab-case.
    pub id: String,
    /// The rules whose findings are asked about.
    pub rules: Vec<String>,
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// `https`, with placeholders for what is not secret.
    pub url: String,
    /// Further hosts that may know the credential, each in the place of the URL's: regions.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// True if the provider's customers run servers of their own: the URL's host may be replaced by one that the user
    /// allows, and an answer of the usual host does not say that the credential is dead elsewhere.
    #[serde(default)]
    pub own_hosts: bool,
    /// Headers, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// User name and password of Basic authentication.
    #[serde(default)]
    pub basic: Option<[String; 2]>,
    /// How a signature is made instead of sending the secret; `beside` has the `id` of the key, or the `account`.
    #[serde(default)]
    pub sign: Option<Sign>,
    /// The fields of a form.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// A JSON document.
    #[serde(default)]
    pub json: Option<String>,
    /// Plain text.
    #[serde(default)]
    pub text: Option<String>,
    /// Placeholders that are companions of the rules.
    #[serde(default)]
    pub beside: BTreeSet<String>,
    /// Placeholders, with the regex that finds their value in the secret.
    #[serde(default)]
    pub within: BTreeMap<String, String>,
    /// The answers of which any one says that the credential works.
    pub live: Vec<Evidence>,
    /// Those that say that it does not.
    pub dead: Vec<Evidence>,
    /// What a live answer says about the credential: the name in reports, and the path of the value in the document, or
    /// `header:` and the name of a header.
    #[serde(default)]
    pub identity: BTreeMap<String, String>,
    /// What asking costs.
    #[serde(default)]
    pub risk: Risk,
    /// Where this is written.
    pub source: String,
    /// How far it is trusted.
    pub trust: Trust,
}

/// The shape of an answer. All that is stated must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evidence {
    /// The status.
    pub status: u16,
    /// Paths of values that are there and neither null nor empty.
    #[serde(default)]
    pub has: Vec<String>,
    /// Paths of which at least one is there.
    #[serde(default)]
    pub any: Vec<String>,
    /// Paths of arrays, which may be empty; the empty path is the document.
    #[serde(default)]
    pub array: Vec<String>,
    /// Paths of scalars, with the texts of which each must be one.
    #[serde(default)]
    pub is: BTreeMap<String, Vec<String>>,
    /// Texts of which each is a part of the value at its path.
    #[serde(default)]
    pub contains: BTreeMap<String, String>,
    /// What a body contains that is not JSON and not HTML.
    #[serde(default)]
    pub text: Option<String>,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Sends a body.
    Post,
    /// Replaces. Only to revoke.
    Put,
    /// Removes. Only to revoke.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        })
    }
}

/// A scheme of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// AWS's, version 4, of a POST.
    Aws,
    /// That of Azure's storage, "SharedKey", of a GET.
    Azure,
}

impl Sign {
    /// What must be beside the secret, and what is signed.
    fn needs(self) -> (&'static str, Method) {
        match self {
            Self::Aws => ("id", Method::Post),
            Self::Azure => ("account", Method::Get),
        }
    }
}

/// What asking costs, besides an entry in the provider's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nothing.
    #[default]
    Safe,
    /// It is a login: wrong ones are counted, and too many lock the account.
    Login,
    /// It uses up quota or money.
    Costs,
    /// It issues a token that works for a while.
    Issues,
}

impl fmt::Display for Risk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Safe => "is safe",
            Self::Login => "counts as a login",
            Self::Costs => "uses up quota",
            Self::Issues => "issues a token",
        })
    }
}

/// How far a recipe is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// The provider describes it.
    Documented,
    /// Other scanners ask the same.
    Corroborated,
}

/// A file of recipes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeFile {
    #[serde(default)]
    recipes: Vec<Recipe>,
}

/// The names under which a report shows what an answer says of a credential.
pub const IDENTITY: &[&str] =
    &["account", "email", "expires", "key", "name", "organisation", "role", "scopes", "team"];

impl Recipe {
    /// The recipes of a file.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Vec<Self>, ::toml::de::Error> {
        Ok(::toml::from_str::<RecipeFile>(text)?.recipes)
    }

    /// A recipe that sends nothing yet, for a request about which no recipe of verification is.
    fn plain(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            rules: Vec::new(),
            method: Method::Get,
            url: String::new(),
            hosts: Vec::new(),
            own_hosts: false,
            headers: BTreeMap::new(),
            basic: None,
            sign: None,
            form: BTreeMap::new(),
            json: None,
            text: None,
            beside: BTreeSet::new(),
            within: BTreeMap::new(),
            live: Vec::new(),
            dead: Vec::new(),
            identity: BTreeMap::new(),
            risk: Risk::Safe,
            source: String::new(),
            trust: Trust::Documented,
        }
    }

    /// The host of its URL, with placeholders.
    pub fn host(&self) -> &str {
        let rest = self.url.strip_prefix("https://").unwrap_or(&self.url);
        &rest[..rest.find('/').unwrap_or(rest.len())]
    }

    /// The first placeholder of the request whose value is not known.
    pub fn unfilled(&self, is_known: impl Fn(&str) -> bool) -> Option<&str> {
        self.placeholders().find(|name| *name != "secret" && *name != "host" && !is_known(name))
    }

    /// The names of all placeholders, apart from those in a document of JSON, whose own braces look like some.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let json = self.json.as_deref();
        let texts = self.templates().filter(move |text| json != Some(*text)).chain([self.url.as_str()]);
        texts.flat_map(placeholders)
    }

    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<String> {
        if !matches!(self.method, Method::Get | Method::Post) {
            return Some("what only asks is a GET or a POST".to_owned());
        }
        if let Some(fault) = self.fault_of_request(&BTreeSet::new()) {
            return Some(fault);
        }
        let mut names = self.beside.iter().chain(self.within.keys());
        if let Some(name) = names.find(|name| {
            let text = format!("{{{name}}}");
            let is_signed = self.sign.is_some() && *name == "id";
            !is_signed && !self.templates().any(|one| one.contains(&text)) && !self.url.contains(&text)
        }) {
            return Some(format!("{{{name}}} is sent nowhere"));
        }
        if self.live.is_empty() || self.dead.is_empty() {
            return Some("it says not how live and dead look".to_owned());
        }
        let fault = self.live.iter().find_map(Evidence::fault_of_live);
        let fault = fault.or_else(|| self.dead.iter().find_map(Evidence::fault));
        if let Some(fault) = fault {
            return Some(fault);
        }
        if let Some(name) = self.identity.keys().find(|name| !IDENTITY.contains(&name.as_str())) {
            return Some(format!("reports show no `{name}`"));
        }
        self.rules.is_empty().then(|| "it names no rule".to_owned())
    }

    /// What is wrong with the request; `taken` are placeholders that an earlier answer fills in.
    fn fault_of_request(&self, taken: &BTreeSet<&str>) -> Option<String> {
        let Some(address) = self.url.strip_prefix("https://") else {
            return Some("its URL does not begin with https://".to_owned());
        };
        let (host, _) = address.split_once('/').unwrap_or((address, ""));
        if self.url.contains("{secret}") {
            return Some("its URL contains the secret".to_owned());
        }
        if host.is_empty() || host.contains(['@', ':']) {
            return Some(format!("`{host}` is no host"));
        }
        if taken.iter().any(|name| host.contains(&format!("{{{name}}}"))) {
            return Some("an answer chooses the host of a request".to_owned());
        }
        let bodies = usize::from(!self.form.is_empty())
            + usize::from(self.json.is_some())
            + usize::from(self.text.is_some());
        if bodies > 1 || self.method == Method::Get && bodies > 0 {
            return Some("it has a body too many".to_owned());
        }
        if self.basic.is_some() && self.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"))
        {
            return Some("it has two authorizations".to_owned());
        }
        let sends = self.templates().any(|text| text.contains("{secret}"));
        if sends == self.sign.is_some() {
            return Some("it sends no {secret}, or signs with it besides".to_owned());
        }
        if let Some((name, method)) = self.sign.map(Sign::needs)
            && (!self.beside.contains(name) || self.method != method)
        {
            return Some(format!("what it signs is a {method} with {{{name}}}"));
        }
        let known = |name: &str| {
            name == "secret"
                || (name == "host" && self.own_hosts)
                || self.beside.contains(name)
                || self.within.contains_key(name)
                || taken.contains(name)
        };
        let unknown = self.placeholders().find(|name| !known(name));
        unknown.map(|name| format!("nothing says what {{{name}}} is"))
    }

    /// What it needs and one of its rules does not name, as a sentence.
    pub fn unmet<'r>(&self, rule: impl Fn(&str) -> Option<&'r RuleInfo>) -> Option<String> {
        self.rules.iter().find_map(|id| {
            let companions = &rule(id)?.companions;
            let is_missing =
                |name: &&String| !companions.iter().any(|one| one.name.as_str() == name.as_str());
            let name = self.beside.iter().find(is_missing)?;
            Some(format!("the rule `{id}` names no companion `{name}`"))
        })
    }

    /// The texts, apart from the URL, that may contain placeholders.
    fn templates(&self) -> impl Iterator<Item = &str> {
        let basic = self.basic.iter().flatten();
        let bodies = self.json.iter().chain(&self.text);
        let all = self.headers.values().chain(self.form.values()).chain(basic).chain(bodies);
        all.map(String::as_str)
    }
}

impl Evidence {
    /// What is wrong with it, if anything is.
    fn fault(&self) -> Option<String> {
        if matches!(self.status, 300..=399 | 429 | 500..) || self.status < 200 {
            return Some(format!("an answer of status {} is no evidence", self.status));
        }
        let is_bare =
            self.has.is_empty() && self.any.is_empty() && self.array.is_empty() && self.is.is_empty();
        let is_bare = is_bare && self.contains.values().all(|text| text.len() < 8);
        (is_bare && self.text.as_ref().is_none_or(|text| text.len() < 8))
            .then(|| format!("a status of {} alone is no evidence", self.status))
    }

    fn fault_of_live(&self) -> Option<String> {
        let is_bare = self.has.is_empty() && self.array.is_empty() && self.is.is_empty();
        let bare = || format!("a live answer of status {} needs a field of the API's own", self.status);
        self.fault().or_else(|| is_bare.then(bare))
    }
}

/// The names in braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    let parts = text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
    parts.filter(move |name| is_name(name))
}

/// Reads packed recipes.
///
/// # Errors
/// If another version packed the bytes.
pub fn unpack_recipes(bytes: &[u8]) -> Result<Vec<Recipe>, postcard::Error> {
    postcard::from_bytes(bytes)
}

/// Packs recipes.
///
/// # Errors
/// If postcard fails, which it does only without memory.
pub fn pack_recipes(recipes: &[Recipe]) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(recipes)
}

/// What `reach` and `revoke` know of credentials, apart from the recipes: other commands do not unpack it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRecipes {
    /// How to see what a credential may do.
    pub reach: Vec<ReachRecipe>,
    /// How to revoke it.
    pub revoke: Vec<RevokeRecipe>,
}

impl AccessRecipes {
    /// The packed form.
    ///
    /// # Errors
    /// If postcard fails, which it does only without memory.
    pub fn pack(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// Reads the packed form.
    ///
    /// # Errors
    /// If another version packed the bytes.
    pub fn unpack(bytes: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(bytes)
    }

    /// What is wrong, each with the name of the file's kind; `recipes` are those of verification, `rules` the ids of all rules.
    pub fn faults(&self, recipes: &[Recipe], rules: &BTreeSet<&str>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |kind: &str, name: &str, of: [&[String]; 2], fault: Option<String>| {
            let unknown = of[1].iter().find(|rule| !rules.contains(rule.as_str()));
            let unknown = unknown.map(|rule| format!("there is no rule `{rule}`"));
            let faulty = [fault, unknown].into_iter().flatten();
            faults.extend(faulty.map(|fault| format!("rules/{kind}: `{name}`: {fault}")));
        };
        for one in &self.reach {
            check("reach", one.name(), [&one.recipes, &one.rules], one.fault(recipes));
        }
        for one in &self.revoke {
            check("revoke", one.name(), [&one.recipes, &one.rules], one.fault(recipes));
        }
        let twice = |kind: &str, names: Vec<&String>| {
            let mut seen = BTreeSet::new();
            let again = names.into_iter().find(|name| !seen.insert(*name));
            again.map(|name| format!("rules/{kind}: `{name}` is there twice"))
        };
        let reach = self.reach.iter().flat_map(|one| one.recipes.iter().chain(&one.rules)).collect();
        let revoke = self.revoke.iter().flat_map(|one| one.recipes.iter().chain(&one.rules)).collect();
        faults.extend([twice("reach", reach), twice("revoke", revoke)].into_iter().flatten());
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"
        [[recipes]]
        id = "acme-token"
        rules = ["acme-token"]
        url = "https://api.acme.example/{team}/me"
        headers = { Authorization = "Bearer {secret}" }
        beside = ["team"]
        live = [{ status = 200, has = ["login"] }]
        dead = [{ status = 401, is = { error = ["invalid"] } }]
        identity = { account = "login" }
        source = "Acme: authentication"
        trust = "documented"
    "#;

    #[test]
    fn a_sound_recipe_survives_its_packed_form() {
        let recipes = Recipe::parse(SOUND).expect("it is sound");
        assert_eq!(recipes[0].fault(), None);
        let packed = pack_recipes(&recipes).expect("there is memory");
        assert_eq!(unpack_recipes(&packed), Ok(recipes));
    }

    #[test]
    fn a_recipe_that_would_guess_or_leak_is_refused() {
        let table = [
            ("https://api", "http://api", "https"),
            ("/{team}/me", "/{secret}/{team}", "URL contains the secret"),
            ("/{team}/me", "/{teams}/{team}", "{teams}"),
            ("api.acme", "user@api.acme", "no host"),
            ("Bearer {secret}", "Bearer", "no {secret}"),
            (", has = [\"login\"]", "", "status of 200 alone"),
            (", has = [\"login\"]", ", any = [\"login\"]", "field of the API's own"),
            (", is = { error = [\"invalid\"] }", "", "status of 401 alone"),
            ("status = 401", "status = 503", "503"),
            ("status = 401", "status = 429", "429"),
            ("status = 200", "status = 302", "302"),
            ("[{ status = 401, is = { error = [\"invalid\"] } }]", "[]", "live and dead"),
            ("account = \"login\"", "secret = \"login\"", "`secret`"),
            ("[\"acme-token\"]", "[]", "no rule"),
            ("source =", "text = \"x\"\n        source =", "body"),
            ("/{team}/me", "/me", "{team} is sent nowhere"),
        ];
        for (from, to, wanted) in table {
            assert!(SOUND.contains(from), "{from}");
            let recipes = Recipe::parse(&SOUND.replace(from, to)).expect("its form is right");
            let fault = recipes[0].fault().unwrap_or_default();
            assert!(fault.contains(wanted), "{from} -> {to}: {fault}");
        }
        assert!(Recipe::parse(&SOUND.replace("source =", "sauce =")).is_err());
    }
}
