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
    /// More likely one than not: worth a person's look.
    Medium,
    /// Nearly always one: a provider's shape, or a value of which 98 in 100 are secrets.
    High,
    /// A checksum or a structure proves it.
    Certain,
}

impl Severity {
    /// All of them, ascending.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name, as it is written in settings and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// All of them, ascending.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Certain];

    /// Its name, as it is written in settings and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        }
    }

    /// The lowest score of this confidence.
    pub const fn floor(self) -> Score {
        Score(match self {
            Self::Low => 1,
            Self::Medium => 500,
            Self::High => 950,
            Self::Certain => 985,
        })
    }
}

/// The probability that something is a secret, in thousandths: 0 (vetoed) to 1000 (proved). See docs/judge.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub u16);

/// What a place does to the odds of being a secret: multiply by the first number, divide by the second.
pub type Odds = (u32, u32);

impl Score {
    /// The probability after its odds are multiplied by `times` / `by`; never quite zero or one.
    pub fn with_odds(self, (times, by): Odds) -> Self {
        let probability = u64::from(self.0.clamp(1, 999));
        let (yes, no) = (probability * u64::from(times), (1000 - probability) * u64::from(by));
        Self(((1000 * yes + (yes + no) / 2) / (yes + no)).clamp(1, 999) as u16)
    }

    /// The confidence of this score; `None` for a score of zero.
    pub fn confidence(self) -> Option<Confidence> {
        Confidence::ALL.into_iter().rfind(|level| self >= level.floor())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_move_a_probability_as_odds_do() {
        for (before, odds, after) in [
            (500, (3, 1), 750),
            (500, (1, 3), 250),
            (900, (1, 9), 500),
            (1, (1, 9), 1),
            (999, (9, 1), 999),
            (300, (1, 1), 300),
        ] {
            assert_eq!(Score(before).with_odds(odds), Score(after), "{before} {odds:?}");
        }
    }

    #[test]
    fn a_score_falls_into_the_confidence_whose_floor_it_reaches() {
        assert_eq!(Score(0).confidence(), None);
        assert_eq!(Score(499).confidence(), Some(Confidence::Low));
        assert_eq!(Score(500).confidence(), Some(Confidence::Medium));
        assert_eq!(Score(1000).confidence(), Some(Confidence::Certain));
    }
}
