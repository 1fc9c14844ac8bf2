//! Keydredge: a scanner for secrets.

pub mod findings;
pub mod model;
pub mod report;
pub mod rules;
pub mod scan;
pub mod source;
