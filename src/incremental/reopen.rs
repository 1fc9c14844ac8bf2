//! A history opened for what is new since an earlier run.

use super::checkpoint::Checkpoint;
use super::reason::FullReason;
use crate::git::StoreStamp;
use crate::model::ObjectId;
use crate::provenance::KnownHistory;
use crate::source::history::{History, Options, Site};

/// A history of which only what is new is listed and read.
#[derive(Debug)]
pub(crate) struct Reopened {
    /// The history.
    pub(crate) history: History,
    /// What was known of it.
    pub(crate) known: KnownHistory,
}

/// Opens `site`, whose store was in the state `past` when the checkpoint was made, and is in the state `now`.
///
/// # Errors
/// Why what is new is not enough.
pub(crate) fn reopen(
    site: Site,
    past: &StoreStamp,
    now: &StoreStamp,
    mut checkpoint: Checkpoint,
    options: &Options,
) -> Result<Reopened, FullReason> {
    let history = site.beside(past, now, &checkpoint.ids, options)?;
    let objects = &history.objects;
    // A missing object has appeared, or a submodule's commit has: old trees would now be read differently.
    let has_come = |id: &ObjectId| objects.fresh.binary_search(id).is_ok();
    if checkpoint.totals.lacked().any(has_come) {
        return Err(FullReason::MissingObjectAppeared);
    }
    let is_unlisted =
        |id: &ObjectId| objects.table.find(id.as_bytes()).is_none() && objects.lists(id.as_bytes());
    if history.refs.values().any(is_unlisted) {
        return Err(FullReason::RefToUnlistedObject);
    }
    checkpoint.enter(&objects.table).ok_or(FullReason::ListedObjectGone)?;
    let Checkpoint { known, totals, .. } = checkpoint;
    let mut history = history;
    history.count_on(totals);
    Ok(Reopened { history, known })
}
