//! Blobs in, sightings out: scans what a source gives and keeps what was found, with its places.

use super::named;
use super::scratches::Scratches;
use crate::commands::session::interrupt;
use crate::commands::session::job::Collected;
use crate::findings::allow::regions;
use crate::findings::{Hit, Marker, Side, Sighting, settle};
use crate::model::{Blob, Coverage, Found, Location, ObjectId, Place, RuleInfo, Secret, Span, Start};
use crate::scan::{Cut, Scanner, Scratch};
use crate::source::Sink;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

type PieceKey = (Option<Arc<str>>, bool);

/// A name, where in it the match starts, the secret, and whether it is on the base's side.
type NameKey = (Arc<str>, usize, Secret, bool);

/// Scans what it is given and keeps what was found. Shared by a source's threads.
#[derive(Debug)]
pub(crate) struct Collector<'s> {
    scratches: Scratches<'s>,
    infos: &'s [Arc<RuleInfo>],
    sightings: Mutex<Vec<Sighting>>,
    /// Blobs in pieces, until their last piece; by path, and whether on the base's side.
    pieces: Mutex<BTreeMap<PieceKey, Sighting>>,
    /// The names in which something was found, and where: many paths begin with the same.
    named: Mutex<HashSet<NameKey>>,
    /// The time they have taken so far, if it is limited.
    spent: Mutex<BTreeMap<PieceKey, Duration>>,
    /// Objects of a history whose scan ended early.
    cut: Mutex<BTreeMap<ObjectId, Cut>>,
    refuted: AtomicU64,
    /// The allow comments of files, by path, and whether on the base's side.
    markers: Mutex<BTreeMap<PieceKey, Vec<Marker>>>,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(scanner: &'s Scanner, infos: &'s [Arc<RuleInfo>]) -> Self {
        Self {
            scratches: Scratches::new(scanner),
            infos,
            sightings: Mutex::default(),
            pieces: Mutex::default(),
            named: Mutex::default(),
            spent: Mutex::default(),
            cut: Mutex::default(),
            refuted: AtomicU64::new(0),
            markers: Mutex::default(),
        }
    }

    /// Scans a blob, or a piece of one. Returns the reason if the scan ended early.
    pub(crate) fn take(&self, side: Side, blob: &Blob<'_>) -> Result<(), &'static str> {
        if interrupt::is_pressed() {
            return Err(Cut::Stopped.reason());
        }
        let piece = &blob.piece;
        if blob.place.kind.is_name() {
            return self.take_names(side, blob).map_or(Ok(()), |cut| Err(cut.reason()));
        }
        let is_whole = piece.offset == 0 && piece.fresh == (0..piece.bytes.len());
        let key = || (blob.place.path.clone(), side == Side::Base);
        let earlier = if piece.offset == 0 && piece.fresh.start == 0 {
            Duration::ZERO
        } else {
            held(&self.spent).get(&key()).copied().unwrap_or_default()
        };
        let (found, cut, spent) = self.scratches.lend(|scanner, scratch| {
            scratch.go_on(earlier);
            let found = scanner.scan(piece, scratch);
            (found, scratch.cut(), scratch.spent())
        });
        if !is_whole && !spent.is_zero() {
            held(&self.spent).insert(key(), spent);
        }
        self.sight(side, blob, is_whole, found);
        cut.map_or(Ok(()), |cut| Err(cut.reason()))
    }

    /// Keeps what was found in a blob; what was found in a piece is kept aside until the last one.
    fn sight(&self, side: Side, blob: &Blob<'_>, is_whole: bool, found: Vec<Found>) {
        let piece = &blob.piece;
        let markers = regions::markers(piece.bytes, blob.line, blob.column == 0);
        if !markers.is_empty() {
            self.mark(side, blob, &markers);
        }
        if found.is_empty() {
            return;
        }
        if is_whole {
            let mut lines = LineCounter::of(blob);
            self.keep(blob.place.clone(), side, found, &markers, |found| lines.locate(found.secret_span()));
            return;
        }
        let mut lines = LineCounter::of(blob);
        let hits = found.into_iter().map(|found| {
            let location = lines.locate(found.secret_span());
            let start = found.start + piece.offset as usize;
            Hit { found: Found { start, ..found }, location, allows: Vec::new() }
        });
        let mut pieces = held(&self.pieces);
        let key = (blob.place.path.clone(), side == Side::Base);
        let open = pieces.entry(key);
        open.or_insert_with(|| Sighting { place: blob.place.clone(), hits: Vec::new(), side })
            .hits
            .extend(hits);
    }

    /// Keeps the allow comments of a file or of a piece of one.
    fn mark(&self, side: Side, blob: &Blob<'_>, markers: &[Marker]) {
        let mut marked = held(&self.markers);
        let known = marked.entry((blob.place.path.clone(), side == Side::Base)).or_default();
        for marker in markers {
            if !known.iter().any(|one| (one.line, one.kind) == (marker.line, marker.kind)) {
                known.push(marker.clone());
            }
        }
    }

    /// Looks for secrets in many names; returns the reason if it ended early.
    fn take_names(&self, side: Side, blob: &Blob<'_>) -> Option<Cut> {
        let (secrets, cut) = named::secrets(&self.scratches, self.infos, blob.place.kind, blob.piece.bytes);
        for secret in secrets {
            let (name, start) = (Arc::<str>::from(secret.shown.as_str()), secret.found.start);
            let key = (Arc::clone(&name), start, secret.found.candidate.secret.clone(), side == Side::Base);
            if held(&self.named).insert(key) {
                let location = secret.location();
                let place = Place { path: Some(name), ..blob.place.clone() };
                let hits = vec![Hit { found: secret.found, location, allows: Vec::new() }];
                held(&self.sightings).push(Sighting { place, hits, side });
            }
        }
        cut
    }

    /// Scans a blob that `read` gives in pieces, instead of the object `id`. Returns each candidate once: overlaps are
    /// not settled.
    pub(crate) fn scan_pieces(&self, id: ObjectId, read: &mut dyn FnMut(&Sink<'_>)) -> Vec<Hit> {
        let hits: Mutex<BTreeMap<_, Hit>> = Mutex::default();
        read(&|blob: Blob<'_>| {
            let found = self.of_object(id, |scanner, scratch| scanner.scan(&blob.piece, scratch));
            let mut lines = LineCounter::of(&blob);
            for found in found {
                let location = lines.locate(found.secret_span());
                let found = Found { start: found.start + blob.piece.offset as usize, ..found };
                let Found { start, candidate } = &found;
                let key = (*start, candidate.len, candidate.rule, candidate.secret_at);
                held(&hits).entry(key).or_insert(Hit { found, location, allows: Vec::new() });
            }
            held(&self.cut).get(&id).map_or(Ok(()), |cut| Err(cut.reason()))
        });
        hits.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// Settles the candidates of a whole blob and keeps those that count.
    pub(crate) fn keep(
        &self,
        place: Place,
        side: Side,
        found: Vec<Found>,
        markers: &[Marker],
        mut locate: impl FnMut(&Found) -> Location,
    ) {
        let settled = settle(found, self.infos);
        self.refuted.fetch_add(settled.refuted, Ordering::Relaxed);
        if settled.found.is_empty() {
            return;
        }
        let hit = |found: Found| {
            let location = locate(&found);
            Hit { allows: regions::at(markers, &location), location, found }
        };
        let hits = settled.found.into_iter().map(hit).collect();
        held(&self.sightings).push(Sighting { place, hits, side });
    }

    /// Counts candidates that a check refuted elsewhere.
    pub(crate) fn count_refuted(&self, refuted: u64) {
        self.refuted.fetch_add(refuted, Ordering::Relaxed);
    }

    /// Scans an object of a history, and notes if the scan ended early.
    pub(crate) fn of_object<R>(&self, id: ObjectId, work: impl FnOnce(&Scanner, &mut Scratch) -> R) -> R {
        let (result, cut) = self.scratches.lend(|scanner, scratch| (work(scanner, scratch), scratch.cut()));
        if let Some(cut) = cut {
            held(&self.cut).insert(id, cut);
        }
        result
    }

    /// True if the scan of an object ended early: a later run has to scan it again.
    pub(crate) fn has_cut(&self) -> bool {
        !held(&self.cut).is_empty()
    }

    /// Takes over the objects whose scan ended early in another collector.
    pub(crate) fn cut_too(&self, other: &Self) {
        held(&self.cut).extend(held(&other.cut).iter().map(|(&id, &cut)| (id, cut)));
    }

    /// True if nothing was found so far.
    pub(crate) fn is_empty(&self) -> bool {
        held(&self.sightings).is_empty() && held(&self.pieces).is_empty()
    }

    /// All that was found, with the source's coverage.
    pub(crate) fn collected(self, mut coverage: Coverage) -> Collected {
        for (id, cut) in &*held(&self.cut) {
            coverage.withdraw(cut.reason(), id.to_string());
        }
        let pieces = std::mem::take(&mut *held(&self.pieces));
        let mut markers = std::mem::take(&mut *held(&self.markers));
        for of_file in markers.values_mut() {
            of_file.sort_by_key(|marker| marker.line);
        }
        for (_, sighting) in pieces {
            let Sighting { place, hits, side } = sighting;
            let mut located = BTreeMap::new();
            let mut found = Vec::with_capacity(hits.len());
            for hit in hits {
                let key = (hit.found.start, hit.found.candidate.len, hit.found.candidate.rule);
                if located.insert(key, hit.location).is_none() {
                    found.push(hit.found);
                }
            }
            let markers = markers.get(&(place.path.clone(), side == Side::Base)).cloned().unwrap_or_default();
            self.keep(place, side, found, &markers, |found| {
                let key = (found.start, found.candidate.len, found.candidate.rule);
                located.get(&key).copied().expect("each candidate was located when its piece came")
            });
        }
        let refuted = self.refuted.load(Ordering::Relaxed);
        let sightings = self.sightings.into_inner().unwrap_or_else(PoisonError::into_inner);
        let heads = markers.into_iter().filter(|((_, is_base), _)| !is_base);
        let markers = heads.filter_map(|((path, _), markers)| Some((path?, Arc::from(markers)))).collect();
        Collected { sightings, refuted, coverage, markers, ..Collected::default() }
    }
}

/// Counts a piece's lines once for candidates in order, from the last one on. For one before that,
/// lines are counted from the start.
struct LineCounter<'b> {
    blob: &'b Blob<'b>,
    /// Where in the piece the last one started, and where that is in the blob.
    last: (usize, Start),
}

impl<'b> LineCounter<'b> {
    fn of(blob: &'b Blob<'b>) -> Self {
        let (offset, line, column) = (blob.piece.offset, blob.line, blob.column);
        Self { blob, last: (0, Start { offset, line, column, utf16_column: column }) }
    }

    fn locate(&mut self, span: Span) -> Location {
        if span.start < self.last.0 {
            *self = Self::of(self.blob);
        }
        let (at, start) = self.last;
        let rest = self.blob.piece.bytes.get(at..).unwrap_or_default();
        let here = Span::new(span.start - at, span.end - at);
        let location = Location::after(start, here, rest);
        let (line, column, utf16_column) = (location.line, location.column - 1, location.utf16_column - 1);
        self.last = (span.start, Start { offset: location.start, line, column, utf16_column });
        location
    }
}

/// A lock's content; a thread that panicked left it whole, since the code under the lock only pushes or takes.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Piece};

    #[test]
    fn lines_counted_on_are_those_counted_from_the_start() {
        let bytes = b"ab\n\ncd ef\n\n\nghi";
        let place = Place::new(Kind::File);
        for offset in [0, 70] {
            let (line, column) = if offset == 0 { (1, 0) } else { (9, 4) };
            let piece = Piece { offset, ..Piece::whole(bytes) };
            let blob = Blob { place: &place, piece, line, column };
            let mut lines = LineCounter::of(&blob);
            for (start, end) in [(0, 1), (0, 2), (1, 5), (1, 1), (4, 6), (7, 12), (13, 16), (2, 3), (16, 16)]
            {
                let span = Span::new(start, end);
                let whole = Location::within(span, bytes, offset, line, column);
                assert_eq!(lines.locate(span), whole, "{offset} {start}");
            }
        }
    }
}
