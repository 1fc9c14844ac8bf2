//! ^C: once to stop and report what is known, twice to leave at once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static PRESSED: AtomicBool = AtomicBool::new(false);
static LISTENING: OnceLock<()> = OnceLock::new();

/// Listens from now on.
pub(crate) fn listen() {
    LISTENING.get_or_init(|| {
        // Without a handler ^C ends the program the ordinary way, which is fine.
        let _no_handler = ctrlc::set_handler(|| {
            if PRESSED.swap(true, Ordering::Relaxed) {
                leave();
            }
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

#[expect(clippy::exit, reason = "the second ^C asks to leave without another word")]
fn leave() {
    std::process::exit(super::exit::Exit::Interrupted as i32);
}
