//! References to secrets that a manager keeps, and files that are encrypted: what a text points at.
//!
//! The scanner knows the same forms as values that are no secrets; here each has the name of its manager. A test compares
//! the two.
//!
//! # Performance
//!
//! One pass for all literals; a pattern is run only on a few hundred bytes around a literal that was seen, so a line of a
//! million bytes costs no more than a million lines.

mod manifest;
mod shapes;

use super::attributes::is_ci;
use super::mention::{LineNumbers, Mention, line_around};
use super::row::RowType;
use crate::model::Piece;
use aho_corasick::AhoCorasick;
use regex::bytes::Regex;
use shapes::{CIPHERTEXTS, SHAPES, ShapeScope};
use std::sync::OnceLock;

/// How far before and after a literal a reference may extend, bytes.
const BEFORE: usize = 64;
const AFTER: usize = 512;

/// The literals of all shapes, and the shape of each.
struct Literals {
    automaton: AhoCorasick,
    shapes: Vec<usize>,
}

fn literals() -> &'static Literals {
    static LITERALS: OnceLock<Literals> = OnceLock::new();
    LITERALS.get_or_init(|| {
        let all = SHAPES.iter().enumerate();
        let all: Vec<(usize, &str)> =
            all.flat_map(|(number, shape)| shape.literals.iter().map(move |one| (number, *one))).collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(all.iter().map(|(_, literal)| literal))
            .expect("a few short literals fit");
        Literals { automaton, shapes: all.into_iter().map(|(number, _)| number).collect() }
    })
}

/// The pattern of a shape, compiled when it is first needed.
fn pattern(number: usize) -> &'static Regex {
    static PATTERNS: [OnceLock<Regex>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];
    PATTERNS[number].get_or_init(|| {
        // Of bytes: with Unicode's classes a repetition takes megabytes.
        let pattern = format!("(?-u){}", SHAPES[number].pattern);
        Regex::new(&pattern).expect("a test compiles each pattern")
    })
}

/// Appends the references in the text of the file `path`; `line` is the number of its first line.
pub(super) fn find(path: &str, text: &[u8], line: u64, found: &mut Vec<Mention>) {
    let mut numbers = LineNumbers::new(text, line);
    // The end of the last reference: what is inside it is no other one.
    let mut last_end = 0;
    for hit in literals().automaton.find_overlapping_iter(text) {
        let number = literals().shapes[hit.pattern().as_usize()];
        let shape = &SHAPES[number];
        if hit.start() < last_end || !is_in_scope(shape.scope, path) {
            continue;
        }
        let (line_start, line_end) = line_around(text, hit.start(), AFTER, 2 * AFTER);
        let (from, to) =
            (line_start.max(hit.start().saturating_sub(BEFORE)), line_end.min(hit.end() + AFTER));
        if shape.scope == ShapeScope::Expression && !is_in_expression(&text[line_start..hit.start()]) {
            continue;
        }
        let window = &text[from..to];
        let captures = pattern(number).captures_iter(window).find(|one| {
            one.get(0).is_some_and(|all| (all.start()..all.end()).contains(&(hit.start() - from)))
        });
        let Some(captures) = captures else { continue };
        let (Some(all), Some(name)) = (captures.get(0), captures.name("name")) else { continue };
        // In a string of a program the line ends with an escape.
        let name = String::from_utf8_lossy(name.as_bytes());
        let name = name.split('\\').next().unwrap_or_default().to_owned();
        let Some((kind, service, name)) = shape.named(name).filter(|(.., name)| is_name(name)) else {
            continue;
        };
        last_end = from + all.end();
        found.push(Mention {
            row_type: RowType::Reference,
            kind,
            service,
            name,
            path: path.to_owned(),
            line: numbers.of(hit.start()),
            has_value: false,
        });
    }
    manifest::find(path, text, line, found);
}

/// True for a name, or a template of one; false for a part of a pattern, or an ellipsis in a manual.
fn is_name(name: &str) -> bool {
    let count = |mark: char| name.matches(mark).count();
    name.contains(|letter: char| letter.is_ascii_alphanumeric())
        && !name.contains(['(', ')', '[', ']', '|', '*', '"', ',', '^'])
        && count('{') == count('}')
}

fn is_in_scope(scope: ShapeScope, path: &str) -> bool {
    match scope {
        ShapeScope::Anywhere => true,
        ShapeScope::Ci | ShapeScope::Expression => is_ci(path),
        ShapeScope::Jenkins => {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.starts_with("Jenkinsfile") || name.ends_with(".groovy") || name.ends_with(".jenkinsfile")
        }
        ShapeScope::Summon => path.rsplit('/').next().is_some_and(|name| name.starts_with("secrets.y")),
    }
}

/// True if `${{` is open before this position.
fn is_in_expression(before: &[u8]) -> bool {
    memchr::memmem::rfind(before, b"${{")
        .is_some_and(|open| memchr::memmem::find(&before[open..], b"}}").is_none())
}

/// A file that is encrypted, or has encrypted values.
pub(super) fn encrypted(path: &str, piece: &Piece<'_>) -> Option<Mention> {
    if piece.fresh.start > 0 || piece.offset > 0 {
        return None;
    }
    let mention = |kind, service, line| Mention {
        row_type: RowType::Reference,
        kind,
        service,
        name: path.to_owned(),
        path: path.to_owned(),
        line,
        has_value: false,
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("credentials") && name.ends_with(".yml.enc")
        || path.contains("credentials/") && name.ends_with(".yml.enc")
    {
        return Some(mention("rails-credentials", "Rails credentials", 1));
    }
    CIPHERTEXTS.iter().find_map(|form| {
        let text = if form.at_start { piece.head.get(..form.mark.len())? } else { piece.bytes };
        let at = memchr::memmem::find(text, form.mark.as_bytes())?;
        if !form.at_start {
            // In documentation of the form it is amid a sentence, and in a program within quotes.
            let (start, _) = line_around(text, at, AFTER, 0);
            let before = text[start..at].trim_ascii();
            let is_value = before.is_empty()
                || matches!(before.last(), Some(b':' | b'=' | b'|' | b'>' | b'-'))
                || before.ends_with(b": \"")
                || before.ends_with(b"\"") && before.contains(&b':');
            if !is_value || is_code(path) {
                return None;
            }
        }
        let line = 1 + memchr::memchr_iter(b'\n', &text[..at]).count() as u64;
        Some(mention(form.kind, form.service, line))
    })
}

/// True for programs, which handle encrypted values and do not contain them.
fn is_code(path: &str) -> bool {
    const ENDS: &[&str] = &[
        ".c", ".cc", ".cpp", ".cs", ".go", ".h", ".java", ".js", ".kt", ".md", ".php", ".py", ".rb", ".rs",
        ".rst", ".scala", ".ts",
    ];
    ENDS.iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan;

    fn found(path: &str, text: &str) -> Vec<(&'static str, String, u64)> {
        let mut found = Vec::new();
        find(path, text.as_bytes(), 1, &mut found);
        found.sort();
        found.into_iter().map(|one| (one.kind, one.name, one.line)).collect()
    }

    #[test]
    fn every_pattern_compiles_and_has_a_name() {
        for (number, shape) in SHAPES.iter().enumerate() {
            assert!(
                pattern(number).capture_names().flatten().any(|name| name == "name"),
                "{}",
                shape.pattern
            );
        }
    }

    #[test]
    fn every_example_is_named_and_the_scanner_agrees_that_it_is_no_secret() {
        for shape in SHAPES {
            assert!(!shape.examples.is_empty(), "{}", shape.pattern);
            for (text, kind, name) in shape.examples {
                let path = match shape.scope {
                    ShapeScope::Anywhere => "app/config.yml",
                    ShapeScope::Ci | ShapeScope::Expression => ".github/workflows/ci.yml",
                    ShapeScope::Jenkins => "Jenkinsfile",
                    ShapeScope::Summon => "secrets.yml",
                };
                assert_eq!(found(path, &format!("x\n{text}\n")), [(*kind, (*name).to_owned(), 2)], "{text}");
                // A whole value: what is on the right of an assignment.
                let value = text.strip_prefix("PASSWORD=");
                assert!(value.is_none_or(|value| scan::is_reference(value.as_bytes())), "{text}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_reference_is_none() {
        for text in [
            "image: hashicorp/vault:1.15/x",
            "vault:v1:abcdef",
            "shop://a/b/c",
            "@app.route('/<path:path>')",
            "see https://example.org/projects/x/secrets",
            "arn:aws:secretsmanager:eu-west-1:1:secret:*",
            "${{ secrets.X }}",
            "ref+echo://x/y",
            "ref+file://x/y",
            "the doppler effect",
            r#"pattern: "vault://(?P<name>[^x]+)""#,
            "write ${ssm:…} or sm://{0",
        ] {
            assert_eq!(found("docs/text.txt", text), [], "{text}");
        }
    }

    #[test]
    fn a_reference_in_a_string_of_a_program_ends_with_its_line() {
        assert_eq!(
            found("a.rs", r#"let text = "a: op://team/db/key\nb: 3";"#),
            [("1password", "team/db/key".to_owned(), 1)]
        );
    }

    #[test]
    fn several_references_in_a_line_are_all_found() {
        let text = "a: ${{ secrets.ONE || secrets.TWO }} ${{ env.X }} secrets.THREE";
        let names: Vec<String> =
            found(".github/workflows/ci.yml", text).into_iter().map(|(_, name, _)| name).collect();
        assert_eq!(names, ["ONE", "TWO"]);
    }

    #[test]
    fn encrypted_files_are_known_by_what_is_in_them() {
        let at =
            |path: &str, text: &[u8]| encrypted(path, &Piece::whole(text)).map(|one| (one.kind, one.line));
        let sops = format!("a: b\ntoken: {}[AES256_GCM,data:x,iv:y]\nsops:\n", "ENC");
        assert_eq!(at("a.yaml", sops.as_bytes()), Some(("sops", 2)));
        let json = format!("{{\"a\": \"{}[AES256_GCM,data:x]\"}}", "ENC");
        assert_eq!(at("a.json", json.as_bytes()), Some(("sops", 1)));
        assert_eq!(at("a.py", sops.as_bytes()), None);
        assert_eq!(at("vars/vault.yml", b"$ANSIBLE_VAULT;1.1;AES256\n6162\n"), Some(("ansible-vault", 1)));
        assert_eq!(at("x.bin", b"\0GITCRYPT\0abc"), Some(("git-crypt", 1)));
        assert_eq!(at("config/credentials.yml.enc", b"abc--def"), Some(("rails-credentials", 1)));
        assert_eq!(at("notes", format!("values such as {}[AES256_GCM,…] are", "ENC").as_bytes()), None);
    }
}
