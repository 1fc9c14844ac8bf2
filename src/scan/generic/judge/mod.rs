//! How likely a value is a secret, from its name, its operator, its form and its shape alone.
//!
//! A learnt model ([`model`]) gives the probability, in thousandths; docs/judge.md says how it was learnt and
//! what the number means. Two things are decided here by hand, without it: hashes of passwords, and names that speak
//! about a key. Values below the floor are dropped at detection.

pub(super) mod about;
pub(super) mod features;
pub(super) mod input;
pub(super) mod model;
mod rest;

use super::kinds;
use super::name::{self, Kind};
use super::shape::{Shape, is_spelt_with_digits, is_typed};
use crate::model::{Basis, Confidence, Form, Score};
use features::Features;
use input::{JudgeInput, basis};
use model::Model;
use std::sync::atomic::{AtomicBool, Ordering};

/// With a probability below this, in thousandths, no place could make a value worth a look.
const FLOOR: u16 = 60;

/// The score of a password's hash: it is what it looks like, and of use only to people who can guess the password.
const HASH: Score = Score(300);

/// The highest score of a value that a person may have chosen.
pub(super) const BELOW_HIGH: Score = Score(Confidence::High.floor().0 - 1);

/// A value whose letters have this mean surprise or more counts as random, in sixteenths of a bit.
const DRAWN: usize = 72;

/// The lowest score of a value of which the structure says that it is a secret.
const SAID: Score = Score(650);

/// The lowest score of a password that has digits in place of letters, or at several places between them.
const CHOSEN: Score = Score(550);

/// What kind of value a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) enum Class {
    /// Made by a machine: random.
    Random,
    /// A person may have chosen it.
    Chosen,
    /// A hash of a password.
    Hash,
}

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    /// How likely it is a secret.
    pub score: Score,
    /// What kind of value it is.
    pub class: Class,
    /// What was known besides name, form and value.
    pub basis: Basis,
}

/// True while the scan keeps everything that the parser reads, however unlikely: the judge is trained with it.
static KEEPS_ALL: AtomicBool = AtomicBool::new(false);

/// From now on nothing in the whole process is dropped for its score. For the trainer alone.
pub(in crate::scan) fn keep_all() {
    KEEPS_ALL.store(true, Ordering::Relaxed);
}

/// What the hash of a password is worth, whatever its digits.
pub(super) fn of_hash() -> Judged {
    Judged { score: HASH, class: Class::Hash, basis: Basis::default() }
}

/// Judges a value. If no place could make it worth a look, returns what was seen of it.
#[expect(clippy::result_large_err, reason = "on the stack already, and boxed it would cost an allocation")]
pub(super) fn judge(input: &JudgeInput<'_>) -> Result<Judged, Features> {
    if kinds::is_hash(input.value) {
        return Ok(of_hash());
    }
    let features = Features::of(input);
    let score = match weigh(Model::shipped(), input, &features) {
        Some(score) => score,
        None if KEEPS_ALL.load(Ordering::Relaxed) => Score(1),
        None => return Err(features),
    };
    let class = if features.is_drawn(DRAWN) { Class::Random } else { Class::Chosen };
    Ok(Judged { score, class, basis: basis(input) })
}

/// The probability that a model gives for these features. A value that a person may have chosen stays below high: the
/// training data has only made-up examples of what people choose.
fn probability(model: &Model, features: &Features) -> Option<Score> {
    let most = if features.is_drawn(DRAWN) { Score(u16::MAX) } else { BELOW_HIGH };
    model.probability(features, FLOOR).map(|probability| Score(probability).min(most))
}

/// The score that a model gives an assignment, at least that of what was drawn in it beside a word. If the structure says
/// that the value is a secret, it is at least [`SAID`].
pub(in crate::scan) fn weigh(model: &Model, input: &JudgeInput<'_>, features: &Features) -> Option<Score> {
    let learnt = probability(model, features);
    let may_rise = learnt < Some(BELOW_HIGH);
    let learnt = match may_rise.then(|| rest::drawn(input.value)).flatten() {
        Some(rest) => {
            let rest = JudgeInput { value: rest, ..*input };
            learnt.max(probability(model, &Features::of(&rest)).map(|score| score.min(BELOW_HIGH)))
        }
        None => learnt,
    };
    let is_said = matches!(input.form, Form::Login | Form::Declared)
        && matches!(input.kind, Kind::Password | Kind::Secret)
        && !input.joined
        && !is_named(input.value);
    let last = name::words(input.identifier).last().unwrap_or_default();
    let is_chosen = input.kind == Kind::Password
        && !input.joined
        && (is_spelt_with_digits(input.value) || is_typed(input.value) && name::is_password_word(last))
        || input.kind == Kind::Secret
            && !input.joined
            && signs(input.identifier)
            && is_key_of_words(input.value);
    if is_said {
        Some(learnt.unwrap_or(SAID).max(SAID))
    } else if is_chosen {
        Some(learnt.unwrap_or(CHOSEN).max(CHOSEN))
    } else {
        learnt
    }
}

/// Whether a name is that of a key which signs what servers trust: anyone who reads it can sign, whoever chose it.
fn signs(name: &[u8]) -> bool {
    const WORDS: [&str; 5] = ["jwt", "rpc", "session", "signing", "hmac"];
    let mut words = name::words(name).collect::<Vec<_>>();
    let last = words.pop().unwrap_or_default();
    let is =
        |word: &[u8], known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    // Where something is in a session: `SETUP_SECRET_SESSION_KEY = 'mfa-setup-backup-codes'`.
    if is(last, &["key"]) && words.last().is_some_and(|word| is(word, &["session"])) {
        return false;
    }
    is(last, &["secret", "key", "secretkey", "signingkey"]) && words.iter().any(|word| is(word, &WORDS))
}

/// True for words that somebody wrote as a key, long enough for one, and neither a constant nor a dotted name.
fn is_key_of_words(value: &[u8]) -> bool {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'#' | b'!' | b'@' | b'$');
    const INSTRUCTIONS: [&str; 10] =
        ["change", "changeme", "create", "default", "example", "insert", "must", "replace", "you", "your"];
    let says = |word: &[u8]| INSTRUCTIONS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    if name::words(value).any(says) {
        return false;
    }
    let words = name::words(value).filter(|word| word.len() >= 2).count();
    (16..=80).contains(&value.len())
        && value.iter().all(is_part)
        && value.iter().any(u8::is_ascii_lowercase)
        && (words >= 3 || value.iter().any(u8::is_ascii_digit))
}

/// True for a value that may be a name: words joined by underscores, a word of credentials among others, letters that
/// English does not have.
fn is_named(value: &[u8]) -> bool {
    let plain = !value.iter().any(|b| b.is_ascii_digit());
    let mut words = name::words(value);
    plain
        && (value.contains(&b'_') && Shape::of(value).cover() > 70
            || value.iter().any(|b| *b >= 0x80)
            || words.any(name::is_credential_word))
}
