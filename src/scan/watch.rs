//! When a scan ends before its text does: the run is to stop, or the text has taken its time.
//!
//! It is asked before each decision and each stretch of bytes that anchors are looked for in. Both are bounded, so no answer
//! waits for long. Without a time limit no clock is read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What ends a scan early; nothing by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    /// Becomes true when every scan is to end.
    pub stop: Option<&'static AtomicBool>,
    /// How long the scan of a text may take, all its pieces together.
    pub time: Option<Duration>,
}

/// Why a scan ended before its text did. What was found until then is sound, and not all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// The run is to stop.
    Stopped,
    /// The text took longer than it may.
    TimeLimit,
    /// Rules had to look at its bytes too often.
    TooMuch,
}

impl Cut {
    /// The reason for the coverage.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Stopped => "interrupted",
            Self::TimeLimit => "time limit",
            Self::TooMuch => "rules take too much work",
        }
    }
}

/// The scan of one text, watched.
#[derive(Debug, Default)]
pub(super) struct Watched {
    watch: Watch,
    began: Option<Instant>,
    /// What earlier pieces of the text took.
    earlier: Duration,
    cut: Option<Cut>,
    /// What rules may still do in the text.
    work: Work,
}

impl Watched {
    pub(super) fn by(watch: Watch) -> Self {
        Self { watch, ..Self::default() }
    }

    /// Another text begins, or the next piece of one whose earlier pieces took so long.
    pub(super) fn begin(&mut self, earlier: Duration, len: usize) {
        self.cut = None;
        self.work = Work::of(len);
        self.earlier = earlier;
        self.began = self.watch.time.map(|_| Instant::now());
    }

    /// True as long as the scan may go on.
    #[inline]
    pub(super) fn goes_on(&mut self) -> bool {
        if self.cut.is_none() {
            if self.work.is_exceeded {
                self.cut = Some(Cut::TooMuch);
            } else if self.watch.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                self.cut = Some(Cut::Stopped);
            } else if self.watch.time.is_some_and(|time| self.spent() >= time) {
                self.cut = Some(Cut::TimeLimit);
            }
        }
        self.cut.is_none()
    }

    pub(super) fn work(&mut self) -> &mut Work {
        &mut self.work
    }

    pub(super) fn cut(&self) -> Option<Cut> {
        self.cut.or(self.work.is_exceeded.then_some(Cut::TooMuch))
    }

    /// What the text has taken so far; zero if there is no time limit.
    pub(super) fn spent(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| self.earlier + began.elapsed())
    }
}

/// What rules may do in a text: bytes looked at by a search, those more often that many states are kept for.
///
/// The built-in rules do not come near it on any text. A rule of one's own with a wide gap may have to look at the same
/// bytes once for each of its keywords, if they are repeated by the thousand: such a text is unread.
#[derive(Debug, Default)]
pub(super) struct Work {
    left: u64,
    is_exceeded: bool,
}

/// What any text may take, and what each byte adds.
const FREE: u64 = 64 << 20;
const PER_BYTE: u64 = 1024;

impl Work {
    /// For a text of `len` bytes.
    pub(super) fn of(len: usize) -> Self {
        Self { left: FREE + PER_BYTE * len as u64, is_exceeded: false }
    }

    /// Takes off so much; false if it is more than there was left.
    pub(super) fn take(&mut self, work: u64) -> bool {
        match self.left.checked_sub(work) {
            Some(left) => self.left = left,
            None => (self.left, self.is_exceeded) = (0, true),
        }
        !self.is_exceeded
    }
}
