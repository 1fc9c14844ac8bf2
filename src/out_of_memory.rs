//! What happens if the system gives no more memory: a sentence on standard error, and exit code 2.
//!
//! By default Rust aborts, which a hook or a CI job cannot distinguish from a crash. The program's allocator exits
//! instead. Large allocations whose size depends on a file are made with [`tolerate`]: they may fail, and then the file
//! is unread and the run continues.
//!
//! # Design
//!
//! The caller that asks for memory may hold any lock and be in the middle of anything. So the exit runs nothing of the
//! program: no destructor runs, no buffer is flushed, nothing is allocated. A file that was being written keeps its
//! temporary name and is never taken for a complete one ([`crate::atomic_file`]); the system frees its locks.
//!
//! # Performance
//!
//! One comparison for each allocation.

#![allow(
    unsafe_code,
    reason = "an allocator is an unsafe trait; and the system is asked to write and to end the process without the library"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The message.
#[cfg(unix)]
const SENTENCE: &str = "keydredge: the system gives it no more memory (`ulimit -v`, or a container's limit); nothing can be \
                        said of what was to be scanned. Give it more, or try `--threads 1`\n";

thread_local! {
    /// True while the caller can continue without the memory. The linker initialises it and it has no destructor, so
    /// that the allocator may read it at any time.
    static IS_TOLERATED: Cell<bool> = const { Cell::new(false) };
}

/// Calls `ask`, which asks for memory in a way that may fail.
pub fn tolerate<T>(ask: impl FnOnce() -> T) -> T {
    let before = IS_TOLERATED.replace(true);
    let answer = ask();
    IS_TOLERATED.set(before);
    answer
}

/// What a thread needs to start: 2 MiB for its stack, and the same again and more for what libraries keep for it, so that it
/// is this allocator that is refused first.
const THREAD: usize = 8 << 20;

/// Tests that `threads` more threads can start (0: one for each core): one without memory for that is ended by the C
/// library with a signal, which nobody could distinguish from a crash.
pub fn probe(threads: usize) {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let reserve = Vec::<u8>::with_capacity(threads.saturating_add(1).saturating_mul(THREAD).min(1 << 30));
    // Or the compiler would leave out memory that nobody uses.
    drop(std::hint::black_box(reserve));
}

/// The system's allocator, which ends the program if it has no memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocator;

// SAFETY: every method is the system allocator's, with the same contract. Its result is returned unchanged, if at all.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        given(unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is passed on, and memory of this allocator is the system's.
        given(unsafe { System.realloc(pointer, layout, size) })
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on, and memory of this allocator is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[inline]
fn given(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        refused();
    }
    pointer
}

/// Exits, unless the caller can continue.
#[cold]
#[inline(never)]
fn refused() {
    if !IS_TOLERATED.get() {
        leave();
    }
}

/// Says why and ends the process, from whatever thread.
#[cfg(unix)]
pub fn leave() -> ! {
    use std::sync::atomic::{AtomicBool, Ordering};
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    while IS_SAID.swap(true, Ordering::Relaxed) {
        // Another thread prints the message, and ends this one with the process.
        std::thread::yield_now();
    }
    // SAFETY: the bytes are constant, and any thread may make both calls at any time. A failed write is no harm.
    unsafe {
        _ = libc::write(libc::STDERR_FILENO, SENTENCE.as_ptr().cast(), SENTENCE.len());
        libc::_exit(2)
    }
}

/// Elsewhere Rust's default is kept.
#[cfg(not(unix))]
fn leave() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tolerated_may_be_refused_and_what_comes_after_may_not() {
        let of = |size| Layout::from_size_align(size, 1).expect("it is a layout");
        let most = of(isize::MAX as usize);
        // SAFETY: the layout has a size, and the memory is given back with its layout.
        let refused = tolerate(|| tolerate(|| unsafe { Allocator.alloc(most) }));
        assert!(refused.is_null());
        assert!(!IS_TOLERATED.get());
        // SAFETY: as above; and the bytes that are read were written, or are zeros.
        unsafe {
            let pointer = Allocator.alloc_zeroed(of(8));
            assert_eq!(pointer.cast::<u64>().read_unaligned(), 0);
            pointer.cast::<u64>().write_unaligned(7);
            let pointer = Allocator.realloc(pointer, of(8), 1 << 20);
            assert_eq!(pointer.cast::<u64>().read_unaligned(), 7);
            assert!(tolerate(|| Allocator.realloc(pointer, of(1 << 20), isize::MAX as usize)).is_null());
            Allocator.dealloc(pointer, of(1 << 20));
        }
    }
}
