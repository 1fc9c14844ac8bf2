//! A compiled rule: it decides at an anchor what it finds, and what the value itself shows.

#![expect(
    clippy::result_large_err,
    reason = "what the judge saw is on the stack already, and boxed it would cost an allocation"
)]

use super::generic;
use super::long::Text;
use super::normal::normal;
use super::reach::Reach;
use super::rejection::{Dismissal, Rejected, Rejection, Veto};
use super::watch::Work;
use super::window::{self, Pattern};
use crate::checks::{self, CheckFn, Verdict};
use crate::model::{
    Basis, Candidate, Check, Confidence, Context, Decoding, Fact, FactKind, Form, RuleIndex, Score, Secret,
    Span, Worth,
};
use crate::rules::{Matcher, Rule};
use std::borrow::Cow;

/// A rule.
#[derive(Debug)]
pub(super) struct Target {
    matcher: Ready,
    entropy: f32,
    check: Option<CheckFn>,
    check_must_hold: bool,
    confidence: Confidence,
    /// The prefix of every secret of the rule: it shows nothing about the value.
    prefix: Box<[u8]>,
}

#[derive(Debug)]
enum Ready {
    Pattern(Box<Pattern>),
    Generic(generic::Reader),
    /// Found without an anchor.
    Unanchored,
}

/// A rule's match: spans in the bytes it was given, and the judgement of the value.
#[derive(Debug)]
pub(super) struct Hit {
    /// The whole match.
    pub(super) whole: Span,
    /// The span of the secret.
    pub(super) secret_at: Span,
    /// The secret.
    pub(super) secret: Secret,
    /// The name the value was assigned to.
    pub(super) identifier: Option<Box<str>>,
    /// How the value was written.
    pub(super) form: Form,
    /// What the check said.
    pub(super) check: Check,
    /// What the check learnt.
    pub(super) facts: Vec<Fact>,
    /// How likely it is a secret.
    pub(super) score: Score,
    /// What it is worth.
    pub(super) worth: Worth,
    /// How the value itself was encoded.
    pub(super) decoded_by: Vec<Decoding>,
    /// What the judge of assignments knew besides name, form and secret.
    pub(super) basis: Basis,
}

/// What takes the results of decisions. A scan takes the hits alone: a list of them ignores the rest, and so the compiler
/// drops it.
pub(super) trait Decisions {
    /// The hits, which are added to.
    fn hits(&mut self) -> &mut Vec<Hit>;

    /// Takes why something is no hit.
    fn reject(&mut self, _rejected: Rejected) {}

    /// Turns the spans of what was rejected, which are in a decoded text, into those in the blob.
    fn relocate(&mut self, _origin: impl Fn(Span) -> Option<Span>) {}
}

impl Decisions for Vec<Hit> {
    fn hits(&mut self) -> &mut Vec<Hit> {
        self
    }
}

impl Hit {
    /// A parser's assignment with the result of its check.
    pub(super) fn of_assignment(found: generic::Assignment, check: Check, facts: Vec<Fact>) -> Self {
        Self {
            whole: found.span,
            secret_at: found.value,
            secret: Secret::new(found.secret),
            identifier: Some(found.identifier),
            form: found.form,
            check,
            facts,
            score: found.score,
            worth: found.worth,
            decoded_by: found.decoded_by,
            basis: found.basis,
        }
    }

    /// The candidate of this hit for a rule, with the lines around it. The spans must be in the blob.
    pub(super) fn into_candidate(self, rule: RuleIndex, context: Context) -> Candidate {
        let Self {
            whole,
            secret_at,
            secret,
            identifier,
            form,
            check,
            facts,
            score,
            worth,
            decoded_by,
            basis,
        } = self;
        Candidate {
            rule,
            len: whole.len(),
            secret_at: Span::new(secret_at.start - whole.start, secret_at.end - whole.start),
            secret,
            identifier,
            form,
            check,
            facts,
            score,
            worth,
            decoded_by,
            basis,
            context,
            inside: None,
            companions: Vec::new(),
        }
    }
}

impl Target {
    /// The rule, compiled.
    pub(super) fn new(rule: &Rule) -> Self {
        let matcher = match &rule.matcher {
            Matcher::Pattern { .. } => {
                Ready::Pattern(Box::new(Pattern::new(rule).expect("it has a pattern")))
            }
            Matcher::Assignment => Ready::Generic(generic::Reader::Name),
            Matcher::Structure(structure) => Ready::Generic(generic::Reader::of(*structure)),
            Matcher::Lines { .. }
            | Matcher::Whole(_)
            | Matcher::Named
            | Matcher::FileName
            | Matcher::Known { .. } => Ready::Unanchored,
        };
        Self {
            matcher,
            entropy: rule.entropy.unwrap_or(0.0),
            check: rule.check.as_deref().and_then(checks::find),
            check_must_hold: rule.check_must_hold,
            confidence: rule.info.confidence,
            prefix: rule.info.prefix.as_bytes().into(),
        }
    }

    /// True if the rule is found by the assignment parser or a similar one, which read only text.
    pub(super) fn is_assignment(&self) -> bool {
        matches!(self.matcher, Ready::Generic(_))
    }

    /// Dismisses the plain keyword `word` if nothing can begin there.
    #[inline]
    pub(super) fn quick(&self, blob: &[u8], word: Span) -> Result<(), Dismissal> {
        match &self.matcher {
            Ready::Generic(reader) => generic::quick(blob, word, *reader),
            Ready::Pattern(pattern) if !pattern.may_hold(Text::whole(blob, 0), word) => {
                Err(Dismissal::NoStretch)
            }
            Ready::Pattern(_) | Ready::Unanchored => Ok(()),
        }
    }

    /// The rule's pattern, if it has one.
    pub(super) fn pattern(&self) -> Option<&Pattern> {
        match &self.matcher {
            Ready::Pattern(pattern) => Some(pattern),
            Ready::Generic(_) | Ready::Unanchored => None,
        }
    }

    /// How far around a plain keyword of `len` bytes [`quick`](Self::quick) looks.
    pub(super) fn sight(&self, len: usize) -> usize {
        match &self.matcher {
            Ready::Generic(_) => generic::QUICK_REACH,
            Ready::Pattern(pattern) => pattern.sight(len),
            Ready::Unanchored => 0,
        }
    }

    /// How far around a plain keyword of `len` bytes every decision looks; a parser looks further, and reports how far.
    pub(super) fn looked(&self, len: usize) -> Reach {
        match &self.matcher {
            Ready::Generic(_) | Ready::Unanchored => Reach::default(),
            Ready::Pattern(pattern) => pattern.reach(len),
        }
    }

    /// The bytes that the decision at a plain keyword of `len` bytes looks at around it.
    pub(super) fn reach(&self, len: usize) -> Reach {
        match &self.matcher {
            Ready::Pattern(pattern) => pattern.reach(len),
            Ready::Generic(_) => generic::FURTHEST,
            Ready::Unanchored => Reach::default(),
        }
    }

    /// The furthest that it may look.
    pub(super) fn furthest(&self, len: usize) -> Reach {
        match &self.matcher {
            Ready::Pattern(pattern) => pattern.furthest(len),
            Ready::Generic(_) => generic::FURTHEST,
            Ready::Unanchored => Reach::default(),
        }
    }

    /// Decides at the keyword `word` of a text and adds the result to `results`. Returns what was looked at around the
    /// keyword's first byte in addition to [`Self::reach`].
    pub(super) fn decide(
        &self,
        scratch: &mut Option<Box<window::PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        word: Span,
        results: &mut impl Decisions,
    ) -> Option<Reach> {
        match &self.matcher {
            Ready::Pattern(pattern) => {
                let searched = pattern.search(scratch, work, text, word);
                match searched.found.map(|found| (found, self.shape(found, text))) {
                    Some((_, Ok(hit))) => results.hits().push(hit),
                    Some((found, Err(veto))) => {
                        let value = Some(found.secret);
                        results.reject(Rejected { value, ..Rejected::bare(veto.into()) });
                    }
                    None => match self.proved(scratch, work, text, word) {
                        Some(hit) => results.hits().push(hit),
                        None => results.reject(Rejected::bare(Rejection::NoMatch)),
                    },
                }
                searched.further
            }
            Ready::Generic(reader) => Some(self.read(*reader, text, word, results)),
            Ready::Unanchored => None,
        }
    }

    /// A token that its checksum proves in a blob's own bytes, though it is part of a longer word: compilers put strings
    /// one after the other.
    fn proved(
        &self,
        scratch: &mut Option<Box<window::PatternScratch>>,
        work: &mut Work,
        text: Text<'_>,
        word: Span,
    ) -> Option<Hit> {
        let pattern = self.pattern().filter(|_| text.is_blob && self.check_must_hold)?;
        let hit = self.shape(pattern.find_unbounded(scratch, work, text, word)?, text).ok()?;
        (hit.check == Check::Holds).then_some(hit)
    }

    /// Adds what a parser finds, judged. Returns what it looked at around the keyword's first byte.
    fn read(
        &self,
        reader: generic::Reader,
        text: Text<'_>,
        word: Span,
        results: &mut impl Decisions,
    ) -> Reach {
        let part = text.part();
        let word = Span::new(word.start - text.from, word.end - text.from);
        let Reach { before, after } = generic::parse(part, word, reader, &mut |assigned| match assigned
            .and_then(|found| self.checked(found, part))
        {
            Ok((mut found, check, facts)) => {
                (found.span, found.value) = (found.span.shifted(text.from), found.value.shifted(text.from));
                results.hits().push(Hit::of_assignment(found, check, facts));
            }
            Err(mut rejected) => {
                rejected.name = rejected.name.map(|span| span.shifted(text.from));
                rejected.value = rejected.value.map(|span| span.shifted(text.from));
                results.reject(rejected);
            }
        });
        Reach { before, after: word.len() + after }
    }

    /// A parser's assignment in `part`, with the result of the rule's check.
    #[expect(
        clippy::result_large_err,
        reason = "on the stack already, and boxed it would cost an allocation"
    )]
    fn checked(
        &self,
        mut found: generic::Assignment,
        part: &[u8],
    ) -> Result<(generic::Assignment, Check, Vec<Fact>), Rejected> {
        if let Cow::Owned(secret) = normal(&found.secret) {
            found.secret = secret;
        }
        // A guessable value is a placeholder; that it looks like one is no reason to drop it.
        if found.worth == Worth::Guessable {
            return Ok((found, Check::None, Vec::new()));
        }
        let whole = &part[found.span.start..found.span.end];
        match self.judge(&found.secret, whole) {
            Ok((check, mut facts, score)) => {
                if check != Check::None {
                    found.score = score;
                }
                let end = found.expires.and_then(|at| jiff::Timestamp::from_second(at).ok());
                facts.extend(end.map(|at| Fact::new(FactKind::Expires, at.to_string())));
                Ok((found, check, facts))
            }
            Err(veto) => Err(Rejected { why: veto.into(), name: Some(found.span), value: Some(found.value) }),
        }
    }

    /// The match of a pattern, judged.
    fn shape(&self, found: window::Match, text: Text<'_>) -> Result<Hit, Veto> {
        let secret = normal(&text.bytes[found.secret.start..found.secret.end]);
        let (check, facts, score) = self.judge(&secret, &text.bytes[found.whole.start..found.whole.end])?;
        Ok(Hit {
            whole: found.whole,
            secret_at: found.secret,
            identifier: name_before(&text.bytes[text.from..text.to], found.secret.start - text.from),
            form: Form::Token,
            check,
            facts,
            score,
            worth: if generic::is_hash(&secret) { Worth::Hash } else { Worth::Whole },
            decoded_by: Vec::new(),
            basis: Basis::default(),
            secret: Secret::new(secret.into_owned()),
        })
    }

    /// What the value shows, unless it is empty, too regular or a placeholder.
    fn judge(&self, secret: &[u8], matched: &[u8]) -> Result<(Check, Vec<Fact>, Score), Veto> {
        if secret.is_empty() {
            return Err(Veto::Empty);
        }
        if self.entropy > 0.0 {
            let has = entropy::shannon_entropy(secret);
            if has < self.entropy {
                return Err(Veto::Entropy { has, least: self.entropy });
            }
        }
        let (verdict, facts) = match self.check {
            Some(check) => {
                let outcome = check(secret, matched);
                (outcome.verdict, outcome.facts)
            }
            None => (Verdict::Unknown, Vec::new()),
        };
        if checks::is_public(secret) {
            return Err(Veto::Published);
        }
        let value = secret.strip_prefix(&*self.prefix).unwrap_or(secret);
        if verdict != Verdict::Holds && generic::is_placeholder(value) {
            return Err(Veto::Placeholder);
        }
        let (check, score) = match verdict {
            Verdict::Holds => (Check::Holds, PROVED),
            Verdict::Unknown => (Check::None, usual(self.confidence)),
            Verdict::Fails if self.check_must_hold => (Check::Refuted, Score(0)),
            Verdict::Fails => (Check::Fails, doubted(self.confidence)),
        };
        Ok((check, facts, score))
    }
}

/// The score of a value that a check proves.
const PROVED: Score = Score(990);

/// The score of a match of a rule with this confidence.
const fn usual(confidence: Confidence) -> Score {
    match confidence {
        Confidence::Certain => PROVED,
        Confidence::High => Score(960),
        Confidence::Medium => Score(650),
        Confidence::Low => Score(300),
    }
}

/// The same if a check fails that older secrets of the kind may fail too.
const fn doubted(confidence: Confidence) -> Score {
    match confidence {
        Confidence::Certain | Confidence::High => Score(550),
        Confidence::Medium => Score(300),
        Confidence::Low => Score(100),
    }
}

/// Bytes before a value in which the name it is assigned to is searched for.
pub(super) const NAME_REACH: usize = 96;

/// The name that the value at `start` is assigned to: what is before `=`, `:` or `=>` on its line. If that is only `value`,
/// as in `<add key="NAME" value="…"/>` and `{"name": "NAME", "value": "…"}`, the name beside it.
fn name_before(bytes: &[u8], start: usize) -> Option<Box<str>> {
    let before = &bytes[start.saturating_sub(NAME_REACH)..start];
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']');
    let strip = |bytes: &[u8], any: &dyn Fn(&u8) -> bool| {
        let kept = bytes.iter().rposition(|byte| !any(byte)).map_or(0, |at| at + 1);
        bytes.len() - kept
    };
    let opened = |byte: &u8| blank(byte) || quote(byte);
    let rest = &before[..before.len() - strip(before, &opened)];
    let operators = strip(rest, &|byte| matches!(byte, b'=' | b':' | b'>'));
    if operators == 0 || rest.ends_with(b"://") {
        return None;
    }
    let rest = &rest[..rest.len() - operators];
    let rest = &rest[..rest.len() - strip(rest, &opened)];
    let named = strip(rest, &|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let (lead, name) = rest.split_at(rest.len() - named);
    if let Some(beside) = name.eq_ignore_ascii_case(b"value").then(|| name_beside(lead)).flatten() {
        return Some(beside.into());
    }
    let name = std::str::from_utf8(name).ok()?;
    let whole = !lead.is_empty() || start < NAME_REACH;
    (whole && name.bytes().any(|byte| byte.is_ascii_alphabetic())).then(|| name.into())
}

/// The quoted name that ends `lead`, if it is that of a `key` or a `name`.
fn name_beside(lead: &[u8]) -> Option<&str> {
    let lead = lead.trim_ascii_end();
    // Before the next key of an object there are a comma and the key's own quote.
    let comma = lead.strip_suffix(b"\"").and_then(|lead| lead.trim_ascii_end().strip_suffix(b","));
    let lead = comma.unwrap_or(lead).trim_ascii_end();
    let quote = *lead.last().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let lead = &lead[..lead.len() - 1];
    let start = memchr::memrchr(quote, lead)?;
    let name = std::str::from_utf8(&lead[start + 1..]).ok().filter(|name| !name.is_empty())?;
    let key = lead[..start].trim_ascii_end();
    let key = key.strip_suffix(b"=").or_else(|| key.strip_suffix(b":"))?.trim_ascii_end();
    let key = key.strip_suffix(b"\"").unwrap_or(key);
    let is_key =
        |word: &[u8]| key.len() >= word.len() && key[key.len() - word.len()..].eq_ignore_ascii_case(word);
    (is_key(b"key") || is_key(b"name")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_value_stands_before_its_operator() {
        for (before, name) in [
            ("api_key = \"", Some("api_key")),
            ("  \"token\": \"", Some("token")),
            ("export GH=", Some("GH")),
            (":a => '", Some("a")),
            ("return ", None),
            ("https://", None),
            ("= ", None),
            ("<add key=\"A_KEY\" value=\"", Some("A_KEY")),
            ("<p name='a.key' value='", Some("a.key")),
            ("{\"name\": \"A_KEY\", \"value\": \"", Some("A_KEY")),
            ("{\"value\": \"", Some("value")),
            ("\" value=\"", Some("value")),
        ] {
            assert_eq!(name_before(before.as_bytes(), before.len()).as_deref(), name, "{before}");
        }
    }
}
