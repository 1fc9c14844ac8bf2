//! The commands that set up a [`Job`](super::job::Job), and in what they differ there.

/// A command that sets up a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandName {
    /// `scan`.
    Scan,
    /// `staged`.
    Staged,
    /// `diff`.
    Diff,
    /// `history`.
    History,
    /// `image`.
    Image,
    /// `ci`, whichever of the others it comes to.
    Ci,
    /// `hook run`.
    HookRun,
    /// `hook agent`.
    HookAgent,
    /// `inventory`.
    Inventory,
    /// `explain`.
    Explain,
    /// `redact`.
    Redact,
    /// `plan`.
    Plan,
    /// `plan check`.
    PlanCheck,
    /// `plan value`.
    PlanValue,
    /// `reach`.
    Reach,
    /// `revoke`.
    Revoke,
    /// `baseline`, with each of its commands.
    Baseline,
    /// `ignore add`.
    IgnoreAdd,
    /// `ignore check`.
    IgnoreCheck,
}

impl CommandName {
    /// The commands that take `--verify`.
    pub(super) const ASKING: [Self; 8] = [
        Self::Scan,
        Self::Staged,
        Self::Diff,
        Self::History,
        Self::Image,
        Self::Ci,
        Self::HookRun,
        Self::Inventory,
    ];

    /// As people write it, and as reports name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Staged => "staged",
            Self::Diff => "diff",
            Self::History => "history",
            Self::Image => "image",
            Self::Ci => "ci",
            Self::HookRun => "hook run",
            Self::HookAgent => "hook agent",
            Self::Inventory => "inventory",
            Self::Explain => "explain",
            Self::Redact => "redact",
            Self::Plan => "plan",
            Self::PlanCheck => "plan check",
            Self::PlanValue => "plan value",
            Self::Reach => "reach",
            Self::Revoke => "revoke",
            Self::Baseline => "baseline",
            Self::IgnoreAdd => "ignore add",
            Self::IgnoreCheck => "ignore check",
        }
    }

    /// True if it reads all that an ignore file can be about, so that it names the entries that have expired.
    pub(super) const fn names_expired(self) -> bool {
        matches!(self, Self::Scan | Self::History | Self::Image | Self::IgnoreCheck)
    }

    /// True if it warns of allow comments that cover nothing, unless the configuration says otherwise: of the commands that
    /// read whole files as they are, the one that a person runs.
    pub(super) const fn warns_of_unused_allows(self) -> bool {
        matches!(self, Self::Scan)
    }
}
