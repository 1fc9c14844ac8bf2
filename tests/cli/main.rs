//! The whole program, run as its users run it: exit codes, reports, and what they must never say.

mod cache;
mod configuration;
mod diff;
mod disguise;
mod gate;
mod harness;
mod history;
mod hook;
mod identity;
mod integrations;
mod leaks;
mod limits;
mod reports;
mod rules;
mod scope;
mod staged;
mod suppression;
