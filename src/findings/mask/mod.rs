//! Masks the secrets of a run in every string it prints: a secret that is also in a file's name, a
//! branch, an author or a comment's reason must not be revealed there.
//!
//! A string is searched for a few consecutive bytes of a secret's variable part (without its rule's prefix
//! and a PEM block's armour), as they are and in each of the string's readings ([`view`]): base64,
//! hexadecimal, percent- and backslash-escapes. What is found becomes `…`. The secrets are kept as they are
//! and the *string* is decoded, so that one set of pieces serves every encoding at every phase.
//!
//! There are two kinds of strings. *Texts* are what was beside a secret: its identifier, a comment's reason. They are
//! searched for eight bytes of any secret. *Names* (paths, refs, authors, what a receipt says) are needed to find what
//! the report is about, and a password that a person chose is often a word of them. They are searched for twelve bytes,
//! or the whole, of secrets that a machine drew or a rule with a known form found. The program's own words are neither.

pub mod placeholder;
mod view;

use super::{Judge, LeftOut, Sighting, companion, fingerprint};
use crate::model::{
    Commit, Confidence, Coverage, Fact, Finding, Form, InImage, ObjectId, PEM_BEGIN, PEM_END, RuleInfo,
    Secret, SettingsReceipt, Suppression, Tally,
};
use aho_corasick::AhoCorasick;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, LazyLock};
use view::View;

/// What replaces what is masked.
const MARK: &str = "…";

/// How many consecutive bytes of a secret are too many in a text.
const PIECE: usize = 8;

/// The same in a name.
const PIECE_OF_NAME: usize = 12;

/// The least length of a secret that is masked at all.
const SHORTEST: usize = 4;

/// Words so common in names and paths that a secret which contains one is not given away by them. In
/// lower case; a piece within one of them is not masked, nor is a short secret that is one.
const COMMON: &[&str] = &[
    "password",
    "passphrase",
    "username",
    "administrator",
    "credentials",
    "authentication",
    "authorization",
    "production",
    "development",
    "configuration",
    "database",
    "postgresql",
    "connection",
    "application",
    "example.com",
    "localhost",
    "https://",
    "http://www.",
    "postgres://",
    "postgresql://",
    "mongodb+srv://",
    "redis://",
    "mysql://",
    "amqp://",
    "documentation",
    "repository",
    "organization",
    "environment",
    "integration",
    "kubernetes",
    "certificate",
    "-----begin ",
    " private key-----",
    "-----end ",
    "root",
    "admin",
    "test",
    "user",
    "pass",
    "main",
    "master",
    "guest",
    "secret",
    "token",
    "public",
    "login",
    "data",
    "config",
];

/// Masks the secrets of a run. The default masks nothing.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// What texts are searched for.
    texts: Pieces,
    /// What names are searched for.
    names: Pieces,
}

impl Mask {
    /// A mask of `secrets`, all of which are taken for drawn.
    pub fn new<'s>(secrets: impl Iterator<Item = &'s Secret>) -> Self {
        Self::of_parts(secrets.map(|secret| Part { secret: secret.expose(), facts: &[], is_in_names: true }))
    }

    /// A mask of every secret in `sightings` and of those left out, whatever their confidence; but an
    /// assigned value that is neither likely a secret nor drawn at random is an ordinary word, and would
    /// take ordinary words out of texts. A value at a position of a line is a secret in files of such lines alone: in a
    /// file of one line the whole line would be one, the name before the value with it.
    pub(super) fn of_sightings(
        sightings: &[Sighting],
        left_out: Option<&LeftOut>,
        rules: &[Arc<RuleInfo>],
        judge: &mut Judge<'_>,
    ) -> Self {
        // An id that is shown beside its secret grants nothing by itself.
        let shown = companion::shown(sightings, judge);
        let hits = sightings.iter().flat_map(|sighting| {
            sighting
                .hits
                .iter()
                .map(|hit| &hit.found.candidate)
                .filter(|candidate| {
                    let rule = rules.get(candidate.rule.0 as usize);
                    candidate.form != Form::Position
                        || rule
                            .is_some_and(|rule| judge.is_within(rule, candidate, &sighting.place).is_some())
                })
                .collect::<Vec<_>>()
        });
        let left_out = left_out.into_iter().flat_map(|left_out| &left_out.candidates);
        let mut seen = HashSet::new();
        Self::of_parts(hits.chain(left_out).filter_map(|candidate| {
            let rule = rules.get(candidate.rule.0 as usize)?;
            let secret = candidate.secret.expose();
            if rule.part
                || shown.contains(&(rule.id.as_str(), secret))
                || !seen.insert((candidate.rule, secret))
            {
                return None;
            }
            let is_chosen = fingerprint::could_be_chosen(secret);
            let is_word = rule.generic && candidate.score < Confidence::Medium.floor() && is_chosen;
            let has_known_form = !rule.generic && candidate.form == Form::Token;
            (!is_word).then_some(Part {
                secret: secret.strip_prefix(rule.prefix.as_bytes()).unwrap_or(secret),
                facts: &candidate.facts,
                is_in_names: has_known_form || !is_chosen,
            })
        }))
    }

    fn of_parts<'s>(parts: impl Iterator<Item = Part<'s>>) -> Self {
        let parts: Vec<Part<'_>> =
            parts.map(|part| Part { secret: within_armour(part.secret), ..part }).collect();
        let of_names = parts.iter().filter(|part| part.is_in_names);
        Self { texts: Pieces::new(PIECE, parts.iter()), names: Pieces::new(PIECE_OF_NAME, of_names) }
    }

    /// True if nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// `text` with what gives a secret away replaced by `…`.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.texts.apply(text)
    }

    /// `name` (a path, a ref, an author, a sentence with such) with what gives a drawn secret away replaced by `…`.
    pub fn name<'t>(&self, name: &'t str) -> Cow<'t, str> {
        self.names.apply(name)
    }

    /// A sentence of ours: only what it quotes is masked.
    fn sentence(&self, sentence: &str) -> Option<String> {
        let parts: Vec<Cow<'_, str>> = sentence
            .split('`')
            .enumerate()
            .map(|(at, part)| if at % 2 == 1 { self.text(part) } else { part.into() })
            .collect();
        parts.iter().any(|part| matches!(part, Cow::Owned(_))).then(|| parts.join("`"))
    }

    /// Masks every string of `findings` that comes from what was scanned.
    pub fn findings(&self, findings: &mut [Finding]) {
        if self.is_empty() {
            return;
        }
        let (paths, commits, reasons) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut masking = Masking { mask: self, paths, commits, reasons };
        findings.iter_mut().for_each(|finding| masking.finding(finding));
    }

    /// Masks every string of `coverage` that comes from scanned content.
    pub fn coverage(&self, coverage: &mut Coverage) {
        if self.is_empty() {
            return;
        }
        let tallies = coverage.excluded.values_mut().chain(coverage.unread.values_mut());
        let examples = tallies.flat_map(|Tally { examples, .. }| examples);
        replace_all(examples.chain(&mut coverage.notes), |name| self.name(name));
    }

    /// Masks every string of `settings` that comes from scanned content.
    pub fn settings(&self, settings: &mut SettingsReceipt) {
        let SettingsReceipt { files, skipped, overridden, proposed, .. } = settings;
        let paths =
            files.iter_mut().map(|file| &mut file.path).chain(proposed.iter_mut().map(|one| &mut one.path));
        let by = skipped.iter_mut().chain(overridden).map(|choice| &mut choice.by);
        replace_all(paths.chain(by), |name| self.name(name));
        replace_all(proposed.iter_mut().map(|one| &mut one.effect), |effect| self.name(effect));
    }

    fn texts<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        replace_all(texts, |text| self.text(text));
    }
}

/// Replaces each of `texts` that `masked` changes.
fn replace_all<'t>(texts: impl IntoIterator<Item = &'t mut String>, masked: impl Fn(&str) -> Cow<'_, str>) {
    for text in texts {
        if let Cow::Owned(masked) = masked(text) {
            *text = masked;
        }
    }
}

/// A secret to be masked.
#[derive(Clone, Copy)]
struct Part<'s> {
    /// The part that grants access.
    secret: &'s [u8],
    /// What a check read out of it: an id grants nothing and is not masked.
    facts: &'s [Fact],
    /// True if names are searched for it, too.
    is_in_names: bool,
}

/// Pieces of secrets, all of one length, to search strings for.
#[derive(Clone, Debug, Default)]
struct Pieces {
    /// Their length in bytes, at most 16.
    size: usize,
    /// Every piece, as a number.
    numbers: HashSet<u128>,
    /// A bit for each hash of a piece: most positions of most strings end here.
    filter: Vec<u64>,
    /// The secrets that are shorter than a piece.
    short: Option<AhoCorasick>,
}

impl Pieces {
    fn new<'s>(size: usize, parts: impl Iterator<Item = &'s Part<'s>>) -> Self {
        let mut numbers = HashSet::new();
        let mut short = Vec::new();
        for &Part { secret: part, facts, .. } in parts {
            if part.len() >= size {
                let is_told = |piece: &[u8]| {
                    facts.iter().any(|fact| fact.value.as_bytes().windows(size).any(|told| told == piece))
                };
                let hidden = part.windows(size).filter(|piece| !is_common(piece) && !is_told(piece));
                numbers.extend(hidden.map(number));
            } else if part.len() >= SHORTEST && !is_common(part) {
                short.push(part);
            }
        }
        short.sort_unstable();
        short.dedup();
        let short = (!short.is_empty()).then(|| AhoCorasick::new(&short).ok()).flatten();
        let mut filter = vec![0; (numbers.len() * 16).next_power_of_two().max(64) / 64];
        for piece in &numbers {
            let bit = hash(*piece, filter.len());
            filter[bit / 64] |= 1 << (bit % 64);
        }
        if numbers.is_empty() {
            filter.clear();
        }
        Self { size, numbers, filter, short }
    }

    fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.short.is_none()
    }

    fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_empty() || text.len() < SHORTEST {
            return Cow::Borrowed(text);
        }
        let mut hidden = Vec::new();
        for view in view::views(text) {
            self.search(&view, &mut hidden);
        }
        if hidden.is_empty() {
            return Cow::Borrowed(text);
        }
        hidden.sort_unstable_by_key(|range| range.start);
        Cow::Owned(replace(text, &hidden))
    }

    /// Adds the ranges of the text that give a secret away when read as `view`.
    fn search(&self, view: &View<'_>, hidden: &mut Vec<Range<usize>>) {
        let bytes: &[u8] = &view.bytes;
        if !self.filter.is_empty() {
            for (at, piece) in bytes.windows(self.size).enumerate() {
                let piece = number(piece);
                let bit = hash(piece, self.filter.len());
                if self.filter[bit / 64] & (1 << (bit % 64)) != 0 && self.numbers.contains(&piece) {
                    hidden.push(view.source(at..at + self.size));
                }
            }
        }
        for found in self.short.iter().flat_map(|short| short.find_overlapping_iter(bytes)) {
            hidden.push(view.source(found.range()));
        }
    }
}

/// Masks findings, each path, commit, ref and reason once: many findings have the same.
struct Masking<'m> {
    mask: &'m Mask,
    paths: HashMap<Arc<str>, Arc<str>>,
    commits: HashMap<ObjectId, Arc<Commit>>,
    /// What replaces a masked reason; nothing if it stays.
    reasons: HashMap<String, Option<String>>,
}

impl Masking<'_> {
    fn finding(&mut self, finding: &mut Finding) {
        let identifier = finding.identifier.as_deref().map(|identifier| self.mask.text(identifier));
        finding.identifier = identifier.map(Into::into);
        self.mask.texts(finding.facts.iter_mut().map(|fact| &mut fact.value));
        finding.reasons.iter_mut().for_each(|reason| self.reason(reason));
        self.mask.texts(finding.suppressed_by.iter_mut().flat_map(Suppression::texts_mut));
        if let Some(history) = &mut finding.history {
            replace_all(&mut history.refs, |name| self.mask.name(name));
            let commits = history.introduced.iter_mut().chain(&mut history.removed);
            commits.for_each(|commit| self.commit(commit));
        }
        for occurrence in &mut finding.occurrences {
            self.mask.texts(occurrence.suppressed_by.iter_mut().flat_map(Suppression::texts_mut));
            if let Some(path) = &mut occurrence.place.path {
                let mask = self.mask;
                let masked = self.paths.entry(path.clone());
                *path = masked.or_insert_with_key(|path| mask.name(path).into()).clone();
            }
            let source = &mut occurrence.place.source;
            source.commit_mut().into_iter().for_each(|commit| self.commit(commit));
            source.image_mut().into_iter().for_each(|image| self.image(image));
        }
    }

    fn reason(&mut self, reason: &mut String) {
        if !self.reasons.contains_key(reason) {
            self.reasons.insert(reason.clone(), self.mask.sentence(reason));
        }
        if let Some(Some(masked)) = self.reasons.get(reason) {
            reason.clone_from(masked);
        }
    }

    fn image(&self, image: &mut Arc<InImage>) {
        let mut masked = InImage::clone(image);
        replace_all(&mut masked.images, |name| self.mask.name(name));
        let layers = masked.layer.iter_mut().chain(&mut masked.removed);
        self.mask.texts(layers.filter_map(|layer| layer.command.as_mut()));
        if masked != **image {
            *image = Arc::new(masked);
        }
    }

    fn commit(&mut self, commit: &mut Arc<Commit>) {
        let mask = self.mask;
        let masked = self.commits.entry(commit.id).or_insert_with(|| {
            let mut masked = commit.clone();
            if [&commit.author, &commit.email].iter().any(|name| mask.name(name) != ***name) {
                let commit = Arc::make_mut(&mut masked);
                replace_all([&mut commit.author, &mut commit.email], |name| mask.name(name));
            }
            masked
        });
        *commit = masked.clone();
    }
}

/// The text with each of `ranges` (sorted by start) replaced; those that touch become one.
fn replace(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut ranges = ranges.iter().peekable();
    while let Some(first) = ranges.next() {
        let mut end = first.end;
        while let Some(next) = ranges.next_if(|next| next.start <= end) {
            end = end.max(next.end);
        }
        // Half a character cannot be printed: the whole is masked.
        let start = (0..=first.start).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0).max(done);
        let end = (end..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
        out.push_str(&text[done..start]);
        out.push_str(MARK);
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

/// A PEM block without its first and last line, which are the same in every key.
fn within_armour(secret: &[u8]) -> &[u8] {
    let Some(rest) = secret.strip_prefix(PEM_BEGIN) else { return secret };
    let start = memchr::memmem::find(rest, b"-----").map_or(0, |at| at + 5);
    let body = &rest[start..];
    &body[..memchr::memmem::rfind(body, PEM_END).unwrap_or(body.len())]
}

/// Whether a piece is a piece of a common word, or a shorter one is one.
fn is_common(piece: &[u8]) -> bool {
    static PIECES: LazyLock<HashSet<u128>> = LazyLock::new(|| {
        let sizes = [PIECE, PIECE_OF_NAME];
        let windows = |word: &&'static str| sizes.map(|size| word.as_bytes().windows(size));
        COMMON.iter().flat_map(windows).flatten().map(number).collect()
    });
    let piece = piece.to_ascii_lowercase();
    if piece.len() == PIECE || piece.len() == PIECE_OF_NAME {
        PIECES.contains(&number(&piece))
    } else {
        COMMON.iter().any(|word| word.as_bytes() == piece)
    }
}

/// A piece of at most 16 bytes as a number.
fn number(piece: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes[..piece.len()].copy_from_slice(piece);
    // Lengths are mixed only in the set of common pieces.
    u128::from_le_bytes(bytes)
}

/// A bit in a filter of `words` words, a power of two.
fn hash(piece: u128, words: usize) -> usize {
    let folded = piece as u64 ^ ((piece >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize & (words * 64 - 1)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::{InCommit, InHistory, ObjectId, Place, Presence, Source};
    use jiff::civil::Date;
    use proptest::prelude::*;

    fn mask(secrets: &[&[u8]]) -> Mask {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        Mask::new(secrets.iter())
    }

    fn escapes(piece: &[u8], escape: impl Fn(u8) -> String) -> String {
        piece.iter().map(|byte| escape(*byte)).collect()
    }

    /// Each way in which a piece of a secret may be written in a string.
    fn encodings(secret: &[u8], piece: Range<usize>) -> Vec<String> {
        let bytes = &secret[piece.clone()];
        let mut all = vec![
            data_encoding::HEXLOWER.encode(bytes),
            data_encoding::HEXUPPER.encode(bytes),
            data_encoding::BASE64.encode(bytes),
            data_encoding::BASE64URL_NOPAD.encode(bytes),
            data_encoding::BASE64.encode(&secret[..piece.end]),
            data_encoding::BASE64.encode(&secret[piece.start..]),
            escapes(bytes, |byte| format!("%{byte:02X}")),
            escapes(bytes, |byte| format!("%{byte:02x}")),
            escapes(bytes, |byte| {
                if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") }
            }),
            escapes(bytes, |byte| format!("\\u{byte:04x}")),
            escapes(bytes, |byte| format!("\\x{byte:02x}")),
        ];
        if let Ok(text) = std::str::from_utf8(bytes) {
            all.push(text.to_owned());
            let json = serde_json::to_string(text).expect("a string is JSON");
            all.push(json[1..json.len() - 1].to_owned());
        }
        all
    }

    proptest! {
        #[test]
        fn any_eight_bytes_of_a_secret_are_masked_in_every_encoding(
            secret in "[ -~]{16,48}", at in 0_usize..8, before in "[a-z/ .]{0,6}", after in "[a-z/ .=%]{0,6}",
        ) {
            let mask = mask(&[secret.as_bytes()]);
            prop_assume!(!secret.as_bytes().windows(PIECE).any(is_common));
            let piece = at..at + PIECE;
            for encoded in encodings(secret.as_bytes(), piece) {
                let text = format!("{before}{encoded}{after}");
                let masked = mask.text(&text);
                prop_assert!(!masked.contains(&encoded), "{text:?} became {masked:?}");
            }
        }

        #[test]
        fn any_text_is_masked_without_harm(secret in any::<Vec<u8>>(), text in any::<String>()) {
            let mask = mask(&[&secret, "påsswörd-ü".as_bytes()]);
            let masked = mask.text(&text);
            prop_assert_eq!(mask.text(&masked), masked.clone());
        }

        #[test]
        fn bytes_that_are_not_text_are_masked_in_displayed_paths(secret in proptest::collection::vec(any::<u8>(), 8..20)) {
            let path = crate::model::display_path(&secret);
            prop_assume!(!path.contains('\u{0}') && !secret.contains(&b'\\'));
            let masked = mask(&[&secret]).text(&path).into_owned();
            prop_assert!(masked.contains(MARK), "{path:?}");
        }
    }

    #[test]
    fn a_run_of_pieces_becomes_one_mark() {
        let mask = mask(&[b"q7Zk2Lw9Xb4Tn6Vc", b"s3cr3t"]);
        let table = [
            ("a/q7Zk2Lw9Xb4Tn6Vc.txt", "a/….txt"),
            ("k2Lw9Xb4", "…"),
            ("k2Lw9Xb", "k2Lw9Xb"),
            ("é7Zk2Lw9Xb4é", "é…é"),
            ("my-s3cr3t-s3cr3t", "my-…-…"),
            ("nothing to see here", "nothing to see here"),
        ];
        for (text, masked) in table {
            assert_eq!(mask.text(text), masked);
        }
    }

    #[test]
    fn names_lose_what_was_drawn_and_keep_what_a_person_chose() {
        let drawn: &[u8] = b"acme_q7Zk2Lw9Xb4Tn6Vc";
        let hits = vec![
            sample::candidate(drawn),
            sample::password(b"flask", Form::Quoted, 650),
            sample::password(b"Sommer2019!", Form::Quoted, 850),
        ];
        let sightings = vec![sample::sighting(sample::file("docker-flask/a.yml"), hits)];
        let rules = sample::rules();
        let mask = Mask::of_sightings(&sightings, None, &rules, &mut Judge::new(&rules, Date::MIN));
        for name in
            ["docker-flask/other.env", "Sommer2019!/x", "q7Zk2Lw9Xb4", "no secret, its checksum or structure"]
        {
            assert_eq!(mask.name(name), name);
        }
        for (name, masked) in [("a/acme_q7Zk2Lw9Xb4Tn6Vc", "a/acme_…"), ("b/Zk2Lw9Xb4Tn6.x", "b/….x")] {
            assert_eq!(mask.name(name), masked);
        }
        assert_eq!(mask.text("FLASK_flask"), "FLASK_…");
        let sentence = "a random value assigned to `x_Sommer2019!`, by flask";
        assert_eq!(mask.sentence(sentence).as_deref(), Some("a random value assigned to `x_…`, by flask"));
        assert_eq!(mask.sentence("has the format of flask"), None);
    }

    #[test]
    fn what_every_key_has_is_not_masked() {
        let armour = |word: &str| format!("-----{word} RSA PRIVATE KEY-----");
        let key = format!("{}\nq7Zk2Lw9Xb4Tn6Vc\n{}", armour("BEGIN"), armour("END"));
        let mask = mask(&[key.as_bytes(), b"my-password-1", b"root"]);
        for text in ["an RSA PRIVATE KEY-----", "password_reset.rb", "/root/x"] {
            assert_eq!(mask.text(text), text);
        }
        assert_eq!(mask.text("x-password-1"), "x…");
        assert_eq!(mask.text("q7Zk2Lw9Xb"), "…");
    }

    #[test]
    fn every_string_of_a_finding_is_masked() {
        let secret = b"acme_q7Zk2Lw9Xb4Tn6Vc";
        let text = String::from_utf8_lossy(secret);
        let commit = Arc::new(Commit {
            id: ObjectId::from_bytes(&[1; 20]).expect("20 bytes are an id"),
            author: text.to_string(),
            email: format!("{text}@example.com"),
            time: 0,
            zone: 0,
        });
        let blob = ObjectId::from_bytes(&[2; 20]).expect("20 is a length of an id");
        let in_commit = InCommit { blob, commit: commit.clone(), presence: Presence::UNKNOWN };
        let path = Some(format!("a/{text}").into());
        let place = Place { path, source: Source::Commit(in_commit) };
        let sightings = vec![sample::sighting(place, vec![sample::candidate(secret)])];
        let rules = sample::rules();
        let mask = Mask::of_sightings(&sightings, None, &rules, &mut Judge::new(&rules, Date::MIN));
        let mut finding = super::super::assemble::tests::findings(sightings, &rules).remove(0);
        finding.identifier = Some((&*text).into());
        finding.reasons.push(format!("assigned to `{text}`"));
        let reason = Some(text.to_string());
        finding.suppressed_by = Some(Suppression::IgnoreEntry { reason: reason.clone(), owner: reason });
        let (introduced, removed) = (Some(commit.clone()), Some(commit));
        let refs = vec![format!("refs/heads/{text}")];
        finding.history = Some(InHistory { introduced, removed, refs, ..InHistory::default() });
        mask.findings(std::slice::from_mut(&mut finding));
        let printed = format!("{finding:?}");
        assert!(!printed.contains("q7Zk2Lw9"), "{printed}");
        assert_eq!(finding.occurrences[0].place.path.as_deref(), Some("a/acme_…"));

        let mut coverage = Coverage::default();
        coverage.miss("permission denied", format!("b/{text}"));
        coverage.exclude("ignored", text.to_string());
        coverage.notes.push(text.to_string());
        mask.coverage(&mut coverage);
        assert!(!format!("{coverage:?}").contains("q7Zk2Lw9"));
        assert_eq!(Place::of(Source::Stdin).path, None);
    }
}
