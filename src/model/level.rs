//! How sure a finding is (confidence, score) and how bad (severity).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a credential grants, as its rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; grants nothing by itself.
    Info,
    /// Grants little, or to little.
    Low,
    /// Grants something of worth.
    Medium,
    /// Grants much.
    High,
    /// Grants an account, an organisation or production.
    Critical,
}

/// How sure it is that a finding is a secret: the [`Score`] in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// More likely not a secret.
    Low,
    /// More likely one than not.
    Medium,
    /// Almost always one: a provider's shape, or random where a secret belongs.
    High,
    /// A checksum or a structure proves it.
    Certain,
}

impl Confidence {
    /// The lowest score of this confidence.
    pub const fn floor(self) -> Score {
        Score(match self {
            Self::Low => 1,
            Self::Medium => 500,
            Self::High => 800,
            Self::Certain => 980,
        })
    }
}

/// The likelihood that something is a secret, in thousandths: 0 (vetoed) to 1000 (proved).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub u16);

impl Score {
    /// The confidence this score stands for; `None` for a score of nought.
    pub fn confidence(self) -> Option<Confidence> {
        [Confidence::Certain, Confidence::High, Confidence::Medium, Confidence::Low]
            .into_iter()
            .find(|level| self >= level.floor())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_falls_into_the_confidence_whose_floor_it_reaches() {
        assert_eq!(Score(0).confidence(), None);
        assert_eq!(Score(499).confidence(), Some(Confidence::Low));
        assert_eq!(Score(500).confidence(), Some(Confidence::Medium));
        assert_eq!(Score(1000).confidence(), Some(Confidence::Certain));
    }
}
