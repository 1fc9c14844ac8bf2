//! Whether standard input or standard output was closed when the program started.
//!
//! A program can be started without standard input (`keydredge scan - <&-`). Rust's runtime then opens `/dev/null` in
//! its place before `main`, and reading it ends at once: a scan that read nothing would be clean. From then on it looks
//! the same as an input that is empty on purpose (`</dev/null`): some callers (Python's `subprocess.DEVNULL`) open that
//! for reading and writing, as the runtime does. For standard output (`>&-`) a report would be lost in the same way.
//!
//! # Design
//!
//! So the check is made earlier: the system calls [`look`] before the runtime starts, as it calls C++ constructors. On
//! Windows there is no such replacement, and a missing handle stays missing.

use std::sync::atomic::{AtomicBool, Ordering};

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);
static OUTPUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// True if the program was started without standard input.
pub(super) fn was_closed() -> bool {
    #[cfg(windows)]
    {
        use std::os::windows::io::AsRawHandle;
        if std::io::stdin().as_raw_handle().is_null() {
            return true;
        }
    }
    WAS_CLOSED.load(Ordering::Relaxed)
}

/// True if the program was started without standard output.
pub(crate) fn output_was_closed() -> bool {
    OUTPUT_WAS_CLOSED.load(Ordering::Relaxed)
}

/// Asks the system whether the descriptors 0 and 1 are open. It runs before `main`, so it may use nothing of the runtime: it
/// makes two system calls and stores flags.
#[cfg(unix)]
extern "C" fn look() {
    let is_closed = |descriptor| rustix::io::fcntl_getfd(descriptor) == Err(rustix::io::Errno::BADF);
    WAS_CLOSED.store(is_closed(rustix::stdio::stdin()), Ordering::Relaxed);
    OUTPUT_WAS_CLOSED.store(is_closed(rustix::stdio::stdout()), Ordering::Relaxed);
}

/// Where the system finds what to call before `main`.
#[cfg(unix)]
#[used]
#[allow(
    unsafe_code,
    reason = "the section holds pointers to functions that take nothing and return nothing, as this one is; each is \
              called once, before any thread starts"
)]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static BEFORE_MAIN: extern "C" fn() = look;
