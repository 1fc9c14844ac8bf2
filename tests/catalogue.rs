//! The built-in catalogue as a whole: every rule is complete, every example matches, no negative does, and
//! the rule files themselves match no rule. The tables of named values are of one shape.

use keydredge::model::{Check, Confidence, Found, Location, Piece, RuleIndex};
use keydredge::rules::{CHECKS, Catalogue, Held, Matcher, Rule, check_examples};
use keydredge::scan::{Scanner, Scratch};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// The files of a folder, by name.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let entries = entries.map(|entry| entry.expect("its entries can be read").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// The rules that match in a text.
fn held(scanner: &Scanner, bytes: &[u8], scratch: &mut Scratch) -> Vec<Held> {
    let found = scanner.scan(&Piece::whole(bytes), scratch);
    let held = |found: &Found| Held {
        rule: found.candidate.rule,
        secret: found.secret_span(),
        refuted: found.candidate.check == Check::Refuted,
    };
    found.iter().map(held).collect()
}

#[test]
fn every_rule_says_what_to_do_and_has_texts_to_be_held_to() {
    let mut incomplete = Vec::new();
    for rule in Catalogue::embedded_in_full().rules() {
        let info = &rule.info;
        let missing = [
            ("revoke", info.revoke.is_none() && !info.generic),
            ("examples", rule.examples.is_empty()),
            ("negatives", rule.negatives.is_empty()),
        ];
        let missing: Vec<&str> = missing.iter().filter(|(_, is)| *is).map(|(key, _)| *key).collect();
        if !missing.is_empty() {
            incomplete.push(format!("{}: rule `{}` lacks {}", rule.origin, info.id, missing.join(", ")));
        }
    }
    assert!(incomplete.is_empty(), "{}", incomplete.join("\n"));
}

#[test]
fn every_rule_has_a_literal_and_a_window_and_ids_are_unique() {
    let catalogue = Catalogue::embedded();
    let ids: BTreeSet<&str> = catalogue.rules().iter().map(|rule| rule.info.id.as_str()).collect();
    assert_eq!(ids.len(), catalogue.rules().len());
    for rule in catalogue.rules() {
        // A rule for a position on a line has none.
        let is_line = matches!(rule.matcher, Matcher::Lines { .. });
        assert!(is_line || !rule.keywords.is_empty(), "{}", rule.info.id);
        assert!(rule.check.as_deref().is_none_or(|check| CHECKS.contains(&check)), "{}", rule.info.id);
        if let Matcher::Pattern { reach, .. } = &rule.matcher {
            assert!(reach.before + reach.after > 0, "{}", rule.info.id);
        }
    }
}

#[test]
fn every_example_holds_once_and_no_negative_does() {
    let catalogue = Catalogue::embedded_in_full();
    let scanner = Scanner::new(&catalogue);
    let failures = check_examples(&catalogue, |bytes| held(&scanner, bytes, &mut Scratch::default()));
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// Escapes before a token in logs, JSON, URLs, mail and HTML that are not part of it, and what they mean.
const ESCAPES: &[(&str, &[&str])] = &[
    ("\n", &[r"\n", r"\\n", r"\x0a", "#012", "%0A", "&#10;"]),
    ("\t", &[r"\t"]),
    ("\"", &["\\\"", r"\u0022", "%22", "&quot;", "&#x22;", "&amp;quot;"]),
    ("'", &[r"\'", "&#39;"]),
    ("=", &[r"\u003d", "u003d", "%3D", "%253D", "=3D", "&#x3D;"]),
    (":", &["%3A"]),
    ("&", &["&amp;"]),
    (" ", &[r"\/", "%20", "%2F", "\x1b[38;5;196m", "\x1b(B\x1b[m", r"\033[1;32m", r"\u001b[0m"]),
];

/// Rules whose keywords begin with the byte before the token: as an escape it is everywhere in source maps and code.
const BOUNDARY_IN_KEYWORD: &[&str] = &[
    "google-fcm-server-key",
    "infisical-token",
    "ionic-token",
    "mem0-api-key",
    "openai-realtime-secret",
    "resend-api-key",
    "runway-api-key",
    "twitter-bearer-token",
];

/// Rules whose tokens may have any length to the left: letters and digits before them are part of them, even those of
/// an escape that lost its backslash.
const OPEN_TO_THE_LEFT: &[&str] = &["azure-cask-v1-key"];

#[test]
fn every_example_holds_after_an_escape_as_after_what_it_means() {
    let catalogue = Catalogue::embedded_in_full();
    let (mut lost, mut tried) = (Vec::new(), 0);
    // A program, a directive or a line of a file must begin at its start.
    let is_of_token =
        |rule: &Rule| matches!(rule.matcher, Matcher::Pattern { .. }) && rule.info.path.is_none();
    for (index, rule) in (0..).zip(catalogue.rules()).filter(|(_, rule)| is_of_token(rule)) {
        let scanner = Scanner::of_some(&catalogue, |sought| sought == RuleIndex(index));
        let mut scratch = Scratch::default();
        let mut secrets = |text: &str| -> BTreeSet<Vec<u8>> {
            let found = held(&scanner, text.as_bytes(), &mut scratch).into_iter();
            let found = found.filter(|held| !held.refuted);
            found.map(|held| text.as_bytes()[held.secret.start..held.secret.end].to_vec()).collect()
        };
        for (example, template) in rule.texts().unwrap().examples.iter().zip(&rule.examples) {
            // And the token alone, if it can be found by itself.
            let plain = secrets(example);
            let token = plain.first().map(|secret| std::str::from_utf8(secret).unwrap());
            let token = token.filter(|_| !BOUNDARY_IN_KEYWORD.contains(&rule.info.id.as_str()));
            for text in [example.as_str()].into_iter().chain(token) {
                for (meaning, escapes) in ESCAPES {
                    let expected = secrets(&format!("x{meaning}{text}"));
                    let is_open = OPEN_TO_THE_LEFT.contains(&rule.info.id.as_str());
                    for escape in escapes.iter().filter(|escape| !is_open || !escape.starts_with('u')) {
                        tried += usize::from(!expected.is_empty());
                        let found = secrets(&format!("x{escape}{text}"));
                        if found.len() < expected.len() {
                            lost.push(format!("{}: {escape:?} before {template}", rule.info.id));
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 20_000, "only {tried} texts were tried");
    assert!(lost.is_empty(), "{} of {tried}:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn a_private_key_is_whole_in_any_wrapping() {
    let catalogue = Catalogue::embedded();
    let scanner = Scanner::new(&catalogue);
    let mut scratch = Scratch::default();
    let mut failed = Vec::new();
    for form in ["{pem:rsa}", "{pem:ec}", "{pem:pkcs8}", "{pem:ed25519}", "{openssh:ed25519}", "{pem:pgp}"] {
        let pem = keydredge::rules::template::fill(form, 3).unwrap();
        let each = |before: &str, after: &str| -> String {
            pem.lines().map(|line| format!("{before}{line}{after}\n")).collect()
        };
        let mut wrapped: Vec<(String, String)> =
            ["", "+", "-", "> ", ">", "# ", "#", "// ", "//", " * ", "-- ", "; ", "| ", "    ", ">> ", "% "]
                .iter()
                .map(|mark| ((*mark).to_owned(), each(mark, "")))
                .collect();
        let written = |feed: &str, equal: &str, slash: &str| {
            let text = pem.replace('/', slash).replace('=', equal).replace('\n', feed);
            format!("{{\"key\":\"{text}\"}}")
        };
        for (name, text) in [
            ("html", each("", "<br>")),
            ("xhtml", each("<p>", "<br />")),
            ("entities", written("&#10;", "&#61;", "&#x2F;")),
            ("gson", written("\\n", "\\u003d", "/")),
            ("php", written("\\n", "=", "\\/")),
            ("twice", written("\\\\n", "\\\\u003d", "/")),
            ("form", written("%0A", "%3D", "%2F")),
            ("mail", each("", "").replace('=', "=3D")),
            ("quoted", each("\"", "\\n\" +")),
            ("crlf", each("", "\r")),
        ] {
            wrapped.push((name.to_owned(), text));
        }
        for (name, text) in wrapped {
            let found = scanner.scan(&Piece::whole(text.as_bytes()), &mut scratch);
            if !found.iter().any(|found| found.candidate.check == Check::Holds) {
                failed.push(format!("{form} in `{name}`"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_files_that_hold_the_rules_match_none_of_them() {
    let catalogue = Catalogue::embedded();
    let scanner = Scanner::new(&catalogue);
    let mut told = Vec::new();
    for path in files("rules").into_iter().chain(files("rules/named")) {
        let bytes = fs::read(&path).unwrap();
        for found in scanner.scan(&Piece::whole(&bytes), &mut Scratch::default()) {
            // Below medium confidence nothing is reported by default.
            if found.candidate.score < Confidence::Medium.floor() {
                continue;
            }
            let RuleIndex(index) = found.candidate.rule;
            // Rules for certain files do not apply elsewhere.
            if catalogue.rules()[index as usize].info.path.is_some() {
                continue;
            }
            let line = Location::of(found.secret_span(), &bytes).line;
            told.push(format!(
                "{}:{line} holds `{}`",
                path.display(),
                catalogue.rules()[index as usize].info.id
            ));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// A file of `rules/named`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedFile {
    named: Vec<Named>,
}

/// A value that is found by its shape and a provider's name near it (`rules/README.md`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    description: String,
    provider: String,
    names: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
    shapes: Vec<String>,
    #[serde(default)]
    ambiguous: bool,
    severity: String,
    verify: Option<String>,
    revoke: String,
    #[serde(default)]
    references: Vec<String>,
    tags: Vec<String>,
}

impl Named {
    /// All that is wrong with it.
    fn faults(&self) -> Vec<String> {
        let lower = |text: &String| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let short = self.names.iter().any(|name| name.len() < 4);
        let empty =
            [&self.description, &self.provider, &self.revoke].iter().any(|text| text.trim().is_empty());
        let mut faults = Vec::new();
        for (wrong, fault) in [
            (!self.id.split('-').all(|word| lower(&word.to_owned())), "its id is not kebab-case"),
            (empty || self.verify.as_deref() == Some(""), "a text is empty"),
            (self.names.is_empty() || !self.names.iter().all(lower), "its names are not in lower case"),
            (!self.names.is_sorted() || !self.words.iter().all(lower), "its names or words are not in order"),
            (self.names.iter().any(|name| name.len() < 3), "a name is shorter than three letters"),
            (short && !self.ambiguous, "a name of three letters is ambiguous"),
            (
                !["low", "medium", "high", "critical"].contains(&self.severity.as_str()),
                "its severity is unknown",
            ),
            (!self.references.iter().all(|link| link.starts_with("https://")), "a reference is no address"),
            (self.tags.is_empty() || !self.tags.iter().all(lower), "its tags are not in lower case"),
            (self.shapes.is_empty(), "it has no shape"),
        ] {
            faults.extend(wrong.then(|| fault.to_owned()));
        }
        for shape in &self.shapes {
            match extent(shape) {
                Ok((least, most)) if least < 8 || most > 2000 => {
                    faults.push(format!("`{shape}`: {least} to {most} characters"));
                }
                Ok(_) => {}
                Err(fault) => faults.push(format!("`{shape}`: {fault}")),
            }
        }
        faults
    }
}

/// The classes of a shape's characters.
const CLASSES: &[&str] = &[
    "hex",
    "lower-hex",
    "upper-hex",
    "digits",
    "lower",
    "upper",
    "letters",
    "lower+digits",
    "upper+digits",
    "base62",
    "base64",
    "base64url",
    "printable",
];

/// How many characters a shape has at least and at most, or what is wrong with it.
fn extent(shape: &str) -> Result<(usize, usize), String> {
    let mut total = (0, 0);
    for part in shape.split(' ') {
        let (least, most) = match part {
            "uuid" => (36, 36),
            "jwt" => (60, 2000),
            _ => match part.strip_prefix('"') {
                Some(text) => {
                    let text = text.strip_suffix('"').filter(|text| !text.is_empty());
                    let len = text.ok_or("a text without its end")?.len();
                    (len, len)
                }
                None => class(part)?,
            },
        };
        total = (total.0 + least, total.1 + most);
    }
    Ok(total)
}

/// The bounds of `class:N`, `class:N-M`, `class[chars]:N`.
fn class(part: &str) -> Result<(usize, usize), String> {
    let (name, count) = part.rsplit_once(':').ok_or("no count")?;
    let name = match name.split_once('[') {
        Some((name, more)) => {
            let more = more
                .strip_suffix(']')
                .filter(|more| !more.is_empty())
                .ok_or("characters without their end")?;
            if more.contains(['"', '[', ']', ' ']) || more.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
                return Err(format!("`{more}` adds more than marks"));
            }
            name
        }
        None => name,
    };
    if !CLASSES.contains(&name) {
        return Err(format!("no class `{name}`"));
    }
    let number = |text: &str| text.parse::<usize>().map_err(|_| format!("`{text}` is no count"));
    match count.split_once('-') {
        Some((least, most)) => {
            let (least, most) = (number(least)?, number(most)?);
            if least < most { Ok((least, most)) } else { Err(format!("{least} is not less than {most}")) }
        }
        None => number(count).map(|count| (count, count)),
    }
}

#[test]
fn every_named_value_is_of_the_shape_that_the_readme_tells() {
    let mut faults = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let catalogue = Catalogue::embedded();
    ids.extend(catalogue.rules().iter().map(|rule| (rule.info.id.clone(), "the rules".to_owned())));
    let mut providers = BTreeSet::new();
    for path in files("rules/named") {
        let place = path.display().to_string();
        let file: NamedFile = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(file.named.is_sorted_by_key(|named| named.id.as_str()), "{place} is not sorted by id");
        for named in file.named {
            faults.extend(named.faults().iter().map(|fault| format!("{place}: `{}`: {fault}", named.id)));
            if let Some(other) = ids.insert(named.id.clone(), place.clone()) {
                faults.push(format!("{place}: `{}` is in {other} too", named.id));
            }
            providers.insert(named.provider);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(providers.len() >= 500, "{} providers", providers.len());
}

#[test]
fn a_shape_that_says_nothing_is_told() {
    assert_eq!(extent("hex:32"), Ok((32, 32)));
    assert_eq!(extent("\"ak_\" base62[._]:24-40"), Ok((27, 43)));
    assert_eq!(extent("uuid \":\" hex:32"), Ok((69, 69)));
    for shape in [
        "",
        "hex",
        "hex:",
        "hex:x",
        "hex:9-8",
        "octal:8",
        "\"a",
        "\"\"",
        "hex:8  hex:8",
        "base62[a]:8",
        "base62[:8",
    ] {
        assert!(extent(shape).is_err(), "{shape}");
    }
}
