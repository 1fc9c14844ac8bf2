//! The shape of a value: letters, digits, words it consists of, and how unlike language its letters are.
//!
//! The vocabulary (`words.txt`) is the words that stand in most open-source projects; letter triples are
//! counted over it when first needed. A value's words tell code and placeholders from secrets, and its
//! letter triples tell random from chosen.

use super::name;
use std::sync::OnceLock;

/// Words of code and documentation, sorted, one a line.
const WORDS: &str = include_str!("words.txt");

/// The longest word in the vocabulary.
const LONGEST_WORD: usize = 14;

/// Letters and the mark for a word's edge.
const SYMBOLS: usize = 27;

/// The longest run of letters that is split into words; longer ones are cut.
const LONGEST_RUN: usize = 64;

/// What a value looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
    /// Everything else that is ASCII and prints.
    pub marks: usize,
    /// Bytes outside ASCII, and controls.
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
    /// Letters that words of the vocabulary cover.
    pub covered: usize,
    /// Words of the vocabulary found.
    pub words: usize,
    /// Mean surprise of the letters as triples of the vocabulary, bits a letter.
    pub surprise: f32,
    /// Shannon entropy, bits a byte.
    pub entropy: f32,
}

impl Shape {
    /// Measures a value.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut shape = Self { len: value.len(), ..Self::default() };
        let mut counts = [0u16; 256];
        let (mut run, mut last) = (0, 0);
        for &b in value {
            counts[usize::from(b)] = counts[usize::from(b)].saturating_add(1);
            let class = match b {
                b'a'..=b'z' => {
                    shape.lower += 1;
                    1
                }
                b'A'..=b'Z' => {
                    shape.upper += 1;
                    2
                }
                b'0'..=b'9' => {
                    shape.digits += 1;
                    3
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    shape.blanks += 1;
                    4
                }
                b'!'..=b'~' => {
                    shape.marks += 1;
                    5
                }
                _ => {
                    shape.foreign += 1;
                    6
                }
            };
            shape.hex += usize::from(b.is_ascii_hexdigit());
            run = if class <= 3 { run + 1 } else { 0 };
            shape.run = shape.run.max(run);
            shape.changes += usize::from(last != 0 && class != last);
            last = class;
        }
        let len = value.len().max(1) as f32;
        for &count in counts.iter().filter(|&&count| count > 0) {
            shape.distinct += 1;
            let share = f32::from(count) / len;
            shape.entropy -= share * share.log2();
        }
        shape.read_words(value);
        shape
    }

    /// Splits the letters into words and weighs what is left.
    fn read_words(&mut self, value: &[u8]) {
        let vocabulary = Vocabulary::shared();
        let mut lower = [0u8; LONGEST_RUN];
        let (mut bits, mut letters) = (0.0, 0usize);
        for part in name::words(value) {
            self.parts += 1;
            let part = &part[..part.len().min(LONGEST_RUN)];
            let run = &mut lower[..part.len()];
            run.copy_from_slice(part);
            run.make_ascii_lowercase();
            let (covered, words) = vocabulary.cover(run);
            self.covered += covered;
            self.words += words;
            bits += vocabulary.surprise(run);
            letters += run.len();
        }
        self.surprise = if letters == 0 { 0.0 } else { bits / letters as f32 };
    }

    /// Letters.
    pub(super) fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// The share of the letters that words cover, 0 to 1; nought where there are no letters.
    pub(super) fn cover(&self) -> f32 {
        self.covered as f32 / self.letters().max(1) as f32
    }
}

/// The words, indexed by their first two letters, and what follows two letters in them.
struct Vocabulary {
    words: Vec<&'static str>,
    buckets: Vec<u16>,
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
        let bucket = |word: &str| bucket(word.as_bytes());
        let buckets =
            (0..=26 * 26).map(|at| words.partition_point(|word| bucket(word) < at) as u16).collect();
        let mut counts = vec![0u16; SYMBOLS * SYMBOLS * SYMBOLS];
        for word in &words {
            for triple in triples(word.as_bytes()) {
                counts[triple] += 1;
            }
        }
        let surprise = counts
            .chunks(SYMBOLS)
            .flat_map(|after| {
                let total: f32 = after.iter().map(|&count| f32::from(count)).sum();
                after.iter().map(move |&count| {
                    // A uniform prior of four observations keeps what was never seen finite.
                    let share = (f32::from(count) + 4.0 / SYMBOLS as f32) / (total + 4.0);
                    (-share.log2() * 16.0).min(255.0) as u8
                })
            })
            .collect();
        Self { words, buckets, surprise }
    }

    fn holds(&self, word: &[u8]) -> bool {
        let at = bucket(word);
        let span = usize::from(self.buckets[at])..usize::from(self.buckets[at + 1]);
        self.words[span].binary_search_by(|known| known.as_bytes().cmp(word)).is_ok()
    }

    /// The most letters of a lower-case run that words can cover, and how many words that takes. Words of
    /// three letters count only where they are the whole run or stand beside another word.
    fn cover(&self, run: &[u8]) -> (usize, usize) {
        let mut best = [(0usize, 0usize); LONGEST_RUN + 1];
        for end in 1..=run.len() {
            best[end] = best[end - 1];
            for len in 3..=LONGEST_WORD.min(end) {
                let start = end - len;
                let (covered, words) = best[start];
                let short_alone =
                    len == 3 && !(start == 0 && end == run.len() || covered == start && start > 0);
                if covered + len > best[end].0 && !short_alone && self.holds(&run[start..end]) {
                    best[end] = (covered + len, words + 1);
                }
            }
        }
        best[run.len()]
    }

    /// The surprise of a lower-case run, in bits.
    fn surprise(&self, run: &[u8]) -> f32 {
        let mut bits = 0u32;
        for triple in triples(run).take(run.len()) {
            bits += u32::from(self.surprise[triple]);
        }
        bits as f32 / 16.0
    }
}

/// The index of a word's first two letters.
fn bucket(word: &[u8]) -> usize {
    let letter = |at: usize| usize::from(word.get(at).map_or(0, |b| b.saturating_sub(b'a').min(25)));
    letter(0) * 26 + letter(1)
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

    #[test]
    fn code_is_covered_by_words_and_noise_is_not() {
        for code in ["getUserPassword", "access_token_secret", "configfile", "invalidusername"] {
            assert!(Shape::of(code.as_bytes()).cover() > 0.9, "{code}");
        }
        for noise in ["xqjzkvwpfb", "qm8Zr2Vt9Lk", "bdciqknk"] {
            assert!(Shape::of(noise.as_bytes()).cover() < 0.4, "{noise}");
        }
    }

    #[test]
    fn noise_surprises_more_than_names() {
        let surprise = |text: &str| Shape::of(text.as_bytes()).surprise;
        assert!(surprise("xqjzkvwpfb") > surprise("elizabeth") + 1.0);
        assert!(surprise("wmtkfhzq") > surprise("dragons") + 1.0);
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
