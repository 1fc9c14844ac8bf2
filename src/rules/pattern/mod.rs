//! Whether a regex can be run in a window around its literals, and how wide that window must be.
//!
//! A rule is only tried at its keywords. So three things must be known before it is accepted: that there is a keyword
//! wherever it matches, how far a match extends around the keyword, and that the secret it captures can exist.
//!
//! # Design
//!
//! The reach depends on where the keyword is:
//!
//! - In the pattern: the reach is what the pattern can match before and after it. Every alternative of the pattern must
//!   contain a keyword, else a part of it would never be searched for.
//! - Nowhere in the pattern (context): the match may be up to [`CONTEXT`] bytes away from it on either side, unless the
//!   rule states its reach.
//! - No keyword at all: the pattern's own required literals are used.

mod literals;

use super::Reach;
use literals::{Part, What, class_strings, covered, parts, required};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind};

/// How far (in bytes) a match may be from a keyword outside of it, if the rule does not say.
pub const CONTEXT: usize = 64;

/// The widest reach on one side, in bytes.
pub const MAX_REACH: usize = 64 << 10;

/// The shortest keyword, in bytes.
pub const MIN_KEYWORD: usize = 2;

/// How many states a pattern may have once its repetitions are written out, about.
pub const MAX_STATES: usize = 200_000;

/// What the search of one window may cost at worst: its bytes times the states of the pattern. The worst that is
/// accepted takes a second or two.
pub const MAX_WORK: usize = 1 << 29;

/// The same for a pattern whose matches do not begin with a keyword: a match may begin at each byte of the window.
pub const MAX_WORK_ANYWHERE: usize = 1 << 27;

/// How many strings an enumerated part of a pattern may have, and how long they may be.
const MAX_STRINGS: usize = 256;
const MAX_STRING: usize = 64;

/// The largest class that is enumerated, letters of both cases counting once: a hexadecimal digit.
const MAX_CLASS: usize = 16;

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PatternFault {
    /// The regex matches nothing.
    #[error("its regex cannot match anything. Correct the regex.")]
    Impossible,
    /// The regex has no such group.
    #[error("`secretGroup` is {asked}, and its regex has {groups} capture groups. Name one of them.")]
    NoSuchGroup {
        /// The group that was asked for.
        asked: usize,
        /// How many there are.
        groups: usize,
    },
    /// Several groups, and the rule does not say which is the secret.
    #[error(
        "its regex has {0} capture groups and `secretGroup` does not say which is the secret. Say so, or write `(?:…)` for the others."
    )]
    WhichGroup(usize),
    /// No keywords, and no literal in the pattern to use instead.
    #[error(
        "it has no `keywords`, and its regex holds no literal of {MIN_KEYWORD} bytes that every match has. Add the words it stands near."
    )]
    NoKeyword,
    /// A keyword too short to search for.
    #[error("its keyword `{0}` is shorter than {MIN_KEYWORD} bytes. Use a longer one.")]
    ShortKeyword(String),
    /// Some keywords are in the pattern, but a part of the pattern contains none.
    #[error(
        "its regex can match without any of its keywords in the match, so that such a match is never looked for. Add a keyword for each alternative, or state the `reach`."
    )]
    Uncovered,
    /// A match has no bounded length, and the reach is not stated.
    #[error("a match can extend without bound {0} its keyword. Bound the repetition, or state `reach.{0}`.")]
    Unbounded(&'static str),
    /// A reach wider than a window may be.
    #[error(
        "its reach {0} the keyword is {1} bytes; {MAX_REACH} is the most. Bound the regex, or state `reach.{0}`."
    )]
    TooWide(&'static str, usize),
    /// The stated reach leaves no room for a match.
    #[error("the stated reach is too short for any match around the keyword `{0}`. Widen it or remove it.")]
    TooNarrow(String),
    /// Nested repetitions that would take too much memory.
    #[error("its regex has more than {MAX_STATES} states once its repetitions are written out. Repeat less.")]
    TooLarge,
    /// A window whose search would take too long.
    #[error(
        "its regex has {states} states once its repetitions are written out and looks at {bytes} bytes around a keyword; their product may be {MAX_WORK} at most. Repeat less, or state a shorter `reach`."
    )]
    TooMuch {
        /// The states.
        states: usize,
        /// The bytes.
        bytes: usize,
    },
    /// More entropy than a secret of this length and alphabet can have.
    #[error(
        "`entropy` asks for {asked} bits a byte, and its secret can have no more than {most:.2}. Lower it."
    )]
    Entropy {
        /// What the rule requires.
        asked: f32,
        /// The most that the longest secret can have.
        most: f32,
    },
}

/// A pattern as a rule states it.
#[derive(Debug)]
pub struct Stated<'a> {
    /// The regex, parsed by [`parse`].
    pub hir: &'a Hir,
    /// The capture group, if stated.
    pub group: Option<usize>,
    /// The keywords, maybe none.
    pub keywords: &'a [Vec<u8>],
    /// The reach before a keyword, if stated.
    pub before: Option<u32>,
    /// The reach after a keyword, if stated.
    pub after: Option<u32>,
    /// The least entropy, if stated.
    pub entropy: Option<f32>,
}

/// A pattern that can be run, with what was derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// The capture group that is the secret; 0 is the whole match.
    pub group: usize,
    /// The keywords.
    pub keywords: Vec<Vec<u8>>,
    /// How far a match extends around a keyword.
    pub reach: Reach,
    /// The bytes with which every secret starts, except those that must stay hidden.
    pub prefix: String,
    /// True if every keyword is in the pattern itself.
    pub keywords_within: bool,
    /// True if every match begins with one of the keywords, and only its first bytes have to be one: see [`begins`].
    pub begins: bool,
}

/// Parses a regex as the engine runs it: on bytes, without Unicode, `^` and `$` at line ends.
///
/// # Errors
/// What the parser says, on one line.
pub fn parse(regex: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).multi_line(true).build();
    parser.parse(regex).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    })
}

/// Derives what the engine needs from what a rule states.
///
/// # Errors
/// All that is wrong with the pattern.
pub fn analyse(stated: &Stated<'_>) -> Result<Sound, Vec<PatternFault>> {
    let hir = stated.hir;
    if hir.properties().minimum_len().is_none() {
        return Err(vec![PatternFault::Impossible]);
    }
    if states(hir) > MAX_STATES {
        return Err(vec![PatternFault::TooLarge]);
    }
    let mut faults = Vec::new();
    let group = match group(stated) {
        Ok(group) => group,
        Err(fault) => {
            faults.push(fault);
            0
        }
    };
    let secret = capture(hir, group).unwrap_or(hir);
    if let Some(asked) = stated.entropy {
        let most = most_entropy(secret);
        if asked > most {
            faults.push(PatternFault::Entropy { asked, most });
        }
    }
    let keywords = if stated.keywords.is_empty() { required(hir) } else { stated.keywords.to_vec() };
    if keywords.is_empty() {
        faults.push(PatternFault::NoKeyword);
    }
    for keyword in keywords.iter().filter(|keyword| keyword.len() < MIN_KEYWORD) {
        faults.push(PatternFault::ShortKeyword(String::from_utf8_lossy(keyword).into_owned()));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let begins = begins(hir, &keywords);
    let (reach, keywords_within) = reach(stated, &keywords, begins)?;
    let longest = keywords.iter().map(Vec::len).max().unwrap_or(0);
    let (states, bytes) = (states(hir), reach.before as usize + longest + reach.after as usize);
    let most = if begins { MAX_WORK } else { MAX_WORK_ANYWHERE };
    if states.saturating_mul(bytes) > most {
        return Err(vec![PatternFault::TooMuch { states, bytes }]);
    }
    Ok(Sound { group, keywords, reach, prefix: prefix(secret), keywords_within, begins })
}

/// True if every match begins with one of `keywords`. Then the match that belongs to a keyword begins where the keyword
/// does, and no other match has to be looked for.
pub fn begins(hir: &Hir, keywords: &[Vec<u8>]) -> bool {
    let mut extractor = Extractor::new();
    extractor
        .kind(ExtractKind::Prefix)
        .limit_class(MAX_CLASS)
        .limit_literal_len(MAX_STRING)
        .limit_total(4 * MAX_STRINGS);
    let beginnings = extractor.extract(&lower_case(hir));
    let is_keyword = |beginning: &[u8]| {
        keywords.iter().any(|keyword| {
            beginning.get(..keyword.len()).is_some_and(|start| start.eq_ignore_ascii_case(keyword))
        })
    };
    beginnings
        .literals()
        .is_some_and(|all| !all.is_empty() && all.iter().all(|one| is_keyword(one.as_bytes())))
}

/// The pattern with lower case in place of letters of either case, so that few strings have to be written out.
fn lower_case(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Class(class) => match class_strings(class) {
            Some(strings) if strings.len() == 1 => Hir::literal(strings.concat().to_ascii_lowercase()),
            _ => hir.clone(),
        },
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Capture(capture) => lower_case(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(regex_syntax::hir::Repetition {
            sub: Box::new(lower_case(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(lower_case).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(lower_case).collect()),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// About how many states the pattern has once its repetitions are written out.
pub fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(4),
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(states).fold(1, usize::saturating_add)
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1) as usize;
            states(&repetition.sub).saturating_mul(times).saturating_add(1)
        }
    }
}

/// The group that is the secret: the stated one, else the only one, else the whole match.
fn group(stated: &Stated<'_>) -> Result<usize, PatternFault> {
    let groups = stated.hir.properties().explicit_captures_len();
    match stated.group {
        Some(asked) if asked > groups => Err(PatternFault::NoSuchGroup { asked, groups }),
        Some(asked) => Ok(asked),
        None if groups > 1 => Err(PatternFault::WhichGroup(groups)),
        None => Ok(groups),
    }
}

/// The pattern inside capture group `group`.
fn capture(hir: &Hir, group: usize) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.index as usize == group => Some(&capture.sub),
        HirKind::Capture(capture) => self::capture(&capture.sub, group),
        HirKind::Repetition(repetition) => self::capture(&repetition.sub, group),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().find_map(|part| self::capture(part, group))
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => None,
    }
}

/// Bits per byte of the longest and most varied secret that the pattern allows.
fn most_entropy(secret: &Hir) -> f32 {
    let mut alphabet = [false; 256];
    collect(secret, &mut alphabet);
    let distinct = alphabet.iter().filter(|&&used| used).count();
    let symbols = secret.properties().maximum_len().map_or(distinct, |len| len.min(distinct));
    (symbols.max(1) as f32).log2()
}

/// Marks the bytes that `hir` can match.
fn collect(hir: &Hir, alphabet: &mut [bool; 256]) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|&byte| alphabet[usize::from(byte)] = true),
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.ranges() {
                (range.start()..=range.end()).for_each(|byte| alphabet[usize::from(byte)] = true);
            }
        }
        HirKind::Class(Class::Unicode(_)) => alphabet.fill(true),
        HirKind::Repetition(repetition) => collect(&repetition.sub, alphabet),
        HirKind::Capture(capture) => collect(&capture.sub, alphabet),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| collect(part, alphabet));
        }
    }
}

/// The bytes that every secret starts with, as long as they are text and at least 8 bytes stay hidden.
fn prefix(secret: &Hir) -> String {
    let found = Extractor::new().kind(ExtractKind::Prefix).extract(secret);
    let common = found.longest_common_prefix().unwrap_or_default();
    let shortest = secret.properties().minimum_len().unwrap_or(0);
    let shown = common.len().min(shortest.saturating_sub(8)).min(32);
    let text: &[u8] = &common[..shown];
    let printable = text.iter().take_while(|byte| byte.is_ascii_graphic() || **byte == b' ').count();
    String::from_utf8_lossy(&text[..printable]).into_owned()
}

/// The least and the most bytes; no `most` if there is no bound.
#[derive(Clone, Copy, Debug)]
struct Extent {
    least: usize,
    most: Option<usize>,
}

impl Extent {
    const NONE: Self = Self { least: 0, most: Some(0) };

    fn of(hir: &Hir) -> Self {
        let properties = hir.properties();
        Self { least: properties.minimum_len().unwrap_or(0), most: properties.maximum_len() }
    }

    fn and(self, other: Self) -> Self {
        Self {
            least: self.least.saturating_add(other.least),
            most: self.most.zip(other.most).map(|(left, right)| left.saturating_add(right)),
        }
    }

    fn and_exactly(self, len: usize) -> Self {
        self.and(Self { least: len, most: Some(len) })
    }

    /// What a match of this extent contains around a keyword of `len` bytes at its start.
    fn behind(self, len: usize) -> Around {
        let less = |bytes: usize| bytes.saturating_sub(len);
        let after = Self { least: less(self.least), most: self.most.map(less) };
        Around { before: Self::NONE, after }
    }

    /// Zero to `times` repetitions of this.
    fn up_to(self, times: Option<u32>) -> Self {
        let most = match (self.most, times) {
            (_, Some(0)) | (Some(0), _) => Some(0),
            (Some(most), Some(times)) => Some(most.saturating_mul(times as usize)),
            _ => None,
        };
        Self { least: 0, most }
    }
}

/// What a match contains before and after a keyword in it.
#[derive(Clone, Copy, Debug)]
struct Around {
    before: Extent,
    after: Extent,
}

/// The reach, and whether every keyword is in the pattern. If every match begins with a keyword, it has none before.
fn reach(
    stated: &Stated<'_>,
    keywords: &[Vec<u8>],
    begins: bool,
) -> Result<(Reach, bool), Vec<PatternFault>> {
    let whole = Extent::of(stated.hir);
    let anywhere = Around { before: Extent::NONE, after: Extent::NONE };
    let mut spots: Vec<(&[u8], Around)> = Vec::new();
    let mut context: Vec<&[u8]> = Vec::new();
    // Computed once for all keywords: for a rule of a name and a token near it this is most of its analysis.
    let cut = parts(stated.hir);
    for keyword in keywords {
        let found = spots.len();
        places(&cut, &keyword.to_ascii_lowercase(), anywhere, &mut |around| {
            spots.push((keyword, around));
        });
        if spots.len() == found {
            context.push(keyword);
        }
    }
    let keywords_within = context.is_empty();
    if begins {
        // Everything before the keyword, or further on in a match, belongs to other keywords.
        spots = keywords.iter().map(|keyword| (keyword.as_slice(), whole.behind(keyword.len()))).collect();
        context.clear();
    }
    let mut faults = Vec::new();
    let reach_stated = stated.before.is_some() || stated.after.is_some();
    if context.is_empty() && !reach_stated && !begins && !covered(&cut, keywords) {
        faults.push(PatternFault::Uncovered);
    }
    let outside = whole.and_exactly(CONTEXT);
    let outside = (!context.is_empty()).then_some(Around { before: outside, after: outside });
    let mut side = |name: &'static str, stated: Option<u32>, pick: fn(&Around) -> Extent| -> u32 {
        let mut derived =
            spots.iter().map(|(_, around)| around).chain(&outside).map(|around| pick(around).most);
        let bytes = match stated {
            Some(bytes) => Some(bytes as usize),
            None => derived.try_fold(0, |widest: usize, most| most.map(|most| widest.max(most))),
        };
        match bytes {
            None => faults.push(PatternFault::Unbounded(name)),
            Some(bytes) if bytes > MAX_REACH => faults.push(PatternFault::TooWide(name, bytes)),
            Some(bytes) => return u32::try_from(bytes).expect("no reach is above MAX_REACH"),
        }
        0
    };
    let reach = Reach {
        before: side("before", stated.before, |around| around.before),
        after: side("after", stated.after, |around| around.after),
    };
    if faults.is_empty() && reach_stated {
        faults.extend(too_narrow(reach, keywords, &spots, &context, whole));
    }
    let reach = if begins { Reach { before: 0, ..reach } } else { reach };
    if faults.is_empty() { Ok((reach, keywords_within)) } else { Err(faults) }
}

/// Keywords around which the stated reach is too small for the shortest match.
fn too_narrow(
    reach: Reach,
    keywords: &[Vec<u8>],
    spots: &[(&[u8], Around)],
    context: &[&[u8]],
    whole: Extent,
) -> Vec<PatternFault> {
    let (before, after) = (reach.before as usize, reach.after as usize);
    let fits = |keyword: &[u8]| {
        if context.contains(&keyword) {
            return before + keyword.len() + after >= whole.least;
        }
        spots.iter().any(|(owner, around)| {
            *owner == keyword && around.before.least <= before && around.after.least <= after
        })
    };
    let narrow = keywords.iter().filter(|keyword| !fits(keyword));
    narrow.map(|keyword| PatternFault::TooNarrow(String::from_utf8_lossy(keyword).into_owned())).collect()
}

/// Calls `found` for every place where `keyword` (lower case) is in a pattern cut into `parts`.
fn places(parts: &[Part<'_>], keyword: &[u8], around: Around, found: &mut dyn FnMut(Around)) {
    for part in parts {
        let around = Around { before: around.before.and(part.before), after: part.after.and(around.after) };
        let places_in = |hir: &Hir, around: Around, found: &mut dyn FnMut(Around)| {
            places(&self::parts(hir), keyword, around, found);
        };
        match &part.what {
            What::Strings(strings) => {
                for string in strings {
                    let string = string.to_ascii_lowercase();
                    for (at, window) in string.windows(keyword.len().max(1)).enumerate() {
                        if window == keyword {
                            let rest = string.len() - at - keyword.len();
                            found(Around {
                                before: around.before.and_exactly(at),
                                after: around.after.and_exactly(rest),
                            });
                        }
                    }
                }
            }
            What::Other(inner) => match inner.kind() {
                HirKind::Capture(capture) => places_in(&capture.sub, around, found),
                HirKind::Alternation(branches) => {
                    branches.iter().for_each(|branch| places_in(branch, around, found));
                }
                HirKind::Repetition(repetition) => {
                    let others =
                        Extent::of(&repetition.sub).up_to(repetition.max.map(|max| max.saturating_sub(1)));
                    let around =
                        Around { before: around.before.and(others), after: others.and(around.after) };
                    if repetition.max != Some(0) {
                        places_in(&repetition.sub, around, found);
                    }
                }
                HirKind::Concat(_) => places_in(inner, around, found),
                HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysed(regex: &str, keywords: &[&str]) -> Result<Sound, Vec<PatternFault>> {
        stated(regex, keywords, None, None, None)
    }

    fn stated(
        regex: &str,
        keywords: &[&str],
        reach: Option<(u32, u32)>,
        group: Option<usize>,
        entropy: Option<f32>,
    ) -> Result<Sound, Vec<PatternFault>> {
        let hir = parse(regex).unwrap();
        let keywords: Vec<Vec<u8>> = keywords.iter().map(|word| word.as_bytes().to_vec()).collect();
        analyse(&Stated {
            hir: &hir,
            group,
            keywords: &keywords,
            before: reach.map(|(before, _)| before),
            after: reach.map(|(_, after)| after),
            entropy,
        })
    }

    #[test]
    fn the_reach_is_what_a_match_holds_around_its_keyword() {
        let cases: &[(&str, &[&str], (u32, u32))] = &[
            (r"\bghp_[0-9A-Za-z]{36}\b", &["ghp_"], (0, 36)),
            (r"[a-z]{3}[0-9A-Z]{2,5}-tok-[0-9a-f]{8}", &["-tok-"], (8, 8)),
            (r"xox[bp]-[0-9]{10,13}", &["xoxb-", "xoxp-"], (0, 13)),
            (r"(?i)heroku.{0,20}[0-9a-f]{32}", &["HEROKU"], (0, 52)),
            (r"(?:key|token)-[0-9a-f]{32}", &["key-", "token-"], (0, 34)),
            (r"-{5}BEGIN KEY-{5}[a-z]{0,99}", &["-----BEGIN KEY-----"], (0, 99)),
            (r"(?:ab_[0-9a-z]{4} ?){1,3}", &["ab_"], (0, 21)),
        ];
        for (regex, keywords, (before, after)) in cases {
            let sound = analysed(regex, keywords).unwrap();
            assert_eq!(sound.reach, Reach { before: *before, after: *after }, "{regex}");
            assert!(sound.keywords_within, "{regex}");
        }
    }

    #[test]
    fn a_keyword_outside_the_pattern_is_context_within_sixty_four_bytes() {
        let sound = analysed("[0-9a-f]{32}", &["datadog"]).unwrap();
        assert_eq!(sound.reach, Reach { before: 96, after: 96 });
        assert!(!sound.keywords_within);
        let sound = stated("[0-9a-f]{32}", &["datadog"], Some((0, 50)), None, None).unwrap();
        assert_eq!(sound.reach, Reach { before: 0, after: 50 });
    }

    #[test]
    fn without_keywords_the_required_literals_are_taken() {
        assert_eq!(analysed("abc[0-9]{20}-longer-[0-9]{9}", &[]).unwrap().keywords, [b"-longer-"]);
        assert_eq!(analysed("(?:one|three)[0-9]{20}", &[]).unwrap().keywords, [&b"one"[..], b"three"]);
        assert_eq!(analysed("[0-9a-z]{40}", &[]), Err(vec![PatternFault::NoKeyword]));
    }

    #[test]
    fn the_secret_is_the_only_group_or_the_whole_match() {
        assert_eq!(analysed("ab_[0-9]{9}", &["ab_"]).unwrap().group, 0);
        assert_eq!(analysed("ab_([0-9]{9})", &["ab_"]).unwrap().group, 1);
        assert_eq!(analysed("ab_([0-9])([0-9])", &["ab_"]), Err(vec![PatternFault::WhichGroup(2)]));
        let fault = stated("ab_([0-9])", &["ab_"], None, Some(2), None);
        assert_eq!(fault, Err(vec![PatternFault::NoSuchGroup { asked: 2, groups: 1 }]));
    }

    #[test]
    fn the_prefix_is_what_every_secret_starts_with_and_no_more() {
        let prefix = |regex: &str| analysed(regex, &["key_"]).unwrap().prefix;
        assert_eq!(prefix(r"\b(key_[0-9a-z]{20})\b"), "key_");
        assert_eq!(prefix(r"key_(live_[0-9a-z]{20})"), "live_");
        assert_eq!(prefix(r"(?i)key_[0-9a-z]{20}"), "");
        assert_eq!(prefix(r"key_(?:live|test)_[0-9a-z]{20}"), "key_");
        assert_eq!(prefix("key_hunter2hunter2"), "key_hunter");
    }

    #[test]
    fn a_pattern_that_cannot_be_run_or_cannot_match_is_refused() {
        let fault = |result: Result<Sound, Vec<PatternFault>>| result.unwrap_err().remove(0);
        assert_eq!(fault(analysed("ab_[0-9]+", &["ab_"])), PatternFault::Unbounded("after"));
        assert_eq!(fault(analysed("[0-9]*ab_", &["ab_"])), PatternFault::Unbounded("before"));
        assert_eq!(fault(analysed("(?:ab_|cd_)[0-9]{9}", &["ab_"])), PatternFault::Uncovered);
        assert_eq!(fault(analysed(r"ab_[0-9]{9}[^\x00-\xff]", &["ab_"])), PatternFault::Impossible);
        assert_eq!(fault(analysed("ab_[0-9]{99999}", &["ab_"])), PatternFault::TooWide("after", 99_999));
        let bomb = stated("ab_(?:(?:[0-9]{999}){999}){999}", &["ab_"], Some((0, 100)), None, None);
        assert_eq!(fault(bomb), PatternFault::TooLarge);
        let wide = fault(analysed(r"ab_[\s\S]{0,65000}q", &["ab_"]));
        assert!(matches!(wide, PatternFault::TooMuch { states: 65_000.., bytes: 65_000.. }), "{wide:?}");
        let nested = r"ab_(?:(?:[a-z]{1,40}_){1,40}){1,40}q";
        assert!(matches!(
            fault(analysed(nested, &["ab_"])),
            PatternFault::TooMuch { .. } | PatternFault::TooWide(..)
        ));
        let near = stated(nested, &["ab_"], Some((0, 60)), None, None);
        assert!(near.is_ok(), "a short reach bounds it: {near:?}");
        assert_eq!(fault(analysed("ab_[0-9]{9}", &["a"])), PatternFault::ShortKeyword("a".to_owned()));
        let narrow = stated("ab_[0-9]{9}", &["ab_"], Some((0, 8)), None, None);
        assert_eq!(fault(narrow), PatternFault::TooNarrow("ab_".to_owned()));
        let entropy = stated("ab_([0-9]{9})", &["ab_"], None, None, Some(3.5));
        assert!(matches!(fault(entropy), PatternFault::Entropy { .. }));
        assert!(stated("ab_([0-9a-f]{32})", &["ab_"], None, None, Some(3.5)).is_ok());
    }

    #[test]
    fn an_unbounded_match_may_be_cut_by_a_stated_reach() {
        let sound = stated("ab_[0-9]+", &["ab_"], Some((0, 100)), None, None).unwrap();
        assert_eq!(sound.reach, Reach { before: 0, after: 100 });
    }
}
