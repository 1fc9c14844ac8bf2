//! How sure a candidate is at one place.
//!
//! Detection has judged rule, identifier and value. Here the place adds what it knows: the file's type
//! (an unquoted right-hand side is code in most languages), what the file is for ([`super::setting`]),
//! and the rule's own path. A check that holds makes a candidate certain anywhere, except if what it
//! proves cannot be used as it is (an encrypted key, an expired token). A place lowers or raises a score.
//! It drops only what is not a literal there or is outside its rule's path.

use super::setting::{Language, Role, Setting};
use super::{Allowlists, Places};
use crate::model::{
    Candidate, Check, Confidence, Fact, FactKind, Form, Kind, Location, NameTable, Odds, PEM_BEGIN, PEM_END,
    Place, RuleIndex, RuleInfo, Score, Suppression, Worth,
};
use jiff::civil::Date;
use regex::Regex;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The score of what a check proves.
const PROVED: u16 = 990;

/// What it does to the odds not to know the file's type, or its path.
const UNSURE: Odds = (3, 4);

/// What it does to the odds of a generic value to be in a file meant for credentials.
const HOME: Odds = (4, 1);

/// The same of a value whose name is a provider's and whose shape is that of the provider's keys.
const NAMED: Odds = (3, 1);

/// The same among tests, documentation and examples. Few values there are useful to anyone, but real secrets
/// occur there too. [`Judge::is_made_up`], not this, decides what does not fail a build there.
const REHEARSAL: Odds = (2, 3);

/// The same in translations.
const TRANSLATION: Odds = (1, 25);

/// The same in what a program wrote, and in other people's code.
const PRODUCED: Odds = (1, 25);

/// What a candidate is worth at a place, and what about the place and the check decided that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// How sure.
    pub(super) score: Score,
    /// What the file is for.
    pub(super) role: Role,
    /// What limits the score.
    pub(super) limit: Limit,
}

/// Why a secret is of little use as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It is of full use.
    None,
    /// A key that is encrypted with a passphrase.
    Encrypted,
    /// A key that does not parse: cut short, or made up.
    Damaged,
    /// A key that is complete in form, but does not parse: a character was changed, or it is made up well.
    Broken,
    /// A token that expired on that day.
    Expired(Date),
    /// The signature of an address that ended on that day. It opened one thing, and shows nothing of what it was made with.
    Ended(Date),
}

impl Limit {
    /// The most that a candidate under this limit can score.
    const fn most(self) -> u16 {
        match self {
            Self::None => 1000,
            Self::Expired(_) | Self::Broken => 550,
            Self::Encrypted | Self::Damaged | Self::Ended(_) => 300,
        }
    }
}

/// Why a candidate is not believed at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disbelief {
    /// Its rule finds what is no finding by itself.
    Part,
    /// Its check refutes it.
    Refuted,
    /// The place is outside the paths of its rule.
    Path,
    /// It is written without quotes, which in this language is an expression and no value.
    Code,
}

/// The score of a guessable password, or of a hash, in the file that keeps it.
const KEPT: Score = Score(600);

/// What is known of a candidate's score before its places are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The highest score at any place.
    pub most: Score,
    /// Whether it has a score at every place.
    pub everywhere: bool,
}

/// Judges candidates in places; caches what it has derived from rules and paths.
#[derive(Debug)]
pub struct Judge<'a> {
    rules: &'a [Arc<RuleInfo>],
    today: Date,
    patterns: HashMap<u32, Option<Regex>>,
    settings: HashMap<Arc<str>, Setting>,
    roots: &'a [String],
    /// The allowlists in force, and those after the change that is judged.
    allowlists: [Option<&'a Allowlists>; 2],
    /// Those before the change, and the places of gitleaks's ignore file.
    before: Option<(&'a Allowlists, &'a Places)>,
    /// The providers whose names give values away; made once there is a value that they may be of.
    names: OnceLock<NameTable>,
}

/// The day on which a token expires, if it says so.
fn expiry(candidate: &Candidate) -> Option<Date> {
    let time = candidate.facts.iter().find(|fact| fact.kind == FactKind::Expires)?;
    time.value.get(..10)?.parse().ok()
}

impl<'a> Judge<'a> {
    /// A judge of candidates of `rules`, who knows what has expired by `today`.
    pub fn new(rules: &'a [Arc<RuleInfo>], today: Date) -> Self {
        Self {
            rules,
            today,
            patterns: HashMap::new(),
            settings: HashMap::new(),
            roots: &[],
            allowlists: [None; 2],
            before: None,
            names: OnceLock::new(),
        }
    }

    /// The rules.
    pub(super) fn rules(&self) -> &'a [Arc<RuleInfo>] {
        self.rules
    }

    /// The same for places below `roots`: the path above them says nothing about a file.
    pub fn within(mut self, roots: &'a [String]) -> Self {
        self.roots = roots;
        self
    }

    /// The same with the allowlists in force; what those `after` the change no longer cover is not covered.
    pub(super) fn allowing(mut self, allowlists: &'a Allowlists, after: Option<&'a Allowlists>) -> Self {
        self.allowlists = [Some(allowlists), after];
        self
    }

    /// The same with what covered places before the change.
    pub(super) fn knowing(mut self, before: Option<(&'a Allowlists, &'a Places)>) -> Self {
        self.before = before;
        self
    }

    /// What covered a candidate at a place before the change.
    pub(super) fn was_allowed(
        &self,
        candidate: &Candidate,
        place: &Place,
        location: &Location,
        score: Score,
    ) -> Option<Suppression> {
        let (lists, places) = self.before?;
        let by_list = || lists.cover(candidate, self.rule(candidate)?, place, location, score);
        places.covered(&candidate.secret, place, location).or_else(by_list)
    }

    /// What allowlists cover a candidate at a place where it has this score.
    pub(super) fn allowed(
        &self,
        candidate: &Candidate,
        place: &Place,
        location: &Location,
        score: Score,
    ) -> Option<Suppression> {
        let [in_force, after] = self.allowlists;
        let in_force = in_force.filter(|lists| !lists.is_empty())?;
        let rule = self.rule(candidate)?;
        let mut covers = std::iter::once(in_force)
            .chain(after)
            .map(|lists| lists.cover(candidate, rule, place, location, score));
        let first = covers.next()??;
        covers.all(|cover| cover.is_some()).then_some(first)
    }

    /// The rule of a candidate, if it can be a finding by itself: the one that found it, or that of a provider whose name
    /// and shape it has.
    pub fn rule(&self, candidate: &Candidate) -> Option<&'a Arc<RuleInfo>> {
        self.rules.get(self.index(candidate).0 as usize).filter(|rule| !rule.part && !rule.serves)
    }

    /// The position of that rule.
    pub fn index(&self, candidate: &Candidate) -> RuleIndex {
        self.named(candidate).map_or(candidate.rule, RuleIndex)
    }

    fn named(&self, candidate: &Candidate) -> Option<u32> {
        let rule = self.rules.get(candidate.rule.0 as usize)?;
        // A web token is anybody's, until a name says whose.
        let is_anybodys = (rule.generic || rule.provider.is_none()) && rule.path.is_none() && !rule.imported;
        let identifier = candidate.identifier.as_deref().filter(|_| is_anybodys)?;
        let names = self.names.get_or_init(|| NameTable::of(self.rules));
        names.find(identifier, candidate.secret.expose())
    }

    /// The scores that `candidate` can reach; `None` if it has none at any place. In a history full of weak
    /// candidates most then need not be placed.
    pub fn bound(&self, candidate: &Candidate) -> Option<Bound> {
        let rule = self.rule(candidate).filter(|_| !is_nothing(candidate))?;
        let most = Role::ALL.map(|role| worth(candidate, rule, role, 0)).into_iter().max()?;
        let is_literal = !is_bare(candidate, rule) || is_no_name(candidate.secret.expose());
        let everywhere = rule.path.is_none() && is_literal;
        Some(Bound { most: Score(most.min(self.limit(candidate).most())), everywhere })
    }

    /// The score of `candidate` at `place`; `None` if it is not believed there.
    pub fn score(&mut self, candidate: &Candidate, place: &Place) -> Option<Score> {
        self.judge(candidate, place).map(|judgement| judgement.score)
    }

    /// What `candidate` is worth at `place`; `None` if it is not believed there.
    pub(super) fn judge(&mut self, candidate: &Candidate, place: &Place) -> Option<Judgement> {
        self.weigh(candidate, place).ok()
    }

    /// The same, or why it is not believed there.
    pub(super) fn weigh(&mut self, candidate: &Candidate, place: &Place) -> Result<Judgement, Disbelief> {
        let rule = self.rule(candidate).ok_or(Disbelief::Part)?;
        if is_nothing(candidate) {
            return Err(Disbelief::Refuted);
        }
        let knows_path = self.is_within(rule, candidate, place).ok_or(Disbelief::Path)?;
        let setting = self.setting(place);
        let is_bare = is_bare(candidate, rule);
        if is_bare && !is_no_name(candidate.secret.expose()) && setting.language == Language::Code {
            return Err(Disbelief::Code);
        }
        let may_be_code = is_bare && matches!(setting.language, Language::Prose | Language::Unknown);
        let unsure = usize::from(may_be_code) + usize::from(!knows_path);
        // What a comment in code says of passwords and keys is documentation.
        let is_documented = rule.generic && setting.language == Language::Code && is_in_comment(candidate);
        let role = match setting.role {
            Role::Ordinary | Role::Home if is_documented => Role::Rehearsal,
            // Nobody needs to set another password for a container to start with this one.
            Role::Ordinary if setting.is_stack && candidate.worth == Worth::Guessable => Role::Home,
            // What a machine drew is no example: 13 of 59 secrets that were missed in 23 public repositories are in such files.
            Role::Rehearsal
                if setting.is_sample
                    && candidate.score >= Confidence::High.floor()
                    && is_drawn(candidate.secret.expose()) =>
            {
                Role::Ordinary
            }
            role => role,
        };
        let score = worth(candidate, rule, role, unsure);
        let limit = self.limit(candidate);
        Ok(Judgement { score: Score(score.min(limit.most())), role, limit })
    }

    /// What a candidate that is worth `judgement` somewhere would be worth in an ordinary file.
    pub(super) fn elsewhere(&self, candidate: &Candidate, judgement: Judgement) -> Option<Score> {
        let rule = self.rule(candidate)?;
        Some(Score(worth(candidate, rule, Role::Ordinary, 0).min(judgement.limit.most())))
    }

    /// True if a value at a place with this judgement is taken for a made-up one: only its name and its look suggest a
    /// secret, and it is in tests, documentation or examples.
    pub(super) fn is_made_up(candidate: &Candidate, rule: &RuleInfo, judgement: Judgement) -> bool {
        rule.generic && candidate.check == Check::None && judgement.role == Role::Rehearsal
    }

    /// The last day on which this judge's verdicts on the candidate are valid, if a later day may change them.
    pub fn holds_until(&self, candidate: &Candidate) -> Option<Date> {
        expiry(candidate).filter(|day| *day >= self.today)
    }

    fn limit(&self, candidate: &Candidate) -> Limit {
        let expires = expiry(candidate);
        if candidate.facts.iter().any(Fact::says_encrypted) {
            Limit::Encrypted
        } else if candidate.check == Check::Fails && candidate.secret.expose().starts_with(PEM_BEGIN) {
            // From a whole body with one wrong character the key can be guessed, or its form is unknown here.
            let is_whole = candidate.facts.iter().any(Fact::says_damaged);
            if is_whole || is_complete(candidate.secret.expose()) { Limit::Broken } else { Limit::Damaged }
        } else {
            match expires.filter(|day| *day < self.today) {
                None => Limit::None,
                Some(day) if self.rule(candidate).is_some_and(|rule| signs_addresses(rule)) => {
                    Limit::Ended(day)
                }
                Some(day) => Limit::Expired(day),
            }
        }
    }

    /// Whether `place` is within the rule's path: `Some(false)` if that is not known.
    pub fn is_within(&mut self, rule: &RuleInfo, candidate: &Candidate, place: &Place) -> Option<bool> {
        let Some(wanted) = &rule.path else { return Some(true) };
        let pattern = self.patterns.entry(candidate.rule.0).or_insert_with(|| Regex::new(wanted).ok());
        match (pattern, &place.path, place.kind()) {
            // It says in which files to look, and a name is in none. A candidate without bytes is the file itself.
            (_, _, kind) if kind.is_name() && candidate.len > 0 => None,
            // A rule whose path is no pattern was refused before; if not, it restricts nothing.
            (None, ..) => Some(true),
            (Some(pattern), Some(path), _) => pattern.is_match(path).then_some(true),
            // A value at a position of a line is believed by the file's name alone.
            (Some(_), None, _) if candidate.form == Form::Position => None,
            (Some(_), None, Kind::Message | Kind::Tag | Kind::Note) => None,
            (Some(_), None, _) => Some(false),
        }
    }

    fn setting(&mut self, place: &Place) -> Setting {
        match (&place.path, place.kind()) {
            (Some(path), _) => {
                let roots = self.roots;
                *self.settings.entry(path.clone()).or_insert_with(|| Setting::of(below(path, roots)))
            }
            (None, Kind::Message | Kind::Tag | Kind::Note) => {
                Setting { language: Language::Prose, ..Setting::NOWHERE }
            }
            (None, _) => Setting::NOWHERE,
        }
    }
}

/// Whether what a rule finds with an expiry is the signature of an address. That of a provider, by a form of its own, counts
/// as another expired token does.
fn signs_addresses(rule: &RuleInfo) -> bool {
    rule.generic
}

/// The part of `path` below the innermost of `roots`; all of it if it is below none.
fn below<'p>(path: &'p str, roots: &[String]) -> &'p str {
    let inside = |root: &String| path.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/');
    roots.iter().filter_map(inside).min_by_key(|inside| inside.len()).unwrap_or(path)
}

/// True for armour with both its ends and a long body of base64 between them.
fn is_complete(key: &[u8]) -> bool {
    let Some(end) = memchr::memmem::rfind(key, PEM_END) else { return false };
    let Some(head) = key.get(PEM_BEGIN.len()..end).and_then(|rest| memchr::memmem::find(rest, b"-----"))
    else {
        return false;
    };
    let (mut body, mut seen) = (0, [false; 256]);
    for &b in &key[PEM_BEGIN.len() + head + 5..end] {
        match b {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'/' | b'=' => {
                body += 1;
                seen[usize::from(b)] = true;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'\\' | b'"' | b'\'' | b',' => {}
            _ => return false,
        }
    }
    body >= 96 && seen.iter().filter(|&&is| is).count() >= 32
}

/// True for what detection or a check has ruled out.
fn is_nothing(candidate: &Candidate) -> bool {
    candidate.check == Check::Refuted || candidate.score == Score(0)
}

/// True for a right-hand side without quotes, which is no literal in code.
fn is_bare(candidate: &Candidate, rule: &RuleInfo) -> bool {
    candidate.form == Form::Bare && rule.generic
}

/// True if the line on which the match starts begins with a comment, in the languages that have such comments.
fn is_in_comment(candidate: &Candidate) -> bool {
    let Some(line) = candidate.context.lines.first().map(|line| line.trim_ascii_start()) else {
        return false;
    };
    let is_directive =
        [&b"#define"[..], b"#if", b"#pragma", b"#!"].iter().any(|start| line.starts_with(start));
    !is_directive
        && [&b"#"[..], b"//", b"* ", b"/*", b"-- ", b"<!--"].iter().any(|start| line.starts_with(start))
}

/// True for a value that is neither name nor expression in any language: letters and digits alternate, or small
/// letters, capitals and digits do so more often than in any name.
fn is_no_name(value: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'/' | b'=');
    let turns =
        |class: &dyn Fn(u8) -> u8| value.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let of_three = |b: u8| match b {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    value.len() >= 20
        && value.iter().all(plain)
        && (turns(&|b| u8::from(b.is_ascii_digit())) >= 5
            || value.iter().any(u8::is_ascii_digit) && turns(&of_three) * 2 >= value.len())
}

/// The score of `candidate` in a file of `role`, with `unsure` things unknown, before it is limited.
fn worth(candidate: &Candidate, rule: &RuleInfo, role: Role, unsure: usize) -> u16 {
    // A valid hash proves nothing about what it gives access to.
    if candidate.check == Check::Holds && candidate.worth != Worth::Hash {
        return candidate.score.0.max(PROVED);
    }
    if rule.imported {
        return candidate.score.0;
    }
    let known = rule.named.as_ref().filter(|named| !named.ambiguous);
    let score = known.map_or(candidate.score, |_| candidate.score.with_odds(NAMED));
    let score = (0..unsure).fold(score, |score, _| score.with_odds(UNSURE));
    if candidate.worth != Worth::Whole {
        return in_its_home(score, rule, role, unsure).0.max(1);
    }
    // No place proves anything, and none drops what detection let pass. Nothing unproved among tests is more than
    // medium.
    let most = match role {
        Role::Rehearsal | Role::Translation | Role::Produced => Confidence::High.floor().0 - 1,
        Role::Ordinary | Role::Home => Confidence::Certain.floor().0 - 1,
    };
    let score = match (role, rule.generic) {
        (Role::Ordinary, _) | (Role::Rehearsal | Role::Translation | Role::Produced, false) => score,
        // In a file of credentials a guess becomes a credential, but a chosen one stays below high.
        (Role::Home, _) if score < Confidence::High.floor() => {
            score.with_odds(HOME).min(Score(Confidence::High.floor().0 - 1))
        }
        (Role::Home, _) => score.with_odds(HOME),
        (Role::Rehearsal, true) => score.with_odds(REHEARSAL),
        // Words of other languages look random.
        (Role::Translation, true) if is_wording(candidate.secret.expose()) => {
            score.with_odds(TRANSLATION).min(Score(Confidence::Medium.floor().0 - 1))
        }
        // No language looks like a key. Resources of an app have such names as well.
        (Role::Translation, true) if is_drawn(candidate.secret.expose()) => score.with_odds(REHEARSAL),
        (Role::Translation, true) => score.with_odds(TRANSLATION),
        (Role::Produced, true) => score.with_odds(PRODUCED),
    };
    score.0.clamp(1, most)
}

/// True for a long value of letters and digits, with digits among the letters.
fn is_drawn(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let starts =
        value.windows(2).filter(|two| two[0].is_ascii_alphabetic() && two[1].is_ascii_digit()).count();
    value.len() >= 20
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && digits * 10 >= value.len()
        && starts >= 2
}

/// True for a value that may be a text for people: without digits, or in words.
fn is_wording(value: &[u8]) -> bool {
    !value.iter().any(u8::is_ascii_digit) || value.contains(&b' ') || value.iter().any(|b| *b >= 0x80)
}

/// The score of a password that anyone would guess, or of a password's hash: medium in a file that keeps the passwords
/// in use (as its role says, or the path of a rule), and below that elsewhere.
fn in_its_home(score: Score, rule: &RuleInfo, role: Role, unsure: usize) -> Score {
    let is_home = role == Role::Home || role == Role::Ordinary && rule.path.is_some();
    if is_home {
        return (0..unsure).fold(KEPT, |score, _| score.with_odds(UNSURE));
    }
    score.min(Score(Confidence::Medium.floor().0 - 1))
}

#[cfg(test)]
mod tests;
