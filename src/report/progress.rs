//! Progress on standard error, for a person who waits.
//!
//! Drawn only on a terminal and only after a moment, so that a quick run shows nothing.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a run lasts before it shows progress.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown with their own units.
    Bytes,
    /// Things of this name.
    Count(&'static str),
}

/// A bar that counts towards a known total, or a counter without one.
#[derive(Debug)]
pub struct Progress {
    bar: OnceLock<ProgressBar>,
    enabled: bool,
    start: Instant,
    what: Mutex<&'static str>,
    unit: Unit,
    total: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// Progress in `unit`, drawn only if `enabled`.
    pub fn new(enabled: bool, unit: Unit) -> Self {
        Self {
            bar: OnceLock::new(),
            enabled,
            start: Instant::now(),
            what: Mutex::new(""),
            unit,
            total: AtomicU64::new(0),
            done: AtomicU64::new(0),
        }
    }

    /// Begins to count from zero: `what` is being done (`scanning`), to `total` units in all.
    pub fn begin(&self, what: &'static str, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = what;
        if let Some(bar) = self.bar.get() {
            bar.set_message(what);
            bar.set_length(total);
            bar.set_position(0);
            bar.reset_eta();
        }
    }

    /// Says that `amount` more is done.
    pub fn advance(&self, amount: u64) {
        if !self.enabled {
            return;
        }
        let done = self.done.fetch_add(amount, Ordering::Relaxed) + amount;
        if self.bar.get().is_none() && self.start.elapsed() < PATIENCE {
            return;
        }
        self.bar.get_or_init(|| self.draw()).set_position(done);
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    fn draw(&self) -> ProgressBar {
        let total = self.total.load(Ordering::Relaxed);
        let bar = if total > 0 { ProgressBar::new(total) } else { ProgressBar::no_length() };
        let template = template(self.unit, total > 0);
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.with_key("rate", rate));
        bar.set_message(*self.what.lock().unwrap_or_else(PoisonError::into_inner));
        bar
    }
}

/// Whole things in a second.
fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let _the_terminal_may_be_gone = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
}

/// What the bar looks like, in the words of `indicatif`.
fn template(unit: Unit, is_bounded: bool) -> String {
    let (done, total, speed, name) = match unit {
        Unit::Bytes => ("bytes", "total_bytes", "bytes_per_sec", String::new()),
        Unit::Count(name) => ("human_pos", "human_len", "rate", format!(" {name}")),
    };
    if is_bounded {
        format!("{{msg}} {{bar:30}} {{{done}}}/{{{total}}}{name}  {{{speed}}}  {{eta}} left")
    } else {
        format!("{{spinner}} {{msg}} {{{done}}}{name}  {{{speed}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_draws_nothing() {
        let progress = Progress::new(true, Unit::Count("objects"));
        progress.begin("scanning", 10);
        progress.advance(10);
        assert!(progress.bar.get().is_none());
    }

    #[test]
    fn every_template_is_one() {
        for unit in [Unit::Bytes, Unit::Count("files")] {
            for is_bounded in [true, false] {
                assert!(ProgressStyle::with_template(&template(unit, is_bounded)).is_ok());
            }
        }
    }

    #[test]
    fn a_pass_counts_from_nought() {
        let progress = Progress::new(true, Unit::Bytes);
        progress.begin("scanning", 10);
        progress.advance(10);
        progress.begin("placing", 7);
        progress.advance(3);
        assert_eq!(progress.done.load(Ordering::Relaxed), 3);
    }
}
