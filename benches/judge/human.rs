//! Values as people write them, instead of the random letters that replaced the true values.
//!
//! The replacements kept the length and the character classes of the true values, so most can be imitated: runs of
//! letters become words of that length, runs of digits years and short numbers. The rest is drawn in a style of its
//! own. Words come from lists outside the repository (docs/judge.md says which); none of them enters the model.

use crate::draw::Draw;
use std::collections::HashSet;

/// The least and the most letters of a word.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=12;

/// Words that are placeholders, which must not be reported.
const NEVER: &[&str] = &[
    "admin",
    "changeme",
    "default",
    "demo",
    "dummy",
    "example",
    "fake",
    "foo",
    "foobar",
    "guest",
    "letmein",
    "login",
    "pass",
    "passwd",
    "password",
    "placeholder",
    "root",
    "sample",
    "secret",
    "string",
    "test",
    "testing",
    "token",
    "user",
    "username",
    "none",
    "null",
    "true",
    "false",
    "key",
    "value",
    "name",
    "asdf",
    "qwerty",
    "your",
    "bar",
    "baz",
    "xxx",
    "api",
    "private",
    "public",
    "auth",
    "access",
    "server",
    "service",
    "string",
    "text",
    "type",
];

/// Words by their length, the more usual ones first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    by_length: Vec<Vec<String>>,
}

impl Words {
    /// The words of texts: runs of lower-case letters, each once, of the first texts first.
    pub(crate) fn of(texts: &[Vec<u8>]) -> Self {
        /// The most words taken from each text.
        const MOST: usize = 12_000;
        let mut seen: HashSet<&[u8]> = NEVER.iter().map(|word| word.as_bytes()).collect();
        let mut by_length = vec![Vec::new(); LENGTHS.end() + 1];
        for text in texts {
            let runs = text.split(|b| !b.is_ascii_lowercase());
            let runs =
                runs.filter(|run| LENGTHS.contains(&run.len()) && run.iter().any(|b| b"aeiouy".contains(b)));
            for run in runs.filter(|run| seen.insert(run)).take(MOST) {
                by_length[run.len()].push(String::from_utf8_lossy(run).into_owned());
            }
        }
        Self { by_length }
    }

    /// A word of exactly this many letters: two words, if there is none as long.
    fn exactly(&self, length: usize, draw: &mut Draw) -> String {
        match length {
            0 => String::new(),
            1 | 2 => (0..length).map(|_| char::from(b'a' + draw.below(26) as u8)).collect(),
            _ if length > *LENGTHS.end() || (length >= 8 && draw.percent(40)) => {
                let first = 3 + draw.below(length - 6 + 1).min(6);
                self.exactly(first, draw) + &self.exactly(length - first, draw)
            }
            _ => {
                let words = &self.by_length[length];
                // Squared, so that the more usual words are drawn more often.
                let at = draw.below(1000) * draw.below(1000) * words.len() / 1_000_000;
                words.get(at).cloned().unwrap_or_else(|| "a".repeat(length))
            }
        }
    }

    /// A word of four to nine letters.
    pub(crate) fn word(&self, draw: &mut Draw) -> String {
        let length = 4 + draw.below(6);
        self.exactly(length, draw)
    }
}

/// What a person could have written in place of `replaced`. `None` if a machine wrote it.
pub(crate) fn written(replaced: &str, words: &Words, draw: &mut Draw) -> Option<String> {
    if !replaced.is_ascii() || replaced.len() < 4 || replaced.len() > 40 || is_drawn(replaced.as_bytes()) {
        return None;
    }
    Some(if draw.percent(70) { alike(replaced, words, draw) } else { styled(words, draw) })
}

/// True if character classes change so often that no person wrote it: the replacement keeps the classes.
fn is_drawn(text: &[u8]) -> bool {
    let class = |b: u8| match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = text.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let capitals = text.windows(2).filter(|pair| class(pair[0]) == 1 && class(pair[1]) == 0).count();
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    (changes - capitals.min(changes)) * 4 > text.len() || text.len() >= 20 && digits > 6
}

/// The same length and the same classes, of words and years.
fn alike(replaced: &str, words: &Words, draw: &mut Draw) -> String {
    let bytes = replaced.as_bytes();
    let mut out = String::new();
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        let run = |is: fn(&u8) -> bool| bytes[at..].iter().take_while(|b| is(b)).count();
        if b.is_ascii_digit() {
            let count = run(u8::is_ascii_digit);
            out.push_str(&number(count, draw));
            at += count;
        } else if b.is_ascii_lowercase() {
            let count = run(u8::is_ascii_lowercase);
            out.push_str(&words.exactly(count, draw));
            at += count;
        } else if b.is_ascii_uppercase() {
            let upper = run(u8::is_ascii_uppercase);
            let rest = &bytes[at + upper..];
            let lower = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
            if upper == 1 && lower >= 2 {
                let word = words.exactly(1 + lower, draw);
                out.push_str(&capitalised(&word));
                at += 1 + lower;
            } else {
                out.push_str(&words.exactly(upper, draw).to_ascii_uppercase());
                at += upper;
            }
        } else {
            out.push(char::from(b));
            at += 1;
        }
    }
    out
}

fn capitalised(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}

fn number(digits: usize, draw: &mut Draw) -> String {
    match digits {
        1 => draw.below(10).to_string(),
        2 if draw.percent(60) => format!("{:02}", draw.below(100)),
        2 => draw.one(&["11", "12", "99", "23", "01", "42", "69", "77"]).to_string(),
        3 if draw.percent(40) => "123".to_owned(),
        3 => format!("{:03}", draw.below(1000)),
        4 if draw.percent(50) => (1960 + draw.below(66)).to_string(),
        4 if draw.percent(30) => "1234".to_owned(),
        6 if draw.percent(30) => "123456".to_owned(),
        _ => (0..digits).map(|_| char::from(b'0' + draw.below(10) as u8)).collect(),
    }
}

/// A password in one of the styles that people have.
fn styled(words: &Words, draw: &mut Draw) -> String {
    let mark =
        |draw: &mut Draw| *draw.one(&["!", "!", "@", "#", "$", "%", "&", "*", ".", "?", "!!", "1!", "123!"]);
    let digits = |draw: &mut Draw| {
        let count = 1 + draw.below(4);
        number(count, draw)
    };
    match draw.below(12) {
        0 => words.word(draw) + &digits(draw),
        1 => capitalised(&words.word(draw)) + &digits(draw),
        2 => capitalised(&words.word(draw)) + &digits(draw) + mark(draw),
        3 => capitalised(&words.word(draw)) + mark(draw) + &digits(draw),
        4 => leet(&words.word(draw), draw) + if draw.percent(50) { mark(draw) } else { "" },
        5 => walk(draw),
        6 => (0..3 + draw.below(2))
            .map(|_| words.word(draw))
            .collect::<Vec<_>>()
            .join(*draw.one(&["-", " ", "", "_", "."])),
        7 => capitalised(&words.word(draw)) + &capitalised(&words.word(draw)) + &digits(draw),
        8 => words.word(draw) + *draw.one(&["_", "-", "@", "."]) + &words.word(draw) + &digits(draw),
        9 => words.word(draw) + &words.word(draw),
        10 => words.word(draw),
        _ => capitalised(&words.word(draw)) + "@" + &number(4, draw),
    }
}

/// A word with letters replaced by digits and marks that look like them.
fn leet(word: &str, draw: &mut Draw) -> String {
    let mut out: String = word
        .chars()
        .map(|letter| match letter {
            'a' if draw.percent(70) => *draw.one(&['4', '@']),
            'e' if draw.percent(70) => '3',
            'i' if draw.percent(60) => *draw.one(&['1', '!']),
            'o' if draw.percent(80) => '0',
            's' if draw.percent(60) => *draw.one(&['5', '$']),
            't' if draw.percent(30) => '7',
            other => other,
        })
        .collect();
    if draw.percent(40) {
        out = capitalised(&out);
    }
    out
}

/// A walk over the keyboard that no list has, with a tail.
fn walk(draw: &mut Draw) -> String {
    let rows = [
        "qwertzuiop",
        "qazwsxedc",
        "1qaz2wsx3edc",
        "asdfghjkl",
        "zxcvbnm",
        "qweasdzxc",
        "poiuytrewq",
        "1q2w3e4r5t",
    ];
    let row = draw.one(&rows);
    let count = 5 + draw.below(4);
    let mut out: String = row.chars().take(count).collect();
    if draw.percent(40) {
        out = capitalised(&out);
    }
    let tail = 1 + draw.below(3);
    out + &number(tail, draw) + if draw.percent(30) { "!" } else { "" }
}
