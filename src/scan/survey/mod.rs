//! What the rules of a catalogue cost, and which of their keywords lead nowhere: for people who write rules.
//!
//! No scan comes here.

mod cost;
mod keywords;

pub use cost::{Cost, Costs};
pub use keywords::idle_keywords;
