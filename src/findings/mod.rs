//! Candidates in places become findings: a distinct secret, its places, and how sure it is.
//!
//! The whole stage works on values and does no I/O, except for the random salt of a new file. It runs in two
//! steps. [`settle()`] looks at one blob's candidates and decides which of those that overlap is kept.
//! [`assemble()`] looks at the candidates of the whole run with their places: it judges each in its place
//! ([`judge`]), joins equal secrets to one finding ([`dedupe`]), leaves out what was there before the change that
//! is scanned, covers what an allow comment ([`allow`]), an allowlist ([`allowlists`]), an ignore entry ([`ignore`], [`places`]) or the baseline
//! ([`baseline`]) covers, and names each finding ([`fingerprint`]). A finding *is* its secret. Rule, place and
//! commit are attributes, and none of them enters its name.

pub mod allow;
pub mod allowlists;
mod assemble;
pub mod baseline;
mod belief;
mod companion;
mod dedupe;
mod error;
pub mod fingerprint;
pub mod ignore;
mod judge;
mod mask;
mod members;
mod names;
pub mod peers;
pub mod places;
mod policy;
mod reasons;
#[cfg(test)]
mod sample;
mod setting;
mod settle;
mod table;
pub(crate) mod triage;

pub use allow::regions::{FileMarkers, Marker, RegionAllow};
pub use allowlists::Allowlists;
pub use assemble::{Assembled, Options, assemble, assemble_knowing};
pub use baseline::Baseline;
pub use belief::Belief;
pub use companion::CompanionSearch;
pub use error::{Error, Problem};
pub use fingerprint::Salt;
pub use ignore::Ignores;
pub use judge::{Bound, Disbelief, Judge};
pub use mask::Mask;
pub use mask::placeholder;
pub use names::Names;
pub use peers::{Accepted, AcceptedEntry};
pub use places::Places;
pub use policy::Policy;
pub use settle::{Claimed, Settled, settle, settle_with};
pub use triage::LeftOut;

use crate::model::{Found, Location, Place};

/// A candidate of a blob and where its secret is there.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The candidate.
    pub found: Found,
    /// The secret's lines, columns and offsets.
    pub location: Location,
    /// The comments that cover the part of the file in which it is.
    pub allows: Vec<RegionAllow>,
}

/// Which side of a change a blob is on. A run without a change has only heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What the change adds, or simply what is scanned.
    Head,
    /// What is scanned for its own sake: a secret there is reported, whatever was there before.
    Whole,
    /// What a commit of the change adds and the change no longer has at its end: a secret there is reported unless it
    /// is a head's, too.
    Passing,
    /// What was there before.
    Base,
    /// What was in one of several merge bases: what all of them have was there before.
    MergeBase {
        /// Which, from 0.
        number: u8,
        /// How many there are.
        of: u8,
    },
}

/// A place, and the settled candidates of the blob there.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The place.
    pub place: Place,
    /// The candidates.
    pub hits: Vec<Hit>,
    /// The side of the change.
    pub side: Side,
}
