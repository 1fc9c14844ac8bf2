//! An inventory: what secrets repositories have, which references to managers of secrets they make, and where code or
//! images would give secrets away.
//!
//! ```text
//! gather       texts of the files as they are now: references, log calls and image variables, as mentions
//!   references   what points at a secret that a manager keeps, and what is encrypted
//!   logging      calls that would write a secret to a log (CWE-532)
//!   dockerfile   ENV and ARG lines with a secret's name
//! assemble     findings and mentions become rows
//!   attributes   environment, place of storage, impact, and how old a secret may become
//!   owners       CODEOWNERS
//! difference   two inventories compared
//! format       rows as text, CSV, JSON Lines, SQLite and CycloneDX
//! ```
//!
//! # Design
//!
//! It scans nothing itself: `commands` passes findings in, and the texts of files as they are read. A name is what it keeps
//! of a text, never a value and never a line.

mod assemble;
mod attributes;
mod difference;
mod dockerfile;
mod format;
mod gather;
mod logging;
mod mention;
mod owners;
mod references;
mod row;

pub use assemble::{InventoryBuilder, RepositoryFacts};
pub use attributes::RotationPolicy;
pub use difference::{InventoryChanges, RowChange};
pub use format::{InventoryFormat, write, write_changes};
pub use gather::{CollectedMentions, MentionCollector, TOO_MANY};
pub use mention::Mention;
pub use owners::{CodeOwners, PLACES as OWNER_FILES};
pub use row::{Inventory, InventoryRow, InventorySummary, RowPlace, RowType, SavedInventory};
