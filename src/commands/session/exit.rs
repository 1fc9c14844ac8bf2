//! The exit code of a run, made in one place from findings and coverage alone.

use crate::model::Summary;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything in scope was read and nothing was found (or flags allow the rest).
    Clean = 0,
    /// Findings.
    Findings = 1,
    /// The job could not be done.
    Failed = 2,
    /// Nothing was found, but something in scope could not be read.
    Incomplete = 3,
    /// Interrupted.
    Interrupted = 130,
}

/// What may end a run with zero although not all is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Findings do not fail it.
    pub(crate) exit_zero: bool,
    /// What could not be read does not fail it.
    pub(crate) allow_incomplete: bool,
}

impl Exit {
    /// The exit of a run with this summary: findings win over unread.
    pub(crate) fn of(summary: &Summary, gate: Gate) -> Self {
        let coverage = &summary.coverage;
        if coverage.interrupted {
            Self::Interrupted
        } else if summary.failing > 0 && !gate.exit_zero {
            Self::Findings
        } else if coverage.unread_count() > 0 && !gate.allow_incomplete {
            Self::Incomplete
        } else {
            Self::Clean
        }
    }
}
