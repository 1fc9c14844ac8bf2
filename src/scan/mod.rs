//! The engine: bytes in, candidates out.
//!
//! It knows no path and does no I/O, and the scan of a blob cannot fail: what can be wrong with a rule was refused when
//! the catalogue was built.
//!
//! # Design
//!
//! *Locality*: whether a rule matches at an anchor depends only on the bytes within its reach (and the blob's length
//! and first 8 KiB), so that pieces, threads and deltas cannot change the result.
//!
//! ```text
//! prefilter  one pass over all bytes for all literals (keywords and their encoded forms): anchors
//! nature     what kind of text a blob is
//! evaluate   an anchor's decision: decode?, then window (patterns) or generic (assignments and other structures),
//!            then target (entropy, check, placeholder, score), then context (the lines around)
//! lines      files that consist of lines of one kind, which no literal announces
//! whole      rules of gitleaks, which look at whole texts
//! known      values of an index of known ones
//! trace      why a decision found nothing (rejection), and a scan with what became of each literal, for explanations
//! survey     what each rule costs, for `rules check`
//! kept       a blob's anchors and candidates;  derive: those of a blob given as a delta against another
//! ```

mod context;
mod decode;
mod derive;
mod escape;
mod evaluate;
mod generic;
mod invisible;
mod kept;
mod known;
mod lines;
mod long;
mod nature;
mod normal;
mod prefilter;
mod reach;
mod recent;
pub mod survey;
mod tables;
mod target;
pub mod trace;
pub mod verdict;
mod watch;
mod whole;
mod wide;
mod window;

use crate::model::{Found, Piece, RuleIndex};
use crate::rules::Catalogue;
use lines::Lines;
use nature::Nature;
use prefilter::literal::Literals;
use prefilter::{Anchor, Prefilter};
use reach::Reach;
use std::ops::Range;
use std::time::Duration;
use target::Target;

pub use kept::{Kept, in_order};
pub use trace::rejection;
pub use watch::{Cut, Watch};

/// True if a value is put in place of a secret, to be filled in; no rule reports such a value.
pub fn is_placeholder(value: &[u8]) -> bool {
    generic::is_placeholder(value)
}

/// True if a value points at a secret that is kept elsewhere, is filled in from elsewhere, or is ciphertext.
pub fn is_reference(value: &[u8]) -> bool {
    !value.is_empty() && generic::is_reference(value)
}

/// True if what has this name is a secret (`db_password`), and not something about one (`password_file`).
pub fn names_secret(name: &[u8]) -> bool {
    generic::names_secret(name)
}

/// A catalogue made ready to scan with: immutable, shared by all threads.
#[derive(Debug)]
pub struct Scanner {
    literals: Literals,
    prefilter: Prefilter,
    wide: wide::Wide,
    targets: Vec<Target>,
    lines: Lines,
    whole: whole::Whole,
    /// The values of an index of known ones, if there is one.
    known: Option<known::KnownValues>,
    /// The rules of which a file's name is the finding.
    of_names: Vec<RuleIndex>,
    /// How far around an anchor's first byte its admission may look.
    sight: Reach,
    /// Length of the longest literal.
    longest: usize,
    margin: usize,
    watch: Watch,
}

/// Buffers that a thread keeps between blobs, to allocate once. Belongs to one scanner.
#[derive(Debug, Default)]
pub struct Scratch {
    /// For each rule, if it was run here.
    patterns: Vec<Option<Box<window::PatternScratch>>>,
    views: decode::Views,
    recent: recent::Recent,
    visible: invisible::Visible,
    hidden: Vec<usize>,
    hits: Vec<target::Hit>,
    anchors: Vec<Anchor>,
    /// How many texts there were: blobs and views of them.
    texts: u64,
    /// The number of the current blob among them.
    text: u64,
    watched: watch::Watched,
    /// The time that the pieces before the next one took.
    earlier: Duration,
}

impl Scratch {
    /// Starts another blob.
    fn turn(&mut self, len: usize) {
        self.texts += 1;
        self.text = self.texts;
        self.views.clear();
        self.recent.clear();
        self.watched.begin(std::mem::take(&mut self.earlier), len);
    }

    /// Announces that the next scan is of another piece of a text, whose earlier pieces took `spent`.
    pub fn go_on(&mut self, spent: Duration) {
        self.earlier = spent;
    }

    /// Why the last scan ended before its text did, if it did.
    pub fn cut(&self) -> Option<Cut> {
        self.watched.cut()
    }

    /// The time that the last text took, its earlier pieces included; zero if it is not limited.
    pub fn spent(&self) -> Duration {
        self.watched.spent()
    }
}

impl Scanner {
    /// A scanner for `catalogue`.
    pub fn new(catalogue: &Catalogue) -> Self {
        match catalogue.is_embedded().then(tables::embedded).flatten() {
            Some((literals, prefilter)) => Self::with(catalogue, |_| true, literals, prefilter),
            None => Self::of_some(catalogue, |_| true),
        }
    }

    /// A scanner for only those rules of `catalogue` for which `sought` is true. It numbers them like a scanner for all
    /// rules.
    pub fn of_some(catalogue: &Catalogue, sought: impl Fn(RuleIndex) -> bool) -> Self {
        let literals = Literals::new(catalogue.rules(), &sought);
        let prefilter = Prefilter::new(&literals);
        Self::with(catalogue, sought, literals, prefilter)
    }

    fn with(
        catalogue: &Catalogue,
        sought: impl Fn(RuleIndex) -> bool,
        literals: Literals,
        prefilter: Prefilter,
    ) -> Self {
        let mut scanner = Self {
            prefilter,
            wide: wide::Wide::default(),
            literals,
            targets: catalogue.rules().iter().map(Target::new).collect(),
            lines: Lines::new(catalogue.rules(), &sought),
            whole: whole::Whole::new(catalogue.rules(), &sought),
            known: None,
            of_names: whole::of_names(catalogue.rules(), &sought),
            sight: Reach::default(),
            longest: 1,
            margin: 0,
            watch: Watch::default(),
        };
        for (index, literal) in (0..).zip(scanner.literals.list()) {
            let quick = scanner.quick_reach(index);
            let len = literal.len();
            scanner.longest = scanner.longest.max(len);
            scanner.sight = scanner.sight.or(Reach { before: quick, after: len + quick });
        }
        scanner.margin = scanner.furthest().max(scanner.whole.margin());
        scanner
    }

    /// The same, whose scans end when `watch` says so. This works only with a scratch made by [`Self::scratch`].
    #[must_use]
    pub fn watched(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// The scratch of a thread, watched as this scanner is. With a default scratch nothing ends a scan early.
    pub fn scratch(&self) -> Scratch {
        Scratch { watched: watch::Watched::by(self.watch), ..Scratch::default() }
    }

    /// How many literals the prefilter finds in `bytes`: the part of a scan before any decision.
    pub fn sight(&self, bytes: &[u8]) -> usize {
        let mut count = 0;
        self.prefilter.find(&self.literals, bytes, 0..bytes.len(), &mut |_| count += 1);
        count
    }

    /// Calls `see` with every literal that begins in `starts`, roughly in order except those in UTF-32, and adds to
    /// `hidden` where invisible characters begin there.
    fn find(
        &self,
        bytes: &[u8],
        starts: Range<usize>,
        hidden: &mut Vec<usize>,
        see: &mut impl FnMut(Anchor),
    ) {
        self.prefilter.find(&self.literals, bytes, starts.clone(), see);
        let end = bytes.len().min(starts.end.saturating_add(self.literals.longest()));
        if let Some(before) = plain_before(&bytes[starts.start..end]) {
            self.wide.find(&self.literals, bytes, starts.clone(), see);
            invisible::find(bytes, starts.end.min(starts.start + before)..starts.end, hidden);
        }
    }

    /// The candidates of a file's name: one of each rule without a regex. Whether the file's path is the rule's is judged
    /// where its place is known.
    pub fn of_name(&self, name: &[u8]) -> Vec<Found> {
        self.of_names.iter().map(|&rule| whole::of_name(rule, name)).collect()
    }

    /// How many bytes around fresh bytes a [`Piece`] needs on each side.
    pub fn margin(&self) -> usize {
        self.margin
    }

    /// The candidates of a blob or of the fresh part of a piece, ordered by start; starts are offsets
    /// in `piece.bytes`.
    pub fn scan(&self, piece: &Piece<'_>, scratch: &mut Scratch) -> Vec<Found> {
        scratch.turn(piece.bytes.len());
        let mut anchors = std::mem::take(&mut scratch.anchors);
        let mut hidden = std::mem::take(&mut scratch.hidden);
        hidden.clear();
        let bytes = piece.bytes;
        let nature = Nature::of(piece.head);
        let fresh = piece.fresh.start.min(bytes.len())..piece.fresh.end.min(bytes.len());
        invisible::find(bytes, fresh.start.saturating_sub(invisible::REACH)..fresh.start, &mut hidden);
        let mut found = Vec::new();
        for chunk in chunks(fresh.clone()) {
            if !scratch.watched.goes_on() {
                break;
            }
            anchors.clear();
            self.find(bytes, chunk, &mut hidden, &mut |anchor| {
                if self.admits(bytes, nature, anchor) {
                    anchors.push(anchor);
                }
            });
            anchors.sort_unstable();
            for &anchor in &anchors {
                if !scratch.watched.goes_on() {
                    break;
                }
                if let Some(all) = self.evaluate(bytes, anchor, scratch).held() {
                    found.extend(all.iter().map(|held| kept::found(anchor, held)));
                }
            }
        }
        if piece.offset == 0 && nature == Nature::Text {
            found.extend(self.on_lines(piece.head, fresh.clone()).0);
        }
        found.extend(self.whole.find(bytes, fresh.clone(), &mut scratch.watched));
        found.extend(self.known_in(bytes, &fresh));
        invisible::find(bytes, fresh.end..bytes.len().min(fresh.end + invisible::REACH), &mut hidden);
        found.extend(self.look_through(bytes, &hidden, fresh.clone(), nature, scratch));
        found.extend(self.look_through_joints(bytes, piece.head, fresh, nature, scratch));
        (scratch.anchors, scratch.hidden) = (anchors, hidden);
        kept::in_order(found)
    }
}

/// Bytes whose anchors are found before any of them is evaluated.
const CHUNK: usize = 64 << 10;

/// A range in parts of at most [`CHUNK`] bytes.
fn chunks(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let Range { mut start, end } = range;
    std::iter::from_fn(move || {
        let chunk = start..end.min(start.saturating_add(CHUNK));
        start = chunk.end;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// How many bytes at the start are certainly plain: ASCII without zeros, so neither UTF-32 nor invisible characters.
/// `None` if all are. One test for both.
///
/// # Performance
///
/// It looks at all bytes that the prefilter looks at: 64 of them take about as many instructions as four of them take
/// there.
fn plain_before(bytes: &[u8]) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<64>();
    if let Some(block) = blocks.iter().position(|block| !is_plain(block)) {
        return Some(block * 64);
    }
    let is_rest_plain = match bytes.last_chunk::<64>() {
        // This chunk overlaps a block that is plain.
        Some(last) => is_plain(last),
        None => {
            let (words, bytes) = rest.as_chunks::<8>();
            words.iter().all(is_plain) && bytes.iter().all(|byte| matches!(byte, 1..0x80))
        }
    };
    (!is_rest_plain).then_some(blocks.len() * 64)
}

/// True if each byte is ASCII and not zero, tested eight at a time: subtracting one from each byte sets the highest bit
/// of a zero byte. If there is no zero, it sets the bit in no byte that did not have it.
#[inline]
fn is_plain<const LEN: usize>(block: &[u8; LEN]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, _) = block.as_chunks();
    let word = |bytes: &[u8; 8]| {
        let word = u64::from_ne_bytes(*bytes);
        word | word.wrapping_sub(ONES)
    };
    words.iter().fold(0, |any, bytes| any | word(bytes)) & (ONES << 7) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes_end_before_the_first_that_is_not() {
        for len in [0, 1, 7, 8, 9, 63, 64, 65, 200] {
            assert_eq!(plain_before(&vec![b'a'; len]), None);
            for at in 0..len {
                for byte in [0, 1, 0x7e, 0x7f, 0x80, 0x81, 0xff] {
                    for beside in [1, b'a', 0x7f] {
                        let mut bytes = vec![beside; len];
                        bytes[at] = byte;
                        let before = plain_before(&bytes);
                        let is_plain = (1..0x80).contains(&byte);
                        assert_eq!(before.is_none(), is_plain, "{byte} at {at} of {len}");
                        assert!(before.is_none_or(|before| before <= at), "{byte} at {at} of {len}");
                    }
                }
            }
        }
    }
}
