//! Who made a commit.

use crate::model::ObjectId;

/// Who made a commit (or tag), and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Author's name, invalid UTF-8 replaced.
    pub author: String,
    /// Author's address, likewise.
    pub email: String,
    /// Author's time, seconds since 1970.
    pub time: i64,
    /// Author's zone, minutes east of UTC.
    pub zone: i32,
}
