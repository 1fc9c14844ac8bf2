//! ^C: once to stop and report what is known, twice to leave at once.
//!
//! Once is also enough if the report cannot be written: a pipe that nobody reads is full for ever, a FIFO that nobody opens is
//! never open, and a runner that ends jobs after a time sends one signal. So writes to what may block are [`Streaming`], and after a
//! signal the program leaves once such a write has not moved for [`PATIENCE`], or if findings are still being made after [`LATEST`].

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

static PRESSED: AtomicBool = AtomicBool::new(false);
static LISTENING: OnceLock<()> = OnceLock::new();

/// How many writes to streams have begun, and how many have ended.
static BEGUN: AtomicU64 = AtomicU64::new(0);
static ENDED: AtomicU64 = AtomicU64::new(0);

/// How long a write may take after a signal.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long findings may be made after a signal: to name thousands of values that people chose takes a minute.
const LATEST: Duration = Duration::from_secs(15);

/// Whether findings are being made, which does not stop by itself.
static ASSEMBLES: AtomicBool = AtomicBool::new(false);

/// The making of findings, until it is dropped.
#[derive(Debug)]
pub(crate) struct Assembling(());

impl Assembling {
    /// Begins it.
    pub(crate) fn begin() -> Self {
        ASSEMBLES.store(true, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Assembling {
    fn drop(&mut self) {
        ASSEMBLES.store(false, Ordering::Relaxed);
    }
}

/// A write to a stream that is going on, until it is dropped.
#[derive(Debug)]
pub(crate) struct Streaming(());

impl Streaming {
    /// Begins one.
    pub(crate) fn begin() -> Self {
        BEGUN.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        ENDED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Listens from now on.
pub(crate) fn listen() {
    LISTENING.get_or_init(|| {
        // Without a handler ^C ends the program the ordinary way, which is fine.
        let _no_handler = ctrlc::set_handler(|| {
            if PRESSED.swap(true, Ordering::Relaxed) {
                leave();
            }
            // In a thread of its own, so that the second ^C is heard. Without one it is needed.
            let _no_thread = thread::Builder::new().spawn(leave_what_blocks);
        });
    });
}

/// True once ^C was pressed.
pub(crate) fn is_pressed() -> bool {
    PRESSED.load(Ordering::Relaxed)
}

/// What becomes true once ^C is pressed, for a source to watch.
pub(crate) fn flag() -> &'static AtomicBool {
    &PRESSED
}

/// Leaves once a write to a stream does not move. No file is half written then: those are written one after the other, and
/// whole ones are renamed into their place.
fn leave_what_blocks() {
    let pressed = Instant::now();
    loop {
        let (ended, begun) = (ENDED.load(Ordering::Relaxed), BEGUN.load(Ordering::Relaxed));
        thread::sleep(PATIENCE);
        let blocks = begun != ended && ended == ENDED.load(Ordering::Relaxed);
        if blocks || ASSEMBLES.load(Ordering::Relaxed) && pressed.elapsed() >= LATEST {
            leave();
        }
    }
}

#[expect(clippy::exit, reason = "a second ^C, or what blocks for ever, asks to leave without another word")]
fn leave() {
    std::process::exit(super::exit::Exit::Interrupted as i32);
}
