//! The hooks of a push, on either side: every new commit is scanned.

use super::files::{change_options, in_commits, nest, net, note_bases};
use super::job::{Collected, Job};
use super::scanning::collector::Collector;
use super::session::command_name::CommandName;
use super::{Exit, input};
use crate::cli::Shared;
use crate::error::Error;
use crate::findings::{Side, Sighting};
use crate::git::commits::Commits;
use crate::git::odb::reader::ObjectReader;
use crate::git::ref_store::Led;
use crate::git::revision::Revisions;
use crate::git::{Access, Repository};
use crate::model::{Blob, Kind, ObjectId};
use crate::source::changes::Changes;
use crate::source::changes::push::{self, Known, Update};
use crate::source::settings::Origin;
use crate::source::{message, stdin};
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The most bytes of refs that are read from standard input.
const LARGEST: u64 = 256 << 20;

/// Scans what `updates` add to a side that has what `known` names.
///
/// The settings are those of HEAD: on a server those of its default branch, on a client those that the user has
/// committed.
pub(super) fn push(flags: &Shared, updates: &[Update], known: Known<'_>) -> Result<Exit, Error> {
    let (job, mut collected) = read(flags, updates, known)?;
    if collected.coverage.in_scope() == 0 && collected.coverage.objects.commit == 0 {
        let refs = if updates.len() == 1 { "1 ref".to_owned() } else { format!("{} refs", updates.len()) };
        collected.coverage.notes.push(format!("{refs} pushed, and nothing enters that is not there already"));
    }
    job.report(&job.assemble(collected, None))
}

/// Scans a push to `remote` of which git named no ref: nothing is pushed, or a hook manager does not pass git's input on
/// (lefthook without `use_stdin`). Which of the two is not known, so HEAD is scanned, and the report says that only HEAD was.
pub(super) fn unnamed(flags: &Shared, remote: &str) -> Result<Exit, Error> {
    let repository = Repository::open(Path::new("."), Access { environment: true, owner: true })?;
    let updates = match repository.refs().head()? {
        Led::To(new) => vec![Update { name: b"HEAD".to_vec(), old: None, new }],
        Led::Unborn(_) => Vec::new(),
    };
    let (job, mut collected) = read(flags, &updates, Known::Remote(remote))?;
    collected.coverage.notes.push(
        "git named no ref on standard input: nothing is pushed, or a hook manager does not pass git's input on (lefthook: \
         `use_stdin: true`). Only HEAD was scanned"
            .to_owned(),
    );
    job.report(&job.assemble(collected, None))
}

/// Reads what `updates` add, with the settings of HEAD.
fn read<'a>(flags: &'a Shared, updates: &[Update], known: Known<'_>) -> Result<(Job<'a>, Collected), Error> {
    let here = PathBuf::from(".");
    let head = Origin::Head { dir: here.clone(), environment: true };
    let mut job = Job::set_up(CommandName::HookRun, flags, &head)?;
    let changes = push::open(&here, updates, known, &change_options(&job))?;
    let (mut collected, _) = net(&job, &changes, &head);
    collected.merge(entering(&job, &changes)?);
    nest(&mut job, &head, None, &collected)?;
    Ok((job, collected))
}

/// Scans what the commits of a push add, their messages, tags and names.
fn entering(job: &Job<'_>, changes: &Changes) -> Result<Collected, Error> {
    let collector = Collector::new(&job.scanner, &job.infos);
    let side = |kind: Kind| if kind == Kind::Diff { Side::Passing } else { Side::Head };
    let (mut coverage, commits) =
        changes.commits(&|blob: Blob<'_>| collector.take(side(blob.place.kind()), &blob))?;
    if collector.is_empty() {
        return Ok(collector.collected(coverage));
    }
    let unread = changes.before_commits(&commits, &|blob: Blob<'_>| collector.take(Side::Base, &blob));
    note_bases(&unread, &mut coverage);
    let mut collected = collector.collected(coverage);
    let is_passing = |sighting: &Sighting| sighting.side == Side::Passing;
    let (passing, others) = std::mem::take(&mut collected.sightings).into_iter().partition(is_passing);
    collected.sightings = others;
    let (mut sightings, mut lives) = in_commits(&passing, &collected.sightings, &commits);
    // What no commit of the push removes is there at its end.
    let mut at_end = HashSet::new();
    for sighting in sightings.iter_mut().filter(|sighting| sighting.place.presence().removed_in.is_none()) {
        sighting.side = Side::Head;
        if let Some(presence) = sighting.place.source.presence_mut() {
            presence.live = Some(true);
        }
        at_end.extend(sighting.hits.iter().map(|hit| hit.found.candidate.secret.clone()));
    }
    for life in lives.iter_mut().filter(|life| at_end.contains(&life.secret)) {
        life.history.live = true;
        life.history.removed = None;
    }
    collected.sightings.extend(sightings);
    collected.lives = lives;
    Ok(collected)
}

/// The lines that git writes to a hook: with four words to `pre-push` (`<local ref> <id> <remote ref> <its id>`), with
/// three to `pre-receive` (`<old id> <id> <ref>`). Nothing if there is no line.
pub(super) fn updates_from_stdin(words: usize) -> Result<Option<Vec<Update>>, Error> {
    let mut input = input::Input::open(stdin::open()?).map_err(Error::Thread)?;
    let mut bytes = Vec::new();
    let read = (&mut input).take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: "standard input".into(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::Usage { what: "standard input names more refs than any push has".to_owned() });
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut updates = Vec::new();
    for (number, line) in bytes.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty())
    {
        let parts: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        let update = match parts.as_slice() {
            [_, new, name, old] if words == 4 => update(name, old, new),
            [old, new, name] if words == 3 => update(name, old, new),
            _ => Err(NoId),
        };
        let update = update.map_err(|NoId| Error::Usage {
            what: format!("line {} of standard input is not what git writes to this hook", number + 1),
        })?;
        updates.extend(update);
    }
    Ok(Some(updates))
}

/// What git would have to write as an id is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoId;

/// A ref that is pushed; `None` if it is deleted.
pub(super) fn update(name: &[u8], old: &[u8], new: &[u8]) -> Result<Option<Update>, NoId> {
    let (old, new) = (id(old)?, id(new)?);
    Ok(new.map(|new| Update { name: name.to_vec(), old, new }))
}

/// The object that a revision names; `None` if it is an id of zeros.
pub(super) fn commit(revision: &str) -> Result<Option<ObjectId>, Error> {
    if let Ok(None) = id(revision.as_bytes()) {
        return Ok(None);
    }
    let repository = Repository::open(Path::new("."), Access { environment: true, owner: true })?;
    let objects = ObjectReader::new(&repository);
    let commits = Commits::new(&repository, &objects);
    let found = Revisions::new(&repository, &objects, &commits).resolve(revision)?;
    // The tag itself is pushed, not what it names.
    Ok(Some(found.tags.first().copied().unwrap_or(found.commit)))
}

/// An id; `None` if it is all zeros, which git writes for a ref that does not exist.
fn id(hex: &[u8]) -> Result<Option<ObjectId>, NoId> {
    let id = std::str::from_utf8(hex).ok().and_then(ObjectId::from_hex).ok_or(NoId)?;
    Ok(Some(id).filter(|id| id.as_bytes().iter().any(|&byte| byte != 0)))
}

/// Scans the message of a commit that is about to be made.
pub(super) fn scan_message(flags: &Shared, path: &Path) -> Result<Exit, Error> {
    let origin = Origin::Index { dir: PathBuf::from("."), environment: true };
    let job = Job::set_up(CommandName::HookRun, flags, &origin)?;
    let collector = Collector::new(&job.scanner, &job.infos);
    let coverage = message::scan(path, &|blob: Blob<'_>| collector.take(Side::Head, &blob))?;
    job.report(&job.assemble(collector.collected(coverage), None))
}
