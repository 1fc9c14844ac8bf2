//! Why a scan ends before its text does: the run is to stop, or the text takes too long.
//!
//! The scan tests this before each decision and before each chunk of bytes that it searches for anchors. Both are
//! bounded, so it ends soon. Without a time limit no clock is read.

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

/// Why a scan ended before its text did. The candidates found before are sound, but may not be all.
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
    /// The time that earlier pieces of the text took.
    earlier: Duration,
    cut: Option<Cut>,
    /// The work that rules may still do in the text.
    work: Work,
}

impl Watched {
    pub(super) fn by(watch: Watch) -> Self {
        Self { watch, ..Self::default() }
    }

    /// Starts another text, or the next piece of one whose earlier pieces took `earlier`.
    pub(super) fn begin(&mut self, earlier: Duration, len: usize) {
        self.cut = None;
        self.work = Work::of(len);
        self.earlier = earlier;
        self.began = self.watch.time.map(|_| Instant::now());
    }

    /// True as long as the scan may continue.
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

    /// Ends the scan: a rule took too much work.
    pub(super) fn exceed(&mut self) {
        self.cut = self.cut.or(Some(Cut::TooMuch));
    }

    pub(super) fn work(&mut self) -> &mut Work {
        &mut self.work
    }

    pub(super) fn cut(&self) -> Option<Cut> {
        self.cut.or(self.work.is_exceeded.then_some(Cut::TooMuch))
    }

    /// The time that the text has taken; zero if there is no time limit.
    pub(super) fn spent(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| self.earlier + began.elapsed())
    }
}

/// The work that rules may do in a text: the bytes that searches look at, counted several times for a pattern of many
/// states.
///
/// The built-in rules do not come near the limit on any text. A user's rule with a wide gap may have to look at the
/// same bytes once for each of its keywords, if they are repeated by the thousand: such a text is unread.
#[derive(Debug, Default)]
pub(super) struct Work {
    left: u64,
    is_exceeded: bool,
}

/// The work allowed for any text, and for each of its bytes.
const FREE: u64 = 64 << 20;
const PER_BYTE: u64 = 1024;

impl Work {
    /// For a text of `len` bytes.
    pub(super) fn of(len: usize) -> Self {
        Self { left: FREE + PER_BYTE * len as u64, is_exceeded: false }
    }

    /// Subtracts `work`; false if it is more than was left.
    pub(super) fn take(&mut self, work: u64) -> bool {
        match self.left.checked_sub(work) {
            Some(left) => self.left = left,
            None => (self.left, self.is_exceeded) = (0, true),
        }
        !self.is_exceeded
    }
}
