//! How sure a candidate is at one place.
//!
//! Detection has judged rule, identifier and value. Here the place adds what it knows: the file's type
//! (an unquoted right-hand side is code in most languages), what the file is for ([`super::setting`]),
//! and the rule's own path. A check that holds makes a candidate certain anywhere, except if what it
//! proves cannot be used as it is (an encrypted key, an expired token). A place lowers or raises a score.
//! It drops only what is not a literal there or is outside its rule's path.

use super::Allowlists;
use super::setting::{Language, Role, Setting};
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
    pub(super) fn is_within(
        &mut self,
        rule: &RuleInfo,
        candidate: &Candidate,
        place: &Place,
    ) -> Option<bool> {
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
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::{Context, Fact, FactKind, InMetadata, NameOf, Source};
    use proptest::prelude::*;

    fn judgement(candidate: &Candidate, place: &Place) -> Option<Judgement> {
        Judge::new(&sample::rules(), jiff::civil::date(2026, 6, 1)).judge(candidate, place)
    }

    fn confidence(candidate: &Candidate, path: &str) -> Option<Confidence> {
        judgement(candidate, &sample::file(path))?.score.confidence()
    }

    #[test]
    fn an_unquoted_value_is_code_in_code_and_a_value_elsewhere() {
        let bare = sample::password(b"tiger99x", Form::Bare, 650);
        let quoted = Candidate { form: Form::Quoted, ..bare.clone() };
        for path in ["a.py", "a.java", "main.tf", "a.json"] {
            assert_eq!(confidence(&bare, path), None, "{path}");
            assert_eq!(confidence(&quoted, path), Some(Confidence::Medium), "{path}");
        }
        for path in ["a.yml", ".env", "a.ini", "run.sh", "a.properties", "Dockerfile", "noname"] {
            assert_eq!(confidence(&bare, path), Some(Confidence::Medium), "{path}");
        }
        assert_eq!(
            judgement(&bare, &Place::of(Source::Message(InMetadata::default())))
                .map(|judgement| judgement.score),
            Some(Score(582))
        );
    }

    #[test]
    fn what_was_drawn_counts_in_the_sample_of_an_environment() {
        let drawn = sample::password(b"q7Zk2Lw9Xb4Tn6Vc8Hs3Rd5M", Form::Bare, 960);
        let chosen = sample::password(b"tiger99x", Form::Bare, 650);
        assert_eq!(confidence(&drawn, ".env.example"), Some(Confidence::High));
        assert_eq!(confidence(&drawn, "tests/.env.example"), Some(Confidence::Medium));
        assert!(confidence(&chosen, ".env.example") <= Some(Confidence::Medium));
        let judgement = judgement(&drawn, &sample::file(".env.example")).expect("it is believed");
        assert_eq!(judgement.role, Role::Ordinary);
    }

    #[test]
    fn a_place_raises_and_lowers_and_a_check_that_holds_is_certain_anywhere() {
        use Confidence::{Certain, High, Low, Medium};
        let chosen = sample::password(b"tiger99x", Form::Quoted, 650);
        let random = sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 960);
        let shape = sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc");
        let proved = Candidate { check: Check::Holds, score: Score(990), ..shape.clone() };
        let table = [
            ("a.py", [Medium, High, High, Certain]),
            (".npmrc", [Medium, High, High, Certain]),
            ("tests/a.py", [Medium, Medium, Medium, Certain]),
            ("README.md", [Medium, Medium, Medium, Certain]),
            ("yarn.lock", [Low, Low, Medium, Certain]),
            ("locales/de.json", [Low, Low, Medium, Certain]),
        ];
        for (path, wanted) in table {
            let judged = [&chosen, &random, &shape, &proved].map(|candidate| confidence(candidate, path));
            assert_eq!(judged, wanted.map(Some), "{path}");
        }
        let weak = sample::password(b"tiger99x", Form::Quoted, 450);
        assert_eq!(confidence(&weak, "a.py"), Some(Low));
        assert_eq!(confidence(&weak, ".netrc"), Some(Medium));
    }

    #[test]
    fn what_cannot_be_used_as_it_stands_is_held_down() {
        let with = |fact: Fact| Candidate {
            check: Check::Holds,
            facts: vec![fact],
            ..sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc")
        };
        let signed = |day| Candidate {
            facts: vec![Fact::new(FactKind::Expires, day)],
            ..sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 850)
        };
        let key = ["-----BEGIN", "RSA PRIVATE", "KEY-----\nMIIE"].join(" ");
        let table = [
            (with(Fact::encrypted(true)), Confidence::Low),
            (with(Fact::encrypted(false)), Confidence::Certain),
            (Candidate { check: Check::Fails, ..sample::candidate(key.as_bytes()) }, Confidence::Low),
            (
                Candidate { check: Check::Fails, score: Score(550), ..with(Fact::damaged()) },
                Confidence::Medium,
            ),
            (with(Fact::new(FactKind::Expires, "2026-05-31")), Confidence::Medium),
            (with(Fact::new(FactKind::Expires, "2026-05-31T10:00:00Z")), Confidence::Medium),
            (with(Fact::new(FactKind::Expires, "2026-06-01")), Confidence::Certain),
            (with(Fact::new(FactKind::Expires, "never")), Confidence::Certain),
            // The signature of an address, which opened one thing.
            (signed("2026-05-31"), Confidence::Low),
            (signed("2026-06-01"), Confidence::Medium),
            (with(Fact::new(FactKind::Expires, "äöüäöüäöü")), Confidence::Certain),
        ];
        for (candidate, wanted) in table {
            assert_eq!(confidence(&candidate, "a.py"), Some(wanted), "{:?}", candidate.facts);
        }
    }

    #[test]
    fn what_is_above_the_folder_that_is_looked_at_says_nothing() {
        let roots = ["/tmp/tests/x/".to_owned(), "/tmp/tests/x/examples".to_owned()];
        for (path, wanted) in [
            ("/tmp/tests/x/src/a.py", "src/a.py"),
            ("/tmp/tests/x/tests/a.py", "tests/a.py"),
            ("/tmp/tests/x/examples/a.py", "a.py"),
            ("/tmp/tests/xy/a.py", "/tmp/tests/xy/a.py"),
            ("src/a.py", "src/a.py"),
        ] {
            assert_eq!(below(path, &roots), wanted);
        }
    }

    #[test]
    fn a_comment_in_code_is_documentation_and_one_in_configuration_is_not() {
        let with = |line: &[u8]| {
            let context = Context { lines: vec![line.into()], ..Context::default() };
            Candidate { context, ..sample::password(b"mUc3m00RsqyRe", Form::Quoted, 970) }
        };
        let role = |line: &[u8], path: &str| {
            judgement(&with(line), &sample::file(path)).map(|judgement| judgement.role)
        };
        for line in [&b"  # user.password = 'x'"[..], b"// password", b" * password: x", b"/* password */"] {
            assert_eq!(role(line, "lib/a.rb"), Some(Role::Rehearsal));
            assert_eq!(role(line, "deploy.sh"), Some(Role::Ordinary));
        }
        for line in [&b"password = 'x' # now"[..], b"#define PASSWORD \"x\"", b"", b"p = a * b"] {
            assert_eq!(role(line, "lib/a.c"), Some(Role::Ordinary));
        }
    }

    #[test]
    fn a_key_complete_in_form_is_worth_a_look_and_a_stub_is_not() {
        let body: String = (0..200_u32)
            .map(|at| {
                char::from(
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                        [(at * 7 % 64) as usize],
                )
            })
            .collect();
        let key = |body: &str| {
            let kind = ["RSA PRIVATE", "KEY-----"].join(" ");
            let text = format!("-----BEGIN {kind}\n{body}\n-----END {kind}");
            Candidate { check: Check::Fails, score: Score(550), ..sample::candidate(text.as_bytes()) }
        };
        assert_eq!(confidence(&key(&body), "a.pem"), Some(Confidence::Medium));
        for stub in ["MIIEpAIBAAKCAQEA...", "", "MIIE", &"A".repeat(300), &format!("{body}\n…")] {
            assert_eq!(confidence(&key(stub), "a.pem"), Some(Confidence::Low), "{stub}");
        }
    }

    #[test]
    fn letters_and_digits_that_take_turns_are_no_name_even_in_code() {
        let bare = |value: &[u8]| sample::password(value, Form::Bare, 900);
        for drawn in [&b"q7Zk2Lw9Xb4Tn6Vc1Rm8"[..], b"PpXqQiFYfSbn6LbfEDoBcCwKcHCkxjDfLlnSecoO"] {
            assert_eq!(confidence(&bare(drawn), "a.py"), Some(Confidence::Medium));
        }
        for name in [
            &b"sha256_digest_of_user"[..],
            b"getUserPasswordFromVault",
            b"x509Certificate2Builder",
            b"OAuthTokenSHA1ToBase64URL",
        ] {
            assert_eq!(confidence(&bare(name), "a.py"), None);
        }
    }

    #[test]
    fn that_a_hash_is_well_formed_proves_nothing_of_what_it_opens() {
        let proved = Candidate { check: Check::Holds, ..sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc") };
        let hash = Candidate { worth: Worth::Hash, ..proved.clone() };
        assert_eq!(confidence(&proved, "src/a.py"), Some(Confidence::Certain));
        assert_eq!(confidence(&hash, "src/a.py"), Some(Confidence::Low));
    }

    #[test]
    fn only_generic_values_without_proof_among_tests_are_taken_for_made_up() {
        let generic = sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 900);
        let proved = Candidate { check: Check::Holds, ..generic.clone() };
        let rules = sample::rules();
        for (candidate, path, wanted) in [
            (&generic, "tests/a.py", true),
            (&generic, "src/a.py", false),
            (&proved, "tests/a.py", false),
            (&sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc"), "tests/a.py", false),
        ] {
            let judgement = judgement(candidate, &sample::file(path)).expect("it is something there");
            let rule = &rules[candidate.rule.0 as usize];
            assert_eq!(Judge::is_made_up(candidate, rule, judgement), wanted, "{path}");
        }
    }

    #[test]
    fn a_rule_with_a_path_finds_nothing_outside_it() {
        let rules =
            vec![Arc::new(RuleInfo { path: Some(r"(^|/)\.netrc$".into()), ..sample::rule("acme-token") })];
        let mut judge = Judge::new(&rules, jiff::civil::date(2026, 6, 1));
        let candidate = sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc");
        let mut score = |place: &Place| judge.judge(&candidate, place).map(|judgement| judgement.score.0);
        assert_eq!(score(&sample::file("home/.netrc")), Some(985 - 1));
        assert_eq!(score(&sample::file("home/a.netrc")), None);
        assert_eq!(score(&Place::of(Source::Stdin)), Some(947));
        assert_eq!(score(&Place::of(Source::Message(InMetadata::default()))), None);
        assert_eq!(score(&Place { source: Source::Path(NameOf::File), ..sample::file("home/.netrc") }), None);
        assert_eq!(score(&Place::of(Source::Ref(InMetadata::default()))), None);
    }

    fn any_candidate() -> impl Strategy<Value = Candidate> {
        let forms = [Form::Token, Form::Quoted, Form::Bare, Form::Block];
        let checks = [Check::None, Check::Holds, Check::Fails, Check::Refuted];
        let expires = |day| Fact::new(FactKind::Expires, day);
        let other = Fact::new(FactKind::Region, "b");
        let facts = [Fact::encrypted(true), expires("2026-05-31"), expires("2027-01-01"), other];
        let picks = (0_u32..5, 0_usize..4, 0_usize..4, 0_usize..5, any::<bool>());
        (picks, 0_u16..1000).prop_map(move |((rule, form, check, fact, is_key), score)| {
            let fact = facts.get(fact).cloned();
            let key = ["-----BEGIN", "RSA PRIVATE", "KEY-----"].join(" ");
            Candidate {
                rule: RuleIndex(rule),
                form: forms[form],
                check: checks[check],
                facts: fact.into_iter().collect(),
                score: Score(score),
                ..sample::candidate(if is_key { key.as_bytes() } else { b"acme_q7Zk2Lw9Xb4Tn6Vc" })
            }
        })
    }

    proptest! {
        #[test]
        fn no_place_raises_a_candidate_above_its_bound(candidate in any_candidate()) {
            let path = Some(r"(^|/)\.netrc$".into());
            let mut rules = sample::rules();
            rules.push(Arc::new(RuleInfo { path, ..sample::rule("acme-netrc") }));
            let mut judge = Judge::new(&rules, jiff::civil::date(2026, 6, 1));
            let bound = judge.bound(&candidate);
            let paths = [
                "a.py", ".npmrc", ".netrc", "tests/.netrc", "README.md", "yarn.lock", "a.yml", ".env", "noname",
            ];
            let kinds = [
                Kind::Message, Kind::Tag, Kind::Note, Kind::Object, Kind::Stdin, Kind::Commit, Kind::Ref, Kind::Author,
            ];
            let places = paths.map(sample::file).into_iter().chain(kinds.map(sample::of_kind));
            for place in places {
                let score = judge.score(&candidate, &place);
                match bound {
                    None => prop_assert_eq!(score, None),
                    Some(Bound { most, everywhere }) => {
                        prop_assert!(score.is_none_or(|score| score <= most), "{:?} at {:?}", score, place);
                        prop_assert!(score.is_some() || !everywhere, "{:?}", place);
                    }
                }
            }
        }
    }
}
