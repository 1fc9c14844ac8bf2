//! A part of an index that is searched in one pass: filters, and what is compared if they let something pass.
//!
//! A value is announced by a *zone* of it: 8, 12 or 20 bytes, by its length. The zone is searched for as the strings of bytes
//! by which a text can contain it ([`needle`](super::needle)): as it is, in base64 at each alignment, and in hexadecimal digits. In nearly all
//! of these there is a letter with a digit after it, which is rare in text (one byte in 200 of source code); only there a
//! *window* of six bytes is tested. If it passes, the zones that it may be in are tested against a second table, then their
//! hash is looked up, and only then the whole value is hashed.
//!
//! Of a needle without such a place (a password of letters alone) each five bytes in a row of its first twelve are a *gram*,
//! one of which begins at a multiple of eight of the text, wherever the needle is. (Needles of less than twelve bytes have
//! four grams, and every fourth position is tested for them.)

use super::bits::{Bits, Density, Tester};
use super::keys::{Keys, TAG};
use super::needle::{Needle, WINDOW, Window, needles, rarity, word};
use super::spelling::Spelling;
use crate::record::{Reader, Writer};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

/// How long a value is, which decides its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// At least 8 bytes: the zone has 8.
    Short,
    /// At least 12: the zone has 12.
    Middle,
    /// At least 20: the zone has 20.
    Long,
}

/// Bytes of a gram.
pub(super) const GRAM: usize = 5;

/// Bytes of a needle that grams are taken from, and its grams; and the same of a shorter one.
const STEPPED: (usize, usize) = (12, 8);
const STEPPED_SHORT: (usize, usize) = (8, 4);

/// Positions of a value at which its zone may begin that are tried, if the better ones announce others already.
const TRIED: usize = 16;

/// How many times factors are drawn to keep common grams apart from those of values.
const FACTORS_TRIED: usize = 16;

/// How many values the same zone may announce before another is sought.
const CROWD: u32 = 4;

impl Tier {
    const ALL: [Self; 3] = [Self::Short, Self::Middle, Self::Long];

    /// That of a value of `len` bytes; `None` if it is too short.
    fn of(len: usize) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|tier| tier.width() <= len)
    }

    /// Bytes of the zone.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Short => 8,
            Self::Middle => 12,
            Self::Long => 20,
        }
    }
}

/// A value, or one of its spellings, as it is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ValueHash {
    /// The hash of its zone.
    pub(super) head: u64,
    /// Its length in bytes.
    pub(super) len: u32,
    /// Where in it the zone is.
    pub(super) offset: u32,
    /// The hash of all of it.
    pub(super) tag: [u8; TAG],
    /// The number of the value.
    pub(super) value: u32,
    /// How it is spelled.
    pub(super) spelling: Spelling,
}

/// A part of an index that is searched in one pass.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Segment {
    /// What bytes are multiplied with to be hashed.
    factors: [u64; FACTORS],
    /// The windows of needles.
    windows: Bits,
    /// The grams of needles without a window.
    grams: Bits,
    /// Those of them that have less than twelve bytes.
    short: Bits,
    /// Whether there are grams: of any needle, of short ones, of needles that are encoded.
    steps: Steps,
    heads: Bits,
    /// In order.
    entries: Vec<ValueHash>,
    /// Which tiers have entries.
    has: [bool; 3],
    /// True if all bytes of zones are visible characters of ASCII.
    is_visible: bool,
}

/// How many factors there are.
const FACTORS: usize = 6;

/// For which needles each eighth position of a text is tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// For any.
    pub(super) is_any: bool,
    /// For some of less than twelve bytes, which takes each fourth position.
    pub(super) is_short: bool,
    /// For some that are encoded.
    pub(super) is_encoded: bool,
}

/// A spelling to be entered.
pub(super) struct Spelled {
    pub(super) bytes: Vec<u8>,
    pub(super) spelling: Spelling,
    pub(super) value: u32,
}

/// The zone that was chosen for a spelling.
struct ChosenZone<'s> {
    spelled: &'s Spelled,
    tier: Tier,
    offset: usize,
    head: u64,
    needles: Vec<Needle>,
}

/// What is entered for a zone.
#[derive(Default)]
struct Marks {
    windows: Vec<Window>,
    grams: Vec<u64>,
    short: Vec<u64>,
    steps: Steps,
}

impl ChosenZone<'_> {
    fn bytes(&self) -> &[u8] {
        &self.spelled.bytes[self.offset..self.offset + self.tier.width()]
    }

    /// Adds the windows of its needles to `marks`, or their grams.
    fn mark(&self, marks: &mut Marks) {
        for needle in &self.needles {
            let windows = needle.windows();
            if !windows.is_empty() {
                marks.windows.extend(windows);
                continue;
            }
            for bytes in needle.variants() {
                let is_short = bytes.len() < STEPPED.0;
                let (len, count) = if is_short { STEPPED_SHORT } else { STEPPED };
                let starts = 0..=bytes.len() - len;
                let start = starts.max_by_key(|&at| rarity(&bytes[at..at + len])).unwrap_or(0);
                let grams = (start..start + count).map(|at| word(&bytes[at..at + GRAM]));
                if is_short {
                    marks.short.extend(grams.clone());
                }
                marks.grams.extend(grams);
                marks.steps.is_any = true;
                marks.steps.is_short |= is_short;
                marks.steps.is_encoded |= needle.is_encoded();
            }
        }
    }
}

impl Segment {
    /// A segment of these spellings, with room for as many again.
    pub(super) fn new(keys: &Keys, spelled: &[Spelled]) -> Result<Self, getrandom::Error> {
        let empty = |density| Bits::new(0, density);
        let mut segment = Self {
            factors: factors()?,
            windows: empty(Density::Dense),
            grams: empty(Density::Sparse),
            short: empty(Density::Sparse),
            steps: Steps::default(),
            heads: empty(Density::Sparse),
            entries: Vec::new(),
            has: [false; 3],
            is_visible: true,
        };
        let zones = segment.choose_zones(keys, spelled);
        let mut marks = Marks::default();
        zones.iter().for_each(|zone| zone.mark(&mut marks));
        segment.heads = Bits::new(zones.len(), Density::Sparse);
        segment.windows = Bits::new(marks.windows.len(), Density::Dense);
        segment.grams = Bits::new(marks.grams.len(), Density::Sparse);
        segment.short = Bits::new(marks.short.len(), Density::Sparse);
        let mut best = (usize::MAX, segment.factors);
        for _ in 0..FACTORS_TRIED {
            segment.factors = factors()?;
            let mut trial = segment.clone();
            trial.enter_marks(&marks);
            let hits = common().filter(|gram| trial.grams.has(trial.gram(*gram))).count()
                + common().filter(|gram| trial.short.has(trial.gram(*gram))).count();
            if hits < best.0 {
                best = (hits, segment.factors);
            }
            if hits == 0 {
                break;
            }
        }
        segment.factors = best.1;
        segment.enter_marks(&marks);
        segment.enter_zones(keys, zones);
        let common: Vec<u64> = common().map(|gram| segment.gram(gram)).collect();
        segment.windows.blur(&[])?;
        segment.grams.blur(&common)?;
        segment.short.blur(&common)?;
        segment.heads.blur(&[])?;
        Ok(segment)
    }

    /// Enters spellings, if that slows down its search little: returns false if there is no room for them.
    pub(super) fn enter(&mut self, keys: &Keys, spelled: &[Spelled]) -> bool {
        let zones = self.choose_zones(keys, spelled);
        let mut marks = Marks::default();
        zones.iter().for_each(|zone| zone.mark(&mut marks));
        let has_room = self.heads.has_room(zones.len())
            && self.windows.has_room(marks.windows.len())
            && self.grams.has_room(marks.grams.len())
            && self.short.has_room(marks.short.len());
        if has_room {
            self.enter_marks(&marks);
            self.enter_zones(keys, zones);
        }
        has_room
    }

    /// The zone of each spelling: the one that is least likely in other text, has windows in each of its needles if there is
    /// one that does, and announces few others.
    fn choose_zones<'s>(&self, keys: &Keys, spelled: &'s [Spelled]) -> Vec<ChosenZone<'s>> {
        let mut crowd: HashMap<u64, u32> = HashMap::new();
        for entry in &self.entries {
            *crowd.entry(entry.head).or_default() += 1;
        }
        let mut chosen = Vec::with_capacity(spelled.len());
        for spelled in spelled {
            let bytes = &spelled.bytes;
            let Some(tier) = Tier::of(bytes.len()) else { continue };
            let zone = |at: usize| &bytes[at..at + tier.width()];
            let mut starts: Vec<usize> = (0..=bytes.len() - tier.width()).collect();
            starts.sort_by_cached_key(|&at| (!zone(at).is_ascii(), Reverse(rarity(zone(at)))));
            starts.truncate(TRIED);
            // How many needles have no window, and whether too many others have the zone.
            let mut best: Option<(bool, usize, usize, u64, Vec<Needle>)> = None;
            for offset in starts {
                let head = keys.head(zone(offset));
                let is_crowded = crowd.get(&head).is_some_and(|count| *count >= CROWD);
                let needles = needles(zone(offset));
                let lacking = needles.iter().filter(|needle| needle.windows().is_empty()).count();
                if best.as_ref().is_none_or(|best| (is_crowded, lacking) < (best.0, best.1)) {
                    best = Some((is_crowded, lacking, offset, head, needles));
                }
                if best.as_ref().is_some_and(|best| (best.0, best.1) == (false, 0)) {
                    break;
                }
            }
            let Some((_, _, offset, head, needles)) = best else { continue };
            *crowd.entry(head).or_default() += 1;
            chosen.push(ChosenZone { spelled, tier, offset, head, needles });
        }
        chosen
    }

    fn enter_marks(&mut self, marks: &Marks) {
        for window in &marks.windows {
            let hash = hash::<WINDOW>(Window::folded(window.word), self.window_factor(window.is_behind));
            self.windows.set(hash);
        }
        for gram in &marks.grams {
            self.grams.set(self.gram(*gram));
        }
        for gram in &marks.short {
            self.short.set(self.gram(*gram));
        }
        self.steps.is_any |= marks.steps.is_any;
        self.steps.is_short |= marks.steps.is_short;
        self.steps.is_encoded |= marks.steps.is_encoded;
    }

    fn enter_zones(&mut self, keys: &Keys, zones: Vec<ChosenZone<'_>>) {
        for zone in zones {
            self.is_visible &= zone.bytes().iter().all(u8::is_ascii_graphic);
            if let Some(quick) = self.quick(zone.tier == Tier::Short, zone.bytes(), 0) {
                self.heads.set(quick);
            }
            self.has[zone.tier as usize] = true;
            let Spelled { bytes, spelling, value } = zone.spelled;
            self.entries.push(ValueHash {
                head: zone.head,
                len: bytes.len() as u32,
                offset: zone.offset as u32,
                tag: keys.tag(bytes),
                value: *value,
                spelling: *spelling,
            });
        }
        self.entries.sort();
        self.entries.dedup();
    }

    /// Takes out the entries of values for which `goes` is true, and numbers the others anew. The bits stay set: they may be
    /// others' too.
    pub(super) fn renumber(&mut self, number: impl Fn(u32) -> Option<u32>) {
        self.entries.retain_mut(|entry| match number(entry.value) {
            Some(value) => {
                entry.value = value;
                true
            }
            None => false,
        });
        self.entries.sort();
    }

    /// The length of the longest entry.
    pub(super) fn longest(&self) -> usize {
        self.entries.iter().map(|entry| entry.len as usize).max().unwrap_or(0)
    }

    /// Whether there is an entry of a tier.
    pub(super) fn has(&self, tier: Tier) -> bool {
        self.has[tier as usize]
    }

    /// For which needles positions are tested by their grams.
    pub(super) fn steps(&self) -> Steps {
        self.steps
    }

    /// What tests the windows that begin with a turn's letter, and those that end with its other byte.
    pub(super) fn windows(&self) -> [HashTester<'_, WINDOW>; 2] {
        [false, true].map(|is_behind| HashTester {
            table: self.windows.tester(),
            factor: self.window_factor(is_behind),
        })
    }

    /// What tests grams, and those of short needles.
    pub(super) fn grams(&self) -> [HashTester<'_, GRAM>; 2] {
        [&self.grams, &self.short].map(|bits| HashTester { table: bits.tester(), factor: self.factors[0] })
    }

    fn window_factor(&self, is_behind: bool) -> u64 {
        if is_behind { self.factors[5] } else { self.factors[4] }
    }

    fn gram(&self, word: u64) -> u64 {
        hash::<GRAM>(word, self.factors[0])
    }

    /// Whether these bytes may be of a zone.
    #[inline]
    pub(super) fn may_have(&self, bytes: &[u8]) -> bool {
        !self.is_visible || bytes.iter().all(u8::is_ascii_graphic)
    }

    /// The bytes around a part of a text that a zone may have, as far as one with this part in it goes. Most words of a
    /// text are too short for any.
    fn shown_around(&self, text: &[u8], part: &Range<usize>) -> Range<usize> {
        if !self.is_visible {
            return 0..text.len();
        }
        let (before, after) = (&text[..part.start], &text[part.end..]);
        let far = Tier::Long.width();
        let before = before.iter().rev().take(far).take_while(|byte| byte.is_ascii_graphic()).count();
        let after = after.iter().take(far).take_while(|byte| byte.is_ascii_graphic()).count();
        part.start - before..part.end + after
    }

    /// 1 if the lower five bytes of `word` may be of a zone, else 0.
    #[inline(always)]
    pub(super) fn may_have_gram(&self, word: u64) -> usize {
        const ONES: u64 = 0x01_0101_0101;
        const HIGH: u64 = ONES << 7;
        // The highest bit of a byte: not set in it, set if it is above a blank, not set if it is below 0x7f.
        let are_shown =
            word.wrapping_add(ONES * (0x80 - 0x21)) & !word.wrapping_add(ONES) & !word & HIGH == HIGH;
        usize::from(are_shown | !self.is_visible)
    }

    /// The quick hash of a zone: of its first twelve bytes, or of all eight.
    #[inline]
    fn quick(&self, is_short: bool, text: &[u8], at: usize) -> Option<u64> {
        let [_, one, two, three, ..] = self.factors;
        let first = u64::from_le_bytes(*text.get(at..at + 8)?.first_chunk()?).wrapping_mul(one);
        let rest = match is_short {
            true => 0,
            false => u64::from(u32::from_le_bytes(*text.get(at + 8..at + 12)?.first_chunk()?)) + 1,
        };
        let mixed = (first ^ first >> 29).wrapping_add(rest.wrapping_mul(three));
        Some((mixed ^ mixed >> 32).wrapping_mul(two))
    }

    /// Calls `see` with the start, the tier and the hash of each zone in `text` that contains `part`.
    pub(super) fn zones_with(
        &self,
        keys: &Keys,
        text: &[u8],
        part: Range<usize>,
        see: &mut dyn FnMut(usize, Tier, u64),
    ) {
        let heads = self.heads.tester();
        let shown = self.shown_around(text, &part);
        let ways: [&[Tier]; 2] = [&[Tier::Short], &[Tier::Middle, Tier::Long]];
        for (tiers, widest) in ways.into_iter().zip([Tier::Short, Tier::Long]) {
            if !tiers.iter().any(|tier| self.has(*tier)) {
                continue;
            }
            let Some(last) = shown.end.checked_sub(tiers[0].width()) else { continue };
            for start in shown.start.max(part.end.saturating_sub(widest.width()))..=last.min(part.start) {
                let quick = self.quick(widest == Tier::Short, text, start);
                if quick.is_none_or(|quick| heads.test(quick) == 0) {
                    continue;
                }
                for &tier in tiers.iter().filter(|tier| self.has(**tier) && start + tier.width() >= part.end)
                {
                    let Some(zone) = text[..shown.end].get(start..start + tier.width()) else { break };
                    let head = keys.head(zone);
                    if !self.with_head(head).is_empty() {
                        see(start, tier, head);
                    }
                }
            }
        }
    }

    /// The entries whose zone has this hash.
    pub(super) fn with_head(&self, head: u64) -> &[ValueHash] {
        // Hashes are spread evenly, so the place is nearly known.
        let count = self.entries.len();
        let guess = ((u128::from(head) * count as u128) >> 64) as usize;
        let mut first = guess;
        while first > 0 && self.entries[first - 1].head >= head {
            first -= 1;
        }
        while first < count && self.entries[first].head < head {
            first += 1;
        }
        let last = self.entries[first..].iter().take_while(|entry| entry.head == head).count();
        &self.entries[first..first + last]
    }

    /// Writes it down.
    pub(super) fn write(&self, out: &mut Writer) {
        for factor in self.factors {
            out.raw(&factor.to_le_bytes());
        }
        self.windows.write(out);
        self.grams.write(out);
        self.short.write(out);
        self.heads.write(out);
        let Steps { is_any, is_short, is_encoded } = self.steps;
        [self.is_visible, is_any, is_short, is_encoded].into_iter().for_each(|flag| out.flag(flag));
        // All of the same size: they are read at each start.
        out.list(&self.entries, |out, entry| {
            out.raw(&entry.head.to_le_bytes());
            out.raw(&entry.tag);
            out.raw(&entry.value.to_le_bytes());
            out.raw(&(entry.len as u16).to_le_bytes());
            out.raw(&(entry.offset as u16).to_le_bytes());
            out.raw(&[entry.spelling as u8]);
        });
    }

    /// Reads what [`Self::write`] wrote, for an index of `values` values.
    pub(super) fn read(from: &mut Reader<'_>, values: usize) -> Option<Self> {
        let mut factors = [0; FACTORS];
        for factor in &mut factors {
            *factor = u64::from_le_bytes(*from.raw(8)?.first_chunk()?);
        }
        let windows = Bits::read(from, Density::Dense)?;
        let (grams, short) = (Bits::read(from, Density::Sparse)?, Bits::read(from, Density::Sparse)?);
        let heads = Bits::read(from, Density::Sparse)?;
        let is_visible = from.flag()?;
        let steps = Steps { is_any: from.flag()?, is_short: from.flag()?, is_encoded: from.flag()? };
        let count = from.size()?;
        let bytes = from.raw(count.checked_mul(ENTRY)?)?;
        let mut has = [false; 3];
        let entries: Option<Vec<ValueHash>> = bytes
            .as_chunks::<ENTRY>()
            .0
            .iter()
            .map(|bytes| {
                let (head, rest) = bytes.split_first_chunk()?;
                let (tag, rest) = rest.split_first_chunk()?;
                let (value, rest) = rest.split_first_chunk()?;
                let &[a, b, c, d, spelling] = rest.first_chunk()?;
                let (len, offset) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
                let value = Some(u32::from_le_bytes(*value)).filter(|value| (*value as usize) < values)?;
                let tier = Tier::of(usize::from(len))?;
                has[tier as usize] = true;
                let is_inside = usize::from(offset) + tier.width() <= usize::from(len);
                is_inside.then_some(ValueHash {
                    head: u64::from_le_bytes(*head),
                    len: u32::from(len),
                    offset: u32::from(offset),
                    tag: *tag,
                    value,
                    spelling: Spelling::of(u64::from(spelling))?,
                })
            })
            .collect();
        let entries = entries?;
        entries.is_sorted().then_some(Self {
            factors,
            windows,
            grams,
            short,
            steps,
            heads,
            entries,
            has,
            is_visible,
        })
    }
}

/// Tests the lower `LEN` bytes of words.
#[derive(Clone, Copy, Debug)]
pub(super) struct HashTester<'s, const LEN: usize> {
    table: Tester<'s>,
    factor: u64,
}

impl<const LEN: usize> HashTester<'_, LEN> {
    /// 1 if they may have been entered, else 0.
    #[inline(always)]
    pub(super) fn test(self, word: u64) -> u64 {
        self.table.test(hash::<LEN>(word, self.factor))
    }
}

/// The hash of the lower `LEN` bytes of `word`.
#[inline(always)]
fn hash<const LEN: usize>(word: u64, factor: u64) -> u64 {
    (word << (64 - 8 * LEN)).wrapping_mul(factor)
}

/// Bytes of an entry as it is written.
const ENTRY: usize = 8 + TAG + 4 + 2 + 2 + 1;

/// Random factors, all odd.
fn factors() -> Result<[u64; FACTORS], getrandom::Error> {
    let mut factors = [0; FACTORS];
    for factor in &mut factors {
        *factor = getrandom::u64()? | 1;
    }
    Ok(factors)
}

/// Grams that are so common in text that one of them among those of values would be seen all the time: indentation, rulers,
/// zeros.
fn common() -> impl Iterator<Item = u64> {
    let repeated = b" \t\0-=*#/_.0x~+\xff".iter().map(|byte| word(&[*byte; GRAM]));
    let indented = [b' ', b'\t'].into_iter().flat_map(|blank| {
        (0..GRAM).map(move |at| {
            let mut gram = [blank; GRAM];
            gram[at] = b'\n';
            word(&gram)
        })
    });
    repeated.chain(indented)
}
