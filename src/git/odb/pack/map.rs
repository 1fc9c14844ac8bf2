//! A pack's files in memory: mapped, or owned bytes in tests. Also how memory is given back to the system.
//!
//! The only `unsafe` of the pack reader is here. The invariant of a mapping: git writes a pack and its index once,
//! under another name, renames them into place and never changes them afterwards, so a mapping of them does not
//! change. If someone truncates a mapped file, the process ends (`SIGBUS`), as git itself would.

#![allow(
    unsafe_code,
    reason = "mapping a file is unsafe: another process could change it; so is asking the C library; see below"
)]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// From now on large pieces of memory are given back to the system as soon as they are freed. Otherwise glibc keeps
/// freed pieces for later use if one as large was freed before, such as the tables that are made for a pack and freed
/// after it. With the five repositories of `benches/RESULTS.md` in one and a limit of 400 MB, 378 to 396 MB became 349
/// to 354. The system may ignore it.
pub(super) fn give_back_at_once() {
    /// Bytes of a piece that is large.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    const LARGE: libc::c_int = 256 << 10;
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes two numbers, may be called at any time from any thread, and changes only where later
    // allocations are made.
    let _ = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
}

/// The bytes of a file that does not change.
#[derive(Debug)]
pub(super) enum Map {
    /// Mapped: its pages belong to the page cache and can be given back.
    Mapped(Mmap),
    /// Owned, in memory.
    Held(Vec<u8>),
}

impl Map {
    /// Maps the file at `path`. An empty file gives no bytes.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if !path.metadata()?.is_file() {
            // To open a FIFO would block for ever.
            return Err(io::Error::other("it is not a regular file"));
        }
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self::Held(Vec::new()));
        }
        // SAFETY: the file is never written after it got its name (see the head of this module), so the
        // bytes behind the reference do not change.
        unsafe { Mmap::map(&file) }.map(Self::Mapped)
    }

    /// Gives the pages read so far back to the system; the next use reads them again. The system may ignore it.
    pub(super) fn release(&self) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self {
            // SAFETY: the mapping is read-only and backed by a file, so its pages come back with the same
            // bytes; nothing that was written can be lost.
            let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
        }
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Held(bytes) => bytes,
        }
    }
}
