//! The built-in catalogue as a whole: every rule is complete, every example matches, no negative does, and
//! the rule files themselves match no rule. The tables of named values are of one shape.

use keydredge::findings::Judge;
use keydredge::model::{Check, Confidence, Found, Location, Piece, RuleIndex};
use keydredge::rules::{CHECKS, Catalogue, Held, Matcher, Rule, check_examples};
use keydredge::scan::{Scanner, Scratch};
use std::collections::BTreeSet;
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

/// The rules that match in a text; `judge` gives values the names of their providers.
fn held(scanner: &Scanner, judge: &Judge<'_>, bytes: &[u8], scratch: &mut Scratch) -> Vec<Held> {
    let found = scanner.scan(&Piece::whole(bytes), scratch);
    let held = |found: &Found| Held {
        rule: judge.index(&found.candidate),
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
        // A rule for a position on a line has none, and neither has one that names what others find.
        let is_line = matches!(rule.matcher, Matcher::Lines { .. } | Matcher::Named);
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
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::civil::date(2026, 6, 1));
    let failures = check_examples(&catalogue, |bytes| held(&scanner, &judge, bytes, &mut Scratch::default()));
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

/// Rules whose tokens may have any length to the left: letters and digits before them are part of them, even those of
/// an escape that lost its backslash.
const OPEN_TO_THE_LEFT: &[&str] = &["azure-cask-v1-key"];

#[test]
fn every_example_holds_after_an_escape_as_after_what_it_means() {
    let catalogue = Catalogue::embedded_in_full();
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::civil::date(2026, 6, 1));
    let (mut lost, mut tried) = (Vec::new(), 0);
    // A program, a directive or a line of a file must begin at its start.
    let is_of_token =
        |rule: &Rule| matches!(rule.matcher, Matcher::Pattern { .. }) && rule.info.path.is_none();
    for (index, rule) in (0..).zip(catalogue.rules()).filter(|(_, rule)| is_of_token(rule)) {
        let scanner = Scanner::of_some(&catalogue, |sought| sought == RuleIndex(index));
        let mut scratch = Scratch::default();
        let mut secrets = |text: &str| -> BTreeSet<Vec<u8>> {
            let found = held(&scanner, &judge, text.as_bytes(), &mut scratch).into_iter();
            let found = found.filter(|held| !held.refuted);
            found.map(|held| text.as_bytes()[held.secret.start..held.secret.end].to_vec()).collect()
        };
        for (example, template) in rule.texts().unwrap().examples.iter().zip(&rule.examples) {
            // And the token alone, if it can be found by itself.
            let plain = secrets(example);
            let token = plain.first().map(|secret| std::str::from_utf8(secret).unwrap());
            for text in [example.as_str()].into_iter().chain(token) {
                for (meaning, escapes) in ESCAPES {
                    let expected = secrets(&format!("x{meaning}{text}"));
                    let is_open = OPEN_TO_THE_LEFT.contains(&rule.info.id.as_str());
                    // Keywords of short prefixes begin with what is before the token: after an escape that none of them has,
                    // it is not looked for.
                    let is_sought = |escape: &str| {
                        let text = format!("x{escape}{text}").into_bytes();
                        let is_in = |keyword: &Vec<u8>| {
                            text.windows(keyword.len()).any(|there| there.eq_ignore_ascii_case(keyword))
                        };
                        rule.keywords.iter().any(is_in)
                    };
                    let escapes = escapes.iter().filter(|escape| is_sought(escape));
                    for escape in escapes.filter(|escape| !is_open || !escape.starts_with('u')) {
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

#[test]
fn files_of_named_values_are_sorted_and_cover_the_long_tail() {
    let mut providers = BTreeSet::new();
    for path in files("rules/named") {
        let place = path.display().to_string();
        let rules =
            Catalogue::parse(&place, &fs::read_to_string(&path).expect("it is text")).expect("it is sound");
        assert!(rules.is_sorted_by_key(|rule| rule.info.id.as_str()), "{place} is not sorted by id");
        assert!(rules.iter().all(|rule| rule.matcher == Matcher::Named), "{place}: only `[[named]]` is here");
        assert!(rules.iter().all(|rule| rule.info.revoke.is_some() && !rule.info.tags.is_empty()), "{place}");
        providers.extend(rules.iter().filter_map(|rule| rule.info.provider.clone()));
    }
    assert!(providers.len() >= 500, "{} providers", providers.len());
}
