//! What a zone is in a text, byte for byte, and the windows of it.

use std::cmp::Reverse;

/// Bytes of a window.
pub(super) const WINDOW: usize = 6;

/// How far before the digit of a turn a window begins: the one ahead of it, and the one behind.
pub(super) const AHEAD: usize = 1;
pub(super) const BEHIND: usize = 5;

/// A string of bytes by which a text can contain a zone.
pub(super) struct Needle {
    bytes: Vec<u8>,
    kind: NeedleKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NeedleKind {
    Plain,
    Base64,
    /// In small letters.
    Hex,
}

/// Six bytes of a needle around a *turn*: a letter with a digit after it. They begin with the letter, or end with the digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The bytes, the first the lowest.
    pub(super) word: u64,
    /// True if they end with the turn.
    pub(super) is_behind: bool,
}

impl Window {
    /// The bytes as they are compared: hexadecimal digits without their case.
    #[inline]
    pub(super) const fn folded(word: u64) -> u64 {
        const ONES: u64 = 0x0000_0101_0101_0101;
        const HIGH: u64 = ONES * 0x80;
        let word = word & (ONES * 0xff);
        let small = word | (ONES * 0x20);
        let low = small & !HIGH;
        let digits = (low + ONES * (0x80 - 0x30)) & !(low + ONES * (0x80 - 0x3a));
        let letters = (low + ONES * (0x80 - 0x61)) & !(low + ONES * (0x80 - 0x67));
        let are_hex = (digits | letters) & !word & HIGH == HIGH;
        if are_hex { small } else { word }
    }
}

/// True if a turn is at these bytes.
#[inline]
pub(super) const fn is_turn(before: u8, byte: u8) -> bool {
    ((before | 0x20).wrapping_sub(b'a') < 26) & (byte.wrapping_sub(b'0') < 10)
}

/// The needles of a zone.
pub(super) fn needles(zone: &[u8]) -> Vec<Needle> {
    let hex = data_encoding::HEXLOWER.encode(zone).into_bytes();
    let mut needles = vec![
        Needle { bytes: zone.to_vec(), kind: NeedleKind::Plain },
        Needle { bytes: hex, kind: NeedleKind::Hex },
    ];
    for phase in 0..3 {
        let whole = [&[0; 2][..phase], zone].concat();
        let text = data_encoding::BASE64_NOPAD.encode(&whole).into_bytes();
        // The characters that no byte beside the zone is in.
        let (from, to) = ((8 * phase).div_ceil(6), 8 * (phase + zone.len()) / 6);
        needles.push(Needle { bytes: text[from..to].to_vec(), kind: NeedleKind::Base64 });
    }
    needles
}

impl Needle {
    /// True if it is no plain text.
    pub(super) fn is_encoded(&self) -> bool {
        self.kind != NeedleKind::Plain
    }

    /// The windows that it is searched for by: the rarest one, in both alphabets of base64 if they differ; none if it has no
    /// turn.
    pub(super) fn windows(&self) -> Vec<Window> {
        let turns = (1..self.bytes.len()).filter(|&at| is_turn(self.bytes[at - 1], self.bytes[at]));
        let windows = turns.flat_map(|at| [(at.checked_sub(AHEAD), false), (at.checked_sub(BEHIND), true)]);
        let windows = windows.filter_map(|(from, is_behind)| {
            let bytes = self.bytes.get(from?..)?.get(..WINDOW)?;
            Some((bytes, is_behind))
        });
        let has_sign =
            |bytes: &[u8]| self.kind == NeedleKind::Base64 && bytes.iter().any(|byte| b"+/".contains(byte));
        let best = windows.min_by_key(|(bytes, _)| (has_sign(bytes), Reverse(rarity(bytes))));
        let Some((bytes, is_behind)) = best else { return Vec::new() };
        let mut words = vec![word(bytes)];
        if has_sign(bytes) {
            words.push(word(&in_url(bytes)));
        }
        words.into_iter().map(|word| Window { word, is_behind }).collect()
    }

    /// It in each alphabet and case in which a text may contain it.
    pub(super) fn variants(&self) -> Vec<Vec<u8>> {
        let mut all = vec![self.bytes.clone()];
        match self.kind {
            NeedleKind::Plain => {}
            NeedleKind::Base64 => all.push(in_url(&self.bytes)),
            NeedleKind::Hex => all.push(self.bytes.to_ascii_uppercase()),
        }
        all.dedup();
        all
    }
}

/// The same digits in the alphabet of base64 for URLs.
fn in_url(digits: &[u8]) -> Vec<u8> {
    let other = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        _ => *byte,
    };
    digits.iter().map(other).collect()
}

/// Up to eight bytes as a number, the first the lowest.
pub(super) fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// How unlikely bytes are in other text: many different ones, digits and changes between kinds of characters.
pub(super) fn rarity(bytes: &[u8]) -> usize {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let mut seen = [false; 256];
    let different = bytes.iter().filter(|byte| !std::mem::replace(&mut seen[usize::from(**byte)], true));
    let turns = bytes.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1]) && kind(pair[1]) != 3);
    different.count() + turns.count() + 2 * bytes.iter().filter(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_what_is_common_to_all_texts_with_a_zone() {
        let zone = b"q7Zk2Lw9Xb4T";
        let all = needles(zone);
        for before in 0..6 {
            let text = [&b"\xffx~\x00zz"[..before], zone, b"?"].concat();
            let base64 = data_encoding::BASE64.encode(&text).into_bytes();
            assert!(
                all.iter().any(|needle| base64.windows(needle.bytes.len()).any(|part| part == needle.bytes))
            );
            for len in
                all.iter().filter(|needle| needle.kind == NeedleKind::Base64).map(|needle| needle.bytes.len())
            {
                assert!(len >= 15);
            }
        }
        assert_eq!(all[0].windows().len(), 1);
    }

    #[test]
    fn only_hexadecimal_digits_lose_their_case() {
        let same = |bytes: &[u8]| Window::folded(word(bytes)) == word(bytes);
        assert_eq!(Window::folded(word(b"aB3fF0")), word(b"ab3ff0"));
        assert_eq!(Window::folded(word(b"aB3fF0XX")), word(b"ab3ff0"));
        for bytes in [b"aB3fG0", b"aB3f-0", b"@B3fF0", b"aB3f`0", b"aB3f/0", b"aB3f:0", b"aB3f\xc10"] {
            assert!(same(bytes), "{bytes:?}");
        }
        assert!(same(b"ab3ff0"));
    }

    #[test]
    fn a_needle_without_a_turn_has_no_window() {
        for zone in [&b"correct-horse"[..], b"123456789012", b"ABCDEFGHijkl", b"3456abcdefgh"] {
            assert!(needles(zone)[0].windows().is_empty());
        }
        assert_eq!(needles(b"abcdefg1").first().map(|needle| needle.windows().len()), Some(1));
        assert_eq!(needles(b"ab1cdefg").first().map(|needle| needle.windows().len()), Some(1));
    }
}
