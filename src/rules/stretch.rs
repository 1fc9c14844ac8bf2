//! A stretch that every match of a pattern contains: a number of bytes in a row, all of one set.
//!
//! Near most anchors (`seed`, `vault`) there is no match. A search for the stretch shows that in a few nanoseconds,
//! since it looks at only one byte per length of the stretch. So a pattern is compiled and run only if its stretch is
//! there. The stretch is necessary, never sufficient: it decides speed alone. Measured on five work trees (136 MB): a
//! scan's user time fell from 257 to 196 ms, most of it the building of automata for patterns that never matched.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

/// Bytes in a row, all of one set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// A bit for each byte of the set.
    set: [u64; 4],
    /// How many are in a row, at least 1.
    len: u32,
}

impl Stretch {
    /// The rarest stretch that every match of `hir` contains, if there is one worth a search.
    pub fn of(hir: &Hir) -> Option<Self> {
        best(hir).filter(|stretch| stretch.rarity() >= LEAST)
    }

    /// True if it is in `bytes`.
    pub fn stands_in(&self, bytes: &[u8]) -> bool {
        let len = (self.len as usize).max(1);
        let mut last = len - 1;
        while last < bytes.len() {
            let before = bytes[last + 1 - len..=last].iter().rev();
            let held = before.take_while(|&&byte| self.has(byte)).count();
            if held == len {
                return true;
            }
            last += len - held;
        }
        false
    }

    /// True if all its bytes are in `set`, which has a bit for each byte.
    pub fn consists_of(&self, set: &[u64; 4]) -> bool {
        self.set.iter().zip(set).all(|(own, set)| own & !set == 0)
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        self.set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// About how many bits of surprise it is in source code.
    fn rarity(&self) -> f64 {
        if self.len == 0 {
            return 0.0;
        }
        // Only the bits that are set: most sets have few.
        let mut share_of_all = 0.0;
        for (word, mut bits) in (0_u8..).zip(self.set) {
            while bits != 0 {
                share_of_all += share(word * 64 + bits.trailing_zeros() as u8);
                bits &= bits - 1;
            }
        }
        f64::from(self.len) * -f64::min(share_of_all, 1.0).log2()
    }

    /// This stretch followed by `other`, as one stretch of both sets.
    fn and(&self, other: &Self) -> Self {
        Self { set: self.united(other), len: self.len.saturating_add(other.len) }
    }

    fn united(&self, other: &Self) -> [u64; 4] {
        std::array::from_fn(|at| self.set[at] | other.set[at])
    }
}

/// Bits of surprise. A stretch with fewer is nearly everywhere.
const LEAST: f64 = 4.0;

/// About how frequent a byte is in source code, as a share.
fn share(byte: u8) -> f64 {
    match byte {
        b'a'..=b'z' => 0.023,
        b'0'..=b'9' => 0.006,
        b'A'..=b'Z' => 0.002,
        b' ' => 0.14,
        b'\n' => 0.03,
        b'!'..=b'~' | b'\t' => 0.003,
        _ => 0.000_2,
    }
}

/// The rarest stretch in what every match of `hir` contains.
fn best(hir: &Hir) -> Option<Stretch> {
    let mut parts = Vec::new();
    flatten(hir, &mut parts);
    // With its rarity: computed again for each comparison, rarities took a sixth of reading 5,000 rules.
    let mut best: Option<(f64, Stretch)> = None;
    let mut offer = |stretch: Stretch| {
        let rarity = stretch.rarity();
        if best.as_ref().is_none_or(|(most, _)| *most < rarity) {
            best = Some((rarity, stretch));
        }
    };
    let whole: Vec<Stretch> = parts.iter().map(|part| all(part)).collect();
    for first in 0..parts.len() {
        let mut joined = whole[first].clone();
        offer(joined.clone());
        for next in &whole[first + 1..] {
            joined = joined.and(next);
            offer(joined.clone());
        }
        if let Some(within) = within(parts[first]) {
            offer(within);
        }
    }
    best.map(|(_, stretch)| stretch)
}

/// The rarest stretch inside one part that is not a sequence itself.
fn within(part: &Hir) -> Option<Stretch> {
    match part.kind() {
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<Stretch>> = parts.iter().map(best).collect();
            each?
                .into_iter()
                .reduce(|left, right| Stretch { set: left.united(&right), len: left.len.min(right.len) })
        }
        _ => None,
    }
}

/// The sequence of parts of `hir`, captures opened.
fn flatten<'h>(hir: &'h Hir, parts: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Capture(capture) => flatten(&capture.sub, parts),
        HirKind::Concat(subs) => subs.iter().for_each(|sub| flatten(sub, parts)),
        _ => parts.push(hir),
    }
}

/// All that a match of `hir` consists of, at its shortest.
fn all(hir: &Hir) -> Stretch {
    let mut set = [0; 4];
    collect(hir, &mut |byte| set[usize::from(byte >> 6)] |= 1 << (byte & 63));
    Stretch { set, len: u32::try_from(hir.properties().minimum_len().unwrap_or(0)).unwrap_or(u32::MAX) }
}

/// Calls `see` with every byte that a match can contain.
fn collect(hir: &Hir, see: &mut impl FnMut(u8)) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|&byte| see(byte)),
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).for_each(see);
        }
        HirKind::Class(Class::Unicode(_)) => (0..=255).for_each(see),
        HirKind::Repetition(repetition) => collect(&repetition.sub, see),
        HirKind::Capture(capture) => collect(&capture.sub, see),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                collect(part, see);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::*;

    fn of(regex: &str) -> Option<Stretch> {
        Stretch::of(&parse(regex).expect("the regex is sound"))
    }

    #[test]
    fn it_is_the_rarest_run_that_every_match_holds() {
        for (regex, len, has, lacks) in [
            ("vault.{0,20}?([0-9a-f]{32})", 32, "09af", "gG-"),
            ("(?i)seed[ =:]{1,9}(S[A-Z2-7]{55})", 56, "sS27", "01-"),
            ("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", 36, "-09af", "_g"),
            ("key=(?:[0-9]{20}|x[0-9]{30})", 20, "0", "-"),
        ] {
            let stretch = of(regex).expect(regex);
            assert_eq!(stretch.len, len, "{regex}");
            assert!(has.bytes().all(|byte| stretch.has(byte)), "{regex}");
            assert!(!lacks.bytes().any(|byte| stretch.has(byte)), "{regex}");
        }
        assert_eq!(of(r"(?s).{40}"), None);
        assert_eq!(of("(?:[0-9]{20})?"), None);
        assert_eq!(of(r"\b"), None);
    }

    #[test]
    fn it_is_seen_wherever_it_stands() {
        let stretch = of("[0-9]{5}").expect("five digits are rare");
        for len in 0..24_usize {
            for at in 0..=len {
                for run in 0..=len - at {
                    let mut text = vec![b'x'; len];
                    text[at..at + run].fill(b'7');
                    assert_eq!(stretch.stands_in(&text), run >= 5, "{len} {at} {run}");
                }
            }
        }
    }
}
