//! `rules list`: the rules, or those that are asked for, as a table, JSON or a page.

use super::{Exit, load, output};
use crate::cli::{ListFormat, RulesList};
use crate::error::Error;
use crate::model::RuleInfo;
use crate::report::escape;
use crate::rules::Rule;
use serde_json::json;
use std::collections::BTreeSet;

/// `rules list`.
pub(super) fn list(flags: &RulesList) -> Result<Exit, Error> {
    let catalogue = load(&flags.from)?;
    let all = catalogue.rules();
    let listed: Vec<&Rule> = all.iter().filter(|rule| is_asked(flags, &rule.info)).collect();
    match flags.format {
        ListFormat::Json => {
            let described: Vec<_> = listed.iter().map(|rule| described(&rule.info)).collect();
            let mut text = escape::pretty_text(&described).expect("texts and lists of texts are JSON");
            text.push(b'\n');
            output::print(&text)
        }
        ListFormat::Markdown => output::print(page(listed).as_bytes()),
        ListFormat::Text => {
            for rule in &listed {
                let RuleInfo { id, description, severity, confidence, .. } = &*rule.info;
                output::say(&format!("{id:<44} {severity:<8} {confidence:<7} {description}"))?;
            }
            let of_all = if listed.len() < all.len() { format!(" of {}", all.len()) } else { String::new() };
            let rules = if listed.len() == 1 && of_all.is_empty() { "rule" } else { "rules" };
            output::say(&format!("{}{of_all} {rules}", listed.len()))?;
            Ok(Exit::Clean)
        }
    }
}

/// True if a rule has all that is asked for.
fn is_asked(flags: &RulesList, info: &RuleInfo) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let provider = info.provider.as_deref().map(lower);
    let tags: Vec<String> = info.tags.iter().map(|tag| lower(tag)).collect();
    let has = |word: &String| {
        let word = lower(word);
        let texts = [lower(&info.id), lower(&info.description)];
        texts.iter().chain(&provider).chain(&tags).any(|text| text.contains(&word))
    };
    let is_of = |name: &String| provider.as_ref().is_some_and(|provider| provider.contains(&lower(name)));
    flags.words.iter().all(has)
        && (flags.provider.is_empty() || flags.provider.iter().any(is_of))
        && (flags.severity.is_empty() || flags.severity.contains(&info.severity))
        && (flags.tag.is_empty() || flags.tag.iter().any(|tag| tags.contains(&lower(tag))))
}

/// The page of all kinds: a table of the rules, by provider.
fn page(mut rules: Vec<&Rule>) -> String {
    let name = |rule: &&Rule| rule.info.provider.as_deref().unwrap_or("any").to_owned();
    rules.sort_by_cached_key(|rule| {
        (rule.info.provider.is_some(), name(rule).to_lowercase(), rule.info.id.clone())
    });
    let providers: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.info.provider.as_deref()).collect();
    let mut out = format!(
        "# Kinds of credentials\n\n<!-- Made by `keydredge rules list --format markdown`. Do not edit. -->\n\n\
         {} over {}. `keydredge rules show RULE` shows one with its examples, and how to revoke what it \
         finds.\n\n| provider | rule | what it finds | severity | offline check |\n|---|---|---|---|---|\n",
        output::counted(rules.len(), "rule", "rules"),
        output::counted(providers.len(), "provider", "providers")
    );
    for rule in rules {
        let RuleInfo { id, description, severity, .. } = &*rule.info;
        let check = rule.check.as_deref().unwrap_or("");
        let cells =
            [name(&rule), format!("`{id}`"), description.to_string(), severity.to_string(), check.to_owned()];
        out.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    out
}

fn described(info: &RuleInfo) -> serde_json::Value {
    json!({
        "id": info.id,
        "description": info.description,
        "provider": info.provider,
        "severity": info.severity.to_string(),
        "confidence": info.confidence.to_string(),
        "generic": info.generic,
        "part": info.part,
        "companions": info.companions.iter().map(|one| &*one.name).collect::<Vec<_>>(),
        "verify": info.verify,
        "revoke": info.revoke,
        "references": info.references,
        "tags": info.tags,
    })
}
