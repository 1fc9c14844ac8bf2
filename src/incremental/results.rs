//! What was found in a history, as bytes: each candidate, path and commit once, however often it occurs.

use crate::findings::allow::regions::{FILE_WORDS, PART_WORDS};
use crate::findings::triage::{KeptFindings, LocatedSecret};
use crate::findings::{Hit, LeftOut, RegionAllow, Side, Sighting};
use crate::model::{
    Basis, Candidate, Check, Commit, Companion, Context, Coverage, Decoding, Fact, FactKind, Form, Found,
    InHistory, Inside, Kind, Location, ObjectId, Objects, Place, Presence, Reason, RuleIndex, Score, Secret,
    SecretHistory, SecretNumber, Source, SourceParts, Span, Tally, Worth,
};
use crate::record::{Reader, Writer};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

/// The results of a run over a history, before findings are made of them.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The candidates with their places.
    pub(crate) sightings: Vec<Sighting>,
    /// How many candidates a check refuted.
    pub(crate) refuted: u64,
    /// What was scanned.
    pub(crate) coverage: Coverage,
    /// The histories of secrets.
    pub(crate) lives: Vec<SecretHistory>,
    /// Secrets below the confidence threshold.
    pub(crate) left_out: LeftOut,
}

/// Writes it.
pub(super) fn write(out: &mut Writer, results: &Results) {
    let Results { sightings, refuted, coverage: scanned, lives, left_out } = results;
    let mut numbered = Numbered::default();
    let mut rest = Writer::default();
    rest.list(sightings, |out, Sighting { place, hits, side }| {
        numbered.place(out, place);
        out.flag(*side == Side::Base);
        out.list(hits, |out, Hit { found, location, allows }| {
            out.size(found.start);
            out.size(numbered.candidates.number(&found.candidate));
            write_location(out, *location);
            write_allows(out, allows);
        });
    });
    rest.list(lives, |out, life| {
        let SecretHistory { secret, history: InHistory { introduced, removed, live, refs, ref_count } } =
            life;
        out.bytes(secret.expose());
        for commit in [introduced, removed] {
            out.option(commit.as_ref(), |out, commit| out.size(numbered.commits.number(commit)));
        }
        out.flag(*live);
        out.list(refs, |out, name| out.bytes(name.as_bytes()));
        out.number(*ref_count);
    });
    rest.number(left_out.findings);
    rest.list(&left_out.candidates, |out, one| out.size(numbered.candidates.number(&Arc::new(bare(one)))));
    out.list(&numbered.candidates.list, |out, one| candidate(out, one));
    out.list(&numbered.paths.values, |out, path| out.bytes(path.as_bytes()));
    out.list(&numbered.commits.values, |out, one| commit(out, one));
    out.number(*refuted);
    coverage(out, scanned);
    out.raw(&rest.finish());
}

/// What masking needs of a candidate, without its context (ansible's are read in 3.1 MB, not 3.8).
fn bare(candidate: &Candidate) -> Candidate {
    Candidate { context: Context::default(), ..candidate.clone() }
}

/// Reads what [`write()`] wrote, for a catalogue of `rules` rules.
pub(super) fn read(from: &mut Reader<'_>, rules: usize) -> Option<Results> {
    let candidates = from.list(|from| read_candidate(from, rules).map(Arc::new))?;
    let paths: Vec<Arc<str>> = from.list(|from| from.text().map(Arc::from))?;
    let commits = from.list(|from| read_commit(from).map(Arc::new))?;
    let (refuted, coverage) = (from.number()?, read_coverage(from)?);
    let sightings = from.list(|from| {
        let place = read_place(from, &paths, &commits)?;
        let side = if from.flag()? { Side::Base } else { Side::Head };
        let hits = from.list(|from| {
            let (found, location) = (read_found(from, &candidates)?.0, read_location(from)?);
            Some(Hit { found, location, allows: read_allows(from)? })
        })?;
        Some(Sighting { place, hits, side })
    })?;
    let lives = from.list(|from| {
        Some(SecretHistory {
            secret: Secret::new(from.bytes()?),
            history: InHistory {
                introduced: from.option(|from| from.one_of(&commits))?,
                removed: from.option(|from| from.one_of(&commits))?,
                live: from.flag()?,
                refs: from.list(|from| from.text().map(str::to_owned))?,
                ref_count: from.number()?,
            },
        })
    })?;
    let left_out =
        LeftOut { findings: from.number()?, candidates: from.list(|from| from.one_of(&candidates))? };
    from.is_done().then_some(Results { sightings, refuted, coverage, lives, left_out })
}

/// Writes what a later run starts from.
pub(super) fn write_kept(out: &mut Writer, kept: &KeptFindings) {
    let KeptFindings { found, secrets, closed, located } = kept;
    let mut candidates = Candidates::default();
    let mut rest = Writer::default();
    rest.list(secrets, |out, secret| out.bytes(secret.expose()));
    rest.list(found, |out, (object, found)| {
        id(out, *object);
        out.list(found, |out, (secret, Found { start, candidate })| {
            out.number(secret.0.into());
            out.size(*start);
            out.size(candidates.number(candidate));
        });
    });
    rest.number(closed.findings);
    rest.list(&closed.candidates, |out, one| out.size(candidates.number(one)));
    rest.list(located, |out, ((object, span), LocatedSecret { location, allows, companions })| {
        id(out, *object);
        out.size(span.start);
        out.size(span.end);
        write_location(out, *location);
        write_allows(out, allows);
        write_companions(out, companions);
    });
    out.list(&candidates.list, |out, one| candidate(out, one));
    out.raw(&rest.finish());
}

/// Reads what [`write_kept`] wrote.
pub(super) fn read_kept(from: &mut Reader<'_>, rules: usize) -> Option<KeptFindings> {
    let candidates = from.list(|from| read_candidate(from, rules).map(Arc::new))?;
    let secrets = from.list(|from| from.bytes().map(Secret::new))?;
    let found = from.list(|from| {
        let held = |from: &mut Reader<'_>| {
            let secret = from.word().map(SecretNumber).filter(|secret| secret.index() < secrets.len())?;
            Some((secret, read_found(from, &candidates)?.0))
        };
        Some((read_id(from)?, from.list(held)?))
    })?;
    let closed =
        LeftOut { findings: from.number()?, candidates: from.list(|from| from.one_of(&candidates))? };
    let located = from.list(|from| {
        let at = (read_id(from)?, Span::new(from.size()?, from.size()?));
        let (location, allows) = (read_location(from)?, read_allows(from)?);
        Some((at, LocatedSecret { location, allows, companions: read_companions(from)? }))
    })?;
    let is_whole = from.is_done() && secrets.is_sorted();
    is_whole.then(|| KeptFindings {
        found: found.into_iter().collect(),
        secrets,
        closed,
        located: located.into_iter().collect(),
    })
}

fn write_allows(out: &mut Writer, allows: &[RegionAllow]) {
    out.list(allows, |out, RegionAllow { words, rules, reason }| {
        out.flag(*words == FILE_WORDS);
        out.list(rules, |out, rule| out.bytes(rule.as_bytes()));
        out.option(reason.as_ref(), |out, reason| out.bytes(reason.as_bytes()));
    });
}

fn read_allows(from: &mut Reader<'_>) -> Option<Vec<RegionAllow>> {
    from.list(|from| {
        Some(RegionAllow {
            words: if from.flag()? { FILE_WORDS } else { PART_WORDS },
            rules: from.list(|from| from.text().map(str::to_owned))?,
            reason: from.option(|from| from.text().map(str::to_owned))?,
        })
    })
}

fn write_location(out: &mut Writer, location: Location) {
    let Location { line, column, end_line, end_column, start, end, utf16_column, utf16_end_column } =
        location;
    [line, column, end_line, end_column, start, end, utf16_column, utf16_end_column]
        .into_iter()
        .for_each(|one| out.number(one));
}

fn read_location(from: &mut Reader<'_>) -> Option<Location> {
    Some(Location {
        line: from.number()?,
        column: from.number()?,
        end_line: from.number()?,
        end_column: from.number()?,
        start: from.number()?,
        end: from.number()?,
        utf16_column: from.number()?,
        utf16_end_column: from.number()?,
    })
}

/// A candidate at its place, and its number.
pub(super) fn read_found(from: &mut Reader<'_>, candidates: &[Arc<Candidate>]) -> Option<(Found, usize)> {
    let (start, number) = (from.size()?, from.size()?);
    let found = Found { start, candidate: candidates.get(number)?.clone() };
    // The rest is computed from these.
    found.start.checked_add(found.candidate.len)?;
    found.start.checked_add(found.candidate.secret_at.end)?;
    Some((found, number))
}

/// What occurs more than once, with numbers.
#[derive(Default)]
struct Numbered {
    candidates: Candidates,
    paths: Shared<str>,
    commits: Shared<Commit>,
}

/// Values, each with a number.
struct Shared<T: ?Sized> {
    numbers: HashMap<Arc<T>, usize>,
    values: Vec<Arc<T>>,
}

impl<T: ?Sized> Default for Shared<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }
}

impl<T: ?Sized + Eq + Hash> Shared<T> {
    fn number(&mut self, value: &Arc<T>) -> usize {
        *self.numbers.entry(Arc::clone(value)).or_insert_with(|| {
            self.values.push(Arc::clone(value));
            self.values.len() - 1
        })
    }
}

impl Numbered {
    fn place(&mut self, out: &mut Writer, place: &Place) {
        // No history is of an image.
        let Presence { reachable, live, removed_in } = place.presence();
        one(out, &Kind::ALL, &place.kind());
        out.option(place.path.as_ref(), |out, path| out.size(self.paths.number(path)));
        out.option(place.blob(), id);
        out.option(place.commit(), |out, commit| out.size(self.commits.number(commit)));
        out.option(reachable, Writer::flag);
        out.option(live, Writer::flag);
        out.option(removed_in, id);
    }
}

fn read_place(from: &mut Reader<'_>, paths: &[Arc<str>], commits: &[Arc<Commit>]) -> Option<Place> {
    let kind = read_one(from, &Kind::ALL)?;
    let path = from.option(|from| from.one_of(paths))?;
    let source = Source::from_parts(SourceParts {
        kind,
        blob: from.option(read_id)?,
        commit: from.option(|from| from.one_of(commits))?,
        presence: Presence {
            reachable: from.option(Reader::flag)?,
            live: from.option(Reader::flag)?,
            removed_in: from.option(read_id)?,
        },
        image: None,
    })?;
    Some(Place { path, source })
}

fn commit(out: &mut Writer, commit: &Commit) {
    let Commit { id: own, author, email, time, zone } = commit;
    id(out, *own);
    out.bytes(author.as_bytes());
    out.bytes(email.as_bytes());
    out.signed(*time);
    out.signed((*zone).into());
}

fn read_commit(from: &mut Reader<'_>) -> Option<Commit> {
    Some(Commit {
        id: read_id(from)?,
        author: from.text()?.to_owned(),
        email: from.text()?.to_owned(),
        time: from.signed()?,
        zone: i32::try_from(from.signed()?).ok()?,
    })
}

pub(super) fn id(out: &mut Writer, id: ObjectId) {
    out.bytes(id.as_bytes());
}

pub(super) fn read_id(from: &mut Reader<'_>) -> Option<ObjectId> {
    ObjectId::from_bytes(from.bytes()?)
}

/// Writes what was scanned.
pub(super) fn coverage(out: &mut Writer, coverage: &Coverage) {
    let Coverage { scanned, excluded, unread, objects, bytes, cached, interrupted, notes } = coverage;
    out.number(*scanned);
    for tallies in [excluded, unread] {
        out.list(tallies, |out, (reason, tally)| {
            out.bytes(reason.as_bytes());
            out.number(tally.count);
            out.list(&tally.examples, |out, name| out.bytes(name.as_bytes()));
        });
    }
    for count in [objects.blob, objects.tree, objects.commit, objects.tag, *bytes, *cached] {
        out.number(count);
    }
    out.flag(*interrupted);
    out.list(notes, |out, note| out.bytes(note.as_bytes()));
}

/// Reads what [`coverage`] wrote.
fn read_coverage(from: &mut Reader<'_>) -> Option<Coverage> {
    let tallies = |from: &mut Reader<'_>| -> Option<BTreeMap<Reason, Tally>> {
        let rows = from.list(|from| {
            let reason = Reason::from(from.text()?.to_owned());
            let count = from.number()?;
            Some((reason, Tally { count, examples: from.list(|from| from.text().map(str::to_owned))? }))
        })?;
        Some(rows.into_iter().collect())
    };
    Some(Coverage {
        scanned: from.number()?,
        excluded: tallies(from)?,
        unread: tallies(from)?,
        objects: Objects {
            blob: from.number()?,
            tree: from.number()?,
            commit: from.number()?,
            tag: from.number()?,
        },
        bytes: from.number()?,
        cached: from.number()?,
        interrupted: from.flag()?,
        notes: from.list(|from| from.text().map(str::to_owned))?,
    })
}

/// Candidates with numbers. What a blob inherits from another is the same value in memory, so that its address
/// identifies it.
#[derive(Default)]
pub(super) struct Candidates {
    numbers: HashMap<*const Candidate, usize>,
    list: Vec<Arc<Candidate>>,
}

impl Candidates {
    /// The number of `candidate`.
    pub(super) fn number(&mut self, candidate: &Arc<Candidate>) -> usize {
        *self.numbers.entry(Arc::as_ptr(candidate)).or_insert_with(|| {
            self.list.push(Arc::clone(candidate));
            self.list.len() - 1
        })
    }

    /// Those that have a number, in order.
    pub(super) fn list(&self) -> &[Arc<Candidate>] {
        &self.list
    }
}

/// Writes one of `all` by its number.
fn one<T: PartialEq>(out: &mut Writer, all: &[T], value: &T) {
    let number = all.iter().position(|one| one == value);
    out.size(number.expect("`ALL` has every variant, as a test shows"));
}

fn read_one<T: Copy>(from: &mut Reader<'_>, all: &[T]) -> Option<T> {
    all.get(from.size()?).copied()
}

/// Writes a candidate.
pub(super) fn candidate(out: &mut Writer, candidate: &Candidate) {
    let Candidate {
        rule,
        len,
        secret_at,
        secret,
        identifier,
        form,
        check,
        facts,
        score,
        worth,
        decoded_by,
        basis,
        context,
        inside,
        companions,
    } = candidate;
    out.number(rule.0.into());
    out.size(*len);
    out.size(secret_at.start);
    out.size(secret_at.end);
    out.bytes(secret.expose());
    out.option(identifier.as_ref(), |out, name| out.bytes(name.as_bytes()));
    one(out, &Form::ALL, form);
    one(out, &Check::ALL, check);
    out.list(facts, |out, Fact { kind, value }| {
        out.bytes(kind.name().as_bytes());
        out.bytes(value.as_bytes());
    });
    out.number(score.0.into());
    one(out, &Worth::ALL, worth);
    out.list(decoded_by, |out, decoding| one(out, &Decoding::ALL, decoding));
    out.number(basis.0.into());
    let Context { above, lines, below } = context;
    for some in [above, lines, below] {
        out.list(some, |out, line| out.bytes(line));
    }
    out.option(inside.as_ref(), |out, inside| {
        out.bytes(inside.path.as_bytes());
        write_location(out, inside.location);
        out.flag(inside.is_name);
    });
    write_companions(out, companions);
}

fn write_companions(out: &mut Writer, companions: &[Companion]) {
    out.list(companions, |out, Companion { name, value }| {
        out.bytes(name.as_bytes());
        out.option(value.as_ref(), |out, value| out.bytes(value.expose()));
    });
}

fn read_companions(from: &mut Reader<'_>) -> Option<Vec<Companion>> {
    from.list(|from| {
        let (name, value) = (Box::from(from.text()?), from.option(|from| from.bytes().map(Secret::new))?);
        Some(Companion { name, value })
    })
}

/// Reads a candidate of one of `rules` rules.
pub(super) fn read_candidate(from: &mut Reader<'_>, rules: usize) -> Option<Candidate> {
    let rule = from.word().filter(|&rule| (rule as usize) < rules)?;
    let len = from.size()?;
    let secret_at = Some(Span::new(from.size()?, from.size()?)).filter(|span| span.start <= span.end)?;
    let secret = Secret::new(from.bytes()?);
    let identifier = from.option(|from| from.text().map(Box::from))?;
    let (form, check) = (read_one(from, &Form::ALL)?, read_one(from, &Check::ALL)?);
    let facts = from.list(|from| Some(Fact::new(FactKind::named(from.text()?)?, from.text()?)))?;
    let score = Score(u16::try_from(from.number()?).ok()?);
    let worth = read_one(from, &Worth::ALL)?;
    let decoded_by = from.list(|from| read_one(from, &Decoding::ALL))?;
    let basis = Basis(u16::try_from(from.number()?).ok()?);
    let mut lines = || from.list(|from| from.bytes().map(Box::from));
    let context = Context { above: lines()?, lines: lines()?, below: lines()? };
    let inside = from.option(|from| {
        let (path, location) = (from.text()?.into(), read_location(from)?);
        Some(Arc::new(Inside { path, location, is_name: from.flag()? }))
    })?;
    let companions = read_companions(from)?;
    Some(Candidate {
        rule: RuleIndex(rule),
        len,
        secret_at,
        secret,
        identifier,
        form,
        check,
        facts,
        score,
        worth,
        decoded_by,
        basis,
        context,
        inside,
        companions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InCommit;

    fn line(text: &str) -> Box<[u8]> {
        text.as_bytes().into()
    }

    /// One candidate for each form, check and decoding.
    fn found() -> Results {
        let forms = Form::ALL.into_iter().zip(Check::ALL.into_iter().cycle());
        let hits = (1u32..).zip(forms).map(|(number, (form, check))| {
            let candidate = Candidate {
                rule: RuleIndex(number),
                len: 30,
                secret_at: Span::new(3, 20),
                secret: Secret::new(*b"hunter"),
                identifier: (number % 2 == 0).then(|| "name".into()),
                form,
                check,
                facts: vec![Fact { kind: FactKind::Account, value: number.to_string() }],
                score: Score(number as u16),
                worth: Worth::ALL[number as usize % 3],
                decoded_by: Decoding::ALL[..number as usize % 6].to_vec(),
                basis: Basis(number as u16),
                context: Context {
                    above: vec![line("a")],
                    lines: vec![line("b"), line("")],
                    below: Vec::new(),
                },
                inside: (number % 3 == 0).then(|| {
                    let location = Location::of(Span::new(1, 2), b"a\nb");
                    Arc::new(Inside { path: "b/c!d".into(), location, is_name: number % 2 == 0 })
                }),
                companions: vec![Companion {
                    name: "id".into(),
                    value: (number % 2 == 0).then(|| Secret::new(*b"AC12")),
                }],
            };
            let candidate = Arc::new(candidate);
            let found = Found { start: 12, candidate: Arc::clone(&candidate) };
            let hit =
                Hit { location: Location::of(Span::new(15, 32), &[b'x'; 50]), found, allows: Vec::new() };
            let presence = Presence { live: Some(true), ..Presence::UNKNOWN };
            let blob = ObjectId::from_bytes(&[7; 20]).expect("20 is a length of an id");
            let (author, email) = ("A".to_owned(), "a@example.com".to_owned());
            let commit = Arc::new(Commit { id: blob, author, email, time: 1, zone: -60 });
            let source = Source::Commit(InCommit { blob, commit, presence });
            let place = Place { path: Some("a".into()), source };
            Sighting { place, hits: vec![hit.clone(), hit], side: Side::Head }
        });
        let sightings: Vec<_> = hits.collect();
        let candidates = vec![Arc::new(bare(&sightings[0].hits[0].found.candidate))];
        let history =
            InHistory { live: true, refs: vec!["HEAD".to_owned()], ref_count: 52, ..InHistory::default() };
        let life = SecretHistory { secret: Secret::new(*b"hunter"), history };
        let left_out = LeftOut { findings: 2, candidates };
        Results { sightings, refuted: 3, lives: vec![life], left_out, ..Results::default() }
    }

    fn numbered(results: &Results) -> String {
        let hits = results.sightings.iter().flat_map(|sighting| &sighting.hits);
        let hits: Vec<_> = hits.map(|hit| (hit.found.clone(), hit.location)).collect();
        let places: Vec<_> = results.sightings.iter().map(|sighting| &sighting.place).collect();
        let secrets: Vec<_> = hits.iter().map(|(found, _)| found.candidate.secret.expose()).collect();
        format!("{hits:?}{places:?}{secrets:?}{:?}{:?}", results.lives, results.left_out)
    }

    #[test]
    fn changed_bytes_are_read_as_something_or_refused() {
        let mut out = Writer::default();
        write(&mut out, &found());
        let bytes = out.finish();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
                let mut changed = bytes.clone();
                changed[at] = value;
                crate::incremental::fuzz_bodies::cache(&changed);
            }
        }
    }

    #[test]
    fn what_was_found_is_read_as_it_was_written_and_a_cut_anywhere_is_refused() {
        let collected = found();
        let mut out = Writer::default();
        write(&mut out, &collected);
        let bytes = out.finish();
        let again = read(&mut Reader::new(&bytes), 100).expect("nothing is missing");
        assert_eq!(numbered(&again), numbered(&collected));
        assert_eq!((again.refuted, &again.coverage), (3, &collected.coverage));
        for cut in 0..bytes.len() {
            assert!(read(&mut Reader::new(&bytes[..cut]), 100).is_none(), "{cut}");
        }
        assert!(read(&mut Reader::new(&bytes), 3).is_none(), "a rule that the catalogue lacks");
    }

    #[test]
    fn the_lists_hold_every_variant() {
        // A new variant fails to compile here; add it to the lists.
        for form in Form::ALL {
            match form {
                Form::Token
                | Form::Quoted
                | Form::Bare
                | Form::Block
                | Form::Call
                | Form::Markup
                | Form::Inline
                | Form::Login
                | Form::Declared
                | Form::Position => {}
            }
        }
        for worth in Worth::ALL {
            match worth {
                Worth::Whole | Worth::Guessable | Worth::Hash => {}
            }
        }
        for kind in Kind::ALL {
            match kind {
                Kind::File
                | Kind::Stdin
                | Kind::Staged
                | Kind::Diff
                | Kind::Commit
                | Kind::Message
                | Kind::Tag => {}
                Kind::Note | Kind::Object | Kind::Path | Kind::Ref | Kind::Author => {}
                Kind::Layer | Kind::Image => {}
            }
        }
        for check in Check::ALL {
            match check {
                Check::None | Check::Holds | Check::Fails | Check::Refuted => {}
            }
        }
        for decoding in Decoding::ALL {
            match decoding {
                Decoding::Base64
                | Decoding::Hex
                | Decoding::Percent
                | Decoding::Utf16Le
                | Decoding::Utf16Be
                | Decoding::Utf32Le
                | Decoding::Utf32Be
                | Decoding::Escaped => {}
            }
        }
    }
}
