//! Content that was in scope and not opened: compressed containers, LFS pointers without their object.
//!
//! Their own bytes were scanned, so they count as left out and not as unread: otherwise a repository with a logo in
//! a PDF would never be clean. But they are named in every receipt. They count as unread, which shows in the exit
//! code, in two cases: with `--strict`, and if there was nothing else to scan. The exit code is then 3 and not 2:
//! the job was done as far as possible, and the report says what was not scanned.

use crate::model::{Coverage, KnownReason};

/// Counts it as unread if nothing else was scanned, since the run would then be clean for no reason.
pub(crate) fn miss_if_alone(coverage: &mut Coverage) {
    if coverage.scanned == 0 {
        coverage.miss_excluded(&KnownReason::NOT_LOOKED_INTO);
    }
}

/// The same for a history, whose commits and trees are always read: if no other blob was scanned.
pub(crate) fn miss_if_no_other_blob(coverage: &mut Coverage) {
    let count = |reason: &KnownReason| coverage.excluded.get(reason.phrase()).map_or(0, |tally| tally.count);
    let unopened: u64 = KnownReason::NOT_LOOKED_INTO.iter().map(count).sum();
    if unopened > 0 && unopened == coverage.objects.blob {
        coverage.miss_excluded(&KnownReason::NOT_LOOKED_INTO);
    }
}

/// Counts it as unread in a run that is `strict`, and names it in notes either way.
pub(crate) fn settle(coverage: &mut Coverage, strict: bool) {
    if strict {
        coverage.miss_excluded(&KnownReason::NOT_LOOKED_INTO);
    }
    let notes = KnownReason::NOT_LOOKED_INTO.iter().filter_map(|&reason| note(coverage, reason));
    let notes: Vec<String> = notes.collect();
    coverage.notes.extend(notes);
}

fn note(coverage: &Coverage, reason: KnownReason) -> Option<String> {
    let excluded = coverage.excluded.get(reason.phrase());
    let tally = excluded.or_else(|| coverage.unread.get(reason.phrase()))?;
    let (what, why) = match (reason, tally.count) {
        (KnownReason::Compressed, 1) => {
            ("compressed file was not looked into", "its own bytes were scanned, what it holds was not")
        }
        (KnownReason::Compressed, _) => {
            ("compressed files were not looked into", "their own bytes were scanned, what they hold was not")
        }
        (_, 1) => ("LFS pointer has no object here", "`git lfs fetch` brings it"),
        _ => ("LFS pointers have no object here", "`git lfs fetch` brings them"),
    };
    let more = if tally.count > tally.examples.len() as u64 { ", …" } else { "" };
    let strict = if excluded.is_some() { "; --strict counts this as unread" } else { "" };
    Some(format!("{} {what}: {}{more}; {why}{strict}", tally.count, tally.examples.join(", ")))
}
