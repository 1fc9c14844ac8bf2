//! `rules new`: a rule for secrets that are read on standard input.
//!
//! # Design
//!
//! What is the same in all secrets, or reads like a word, is written as it is; of everything else only the class of its
//! characters and its length. So no secret is in the rule. If too little of it is fixed to be searched for, the rule is one
//! of named values: it asks for the provider's name beside the value.

use super::{Exit, held, note, output};
use crate::cli::RulesNew;
use crate::commands::baseline::save;
use crate::error::Error;
use crate::findings::{Judge, settle};
use crate::model::{CharClass, Piece};
use crate::rules::{self, Catalogue};
use crate::scan::{Scanner, Scratch};
use crate::shown_path::shown_path;
use crate::source::stdin;
use std::collections::BTreeSet;
use std::io::Read;

/// The fewest bytes at the start of a secret that are searched for.
const LEAST_PREFIX: usize = 4;

/// The fewest characters of a secret that are not fixed.
const LEAST_DRAWN: usize = 8;

/// The most bytes that are read, and the most in a secret.
const MOST_READ: u64 = 1 << 20;
const MOST: usize = 2000;

/// A part of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
enum TokenPart {
    /// What all of them have.
    Text(String),
    /// So many characters of a class.
    Run(CharClass, usize, usize),
}

/// `rules new`.
pub(super) fn new(flags: &RulesNew) -> Result<Exit, Error> {
    let refuse = |what: &str| Err(Error::Usage { what: what.to_owned() });
    let mut bytes = Vec::new();
    let failed = |source| Error::Read { path: "standard input".into(), source };
    stdin::open()?.take(MOST_READ + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_READ {
        return refuse("standard input has more than a mebibyte; a few secrets suffice");
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return refuse("the secrets on standard input are not text");
    };
    let secrets: BTreeSet<String> = text.lines().map(secret_of).filter(|line| !line.is_empty()).collect();
    let secrets: Vec<String> = secrets.into_iter().collect();
    if secrets.is_empty() {
        return refuse("there is no secret on standard input; give one a line");
    }
    if secrets.iter().any(|secret| !secret.bytes().all(|byte| byte.is_ascii_graphic()) || secret.len() > MOST)
    {
        return refuse(
            "a secret on standard input has a blank or a character that is not ASCII, or is too long",
        );
    }
    let Some(parts) = parts_of(&secrets) else {
        return refuse(
            "the secrets on standard input have no form in common: nothing in them is random and of bounded length; \
             give several of one kind",
        );
    };
    let rule = written(flags, &parts);
    if let Some(problem) = problem_with(&rule, &secrets) {
        return Err(Error::Usage { what: format!("no rule could be made of these secrets: {problem}") });
    }
    match &flags.output {
        Some(path) if path.symlink_metadata().is_ok() => {
            let what =
                format!("{} is there already; take another name, or add what is printed", shown_path(path));
            return Err(Error::Usage { what });
        }
        Some(path) => save(path, &rule)?,
        None => drop(output::print(rule.as_bytes())?),
    }
    for known in already_found(&secrets) {
        note(&format!("the built-in rule `{known}` finds these secrets already"));
    }
    Ok(Exit::Clean)
}

/// The secret of a line: the line, or what is assigned in it.
fn secret_of(line: &str) -> String {
    let line = line.trim().trim_end_matches([',', ';']);
    let is_name = |name: &str| {
        let name = name.trim().trim_matches(['"', '\'', '`']);
        let name = name.strip_prefix("export ").unwrap_or(name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-. ".contains(&byte))
    };
    let quotes = ['"', '\'', '`'];
    let operators = [" => ", " = ", "=", ": ", ":\""];
    let assigned = operators.iter().find_map(|operator| {
        let (name, value) = line.split_once(operator)?;
        // Padding and the parts of a token are no assignment.
        let is_value = value.len() >= LEAST_DRAWN && (name.len() < value.len() || name.contains([' ', '_']));
        (is_name(name) && is_value).then_some(value)
    });
    assigned.unwrap_or(line).trim().trim_matches(quotes).to_owned()
}

/// Runs of letters and digits, and the single marks between them.
fn pieces(secret: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, letter) in secret.char_indices() {
        if !letter.is_ascii_alphanumeric() {
            pieces.extend([&secret[start..at], &secret[at..=at]]);
            start = at + 1;
        }
    }
    pieces.push(&secret[start..]);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The parts of which all secrets consist; `None` if nothing of them is random.
fn parts_of(secrets: &[String]) -> Option<Vec<TokenPart>> {
    let all: Vec<Vec<&str>> = secrets.iter().map(|secret| pieces(secret)).collect();
    let is_alike = |at: usize| all.iter().all(|pieces| pieces.get(at) == all[0].get(at));
    let is_mark = |piece: &str| piece.bytes().all(|byte| !byte.is_ascii_alphanumeric());
    // The pieces at the start that are the same.
    let mut fixed = 0;
    while fixed < all[0].len()
        && is_alike(fixed)
        && (is_mark(all[0][fixed]) || is_word(all[0][fixed], secrets.len()))
    {
        fixed += 1;
    }
    let mut parts = vec![TokenPart::Text(all[0][..fixed].concat())];
    let has_one_shape = all.iter().all(|pieces| {
        pieces.len() == all[0].len()
            && pieces
                .iter()
                .zip(&all[0])
                .all(|(one, other)| is_mark(one) == is_mark(other) && (!is_mark(one) || one == other))
    });
    // Of one secret alone a mark may be of its alphabet: it is of its form only between parts of a narrow one.
    let is_narrow = |piece: &&str| matches!(run(&[piece]), Some(TokenPart::Run(class, ..)) if !matches!(class, CharClass::Base62 | CharClass::Base64));
    let is_separator = |piece: &str| matches!(piece, "." | ":" | "~");
    let rest = &all[0][fixed..];
    let is_of_form = has_one_shape
        && (secrets.len() > 1
            || rest.iter().all(|piece| !is_mark(piece) || is_separator(piece))
            || rest.iter().all(|piece| is_mark(piece) || is_narrow(piece)));
    if is_of_form {
        for at in fixed..all[0].len() {
            let of: Vec<&str> = all.iter().map(|pieces| pieces[at]).collect();
            parts.push(match is_alike(at) && (is_mark(of[0]) || secrets.len() > 1) {
                true => TokenPart::Text(of[0].to_owned()),
                false => run(&of)?,
            });
        }
    } else {
        let rest: Vec<String> = all.iter().map(|pieces| pieces[fixed..].concat()).collect();
        let padding = rest.iter().map(|rest| rest.len() - rest.trim_end_matches('=').len()).max()?;
        if padding > 0 && rest.iter().any(|rest| rest.len() - rest.trim_end_matches('=').len() != padding) {
            return None;
        }
        let bodies: Vec<&str> = rest.iter().map(|rest| rest.trim_end_matches('=')).collect();
        parts.push(run(&bodies)?);
        parts.push(TokenPart::Text("=".repeat(padding)));
    }
    let mut joined: Vec<TokenPart> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (_, TokenPart::Text(text)) if text.is_empty() => {}
            (Some(TokenPart::Text(before)), TokenPart::Text(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    let drawn: usize =
        joined.iter().map(|part| if let TokenPart::Run(_, least, _) = part { *least } else { 0 }).sum();
    (drawn >= LEAST_DRAWN).then_some(joined)
}

/// Whether a piece reads like a word or a version. If there is only one secret, what could be random is not written.
fn is_word(piece: &str, secrets: usize) -> bool {
    let is_lettered = piece.bytes().all(|byte| byte.is_ascii_lowercase())
        || piece.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_version = piece.len() <= 3;
    let longest = if secrets > 1 { 12 } else { 8 };
    is_version || is_lettered && piece.len() <= longest
}

/// The narrowest class that all of these texts are of, with their lengths.
fn run(texts: &[&str]) -> Option<TokenPart> {
    // From narrow to wide; a class of one case before that of both.
    const CLASSES: [CharClass; 10] = [
        CharClass::Digits,
        CharClass::LowerHex,
        CharClass::UpperHex,
        CharClass::Lower,
        CharClass::Upper,
        CharClass::LowerDigits,
        CharClass::UpperDigits,
        CharClass::Base62,
        CharClass::Base64Url,
        CharClass::Base64,
    ];
    let class = CLASSES
        .into_iter()
        .find(|class| texts.iter().all(|text| text.bytes().all(|byte| class.has(byte))))?;
    let lengths = || texts.iter().map(|text| text.len());
    Some(TokenPart::Run(class, lengths().min()?, lengths().max()?))
}

/// The name of a class in shapes, its form in templates, and its characters in a regex.
fn names_of(class: CharClass) -> (&'static str, &'static str, &'static str) {
    let name = |wanted: CharClass| CharClass::NAMES.iter().find(|(_, known, _)| *known == wanted);
    let (shape, _, form) = name(class).copied().unwrap_or(("base62", class, "base62"));
    let characters = match class {
        CharClass::Digits => "0-9",
        CharClass::LowerHex => "0-9a-f",
        CharClass::UpperHex => "0-9A-F",
        CharClass::Lower => "a-z",
        CharClass::Upper => "A-Z",
        CharClass::LowerDigits => "0-9a-z",
        CharClass::UpperDigits => "0-9A-Z",
        CharClass::Base64Url => "0-9A-Za-z_-",
        CharClass::Base64 => "0-9A-Za-z+/",
        _ => "0-9A-Za-z",
    };
    (shape, form, characters)
}

/// The rule, as TOML: with a regex if what all secrets begin with is long enough for a keyword, else by the provider's name.
fn written(flags: &RulesNew, parts: &[TokenPart]) -> String {
    match parts.first() {
        Some(TokenPart::Text(prefix)) if prefix.len() >= LEAST_PREFIX => written_token(flags, parts, prefix),
        _ => written_named(flags, parts),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The keys that both kinds of rules begin with.
fn head(flags: &RulesNew, list: &str) -> String {
    let description = flags
        .description
        .clone()
        .unwrap_or_else(|| format!("{} key: say here what it is, and what it grants", flags.provider));
    format!(
        "[[{list}]]\nid = {}\ndescription = {}\nprovider = {}\n",
        quoted(&flags.id),
        quoted(&description),
        quoted(&flags.provider)
    )
}

/// The words of the provider's name, joined.
fn provider_name(flags: &RulesNew, joint: &str) -> String {
    let lower = flags.provider.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(joint)
}

/// A value that the provider's name gives away.
fn written_named(flags: &RulesNew, parts: &[TokenPart]) -> String {
    let shape = |part: &TokenPart| match part {
        TokenPart::Text(text) => format!("\"{text}\""),
        TokenPart::Run(class, least, most) if least == most => format!("{}:{least}", names_of(*class).0),
        TokenPart::Run(class, least, most) => format!("{}:{least}-{most}", names_of(*class).0),
    };
    let shape = parts.iter().map(shape).collect::<Vec<_>>().join(" ");
    let name = provider_name(flags, "");
    let ambiguous = if name.len() < 4 { "ambiguous = true\n" } else { "" };
    format!(
        "{}names = [{}]\nshapes = [{}]\n{ambiguous}severity = \"{}\"\nrevoke = \"Say here where to revoke it\"\n",
        head(flags, "named"),
        quoted(&name),
        quoted(&shape),
        flags.severity
    )
}

/// A token that begins with `prefix`.
fn written_token(flags: &RulesNew, parts: &[TokenPart], prefix: &str) -> String {
    let mut regex =
        if prefix.as_bytes()[0].is_ascii_alphanumeric() { "\\b(".to_owned() } else { "(".to_owned() };
    let (mut example, mut near) = (String::new(), String::new());
    for (at, part) in parts.iter().enumerate() {
        match part {
            TokenPart::Text(text) => {
                regex.push_str(&regex_syntax::escape(text));
                let text = text.replace('{', "{{");
                example.push_str(&text);
                near.push_str(&text);
            }
            TokenPart::Run(class, least, most) => {
                let (_, form, characters) = names_of(*class);
                regex.push_str(&match least == most {
                    true => format!("[{characters}]{{{least}}}"),
                    false => format!("[{characters}]{{{least},{most}}}"),
                });
                example.push_str(&format!("{{{form}:{most}}}"));
                // A character short, in the first run.
                let is_first = !parts[..at].iter().any(|part| matches!(part, TokenPart::Run(..)));
                near.push_str(&format!("{{{form}:{}}}", least - usize::from(is_first)));
            }
        }
    }
    // What may not be after it: more characters of its last run.
    regex.push_str(match parts.last() {
        Some(TokenPart::Run(CharClass::Base64Url, ..)) => ")(?:[^0-9A-Za-z_-]|$)",
        Some(TokenPart::Run(CharClass::Base64, ..)) => ")(?:[^0-9A-Za-z+/]|$)",
        Some(TokenPart::Text(text)) if !text.ends_with(|last: char| last.is_ascii_alphanumeric()) => ")",
        _ => ")\\b",
    });
    let upper = provider_name(flags, "_").to_uppercase();
    format!(
        "{}regex = '''{regex}'''\nkeywords = [{}]\nseverity = \"{}\"\nconfidence = \"high\"\nrevoke = \"Say here where to \
         revoke it\"\nexamples = [{}, {}]\nnegatives = [{}]\n",
        head(flags, "rules"),
        quoted(prefix),
        flags.severity,
        quoted(&format!("{upper}_KEY={example}")),
        quoted(&format!("\"key\": \"{example}\",")),
        quoted(&near),
    )
}

/// Why a rule is none, if it is none: it is tried on its own examples, and on the secrets.
fn problem_with(rule: &str, secrets: &[String]) -> Option<String> {
    if secrets.iter().any(|secret| rule.contains(secret.as_str())) {
        return Some("nothing in them is random".to_owned());
    }
    let rules = match Catalogue::parse("the new rule", rule) {
        Ok(rules) => rules,
        Err(errors) => return errors.first().map(ToString::to_string),
    };
    // What a named value is, the parser of assignments finds.
    let catalogue = match Catalogue::embedded().merge(rules.clone()) {
        Ok(catalogue) => catalogue,
        Err(errors) => return errors.first().map(ToString::to_string),
    };
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::Zoned::now().date());
    let scanner = Scanner::new(&catalogue);
    let mut scratch = Scratch::default();
    let mut scan = |bytes: &[u8]| -> Vec<rules::Held> {
        let found = scanner.scan(&Piece::whole(bytes), &mut scratch);
        held(&found, &judge)
    };
    let failures = rules::check_examples(&catalogue, &mut scan);
    if let Some(failure) = failures.first() {
        return Some(failure.to_string());
    }
    let own = rules.first()?;
    let index = catalogue.index_of(&own.info.id);
    let name = own.info.named.iter().flat_map(|named| &named.names).next();
    let line = |secret: &String| match name {
        Some(name) => format!("{name}_api_key = \"{secret}\"\n"),
        None => format!("key = \"{secret}\"\n"),
    };
    let is_found =
        |secret: &String| scan(line(secret).as_bytes()).iter().any(|held| Some(held.rule) == index);
    let missed = secrets.iter().map(is_found).collect::<Vec<_>>().iter().filter(|found| !**found).count();
    (missed > 0).then(|| format!("the rule would not find {missed} of {} of them", secrets.len()))
}

/// The built-in rules of providers that find the secrets.
fn already_found(secrets: &[String]) -> BTreeSet<String> {
    let catalogue = Catalogue::embedded();
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::Zoned::now().date());
    let text: String = secrets.iter().map(|secret| format!("key = \"{secret}\"\n\n\n")).collect();
    let found = Scanner::new(&catalogue).scan(&Piece::whole(text.as_bytes()), &mut Scratch::default());
    let found = settle(found, &infos).found;
    let rules = found.iter().filter_map(|one| judge.rule(&one.candidate));
    rules.filter(|rule| rule.provider.is_some()).map(|rule| rule.id.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(secrets: &[&str]) -> Option<Vec<TokenPart>> {
        parts_of(&secrets.iter().map(|secret| (*secret).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_fixed_is_text_and_the_rest_a_class() {
        let text = |text: &str| TokenPart::Text(text.to_owned());
        let hex = |count| TokenPart::Run(CharClass::LowerHex, count, count);
        let made = |template: &str, seed| rules::template::fill(template, seed).unwrap();
        assert_eq!(parts(&[&made("acme_live_{hex:32}", 1)]), Some(vec![text("acme_live_"), hex(32)]));
        let one = made("ak-v2.{hex:24}.{hex:40}", 1);
        assert_eq!(parts(&[&one]), Some(vec![text("ak-v2."), hex(24), text("."), hex(40)]));
        let two = [made("XQ{digits:6}Marker{hex:20}", 1), made("XQ{digits:6}Marker{hex:20}", 2)];
        assert!(parts(&[&two[0], &two[1]]).is_some());
        let base64 = Some(vec![TokenPart::Run(CharClass::Base64, 44, 44)]);
        assert_eq!(parts(&[&made("{base62:16}/{base62:8}+{base62:18}", 1)]), base64);
        assert_eq!(parts(&["letmein", "password"]), None);
        assert_eq!(parts(&["acme_live_test_key_word"]), None);
    }

    #[test]
    fn the_secret_of_a_line_is_what_is_assigned() {
        let token = rules::template::fill("acme_{hex:20}", 1).unwrap();
        for line in ["§", "KEY=§", "export KEY='§'", "  \"key\": \"§\",", "key: §", "key => \"§\";"] {
            assert_eq!(secret_of(&line.replace('§', &token)), token, "{line}");
        }
        let padded = rules::template::fill("{base64:43}=", 1).unwrap();
        assert_eq!(secret_of(&padded), padded);
    }
}
