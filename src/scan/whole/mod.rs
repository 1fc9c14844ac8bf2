//! Rules of gitleaks: a regex over a whole text, if one of the rule's keywords is anywhere in it.
//!
//! # Design
//!
//! Such a rule is not local: a keyword at the end of a text lets its regex match at the start. So nothing is carried over
//! from one version of a file to the next; each text is searched anew. Without such rules this costs nothing.
//!
//! What is a match, and what in it is the secret, is decided as gitleaks 8 decides it: line feeds at both ends of a match
//! do not count; the groups are those of the regex run on the match alone; a secret whose entropy is not above the
//! rule's is dropped. Text that is not UTF-8 is searched byte by byte. Then the same is done to the text with its encoded parts decoded
//! ([`layers`]).

mod layers;

use self::layers::{DEEPEST, Layer};
use super::context::around;
use super::rejection::{Rejected, Rejection, Veto};
use super::watch::Watched;
use crate::model::{
    Basis, Candidate, Check, Confidence, Context, Form, Found, RuleIndex, Score, Secret, Span, Worth,
};
use crate::rules::{Matcher, Required, Rule, WholeText};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::{memchr, memchr_iter, memrchr};
use regex::bytes::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How far a match may extend beyond the fresh bytes of a piece. Only texts that are too large to be read as a whole come
/// in pieces.
const MARGIN: usize = 64 << 10;

/// Bytes of a line that are kept on either side of a match, for allow comments and allowlists.
const LINE: usize = 4 << 10;

/// The most bytes of a match of several lines that are kept.
const LINES: usize = 64 << 10;

/// How many matches of a rule in one text are kept. With more, the text is unread: rules take too much work.
const MOST: usize = 50_000;

/// After so many matches in a text, less of their lines is kept.
const MANY: usize = 1_000;

/// How many pairs of matches of rules that require each other are compared in one text.
const PAIRS: usize = 5_000_000;

/// The score of a match of a rule that is sure of itself: high, but nothing proves it.
const SCORE: Score = Score(960);

/// The rules of whole texts.
#[derive(Debug, Default)]
pub(super) struct Whole {
    rules: Vec<One>,
    /// Each keyword, and the positions of its rules.
    keywords: Vec<(String, Vec<usize>)>,
    automaton: OnceLock<Option<AhoCorasick>>,
}

/// A rule.
#[derive(Debug)]
struct One {
    index: RuleIndex,
    score: Score,
    text: Box<WholeText>,
    /// The positions of the rules that it requires.
    required: Vec<(usize, Required)>,
    characters: OnceLock<Option<Regex>>,
    bytes: OnceLock<Option<Regex>>,
}

/// A match, and where in it the secret is.
struct Matched {
    whole: Span,
    secret: Span,
}

impl Whole {
    /// The rules of whole texts of those of `rules` for which `sought` is true.
    pub(super) fn new(rules: &[Rule], sought: impl Fn(RuleIndex) -> bool) -> Self {
        let mut whole = Self::default();
        let mut ids: HashMap<&str, usize> = HashMap::new();
        let mut keywords: HashMap<String, usize> = HashMap::new();
        for (index, rule) in (0..).map(RuleIndex).zip(rules) {
            let Matcher::Whole(text) = &rule.matcher else { continue };
            let mut text = text.clone();
            // What others require is needed, even if it is not sought itself.
            text.is_reported &= sought(index);
            let position = whole.rules.len();
            ids.insert(&rule.info.id, position);
            for keyword in &text.keywords {
                let at = *keywords.entry(keyword.clone()).or_insert(whole.keywords.len());
                if at == whole.keywords.len() {
                    whole.keywords.push((keyword.clone(), Vec::new()));
                }
                whole.keywords[at].1.push(position);
            }
            whole.rules.push(One {
                index,
                score: match rule.info.confidence {
                    level @ (Confidence::Low | Confidence::Medium) => level.floor(),
                    Confidence::High | Confidence::Certain => SCORE,
                },
                text,
                required: Vec::new(),
                characters: OnceLock::new(),
                bytes: OnceLock::new(),
            });
        }
        for one in &mut whole.rules {
            let position = |required: &Required| ids.get(required.id.as_str()).copied();
            let all = one.text.required.iter();
            // A configuration whose rules require others that do not exist was refused.
            one.required = all.filter_map(|required| Some((position(required)?, required.clone()))).collect();
        }
        if !whole.rules.iter().any(|one| one.text.is_reported) {
            return Self::default();
        }
        whole
    }

    /// How many bytes around fresh bytes a piece needs.
    pub(super) fn margin(&self) -> usize {
        if self.rules.is_empty() { 0 } else { MARGIN }
    }

    /// The candidates that start in `fresh`, a part of `text`.
    pub(super) fn find(&self, text: &[u8], fresh: Range<usize>, watched: &mut Watched) -> Vec<Found> {
        let mut found = Vec::new();
        if self.rules.is_empty() {
            return found;
        }
        self.look(text, fresh.clone(), None, watched, &mut found);
        let mut layer = Layer::of(text, None);
        for _ in 0..DEEPEST {
            let Some(below) = layer.filter(|_| watched.goes_on()) else { break };
            self.look(&below.text, fresh.clone(), Some(&below), watched, &mut found);
            layer = Layer::of(&below.text, Some(&below));
        }
        found
    }

    /// Adds the candidates of a text, or of what is decoded in it. Those of a layer must touch a decoded part.
    fn look(
        &self,
        text: &[u8],
        fresh: Range<usize>,
        layer: Option<&Layer>,
        watched: &mut Watched,
        found: &mut Vec<Found>,
    ) {
        let is_utf8 = std::str::from_utf8(text).is_ok();
        let announced = self.announced(text);
        for (one, _) in self.rules.iter().zip(announced).filter(|(one, is)| *is && one.text.is_reported) {
            if !watched.goes_on() {
                break;
            }
            let mut matches = one.matches(text, is_utf8, watched);
            matches.retain(|matched| match layer {
                None => fresh.contains(&matched.whole.start),
                Some(layer) => {
                    layer.origin(matched.whole).is_some_and(|(span, _)| fresh.contains(&span.start))
                }
            });
            if !matches.is_empty() && !one.required.is_empty() {
                self.keep_complete(one, text, is_utf8, watched, &mut matches);
            }
            for matched in &matches {
                let kept = if found.len() < MANY { LINE } else { LINE / 8 };
                let candidate = one.candidate(text, matched, kept);
                found.push(match layer.and_then(|layer| layer.origin(matched.whole)) {
                    Some((span, decoded_by)) => {
                        // The decoded match is shorter than what it was decoded from, so that it is within that.
                        let decoded = Candidate { decoded_by, ..(*candidate.candidate).clone() };
                        Found { start: span.start, candidate: Arc::new(decoded) }
                    }
                    None => candidate,
                });
            }
        }
    }

    /// Why the rules that have a keyword in `text`, and no candidate, have none; with the value that is to blame, if there
    /// is one. What is encoded in the text is not looked at.
    pub(super) fn rejections(&self, text: &[u8]) -> Vec<(RuleIndex, Rejected)> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let is_utf8 = std::str::from_utf8(text).is_ok();
        let mut watched = Watched::default();
        watched.begin(Duration::ZERO, text.len());
        let mut rejections = Vec::new();
        let announced = self.announced(text);
        for (one, _) in self.rules.iter().zip(announced).filter(|(one, is)| *is && one.text.is_reported) {
            let mut matches = one.matches(text, is_utf8, &mut watched);
            let has_matches = !matches.is_empty();
            if has_matches && !one.required.is_empty() {
                self.keep_complete(one, text, is_utf8, &mut watched, &mut matches);
            }
            if !matches.is_empty() {
                continue;
            }
            let regular = one.regex(is_utf8).and_then(|regex| regex.find(text).map(|found| (regex, found)));
            let rejected = match regular {
                _ if has_matches => Rejected::bare(Rejection::Alone),
                None => Rejected::bare(Rejection::NoMatch),
                Some((regex, found)) => {
                    let secret = one.secret(regex, found.as_bytes());
                    let value = Span::new(found.start() + secret.start, found.start() + secret.end);
                    let has = WholeText::entropy_of(&text[value.start..value.end]) as f32;
                    let veto = match value.is_empty() {
                        true => Veto::Empty,
                        false => Veto::Entropy { has, least: one.text.entropy as f32 },
                    };
                    Rejected { value: Some(value), ..Rejected::bare(veto.into()) }
                }
            };
            rejections.push((one.index, rejected));
        }
        rejections
    }

    /// For each rule, whether one of its keywords is in `text`; true for a rule without keywords.
    fn announced(&self, text: &[u8]) -> Vec<bool> {
        let mut announced: Vec<bool> = self.rules.iter().map(|one| one.text.keywords.is_empty()).collect();
        let automaton = self.automaton.get_or_init(|| {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA));
            builder.build(self.keywords.iter().map(|(keyword, _)| keyword)).ok()
        });
        let Some(automaton) = automaton else { return vec![true; self.rules.len()] };
        let mut missing = self.keywords.len();
        let mut seen = vec![false; self.keywords.len()];
        for matched in automaton.find_overlapping_iter(text) {
            let at = matched.pattern().as_usize();
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            self.keywords[at].1.iter().for_each(|&position| announced[position] = true);
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
        announced
    }

    /// Drops the matches without a match near of each rule that `one` requires.
    fn keep_complete(
        &self,
        one: &One,
        text: &[u8],
        is_utf8: bool,
        watched: &mut Watched,
        matches: &mut Vec<Matched>,
    ) {
        let mut pairs = 0;
        for (position, required) in &one.required {
            let others = places(text, &self.rules[*position].matches(text, is_utf8, watched));
            let mut own = places(text, matches).into_iter();
            matches.retain(|_| {
                let Some((line, column)) = own.next() else { return false };
                if pairs > PAIRS {
                    return true;
                }
                let within = |(other_line, other_column): &(u64, u64)| {
                    required.lines.is_none_or(|most| line.abs_diff(*other_line) <= most)
                        && required.columns.is_none_or(|most| column.abs_diff(*other_column) <= most)
                };
                // Both are in order of lines.
                let most = required.lines.unwrap_or(u64::MAX);
                let first = others.partition_point(|(other, _)| other.saturating_add(most) < line);
                let near =
                    others[first..].iter().take_while(|(other, _)| *other <= line.saturating_add(most));
                let is_complete = near.inspect(|_| pairs += 1).take(PAIRS).any(within);
                if pairs > PAIRS {
                    watched.exceed();
                }
                is_complete || pairs > PAIRS
            });
        }
    }
}

/// The lines and columns, from zero, at which `matches` start; they are in order.
fn places(text: &[u8], matches: &[Matched]) -> Vec<(u64, u64)> {
    let (mut line, mut start, mut at) = (0, 0, 0);
    let place = |matched: &Matched| {
        let before = &text[at..matched.whole.start];
        line += memchr_iter(b'\n', before).count() as u64;
        start = memrchr(b'\n', before).map_or(start, |line_feed| at + line_feed + 1);
        at = matched.whole.start;
        (line, (at - start) as u64)
    };
    matches.iter().map(place).collect()
}

impl One {
    /// The regex for a text. Only patterns that parse come here; one that cannot run byte by byte (it names a class of
    /// Unicode) runs character by character everywhere.
    fn regex(&self, is_utf8: bool) -> Option<&Regex> {
        let build = |unicode| {
            let mut builder = RegexBuilder::new(&self.text.regex);
            builder.unicode(unicode).size_limit(1 << 27).build().ok()
        };
        let characters = || self.characters.get_or_init(|| build(true)).as_ref();
        if is_utf8 {
            return characters();
        }
        self.bytes.get_or_init(|| build(false)).as_ref().or_else(characters)
    }

    /// All matches in a text whose secret has enough entropy, in order.
    fn matches(&self, text: &[u8], is_utf8: bool, watched: &mut Watched) -> Vec<Matched> {
        let mut matches = Vec::new();
        let Some(regex) = self.regex(is_utf8) else {
            watched.exceed();
            return matches;
        };
        for matched in regex.find_iter(text) {
            let whole = trimmed(text, matched.range());
            let secret = self.secret(regex, &text[whole.clone()]);
            let secret = Span::new(whole.start + secret.start, whole.start + secret.end);
            let is_random = self.text.entropy == 0.0
                || WholeText::entropy_of(&text[secret.start..secret.end]) > self.text.entropy;
            if !secret.is_empty() && is_random {
                if matches.len() == MOST {
                    watched.exceed();
                    break;
                }
                matches.push(Matched { whole: Span::new(whole.start, whole.end), secret });
            }
        }
        matches
    }

    /// Where in a match the secret is: the whole of it if the group took no part.
    fn secret(&self, regex: &Regex, matched: &[u8]) -> Range<usize> {
        let all = 0..matched.len();
        let Some(groups) = regex.captures(matched).filter(|_| regex.captures_len() > 1) else { return all };
        let group = match self.text.group {
            0 => groups.iter().skip(1).flatten().find(|group| !group.is_empty()),
            group => groups.get(group).filter(|group| !group.is_empty()),
        };
        group.map_or(all, |group| group.range())
    }

    fn candidate(&self, text: &[u8], matched: &Matched, kept: usize) -> Found {
        let Matched { whole, secret } = *matched;
        let value = Secret::new(text[secret.start..secret.end].to_vec());
        let found = candidate_of(self.index, whole, secret, value, context(text, whole, kept));
        let candidate = Candidate { score: self.score, ..Arc::unwrap_or_clone(found.candidate) };
        Found { candidate: Arc::new(candidate), ..found }
    }
}

/// The rules of `rules` without a regex.
pub(super) fn of_names(rules: &[Rule], sought: impl Fn(RuleIndex) -> bool) -> Vec<RuleIndex> {
    let all = (0..).map(RuleIndex).zip(rules);
    let of_names = all.filter(|(index, rule)| matches!(rule.matcher, Matcher::FileName) && sought(*index));
    of_names.map(|(index, _)| index).collect()
}

/// A file's name as a candidate. The secret is a digest of the last part of the name: the name itself would be masked in
/// reports.
pub(super) fn of_name(rule: RuleIndex, name: &[u8]) -> Found {
    let start = memrchr(b'/', name).map_or(0, |slash| slash + 1);
    let digest = Sha256::digest(&name[start..]);
    let secret = Secret::new(data_encoding::HEXLOWER.encode(&digest).into_bytes());
    candidate_of(rule, Span::new(start, start), Span::new(start, start), secret, Context::default())
}

fn candidate_of(rule: RuleIndex, whole: Span, secret_at: Span, secret: Secret, context: Context) -> Found {
    let candidate = Candidate {
        rule,
        len: whole.len(),
        secret_at: Span::new(secret_at.start - whole.start, secret_at.end - whole.start),
        secret,
        identifier: None,
        form: Form::Token,
        check: Check::None,
        facts: Vec::new(),
        score: SCORE,
        worth: Worth::Whole,
        decoded_by: Vec::new(),
        basis: Basis::default(),
        context,
        inside: None,
        companions: Vec::new(),
    };
    Found { start: whole.start, candidate: Arc::new(candidate) }
}

/// A match without the line feeds at its ends.
fn trimmed(text: &[u8], matched: Range<usize>) -> Range<usize> {
    let is_text = |byte: &u8| *byte != b'\n';
    let bytes = &text[matched.clone()];
    let Some(first) = bytes.iter().position(is_text) else { return matched.start..matched.start };
    let last = bytes.iter().rposition(is_text).unwrap_or(first);
    matched.start + first..matched.start + last + 1
}

/// The lines around a match, with all of its own, up to `kept` bytes on either side of it: allowlists are about them.
fn context(text: &[u8], whole: Span, kept: usize) -> Context {
    let (mut context, _) = around(text, whole);
    let from = whole.start.saturating_sub(kept);
    let start = memrchr(b'\n', &text[from..whole.start]).map_or(from, |at| from + at + 1);
    let to = text.len().min(whole.end + kept);
    let end = memchr(b'\n', &text[whole.end..to]).map_or(to, |at| whole.end + at);
    let lines = &text[start..end.min(start + LINES).max(whole.end.min(start + LINES))];
    // With the carriage returns: they are part of what gitleaks calls a line.
    context.lines = lines.split(|byte| *byte == b'\n').map(Box::from).collect();
    context
}
