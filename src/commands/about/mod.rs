//! What the program says of itself: its version, its manual, what shells complete.

pub(super) mod completions;
pub(super) mod manual;
pub(super) mod version;
