//! What is reported: findings with their occurrences and, over repositories, their path; and the summary of a run.

use super::{
    Candidate, Check, Commit, Confidence, Coverage, Decoding, Fact, Fingerprint, ImageLayer, InHistory,
    Location, Place, RuleInfo, Score, Secret, SettingsReceipt, Uncommitted, Verification,
};
use std::fmt;
use std::sync::Arc;

/// A distinct secret worth reporting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its identity from run to run.
    pub fingerprint: Fingerprint,
    /// The rule that names it best.
    pub rule: Arc<RuleInfo>,
    /// The secret.
    pub secret: Secret,
    /// The name it was assigned to at its first occurrence.
    pub identifier: Option<Box<str>>,
    /// How sure, as a number.
    pub score: Score,
    /// How sure, in a word.
    pub confidence: Confidence,
    /// What the offline check said.
    pub check: Check,
    /// What the offline check learnt.
    pub facts: Vec<Fact>,
    /// Why it is believed, as short sentences fit to print.
    pub reasons: Vec<String>,
    /// Every place where it is, in order; never empty.
    pub occurrences: Vec<Occurrence>,
    /// What covers the whole finding. `None` while some occurrence is uncovered.
    pub suppressed_by: Option<Suppression>,
    /// Its life in a history (or in an image), if one was read.
    pub history: Option<InHistory>,
    /// What to do, in sentences.
    pub remediation: Vec<String>,
    /// What its provider said, if that was asked for.
    pub verification: Option<Box<Verification>>,
    /// Of an audit of several repositories: those that have it, in the order in which it came to them.
    pub repositories: Vec<FoundIn>,
    /// Where the index of known secrets has it, if there is one.
    pub stored: Option<Box<Vaulted>>,
}

/// How a repository came by a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryRole {
    /// It had it first, by the dates of the commits that introduced it.
    First,
    /// The same commit introduced it as in one before: a fork, a mirror, or what both are made from.
    Fork,
    /// Another commit introduced it.
    Copy,
}

impl RepositoryRole {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::First, Self::Fork, Self::Copy];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Fork => "fork",
            Self::Copy => "copy",
        }
    }
}

/// A finding in one of several repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundIn {
    /// The repository's name.
    pub repository: String,
    /// How it came there.
    pub role: RepositoryRole,
    /// Its identity there: what `ignore add` takes.
    pub fingerprint: Fingerprint,
    /// The commit that introduced it there.
    pub introduced: Option<Arc<Commit>>,
    /// The commit that removed it there.
    pub removed: Option<Arc<Commit>>,
    /// Whether some ref's tip there contains it.
    pub live: Option<bool>,
    /// What covers it there.
    pub suppressed_by: Option<Suppression>,
}

/// Where an index of known secrets has a finding's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vaulted {
    /// The entries that have it; none if it is not in the index.
    pub entries: Vec<String>,
    /// The environments that its entries and its places speak of.
    pub environments: Vec<String>,
    /// The services that its entries are of.
    pub services: Vec<String>,
}

impl Vaulted {
    /// True if it is used in several environments or services.
    pub fn is_shared(&self) -> bool {
        self.environments.len() > 1 || self.services.len() > 1
    }
}

/// What is in a manager, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The index, as it was named.
    pub index: String,
    /// Findings that are not in it.
    pub missing: Vec<Fingerprint>,
    /// Findings that are in it.
    pub stored: Vec<Fingerprint>,
    /// Those of both that are used in several environments or services.
    pub shared: Vec<Fingerprint>,
}

/// One place where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// File, commit, message.
    pub place: Place,
    /// Line, column, offset.
    pub location: Location,
    /// The decodings that led to it, outermost first.
    pub decoded_by: Vec<Decoding>,
    /// What covers this occurrence: the allow comment, or an allowlist.
    pub suppressed_by: Option<Suppression>,
    /// The matches here, of one rule or several; never empty.
    pub matches: Vec<Match>,
}

/// A rule's match at an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// What it found, with the lines around.
    pub candidate: Arc<Candidate>,
}

/// What covers a finding, or one of its occurrences, so that it does not fail a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// An allow comment at the occurrence.
    AllowComment {
        /// The comment's words.
        words: String,
        /// The reason that it gives.
        reason: Option<String>,
        /// True if the change under review adds it.
        is_new: bool,
    },
    /// Allow comments at all occurrences of the finding.
    AllowComments {
        /// True if the change under review adds one of them.
        are_new: bool,
    },
    /// An entry of the ignore file.
    IgnoreEntry {
        /// The reason that it gives.
        reason: Option<String>,
        /// Who answers for it.
        owner: Option<String>,
    },
    /// The baseline.
    Baseline,
    /// Only its name and look speak for it, and it is only in tests, documentation and examples.
    MadeUp,
}

impl Suppression {
    /// True for an allow comment that the change under review adds: nobody has reviewed it yet.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::AllowComment { is_new: true, .. } | Self::AllowComments { are_new: true })
    }

    /// True for allow comments, which are in the scanned files themselves.
    pub fn is_comment(&self) -> bool {
        matches!(self, Self::AllowComment { .. } | Self::AllowComments { .. })
    }

    /// The texts in it that come from outside.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let (one, other) = match self {
            Self::AllowComment { words, reason, .. } => (Some(words), reason.as_mut()),
            Self::IgnoreEntry { reason, owner } => (reason.as_mut(), owner.as_mut()),
            Self::AllowComments { .. } | Self::Baseline | Self::MadeUp => (None, None),
        };
        one.into_iter().chain(other)
    }
}

impl fmt::Display for Suppression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllowComment { words, reason, .. } => {
                write!(out, "allow comment `{words}`")?;
                reason.iter().try_for_each(|reason| write!(out, ": {reason}"))?;
            }
            Self::AllowComments { .. } => out.write_str("allow comments at all its places")?,
            Self::IgnoreEntry { reason, owner } => {
                out.write_str("ignore entry")?;
                reason.iter().try_for_each(|reason| write!(out, ": {reason}"))?;
                owner.iter().try_for_each(|owner| write!(out, " ({owner})"))?;
            }
            Self::Baseline => out.write_str("baseline")?,
            Self::MadeUp => out.write_str("its places: only tests, documentation and examples")?,
        }
        if self.is_new() { out.write_str(", brought by this change") } else { Ok(()) }
    }
}

impl Finding {
    /// The commit that introduced it.
    pub fn introduced(&self) -> Option<&Arc<Commit>> {
        self.history.as_ref()?.introduced.as_ref()
    }

    /// The commit that removed it, if no tip contains it any more.
    pub fn removed(&self) -> Option<&Arc<Commit>> {
        self.history.as_ref()?.removed.as_ref()
    }

    /// Whether some ref's tip contains it, if that is known.
    pub fn live(&self) -> Option<bool> {
        self.history.as_ref().map(|history| history.live)
    }

    /// The refs whose tips contain it, perhaps not all of them.
    pub fn refs(&self) -> &[String] {
        self.history.as_ref().map_or(&[], |history| &history.refs)
    }

    /// How many refs' tips contain it.
    pub fn ref_count(&self) -> u64 {
        self.history.as_ref().map_or(0, |history| history.ref_count)
    }

    /// True if everything about it is covered, so that it does not fail a run.
    pub fn is_suppressed(&self) -> bool {
        self.suppressed_by.is_some() || self.occurrences.iter().all(|one| one.suppressed_by.is_some())
    }

    /// Why no commit has it, if a history was read and none does.
    pub fn uncommitted(&self) -> Option<Uncommitted> {
        Uncommitted::of(self.occurrences.iter().map(|one| &one.place))
    }

    /// True if it is in a container image.
    pub fn is_in_image(&self) -> bool {
        self.occurrences.iter().any(|one| one.place.image().is_some())
    }

    /// The lowest layer of an image that brought it.
    pub fn first_layer(&self) -> Option<&ImageLayer> {
        let layers = self.occurrences.iter().filter_map(|one| one.place.image()?.layer.as_ref());
        layers.min_by_key(|layer| layer.number)
    }

    /// The last layer that removed it from an image.
    pub fn last_removal(&self) -> Option<&ImageLayer> {
        let removals = self.occurrences.iter().filter_map(|one| one.place.image()?.removed.as_ref());
        removals.max_by_key(|layer| layer.number)
    }

    /// True if only something that the change itself adds covers it.
    pub fn is_newly_allowed(&self) -> bool {
        self.is_suppressed()
            && self.suppressed_by.as_ref().is_none_or(Suppression::is_comment)
            && self.occurrences.iter().any(|one| one.suppressed_by.as_ref().is_some_and(Suppression::is_new))
    }
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The command: `scan`, `staged`, `diff`, `history`.
    pub command: &'static str,
    /// What was looked at.
    pub coverage: Coverage,
    /// Findings that count against the exit code.
    pub failing: u64,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
    /// Rules in force.
    pub rules: u64,
    /// Candidates whose check proved them not to be secrets.
    pub refuted: u64,
    /// The settings that were in force.
    pub settings: SettingsReceipt,
    /// What is in the manager, and what was found, if that was asked for.
    pub ledger: Option<Box<Ledger>>,
}
