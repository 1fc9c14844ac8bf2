//! Values of an index of known ones: their zones are anchors, like the literals of rules, but they are searched for in a
//! pass of their own, which only a scanner with such an index makes.

use super::Scanner;
use super::context::{FURTHEST, around};
use super::evaluate::Held;
use super::reach::{Reach, Seen};
use crate::known::{KnownIndex, Zone};
use crate::model::{Basis, Candidate, Check, Form, Found, RuleIndex, Score, Secret, Span, Worth};
use crate::rules::{Catalogue, Matcher};
use std::ops::Range;
use std::sync::Arc;

/// The values to be found, and the rule whose candidates they are.
#[derive(Debug)]
pub(super) struct KnownValues {
    index: Arc<KnownIndex>,
    rule: RuleIndex,
}

/// A zone, and what is at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ZoneMark {
    pub(super) zone: Zone,
    /// How far around the zone it was looked.
    pub(super) reach: Reach,
    pub(super) held: Vec<Held>,
}

impl ZoneMark {
    /// The candidates.
    pub(super) fn found(&self) -> impl Iterator<Item = Found> + '_ {
        self.held.iter().map(|held| Found {
            start: self.zone.start.saturating_add_signed(held.start),
            candidate: Arc::clone(&held.candidate),
        })
    }

    /// The bytes that decide whether the zone is one.
    pub(super) fn seen_at_sight(zone: &Zone) -> Seen {
        Seen::around(Span::new(zone.start, zone.end), Reach { before: Zone::MARGIN, after: Zone::MARGIN })
    }

    /// The bytes that its candidates depend on.
    pub(super) fn seen(&self) -> Seen {
        Seen::around(Span::new(self.zone.start, self.zone.end), self.reach)
    }
}

impl Scanner {
    /// The same, which also finds the values of `index`, if `catalogue`, whose scanner this is, has the rule for them and
    /// `sought` is true of it.
    #[must_use]
    pub fn with_known(
        mut self,
        index: Arc<KnownIndex>,
        catalogue: &Catalogue,
        sought: impl Fn(RuleIndex) -> bool,
    ) -> Self {
        let is_known = |matcher: &Matcher| matches!(matcher, Matcher::Known { .. });
        let rule = catalogue.rules().iter().rposition(|rule| is_known(&rule.matcher));
        let rule = rule.map(|at| RuleIndex(at as u32)).filter(|rule| sought(*rule));
        if let Some(rule) = rule.filter(|_| !index.is_empty()) {
            self.margin = self.margin.max(index.reach() + FURTHEST);
            self.known = Some(KnownValues { index, rule });
        }
        self
    }

    /// The values of the index that begin in `fresh`, a part of `text`.
    pub(super) fn known_in(&self, text: &[u8], fresh: &Range<usize>) -> Vec<Found> {
        let Some(known) = &self.known else { return Vec::new() };
        let marks = known.marks(text, 0..text.len(), |_| true);
        let found = marks.iter().flat_map(ZoneMark::found);
        found.filter(|found| fresh.contains(&found.start)).collect()
    }

    /// The zones in `text`, with what is at them.
    pub(super) fn known_marks(&self, text: &[u8]) -> Vec<ZoneMark> {
        self.known.as_ref().map(|known| known.marks(text, 0..text.len(), |_| true)).unwrap_or_default()
    }

    /// The same for a text that has much in common with one whose zones are `base`. `changed` are the ranges that it does
    /// not have in common, `moved` gives a zone of the base its place in the text if all that decided about it is there, and
    /// says whether what was looked at for its candidates is there, too; `spares` says whether bytes of the text are in the
    /// base as they are.
    pub(super) fn known_marks_again(
        &self,
        text: &[u8],
        base: &[ZoneMark],
        changed: &[Range<usize>],
        moved: impl Fn(&ZoneMark, &mut dyn FnMut(ZoneMark, bool)),
        spares: impl Fn(Seen) -> bool,
    ) -> Vec<ZoneMark> {
        let Some(known) = &self.known else { return Vec::new() };
        let mut marks = Vec::new();
        for mark in base {
            moved(mark, &mut |mark, is_same| {
                marks.push(if is_same { mark } else { known.mark(text, mark.zone) });
            });
        }
        for range in changed {
            // A zone that changed may begin before, and needs what is beside it to be seen.
            let near = LONGEST_ZONE + 2 * Zone::MARGIN;
            let from = range.start.saturating_sub(near);
            let to = text.len().min(range.end + near);
            marks.extend(known.marks(text, from..to, |zone| !spares(ZoneMark::seen_at_sight(zone))));
        }
        marks.sort_by_key(|mark| mark.zone);
        marks.dedup_by_key(|mark| mark.zone);
        marks
    }
}

/// The most bytes of text that a zone takes: 20 of a value, six for each.
const LONGEST_ZONE: usize = 120;

impl KnownValues {
    /// The zones in a part of `text` that are `wanted`.
    fn marks(&self, text: &[u8], part: Range<usize>, wanted: impl Fn(&Zone) -> bool) -> Vec<ZoneMark> {
        let mut zones = Vec::new();
        self.index.zones(&text[part.clone()], &mut |zone| {
            let zone = zone.moved(zone.start + part.start);
            if wanted(&zone) {
                zones.push(zone);
            }
        });
        zones.sort_unstable();
        zones.dedup();
        zones.into_iter().map(|zone| self.mark(text, zone)).collect()
    }

    /// A zone with what is at it.
    fn mark(&self, text: &[u8], zone: Zone) -> ZoneMark {
        let (matches, before, after) = self.index.matches(text, &zone);
        let span = Span::new(zone.start, zone.end);
        let mut seen = Seen::around(span, Reach { before, after });
        let mut held = Vec::with_capacity(matches.len());
        for one in matches {
            let (context, looked) = around(text, one.span);
            seen = seen.and(looked);
            let candidate = Candidate {
                rule: self.rule,
                len: one.span.len(),
                secret_at: Span::new(0, one.span.len()),
                secret: Secret::new(one.value),
                identifier: None,
                form: Form::Token,
                check: Check::None,
                facts: Vec::new(),
                score: Score(1000),
                worth: Worth::Whole,
                decoded_by: one.decoded_by.into_iter().collect(),
                basis: Basis::default(),
                context,
                inside: None,
                companions: Vec::new(),
            };
            held.push(Held {
                start: one.span.start as isize - zone.start as isize,
                reach: Reach::default(),
                candidate: Arc::new(candidate),
            });
        }
        ZoneMark { zone, reach: seen.from(span), held }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::Exported;
    use crate::model::{Copied, Piece};
    use crate::scan::Scratch;
    use proptest::prelude::*;

    const LONG: &str = "q7Zk2Lw9Xb4Tn6Vc1Rm8Pd3Hs";
    const SHORT: &str = "Zx8!pQ2m.";

    /// Searches for these two values only.
    fn scanner() -> Scanner {
        let mut index = KnownIndex::new(&[9; 32]).expect("this system has random bytes");
        let entries = [LONG, SHORT].map(|value| Exported { name: "x".to_owned(), value: value.to_owned() });
        let added = index.add(&entries).expect("there is room");
        assert_eq!(added.values, 2);
        let catalogue = Catalogue::default().with_known(*index.digest());
        Scanner::of_some(&catalogue, |_| false).with_known(Arc::new(index), &catalogue, |_| true)
    }

    /// The values in several writings, and text that is like them.
    fn pieces() -> Vec<Vec<u8>> {
        let base64 = |text: &str| data_encoding::BASE64.encode(text.as_bytes()).into_bytes();
        let wide = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>();
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        vec![
            LONG.into(),
            SHORT.into(),
            LONG[3..].into(),
            base64(LONG),
            base64(&format!("u:{LONG}")),
            base64(&format!("ab:{SHORT}:cd")),
            data_encoding::HEXLOWER.encode(LONG.as_bytes()).into_bytes(),
            wide(LONG),
            wide(SHORT),
            escaped(LONG).into_bytes(),
            format!("{}{}", &LONG[..12], escaped(&LONG[12..])).into_bytes(),
            format!("{}%{:02X}{}", &LONG[..20], LONG.as_bytes()[20], &LONG[21..]).into_bytes(),
            b" \n".to_vec(),
            b"\0\0".to_vec(),
            b"some=other text; %20".to_vec(),
            b"\n\n".to_vec(),
            vec![b'x'; 70],
            vec![b' '; 300],
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// A text that is given as pieces of another gives what a scan of all of it gives.
        #[test]
        fn what_is_derived_is_what_is_scanned(
            base in proptest::collection::vec(0_usize..18, 0..12),
            parts in proptest::collection::vec((any::<bool>(), 0_usize..2000, 0_usize..600, 0_usize..18, 0_usize..40), 0..8),
        ) {
            let pieces = pieces();
            let base: Vec<u8> = base.iter().flat_map(|at| pieces[*at].clone()).collect();
            let (mut blob, mut copied) = (Vec::new(), Vec::new());
            for (is_copied, from, len, piece, cut) in parts {
                if is_copied && !base.is_empty() {
                    let from = from % base.len();
                    let len = len.min(base.len() - from);
                    copied.push(Copied { from, to: blob.len(), len });
                    blob.extend_from_slice(&base[from..from + len]);
                } else {
                    let piece = &pieces[piece];
                    blob.extend_from_slice(&piece[..piece.len().saturating_sub(cut)]);
                }
            }
            let (scanner, mut scratch) = (scanner(), Scratch::default());
            let kept = scanner.keep(&base, &mut scratch);
            let derived = scanner.derive(&kept, &blob, &copied, &mut scratch);
            let whole = scanner.keep(&blob, &mut scratch);
            prop_assert_eq!(derived.found(), whole.found());
            prop_assert_eq!(scanner.scan(&Piece::whole(&blob), &mut scratch), whole.found());
        }
    }

    #[test]
    fn what_is_in_pieces_is_what_is_whole() {
        let (scanner, mut scratch) = (scanner(), Scratch::default());
        let all: Vec<u8> = pieces().into_iter().flat_map(|piece| [piece, vec![b'\n'; 3]].concat()).collect();
        let whole = scanner.scan(&Piece::whole(&all), &mut scratch);
        assert_eq!(whole.len(), 11, "{whole:?}");
        for at in 0..all.len() {
            let both = [0..at, at..all.len()]
                .map(|fresh| scanner.scan(&Piece { fresh, ..Piece::whole(&all) }, &mut scratch));
            assert_eq!(both.concat(), whole);
        }
    }
}
