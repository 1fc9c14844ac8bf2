//! Locks whose content no panic can leave half-written.
//!
//! A mutex is poisoned if a thread panicked while it held it. The run reports that panic, so here the content is taken
//! all the same: these locks are held for one insertion, one removal or one addition.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, even if it is poisoned.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The content of `mutex`, which nobody else has any more, even if it is poisoned.
pub(crate) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
