//! What the judge looks at: numbers that describe a name, an operator, a form and a value.
//!
//! # Design
//!
//! Each is measured only here, for the scan and for training. None counts how often a value occurs, none knows a path,
//! and none is a value's text or hash, so that no value can be recognised. All are small integers, so that a verdict is
//! the same on every machine.

use super::about;
use super::input::JudgeInput;
use crate::model::Form;
use crate::scan::generic::joint::Joint;
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::shape::Shape;
use crate::scan::generic::words::Words;

/// What a feature is about: the features of one group share a sentence in a finding's reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The word of the name that means a credential.
    Kind,
    /// The other words of the name.
    Words,
    /// How name and value are joined, and how the value is written.
    Form,
    /// How long the value is.
    Length,
    /// How evenly the value's byte values are distributed.
    Randomness,
    /// The words in the value.
    Wording,
    /// Dates, sequences, keyboard walks, digits at the end, known shapes.
    Pattern,
}

impl Group {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Kind, Self::Words, Self::Form, Self::Length, Self::Randomness, Self::Wording, Self::Pattern];
}

/// How many features there are, unused ones included: a power of two, so that an index needs no check.
pub const COUNT: usize = 64;

macro_rules! features {
    ($($name:ident $group:ident,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "a table of indexes")]
        #[derive(Clone, Copy)]
        enum At { $($name,)* }
        /// The name and the group of each feature.
        pub const FEATURES: &[(&str, Group)] = &[$((stringify!($name), Group::$group),)*];
    };
}

features! {
    KIND Kind,
    NAME_WORDS Words,
    NAME_LENGTH Words,
    NAME_LAST Words,
    NAME_ABOUT Words,
    NAME_PUBLIC Words,
    NAME_STRONG Words,
    NAME_KEY_OF Words,
    NAME_CREDENTIALS Kind,
    NAME_STYLE Words,
    NAME_REHEARSAL Words,
    NAME_DIGITS Words,
    NAME_AFTER Words,
    JOINT Form,
    FORM Form,
    JOINED Form,
    LENGTH Length,
    LOWER Randomness,
    UPPER Randomness,
    DIGITS Randomness,
    MARKS Randomness,
    CLASSES Randomness,
    BLANKS Wording,
    FOREIGN Wording,
    CHANGES Randomness,
    DISTINCT Randomness,
    ENTROPY Randomness,
    EVENNESS Randomness,
    RUN Randomness,
    RUN_SHARE Randomness,
    HEX Pattern,
    UUID Pattern,
    BASE64 Pattern,
    SURPRISE Randomness,
    SURPRISE_MOST Randomness,
    SURPRISE_BITS Randomness,
    COVER Wording,
    UNCOVERED Wording,
    WORDS Wording,
    PARTS Wording,
    PART_LONGEST Wording,
    PART_MEAN Wording,
    VOWELS Randomness,
    CONSONANTS Randomness,
    DIGITS_LAST Pattern,
    DIGITS_FIRST Pattern,
    DIGIT_RUNS Pattern,
    YEAR Pattern,
    MARK_LAST Pattern,
    DASHES Wording,
    UNDERSCORES Wording,
    DOTS Wording,
    SLASHES Wording,
    COLONS Wording,
    MARK_FIRST Pattern,
    WALK Pattern,
    SAME Pattern,
    SEQUENCE Pattern,
    HUMPS Wording,
    MIXED Pattern,
    STYLE Wording,
    STEMS Wording,
    SHARED Wording,
    BRACKETS Wording,
}

/// The features of one candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features(pub [i16; COUNT]);

/// Words of names of test values, and words that distinguish one of two values.
#[rustfmt::skip]
static REHEARSAL: Words = Words::new(&[
    "actual", "another", "bad", "correct", "demo", "different", "dummy", "example", "expected", "fake", "first",
    "foo", "good", "incorrect", "invalid", "mock", "new", "old", "other", "sample", "second", "some", "temp",
    "test", "testing", "unknown", "wrong",
]);

/// Stems in values that name or imitate a secret.
#[rustfmt::skip]
const STEMS: &[&[u8]] = &[
    b"admin", b"auth", b"bar", b"data", b"demo", b"example", b"field", b"foo", b"hash", b"header", b"key",
    b"login", b"my", b"name", b"pass", b"private", b"public", b"pw", b"secret", b"sess", b"test", b"token",
    b"user", b"value", b"xxx", b"your",
];

/// The tables whose search relies on their order.
#[cfg(test)]
pub(in crate::scan::generic) const TABLES: &[&[&str]] = &[REHEARSAL.list()];

/// The longest part of a value that is measured, in bytes. What follows says nothing new.
const MEASURED: usize = 160;

impl Features {
    /// The features of an assignment.
    pub(in crate::scan::generic) fn of(input: &JudgeInput<'_>) -> Self {
        let mut features = Self([0; COUNT]);
        features.read_name(input);
        features.set(At::JOINT, joint(input.joint));
        features.set(At::FORM, form(input.form));
        features.set(At::JOINED, i16::from(input.joined));
        features.read_value(input);
        features
    }

    /// True if the value's letters are as surprising as only random ones are, or if it consists of hexadecimal digits.
    pub(super) fn is_drawn(&self, surprise: usize) -> bool {
        let at = |at: At| self.0[at as usize];
        at(At::LENGTH) >= 12
            && at(At::BLANKS) == 0
            && (usize::try_from(at(At::SURPRISE)).is_ok_and(|mean| mean >= surprise) || at(At::HEX) > 0)
    }

    /// True if the value's letters, if any, are unlike those of words.
    pub fn is_random(&self) -> bool {
        self.0[At::SURPRISE as usize] >= 66 || self.0[At::HEX as usize] > 0
    }

    /// True if words cover half of the value's letters.
    pub fn is_wordy(&self) -> bool {
        self.0[At::COVER as usize] >= 50
    }

    fn set(&mut self, at: At, value: i16) {
        self.0[at as usize] = value;
    }

    fn count(&mut self, at: At, value: usize) {
        self.set(at, value.min(999) as i16);
    }

    fn read_name(&mut self, input: &JudgeInput<'_>) {
        // The vocabulary has only ASCII letters: a name with others is represented by what its anchor means.
        let name = match input.kind {
            Kind::Password if !input.identifier.is_ascii() => b"password",
            _ => input.identifier,
        };
        self.set(At::KIND, kind(input.kind));
        self.count(At::NAME_LENGTH, name.len());
        let (mut words, mut about, mut public, mut strong, mut key_of) = (0, 0, 0, 0, 0);
        let (mut credentials, mut rehearsal, mut after, mut last) = (0, 0, 0, 0);
        for word in name::words(name) {
            words += 1;
            let is = |list: &Words| usize::from(list.has(word));
            let credential = usize::from(name::is_credential(word));
            let is_own = about::is_part_of_its_name(name, word);
            let (is_about, is_public) = match is_own {
                true => (0, 0),
                false => (is(&about::ABOUT), is(&about::PUBLIC)),
            };
            let is_strong = is(&about::STRENGTHEN);
            about += is_about;
            public += is_public;
            strong += is_strong;
            key_of += is(&about::KEY_OF);
            rehearsal += is(&REHEARSAL);
            credentials += credential;
            after = if credential > 0 { 0 } else { after + 1 };
            last = match () {
                () if credential > 0 => 4,
                () if is_public > 0 => 1,
                () if is_about > 0 => 0,
                () if is_strong > 0 => 3,
                () => 2,
            };
        }
        self.count(At::NAME_WORDS, words);
        self.set(At::NAME_LAST, last);
        self.count(At::NAME_ABOUT, about);
        self.count(At::NAME_PUBLIC, public);
        self.count(At::NAME_STRONG, strong);
        self.count(At::NAME_KEY_OF, key_of);
        self.count(At::NAME_CREDENTIALS, credentials);
        self.count(At::NAME_REHEARSAL, rehearsal);
        self.count(At::NAME_AFTER, after);
        self.count(At::NAME_DIGITS, name.iter().filter(|b| b.is_ascii_digit()).count());
        self.set(At::NAME_STYLE, style(name));
    }

    fn read_value(&mut self, input: &JudgeInput<'_>) {
        let whole = input.value;
        let value = &whole[..whole.len().min(MEASURED)];
        let shape = Shape::of(value);
        let len = value.len().max(1);
        let share = |count: usize| (count * 100 / len) as i16;
        self.count(At::LENGTH, whole.len());
        self.set(At::LOWER, share(shape.lower));
        self.set(At::UPPER, share(shape.upper));
        self.set(At::DIGITS, share(shape.digits));
        self.set(At::MARKS, share(shape.marks));
        self.count(At::BLANKS, shape.blanks);
        self.count(At::FOREIGN, shape.foreign);
        let classes = [shape.lower, shape.upper, shape.digits, shape.marks];
        self.count(At::CLASSES, classes.iter().filter(|&&count| count > 0).count());
        self.set(At::CHANGES, (shape.changes * 100 / (len - 1).max(1)) as i16);
        self.set(At::DISTINCT, share(shape.distinct));
        self.set(At::ENTROPY, shape.entropy as i16);
        self.set(At::EVENNESS, shape.evenness as i16);
        self.count(At::RUN, shape.run);
        self.set(At::RUN_SHARE, share(shape.run));
        self.set(At::SURPRISE, shape.surprise as i16);
        self.set(At::SURPRISE_MOST, shape.surprise_most as i16);
        self.count(At::SURPRISE_BITS, shape.surprise_bits);
        let letters = shape.letters();
        self.set(At::COVER, shape.cover() as i16);
        self.count(At::UNCOVERED, letters - shape.covered.min(letters));
        self.count(At::WORDS, shape.words);
        self.count(At::PARTS, shape.parts);
        self.count(At::PART_LONGEST, shape.part_longest);
        self.set(At::PART_MEAN, (letters * 10 / shape.parts.max(1)) as i16);
        self.set(At::VOWELS, (shape.vowels * 100 / letters.max(1)) as i16);
        self.count(At::CONSONANTS, shape.consonants);
        let dashes = count(value, b'-');
        let is_hex = shape.hex + dashes == shape.len && shape.digits > 0;
        self.set(At::HEX, if is_hex { 1 + i16::from(shape.lower.min(shape.upper) == 0) } else { 0 });
        self.set(At::UUID, i16::from(is_hex && dashes == 4 && shape.len == 36));
        self.set(At::BASE64, base64(value));
        self.count(At::DASHES, dashes);
        self.count(At::UNDERSCORES, count(value, b'_'));
        self.count(At::DOTS, count(value, b'.'));
        self.count(At::SLASHES, count(value, b'/'));
        self.count(At::COLONS, count(value, b':'));
        let brackets =
            value.iter().filter(|b| matches!(b, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>'));
        self.count(At::BRACKETS, brackets.count());
        let (first, last) = (value.first().copied().unwrap_or(0), value.last().copied().unwrap_or(0));
        self.set(At::MARK_FIRST, class(first));
        self.set(At::MARK_LAST, class(last));
        self.set(At::STYLE, style(value));
        self.read_patterns(value);
        let mut lower = [0; MEASURED];
        let lower = &mut lower[..value.len()];
        lower.copy_from_slice(value);
        lower.make_ascii_lowercase();
        self.count(At::STEMS, stems(lower));
        self.count(At::SHARED, shared(lower, input.identifier));
    }

    /// Runs of digits, sequences, repetitions, walks, and letters between digits.
    fn read_patterns(&mut self, value: &[u8]) {
        let is_digit = |b: &&u8| b.is_ascii_digit();
        let body = value.iter().rposition(|b| b.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        self.count(At::DIGITS_LAST, value[..body].iter().rev().take_while(is_digit).count());
        self.count(At::DIGITS_FIRST, value.iter().take_while(is_digit).count());
        let (mut runs, mut humps, mut mixed, mut year) = (0, 0, 0, 0);
        let (mut same, mut up, mut down, mut walk) = ([1usize; 2], [1usize; 2], [1usize; 2], [1usize; 2]);
        let mut digits = 0usize;
        for at in 0..value.len() {
            let b = value[at];
            if b.is_ascii_digit() {
                runs += usize::from(digits == 0);
                digits += 1;
            } else {
                if digits == 4 {
                    year += usize::from(is_year(&value[at - 4..at]));
                }
                digits = 0;
            }
            let Some(&before) = at.checked_sub(1).and_then(|at| value.get(at)) else { continue };
            humps += usize::from(before.is_ascii_lowercase() && b.is_ascii_uppercase());
            mixed += usize::from(
                before.is_ascii_digit() && b.is_ascii_alphabetic()
                    || before.is_ascii_alphabetic() && b.is_ascii_digit(),
            );
            let alnum = b.is_ascii_alphanumeric();
            step(&mut same, b == before);
            step(&mut up, alnum && b == before.wrapping_add(1));
            step(&mut down, alnum && b.wrapping_add(1) == before);
            step(&mut walk, are_neighbours(before, b));
        }
        if digits == 4 {
            year += usize::from(is_year(&value[value.len() - 4..]));
        }
        self.count(At::DIGIT_RUNS, runs);
        self.count(At::HUMPS, humps);
        self.count(At::MIXED, mixed);
        self.count(At::YEAR, year);
        self.count(At::SAME, same[1]);
        self.count(At::SEQUENCE, up[1].max(down[1]));
        self.count(At::WALK, walk[1]);
    }
}

/// Updates `[run, longest]`.
fn step(run: &mut [usize; 2], goes_on: bool) {
    run[0] = if goes_on { run[0] + 1 } else { 1 };
    run[1] = run[1].max(run[0]);
}

fn count(value: &[u8], wanted: u8) -> usize {
    value.iter().filter(|&&b| b == wanted).count()
}

fn is_year(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'9', ..] | [b'2', b'0', ..])
}

/// The position of a key in its row of the keyboard: the row in tens; zero for other bytes.
const KEYS: [u8; 256] = {
    let rows: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let mut keys = [0; 256];
    let mut row = 0;
    while row < rows.len() {
        let mut at = 0;
        while at < rows[row].len() {
            keys[rows[row][at] as usize] = (row * 16 + at + 1) as u8;
            keys[rows[row][at].to_ascii_uppercase() as usize] = (row * 16 + at + 1) as u8;
            at += 1;
        }
        row += 1;
    }
    keys
};

/// True for keys side by side in a row of the keyboard, either way.
fn are_neighbours(left: u8, right: u8) -> bool {
    let (left, right) = (KEYS[usize::from(left)], KEYS[usize::from(right)]);
    left > 0 && right > 0 && left.abs_diff(right) == 1
}

/// The class of a byte at either end: 0 other, 1 mark, 2 digit, 3 upper, 4 lower.
fn class(b: u8) -> i16 {
    match b {
        b'a'..=b'z' => 4,
        b'A'..=b'Z' => 3,
        b'0'..=b'9' => 2,
        b'!'..=b'~' => 1,
        _ => 0,
    }
}

/// 2 for base64 with its padding or its marks, 1 for its letters and digits only, else 0.
fn base64(value: &[u8]) -> i16 {
    let body = value.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    let plain =
        value[..body].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'));
    let marked = body < value.len() || value[..body].iter().any(|b| matches!(b, b'+' | b'/'));
    match (plain && value.len() >= 16, marked) {
        (true, true) => 2,
        (true, false) => 1,
        _ => 0,
    }
}

/// The style of a name or a value: how its words are joined and capitalised.
fn style(text: &[u8]) -> i16 {
    let has = |wanted: u8| text.contains(&wanted);
    let (mut lower, mut upper, mut humps, mut last) = (false, false, false, 0u8);
    for &b in text {
        lower |= b.is_ascii_lowercase();
        upper |= b.is_ascii_uppercase();
        humps |= last.is_ascii_lowercase() && b.is_ascii_uppercase();
        last = b;
    }
    let joined = match () {
        () if has(b' ') => 5,
        () if has(b'_') => 4,
        () if has(b'-') => 3,
        () if has(b'.') => 2,
        () if humps => 1,
        () => 0,
    };
    let case = match (lower, upper) {
        (false, false) => 0,
        (false, true) => 1,
        (true, true) => 2 + i16::from(text.first().is_some_and(u8::is_ascii_uppercase)),
        (true, false) => 4,
    };
    joined * 5 + case
}

/// How many bytes of a lower-case value the stems cover.
fn stems(lower: &[u8]) -> usize {
    let (mut at, mut covered) = (0, 0);
    while at < lower.len() {
        let rest = &lower[at..];
        let stem = STEMS.iter().find(|stem| stem[0] == rest[0] && rest.starts_with(stem));
        covered += stem.map_or(0, |stem| stem.len());
        at += stem.map_or(1, |stem| stem.len());
    }
    covered
}

/// How many letters of words of the name are in a lower-case value.
fn shared(lower: &[u8], name: &[u8]) -> usize {
    let mut shared = 0;
    for word in name::words(name).filter(|word| (4..=24).contains(&word.len())) {
        let mut folded = [0; 24];
        let folded = &mut folded[..word.len()];
        folded.copy_from_slice(word);
        folded.make_ascii_lowercase();
        if lower.len() >= folded.len() && lower.windows(folded.len()).any(|window| window == folded) {
            shared += folded.len();
        }
    }
    shared
}

/// Numbers for what names mean, the surest last.
fn kind(kind: Kind) -> i16 {
    match kind {
        Kind::Other => 0,
        Kind::Key => 1,
        Kind::Token => 2,
        Kind::Secret => 3,
        Kind::Password => 4,
    }
}

fn joint(joint: Joint) -> i16 {
    match joint {
        Joint::Compare => 0,
        Joint::Argument => 1,
        Joint::Prose => 2,
        Joint::Space => 3,
        Joint::Call => 4,
        Joint::Markup => 5,
        Joint::Flag => 6,
        Joint::Block => 7,
        Joint::Colon => 8,
        Joint::Assign => 9,
    }
}

fn form(form: Form) -> i16 {
    match form {
        Form::Bare => 0,
        Form::Block => 1,
        Form::Call => 2,
        Form::Markup => 3,
        Form::Inline => 4,
        Form::Quoted => 5,
        Form::Token => 6,
        Form::Login => 7,
        Form::Declared => 8,
        Form::Position => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str) -> Features {
        Features::of(&JudgeInput {
            identifier: name.as_bytes(),
            kind: Kind::Password,
            joint: Joint::Assign,
            form: Form::Quoted,
            joined: false,
            value: value.as_bytes(),
        })
    }

    fn get(features: &Features, name: &str) -> i16 {
        features.0[FEATURES.iter().position(|(known, _)| *known == name).expect("a feature's name")]
    }

    #[test]
    fn there_are_no_more_features_than_places() {
        assert!(FEATURES.len() <= COUNT);
    }

    #[test]
    fn names_are_measured() {
        let features = of("TEST_DB_PASSWORD_hash", "x");
        for (name, wanted) in [
            ("NAME_WORDS", 4),
            ("NAME_LAST", 1),
            ("NAME_PUBLIC", 1),
            ("NAME_CREDENTIALS", 1),
            ("NAME_AFTER", 1),
            ("NAME_REHEARSAL", 1),
        ] {
            assert_eq!(get(&features, name), wanted, "{name}");
        }
    }

    #[test]
    fn values_are_measured() {
        for (value, name, wanted) in [
            ("Sommer2019!", "YEAR", 1),
            ("Sommer2019!", "DIGITS_LAST", 4),
            ("Sommer2019!", "MARK_LAST", 1),
            ("qwertz", "WALK", 5),
            ("aaab", "SAME", 3),
            ("x12345", "SEQUENCE", 5),
            ("getUserName", "HUMPS", 2),
            ("p4ss1on", "MIXED", 4),
            ("mytestkey", "STEMS", 9),
            ("the-password-x", "SHARED", 8),
            ("0c7cbd93-9e3b-4a3f-8b6b-0f6f5f1f7c3e", "UUID", 1),
        ] {
            assert_eq!(get(&of("password", value), name), wanted, "{name} of {value}");
        }
    }

    #[test]
    fn what_stands_after_the_measured_part_changes_the_length_alone() {
        let long = "q7Zk2Lw9Xb4Tn6Vc".repeat(10);
        let (mut one, other) = (of("password", &long), of("password", &format!("{long}aaaaaaaaaa")));
        one.0[At::LENGTH as usize] += 10;
        assert_eq!(one, other);
    }
}
