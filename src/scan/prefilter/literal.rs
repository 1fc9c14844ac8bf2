//! The literals that the engine searches for: each keyword of each rule, plain and in its encoded forms.
//!
//! # Design
//!
//! A literal belongs to one rule. Two rules with one keyword give two literals and so two anchors. This keeps an
//! anchor's evaluation the business of a single rule.
//!
//! ASCII case is ignored in plain keywords, in UTF-16 and percent forms, whose letters are unchanged, and in
//! hexadecimal digits. Base64 depends on case: its forms encode the keyword as the rule writes it, at each of the three
//! phases against the groups of three bytes, and are matched exactly. Only the characters that the keyword alone
//! decides are searched for; forms of fewer than four characters are left out. Forms in UTF-32 are last in the list:
//! the prefilter does not search for them, `scan::wide` does.

use super::packed::{Sections, Table};
use crate::model::{Decoding, RuleIndex, Span};
use crate::rules::{Matcher, Rule};
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// How a literal writes its keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(u8)]
pub(in crate::scan) enum Via {
    /// As it is.
    Plain,
    /// In base64, the keyword starting at the first byte of a group of three.
    Base64,
    /// The same, at the second byte.
    Base64Second,
    /// The same, at the third byte.
    Base64Third,
    /// In hexadecimal digits.
    Hex,
    /// With percent escapes.
    Percent,
    /// The same, and `+` for a blank, as a form is sent.
    Form,
    /// With a backslash before each slash.
    Escaped,
    /// In UTF-16, little-endian.
    Utf16Le,
    /// In UTF-16, big-endian.
    Utf16Be,
    /// In UTF-32, little-endian.
    Utf32Le,
    /// In UTF-32, big-endian.
    Utf32Be,
}

impl Via {
    /// At which byte (0 to 2) of a group of three the keyword starts, if it is in base64.
    pub(in crate::scan) const fn base64_phase(self) -> Option<u8> {
        match self {
            Self::Base64 => Some(0),
            Self::Base64Second => Some(1),
            Self::Base64Third => Some(2),
            _ => None,
        }
    }

    /// In base64, the keyword starting at the byte `phase` of a group of three.
    const fn base64(phase: u8) -> Self {
        match phase {
            0 => Self::Base64,
            1 => Self::Base64Second,
            _ => Self::Base64Third,
        }
    }

    /// True if its units have several bytes, so that line breaks have them too.
    pub(in crate::scan) const fn is_wide(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be | Self::Utf32Le | Self::Utf32Be)
    }

    /// The decoding that undoes it.
    pub(in crate::scan) const fn decoding(self) -> Option<Decoding> {
        match self {
            Self::Plain => None,
            Self::Base64 | Self::Base64Second | Self::Base64Third => Some(Decoding::Base64),
            Self::Hex => Some(Decoding::Hex),
            Self::Percent | Self::Form => Some(Decoding::Percent),
            Self::Escaped => Some(Decoding::Escaped),
            Self::Utf16Le => Some(Decoding::Utf16Le),
            Self::Utf16Be => Some(Decoding::Utf16Be),
            Self::Utf32Le => Some(Decoding::Utf32Le),
            Self::Utf32Be => Some(Decoding::Utf32Be),
        }
    }
}

/// One byte string to search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(in crate::scan) struct Literal {
    /// Position of its rule in the catalogue.
    pub(in crate::scan) rule: u32,
    /// Position of the keyword in the list of all.
    pub(in crate::scan) keyword: u32,
    start: u32,
    /// Length in bytes, at most [`LONGEST`].
    len: u8,
    /// How it writes the keyword.
    pub(in crate::scan) via: Via,
    /// Without it the bytes would end with two that have no value.
    unused: u16,
}

impl Literal {
    /// True if ASCII case is ignored.
    pub(in crate::scan) const fn folds(&self) -> bool {
        self.via.base64_phase().is_none()
    }

    /// Length in bytes.
    pub(in crate::scan) const fn len(&self) -> usize {
        self.len as usize
    }
}

/// The whole of a keyword, of which a literal has at most the first [`LONGEST`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Keyword {
    start: u32,
    len: u32,
}

/// All literals of a catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::scan) struct Literals {
    list: Table<Literal>,
    keywords: Table<Keyword>,
    bytes: Table<u8>,
    /// How many of them the prefilter searches for.
    sought: usize,
}

/// The bytes of a literal that are searched for; the rest of a longer one is compared when its anchor is
/// evaluated. Around each seam of a derived blob this many bytes are searched again.
const LONGEST: usize = 32;
/// Words of assignments that are searched for in base64 in capitals and capitalised, too (`DB_PASSWORD`, `apiKey`): the
/// most frequent ones, as each is six literals.
const SPELT: [&[u8]; 7] = [b"pass", b"pwd", b"secret", b"token", b"apikey", b"key=", b"key\""];
/// Shortest encoded form that is searched for, in bytes.
const SHORTEST_ENCODED: usize = 4;
/// The fewest characters of a literal in UTF-32.
pub(in crate::scan) const SHORTEST_WIDE: usize = 3;

impl Literals {
    /// The literals of those of `rules` for which `sought` is true.
    pub(in crate::scan) fn new(rules: &[Rule], sought: impl Fn(RuleIndex) -> bool) -> Self {
        let mut all = Maker::default();
        let rules = (0..).zip(rules).filter(|&(index, _)| sought(RuleIndex(index)));
        for (index, rule) in rules.clone() {
            for keyword in &rule.keywords {
                let position = all.enter_keyword(index, keyword);
                if rule.decode {
                    all.enter_encoded(index, position, keyword, &rule.matcher);
                }
            }
        }
        let sought = all.list.len();
        let mut position = 0..;
        for (index, rule) in rules {
            for (keyword, position) in rule.keywords.iter().zip(&mut position) {
                if rule.decode && keyword.len() >= SHORTEST_WIDE && !keyword.contains(&0) {
                    let units = keyword.iter().copied();
                    all.enter(index, position, Via::Utf32Le, units.clone().flat_map(|byte| [byte, 0, 0, 0]));
                    all.enter(index, position, Via::Utf32Be, units.flat_map(|byte| [0, 0, 0, byte]));
                }
            }
        }
        all.done(sought)
    }

    /// The first characters of each literal in UTF-32, as plain literals: in each the keyword's number is the number of
    /// its little-endian literal.
    pub(in crate::scan) fn without_zeros(&self) -> Self {
        let mut plain = Maker::default();
        for (index, literal) in (self.sought as u32..).zip(&self.list[self.sought..]).step_by(2) {
            let text = self.text(literal).iter().copied().step_by(4);
            plain.enter(literal.rule, index, Via::Plain, text);
        }
        let sought = plain.list.len();
        plain.done(sought)
    }

    /// Adds them to the packed tables.
    pub(in crate::scan) fn pack(&self, out: &mut Vec<u8>) {
        self.list.pack(out);
        self.keywords.pack(out);
        self.bytes.pack(out);
        Table::from(vec![self.sought as u64]).pack(out);
    }

    /// Those that [`Self::pack`] packed.
    pub(in crate::scan) fn unpack(sections: &mut Sections) -> Option<Self> {
        let (list, keywords, bytes) = (sections.next()?, sections.next()?, sections.next()?);
        let sought: Table<u64> = sections.next()?;
        Some(Self { list, keywords, bytes, sought: *sought.first()? as usize })
    }

    /// Those that the prefilter searches for; they are first in the list.
    pub(in crate::scan) fn sought(&self) -> &[Literal] {
        &self.list[..self.sought]
    }

    /// The most bytes of a literal that are searched for.
    pub(in crate::scan) const fn longest(&self) -> usize {
        LONGEST
    }

    /// The literals in order of rule, keyword and form.
    pub(in crate::scan) fn list(&self) -> &[Literal] {
        &self.list
    }

    /// The literal at `index`.
    pub(in crate::scan) fn at(&self, index: u32) -> &Literal {
        &self.list[index as usize]
    }

    /// The whole keyword of a literal.
    pub(in crate::scan) fn keyword(&self, literal: &Literal) -> &[u8] {
        let keyword = &self.keywords[literal.keyword as usize];
        &self.bytes[keyword.start as usize..][..keyword.len as usize]
    }

    /// The bytes of a literal.
    pub(in crate::scan) fn text(&self, literal: &Literal) -> &[u8] {
        &self.bytes[literal.start as usize..][..literal.len()]
    }

    /// True if `literal` is in `bytes` at `at`.
    pub(in crate::scan) fn stands(&self, literal: &Literal, bytes: &[u8], at: usize) -> bool {
        let text = self.text(literal);
        match bytes.get(at..at + text.len()) {
            Some(there) if literal.folds() => there.eq_ignore_ascii_case(text),
            Some(there) => there == text,
            None => false,
        }
    }

    /// The span of a literal at `at`.
    pub(in crate::scan) fn span(&self, index: u32, at: usize) -> Span {
        Span::new(at, at + self.at(index).len())
    }
}

/// Literals that are being made.
#[derive(Default)]
struct Maker {
    list: Vec<Literal>,
    keywords: Vec<Keyword>,
    bytes: Vec<u8>,
}

impl Maker {
    fn done(self, sought: usize) -> Literals {
        let Self { list, keywords, bytes } = self;
        Literals { list: list.into(), keywords: keywords.into(), bytes: bytes.into(), sought }
    }

    /// Adds a keyword as it is and returns its position.
    fn enter_keyword(&mut self, rule: u32, keyword: &[u8]) -> u32 {
        let position = self.keywords.len() as u32;
        self.enter(rule, position, Via::Plain, keyword.iter().copied());
        let start = match keyword.len() {
            0..=LONGEST => self.bytes.len() - keyword.len(),
            _ => {
                self.bytes.extend_from_slice(&keyword[LONGEST..]);
                self.bytes.len() - keyword.len()
            }
        };
        self.keywords.push(Keyword { start: start as u32, len: keyword.len() as u32 });
        position
    }

    fn enter(&mut self, rule: u32, keyword: u32, via: Via, text: impl Iterator<Item = u8>) {
        let start = self.bytes.len();
        self.bytes.extend(text.take(LONGEST));
        let len = self.bytes.len() - start;
        if len < if via == Via::Plain { 1 } else { SHORTEST_ENCODED } {
            self.bytes.truncate(start);
            return;
        }
        let (start, len) = (start as u32, len as u8);
        self.list.push(Literal { rule, keyword, start, len, via, unused: 0 });
    }

    /// Words of assignments are searched for in UTF-16 and in base64 (whole files are stored so); the assignment parser
    /// undoes other encodings of a value itself. Literals of other structures are searched for only in UTF-16.
    fn enter_encoded(&mut self, rule: u32, position: u32, keyword: &[u8], matcher: &Matcher) {
        let wide = keyword.iter().copied();
        self.enter(rule, position, Via::Utf16Le, wide.clone().flat_map(|byte| [byte, 0]));
        self.enter(rule, position, Via::Utf16Be, wide.flat_map(|byte| [0, byte]));
        match matcher {
            Matcher::Pattern { .. } => {
                self.enter(rule, position, Via::Hex, keyword.iter().flat_map(|&byte| hex(byte)));
                self.enter_escaped(rule, position, keyword);
            }
            // A URL within another one, and one in a string of JSON.
            Matcher::Assignment if keyword == b"://" => self.enter_escaped(rule, position, keyword),
            Matcher::Assignment => {}
            Matcher::Structure(_)
            | Matcher::Lines { .. }
            | Matcher::Whole(_)
            | Matcher::Named
            | Matcher::FileName
            | Matcher::Known { .. } => return,
        }
        for phase in 0..3 {
            self.enter_base64(rule, position, keyword, phase);
        }
        if matches!(matcher, Matcher::Assignment) && SPELT.contains(&keyword) {
            let mut spelt = keyword.to_ascii_uppercase();
            for phase in 0..3 {
                self.enter_base64(rule, position, &spelt, phase);
            }
            spelt[1..].make_ascii_lowercase();
            for phase in 0..3 {
                self.enter_base64(rule, position, &spelt, phase);
            }
        }
    }

    /// With percent escapes, also those of a form, and with backslashes before slashes.
    fn enter_escaped(&mut self, rule: u32, position: u32, keyword: &[u8]) {
        if keyword.contains(&b'/') {
            let escaped = String::from_utf8_lossy(keyword).replace('/', r"\/");
            self.enter(rule, position, Via::Escaped, escaped.bytes());
        }
        let escape = |byte: u8| [b'%'].into_iter().chain(hex(byte));
        self.enter(rule, position, Via::Percent, keyword.iter().flat_map(|&byte| escape(byte)));
        if !keyword.iter().all(|&byte| is_unreserved(byte)) {
            let some = keyword.iter().flat_map(|&byte| {
                let plain = is_unreserved(byte).then_some(byte);
                plain.into_iter().chain(plain.is_none().then(|| escape(byte)).into_iter().flatten())
            });
            self.enter(rule, position, Via::Percent, some.clone());
            if keyword.contains(&b' ') {
                let sent = String::from_utf8_lossy(&some.collect::<Vec<u8>>()).replace("%20", "+");
                self.enter(rule, position, Via::Form, sent.bytes());
            }
        }
    }

    fn enter_base64(&mut self, rule: u32, position: u32, keyword: &[u8], phase: u8) {
        let skipped = base64_skip(phase) as usize;
        let known = (usize::from(phase) + keyword.len()) * 8 / 6;
        let bit = |at: usize| {
            let at = at - usize::from(phase) * 8;
            u32::from(keyword[at / 8] >> (7 - at % 8) & 1)
        };
        let values = (skipped..known.max(skipped))
            .map(|char| (0..6).fold(0, |value, at| value << 1 | bit(char * 6 + at)) as usize);
        let url = values.clone().any(|value| value >= 62);
        self.enter(rule, position, Via::base64(phase), values.clone().map(|value| STANDARD[value]));
        if url {
            self.enter(rule, position, Via::base64(phase), values.map(|value| URL[value]));
        }
    }
}

/// How many characters of a group of four a keyword at `phase` leaves undecided before its first whole one.
pub(in crate::scan) const fn base64_skip(phase: u8) -> u8 {
    (phase * 8).div_ceil(6)
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn hex(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
    [digit(byte >> 4), digit(byte & 15)]
}

/// RFC 3986, section 2.3: what an encoder leaves as it is.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    #[test]
    fn every_phase_of_base64_stands_in_the_encoding_of_the_keyword() {
        let mut all = Maker::default();
        for phase in 0..3 {
            all.enter_base64(0, 0, b"secret_key", phase);
        }
        let all = all.done(3);
        for (phase, literal) in (0..).zip(all.list()) {
            for fill in [0x00, 0xff, b'q'] {
                let mut text = vec![fill; phase];
                text.extend_from_slice(b"secret_key");
                text.push(fill);
                let encoded = BASE64.encode(&text);
                let at = usize::from(base64_skip(phase as u8));
                assert!(all.stands(literal, encoded.as_bytes(), at), "phase {phase}, fill {fill}");
            }
        }
        assert_eq!(all.list().len(), 3);
    }

    #[test]
    fn url_alphabets_get_a_form_of_their_own() {
        let mut all = Maker::default();
        all.enter_base64(0, 0, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0);
        let all = all.done(2);
        let texts: Vec<_> = all.list().iter().map(|literal| all.text(literal)).collect();
        assert_eq!(texts, [b"////////", b"________"]);
    }
}
