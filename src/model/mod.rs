//! Plain data that the stages pass to each other.
//!
//! Nothing here reads a file, runs a pattern or prints; this module imports no other module of the crate.
//!
//! # Design
//!
//! A [`Candidate`] is independent of its position, and [`Found`] adds the offset. So a candidate is carried over from a
//! blob to its next version by adding a number.

mod allowance;
mod blob;
mod candidate;
mod coverage;
mod fact;
mod finding;
mod id;
mod level;
mod name_table;
mod named;
mod names;
mod place;
mod placed;
mod reason;
mod rule;
mod rule_text;
mod secret;
mod settings;
mod span;
mod verification;

pub use crate::shown_path::display_path;
pub use allowance::{AllowTarget, Allowance, FileContent, Floor, HashKind, SecretHash};
pub use blob::{Blob, Copied, Piece};
pub use candidate::{Basis, Candidate, Check, Companion, Context, Decoding, Form, Found, Inside, Worth};
pub use coverage::{Coverage, Objects, Tally};
pub use fact::{Fact, FactKind};
pub use finding::{
    Finding, FoundIn, Ledger, Match, Occurrence, RepositoryRole, Summary, Suppression, Vaulted,
};
pub use id::{Fingerprint, ObjectId};
pub use level::{Confidence, Odds, Score, Severity};
pub use name_table::NameTable;
pub use named::{CharClass, NamedValue, Shape, ShapePart};
pub use names::Names;
pub use place::{
    Commit, ImageFile, ImageLayer, InCommit, InHistory, InImage, InMetadata, InStore, Kind, NameOf, Place,
    Presence, SecretHistory, Source, SourceParts, Uncommitted, unpacked,
};
pub use placed::{Lifetime, PlacedName, PlacedSecret, SecretNumber};
pub use reason::{KnownReason, Reason};
pub use rule::{CompanionRule, RuleIndex, RuleInfo};
pub use rule_text::RuleText;
pub use secret::{PEM_BEGIN, PEM_END, Secret};
pub use settings::{
    NewAllows, ProposedSetting, RuleChoice, SettingsFile, SettingsReceipt, SettingsRole, UnusedAllows,
};
pub use span::{Location, Span, Start};
pub use verification::{Liveness, Verification};
