//! Every kind of the catalogue that has a form of its own, in six kinds of files: values drawn from a rule's own
//! examples must be found there, and its negatives in none.
//!
//! How much of an example belongs to a value is found out by trying: some tokens are recognised alone, some in the word
//! that they are part of (a URL), others under their provider's name. Parsers of structures and lines of certain files
//! have no such values: they are in `table`, and in `tests/catalogue.rs`.

use super::REPORTED;
use keydredge::findings::{Judge, settle};
use keydredge::model::{Check, Found, Piece, Place, RuleIndex, RuleInfo};
use keydredge::rules::{Catalogue, Matcher, Rule, template};
use keydredge::scan::{Scanner, Scratch};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many values are drawn for each kind.
const DRAWN: usize = 20;

/// How many kinds are in one file.
const TOGETHER: usize = 100;

/// A kind of file: the path of one, a line with `§` for a value and `~` for the name it is given, and how a value of
/// several lines is written.
struct FileKind {
    path: &'static str,
    line: &'static str,
    lines: fn(&str) -> String,
}

#[rustfmt::skip]
const FILES: [FileKind; 6] = [
    FileKind { path: "deploy/app.yml", line: "~: §", lines: |value| format!("|\n  {}", value.replace('\n', "\n  ")) },
    FileKind { path: "deploy/app.env", line: "~=§", lines: |value| format!("\"{}\"", value.replace('\n', "\\n")) },
    FileKind { path: "deploy/app.json", line: "{\"~\": \"§\"},", lines: |value| value.replace('\n', "\\n") },
    FileKind { path: "src/app.py", line: "~ = \"§\"", lines: |value| value.replace('\n', "\\n\"\n  \"") },
    FileKind { path: "deploy/app.xml", line: "<add key=\"~\" value=\"§\" />", lines: |value| value.replace('\n', "&#10;") },
    FileKind { path: "notes/app.md", line: "- ~: `§`", lines: str::to_owned },
];

/// How much of an example is put into other files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The secret, under a name that says nothing.
    Secret,
    /// The secret, under the name that it has in the example.
    Named,
    /// The word in which the secret is, under a name that says nothing.
    Word,
    /// The whole line, under such a name.
    Line,
}

const PARTS: [Part; 4] = [Part::Secret, Part::Named, Part::Word, Part::Line];

/// Kinds that are recognised by several lines or by the file they are in, hashes of passwords, which are reported in
/// files of accounts alone.
#[rustfmt::skip]
const OF_OWN_FILES: &[&str] = &[
    "akamai-edgegrid", "argon2-hash", "bcrypt-hash", "cosign-private-key", "django-password-hash",
    "dnssec-private-key", "docker-registry-secret", "gnome-keyring", "jenkins-encrypted-secret", "jwk-yaml", "jwk-yaml-sorted",
    "keepass-database", "kubeconfig-client-key", "macos-keychain", "md5crypt-hash", "minisign-secret-key",
    "npmrc-auth", "openvpn-inline-login", "openvpn-static-key", "password-safe-database",
    "postgres-password-hash", "private-key-encrypted", "private-key-putty",
    "sha256crypt-hash", "sha512crypt-hash", "smbpasswd-hash", "subversion-stored-password", "unattend-password", "volcengine-access-key",
    "yescrypt-hash",
];

/// Kinds of which fewer values are found than of others, and how many of 100: a short value without a digit may be a word,
/// a shortcut is more often one of a keyboard, and a random value is rarely a password of SES, which has a checksum.
const LESS: &[(&str, usize)] =
    &[("aws-ses-smtp-password", 75), ("mockaroo-api-key", 75), ("shortcut-api-key", 40)];

/// A value of a kind, as a file has it.
#[derive(Clone, Debug)]
struct Value {
    name: String,
    text: String,
    secret: String,
}

/// A part of an example of a rule, from which values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Drawn {
    rule: RuleIndex,
    example: usize,
    part: Part,
}

/// The built-in rules, compiled, and a judge that is made once: it has a table of all names.
struct Engine<'a> {
    rules: &'a [Rule],
    scanner: &'a Scanner,
    infos: &'a [Arc<RuleInfo>],
    judge: Judge<'a>,
    scratch: Scratch,
}

/// A secret without what a file's kind puts between its lines.
fn plain(secret: &[u8]) -> String {
    let text = String::from_utf8_lossy(secret).replace("\\n", "").replace("&#10;", "");
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '"').collect()
}

fn written(file: &FileKind, value: &Value) -> String {
    let text = if value.text.contains('\n') { (file.lines)(&value.text) } else { value.text.clone() };
    file.line.replace('~', &value.name).replace('§', &text) + "\n\n\n\n"
}

impl Engine<'_> {
    fn scan(&mut self, text: &str) -> Vec<Found> {
        let found = self.scanner.scan(&Piece::whole(text.as_bytes()), &mut self.scratch);
        assert!(self.scratch.cut().is_none(), "the text takes too much work");
        found
    }

    /// The secrets of a file that are reported, with their rules.
    fn reported(&mut self, path: &str, text: &str) -> BTreeMap<String, BTreeSet<RuleIndex>> {
        let found = self.scan(text);
        let place = Place::file(path);
        let mut reported: BTreeMap<String, BTreeSet<RuleIndex>> = BTreeMap::new();
        for found in &settle(found, self.infos).found {
            if self.judge.score(&found.candidate, &place).is_some_and(|score| score >= REPORTED) {
                let secret = plain(found.candidate.secret.expose());
                reported.entry(secret).or_default().insert(self.judge.index(&found.candidate));
            }
        }
        reported
    }

    fn rule(&self, RuleIndex(index): RuleIndex) -> &Rule {
        &self.rules[index as usize]
    }

    fn is_of(&self, rule: RuleIndex, found: &Found) -> bool {
        self.judge.index(&found.candidate) == rule && found.candidate.check != Check::Refuted
    }

    /// Scans texts as one file, far less work than one by one: for each, what was found there (at offsets in the file),
    /// and where it ends.
    fn scan_together(&mut self, texts: &[String]) -> (String, Vec<Vec<Found>>) {
        let (mut all, mut ends) = (String::new(), Vec::with_capacity(texts.len()));
        for text in texts {
            all.push_str(text);
            // Farther than any rule that is not of long texts can see.
            all.push_str(&"\n".repeat(400));
            ends.push(all.len());
        }
        let mut found = vec![Vec::new(); texts.len()];
        for one in self.scan(&all) {
            let at = ends.partition_point(|&end| end <= one.secret_span().start);
            found[at].push(one);
        }
        (all, found)
    }

    /// A value of each example, cut out of it.
    fn draw(&mut self, wanted: &[Drawn], seed: u64) -> Vec<(Drawn, Value)> {
        let mut values = Vec::with_capacity(wanted.len());
        let (mut texts, mut of_texts) = (Vec::new(), Vec::new());
        for drawn in wanted {
            let rule = self.rule(drawn.rule);
            let text = template::fill(&rule.examples[drawn.example], seed).expect("the catalogue is sound");
            match rule.matcher {
                // Their examples are made from a name and a shape: both are plain to see.
                Matcher::Named if drawn.part == Part::Named => values.push((*drawn, assigned(&text))),
                Matcher::Named => {}
                _ => {
                    texts.push(text);
                    of_texts.push(*drawn);
                }
            }
        }
        let (all, found) = self.scan_together(&texts);
        for (drawn, found) in of_texts.iter().zip(found) {
            if let Some(found) = found.iter().find(|found| self.is_of(drawn.rule, found)) {
                values.push((*drawn, cut(&all, found, drawn.part)));
            }
        }
        values
    }

    /// The examples of some kinds that are values in a plain file, each with the part that makes it one.
    fn values_of(&mut self, kinds: &[RuleIndex]) -> Vec<Drawn> {
        let file = &FILES[0];
        let of_rule = |rule: &RuleIndex| -> Vec<Drawn> {
            let examples = 0..self.rule(*rule).examples.len();
            examples.map(|example| Drawn { rule: *rule, example, part: Part::Named }).collect()
        };
        let is_named = |drawn: &Drawn| self.rule(drawn.rule).matcher == Matcher::Named;
        let (mut sound, mut rest): (Vec<_>, Vec<_>) = kinds.iter().flat_map(of_rule).partition(is_named);
        for part in PARTS {
            rest.iter_mut().for_each(|drawn| drawn.part = part);
            let values = self.draw(&rest, 0);
            let text: String = values.iter().map(|(_, value)| written(file, value)).collect();
            let reported = self.reported(file.path, &text);
            let is_found = |drawn: &Drawn, value: &Value| {
                reported.get(&value.secret).is_some_and(|rules| rules.contains(&drawn.rule))
            };
            let found = values.iter().filter(|(drawn, value)| is_found(drawn, value));
            let found: Vec<Drawn> = found.map(|(drawn, _)| *drawn).collect();
            rest.retain(|drawn| !found.contains(drawn));
            sound.extend(found);
        }
        sound.sort_by_key(|drawn| (drawn.rule, drawn.example));
        sound
    }

    /// Draws values of some kinds and looks for them; `files` says in which files a value is, by its number.
    fn try_all(&mut self, kinds: &[RuleIndex], files: impl Fn(usize, usize) -> bool) -> Tried {
        let mut tried = Tried::default();
        let sound = self.values_of(kinds);
        let of_kinds: Vec<&[Drawn]> = sound.chunk_by(|one, other| one.rule == other.rule).collect();
        for kind in kinds.iter().filter(|kind| of_kinds.iter().all(|drawn| drawn[0].rule != **kind)) {
            tried.apart.insert(self.rule(*kind).info.id.to_string());
        }
        for number in 0..DRAWN {
            let wanted: Vec<Drawn> = of_kinds.iter().map(|drawn| drawn[number % drawn.len()]).collect();
            let values = self.draw(&wanted, number as u64 + 1);
            for (at, file) in FILES.iter().enumerate() {
                let is_here = |drawn: &Drawn| files(drawn.rule.0 as usize + number, at);
                let here: Vec<_> = values.iter().filter(|(drawn, _)| is_here(drawn)).collect();
                let text: String = here.iter().map(|(_, value)| written(file, value)).collect();
                let reported = self.reported(file.path, &text);
                for (drawn, value) in here {
                    let rules = reported.get(&value.secret);
                    tried.all += 1;
                    tried.found += usize::from(rules.is_some());
                    let of_kind = tried.kinds.entry(self.rule(drawn.rule).info.id.to_string()).or_default();
                    of_kind.0 += 1;
                    if rules.is_some_and(|rules| rules.contains(&drawn.rule)) {
                        of_kind.1 += 1;
                    } else {
                        of_kind.2 = format!("{}: {}", file.path, written(file, value));
                    }
                }
            }
        }
        tried
    }
}

/// The value of a text that is one assignment, with quotes around name and value or around neither.
fn assigned(text: &str) -> Value {
    let (name, value) = text.split_once("\": \"").or_else(|| text.split_once('=')).expect("an assignment");
    let is_around = |letter: char| letter.is_whitespace() || letter == '"' || letter == ',';
    let (name, value) = (name.trim_matches(is_around), value.trim_matches(is_around));
    Value { name: name.to_owned(), text: value.to_owned(), secret: plain(value.as_bytes()) }
}

/// The part of a text that makes what was found there a value.
fn cut(text: &str, found: &Found, part: Part) -> Value {
    let span = found.secret_span();
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let is_between = |letter: char| letter.is_whitespace() || "\"'`<>".contains(letter);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let (name, range) = match part {
        Part::Secret => ("value", span.start..span.end),
        Part::Named => {
            let head = before[line_start..].trim_end_matches(|letter| " \"':=>`(,".contains(letter));
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
            (&head[head.rfind(|letter| !is_name(letter)).map_or(0, |at| at + 1)..], span.start..span.end)
        }
        Part::Word => {
            let start = before.rfind(is_between).map_or(0, |at| at + 1);
            ("value", start..after.find(is_between).map_or(text.len(), |at| span.end + at))
        }
        Part::Line => ("value", line_start..after.find('\n').map_or(text.len(), |at| span.end + at)),
    };
    let secret = plain(found.candidate.secret.expose());
    Value { name: name.to_owned(), text: text[range].to_owned(), secret }
}

/// What was tried, and what was found.
#[derive(Debug, Default)]
struct Tried {
    /// How many values, and how many of them are reported by any rule.
    all: usize,
    found: usize,
    /// How many of a kind, how many of them are reported as that, and one that is not.
    kinds: BTreeMap<String, (usize, usize, String)>,
    /// The kinds without a value that another file may contain.
    apart: BTreeSet<String>,
}

/// Whether a rule finds values that may be in any file.
fn has_values(rule: &Rule) -> bool {
    let has_form = matches!(rule.matcher, Matcher::Pattern { .. } | Matcher::Named);
    has_form && rule.info.path.is_none() && !rule.info.part
}

/// Calls `each` with kinds of the catalogue, in parts of which no two neighbours are of one provider.
fn in_parts<R: Send>(each: impl Fn(&mut Engine<'_>, &[RuleIndex]) -> R + Sync) -> Vec<R> {
    let catalogue = Catalogue::embedded_in_full();
    let infos = catalogue.infos();
    let scanner = Scanner::new(&Catalogue::embedded());
    let kinds = (0..).map(RuleIndex).zip(catalogue.rules());
    let kinds: Vec<RuleIndex> = kinds.filter(|(_, rule)| has_values(rule)).map(|(kind, _)| kind).collect();
    let parts = kinds.len().div_ceil(TOGETHER);
    (0..parts)
        .into_par_iter()
        .map(|part| {
            let mut engine = Engine {
                rules: catalogue.rules(),
                scanner: &scanner,
                infos: &infos,
                judge: Judge::new(&infos, jiff::civil::date(2026, 6, 1)),
                scratch: Scratch::default(),
            };
            let kinds: Vec<RuleIndex> = kinds.iter().skip(part).step_by(parts).copied().collect();
            each(&mut engine, &kinds)
        })
        .collect()
}

fn every_kind_is_found(files: impl Fn(usize, usize) -> bool + Sync) {
    let tried = in_parts(|engine, kinds| engine.try_all(kinds, &files));
    let apart: BTreeSet<&str> = tried.iter().flat_map(|some| &some.apart).map(String::as_str).collect();
    let (all, found) = tried.iter().fold((0, 0), |(all, found), some| (all + some.all, found + some.found));
    let kinds = || tried.iter().flat_map(|some| &some.kinds);
    let named: usize = kinds().map(|(_, (_, named, _))| named).sum();
    let least = |id: &str| LESS.iter().find(|(known, _)| *known == id).map_or(90, |(_, least)| *least);
    let short: Vec<String> = kinds()
        .filter(|(id, (all, named, _))| !OF_OWN_FILES.contains(&id.as_str()) && named * 100 < all * least(id))
        .map(|(id, (all, named, example))| format!("{named:2} of {all:2} {id}: {example}"))
        .collect();
    assert!(short.is_empty(), "{} kinds fall short:\n{}", short.len(), short.join("\n"));
    let unknown: Vec<_> = apart.iter().filter(|id| !OF_OWN_FILES.contains(id)).collect();
    assert!(unknown.is_empty(), "no value of these is found in a plain file: {unknown:?}");
    assert!(
        found * 1000 >= all * 995 && named * 100 >= all * 99,
        "of {all} values of {} kinds {found} are found, {named} as what they are",
        kinds().count()
    );
}

#[test]
fn every_kind_is_found_in_every_kind_of_file() {
    every_kind_is_found(|value, file| value % FILES.len() == file);
}

#[test]
#[ignore = "the same with each value in all six kinds of files"]
fn every_value_of_every_kind_is_found_in_every_kind_of_file() {
    every_kind_is_found(|_, _| true);
}

#[test]
fn no_negative_of_a_kind_is_found_whatever_is_drawn() {
    let wrong = in_parts(|engine, kinds| {
        let mut wrong = Vec::new();
        let negatives: Vec<(RuleIndex, String)> = kinds
            .iter()
            .flat_map(|kind| engine.rule(*kind).negatives.iter().map(|negative| (*kind, negative.clone())))
            .collect();
        for seed in 1..=5 {
            let fill = |negative: &String| template::fill(negative, seed).expect("the catalogue is sound");
            let texts: Vec<String> = negatives.iter().map(|(_, negative)| fill(negative)).collect();
            let (_, found) = engine.scan_together(&texts);
            for ((kind, negative), found) in negatives.iter().zip(found) {
                if found.iter().any(|found| engine.is_of(*kind, found)) {
                    wrong.push(format!("{}: {negative}", engine.rule(*kind).info.id));
                }
            }
        }
        wrong
    });
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{} are found:\n{}", wrong.len(), wrong.join("\n"));
}
