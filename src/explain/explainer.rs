//! From the blobs of a file to what there is to say about it.

use super::words;
use super::{AtOnce, Case, CaseStage, Explanation, TextSpan};
use crate::findings::{Claimed, Ignores, Judge, Mask, settle_with};
use crate::model::{
    Blob, Candidate, Confidence, Coverage, Decoding, Finding, Form, Found, Inside, Location, Occurrence,
    Place, RuleIndex, RuleInfo, Secret, SettingsReceipt, Span, Suppression,
};
use crate::rules::{Catalogue, Matcher};
use crate::scan::rejection::{Dismissal, Rejection};
use crate::scan::trace::{Lack, LiteralTrace, Miss};
use crate::scan::{Scanner, Scratch, verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// How many values that rules nearly found are kept.
const MOST: usize = 1_000;

/// How many more bytes than its literal must fit a regex for that to be worth a line.
const NEAR: u64 = 6;

/// Said of content that is no text.
const NO_TEXT: &str = "The content is no text: tokens of known formats are looked for in it, values that are assigned to names \
                       are not.";

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Inquiry {
    /// The line; all of them if there is none.
    pub line: Option<u64>,
    /// The path inside the container; all that is in it, and its own bytes, if there is none.
    pub inner: Option<String>,
    /// The rule; all of them if there is none.
    pub rule: Option<RuleIndex>,
    /// Whether the text is as short as a line, so that it is worth saying how near a regex came.
    pub is_short: bool,
    /// Whether each literal is listed at which a rule stopped at once.
    pub is_verbose: bool,
    /// Whether secrets are printed.
    pub show_secrets: bool,
}

/// Takes the blobs of a file, and then the findings of a scan of it. Shared by a source's threads.
#[derive(Debug)]
pub struct Explainer<'a> {
    scanner: &'a Scanner,
    catalogue: &'a Catalogue,
    infos: &'a [Arc<RuleInfo>],
    question: Inquiry,
    state: Mutex<TraceState>,
}

/// What is known so far.
#[derive(Debug)]
struct TraceState {
    scratch: Scratch,
    texts: BTreeMap<Option<Arc<str>>, TextTrace>,
    misses: usize,
    more: u64,
    at_once: BTreeMap<RuleIndex, AtOnce>,
    /// True if content was seen in which rules that read text found a literal, and which is none.
    has_no_text: bool,
    /// The number of the last line that was seen of any text.
    last_line: u64,
}

/// What was seen in a text: the file itself, or a member of it.
#[derive(Debug)]
struct TextTrace {
    place: Place,
    candidates: BTreeMap<CandidateKey, (Found, TextSpan, Option<TextSpan>)>,
    misses: Vec<NearMiss>,
}

/// What identifies a candidate in a text: start, length, rule, and where in it the secret is.
type CandidateKey = (usize, usize, RuleIndex, Span);

/// What a rule nearly found.
#[derive(Debug)]
struct NearMiss {
    rule: RuleIndex,
    at: TextSpan,
    literal: Option<TextSpan>,
    decoding: Option<Decoding>,
    value: Option<Secret>,
    identifier: Option<String>,
    stage: CaseStage,
    why: String,
    reasons: Vec<String>,
}

/// The result of a scan of the same file.
#[derive(Clone, Copy, Debug)]
pub struct ScanResult<'a> {
    /// The findings.
    pub findings: &'a [Finding],
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
    /// What was read.
    pub coverage: &'a Coverage,
    /// The settings.
    pub settings: &'a SettingsReceipt,
    /// The ignore file.
    pub ignores: &'a Ignores,
    /// The mask of the scan's secrets in names.
    pub mask: &'a Mask,
}

/// What became of a candidate among those of its text.
enum Fate {
    Kept,
    Part,
    Refuted,
    /// To the one at this position.
    Lost(usize),
}

impl<'a> Explainer<'a> {
    /// For one file.
    pub fn new(
        scanner: &'a Scanner,
        catalogue: &'a Catalogue,
        infos: &'a [Arc<RuleInfo>],
        question: Inquiry,
    ) -> Self {
        let state = TraceState {
            scratch: scanner.scratch(),
            texts: BTreeMap::new(),
            misses: 0,
            more: 0,
            at_once: BTreeMap::new(),
            has_no_text: false,
            last_line: 0,
        };
        Self { scanner, catalogue, infos, question, state: Mutex::new(state) }
    }

    /// Looks at a blob, or a piece of one.
    pub fn take(&self, blob: &Blob<'_>) {
        let is_asked = self.question.inner.is_none()
            || blob.inner.map(|inner| &**inner) == self.question.inner.as_deref();
        if blob.place.kind().is_name() || !is_asked {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let TraceState { scratch, texts, misses, more, at_once, has_no_text, last_line } = &mut *state;
        let text = texts.entry(blob.inner.cloned()).or_insert_with(|| TextTrace {
            place: blob.place.clone(),
            candidates: BTreeMap::new(),
            misses: Vec::new(),
        });
        let lines = LineIndex::of(blob);
        *last_line = (*last_line).max(lines.last());
        let mut literals: BTreeMap<CandidateKey, TextSpan> = BTreeMap::new();
        let mut see = |traced: LiteralTrace| {
            let literal = traced.literal.map(|span| lines.at(span));
            match traced.outcome {
                Ok(found) => {
                    if let Some(literal) = literal {
                        literals.entry(key(&found)).or_insert(literal);
                    }
                }
                Err(miss) => {
                    *has_no_text |= miss.why == Rejection::Dismissed(Dismissal::NoText);
                    let Some(near) = self.near_miss(blob, &lines, traced.rule, literal, miss) else { return };
                    let near = NearMiss { decoding: traced.decoding, ..near };
                    if near.stage == CaseStage::Literal
                        && self.question.rule.is_none()
                        && !self.question.is_verbose
                    {
                        let known = at_once.entry(near.rule);
                        known.or_insert_with(|| AtOnce { count: 0, why: near.why }).count += 1;
                    } else if *misses == MOST {
                        *more += 1;
                    } else {
                        *misses += 1;
                        text.misses.push(near);
                    }
                }
            }
        };
        let is_asked = |rule: RuleIndex, literal: Span| {
            self.question.rule.is_none_or(|asked| asked == rule)
                && (self.question.line.is_none() || lines.at(literal).touches(self.question.line))
        };
        let found = self.scanner.trace(&blob.piece, scratch, &is_asked, &mut see);
        for one in found {
            let (at, literal) = (lines.at(one.secret_span()), literals.get(&key(&one)).copied());
            let one = Found { start: one.start + blob.piece.offset as usize, ..one };
            text.candidates.entry(key(&one)).or_insert((one, at, literal));
        }
    }

    /// What to keep of a miss, if it is about what is asked.
    fn near_miss(
        &self,
        blob: &Blob<'_>,
        lines: &LineIndex<'_>,
        rule: RuleIndex,
        literal: Option<TextSpan>,
        miss: Miss,
    ) -> Option<NearMiss> {
        let Miss { why: rejection, name, value, nearness } = miss;
        let is_generic = value.is_some() && self.infos[rule.0 as usize].generic;
        let is_asked =
            self.question.rule.is_none_or(|asked| asked == rule || is_generic && self.may_name(asked));
        let bytes = |span: Span| blob.piece.bytes.get(span.start..span.end);
        let value_at = value.map(|span| lines.at(span));
        let at = value_at.or(literal).unwrap_or_default();
        let is_near = [value_at, literal].into_iter().flatten().any(|one| one.touches(self.question.line));
        let is_of_whole = self.question.line.is_none() && literal.is_none();
        if !(is_asked && (is_near || is_of_whole)) {
            return None;
        }
        let (mut stage, mut why, reasons) = words::rejection(&rejection);
        match nearness {
            Some(near) => {
                let fits = lines.at(Span::new(near.start, near.end));
                let literal_len = literal.map_or(0, |one| one.end - one.start);
                let is_little = fits.end - fits.start < literal_len + NEAR && near.lacks == Lack::More;
                let is_wide =
                    self.question.line.is_none() && self.question.rule.is_none() && !self.question.is_short;
                let is_partial = near.lacks == Lack::More && is_wide && !self.question.is_verbose;
                stage = if is_little || is_partial { CaseStage::Literal } else { CaseStage::Match };
                let byte = |at: Option<usize>| blob.piece.bytes.get(at?).copied();
                let beside = [byte(near.start.checked_sub(1)), byte(Some(near.end))];
                why = words::nearness(near.lacks, &fits, beside);
            }
            None if matches!(rejection, Rejection::NoMatch | Rejection::NoValue | Rejection::NotInText)
                && literal.is_some() =>
            {
                stage = CaseStage::Literal;
            }
            None => {}
        }
        // A name that the value is a part of would show it.
        let name = name.filter(|name| value.is_none_or(|value| !value.overlaps(*name)));
        let identifier = name.and_then(bytes).map(|name| String::from_utf8_lossy(name).into_owned());
        let value = value.and_then(bytes).map(|value| Secret::new(value.to_vec()));
        Some(NearMiss { rule, at, literal, decoding: None, value, identifier, stage, why, reasons })
    }

    /// True if the values of this rule are those of others, with a name of its own.
    fn may_name(&self, rule: RuleIndex) -> bool {
        self.catalogue.rules().get(rule.0 as usize).is_some_and(|rule| rule.matcher == Matcher::Named)
    }

    /// True if something was seen of what is asked.
    pub fn has_seen(&self) -> bool {
        !self.state.lock().unwrap_or_else(PoisonError::into_inner).texts.is_empty()
    }

    /// The number of the last line of the longest text that was seen; 0 if none was.
    pub fn last_line(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last_line
    }

    /// What there is to say, now that the file was read and the same scan has found `scanned`.
    pub fn finish(self, judge: &mut Judge<'_>, scanned: &ScanResult<'_>) -> Explanation {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let question = self.question;
        let mut cases = Vec::new();
        let mut secrets: Vec<Secret> = Vec::new();
        let mut told: BTreeSet<(usize, usize)> = BTreeSet::new();
        let starts = Starts::of(scanned.findings);
        let path = state.texts.values().find_map(|text| text.place.path.as_deref().map(str::to_owned));
        for (inner, text) in state.texts {
            let (candidates, fates) = settled(&text, self.infos);
            let mut covered: BTreeSet<(RuleIndex, u64)> = BTreeSet::new();
            for ((found, at, literal), fate) in candidates.iter().zip(&fates) {
                let candidate = &found.candidate;
                covered.insert((candidate.rule, at.start));
                let place = placed(&text.place, inner.as_ref(), at);
                let rule = judge.rule(candidate).unwrap_or(&self.infos[candidate.rule.0 as usize]).clone();
                // A whole line is a secret in files of certain names alone; elsewhere it would take the names out of the answer.
                let is_line = candidate.form == Form::Position;
                if !is_line || judge.is_within(&rule, candidate, &place).is_some() {
                    secrets.push(candidate.secret.clone());
                }
                let asked = question
                    .rule
                    .is_none_or(|asked| asked == candidate.rule || judge.index(candidate) == asked);
                let is_near =
                    at.touches(question.line) || literal.is_some_and(|one| one.touches(question.line));
                let matched = starts.find(scanned.findings, found, &place);
                told.extend(matched);
                if !asked || !is_near {
                    continue;
                }
                let mut case = Case {
                    rule: Arc::clone(&rule),
                    path: place.path.as_deref().map(str::to_owned),
                    at: *at,
                    literal: *literal,
                    decoded_by: candidate.decoded_by.clone(),
                    value: Some(candidate.secret.clone()),
                    identifier: candidate.identifier.as_deref().map(str::to_owned),
                    stage: CaseStage::Part,
                    why: words::PART.to_owned(),
                    reasons: Vec::new(),
                    score: None,
                    elsewhere: None,
                    fingerprint: None,
                };
                match fate {
                    Fate::Part => {}
                    Fate::Refuted => (case.stage, case.why) = (CaseStage::Check, words::REFUTED.to_owned()),
                    Fate::Lost(to) => {
                        let winner = &candidates[*to].0.candidate;
                        let winning = judge.rule(winner).unwrap_or(&self.infos[winner.rule.0 as usize]);
                        let is_refuted = matches!(fates[*to], Fate::Refuted);
                        case.stage = CaseStage::Overlap;
                        case.why = words::lost(candidate, &rule, winner, winning, is_refuted);
                    }
                    Fate::Kept => judged(&mut case, candidate, &place, judge, matched, scanned),
                }
                cases.push(case);
            }
            for near in text.misses {
                secrets.extend(near.value.clone());
                let within = |(found, ..): &(Found, TextSpan, Option<TextSpan>)| {
                    let span = found.span();
                    found.candidate.rule == near.rule
                        && near
                            .literal
                            .is_some_and(|one| (span.start as u64) <= one.start && one.end <= span.end as u64)
                };
                // Another literal of the rule has found it.
                if covered.contains(&(near.rule, near.at.start))
                    || near.value.is_none() && candidates.iter().any(within)
                {
                    continue;
                }
                let place = placed(&text.place, inner.as_ref(), &near.at);
                cases.push(near.into_case(self.infos, &place));
            }
        }
        // Whatever else is reported: secrets in the names of files.
        for (at, finding) in scanned.findings.iter().enumerate() {
            for (number, occurrence) in finding.occurrences.iter().enumerate() {
                let is_asked =
                    question.rule.is_none_or(|asked| self.infos[asked.0 as usize].id == finding.rule.id)
                        && question.line.is_none()
                        && question.inner.is_none();
                if is_asked && !told.contains(&(at, number)) {
                    cases.push(of_finding(finding, occurrence, scanned));
                }
            }
        }
        let best: BTreeMap<String, CaseStage> = cases.iter().fold(BTreeMap::new(), |mut best, case| {
            let stage = best.entry(case.rule.id.to_string()).or_insert(case.stage);
            *stage = case.stage.min(*stage);
            best
        });
        cases.sort_by_cached_key(|case| {
            (best[case.rule.id.as_str()], case.rule.id.to_string(), case.path.clone(), case.at, case.stage)
        });
        // Two literals of a rule may lead to one value.
        cases.dedup_by(|later, earlier| {
            let same = |one: &Case| (one.rule.id.clone(), one.path.clone(), one.at, one.stage);
            same(later) == same(earlier)
        });
        if !question.show_secrets {
            let mask = Mask::new(secrets.iter());
            for case in &mut cases {
                case.path = case.path.take().map(|path| scanned.mask.name(&path).into_owned());
                case.identifier = case.identifier.take().map(|name| mask.text(&name).into_owned());
                for reason in &mut case.reasons {
                    *reason = mask.text(reason).into_owned();
                }
            }
        }
        let at_once = state.at_once.into_iter();
        let at_once: BTreeMap<String, AtOnce> =
            at_once.map(|(rule, once)| (self.infos[rule.0 as usize].id.to_string(), once)).collect();
        let absent = question.rule.filter(|_| cases.is_empty()).and_then(|rule| {
            Some(words::absent(self.catalogue.rules().get(rule.0 as usize)?, question.line))
        });
        Explanation {
            path: path.map(|path| scanned.mask.name(&path).into_owned()),
            line: question.line,
            cases,
            more: state.more,
            at_once,
            absent,
            min_confidence: scanned.min_confidence,
            coverage: scanned.coverage.clone(),
            notes: state.has_no_text.then(|| NO_TEXT.to_owned()).into_iter().collect(),
            settings: scanned.settings.clone(),
        }
    }
}

impl NearMiss {
    fn into_case(self, infos: &[Arc<RuleInfo>], place: &Place) -> Case {
        Case {
            rule: Arc::clone(&infos[self.rule.0 as usize]),
            path: place.path.as_deref().map(str::to_owned),
            at: self.at,
            literal: self.literal,
            decoded_by: self.decoding.into_iter().collect(),
            value: self.value,
            identifier: self.identifier,
            stage: self.stage,
            why: self.why,
            reasons: self.reasons,
            score: None,
            elsewhere: None,
            fingerprint: None,
        }
    }
}

fn key(found: &Found) -> CandidateKey {
    (found.start, found.candidate.len, found.candidate.rule, found.candidate.secret_at)
}

/// The place of what is in a file, or in a member of it.
fn placed(place: &Place, inner: Option<&Arc<str>>, at: &TextSpan) -> Place {
    let location = Location {
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
        start: at.start,
        end: at.end,
        utf16_column: at.column,
        utf16_end_column: at.end_column,
    };
    match inner {
        None => place.clone(),
        Some(path) => Inside { path: Arc::clone(path), location, is_name: false }.at(place),
    }
}

/// The candidates of a text, the strongest first, and what became of them.
#[expect(clippy::type_complexity, reason = "two lists side by side")]
fn settled(
    text: &TextTrace,
    infos: &[Arc<RuleInfo>],
) -> (Vec<(Found, TextSpan, Option<TextSpan>)>, Vec<Fate>) {
    let all: Vec<Found> = text.candidates.values().map(|(found, ..)| found.clone()).collect();
    let (mut candidates, mut fates): (Vec<(Found, TextSpan, Option<TextSpan>)>, Vec<Fate>) =
        Default::default();
    let mut winners: HashMap<Span, usize> = HashMap::new();
    settle_with(all, infos, |claimed| {
        let (found, fate) = match claimed {
            Claimed::Kept(found) => (found, Fate::Kept),
            Claimed::Part(found) => (found, Fate::Part),
            Claimed::Refuted(found) => (found, Fate::Refuted),
            Claimed::Lost(found, span) => match winners.get(&span) {
                Some(&winner) => (found, Fate::Lost(winner)),
                None => return,
            },
        };
        if !matches!(fate, Fate::Lost(_)) {
            winners.insert(found.secret_span(), candidates.len());
        }
        if let Some((_, at, literal)) = text.candidates.get(&key(found)) {
            candidates.push((found.clone(), *at, *literal));
            fates.push(fate);
        }
    });
    (candidates, fates)
}

/// The occurrences of all findings by where they start: the number of the finding, and that of the occurrence in it.
struct Starts(HashMap<u64, Vec<(usize, usize)>>);

impl Starts {
    fn of(findings: &[Finding]) -> Self {
        let mut starts: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
        for (at, finding) in findings.iter().enumerate() {
            for (number, one) in finding.occurrences.iter().enumerate() {
                if !one.place.kind().is_name() {
                    starts.entry(one.location.start).or_default().push((at, number));
                }
            }
        }
        Self(starts)
    }

    /// The occurrence of a candidate.
    fn find(&self, findings: &[Finding], found: &Found, place: &Place) -> Option<(usize, usize)> {
        let all = self.0.get(&(found.secret_span().start as u64))?;
        let one = |&(at, number): &(usize, usize)| &findings[at].occurrences[number];
        let is_it = |numbers: &&(usize, usize)| {
            let matches = &one(numbers).matches;
            matches.iter().any(|matched| matched.candidate.secret == found.candidate.secret)
        };
        // A path in a report may be masked.
        let is_here = |numbers: &&(usize, usize)| one(numbers).place.path == place.path;
        let mut found = all.iter().filter(is_it);
        let first = found.clone().next();
        found.find(is_here).or(first).copied()
    }
}

/// Says of a candidate that won its bytes what a scan makes of it.
fn judged(
    case: &mut Case,
    candidate: &Candidate,
    place: &Place,
    judge: &mut Judge<'_>,
    matched: Option<(usize, usize)>,
    scanned: &ScanResult<'_>,
) {
    let belief = match judge.explain(candidate, place, verdict::reasons) {
        Ok(belief) => belief,
        Err(why) => {
            (case.stage, case.why) = words::disbelief(why, candidate, &case.rule);
            return;
        }
    };
    case.score = Some(belief.score);
    case.elsewhere = (belief.elsewhere != belief.score).then_some(belief.elsewhere);
    case.reasons = belief.reasons;
    if let Some((at, number)) = matched {
        let finding = &scanned.findings[at];
        reported(case, finding, &finding.occurrences[number], scanned);
        return;
    }
    case.stage = CaseStage::Threshold;
    let level = belief.score.confidence().unwrap_or(Confidence::Low);
    case.why = format!("it is of confidence {level}, and {} or more is reported", scanned.min_confidence);
}

/// Says of a case that it is a finding.
fn reported(case: &mut Case, finding: &Finding, occurrence: &Occurrence, scanned: &ScanResult<'_>) {
    case.fingerprint = Some(finding.fingerprint);
    let cover = occurrence.suppressed_by.as_ref().or(finding.suppressed_by.as_ref());
    (case.stage, case.why) = match cover {
        None => (CaseStage::Reported, "it is a finding".to_owned()),
        Some(Suppression::MadeUp) => {
            let why = "it is in tests, documentation or examples, and only its name and look speak for it: reported \
                       apart, not counted as a failure without --fail-in-tests";
            (CaseStage::Suppressed, why.to_owned())
        }
        Some(cover) => (CaseStage::Suppressed, format!("covered by {}", covered_by(cover, finding, scanned))),
    };
    if finding.rule.id != case.rule.id {
        case.why.push_str(&format!("; it is reported as `{}`", finding.rule.id));
    }
    let known = |reason: &String| case.reasons.contains(reason);
    let more: Vec<String> = finding.reasons.iter().filter(|reason| !known(reason)).cloned().collect();
    if finding.rule.id == case.rule.id && finding.occurrences.len() == 1 {
        case.reasons = finding.reasons.clone();
    } else if cover.is_none() {
        case.reasons.extend(more.into_iter().filter(|reason| reason.contains("ignore entry")));
    }
}

/// What covers a finding, with the line of its entry.
fn covered_by(cover: &Suppression, finding: &Finding, scanned: &ScanResult<'_>) -> String {
    let ignores = scanned.ignores;
    let is_of_all = finding.suppressed_by.as_ref() == Some(cover);
    let mut entries = ignores.entries.iter().filter(|_| is_of_all);
    let entry = entries.find(|entry| entry.fingerprint == finding.fingerprint);
    match (cover, entry) {
        (Suppression::IgnoreEntry { .. }, Some(entry)) => {
            format!("{cover}, in {}:{}", ignores.file, entry.line)
        }
        _ => cover.to_string(),
    }
}

/// A finding that is in no text: in the name of a file.
fn of_finding(finding: &Finding, occurrence: &Occurrence, scanned: &ScanResult<'_>) -> Case {
    let Location { line, column, end_line, end_column, start, end, .. } = occurrence.location;
    let mut case = Case {
        rule: Arc::clone(&finding.rule),
        path: occurrence.place.path.as_deref().map(str::to_owned),
        at: TextSpan { line, column, end_line, end_column, start, end },
        literal: None,
        decoded_by: occurrence.decoded_by.clone(),
        value: Some(finding.secret.clone()),
        identifier: finding.identifier.as_deref().map(str::to_owned),
        stage: CaseStage::Reported,
        why: String::new(),
        reasons: finding.reasons.clone(),
        score: Some(finding.score),
        elsewhere: None,
        fingerprint: None,
    };
    reported(&mut case, finding, occurrence, scanned);
    if occurrence.place.kind().is_name() {
        case.why.push_str(", in the name itself");
    }
    case
}

/// The lines of a piece.
struct LineIndex<'b> {
    blob: &'b Blob<'b>,
    /// Where each line starts, after the first.
    starts: Vec<usize>,
}

impl<'b> LineIndex<'b> {
    fn of(blob: &'b Blob<'b>) -> Self {
        let starts = memchr::memchr_iter(b'\n', blob.piece.bytes).map(|feed| feed + 1).collect();
        Self { blob, starts }
    }

    /// The number of the last line: none begins after a line break at the end.
    fn last(&self) -> u64 {
        let bytes = self.blob.piece.bytes;
        let begun = self.starts.iter().filter(|start| **start < bytes.len()).count() as u64;
        if bytes.is_empty() { self.blob.line.saturating_sub(1) } else { self.blob.line + begun }
    }

    fn at(&self, span: Span) -> TextSpan {
        let of = |at: usize| {
            let number = self.starts.partition_point(|&start| start <= at);
            let column = match number.checked_sub(1) {
                Some(before) => at - self.starts[before],
                None => at + self.blob.column as usize,
            };
            (self.blob.line + number as u64, column as u64 + 1)
        };
        let (line, column) = of(span.start);
        let (end_line, last) = of(span.end.max(span.start + 1) - 1);
        let end_column = if span.is_empty() { last } else { last + 1 };
        let offset = self.blob.piece.offset;
        let (start, end) = (offset + span.start as u64, offset + span.end as u64);
        TextSpan { line, column, end_line, end_column, start, end }
    }
}
