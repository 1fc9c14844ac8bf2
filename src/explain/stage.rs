//! How far a value got.

/// The stage at which a value was stopped, the furthest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseStage {
    /// It is reported.
    Reported,
    /// It is a finding that is covered: by a comment, an entry, the baseline, an allowlist, or its place.
    Suppressed,
    /// It is a finding, and less sure than what is reported.
    Threshold,
    /// It is not believed where it is.
    Place,
    /// A stronger candidate has its bytes.
    Overlap,
    /// Its check refutes it.
    Check,
    /// It is no finding by itself.
    Part,
    /// The judge of assignments gives it too little.
    Judge,
    /// The look of the value rules it out.
    Value,
    /// There is no match, or no value.
    Match,
    /// Only the literal is there.
    Literal,
}

impl CaseStage {
    /// All of them, the furthest first.
    pub const ALL: [Self; 11] = [
        Self::Reported,
        Self::Suppressed,
        Self::Threshold,
        Self::Place,
        Self::Overlap,
        Self::Check,
        Self::Part,
        Self::Judge,
        Self::Value,
        Self::Match,
        Self::Literal,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Suppressed => "suppressed",
            Self::Threshold => "threshold",
            Self::Place => "place",
            Self::Overlap => "overlap",
            Self::Check => "check",
            Self::Part => "part",
            Self::Judge => "judge",
            Self::Value => "value",
            Self::Match => "match",
            Self::Literal => "literal",
        }
    }
}
