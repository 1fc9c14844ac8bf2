//! The format of a rule file, and reading it with every mistake reported at once.
//!
//! ```toml
//! [[rules]]
//! id = "provider-kind"            # kebab-case, never reused
//! description = "A sentence fragment for people"
//! provider = "Provider"           # as people write it; absent for generic rules
//! regex = '''\b(prv_[0-9A-Za-z]{36})\b'''
//! secretGroup = 1                 # absent: the only group, or the whole match if there is none
//! keywords = ["prv_"]             # absent: the literals every match of the regex has
//! reach = { before = 0, after = 100 } # absent: derived from the regex, see `pattern`
//! entropy = 3.5                   # least Shannon entropy of the secret, bits a byte
//! path = '''\.env$'''             # a match in a file with another path is no finding
//! severity = "high"               # info low medium high critical; absent: medium
//! confidence = "high"             # low medium high certain; absent: medium
//! check = "github-crc32"          # one of `rules::CHECKS`
//! check-must-hold = true          # every real one passes the check: a failing one is refuted
//! decode = true                   # look for encoded keywords too; absent: if each keyword has 4 bytes
//!                                 # or more and is in the regex itself
//! parser = "assignment"           # instead of regex: keywords are words of an identifier; or "command", "login",
//!                                 # "directive", "manifest": keywords announce the structure; or "lines": the
//!                                 # regex is a whole line of the files that `path` names, and there are no keywords;
//!                                 # or "text": the regex, in the syntax of the `regex` crate, is searched in the whole
//!                                 # text if a keyword is anywhere in it; or "path": a file with that path is the finding
//! required = [{ id = "other", lines = 5, columns = 80 }]   # with "text": another rule that must match near it, or
//!                                 # anywhere in the text; `report = false`: the rule only serves others
//! part = true                     # a companion id: never a finding alone
//! companions = [                  # what belongs to the secret and is near it; `search` in findings/companion finds it
//!     { name = "id", regex = '''\bAC[0-9a-f]{32}\b''', shows = "account", rules = ["acme-id"] },
//! ]                               # `shows`: the name under which reports show it; absent if it is not to be shown.
//!                                 # `rules`: those that find it alone; beside the secret it is a part of its finding
//! verify = "How to verify by hand"
//! revoke = "What to do to revoke or rotate"
//! references = ["https://…"]
//! tags = ["label"]
//! examples = ["…{base62:36}…"]    # templates, see `template`: exactly one finding of the rule in each
//! negatives = ["…"]               # templates of texts without a finding of it
//! ```
//!
//! `description id keywords regex secretGroup entropy path tags` have the meaning they have in gitleaks; a file's
//! `title` is ignored. Anything else is refused with its line.

mod companions;
mod keys;
mod named;
mod rule;

use super::{Error, Matcher, Rule};
use ::toml::de::{DeTable, DeValue};
use keys::{LineEnds, RuleReader, foreign, kind};

/// Reads the rules of one file.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Rule>, Vec<Error>> {
    let (root, broken) = DeTable::parse_recoverable(text);
    let lines = LineEnds::of(file, text);
    if !broken.is_empty() {
        return Err(broken
            .iter()
            .map(|error| Error::Syntax {
                at: lines.at(&error.span().unwrap_or(0..0)),
                message: error.message().replace('\n', " "),
            })
            .collect());
    }
    let mut errors = Vec::new();
    let mut rules = Vec::new();
    for (key, value) in root.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            (list @ ("rules" | "named"), DeValue::Array(entries)) => {
                for entry in entries.iter() {
                    match entry.get_ref() {
                        DeValue::Table(table) => {
                            let reader = RuleReader::new(&lines, entry.span(), table);
                            let read = if list == "rules" { reader.rule(table) } else { reader.named(table) };
                            match read {
                                Ok(rule) => rules.push(rule),
                                Err(wrong) => errors.extend(wrong),
                            }
                        }
                        other => errors.push(Error::Value {
                            at: lines.at(&entry.span()),
                            rule: "the file".to_owned(),
                            key: list.to_owned(),
                            problem: format!(
                                "holds {}. Write each rule as a table, `[[{list}]]`.",
                                kind(other)
                            ),
                        }),
                    }
                }
            }
            (list @ ("rules" | "named"), other) => errors.push(Error::Value {
                at: lines.at(&key.span()),
                rule: "the file".to_owned(),
                key: list.to_owned(),
                problem: format!("is {}. Write each rule as a table, `[[{list}]]`.", kind(other)),
            }),
            ("title", _) => {}
            (other, _) => errors.push(Error::UnknownKey {
                at: lines.at(&key.span()),
                rule: "the file".to_owned(),
                key: other.to_owned(),
                remedy: foreign(other)
                    .unwrap_or_else(|| "A rule file holds `[[rules]]` and `[[named]]` alone.".to_owned()),
            }),
        }
    }
    define_required(&mut rules, &mut errors);
    errors.sort_by_key(|error: &Error| error.origin().map(|at| at.line));
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// Notes in each rule what the rules of the file look for that it requires.
fn define_required(rules: &mut [Rule], errors: &mut Vec<Error>) {
    let definitions: std::collections::BTreeMap<String, String> = rules
        .iter()
        .filter_map(|rule| match &rule.matcher {
            Matcher::Whole(whole) => Some((rule.info.id.to_string(), format!("{whole:?}"))),
            _ => None,
        })
        .collect();
    for rule in rules {
        let Matcher::Whole(whole) = &mut rule.matcher else { continue };
        for required in &mut whole.required {
            match definitions.get(&required.id) {
                Some(definition) => required.definition.clone_from(definition),
                None => errors.push(Error::Value {
                    at: rule.origin.clone(),
                    rule: format!("rule `{}`", rule.info.id),
                    key: "required".to_owned(),
                    problem: format!(
                        "names `{}`, and the file has no such rule of whole texts.",
                        required.id
                    ),
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Severity};
    use crate::rules::Reach;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn complaints(text: &str) -> Vec<String> {
        read("my.toml", text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    const SOUND: &str = r#"
title = "mine"
[[rules]]
id = "acme-key"
description = "Acme key"
regex = '''\b(acme_[0-9a-f]{32})\b'''
keywords = ["acme_"]
entropy = 3
severity = "high"
confidence = "high"
tags = ["a"]
path = '''\.env$'''
examples = ["acme_{hex:32}"]

[[rules]]
id = "acme-words"
description = "Acme words"
parser = "assignment"
keywords = ["acmepass"]
"#;

    #[test]
    fn a_rule_is_read_with_what_is_derived() {
        let rules = read("my.toml", SOUND).unwrap();
        let rule = &rules[0];
        assert_eq!((rule.origin.line, rules[1].origin.line), (3, 15));
        assert_eq!((rule.info.severity, rule.info.confidence), (Severity::High, Confidence::High));
        assert_eq!((rule.info.prefix.as_str(), rule.entropy, rule.decode), ("acme_", Some(3.0), true));
        let Matcher::Pattern { group, reach, .. } = &rule.matcher else { panic!("a pattern rule") };
        assert_eq!((*group, *reach), (1, Reach { before: 0, after: 32 }));
        assert!(rules[1].info.generic && rules[1].matcher == Matcher::Assignment);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_with_its_line() {
        let text = r#"
[[rules]]
id = "Acme_Key"
descripton = "Acme key"
regex = '''acme_(['''
severity = "grave"
check = "github-crc"
examples = ["{none:1}"]

[[rules]]
id = "acme-two"
description = "Two"
regex = '''acme_[0-9]+'''
keywords = "acme_"
reach = { afte = 3 }
entropy = "high"
part = 1

[rule]
"#;
        assert_eq!(
            complaints(text),
            [
                "my.toml:2: rule `Acme_Key`: `description` is missing. Say in a few words what is found.",
                "my.toml:3: rule `Acme_Key`: `id` is `Acme_Key`. Write lower-case words and digits with single hyphens between.",
                "my.toml:4: rule `Acme_Key`: unknown key `descripton`. Did you mean `description`?",
                "my.toml:5: rule `Acme_Key`: `regex` is not a regex that this program knows: unclosed character class. Correct the regex.",
                "my.toml:6: rule `Acme_Key`: `severity` is `grave`. It is one of info, low, medium, high, critical.",
                "my.toml:7: rule `Acme_Key`: `check` is `github-crc`, and there is no such check. Did you mean `github-crc32`?",
                "my.toml:8: rule `Acme_Key`: `examples` holds `{none:1}`: the template has an unknown form `{none}`. `{{` writes a literal brace.",
                "my.toml:10: rule `acme-two`: a match can extend without bound after its keyword. Bound the repetition, or state `reach.after`.",
                "my.toml:14: rule `acme-two`: `keywords` must be a list of strings.",
                "my.toml:15: rule `acme-two`: unknown key `afte`. Did you mean `after`?",
                "my.toml:16: rule `acme-two`: `entropy` must be a number from 0 to 8, in bits a byte.",
                "my.toml:17: rule `acme-two`: `part` must be true or false.",
                "my.toml:19: the file: unknown key `rule`. A rule file holds `[[rules]]` and `[[named]]` alone.",
            ]
        );
    }

    #[test]
    fn keys_of_other_tools_are_refused_with_what_to_do_instead() {
        let text =
            "[extend]\n[[rules]]\nid='a'\ndescription='a'\nregex='ab_[0-9]{9}'\n[[rules.allowlists]]\n";
        let complaints = complaints(text);
        assert!(complaints[0].contains("`--only` and `--skip`"), "{complaints:?}");
        assert!(complaints[1].contains("allow comment"), "{complaints:?}");
    }

    #[test]
    fn a_pattern_of_lines_that_grows_without_end_is_refused() {
        let rule = "[[rules]]\nid='a'\ndescription='a'\nparser='lines'\npath='a'\nregex='((?:(?:[0-9]{999}){999}){999})'\n";
        assert!(complaints(rule)[0].contains("is too large once its repetitions are written out"));
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        assert!(complaints("[[rules]]\nid = = 3\n")[0].starts_with("my.toml:2: not valid TOML"));
        assert!(complaints("rules = 3")[0].contains("`rules` is an integer"));
        assert!(complaints("rules = [3]")[0].contains("`rules` holds an integer"));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(cuts in vec((0..SOUND.len(), any::<u8>(), 0..4_usize), 1..12)) {
            let mut text = SOUND.as_bytes().to_vec();
            for (at, byte, kind) in cuts {
                let at = at.min(text.len().saturating_sub(1));
                match kind {
                    _ if text.is_empty() => text.push(byte),
                    0 => text.insert(at, byte),
                    1 => drop(text.remove(at)),
                    2 => text[at] = b"[](){}'\"\\|*+?^$"[usize::from(byte) % 15],
                    _ => text.truncate(at + 1),
                }
            }
            drop(read("fuzz.toml", &String::from_utf8_lossy(&text)));
        }
    }
}
