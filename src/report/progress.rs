//! Progress on standard error, for a person who waits.
//!
//! Drawn only on a terminal and only after a moment, so that a quick run shows nothing.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a run goes on before it shows progress.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar that counts bytes (or objects) towards a total that is known, or counts on where none is.
#[derive(Debug)]
pub struct Progress {
    bar: OnceLock<ProgressBar>,
    enabled: bool,
    start: Instant,
    unit: &'static str,
    total: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// Progress in `unit`, drawn only where `enabled`.
    pub fn new(enabled: bool, unit: &'static str) -> Self {
        Self {
            bar: OnceLock::new(),
            enabled,
            start: Instant::now(),
            unit,
            total: AtomicU64::new(0),
            done: AtomicU64::new(0),
        }
    }

    /// Says how much there is in all, and starts to count from nought.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        if let Some(bar) = self.bar.get() {
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

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    fn draw(&self) -> ProgressBar {
        let total = self.total.load(Ordering::Relaxed);
        let unit = self.unit;
        let (bar, template) = if total > 0 {
            let form = format!("{{bar:30}} {{human_pos}}/{{human_len}} {unit}  {{per_sec}}  {{eta}} left");
            (ProgressBar::new(total), form)
        } else {
            (ProgressBar::no_length(), format!("{{spinner}} {{human_pos}} {unit}  {{per_sec}}"))
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_draws_nothing() {
        let progress = Progress::new(true, "objects");
        progress.expect(10);
        progress.advance(10);
        assert!(progress.bar.get().is_none());
    }
}
