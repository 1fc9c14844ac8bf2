//! Random blobs that are full of literals, halves of them and what may be around them.

use super::catalogue::EXAMPLES;

/// Escapes, and what is none.
const ESCAPES: &[&str] = &[
    r"\n",
    r"\\n",
    r"\t",
    r"\/",
    r"\x41",
    r"\x22",
    r"\u003d",
    r"\u00e9",
    r"\u{3d}",
    r"\U0000000a",
    r"\e[0m",
    r"\033[31m",
    r"\x1b[0m",
    "\x1b[1;31m",
    "\x1b(B",
    "\x1b",
    "^[[0m",
    "^[",
    "#033[0m",
    "#012",
    "#abc",
    "%3D",
    "%253D",
    "%2525",
    "%25",
    "%41",
    "%2541",
    "%2F",
    "%2B",
    "%u0022",
    "%1B[0m",
    "&quot;",
    "&amp;quot;",
    "&amp;",
    "&#34;",
    "&#x3D;",
    "&#65;",
    "&nbsp;",
    "&x",
    "=3D",
    "=41",
    "u0026",
    "u0041",
    "\\",
    "%",
    "&",
];

/// A small generator of numbers, the same on every machine.
pub(crate) struct Noise(u64);

impl Noise {
    /// Numbers that follow from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound.max(1) as u64) as usize
    }

    /// A blob of about `len` bytes.
    pub(crate) fn blob(&mut self, len: usize) -> Vec<u8> {
        let mut blob = Vec::new();
        let binary = self.below(8) == 0;
        while blob.len() < len {
            self.piece(&mut blob, binary);
        }
        blob
    }

    /// A blob of about `len` bytes in which strings have their length before them, as in binary files, and the next one
    /// begins right behind them.
    pub(crate) fn entries(&mut self, len: usize) -> Vec<u8> {
        let mut blob = Vec::new();
        while blob.len() < len {
            let example = EXAMPLES[self.below(EXAMPLES.len())].as_bytes();
            let count = example.len().min(12 + self.below(example.len()));
            let low = count as u8;
            let ways: [&[u8]; 8] = [
                &[0x12, low],
                &[0x94, 0x8c, low],
                &[0x81, 0xa0 | low],
                &[1, low, 0],
                &[1, 0, low],
                &[low, 0, 0, 0],
                &[0, 0, 0, low],
                &[low, 0, 0, 0, 0, 0, 0, 0],
            ];
            blob.extend_from_slice(ways[self.below(8)]);
            blob.extend_from_slice(&example[..count]);
            blob.extend_from_slice(&b"xyz"[..self.below(4)]);
            if self.below(4) == 0 {
                self.piece(&mut blob, true);
            }
        }
        blob
    }

    fn piece(&mut self, blob: &mut Vec<u8>, binary: bool) {
        let example = EXAMPLES[self.below(EXAMPLES.len())].as_bytes();
        match self.below(16) {
            12 => {
                let encoding = self.below(9);
                blob.extend(encoded(example, encoding));
            }
            // Sometimes an invisible character, in a text and between texts.
            13 => {
                let at = self.below(example.len());
                let char = ['\u{200b}', '\u{ad}', '\u{feff}', '\u{e0041}', '\u{2019}'][self.below(5)];
                let char = char.to_string();
                blob.extend([&example[..at], char.as_bytes(), &example[at..]].concat());
            }
            // Before a text, and in one, an escape that ends in a letter but is not part of a word.
            14 => {
                blob.extend_from_slice(self.escape().as_bytes());
                blob.extend_from_slice(example);
            }
            15 => {
                let at = self.below(example.len());
                let escape = self.escape();
                blob.extend([&example[..at], escape.as_bytes(), &example[at..]].concat());
            }
            0..=3 => blob.extend_from_slice(example),
            4 => blob.extend_from_slice(&example[..self.below(example.len() + 1)]),
            5 => {
                let at = self.below(example.len());
                let mut copy = example.to_vec();
                copy[at] = self.byte(binary);
                blob.extend_from_slice(&copy);
            }
            6 => blob.extend(example.iter().map(u8::to_ascii_uppercase)),
            7 => blob.extend(std::iter::repeat_n(b' ', self.below(70))),
            8 => blob.push(b'\n'),
            9 => blob.extend(std::iter::repeat_n(b'a', self.below(9))),
            _ => {
                for _ in 0..self.below(40) {
                    let byte = self.byte(binary);
                    blob.push(byte);
                }
            }
        }
        if self.below(3) == 0 {
            blob.push(b"\n \"=.;"[self.below(6)]);
        }
    }

    /// One of a few texts, over and over, with something else now and then, as in a hostile file.
    pub(crate) fn repetition(&mut self, len: usize) -> Vec<u8> {
        let units: Vec<&[u8]> = (0..1 + self.below(3))
            .map(|_| {
                let example = EXAMPLES[self.below(EXAMPLES.len())].as_bytes();
                let from = self.below(example.len());
                &example[if self.below(2) == 0 { 0 } else { from }..from.max(1 + self.below(example.len()))]
            })
            .collect();
        let mut blob = Vec::new();
        while blob.len() < len {
            match self.below(60) {
                0 => self.piece(&mut blob, false),
                1 => blob.push(b"\n \"=.;"[self.below(6)]),
                _ => blob.extend_from_slice(units[self.below(units.len())]),
            }
        }
        let encoding = self.below(30);
        if encoding < 9 { encoded(&blob, encoding) } else { blob }
    }

    fn escape(&mut self) -> &'static str {
        ESCAPES[self.below(ESCAPES.len())]
    }

    fn byte(&mut self, binary: bool) -> u8 {
        if binary { self.below(256) as u8 } else { b"\n abcdef0123456789_-=\"zqk\xc3"[self.below(26)] }
    }
}

/// A text in one of nine encodings.
fn encoded(text: &[u8], encoding: usize) -> Vec<u8> {
    let wide = |width: usize, is_big: bool| {
        let unit = |&byte: &u8| {
            let mut unit = vec![0; width];
            unit[if is_big { width - 1 } else { 0 }] = byte;
            unit
        };
        text.iter().flat_map(unit).collect()
    };
    match encoding {
        0 => data_encoding::BASE64.encode(text).into_bytes(),
        1 => data_encoding::BASE64URL_NOPAD.encode(&[b"x", text].concat()).into_bytes(),
        2 => {
            let encoded = data_encoding::BASE64.encode(text);
            encoded.as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\r\n  "[..])
        }
        3 => data_encoding::HEXLOWER.encode(text).into_bytes(),
        4 => text.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect(),
        5 => wide(2, false),
        6 => wide(2, true),
        7 => wide(4, false),
        _ => wide(4, true),
    }
}
