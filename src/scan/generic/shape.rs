//! The shape of a value: letters, digits, words in it, and how unlike language its letters are.
//!
//! The vocabulary (`words.txt`) is the words that most open-source projects contain; letter triples are
//! counted over it when first needed. A value's words distinguish code and placeholders from secrets, and its
//! letter triples distinguish random from chosen values.

use super::name;
use std::sync::OnceLock;

/// Words of code and documentation, sorted, one per line.
const WORDS: &str = include_str!("words.txt");

/// The longest word in the vocabulary.
#[cfg(test)]
const LONGEST_WORD: usize = 14;

/// Letters and the mark for a word's edge.
const SYMBOLS: usize = 27;

/// The longest run of letters that is split into words; longer ones are cut.
const LONGEST_RUN: usize = 64;

/// The shape of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Bytes.
    pub len: usize,
    /// Lower-case letters.
    pub lower: usize,
    /// Upper-case letters.
    pub upper: usize,
    /// Digits.
    pub digits: usize,
    /// Blanks and line ends.
    pub blanks: usize,
    /// All other printable ASCII.
    pub marks: usize,
    /// Bytes that are not ASCII, and control characters.
    pub foreign: usize,
    /// Hexadecimal digits.
    pub hex: usize,
    /// Different bytes.
    pub distinct: usize,
    /// Longest run of letters and digits.
    pub run: usize,
    /// How often the class of byte changes from one byte to the next.
    pub changes: usize,
    /// Runs of letters, cut at case changes.
    pub parts: usize,
    /// Letters of the longest part.
    pub part_longest: usize,
    /// Letters that words of the vocabulary cover.
    pub covered: usize,
    /// Words of the vocabulary found.
    pub words: usize,
    /// Vowels.
    pub vowels: usize,
    /// The longest run of letters without a vowel.
    pub consonants: usize,
    /// Mean surprise of the letters as triples of the vocabulary, sixteenths of a bit a letter.
    pub surprise: usize,
    /// The same for the part of three letters or more with the highest surprise.
    pub surprise_most: usize,
    /// The surprise of all letters, bits.
    pub surprise_bits: usize,
    /// Shannon entropy, fiftieths of a bit a byte.
    pub entropy: usize,
    /// Entropy as a share of the most that this many bytes could have, in hundredths.
    pub evenness: usize,
}

/// The class of each byte: 1 lower, 2 upper, 3 digit, 4 blank, 5 mark, 6 other; 8 is added for hexadecimal
/// digits, 16 for vowels.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let b = at as u8;
        classes[at] = match b {
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            b'0'..=b'9' => 3,
            b' ' | b'\t' | b'\r' | b'\n' => 4,
            b'!'..=b'~' => 5,
            _ => 6,
        };
        if b.is_ascii_hexdigit() {
            classes[at] += 8;
        }
        if matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y') {
            classes[at] += 16;
        }
        at += 1;
    }
    classes
};

impl Shape {
    /// Measures a value of at most 255 bytes; longer ones are cut.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut shape = Self::of_bytes(value);
        shape.read_words(&value[..shape.len]);
        shape
    }

    /// The same without what takes most of the time, which is about its words: [`read_words`](Self::read_words) adds that.
    fn of_bytes(value: &[u8]) -> Self {
        let value = &value[..value.len().min(255)];
        let mut counts = [0u8; 256];
        let mut classes = [0usize; 7];
        let (mut hex, mut run, mut longest, mut changes, mut last) = (0, 0, 0, 0, 0);
        let (mut vowels, mut consonants, mut dry) = (0, 0, 0);
        for &b in value {
            counts[usize::from(b)] += 1;
            let bits = CLASSES[usize::from(b)];
            let class = bits & 7;
            classes[usize::from(class)] += 1;
            hex += usize::from(bits >> 3 & 1);
            run = if class <= 3 { run + 1 } else { 0 };
            longest = longest.max(run);
            changes += usize::from(last != 0 && class != last);
            last = class;
            let is_vowel = bits & 16 > 0;
            vowels += usize::from(is_vowel);
            dry = if class <= 2 && !is_vowel { dry + 1 } else { 0 };
            consonants = consonants.max(dry);
        }
        let mut shape = Self {
            len: value.len(),
            lower: classes[1],
            upper: classes[2],
            digits: classes[3],
            blanks: classes[4],
            marks: classes[5],
            foreign: classes[6],
            hex,
            run: longest,
            changes,
            vowels,
            consonants,
            ..Self::default()
        };
        // Each byte value's count is used once, at its first occurrence.
        let mut weighed = 0;
        for &b in value {
            let count = std::mem::take(&mut counts[usize::from(b)]);
            shape.distinct += usize::from(count > 0);
            weighed += usize::from(count) * usize::from(LOG2[usize::from(count)]);
        }
        let len = value.len().max(1);
        let most = usize::from(LOG2[len]);
        let bits = most.saturating_sub(weighed / len);
        shape.entropy = (bits * 50) >> FRACTION;
        shape.evenness = bits * 100 / most.max(1);
        shape
    }

    /// Splits the letters into words and measures the surprise of the letters.
    fn read_words(&mut self, value: &[u8]) {
        let vocabulary = Vocabulary::shared();
        let mut lower = [0u8; LONGEST_RUN];
        let (mut surprise, mut letters) = (0, 0usize);
        for part in name::words(value) {
            self.parts += 1;
            self.part_longest = self.part_longest.max(part.len());
            let part = &part[..part.len().min(LONGEST_RUN)];
            let run = &mut lower[..part.len()];
            run.copy_from_slice(part);
            run.make_ascii_lowercase();
            let (covered, words) = vocabulary.cover(run);
            self.covered += covered;
            self.words += words;
            let sixteenths = vocabulary.surprise(run);
            if run.len() >= 3 {
                self.surprise_most = self.surprise_most.max(sixteenths / run.len());
            }
            surprise += sixteenths;
            letters += run.len();
        }
        self.surprise = surprise / letters.max(1);
        self.surprise_bits = surprise / 16;
    }

    /// Letters.
    pub(super) fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// The share of the letters that words of the vocabulary cover, in hundredths.
    pub(super) fn cover(&self) -> usize {
        self.covered * 100 / self.letters().max(1)
    }
}

/// True for a value whose bytes alternate as only random ones do: both cases, digits or marks, a change at every second
/// or third byte, and hardly a word. A single mark does not make such a value code, a template or a path.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    if value.len() < 10 || value.len() > 128 || value.contains(&b' ') {
        return false;
    }
    let mut shape = Shape::of_bytes(value);
    let has_both_cases = shape.lower.min(shape.upper) > 0
        && shape.digits + shape.marks > 0
        && shape.letters() >= 4
        && shape.marks * 2 <= shape.len;
    let alternates = shape.foreign == 0 && shape.changes * 5 >= (shape.len - 1) * 2;
    if !alternates || !has_both_cases && shape.marks < 3 {
        return false;
    }
    shape.read_words(value);
    shape.cover() <= 34 && (has_both_cases && shape.part_longest <= 5 || is_of_many_marks(value, &shape))
}

/// True for a value of which every third byte is a mark, as one that is drawn from all printing characters has them: three
/// classes, three different marks, parts of words no longer than three letters, and hardly a byte twice. Code repeats its
/// names and its marks.
fn is_of_many_marks(value: &[u8], shape: &Shape) -> bool {
    let classes = [shape.lower, shape.upper, shape.digits].iter().filter(|count| **count > 0).count();
    let mut marks = value.iter().filter(|b| b.is_ascii_punctuation());
    let first = marks.next();
    let second = marks.find(|mark| Some(*mark) != first);
    let is_third = |mark: &u8| Some(mark) != first && Some(mark) != second;
    classes >= 2
        && shape.letters() >= 2
        && shape.letters() + shape.digits >= 4
        && shape.part_longest <= 3
        && shape.distinct * 20 >= shape.len.min(24) * 15
        && marks.any(is_third)
}

/// True for a value that is drawn from all printing characters: a digit and two other classes of characters, a change at
/// every second or third byte, and hardly a word. Less certain than [`is_mixed`]: enough to see that a mark ends nothing.
pub(super) fn is_drawn_text(value: &[u8]) -> bool {
    if value.len() < 8 || value.len() > 128 || value.contains(&b' ') {
        return false;
    }
    let mut shape = Shape::of_bytes(value);
    let classes =
        [shape.lower, shape.upper, shape.digits, shape.marks].iter().filter(|count| **count > 0).count();
    let alternates = shape.foreign == 0 && shape.changes * 5 >= (shape.len - 1) * 2;
    if classes < 3 || shape.digits == 0 || !alternates {
        return false;
    }
    shape.read_words(value);
    shape.part_longest <= 2 || shape.cover() <= 34 && shape.part_longest <= 4
}

/// True for letters in both cases, digits and two marks or more, hardly a word among them: what may be a drawn value with a
/// few letters in a row. Enough only to see that a mark ends nothing in a file of settings.
pub(super) fn is_marked(value: &[u8]) -> bool {
    if value.len() < 10 || value.len() > 128 || value.iter().any(|b| *b <= b' ') {
        return false;
    }
    let mut shape = Shape::of_bytes(value);
    if shape.lower.min(shape.upper).min(shape.digits) == 0 || shape.marks < 2 || shape.foreign > 0 {
        return false;
    }
    shape.read_words(value);
    shape.cover() <= 34
}

/// True for a word and a number after a mark (`*Teich3488`), as people choose passwords: nobody calls a variable, an anchor
/// or a flag so.
pub(super) fn is_word_after_mark(value: &[u8]) -> bool {
    let Some((b'&' | b'*' | b'-' | b'=' | b'!' | b'@', word)) = value.split_first() else { return false };
    let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    letters >= 3
        && word.len() >= letters + 2
        && word.len() <= 24
        && word[0].is_ascii_uppercase()
        && word[1..letters].iter().all(u8::is_ascii_lowercase)
        && word[letters..].iter().all(u8::is_ascii_digit)
}

/// True for a value in which digits are in place of letters, or at several places between them (`m4150n724`, `cp59Dragon90`): a
/// person chose it. Names of code have their digits at one place, or are made of words.
pub(super) fn is_spelt_with_digits(value: &[u8]) -> bool {
    let is_part = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'&' | b'*' | b'+' | b'-' | b'_')
    };
    if !(8..=24).contains(&value.len()) || !value.iter().all(is_part) {
        return false;
    }
    let shape = Shape::of(value);
    let starts = |at: usize| value[at].is_ascii_digit() && (at == 0 || !value[at - 1].is_ascii_digit());
    let runs = (0..value.len()).filter(|&at| starts(at)).count();
    let inner = value.windows(2).any(|two| two[0].is_ascii_digit() && two[1].is_ascii_alphabetic());
    shape.letters() >= 3
        && shape.digits >= 3
        && shape.marks <= 1
        && runs >= 2
        && inner
        && shape.hex < shape.len
        && shape.cover() < 70
}

/// True for a word or two with a digit and a capital or a mark in them, as people choose passwords: `BlueSky$47`, `Dragonfl1es`.
/// Names of code look alike, so that only a name which says that it is a password makes one of it.
pub(super) fn is_typed(value: &[u8]) -> bool {
    let is_mark = |b: &u8| {
        matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'&' | b'*' | b'+' | b'-' | b'_' | b'.' | b'?')
    };
    if !(8..=24).contains(&value.len()) || !value.iter().all(|b| b.is_ascii_alphanumeric() || is_mark(b)) {
        return false;
    }
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let marks = value.iter().filter(|b| is_mark(b)).count();
    let has_case = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let is_mixed = has_case && value[0] != b'$' || marks == 1 && has(u8::is_ascii_alphabetic);
    has(u8::is_ascii_digit)
        && is_mixed
        && marks <= 2
        && value.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 4
        && !name::words(value).any(name::is_credential_word)
}

/// True for letters and digits, or for letters in both cases as no word has them, where a word of prose could be as well.
pub(super) fn is_mixed_word(word: &[u8]) -> bool {
    let capitals =
        word.windows(2).filter(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase()).count();
    word.len() >= 6 && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
        || word.len() >= 12 && capitals >= 2 && word.iter().all(u8::is_ascii_alphabetic)
}

/// True for four groups of four small letters, hardly a word among them, as Google writes the passwords that it makes for
/// programs. An alphabet and a row of keys are examples of one.
pub(super) fn is_app_password(value: &[u8]) -> bool {
    let is_grouped = value.len() == 19
        && value.iter().enumerate().all(|(at, b)| match at % 5 {
            4 => *b == b' ',
            _ => b.is_ascii_lowercase(),
        });
    is_grouped && {
        let letters: Vec<u8> = value.iter().copied().filter(|b| *b != b' ').collect();
        let steps = letters.windows(2).filter(|two| two[1] == two[0] + 1 || two[1] == two[0]).count();
        let shape = Shape::of(value);
        steps < 5
            && shape.distinct >= 8
            && !letters.starts_with(b"qwer")
            && shape.cover() <= 50
            && shape.surprise >= DRAWN
    }
}

/// True for twelve letters or more in both cases as no word and no name has them.
pub(super) fn is_scrambled_word(word: &[u8]) -> bool {
    is_mixed_word(word) && word.len() >= 12 && {
        let shape = Shape::of(word);
        shape.cover() <= 34 && shape.surprise >= DRAWN
    }
}

/// True for a long value in both cases whose letters surprise as only random ones do, with hardly a word among them.
fn is_scrambled(value: &[u8]) -> bool {
    let mut shape = Shape::of_bytes(value);
    if shape.len < 20 || shape.lower.min(shape.upper) == 0 {
        return false;
    }
    shape.read_words(&value[..shape.len]);
    shape.cover() <= 20 && shape.surprise >= SCRAMBLED
}

/// Letters with this mean surprise or more are random, in sixteenths of a bit: names in six languages stay below 80,
/// random letters have about 100.
const SCRAMBLED: usize = 88;

/// True for a long value or part of one that no name and no path explains. Of drawn values of 32 letters and digits after
/// `pk.`, one in six was taken for a member of an object before.
pub(super) fn is_random(value: &[u8]) -> bool {
    value.len() >= 20 && (is_mixed(value) || is_scrambled(value) || is_drawn(value))
}

/// True for a long value of slashes, digits and letters in both cases that words hardly explain: less certain than
/// [`is_scrambled`], enough to distinguish it from a path.
fn is_drawn(value: &[u8]) -> bool {
    if value.len() < 20 || !value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'/') {
        return false;
    }
    let mut shape = Shape::of_bytes(value);
    if shape.lower.min(shape.upper).min(shape.digits) == 0 {
        return false;
    }
    shape.read_words(&value[..shape.len]);
    shape.cover() <= 25 && shape.surprise >= DRAWN
}

/// Of 20,000 drawn values of 40 bytes with one slash, 89 were taken for paths before; each of them has this mean surprise
/// or more. Names in six languages stay below 80, and words cover more of them.
const DRAWN: usize = 77;

/// Bits after the binary point in the result of [`log2`].
const FRACTION: u32 = 10;

/// The binary logarithm in 1024ths, computed with integers, so that it is the same on every machine.
const fn log2(of: u64) -> u16 {
    if of == 0 {
        return 0;
    }
    let whole = of.ilog2();
    let mut rest = of << (62 - whole) >> 31;
    let mut log = whole;
    let mut at = 0;
    while at < FRACTION {
        rest = (rest * rest) >> 31;
        let bit = (rest >> 32) as u32;
        rest >>= bit;
        log = log << 1 | bit;
        at += 1;
    }
    log as u16
}

/// The logarithms of small counts.
const LOG2: [u16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = log2(at as u64);
        at += 1;
    }
    table
};

/// The words, indexed by their first three letters, and how surprising each letter is after two others.
struct Vocabulary {
    words: Vec<&'static str>,
    /// Where in the list the words with the same first three letters begin.
    starts: Vec<u16>,
    /// Surprise of a letter after two others, in sixteenths of a bit.
    surprise: Vec<u8>,
}

impl Vocabulary {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Vocabulary> = OnceLock::new();
        SHARED.get_or_init(Self::read)
    }

    fn read() -> Self {
        let words: Vec<&'static str> = WORDS.lines().collect();
        let mut starts = vec![0u16; 26 * 26 * 26 + 1];
        for word in &words {
            starts[start(word.as_bytes()) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut counts = vec![0u16; SYMBOLS * SYMBOLS * SYMBOLS];
        for word in &words {
            for triple in triples(word.as_bytes()) {
                counts[triple] += 1;
            }
        }
        // A uniform prior of four observations keeps the surprise of unseen triples finite.
        let symbols = SYMBOLS as u64;
        let surprise = counts
            .chunks(SYMBOLS)
            .flat_map(|after| {
                let total: u64 = after.iter().map(|&count| u64::from(count)).sum();
                let all = log2((total + 4) * symbols);
                let bits = move |&count: &u16| all - log2(u64::from(count) * symbols + 4);
                after.iter().map(move |count| (bits(count) >> (FRACTION - 4)).min(255) as u8)
            })
            .collect();
        Self { words, starts, surprise }
    }

    /// The words that start with the first three letters of `run`.
    fn starting(&self, run: &[u8]) -> &[&'static str] {
        let at = start(run);
        &self.words[usize::from(self.starts[at])..usize::from(self.starts[at + 1])]
    }

    /// The most letters of a lower-case run that words can cover, and how many words that takes. Words of
    /// three letters count only if they are the whole run or follow another word.
    fn cover(&self, run: &[u8]) -> (usize, usize) {
        let mut best = [(0usize, 0usize); LONGEST_RUN + 1];
        for at in 0..run.len() {
            if best[at].0 > best[at + 1].0 {
                best[at + 1] = best[at];
            }
            let rest = &run[at..];
            if rest.len() < 3 {
                continue;
            }
            let (covered, words) = best[at];
            for word in self.starting(rest) {
                let len = word.len();
                let is_alone = len == 3 && len < run.len() && !(covered == at && at > 0);
                if !is_alone
                    && covered + len > best.get(at + len).map_or(usize::MAX, |best| best.0)
                    && rest.starts_with(word.as_bytes())
                {
                    best[at + len] = (covered + len, words + 1);
                }
            }
        }
        best[run.len()]
    }

    /// The surprise of a lower-case run, in sixteenths of a bit.
    fn surprise(&self, run: &[u8]) -> usize {
        triples(run).take(run.len()).map(|triple| usize::from(self.surprise[triple])).sum()
    }
}

/// The index of a word's first three letters.
fn start(word: &[u8]) -> usize {
    let letter = |at: usize| usize::from(word.get(at).map_or(0, |b| b.saturating_sub(b'a').min(25)));
    (letter(0) * 26 + letter(1)) * 26 + letter(2)
}

/// The triples of a lower-case word with its edges, as indexes.
fn triples(word: &[u8]) -> impl Iterator<Item = usize> {
    let symbol = |at: usize| match at.checked_sub(2).and_then(|at| word.get(at)) {
        Some(b) => 1 + usize::from(b.saturating_sub(b'a').min(25)),
        None => 0,
    };
    (0..=word.len()).map(move |at| (symbol(at) * SYMBOLS + symbol(at + 1)) * SYMBOLS + symbol(at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_so_that_they_are_found() {
        let words: Vec<&str> = WORDS.lines().collect();
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            words
                .iter()
                .all(|word| word.len() <= LONGEST_WORD && word.bytes().all(|b| b.is_ascii_lowercase()))
        );
    }

    /// The share of a text's letters that words cover, in hundredths.
    fn cover(text: &str) -> usize {
        let shape = Shape::of(text.as_bytes());
        shape.covered * 100 / shape.letters()
    }

    #[test]
    fn logarithms_and_entropy_are_right() {
        for of in [1_u64, 2, 3, 5, 100, 255, 1_000_000] {
            let wanted = (of as f64).log2() * 1024.0;
            assert!((f64::from(log2(of)) - wanted).abs() < 1.5, "{of}");
        }
        assert_eq!(Shape::of(b"aaaa").entropy, 0);
        assert_eq!(Shape::of(b"abcd").entropy, 100);
        assert_eq!(Shape::of(b"abcdabcd").evenness, 66);
    }

    #[test]
    fn code_is_covered_by_words_and_noise_is_not() {
        for code in ["getUserPassword", "access_token_secret", "configfile", "invalidusername"] {
            assert!(cover(code) > 90, "{code}");
        }
        for noise in ["xqjzkvwpfb", "qm8Zr2Vt9Lk", "bdciqknk"] {
            assert!(cover(noise) < 40, "{noise}");
        }
    }

    #[test]
    fn noise_surprises_more_than_names() {
        let surprise = |text: &str| Shape::of(text.as_bytes()).surprise;
        assert!(surprise("xqjzkvwpfb") > surprise("elizabeth") + 16);
        assert!(surprise("wmtkfhzq") > surprise("dragons") + 16);
    }

    #[test]
    fn every_class_of_byte_is_counted() {
        let shape = Shape::of("aB3 !é".as_bytes());
        assert_eq!(
            (shape.lower, shape.upper, shape.digits, shape.blanks, shape.marks, shape.foreign),
            (1, 1, 1, 1, 1, 2)
        );
        assert_eq!(shape.len, 7);
    }
}
