//! Keydredge: a scanner for secrets.

pub mod cli;
pub mod findings;
pub mod hook;
pub mod model;
pub mod report;
pub mod rules;
pub mod scan;
pub mod source;
