//! Finds what belongs to a secret in the text around it.
//!
//! # Design
//!
//! Detection looks at nothing outside of a rule's reach, so that it costs what it costs and can be carried over from one
//! version of a file to the next. Companions are searched for afterwards, around the few secrets that were found and whose
//! rule names some. So they cost nothing where nothing is found, may be farther away than a rule reaches, and a change far
//! from a secret changes no candidate of a history: there they are looked for in what is reported.
//!
//! Of several values the closest is taken (see `vicinity`), then the one whose name has more words in common with the
//! secret's (`PROD_KEY_ID` of `PROD_SECRET`), then the one with fewer lines between. If two are left none is taken, and that
//! is noted. An id that is closer to another secret of the same kind and name is that one's.

use super::vicinity::{Closeness, closeness, name_before};
use super::word::{Fit, fit};
use crate::findings::Judge;
use crate::model::{Candidate, Companion, CompanionRule, Found, RuleIndex, RuleInfo, RuleText, Secret, Span};
use crate::sync::lock;
use jiff::civil::Date;
use memchr::memchr_iter;
use regex::bytes::{Regex, RegexBuilder};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

/// How far from a secret its companions may be, in bytes.
const NEAR: usize = 4096;

/// The most values of a companion, and of secrets of one kind, that are looked at around one place.
const MOST: usize = 8;

/// The longest value of a companion, in bytes.
const LONGEST: usize = 1024;

/// Finds companions. Shared by threads.
#[derive(Debug)]
pub struct CompanionSearch<'a> {
    rules: &'a [Arc<RuleInfo>],
    judge: Judge<'a>,
    /// True if a rule that names what others find has some.
    names_some: bool,
    /// The regexes that were needed so far.
    regexes: Mutex<HashMap<RuleText, Option<Arc<Regex>>>>,
}

/// How far apart a secret and a companion are; the lowest is the closest.
type Distance = (Closeness, Reverse<usize>, usize);

/// A value that may be a companion.
struct NearbyValue<'t> {
    span: Span,
    bytes: &'t [u8],
    name: &'t [u8],
}

/// A secret in the text.
struct SecretOwner<'t> {
    /// Its position among the candidates.
    at: usize,
    secret: Secret,
    span: Span,
    name: &'t [u8],
    /// The values that may belong to it, with their distance, the closest first.
    values: Vec<(Distance, usize)>,
}

impl<'a> CompanionSearch<'a> {
    /// A search for the companions that `rules` name.
    pub fn new(rules: &'a [Arc<RuleInfo>]) -> Self {
        let names_some = rules.iter().any(|rule| rule.named.is_some() && !rule.companions.is_empty());
        let judge = Judge::new(rules, Date::ZERO);
        Self { rules, judge, names_some, regexes: Mutex::default() }
    }

    /// Notes the companions of `found`, which are in `text`.
    pub fn note(&self, found: &mut [Found], text: &[u8]) {
        // What several rules of a provider find may have one companion: each id is one secret's.
        let mut all: BTreeMap<(&str, &str), (&CompanionRule, &RuleInfo, Vec<usize>)> = BTreeMap::new();
        for (at, one) in found.iter().enumerate() {
            let is_in = text.len() >= one.secret_span().end;
            let Some(rule) = self.rule_of(&one.candidate).filter(|_| is_in) else { continue };
            let rule = &*self.rules[rule as usize];
            for companion in &rule.companions {
                let known = all.entry((&companion.name, &companion.regex));
                known.or_insert_with(|| (companion, rule, Vec::new())).2.push(at);
            }
        }
        for (companion, rule, members) in all.into_values() {
            self.pair((&mut *found, text), &members, rule, companion);
        }
    }

    /// The companions of those of `found` that have some, by position and rule. They are in `text`.
    pub(in crate::findings) fn noted(
        &self,
        mut found: Vec<Found>,
        text: &[u8],
    ) -> HashMap<(usize, RuleIndex), Vec<Companion>> {
        self.note(&mut found, text);
        let with = found.into_iter().filter(|one| !one.candidate.companions.is_empty());
        with.map(|one| ((one.start, one.candidate.rule), one.candidate.companions.clone())).collect()
    }

    /// `found` with those of `companions` that its rule names.
    pub(in crate::findings) fn with(&self, found: &Found, companions: &[Companion]) -> Found {
        let mut found = found.clone();
        if companions.is_empty() {
            return found;
        }
        if let Some(rule) = self.rule_of(&found.candidate) {
            let names = &self.rules[rule as usize].companions;
            let own = companions.iter().filter(|one| names.iter().any(|name| *name.name == *one.name));
            let own: Vec<Companion> = own.cloned().collect();
            Arc::make_mut(&mut found.candidate).companions = own;
        }
        found
    }

    /// The rule that says what belongs to a candidate, if one does.
    fn rule_of(&self, candidate: &Candidate) -> Option<u32> {
        let own = self.rules.get(candidate.rule.0 as usize)?;
        let may_be_named = self.names_some && candidate.identifier.is_some();
        let index = if may_be_named { self.judge.index(candidate) } else { candidate.rule };
        let rule = if index == candidate.rule { own } else { self.rules.get(index.0 as usize)? };
        (!rule.companions.is_empty()).then_some(index.0)
    }

    /// Looks for `companion` beside the candidates `members` of its rule.
    fn pair(
        &self,
        (found, text): (&mut [Found], &[u8]),
        members: &[usize],
        rule: &RuleInfo,
        companion: &CompanionRule,
    ) {
        let Some(regex) = self.regex(&companion.regex) else { return };
        let mut owners: Vec<SecretOwner<'_>> = members
            .iter()
            .map(|&at| {
                let (span, secret) = (found[at].secret_span(), found[at].candidate.secret.clone());
                SecretOwner { at, secret, span, name: name_before(text, span), values: Vec::new() }
            })
            .collect();
        owners.sort_by_key(|owner| (owner.span, owner.at));
        let secrets: HashSet<&[u8]> = members.iter().map(|&at| found[at].candidate.secret.expose()).collect();
        let mut values = values(text, &regex, &owners);
        values.retain(|value| !secrets.contains(value.bytes));
        values.sort_by_key(|value| value.span);
        let provider = rule.provider.as_deref().unwrap_or_default().to_lowercase();
        let extra: Vec<&str> = provider
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .chain(rule.id.split('-'))
            .filter(|word| word.len() > 2)
            .collect();
        for owner in &mut owners {
            let distance = |at: usize| Some((distance(text, owner, &values[at], &extra)?, at));
            let mut close: Vec<_> =
                near(owner.span, &values, |value| value.span).filter_map(distance).collect();
            close.sort_unstable();
            owner.values = close;
        }
        let mut noted = Vec::new();
        for owner in &owners {
            let value = match choose(owner, &values) {
                Choice::None => continue,
                Choice::Several => None,
                Choice::One(at) => match rival(owner, at, &owners, &values) {
                    Some(Ordering::Less) => continue,
                    Some(_) => None,
                    None => Some(Secret::new(values[at].bytes)),
                },
            };
            noted.push((owner.at, value));
        }
        for (at, value) in noted {
            let candidate = Arc::make_mut(&mut found[at].candidate);
            candidate.companions.push(Companion { name: companion.name.as_str().into(), value });
        }
    }

    fn regex(&self, pattern: &RuleText) -> Option<Arc<Regex>> {
        let mut regexes = lock(&self.regexes);
        let regex = regexes.entry(pattern.clone()).or_insert_with(|| {
            let regex = RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).build();
            regex.ok().map(Arc::new)
        });
        regex.clone()
    }
}

/// The values that `regex` finds near `owners`, which are in order.
fn values<'t>(text: &'t [u8], regex: &Regex, owners: &[SecretOwner<'_>]) -> Vec<NearbyValue<'t>> {
    let mut stretches: Vec<Span> = Vec::new();
    for owner in owners {
        let near = Span::new(owner.span.start.saturating_sub(NEAR), text.len().min(owner.span.end + NEAR));
        match stretches.last_mut() {
            Some(last) if near.start <= last.end => *last = Span::new(last.start, last.end.max(near.end)),
            _ => stretches.push(near),
        }
    }
    let mut values: Vec<NearbyValue<'t>> = Vec::new();
    for stretch in stretches {
        let mut at = stretch.start;
        while let Some(groups) = regex.captures_at(&text[..stretch.end], at) {
            let Some(whole) = groups.get(0) else { break };
            let value = groups.get(1).unwrap_or(whole);
            at = whole.end().max(whole.start() + 1);
            let bytes = value.as_bytes();
            let is_value =
                !bytes.is_empty() && bytes.len() <= LONGEST && bytes.iter().all(u8::is_ascii_graphic);
            let span = Span::new(value.start(), value.end());
            if is_value && !overlaps_one(owners, span) {
                values.push(NearbyValue { span, bytes, name: name_before(text, span) });
            }
            if at > stretch.end {
                break;
            }
        }
    }
    values
}

fn overlaps_one(owners: &[SecretOwner<'_>], span: Span) -> bool {
    let first = owners.partition_point(|owner| owner.span.end <= span.start);
    owners[first..].first().is_some_and(|owner| owner.span.overlaps(span))
}

/// The positions of those of `all`, which are in order, that are near `span`: at most so many on either side.
fn near<T>(span: Span, all: &[T], of: impl Fn(&T) -> Span) -> impl Iterator<Item = usize> {
    let middle = all.partition_point(|one| of(one).start < span.start);
    let is_near = |at: &usize| {
        let one = of(&all[*at]);
        one.start <= span.end + NEAR && one.end + NEAR >= span.start
    };
    let before: Vec<usize> = (0..middle).rev().take(MOST).take_while(is_near).collect();
    let after: Vec<usize> = (middle..all.len()).take(MOST).take_while(is_near).collect();
    before.into_iter().chain(after)
}

/// How far apart they are; `None` if the value belongs to something else.
fn distance(
    text: &[u8],
    owner: &SecretOwner<'_>,
    value: &NearbyValue<'_>,
    extra: &[&str],
) -> Option<Distance> {
    let Fit::Shared(words) = fit(owner.name, value.name, extra) else { return None };
    let closeness = closeness(text, owner.span, value.span)?;
    let (start, end) = (owner.span.end.min(value.span.end), owner.span.start.max(value.span.start));
    let lines = text.get(start..end).map_or(0, |gap| memchr_iter(b'\n', gap).count());
    Some((closeness, Reverse(words), lines))
}

/// What may belong to a secret.
enum Choice {
    None,
    One(usize),
    Several,
}

/// The value that belongs to `owner`.
fn choose(owner: &SecretOwner<'_>, values: &[NearbyValue<'_>]) -> Choice {
    let Some(&(best, chosen)) = owner.values.first() else { return Choice::None };
    let rivals = owner.values.iter().take_while(|(distance, _)| *distance == best);
    match rivals.clone().all(|(_, at)| values[*at].bytes == values[chosen].bytes) {
        true => Choice::One(chosen),
        false => Choice::Several,
    }
}

/// Whether the value is closer to another secret that has the same name, or as close: one of two profiles has no id.
fn rival(
    owner: &SecretOwner<'_>,
    chosen: usize,
    owners: &[SecretOwner<'_>],
    values: &[NearbyValue<'_>],
) -> Option<Ordering> {
    let to = |one: &SecretOwner<'_>| {
        let is_it = |(_, at): &&(Distance, usize)| values[*at].bytes == values[chosen].bytes;
        one.values.iter().find(is_it).map(|(distance, _)| *distance)
    };
    let own = to(owner)?;
    let others = near(owner.span, owners, |one| one.span).map(|at| &owners[at]);
    let rivals =
        others.filter(|other| other.secret != owner.secret && other.name.eq_ignore_ascii_case(owner.name));
    rivals.filter_map(|other| Some(to(other)?.cmp(&own))).filter(|order| order.is_le()).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::sample;
    use crate::model::{CompanionRule, FactKind};
    use proptest::prelude::*;

    fn rules() -> Vec<Arc<RuleInfo>> {
        let companion = CompanionRule {
            name: "id".into(),
            regex: r"\bAC[0-9]{4}\b".into(),
            shows: Some(FactKind::KeyId),
            rules: vec!["acme-token-id".into()],
        };
        let mut rules = sample::rules();
        Arc::make_mut(&mut rules[0]).companions = vec![companion];
        rules
    }

    /// What belongs to each `acme_…` of a text, in order: the id, `several`, or nothing.
    fn noted(text: &str) -> Vec<String> {
        let rules = rules();
        let mut found: Vec<Found> = text
            .match_indices("acme_")
            .map(|(at, _)| sample::found(at, sample::candidate(&text.as_bytes()[at..at + 9])))
            .collect();
        CompanionSearch::new(&rules).note(&mut found, text.as_bytes());
        let told = |found: Found| match found.candidate.companions.first() {
            None => String::new(),
            Some(Companion { value: None, .. }) => "several".to_owned(),
            Some(Companion { value: Some(value), .. }) => {
                String::from_utf8_lossy(value.expose()).into_owned()
            }
        };
        found.into_iter().map(told).collect()
    }

    #[test]
    fn the_closest_is_taken_and_what_is_not_clear_is_left() {
        for (text, wanted) in [
            ("id=AC0001\nmark=acme_0001", vec!["AC0001"]),
            ("mark=acme_0001\nid=AC0001", vec!["AC0001"]),
            ("id=AC0001\nid=AC0002\nmark=acme_0001", vec!["AC0002"]),
            ("id=AC0001\nmark=acme_0001\nid=AC0002", vec!["several"]),
            ("id=AC0001\nid=AC0001\nmark=acme_0001\nid=AC0001", vec!["AC0001"]),
            ("AC0001,acme_0001\nAC0002,acme_0002", vec!["AC0001", "AC0002"]),
            ("AC0001,AC0002,acme_0001", vec!["several"]),
            // One id, two secrets: of one name it belongs to the closer, of two names to both.
            ("id=AC0001\nmark=acme_0001\n\nmark=acme_0002", vec!["AC0001", ""]),
            ("mark=acme_0001\nid=AC0001\nmark=acme_0002", vec!["several", "several"]),
            ("id=AC0001\nreadMark=acme_0001\nwriteMark=acme_0002", vec!["AC0001", "AC0001"]),
            ("id=AC0001\nmark=acme_0001\nother=1\nmark=acme_0001", vec!["AC0001", "AC0001"]),
            ("nothing\nmark=acme_0001", vec![""]),
        ] {
            assert_eq!(noted(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_text_of_nothing_else_ends_soon() {
        let text: String = (0..600).map(|at| format!("AC{:04} acme_{:04} ", at % 9000, at)).collect();
        let start = std::time::Instant::now();
        assert_eq!(noted(&text).len(), 600);
        assert!(start.elapsed().as_secs() < 60);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Sections of several kinds in any order, the id before or after the secret and some lines away, or without one.
        #[test]
        fn an_id_is_never_that_of_another_section(
            kind in 0..4usize,
            sections in prop::collection::vec((any::<bool>(), any::<bool>(), 0..12usize), 1..8),
        ) {
            let (mut text, mut wanted) = (String::new(), Vec::new());
            for (number, (has_id, is_first, lines)) in sections.into_iter().enumerate() {
                let id = format!("AC{number:04}");
                let (id_line, key_line) = (("id", id.clone()), ("key", format!("acme_{number:04}")));
                let filler = (0..lines).map(|at| ("region", format!("x{at}")));
                let mut rows: Vec<(&str, String)> = filler.collect();
                rows.insert(0, if is_first { id_line.clone() } else { key_line.clone() });
                rows.push(if is_first { key_line } else { id_line });
                rows.retain(|(name, _)| has_id || *name != "id");
                wanted.push(if has_id { id } else { String::new() });
                let row = |start: &str, between: &str, end: &str| -> String {
                    let of = |(name, value): &(&str, String)| format!("{start}{name}{between}{value}{end}\n");
                    rows.iter().map(of).collect()
                };
                text.push_str(&match kind {
                    0 => format!("[s{number}]\n{}", row("", " = ", "")),
                    1 => format!("s{number}:\n{}", row("  ", ": ", "")),
                    2 => format!("\"s{number}\": {{\n{}}},\n", row("    \"", "\": \"", "\",")),
                    _ => format!("resource \"s{number}\" {{\n{}}}\n\n", row("  ", " = \"", "\"")),
                });
            }
            prop_assert_eq!(noted(&text), wanted, "{}", text);
        }
    }
}
