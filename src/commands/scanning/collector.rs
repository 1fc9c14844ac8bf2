//! Blobs in, sightings out: scans what a source gives and keeps what was found, with its places.

use super::certificates::Certificates;
use super::named;
use super::repeats::{InMember, Repeats};
use super::scratches::Scratches;
use crate::commands::session::interrupt;
use crate::commands::session::job::Collected;
use crate::findings::allow::regions;
use crate::findings::{CompanionSearch, Hit, Marker, Side, Sighting, settle};
use crate::model::{
    Blob, Candidate, Coverage, Found, Inside, Kind, Location, Names, ObjectId, Place, RuleInfo, Secret, Span,
    Start, unpacked,
};
use crate::scan::{Cut, Scanner, Scratch};
use crate::source::Sink;
use crate::sync::{into_inner, lock};
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A path, the layer of an image that it is in, and whether it is on the base's side.
type FileKey = (Option<Arc<str>>, Option<ObjectId>, bool);

/// The same with the path inside a container.
type PieceKey = (FileKey, Option<Arc<str>>);

/// The same of a name, with where in it the match starts, and the secret.
type NameKey = (FileKey, usize, Secret);

/// Scans what it is given and keeps what was found. Shared by a source's threads.
#[derive(Debug)]
pub(crate) struct Collector<'s> {
    scratches: Scratches<'s>,
    infos: &'s [Arc<RuleInfo>],
    companions: CompanionSearch<'s>,
    /// The members of containers in a history.
    repeats: Repeats,
    sightings: Mutex<Vec<Sighting>>,
    /// Blobs in pieces, until their last piece; by path, and whether on the base's side.
    pieces: Mutex<BTreeMap<PieceKey, Sighting>>,
    /// The names in which something was found, and where: many paths begin with the same.
    named: Mutex<HashSet<NameKey>>,
    /// The time they have taken so far, if it is limited.
    spent: Mutex<BTreeMap<FileKey, Duration>>,
    /// Objects of a history whose scan ended early.
    cut: Mutex<BTreeMap<ObjectId, Cut>>,
    refuted: AtomicU64,
    /// Texts that may have the certificates of private keys.
    certificates: Mutex<Certificates>,
    /// The allow comments of files, by path, and whether on the base's side.
    markers: Mutex<BTreeMap<FileKey, Vec<Marker>>>,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(scanner: &'s Scanner, infos: &'s [Arc<RuleInfo>]) -> Self {
        Self {
            scratches: Scratches::new(scanner),
            infos,
            companions: CompanionSearch::new(infos),
            repeats: Repeats::new(),
            sightings: Mutex::default(),
            pieces: Mutex::default(),
            named: Mutex::default(),
            spent: Mutex::default(),
            cut: Mutex::default(),
            refuted: AtomicU64::new(0),
            certificates: Mutex::default(),
            markers: Mutex::default(),
        }
    }

    /// Scans a blob, or a piece of one. Returns the reason if the scan ended early.
    pub(crate) fn take(&self, side: Side, blob: &Blob<'_>) -> Result<(), &'static str> {
        if interrupt::is_pressed() {
            return Err(Cut::Stopped.reason());
        }
        let piece = &blob.piece;
        if blob.place.kind().is_name() {
            return self.take_names(side, blob).map_or(Ok(()), |cut| Err(cut.reason()));
        }
        let is_whole = piece.offset == 0 && piece.fresh == (0..piece.bytes.len());
        let key = || file_key(blob.place, side);
        let is_start = piece.offset == 0 && piece.fresh.start == 0;
        // The members of a container share its time.
        let earlier = if is_start && blob.inner.is_none() {
            Duration::ZERO
        } else {
            lock(&self.spent).get(&key()).copied().unwrap_or_default()
        };
        let (found, cut, spent) = self.scratches.lend(|scanner, scratch| {
            scratch.go_on(earlier);
            let found = scanner.scan(piece, scratch);
            (found, scratch.cut(), scratch.spent())
        });
        if (!is_whole || blob.inner.is_some()) && !spent.is_zero() {
            lock(&self.spent).insert(key(), spent);
        }
        self.sight(side, blob, is_whole, found);
        let cut = cut.or_else(|| if is_start { self.take_inner_name(side, blob) } else { None });
        cut.map_or(Ok(()), |cut| Err(cut.reason()))
    }

    /// Looks for secrets in the path of a member of a container.
    fn take_inner_name(&self, side: Side, blob: &Blob<'_>) -> Option<Cut> {
        let outer = blob.place.path.as_deref().unwrap_or_default();
        let (secrets, cut) = in_path(&self.scratches, self.infos, own_path(outer, blob.inner?));
        for (name, found, location) in secrets {
            let (_, layer, is_base) = file_key(blob.place, side);
            let whole = (Some(format!("{outer}!{name}").into()), layer, is_base);
            let key = (whole, found.start, found.candidate.secret.clone());
            if lock(&self.named).insert(key) {
                let hits = vec![Hit { found, location, allows: Vec::new() }];
                lock(&self.sightings).push(Sighting { place: blob.place.clone(), hits, side });
            }
        }
        cut
    }

    /// Keeps what was found in a blob; what was found in a piece is kept aside until the last one.
    fn sight(&self, side: Side, blob: &Blob<'_>, is_whole: bool, found: Vec<Found>) {
        let piece = &blob.piece;
        // A comment about a file means the file that it is in, and none that is packed with it.
        let markers = match blob.inner {
            None => regions::markers(piece.bytes, blob.line, blob.column == 0),
            Some(_) => Vec::new(),
        };
        if !markers.is_empty() {
            self.mark(side, blob, &markers);
        }
        if Certificates::is_wanted(blob, &found, self.infos) {
            let path = blob.place.path.as_deref().unwrap_or_default();
            let path = blob.inner.map_or_else(|| path.to_owned(), |inner| format!("{path}!{inner}"));
            lock(&self.certificates).keep(path, piece.bytes);
        }
        if found.is_empty() {
            return;
        }
        let mut found = found;
        self.companions.note(&mut found, piece.bytes);
        if is_whole {
            let mut lines = LineCounter::of(blob);
            let Some(inner) = blob.inner else {
                self.keep(blob.place.clone(), side, found, &markers, |found| {
                    lines.locate(found.secret_span())
                });
                return;
            };
            let found = found.into_iter().map(|found| {
                let location = lines.locate(found.secret_span());
                inside(&found, inner, location, false)
            });
            let found = found.collect();
            self.keep(blob.place.clone(), side, found, &[], |found| {
                let inside = found.candidate.inside.as_ref();
                inside.expect("each was located just now").location
            });
            return;
        }
        let mut lines = LineCounter::of(blob);
        let hits = found.into_iter().map(|found| {
            let location = lines.locate(found.secret_span());
            let found = Found { start: found.start + piece.offset as usize, ..found };
            let found = match blob.inner {
                Some(inner) => inside(&found, inner, location, false),
                None => found,
            };
            Hit { found, location, allows: Vec::new() }
        });
        let mut pieces = lock(&self.pieces);
        let key = (file_key(blob.place, side), blob.inner.cloned());
        let open = pieces.entry(key);
        open.or_insert_with(|| Sighting { place: blob.place.clone(), hits: Vec::new(), side })
            .hits
            .extend(hits);
    }

    /// Keeps the allow comments of a file or of a piece of one.
    fn mark(&self, side: Side, blob: &Blob<'_>, markers: &[Marker]) {
        let mut marked = lock(&self.markers);
        let known = marked.entry(file_key(blob.place, side)).or_default();
        for marker in markers {
            if !known.iter().any(|one| (one.line, one.kind) == (marker.line, marker.kind)) {
                known.push(marker.clone());
            }
        }
    }

    /// Looks for secrets in many names; returns the reason if it ended early.
    fn take_names(&self, side: Side, blob: &Blob<'_>) -> Option<Cut> {
        let (secrets, cut) = named::secrets(&self.scratches, self.infos, blob.place.kind(), blob.piece.bytes);
        for secret in secrets {
            let (name, start) = (Arc::<str>::from(secret.shown.as_str()), secret.found.start);
            let (_, layer, is_base) = file_key(blob.place, side);
            let whole = (Some(Arc::clone(&name)), layer, is_base);
            let key = (whole, start, secret.found.candidate.secret.clone());
            if lock(&self.named).insert(key) {
                let location = secret.location();
                let place = Place { path: Some(name), ..blob.place.clone() };
                let hits = vec![Hit { found: secret.found, location, allows: Vec::new() }];
                lock(&self.sightings).push(Sighting { place, hits, side });
            }
        }
        cut
    }

    /// Scans a blob that `read` gives in pieces, instead of the object `id`. Returns each candidate once: overlaps are
    /// not settled.
    pub(crate) fn scan_pieces(&self, id: ObjectId, read: &mut dyn FnMut(&Sink<'_>)) -> Vec<Hit> {
        let hits: Mutex<BTreeMap<_, Hit>> = Mutex::default();
        read(&|blob: Blob<'_>| {
            let mut found = self.of_object(id, |scanner, scratch| scanner.scan(&blob.piece, scratch));
            self.companions.note(&mut found, blob.piece.bytes);
            let mut lines = LineCounter::of(&blob);
            for found in found {
                let location = lines.locate(found.secret_span());
                let found = Found { start: found.start + blob.piece.offset as usize, ..found };
                let Found { start, candidate } = &found;
                let key = (*start, candidate.len, candidate.rule, candidate.secret_at);
                lock(&hits).entry(key).or_insert(Hit { found, location, allows: Vec::new() });
            }
            lock(&self.cut).get(&id).map_or(Ok(()), |cut| Err(cut.reason()))
        });
        into_inner(hits).into_values().collect()
    }

    /// Scans what is in the container `id`, whose members `read` gives in pieces. Returns the candidates of each member
    /// once: overlaps are not settled.
    pub(crate) fn scan_members(&self, id: ObjectId, read: &mut dyn FnMut(&Sink<'_>)) -> Vec<Vec<Found>> {
        let members: Mutex<BTreeMap<_, BTreeMap<_, Found>>> = Mutex::default();
        read(&|blob: Blob<'_>| {
            if interrupt::is_pressed() {
                return Err(Cut::Stopped.reason());
            }
            let Some(inner) = blob.inner else { return Ok(()) };
            for (found, location) in self.in_member(id, &blob).iter() {
                let found = inside(found, inner, *location, false);
                let Found { start, candidate } = &found;
                let key = (*start, candidate.len, candidate.rule, candidate.secret_at);
                let member = (Arc::clone(inner), false);
                lock(&members).entry(member).or_default().entry(key).or_insert(found);
            }
            if blob.piece.offset == 0 && blob.piece.fresh.start == 0 {
                let (secrets, cut) = in_path(&self.scratches, self.infos, own_path("", inner));
                if let Some(cut) = cut {
                    lock(&self.cut).insert(id, cut);
                }
                for (name, found, _) in secrets {
                    let Found { start, candidate } = &found;
                    let key = (*start, candidate.len, candidate.rule, candidate.secret_at);
                    lock(&members).entry((name, true)).or_default().entry(key).or_insert(found);
                }
            }
            lock(&self.cut).get(&id).map_or(Ok(()), |cut| Err(cut.reason()))
        });
        let members = into_inner(members);
        members.into_values().map(|found| found.into_values().collect()).collect()
    }

    /// The candidates of a member of the container `id`, or of a piece of one.
    fn in_member(&self, id: ObjectId, blob: &Blob<'_>) -> Arc<InMember> {
        let piece = &blob.piece;
        let is_whole = piece.offset == 0 && piece.fresh == (0..piece.bytes.len());
        let digest = if is_whole { self.repeats.digest(piece.bytes) } else { None };
        if let Some(known) = digest.and_then(|digest| self.repeats.find(digest)) {
            return known;
        }
        let mut found = self.of_object(id, |scanner, scratch| scanner.scan(piece, scratch));
        self.companions.note(&mut found, piece.bytes);
        let mut lines = LineCounter::of(blob);
        let located = found.into_iter().map(|found| {
            let location = lines.locate(found.secret_span());
            (Found { start: found.start + piece.offset as usize, ..found }, location)
        });
        let located = Arc::new(located.collect());
        // A scan that ended early has not seen all of it.
        if let Some(digest) = digest.filter(|_| !lock(&self.cut).contains_key(&id)) {
            self.repeats.keep(digest, &located);
        }
        located
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
        lock(&self.sightings).push(Sighting { place, hits, side });
    }

    /// Counts candidates that a check refuted elsewhere.
    pub(crate) fn count_refuted(&self, refuted: u64) {
        self.refuted.fetch_add(refuted, Ordering::Relaxed);
    }

    /// Scans an object of a history, and notes if the scan ended early.
    pub(crate) fn of_object<R>(&self, id: ObjectId, work: impl FnOnce(&Scanner, &mut Scratch) -> R) -> R {
        let (result, cut) = self.scratches.lend(|scanner, scratch| (work(scanner, scratch), scratch.cut()));
        if let Some(cut) = cut {
            lock(&self.cut).insert(id, cut);
        }
        result
    }

    /// True if the scan of an object ended early: a later run has to scan it again.
    pub(crate) fn has_cut(&self) -> bool {
        !lock(&self.cut).is_empty()
    }

    /// The objects whose scan ended early.
    pub(crate) fn cut_objects(&self) -> HashSet<ObjectId> {
        lock(&self.cut).keys().copied().collect()
    }

    /// Takes over the objects whose scan ended early in another collector.
    pub(crate) fn cut_too(&self, other: &Self) {
        lock(&self.cut).extend(lock(&other.cut).iter().map(|(&id, &cut)| (id, cut)));
    }

    /// True if nothing was found so far.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.sightings).is_empty() && lock(&self.pieces).is_empty()
    }

    /// All that was found, with the source's coverage.
    pub(crate) fn collected(self, mut coverage: Coverage) -> Collected {
        for (id, cut) in &*lock(&self.cut) {
            coverage.withdraw(cut.reason(), id.to_string());
        }
        let pieces = std::mem::take(&mut *lock(&self.pieces));
        let mut markers = std::mem::take(&mut *lock(&self.markers));
        for of_file in markers.values_mut() {
            of_file.sort_by_key(|marker| marker.line);
        }
        for ((file, inner), sighting) in pieces {
            let Sighting { place, hits, side } = sighting;
            let mut located = BTreeMap::new();
            let mut found = Vec::with_capacity(hits.len());
            for hit in hits {
                let key = (hit.found.start, hit.found.candidate.len, hit.found.candidate.rule);
                if located.insert(key, hit.location).is_none() {
                    found.push(hit.found);
                }
            }
            let own = markers.get(&file).filter(|_| inner.is_none());
            let markers = own.cloned().unwrap_or_default();
            self.keep(place, side, found, &markers, |found| {
                let key = (found.start, found.candidate.len, found.candidate.rule);
                located.get(&key).copied().expect("each candidate was located when its piece came")
            });
        }
        let refuted = self.refuted.load(Ordering::Relaxed);
        let sightings = into_inner(self.sightings);
        let heads = markers.into_iter().filter(|((_, _, is_base), _)| !is_base);
        let markers = heads.filter_map(|((path, ..), markers)| Some((path?, Arc::from(markers)))).collect();
        let certificates = into_inner(self.certificates);
        Collected { sightings, refuted, coverage, markers, certificates, ..Collected::default() }
    }
}

/// What distinguishes a file from others: in an image several layers may have a file at one path.
fn file_key(place: &Place, side: Side) -> FileKey {
    let is_image = place.kind() == Kind::Layer || place.kind() == Kind::Image || place.kind() == Kind::Path;
    (place.path.clone(), place.blob().filter(|_| is_image), side == Side::Base)
}

/// The same candidate, inside a container: in the member `path`, or in its name.
fn inside(found: &Found, path: &Arc<str>, location: Location, is_name: bool) -> Found {
    let inside = Some(Arc::new(Inside { path: Arc::clone(path), location, is_name }));
    Found { candidate: Arc::new(Candidate { inside, ..(*found.candidate).clone() }), ..found.clone() }
}

/// The path of a member without the name of a compressed file's content, which is made from that file's own.
fn own_path<'p>(outer: &str, path: &'p str) -> &'p str {
    match path.rsplit_once('!') {
        Some((before, last)) if unpacked(before) == last => before,
        None if unpacked(outer) == path => "",
        _ => path,
    }
}

/// A secret in the path of a member: the path up to its end, what was found, and where.
type InPath = (Arc<str>, Found, Location);

/// The secrets in the path of a member of a container: the path up to the component that has it, and the location there.
fn in_path(scratches: &Scratches<'_>, infos: &[Arc<RuleInfo>], path: &str) -> (Vec<InPath>, Option<Cut>) {
    let mut names = Names::default();
    names.add(path);
    let (secrets, cut) = named::secrets(scratches, infos, Kind::Path, names.as_bytes());
    let secrets = secrets.into_iter().map(|secret| {
        let (name, location) = (Arc::<str>::from(secret.shown.as_str()), secret.location());
        let found = inside(&secret.found, &name, location, true);
        (name, found, location)
    });
    (secrets.collect(), cut)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Piece, Source};

    #[test]
    fn lines_counted_on_are_those_counted_from_the_start() {
        let bytes = b"ab\n\ncd ef\n\n\nghi";
        let place = Place::of(Source::File);
        for offset in [0, 70] {
            let (line, column) = if offset == 0 { (1, 0) } else { (9, 4) };
            let piece = Piece { offset, ..Piece::whole(bytes) };
            let blob = Blob { place: &place, inner: None, piece, line, column };
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
