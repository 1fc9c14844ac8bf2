//! A part of an index that is searched in one pass: filters, and what is compared if they let something pass.
//!
//! A value is announced by a *zone* of it: 8, 12 or 20 bytes, by its length. Each five bytes in a row of the zone's first
//! twelve are a *gram*, one of which begins at a multiple of eight of the text, wherever the value is; so only every
//! eighth position is tested. (The zones of 8 bytes have four grams, and every fourth position is tested for them.) If a
//! gram's bit is set, the zones that it may be in are tested against a second table, then their hash is looked up, and only
//! then the whole value is hashed.

use super::bits::Bits;
use super::keys::{Keys, TAG};
use super::spelling::Spelling;
use crate::record::{Reader, Writer};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

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

/// A gram's bits in this share of the table are set, at least.
const SHARE: usize = 20;

/// The same of zones.
const HEAD_SHARE: usize = 128;

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

    /// How many grams there are, the last that many bytes less one from the zone's start.
    pub(super) const fn grams(self) -> usize {
        match self {
            Self::Short => 4,
            Self::Middle | Self::Long => 8,
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
    factors: [u64; 4],
    /// The grams of the tiers above the shortest.
    grams: Bits,
    /// The grams of the shortest tier.
    short: Bits,
    heads: Bits,
    /// In order.
    entries: Vec<ValueHash>,
    /// Which tiers have entries.
    has: [bool; 3],
    /// True if all zones are ASCII.
    is_ascii: bool,
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
}

impl ChosenZone<'_> {
    fn bytes(&self) -> &[u8] {
        &self.spelled.bytes[self.offset..self.offset + self.tier.width()]
    }

    fn grams(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.tier.grams()).map(|at| word(&self.bytes()[at..at + GRAM]))
    }
}

impl Segment {
    /// A segment of these spellings, with room for as many again.
    pub(super) fn new(keys: &Keys, spelled: &[Spelled]) -> Result<Self, getrandom::Error> {
        let [short, others] = counts(spelled);
        let mut segment = Self {
            factors: factors()?,
            grams: Bits::new(others * Tier::Long.grams() * SHARE),
            short: Bits::new(short * Tier::Short.grams() * SHARE),
            heads: Bits::new((short + others) * HEAD_SHARE),
            entries: Vec::new(),
            has: [false; 3],
            is_ascii: true,
        };
        let zones = segment.choose_zones(keys, spelled);
        let mut best = (usize::MAX, segment.factors);
        for _ in 0..FACTORS_TRIED {
            segment.factors = factors()?;
            let common: Vec<u64> = common().map(|gram| segment.gram(gram)).collect();
            let hits = |bits: &Bits, is_short: bool| {
                let places: HashSet<u64> = common.iter().map(|hash| bits.place(*hash)).collect();
                let of_tier = zones.iter().filter(|zone| (zone.tier == Tier::Short) == is_short);
                let hashes = of_tier.flat_map(|zone| zone.grams().map(|gram| bits.place(segment.gram(gram))));
                hashes.filter(|place| places.contains(place)).collect::<HashSet<u64>>().len()
            };
            let count = hits(&segment.grams, false) + hits(&segment.short, true);
            if count < best.0 {
                best = (count, segment.factors);
            }
            if count == 0 {
                break;
            }
        }
        segment.factors = best.1;
        segment.enter_zones(keys, zones);
        let common: Vec<u64> = common().map(|gram| segment.gram(gram)).collect();
        segment.grams.blur(SHARE, &common)?;
        segment.short.blur(SHARE, &common)?;
        segment.heads.blur(HEAD_SHARE, &[])?;
        Ok(segment)
    }

    /// Whether more spellings would slow down its search little: twice as many bits would be set as are meant to be.
    pub(super) fn has_room(&self, spelled: &[Spelled]) -> bool {
        let [short, others] = counts(spelled);
        let has_room =
            |bits: &Bits, more: usize, share: usize| (bits.count() + more) * share <= bits.len() * 2;
        has_room(&self.grams, others * Tier::Long.grams(), SHARE)
            && has_room(&self.short, short * Tier::Short.grams(), SHARE)
            && has_room(&self.heads, short + others, HEAD_SHARE)
    }

    /// Enters spellings.
    pub(super) fn enter(&mut self, keys: &Keys, spelled: &[Spelled]) {
        let zones = self.choose_zones(keys, spelled);
        self.enter_zones(keys, zones);
    }

    /// The zone of each spelling: the one that is least likely in other text and announces few others.
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
            let is_free = |at: &&usize| crowd.get(&keys.head(zone(**at))).is_none_or(|count| *count < CROWD);
            let free = starts.iter().take(TRIED).find(is_free);
            let offset = free.or(starts.first()).copied().unwrap_or(0);
            let head = keys.head(zone(offset));
            *crowd.entry(head).or_default() += 1;
            chosen.push(ChosenZone { spelled, tier, offset, head });
        }
        chosen
    }

    fn enter_zones(&mut self, keys: &Keys, zones: Vec<ChosenZone<'_>>) {
        for zone in zones {
            self.is_ascii &= zone.bytes().is_ascii();
            let hashes: Vec<u64> = zone.grams().map(|gram| self.gram(gram)).collect();
            let is_short = zone.tier == Tier::Short;
            let bits = if is_short { &mut self.short } else { &mut self.grams };
            hashes.into_iter().for_each(|hash| bits.set(hash));
            if let Some(quick) = self.quick(is_short, zone.bytes(), 0) {
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

    /// The hash of a gram, which is in the lower five bytes of `word`.
    #[inline]
    pub(super) fn gram(&self, word: u64) -> u64 {
        (word << 24).wrapping_mul(self.factors[0])
    }

    /// Whether the upper or the lower five bytes of `word` may be a gram; the others are zero.
    #[inline]
    pub(super) fn may_be_text(&self, word: u64) -> bool {
        !self.is_ascii || word & 0x8080_8080_8080_8080 == 0
    }

    /// The table for the grams of these tiers.
    pub(super) fn grams(&self, is_short: bool) -> &Bits {
        if is_short { &self.short } else { &self.grams }
    }

    /// The quick hash of a zone: of its first twelve bytes, or of all eight.
    #[inline]
    fn quick(&self, is_short: bool, text: &[u8], at: usize) -> Option<u64> {
        let [_, one, two, three] = self.factors;
        let first = u64::from_le_bytes(*text.get(at..at + 8)?.first_chunk()?).wrapping_mul(one);
        let rest = match is_short {
            true => 0,
            false => u64::from(u32::from_le_bytes(*text.get(at + 8..at + 12)?.first_chunk()?)) + 1,
        };
        let mixed = (first ^ first >> 29).wrapping_add(rest.wrapping_mul(three));
        Some((mixed ^ mixed >> 32).wrapping_mul(two))
    }

    /// Calls `see` with the start, the tier and the hash of each zone in `text` whose gram may be at `at`: of the shortest
    /// tier, or of the others.
    pub(super) fn zones_at(
        &self,
        keys: &Keys,
        is_short: bool,
        text: &[u8],
        at: usize,
        see: &mut dyn FnMut(usize, Tier, u64),
    ) {
        let tiers: &[Tier] = if is_short { &[Tier::Short] } else { &[Tier::Middle, Tier::Long] };
        let first = at.saturating_sub(tiers[0].grams() - 1);
        for start in first..=at {
            if !self.quick(is_short, text, start).is_some_and(|quick| self.heads.has(quick)) {
                continue;
            }
            for &tier in tiers.iter().filter(|tier| self.has(**tier)) {
                let Some(zone) = text.get(start..start + tier.width()) else { break };
                let head = keys.head(zone);
                if !self.with_head(head).is_empty() {
                    see(start, tier, head);
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
        self.grams.write(out);
        self.short.write(out);
        self.heads.write(out);
        out.flag(self.is_ascii);
        out.list(&self.entries, |out, entry| {
            out.raw(&entry.head.to_le_bytes());
            out.number(u64::from(entry.len));
            out.number(u64::from(entry.offset));
            out.raw(&entry.tag);
            out.number(u64::from(entry.value));
            out.number(entry.spelling as u64);
        });
    }

    /// Reads what [`Self::write`] wrote, for an index of `values` values.
    pub(super) fn read(from: &mut Reader<'_>, values: usize) -> Option<Self> {
        let mut factors = [0; 4];
        for factor in &mut factors {
            *factor = u64::from_le_bytes(*from.raw(8)?.first_chunk()?);
        }
        let (grams, short, heads) = (Bits::read(from)?, Bits::read(from)?, Bits::read(from)?);
        let is_ascii = from.flag()?;
        let entries = from.list(|from| {
            let head = u64::from_le_bytes(*from.raw(8)?.first_chunk()?);
            let len = u32::try_from(from.number()?).ok()?;
            let offset = u32::try_from(from.number()?).ok()?;
            let tag = *from.raw(TAG)?.first_chunk()?;
            let value = u32::try_from(from.number()?).ok().filter(|value| (*value as usize) < values)?;
            let spelling = Spelling::of(from.number()?)?;
            Some(ValueHash { head, len, offset, tag, value, spelling })
        })?;
        let mut has = [false; 3];
        for entry in &entries {
            let tier = Tier::of(entry.len as usize)?;
            has[tier as usize] = true;
            if entry.offset as usize + tier.width() > entry.len as usize {
                return None;
            }
        }
        entries.is_sorted().then_some(Self { factors, grams, short, heads, entries, has, is_ascii })
    }
}

/// Random factors, all odd.
fn factors() -> Result<[u64; 4], getrandom::Error> {
    let mut factors = [0; 4];
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

/// How many of the spellings are of the shortest tier, and how many of the others.
fn counts(spelled: &[Spelled]) -> [usize; 2] {
    let short = spelled.iter().filter(|one| Tier::of(one.bytes.len()) == Some(Tier::Short)).count();
    [short, spelled.len() - short]
}

/// Up to eight bytes as a number, the first the lowest.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// How unlikely bytes are in other text: many different ones, digits and changes between kinds of characters.
fn rarity(bytes: &[u8]) -> usize {
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
